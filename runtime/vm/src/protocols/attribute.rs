//! Attribute access: `object.__getattribute__`, descriptors, the instance's own attributes, classes, modules.

use crate::exceptions::fields;
use crate::names::Special;
use crate::object::Ref;
use crate::objects::{
    BaseException, Class, ClassFlags, Dict, GetSetDescriptor, MemberDescriptor, Method, Module, NativeFunction, Str,
};
use crate::raised::{R, Raised};
use crate::shapes;
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// `object.name`.
pub fn get_attribute(t: &Thread, object: Value, name: Ref<Str>) -> R {
    let class = object.class(t);
    let getattribute = class.special(t, Special::GetAttribute);
    let classes = t.classes();
    let found = if getattribute == classes.object.special(t, Special::GetAttribute) {
        generic_get_optional(t, object, name)
    } else if getattribute == classes.type_.special(t, Special::GetAttribute) {
        class_get_optional(t, object, name)
    } else {
        get_attribute_custom(t, object, name, getattribute)
    };
    match found {
        Ok(Some(value)) => Ok(value),
        missing => get_missing(t, object, name, missing),
    }
}

/// What `__getattr__` gives for an attribute that was not found or whose descriptor raised AttributeError.
pub fn get_missing(t: &Thread, object: Value, name: Ref<Str>, missing: R<Option<Value>>) -> R {
    let found = match object.class(t).special(t, Special::GetAttr) {
        Some(hook) => {
            if let Err(raised) = missing {
                t.catch(raised, t.classes().attribute_error)?;
            }
            super::call_special(t, hook, object, &[name.value()])
        }
        None => missing.and_then(|found| found.ok_or_else(|| no_attribute(t, object, name))),
    };
    if found.is_err() {
        name_missing(t, object, name);
    }
    found
}

/// Where code that was asked for `object.name` raised an AttributeError without saying of what, it is told so.
#[cold]
pub fn name_missing(t: &Thread, object: Value, name: Ref<Str>) {
    if !t.pending_is(t.classes().attribute_error) {
        return;
    }
    let exception: Ref<BaseException> =
        t.take_pending().downcast().expect("instances of AttributeError have this layout");
    let says = [fields::ATTRIBUTE_ERROR_NAME, fields::ATTRIBUTE_ERROR_OBJECT];
    if says.iter().all(|&field| exception.detail(field).is_none()) {
        for (field, value) in says.into_iter().zip([name.value(), object]) {
            if fields::set(t, exception, field, Some(value)).is_err() {
                // Without memory for it the exception goes on without it.
                t.clear_pending();
            }
        }
    }
    let _ = t.reraise(exception.value());
}

#[cold]
fn get_attribute_custom(t: &Thread, object: Value, name: Ref<Str>, getattribute: Option<Value>) -> R<Option<Value>> {
    let Some(getattribute) = getattribute else { return Ok(None) };
    t.check_recursion("")?;
    super::call_special(t, getattribute, object, &[name.value()]).map(Some)
}

/// `object.name`, or nothing where that raises AttributeError.
pub fn get_attribute_optional(t: &Thread, object: Value, name: Ref<Str>) -> R<Option<Value>> {
    let class = object.class(t);
    let getattribute = class.special(t, Special::GetAttribute);
    if class.special(t, Special::GetAttr).is_none() {
        // The common classes need not make an exception to say no.
        if getattribute == t.classes().object.special(t, Special::GetAttribute) {
            return catching(t, generic_get_optional(t, object, name));
        }
        if getattribute == t.classes().type_.special(t, Special::GetAttribute) {
            return catching(t, class_get_optional(t, object, name));
        }
    }
    catching(t, get_attribute(t, object, name).map(Some))
}

fn catching(t: &Thread, result: R<Option<Value>>) -> R<Option<Value>> {
    match result {
        Ok(value) => Ok(value),
        Err(raised) => t.catch(raised, t.classes().attribute_error).map(|_| None),
    }
}

/// The AttributeError for `object.name`.
#[cold]
pub fn no_attribute(t: &Thread, object: Value, name: Ref<Str>) -> Raised {
    let text = name.to_string_lossy();
    if let Some(class) = object.downcast::<Class>() {
        return t.attribute_error(
            object,
            name,
            format_args!("type object '{}' has no attribute '{text}'", class.name()),
        );
    }
    t.attribute_error(object, name, format_args!("'{}' object has no attribute '{text}'", object.class(t).type_name(t)))
}

