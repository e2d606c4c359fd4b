//! What the model's primitives do once loom has found a failure.
//!
//! loom reports a failure by a panic, and the threads of the failed run unwind. After a deadlock no thread is left that
//! loom would let run, so any use of its primitives panics again; in a destructor that ends the process. Guards of shipped
//! code release in their destructors, as they should. So from the first panic that comes out of loom on, every primitive
//! here does nothing and gives a blank value, until the next run begins.

use std::cell::Cell;

std::thread_local! {
    // The system's thread local, not loom's: all threads of a model run on one thread of the system.
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// Forgets a failure: the next run begins.
pub fn forget() {
    FAILED.with(|failed| failed.set(false));
}

/// Runs `call`, which goes to loom; or gives a blank value, when the run has failed already.
#[track_caller]
pub(super) fn unless_failed<R>(blank: impl FnOnce() -> R, call: impl FnOnce() -> R) -> R {
    if FAILED.with(Cell::get) {
        return blank();
    }
    let mut watch = Watch { returned: false };
    let result = call();
    watch.returned = true;
    result
}

/// Sees a panic come out of a call. Asking whether the thread panics would not do: while one thread of a model unwinds,
/// loom may run another, and to the system they are the same thread.
struct Watch {
    returned: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.returned {
            FAILED.with(|failed| failed.set(true));
        }
    }
}
