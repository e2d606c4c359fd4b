//! Threads and what they wait for.

mod local;
mod lock;
mod queue;
mod semlock;
mod thread;

pub use queue::MODULE as QUEUE;
pub use semlock::MODULE as MULTIPROCESSING;
pub use thread::MODULE as THREAD;

/// In a forked child, where the calling thread is the only one: forgets what the others slept on.
pub fn after_fork(t: &vm::Thread) {
    thread::after_fork(t);
}
