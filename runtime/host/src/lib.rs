//! The operating system, as the runtime needs it.

pub mod error;
pub mod file;
pub mod memory;
pub mod stack;
pub mod signal;
pub mod terminal;
pub mod zlib;
pub mod thread;
