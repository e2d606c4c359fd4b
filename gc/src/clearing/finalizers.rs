//! Finalizers: which objects have one, and whose is due.
//!
//! An object is handed out once in its life, when it is first found unreachable (PEP 442); the embedder runs its finalizer,
//! and the object dies at a later cycle unless it was made reachable again. Up to then it and all that it reaches are kept,
//! and stay young, so that the next young cycle can free them (rule 7).

use std::collections::VecDeque;
use std::ptr::NonNull;

use super::{is_live, is_marked};
use crate::object::{Header, flags};

/// A heap's finalizers.
#[derive(Default)]
pub struct Finalizers {
    /// Handed out next: roots until they are taken.
    pub due: VecDeque<u64>,
    young: Vec<NonNull<Header>>,
    old: Vec<NonNull<Header>>,
}

// SAFETY: the pointers are addresses of objects of one heap; they are followed in a stop only.
unsafe impl Send for Finalizers {}

impl Finalizers {
    /// Enters an object.
    pub fn register(&mut self, object: &Header) {
        self.young.push(NonNull::from(object));
    }

    /// Hands out every object that is left, dead or not, in the order of registration: an interpreter ends.
    pub fn make_all_due(&mut self) {
        for object in self.old.drain(..).chain(self.young.drain(..)) {
            // SAFETY: an object is in these lists only while it lives: each cycle that could free it looks at it here.
            let header = unsafe { object.as_ref() };
            header.set_flags(flags::FINALIZED);
            self.due.push_back(header.bits());
        }
    }

    /// After marking: moves the dead to the queue and calls `keep` with each, which keeps nothing but it so far. Returns how many
    /// there were.
    pub fn find_due(&mut self, full_cycle: bool, mut keep: impl FnMut(&Header)) -> usize {
        let mut candidates = std::mem::take(&mut self.young);
        if full_cycle {
            let mut all = std::mem::take(&mut self.old);
            all.append(&mut candidates);
            candidates = all;
        }
        let before = self.due.len();
        for object in candidates {
            // SAFETY: an object is in these lists only while it lives: each cycle that could free it looks at it here.
            let header = unsafe { object.as_ref() };
            if is_marked(header) {
                self.old.push(object);
            } else if is_live(header) {
                // Allocated since the cycle began.
                self.young.push(object);
            } else {
                header.set_flags(flags::FINALIZED);
                self.due.push_back(header.bits());
                keep(header);
            }
        }
        self.due.len() - before
    }
}
