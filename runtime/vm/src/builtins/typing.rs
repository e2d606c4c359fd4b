//! What `_typing` gives: type parameters, type aliases, `Generic`, `NoDefault`. `typing` itself is Python; where its help is needed
//! (checking types, substitution), its functions are called.

mod alias;
mod parameters;

pub use alias::{TYPE_ALIAS, type_alias};
pub use parameters::{parameter_specification, set_default, type_variable, type_variable_tuple};

use crate::builtins::generic_alias::type_text;
use crate::containers::{ValueVec, intern_text};
use crate::heap_object;
use crate::modules::NativeModule;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref, Slot};
use crate::objects::{ClassFlags, Dict, Module, Str, Tuple, instance::Instance};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

use parameters::{PARAM_SPEC, PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS, TYPE_VAR, TYPE_VAR_TUPLE};

/// Calls a function of the module `typing`.
pub fn call_typing(t: &Thread, name: &str, arguments: &[Value]) -> R {
    let typing = crate::builtins::import::import_module(t, "typing")?;
    let function = protocols::get_attribute(t, typing, intern_text(t, name)?)?;
    protocols::call(t, function, arguments)
}

/// The value as a type, as `typing._type_check` sees it; `None` is its class.
fn checked_type(t: &Thread, value: Value, message: &str) -> R {
    if value.is_none() {
        return Ok(t.classes().none_type.value());
    }
    call_typing(t, "_type_check", &[value, Str::new(t, message)?.value()])
}

/// The module whose code calls a native function.
fn calling_module(t: &Thread) -> Option<Value> {
    t.frames().current().and_then(|frame| frame.function().globals().get_str(t, t.names().__name__))
}

/// `typing.Unpack[parameter]`.
fn unpacked(t: &Thread, parameter: Value) -> R {
    let typing = crate::builtins::import::import_module(t, "typing")?;
    let unpack = protocols::get_attribute(t, typing, intern_text(t, "Unpack")?)?;
    protocols::get_item(t, unpack, parameter)
}

/// The iterator that `*parameter` asks for: it gives the parameter unpacked, once.
fn unpacked_once(t: &Thread, parameter: Value) -> R {
    let item = unpacked(t, parameter)?;
    protocols::iterate(t, Tuple::from_slice(t, &[item])?.value())
}

/// Type parameters with the variadic ones unpacked.
fn with_unpacked_tuples(t: &Thread, parameters: Ref<Tuple>) -> R<Ref<Tuple>> {
    let variadic = TYPE_VAR_TUPLE.get(t);
    let mut result = ValueVec::with_capacity(t, parameters.len())?;
    for &parameter in parameters.target().as_slice() {
        let item = if parameter.class(t) == variadic { unpacked(t, parameter)? } else { parameter };
        result.push(t, item)?;
    }
    result.into_tuple(t)
}

/// The base `Generic[...]` of a class statement with type parameters.
pub fn subscript_generic(t: &Thread, parameters: Value) -> R {
    let parameters = Tuple::of(t, parameters).unwrap_or_else(|| t.empty_tuple());
    let arguments = with_unpacked_tuples(t, parameters)?;
    call_typing(t, "_GenericAlias", &[GENERIC.get(t).value(), arguments.value()])
}

/// The singleton `NoDefault`: one an interpreter.
pub fn no_default(t: &Thread) -> R {
    let tables: Option<Ref<Dict>> = t.interpreter().state().side_tables.get().and_then(Value::downcast);
    let name = intern_text(t, "typing.NoDefault")?;
    let Some(tables) = tables else { return Err(t.system_error("an interpreter that was not started")) };
    match tables.get_str(t, name) {
        Some(known) => Ok(known),
        None => {
            let made = t.allocate_exact::<Instance>(NO_DEFAULT_TYPE.get(t))?.publish().value();
            Ok(tables.set_default(t, name.value(), made)?.0)
        }
    }
}

fn is_no_default(t: &Thread, value: Value) -> bool {
    value.class(t) == NO_DEFAULT_TYPE.get(t)
}

#[native("__new__", raw)]
fn no_default_new(t: &Thread, args: Args<'_>) -> R {
    if args.values.len() > 1 {
        return Err(t.type_error("NoDefaultType takes no arguments"));
    }
    no_default(t)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn no_default_repr(_: &Thread, _this: Value) -> &'static str {
    "typing.NoDefault"
}

#[native("__reduce__($self, /)")]
fn no_default_reduce(_: &Thread, _this: Value) -> &'static str {
    "NoDefault"
}

