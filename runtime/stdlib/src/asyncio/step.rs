//! The steps of a task: running its coroutine up to the next `await`, and waiting for what that gave.
//!
//! The loop is given a step (`Step`, bound to the task), and futures are given the task's `task_wakeup`. Both are native and run the
//! coroutine from here, so that between the loop's handle and the coroutine there is no Python frame.
//!
//! `waiter` and `must_cancel` change together under the task's lock byte: a task that another thread cancels either finds the future to
//! cancel, or leaves word for the step that is about to wait.

use vm::exec::generators::{self, Outcome};
use vm::modules::context_variables;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Generator, GeneratorKind, NativeFunction};
use vm::shared::NativeClass;
use vm::sync::atomic::Ordering;
use vm::{Args, R, Raised, Ref, Slot, SlotExt, Str, Thread, Value, exceptions, heap_object, native, protocols};

use super::future::{self, Future, Got, State};
use super::loops::{enter, leave, swap};
use super::package::exception_class;
use super::task::TASK;

heap_object! {
    /// A step to come.
    pub struct Step {
        /// The task.
        task: Slot,
        /// What to throw into the coroutine, or unset.
        error: Slot,
    }
    trace { task, error }
    fixed
}

/// Has the loop run the task's next step.
pub fn schedule(t: &Thread, task: Ref<Future>, error: Option<Value>) -> R<()> {
    let step = match error {
        None => match task.next_step.get() {
            Some(step) => step,
            None => {
                let step = new_step(t, task, None)?;
                task.next_step.put(task.header(), t, step);
                step
            }
        },
        Some(_) => new_step(t, task, error)?,
    };
    let event_loop = future::ensure_alive(t, task)?;
    future::call_soon(t, event_loop, step, None, task.context.get())
}

fn new_step(t: &Thread, task: Ref<Future>, error: Option<Value>) -> R {
    let class = STEP.get(t);
    let made = t.allocate_exact::<Step>(class)?;
    made.set(|s| &s.task, task.value()).set(|s| &s.error, error);
    Ok(made.publish().value())
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn step_call(t: &Thread, args: Args<'_>) -> R<()> {
    let this = vm::builtins::arguments::receiver::<Step>(t, args, &STEP_CALL)?;
    if args.keyword_count() > 0 {
        return Err(t.type_error("function takes no keyword arguments"));
    }
    if args.values.len() > 1 {
        return Err(t.type_error("function takes no positional arguments"));
    }
    match this.task.get().and_then(Value::downcast) {
        Some(task) => step(t, task, this.error.get()),
        None => Ok(()),
    }
}

fn get_self(_: &Thread, this: Value) -> R {
    Ok(this.downcast::<Step>().and_then(|step| step.task.get()).unwrap_or(Value::NONE))
}

/// `TaskStepMethWrapper`
pub static STEP: NativeClass = NativeClass::new(ClassDef {
    name: "TaskStepMethWrapper",
    module: "_asyncio",
    layout: Step::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&STEP_CALL)],
    getset: &[GetSet { name: "__self__", get: get_self, set: None, doc: "" }],
});

/// The callback that goes on with the task.
fn wakeup_of(t: &Thread, task: Ref<Future>) -> R {
    if let Some(wakeup) = task.wakeup.get() {
        return Ok(wakeup);
    }
    let (kind, owner) = (t.classes().builtin_function, TASK.get(t));
    let made = NativeFunction::new(t, kind, &TASK_WAKEUP, Some(task.value()), Some(owner.value()))?;
    task.wakeup.put(task.header(), t, made.value());
    Ok(made.value())
}

#[native("task_wakeup", raw)]
fn task_wakeup(t: &Thread, args: Args<'_>) -> R<()> {
    args.no_keywords(t, "Task.task_wakeup")?;
    let &[task, awaited] = args.values else {
        let given = args.values.len().saturating_sub(1);
        return Err(t.type_error(format_args!("Task.task_wakeup() takes exactly one argument ({given} given)")));
    };
    let Some(task) = task.downcast::<Future>() else { return Err(t.type_error("a task was expected")) };
    wake(t, task, awaited)
}

/// The task goes on: what it waited for is done.
fn wake(t: &Thread, task: Ref<Future>, awaited: Value) -> R<()> {
    if let Some(awaited) = awaited.downcast::<Future>() {
        future::discard_awaited_by(t, awaited, task.value())?;
    }
    let got = match future::exact(t, awaited) {
        Some(awaited) => future::get(t, awaited).map(|got| match got {
            Got::Result(_) => None,
            Got::Exception(exception) => Some(exception),
        }),
        None => protocols::call_method(t, awaited, t.names().result, &[]).map(|_| None),
    };
    let error = got.unwrap_or_else(|raised| Some(t.take(raised)));
    step(t, task, error)
}

