//! The tracer: what the embedder hands each slot of an object to, and the mark stack behind it.
//!
//! Invariants for the unsafe here: the heap's threads are stopped while a tracer is used, or a cycle marks beside them and
//! nothing that the tracer reaches is freed before it ends; every word that the embedder hands in is empty, immediate, or
//! points at the start of a live object of this heap or an immortal one.

use std::ptr::NonNull;

use sync::atomic::{AtomicU64, Ordering};
use sync::weaken;

use super::company::{Found, Task};
use super::ephemerons::Pair;
use super::mark_stack::{MarkStack, PIECE};
use crate::barriers::Slot;
use crate::blocks::immortal::ImmortalSpace;
use crate::blocks::{BlockRef, CellKind};
use crate::heap::Heap;
use crate::object::{Header, Word, is_pointer};
use crate::protocols::remembering::{self, CARDED, Colour, OLD, YOUNG};
use crate::protocols::snapshot;
use crate::roots::stack::find_object;
use crate::verify::Verifier;

/// What a tracer does with the objects that it reaches.
pub(crate) enum Purpose {
    /// Mark them: they become old.
    Mark,
    /// Keep them for this cycle: what only finalizers hold (rule 7).
    Keep,
    /// Check that they were marked or kept.
    Verify(Box<Verifier>),
    /// List the words of one object's slots.
    List(Vec<u64>),
}

/// Visits the slots of objects.
pub struct Tracer {
    pub(crate) purpose: Purpose,
    pub(crate) waiting: Vec<Pair>,
    pub(super) stack: MarkStack,
    immortal: (u64, u64),
    pub(super) task: Task,
    dirty_only: Option<NonNull<Header>>,
    /// The class of the object that was traced last: many in a row are of one.
    last_class: u64,
    /// Whether other markers work on this cycle now.
    pub(super) together: bool,
    marked_bytes: usize,
    marked_objects: usize,
}

// SAFETY: as for the mark stack; the heap outlives its cycles.
unsafe impl Send for Tracer {}

impl Tracer {
    pub(crate) fn new(heap: &Heap, purpose: Purpose, stack: MarkStack) -> Self {
        Self::of_task(Task { heap, taken: Colour::default(), retraces: false }, purpose, stack)
    }

    /// A marker beside others of the same cycle, with a part of their work.
    pub(super) fn beside_others(task: Task, part: MarkStack) -> Self {
        Self { together: true, ..Self::of_task(task, Purpose::Mark, part) }
    }

    fn of_task(task: Task, purpose: Purpose, stack: MarkStack) -> Self {
        Self {
            purpose,
            waiting: Vec::new(),
            stack,
            immortal: ImmortalSpace::get().bounds(),
            task,
            dirty_only: None,
            last_class: 0,
            together: false,
            marked_bytes: 0,
            marked_objects: 0,
        }
    }

    pub(crate) fn heap(&self) -> &Heap {
        // SAFETY: the tracer is used within a cycle of this heap.
        unsafe { &*self.task.heap }
    }

    /// Visits a slot.
    #[inline(always)]
    pub fn slot<W: Word>(&mut self, slot: &Slot<W>) {
        if self.wants(slot.raw()) {
            self.visit(snapshot::read(slot.raw()));
        }
    }

    /// Visits a word that is not in a slot of an object: a root, or one that the embedder keeps elsewhere.
    #[inline(always)]
    pub fn word(&mut self, bits: u64) {
        self.visit(bits);
    }

    /// Visits a root that may be absent.
    #[inline(always)]
    pub fn root<W: Word>(&mut self, root: Option<W>) {
        self.visit(crate::barriers::bits(root));
    }

    /// Visits a word that may be anything: it keeps what it points into, if that is an object.
    #[inline]
    pub fn conservative_word(&mut self, word: u64) {
        let Some(header) = find_object(self.heap().id, word) else { return };
        if matches!(&self.purpose, Purpose::Verify(verifier) if verifier.is_stale(header)) {
            return;
        }
        self.visit(header.bits());
    }

    /// Visits an array of slots of the object that is traced.
    #[inline]
    pub fn slots<W: Word>(&mut self, slots: &[Slot<W>]) {
        let first = slots.as_ptr().cast::<AtomicU64>();
        match self.dirty_only {
            None => self.visit_range(first, slots.len()),
            Some(owner) => self.visit_dirty(owner, first, slots.len()),
        }
    }

