//! The pool of a model: threads of shuttle's, behind the same names as the real pool.
//!
//! It has as many threads as markers were asked for, and two at the least. A thread begins when there is a job for it and ends when
//! there is none: an execution ends only when all of its threads have.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use sync::{Arc, Mutex, thread};

/// The fewest threads of the pool.
const LEAST_THREADS: usize = 2;

type Job = Box<dyn FnOnce() + Send>;

static POOL: Mutex<Jobs> = Mutex::new(Jobs { queue: VecDeque::new(), wanted: 0, threads: 0, most: LEAST_THREADS });

/// What the pool has to do.
struct Jobs {
    queue: VecDeque<(Job, bool)>,
    /// Jobs that wait for a thread and help no other.
    wanted: usize,
    /// Threads that run, and the most that there may be.
    threads: usize,
    most: usize,
}

/// The pool.
pub struct Pool;

impl Pool {
    /// Whether a job waits for a thread: those that help others should end.
    #[expect(clippy::unused_self, reason = "the real pool is an object")]
    pub fn is_wanted(&self) -> bool {
        is_wanted()
    }

    /// Runs a job that helps another, when a thread has nothing else to do.
    #[expect(clippy::unused_self, reason = "the real pool is an object")]
    pub fn lend(&self, job: impl FnOnce() + Send + 'static) {
        enqueue(Box::new(job), false);
    }
}

/// Runs a job on the pool. The real pool gives it back when the system has no threads for one.
pub fn spawn<J: FnOnce() + Send + 'static>(job: J) -> Result<(), J> {
    enqueue(Box::new(job), true);
    Ok(())
}

/// Whether a job waits for a thread of the pool.
pub fn is_wanted() -> bool {
    POOL.lock().wanted > 0
}

/// The pool, and how many markers may work on one heap: as many as were asked for, or else one. None where that is one.
pub fn for_markers(asked: Option<NonZeroUsize>) -> Option<(Arc<Pool>, NonZeroUsize)> {
    let most = asked.filter(|asked| asked.get() > 1)?;
    let mut pool = POOL.lock();
    pool.most = pool.most.max(most.get());
    Some((Arc::new(Pool), most))
}

/// How many processors the process may use.
pub fn processors() -> usize {
    thread::available_parallelism().get()
}

fn enqueue(job: Job, wanted: bool) {
    let mut pool = POOL.lock();
    pool.queue.push_back((job, wanted));
    pool.wanted += usize::from(wanted);
    if pool.threads < pool.most {
        pool.threads += 1;
        thread::spawn("collector", None, work).expect("shuttle has threads");
    }
}

fn work() {
    while let Some(job) = next_job() {
        job();
    }
}

/// The next job. With none left, the calling thread is no longer counted.
fn next_job() -> Option<Job> {
    let mut pool = POOL.lock();
    let Some((job, wanted)) = pool.queue.pop_front() else {
        pool.threads -= 1;
        return None;
    };
    pool.wanted -= usize::from(wanted);
    Some(job)
}

/// No model forks.
pub fn forget_after_fork() {}
