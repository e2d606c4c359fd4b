//! Lock bytes under contention: no addition lost, no thread left asleep, none kept by a thread that unwound.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use sync::cell::UnsafeCell;
use sync::{Arc, LockByte, LockContext, LockMode, thread};

use crate::run::{Clock, Numbers, on_threads, threads};

struct Many;

impl LockContext for Many {
    fn mode(&self) -> LockMode {
        LockMode::Multi
    }

    fn wait(&self, park: &mut dyn FnMut()) {
        park();
    }
}

#[derive(Default)]
struct Counter {
    lock: LockByte,
    count: UnsafeCell<u64>,
}

// SAFETY: `count` is touched only with `lock` held.
unsafe impl Sync for Counter {}

impl Counter {
    fn add(&self, hold: u64) {
        let _guard = self.lock.guard(&Many);
        // SAFETY: the lock is held.
        let before = self.count.with(|count| unsafe { *count });
        match hold {
            0 => thread::yield_now(),
            1 => thread::sleep(std::time::Duration::from_micros(20)),
            _ => {}
        }
        // SAFETY: the lock is held.
        self.count.with_mut(|count| unsafe { *count = before + 1 });
    }
}

#[test]
fn counting() {
    let counters: Arc<[Counter]> = (0..3).map(|_| Counter::default()).collect();
    let clock = Clock::start();
    let shared = counters.clone();
    let added = on_threads(threads(), move |number| {
        let mut numbers = Numbers::of(number);
        let mut added = 0;
        while clock.goes_on(added) {
            shared[numbers.below(3) as usize].add(numbers.below(200));
            added += 1;
        }
        added
    });
    let counted: u64 = counters
        .iter()
        .map(|counter| {
            counter.count.with(|count| {
                // SAFETY: the threads have ended.
                unsafe { *count }
            })
        })
        .sum();
    assert_eq!(counted, added.iter().sum());
    assert!(counters.iter().all(|counter| !counter.lock.is_locked()));
}

#[test]
fn unwinding() {
    let counter = Arc::new(Counter::default());
    let clock = Clock::start();
    let shared = counter.clone();
    on_threads(threads(), move |_| {
        let mut round = 0;
        while clock.goes_on(round) {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _guard = shared.lock.guard(&Many);
                resume_unwind(Box::new(()));
            }));
            assert!(unwound.is_err());
            round += 1;
        }
    });
    assert!(!counter.lock.is_locked());
}
