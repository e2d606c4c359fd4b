//! Stops: how threads are brought to stand still, and how one that may sleep lets the collector go on without it.
//!
//! [`protocols::gate`](crate::protocols::gate) has the protocol; this is a mutator's part in it, its stack above all. The
//! collecting thread is no exception: it blocks first, and is scanned like any other.
//!
//! Order of locks: the heap's turnstile, then the gate's; the heap's queues and lists after those. A thread that runs waits for
//! a turn at the turnstile or at the gate only from a blocking region, since the stopper that holds them may be waiting for
//! it.

pub mod spill;

use sync::atomic::{AtomicBool, Ordering};
use sync::weaken;

use crate::cycle::Cycle;
use crate::heap::Heap;
use crate::mutator::Mutator;
use crate::protocols::gate::{self, Member};
use crate::protocols::handshake::Handshake;
use crate::protocols::poll_word::{COLLECT, PollWord};
use crate::protocols::turnstile::Turnstile;
use crate::protocols::watch::Watch;

impl Member for Mutator {
    fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    fn poll_word(&self) -> &PollWord {
        &self.poll
    }

    fn alone(&self) -> &AtomicBool {
        &self.single
    }
}

/// The world stopped: every mutator stands still until this is dropped.
pub type StoppedWorld<'a> = gate::Stopped<'a, Mutator>;

/// What threads wait at.
pub struct Gate {
    /// Who collects the heap, looks at all of it or forks it.
    pub turnstile: Turnstile<Box<Cycle>>,
    /// Whether a job of the pool looks after a cycle that was left to the threads.
    pub watch: Watch,
    pub threads: gate::Gate<Mutator>,
}

impl Gate {
    /// An open gate that no one has passed.
    pub fn new() -> Self {
        Self { turnstile: Turnstile::default(), watch: Watch::default(), threads: gate::Gate::new() }
    }

    /// Lets a mutator in.
    ///
    /// # Safety
    /// The mutator stays where it is until `dismiss` has returned.
    pub unsafe fn admit(&self, mutator: &Mutator) {
        // SAFETY: the caller's promise; other threads use a mutator only as its rules 1 and 2 say.
        unsafe {
            self.threads.admit(mutator, || {
                if weaken::step("safepoints.arm") {
                    mutator.arm(mutator.heap().phase());
                }
            });
        }
    }

    /// Lets a mutator out: its runs and its remembered set stay behind.
    pub fn dismiss(&self, mutator: &Mutator) {
        // Nothing on this thread's stack counts from here on, and a stop may come before it is off the list.
        mutator.stack_low.set(mutator.stack_high);
        self.threads.dismiss(mutator, || {
            mutator.retire_runs();
            mutator.heap().give_remembered(mutator.take_remembered());
            if weaken::step("safepoints.leave_log") {
                mutator.heap().give_log(mutator.take_log());
            }
        });
    }

    /// Stops all. The caller is blocked.
    pub fn stop(&self) -> StoppedWorld<'_> {
        self.threads.stop()
    }

    /// Stops all, unless one is late: then those that stood still have gone on. The caller is blocked.
    pub fn try_stop(&self, yields: bool) -> Option<StoppedWorld<'_>> {
        self.threads.try_stop(yields)
    }
}

/// Leaves a blocking region, on unwinding too.
struct Resume<'a>(&'a Mutator);

impl Drop for Resume<'_> {
    fn drop(&mut self) {
        self.0.heap().gate().threads.resume(self.0);
    }
}

impl Mutator {
    /// The collector's part of a poll: stands still for a stop, runs a collection that is due. Runs nothing of the
    /// embedder's, so it may stand anywhere, even under a lock byte (rule 9).
    #[cold]
    #[inline(never)]
    pub fn poll(&self) {
        self.polls.store(true, Ordering::Relaxed);
        if self.heap().gate().threads.wants_stop(self) {
            self.blocking(|| {});
        }
        if self.poll.take(COLLECT) != 0 {
            self.collect_if_due();
        }
        self.polls.store(false, Ordering::Relaxed);
    }

    /// Runs `body`, which may sleep and touches nothing of the heap, while the collector may go on without this thread.
    /// Its stack stays scanned from here up. Within another such region it is just a call.
    pub fn blocking<R>(&self, body: impl FnOnce() -> R) -> R {
        if self.handshake.is_blocked() {
            return body();
        }
        let mut body = Some(body);
        let mut result = None;
        spill::with_spilled_registers(&mut |stack_low| {
            self.stack_low.set(stack_low);
            let gate = self.heap().gate();
            gate.threads.block(self);
            let _resume = Resume(self);
            if let Some(body) = body.take() {
                result = Some(body());
            }
        });
        result.expect("the registers are spilled around exactly one call")
    }

    /// Calls `visit` with each object, with the other mutators stopped.
    pub(crate) fn for_each_object(&self, visit: &mut dyn FnMut(&crate::Header)) {
        self.inspect(&mut |stopped| stopped.for_each_object(visit));
    }

    /// Calls `look` with the heap, the other mutators stopped meanwhile.
    pub(crate) fn inspect(&self, look: &mut dyn FnMut(&StoppedHeap<'_>)) {
        self.blocking(|| {
            let turn = self.heap().take_turn();
            let world = self.heap().gate().stop();
            look(&StoppedHeap { heap: self.heap(), world: &world });
            drop(world);
            drop(turn);
        });
    }
}

/// A heap in which nothing moves: what [`Heap::inspect`] shows.
pub struct StoppedHeap<'a> {
    heap: &'a Heap,
    world: &'a StoppedWorld<'a>,
}

impl StoppedHeap<'_> {
    pub(crate) fn heap(&self) -> &Heap {
        self.heap
    }

    pub(crate) fn world(&self) -> &StoppedWorld<'_> {
        self.world
    }

    /// Visits each object.
    pub fn for_each_object(&self, visit: &mut dyn FnMut(&crate::Header)) {
        self.heap.visit_objects(self.world, visit);
    }

    /// Visits each object whose finalizer was registered and not handed out so far.
    pub fn for_each_with_finalizer(&self, visit: &mut dyn FnMut(&crate::Header)) {
        self.heap.finalizers.lock().for_each(visit);
    }

    /// The class of an object and the words in its slots.
    pub fn references(&self, object: &crate::Header) -> Vec<u64> {
        crate::marking::tracer::Tracer::list(self.heap, object)
    }
}

impl Heap {
    fn visit_objects(&self, world: &StoppedWorld<'_>, visit: &mut dyn FnMut(&crate::Header)) {
        for mutator in world.iter() {
            mutator.retire_runs();
        }
        self.for_each_living(|cell| visit(crate::blocks::header_at(cell)));
    }
}
