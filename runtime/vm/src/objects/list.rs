//! `List`: storage in a replaceable array, and a length. Readers take no lock; writers take the object's lock byte.
//!
//! Invariants, which a writer keeps at each of its stores:
//! 1. Slots below the length are set; slots from the length on are unset, but for one that a writer has just filled
//!    before it raises the length or is about to unset after it lowered it.
//! 2. An array is never stored into once another is installed; a reader that still holds it sees the list as it was.
//!
//! So a reader of one item loads the array, checks the index against the capacity, and loads the slot: a set slot was an
//! item of the list at that index at some moment of the call. Reads of more than one item take the lock.

use gc::{Header, Mutator};
use sync::atomic::{AtomicUsize, Ordering};

use crate::containers::{ValueVec, allocate};
use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::objects::Tuple;
use crate::objects::value_array::{AT_ONCE, ValueArray, fitting_capacity, grown_capacity};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A list.
    pub struct List {
        storage: Slot,
        length: AtomicUsize,
    }
    trace { storage }
}

/// Arrays of at least this capacity are replaced by smaller ones when three quarters of them are unused.
const SHRINKABLE: usize = 64;

/// Holds the locks of one or two lists.
macro_rules! locked {
    ($t:expr, $list:expr) => {
        $list.header.lock($t.mutator())
    };
}

impl List {
    /// An empty list.
    #[inline]
    pub fn new(t: &Thread) -> R<Ref<List>> {
        Self::from_array(t, None, 0)
    }

    /// An empty list with room for this many values.
    pub fn with_capacity(t: &Thread, capacity: usize) -> R<Ref<List>> {
        ValueVec::with_capacity(t, capacity)?.into_list(t)
    }

    /// A list of these values.
    pub fn from_slice(t: &Thread, values: &[Value]) -> R<Ref<List>> {
        ValueVec::from_slice(t, values)?.into_list(t)
    }

    /// A list that takes over an array whose first `length` slots are set and the rest unset.
    pub fn from_array(t: &Thread, array: Option<Ref<ValueArray>>, length: usize) -> R<Ref<List>> {
        let fresh = allocate::<List>(t, t.classes().list, size_of::<List>(), Self::layout().kind)?;
        let list = fresh.object();
        fresh.init(&list.target().storage, array.map(Ref::value));
        list.length.store(length, Ordering::Relaxed);
        Ok(fresh.publish())
    }

    /// A list of what an iterable gives.
    pub fn from_iterable(t: &Thread, iterable: Value) -> R<Ref<List>> {
        crate::protocols::list_of(t, iterable)
    }

    /// How many values there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }

