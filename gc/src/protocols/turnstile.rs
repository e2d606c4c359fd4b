//! One at a time: who collects a heap, looks at all of it or forks it.
//!
//! A lock whose holder may change from one thread to another. A cycle that a thread has begun may be finished by one of the pool, to
//! which it passes the turn on. Or it is *left*, as work `W`, to whoever comes next:
//!
//! ```text
//!            take, try_take                     leave(work)
//!    free ----------------------> taken ----------------------> left
//!         <----------------------       <----------------------
//!             the turn is dropped        take, take_left: with the work
//! ```
//!
//! Invariants: at most one thread has the turn; work that was left is in the turnstile or with who has the turn; whoever takes a
//! turn while work is left gets the work with it; one that waits is woken when the turn is free or left.
//!
//! Waiting for a turn is a blocking region, since whoever has it may want to stop this thread.

#[cfg(not(ophion_loom))]
use std::time::Duration;

use sync::{Condvar, Mutex, weaken};

/// Lets one through at a time.
pub struct Turnstile<W> {
    state: Mutex<State<W>>,
    /// That the turn is free, or left.
    free: Condvar,
}

enum State<W> {
    Free,
    Taken,
    Left(W),
}

impl<W> State<W> {
    /// Takes the turn, unless another has it.
    fn take(&mut self) -> Option<Option<W>> {
        match std::mem::replace(self, Self::Taken) {
            Self::Taken => None,
            Self::Free => Some(None),
            Self::Left(work) => Some(Some(work)),
        }
    }
}

/// A turn: it ends when this is dropped.
pub struct Turn<'a, W>(&'a Turnstile<W>);

impl<W> Default for Turnstile<W> {
    fn default() -> Self {
        Self { state: Mutex::new(State::Free), free: Condvar::new() }
    }
}

impl<W> Turnstile<W> {
    /// Waits for a turn. Gives the work that was left, which the caller has to see to.
    pub fn take(&self) -> (Turn<'_, W>, Option<W>) {
        let mut state = self.state.lock();
        loop {
            if let Some(left) = state.take() {
                return (Turn(self), left);
            }
            self.free.wait(&mut state);
        }
    }

    /// Takes a turn if no one else has it, with the work that was left.
    pub fn try_take(&self) -> Option<(Turn<'_, W>, Option<W>)> {
        self.state.lock().take().map(|left| (Turn(self), left))
    }

    /// Takes a turn if work is left.
    pub fn take_left(&self) -> Option<(Turn<'_, W>, W)> {
        let mut state = self.state.lock();
        let State::Left(_) = *state else { return None };
        Some((Turn(self), state.take()??))
    }

    /// The turn of whoever passed it on, for another thread.
    pub fn received(&self) -> Turn<'_, W> {
        debug_assert!(matches!(*self.state.lock(), State::Taken), "a turn was passed on");
        Turn(self)
    }

    /// Waits while another has the turn, but no longer than this.
    #[cfg(not(ophion_loom))]
    pub fn wait_while_taken(&self, longest: Duration) {
        let mut state = self.state.lock();
        if matches!(*state, State::Taken) {
            self.free.wait_for(&mut state, longest);
        }
    }

    fn give_back(&self, next: State<W>, site: &'static str) {
        *self.state.lock() = next;
        if weaken::step(site) {
            self.free.notify_all();
        }
    }
}

impl<W> Turn<'_, W> {
    /// Passes the turn on to another thread, which calls [`Turnstile::received`].
    pub fn pass_on(self) {
        std::mem::forget(self);
    }

    /// Leaves the turn, with work, to whoever takes the next one.
    pub fn leave(self, work: W) {
        self.0.give_back(State::Left(work), "turnstile.leave");
        std::mem::forget(self);
    }
}

impl<W> Drop for Turn<'_, W> {
    fn drop(&mut self) {
        self.0.give_back(State::Free, "turnstile.free");
    }
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_one_thread_s_until_it_is_dropped_passed_on_or_left() {
        let turnstile = Turnstile::default();
        let (turn, None) = turnstile.take() else { panic!("nothing is left") };
        assert!(turnstile.try_take().is_none() && turnstile.take_left().is_none());
        turn.pass_on();
        assert!(turnstile.try_take().is_none());
        turnstile.wait_while_taken(Duration::from_millis(1));
        turnstile.received().leave(7);
        turnstile.wait_while_taken(Duration::from_secs(60));
        let Some((turn, 7)) = turnstile.take_left() else { panic!("the work was left") };
        assert!(turnstile.try_take().is_none());
        turn.leave(8);
        let (turn, Some(8)) = turnstile.take() else { panic!("whoever takes a turn gets what is left") };
        drop(turn);
        assert!(turnstile.take_left().is_none());
        assert!(matches!(turnstile.try_take(), Some((_, None))));
    }
}
