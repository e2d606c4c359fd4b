//! From any word to the block it points into, and the heap that owns it: process-wide, never unmapped (rule 22).
//!
//! Two levels over 47 bits of address: a root of 2^15 entries, each for 4 GiB, and leaves with an entry for each 64 KiB. An
//! entry packs the owning heap's number and the distance back to the first block of the span, so a word that points into
//! another heap's memory is told apart without touching that memory: only then may the block itself be read.

use std::ptr::null_mut;

use sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use sync::hint;

use super::BlockRef;
use super::space::map_zeroed;
use crate::layout::{BLOCK_SHIFT, BLOCK_SIZE};

const ADDRESS_BITS: u32 = 47;
const LEAF_BITS: u32 = 16;
const ROOT_BITS: u32 = ADDRESS_BITS - BLOCK_SHIFT - LEAF_BITS;

type Leaf = [AtomicU64; 1 << LEAF_BITS];

static ROOT: [AtomicPtr<Leaf>; 1 << ROOT_BITS] = [const { AtomicPtr::new(null_mut()) }; 1 << ROOT_BITS];

/// A heap's number: never zero, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapId(pub u32);

/// The block that a word points into, if it points into one that `heap` owns. The word may be anything.
#[inline]
pub fn find(heap: HeapId, word: u64) -> Option<BlockRef> {
    if word >> ADDRESS_BITS != 0 {
        return None;
    }
    // An entry changes only while its heap takes the block or gives it back.
    let _look = hint::unscheduled();
    let page = word >> BLOCK_SHIFT;
    let leaf = ROOT[(page >> LEAF_BITS) as usize].load(Ordering::Acquire);
    if leaf.is_null() {
        return None;
    }
    // SAFETY: leaves are published whole and never freed.
    let entry = unsafe { &(&*leaf)[(page & ((1 << LEAF_BITS) - 1)) as usize] }.load(Ordering::Relaxed);
    if (entry >> 32) as u32 != heap.0 {
        return None;
    }
    let distance = entry & u64::from(u32::MAX);
    // SAFETY: the entry says that this heap owns the span which begins `distance` blocks back.
    Some(unsafe { BlockRef::at(((page - distance) << BLOCK_SHIFT) as usize) })
}

/// Enters a span as owned by a heap. Fails when there is no memory for the table itself.
#[must_use]
pub fn enter(heap: HeapId, address: usize, span: usize) -> bool {
    (0..span).all(|distance| {
        let Some(entry) = entry(address + distance * BLOCK_SIZE) else {
            return false;
        };
        entry.store(u64::from(heap.0) << 32 | distance as u64, Ordering::Relaxed);
        true
    })
}

/// Takes a span out.
pub fn remove(address: usize, span: usize) {
    for distance in 0..span {
        if let Some(entry) = entry(address + distance * BLOCK_SIZE) {
            entry.store(0, Ordering::Relaxed);
        }
    }
}

/// The entry of a block, with its leaf made if need be.
fn entry(address: usize) -> Option<&'static AtomicU64> {
    let page = address >> BLOCK_SHIFT;
    let root = ROOT.get(page >> LEAF_BITS)?;
    let mut leaf = root.load(Ordering::Acquire);
    if leaf.is_null() {
        leaf = make_leaf(root)?;
    }
    // SAFETY: leaves are published whole and never freed.
    Some(unsafe { &(&*leaf)[page & ((1 << LEAF_BITS) - 1)] })
}

#[cold]
fn make_leaf(root: &AtomicPtr<Leaf>) -> Option<*mut Leaf> {
    let fresh = map_zeroed(size_of::<Leaf>())?.as_ptr().cast::<Leaf>();
    match root.compare_exchange(null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Some(fresh),
        Err(other) => {
            // SAFETY: `fresh` was mapped above with this size and no one has seen it.
            unsafe { libc::munmap(fresh.cast(), size_of::<Leaf>()) };
            Some(other)
        }
    }
}
