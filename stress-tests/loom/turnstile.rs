//! The turnstile of a heap: one at a time, also where a turn is passed on from thread to thread.

use gc::protocols::turnstile::Turnstile;
use sync::cell::UnsafeCell;
use sync::{Arc, thread};

use crate::explore::holds;

#[derive(Default)]
struct Heap {
    turnstile: Turnstile,
    cycles: UnsafeCell<u32>,
}

// SAFETY: `cycles` belongs to whoever has the turn; that this suffices is what loom checks here.
unsafe impl Send for Heap {}
// SAFETY: as for `Send`.
unsafe impl Sync for Heap {}

impl Heap {
    fn count(&self) {
        // SAFETY: the caller has the turn.
        self.cycles.with_mut(|cycles| unsafe { *cycles += 1 });
    }
}

fn start(body: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::spawn("other", None, body).expect("loom has threads")
}

fn two_take_turns() {
    let heap = Arc::new(Heap::default());
    let shared = heap.clone();
    let other = start(move || {
        let turn = shared.turnstile.take();
        shared.count();
        drop(turn);
    });
    if let Some(_turn) = heap.turnstile.try_take() {
        heap.count();
    }
    other.join().expect("the other ends");
    let _turn = heap.turnstile.take();
    // SAFETY: this thread has the turn.
    let cycles = heap.cycles.with(|cycles| unsafe { *cycles });
    assert!(cycles == 1 || cycles == 2);
}

/// A thread begins a cycle and another ends it, while a third waits for its turn.
fn a_turn_is_passed_on() {
    let heap = Arc::new(Heap::default());
    let turn = heap.turnstile.take();
    heap.count();
    let shared = heap.clone();
    turn.pass_on();
    let pool = start(move || {
        let turn = shared.turnstile.received();
        shared.count();
        drop(turn);
    });
    let turn = heap.turnstile.take();
    // SAFETY: this thread has the turn.
    assert_eq!(heap.cycles.with(|cycles| unsafe { *cycles }), 2, "the turn comes when the cycle is over");
    drop(turn);
    pool.join().expect("the pool's thread ends");
}

#[test]
fn one_at_a_time() {
    holds(two_take_turns);
}

#[test]
fn passing_a_turn_on() {
    holds(a_turn_is_passed_on);
}
