//! A sequence counter: readers without a lock learn whether a writer was at work while they read.
//!
//! Writers exclude one another by other means (an object's lock byte). What is guarded must be atomics: a reader that is
//! told to try again has read them, torn against one another but each whole. The count is odd while a writer is at work.
//! It wraps after two thousand million writes, so one read must not last that long.

use crate::atomic::{AtomicU32, Ordering, fence};
use crate::{const_unless_modelled, weaken};

/// The count.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Sequence(AtomicU32);

/// A writer at work; dropping it ends the write, on unwinding too.
#[must_use]
pub struct SequenceWrite<'a> {
    sequence: &'a Sequence,
    start: u32,
}

impl Sequence {
    const_unless_modelled! {
        /// A count at rest.
        pub const fn new() -> Self {
            Self(AtomicU32::new(0))
        }
    }

    /// Begins a read; none if a writer is at work.
    #[inline(always)]
    pub fn begin_read(&self) -> Option<u32> {
        let start = self.0.load(weaken::ordering("sequence.begin_read", Ordering::Acquire));
        start.is_multiple_of(2).then_some(start)
    }

    /// Whether all that was read since `begin_read` gave `start` belongs together.
    #[inline(always)]
    #[must_use]
    pub fn validate(&self, start: u32) -> bool {
        if weaken::step("sequence.read_fence") {
            fence(Ordering::Acquire);
        }
        self.0.load(Ordering::Relaxed) == start
    }

    /// Begins a write. The caller keeps other writers out until the result is dropped.
    #[inline(always)]
    pub fn write(&self) -> SequenceWrite<'_> {
        let start = self.0.load(Ordering::Relaxed);
        debug_assert!(start.is_multiple_of(2), "writers exclude one another");
        self.0.store(start.wrapping_add(1), Ordering::Relaxed);
        if weaken::step("sequence.write_fence") {
            fence(Ordering::Release);
        }
        SequenceWrite { sequence: self, start }
    }
}

impl Drop for SequenceWrite<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let release = weaken::ordering("sequence.end_write", Ordering::Release);
        self.sequence.0.store(self.start.wrapping_add(2), release);
    }
}
