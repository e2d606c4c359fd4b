//! Sweeping: finding the cells that a cycle left dead, block by block, when someone needs them.
//!
//! After marking, the blocks that may hold dead cells wait in their class's `unswept` list. A thread that wants cells of
//! the class takes one, sweeps it and allocates in it. What is left is swept before the next cycle starts (rule 5). Blocks of
//! kind `Drop` and large objects are swept by the collector as soon as the threads go on, so that files are closed and
//! big buffers freed without waiting for someone to want their cells.
//!
//! Sweeping a block copies its marks over its claimed bits. No memory of the cells is touched: they are cleared when
//! they are claimed.

use sync::hint;

use crate::blocks::{BlockRef, CellKind};
use crate::heap::Heap;
use crate::layout::CLASSES;

/// How many blocks a thread that needs an empty one sweeps before it takes a new one.
const SWEPT_FOR_EMPTY: usize = 16;

/// How many blocks without a free cell a thread sweeps before it looks elsewhere: it does not poll meanwhile.
const SWEPT_FOR_ROOM: usize = 32;

/// What freed cells are filled with when the heap was asked to.
const POISON: u8 = 0xDB;

/// The large objects of a heap.
#[derive(Default)]
pub struct LargeObjects {
    young: Vec<BlockRef>,
    old: Vec<BlockRef>,
    unswept: Vec<BlockRef>,
}

impl LargeObjects {
    /// Enters a new one.
    pub fn add(&mut self, block: BlockRef) {
        self.young.push(block);
    }

    /// After marking: those that may be dead wait to be swept. In a stop only.
    pub fn begin_sweep(&mut self, full_cycle: bool) {
        self.unswept.append(&mut self.young);
        if full_cycle {
            self.unswept.append(&mut self.old);
        }
    }

    /// Those that the sweep of this cycle will look at, before it begins. In a stop only.
    pub fn swept_by_cycle(&self, full_cycle: bool) -> impl Iterator<Item = BlockRef> + '_ {
        self.young.iter().chain(self.old.iter().filter(move |_| full_cycle)).copied()
    }

    /// Those that do not wait to be swept.
    pub fn swept(&self) -> impl Iterator<Item = BlockRef> + '_ {
        [&self.young, &self.old].into_iter().flatten().copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = BlockRef> + '_ {
        self.unswept.iter().copied().chain(self.swept())
    }

    /// Takes out those that wait to be swept, or puts them back.
    pub fn unswept(&mut self) -> &mut Vec<BlockRef> {
        &mut self.unswept
    }

    /// Takes all of them out.
    pub fn drain(&mut self) -> impl Iterator<Item = BlockRef> + '_ {
        let lists = [&mut self.young, &mut self.old, &mut self.unswept];
        lists.into_iter().flat_map(|list| list.drain(..))
    }
}

impl Heap {
    /// A block with a free cell, out of the lists: swept now if it was not. None also if many have none.
    pub(crate) fn block_with_room(&self, kind: CellKind, class: usize) -> Option<BlockRef> {
        let _sweeping = self.sweeping();
        for _ in 0..SWEPT_FOR_ROOM {
            let Some(block) = self.lists(kind, class).lock().unswept.pop() else { break };
            let had_kept = block.has_kept();
            if self.sweep_block(block) < block.cells() {
                return Some(block);
            }
            let mut lists = self.lists(kind, class).lock();
            let list = if had_kept { &mut lists.retired } else { &mut lists.full };
            list.push(block);
        }
        self.lists(kind, class).lock().available.pop()
    }

    /// Sweeps everything that waits for it.
    pub(crate) fn finish_sweep(&self) {
        for kind in CellKind::ALL {
            self.sweep_kind(kind);
        }
        self.sweep_large();
    }

    /// Sweeps all blocks of one kind.
    pub(crate) fn sweep_kind(&self, kind: CellKind) {
        let _sweeping = self.sweeping();
        for class in 0..CLASSES {
            self.sweep_class(kind, class);
        }
    }

    fn sweep_class(&self, kind: CellKind, class: usize) {
        while let Some(swept) = self.sweep_next(kind, class) {
            if let Some(empty) = swept {
                self.keep_empty(empty);
            }
        }
    }

