//! A thread's cache of class look-ups: (class version, name) to what the MRO gives.
//!
//! An entry matches only while its class has the version that it had when the entry was filled; versions are never reused,
//! so a match means that the class lives unchanged and the value is still in one of its namespaces. Names are compared
//! by address: a name that died could give its address to another, so the cache is emptied at each collection.

use std::cell::Cell;

use crate::object::Ref;
use crate::objects::{Class, Str};
use crate::thread::Thread;
use crate::value::Value;

const ENTRIES: usize = 1024;

#[derive(Clone, Copy)]
struct Entry {
    version: u32,
    name: u64,
    value: Option<Value>,
}

const EMPTY: Entry = Entry { version: 0, name: 0, value: None };

/// See the module.
pub struct MethodCache {
    entries: [Cell<Entry>; ENTRIES],
    used: Cell<bool>,
}

impl MethodCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Box<Self> {
        Box::new(Self { entries: [const { Cell::new(EMPTY) }; ENTRIES], used: Cell::new(false) })
    }

    /// Finds `name` along the MRO of `class`.
    #[inline]
    pub fn lookup(&self, t: &Thread, class: Ref<Class>, name: Ref<Str>) -> Option<Value> {
        let version = class.version();
        if version == 0 {
            return class.lookup_uncached(t, name);
        }
        let slot = &self.entries[index(version, name)];
        let entry = slot.get();
        if entry.version == version && entry.name == name.address() {
            return entry.value;
        }
        let value = class.lookup_uncached(t, name);
        slot.set(Entry { version, name: name.address(), value });
        self.used.set(true);
        value
    }

    /// Forgets everything.
    pub fn clear(&self) {
        if self.used.replace(false) {
            for entry in &self.entries {
                entry.set(EMPTY);
            }
        }
    }
}

#[inline]
fn index(version: u32, name: Ref<Str>) -> usize {
    ((name.address() >> 4) as usize ^ (version as usize).wrapping_mul(0x9e37)) % ENTRIES
}
