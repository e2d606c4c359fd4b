//! `staticmethod` and `classmethod`.

use gc::Header;

use crate::builtins::construct::class_argument;
use crate::builtins::generic_alias::CLASS_GETITEM;
use crate::builtins::member::{positional, read_only};
use crate::builtins::object::DICT_GETSET;
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{ClassFlags, Dict, Method, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A `staticmethod`.
    pub struct StaticMethod {
        /// `__func__`, or unset before `__init__`.
        pub function: Slot,
    }
    trace { function }
}

heap_object! {
    /// A `classmethod`.
    pub struct ClassMethod {
        /// `__func__`, or unset before `__init__`.
        pub function: Slot,
    }
    trace { function }
}

/// A static method around `function`, without the function's attributes.
pub fn static_method(t: &Thread, function: Value) -> R {
    let made = t.allocate::<StaticMethod>(t.classes().staticmethod)?;
    made.set(|m| &m.function, function);
    Ok(made.publish().value())
}

/// A class method around `function`, without the function's attributes.
pub fn class_method(t: &Thread, function: Value) -> R {
    let made = t.allocate::<ClassMethod>(t.classes().classmethod)?;
    made.set(|m| &m.function, function);
    Ok(made.publish().value())
}

/// The function of a static method.
#[must_use]
pub fn static_function(value: Value) -> Option<Value> {
    value.downcast::<StaticMethod>()?.function.get()
}

/// The function of a class method.
#[must_use]
pub fn class_function(value: Value) -> Option<Value> {
    value.downcast::<ClassMethod>()?.function.get()
}

/// The function of either kind.
fn function_of(value: Value) -> Option<Value> {
    match value.downcast::<StaticMethod>() {
        Some(method) => method.function.get(),
        None => value.downcast::<ClassMethod>()?.function.get(),
    }
}

fn needed(t: &Thread, value: Value) -> R {
    function_of(value).ok_or_else(|| t.runtime_error(format_args!("uninitialized {} object", value.class(t).name())))
}

/// Sets the function. Caches know it without its wrapper: they are emptied when it changes.
fn set_function(t: &Thread, wrapper: &Header, slot: &Slot, function: Value) {
    let known = slot.get().is_some();
    slot.put(wrapper, t, function);
    if known {
        t.interpreter().flush_caches(t);
    }
}

