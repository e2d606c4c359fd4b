//! Work that several markers share: who has some gives parts of it, who has none waits for a part, and all of them know when
//! nothing is left.
//!
//! Parts that were given lie in a list under one lock, and beside them a count of the markers *at work*: those that hold work of
//! their own. A marker that has none takes a part, or sleeps until one is given. Invariants:
//!
//! 1. Work is in one place: in a part that is listed, or with a marker that is counted. Taking a part and being counted is one
//!    step under the lock; so is being counted no longer and looking at what the list holds.
//! 2. Only who is counted gives. So when no part is listed and no one is counted, both stay so: that is the end, and whoever comes
//!    later finds it.
//! 3. The *first* marker is there from the start and stays to the end. Any other comes when it can and leaves when it likes, but
//!    leaves its work in the list.
//! 4. Who lists a part wakes one that sleeps, and who brings the end about wakes all. Who sleeps has seen neither under the lock.
//!
//! What a marker did before it stopped being counted is seen by whoever finds the end, since both held the lock.

use std::time::Duration;

use sync::atomic::{AtomicUsize, Ordering};
use sync::{Condvar, Mutex, MutexGuard, weaken};

/// How long a marker other than the first sleeps for lack of work before it leaves.
const PATIENCE: Duration = Duration::from_millis(1);

/// The work of several markers, in parts `P`.
pub struct Sharing<P> {
    state: Mutex<State<P>>,
    /// Of a part that was listed, or of the end.
    news: Condvar,
    /// How many parts more would be taken at once. Written under the lock; read without it by who may have some to give.
    wanted: AtomicUsize,
    /// The most markers at a time.
    most: usize,
}

struct State<P> {
    parts: Vec<P>,
    at_work: usize,
    asleep: usize,
    /// Markers that were asked for and have not come.
    asked: usize,
}

/// Whether a marker that finds no work waits for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The first marker does.
    ToTheEnd,
    /// Others leave when none was given for a while.
    ForAWhile,
}

impl<P> Sharing<P> {
    /// The first marker is at work; there are to be at most so many.
    pub fn new(most: usize) -> Self {
        let state = State { parts: Vec::new(), at_work: 1, asleep: 0, asked: 0 };
        Self { state: Mutex::new(state), news: Condvar::new(), wanted: AtomicUsize::new(most - 1), most }
    }

    /// Whether a part would be taken at once: a hint.
    #[inline]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    /// Lists a part of the caller's work; the caller keeps some. True when it is to ask for one marker more, which calls
    /// [`come`](Self::come).
    #[must_use = "a marker that was counted as asked for is to be asked"]
    pub fn give(&self, part: P) -> bool {
        let mut state = self.state.lock();
        debug_assert!(state.at_work > 0, "only who is at work gives");
        self.list(&mut state, part, "sharing.give");
        let coming = state.asleep + state.asked;
        let asks = coming < state.parts.len() && state.at_work + coming < self.most;
        state.asked += usize::from(asks);
        asks
    }

    /// A part for a marker that was asked for. None at the end, or when none was given for a while.
    pub fn come(&self) -> Option<P> {
        let mut state = self.state.lock();
        state.asked -= 1;
        self.next(state, Patience::ForAWhile)
    }

    /// A part for a marker that has no work left, as soon as there is one. None at the end; or, to whoever has not the patience,
    /// when none was given for a while.
    pub fn take(&self, patience: Patience) -> Option<P> {
        let mut state = self.state.lock();
        state.at_work -= 1;
        self.next(state, patience)
    }

    /// A marker leaves, with work that it had.
    pub fn leave(&self, part: P) {
        let mut state = self.state.lock();
        state.at_work -= 1;
        self.list(&mut state, part, "sharing.leave");
    }

    fn next<'a>(&'a self, mut state: MutexGuard<'a, State<P>>, patience: Patience) -> Option<P> {
        loop {
            if let Some(part) = state.parts.pop() {
                if !weaken::step("sharing.count") {
                    drop(state);
                    state = self.state.lock();
                }
                state.at_work += 1;
                self.update_hint(&state);
                return Some(part);
            }
            if state.at_work == 0 {
                if weaken::step("sharing.end") {
                    self.news.notify_all();
                }
                return None;
            }
            self.update_hint(&state);
            if !self.sleep(&mut state, patience) && state.parts.is_empty() {
                return None;
            }
        }
    }

    /// Waits for news. False when there were none for longer than the caller waits.
    fn sleep(&self, state: &mut MutexGuard<'_, State<P>>, patience: Patience) -> bool {
        state.asleep += 1;
        let woken = match patience {
            Patience::ToTheEnd => {
                self.news.wait(state);
                true
            }
            Patience::ForAWhile => !self.news.wait_for(state, PATIENCE).timed_out(),
        };
        state.asleep -= 1;
        woken
    }

    fn list(&self, state: &mut State<P>, part: P, site: &'static str) {
        state.parts.push(part);
        self.update_hint(state);
        if state.asleep > 0 && weaken::step(site) {
            self.news.notify_one();
        }
    }

    fn update_hint(&self, state: &State<P>) {
        let wanted = self.most.saturating_sub(state.at_work + state.parts.len());
        self.wanted.store(wanted, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(ophion_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_marker_whose_company_never_comes_takes_back_what_it_gave() {
        let sharing = Sharing::new(3);
        assert!(sharing.is_wanted());
        assert!(sharing.give(1));
        assert!(sharing.give(2));
        assert!(!sharing.is_wanted());
        assert!(!sharing.give(3), "as many were asked for as there may be");
        let mut taken: Vec<_> = std::iter::from_fn(|| sharing.take(Patience::ToTheEnd)).collect();
        taken.sort_unstable();
        assert_eq!(taken, [1, 2, 3]);
        assert_eq!(sharing.come(), None, "who comes late finds the end");
    }

    #[test]
    fn one_that_waits_in_vain_leaves_and_may_be_asked_for_again() {
        let sharing = Sharing::new(2);
        assert!(sharing.give(1));
        assert_eq!(sharing.come(), Some(1));
        assert_eq!(sharing.take(Patience::ForAWhile), None);
        assert!(sharing.give(2));
        assert_eq!(sharing.come(), Some(2));
        sharing.leave(2);
        assert_eq!(sharing.take(Patience::ToTheEnd), Some(2));
        assert_eq!(sharing.take(Patience::ToTheEnd), None);
    }
}
