//! Allocation: a bump in a run of free cells that the thread owns, one run for each kind and size class.
//!
//! A run is taken from a block that the thread holds, at most [`CHUNK`](crate::layout::CHUNK) bytes at a time, cleared just before they are
//! used, while they are on their way into the cache anyway. When the block has no free cell left the thread retires it
//! and sweeps or takes the next. No lock and no thread-local look-up is on the fast path.
//!
//! Invariants for the unsafe here:
//!
//! 1. `next..limit` of a run is memory of free cells, claimed in their block for this thread, and zeroed, if the cells are
//!    not untraced ones: of these only the headers are; `next` is the start
//!    of a cell or equals `limit`.
//! 2. The collector empties all runs in a stop; a cell counts as an object as soon as its class word is written.

use std::cell::Cell;
use std::ptr::NonNull;

use sync::weaken;

use crate::blocks::immortal::ImmortalSpace;
use crate::blocks::{BlockRef, CellKind, FreeRun, KINDS, header_at};
use crate::heap::Heap;
use crate::layout::{CELL_SIZES, CLASS_BY_GRANULES, CLASSES, GRANULE, TABLE_GRANULES, large_span, size_class};
use crate::mutator::{Mutator, Stage};
use crate::object::{Header, flags};
use crate::protocols::poll_word::COLLECT;

/// So many bytes a thread takes before it tells the heap's pacer, whose count all threads write to. Where the free cells lie in short
/// runs, a thread takes some each few objects.
const COUNTED_AT_ONCE: usize = 16 << 10;

/// Free cells of one kind and class.
#[derive(Default)]
struct Run {
    next: Cell<usize>,
    limit: Cell<usize>,
}

/// A thread's runs, and the blocks they lie in.
pub struct Runs {
    runs: [Run; KINDS * CLASSES],
    blocks: [Cell<Option<BlockRef>>; KINDS * CLASSES],
}

impl Default for Runs {
    fn default() -> Self {
        Self { runs: std::array::from_fn(|_| Run::default()), blocks: std::array::from_fn(|_| Cell::new(None)) }
    }
}

impl Mutator {
    /// A zeroed object of `bytes`, header included, with its class written; past the header of an untraced object lies
    /// whatever was there before. `class_bits` is not zero: before there is a class
    /// to name, any word of the embedder's that is no pointer will do. None only when the heap's limit or the system
    /// refuses.
    #[inline(always)]
    pub fn allocate(&self, bytes: usize, class_bits: u64, kind: CellKind) -> Option<NonNull<Header>> {
        let granules = bytes.wrapping_add(GRANULE - 1) / GRANULE;
        if granules <= TABLE_GRANULES {
            let class = CLASS_BY_GRANULES[granules] as usize;
            if let Some(header) = self.bump(kind, class, class_bits) {
                return Some(header);
            }
        }
        self.allocate_slow(bytes, class_bits, kind)
    }

    #[inline(always)]
    fn bump(&self, kind: CellKind, class: usize, class_bits: u64) -> Option<NonNull<Header>> {
        debug_assert!(class < CLASSES);
        // SAFETY: every class in the table is below `CLASSES`, and so the index below the arrays' length.
        let (run, size) = unsafe {
            (self.runs.runs.get_unchecked(kind as usize * CLASSES + class), *CELL_SIZES.get_unchecked(class))
        };
        let cell = run.next.get();
        let end = cell + size;
        if end > run.limit.get() {
            return None;
        }
        run.next.set(end);
        let header = header_at(cell);
        header.write_class(class_bits);
        Some(NonNull::from(header))
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, bytes: usize, class_bits: u64, kind: CellKind) -> Option<NonNull<Header>> {
        if self.heap().options.immortal {
            return ImmortalSpace::get().try_allocate(bytes, class_bits);
        }
        let Some(class) = size_class(bytes) else {
            return self.allocate_large(bytes, class_bits, kind);
        };
        self.bump(kind, class, class_bits).or_else(|| {
            self.refill(kind, class)?;
            self.bump(kind, class, class_bits)
        })
    }

    /// Makes room for at least one cell.
    fn refill(&self, kind: CellKind, class: usize) -> Option<()> {
        let index = kind as usize * CLASSES + class;
        let most = if self.under_stress() { 1 } else { usize::MAX };
        loop {
            if let Some(block) = self.runs.blocks[index].get() {
                if let Some(run) = block.claim_run(most) {
                    self.runs.runs[index].next.set(run.start);
                    self.runs.runs[index].limit.set(run.end);
                    if self.stage() != Stage::Outside && weaken::step("allocation.keep_run") {
                        block.keep_run(run);
                    }
                    // Counting may be an atomic operation, which would wait for the clearing's stores: it comes before them.
                    self.count_allocated(run.end - run.start);
                    block.clear_memory(run, self.heap().populates());
                    return Some(());
                }
                self.runs.blocks[index].set(None);
                self.heap().lists(kind, class).lock().retired.push(block);
            }
            let block = self.next_block(kind, class)?;
            self.runs.blocks[index].set(Some(block));
        }
    }

