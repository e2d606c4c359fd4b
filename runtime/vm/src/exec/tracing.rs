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

use bytecode::effects::effects;
use bytecode::{Instruction, Mark, Opcode};
use gc::DispatchRecord;
use sync::atomic::Ordering::Relaxed;

use super::handlers::read;
use crate::builtins::frame::{NO_LINES, OPCODES};
use crate::containers::intern_text;
use crate::exec::dispatch::{run_plain, run_reporting};
use crate::exec::monitoring::{self, Event};
use crate::object::{Ref, SlotExt};
use crate::objects::frame::object_of;
use crate::objects::{CodeObject, FrameObject, List, Method, NativeFunction, Tuple};
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
    /// The last one, if it was executed as far as to go on here.
    last: Option<u32>,
    marks: Vec<Mark>,
    /// The events of `sys.monitoring` that are wanted of the code, as of a version of what is wanted.
    events: u32,
    version: u32,
}

impl Track {
    /// Nowhere.
    pub(crate) const fn new() -> Self {
        Self {
            frame: std::ptr::null(),
            line: 0,
            run: 0..0,
            run_line: 0,
            lined: 0,
            next: 0,
            last: None,
            marks: Vec::new(),
            events: 0,
            version: 0,
        }
    }

    /// Asks what is wanted of the frame's code.
    fn refresh(&mut self, t: &Thread, code: Ref<CodeObject>) {
        let monitoring = &t.interpreter().monitoring;
        self.version = monitoring.version();
        self.events = if monitoring.is_active() { monitoring::events_of(t, code) } else { 0 };
    }

    fn wants(&self, event: Event) -> bool {
        self.events & event.bit() != 0
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
        self.last = None;
        self.refresh(t, code);
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
        self.last = None;
    }
}

fn offset_of(code: Ref<CodeObject>, pc: *const Instruction) -> u32 {
    (pc as usize - code.instructions() as usize) as u32 / size_of::<Instruction>() as u32
}

