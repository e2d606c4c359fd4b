//! Hints of the model.

pub use ::loom::hint::spin_loop;

pub use super::spin::{PatientSpin, Spin};

/// Nothing: loom tries all orders in any case.
#[must_use]
pub fn unscheduled() -> Unscheduled {
    Unscheduled
}

/// See [`unscheduled`].
pub struct Unscheduled;
