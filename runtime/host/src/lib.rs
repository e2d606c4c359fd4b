//! The operating system, as the runtime needs it.

pub mod clock;
pub mod error;
pub mod file;
pub mod memory;
pub mod path;
pub mod process;
pub mod signal;
pub mod stack;
pub mod terminal;
pub mod thread;
pub mod zlib;
