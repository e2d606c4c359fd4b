//! `function`: functions made by Python code.

use bytecode::CodeFlags;

use crate::builtins::construct::class_argument;
use crate::builtins::member::read_only;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{
    Cell, ClassFlags, CodeObject, Dict, Function, Generator, Method, Str, Tuple, ValueArray, own_dict_for_writing,
    replace_own_dict,
};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

fn of(value: Value) -> Ref<Function> {
    value.downcast().expect("the descriptor checked the receiver")
}

const PARAMETERS: [&str; 6] = ["code", "globals", "name", "argdefs", "closure", "kwdefaults"];

fn new_arguments(t: &Thread, args: Args<'_>) -> R<[Option<Value>; 6]> {
    let mut found = [None; 6];
    let given = args.values.len();
    if given > found.len() {
        return Err(t.type_error(format_args!("function() takes at most 6 arguments ({given} given)")));
    }
    for (slot, &value) in found.iter_mut().zip(args.positional()) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        let Some(index) = PARAMETERS.iter().position(|known| name.is(known)) else {
            return Err(native::unexpected_keyword(t, "function", &name.to_string_lossy(), PARAMETERS));
        };
        if found[index].replace(value).is_some() {
            let (name, place) = (PARAMETERS[index], index + 1);
            return Err(
                t.type_error(format_args!("argument for function() given by name ('{name}') and position ({place})"))
            );
        }
    }
    for (index, name) in PARAMETERS.iter().enumerate().take(2) {
        if found[index].is_none() {
            return Err(t.type_error(format_args!("function() missing required argument '{name}' (pos {})", index + 1)));
        }
    }
    Ok(found)
}

/// An argument that may be None or must be a `T`.
fn optional<T: Object>(t: &Thread, given: Option<Value>, message: &str) -> R<Option<Ref<T>>> {
    match given.filter(|value| !value.is_none()) {
        None => Ok(None),
        Some(value) => value.downcast::<T>().map(Some).ok_or_else(|| t.type_error(message)),
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn function_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, t.classes().function)?;
    let [code, globals, name, defaults, closure, kwdefaults] = new_arguments(t, rest)?;
    let wrong = |name: &str, kind: &str, got: Option<Value>| {
        let got = got.map_or_else(String::new, |got| protocols::name_of_argument(t, got));
        t.type_error(format_args!("function() argument '{name}' must be {kind}, not {got}"))
    };
    let Some(code_object) = code.and_then(Value::downcast::<CodeObject>) else {
        return Err(wrong("code", "code", code));
    };
    let Some(global_dict) = globals.and_then(Value::downcast::<Dict>) else {
        return Err(wrong("globals", "dict", globals));
    };
    let name = name.filter(|name| !name.is_none());
    if name.is_some_and(|name| Str::of(t, name).is_none()) {
        return Err(t.type_error("arg 3 (name) must be None or string"));
    }
    let defaults: Option<Ref<Tuple>> = optional(t, defaults, "arg 4 (defaults) must be None or tuple")?;
    let closure = closure_argument(t, code_object, closure)?;
    let kwdefaults: Option<Ref<Dict>> = optional(t, kwdefaults, "arg 6 (kwdefaults) must be None or dict")?;
    let function = Function::new(t, code_object, global_dict, None)?;
    let header = function.header();
    if let Some(name) = name {
        function.name.put(header, t, name);
    }
    function.defaults.put(header, t, defaults.map(Ref::value));
    function.closure.put(header, t, closure.map(Ref::value));
    function.kwdefaults.put(header, t, kwdefaults.map(Ref::value));
    Ok(function.value())
}

