//! The sequence counter: a read that is accepted saw the words of one write.

use sync::atomic::{AtomicU32, Ordering};
use sync::{Arc, Sequence, thread};

use crate::explore::{fails_without, holds};

#[derive(Default)]
struct Pair {
    sequence: Sequence,
    left: AtomicU32,
    right: AtomicU32,
}

impl Pair {
    fn write(&self, value: u32) {
        let _write = self.sequence.write();
        self.left.store(value, Ordering::Relaxed);
        self.right.store(value, Ordering::Relaxed);
    }

    fn read(&self) -> Option<(u32, u32)> {
        let start = self.sequence.begin_read()?;
        let left = self.left.load(Ordering::Relaxed);
        let right = self.right.load(Ordering::Relaxed);
        self.sequence.validate(start).then_some((left, right))
    }
}

fn a_read_is_whole() {
    let pair = Arc::new(Pair::default());
    let writer = pair.clone();
    let other = thread::spawn("writer", None, move || writer.write(1)).expect("loom has threads");
    for _ in 0..2 {
        if let Some((left, right)) = pair.read() {
            assert_eq!(left, right, "a read that was accepted is torn");
        }
    }
    other.join().expect("the writer ends");
    assert_eq!(pair.read(), Some((1, 1)));
}

#[test]
fn reading() {
    holds(a_read_is_whole);
}

#[test]
fn a_read_must_begin_with_an_acquire() {
    fails_without("sequence.begin_read", "torn", a_read_is_whole);
}

#[test]
fn a_read_must_end_with_a_fence() {
    fails_without("sequence.read_fence", "torn", a_read_is_whole);
}

#[test]
fn a_write_must_begin_with_a_fence() {
    fails_without("sequence.write_fence", "torn", a_read_is_whole);
}

#[test]
fn a_write_must_end_with_a_release() {
    fails_without("sequence.end_write", "torn", a_read_is_whole);
}
