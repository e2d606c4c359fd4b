//! Stress runs with real threads: what loom explores in the small, at full speed and at length.
//!
//! Each run lasts a fifth of a second, or `OPHION_STRESS_SECONDS`.
#![cfg(not(any(ophion_loom, ophion_shuttle)))]

mod heap;
mod lock_byte;
mod once;
mod parker;
mod run;
mod sequence;
