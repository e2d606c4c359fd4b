//! Exception objects: one layout for all builtin exception classes.

use sync::atomic::AtomicU32;

use crate::heap_object;
use crate::object::{Ref, Slot};
use crate::objects::{Tuple, ValueArray};
use crate::value::Value;

heap_object! {
    /// An exception. Classes with fields of their own (`OSError.errno`, ...) keep them in `details`, in the order of `exceptions::fields`.
    pub struct BaseException {
        /// `args`, a tuple.
        pub args: Slot,
        /// `__traceback__`, or unset.
        pub traceback: Slot,
        /// `__context__`, or unset.
        pub context: Slot,
        /// `__cause__`, or unset.
        pub cause: Slot,
        /// Fields of the class: a `ValueArray`, or unset.
        pub details: Slot,
        /// `__suppress_context__`.
        pub suppress_context: AtomicU32,
    }
    trace { args, traceback, context, cause, details }
}

impl BaseException {
    /// `args`.
    #[must_use]
    pub fn args(&self) -> Option<Ref<Tuple>> {
        self.args.get().and_then(Value::downcast)
    }

    /// A field of the class, if set.
    #[must_use]
    pub fn detail(&self, index: usize) -> Option<Value> {
        let details: Ref<ValueArray> = self.details.get().and_then(Value::downcast)?;
        if index < details.capacity() { details.slot(index).get() } else { None }
    }
}
