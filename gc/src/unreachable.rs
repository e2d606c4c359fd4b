//! What lies in a heap that nothing reaches, for a program that asks what a collection would find.
//!
//! With the threads stopped, an independent tracer (the one that checks cycles) goes over everything that the roots reach. What it
//! did not reach is dead. Of that, a runtime that counts references would have freed most at once: what no other dead object
//! refers to, then what only those referred to, and so on. The rest lies on cycles or hangs on them.

use std::collections::HashMap;
use std::ptr::NonNull;

use crate::heap::Heap;
use crate::marking::tracer::{MarkStack, Purpose, Tracer};
use crate::mutator::Mutator;
use crate::object::Header;
use crate::safepoints::spill::with_cleared_registers;
use crate::safepoints::{StoppedHeap, StoppedWorld};
use crate::verify::Verifier;

impl StoppedHeap<'_> {
    /// The dead objects that lie on cycles or that only such refer to, in the order of their addresses.
    pub fn cyclic_trash(&self) -> Vec<NonNull<Header>> {
        let dead = self.dead();
        let references = |object: NonNull<Header>| {
            // SAFETY: an object of the heap, which stands still; nothing is swept before it goes on.
            self.references(unsafe { object.as_ref() })
        };
        // How many dead objects' slots refer to each.
        let mut counts: HashMap<u64, usize> = dead.iter().map(|object| (object.addr().get() as u64, 0)).collect();
        for word in dead.iter().flat_map(|&object| references(object)) {
            if let Some(count) = counts.get_mut(&word) {
                *count += 1;
            }
        }
        let mut unreferenced: Vec<_> =
            dead.iter().copied().filter(|object| counts[&(object.addr().get() as u64)] == 0).collect();
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
    /// As [`Heap::inspect`], for a caller as [`collect_below_dispatch`](Self::collect_below_dispatch) wants it, with the same words
    /// kept: so what only dead native frames hold counts as dead.
    pub fn inspect_below_dispatch(&self, kept: &[u64], look: &mut dyn FnMut(&StoppedHeap<'_>)) {
        // SAFETY: the record lies on this thread's stack, in a frame further out.
        let Some(record) = (unsafe { self.dispatch.get().as_ref() }) else { return self.inspect(look) };
        with_cleared_registers(&mut |stack_pointer| {
            let _lowered = record.lower(stack_pointer);
            self.inspect_with(kept, look);
        });
    }

    /// Inspects while these words lie in a frame that is scanned.
    #[inline(never)]
    fn inspect_with(&self, kept: &[u64], look: &mut dyn FnMut(&StoppedHeap<'_>)) {
        let mut words = [0; 4];
        words.iter_mut().zip(kept).for_each(|(word, &kept)| *word = kept);
        std::hint::black_box(&mut words);
        crate::roots::stack::clear_dead_stack();
        self.inspect(look);
        std::hint::black_box(&words);
    }
}
