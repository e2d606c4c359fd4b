//! `_interpreters`: what `concurrent.interpreters` stands on.

use sync::Arc;
use vm::modules::NativeModule;
use vm::objects::{CodeObject, Dict, Function, List, Module, int_from_u64};
use vm::raised::Raised;
use vm::{R, Ref, Str, Thread, Tuple, Value, native, protocols, start};

use super::{config, id_argument};
use crate::exceptions::{INTERPRETER_ERROR, NOT_FOUND, NOT_SHAREABLE, interpreter_error, not_shareable};
use crate::isolate::{self, CallFailed, Isolate, Whence};
use crate::registry;
use crate::transfer::failure::{self, Failure};
use crate::transfer::{self, Message, Reach, functions};

/// The interpreter of an argument. `restrict` asks that the library made it; `operation` is for the error.
fn find(t: &Thread, id: Value, restrict: bool, operation: &str) -> R<Arc<Isolate>> {
    let found = registry::find(t, id_argument(t, "interpreter", id)?)?;
    if restrict && !found.is_of_library() {
        return Err(interpreter_error(t, format_args!("cannot {operation} unrecognized interpreter {}", found.id)));
    }
    Ok(found)
}

fn id_and_whence(t: &Thread, isolate: &Isolate) -> R<Ref<Tuple>> {
    Tuple::pair(t, int_from_u64(t, isolate.id)?, Value::small(isolate.whence as i32))
}

/// create([config], *, reqrefs=False) -> ID
///
/// Create a new interpreter and return a unique generated ID.
///
/// The caller is responsible for destroying the interpreter before exiting,
/// typically by using _interpreters.destroy().  This can be managed
/// automatically by passing "reqrefs=True" and then using _incref() and
/// _decref() appropriately.
///
/// "config" must be a valid interpreter config or the name of a
/// predefined config ("isolated" or "legacy").  The default
/// is "isolated".
#[native("create(config=None, *, reqrefs=False)")]
fn create(t: &Thread, config: Value, reqrefs: bool) -> R<u64> {
    let config = config::of_argument(t, config)?;
    isolate::create(t, config, reqrefs).map(|isolate| isolate.id)
}

/// destroy(id, *, restrict=False)
///
/// Destroy the identified interpreter.
///
/// Attempting to destroy the current interpreter raises InterpreterError.
/// So does an unrecognized ID.
#[native("destroy(id, *, restrict=False)")]
fn destroy(t: &Thread, id: Value, restrict: bool) -> R<()> {
    let found = find(t, id, restrict, "destroy")?;
    if found.id == t.interpreter().id {
        return Err(interpreter_error(t, "cannot destroy the current interpreter"));
    }
    found.close(t)
}

/// list_all() -> [(ID, whence)]
///
/// Return a list containing the ID of every existing interpreter.
#[native("list_all(*, require_ready=False)")]
fn list_all(t: &Thread, _require_ready: bool) -> R<Ref<List>> {
    let list = List::new(t)?;
    for isolate in registry::registry(t).all() {
        list.push(t, id_and_whence(t, &isolate)?.value())?;
    }
    Ok(list)
}

/// get_current() -> (ID, whence)
///
/// Return the ID of current interpreter.
#[native("get_current()")]
fn get_current(t: &Thread) -> R<Ref<Tuple>> {
    let current = registry::find(t, t.interpreter().id)?;
    id_and_whence(t, &current)
}

/// get_main() -> (ID, whence)
///
/// Return the ID of main interpreter.
#[native("get_main()")]
fn get_main(t: &Thread) -> R<Ref<Tuple>> {
    match registry::registry(t).main() {
        Some(main) => id_and_whence(t, &main),
        None => Err(registry::not_found(t, 0)),
    }
}

/// is_running(id, *, restrict=False) -> bool
///
/// Return whether or not the identified interpreter is running.
#[native("is_running(id, *, restrict=False)")]
fn is_running(t: &Thread, id: Value, restrict: bool) -> R<bool> {
    Ok(find(t, id, restrict, "check if running for")?.life.is_running())
}

