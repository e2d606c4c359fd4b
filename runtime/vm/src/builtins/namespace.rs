//! `types.SimpleNamespace`.

use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{ClassFlags, Dict, Str, Tuple, instance::Instance};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

/// `types.SimpleNamespace`.
pub static SIMPLE_NAMESPACE: NativeClass = NativeClass::new(ClassDef {
    name: "SimpleNamespace",
    module: "types",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::DICT,
    doc: "SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.",
    methods: &[
        MethodDef::Method(&NAMESPACE_INIT),
        MethodDef::Method(&NAMESPACE_REPR),
        MethodDef::Method(&NAMESPACE_EQ),
        MethodDef::Method(&NAMESPACE_REDUCE),
        MethodDef::Method(&NAMESPACE_REPLACE),
    ],
    getset: &[GetSet { name: "__dict__", get: crate::builtins::object::get_dict, set: None, doc: "" }],
});

/// An empty namespace.
pub fn new(t: &Thread) -> R {
    crate::builtins::object::new_instance(t, SIMPLE_NAMESPACE.get(t))
}

fn dict(t: &Thread, this: Value) -> R<Ref<Dict>> {
    match crate::builtins::object::get_dict(t, this)?.downcast() {
        Some(dict) => Ok(dict),
        None => Err(t.type_error("a namespace has a __dict__")),
    }
}

#[native("__init__", raw)]
fn namespace_init(t: &Thread, args: Args<'_>) -> R {
    let Some(&this) = args.values.first() else {
        return Err(t.type_error("descriptor '__init__' of 'types.SimpleNamespace' object needs an argument"));
    };
    let own = dict(t, this)?;
    match args.rest().positional() {
        [] => {}
        [mapping] => {
            let given = Dict::new(t)?;
            protocols::update_dict(t, given, *mapping)?;
            given.for_each(t, |key, _| {
                if Str::of(t, key).is_some() { Ok(()) } else { Err(t.type_error("keywords must be strings")) }
            })?;
            protocols::update_dict(t, own, given.value())?;
        }
        more => {
            return Err(t.type_error(format_args!(
                "{} expected at most 1 positional argument, got {}",
                this.class(t).name(),
                more.len()
            )));
        }
    }
    for (name, value) in args.keywords() {
        own.set_str(t, name, value)?;
    }
    Ok(Value::NONE)
}

#[native("__repr__($self, /)")]
fn namespace_repr(t: &Thread, this: Value) -> R<String> {
    let class = this.class(t);
    let name = if class == SIMPLE_NAMESPACE.get(t) { String::from("namespace") } else { class.name() };
    let Some(_guard) = crate::containers::repr_guard::ReprGuard::enter(t, this)? else {
        return Ok(format!("{name}(...)"));
    };
    let mut parts = Vec::new();
    dict(t, this)?.for_each(t, |key, value| {
        if let Some(key) = Str::of(t, key).filter(|key| !key.is_empty()) {
            parts.push(format!("{}={}", key.to_string_lossy(), protocols::repr(t, value)?.to_string_lossy()));
        }
        Ok(())
    })?;
    Ok(format!("{name}({})", parts.join(", ")))
}

#[native("__eq__($self, value, /)")]
fn namespace_eq(t: &Thread, this: Value, other: Value) -> R {
    let class = SIMPLE_NAMESPACE.get(t);
    if !this.class(t).is_subclass_of(class) || !other.class(t).is_subclass_of(class) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    Ok(Value::bool(Dict::equal(t, dict(t, this)?, dict(t, other)?)?))
}

/// Return state information for pickling
#[native("__reduce__($self, /)")]
fn namespace_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[this.class(t).value(), t.empty_tuple().value(), dict(t, this)?.value()])
}

/// Return a copy of the namespace object with new values for the specified attributes.
#[native("__replace__", raw)]
fn namespace_replace(t: &Thread, args: Args<'_>) -> R {
    let Some(&this) = args.values.first() else { return Err(t.type_error("__replace__() needs an argument")) };
    if args.positional().len() > 1 {
        return Err(t.type_error(format_args!(
            "__replace__() takes no positional arguments ({} given)",
            args.positional().len() - 1
        )));
    }
    let made = protocols::call(t, this.class(t).value(), &[])?;
    let target = dict(t, made)?;
    protocols::update_dict(t, target, dict(t, this)?.value())?;
    for (name, value) in args.keywords() {
        target.set_str(t, name, value)?;
    }
    Ok(made)
}