    /// Whether a slot is to be visited: always, except that of an old array with cards only those on dirty cards are.
    #[inline(always)]
    pub(crate) fn wants(&self, slot: &AtomicU64) -> bool {
        match self.dirty_only {
            None => true,
            Some(owner) => is_dirty(owner, slot, self.task.taken),
        }
    }

    /// Visits a word.
    #[inline(always)]
    pub(crate) fn visit(&mut self, bits: u64) {
        if !is_pointer(bits) || self.is_immortal(bits) {
            if let Purpose::List(words) = &mut self.purpose {
                words.push(bits);
            }
            return;
        }
        match self.purpose {
            Purpose::Mark => self.mark(bits),
            _ => self.visit_slow(bits),
        }
    }

    #[inline(always)]
    fn is_immortal(&self, bits: u64) -> bool {
        bits.wrapping_sub(self.immortal.0) < self.immortal.1
    }

    #[inline(always)]
    fn mark(&mut self, bits: u64) {
        let (cell, block) = locate(bits);
        debug_assert!(std::ptr::eq(block.heap(), self.task.heap), "an object of another heap was reached: {bits:#x}");
        if !block.mark(cell, self.together) {
            return;
        }
        self.marked_bytes += block.cell_size();
        self.marked_objects += 1;
        if block.kind() != CellKind::Untraced {
            self.push(cell);
        }
    }

    #[inline(never)]
    fn visit_slow(&mut self, bits: u64) {
        let (cell, block) = match &mut self.purpose {
            Purpose::Verify(verifier) => {
                // SAFETY: the tracer is used within a cycle of this heap.
                if verifier.reach(unsafe { &*self.task.heap }, bits) {
                    self.push(bits as usize);
                }
                return;
            }
            Purpose::List(words) => return words.push(bits),
            _ => locate(bits),
        };
        if !block.is_marked(cell) && block.keep(cell) && block.kind() != CellKind::Untraced {
            self.push(cell);
        }
    }

    #[inline(always)]
    fn push(&mut self, cell: usize) {
        self.stack.push(NonNull::from(crate::blocks::header_at(cell)));
    }

    /// Whether the object that a word points at was reached so far; words that point at none count as reached.
    pub(crate) fn is_reached(&self, bits: u64) -> bool {
        if !is_pointer(bits) || self.is_immortal(bits) {
            return true;
        }
        let (cell, block) = locate(bits);
        match &self.purpose {
            Purpose::Mark | Purpose::Keep => block.is_live(cell),
            Purpose::Verify(verifier) => verifier.has_reached(bits),
            Purpose::List(_) => true,
        }
    }

    /// Takes over remembered sets, of the colour that the cycle took. In a young cycle what they hold is traced; a full cycle finds
    /// it by other ways, if it lives.
    pub(crate) fn take_remembered(&mut self, remembered: Vec<Vec<NonNull<Header>>>, taken: Colour, full: bool) {
        self.stack.set_remembered(remembered);
        self.task.taken = taken;
        self.task.retraces = !full;
    }

    /// Traces what is on the mark stack and all that it leads to, about so many objects. True when nothing is left.
    pub(crate) fn drain_some(&mut self, objects: usize) -> bool {
        let mut left = objects;
        while left > 0 {
            left -= 1;
            if let Some(object) = self.stack.next_object() {
                self.trace(object);
            } else if let Some((first, count)) = self.stack.next_piece() {
                self.visit_words(first, count);
            } else if let Some(object) = self.stack.next_remembered() {
                self.trace_remembered(header(object));
            } else {
                return true;
            }
        }
        false
    }

    #[inline(always)]
    fn trace(&mut self, object: NonNull<Header>) {
        let header = header(object);
        match &mut self.purpose {
            Purpose::Mark => remembering::grow_old(&header.collector, old_byte(header)),
            Purpose::Keep => header.collector.store(YOUNG, Ordering::Relaxed),
            Purpose::Verify(verifier) => verifier.enter(header),
            Purpose::List(_) => {}
        }
        self.visit_slots(header);
    }

    #[inline(always)]
    fn visit_slots(&mut self, header: &Header) {
        let heap: *const Heap = self.task.heap;
        let class = header.class_bits();
        if class != self.last_class {
            self.last_class = class;
            self.visit(class);
        }
        // SAFETY: the header is that of a live object of this heap, whose embedder this is.
        unsafe { ((*heap).embedder.trace)(header, self) };
    }

    /// The class of an object and what lies in its slots, words that point at nothing too.
    pub(crate) fn list(heap: &Heap, header: &Header) -> Vec<u64> {
        let mut tracer = Self::new(heap, Purpose::List(Vec::new()), MarkStack::default());
        tracer.visit_slots(header);
        match tracer.purpose {
            Purpose::List(words) => words,
            _ => Vec::new(),
        }
    }

