//! What a cycle has to look at once its marks are complete, and how most of that is looked at before.
//!
//! Weak references and objects with finalizers may be many, and in the closing stop threads stand still. But a mark, once set, stays
//! to the end of the cycle: what is found marked beside the threads is *decided*, and is not looked at in the stop. What is left for
//! it is what died, what was found late and what was entered meanwhile.
//!
//! ```text
//! young, and in a full cycle old: pending --(beside the threads)--> old
//!                                    |                '-----------> undecided --(closing stop)--> old | young | dead
//!                                    '------------------------------(closing stop)--> the same
//! ```

use std::collections::VecDeque;

/// Entries of one kind.
pub struct Candidates<T> {
    /// Those that a young cycle looks at.
    young: Vec<T>,
    /// Those that only a full cycle does.
    old: Vec<T>,
    /// Those of the cycle that runs, not looked at so far.
    pending: VecDeque<T>,
    /// Those of the cycle that runs which were not marked when they were looked at.
    undecided: Vec<T>,
    begun: bool,
}

impl<T> Default for Candidates<T> {
    fn default() -> Self {
        Self { young: Vec::new(), old: Vec::new(), pending: VecDeque::new(), undecided: Vec::new(), begun: false }
    }
}

impl<T> Candidates<T> {
    /// Enters one that the next cycle of either kind is to look at.
    pub fn add_young(&mut self, entry: T) {
        self.young.push(entry);
    }

    /// Enters one that only full cycles are to look at.
    pub fn add_old(&mut self, entry: T) {
        self.old.push(entry);
    }

    /// Enters one that the closing stop of the cycle that runs is to look at.
    pub fn add_undecided(&mut self, entry: T) {
        self.undecided.push(entry);
    }

    /// Says which of them the cycle that runs concerns. True the first time.
    pub fn begin(&mut self, full_cycle: bool) -> bool {
        if std::mem::replace(&mut self.begun, true) {
            return false;
        }
        let mut concerned = if full_cycle { std::mem::take(&mut self.old) } else { Vec::new() };
        concerned.append(&mut self.young);
        self.pending = concerned.into();
        true
    }

    /// The next one to look at beside the threads.
    pub fn next_pending(&mut self) -> Option<T> {
        self.pending.pop_front()
    }

    /// All that is left for the closing stop, where the cycle's looking ends.
    pub fn take_rest(&mut self) -> Vec<T> {
        debug_assert!(self.begun, "a cycle looks at nothing that it did not begin with");
        self.begun = false;
        let mut rest = std::mem::take(&mut self.undecided);
        rest.extend(self.pending.drain(..));
        rest.append(&mut self.young);
        rest
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.old.iter().chain(&self.undecided).chain(&self.pending).chain(&self.young)
    }

    /// Takes out all of them.
    pub fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        let lists = self.old.drain(..).chain(self.undecided.drain(..));
        lists.chain(self.pending.drain(..)).chain(self.young.drain(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_looks_at_each_once() {
        let mut candidates = Candidates::default();
        candidates.add_old(1);
        candidates.add_young(2);
        candidates.add_young(3);
        assert!(candidates.begin(false) && !candidates.begin(false));
        assert_eq!(candidates.next_pending(), Some(2));
        candidates.add_undecided(2);
        candidates.add_young(4);
        assert_eq!(candidates.take_rest(), [2, 3, 4]);
        assert!(candidates.begin(true));
        assert_eq!(candidates.next_pending(), Some(1));
        candidates.add_old(1);
        assert_eq!(candidates.next_pending(), None);
        assert_eq!(candidates.take_rest(), [0; 0]);
        candidates.add_young(5);
        assert_eq!(candidates.drain().collect::<Vec<_>>(), [1, 5]);
    }
}
