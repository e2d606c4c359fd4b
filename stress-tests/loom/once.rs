//! Once: one thread does the work, all see it done, and work that is given up is taken up by another.

use sync::atomic::{AtomicU32, Ordering};
use sync::{Arc, OnceLock, thread};

use crate::explore::{DEADLOCK, RACE, fails_without, holds};

#[derive(Default)]
struct Shared {
    value: OnceLock<u32>,
    made: AtomicU32,
}

impl Shared {
    fn get(&self) -> u32 {
        *self.value.get_or_init(|| {
            self.made.fetch_add(1, Ordering::Relaxed);
            7
        })
    }
}

fn with_another(body: impl FnOnce(&Shared) + Send + 'static, own: impl FnOnce(&Shared)) {
    let shared = Arc::new(Shared::default());
    let others = shared.clone();
    let other = thread::spawn("other", None, move || body(&others)).expect("loom has threads");
    own(&shared);
    other.join().expect("the other thread ends");
    assert_eq!(shared.value.get(), Some(&7));
    assert_eq!(shared.made.load(Ordering::Relaxed), 1);
}

/// Both want the value; one makes it.
fn two_ask() {
    with_another(|shared| assert_eq!(shared.get(), 7), |shared| assert_eq!(shared.get(), 7));
}

/// One wants the value; the other looks whether it is there, and never waits.
fn one_looks() {
    with_another(|shared| assert_eq!(shared.get(), 7), look);
}

fn look(shared: &Shared) {
    if let Some(value) = shared.value.get() {
        assert_eq!(*value, 7);
    }
}

/// One gives the work up; whoever waits for it is woken and does it.
fn one_gives_up() {
    with_another(
        |shared| {
            let given_up = shared.value.get_or_try_init_waiting(|park| park(), || Err(()));
            assert!(given_up.is_err() || given_up == Ok(&7));
        },
        |shared| assert_eq!(shared.get(), 7),
    );
}

#[test]
fn asking() {
    holds(two_ask);
}

#[test]
fn looking() {
    holds(one_looks);
}

#[test]
fn giving_up() {
    holds(one_gives_up);
}

#[test]
fn looking_must_acquire() {
    fails_without("once.is_done", RACE, one_looks);
}

#[test]
fn finishing_must_release() {
    fails_without("once.finish", RACE, one_looks);
}

#[test]
fn a_sleeper_must_look_again() {
    fails_without("once.validate", DEADLOCK, two_ask);
}
