//! Checking a cycle: an independent marker that keeps its own set of what it reached, and remembers from where.
//!
//! It starts from the same roots and follows every slot of every object, old or young, so it finds what a young cycle
//! missed because a barrier was missing. The first object that is reachable and has neither a mark nor a kept bit, or
//! that is no object at all, ends the process with the path to it. The same marker serves who only wants to know what is reached.

use std::collections::HashMap;

use crate::blocks::{BlockRef, table};
use crate::heap::Heap;
use crate::object::Header;

/// The independent marker's memory.
#[derive(Default)]
pub struct Verifier {
    parents: HashMap<u64, u64>,
    current: u64,
    /// Whether stacks may have changed since the roots were visited. Then words of them may point at what the cycle rightly found dead:
    /// stale ones, which lay elsewhere then or had another byte.
    ignores_stale_words: bool,
    lists_only: bool,
}

impl Verifier {
    /// A marker that remembers what it reached and checks nothing: no cycle has marked anything for it.
    pub fn listing() -> Self {
        Self { lists_only: true, ..Self::default() }
    }

    /// One that checks a cycle, since whose roots were visited stacks may have changed or not.
    pub fn after(stacks_changed: bool) -> Self {
        Self { ignores_stale_words: stacks_changed, ..Self::default() }
    }

    /// Whether a word of a stack or a register that points at this object says nothing.
    pub fn is_stale(&self, header: &Header) -> bool {
        let cell = std::ptr::from_ref(header).addr();
        self.ignores_stale_words && !BlockRef::of(header).is_live(cell)
    }

    /// Whether the object was not reached before. Ends the process if it is not a live one.
    pub fn reach(&mut self, heap: &Heap, bits: u64) -> bool {
        if self.parents.contains_key(&bits) {
            return false;
        }
        self.parents.insert(bits, self.current);
        if !self.lists_only
            && let Some(wrong) = what_is_wrong(heap, bits)
        {
            self.abort(bits, wrong);
        }
        true
    }

    /// Whether the object was reached before.
    pub fn has_reached(&self, bits: u64) -> bool {
        self.parents.contains_key(&bits)
    }

    /// The object whose slots come next.
    pub fn enter(&mut self, header: &Header) {
        self.current = header.bits();
    }

    fn abort(&self, missed: u64, wrong: &str) -> ! {
        eprintln!("fatal: the collector's check found a reachable word that {wrong}; the path to it, from the end:");
        let mut bits = missed;
        while bits != 0 {
            eprintln!("  {bits:#x} {}", describe(bits, bits == missed));
            bits = self.parents.get(&bits).copied().unwrap_or(0);
        }
        eprintln!("  a root");
        std::process::abort()
    }
}

fn what_is_wrong(heap: &Heap, bits: u64) -> Option<&'static str> {
    let Some(block) = table::find(heap.id, bits) else {
        return Some("points outside of its heap");
    };
    let cell = bits as usize;
    if block.cell_start(cell) != Some(cell) {
        return Some("points into the middle of a cell");
    }
    if !block.holds_object(cell) {
        return Some("points at a free cell");
    }
    (!block.is_live(cell)).then_some("points at an object which was not marked")
}

fn describe(bits: u64, suspect: bool) -> String {
    if suspect {
        return String::from("<- this one");
    }
    let header = crate::blocks::header_at(bits as usize);
    format!(
        "class {:#x} flags {:#06x} shape {} collector {}",
        header.class_bits(),
        header.flags(),
        header.shape(),
        header.collector.load(sync::atomic::Ordering::Relaxed),
    )
}
