//! Threads of the model: shuttle's, which run one at a time, each on a stack of its own.

use std::cell::RefCell;
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

pub use ::shuttle::thread::{AccessError, JoinHandle, LocalKey, ThreadId};
pub use std::thread::panicking;

use super::run::waiting;

/// The name and stack size of a thread to come.
#[derive(Debug)]
pub struct Builder(::shuttle::thread::Builder);

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A thread without a name.
    pub fn new() -> Self {
        Self(::shuttle::thread::Builder::new())
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Sets the size of the stack in bytes.
    pub fn stack_size(self, bytes: usize) -> Self {
        Self(self.0.stack_size(bytes))
    }

    /// Starts the thread.
    pub fn spawn<T: Send + 'static>(self, body: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
        self.0.spawn(|| on_its_stack(body))
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

/// Lets another thread run; a scheduler may take it for a hint that this one waits for something.
pub fn yield_now() {
    waiting(::shuttle::thread::yield_now);
}

/// Lets another thread run: a sleep may take any time.
pub fn sleep(_: Duration) {
    yield_now();
}

/// The identity of the calling thread.
pub fn current_id() -> ThreadId {
    ::shuttle::thread::current().id()
}

/// Two: models with three threads are to have none to spare.
pub fn available_parallelism() -> NonZeroUsize {
    NonZeroUsize::new(2).expect("two is not zero")
}

std::thread_local! {
    // The system's thread local: all threads of a model run on one thread of the system.
    static STACKS: RefCell<Vec<(ThreadId, usize)>> = const { RefCell::new(Vec::new()) };
}

/// The first address above the frames of the calling thread's body. The system knows nothing of this stack.
pub fn stack_base() -> usize {
    let me = current_id();
    STACKS.with_borrow(|stacks| {
        let mine = stacks.iter().rfind(|(thread, _)| *thread == me);
        mine.expect("a thread of a model is started by this module").1
    })
}

/// Runs the body of a thread below a frame whose address is noted down.
#[inline(never)]
pub(super) fn on_its_stack<R>(body: impl FnOnce() -> R) -> R {
    struct Noted(ThreadId);
    impl Drop for Noted {
        fn drop(&mut self) {
            STACKS.with_borrow_mut(|stacks| stacks.retain(|(thread, _)| *thread != self.0));
        }
    }
    let mut base = 0usize;
    let noted = Noted(current_id());
    STACKS.with_borrow_mut(|stacks| {
        // One of the same name may be left of an execution that failed.
        stacks.retain(|(thread, _)| *thread != noted.0);
        stacks.push((noted.0, (&raw mut base).addr()));
    });
    let result = body();
    black_box(&mut base);
    result
}
