//! Reserved address space: memory that the system commits page by page when it is first touched.

use std::ptr;

/// A range of zeroed, writable memory, committed on first touch, unmapped on drop.
pub struct Reservation {
    start: *mut u8,
    len: usize,
}

impl Reservation {
    /// Reserves `len` bytes; `None` if the system refuses.
    #[must_use]
    pub fn new(len: usize) -> Option<Self> {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE);
        // SAFETY: an anonymous mapping at an address of the system's choice touches nothing that exists.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
        (start != libc::MAP_FAILED).then_some(Self { start: start.cast(), len })
    }

    /// The first byte.
    #[must_use]
    pub fn start(&self) -> *mut u8 {
        self.start
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the range was mapped by `new` and nobody uses it after the owner is gone.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}
