//! Threads and what they wait for.

mod local;
mod lock;
mod thread;

pub use thread::MODULE as THREAD;
