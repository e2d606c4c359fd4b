//! The embedder of the models: what objects there are, and how one tells that they are whole.
//!
//! A *node* has a number and two slots. Nodes are made in *bundles*: a list, a tree or a ring, whose nodes' numbers follow from that of
//! the first. So whoever holds a node can check all that is to be reachable from it. *Tables* are slots that threads share, *weak boxes*
//! and *pairs* refer to nodes weakly and by ephemerons. The flags of each object hold a mark made of its address, which no freed or
//! poisoned cell has.

use std::ptr::NonNull;

use gc::{CellKind, Embedder, Event, Header, Heap, Mutator, Slot, Tracer, Unpublished, WeakSlot, Word, flags};
use sync::atomic::{AtomicU64, Ordering};
use sync::hint;

use crate::world::SHARED;

const NODE: u64 = 0b01_100;
const WEAK_BOX: u64 = 0b10_100;
const PAIR: u64 = 0b11_100;
const TABLE: u64 = 0b100_100;
const LEAF: u64 = 0b101_100;

/// What an owner accounts for outside the heap, in bytes.
pub const OWNED: usize = 1000;

/// The slots of a node.
const NUMBER: usize = 0;
const LEFT: usize = 1;
const RIGHT: usize = 2;
const NODE_SLOTS: usize = 3;

/// How many nodes a ring has.
const RING: u64 = 3;

/// How often a thread tries to allocate at the heap's limit.
const ATTEMPTS: usize = 100;

/// What a check says that finds an object's memory in other hands.
pub const GONE: &str = "an object that was never made, or is no more";
/// What a check says that finds an object's contents changed.
pub const CHANGED: &str = "a node of another bundle";

/// What a check says that finds a pair's value gone and its key not.
pub const CLEARED: &str = "the value of a key that lives";

/// What is said of an owner that is dropped once too often.
const DROPPED_TWICE: &str = "an owner is dropped once";

/// A word of the heap: an object, or a number shifted past a low bit that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(std::num::NonZeroU64);

impl Word for Value {
    fn to_bits(self) -> u64 {
        self.0.get()
    }

    fn from_bits(bits: u64) -> Self {
        Self(std::num::NonZeroU64::new(bits).expect("a word is not zero"))
    }
}

impl Value {
    /// A word that is a number.
    pub fn number(number: u64) -> Self {
        Self::from_bits(number << 1 | 1)
    }

    /// The number.
    pub fn to_number(self) -> u64 {
        self.to_bits() >> 1
    }
}

/// How the nodes of a bundle hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Each node but the last leads to one of a depth less.
    List,
    /// Each node but the last ones leads to two of a depth less.
    Tree,
    /// Three nodes, each of which leads to the next.
    Ring,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::List, Self::Tree, Self::Ring];
}

/// What a node's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number {
    bundle: u64,
    form: Form,
    depth: u64,
}

impl Number {
    fn value(self) -> Value {
        Value::number(self.bundle << 8 | (self.form as u64) << 4 | self.depth)
    }

    fn of(value: Value) -> Self {
        let bits = value.to_number();
        Self { bundle: bits >> 8, form: Form::ALL[(bits >> 4 & 0xf) as usize], depth: bits & 0xf }
    }

    /// The numbers that the two slots lead to.
    fn next(self) -> [Option<Self>; 2] {
        let deeper = (self.depth > 0).then(|| Self { depth: self.depth - 1, ..self });
        match self.form {
            Form::List => [deeper, None],
            Form::Tree => [deeper, deeper],
            Form::Ring => [Some(Self { depth: (self.depth + 1) % RING, ..self }), None],
        }
    }
}

/// An object that the calling thread reached: a slot, a root or its stack holds it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Object(Value);

impl Object {
    /// The object that a word points at. The word was read since this thread's last poll, or has been on its stack since.
    pub fn of(value: Value) -> Self {
        let object = Self(value);
        object.check_header();
        object
    }

