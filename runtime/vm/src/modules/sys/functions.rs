//! The functions of `sys`.

use sync::atomic::Ordering::Relaxed;

use crate::containers::intern_text;
use crate::exec::tracing;
use crate::native;
use crate::native::NativeDef;
use crate::object::Ref;
use crate::objects::{BaseException, Dict, FrameObject, Str, Tuple, frame};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Return the current exception.
#[native("exception()")]
fn exception(t: &Thread) -> Value {
    t.handled().unwrap_or(Value::NONE)
}

/// Return current exception information: (type, value, traceback).
#[native("exc_info()")]
fn exc_info(t: &Thread) -> R<Ref<Tuple>> {
    match t.handled() {
        Some(error) => Tuple::from_slice(t, &[error.class(t).value(), error, crate::exceptions::traceback_of(error)]),
        None => Tuple::from_slice(t, &[Value::NONE; 3]),
    }
}

/// Exit the interpreter by raising SystemExit(status).
#[native("exit(status=None, /)")]
fn exit(t: &Thread, status: Value) -> R {
    Err(t.raise_with(t.classes().system_exit, &[status]))
}

/// Print an object to sys.stdout and also save it in builtins._
#[native("displayhook(object, /)")]
fn displayhook(t: &Thread, object: Value) -> R<()> {
    if object.is_none() {
        return Ok(());
    }
    let builtins: Option<Ref<Dict>> = t.interpreter().state().builtins_dict.get().and_then(Value::downcast);
    let Some(builtins) = builtins else { return Err(t.runtime_error("lost builtins module")) };
    let underscore = intern_text(t, "_")?;
    builtins.set_str(t, underscore, Value::NONE)?;
    let Some(stdout) = super::attribute(t, t.names().stdout)?.filter(|stdout| !stdout.is_none()) else {
        return Err(t.runtime_error("lost sys.stdout"));
    };
    let text = protocols::repr(t, object)?;
    protocols::call_method(t, stdout, t.names().write, &[text.value()])?;
    protocols::call_method(t, stdout, t.names().write, &[Str::new(t, "\n")?.value()])?;
    builtins.set_str(t, underscore, object)
}

/// Handle an exception by displaying it with a traceback on sys.stderr.
#[native("excepthook(exctype, value, traceback, /)")]
fn excepthook(t: &Thread, _class: Value, value: Value, _traceback: Value) -> R<()> {
    print_exception(t, value)
}

/// Prints an exception with its traceback on `sys.stderr`, as the library's `traceback` formats it.
pub fn print_exception(t: &Thread, error: Value) -> R<()> {
    let Some(stderr) = super::attribute(t, t.names().stderr)?.filter(|stderr| !stderr.is_none()) else { return Ok(()) };
    if error.downcast::<BaseException>().is_none() {
        let got = error.class(t).name();
        let text = Str::new(t, &format!("TypeError: print_exception(): Exception expected for value, {got} found\n"))?;
        return protocols::call_method(t, stderr, t.names().write, &[text.value()]).map(drop);
    }
    let traceback = crate::builtins::import::import_module(t, "traceback")?;
    let print = protocols::get_attribute(t, traceback, intern_text(t, "_print_exception_bltin")?)?;
    protocols::call(t, print, &[error])?;
    protocols::call_method(t, stderr, t.names().flush, &[]).map(drop)
}

static UNRAISABLE: crate::builtins::struct_sequence::Description = crate::builtins::struct_sequence::Description {
    name: "sys.UnraisableHookArgs",
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "err_msg", "object"],
    hidden: &[],
    callable: true,
};

/// Calls `sys.unraisablehook`.
pub fn call_unraisable_hook(t: &Thread, error: Value, message: &str, object: Value) -> R<()> {
    let class = crate::builtins::struct_sequence::make_class(t, &UNRAISABLE)?;
    let message = Str::new(t, message)?.value();
    let items = [error.class(t).value(), error, crate::exceptions::traceback_of(error), message, object];
    let arguments = crate::builtins::struct_sequence::make(t, class, &items, &[])?;
    match super::attribute(t, t.names().unraisablehook)? {
        Some(hook) => protocols::call(t, hook, &[arguments]).map(drop),
        None => unraisablehook(t, arguments),
    }
}

