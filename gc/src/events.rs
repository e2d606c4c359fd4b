//! What the collector tells its listener.

use std::time::Duration;

use crate::stats::CollectStats;

/// Something happened to a heap. Counters, logs and callbacks listen; none of them may run the embedder's own code from
/// in here (rule 9), so they make a note and act at their next poll.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A collection has begun.
    Started {
        /// 0 for a young cycle, 2 for a full one.
        generation: u8,
    },
    /// It has stopped the heap's threads, and they go on.
    Stopped {
        /// How long the stop was.
        stopped: Duration,
        /// The part of it that passed until all threads stood still.
        time_to_stop: Duration,
    },
    /// A collection is over.
    Ended {
        /// What it did.
        stats: CollectStats,
    },
}
