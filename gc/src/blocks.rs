//! Blocks: 64 KiB of cells of one size and kind, or the first of a large object's span; and their heads.
//!
//! A block is cells from its first byte on. Its head, a [`Head`], lies apart from it, at the beginning of its arena among those of
//! the arena's other blocks: [`BlockRef::head`] finds it from any address of the block by arithmetic alone. Three bitmaps have one
//! bit for each granule; the bit of a cell is that of its first granule.
//!
//! - *marks*: the cell was found live. Sticky: only a full cycle clears them.
//! - *claimed*: the cell may hold an object. After a sweep it equals the marks; taking a run of free cells sets the bits
//!   of the whole run. A claimed cell whose class word is still zero is free (object, invariant 2).
//! - *kept*: live for this sweep, and still young: the cell was claimed while the cycle marked, so what it holds was not there
//!   when the cycle began, or is held by a due finalizer only (rule 7).
//!
//! Ownership of what is not atomic, cited by number:
//!
//! 1. `cursor`, `fresh_from` and `handed_out` belong to whoever holds the block: the thread that allocates in it or that
//!    took it from a list to sweep it, or the collector in a stop. A block is in one place only: one list, or one thread.
//! 2. Everything set by [`BlockRef::format`] stays as it is until the block is formatted again, which happens only when
//!    no object is left in it.
//! 3. Marks are written by the thread that has the heap's turn, and by those that it has mark with it, while it says so
//!    (`protocols::marks`). Kept bits are written by whoever holds the block while a cycle runs, and by who has the heap's turn
//!    (`protocols::keeping`).
//! 4. A block's memory and its head are readable as long as its heap owns it in the [`table`], which is looked at first wherever a
//!    word may be anything.

pub mod cards;
pub mod empty;
pub mod immortal;
pub mod lists;
pub mod space;
pub mod table;

use std::cell::Cell;
use std::ptr::NonNull;

use sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use sync::hint;

use crate::heap::Heap;
use crate::layout::{
    ARENA_BLOCKS, ARENA_SIZE, BITMAP_WORDS, BLOCK_SHIFT, BLOCK_SIZE, CELL_SIZES, CHUNK, GRANULE, HEAD_BLOCKS,
    HEAD_SIZE, cells_per_block, reciprocal,
};
use crate::object::Header;
use crate::protocols::{keeping, marks};
use cards::Cards;

/// Untraced cells up to this size are cleared whole.
const SMALL_CELL: usize = 64;

/// The size of a page; of the smallest, where a system has several.
const PAGE: usize = 4096;
/// What the system is asked for at a time when a block's memory is first used.
const POPULATED: usize = 4 * PAGE;

/// What a cell may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CellKind {
    /// Slots, which the embedder's `trace` visits.
    Traced = 0,
    /// No pointers past the header, and what lies past it is not cleared for a new object. The class word is not traced either: it must point at an immortal object, or at one
    /// that the embedder's roots hold.
    Untraced = 1,
    /// Traced, and with Rust memory of its own that `drop_object` gives back.
    Drop = 2,
}

/// How many kinds there are.
pub const KINDS: usize = 3;

impl CellKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; KINDS] = [Self::Traced, Self::Untraced, Self::Drop];
}

/// A set of granules.
pub type Bitmap = [AtomicU64; BITMAP_WORDS];

/// The head of a block.
#[repr(C)]
pub struct Head {
    heap: AtomicPtr<Heap>,
    kind: Cell<CellKind>,
    large: Cell<bool>,
    has_kept: AtomicBool,
    /// The full cycle for which the marks were last forgotten.
    epoch: Cell<u32>,
    cells: Cell<u32>,
    span: Cell<u32>,
    cell_size: Cell<usize>,
    reciprocal: Cell<u64>,
    cursor: Cell<usize>,
    fresh_from: Cell<usize>,
    handed_out: Cell<usize>,
    cards: Cell<Option<NonNull<Cards>>>,
    marks: Bitmap,
    claimed: Bitmap,
    kept: Bitmap,
}

