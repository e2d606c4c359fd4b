//! Inline caches: two words a site, in an array that belongs to the functions of one code object in one interpreter.
//!
//! A word is nothing (0), or one of:
//! - tag 111, an attribute inside the instance: `shape:32 | words from the header:12 | end of the shape's attributes, in words from
//!   the header:12 | 111`; the end is 0 if they go on in the tail. Good while no data descriptor of that name and no attribute hook
//!   appears on the class; when one does, all caches of the interpreter are emptied with its threads stopped (`flush_all`).
//! - tag 001, an attribute in the instance's tail: `shape:32 | slot:24 | 001`. Good as long as the former.
//! - tag 011, a dict entry: `keys version:32 | words from the table's start:24 | 011`: globals, builtins, module attributes.
//!   `NOT_THERE` as the place says that the dict has no such key. Versions are never reused (rule 18).
//! - tag 000, the address of a `CacheRecord`, immutable and published whole: it names the shape or class and the class version under
//!   which its value was found. Records of a site that sees several kinds of receivers form a chain of at most `MOST_RECORDS`.
//! - tag 101, a site that saw more kinds of receivers than that: it is no longer written.
//!
//! Each word is an assertion of its own, so a race between two fillers loses a hit, never correctness.
//!
//! Records keep nothing alive (rule 18): class and value are an ephemeron, so that a class which only caches know goes, and with it
//! what was found on it. Whoever has a receiver in hand never meets an emptied record as its own: its class lives.

use bytecode::{Instruction, NO_REG};
use gc::{Tracer, WeakSlot};

use crate::heap_object;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{Class, Dict, Str, ValueArray};
use crate::raised::R;
use crate::shapes;
use crate::thread::{Frame, Thread};
use crate::value::{Value, class_of_header};

use sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The bits of a word that hold its tag.
pub const TAG_MASK: u64 = 7;
/// An attribute in the tail of an instance.
pub const TAG_SLOT: u64 = 1;
/// An attribute inside an instance.
pub const TAG_INLINE: u64 = 7;
/// A dict entry.
pub const TAG_DICT: u64 = 3;
/// A site that is no longer written: its whole word.
pub const MEGAMORPHIC: u64 = 5;
/// How many records a site may have.
const MOST_RECORDS: usize = 4;
/// As the place of a dict word: the key is not there.
pub const NOT_THERE: usize = 0xFF_FFFF;

heap_object! {
    /// What a look-up on a class gave, and when that is still so.
    pub struct CacheRecord {
        /// The class whose version counts, while it lives.
        pub class: WeakSlot<Value>,
        /// What was found.
        pub value: Slot,
        /// The shape of the receiver; 0 for receivers without shapes, which are known by their class.
        pub shape: AtomicU32,
        /// The class's version.
        pub version: AtomicU32,
        /// `RecordKind`.
        pub kind: AtomicU64,
        /// For `Add`: the shape after the store. For `Inline`: the end of the shape's attributes, as in a word of that kind.
        pub next_shape: AtomicU32,
        /// For `Slot` and `Add`: the slot. For `Member` and `Inline`: how many words behind the header's start it lies. For
        /// `Item`: the item.
        pub slot: AtomicU32,
        /// The next record of the site, or unset.
        pub next: Slot,
    }
    trace { next }
    rest(trace_pair)
    fixed
}

fn trace_pair(record: &CacheRecord, tracer: &mut Tracer) {
    tracer.ephemeron(&record.class, &record.value);
}

/// What a record says.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum RecordKind {
    /// The value binds to the receiver as a method when called.
    Method = 1,
    /// The value is the attribute.
    Value = 2,
    /// The value is a property whose getter is a Python function: reading the attribute runs it in a frame of its own.
    Property = 3,
    /// The receiver is the class itself.
    ClassAttribute = 4,
    /// A store adds the attribute.
    Add = 5,
    /// A member descriptor (`__slots__`): it lies at word `slot` of the instance.
    Member = 6,
    /// The attribute lies in the instance's own slot `slot`, in its tail.
    Slot = 7,
    /// The attribute lies at word `slot` of the instance.
    Inline = 8,
    /// The attribute is item `slot` of a boxed tuple.
    Item = 9,
    /// The value is a `GetSetDescriptor` that applies to the receiver.
    Getter = 10,
    /// The receiver is the class itself, and the value binds to it as a method when called.
    ClassMethod = 11,
    /// The attribute is the receiver's class: `object.__class__`.
    OwnClass = 12,
}