    /// A block of whatever class that turns out to be empty, among a few that wait to be swept: so that a heap whose threads go over
    /// from objects of one size to those of another does not grow by what the others left.
    pub(crate) fn emptied_block(&self) -> Option<BlockRef> {
        let _sweeping = self.sweeping();
        let mut swept = 0;
        for kind in [CellKind::Traced, CellKind::Untraced] {
            for class in 0..CLASSES {
                while swept < SWEPT_FOR_EMPTY
                    && let Some(next) = self.sweep_next(kind, class)
                {
                    swept += 1;
                    if next.is_some() {
                        return next;
                    }
                }
            }
        }
        None
    }

    /// Sweeps the next block of a class that waits, if one does, and puts it where it belongs; if it is empty, gives it to the caller.
    fn sweep_next(&self, kind: CellKind, class: usize) -> Option<Option<BlockRef>> {
        let block = {
            // Most lists are empty.
            let _look = hint::unscheduled();
            self.lists(kind, class).lock().unswept.pop()?
        };
        let had_kept = block.has_kept();
        let live = self.sweep_block(block);
        if live == 0 {
            return Some(Some(block));
        }
        let mut lists = self.lists(kind, class).lock();
        // What only a finalizer holds is still young: the next young cycle looks at its block again (rule 7).
        let list = if had_kept {
            &mut lists.retired
        } else if live < block.cells() {
            &mut lists.available
        } else {
            &mut lists.full
        };
        list.push(block);
        Some(None)
    }

    /// Sweeps a block that the caller holds and returns its live cells.
    fn sweep_block(&self, block: BlockRef) -> usize {
        if block.kind() == CellKind::Drop {
            self.drop_dead(block);
        }
        let before = block.handed_out();
        let live = block.settle();
        self.counters.freed(before - live, (before - live) * block.cell_size());
        if self.options.poison {
            block.poison(POISON);
        }
        live
    }

    fn drop_dead(&self, block: BlockRef) {
        block.for_each_object(|cell| {
            if !block.is_live(cell) {
                // SAFETY: a dead object of a drop block, dropped once: settling the block unclaims its cell.
                unsafe { (self.embedder.drop_object)(std::ptr::with_exposed_provenance_mut(cell)) };
            }
        });
    }

    /// Sweeps the large objects.
    pub(crate) fn sweep_large(&self) {
        let _sweeping = self.sweeping();
        loop {
            let Some(block) = self.large.lock().unswept.pop() else {
                return;
            };
            if self.sweep_block_of_large(block) {
                continue;
            }
            self.give_back(block);
        }
    }

    /// Whether the large object lives; it is then back in a list.
    fn sweep_block_of_large(&self, block: BlockRef) -> bool {
        let is_old = block.is_marked(block.address());
        if block.kind() == CellKind::Drop {
            self.drop_dead(block);
        }
        if block.settle() == 0 {
            self.counters.freed(1, block.cell_size());
            return false;
        }
        let mut large = self.large.lock();
        let list = if is_old { &mut large.old } else { &mut large.young };
        list.push(block);
        true
    }

    /// Calls `visit` with each block that no thread holds.
    pub(crate) fn for_each_block(&self, mut visit: impl FnMut(BlockRef)) {
        for lists in self.all_lists() {
            lists.lock().iter().for_each(&mut visit);
        }
        self.large.lock().iter().for_each(visit);
    }

    /// Calls `visit` with each object that no cycle has found dead. In a stop only, with all runs retired.
    pub(crate) fn for_each_living(&self, mut visit: impl FnMut(usize)) {
        let mut visit_unswept = |block: BlockRef| {
            block.for_each_object(|cell| {
                if block.is_live(cell) {
                    visit(cell);
                }
            });
        };
        for lists in self.all_lists() {
            lists.lock().unswept.iter().for_each(&mut visit_unswept);
        }
        self.large.lock().unswept.iter().copied().for_each(&mut visit_unswept);
        for lists in self.all_lists() {
            lists.lock().swept().for_each(|block| block.for_each_object(&mut visit));
        }
        self.large.lock().swept().for_each(|block| block.for_each_object(&mut visit));
    }
}
