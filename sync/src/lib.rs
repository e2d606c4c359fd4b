//! The one door to concurrency: real primitives, or loom's, or shuttle's, behind one set of names.
//!
//! Every other crate takes its atomics, locks, cells, threads and parking from here and from nowhere else (`clippy.toml`
//! refuses the rest). A normal build gets `core`'s atomics, `parking_lot`'s locks and the system's threads with nothing in
//! between. With `RUSTFLAGS="--cfg ophion_loom"` the same names are loom's, so a model in `stress-tests/loom` runs the very
//! code that ships, in every order of events. With `--cfg ophion_shuttle` they are shuttle's, for models in `stress-tests/shuttle` of
//! what is too large for that: those run whole cycles of the collector in many orders that chance picks.
//!
//! Two layers:
//!
//! - `real/`, `loom/` and `shuttle/` are twins: the same files, the same names. They hold what must differ: atomics, cells, mutexes,
//!   threads, thread locals, the parking lot, and [`weaken`], by which a model makes one step of shipped code too weak.
//! - Everything else is written once, on top of any twin: [`LockByte`], [`Parker`], [`Once`], [`OnceLock`],
//!   [`LazyLock`], [`Sequence`]. Those are the protocols that the models run.
//!
//! Three things to know when writing code that loom is to run:
//!
//! - loom's atomics cannot be made in a `const`. [`const_unless_modelled!`] declares a constructor that is `const` in the
//!   real build only.
//! - loom's atomics are larger than real ones. A crate whose layouts are pinned (`gc`) leaves those modules out under
//!   `ophion_loom` by a `cfg` on their `mod` lines, and keeps its protocol modules, which pin nothing.
//! - loom treats `SeqCst` accesses as acquire-release. Where a protocol needs a total order it says `fence(SeqCst)`.
//!
//! [`Arc`] and [`Weak`] are the standard library's in all builds: their counting is not ours to check, and a model that
//! leaned on the ordering inside a count would prove nothing about our own.

mod lock_byte;
mod once;
mod parker;
mod sequence;
mod word;

#[cfg(ophion_loom)]
#[path = "loom/mod.rs"]
mod platform;
#[cfg(not(any(ophion_loom, ophion_shuttle)))]
#[path = "real/mod.rs"]
mod platform;
#[cfg(ophion_shuttle)]
#[path = "shuttle/mod.rs"]
mod platform;

pub use std::sync::{Arc, Weak};

pub use lock_byte::{BriefGuard, LockByte, LockContext, LockGuard, LockMode};
pub use once::{LazyLock, Once, OnceLock};
pub use parker::{Parker, Unparker};
pub use platform::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult};
pub use platform::{atomic, cell, hint, parking, random, thread, weaken};
pub use sequence::{Sequence, SequenceWrite};
pub use word::{set_thread_word, thread_word};

#[cfg(ophion_shuttle)]
pub use ::shuttle::thread_local;
#[cfg(not(any(ophion_loom, ophion_shuttle)))]
pub use std::thread_local;

#[cfg(ophion_loom)]
pub use platform::failed_run;

#[cfg(ophion_shuttle)]
pub use platform::run;

/// loom's own entry points: `model`, `model::Builder`, `stop_exploring`. Only models use them.
#[cfg(ophion_loom)]
pub use ::loom as modelled;

/// shuttle's own entry points: `Runner`, `Config`, `scheduler`. Only models use them.
#[cfg(ophion_shuttle)]
pub use ::shuttle as modelled;
