//! `HashTable`: the insertion-ordered hash table behind dicts (three words an entry) and sets (two).
//!
//! # Layout
//!
//! The fixed part, then the index (a power of two of 8-, 16- or 32-bit cells, zero for empty and else an entry's number
//! plus one), then the entries: hash, key, and for dicts the value. Entries are appended; the index is searched as CPython
//! does, by a recurrence that brings in all bits of the hash.
//!
//! # Invariants (rule 16)
//!
//! 1. Writers hold the lock byte of the dict or set whose table this is; once another table is installed there, nobody
//!    writes to this one again.
//! 2. `used`, the append position, never goes back. An entry is filled (hash, value, key, in this order) and then entered
//!    in the index, once. A key goes from unset to a key and from a key to unset, never on to another key.
//! 3. An entry whose key is unset is deleted, or not yet filled. Deleting unsets the value first.
//! 4. Entries before `first` are deleted, and so are those from `top` on (below `used`).
//!
//! So a reader without a lock that finds its key in an entry and then a value in it has a pair that was in the table at
//! one moment; a reader that comes to an empty index cell has not overlooked a key that was there all the while.

use std::marker::PhantomData;

use gc::{CellKind, Header, Tracer};
use sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use crate::containers::equality::equal_quickly;
use crate::containers::{Fresh, allocate};
use crate::object::{Layout, Object, Ref, Slot};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// A hash table with `WORDS` words an entry.
#[repr(C)]
pub struct HashTable<const WORDS: usize> {
    /// Class, collector byte, lock byte, flags, and the index's size as a power of two.
    pub header: Header,
    used: AtomicU32,
    live: AtomicU32,
    first: AtomicU32,
    top: AtomicU32,
}

/// The table of a dict.
pub type DictTable = HashTable<3>;
/// The table of a set.
pub type SetTable = HashTable<2>;

/// The least size of an index, as a power of two.
const MIN_LOG2: u32 = 3;
/// The largest: two thirds of it are entry numbers that a `u32` holds.
const MAX_LOG2: u32 = 30;

static DICT_LAYOUT: Layout = layout_of::<3>("DictTable");
static SET_LAYOUT: Layout = layout_of::<2>("SetTable");

const fn layout_of<const WORDS: usize>(name: &'static str) -> Layout {
    Layout {
        name,
        size: size_of::<HashTable<WORDS>>(),
        kind: CellKind::Traced,
        trace: trace_table::<WORDS>,
        drop: None,
        next: None,
        extensible: false,
    }
}

// SAFETY: the struct is repr(C) and starts with the header; `trace_table` visits the slots of every entry.
unsafe impl Object for HashTable<3> {
    #[inline(always)]
    fn layout() -> &'static Layout {
        &DICT_LAYOUT
    }
}
// SAFETY: as above.
unsafe impl Object for HashTable<2> {
    #[inline(always)]
    fn layout() -> &'static Layout {
        &SET_LAYOUT
    }
}

unsafe fn trace_table<const WORDS: usize>(object: *const Header, tracer: &mut Tracer) {
    // SAFETY: the layout of the object's class is this table's.
    let table = unsafe { &*object.cast::<HashTable<WORDS>>() };
    let (used, word) = (table.used(), size_of::<Slot>());
    if used > 0 {
        let base = table.entry(0).words.cast::<u8>();
        // SAFETY: the entries lie one after the other; all words of one but the first are slots.
        unsafe { tracer.records(base, used, WORDS * word, &[word, 2 * word][..WORDS - 1]) };
    }
}

/// Bytes of an index cell for an index of this size.
#[inline(always)]
const fn cell_width(log2: u32) -> usize {
    if log2 <= 8 {
        1
    } else if log2 <= 16 {
        2
    } else {
        4
    }
}

/// How many entries a table with an index of this size has: two thirds.
#[inline(always)]
const fn capacity_of(log2: u32) -> usize {
    (2 << log2) / 3
}

/// The index size for so many entries.
fn log2_for(entries: usize) -> u32 {
    let cells = entries.saturating_mul(3).div_ceil(2).max(1);
    usize::BITS.saturating_sub((cells - 1).leading_zeros()).max(MIN_LOG2)
}

