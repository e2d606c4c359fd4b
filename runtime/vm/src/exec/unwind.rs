//! From a raise to its handler: frames are left until one's exception table covers the instruction.

use bytecode::Opcode;

use crate::exec::enter::pop_frame;
use crate::exec::{caches, generators, tracing};
use crate::objects::Traceback;
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::{Frame, FrameFlags, Thread};

/// The running frame raised. Finds the handler in it or in a caller up to the frame that native code entered, and makes that frame
/// run there; or leaves them all and hands the exception on. Nothing was raised if a plain loop is to give way to the one that
/// reports: that is handed on as it stands (`tracing::leave`).
#[cold]
#[inline(never)]
pub fn unwind(t: &Thread) -> R<()> {
    let tracing = t.tracing();
    if tracing.switching.get() {
        return Err(Raised::to_switch());
    }
    loop {
        let Some(frame) = t.frames().current() else { return Err(raised_again(t)) };
        let again = raises_again(t, frame);
        if !again {
            crate::exceptions::add_traceback(t, frame);
        }
        name_attribute(t, frame);
        if tracing.wanted.get() {
            tracing::raised(t, frame, again);
        }
        if let Some((target, register)) = handler(frame) {
            if tracing.wanted.get() {
                tracing.caught.set(tracing.is_active().then(|| frame.offset() as u32));
            }
            leave_comprehensions(frame, target);
            let exception = t.take_pending();
            frame.set_register(register as usize, Some(exception));
            // SAFETY: targets of the exception table lie in the code (verified).
            frame.pc.set(unsafe { frame.code().instructions().add(target as usize) });
            if tracing.wanted.get() && tracing::handled(t, frame, exception).is_err() {
                continue;
            }
            return Ok(());
        }
        show_origin(t, frame);
        if tracing.wanted.get() {
            tracing::unwinding(t, frame);
        }
        let flags = frame.flags.get();
        if flags & FrameFlags::GENERATOR != 0 {
            if generators::failed(t, frame) {
                return Ok(());
            }
        } else {
            pop_frame(t);
        }
        if flags & FrameFlags::ENTRY != 0 {
            return Err(raised_again(t));
        }
    }
}

/// The exception leaves the comprehensions that run inline in the frame, except for the end of an asynchronous one: their variables
/// are no more.
fn leave_comprehensions(frame: &Frame, target: u32) {
    let unit = frame.code().unit();
    if unit.instructions[target as usize].opcode() == Some(Opcode::EndAsyncFor) {
        return;
    }
    for register in unit.hidden_variables() {
        frame.set_register(register, None);
    }
}

/// Whether the frame's instruction raised an exception that already shows where it was in this frame: raising again as it stands
/// adds no entry to the traceback.
fn raises_again(t: &Thread, frame: &Frame) -> bool {
    // SAFETY: the saved pc is past the instruction that raised.
    let ins = unsafe { *frame.pc.get().sub(1) };
    let again = match ins.opcode() {
        Some(Opcode::Reraise | Opcode::EndAsyncFor) => true,
        Some(Opcode::Raise) => ins.x() == 0,
        _ => false,
    };
    again && t.pending().is_some_and(|exception| !crate::exceptions::traceback_of(exception).is_none())
}

/// An AttributeError out of a getter that the frame's instruction ran by its cache says, as any other, what is missing.
fn name_attribute(t: &Thread, frame: &Frame) {
    // SAFETY: the saved pc is past the instruction that raised.
    let ins = unsafe { *frame.pc.get().sub(1) };
    if let Some(Opcode::LoadAttr | Opcode::LoadMethod) = ins.opcode()
        && let Some(object) = frame.register(ins.b() as usize)
    {
        protocols::name_missing(t, object, frame.code().site_name(caches::site(frame, ins)));
    }
}

/// A frame that ends by raising again shows, to who holds its frame object, where the exception came from.
fn show_origin(t: &Thread, frame: &Frame) {
    // SAFETY: the saved pc is past the instruction that raised.
    let ins = unsafe { *frame.pc.get().sub(1) };
    let (Some(Opcode::Reraise), 1, Some(object)) = (ins.opcode(), ins.x(), frame.object()) else { return };
    let entry = t.pending().and_then(|exception| crate::exceptions::traceback_of(exception).downcast::<Traceback>());
    if let Some(entry) = entry.filter(|entry| entry.frame.get() == Some(object)) {
        let length = frame.code().unit().instructions.len();
        if let Some(offset) = entry.offset().filter(|&offset| offset < length) {
            // SAFETY: the offset is that of an instruction, as was just tested; the place past it may be one past the end.
            frame.pc.set(unsafe { frame.code().instructions().add(offset + 1) });
        }
    }
}

fn raised_again(t: &Thread) -> Raised {
    let exception = t.take_pending();
    t.reraise(exception)
}

/// Target and register of the innermost handler that covers the frame's instruction.
fn handler(frame: &Frame) -> Option<(u32, u16)> {
    let unit = frame.code().unit();
    if unit.exceptions.is_empty() {
        return None;
    }
    let offset = frame.offset() as u32;
    let entry = unit.exceptions.iter().find(|entry| (entry.start..entry.end).contains(&offset))?;
    Some((entry.target, entry.register))
}
