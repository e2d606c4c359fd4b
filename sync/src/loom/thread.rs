//! Threads of the model: loom's, which run one at a time in every order that matters.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

pub use ::loom::thread::{AccessError, JoinHandle, LocalKey, ThreadId};
pub use std::thread::panicking;

/// The name and stack size of a thread to come.
#[derive(Debug)]
pub struct Builder(::loom::thread::Builder);

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A thread without a name.
    pub fn new() -> Self {
        Self(::loom::thread::Builder::new())
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Accepts a stack size and ignores it: model threads are shallow.
    pub fn stack_size(self, _: usize) -> Self {
        self
    }

    /// Starts the thread.
    pub fn spawn<T: Send + 'static>(self, body: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        self.0.spawn(body)
    }
}

/// Starts a thread with a name; the stack size is ignored.
pub fn spawn<T: Send + 'static>(
    name: &str,
    _: Option<usize>,
    body: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(body)
}

/// Lets another thread run; loom will not come back to this one while others can.
pub fn yield_now() {
    ::loom::thread::yield_now();
}

/// Lets another thread run: a sleep may take any time.
pub fn sleep(_: Duration) {
    ::loom::thread::yield_now();
}

/// The identity of the calling thread.
pub fn current_id() -> ThreadId {
    ::loom::thread::current().id()
}

/// Two: models are about what happens between threads.
pub fn available_parallelism() -> NonZeroUsize {
    NonZeroUsize::new(2).expect("two is not zero")
}
