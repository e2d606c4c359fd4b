//! The tracer: what the embedder hands each slot of an object to, and the mark stack behind it.
//!
//! Invariants for the unsafe here: the heap's threads are stopped while a tracer is used, or a cycle marks beside them and
//! nothing that the tracer reaches is freed before it ends; every word that the embedder hands in is empty, immediate, or
//! points at the start of a live object of this heap or an immortal one.

use std::ptr::NonNull;

use sync::atomic::{AtomicU64, Ordering};

use super::ephemerons::Pair;
use crate::barriers::Slot;
use crate::blocks::immortal::ImmortalSpace;
use crate::blocks::{BlockRef, CellKind};
use crate::heap::Heap;
use crate::object::{Header, Word, is_pointer};
use crate::protocols::remembering::{self, CARDED, Colour, OLD, YOUNG};
use crate::protocols::snapshot;
use crate::roots::stack::find_object;
use crate::verify::Verifier;

/// Arrays of more slots than this are put aside and taken in pieces of this size.
const PIECE: usize = 512;
/// The room that the mark stack keeps from one cycle to the next.
const STACK_KEPT: usize = 1 << 13;
/// How many objects are under way into the cache while others are traced.
const AHEAD: usize = 16;

/// Bytes of a cache line.
const LINE: usize = 64;

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

/// The mark stack; reused from cycle to cycle.
#[derive(Default)]
pub struct MarkStack {
    objects: Vec<NonNull<Header>>,
    ranges: Vec<(*const AtomicU64, usize)>,
    remembered: Vec<Vec<NonNull<Header>>>,
    ahead: [Option<NonNull<Header>>; AHEAD],
    position: usize,
}

// SAFETY: what it points at lives up to the end of the cycle, whichever thread runs that.
unsafe impl Send for MarkStack {}

/// Visits the slots of objects.
pub struct Tracer {
    pub(crate) purpose: Purpose,
    pub(crate) waiting: Vec<Pair>,
    stack: MarkStack,
    immortal: (u64, u64),
    heap: *const Heap,
    dirty_only: Option<NonNull<Header>>,
    /// The colour of the remembered sets that this cycle took, and whether it traces what they hold.
    taken: Colour,
    retraces: bool,
    marked_bytes: usize,
    marked_objects: usize,
}

// SAFETY: as for the mark stack; the heap outlives its cycles.
unsafe impl Send for Tracer {}

impl Tracer {
    pub(crate) fn new(heap: &Heap, purpose: Purpose, stack: MarkStack) -> Self {
        Self {
            purpose,
            waiting: Vec::new(),
            stack,
            immortal: ImmortalSpace::get().bounds(),
            heap,
            dirty_only: None,
            taken: Colour::default(),
            retraces: false,
            marked_bytes: 0,
            marked_objects: 0,
        }
    }

