//! The collector's protocols, pure over `sync`, so that loom can run the very code that ships: atomic words with named
//! transitions, and the gate at which threads wait for one another. Nothing in here knows blocks, stacks or objects.

pub mod gate;
pub mod handshake;
pub mod keeping;
pub mod marks;
pub mod poll_word;
pub mod remembering;
pub mod sharing;
pub mod snapshot;
pub mod turnstile;
pub mod watch;
