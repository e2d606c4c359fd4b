//! What `sys` tells and sets of all threads of the interpreter. It does so while they are stopped; the frames that it gives of other
//! threads are copies, which show where those were.

use gc::StoppedHeap;
use sync::atomic::Ordering::Acquire;

use crate::exec::tracing;
use crate::modules::collector::gather;
use crate::native;
use crate::native::NativeDef;
use crate::object::{Ref, SlotExt};
use crate::objects::frame::{FrameCopy, object_of};
use crate::objects::{Dict, FrameObject, int_from_u64};
use crate::raised::R;
use crate::thread::{Thread, ThreadHandle};
use crate::value::Value;

pub(crate) fn for_each_thread(t: &Thread, _: &StoppedHeap<'_>, mut visit: impl FnMut(&ThreadHandle, &Thread)) {
    for handle in t.interpreter().threads.lock().iter() {
        let address = handle.thread.load(Acquire);
        if address != 0 {
            // SAFETY: the word is set as long as the thread is attached, and all attached threads are stopped.
            visit(handle, unsafe { &*(address as *const Thread) });
        }
    }
}

/// Return a dict from the identifier of each thread to its innermost frame.
#[native("_current_frames()")]
fn current_frames(t: &Thread) -> R<Ref<Dict>> {
    let own = t.handle().ident;
    let mut seen: Vec<(u64, FrameCopy)> = Vec::new();
    let values = gather(t, false, |stopped, found| {
        seen.clear();
        for_each_thread(t, stopped, |handle, thread| {
            if handle.ident != own {
                seen.extend(thread.frames().iter().map(|frame| (handle.ident, FrameCopy::of(frame, found))));
            }
        });
    })?;
    let dict = Dict::new(t)?;
    if let Some(frame) = t.frames().current() {
        dict.set(t, int_from_u64(t, own)?, object_of(t, frame)?.value())?;
    }
    let mut taken = 0;
    let mut next_value = || {
        taken += 1;
        values.get(taken - 1)
    };
    let mut inner: Option<(u64, Ref<FrameObject>)> = None;
    for (ident, copy) in &seen {
        let object = copy.object(t, &mut next_value)?;
        match inner.filter(|(thread, _)| thread == ident) {
            Some((_, inner)) => inner.back.put(inner.header(), t, object.value()),
            None => dict.set(t, int_from_u64(t, *ident)?, object.value())?,
        }
        inner = Some((*ident, object));
    }
    Ok(dict)
}

/// Return a dict from the identifier of each thread to the exception that it handles, or None.
#[native("_current_exceptions()")]
fn current_exceptions(t: &Thread) -> R<Ref<Dict>> {
    let mut seen: Vec<(u64, bool)> = Vec::new();
    let values = gather(t, false, |stopped, found| {
        seen.clear();
        for_each_thread(t, stopped, |handle, thread| {
            let handled = thread.handled();
            seen.push((handle.ident, handled.is_some()));
            if let Some(handled) = handled {
                found(handled.bits());
            }
        });
    })?;
    let dict = Dict::new(t)?;
    let mut taken = 0;
    for (ident, handles) in seen {
        let value = if handles { values.get(taken) } else { None };
        taken += usize::from(handles);
        dict.set(t, int_from_u64(t, ident)?, value.unwrap_or(Value::NONE))?;
    }
    Ok(dict)
}

/// What is to be reported changed for all threads.
pub(super) fn update_all(t: &Thread) {
    t.interpreter().heap().inspect(t.mutator(), &mut |stopped| {
        for_each_thread(t, stopped, |_, thread| tracing::update(thread));
    });
}

fn set_for_all(t: &Thread, function: Value, set: fn(&Thread, Option<Value>)) {
    let function = Some(function).filter(|function| !function.is_none());
    t.interpreter().heap().inspect(t.mutator(), &mut |stopped| {
        for_each_thread(t, stopped, |_, thread| set(thread, function));
    });
}

/// Set the tracing function of each thread of this interpreter.
#[native("_settraceallthreads(function, /)")]
fn settraceallthreads(t: &Thread, function: Value) {
    set_for_all(t, function, tracing::set_trace);
}

/// Set the profiling function of each thread of this interpreter.
#[native("_setprofileallthreads(function, /)")]
fn setprofileallthreads(t: &Thread, function: Value) {
    set_for_all(t, function, tracing::set_profile);
}

/// The functions.
pub static ALL: &[&NativeDef] = &[&CURRENT_FRAMES, &CURRENT_EXCEPTIONS, &SETTRACEALLTHREADS, &SETPROFILEALLTHREADS];
