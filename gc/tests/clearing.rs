//! What follows marking, in the stop in which it ended and beside the threads.

mod toy;

use std::time::Duration;

use gc::{HeapOptions, Mutator, Word};
use sync::atomic::{AtomicBool, Ordering};
use sync::{Arc, thread};
use toy::{Object, Toy, apart, ephemerons, node, weak};

/// More than a stop sees to.
const MANY: usize = 20_000;

/// Runs `body` with a mutator, and with another one that is blocked: then collections run beside the threads.
fn beside_another(toy: &Toy, body: impl FnOnce(&Mutator)) {
    let over = Arc::new(AtomicBool::new(false));
    let (other, until) = (toy.clone(), over.clone());
    let visitor = thread::spawn("visitor", None, move || {
        let mutator = other.attach();
        mutator.blocking(|| {
            while !until.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        });
    });
    let visitor = visitor.expect("a thread");
    let mutator = toy.attach();
    while toy.heap.is_single_threaded() {
        mutator.blocking(thread::yield_now);
    }
    body(&mutator);
    over.store(true, Ordering::Relaxed);
    mutator.blocking(|| visitor.join()).expect("no panic");
}

/// An array of so many objects.
fn array_of(mutator: &Mutator, count: usize, mut make: impl FnMut(usize) -> Object) -> Object {
    let array = node(mutator, count);
    for index in 0..count {
        array.set(mutator, index, Some(make(index)));
    }
    array
}

#[test]
fn many_dead_are_seen_to_beside_the_threads() {
    let toy = Toy::new(HeapOptions::default());
    beside_another(&toy, |mutator| {
        apart(|| {
            let referents = array_of(mutator, MANY, |_| node(mutator, 1));
            let watchers = array_of(mutator, MANY, |index| weak(mutator, referents.get(index).expect("set")));
            for index in 0..MANY / 2 {
                mutator.register_finalizer(referents.get(index).expect("set").header());
            }
            toy.root(0, Some(watchers));
            // One of two lives.
            let living = array_of(mutator, MANY / 2, |index| referents.get(2 * index).expect("set"));
            toy.root(1, Some(living));
        });
        let stats = apart(|| mutator.collect(2));
        assert_eq!((stats.weak_cleared, stats.finalizers), (MANY / 2, MANY / 4));
        assert_eq!(stats.stops, 3, "the starting, the closing and the last one");
        let watchers = toy.rooted(0).expect("rooted");
        for index in 0..MANY {
            let referent = watchers.get(index).expect("set").weak().get(mutator);
            assert_eq!(referent.is_some(), index % 2 == 0, "{index}");
        }
        let due = std::iter::from_fn(|| toy.heap.take_finalizable()).count();
        let cleared = std::iter::from_fn(|| toy.heap.take_cleared_weak()).count();
        assert_eq!((due, cleared), (MANY / 4, MANY / 2));
    });
}

#[test]
fn pairs_of_many_dead_keys_are_emptied() {
    let toy = Toy::new(HeapOptions::default());
    beside_another(&toy, |mutator| {
        apart(|| {
            let table = ephemerons(mutator, MANY);
            let keys = array_of(mutator, MANY / 2, |_| node(mutator, 0));
            for (index, (key, value)) in table.pairs().iter().enumerate() {
                let own = keys.get(index / 2).filter(|_| index % 2 == 0);
                value.set(table.header(), mutator, Some(node(mutator, 0)));
                key.set_key(table.header(), mutator, Some(own.unwrap_or_else(|| node(mutator, 0))));
            }
            toy.root(0, Some(table));
            toy.root(1, Some(keys));
        });
        apart(|| mutator.collect(2));
        for (index, (key, value)) in toy.rooted(0).expect("rooted").pairs().iter().enumerate() {
            assert_eq!((key.is_empty(), value.get().is_none()), (index % 2 == 1, index % 2 == 1), "{index}");
        }
    });
}

/// What only a finalizer holds refers weakly to what lives: it still does when it has come back to life, and is told of its death.
fn what_comes_back_still_refers_weakly(toy: &Toy, mutator: &Mutator, others: usize) {
    apart(|| {
        let referent = node(mutator, 1);
        let doomed = array_of(mutator, 1, |_| weak(mutator, referent));
        mutator.register_finalizer(doomed.header());
        toy.root(0, Some(referent));
        // So that there is much or little to see to.
        (0..others).for_each(|_| drop_weak(mutator));
    });
    apart(|| mutator.collect(2));
    apart(|| {
        let due = Object::from_bits(toy.heap.take_finalizable().expect("due"));
        toy.root(1, Some(due));
        let owner = due.get(0).expect("kept");
        assert_eq!(owner.weak().get(mutator), toy.rooted(0));
        assert_eq!(toy.heap.weak_owners(mutator, toy.rooted(0).expect("rooted").to_bits()).len(), 1);
        toy.root(0, None);
    });
    apart(|| mutator.collect(2));
    assert!(toy.rooted(1).expect("rooted").get(0).expect("set").weak().get(mutator).is_none());
    while toy.heap.take_cleared_weak().is_some() {}
}

#[inline(never)]
fn drop_weak(mutator: &Mutator) {
    weak(mutator, node(mutator, 0));
}

#[test]
fn what_comes_back_still_refers_weakly_after_one_stop() {
    let toy = Toy::checked();
    let mutator = toy.attach();
    what_comes_back_still_refers_weakly(&toy, &mutator, 0);
}

#[test]
fn what_comes_back_still_refers_weakly_after_a_cycle_beside_threads() {
    let toy = Toy::checked();
    beside_another(&toy, |mutator| {
        what_comes_back_still_refers_weakly(&toy, mutator, 0);
        what_comes_back_still_refers_weakly(&toy, mutator, MANY);
    });
}
