//! Generators: making, resuming, suspending.
//!
//! A suspended window is an object (rule 2). Resuming claims the generator by a compare-and-swap of its state, so that a second thread
//! gets "generator already executing", moves the window onto the register file and pushes a frame. Suspending stores the window
//! back through the barrier, but for temporaries that are dead; so a generator keeps alive what its frame does and nothing else. A `for` loop and `yield from` over a generator resume it inside the same dispatch loop (`resume_inline`), so a
//! pipeline of generators does not use the native stack.

use sync::atomic::Ordering::Relaxed;

use bytecode::{CodeFlags, Instruction, Opcode};

use crate::exec::dispatch::{Next, run};
use crate::exec::handlers::control::{self, Left};
use crate::exec::handlers::{read, write};
use crate::exec::monitoring::Event;
use crate::exec::{enter, tracing};
use crate::names::Special;
use crate::object::{Ref, SendValue, SlotExt};
use crate::objects::{Class, ClassFlags, CodeObject, Generator, GeneratorKind, GeneratorState, ValueArray};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::{Frame, FrameFlags, FrameStart, Thread};
use crate::value::Value;

/// What one resumption of a generator gave.
pub enum Outcome {
    /// It yielded.
    Yielded(Value),
    /// It returned.
    Returned(Value),
}

/// Turns the frame on top, whose arguments are bound, into a generator of its code's kind.
pub fn create(t: &Thread, frame: &Frame) -> R {
    let (function, code) = (frame.function(), frame.code());
    let flags = code.unit().flags;
    let (class, kind) = if flags.has(CodeFlags::COROUTINE) {
        (t.classes().coroutine, GeneratorKind::Coroutine)
    } else if flags.has(CodeFlags::ASYNC_GENERATOR) {
        (t.classes().async_generator, GeneratorKind::AsyncGenerator)
    } else {
        (t.classes().generator, GeneratorKind::Generator)
    };
    let made = (|| {
        let window = ValueArray::new(t, code.register_count())?;
        let named = &frame.window()[..code.named_registers()];
        window.fill(t, named.iter().map(|&word| Value::from_word(word)));
        let generator = t.allocate_exact::<Generator>(class)?;
        generator
            .set(|g| &g.function, function.value())
            .set(|g| &g.window, window.value())
            .set(|g| &g.locals, frame.locals())
            .set(|g| &g.name, function.name.get())
            .set(|g| &g.qualname, function.qualname.get());
        generator.get().pc.store(code.instructions() as u64, Relaxed);
        generator.get().kind_word.store(kind as u32, Relaxed);
        Ok(generator.publish())
    })();
    enter::pop_frame(t);
    let generator = made?;
    // A generator with `finally`, `except` or `with` must be closed when it dies; coroutines must be awaited.
    if kind != GeneratorKind::Generator || !code.unit().exceptions.is_empty() {
        t.mutator().register_finalizer(generator.header());
    }
    if kind == GeneratorKind::Coroutine {
        crate::builtins::coroutine::record_origin(t, generator)?;
    }
    Ok(generator.value())
}

/// Pushes the generator's frame; `sent` goes to the register that its yield names. The state is already `Running`.
#[inline(always)]
fn push(t: &Thread, generator: Ref<Generator>, state: GeneratorState, sent: Value, flags: u16, result: u16) -> R<()> {
    let function = generator.function();
    let code = function.code();
    let (count, _) = CodeObject::registers_of(code.shape());
    let pc = generator.pc.load(Relaxed) as *const Instruction;
    let registers = t.mutator().registers().top.get();
    let start = FrameStart {
        function,
        code,
        cells: function.cells(),
        pc,
        registers,
        count,
        context: Some(generator.value()),
        flags: FrameFlags::GENERATOR | flags,
        result,
    };
    // SAFETY: the window starts where that of the running frame ends; all its registers are filled before anything looks at them.
    let Some(frame) = (unsafe { enter::push_started(t, start, 0, 0) }) else {
        generator.set_state(state);
        return Err(enter::too_deep(t));
    };
    let saved = generator.window();
    // SAFETY: the window was pushed with so many registers.
    saved.take(t, count.min(saved.capacity()), |index, word| unsafe { *registers.add(index) = word });
    if state == GeneratorState::Suspended {
        // SAFETY: a suspended generator's pc is past its Yield, whose registers lie in the window.
        unsafe { *registers.add((*pc.sub(1)).a() as usize) = sent.bits() };
    }
    // Mostly nothing is being handled, inside or outside, and nobody asked for the frame.
    if t.handled().is_some() || generator.handled.get().is_some() || generator.frame.get().is_some() {
        push_context(t, generator, frame);
    }
    Ok(())
}

