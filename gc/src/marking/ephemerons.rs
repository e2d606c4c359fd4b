//! Ephemerons: a value that lives only as long as its key lives otherwise.
//!
//! When the key is known to be reached, the value is visited like any slot. Else the pair waits; when everything else is
//! marked, the pairs whose keys were reached meanwhile are visited, which may reach further keys, until a round finds
//! none. What waits then has a dead key, and both its words are emptied.

use sync::atomic::AtomicU64;
use sync::weaken;

use super::tracer::Tracer;
use crate::barriers::{Slot, WeakSlot};
use crate::object::Word;
use crate::protocols::{keeping, snapshot};

/// A pair whose key was not reached so far. The pointers are into an object that was.
#[derive(Clone, Copy)]
pub struct Pair {
    key: *const AtomicU64,
    value: *const AtomicU64,
}

impl Pair {
    fn key(&self) -> &AtomicU64 {
        // SAFETY: a slot of an object that lives up to the end of the cycle.
        unsafe { &*self.key }
    }

    fn value(&self) -> &AtomicU64 {
        // SAFETY: as for the key.
        unsafe { &*self.value }
    }
}

impl Tracer {
    /// Visits an ephemeron: `value` lives if `key`'s referent does. Both are slots of the object that is traced; when
    /// the key dies, both are emptied. They are written once: the value, then the key ([`WeakSlot::set_key`]).
    pub fn ephemeron<W: Word>(&mut self, key: &WeakSlot<W>, value: &Slot<W>) {
        if !self.wants(key.raw()) && !self.wants(value.raw()) {
            return;
        }
        let pair = Pair { key: key.raw(), value: value.raw() };
        let bits = snapshot::read(key.raw());
        if bits == 0 {
            return;
        }
        if self.is_reached(bits) {
            self.visit(snapshot::read(value.raw()));
        } else {
            self.waiting.push(pair);
        }
    }

    /// Marks through to the end, with the values of every ephemeron whose key is reached.
    pub(crate) fn finish(&mut self) {
        while !self.finish_some(usize::MAX) {}
    }

    /// As `finish`, for about so many objects. True when nothing is left.
    pub(crate) fn finish_some(&mut self, objects: usize) -> bool {
        loop {
            if !self.drain_some(objects) {
                return false;
            }
            if !self.visit_reached() {
                return true;
            }
        }
    }

    /// One round over the pairs that wait: whether any value was visited.
    pub(super) fn visit_reached(&mut self) -> bool {
        let waiting = std::mem::take(&mut self.waiting);
        let count = waiting.len();
        for pair in waiting {
            if weaken::step("ephemerons.reached") && self.is_reached(snapshot::read(pair.key())) {
                self.visit(snapshot::read(pair.value()));
            } else {
                self.waiting.push(pair);
            }
        }
        self.waiting.len() < count
    }

    /// Empties pairs whose keys are dead, which is all that still wait, but no more than so many. How many it emptied.
    ///
    /// Threads may run: a pair is written once, value first, and who reads it asks of the key first.
    pub(crate) fn clear_dead_pairs(&mut self, most: usize) -> usize {
        let kept = self.waiting.len().saturating_sub(most);
        let mut cleared = 0;
        for pair in self.waiting.drain(kept..) {
            keeping::clear(pair.key());
            keeping::clear(pair.value());
            cleared += 1;
        }
        cleared
    }
}
