//! The life of an interpreter as the others see it: one atomic word.
//!
//! ```text
//!            try_enter              begin_close
//!   running <--------- idle ------------------------> closing ----> closed
//!      |     leave       ^  \                            ^    finish_close
//!      |                 |   `-- abandon --------------->|
//!      | abandon         |                               |
//!      v                 |                               |
//!   running, abandoned --+-------- leave ----------------'
//! ```
//!
//! Invariants:
//!
//! 1. `RUNNING` is set by the one visitor that runs `__main__`, and cleared by that visitor only.
//! 2. From `CLOSING` on nobody enters. The one whose transition set it, and nobody else, destroys the interpreter.
//! 3. `ABANDONED` is set while `RUNNING` is: the last owner let go, and the visitor destroys the interpreter when it leaves.
//! 4. Each transition that gives the interpreter up is a release, and each that takes it an acquire: what one visitor did is
//!    seen by the next, and by the destroyer.

use sync::atomic::{AtomicU32, Ordering};
use sync::weaken;

const RUNNING: u32 = 1;
const ABANDONED: u32 = 2;
const CLOSING: u32 = 4;
const CLOSED: u32 = 8;

/// The life of one interpreter.
#[derive(Debug)]
pub struct Lifecycle(AtomicU32);

/// Why an interpreter could not be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// A visitor runs `__main__`.
    Running,
    /// It is being closed, or was.
    Gone,
}

fn refusal(word: u32) -> Refused {
    if word & (CLOSING | CLOSED) == 0 { Refused::Running } else { Refused::Gone }
}

impl Lifecycle {
    /// An interpreter in which nothing runs.
    #[must_use]
    pub fn idle() -> Self {
        Self(AtomicU32::new(0))
    }

    /// An interpreter whose `__main__` runs as long as the process does: the main one.
    #[must_use]
    pub fn running() -> Self {
        Self(AtomicU32::new(RUNNING))
    }

    /// Idle to running.
    pub fn try_enter(&self) -> Result<(), Refused> {
        let taking = weaken::ordering("lifecycle.enter", Ordering::Acquire);
        self.0.compare_exchange(0, RUNNING, taking, Ordering::Relaxed).map(drop).map_err(refusal)
    }

    /// Running to idle; or to closing if the last owner has let go meanwhile: then this is true, and the caller destroys.
    #[must_use]
    pub fn leave(&self) -> bool {
        let giving = weaken::ordering("lifecycle.leave", Ordering::AcqRel);
        let left = self
            .0
            .fetch_update(giving, Ordering::Relaxed, |word| Some(if word & ABANDONED != 0 { CLOSING } else { 0 }));
        left.is_ok_and(|word| word & ABANDONED != 0)
    }

    /// Idle to closing. Who gets `Ok` destroys.
    pub fn begin_close(&self) -> Result<(), Refused> {
        let taking = weaken::ordering("lifecycle.close", Ordering::Acquire);
        self.0.compare_exchange(0, CLOSING, taking, Ordering::Relaxed).map(drop).map_err(refusal)
    }

    /// The last owner lets go: idle to closing, which is true, and the caller destroys; or running to abandoned.
    #[must_use]
    pub fn abandon(&self) -> bool {
        let taking = weaken::ordering("lifecycle.abandon", Ordering::AcqRel);
        let before = self.0.fetch_update(taking, Ordering::Relaxed, |word| match word {
            0 => Some(CLOSING),
            RUNNING => Some(RUNNING | ABANDONED),
            _ => None,
        });
        before == Ok(0)
    }

    /// Closing to closed.
    pub fn finish_close(&self) {
        self.0.store(CLOSED, Ordering::Release);
    }

    /// Whether a visitor runs `__main__`.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.0.load(Ordering::Acquire) & RUNNING != 0
    }

    /// Whether closing began.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.0.load(Ordering::Acquire) & (CLOSING | CLOSED) != 0
    }
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_visitor_at_a_time() {
        let life = Lifecycle::idle();
        assert_eq!(life.try_enter(), Ok(()));
        assert_eq!(life.try_enter(), Err(Refused::Running));
        assert_eq!(life.begin_close(), Err(Refused::Running));
        assert!(!life.leave());
        assert_eq!(life.begin_close(), Ok(()));
        assert_eq!(life.try_enter(), Err(Refused::Gone));
        assert_eq!(life.begin_close(), Err(Refused::Gone));
    }

    #[test]
    fn the_visitor_of_an_abandoned_one_destroys() {
        let life = Lifecycle::idle();
        assert_eq!(life.try_enter(), Ok(()));
        assert!(!life.abandon());
        assert!(life.leave());
        assert!(life.is_gone());
        assert!(!life.abandon());
    }
}
