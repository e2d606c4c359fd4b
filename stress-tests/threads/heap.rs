//! A heap under threads that do everything at once: allocate, store, lock, refer weakly, finalize, block, poll, collect,
//! come and go. Every object that is reached must be one that was made, and no addition under a lock byte may be lost.
//!
//! The embedder here knows three classes. A node has slots, one of which counts how often it was locked; a weak box refers to one
//! node; and each object carries in its flags a mark made of its address, which no freed or poisoned cell has.

use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::time::Duration;

use gc::{
    CellKind, Embedder, Event, Header, Heap, HeapOptions, Mutator, RegisterFile, Slot, Stress, Tracer, Unpublished,
    WeakSlot, Word, flags,
};
use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, thread};

use crate::run::{Clock, Numbers, on_threads, threads};

const NODE: u64 = 0b01_100;
const WEAK_BOX: u64 = 0b10_100;
const ROOTS: usize = 24;
/// The slot of a node that holds a number.
const COUNT: usize = 0;

/// A word of the heap: an object, or a number shifted past a low bit that is set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Value(std::num::NonZeroU64);

impl Word for Value {
    fn to_bits(self) -> u64 {
        self.0.get()
    }

    fn from_bits(bits: u64) -> Self {
        Self(std::num::NonZeroU64::new(bits).expect("a word is not zero"))
    }
}

impl Value {
    fn number(number: u64) -> Self {
        Self::from_bits(number << 1 | 1)
    }
}

/// An object that was reached: a root, a slot or this thread's stack holds it.
#[derive(Clone, Copy)]
struct Object<'a>(&'a Header);

impl<'a> Object<'a> {
    /// The object that a word points at. The word was read since this thread's last poll, or has been on its stack since.
    fn of(value: Value) -> Self {
        // SAFETY: words that are no numbers point at objects, and what a slot, a root or the stack holds is alive.
        let object = Self(unsafe { &*std::ptr::with_exposed_provenance(value.to_bits() as usize) });
        object.check();
        object
    }

    fn value(self) -> Value {
        Value::from_bits(self.0.bits())
    }

    /// The mark of an object at this address, in the embedder's flags.
    fn mark(self) -> u16 {
        let spread = (self.0.bits() >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> 48) as u16 & !flags::COLLECTOR
    }

    fn check(self) {
        assert!(matches!(self.0.class_bits(), NODE | WEAK_BOX), "an object that was never made, or is no more");
        assert_eq!(self.0.flags() & !flags::COLLECTOR, self.mark(), "the flags of another object");
    }

    fn slots(self) -> &'a [Slot<Value>] {
        assert_eq!(self.0.class_bits(), NODE);
        // SAFETY: a node was allocated with as many slots after its header as its shape says.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self.0).add(1).cast(), self.0.shape() as usize) }
    }

    fn weak_slot(self) -> &'a WeakSlot<Value> {
        assert_eq!(self.0.class_bits(), WEAK_BOX);
        // SAFETY: a weak box was allocated with one weak slot after its header.
        unsafe { &*std::ptr::from_ref(self.0).add(1).cast() }
    }
}

unsafe fn trace(header: *const Header, tracer: &mut Tracer) {
    // SAFETY: the collector traces live objects.
    let object = Object(unsafe { &*header });
    object.check();
    if object.0.class_bits() == NODE {
        tracer.slots(object.slots());
    }
}

unsafe fn drop_object(_: *mut Header) {}

unsafe fn trace_roots(roots: *const (), tracer: &mut Tracer) {
    // SAFETY: the heap's options have this pointer, and the roots outlive the heap's threads.
    let roots = unsafe { &*roots.cast::<[AtomicU64; ROOTS]>() };
    for root in roots {
        tracer.word(root.load(Ordering::Relaxed));
    }
}

unsafe fn thread_roots(_: *const (), _: &mut Tracer) {}

unsafe fn events(_: *const (), _: Event) {}

static EMBEDDER: Embedder = Embedder { trace, drop_object, trace_roots, thread_roots, events };

/// A heap and its roots.
struct World {
    heap: Arc<Heap>,
    roots: Arc<[AtomicU64; ROOTS]>,
    clock: Arc<Clock>,
}

// SAFETY: the heap and the roots are shared as they are; the pointer in the heap's options is read only.
unsafe impl Sync for World {}
// SAFETY: as for `Sync`.
unsafe impl Send for World {}