fn closure_argument(t: &Thread, code: Ref<CodeObject>, given: Option<Value>) -> R<Option<Ref<Tuple>>> {
    let needed = code.free_count();
    let closure: Option<Ref<Tuple>> = if needed > 0 && given.is_none_or(Value::is_none) {
        return Err(t.type_error("arg 5 (closure) must be tuple"));
    } else {
        optional(t, given, "arg 5 (closure) must be None or tuple")?
    };
    let got = closure.map_or(0, |closure| closure.len());
    if got != needed {
        let name =
            code.name.get().and_then(Value::downcast::<Str>).map_or_else(String::new, |name| name.to_string_lossy());
        return Err(t.value_error(format_args!("{name} requires closure of length {needed}, not {got}")));
    }
    for cell in closure.iter().flat_map(|closure| closure.target().as_slice()) {
        if cell.downcast::<Cell>().is_none() {
            return Err(t.type_error(format_args!("arg 5 (closure) expected cell, found {}", cell.class(t).name())));
        }
    }
    Ok(closure.filter(|closure| !closure.is_empty()))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn function_repr(t: &Thread, this: Ref<Function>) -> R {
    let name = match this.qualname.get().and_then(|name| Str::of(t, name)) {
        Some(name) => name,
        None => Str::new(t, "?")?,
    };
    let head = Str::concat(t, Str::new(t, "<function ")?, name)?;
    Ok(Str::concat(t, head, Str::new(t, &format!(" at {:#x}>", this.address()))?)?.value())
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn function_call(t: &Thread, args: Args<'_>) -> R {
    match args.values.first() {
        Some(&function) => protocols::call_args(t, function, args.rest()),
        None => Err(t.type_error("descriptor '__call__' of 'function' object needs an argument")),
    }
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn function_get(t: &Thread, this: Ref<Function>, instance: Value, owner: Option<Value>) -> R {
    if !instance.is_none() {
        return Ok(Method::new(t, this.value(), instance)?.value());
    }
    match owner.filter(|owner| !owner.is_none()) {
        Some(owner) if owner.is(t.classes().none_type.value()) => Ok(Method::new(t, this.value(), instance)?.value()),
        Some(_) => Ok(this.value()),
        None => Err(t.type_error("__get__(None, None) is invalid")),
    }
}

fn or_none(slot: &Slot) -> R {
    Ok(slot.get().unwrap_or(Value::NONE))
}

fn get_closure(_: &Thread, object: Value) -> R {
    or_none(&of(object).closure)
}

fn get_globals(_: &Thread, object: Value) -> R {
    Ok(of(object).globals().value())
}

fn get_builtins(_: &Thread, object: Value) -> R {
    Ok(of(object).builtins())
}

fn get_code(_: &Thread, object: Value) -> R {
    Ok(of(object).code().value())
}

fn set_code(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    let Some(code) = value.and_then(Value::downcast::<CodeObject>) else {
        return Err(t.type_error("__code__ must be set to a code object"));
    };
    let (has, needed) = (this.closure().map_or(0, |closure| closure.len()), code.free_count());
    if has != needed {
        let name = this.name_text();
        return Err(t.value_error(format_args!("{name}() requires a code object with {has} free vars, not {needed}")));
    }
    code.ready(t)?;
    if kind_of(this.code()) != kind_of(code) {
        let message =
            "Assigning a code object of non-matching type is deprecated (e.g., from a generator to a plain function)";
        protocols::warn_deprecated(t, message)?;
    }
    let cells = ValueArray::new(t, code.unit().sites.len() * 2)?;
    leave_generators(t, this)?;
    // With the interpreter's threads stopped: whoever calls the function sees code and cells that belong together.
    t.interpreter().heap().for_each_object(t.mutator(), &mut |header| {
        if std::ptr::eq(header, this.header()) {
            this.cells.put(header, t, cells.value());
            this.code.put(header, t, code.value());
        }
    });
    Ok(())
}

/// Whether calls of the code give a generator, a coroutine or an asynchronous generator.
fn kind_of(code: Ref<CodeObject>) -> u32 {
    code.unit().flags.0 & (CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR)
}

/// Generators that run the function go on with its old code, as running frames do: they get a function of their own.
fn leave_generators(t: &Thread, function: Ref<Function>) -> R<()> {
    if !function.has_cells() {
        // It was never called.
        return Ok(());
    }
    let stand_in =
        Function::with_builtins(t, function.code(), function.globals(), function.builtins(), Some(function.cells()))?;
    let header = stand_in.header();
    let pairs = [
        (&stand_in.closure, &function.closure),
        (&stand_in.defaults, &function.defaults),
        (&stand_in.kwdefaults, &function.kwdefaults),
        (&stand_in.name, &function.name),
        (&stand_in.qualname, &function.qualname),
    ];
    for (to, from) in pairs {
        to.put(header, t, from.get());
    }
    t.interpreter().heap().for_each_object(t.mutator(), &mut |header| {
        if let Some(generator) = Value::of_header(header).downcast::<Generator>()
            && generator.function.get() == Some(function.value())
        {
            generator.function.put(header, t, stand_in.value());
        }
    });
    Ok(())
}

fn get_defaults(_: &Thread, object: Value) -> R {
    or_none(&of(object).defaults)
}

fn set_defaults(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    let value = value.filter(|value| !value.is_none());
    if value.is_some_and(|value| value.downcast::<Tuple>().is_none()) {
        return Err(t.type_error("__defaults__ must be set to a tuple object"));
    }
    this.defaults.put(this.header(), t, value);
    Ok(())
}

fn get_kwdefaults(_: &Thread, object: Value) -> R {
    or_none(&of(object).kwdefaults)
}

fn set_kwdefaults(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    let value = value.filter(|value| !value.is_none());
    if value.is_some_and(|value| value.downcast::<Dict>().is_none()) {
        return Err(t.type_error("__kwdefaults__ must be set to a dict object"));
    }
    this.kwdefaults.put(this.header(), t, value);
    Ok(())
}

/// Made from `__annotate__` when first asked for (PEP 649).
fn get_annotations(t: &Thread, object: Value) -> R {
    let this = of(object);
    if let Some(annotations) = this.annotations.get() {
        return Ok(annotations);
    }
    let made = match this.annotate.get().filter(|annotate| !annotate.is_none()) {
        Some(annotate) => evaluate_annotate(t, annotate)?,
        None => Dict::new(t)?.value(),
    };
    match this.annotations.compare_exchange(this.header(), t.mutator(), None, Some(made)) {
        Ok(()) => Ok(made),
        Err(other) => Ok(other.unwrap_or(made)),
    }
}

/// Calls an annotate function for values.
pub fn evaluate_annotate(t: &Thread, annotate: Value) -> R {
    let made = protocols::call(t, annotate, &[Value::small(1)])?;
    if made.downcast::<Dict>().is_none() {
        return Err(t.type_error(format_args!("__annotate__ returned non-dict of type '{}'", made.class(t).name())));
    }
    Ok(made)
}

fn set_annotations(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    let value = value.filter(|value| !value.is_none());
    if value.is_some_and(|value| value.downcast::<Dict>().is_none()) {
        return Err(t.type_error("__annotations__ must be set to a dict object"));
    }
    this.annotations.put(this.header(), t, value);
    this.annotate.put(this.header(), t, None);
    Ok(())
}

fn get_annotate(_: &Thread, object: Value) -> R {
    or_none(&of(object).annotate)
}

fn set_annotate(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    let Some(value) = value else { return Err(t.type_error("__annotate__ cannot be deleted")) };
    if value.is_none() {
        this.annotate.put(this.header(), t, None);
        return Ok(());
    }
    if !protocols::is_callable(t, value) {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    this.annotate.put(this.header(), t, value);
    this.annotations.put(this.header(), t, None);
    Ok(())
}

fn get_dict(t: &Thread, object: Value) -> R {
    Ok(own_dict_for_writing(t, object)?.map_or(Value::NONE, Ref::value))
}

fn set_dict(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("cannot delete __dict__")) };
    let Some(dict) = value.downcast::<Dict>() else {
        return Err(
            t.type_error(format_args!("__dict__ must be set to a dictionary, not a '{}'", value.class(t).name()))
        );
    };
    replace_own_dict(t, of(object), dict);
    Ok(())
}

fn get_name(_: &Thread, object: Value) -> R {
    or_none(&of(object).name)
}

fn string(t: &Thread, value: Option<Value>, what: &str) -> Result<Value, Raised> {
    value
        .filter(|value| Str::of(t, *value).is_some())
        .ok_or_else(|| t.type_error(format_args!("{what} must be set to a string object")))
}

fn set_name(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.name.put(this.header(), t, string(t, value, "__name__")?);
    Ok(())
}

fn get_qualname(_: &Thread, object: Value) -> R {
    or_none(&of(object).qualname)
}

fn set_qualname(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.qualname.put(this.header(), t, string(t, value, "__qualname__")?);
    Ok(())
}

fn get_doc(t: &Thread, object: Value) -> R {
    of(object).doc(t)
}

fn set_doc(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.doc.put(this.header(), t, value.unwrap_or(Value::NONE));
    Ok(())
}

fn get_module(_: &Thread, object: Value) -> R {
    or_none(&of(object).module)
}

fn set_module(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.module.put(this.header(), t, value);
    Ok(())
}

fn get_type_params(t: &Thread, object: Value) -> R {
    Ok(of(object).type_params.get().unwrap_or_else(|| t.empty_tuple().value()))
}

fn set_type_params(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    let Some(params) = value.filter(|value| value.downcast::<Tuple>().is_some()) else {
        return Err(t.type_error("__type_params__ must be set to a tuple"));
    };
    this.type_params.put(this.header(), t, params);
    Ok(())
}

/// Whether calls of the function give a coroutine, generator or async generator.
#[must_use]
pub fn is_suspendable(function: Ref<Function>) -> bool {
    let flags = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;
    function.code().unit().flags.0 & flags != 0
}

/// `function`.
pub static FUNCTION: ClassDef = ClassDef {
    name: "function",
    module: "builtins",
    layout: Function::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::METHOD_LIKE,
    doc: "function(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)\n--\n\nA function that runs a code object with these globals.",
    methods: &[
        MethodDef::New(&FUNCTION_NEW),
        MethodDef::Method(&FUNCTION_REPR),
        MethodDef::Method(&FUNCTION_CALL),
        MethodDef::Method(&FUNCTION_GET),
    ],
    getset: &[
        GetSet { name: "__closure__", get: get_closure, set: Some(read_only), doc: "" },
        GetSet { name: "__doc__", get: get_doc, set: Some(set_doc), doc: "" },
        GetSet { name: "__globals__", get: get_globals, set: Some(read_only), doc: "" },
        GetSet { name: "__builtins__", get: get_builtins, set: Some(read_only), doc: "" },
        GetSet { name: "__module__", get: get_module, set: Some(set_module), doc: "" },
        GetSet { name: "__code__", get: get_code, set: Some(set_code), doc: "" },
        GetSet { name: "__defaults__", get: get_defaults, set: Some(set_defaults), doc: "" },
        GetSet { name: "__kwdefaults__", get: get_kwdefaults, set: Some(set_kwdefaults), doc: "" },
        GetSet {
            name: "__annotations__",
            get: get_annotations,
            set: Some(set_annotations),
            doc: "Dict of annotations in a function object.",
        },
        GetSet {
            name: "__annotate__",
            get: get_annotate,
            set: Some(set_annotate),
            doc: "Get the code object for a function.",
        },
        GetSet { name: "__dict__", get: get_dict, set: Some(set_dict), doc: "" },
        GetSet { name: "__name__", get: get_name, set: Some(set_name), doc: "" },
        GetSet { name: "__qualname__", get: get_qualname, set: Some(set_qualname), doc: "" },
        GetSet {
            name: "__type_params__",
            get: get_type_params,
            set: Some(set_type_params),
            doc: "Get the declared type parameters for a function.",
        },
    ],
};
