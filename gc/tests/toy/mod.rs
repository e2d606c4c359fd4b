//! A toy embedder: an object is a header, a count in its shape, and so many slots; a weak box is a header and a weak slot.
#![allow(dead_code, reason = "each test file uses its own part of the toy")]

use std::collections::HashSet;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use gc::{
    CellKind, Embedder, Event, Header, Heap, HeapOptions, ImmortalSpace, Mutator, RegisterFile, Slot, Tracer, WeakSlot,
    Word,
};
use sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use sync::thread::ThreadId;
use sync::{Arc, Condvar, Mutex, OnceLock};

/// A word that points at an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Object(std::num::NonZeroU64);

impl Word for Object {
    fn to_bits(self) -> u64 {
        self.0.get()
    }
    fn from_bits(bits: u64) -> Self {
        Self(std::num::NonZeroU64::new(bits).expect("never zero"))
    }
}

/// Class words: immediate, so that no class objects are needed.
pub const NODE: u64 = 0b1_100;
pub const WEAK: u64 = 0b10_100;
pub const DROPPING: u64 = 0b11_100;
pub const EPHEMERONS: u64 = 0b100_100;
pub const LEAF: u64 = 0b101_100;
pub const MEETING: u64 = 0b110_100;

/// How many objects were dropped, by all heaps of this process.
pub static DROPPED: AtomicUsize = AtomicUsize::new(0);

impl Object {
    pub fn of(header: NonNull<Header>) -> Self {
        // SAFETY: the tests hand in headers of live objects.
        Self::from_bits(unsafe { header.as_ref() }.bits())
    }

    pub fn header<'a>(self) -> &'a Header {
        // SAFETY: a test keeps every object that it uses alive.
        unsafe { &*std::ptr::with_exposed_provenance(self.0.get() as usize) }
    }

    pub fn address(self) -> usize {
        self.0.get() as usize
    }

    fn payload<T>(self) -> *mut T {
        std::ptr::with_exposed_provenance_mut(self.address() + 16)
    }

    pub fn slots<'a>(self) -> &'a [Slot<Object>] {
        // SAFETY: the shape is the count with which the object was allocated.
        unsafe { std::slice::from_raw_parts(self.payload(), self.header().shape() as usize) }
    }

    pub fn get(self, index: usize) -> Option<Object> {
        self.slots()[index].get()
    }

    pub fn set(self, mutator: &Mutator, index: usize, value: Option<Object>) {
        self.slots()[index].set(self.header(), mutator, value);
    }

    pub fn weak<'a>(self) -> &'a WeakSlot<Object> {
        // SAFETY: the object was allocated with at least one word past its header.
        unsafe { &*self.payload() }
    }

    pub fn pairs<'a>(self) -> &'a [(WeakSlot<Object>, Slot<Object>)] {
        // SAFETY: the shape is the count with which the object was allocated.
        unsafe { std::slice::from_raw_parts(self.payload(), self.header().shape() as usize) }
    }

    /// The slot behind the tag, of objects of class `MEETING`.
    pub fn companion<'a>(self) -> &'a Slot<Object> {
        // SAFETY: the object was allocated with two words past its header, and this is the second.
        unsafe { &*self.payload::<Slot<Object>>().add(1) }
    }

    /// A word of the object's own that no collector touches: for objects of no slots.
    pub fn tag<'a>(self) -> &'a AtomicU64 {
        // SAFETY: the object was allocated with at least one word past its header.
        unsafe { &*self.payload() }
    }
}

/// Where markers meet: who traces an object of class `MEETING` waits here until as many as are expected have come, or ten seconds
/// after the first came, and then takes its time.
pub struct MeetingPlace {
    markers: Mutex<HashSet<ThreadId>>,
    arrival: Condvar,
    expected: usize,
    opened: OnceLock<Instant>,
}

impl MeetingPlace {
    pub fn of(expected: usize) -> &'static Self {
        let opened = OnceLock::new();
        Box::leak(Box::new(Self { markers: Mutex::default(), arrival: Condvar::new(), expected, opened }))
    }

    fn arrive(&self) {
        let limit = *self.opened.get_or_init(Instant::now) + Duration::from_secs(10);
        let mut markers = self.markers.lock();
        markers.insert(sync::thread::current_id());
        self.arrival.notify_all();
        while markers.len() < self.expected && !self.arrival.wait_until(&mut markers, limit).timed_out() {}
        drop(markers);
        sync::thread::sleep(Duration::from_micros(500));
    }

    /// How many have been there.
    pub fn seen(&self) -> usize {
        self.markers.lock().len()
    }
}

unsafe fn trace(header: *const Header, tracer: &mut Tracer) {
    let object = Object::of(NonNull::new(header.cast_mut()).expect("an object"));
    match object.header().class_bits() {
        NODE => tracer.slots(object.slots()),
        MEETING => {
            let place =
                std::ptr::with_exposed_provenance::<MeetingPlace>(object.tag().load(Ordering::Relaxed) as usize);
            // SAFETY: the tag is the address of a place that outlives the heap.
            unsafe { &*place }.arrive();
            tracer.slot(object.companion());
        }
        EPHEMERONS => {
            for (key, value) in object.pairs() {
                tracer.ephemeron(key, value);
            }
        }
        _ => {}
    }
}

