//! `_thread`: starting threads and waiting for them.
//!
//! A new thread attaches to the interpreter, which stops the others for a moment (rule 15), so the starter waits in a blocking
//! region until the attaching is done. What the thread runs is on the starter's stack until then, and on its own after.
//!
//! A handle's state goes from `NEW` through `RUNNING` to `DONE`, and never back. Who joins waits at the handle's address.

use std::time::{Duration, Instant};

use sync::atomic::{AtomicU64, Ordering::SeqCst};
use sync::{Arc, Condvar, Mutex};

use vm::builtins::struct_sequence::{self, Description};
use vm::heap_object;
use vm::modules::NativeModule;
use vm::modules::sys;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Dict, Module, Str};
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Tuple, Value, native, protocols};

use super::local::{self, LOCAL};
use super::lock::{LOCK, Lock, RLOCK, TIMEOUT_MAX, new_lock};

heap_object! {
    /// What `start_joinable_thread` gives: where one waits for a thread's end.
    pub struct Handle {
        ident: AtomicU64,
        /// `NEW`, `RUNNING` or `DONE`.
        state: AtomicU64,
        /// Whether the interpreter's end waits for the thread: 1 if so.
        awaited: AtomicU64,
    }
    trace {}
}

const NEW: u64 = 0;
const RUNNING: u64 = 1;
const DONE: u64 = 2;

/// What the threads of an interpreter share on the Rust side.
#[derive(Default)]
struct Threads {
    /// Threads that run.
    count: AtomicU64,
    /// Those among them that the interpreter's end waits for.
    awaited: AtomicU64,
    main: AtomicU64,
    stack_size: AtomicU64,
}

impl Threads {
    /// Where `_shutdown` waits.
    fn address(self: &Arc<Self>) -> u64 {
        Arc::as_ptr(self).addr() as u64
    }
}

fn threads(t: &Thread) -> Arc<Threads> {
    t.interpreter().extension_or_insert("threads", Threads::default)
}

/// Not a multiple of what the system aligns large mappings to: then threads' memory does not all begin alike (decision 019).
const DEFAULT_STACK: usize = (64 << 20) - (5 << 12);

/// RuntimeError where the interpreter may have no threads.
fn check_allowed(t: &Thread) -> R<()> {
    if t.interpreter().options.allow_threads {
        Ok(())
    } else {
        Err(t.runtime_error("thread is not supported for isolated subinterpreters"))
    }
}

/// Starts a thread that calls `function`; the handle, which is `RUNNING` already, learns of its end.
fn start(t: &Thread, function: Value, args: Ref<Tuple>, kwargs: Option<Ref<Dict>>, handle: Ref<Handle>) -> R<u64> {
    let threads = threads(t);
    let work = Tuple::from_slice(t, &[function, args.value(), kwargs.map_or(Value::NONE, Ref::value), handle.value()])?;
    let attached = Arc::new((Mutex::new(0_u64), Condvar::new()));
    let size = match threads.stack_size.load(SeqCst) {
        0 => DEFAULT_STACK,
        size => size as usize,
    };
    let (interpreter, signal, counted) = (t.interpreter().clone(), attached.clone(), threads.clone());
    threads.count.fetch_add(1, SeqCst);
    threads.awaited.fetch_add(handle.awaited.load(SeqCst), SeqCst);
    let word = work.value().bits();
    let spawned = sync::thread::Builder::new().stack_size(size).spawn(move || {
        let t = Thread::attach(&interpreter);
        let work = Value::from_word(word).and_then(|work| Tuple::of(&t, work));
        *signal.0.lock() = t.handle().ident;
        signal.1.notify_all();
        drop(signal);
        if let Some(work) = work {
            run(&t, work);
        }
        counted.count.fetch_sub(1, SeqCst);
    });
    if spawned.is_err() {
        threads.count.fetch_sub(1, SeqCst);
        finish(t, handle);
        return Err(t.runtime_error("can't start new thread"));
    }
    let ident = t.blocking(|| {
        let mut ident = attached.0.lock();
        while *ident == 0 {
            attached.1.wait(&mut ident);
        }
        *ident
    });
    // Until here the work lives by this.
    std::hint::black_box(work);
    Ok(ident)
}