    /// Traces an old object that was stored into since the last cycle: all of it, or its dirty cards. In a full cycle, which
    /// reaches it like any other if it lives, says only that it is no longer remembered.
    #[inline(never)]
    fn trace_remembered(&mut self, header: &Header) {
        let block = BlockRef::of(header);
        if let Some(cards) = block.cards() {
            if self.task.retraces && weaken::step("tracer.cards") {
                self.dirty_only = Some(NonNull::from(header));
                self.visit_slots(header);
                self.dirty_only = None;
            }
            cards.clean(self.task.taken);
        } else {
            remembering::forget(&header.collector, self.task.taken);
            if self.task.retraces && weaken::step("tracer.remembered") {
                self.visit_slots(header);
            }
        }
    }

    fn visit_range(&mut self, first: *const AtomicU64, count: usize) {
        if count > PIECE && !matches!(self.purpose, Purpose::Verify(_) | Purpose::List(_)) {
            self.stack.push_range((first, count));
        } else {
            self.visit_words(first, count);
        }
    }

    #[inline(always)]
    fn visit_words(&mut self, first: *const AtomicU64, count: usize) {
        for index in 0..count {
            // SAFETY: the words are slots of an object that lives up to the end of the cycle.
            let word = snapshot::read(unsafe { &*first.add(index) });
            self.visit(word);
        }
    }

    fn visit_dirty(&mut self, owner: NonNull<Header>, first: *const AtomicU64, count: usize) {
        let block = BlockRef::of(header(owner));
        let Some(cards) = block.cards() else {
            return self.visit_range(first, count);
        };
        let start = first.addr() - owner.as_ptr().addr();
        for range in cards.dirty_ranges(start..start + count * size_of::<u64>(), self.task.taken) {
            let skipped = (range.start - start) / size_of::<u64>();
            self.visit_range(first.wrapping_add(skipped), range.len() / size_of::<u64>());
        }
    }

    /// How many objects were marked so far.
    pub(crate) fn marked_objects(&self) -> usize {
        self.marked_objects
    }

    /// What was found so far, for the first marker.
    pub(super) fn take_found(&mut self) -> Found {
        let (objects, bytes) = (self.marked_objects, self.marked_bytes);
        (self.marked_objects, self.marked_bytes) = (0, 0);
        Found { waiting: std::mem::take(&mut self.waiting), objects, bytes }
    }

    /// Takes over what another marker found.
    pub(super) fn add(&mut self, found: Found) {
        self.waiting.extend(found.waiting);
        self.marked_objects += found.objects;
        self.marked_bytes += found.bytes;
    }

    /// The bytes of what was marked so far.
    pub(crate) fn marked_bytes(&self) -> usize {
        self.marked_bytes
    }

    /// With everything marked: what is visited from here on is kept.
    pub(crate) fn begin_to_keep(&mut self) {
        debug_assert!(self.stack.is_empty());
        self.purpose = Purpose::Keep;
    }

    /// The mark stack back, empty.
    pub(crate) fn into_stack(self) -> MarkStack {
        debug_assert!(self.stack.is_empty());
        self.stack
    }
}

/// The cell and the block of a word that points at an object which is not immortal.
#[inline(always)]
fn locate(bits: u64) -> (usize, BlockRef) {
    let cell = bits as usize;
    // A debug build reads the header of each object that it marks, so a wild word faults here, near its owner.
    debug_assert!(crate::blocks::header_at(cell).class_bits() != 0, "a slot holds a pointer to a free cell: {bits:#x}");
    (cell, BlockRef::of(crate::blocks::header_at(cell)))
}

#[inline(always)]
fn header<'a>(object: NonNull<Header>) -> &'a Header {
    // SAFETY: what the tracer reaches are live objects, which no one frees before the cycle ends.
    unsafe { object.as_ref() }
}

/// The collector byte of an object that is marked.
#[inline(always)]
fn old_byte(header: &Header) -> u8 {
    if header.has_flags(crate::flags::LARGE) { CARDED } else { OLD }
}

fn is_dirty(owner: NonNull<Header>, slot: &AtomicU64, taken: Colour) -> bool {
    let offset = std::ptr::from_ref(slot).addr() - owner.as_ptr().addr();
    BlockRef::of(header(owner)).cards().is_none_or(|cards| cards.is_dirty(offset, taken))
}
