//! Forking a process whose heaps have threads (rule 14).
//!
//! The forking thread becomes the collector of its heap and stops the others, so that the child's copy is one of a heap
//! between cycles whose threads stand still. In the child only the forking thread exists: the rest are taken out of the
//! list, and what sleepers were queued on is replaced, since they will never wake there.
//!
//! A process with several heaps prepares all of them before it forks, each by a mutator of the calling thread.

use std::mem::ManuallyDrop;

use crate::blocks::space::{self, Frozen};
use crate::cycle::Turn;
use crate::heap::Heap;
use crate::mutator::Mutator;
use crate::pool;
use crate::safepoints::{Gate, StoppedWorld};

/// A heap that is ready to be copied: its other threads stand still until this is used up or dropped.
pub struct PreparedFork<'a> {
    heap: &'a Heap,
    mutator: &'a Mutator,
    world: ManuallyDrop<StoppedWorld<'a>>,
    turn: ManuallyDrop<Turn<'a>>,
}

impl Heap {
    /// Stops the heap's other threads, between cycles. Called by a mutator that runs; it may block.
    pub fn prepare_fork<'a>(&'a self, mutator: &'a Mutator) -> PreparedFork<'a> {
        let gate = self.gate();
        let mut prepared = None;
        mutator.blocking(|| {
            let turn = self.take_turn();
            self.finish_sweep();
            let mut world = gate.stop();
            world.let_go(mutator);
            prepared = Some((world, turn));
        });
        let (world, turn) = prepared.expect("the closure ran");
        PreparedFork { heap: self, mutator, world: ManuallyDrop::new(world), turn: ManuallyDrop::new(turn) }
    }

    /// Keeps threads of other heaps out of the process's block space: taken last before the fork, dropped first after it.
    pub fn freeze_space() -> FrozenSpace {
        FrozenSpace(space::freeze())
    }
}

/// The process's block space, frozen.
pub struct FrozenSpace(#[expect(dead_code, reason = "held for its drop")] Frozen);

impl PreparedFork<'_> {
    /// In the parent: the other threads go on.
    pub fn after_fork_parent(self) {}

    /// In the child: the other threads are gone, with their membership. Their runs and remembered sets stay.
    pub fn after_fork_child(self) {
        let this = ManuallyDrop::new(self);
        for gone in this.world.iter() {
            if !std::ptr::eq(gone, this.mutator) {
                gone.retire_runs();
                this.heap.give_remembered(gone.take_remembered());
            }
        }
        pool::forget_after_fork();
        // The old gate is locked for ever, and leaked: threads that are no more are queued on it.
        this.heap.replace_gate(Box::new(Gate::new()));
        // SAFETY: as it was when its thread attached.
        unsafe { this.heap.gate().admit(this.mutator) };
    }
}

impl Drop for PreparedFork<'_> {
    fn drop(&mut self) {
        // SAFETY: both are dropped here only, and `after_fork_child` leaves this drop out.
        unsafe {
            ManuallyDrop::drop(&mut self.world);
            ManuallyDrop::drop(&mut self.turn);
        }
    }
}
