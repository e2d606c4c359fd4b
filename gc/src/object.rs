//! The object header and the word that slots hold.
//!
//! A heap word is 64 bits. Zero is empty; a non-zero word whose low three bits are 000 points at a [`Header`]; every other
//! word is the embedder's own and means nothing here.
//!
//! Invariants that unsafe code elsewhere relies on:
//!
//! 1. A header is 16 bytes, aligned to 16, at the start of its cell.
//! 2. Its class word is not zero from the moment its cell counts as allocated until the cell is swept. A cell whose class
//!    word is zero is free, whatever the bitmaps say.
//! 3. All of it is atomic: any thread may read any header that it can reach.

use crate::barriers::BarrierSite;
use crate::blocks::BlockRef;
use crate::blocks::immortal::ImmortalSpace;
use crate::mutator::Mutator;
use sync::LockByte;
use sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

/// The embedder's value type: one non-zero word.
pub trait Word: Copy {
    /// The word's bits; never zero.
    fn to_bits(self) -> u64;
    /// The word back from its bits, which are not zero and came from `to_bits`.
    fn from_bits(bits: u64) -> Self;
}

/// Whether a word points at an object.
#[inline(always)]
pub const fn is_pointer(bits: u64) -> bool {
    bits & 7 == 0 && bits != 0
}

/// The first 16 bytes of every object.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct Header {
    class: AtomicU64,
    pub(crate) collector: AtomicU8,
    lock: LockByte,
    flags: AtomicU16,
    shape: AtomicU32,
}

/// The collector's flags; the embedder's are the other twelve bits.
pub mod flags {
    /// A finalizer is registered.
    pub const HAS_FINALIZER: u16 = 1;
    /// The finalizer was handed out, once for the life of the object (PEP 442).
    pub const FINALIZED: u16 = 1 << 1;
    /// Some weak reference was registered.
    pub const HAS_WEAKREFS: u16 = 1 << 2;
    /// The object has blocks of its own.
    pub const LARGE: u16 = 1 << 3;
    /// The first flag that is the embedder's.
    pub const EMBEDDER: u16 = 1 << 4;
    /// Those that the embedder must leave alone.
    pub const COLLECTOR: u16 = EMBEDDER - 1;
}

impl Header {
    /// The word that describes the class.
    #[inline(always)]
    pub fn class_bits(&self) -> u64 {
        self.class.load(Ordering::Acquire)
    }

    /// Replaces the class. `bits` is not zero.
    #[inline]
    pub fn set_class_bits(&self, bits: u64, mutator: &Mutator) {
        debug_assert!(bits != 0, "a class word is never zero");
        mutator.barrier(BarrierSite::new(self, &self.class, bits));
        self.class.store(bits, Ordering::Release);
    }

    /// Writes the class of a cell that its thread just claimed.
    #[inline(always)]
    pub(crate) fn write_class(&self, bits: u64) {
        debug_assert!(bits != 0, "a class word is never zero");
        self.class.store(bits, Ordering::Relaxed);
    }

    /// Writes the class of an immortal object, which may be none yet.
    pub(crate) fn init_class(&self, bits: u64) {
        self.class.store(bits, Ordering::Relaxed);
    }

    /// All flags.
    #[inline(always)]
    pub fn flags(&self) -> u16 {
        self.flags.load(Ordering::Acquire)
    }

    /// Whether any of `mask` is set.
    #[inline(always)]
    pub fn has_flags(&self, mask: u16) -> bool {
        self.flags.load(Ordering::Acquire) & mask != 0
    }

    /// Sets flags and returns those of before.
    #[inline]
    pub fn set_flags(&self, mask: u16) -> u16 {
        self.flags.fetch_or(mask, Ordering::AcqRel)
    }

    /// Clears flags and returns those of before.
    #[inline]
    pub fn clear_flags(&self, mask: u16) -> u16 {
        self.flags.fetch_and(!mask, Ordering::AcqRel)
    }

    /// Sets flags by plain load and store: for objects that no other thread can reach yet.
    #[inline(always)]
    pub fn init_flags(&self, mask: u16) {
        let flags = self.flags.load(Ordering::Relaxed);
        self.flags.store(flags | mask, Ordering::Relaxed);
    }

    /// The embedder's 32 spare bits; a shape, for instances.
    #[inline(always)]
    pub fn shape(&self) -> u32 {
        self.shape.load(Ordering::Acquire)
    }

    /// Replaces the shape.
    #[inline(always)]
    pub fn set_shape(&self, shape: u32) {
        self.shape.store(shape, Ordering::Release);
    }

    /// Replaces the shape if it is still `old`.
    #[inline]
    pub fn cas_shape(&self, old: u32, new: u32) -> Result<(), u32> {
        self.shape.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire).map(|_| ())
    }

    /// The lock.
    #[inline(always)]
    pub fn lock_byte(&self) -> &LockByte {
        &self.lock
    }

    /// Takes the lock; the guard gives it back. Waiting is a blocking region, so the lock is a poll (rule 9): a thread
    /// may hold other locks across it. Not for immortal objects: threads of several heaps reach them, and each heap counts
    /// only its own.
    #[inline(always)]
    pub fn lock<'a>(&'a self, mutator: &'a Mutator) -> sync::LockGuard<'a, Mutator> {
        self.lock.guard(mutator)
    }

    /// As `lock`, for a section of a few stores that waits for nothing. What takes longer, such as growing a table, calls
    /// `lock_byte().lengthen()` first.
    #[inline(always)]
    pub fn lock_briefly<'a>(&'a self, mutator: &'a Mutator) -> sync::BriefGuard<'a, Mutator> {
        self.lock.brief(mutator)
    }

    /// Takes the lock if it is free.
    #[inline(always)]
    pub fn try_lock<'a>(&'a self, mutator: &'a Mutator) -> Option<sync::LockGuard<'a, Mutator>> {
        self.lock.try_guard(mutator)
    }

    /// The header's address as a word that points at it.
    #[inline(always)]
    pub fn bits(&self) -> u64 {
        std::ptr::from_ref(self).expose_provenance() as u64
    }

    /// Whether a young cycle takes the object as live: an earlier cycle marked it, or it is immortal.
    pub fn is_old(&self) -> bool {
        ImmortalSpace::get().contains(self.bits()) || BlockRef::of(self).is_marked(std::ptr::from_ref(self).addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_sixteen_bytes() {
        assert_eq!(size_of::<Header>(), 16);
        assert_eq!(align_of::<Header>(), 16);
        assert_eq!(std::mem::offset_of!(Header, class), 0);
        assert_eq!(std::mem::offset_of!(Header, collector), 8);
        assert_eq!(std::mem::offset_of!(Header, shape), 12);
    }

    #[test]
    fn pointers_are_told_from_the_rest() {
        assert!(!is_pointer(0));
        assert!(!is_pointer(0b100));
        assert!(!is_pointer(0b11));
        assert!(is_pointer(0x7000_0000_0010));
    }
}