/// whence(id) -> int
///
/// Return an identifier for where the interpreter was created.
#[native("whence(id)")]
fn whence(t: &Thread, id: Value) -> R<i32> {
    Ok(find(t, id, false, "")?.whence as i32)
}

#[native("incref(id, *, implieslink=False, restrict=False)")]
fn incref(t: &Thread, id: Value, _implieslink: bool, restrict: bool) -> R<()> {
    find(t, id, restrict, "incref")?.add_owner();
    Ok(())
}

#[native("decref(id, *, restrict=False)")]
fn decref(t: &Thread, id: Value, restrict: bool) -> R<()> {
    find(t, id, restrict, "decref")?.remove_owner(t);
    Ok(())
}

/// get_config(id, *, restrict=False) -> types.SimpleNamespace
///
/// Return a representation of the config used to initialize the interpreter.
#[native("get_config(id, *, restrict=False)")]
fn get_config(t: &Thread, id: Value, restrict: bool) -> R {
    let id = if id.is_none() { int_from_u64(t, t.interpreter().id)? } else { id };
    config::to_namespace(t, find(t, id, restrict, "get the config of")?.config)
}

/// new_config(name='isolated', /, **overrides) -> type.SimpleNamespace
///
/// Return a representation of a new PyInterpreterConfig.
///
/// The name determines the initial values of the config.  Supported named
/// configs are: default, isolated, legacy, and empty.
///
/// Any keyword arguments are set on the corresponding config fields,
/// overriding the initial values.
#[native("new_config(name='isolated', /, **overrides)")]
fn new_config(t: &Thread, name: Option<Ref<Str>>, overrides: Ref<Dict>) -> R {
    let mut config = match name {
        Some(name) => config::named(t, &name.to_string_lossy())?,
        None => isolate::Config::ISOLATED,
    };
    config::update(t, &mut config, overrides)?;
    config::to_namespace(t, config)
}

/// Return True if the object's data may be shared between interpreters and
/// False otherwise.
#[native("is_shareable(obj)")]
fn is_shareable(t: &Thread, obj: Value) -> R<bool> {
    transfer::is_shareable(t, obj)
}

/// TypeError: an argument is not of the class it must be.
#[cold]
fn wrong_argument(t: &Thread, function: &str, number: u32, wanted: &str, given: Value) -> Raised {
    let got = if given.is_none() { String::from("None") } else { given.class(t).name() };
    t.type_error(format_args!("_interpreters.{function}() argument {number} must be {wanted}, not {got}"))
}

/// The messages of a namespace whose values are to be bound elsewhere: the argument of a function with this number.
fn shared_of(t: &Thread, function: &str, number: u32, shared: Option<Value>) -> R<Vec<(String, Message)>> {
    let mut messages = Vec::new();
    let Some(shared) = shared else { return Ok(messages) };
    let Some(dict) = shared.downcast::<Dict>() else { return Err(wrong_argument(t, function, number, "dict", shared)) };
    dict.for_each(t, |key, value| {
        let Some(name) = Str::of(t, key) else { return Err(t.type_error("bad argument type for built-in operation")) };
        // The codec's own error for lone surrogates.
        protocols::call_method(t, key, t.names().encode, &[])?;
        messages.push((name.to_string_lossy(), transfer::encode(t, value, Reach::Shareable)?));
        Ok(())
    })?;
    Ok(messages)
}

/// The code that an argument of `exec` means.
fn script_of(t: &Thread, script: Value) -> R<Ref<CodeObject>> {
    if let Some(text) = Str::of(t, script) {
        return start::compile_module(t, &text.to_string_lossy(), "<script>");
    }
    let code = match script.downcast::<Function>() {
        Some(function) => function.code(),
        None => match script.downcast::<CodeObject>() {
            Some(code) => code,
            None => {
                let shown = protocols::repr(t, script)?.to_string_lossy();
                return Err(t.type_error(format_args!("unsupported script {shown}")));
            }
        },
    };
    functions::check_script(t, code)?;
    Ok(code)
}

