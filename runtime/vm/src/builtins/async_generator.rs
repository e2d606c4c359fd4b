//! `async_generator` and the awaitables of its methods.
//!
//! An async generator suspends for two reasons: it awaits something, whose values go to the event loop as they are; or it yields, and
//! then the value is wrapped (`wrap`), so that the awaitable which drives it (`asend`, `athrow`, `aclose`) knows that it is done and
//! returns the value by StopIteration.
//!
//! `Generator::flags`: whether the hooks were called, whether it was closed, whether an awaitable is driving it.

use sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::builtins::generator::{
    GENERATOR_REPR, get_awaited, get_code, get_frame, get_name, get_qualname, get_suspended, of, set_name,
    set_qualname, thrown, yielded,
};
use crate::builtins::generic_alias::CLASS_GETITEM;
use crate::builtins::member::read_only;
use crate::exec::generators::{self, Outcome};
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{ClassFlags, Generator, GeneratorState, Str, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

/// The hooks were called.
const HOOKED: u32 = 1;
/// It was closed.
const CLOSED: u32 = 2;
/// An awaitable drives it.
const DRIVEN: u32 = 4;

heap_object! {
    /// A value that an async generator yielded.
    pub struct WrappedValue {
        /// The value.
        pub value: Slot,
    }
    trace { value }
    fixed
}

heap_object! {
    /// What `asend`, `athrow`, `aclose` and `__anext__` give.
    pub struct Awaitable {
        /// The async generator.
        pub generator: Slot,
        /// What to send or to throw; unset for `aclose`.
        pub argument: Slot,
        /// `AwaitableState`.
        pub state: AtomicU32,
        /// `AwaitableKind`.
        pub kind: AtomicU32,
    }
    trace { generator, argument }
    send(drive)
    fixed
}

heap_object! {
    /// `anext(iterator, default)`.
    pub struct DefaultedAwaitable {
        /// What is awaited.
        pub awaitable: Slot,
        /// What stands for the end.
        pub default: Slot,
    }
    trace { awaitable, default }
    fixed
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum AwaitableState {
    New = 0,
    Started = 1,
    Done = 2,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum AwaitableKind {
    Send = 0,
    Throw = 1,
    Close = 2,
}

impl Awaitable {
    fn generator(&self) -> Ref<Generator> {
        self.generator.get().and_then(Value::downcast).expect("set when the awaitable is made")
    }

    fn state(&self) -> AwaitableState {
        match self.state.load(Relaxed) {
            0 => AwaitableState::New,
            1 => AwaitableState::Started,
            _ => AwaitableState::Done,
        }
    }

    fn set_state(&self, state: AwaitableState) {
        self.state.store(state as u32, Relaxed);
    }

    fn kind(&self) -> AwaitableKind {
        match self.kind.load(Relaxed) {
            0 => AwaitableKind::Send,
            1 => AwaitableKind::Throw,
            _ => AwaitableKind::Close,
        }
    }
}

/// Marks a value as yielded.
#[inline(never)]
pub fn wrap(t: &Thread, value: Value) -> R {
    let made = t.allocate_exact::<WrappedValue>(WRAPPED.get(t))?;
    made.set(|w| &w.value, value);
    Ok(made.publish().value())
}

fn flag(generator: Ref<Generator>, bit: u32) -> bool {
    generator.flags.load(Relaxed) & bit != 0
}

fn set_flag(generator: Ref<Generator>, bit: u32, on: bool) {
    if on {
        generator.flags.fetch_or(bit, Relaxed);
    } else {
        generator.flags.fetch_and(!bit, Relaxed);
    }
}

/// At the first use: remembers the finalizer hook and calls the other.
fn call_hooks(t: &Thread, generator: Ref<Generator>) -> R<()> {
    if flag(generator, HOOKED) {
        return Ok(());
    }
    set_flag(generator, HOOKED, true);
    generator.extra.put(generator.header(), t, t.async_hook(1).get());
    match t.async_hook(0).get() {
        Some(hook) => protocols::call(t, hook, &[generator.value()]).map(drop),
        None => Ok(()),
    }
}

/// An async generator died before its end: its finalizer hook takes over, if it has one. False: it has none.
pub fn call_finalizer(t: &Thread, generator: Ref<Generator>) -> bool {
    let Some(hook) = generator.extra.get().filter(|_| !flag(generator, CLOSED)) else { return false };
    if protocols::call(t, hook, &[generator.value()]).is_err() {
        crate::builtins::generator::report(t, "Exception ignored while finalizing generator", generator.value());
    }
    true
}

/// An awaitable died: a warning if nobody awaited it.
pub fn finalize_awaitable(t: &Thread, object: Value) -> R<()> {
    let Some(awaitable) = object.downcast::<Awaitable>() else { return Ok(()) };
    if awaitable.state() != AwaitableState::New {
        return Ok(());
    }
    let method = match awaitable.kind() {
        AwaitableKind::Send => "asend",
        AwaitableKind::Throw => "athrow",
        AwaitableKind::Close => "aclose",
    };
    let name = awaitable
        .generator()
        .qualname
        .get()
        .and_then(|name| Str::of(t, name))
        .map_or_else(String::new, |name| name.to_string_lossy());
    let message = format!("coroutine method '{method}' of '{name}' was never awaited");
    if protocols::warn(t, t.classes().runtime_warning, &message).is_err() {
        let error = t.take_pending();
        crate::events::report_unraisable(t, error, "Exception ignored while finalizing coroutine", object);
    }
    Ok(())
}

/// What `async for` awaits, which does so at once: nobody can forget it.
pub fn next_awaitable(t: &Thread, generator: Ref<Generator>) -> R {
    Ok(new_awaitable(t, generator, AwaitableKind::Send, Some(Value::NONE))?.value())
}

fn awaitable(t: &Thread, generator: Ref<Generator>, kind: AwaitableKind, argument: Option<Value>) -> R {
    let made = new_awaitable(t, generator, kind, argument)?;
    t.mutator().register_finalizer(made.header());
    Ok(made.value())
}

fn new_awaitable(
    t: &Thread,
    generator: Ref<Generator>,
    kind: AwaitableKind,
    argument: Option<Value>,
) -> R<Ref<Awaitable>> {
    call_hooks(t, generator)?;
    let class = if kind == AwaitableKind::Send { ASEND.get(t) } else { ATHROW.get(t) };
    let made = t.allocate_exact::<Awaitable>(class)?;
    made.set(|a| &a.generator, generator.value()).set(|a| &a.argument, argument);
    made.get().kind.store(kind as u32, Relaxed);
    Ok(made.publish())
}

/// Return an awaitable, that resolves in asynchronous iterator.
#[native("__aiter__($self, /)")]
fn async_iter(_: &Thread, this: Value) -> Value {
    this
}

/// Return a value or raise StopAsyncIteration.
#[native("__anext__($self, /)")]
fn async_next(t: &Thread, this: Ref<Generator>) -> R {
    awaitable(t, this, AwaitableKind::Send, Some(Value::NONE))
}

/// asend(v) -> send 'v' in generator.
#[native("asend($self, object, /)")]
fn async_send(t: &Thread, this: Ref<Generator>, value: Value) -> R {
    awaitable(t, this, AwaitableKind::Send, Some(value))
}

/// athrow(value)
/// athrow(type[,value[,tb]])
///
/// raise exception in generator.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[native("athrow", raw)]
fn async_throw(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<Generator>()) else {
        return Err(t.type_error("unbound method async_generator.athrow() needs an argument"));
    };
    let rest = args.rest();
    if rest.values.len() > 1 {
        let message = "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.";
        protocols::warn_deprecated(t, message)?;
    }
    let arguments = Tuple::from_slice(t, rest.values)?;
    awaitable(t, this, AwaitableKind::Throw, Some(arguments.value()))
}

/// aclose() -> raise GeneratorExit inside generator.
#[native("aclose($self, /)")]
fn async_close(t: &Thread, this: Ref<Generator>) -> R {
    awaitable(t, this, AwaitableKind::Close, None)
}

/// What driving the generator gave: a value for the event loop, or the end of the awaitable.
fn unwrap(t: &Thread, generator: Ref<Generator>, result: R<Outcome>) -> R<Outcome> {
    match result {
        Ok(Outcome::Yielded(value)) => match value.downcast::<WrappedValue>() {
            None => Ok(Outcome::Yielded(value)),
            Some(wrapped) => {
                set_flag(generator, DRIVEN, false);
                Ok(Outcome::Returned(wrapped.value.get().unwrap_or(Value::NONE)))
            }
        },
        Ok(Outcome::Returned(_)) => {
            let raised = t.raise_with(t.classes().stop_async_iteration, &[]);
            Err(ended(t, generator, raised))
        }
        Err(raised) => Err(ended(t, generator, raised)),
    }
}

fn ended(t: &Thread, generator: Ref<Generator>, raised: Raised) -> Raised {
    if t.pending_is(t.classes().stop_async_iteration) || t.pending_is(t.classes().generator_exit) {
        set_flag(generator, CLOSED, true);
    }
    set_flag(generator, DRIVEN, false);
    raised
}

fn reused(t: &Thread, this: Ref<Awaitable>) -> Raised {
    t.runtime_error(match this.kind() {
        AwaitableKind::Send => "cannot reuse already awaited __anext__()/asend()",
        _ => "cannot reuse already awaited aclose()/athrow()",
    })
}

/// RuntimeError if another awaitable drives the generator.
fn check_free(t: &Thread, this: Ref<Awaitable>) -> R<()> {
    if !flag(this.generator(), DRIVEN) {
        return Ok(());
    }
    this.set_state(AwaitableState::Done);
    Err(t.runtime_error(match this.kind() {
        AwaitableKind::Send => "anext(): asynchronous generator is already running",
        AwaitableKind::Throw => "athrow(): asynchronous generator is already running",
        AwaitableKind::Close => "aclose(): asynchronous generator is already running",
    }))
}

/// Drives `asend` by one step.
fn step_send(t: &Thread, this: Ref<Awaitable>, value: Value) -> R<Outcome> {
    let generator = this.generator();
    let mut value = value;
    match this.state() {
        AwaitableState::Done => return Err(reused(t, this)),
        AwaitableState::New => {
            check_free(t, this)?;
            if value.is_none() {
                value = this.argument.get().unwrap_or(Value::NONE);
            }
            this.set_state(AwaitableState::Started);
        }
        AwaitableState::Started => {}
    }
    set_flag(generator, DRIVEN, true);
    let result = generators::resume(t, generator, value);
    let result = unwrap(t, generator, result);
    if !goes_on(&result) {
        this.set_state(AwaitableState::Done);
    }
    result
}

/// Drives `athrow` or `aclose` by one step.
fn step_throw(t: &Thread, this: Ref<Awaitable>, value: Value) -> R<Outcome> {
    let generator = this.generator();
    if this.state() == AwaitableState::Done {
        return Err(reused(t, this));
    }
    if generator.state() == GeneratorState::Finished {
        this.set_state(AwaitableState::Done);
        return Ok(Outcome::Returned(Value::NONE));
    }
    let result = if this.state() == AwaitableState::New {
        check_free(t, this)?;
        if flag(generator, CLOSED) {
            this.set_state(AwaitableState::Done);
            return Err(t.raise_with(t.classes().stop_async_iteration, &[]));
        }
        if !value.is_none() {
            return Err(t.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        this.set_state(AwaitableState::Started);
        set_flag(generator, DRIVEN, true);
        first_throw(t, this, generator)
    } else {
        generators::resume(t, generator, value)
    };
    finish_throw(t, this, generator, result)
}

fn first_throw(t: &Thread, this: Ref<Awaitable>, generator: Ref<Generator>) -> R<Outcome> {
    let exception = match this.argument.get().and_then(Value::downcast::<Tuple>) {
        None => {
            set_flag(generator, CLOSED, true);
            protocols::call(t, t.classes().generator_exit.value(), &[])?
        }
        Some(arguments) => match *arguments.target().as_slice() {
            [single] => thrown(t, Args::positional_only(&[single]), "athrow")?,
            ref several => thrown(t, Args::positional_only(several), "throw")?,
        },
    };
    generators::throw(t, generator, exception)
}

/// What a step of `athrow` or `aclose` gives.
fn finish_throw(t: &Thread, this: Ref<Awaitable>, generator: Ref<Generator>, result: R<Outcome>) -> R<Outcome> {
    if this.kind() == AwaitableKind::Throw {
        let result = unwrap(t, generator, result);
        if !goes_on(&result) {
            this.set_state(AwaitableState::Done);
        }
        return result;
    }
    match result {
        Ok(Outcome::Yielded(value)) if value.downcast::<WrappedValue>().is_none() => Ok(Outcome::Yielded(value)),
        Ok(Outcome::Yielded(_)) => {
            set_flag(generator, DRIVEN, false);
            this.set_state(AwaitableState::Done);
            Err(t.runtime_error("async generator ignored GeneratorExit"))
        }
        Ok(Outcome::Returned(_)) => {
            set_flag(generator, DRIVEN, false);
            this.set_state(AwaitableState::Done);
            Ok(Outcome::Returned(Value::NONE))
        }
        Err(raised) => {
            set_flag(generator, DRIVEN, false);
            this.set_state(AwaitableState::Done);
            if t.pending_is(t.classes().stop_async_iteration) || t.pending_is(t.classes().generator_exit) {
                t.clear_pending();
                return Ok(Outcome::Returned(Value::NONE));
            }
            Err(raised)
        }
    }
}

fn step(t: &Thread, this: Ref<Awaitable>, value: Value) -> R<Outcome> {
    // It is awaited: at its end there is nothing to warn of.
    t.mutator().withdraw_finalizer(this.header());
    if this.kind() == AwaitableKind::Send { step_send(t, this, value) } else { step_throw(t, this, value) }
}

fn drive(t: &Thread, this: Value, sent: Value) -> R<Outcome> {
    step(t, this.downcast().expect("the layout is an awaitable's"), sent)
}

fn goes_on(result: &R<Outcome>) -> bool {
    matches!(result, Ok(Outcome::Yielded(_)))
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn awaitable_iter(_: &Thread, this: Value) -> Value {
    this
}

/// Return an iterator to be used in await expression.
#[native("__await__($self, /)")]
fn awaitable_await(_: &Thread, this: Value) -> Value {
    this
}

/// Implement next(self).
#[native("__next__($self, /)")]
fn awaitable_next(t: &Thread, this: Ref<Awaitable>) -> R {
    yielded(t, step(t, this, Value::NONE)?)
}

/// send(value) -> send 'value' into generator,
/// return next yielded value or raise StopIteration.
#[native("send($self, object, /)")]
fn awaitable_send(t: &Thread, this: Ref<Awaitable>, value: Value) -> R {
    yielded(t, step(t, this, value)?)
}

/// throw(value)
/// throw(type[,value[,tb]])
///
/// Raise exception in generator, return next yielded value or raise
/// StopIteration.
/// the (type, val, tb) signature is deprecated,
/// and may be removed in a future version of Python.
#[native("throw", raw)]
fn awaitable_throw(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<Awaitable>()) else {
        return Err(t.type_error("unbound method throw() needs an argument"));
    };
    yielded(t, throw_into(t, this, args.rest())?)
}

fn throw_into(t: &Thread, this: Ref<Awaitable>, args: Args<'_>) -> R<Outcome> {
    let generator = this.generator();
    match this.state() {
        AwaitableState::Done => return Err(reused(t, this)),
        AwaitableState::New => {
            check_free(t, this)?;
            this.set_state(AwaitableState::Started);
            set_flag(generator, DRIVEN, true);
        }
        AwaitableState::Started => {}
    }
    let result = thrown(t, args, "throw").and_then(|exception| generators::throw(t, generator, exception));
    if this.kind() != AwaitableKind::Send {
        return finish_throw(t, this, generator, result);
    }
    let result = unwrap(t, generator, result);
    if !goes_on(&result) {
        this.set_state(AwaitableState::Done);
    }
    result
}

/// close() -> raise GeneratorExit inside generator.
#[native("close($self, /)")]
fn awaitable_close(t: &Thread, this: Ref<Awaitable>) -> R {
    if this.state() == AwaitableState::Done {
        return Ok(Value::NONE);
    }
    match throw_into(t, this, Args::positional_only(&[t.classes().generator_exit.value()])) {
        Ok(Outcome::Yielded(_)) => Err(t.runtime_error("coroutine ignored GeneratorExit")),
        Ok(Outcome::Returned(_)) => Ok(Value::NONE),
        Err(raised) => {
            let classes = t.classes();
            if [classes.stop_iteration, classes.stop_async_iteration, classes.generator_exit]
                .iter()
                .any(|class| t.pending_is(*class))
            {
                t.clear_pending();
                return Ok(Value::NONE);
            }
            Err(raised)
        }
    }
}

/// `anext(iterator, default)`: `awaitable` came from `__anext__`.
pub fn with_default(t: &Thread, awaitable: Value, default: Value) -> R {
    let made = t.allocate_exact::<DefaultedAwaitable>(DEFAULTED.get(t))?;
    made.set(|a| &a.awaitable, awaitable).set(|a| &a.default, default);
    Ok(made.publish().value())
}

/// The iterator that drives what is awaited.
fn driver(t: &Thread, this: Ref<DefaultedAwaitable>) -> R {
    let awaitable = this.awaitable.get().unwrap_or(Value::NONE);
    let iterator = generators::awaitable_iterator(t, awaitable, 0)?;
    // A coroutine is no iterator itself, nor is what is driven without one: their `__await__` gives one.
    if !protocols::is_iterator(t, iterator) {
        protocols::call_method(t, iterator, t.names().__await__, &[])
    } else {
        Ok(iterator)
    }
}

/// The end of the iterator becomes the default.
fn or_default(t: &Thread, this: Ref<DefaultedAwaitable>, result: R) -> R {
    match result {
        Err(raised) => {
            t.catch(raised, t.classes().stop_async_iteration)?;
            Err(t.stop_iteration(this.default.get()))
        }
        value => value,
    }
}

/// Implement next(self).
#[native("__next__($self, /)")]
fn defaulted_next(t: &Thread, this: Ref<DefaultedAwaitable>) -> R {
    let iterator = driver(t, this)?;
    // Not `protocols::next`, which drops the result that the end of the iterator carries.
    let result = protocols::call_method(t, iterator, t.names().__next__, &[]);
    or_default(t, this, result)
}

/// send(value) -> send 'value' into the awaited object.
#[native("send($self, object, /)")]
fn defaulted_send(t: &Thread, this: Ref<DefaultedAwaitable>, value: Value) -> R {
    let iterator = driver(t, this)?;
    let result = protocols::call_method(t, iterator, t.names().send, &[value]);
    or_default(t, this, result)
}

/// throw(value) -> raise an exception in the awaited object.
#[native("throw", raw)]
fn defaulted_throw(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<DefaultedAwaitable>()) else {
        return Err(t.type_error("unbound method anext_awaitable.throw() needs an argument"));
    };
    let iterator = driver(t, this)?;
    let result = protocols::call_method(t, iterator, t.names().throw, args.rest().values);
    or_default(t, this, result)
}

/// close() -> close the awaited object.
#[native("close($self, /)")]
fn defaulted_close(t: &Thread, this: Ref<DefaultedAwaitable>) -> R {
    let iterator = driver(t, this)?;
    let result = protocols::call_method(t, iterator, t.names().close, &[]);
    or_default(t, this, result)
}

fn get_running(_: &Thread, object: Value) -> R {
    Ok(Value::bool(flag(of(object), DRIVEN)))
}

const AWAITABLE_METHODS: &[MethodDef] = &[
    MethodDef::Method(&AWAITABLE_ITER),
    MethodDef::Method(&AWAITABLE_NEXT),
    MethodDef::Method(&AWAITABLE_AWAIT),
    MethodDef::Method(&AWAITABLE_SEND),
    MethodDef::Method(&AWAITABLE_THROW),
    MethodDef::Method(&AWAITABLE_CLOSE),
];

/// `async_generator`.
pub static ASYNC_GENERATOR: ClassDef = ClassDef {
    name: "async_generator",
    module: "builtins",
    layout: Generator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&GENERATOR_REPR),
        MethodDef::Method(&ASYNC_ITER),
        MethodDef::Method(&ASYNC_NEXT),
        MethodDef::Method(&ASYNC_SEND),
        MethodDef::Method(&ASYNC_THROW),
        MethodDef::Method(&ASYNC_CLOSE),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "ag_running", get: get_running, set: Some(read_only), doc: "" },
        GetSet { name: "__name__", get: get_name, set: Some(set_name), doc: "name of the async generator" },
        GetSet {
            name: "__qualname__",
            get: get_qualname,
            set: Some(set_qualname),
            doc: "qualified name of the async generator",
        },
        GetSet { name: "ag_await", get: get_awaited, set: None, doc: "object being awaited on, or None" },
        GetSet { name: "ag_frame", get: get_frame, set: None, doc: "" },
        GetSet { name: "ag_code", get: get_code, set: None, doc: "" },
        GetSet { name: "ag_suspended", get: get_suspended, set: None, doc: "" },
    ],
};

