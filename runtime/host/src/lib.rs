//! The operating system, as the runtime needs it.
