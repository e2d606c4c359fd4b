//! `TypeAliasType`: what a `type` statement makes. The value is evaluated when first asked for.

use super::parameters::default_of;
use super::{calling_module, constant_evaluator, is_no_default, unpacked_once, with_unpacked_tuples};
use crate::builtins::construct::class_argument;
use crate::builtins::member::read_only;
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{ClassFlags, Function, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A type alias.
    pub struct TypeAlias {
        /// `__name__`.
        pub name: Slot,
        /// `__type_params__`, a tuple that is not empty, or unset.
        pub type_params: Slot,
        /// What evaluates the value, or unset.
        pub evaluate: Slot,
        /// The value, or unset until evaluated.
        pub value: Slot,
        /// The module that made it by a call, or unset.
        pub module: Slot,
    }
    trace { name, type_params, evaluate, value, module }
    fixed
}

fn of(value: Value) -> Ref<TypeAlias> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// What a `type` statement makes of name, type parameters (or `None`) and the function that evaluates the value.
pub fn type_alias(t: &Thread, parts: Value) -> R {
    let Some(parts) = parts.downcast::<Tuple>() else {
        return Err(t.system_error("a type statement gives three parts"));
    };
    let [name, type_params, evaluate] = *parts.target().as_slice() else {
        return Err(t.system_error("a type statement gives three parts"));
    };
    let made = t.allocate_exact::<TypeAlias>(TYPE_ALIAS.get(t))?;
    let type_params = Some(type_params).filter(|parameters| !parameters.is_none());
    made.set(|a| &a.name, name).set(|a| &a.type_params, type_params).set(|a| &a.evaluate, evaluate);
    Ok(made.publish().value())
}

/// Parameters with a default must not be followed by one without.
fn check_parameters(t: &Thread, parameters: Ref<Tuple>) -> R<()> {
    let mut seen_default = false;
    for &parameter in parameters.target().as_slice() {
        let Some(default) = default_of(t, parameter)? else {
            let shown = protocols::repr(t, parameter)?.to_string_lossy();
            return Err(t.type_error(format_args!("Expected a type param, got {shown}")));
        };
        if !is_no_default(t, default) {
            seen_default = true;
        } else if seen_default {
            let shown = protocols::repr(t, parameter)?.to_string_lossy();
            return Err(
                t.type_error(format_args!("non-default type parameter '{shown}' follows default type parameter"))
            );
        }
    }
    Ok(())
}

#[native("typealias(name, value, *, type_params=())")]
fn typealias(t: &Thread, name: Ref<Str>, value: Value, type_params: Option<Value>) -> R {
    let parameters = match type_params {
        None => None,
        Some(given) => match Tuple::of(t, given) {
            Some(parameters) => Some(parameters).filter(|parameters| !parameters.is_empty()),
            None => return Err(t.type_error("type_params must be a tuple")),
        },
    };
    if let Some(parameters) = parameters {
        check_parameters(t, parameters)?;
    }
    let module = calling_module(t);
    let made = t.allocate_exact::<TypeAlias>(TYPE_ALIAS.get(t))?;
    made.set(|a| &a.name, name.value()).set(|a| &a.value, value).set(|a| &a.module, module);
    made.set(|a| &a.type_params, parameters.map(Ref::value));
    Ok(made.publish().value())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn alias_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, TYPE_ALIAS.get(t))?;
    TYPEALIAS.invoke(t, None, rest)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn alias_repr(_: &Thread, this: Ref<TypeAlias>) -> Value {
    this.name.get().unwrap_or(Value::NONE)
}

#[native("__reduce__($self, /)")]
fn alias_reduce(_: &Thread, this: Ref<TypeAlias>) -> Value {
    this.name.get().unwrap_or(Value::NONE)
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn alias_getitem(t: &Thread, this: Ref<TypeAlias>, key: Value) -> R {
    if this.type_params.get().is_none() {
        return Err(t.type_error("Only generic type aliases are subscriptable"));
    }
    crate::builtins::generic_alias::new(t, this.value(), key)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn alias_iter(t: &Thread, this: Value) -> R {
    unpacked_once(t, this)
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn alias_or(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::or(t, this, other)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn alias_ror(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::or(t, other, this)
}

fn get_name(_: &Thread, object: Value) -> R {
    Ok(of(object).name.get().unwrap_or(Value::NONE))
}

fn get_value(t: &Thread, object: Value) -> R {
    let this = of(object);
    if let Some(known) = this.value.get() {
        return Ok(known);
    }
    let Some(evaluate) = this.evaluate.get() else { return Err(t.system_error("an alias without a value")) };
    let made = protocols::call(t, evaluate, &[])?;
    this.value.put(this.header(), t, made);
    Ok(made)
}

fn get_type_params(t: &Thread, object: Value) -> R {
    Ok(of(object).type_params.get().unwrap_or(t.empty_tuple().value()))
}

fn get_parameters(t: &Thread, object: Value) -> R {
    match of(object).type_params.get().and_then(Value::downcast::<Tuple>) {
        Some(parameters) => Ok(with_unpacked_tuples(t, parameters)?.value()),
        None => Ok(t.empty_tuple().value()),
    }
}

fn get_evaluate(t: &Thread, object: Value) -> R {
    let this = of(object);
    match (this.evaluate.get(), this.value.get()) {
        (Some(evaluate), _) => Ok(evaluate),
        (None, value) => constant_evaluator(t, value.unwrap_or(Value::NONE)),
    }
}

fn get_module(_: &Thread, object: Value) -> R {
    let this = of(object);
    let function = this.evaluate.get().and_then(Value::downcast::<Function>);
    let module = this.module.get().or_else(|| function?.module.get());
    Ok(module.unwrap_or(Value::NONE))
}

/// `typing.TypeAliasType`.
pub static TYPE_ALIAS: NativeClass = NativeClass::new(ClassDef {
    name: "TypeAliasType",
    module: "typing",
    layout: TypeAlias::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "Type alias.\n\nA type statement makes one:\n\n    type Name = str\n\nIts value, __value__, is evaluated when it is first asked for.\n",
    methods: &[
        MethodDef::New(&ALIAS_NEW),
        MethodDef::Method(&ALIAS_REPR),
        MethodDef::Method(&ALIAS_REDUCE),
        MethodDef::Method(&ALIAS_GETITEM),
        MethodDef::Method(&ALIAS_ITER),
        MethodDef::Method(&ALIAS_OR),
        MethodDef::Method(&ALIAS_ROR),
    ],
    getset: &[
        GetSet { name: "__name__", get: get_name, set: Some(read_only), doc: "" },
        GetSet { name: "__value__", get: get_value, set: None, doc: "" },
        GetSet { name: "__type_params__", get: get_type_params, set: None, doc: "" },
        GetSet { name: "__parameters__", get: get_parameters, set: None, doc: "" },
        GetSet { name: "__module__", get: get_module, set: None, doc: "" },
        GetSet { name: "evaluate_value", get: get_evaluate, set: None, doc: "" },
    ],
});
