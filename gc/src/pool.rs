//! The threads that collect in the background: one pool for all heaps of the process, so that a thousand idle interpreters
//! cost no thread.
//!
//! It is made when a cycle is first handed over. A forked child has none of its threads and makes a pool of its own.

use std::mem::MaybeUninit;

use rayon::{ThreadPool, ThreadPoolBuilder};
use sync::{Arc, Mutex};

/// The most threads of the pool.
const MOST_THREADS: usize = 4;

static POOL: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);

/// Runs a job on the pool; gives it back when the system has no threads for one.
pub fn spawn<J: FnOnce() + Send + 'static>(job: J) -> Result<(), J> {
    let Some(pool) = pool() else { return Err(job) };
    pool.spawn(job);
    Ok(())
}

fn pool() -> Option<Arc<ThreadPool>> {
    let mut pool = POOL.lock();
    if pool.is_none() {
        let threads = (sync::thread::available_parallelism().get() / 2).clamp(1, MOST_THREADS);
        let name = |number| format!("collector {number}");
        let builder = ThreadPoolBuilder::new().num_threads(threads).thread_name(name);
        *pool = builder.start_handler(|_| leave_signals_to_others()).build().ok().map(Arc::new);
    }
    pool.clone()
}

/// A signal that came to a thread of the pool would interrupt none that sleeps in a call.
fn leave_signals_to_others() {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigfillset` fills the set in, and masking signals in this thread touches no other.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut());
    }
}

/// In a forked child: the pool's threads are gone, and its queues are as they were at some moment.
pub fn forget_after_fork() {
    std::mem::forget(POOL.lock().take());
}
