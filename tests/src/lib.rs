//! Script tests: Python programs and what CPython 3.14 printed for them.
//!
//! `cases` finds the scripts and how each is run, `execution` runs one and normalizes what it printed,
//! `expectations` are the files beside it, and `harness` is a test runner that speaks the usual options, so that
//! each script under each engine is a test of its own. No other Python is needed, except to write expectations.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the harness is a host program around the runtime: its threads are never part of a model"
)]

pub mod cases;
pub mod execution;
pub mod expectations;
pub mod harness;
mod traceback;
