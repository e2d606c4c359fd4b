//! What lies in a heap that nothing reaches, for a program that asks what a collection finds.
//!
//! What is dead is known in two ways. A collection that a program asks for knows it when it has marked, and counts it before it is
//! swept ([`Trash`]). To name dead objects, or to save them, they have to be found before a collection takes them: with the threads
//! stopped, an independent tracer (the one that checks cycles) goes over everything that the roots reach.
//!
//! Of what is dead, a runtime that counts references would have freed most at once: what no other dead object refers to, then
//! what only those referred to, and so on. The rest lies on cycles or hangs on them.

use std::collections::HashMap;
use std::ptr::NonNull;

use crate::blocks::lists::Unswept;
use crate::blocks::{BlockRef, CellKind, KINDS, header_at};
use crate::heap::Heap;
use crate::layout::CLASSES;
use crate::marking::mark_stack::MarkStack;
use crate::marking::tracer::{Purpose, Tracer};
use crate::mutator::Mutator;
use crate::object::Header;
use crate::roots::stack::clear_dead_stack;
use crate::safepoints::{StoppedHeap, StoppedWorld};
use crate::verify::Verifier;

/// Whether an object of a dead one's class counts. Its class may be dead as well, and is not to be looked at unless it is immortal.
pub type TrashCounter = fn(&Header) -> bool;

/// So many dead objects are looked at one by one, no more: it takes some hundred nanoseconds each.
const MOST_DEAD: usize = 1 << 17;

/// The blocks of a cycle that hold dead objects, held back from being swept until these are counted. Threads run meanwhile: nobody
/// has a way to what is dead, and nobody sweeps what is in no list.
pub(crate) struct Trash {
    counter: TrashCounter,
    lists: Vec<Unswept>,
    large: Vec<BlockRef>,
}

impl Trash {
    pub fn new(counter: TrashCounter) -> Self {
        // What is taken in a stop is put where there is room for it.
        Self { counter, lists: Vec::with_capacity(KINDS * CLASSES), large: Vec::new() }
    }

    /// Takes what waits to be swept. In the stop in which it begins to.
    pub fn take(&mut self, heap: &Heap) {
        self.lists.extend(heap.all_lists().map(|lists| std::mem::take(&mut lists.lock().unswept)));
        self.large = std::mem::take(heap.large.lock().unswept());
    }

    /// Counts, and gives the blocks back to be swept. Nothing if too much is dead.
    pub fn count(self, heap: &Heap) -> Option<usize> {
        let counter = self.counter;
        let dead = self.dead();
        let references = |object: NonNull<Header>| {
            // SAFETY: a dead object that was not swept, whose class was not either.
            Tracer::list(heap, unsafe { object.as_ref() })
        };
        // SAFETY: as above.
        let counts = |object: &NonNull<Header>| counter(unsafe { object.as_ref() });
        let count = dead.map(|dead| on_cycles(dead, references).iter().filter(|object| counts(object)).count());
        for (lists, unswept) in heap.all_lists().zip(self.lists) {
            lists.lock().unswept.append(unswept);
        }
        heap.large.lock().unswept().extend(self.large);
        count
    }

    fn dead(&self) -> Option<Vec<NonNull<Header>>> {
        let mut dead = Vec::new();
        let blocks = self.lists.iter().flat_map(Unswept::iter).chain(self.large.iter().copied());
        for block in blocks.filter(|block| block.kind() != CellKind::Untraced) {
            block.for_each_dead(|cell| dead.push(NonNull::from(header_at(cell))));
            if dead.len() > MOST_DEAD {
                return None;
            }
        }
        Some(dead)
    }
}

/// Those of the dead objects that lie on cycles or that only such refer to.
fn on_cycles(dead: Vec<NonNull<Header>>, references: impl Fn(NonNull<Header>) -> Vec<u64>) -> Vec<NonNull<Header>> {
    // How many dead objects' slots refer to each.
    let mut counts: HashMap<u64, usize> = dead.iter().map(|object| (object.addr().get() as u64, 0)).collect();
    for word in dead.iter().flat_map(|&object| references(object)) {
        if let Some(count) = counts.get_mut(&word) {
            *count += 1;
        }
    }
    let is_unreferenced = |object: &NonNull<Header>| counts[&(object.addr().get() as u64)] == 0;
    let mut unreferenced: Vec<_> = dead.iter().copied().filter(is_unreferenced).collect();
    while let Some(object) = unreferenced.pop() {
        counts.remove(&(object.addr().get() as u64));
        for word in references(object) {
            let Some(count) = counts.get_mut(&word) else { continue };
            *count -= 1;
            if *count == 0 {
                unreferenced.extend(NonNull::new(std::ptr::with_exposed_provenance_mut(word as usize)));
            }
        }
    }
    dead.into_iter().filter(|object| counts.contains_key(&(object.addr().get() as u64))).collect()
}

impl StoppedHeap<'_> {
    /// The dead objects that lie on cycles or that only such refer to, in the order of their addresses.
    pub fn cyclic_trash(&self) -> Vec<NonNull<Header>> {
        on_cycles(self.dead(), |object| {
            // SAFETY: an object of the heap, which stands still; nothing is swept before it goes on.
            self.references(unsafe { object.as_ref() })
        })
    }

    fn dead(&self) -> Vec<NonNull<Header>> {
        let reached = self.heap().reached(self.world());
        let mut dead = Vec::new();
        self.for_each_object(&mut |header| {
            if !reached.has_reached(header.bits()) {
                dead.push(NonNull::from(header));
            }
        });
        dead.sort_unstable();
        dead
    }
}

impl Heap {
    fn reached(&self, world: &StoppedWorld<'_>) -> Box<Verifier> {
        let purpose = Purpose::Verify(Box::new(Verifier::listing()));
        let mut tracer = Tracer::new(self, purpose, MarkStack::default());
        self.visit_roots(world.iter(), &mut tracer);
        tracer.finish();
        match tracer.purpose {
            Purpose::Verify(reached) => reached,
            _ => unreachable!("a tracer keeps its purpose"),
        }
    }
}

impl Mutator {
    /// Has collections that this thread asks for count the dead objects on cycles, as far as `counter` counts each, into
    /// [`CollectStats::trash`](crate::CollectStats::trash); or no longer.
    pub fn count_trash(&self, counter: Option<TrashCounter>) {
        self.trash_counter.set(counter);
    }

    /// As [`Heap::inspect`], for a caller as [`collect_below_dispatch`](Self::collect_below_dispatch) wants it, with the same words
    /// kept: so what only dead native frames hold counts as dead.
    pub fn inspect_below_dispatch(&self, kept: &[u64], look: &mut dyn FnMut(&StoppedHeap<'_>)) {
        self.below_dispatch(kept, &mut || {
            clear_dead_stack();
            self.inspect(look);
        });
    }
}
