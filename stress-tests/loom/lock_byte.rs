//! The lock byte between several threads: exclusion, visibility, and no waiter left asleep.

use sync::cell::UnsafeCell;
use sync::{Arc, LockByte, LockContext, LockMode, thread};

use crate::explore::{DEADLOCK, RACE, fails_without, holds, holds_within};

/// A thread of a heap with several mutators and no collector.
struct Many;

impl LockContext for Many {
    fn mode(&self) -> LockMode {
        LockMode::Multi
    }

    fn wait(&self, park: &mut dyn FnMut()) {
        park();
    }
}

struct Object {
    lock: LockByte,
    count: UnsafeCell<u32>,
}

// SAFETY: `count` is touched only under `lock`; that this suffices is what loom checks here.
unsafe impl Sync for Object {}

impl Object {
    fn new() -> Arc<Self> {
        Arc::new(Self { lock: LockByte::new(), count: UnsafeCell::new(0) })
    }

    fn increment(&self) {
        let _guard = self.lock.guard(&Many);
        // SAFETY: the lock is held.
        self.count.with_mut(|count| unsafe { *count += 1 });
    }

    fn increment_briefly(&self) {
        let _guard = self.lock.brief(&Many);
        // SAFETY: the lock is held.
        self.count.with_mut(|count| unsafe { *count += 1 });
    }

    fn count(&self) -> u32 {
        let _guard = self.lock.guard(&Many);
        // SAFETY: the lock is held.
        self.count.with(|count| unsafe { *count })
    }
}

fn start(object: &Arc<Object>, body: impl FnOnce(&Object) + Send + 'static) -> thread::JoinHandle<()> {
    let object = object.clone();
    thread::spawn("mutator", None, move || body(&object)).expect("loom has threads")
}

/// Two threads add at the same time; no addition is lost and both end.
fn two_add() {
    let object = Object::new();
    let other = start(&object, Object::increment);
    object.increment();
    other.join().expect("the other thread ends");
    assert_eq!(object.count(), 2);
    assert!(!object.lock.is_locked());
}

/// One finds out that it will hold the lock for long, while the other comes to wait.
fn one_lengthens() {
    let object = Object::new();
    let other = start(&object, Object::increment);
    {
        let _guard = object.lock.brief(&Many);
        object.lock.lengthen();
        // SAFETY: the lock is held.
        object.count.with_mut(|count| unsafe { *count += 1 });
    }
    other.join().expect("the other thread ends");
    assert_eq!(object.count(), 2);
}

/// The same with the lock held briefly by both.
fn two_add_briefly() {
    let object = Object::new();
    let other = start(&object, Object::increment_briefly);
    object.increment_briefly();
    other.join().expect("the other thread ends");
    assert_eq!(object.count(), 2);
    assert!(!object.lock.is_locked());
}

/// One wants it briefly while the other may come to wait for it.
fn one_adds_briefly() {
    let object = Object::new();
    let other = start(&object, Object::increment_briefly);
    object.increment();
    other.join().expect("the other thread ends");
    assert_eq!(object.count(), 2);
}

/// One wants it briefly while others hold it and wait for it: it takes it like they do, and wakes who waits.
fn one_wants_briefly_what_is_waited_for() {
    let object = Object::new();
    let held = object.lock.guard(&Many);
    let others = [start(&object, Object::increment), start(&object, Object::increment_briefly)];
    drop(held);
    for other in others {
        other.join().expect("the other threads end");
    }
    assert_eq!(object.count(), 2);
}

/// Three do: two of them may sleep at once, and one may take the lock from under a woken one.
fn three_add() {
    let object = Object::new();
    let others = [start(&object, Object::increment), start(&object, Object::increment)];
    object.increment();
    for other in others {
        other.join().expect("the other threads end");
    }
    assert_eq!(object.count(), 3);
}

/// A thread takes the lock only if it is free; whoever fails leaves no trace.
fn one_only_tries() {
    let object = Object::new();
    let other = start(&object, |object| {
        if let Some(_guard) = object.lock.try_guard(&Many) {
            // SAFETY: the lock is held.
            object.count.with_mut(|count| unsafe { *count += 1 });
        }
    });
    object.increment();
    other.join().expect("the other thread ends");
    assert!((1..=2).contains(&object.count()));
}

/// A thread that unwinds with the lock in hand releases it.
fn one_unwinds() {
    let object = Object::new();
    let other = start(&object, |object| {
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _guard = object.lock.guard(&Many);
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(unwound.is_err());
    });
    object.increment();
    other.join().expect("the other thread ends");
    assert_eq!(object.count(), 1);
}

#[test]
fn two_threads() {
    holds(two_add);
}

#[test]
fn three_threads() {
    holds_within(3, three_add);
}

#[test]
fn two_threads_briefly() {
    holds_within(3, two_add_briefly);
}

#[test]
fn lengthening() {
    holds_within(3, one_lengthens);
}

#[test]
fn one_thread_briefly() {
    holds(one_adds_briefly);
}

#[test]
fn briefly_among_waiters() {
    holds_within(2, one_wants_briefly_what_is_waited_for);
}

#[test]
fn trying() {
    holds(one_only_tries);
}

#[test]
fn unwinding() {
    holds(one_unwinds);
}

#[test]
fn taking_must_acquire() {
    fails_without("lock_byte.lock", RACE, two_add);
}

#[test]
fn releasing_must_release() {
    fails_without("lock_byte.unlock", RACE, two_add);
}

#[test]
fn releasing_briefly_must_release() {
    fails_without("lock_byte.unlock_brief", RACE, two_add_briefly);
}

#[test]
fn releasing_to_waiters_must_release() {
    fails_without("lock_byte.unlock_slow", RACE, three_add);
}

#[test]
fn a_sleeper_must_look_again() {
    fails_without("lock_byte.validate", DEADLOCK, two_add);
}

#[test]
fn a_release_must_tell_of_other_waiters() {
    fails_without("lock_byte.others_wait", DEADLOCK, three_add);
}
