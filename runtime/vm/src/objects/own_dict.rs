//! The attribute dicts of builtin layouts that keep one in a slot of their own: functions and modules.

use crate::object::{Ref, SlotExt};
use crate::objects::{Dict, Function, Module};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The attribute dict of a function or module, if it has one yet.
#[must_use]
pub fn own_dict(_: &Thread, value: Value) -> Option<Ref<Dict>> {
    if let Some(function) = value.downcast::<Function>() {
        return function.dict.get().and_then(Value::downcast);
    }
    value.downcast::<Module>()?.namespace.get().and_then(Value::downcast)
}

/// The attribute dict of a function or module, made if need be; nothing for objects of other layouts.
pub fn own_dict_for_writing(t: &Thread, value: Value) -> R<Option<Ref<Dict>>> {
    if let Some(dict) = own_dict(t, value) {
        return Ok(Some(dict));
    }
    let (header, slot) = if let Some(function) = value.downcast::<Function>() {
        (function.header(), &function.target().dict)
    } else if let Some(module) = value.downcast::<Module>() {
        (module.header(), &module.target().namespace)
    } else {
        return Ok(None);
    };
    let made = Dict::new(t)?;
    match slot.compare_exchange(header, t.mutator(), None, Some(made.value())) {
        Ok(()) => Ok(Some(made)),
        Err(other) => Ok(other.and_then(Value::downcast)),
    }
}

/// Replaces the attribute dict of a function.
pub fn replace_own_dict(t: &Thread, function: Ref<Function>, dict: Ref<Dict>) {
    function.dict.put(function.header(), t, dict.value());
}
