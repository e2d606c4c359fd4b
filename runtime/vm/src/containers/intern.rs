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

    fn find(&self, hash: u64, same: impl Fn(Ref<Str>) -> bool) -> Option<Ref<Str>> {
        let places = self.places();
        let mut index = hash as usize;
        loop {
            let place = &places[index & (places.len() - 1)];
            match place.hash.load(Ordering::Acquire) {
                0 => return None,
                found if found == hash | 1 => {
                    if let Some(string) =
                        place.string.get().and_then(Value::downcast::<Str>).filter(|string| same(*string))
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
        let living = || self.places().iter().filter_map(|place| place.string.get().and_then(Value::downcast::<Str>));
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
    Ok(Str::intern(t, Str::new(t, text)?))
}

fn intern_here(t: &Thread, string: Ref<Str>) -> Ref<Str> {
    let state = t.interpreter().state();
    let hash = string.hash(t);
    let _guard = state.header().lock(t.mutator());
    let table = state.interned.get().and_then(Value::downcast::<InternTable>);
    if let Some(found) = table.and_then(|table| table.find(hash, |other| Str::equal(other, string))) {
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
    /// Hash and address of a string, or zeros; a power of two of them.
    places: Vec<(u64, u64)>,
    count: usize,
}

/// The process's table. It is a global as the shared space is one; its words point only at immortal strings.
static SHARED_NAMES: RwLock<SharedNames> = RwLock::new(SharedNames { places: Vec::new(), count: 0 });

impl SharedNames {
    fn place_of(&self, hash: u64, same: impl Fn(Ref<Str>) -> bool) -> Result<Ref<Str>, usize> {
        let mask = self.places.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let (found, address) = self.places[index];
            if address == 0 {
                return Err(index);
            }
            // SAFETY: the table holds addresses of immortal strings.
            let string = unsafe { Ref::<Str>::from_address(address) };
            if found == hash && same(string) {
                return Ok(string);
            }
            index = (index + 1) & mask;
        }
    }

    fn insert(&mut self, hash: u64, string: Ref<Str>) {
        if self.count * 2 >= self.places.len() {
            self.grow();
        }
        if let Err(index) = self.place_of(hash, |_| false) {
            self.places[index] = (hash, string.address());
            self.count += 1;
        }
    }

    fn grow(&mut self) {
        let larger = vec![(0, 0); (self.places.len() * 2).max(4096)];
        let old = std::mem::replace(&mut self.places, larger);
        for (hash, address) in old.into_iter().filter(|(_, address)| *address != 0) {
            if let Err(index) = self.place_of(hash, |_| false) {
                self.places[index] = (hash, address);
            }
        }
    }
}

fn find_shared(t: &Thread, string: Ref<Str>) -> Option<Ref<Str>> {
    let hash = string.hash(t);
    let names = SHARED_NAMES.read();
    if names.places.is_empty() {
        return None;
    }
    names.place_of(hash, |other| Str::equal(other, string)).ok()
}

/// Enters a string of the shared space, or finds the one that was entered before.
pub(crate) fn keep_shared(t: &Thread, string: Ref<Str>) -> Ref<Str> {
    let hash = string.hash(t);
    let mut names = SHARED_NAMES.write();
    if !names.places.is_empty()
        && let Ok(found) = names.place_of(hash, |other| Str::equal(other, string))
    {
        return found;
    }
    names.insert(hash, string);
    string.set_interned(true);
    string
}
