//! Several markers on one cycle: the first asks the pool for others, they share what is grey (`protocols::sharing`), and what each
//! has found goes to the first in the end.
//!
//! Only who holds work touches the heap: the first marker ends last, so the heap and its cycle are there for as long as any other
//! has work; who comes later finds none and touches what [`Company`] holds at the most.

use std::num::NonZeroUsize;

use sync::{Arc, Mutex};

use super::ephemerons::Pair;
use super::mark_stack::MarkStack;
use super::tracer::Tracer;
use crate::heap::Heap;
use crate::pool::{self, Pool};
use crate::protocols::remembering::Colour;
use crate::protocols::sharing::{Patience, Sharing};

/// A cycle that begins with so many objects before it has company at once: more than waking a thread is worth.
const MUCH: usize = 1 << 12;
/// Objects that a marker traces by itself before it asks for company: a millisecond's worth at the most.
const ALONE: usize = 1 << 14;
/// After so many objects a marker looks whether others want some.
const BETWEEN_LOOKS: usize = 1 << 9;
/// Fewer objects than these are not worth passing on.
const LEAST: usize = 8;

/// When a heap's markers call for others and what they give them.
#[derive(Clone, Copy)]
struct Habits {
    much: usize,
    alone: usize,
    between_looks: usize,
    least: usize,
}

impl Habits {
    const USUAL: Self = Self { much: MUCH, alone: ALONE, between_looks: BETWEEN_LOOKS, least: LEAST };
    /// So that what little a test has is shared, too.
    const TESTING: Self = Self { much: 0, alone: 0, between_looks: 4, least: 1 };

    fn of(heap: &Heap) -> Self {
        let tests = heap.options.verify || heap.options.stress.is_some();
        if tests && heap.options.markers.is_some() { Self::TESTING } else { Self::USUAL }
    }
}

/// The cycle that a tracer marks for.
#[derive(Clone, Copy)]
pub(super) struct Task {
    pub(super) heap: *const Heap,
    /// The colour of the remembered sets that the cycle took, and whether it traces what they hold.
    pub(super) taken: Colour,
    pub(super) retraces: bool,
}

/// What a marker has found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) waiting: Vec<Pair>,
    pub(super) objects: usize,
    pub(super) bytes: usize,
}

/// What the markers of one cycle have in common.
struct Company {
    sharing: Sharing<MarkStack>,
    found: Mutex<Vec<Found>>,
    pool: Arc<Pool>,
    task: Task,
    habits: Habits,
}

// SAFETY: the heap is touched by markers that hold work only, and outlives them (header).
unsafe impl Send for Company {}
// SAFETY: as for `Send`.
unsafe impl Sync for Company {}

impl Tracer {
    /// As `finish_some`, but all that there is with other markers, as soon as there is much to do.
    pub(crate) fn mark_some(&mut self, objects: usize) -> bool {
        if objects < usize::MAX {
            return self.finish_some(objects);
        }
        self.finish_in_company();
        true
    }

    /// As `finish`, with other markers as soon as there is much to do.
    fn finish_in_company(&mut self) {
        let habits = Habits::of(self.heap());
        loop {
            if self.stack.holds(habits.much) || !self.drain_some(habits.alone) {
                self.drain_in_company(habits);
            }
            if !self.visit_reached() {
                return;
            }
        }
    }

    /// Traces all that is grey, without looking at ephemerons that wait.
    fn drain_in_company(&mut self, habits: Habits) {
        let markers = self.heap().options.markers;
        match pool::for_markers(markers) {
            Some((pool, most)) => Company::new(self.task, pool, most, habits).lead(self),
            None => while !self.drain_some(usize::MAX) {},
        }
    }
}

impl Company {
    fn new(task: Task, pool: Arc<Pool>, most: NonZeroUsize, habits: Habits) -> Arc<Self> {
        Arc::new(Self { sharing: Sharing::new(most.get()), found: Mutex::new(Vec::new()), pool, task, habits })
    }

    /// The first marker's part.
    fn lead(self: &Arc<Self>, tracer: &mut Tracer) {
        tracer.together = true;
        loop {
            self.share(&mut tracer.stack);
            if !tracer.drain_some(self.habits.between_looks) {
                continue;
            }
            let Some(part) = self.sharing.take(Patience::ToTheEnd) else { break };
            tracer.stack = part;
        }
        tracer.together = false;
        self.found.lock().drain(..).for_each(|found| tracer.add(found));
    }

    /// The part of another, from when it comes until it leaves.
    fn help(self: &Arc<Self>) {
        let mut next = self.sharing.come();
        while let Some(part) = next {
            let mut tracer = Tracer::beside_others(self.task, part);
            let whole = self.trace(&mut tracer);
            self.found.lock().push(tracer.take_found());
            if !whole {
                return self.sharing.leave(std::mem::take(&mut tracer.stack));
            }
            next = self.sharing.take(Patience::ForAWhile);
        }
    }

    /// Traces a part and what it leads to. False when the pool's thread is wanted elsewhere before the end.
    fn trace(self: &Arc<Self>, tracer: &mut Tracer) -> bool {
        while !tracer.drain_some(self.habits.between_looks) {
            if self.pool.is_wanted() {
                return false;
            }
            self.share(&mut tracer.stack);
        }
        true
    }

    /// Gives away what others want, unless they should rather leave.
    fn share(self: &Arc<Self>, stack: &mut MarkStack) {
        while self.sharing.is_wanted() && !self.pool.is_wanted() {
            let Some(part) = stack.split(self.habits.least) else { return };
            if self.sharing.give(part) {
                let company = Arc::clone(self);
                self.pool.lend(move || company.help());
            }
        }
    }
}