/// What a new record is to say; see `CacheRecord`.
pub struct Entry {
    /// What kind of record.
    pub kind: RecordKind,
    /// The class whose version counts.
    pub class: Ref<Class>,
    /// That version, read before the look-up (rule 18). With 0 nothing is recorded.
    pub version: u32,
    /// The receiver's shape, or 0.
    pub shape: u32,
    /// What was found.
    pub value: Option<Value>,
    /// The slot or word: see `CacheRecord`.
    pub slot: usize,
    /// The shape after the store, or the end of the attributes: see `CacheRecord`.
    pub next_shape: u32,
}

/// The cache site of an instruction: operand c, or what the Extend after it says.
#[inline(always)]
pub fn site(frame: &Frame, ins: Instruction) -> usize {
    if ins.c() != NO_REG { ins.c() as usize } else { extended_site(frame) }
}

#[cold]
fn extended_site(frame: &Frame) -> usize {
    // SAFETY: an Extend follows an instruction whose site does not fit; the saved pc points at it.
    unsafe { (*frame.pc.get()).bx() as usize }
}

/// The first word of a site.
#[inline(always)]
#[must_use]
pub fn word(cells: Ref<ValueArray>, site: usize) -> u64 {
    cell(cells, site * 2)
}

/// The second word of a site.
#[inline(always)]
#[must_use]
pub fn second_word(cells: Ref<ValueArray>, site: usize) -> u64 {
    cell(cells, site * 2 + 1)
}

#[inline(always)]
fn cell(cells: Ref<ValueArray>, index: usize) -> u64 {
    debug_assert!(index < cells.capacity(), "the cells of the code that runs");
    // SAFETY: a frame's cells are as many as the sites of its code, and the verifier checked the instruction's site.
    unsafe { cells.slots().get_unchecked(index) }.bits()
}

/// Stores a word into a cell, through the barrier.
#[inline]
pub fn store(t: &Thread, cells: Ref<ValueArray>, index: usize, word: u64) {
    cells.slot(index).put(cells.header(), t, Value::from_word(word));
}

/// The word that says where a dict has a key, or that it has not; `None` if it cannot be said.
pub fn dict_entry(t: &Thread, dict: Ref<Dict>, name: Ref<Str>) -> Option<u64> {
    let version = dict.keys_version(t);
    if version == 0 {
        return None;
    }
    let place = match dict.value_word_str(t, name) {
        Some(word) if word >= NOT_THERE => return None,
        Some(word) => word,
        None => NOT_THERE,
    };
    Some(u64::from(version) << 32 | (place as u64) << 8 | TAG_DICT)
}

/// The value that a dict word of a cell speaks of, if the dict has the keys that it had. The word was read before.
#[inline(always)]
#[must_use]
pub fn dict_value(dict: Ref<Dict>, word: u64) -> Option<Value> {
    debug_assert!(word & TAG_MASK == TAG_DICT && !says_not_there(word), "the word of an entry");
    // SAFETY: `dict_entry` made the word, of the interpreter whose cells these are.
    unsafe { dict.cached_value((word >> 32) as u32, (word as u32 >> 8) as usize) }
}

/// Whether a dict word says that the dict has no such key.
#[inline(always)]
#[must_use]
pub fn says_not_there(word: u64) -> bool {
    word as u32 >> 8 == NOT_THERE as u32
}

