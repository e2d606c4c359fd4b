//! Kept bits and weak words while a cycle clears: what was dead when everything was marked is not seen again, and no kept bit is lost.

use gc::protocols::keeping::{clear, forget, keep, read};
use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, thread};

use crate::explore::{fails_without, holds};

const REFERENT: u64 = 8;
const OTHERS: u64 = 0b100;

/// A weak word, and the kept bits of its referent's block.
struct Cells {
    slot: AtomicU64,
    kept: AtomicU64,
}

impl Cells {
    fn new(kept: u64) -> Arc<Self> {
        Arc::new(Self { slot: AtomicU64::new(REFERENT), kept: AtomicU64::new(kept) })
    }

    fn read(&self) -> u64 {
        read(&self.slot, |_| self.kept.load(Ordering::Relaxed) & 1 != 0)
    }
}

/// The collector empties the word and keeps its referent, which a finalizer needs, while a thread reads the word.
fn the_dead_are_kept() {
    let cells = Cells::new(0);
    let others = cells.clone();
    let reader = thread::spawn("reader", None, move || others.read()).expect("loom has threads");
    clear(&cells.slot);
    assert_eq!(keep(&cells.kept, 1), 0);
    assert_eq!(reader.join().expect("the reader ends"), 0, "the dead are not seen");
}

/// The referent is live: it was allocated since the cycle began.
fn the_living_are_seen() {
    let cells = Cells::new(1);
    let others = cells.clone();
    let reader = thread::spawn("reader", None, move || others.read()).expect("loom has threads");
    assert_eq!(keep(&cells.kept, OTHERS), 0);
    assert_eq!(reader.join().expect("the reader ends"), REFERENT, "the living are seen");
}

/// The collector keeps an object while a thread keeps cells that it takes, and gives back those that it does not use.
fn both_keep() {
    let cells = Cells::new(0);
    let others = cells.clone();
    let taker = move || {
        assert_eq!(keep(&others.kept, 0b1100), 0);
        forget(&others.kept, 0b1000);
    };
    let taker = thread::spawn("taker", None, taker).expect("loom has threads");
    assert_eq!(keep(&cells.kept, 1), 0);
    assert_eq!(keep(&cells.kept, 1), 1);
    taker.join().expect("the taker ends");
    assert_eq!(cells.kept.load(Ordering::Relaxed), 0b101, "every kept bit is there");
}

#[test]
fn keeping_what_was_dead() {
    holds(the_dead_are_kept);
}

#[test]
fn reading_what_lives() {
    holds(the_living_are_seen);
}

#[test]
fn keeping_side_by_side() {
    holds(both_keep);
}

#[test]
fn keeping_must_come_after_clearing() {
    fails_without("keeping.keep", "the dead are not seen", the_dead_are_kept);
}

#[test]
fn the_word_must_be_read_again() {
    fails_without("keeping.again", "the dead are not seen", the_dead_are_kept);
}

#[test]
fn keeping_must_be_one_step() {
    fails_without("keeping.whole", "every kept bit is there", both_keep);
}
