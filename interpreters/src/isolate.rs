//! `Isolate`: an interpreter as the others see it; making, visiting and destroying one.
//!
//! A visitor blocks in its own interpreter, attaches to this one, and works there with a `Thread` of its own; see the crate's
//! header. What it runs there takes and gives messages and texts, never values.

use std::rc::Rc;

use sync::atomic::{AtomicUsize, Ordering};
use sync::{Arc, Mutex};
use vm::compiler::{CompileOptions, Mode};
use vm::exec::enter;
use vm::interpreter::Interpreter;
use vm::modules::builtins_module::compile_source;
use vm::object::SlotExt;
use vm::objects::{BaseException, CodeObject, Dict, Function, Traceback};
use vm::raised::Raised;
use vm::thread::poll_reason;
use vm::{R, Ref, Thread, Tuple, Value, protocols, start};

use crate::exceptions::interpreter_error;
use crate::protocols::lifecycle::{Lifecycle, Refused};
use crate::registry::{self, Registry, not_found};
use crate::transfer::failure::{self, Failure};
use crate::transfer::{self, Message, Reach};

/// Where an interpreter came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whence {
    /// It is the main one.
    Runtime = 1,
    /// `_interpreters.create`.
    Library = 5,
}

/// What an interpreter may do (`PyInterpreterConfig`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are the fields of CPython's configuration")]
pub struct Config {
    /// Kept for Python to see: there is one allocator.
    pub use_main_obmalloc: bool,
    /// `os.fork`.
    pub allow_fork: bool,
    /// `os.exec*`.
    pub allow_exec: bool,
    /// `threading`.
    pub allow_threads: bool,
    /// Daemon threads.
    pub allow_daemon_threads: bool,
    /// Kept for Python to see: native modules are ours.
    pub check_multi_interp_extensions: bool,
    /// Kept for Python to see: there is no lock.
    pub gil: Gil,
}

/// `gil` of a configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are CPython's")]
pub enum Gil {
    Default,
    Shared,
    Own,
}

impl Config {
    /// What `concurrent.interpreters.create` uses.
    pub const ISOLATED: Config = Config {
        use_main_obmalloc: false,
        allow_fork: false,
        allow_exec: false,
        allow_threads: true,
        allow_daemon_threads: false,
        check_multi_interp_extensions: true,
        gil: Gil::Own,
    };
    /// What `Py_NewInterpreter` uses.
    pub const LEGACY: Config = Config {
        use_main_obmalloc: true,
        allow_fork: true,
        allow_exec: true,
        allow_threads: true,
        allow_daemon_threads: true,
        check_multi_interp_extensions: false,
        gil: Gil::Shared,
    };
    /// Nothing set.
    pub const EMPTY: Config = Config {
        use_main_obmalloc: false,
        allow_fork: false,
        allow_exec: false,
        allow_threads: false,
        allow_daemon_threads: false,
        check_multi_interp_extensions: false,
        gil: Gil::Default,
    };
    /// The main interpreter's.
    pub const MAIN: Config = Config { gil: Gil::Own, ..Config::LEGACY };
}

/// An interpreter as the others see it.
pub struct Isolate {
    /// Its identifier.
    pub id: u64,
    /// Where it came from.
    pub whence: Whence,
    /// What it may do.
    pub config: Config,
    /// Its state.
    pub life: Lifecycle,
    /// The registry's count; empty once destroyed.
    interpreter: Mutex<Option<Arc<Interpreter>>>,
    /// How many owners have a reference.
    owners: AtomicUsize,
    /// Whether it is destroyed when the last owner lets go.
    owned: bool,
}

impl std::fmt::Debug for Isolate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Isolate").field("id", &self.id).field("life", &self.life).finish_non_exhaustive()
    }
}

impl Isolate {
    /// The entry of the main interpreter. The registry hangs off it, so the entry holds no count of it.
    pub fn main(interpreter: &Interpreter) -> Self {
        Self {
            id: interpreter.id,
            whence: Whence::Runtime,
            config: Config::MAIN,
            life: Lifecycle::running(),
            interpreter: Mutex::new(None),
            owners: AtomicUsize::new(0),
            owned: false,
        }
    }

    /// Whether `concurrent.interpreters` may change it.
    pub fn is_of_library(&self) -> bool {
        self.whence == Whence::Library
    }

    /// Another owner.
    pub fn add_owner(&self) {
        self.owners.fetch_add(1, Ordering::Relaxed);
    }