fn run(t: &Thread, work: Ref<Tuple>) {
    let handle: Option<Ref<Handle>> = work.get(3).downcast();
    if let Some(handle) = handle {
        handle.ident.store(t.handle().ident, SeqCst);
    }
    let args = Tuple::of(t, work.get(1)).unwrap_or_else(|| t.empty_tuple());
    if let Err(raised) = protocols::call_unpacked(t, work.get(0), None, args, work.get(2).downcast()) {
        let error = t.take(raised);
        if sys::raise_exit_code(t, error).is_none() {
            vm::events::report_unraisable(t, error, "Exception ignored in thread started by", work.get(0));
        }
    }
    local::forget_thread(t);
    if let Some(handle) = handle {
        finish(t, handle);
    }
}

fn finish(t: &Thread, handle: Ref<Handle>) {
    if handle.state.swap(DONE, SeqCst) == DONE {
        return;
    }
    let waiting = &t.interpreter().waiting;
    waiting.wake_all(handle.address());
    if handle.awaited.swap(0, SeqCst) != 0 {
        let threads = threads(t);
        threads.awaited.fetch_sub(1, SeqCst);
        waiting.wake_all(threads.address());
    }
}

fn new_handle(t: &Thread) -> R<Ref<Handle>> {
    Ok(t.allocate_exact::<Handle>(HANDLE.get(t))?.publish())
}

/// Start a new thread and return its identifier.
#[native("start_new_thread(function, args, kwargs={}, /)")]
fn start_new_thread(t: &Thread, function: Value, args: Value, kwargs: Option<Value>) -> R<u64> {
    check_allowed(t)?;
    if !protocols::is_callable(t, function) {
        return Err(t.type_error("first arg must be callable"));
    }
    let Some(args) = Tuple::of(t, args) else { return Err(t.type_error("2nd arg must be a tuple")) };
    let kwargs = match kwargs {
        None => None,
        Some(kwargs) => match kwargs.downcast::<Dict>() {
            Some(kwargs) => Some(kwargs),
            None => return Err(t.type_error("optional 3rd arg must be a dictionary")),
        },
    };
    let handle = new_handle(t)?;
    handle.state.store(RUNNING, SeqCst);
    start(t, function, args, kwargs, handle)
}

/// *For internal use only*: start a new thread.
#[native("start_joinable_thread(function, handle=None, daemon=True)")]
fn start_joinable_thread(t: &Thread, function: Value, handle: Option<Ref<Handle>>, daemon: bool) -> R<Ref<Handle>> {
    check_allowed(t)?;
    if daemon && !t.interpreter().options.allow_daemon_threads {
        return Err(t.runtime_error("daemon threads are disabled in this interpreter"));
    }
    if !protocols::is_callable(t, function) {
        return Err(t.type_error("thread function must be callable"));
    }
    let handle = match handle {
        Some(handle) => handle,
        None => new_handle(t)?,
    };
    if handle.state.compare_exchange(NEW, RUNNING, SeqCst, SeqCst).is_err() {
        return Err(t.runtime_error("thread already started"));
    }
    handle.awaited.store(u64::from(!daemon), SeqCst);
    let ident = start(t, function, t.empty_tuple(), None, handle)?;
    handle.ident.store(ident, SeqCst);
    Ok(handle)
}

#[native("__new__($type)")]
fn handle_new(t: &Thread, _class: Value) -> R<Ref<Handle>> {
    new_handle(t)
}

#[native("join($self, timeout=None, /)")]
fn handle_join(t: &Thread, this: Ref<Handle>, timeout: Value) -> R<()> {
    let deadline = if timeout.is_none() {
        None
    } else {
        let seconds = protocols::float_of(t, timeout)?;
        (seconds >= 0.0).then(|| Instant::now() + Duration::from_secs_f64(seconds.min(TIMEOUT_MAX)))
    };
    match this.state.load(SeqCst) {
        NEW => return Err(t.runtime_error("thread not started")),
        DONE => return Ok(()),
        _ if this.ident.load(SeqCst) == t.handle().ident => return Err(t.runtime_error("Cannot join current thread")),
        _ => {}
    }
    let state = &this.state;
    while state.load(SeqCst) != DONE && deadline.is_none_or(|deadline| Instant::now() < deadline) {
        t.wait_at(this.address(), deadline, || state.load(SeqCst) != DONE)?;
    }
    Ok(())
}

