//! What an interpreter remembers of its collections: counts for `gc.get_stats`, stops for `gc.pauses`, and the lines of
//! `OPHION_GC_LOG`.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::time::{Duration, Instant};

use gc::{CollectStats, Event};

/// Everything up to 2^30 microseconds has a bucket of its own.
const BUCKETS: usize = 32;

/// How many collections are kept for callbacks to hear of, should the program never come by a poll of Python code.
const MOST_UNTOLD: usize = 64;

/// What `gc.get_stats` tells.
#[derive(Clone, Copy, Default, Debug)]
pub struct CollectionCounts {
    /// Collections of generation 0, 1 and 2.
    pub collections: [u64; 3],
    /// Objects freed by them.
    pub collected: [u64; 3],
}

/// How many durations lay below each power of two of microseconds.
#[derive(Clone, Copy, Default, Debug)]
pub struct Histogram {
    counts: [u64; BUCKETS],
    /// The longest.
    pub longest: Duration,
    /// All together.
    pub total: Duration,
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = (u64::BITS - microseconds.leading_zeros()) as usize;
        self.counts[bucket.min(BUCKETS - 1)] += 1;
        self.longest = self.longest.max(duration);
        self.total += duration;
    }

    /// The buckets that are not empty: the duration below which they lie, and how many lie there.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(|(bucket, count)| (Duration::from_micros(1 << bucket), *count))
    }
}

/// The collections of one interpreter so far.
#[derive(Debug)]
pub struct Collections {
    /// Counts by generation.
    pub counts: CollectionCounts,
    /// How long threads were stopped.
    pub stops: Histogram,
    /// How long it took to stop them, a part of the former.
    pub times_to_stop: Histogram,
    /// Those that no one told the program of yet.
    untold: Vec<CollectStats>,
    since: Instant,
    log: Option<File>,
}

impl Collections {
    /// None so far. Those to come are written to the file of this name, one line each; one that cannot be opened is not written to.
    pub fn new(log: Option<&str>) -> Self {
        Self {
            counts: CollectionCounts::default(),
            stops: Histogram::default(),
            times_to_stop: Histogram::default(),
            untold: Vec::new(),
            since: Instant::now(),
            log: log.and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok()),
        }
    }

    /// Counts what a collection of the interpreter with this number did.
    pub fn record(&mut self, interpreter: u64, event: &Event) {
        match event {
            Event::Started { .. } => {}
            Event::Stopped { stopped, time_to_stop } => {
                self.stops.add(*stopped);
                self.times_to_stop.add(*time_to_stop);
            }
            Event::Ended { stats } => self.end(interpreter, stats),
        }
    }

    fn end(&mut self, interpreter: u64, stats: &CollectStats) {
        self.count(stats.generation, stats.freed_objects);
        if self.untold.len() < MOST_UNTOLD {
            self.untold.push(*stats);
        }
        let end = self.since.elapsed();
        if let Some(log) = &mut self.log {
            let mut line = String::new();
            if write_line(&mut line, interpreter, end, stats).is_err() || log.write_all(line.as_bytes()).is_err() {
                self.log = None;
            }
        }
    }

    /// Counts a collection of this generation.
    pub fn count(&mut self, generation: u8, freed: usize) {
        let generation = usize::from(generation).min(2);
        self.counts.collections[generation] += 1;
        self.counts.collected[generation] += freed as u64;
    }

    /// Takes back the count of a cycle that is a part of a collection which the program asked for: that is counted as a whole.
    pub fn forget(&mut self, cycle: &CollectStats) {
        let generation = usize::from(cycle.generation).min(2);
        self.counts.collections[generation] = self.counts.collections[generation].saturating_sub(1);
        let collected = &mut self.counts.collected[generation];
        *collected = collected.saturating_sub(cycle.freed_objects as u64);
        if let Some(index) = self.untold.iter().rposition(|untold| untold == cycle) {
            self.untold.remove(index);
        }
    }

    /// The collections that the program has not heard of yet.
    pub fn take_untold(&mut self) -> Vec<CollectStats> {
        std::mem::take(&mut self.untold)
    }
}

/// One line, in one write, so that interpreters and processes may share the file.
fn write_line(line: &mut String, interpreter: u64, end: Duration, stats: &CollectStats) -> fmt::Result {
    let kind = if stats.generation == 2 { "full" } else { "young" };
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    writeln!(
        line,
        "{:.3} ms: interpreter {interpreter}: {kind} in {:.3} ms, {} slices by threads: {} stops, {} of them withdrawn, of {:.3} ms, the longest {:.3} ms, to stop {:.3} ms; marked {} \
         objects; {} bytes live, {} allocated before; freed at once {} objects; {} weak references cleared, {} finalizers due",
        milliseconds(end),
        milliseconds(stats.duration),
        stats.slices,
        stats.stops,
        stats.withdrawn,
        milliseconds(stats.stopped),
        milliseconds(stats.longest_stop),
        milliseconds(stats.time_to_stop),
        stats.marked_objects,
        stats.live_bytes,
        stats.allocated_bytes,
        stats.freed_objects,
        stats.weak_cleared,
        stats.finalizers,
    )
}