unsafe fn drop_object(header: *mut Header) {
    let object = Object::of(NonNull::new(header).expect("an object"));
    let class = object.header().class_bits();
    if gc::is_pointer(class) {
        assert!(Object::from_bits(class).header().has_flags(1 << 7), "the class of a dropped object is intact");
    } else {
        assert_eq!(class, DROPPING);
    }
    let boxed = object.tag().swap(0, Ordering::Relaxed);
    if boxed != 0 {
        // SAFETY: `dropping` leaked this box, and the swap leaves none behind.
        drop(unsafe { Box::from_raw(boxed as *mut u64) });
        Heap::of(object.header()).release(1000);
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

unsafe fn trace_roots(roots: *const (), tracer: &mut Tracer) {
    // SAFETY: the pointer is the one that `Toy::new` gave, and the toy outlives its heap's threads.
    let roots = unsafe { &*roots.cast::<Roots>() };
    for root in &roots.words {
        tracer.word(root.load(Ordering::Relaxed));
    }
}

unsafe fn thread_roots(data: *const (), tracer: &mut Tracer) {
    if !data.is_null() {
        // SAFETY: a test that gives a pointer gives one to such a word.
        tracer.word(unsafe { &*data.cast::<AtomicU64>() }.load(Ordering::Relaxed));
    }
}

unsafe fn events(roots: *const (), event: Event) {
    // SAFETY: the pointer is the one that `Toy::new` gave, and the toy outlives its heap's threads.
    let roots = unsafe { &*roots.cast::<Roots>() };
    match event {
        Event::Started { .. } => roots.started.fetch_add(1, Ordering::Relaxed),
        Event::Stopped { .. } => roots.stops.fetch_add(1, Ordering::Relaxed),
        Event::Ended { stats } => {
            roots.slices.fetch_add(stats.slices as usize, Ordering::Relaxed);
            roots.ended.fetch_add(1, Ordering::Relaxed)
        }
    };
}

pub static EMBEDDER: Embedder = Embedder { trace, drop_object, trace_roots, thread_roots, events };

pub struct Roots {
    pub words: [AtomicU64; 256],
    pub started: AtomicUsize,
    pub stops: AtomicUsize,
    pub ended: AtomicUsize,
    pub slices: AtomicUsize,
}

/// A heap with a table of roots.
#[derive(Clone)]
pub struct Toy {
    pub heap: Arc<Heap>,
    pub roots: Arc<Roots>,
}

impl Toy {
    pub fn new(options: HeapOptions) -> Self {
        let roots = Arc::new(Roots {
            words: [const { AtomicU64::new(0) }; 256],
            started: AtomicUsize::new(0),
            stops: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            slices: AtomicUsize::new(0),
        });
        let options = HeapOptions { roots: Arc::as_ptr(&roots).cast(), ..options };
        Self { heap: Heap::new(&EMBEDDER, options), roots }
    }

    /// A heap that is verified and poisoned, and never dropped: a later one does not get its addresses, which a thread's
    /// stack may be full of when a test inherits it from another.
    pub fn checked() -> Self {
        let toy = Self::new(HeapOptions { verify: true, poison: true, ..HeapOptions::default() });
        std::mem::forget(toy.clone());
        toy
    }

    pub fn attach(&self) -> Box<Mutator> {
        self.heap.attach(std::ptr::null(), RegisterFile::with_words(1 << 16).expect("memory"))
    }

    pub fn root(&self, index: usize, object: Option<Object>) {
        self.roots.words[index].store(object.map_or(0, Word::to_bits), Ordering::Relaxed);
    }

    pub fn rooted(&self, index: usize) -> Option<Object> {
        let bits = self.roots.words[index].load(Ordering::Relaxed);
        (bits != 0).then(|| Object::from_bits(bits))
    }
}

pub fn node(mutator: &Mutator, slots: usize) -> Object {
    let header = mutator.allocate(16 + 8 * slots, NODE, CellKind::Traced).expect("memory");
    let object = Object::of(header);
    object.header().set_shape(slots as u32);
    object
}

pub fn allocate(mutator: &Mutator, words: usize) -> Object {
    let header = mutator.allocate(16 + 8 * words, LEAF, CellKind::Untraced).expect("memory");
    Object::of(header)
}

pub fn meeting(mutator: &Mutator, place: &'static MeetingPlace) -> Object {
    let object = Object::of(mutator.allocate(32, MEETING, CellKind::Traced).expect("memory"));
    object.tag().store(std::ptr::from_ref(place).expose_provenance() as u64, Ordering::Relaxed);
    object.companion().set(object.header(), mutator, Some(node(mutator, 1)));
    object
}

pub fn weak(mutator: &Mutator, referent: Object) -> Object {
    let object = Object::of(mutator.allocate(32, WEAK, CellKind::Traced).expect("memory"));
    mutator.weak_register(object.header(), object.weak(), referent);
    object
}

pub fn dropping(mutator: &Mutator) -> Object {
    let object = Object::of(mutator.allocate(32, DROPPING, CellKind::Drop).expect("memory"));
    object.tag().store(Box::into_raw(Box::new(7u64)) as u64, Ordering::Relaxed);
    mutator.charge(1000);
    object
}

pub fn ephemerons(mutator: &Mutator, pairs: usize) -> Object {
    let object = Object::of(mutator.allocate(16 + 16 * pairs, EPHEMERONS, CellKind::Traced).expect("memory"));
    object.header().set_shape(pairs as u32);
    object
}

/// Runs `body` in frames of its own, so that what it leaves in them lies below the caller's.
#[inline(never)]
pub fn apart<R>(body: impl FnOnce() -> R) -> R {
    let result = deeper(body);
    gc::clear_dead_stack();
    result
}

#[inline(never)]
fn deeper<R>(body: impl FnOnce() -> R) -> R {
    let mut padding = [0u8; 512];
    std::hint::black_box(&mut padding);
    body()
}

pub fn immortal_class() -> u64 {
    let header = ImmortalSpace::get().allocate(16, NODE);
    // SAFETY: just allocated.
    unsafe { header.as_ref() }.bits()
}
