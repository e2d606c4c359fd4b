//! The classes of `None`, `...` and `NotImplemented`.

use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::Object;
use crate::objects::{Class, instance::Instance};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn only(t: &Thread, args: Args<'_>, class: &str, value: Value) -> R {
    if args.values.first().is_none_or(|class| class.downcast::<Class>().is_none()) {
        return Err(t.type_error(format_args!("{class}.__new__(): not enough arguments")));
    }
    if args.values.len() > 1 {
        return Err(t.type_error(format_args!("{class} takes no arguments")));
    }
    Ok(value)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn none_new(t: &Thread, args: Args<'_>) -> R {
    only(t, args, "NoneType", Value::NONE)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn none_repr(_: &Thread, _this: Value) -> &'static str {
    "None"
}

/// True if self else False
#[native("__bool__($self, /)")]
fn none_bool(_: &Thread, _this: Value) -> bool {
    false
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn none_hash(_: &Thread, _this: Value) -> i64 {
    // The number that CPython gives on 64-bit machines.
    0xFCA8_6420
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn none_eq(_: &Thread, this: Value, other: Value) -> Value {
    if this.is(other) { Value::TRUE } else { Value::NOT_IMPLEMENTED }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn ellipsis_new(t: &Thread, args: Args<'_>) -> R {
    only(t, args, "EllipsisType", Value::ELLIPSIS)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn ellipsis_repr(_: &Thread, _this: Value) -> &'static str {
    "Ellipsis"
}

#[native("__reduce__($self, /)")]
fn ellipsis_reduce(_: &Thread, _this: Value) -> &'static str {
    "Ellipsis"
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn not_implemented_new(t: &Thread, args: Args<'_>) -> R {
    only(t, args, "NotImplementedType", Value::NOT_IMPLEMENTED)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn not_implemented_repr(_: &Thread, _this: Value) -> &'static str {
    "NotImplemented"
}

/// True if self else False
#[native("__bool__($self, /)")]
fn not_implemented_bool(t: &Thread, _this: Value) -> R {
    Err(t.type_error("NotImplemented should not be used in a boolean context"))
}

#[native("__reduce__($self, /)")]
fn not_implemented_reduce(_: &Thread, _this: Value) -> &'static str {
    "NotImplemented"
}

/// `NoneType`.
pub static NONE_TYPE: ClassDef = ClassDef {
    name: "NoneType",
    module: "builtins",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "NoneType()\n--\n\nThe type of the None singleton.",
    methods: &[
        MethodDef::New(&NONE_NEW),
        MethodDef::Method(&NONE_REPR),
        MethodDef::Method(&NONE_HASH),
        MethodDef::Method(&NONE_EQ),
        MethodDef::Method(&NONE_BOOL),
    ],
    getset: &[],
};

/// `ellipsis`.
pub static ELLIPSIS: ClassDef = ClassDef {
    name: "ellipsis",
    module: "builtins",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "ellipsis()\n--\n\nThe type of the Ellipsis singleton.",
    methods: &[MethodDef::New(&ELLIPSIS_NEW), MethodDef::Method(&ELLIPSIS_REPR), MethodDef::Method(&ELLIPSIS_REDUCE)],
    getset: &[],
};

/// `NotImplementedType`.
pub static NOT_IMPLEMENTED_TYPE: ClassDef = ClassDef {
    name: "NotImplementedType",
    module: "builtins",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "NotImplementedType()\n--\n\nThe type of the NotImplemented singleton.",
    methods: &[
        MethodDef::New(&NOT_IMPLEMENTED_NEW),
        MethodDef::Method(&NOT_IMPLEMENTED_REPR),
        MethodDef::Method(&NOT_IMPLEMENTED_BOOL),
        MethodDef::Method(&NOT_IMPLEMENTED_REDUCE),
    ],
    getset: &[],
};
