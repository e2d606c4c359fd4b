//! One at a time: who collects a heap, looks at all of it or forks it.
//!
//! A lock whose holder may change from one thread to another: a cycle that a thread has begun may be finished by one of the
//! pool. Waiting for a turn is a blocking region, since whoever has it may want to stop this thread.

#[cfg(not(ophion_loom))]
use std::time::Duration;

use sync::{Condvar, Mutex};

/// Lets one through at a time.
pub struct Turnstile {
    taken: Mutex<bool>,
    free: Condvar,
}

/// A turn: it ends when this is dropped.
pub struct Turn<'a>(&'a Turnstile);

impl Default for Turnstile {
    fn default() -> Self {
        Self { taken: Mutex::new(false), free: Condvar::new() }
    }
}

impl Turnstile {
    /// Waits for a turn.
    pub fn take(&self) -> Turn<'_> {
        let mut taken = self.taken.lock();
        while *taken {
            self.free.wait(&mut taken);
        }
        *taken = true;
        Turn(self)
    }

    /// Takes a turn if no one else has it.
    pub fn try_take(&self) -> Option<Turn<'_>> {
        let mut taken = self.taken.lock();
        (!std::mem::replace(&mut *taken, true)).then(|| Turn(self))
    }

    /// The turn of whoever passed it on, for another thread.
    pub fn received(&self) -> Turn<'_> {
        debug_assert!(*self.taken.lock(), "a turn was passed on");
        Turn(self)
    }

    /// Waits until no one has the turn, but no longer than this.
    #[cfg(not(ophion_loom))]
    pub fn wait_while_taken(&self, longest: Duration) {
        let mut taken = self.taken.lock();
        if *taken {
            self.free.wait_for(&mut taken, longest);
        }
    }
}

impl Turn<'_> {
    /// Leaves the turn to another thread, which calls [`Turnstile::received`].
    pub fn pass_on(self) {
        std::mem::forget(self);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.taken.lock() = false;
        self.0.free.notify_all();
    }
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_one_thread_s_until_it_is_dropped_or_passed_on() {
        let turnstile = Turnstile::default();
        let turn = turnstile.take();
        assert!(turnstile.try_take().is_none());
        turn.pass_on();
        assert!(turnstile.try_take().is_none());
        turnstile.wait_while_taken(Duration::from_millis(1));
        drop(turnstile.received());
        assert!(turnstile.try_take().is_some());
    }
}
