//! Marking beside a thread: what the thread holds at the end was marked, or is newer than the cycle.

use gc::protocols::gate::Gate;
use gc::protocols::snapshot::{before_store, read};
use sync::atomic::{AtomicBool, AtomicU64, Ordering};
use sync::cell::UnsafeCell;
use sync::{Arc, thread};

use crate::explore::{fails_without, holds};
use crate::member::{Membership, Mutator};

const OBJECT: u64 = 8;
const NEWER: u64 = 16;

/// One slot, and what a thread has beside it.
struct Heap {
    gate: Arc<Gate<Membership>>,
    /// Of an object that is a root.
    slot: AtomicU64,
    /// Whether cells of the block that `NEWER` lies in are kept.
    kept: AtomicBool,
    armed: AtomicBool,
    /// The thread's own while it runs, the collector's while it stands still: what its stack holds, and its log.
    own: UnsafeCell<(u64, Vec<u64>)>,
}

// SAFETY: `own` changes hands by the handshake; that this suffices is what loom checks here.
unsafe impl Send for Heap {}
// SAFETY: as for `Send`.
unsafe impl Sync for Heap {}

impl Heap {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            gate: Arc::default(),
            slot: AtomicU64::new(OBJECT),
            kept: AtomicBool::new(false),
            armed: AtomicBool::new(false),
            own: UnsafeCell::new((0, Vec::new())),
        })
    }

    /// A whole cycle. Returns what it marked.
    fn collect(&self) -> Vec<u64> {
        let mut marked = Vec::new();
        let world = self.gate.stop();
        // SAFETY: the thread stands still.
        marked.push(self.own.with(|own| unsafe { (*own).0 }));
        self.armed.store(true, Ordering::Relaxed);
        drop(world);
        let found = read(&self.slot);
        if found == NEWER {
            assert!(self.kept.load(Ordering::Relaxed), "the marker knows what is newer than its cycle");
        } else {
            marked.push(found);
        }
        let world = self.gate.stop();
        // SAFETY: the thread stands still.
        marked.append(&mut self.own.with_mut(|own| unsafe { std::mem::take(&mut (*own).1) }));
        self.armed.store(false, Ordering::Relaxed);
        drop(world);
        marked
    }

    /// The thread takes what is in the slot and puts something else there.
    fn replace(&self, new: u64) {
        let held = self.slot.load(Ordering::Acquire);
        // SAFETY: this thread runs.
        self.own.with_mut(|own| unsafe { (*own).0 = held });
        if self.armed.load(Ordering::Relaxed) {
            // SAFETY: this thread runs.
            before_store(&self.slot, |word| self.own.with_mut(|own| unsafe { (*own).1.push(word) }));
            self.kept.store(true, Ordering::Relaxed);
        }
        self.slot.store(new, Ordering::Release);
    }
}

fn a_thread_replaces_a_word(new: u64) {
    let heap = Heap::new();
    let mutator = Mutator::attach(&heap.gate);
    let shared = heap.clone();
    let collector = thread::spawn("collector", None, move || shared.collect()).expect("loom has threads");
    mutator.poll();
    heap.replace(new);
    mutator.poll();
    let marked = mutator.blocking(|| collector.join()).expect("the collector ends");
    assert!(marked.contains(&OBJECT), "what the thread holds was marked");
}

#[test]
fn a_word_that_goes_away_is_marked() {
    holds(|| a_thread_replaces_a_word(0));
}

#[test]
fn it_must_be_logged() {
    fails_without("snapshot.log", "what the thread holds", || a_thread_replaces_a_word(0));
}

/// The new object was claimed in this cycle if the thread was armed then; else it is as old as the snapshot, and not asked about.
fn a_thread_stores_a_new_object() {
    let heap = Heap::new();
    let mutator = Mutator::attach(&heap.gate);
    let shared = heap.clone();
    let collector = thread::spawn("collector", None, move || shared.collect()).expect("loom has threads");
    mutator.poll();
    let new = if heap.armed.load(Ordering::Relaxed) { NEWER } else { OBJECT };
    heap.replace(new);
    mutator.blocking(|| collector.join()).expect("the collector ends");
}

#[test]
fn what_is_newer_than_the_cycle_is_left_alone() {
    holds(a_thread_stores_a_new_object);
}

#[test]
fn the_marker_must_acquire_what_it_reads() {
    fails_without("snapshot.read", "the marker knows", a_thread_stores_a_new_object);
}
