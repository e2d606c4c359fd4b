//! `Owned`: Rust memory that belongs to a heap object, for native classes whose state is not made of values.
//!
//! Invariants:
//! 1. The pointer is null in a fresh cell; it is set once, before the object is published, to a box's content.
//! 2. The box is dropped once, by the sweeper, with its object. What it holds is no `Value` and no `Ref`.

use std::ptr;

use gc::Header;
use sync::atomic::{AtomicPtr, Ordering};

use crate::names::Special;
use crate::object::{Object, Ref};
use crate::objects::{Class, ClassFlags};
use crate::raised::R;
use crate::shapes;
use crate::thread::Thread;

/// Rust memory of a heap object.
#[repr(transparent)]
pub struct Owned<T>(AtomicPtr<T>);

impl<T: Send + Sync> Owned<T> {
    fn set(&self, content: T) {
        self.0.store(Box::into_raw(Box::new(content)), Ordering::Release);
    }
}

impl<T> std::ops::Deref for Owned<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: invariant 1: whoever reaches a published object sees the pointer; invariant 2: it lives as long.
        unsafe { &*self.0.load(Ordering::Acquire) }
    }
}

/// A heap object with Rust memory of its own. Declare it with `kind Drop` and `drop(vm::objects::owned::drop_owner::<Name>)`.
pub trait Owner: Object {
    /// What it owns.
    type Content: Send + Sync;
    /// Where it keeps it.
    fn owned(&self) -> &Owned<Self::Content>;
}

/// The `drop` of an owner's layout.
///
/// # Safety
/// The collector's: a dead object of this layout, perhaps never filled in.
pub unsafe fn drop_owner<T: Owner>(object: *mut Header) {
    // SAFETY: the caller's promise.
    let content = unsafe { &*object.cast::<T>() }.owned().0.swap(ptr::null_mut(), Ordering::AcqRel);
    if !content.is_null() {
        // SAFETY: the invariants: a box's content, dropped here and nowhere else.
        drop(unsafe { Box::from_raw(content) });
    }
}

/// A new instance of a class with this layout, which owns `content`. Its finalizer is registered if the class has one that
/// differs from what `quiet` has: builtin classes whose own needs none name themselves.
pub fn new_owner<T: Owner>(t: &Thread, class: Ref<Class>, content: T::Content, quiet: Option<Ref<Class>>) -> R<Ref<T>> {
    let fresh = t.allocate::<T>(class)?;
    fresh.get().owned().set(content);
    let object = fresh.publish();
    shapes::initialize(t, object.header(), class)?;
    let own = |class: Ref<Class>| class.special(t, Special::Del);
    if class.has(ClassFlags::FINALIZER) && quiet.is_none_or(|quiet| own(quiet) != own(class)) {
        t.mutator().register_finalizer(object.header());
    }
    Ok(object)
}
