//! `InstanceView`: what a dict has in place of a table when it is the `__dict__` of an instance.
//!
//! Attributes stay in the instance's slots (rule 17): every operation with a string key goes to the shapes; other keys
//! live in an overflow dict. Iteration gives the attributes first, in their order, then the overflow.
//!
//! Invariant: the header's flag `VIEW` tells a view from a table, from before the dict that has it is published.

use gc::Header;

use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Dict, Str};
use crate::raised::R;
use crate::shapes;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A dict's storage that is an instance.
    pub struct InstanceView {
        instance: Slot,
        overflow: Slot,
    }
    trace { instance, overflow }
    fixed
}

/// The flag of a storage object that is a view.
pub const VIEW: u16 = 1 << 8;

/// Positions from here on are those of the overflow dict.
const OVERFLOW: usize = 1 << 40;

impl InstanceView {
    /// A view of an instance.
    pub fn new(t: &Thread, instance: &Header) -> R<Ref<InstanceView>> {
        let fresh =
            allocate::<InstanceView>(t, t.classes().instance_view, size_of::<InstanceView>(), Self::layout().kind)?;
        fresh.object().header.init_flags(VIEW);
        fresh.init(&fresh.object().target().instance, Some(Value::of_header(instance)));
        Ok(fresh.publish())
    }

    fn instance(&self) -> &Header {
        self.instance.get().and_then(Value::header).expect("a view is made with its instance")
    }

    /// The dict of keys that are not strings, if there was ever one.
    pub fn overflow(&self) -> Option<Ref<Dict>> {
        self.overflow.get().and_then(Value::downcast::<Dict>)
    }

    fn overflow_or_new(&self, t: &Thread) -> R<Ref<Dict>> {
        if let Some(dict) = self.overflow() {
            return Ok(dict);
        }
        let dict = Dict::new(t)?;
        match self.overflow.compare_exchange(&self.header, t.mutator(), None, Some(dict.value())) {
            Ok(()) => Ok(dict),
            Err(other) => Ok(other.and_then(Value::downcast).unwrap_or(dict)),
        }
    }

    /// The value of an attribute.
    pub fn get_str(&self, t: &Thread, name: Ref<Str>) -> Option<Value> {
        shapes::get(t, self.instance(), name)
    }

    /// The value of a key.
    pub fn get(&self, t: &Thread, key: Value, hash: u64) -> R<Option<Value>> {
        match (Str::of(t, key), self.overflow()) {
            (Some(name), _) => Ok(self.get_str(t, name)),
            (None, Some(dict)) => dict.get_hashed(t, key, hash),
            (None, None) => Ok(None),
        }
    }

    /// Sets the value of a key.
    pub fn set(&self, t: &Thread, key: Value, hash: u64, value: Value) -> R<()> {
        match Str::of(t, key) {
            Some(name) => shapes::set(t, self.instance(), Str::intern(t, name), value),
            None => self.overflow_or_new(t)?.set_hashed(t, key, hash, value),
        }
    }

    /// The value of a key, set to `default` if there is none; and whether it was.
    pub fn set_default(&self, t: &Thread, key: Value, hash: u64, default: Value) -> R<(Value, bool)> {
        let Some(name) = Str::of(t, key) else {
            return self.overflow_or_new(t)?.set_default_hashed(t, key, hash, default);
        };
        match self.get_str(t, name) {
            Some(value) => Ok((value, false)),
            None => {
                self.set(t, key, hash, default)?;
                Ok((default, true))
            }
        }
    }

    /// Removes a key and gives its value.
    pub fn pop(&self, t: &Thread, key: Value, hash: u64) -> R<Option<Value>> {
        match (Str::of(t, key), self.overflow()) {
            (Some(name), _) => {
                let value = self.get_str(t, name);
                let deleted = shapes::delete(t, self.instance(), name)?;
                Ok(value.filter(|_| deleted))
            }
            (None, Some(dict)) => dict.pop_hashed(t, key, hash),
            (None, None) => Ok(None),
        }
    }

    /// How many keys there are.
    pub fn len(&self, t: &Thread) -> usize {
        let mut count = 0;
        let mut position = 0;
        while let Some((.., next)) = shapes::next_attribute(t, self.instance(), position) {
            count += 1;
            position = next;
        }
        count + self.overflow().map_or(0, |dict| dict.len(t))
    }

    /// The entry at a position or after it, and the next position.
    pub fn next_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, Value, u64)> {
        if *position < OVERFLOW {
            if let Some((name, value, next)) = shapes::next_attribute(t, self.instance(), *position) {
                *position = next;
                return Some((name.value(), value, name.hash(t)));
            }
            *position = OVERFLOW;
        }
        let mut inside = *position - OVERFLOW;
        let entry = self.overflow()?.next_entry(t, &mut inside);
        *position = OVERFLOW + inside;
        entry
    }

    /// The entry before a position (`usize::MAX` at first).
    pub fn previous_entry(&self, t: &Thread, position: &mut usize) -> Option<(Value, Value, u64)> {
        if *position > OVERFLOW {
            let mut inside = if *position == usize::MAX { usize::MAX } else { *position - OVERFLOW };
            if let Some(entry) = self.overflow().and_then(|dict| dict.previous_entry(t, &mut inside)) {
                *position = OVERFLOW + inside;
                return Some(entry);
            }
            *position = OVERFLOW;
        }
        // The attribute with the largest next position not beyond this one.
        let (mut at, mut found) = (0, None);
        while let Some((name, value, next)) = shapes::next_attribute(t, self.instance(), at) {
            if next > *position {
                break;
            }
            found = Some((name, value, next));
            at = next;
        }
        let (name, value, next) = found?;
        *position = next - 1;
        Some((name.value(), value, name.hash(t)))
    }

    /// Removes the entry that was set last and gives it.
    pub fn pop_last(&self, t: &Thread) -> R<Option<(Value, Value)>> {
        if let Some(entry) = self.overflow().and_then(|dict| dict.pop_item(t).transpose()) {
            return entry.map(Some);
        }
        let Some((key, value, hash)) = self.previous_entry(t, &mut OVERFLOW.clone()) else { return Ok(None) };
        self.pop(t, key, hash)?;
        Ok(Some((key, value)))
    }

    /// Removes everything.
    pub fn clear(&self, t: &Thread) -> R<()> {
        while let Some((name, ..)) = shapes::next_attribute(t, self.instance(), 0) {
            shapes::delete(t, self.instance(), name)?;
        }
        self.overflow.put(&self.header, t, None);
        Ok(())
    }
}