/// An entry: hash, key and value.
#[derive(Clone, Copy)]
pub struct Entry<'a, const WORDS: usize> {
    words: *const Slot,
    table: PhantomData<&'a HashTable<WORDS>>,
}

impl<'a, const WORDS: usize> Entry<'a, WORDS> {
    /// The hash of the key.
    #[inline(always)]
    #[must_use]
    pub fn hash(self) -> u64 {
        // SAFETY: an entry's first word is its hash, an atomic word.
        unsafe { &*self.words.cast::<AtomicU64>() }.load(Ordering::Acquire)
    }

    /// The key; unset once deleted.
    #[inline(always)]
    #[must_use]
    pub fn key(self) -> &'a Slot {
        self.word(1)
    }

    /// The value of a dict's entry.
    #[inline(always)]
    #[must_use]
    pub fn value(self) -> &'a Slot {
        const { assert!(WORDS == 3, "only dicts have values") };
        self.word(2)
    }

    #[inline(always)]
    fn word(self, index: usize) -> &'a Slot {
        debug_assert!(index < WORDS);
        // SAFETY: the entry lies in the table and has that many words; those after the hash are slots.
        unsafe { &*self.words.add(index) }
    }
}

/// A search in progress.
#[derive(Clone, Copy)]
pub struct Cursor {
    cell: usize,
    perturb: u64,
}

/// What a search came to.
pub enum Found {
    /// The entry with the key.
    Entry(usize),
    /// No entry has the key.
    Missing,
    /// This entry's key has the hash, and only Python code can tell whether it is equal. The cursor goes on after it.
    Unsure(usize, Value, Cursor),
}

/// Whether a key is the one that is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Same,
    /// It is not.
    Different,
    /// Python code would have to say.
    Unsure,
}

impl Verdict {
    /// What is known of two values without Python code.
    #[inline(always)]
    #[must_use]
    pub fn of(a: Value, b: Value) -> Self {
        match equal_quickly(a, b) {
            Some(true) => Verdict::Same,
            Some(false) => Verdict::Different,
            None => Verdict::Unsure,
        }
    }
}

impl<const WORDS: usize> HashTable<WORDS>
where
    Self: Object,
{
    /// An empty table with room for so many entries, to be filled before it is published.
    pub fn fresh(t: &Thread, entries: usize) -> R<Fresh<'_, Self>> {
        let log2 = log2_for(entries);
        if log2 > MAX_LOG2 {
            return Err(t.memory_error());
        }
        let class = if WORDS == 3 { t.classes().dict_table } else { t.classes().set_table };
        let bytes = size_of::<Self>() + (cell_width(log2) << log2) + capacity_of(log2) * WORDS * size_of::<Slot>();
        let fresh = allocate::<Self>(t, class, bytes, CellKind::Traced)?;
        fresh.object().header.set_shape(log2);
        Ok(fresh)
    }

    /// An empty published table with room for so many entries.
    pub fn new(t: &Thread, entries: usize) -> R<Ref<Self>> {
        Ok(Self::fresh(t, entries)?.publish())
    }

    /// A table with this one's living entries and room for so many in all.
    pub fn rebuilt(&self, t: &Thread, entries: usize) -> R<Ref<Self>> {
        let fresh = Self::fresh(t, entries.max(self.len()))?;
        let new = fresh.object().target();
        if new.log2() == self.log2() && self.used() == self.len() {
            self.copy_into(&fresh);
            return Ok(fresh.publish());
        }
        let (from, to) = (self.parts(), new.parts());
        let mut position = 0;
        for index in self.first()..self.used() {
            let old = from.entry::<WORDS>(index);
            let Some(key) = old.key().get() else { continue };
            let entry = to.entry::<WORDS>(position);
            entry.set_hash(old.hash());
            fresh.init(entry.key(), Some(key));
            if WORDS == 3 {
                fresh.init(entry.word(2), old.word(2).get());
            }
            position += 1;
        }
        new.enter_all(position);
        new.set_counts(position);
        Ok(fresh.publish())
    }

    /// A copy of the table, in place for in place if few of its entries are deleted: then the index is copied as it is.
    pub fn copied(&self, t: &Thread) -> R<Ref<Self>> {
        let (live, used) = (self.len(), self.used());
        if live < used - used / 4 || self.log2() > log2_for(live) + 1 {
            return self.rebuilt(t, live);
        }
        let fresh = Self::fresh(t, self.capacity())?;
        self.copy_into(&fresh);
        Ok(fresh.publish())
    }
}