/// Runs a step as the thread's current task.
fn step(t: &Thread, task: Ref<Future>, error: Option<Value>) -> R<()> {
    let event_loop = task.event_loop.get().unwrap_or(Value::NONE);
    enter(t, event_loop, task.value())?;
    match run(t, task, error) {
        Ok(()) => leave(t, event_loop, task.value()),
        Err(raised) => {
            let error = t.take(raised);
            match leave(t, event_loop, task.value()) {
                Ok(()) => Err(t.reraise(error)),
                Err(raised) => Err(chained(t, raised, error)),
            }
        }
    }
}

/// An error that came while another one was on its way.
fn chained(t: &Thread, raised: Raised, first: Value) -> Raised {
    let second = t.take(raised);
    exceptions::set_context_to(t, second, Some(first));
    t.reraise(second)
}

/// Starts the task at once, in its context and as the current task.
pub fn start(t: &Thread, task: Ref<Future>) -> R<()> {
    let event_loop = future::ensure_alive(t, task)?;
    let outer = swap(t, event_loop, task.value())?;
    task.registered.store(true, Ordering::Relaxed);
    let context = task.context.get().unwrap_or(Value::NONE);
    let result = context_variables::run_in(t, context, || run(t, task, None));
    let result = match result {
        Ok(()) => swap(t, event_loop, outer).map(drop),
        Err(raised) => {
            let error = t.take(raised);
            match swap(t, event_loop, outer) {
                Ok(_) => Err(t.reraise(error)),
                Err(raised) => Err(chained(t, raised, error)),
            }
        }
    };
    if task.state() != State::Pending {
        task.coroutine.put(task.header(), t, None);
    }
    result
}

/// Runs the coroutine up to the next `await`.
fn run(t: &Thread, task: Ref<Future>, error: Option<Value>) -> R<()> {
    if task.state() != State::Pending {
        return Err(already_done(t, task, error));
    }
    let error = if task.must_cancel.load(Ordering::Relaxed) { Some(cancelling(t, task, error)?) } else { error };
    task.waiter.put(task.header(), t, None);
    let Some(coroutine) = task.coroutine.get() else { return Err(t.runtime_error("uninitialized Task object")) };
    let outcome = match error {
        None => generators::drive(t, coroutine, Value::NONE),
        Some(error) => generators::drive_with_error(t, coroutine, error),
    };
    match outcome {
        Ok(Outcome::Yielded(value)) => wait_for(t, task, value),
        Ok(Outcome::Returned(value)) => {
            if task.must_cancel.load(Ordering::Relaxed) {
                task.must_cancel.store(false, Ordering::Relaxed);
                // It was cancelled just before it ended.
                return future::cancel(t, task, task.cancel_message.get()).map(drop);
            }
            future::set_result(t, task, value)
        }
        Err(raised) => fail(t, task, raised),
    }
}

#[cold]
fn already_done(t: &Thread, task: Ref<Future>, error: Option<Value>) -> Raised {
    let shown = || -> R<String> {
        let task = protocols::repr(t, task.value())?.to_string_lossy();
        let error = protocols::repr(t, error.unwrap_or(Value::NONE))?.to_string_lossy();
        Ok(format!("__step(): already done: {task} {error}"))
    };
    match shown() {
        Ok(message) => future::invalid_state(t, &message),
        Err(raised) => raised,
    }
}

fn is_cancelled_error(t: &Thread, error: Value) -> R<bool> {
    Ok(error.class(t).is_subclass_of(exception_class(t, |p| &p.cancelled)?))
}

/// What to throw into a coroutine that is to be cancelled: a CancelledError that came anyway, or one of the task's own.
#[cold]
fn cancelling(t: &Thread, task: Ref<Future>, error: Option<Value>) -> R {
    let thrown = match error {
        Some(error) if is_cancelled_error(t, error)? => error,
        _ => future::cancelled_error(t, task)?,
    };
    task.must_cancel.store(false, Ordering::Relaxed);
    Ok(thrown)
}

/// The coroutine raised.
fn fail(t: &Thread, task: Ref<Future>, raised: Raised) -> R<()> {
    let error = t.take(raised);
    if is_cancelled_error(t, error)? {
        return future::cancel_with(t, task, error);
    }
    future::set_exception(t, task, error)?;
    let (class, classes) = (error.class(t), t.classes());
    if class.is_subclass_of(classes.keyboard_interrupt) || class.is_subclass_of(classes.system_exit) {
        return Err(t.reraise(error));
    }
    Ok(())
}

/// Waits for what the coroutine yielded.
fn wait_for(t: &Thread, task: Ref<Future>, awaited: Value) -> R<()> {
    if awaited.is(task.value()) {
        return fail_soon(t, task, &[("Task cannot await on itself: ", Some(awaited))]);
    }
    if let Some(awaited) = future::exact(t, awaited) {
        if awaited.event_loop.get() != task.event_loop.get() {
            return fail_soon(t, task, &different_loop(task, awaited.value()));
        }
        if !awaited.blocking.load(Ordering::Relaxed) {
            return fail_soon(t, task, &plain_yield(task, awaited.value()));
        }
        future::add_awaited_by(t, awaited, task.value())?;
        awaited.blocking.store(false, Ordering::Relaxed);
        future::add_callback(t, awaited, wakeup_of(t, task)?, task.context.get().unwrap_or(Value::NONE))?;
        return waits(t, task, awaited.value());
    }
    if awaited.is_none() {
        // It lets the others run.
        return schedule(t, task, None);
    }
    match protocols::get_attribute_optional(t, awaited, t.names()._asyncio_future_blocking)? {
        Some(blocking) if !blocking.is_none() => wait_for_compatible(t, task, awaited, blocking),
        _ => refuse(t, task, awaited),
    }
}

