//! The write barrier's byte: of the threads that store into an old object at once, exactly one remembers it.

use gc::protocols::remembering::{OLD, REMEMBERED, remember};
use sync::atomic::{AtomicU8, Ordering};
use sync::{Arc, thread};

use crate::explore::{fails_without, holds};

fn two_store() {
    let byte = Arc::new(AtomicU8::new(OLD));
    let shared = byte.clone();
    let other = thread::spawn("other", None, move || remember(&shared)).expect("loom has threads");
    let mine = remember(&byte);
    let theirs = other.join().expect("the other thread ends");
    assert!(mine != theirs, "exactly one thread remembers the object");
    assert_eq!(byte.load(Ordering::Relaxed), REMEMBERED);
}

#[test]
fn storing() {
    holds(two_store);
}

#[test]
fn remembering_must_be_one_step() {
    fails_without("remembering.exchange", "exactly one thread", two_store);
}