/// What a resumed generator's frame brings along besides its window: its frame object, and the exception that it handles.
#[cold]
#[inline(never)]
fn push_context(t: &Thread, generator: Ref<Generator>, frame: &Frame) {
    if let Some(object) = generator.frame.get() {
        frame.set_object(object);
        crate::objects::frame::attach(frame);
    }
    if t.handled().is_some() {
        generator.outer_handled.put(generator.header(), t, t.handled());
    }
    if let Some(handled) = generator.handled.get() {
        frame.flags.set(frame.flags.get() | FrameFlags::HANDLING);
        t.set_handled(Some(handled));
    }
}

/// Resumes inside the running dispatch loop, for the instruction of the running frame that was just executed; false: the generator
/// cannot be claimed (the general way says why).
#[inline(always)]
pub fn resume_inline(t: &Thread, generator: Ref<Generator>, result: u16) -> R<bool> {
    match generator.claim(t) {
        Ok(state) => push(t, generator, state, Value::NONE, 0, result).map(|()| true),
        Err(_) => Ok(false),
    }
}

fn already_running(t: &Thread, generator: Ref<Generator>) -> Raised {
    let what = match generator.kind() {
        GeneratorKind::Generator => "generator",
        GeneratorKind::Coroutine => "coroutine",
        GeneratorKind::AsyncGenerator => "async generator",
    };
    t.value_error(format_args!("{what} already executing"))
}

/// Resumes from native code with a value to send.
pub fn resume(t: &Thread, generator: Ref<Generator>, sent: Value) -> R<Outcome> {
    t.check_recursion("")?;
    let state = match generator.claim(t) {
        Ok(state) => state,
        Err(GeneratorState::Running) => return Err(already_running(t, generator)),
        Err(_) => {
            if generator.kind() == GeneratorKind::Coroutine {
                return Err(t.runtime_error("cannot reuse already awaited coroutine"));
            }
            return Ok(Outcome::Returned(Value::NONE));
        }
    };
    if state == GeneratorState::Created && !sent.is_none() {
        generator.set_state(state);
        let what = match generator.kind() {
            GeneratorKind::Generator => "generator",
            GeneratorKind::Coroutine => "coroutine",
            GeneratorKind::AsyncGenerator => "async generator",
        };
        return Err(t.type_error(format_args!("can't send non-None value to a just-started {what}")));
    }
    push(t, generator, state, sent, FrameFlags::ENTRY, 0)?;
    finish_resume(generator, run(t)?)
}

fn finish_resume(generator: Ref<Generator>, value: Value) -> R<Outcome> {
    if generator.state() == GeneratorState::Finished {
        Ok(Outcome::Returned(value))
    } else {
        Ok(Outcome::Yielded(value))
    }
}

/// Resumes by raising the pending exception at the point where the generator waits.
pub fn throw(t: &Thread, generator: Ref<Generator>, exception: Value) -> R<Outcome> {
    t.check_recursion("")?;
    let state = match generator.claim(t) {
        Ok(state) => state,
        Err(GeneratorState::Running) => return Err(already_running(t, generator)),
        Err(_) => {
            if generator.kind() == GeneratorKind::Coroutine {
                return Err(t.runtime_error("cannot reuse already awaited coroutine"));
            }
            return Err(t.reraise(exception));
        }
    };
    let receiver = delegate(generator).filter(|_| state == GeneratorState::Suspended);
    let outer = t.handled();
    push(t, generator, state, Value::NONE, FrameFlags::ENTRY, 0)?;
    let frame = t.frames().current().expect("just pushed");
    if state == GeneratorState::Created {
        // It never ran: it ends here, and its frame shows in the traceback.
        // SAFETY: the code has at least one instruction.
        frame.pc.set(unsafe { frame.pc.get().add(1) });
        let raised = t.reraise(exception);
        crate::exceptions::add_traceback(t, frame);
        failed(t, frame);
        return Err(raised);
    }
    let Some(receiver) = receiver else { return raise_inside(t, generator, exception) };
    // The frame is in place for who looks at the stack, but what it handles is no context for what the sub-iterator raises.
    t.set_handled(outer);
    let thrown = throw_into(t, receiver, exception);
    t.set_handled(generator.handled.get().or(outer));
    match thrown {
        Ok(value) => wait_again(t, frame, value),
        Err(_) if t.pending_is(t.classes().stop_iteration) => {
            let stop = t.take_pending();
            finish_delegation(t, generator, frame, crate::exceptions::stop_iteration_value(stop))
        }
        Err(_) => {
            let exception = t.take_pending();
            raise_inside(t, generator, exception)
        }
    }
}

