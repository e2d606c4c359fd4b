//! What waits for a poll of Python code: finalizers, weak reference callbacks, asynchronous exceptions, signals, interrupts (rule 9).

use gc::Event;
use sync::atomic::Ordering;

use crate::names::Special;
use crate::object::Ref;
use crate::objects::{Class, List};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Thread, poll_reason};
use crate::value::Value;

/// The collector tells what it did; statistics listen. Runs on the collecting thread, must not run Python.
///
/// # Safety
/// `interpreter` points at the heap's `Interpreter`.
pub unsafe fn collector_event(interpreter: *const (), event: Event) {
    // SAFETY: the heap was made with its interpreter's address, and the interpreter outlives it.
    let interpreter = unsafe { &*interpreter.cast::<crate::interpreter::Interpreter>() };
    interpreter.record_collection(event);
}

/// Everything that is due on this thread. The first exception stops; the rest stays due.
pub fn run_pending(t: &Thread) -> R<()> {
    let due = t.mutator().take(
        gc::poll_bits::PENDING
            | poll_reason::SIGNAL
            | poll_reason::ASYNC_EXCEPTION
            | poll_reason::INTERRUPT
            | poll_reason::FINALIZERS
            | poll_reason::TRACING,
    );
    if due & poll_reason::TRACING != 0 {
        crate::exec::tracing::update(t);
    }
    if due & poll_reason::SIGNAL != 0
        && let Some(hook) = t.interpreter().signal_hook()
    {
        hook(t)?;
    }
    if due & (gc::poll_bits::PENDING | poll_reason::FINALIZERS) != 0 {
        run_finalizers(t);
        if !t.finalizing.get() {
            crate::modules::collector::tell_of_collections(t);
        }
    }
    if due & poll_reason::ASYNC_EXCEPTION != 0 {
        raise_asynchronous(t)?;
    }
    if due & poll_reason::INTERRUPT != 0 {
        // A thread that outlives its interpreter ends without a word.
        if t.interpreter().closing.load(Ordering::Acquire) {
            return Err(t.raise_with(t.classes().system_exit, &[]));
        }
        return Err(t.raise_with(t.classes().keyboard_interrupt, &[]));
    }
    Ok(())
}

fn raise_asynchronous(t: &Thread) -> R<()> {
    let address = t.handle().async_exception.swap(0, Ordering::AcqRel);
    match Value::from_word(address) {
        Some(class) => {
            let exception = crate::exceptions::to_instance(t, class)?;
            Err(t.raise_value(exception))
        }
        None => Ok(()),
    }
}

/// Runs finalizers and weak reference callbacks that are due. What they raise is reported, not raised (PEP 442). The pending
/// exception and the one being handled are as before.
pub fn run_finalizers(t: &Thread) {
    let (pending, handled) = (t.pending(), t.handled());
    let outer = t.finalizing.replace(true);
    let heap = t.interpreter().heap().clone();
    while let Some(owner) = heap.take_cleared_weak().and_then(Value::from_word) {
        run_callbacks(t, owner);
    }
    while let Some(object) = heap.take_finalizable().and_then(Value::from_word) {
        finalize(t, object);
    }
    t.finalizing.set(outer);
    t.set_handled(handled);
    match pending {
        Some(exception) => drop(t.reraise(exception)),
        None => t.clear_pending(),
    }
}

/// Runs the callbacks of this weak reference and of all that are due: taken out at once, or the first one's own polls would run the
/// others before it.
fn run_callbacks(t: &Thread, first: Value) {
    let heap = t.interpreter().heap();
    let mut rest = None;
    while let Some(owner) = heap.take_cleared_weak().and_then(Value::from_word) {
        if rest.is_none() {
            rest = List::new(t).ok();
        }
        if rest.is_none_or(|rest: Ref<List>| rest.push(t, owner).is_err()) {
            // Without memory for a list their order is given up.
            crate::builtins::weak_reference::run_callback(t, owner);
        }
    }
    crate::builtins::weak_reference::run_callback(t, first);
    let mut index = 0;
    while let Some(owner) = rest.and_then(|rest| rest.get(index)) {
        crate::builtins::weak_reference::run_callback(t, owner);
        index += 1;
    }
}

fn finalize(t: &Thread, object: Value) {
    let class = object.class(t);
    let result = match class.special(t, Special::Del) {
        Some(del) => protocols::call_special(t, del, object, &[]).map(drop),
        None => native_finalizer(t, class, object),
    };
    if result.is_err() {
        let function = class.special(t, Special::Del).unwrap_or(object);
        crate::builtins::generator::report(t, "Exception ignored while calling deallocator", function);
    }
}

/// Builtin objects that act when they die: generators run their `finally`, coroutines warn that nobody awaited them, buffers that
/// nobody looks at are given back.
fn native_finalizer(t: &Thread, _: Ref<Class>, object: Value) -> R<()> {
    if let Some(lease) = object.downcast::<crate::objects::memoryview::BufferWrapper>() {
        protocols::buffer::end_lease(t, lease);
        return Ok(());
    }
    crate::builtins::generator::finalize(t, object)
}

/// `sys.unraisablehook` for an exception that nobody can catch.
pub fn report_unraisable(t: &Thread, error: Value, message: &str, object: Value) {
    if crate::modules::sys::call_unraisable_hook(t, error, message, object).is_err() {
        t.clear_pending();
    }
}
