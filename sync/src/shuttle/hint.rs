//! Hints of the model. A waiter does not spin: it would wait for a thread that shuttle has to run.

pub use super::run::Unscheduled;
pub use super::spin::{PatientSpin, Spin};

use super::run::{is_modelled, without_points};
use super::thread::yield_now;

/// Lets another thread run.
pub fn spin_loop() {
    if is_modelled() {
        yield_now();
    }
}

/// Until what this gives is dropped, no other thread goes first: where only one thread touches what the code touches, or where so
/// many looks follow one another that orders which differ in them would crowd out all others. A thread that has to wait still waits.
pub fn unscheduled() -> Unscheduled {
    without_points()
}