    pub(crate) fn heap(&self) -> &Heap {
        // SAFETY: the tracer is used within a cycle of this heap.
        unsafe { &*self.heap }
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

    /// Visits slots of `count` records of `stride` bytes from `base` on, at each of `offsets` within a record: for tables
    /// whose entries hold more than slots. Records on clean cards of an old array are passed over.
    ///
    /// # Safety
    /// At each of those places lies a slot of the object that is traced.
    pub unsafe fn records(&mut self, base: *const u8, count: usize, stride: usize, offsets: &[usize]) {
        let visit = |tracer: &mut Self, records: std::ops::Range<usize>| {
            for record in records {
                for offset in offsets {
                    // SAFETY: the caller's promise.
                    let slot = unsafe { &*base.add(record * stride + offset).cast::<AtomicU64>() };
                    tracer.visit(snapshot::read(slot));
                }
            }
        };
        let Some(owner) = self.dirty_only else {
            return visit(self, 0..count);
        };
        let start = base.addr() - owner.as_ptr().addr();
        let block = BlockRef::of(header(owner));
        let Some(cards) = block.cards() else {
            return visit(self, 0..count);
        };
        let mut next = 0;
        for range in cards.dirty_ranges(start..start + count * stride, self.taken) {
            let first = ((range.start - start) / stride).max(next);
            next = (range.end - start).div_ceil(stride);
            visit(self, first..next);
        }
    }

    /// Whether a slot is to be visited: always, except that of an old array with cards only those on dirty cards are.
    #[inline(always)]
    pub(crate) fn wants(&self, slot: &AtomicU64) -> bool {
        match self.dirty_only {
            None => true,
            Some(owner) => is_dirty(owner, slot, self.taken),
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
        debug_assert!(std::ptr::eq(block.heap(), self.heap), "an object of another heap was reached: {bits:#x}");
        if !block.mark(cell) {
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
                if verifier.reach(unsafe { &*self.heap }, bits) {
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
        self.stack.objects.push(NonNull::from(crate::blocks::header_at(cell)));
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
        self.stack.remembered = remembered;
        self.taken = taken;
        self.retraces = !full;
    }

    /// Traces what is on the mark stack and all that it leads to, about so many objects. True when nothing is left.
    pub(crate) fn drain_some(&mut self, objects: usize) -> bool {
        let mut left = objects;
        while left > 0 {
            left -= 1;
            if let Some(object) = self.next_object() {
                self.trace(object);
            } else if let Some((first, count)) = self.stack.ranges.pop() {
                let piece = count.min(PIECE);
                if count > piece {
                    self.stack.ranges.push((first.wrapping_add(piece), count - piece));
                }
                self.visit_words(first, piece);
            } else if let Some(part) = self.stack.remembered.last_mut() {
                match part.pop() {
                    Some(object) => {
                        if let Some(&later) = part.len().checked_sub(AHEAD).and_then(|index| part.get(index)) {
                            prefetch(later);
                        }
                        self.trace_remembered(header(object));
                    }
                    None => drop(self.stack.remembered.pop()),
                }
            } else {
                return true;
            }
        }
        false
    }

    /// The next grey object. Each spends a while in a short queue after its header was asked for, so that it is in the
    /// cache when its turn comes.
    #[inline(always)]
    fn next_object(&mut self) -> Option<NonNull<Header>> {
        while let Some(object) = self.stack.objects.pop() {
            prefetch(object);
            if let Some(ready) = self.exchange_ahead(Some(object)) {
                return Some(ready);
            }
        }
        (0..AHEAD).find_map(|_| self.exchange_ahead(None))
    }

    #[inline(always)]
    fn exchange_ahead(&mut self, object: Option<NonNull<Header>>) -> Option<NonNull<Header>> {
        let position = self.stack.position % AHEAD;
        self.stack.position = position + 1;
        std::mem::replace(&mut self.stack.ahead[position], object)
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

    fn visit_slots(&mut self, header: &Header) {
        let heap: *const Heap = self.heap;
        self.visit(header.class_bits());
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
    fn trace_remembered(&mut self, header: &Header) {
        let block = BlockRef::of(header);
        if let Some(cards) = block.cards() {
            if self.retraces {
                self.dirty_only = Some(NonNull::from(header));
                self.visit_slots(header);
                self.dirty_only = None;
            }
            cards.clean(self.taken);
        } else {
            remembering::forget(&header.collector, self.taken);
            if self.retraces {
                self.visit_slots(header);
            }
        }
    }

    fn visit_range(&mut self, first: *const AtomicU64, count: usize) {
        if count > PIECE && !matches!(self.purpose, Purpose::Verify(_) | Purpose::List(_)) {
            self.stack.ranges.push((first, count));
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
        for range in cards.dirty_ranges(start..start + count * size_of::<u64>(), self.taken) {
            let skipped = (range.start - start) / size_of::<u64>();
            self.visit_range(first.wrapping_add(skipped), range.len() / size_of::<u64>());
        }
    }

    /// The mark stack back, empty, and what was marked: objects and bytes.
    pub(crate) fn into_parts(mut self) -> (MarkStack, usize, usize) {
        debug_assert!(
            self.stack.objects.is_empty() && self.stack.ranges.is_empty() && self.stack.remembered.is_empty()
        );
        self.stack.objects.shrink_to(STACK_KEPT);
        (self.stack, self.marked_objects, self.marked_bytes)
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

/// Asks for the header of an object and its first slots, which may lie on the next cache line.
#[inline(always)]
fn prefetch(object: NonNull<Header>) {
    let header = object.as_ptr().cast::<u8>();
    prefetch_line(header);
    prefetch_line(header.wrapping_add(LINE / 2));
}

#[inline(always)]
fn prefetch_line(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that the program could see and never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch reads nothing that the program could see and never faults.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags));
    }
}
