//! The loom twin: every name of `real/`, for models that explore all the orders in which threads may run.
//!
//! What stands here is test machinery: it is compiled only under `--cfg ophion_loom`, and may panic.

pub mod atomic;
pub mod cell;
pub mod failed_run;
pub mod hint;
mod locks;
pub mod parking;
pub mod random;
mod spin;
pub mod thread;
pub mod weaken;

pub use locks::*;

/// Declares a function that is `const` in the real build and an ordinary one here: loom's atomics have no `const`
/// constructor.
#[macro_export]
macro_rules! const_unless_modelled {
    ($(#[$attribute:meta])* $visibility:vis const fn $($rest:tt)*) => {
        $(#[$attribute])* $visibility fn $($rest)*
    };
}

/// Thread locals that loom sets up anew in each execution; `const { .. }` initializers are accepted as in the real build.
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $value:block; $($rest:tt)*) => {
        $crate::modelled::thread_local! { $(#[$attribute])* $visibility static $name: $type = $value; }
        $crate::thread_local! { $($rest)* }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $value:block) => {
        $crate::modelled::thread_local! { $(#[$attribute])* $visibility static $name: $type = $value; }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr; $($rest:tt)*) => {
        $crate::modelled::thread_local! { $(#[$attribute])* $visibility static $name: $type = $value; }
        $crate::thread_local! { $($rest)* }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr) => {
        $crate::modelled::thread_local! { $(#[$attribute])* $visibility static $name: $type = $value; }
    };
}
