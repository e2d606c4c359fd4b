//! Execution: the dispatch loop, frames and calls, inline caches, generators, the unwinding of exceptions.

pub mod bind;
pub mod caches;
pub mod dispatch;
pub mod enter;
pub mod generators;
pub mod handlers;
pub mod intrinsics;
pub(crate) mod jumps;
pub mod monitoring;
pub mod tracing;
pub mod unwind;

pub use enter::{run_code, run_function};