/// Waits for an instance of a subclass, or of a class that only behaves as a future.
fn wait_for_compatible(t: &Thread, task: Ref<Future>, awaited: Value, blocking: Value) -> R<()> {
    let blocking = protocols::is_true(t, blocking)?;
    if Some(future::loop_of(t, awaited)?) != task.event_loop.get() {
        return fail_soon(t, task, &different_loop(task, awaited));
    }
    if !blocking {
        return fail_soon(t, task, &plain_yield(task, awaited));
    }
    if let Some(awaited) = awaited.downcast::<Future>() {
        future::add_awaited_by(t, awaited, task.value())?;
    }
    let names = t.names();
    protocols::set_attribute(t, awaited, names._asyncio_future_blocking, Value::FALSE)?;
    let values = [wakeup_of(t, task)?, task.context.get().unwrap_or(Value::NONE)];
    let args = Args { values: &values, names: super::package::running(t)?.context_name() };
    protocols::call_method_kw(t, awaited, names.add_done_callback, args)?;
    waits(t, task, awaited)
}

/// The task waits from now on, unless it was cancelled meanwhile.
fn waits(t: &Thread, task: Ref<Future>, awaited: Value) -> R<()> {
    let must_cancel = {
        let _guard = task.header().lock_briefly(t.mutator());
        task.waiter.put(task.header(), t, awaited);
        task.must_cancel.load(Ordering::Relaxed)
    };
    if !must_cancel {
        return Ok(());
    }
    let message = task.cancel_message.get().unwrap_or(Value::NONE);
    let cancelled = protocols::call_method(t, awaited, t.names().cancel, &[message])?;
    if protocols::is_true(t, cancelled)? {
        task.must_cancel.store(false, Ordering::Relaxed);
    }
    Ok(())
}

/// `Task.cancel`.
pub fn cancel(t: &Thread, task: Ref<Future>, message: Value) -> R<bool> {
    task.log_traceback.store(false, Ordering::Relaxed);
    if task.state() != State::Pending {
        return Ok(false);
    }
    task.cancel_requests.fetch_add(1, Ordering::Relaxed);
    if let Some(waiter) = waiter_or_word(t, task, message, false) {
        // It stays the waiter: it may be a task that goes on all the same, and is to be cancelled again.
        let cancelled = protocols::call_method(t, waiter, t.names().cancel, &[message])?;
        if protocols::is_true(t, cancelled)? {
            return Ok(true);
        }
        waiter_or_word(t, task, message, true);
    }
    Ok(true)
}

/// The future to cancel; if there is none, or it cannot be, the next step is told.
fn waiter_or_word(t: &Thread, task: Ref<Future>, message: Value, tried: bool) -> Option<Value> {
    let _guard = task.header().lock_briefly(t.mutator());
    let waiter = task.waiter.get().filter(|_| !tried);
    if waiter.is_none() {
        task.cancel_message.put(task.header(), t, message);
        task.must_cancel.store(true, Ordering::Relaxed);
    }
    waiter
}

type Parts<'a> = [(&'a str, Option<Value>)];

fn different_loop(task: Ref<Future>, awaited: Value) -> [(&'static str, Option<Value>); 3] {
    [("Task ", Some(task.value())), (" got Future ", Some(awaited)), (" attached to a different loop", None)]
}

fn plain_yield(task: Ref<Future>, awaited: Value) -> [(&'static str, Option<Value>); 2] {
    [("yield was used instead of yield from in task ", Some(task.value())), (" with ", Some(awaited))]
}

fn refuse(t: &Thread, task: Ref<Future>, value: Value) -> R<()> {
    if value.downcast::<Generator>().is_some_and(|generator| generator.kind() == GeneratorKind::Generator) {
        let start = "yield was used instead of yield from for generator in task ";
        return fail_soon(t, task, &[(start, Some(task.value())), (" with ", Some(value))]);
    }
    fail_soon(t, task, &[("Task got bad yield: ", Some(value))])
}

/// The next step throws a RuntimeError.
#[cold]
fn fail_soon(t: &Thread, task: Ref<Future>, parts: &Parts<'_>) -> R<()> {
    let mut text = text::TextBuilder::new();
    for (before, shown) in parts {
        text.push_str(before);
        if let Some(shown) = shown {
            text.push_units(protocols::repr(t, *shown)?.units());
        }
    }
    let message = Str::from_owned(t, text.finish())?;
    let error = protocols::call(t, t.classes().runtime_error.value(), &[message.value()])?;
    schedule(t, task, Some(error))
}
