//! Interpreters: visits exclude one another and the end, which comes once; a channel loses no item and no sleeper.
//!
//! The protocols are taken in by their files: `interpreters` itself stands on `vm`, which loom does not build.

#[path = "../../interpreters/src/protocols/channel.rs"]
#[allow(dead_code, reason = "the models use what they are about")]
mod channel;
#[path = "../../interpreters/src/protocols/lifecycle.rs"]
#[allow(dead_code, reason = "the models use what they are about")]
mod lifecycle;

use sync::atomic::{AtomicU32, Ordering};
use sync::cell::UnsafeCell;
use sync::{Arc, thread};

use crate::explore::{DEADLOCK, RACE, fails_without, holds};
use channel::{Channel, Failed, Patience};
use lifecycle::Lifecycle;

/// An interpreter: its life, what its visitors write, and how often it was destroyed.
struct Isolate {
    life: Lifecycle,
    heap: UnsafeCell<u32>,
    destroyed: AtomicU32,
}

// SAFETY: the lifecycle orders the accesses to the heap; that it does is what loom checks here.
unsafe impl Sync for Isolate {}

impl Isolate {
    fn new() -> Arc<Self> {
        Arc::new(Self { life: Lifecycle::idle(), heap: UnsafeCell::new(0), destroyed: AtomicU32::new(0) })
    }

    fn touch(&self) {
        // SAFETY: the caller is the visitor, or the destroyer.
        self.heap.with_mut(|heap| unsafe { *heap += 1 });
    }

    fn visit(&self) {
        if self.life.try_enter().is_ok() {
            self.touch();
            if self.life.leave() {
                self.destroy();
            }
        }
    }

    fn close(&self) {
        if self.life.begin_close().is_ok() {
            self.destroy();
        }
    }

    fn abandon(&self) {
        if self.life.abandon() {
            self.destroy();
        }
    }

    fn destroy(&self) {
        self.touch();
        self.destroyed.fetch_add(1, Ordering::Relaxed);
        self.life.finish_close();
    }
}

fn beside(isolate: &Arc<Isolate>, other: fn(&Isolate), own: fn(&Isolate)) {
    let theirs = isolate.clone();
    let handle = thread::spawn("other", None, move || other(&theirs)).expect("loom has threads");
    own(isolate);
    handle.join().expect("the other thread ends");
}

/// Two visit: each that got in sees what the other left.
fn two_visit() {
    beside(&Isolate::new(), Isolate::visit, Isolate::visit);
}

/// One visits, one closes: the destroyer sees what the visitor left.
fn one_closes() {
    let isolate = Isolate::new();
    beside(&isolate, Isolate::visit, Isolate::close);
    assert!(isolate.destroyed.load(Ordering::Relaxed) <= 1);
}

/// One visits while the last owner lets go: one of them destroys.
fn the_owner_lets_go() {
    let isolate = Isolate::new();
    beside(&isolate, Isolate::visit, Isolate::abandon);
    assert_eq!(isolate.destroyed.load(Ordering::Relaxed), 1, "destroyed once");
}

fn never() -> bool {
    false
}

/// One sends, one receives, both through a channel with room for one.
fn two_items_pass() {
    let channel = Arc::new(Channel::new(1));
    let sender = channel.clone();
    let other = thread::spawn("sender", None, move || {
        for number in 0..2 {
            assert!(sender.send(number, Patience::Endless, &never).is_ok());
        }
    })
    .expect("loom has threads");
    for number in 0..2 {
        assert_eq!(channel.receive(Patience::Endless, &never), Ok(number));
    }
    other.join().expect("the sender ends");
}

/// Two wait for items while one sends two: neither sleeps on.
fn two_receive() {
    let channel = Arc::new(Channel::new(0));
    let receivers: Vec<_> = (0..2)
        .map(|_| {
            let receiver = channel.clone();
            let run = move || assert!(receiver.receive(Patience::Endless, &never).is_ok());
            thread::spawn("receiver", None, run).expect("loom has threads")
        })
        .collect();
    for number in 0..2 {
        assert!(channel.send(number, Patience::None, &never).is_ok());
    }
    for receiver in receivers {
        receiver.join().expect("the receiver ends");
    }
}

/// One waits while the channel is closed: it learns of it.
fn closing_wakes() {
    let channel = Arc::new(Channel::<u32>::new(0));
    let receiver = channel.clone();
    let run = move || assert_eq!(receiver.receive(Patience::Endless, &never), Err(Failed::Closed));
    let other = thread::spawn("receiver", None, run).expect("loom has threads");
    assert!(channel.close().is_empty());
    other.join().expect("the receiver ends");
}

#[test]
fn visiting() {
    holds(two_visit);
}

#[test]
fn closing() {
    holds(one_closes);
}

#[test]
fn letting_go() {
    holds(the_owner_lets_go);
}

#[test]
fn passing() {
    holds(two_items_pass);
}

#[test]
fn receiving() {
    holds(two_receive);
}

#[test]
fn ending() {
    holds(closing_wakes);
}

#[test]
fn entering_must_acquire() {
    fails_without("lifecycle.enter", RACE, two_visit);
}

#[test]
fn leaving_must_release() {
    fails_without("lifecycle.leave", RACE, one_closes);
}

#[test]
fn closing_must_acquire() {
    fails_without("lifecycle.close", RACE, one_closes);
}

#[test]
fn letting_go_must_acquire() {
    fails_without("lifecycle.abandon", RACE, the_owner_lets_go);
}

#[test]
fn a_receiver_must_be_told() {
    fails_without("channel.tell_item", DEADLOCK, two_items_pass);
}

#[test]
fn a_sender_must_be_told() {
    fails_without("channel.tell_room", DEADLOCK, two_items_pass);
}

#[test]
fn the_end_must_be_told() {
    fails_without("channel.tell_closed", DEADLOCK, closing_wakes);
}
