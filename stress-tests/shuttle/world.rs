//! A heap, tables of slots that all threads share, and three threads.

use std::num::NonZeroUsize;

use gc::{Heap, HeapOptions, Mutator, RegisterFile, Slot, Stress, Word};
use sync::atomic::{AtomicBool, AtomicU64, Ordering};
use sync::modelled::rand::{Rng, thread_rng};
use sync::{Arc, thread};

use crate::objects::{self, EMBEDDER, Form, OWNED, Object, Value};

/// How many threads a model has.
pub const THREADS: usize = 3;
/// The tables that they share, each of which leads to the next, so that a cycle comes to the last ones late.
const TABLES: usize = 4;
/// The slots of a table, past the one that leads to the next.
pub const SHARED: usize = 3;
/// The slot of a table that holds a number.
const COUNT: usize = 1 + SHARED;
/// How often one thread collects, where one does.
const CYCLES: usize = 4;
/// How often the others do what they do, at the most.
const ROUNDS: usize = 20;
/// How many blocks a heap with a limit may own: some for each size of cell, and a few for large objects.
const BLOCKS: usize = 14;
/// The size of a block of the collector's.
const BLOCK_SIZE: usize = 64 * 1024;
/// What the end says if two threads were in one lock.
pub const COUNT_LOST: &str = "each time that a thread counted is in some table";
/// How many objects may be left at the end that nothing but a stale word of a stack holds.
const STALE: usize = 4;

/// Who begins cycles and who drives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// The thread that asks for a cycle, beside the others.
    Asked,
    /// The pool, with so many markers; each second cycle is one stop.
    Pool(usize),
    /// The threads, by slices; each second cycle is one stop.
    Slices,
    /// As `Asked`, in a heap that may own few blocks: who finds no room collects in the middle of an allocation.
    Limited,
    /// As `Pool` with two markers, in a heap that may own few blocks.
    LimitedPool,
    /// Whoever finds the next cycle due: until then barriers are armed and nothing is marked.
    Late,
}

impl Drive {
    fn options(self) -> HeapOptions {
        let stress = |late| Some(Stress { every: 8, late, yields: false });
        let (stress, markers) = match self {
            Self::Asked | Self::Limited => (None, 0),
            Self::Pool(markers) => (stress(false), markers),
            Self::LimitedPool => (stress(false), 2),
            Self::Slices => (stress(false), 0),
            Self::Late => (stress(true), 0),
        };
        let markers = NonZeroUsize::new(markers);
        let limit = matches!(self, Self::Limited | Self::LimitedPool).then_some(BLOCKS * BLOCK_SIZE);
        HeapOptions { limit, stress, markers, verify: true, poison: true, ..HeapOptions::default() }
    }
}

/// A heap whose root is the first of its tables.
pub struct World {
    pub heap: Arc<Heap>,
    pub drive: Drive,
    root: Box<AtomicU64>,
    /// How often the threads have counted.
    counted: AtomicU64,
    /// Whether the thread that collects has done so as often as it is to.
    over: AtomicBool,
}

// SAFETY: the heap and the root are shared as they are; the pointer in the heap's options is read only.
unsafe impl Sync for World {}
// SAFETY: as for `Sync`.
unsafe impl Send for World {}