/// Handle an unraisable exception.
#[native("unraisablehook(unraisable, /)")]
fn unraisablehook(t: &Thread, unraisable: Value) -> R<()> {
    let names = t.names();
    let Some(stderr) = super::attribute(t, names.stderr)?.filter(|stderr| !stderr.is_none()) else { return Ok(()) };
    let (message, object) = (
        protocols::get_attribute(t, unraisable, names.err_msg)?,
        protocols::get_attribute(t, unraisable, names.object_)?,
    );
    let mut text = if message.is_none() {
        String::from("Exception ignored in")
    } else {
        protocols::str(t, message)?.to_string_lossy()
    };
    if !object.is_none() {
        let shown = match protocols::repr(t, object) {
            Ok(shown) => shown.to_string_lossy(),
            Err(raised) => {
                t.take(raised);
                String::from("<object repr() failed>")
            }
        };
        text = format!("{text} {shown}");
    }
    let text = Str::new(t, &format!("{text}:\n"))?;
    protocols::call_method(t, stderr, names.write, &[text.value()])?;
    let error = protocols::get_attribute(t, unraisable, names.exc_value)?;
    print_exception(t, error)
}

/// The exit status that a SystemExit's code stands for; a message is printed.
pub fn exit_status(t: &Thread, code: Value) -> i32 {
    if code.is_none() {
        return 0;
    }
    if let Some(number) = crate::objects::int_of(code) {
        return number.to_i64().map_or(-1, |number| number as i32);
    }
    let shown = || -> R<()> {
        let stderr = super::attribute(t, t.names().stderr)?.filter(|stderr| !stderr.is_none());
        let text = protocols::str(t, code)?.to_string_lossy();
        match stderr {
            Some(stderr) => {
                protocols::call_method(t, stderr, t.names().write, &[Str::new(t, &format!("{text}\n"))?.value()])
                    .map(drop)
            }
            None => Ok(()),
        }
    };
    if shown().is_err() {
        t.clear_pending();
    }
    1
}

/// Whether the error is a SystemExit; then its code.
pub fn raise_exit_code(t: &Thread, error: Value) -> Option<Value> {
    let exception = error.downcast::<BaseException>()?;
    error.class(t).is_subclass_of(t.classes().system_exit).then(|| exception.detail(0).unwrap_or(Value::NONE))
}

/// Return the current value of the recursion limit.
#[native("getrecursionlimit()")]
fn getrecursionlimit(t: &Thread) -> u32 {
    t.interpreter().recursion_limit.load(Relaxed)
}

/// Set the maximum depth of the Python interpreter stack to n.
#[native("setrecursionlimit(limit, /)")]
fn setrecursionlimit(t: &Thread, limit: i32) -> R<()> {
    if limit < 1 {
        return Err(t.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = t.frames().depth();
    if depth >= limit as usize {
        return Err(t.recursion_error(format_args!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        )));
    }
    t.interpreter().recursion_limit.store(limit as u32, Relaxed);
    t.frames().set_limit(limit as usize);
    Ok(())
}

/// Return a frame object from the call stack.
#[native("_getframe(depth=0, /)")]
fn getframe(t: &Thread, depth: i32) -> R<Ref<FrameObject>> {
    match t.frames().iter().nth(depth.max(0) as usize) {
        Some(record) => frame::object_of(t, record),
        None => Err(t.value_error("call stack is not deep enough")),
    }
}

/// Return the name of the module that the calling frame runs in.
#[native("_getframemodulename(depth=0)")]
fn getframemodulename(t: &Thread, depth: i32) -> Value {
    let frame = t.frames().iter().nth(depth.max(0) as usize);
    frame.and_then(|frame| frame.function().module.get()).unwrap_or(Value::NONE)
}

/// ``Intern'' the given string.
#[native("intern(string, /)")]
fn intern(t: &Thread, string: Value) -> R<Ref<Str>> {
    match string.downcast::<Str>() {
        Some(text) => Ok(Str::intern(t, text)),
        None if Str::of(t, string).is_some() => {
            Err(t.type_error(format_args!("can't intern {}", string.class(t).name())))
        }
        None => Err(t.type_error(format_args!("intern() argument must be str, not {}", string.class(t).name()))),
    }
}

/// Return True if the given string is "interned".
#[native("_is_interned(string, /)")]
fn is_interned(t: &Thread, string: Value) -> R<bool> {
    match string.downcast::<Str>() {
        Some(text) => Ok(text.is_interned()),
        None => Err(t.type_error(format_args!("_is_interned() argument must be str, not {}", string.class(t).name()))),
    }
}

/// Return the current default encoding used by the Unicode implementation.
#[native("getdefaultencoding()")]
fn getdefaultencoding(_: &Thread) -> &'static str {
    "utf-8"
}

