//! Forking the process (rule 14): the heap's other threads stand still meanwhile, and do not exist in the child.
//!
//! They stop first, where they hold no lock; only then is the shared space taken, which no thread of another interpreter holds for long.
//! Taken before, a thread that waits for it would never reach a poll. The child of a process with several interpreters goes on
//! with this one alone.

use gc::Heap;
use sync::Arc;

use crate::thread::Thread;

/// Forks: the child's number, zero in the child, or the error number.
pub fn fork(t: &Thread) -> Result<i32, i32> {
    let prepared = t.interpreter().heap().prepare_fork(t.mutator());
    let result = t.shared().build_with(|_| {
        let frozen = Heap::freeze_space();
        // SAFETY: the threads of this heap stand still at polls or in blocking regions, and the block space and the shared space
        // are held by this one.
        let result = unsafe { host::child::fork() };
        drop(frozen);
        result
    });
    if result == Ok(0) {
        prepared.after_fork_child();
        t.interpreter().threads.lock().retain(|handle| Arc::ptr_eq(handle, t.handle()));
        t.interpreter().waiting.forget_all();
        // The only thread is the main one.
        t.receive_signals();
    } else {
        prepared.after_fork_parent();
    }
    result
}
