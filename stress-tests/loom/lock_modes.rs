//! Rule 15: a lock byte goes over from plain stores to exchanges while its holder stands at a poll, and back.
//!
//! The first thread is a heap's only mutator. It takes the lock by plain stores, polls with the lock in hand, and
//! releases. The second is let in while the first is stopped at a poll or blocked, and then wants the same lock. The stop
//! here is the least that will do: one mutex and one condition variable.

use std::cell::Cell;

use sync::cell::UnsafeCell;
use sync::{Arc, Condvar, LockByte, LockContext, LockMode, Mutex, thread};

use crate::explore::{DEADLOCK, RACE, fails, holds};

/// What the heap knows of its threads, under one mutex.
#[derive(Default)]
struct World {
    /// Mutators attached.
    attached: u32,
    /// Of them, the ones at a poll or in a blocking region.
    away: u32,
    /// A thread waits to be let in or out.
    stop: bool,
}

struct Heap {
    world: Mutex<World>,
    changed: Condvar,
    lock: LockByte,
    count: UnsafeCell<u32>,
}

// SAFETY: `count` is touched only under `lock`; that this suffices is what loom checks here.
unsafe impl Sync for Heap {}

/// What is left out of the rule, to see it fail.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Whole,
    /// The new thread does not wait for a stop.
    NoStop,
    /// A guard releases in the mode in which it was taken.
    ModeRemembered,
}

struct Mutator {
    heap: Arc<Heap>,
    rule: Rule,
    mode: Cell<LockMode>,
}

impl Heap {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            world: Mutex::new(World::default()),
            changed: Condvar::new(),
            lock: LockByte::new(),
            count: UnsafeCell::new(0),
        })
    }
}

impl Mutator {
    /// Lets a thread in while every other is away.
    fn attach(heap: &Arc<Heap>, rule: Rule) -> Self {
        let mut world = heap.world.lock();
        world.stop = true;
        while world.away < world.attached && rule != Rule::NoStop {
            heap.changed.wait(&mut world);
        }
        world.stop = false;
        world.attached += 1;
        let mode = Self::mode_of(&world);
        drop(world);
        heap.changed.notify_all();
        Self { heap: heap.clone(), rule, mode: Cell::new(mode) }
    }

    fn mode_of(world: &World) -> LockMode {
        if world.attached == 1 { LockMode::Single } else { LockMode::Multi }
    }

    /// Away from the heap while `sleep` runs; back only when no one wants the world stopped, and then in the mode of the
    /// day.
    fn away(&self, sleep: impl FnOnce()) {
        self.heap.world.lock().away += 1;
        self.heap.changed.notify_all();
        sleep();
        let mut world = self.heap.world.lock();
        while world.stop {
            self.heap.changed.wait(&mut world);
        }
        world.away -= 1;
        if self.rule != Rule::ModeRemembered {
            self.mode.set(Self::mode_of(&world));
        }
    }

    fn poll(&self) {
        let stop = self.heap.world.lock().stop;
        if stop {
            self.away(|| {});
        }
    }

    fn add(&self, poll_inside: bool) {
        let _guard = self.heap.lock.guard(self);
        // SAFETY: the lock is held.
        let before = self.heap.count.with(|count| unsafe { *count });
        if poll_inside {
            self.poll();
        }
        // SAFETY: the lock is held.
        self.heap.count.with_mut(|count| unsafe { *count = before + 1 });
    }
}

impl Drop for Mutator {
    fn drop(&mut self) {
        if thread::panicking() {
            // loom has given the run up and has no thread left that could take a mutex.
            return;
        }
        // The mode of a mutator that stays alone changes at its own next poll.
        self.heap.world.lock().attached -= 1;
        self.heap.changed.notify_all();
    }
}

impl LockContext for Mutator {
    fn mode(&self) -> LockMode {
        self.mode.get()
    }

    fn wait(&self, park: &mut dyn FnMut()) {
        self.away(park);
    }
}

/// The first thread works alone, then beside the second, then perhaps alone again.
fn switching(rule: Rule) {
    let heap = Heap::new();
    let first = Mutator::attach(&heap, rule);
    let other_heap = heap.clone();
    let other = thread::spawn("second", None, move || {
        let second = Mutator::attach(&other_heap, rule);
        second.add(false);
    })
    .expect("loom has threads");
    first.add(true);
    first.poll();
    first.add(true);
    // Leaving is a stop too: whoever waits to be let in goes on.
    drop(first);
    other.join().expect("the second thread ends");
    assert!(!heap.lock.is_locked());
    // SAFETY: the other thread has ended.
    let count = heap.count.with(|count| unsafe { *count });
    assert_eq!(count, 3);
}

#[test]
fn switching_under_a_held_lock() {
    holds(|| switching(Rule::Whole));
}

#[test]
fn a_new_thread_must_wait_for_a_stop() {
    fails(RACE, || holds(|| switching(Rule::NoStop)));
}

#[test]
fn a_guard_must_ask_for_the_mode_when_it_releases() {
    fails(DEADLOCK, || holds(|| switching(Rule::ModeRemembered)));
}
