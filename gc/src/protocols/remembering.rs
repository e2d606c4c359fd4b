//! The collector's byte in each object: how old it is, and whether a store into it must be noticed.
//!
//! | byte | meaning |
//! |---|---|
//! | [`YOUNG`] | not marked yet: whatever it points at will be found by tracing it, or dies with it |
//! | [`REMEMBERED`]`[0]`, `[1]` | in some thread's remembered set: in this cycle's or in the one of the cycle before |
//! | [`OLD`] | marked, and not traced by the next young cycle unless it is remembered |
//! | [`CARDED`] | an old large array: every store takes the slow path, which dirties one card |
//!
//! A thread's threshold says which bytes take the barrier's slow path: [`OUTSIDE_MARKING`] lets those of old objects that
//! are not remembered take it, [`MARKING`] all.
//!
//! **Two sets.** A cycle's starting stop takes the threads' remembered sets, to be traced while the threads run. They remember
//! on meanwhile, for the next cycle, and the same objects may be in both sets. So there are two colours of remembered, and
//! each starting stop changes the one that counts. A byte of the other colour says only that the object is in the set that
//! the cycle took; the marker, which traces that set, turns it to `OLD` unless a thread was there first. At the end of the
//! cycle no byte has the colour of the set that was taken, and the next cycle may use it again.
//!
//! **Age.** While a cycle marks, a store remembers an object whatever its age, since what is marked later in this cycle is
//! old when it ends and may by then point at objects that the cycle does not mark. Cells that were claimed during the cycle
//! stay young and are never remembered: the caller tests that.

use sync::atomic::{AtomicU8, Ordering};
use sync::weaken;

/// Not marked yet.
pub const YOUNG: u8 = 0;
/// In a remembered set, by the colour of the set.
pub const REMEMBERED: [u8; 2] = [1, 2];
/// Old.
pub const OLD: u8 = 3;
/// Old, large, with cards.
pub const CARDED: u8 = 4;

/// The threshold of a thread while no cycle marks.
pub const OUTSIDE_MARKING: u8 = OLD;
/// The threshold of a thread while a cycle marks.
pub const MARKING: u8 = YOUNG;

/// Which of the two remembered sets a store enters its object into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Colour(bool);

impl Colour {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        Self(!self.0)
    }

    /// Its number.
    #[inline(always)]
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    fn byte(self) -> u8 {
        REMEMBERED[self.index()]
    }
}

/// Makes an object remembered in the set of this colour. True for exactly one of the threads that store into it at the same
/// time: that one puts it into its remembered set.
#[must_use = "whoever wins must put the object into its remembered set"]
pub fn remember(byte: &AtomicU8, colour: Colour) -> bool {
    if !weaken::step("remembering.exchange") {
        let before = byte.load(Ordering::Relaxed);
        byte.store(colour.byte(), Ordering::Relaxed);
        return before != colour.byte();
    }
    let mut before = byte.load(Ordering::Relaxed);
    while before != colour.byte() {
        match byte.compare_exchange_weak(before, colour.byte(), Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(now) => before = now,
        }
    }
    false
}

/// The marker takes a member out of the set of this colour, which its cycle took: it is old, unless a thread remembered it
/// again meanwhile.
pub fn forget(byte: &AtomicU8, taken: Colour) {
    if !weaken::step("remembering.forget") {
        byte.store(OLD, Ordering::Relaxed);
        return;
    }
    let _ = byte.compare_exchange(taken.byte(), OLD, Ordering::Relaxed, Ordering::Relaxed);
}

/// The marker has marked an object: it is old, unless a thread remembered it meanwhile.
#[inline]
pub fn grow_old(byte: &AtomicU8, old: u8) {
    if !weaken::step("remembering.grow_old") {
        byte.store(old, Ordering::Relaxed);
        return;
    }
    if byte.load(Ordering::Relaxed) == YOUNG {
        let _ = byte.compare_exchange(YOUNG, old, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_remembered_once_for_each_set() {
        let (first, byte) = (Colour::default(), AtomicU8::new(OLD));
        assert!(remember(&byte, first));
        assert!(!remember(&byte, first));
        assert!(remember(&byte, first.other()));
        assert!(!remember(&byte, first.other()));
        forget(&byte, first);
        assert_eq!(byte.load(Ordering::Relaxed), REMEMBERED[first.other().index()]);
        forget(&byte, first.other());
        assert_eq!(byte.load(Ordering::Relaxed), OLD);
    }

    #[test]
    fn only_the_young_grow_old() {
        for (before, after) in [(YOUNG, OLD), (REMEMBERED[0], REMEMBERED[0]), (OLD, OLD), (CARDED, CARDED)] {
            let byte = AtomicU8::new(before);
            grow_old(&byte, OLD);
            assert_eq!(byte.load(Ordering::Relaxed), after);
        }
    }
}
