//! A register file: the words of the embedder's frames, in reserved addresses that never move.
//!
//! Words from the base up to `top` are roots. The thread that owns the file reads and writes them through raw pointers
//! while it runs; the collector reads them while it is stopped.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::blocks::space::map_zeroed;

/// The words of a file for which no other number was asked: address space for deep recursion, a page at a time in use.
const USUAL_WORDS: usize = 8 << 20;
/// What is tried last where address space is short.
const LEAST_WORDS: usize = 64 << 10;
/// Where the file begins in its mapping, in bytes: not where the thread's other memory does in theirs (decision 019).
const SKEW: usize = 3 << 12;

/// A register file.
#[derive(Debug)]
pub struct RegisterFile {
    base: NonNull<u64>,
    limit: *mut u64,
    /// Where the roots end. The embedder moves it with its frames, before the words below it are garbage.
    pub top: Cell<*mut u64>,
}

impl Default for RegisterFile {
    fn default() -> Self {
        Self::new()
    }
}

impl RegisterFile {
    /// A file of the usual size, or of what address space there is; in the worst case it has no room for any word.
    pub fn new() -> Self {
        let mut words = USUAL_WORDS;
        while words >= LEAST_WORDS {
            if let Some(file) = Self::with_words(words) {
                return file;
            }
            words /= 2;
        }
        let nowhere = NonNull::dangling();
        Self { base: nowhere, limit: nowhere.as_ptr(), top: Cell::new(nowhere.as_ptr()) }
    }

    /// A file of at most `words` words, all zero. Memory is used as it is touched. None when the system refuses.
    pub fn with_words(words: usize) -> Option<Self> {
        let words = words.max(1);
        let mapping = map_zeroed(words.checked_mul(size_of::<u64>())?.checked_add(SKEW)?)?;
        // SAFETY: the mapping is longer than that.
        let base = unsafe { mapping.byte_add(SKEW) }.cast::<u64>();
        let limit = base.as_ptr().wrapping_add(words);
        Some(Self { base, limit, top: Cell::new(base.as_ptr()) })
    }

    /// The first word.
    #[inline(always)]
    pub fn base(&self) -> *mut u64 {
        self.base.as_ptr()
    }

    /// One past the last word.
    #[inline(always)]
    pub fn limit(&self) -> *mut u64 {
        self.limit
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
        let bytes = self.limit.addr() - self.base.addr().get();
        if bytes == 0 {
            return;
        }
        // SAFETY: `with_words` mapped exactly this, and the file's words go with it.
        unsafe { libc::munmap(self.base.as_ptr().byte_sub(SKEW).cast(), SKEW + bytes) };
    }
}
