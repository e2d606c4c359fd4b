//! What the models rest on: that threads are switched between any two accesses, that locks hold, and that timed waits end.

use std::time::Duration;

use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, Condvar, LockByte, LockMode, Mutex, Parker, thread, weaken};

use crate::explore::{DEADLOCK, fails_without, holds};

/// What is said when one of two threads that add to a number finds it as the other did.
const LOST_UPDATE: &str = "each addition counts";

/// Runs `body` on two threads of a model.
fn on_two(body: impl Fn() + Send + Sync + 'static) {
    let body = Arc::new(body);
    let threads = [(); 2].map(|()| {
        let body = body.clone();
        thread::spawn("other", None, move || body()).expect("shuttle has threads")
    });
    threads.into_iter().for_each(|thread| thread.join().expect("a thread ends well"));
}

fn add(number: &AtomicU64) {
    number.store(number.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

fn under_a_mutex() {
    let shared = Arc::new((Mutex::new(()), AtomicU64::new(0)));
    let numbers = shared.clone();
    on_two(move || {
        let _held = weaken::step("twin.lock").then(|| shared.0.lock());
        add(&shared.1);
    });
    assert_eq!(numbers.1.load(Ordering::Relaxed), 2, "{LOST_UPDATE}");
}

fn under_a_lock_byte() {
    let shared = Arc::new((LockByte::new(), AtomicU64::new(0)));
    let numbers = shared.clone();
    on_two(move || {
        shared.0.lock(LockMode::Multi, |park| park());
        add(&shared.1);
        shared.0.unlock(LockMode::Multi);
    });
    assert_eq!(numbers.1.load(Ordering::Relaxed), 2, "{LOST_UPDATE}");
}

/// Nobody gives notice, and nobody leaves a token.
fn waits_in_vain() {
    let (mutex, condition) = (Mutex::new(()), Condvar::new());
    assert!(condition.wait_for(&mut mutex.lock(), Duration::from_secs(3600)).timed_out());
    assert!(!Parker::new().park_timeout(Duration::from_secs(3600)));
}

/// Two threads take two locks, in the same order or not.
fn two_locks() {
    let locks = Arc::new([Mutex::new(()), Mutex::new(())]);
    let turn = AtomicU64::new(0);
    on_two(move || {
        let first = turn.fetch_add(1, Ordering::Relaxed) as usize;
        let first = if weaken::step("twin.order") { 0 } else { first };
        let _held = (locks[first].lock(), locks[1 - first].lock());
    });
}

#[test]
fn a_mutex_is_held_by_one() {
    holds(a_mutex_is_held_by_one, 500, under_a_mutex);
}

#[test]
fn a_lock_byte_is_held_by_one() {
    holds(a_lock_byte_is_held_by_one, 500, under_a_lock_byte);
}

#[test]
fn timed_waits_end() {
    holds(timed_waits_end, 10, || on_two(waits_in_vain));
}

#[test]
fn locks_in_one_order() {
    holds(locks_in_one_order, 500, two_locks);
}

#[test]
fn without_a_mutex_an_addition_is_lost() {
    fails_without(without_a_mutex_an_addition_is_lost, "twin.lock", &[LOST_UPDATE], 100, under_a_mutex);
}

#[test]
fn locks_in_two_orders_wait_for_each_other() {
    fails_without(locks_in_two_orders_wait_for_each_other, "twin.order", &DEADLOCK, 100, two_locks);
}
