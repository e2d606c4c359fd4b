//! A register file: the words of the embedder's frames, in reserved addresses that never move.
//!
//! Words from the base up to `top` are roots. The thread that owns the file reads and writes them through raw pointers
//! while it runs; the collector reads them while it is stopped.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::blocks::space::map_zeroed;

/// A register file.
#[derive(Debug)]
pub struct RegisterFile {
    base: NonNull<u64>,
    words: usize,
    top: Cell<*mut u64>,
}

impl RegisterFile {
    /// A file of at most `words` words, all zero. Memory is used as it is touched. None when the system refuses.
    pub fn new(words: usize) -> Option<Self> {
        let base = map_zeroed(words.max(1).checked_mul(size_of::<u64>())?)?.cast::<u64>();
        Some(Self { base, words: words.max(1), top: Cell::new(base.as_ptr()) })
    }

    /// The first word.
    #[inline(always)]
    pub fn base(&self) -> *mut u64 {
        self.base.as_ptr()
    }

    /// One past the last word.
    #[inline(always)]
    pub fn limit(&self) -> *mut u64 {
        self.base.as_ptr().wrapping_add(self.words)
    }

    /// Where the roots end. The embedder moves it with its frames, before the words below it are garbage.
    #[inline(always)]
    pub fn top(&self) -> &Cell<*mut u64> {
        &self.top
    }

    pub(crate) fn visit(&self, mut visit: impl FnMut(u64)) {
        let mut word = self.base.as_ptr().cast_const();
        let top = self.top.get().min(self.limit()).cast_const();
        while word < top {
            // SAFETY: the word lies in the mapping, and the thread that writes it is stopped.
            visit(unsafe { word.read_volatile() });
            word = word.wrapping_add(1);
        }
    }
}

impl Drop for RegisterFile {
    fn drop(&mut self) {
        // SAFETY: `new` mapped exactly this, and the file's words go with it.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.words * size_of::<u64>()) };
    }
}