const _: () = assert!(size_of::<Head>() <= HEAD_SIZE && HEAD_SIZE.is_multiple_of(align_of::<Head>()));

/// A block, by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockRef(NonNull<u8>);

// SAFETY: the block's own rules say who may touch what; the reference is only an address.
unsafe impl Send for BlockRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for BlockRef {}

/// A stretch of free cells that a thread has taken: from `start` up to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeRun {
    pub start: usize,
    pub end: usize,
}

impl BlockRef {
    /// The block at a block's address.
    ///
    /// # Safety
    /// `address` is that of the first block of a span that a heap owns or is about to.
    #[inline(always)]
    pub unsafe fn at(address: usize) -> Self {
        debug_assert!(address.is_multiple_of(BLOCK_SIZE) && address != 0);
        // SAFETY: the caller's promise rules zero out.
        Self(unsafe { NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(address)) })
    }

    /// The block of an object, which is live and not immortal.
    #[inline(always)]
    pub fn of(header: &Header) -> Self {
        let address = std::ptr::from_ref(header).addr() & !(BLOCK_SIZE - 1);
        // SAFETY: objects that are not immortal begin in the first block of a span.
        unsafe { Self::at(address) }
    }

    #[inline(always)]
    fn head_address(self) -> *mut Head {
        let address = self.address();
        let number = (address >> BLOCK_SHIFT) % ARENA_BLOCKS;
        let heads = (address & !(ARENA_SIZE - 1)).wrapping_sub(HEAD_BLOCKS * HEAD_SIZE);
        std::ptr::with_exposed_provenance_mut(heads.wrapping_add(number * HEAD_SIZE))
    }

    #[inline(always)]
    fn head(&self) -> &Head {
        // SAFETY: rule 4: who has a `BlockRef` has it from its heap, which owns the block. The first block of an arena that is no
        // place of heads has number `HEAD_BLOCKS`, so its head is the arena's first.
        unsafe { &*self.head_address() }
    }

    /// The block's address.
    #[inline(always)]
    pub fn address(self) -> usize {
        self.0.as_ptr().addr()
    }

    /// Makes the block one of cells of a class. From the offset `fresh_from` on its memory is zero.
    ///
    /// # Safety
    /// The caller holds the block and no object is left in it.
    pub unsafe fn format(self, heap: *const Heap, kind: CellKind, class: usize, fresh_from: usize) {
        self.prepare(heap, kind);
        let head = self.head();
        head.span.set(1);
        head.cell_size.set(CELL_SIZES[class]);
        head.reciprocal.set(reciprocal(CELL_SIZES[class]));
        head.cells.set(cells_per_block(CELL_SIZES[class]) as u32);
        head.fresh_from.set(fresh_from);
    }

    /// Makes the span the home of one large object of `bytes`, which counts as claimed at once.
    ///
    /// # Safety
    /// The caller holds the span of `span` blocks and no object is left in it.
    pub unsafe fn format_large(self, heap: *const Heap, kind: CellKind, bytes: usize, span: usize) {
        self.prepare(heap, kind);
        let head = self.head();
        head.large.set(true);
        head.span.set(span as u32);
        head.cell_size.set(span * BLOCK_SIZE);
        head.cells.set(1);
        head.handed_out.set(1);
        head.fresh_from.set(BLOCK_SIZE);
        set_range(&head.claimed, 0, GRANULE);
        if kind != CellKind::Untraced {
            let cards = Box::leak(Box::new(Cards::covering(bytes)));
            head.cards.set(Some(NonNull::from(cards)));
        }
    }

    fn prepare(self, heap: *const Heap, kind: CellKind) {
        // SAFETY: the caller of `format` holds the block, and all-zero is a valid `Head`: its enums have a variant numbered zero, and
        // an absent reference is zero.
        unsafe { self.head_address().cast::<u8>().write_bytes(0, size_of::<Head>()) };
        let head = self.head();
        head.heap.store(heap.cast_mut(), Ordering::Release);
        head.kind.set(kind);
    }

    /// Gives back what the head itself owns, before the span goes back to the process.
    pub fn retire(self) {
        if let Some(cards) = self.head().cards.take() {
            // SAFETY: `format_large` leaked exactly this box, and `take` leaves none behind.
            drop(unsafe { Box::from_raw(cards.as_ptr()) });
        }
    }

    /// The heap that owns the block.
    #[inline(always)]
    pub fn heap(self) -> *const Heap {
        self.head().heap.load(Ordering::Relaxed)
    }

    /// What its cells may hold.
    #[inline(always)]
    pub fn kind(self) -> CellKind {
        self.head().kind.get()
    }

    /// Whether it is a large object's.
    pub fn is_large(self) -> bool {
        self.head().large.get()
    }

    /// The blocks of its span: one, unless it is a large object's.
    pub fn span(self) -> usize {
        self.head().span.get() as usize
    }

    /// The size of its cells.
    #[inline(always)]
    pub fn cell_size(self) -> usize {
        self.head().cell_size.get()
    }

    /// How many cells it has.
    pub fn cells(self) -> usize {
        self.head().cells.get() as usize
    }

    /// The cards of a large object with slots.
    pub fn cards(&self) -> Option<&Cards> {
        // SAFETY: the box lives until `retire`, which comes after the object's death.
        self.head().cards.get().map(|cards| unsafe { &*cards.as_ptr() })
    }

    /// The start of the cell that `address`, somewhere in the span, points into; none past the last.
    #[inline]
    pub fn cell_start(self, address: usize) -> Option<usize> {
        let offset = address - self.address();
        if self.is_large() {
            return (offset < self.cell_size()).then(|| self.address());
        }
        let index = (offset as u64 * self.head().reciprocal.get()) >> 32;
        if index >= u64::from(self.head().cells.get()) {
            return None;
        }
        Some(self.address() + index as usize * self.cell_size())
    }

    /// Whether an object lies at a cell's start: claimed, and with a class.
    #[inline]
    pub fn holds_object(self, cell: usize) -> bool {
        self.is_claimed(cell) && header_at(cell).class_bits() != 0
    }

    #[inline]
    fn is_claimed(self, cell: usize) -> bool {
        test(&self.head().claimed, cell - self.address())
    }

    /// Whether the cell is marked.
    #[inline(always)]
    pub fn is_marked(self, cell: usize) -> bool {
        test(&self.head().marks, cell - self.address())
    }

    /// Marks the cell; true when it was not marked before and is not kept either. The collector only (rule 3), alone or `together`
    /// with other markers.
    #[inline(always)]
    pub fn mark(self, cell: usize, together: bool) -> bool {
        let (word, mask) = bit(cell - self.address());
        // Most of what is reached more than once is marked: then the head's other lines are not read.
        !self.is_marked(cell) && !self.is_kept(cell) && marks::claim(&self.head().marks[word], mask, together)
    }

    /// Whether the cell is marked or kept.
    #[inline]
    pub fn is_live(self, cell: usize) -> bool {
        self.is_marked(cell) || self.is_kept(cell)
    }

    /// Whether the cell is kept.
    #[inline(always)]
    pub fn is_kept(self, cell: usize) -> bool {
        self.has_kept() && test(&self.head().kept, cell - self.address())
    }

    /// Keeps the cell for this sweep; true when it was not kept before. The collector only (rule 3).
    pub fn keep(self, cell: usize) -> bool {
        self.head().has_kept.store(true, Ordering::Relaxed);
        let (word, mask) = bit(cell - self.address());
        keeping::keep(&self.head().kept[word], mask) == 0
    }

    /// Keeps the cells of a run that was just claimed, while a cycle runs: the marker leaves alone what they will hold (rule 6).
    /// The caller holds the block.
    pub fn keep_run(self, run: FreeRun) {
        self.head().has_kept.store(true, Ordering::Relaxed);
        // Unlike claimed bits, these outlive the sweep: only those of the cells' starts are set, a word's at once.
        let (mut current, mut bits) = (0, 0);
        for cell in (run.start..run.end).step_by(self.cell_size()) {
            let (word, mask) = bit(cell - self.address());
            if word != current && bits != 0 {
                keeping::keep(&self.head().kept[current], std::mem::take(&mut bits));
            }
            current = word;
            bits |= mask;
        }
        keeping::keep(&self.head().kept[current], bits);
    }

    /// Undoes `keep_run` for the part of a run that was not used.
    pub fn forget_kept(self, run: FreeRun) {
        change_range(&self.head().kept, run.start - self.address(), run.end - self.address(), keeping::forget);
    }

    /// Whether some cell is kept.
    #[inline(always)]
    pub fn has_kept(self) -> bool {
        self.head().has_kept.load(Ordering::Relaxed)
    }

    /// Forgets all marks, before the full cycle of this number, once (rule 3).
    pub fn forget_marks(self, epoch: u32) {
        if self.head().epoch.replace(epoch) != epoch {
            let _alone = hint::unscheduled();
            clear(&self.head().marks);
        }
    }

    /// The full cycle that its marks were last forgotten for.
    pub fn epoch(self) -> u32 {
        self.head().epoch.get()
    }

    /// From which offset on its memory was never used.
    pub fn fresh_from(self) -> usize {
        self.head().fresh_from.get()
    }

    /// How many cells were given to threads and not swept since.
    pub fn handed_out(self) -> usize {
        self.head().handed_out.get()
    }

    /// Takes back cells that a thread had claimed and not used.
    pub fn take_back(self, cells: usize) {
        let head = self.head();
        head.handed_out.set(head.handed_out.get() - cells);
    }

    /// Makes the claimed bits what the marks and kept bits say, and starts allocation over. Returns the live cells. The
    /// caller holds the block and has dropped its dead objects.
    pub fn settle(self) -> usize {
        // The caller holds the block: no one else looks at these bits.
        let _alone = hint::unscheduled();
        let head = self.head();
        let mut live = 0;
        for index in 0..BITMAP_WORDS {
            let mut word = head.marks[index].load(Ordering::Relaxed);
            if self.has_kept() {
                word |= head.kept[index].load(Ordering::Relaxed);
            }
            live += word.count_ones() as usize;
            head.claimed[index].store(word, Ordering::Relaxed);
        }
        if self.has_kept() {
            clear(&head.kept);
            head.has_kept.store(false, Ordering::Relaxed);
        }
        head.handed_out.set(live);
        head.cursor.set(0);
        live
    }

    /// Claims the next free run at or after the cursor: at most [`CHUNK`] bytes and `most` cells, to be cleared by
    /// [`clear_memory`](Self::clear_memory) before the next poll. The caller holds the block, which is swept.
    pub fn claim_run(self, most: usize) -> Option<FreeRun> {
        // The caller holds the block: no one else looks at these bits.
        let _alone = hint::unscheduled();
        let run = self.next_free(most)?;
        let head = self.head();
        set_range(&head.claimed, run.start, run.end);
        head.cursor.set(run.end);
        head.handed_out.set(head.handed_out.get() + self.cells_in(run.end - run.start));
        Some(FreeRun { start: self.address() + run.start, end: self.address() + run.end })
    }

    /// How many whole cells so many bytes have room for, fewer than a block has: by a multiplication, as short runs are taken often.
    fn cells_in(self, bytes: usize) -> usize {
        ((bytes as u64 * self.head().reciprocal.get()) >> 32) as usize
    }

    /// The next free run, in offsets.
    fn next_free(self, most: usize) -> Option<FreeRun> {
        let head = self.head();
        let size = self.cell_size();
        let limit = self.cells() * size;
        let mut start = head.cursor.get();
        while start < limit && test(&head.claimed, start) {
            start += size;
        }
        if start >= limit {
            head.cursor.set(limit);
            return None;
        }
        // Of memory that was never used a page at a time: what a program does not need yet stays the system's.
        let chunk = if start < head.fresh_from.get() { CHUNK } else { PAGE };
        let most = self.cells_in(chunk).clamp(1, most.max(1)) * size;
        let taken = next_set(&head.claimed, start, (start + most).min(limit));
        // A set bit is that of a cell's start, so the run ends on one too.
        Some(FreeRun { start, end: taken })
    }

    /// Clears what of a run just claimed is not zero as it was never used: all of it, or of untraced cells, which their
    /// owners write anyway, the headers. Memory that was never used it gets from the system, and with `populates` some more of it.
    pub fn clear_memory(self, run: FreeRun, populates: bool) {
        let head = self.head();
        let fresh_from = self.address() + head.fresh_from.get();
        let dirty_end = run.end.min(fresh_from);
        let start = std::ptr::with_exposed_provenance_mut::<u8>(run.start);
        // Small cells lie so close together that clearing all of them is no more work.
        let headers_only = head.kind.get() == CellKind::Untraced && self.cell_size() > SMALL_CELL;
        if headers_only {
            for offset in (0..dirty_end.saturating_sub(run.start)).step_by(self.cell_size()) {
                // SAFETY: rule 1, as below: a free cell starts at this offset, and every cell is as long as a header.
                unsafe { start.add(offset).write_bytes(0, size_of::<Header>()) };
            }
        } else if run.start < dirty_end {
            // SAFETY: rule 1: the caller holds the block, and the run's cells are free: no object lies in them, and no
            // thread follows a pointer into them.
            unsafe { start.write_bytes(0, dirty_end - run.start) };
        }
        if run.end > fresh_from {
            use_first(run.start.max(fresh_from), run.end, populates);
            head.fresh_from.set(run.end - self.address());
        }
    }

    /// Calls `visit` with the start of each claimed cell that holds an object.
    pub fn for_each_object(self, mut visit: impl FnMut(usize)) {
        for index in 0..self.cells() {
            let cell = self.address() + index * self.cell_size();
            let holds_object = {
                let _look = hint::unscheduled();
                self.holds_object(cell)
            };
            if holds_object {
                visit(cell);
            }
        }
    }

    /// Calls `visit` with each dead object of a block that waits to be swept. No live one is touched.
    pub fn for_each_dead(self, mut visit: impl FnMut(usize)) {
        let head = self.head();
        for index in 0..BITMAP_WORDS {
            let mut word = head.claimed[index].load(Ordering::Relaxed) & !head.marks[index].load(Ordering::Relaxed);
            if self.has_kept() {
                word &= !head.kept[index].load(Ordering::Relaxed);
            }
            while word != 0 {
                let cell = self.address() + (index * u64::BITS as usize + word.trailing_zeros() as usize) * GRANULE;
                word &= word - 1;
                // Of a run that a thread took all granules are claimed, not only the first of each cell.
                if self.cell_start(cell) == Some(cell) && self.holds_object(cell) {
                    visit(cell);
                }
            }
        }
    }

    /// Overwrites each free cell of a swept block, so that a stale pointer is noticed. Memory that was never used stays
    /// zero, as `fresh_from` says it is.
    pub fn poison(self, pattern: u8) {
        // The caller holds the block: no one else looks at these bits.
        let _alone = hint::unscheduled();
        let used = self.head().fresh_from.get();
        for index in 0..self.cells() {
            let offset = index * self.cell_size();
            let cell = self.address() + offset;
            if self.is_claimed(cell) || offset >= used {
                continue;
            }
            let bytes = self.cell_size().min(used - offset);
            // SAFETY: rule 1: the caller holds the block and the cell is free.
            unsafe {
                std::ptr::with_exposed_provenance_mut::<u8>(cell).write_bytes(pattern, bytes);
            }
        }
    }
}

