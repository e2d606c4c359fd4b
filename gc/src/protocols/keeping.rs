//! Kept bits, and weak words that are read while a cycle clears.
//!
//! With everything marked, what is dead is known; but weak words still lead to it, and what only finalizers hold is about to be kept,
//! that is, to count as live again. All of this happens beside the threads:
//!
//! 1. Every weak word that leads to a dead object is emptied ([`clear`]) before the first dead object is kept ([`keep`]).
//! 2. Until then, and up to the cycle's last stop, who reads a weak word asks whether its referent is live ([`read`]), and then whether
//!    the word is still there: if the referent is live only since it was kept, it is not.
//! 3. So no thread ever comes by a reference to what was dead, and who keeps follows slots that no one else has a way to.
//! 4. A thread that takes cells keeps them, too, in the same words as the collector: each sets its bits as one step.

use sync::atomic::{AtomicU64, Ordering, fence};
use sync::weaken;

/// Sets bits of a word of kept ones. Which of them were set before.
#[inline(always)]
pub fn keep(word: &AtomicU64, bits: u64) -> u64 {
    let release = weaken::ordering("keeping.keep", Ordering::Release);
    if weaken::step("keeping.whole") {
        return word.fetch_or(bits, release) & bits;
    }
    let before = word.load(Ordering::Relaxed);
    word.store(before | bits, release);
    before & bits
}

/// Clears bits of a word of kept ones: those of cells that were not used.
#[inline(always)]
pub fn forget(word: &AtomicU64, bits: u64) {
    word.fetch_and(!bits, Ordering::Relaxed);
}

/// Empties a weak word whose referent is dead.
#[inline(always)]
pub fn clear(slot: &AtomicU64) {
    slot.store(0, Ordering::Release);
}

/// What a weak word says while a cycle clears: zero also if its referent was dead when everything was marked.
#[inline]
pub fn read(slot: &AtomicU64, is_live: impl FnOnce(u64) -> bool) -> u64 {
    let word = slot.load(Ordering::Acquire);
    if word == 0 || !is_live(word) {
        return 0;
    }
    // Orders the look at the bit before the second one at the slot.
    fence(Ordering::Acquire);
    if weaken::step("keeping.again") && slot.load(Ordering::Relaxed) != word {
        return 0;
    }
    word
}