    /// An owner lets go; the last one's letting go destroys an interpreter that was made for owners.
    pub fn remove_owner(self: &Arc<Self>, t: &Thread) {
        let before = self.owners.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |owners| owners.checked_sub(1));
        if before == Ok(1) && self.owned && self.life.abandon() {
            self.destroy_closing(t);
        }
    }

    /// Runs something in this interpreter, on a thread that is no member of it: the caller's, blocked in its own.
    fn visit<T>(&self, t: &Thread, run: impl FnOnce(&Thread) -> T) -> R<T> {
        let interpreter = self.interpreter.lock().clone();
        let Some(interpreter) = interpreter else { return Err(not_found(t, self.id)) };
        Ok(t.blocking(|| {
            let inner = Thread::attach(&interpreter);
            let result = run(&inner);
            inner.clear_pending();
            result
        }))
    }

    /// Runs something as the one visitor that may use `__main__`.
    fn visit_main<T>(self: &Arc<Self>, t: &Thread, run: impl FnOnce(&Thread) -> T) -> R<T> {
        self.life.try_enter().map_err(|refused| self.refuse(t, refused, "interpreter already running"))?;
        let visit = Visit { isolate: self, t };
        let result = self.visit(t, run);
        drop(visit);
        result
    }

    #[cold]
    fn refuse(&self, t: &Thread, refused: Refused, running: &str) -> Raised {
        match refused {
            Refused::Running => interpreter_error(t, running),
            Refused::Gone => not_found(t, self.id),
        }
    }

    /// Binds values in `__main__`, then runs code there. What it fails with is the result.
    pub fn exec(
        self: &Arc<Self>,
        t: &Thread,
        code: &Arc<vm::bytecode::Code>,
        shared: &[(String, Message)],
    ) -> R<Option<Failure>> {
        self.visit_main(t, |inner| {
            let result = bind(inner, shared)
                .and_then(|()| CodeObject::new(inner, code.clone()))
                .and_then(|code| start::run_in_main(inner, code));
            result.err().map(|raised| failure_of(inner, raised))
        })
    }

    /// Calls what a message carries with what others carry.
    pub fn call(
        self: &Arc<Self>,
        t: &Thread,
        callable: &Message,
        args: Option<&Message>,
        kwargs: Option<&Message>,
    ) -> R<Result<Message, CallFailed>> {
        self.visit_main(t, |inner| call(inner, callable, args, kwargs))
    }

    /// Binds values in `__main__`.
    pub fn bind_in_main(self: &Arc<Self>, t: &Thread, shared: &[(String, Message)]) -> R<Option<Failure>> {
        self.visit_main(t, |inner| bind(inner, shared).err().map(|raised| failure_of(inner, raised)))
    }

    /// Closes it, which nothing may be running in.
    pub fn close(self: &Arc<Self>, t: &Thread) -> R<()> {
        self.life.begin_close().map_err(|refused| self.refuse(t, refused, "interpreter running"))?;
        self.destroy_closing(t);
        Ok(())
    }

    /// Destroys it; the caller made it closing. Its functions for the end run, and what they raise is reported there.
    fn destroy_closing(&self, t: &Thread) {
        let ended = self.visit(t, |inner| {
            start::finish(inner);
            // Threads that outlive their interpreter (daemons) are told to end; the heap waits for them.
            inner.interpreter().heap().request_all(poll_reason::INTERRUPT);
        });
        if let Err(raised) = ended {
            let _ = t.take(raised);
        }
        let registry = registry::registry(t);
        let interpreter = self.interpreter.lock().take();
        registry.remove(self.id);
        self.life.finish_close();
        registry.queues.unbind(self.id);
        registry.queues.wake_all();
        // The last count may be this one: the heap is freed here, or when the last thread leaves.
        t.blocking(|| drop(interpreter));
    }
}

/// A visit of `__main__`, ended on unwinding too.
struct Visit<'a> {
    isolate: &'a Arc<Isolate>,
    t: &'a Thread,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if self.isolate.life.leave() {
            self.isolate.destroy_closing(self.t);
        }
    }
}

fn failure_of(t: &Thread, raised: Raised) -> Failure {
    let exception = t.take(raised);
    failure::capture(t, exception)
}

fn bind(t: &Thread, shared: &[(String, Message)]) -> R<()> {
    let namespace = transfer::main_namespace(t)?;
    for (name, message) in shared {
        let value = transfer::decode(t, message)?;
        namespace.set_str(t, vm::Str::interned(t, name)?, value)?;
    }
    Ok(())
}

/// Why a call gave no result.
#[derive(Debug)]
pub enum CallFailed {
    /// It raised.
    Raised(Failure),
    /// What was to be called, or what it returned, does not pass: the error in one line.
    Unshareable(String),
}

fn call(
    t: &Thread,
    callable: &Message,
    args: Option<&Message>,
    kwargs: Option<&Message>,
) -> Result<Message, CallFailed> {
    let unshareable = |raised| CallFailed::Unshareable(failure_of(t, raised).formatted().unwrap_or_default());
    let callable = transfer::decode(t, callable).map_err(unshareable)?;
    let args = args.map_or(Ok(Value::NONE), |args| transfer::decode(t, args)).map_err(unshareable)?;
    let kwargs = kwargs.map_or(Ok(Value::NONE), |kwargs| transfer::decode(t, kwargs)).map_err(unshareable)?;
    let args = Tuple::of(t, args).unwrap_or_else(|| t.empty_tuple());
    let called = match callable.downcast::<Function>() {
        Some(_) => protocols::call_unpacked(t, callable, None, args, kwargs.downcast()),
        None => call_in_frame(t, callable, args, kwargs.downcast()),
    };
    let result = called.map_err(|raised| CallFailed::Raised(failure_of(t, raised)))?;
    transfer::encode(t, result, Reach::Everything).map_err(unshareable)
}

