//! What follows marking: weak references are emptied, finalizers become due.
//!
//! The order is rule 4's. Ephemerons have been resolved to a fixpoint by marking itself. Then:
//!
//! ```text
//! References -> Pairs -> Finalizers -> Keeping -> KeptPairs -> Readmission -> (the last stop)
//! ```
//!
//! 1. Slots whose referents are neither marked nor younger than the cycle are emptied, and so are the pairs of dead keys.
//! 2. The dead objects with finalizers are kept with all that they reach, and what refers weakly from there is seen to.
//! 3. In a stop, finalizers come into the queue, and sweeping may begin once the threads went on.
//!
//! What little there is to do is done in the stop in which marking ended. The rest is done beside the threads, by who drives the
//! cycle, a few at a time: from the end of marking on nothing that is dead can be reached, since weak reads look at marks
//! (`protocols::keeping`). So no thread sees the steps, or waits for them. What was marked before is not looked at at all (`candidates`).

pub mod candidates;
pub mod finalizers;
pub mod weak;

use std::collections::VecDeque;
use std::ptr::NonNull;
use std::vec::IntoIter;

use sync::weaken;

use crate::blocks::BlockRef;
use crate::heap::Heap;
use crate::marking::tracer::Tracer;
use crate::object::Header;
use crate::stats::CollectStats;

/// What it costs to decide on a weak reference or an object with a finalizer, in objects that are traced.
pub const DECISION: usize = 4;
/// So many of them are decided on at a time: threads that wait for a lock meanwhile do not poll.
pub const DECIDED_AT_ONCE: usize = 1 << 8;

/// A cycle that has marked all that lives.
pub struct Clearing {
    step: Step,
    referents: IntoIter<u64>,
    objects: IntoIter<NonNull<Header>>,
    due: VecDeque<u64>,
    weak_cleared: usize,
    looked_at: usize,
}

#[derive(Clone, Copy)]
enum Step {
    References,
    Pairs,
    Finalizers,
    Keeping,
    KeptPairs,
    Readmission,
    LastStop,
}

// SAFETY: the pointers are addresses of objects of one heap, which are not freed before the cycle ends.
unsafe impl Send for Clearing {}

impl Clearing {
    /// Takes over what is undecided. In the stop in which marking ends.
    pub fn begin(heap: &Heap, full_cycle: bool) -> Self {
        let referents = heap.weak.lock().undecided(full_cycle);
        let objects = heap.finalizers.lock().undecided(full_cycle);
        Self {
            step: Step::References,
            looked_at: referents.len() + objects.len(),
            referents: referents.into_iter(),
            objects: objects.into_iter(),
            due: VecDeque::new(),
            weak_cleared: 0,
        }
    }

    /// How much is likely to be left, in objects that are traced.
    pub fn left(&self) -> usize {
        (self.referents.len() + self.objects.len()) * DECISION
    }

    /// Goes on for about as long as it takes to trace so many objects. True when only the last stop is left.
    pub fn go_on(&mut self, heap: &Heap, keeper: &mut Tracer, objects: usize) -> bool {
        let mut left = objects;
        while left > 0 {
            let next = match self.step {
                Step::References => Step::Pairs,
                Step::Pairs => Step::Finalizers,
                Step::Finalizers => Step::Keeping,
                Step::Keeping => Step::KeptPairs,
                Step::KeptPairs => Step::Readmission,
                Step::Readmission => Step::LastStop,
                Step::LastStop => return true,
            };
            let most = left.div_ceil(DECISION).min(DECIDED_AT_ONCE);
            let taken = self.take(heap, keeper, most);
            left = left.saturating_sub(taken * DECISION);
            if taken < most {
                self.step = next;
            }
        }
        false
    }

    /// Takes so much of the present step, in decisions, if there is so much left of it. How much there was.
    fn take(&mut self, heap: &Heap, keeper: &mut Tracer, most: usize) -> usize {
        match self.step {
            Step::References => {
                let before = self.referents.len();
                self.weak_cleared += heap.weak.lock().clear(self.referents.by_ref().take(most));
                before - self.referents.len()
            }
            // A table that lives may hold a pair whose key only a finalizer keeps: the value goes with the key.
            Step::Pairs | Step::KeptPairs => keeper.clear_dead_pairs(most),
            Step::Finalizers => {
                let (before, due) = (self.objects.len(), &mut self.due);
                heap.finalizers.lock().find_due(self.objects.by_ref().take(most), |header| {
                    due.push_back(header.bits());
                    if weaken::step("cycle.keep_due") {
                        keeper.visit(header.bits());
                    }
                });
                before - self.objects.len()
            }
            Step::Keeping if self.due.is_empty() => 0,
            // How much less it was than that is not known.
            Step::Keeping if keeper.finish_some(most * DECISION) => most - 1,
            Step::Keeping => most,
            Step::Readmission => heap.weak.lock().readmit(most),
            Step::LastStop => 0,
        }
    }

    /// In the last stop: what is due comes into the queue. Frees nothing.
    pub fn end(&mut self, heap: &Heap, stats: &mut CollectStats) {
        stats.weak_cleared = self.weak_cleared;
        stats.looked_at = self.looked_at;
        stats.finalizers = self.due.len();
        let mut finalizers = heap.finalizers.lock();
        if finalizers.due.is_empty() {
            std::mem::swap(&mut finalizers.due, &mut self.due);
        } else {
            finalizers.due.append(&mut self.due);
        }
    }
}

/// Whether this cycle marked the object or an earlier one did: it is old.
fn is_marked(header: &Header) -> bool {
    let block = BlockRef::of(header);
    block.is_marked(std::ptr::from_ref(header).addr())
}

/// Whether the object is marked or kept: claimed since the cycle began, or held by a finalizer.
fn is_live(header: &Header) -> bool {
    let block = BlockRef::of(header);
    block.is_live(std::ptr::from_ref(header).addr())
}