/// `object.__getattribute__` without the error: data descriptor, instance, other class attribute.
pub fn generic_get_optional(t: &Thread, object: Value, name: Ref<Str>) -> R<Option<Value>> {
    let class = object.class(t);
    let on_class = class.lookup(t, name);
    if let Some(descriptor) = on_class.filter(|value| value.class(t).has(ClassFlags::DATA_DESCRIPTOR))
        && descriptor.class(t).special(t, Special::Get).is_some()
    {
        return descriptor_get(t, descriptor, Some(object), class).map(Some);
    }
    if let Some(value) = own_attribute(t, object, class, name)? {
        return Ok(Some(value));
    }
    match on_class {
        Some(value) => descriptor_get(t, value, Some(object), class).map(Some),
        None => Ok(None),
    }
}

/// An attribute that the object itself holds: in its slots, or in the dict of a builtin layout.
fn own_attribute(t: &Thread, object: Value, class: Ref<Class>, name: Ref<Str>) -> R<Option<Value>> {
    let Some(header) = object.header() else { return Ok(None) };
    if class.has_dict() {
        return Ok(shapes::get(t, header, name));
    }
    Ok(crate::objects::own_dict(t, object).and_then(|dict| dict.get_str(t, name)))
}

/// `type.__getattribute__` without the error: data descriptor of the metaclass, the class's own MRO, other metaclass attribute.
pub fn class_get_optional(t: &Thread, object: Value, name: Ref<Str>) -> R<Option<Value>> {
    let Some(class) = object.downcast::<Class>() else { return generic_get_optional(t, object, name) };
    let metaclass = class_of_header(class.header());
    let on_metaclass = metaclass.lookup(t, name);
    if let Some(descriptor) = on_metaclass.filter(|value| value.class(t).has(ClassFlags::DATA_DESCRIPTOR))
        && descriptor.class(t).special(t, Special::Get).is_some()
    {
        return descriptor_get(t, descriptor, Some(object), metaclass).map(Some);
    }
    if let Some(value) = class.lookup(t, name) {
        return descriptor_get(t, value, None, class).map(Some);
    }
    match on_metaclass {
        Some(value) => descriptor_get(t, value, Some(object), metaclass).map(Some),
        None => Ok(None),
    }
}

/// What `descriptor.__get__(instance, owner)` gives; the value itself if it is no descriptor.
pub fn descriptor_get(t: &Thread, descriptor: Value, instance: Option<Value>, owner: Ref<Class>) -> R {
    let (class, classes) = (descriptor.class(t), t.classes());
    if class == classes.function {
        return match instance {
            Some(instance) => Ok(Method::new(t, descriptor, instance)?.value()),
            None => Ok(descriptor),
        };
    }
    if class == classes.method_descriptor || class == classes.wrapper_descriptor {
        let Some(instance) = instance else { return Ok(descriptor) };
        return bind_native(t, descriptor, class, instance);
    }
    if class == classes.getset_descriptor {
        let (Some(instance), Some(getset)) = (instance, descriptor.downcast::<GetSetDescriptor>()) else {
            return Ok(descriptor);
        };
        return getset.read(t, instance);
    }
    if class == classes.member_descriptor {
        let (Some(instance), Some(member)) = (instance, descriptor.downcast::<MemberDescriptor>()) else {
            return Ok(descriptor);
        };
        return member.read(t, instance);
    }
    match class.special(t, Special::Get) {
        Some(get) => super::call_special(t, get, descriptor, &[instance.unwrap_or(Value::NONE), owner.value()]),
        None => Ok(descriptor),
    }
}

fn bind_native(t: &Thread, descriptor: Value, class: Ref<Class>, instance: Value) -> R {
    let native: Ref<NativeFunction> = descriptor.downcast().expect("descriptor classes have this layout");
    let owner = native.owner.get().and_then(Value::downcast::<Class>).expect("descriptors have an owner");
    let given = instance.class(t);
    if given != owner && !given.is_subclass_of(owner) {
        let name = native.definition().name;
        return Err(t.type_error(format_args!(
            "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
            owner.name(),
            given.name()
        )));
    }
    let bound_class =
        if class == t.classes().wrapper_descriptor { t.classes().method_wrapper } else { t.classes().builtin_function };
    Ok(NativeFunction::new(t, bound_class, native.definition(), Some(instance), Some(owner.value()))?.value())
}

