//! `TypeVar`, `ParamSpec` and `TypeVarTuple`, which share one layout, and `P.args` and `P.kwargs`.
//!
//! Bounds, constraints and defaults that the type parameter syntax gives are functions, called when the value is first asked for.

use sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::{call_typing, calling_module, checked_type, constant_evaluator, is_no_default, no_default, unpacked_once};
use crate::builtins::construct::class_argument;
use crate::builtins::member::read_only;
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Class, ClassFlags, Str, Tuple};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::shapes;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A type parameter of any kind.
    pub struct TypeParameter {
        /// `__name__`.
        pub name: Slot,
        /// `__bound__`, or unset: none, or not evaluated yet.
        pub bound: Slot,
        /// What evaluates the bound, or unset.
        pub evaluate_bound: Slot,
        /// `__constraints__`, or unset: none, or not evaluated yet.
        pub constraints: Slot,
        /// What evaluates the constraints, or unset.
        pub evaluate_constraints: Slot,
        /// `__default__`, or unset: none, or not evaluated yet.
        pub default: Slot,
        /// What evaluates the default, or unset.
        pub evaluate_default: Slot,
        /// `COVARIANT`, `CONTRAVARIANT`, `INFERRED`.
        variance: AtomicU32,
    }
    trace { name, bound, evaluate_bound, constraints, evaluate_constraints, default, evaluate_default }
    fixed
}

const COVARIANT: u32 = 1;
const CONTRAVARIANT: u32 = 2;
const INFERRED: u32 = 4;

fn of(value: Value) -> Ref<TypeParameter> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn allocate(t: &Thread, class: Ref<Class>, name: Value, variance: u32) -> R<Ref<TypeParameter>> {
    let made = t.allocate::<TypeParameter>(class)?;
    made.set(|p| &p.name, name);
    made.get().variance.store(variance, Relaxed);
    let made = made.publish();
    shapes::initialize(t, made.header(), class)?;
    Ok(made)
}

/// `T`, `T: bound`, `T: (constraints)` of a type parameter list.
pub fn type_variable(t: &Thread, name: Value, bound: Option<Value>, constraints: Option<Value>) -> R {
    let made = allocate(t, TYPE_VAR.get(t), name, INFERRED)?;
    made.evaluate_bound.put(made.header(), t, bound);
    made.evaluate_constraints.put(made.header(), t, constraints);
    Ok(made.value())
}

/// `**P` of a type parameter list.
pub fn parameter_specification(t: &Thread, name: Value) -> R {
    Ok(allocate(t, PARAM_SPEC.get(t), name, INFERRED)?.value())
}

/// `*Ts` of a type parameter list.
pub fn type_variable_tuple(t: &Thread, name: Value) -> R {
    Ok(allocate(t, TYPE_VAR_TUPLE.get(t), name, 0)?.value())
}

/// `= default` of a type parameter list: gives the parameter.
pub fn set_default(t: &Thread, parameter: Value, evaluate: Value) -> R {
    let Some(this) = parameter.downcast::<TypeParameter>() else {
        return Err(t.system_error("expected a type parameter"));
    };
    this.evaluate_default.put(this.header(), t, evaluate);
    Ok(parameter)
}

/// The value of a slot, evaluated at first use.
fn lazily(
    t: &Thread,
    this: Ref<TypeParameter>,
    value: impl Fn(&TypeParameter) -> &Slot,
    evaluate: &Slot,
) -> R<Option<Value>> {
    let slot = value(this.target());
    if let Some(known) = slot.get() {
        return Ok(Some(known));
    }
    let Some(evaluate) = evaluate.get() else { return Ok(None) };
    let made = protocols::call(t, evaluate, &[])?;
    slot.put(this.header(), t, made);
    Ok(Some(made))
}

