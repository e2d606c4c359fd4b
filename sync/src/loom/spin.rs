//! Spinning in a model: none. A waiter sleeps at once, which is what the model is to explore.

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
