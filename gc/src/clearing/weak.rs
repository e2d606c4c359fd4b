//! Weak references, indexed by what they refer to.
//!
//! An entry says: this slot of this owner refers weakly to this object. Entries whose referent and owner are both old
//! cannot change in a young cycle, which therefore looks only at the groups listed as young (rule 7: it clears what old objects hold).
//!
//! Invariant for the unsafe here: the owner of every entry lives. Each cycle that could free an owner looks at its entry
//! before the sweep: a group is listed as young while its referent or any owner in it is.

use std::collections::hash_map::Entry as Place;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr::NonNull;

use sync::atomic::{AtomicU64, Ordering};

use super::{is_live, is_marked};
use crate::blocks::header_at;
use crate::object::Header;

struct Entry {
    owner: NonNull<Header>,
    slot: NonNull<AtomicU64>,
}

#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    listed: bool,
}

/// A heap's weak references.
#[derive(Default)]
pub struct WeakTable {
    /// Owners whose slots were emptied: roots until they are taken.
    pub cleared: VecDeque<u64>,
    groups: HashMap<u64, Group, BuildHasherDefault<AddressHasher>>,
    young: Vec<u64>,
}

// SAFETY: the pointers are addresses within objects of one heap; they are followed in a stop only, or by a running mutator
// for entries whose owners live.
unsafe impl Send for WeakTable {}

impl Entry {
    fn owner(&self) -> &Header {
        // SAFETY: this module's invariant.
        unsafe { self.owner.as_ref() }
    }

    fn slot(&self) -> &AtomicU64 {
        // SAFETY: the slot is a part of the owner, which lives by this module's invariant.
        unsafe { self.slot.as_ref() }
    }

    fn refers_to(&self, referent: u64) -> bool {
        self.slot().load(Ordering::Relaxed) == referent
    }
}

impl WeakTable {
    /// Enters a slot of `owner` that is about to refer to `referent`.
    pub fn register(&mut self, owner: &Header, slot: &AtomicU64, referent: u64) {
        let group = self.groups.entry(referent).or_default();
        group.entries.push(Entry { owner: NonNull::from(owner), slot: NonNull::from(slot) });
        if !std::mem::replace(&mut group.listed, true) {
            self.young.push(referent);
        }
    }

    /// The owners of the slots that refer to an object.
    pub fn owners(&self, referent: u64) -> Vec<NonNull<Header>> {
        let entries = self.groups.get(&referent).map_or(&[][..], |group| &group.entries);
        entries.iter().filter(|entry| entry.refers_to(referent)).map(|entry| entry.owner).collect()
    }

    /// The referents that this cycle may have found dead, or whose owners it may have.
    pub fn candidates(&mut self, full_cycle: bool) -> Vec<u64> {
        let young = std::mem::take(&mut self.young);
        if full_cycle {
            // In the order of their addresses, so that callbacks come in the same order from run to run.
            let mut all: Vec<u64> = self.groups.keys().copied().collect();
            all.sort_unstable();
            return all;
        }
        young
    }

    /// Empties the slots that refer to dead objects, and queues their owners that live, of each referent the one registered last
    /// first. Before anything is kept for finalizers. Returns how many.
    pub fn clear_dead(&mut self, candidates: &[u64]) -> usize {
        let mut cleared = 0;
        for &referent in candidates {
            if is_live(header_at(referent as usize)) {
                continue;
            }
            let Some(group) = self.groups.remove(&referent) else {
                continue;
            };
            for entry in group.entries.iter().rev().filter(|entry| entry.refers_to(referent)) {
                entry.slot().store(0, Ordering::Release);
                cleared += 1;
                if is_live(entry.owner()) {
                    self.cleared.push_back(entry.owner().bits());
                }
            }
        }
        cleared
    }

    /// When all that lives is marked or kept: forgets the entries whose owners die or that refer elsewhere by now, and
    /// lists the groups that are still young.
    pub fn forget_dead_owners(&mut self, candidates: &[u64]) {
        for &referent in candidates {
            let Place::Occupied(mut place) = self.groups.entry(referent) else {
                continue;
            };
            let group = place.get_mut();
            group.entries.retain(|entry| is_live(entry.owner()) && entry.refers_to(referent));
            if group.entries.is_empty() {
                place.remove();
                continue;
            }
            let is_old = is_marked(header_at(referent as usize));
            group.listed = !is_old || !group.entries.iter().all(|entry| is_marked(entry.owner()));
            if group.listed {
                self.young.push(referent);
            }
        }
    }
}

/// Addresses are spread well enough by one multiplication.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
