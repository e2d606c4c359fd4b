//! Weak points: a model names one ordering or step of shipped code, and runs the code without it.
//!
//! A model that cannot fail is worthless; so each has a twin that weakens what it is about and expects loom, or shuttle, to find the
//! failure. Either runs all threads of a model on one thread of the system, so the name in force is a thread local: tests
//! run side by side. It is the system's thread local and not the model's, since it belongs to the model and not to a run.

use std::cell::Cell;

use super::atomic::Ordering;

std::thread_local! {
    static WEAKENED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

fn is_weakened(site: &'static str) -> bool {
    WEAKENED.with(|weakened| weakened.get() == Some(site))
}

/// `strong`, or relaxed where the model says so.
pub fn ordering(site: &'static str, strong: Ordering) -> Ordering {
    if is_weakened(site) { Ordering::Relaxed } else { strong }
}

/// Whether the step called `site` is taken: unless the model says otherwise.
pub fn step(site: &'static str) -> bool {
    !is_weakened(site)
}

/// Runs `model` with the ordering or step called `site` weakened.
pub fn without<R>(site: &'static str, model: impl FnOnce() -> R) -> R {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            WEAKENED.with(|weakened| weakened.set(None));
        }
    }
    WEAKENED.with(|weakened| weakened.set(Some(site)));
    let _restore = Restore;
    model()
}
