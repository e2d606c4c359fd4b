//! `Boxed`: instances of Python subclasses of the immutable builtin classes whose own layout cannot be extended.
//!
//! Invariant: the slot is set before the box is published and never again; it holds an exact `int`, `str`, `bytes` or
//! `tuple`, as the class's builtin base says. Attribute slots of the subclass follow the fixed part.

use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::objects::Class;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// An instance of a Python subclass of `int`, `str`, `bytes` or `tuple`.
    pub struct Boxed {
        /// The exact value.
        pub value: Slot,
    }
    trace { value }
}

impl Boxed {
    /// An instance of `class` around an exact value.
    pub fn new(t: &Thread, class: Ref<Class>, value: Value) -> R<Ref<Boxed>> {
        let boxed = t.allocate::<Boxed>(class)?;
        boxed.set(|b| &b.value, value);
        Ok(t.publish_instance(boxed, class))
    }

    /// The exact `T` in a box, if the value is a box around one.
    #[inline]
    #[must_use]
    pub fn content<T: Object>(value: Value) -> Option<Ref<T>> {
        value.downcast::<Boxed>()?.value.get()?.downcast::<T>()
    }

    /// What the box holds, if the value is a box.
    #[inline]
    #[must_use]
    pub fn exact(value: Value) -> Option<Value> {
        value.downcast::<Boxed>()?.value.get()
    }
}
