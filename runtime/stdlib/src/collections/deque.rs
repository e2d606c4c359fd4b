//! The storage of `deque`: a ring in a heap array.
//!
//! Invariants, kept under the object's lock byte, which every operation here takes: the capacity is a power of two, or there
//! is no array; `length` items follow `head` around the ring and are set; other slots are unset. `mutations` grows with
//! each change of the items' places, for iterators.

use vm::containers::ValueVec;
use vm::objects::ValueArray;
use vm::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use vm::{R, Ref, Slot, Thread, Value, heap_object};

heap_object! {
    /// A double-ended queue.
    pub struct Deque {
        storage: Slot,
        head: AtomicUsize,
        length: AtomicUsize,
        /// Negative: unbounded.
        limit: AtomicI64,
        mutations: AtomicU64,
        /// The limit of a deque that was just allocated is not zero but none.
        limited: AtomicU64,
    }
    trace { storage }
}

impl Deque {
    fn array(&self) -> Option<&'static ValueArray> {
        self.storage.get()?.downcast::<ValueArray>().map(Ref::target)
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most items there may be.
    pub fn limit(&self) -> Option<usize> {
        (self.limited.load(Ordering::Relaxed) != 0).then(|| self.limit.load(Ordering::Relaxed) as usize)
    }

    /// Sets the most items there may be.
    pub fn set_limit(&self, limit: Option<usize>) {
        self.limit.store(limit.unwrap_or(0) as i64, Ordering::Relaxed);
        self.limited.store(u64::from(limit.is_some()), Ordering::Relaxed);
    }

    /// Changes whenever items change places.
    pub fn mutations(&self) -> u64 {
        self.mutations.load(Ordering::Acquire)
    }

