//! Threads that refer weakly, and hold what they read so; and threads that have ephemerons.

use crate::explore::{LOST, fails_without, holds};
use gc::Word;

use crate::objects::{CLEARED, Form, Object, Value, pair, weak_box};
use crate::world::{Drive, Worker, below, three_threads};

/// Shares weak references to what little else holds, and reads them; asks what refers to what it holds, and reads that.
fn refer_weakly(worker: &mut Worker<'_>) {
    worker.go_round(|worker| match below(5) {
        0 => {
            let bundle = worker.make();
            worker.share(Some(weak_box(worker.mutator(), bundle)));
        }
        1 => worker.hand_over(),
        2 => hold_referrer(worker),
        _ => {
            let found = worker.find();
            worker.hold(found.and_then(|found| found.referent(worker.mutator())));
        }
    });
}

/// Holds what refers weakly to something that it holds, which it refers to once more.
fn hold_referrer(worker: &mut Worker<'_>) {
    let Some(held) = worker.held[0].map(Object::of) else { return };
    let fresh = weak_box(worker.mutator(), held);
    let owners = worker.world.heap.weak_owners(worker.mutator(), held.value().to_bits());
    assert!(owners.contains(&fresh.header().into()), "the owner of a weak word that refers to an object is found");
    // SAFETY: the owners live, and no poll lies between their listing and here.
    let owner = Object::of(Value::from_bits(unsafe { owners[below(owners.len())].as_ref() }.bits()));
    assert!(owner.referent(worker.mutator()).map(Object::value) == Some(held.value()), "{CLEARED}");
    worker.hold(Some(owner));
}

/// Shares pairs, whose keys may be held elsewhere.
fn pair_up(worker: &mut Worker<'_>) {
    worker.go_round(|worker| match below(4) {
        0 => {
            let (key, value) = (worker.make(), worker.make());
            worker.share(Some(pair(worker.mutator(), key, value)));
            if below(2) == 0 {
                worker.share(Some(key));
            }
        }
        1 => worker.hand_over(),
        _ => {
            let found = worker.find();
            worker.hold(found.and_then(|found| found.referent(worker.mutator())));
        }
    });
}

/// Holds pairs whose keys are at the ends of lists, so that a marker comes to the pair before the key.
fn pair_up_with_ends(worker: &mut Worker<'_>) {
    worker.go_round(|worker| {
        let [list, pair] = list_and_pair(worker);
        worker.held = [Some(list.value()), Some(pair.value())];
        worker.share(Some(pair));
        worker.poll();
        assert!(pair.referent(worker.mutator()).is_some(), "{CLEARED}");
    });
}

/// A list, and a pair whose key is its last node. That node is on no frame of the caller's.
#[inline(never)]
fn list_and_pair(worker: &mut Worker<'_>) -> [Object; 2] {
    let (list, value) = (worker.make_of(Form::List), worker.make());
    [list, pair(worker.mutator(), list.last(), value)]
}

fn weakly() {
    three_threads(Drive::Asked, refer_weakly);
}

fn weakly_in_slices() {
    three_threads(Drive::Slices, refer_weakly);
}

fn in_pairs() {
    three_threads(Drive::Asked, pair_up);
}

fn in_pairs_with_markers() {
    three_threads(Drive::Pool(3), pair_up);
}

fn with_ends() {
    three_threads(Drive::Asked, pair_up_with_ends);
}

#[test]
fn weak_references() {
    holds(weak_references, 500, weakly);
}

#[test]
fn weak_references_and_slices() {
    holds(weak_references_and_slices, 500, weakly_in_slices);
}

#[test]
fn ephemerons() {
    holds(ephemerons, 500, in_pairs);
}

#[test]
fn ephemerons_and_several_markers() {
    holds(ephemerons_and_several_markers, 500, in_pairs_with_markers);
}

#[test]
fn ephemerons_whose_keys_are_reached_late() {
    holds(ephemerons_whose_keys_are_reached_late, 500, with_ends);
}

#[test]
fn a_weak_word_that_is_read_must_be_logged() {
    fails_without(a_weak_word_that_is_read_must_be_logged, "barriers.weak_read", &LOST, 3000, weakly);
}

#[test]
fn a_weak_word_that_is_read_while_a_cycle_clears_must_be_judged() {
    let test = a_weak_word_that_is_read_while_a_cycle_clears_must_be_judged;
    fails_without(test, "barriers.judged_read", &LOST, 3000, weakly);
}

#[test]
fn a_key_that_is_read_must_be_logged() {
    fails_without(a_key_that_is_read_must_be_logged, "barriers.weak_read", &LOST, 3000, in_pairs);
}

#[test]
fn the_value_of_a_key_that_is_reached_late_must_be_visited() {
    let says = [LOST[0], CLEARED];
    let test = the_value_of_a_key_that_is_reached_late_must_be_visited;
    fails_without(test, "ephemerons.reached", &says, 3000, with_ends);
}
