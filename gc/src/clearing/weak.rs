//! Weak references, indexed by what they refer to.
//!
//! An entry says: this slot of this owner refers weakly to this object. Entries whose referent and owner are both old
//! cannot change in a young cycle, which therefore looks only at the groups listed as young (rule 7: it clears what old objects hold).
//! A referent may be listed more than once, and a listed one may have no group any more.
//!
//! Invariant for the unsafe here: the owner of every entry lives. Each cycle that could free an owner looks at its entry
//! before the sweep: a group is listed as young while its referent or any owner in it is.

use std::collections::hash_map::Entry as Place;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr::NonNull;

use smallvec::SmallVec;
use sync::atomic::{AtomicU64, Ordering};

use super::candidates::Candidates;
use super::{is_live, is_marked};
use crate::blocks::header_at;
use crate::object::Header;
use crate::protocols::keeping;

#[derive(Clone, Copy)]
struct Entry {
    owner: NonNull<Header>,
    slot: NonNull<AtomicU64>,
}

#[derive(Default)]
struct Group {
    /// Most objects are referred to weakly from one place: that entry needs no memory of its own.
    entries: SmallVec<[Entry; 1]>,
    /// Whether it is among the candidates of young cycles, or of the one that runs.
    listed: bool,
    /// In which generation of the old candidates it was entered; zero for none.
    old_in: u32,
    /// The cycle that last settled it.
    settled_in: u32,
}

/// A heap's weak references.
#[derive(Default)]
pub struct WeakTable {
    /// Owners whose slots were emptied: roots until they are taken.
    pub cleared: VecDeque<u64>,
    groups: HashMap<u64, Group, BuildHasherDefault<AddressHasher>>,
    candidates: Candidates<u64>,
    /// Entries of dead owners whose referents live, in a cycle that clears: none is found through its referent, and those come back
    /// whose owners are kept.
    aside: Vec<(u64, Entry)>,
    /// Counts how often the old candidates were taken by a full cycle.
    generation: u32,
    cycles: u32,
}

// SAFETY: the pointers are addresses within objects of one heap; they are followed while the owners live.
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

impl Group {
    /// Whether nothing in the group can change before the next full cycle.
    fn is_old(&self, referent: u64) -> bool {
        is_marked(header_at(referent as usize)) && self.entries.iter().all(|entry| is_marked(entry.owner()))
    }
}

impl WeakTable {
    /// Points a slot of `owner` at `referent`, and enters it.
    pub fn register(&mut self, owner: &Header, slot: &AtomicU64, referent: u64) {
        slot.store(referent, Ordering::Release);
        self.enter(referent, Entry { owner: NonNull::from(owner), slot: NonNull::from(slot) });
    }

    fn enter(&mut self, referent: u64, entry: Entry) {
        let group = self.groups.entry(referent).or_default();
        group.entries.push(entry);
        if !std::mem::replace(&mut group.listed, true) {
            self.candidates.add_young(referent);
        }
    }

    /// The owners of the slots that refer to an object; while a cycle clears, only those that live.
    pub fn owners(&self, referent: u64, clearing: bool) -> Vec<NonNull<Header>> {
        let entries = self.groups.get(&referent).map_or(&[][..], |group| &group.entries[..]);
        // No dead owner is kept before its entry was set aside.
        let is_there = |entry: &&Entry| entry.refers_to(referent) && (!clearing || is_live(entry.owner()));
        entries.iter().filter(is_there).map(|entry| entry.owner).collect()
    }

    fn begin(&mut self, full_cycle: bool) {
        if self.candidates.begin(full_cycle) && full_cycle {
            self.generation += 1;
        }
    }

    /// Beside the threads: decides on so many referents that this cycle concerns. False when none is left.
    pub fn decide_some(&mut self, full_cycle: bool, most: usize) -> bool {
        self.begin(full_cycle);
        for _ in 0..most {
            let Some(referent) = self.candidates.next_pending() else { return false };
            let Some(group) = self.groups.get_mut(&referent) else { continue };
            // A slot that refers elsewhere is seen to when the cycle clears.
            if group.is_old(referent) && group.entries.iter().all(|entry| entry.refers_to(referent)) {
                group.listed = false;
                Self::enter_old(&mut self.candidates, self.generation, referent, group);
            } else {
                self.candidates.add_undecided(referent);
            }
        }
        true
    }

    fn enter_old(candidates: &mut Candidates<u64>, generation: u32, referent: u64, group: &mut Group) {
        // Numbered from one.
        if std::mem::replace(&mut group.old_in, generation + 1) != generation + 1 {
            candidates.add_old(referent);
        }
    }

    /// With everything marked: the referents that this cycle may have found dead, or whose owners it may have, but for those that
    /// are decided.
    pub fn undecided(&mut self, full_cycle: bool) -> Vec<u64> {
        self.begin(full_cycle);
        self.cycles = self.cycles.wrapping_add(1);
        self.candidates.take_rest()
    }

    /// Decides on these referents, before anything is kept for finalizers: of a dead one, empties the slots that refer to it, the last
    /// one registered first, and queues their owners that live; of a live one, forgets the slots that refer elsewhere by now and sets
    /// those of dead owners aside. Returns how many slots it emptied.
    pub fn clear(&mut self, referents: impl Iterator<Item = u64>) -> usize {
        let mut cleared = 0;
        for referent in referents {
            let Place::Occupied(mut place) = self.groups.entry(referent) else {
                continue;
            };
            if !is_live(header_at(referent as usize)) {
                for entry in place.remove().entries.iter().rev().filter(|entry| entry.refers_to(referent)) {
                    keeping::clear(entry.slot());
                    cleared += 1;
                    if is_live(entry.owner()) {
                        self.cleared.push_back(entry.owner().bits());
                    }
                }
                continue;
            }
            let group = place.get_mut();
            if std::mem::replace(&mut group.settled_in, self.cycles) == self.cycles {
                continue;
            }
            group.entries.retain(|entry| {
                let (refers, lives) = (entry.refers_to(referent), is_live(entry.owner()));
                if refers && !lives {
                    self.aside.push((referent, *entry));
                }
                refers && lives
            });
            if group.entries.is_empty() {
                place.remove();
                continue;
            }
            group.listed = !group.is_old(referent);
            if group.listed {
                self.candidates.add_young(referent);
            } else {
                Self::enter_old(&mut self.candidates, self.generation, referent, group);
            }
        }
        cleared
    }

    /// With everything kept that is to be: decides on some entries that were set aside, no more than so many. Those whose owners are
    /// kept come back, the others' slots are emptied. How many there were.
    pub fn readmit(&mut self, most: usize) -> usize {
        let left = self.aside.len().saturating_sub(most);
        let decided = self.aside.split_off(left);
        let count = decided.len();
        for (referent, entry) in decided {
            if is_live(entry.owner()) {
                self.enter(referent, entry);
            } else {
                // Its owner's memory may yet be kept, for what is dropped.
                keeping::clear(entry.slot());
            }
        }
        count
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
