//! The write barrier's byte: of the threads that store into an object at once, exactly one remembers it, and the marker, which
//! works on the set of the cycle before, takes none of that back.

use gc::protocols::remembering::{Colour, OLD, REMEMBERED, YOUNG, forget, grow_old, remember};
use sync::atomic::{AtomicU8, Ordering};
use sync::{Arc, thread};

use crate::explore::{fails_without, holds};

fn now() -> Colour {
    Colour::default()
}

fn two_store() {
    let byte = Arc::new(AtomicU8::new(OLD));
    let shared = byte.clone();
    let other = thread::spawn("other", None, move || remember(&shared, now())).expect("loom has threads");
    let mine = remember(&byte, now());
    let theirs = other.join().expect("the other thread ends");
    assert!(mine != theirs, "exactly one thread remembers the object");
    assert_eq!(byte.load(Ordering::Relaxed), REMEMBERED[now().index()]);
}

/// A thread stores into an object with this byte while the marker does its part.
fn store_beside_the_marker(before: u8, marker: fn(&AtomicU8)) {
    let byte = Arc::new(AtomicU8::new(before));
    let shared = byte.clone();
    let other = thread::spawn("marker", None, move || marker(&shared)).expect("loom has threads");
    assert!(remember(&byte, now()), "no one else remembers it");
    other.join().expect("the marker ends");
    assert_eq!(byte.load(Ordering::Relaxed), REMEMBERED[now().index()], "what is in the set says so");
}

fn forgetting() {
    store_beside_the_marker(REMEMBERED[now().other().index()], |byte| forget(byte, now().other()));
}

fn growing_old() {
    store_beside_the_marker(YOUNG, |byte| grow_old(byte, OLD));
}

#[test]
fn storing() {
    holds(two_store);
}

#[test]
fn storing_into_what_is_taken_out_of_the_other_set() {
    holds(forgetting);
}

#[test]
fn storing_into_what_is_being_marked() {
    holds(growing_old);
}

#[test]
fn remembering_must_be_one_step() {
    fails_without("remembering.exchange", "exactly one thread", two_store);
}

#[test]
fn forgetting_must_be_one_step() {
    fails_without("remembering.forget", "what is in the set says so", forgetting);
}

#[test]
fn growing_old_must_be_one_step() {
    fails_without("remembering.grow_old", "what is in the set says so", growing_old);
}