/// The default of a type parameter, `NoDefault` without one; nothing if the value is no type parameter.
pub fn default_of(t: &Thread, value: Value) -> R<Option<Value>> {
    let Some(this) = value.downcast::<TypeParameter>() else { return Ok(None) };
    match lazily(t, this, |p| &p.default, &this.target().evaluate_default)? {
        Some(default) => Ok(Some(default)),
        None => no_default(t).map(Some),
    }
}

fn variance_of(t: &Thread, covariant: bool, contravariant: bool, inferred: bool) -> R<u32> {
    if covariant && contravariant {
        return Err(t.value_error("Bivariant types are not supported."));
    }
    if inferred && (covariant || contravariant) {
        return Err(t.value_error("Variance cannot be specified with infer_variance."));
    }
    Ok(u32::from(covariant) * COVARIANT + u32::from(contravariant) * CONTRAVARIANT + u32::from(inferred) * INFERRED)
}

/// What the constructors do at the end: the default, and `__module__` of the caller.
fn finish(t: &Thread, this: Ref<TypeParameter>, default: Option<Value>) -> R {
    let default = match default {
        Some(default) => default,
        None => no_default(t)?,
    };
    this.default.put(this.header(), t, default);
    let module = calling_module(t).unwrap_or(Value::NONE);
    shapes::set(t, this.header(), t.names().__module__, module)?;
    Ok(this.value())
}

#[native(
    "typevar(name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)"
)]
#[expect(clippy::too_many_arguments, reason = "one for each parameter of the Python signature")]
fn typevar(
    t: &Thread,
    name: Ref<Str>,
    constraints: Ref<Tuple>,
    bound: Option<Value>,
    default: Option<Value>,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
) -> R {
    let variance = variance_of(t, covariant, contravariant, infer_variance)?;
    let bound = match bound.filter(|bound| !bound.is_none()) {
        Some(bound) => Some(checked_type(t, bound, "Bound must be a type.")?),
        None => None,
    };
    match constraints.len() {
        0 => {}
        1 => return Err(t.type_error("A single constraint is not allowed")),
        _ if bound.is_some() => return Err(t.type_error("Constraints cannot be combined with bound=...")),
        _ => {}
    }
    let made = allocate(t, TYPE_VAR.get(t), name.value(), variance)?;
    made.bound.put(made.header(), t, bound);
    if !constraints.is_empty() {
        made.constraints.put(made.header(), t, constraints.value());
    }
    finish(t, made, default)
}

#[native(
    "paramspec(name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)"
)]
fn paramspec(
    t: &Thread,
    name: Ref<Str>,
    bound: Option<Value>,
    default: Option<Value>,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
) -> R {
    let variance = variance_of(t, covariant, contravariant, infer_variance)?;
    let bound = bound.filter(|bound| !bound.is_none());
    let made = allocate(t, PARAM_SPEC.get(t), name.value(), variance)?;
    made.bound.put(made.header(), t, bound);
    finish(t, made, default)
}

#[native("typevartuple(name, *, default=typing.NoDefault)")]
fn typevartuple(t: &Thread, name: Ref<Str>, default: Option<Value>) -> R {
    let made = allocate(t, TYPE_VAR_TUPLE.get(t), name.value(), 0)?;
    finish(t, made, default)
}

macro_rules! constructors {
    ($($function:ident $class:ident $definition:ident;)*) => { $(
        /// Create and return a new object.  See help(type) for accurate signature.
        #[native("__new__($type, *args, **kwargs)", raw)]
        fn $function(t: &Thread, args: Args<'_>) -> R {
            let (_, rest) = class_argument(t, args, $class.get(t))?;
            $definition.invoke(t, None, rest)
        }
    )* };
}
constructors! {
    type_var_new TYPE_VAR TYPEVAR;
    param_spec_new PARAM_SPEC PARAMSPEC;
    type_var_tuple_new TYPE_VAR_TUPLE TYPEVARTUPLE;
    param_spec_args_new PARAM_SPEC_ARGS PARAMSPECARGS;
    param_spec_kwargs_new PARAM_SPEC_KWARGS PARAMSPECKWARGS;
}

