//! Futures and tasks as objects: their state and how it changes.
//!
//! One layout serves both classes, so that whatever waits for a future asks once what it has in hand. A task uses all of it.
//!
//! Invariants. The state leaves `Pending` once (`__init__` called again aside), under the object's lock byte and after the outcome was
//! stored. Callbacks are added under the lock and only while it is pending; whoever ends the future takes them out. So each callback is
//! scheduled by exactly one thread. Under the lock lie a few stores and no call of Python code.
//!
//! The first callback has slots of its own, since mostly it is the only one: the task that waits. A task is its own waiter's
//! callback by `task_wakeup` bound to it, made once for the task.

use vm::exec::generators::Outcome;
use vm::objects::{BaseException, ClassFlags, FrozenSet, Set};
use vm::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering};
use vm::{Args, Class, List, R, Raised, Ref, Slot, SlotExt, Thread, Tuple, Value, exceptions, heap_object, protocols};

use super::package::{exception_class, imported, running};

heap_object! {
    /// A future, or a task.
    pub struct Future {
        /// The loop; unset before `__init__`.
        pub event_loop: Slot,
        /// The first callback, or unset.
        callback: Slot,
        /// The context that it is to run in.
        callback_context: Slot,
        /// The callbacks after the first: a list of pairs, or unset.
        more_callbacks: Slot,
        /// The result or the exception, once there is one.
        pub outcome: Slot,
        /// The traceback of the exception as it was set.
        traceback: Slot,
        /// Where it was made, in debug mode.
        pub source_traceback: Slot,
        /// What `cancel` was told.
        pub cancel_message: Slot,
        /// The exception that ended a cancelled task, to be raised once.
        cancelled_error: Slot,
        /// Who awaits it: unset, a future, or a set of several.
        awaited_by: Slot,
        /// Of a task: what it runs.
        pub coroutine: Slot,
        /// Of a task: the context of its steps.
        pub context: Slot,
        /// Of a task: its name, or its number while nobody asked.
        pub name: Slot,
        /// Of a task: the future that it waits for.
        pub waiter: Slot,
        /// Of a task: its `task_wakeup`, once it waited.
        pub wakeup: Slot,
        /// Of a task: what `call_soon` is given to run a step without an exception.
        pub next_step: Slot,
        /// Of a task: how often it was asked to cancel itself.
        pub cancel_requests: AtomicI32,
        state: AtomicU8,
        /// Whether it was yielded by its own iterator, and not by a `yield`.
        pub blocking: AtomicBool,
        /// Whether nobody has seen the exception.
        pub log_traceback: AtomicBool,
        /// Of a task: whether the next step throws a CancelledError.
        pub must_cancel: AtomicBool,
        /// Of a task: whether to complain if it dies pending.
        pub log_destroy_pending: AtomicBool,
        /// Of a task: whether `all_tasks` knows it.
        pub registered: AtomicBool,
    }
    trace {
        event_loop, callback, callback_context, more_callbacks, outcome, traceback, source_traceback, cancel_message, cancelled_error,
        awaited_by, coroutine, context, name, waiter, wakeup, next_step
    }
    send(drive)
}

/// How far a future is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// Nothing is known.
    Pending = 0,
    /// It was cancelled.
    Cancelled = 1,
    /// It has a result.
    Finished = 2,
    /// It has an exception.
    Failed = 3,
}

/// What a future that is done gives.
pub enum Got {
    /// Its result.
    Result(Value),
    /// Its exception.
    Exception(Value),
}

/// A future whose class is exactly `Future` or `Task`: no method of it was replaced.
pub fn exact(t: &Thread, value: Value) -> Option<Ref<Future>> {
    value.downcast::<Future>().filter(|_| !value.class(t).has(ClassFlags::HEAP))
}

