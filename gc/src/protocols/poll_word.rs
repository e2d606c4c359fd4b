//! The word that a thread polls: a set of requests, zero when there is none.
//!
//! The low half is the collector's, the upper half the embedder's (signals, asynchronous exceptions). Any thread may add
//! requests; the owner takes them away. A request is only a hint to look: each is set after the fact that it points at
//! (a stop, a due cycle, a queue with something in it) and taken away before that fact is looked at, so none is lost.

use sync::atomic::{AtomicU32, Ordering};
use sync::{const_unless_modelled, weaken};

/// A stop was asked for.
pub const STOP: u32 = 1;
/// A collection is due.
pub const COLLECT: u32 = 1 << 1;
/// Finalizers are due or weak references were cleared: the embedder looks into the heap's queues at its next poll of
/// its own code, and takes this bit away itself.
pub const PENDING: u32 = 1 << 2;
/// The first bit that the embedder may give a meaning.
pub const EMBEDDER: u32 = 1 << 16;

/// The requests to one thread.
#[derive(Debug)]
pub struct PollWord(AtomicU32);

impl PollWord {
    const_unless_modelled! {
        /// No requests.
        pub const fn new() -> Self {
            Self(AtomicU32::new(0))
        }
    }

    /// Whether there is any request: one load, the whole cost of a poll that finds none.
    #[inline(always)]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// The requests now, without taking them.
    #[inline(always)]
    pub fn bits(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds requests. What they point at must be in place before.
    pub fn request(&self, bits: u32) {
        let release = weaken::ordering("poll_word.request", Ordering::Release);
        self.0.fetch_or(bits, release);
    }

    /// Takes away those of `bits` that are set and says which they were. The caller then looks at what they point at.
    #[must_use = "a request that was taken must be looked at"]
    pub fn take(&self, bits: u32) -> u32 {
        let acquire = weaken::ordering("poll_word.take", Ordering::AcqRel);
        self.0.fetch_and(!bits, acquire) & bits
    }

    /// The bare word, for code that polls it itself or sets bits from a signal handler.
    #[inline(always)]
    pub fn raw(&self) -> &AtomicU32 {
        &self.0
    }
}

impl Default for PollWord {
    fn default() -> Self {
        Self::new()
    }
}
