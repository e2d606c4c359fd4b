//! Records of dispatch frames, which the scan of the native stack leaves out (rule 12).
//!
//! The embedder's interpreter loop keeps its values in the register file, and what its native frame holds besides is stale
//! as often as not. So each activation links a record through the stack, and the collector skips the addresses from the loop's
//! stack pointer up to the record. Whatever such a frame holds across a call is no root. It does hold its callers' registers,
//! though, which it saved when it was entered: so the record keeps a copy of them, where the scan sees it.
//!
//! ```ignore
//! fn run(thread: &Thread) {                      // ordinary: its frame holds the record, and no values
//!     let mut record = DispatchRecord::new(thread.mutator());
//!     record.save_registers();
//!     run_frames(thread, &record);               // never inlined: its frame is the one that is skipped
//! }                                              // dropping the record unlinks it
//! fn run_frames(thread: &Thread, record: &DispatchRecord) {
//!     record.begin_frames();
//!     ...
//! ```

use std::cell::Cell;

use crate::mutator::Mutator;
use crate::safepoints::spill::{SAVED, spill, stack_pointer, with_cleared_registers};

impl Mutator {
    /// Runs `body` with the frames from the innermost dispatch frame to this call left out of scans, but for these few words. Where
    /// there is no such frame, just runs it.
    pub(crate) fn below_dispatch(&self, kept: &[u64], body: &mut dyn FnMut()) {
        // SAFETY: the record lies on this thread's stack, in a frame further out.
        let Some(record) = (unsafe { self.dispatch.get().as_ref() }) else { return body() };
        with_cleared_registers(&mut |stack_pointer| {
            let _lowered = record.lower(stack_pointer);
            with_words(kept, body);
        });
    }
}

/// Runs `body` while these words lie in a frame that is scanned.
#[inline(never)]
fn with_words(kept: &[u64], body: &mut dyn FnMut()) {
    let mut words = [0; 4];
    words.iter_mut().zip(kept).for_each(|(word, &kept)| *word = kept);
    std::hint::black_box(&mut words);
    body();
    std::hint::black_box(&words);
}

/// One dispatch frame. It lives on the native stack, above the frame it speaks of.
#[repr(C)]
#[derive(Debug)]
pub struct DispatchRecord {
    prev: Cell<*const DispatchRecord>,
    low: Cell<usize>,
    high: Cell<usize>,
    mutator: *const Mutator,
    linked: Cell<bool>,
    /// The registers that the loop's frame saves for its callers, as they were before it: what a caller keeps in one of them lies
    /// nowhere else on the stack.
    saved: [usize; SAVED],
}

impl DispatchRecord {
    /// A record for the frame that the caller is about to call.
    #[inline(always)]
    pub fn new(mutator: &Mutator) -> Self {
        Self {
            saved: [0; SAVED],
            prev: Cell::new(mutator.dispatch.get()),
            low: Cell::new(0),
            high: Cell::new(0),
            mutator,
            linked: Cell::new(false),
        }
    }

    /// Copies the caller's registers, once the record is where it stays: to move it right after would wait for the stores of single
    /// words to be read back as wider ones.
    #[inline(always)]
    pub fn save_registers(&mut self) {
        spill(&mut self.saved);
    }

    /// First thing in the dispatch frame: from its stack pointer up to this record nothing is scanned. The record stays where
    /// it is from here on, and so must the frame's stack pointer.
    #[inline(always)]
    pub fn begin_frames(&self) {
        self.skip(stack_pointer(), std::ptr::from_ref(self).addr());
    }

    /// Skips the addresses from `low` up to `high`, which lie in frames of the calling thread. The record stays where it is
    /// from here on.
    #[inline(always)]
    pub fn skip(&self, low: usize, high: usize) {
        self.low.set(low);
        self.high.set(high);
        self.linked.set(true);
        self.mutator().dispatch.set(self);
    }

    /// Runs another dispatch frame on top of this one, with the same record: the frames of both are skipped, until `run` returns.
    pub fn on_top<T>(&self, run: impl FnOnce() -> T) -> T {
        let low = self.low.get();
        let result = run();
        self.low.set(low);
        result
    }

    /// Skips the frames below the dispatch frame as well, down to `low`, until what this gives is dropped.
    pub(crate) fn lower(&self, low: usize) -> Lowered<'_> {
        Lowered { record: self, low: self.low.replace(low) }
    }

    /// The next record out, and the addresses that are skipped.
    pub(crate) fn parts(&self) -> (*const Self, usize, usize) {
        (self.prev.get(), self.low.get(), self.high.get())
    }

    #[inline(always)]
    fn mutator(&self) -> &Mutator {
        // SAFETY: the record lives in a call made with the mutator borrowed, which outlives it.
        unsafe { &*self.mutator }
    }
}

/// See `DispatchRecord::lower`.
pub(crate) struct Lowered<'a> {
    record: &'a DispatchRecord,
    low: usize,
}

impl Drop for Lowered<'_> {
    fn drop(&mut self) {
        self.record.low.set(self.low);
    }
}

impl Drop for DispatchRecord {
    #[inline(always)]
    fn drop(&mut self) {
        std::hint::black_box(&self.saved);
        if self.linked.get() {
            self.mutator().dispatch.set(self.prev.get());
        }
    }
}