    fn at(header: NonNull<Header>) -> Self {
        // SAFETY: the header is that of an object just allocated, or of one that the collector traces.
        Self(Value::from_bits(unsafe { header.as_ref() }.bits()))
    }

    pub fn value(self) -> Value {
        self.0
    }

    pub fn header<'a>(self) -> &'a Header {
        // SAFETY: an `Object` is made of words only that point at objects, and what the caller holds is alive.
        unsafe { &*std::ptr::with_exposed_provenance(self.0.to_bits() as usize) }
    }

    /// The mark of an object at this address, in the embedder's flags.
    fn mark(self) -> u16 {
        let spread = (self.0.to_bits() >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> 48) as u16 & !flags::COLLECTOR
    }

    fn check_header(self) {
        // Neither changes while the object lives.
        let _look = hint::unscheduled();
        let (class, marks) = (self.header().class_bits(), self.header().flags());
        if gc::is_pointer(class) {
            assert!(Self(Value::from_bits(class)).is_table(), "{GONE}: the class of an owner");
        } else {
            assert!(matches!(class, NODE | WEAK_BOX | PAIR | TABLE | LEAF), "{GONE}: class {class:#x}");
        }
        assert_eq!(marks & !flags::COLLECTOR, self.mark(), "{GONE}");
    }

    fn payload<T>(self) -> *const T {
        std::ptr::with_exposed_provenance(self.0.to_bits() as usize + size_of::<Header>())
    }

    /// The slots of a node or a table.
    pub fn slots<'a>(self) -> &'a [Slot<Value>] {
        assert!(matches!(self.header().class_bits(), NODE | TABLE), "{GONE}");
        // SAFETY: a node or a table was allocated with as many slots as its shape says.
        unsafe { std::slice::from_raw_parts(self.payload(), self.header().shape() as usize) }
    }

    /// The slots of a table that threads hand things over by: between one that leads to the next table and one that counts.
    pub fn shared<'a>(self) -> &'a [Slot<Value>] {
        &self.slots()[1..=SHARED]
    }

    /// The slot of a weak box.
    fn weak_slot<'a>(self) -> &'a WeakSlot<Value> {
        assert_eq!(self.header().class_bits(), WEAK_BOX, "{GONE}");
        // SAFETY: a weak box was allocated with one weak slot after its header.
        unsafe { &*self.payload() }
    }

    /// Key and value of a pair.
    fn pair<'a>(self) -> &'a (WeakSlot<Value>, Slot<Value>) {
        assert_eq!(self.header().class_bits(), PAIR, "{GONE}");
        // SAFETY: a pair was allocated with a weak slot and a slot after its header.
        unsafe { &*self.payload() }
    }

    /// Checks a node and all that its bundle says it leads to; or what a weak box or a pair leads to, if that lives.
    pub fn check(self, mutator: &Mutator) {
        // A bundle does not change once it is made.
        let _look = hint::unscheduled();
        match self.header().class_bits() {
            NODE => {
                let number = Number::of(self.slots()[NUMBER].get().expect(CHANGED));
                self.check_as(number, number.depth + RING);
            }
            WEAK_BOX | PAIR => {
                self.next(mutator).into_iter().flatten().for_each(|next| next.check(mutator));
            }
            LEAF => assert_eq!(self.word().load(Ordering::Relaxed), self.0.to_bits(), "{CHANGED}: a leaf"),
            _ => {}
        }
    }

    /// The word of a leaf or an owner.
    fn word<'a>(self) -> &'a AtomicU64 {
        // SAFETY: leaves and owners were allocated with a word after their headers.
        unsafe { &*self.payload() }
    }

    /// The last node of a list.
    pub fn last(self) -> Self {
        self.slots()[LEFT].get().map_or(self, |next| Self::of(next).last())
    }

    /// Whether it is a table.
    pub fn is_table(self) -> bool {
        self.header().class_bits() == TABLE
    }