impl Future {
    /// How far it is.
    #[inline]
    pub fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Pending,
            1 => State::Cancelled,
            2 => State::Finished,
            _ => State::Failed,
        }
    }

    /// The result, or unset.
    pub fn result(&self) -> Option<Value> {
        self.outcome.get().filter(|_| self.state() == State::Finished)
    }

    /// The exception, or unset.
    pub fn exception(&self) -> Option<Value> {
        self.outcome.get().filter(|_| self.state() == State::Failed)
    }

    /// Ends a pending future: `store` stores the outcome. False: it had ended before.
    fn end(&self, t: &Thread, state: State, store: impl FnOnce(&Self)) -> bool {
        let _guard = self.header.lock_briefly(t.mutator());
        let pending = self.state() == State::Pending;
        if pending {
            store(self);
            self.state.store(state as u8, Ordering::Release);
        }
        pending
    }

    /// Empties a slot; gives what was in it, to one thread only.
    fn take(&self, t: &Thread, slot: &Slot) -> Option<Value> {
        let _guard = self.header.lock_briefly(t.mutator());
        let taken = slot.get()?;
        slot.put(&self.header, t, None);
        Some(taken)
    }
}

/// `RuntimeError` before `__init__`.
pub fn ensure_alive(t: &Thread, this: Ref<Future>) -> R<Value> {
    this.event_loop.get().ok_or_else(|| t.runtime_error("Future object is not initialized."))
}

/// Raises `InvalidStateError`.
#[cold]
pub fn invalid_state(t: &Thread, message: &str) -> Raised {
    match exception_class(t, |p| &p.invalid_state) {
        Ok(class) => t.raise(class, message),
        Err(raised) => raised,
    }
}

/// `Future.__init__`.
pub fn initialize(t: &Thread, this: Ref<Future>, event_loop: Value) -> R<()> {
    if this.event_loop.get().is_some() {
        reset(t, this);
    }
    let event_loop = if event_loop.is_none() { current_loop(t)? } else { event_loop };
    this.event_loop.put(this.header(), t, event_loop);
    let debug = protocols::call_method(t, event_loop, t.names().get_debug, &[])?;
    if protocols::is_true(t, debug)? && !t.interpreter().closing.load(Ordering::Acquire) {
        let source = protocols::call(t, imported(t, |p| &p.extract_stack)?, &[])?;
        this.source_traceback.put(this.header(), t, source);
    }
    Ok(())
}

/// Makes the future as it was before `__init__`.
#[cold]
fn reset(t: &Thread, this: Ref<Future>) {
    let _guard = this.header().lock_briefly(t.mutator());
    for slot in [
        &this.event_loop,
        &this.callback,
        &this.callback_context,
        &this.more_callbacks,
        &this.outcome,
        &this.traceback,
        &this.source_traceback,
        &this.cancel_message,
        &this.cancelled_error,
        &this.awaited_by,
    ] {
        slot.put(this.header(), t, None);
    }
    this.log_traceback.store(false, Ordering::Relaxed);
    this.blocking.store(false, Ordering::Relaxed);
    this.state.store(State::Pending as u8, Ordering::Release);
}

/// The running loop, or that of the policy.
pub fn current_loop(t: &Thread) -> R {
    if let Some(event_loop) = super::package::known_running(t).and_then(|running| running.event_loop.get()) {
        return Ok(event_loop);
    }
    let policy = protocols::call(t, imported(t, |p| &p.policy)?, &[])?;
    protocols::call_method(t, policy, vm::Str::interned(t, "get_event_loop")?, &[])
}

/// `asyncio.futures._get_loop`.
pub fn loop_of(t: &Thread, future: Value) -> R {
    if let Some(future) = exact(t, future) {
        return Ok(future.event_loop.get().unwrap_or(Value::NONE));
    }
    match protocols::get_attribute_optional(t, future, t.names().get_loop)? {
        Some(get_loop) => protocols::call(t, get_loop, &[]),
        None => protocols::get_attribute(t, future, t.names()._loop),
    }
}

/// `event_loop.call_soon(callback, argument, context=context)`.
pub fn call_soon(
    t: &Thread,
    event_loop: Value,
    callback: Value,
    argument: Option<Value>,
    context: Option<Value>,
) -> R<()> {
    let names = running(t)?.context_name().filter(|_| context.is_some());
    let values = [callback, argument.or(context).unwrap_or(Value::NONE), context.unwrap_or(Value::NONE)];
    let count = 1 + usize::from(argument.is_some()) + usize::from(context.is_some());
    let args = Args { values: &values[..count], names };
    protocols::call_method_kw(t, event_loop, t.names().call_soon, args).map(drop)
}