/// The exception is raised where the generator, whose frame is on top, waits. Its context is what the generator handles: what
/// the one who throws handles has nothing to do with it.
fn raise_inside(t: &Thread, generator: Ref<Generator>, exception: Value) -> R<Outcome> {
    let _ = if generator.handled.get().is_some() { t.raise_value(exception) } else { t.reraise(exception) };
    if let Some(frame) = t.frames().current() {
        tracing::throwing(t, frame);
    }
    crate::exec::unwind::unwind(t)?;
    finish_resume(generator, run(t)?)
}

/// The sub-iterator gave `value` for what was thrown into it: the frame on top goes on waiting for it.
fn wait_again(t: &Thread, frame: &Frame, value: Value) -> R<Outcome> {
    // SAFETY: a suspended generator's pc is past its Yield.
    let ins = unsafe { *frame.pc.get().sub(1) };
    write(frame, ins.b(), value);
    match suspend(t, frame, ins)? {
        Left::ToNative(value) => Ok(Outcome::Yielded(value)),
        Left::ToFrame => unreachable!("the frame was pushed by native code"),
    }
}

/// The sub-iterator returned while something was thrown into it: go on after the `Send` with its value.
fn finish_delegation(t: &Thread, generator: Ref<Generator>, frame: &Frame, value: Value) -> R<Outcome> {
    // SAFETY: the instruction before the Yield is its Send, and its jump stays inside the code.
    unsafe {
        let send = frame.pc.get().sub(2);
        write(frame, (*send).a(), value);
        frame.pc.set(send.add(1 + (*send).c() as usize));
    }
    finish_resume(generator, run(t)?)
}

/// The sub-iterator that a suspended generator waits for (`yield from`, `await`).
pub fn delegate(generator: Ref<Generator>) -> Option<Value> {
    if generator.state() == GeneratorState::Created {
        return None;
    }
    let pc = generator.pc.load(Relaxed) as *const Instruction;
    // SAFETY: a suspended generator's pc is past its Yield.
    let ins = unsafe { *pc.sub(1) };
    if ins.opcode() != Some(Opcode::Yield) || ins.x() != 1 {
        return None;
    }
    let window: Ref<ValueArray> = generator.window.get().and_then(Value::downcast)?;
    window.slot(ins.c() as usize).get()
}

/// Throws into a sub-iterator, or closes it for GeneratorExit.
fn throw_into(t: &Thread, receiver: Value, exception: Value) -> R {
    let names = t.names();
    if exception.class(t).is_subclass_of(t.classes().generator_exit) {
        close_iterator(t, receiver)?;
        return Err(t.reraise(exception));
    }
    if let Some(generator) = receiver.downcast::<Generator>() {
        return match throw(t, generator, exception)? {
            Outcome::Yielded(value) => Ok(value),
            Outcome::Returned(value) => Err(t.stop_iteration(Some(value))),
        };
    }
    if awaits_itself(t, receiver) && receiver.class(t).special(t, Special::Next).is_none() {
        // What its iterator would do.
        return Err(t.reraise(exception));
    }
    match protocols::get_attribute_optional(t, receiver, names.throw)? {
        Some(method) => protocols::call(t, method, &[exception]),
        None => Err(t.reraise(exception)),
    }
}

