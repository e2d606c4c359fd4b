//! `HashTable`: the insertion-ordered hash table behind dicts (two words an entry) and sets (one).
//!
//! # Layout
//!
//! The fixed part, then the entries: key, and for dicts the value; then, in a table that has them, the hashes, the last first; then
//! the index: a power of two of 8-, 16- or 32-bit cells, zero for empty and else an entry's number plus one. So all parts are found
//! from either end of the entries, and those are a header word away. Entries are appended; the index is searched as CPython does, by a
//! recurrence that brings in all bits of the hash.
//!
//! A table whose keys all tell their hashes has no hash words: small ints that are their own hash (all but -1 and the largest), and
//! exact strings, which keep theirs. (It is the same in all interpreters, for strings of the shared space too: its key is the process's. A
//! string of a subclass has a box around the string, and may have a `__hash__` of its own: its hash is written down.) When a
//! key of any other kind is to be appended, a table with hash words takes the place of this one. Then it stays so.
//!
//! # Invariants (rule 16)
//!
//! 1. Writers hold the lock byte of the dict or set whose table this is; once another table is installed there, nobody
//!    writes to this one again.
//! 2. `used`, the append position, never goes back. An entry is filled (hash, value, key, in this order) and then entered
//!    in the index, once. A key goes from unset to a key and from a key to unset, never on to another key.
//! 3. An entry whose key is unset is deleted, or not yet filled. Deleting unsets the value first.
//! 4. Entries before `first` are deleted, and so are those from `top` on (below `used`).
//! 5. The plan (sizes, and whether there are hash words) is written before the table is published and never again. Where there are
//!    no hash words, each key that ever was in an entry is a small int that tells its hash or an exact string, whose hash was computed before.
//!
//! So a reader without a lock that finds its key in an entry and then a value in it has a pair that was in the table at
//! one moment; a reader that comes to an empty index cell has not overlooked a key that was there all the while. A reader that
//! loaded a key sees its hash: the word in the table was written before the key, and so was the one in the string.

use std::marker::PhantomData;

use gc::{CellKind, Header, Tracer};
use sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use crate::containers::equality::equal_quickly;
use crate::containers::table_plan::{PREFIX, TablePlan, index_size};
use crate::containers::{Fresh, allocate};
use crate::object::{Layout, Object, Ref, Slot};
use crate::objects::Str;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

pub use crate::containers::table_plan::Hashes;

/// A hash table whose entries have `WORDS` words beside the hash.
#[repr(C)]
pub struct HashTable<const WORDS: usize> {
    /// Class, collector byte, lock byte, and the plan.
    pub header: Header,
    used: AtomicU32,
    live: AtomicU32,
    first: AtomicU32,
    top: AtomicU32,
}

/// How many entries are copied between two looks at whether the thread is to stop.
const COPIED_AT_ONCE: usize = 1 << 12;
/// How many bytes of an index.
const INDEX_AT_ONCE: usize = 1 << 18;

/// The table of a dict.
pub type DictTable = HashTable<2>;
/// The table of a set.
pub type SetTable = HashTable<1>;

static DICT_LAYOUT: Layout = layout_of::<2>("DictTable");
static SET_LAYOUT: Layout = layout_of::<1>("SetTable");

const fn layout_of<const WORDS: usize>(name: &'static str) -> Layout {
    assert!(size_of::<HashTable<WORDS>>() == PREFIX, "the entries follow the fixed part");
    Layout {
        name,
        size: size_of::<HashTable<WORDS>>(),
        kind: CellKind::Traced,
        trace: trace_table::<WORDS>,
        drop: None,
        next: None,
        send: None,
        extensible: false,
    }
}

// SAFETY: the struct is repr(C) and starts with the header; `trace_table` visits the slots of every entry.
unsafe impl Object for HashTable<2> {
    #[inline(always)]
    fn layout() -> &'static Layout {
        &DICT_LAYOUT
    }
}
// SAFETY: as above.
unsafe impl Object for HashTable<1> {
    #[inline(always)]
    fn layout() -> &'static Layout {
        &SET_LAYOUT
    }
}