#[native("is_done($self, /)")]
fn handle_is_done(_: &Thread, this: Ref<Handle>) -> bool {
    this.state.load(SeqCst) == DONE
}

#[native("_set_done($self, /)")]
fn handle_set_done(t: &Thread, this: Ref<Handle>) {
    finish(t, this);
}

#[native("__repr__($self, /)")]
fn handle_repr(_: &Thread, this: Ref<Handle>) -> String {
    format!("<_ThreadHandle object: ident={}>", this.ident.load(SeqCst))
}

fn handle_ident(t: &Thread, this: Value) -> R {
    vm::objects::int_from_u64(t, this.downcast::<Handle>().map_or(0, |handle| handle.ident.load(SeqCst)))
}

/// `_thread._ThreadHandle`.
static HANDLE: NativeClass = NativeClass::new(ClassDef {
    name: "_ThreadHandle",
    module: "_thread",
    layout: <Handle as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "",
    methods: &[
        MethodDef::New(&HANDLE_NEW),
        MethodDef::Method(&HANDLE_JOIN),
        MethodDef::Method(&HANDLE_IS_DONE),
        MethodDef::Method(&HANDLE_SET_DONE),
        MethodDef::Method(&HANDLE_REPR),
    ],
    getset: &[GetSet { name: "ident", get: handle_ident, set: None, doc: "" }],
});

/// Create a new lock object.
#[native("allocate_lock()")]
fn allocate_lock(t: &Thread) -> R<Ref<Lock>> {
    new_lock(t)
}

/// Return a non-zero integer that uniquely identifies the current thread.
#[native("get_ident()")]
fn get_ident(t: &Thread) -> u64 {
    t.handle().ident
}

/// Return a non-negative integer identifying the thread as reported by the OS.
#[native("get_native_id()")]
fn get_native_id(t: &Thread) -> u64 {
    t.handle().native_id
}

/// Return the number of currently running Python threads started by this module.
#[native("_count()")]
fn count(t: &Thread) -> u64 {
    threads(t).count.load(SeqCst)
}

/// Raise SystemExit in the calling thread.
#[native("exit()")]
fn exit(t: &Thread) -> R {
    Err(t.raise_with(t.classes().system_exit, &[]))
}

#[native("_get_main_thread_ident()")]
fn get_main_thread_ident(t: &Thread) -> u64 {
    threads(t).main.load(SeqCst)
}

#[native("_is_main_interpreter()")]
fn is_main_interpreter(t: &Thread) -> bool {
    t.interpreter().id == 0
}

#[native("daemon_threads_allowed()")]
fn daemon_threads_allowed(t: &Thread) -> bool {
    t.interpreter().options.allow_daemon_threads
}

#[native("_make_thread_handle(ident)")]
fn make_thread_handle(t: &Thread, ident: i64) -> R<Ref<Handle>> {
    let handle = new_handle(t)?;
    handle.ident.store(ident as u64, SeqCst);
    handle.state.store(RUNNING, SeqCst);
    Ok(handle)
}

/// Waits for the threads that are no daemons.
#[native("_shutdown()")]
fn shutdown(t: &Thread) -> R<()> {
    let threads = threads(t);
    while threads.awaited.load(SeqCst) > 0 {
        t.wait_at(threads.address(), None, || threads.awaited.load(SeqCst) > 0)?;
    }
    Ok(())
}

/// Simulate the arrival of the given signal in the main thread,
/// where the corresponding signal handler will be executed.
/// If *signum* is omitted, SIGINT is assumed.
/// A subthread can use this function to interrupt the main thread.
///
/// Note: the default signal handler for SIGINT raises ``KeyboardInterrupt``.
#[native("interrupt_main(signum=2, /)")]
fn interrupt_main(t: &Thread, number: i32) -> R<()> {
    if !(1..host::signal::COUNT as i32).contains(&number) {
        return Err(t.value_error("signal number out of range"));
    }
    host::signal::simulate(number).map_err(|error| t.os_error(error, None))
}