impl World {
    fn new(stress: Option<Stress>, markers: usize) -> Arc<Self> {
        let roots = Arc::new([const { AtomicU64::new(0) }; ROOTS]);
        let options = HeapOptions {
            roots: Arc::as_ptr(&roots).cast(),
            stress,
            markers: NonZeroUsize::new(markers),
            verify: true,
            poison: true,
            ..HeapOptions::default()
        };
        Arc::new(Self { heap: Heap::new(&EMBEDDER, options), roots, clock: Clock::start() })
    }

    fn attach(&self) -> Box<Mutator> {
        self.heap.attach(std::ptr::null(), RegisterFile::with_words(1 << 12).expect("the system has address space"))
    }

    fn root(&self, index: u64) -> Option<Object<'_>> {
        let bits = self.roots[index as usize].load(Ordering::Acquire);
        (bits != 0).then(|| Object::of(Value::from_bits(bits)))
    }

    fn set_root(&self, index: u64, object: Object<'_>) {
        self.roots[index as usize].store(object.0.bits(), Ordering::Release);
    }
}

/// One thread at work.
struct Worker<'a> {
    world: &'a World,
    mutator: Box<Mutator>,
    numbers: Numbers,
    /// Additions to the counts of the nodes that stay: the first two roots.
    added: u64,
}

impl Worker<'_> {
    fn node(&mut self) -> Object<'static> {
        let most = if self.numbers.below(60) == 0 { 2000 } else { 6 };
        let slots = 1 + self.numbers.below(most) as usize;
        let bytes = size_of::<Header>() + slots * size_of::<u64>();
        let header = self.mutator.allocate(bytes, NODE, CellKind::Traced).expect("the heap has no limit");
        // SAFETY: the cell was just allocated, and nothing up to the end of this function polls.
        let fresh = unsafe { Unpublished::new(header, &self.mutator) };
        fresh.header().set_shape(slots as u32);
        // SAFETY: the object is a new one, which the caller's stack keeps.
        let node = Object(unsafe { header.as_ref() });
        node.0.set_flags(node.mark());
        node.slots()[COUNT].init(&fresh, Some(Value::number(0)));
        for slot in &node.slots()[1..] {
            slot.init(&fresh, self.world.root(self.numbers.below(ROOTS as u64)).map(Object::value));
        }
        node
    }

    fn weak_box(&self, referent: Object<'_>) -> Object<'static> {
        let header: NonNull<Header> =
            self.mutator.allocate(32, WEAK_BOX, CellKind::Traced).expect("the heap has no limit");
        // SAFETY: the object is a new one, which the caller's stack keeps.
        let weak_box = Object(unsafe { header.as_ref() });
        weak_box.0.set_flags(weak_box.mark());
        self.mutator.weak_register(weak_box.0, weak_box.weak_slot(), referent.value());
        weak_box
    }

    /// Some node that can be reached: down from a root by a few steps.
    fn reach(&mut self) -> Option<Object<'static>> {
        let mut value = self.world.root(self.numbers.below(ROOTS as u64))?.value();
        for _ in 0..self.numbers.below(6) {
            let object = Object::of(value);
            let next = match object.0.class_bits() {
                NODE => {
                    let slots = object.slots();
                    slots[self.numbers.below(slots.len() as u64) as usize].get()
                }
                _ => object.weak_slot().get(&self.mutator),
            };
            match next {
                Some(next) if gc::is_pointer(next.to_bits()) => value = next,
                _ => break,
            }
        }
        let object = Object::of(value);
        if object.0.class_bits() == NODE { Some(object) } else { object.weak_slot().get(&self.mutator).map(Object::of) }
    }

    fn step(&mut self) {
        match self.numbers.below(100) {
            0..40 => self.make(),
            40..60 => self.store(),
            60..75 => self.count(),
            75..85 => self.refer_weakly(),
            85..90 => self.finalize(),
            90..96 => self.poll(),
            96..98 => self.mutator.blocking(thread::yield_now),
            98 => self.mutator.blocking(|| thread::sleep(Duration::from_micros(30))),
            _ => self.rarely(),
        }
    }

    fn make(&mut self) {
        let node = self.node();
        if self.numbers.below(4) == 0 {
            // The first two roots stay.
            self.world.set_root(2 + self.numbers.below(ROOTS as u64 - 2), node);
        } else if let Some(owner) = self.reach() {
            self.put(owner, Some(node));
        }
    }

    fn put(&mut self, owner: Object<'_>, object: Option<Object<'_>>) {
        let slots = owner.slots();
        let index = self.numbers.below(slots.len() as u64) as usize;
        if index != COUNT {
            slots[index].set(owner.0, &self.mutator, object.map(Object::value));
        }
    }

    fn store(&mut self) {
        let (Some(owner), Some(object)) = (self.reach(), self.reach()) else { return };
        let cleared = self.numbers.below(3) == 0;
        self.put(owner, (!cleared).then_some(object));
    }

    /// Adds to the count of a node that stays, under its lock, sometimes with a poll in between.
    fn count(&mut self) {
        let index = self.numbers.below(2);
        let node = self.world.root(index).expect("the first roots stay");
        let polls = self.numbers.below(8) == 0;
        let slot = &node.slots()[COUNT];
        let guard = node.0.lock(&self.mutator);
        let before = slot.get().expect("the count is a number").to_bits() >> 1;
        if polls {
            self.mutator.poll();
        }
        slot.set(node.0, &self.mutator, Some(Value::number(before + 1)));
        drop(guard);
        self.added += 1;
    }

    fn refer_weakly(&mut self) {
        let Some(referent) = self.reach() else { return };
        let weak_box = self.weak_box(referent);
        if self.numbers.below(2) == 0 {
            if let Some(owner) = self.reach() {
                self.put(owner, Some(weak_box));
            }
        } else {
            self.world.set_root(2 + self.numbers.below(ROOTS as u64 - 2), weak_box);
        }
    }

    fn finalize(&mut self) {
        let node = self.node();
        self.mutator.register_finalizer(node.0);
        if let Some(due) = self.world.heap.take_finalizable() {
            // It may come back to life.
            let object = Object::of(Value::from_bits(due));
            assert!(object.0.has_flags(flags::FINALIZED));
            if let Some(owner) = self.reach() {
                self.put(owner, Some(object));
            }
        }
        if let Some(owner) = self.world.heap.take_cleared_weak() {
            Object::of(Value::from_bits(owner));
        }
    }

    fn poll(&mut self) {
        if self.mutator.should_poll() {
            self.mutator.poll();
        }
    }

    fn rarely(&mut self) {
        match self.numbers.below(12) {
            0 => drop(self.mutator.collect(2)),
            1 | 2 => drop(self.mutator.collect(0)),
            3 => {
                let mut objects = 0;
                self.world.heap.for_each_object(&self.mutator, &mut |header| {
                    Object(header).check();
                    objects += 1;
                });
                assert!(objects >= 2);
            }
            _ => {}
        }
    }
}