const fn helper(
    name: &'static str,
    layout: fn() -> &'static crate::object::Layout,
    methods: &'static [MethodDef],
) -> ClassDef {
    ClassDef {
        name,
        module: "builtins",
        layout,
        base: Some(|t| t.classes().object),
        flags: ClassFlags::NO_NEW,
        doc: "",
        methods,
        getset: &[],
    }
}

/// What `asend` and `__anext__` give.
pub static ASEND: NativeClass = NativeClass::new(helper("async_generator_asend", Awaitable::layout, AWAITABLE_METHODS));
/// What `athrow` and `aclose` give.
pub static ATHROW: NativeClass =
    NativeClass::new(helper("async_generator_athrow", Awaitable::layout, AWAITABLE_METHODS));
/// A yielded value on its way to its awaitable.
pub static WRAPPED: NativeClass = NativeClass::new(helper("async_generator_wrapped_value", WrappedValue::layout, &[]));
/// `anext(iterator, default)`.
pub static DEFAULTED: NativeClass = NativeClass::new(helper(
    "anext_awaitable",
    DefaultedAwaitable::layout,
    &[
        MethodDef::Method(&AWAITABLE_ITER),
        MethodDef::Method(&AWAITABLE_AWAIT),
        MethodDef::Method(&DEFAULTED_NEXT),
        MethodDef::Method(&DEFAULTED_SEND),
        MethodDef::Method(&DEFAULTED_THROW),
        MethodDef::Method(&DEFAULTED_CLOSE),
    ],
));
