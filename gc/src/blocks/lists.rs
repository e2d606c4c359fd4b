//! Where a heap keeps the blocks of one kind and size class that no thread holds.
//!
//! A block is in one list, or held by one thread that allocates in it or sweeps it:
//!
//! ```text
//! fresh -> held -> retired -(cycle ends)-> unswept -> swept: available | full | given back when empty
//!            ^------------------------------------------------/
//! ```
//!
//! A young cycle has nothing to sweep in a block that no one allocated in since its last sweep: all that it holds is old.
//! So only retired blocks go to `unswept` then; a full cycle sends all.

use super::BlockRef;

/// The lists of one kind and size class.
#[derive(Default)]
pub struct ClassLists {
    /// Waiting to be swept.
    pub unswept: Unswept,
    /// Swept, with free cells.
    pub available: Vec<BlockRef>,
    /// Allocated in since they were swept.
    pub retired: Vec<BlockRef>,
    /// Swept, without a free cell.
    pub full: Vec<BlockRef>,
    /// How many of the retired had their marks forgotten for the full cycle that begins.
    forgotten: usize,
}

/// Blocks that wait to be swept, in parts: what takes over long lists in a stop does not copy them.
#[derive(Default)]
pub struct Unswept([Vec<BlockRef>; 3]);

impl Unswept {
    /// Takes one out, of the last part first.
    pub fn pop(&mut self) -> Option<BlockRef> {
        self.0.iter_mut().rev().find_map(Vec::pop)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = BlockRef> + '_ {
        self.0.iter().flatten().copied()
    }

    /// Puts back what was taken out as a whole.
    pub fn append(&mut self, other: Self) {
        for (part, mut others) in self.0.iter_mut().zip(other.0) {
            move_all(&mut others, part);
        }
    }
}

impl ClassLists {
    /// Before the full cycle of this number: forgets the marks of all blocks, but of those that threads hold.
    pub fn forget_marks(&mut self, epoch: u32) {
        self.iter().for_each(|block| block.forget_marks(epoch));
        self.forgotten = self.retired.len();
    }

    /// The rest of `forget_marks`, in the stop that follows, with all runs retired: what was held is among the last of the retired.
    pub fn forget_late_marks(&mut self, epoch: u32) {
        self.retired[self.forgotten..].iter().for_each(|block| block.forget_marks(epoch));
        debug_assert!(self.iter().all(|block| block.epoch() == epoch), "the marks of a block were not forgotten");
    }

    /// After marking: moves what the cycle may have emptied to `unswept`. In a stop only.
    pub fn begin_sweep(&mut self, full_cycle: bool) {
        self.forgotten = 0;
        let Unswept([retired, available, full]) = &mut self.unswept;
        move_all(&mut self.retired, retired);
        if full_cycle {
            move_all(&mut self.available, available);
            move_all(&mut self.full, full);
        }
    }

    /// The blocks that the sweep of this cycle will look at, before it begins. In a stop only.
    pub fn swept_by_cycle(&self, full_cycle: bool) -> impl Iterator<Item = BlockRef> + '_ {
        let rest = self.available.iter().chain(&self.full);
        self.retired.iter().chain(rest.filter(move |_| full_cycle)).copied()
    }

    /// The blocks of the lists that hold no dead cells which wait for a sweep.
    pub fn swept(&self) -> impl Iterator<Item = BlockRef> + '_ {
        [&self.available, &self.retired, &self.full].into_iter().flatten().copied()
    }

    /// All blocks of the lists.
    pub fn iter(&self) -> impl Iterator<Item = BlockRef> + '_ {
        self.unswept.iter().chain(self.swept())
    }
}

fn move_all(from: &mut Vec<BlockRef>, to: &mut Vec<BlockRef>) {
    if to.is_empty() {
        std::mem::swap(from, to);
    } else {
        to.append(from);
    }
}
