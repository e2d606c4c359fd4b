//! The collector's byte in each object: how old it is, and whether a store into it must be noticed.
//!
//! | byte | meaning |
//! |---|---|
//! | [`YOUNG`] | not marked yet: whatever it points at will be found by tracing it, or dies with it |
//! | [`REMEMBERED`] | old, and already in some thread's remembered set |
//! | [`OLD`] | old: marked by an earlier cycle, and not traced by the next young one unless it is remembered |
//! | [`CARDED`] | an old large array: every store takes the slow path, which dirties one card |
//!
//! A thread's threshold is [`OUTSIDE_MARKING`]: bytes at or above it take the barrier's slow path. The marker alone turns
//! a byte `OLD` or `CARDED` or back to `YOUNG`, in a stop; [`remember`] is what threads do between stops.

use sync::atomic::{AtomicU8, Ordering};
use sync::weaken;

/// Not marked yet.
pub const YOUNG: u8 = 0;
/// Old and in a remembered set.
pub const REMEMBERED: u8 = 1;
/// Old.
pub const OLD: u8 = 2;
/// Old, large, with cards.
pub const CARDED: u8 = 3;

/// The threshold of a thread while no marking runs beside it.
pub const OUTSIDE_MARKING: u8 = OLD;

/// Old to remembered. True for exactly one of the threads that store into the object at the same time: that one puts it
/// into its remembered set.
#[must_use = "whoever wins must put the object into its remembered set"]
pub fn remember(byte: &AtomicU8) -> bool {
    if !weaken::step("remembering.exchange") {
        let old = byte.load(Ordering::Relaxed) == OLD;
        byte.store(REMEMBERED, Ordering::Relaxed);
        return old;
    }
    byte.compare_exchange(OLD, REMEMBERED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_remembered_once() {
        let byte = AtomicU8::new(OLD);
        assert!(remember(&byte));
        assert!(!remember(&byte));
        assert_eq!(byte.load(Ordering::Relaxed), REMEMBERED);
    }
}
