//! What is reported to trace and profile functions, and when (`docs/decisions/020`).
//!
//! The reporting instance of the dispatch loop calls `before` ahead of each instruction, with the instruction's address. `Track` says
//! where the loop was: another frame on top that lies above the last one was entered (called, or resumed if it is a
//! generator's), one that lies below was returned to. A line is reported when an instruction has another line than the
//! last one that was executed in the frame, or ends a loop that lies on one line.
//!
//! Callbacks run with `busy` counted up, which makes all they run plain. A frame's saved pc is past the instruction that is
//! reported, as at any call, so that `f_lasti` and `f_lineno` are right; a frame that was just entered has not begun, and its pc is
//! at its first instruction.

use std::ops::Range;

use bytecode::{Instruction, Mark, Opcode};
use gc::DispatchRecord;
use sync::atomic::Ordering::Relaxed;

use super::handlers::read;
use crate::builtins::frame::{NO_LINES, OPCODES};
use crate::containers::intern_text;
use crate::exec::dispatch::{run_plain, run_reporting};
use crate::object::{Ref, SlotExt};
use crate::objects::frame::object_of;
use crate::objects::{CodeObject, FrameObject, List, NativeFunction, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::{Frame, FrameFlags, Reported, Thread, poll_reason};
use crate::value::Value;

/// What the loop does after `before`.
pub(crate) enum Before {
    /// Executes this instruction.
    Go(*const Instruction),
    /// An exception was raised.
    Raise,
    /// Ends: the plain loop goes on.
    Leave(Raised),
}

/// Where a reporting loop was before its next instruction.
pub(crate) struct Track {
    frame: *const Frame,
    /// The last line that was executed in the frame; 0: none yet.
    line: u32,
    /// The instructions around the last one that have its line.
    run: Range<u32>,
    run_line: u32,
    /// The `f_lasti` where `line` was met.
    lined: u32,
    /// The instruction that follows the last one.
    next: u32,
    marks: Vec<Mark>,
}

impl Track {
    /// Nowhere.
    pub(crate) const fn new() -> Self {
        Self { frame: std::ptr::null(), line: 0, run: 0..0, run_line: 0, lined: 0, next: 0, marks: Vec::new() }
    }

    fn line_at(&mut self, code: Ref<CodeObject>, offset: u32) -> u32 {
        if !self.run.contains(&offset) {
            let found = code.unit().lines.runs().find(|(range, _)| range.end > offset);
            (self.run, self.run_line) = found.map_or((0..0, 0), |(range, position)| (range, position.line));
        }
        self.run_line
    }

    /// Another frame is on top, about to execute the instruction at `pc`. Gives whether it was entered.
    fn follow(&mut self, t: &Thread, frame: &Frame, pc: *const Instruction) -> bool {
        let now = std::ptr::from_ref(frame);
        let entered = if self.frame.is_null() { t.tracing().entered.take() } else { now > self.frame };
        (self.frame, self.run) = (now, 0..0);
        let code = frame.code();
        self.next = offset_of(code, pc);
        self.marks.clear();
        self.marks.extend(code.unit().lines.marks());
        (self.lined, self.line) = match self.next {
            0 => (0, 0),
            offset => (offset * 2, self.line_at(code, offset - 1)),
        };
        entered
    }

    /// The frame goes on in a handler, for what was raised at `offset`.
    fn catch(&mut self, code: Ref<CodeObject>, offset: u32) {
        (self.lined, self.line) = ((offset + 1) * 2, self.line_at(code, offset));
    }
}

fn offset_of(code: Ref<CodeObject>, pc: *const Instruction) -> u32 {
    (pc as usize - code.instructions() as usize) as u32 / size_of::<Instruction>() as u32
}

/// What this thread has to report changed: its next dispatch loop is the right one, and the running one learns of it.
pub(crate) fn update(t: &Thread) {
    let tracing = t.tracing();
    tracing.wanted.set(t.trace_function.get().is_some() || t.profile_function.get().is_some());
    choose(t);
    if tracing.is_active() {
        t.mutator().request(poll_reason::SWITCH);
    }
}

fn choose(t: &Thread) {
    let tracing = t.tracing();
    tracing.entry.set(if tracing.is_active() { run_from_native } else { run_plain });
}

/// `sys.settrace`.
pub(crate) fn set_trace(t: &Thread, function: Option<Value>) {
    t.trace_function.set(function);
    update(t);
}

/// `sys.setprofile`.
pub(crate) fn set_profile(t: &Thread, function: Option<Value>) {
    t.profile_function.set(function);
    update(t);
}

/// A poll of a dispatch loop, whose frame's pc is saved where it goes on.
#[cold]
#[inline(never)]
pub(crate) fn poll(t: &Thread, traced: bool) -> R<()> {
    t.poll()?;
    if traced { Ok(()) } else { switch(t) }
}

/// A poll at the start of an instruction, which is executed again where the other loop takes over.
#[cold]
#[inline(never)]
pub(crate) fn poll_first(t: &Thread, frame: &Frame, traced: bool) -> R<()> {
    poll(t, traced).inspect_err(|_| {
        if t.tracing().switching.get() {
            // SAFETY: the saved pc is past the instruction that polls.
            frame.pc.set(unsafe { frame.pc.get().sub(1) });
        }
    })
}

/// A poll of a frame that was just pushed. What is raised here is raised at its first instruction.
#[cold]
#[inline(never)]
pub(crate) fn poll_entered(t: &Thread, frame: &Frame, traced: bool) -> R<()> {
    let first = frame.pc.get();
    // SAFETY: code has an instruction.
    frame.pc.set(unsafe { first.add(1) });
    t.poll()?;
    frame.pc.set(first);
    if traced {
        return Ok(());
    }
    switch(t).inspect_err(|_| t.tracing().entered.set(true))
}

/// Makes the plain loop give way to the one that reports, if there is something to report.
fn switch(t: &Thread) -> R<()> {
    if t.mutator().take(poll_reason::SWITCH) == 0 || !t.tracing().is_active() {
        return Ok(());
    }
    t.tracing().switching.set(true);
    Err(Raised::to_switch())
}

/// Unwinding gave an error: the loop ends with it, unless it is a plain one that gives way: then the other one runs on top of it.
/// Gives what that ended with; `None`: the plain one goes on.
#[cold]
#[inline(never)]
pub(crate) fn leave(t: &Thread, record: &DispatchRecord, raised: Raised) -> Option<R> {
    if !t.tracing().switching.take() {
        return Some(Err(raised));
    }
    let result = record.on_top(|| run_reporting(t, record));
    tell_outer(t, result.is_some());
    result
}

/// Native code called Python code while there is something to report.
fn run_from_native(t: &Thread, record: &DispatchRecord) -> R {
    let entered = t.frames().current().is_some_and(was_entered);
    t.tracing().entered.set(entered);
    let Some(result) = run_reporting(t, record) else { return run_plain(t, record) };
    tell_outer(t, true);
    result
}

/// Further out there may be a plain loop, which learns at its next poll that there is something to report.
fn tell_outer(t: &Thread, ended: bool) {
    t.tracing().shown.set((0, 0, 0));
    if ended && t.tracing().is_active() {
        t.mutator().request(poll_reason::SWITCH);
    }
}

/// Whether the frame, which native code is about to run, begins, or goes on after a yield; else something was thrown into it.
fn was_entered(frame: &Frame) -> bool {
    let pc = frame.pc.get();
    if pc == frame.code().instructions() {
        return true;
    }
    // SAFETY: pc is past the first instruction.
    let last = unsafe { *pc.sub(1) };
    frame.flags.get() & FrameFlags::GENERATOR != 0 && last.opcode() == Some(Opcode::Yield)
}

/// Reports what is due before the instruction at `pc`.
#[inline(never)]
pub(crate) fn before(t: &Thread, frame: &Frame, pc: *const Instruction, track: &mut Track) -> Before {
    t.mutator().take(poll_reason::SWITCH);
    if std::ptr::from_ref(frame) != track.frame && t.tracing().is_active() {
        // As long as the frame has not begun, or not gone on after its yield.
        frame.pc.set(pc);
        t.tracing().shown.set((0, 0, 0));
        if track.follow(t, frame, pc) && entered(t, frame).is_err() {
            // SAFETY: pc is the address of an instruction.
            frame.pc.set(unsafe { pc.add(1) });
            return Before::Raise;
        }
    }
    if let Some(offset) = t.tracing().caught.take() {
        track.catch(frame.code(), offset);
    }
    if !t.tracing().is_active() {
        frame.pc.set(pc);
        t.tracing().shown.set((0, 0, 0));
        t.tracing().left.set(true);
        return Before::Leave(Raised::to_switch());
    }
    // SAFETY: as above.
    frame.pc.set(unsafe { pc.add(1) });
    if at_instruction(t, frame, pc, track).is_err() {
        return Before::Raise;
    }
    // A trace function may have made the frame jump.
    Before::Go(frame.pc.get().wrapping_sub(1))
}

/// Line and instruction events.
fn at_instruction(t: &Thread, frame: &Frame, pc: *const Instruction, track: &mut Track) -> R<()> {
    let code = frame.code();
    // SAFETY: pc is the address of an instruction.
    let ins = unsafe { *pc };
    let opcode = ins.opcode();
    // Cells are made before a function begins.
    let line = match opcode {
        Some(Opcode::MakeCell | Opcode::CopyFree) => 0,
        _ => track.line_at(code, offset_of(code, pc)),
    };
    let offset = offset_of(code, pc);
    let above = offset <= track.next + 1;
    track.next = offset + 1;
    let passed = track.marks.partition_point(|mark| mark.offset < offset);
    if at_marks(t, frame, track, passed..track.marks.len(), offset, above)? {
        return Ok(());
    }
    let new = line != 0 && (line != track.line || ends_loop(code, pc, ins, line, track));
    if line != 0 {
        (track.line, track.lined) = (line, (offset + 1) * 2);
    }
    show(t, frame, track.line, track.lined);
    if new {
        line_event(t, frame)?;
        if t.tracing().jumped.take() {
            return jumped(t, frame, track);
        }
    }
    let object = frame.object().and_then(Value::downcast::<FrameObject>);
    if object.is_some_and(|object| object.trace_flags.load(Relaxed) & OPCODES != 0) {
        trace(t, frame, "opcode", Value::NONE)?;
    }
    Ok(())
}

/// Reports the lines of marks, of those with these indices, that lie before the instruction at `offset`. Says whether the frame was made
/// to jump.
fn at_marks(t: &Thread, frame: &Frame, track: &mut Track, marks: Range<usize>, offset: u32, above: bool) -> R<bool> {
    for index in marks {
        let mark = track.marks[index];
        if mark.offset != offset {
            break;
        }
        if mark.line == track.line || mark.only_from_above && !above {
            continue;
        }
        (track.line, track.lined) = (mark.line, offset * 2 + 1);
        show(t, frame, track.line, track.lined);
        line_event(t, frame)?;
        if t.tracing().jumped.take() {
            jumped(t, frame, track)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The frame goes on at another line, which is not reported again; what lies between it and its first instruction is.
fn jumped(t: &Thread, frame: &Frame, track: &mut Track) -> R<()> {
    let code = frame.code();
    let offset = frame.offset() as u32;
    (_, track.line, track.lined) = t.tracing().shown.get();
    (track.next, track.run) = (offset + 1, 0..0);
    if track.lined.is_multiple_of(2) {
        return Ok(());
    }
    let mark = track.marks.iter().rposition(|mark| mark.offset == offset && mark.line == track.line);
    let rest = mark.map_or(0, |index| index + 1)..track.marks.len();
    if at_marks(t, frame, track, rest, offset, true)? {
        return Ok(());
    }
    let line = track.line_at(code, offset);
    if line == 0 || line == track.line {
        return Ok(());
    }
    (track.line, track.lined) = (line, (offset + 1) * 2);
    show(t, frame, track.line, track.lined);
    line_event(t, frame)?;
    if t.tracing().jumped.take() { jumped(t, frame, track) } else { Ok(()) }
}

/// From here on, until the next instruction, the frame object shows this line and `f_lasti`.
fn show(t: &Thread, frame: &Frame, line: u32, last: u32) {
    t.tracing().shown.set((std::ptr::from_ref(frame) as usize, line, last));
}

/// The frame comes to another line. The trace function may make it jump.
fn line_event(t: &Thread, frame: &Frame) -> R<()> {
    let object = frame.object().and_then(Value::downcast::<FrameObject>);
    if object.is_none_or(|object| object.trace_flags.load(Relaxed) & NO_LINES != 0) {
        return Ok(());
    }
    trace(t, frame, "line", Value::NONE)
}

/// Whether the instruction ends a turn of a loop that lies on one line.
fn ends_loop(code: Ref<CodeObject>, pc: *const Instruction, ins: Instruction, line: u32, track: &mut Track) -> bool {
    let Some(jump) = ins.jump().filter(|&jump| jump < 0) else { return false };
    let target = i64::from(offset_of(code, pc)) + 1 + jump;
    let same = track.line_at(code, target.max(0) as u32) == line;
    same || matches!(ins.opcode(), Some(Opcode::LoopIter | Opcode::LoopRange))
}

/// A frame begins, or goes on after a yield.
fn entered(t: &Thread, frame: &Frame) -> R<()> {
    if t.trace_function.get().is_some() {
        trace(t, frame, "call", Value::NONE)?;
    }
    profile(t, frame, "call", Value::NONE)
}

/// The frame is about to return.
#[inline(never)]
pub(crate) fn returning(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let value = if ins.opcode() == Some(Opcode::Return) { read(frame, ins.a()) } else { Value::NONE };
    ended(t, frame, value)
}

/// The frame is about to yield. Gives whether it goes on somewhere else instead.
#[inline(never)]
pub(crate) fn yielding(t: &Thread, frame: &Frame, ins: Instruction) -> R<bool> {
    let value = read(frame, ins.b());
    t.tracing().yielding.set(true);
    let result = ended(t, frame, value);
    t.tracing().yielding.set(false);
    result?;
    Ok(t.tracing().jumped.take())
}

fn ended(t: &Thread, frame: &Frame, value: Value) -> R<()> {
    if !t.tracing().is_active() {
        return Ok(());
    }
    trace(t, frame, "return", value)?;
    profile(t, frame, "return", value)
}

/// An exception is in the frame: it was raised there, or came out of a call. What a callback raises takes its place.
pub(crate) fn raised(t: &Thread, frame: &Frame, again: bool) {
    if again || !t.tracing().is_active() || t.trace_function.get().is_none() || frame.object().is_none() {
        return;
    }
    with_pending(t, |exception| {
        let traceback = crate::exceptions::traceback_of(exception);
        let parts = Tuple::from_slice(t, &[exception.class(t).value(), exception, traceback])?;
        trace(t, frame, "exception", parts.value())
    });
}

/// The frame is left by an exception.
pub(crate) fn unwinding(t: &Thread, frame: &Frame) {
    with_pending(t, |_| ended(t, frame, Value::NONE));
}

/// An exception is about to be thrown into the frame of a generator.
pub(crate) fn throwing(t: &Thread, frame: &Frame) {
    if t.tracing().is_active() {
        with_pending(t, |_| entered(t, frame));
    }
}

/// Runs something while an exception is on its way; another one takes its place.
fn with_pending(t: &Thread, run: impl FnOnce(Value) -> R<()>) {
    let exception = t.take_pending();
    if run(exception).is_ok() {
        let _ = t.reraise(exception);
    }
}

/// Calls the trace function: the thread's for a call, else the frame's own, if it has one.
fn trace(t: &Thread, frame: &Frame, event: &'static str, argument: Value) -> R<()> {
    if t.trace_function.get().is_none() || !t.tracing().is_active() {
        return Ok(());
    }
    let local = || frame.object().and_then(Value::downcast::<FrameObject>).and_then(|object| object.trace.get());
    let Some(callback) = (if event == "call" { t.trace_function.get() } else { local() }) else { return Ok(()) };
    let object = object_of(t, frame)?;
    match call_back(t, callback, object, event, argument) {
        Ok(result) if result.is_none() => Ok(()),
        Ok(result) => {
            object.trace.put(object.header(), t, result);
            Ok(())
        }
        Err(raised) => {
            set_trace(t, None);
            object.trace.put(object.header(), t, None);
            Err(raised)
        }
    }
}

/// Calls the profile function, if there is one.
fn profile(t: &Thread, frame: &Frame, event: &'static str, argument: Value) -> R<()> {
    let Some(callback) = t.profile_function.get() else { return Ok(()) };
    if !t.tracing().is_active() {
        return Ok(());
    }
    let object = object_of(t, frame)?;
    call_back(t, callback, object, event, argument).map(drop).inspect_err(|_| set_profile(t, None))
}

fn call_back(t: &Thread, callback: Value, frame: Ref<FrameObject>, event: &'static str, argument: Value) -> R {
    let reported = match event {
        "call" => Reported::Call,
        "line" => Reported::Line(frame.record_address()),
        "return" if t.tracing().yielding.take() => Reported::Line(frame.record_address()),
        _ => Reported::Other,
    };
    let event = intern_text(t, event)?;
    let before = t.tracing().reported.replace(reported);
    let result = silently(t, || protocols::call(t, callback, &[frame.value(), event.value(), argument]));
    t.tracing().reported.set(before);
    result
}

/// Runs something that reports nothing.
pub(crate) fn silently<T>(t: &Thread, run: impl FnOnce() -> T) -> T {
    with_busy(t, t.tracing().busy.get() + 1, run)
}

/// `sys.call_tracing`: calls something that reports again, from inside a callback.
pub(crate) fn call_reporting(t: &Thread, function: Value, arguments: Ref<Tuple>) -> R {
    with_busy(t, 0, || protocols::call(t, function, arguments.as_slice()))
}

fn with_busy<T>(t: &Thread, busy: u32, run: impl FnOnce() -> T) -> T {
    let tracing = t.tracing();
    let before = tracing.busy.replace(busy);
    let reported = tracing.reported.get();
    if busy == 0 {
        tracing.reported.set(Reported::Nothing);
    }
    choose(t);
    let result = run();
    tracing.busy.set(before);
    tracing.reported.set(reported);
    choose(t);
    result
}

/// Whether a profile function is told of calls of this: a native function or method.
fn is_native(t: &Thread, callee: Value) -> bool {
    let class = callee.class(t);
    class == t.classes().builtin_function || class == t.classes().method_descriptor
}

/// The frame is about to call something.
#[inline(never)]
pub(crate) fn calling(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let callee = read(frame, ins.b());
    if t.profile_function.get().is_none() || !is_native(t, callee) {
        return Ok(());
    }
    let callee = bound(t, frame, ins, callee)?;
    profile(t, frame, "c_call", callee)?;
    let calls = match t.tracing().calls().get().and_then(Value::downcast::<List>) {
        Some(calls) => calls,
        None => {
            let calls = List::new(t)?;
            t.tracing().calls().set(Some(calls.value()));
            calls
        }
    };
    // What was left behind by loops that ended.
    calls.push(t, Value::small(t.frames().depth() as i32))?;
    calls.push(t, callee)
}

/// A method of a class that was called on a receiver is shown bound to it.
fn bound(t: &Thread, frame: &Frame, ins: Instruction, callee: Value) -> R {
    let method = callee.class(t) == t.classes().method_descriptor;
    let receiver = frame.register(ins.b() as usize + 1).filter(|_| ins.x() & 1 == 0);
    match (method, receiver, callee.downcast::<NativeFunction>()) {
        (true, Some(receiver), Some(_)) => {
            let class = receiver.class(t).value();
            protocols::call_method(t, callee, t.names().__get__, &[receiver, class])
        }
        _ => Ok(callee),
    }
}

/// The callable whose call the frame began to report last, if it did for the instruction that ends now.
fn take_callee(t: &Thread) -> Option<Value> {
    let calls: Ref<List> = t.tracing().calls().get().and_then(Value::downcast)?;
    let depth = Value::small(t.frames().depth() as i32);
    let length = calls.len();
    if length < 2 || !calls.get(length - 2).is_some_and(|kept| kept.is(depth)) {
        return None;
    }
    let callee = calls.pop(t);
    calls.pop(t);
    callee
}

/// The call that the frame began has come to its end.
#[inline(never)]
pub(crate) fn called(t: &Thread, frame: &Frame, _ins: Instruction) -> R<()> {
    match take_callee(t) {
        Some(callee) => profile(t, frame, "c_return", callee),
        None => Ok(()),
    }
}

/// The call that the frame began raised.
#[cold]
#[inline(never)]
pub(crate) fn call_failed(t: &Thread, frame: &Frame) {
    if let Some(callee) = take_callee(t) {
        with_pending(t, |_| profile(t, frame, "c_exception", callee));
    }
}
