//! Terminals.

/// Whether a descriptor is a terminal.
#[must_use]
pub fn is_terminal(descriptor: i32) -> bool {
    // SAFETY: isatty only asks about the descriptor.
    unsafe { libc::isatty(descriptor) == 1 }
}
