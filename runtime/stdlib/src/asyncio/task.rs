//! The class `Task`.

use vm::builtins::construct::class_argument;
use vm::builtins::generic_alias::CLASS_GETITEM;
use vm::modules::context_variables::copy_current;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Generator, GeneratorKind, int_from_u64};
use vm::shared::NativeClass;
use vm::sync::atomic::Ordering;
use vm::{Args, R, Ref, SlotExt, Str, Thread, Value, native, protocols};

use super::future::{self, Future, State};
use super::future_class::{
    FUTURE, FUTURE_ADD_DONE_CALLBACK, FUTURE_AWAIT, FUTURE_CANCELLED, FUTURE_DONE, FUTURE_EXCEPTION, FUTURE_ITER,
    FUTURE_REMOVE_DONE_CALLBACK, FUTURE_RESULT, MAKE_CANCELLED_ERROR, assigned, complain, complain_unseen, of,
    set_flag,
};
use super::package::{imported, package};
use super::step;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn task_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, TASK.get(t))?;
    let made = t.allocate::<Future>(class)?;
    // `__init__` registers the finalizer; a subclass may do without it.
    let made = if class == TASK.get(t) { made.publish() } else { t.publish_instance(made, class) };
    Ok(made.value())
}

fn is_coroutine(t: &Thread, value: Value) -> R<bool> {
    if value.downcast::<Generator>().is_some_and(|generator| generator.kind() == GeneratorKind::Coroutine) {
        return Ok(true);
    }
    let answer = protocols::call(t, imported(t, |p| &p.is_coroutine)?, &[value])?;
    protocols::is_true(t, answer)
}

/// What `__init__` is given.
struct Given {
    coroutine: Value,
    event_loop: Value,
    name: Value,
    context: Value,
    eager_start: bool,
}

impl Given {
    /// The arguments as nearly all callers give them; nothing: not so, or some are wrong.
    fn plainly(t: &Thread, args: Args<'_>) -> Option<(Ref<Future>, Self)> {
        let &[this, coroutine] = args.positional() else { return None };
        let none = Value::NONE;
        let mut given = Self { coroutine, event_loop: none, name: none, context: none, eager_start: false };
        let names = t.names();
        for (name, value) in args.keywords() {
            if name == names.loop_ {
                given.event_loop = value;
            } else if name == names.name {
                given.name = value;
            } else if name == names.context {
                given.context = value;
            } else if name == names.eager_start && (value.is(Value::TRUE) || value.is(Value::FALSE)) {
                given.eager_start = value.is(Value::TRUE);
            } else {
                return None;
            }
        }
        Some((this.downcast()?, given))
    }
}