    fn note_mutation(&self) {
        self.mutations.store(self.mutations.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    fn place(&self, array: &ValueArray, index: usize) -> usize {
        self.head.load(Ordering::Relaxed).wrapping_add(index) & (array.capacity() - 1)
    }

    fn item(&self, index: usize) -> Option<Value> {
        if index >= self.len() {
            return None;
        }
        let array = self.array()?;
        array.slot(self.place(array, index)).get()
    }

    /// One item, if it exists.
    pub fn get(&self, t: &Thread, index: usize) -> Option<Value> {
        let _guard = self.header.lock(t.mutator());
        self.item(index)
    }

    /// Replaces an item; false if there is none at the index.
    pub fn set(&self, t: &Thread, index: usize, value: Value) -> bool {
        let _guard = self.header.lock(t.mutator());
        match self.array() {
            Some(array) if index < self.len() => {
                array.put(t, self.place(array, index), Some(value));
                true
            }
            _ => false,
        }
    }

    /// Under the lock: an array with room for one more.
    fn with_room(&self, t: &Thread) -> R<&'static ValueArray> {
        let length = self.len();
        let old = self.array();
        if let Some(array) = old.filter(|array| length < array.capacity()) {
            return Ok(array);
        }
        let fresh = ValueArray::fresh(t, (length + 1).next_power_of_two().max(8))?;
        let new = fresh.object().target();
        if let Some(old) = old {
            for index in 0..length {
                fresh.init(new.slot(index), old.slot(self.place(old, index)).get());
            }
        }
        let new = fresh.publish();
        self.head.store(0, Ordering::Relaxed);
        self.storage.set(&self.header, t.mutator(), Some(new.value()));
        Ok(new.target())
    }

    /// Appends at the right; what falls off at the left of a full bounded deque is dropped.
    pub fn push_back(&self, t: &Thread, value: Value) -> R<()> {
        let _guard = self.header.lock(t.mutator());
        if self.limit() == Some(0) {
            return Ok(());
        }
        if self.limit() == Some(self.len()) {
            self.remove_front(t);
        }
        let array = self.with_room(t)?;
        let length = self.len();
        array.put(t, self.place(array, length), Some(value));
        self.length.store(length + 1, Ordering::Release);
        self.note_mutation();
        Ok(())
    }

    /// Appends at the left; what falls off at the right of a full bounded deque is dropped.
    pub fn push_front(&self, t: &Thread, value: Value) -> R<()> {
        let _guard = self.header.lock(t.mutator());
        if self.limit() == Some(0) {
            return Ok(());
        }
        if self.limit() == Some(self.len()) {
            self.remove_back(t);
        }
        let array = self.with_room(t)?;
        let head = self.head.load(Ordering::Relaxed).wrapping_sub(1) & (array.capacity() - 1);
        array.put(t, head, Some(value));
        self.head.store(head, Ordering::Relaxed);
        self.length.store(self.len() + 1, Ordering::Release);
        self.note_mutation();
        Ok(())
    }

    fn remove_back(&self, t: &Thread) -> Option<Value> {
        let array = self.array()?;
        let last = self.len().checked_sub(1)?;
        let place = self.place(array, last);
        let value = array.slot(place).get();
        self.length.store(last, Ordering::Release);
        array.put(t, place, None);
        self.note_mutation();
        value
    }

    fn remove_front(&self, t: &Thread) -> Option<Value> {
        let array = self.array()?;
        let rest = self.len().checked_sub(1)?;
        let place = self.place(array, 0);
        let value = array.slot(place).get();
        self.length.store(rest, Ordering::Release);
        self.head.store((place + 1) & (array.capacity() - 1), Ordering::Relaxed);
        array.put(t, place, None);
        self.note_mutation();
        value
    }

    /// Removes and gives the last item.
    pub fn pop_back(&self, t: &Thread) -> Option<Value> {
        let _guard = self.header.lock(t.mutator());
        self.remove_back(t)
    }

    /// Removes and gives the first item.
    pub fn pop_front(&self, t: &Thread) -> Option<Value> {
        let _guard = self.header.lock(t.mutator());
        self.remove_front(t)
    }

    /// Removes all items.
    pub fn clear(&self, t: &Thread) {
        let _guard = self.header.lock(t.mutator());
        self.length.store(0, Ordering::Release);
        self.head.store(0, Ordering::Relaxed);
        self.storage.set(&self.header, t.mutator(), None);
        self.note_mutation();
    }

    /// The items of this moment.
    pub fn to_vec(&self, t: &Thread) -> R<ValueVec> {
        let _guard = self.header.lock(t.mutator());
        let mut values = ValueVec::with_capacity(t, self.len())?;
        let mut index = 0;
        while let Some(item) = self.item(index) {
            values.push(t, item)?;
            index += 1;
        }
        Ok(values)
    }

    /// Makes these the items; the limit is the caller's business.
    pub fn replace(&self, t: &Thread, values: &[Value]) -> R<()> {
        let array = if values.is_empty() {
            None
        } else {
            Some(ValueArray::from_slice(t, values, values.len().next_power_of_two().max(8))?)
        };
        let _guard = self.header.lock(t.mutator());
        self.head.store(0, Ordering::Relaxed);
        self.storage.set(&self.header, t.mutator(), array.map(Ref::value));
        self.length.store(values.len(), Ordering::Release);
        self.note_mutation();
        Ok(())
    }

    /// Moves the items `steps` places to the right, around the ends.
    pub fn rotate(&self, t: &Thread, steps: i64) {
        let _guard = self.header.lock(t.mutator());
        let length = self.len() as i64;
        let Some(array) = self.array().filter(|_| length > 1) else { return };
        let mut steps = steps % length;
        if steps > length / 2 {
            steps -= length;
        } else if steps < -length / 2 {
            steps += length;
        }
        for _ in 0..steps.abs() {
            let (from, to) = if steps > 0 {
                (self.place(array, length as usize - 1), self.place(array, usize::MAX))
            } else {
                (self.place(array, 0), self.place(array, length as usize))
            };
            let value = array.slot(from).get();
            array.put(t, from, None);
            array.put(t, to, value);
            let head = if steps > 0 { self.place(array, usize::MAX) } else { self.place(array, 1) };
            self.head.store(head, Ordering::Relaxed);
        }
        if steps != 0 {
            self.note_mutation();
        }
    }
}