/// A future that is done has nothing to say when it dies. A finalizer of a subclass may have.
fn nothing_to_say(t: &Thread, this: Ref<Future>) {
    if exact(t, this.value()).is_some() {
        t.mutator().withdraw_finalizer(this.header());
    }
}

/// Somebody has seen what the future gave.
pub fn seen(t: &Thread, this: Ref<Future>) {
    if this.log_traceback.load(Ordering::Relaxed) && this.log_traceback.swap(false, Ordering::Relaxed) {
        nothing_to_say(t, this);
    }
}

/// Schedules the callbacks of a future that just ended. The first error ends it: the rest is dropped.
fn schedule_callbacks(t: &Thread, this: Ref<Future>) -> R<()> {
    this.registered.store(false, Ordering::Relaxed);
    if this.state() != State::Failed {
        nothing_to_say(t, this);
    }
    if this.callback.get().is_none() && this.more_callbacks.get().is_none() {
        return Ok(());
    }
    let event_loop = ensure_alive(t, this)?;
    let (first, context) = {
        let _guard = this.header().lock_briefly(t.mutator());
        let taken = (this.callback.get(), this.callback_context.get());
        this.callback.put(this.header(), t, None);
        this.callback_context.put(this.header(), t, None);
        taken
    };
    let more = this.take(t, &this.more_callbacks).and_then(Value::downcast::<List>);
    if let Some(first) = first {
        call_soon(t, event_loop, first, Some(this.value()), context)?;
    }
    let mut index = 0;
    while let Some((callback, context)) = more.and_then(|more| more.get(index)).and_then(pair) {
        call_soon(t, event_loop, callback, Some(this.value()), Some(context))?;
        index += 1;
    }
    Ok(())
}

fn pair(entry: Value) -> Option<(Value, Value)> {
    match entry.downcast::<Tuple>()?.target().as_slice() {
        &[callback, context] => Some((callback, context)),
        _ => None,
    }
}

/// Adds a callback, which is scheduled at once if the future is done.
pub fn add_callback(t: &Thread, this: Ref<Future>, callback: Value, context: Value) -> R<()> {
    let Some(event_loop) = this.event_loop.get() else {
        return Err(t.runtime_error("uninitialized Future object"));
    };
    if add_first(t, this, callback, context) {
        return Ok(());
    }
    if this.state() == State::Pending {
        let entry = Tuple::pair(t, callback, context)?;
        let fresh = List::new(t)?;
        let _guard = this.header().lock(t.mutator());
        if this.state() == State::Pending {
            let list = match this.more_callbacks.get().and_then(Value::downcast::<List>) {
                Some(list) => list,
                None => {
                    this.more_callbacks.put(this.header(), t, fresh.value());
                    fresh
                }
            };
            return list.push(t, entry.value());
        }
    }
    call_soon(t, event_loop, callback, Some(this.value()), Some(context))
}

/// Stores the only callback of a pending future.
fn add_first(t: &Thread, this: Ref<Future>, callback: Value, context: Value) -> bool {
    let _guard = this.header().lock_briefly(t.mutator());
    let free = this.callback.get().is_none() && this.more_callbacks.get().is_none();
    let adds = free && this.state() == State::Pending;
    if adds {
        this.callback.put(this.header(), t, callback);
        this.callback_context.put(this.header(), t, context);
    }
    adds
}

/// The callbacks with their contexts, a new list of pairs; nothing if there are none.
pub fn callbacks(t: &Thread, this: Ref<Future>) -> R<Option<Ref<List>>> {
    let all = List::new(t)?;
    let first = {
        let _guard = this.header().lock_briefly(t.mutator());
        (this.callback.get(), this.callback_context.get())
    };
    if let (Some(callback), Some(context)) = first {
        all.push(t, Tuple::pair(t, callback, context)?.value())?;
    }
    if let Some(more) = this.more_callbacks.get().and_then(Value::downcast::<List>) {
        all.extend_from_list(t, more)?;
    }
    Ok(Some(all).filter(|all| !all.is_empty()))
}