/// `object.name = value`.
pub fn set_attribute(t: &Thread, object: Value, name: Ref<Str>, value: Value) -> R<()> {
    let class = object.class(t);
    let function = class.special(t, Special::SetAttr);
    if function == t.classes().object.special(t, Special::SetAttr) {
        return generic_set(t, object, name, Some(value));
    }
    match function {
        Some(function) => super::call_special(t, function, object, &[name.value(), value]).map(drop),
        None => Err(no_attribute(t, object, name)),
    }
}

/// `del object.name`.
pub fn delete_attribute(t: &Thread, object: Value, name: Ref<Str>) -> R<()> {
    let class = object.class(t);
    let function = class.special(t, Special::DelAttr);
    if function == t.classes().object.special(t, Special::DelAttr) {
        return generic_set(t, object, name, None);
    }
    match function {
        Some(function) => super::call_special(t, function, object, &[name.value()]).map(drop),
        None => Err(no_attribute(t, object, name)),
    }
}

/// `object.__setattr__` and `object.__delattr__` (no value).
pub fn generic_set(t: &Thread, object: Value, name: Ref<Str>, value: Option<Value>) -> R<()> {
    let class = object.class(t);
    let on_class = class.lookup(t, name);
    if let Some(descriptor) = on_class.filter(|descriptor| descriptor.class(t).has(ClassFlags::DATA_DESCRIPTOR)) {
        return descriptor_set(t, descriptor, object, name, value);
    }
    let header = object.header();
    if let Some(header) = header.filter(|_| class.has_dict()) {
        return match value {
            Some(value) => shapes::set(t, header, name, value),
            None if shapes::delete(t, header, name)? => Ok(()),
            None => Err(no_attribute(t, object, name)),
        };
    }
    if let Some(dict) = crate::objects::own_dict_for_writing(t, object)? {
        return match value {
            Some(value) => dict.set_str(t, name, value),
            None if dict.delete_str(t, name)? => Ok(()),
            None => Err(no_attribute(t, object, name)),
        };
    }
    Err(cannot_set(t, object, class, name, on_class.is_some()))
}

#[cold]
fn cannot_set(t: &Thread, object: Value, class: Ref<Class>, name: Ref<Str>, on_class: bool) -> Raised {
    let (kind, text) = (class.type_name(t), name.to_string_lossy());
    if on_class {
        t.attribute_error(object, name, format_args!("'{kind}' object attribute '{text}' is read-only"))
    } else {
        t.attribute_error(
            object,
            name,
            format_args!("'{kind}' object has no attribute '{text}' and no __dict__ for setting new attributes"),
        )
    }
}

/// Calls a data descriptor's `__set__` or `__delete__`.
pub fn descriptor_set(t: &Thread, descriptor: Value, object: Value, name: Ref<Str>, value: Option<Value>) -> R<()> {
    if let Some(getset) = descriptor.downcast::<GetSetDescriptor>() {
        return getset.write(t, object, value);
    }
    if let Some(member) = descriptor.downcast::<MemberDescriptor>() {
        return member.write(t, object, value);
    }
    let class = descriptor.class(t);
    let (special, result) = match value {
        Some(value) => (
            Special::Set,
            class.special(t, Special::Set).map(|set| super::call_special(t, set, descriptor, &[object, value])),
        ),
        None => (
            Special::Delete,
            class.special(t, Special::Delete).map(|delete| super::call_special(t, delete, descriptor, &[object])),
        ),
    };
    match result {
        Some(result) => result.map(drop),
        None => Err(t.attribute_error(object, name, special.text())),
    }
}

/// The dict of a module, for attribute access and caches.
pub fn module_attribute(t: &Thread, module: Ref<Module>, name: Ref<Str>) -> Option<Value> {
    let dict: Ref<Dict> = module.dict();
    dict.get_str(t, name)
}
