//! `method`: a function bound to its first argument.

use crate::builtins::construct::class_argument;
use crate::builtins::member::{positional, read_only};
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{ClassFlags, Method, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn parts(value: Value) -> (Value, Value) {
    value.downcast::<Method>().expect("the descriptor checked the receiver").parts()
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn method_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, t.classes().method)?;
    let values = positional(t, "method", rest, 2, 2)?;
    let (function, receiver) = (values[0], values[1]);
    if !protocols::is_callable(t, function) {
        return Err(t.type_error("first argument must be callable"));
    }
    if receiver.is_none() {
        return Err(t.type_error("instance must not be None"));
    }
    Ok(Method::new(t, function, receiver)?.value())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn method_repr(t: &Thread, this: Ref<Method>) -> R {
    let names = t.names();
    let (function, receiver) = this.parts();
    let mut name = protocols::get_attribute_optional(t, function, names.__qualname__)?;
    if name.is_none() {
        name = protocols::get_attribute_optional(t, function, names.__name__)?;
    }
    let name = match name.and_then(|name| Str::of(t, name)) {
        Some(name) => name,
        None => Str::new(t, "?")?,
    };
    let receiver = protocols::repr(t, receiver)?;
    let head = Str::concat(t, Str::new(t, "<bound method ")?, name)?;
    let middle = Str::concat(t, Str::new(t, " of ")?, receiver)?;
    let text = Str::concat(t, Str::concat(t, head, middle)?, Str::new(t, ">")?)?;
    Ok(text.value())
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn method_hash(t: &Thread, this: Ref<Method>) -> R<i64> {
    let (function, receiver) = this.parts();
    let hash = (protocols::identity_hash(receiver) ^ protocols::hash(t, function)?) as i64;
    Ok(if hash == -1 { -2 } else { hash })
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn method_call(t: &Thread, args: Args<'_>) -> R {
    let Some(&this) = args.values.first() else {
        return Err(t.type_error("descriptor '__call__' of 'method' object needs an argument"));
    };
    let (function, receiver) = parts(this);
    protocols::with_receiver(t, receiver, args.rest(), |args| protocols::call_args(t, function, args))
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn method_getattribute(t: &Thread, this: Value, name: Value) -> R {
    let Some(name) = Str::of(t, name) else {
        return Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name())));
    };
    // The class has no attributes but these and the function's: its own come first.
    let class = this.class(t);
    if let Some(found) = class.lookup(t, name) {
        return protocols::descriptor_get(t, found, Some(this), class);
    }
    protocols::get_attribute(t, parts(this).0, name)
}

fn same(t: &Thread, this: Ref<Method>, other: Value) -> R<Option<bool>> {
    let Some(other) = other.downcast::<Method>() else { return Ok(None) };
    let ((function, receiver), (other_function, other_receiver)) = (this.parts(), other.parts());
    if !receiver.is(other_receiver) {
        return Ok(Some(false));
    }
    protocols::equal(t, function, other_function).map(Some)
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn method_eq(t: &Thread, this: Ref<Method>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn method_ne(t: &Thread, this: Ref<Method>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same)))
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn method_get(_: &Thread, this: Ref<Method>, _instance: Value, _owner: Option<Value>) -> Value {
    this.value()
}

#[native("__reduce__($self, /)")]
fn method_reduce(t: &Thread, this: Ref<Method>) -> R {
    let (function, receiver) = this.parts();
    let name = protocols::get_attribute(t, function, t.names().__name__)?;
    reduce_to_getattr(t, receiver, name)
}

/// What `getattr(owner, name)` finds again: the way in which functions of objects pickle.
pub fn reduce_to_getattr(t: &Thread, owner: Value, name: Value) -> R {
    let builtins = t.interpreter().state().builtins_dict.get().and_then(Value::downcast::<crate::objects::Dict>);
    let getattr = builtins.and_then(|builtins| builtins.get_str(t, Str::interned(t, "getattr").ok()?));
    let Some(getattr) = getattr else { return Err(t.runtime_error("lost builtins.getattr")) };
    Ok(Tuple::pair(t, getattr, Tuple::pair(t, owner, name)?.value())?.value())
}

fn get_function(_: &Thread, object: Value) -> R {
    Ok(parts(object).0)
}

fn get_receiver(_: &Thread, object: Value) -> R {
    Ok(parts(object).1)
}

fn get_doc(t: &Thread, object: Value) -> R {
    protocols::get_attribute(t, parts(object).0, t.names().__doc__)
}

/// `method`.
pub static METHOD: ClassDef = ClassDef {
    name: "method",
    module: "builtins",
    layout: Method::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "method(function, instance, /)\n--\n\nA function bound to an instance, which becomes its first argument.",
    methods: &[
        MethodDef::New(&METHOD_NEW),
        MethodDef::Method(&METHOD_REPR),
        MethodDef::Method(&METHOD_HASH),
        MethodDef::Method(&METHOD_CALL),
        MethodDef::Method(&METHOD_GETATTRIBUTE),
        MethodDef::Method(&METHOD_EQ),
        MethodDef::Method(&METHOD_NE),
        MethodDef::Method(&METHOD_GET),
        MethodDef::Method(&METHOD_REDUCE),
    ],
    getset: &[
        GetSet {
            name: "__func__",
            get: get_function,
            set: Some(read_only),
            doc: "the function (or other callable) implementing a method",
        },
        GetSet {
            name: "__self__",
            get: get_receiver,
            set: Some(read_only),
            doc: "the instance to which a method is bound",
        },
        GetSet { name: "__doc__", get: get_doc, set: Some(read_only), doc: "" },
    ],
};
