//! The class `Future`, and the iterator that `__await__` and `__iter__` give.
//!
//! `await` on an instance of exactly the class makes no iterator (`send` of the layout); this one is for subclasses, `yield from`
//! and those who ask for it.

use vm::builtins::construct::class_argument;
use vm::builtins::generator::{report, thrown, yielded};
use vm::builtins::generic_alias::CLASS_GETITEM;
use vm::exec::generators::Outcome;
use vm::modules::context_variables::copy_current;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{BaseException, ClassFlags};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, Ordering};
use vm::{Args, Class, Dict, R, Ref, Slot, SlotExt, Str, Thread, Value, heap_object, native, protocols};

use super::future::{self, Future, State, ensure_alive};
use super::package::imported;

/// The receiver of a computed attribute, which the descriptor checked.
pub fn of(this: Value) -> Ref<Future> {
    this.downcast().expect("the descriptor checked the receiver")
}

/// What is assigned to a computed attribute; `AttributeError` if it is to be deleted.
pub fn assigned(t: &Thread, class: &str, name: &str, value: Option<Value>) -> R<Value> {
    value.ok_or_else(|| {
        let message = format!("attribute '{name}' of '_asyncio.{class}' objects cannot be deleted");
        t.raise(t.classes().attribute_error, message)
    })
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn future_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, FUTURE.get(t))?;
    let made = t.allocate::<Future>(class)?;
    // A plain future has nothing to say at its end before it has an exception.
    let made = if class == FUTURE.get(t) { made.publish() } else { t.publish_instance(made, class) };
    Ok(made.value())
}

