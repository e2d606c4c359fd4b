//! `TextBuffer`: the counted buffer outside the heap in which large strings keep their units, with room to spare.
//!
//! Several strings may share a buffer: each is a prefix of it. A string whose length is the buffer's used length may claim
//! the room behind it by a compare-and-swap, so that `s += x` in a loop copies only `x` (rule 21).
//!
//! Invariants:
//! 1. The bytes below `used` that some string has as its own are never written again.
//! 2. Bytes are written only by who claimed them, before the string that has them is published.
//! 3. The buffer lives until the last string that counts it is swept.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;

use sync::atomic::{AtomicUsize, Ordering, fence};

/// The head of a buffer; the bytes follow.
#[repr(C, align(16))]
pub struct TextBuffer {
    references: AtomicUsize,
    used: AtomicUsize,
    capacity: usize,
}

/// One count of a buffer.
pub struct TextBufferRef(NonNull<TextBuffer>);

// SAFETY: the head is atomic, and the bytes are written only before they are published (invariant 2).
unsafe impl Send for TextBufferRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for TextBufferRef {}

fn layout(capacity: usize) -> Option<Layout> {
    Layout::from_size_align(size_of::<TextBuffer>().checked_add(capacity)?, align_of::<TextBuffer>()).ok()
}

impl TextBufferRef {
    /// A buffer whose first `used` bytes the caller is going to write; none if there is no memory.
    #[must_use]
    pub fn new(used: usize, capacity: usize) -> Option<Self> {
        debug_assert!(used <= capacity);
        let layout = layout(capacity)?;
        // SAFETY: the layout is not empty: the head alone has a size.
        let buffer = NonNull::new(unsafe { alloc(layout) })?.cast::<TextBuffer>();
        let head = TextBuffer { references: AtomicUsize::new(1), used: AtomicUsize::new(used), capacity };
        // SAFETY: the allocation is large enough for the head and aligned for it.
        unsafe { buffer.write(head) };
        Some(Self(buffer))
    }

    fn head(&self) -> &TextBuffer {
        // SAFETY: a count keeps the buffer (invariant 3).
        unsafe { self.0.as_ref() }
    }

    /// The first byte.
    #[inline(always)]
    #[must_use]
    pub fn bytes(&self) -> *mut u8 {
        // SAFETY: the bytes follow the head in the same allocation.
        unsafe { self.0.as_ptr().add(1).cast::<u8>() }
    }

    /// Bytes there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.head().capacity
    }

    /// Claims the `more` bytes after the first `used`, if they are free and exist. The claimer writes them.
    #[must_use]
    pub fn claim(&self, used: usize, more: usize) -> bool {
        let Some(end) = used.checked_add(more).filter(|&end| end <= self.head().capacity) else { return false };
        self.head().used.compare_exchange(used, end, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Gives the count back, and says how many bytes that freed.
    #[must_use]
    pub fn give_back(self) -> usize {
        let last = self.head().references.load(Ordering::Relaxed) == 1;
        if last { self.capacity() } else { 0 }
    }

    /// The pointer that a string keeps; it carries the count.
    #[must_use]
    pub fn into_raw(self) -> *const TextBuffer {
        let pointer = self.0.as_ptr();
        std::mem::forget(self);
        pointer
    }

    /// Another count of the buffer behind a pointer that carries one.
    ///
    /// # Safety
    /// The pointer came from `into_raw`, and its count was not given back.
    #[must_use]
    pub unsafe fn share(pointer: *const TextBuffer) -> Self {
        // SAFETY: the caller's promise; such a pointer is not null.
        let buffer = unsafe { NonNull::new_unchecked(pointer.cast_mut()) };
        let shared = Self(buffer);
        shared.head().references.fetch_add(1, Ordering::Relaxed);
        shared
    }

    /// Takes back the count that a pointer carries.
    ///
    /// # Safety
    /// The pointer came from `into_raw`, and is not used again.
    #[must_use]
    pub unsafe fn from_raw(pointer: *const TextBuffer) -> Self {
        // SAFETY: the caller's promise; such a pointer is not null.
        Self(unsafe { NonNull::new_unchecked(pointer.cast_mut()) })
    }
}

/// The first byte of the buffer behind a pointer from `into_raw`.
///
/// # Safety
/// The pointer's count was not given back.
#[inline(always)]
#[must_use]
pub unsafe fn bytes_of(pointer: *const TextBuffer) -> *const u8 {
    // SAFETY: the bytes follow the head in the same allocation.
    unsafe { pointer.add(1).cast::<u8>() }
}

impl Drop for TextBufferRef {
    fn drop(&mut self) {
        if self.head().references.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        fence(Ordering::Acquire);
        let layout = layout(self.head().capacity).expect("the buffer was allocated with this layout");
        // SAFETY: this was the last count, and `new` allocated with the same layout.
        unsafe { dealloc(self.0.as_ptr().cast::<u8>(), layout) };
    }
}
