//! `coroutine`: awaiting, the record of where it was made, and the warning that it never ran.

use crate::builtins::generator::{
    self, GENERATOR_REPR, get_awaited, get_code, get_frame, get_name, get_qualname, get_running, get_suspended,
    set_name, set_qualname,
};
use crate::builtins::generic_alias::CLASS_GETITEM;
use crate::builtins::member::read_only;
use crate::containers::ValueVec;
use crate::exec::generators::{self, Outcome};
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{ClassFlags, Dict, Generator, GeneratorKind, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// What `coroutine.__await__()` gives: an iterator that drives the coroutine.
    pub struct CoroutineWrapper {
        /// The coroutine.
        pub coroutine: Slot,
    }
    trace { coroutine }
    send(drive)
    fixed
}

fn drive(t: &Thread, this: Value, sent: Value) -> R<Outcome> {
    let wrapper: Ref<CoroutineWrapper> = this.downcast().expect("the layout is a wrapper's");
    generators::resume(t, wrapper.coroutine(), sent)
}

impl CoroutineWrapper {
    fn coroutine(&self) -> Ref<Generator> {
        self.coroutine.get().and_then(Value::downcast).expect("set when the wrapper is made")
    }
}

/// Where a new coroutine was made, if `sys.set_coroutine_origin_tracking_depth` asked for it.
pub fn record_origin(t: &Thread, generator: Ref<Generator>) -> R<()> {
    let depth = t.coroutine_origin_depth.get();
    if depth <= 0 || generator.kind() != GeneratorKind::Coroutine {
        return Ok(());
    }
    let mut entries = ValueVec::new(t);
    for frame in t.frames().iter().take(depth as usize) {
        let code = frame.code();
        let line = crate::objects::int_from_i64(t, i64::from(code.line_at(frame.offset())))?;
        let file = code.filename.get().unwrap_or(Value::NONE);
        let name = code.name.get().unwrap_or(Value::NONE);
        entries.push(t, Tuple::from_slice(t, &[file, line, name])?.value())?;
    }
    let origin = entries.into_tuple(t)?;
    generator.extra.put(generator.header(), t, origin.value());
    Ok(())
}

/// Warns that a coroutine died before it ran.
pub fn warn_never_awaited(t: &Thread, coroutine: Ref<Generator>) -> R<()> {
    let names = t.names();
    let modules: Option<Ref<Dict>> = t.interpreter().state().modules.get().and_then(Value::downcast);
    if let Some(warnings) = modules.and_then(|modules| modules.get_str(t, names.warnings)) {
        let hook = protocols::get_attribute_optional(t, warnings, Str::interned(t, "_warn_unawaited_coroutine")?)?;
        if let Some(hook) = hook {
            return protocols::call(t, hook, &[coroutine.value()]).map(drop);
        }
    }
    let name = coroutine
        .qualname
        .get()
        .and_then(|name| Str::of(t, name))
        .map_or_else(String::new, |name| name.to_string_lossy());
    protocols::warn(t, t.classes().runtime_warning, &format!("coroutine '{name}' was never awaited"))
}

/// Return an iterator to be used in await expression.
#[native("__await__($self, /)")]
fn coroutine_await(t: &Thread, this: Ref<Generator>) -> R {
    let made = t.allocate_exact::<CoroutineWrapper>(WRAPPER.get(t))?;
    made.set(|w| &w.coroutine, this.value());
    Ok(made.publish().value())
}

/// Implement next(self).
#[native("__next__($self, /)")]
fn wrapper_next(t: &Thread, this: Ref<CoroutineWrapper>) -> R {
    let outcome = generators::resume(t, this.coroutine(), Value::NONE)?;
    generator::yielded(t, outcome)
}

/// send(arg) -> send 'arg' into coroutine,
/// return next iterated value or raise StopIteration.
#[native("send($self, object, /)")]
fn wrapper_send(t: &Thread, this: Ref<CoroutineWrapper>, value: Value) -> R {
    generator::generator_send(t, this.coroutine(), value)
}

/// throw(value)
/// throw(type[,value[,traceback]])
///
/// Raise exception in coroutine, return next iterated value or raise
/// StopIteration.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[native("throw", raw)]
fn wrapper_throw(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<CoroutineWrapper>()) else {
        return Err(t.type_error("unbound method coroutine_wrapper.throw() needs an argument"));
    };
    let exception = generator::thrown(t, args.rest(), "throw")?;
    let outcome = generators::throw(t, this.coroutine(), exception)?;
    generator::yielded(t, outcome)
}

/// close() -> raise GeneratorExit inside coroutine.
#[native("close($self, /)")]
fn wrapper_close(t: &Thread, this: Ref<CoroutineWrapper>) -> R {
    generators::close(t, this.coroutine())
}

fn get_origin(_: &Thread, object: Value) -> R {
    Ok(generator::of(object).extra.get().unwrap_or(Value::NONE))
}

/// send(arg) -> send 'arg' into coroutine,
/// return next iterated value or raise StopIteration.
#[native("send($self, object, /)")]
fn coroutine_send(t: &Thread, this: Ref<Generator>, value: Value) -> R {
    generator::generator_send(t, this, value)
}

/// throw(value)
/// throw(type[,value[,traceback]])
///
/// Raise exception in coroutine, return next iterated value or raise
/// StopIteration.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[native("throw", raw)]
fn coroutine_throw(t: &Thread, args: Args<'_>) -> R {
    generator::generator_throw(t, args)
}

/// close() -> raise GeneratorExit inside coroutine.
#[native("close($self, /)")]
fn coroutine_close(t: &Thread, this: Ref<Generator>) -> R {
    generator::generator_close(t, this)
}

/// `coroutine`.
pub static COROUTINE: ClassDef = ClassDef {
    name: "coroutine",
    module: "builtins",
    layout: Generator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&GENERATOR_REPR),
        MethodDef::Method(&COROUTINE_AWAIT),
        MethodDef::Method(&COROUTINE_SEND),
        MethodDef::Method(&COROUTINE_THROW),
        MethodDef::Method(&COROUTINE_CLOSE),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "cr_origin", get: get_origin, set: Some(read_only), doc: "" },
        GetSet { name: "__name__", get: get_name, set: Some(set_name), doc: "name of the coroutine" },
        GetSet {
            name: "__qualname__",
            get: get_qualname,
            set: Some(set_qualname),
            doc: "qualified name of the coroutine",
        },
        GetSet { name: "cr_await", get: get_awaited, set: None, doc: "object being awaited on, or None" },
        GetSet { name: "cr_running", get: get_running, set: None, doc: "" },
        GetSet { name: "cr_frame", get: get_frame, set: None, doc: "" },
        GetSet { name: "cr_code", get: get_code, set: None, doc: "" },
        GetSet { name: "cr_suspended", get: get_suspended, set: None, doc: "" },
    ],
};

/// `coroutine_wrapper`.
pub static WRAPPER: NativeClass = NativeClass::new(ClassDef {
    name: "coroutine_wrapper",
    module: "builtins",
    layout: CoroutineWrapper::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "A wrapper object implementing __await__ for coroutines.",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&WRAPPER_NEXT),
        MethodDef::Method(&WRAPPER_SEND),
        MethodDef::Method(&WRAPPER_THROW),
        MethodDef::Method(&WRAPPER_CLOSE),
    ],
    getset: &[],
});
