//! Where an execution begins, and its scheduling points.

use std::cell::Cell;

use ::shuttle::sync::atomic::{AtomicBool, Ordering};

use super::{sleepers, thread};

std::thread_local! {
    // The system's thread locals: all threads of a model run on one thread of the system.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    static UNSCHEDULED: Cell<bool> = const { Cell::new(false) };
    static POINT: AtomicBool = const { AtomicBool::new(false) };
}

/// Calls `explore`, which has shuttle run executions. From here on the primitives of this build are shuttle's on this thread of the
/// system.
pub fn modelled<R>(explore: impl FnOnce() -> R) -> R {
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            RUNNING.set(false);
        }
    }
    RUNNING.set(true);
    let _ended = Ended;
    explore()
}

/// Runs the first thread of one execution.
pub fn execution<R>(model: impl FnOnce() -> R) -> R {
    sleepers::forget();
    UNSCHEDULED.set(false);
    thread::on_its_stack(model)
}

/// Whether this is a thread of a model.
pub(super) fn is_modelled() -> bool {
    RUNNING.get()
}

/// Lets shuttle go on with another thread if it likes: before each step that others may see. It is the load of an atomic of
/// shuttle's own, since that is a point without a hint that the thread yields, which a scheduler would heed.
#[inline]
pub(super) fn point() {
    if RUNNING.get() && !UNSCHEDULED.get() {
        POINT.with(|point| point.load(Ordering::SeqCst));
    }
}

/// Leaves scheduling points out until what this gives is dropped.
pub(super) fn without_points() -> Unscheduled {
    Unscheduled { before: UNSCHEDULED.replace(true) }
}

/// Waits, by `wait`, with whatever points the threads have that run meanwhile.
pub(super) fn waiting(wait: impl FnOnce()) {
    let before = UNSCHEDULED.replace(false);
    wait();
    UNSCHEDULED.set(before);
}

/// A stretch without scheduling points.
#[must_use]
pub struct Unscheduled {
    before: bool,
}

impl Drop for Unscheduled {
    fn drop(&mut self) {
        UNSCHEDULED.set(self.before);
    }
}