impl<const WORDS: usize> HashTable<WORDS>
where
    Self: Object,
{
    /// Under the owner's lock: everything, deleted entries included, into an empty table of the same size.
    fn copy_into(&self, fresh: &Fresh<'_, Self>) {
        let new = fresh.object().target();
        let (from, to) = (self.parts(), new.parts());
        // SAFETY: the tables have indices of the same size, nobody writes to the one and nobody else sees the other.
        unsafe { std::ptr::copy_nonoverlapping(from.index, to.index.cast_mut(), from.index_size()) };
        for position in 0..self.used() {
            let (old, entry) = (from.entry::<WORDS>(position), to.entry::<WORDS>(position));
            entry.set_hash(old.hash());
            fresh.init(entry.key(), old.key().get());
            if WORDS == 3 {
                fresh.init(entry.word(2), old.word(2).get());
            }
        }
        for (to, from) in
            [(&new.used, &self.used), (&new.live, &self.live), (&new.first, &self.first), (&new.top, &self.top)]
        {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

/// Where the parts of a table lie, which is computed from the size of its index.
#[derive(Clone, Copy)]
struct Parts<'a> {
    log2: u32,
    index: *const u8,
    entries: *const Slot,
    table: PhantomData<&'a Header>,
}

impl<'a> Parts<'a> {
    #[inline(always)]
    fn mask(self) -> usize {
        (1 << self.log2) - 1
    }

    #[inline(always)]
    fn index_size(self) -> usize {
        cell_width(self.log2) << self.log2
    }

    /// An entry below the capacity of a table with so many words an entry.
    #[inline(always)]
    fn entry<const WORDS: usize>(self, entry: usize) -> Entry<'a, WORDS> {
        debug_assert!(entry < capacity_of(self.log2));
        // SAFETY: so many entries of that size lie there.
        Entry { words: unsafe { self.entries.add(entry * WORDS) }, table: PhantomData }
    }

    #[inline(always)]
    fn cell(self, cell: usize) -> usize {
        // SAFETY: the index has two to the log2 cells of the width that goes with it, and cells are masked.
        unsafe {
            if self.log2 <= 8 {
                usize::from((*self.index.cast::<AtomicU8>().add(cell)).load(Ordering::Acquire))
            } else if self.log2 <= 16 {
                usize::from((*self.index.cast::<AtomicU16>().add(cell)).load(Ordering::Acquire))
            } else {
                (*self.index.cast::<AtomicU32>().add(cell)).load(Ordering::Acquire) as usize
            }
        }
    }

    #[inline(always)]
    fn set_cell(self, cell: usize, number: usize) {
        // SAFETY: as for `cell`.
        unsafe {
            if self.log2 <= 8 {
                (*self.index.cast::<AtomicU8>().add(cell)).store(number as u8, Ordering::Release);
            } else if self.log2 <= 16 {
                (*self.index.cast::<AtomicU16>().add(cell)).store(number as u16, Ordering::Release);
            } else {
                (*self.index.cast::<AtomicU32>().add(cell)).store(number as u32, Ordering::Release);
            }
        }
    }

    #[inline(always)]
    fn start(self, hash: u64) -> Cursor {
        Cursor { cell: hash as usize & self.mask(), perturb: hash }
    }

    #[inline(always)]
    fn advance(self, cursor: &mut Cursor) {
        cursor.perturb >>= 5;
        cursor.cell = (cursor.cell.wrapping_mul(5).wrapping_add(cursor.perturb as usize).wrapping_add(1)) & self.mask();
    }

    /// Enters an entry in the first empty cell of its search.
    #[inline(always)]
    fn enter(self, hash: u64, index: usize) {
        let mut cursor = self.start(hash);
        while self.cell(cursor.cell) != 0 {
            self.advance(&mut cursor);
        }
        self.set_cell(cursor.cell, index + 1);
    }
}

impl<const WORDS: usize> Entry<'_, WORDS> {
    #[inline(always)]
    fn set_hash(self, hash: u64) {
        // SAFETY: as for `hash`.
        unsafe { &*self.words.cast::<AtomicU64>() }.store(hash, Ordering::Release);
    }
}

