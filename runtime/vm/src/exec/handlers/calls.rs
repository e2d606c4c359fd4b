//! Calls, and the making of functions.

use sync::atomic::Ordering::Relaxed;

use bytecode::{Constant, Instruction, NO_REG};

use super::{read, window, write};
use crate::exec::dispatch::Next;
use crate::exec::enter::{push_plain, push_started};
use crate::exec::{bind, generators};
use crate::names::Special;
use crate::native::{Args, NativeCall, NativeDef};
use crate::object::{Object, Ref, SlotExt};
use crate::objects::{
    Class, ClassFlags, CodeObject, Dict, Function, Method, NativeFunction, Tuple, ValueArray, instance,
};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, FrameFlags, FrameStart, Thread};
use crate::value::{Value, class_of_header};

/// The common case of a call: a Python function that takes exactly the arguments that are there. Pushes its frame, whose window
/// starts at the arguments, and gives its first instruction and the window, too; else, and when a poll is due, leaves everything as it
/// is.
///
/// # Safety
/// `regs` is the window of the running frame, and `ins` an instruction of its code.
#[inline(always)]
pub(crate) unsafe fn enter_simple(
    t: &Thread,
    callee: Value,
    regs: *mut u64,
    ins: Instruction,
) -> Option<(&Frame, *const Instruction, *mut u64)> {
    let header = callee.header()?;
    if class_of_header(header) != t.classes().function {
        return None;
    }
    // SAFETY: instances of `function` have its layout.
    let function: Ref<Function> = unsafe { Ref::from_header(header) };
    let code = function.code();
    let shape = code.shape();
    let base = ins.b() as usize;
    // SAFETY: the register after the callee lies in the window.
    let bound = ins.x() == 0 && unsafe { *regs.add(base + 1) } != 0;
    let given = ins.c() as usize + usize::from(bound);
    if !CodeObject::takes_plainly(shape, given) {
        return None;
    }
    let cells = function.ready_cells()?;
    if t.mutator().should_poll() {
        return None;
    }
    // SAFETY: the arguments lie in the caller's window.
    let window = unsafe { regs.add(base + 2 - usize::from(bound)) };
    let (count, named) = CodeObject::registers_of(shape);
    let pc = code.instructions();
    let start =
        FrameStart { function, code, cells, pc, registers: window, count, context: None, flags: 0, result: ins.a() };
    // SAFETY: the arguments are set. Where there is no room for a frame, the general way meets the same limit and reports it.
    let frame = unsafe { push_started(t, start, given, named) }?;
    Some((frame, pc, window))
}

/// The arguments of a call instruction: register of the first and how many, the receiver included if there is one.
fn arguments(frame: &Frame, ins: Instruction) -> (u16, usize) {
    let bound = ins.x() & 1 == 0 && frame.register(ins.b() as usize + 1).is_some();
    if bound { (ins.b() + 1, ins.c() as usize + 1) } else { (ins.b() + 2, ins.c() as usize) }
}

/// `Call`.
#[inline(never)]
pub fn call(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let (first, count) = arguments(frame, ins);
    let args = Args { values: window(frame, first, count), names: None };
    let value = match plain_native(t, read(frame, ins.b()), count) {
        Some(definition) => definition.call_by_position(t, args)?,
        None => return call_with(t, frame, ins, first, args),
    };
    write(frame, ins.a(), value);
    Ok(Next::Same)
}

/// The native function that is called, if it takes its arguments by position: a method found on a class, or a function of a module.
#[inline(always)]
fn plain_native(t: &Thread, callee: Value, count: usize) -> Option<&'static NativeDef> {
    let header = callee.header()?;
    let (class, classes) = (class_of_header(header), t.classes());
    let method = class == classes.method_descriptor;
    if !method && class != classes.builtin_function {
        return None;
    }
    // SAFETY: instances of both have this layout.
    let native: Ref<NativeFunction> = unsafe { Ref::from_header(header) };
    // A bound method has both an owner and a receiver, which goes before the arguments.
    if !method && native.owner.get().is_some() {
        return None;
    }
    let definition = native.definition();
    let plain = match definition.call {
        NativeCall::Bound(_) => definition.takes_by_position(count),
        // What is a method's receiver has to be checked.
        NativeCall::Raw(_) => !method,
    };
    plain.then_some(definition)
}

/// `CallKw`; the instruction after it, already skipped, has the names.
#[inline(never)]
pub fn call_kw(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let (first, count) = arguments(frame, ins);
    // SAFETY: an Extend follows every CallKw, and pc points past it.
    let extend = unsafe { *frame.pc.get().sub(1) };
    let names = frame.code().constant(extend.bx() as usize).downcast::<Tuple>();
    call_with(t, frame, ins, first, Args { values: window(frame, first, count), names })
}

