//! Stops: how threads are brought to stand still, and how one that may sleep lets the collector go on without it.
//!
//! Each mutator has a [`Handshake`](crate::protocols::handshake::Handshake). The stopper holds the list of mutators from
//! the request until the release, so no thread joins or leaves meanwhile. It asks each in turn, then sleeps until the
//! last one that was running has blocked; a thread that wants to go on during a stop sleeps until the release.
//!
//! The collecting thread is no exception: it blocks first, and is scanned like any other.
//!
//! Order of locks: collector, mutators, sleep; the heap's queues and lists after those. A mutator takes the first two only from
//! a blocking region, since the stopper that holds them may be waiting for it.

pub mod spill;

use sync::{Condvar, Mutex, MutexGuard};

use crate::cycle::Collector;
use crate::heap::Heap;
use crate::mutator::Mutator;
use crate::protocols::poll_word::{COLLECT, STOP};
use sync::atomic::Ordering;

/// A mutator in the list. It is valid as long as it is listed: `dismiss` takes it out before it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MutatorRef(*const Mutator);

// SAFETY: other threads use the mutator only through its atomics, or in a stop (mutator, rules 1 and 2).
unsafe impl Send for MutatorRef {}

impl MutatorRef {
    /// The reference to a mutator.
    pub fn of(mutator: &Mutator) -> Self {
        Self(mutator)
    }

    /// The mutator; only while a list that it is taken from is locked.
    pub fn get(&self) -> &Mutator {
        // SAFETY: listed mutators are alive, and `self` is borrowed from the list.
        unsafe { &*self.0 }
    }
}

/// What threads wait at.
pub struct Gate {
    pub collector: Mutex<Collector>,
    pub mutators: Mutex<Vec<MutatorRef>>,
    /// The same list, locked for a moment at a time and never across a stop: for threads that run.
    polled: Mutex<Vec<MutatorRef>>,
    sleep: Mutex<()>,
    arrived: Condvar,
    released: Condvar,
}

/// The world stopped: every listed mutator but the excepted one stands still until this is dropped.
pub struct StoppedWorld<'a> {
    gate: &'a Gate,
    pub mutators: MutexGuard<'a, Vec<MutatorRef>>,
}

impl Gate {
    /// An open gate that no one has passed.
    pub fn new() -> Self {
        Self {
            collector: Mutex::new(Collector::default()),
            mutators: Mutex::new(Vec::new()),
            polled: Mutex::new(Vec::new()),
            sleep: Mutex::new(()),
            arrived: Condvar::new(),
            released: Condvar::new(),
        }
    }

    /// Lets a mutator in. A second one makes the first take its locks by exchange from now on: it is stopped for the
    /// change (rule 15).
    pub fn admit(&self, mutator: &Mutator) {
        let mut mutators = self.mutators.lock();
        self.polled.lock().push(MutatorRef::of(mutator));
        if mutators.len() == 1 {
            let mut world = StoppedWorld::stop(self, mutators);
            world.mutators[0].get().single.store(false, Ordering::Release);
            mutator.single.store(false, Ordering::Release);
            world.mutators.push(MutatorRef::of(mutator));
            return;
        }
        mutator.single.store(mutators.is_empty(), Ordering::Release);
        mutators.push(MutatorRef::of(mutator));
    }

    /// Lets a mutator out: its runs and its remembered set stay behind.
    pub fn dismiss(&self, mutator: &Mutator) {
        // From here on no stop waits for this thread; it goes away blocked.
        self.block(mutator);
        let mut mutators = self.mutators.lock();
        mutator.retire_runs();
        mutators.retain(|&listed| listed != MutatorRef::of(mutator));
        self.polled.lock().retain(|&listed| listed != MutatorRef::of(mutator));
        mutator.heap().leave_remembered(&mut mutator.remembered.borrow_mut());
        if let [last] = &mutators[..] {
            // Only the last thread sees this, and it finds what this one did under locks (mutator, `is_single_threaded`).
            last.get().single.store(true, Ordering::Release);
        }
    }

