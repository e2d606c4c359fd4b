//! The native modules: `_interpreters` and `_interpqueues`.

mod config;
mod interpreters;
mod queues;

use vm::modules::NativeModule;
use vm::{R, Thread, Value, protocols};

/// The native modules of this crate.
pub static MODULES: &[&NativeModule] = &[&interpreters::MODULE, &queues::MODULE];

/// An identifier given by Python.
fn id_argument(t: &Thread, what: &str, value: Value) -> R<u64> {
    if !protocols::has_index(t, value) {
        return Err(t.type_error(format_args!("{what} ID must be an int, got {}", value.class(t).name())));
    }
    let number = protocols::index_i64(t, value)?;
    u64::try_from(number).map_err(|_| t.value_error(format_args!("{what} ID must be a non-negative int, got {number}")))
}
