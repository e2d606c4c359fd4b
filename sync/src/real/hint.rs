//! Spinning in the real build: a few pauses, then a few yields, then the caller parks.

pub use core::hint::spin_loop;

/// How long a waiter spins before it parks.
#[derive(Default)]
pub struct Spin(parking_lot_core::SpinWait);

impl Spin {
    /// A waiter that has not spun yet.
    #[inline]
    pub fn new() -> Self {
        Self(parking_lot_core::SpinWait::new())
    }

    /// Spins once, longer each time. False when it is time to park instead.
    #[inline]
    pub fn spin(&mut self) -> bool {
        self.0.spin()
    }

    /// Starts over, after a park.
    #[inline]
    pub fn reset(&mut self) {
        self.0.reset();
    }
}

/// Until what this gives is dropped, shuttle lets no other thread go first: where only one thread touches what the code touches, or
/// where so many looks follow one another that orders which differ in them would crowd out all others. Nothing here.
#[inline(always)]
#[must_use]
pub fn unscheduled() -> Unscheduled {
    Unscheduled
}

/// See [`unscheduled`].
pub struct Unscheduled;
