//! What allocation and collection cost: `cargo run --release -p ophion-gc --example churn [NAME]`.
//!
//! Six programs: garbage beside a small live set, binary trees that are built and dropped, a list that only grows, and
//! stores into a large old array, a heap
//! of holes, and the
//! garbage of two threads. For each: nanoseconds an object, cycles, and the share of the time that threads were stopped.

use std::ptr::NonNull;
use std::time::Instant;

use gc::{CellKind, Embedder, Event, Header, Heap, HeapOptions, Mutator, RegisterFile, Slot, Tracer, Word};

#[derive(Clone, Copy)]
#[repr(transparent)]
struct Object(std::num::NonZeroU64);

impl Word for Object {
    fn to_bits(self) -> u64 {
        self.0.get()
    }
    fn from_bits(bits: u64) -> Self {
        // SAFETY: the collector hands back only words that are not zero.
        Self(unsafe { std::num::NonZeroU64::new_unchecked(bits) })
    }
}

impl Object {
    fn header<'a>(self) -> &'a Header {
        // SAFETY: the benchmark keeps every object that it uses on its stack.
        unsafe { &*std::ptr::with_exposed_provenance(self.0.get() as usize) }
    }

    fn slots<'a>(self) -> &'a [Slot<Object>] {
        // SAFETY: an object is a header and as many slots as its shape says.
        unsafe {
            let first = std::ptr::with_exposed_provenance(self.0.get() as usize + 16);
            std::slice::from_raw_parts(first, self.header().shape() as usize)
        }
    }
}

unsafe fn trace(header: *const Header, tracer: &mut Tracer) {
    let bits = header.expose_provenance() as u64;
    tracer.slots(Object::from_bits(bits).slots());
}

unsafe fn nothing(_: *mut Header) {}
unsafe fn no_roots(_: *const (), _: &mut Tracer) {}
unsafe fn no_events(_: *const (), _: Event) {}

static EMBEDDER: Embedder =
    Embedder { trace, drop_object: nothing, trace_roots: no_roots, thread_roots: no_roots, events: no_events };

const CLASS: u64 = 0b1100;

#[inline(always)]
fn node(mutator: &Mutator, slots: usize) -> Object {
    let header = mutator.allocate(16 + 8 * slots, CLASS, CellKind::Traced).expect("memory");
    // SAFETY: just allocated.
    unsafe { header.as_ref() }.set_shape(slots as u32);
    Object::from_bits(header.as_ptr().addr() as u64)
}

/// The fast path alone, for a look at its instructions.
#[inline(never)]
#[unsafe(no_mangle)]
fn allocate_fixed(mutator: &Mutator) -> Option<NonNull<Header>> {
    mutator.allocate(48, CLASS, CellKind::Traced)
}

/// The same with a size that is not known before.
#[inline(never)]
#[unsafe(no_mangle)]
fn allocate_any(mutator: &Mutator, bytes: usize) -> Option<NonNull<Header>> {
    mutator.allocate(bytes, CLASS, CellKind::Traced)
}

/// A store with its barrier.
#[inline(never)]
#[unsafe(no_mangle)]
fn store(slot: &Slot<Object>, owner: &Header, mutator: &Mutator, word: Object) {
    slot.set(owner, mutator, Some(word));
}

fn garbage(mutator: &Mutator) -> usize {
    let kept = node(mutator, 64);
    let count = 30_000_000;
    for index in 0..count {
        let object = node(mutator, 1 + (index & 3));
        if index & 1023 == 0 {
            kept.slots()[(index >> 10) & 63].set(kept.header(), mutator, Some(object));
        }
        if mutator.should_poll() {
            mutator.poll();
        }
    }
    count
}

fn tree(mutator: &Mutator, depth: usize) -> Object {
    let object = node(mutator, 2);
    if mutator.should_poll() {
        mutator.poll();
    }
    if depth > 0 {
        object.slots()[0].set(object.header(), mutator, Some(tree(mutator, depth - 1)));
        object.slots()[1].set(object.header(), mutator, Some(tree(mutator, depth - 1)));
    }
    object
}

fn trees(mutator: &Mutator) -> usize {
    let long = tree(mutator, 18);
    for _ in 0..40 {
        std::hint::black_box(tree(mutator, 15));
    }
    std::hint::black_box(long);
    (1 << 19) + 40 * (1 << 16)
}

