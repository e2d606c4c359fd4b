//! Allocation of heap objects, typed.
//!
//! A fresh object is unpublished (rule 1): its slots are filled without a barrier, and no poll lies between.

use gc::Header;

pub use crate::containers::Fresh;
use crate::object::{Object, Ref};
use crate::objects::{Class, ClassFlags};
use crate::raised::R;
use crate::thread::Thread;

impl Thread {
    /// Allocates an instance of a class with `T`'s layout: zeroed but for the header and its first shape. MemoryError if the heap is at its limit.
    #[inline(always)]
    pub fn allocate<T: Object>(&self, class: Ref<Class>) -> R<Fresh<'_, T>> {
        debug_assert!(std::ptr::eq(class.layout(), T::layout()), "the class has T's layout");
        let size = class.instance_size.load(sync::atomic::Ordering::Relaxed) as usize;
        let fresh: Fresh<T> = self.allocate_bytes(class, size)?;
        if class.has_dict() && !self.builds_shared() {
            crate::shapes::initialize(self, fresh.object().header(), class)?;
        }
        Ok(fresh)
    }

    /// Publishes an instance of a class that may be a Python one, whose `__del__` then waits for its end.
    pub fn publish_instance<T: Object>(&self, fresh: Fresh<'_, T>, class: Ref<Class>) -> Ref<T> {
        let object = fresh.publish();
        if class.has(ClassFlags::FINALIZER) {
            self.mutator().register_finalizer(object.header());
        }
        object
    }

    /// Allocates an instance of exactly the builtin class, whose size is the fixed part's.
    #[inline(always)]
    pub fn allocate_exact<T: Object>(&self, class: Ref<Class>) -> R<Fresh<'_, T>> {
        debug_assert!(std::ptr::eq(class.layout(), T::layout()), "the class has T's layout");
        self.allocate_bytes(class, size_of::<T>())
    }

    /// Allocates an object of `bytes` bytes, header included: for layouts with a variable part.
    #[inline(always)]
    pub fn allocate_bytes<T: Object>(&self, class: Ref<Class>, bytes: usize) -> R<Fresh<'_, T>> {
        crate::containers::allocate(self, class, bytes, T::layout().kind)
    }

    /// Allocates an instance whose layout is known only at run time.
    pub fn allocate_instance(&self, class: Ref<Class>) -> R<&Header> {
        let size = class.instance_size.load(sync::atomic::Ordering::Relaxed) as usize;
        match self.mutator().allocate(size, class.address(), class.layout().kind) {
            // SAFETY: the heap gave a live cell.
            Some(header) => Ok(unsafe { header.as_ref() }),
            None => Err(self.memory_error()),
        }
    }
}