fn call_with(t: &Thread, frame: &Frame, ins: Instruction, first: u16, args: Args<'_>) -> R<Next> {
    let callee = read(frame, ins.b());
    let Some(header) = callee.header() else { return Err(not_callable(t, callee)) };
    let (class, classes) = (class_of_header(header), t.classes());
    if class == classes.function {
        // SAFETY: instances of `function` have its layout.
        return enter_function(t, frame, unsafe { Ref::from_header(header) }, ins.a(), first, args, 0);
    }
    if std::ptr::eq(class.layout(), NativeFunction::layout()) && class != classes.classmethod_descriptor {
        // SAFETY: the class's layout is NativeFunction's.
        let native: Ref<NativeFunction> = unsafe { Ref::from_header(header) };
        return call_native(t, frame, native, ins.a(), args);
    }
    if class == classes.method {
        // SAFETY: instances of `method` have its layout.
        let method: Ref<Method> = unsafe { Ref::from_header(header) };
        return call_method_object(t, frame, method, ins, first, args);
    }
    if class == classes.type_ {
        // SAFETY: instances of `type` are classes.
        let class = unsafe { Ref::from_header(header) };
        if let Some(next) = instantiate(t, frame, class, ins, first, args)? {
            return Ok(next);
        }
        let made = crate::builtins::type_::instantiate(t, class, args)?;
        write(frame, ins.a(), made);
        return Ok(Next::Same);
    }
    if class.has(ClassFlags::HEAP)
        && let Some(function) = class.special(t, Special::Call).and_then(Value::downcast::<Function>)
    {
        // As for a method's receiver.
        let place = first - 1;
        write(frame, place, callee);
        let args = Args { values: window(frame, place, args.values.len() + 1), names: args.names };
        return enter_function(t, frame, function, ins.a(), place, args, 0);
    }
    let result = protocols::call_args(t, callee, args)?;
    write(frame, ins.a(), result);
    Ok(Next::Same)
}

#[cold]
fn not_callable(t: &Thread, callee: Value) -> crate::raised::Raised {
    t.type_error(format_args!("'{}' object is not callable", callee.class(t).type_name(t)))
}

fn enter_function(
    t: &Thread,
    frame: &Frame,
    function: Ref<Function>,
    result: u16,
    first: u16,
    args: Args<'_>,
    flags: u16,
) -> R<Next> {
    let code = function.code();
    // SAFETY: the register lies in the caller's window.
    let registers = unsafe { frame.registers.get().add(first as usize) };
    // SAFETY: the arguments lie at the window's start, behind which the caller keeps nothing. Where there is no room for a frame, the
    // general way says so.
    if args.names.is_none() && unsafe { push_plain(t, function, registers, args.values.len(), flags, result) } {
        return Ok(Next::Reload);
    }
    // SAFETY: the window starts at a register behind which the caller keeps nothing but the arguments.
    let inner = unsafe { bind::push_bound(t, function, code, registers, args, flags, result) }?;
    if code.unit().flags.0 & bind::SUSPENDABLE == 0 {
        return Ok(Next::Reload);
    }
    let generator = generators::create(t, inner)?;
    write(frame, result, generator);
    Ok(Next::Same)
}

fn call_native(t: &Thread, frame: &Frame, native: Ref<NativeFunction>, result: u16, args: Args<'_>) -> R<Next> {
    // Descriptors get their receiver among the arguments; bound methods bring it along. A module's function and `__new__` have a
    // receiver but no owner: they do not get it.
    let value = match (native.owner.get(), native.receiver.get()) {
        (Some(_), Some(receiver)) => protocols::call_native_bound(t, native, receiver, args)?,
        _ => protocols::call_native(t, native, args)?,
    };
    write(frame, result, value);
    Ok(Next::Same)
}

fn call_method_object(
    t: &Thread,
    frame: &Frame,
    method: Ref<Method>,
    ins: Instruction,
    first: u16,
    args: Args<'_>,
) -> R<Next> {
    let (function, receiver) = method.parts();
    // The register before the first argument is the callee's or the receiver's place: free to take the receiver.
    let place = first - 1;
    write(frame, place, receiver);
    let args = Args { values: window(frame, place, args.values.len() + 1), names: args.names };
    if let Some(function) = function.downcast::<Function>() {
        return enter_function(t, frame, function, ins.a(), place, args, 0);
    }
    let result = protocols::call_args(t, function, args)?;
    write(frame, ins.a(), result);
    Ok(Next::Same)
}

