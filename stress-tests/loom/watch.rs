//! The watch over what is left to a heap's threads: one watches as soon as something is left, however that meets the end of the watch
//! before.

use gc::protocols::watch::Watch;
use sync::atomic::{AtomicBool, AtomicU32, Ordering};
use sync::{Arc, thread};

use crate::explore::{fails_without, holds};

#[derive(Default)]
struct Heap {
    watch: Watch,
    left: AtomicBool,
    watches: AtomicU32,
}

impl Heap {
    fn watch(&self) {
        if self.watch.begin() {
            self.watches.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A watcher that has seen nothing ends its watch while another thread leaves something.
fn something_is_left_as_the_watch_ends() {
    let heap = Arc::new(Heap::default());
    assert!(heap.watch.begin());
    let shared = heap.clone();
    let watcher = thread::spawn("watcher", None, move || {
        shared.watch.end();
        if shared.left.load(Ordering::Relaxed) {
            shared.watch();
        }
    })
    .expect("loom has threads");
    heap.left.store(true, Ordering::Relaxed);
    heap.watch();
    watcher.join().expect("the watcher ends");
    assert_eq!(heap.watches.load(Ordering::Relaxed), 1, "one watches what was left");
}

#[test]
fn what_is_left_is_watched() {
    holds(something_is_left_as_the_watch_ends);
}

#[test]
fn the_last_look_comes_after_the_end() {
    fails_without("watch.end", "one watches what was left", something_is_left_as_the_watch_ends);
}