/// Gets memory that was never used from the system, by a write to each page that begins there: no object is there yet. A page that was
/// read before it is written to, as where a slot's old value is looked at, costs a second fault and an interrupt of the program's other
/// processors.
///
/// With `populates` the system is asked for several pages at once, which is faster; but for few, since the thread does not poll
/// meanwhile, and where the system has none at hand a page may take 40 microseconds.
fn use_first(start: usize, end: usize, populates: bool) {
    for piece in (start.next_multiple_of(POPULATED)..end).step_by(POPULATED).filter(|_| populates) {
        space::populate(piece, POPULATED);
    }
    for page in (start.next_multiple_of(PAGE)..end).step_by(PAGE) {
        // SAFETY: rule 1: the caller holds the block and the memory is that of free cells, which is zero and stays so.
        unsafe { std::ptr::with_exposed_provenance_mut::<u8>(page).write_volatile(0) };
    }
}

/// The header at a cell's start.
#[inline(always)]
pub fn header_at<'a>(cell: usize) -> &'a Header {
    // SAFETY: a cell's memory is at least a header long and aligned to one, and all of a header is atomic, so any bytes
    // are a valid one. Blocks stay mapped while their heap lives.
    unsafe { &*std::ptr::with_exposed_provenance::<Header>(cell) }
}

