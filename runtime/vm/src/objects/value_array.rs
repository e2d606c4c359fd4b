//! `ValueArray`: a heap array of slots with a fixed capacity, the storage of lists, vectors and deques.
//!
//! Invariants: the capacity lies in the header's shape word from before publication and never changes; that many slots
//! follow the header. An array is replaced by a larger one, never shrunk or moved, so a reader that holds an old one reads
//! old values and nothing else.

use gc::{Header, Mutator, Tracer};

use crate::containers::{Fresh, allocate};
use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A fixed number of slots.
    pub struct ValueArray {}
    trace {}
    rest(trace_slots)
    fixed
}

/// The most slots an array can have: the capacity shares a word with shapes, whose top bit is taken.
pub const MAX_CAPACITY: usize = (1 << 31) - 1;

/// How many values are turned around between two looks at whether the thread is to stop.
const REVERSED_AT_ONCE: usize = 1 << 10;

fn trace_slots(array: &ValueArray, tracer: &mut Tracer) {
    tracer.slots(array.slots());
}

impl ValueArray {
    /// An array of unset slots.
    pub fn new(t: &Thread, capacity: usize) -> R<Ref<ValueArray>> {
        Ok(Self::fresh(t, capacity)?.publish())
    }

    /// An array to be filled before it is published.
    pub fn fresh(t: &Thread, capacity: usize) -> R<Fresh<'_, ValueArray>> {
        if capacity > MAX_CAPACITY {
            return Err(t.memory_error());
        }
        let bytes = size_of::<Header>() + capacity * size_of::<Slot>();
        let fresh = allocate::<ValueArray>(t, t.classes().value_array, bytes, Self::layout().kind)?;
        fresh.object().header.set_shape(capacity as u32);
        Ok(fresh)
    }

    /// A published array of at least this capacity, holding these values first.
    pub fn from_slice(t: &Thread, values: &[Value], capacity: usize) -> R<Ref<ValueArray>> {
        let fresh = Self::fresh(t, capacity.max(values.len()))?;
        for (slot, &value) in fresh.object().target().slots().iter().zip(values) {
            fresh.init(slot, Some(value));
        }
        Ok(fresh.publish())
    }

    /// A larger or smaller array with a copy of the first `length` slots.
    pub fn copied(&self, t: &Thread, length: usize, capacity: usize) -> R<Ref<ValueArray>> {
        debug_assert!(length <= capacity);
        let fresh = Self::fresh(t, capacity)?;
        Slot::init_range(fresh.token(), &fresh.object().target().slots()[..length], &self.slots()[..length]);
        Ok(fresh.publish())
    }

    /// How many slots there are.
    #[inline(always)]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.header.shape() as usize
    }

    /// One slot, which must exist.
    #[inline(always)]
    #[must_use]
    pub fn slot(&self, index: usize) -> &Slot {
        &self.slots()[index]
    }

    /// All slots.
    #[inline(always)]
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        // SAFETY: by the module's invariant that many slots follow the header, which is all of the fixed part.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast::<Slot>(), self.capacity()) }
    }

    /// Stores into a slot of the published array.
    #[inline(always)]
    pub fn put(&self, t: &Thread, index: usize, value: Option<Value>) {
        self.put_by(t.mutator(), index, value);
    }

    /// As `put`, by a mutator that the caller has at hand.
    #[inline(always)]
    pub fn put_by(&self, mutator: &Mutator, index: usize, value: Option<Value>) {
        self.slot(index).set(&self.header, mutator, value);
    }

    /// Moves `count` values from index `from` to index `to`; the two stretches may overlap.
    #[inline]
    pub fn shift(&self, t: &Thread, from: usize, to: usize, count: usize) {
        Slot::move_range(&self.header, t.mutator(), self.slots(), from..from + count, to);
    }

    /// Turns the first `length` values around, some at a time: this thread may be stopped in between.
    pub fn reverse(&self, t: &Thread, length: usize) {
        let slots = &self.slots()[..length];
        let (low, high) = slots.split_at(length / 2);
        let high = &high[length % 2..];
        for (low, high) in low.chunks(REVERSED_AT_ONCE).zip(high.rchunks(REVERSED_AT_ONCE)) {
            Slot::swap_reversed(&self.header, t.mutator(), low, high);
            t.stand_still();
        }
    }

    /// Stores registers or other words that no object holds into the first slots.
    #[inline]
    pub fn fill(&self, t: &Thread, words: impl Iterator<Item = Option<Value>>) {
        Slot::fill_range(&self.header, t.mutator(), self.slots(), words);
    }

    /// Moves the words of the first `count` slots out, to where `take` puts them.
    #[inline]
    pub fn take(&self, t: &Thread, count: usize, take: impl FnMut(usize, u64)) {
        Slot::take_range(&self.header, t.mutator(), &self.slots()[..count], take);
    }

    /// Unsets the slots of a range.
    #[inline]
    pub fn unset(&self, t: &Thread, range: std::ops::Range<usize>) {
        Slot::clear_range(&self.header, t.mutator(), &self.slots()[range]);
    }

    /// The first `length` slots as values.
    ///
    /// # Safety
    /// They are all set, and no one stores into them while the slice is used.
    #[inline(always)]
    #[must_use]
    pub unsafe fn as_values(&self, length: usize) -> &[Value] {
        let slots = &self.slots()[..length];
        // SAFETY: a slot is one word; the caller promises that each holds a value and stays as it is.
        unsafe { std::slice::from_raw_parts(slots.as_ptr().cast::<Value>(), length) }
    }
}

/// The capacity to grow to when `needed` slots no longer fit: half as much again, a quarter for large arrays, and then
/// what the cell has room for.
#[must_use]
pub fn grown_capacity(needed: usize) -> usize {
    let room = if needed < 1 << 12 { needed / 2 + 3 } else { needed / 4 };
    fitting_capacity(needed + room)
}

/// The slots that fit into the cell that `capacity` slots need.
#[must_use]
pub fn fitting_capacity(capacity: usize) -> usize {
    let bytes = size_of::<Header>() + capacity * size_of::<Slot>();
    ((gc::usable_size(bytes) - size_of::<Header>()) / size_of::<Slot>()).min(MAX_CAPACITY).max(capacity)
}