/// A class made by Python code, with `object.__new__` and a Python `__init__` (or none): the instance is made here and `__init__` runs
/// in a frame of its own, without native recursion. `None`: not that case.
fn instantiate(
    t: &Thread,
    frame: &Frame,
    class: Ref<Class>,
    ins: Instruction,
    first: u16,
    args: Args<'_>,
) -> R<Option<Next>> {
    let classes = t.classes();
    let plain = class.has(ClassFlags::HEAP)
        && !class.has(ClassFlags::ABSTRACT | ClassFlags::METACLASS)
        && std::ptr::eq(class.layout(), instance::Instance::layout())
        && class.special(t, Special::New) == classes.object.special(t, Special::New);
    if !plain
        || class.flags.load(Relaxed) & (ClassFlags::ABSTRACT | ClassFlags::NO_NEW | ClassFlags::FINALIZER) != 0
        || first != ins.b() + 2
    {
        return Ok(None);
    }
    let Some(init) = class.special(t, Special::Init).and_then(Value::downcast::<Function>) else { return Ok(None) };
    let object = t.allocate_instance(class)?;
    crate::shapes::initialize(t, object, class)?;
    // The instance waits in the callee's register, below the window of `__init__`, for `Return` to hand it over.
    write(frame, ins.b(), Value::of_header(object));
    write(frame, ins.b() + 1, Value::of_header(object));
    let args = Args { values: window(frame, ins.b() + 1, args.values.len() + 1), names: args.names };
    if init.code().unit().flags.0 & bind::SUSPENDABLE != 0 {
        return Ok(None);
    }
    enter_function(t, frame, init, ins.a(), ins.b() + 1, args, FrameFlags::INIT).map(Some)
}

/// `CallEx`.
#[inline(never)]
pub fn call_ex(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let base = ins.b();
    let callee = read(frame, base);
    let positional = read(frame, base + 2);
    let keywords = if ins.x() & 2 != 0 { None } else { frame.register(base as usize + 3) };
    let receiver = if ins.x() & 1 != 0 { None } else { frame.register(base as usize + 1) };
    let positional = match positional.downcast::<Tuple>() {
        Some(tuple) => tuple,
        None => crate::exec::handlers::building::star_arguments(t, callee, positional)?,
    };
    let keywords = match keywords {
        None => None,
        Some(keywords) => Some(crate::exec::handlers::building::double_star_arguments(t, callee, keywords)?),
    };
    let result = protocols::call_unpacked(t, callee, receiver, positional, keywords)?;
    write(frame, ins.a(), result);
    Ok(Next::Same)
}

/// `MakeFunction`.
#[inline(never)]
pub fn make_function(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let site = crate::exec::caches::site(frame, ins);
    let index = frame.code().unit().sites[site].name as usize;
    debug_assert!(
        matches!(frame.code().unit().constants[index], Constant::Code(_) | Constant::LazyCode(_)),
        "a code constant"
    );
    let code: Ref<CodeObject> = frame.code().constant(index).downcast().expect("the site names a code constant");
    let outer = frame.function();
    let cells = child_cells(t, frame.cells(), site, code)?;
    let function = Function::with_builtins(t, code, outer.globals(), outer.builtins(), cells)?;
    let header = function.header();
    let mut next = ins.b();
    let slots = [(1, &function.defaults), (2, &function.kwdefaults), (4, &function.annotate), (8, &function.closure)];
    for (bit, slot) in slots {
        if ins.x() & bit != 0 {
            slot.put(header, t, read(frame, next));
            next += 1;
        }
    }
    debug_assert!(ins.a() != NO_REG, "a function goes into a register");
    write(frame, ins.a(), function.value());
    Ok(())
}

/// The cache cells that all functions made at this site share, but for the first: most sites make one function, many of those are
/// never called, and one that is called makes its own.
fn child_cells(t: &Thread, cells: Ref<ValueArray>, site: usize, code: Ref<CodeObject>) -> R<Option<Ref<ValueArray>>> {
    let slot = cells.slot(site * 2);
    let before = slot.get();
    if let Some(known) = before.and_then(Value::downcast::<ValueArray>) {
        return Ok(Some(known));
    }
    if before.is_none() {
        slot.put(cells.header(), t, Value::TRUE);
        return Ok(None);
    }
    code.ready(t)?;
    let made = ValueArray::new(t, code.unit().sites.len() * 2)?;
    match slot.compare_exchange(cells.header(), t.mutator(), before, Some(made.value())) {
        Ok(()) => Ok(Some(made)),
        Err(other) => Ok(other.and_then(Value::downcast)),
    }
}

/// The keyword arguments of `CallEx` as a dict that nobody else holds.
pub fn fresh_dict(t: &Thread, mapping: Value) -> R<Ref<Dict>> {
    let dict = Dict::new(t)?;
    protocols::update_dict(t, dict, mapping)?;
    Ok(dict)
}
