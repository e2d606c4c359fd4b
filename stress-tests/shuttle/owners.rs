//! Threads that make objects which own memory, and whose classes die with them; and objects without slots.

use crate::explore::{LOST, fails_without, holds};
use crate::objects::{leaf, owner, table};
use crate::world::{Drive, Worker, below, three_threads};

fn own(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        match below(3) {
            0 => {
                let class = table(worker.mutator(), 1);
                let owner = owner(worker.mutator(), class);
                worker.hold(Some(owner));
            }
            1 => {
                let leaf = leaf(worker.mutator());
                worker.hold(Some(leaf));
            }
            _ => {}
        }
        worker.hand_over();
    });
}

fn asked() {
    three_threads(Drive::Asked, own);
}

fn slices() {
    three_threads(Drive::Slices, own);
}

fn pool() {
    three_threads(Drive::Pool(2), own);
}

#[test]
fn owners() {
    holds(owners, 500, asked);
}

#[test]
fn owners_and_slices() {
    holds(owners_and_slices, 500, slices);
}

#[test]
fn owners_and_the_pool() {
    holds(owners_and_the_pool, 500, pool);
}

#[test]
fn the_class_of_what_is_dropped_must_be_kept() {
    fails_without(the_class_of_what_is_dropped_must_be_kept, "cycle.keep_classes", &LOST, 3000, asked);
}
