//! Threads that share a large table, whose cards say where it was stored into.

use gc::Slot;

use crate::explore::{LOST, fails_without, holds};
use crate::objects::{Object, Value, table, try_table};
use crate::world::{Drive, Worker, below, three_threads};

/// More slots than fit into a cell, so that the table has blocks and cards of its own; and a marker takes them in pieces.
const SLOTS: usize = 4100;
/// The slots that are used: on two cards next to each other, and on one far away.
const USED: [usize; 4] = [10, 62, 70, 4000];

fn use_large(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        let Some(large) = worker.find().filter(|found| found.is_table()) else {
            return match below(3) {
                0 => worker.share(Some(table(worker.mutator(), SLOTS))),
                _ => worker.hand_over(),
            };
        };
        worker.hold(Some(large));
        store(worker, large);
    });
}

fn store(worker: &mut Worker<'_>, large: Object) {
    let (header, slots) = (large.header(), large.slots());
    let slot = &slots[USED[below(USED.len())]];
    match below(4) {
        0 => {
            let bundle = worker.make();
            slot.set(header, worker.mutator(), Some(bundle.value()));
        }
        1 => worker.held[0] = slot.swap(header, worker.mutator(), worker.held[0]).or(Some(large.value())),
        2 => Slot::<Value>::move_range(header, worker.mutator(), slots, 8..72, 0),
        _ => Slot::<Value>::move_range(header, worker.mutator(), slots, 0..72, 8),
    }
}

/// Fills the heap with large tables that no one keeps, in the middle of what little it makes besides.
fn fill(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        let bundle = worker.make_around(|mutator| {
            for _ in 0..below(3) {
                try_table(mutator, SLOTS);
            }
        });
        worker.hold(Some(bundle));
        worker.hand_over();
        if below(6) == 0 {
            worker.come_again();
        }
    });
}

fn limited() {
    three_threads(Drive::Limited, fill);
}

fn limited_with_the_pool() {
    three_threads(Drive::LimitedPool, fill);
}

fn asked() {
    three_threads(Drive::Asked, use_large);
}

fn markers() {
    three_threads(Drive::Pool(3), use_large);
}

#[test]
fn cards() {
    holds(cards, 150, asked);
}

#[test]
fn cards_and_several_markers() {
    holds(cards_and_several_markers, 150, markers);
}

#[test]
fn collecting_at_the_limit() {
    holds(collecting_at_the_limit, 500, limited);
}

#[test]
fn collecting_at_the_limit_beside_the_pool() {
    holds(collecting_at_the_limit_beside_the_pool, 500, limited_with_the_pool);
}

#[test]
fn dirty_cards_must_be_traced() {
    fails_without(dirty_cards_must_be_traced, "tracer.cards", &LOST, 1000, asked);
}

#[test]
fn the_cycle_after_one_at_the_limit_must_be_full() {
    let says = [LOST[0], "an object was stored into without a barrier"];
    fails_without(the_cycle_after_one_at_the_limit_must_be_full, "cycle.at_limit", &says, 3000, limited);
}