/// What this thread has to report changed: its next dispatch loop is the right one, and the running one learns of it.
pub(crate) fn update(t: &Thread) {
    let tracing = t.tracing();
    let functions = t.trace_function.get().is_some() || t.profile_function.get().is_some();
    tracing.wanted.set(functions || t.interpreter().monitoring.is_active());
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
    if track.version != t.interpreter().monitoring.version() {
        track.refresh(t, frame.code());
    }
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
    if let Some(last) = track.last.replace(offset) {
        if track.events & monitoring::JUMPS != 0 {
            came(t, frame, last, offset)?;
        }
        let before = code.unit().instructions[last as usize].opcode();
        if (offset != last + 1 || before == Some(Opcode::Jump)) && at_jump_marks(t, frame, track, last)? {
            return jumped(t, frame, track);
        }
    }
    let above = offset <= track.next + 1;
    track.next = offset + 1;
    let passed = track.marks.partition_point(|mark| mark.offset < offset);
    if at_marks(t, frame, track, passed..track.marks.len(), offset, above)? {
        return Ok(());
    }
    let new = line != 0 && line != track.line;
    let again = line != 0 && !new && ends_loop(code, pc, ins, line, track);
    if line != 0 {
        (track.line, track.lined) = (line, (offset + 1) * 2);
    }
    show(t, frame, track.line, track.lined);
    if new {
        monitor_line(t, frame, track)?;
    }
    if new || again {
        line_event(t, frame)?;
        if t.tracing().jumped.take() {
            return jumped(t, frame, track);
        }
    }
    if track.wants(Event::Instruction) {
        monitoring::deliver_at(t, frame, Event::Instruction, (offset + 1) * 2, &[])?;
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
        if mark.on_jump || mark.line == track.line || mark.only_from_above && !above {
            continue;
        }
        (track.line, track.lined) = (mark.line, offset * 2 + 1);
        show(t, frame, track.line, track.lined);
        monitor_line(t, frame, track)?;
        line_event(t, frame)?;
        if t.tracing().jumped.take() {
            jumped(t, frame, track)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reports the lines that the jump at an offset passed. Says whether the frame was made to jump elsewhere.
fn at_jump_marks(t: &Thread, frame: &Frame, track: &mut Track, offset: u32) -> R<bool> {
    for index in track.marks.partition_point(|mark| mark.offset < offset)..track.marks.len() {
        let mark = track.marks[index];
        if mark.offset != offset {
            break;
        }
        if !mark.on_jump || mark.line == track.line {
            continue;
        }
        (track.line, track.lined) = (mark.line, (offset + 1) * 2 + 1);
        show(t, frame, track.line, track.lined);
        monitor_line(t, frame, track)?;
        line_event(t, frame)?;
        if t.tracing().jumped.take() {
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
    monitor_line(t, frame, track)?;
    line_event(t, frame)?;
    if t.tracing().jumped.take() { jumped(t, frame, track) } else { Ok(()) }
}

/// Tells the tools of `sys.monitoring` how the frame came from one instruction to another.
fn came(t: &Thread, frame: &Frame, from: u32, to: u32) -> R<()> {
    let instruction = frame.code().unit().instructions[from as usize];
    let (Some(op), Some(jump)) = (instruction.opcode(), instruction.jump()) else { return Ok(()) };
    let jumped = i64::from(to) == i64::from(from) + 1 + jump;
    if !jumped && to != from + 1 {
        return Ok(());
    }
    let at = (from + 1) * 2;
    let target = Value::small(((to + 1) * 2) as i32);
    if effects(instruction, op).falls_through {
        // At the end of a loop stands the condition under which it goes on, else the one under which the code goes elsewhere.
        let event = if jumped == (jump < 0) { Event::BranchLeft } else { Event::BranchRight };
        monitoring::deliver_at(t, frame, event, at, &[target])?;
    }
    // What code of handlers lies between is out of the way: a jump over it goes on with what is next.
    let over_handler = |entry: &bytecode::ExceptionEntry| from < entry.target && entry.target <= to;
    let forward = jump > 0 && !effects(instruction, op).falls_through;
    if jumped && (jump < 0 || forward && !frame.code().unit().exceptions.iter().any(over_handler)) {
        monitoring::deliver_at(t, frame, Event::Jump, at, &[target])?;
    }
    Ok(())
}

/// The frame comes to another line: tells the tools of `sys.monitoring`.
fn monitor_line(t: &Thread, frame: &Frame, track: &Track) -> R<()> {
    if !track.wants(Event::Line) {
        return Ok(());
    }
    monitoring::deliver(t, frame, Event::Line, track.lined, &[Value::small(track.line as i32)])
}

/// From here on, until the next instruction, the frame object shows this line and `f_lasti`.
fn show(t: &Thread, frame: &Frame, line: u32, last: u32) {
    t.tracing().shown.set((std::ptr::from_ref(frame) as usize, line, last));
}

/// The frame comes to another line. The trace function may make it jump.
fn line_event(t: &Thread, frame: &Frame) -> R<()> {
    let object = frame.object().and_then(Value::downcast::<FrameObject>);
    let jumped = t.tracing().jumped.get();
    if jumped || object.is_none_or(|object| object.trace_flags.load(Relaxed) & NO_LINES != 0) {
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

/// What `f_lasti` shows of the frame's instruction.
fn last_of(frame: &Frame) -> u32 {
    (frame.offset() as u32 + 1) * 2
}

/// A frame begins, or goes on after a yield.
fn entered(t: &Thread, frame: &Frame) -> R<()> {
    if frame.pc.get() == frame.code().instructions() {
        monitoring::deliver_at(t, frame, Event::PyStart, 0, &[])?;
    } else {
        monitoring::deliver_at(t, frame, Event::PyResume, last_of(frame), &[])?;
    }
    call_event(t, frame)
}

fn call_event(t: &Thread, frame: &Frame) -> R<()> {
    if t.trace_function.get().is_some() {
        trace(t, frame, "call", Value::NONE)?;
    }
    profile(t, frame, "call", Value::NONE)
}

/// The frame is about to return.
#[inline(never)]
pub(crate) fn returning(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let value = if ins.opcode() == Some(Opcode::Return) { read(frame, ins.a()) } else { Value::NONE };
    monitoring::deliver_at(t, frame, Event::PyReturn, last_of(frame), &[value])?;
    ended(t, frame, value)
}

/// The frame is about to yield. Gives whether it goes on somewhere else instead.
#[inline(never)]
pub(crate) fn yielding(t: &Thread, frame: &Frame, ins: Instruction) -> R<bool> {
    let value = read(frame, ins.b());
    monitoring::deliver_at(t, frame, Event::PyYield, last_of(frame), &[value])?;
    if t.tracing().jumped.take() {
        return Ok(true);
    }
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
    if !t.tracing().is_active() {
        return;
    }
    let event = if again { Event::Reraise } else { Event::Raise };
    monitor_exception(t, frame, event);
    if again || t.trace_function.get().is_none() || frame.object().is_none() {
        return;
    }
    with_pending(t, |exception| {
        let traceback = crate::exceptions::traceback_of(exception);
        let parts = Tuple::from_slice(t, &[exception.class(t).value(), exception, traceback])?;
        trace(t, frame, "exception", parts.value())
    });
}

/// A generator that the frame resumed has come to its end (`StopIteration`), or another iterator by an exception (`Raise`). A program is
/// shown that as the exception that it is or would be elsewhere.
#[cold]
pub(crate) fn stopped(t: &Thread, frame: &Frame, event: Event, value: Value) -> R<()> {
    if !t.tracing().is_active() {
        return Ok(());
    }
    let class = t.classes().stop_iteration.value();
    let exception = protocols::call(t, class, if value.is_none() { &[] } else { std::slice::from_ref(&value) })?;
    monitoring::deliver_at(t, frame, event, last_of(frame), &[exception])?;
    // SAFETY: the saved pc is past the instruction that resumed.
    let resumes = unsafe { *frame.pc.get().sub(1) };
    // A trace function is told of the end of a `for` loop only if a value is dropped there.
    let is_told = resumes.opcode() == Some(Opcode::Send) || !value.is_none();
    if t.trace_function.get().is_none() || frame.object().is_none() || !is_told {
        return Ok(());
    }
    let parts = Tuple::from_slice(t, &[class, exception, Value::NONE])?;
    trace(t, frame, "exception", parts.value())
}

/// Tells the tools of `sys.monitoring` of the exception that is on its way.
fn monitor_exception(t: &Thread, frame: &Frame, event: Event) {
    if monitoring::wants(t, frame, event) {
        with_pending(t, |exception| monitoring::deliver_at(t, frame, event, last_of(frame), &[exception]));
    }
}

/// The frame has caught an exception and goes on in a handler: its pc is there.
pub(crate) fn handled(t: &Thread, frame: &Frame, exception: Value) -> R<()> {
    if !monitoring::wants(t, frame, Event::ExceptionHandled) {
        return Ok(());
    }
    let target = frame.pc.get();
    // SAFETY: the handler is an instruction; meanwhile the frame is at it.
    frame.pc.set(unsafe { target.add(1) });
    monitoring::deliver_at(t, frame, Event::ExceptionHandled, last_of(frame), &[exception])?;
    frame.pc.set(target);
    Ok(())
}

/// The frame is left by an exception.
pub(crate) fn unwinding(t: &Thread, frame: &Frame) {
    monitor_exception(t, frame, Event::PyUnwind);
    with_pending(t, |_| ended(t, frame, Value::NONE));
}

/// An exception is about to be thrown into the frame of a generator.
pub(crate) fn throwing(t: &Thread, frame: &Frame) {
    if t.tracing().is_active() {
        monitor_exception(t, frame, Event::PyThrow);
        with_pending(t, |_| call_event(t, frame));
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

/// Calls a callback of `sys.monitoring`.
pub(crate) fn call_silently(t: &Thread, callback: Value, reported: Reported, arguments: &[Value]) -> R {
    let before = t.tracing().reported.replace(reported);
    let result = silently(t, || protocols::call(t, callback, arguments));
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
    let (mut callee, mut first) = (read(frame, ins.b()), first_argument(t, frame, ins));
    // A bound method is shown as what it calls.
    if let Some(method) = callee.downcast::<Method>() {
        callee = method.function.get().unwrap_or(callee);
        first = method.receiver.get().unwrap_or(first);
    }
    let monitored = monitoring::wants(t, frame, Event::Call);
    if monitored {
        monitoring::deliver_at(t, frame, Event::Call, last_of(frame), &[callee, first])?;
    }
    if !is_native(t, callee) || !monitored && t.profile_function.get().is_none() {
        return Ok(());
    }
    let shown = bound(t, frame, ins, callee)?;
    profile(t, frame, "c_call", shown)?;
    let calls = match t.tracing().calls().get().and_then(Value::downcast::<List>) {
        Some(calls) => calls,
        None => {
            let calls = List::new(t)?;
            t.tracing().calls().set(Some(calls.value()));
            calls
        }
    };
    for value in [callee, first, shown, Value::small(t.frames().depth() as i32)] {
        calls.push(t, value)?;
    }
    Ok(())
}

/// The first argument of a call, the receiver included, as `sys.monitoring` shows it.
fn first_argument(t: &Thread, frame: &Frame, ins: Instruction) -> Value {
    let base = ins.b() as usize;
    let receiver = if ins.x() & 1 == 0 { frame.register(base + 1) } else { None };
    let argument = match ins.opcode() {
        Some(Opcode::CallEx) => None,
        _ if receiver.is_some() => receiver,
        _ if ins.c() == 0 => None,
        _ => frame.register(base + 2),
    };
    argument.unwrap_or_else(|| monitoring::missing(t))
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

/// The call that the frame began to report last, if it did for the instruction that ends now: what was called, with what first, and how
/// a profile function is shown it.
fn take_callee(t: &Thread) -> Option<[Value; 3]> {
    let calls: Ref<List> = t.tracing().calls().get().and_then(Value::downcast)?;
    let depth = Value::small(t.frames().depth() as i32);
    if !calls.get(calls.len().checked_sub(1)?).is_some_and(|kept| kept.is(depth)) {
        return None;
    }
    calls.pop(t);
    let (shown, first, callee) = (calls.pop(t)?, calls.pop(t)?, calls.pop(t)?);
    Some([callee, first, shown])
}

fn native_ended(t: &Thread, frame: &Frame, event: Event, name: &'static str, call: [Value; 3]) -> R<()> {
    let [callee, first, shown] = call;
    monitoring::deliver_at(t, frame, event, last_of(frame), &[callee, first])?;
    profile(t, frame, name, shown)
}

/// The call that the frame began has come to its end.
#[inline(never)]
pub(crate) fn called(t: &Thread, frame: &Frame, _ins: Instruction) -> R<()> {
    match take_callee(t) {
        Some(call) => native_ended(t, frame, Event::CReturn, "c_return", call),
        None => Ok(()),
    }
}

/// The call that the frame began raised.
#[cold]
#[inline(never)]
pub(crate) fn call_failed(t: &Thread, frame: &Frame) {
    if let Some(call) = take_callee(t) {
        with_pending(t, |_| native_ended(t, frame, Event::CRaise, "c_exception", call));
    }
}
