//! `generator`, and what generators, coroutines and async generators share: arguments of `throw`, attributes, finalization.

use crate::builtins::coroutine;
use crate::builtins::generic_alias::CLASS_GETITEM;
use crate::exec::generators::{self, Outcome};
use crate::names::Special;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, SlotExt};
use crate::objects::{
    BaseException, Class, ClassFlags, Generator, GeneratorKind, GeneratorState, Str, Traceback, Tuple,
};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The generator behind a receiver that the descriptor checked.
pub fn of(value: Value) -> Ref<Generator> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// What `send` and `throw` give: a returned value becomes StopIteration.
pub fn yielded(t: &Thread, outcome: Outcome) -> R {
    match outcome {
        Outcome::Yielded(value) => Ok(value),
        Outcome::Returned(value) => Err(t.stop_iteration(Some(value))),
    }
}

/// The next value of a generator, or nothing when it returns.
pub fn next(t: &Thread, generator: Ref<Generator>) -> R<Option<Value>> {
    match generators::resume(t, generator, Value::NONE)? {
        Outcome::Yielded(value) => Ok(Some(value)),
        Outcome::Returned(_) => Ok(None),
    }
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn generator_iter(_: &Thread, this: Value) -> Value {
    this
}

/// Implement next(self).
#[native("__next__($self, /)")]
fn generator_next(t: &Thread, this: Ref<Generator>) -> R {
    let outcome = generators::resume(t, this, Value::NONE)?;
    yielded(t, outcome)
}

/// send(value) -> send 'value' into generator,
/// return next yielded value or raise StopIteration.
#[native("send($self, object, /)")]
pub fn generator_send(t: &Thread, this: Ref<Generator>, value: Value) -> R {
    let outcome = generators::resume(t, this, value)?;
    yielded(t, outcome)
}

/// throw(value)
/// throw(type[,value[,tb]])
///
/// Raise exception in generator, return next yielded value or raise
/// StopIteration.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[native("throw", raw)]
pub fn generator_throw(t: &Thread, args: Args<'_>) -> R {
    let Some(generator) = args.values.first().and_then(|this| this.downcast::<Generator>()) else {
        return Err(t.type_error("unbound method generator.throw() needs an argument"));
    };
    let exception = thrown(t, args.rest(), "throw")?;
    let outcome = generators::throw(t, generator, exception)?;
    yielded(t, outcome)
}

/// close() -> raise GeneratorExit inside generator.
#[native("close($self, /)")]
pub fn generator_close(t: &Thread, this: Ref<Generator>) -> R {
    generators::close(t, this)
}

/// The exception that the arguments of a `throw` ask for.
pub fn thrown(t: &Thread, args: Args<'_>, function: &str) -> R {
    args.no_keywords(t, function)?;
    let given = args.values.len();
    if given == 0 {
        return Err(t.type_error(format_args!("{function} expected at least 1 argument, got 0")));
    }
    if given > 3 {
        return Err(t.type_error(format_args!("{function} expected at most 3 arguments, got {given}")));
    }
    if given > 1 {
        let message = format!(
            "the (type, exc, tb) signature of {function}() is deprecated, use the single-arg signature instead."
        );
        protocols::warn_deprecated(t, &message)?;
    }
    let value = args.values.get(1).copied().unwrap_or(Value::NONE);
    let traceback = args.values.get(2).copied().unwrap_or(Value::NONE);
    if !traceback.is_none() && traceback.downcast::<Traceback>().is_none() {
        return Err(t.type_error("throw() third argument must be a traceback object"));
    }
    let exception = normalized(t, args.values[0], value)?;
    if let Some(base) = exception.downcast::<BaseException>()
        && !traceback.is_none()
    {
        base.traceback.put(base.header(), t, traceback);
    }
    Ok(exception)
}

fn normalized(t: &Thread, kind: Value, value: Value) -> R {
    if kind.downcast::<BaseException>().is_some() {
        return if value.is_none() {
            Ok(kind)
        } else {
            Err(t.type_error("instance exception may not have a separate value"))
        };
    }
    let class = kind.downcast::<Class>().filter(|class| class.is_subclass_of(t.classes().base_exception));
    let Some(class) = class else {
        let got = kind.class(t).name();
        return Err(t.type_error(format_args!(
            "exceptions must be classes or instances deriving from BaseException, not {got}"
        )));
    };
    if value.class(t).is_subclass_of(class) {
        return Ok(value);
    }
    let made = match Tuple::of(t, value) {
        Some(arguments) => protocols::call(t, kind, arguments.target().as_slice()),
        None if value.is_none() => crate::exceptions::to_instance(t, kind),
        None => protocols::call(t, kind, &[value]),
    };
    // What goes wrong in making the exception is thrown in its place.
    let checked = made.and_then(|made| crate::exceptions::to_instance(t, made));
    Ok(checked.unwrap_or_else(|raised| t.take(raised)))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
pub fn generator_repr(t: &Thread, this: Ref<Generator>) -> String {
    let kind = match this.kind() {
        GeneratorKind::Generator => "generator",
        GeneratorKind::Coroutine => "coroutine",
        GeneratorKind::AsyncGenerator => "async_generator",
    };
    let name =
        this.qualname.get().and_then(|name| Str::of(t, name)).map_or_else(String::new, |name| name.to_string_lossy());
    format!("<{kind} object {name} at {:#x}>", this.address())
}

/// `__name__`.
pub fn get_name(_: &Thread, object: Value) -> R {
    Ok(of(object).name.get().unwrap_or(Value::NONE))
}

fn string(t: &Thread, value: Option<Value>, what: &str) -> R {
    value
        .filter(|value| Str::of(t, *value).is_some())
        .ok_or_else(|| t.type_error(format_args!("{what} must be set to a string object")))
}

/// Sets `__name__`.
pub fn set_name(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.name.put(this.header(), t, string(t, value, "__name__")?);
    Ok(())
}

/// `__qualname__`.
pub fn get_qualname(_: &Thread, object: Value) -> R {
    Ok(of(object).qualname.get().unwrap_or(Value::NONE))
}

/// Sets `__qualname__`.
pub fn set_qualname(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.qualname.put(this.header(), t, string(t, value, "__qualname__")?);
    Ok(())
}

/// What a suspended generator waits for, or None.
pub fn get_awaited(t: &Thread, object: Value) -> R {
    let this = of(object);
    let waits = this.state() == GeneratorState::Suspended;
    match generators::delegate(this).filter(|_| waits) {
        None => Ok(Value::NONE),
        Some(awaited) => match awaited.class(t).special(t, Special::Await) {
            Some(method) if !protocols::is_iterator(t, awaited) && generators::awaits_itself(t, awaited) => {
                protocols::call_special(t, method, awaited, &[])
            }
            _ => Ok(awaited),
        },
    }
}

/// Whether it runs.
pub fn get_running(_: &Thread, object: Value) -> R {
    Ok(Value::bool(of(object).state() == GeneratorState::Running))
}

/// Whether it waits at a yield.
pub fn get_suspended(_: &Thread, object: Value) -> R {
    Ok(Value::bool(of(object).state() == GeneratorState::Suspended))
}

/// The frame object, or None once it has finished.
pub fn get_frame(t: &Thread, object: Value) -> R {
    Ok(crate::objects::frame::object_of_generator(t, of(object))?.map_or(Value::NONE, Ref::value))
}

/// The code.
pub fn get_code(_: &Thread, object: Value) -> R {
    Ok(of(object).code().value())
}

/// An object that the runtime itself finalizes has died: generators run their `finally` clauses, coroutines and the awaitables of async
/// generators warn that nobody awaited them.
pub fn finalize(t: &Thread, object: Value) -> R<()> {
    let Some(generator) = object.downcast::<Generator>() else {
        return crate::builtins::async_generator::finalize_awaitable(t, object);
    };
    if generator.state() == GeneratorState::Finished {
        return Ok(());
    }
    match generator.kind() {
        GeneratorKind::Coroutine if generator.state() == GeneratorState::Created => {
            if coroutine::warn_never_awaited(t, generator).is_err() {
                report(t, "Exception ignored while finalizing coroutine", object);
            }
            Ok(())
        }
        GeneratorKind::AsyncGenerator if crate::builtins::async_generator::call_finalizer(t, generator) => Ok(()),
        kind => {
            if generators::close(t, generator).is_err() {
                let what = if kind == GeneratorKind::Coroutine { "coroutine" } else { "generator" };
                report(t, &format!("Exception ignored while closing {what}"), object);
            }
            Ok(())
        }
    }
}

/// Reports the pending exception, which nobody can catch.
pub fn report(t: &Thread, message: &str, object: Value) {
    let error = t.take_pending();
    let shown = match protocols::repr(t, object) {
        Ok(shown) => format!("{message} {}", shown.to_string_lossy()),
        Err(_) => {
            t.clear_pending();
            message.to_owned()
        }
    };
    crate::events::report_unraisable(t, error, &shown, Value::NONE);
}

/// `generator`.
pub static GENERATOR: ClassDef = ClassDef {
    name: "generator",
    module: "builtins",
    layout: Generator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&GENERATOR_REPR),
        MethodDef::Method(&GENERATOR_ITER),
        MethodDef::Method(&GENERATOR_NEXT),
        MethodDef::Method(&GENERATOR_SEND),
        MethodDef::Method(&GENERATOR_THROW),
        MethodDef::Method(&GENERATOR_CLOSE),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "__name__", get: get_name, set: Some(set_name), doc: "name of the generator" },
        GetSet {
            name: "__qualname__",
            get: get_qualname,
            set: Some(set_qualname),
            doc: "qualified name of the generator",
        },
        GetSet {
            name: "gi_yieldfrom",
            get: get_awaited,
            set: None,
            doc: "object being iterated by yield from, or None",
        },
        GetSet { name: "gi_running", get: get_running, set: None, doc: "" },
        GetSet { name: "gi_frame", get: get_frame, set: None, doc: "" },
        GetSet { name: "gi_suspended", get: get_suspended, set: None, doc: "" },
        GetSet { name: "gi_code", get: get_code, set: None, doc: "" },
    ],
};
