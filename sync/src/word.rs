//! One word a thread: for the handlers of signals, which are told nothing and may touch little else.
//!
//! It is the system's thread local in all builds: no model has signals.

#![allow(clippy::disallowed_macros, clippy::disallowed_types, reason = "as the platforms: this is the door")]

use std::cell::Cell;

std::thread_local! {
    static WORD: Cell<usize> = const { Cell::new(0) };
}

/// The calling thread's word; 0 at first. A handler may ask for it.
#[must_use]
pub fn thread_word() -> usize {
    WORD.try_with(Cell::get).unwrap_or(0)
}

/// Sets the calling thread's word, and gives the one before.
pub fn set_thread_word(word: usize) -> usize {
    WORD.replace(word)
}