impl<const WORDS: usize> HashTable<WORDS> {
    #[inline(always)]
    fn log2(&self) -> u32 {
        self.header.shape()
    }

    #[inline(always)]
    fn parts(&self) -> Parts<'_> {
        let log2 = self.log2();
        // SAFETY: the index follows the fixed part, and the entries follow the index, whose size is a multiple of eight.
        unsafe {
            let index = std::ptr::from_ref(self).add(1).cast::<u8>();
            Parts { log2, index, entries: index.add(cell_width(log2) << log2).cast(), table: PhantomData }
        }
    }

    /// How many entries there is room for, deleted ones included.
    #[inline(always)]
    #[must_use]
    pub fn capacity(&self) -> usize {
        capacity_of(self.log2())
    }

    /// The append position: entries below it were filled at some time.
    #[inline(always)]
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Acquire) as usize
    }

    /// How many entries live.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.load(Ordering::Acquire) as usize
    }

    /// Whether no entry lives.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All entries below this one are deleted.
    #[inline(always)]
    #[must_use]
    pub fn first(&self) -> usize {
        self.first.load(Ordering::Relaxed) as usize
    }

    /// An entry below the capacity.
    #[inline(always)]
    #[must_use]
    pub(crate) fn entry(&self, entry: usize) -> Entry<'_, WORDS> {
        self.parts().entry(entry)
    }

    /// Where the value of an entry lies: how many words behind the start of the table.
    #[must_use]
    pub fn value_word(&self, entry: usize) -> usize {
        let value = &raw const *self.entry(entry).word(WORDS - 1);
        (value.addr() - std::ptr::from_ref(self).addr()) / size_of::<Slot>()
    }

    /// Where a search begins.
    #[inline(always)]
    #[must_use]
    pub fn start(&self, hash: u64) -> Cursor {
        self.parts().start(hash)
    }

    /// Goes on with a search for a key with this hash that `is_key` recognizes.
    #[inline(always)]
    pub fn search(&self, mut cursor: Cursor, hash: u64, mut is_key: impl FnMut(Value) -> Verdict) -> Found {
        let parts = self.parts();
        loop {
            let Some(index) = parts.cell(cursor.cell).checked_sub(1) else { return Found::Missing };
            parts.advance(&mut cursor);
            let entry = parts.entry::<WORDS>(index);
            if entry.hash() != hash {
                continue;
            }
            let Some(key) = entry.key().get() else { continue };
            match is_key(key) {
                Verdict::Same => return Found::Entry(index),
                Verdict::Different => {}
                Verdict::Unsure => return Found::Unsure(index, key, cursor),
            }
        }
    }

    /// Searches for a key, as far as that goes without Python code.
    #[inline(always)]
    #[must_use]
    pub fn find(&self, hash: u64, key: Value) -> Found {
        self.search(self.start(hash), hash, |other| Verdict::of(other, key))
    }

    /// Under the owner's lock: whether an entry can be appended.
    #[inline(always)]
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.used() < self.capacity()
    }

    /// Under the owner's lock: appends an entry whose key is not in the table. There must be room.
    #[inline]
    pub fn append(&self, t: &Thread, hash: u64, key: Value, value: Option<Value>) -> usize {
        let (index, parts) = (self.used(), self.parts());
        let entry = parts.entry::<WORDS>(index);
        entry.set_hash(hash);
        if WORDS == 3 {
            entry.word(2).set(&self.header, t.mutator(), value);
        }
        entry.key().set(&self.header, t.mutator(), Some(key));
        self.used.store(index as u32 + 1, Ordering::Release);
        self.top.store(index as u32 + 1, Ordering::Release);
        parts.enter(hash, index);
        self.live.store(self.len() as u32 + 1, Ordering::Release);
        index
    }

    /// Enters the first `count` entries of a table with an empty index.
    fn enter_all(&self, count: usize) {
        let parts = self.parts();
        for index in 0..count {
            parts.enter(parts.entry::<WORDS>(index).hash(), index);
        }
    }

    fn set_counts(&self, count: usize) {
        let count = count as u32;
        self.used.store(count, Ordering::Relaxed);
        self.live.store(count, Ordering::Relaxed);
        self.top.store(count, Ordering::Relaxed);
    }

    /// Under the owner's lock: deletes a living entry.
    pub fn delete(&self, t: &Thread, index: usize) {
        let entry = self.entry(index);
        for word in (1..WORDS).rev() {
            entry.word(word).set(&self.header, t.mutator(), None);
        }
        self.live.store(self.len() as u32 - 1, Ordering::Release);
        if index + 1 == self.top.load(Ordering::Relaxed) as usize {
            self.top.store(index as u32, Ordering::Release);
        }
        if index == self.first() {
            self.raise_first(index + 1);
        }
    }

    /// Moves `first` up over deleted entries; each is passed once in the life of the table.
    fn raise_first(&self, from: usize) {
        let used = self.used();
        let dead = |&index: &usize| self.entry(index).key().get().is_none();
        let first = (from..used).take_while(dead).last().map_or(from, |last| last + 1);
        self.first.store(first as u32, Ordering::Release);
    }

    /// Under the owner's lock: deletes what `last_living` found in the whole table.
    pub fn delete_last(&self, t: &Thread, index: usize) {
        self.delete(t, index);
        self.top.store(index as u32, Ordering::Release);
    }

    /// How many deleted entries lie between a living one and the end that `last_living` starts from.
    #[must_use]
    pub fn holes_after(&self, index: usize) -> usize {
        (self.top.load(Ordering::Relaxed) as usize).saturating_sub(index + 1)
    }

    /// Fills one entry of a table that was not published yet and whose keys all differ.
    pub fn fill(&self, fresh: &Fresh<'_, Self>, hash: u64, key: Value, value: Option<Value>) {
        let index = self.used.load(Ordering::Relaxed) as usize;
        let parts = self.parts();
        let entry = parts.entry::<WORDS>(index);
        entry.set_hash(hash);
        fresh.init(entry.key(), Some(key));
        if WORDS == 3 {
            fresh.init(entry.word(2), value);
        }
        parts.enter(hash, index);
        self.set_counts(index + 1);
    }

    /// The first living entry at `position` or after.
    #[inline]
    #[must_use]
    pub fn next_living(&self, position: usize) -> Option<(usize, Value)> {
        let used = self.used();
        let (mut index, parts) = (position.max(self.first()), self.parts());
        while index < used {
            if let Some(key) = parts.entry::<WORDS>(index).key().get() {
                return Some((index, key));
            }
            index += 1;
        }
        None
    }

    /// The last living entry before `position`.
    #[inline]
    #[must_use]
    pub fn last_living(&self, position: usize) -> Option<(usize, Value)> {
        let mut index = position.min(self.top.load(Ordering::Acquire) as usize);
        let first = self.first();
        while index > first {
            index -= 1;
            if let Some(key) = self.entry(index).key().get() {
                return Some((index, key));
            }
        }
        None
    }

    /// Bytes of the whole table, for `__sizeof__`.
    #[must_use]
    pub fn size(&self) -> usize {
        let log2 = self.log2();
        size_of::<Self>() + (cell_width(log2) << log2) + self.capacity() * WORDS * size_of::<Slot>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_small_tables() {
        assert_eq!(size_of::<DictTable>(), 32);
        assert_eq!(log2_for(0), 3);
        assert_eq!(log2_for(5), 3);
        assert_eq!(log2_for(6), 4);
        assert_eq!(log2_for(10), 4);
        assert_eq!(log2_for(11), 5);
        for log2 in MIN_LOG2..=MAX_LOG2 {
            assert_eq!(log2_for(capacity_of(log2)), log2);
            let largest = 1usize.checked_shl(cell_width(log2) as u32 * 8).unwrap_or(usize::MAX);
            assert!(capacity_of(log2) < largest);
        }
    }
}
