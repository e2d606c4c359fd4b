//! `Descriptor`: a file descriptor that is closed with its owner, once.

use sync::atomic::{AtomicI32, Ordering};

use crate::file::Outcome;

/// A descriptor; -1 once it is closed or given away.
pub struct Descriptor(AtomicI32);

impl Descriptor {
    /// Owns an open descriptor.
    #[must_use]
    pub fn new(descriptor: i32) -> Self {
        Self(AtomicI32::new(descriptor))
    }

    /// The number, or -1.
    #[must_use]
    pub fn number(&self) -> i32 {
        self.0.load(Ordering::Acquire)
    }

    /// Owns another descriptor from now on; the old one is not closed.
    pub fn set(&self, descriptor: i32) {
        self.0.store(descriptor, Ordering::Release);
    }

    /// Gives the descriptor away, or -1.
    pub fn take(&self) -> i32 {
        self.0.swap(-1, Ordering::AcqRel)
    }

    /// Closes the descriptor, if it is not closed yet.
    pub fn close(&self) -> Outcome<()> {
        match self.take() {
            -1 => Ok(()),
            descriptor => crate::file::close(descriptor),
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // Nobody is left to tell where closing fails.
        let _ = self.close();
    }
}
