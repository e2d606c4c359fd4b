//! The immortal space: objects that every heap of the process may point at and no collector ever looks at.
//!
//! One stretch of reserved addresses, filled from the bottom and never freed. Marking excludes it by one compare with its
//! bounds. Its objects may point at one another only; debug builds check that in the write barrier. Objects get their
//! contents through [`Slot::init`](crate::Slot::init) before they are published, as any others.

use std::alloc::Layout;
use std::ptr::NonNull;

use sync::{Mutex, OnceLock};

use super::header_at;
use super::space::map_zeroed;
use crate::layout::GRANULE;
use crate::object::Header;

/// What is asked of the system first, unless the process's addresses are limited; halved until it agrees.
const RESERVE: usize = 1 << 30;
const LEAST_RESERVE: usize = 1 << 24;

/// The space.
pub struct ImmortalSpace {
    base: usize,
    size: usize,
    used: Mutex<usize>,
}

static SPACE: OnceLock<ImmortalSpace> = OnceLock::new();

impl ImmortalSpace {
    /// The process's one.
    #[inline]
    pub fn get() -> &'static Self {
        SPACE.get_or_init(Self::reserve)
    }

    fn reserve() -> Self {
        let mut size = RESERVE.min(address_space() / 16);
        loop {
            if let Some(base) = map_zeroed(size) {
                return Self { base: base.as_ptr().expose_provenance(), size, used: Mutex::new(0) };
            }
            size /= 2;
            if size < LEAST_RESERVE {
                // Without memory for its builtin classes the process cannot begin: an empty space refuses every request.
                return Self { base: 0, size: 0, used: Mutex::new(0) };
            }
        }
    }

    /// A zeroed object of `bytes` that lives for ever. `class_bits` may be zero until there is a class. What lives here is built when the process
    /// starts; without room for it the process cannot go on and ends.
    pub fn allocate(&self, bytes: usize, class_bits: u64) -> NonNull<Header> {
        self.try_allocate(bytes, class_bits).unwrap_or_else(|| {
            let layout = Layout::from_size_align(bytes, GRANULE).unwrap_or(Layout::new::<Header>());
            std::alloc::handle_alloc_error(layout)
        })
    }

    /// As [`allocate`](Self::allocate), or none when the space is full.
    pub fn try_allocate(&self, bytes: usize, class_bits: u64) -> Option<NonNull<Header>> {
        let bytes = bytes.max(size_of::<Header>()).next_multiple_of(GRANULE);
        let mut used = self.used.lock();
        let end = used.checked_add(bytes)?;
        if end > self.size {
            return None;
        }
        let header = header_at(self.base + *used);
        header.init_class(class_bits);
        *used = end;
        Some(NonNull::from(header))
    }

    /// Whether a word points into the space.
    #[inline(always)]
    pub fn contains(&self, bits: u64) -> bool {
        (bits as usize).wrapping_sub(self.base) < self.size
    }

    /// The first address and the number of addresses.
    pub(crate) fn bounds(&self) -> (u64, u64) {
        (self.base as u64, self.size as u64)
    }

    /// The bytes handed out.
    pub fn used(&self) -> usize {
        *self.used.lock()
    }
}

/// How many addresses the process may use.
fn address_space() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: fills in the structure given.
    let asked = unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) };
    if asked == 0 { usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX) } else { usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_zeroed_aligned_and_inside() {
        let space = ImmortalSpace::get();
        let one = space.allocate(24, 0b100);
        let two = space.allocate(16, 0b100);
        assert!(one.as_ptr().addr().is_multiple_of(16));
        assert!(two.as_ptr().addr() >= one.as_ptr().addr() + 32);
        assert!(space.contains(one.as_ptr().addr() as u64));
        assert!(!space.contains(0));
    }
}