    /// Sets poll bits of all.
    pub fn request_all(&self, bits: u32) {
        for mutator in self.polled.lock().iter() {
            mutator.get().poll.request(bits);
        }
    }

    /// How many mutators there are.
    pub fn count(&self) -> usize {
        self.polled.lock().len()
    }

    /// Stops all. The caller is blocked.
    pub fn stop(&self) -> StoppedWorld<'_> {
        StoppedWorld::stop(self, self.mutators.lock())
    }

    /// Running to blocked, telling a stopper that waits.
    fn block(&self, mutator: &Mutator) {
        if mutator.handshake.block() {
            drop(self.sleep.lock());
            self.arrived.notify_all();
        }
    }

    /// Blocked to running, as soon as no stop holds the thread.
    fn resume(&self, mutator: &Mutator) {
        while !mutator.handshake.try_resume() {
            let mut sleep = self.sleep.lock();
            if mutator.handshake.stop_requested() {
                self.released.wait(&mut sleep);
            }
        }
    }
}

impl<'a> StoppedWorld<'a> {
    fn stop(gate: &'a Gate, mutators: MutexGuard<'a, Vec<MutatorRef>>) -> Self {
        for listed in mutators.iter() {
            let mutator = listed.get();
            if !mutator.handshake.request_stop() {
                mutator.poll.request(STOP);
            }
        }
        let world = Self { gate, mutators };
        let mut sleep = gate.sleep.lock();
        while !world.all_stopped() {
            gate.arrived.wait(&mut sleep);
        }
        drop(sleep);
        world
    }

    /// Lets one thread go on before the others: the one that forks.
    pub fn let_go(&mut self, mutator: &Mutator) {
        mutator.handshake.release();
    }

    fn all_stopped(&self) -> bool {
        self.iter().all(|mutator| mutator.handshake.is_stopped())
    }

    /// The mutators that stand still.
    pub fn iter(&self) -> impl Iterator<Item = &Mutator> {
        self.mutators.iter().map(MutatorRef::get)
    }
}

impl Drop for StoppedWorld<'_> {
    fn drop(&mut self) {
        for mutator in self.iter() {
            mutator.handshake.release();
        }
        drop(self.gate.sleep.lock());
        self.gate.released.notify_all();
    }
}

/// Leaves a blocking region, on unwinding too.
struct Resume<'a>(&'a Mutator);

impl Drop for Resume<'_> {
    fn drop(&mut self) {
        self.0.heap().gate().resume(self.0);
    }
}

impl Mutator {
    /// The collector's part of a poll: stands still for a stop, runs a collection that is due. Runs nothing of the
    /// embedder's, so it may stand anywhere, even under a lock byte (rule 9).
    #[cold]
    #[inline(never)]
    pub fn poll(&self) {
        if self.poll.take(STOP) != 0 && self.handshake.stop_requested() {
            self.blocking(|| {});
        }
        if self.poll.take(COLLECT) != 0 {
            self.collect_if_due();
        }
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
            gate.block(self);
            let _resume = Resume(self);
            if let Some(body) = body.take() {
                result = Some(body());
            }
        });
        result.expect("the registers are spilled around exactly one call")
    }

    /// Calls `visit` with each object, with the other mutators stopped.
    pub(crate) fn for_each_object(&self, visit: &mut dyn FnMut(&crate::Header)) {
        self.blocking(|| {
            let collector = self.heap().gate().collector.lock();
            let world = self.heap().gate().stop();
            self.heap().visit_objects(&world, visit);
            drop(world);
            drop(collector);
        });
    }
}

impl Heap {
    fn visit_objects(&self, world: &StoppedWorld<'_>, visit: &mut dyn FnMut(&crate::Header)) {
        for mutator in world.iter() {
            mutator.retire_runs();
        }
        self.for_each_block(|block| {
            let unswept = block.state() == crate::blocks::BlockState::Unswept;
            block.for_each_object(|cell| {
                if !unswept || block.is_live(cell) {
                    visit(crate::blocks::header_at(cell));
                }
            });
        });
    }
}
