//! The poll word: whoever takes a request finds what it points at, and no request is lost.

use gc::protocols::poll_word::{EMBEDDER, PENDING, PollWord};
use sync::cell::UnsafeCell;
use sync::{Arc, thread};

use crate::explore::{RACE, fails_without, holds};

#[derive(Default)]
struct Asked {
    poll: PollWord,
    fact: UnsafeCell<u32>,
}

// SAFETY: the fact is written before the request and read after it was taken; that this suffices is what loom checks here.
unsafe impl Sync for Asked {}

/// One thread puts a fact in place and asks; another asks for something else; the owner takes both in the end.
fn requests_arrive() {
    let asked = Arc::new(Asked::default());
    let sides: [fn(&Asked); 2] = [
        |asked| {
            // SAFETY: the owner does not look before the request.
            asked.fact.with_mut(|fact| unsafe { *fact = 7 });
            asked.poll.request(PENDING);
        },
        |asked| asked.poll.request(EMBEDDER),
    ];
    let sides = sides.map(|side| {
        let asked = asked.clone();
        thread::spawn("side", None, move || side(&asked)).expect("loom has threads")
    });
    let mut taken = take(&asked);
    sides.into_iter().for_each(|side| side.join().expect("the sides end"));
    taken |= take(&asked);
    assert_eq!(taken, PENDING | EMBEDDER);
    assert!(!asked.poll.is_set());
}

fn take(asked: &Asked) -> u32 {
    let taken = asked.poll.take(PENDING | EMBEDDER);
    if taken & PENDING != 0 {
        // SAFETY: the fact is in place since before the request.
        assert_eq!(asked.fact.with(|fact| unsafe { *fact }), 7);
    }
    taken
}

#[test]
fn asking() {
    holds(requests_arrive);
}

#[test]
fn asking_must_release() {
    fails_without("poll_word.request", RACE, requests_arrive);
}

#[test]
fn taking_must_acquire() {
    fails_without("poll_word.take", RACE, requests_arrive);
}
