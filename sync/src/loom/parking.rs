//! The parking lot of the model: a mutex around the queue, and a condition variable for each sleeper.
//!
//! The same promises as the real one's, no more: the question and the settling run under the queue's lock. One lock serves
//! every address here, where the real one has many; models keep to one or two addresses, so that it adds no order that
//! the real build lacks. A park with a deadline always times out unless it was woken by then.

use std::collections::VecDeque;
use std::time::Instant;

use crate::{Arc, Condvar, Mutex, MutexGuard};

/// How a park ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Another thread woke this one.
    Woken,
    /// `still_waiting` was false under the queue's lock: the thread never slept.
    Refused,
    /// The deadline came first.
    TimedOut,
}

struct Sleeper {
    address: usize,
    wake: Condvar,
}

type Queue = VecDeque<Arc<Sleeper>>;

::loom::lazy_static! {
    static ref QUEUE: Mutex<Queue> = Mutex::new(VecDeque::new());
}

fn is_queued(queue: &Queue, sleeper: &Arc<Sleeper>) -> bool {
    queue.iter().any(|queued| Arc::ptr_eq(queued, sleeper))
}

/// Sleeps on `address` until woken or `deadline`. `still_waiting` is asked under the queue's lock.
pub(crate) fn park(address: usize, still_waiting: impl FnOnce() -> bool, deadline: Option<Instant>) -> Parked {
    let mut queue = QUEUE.lock();
    if !still_waiting() {
        return Parked::Refused;
    }
    let sleeper = Arc::new(Sleeper { address, wake: Condvar::new() });
    queue.push_back(sleeper.clone());
    if deadline.is_some() {
        return doze(queue, &sleeper);
    }
    while is_queued(&queue, &sleeper) {
        sleeper.wake.wait(&mut queue);
    }
    Parked::Woken
}

/// A sleep that ends by itself, at a moment that loom picks.
fn doze(queue: MutexGuard<'_, Queue>, sleeper: &Arc<Sleeper>) -> Parked {
    drop(queue);
    ::loom::thread::yield_now();
    let mut queue = QUEUE.lock();
    if !is_queued(&queue, sleeper) {
        return Parked::Woken;
    }
    queue.retain(|queued| !Arc::ptr_eq(queued, sleeper));
    Parked::TimedOut
}

/// Wakes the thread that has slept longest on `address`. Under the queue's lock, `settle` is first told whether others
/// sleep on.
pub(crate) fn unpark_one(address: usize, settle: impl FnOnce(bool)) {
    let mut queue = QUEUE.lock();
    let first = queue.iter().position(|sleeper| sleeper.address == address);
    let sleeper = first.and_then(|index| queue.remove(index));
    settle(queue.iter().any(|sleeper| sleeper.address == address));
    drop(queue);
    if let Some(sleeper) = sleeper {
        sleeper.wake.notify_one();
    }
}

/// Wakes every thread that sleeps on `address`.
pub(crate) fn unpark_all(address: usize) {
    let mut queue = QUEUE.lock();
    let (woken, others) = queue.drain(..).partition::<Queue, _>(|sleeper| sleeper.address == address);
    *queue = others;
    drop(queue);
    for sleeper in woken {
        sleeper.wake.notify_one();
    }
}