fn close_iterator(t: &Thread, receiver: Value) -> R<()> {
    if let Some(generator) = receiver.downcast::<Generator>() {
        return close(t, generator).map(drop);
    }
    match protocols::get_attribute_optional(t, receiver, t.names().close) {
        Ok(Some(method)) => protocols::call(t, method, &[]).map(drop),
        Ok(None) => Ok(()),
        // An iterator that cannot say whether it can be closed is left as it is.
        Err(_) => {
            crate::builtins::generator::report(t, "Exception ignored while closing generator", receiver);
            Ok(())
        }
    }
}

/// `generator.close()`: gives the value it returned, if it did.
pub fn close(t: &Thread, generator: Ref<Generator>) -> R {
    match generator.state() {
        GeneratorState::Finished => return Ok(Value::NONE),
        GeneratorState::Created => {
            if generator.claim(t) == Ok(GeneratorState::Created) {
                retire(t, generator);
                return Ok(Value::NONE);
            }
        }
        GeneratorState::Suspended | GeneratorState::Running => {}
    }
    let exit = protocols::call(t, t.classes().generator_exit.value(), &[])?;
    match throw(t, generator, exit) {
        Ok(Outcome::Yielded(_)) => {
            let what = match generator.kind() {
                GeneratorKind::Generator => "generator",
                GeneratorKind::Coroutine => "coroutine",
                GeneratorKind::AsyncGenerator => "async generator",
            };
            Err(t.runtime_error(format_args!("{what} ignored GeneratorExit")))
        }
        Ok(Outcome::Returned(value)) => Ok(value),
        Err(raised) => {
            if t.pending_is(t.classes().generator_exit) {
                t.clear_pending();
                return Ok(Value::NONE);
            }
            if t.pending_is(t.classes().stop_iteration) {
                return Ok(crate::exceptions::stop_iteration_value(t.take_pending()));
            }
            Err(raised)
        }
    }
}

/// The generator whose frame this is.
#[inline(always)]
fn owner(frame: &Frame) -> Ref<Generator> {
    frame.generator().expect("a generator's frame")
}

/// How many registers a suspended frame keeps: those behind hold nothing that is read again.
#[inline(always)]
fn registers_kept(frame: &Frame, ins: Instruction) -> usize {
    let count = frame.window().len();
    let kept = if ins.x() == 1 { usize::from(ins.c()) + 1 } else { usize::from(ins.c()) };
    kept.min(count)
}

/// `Yield`.
pub fn suspend(t: &Thread, frame: &Frame, ins: Instruction) -> R<Left> {
    let generator = owner(frame);
    let mut value = read(frame, ins.b());
    if ins.x() == 2 {
        value = crate::builtins::async_generator::wrap(t, value)?;
    }
    let alive = &frame.window()[..registers_kept(frame, ins)];
    generator.window().fill(t, alive.iter().map(|&word| Value::from_word(word)));
    generator.pc.store(frame.pc.get() as u64, Relaxed);
    let (flags, result) = (frame.flags.get(), frame.result.get());
    // As in `push`; `outer_handled` is only set while something is handled outside.
    let handling =
        t.handled().is_some() || generator.handled.get().is_some() || generator.outer_handled.get().is_some();
    if handling || flags & FrameFlags::OBJECT != 0 {
        suspend_context(t, generator, frame);
    }
    t.frames().pop();
    generator.set_state(GeneratorState::Suspended);
    if flags & FrameFlags::ENTRY != 0 {
        enter::restore_register_top(t);
        return Ok(Left::ToNative(value));
    }
    let caller = t.frames().current().expect("resumed inside the loop by this frame");
    t.mutator().registers().top.set(caller.window_end());
    write(caller, result, value);
    control::received(caller);
    Ok(Left::ToFrame)
}

/// What `push_context` brought along goes back into the generator.
#[cold]
#[inline(never)]
fn suspend_context(t: &Thread, generator: Ref<Generator>, frame: &Frame) {
    let header = generator.header();
    let (outer, inner) = (generator.outer_handled.get(), t.handled());
    if outer.is_some() || inner.is_some() || generator.handled.get().is_some() {
        let handling = frame.flags.get() & FrameFlags::HANDLING != 0;
        generator.handled.put(header, t, inner.filter(|_| handling));
        generator.outer_handled.put(header, t, None);
        t.set_handled(outer);
    }
    if frame.object().is_some() {
        crate::objects::frame::suspend(t, frame, generator);
    }
}

