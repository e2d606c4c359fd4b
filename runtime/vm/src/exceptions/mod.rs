//! Exceptions: making instances, chaining, tracebacks. `raised.rs` says how one is raised.

pub mod base;
pub mod classes;
pub mod fields;
pub mod groups;
pub mod suggestions;

use sync::atomic::Ordering::Relaxed;

use crate::object::{Ref, SlotExt};
use crate::objects::{BaseException, Class, frame};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

fn exception(value: Value) -> Option<Ref<BaseException>> {
    value.downcast()
}

/// Sets the exception being handled as the context of one that is about to be raised, unless that would make a cycle.
pub fn set_context(t: &Thread, raised: Value) {
    let Some(handled) = t.handled().filter(|handled| !handled.is(raised)) else { return };
    break_cycle(t, handled, raised);
    set_context_to(t, raised, Some(handled));
}

/// Cuts `raised` out of the context chain that starts at `first`.
fn break_cycle(t: &Thread, first: Value, raised: Value) {
    let (mut current, mut slow, mut step) = (first, first, false);
    while let Some(link) = exception(current) {
        let Some(next) = link.context.get() else { return };
        if next.is(raised) {
            link.context.put(link.header(), t, None);
            return;
        }
        current = next;
        if step {
            match exception(slow).and_then(|link| link.context.get()) {
                Some(next) => slow = next,
                None => return,
            }
            if slow.is(current) {
                return; // A cycle that does not go through `raised`.
            }
        }
        step = !step;
    }
}

/// Sets `__context__`.
pub fn set_context_to(t: &Thread, value: Value, context: Option<Value>) {
    if let Some(exception) = exception(value) {
        exception.context.put(exception.header(), t, context);
    }
}

/// Sets `__cause__`, and with it `__suppress_context__`.
pub fn set_cause(t: &Thread, value: Value, cause: Option<Value>) {
    if let Some(exception) = exception(value) {
        exception.cause.put(exception.header(), t, cause);
        exception.suppress_context.store(1, Relaxed);
    }
}

/// `raise value from cause`.
pub fn set_cause_from(t: &Thread, value: Value, cause: Value) -> R<()> {
    if cause.is_none() {
        set_cause(t, value, None);
        return Ok(());
    }
    let is_class = cause.downcast::<Class>().is_some_and(|class| class.is_subclass_of(t.classes().base_exception));
    let cause = if is_class { to_instance(t, cause)? } else { cause };
    if exception(cause).is_none() {
        return Err(t.type_error("exception causes must derive from BaseException"));
    }
    set_cause(t, value, Some(cause));
    Ok(())
}

/// What `raise value` raises: the instance, or a new one of the class.
pub fn to_instance(t: &Thread, value: Value) -> R {
    if exception(value).is_some() {
        return Ok(value);
    }
    if let Some(class) = value.downcast::<Class>().filter(|class| class.is_subclass_of(t.classes().base_exception)) {
        let made = protocols::call(t, value, &[])?;
        if exception(made).is_none() {
            let (name, got) = (class.name(), made.class(t).name());
            return Err(t.type_error(format_args!(
                "calling <class '{}'> should have returned an instance of BaseException, not <class '{}'>",
                class.full_name(t),
                if got.is_empty() { name } else { made.class(t).full_name(t) }
            )));
        }
        return Ok(made);
    }
    Err(t.type_error("exceptions must derive from BaseException"))
}

/// `__traceback__`, or None.
#[must_use]
pub fn traceback_of(value: Value) -> Value {
    exception(value).and_then(|exception| exception.traceback.get()).unwrap_or(Value::NONE)
}

/// The pending exception passes through a frame: its traceback gets an entry.
pub fn add_traceback(t: &Thread, frame: &Frame) {
    let Some(pending) = t.pending().and_then(exception) else { return };
    let previous = pending.traceback.get().filter(|traceback| !traceback.is_none());
    let raised = t.take_pending();
    match frame::new_traceback(t, frame, previous) {
        Ok(entry) => pending.traceback.put(pending.header(), t, entry.value()),
        // Without memory for an entry the exception goes on without it.
        Err(_) => t.clear_pending(),
    }
    let _ = t.reraise(raised);
}

/// `StopIteration.value`.
#[must_use]
pub fn stop_iteration_value(stop: Value) -> Value {
    exception(stop).and_then(|exception| exception.detail(0)).unwrap_or(Value::NONE)
}
