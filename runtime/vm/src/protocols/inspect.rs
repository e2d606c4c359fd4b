//! Questions about classes: `isinstance`, `issubclass`, `callable`.

use crate::names::Special;
use crate::object::Ref;
use crate::objects::{Class, ClassFlags, Tuple};
use crate::protocols::{call_special, get_attribute_optional, is_true};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// `isinstance(object, class)`; `class` may be a tuple, a union, or anything with `__instancecheck__`.
pub fn is_instance(t: &Thread, object: Value, class: Value) -> R<bool> {
    is_instance_nested(t, object, class, 0)
}

/// The class lies `depth` tuples deep.
fn is_instance_nested(t: &Thread, object: Value, class: Value, depth: u32) -> R<bool> {
    if class.is(object.class(t).value()) {
        return Ok(true);
    }
    if class.class(t) == t.classes().type_ {
        return is_instance_by_class(t, object, class);
    }
    if let Some(tuple) = Tuple::of(t, class).or_else(|| crate::builtins::union::members(class)) {
        let inside = " in __instancecheck__";
        t.check_recursion(inside)?;
        t.check_nesting(depth, inside)?;
        for &class in tuple.as_slice() {
            if is_instance_nested(t, object, class, depth + 1)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match class.class(t).special(t, Special::InstanceCheck) {
        Some(method) => {
            t.check_recursion(" in __instancecheck__")?;
            let result = call_special(t, method, class, &[object])?;
            is_true(t, result)
        }
        None => is_instance_by_class(t, object, class),
    }
}

/// `type.__instancecheck__`: by the class, or what the object says of its class.
pub fn is_instance_by_class(t: &Thread, object: Value, class: Value) -> R<bool> {
    let names = t.names();
    if let Some(class) = class.downcast::<Class>() {
        let own = object.class(t);
        if own.is_subclass_of(class) {
            return Ok(true);
        }
        // Most classes leave `__class__` to `object`, which says what is known already.
        let default = t.classes().object.namespace().get_str(t, names.__class__);
        if !own.has(ClassFlags::CUSTOM_GETATTRIBUTE) && own.lookup(t, names.__class__) == default {
            return Ok(false);
        }
        let claimed = get_attribute_optional(t, object, names.__class__)?.and_then(Value::downcast::<Class>);
        return Ok(claimed.is_some_and(|claimed| claimed != own && claimed.is_subclass_of(class)));
    }
    check_class_like(t, class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
    match get_attribute_optional(t, object, names.__class__)? {
        Some(claimed) => abstract_subclass(t, claimed, class),
        None => Ok(false),
    }
}

/// `issubclass(derived, class)`.
pub fn is_subclass(t: &Thread, derived: Value, class: Value) -> R<bool> {
    is_subclass_nested(t, derived, class, 0)
}

/// The class lies `depth` tuples deep.
fn is_subclass_nested(t: &Thread, derived: Value, class: Value, depth: u32) -> R<bool> {
    if class.class(t) == t.classes().type_ {
        if derived.is(class) {
            return Ok(true);
        }
        return is_subclass_by_mro(t, derived, class);
    }
    if let Some(tuple) = Tuple::of(t, class).or_else(|| crate::builtins::union::members(class)) {
        let inside = " in __subclasscheck__";
        t.check_recursion(inside)?;
        t.check_nesting(depth, inside)?;
        for &class in tuple.as_slice() {
            if is_subclass_nested(t, derived, class, depth + 1)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match class.class(t).special(t, Special::SubclassCheck) {
        Some(method) => {
            t.check_recursion(" in __subclasscheck__")?;
            let result = call_special(t, method, class, &[derived])?;
            is_true(t, result)
        }
        None => is_subclass_by_mro(t, derived, class),
    }
}

/// `type.__subclasscheck__`: by the MRO, or by `__bases__` of what only looks like a class.
pub fn is_subclass_by_mro(t: &Thread, derived: Value, class: Value) -> R<bool> {
    if let (Some(derived), Some(class)) = (derived.downcast::<Class>(), class.downcast::<Class>()) {
        return Ok(derived.is_subclass_of(class));
    }
    check_class_like(t, derived, "issubclass() arg 1 must be a class")?;
    check_class_like(t, class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
    abstract_subclass(t, derived, class)
}

fn bases_of(t: &Thread, class: Value) -> R<Option<Ref<Tuple>>> {
    Ok(get_attribute_optional(t, class, t.names().__bases__)?.and_then(|bases| Tuple::of(t, bases)))
}

fn check_class_like(t: &Thread, class: Value, message: &str) -> R<()> {
    match bases_of(t, class)? {
        Some(_) => Ok(()),
        None => Err(t.type_error(message)),
    }
}

fn abstract_subclass(t: &Thread, derived: Value, class: Value) -> R<bool> {
    if derived.is(class) {
        return Ok(true);
    }
    t.check_recursion(" in __issubclass__")?;
    let Some(bases) = bases_of(t, derived)? else { return Ok(false) };
    for &base in bases.as_slice() {
        if abstract_subclass(t, base, class)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `callable(value)`.
#[must_use]
pub fn is_callable(t: &Thread, value: Value) -> bool {
    let class = value.class(t);
    class == t.classes().function || class == t.classes().type_ || class.special(t, Special::Call).is_some()
}
