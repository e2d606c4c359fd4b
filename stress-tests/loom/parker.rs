//! The parker: no wake-up is lost, and what was written before one is seen after it.

use std::time::Duration;

use sync::atomic::{AtomicU32, Ordering};
use sync::cell::UnsafeCell;
use sync::{Arc, Parker, thread};

use crate::explore::{DEADLOCK, RACE, fails_without, holds};

struct Message(UnsafeCell<u32>);

// SAFETY: the model orders its accesses by a parker; that this suffices is what loom checks here.
unsafe impl Sync for Message {}

/// One thread writes and wakes; the other sleeps and reads.
fn a_message_passes() {
    let parker = Parker::new();
    let unparker = parker.unparker();
    let message = Arc::new(Message(UnsafeCell::new(0)));
    let sent = message.clone();
    let other = thread::spawn("sender", None, move || {
        // SAFETY: the reader has not been woken.
        sent.0.with_mut(|message| unsafe { *message = 7 });
        unparker.unpark();
    })
    .expect("loom has threads");
    parker.park();
    // SAFETY: the writer is done.
    assert_eq!(message.0.with(|message| unsafe { *message }), 7);
    other.join().expect("the sender ends");
}

/// Two tokens left before one is taken count as one; a token left after that is another.
fn tokens_do_not_add_up() {
    let parker = Parker::new();
    let unparker = parker.unparker();
    let left = Arc::new(AtomicU32::new(0));
    let counter = left.clone();
    let other = thread::spawn("sender", None, move || {
        for _ in 0..2 {
            counter.fetch_add(1, Ordering::Relaxed);
            unparker.unpark();
        }
    })
    .expect("loom has threads");
    parker.park();
    if left.load(Ordering::Relaxed) == 1 {
        parker.park();
    }
    assert_eq!(left.load(Ordering::Relaxed), 2);
    other.join().expect("the sender ends");
}

/// A park that times out leaves the token, whenever it comes, to the next one.
fn a_timeout_loses_no_token() {
    let parker = Parker::new();
    let unparker = parker.unparker();
    let other = thread::spawn("sender", None, move || unparker.unpark()).expect("loom has threads");
    if !parker.park_timeout(Duration::from_secs(1)) {
        parker.park();
    }
    assert!(!parker.try_take());
    other.join().expect("the sender ends");
}

#[test]
fn passing_a_message() {
    holds(a_message_passes);
}

#[test]
fn two_tokens() {
    holds(tokens_do_not_add_up);
}

#[test]
fn timing_out() {
    holds(a_timeout_loses_no_token);
}

#[test]
fn waking_must_release() {
    fails_without("parker.unpark", RACE, a_message_passes);
}

#[test]
fn taking_the_token_must_acquire() {
    fails_without("parker.take", RACE, a_message_passes);
}

#[test]
fn a_sleeper_must_look_again() {
    fails_without("parker.validate", DEADLOCK, a_message_passes);
}
