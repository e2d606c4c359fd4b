//! What the real build promises beyond what loom can check: sizes, constants, clocks, names.
#![cfg(not(any(ophion_loom, ophion_shuttle)))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use sync::atomic::{AtomicU32, Ordering};
use sync::{LazyLock, LockByte, LockMode, Mutex, Once, OnceLock, Parker, thread};

static MADE_LATE: LazyLock<Mutex<Vec<u32>>> = LazyLock::new(|| Mutex::new(vec![7]));
static SET_ONCE: OnceLock<String> = OnceLock::new();

#[test]
fn sizes() {
    assert_eq!(size_of::<LockByte>(), 1);
    assert_eq!(size_of::<Once>(), 1);
    assert_eq!(size_of::<sync::Sequence>(), 4);
}

#[test]
fn statics() {
    MADE_LATE.lock().push(8);
    assert_eq!(*MADE_LATE.lock(), [7, 8]);
    assert_eq!(SET_ONCE.get(), None);
    assert_eq!(SET_ONCE.set("one".to_owned()), Ok(()));
    assert_eq!(SET_ONCE.set("two".to_owned()), Err("two".to_owned()));
    assert_eq!(SET_ONCE.get().map(String::as_str), Some("one"));
}

#[test]
fn a_lock_byte_of_one_thread_tells_the_truth() {
    let lock = LockByte::new();
    assert!(lock.try_lock(LockMode::Single));
    assert!(lock.is_locked());
    // A second thread was let in meanwhile and sees it.
    assert!(!lock.try_lock(LockMode::Multi));
    lock.unlock(LockMode::Multi);
    assert!(!lock.is_locked());
}

#[test]
fn taking_a_lock_byte_again_is_found_out() {
    let lock = LockByte::new();
    assert!(lock.try_lock(LockMode::Single));
    let again = catch_unwind(AssertUnwindSafe(|| lock.lock(LockMode::Single, |park| park())));
    assert!(again.is_err());
    assert!(lock.is_locked());
}

#[test]
fn an_attempt_that_fails_leaves_the_lock_alone() {
    struct Many;
    impl sync::LockContext for Many {
        fn mode(&self) -> LockMode {
            LockMode::Multi
        }

        fn wait(&self, park: &mut dyn FnMut()) {
            park();
        }
    }
    let lock = LockByte::new();
    let held = lock.guard(&Many);
    assert!(lock.try_guard(&Many).is_none());
    assert!(lock.is_locked());
    drop(held);
    assert!(lock.try_guard(&Many).is_some());
}

#[test]
fn work_that_is_given_up_is_done_by_the_next() {
    let once = Once::new();
    let unwound = catch_unwind(AssertUnwindSafe(|| once.call(|| std::panic::resume_unwind(Box::new(())))));
    assert!(unwound.is_err() && !once.is_done());
    let calls = AtomicU32::new(0);
    for _ in 0..2 {
        once.call(|| {
            calls.fetch_add(1, Ordering::Relaxed);
        });
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_park_ends_at_its_deadline_or_with_the_token() {
    let parker = Parker::new();
    let start = Instant::now();
    assert!(!parker.park_timeout(Duration::from_millis(5)));
    assert!(start.elapsed() >= Duration::from_millis(5));
    let unparker = parker.unparker();
    unparker.unpark();
    unparker.unpark();
    assert!(parker.park_timeout(Duration::MAX));
    assert!(!parker.try_take());
    let waker = thread::spawn("waker", Some(256 << 10), move || unparker.unpark()).expect("the system has threads");
    parker.park();
    waker.join().expect("the waker ends");
}

#[test]
fn seeds_differ() {
    assert_ne!(sync::random::seed(), sync::random::seed());
    assert_ne!(sync::random::hash_key(), sync::random::hash_key());
}

sync::thread_local! {
    static OWN: std::cell::Cell<u32> = const { std::cell::Cell::new(1) };
}

#[test]
fn thread_locals_are_each_threads_own() {
    OWN.with(|own| own.set(2));
    let other = thread::spawn("other", None, || OWN.with(std::cell::Cell::get)).expect("the system has threads");
    assert_eq!(other.join().expect("the thread ends"), 1);
    assert_eq!(OWN.with(std::cell::Cell::get), 2);
}
