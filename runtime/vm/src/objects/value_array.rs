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

/// How many values are copied, moved or turned around between two looks at whether the thread is to stop.
pub const AT_ONCE: usize = 1 << 12;

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
        Self::holding(t, &self.slots()[..length], capacity)
    }

    /// An array of at least this capacity, holding first what is in these slots of another: a large one is copied some slots at a time,
    /// and this thread may be stopped in between. Nobody stores into those slots meanwhile.
    pub fn holding(t: &Thread, source: &[Slot], capacity: usize) -> R<Ref<ValueArray>> {
        debug_assert!(source.len() <= capacity);
        let fresh = Self::fresh(t, capacity)?;
        if source.len() <= AT_ONCE {
            Slot::init_range(fresh.token(), &fresh.object().target().slots()[..source.len()], source);
            return Ok(fresh.publish());
        }
        let array = fresh.publish();
        copy_slots(t, array.header(), array.target().slots(), source);
        Ok(array)
    }

    /// An array of so many of the values that `from` gives for an index and those after it: some at a time, as above.
    pub fn with<I: Iterator<Item = Option<Value>>>(
        t: &Thread,
        length: usize,
        from: impl Fn(usize) -> I,
    ) -> R<Ref<ValueArray>> {
        let fresh = Self::fresh(t, length)?;
        if length <= AT_ONCE {
            for (slot, value) in fresh.object().target().slots().iter().zip(from(0)) {
                fresh.init(slot, value);
            }
            return Ok(fresh.publish());
        }
        let array = fresh.publish();
        for (piece, slots) in array.target().slots().chunks(AT_ONCE).enumerate() {
            Slot::fill_range(array.header(), t.mutator(), slots, from(piece * AT_ONCE));
            t.stand_still();
        }
        Ok(array)
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

    /// Moves `count` values from index `from` to index `to`; the two stretches may overlap. Many are moved some at a time: this thread
    /// may be stopped in between.
    #[inline]
    pub fn shift(&self, t: &Thread, from: usize, to: usize, count: usize) {
        if count <= AT_ONCE {
            return Slot::move_range(&self.header, t.mutator(), self.slots(), from..from + count, to);
        }
        self.shift_many(t, from, to, count);
    }

    #[cold]
    fn shift_many(&self, t: &Thread, from: usize, to: usize, count: usize) {
        let pieces = count.div_ceil(AT_ONCE);
        for step in 0..pieces {
            // The end towards which they move goes first.
            let piece = if to <= from { step } else { pieces - 1 - step };
            let start = piece * AT_ONCE;
            let end = count.min(start + AT_ONCE);
            Slot::move_range(&self.header, t.mutator(), self.slots(), from + start..from + end, to + start);
            t.stand_still();
        }
    }

    /// Turns the first `length` values around, some at a time: this thread may be stopped in between.
    pub fn reverse(&self, t: &Thread, length: usize) {
        let slots = &self.slots()[..length];
        let (low, high) = slots.split_at(length / 2);
        let high = &high[length % 2..];
        for (low, high) in low.chunks(AT_ONCE).zip(high.rchunks(AT_ONCE)) {
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

    /// Unsets the slots of a range, of a large one some at a time: this thread may be stopped in between.
    #[inline]
    pub fn unset(&self, t: &Thread, range: std::ops::Range<usize>) {
        let slots = &self.slots()[range];
        if slots.len() <= AT_ONCE {
            return Slot::clear_range(&self.header, t.mutator(), slots);
        }
        for piece in slots.chunks(AT_ONCE) {
            Slot::clear_range(&self.header, t.mutator(), piece);
            t.stand_still();
        }
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

/// Copies what is in `source` into the first slots of `target`, which are a published object's, some at a time: this thread may be
/// stopped in between. Nobody stores into the source meanwhile.
pub fn copy_slots(t: &Thread, owner: &Header, target: &[Slot], source: &[Slot]) {
    for (to, from) in target[..source.len()].chunks(AT_ONCE).zip(source.chunks(AT_ONCE)) {
        Slot::copy_range(owner, t.mutator(), to, from);
        t.stand_still();
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
