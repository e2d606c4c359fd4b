//! The operating system, as the runtime needs it.

pub mod accounts;
pub mod child;
pub mod clock;
pub mod complex;
pub mod control;
pub mod descriptor;
pub mod error;
pub mod fault;
pub mod file;
pub mod limits;
pub mod locale;
pub mod log;
pub mod memory;
pub mod nap;
pub mod path;
pub mod process;
pub mod semaphore;
pub mod signal;
pub mod socket;
pub mod stack;
pub mod system;
pub mod terminal;
pub mod thread;
pub mod wait;
pub mod zlib;
