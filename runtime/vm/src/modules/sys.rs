//! `sys`.

mod functions;
mod monitoring;
mod streams;
mod threads;
mod values;

pub use functions::{audit_event, call_unraisable_hook, exit_status, print_exception, raise_exit_code};
pub use streams::{flush_standard_streams, open_standard_streams};
pub(crate) use threads::for_each_thread;

use crate::modules::NativeModule;
use crate::object::Ref;
use crate::objects::{Module, Str};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The module of this interpreter.
pub fn module(t: &Thread) -> Option<Ref<Module>> {
    t.interpreter().state().sys.get().and_then(Value::downcast)
}

/// An attribute of `sys`, if it is set.
pub fn attribute(t: &Thread, name: Ref<Str>) -> R<Option<Value>> {
    Ok(module(t).and_then(|module| module.dict().get_str(t, name)))
}

/// `sys`.
pub static SYS: NativeModule = NativeModule {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    functions: functions::ALL,
    classes: &[],
    initialize: |t, module| {
        threads::ALL.iter().try_for_each(|function| module.add_function(t, function))?;
        values::initialize(t, module)
    },
};