impl World {
    fn new(drive: Drive) -> Arc<Self> {
        let root = Box::new(AtomicU64::new(0));
        let options = HeapOptions { roots: (&raw const *root).cast(), ..drive.options() };
        let world = Arc::new(Self {
            heap: Heap::new(&EMBEDDER, options),
            drive,
            root,
            counted: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let mutator = world.attach();
        for _ in 0..TABLES {
            let next = world.root.load(Ordering::Relaxed);
            let table = objects::table(&mutator, 2 + SHARED);
            table.slots()[0].set(table.header(), &mutator, (next != 0).then(|| Value::from_bits(next)));
            table.slots()[COUNT].set(table.header(), &mutator, Some(Value::number(0)));
            world.root.store(table.value().to_bits(), Ordering::Relaxed);
        }
        drop(mutator);
        world
    }

    pub fn attach(&self) -> Box<Mutator> {
        self.heap.attach(std::ptr::null(), RegisterFile::with_words(1).expect("memory"))
    }

    /// One of the tables.
    fn table(&self) -> Object {
        self.tables().nth(below(TABLES)).expect("tables stay linked")
    }

    fn tables(&self) -> impl Iterator<Item = Object> {
        let first = Object::of(Value::from_bits(self.root.load(Ordering::Relaxed)));
        std::iter::successors(Some(first), |table| table.slots()[0].get().map(Object::of))
    }

    /// With the threads gone and the table dropped, all is freed.
    fn end(&self) {
        let mutator = self.attach();
        let counted: u64 = self.tables().map(|table| table.slots()[COUNT].get().expect(COUNT_LOST).to_number()).sum();
        assert_eq!(counted, self.counted.load(Ordering::Relaxed), "{COUNT_LOST}");
        self.root.store(0, Ordering::Relaxed);
        for _ in 0..2 {
            gc::clear_dead_stack();
            mutator.collect(2);
            while self.heap.take_finalizable().is_some() || self.heap.take_cleared_weak().is_some() {}
        }
        let mut left = 0;
        self.heap.for_each_object(&mutator, &mut |_| left += 1);
        let owned = self.heap.statistics().external_bytes / OWNED;
        assert!(owned <= left, "what owners own outside of the heap comes back");
        assert!(left <= STALE, "{left} objects are left that nothing leads to");
    }
}

/// Runs `body` on three threads of a new heap, and checks that nothing is left in the end.
pub fn three_threads(drive: Drive, body: fn(&mut Worker<'_>)) {
    let world = World::new(drive);
    run(&[&world, &world, &world], body);
    end(world);
}

/// As `three_threads`, with two of the threads in one heap and the third in another.
pub fn two_heaps(drive: Drive, body: fn(&mut Worker<'_>)) {
    let (first, second) = (World::new(drive), World::new(drive));
    run(&[&first, &first, &second], body);
    end(first);
    end(second);
}

fn run(worlds: &[&Arc<World>; THREADS], body: fn(&mut Worker<'_>)) {
    let workers: Vec<_> = (0..THREADS)
        .map(|number| {
            let world = worlds[number].clone();
            thread::spawn("mutator", None, move || work(&world, number, body)).expect("shuttle has threads")
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().expect("a thread ends well"));
}

/// On a thread of its own, whose stack holds little.
fn end(world: Arc<World>) {
    let last = thread::spawn("end", None, move || world.end()).expect("shuttle has threads");
    last.join().expect("the last thread ends well");
}

fn work(world: &Arc<World>, number: usize, body: fn(&mut Worker<'_>)) {
    let mut worker = Worker { world, mutator: Some(world.attach()), number, bundles: 0, held: [None; HELD] };
    body(&mut worker);
}

/// How many objects a thread holds on its stack.
pub const HELD: usize = 2;

/// One of the three threads. It lies on that thread's stack.
pub struct Worker<'a> {
    pub world: &'a Arc<World>,
    /// None while the thread is away.
    mutator: Option<Box<Mutator>>,
    number: usize,
    bundles: u64,
    /// Objects that nothing else need hold.
    pub held: [Option<Value>; HELD],
}

/// A number below `bound`, of shuttle's choice.
pub fn below(bound: usize) -> usize {
    thread_rng().gen_range(0..bound)
}

impl Worker<'_> {
    pub fn mutator(&self) -> &Mutator {
        self.mutator.as_ref().expect("the thread is there")
    }

    /// A new bundle, of a number that no other has.
    pub fn make(&mut self) -> Object {
        self.make_of(Form::ALL[below(Form::ALL.len())])
    }

    /// A new bundle of this form.
    pub fn make_of(&mut self, form: Form) -> Object {
        let number = self.next_number();
        objects::bundle(self.mutator(), number, form)
    }

    /// A new list of two nodes. The first is made before `between`, which may not poll, and filled in after it without a barrier.
    pub fn make_around(&mut self, between: impl FnOnce(&Mutator)) -> Object {
        let number = self.next_number();
        objects::bundle_around(self.mutator(), number, between)
    }

    fn next_number(&mut self) -> u64 {
        self.bundles += 1;
        self.bundles * THREADS as u64 + self.number as u64
    }

    /// Holds an object from now on, instead of one that it held.
    pub fn hold(&mut self, object: Option<Object>) {
        self.held[below(HELD)] = object.map(Object::value);
    }

    /// Puts an object into some shared slot.
    pub fn share(&self, object: Option<Object>) {
        let table = self.world.table();
        table.shared()[below(SHARED)].set(table.header(), self.mutator(), object.map(Object::value));
    }

    /// What some shared slot holds.
    pub fn find(&self) -> Option<Object> {
        self.world.table().shared()[below(SHARED)].get().map(Object::of)
    }

    /// Hands something over through some shared slot, or takes something, by any kind of store.
    pub fn hand_over(&mut self) {
        let table = self.world.table();
        let header = table.header();
        let slot = &table.shared()[below(SHARED)];
        let mine = below(HELD);
        let held = self.held[mine];
        match below(6) {
            0 => self.held[mine] = slot.swap(header, self.mutator(), held),
            1 => slot.set(header, self.mutator(), held),
            2 => self.held[mine] = slot.get(),
            3 => {
                let found = slot.get();
                if slot.compare_exchange(header, self.mutator(), found, held).is_ok() {
                    self.held[mine] = found;
                }
            }
            4 => Slot::move_range(header, self.mutator(), table.shared(), 0..SHARED - 1, 1),
            _ => {
                let mutator = self.mutator.as_deref().expect("the thread is there");
                Slot::take_range(header, mutator, &table.shared()[..HELD], |index, bits| {
                    self.held[index] = (bits != 0).then(|| Value::from_bits(bits));
                });
            }
        }
    }

    /// Counts in some table, under its lock, sometimes with a poll in between.
    pub fn count(&self) {
        let table = self.world.table();
        let slot = &table.slots()[COUNT];
        let guard = table.header().lock(self.mutator());
        let before = slot.get().expect(COUNT_LOST).to_number();
        if below(2) == 0 {
            self.mutator().poll();
        }
        slot.set(table.header(), self.mutator(), Some(Value::number(before + 1)));
        drop(guard);
        self.world.counted.fetch_add(1, Ordering::Relaxed);
    }

    /// Leaves the heap and comes again. What it held is gone.
    pub fn come_again(&mut self) {
        self.held = [None; HELD];
        self.mutator = None;
        self.mutator = Some(self.world.attach());
    }

    /// Runs `round` again and again, with a poll and a look at what it holds after each: the thread that collects a few times, the
    /// others until it is done, or a few times more often.
    pub fn go_round(&mut self, round: fn(&mut Self)) {
        let collects = self.collects();
        let most = if collects { CYCLES } else { ROUNDS };
        for _ in 0..most {
            round(self);
            self.poll();
            self.check();
            if self.world.over.load(Ordering::Relaxed) {
                break;
            }
        }
        if collects {
            self.world.over.store(true, Ordering::Relaxed);
        }
    }

    /// Whether this is the first of the threads.
    pub fn is_first(&self) -> bool {
        self.number == 0
    }

    /// Whether this is the thread that collects.
    fn collects(&self) -> bool {
        matches!(self.world.drive, Drive::Asked | Drive::Limited) && self.is_first()
    }

    /// Looks at what it holds: all of it is whole.
    fn check(&self) {
        self.held.iter().flatten().for_each(|&held| Object::of(held).check(self.mutator()));
    }

    /// Lets the collector have its way: collects if this is the thread that does, else polls.
    pub fn poll(&self) {
        if self.collects() {
            self.mutator().collect(if below(3) == 0 { 2 } else { 0 });
        } else if self.mutator().should_poll() {
            self.mutator().poll();
        }
    }
}
