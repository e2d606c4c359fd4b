//! A heap and its collector, for any embedder.
//!
//! Non-moving mark and sweep beside the threads, generational by sticky mark bits, with conservative roots on the native stacks. `docs/collector.md`
//! is the essay; this page says who may call what, and when.
//!
//! # The parties
//!
//! - The *embedder* describes its objects and roots by the functions in [`Embedder`], and hears of collections.
//! - A *heap* ([`Heap`]) owns blocks of cells. Several heaps in one process know nothing of one another.
//! - A *mutator* ([`Mutator`]) is a thread's membership in a heap: what it allocates and stores through. A thread may be a
//!   member of several heaps in turn, nested: all but the innermost are then in a [blocking](Mutator::blocking) region.
//! - The *collector* is whoever has the heap's turn: the mutator that found at a poll that a cycle was due, then perhaps a
//!   thread of the pool. There is one at a time, and where there is much to mark it has others mark with it.
//!
//! # States of a mutator
//!
//! *Running*: it may allocate, load and store. *Blocked*: it has published its stack and registers and touches nothing of
//! the heap. *Stopped*: blocked, and held until a stop ends. `protocols::handshake` has the word and its transitions.
//!
//! # What may happen where
//!
//! | operation | running, anywhere | at a poll only | in a stop only |
//! |---|---|---|---|
//! | allocate, load, store, register a weak reference or a finalizer | yes | | |
//! | a collection starts; the thread is stopped | | yes | |
//! | marks change, objects grow old | by the collector, while it marks | | yes |
//! | remembered sets and logs are taken, barriers are armed | | | yes |
//! | a block is swept, objects in it dropped | yes, by whoever holds the block | | |
//! | finalizers and callbacks of weak references run | | by the embedder, from the heap's queues | |
//!
//! Polls are [`Mutator::poll`], [`Mutator::blocking`], [`Mutator::collect`] and waiting for a [`Header::lock`]. Allocation is
//! not one, except when the heap has reached its hard limit: then a full cycle runs in place, which scans every frame of
//! the stack and after which the next cycle is full too, so that it may be taken for none (rule 13).
//!
//! # Roots
//!
//! Any word on a mutator's native stack or in its callee-saved registers that points into a cell keeps its object; words
//! in its [`RegisterFile`] below the top likewise; the embedder's root functions name the rest. A word must never sit in
//! `malloc` memory alone across a poll.

#![cfg_attr(ophion_loom, allow(dead_code, reason = "only the protocols are built under loom"))]

pub mod protocols;

#[cfg(not(ophion_loom))]
mod allocation;
#[cfg(not(ophion_loom))]
mod barriers;
#[cfg(not(ophion_loom))]
mod blocks;
#[cfg(not(ophion_loom))]
mod census;
#[cfg(not(ophion_loom))]
mod clearing;
#[cfg(not(ophion_loom))]
mod cycle;
#[cfg(not(ophion_loom))]
mod embed;
#[cfg(not(ophion_loom))]
mod events;
#[cfg(not(ophion_loom))]
mod fork;
#[cfg(not(ophion_loom))]
mod heap;
#[cfg(not(ophion_loom))]
mod layout;
#[cfg(not(ophion_loom))]
mod marking;
#[cfg(not(ophion_loom))]
mod mutator;
#[cfg(not(ophion_loom))]
mod object;
#[cfg(not(ophion_loom))]
mod pacing;
#[cfg(not(any(ophion_loom, ophion_shuttle)))]
mod pool;
#[cfg(ophion_shuttle)]
#[path = "modelled/pool.rs"]
mod pool;
#[cfg(not(ophion_loom))]
mod roots;
#[cfg(not(ophion_loom))]
mod safepoints;
#[cfg(not(ophion_loom))]
mod stats;
#[cfg(not(ophion_loom))]
mod sweeping;
#[cfg(not(ophion_loom))]
mod unreachable;
#[cfg(not(ophion_loom))]
mod verify;

#[cfg(not(ophion_loom))]
pub use exports::*;
pub use protocols::poll_word as poll_bits;

#[cfg(not(ophion_loom))]
mod exports {
    pub use crate::barriers::{Slot, Unpublished, WeakSlot};
    pub use crate::blocks::CellKind;
    pub use crate::blocks::immortal::ImmortalSpace;
    pub use crate::census::ClassCensus;
    pub use crate::embed::Embedder;
    pub use crate::events::Event;
    pub use crate::fork::{FrozenSpace, PreparedFork};
    pub use crate::heap::{Heap, HeapOptions, Stress};
    pub use crate::layout::{EXACT_LIMIT, LARGEST_CELL, usable_size};
    pub use crate::marking::tracer::Tracer;
    pub use crate::mutator::Mutator;
    pub use crate::object::{Header, Word, flags, is_pointer};
    pub use crate::roots::dispatch::DispatchRecord;
    pub use crate::roots::registers::RegisterFile;
    pub use crate::roots::stack::clear_dead_stack;
    pub use crate::safepoints::StoppedHeap;
    pub use crate::stats::{CollectStats, Statistics};
    pub use crate::unreachable::TrashCounter;
}
