//! Mark bits: who sets an object's bit traces the object.
//!
//! A marker that works by itself stores the whole word, which costs the least. Where several mark, a store could take back a bit
//! that another marker set in the same word meanwhile; so the bit is set by an atomic or, after a look that spares it for what
//! is marked already. Of those that reach an object at once, exactly one finds its bit clear.
//!
//! Nothing is read on the strength of a mark while markers are at work, so all of this is relaxed: what one of them did is seen by the
//! others through the parts of work that they pass on, and by who goes on after them through the end of that (`protocols::sharing`).

use sync::atomic::{AtomicU64, Ordering};
use sync::weaken;

/// Sets a bit. True for exactly one of those that do: it traces the object. Whoever is not alone says that it marks `together` with
/// others; then all of them do.
#[inline(always)]
#[must_use = "whoever wins must trace the object"]
pub fn claim(word: &AtomicU64, bit: u64, together: bool) -> bool {
    let before = word.load(Ordering::Relaxed);
    if before & bit != 0 {
        return false;
    }
    if together && weaken::step("marks.claim") {
        return word.fetch_or(bit, Ordering::Relaxed) & bit == 0;
    }
    word.store(before | bit, Ordering::Relaxed);
    true
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_claimed_once_and_the_others_stay() {
        for together in [false, true] {
            let word = AtomicU64::new(0b100);
            assert!(claim(&word, 0b1, together));
            assert!(!claim(&word, 0b1, together));
            assert!(!claim(&word, 0b100, together));
            assert_eq!(word.load(Ordering::Relaxed), 0b101);
        }
    }
}
