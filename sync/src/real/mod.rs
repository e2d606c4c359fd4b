//! The real twin: `core` atomics, `parking_lot` locks, the system's threads.

pub mod atomic;
pub mod cell;
pub mod hint;
mod locks;
pub mod parking;
pub mod random;
pub mod thread;
pub mod weaken;

pub use locks::*;

/// Declares a function that is `const` here and an ordinary one under loom, whose atomics have no `const` constructor.
#[macro_export]
macro_rules! const_unless_modelled {
    ($(#[$attribute:meta])* $visibility:vis const fn $($rest:tt)*) => {
        $(#[$attribute])* $visibility const fn $($rest)*
    };
}
