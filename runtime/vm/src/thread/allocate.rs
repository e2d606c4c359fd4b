//! Allocation of heap objects, typed.
//!
//! A fresh object is unpublished (rule 1): its slots are filled without a barrier, and no poll lies between.

use gc::Header;

use crate::object::{Object, Ref, Slot};
use crate::objects::Class;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// An object that nobody else has seen yet. Turn it into a `Ref` with `publish`.
pub struct Fresh<T: Object>(Ref<T>);

impl<T: Object> Fresh<T> {
    /// Stores into one of its slots.
    #[inline(always)]
    pub fn set(&self, slot: impl FnOnce(&T) -> &Slot, value: impl Into<Option<Value>>) -> &Self {
        // SAFETY: the object is unpublished: it was just allocated and no poll has come since (rule 1).
        unsafe { slot(&self.0).init(value.into()) };
        self
    }

    /// The object; from now on every store goes through the barrier.
    #[inline(always)]
    pub fn publish(self) -> Ref<T> {
        self.0
    }

    /// The object, to fill its atomics.
    #[inline(always)]
    pub fn get(&self) -> &T {
        &self.0
    }
}

impl Thread {
    /// Allocates an instance of a class with `T`'s layout: zeroed but for the header. MemoryError if the heap is at its limit.
    #[inline(always)]
    pub fn allocate<T: Object>(&self, class: Ref<Class>) -> R<Fresh<T>> {
        debug_assert!(std::ptr::eq(class.layout(), T::layout()), "the class has T's layout");
        let size = class.instance_size.load(std::sync::atomic::Ordering::Relaxed) as usize;
        self.allocate_bytes(class, size)
    }

    /// Allocates an instance of exactly the builtin class, whose size is the fixed part's.
    #[inline(always)]
    pub fn allocate_exact<T: Object>(&self, class: Ref<Class>) -> R<Fresh<T>> {
        debug_assert!(std::ptr::eq(class.layout(), T::layout()), "the class has T's layout");
        self.allocate_bytes(class, size_of::<T>())
    }

    /// Allocates an object of `bytes` bytes, header included: for layouts with a variable part.
    #[inline(always)]
    pub fn allocate_bytes<T: Object>(&self, class: Ref<Class>, bytes: usize) -> R<Fresh<T>> {
        match self.mutator().allocate(bytes, class.address(), T::layout().kind) {
            // SAFETY: the heap gave a zeroed cell of at least `bytes` bytes with this class in its header; zeroes are a
            // valid T, since the fields of heap objects are atomics and slots.
            Some(header) => Ok(Fresh(unsafe { Ref::from_header(header.as_ref()) })),
            None => Err(self.memory_error()),
        }
    }

    /// Allocates an instance whose layout is known only at run time.
    pub fn allocate_instance(&self, class: Ref<Class>) -> R<&Header> {
        let size = class.instance_size.load(std::sync::atomic::Ordering::Relaxed) as usize;
        match self.mutator().allocate(size, class.address(), class.layout().kind) {
            // SAFETY: the heap gave a live cell.
            Some(header) => Ok(unsafe { header.as_ref() }),
            None => Err(self.memory_error()),
        }
    }
}
