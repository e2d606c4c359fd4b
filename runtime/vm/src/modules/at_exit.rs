//! `atexit`: functions to call when the interpreter ends. `start::run_at_exit` calls them.
//!
//! The interpreter's list holds a tuple for each: function, positional arguments, keyword arguments or `None`.

use crate::modules::{NativeModule, nothing_to_add};
use crate::native;
use crate::native::Args;
use crate::object::Ref;
use crate::objects::{Dict, List, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn functions(t: &Thread) -> Ref<List> {
    t.interpreter().state().at_exit.get().and_then(Value::downcast).expect("made with the state")
}

/// Register a function to be executed upon normal program termination
///
///     func - function to be called at exit
///     args - optional arguments to pass to func
///     kwargs - optional keyword arguments to pass to func
///
///     func is returned to facilitate usage as a decorator.
#[native("register($module, func, /, *args, **kwargs)", raw)]
fn register(t: &Thread, args: Args<'_>) -> R {
    let given = args.rest();
    let [function, positional @ ..] = given.positional() else {
        return Err(t.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !protocols::is_callable(t, *function) {
        return Err(t.type_error("the first argument must be callable"));
    }
    let keywords = if given.keyword_count() == 0 {
        Value::NONE
    } else {
        let dict = Dict::new(t)?;
        for (name, value) in given.keywords() {
            dict.set_str(t, name, value)?;
        }
        dict.value()
    };
    let positional = Tuple::from_slice(t, positional)?;
    functions(t).push(t, Tuple::from_slice(t, &[*function, positional.value(), keywords])?.value())?;
    Ok(*function)
}

/// Clear the list of previously registered exit functions.
#[native("_clear($module, /)")]
fn clear(t: &Thread, _module: Value) {
    functions(t).clear(t);
}

/// Run all registered exit functions.
///
/// If a callback raises an exception, it is logged with sys.unraisablehook.
#[native("_run_exitfuncs($module, /)")]
fn run_exitfuncs(t: &Thread, _module: Value) {
    crate::start::run_at_exit(t);
}

/// Return the number of registered exit functions.
#[native("_ncallbacks($module, /)")]
fn ncallbacks(t: &Thread, _module: Value) -> usize {
    functions(t).len()
}

/// Unregister an exit function which was previously registered using
/// atexit.register
///
///     func - function to be unregistered
#[native("unregister($module, func, /)")]
fn unregister(t: &Thread, _module: Value, function: Value) -> R<()> {
    let list = functions(t);
    let mut index = 0;
    while let Some(entry) = list.get(index) {
        let registered = entry.downcast::<Tuple>().map(|entry| entry.get(0));
        let same = match registered {
            Some(registered) => protocols::equal(t, registered, function)?,
            None => false,
        };
        if !same || !list.remove_if_same(t, index, entry) {
            index += 1;
        }
    }
    Ok(())
}

/// `atexit`.
pub static AT_EXIT: NativeModule = NativeModule {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: &[&REGISTER, &CLEAR, &RUN_EXITFUNCS, &NCALLBACKS, &UNREGISTER],
    classes: &[],
    initialize: nothing_to_add,
};