/// The frame handles `exception` from now on. Gives what it handled before; in a generator that is not what its resumer handles,
/// which may be another exception at the next resumption.
#[inline(always)]
pub fn begin_handling(t: &Thread, frame: &Frame, exception: Value) -> Option<Value> {
    let flags = frame.flags.get();
    let previous = if flags & FrameFlags::GENERATOR == 0 {
        t.handled()
    } else {
        frame.flags.set(flags | FrameFlags::HANDLING);
        if flags & FrameFlags::HANDLING == 0 { None } else { t.handled() }
    };
    t.set_handled(Some(exception));
    previous
}

/// The frame handles again what it did before the matching `begin_handling`.
#[inline(always)]
pub fn end_handling(t: &Thread, frame: &Frame, previous: Option<Value>) {
    let flags = frame.flags.get();
    if previous.is_some() || flags & FrameFlags::GENERATOR == 0 {
        t.set_handled(previous);
        return;
    }
    frame.flags.set(flags & !FrameFlags::HANDLING);
    t.set_handled(frame.generator().and_then(|generator| generator.outer_handled.get()));
}

/// Ends a generator: its window goes.
fn retire(t: &Thread, generator: Ref<Generator>) {
    let header = generator.header();
    generator.window.put(header, t, None);
    generator.locals.put(header, t, None);
    generator.handled.put(header, t, None);
    generator.outer_handled.put(header, t, None);
    generator.frame.put(header, t, None);
    generator.set_state(GeneratorState::Finished);
    // What has ended has nothing to do when it dies.
    t.mutator().withdraw_finalizer(header);
}

fn leave(t: &Thread, frame: &Frame) -> (u16, u16) {
    let generator = owner(frame);
    t.set_handled(generator.outer_handled.get());
    let (flags, result) = (frame.flags.get(), frame.result.get());
    enter::pop_frame(t);
    retire(t, generator);
    (flags, result)
}

/// A generator's frame returned `value`.
pub fn finish(t: &Thread, frame: &Frame, value: Value) -> R<Left> {
    let (flags, _) = leave(t, frame);
    if flags & FrameFlags::ENTRY != 0 {
        return Ok(Left::ToNative(value));
    }
    let resumer = t.frames().current().expect("resumed inside the loop by this frame");
    if t.tracing().wanted.get() {
        tracing::stopped(t, resumer, Event::StopIteration, value)?;
    }
    control::exhausted(resumer, value);
    Ok(Left::ToFrame)
}

/// A generator's frame is left by an exception; StopIteration becomes RuntimeError (PEP 479). Gives whether the resumer goes on
/// without an exception: never, so far as the language goes.
pub fn failed(t: &Thread, frame: &Frame) -> bool {
    let generator = owner(frame);
    let kind = generator.kind();
    leave(t, frame);
    let (stop, what) = match kind {
        GeneratorKind::Generator => (t.pending_is(t.classes().stop_iteration), "generator raised StopIteration"),
        GeneratorKind::Coroutine => (t.pending_is(t.classes().stop_iteration), "coroutine raised StopIteration"),
        GeneratorKind::AsyncGenerator if t.pending_is(t.classes().stop_async_iteration) => {
            (true, "async generator raised StopAsyncIteration")
        }
        GeneratorKind::AsyncGenerator => {
            (t.pending_is(t.classes().stop_iteration), "async generator raised StopIteration")
        }
    };
    if stop {
        let cause = t.take_pending();
        let _ = t.runtime_error(what);
        let error = t.take_pending();
        crate::exceptions::set_cause(t, error, Some(cause));
        crate::exceptions::set_context_to(t, error, Some(cause));
        let _ = t.reraise(error);
    }
    false
}