/// Gives the wrapper the attributes by which tools know the function.
fn copy_attributes(t: &Thread, wrapper: Value, function: Value) -> R<()> {
    let names = t.names();
    for name in [names.__module__, names.__name__, names.__qualname__, names.__doc__] {
        if let Some(value) = protocols::get_attribute_optional(t, function, name)? {
            protocols::set_attribute(t, wrapper, name, value)?;
        }
    }
    Ok(())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn static_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, t.classes().staticmethod)?;
    Ok(t.allocate::<StaticMethod>(class)?.publish().value())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn class_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, t.classes().classmethod)?;
    Ok(t.allocate::<ClassMethod>(class)?.publish().value())
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn static_init(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<StaticMethod>()) else {
        return Err(t.type_error("descriptor '__init__' of 'staticmethod' object needs an argument"));
    };
    let function = positional(t, "staticmethod", args.rest(), 1, 1)?[0];
    set_function(t, this.header(), &this.function, function);
    copy_attributes(t, this.value(), function)?;
    Ok(Value::NONE)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn class_init(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<ClassMethod>()) else {
        return Err(t.type_error("descriptor '__init__' of 'classmethod' object needs an argument"));
    };
    let function = positional(t, "classmethod", args.rest(), 1, 1)?[0];
    set_function(t, this.header(), &this.function, function);
    copy_attributes(t, this.value(), function)?;
    Ok(Value::NONE)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn static_repr(t: &Thread, this: Ref<StaticMethod>) -> R {
    wrapper_repr(t, "staticmethod", this.function.get())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn class_repr(t: &Thread, this: Ref<ClassMethod>) -> R {
    wrapper_repr(t, "classmethod", this.function.get())
}

fn wrapper_repr(t: &Thread, kind: &str, function: Option<Value>) -> R {
    let function = protocols::repr(t, function.unwrap_or(Value::NONE))?;
    let (head, tail) = (Str::new(t, &format!("<{kind}("))?, Str::new(t, ")>")?);
    Ok(Str::concat(t, Str::concat(t, head, function)?, tail)?.value())
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn static_call(t: &Thread, args: Args<'_>) -> R {
    let Some(&this) = args.values.first() else {
        return Err(t.type_error("descriptor '__call__' of 'staticmethod' object needs an argument"));
    };
    let function = needed(t, this)?;
    protocols::call_args(t, function, args.rest())
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn static_get(t: &Thread, this: Ref<StaticMethod>, _instance: Value, _owner: Option<Value>) -> R {
    needed(t, this.value())
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn class_get(t: &Thread, this: Ref<ClassMethod>, instance: Value, owner: Option<Value>) -> R {
    let function = needed(t, this.value())?;
    let owner = owner.filter(|owner| !owner.is_none()).unwrap_or_else(|| instance.class(t).value());
    Ok(Method::new(t, function, owner)?.value())
}

fn get_function(_: &Thread, object: Value) -> R {
    Ok(function_of(object).unwrap_or(Value::NONE))
}

fn get_abstract(t: &Thread, object: Value) -> R {
    let Some(function) = function_of(object) else { return Ok(Value::FALSE) };
    is_abstract(t, function).map(Value::bool)
}

/// Whether the attribute `__isabstractmethod__` of a value is there and true.
pub fn is_abstract(t: &Thread, value: Value) -> R<bool> {
    match protocols::get_attribute_optional(t, value, t.names().__isabstractmethod__)? {
        Some(flag) => protocols::is_true(t, flag),
        None => Ok(false),
    }
}

/// What the wrapper's own dict says of an attribute, else what the function says, which is then remembered.
fn wrapped_attribute(t: &Thread, object: Value, name: Ref<Str>) -> R {
    let dict = crate::builtins::object::get_dict(t, object)?.downcast::<Dict>();
    if let Some(own) = dict.and_then(|dict| dict.get_str(t, name)) {
        return Ok(own);
    }
    let value = protocols::get_attribute(t, needed(t, object)?, name)?;
    if let Some(dict) = dict {
        dict.set_str(t, name, value)?;
    }
    Ok(value)
}

fn set_wrapped_attribute(t: &Thread, object: Value, name: Ref<Str>, value: Option<Value>) -> R<()> {
    let Some(dict) = crate::builtins::object::get_dict(t, object)?.downcast::<Dict>() else { return Ok(()) };
    match value {
        Some(value) => dict.set_str(t, name, value),
        None if dict.delete_str(t, name)? => Ok(()),
        None => Err(t.attribute_error(
            object,
            name,
            format_args!("'{}' object has no attribute '{}'", object.class(t).name(), name.to_string_lossy()),
        )),
    }
}

fn get_annotations(t: &Thread, object: Value) -> R {
    wrapped_attribute(t, object, t.names().__annotations__)
}

fn set_annotations(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    set_wrapped_attribute(t, object, t.names().__annotations__, value)
}

fn get_annotate(t: &Thread, object: Value) -> R {
    wrapped_attribute(t, object, t.names().__annotate__)
}

fn set_annotate(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    set_wrapped_attribute(t, object, t.names().__annotate__, value)
}

const GETSET: &[GetSet] = &[
    GetSet { name: "__func__", get: get_function, set: Some(read_only), doc: "" },
    GetSet { name: "__wrapped__", get: get_function, set: Some(read_only), doc: "" },
    GetSet { name: "__isabstractmethod__", get: get_abstract, set: None, doc: "" },
    DICT_GETSET,
    GetSet { name: "__annotations__", get: get_annotations, set: Some(set_annotations), doc: "" },
    GetSet { name: "__annotate__", get: get_annotate, set: Some(set_annotate), doc: "" },
];

/// `staticmethod`.
pub static STATICMETHOD: ClassDef = ClassDef {
    name: "staticmethod",
    module: "builtins",
    layout: StaticMethod::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::DICT,
    doc: "staticmethod(function, /)\n--\n\nA function in a class that gets neither the instance nor the class as its first argument.",
    methods: &[
        MethodDef::New(&STATIC_NEW),
        MethodDef::Method(&STATIC_REPR),
        MethodDef::Method(&STATIC_CALL),
        MethodDef::Method(&STATIC_GET),
        MethodDef::Method(&STATIC_INIT),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: GETSET,
};

/// `classmethod`.
pub static CLASSMETHOD: ClassDef = ClassDef {
    name: "classmethod",
    module: "builtins",
    layout: ClassMethod::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::DICT,
    doc: "classmethod(function, /)\n--\n\nA function in a class that gets the class as its first argument.",
    methods: &[
        MethodDef::New(&CLASS_NEW),
        MethodDef::Method(&CLASS_REPR),
        MethodDef::Method(&CLASS_GET),
        MethodDef::Method(&CLASS_INIT),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: GETSET,
};
