//! Threads that do everything at once, under each way in which cycles are begun and driven.

use gc::Word;
use sync::thread;

use crate::explore::{DEADLOCK, fails_without, holds};
use crate::objects::{Object, leaf, owner, pair, table, weak_box};
use crate::world::{Drive, Worker, below, three_threads};

fn do_everything(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        match below(12) {
            0 => worker.come_again(),
            1 => worker.mutator().blocking(thread::yield_now),
            2 => worker.count(),
            3 => refer(worker),
            4 => finalize(worker),
            5 => wait_for_a_turn(worker),
            6 => {
                // Few, and not so many slots that nothing else is ever marked: a marker takes it in two pieces.
                let table = table(worker.mutator(), 600);
                worker.hold(Some(table));
            }
            _ => {
                let bundle = worker.make();
                worker.hold(Some(bundle));
            }
        }
        worker.hand_over();
    });
}

/// Collects, looks at all objects, or prepares a fork that does not come: either waits until no other cycle runs.
fn wait_for_a_turn(worker: &mut Worker<'_>) {
    let (heap, mutator) = (&worker.world.heap, worker.mutator());
    match below(3) {
        0 => drop(mutator.collect(if below(2) == 0 { 2 } else { 0 })),
        1 => heap.prepare_fork(mutator).after_fork_parent(),
        _ => heap.for_each_object(mutator, &mut |header| {
            Object::of(Word::from_bits(header.bits()));
        }),
    }
}

fn refer(worker: &mut Worker<'_>) {
    let bundle = worker.make();
    let reference = match below(4) {
        0 => weak_box(worker.mutator(), bundle),
        1 => leaf(worker.mutator()),
        2 => {
            let class = table(worker.mutator(), 1);
            owner(worker.mutator(), class)
        }
        _ => {
            let value = worker.make();
            pair(worker.mutator(), bundle, value)
        }
    };
    worker.share(Some(reference));
}

fn finalize(worker: &mut Worker<'_>) {
    let bundle = worker.make();
    worker.mutator().register_finalizer(bundle.header());
    if let Some(due) = worker.world.heap.take_finalizable() {
        let object = Object::of(Word::from_bits(due));
        object.check(worker.mutator());
        worker.hold(Some(object));
    }
    let found = worker.find();
    worker.hold(found.and_then(|found| found.referent(worker.mutator())));
}

fn with_late_marking() {
    three_threads(Drive::Late, do_everything);
}

#[test]
fn everything() {
    holds(everything, 800, || three_threads(Drive::Asked, do_everything));
}

#[test]
fn everything_on_the_pool() {
    holds(everything_on_the_pool, 800, || three_threads(Drive::Pool(1), do_everything));
}

#[test]
fn everything_with_several_markers() {
    holds(everything_with_several_markers, 800, || three_threads(Drive::Pool(3), do_everything));
}

#[test]
fn everything_in_slices() {
    holds(everything_in_slices, 800, || three_threads(Drive::Slices, do_everything));
}

#[test]
fn everything_with_late_marking() {
    holds(everything_with_late_marking, 800, with_late_marking);
}

#[test]
fn whoever_waits_for_a_turn_must_hear_that_it_is_left() {
    let test = whoever_waits_for_a_turn_must_hear_that_it_is_left;
    fails_without(test, "turnstile.leave", &DEADLOCK, 3000, with_late_marking);
}
