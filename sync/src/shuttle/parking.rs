//! The parking lot of the model: the list of sleepers.
//!
//! The question and the settling have no scheduling points, as in the real build they run under the queue's lock. A park with a deadline
//! times out at a moment that shuttle picks, unless it was woken by then.

use std::time::Instant;

use super::run::{point, without_points};
use super::sleepers::{self, Place};
use super::thread::yield_now;

/// How a park ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Another thread woke this one.
    Woken,
    /// `still_waiting` was false: the thread never slept.
    Refused,
    /// The deadline came first.
    TimedOut,
}

/// Sleeps on `address` until woken or `deadline`. No thread runs between `still_waiting` and the sleep.
pub(crate) fn park(address: usize, still_waiting: impl FnOnce() -> bool, deadline: Option<Instant>) -> Parked {
    point();
    let alone = without_points();
    if !still_waiting() {
        return Parked::Refused;
    }
    drop(alone);
    let sleeper = sleepers::enter(Place::Word(address));
    if deadline.is_none() {
        sleeper.sleep();
        return Parked::Woken;
    }
    yield_now();
    if sleeper.leave() { Parked::Woken } else { Parked::TimedOut }
}

/// Wakes the thread that has slept longest on `address`. Before any other runs, `settle` is told whether others sleep on.
pub(crate) fn unpark_one(address: usize, settle: impl FnOnce(bool)) {
    point();
    let alone = without_points();
    let (woken, others) = sleepers::take_first(Place::Word(address));
    settle(others);
    drop(alone);
    drop(woken);
}

/// Wakes every thread that sleeps on `address`.
pub(crate) fn unpark_all(address: usize) {
    point();
    sleepers::wake_all(Place::Word(address));
}