    fn next_block(&self, kind: CellKind, class: usize) -> Option<BlockRef> {
        let heap = self.heap();
        heap.block_with_room(kind, class)
            .or_else(|| heap.empty_block(kind, class))
            .or_else(|| self.block_at_limit(kind, class))
    }

    /// The limit or the system refused: empties what can be emptied, then collects in place, then gives up.
    #[cold]
    fn block_at_limit(&self, kind: CellKind, class: usize) -> Option<BlockRef> {
        let heap = self.heap();
        heap.finish_sweep();
        let found = || heap.block_with_room(kind, class).or_else(|| heap.empty_block(kind, class));
        found().or_else(|| {
            self.collect_at_limit();
            found()
        })
    }

    fn allocate_large(&self, bytes: usize, class_bits: u64, kind: CellKind) -> Option<NonNull<Header>> {
        let span = large_span(bytes)?;
        let heap = self.heap();
        let (address, clean) = heap
            .take_span(span)
            .or_else(|| {
                heap.finish_sweep();
                heap.keep_empty_blocks(0);
                heap.take_span(span)
            })
            .or_else(|| {
                self.collect_at_limit();
                heap.keep_empty_blocks(0);
                heap.take_span(span)
            })?;
        // SAFETY: the span was just entered as this heap's.
        let block = unsafe { BlockRef::at(address) };
        if !clean {
            let object = std::ptr::with_exposed_provenance_mut::<u8>(address);
            let cleared = if kind == CellKind::Untraced { size_of::<Header>() } else { bytes };
            // SAFETY: the span is this thread's alone and longer than `bytes`, and `bytes` include a header.
            unsafe { object.write_bytes(0, cleared) };
        }
        // SAFETY: no object is in a span that was just taken.
        unsafe { block.format_large(std::ptr::from_ref::<Heap>(heap), kind, bytes, span) };
        if self.stage() != Stage::Outside {
            block.keep_run(FreeRun { start: address, end: address + block.cell_size() });
        }
        let header = header_at(address);
        header.init_flags(flags::LARGE);
        header.write_class(class_bits);
        heap.large.lock().add(block);
        self.count_allocated(bytes);
        Some(NonNull::from(header))
    }

    fn count_allocated(&self, bytes: usize) {
        let uncounted = self.uncounted.get() + bytes;
        self.uncounted.set(uncounted);
        if uncounted >= COUNTED_AT_ONCE {
            self.tell_allocated();
        }
        if self.under_stress() {
            self.count_stress();
        }
    }

    fn tell_allocated(&self) {
        if self.heap().pacer.allocated(self.uncounted.take()) {
            self.poll.request(COLLECT);
        }
    }

    /// The bytes given to the heap's threads since the last cycle, as far as the others have told.
    pub fn allocated_since_cycle(&self) -> usize {
        self.heap().pacer.allocated_since_cycle() + self.uncounted.get()
    }

    fn under_stress(&self) -> bool {
        self.heap().options.stress.is_some()
    }

    /// Under stress each run is one cell, so this counts allocations.
    fn count_stress(&self) {
        let left = self.until_stress.get();
        if left > 1 {
            return self.until_stress.set(left - 1);
        }
        self.until_stress.set(self.heap().options.stress.map_or(0, |stress| stress.every));
        self.heap().pacer.request();
        self.poll.request(COLLECT);
    }

    /// Takes all runs away and retires their blocks. By the collector in a stop, or the thread itself as it leaves. Whether there
    /// were any: the thread has allocated since they were last taken.
    pub(crate) fn retire_runs(&self) -> bool {
        self.tell_allocated();
        let mut any = false;
        for kind in CellKind::ALL {
            for class in 0..CLASSES {
                any |= self.retire_run(kind, class);
            }
        }
        any
    }

    fn retire_run(&self, kind: CellKind, class: usize) -> bool {
        let index = kind as usize * CLASSES + class;
        let Some(block) = self.runs.blocks[index].take() else {
            return false;
        };
        let run = &self.runs.runs[index];
        block.take_back((run.limit.get() - run.next.get()) / CELL_SIZES[class]);
        if block.has_kept() {
            block.forget_kept(FreeRun { start: run.next.get(), end: run.limit.get() });
        }
        run.next.set(0);
        run.limit.set(0);
        self.heap().lists(kind, class).lock().retired.push(block);
        true
    }
}