fn excinfo(t: &Thread, failure: Option<Failure>) -> R {
    failure.map_or(Ok(Value::NONE), |failure| failure.to_namespace(t))
}

fn run(t: &Thread, function: &str, id: Value, script: Value, shared: Option<Value>, restrict: bool) -> R {
    if let Some(shared) = shared.filter(|shared| shared.downcast::<Dict>().is_none()) {
        return Err(wrong_argument(t, function, 3, "dict", shared));
    }
    let found = find(t, id, restrict, "exec code for")?;
    let code = script_of(t, script)?.unit_arc();
    let shared = shared_of(t, function, 3, shared)?;
    let failure = found.exec(t, &code, &shared)?;
    excinfo(t, failure)
}

/// exec(id, code, shared=None, *, restrict=False)
///
/// Execute the provided code in the identified interpreter.
/// This is equivalent to running the builtin exec() under the target
/// interpreter, using the __dict__ of its __main__ module as both
/// globals and locals.
///
/// "code" may be a string containing the text of a Python script.
///
/// Functions (and code objects) are also supported, with some restrictions.
/// The code/function must not take any arguments or be a closure
/// (i.e. have cell vars).  Methods and other callables are not supported.
///
/// If a function is provided, its code object is used and all its state
/// is ignored, including its __globals__ dict.
#[native("exec(id, code, shared=None, *, restrict=False)")]
fn exec(t: &Thread, id: Value, code: Value, shared: Option<Value>, restrict: bool) -> R {
    run(t, "exec", id, code, shared, restrict)
}

/// run_string(id, script, shared=None, *, restrict=False)
///
/// Execute the provided string in the identified interpreter.
///
/// (See _interpreters.exec().
#[native("run_string(id, script, shared=None, *, restrict=False)")]
fn run_string(t: &Thread, id: Value, script: Value, shared: Option<Value>, restrict: bool) -> R {
    if Str::of(t, script).is_none() {
        return Err(wrong_argument(t, "run_string", 2, "str", script));
    }
    run(t, "run_string", id, script, shared, restrict)
}

/// run_func(id, func, shared=None, *, restrict=False)
///
/// Execute the body of the provided function in the identified interpreter.
/// Code objects are also supported.  In both cases, closures and args
/// are not supported.  Methods and other callables are not supported either.
///
/// (See _interpreters.exec().
#[native("run_func(id, func, shared=None, *, restrict=False)")]
fn run_func(t: &Thread, id: Value, func: Value, shared: Option<Value>, restrict: bool) -> R {
    if func.downcast::<Function>().is_none() && func.downcast::<CodeObject>().is_none() {
        return Err(wrong_argument(t, "run_func", 2, "a function", func));
    }
    run(t, "run_func", id, func, shared, restrict)
}

/// call(id, callable, args=None, kwargs=None, *, restrict=False)
///
/// Call the provided object in the identified interpreter.
/// Pass the given args and kwargs, if possible.
#[native("call(id, callable, args=None, kwargs=None, *, restrict=False)")]
fn call(
    t: &Thread,
    id: Value,
    callable: Value,
    args: Option<Value>,
    kwargs: Option<Value>,
    restrict: bool,
) -> R<Ref<Tuple>> {
    let found = find(t, id, restrict, "make a call in")?;
    if !protocols::is_callable(t, callable) {
        let shown = protocols::repr(t, callable)?.to_string_lossy();
        return Err(t.type_error(format_args!("expected a callable, got {shown}")));
    }
    let callable = transfer::encode_callable(t, callable)?;
    let args = match args {
        Some(args) => match Tuple::of(t, args) {
            Some(tuple) if tuple.is_empty() => None,
            Some(_) => Some(transfer::encode(t, args, Reach::Everything)?),
            None => return Err(wrong_argument(t, "call", 3, "tuple", args)),
        },
        None => None,
    };
    let kwargs = match kwargs {
        Some(kwargs) => match kwargs.downcast::<Dict>() {
            Some(dict) if dict.is_empty(t) => None,
            Some(_) => Some(transfer::encode(t, kwargs, Reach::Everything)?),
            None => return Err(wrong_argument(t, "call", 4, "dict", kwargs)),
        },
        None => None,
    };
    match found.call(t, &callable, args.as_ref(), kwargs.as_ref())? {
        Ok(result) => Tuple::pair(t, transfer::decode(t, &result)?, Value::NONE),
        Err(CallFailed::Raised(failure)) => Tuple::pair(t, Value::NONE, failure.to_namespace(t)?),
        Err(CallFailed::Unshareable(message)) => {
            let cause = protocols::call(t, t.classes().exception.value(), &[Str::new(t, &message)?.value()])?;
            Err(not_shareable(t, "object does not support cross-interpreter data", Some(cause)))
        }
    }
}

