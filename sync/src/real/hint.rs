//! Spinning in the real build: a few pauses, then yields, then the caller parks.

use std::time::{Duration, Instant};

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

/// How long a waiter spins that is nearly always waited for less than the processor of one that sleeps takes to come back: with nothing
/// else to run there it halts, and a virtual one that had halted was seen to take half a millisecond to go on.
pub struct PatientSpin {
    /// How long it pauses before it yields.
    hold: Duration,
    /// How long it spins in all.
    patience: Duration,
    /// When it began to.
    began: Option<Instant>,
}

impl PatientSpin {
    /// Pauses between two looks at the clock.
    const PAUSES: u32 = 16;

    /// A waiter that has not spun yet. For `hold` it keeps its processor, since one that yields it to some third thread may come back
    /// milliseconds later; then, up to `patience` in all, it yields, since the thread that it waits for may be about to run here.
    #[inline]
    pub fn new(hold: Duration, patience: Duration) -> Self {
        Self { hold, patience, began: None }
    }

    /// Spins once. False when it is time to park instead.
    #[inline]
    pub fn spin(&mut self) -> bool {
        let now = Instant::now();
        let waited = now - *self.began.get_or_insert(now);
        if waited < self.hold {
            (0..Self::PAUSES).for_each(|_| spin_loop());
        } else if waited < self.patience {
            super::thread::yield_now();
        } else {
            return false;
        }
        true
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
