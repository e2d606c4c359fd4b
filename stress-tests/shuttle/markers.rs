//! Several markers on one cycle, beside three threads.

use crate::explore::{DEADLOCK, LOST, fails_without, holds};
use crate::world::{Drive, Worker, below, three_threads, two_heaps};

fn make_and_hand_over(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        let bundle = worker.make();
        worker.share(Some(bundle));
        if below(2) == 0 {
            worker.hand_over();
        }
    });
}

fn three_markers() {
    three_threads(Drive::Pool(3), make_and_hand_over);
}

/// The pool has as many threads as there may be markers, so that a marker of one heap may be wanted by the other.
fn markers_of_two_heaps() {
    two_heaps(Drive::Pool(2), make_and_hand_over);
}

#[test]
fn several_markers_of_two_heaps() {
    holds(several_markers_of_two_heaps, 500, markers_of_two_heaps);
}

#[test]
fn several_markers() {
    holds(several_markers, 500, three_markers);
}

#[test]
fn a_bit_must_be_claimed_by_one() {
    fails_without(a_bit_must_be_claimed_by_one, "marks.claim", &LOST, 3000, three_markers);
}

#[test]
fn who_takes_a_part_must_be_counted_at_once() {
    fails_without(who_takes_a_part_must_be_counted_at_once, "sharing.count", &LOST, 3000, markers_of_two_heaps);
}

#[test]
fn who_leaves_work_must_wake_one_that_sleeps() {
    let model = markers_of_two_heaps;
    fails_without(who_leaves_work_must_wake_one_that_sleeps, "sharing.leave", &DEADLOCK, 3000, model);
}

#[test]
fn who_finds_the_end_must_wake_all() {
    fails_without(who_finds_the_end_must_wake_all, "sharing.end", &DEADLOCK, 3000, three_markers);
}
