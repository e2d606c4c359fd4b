//! What a pickler and an unpickler remember: objects by identity with their numbers, and objects by number.
//!
//! Both are locals of native code, whose values lie in heap arrays that the scan of the stack finds. Between two calls, and while
//! foreign code runs, that of a `Pickler` or `Unpickler` object is parked in the object.

use vm::containers::ValueVec;
use vm::objects::{ValueArray, int_from_u64};
use vm::{Dict, R, Ref, Thread, Value};

/// The numbers of objects by the words of their values. The table keeps none of them: `PicklerMemo` does.
#[derive(Clone, Default)]
pub struct Numbers {
    /// A power of two of places, more than are used; a word of zero is free.
    places: Vec<(u64, u32)>,
    used: usize,
}

/// The places of the first table.
const FIRST_PLACES: usize = 64;

impl Numbers {
    #[inline(always)]
    fn start(&self, word: u64) -> usize {
        // Objects lie at multiples of 16; the multiplication spreads the rest over the upper half.
        ((word >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.places.len() - 1)
    }

    /// The number of an object.
    #[inline]
    pub fn get(&self, word: u64) -> Option<u32> {
        if self.places.is_empty() {
            return None;
        }
        let mask = self.places.len() - 1;
        let mut place = self.start(word);
        loop {
            match self.places[place & mask] {
                (found, number) if found == word => return Some(number),
                (0, _) => return None,
                _ => place += 1,
            }
        }
    }

    /// Adds an object that is not there.
    #[inline]
    pub fn add(&mut self, word: u64, number: u32) {
        if self.used * 2 >= self.places.len() {
            self.grow();
        }
        let mask = self.places.len() - 1;
        let mut place = self.start(word) & mask;
        while self.places[place].0 != 0 {
            place = (place + 1) & mask;
        }
        self.places[place] = (word, number);
        self.used += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let larger = (self.places.len() * 4).max(FIRST_PLACES);
        let old = std::mem::replace(&mut self.places, vec![(0, 0); larger]);
        self.used = 0;
        for (word, number) in old {
            if word != 0 {
                self.add(word, number);
            }
        }
    }

    /// Bytes that the table takes.
    pub fn size(&self) -> usize {
        self.places.len() * size_of::<(u64, u32)>()
    }
}

/// The objects that were pickled, each with its number.
pub struct PicklerMemo {
    /// The objects, which stay alive here, as their words stand in the table.
    pub objects: ValueVec,
    /// Their numbers.
    pub numbers: Numbers,
}

impl PicklerMemo {
    /// An empty memo.
    pub fn new(t: &Thread) -> Self {
        Self { objects: ValueVec::new(t), numbers: Numbers::default() }
    }

    /// How many objects there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// The number of an object.
    #[inline]
    pub fn get(&self, object: Value) -> Option<u32> {
        self.numbers.get(object.bits())
    }

    /// Adds an object that is not there.
    #[inline]
    pub fn add(&mut self, t: &Thread, object: Value, number: u32) -> R<()> {
        self.objects.push(t, object)?;
        self.numbers.add(object.bits(), number);
        Ok(())
    }
}

/// The objects that an unpickler may be asked for again, by number.
#[derive(Clone, Copy)]
pub struct UnpicklerMemo {
    /// Those with small numbers.
    pub dense: Option<Ref<ValueArray>>,
    /// Those with numbers far above the others.
    pub sparse: Option<Ref<Dict>>,
    /// How many there are.
    pub count: usize,
}

/// Numbers up to this many times the count of objects are in the array.
const DENSITY: usize = 4;

/// Numbers below are in the array, whatever the count is.
const ALWAYS_DENSE: usize = 1024;

impl UnpicklerMemo {
    /// An empty memo.
    pub const EMPTY: Self = Self { dense: None, sparse: None, count: 0 };

    /// The object of a number.
    #[inline]
    pub fn get(&self, t: &Thread, number: usize) -> R<Option<Value>> {
        if let Some(array) = self.dense
            && number < array.capacity()
            && let Some(found) = array.slot(number).get()
        {
            return Ok(Some(found));
        }
        match self.sparse {
            Some(sparse) => sparse.get(t, int_from_u64(t, number as u64)?),
            None => Ok(None),
        }
    }

    /// Sets the object of a number.
    #[inline]
    pub fn set(&mut self, t: &Thread, number: usize, object: Value) -> R<()> {
        match self.dense {
            Some(array) if number < array.capacity() => {
                if array.slot(number).get().is_none() {
                    self.count += 1;
                }
                array.put(t, number, Some(object));
                Ok(())
            }
            _ => self.set_slow(t, number, object),
        }
    }

    #[cold]
    fn set_slow(&mut self, t: &Thread, number: usize, object: Value) -> R<()> {
        if number >= ALWAYS_DENSE && number / DENSITY > self.count {
            let sparse = match self.sparse {
                Some(sparse) => sparse,
                None => Dict::new(t)?,
            };
            self.sparse = Some(sparse);
            let key = int_from_u64(t, number as u64)?;
            if sparse.get(t, key)?.is_none() {
                self.count += 1;
            }
            return sparse.set(t, key, object);
        }
        let capacity = (number + 1).next_power_of_two().max(32);
        let larger = match self.dense {
            Some(array) => array.copied(t, array.capacity(), capacity)?,
            None => ValueArray::new(t, capacity)?,
        };
        self.dense = Some(larger);
        self.move_in(t, larger)?;
        self.set(t, number, object)
    }

    /// Takes what the array now has room for out of the dict.
    fn move_in(&self, t: &Thread, array: Ref<ValueArray>) -> R<()> {
        let Some(sparse) = self.sparse else { return Ok(()) };
        let numbers = vm::protocols::tuple_of(t, sparse.value())?;
        for &key in numbers.as_slice() {
            let Some(number) = key.as_small_int().and_then(|number| usize::try_from(number).ok()) else { continue };
            if number < array.capacity() {
                array.put(t, number, sparse.pop(t, key)?);
            }
        }
        Ok(())
    }

    /// A dict from numbers to objects.
    pub fn to_dict(self, t: &Thread) -> R<Ref<Dict>> {
        let dict = Dict::new(t)?;
        if let Some(array) = self.dense {
            for (number, slot) in array.slots().iter().enumerate() {
                if let Some(object) = slot.get() {
                    dict.set(t, int_from_u64(t, number as u64)?, object)?;
                }
            }
        }
        if let Some(sparse) = self.sparse {
            dict.update_from_dict(t, sparse)?;
        }
        Ok(dict)
    }
}