/// The word for an attribute of instances of a class, of this shape.
fn slot_word(t: &Thread, class: Ref<Class>, shape: u32, slot: usize) -> Option<u64> {
    let within = |word: &usize| *word < 1 << 12;
    let place = match shapes::inline_word(class, slot).filter(within) {
        Some(word) => {
            let count = shapes::by_number(t, shape)?.count();
            let end = shapes::inline_word(class, count - 1).map(|last| last + 1).filter(within).unwrap_or(0);
            (word as u64) << 20 | (end as u64) << 8 | TAG_INLINE
        }
        None if slot < 1 << 24 => (slot as u64) << 8 | TAG_SLOT,
        None => return None,
    };
    Some(u64::from(shape) << 32 | place)
}

/// The place that a word with `TAG_INLINE` names, in words from the header.
#[inline(always)]
#[must_use]
pub fn inline_place(word: u64) -> usize {
    (word as u32 >> 20) as usize
}

/// The end of the shape's attributes that a word with `TAG_INLINE` names, or 0.
#[inline(always)]
#[must_use]
pub fn inline_end(word: u64) -> usize {
    (word as u32 >> 8 & 0xFFF) as usize
}

/// The slot that a word with `TAG_SLOT` names.
#[inline(always)]
#[must_use]
pub fn tail_slot(word: u64) -> usize {
    (word as u32 >> 8) as usize
}

/// Whether a word is that of an attribute of an instance.
fn is_slot(word: u64) -> bool {
    matches!(word & TAG_MASK, TAG_SLOT | TAG_INLINE)
}

/// Records what was found at a site, beside what is recorded there already.
pub fn extend(t: &Thread, cells: Ref<ValueArray>, index: usize, entry: &Entry) -> R<()> {
    let word = cells.slot(index).bits();
    if word == MEGAMORPHIC || entry.version == 0 {
        return Ok(());
    }
    let next = match record_of(word) {
        Some(first) if !first.chain().all(|record| record.is_current(t)) => None,
        Some(first) if first.chain().count() >= MOST_RECORDS => {
            store(t, cells, index, MEGAMORPHIC);
            return Ok(());
        }
        Some(first) => Some(first),
        None if is_slot(word) => slot_record(t, word)?,
        None => None,
    };
    let record = record(t, entry, next)?;
    store(t, cells, index, record.address());
    Ok(())
}

/// Records an attribute of instances of a class, of this shape: as a word of its own while the site has seen nothing else.
pub fn extend_with_slot(
    t: &Thread,
    cells: Ref<ValueArray>,
    index: usize,
    class: Ref<Class>,
    shape: u32,
    slot: usize,
) -> R<()> {
    let Some(word) = slot_word(t, class, shape, slot) else { return Ok(()) };
    let before = cells.slot(index).bits();
    if before == 0 || (is_slot(before) && before >> 32 == u64::from(shape)) || added_only(before, class) {
        store(t, cells, index, word);
        return Ok(());
    }
    match slot_entry(t, word) {
        Some(entry) => extend(t, cells, index, &entry),
        None => Ok(()),
    }
}

/// Whether a site has seen nothing but instances of a class that got the attribute there: as while the class's first instances
/// show what later ones begin with.
fn added_only(word: u64, class: Ref<Class>) -> bool {
    let adds = |record: Ref<CacheRecord>| record.is(RecordKind::Add) && record.class.refers_to(class.value());
    record_of(word).is_some_and(|first| first.chain().all(adds))
}

/// The record that says what a slot word says.
fn slot_record(t: &Thread, word: u64) -> R<Option<Ref<CacheRecord>>> {
    match slot_entry(t, word) {
        Some(entry) if entry.version != 0 => record(t, &entry, None).map(Some),
        _ => Ok(None),
    }
}

fn slot_entry(t: &Thread, word: u64) -> Option<Entry> {
    let shape = (word >> 32) as u32;
    let class: Ref<Class> = shapes::by_number(t, shape)?.class.get()?.downcast()?;
    let (kind, slot, end) = match word & TAG_MASK {
        TAG_INLINE => (RecordKind::Inline, inline_place(word), inline_end(word)),
        _ => (RecordKind::Slot, tail_slot(word), 0),
    };
    Some(Entry { kind, class, version: class.version(), shape, value: None, slot, next_shape: end as u32 })
}