/// Return the encoding used to convert Unicode filenames to OS filenames.
#[native("getfilesystemencoding()")]
fn getfilesystemencoding(_: &Thread) -> &'static str {
    "utf-8"
}

/// Return the error mode used Unicode to OS filename conversion.
#[native("getfilesystemencodeerrors()")]
fn getfilesystemencodeerrors(_: &Thread) -> &'static str {
    "surrogateescape"
}

/// Return the size of object in bytes.
#[native("getsizeof(object, default=None)")]
fn getsizeof(t: &Thread, object: Value, default: Option<Value>) -> R {
    let name = intern_text(t, "__sizeof__")?;
    let result = match object.class(t).lookup(t, name) {
        Some(method) => protocols::call_special(t, method, object, &[]),
        None => Err(t.type_error(format_args!("Type {} doesn't define __sizeof__", object.class(t).name()))),
    };
    match (result, default) {
        (Err(raised), Some(default)) => {
            t.catch(raised, t.classes().type_error)?;
            Ok(default)
        }
        (result, _) => result,
    }
}

/// The number of references to an object: collected objects are not counted, so a plausible constant stands for "alive".
#[native("getrefcount(object, /)")]
fn getrefcount(_: &Thread, object: Value) -> i64 {
    // Objects of the shared space are immortal in CPython's sense.
    if object.header().is_some_and(|header| !gc::ImmortalSpace::get().contains(std::ptr::from_ref(header) as u64)) {
        2
    } else {
        3_221_225_472
    }
}

/// Return True if the GIL is currently enabled and False otherwise.
#[native("_is_gil_enabled()")]
fn is_gil_enabled(_: &Thread) -> bool {
    false
}

/// The number of processors that `-X cpu_count` fixes, or -1.
#[native("_get_cpu_count_config()")]
fn get_cpu_count_config(t: &Thread) -> i64 {
    let given = t.interpreter().options.extra.iter().find_map(|option| option.strip_prefix("cpu_count=")?.parse().ok());
    given.unwrap_or(-1)
}

/// Return True if Python is shutting down.
#[native("is_finalizing()")]
fn is_finalizing(t: &Thread) -> bool {
    t.interpreter().closing.load(Relaxed)
}