unsafe fn trace_table<const WORDS: usize>(object: *const Header, tracer: &mut Tracer) {
    // SAFETY: the layout of the object's class is this table's.
    let table = unsafe { &*object.cast::<HashTable<WORDS>>() };
    // SAFETY: the words of the entries lie one after the other, and all of them are slots.
    tracer.slots(unsafe { std::slice::from_raw_parts(table.parts().entries(), table.used() * WORDS) });
}

/// An entry: key and value.
#[derive(Clone, Copy)]
pub struct Entry<'a, const WORDS: usize> {
    words: *const Slot,
    table: PhantomData<&'a HashTable<WORDS>>,
}

impl<'a, const WORDS: usize> Entry<'a, WORDS> {
    /// The key; unset once deleted.
    #[inline(always)]
    #[must_use]
    pub fn key(self) -> &'a Slot {
        self.word(0)
    }

    /// The value of a dict's entry.
    #[inline(always)]
    #[must_use]
    pub fn value(self) -> &'a Slot {
        const { assert!(WORDS == 2, "only dicts have values") };
        self.word(1)
    }

    /// Fills the entry of a table that was not published yet.
    #[inline(always)]
    fn init(self, fresh: &Fresh<'_, HashTable<WORDS>>, key: Value, value: Option<Value>) {
        fresh.init(self.key(), Some(key));
        if WORDS == 2 {
            fresh.init(self.word(1), value);
        }
    }

    #[inline(always)]
    fn word(self, index: usize) -> &'a Slot {
        &self.words()[index]
    }

    #[inline(always)]
    fn words(self) -> &'a [Slot; WORDS] {
        // SAFETY: the entry lies in the table and has that many words, which are slots.
        unsafe { &*self.words.cast() }
    }

    /// The last word: the value, or a member of a set.
    #[inline(always)]
    fn last(self) -> Option<Value> {
        self.word(WORDS - 1).get()
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
    fn planned(t: &Thread, plan: Option<TablePlan<WORDS>>) -> R<Fresh<'_, Self>> {
        let Some(plan) = plan else { return Err(t.memory_error()) };
        let class = if WORDS == 2 { t.classes().dict_table } else { t.classes().set_table };
        let fresh = allocate::<Self>(t, class, plan.bytes(), CellKind::Traced)?;
        plan.write(&fresh.object().header);
        Ok(fresh)
    }

    /// An empty table with room for so many entries, to be filled before it is published.
    pub fn fresh(t: &Thread, entries: usize, hashes: Hashes) -> R<Fresh<'_, Self>> {
        Self::planned(t, TablePlan::for_entries(entries, hashes))
    }

    /// An empty published table with room for so many entries.
    pub fn new(t: &Thread, entries: usize, hashes: Hashes) -> R<Ref<Self>> {
        Ok(Self::fresh(t, entries, hashes)?.publish())
    }

    /// A table with this one's living entries and room for so many in all.
    pub fn rebuilt(&self, t: &Thread, entries: usize) -> R<Ref<Self>> {
        Ok(self.copied_to(t, Self::fresh(t, entries.max(self.len()), self.hashes())?))
    }

    /// A table with this one's living entries that takes an entry more, whose key needs the hashes to be there: for a table that does
    /// not take it.
    pub fn grown(&self, t: &Thread, hashes: Hashes) -> R<Ref<Self>> {
        let plan = TablePlan::of(&self.header);
        let next = if self.has_room() {
            Some(plan.with_hash_words())
        } else {
            plan.grown(self.len(), self.used(), hashes.max(plan.hashes))
        };
        Ok(self.copied_to(t, Self::planned(t, next)?))
    }

    /// A copy of the table, in place for in place if few of its entries are deleted: then the index is copied as it is.
    pub fn copied(&self, t: &Thread) -> R<Ref<Self>> {
        let (live, used, plan) = (self.len(), self.used(), TablePlan::<WORDS>::of(&self.header));
        if live < used - used / 4 || plan.is_wide_for(live) {
            return self.rebuilt(t, live);
        }
        Ok(self.filled(t, Self::planned(t, Some(plan))?, true))
    }

    /// Under the owner's lock: publishes an empty table with the living entries of this one, for which it has room.
    fn copied_to(&self, t: &Thread, fresh: Fresh<'_, Self>) -> Ref<Self> {
        let in_place = self.parts().log2 == fresh.object().target().parts().log2 && self.used() == self.len();
        self.filled(t, fresh, in_place)
    }

    /// Publishes an empty table with what is copied into it before; or, if that is much, after. Then this thread may be stopped in
    /// between. What the new table does not show yet is held by the old one, which nobody changes under its owner's lock.
    fn filled(&self, t: &Thread, fresh: Fresh<'_, Self>, in_place: bool) -> Ref<Self> {
        if self.used() > COPIED_AT_ONCE {
            let table = fresh.publish();
            self.copy_in_pieces(t, table, in_place);
            return table;
        }
        if in_place {
            self.copy_in_place(&fresh);
        } else {
            self.copy_living(&fresh);
        }
        fresh.publish()
    }

    /// Fills one entry of a table that was not published yet and whose keys all differ, with a key that goes with its hashes.
    pub fn fill(&self, fresh: &Fresh<'_, Self>, hash: u64, key: Value, value: Option<Value>) {
        let index = self.used.load(Ordering::Relaxed) as usize;
        let parts = self.parts();
        parts.write_hash(index, hash);
        parts.entry(index).init(fresh, key, value);
        parts.enter(hash, index);
        self.set_counts(index + 1);
    }

    /// Copies what lives, without gaps.
    fn copy_living(&self, fresh: &Fresh<'_, Self>) {
        let new = fresh.object().target();
        let (from, to) = (self.parts(), new.parts());
        let mut position = 0;
        for index in self.first()..self.used() {
            let old = from.entry(index);
            let Some(key) = old.key().get() else { continue };
            let hash = from.hash(index, key);
            to.write_hash(position, hash);
            to.entry(position).init(fresh, key, old.last());
            to.enter(hash, position);
            position += 1;
        }
        new.set_counts(position);
    }

    /// Copies everything, deleted entries included, into a table with an index of the same size.
    fn copy_in_place(&self, fresh: &Fresh<'_, Self>) {
        let new = fresh.object().target();
        let (from, to) = (self.parts(), new.parts());
        // SAFETY: the tables have indices of the same size, nobody writes to the one and nobody else sees the other.
        unsafe { std::ptr::copy_nonoverlapping(from.index, to.index.cast_mut(), index_size(from.log2)) };
        for position in 0..self.used() {
            let old = from.entry(position);
            let Some(key) = old.key().get() else { continue };
            to.write_hash(position, from.hash(position, key));
            to.entry(position).init(fresh, key, old.last());
        }
        self.copy_counts(new);
    }

    /// As `copy_in_place` or `copy_living`, to a published table, with a barrier for some entries at a time and a stop after them.
    fn copy_in_pieces(&self, t: &Thread, new: Ref<Self>, in_place: bool) {
        let (from, to) = (self.parts(), new.target().parts());
        let (mut index, total) = if in_place { (0, self.used()) } else { (self.first(), self.len()) };
        let mut position = 0;
        for start in (0..total).step_by(COPIED_AT_ONCE) {
            let count = COPIED_AT_ONCE.min(total - start);
            let mut value = None;
            let words = std::iter::from_fn(|| {
                if let Some(value) = value.take() {
                    return Some(value);
                }
                let (old, key) = loop {
                    let (old, key) = (from.entry(index), from.entry(index).key().get());
                    index += 1;
                    if in_place || key.is_some() {
                        break (old, key);
                    }
                };
                if let Some(key) = key {
                    let hash = from.hash(index - 1, key);
                    to.write_hash(position, hash);
                    if !in_place {
                        to.enter(hash, position);
                    }
                }
                position += 1;
                value = (WORDS == 2).then(|| old.last());
                Some(key)
            });
            Slot::fill_range(new.header(), t.mutator(), to.words(start, count), words);
            t.stand_still();
        }
        if in_place {
            self.copy_index(t, to);
            self.copy_counts(new.target());
        } else {
            new.set_counts(total);
        }
    }

    /// Copies an index to one of the same size, some of it at a time.
    fn copy_index(&self, t: &Thread, to: Parts<'_, WORDS>) {
        let (from, size) = (self.parts(), index_size(to.log2));
        for start in (0..size).step_by(INDEX_AT_ONCE) {
            let count = INDEX_AT_ONCE.min(size - start);
            // SAFETY: the tables have indices of the same size, nobody writes to the one and nobody else uses the other.
            unsafe { std::ptr::copy_nonoverlapping(from.index.add(start), to.index.cast_mut().add(start), count) };
            t.stand_still();
        }
    }

    fn copy_counts(&self, new: &Self) {
        for (to, from) in
            [(&new.used, &self.used), (&new.live, &self.live), (&new.first, &self.first), (&new.top, &self.top)]
        {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

/// Where the parts of a table lie, which follows from its plan.
#[derive(Clone, Copy)]
struct Parts<'a, const WORDS: usize> {
    log2: u32,
    hashes: Hashes,
    index: *const u8,
    table: &'a HashTable<WORDS>,
}

impl<'a, const WORDS: usize> Parts<'a, WORDS> {
    #[inline(always)]
    fn mask(self) -> usize {
        (1 << self.log2) - 1
    }

    #[inline(always)]
    fn entries(self) -> *const Slot {
        // SAFETY: the entries follow the fixed part.
        unsafe { std::ptr::from_ref(self.table).add(1).cast() }
    }

    /// An entry below the capacity.
    #[inline(always)]
    fn entry(self, entry: usize) -> Entry<'a, WORDS> {
        debug_assert!(entry < self.table.capacity());
        // SAFETY: so many entries of that size lie there.
        Entry { words: unsafe { self.entries().add(entry * WORDS) }, table: PhantomData }
    }

    /// The words of so many entries, below the capacity.
    fn words(self, first: usize, count: usize) -> &'a [Slot] {
        debug_assert!(first + count <= self.table.capacity());
        // SAFETY: so many entries of that size lie there, one after the other.
        unsafe { std::slice::from_raw_parts(self.entries().add(first * WORDS), count * WORDS) }
    }

    /// The hash of the key that was read from an entry.
    #[inline(always)]
    fn hash(self, entry: usize, key: Value) -> u64 {
        match (self.hashes, key.as_small_int()) {
            (Hashes::InTable, _) => self.hash_word(entry).load(Ordering::Acquire),
            (Hashes::InKeys, Some(number)) => number as u64,
            // SAFETY: invariant 5: what is no small int is a string; the caller's local keeps it.
            (Hashes::InKeys, None) => unsafe { Ref::<Str>::from_address(key.bits()) }.known_hash(),
        }
    }

    #[inline(always)]
    fn hash_word(self, entry: usize) -> &'a AtomicU64 {
        debug_assert!(self.hashes == Hashes::InTable && entry < self.table.capacity());
        // SAFETY: before the index of such a table lie as many hash words as it has entries.
        unsafe { &*self.index.cast::<AtomicU64>().sub(entry + 1) }
    }

    /// Writes the hash of an entry that is to be filled, where the key does not tell it.
    #[inline(always)]
    fn write_hash(self, entry: usize, hash: u64) {
        if self.hashes == Hashes::InTable {
            self.hash_word(entry).store(hash, Ordering::Release);
        }
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

    /// Goes on with a search from the cursor.
    #[inline(always)]
    fn search(self, mut cursor: Cursor, hash: u64, key: Value, mut is_key: impl FnMut(Value) -> Verdict) -> Found {
        loop {
            let Some(index) = self.cell(cursor.cell).checked_sub(1) else { return Found::Missing };
            self.advance(&mut cursor);
            let Some(other) = self.entry(index).key().get() else { continue };
            if other.is(key) {
                return Found::Entry(index);
            }
            if self.hash(index, other) != hash {
                continue;
            }
            match is_key(other) {
                Verdict::Same => return Found::Entry(index),
                Verdict::Different => {}
                Verdict::Unsure => return Found::Unsure(index, other, cursor),
            }
        }
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

impl<const WORDS: usize> HashTable<WORDS> {
    #[inline(always)]
    fn parts(&self) -> Parts<'_, WORDS> {
        let (log2, hashes) = TablePlan::<WORDS>::index_of(&self.header);
        // SAFETY: the table reaches beyond the start of its index.
        let index =
            unsafe { std::ptr::from_ref(self).cast::<u8>().add(TablePlan::<WORDS>::index_offset(&self.header)) };
        Parts { log2, hashes, index, table: self }
    }

    /// How many entries there is room for, deleted ones included.
    #[must_use]
    pub fn capacity(&self) -> usize {
        TablePlan::<WORDS>::of(&self.header).capacity
    }

    /// Where the hashes are.
    #[inline(always)]
    #[must_use]
    pub fn hashes(&self) -> Hashes {
        TablePlan::<WORDS>::index_of(&self.header).1
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

    /// The hash of a key that was read from an entry.
    #[inline(always)]
    #[must_use]
    pub fn hash_of(&self, entry: usize, key: Value) -> u64 {
        self.parts().hash(entry, key)
    }

    /// Where the value of an entry lies: how many words behind the start of the table.
    #[must_use]
    pub fn value_word(&self, entry: usize) -> usize {
        let value = &raw const *self.entry(entry).word(WORDS - 1);
        (value.addr() - std::ptr::from_ref(self).addr()) / size_of::<Slot>()
    }

    /// Searches for a key by its hash. Whether another key with this hash is the one, `is_key` says.
    #[inline(always)]
    pub fn search(&self, hash: u64, key: Value, is_key: impl FnMut(Value) -> Verdict) -> Found {
        let parts = self.parts();
        parts.search(parts.start(hash), hash, key, is_key)
    }

    /// Goes on with a search.
    pub fn search_on(&self, cursor: Cursor, hash: u64, key: Value) -> Found {
        self.parts().search(cursor, hash, key, |other| Verdict::of(other, key))
    }

    /// Searches for a key, as far as that goes without Python code.
    #[inline(always)]
    #[must_use]
    pub fn find(&self, hash: u64, key: Value) -> Found {
        self.search(hash, key, |other| Verdict::of(other, key))
    }

    /// Searches for a key that is this very object.
    #[must_use]
    pub fn find_identical(&self, hash: u64, key: Value) -> Option<usize> {
        match self.search(hash, key, |_| Verdict::Different) {
            Found::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    /// Under the owner's lock: whether there is room for an entry.
    #[inline(always)]
    #[must_use]
    pub fn has_room(&self) -> bool {
        TablePlan::<WORDS>::has_more_than(&self.header, self.used())
    }

    /// Under the owner's lock: whether an entry with this key can be appended.
    #[inline(always)]
    #[must_use]
    pub fn takes(&self, t: &Thread, key: Value, hash: u64) -> bool {
        self.has_room() && (self.hashes() == Hashes::InTable || Hashes::with_key(t, key, hash) == Hashes::InKeys)
    }

    /// Under the owner's lock: appends an entry that the table takes and whose key is not in it.
    #[inline]
    pub fn append(&self, t: &Thread, hash: u64, key: Value, value: Option<Value>) -> usize {
        let (index, parts) = (self.used(), self.parts());
        debug_assert!(self.takes(t, key, hash), "the owner asked");
        let entry = parts.entry(index);
        parts.write_hash(index, hash);
        let words = std::array::from_fn(|word| if word == 0 { Some(key) } else { value });
        Slot::set_all(&self.header, t.mutator(), entry.words(), words);
        self.used.store(index as u32 + 1, Ordering::Release);
        self.top.store(index as u32 + 1, Ordering::Release);
        parts.enter(hash, index);
        self.live.store(self.len() as u32 + 1, Ordering::Release);
        index
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
        for word in (0..WORDS).rev() {
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

    /// The first living entry at `position` or after.
    #[inline]
    #[must_use]
    pub fn next_living(&self, position: usize) -> Option<(usize, Value)> {
        let used = self.used();
        let (mut index, parts) = (position.max(self.first()), self.parts());
        while index < used {
            if let Some(key) = parts.entry(index).key().get() {
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
        TablePlan::<WORDS>::of(&self.header).bytes()
    }
}
