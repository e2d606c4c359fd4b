//! The lock of a file object: held over whole operations, calls of Python code included.
//!
//! A thread that waits for it is in a blocking region. One that holds it already (a signal handler or a Python stream
//! called back) is told so instead of waiting for itself.

use sync::atomic::{AtomicU64, Ordering};
use sync::{Mutex, MutexGuard};
use vm::protocols;
use vm::thread::current_thread_ident;
use vm::{R, Thread, Value};

/// State that one thread at a time works on.
pub struct Guarded<T> {
    owner: AtomicU64,
    state: Mutex<T>,
}

/// The state, held.
pub struct Hold<'a, T> {
    owner: &'a AtomicU64,
    state: MutexGuard<'a, T>,
}

impl<T> Guarded<T> {
    /// Unheld state.
    pub fn new(state: T) -> Self {
        Self { owner: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// Takes the state; nothing if this thread has it already.
    pub fn try_hold<'a>(&'a self, t: &Thread) -> Option<Hold<'a, T>> {
        let me = current_thread_ident();
        let state = match self.state.try_lock() {
            Some(state) => state,
            None if self.owner.load(Ordering::Acquire) == me => return None,
            None => t.blocking(|| self.state.lock()),
        };
        self.owner.store(me, Ordering::Release);
        Some(Hold { owner: &self.owner, state })
    }

    /// Takes the state; RuntimeError if this thread has it already.
    pub fn hold<'a>(&'a self, t: &Thread, object: Value) -> R<Hold<'a, T>> {
        match self.try_hold(t) {
            Some(hold) => Ok(hold),
            None => {
                let shown = protocols::repr(t, object)?.to_string_lossy();
                Err(t.runtime_error(format_args!("reentrant call inside {shown}")))
            }
        }
    }
}

impl<T> Drop for Hold<'_, T> {
    fn drop(&mut self) {
        self.owner.store(0, Ordering::Release);
    }
}

impl<T> std::ops::Deref for Hold<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.state
    }
}

impl<T> std::ops::DerefMut for Hold<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state
    }
}
