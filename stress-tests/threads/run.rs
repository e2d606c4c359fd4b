//! Running one body on several threads until the time is up.

use std::time::{Duration, Instant};

use sync::atomic::{AtomicBool, Ordering};
use sync::{Arc, thread};

/// When a run ends.
pub struct Clock {
    end: Instant,
    /// Some thread saw the end, so the others need not look at the clock.
    over: AtomicBool,
}

impl Clock {
    /// A run that begins now.
    pub fn start() -> Arc<Self> {
        let seconds = std::env::var("OPHION_STRESS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0.2);
        Arc::new(Self { end: Instant::now() + Duration::from_secs_f64(seconds), over: AtomicBool::new(false) })
    }

    /// Whether to go on. Looks at the clock at some calls only.
    pub fn goes_on(&self, round: u64) -> bool {
        if round.is_multiple_of(64) && Instant::now() >= self.end {
            self.over.store(true, Ordering::Relaxed);
        }
        !self.over.load(Ordering::Relaxed)
    }
}

/// How many threads a run has: more than the machine runs at once, so that some are always preempted.
pub fn threads() -> usize {
    thread::available_parallelism().get().clamp(2, 8) + 2
}

/// Runs `body` with the numbers from 0 on `count` threads at once, and gives what each returned.
pub fn on_threads<T: Send + 'static>(count: usize, body: impl Fn(usize) -> T + Send + Sync + 'static) -> Vec<T> {
    let body = Arc::new(body);
    let started: Vec<_> = (0..count)
        .map(|number| {
            let body = body.clone();
            thread::spawn(&format!("stress {number}"), None, move || body(number)).expect("the system has threads")
        })
        .collect();
    started.into_iter().map(|thread| thread.join().expect("a stress thread ends well")).collect()
}

/// A generator of numbers that is the same in every run of one thread.
pub struct Numbers(u64);

impl Numbers {
    /// The generator of one thread.
    pub fn of(thread: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(thread as u64 + 1))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
