//! Spinning in a model: none. A waiter sleeps at once, which is what the model is to explore.

use std::time::Duration;

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

/// How long one spins that has patience: not at all.
pub struct PatientSpin;

impl PatientSpin {
    /// A waiter that will not spin.
    pub fn new(_hold: Duration, _patience: Duration) -> Self {
        Self
    }

    /// False: it is time to sleep.
    pub fn spin(&mut self) -> bool {
        false
    }
}
