//! `Fresh`: an object of the vm between its allocation and its publication, and the calls that make one.
//!
//! Invariants: a `Fresh` holds a zeroed object (an untraced one holds anything past its header) whose header is written and that no other thread can reach. It must be
//! published before the next poll, blocking call or call of Python code (rule 1); allocation is none of these, so several
//! fresh objects may be filled side by side.

use gc::{CellKind, Unpublished};

use crate::object::{Object, Ref, Slot};
use crate::objects::Class;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// An object that was not published yet.
pub struct Fresh<'t, T> {
    object: Ref<T>,
    unpublished: Unpublished<'t>,
}

/// Allocates an object of `bytes`, header included, in cells of `kind`: zeroed, unless the kind is untraced.
#[inline(always)]
pub fn allocate<'t, T: Object>(t: &'t Thread, class: Ref<Class>, bytes: usize, kind: CellKind) -> R<Fresh<'t, T>> {
    // A fixed part may end in padding, which the variable part may use.
    debug_assert!(bytes.next_multiple_of(16) >= T::layout().size);
    let Some(header) = t.mutator().allocate(bytes, class.address(), kind) else {
        return Err(t.memory_error());
    };
    // SAFETY: the heap just handed the cell to this thread, and users of `Fresh` keep the module's invariant.
    let unpublished = unsafe { Unpublished::new(header, t.mutator()) };
    // SAFETY: the class is one of T's layout, by the caller's choice of it; zeroed memory is a valid T, and
    // an untraced T has atomics and numbers, which any bytes are.
    let object = unsafe { Ref::from_header(header.as_ref()) };
    Ok(Fresh { object, unpublished })
}

impl<'t, T> Fresh<'t, T> {
    /// Fills a slot of the object.
    #[inline(always)]
    pub fn init(&self, slot: &Slot, value: Option<Value>) {
        slot.init(&self.unpublished, value);
    }

    /// Fills one of its slots.
    #[inline(always)]
    pub fn set(&self, slot: impl FnOnce(&T) -> &Slot, value: impl Into<Option<Value>>) -> &Self {
        slot(&self.object).init(&self.unpublished, value.into());
        self
    }

    /// The object, to fill its atomics.
    #[inline(always)]
    #[must_use]
    pub fn get(&self) -> &T {
        self.object.target()
    }

    /// Proof that the object is not published yet.
    #[inline(always)]
    #[must_use]
    pub fn token(&self) -> &Unpublished<'t> {
        &self.unpublished
    }

    /// The object, before its publication.
    #[inline(always)]
    #[must_use]
    pub fn object(&self) -> Ref<T> {
        self.object
    }

    /// Ends the time in which stores need no barrier.
    #[inline(always)]
    #[must_use]
    pub fn publish(self) -> Ref<T> {
        self.object
    }
}
