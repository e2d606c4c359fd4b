//! The protocols between interpreters, apart from everything that knows Python: what the loom models run.

pub mod channel;
pub mod lifecycle;
