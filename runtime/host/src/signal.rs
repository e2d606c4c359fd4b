//! Signals of this process.

/// Ends the process as an uncaught Ctrl-C does: by the signal itself, so that the parent sees why. Gives 130 where that fails.
pub fn die_of_interrupt() -> i32 {
    // SAFETY: the default action is restored first, so no handler of ours runs; then the process ends.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::raise(libc::SIGINT);
    }
    130
}
