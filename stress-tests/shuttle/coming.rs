//! Threads that come and go, and block, in the middle of cycles; and that take a lock, by plain stores while they are alone.

use sync::thread;

use crate::explore::{DEADLOCK, LOST, fails_without, holds};
use crate::world::{COUNT_LOST, Drive, Worker, below, three_threads};

fn come_and_go(worker: &mut Worker<'_>) {
    worker.go_round(|worker| match below(6) {
        0 => worker.come_again(),
        1 => worker.mutator().blocking(thread::yield_now),
        2 => worker.count(),
        3 => {
            let bundle = worker.make();
            worker.hold(Some(bundle));
        }
        _ => worker.hand_over(),
    });
}

/// Comes and goes and counts, so that threads are alone now and then.
fn count_and_go(worker: &mut Worker<'_>) {
    worker.go_round(|worker| match below(3) {
        0 => worker.come_again(),
        _ => worker.count(),
    });
}

/// A thread that takes a word out of a shared slot, puts it into another and leaves.
fn carry(worker: &mut Worker<'_>) {
    worker.go_round(|worker| match below(4) {
        0 => {
            let bundle = worker.make();
            worker.share(Some(bundle));
        }
        1 => {
            worker.come_again();
            worker.hand_over();
            worker.hand_over();
        }
        _ => worker.hand_over(),
    });
}

fn asked() {
    three_threads(Drive::Asked, come_and_go);
}

fn slices() {
    three_threads(Drive::Slices, come_and_go);
}

fn late() {
    three_threads(Drive::Late, come_and_go);
}

fn counting() {
    three_threads(Drive::Slices, count_and_go);
}

fn carried() {
    three_threads(Drive::Asked, carry);
}

#[test]
fn coming_and_going() {
    holds(coming_and_going, 500, asked);
}

#[test]
fn coming_and_going_and_slices() {
    holds(coming_and_going_and_slices, 500, slices);
}

#[test]
fn coming_and_going_and_late_marking() {
    holds(coming_and_going_and_late_marking, 500, late);
}

#[test]
fn counting_under_a_lock() {
    holds(counting_under_a_lock, 500, counting);
}

#[test]
fn one_that_comes_must_be_armed() {
    fails_without(one_that_comes_must_be_armed, "safepoints.arm", &LOST, 3000, carried);
}

#[test]
fn one_that_leaves_must_leave_its_log() {
    fails_without(one_that_leaves_must_leave_its_log, "safepoints.leave_log", &LOST, 3000, carried);
}

#[test]
fn the_first_must_stand_still_for_the_second() {
    let says = [COUNT_LOST, "a lock byte is", "deadlock"];
    fails_without(the_first_must_stand_still_for_the_second, "gate.stop_to_admit", &says, 3000, counting);
}

#[test]
fn news_must_wait_for_those_who_fall_asleep() {
    fails_without(news_must_wait_for_those_who_fall_asleep, "gate.tell", &DEADLOCK, 3000, asked);
}

#[test]
fn whoever_waits_for_a_turn_must_hear_that_it_is_free() {
    fails_without(whoever_waits_for_a_turn_must_hear_that_it_is_free, "turnstile.free", &DEADLOCK, 3000, slices);
}
