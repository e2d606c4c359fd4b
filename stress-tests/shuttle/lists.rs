//! Threads that make lists, trees and rings, hand them to one another through shared slots, and cut them loose.

use crate::explore::{LOST, fails_without, holds};
use crate::world::{Drive, Worker, below, three_threads};

fn hand_over_bundles(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        if below(2) == 0 {
            let bundle = worker.make();
            worker.hold(Some(bundle));
        }
        worker.hand_over();
    });
}

/// As `hand_over_bundles`, with the dead counted beside the threads.
fn count_the_dead(worker: &mut Worker<'_>) {
    worker.mutator().count_trash(Some(|_| true));
    hand_over_bundles(worker);
}

fn counted() {
    three_threads(Drive::Asked, count_the_dead);
}

fn asked() {
    three_threads(Drive::Asked, hand_over_bundles);
}

fn pool() {
    three_threads(Drive::Pool(1), hand_over_bundles);
}

fn slices() {
    three_threads(Drive::Slices, hand_over_bundles);
}

fn late() {
    three_threads(Drive::Late, hand_over_bundles);
}

#[test]
fn one_collects_beside_the_others() {
    holds(one_collects_beside_the_others, 500, asked);
}

#[test]
fn the_pool_collects() {
    holds(the_pool_collects, 500, pool);
}

#[test]
fn the_threads_mark_slices() {
    holds(the_threads_mark_slices, 500, slices);
}

#[test]
fn the_next_cycle_ends_the_one_before() {
    holds(the_next_cycle_ends_the_one_before, 500, late);
}

#[test]
fn the_dead_are_counted() {
    holds(the_dead_are_counted, 500, counted);
}

#[test]
fn a_word_that_goes_must_be_logged() {
    fails_without(a_word_that_goes_must_be_logged, "snapshot.log", &LOST, 3000, asked);
}

#[test]
fn words_that_go_in_bulk_must_be_logged() {
    fails_without(words_that_go_in_bulk_must_be_logged, "barriers.range", &LOST, 3000, asked);
}

#[test]
fn late_logs_must_be_taken() {
    fails_without(late_logs_must_be_taken, "cycle.late_logs", &LOST, 3000, asked);
}

#[test]
fn new_cells_must_be_kept() {
    fails_without(new_cells_must_be_kept, "allocation.keep_run", &LOST, 3000, asked);
}

#[test]
fn what_is_remembered_must_be_traced() {
    fails_without(what_is_remembered_must_be_traced, "tracer.remembered", &LOST, 3000, asked);
}

#[test]
fn stacks_must_be_scanned() {
    fails_without(stacks_must_be_scanned, "roots.stack", &LOST, 3000, asked);
}