#[inline(always)]
fn bit(offset: usize) -> (usize, u64) {
    let granule = offset / GRANULE;
    ((granule / 64) & (BITMAP_WORDS - 1), 1 << (granule % 64))
}

#[inline(always)]
fn test(bitmap: &Bitmap, offset: usize) -> bool {
    let (word, mask) = bit(offset);
    bitmap[word].load(Ordering::Relaxed) & mask != 0
}

fn clear(bitmap: &Bitmap) {
    for word in bitmap {
        word.store(0, Ordering::Relaxed);
    }
}

/// Sets the bits of the offsets from `start` up to `end`.
fn set_range(bitmap: &Bitmap, start: usize, end: usize) {
    change_range(bitmap, start, end, |word, mask| word.store(word.load(Ordering::Relaxed) | mask, Ordering::Relaxed));
}

#[inline(always)]
fn change_range(bitmap: &Bitmap, start: usize, end: usize, change: impl Fn(&AtomicU64, u64)) {
    let (mut granule, end) = (start / GRANULE, end / GRANULE);
    while granule < end {
        let first = granule % 64;
        let count = (64 - first).min(end - granule);
        let mask = (u64::MAX >> (64 - count)) << first;
        change(&bitmap[granule / 64], mask);
        granule += count;
    }
}

