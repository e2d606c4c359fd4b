//! Named semaphores, which processes share.

use std::ffi::CStr;

use crate::file::{Outcome, outcome};

/// An open semaphore; closed when dropped.
pub struct Semaphore(*mut libc::sem_t);

// SAFETY: the calls on a semaphore are made for use by several threads at once.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    fn checked(pointer: *mut libc::sem_t) -> Outcome<Self> {
        if pointer == libc::SEM_FAILED { Err(crate::error::last()) } else { Ok(Self(pointer)) }
    }

    /// A new semaphore; EEXIST if there is one of this name.
    pub fn create(name: &CStr, value: u32) -> Outcome<Self> {
        // SAFETY: the name is terminated.
        Self::checked(unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600, value) })
    }

    /// The semaphore of this name.
    pub fn open(name: &CStr) -> Outcome<Self> {
        // SAFETY: the name is terminated.
        Self::checked(unsafe { libc::sem_open(name.as_ptr(), 0) })
    }

    /// A number that tells it apart from others of this process.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0 as u64
    }

    /// Takes one if there is one: EAGAIN otherwise.
    pub fn try_wait(&self) -> Outcome<()> {
        // SAFETY: the semaphore is open until it is dropped.
        outcome(unsafe { libc::sem_trywait(self.0) }).map(drop)
    }

    /// Takes one, waiting for it; ETIMEDOUT at the deadline, seconds and nanoseconds of the system's clock.
    pub fn wait(&self, deadline: Option<(i64, i64)>) -> Outcome<()> {
        // SAFETY: as for `try_wait`; the time outlives the call.
        outcome(unsafe {
            match deadline {
                Some((tv_sec, tv_nsec)) => {
                    let time = libc::timespec { tv_sec, tv_nsec };
                    libc::sem_timedwait(self.0, &raw const time)
                }
                None => libc::sem_wait(self.0),
            }
        })
        .map(drop)
    }

    /// Gives one.
    pub fn post(&self) -> Outcome<()> {
        // SAFETY: as for `try_wait`.
        outcome(unsafe { libc::sem_post(self.0) }).map(drop)
    }

    /// How many there are.
    pub fn value(&self) -> Outcome<i32> {
        let mut value = 0;
        // SAFETY: as for `try_wait`; the number is filled.
        outcome(unsafe { libc::sem_getvalue(self.0, &raw mut value) })?;
        Ok(value)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: it is open, and nobody uses it any more.
        unsafe { libc::sem_close(self.0) };
    }
}

/// Removes the name of a semaphore.
pub fn unlink(name: &CStr) -> Outcome<()> {
    // SAFETY: the name is terminated.
    outcome(unsafe { libc::sem_unlink(name.as_ptr()) }).map(drop)
}