/// Takes out the callbacks that equal this one. How many there were.
///
/// What is compared is Python's business and may change the callbacks: one that is gone by then is not counted.
pub fn remove_callbacks(t: &Thread, this: Ref<Future>, function: Value) -> R<usize> {
    let mut removed = 0;
    if let Some(first) = this.callback.get()
        && protocols::equal(t, first, function)?
    {
        let _guard = this.header().lock_briefly(t.mutator());
        if this.callback.get() == Some(first) {
            this.callback.put(this.header(), t, None);
            this.callback_context.put(this.header(), t, None);
            removed += 1;
        }
    }
    let Some(more) = this.more_callbacks.get().and_then(Value::downcast::<List>) else { return Ok(removed) };
    let mut index = 0;
    while let Some(entry) = more.get(index) {
        let Some((callback, _)) = pair(entry) else { break };
        if !protocols::equal(t, callback, function)? {
            index += 1;
        } else if more.remove_if_same(t, index, entry) {
            removed += 1;
        }
    }
    if more.is_empty() {
        let _guard = this.header().lock(t.mutator());
        if more.is_empty() && this.more_callbacks.get() == Some(more.value()) {
            this.more_callbacks.put(this.header(), t, None);
        }
    }
    Ok(removed)
}

/// `Future.set_result`.
pub fn set_result(t: &Thread, this: Ref<Future>, result: Value) -> R<()> {
    if !this.target().end(t, State::Finished, |f| f.outcome.put(&f.header, t, result)) {
        return Err(invalid_state(t, "invalid state"));
    }
    schedule_callbacks(t, this)
}

/// `Future.set_exception`.
pub fn set_exception(t: &Thread, this: Ref<Future>, given: Value) -> R<()> {
    if this.state() != State::Pending {
        return Err(invalid_state(t, "invalid state"));
    }
    let exception = match given.downcast::<Class>() {
        Some(class) if class.is_subclass_of(t.classes().base_exception) => protocols::call(t, given, &[])?,
        _ => given,
    };
    if exception.downcast::<BaseException>().is_none() {
        return Err(t.type_error("invalid exception object"));
    }
    let exception = without_stop(t, exception)?;
    let traceback = Some(exceptions::traceback_of(exception)).filter(|traceback| !traceback.is_none());
    let ended = this.target().end(t, State::Failed, |f| {
        f.outcome.put(&f.header, t, exception);
        f.traceback.put(&f.header, t, traceback);
    });
    if !ended {
        return Err(invalid_state(t, "invalid state"));
    }
    schedule_callbacks(t, this)?;
    this.log_traceback.store(true, Ordering::Relaxed);
    t.mutator().register_finalizer(this.header());
    Ok(())
}

/// A StopIteration cannot come out of an `await`.
fn without_stop(t: &Thread, exception: Value) -> R {
    if !exception.class(t).is_subclass_of(t.classes().stop_iteration) {
        return Ok(exception);
    }
    let message = "StopIteration interacts badly with generators and cannot be raised into a Future";
    let text = vm::Str::new(t, message)?;
    let error = protocols::call(t, t.classes().runtime_error.value(), &[text.value()])?;
    exceptions::set_cause(t, error, Some(exception));
    exceptions::set_context_to(t, error, Some(exception));
    Ok(error)
}

/// `Future.cancel`. False: it had ended before.
pub fn cancel(t: &Thread, this: Ref<Future>, message: Option<Value>) -> R<bool> {
    this.log_traceback.store(false, Ordering::Relaxed);
    if !this.target().end(t, State::Cancelled, |f| f.cancel_message.put(&f.header, t, message)) {
        return Ok(false);
    }
    schedule_callbacks(t, this)?;
    Ok(true)
}

/// As `cancel`, for a task that a CancelledError ended. It is raised by the first who asks for the result.
pub fn cancel_with(t: &Thread, this: Ref<Future>, error: Value) -> R<()> {
    this.cancelled_error.put(this.header(), t, error);
    cancel(t, this, None).map(drop)
}