/// Calls a builtin or an object from a frame of `__main__`, since `eval`, `globals` and their like ask for one. The frame is in
/// no traceback. Its code finds what to call among the builtins of its own, so that `__main__` has no names besides its own.
fn call_in_frame(t: &Thread, callable: Value, args: Ref<Tuple>, kwargs: Option<Ref<Dict>>) -> R {
    let globals = transfer::main_namespace(t)?;
    let builtins = t.interpreter().state().builtins_dict.get().and_then(Value::downcast::<Dict>);
    let builtins = builtins.map_or_else(|| Dict::new(t), |builtins| builtins.copy(t))?;
    let kwargs = kwargs.map_or_else(|| Dict::new(t), Ok)?;
    for (name, value) in [("__callable__", callable), ("__args__", args.value()), ("__kwargs__", kwargs.value())] {
        builtins.set_str(t, vm::Str::interned(t, name)?, value)?;
    }
    let options = CompileOptions { mode: Mode::Eval, ..CompileOptions::module("<call>") };
    let code = compile_source(t, "__callable__(*__args__, **__kwargs__)", &options)?;
    let function = Function::with_builtins(t, code, globals, builtins.value(), None)?;
    enter::run_code(t, function, Some(globals.value())).map_err(|raised| without_first_entry(t, raised))
}

/// Takes the first entry off the pending exception's traceback.
fn without_first_entry(t: &Thread, raised: Raised) -> Raised {
    let error = t.take(raised);
    let traceback = vm::exceptions::traceback_of(error);
    if let Some(base) = error.downcast::<BaseException>() {
        let next = traceback.downcast::<Traceback>().and_then(|traceback| traceback.next.get());
        base.traceback.put(base.header(), t, next);
    }
    t.reraise(error)
}

/// Makes an interpreter, ready to run programs.
pub fn create(t: &Thread, config: Config, owned: bool) -> R<Arc<Isolate>> {
    let registry = registry::registry(t);
    let id = registry.next_id();
    let options = vm::options::Options {
        allow_fork: config.allow_fork,
        allow_exec: config.allow_exec,
        allow_threads: config.allow_threads,
        allow_daemon_threads: config.allow_daemon_threads,
        ..t.interpreter().options.clone()
    };
    let path_0 = start::path_0(t);
    let started = t.blocking(|| begin(id, options, path_0, &registry));
    let interpreter = match started {
        Ok(interpreter) => interpreter,
        Err(why) => return Err(interpreter_error(t, format_args!("interpreter creation failed: {why}"))),
    };
    let isolate = Arc::new(Isolate {
        id,
        whence: Whence::Library,
        config,
        life: Lifecycle::idle(),
        interpreter: Mutex::new(Some(interpreter)),
        owners: AtomicUsize::new(0),
        owned,
    });
    registry.enter(isolate.clone());
    Ok(isolate)
}

/// Gives `__main__` the loader that it has where no program was loaded into it.
fn set_loader(t: &Thread) -> R<()> {
    let Some(bootstrap) = t.interpreter().state().importlib.get() else { return Ok(()) };
    let loader = protocols::get_attribute(t, bootstrap, vm::Str::interned(t, "BuiltinImporter")?)?;
    transfer::main_namespace(t)?.set_str(t, t.names().__loader__, loader)
}

/// Starts an interpreter and leaves it. What it fails with is a text.
fn begin(
    id: u64,
    options: vm::options::Options,
    path_0: Option<String>,
    registry: &Arc<Registry>,
) -> Result<Arc<Interpreter>, String> {
    let (inner, started): (Rc<Thread>, R<()>) = start::start(id, options);
    registry.join(inner.interpreter());
    let prepared = started
        .and_then(|()| start::prepare_for_programs(&inner))
        .and_then(|()| set_loader(&inner))
        .and_then(|()| path_0.map_or(Ok(()), |folder| start::set_path_0(&inner, &folder)));
    match prepared {
        Ok(()) => Ok(inner.interpreter().clone()),
        Err(raised) => {
            let error: Value = inner.take(raised);
            let shown = protocols::repr(&inner, error).map_or_else(|_| String::new(), |text| text.to_string_lossy());
            inner.clear_pending();
            Err(shown)
        }
    }
}

/// Destroys every interpreter but the calling thread's, with a warning if there is one: the process ends. One in which a thread
/// still runs is left alone.
pub fn end_all(t: &Thread) {
    let Some(registry) = registry::existing(t) else { return };
    let others: Vec<_> = registry.all().into_iter().filter(|isolate| isolate.id != t.interpreter().id).collect();
    if others.is_empty() {
        return;
    }
    let message = "remaining subinterpreters; close them with Interpreter.close()";
    if let Err(raised) = protocols::warn_explicit(t, t.classes().runtime_warning, message, "<sys>", 0) {
        let error = t.take(raised);
        vm::events::report_unraisable(t, error, "Exception ignored on shutdown", Value::NONE);
    }
    for isolate in others {
        if isolate.life.begin_close().is_ok() {
            isolate.destroy_closing(t);
        }
    }
}