#[native("__init__($self, coro, *, loop=None, name=None, context=None, eager_start=False)")]
fn init_with_names(
    t: &Thread,
    this: Ref<Future>,
    coroutine: Value,
    event_loop: Value,
    name: Value,
    context: Value,
    eager_start: bool,
) -> R<()> {
    begin(t, this, Given { coroutine, event_loop, name, context, eager_start })
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn task_init(t: &Thread, args: Args<'_>) -> R {
    match Given::plainly(t, args) {
        Some((this, given)) => begin(t, this, given).map(|()| Value::NONE),
        None => INIT_WITH_NAMES.invoke(t, None, args),
    }
}

fn begin(t: &Thread, this: Ref<Future>, given: Given) -> R<()> {
    let Given { coroutine, event_loop, name, context, eager_start } = given;
    future::initialize(t, this, event_loop)?;
    if !is_coroutine(t, coroutine)? {
        this.log_destroy_pending.store(false, Ordering::Relaxed);
        let shown = protocols::repr(t, coroutine)?.to_string_lossy();
        return Err(t.type_error(format_args!("a coroutine was expected, got {shown}")));
    }
    let context = if context.is_none() { copy_current(t)? } else { context };
    let header = this.header();
    this.context.put(header, t, context);
    this.waiter.put(header, t, None);
    this.must_cancel.store(false, Ordering::Relaxed);
    this.log_destroy_pending.store(true, Ordering::Relaxed);
    // One that was done once has taken its finalizer back.
    t.mutator().register_finalizer(header);
    this.cancel_requests.store(0, Ordering::Relaxed);
    this.coroutine.put(header, t, coroutine);
    let name = if name.is_none() { int_from_u64(t, package(t)?.next_number())? } else { as_name(t, name)? };
    this.name.put(header, t, name);
    if eager_start {
        let running = protocols::call_method(t, future::ensure_alive(t, this)?, t.names().is_running, &[])?;
        if running.is(Value::TRUE) {
            return step::start(t, this);
        }
    }
    step::schedule(t, this, None)?;
    this.registered.store(true, Ordering::Relaxed);
    Ok(())
}

/// A given name: itself, if it is exactly a string.
fn as_name(t: &Thread, name: Value) -> R {
    if name.class(t) == t.classes().str { Ok(name) } else { protocols::str_value(t, name) }
}

/// A task ends with its coroutine.
#[native("set_result($self, result, /)")]
fn task_set_result(t: &Thread, _this: Ref<Future>, _result: Value) -> R<()> {
    Err(t.runtime_error("Task does not support set_result operation"))
}

/// A task ends with its coroutine.
#[native("set_exception($self, exception, /)")]
fn task_set_exception(t: &Thread, _this: Ref<Future>, _exception: Value) -> R<()> {
    Err(t.runtime_error("Task does not support set_exception operation"))
}

/// Asks the task to cancel itself.
///
/// A CancelledError is thrown into the coroutine when it runs next; what it waits
/// for is cancelled too. The coroutine may catch it, so the task need not be
/// cancelled in the end, and it is not before that.
///
/// Counts as one request. Gives False if the task is done already.
#[native("cancel($self, /, msg=None)")]
fn task_cancel(t: &Thread, this: Ref<Future>, message: Value) -> R<bool> {
    step::cancel(t, this, message)
}

/// Gives how many requests to cancel the task there are: `cancel()` adds one, `uncancel()` takes one back.
#[native("cancelling($self, /)")]
fn task_cancelling(_: &Thread, this: Ref<Future>) -> i32 {
    this.cancel_requests.load(Ordering::Relaxed)
}

/// Takes back one request to cancel the task.
///
/// For whoever called `cancel()`. Gives how many requests are left.
#[native("uncancel($self, /)")]
fn task_uncancel(_: &Thread, this: Ref<Future>) -> i32 {
    let less = |requests: i32| (requests > 0).then(|| requests - 1);
    match this.cancel_requests.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
        Ok(1) => {
            this.must_cancel.store(false, Ordering::Relaxed);
            0
        }
        Ok(before) => before - 1,
        Err(none) => none,
    }
}

/// Gives the frames of the task's coroutine, the oldest first.
///
/// Of a coroutine that waits there is one frame, of one that ended with an
/// exception those of its traceback, of any other none. No more than `limit`:
/// the newest frames of a stack, the oldest of a traceback.
#[native("get_stack($self, /, *, limit=None)")]
fn task_get_stack(t: &Thread, this: Ref<Future>, limit: Value) -> R {
    protocols::call(t, imported(t, |p| &p.get_stack)?, &[this.value(), limit])
}

/// Prints the frames that `get_stack()` gives, as tracebacks are printed.
///
/// To `sys.stderr`, or to a file that is given.
#[native("print_stack($self, /, *, limit=None, file=None)")]
fn task_print_stack(t: &Thread, this: Ref<Future>, limit: Value, file: Value) -> R {
    protocols::call(t, imported(t, |p| &p.print_stack)?, &[this.value(), limit, file])
}

/// Gives the name.
#[native("get_name($self, /)")]
fn task_get_name(t: &Thread, this: Ref<Future>) -> R {
    let Some(name) = this.name.get() else { return Ok(Value::NONE) };
    if Str::of(t, name).is_some() {
        return Ok(name);
    }
    let number = protocols::str(t, name)?.to_string_lossy();
    let text = Str::new(t, &format!("Task-{number}"))?;
    this.name.put(this.header(), t, text.value());
    Ok(text.value())
}

/// Sets the name.
#[native("set_name($self, value, /)")]
fn task_set_name(t: &Thread, this: Ref<Future>, value: Value) -> R<()> {
    let name = as_name(t, value)?;
    this.name.put(this.header(), t, name);
    Ok(())
}

