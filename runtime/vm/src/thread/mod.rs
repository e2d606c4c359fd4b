//! `Thread`: one OS thread of one interpreter, the context of everything that runs Python.
//!
//! It is always passed as `&Thread`: the collector and other threads look at it while it runs, so what they read are
//! atomics or is read only while this thread is stopped or blocked, and the rest are cells (`docs/decisions/002`).
//!
//! Values in a thread's cells are roots of their own (`trace_thread`), read by the collector only at a stop.

mod allocate;
mod frames;
mod method_cache;
mod recursion;
mod registry;
mod tracing;
mod waiting;

pub use allocate::Fresh;
pub use frames::{Frame, FrameFlags, FrameStack, FrameStart};
pub use method_cache::MethodCache;
pub(crate) use registry::current;
pub use registry::{ThreadHandle, current_thread_ident};
pub(crate) use tracing::Reported;
pub use tracing::Tracing;
pub use waiting::WaitingRooms;

use std::cell::Cell;
use std::rc::Rc;

use gc::{Mutator, Tracer};
use sync::Arc;

use crate::interpreter::Interpreter;
use crate::names::Names;
use crate::object::Ref;
use crate::objects::Tuple;
use crate::raised::{R, Raised};
use crate::shared::{Classes, Shared};
use crate::value::Value;

/// The reasons, beside the collector's own, for which a thread's poll word is set.
pub mod poll_reason {
    /// A signal handler is due (main thread only).
    pub const SIGNAL: u32 = 1 << 16;
    /// Finalizers or weak reference callbacks are due.
    pub const FINALIZERS: u32 = 1 << 17;
    /// Another thread raises an exception in this one.
    pub const ASYNC_EXCEPTION: u32 = 1 << 18;
    /// The interpreter is being closed, or was asked to stop.
    pub const INTERRUPT: u32 = 1 << 19;
    /// What this thread has to report changed.
    pub const TRACING: u32 = 1 << 20;
    /// A plain dispatch loop of this thread has to give way to one that reports. Taken by dispatch loops only.
    pub const SWITCH: u32 = 1 << 21;
}

/// So many bytes take longer to write than a thread should go without a poll: that is done in a blocking region.
pub const LONG: usize = 1 << 18;

/// One OS thread of one interpreter. In cache lines of its own, as the mutator is.
#[repr(align(128))]
pub struct Thread {
    /// First, so that a poll or a barrier has one address to know, and is first dropped.
    mutator: Mutator,
    classes: &'static Classes,
    names: Cell<Option<&'static Names>>,
    shared: Cell<Option<&'static Shared>>,
    empty_tuple: Cell<Option<Ref<Tuple>>>,
    interpreter: Arc<Interpreter>,
    frames: FrameStack,
    pending: Cell<Option<Value>>,
    handled: Cell<Option<Value>>,
    context: Cell<Option<Value>>,
    method_cache: Box<MethodCache>,
    handle: Arc<ThreadHandle>,
    recursion: recursion::Recursion,
    builds_shared: bool,
    /// Objects whose repr is being made, for recursive containers; a heap list.
    repr_stack: Cell<Option<Value>>,
    /// Async generator hooks: first iteration and finalizer.
    async_hooks: [Cell<Option<Value>>; 2],
    /// Origin tracking depth of coroutines.
    pub coroutine_origin_depth: Cell<i32>,
    /// Weak references to the `threading.local` objects that this thread has attributes in: a list.
    pub locals: Cell<Option<Value>>,
    /// What `_asyncio` keeps of this thread: its running loop and task.
    pub running: Cell<Option<Value>>,
    /// Whether finalizers run on this thread, called from native code that holds values.
    pub finalizing: Cell<bool>,
    /// What `sys.settrace` and `sys.setprofile` set.
    pub trace_function: Cell<Option<Value>>,
    /// What `sys.setprofile` set.
    pub profile_function: Cell<Option<Value>>,
    tracing: Tracing,
    /// What the OS thread is besides, in the interpreter that it attached to before.
    outer: Cell<usize>,
}

impl Thread {
    /// Attaches the calling OS thread to an interpreter. Detached on drop.
    pub fn attach(interpreter: &Arc<Interpreter>) -> Rc<Thread> {
        registry::attach(interpreter)
    }

    /// The heap, seen from this thread.
    #[inline(always)]
    pub fn mutator(&self) -> &Mutator {
        &self.mutator
    }

