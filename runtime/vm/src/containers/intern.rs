//! Interned strings: one string for each sequence of characters that is used as a name.
//!
//! Names of the shared space lie in a table of the process, which grows only while that space is built or added to, and is
//! asked first. Other names lie in a table of their interpreter, which keeps them weakly. A name may come to the shared table
//! when an interpreter has it already: so strings of the same table are equal only if they are the same, but one of each may
//! be equal too.
//!
//! Invariants of `InternTable`, an open-addressed table of weak words whose readers and writers hold the interpreter state's
//! lock:
//! 1. A hash is written once; a zero hash ends a search (hashes are stored with their lowest bit set).
//! 2. A word is zero if its place is free or its string has died; a dead place's hash stays, so searches go on past it. A
//!    table is replaced by a new one when half its places have a hash.

use gc::{Tracer, WeakSlot};
use sync::RwLock;
use sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::Str;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// An interpreter's table of names.
    pub struct InternTable {
        /// Places, a power of two.
        capacity: AtomicUsize,
        /// Places whose hash is set.
        used: AtomicUsize,
        /// Always unset: what the collector takes for the value that goes with a weak key.
        nothing: Slot,
    }
    trace {}
    rest(trace_places)
    fixed
}

#[repr(C)]
struct Place {
    hash: AtomicU64,
    string: WeakSlot<Value>,
}

fn trace_places(table: &InternTable, tracer: &mut Tracer) {
    for place in table.places() {
        tracer.ephemeron(&place.string, &table.nothing);
    }
}

const FIRST_CAPACITY: usize = 128;

impl InternTable {
    fn new(t: &Thread, capacity: usize) -> R<Ref<InternTable>> {
        let bytes = size_of::<InternTable>() + capacity * size_of::<Place>();
        let fresh = allocate::<InternTable>(t, t.classes().intern_table, bytes, Self::layout().kind)?;
        fresh.object().capacity.store(capacity, Ordering::Relaxed);
        Ok(fresh.publish())
    }

    fn places(&self) -> &[Place] {
        // SAFETY: so many places follow the fixed part; before the capacity is written it is zero.
        unsafe {
            std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.capacity.load(Ordering::Relaxed))
        }
    }

    fn find(&self, t: &Thread, hash: u64, same: impl Fn(Ref<Str>) -> bool) -> Option<Ref<Str>> {
        let places = self.places();
        let mut index = hash as usize;
        loop {
            let place = &places[index & (places.len() - 1)];
            match place.hash.load(Ordering::Acquire) {
                0 => return None,
                found if found == hash | 1 => {
                    if let Some(string) =
                        place.string.get(t.mutator()).and_then(Value::downcast::<Str>).filter(|string| same(*string))
                    {
                        return Some(string);
                    }
                }
                _ => {}
            }
            index = index.wrapping_add(1);
        }
    }

    fn add(&self, t: &Thread, hash: u64, string: Ref<Str>) {
        let places = self.places();
        let mut index = hash as usize;
        loop {
            let place = &places[index & (places.len() - 1)];
            if place.hash.load(Ordering::Relaxed) == 0 {
                place.string.set_key(&self.header, t.mutator(), Some(string.value()));
                place.hash.store(hash | 1, Ordering::Release);
                self.used.fetch_add(1, Ordering::Relaxed);
                return;
            }
            index = index.wrapping_add(1);
        }
    }

    fn is_full(&self) -> bool {
        self.used.load(Ordering::Relaxed) * 2 >= self.capacity.load(Ordering::Relaxed)
    }

    /// A table with room, and the strings of this one that live.
    fn rebuilt(&self, t: &Thread) -> R<Ref<InternTable>> {
        let living =
            || self.places().iter().filter_map(|place| place.string.get(t.mutator()).and_then(Value::downcast::<Str>));
        let table = Self::new(t, (living().count() * 4).next_power_of_two().max(FIRST_CAPACITY))?;
        for string in living() {
            table.add(t, string.hash(t), string);
        }
        Ok(table)
    }
}

/// The interned string of these characters, found or made so. Called for strings that are not interned.
#[cold]
#[inline(never)]
pub fn intern_slow(t: &Thread, string: Ref<Str>) -> Ref<Str> {
    if let Some(shared) = find_shared(t, string) {
        return shared;
    }
    if t.builds_shared() {
        return keep_shared(t, string);
    }
    intern_here(t, string)
}

/// The interned string of this text.
pub fn intern_text(t: &Thread, text: &str) -> R<Ref<Str>> {
    match find_text(t, text) {
        Some(known) => Ok(known),
        None => Ok(Str::intern(t, Str::new(t, text)?)),
    }
}