#[native("__init__($self, *, loop=None)")]
fn init_with_names(t: &Thread, this: Ref<Future>, event_loop: Value) -> R<()> {
    future::initialize(t, this, event_loop)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn future_init(t: &Thread, args: Args<'_>) -> R {
    // As loops do it: the loop by name, and nothing else.
    if let (&[this, event_loop], Some(names)) = (args.values, args.names)
        && names.get(0).is(t.names().loop_.value())
        && let Some(this) = this.downcast()
    {
        future::initialize(t, this, event_loop)?;
        return Ok(Value::NONE);
    }
    INIT_WITH_NAMES.invoke(t, None, args)
}

/// Gives the result, or raises the exception.
///
/// A cancelled future raises CancelledError, a pending one InvalidStateError.
#[native("result($self, /)")]
pub fn future_result(t: &Thread, this: Ref<Future>) -> R {
    if this.event_loop.get().is_none() {
        return Err(future::invalid_state(t, "Future object is not initialized."));
    }
    future::result(t, this)
}

/// Gives the exception, or None if there is a result.
///
/// A cancelled future raises CancelledError, a pending one InvalidStateError.
#[native("exception($self, /)")]
pub fn future_exception(t: &Thread, this: Ref<Future>) -> R {
    if this.event_loop.get().is_none() {
        return Err(future::invalid_state(t, "Future object is not initialized."));
    }
    match this.state() {
        State::Cancelled => Err(future::raise_cancelled(t, this)),
        State::Pending => Err(future::invalid_state(t, "Exception is not set.")),
        State::Finished => Ok(Value::NONE),
        State::Failed => {
            future::seen(t, this);
            Ok(this.exception().unwrap_or(Value::NONE))
        }
    }
}

/// Ends the future with a result.
///
/// One that is done raises InvalidStateError.
#[native("set_result($self, result, /)")]
fn future_set_result(t: &Thread, this: Ref<Future>, result: Value) -> R<()> {
    ensure_alive(t, this)?;
    future::set_result(t, this, result)
}

/// Ends the future with an exception.
///
/// One that is done raises InvalidStateError.
#[native("set_exception($self, exception, /)")]
fn future_set_exception(t: &Thread, this: Ref<Future>, exception: Value) -> R<()> {
    ensure_alive(t, this)?;
    future::set_exception(t, this, exception)
}

/// Has the loop call a function with the future as its argument once it is done.
///
/// If it is done already, the call is scheduled at once.
#[native("add_done_callback($self, fn, /, *, context=<unrepresentable>)")]
pub fn future_add_done_callback(t: &Thread, this: Ref<Future>, function: Value, context: Option<Value>) -> R<()> {
    let context = match context {
        Some(context) => context,
        None => copy_current(t)?,
    };
    future::add_callback(t, this, function, context)
}

/// Takes out all callbacks that are equal to the function.
///
/// Gives how many there were.
#[native("remove_done_callback($self, fn, /)")]
pub fn future_remove_done_callback(t: &Thread, this: Ref<Future>, function: Value) -> R<usize> {
    ensure_alive(t, this)?;
    future::remove_callbacks(t, this, function)
}

/// Cancels the future and schedules its callbacks.
///
/// Gives False if it is done already.
#[native("cancel($self, /, msg=None)")]
fn future_cancel(t: &Thread, this: Ref<Future>, message: Value) -> R<bool> {
    ensure_alive(t, this)?;
    future::cancel(t, this, Some(message))
}

/// Whether the future was cancelled.
#[native("cancelled($self, /)")]
pub fn future_cancelled(_: &Thread, this: Ref<Future>) -> bool {
    this.state() == State::Cancelled
}

/// Whether the future has a result or an exception, or was cancelled.
#[native("done($self, /)")]
pub fn future_done(_: &Thread, this: Ref<Future>) -> bool {
    this.state() != State::Pending
}

/// Gives the loop of the future.
#[native("get_loop($self, /)")]
fn future_get_loop(t: &Thread, this: Ref<Future>) -> R {
    ensure_alive(t, this)
}

/// Makes the CancelledError that a cancelled future raises.
///
/// One that was kept for that is given once only.
#[native("_make_cancelled_error($self, /)")]
pub fn make_cancelled_error(t: &Thread, this: Ref<Future>) -> R {
    future::cancelled_error(t, this)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn future_repr(t: &Thread, this: Ref<Future>) -> R {
    ensure_alive(t, this)?;
    protocols::call(t, imported(t, |p| &p.future_repr)?, &[this.value()])
}

/// Called when the instance is about to be destroyed.
#[native("__del__($self, /)")]
fn future_del(t: &Thread, this: Ref<Future>) {
    complain_unseen(t, this);
}

/// Tells the loop of an exception that nobody has seen.
pub fn complain_unseen(t: &Thread, this: Ref<Future>) {
    if this.log_traceback.swap(false, Ordering::Relaxed) {
        let message = format!("{} exception was never retrieved", this.value().class(t).name());
        let names = t.names();
        let exception = this.exception().unwrap_or(Value::NONE);
        complain(t, this, &message, &[(names.exception, exception), (names.future, this.value())]);
    }
}

/// Calls the loop's exception handler. Its own errors are reported and go nowhere.
pub fn complain(t: &Thread, this: Ref<Future>, message: &str, details: &[(Ref<Str>, Value)]) {
    let handled = call_handler(t, this, message, details);
    if handled.is_err() {
        t.clear_pending();
    }
}

fn call_handler(t: &Thread, this: Ref<Future>, message: &str, details: &[(Ref<Str>, Value)]) -> R<()> {
    let names = t.names();
    let context = Dict::new(t)?;
    context.set_str(t, names.message, Str::new(t, message)?.value())?;
    for &(name, value) in details {
        context.set_str(t, name, value)?;
    }
    if let Some(source) = this.source_traceback.get() {
        context.set_str(t, names.source_traceback, source)?;
    }
    let Some(event_loop) = this.event_loop.get() else { return Ok(()) };
    let handler = protocols::get_attribute(t, event_loop, names.call_exception_handler)?;
    if protocols::call(t, handler, &[context.value()]).is_err() {
        report(t, "Exception ignored while calling asyncio function", handler);
    }
    Ok(())
}

/// Return an iterator to be used in await expression.
#[native("__await__($self, /)")]
pub fn future_await(t: &Thread, this: Ref<Future>) -> R {
    ensure_alive(t, this)?;
    let class = FUTURE_ITERATOR.get(t);
    let made = t.allocate_exact::<FutureIterator>(class)?;
    made.set(|i| &i.future, this.value());
    Ok(made.publish().value())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
pub fn future_iter(t: &Thread, this: Ref<Future>) -> R {
    future_await(t, this)
}

fn get_state(t: &Thread, this: Value) -> R {
    ensure_alive(t, of(this))?;
    let text = match of(this).state() {
        State::Pending => "PENDING",
        State::Cancelled => "CANCELLED",
        State::Finished | State::Failed => "FINISHED",
    };
    Ok(Str::interned(t, text)?.value())
}

fn get_blocking(_: &Thread, this: Value) -> R {
    Ok(Value::bool(of(this).blocking.load(Ordering::Relaxed)))
}

fn set_blocking(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    ensure_alive(t, of(this))?;
    set_flag(t, &of(this).blocking, assigned(t, "Future", "_asyncio_future_blocking", value)?)
}

/// Assigns a truth value to an attribute.
pub fn set_flag(t: &Thread, flag: &AtomicBool, value: Value) -> R<()> {
    flag.store(protocols::is_true(t, value)?, Ordering::Relaxed);
    Ok(())
}

fn get_loop(_: &Thread, this: Value) -> R {
    Ok(of(this).event_loop.get().unwrap_or(Value::NONE))
}

fn get_callbacks(t: &Thread, this: Value) -> R {
    ensure_alive(t, of(this))?;
    Ok(future::callbacks(t, of(this))?.map_or(Value::NONE, Ref::value))
}

fn get_result(t: &Thread, this: Value) -> R {
    ensure_alive(t, of(this))?;
    Ok(of(this).result().unwrap_or(Value::NONE))
}

fn get_exception(t: &Thread, this: Value) -> R {
    ensure_alive(t, of(this))?;
    Ok(of(this).exception().unwrap_or(Value::NONE))
}

fn get_log_traceback(t: &Thread, this: Value) -> R {
    ensure_alive(t, of(this))?;
    Ok(Value::bool(of(this).log_traceback.load(Ordering::Relaxed)))
}

fn set_log_traceback(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    if protocols::is_true(t, assigned(t, "Future", "_log_traceback", value)?)? {
        return Err(t.value_error("_log_traceback can only be set to False"));
    }
    of(this).log_traceback.store(false, Ordering::Relaxed);
    Ok(())
}

fn get_source_traceback(_: &Thread, this: Value) -> R {
    Ok(of(this).source_traceback.get().unwrap_or(Value::NONE))
}

fn get_cancel_message(_: &Thread, this: Value) -> R {
    Ok(of(this).cancel_message.get().unwrap_or(Value::NONE))
}

fn set_cancel_message(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let (this, value) = (of(this), assigned(t, "Future", "_cancel_message", value)?);
    this.cancel_message.put(this.header(), t, value);
    Ok(())
}

fn get_awaited_by(t: &Thread, this: Value) -> R {
    Ok(future::awaited_by(t, of(this))?.unwrap_or(Value::NONE))
}

/// `Future`
pub static FUTURE: NativeClass = NativeClass::new(ClassDef {
    name: "Future",
    module: "_asyncio",
    layout: Future::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Future(*, loop=None)\n--\n\nA result that is not there yet, for coroutines of one event loop.\n\nIt is much like concurrent.futures.Future, but result() and exception() do not\nwait, and callbacks are always called by the loop.",
    methods: &[
        MethodDef::New(&FUTURE_NEW),
        MethodDef::Method(&FUTURE_INIT),
        MethodDef::Method(&FUTURE_RESULT),
        MethodDef::Method(&FUTURE_EXCEPTION),
        MethodDef::Method(&FUTURE_SET_RESULT),
        MethodDef::Method(&FUTURE_SET_EXCEPTION),
        MethodDef::Method(&FUTURE_ADD_DONE_CALLBACK),
        MethodDef::Method(&FUTURE_REMOVE_DONE_CALLBACK),
        MethodDef::Method(&FUTURE_CANCEL),
        MethodDef::Method(&FUTURE_CANCELLED),
        MethodDef::Method(&FUTURE_DONE),
        MethodDef::Method(&FUTURE_GET_LOOP),
        MethodDef::Method(&MAKE_CANCELLED_ERROR),
        MethodDef::Method(&FUTURE_REPR),
        MethodDef::Method(&FUTURE_DEL),
        MethodDef::Method(&FUTURE_AWAIT),
        MethodDef::Method(&FUTURE_ITER),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "_state", get: get_state, set: None, doc: "" },
        GetSet { name: "_asyncio_future_blocking", get: get_blocking, set: Some(set_blocking), doc: "" },
        GetSet { name: "_loop", get: get_loop, set: None, doc: "" },
        GetSet { name: "_callbacks", get: get_callbacks, set: None, doc: "" },
        GetSet { name: "_result", get: get_result, set: None, doc: "" },
        GetSet { name: "_exception", get: get_exception, set: None, doc: "" },
        GetSet { name: "_log_traceback", get: get_log_traceback, set: Some(set_log_traceback), doc: "" },
        GetSet { name: "_source_traceback", get: get_source_traceback, set: None, doc: "" },
        GetSet { name: "_cancel_message", get: get_cancel_message, set: Some(set_cancel_message), doc: "" },
        GetSet { name: "_asyncio_awaited_by", get: get_awaited_by, set: None, doc: "" },
    ],
});

heap_object! {
    /// What awaits a future: yields it once, then gives its result.
    pub struct FutureIterator {
        /// The future; unset once something was thrown or the iterator was closed.
        future: Slot,
    }
    trace { future }
    send(drive_iterator)
    fixed
}

impl FutureIterator {
    fn step(&self, t: &Thread) -> R<Outcome> {
        match self.future.get().and_then(Value::downcast::<Future>) {
            Some(future) => future::step_await(t, future),
            None => Ok(Outcome::Returned(Value::NONE)),
        }
    }
}

fn drive_iterator(t: &Thread, this: Value, _sent: Value) -> R<Outcome> {
    let iterator: Ref<FutureIterator> = this.downcast().expect("the layout is an iterator's");
    iterator.step(t)
}

/// Implement next(self).
#[native("__next__($self, /)")]
fn iterator_next(t: &Thread, this: Ref<FutureIterator>) -> R {
    yielded(t, this.step(t)?)
}

/// What is sent does not matter.
#[native("send($self, object, /)")]
fn iterator_send(t: &Thread, this: Ref<FutureIterator>, _sent: Value) -> R {
    yielded(t, this.step(t)?)
}

#[native("throw", raw)]
fn iterator_throw(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<FutureIterator>()) else {
        return Err(t.type_error("unbound method FutureIter.throw() needs an argument"));
    };
    let rest = args.rest();
    if let Some(&kind) = rest.positional().first() {
        let is_class = kind.downcast::<Class>().is_some_and(|class| class.is_subclass_of(t.classes().base_exception));
        if !is_class && kind.downcast::<BaseException>().is_none() {
            return Err(t.type_error("exceptions must be classes deriving BaseException or instances of such a class"));
        }
    }
    let exception = thrown(t, rest, "throw")?;
    this.future.put(this.header(), t, None);
    Err(t.reraise(exception))
}

#[native("close($self, /)")]
fn iterator_close(t: &Thread, this: Ref<FutureIterator>) {
    this.future.put(this.header(), t, None);
}

/// `FutureIter`
pub static FUTURE_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "FutureIter",
    module: "_asyncio",
    layout: FutureIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&ITERATOR_NEXT),
        MethodDef::Method(&ITERATOR_SEND),
        MethodDef::Method(&ITERATOR_THROW),
        MethodDef::Method(&ITERATOR_CLOSE),
    ],
    getset: &[],
});