/// The class of `typing.NoDefault`.
pub static NO_DEFAULT_TYPE: NativeClass = NativeClass::new(ClassDef {
    name: "NoDefaultType",
    module: "builtins",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "The type of the NoDefault singleton.",
    methods: &[
        MethodDef::New(&NO_DEFAULT_NEW),
        MethodDef::Method(&NO_DEFAULT_REPR),
        MethodDef::Method(&NO_DEFAULT_REDUCE),
    ],
    getset: &[],
});

heap_object! {
    /// What `evaluate_bound` and kin are where the value is known: a function that gives it in the format asked for.
    pub struct ConstantEvaluator {
        /// The value.
        pub value: Slot,
    }
    trace { value }
    fixed
}

/// A function that gives `value`.
fn constant_evaluator(t: &Thread, value: Value) -> R {
    let made = t.allocate_exact::<ConstantEvaluator>(CONSTANT_EVALUATOR.get(t))?;
    made.set(|e| &e.value, value);
    Ok(made.publish().value())
}

/// `annotationlib.Format.STRING`.
const FORMAT_STRING: i64 = 4;

#[native("__call__", raw)]
fn evaluator_call(t: &Thread, args: Args<'_>) -> R {
    let this: Option<Ref<ConstantEvaluator>> = args.values.first().and_then(|this| this.downcast());
    let Some(value) = this.and_then(|this| this.value.get()) else {
        return Err(t.type_error("descriptor '__call__' needs an argument"));
    };
    let rest = args.rest();
    rest.no_keywords(t, "constevaluator.__call__")?;
    let [format] = rest.values else {
        return Err(t.type_error(format_args!(
            "constevaluator.__call__() takes exactly 1 argument ({} given)",
            rest.values.len()
        )));
    };
    if protocols::index_i64(t, *format)? != FORMAT_STRING {
        return Ok(value);
    }
    let text = match value.downcast::<Tuple>() {
        Some(items) => {
            let mut texts = Vec::new();
            for &item in items.target().as_slice() {
                texts.push(type_text(t, item)?);
            }
            format!("({})", texts.join(", "))
        }
        None => type_text(t, value)?,
    };
    Ok(Str::new(t, &text)?.value())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn evaluator_repr(t: &Thread, this: Ref<ConstantEvaluator>) -> R<String> {
    let shown = protocols::repr(t, this.value.get().unwrap_or(Value::NONE))?;
    Ok(format!("<constevaluator {}>", shown.to_string_lossy()))
}

static CONSTANT_EVALUATOR: NativeClass = NativeClass::new(ClassDef {
    name: "_ConstEvaluator",
    module: "_typing",
    layout: ConstantEvaluator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "Gives a value that is known already, in the format asked for.",
    methods: &[MethodDef::Method(&EVALUATOR_CALL), MethodDef::Method(&EVALUATOR_REPR)],
    getset: &[],
});

/// Parameterizes a generic class.
#[native("__class_getitem__", raw)]
fn generic_class_getitem(t: &Thread, args: Args<'_>) -> R {
    forward(t, "_generic_class_getitem", args)
}

/// Prepares a subclass of a generic class.
#[native("__init_subclass__", raw)]
fn generic_init_subclass(t: &Thread, args: Args<'_>) -> R {
    forward(t, "_generic_init_subclass", args)
}

fn forward(t: &Thread, name: &str, args: Args<'_>) -> R {
    let typing = crate::builtins::import::import_module(t, "typing")?;
    let function = protocols::get_attribute(t, typing, intern_text(t, name)?)?;
    protocols::call_args(t, function, args)
}

/// `typing.Generic`.
pub static GENERIC: NativeClass = NativeClass::new(ClassDef {
    name: "Generic",
    module: "typing",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "Abstract base class for generic types.\n\nA class statement with type parameters derives from it without saying so:\n\n    class Box[T]:\n        ...\n",
    methods: &[MethodDef::Class(&GENERIC_CLASS_GETITEM), MethodDef::Class(&GENERIC_INIT_SUBCLASS)],
    getset: &[],
});

#[native("_idfunc", raw)]
fn identity(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "_typing._idfunc")?;
    match args.values {
        [value] => Ok(*value),
        more => Err(t.type_error(format_args!("_typing._idfunc() takes exactly one argument ({} given)", more.len()))),
    }
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    module.add(t, "NoDefault", no_default(t)?)
}

/// `_typing`.
pub static MODULE: NativeModule = NativeModule {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.\n",
    functions: &[&IDENTITY],
    classes: &[
        &TYPE_VAR,
        &PARAM_SPEC,
        &PARAM_SPEC_ARGS,
        &PARAM_SPEC_KWARGS,
        &TYPE_VAR_TUPLE,
        &TYPE_ALIAS,
        &GENERIC,
        &crate::builtins::union::UNION,
    ],
    initialize,
};
