//! Numbers: of one collection, and of a heap over its life.

use std::time::Duration;

use sync::atomic::{AtomicU64, Ordering};

/// What one collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollectStats {
    /// 0 for a young cycle, 2 for a full one.
    pub generation: u8,
    /// Objects whose cells came back. After an explicit collection all that were dead; otherwise only those swept before
    /// it returned, since the rest are swept when their cells are needed.
    pub freed_objects: usize,
    /// The bytes of those cells.
    pub freed_bytes: usize,
    /// Objects that were newly marked.
    pub marked_objects: usize,
    /// Bytes of marked objects in the heap, as far as the collector knows.
    pub live_bytes: usize,
    /// Bytes of cells and spans that threads were given since the collection before.
    pub allocated_bytes: usize,
    /// How many of the dead objects lay on cycles or hung on them, of those that the caller's function counts; nothing if it did
    /// not ask, or if there were too many to look at each.
    pub trash: Option<usize>,
    /// Finalizers that became due.
    pub finalizers: usize,
    /// Weak references that were emptied.
    pub weak_cleared: usize,
    /// Weak referents and objects with finalizers that the closing stop looked at: the others were known to live before it.
    pub looked_at: usize,
    /// How long it took, from before the first stop to after the sweep.
    pub duration: Duration,
    /// In how many slices threads marked it as they allocated, of a cycle that was left to them.
    pub slices: u32,
    /// How often the threads were stopped.
    pub stops: u32,
    /// How many of those stops were withdrawn, since a thread was late.
    pub withdrawn: u32,
    /// How long they were in all.
    pub stopped: Duration,
    /// The longest stop.
    pub longest_stop: Duration,
    /// How long it took to stop them, a part of `stopped`.
    pub time_to_stop: Duration,
}

impl CollectStats {
    /// Counts a stop.
    pub(crate) fn count_stop(&mut self, stopped: Duration, time_to_stop: Duration) {
        self.stops += 1;
        self.stopped += stopped;
        self.longest_stop = self.longest_stop.max(stopped);
        self.time_to_stop += time_to_stop;
    }
}

/// A heap's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Young cycles so far.
    pub young_cycles: u64,
    /// Full cycles so far.
    pub full_cycles: u64,
    /// Objects whose cells came back.
    pub freed_objects: u64,
    /// Bytes of cells and spans that threads were given.
    pub allocated_bytes: u64,
    /// Bytes of marked objects after the last cycle.
    pub live_bytes: usize,
    /// Bytes of blocks and spans that the heap owns.
    pub committed_bytes: usize,
    /// Bytes outside the heap that objects account for.
    pub external_bytes: usize,
    /// How long threads were stopped in all.
    pub stopped: Duration,
    /// The longest stop.
    pub longest_stop: Duration,
}

/// The counters behind [`Statistics`].
#[derive(Debug, Default)]
pub struct Counters {
    young_cycles: AtomicU64,
    full_cycles: AtomicU64,
    freed_objects: AtomicU64,
    freed_bytes: AtomicU64,
    allocated_before: AtomicU64,
    stopped: AtomicU64,
    longest_stop: AtomicU64,
}

impl Counters {
    /// Counts a sweep.
    pub fn freed(&self, objects: usize, bytes: usize) {
        self.freed_objects.fetch_add(objects as u64, Ordering::Relaxed);
        self.freed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Objects and bytes freed so far.
    pub fn freed_so_far(&self) -> (u64, u64) {
        (self.freed_objects.load(Ordering::Relaxed), self.freed_bytes.load(Ordering::Relaxed))
    }

    /// Counts a cycle, and what was allocated up to it.
    pub fn cycle(&self, stats: &CollectStats) {
        let cycles = if stats.generation == 2 { &self.full_cycles } else { &self.young_cycles };
        cycles.fetch_add(1, Ordering::Relaxed);
        self.allocated_before.fetch_add(stats.allocated_bytes as u64, Ordering::Relaxed);
        let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.stopped.fetch_add(nanoseconds(stats.stopped), Ordering::Relaxed);
        self.longest_stop.fetch_max(nanoseconds(stats.longest_stop), Ordering::Relaxed);
    }

    /// The numbers, with those that the caller has from elsewhere left at zero.
    pub fn read(&self) -> Statistics {
        Statistics {
            young_cycles: self.young_cycles.load(Ordering::Relaxed),
            full_cycles: self.full_cycles.load(Ordering::Relaxed),
            freed_objects: self.freed_objects.load(Ordering::Relaxed),
            allocated_bytes: self.allocated_before.load(Ordering::Relaxed),
            stopped: Duration::from_nanos(self.stopped.load(Ordering::Relaxed)),
            longest_stop: Duration::from_nanos(self.longest_stop.load(Ordering::Relaxed)),
            ..Statistics::default()
        }
    }
}