/// `Send`.
#[inline(never)]
pub fn send(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let (receiver, value) = (read(frame, ins.b()), read(frame, ins.a()));
    if let Some(generator) =
        receiver.downcast::<Generator>().filter(|generator| generator.kind() != GeneratorKind::AsyncGenerator)
    {
        if let Ok(state) = generator.claim(t) {
            if state == GeneratorState::Created && !value.is_none() {
                generator.set_state(state);
                return match resume(t, generator, value)? {
                    Outcome::Yielded(value) | Outcome::Returned(value) => {
                        write(frame, ins.a(), value);
                        Ok(Next::Same)
                    }
                };
            }
            push(t, generator, state, value, 0, ins.a())?;
            return Ok(Next::Reload);
        }
        return match resume(t, generator, value)? {
            Outcome::Yielded(value) => {
                write(frame, ins.a(), value);
                Ok(Next::Same)
            }
            Outcome::Returned(value) => finished_send(frame, ins, value),
        };
    }
    match drive_other(t, receiver, value)? {
        Outcome::Yielded(value) => {
            write(frame, ins.a(), value);
            Ok(Next::Same)
        }
        Outcome::Returned(result) => {
            if t.tracing().wanted.get() {
                tracing::stopped(t, frame, Event::Raise, result)?;
            }
            finished_send(frame, ins, result)
        }
    }
}

/// One step of whatever can be awaited or yielded from, with a value sent to it.
pub fn drive(t: &Thread, receiver: Value, sent: Value) -> R<Outcome> {
    match receiver.downcast::<Generator>() {
        Some(generator) if generator.kind() != GeneratorKind::AsyncGenerator => resume(t, generator, sent),
        _ => drive_other(t, receiver, sent),
    }
}

fn drive_other(t: &Thread, receiver: Value, sent: Value) -> R<Outcome> {
    let class = receiver.class(t);
    if let Some(send) = own_send(class) {
        return send(t, receiver, sent);
    }
    if sent.is_none() && protocols::is_iterator(t, receiver) {
        return next_or_stop(t, receiver);
    }
    stepped(t, protocols::call_method(t, receiver, t.names().send, &[sent]))
}

/// What drives instances of a builtin class natively.
#[inline]
fn own_send(class: Ref<Class>) -> Option<SendValue> {
    class.layout().send.filter(|_| !class.has(ClassFlags::HEAP))
}

/// A step whose end is a StopIteration.
fn stepped(t: &Thread, result: R) -> R<Outcome> {
    match result {
        Ok(value) => Ok(Outcome::Yielded(value)),
        Err(raised) => {
            let stop = t.catch(raised, t.classes().stop_iteration)?;
            Ok(Outcome::Returned(crate::exceptions::stop_iteration_value(stop)))
        }
    }
}

/// As `drive`, with an exception raised where the receiver waits.
pub fn drive_with_error(t: &Thread, receiver: Value, exception: Value) -> R<Outcome> {
    match receiver.downcast::<Generator>() {
        Some(generator) if generator.kind() != GeneratorKind::AsyncGenerator => throw(t, generator, exception),
        _ => stepped(t, protocols::call_method(t, receiver, t.names().throw, &[exception])),
    }
}

/// The next item of an iterator, or the value that its StopIteration carries.
fn next_or_stop(t: &Thread, iterator: Value) -> R<Outcome> {
    let class = iterator.class(t);
    if class.layout().next.is_some() && !class.has(ClassFlags::HEAP) {
        return Ok(protocols::next(t, iterator)?.map_or(Outcome::Returned(Value::NONE), Outcome::Yielded));
    }
    let Some(method) = class.special(t, Special::Next) else {
        return Err(t.type_error(format_args!("'{}' object is not an iterator", class.type_name(t))));
    };
    stepped(t, protocols::call_special(t, method, iterator, &[]))
}

fn finished_send(frame: &Frame, ins: Instruction, value: Value) -> R<Next> {
    write(frame, ins.a(), value);
    // SAFETY: the jump stays inside the code.
    frame.pc.set(unsafe { frame.pc.get().add(ins.c() as usize) });
    Ok(Next::Reload)
}

