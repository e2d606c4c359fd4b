//! Finalizers: which objects have one, and whose is due.
//!
//! An object is handed out once in its life, when it is first found unreachable (PEP 442); the embedder runs its finalizer,
//! and the object dies at a later cycle unless it was made reachable again. Up to then it and all that it reaches are kept,
//! and stay young, so that the next young cycle can free them (rule 7).

use std::collections::VecDeque;
use std::ptr::NonNull;

use super::candidates::Candidates;
use super::{is_live, is_marked};
use crate::object::{Header, flags};

/// A heap's finalizers.
#[derive(Default)]
pub struct Finalizers {
    /// Handed out next: roots until they are taken.
    pub due: VecDeque<u64>,
    candidates: Candidates<NonNull<Header>>,
}

// SAFETY: the pointers are addresses of objects of one heap; they are followed while the objects live.
unsafe impl Send for Finalizers {}

impl Finalizers {
    /// Enters an object.
    pub fn register(&mut self, object: &Header) {
        self.candidates.add_young(NonNull::from(object));
    }

    /// Hands out every object that is left, dead or not, in the order of registration: an interpreter ends.
    pub fn make_all_due(&mut self) {
        for object in self.candidates.drain() {
            // SAFETY: an object is among the candidates only while it lives: each cycle that could free it looks at it here.
            let header = unsafe { object.as_ref() };
            if waits(header) {
                header.set_flags(flags::FINALIZED);
                self.due.push_back(header.bits());
            }
        }
    }

    /// Visits every object that is left, between cycles.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Header)) {
        for object in self.candidates.iter() {
            // SAFETY: as in `find_due`; no cycle runs that could free it meanwhile.
            let header = unsafe { object.as_ref() };
            if waits(header) {
                visit(header);
            }
        }
    }

    /// Beside the threads: decides on so many objects that this cycle concerns. False when none is left.
    pub fn decide_some(&mut self, full_cycle: bool, most: usize) -> bool {
        self.candidates.begin(full_cycle);
        for _ in 0..most {
            let Some(object) = self.candidates.next_pending() else { return false };
            // SAFETY: as in `find_due`.
            let header = unsafe { object.as_ref() };
            if !waits(header) {
                continue;
            }
            if is_marked(header) {
                self.candidates.add_old(object);
            } else {
                self.candidates.add_undecided(object);
            }
        }
        true
    }

    /// With everything marked: those that are not decided.
    pub fn undecided(&mut self, full_cycle: bool) -> Vec<NonNull<Header>> {
        self.candidates.begin(full_cycle);
        self.candidates.take_rest()
    }

    /// Decides on these. Calls `keep` with each that is dead, which keeps nothing but it so far; they are to come into the queue when
    /// the cycle ends.
    pub fn find_due(&mut self, objects: impl Iterator<Item = NonNull<Header>>, mut keep: impl FnMut(&Header)) {
        for object in objects {
            // SAFETY: an object is among the candidates only while it lives: each cycle that could free it looks at it here.
            let header = unsafe { object.as_ref() };
            if !waits(header) {
                continue;
            }
            if is_marked(header) {
                self.candidates.add_old(object);
            } else if is_live(header) {
                // Allocated since the cycle began.
                self.candidates.add_young(object);
            } else {
                header.set_flags(flags::FINALIZED);
                keep(header);
            }
        }
    }
}

/// Whether the object is still to be handed out: its finalizer was not withdrawn, nor handed out under an entry from before that.
fn waits(header: &Header) -> bool {
    let set = header.flags();
    set & flags::HAS_FINALIZER != 0 && set & flags::FINALIZED == 0
}