/// The first offset from `start` up to `end` whose bit is set, or `end`.
fn next_set(bitmap: &Bitmap, start: usize, end: usize) -> usize {
    let last = end / GRANULE;
    let mut granule = start / GRANULE;
    while granule < last {
        let word = bitmap[granule / 64].load(Ordering::Relaxed) >> (granule % 64);
        if word != 0 {
            granule += word.trailing_zeros() as usize;
            break;
        }
        granule = (granule / 64 + 1) * 64;
    }
    granule.min(last) * GRANULE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitmap() -> Box<Bitmap> {
        Box::new([const { AtomicU64::new(0) }; BITMAP_WORDS])
    }

    #[test]
    fn ranges_set_exactly_their_bits() {
        for (start, end) in [(0, 16), (1664, 65536), (1008, 1040), (1024, 2048), (4096, 4096)] {
            let bits = bitmap();
            set_range(&bits, start, end);
            for offset in (0..BLOCK_SIZE).step_by(GRANULE) {
                assert_eq!(test(&bits, offset), (start..end).contains(&offset), "{offset}");
            }
            change_range(&bits, start, end, keeping::forget);
            assert!(bits.iter().all(|word| word.load(Ordering::Relaxed) == 0));
        }
    }

    #[test]
    fn the_next_set_bit_is_found() {
        let bits = bitmap();
        assert_eq!(next_set(&bits, 1664, 65536), 65536);
        set_range(&bits, 32768, 32768 + GRANULE);
        assert_eq!(next_set(&bits, 1664, 65536), 32768);
        assert_eq!(next_set(&bits, 32768, 65536), 32768);
        assert_eq!(next_set(&bits, 1664, 8192), 8192);
        assert_eq!(next_set(&bits, 32784, 65536), 65536);
    }
}
