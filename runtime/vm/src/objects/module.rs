//! Modules: a name and a namespace.

use crate::heap_object;
use crate::object::{Ref, Slot};
use crate::objects::{Dict, Str};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A module.
    pub struct Module {
        /// `__dict__`.
        pub namespace: Slot,
        /// State of a native module, or unset.
        pub state: Slot,
    }
    trace { namespace, state }
}

impl Module {
    /// The namespace. A module that `__new__` made and nobody initialized has an empty one.
    #[inline(always)]
    #[must_use]
    pub fn dict(&self) -> Ref<Dict> {
        self.namespace.get().and_then(Value::downcast).expect("every module is made with a dict")
    }
}

impl Module {
    /// A module with `__name__`, `__doc__`, `__package__`, `__loader__` and `__spec__`.
    pub fn new(t: &Thread, name: Ref<Str>, doc: Value) -> R<Ref<Module>> {
        Self::with_room(t, name, doc, 0)
    }

    /// As `new`, with room for so many attributes more.
    pub fn with_room(t: &Thread, name: Ref<Str>, doc: Value, room: usize) -> R<Ref<Module>> {
        let dict = Dict::with_capacity(t, 5 + room)?;
        let names = t.names();
        dict.set_str(t, names.__name__, name.value())?;
        dict.set_str(t, names.__doc__, doc)?;
        for name in [names.__package__, names.__loader__, names.__spec__] {
            dict.set_str(t, name, Value::NONE)?;
        }
        let module = t.allocate::<Module>(t.classes().module)?;
        module.set(|m| &m.namespace, dict.value());
        Ok(module.publish())
    }
}

/// The namespace of a value that is a module.
#[must_use]
pub fn module_dict(value: Value) -> Option<Ref<Dict>> {
    value.downcast::<Module>().map(|module| module.dict())
}