    /// What a weak box refers to, or the key of a pair, if that lives; any other object itself.
    pub fn referent(self, mutator: &Mutator) -> Option<Self> {
        match self.header().class_bits() {
            WEAK_BOX | PAIR => self.next(mutator)[0],
            _ => Some(self),
        }
    }

    /// What a weak box or a pair leads to, if that lives.
    fn next(self, mutator: &Mutator) -> [Option<Self>; 2] {
        if self.header().class_bits() == WEAK_BOX {
            return [self.weak_slot().get(mutator).map(Self::of), None];
        }
        let (key, value) = self.pair();
        let Some(key) = key.get(mutator) else { return [None, None] };
        [Some(Self::of(key)), Some(Self::of(value.get().expect(CLEARED)))]
    }

    fn check_as(self, number: Number, steps: u64) {
        assert_eq!(self.slots()[NUMBER].get(), Some(number.value()), "{CHANGED}");
        for (slot, next) in self.slots()[LEFT..=RIGHT].iter().zip(number.next()) {
            match (slot.get(), next) {
                (None, None) => {}
                (Some(value), Some(next)) if steps > 0 => Self::of(value).check_as(next, steps - 1),
                (Some(_), Some(_)) => {}
                (found, _) => panic!("{CHANGED}: {found:?} after {number:?}"),
            }
        }
    }
}

/// An object with so many slots, all of them empty. No poll may come before it is filled in. At the heap's limit other threads may
/// take what a collection has freed before this one gets any: it tries again, as each of them takes something a few times only.
fn allocate(mutator: &Mutator, class: u64, slots: usize) -> Object {
    let mut attempts = (0..ATTEMPTS).filter_map(|_| try_allocate(mutator, class, slots));
    attempts.next().expect("there is room for what is small")
}

fn try_allocate(mutator: &Mutator, class: u64, slots: usize) -> Option<Object> {
    let object = allocate_kind(mutator, class, slots, CellKind::Traced)?;
    object.header().set_shape(slots as u32);
    Some(object)
}

fn allocate_kind(mutator: &Mutator, class: u64, words: usize, kind: CellKind) -> Option<Object> {
    let bytes = size_of::<Header>() + words * size_of::<u64>();
    let object = Object::at(mutator.allocate(bytes, class, kind)?);
    object.header().set_flags(object.mark());
    Some(object)
}

/// A table of empty slots, which may be a large object.
pub fn table(mutator: &Mutator, slots: usize) -> Object {
    allocate(mutator, TABLE, slots)
}

/// As `table`, or none when the heap has no room.
pub fn try_table(mutator: &Mutator, slots: usize) -> Option<Object> {
    try_allocate(mutator, TABLE, slots)
}

/// An object without slots, whose memory past the header is not cleared for it.
pub fn leaf(mutator: &Mutator) -> Object {
    let object = allocate_kind(mutator, LEAF, 1, CellKind::Untraced).expect("there is room for what is small");
    object.word().store(object.0.to_bits(), Ordering::Relaxed);
    object
}

/// An object that owns memory outside of the heap, and whose class is an object of the heap: a table.
pub fn owner(mutator: &Mutator, class: Object) -> Object {
    let class = class.0.to_bits();
    let object = allocate_kind(mutator, class, 1, CellKind::Drop).expect("there is room for what is small");
    object.word().store(Box::into_raw(Box::new(class)).expose_provenance() as u64, Ordering::Relaxed);
    mutator.charge(OWNED);
    object
}

/// A weak reference to an object.
pub fn weak_box(mutator: &Mutator, referent: Object) -> Object {
    let object = allocate(mutator, WEAK_BOX, 1);
    mutator.weak_register(object.header(), object.weak_slot(), referent.value());
    object
}

/// A value that lives as long as a key does.
pub fn pair(mutator: &Mutator, key: Object, value: Object) -> Object {
    let object = allocate(mutator, PAIR, 2);
    let (key_slot, value_slot) = object.pair();
    key_slot.set_key(object.header(), mutator, Some(key.value()));
    value_slot.set(object.header(), mutator, Some(value.value()));
    object
}