/// The CancelledError to raise.
pub fn cancelled_error(t: &Thread, this: Ref<Future>) -> R {
    if let Some(saved) = this.target().take(t, &this.cancelled_error) {
        return Ok(saved);
    }
    let class = imported(t, |p| &p.cancelled)?;
    match this.cancel_message.get().filter(|message| !message.is_none()) {
        Some(message) => protocols::call(t, class, &[message]),
        None => protocols::call(t, class, &[]),
    }
}

/// Raises the CancelledError.
#[cold]
pub fn raise_cancelled(t: &Thread, this: Ref<Future>) -> Raised {
    match cancelled_error(t, this) {
        Ok(error) => t.raise_value(error),
        Err(raised) => raised,
    }
}

/// What a future gives that is done.
pub fn get(t: &Thread, this: Ref<Future>) -> R<Got> {
    let state = this.state();
    match state {
        State::Cancelled => return Err(raise_cancelled(t, this)),
        State::Pending => return Err(invalid_state(t, "Result is not set.")),
        State::Finished | State::Failed => {}
    }
    seen(t, this);
    let outcome = this.outcome.get().unwrap_or(Value::NONE);
    if state == State::Finished {
        return Ok(Got::Result(outcome));
    }
    if let Some(exception) = outcome.downcast::<BaseException>() {
        let traceback = this.target().take(t, &this.traceback);
        exception.traceback.put(exception.header(), t, traceback);
    }
    Ok(Got::Exception(outcome))
}

/// `Future.result`.
pub fn result(t: &Thread, this: Ref<Future>) -> R {
    match get(t, this)? {
        Got::Result(result) => Ok(result),
        Got::Exception(exception) => Err(t.raise_value(exception)),
    }
}

/// One step of `await future`: a pending one is yielded once.
pub fn step_await(t: &Thread, this: Ref<Future>) -> R<Outcome> {
    ensure_alive(t, this)?;
    if this.state() != State::Pending {
        return Ok(Outcome::Returned(result(t, this)?));
    }
    if this.blocking.load(Ordering::Relaxed) {
        return Err(t.runtime_error("await wasn't used with future"));
    }
    this.blocking.store(true, Ordering::Relaxed);
    Ok(Outcome::Yielded(this.value()))
}

fn drive(t: &Thread, this: Value, _sent: Value) -> R<Outcome> {
    step_await(t, this.downcast().expect("the layout is a future's"))
}

/// Records that `waiter` awaits the future.
pub fn add_awaited_by(t: &Thread, this: Ref<Future>, waiter: Value) -> R<()> {
    loop {
        let known = {
            let _guard = this.header().lock_briefly(t.mutator());
            let known = this.awaited_by.get();
            if known.is_none() {
                this.awaited_by.put(this.header(), t, waiter);
            }
            known
        };
        let Some(known) = known else { return Ok(()) };
        if let Some(several) = known.downcast::<Set>() {
            return several.add(t, waiter).map(drop);
        }
        let several = Set::new(t)?;
        several.add(t, known)?;
        several.add(t, waiter)?;
        let _guard = this.header().lock_briefly(t.mutator());
        if this.awaited_by.get() == Some(known) {
            this.awaited_by.put(this.header(), t, several.value());
            return Ok(());
        }
    }
}

/// Records that `waiter` does not await the future any more.
pub fn discard_awaited_by(t: &Thread, this: Ref<Future>, waiter: Value) -> R<()> {
    let Some(known) = this.awaited_by.get() else { return Ok(()) };
    if let Some(several) = known.downcast::<Set>() {
        return several.discard(t, waiter).map(drop);
    }
    let _guard = this.header().lock_briefly(t.mutator());
    if this.awaited_by.get() == Some(waiter) {
        this.awaited_by.put(this.header(), t, None);
    }
    Ok(())
}

/// Who awaits the future: a frozenset, or nothing.
pub fn awaited_by(t: &Thread, this: Ref<Future>) -> R<Option<Value>> {
    let Some(known) = this.awaited_by.get() else { return Ok(None) };
    if known.downcast::<Set>().is_some() {
        return protocols::call(t, t.classes().frozenset.value(), &[known]).map(Some);
    }
    Ok(Some(FrozenSet::from_slice(t, &[known])?.value()))
}