fn record(t: &Thread, entry: &Entry, next: Option<Ref<CacheRecord>>) -> R<Ref<CacheRecord>> {
    let record = t.allocate_exact::<CacheRecord>(t.classes().internal_record)?;
    record.set(|r| &r.value, entry.value).set(|r| &r.next, next.map(|next| next.value()));
    record.get().shape.store(entry.shape, Ordering::Relaxed);
    record.get().version.store(entry.version, Ordering::Relaxed);
    record.get().kind.store(entry.kind as u64, Ordering::Relaxed);
    record.get().slot.store(entry.slot as u32, Ordering::Relaxed);
    record.get().next_shape.store(entry.next_shape, Ordering::Relaxed);
    let record = record.publish();
    record.target().class.set_key(record.header(), t.mutator(), Some(entry.class.value()));
    Ok(record)
}

/// The record in a cell's word, if it is one.
#[inline(always)]
#[must_use]
pub fn record_of(word: u64) -> Option<Ref<CacheRecord>> {
    if word & TAG_MASK == 0 && word != 0 {
        // SAFETY: a word with this tag in a cell is the address of a record, which the cell keeps alive.
        Some(unsafe { Ref::from_address(word) })
    } else {
        None
    }
}

impl CacheRecord {
    /// What it says.
    #[inline(always)]
    #[must_use]
    pub fn is(&self, kind: RecordKind) -> bool {
        self.kind.load(Ordering::Relaxed) == kind as u64
    }

    /// Whether it speaks of this receiver, as it is now.
    #[inline(always)]
    #[must_use]
    pub fn matches(&self, header: &gc::Header) -> bool {
        let (shape, kind) = (self.shape.load(Ordering::Relaxed), self.kind.load(Ordering::Relaxed));
        let is_class = kind == RecordKind::ClassAttribute as u64 || kind == RecordKind::ClassMethod as u64;
        let class = if is_class { Value::of_header(header) } else { class_of_header(header).value() };
        let same = if shape != 0 { shape == header.shape() } else { self.class.refers_to(class) };
        // SAFETY: the class of an object; or an object which is the class that `record` set the slot to.
        same && self.is_version_of(unsafe { Ref::from_address(class.bits()) })
    }

    #[inline(always)]
    fn is_version_of(&self, class: Ref<Class>) -> bool {
        class.version() == self.version.load(Ordering::Relaxed)
    }

    /// Whether the class lives and is as it was.
    fn is_current(&self, t: &Thread) -> bool {
        self.class.get(t.mutator()).and_then(Value::downcast).is_some_and(|class| self.is_version_of(class))
    }
}

impl Ref<CacheRecord> {
    /// This record and those after it.
    pub fn chain(self) -> impl Iterator<Item = Ref<CacheRecord>> {
        std::iter::successors(Some(self), |record| record_of(SlotExt::bits(&record.next)))
    }
}

/// The record among those of a cell's word that speaks of this receiver.
#[inline]
#[must_use]
pub fn matching(word: u64, header: &gc::Header) -> Option<Ref<CacheRecord>> {
    record_of(word)?.chain().find(|record| record.matches(header))
}

/// Empties every cache of the interpreter, with its threads stopped: a filler runs no poll between its look-up and its store, so no
/// stale word is written after.
pub fn flush_all(t: &Thread) {
    t.interpreter().heap().for_each_object(t.mutator(), &mut |header| {
        let function = Value::of_header(header).downcast::<crate::objects::Function>();
        if let Some(cells) = function.and_then(|function| function.ready_cells()) {
            flush(t, cells);
        }
    });
}

/// Empties the caches of a function, and those that wait in its cells for the functions it makes.
fn flush(t: &Thread, cells: Ref<ValueArray>) {
    for slot in cells.slots() {
        match slot.get().and_then(Value::downcast::<ValueArray>) {
            Some(inner) => flush(t, inner),
            None => slot.put(cells.header(), t, None),
        }
    }
}
