//! Mark bits: of two markers that reach an object at once one traces it, and no mark is lost to one beside it.

use gc::protocols::marks::claim;
use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, thread};

use crate::explore::{fails_without, holds};

/// Both reach the same object.
fn two_mark_one() {
    let word = Arc::new(AtomicU64::new(0));
    let other = word.clone();
    let marker = thread::spawn("marker", None, move || claim(&other, 0b1, true)).expect("loom has threads");
    let mine = claim(&word, 0b1, true);
    assert!(mine != marker.join().expect("the marker ends"), "exactly one of them traces it");
}

/// One object each: what they reach differs, but the word is the same.
fn two_mark_neighbours() {
    let word = Arc::new(AtomicU64::new(0));
    let other = word.clone();
    let marker = thread::spawn("marker", None, move || claim(&other, 0b1, true)).expect("loom has threads");
    assert!(claim(&word, 0b10, true));
    assert!(marker.join().expect("the marker ends"));
    assert_eq!(word.load(Ordering::Relaxed), 0b11, "every mark is there");
}

/// A marker works by itself before it has company, and after.
fn company_comes_and_goes() {
    let word = Arc::new(AtomicU64::new(0));
    assert!(claim(&word, 0b1, false));
    let other = word.clone();
    let marker = thread::spawn("marker", None, move || claim(&other, 0b10, true)).expect("loom has threads");
    assert!(claim(&word, 0b100, true));
    assert!(marker.join().expect("the marker ends"));
    assert!(!claim(&word, 0b10, false));
    assert!(claim(&word, 0b1000, false));
    assert_eq!(word.load(Ordering::Relaxed), 0b1111, "every mark is there");
}

#[test]
fn marking_one_object() {
    holds(two_mark_one);
}

#[test]
fn marking_neighbours() {
    holds(two_mark_neighbours);
}

#[test]
fn marking_alone_before_and_after() {
    holds(company_comes_and_goes);
}

#[test]
fn claiming_must_be_one_step() {
    fails_without("marks.claim", "exactly one of them", two_mark_one);
}

#[test]
fn setting_a_mark_must_leave_the_others() {
    fails_without("marks.claim", "every mark is there", two_mark_neighbours);
}
