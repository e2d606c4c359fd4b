//! The threads that collect in the background: one pool for all heaps of the process, so that a thousand idle interpreters
//! cost no thread.
//!
//! It is made when a cycle is first handed over, or when a thread that marks by itself first has much to do. A forked child has
//! none of its threads and makes a pool of its own. Threads that help others' cycles leave when a cycle waits for one.

use std::mem::MaybeUninit;
use std::num::NonZeroUsize;

use rayon::{ThreadPool, ThreadPoolBuilder};
use sync::atomic::{AtomicUsize, Ordering};
use sync::{Arc, Mutex, OnceLock};

/// The most threads of the pool, unless more were asked for.
const MOST_THREADS: usize = 4;

static POOL: Mutex<Option<Arc<Pool>>> = Mutex::new(None);

/// The pool.
pub struct Pool {
    threads: ThreadPool,
    /// Jobs that wait for a thread.
    waiting: AtomicUsize,
}

impl Pool {
    fn of_size(threads: usize) -> Option<Arc<Self>> {
        let name = |number| format!("collector {number}");
        let builder = ThreadPoolBuilder::new().num_threads(threads).thread_name(name);
        let threads = builder.start_handler(|_| leave_signals_to_others()).build().ok()?;
        Some(Arc::new(Self { threads, waiting: AtomicUsize::new(0) }))
    }

    /// Whether a job waits for a thread: those that help others should end.
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Runs a job that helps another, when a thread has nothing else to do.
    pub fn lend(&self, job: impl FnOnce() + Send + 'static) {
        self.threads.spawn(job);
    }
}

/// Runs a job on the pool; gives it back when the system has no threads for one.
pub fn spawn<J: FnOnce() + Send + 'static>(job: J) -> Result<(), J> {
    let Some(pool) = with_threads(1) else { return Err(job) };
    pool.waiting.fetch_add(1, Ordering::Relaxed);
    let shared = Arc::clone(&pool);
    pool.threads.spawn(move || {
        shared.waiting.fetch_sub(1, Ordering::Relaxed);
        job();
    });
    Ok(())
}

/// Whether a job waits for a thread of the pool.
pub fn is_wanted() -> bool {
    POOL.lock().as_ref().is_some_and(|pool| pool.is_wanted())
}

/// The pool, and how many markers may work on one heap: as many as were asked for, or else as many as it has threads. None where
/// that is one.
pub fn for_markers(asked: Option<NonZeroUsize>) -> Option<(Arc<Pool>, NonZeroUsize)> {
    let most = asked.map_or_else(size, NonZeroUsize::get);
    let pool = if most > 1 { with_threads(most) } else { None };
    Some((pool?, NonZeroUsize::new(most)?))
}

/// How many processors the process may use.
pub fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| sync::thread::available_parallelism().get())
}

/// How many threads the pool has, or will have.
fn size() -> usize {
    POOL.lock().as_ref().map_or_else(usual_size, |pool| pool.threads.current_num_threads())
}

/// Half of the processors: the others are the program's.
fn usual_size() -> usize {
    (processors() / 2).clamp(1, MOST_THREADS)
}

/// The pool, with so many threads at least. One with fewer is replaced; its threads end with their jobs.
fn with_threads(least: usize) -> Option<Arc<Pool>> {
    let mut pool = POOL.lock();
    if pool.as_ref().is_none_or(|pool| pool.threads.current_num_threads() < least) {
        *pool = Pool::of_size(usual_size().max(least)).or_else(|| pool.take());
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
