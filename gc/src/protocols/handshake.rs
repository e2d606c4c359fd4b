//! How a thread stands towards a stop: one word for each mutator.
//!
//! | bits | meaning |
//! |---|---|
//! | neither | running: the thread may touch the heap |
//! | `BLOCKED` | it has published its stack and does not touch the heap; it may go on when it likes |
//! | `STOP` | a stop was asked for; the thread still runs, up to its next poll or blocking call |
//! | both | stopped: it may not go on until the stop is over, and the stopper may read all that is the thread's |
//!
//! Invariants:
//!
//! 1. Only the thread itself sets and clears `BLOCKED`; only the stopper, who holds the list of mutators, sets and clears
//!    `STOP`.
//! 2. `BLOCKED` is cleared only while `STOP` is not set, in one step. So from `is_stopped` until `release`, the thread
//!    stands still.
//! 3. Setting `BLOCKED` releases and reading it acquires: the stopper sees everything that the thread wrote, its stack
//!    above all. Clearing `STOP` releases and going on acquires: the thread sees everything that the stopper wrote.
//!
//! Sleeping and waking are the caller's: a transition says when someone is to be woken.

use sync::atomic::{AtomicU32, Ordering};
use sync::{const_unless_modelled, weaken};

const BLOCKED: u32 = 1;
const STOP: u32 = 2;

/// One mutator's word.
#[derive(Debug)]
pub struct Handshake(AtomicU32);

impl Handshake {
    const_unless_modelled! {
        /// The word of a thread that is let in as running. It is made under the stopper's lock, so no stop is under way.
        pub const fn running() -> Self {
            Self(AtomicU32::new(0))
        }
    }

    /// Running to blocked. What the collector is to read of this thread must be written before. True when a stop waits
    /// for it: the caller then wakes the stopper.
    #[must_use = "a stopper may be waiting for this thread and must be woken"]
    #[inline]
    pub fn block(&self) -> bool {
        let release = weaken::ordering("handshake.block", Ordering::Release);
        self.0.fetch_or(BLOCKED, release) & STOP != 0
    }

    /// Blocked to running, unless a stop holds the thread: then false, and the caller sleeps until the stop is over.
    #[must_use = "while this is false the thread may not touch the heap"]
    #[inline]
    pub fn try_resume(&self) -> bool {
        let acquire = weaken::ordering("handshake.resume", Ordering::Acquire);
        self.0.compare_exchange(BLOCKED, 0, acquire, Ordering::Relaxed).is_ok()
    }

    /// The stopper asks for a stop. True when the thread is stopped by that already, because it was blocked. Before it
    /// reads what the thread left it asks [`is_stopped`](Self::is_stopped), which acquires.
    #[must_use = "a thread that runs must be asked to poll, and waited for"]
    pub fn request_stop(&self) -> bool {
        self.0.fetch_or(STOP, Ordering::Relaxed) & BLOCKED != 0
    }

    /// Whether the thread stands still for the stop that was asked for.
    pub fn is_stopped(&self) -> bool {
        self.0.load(weaken::ordering("handshake.is_stopped", Ordering::Acquire)) == BLOCKED | STOP
    }

    /// Whether a stop waits for the thread or holds it.
    pub fn stop_requested(&self) -> bool {
        self.0.load(Ordering::Acquire) & STOP != 0
    }

    /// Whether the thread is in a blocking region, as that thread sees itself; to others, that it was a moment ago.
    pub fn is_blocked(&self) -> bool {
        self.0.load(Ordering::Relaxed) & BLOCKED != 0
    }

    /// The stop is over. The caller then wakes those that sleep.
    pub fn release(&self) {
        let release = weaken::ordering("handshake.release", Ordering::Release);
        self.0.fetch_and(!STOP, release);
    }
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_thread_is_stopped_at_once_and_held() {
        let word = Handshake::running();
        assert!(!word.block());
        assert!(word.request_stop());
        assert!(word.is_stopped());
        assert!(!word.try_resume());
        word.release();
        assert!(word.try_resume());
    }

    #[test]
    fn a_running_thread_is_stopped_when_it_blocks() {
        let word = Handshake::running();
        assert!(!word.request_stop());
        assert!(!word.is_stopped());
        assert!(word.block());
        assert!(word.is_stopped());
    }
}
