//! File descriptors.

/// Whether a descriptor is open.
#[must_use]
pub fn is_open(descriptor: i32) -> bool {
    // SAFETY: fcntl with F_GETFD reads a flag of the descriptor and touches no memory of ours.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}
