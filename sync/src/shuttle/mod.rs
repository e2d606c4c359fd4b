//! The shuttle twin: every name of `real/`, for models of whole cycles, too large to try in every order.
//!
//! shuttle runs the threads of a model one at a time on one thread of the system, and lets chance or a strategy pick the next one
//! at each *scheduling point*. Here each access to an atomic and each attempt to take a lock is one. Whatever orders it tries are
//! sequentially consistent: what goes wrong for the lack of an ordering, loom finds.
//!
//! Unlike loom's, everything here has the size and the layout of the real build, may be made in a `const`, and works outside of an
//! execution: there it is the real thing, without scheduling points. So a crate that pins its layouts runs as it ships, with its
//! statics and its mapped memory. One execution at a time may run in a process that has locks in statics.
//!
//! What stands here is test machinery: it is compiled only under `--cfg ophion_shuttle`, and may panic.

pub mod atomic;
#[path = "../real/cell.rs"]
pub mod cell;
pub mod hint;
mod locks;
pub mod parking;
#[path = "../loom/random.rs"]
pub mod random;
pub mod run;
mod sleepers;
#[path = "../loom/spin.rs"]
mod spin;
pub mod thread;
#[path = "../loom/weaken.rs"]
pub mod weaken;

pub use locks::*;

/// Declares a function that is `const` here as in the real build, and an ordinary one under loom.
#[macro_export]
macro_rules! const_unless_modelled {
    ($(#[$attribute:meta])* $visibility:vis const fn $($rest:tt)*) => {
        $(#[$attribute])* $visibility const fn $($rest)*
    };
}
