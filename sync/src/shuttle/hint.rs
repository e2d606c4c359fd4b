//! Spinning in the model: none. A waiter sleeps at once, since it would wait for a thread that shuttle has to run.

pub use super::run::Unscheduled;

use super::run::{is_modelled, without_points};
use super::thread::yield_now;

/// Lets another thread run.
pub fn spin_loop() {
    if is_modelled() {
        yield_now();
    }
}

/// How long a waiter spins before it sleeps: not at all.
#[derive(Default)]
pub struct Spin;

impl Spin {
    /// A waiter that will not spin.
    pub fn new() -> Self {
        Self
    }

    /// False: it is time to sleep.
    pub fn spin(&mut self) -> bool {
        false
    }

    /// Starts over, after a sleep.
    pub fn reset(&mut self) {}
}

/// Until what this gives is dropped, no other thread goes first: where only one thread touches what the code touches, or where so
/// many looks follow one another that orders which differ in them would crowd out all others. A thread that has to wait still waits.
pub fn unscheduled() -> Unscheduled {
    without_points()
}