/// Return the thread stack size used when creating new threads.
#[native("stack_size(size=0, /)")]
fn stack_size(t: &Thread, size: i64) -> R<u64> {
    if size < 0 {
        return Err(t.value_error("size must be 0 or a positive value"));
    }
    if size != 0 && size < 32_768 {
        return Err(t.value_error(format_args!("size not valid: {size} bytes")));
    }
    Ok(threads(t).stack_size.swap(size as u64, SeqCst))
}

/// Set the name of the current thread.
#[native("set_name(name)")]
fn set_name(_: &Thread, name: Ref<Str>) {
    host::thread::set_name(&name.to_string_lossy());
}

/// Get the name of the current thread.
#[native("_get_name()")]
fn get_name(_: &Thread) -> String {
    host::thread::name()
}

static EXCEPT_HOOK: Description = Description {
    name: "_thread._ExceptHookArgs",
    doc: "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    fields: &["exc_type", "exc_value", "exc_traceback", "thread"],
    hidden: &[],
    callable: true,
};

/// Handle uncaught exception in a thread.
#[native("_excepthook(exc_info, /)")]
fn excepthook(t: &Thread, info: Value) -> R<()> {
    let names = t.names();
    let error = protocols::get_attribute(t, info, names.exc_value)?;
    if sys::raise_exit_code(t, error).is_some() {
        return Ok(());
    }
    let thread = protocols::get_attribute(t, info, names.thread)?;
    let name = match protocols::get_attribute_optional(t, thread, names.name)? {
        Some(name) => protocols::str(t, name)?.to_string_lossy(),
        None => t.handle().ident.to_string(),
    };
    let Some(stderr) = sys::attribute(t, names.stderr)?.filter(|stderr| !stderr.is_none()) else { return Ok(()) };
    let text = Str::new(t, &format!("Exception in thread {name}:\n"))?;
    protocols::call_method(t, stderr, names.write, &[text.value()])?;
    sys::print_exception(t, error)
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    threads(t).main.store(t.handle().ident, SeqCst);
    module.add(t, "LockType", LOCK.get(t).value())?;
    module.add(t, "error", t.classes().runtime_error.value())?;
    module.add(t, "TIMEOUT_MAX", vm::objects::float_value(t, TIMEOUT_MAX)?)?;
    let start = module.dict().get_str(t, Str::interned(t, "start_new_thread")?).unwrap_or(Value::NONE);
    module.add(t, "start_new", start)?;
    let exit = module.dict().get_str(t, Str::interned(t, "exit")?).unwrap_or(Value::NONE);
    module.add(t, "exit_thread", exit)?;
    module.add_int(t, "_NAME_MAXLEN", host::thread::NAME_MAX as i64)?;
    let allocate = module.dict().get_str(t, Str::interned(t, "allocate_lock")?).unwrap_or(Value::NONE);
    module.add(t, "allocate", allocate)?;
    struct_sequence::add_class(t, module, &EXCEPT_HOOK).map(drop)
}

/// `_thread`.
pub static MODULE: NativeModule = NativeModule {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: &[
        &START_NEW_THREAD,
        &START_JOINABLE_THREAD,
        &ALLOCATE_LOCK,
        &GET_IDENT,
        &GET_NATIVE_ID,
        &COUNT,
        &EXIT,
        &GET_MAIN_THREAD_IDENT,
        &IS_MAIN_INTERPRETER,
        &DAEMON_THREADS_ALLOWED,
        &MAKE_THREAD_HANDLE,
        &SHUTDOWN,
        &STACK_SIZE,
        &SET_NAME,
        &GET_NAME,
        &INTERRUPT_MAIN,
        &EXCEPTHOOK,
    ],
    classes: &[&LOCK, &RLOCK, &HANDLE, &LOCAL],
    initialize,
};

/// In a forked child: this thread is the main one, and the only one.
pub fn after_fork(t: &Thread) {
    let only = Threads::default();
    only.main.store(t.handle().ident, SeqCst);
    only.stack_size.store(threads(t).stack_size.load(SeqCst), SeqCst);
    t.interpreter().set_extension("threads", Arc::new(only));
}