/// Comes and goes until the time is up, and says how often it added to a count.
fn work(world: &World, number: usize) -> u64 {
    let mut numbers = Numbers::of(number);
    let (mut added, mut round) = (0, 0);
    while world.clock.goes_on(round) {
        let stay = numbers.below(3000);
        let mut worker = Worker { world, mutator: world.attach(), numbers, added };
        for _ in 0..stay {
            round += 1;
            worker.step();
            if !world.clock.goes_on(round) {
                break;
            }
        }
        // The first thread stays longer than the others, so that it is alone now and then.
        (numbers, added) = (worker.numbers, worker.added);
        drop(worker.mutator);
        if number != 0 && numbers.below(2) == 0 {
            thread::sleep(Duration::from_micros(numbers.below(3000)));
        }
    }
    added
}

fn run(stress: Option<Stress>, markers: usize) {
    let world = World::new(stress, markers);
    let mut worker = Worker { world: &world, mutator: world.attach(), numbers: Numbers::of(99), added: 0 };
    for root in 0..ROOTS as u64 {
        let node = worker.node();
        world.set_root(root, node);
    }
    drop(worker);
    let shared = world.clone();
    let added: u64 = on_threads(threads(), move |number| work(&shared, number)).iter().sum();
    let mutator = world.attach();
    mutator.collect(2);
    assert!(mutator.is_single_threaded());
    let counted: u64 = (0..2)
        .map(|root| {
            world.root(root).expect("the first roots stay").slots()[COUNT].get().expect("a number").to_bits() >> 1
        })
        .sum();
    assert_eq!(counted, added);
}

const STRESSED: Stress = Stress { every: 200, late: false, yields: false };
const LATE: Stress = Stress { every: 100, late: true, yields: true };

#[test]
fn everything_at_once() {
    run(None, 1);
}

#[test]
fn everything_at_once_under_stress() {
    run(Some(STRESSED), 1);
}

#[test]
fn everything_at_once_with_late_marking() {
    run(Some(LATE), 1);
}

#[test]
fn everything_at_once_with_four_markers() {
    run(None, 4);
}

#[test]
fn everything_at_once_with_four_markers_under_stress() {
    run(Some(STRESSED), 4);
}

#[test]
fn everything_at_once_with_four_markers_that_mark_late() {
    run(Some(LATE), 4);
}
