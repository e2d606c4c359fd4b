//! Stops: between the request and the release the members stand still, what one wrote the other sees, and no one sleeps on.

use gc::protocols::gate::{Gate, Member};
use gc::protocols::poll_word::STOP;
use sync::{Arc, thread};

use crate::explore::{DEADLOCK, RACE, fails, fails_without, holds, holds_within};
use crate::member::{Membership, Mutator};

type SharedGate = Arc<Gate<Membership>>;

/// Stops the world and writes on each member's stack. The caller is no member.
fn scan(gate: &SharedGate) -> usize {
    let world = gate.stop();
    world
        .iter()
        // SAFETY: the member stands still.
        .map(|member| member.stack.with_mut(|stack| unsafe { *stack += 10 }))
        .count()
}

/// What is claimed of a stop that was tried: whether it was in time.
type Claim = fn(bool);

/// That a model of a stop that is tried holds, and that there are orders in which it is withdrawn, and others in which it is not.
fn holds_both_ways(model: fn(Claim)) {
    let within = |claim: Claim| holds_within(3, move || model(claim));
    within(|_| ());
    fails("always in time", || within(|in_time| assert!(in_time, "always in time")));
    fails("always withdrawn", || within(|in_time| assert!(!in_time, "always withdrawn")));
}

/// Writes on each member's stack unless one is late. Whether none was.
fn try_to_scan(gate: &SharedGate) -> bool {
    let world = gate.try_stop(false);
    // SAFETY: the members stand still.
    world
        .iter()
        .flat_map(|world| world.iter())
        .for_each(|member| member.stack.with_mut(|stack| unsafe { *stack += 10 }));
    world.is_some()
}

fn start(gate: &SharedGate, body: impl FnOnce(&SharedGate) + Send + 'static) -> thread::JoinHandle<()> {
    let gate = gate.clone();
    thread::spawn("other", None, move || body(&gate)).expect("loom has threads")
}

fn stack_of(mutator: &Mutator) -> u32 {
    // SAFETY: this thread runs.
    mutator.membership.stack.with(|stack| unsafe { *stack })
}

/// A thread runs, polls and leaves, while another stops it once.
fn a_thread_polls() {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let stopper = start(&gate, |gate| {
        scan(gate);
    });
    mutator.push(1);
    mutator.poll();
    mutator.push(1);
    let membership = mutator.membership.clone();
    drop(mutator);
    stopper.join().expect("the stopper ends");
    // SAFETY: no one else is left.
    let stack = membership.stack.with(|stack| unsafe { *stack });
    assert!(stack == 2 || stack == 12, "{stack}");
}

/// A thread runs, sleeps in a blocking region, and runs on, while another stops it once: without waiting if it is away.
fn a_thread_blocks() {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let stopper = start(&gate, |gate| {
        scan(gate);
    });
    mutator.push(1);
    mutator.blocking(|| {});
    mutator.push(1);
    mutator.blocking(|| stopper.join().expect("the stopper ends"));
    assert_eq!(stack_of(&mutator), 12);
}

/// A thread that sees the request to stop finds the stop.
fn a_request_is_no_false_alarm() {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let stopper = start(&gate, |gate| {
        scan(gate);
    });
    if mutator.membership.poll_word().bits() & STOP != 0 {
        assert!(gate.wants_stop(&mutator.membership), "the stop that was asked for is there");
    }
    mutator.blocking(|| stopper.join().expect("the stopper ends"));
}

/// Two threads stop the third, one after the other.
fn two_stop() {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let stoppers = [(); 2].map(|()| {
        start(&gate, |gate| {
            scan(gate);
        })
    });
    mutator.push(1);
    mutator.poll();
    mutator.push(1);
    mutator.blocking(|| stoppers.into_iter().for_each(|stopper| stopper.join().expect("the stoppers end")));
    assert_eq!(stack_of(&mutator), 22);
}

/// A thread runs, polls and runs on, while another tries to stop it, and insists if that was in vain.
fn a_stop_is_withdrawn(claim: Claim) {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let stopper = start(&gate, move |gate| {
        let in_time = try_to_scan(gate);
        claim(in_time);
        if !in_time {
            scan(gate);
        }
    });
    mutator.push(1);
    mutator.poll();
    mutator.push(1);
    mutator.blocking(|| stopper.join().expect("the stopper ends"));
    assert_eq!(stack_of(&mutator), 12);
}

/// Two threads run and poll. Of a stop that is withdrawn one may have been in time: it goes on.
fn one_of_two_is_late(claim: Claim) {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let other = start(&gate, |gate| {
        let mutator = Mutator::attach(gate);
        mutator.push(1);
        mutator.poll();
        mutator.push(1);
    });
    mutator.blocking(|| {
        claim(try_to_scan(&gate));
        other.join().expect("the other thread ends");
    });
    mutator.push(1);
    assert!(matches!(stack_of(&mutator), 1 | 11));
}

/// One thread is a member, one comes and goes, and both stop all that are there.
fn one_comes_and_goes() {
    let gate = SharedGate::default();
    let mutator = Mutator::attach(&gate);
    let other = start(&gate, |gate| {
        let mutator = Mutator::attach(gate);
        mutator.push(1);
        mutator.blocking(|| assert_eq!(scan(gate), 2));
        mutator.push(1);
    });
    mutator.push(1);
    mutator.poll();
    mutator.push(1);
    let members = mutator.blocking(|| {
        let members = scan(&gate);
        other.join().expect("the other thread ends");
        members
    });
    assert!((1..=2).contains(&members));
    assert_eq!(stack_of(&mutator), 22);
    assert_eq!(gate.count(), 1);
    assert!(mutator.membership.is_alone());
}

#[test]
fn polling() {
    holds(a_thread_polls);
}

#[test]
fn blocking() {
    holds(a_thread_blocks);
}

#[test]
fn requests() {
    holds(a_request_is_no_false_alarm);
}

#[test]
fn two_stoppers() {
    holds_within(3, two_stop);
}

#[test]
fn coming_and_going() {
    holds_within(3, one_comes_and_goes);
}

#[test]
fn withdrawing() {
    holds_both_ways(a_stop_is_withdrawn);
}

#[test]
fn withdrawing_from_one_of_two() {
    holds_both_ways(one_of_two_is_late);
}

#[test]
fn withdrawing_must_wait_for_those_who_fall_asleep() {
    fails_without("gate.tell", DEADLOCK, || a_stop_is_withdrawn(|_| ()));
}

#[test]
fn blocking_before_a_withdrawal_must_release() {
    fails_without("handshake.block", RACE, || a_stop_is_withdrawn(|_| ()));
}

#[test]
fn blocking_must_release() {
    fails_without("handshake.block", RACE, a_thread_polls);
}

#[test]
fn stopping_must_acquire() {
    fails_without("handshake.is_stopped", RACE, a_thread_blocks);
}

#[test]
fn going_on_must_acquire() {
    fails_without("handshake.resume", RACE, a_thread_blocks);
}

#[test]
fn the_end_of_a_stop_must_release() {
    fails_without("handshake.release", RACE, a_thread_blocks);
}

#[test]
fn news_must_wait_for_those_who_fall_asleep() {
    fails_without("gate.tell", DEADLOCK, a_thread_polls);
}

#[test]
fn a_request_must_come_after_the_stop() {
    fails_without("poll_word.request", "the stop that was asked for", a_request_is_no_false_alarm);
}

#[test]
fn taking_a_request_must_come_before_looking_for_the_stop() {
    fails_without("poll_word.take", "the stop that was asked for", a_request_is_no_false_alarm);
}
