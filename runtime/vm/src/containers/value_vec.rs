//! `ValueVec`: a growing sequence of values for native code, whose values lie in a heap array.
//!
//! The vector itself is a local of native code, so that the scan of the stack finds its array; it must not be put in a
//! box or another heap allocation of Rust. Invariants: the first `length` slots of the array are set, the rest unset, and
//! nobody else stores into the array as long as the vector owns it.

use crate::object::{Ref, Slot};
use crate::objects::value_array::{ValueArray, fitting_capacity, grown_capacity};
use crate::objects::{List, Tuple};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// A growing sequence of values.
pub struct ValueVec {
    array: Option<Ref<ValueArray>>,
    length: usize,
}

impl ValueVec {
    /// An empty vector, without storage.
    #[inline]
    #[must_use]
    pub fn new(_: &Thread) -> Self {
        Self { array: None, length: 0 }
    }

    /// An empty vector with room for this many values.
    pub fn with_capacity(t: &Thread, capacity: usize) -> R<Self> {
        let array = if capacity == 0 { None } else { Some(ValueArray::new(t, capacity)?) };
        Ok(Self { array, length: 0 })
    }

    /// A vector with a copy of these values.
    pub fn from_slice(t: &Thread, values: &[Value]) -> R<Self> {
        let array = if values.is_empty() { None } else { Some(ValueArray::from_slice(t, values, values.len())?) };
        Ok(Self { array, length: values.len() })
    }

    /// A vector of what is in these slots, of which none is unset, and into which nobody stores meanwhile. This thread may be stopped in
    /// between.
    pub fn holding(t: &Thread, slots: &[Slot]) -> R<Self> {
        let array = if slots.is_empty() { None } else { Some(ValueArray::holding(t, slots, slots.len())?) };
        Ok(Self { array, length: slots.len() })
    }

    /// Takes over an array whose first `length` slots are set, the rest unset, and that no one else stores into.
    #[must_use]
    pub fn from_array(array: Option<Ref<ValueArray>>, length: usize) -> Self {
        debug_assert!(array.map_or(0, |array| array.capacity()) >= length);
        Self { array, length }
    }

    /// How many values there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no value.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, t: &Thread, value: Value) -> R<()> {
        if let Some(array) = self.array
            && self.length < array.capacity()
        {
            array.put(t, self.length, Some(value));
            self.length += 1;
            return Ok(());
        }
        self.push_slow(t, value)
    }

    #[cold]
    fn push_slow(&mut self, t: &Thread, value: Value) -> R<()> {
        self.reserve(t, 1)?;
        self.push(t, value)
    }

    /// Makes room for more values.
    pub fn reserve(&mut self, t: &Thread, more: usize) -> R<()> {
        let needed = self.length.saturating_add(more);
        let array = match self.array {
            Some(array) if array.capacity() >= needed => return Ok(()),
            Some(array) => array.copied(t, self.length, grown_capacity(needed))?,
            None => ValueArray::new(t, fitting_capacity(needed.max(4)))?,
        };
        self.array = Some(array);
        Ok(())
    }

    /// Appends copies of these values.
    pub fn extend_from_slice(&mut self, t: &Thread, values: &[Value]) -> R<()> {
        self.reserve(t, values.len())?;
        if let Some(array) = self.array {
            for (index, &value) in values.iter().enumerate() {
                array.put(t, self.length + index, Some(value));
            }
            self.length += values.len();
        }
        Ok(())
    }

    /// The values.
    #[inline(always)]
    #[must_use]
    pub fn as_slice(&self) -> &[Value] {
        match self.array {
            // SAFETY: the module's invariant; storing needs `&mut self`, which this borrow excludes.
            Some(array) => unsafe { array.target().as_values(self.length) },
            None => &[],
        }
    }

    /// One value, which must exist.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, index: usize) -> Value {
        self.as_slice()[index]
    }

    /// Replaces a value, which must exist.
    #[inline]
    pub fn set(&mut self, t: &Thread, index: usize, value: Value) {
        assert!(index < self.length, "index within the vector");
        if let Some(array) = self.array {
            array.put(t, index, Some(value));
        }
    }

    /// Removes and returns the last value.
    #[inline]
    pub fn pop(&mut self, t: &Thread) -> Option<Value> {
        let array = self.array?;
        let last = self.length.checked_sub(1)?;
        let value = array.slot(last).get();
        self.length = last;
        array.put(t, last, None);
        value
    }

    /// The last value.
    #[must_use]
    pub fn last(&self) -> Option<Value> {
        self.as_slice().last().copied()
    }

    /// Forgets all values after the first `length`.
    pub fn truncate(&mut self, t: &Thread, length: usize) {
        if length < self.length
            && let Some(array) = self.array
        {
            array.unset(t, length..self.length);
            self.length = length;
        }
    }

    /// Turns the order of the values around.
    pub fn reverse(&mut self, t: &Thread) {
        for index in 0..self.length / 2 {
            let other = self.length - 1 - index;
            let (low, high) = (self.get(index), self.get(other));
            self.set(t, index, high);
            self.set(t, other, low);
        }
    }

    /// The values one by one.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value> + ExactSizeIterator + '_ {
        self.as_slice().iter().copied()
    }

    /// A tuple of the values.
    pub fn into_tuple(self, t: &Thread) -> R<Ref<Tuple>> {
        match self.array {
            Some(array) if self.length > 0 => Tuple::holding(t, &array.target().slots()[..self.length]),
            _ => Ok(Tuple::empty(t)),
        }
    }

    /// A list of the values, which takes the array over.
    pub fn into_list(self, t: &Thread) -> R<Ref<List>> {
        List::from_array(t, self.array, self.length)
    }

    /// The array and how many of its slots are set.
    #[must_use]
    pub fn into_array(self) -> (Option<Ref<ValueArray>>, usize) {
        (self.array, self.length)
    }
}
