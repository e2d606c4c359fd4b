//! `Slice`: three values, and what they mean for a sequence of a given length.

use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A slice; all three are set.
    pub struct Slice {
        /// `start`
        pub start: Slot,
        /// `stop`
        pub stop: Slot,
        /// `step`
        pub step: Slot,
    }
    trace { start, stop, step }
    fixed
}

/// The items that a slice names in a sequence: the first index, the distance, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceIndices {
    /// The first index.
    pub start: i64,
    /// The stop, brought into range.
    pub stop: i64,
    /// The distance between indices.
    pub step: i64,
    /// How many items there are.
    pub count: usize,
}

/// Start, stop and step as numbers, not yet brought into the range of a length.
#[derive(Clone, Copy, Debug)]
pub struct SliceBounds {
    start: Option<i64>,
    stop: Option<i64>,
    step: i64,
}

/// `slice(start, stop, step)`.
pub fn slice_value(t: &Thread, start: Value, stop: Value, step: Value) -> R {
    let fresh = allocate::<Slice>(t, t.classes().slice, size_of::<Slice>(), Slice::layout().kind)?;
    let slice = fresh.object().target();
    fresh.init(&slice.start, Some(start));
    fresh.init(&slice.stop, Some(stop));
    fresh.init(&slice.step, Some(step));
    Ok(fresh.publish().value())
}

impl Slice {
    /// Start, stop and step.
    #[must_use]
    pub fn parts(&self) -> [Value; 3] {
        [&self.start, &self.stop, &self.step].map(|slot| slot.get().expect("slices are made whole"))
    }

    /// The numbers behind the parts; `__index__` may run.
    pub fn bounds(&self, t: &Thread) -> R<SliceBounds> {
        let [start, stop, step] = self.parts();
        let step = match step {
            Value::NONE => 1,
            _ => slice_number(t, step)?,
        };
        if step == 0 {
            return Err(t.value_error("slice step cannot be zero"));
        }
        let bound = |value: Value| if value.is_none() { Ok(None) } else { slice_number(t, value).map(Some) };
        // A step of the least number could not be negated.
        Ok(SliceBounds { start: bound(start)?, stop: bound(stop)?, step: step.max(-i64::MAX) })
    }

    /// The items that the slice names in a sequence of this length; `__index__` may run.
    pub fn indices(&self, t: &Thread, length: usize) -> R<SliceIndices> {
        Ok(self.bounds(t)?.within(length))
    }
}

impl SliceBounds {
    /// Those of `start:stop`, if the two are small ints or None: then no code has to run to know them.
    #[inline]
    #[must_use]
    pub fn plain(start: Value, stop: Value) -> Option<Self> {
        let bound = |value: Value| if value.is_none() { Some(None) } else { value.as_small_int().map(Some) };
        Some(Self { start: bound(start)?, stop: bound(stop)?, step: 1 })
    }

    /// What each sequence's methods need: a closure from a length to start, step and count.
    pub fn picker(self) -> impl FnOnce(usize) -> (i64, i64, usize) + Copy {
        move |length: usize| {
            let indices = self.within(length);
            (indices.start, indices.step, indices.count)
        }
    }
}

impl Ref<Slice> {
    /// `bounds`, with what each sequence's methods need: a closure from a length to start, step and count.
    pub fn picker(self, t: &Thread) -> R<impl FnOnce(usize) -> (i64, i64, usize) + Copy> {
        Ok(self.bounds(t)?.picker())
    }
}

/// A part of a slice as a number of 64 bits; larger ones are brought to the edge.
fn slice_number(t: &Thread, value: Value) -> R<i64> {
    match value.as_small_int() {
        Some(number) => Ok(number),
        None if protocols::has_index(t, value) => protocols::index_clamped(t, value),
        None => Err(t.type_error("slice indices must be integers or None or have an __index__ method")),
    }
}

impl SliceBounds {
    /// The items named in a sequence of this length.
    #[must_use]
    pub fn within(self, length: usize) -> SliceIndices {
        let (length, step) = (length as i64, self.step);
        let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
        let adjust = |bound: i64| if bound < 0 { bound.saturating_add(length).max(low) } else { bound.min(high) };
        let start = self.start.map_or(if step < 0 { high } else { low }, adjust);
        let stop = self.stop.map_or(if step < 0 { low } else { high }, adjust);
        let count = if step < 0 && stop < start {
            (start - stop - 1) / -step + 1
        } else if step > 0 && start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        SliceIndices { start, stop, step, count: count as usize }
    }
}
