//! Spinning in the model: none. A waiter parks at once, which is what the model is to explore.

pub use ::loom::hint::spin_loop;

/// How long a waiter spins before it parks: not at all.
#[derive(Default)]
pub struct Spin;

impl Spin {
    /// A waiter that will not spin.
    pub fn new() -> Self {
        Self
    }

    /// False: it is time to park.
    pub fn spin(&mut self) -> bool {
        false
    }

    /// Starts over, after a park.
    pub fn reset(&mut self) {}
}

/// Nothing: loom tries all orders in any case.
#[must_use]
pub fn unscheduled() -> Unscheduled {
    Unscheduled
}

/// See [`unscheduled`].
pub struct Unscheduled;