/// set___main___attrs(id, ns, *, restrict=False)
///
/// Bind the given attributes in the interpreter's __main__ module.
#[native("set___main___attrs(id, updates, *, restrict=False)")]
fn set_main_attrs(t: &Thread, id: Value, updates: Value, restrict: bool) -> R<()> {
    let found = find(t, id, restrict, "update __main__ for")?;
    let shared = shared_of(t, "set___main___attrs", 2, Some(updates))?;
    if shared.is_empty() {
        return Err(t.value_error("arg 2 must be a non-empty dict"));
    }
    match found.bind_in_main(t, &shared)? {
        None => Ok(()),
        Some(failure) => Err(interpreter_error(t, failure.formatted().unwrap_or_default())),
    }
}

/// capture_exception(exc=None) -> types.SimpleNamespace
///
/// Return a snapshot of an exception.  If "exc" is None
/// then the current exception, if any, is used (but not cleared).
///
/// The returned snapshot is the same as what _interpreters.exec() returns.
#[native("capture_exception(exc=None)")]
fn capture_exception(t: &Thread, exc: Value) -> R {
    let exception = if exc.is_none() { t.handled() } else { Some(exc) };
    let Some(exception) = exception else { return Ok(Value::NONE) };
    if !exception.class(t).is_subclass_of(t.classes().base_exception) {
        let shown = protocols::repr(t, exception)?.to_string_lossy();
        return Err(t.type_error(format_args!("expected exception, got {shown}")));
    }
    failure::capture(t, exception).to_namespace(t)
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    // The first to import the module founds the registry; it is the main interpreter.
    registry::registry(t);
    let runtime = i64::from(Whence::Runtime as i32);
    let library = i64::from(Whence::Library as i32);
    for (name, number) in [
        ("WHENCE_UNKNOWN", 0),
        ("WHENCE_RUNTIME", runtime),
        ("WHENCE_LEGACY_CAPI", 2),
        ("WHENCE_CAPI", 3),
        ("WHENCE_XI", 4),
        ("WHENCE_STDLIB", library),
    ] {
        module.add_int(t, name, number)?;
    }
    Ok(())
}

/// `_interpreters`.
pub static MODULE: NativeModule = NativeModule {
    name: "_interpreters",
    doc: "This module provides primitive operations to manage Python interpreters.\nThe 'interpreters' module provides a more convenient interface.",
    functions: &[
        &CREATE,
        &DESTROY,
        &LIST_ALL,
        &GET_CURRENT,
        &GET_MAIN,
        &IS_RUNNING,
        &WHENCE,
        &INCREF,
        &DECREF,
        &GET_CONFIG,
        &NEW_CONFIG,
        &IS_SHAREABLE,
        &EXEC,
        &RUN_STRING,
        &RUN_FUNC,
        &CALL,
        &SET_MAIN_ATTRS,
        &CAPTURE_EXCEPTION,
    ],
    classes: &[&INTERPRETER_ERROR, &NOT_FOUND, &NOT_SHAREABLE],
    initialize,
};
