//! `_asyncio`: futures and tasks, and which loop and task run on a thread.
//!
//! The package `asyncio` has all of this in Python, too, and behaves the same with either; what is here is what an event loop does
//! most often. The loop itself is Python's.

mod future;
mod future_class;
mod loops;
mod package;
mod step;
mod task;

use vm::builtins::import::import_module;
use vm::modules::NativeModule;
use vm::objects::{Module, Set};
use vm::{R, Ref, SlotExt, Str, Thread, protocols};

fn initialize(t: &Thread, _module: Ref<Module>) -> R<()> {
    let package = package::package(t)?;
    let weakref = import_module(t, "weakref")?;
    let scheduled = protocols::call_method(t, weakref, Str::interned(t, "WeakSet")?, &[])?;
    let eager = Set::new(t)?.value();
    package.scheduled.put(package.header(), t, scheduled);
    package.eager.put(package.header(), t, eager);
    Ok(())
}

/// In a forked child, where no loop runs so far.
pub fn after_fork(t: &Thread) {
    package::forget_running(t);
}

/// `_asyncio`
pub static MODULE: NativeModule = NativeModule {
    name: "_asyncio",
    doc: "What the event loops of asyncio do most often.",
    functions: loops::ALL,
    classes: &[&future_class::FUTURE, &task::TASK],
    initialize,
};
