//! What the collector tells its listener.

use crate::stats::CollectStats;

/// Something happened to a heap. Counters, logs and callbacks listen; none of them may run the embedder's own code from
/// in here (rule 9), so they make a note and act at their next poll.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A collection is about to stop the heap's threads.
    Started {
        /// 0 for a young cycle, 2 for a full one.
        generation: u8,
    },
    /// A collection is over and the threads go on.
    Ended {
        /// As in `Started`.
        generation: u8,
        /// What it did; nothing where another thread's collection came first.
        stats: Option<CollectStats>,
    },
}
