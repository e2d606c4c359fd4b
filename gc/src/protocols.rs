//! The collector's protocols: each one atomic word with named transitions, pure over `sync`, so that loom can run the
//! very code that ships. Nothing in here knows blocks, stacks or objects.

pub mod handshake;
pub mod poll_word;
pub mod remembering;
