//! shuttle models: whole cycles of the collector as it ships, with three threads at work, in many orders of events that chance picks.
//!
//! loom runs single protocols in every order; what lies between them is too large for that. Each model here has twins that leave one
//! step of the collector out and expect shuttle to find the failure: a model that cannot fail proves nothing.
//!
//! # Running
//!
//! ```text
//! RUSTFLAGS="--cfg ophion_shuttle" cargo test -p ophion-stress-tests --test shuttle --target-dir target/shuttle
//! ```
//!
//! Every model runs in a process of its own, since a failure may be one of the processor's and leaves memory in a state that no later
//! run should see. `OPHION_SHUTTLE_ITERATIONS=n` says how many executions each model has under each scheduler, and
//! `OPHION_SHUTTLE_SEED=n` where they begin; without it every run is the same.
//!
//! # Replaying
//!
//! A failure names its model, seed, scheduler and execution. The same binary with the same seed comes to it again: run the one test
//! with `OPHION_SHUTTLE_SEED` set to that seed and at least as many iterations. To run it in a debugger, set
//! `OPHION_SHUTTLE_CHILD=1` too, which has the test's own process run the model; `OPHION_SHUTTLE_SCHEDULER=random` leaves the second
//! scheduler out, and `chosen` the first. A schedule alone does not suffice, since what a heap does hangs on which blocks earlier
//! executions left dirty. So does what stale words lie on a stack, which another build has elsewhere.
#![cfg(ophion_shuttle)]

mod coming;
mod everything;
mod explore;
mod finalizers;
mod large;
mod lists;
mod long;
mod markers;
mod objects;
mod owners;
mod twin;
mod weak;
mod world;