/// A bundle of this number. Gives its first node.
pub fn bundle(mutator: &Mutator, bundle: u64, form: Form) -> Object {
    let depth = if form == Form::List { 3 } else { 1 };
    if form == Form::Ring {
        return ring(mutator, bundle);
    }
    node_of(mutator, Number { bundle, form, depth })
}

/// A list of two nodes, the first of which is allocated before `between` and filled in after it: no poll is there as far as the caller
/// knows, though each allocation may collect at the heap's limit (rule 13).
pub fn bundle_around(mutator: &Mutator, bundle: u64, between: impl FnOnce(&Mutator)) -> Object {
    let number = |depth| Number { bundle, form: Form::List, depth };
    let first = allocate(mutator, NODE, NODE_SLOTS);
    between(mutator);
    let last = node(mutator, number(0), [None, None]);
    fill_in(first, mutator, number(1), [Some(last), None]);
    first
}

fn node(mutator: &Mutator, number: Number, next: [Option<Object>; 2]) -> Object {
    let object = allocate(mutator, NODE, NODE_SLOTS);
    fill_in(object, mutator, number, next);
    object
}

fn fill_in(object: Object, mutator: &Mutator, number: Number, next: [Option<Object>; 2]) {
    // SAFETY: the object was just allocated, and nothing here polls.
    let fresh = unsafe { Unpublished::new(NonNull::from(object.header()), mutator) };
    object.slots()[NUMBER].init(&fresh, Some(number.value()));
    object.slots()[LEFT].init(&fresh, next[0].map(Object::value));
    object.slots()[RIGHT].init(&fresh, next[1].map(Object::value));
}

fn node_of(mutator: &Mutator, number: Number) -> Object {
    let next = number.next().map(|next| next.map(|next| node_of(mutator, next)));
    node(mutator, number, next)
}

fn ring(mutator: &Mutator, bundle: u64) -> Object {
    let number = |depth| Number { bundle, form: Form::Ring, depth };
    let last = node(mutator, number(2), [None, None]);
    let middle = node(mutator, number(1), [Some(last), None]);
    let first = node(mutator, number(0), [Some(middle), None]);
    last.slots()[LEFT].set(last.header(), mutator, Some(first.value()));
    first
}

unsafe fn trace(header: *const Header, tracer: &mut Tracer) {
    let object = Object::at(NonNull::new(header.cast_mut()).expect("the collector traces objects"));
    object.check_header();
    match object.header().class_bits() {
        NODE | TABLE => tracer.slots(object.slots()),
        PAIR => tracer.ephemeron(&object.pair().0, &object.pair().1),
        _ => {}
    }
}

unsafe fn drop_object(header: *mut Header) {
    let object = Object::at(NonNull::new(header).expect("the collector drops objects"));
    object.check_header();
    let owned = object.word().swap(0, Ordering::Relaxed) as usize;
    assert!(owned != 0, "{DROPPED_TWICE}");
    // SAFETY: `owner` leaked this box, and the swap leaves none behind.
    let class = unsafe { Box::from_raw(std::ptr::with_exposed_provenance_mut::<u64>(owned)) };
    assert_eq!(*class, object.header().class_bits(), "{CHANGED}: the class of an owner");
    Heap::of(object.header()).release(OWNED);
}

unsafe fn trace_roots(roots: *const (), tracer: &mut Tracer) {
    // SAFETY: the heap's options have this pointer, and the root outlives the heap's threads.
    tracer.word(unsafe { &*roots.cast::<AtomicU64>() }.load(Ordering::Relaxed));
}

unsafe fn thread_roots(_: *const (), _: &mut Tracer) {}

unsafe fn events(_: *const (), _: Event) {}

/// The one root is a word that [`gc::HeapOptions::roots`] points at.
pub static EMBEDDER: Embedder = Embedder { trace, drop_object, trace_roots, thread_roots, events };
