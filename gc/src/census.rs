//! What a heap's blocks hold, counted.

use std::collections::BTreeMap;

use crate::blocks::CellKind;
use crate::layout::BLOCK_SIZE;
use crate::safepoints::StoppedHeap;

/// The blocks with cells of one kind and size; large objects, each of a size of its own, are counted together under the size 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassCensus {
    /// What the cells may hold.
    pub kind: Option<CellKind>,
    /// Their size in bytes.
    pub cell_size: usize,
    /// Blocks of 64 KiB.
    pub blocks: usize,
    /// Cells in them.
    pub cells: usize,
    /// Those that were given to threads and not found dead by a sweep since.
    pub used: usize,
}

impl StoppedHeap<'_> {
    /// The heap's blocks by kind and size of their cells, and last how many blocks are empty.
    pub fn census(&self) -> (Vec<ClassCensus>, usize) {
        for mutator in self.world().iter() {
            mutator.retire_runs();
        }
        let mut classes: BTreeMap<(usize, usize), ClassCensus> = BTreeMap::new();
        self.heap().for_each_block(|block| {
            let cell_size = if block.is_large() { 0 } else { block.cell_size() };
            let kind = block.kind();
            let class = classes.entry((kind as usize, cell_size)).or_default();
            class.kind = Some(kind);
            class.cell_size = cell_size;
            class.blocks += block.span();
            class.cells += block.cells();
            class.used += block.handed_out();
        });
        let classes: Vec<_> = classes.into_values().collect();
        let in_classes: usize = classes.iter().map(|class| class.blocks).sum();
        let owned = self.heap().statistics().committed_bytes / BLOCK_SIZE;
        (classes, owned.saturating_sub(in_classes))
    }
}