    /// Whether there is no value.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.array().map_or(0, ValueArray::capacity)
    }

    #[inline(always)]
    fn array<'a>(&self) -> Option<&'a ValueArray> {
        // SAFETY: the slot holds value arrays only, and the caller's local keeps the one it sees.
        self.storage.get().map(|array| unsafe { Ref::<ValueArray>::from_address(array.bits()) }.target())
    }

    /// One value, if it exists.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.array()?.slots().get(index)?.get()
    }

    /// The index that a Python index means now, negative ones counted from the end.
    #[inline(always)]
    #[must_use]
    pub fn normalize(&self, index: i64) -> Option<usize> {
        let index = if index < 0 { index.checked_add(self.len() as i64)? } else { index };
        usize::try_from(index).ok()
    }

    /// Replaces a value; false if there is none at the index.
    #[inline]
    pub fn set(&self, t: &Thread, index: usize, value: Value) -> bool {
        let mutator = t.mutator();
        let _guard = self.header.lock_briefly(mutator);
        self.put(mutator, index, value)
    }

    /// As `set`, at a Python index, counted from the end of this moment if negative.
    pub fn set_at(&self, t: &Thread, index: i64, value: Value) -> bool {
        let mutator = t.mutator();
        let _guard = self.header.lock_briefly(mutator);
        self.normalize(index).is_some_and(|index| self.put(mutator, index, value))
    }

    /// Under the lock.
    #[inline(always)]
    fn put(&self, mutator: &Mutator, index: usize, value: Value) -> bool {
        match self.array() {
            Some(array) if index < self.len() => {
                array.put_by(mutator, index, Some(value));
                true
            }
            _ => false,
        }
    }

    /// Appends a value.
    #[inline]
    pub fn push(&self, t: &Thread, value: Value) -> R<()> {
        let mutator = t.mutator();
        let _guard = self.header.lock_briefly(mutator);
        let length = self.len();
        if let Some(array) = self.array()
            && length < array.capacity()
        {
            array.put_by(mutator, length, Some(value));
            self.length.store(length + 1, Ordering::Release);
            return Ok(());
        }
        self.push_grown_slow(t, value, length)
    }

    #[cold]
    #[inline(never)]
    fn push_grown_slow(&self, t: &Thread, value: Value, length: usize) -> R<()> {
        let array = self.reserve(t, length, 1)?;
        array.put(t, length, Some(value));
        self.length.store(length + 1, Ordering::Release);
        Ok(())
    }

    /// Under the lock: an installed array with room for `more` values.
    fn reserve(&self, t: &Thread, length: usize, more: usize) -> R<&ValueArray> {
        let needed = length.saturating_add(more);
        if let Some(array) = self.array().filter(|array| array.capacity() >= needed) {
            return Ok(array);
        }
        self.header.lock_byte().lengthen();
        let grown = match self.array() {
            Some(array) => array.copied(t, length, grown_capacity(needed))?,
            None => ValueArray::new(t, fitting_capacity(needed.max(4)))?,
        };
        self.install(t, Some(grown));
        Ok(grown.target())
    }

    /// Room for values that are to come: a size that cannot be had is found out before the first of them. A number past all
    /// sizes, with what is there already, is no honest hint, and goes for nothing.
    pub fn make_room(&self, t: &Thread, more: usize) -> R<()> {
        let _guard = locked!(t, self);
        match (self.array(), self.len()) {
            (None, _) if more > 0 => self.install(t, Some(ValueArray::new(t, more)?)),
            (None, _) => {}
            (Some(_), length) if length.saturating_add(more) > isize::MAX as usize => {}
            (Some(_), length) => drop(self.reserve(t, length, more)?),
        }
        Ok(())
    }

    /// Gives back room that was made for values that did not come.
    pub fn give_back(&self, t: &Thread) {
        let _guard = locked!(t, self);
        if let Some(array) = self.array() {
            self.cut(t, array, self.len(), self.len());
        }
    }

    fn install(&self, t: &Thread, array: Option<Ref<ValueArray>>) {
        self.storage.set(&self.header, t.mutator(), array.map(Ref::value));
    }

    /// Under the lock, after the length was lowered from `old`: unsets what fell off, in place or by a smaller array.
    fn cut(&self, t: &Thread, array: &ValueArray, length: usize, old: usize) {
        self.length.store(length, Ordering::Release);
        if length == 0 {
            return self.install(t, None);
        }
        array.unset(t, length..old);
        if array.capacity() >= SHRINKABLE && length < array.capacity() / 4 {
            // Without memory for the smaller array the large one serves as well.
            if let Some(header) = self.try_shrunk(t, array, length) {
                self.install(t, Some(header));
            }
        }
    }

    fn try_shrunk(&self, t: &Thread, array: &ValueArray, length: usize) -> Option<Ref<ValueArray>> {
        match array.copied(t, length, fitting_capacity(length + length / 2)) {
            Ok(shrunk) => Some(shrunk),
            Err(_) => {
                t.take_pending();
                None
            }
        }
    }

    /// Removes and returns the last value.
    #[inline]
    pub fn pop(&self, t: &Thread) -> Option<Value> {
        let _guard = locked!(t, self);
        let length = self.len();
        let array = self.array()?;
        let last = length.checked_sub(1)?;
        let value = array.slot(last).get();
        if last > 0 && (array.capacity() < SHRINKABLE || last >= array.capacity() / 4) {
            self.length.store(last, Ordering::Release);
            array.put(t, last, None);
        } else {
            self.cut(t, array, last, length);
        }
        value
    }

    /// Puts a value before the index, which is brought into range.
    pub fn insert(&self, t: &Thread, index: usize, value: Value) -> R<()> {
        let _guard = locked!(t, self);
        let length = self.len();
        let index = index.min(length);
        let array = self.reserve(t, length, 1)?;
        array.shift(t, index, index + 1, length - index);
        array.put(t, index, Some(value));
        self.length.store(length + 1, Ordering::Release);
        Ok(())
    }

    /// Removes and returns the value at an index.
    pub fn remove_at(&self, t: &Thread, index: usize) -> Option<Value> {
        self.pop_at(t, i64::try_from(index).ok()?)
    }

    /// Removes and returns the value at a Python index, counted from the end of this moment if negative.
    pub fn pop_at(&self, t: &Thread, index: i64) -> Option<Value> {
        let _guard = locked!(t, self);
        let length = self.len();
        let index = self.normalize(index).filter(|&index| index < length)?;
        let array = self.array()?;
        let value = array.slot(index).get();
        array.shift(t, index + 1, index, length - index - 1);
        self.cut(t, array, length - 1, length);
        value
    }

    /// Removes the value at an index if it is still this one.
    pub fn remove_if_same(&self, t: &Thread, index: usize, value: Value) -> bool {
        let _guard = locked!(t, self);
        let length = self.len();
        let Some(array) = self.array() else { return false };
        if index >= length || !array.slot(index).get().is_some_and(|found| found.is(value)) {
            return false;
        }
        array.shift(t, index + 1, index, length - index - 1);
        self.cut(t, array, length - 1, length);
        true
    }

    /// Appends these values.
    pub fn extend_from_slice(&self, t: &Thread, values: &[Value]) -> R<()> {
        if values.is_empty() {
            return Ok(());
        }
        let _guard = locked!(t, self);
        self.append_all(t, values.len(), values.iter().copied())
    }

    /// Under the lock: appends `count` values. This thread may be stopped in between.
    fn append_all(&self, t: &Thread, count: usize, values: impl Iterator<Item = Value>) -> R<()> {
        let length = self.len();
        let array = self.reserve(t, length, count)?;
        let mut end = length;
        for (index, value) in (length..length + count).zip(values) {
            array.put(t, index, Some(value));
            end = index + 1;
            if end.is_multiple_of(AT_ONCE) {
                t.stand_still();
            }
        }
        self.length.store(end, Ordering::Release);
        Ok(())
    }

    /// Appends the values of another list, or of this one, at one moment.
    pub fn extend_from_list(&self, t: &Thread, other: Ref<List>) -> R<()> {
        if std::ptr::eq(self, other.target()) {
            let _guard = locked!(t, self);
            let Some(array) = self.array() else { return Ok(()) };
            let length = self.len();
            return self.append_all(t, length, array.slots()[..length].iter().filter_map(Slot::get));
        }
        self.with_both(t, other, || {
            let Some(array) = other.array() else { return Ok(()) };
            let length = other.len();
            self.append_all(t, length, array.slots()[..length].iter().filter_map(Slot::get))
        })
    }

    /// Runs `action` with the locks of two lists, taken in address order.
    fn with_both<T>(&self, t: &Thread, other: Ref<List>, action: impl FnOnce() -> T) -> T {
        let (here, there) = (&self.header, other.header());
        let ordered = std::ptr::from_ref::<Header>(here) < std::ptr::from_ref(there);
        let (first, second) = if ordered { (here, there) } else { (there, here) };
        let _first = first.lock(t.mutator());
        let _second = second.lock(t.mutator());
        action()
    }

    /// The values of this moment.
    pub fn to_vec(&self, t: &Thread) -> R<ValueVec> {
        let _guard = locked!(t, self);
        let length = self.len();
        let array = match self.array() {
            Some(array) if length > 0 => Some(array.copied(t, length, length)?),
            _ => None,
        };
        Ok(ValueVec::from_array(array, if array.is_some() { length } else { 0 }))
    }

    /// A list of the values of this moment.
    pub fn copy(&self, t: &Thread) -> R<Ref<List>> {
        self.to_vec(t)?.into_list(t)
    }

    /// A tuple of the values of this moment.
    pub fn to_tuple(&self, t: &Thread) -> R<Ref<Tuple>> {
        let _guard = locked!(t, self);
        let length = self.len();
        let Some(array) = self.array().filter(|_| length > 0) else { return Ok(Tuple::empty(t)) };
        Tuple::holding(t, &array.slots()[..length])
    }

    /// Gives each value to `take`, as at one moment, if there are `count`; else how many there are.
    #[inline]
    pub fn unpack(&self, t: &Thread, count: usize, mut take: impl FnMut(usize, Value)) -> Result<(), usize> {
        let _guard = locked!(t, self);
        let length = self.len();
        if length != count {
            return Err(length);
        }
        let values = self.array().map_or(&[][..], |array| &array.slots()[..length]);
        for (index, value) in values.iter().enumerate() {
            take(index, value.get().expect("invariant 1: slots below the length are set"));
        }
        Ok(())
    }

    /// The values of two lists, each as at one moment.
    pub fn concat(t: &Thread, a: Ref<List>, b: Ref<List>) -> R<Ref<List>> {
        let list = a.copy(t)?;
        list.extend_from_list(t, b)?;
        Ok(list)
    }

    /// `list[start:stop:step]`, with indices adjusted to the length at this moment by `indices`, which gives start, step and count.
    pub fn slice(&self, t: &Thread, indices: impl FnOnce(usize) -> (i64, i64, usize)) -> R<Ref<List>> {
        let vector = {
            let _guard = locked!(t, self);
            let (start, step, count) = indices(self.len());
            self.picked(t, start, step, count)?
        };
        vector.into_list(t)
    }

    fn picked(&self, t: &Thread, start: i64, step: i64, count: usize) -> R<ValueVec> {
        let Some(array) = self.array().filter(|_| count > 0) else { return Ok(ValueVec::new(t)) };
        if step == 1 {
            let start = start as usize;
            let copy = ValueArray::holding(t, &array.slots()[start..start + count], count)?;
            return Ok(ValueVec::from_array(Some(copy), count));
        }
        let fresh = ValueArray::fresh(t, count)?;
        let mut from = start;
        for slot in fresh.object().target().slots() {
            fresh.init(slot, array.slot(from as usize).get());
            from += step;
        }
        Ok(ValueVec::from_array(Some(fresh.publish()), count))
    }

    /// Replaces the values from `start` up to `end`, adjusted to the length now, by others.
    pub fn assign_slice(&self, t: &Thread, start: usize, end: usize, values: &[Value]) -> R<()> {
        let _guard = locked!(t, self);
        let length = self.len();
        let start = start.min(length);
        let end = end.clamp(start, length);
        let (removed, added) = (end - start, values.len());
        let new_length = length - removed + added;
        if added > removed {
            let array = self.reserve(t, length, added - removed)?;
            array.shift(t, end, start + added, length - end);
            self.fill(t, array, start, values);
            self.length.store(new_length, Ordering::Release);
            return Ok(());
        }
        let Some(array) = self.array() else { return Ok(()) };
        self.fill(t, array, start, values);
        if added < removed {
            array.shift(t, end, start + added, length - end);
            self.cut(t, array, new_length, length);
        }
        Ok(())
    }

    fn fill(&self, t: &Thread, array: &ValueArray, start: usize, values: &[Value]) {
        for (index, &value) in values.iter().enumerate() {
            array.put(t, start + index, Some(value));
            if (index + 1).is_multiple_of(AT_ONCE) {
                t.stand_still();
            }
        }
    }

    /// Removes the values that `indices` names for the length of this moment: start, step and count.
    pub fn delete_slice(&self, t: &Thread, indices: impl FnOnce(usize) -> (i64, i64, usize)) {
        let _guard = locked!(t, self);
        let length = self.len();
        let (start, step, count) = indices(length);
        let Some(array) = self.array().filter(|_| count > 0) else { return };
        let last = start + step * (count as i64 - 1);
        let (low, stride) = (start.min(last) as usize, step.unsigned_abs() as usize);
        let mut to = low;
        for index in 0..count {
            let from = low + index * stride + 1;
            let until = if index + 1 < count { from + stride - 1 } else { length };
            array.shift(t, from, to, until - from);
            to += until - from;
        }
        self.cut(t, array, to, length);
    }

    /// Assigns to the items that `indices` names for the length of this moment (start, step and count), if there are as
    /// many as values; otherwise gives how many there are.
    pub fn assign_stepped(
        &self,
        t: &Thread,
        values: &[Value],
        indices: impl FnOnce(usize) -> (i64, i64, usize),
    ) -> Result<(), usize> {
        let _guard = locked!(t, self);
        let (start, step, count) = indices(self.len());
        if count != values.len() {
            return Err(count);
        }
        if let Some(array) = self.array() {
            let mut index = start;
            for &value in values {
                array.put(t, index as usize, Some(value));
                index += step;
            }
        }
        Ok(())
    }

    /// Removes all values.
    pub fn clear(&self, t: &Thread) {
        let _guard = locked!(t, self);
        self.length.store(0, Ordering::Release);
        self.install(t, None);
    }

    /// Turns the order of the values around.
    pub fn reverse(&self, t: &Thread) {
        let _guard = locked!(t, self);
        let length = self.len();
        let Some(array) = self.array() else { return };
        array.reverse(t, length);
    }

    /// The values `times` times over.
    pub fn repeat(&self, t: &Thread, times: usize) -> R<Ref<List>> {
        let vector = self.to_vec(t)?;
        let Some(total) = vector.len().checked_mul(times) else { return Err(t.memory_error()) };
        if total == 0 {
            return List::new(t);
        }
        let values = vector.as_slice();
        let array = ValueArray::with(t, total, |index| {
            values[index % values.len()..].iter().chain(values.iter().cycle()).map(|&value| Some(value))
        })?;
        Self::from_array(t, Some(array), total)
    }

    /// Replaces everything by the content of a vector.
    pub fn replace(&self, t: &Thread, vector: ValueVec) {
        let (array, length) = vector.into_array();
        let _guard = locked!(t, self);
        self.length.store(0, Ordering::Release);
        self.install(t, array);
        self.length.store(length, Ordering::Release);
    }

    /// Takes the values out; the list is empty then.
    #[must_use]
    pub fn take(&self, t: &Thread) -> ValueVec {
        self.exchange(t, None)
    }

    /// Takes the values out, for sorting. The list is empty meanwhile, and whatever changes it replaces the array without
    /// room that is given along.
    pub fn lend(&self, t: &Thread) -> R<(ValueVec, Ref<ValueArray>)> {
        let mark = ValueArray::new(t, 0)?;
        Ok((self.exchange(t, Some(mark)), mark))
    }

    fn exchange(&self, t: &Thread, array: Option<Ref<ValueArray>>) -> ValueVec {
        let _guard = locked!(t, self);
        let length = self.len();
        let (old, new) = (self.storage.get(), array);
        self.length.store(0, Ordering::Release);
        self.install(t, new);
        // SAFETY: the slot holds value arrays only.
        let array = old.map(|array| unsafe { Ref::<ValueArray>::from_address(array.bits()) });
        ValueVec::from_array(array, length)
    }

    /// Puts back the values that were lent; false if the list was changed meanwhile (what was put there is lost, as in
    /// CPython).
    #[must_use]
    pub fn put_back(&self, t: &Thread, vector: ValueVec, mark: Ref<ValueArray>) -> bool {
        let (array, length) = vector.into_array();
        let _guard = locked!(t, self);
        let untouched = self.storage.get() == Some(mark.value());
        self.length.store(0, Ordering::Release);
        self.install(t, array);
        self.length.store(length, Ordering::Release);
        untouched
    }
}
