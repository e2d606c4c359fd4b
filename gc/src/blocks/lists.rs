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
    pub unswept: Vec<BlockRef>,
    /// Swept, with free cells.
    pub available: Vec<BlockRef>,
    /// Allocated in since they were swept.
    pub retired: Vec<BlockRef>,
    /// Swept, without a free cell.
    pub full: Vec<BlockRef>,
}

impl ClassLists {
    /// After marking: moves what the cycle may have emptied to `unswept`. In a stop only.
    pub fn begin_sweep(&mut self, full_cycle: bool) {
        self.unswept.append(&mut self.retired);
        if full_cycle {
            self.unswept.append(&mut self.available);
            self.unswept.append(&mut self.full);
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
        self.unswept.iter().copied().chain(self.swept())
    }
}
