//! What processes may use, and what they used.

use std::mem::MaybeUninit;
use std::ptr;

use crate::file::{Outcome, outcome};

/// What a process, its children or a thread used.
pub fn usage(who: i32) -> Outcome<libc::rusage> {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the structure is the one that the call fills; zeroes are a valid one.
    unsafe {
        outcome(libc::getrusage(who, usage.as_mut_ptr()))?;
        Ok(usage.assume_init())
    }
}

/// Reads and perhaps sets a limit of a process (0: this one): the soft and the hard one, as they were.
pub fn limit(process: i32, resource: i32, new: Option<(u64, u64)>) -> Outcome<(u64, u64)> {
    let new = new.map(|(soft, hard)| libc::rlimit { rlim_cur: soft, rlim_max: hard });
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let given = new.as_ref().map_or(ptr::null(), |new| &raw const *new);
    // SAFETY: both structures outlive the call.
    outcome(unsafe { libc::prlimit(process, resource as _, given, &raw mut old) })?;
    Ok((old.rlim_cur, old.rlim_max))
}

/// Waits for a child: its number, its status and what it used.
pub fn wait_with_usage(process: i32, options: i32) -> Outcome<(i32, i32, libc::rusage)> {
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: both are filled by the call; zeroes are a valid structure.
    unsafe {
        let child = outcome(libc::wait4(process, &raw mut status, options, usage.as_mut_ptr()))?;
        Ok((child, status, usage.assume_init()))
    }
}
