//! What a thread does while a cycle marks beside it. The cycle is one that marks late: between its two stops nothing but the roots
//! is marked, so each of these loses an object if the barrier, the kept bits or the logs fail it.

mod toy;

use std::num::NonZeroUsize;

use gc::{HeapOptions, Mutator, Stress, Word};
use sync::atomic::Ordering;
use sync::thread;
use toy::{Object, Toy, allocate, apart, ephemerons, node, weak};

/// A heap that collects when it is asked to, by `begin` and `end`, with so many markers.
fn late(markers: usize) -> Toy {
    let stress = Some(Stress { every: u32::MAX, late: true, yields: true });
    let markers = NonZeroUsize::new(markers);
    Toy::new(HeapOptions { verify: true, poison: true, stress, markers, ..HeapOptions::default() })
}

/// Makes each of these a test with one marker and one with four.
macro_rules! tests {
    ($($name:ident)*) => {
        mod one_marker {
            $(#[test] fn $name() { super::$name(&super::late(1)); })*
        }
        mod four_markers {
            $(#[test] fn $name() { super::$name(&super::late(4)); })*
        }
    };
}

tests! {
    a_word_that_was_overwritten_counts
    words_that_are_cleared_or_moved_in_bulk_count
    what_is_dropped_before_the_cycle_dies_and_what_is_dropped_after_its_start_dies_in_the_next
    new_objects_live_and_stay_young
    what_grows_old_in_the_cycle_remembers_the_new
    what_is_remembered_twice_is_traced_twice
    a_weak_word_that_is_read_counts
    the_owners_of_weak_words_count_when_they_are_asked_for
    garbage_whose_finalizer_is_made_due_counts
    the_value_of_a_key_that_is_read_counts
    a_thread_that_comes_is_armed_and_one_that_leaves_leaves_its_log
    whoever_looks_at_all_objects_waits_for_the_cycle
}

/// Lets a cycle begin: from here on the thread is armed.
fn begin(mutator: &Mutator) {
    mutator.heap().request_cycle(mutator);
    mutator.poll();
}

/// Lets it end: as soon as the next one is due.
fn end(mutator: &Mutator) {
    begin(mutator);
}

/// A root that holds a node whose one slot holds another, young both; and a weak box behind root 9 that watches the other.
fn chain(toy: &Toy, mutator: &Mutator) {
    apart(|| {
        let (first, second) = (node(mutator, 1), node(mutator, 1));
        first.set(mutator, 0, Some(second));
        toy.root(0, Some(first));
        toy.root(9, Some(weak(mutator, second)));
    });
}

fn is_watched_alive(toy: &Toy) -> bool {
    !toy.rooted(9).expect("rooted").weak().is_empty()
}

/// Puts what `owner` holds behind a root that the starting stop has visited already.
#[inline(never)]
fn lift(toy: &Toy, mutator: &Mutator) {
    apart(|| {
        let first = toy.rooted(0).expect("rooted");
        let second = first.get(0);
        first.set(mutator, 0, None);
        toy.root(1, second);
    });
}

fn a_word_that_was_overwritten_counts(toy: &Toy) {
    let mutator = toy.attach();
    chain(toy, &mutator);
    apart(|| begin(&mutator));
    lift(toy, &mutator);
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
}

fn words_that_are_cleared_or_moved_in_bulk_count(toy: &Toy) {
    let mutator = toy.attach();
    apart(|| {
        let array = node(&mutator, 10_000);
        for index in 0..10_000 {
            array.set(&mutator, index, Some(node(&mutator, 0)));
        }
        toy.root(0, Some(array));
        toy.root(9, Some(weak(&mutator, array.get(2000).expect("set"))));
    });
    apart(|| begin(&mutator));
    apart(|| {
        let array = toy.rooted(0).expect("rooted");
        toy.root(1, array.get(2000));
        gc::Slot::clear_range(array.header(), &mutator, array.slots());
    });
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
}

fn what_is_dropped_before_the_cycle_dies_and_what_is_dropped_after_its_start_dies_in_the_next(toy: &Toy) {
    let mutator = toy.attach();
    chain(toy, &mutator);
    apart(|| toy.rooted(0).expect("rooted").set(&mutator, 0, None));
    apart(|| begin(&mutator));
    apart(|| end(&mutator));
    assert!(!is_watched_alive(toy));
    chain(toy, &mutator);
    apart(|| begin(&mutator));
    apart(|| toy.rooted(0).expect("rooted").set(&mutator, 0, None));
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy), "it lived when the cycle began");
    mutator.collect(2);
    assert!(!is_watched_alive(toy));
}

fn new_objects_live_and_stay_young(toy: &Toy) {
    let mutator = toy.attach();
    apart(|| begin(&mutator));
    apart(|| {
        let fresh = node(&mutator, 10_000);
        fresh.set(&mutator, 9999, Some(node(&mutator, 1)));
        toy.root(0, Some(fresh));
        toy.root(9, Some(weak(&mutator, fresh.get(9999).expect("set"))));
        node(&mutator, 7);
    });
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
    apart(|| assert!(!toy.rooted(0).expect("rooted").header().is_old()));
    apart(|| begin(&mutator));
    apart(|| end(&mutator));
    apart(|| assert!(toy.rooted(0).expect("rooted").header().is_old()));
    toy.root(0, None);
    mutator.collect(2);
    assert!(!is_watched_alive(toy));
}