fn name_text(t: &Thread, this: Ref<TypeParameter>) -> String {
    this.name.get().and_then(|name| Str::of(t, name)).map_or_else(String::new, |name| name.to_string_lossy())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn variable_repr(t: &Thread, this: Ref<TypeParameter>) -> String {
    let sign = match this.variance.load(Relaxed) {
        variance if variance & INFERRED != 0 => "",
        variance if variance & COVARIANT != 0 => "+",
        variance if variance & CONTRAVARIANT != 0 => "-",
        _ => "~",
    };
    format!("{sign}{}", name_text(t, this))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn variadic_repr(t: &Thread, this: Ref<TypeParameter>) -> String {
    name_text(t, this)
}

#[native("__reduce__($self, /)")]
fn parameter_reduce(_: &Thread, this: Ref<TypeParameter>) -> Value {
    this.name.get().unwrap_or(Value::NONE)
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn parameter_or(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::of_types(t, &[this, other])
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn parameter_ror(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::of_types(t, &[other, this])
}

#[native("__mro_entries__($self, object, /)")]
fn no_subclasses(t: &Thread, this: Value, _bases: Value) -> R {
    Err(t.type_error(format_args!("Cannot subclass an instance of {}", this.class(t).name())))
}

#[native("has_default($self, /)")]
fn parameter_has_default(t: &Thread, this: Ref<TypeParameter>) -> bool {
    this.evaluate_default.get().is_some() || this.default.get().is_some_and(|default| !is_no_default(t, default))
}

#[native("__typing_subst__($self, arg, /)")]
fn variable_subst(t: &Thread, this: Value, argument: Value) -> R {
    call_typing(t, "_typevar_subst", &[this, argument])
}

#[native("__typing_prepare_subst__($self, alias, args, /)")]
fn variable_prepare_subst(t: &Thread, this: Value, alias: Value, args: Value) -> R {
    let parameters = protocols::get_attribute(t, alias, t.names().__parameters__)?;
    let parameters = protocols::tuple_of(t, parameters)?;
    let index = parameters.target().as_slice().iter().position(|parameter| parameter.is(this));
    let index = index.ok_or_else(|| t.value_error("sequence.index(x): x not in sequence"))?;
    let given = protocols::length(t, args)?;
    if index < given {
        return Ok(args);
    }
    let default = default_of(t, this)?.filter(|&default| index == given && !is_no_default(t, default));
    let Some(default) = default else {
        let shown = protocols::str(t, alias)?.to_string_lossy();
        let mut least = 0;
        for &parameter in parameters.target().as_slice() {
            let default = protocols::get_attribute_optional(t, parameter, t.names().__default__)?;
            least += usize::from(default.is_none_or(|default| is_no_default(t, default)));
        }
        return Err(
            t.type_error(format_args!("Too few arguments for {shown}; actual {given}, expected at least {least}"))
        );
    };
    protocols::binary(t, protocols::BinaryOp::Add, args, Tuple::from_slice(t, &[default])?.value())
}

#[native("__typing_subst__($self, arg, /)")]
fn specification_subst(t: &Thread, this: Value, argument: Value) -> R {
    call_typing(t, "_paramspec_subst", &[this, argument])
}

#[native("__typing_prepare_subst__($self, alias, args, /)")]
fn specification_prepare_subst(t: &Thread, this: Value, alias: Value, args: Value) -> R {
    call_typing(t, "_paramspec_prepare_subst", &[this, alias, args])
}

#[native("__typing_subst__($self, arg, /)")]
fn variadic_subst(t: &Thread, _this: Value, _argument: Value) -> R {
    Err(t.type_error("Substitution of bare TypeVarTuple is not supported"))
}

#[native("__typing_prepare_subst__($self, alias, args, /)")]
fn variadic_prepare_subst(t: &Thread, this: Value, alias: Value, args: Value) -> R {
    call_typing(t, "_typevartuple_prepare_subst", &[this, alias, args])
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn variadic_iter(t: &Thread, this: Value) -> R {
    unpacked_once(t, this)
}

fn get_name(_: &Thread, object: Value) -> R {
    Ok(of(object).name.get().unwrap_or(Value::NONE))
}

fn get_bound(t: &Thread, object: Value) -> R {
    let this = of(object);
    Ok(lazily(t, this, |p| &p.bound, &this.target().evaluate_bound)?.unwrap_or(Value::NONE))
}

fn get_constraints(t: &Thread, object: Value) -> R {
    let this = of(object);
    Ok(lazily(t, this, |p| &p.constraints, &this.target().evaluate_constraints)?.unwrap_or(t.empty_tuple().value()))
}

fn get_default(t: &Thread, object: Value) -> R {
    Ok(default_of(t, object)?.unwrap_or(Value::NONE))
}

/// The function that evaluates: the compiler's, or one that gives the known value; `None` if there is no value.
fn evaluator(t: &Thread, evaluate: &Slot, value: &Slot) -> R {
    match (evaluate.get(), value.get()) {
        (Some(evaluate), _) => Ok(evaluate),
        (None, Some(value)) => constant_evaluator(t, value),
        (None, None) => Ok(Value::NONE),
    }
}

fn get_evaluate_bound(t: &Thread, object: Value) -> R {
    evaluator(t, &of(object).evaluate_bound, &of(object).bound)
}

fn get_evaluate_constraints(t: &Thread, object: Value) -> R {
    evaluator(t, &of(object).evaluate_constraints, &of(object).constraints)
}

fn get_evaluate_default(t: &Thread, object: Value) -> R {
    evaluator(t, &of(object).evaluate_default, &of(object).default)
}

fn has_variance(object: Value, flag: u32) -> R {
    Ok(Value::bool(of(object).variance.load(Relaxed) & flag != 0))
}

fn get_covariant(_: &Thread, object: Value) -> R {
    has_variance(object, COVARIANT)
}

fn get_contravariant(_: &Thread, object: Value) -> R {
    has_variance(object, CONTRAVARIANT)
}

fn get_inferred(_: &Thread, object: Value) -> R {
    has_variance(object, INFERRED)
}

heap_object! {
    /// `P.args` or `P.kwargs`.
    pub struct SpecificationPart {
        /// `__origin__`.
        pub origin: Slot,
    }
    trace { origin }
    fixed
}

fn part(t: &Thread, class: &'static NativeClass, origin: Value) -> R {
    let made = t.allocate_exact::<SpecificationPart>(class.get(t))?;
    made.set(|p| &p.origin, origin);
    Ok(made.publish().value())
}

#[native("paramspecargs(origin)")]
fn paramspecargs(t: &Thread, origin: Value) -> R {
    part(t, &PARAM_SPEC_ARGS, origin)
}

#[native("paramspeckwargs(origin)")]
fn paramspeckwargs(t: &Thread, origin: Value) -> R {
    part(t, &PARAM_SPEC_KWARGS, origin)
}

fn get_args(t: &Thread, object: Value) -> R {
    part(t, &PARAM_SPEC_ARGS, object)
}

fn get_kwargs(t: &Thread, object: Value) -> R {
    part(t, &PARAM_SPEC_KWARGS, object)
}

fn get_origin(_: &Thread, object: Value) -> R {
    let this: Option<Ref<SpecificationPart>> = object.downcast();
    Ok(this.and_then(|this| this.origin.get()).unwrap_or(Value::NONE))
}

fn part_text(t: &Thread, this: Ref<SpecificationPart>, kind: &str) -> R<String> {
    let origin = this.origin.get().unwrap_or(Value::NONE);
    match origin.downcast::<TypeParameter>().filter(|_| origin.class(t) == PARAM_SPEC.get(t)) {
        Some(parameter) => Ok(format!("{}.{kind}", name_text(t, parameter))),
        None => Ok(format!("{}.{kind}", protocols::repr(t, origin)?.to_string_lossy())),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn args_repr(t: &Thread, this: Ref<SpecificationPart>) -> R<String> {
    part_text(t, this, "args")
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn kwargs_repr(t: &Thread, this: Ref<SpecificationPart>) -> R<String> {
    part_text(t, this, "kwargs")
}

fn compare_parts(t: &Thread, this: Ref<SpecificationPart>, other: Value, op: CompareOp) -> R {
    let Some(second) = other.downcast::<SpecificationPart>().filter(|_| other.class(t) == this.value().class(t)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let origins = [this.origin.get().unwrap_or(Value::NONE), second.origin.get().unwrap_or(Value::NONE)];
    protocols::compare(t, origins[0], origins[1], op)
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn part_eq(t: &Thread, this: Ref<SpecificationPart>, other: Value) -> R {
    compare_parts(t, this, other, CompareOp::Eq)
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn part_ne(t: &Thread, this: Ref<SpecificationPart>, other: Value) -> R {
    compare_parts(t, this, other, CompareOp::Ne)
}

/// `typing.TypeVar`.
pub static TYPE_VAR: NativeClass = NativeClass::new(ClassDef {
    name: "TypeVar",
    module: "typing",
    layout: TypeParameter::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Type variable.\n\nThe syntax for generic functions, classes and aliases makes one for each plain parameter:\n\n    class Box[T]: ...\n\nOne may be made by hand as well: T = TypeVar('T').\n",
    methods: &[
        MethodDef::New(&TYPE_VAR_NEW),
        MethodDef::Method(&VARIABLE_REPR),
        MethodDef::Method(&PARAMETER_REDUCE),
        MethodDef::Method(&PARAMETER_OR),
        MethodDef::Method(&PARAMETER_ROR),
        MethodDef::Method(&NO_SUBCLASSES),
        MethodDef::Method(&PARAMETER_HAS_DEFAULT),
        MethodDef::Method(&VARIABLE_SUBST),
        MethodDef::Method(&VARIABLE_PREPARE_SUBST),
    ],
    getset: &[
        GetSet { name: "__name__", get: get_name, set: Some(read_only), doc: "" },
        GetSet { name: "__bound__", get: get_bound, set: None, doc: "" },
        GetSet { name: "__constraints__", get: get_constraints, set: None, doc: "" },
        GetSet { name: "__default__", get: get_default, set: None, doc: "" },
        GetSet { name: "__covariant__", get: get_covariant, set: Some(read_only), doc: "" },
        GetSet { name: "__contravariant__", get: get_contravariant, set: Some(read_only), doc: "" },
        GetSet { name: "__infer_variance__", get: get_inferred, set: Some(read_only), doc: "" },
        GetSet { name: "evaluate_bound", get: get_evaluate_bound, set: None, doc: "" },
        GetSet { name: "evaluate_constraints", get: get_evaluate_constraints, set: None, doc: "" },
        GetSet { name: "evaluate_default", get: get_evaluate_default, set: None, doc: "" },
    ],
});

/// `typing.ParamSpec`.
pub static PARAM_SPEC: NativeClass = NativeClass::new(ClassDef {
    name: "ParamSpec",
    module: "typing",
    layout: TypeParameter::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Parameter specification variable: stands for the parameters of a callable.\n\n    type Handler[**P] = Callable[P, int]\n",
    methods: &[
        MethodDef::New(&PARAM_SPEC_NEW),
        MethodDef::Method(&VARIABLE_REPR),
        MethodDef::Method(&PARAMETER_REDUCE),
        MethodDef::Method(&PARAMETER_OR),
        MethodDef::Method(&PARAMETER_ROR),
        MethodDef::Method(&NO_SUBCLASSES),
        MethodDef::Method(&PARAMETER_HAS_DEFAULT),
        MethodDef::Method(&SPECIFICATION_SUBST),
        MethodDef::Method(&SPECIFICATION_PREPARE_SUBST),
    ],
    getset: &[
        GetSet { name: "__name__", get: get_name, set: Some(read_only), doc: "" },
        GetSet { name: "__bound__", get: get_bound, set: Some(read_only), doc: "" },
        GetSet { name: "__default__", get: get_default, set: None, doc: "The default value for this ParamSpec." },
        GetSet { name: "__covariant__", get: get_covariant, set: Some(read_only), doc: "" },
        GetSet { name: "__contravariant__", get: get_contravariant, set: Some(read_only), doc: "" },
        GetSet { name: "__infer_variance__", get: get_inferred, set: Some(read_only), doc: "" },
        GetSet { name: "evaluate_default", get: get_evaluate_default, set: None, doc: "" },
        GetSet { name: "args", get: get_args, set: None, doc: "Represents positional arguments." },
        GetSet { name: "kwargs", get: get_kwargs, set: None, doc: "Represents keyword arguments." },
    ],
});

/// `typing.TypeVarTuple`.
pub static TYPE_VAR_TUPLE: NativeClass = NativeClass::new(ClassDef {
    name: "TypeVarTuple",
    module: "typing",
    layout: TypeParameter::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Type variable tuple: stands for any number of types.\n\n    class Table[*Columns]: ...\n",
    methods: &[
        MethodDef::New(&TYPE_VAR_TUPLE_NEW),
        MethodDef::Method(&VARIADIC_REPR),
        MethodDef::Method(&VARIADIC_ITER),
        MethodDef::Method(&PARAMETER_REDUCE),
        MethodDef::Method(&NO_SUBCLASSES),
        MethodDef::Method(&PARAMETER_HAS_DEFAULT),
        MethodDef::Method(&VARIADIC_SUBST),
        MethodDef::Method(&VARIADIC_PREPARE_SUBST),
    ],
    getset: &[
        GetSet { name: "__name__", get: get_name, set: Some(read_only), doc: "" },
        GetSet { name: "__default__", get: get_default, set: None, doc: "The default value for this TypeVarTuple." },
        GetSet { name: "evaluate_default", get: get_evaluate_default, set: None, doc: "" },
    ],
});

/// `typing.ParamSpecArgs`.
pub static PARAM_SPEC_ARGS: NativeClass = NativeClass::new(ClassDef {
    name: "ParamSpecArgs",
    module: "typing",
    layout: SpecificationPart::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "The positional parameters that a ParamSpec stands for: P.args.\n",
    methods: &[
        MethodDef::New(&PARAM_SPEC_ARGS_NEW),
        MethodDef::Method(&ARGS_REPR),
        MethodDef::Method(&PART_EQ),
        MethodDef::Method(&PART_NE),
        MethodDef::Method(&NO_SUBCLASSES),
    ],
    getset: &[GetSet { name: "__origin__", get: get_origin, set: Some(read_only), doc: "" }],
});

/// `typing.ParamSpecKwargs`.
pub static PARAM_SPEC_KWARGS: NativeClass = NativeClass::new(ClassDef {
    name: "ParamSpecKwargs",
    module: "typing",
    layout: SpecificationPart::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "The keyword parameters that a ParamSpec stands for: P.kwargs.\n",
    methods: &[
        MethodDef::New(&PARAM_SPEC_KWARGS_NEW),
        MethodDef::Method(&KWARGS_REPR),
        MethodDef::Method(&PART_EQ),
        MethodDef::Method(&PART_NE),
        MethodDef::Method(&NO_SUBCLASSES),
    ],
    getset: &[GetSet { name: "__origin__", get: get_origin, set: Some(read_only), doc: "" }],
});
