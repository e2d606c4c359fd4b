//! Native stacks: where they begin, which parts are scanned, and what a word in them keeps alive.
//!
//! A word keeps an object if it points anywhere into its cell. A word that points at the start of a cell which holds no
//! object may be one past the end of the object before it, and keeps that one; see invariant 2 of `layout` for the rest.

use std::hint::black_box;
use std::mem::MaybeUninit;

use crate::blocks::table::{self, HeapId};
use crate::blocks::{BlockRef, header_at};
use crate::mutator::Mutator;
use crate::object::Header;

/// How much of the dead stack a collection clears: more than its own frames will cover.
const DEAD_STACK: usize = 32 * 1024;

/// The first address above the calling thread's frames, which lie on a stack of shuttle's.
#[cfg(ophion_shuttle)]
pub fn high_end() -> usize {
    sync::thread::stack_base()
}

/// The first address above the calling thread's native stack.
#[cfg(all(not(ophion_shuttle), any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub fn high_end() -> usize {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut low = std::ptr::null_mut();
    let mut size = 0;
    // SAFETY: `pthread_getattr_np` fills the attributes in, which are read and destroyed only if it succeeded.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return 0;
        }
        libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    low.addr() + size
}

/// The first address above the calling thread's native stack.
#[cfg(all(not(ophion_shuttle), target_os = "macos"))]
pub fn high_end() -> usize {
    // SAFETY: asks about the calling thread, which exists.
    unsafe { libc::pthread_get_stackaddr_np(libc::pthread_self()) }.addr()
}

/// Visits the words of a stopped thread's stack, the callee-saved registers that it spilled there among them.
pub fn visit(mutator: &Mutator, mut visit: impl FnMut(u64)) {
    let mut low = mutator.stack_low.get();
    if !mutator.scan_all_frames.get() {
        let mut record = mutator.dispatch.get();
        while !record.is_null() {
            // SAFETY: records lie on the thread's stack, linked and unlinked by frames that are still active; the thread
            // is stopped.
            let (prev, frame_low, frame_high) = unsafe { &*record }.parts();
            visit_words(low, frame_low, &mut visit);
            low = low.max(frame_high);
            record = prev;
        }
    }
    visit_words(low, mutator.stack_high, &mut visit);
}

fn visit_words(low: usize, high: usize, visit: &mut impl FnMut(u64)) {
    let mut address = low.next_multiple_of(size_of::<u64>());
    while address + size_of::<u64>() <= high {
        // SAFETY: the address lies between the thread's published stack pointer and the end of its stack. Frames above
        // the pointer may be written by a blocking call that holds references into them; whatever is read is tested.
        visit(unsafe { std::ptr::with_exposed_provenance::<u64>(address).read_volatile() });
        address += size_of::<u64>();
    }
}

/// The object that a word of unknown meaning points into.
#[inline]
pub fn find_object<'a>(heap: HeapId, word: u64) -> Option<&'a Header> {
    if let Some(block) = table::find(heap, word)
        && let Some(cell) = block.cell_start(word as usize)
    {
        if block.holds_object(cell) {
            return Some(header_at(cell));
        }
        if cell != word as usize {
            return None;
        }
    }
    object_ending_at(heap, word)
}

/// The object whose cell ends where the word points.
fn object_ending_at<'a>(heap: HeapId, word: u64) -> Option<&'a Header> {
    if !word.is_multiple_of(16) || word == 0 {
        return None;
    }
    let last = word as usize - 1;
    let block = table::find(heap, last as u64)?;
    let cell = block.cell_start(last)?;
    let ends_here = cell + BlockRef::cell_size(block) == word as usize;
    (ends_here && block.holds_object(cell)).then(|| header_at(cell))
}

/// Clears the part of the calling thread's stack that lies below its frames, so that frames to come do not uncover stale
/// words. Worth calling before a collection that must be exact.
#[inline(never)]
pub fn clear_dead_stack() {
    let mut dead = MaybeUninit::<[u8; DEAD_STACK]>::uninit();
    // SAFETY: zeroing memory of one's own frame.
    unsafe { dead.as_mut_ptr().write_bytes(0, 1) };
    black_box(&mut dead);
}