/// The interned string of this text, if there is one and the text is plain: no string needs to be made to look for it.
fn find_text(t: &Thread, text: &str) -> Option<Ref<Str>> {
    if text.len() < 2 || !text.is_ascii() {
        return None;
    }
    let hash = Str::hash_of_bytes(text.as_bytes());
    let same = |other: Ref<Str>| other.as_utf8() == Some(text);
    if let Some(shared) = SHARED_NAMES.read().find(hash, same) {
        return Some(shared);
    }
    if t.builds_shared() {
        return None;
    }
    let state = t.interpreter().state();
    let _guard = state.header().lock(t.mutator());
    state.interned.get().and_then(Value::downcast::<InternTable>)?.find(t, hash, same)
}

fn intern_here(t: &Thread, string: Ref<Str>) -> Ref<Str> {
    let state = t.interpreter().state();
    let hash = string.hash(t);
    let _guard = state.header().lock(t.mutator());
    let table = state.interned.get().and_then(Value::downcast::<InternTable>);
    if let Some(found) = table.and_then(|table| table.find(t, hash, |other| Str::equal(other, string))) {
        return found;
    }
    let roomy = match table {
        Some(table) if !table.is_full() => Ok(table),
        Some(table) => table.rebuilt(t),
        None => InternTable::new(t, FIRST_CAPACITY),
    };
    let Ok(roomy) = roomy else {
        // Interning is an economy: without memory for the table the string goes without.
        t.clear_pending();
        return string;
    };
    if Some(roomy) != table {
        state.interned.put(state.header(), t, roomy.value());
    }
    roomy.add(t, hash, string);
    string.set_interned(false);
    string
}

/// The names of the shared space.
struct SharedNames {
    /// `Name`s, or zeros; a power of two of them.
    places: Vec<Name>,
    count: usize,
}

/// A string's address without the four bits that alignment leaves zero, below as many of the hash's high bits as fit.
#[derive(Clone, Copy)]
struct Name(u64);

/// An address has 47 bits, four of them zero.
const ADDRESS_MASK: u64 = (1 << 43) - 1;

impl Name {
    const NONE: Self = Self(0);

    fn new(hash: u64, string: Ref<Str>) -> Self {
        Self(hash & !ADDRESS_MASK | string.address() >> 4)
    }

    fn may_have(self, hash: u64) -> bool {
        (self.0 ^ hash) & !ADDRESS_MASK == 0
    }

    fn string(self) -> Option<Ref<Str>> {
        let address = (self.0 & ADDRESS_MASK) << 4;
        // SAFETY: the table holds addresses of immortal strings.
        (address != 0).then(|| unsafe { Ref::from_address(address) })
    }
}

/// The process's table. It is a global as the shared space is one; its words point only at immortal strings.
static SHARED_NAMES: RwLock<SharedNames> = RwLock::new(SharedNames { places: Vec::new(), count: 0 });

impl SharedNames {
    /// The string with this hash that `same` recognizes, or the place for one. The table is not empty.
    fn place_of(&self, hash: u64, same: impl Fn(Ref<Str>) -> bool) -> Result<Ref<Str>, usize> {
        let mask = self.places.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let name = self.places[index];
            match name.string() {
                None => return Err(index),
                Some(string) if name.may_have(hash) && same(string) => return Ok(string),
                Some(_) => index = (index + 1) & mask,
            }
        }
    }

    fn find(&self, hash: u64, same: impl Fn(Ref<Str>) -> bool) -> Option<Ref<Str>> {
        if self.places.is_empty() { None } else { self.place_of(hash, same).ok() }
    }

    fn insert(&mut self, t: &Thread, hash: u64, string: Ref<Str>) {
        if self.count * 2 >= self.places.len() {
            self.grow(t);
        }
        if let Err(index) = self.place_of(hash, |_| false) {
            self.places[index] = Name::new(hash, string);
            self.count += 1;
        }
    }

    fn grow(&mut self, t: &Thread) {
        let larger = vec![Name::NONE; (self.places.len() * 2).max(4096)];
        let old = std::mem::replace(&mut self.places, larger);
        for string in old.into_iter().filter_map(Name::string) {
            let hash = string.hash(t);
            if let Err(index) = self.place_of(hash, |_| false) {
                self.places[index] = Name::new(hash, string);
            }
        }
    }
}

fn find_shared(t: &Thread, string: Ref<Str>) -> Option<Ref<Str>> {
    SHARED_NAMES.read().find(string.hash(t), |other| Str::equal(other, string))
}

/// Enters a string of the shared space, or finds the one that was entered before.
pub(crate) fn keep_shared(t: &Thread, string: Ref<Str>) -> Ref<Str> {
    let hash = string.hash(t);
    let mut names = SHARED_NAMES.write();
    if let Some(found) = names.find(hash, |other| Str::equal(other, string)) {
        return found;
    }
    names.insert(t, hash, string);
    string.set_interned(true);
    string
}