    /// The builtin classes.
    #[inline(always)]
    pub fn classes(&self) -> &'static Classes {
        self.classes
    }

    /// The interned names.
    #[inline(always)]
    pub fn names(&self) -> &'static Names {
        // SAFETY: set before anything but interning runs on the thread (`attach`, or `Shared`'s build).
        unsafe { self.names.get().unwrap_unchecked() }
    }

    /// The shared, immortal space.
    #[inline(always)]
    pub fn shared(&self) -> &'static Shared {
        self.shared.get().expect("only the thread that builds it has none")
    }

    /// The shared space, once it stands (it does not while it is being built).
    #[inline(always)]
    pub fn shared_if_built(&self) -> Option<&'static Shared> {
        self.shared.get()
    }

    /// The empty tuple.
    #[inline(always)]
    pub fn empty_tuple(&self) -> Ref<Tuple> {
        self.empty_tuple.get().expect("made before anything else that needs it")
    }

    pub(crate) fn set_names(&self, names: &'static Names) {
        self.names.set(Some(names));
    }

    pub(crate) fn set_empty_tuple(&self, tuple: Ref<Tuple>) {
        self.empty_tuple.set(Some(tuple));
    }

    /// The thread that builds the shared space; `make_classes` allocates the classes before the thread exists.
    pub(crate) fn attach_builder(
        interpreter: &Arc<Interpreter>,
        make_classes: impl FnOnce(&Mutator) -> &'static Classes,
    ) -> (Rc<Thread>, &'static Classes) {
        registry::attach_builder(interpreter, make_classes)
    }

    /// The interpreter.
    #[inline(always)]
    pub fn interpreter(&self) -> &Arc<Interpreter> {
        &self.interpreter
    }

    /// The stack of Python frames.
    #[inline(always)]
    pub fn frames(&self) -> &FrameStack {
        &self.frames
    }

    /// Whether events are reported, and which dispatch loop does it.
    #[inline(always)]
    pub fn tracing(&self) -> &Tracing {
        &self.tracing
    }

    /// The cache of class look-ups.
    #[inline(always)]
    pub fn method_cache(&self) -> &MethodCache {
        &self.method_cache
    }

    /// What other threads may know of this one.
    pub fn handle(&self) -> &Arc<ThreadHandle> {
        &self.handle
    }

    /// Whether this is the thread that fills the shared space.
    #[inline]
    pub fn builds_shared(&self) -> bool {
        self.builds_shared
    }

    /// The exception that was raised and not yet caught.
    #[inline]
    pub fn pending(&self) -> Option<Value> {
        self.pending.get()
    }

    /// Sets the pending exception; only `raised.rs` and the dispatch do.
    #[inline]
    pub(crate) fn set_pending(&self, exception: Value) {
        self.pending.set(Some(exception));
    }

    /// Takes the pending exception after a function gave `Raised`.
    #[inline]
    pub fn take_pending(&self) -> Value {
        self.pending.take().expect("an exception waits whenever Raised was given")
    }

    /// Takes the exception of this error.
    #[inline]
    pub fn take(&self, _: Raised) -> Value {
        self.take_pending()
    }

    /// Forgets the pending exception.
    pub fn clear_pending(&self) {
        self.pending.set(None);
    }

    /// The exception being handled (`sys.exception()`).
    #[inline]
    pub fn handled(&self) -> Option<Value> {
        self.handled.get()
    }

    /// Sets the exception being handled.
    #[inline]
    pub fn set_handled(&self, exception: Option<Value>) {
        self.handled.set(exception);
    }

    /// The current context (PEP 567), made when first asked for.
    pub fn context(&self) -> Option<Value> {
        self.context.get()
    }

    /// Sets the current context.
    pub fn set_context(&self, context: Option<Value>) {
        self.context.set(context);
    }

    /// The async generator hooks: first iteration (0) and finalizer (1).
    pub fn async_hook(&self, which: usize) -> &Cell<Option<Value>> {
        &self.async_hooks[which]
    }

    /// The list of objects whose repr is being made.
    pub fn repr_stack(&self) -> &Cell<Option<Value>> {
        &self.repr_stack
    }

    /// Makes this the thread that signals set the poll word of.
    pub fn receive_signals(&self) {
        // SAFETY: the mutator stays where it is, and the nap is counted, until this thread is dropped, which forgets the word first.
        unsafe {
            host::signal::set_poll_word(self.mutator.poll_word(), poll_reason::SIGNAL, &raw const self.handle.nap)
        };
    }

    /// Runs something that may sleep, letting the collector go on without this thread.
    pub fn blocking<T>(&self, run: impl FnOnce() -> T) -> T {
        self.mutator.blocking(run)
    }

    /// Runs something, letting the collector go on without this thread if it takes long.
    pub fn blocking_if<T>(&self, long: bool, run: impl FnOnce() -> T) -> T {
        if long { self.blocking(run) } else { run() }
    }

    /// Runs something with some frames more than the limit allows: making the RecursionError itself.
    pub fn with_extra_frames<T>(&self, run: impl FnOnce() -> T) -> T {
        self.frames.with_extra(run)
    }

    /// A Python poll (rule 9): stops for the collector, runs finalizers and signal handlers, raises what others asked for.
    /// No lock may be held.
    #[inline(always)]
    pub fn poll(&self) -> R<()> {
        if self.mutator.should_poll() { self.poll_slow() } else { Ok(()) }
    }

    /// The collector's part of a poll alone, which runs nothing of Python's: for native code whose way to the next poll is as long as
    /// a container is large. It may stand under a lock. Values of the heap that are used behind it must not lie in memory of Rust's
    /// only.
    #[inline(always)]
    pub fn stand_still(&self) {
        if self.mutator.should_stand_still() {
            self.mutator.poll();
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_slow(&self) -> R<()> {
        self.mutator.poll();
        crate::interpreter::run_pending(self)
    }

    fn visit_roots(&self, tracer: &mut Tracer) {
        let cells = [
            &self.pending,
            &self.handled,
            &self.context,
            &self.repr_stack,
            &self.trace_function,
            &self.profile_function,
            self.tracing.calls(),
            &self.locals,
            &self.running,
        ];
        for cell in cells.into_iter().chain(&self.async_hooks) {
            if let Some(value) = cell.get() {
                tracer.word(value.bits());
            }
        }
        self.frames.trace(tracer);
        self.method_cache.clear();
    }
}

/// Traces what a thread holds besides its stacks.
///
/// # Safety
/// `thread` points at a live `Thread` that is stopped or blocked.
pub unsafe fn trace_thread(thread: *const (), tracer: &mut Tracer) {
    // SAFETY: the caller's promise; while the thread is stopped nobody else reads or writes its cells.
    let thread = unsafe { &*thread.cast::<Thread>() };
    thread.visit_roots(tracer);
}