fn growing(mutator: &Mutator) -> usize {
    let head = node(mutator, 1);
    let count = 4_000_000;
    for _ in 0..count {
        let object = node(mutator, 2);
        object.slots()[0].set(object.header(), mutator, head.slots()[0].get());
        head.slots()[0].set(head.header(), mutator, Some(object));
        if mutator.should_poll() {
            mutator.poll();
        }
    }
    count
}

fn array(mutator: &Mutator) -> usize {
    let array = node(mutator, 5_000_000);
    let count = 5_000_000;
    for index in 0..count {
        let object = node(mutator, 2);
        array.slots()[index].set(array.header(), mutator, Some(object));
        if mutator.should_poll() {
            mutator.poll();
        }
    }
    count
}

#[inline(never)]
fn measure(name: &str, program: fn(&Mutator) -> usize) {
    let heap = Heap::new(&EMBEDDER, HeapOptions::default());
    let mutator = heap.attach(std::ptr::null(), RegisterFile::with_words(1 << 16).expect("memory"));
    let start = Instant::now();
    let objects = program(&mutator);
    let elapsed = start.elapsed();
    let numbers = heap.statistics();
    println!(
        "{name:10} {:6.2} ns/object  {:4} young {:3} full  stopped {:5.1} %  longest {:7.3} ms  {:4} MB",
        elapsed.as_nanos() as f64 / objects as f64,
        numbers.young_cycles,
        numbers.full_cycles,
        100.0 * numbers.stopped.as_secs_f64() / elapsed.as_secs_f64(),
        numbers.longest_stop.as_secs_f64() * 1e3,
        numbers.committed_bytes >> 20,
    );
}

/// A heap whose blocks are half full of old objects, one after the other: each free run is one cell.
fn fragmented(mutator: &Mutator) -> usize {
    let count = 1_000_000;
    let array = node(mutator, count);
    for index in 0..2 * count {
        let object = node(mutator, 4);
        array.slots()[index / 2].set(array.header(), mutator, Some(object));
        if mutator.should_poll() {
            mutator.poll();
        }
    }
    mutator.collect(2);
    let start = Instant::now();
    for _ in 0..count {
        std::hint::black_box(node(mutator, 4));
        if mutator.should_poll() {
            mutator.poll();
        }
    }
    println!("{:10} {:6.2} ns/object into single free cells", "", start.elapsed().as_nanos() as f64 / count as f64);
    3 * count
}

/// The same garbage by two threads of one heap, which should take as long as one thread's.
fn side_by_side() {
    let heap = Heap::new(&EMBEDDER, HeapOptions::default());
    let start = Instant::now();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let heap = sync::Arc::clone(&heap);
            let body = move || garbage(&heap.attach(std::ptr::null(), RegisterFile::new()));
            sync::thread::spawn("churn", None, body).expect("a thread")
        })
        .collect();
    let objects: usize = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum();
    let elapsed = start.elapsed();
    println!(
        "two threads {:5.2} ns/object  {} cycles  stopped {:?}",
        elapsed.as_nanos() as f64 / objects as f64,
        heap.statistics().young_cycles,
        heap.statistics().stopped,
    );
}

/// A program's name and what it does.
type Program = (&'static str, fn(&Mutator) -> usize);

fn main() {
    let heap = Heap::new(&EMBEDDER, HeapOptions::default());
    let mutator = heap.attach(std::ptr::null(), RegisterFile::with_words(1 << 16).expect("memory"));
    let first = allocate_fixed(&mutator).and(allocate_any(&mutator, 100));
    let object = node(&mutator, 1);
    store(&object.slots()[0], object.header(), &mutator, object);
    std::hint::black_box(first);
    let only = std::env::args().nth(1);
    let programs: [Program; 5] =
        [("garbage", garbage), ("trees", trees), ("growing", growing), ("array", array), ("fragmented", fragmented)];
    for (name, program) in programs {
        if only.as_deref().is_none_or(|only| only == name) {
            measure(name, program);
        }
    }
    if only.as_deref().is_none_or(|only| only == "threads") {
        side_by_side();
    }
}
