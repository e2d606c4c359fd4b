//! Threads of the real build: the system's.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the door through which the rest of the tree reaches them"
)]

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

pub use std::thread::{AccessError, JoinHandle, LocalKey, ThreadId, panicking};

/// The name and stack size of a thread to come.
#[derive(Debug)]
pub struct Builder(std::thread::Builder);

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A thread without a name, with the platform's usual stack.
    pub fn new() -> Self {
        Self(std::thread::Builder::new())
    }

    /// Names the thread, as debuggers and panics will show it.
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Sets the size of the native stack in bytes.
    pub fn stack_size(self, bytes: usize) -> Self {
        Self(self.0.stack_size(bytes))
    }

    /// Starts the thread; fails when the system has none to give.
    pub fn spawn<T: Send + 'static>(self, body: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        self.0.spawn(body)
    }
}

/// Starts a thread with a name and, if given, a stack size in bytes.
pub fn spawn<T: Send + 'static>(
    name: &str,
    stack_size: Option<usize>,
    body: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let builder = Builder::new().name(name.to_owned());
    match stack_size {
        Some(bytes) => builder.stack_size(bytes).spawn(body),
        None => builder.spawn(body),
    }
}

/// Lets another thread run.
#[inline]
pub fn yield_now() {
    std::thread::yield_now();
}

/// Sleeps. What may be woken early waits on a `Parker` instead.
pub fn sleep(duration: Duration) {
    std::thread::sleep(duration);
}

/// The identity of the calling thread, unique while the process lives.
#[inline]
pub fn current_id() -> ThreadId {
    std::thread::current().id()
}

/// How many threads can run at once here; one where the system cannot say.
pub fn available_parallelism() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