/// Set the maximum string digits limit for non-binary int<->str conversions.
#[native("set_int_max_str_digits(maxdigits)")]
fn set_int_max_str_digits(t: &Thread, digits: i32) -> R<()> {
    if digits != 0 && digits < 640 {
        return Err(t.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    t.interpreter().int_max_str_digits.store(digits as u32, Relaxed);
    Ok(())
}

/// Return the maximum string digits limit for non-binary int<->str conversions.
#[native("get_int_max_str_digits()")]
fn get_int_max_str_digits(t: &Thread) -> u32 {
    t.interpreter().int_max_str_digits.load(Relaxed)
}

/// Return the current thread switch interval; threads here run at the same time, so it only remembers.
#[native("getswitchinterval()")]
fn getswitchinterval(t: &Thread) -> f64 {
    f64::from_bits(t.interpreter().switch_interval.load(Relaxed))
}

/// Set the ideal thread switching delay inside the Python interpreter.
#[native("setswitchinterval(interval, /)")]
fn setswitchinterval(t: &Thread, interval: f64) -> R<()> {
    if interval <= 0.0 {
        return Err(t.value_error("switch interval must be strictly positive"));
    }
    t.interpreter().switch_interval.store(interval.to_bits(), Relaxed);
    Ok(())
}

/// Check status of origin tracking for coroutine objects in this thread.
#[native("get_coroutine_origin_tracking_depth()")]
fn get_coroutine_origin_tracking_depth(t: &Thread) -> i32 {
    t.coroutine_origin_depth.get()
}

/// Enable or disable origin tracking for coroutine objects in this thread.
#[native("set_coroutine_origin_tracking_depth(depth)")]
fn set_coroutine_origin_tracking_depth(t: &Thread, depth: i32) -> R<()> {
    if depth < 0 {
        return Err(t.value_error("depth must be >= 0"));
    }
    t.coroutine_origin_depth.set(depth);
    Ok(())
}

static HOOKS: crate::builtins::struct_sequence::Description = crate::builtins::struct_sequence::Description {
    name: "sys.asyncgen_hooks",
    doc: "asyncgen_hooks\n\nTuple of the hooks (firstiter, finalizer) of this thread.",
    fields: &["firstiter", "finalizer"],
    hidden: &[],
    callable: true,
};

/// Return the installed asynchronous generators hooks.
#[native("get_asyncgen_hooks()")]
fn get_asyncgen_hooks(t: &Thread) -> R {
    let class = crate::builtins::struct_sequence::make_class(t, &HOOKS)?;
    let hook = |which| t.async_hook(which).get().unwrap_or(Value::NONE);
    crate::builtins::struct_sequence::make(t, class, &[hook(0), hook(1)], &[])
}

/// Set a finalizer for async generators objects.
#[native("set_asyncgen_hooks(firstiter=<unset>, finalizer=<unset>)")]
fn set_asyncgen_hooks(t: &Thread, first: Option<Value>, finalizer: Option<Value>) -> R<()> {
    for (which, given, name) in [(0, first, "firstiter"), (1, finalizer, "finalizer")] {
        let Some(given) = given else { continue };
        if !given.is_none() && !protocols::is_callable(t, given) {
            let got = given.class(t).name();
            return Err(t.type_error(format_args!("callable {name} expected, got {got}")));
        }
        t.async_hook(which).set(Some(given).filter(|given| !given.is_none()));
    }
    Ok(())
}

/// Clear the internal type cache.
#[native("_clear_type_cache()")]
fn clear_type_cache(t: &Thread) {
    t.method_cache().clear();
}

/// Drops inline caches and internal caches.
#[native("_clear_internal_caches()")]
fn clear_internal_caches(t: &Thread) {
    t.method_cache().clear();
}

/// Run an audit event: hooks added with addaudithook see it.
#[native("audit", raw)]
fn audit(t: &Thread, args: crate::native::Args<'_>) -> R {
    let Some(hooks) = audit_hooks(t)? else { return Ok(Value::NONE) };
    let [event, rest @ ..] = args.values else { return Err(t.type_error("audit expected at least 1 argument, got 0")) };
    run_audit_hooks(t, hooks, *event, rest)?;
    Ok(Value::NONE)
}

/// Runs an audit event of native code.
pub fn audit_event(t: &Thread, event: &str, arguments: &[Value]) -> R<()> {
    match audit_hooks(t)? {
        Some(hooks) => run_audit_hooks(t, hooks, intern_text(t, event)?.value(), arguments),
        None => Ok(()),
    }
}

fn audit_hooks(t: &Thread) -> R<Option<Ref<crate::objects::List>>> {
    let Some(tables) = t.interpreter().state().side_tables.get().and_then(Value::downcast::<Dict>) else {
        return Ok(None);
    };
    Ok(tables.get_str(t, intern_text(t, "audit hooks")?).and_then(Value::downcast))
}

fn run_audit_hooks(t: &Thread, hooks: Ref<crate::objects::List>, event: Value, arguments: &[Value]) -> R<()> {
    let arguments = Tuple::from_slice(t, arguments)?;
    let mut index = 0;
    while let Some(hook) = hooks.get(index) {
        protocols::call(t, hook, &[event, arguments.value()])?;
        index += 1;
    }
    Ok(())
}

/// Adds a new audit hook callback.
#[native("addaudithook(hook)")]
fn addaudithook(t: &Thread, hook: Value) -> R<()> {
    let Some(tables) = t.interpreter().state().side_tables.get().and_then(Value::downcast::<Dict>) else {
        return Ok(());
    };
    let name = intern_text(t, "audit hooks")?;
    let list = match tables.get_str(t, name).and_then(Value::downcast::<crate::objects::List>) {
        Some(list) => list,
        None => {
            let list = crate::objects::List::new(t)?;
            tables.set_str(t, name, list.value())?;
            list
        }
    };
    list.push(t, hook)
}

/// Set the global debug tracing function. It will be called on each function call.
#[native("settrace(function, /)")]
fn settrace(t: &Thread, function: Value) {
    tracing::set_trace(t, Some(function).filter(|function| !function.is_none()));
}

/// Return the global debug tracing function set with sys.settrace.
#[native("gettrace()")]
fn gettrace(t: &Thread) -> Value {
    t.trace_function.get().unwrap_or(Value::NONE)
}

/// Set the profiling function.
#[native("setprofile(function, /)")]
fn setprofile(t: &Thread, function: Value) {
    tracing::set_profile(t, Some(function).filter(|function| !function.is_none()));
}

/// Return the profiling function set with sys.setprofile.
#[native("getprofile()")]
fn getprofile(t: &Thread) -> Value {
    t.profile_function.get().unwrap_or(Value::NONE)
}

/// Call func(*args), while tracing is enabled.
#[native("call_tracing(func, args, /)")]
fn call_tracing(t: &Thread, function: Value, arguments: Value) -> R {
    match arguments.downcast::<Tuple>() {
        Some(arguments) => tracing::call_reporting(t, function, arguments),
        None => {
            let got = protocols::name_of_argument(t, arguments);
            Err(t.type_error(format_args!("call_tracing() argument 2 must be tuple, not {got}")))
        }
    }
}

/// Return the number of memory blocks currently allocated.
#[native("getallocatedblocks()")]
fn getallocatedblocks(t: &Thread) -> usize {
    // Blocks of the least cell's size, 16 bytes, that the live objects fill.
    t.interpreter().heap().statistics().live_bytes / 16
}

/// This hook function is called by built-in breakpoint().
#[native("breakpointhook", raw)]
fn breakpointhook(t: &Thread, args: crate::native::Args<'_>) -> R {
    let setting =
        if t.interpreter().options.ignore_environment { None } else { std::env::var("PYTHONBREAKPOINT").ok() };
    let target = setting.filter(|setting| !setting.is_empty()).unwrap_or_else(|| String::from("pdb.set_trace"));
    if target == "0" {
        return Ok(Value::NONE);
    }
    let (module, name) = target.rsplit_once('.').unwrap_or(("builtins", &target));
    let found = crate::builtins::import::import_module(t, module)
        .and_then(|module| protocols::get_attribute(t, module, intern_text(t, name)?));
    match found {
        Ok(function) => protocols::call_args(t, function, args),
        Err(raised) => {
            t.catch(raised, t.classes().exception)?;
            protocols::warn(
                t,
                t.classes().runtime_warning,
                &format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{target}\""),
            )?;
            Ok(Value::NONE)
        }
    }
}

/// Private function for clearing certain descriptors from a type's dictionary.
#[native("_clear_type_descriptors(type, /)")]
fn clear_type_descriptors(t: &Thread, class: Ref<crate::objects::Class>) -> R<()> {
    if !class.has(crate::objects::ClassFlags::HEAP) {
        return Err(t.type_error("argument is immutable"));
    }
    for name in [t.names().__dict__, t.names().__weakref__] {
        class.set_attribute(t, name, None)?;
    }
    Ok(())
}

macro_rules! jit_questions {
    ($($(#[$doc:meta])* $function:ident $signature:literal;)*) => {
        $($(#[$doc])*
        #[native($signature)]
        fn $function(_: &Thread) -> bool {
            // Code is interpreted: there is no compiler to machine code yet.
            false
        })*
    };
}

jit_questions! {
    /// Return True if the current Python executable supports JIT compilation.
    jit_is_available "is_available()";
    /// Return True if JIT compilation is enabled for the current Python process.
    jit_is_enabled "is_enabled()";
    /// Return True if the topmost Python frame is currently executing JIT code.
    jit_is_active "is_active()";
}

/// All functions.
pub static ALL: &[&NativeDef] = &[
    &EXCEPTION,
    &EXC_INFO,
    &EXIT,
    &DISPLAYHOOK,
    &EXCEPTHOOK,
    &UNRAISABLEHOOK,
    &GETRECURSIONLIMIT,
    &SETRECURSIONLIMIT,
    &GETFRAME,
    &GETFRAMEMODULENAME,
    &INTERN,
    &IS_INTERNED,
    &GETDEFAULTENCODING,
    &GETFILESYSTEMENCODING,
    &GETFILESYSTEMENCODEERRORS,
    &GETSIZEOF,
    &GETREFCOUNT,
    &IS_GIL_ENABLED,
    &IS_FINALIZING,
    &SET_INT_MAX_STR_DIGITS,
    &GET_INT_MAX_STR_DIGITS,
    &GETSWITCHINTERVAL,
    &SETSWITCHINTERVAL,
    &GET_COROUTINE_ORIGIN_TRACKING_DEPTH,
    &SET_COROUTINE_ORIGIN_TRACKING_DEPTH,
    &GET_ASYNCGEN_HOOKS,
    &SET_ASYNCGEN_HOOKS,
    &CLEAR_TYPE_CACHE,
    &CLEAR_TYPE_DESCRIPTORS,
    &CLEAR_INTERNAL_CACHES,
    &AUDIT,
    &ADDAUDITHOOK,
    &SETTRACE,
    &GETTRACE,
    &SETPROFILE,
    &CALL_TRACING,
    &GETPROFILE,
    &GETALLOCATEDBLOCKS,
    &BREAKPOINTHOOK,
    &GET_CPU_COUNT_CONFIG,
];
