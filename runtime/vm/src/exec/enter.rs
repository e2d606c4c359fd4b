//! Entering Python code from native code, and pushing frames.

use bytecode::{Instruction, Opcode};

use crate::exec::bind;
use crate::exec::dispatch::run;
use crate::exec::generators;
use crate::native::Args;
use crate::object::Ref;
use crate::objects::{CodeObject, Dict, Function};
use crate::raised::R;
use crate::thread::{Frame, FrameFlags, FrameStart, Thread};
use crate::value::Value;

/// Pushes the frame of `function`, which is ready, with its window at `registers`. The first `given` registers are arguments already in place; the
/// other named ones are unset here (rule 3). The caller saved its own pc.
///
/// # Safety
/// `registers` points into the register file, at or before the end of the running frame's window, and `given` words from there on are
/// values or unset.
#[inline(always)]
pub(crate) unsafe fn push_frame(
    t: &Thread,
    function: Ref<Function>,
    code: Ref<CodeObject>,
    registers: *mut u64,
    given: usize,
    flags: u16,
    result: u16,
) -> R<&Frame> {
    let shape = code.shape();
    let (count, named) = CodeObject::registers_of(shape);
    let start = FrameStart {
        function,
        code,
        cells: function.cells(),
        pc: code.instructions(),
        registers,
        count,
        context: None,
        flags,
        result,
    };
    // SAFETY: the caller promised the same.
    match unsafe { push_started(t, start, given, named) } {
        Some(frame) => Ok(frame),
        None => Err(too_deep(t)),
    }
}

/// As `push_frame`, with what the record is to say; the registers from `given` to `named` are unset. `None`: there is no room for another
/// frame.
///
/// # Safety
/// As for `push_frame`, and `start` says what belongs together.
#[inline(always)]
pub(crate) unsafe fn push_started(t: &Thread, start: FrameStart, given: usize, named: usize) -> Option<&Frame> {
    let file = t.mutator().registers();
    // Only the address is computed; it is compared with the file's end before it is used.
    let top = start.registers.wrapping_add(start.count);
    if top >= file.limit() {
        return None;
    }
    let frame = t.frames().push()?;
    for index in given..named {
        // SAFETY: the window lies below the file's limit. (Volatile, since for these few words a call of `memset` costs more.)
        unsafe { start.registers.add(index).write_volatile(0) };
    }
    file.top.set(top);
    frame.start(start);
    Some(frame)
}

/// Enters a Python function that an operation of the running frame comes to, in the same dispatch loop. Behind the running window
/// lie `words` then, the last `given` of which are the arguments. False, with nothing done: the function does not take just those
/// arguments, or there is no room.
pub(crate) fn enter_method(
    t: &Thread,
    function: Ref<Function>,
    words: &[Value],
    given: usize,
    flags: u16,
    result: u16,
) -> bool {
    let file = t.mutator().registers();
    let first = file.top.get();
    if first.wrapping_add(words.len()) >= file.limit() {
        return false;
    }
    for (index, word) in words.iter().enumerate() {
        // SAFETY: the word lies behind the running window and below the file's limit.
        unsafe { *first.add(index) = word.bits() };
    }
    // SAFETY: the arguments are at the window's start, which lies behind the running one.
    unsafe { push_plain(t, function, first.wrapping_add(words.len() - given), given, flags, result) }
}

/// Pushes the frame of a function that takes just the `given` arguments, by position, which lie at `registers`. False, with nothing
/// done: it does not, or there is no room.
///
/// # Safety
/// As for `push_frame`.
#[inline(always)]
pub(crate) unsafe fn push_plain(
    t: &Thread,
    function: Ref<Function>,
    registers: *mut u64,
    given: usize,
    flags: u16,
    result: u16,
) -> bool {
    let code = function.code();
    let shape = code.shape();
    let Some(cells) = function.ready_cells().filter(|_| CodeObject::takes_plainly(shape, given)) else { return false };
    let (count, named) = CodeObject::registers_of(shape);
    let pc = code.instructions();
    let start = FrameStart { function, code, cells, pc, registers, count, context: None, flags, result };
    // SAFETY: the caller promised the same.
    unsafe { push_started(t, start, given, named) }.is_some()
}

/// RecursionError.
#[cold]
#[inline(never)]
pub(crate) fn too_deep(t: &Thread) -> crate::raised::Raised {
    t.with_extra_frames(|| t.recursion_error("maximum recursion depth exceeded"))
}

/// Pops the running frame; a frame object that somebody holds takes a copy of the window (rule 20).
pub fn pop_frame(t: &Thread) {
    if let Some(frame) = t.frames().current()
        && frame.object().is_some()
    {
        crate::objects::frame::detach(t, frame);
    }
    t.frames().pop();
    restore_register_top(t);
}

/// Sets the end of the used part of the register file to the end of the running frame's window.
pub fn restore_register_top(t: &Thread) {
    let file = t.mutator().registers();
    let top = match t.frames().current() {
        Some(frame) => frame.window_end(),
        None => file.base(),
    };
    file.top.set(top);
}

/// Calls a Python function from native code.
pub fn run_function(t: &Thread, function: Ref<Function>, args: Args<'_>) -> R {
    t.check_recursion("")?;
    let code = function.code();
    let registers = t.mutator().registers().top.get();
    // SAFETY: the window starts where that of the running frame ends.
    let frame = unsafe { bind::push_bound(t, function, code, registers, args, FrameFlags::ENTRY, 0) }?;
    if code.unit().flags.0 & bind::SUSPENDABLE != 0 {
        return generators::create(t, frame);
    }
    run(t)
}

/// Runs the code of a module, a class body, `exec` or `eval`: a function without arguments, with a locals mapping.
pub fn run_code(t: &Thread, function: Ref<Function>, locals: Option<Value>) -> R {
    t.check_recursion("")?;
    function.ready(t)?;
    let code = function.code();
    if let Some(namespace) = locals.and_then(Value::downcast::<Dict>) {
        make_room(t, namespace, code)?;
    }
    let registers = t.mutator().registers().top.get();
    // SAFETY: as above; no register is given.
    let frame = unsafe { push_frame(t, function, code, registers, 0, FrameFlags::ENTRY, 0) }?;
    frame.set_locals(locals);
    if code.unit().flags.0 & bind::SUSPENDABLE != 0 {
        return generators::create(t, frame);
    }
    run(t)
}

/// The most entries that a namespace has before the body of its module or class runs.
const FRESH: usize = 16;

/// Makes room in a fresh namespace for the names that code stores, so that it does not grow table by table.
fn make_room(t: &Thread, namespace: Ref<Dict>, code: Ref<CodeObject>) -> R<()> {
    if namespace.len(t) > FRESH {
        return Ok(());
    }
    let stores = |ins: &&Instruction| ins.opcode() == Some(Opcode::StoreName);
    namespace.make_room(t, code.unit().instructions.iter().filter(stores).count())
}

/// Runs a class body in `namespace` with the function's own globals.
pub fn run_code_with(t: &Thread, body: Ref<Function>, namespace: Value) -> R {
    run_code(t, body, Some(namespace))
}

/// Runs a code object with these namespaces, as `exec` does. `closure` holds the cells of its free variables.
pub fn execute(t: &Thread, code: Ref<CodeObject>, globals: Ref<Dict>, locals: Value, closure: Option<Value>) -> R {
    let function = Function::new(t, code, globals, None)?;
    if let Some(closure) = closure {
        use crate::object::SlotExt;
        function.closure.put(function.header(), t, closure);
    }
    run_code(t, function, Some(locals))
}