fn what_grows_old_in_the_cycle_remembers_the_new(toy: &Toy) {
    let mutator = toy.attach();
    for size in [1, 10_000] {
        apart(|| toy.root(0, Some(node(&mutator, size))));
        apart(|| begin(&mutator));
        apart(|| {
            let owner = toy.rooted(0).expect("rooted");
            let fresh = node(&mutator, 0);
            owner.set(&mutator, size - 1, Some(fresh));
            toy.root(9, Some(weak(&mutator, fresh)));
        });
        apart(|| end(&mutator));
        assert!(toy.rooted(0).expect("rooted").header().is_old());
        apart(|| begin(&mutator));
        apart(|| end(&mutator));
        assert!(is_watched_alive(toy), "the next young cycle finds it by the remembered set");
    }
}

fn what_is_remembered_twice_is_traced_twice(toy: &Toy) {
    let mutator = toy.attach();
    for size in [1, 10_000] {
        apart(|| toy.root(0, Some(node(&mutator, size))));
        mutator.collect(0);
        // Remembered before the cycle, by a store that the cycle traces, and during it, by one for the next.
        apart(|| toy.rooted(0).expect("rooted").set(&mutator, 0, Some(node(&mutator, 0))));
        apart(|| begin(&mutator));
        apart(|| {
            let owner = toy.rooted(0).expect("rooted");
            let fresh = node(&mutator, 0);
            owner.set(&mutator, 0, Some(fresh));
            toy.root(9, Some(weak(&mutator, fresh)));
        });
        apart(|| end(&mutator));
        apart(|| begin(&mutator));
        apart(|| end(&mutator));
        assert!(is_watched_alive(toy));
    }
}

fn a_weak_word_that_is_read_counts(toy: &Toy) {
    let mutator = toy.attach();
    chain(toy, &mutator);
    apart(|| toy.rooted(0).expect("rooted").set(&mutator, 0, None));
    apart(|| begin(&mutator));
    apart(|| toy.root(1, toy.rooted(9).expect("rooted").weak().get(&mutator)));
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
}

fn the_owners_of_weak_words_count_when_they_are_asked_for(toy: &Toy) {
    let mutator = toy.attach();
    apart(|| {
        let object = node(&mutator, 0);
        toy.root(0, Some(object));
        toy.root(9, Some(weak(&mutator, weak(&mutator, object))));
    });
    apart(|| begin(&mutator));
    apart(|| {
        let object = toy.rooted(0).expect("rooted");
        let owners = toy.heap.weak_owners(&mutator, object.to_bits());
        toy.root(1, Some(Object::of(owners[0])));
    });
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
}

fn garbage_whose_finalizer_is_made_due_counts(toy: &Toy) {
    let mutator = toy.attach();
    let hidden = apart(|| {
        let object = allocate(&mutator, 1);
        object.tag().store(0x5A5A, Ordering::Relaxed);
        mutator.register_finalizer(object.header());
        !object.to_bits()
    });
    apart(|| begin(&mutator));
    toy.heap.make_all_finalizers_due(&mutator);
    apart(|| end(&mutator));
    let due = Object::from_bits(toy.heap.take_finalizable().expect("it is due"));
    assert_eq!(due.to_bits(), !hidden);
    assert_eq!(due.tag().load(Ordering::Relaxed), 0x5A5A, "its cell was not given back");
}

fn the_value_of_a_key_that_is_read_counts(toy: &Toy) {
    let mutator = toy.attach();
    apart(|| {
        let table = ephemerons(&mutator, 1);
        let (key, value) = (node(&mutator, 0), node(&mutator, 0));
        let (first, second) = &table.pairs()[0];
        first.set_key(table.header(), &mutator, Some(key));
        second.set(table.header(), &mutator, Some(value));
        toy.root(0, Some(table));
        toy.root(9, Some(weak(&mutator, value)));
    });
    apart(|| begin(&mutator));
    apart(|| toy.root(1, toy.rooted(0).expect("rooted").pairs()[0].0.get(&mutator)));
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
    assert!(toy.rooted(0).expect("rooted").pairs()[0].1.get().is_some());
    toy.root(1, None);
    mutator.collect(2);
    assert!(!is_watched_alive(toy));
    assert!(toy.rooted(0).expect("rooted").pairs()[0].0.is_empty());
}

fn a_thread_that_comes_is_armed_and_one_that_leaves_leaves_its_log(toy: &Toy) {
    let mutator = toy.attach();
    chain(toy, &mutator);
    apart(|| begin(&mutator));
    let other = toy.clone();
    let visitor = thread::spawn("visitor", None, move || lift(&other, &other.attach())).expect("a thread");
    mutator.blocking(|| visitor.join()).expect("no panic");
    apart(|| end(&mutator));
    assert!(is_watched_alive(toy));
}

fn whoever_looks_at_all_objects_waits_for_the_cycle(toy: &Toy) {
    let mutator = toy.attach();
    chain(toy, &mutator);
    apart(|| begin(&mutator));
    lift(toy, &mutator);
    let mut objects = 0;
    toy.heap.for_each_object(&mutator, &mut |_| objects += 1);
    assert!(objects >= 3);
    assert!(is_watched_alive(toy));
    apart(|| begin(&mutator));
    apart(|| allocate(&mutator, 3));
    drop(mutator);
    assert_eq!(toy.heap.mutator_count(), 0, "the last to leave ends the cycle");
}
