//! Attaching OS threads to interpreters, and what other threads may know of a thread.

use std::cell::Cell;
use std::rc::Rc;

use gc::{Mutator, RegisterFile};
use host::nap::Nap;
use sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use sync::{Arc, Mutex};

use crate::interpreter::Interpreter;
use crate::shared::{Classes, Shared};
use crate::thread::recursion::Recursion;
use crate::thread::{FrameStack, MethodCache, Thread, Tracing};

/// What other threads may know of a thread.
pub struct ThreadHandle {
    /// `threading.get_ident()`.
    pub ident: u64,
    /// `threading.get_native_id()`.
    pub native_id: u64,
    /// The `Thread`, while it is attached; zero after. Dereferenced only while its owner is stopped.
    pub thread: AtomicUsize,
    /// Exception class to raise there, for `PyThreadState_SetAsyncExc`-like use; an address kept alive by the asker.
    pub async_exception: AtomicU64,
    /// Where the thread sleeps when it waits for a lock.
    pub nap: Nap,
    /// Called when the thread ends.
    pub on_exit: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
}

/// The calling OS thread's part in the interpreter that it attached to last and is still attached to: for the handlers of signals by
/// which the process dies, which are told nothing.
pub(crate) fn current<'a>() -> Option<&'a Thread> {
    // SAFETY: the word is 0 or the address of a thread that has not been dropped: dropping takes it out.
    unsafe { (sync::thread_word() as *const Thread).as_ref() }
}

/// The identifier of the calling OS thread.
#[must_use]
pub fn current_thread_ident() -> u64 {
    // SAFETY: pthread_self has no preconditions.
    unsafe { libc::pthread_self() as u64 }
}

fn native_id() -> u64 {
    // SAFETY: gettid has no preconditions.
    unsafe { libc::syscall(libc::SYS_gettid) as u64 }
}

pub(super) fn attach(interpreter: &Arc<Interpreter>) -> Rc<Thread> {
    let shared = Shared::get();
    let thread = make(interpreter, shared.classes, false);
    thread.shared.set(Some(shared));
    thread.names.set(Some(shared.names));
    thread.empty_tuple.set(Some(shared.empty_tuple));
    thread
}

pub(super) fn attach_builder(
    interpreter: &Arc<Interpreter>,
    make_classes: impl FnOnce(&Mutator) -> &'static Classes,
) -> (Rc<Thread>, &'static Classes) {
    let classes = make_classes(&interpreter.heap().attach(std::ptr::null(), RegisterFile::new()));
    (make(interpreter, classes, true), classes)
}

fn make(interpreter: &Arc<Interpreter>, classes: &'static Classes, builds_shared: bool) -> Rc<Thread> {
    let handle = Arc::new(ThreadHandle {
        ident: current_thread_ident(),
        native_id: native_id(),
        thread: AtomicUsize::new(0),
        async_exception: AtomicU64::new(0),
        nap: Nap::new(),
        on_exit: Mutex::new(Vec::new()),
    });
    let limit = interpreter.recursion_limit.load(Ordering::Relaxed) as usize;
    let thread = Rc::new_cyclic(|weak: &std::rc::Weak<Thread>| Thread {
        mutator: interpreter.heap().new_mutator(weak.as_ptr().cast(), RegisterFile::new()),
        classes,
        names: Cell::new(None),
        shared: Cell::new(None),
        empty_tuple: Cell::new(None),
        interpreter: Arc::clone(interpreter),
        frames: FrameStack::new(limit),
        pending: Cell::new(None),
        handled: Cell::new(None),
        context: Cell::new(None),
        method_cache: MethodCache::new(),
        handle: Arc::clone(&handle),
        recursion: Recursion::of_current_thread(),
        builds_shared,
        repr_stack: Cell::new(None),
        async_hooks: [Cell::new(None), Cell::new(None)],
        coroutine_origin_depth: Cell::new(0),
        locals: Cell::new(None),
        running: Cell::new(None),
        finalizing: Cell::new(false),
        trace_function: Cell::new(None),
        profile_function: Cell::new(None),
        tracing: Tracing::new(),
        outer: Cell::new(0),
    });
    thread.outer.set(sync::set_thread_word(Rc::as_ptr(&thread) as usize));
    // SAFETY: an `Rc`'s content stays where it is; the thread is complete.
    unsafe { thread.mutator.enter() };
    handle.thread.store(Rc::as_ptr(&thread) as usize, Ordering::Release);
    interpreter.threads.lock().push(handle);
    if interpreter.monitoring.is_active() {
        crate::exec::tracing::update(&thread);
    }
    thread
}

impl Drop for Thread {
    fn drop(&mut self) {
        if sync::thread_word() == std::ptr::from_ref(self) as usize {
            sync::set_thread_word(self.outer.get());
        }
        host::signal::forget_poll_word(self.mutator.poll_word());
        self.handle.thread.store(0, Ordering::Release);
        let ident = Arc::as_ptr(&self.handle);
        self.interpreter.threads.lock().retain(|handle| Arc::as_ptr(handle) != ident);
    }
}