/// Gives the coroutine.
#[native("get_coro($self, /)")]
fn task_get_coro(_: &Thread, this: Ref<Future>) -> Value {
    this.coroutine.get().unwrap_or(Value::NONE)
}

/// Gives the context in which the coroutine runs.
#[native("get_context($self, /)")]
fn task_get_context(_: &Thread, this: Ref<Future>) -> Value {
    this.context.get().unwrap_or(Value::NONE)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn task_repr(t: &Thread, this: Ref<Future>) -> R {
    protocols::call(t, imported(t, |p| &p.task_repr)?, &[this.value()])
}

/// Called when the instance is about to be destroyed.
#[native("__del__($self, /)")]
fn task_del(t: &Thread, this: Ref<Future>) {
    this.registered.store(false, Ordering::Relaxed);
    if this.state() == State::Pending && this.log_destroy_pending.load(Ordering::Relaxed) {
        complain(t, this, "Task was destroyed but it is pending!", &[(t.names().task, this.value())]);
    }
    complain_unseen(t, this);
}

fn get_log_destroy_pending(_: &Thread, this: Value) -> R {
    Ok(Value::bool(of(this).log_destroy_pending.load(Ordering::Relaxed)))
}

fn set_log_destroy_pending(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    set_flag(t, &of(this).log_destroy_pending, assigned(t, "Task", "_log_destroy_pending", value)?)
}

fn get_must_cancel(_: &Thread, this: Value) -> R {
    Ok(Value::bool(of(this).must_cancel.load(Ordering::Relaxed)))
}

fn get_coro(_: &Thread, this: Value) -> R {
    Ok(of(this).coroutine.get().unwrap_or(Value::NONE))
}

fn get_fut_waiter(_: &Thread, this: Value) -> R {
    Ok(of(this).waiter.get().unwrap_or(Value::NONE))
}

/// `Task`
pub static TASK: NativeClass = NativeClass::new(ClassDef {
    name: "Task",
    module: "_asyncio",
    layout: Future::layout,
    base: Some(|t| FUTURE.get(t)),
    flags: ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Task(coro, *, loop=None, name=None, context=None, eager_start=False)\n--\n\nA coroutine that a loop runs, as a future of its result.",
    methods: &[
        MethodDef::New(&TASK_NEW),
        MethodDef::Method(&TASK_INIT),
        MethodDef::Method(&FUTURE_RESULT),
        MethodDef::Method(&FUTURE_EXCEPTION),
        MethodDef::Method(&FUTURE_ADD_DONE_CALLBACK),
        MethodDef::Method(&FUTURE_REMOVE_DONE_CALLBACK),
        MethodDef::Method(&FUTURE_CANCELLED),
        MethodDef::Method(&FUTURE_DONE),
        MethodDef::Method(&FUTURE_AWAIT),
        MethodDef::Method(&FUTURE_ITER),
        MethodDef::Method(&TASK_SET_RESULT),
        MethodDef::Method(&TASK_SET_EXCEPTION),
        MethodDef::Method(&TASK_CANCEL),
        MethodDef::Method(&TASK_CANCELLING),
        MethodDef::Method(&TASK_UNCANCEL),
        MethodDef::Method(&TASK_GET_STACK),
        MethodDef::Method(&TASK_PRINT_STACK),
        MethodDef::Method(&MAKE_CANCELLED_ERROR),
        MethodDef::Method(&TASK_GET_NAME),
        MethodDef::Method(&TASK_SET_NAME),
        MethodDef::Method(&TASK_GET_CORO),
        MethodDef::Method(&TASK_GET_CONTEXT),
        MethodDef::Method(&TASK_REPR),
        MethodDef::Method(&TASK_DEL),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[
        GetSet {
            name: "_log_destroy_pending",
            get: get_log_destroy_pending,
            set: Some(set_log_destroy_pending),
            doc: "",
        },
        GetSet { name: "_must_cancel", get: get_must_cancel, set: None, doc: "" },
        GetSet { name: "_coro", get: get_coro, set: None, doc: "" },
        GetSet { name: "_fut_waiter", get: get_fut_waiter, set: None, doc: "" },
    ],
});
