//! Iteration, `with`, returning, raising and matching exceptions.

use bytecode::{Instruction, NO_REG, Opcode};

use super::{arithmetic, read, window, write};
use crate::builtins::adaptors;
use crate::exec::dispatch::Next;
use crate::exec::{enter, generators};
use crate::names::Special;
use crate::object::Ref;
use crate::objects::dict_iterators::DictItemIterator;
use crate::objects::{Class, ClassFlags, CodeObject, Generator, List, ListIterator, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::shapes;
use crate::thread::{Frame, FrameFlags, Thread};
use crate::value::{Value, class_of_header};

/// Where a frame that ended goes.
pub enum Left {
    /// To the frame below, which runs now.
    ToFrame,
    /// To native code, with this value.
    ToNative(Value),
}

/// The running frame returned `value`, and it is not a plain one.
#[inline(never)]
pub fn leave(t: &Thread, value: Value) -> R<Left> {
    let frame = t.frames().current().expect("a frame runs");
    let flags = frame.flags.get();
    if flags & FrameFlags::GENERATOR != 0 {
        return generators::finish(t, frame, value);
    }
    if flags & FrameFlags::INIT != 0 {
        return leave_init(t, frame, value);
    }
    let result = frame.result.get();
    if flags & FrameFlags::OPERATOR != 0 && value.is(Value::NOT_IMPLEMENTED) {
        let value = arithmetic::declined(t, frame)?;
        write(t.frames().current().expect("an operator's frame has a caller"), result, value);
        return Ok(Left::ToFrame);
    }
    enter::pop_frame(t);
    if flags & FrameFlags::ENTRY != 0 {
        return Ok(Left::ToNative(value));
    }
    write(t.frames().current().expect("a plain frame has a caller"), result, value);
    Ok(Left::ToFrame)
}

fn leave_init(t: &Thread, frame: &Frame, value: Value) -> R<Left> {
    if !value.is_none() {
        return Err(t.type_error(format_args!("__init__() should return None, not '{}'", value.class(t).name())));
    }
    // SAFETY: the register below the window of an `__init__` frame is the caller's, and holds the instance.
    let instance = Value::from_word(unsafe { *frame.registers.get().sub(1) }).expect("put there by the call");
    if let Some(header) = instance.header() {
        shapes::sample(t, header);
    }
    let result = frame.result.get();
    enter::pop_frame(t);
    write(t.frames().current().expect("an `__init__` frame has a caller"), result, instance);
    Ok(Left::ToFrame)
}

/// The next item of a list that is looped over, if there is one more; else `next_item` has to be asked.
#[inline(always)]
pub fn quick_item(t: &Thread, iterator: Value) -> Option<Value> {
    let header = iterator.header()?;
    if class_of_header(header) != t.classes().list_iterator {
        return None;
    }
    // SAFETY: the class's instances have this layout.
    unsafe { Ref::<ListIterator>::from_header(header) }.quick_next()
}

/// The next item for `ForIter`, `ForRange`, `LoopIter` and `LoopRange`, or none at the end. A generator is resumed instead, in a
/// frame of its own: it delivers its item by itself, by `received` or `exhausted`.
#[inline(never)]
pub fn next_item(t: &Thread, iterator: Value, result: u16) -> R<Step> {
    let class = iterator.class(t);
    if class == t.classes().generator {
        // SAFETY: the class's instances have this layout.
        let generator: Ref<Generator> = unsafe { Ref::from_address(iterator.bits()) };
        if generators::resume_inline(t, generator, result)? {
            return Ok(Step::Resumed);
        }
    }
    if let Some(step) = next_unpacked(t, class, iterator, result)? {
        return Ok(step);
    }
    let item = match class.layout().next {
        Some(next) if !class.has(ClassFlags::HEAP) => next(t, iterator)?,
        _ => protocols::next(t, iterator)?,
    };
    Ok(item.map_or(Step::End, Step::Item))
}

/// A step over `enumerate`, `zip` of two or the items of a dict in a loop that takes apart what it gets: then there is no tuple, and the
/// instruction that would take it apart is passed over.
#[inline(always)]
fn next_unpacked(t: &Thread, class: Ref<Class>, iterator: Value, result: u16) -> R<Option<Step>> {
    let classes = t.classes();
    let (enumerate, zip, items) =
        (class == classes.enumerate, class == classes.zip, class == classes.dict_itemiterator);
    if !(enumerate || zip || items) {
        return Ok(None);
    }
    let frame = t.frames().current().expect("a loop runs in a frame");
    let Some(target) = unpacks_two(frame, result).filter(|_| !t.tracing().wanted.get()) else { return Ok(None) };
    let pair = if enumerate {
        adaptors::enumerate_pair(t, iterator)?
    } else if zip {
        let Some(pair) = adaptors::zip_pair(t, iterator)? else { return Ok(None) };
        pair
    } else {
        // SAFETY: the class's instances have this layout.
        unsafe { Ref::<DictItemIterator>::from_address(iterator.bits()) }.target().next_entry(t)?
    };
    let Some((first, second)) = pair else { return Ok(Some(Step::End)) };
    write(frame, target, first);
    write(frame, target + 1, second);
    Ok(Some(Step::Unpacked))
}

/// The first target, if the instruction that follows a step of a loop takes two items from the step's result, which is a
/// temporary: the compiler reads those once.
fn unpacks_two(frame: &Frame, result: u16) -> Option<u16> {
    // SAFETY: the saved pc is past the instruction of the step.
    let ins = unsafe { *frame.pc.get().sub(1) };
    let back = if is_loop_end(ins) { ins.c() as usize } else { 0 };
    // SAFETY: no step is the last instruction, and jumps stay inside the code (verified).
    let next = unsafe { *frame.pc.get().sub(back) };
    let (_, named) = CodeObject::registers_of(frame.code().shape());
    let unpacks = next.opcode() == Some(Opcode::Unpack) && next.b() == result && next.c() == 2;
    (unpacks && result as usize >= named).then(|| next.a())
}

/// What one step of a loop came to.
pub enum Step {
    /// An item.
    Item(Value),
    /// An item, which was taken apart as the next instruction would do.
    Unpacked,
    /// There is no further item.
    End,
    /// A generator's frame is on top now.
    Resumed,
}

fn is_loop_end(ins: Instruction) -> bool {
    matches!(ins.opcode(), Some(Opcode::LoopIter | Opcode::LoopRange))
}

fn jump_back(frame: &Frame, ins: Instruction) {
    // SAFETY: the jump stays inside the code.
    frame.pc.set(unsafe { frame.pc.get().sub(ins.c() as usize) });
}

/// An inline-resumed generator gave a value to the frame whose saved pc is after a `ForIter`-like instruction or a `Send`.
pub fn received(frame: &Frame) {
    // SAFETY: the saved pc is past the instruction that resumed.
    let ins = unsafe { *frame.pc.get().sub(1) };
    if is_loop_end(ins) {
        jump_back(frame, ins);
    }
}

/// An inline-resumed generator returned to the frame whose saved pc is after a `ForIter`-like instruction or a `Send`.
pub fn exhausted(frame: &Frame, value: Value) {
    // SAFETY: the saved pc is past the instruction that resumed.
    let ins = unsafe { *frame.pc.get().sub(1) };
    if ins.opcode() == Some(Opcode::Send) {
        write(frame, ins.a(), value);
    }
    if !is_loop_end(ins) {
        // SAFETY: the jump stays inside the code.
        frame.pc.set(unsafe { frame.pc.get().add(ins.c() as usize) });
    }
}

/// `GetIter`.
#[inline(never)]
pub fn get_iter(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let iterator = protocols::iterate(t, read(frame, ins.b()))?;
    write(frame, ins.a(), iterator);
    Ok(())
}

/// `RangePrepare`.
#[inline(never)]
pub fn range_prepare(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let (callee, args) = (read(frame, ins.b()), window(frame, ins.b() + 2, ins.c() as usize));
    let small = args.iter().all(|value| value.is_small_int());
    if callee.is(t.classes().range.value()) && small && (1..=3).contains(&args.len()) {
        let zero = Value::small(0);
        let (start, stop, step) = match *args {
            [stop] => (zero, stop, Value::small(1)),
            [start, stop] => (start, stop, Value::small(1)),
            [start, stop, step] => (start, stop, step),
            _ => unreachable!("one to three arguments"),
        };
        if !step.is(zero) {
            for (offset, value) in [start, stop, step].into_iter().enumerate() {
                write(frame, ins.a() + offset as u16, value);
            }
            return Ok(Next::Same);
        }
    }
    let iterable = protocols::call(t, callee, args)?;
    let iterator = protocols::iterate(t, iterable)?;
    write(frame, ins.a(), iterator);
    frame.set_register(ins.a() as usize + 1, None);
    Ok(Next::Same)
}

/// `WithEnter`.
#[inline(never)]
pub fn with_enter(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let manager = read(frame, ins.b());
    let class = manager.class(t);
    let asynchronous = ins.x() != 0;
    let (enter, exit) = if asynchronous { (Special::AEnter, Special::AExit) } else { (Special::Enter, Special::Exit) };
    let Some(exit_function) = class.special(t, exit) else { return Err(no_manager(t, manager, asynchronous, exit)) };
    let bound_exit = protocols::bind_special(t, exit_function, manager)?;
    let Some(enter_function) = class.special(t, enter) else { return Err(no_manager(t, manager, asynchronous, enter)) };
    write(frame, ins.a(), bound_exit);
    frame.set_register(ins.a() as usize + 1, None);
    let entered = protocols::call_special(t, enter_function, manager, &[])?;
    write(frame, ins.a() + 2, entered);
    Ok(())
}

#[cold]
fn no_manager(t: &Thread, manager: Value, asynchronous: bool, missing: Special) -> crate::raised::Raised {
    let class = manager.class(t);
    let (kind, other, other_methods) = if asynchronous {
        ("asynchronous context manager", "context manager", [Special::Enter, Special::Exit])
    } else {
        ("context manager", "asynchronous context manager", [Special::AEnter, Special::AExit])
    };
    let hint = if other_methods.iter().all(|&method| class.special(t, method).is_some()) {
        let with = if asynchronous { "with" } else { "async with" };
        format!(" but it supports the {other} protocol. Did you mean to use '{with}'?")
    } else {
        String::new()
    };
    let name = class.message_name(t);
    let missing = missing.text();
    t.type_error(format_args!("'{name}' object does not support the {kind} protocol (missed {missing} method){hint}"))
}

/// `WithExit`.
#[inline(never)]
pub fn with_exit(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let exit = read(frame, ins.b());
    let arguments = if ins.c() == NO_REG {
        [Value::NONE; 3]
    } else {
        let exception = read(frame, ins.c());
        [exception.class(t).value(), exception, crate::exceptions::traceback_of(exception)]
    };
    let result = protocols::call(t, exit, &arguments)?;
    write(frame, ins.a(), result);
    Ok(())
}

/// `Raise`.
#[cold]
#[inline(never)]
pub fn raise(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    if ins.x() == 0 {
        return match t.handled() {
            Some(exception) => Err(t.reraise(exception)),
            None => Err(t.runtime_error("No active exception to reraise")),
        };
    }
    let exception = crate::exceptions::to_instance(t, read(frame, ins.a()))?;
    if ins.x() == 2 {
        crate::exceptions::set_cause_from(t, exception, read(frame, ins.b()))?;
    }
    Err(t.raise_value(exception))
}

/// `AssertFail`.
#[cold]
#[inline(never)]
pub fn assert_fail(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let class = t.classes().assertion_error;
    if ins.x() != 0 { Err(t.raise_with(class, &[read(frame, ins.a())])) } else { Err(t.raise_with(class, &[])) }
}

/// `MatchException`.
#[inline(never)]
pub fn match_exception(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (exception, pattern) = (read(frame, ins.b()), read(frame, ins.c()));
    let matches = exception_matches(
        t,
        exception,
        pattern,
        "catching classes that do not inherit from BaseException is not allowed",
    )?;
    write(frame, ins.a(), Value::bool(matches));
    Ok(())
}

fn exception_matches(t: &Thread, exception: Value, pattern: Value, message: &str) -> R<bool> {
    if let Some(classes) = Tuple::of(t, pattern) {
        for &class in classes.as_slice() {
            check_exception_class(t, class, message)?;
        }
        return Ok(classes.as_slice().iter().any(|&class| instance_of(t, exception, class)));
    }
    check_exception_class(t, pattern, message)?;
    Ok(instance_of(t, exception, pattern))
}

fn check_exception_class(t: &Thread, class: Value, message: &str) -> R<()> {
    let base = t.classes().base_exception;
    if class.downcast::<Class>().is_some_and(|class| class.is_subclass_of(base)) {
        Ok(())
    } else {
        Err(t.type_error(message))
    }
}

fn instance_of(t: &Thread, exception: Value, class: Value) -> bool {
    class.downcast::<Class>().is_some_and(|class| exception.class(t).is_subclass_of(class))
}

/// `MatchGroup`.
#[inline(never)]
pub fn match_group(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (exception, pattern) = (read(frame, ins.b()), read(frame, ins.c()));
    let message = "catching classes that do not inherit from BaseException is not allowed";
    let group = t.classes().base_exception_group;
    let is_group = |class: Value| class.downcast::<Class>().is_some_and(|class| class.is_subclass_of(group));
    let any_group = match Tuple::of(t, pattern) {
        Some(classes) => classes.as_slice().iter().any(|&class| is_group(class)),
        None => is_group(pattern),
    };
    let matches_whole = exception_matches(t, exception, pattern, message)?;
    if any_group {
        return Err(t.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
    }
    let (rest, matched) = if exception.is_none() {
        (Value::NONE, Value::NONE)
    } else if exception.class(t).is_subclass_of(group) {
        if matches_whole { (Value::NONE, exception) } else { crate::exceptions::groups::split(t, exception, pattern)? }
    } else if matches_whole {
        (Value::NONE, crate::exceptions::groups::wrap(t, exception, frame)?)
    } else {
        (exception, Value::NONE)
    };
    write(frame, ins.a(), rest);
    write(frame, ins.a() + 1, matched);
    Ok(())
}

/// `PrepareReraiseStar`.
#[inline(never)]
pub fn prepare_reraise_star(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let list: Ref<List> = read(frame, ins.c()).downcast().expect("the compiler collects in a list");
    let result = crate::exceptions::groups::prepare_reraise_star(t, read(frame, ins.b()), list)?;
    write(frame, ins.a(), result);
    Ok(())
}
