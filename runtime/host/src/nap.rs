//! A thread's sleep, which another thread or a signal handler ends.
//!
//! One word, with a token as in `sync::Parker`: who wakes leaves it before looking for a sleeper, and the system looks at the word once
//! more before the thread sleeps, so no waking is lost. Unlike a parker, waking is one exchange and one system call, which
//! signal handlers may do.

use std::time::Instant;

use sync::atomic::{AtomicU32, Ordering};

const EMPTY: u32 = 0;
const WOKEN: u32 = 1;

/// See the module. One thread sleeps on it; any may wake it.
#[derive(Debug)]
pub struct Nap(AtomicU32);

impl Default for Nap {
    fn default() -> Self {
        Self::new()
    }
}

impl Nap {
    /// Without a token.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicU32::new(EMPTY))
    }

    /// Sleeps until woken, at most until `deadline`. Says whether it was woken; that may have been meant for an earlier sleep, so
    /// whoever sleeps looks again at what it waits for.
    pub fn sleep(&self, deadline: Option<Instant>) -> bool {
        loop {
            if self.0.swap(EMPTY, Ordering::Acquire) == WOKEN {
                return true;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            let timeout = left.map(|left| libc::timespec {
                tv_sec: left.as_secs().min(i64::MAX as u64 >> 1) as libc::time_t,
                tv_nsec: left.subsec_nanos().into(),
            });
            let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            let wait = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
            // SAFETY: the word and the time outlive the call. However it ends, the loop looks at the word.
            unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), wait, EMPTY, timeout) };
        }
    }

    /// Ends the sleep, or the next one if no one sleeps. Safe in signal handlers.
    pub fn wake(&self) {
        if self.0.swap(WOKEN, Ordering::Release) == EMPTY {
            let wake = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
            // SAFETY: the word is used for its address only.
            unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), wake, 1) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn wakes_and_times_out() {
        let nap = sync::Arc::new(Nap::new());
        nap.wake();
        assert!(nap.sleep(None), "the token was left before");
        assert!(!nap.sleep(Some(Instant::now() + Duration::from_millis(5))));
        let other = nap.clone();
        let waker = sync::thread::spawn("waker", None, move || other.wake()).expect("a thread");
        assert!(nap.sleep(None));
        assert!(waker.join().is_ok());
    }
}
