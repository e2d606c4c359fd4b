//! Threads that store into a long chain of tables, so long that a cycle marks it in several slices, or in parts that markers share.

use gc::Slot;

use crate::explore::{LOST, fails_without, holds};
use crate::objects::{Object, Value, table};
use crate::world::{Drive, Worker, below, three_threads};

/// How long the chain is: some slices of the fewest objects that one has.
const LENGTH: usize = 1200;
/// In how many shared slots it is, and in how many of its tables threads store.
const PLACES: usize = 8;
/// The slots of each of its tables: to the next, and one for what threads store.
const NEXT: usize = 0;
const STORED: usize = 1;

fn make_chain(worker: &Worker<'_>) -> Object {
    let mutator = worker.mutator();
    let mut first = table(mutator, 2);
    for _ in 1..LENGTH {
        let before = table(mutator, 2);
        before.slots()[NEXT].set(before.header(), mutator, Some(first.value()));
        first = before;
    }
    first
}

/// One of the few tables that are stored into, the last of the chain among them. The way there has no scheduling points: tables stay linked.
fn some_table(first: Object) -> Object {
    let _way = sync::hint::unscheduled();
    let next = |table: &Object| table.slots()[NEXT].get().map(Object::of);
    std::iter::successors(Some(first), next)
        .nth((1 + below(PLACES)) * (LENGTH / PLACES) - 1)
        .expect("the chain is so long")
}

/// The first thread makes a chain and shares it in several slots. Whoever has found it stores into tables further down.
fn store_far_down(worker: &mut Worker<'_>) {
    if worker.is_first() {
        let first = make_chain(worker);
        (0..PLACES).for_each(|_| worker.share(Some(first)));
    }
    worker.go_round(|worker| {
        let held = worker.held[0].map(Object::of).or_else(|| worker.find());
        let Some(first) = held.filter(|found| found.is_table()) else { return };
        worker.held[0] = Some(first.value());
        let table = some_table(first);
        let slot: &Slot<Value> = &table.slots()[STORED];
        if below(3) == 0 {
            let bundle = worker.make();
            slot.set(table.header(), worker.mutator(), Some(bundle.value()));
        } else {
            worker.held[1] = slot.swap(table.header(), worker.mutator(), worker.held[1]);
        }
    });
}

fn asked() {
    three_threads(Drive::Asked, store_far_down);
}

fn slices() {
    three_threads(Drive::Slices, store_far_down);
}

fn markers() {
    three_threads(Drive::Pool(3), store_far_down);
}

#[test]
fn a_long_chain() {
    holds(a_long_chain, 100, asked);
}

#[test]
fn a_long_chain_in_slices() {
    holds(a_long_chain_in_slices, 100, slices);
}

#[test]
fn a_long_chain_and_several_markers() {
    holds(a_long_chain_and_several_markers, 100, markers);
}

#[test]
fn words_far_down_must_be_logged() {
    fails_without(words_far_down_must_be_logged, "snapshot.log", &LOST, 1000, asked);
}
