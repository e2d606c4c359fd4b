//! The functions of the module: running loops, current tasks, all tasks, who awaits whom.
//!
//! Which tasks there are is known without a list of them: each waits for its finalizer, and the heap knows who does. `all_tasks` asks
//! it, with the threads stopped; a task that is made or that ends has nothing to enter anywhere.

use vm::modules::collector::with_finalizers;
use vm::native;
use vm::native::NativeDef;
use vm::objects::Set;
use vm::sync::atomic::Ordering;
use vm::{R, Ref, SlotExt, Str, Thread, Value, protocols};

use super::future::{self, Future, State};
use super::package::{Package, Running, known_running, package, running};
use super::task::TASK;

/// Gives the running loop of this thread, or None.
///
/// For event loops.
#[native("_get_running_loop($module, /)")]
fn get_running_loop_or_none(t: &Thread, _module: Value) -> Value {
    known_running(t).and_then(|running| running.event_loop.get()).unwrap_or(Value::NONE)
}

/// Says which loop runs on this thread.
///
/// For event loops.
#[native("_set_running_loop($module, loop, /)")]
fn set_running_loop(t: &Thread, _module: Value, event_loop: Value) -> R<()> {
    let running = running(t)?;
    running.event_loop.put(running.header(), t, Some(event_loop).filter(|event_loop| !event_loop.is_none()));
    Ok(())
}

/// Gives the running loop of this thread. RuntimeError if there is none.
#[native("get_running_loop($module, /)")]
fn get_running_loop(t: &Thread, _module: Value) -> R {
    running_loop(t)
}

/// Gives the running loop of this thread, or else that of the event loop policy.
#[native("get_event_loop($module, /)")]
fn get_event_loop(t: &Thread, _module: Value) -> R {
    future::current_loop(t)
}

/// The running loop of this thread.
fn running_loop(t: &Thread) -> R {
    let event_loop = known_running(t).and_then(|running| running.event_loop.get());
    event_loop.ok_or_else(|| t.runtime_error("no running event loop"))
}

fn running_in(t: &Thread, event_loop: Value) -> R<Ref<Running>> {
    let running = running(t)?;
    if running.is_in(event_loop) {
        return Ok(running);
    }
    let shown = protocols::repr(t, event_loop)?.to_string_lossy();
    Err(t.runtime_error(format_args!("loop {shown} is not the running loop")))
}

#[cold]
fn two_tasks(t: &Thread, before: &str, task: Value, between: &str, other: Value, after: &str) -> R<()> {
    let task = protocols::repr(t, task)?.to_string_lossy();
    let other = protocols::repr(t, other)?.to_string_lossy();
    Err(t.runtime_error(format_args!("{before}{task}{between}{other}{after}")))
}

/// A task begins a step.
pub fn enter(t: &Thread, event_loop: Value, task: Value) -> R<()> {
    let running = running_in(t, event_loop)?;
    if let Some(other) = running.task.get() {
        return two_tasks(t, "Cannot enter into task ", task, " while another task ", other, " is being executed.");
    }
    running.task.put(running.header(), t, task);
    Ok(())
}

/// A task's step is over.
pub fn leave(t: &Thread, event_loop: Value, task: Value) -> R<()> {
    let running = running_in(t, event_loop)?;
    let current = running.task.get();
    if current != Some(task) {
        let current = current.unwrap_or(Value::NONE);
        return two_tasks(t, "Invalid attempt to leave task ", task, " while task ", current, " is entered.");
    }
    running.task.put(running.header(), t, None);
    Ok(())
}

/// Makes a task, or none, the current one; gives the one before, or None.
pub fn swap(t: &Thread, event_loop: Value, task: Value) -> R {
    let running = running_in(t, event_loop)?;
    let before = running.task.get().unwrap_or(Value::NONE);
    running.task.put(running.header(), t, Some(task).filter(|task| !task.is_none()));
    Ok(before)
}

/// Says that a task begins or goes on with its execution.
#[native("_enter_task($module, /, loop, task)")]
fn enter_task(t: &Thread, _module: Value, event_loop: Value, task: Value) -> R<()> {
    enter(t, event_loop, task)
}

/// Says that a task's execution ends or is suspended.
#[native("_leave_task($module, /, loop, task)")]
fn leave_task(t: &Thread, _module: Value, event_loop: Value, task: Value) -> R<()> {
    leave(t, event_loop, task)
}

/// Makes a task the current one for a while; gives the one before, or None.
#[native("_swap_current_task($module, /, loop, task)")]
fn swap_current_task(t: &Thread, _module: Value, event_loop: Value, task: Value) -> R {
    swap(t, event_loop, task)
}

fn loop_or_running(t: &Thread, event_loop: Value) -> R {
    if event_loop.is_none() { running_loop(t) } else { Ok(event_loop) }
}

/// Gives the task that a loop runs now, or None.
#[native("current_task($module, /, loop=None)")]
fn current_task(t: &Thread, _module: Value, event_loop: Value) -> R {
    let event_loop = loop_or_running(t, event_loop)?;
    let task = match known_running(t).filter(|running| running.is_in(event_loop)) {
        Some(running) => running.task.get(),
        None => package(t)?.task_elsewhere(t, event_loop),
    };
    Ok(task.unwrap_or(Value::NONE))
}

