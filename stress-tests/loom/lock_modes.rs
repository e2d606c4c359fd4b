//! Rule 15: a lock byte goes over from plain stores to exchanges while its holder stands at a poll, and back.
//!
//! The first thread is a heap's only mutator. It takes the lock by plain stores, polls with the lock in hand, and
//! releases. The second is let in while the first stands still, wants the same lock, and leaves.

use gc::protocols::gate::Gate;
use sync::cell::UnsafeCell;
use sync::{Arc, LockByte, thread};

use crate::explore::{DEADLOCK, RACE, fails, fails_without, holds, holds_within};
use crate::member::{Membership, Mutator};

#[derive(Default)]
struct Heap {
    gate: Arc<Gate<Membership>>,
    lock: LockByte,
    count: UnsafeCell<u32>,
}

// SAFETY: `count` is touched only under `lock`; that this suffices is what loom checks here.
unsafe impl Sync for Heap {}

impl Heap {
    fn add(&self, mutator: &Mutator, meanwhile: impl FnOnce()) {
        mutator.remember_mode();
        let _guard = self.lock.guard(mutator);
        // SAFETY: the lock is held.
        let before = self.count.with(|count| unsafe { *count });
        meanwhile();
        // SAFETY: the lock is held.
        self.count.with_mut(|count| unsafe { *count = before + 1 });
    }
}

/// The first thread works alone, then beside the second, then perhaps alone again.
fn switching(prepare: impl Fn(Mutator) -> Mutator) {
    let heap = Arc::new(Heap::default());
    let first = prepare(Mutator::attach(&heap.gate));
    let shared = heap.clone();
    let other = thread::spawn("second", None, move || {
        let second = Mutator::attach(&shared.gate);
        shared.add(&second, || {});
    })
    .expect("loom has threads");
    heap.add(&first, || first.poll());
    first.poll();
    heap.add(&first, || {});
    first.blocking(|| other.join().expect("the second thread ends"));
    heap.add(&first, || {});
    assert!(!heap.lock.is_locked());
    // SAFETY: the other thread has ended.
    let count = heap.count.with(|count| unsafe { *count });
    assert_eq!(count, 4);
}

/// The second thread leaves while the first runs, and the first takes the lock by plain stores from then on.
fn back_again() {
    let heap = Arc::new(Heap::default());
    let first = Mutator::attach(&heap.gate);
    let second = first.blocking(|| Mutator::attach(&heap.gate));
    let shared = heap.clone();
    let other = thread::spawn("second", None, move || {
        shared.add(&second, || {});
        drop(second);
    })
    .expect("loom has threads");
    heap.add(&first, || {});
    first.blocking(|| other.join().expect("the second thread ends"));
    // SAFETY: the other thread has ended.
    let count = heap.count.with(|count| unsafe { *count });
    assert_eq!(count, 2);
}

#[test]
fn switching_under_a_held_lock() {
    holds_within(3, || switching(|mutator| mutator));
}

#[test]
fn switching_back() {
    holds(back_again);
}

#[test]
fn a_new_thread_must_wait_for_a_stop() {
    fails_without("gate.stop_to_admit", RACE, || switching(|mutator| mutator));
}

#[test]
fn a_guard_must_ask_for_the_mode_when_it_releases() {
    fails(DEADLOCK, || holds(|| switching(Mutator::with_a_memory)));
}

#[test]
fn leaving_must_release() {
    fails_without("gate.alone", RACE, back_again);
}

#[test]
fn finding_oneself_alone_must_acquire() {
    fails_without("gate.is_alone", RACE, back_again);
}
