//! The parking lot of the real build: threads asleep, queued by the address of the word they wait on, process-wide.
//!
//! It is `parking_lot_core`'s table, shared with `parking_lot`'s own locks. Addresses of live atomics never coincide, so
//! the two cannot disturb each other. Invariant for the unsafe here: no closure given to the table panics or parks; they
//! are made in this crate only and load or store one atomic.

use std::time::Instant;

use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, ParkResult};

/// How a park ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Another thread woke this one.
    Woken,
    /// `still_waiting` was false under the queue's lock: the thread never slept.
    Refused,
    /// The deadline came first.
    TimedOut,
}

/// Sleeps on `address` until woken or `deadline`. `still_waiting` is asked under the queue's lock: a waker that changes
/// the word before it takes that lock cannot be missed.
pub(crate) fn park(address: usize, still_waiting: impl FnOnce() -> bool, deadline: Option<Instant>) -> Parked {
    // SAFETY: this module's invariant: `address` is that of an atomic this crate owns, and the closures neither panic nor
    // call into the table.
    let result =
        unsafe { parking_lot_core::park(address, still_waiting, || {}, |_, _| {}, DEFAULT_PARK_TOKEN, deadline) };
    match result {
        ParkResult::Unparked(_) => Parked::Woken,
        ParkResult::Invalid => Parked::Refused,
        ParkResult::TimedOut => Parked::TimedOut,
    }
}

/// Wakes the thread that has slept longest on `address`. Under the queue's lock, `settle` is first told whether others
/// sleep on.
pub(crate) fn unpark_one(address: usize, settle: impl FnOnce(bool)) {
    // SAFETY: this module's invariant: `address` is that of an atomic this crate owns, and the closure neither panics nor
    // calls into the table.
    unsafe {
        parking_lot_core::unpark_one(address, |result| {
            settle(result.have_more_threads);
            DEFAULT_UNPARK_TOKEN
        });
    }
}

/// Wakes every thread that sleeps on `address`.
pub(crate) fn unpark_all(address: usize) {
    // SAFETY: this module's invariant: `address` is that of an atomic this crate owns.
    unsafe {
        parking_lot_core::unpark_all(address, DEFAULT_UNPARK_TOKEN);
    }
}