/// Gives the set of a loop's tasks that are not done.
#[native("all_tasks($module, /, loop=None)")]
fn all_tasks(t: &Thread, _module: Value, event_loop: Value) -> R<Ref<Set>> {
    let event_loop = loop_or_running(t, event_loop)?;
    let found = Set::new(t)?;
    let package = package(t)?;
    // Eager ones first: one that is scheduled meanwhile is found among those.
    let eager = protocols::list_of(t, package.eager.get().unwrap_or(t.empty_tuple().value()))?;
    let scheduled = protocols::list_of(t, package.scheduled.get().unwrap_or(t.empty_tuple().value()))?;
    let native = with_finalizers(t, |value| {
        let future = value.downcast::<Future>();
        future.is_some_and(|future| future.registered.load(Ordering::Relaxed) && future.state() == State::Pending)
    })?;
    for list in [eager, scheduled, native] {
        let mut index = 0;
        while let Some(task) = list.get(index) {
            index += 1;
            if is_pending_in(t, task, event_loop)? {
                found.add(t, task)?;
            }
        }
    }
    Ok(found)
}

fn is_pending_in(t: &Thread, task: Value, event_loop: Value) -> R<bool> {
    if let Some(task) = future::exact(t, task) {
        return Ok(task.state() == State::Pending && task.event_loop.get() == Some(event_loop));
    }
    let done = protocols::call_method(t, task, t.names().done, &[])?;
    Ok(!protocols::is_true(t, done)? && future::loop_of(t, task)?.is(event_loop))
}

/// A task of this module's class, or of a subclass.
fn native_task(t: &Thread, task: Value) -> Option<Ref<Future>> {
    task.downcast::<Future>().filter(|_| task.class(t).is_subclass_of(TASK.get(t)))
}

fn scheduled(t: &Thread, method: &str, task: Value) -> R<()> {
    let set = package(t)?.scheduled.get().unwrap_or(Value::NONE);
    protocols::call_method(t, set, Str::interned(t, method)?, &[task]).map(drop)
}

fn eager(package: Ref<Package>) -> Option<Ref<Set>> {
    package.eager.get().and_then(Value::downcast)
}

/// Registers a task that a loop is to run.
#[native("_register_task($module, /, task)")]
fn register_task(t: &Thread, _module: Value, task: Value) -> R<()> {
    match native_task(t, task) {
        Some(task) => {
            // `all_tasks` looks among the objects that wait for their finalizers.
            t.mutator().register_finalizer(task.header());
            task.registered.store(true, Ordering::Relaxed);
            Ok(())
        }
        None => scheduled(t, "add", task),
    }
}

/// Takes out a task that was registered.
#[native("_unregister_task($module, /, task)")]
fn unregister_task(t: &Thread, _module: Value, task: Value) -> R<()> {
    match native_task(t, task) {
        Some(task) => {
            task.registered.store(false, Ordering::Relaxed);
            Ok(())
        }
        None => scheduled(t, "discard", task),
    }
}

/// Registers a task that is about to run its first step at once.
#[native("_register_eager_task($module, /, task)")]
fn register_eager_task(t: &Thread, _module: Value, task: Value) -> R<()> {
    match (native_task(t, task), eager(package(t)?)) {
        (Some(task), _) => task.registered.store(true, Ordering::Relaxed),
        (None, Some(set)) => set.add(t, task).map(drop)?,
        (None, None) => {}
    }
    Ok(())
}

/// Takes out a task that ran its first step.
#[native("_unregister_eager_task($module, /, task)")]
fn unregister_eager_task(t: &Thread, _module: Value, task: Value) -> R<()> {
    match (native_task(t, task), eager(package(t)?)) {
        (Some(task), _) => task.registered.store(false, Ordering::Relaxed),
        (None, Some(set)) => set.discard(t, task).map(drop)?,
        (None, None) => {}
    }
    Ok(())
}

/// Records that a future is awaited by another one.
#[native("future_add_to_awaited_by($module, fut, waiter, /)")]
fn future_add_to_awaited_by(t: &Thread, _module: Value, awaited: Value, waiter: Value) -> R<()> {
    match (awaited.downcast::<Future>(), waiter.downcast::<Future>()) {
        (Some(awaited), Some(_)) => future::add_awaited_by(t, awaited, waiter),
        _ => Ok(()),
    }
}

/// Records that a future is not awaited by another one any more.
#[native("future_discard_from_awaited_by($module, fut, waiter, /)")]
fn future_discard_from_awaited_by(t: &Thread, _module: Value, awaited: Value, waiter: Value) -> R<()> {
    match (awaited.downcast::<Future>(), waiter.downcast::<Future>()) {
        (Some(awaited), Some(_)) => future::discard_awaited_by(t, awaited, waiter),
        _ => Ok(()),
    }
}

/// The functions.
pub static ALL: &[&NativeDef] = &[
    &CURRENT_TASK,
    &GET_EVENT_LOOP,
    &GET_RUNNING_LOOP,
    &GET_RUNNING_LOOP_OR_NONE,
    &SET_RUNNING_LOOP,
    &REGISTER_TASK,
    &UNREGISTER_TASK,
    &REGISTER_EAGER_TASK,
    &UNREGISTER_EAGER_TASK,
    &ENTER_TASK,
    &LEAVE_TASK,
    &SWAP_CURRENT_TASK,
    &ALL_TASKS,
    &FUTURE_ADD_TO_AWAITED_BY,
    &FUTURE_DISCARD_FROM_AWAITED_BY,
];