/// `GetYieldFromIter`.
#[inline(never)]
pub fn get_yield_from_iter(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let source = read(frame, ins.b());
    let iterator = match source.downcast::<Generator>().map(|generator| generator.kind()) {
        Some(GeneratorKind::Generator) => source,
        Some(GeneratorKind::Coroutine) => {
            let allowed = CodeFlags::COROUTINE | CodeFlags::ITERABLE_COROUTINE;
            if frame.code().unit().flags.0 & allowed == 0 {
                return Err(t.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
            }
            source
        }
        _ => protocols::iterate(t, source)?,
    };
    write(frame, ins.a(), iterator);
    Ok(())
}

/// `GetAwaitable`.
#[inline(never)]
pub fn get_awaitable(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let source = read(frame, ins.b());
    let iterator = awaitable_iterator(t, source, ins.x())?;
    if let Some(coroutine) = iterator.downcast::<Generator>()
        && coroutine.kind() == GeneratorKind::Coroutine
        && delegate(coroutine).is_some()
    {
        return Err(t.runtime_error("coroutine is being awaited already"));
    }
    write(frame, ins.a(), iterator);
    Ok(())
}

/// Whether a builtin awaitable is driven without an iterator. Then `__await__` gives one only to those who call it.
#[inline]
pub fn awaits_itself(t: &Thread, source: Value) -> bool {
    let class = source.class(t);
    own_send(class).is_some() && class.special(t, Special::Await).is_some()
}

/// The iterator to drive for `await source`.
pub fn awaitable_iterator(t: &Thread, source: Value, place: u8) -> R {
    if let Some(generator) = source.downcast::<Generator>() {
        let iterable = generator.code().unit().flags.has(CodeFlags::ITERABLE_COROUTINE);
        if generator.kind() == GeneratorKind::Coroutine || (generator.kind() == GeneratorKind::Generator && iterable) {
            return Ok(source);
        }
    }
    let class = source.class(t);
    if awaits_itself(t, source) {
        return Ok(source);
    }
    let Some(method) = class.special(t, Special::Await) else {
        let name = class.name();
        return Err(match place {
            1 => t.type_error(format_args!(
                "'async with' received an object from __aenter__ that does not implement __await__: {name}"
            )),
            2 => t.type_error(format_args!(
                "'async with' received an object from __aexit__ that does not implement __await__: {name}"
            )),
            _ => t.type_error(format_args!("'{name}' object can't be awaited")),
        });
    };
    let iterator = protocols::call_special(t, method, source, &[])?;
    let kind = iterator.class(t);
    if iterator.downcast::<Generator>().is_some_and(|generator| generator.kind() == GeneratorKind::Coroutine) {
        return Err(t.type_error("__await__() returned a coroutine"));
    }
    if kind.special(t, Special::Next).is_none() {
        return Err(t.type_error(format_args!("__await__() returned non-iterator of type '{}'", kind.name())));
    }
    Ok(iterator)
}

/// `GetAsyncIter`.
#[inline(never)]
pub fn get_async_iter(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let source = read(frame, ins.b());
    let class = source.class(t);
    let Some(method) = class.special(t, Special::AIter) else {
        return Err(
            t.type_error(format_args!("'async for' requires an object with __aiter__ method, got {}", class.name()))
        );
    };
    let iterator = protocols::call_special(t, method, source, &[])?;
    if iterator.class(t).special(t, Special::ANext).is_none() {
        let name = iterator.class(t).name();
        return Err(t.type_error(format_args!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {name}"
        )));
    }
    write(frame, ins.a(), iterator);
    Ok(())
}

/// `GetAsyncNext`.
#[inline(never)]
pub fn get_async_next(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let source = read(frame, ins.b());
    let class = source.class(t);
    if class == t.classes().async_generator
        && let Some(generator) = source.downcast::<Generator>()
    {
        let awaitable = crate::builtins::async_generator::next_awaitable(t, generator)?;
        write(frame, ins.a(), awaitable);
        return Ok(());
    }
    let Some(method) = class.special(t, Special::ANext) else {
        return Err(
            t.type_error(format_args!("'async for' requires an iterator with __anext__ method, got {}", class.name()))
        );
    };
    let awaitable = protocols::call_special(t, method, source, &[])?;
    let iterator = match awaitable_iterator(t, awaitable, 0) {
        Ok(iterator) => iterator,
        Err(raised) => {
            let cause = t.take(raised);
            let name = awaitable.class(t).name();
            let _ = t.type_error(format_args!("'async for' received an invalid object from __anext__: {name}"));
            let error = t.take_pending();
            crate::exceptions::set_cause(t, error, Some(cause));
            return Err(t.reraise(error));
        }
    };
    write(frame, ins.a(), iterator);
    Ok(())
}

/// `EndAsyncFor`.
#[inline(never)]
pub fn end_async_for(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let exception = read(frame, ins.a());
    if exception.class(t).is_subclass_of(t.classes().stop_async_iteration) { Ok(()) } else { Err(t.reraise(exception)) }
}
