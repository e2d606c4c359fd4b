//! The turnstile of a heap: one at a time, also where a turn is passed on from thread to thread or left with work; work that is left
//! is done once, and who waits for a turn gets it.

use gc::protocols::turnstile::Turnstile;
use sync::cell::UnsafeCell;
use sync::{Arc, thread};

use crate::explore::{DEADLOCK, fails_without, holds};

#[derive(Default)]
struct Heap {
    /// What is left of a cycle: so many slices.
    turnstile: Turnstile<u32>,
    slices: UnsafeCell<u32>,
}

// SAFETY: `slices` belongs to whoever has the turn; that this suffices is what loom checks here.
unsafe impl Send for Heap {}
// SAFETY: as for `Send`.
unsafe impl Sync for Heap {}

impl Heap {
    fn count(&self) {
        // SAFETY: the caller has the turn.
        self.slices.with_mut(|slices| unsafe { *slices += 1 });
    }

    fn counted(&self) -> u32 {
        // SAFETY: the caller has the turn.
        self.slices.with(|slices| unsafe { *slices })
    }

    /// A thread that allocates: does one slice of what is left, if anything is.
    fn assist(&self) {
        let Some((turn, slices)) = self.turnstile.take_left() else { return };
        self.count();
        match slices {
            1 => drop(turn),
            more => turn.leave(more - 1),
        }
    }

    /// A thread that needs the heap between cycles: does all that is left.
    fn finish(&self) {
        let (turn, left) = self.turnstile.take();
        (0..left.unwrap_or(0)).for_each(|_| self.count());
        drop(turn);
    }
}

fn start(body: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::spawn("other", None, body).expect("loom has threads")
}

fn two_take_turns() {
    let heap = Arc::new(Heap::default());
    let shared = heap.clone();
    let other = start(move || {
        let (turn, _) = shared.turnstile.take();
        shared.count();
        drop(turn);
    });
    if let Some(_turn) = heap.turnstile.try_take() {
        heap.count();
    }
    other.join().expect("the other ends");
    let _turn = heap.turnstile.take();
    assert!(heap.counted() == 1 || heap.counted() == 2);
}

/// A thread begins a cycle and another ends it, while a third waits for its turn.
fn a_turn_is_passed_on() {
    let heap = Arc::new(Heap::default());
    let (turn, _) = heap.turnstile.take();
    heap.count();
    let shared = heap.clone();
    turn.pass_on();
    let pool = start(move || {
        let turn = shared.turnstile.received();
        shared.count();
        drop(turn);
    });
    let turn = heap.turnstile.take();
    assert_eq!(heap.counted(), 2, "the turn comes when the cycle is over");
    drop(turn);
    pool.join().expect("the pool's thread ends");
}

/// A thread leaves a cycle in three slices; others do a slice each, and one of them wants the heap between cycles.
fn a_cycle_is_left() {
    let heap = Arc::new(Heap::default());
    let (turn, _) = heap.turnstile.take();
    let shared = heap.clone();
    let waits = start(move || {
        shared.finish();
        assert!(shared.turnstile.take_left().is_none(), "nothing was left when the turn came");
    });
    turn.leave(3);
    heap.assist();
    heap.assist();
    waits.join().expect("the turn comes");
    let (_turn, None) = heap.turnstile.take() else { panic!("all of it was done") };
    assert_eq!(heap.counted(), 3, "each slice is done once");
}

#[test]
fn one_at_a_time() {
    holds(two_take_turns);
}

#[test]
fn passing_a_turn_on() {
    holds(a_turn_is_passed_on);
}

#[test]
fn leaving_a_cycle_to_others() {
    holds(a_cycle_is_left);
}

#[test]
fn one_that_waits_is_told_of_a_free_turn() {
    fails_without("turnstile.free", DEADLOCK, a_turn_is_passed_on);
}

#[test]
fn one_that_waits_is_told_of_a_turn_that_is_left() {
    fails_without("turnstile.leave", DEADLOCK, || {
        let heap = Arc::new(Heap::default());
        let (turn, _) = heap.turnstile.take();
        let shared = heap.clone();
        let waits = start(move || shared.finish());
        turn.leave(1);
        waits.join().expect("the turn comes");
    });
}
