//! What follows marking, with the threads still stopped: weak references are emptied, finalizers become due.
//!
//! The order is rule 4's. Ephemerons have been resolved to a fixpoint by marking itself. Then weak slots whose referents
//! are neither marked nor younger than the cycle are emptied, then the dead objects with finalizers are handed to the queue
//! and kept with all that they reach, then what refers to nothing that lives is forgotten. Sweeping comes after the threads
//! went on. What was marked before the stop is not looked at in it (`candidates`).

pub mod candidates;
pub mod finalizers;
pub mod weak;

use crate::blocks::BlockRef;
use crate::object::Header;

/// Whether this cycle marked the object or an earlier one did: it is old.
fn is_marked(header: &Header) -> bool {
    let block = BlockRef::of(header);
    block.is_marked(std::ptr::from_ref(header).addr())
}

/// Whether the object is marked or kept: claimed since the cycle began, or held by a finalizer.
fn is_live(header: &Header) -> bool {
    let block = BlockRef::of(header);
    block.is_live(std::ptr::from_ref(header).addr())
}
