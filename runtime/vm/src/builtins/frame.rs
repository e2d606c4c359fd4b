//! `frame` and `traceback` objects. Their storage is in `objects::frame`; `f_locals` of functions is in `frame_locals`.

use bytecode::CodeFlags;
use sync::atomic::Ordering::Relaxed;

use crate::builtins::construct::class_argument;
use crate::builtins::frame_locals;
use crate::builtins::member::read_only;
use crate::exec::{generators, jumps};
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, SlotExt};
use crate::objects::{ClassFlags, FrameObject, Generator, GeneratorState, List, Str, Traceback, frame::object_of};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// Set in `trace_flags` if the frame asked for no line events.
pub(crate) const NO_LINES: u32 = 1;
/// Set in `trace_flags` if the frame asked for an event an instruction.
pub(crate) const OPCODES: u32 = 2;
/// What `f_lasti` and `tb_lasti` count by: positions (`co_positions`) are numbered by the halves of these. The first stands for the beginning
/// of the code, before its first instruction.
pub const UNITS: i64 = 2;

/// `f_lasti` or `tb_lasti` of an instruction.
pub(crate) fn last_of(t: &Thread, offset: i64) -> R {
    crate::objects::int_from_i64(t, (offset + 1) * UNITS)
}

fn of(value: Value) -> Ref<FrameObject> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn text_of(t: &Thread, value: Option<Value>) -> String {
    value.and_then(|value| Str::of(t, value)).map_or_else(String::new, |text| text.to_string_lossy())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn frame_repr(t: &Thread, this: Ref<FrameObject>) -> R<String> {
    let code = this.code();
    let file = protocols::repr(t, code.filename.get().unwrap_or(Value::NONE))?.to_string_lossy();
    let name = text_of(t, code.name.get());
    Ok(format!("<frame at {:#x}, file {file}, line {}, code {name}>", this.address(), this.line()))
}

/// Clear all references held by the frame.
#[native("clear($self, /)")]
fn frame_clear(t: &Thread, this: Ref<FrameObject>) -> R<()> {
    if this.record().is_some() {
        return Err(t.runtime_error("cannot clear an executing frame"));
    }
    if let Some(generator) = this.generator.get().and_then(Value::downcast::<Generator>) {
        match generator.state() {
            GeneratorState::Suspended => return Err(t.runtime_error("cannot clear a suspended frame")),
            GeneratorState::Running => return Err(t.runtime_error("cannot clear an executing frame")),
            GeneratorState::Created => drop(generators::close(t, generator)?),
            GeneratorState::Finished => {}
        }
    }
    let header = this.header();
    this.window.put(header, t, None);
    this.trace.put(header, t, None);
    this.extra_locals.put(header, t, None);
    Ok(())
}

fn get_back(t: &Thread, object: Value) -> R {
    let this = of(object);
    let Some(record) = this.record() else { return Ok(this.back.get().unwrap_or(Value::NONE)) };
    let mut outward = t.frames().iter().skip_while(|frame| !std::ptr::eq(*frame, record)).skip(1);
    match outward.next() {
        Some(caller) => Ok(object_of(t, caller)?.value()),
        None => Ok(Value::NONE),
    }
}

/// `f_locals`: a proxy for functions and inside of inlined comprehensions, else the mapping itself for modules and classes.
pub fn locals_of(t: &Thread, frame: Ref<FrameObject>) -> R {
    if frame.code().unit().flags.has(CodeFlags::OPTIMIZED) || frame.is_in_comprehension() {
        return frame_locals::proxy(t, frame);
    }
    match frame.locals.get() {
        Some(locals) => Ok(locals),
        None => Ok(frame.function().globals().value()),
    }
}

fn get_locals(t: &Thread, object: Value) -> R {
    locals_of(t, of(object))
}

/// What is shown of a frame while it is being reported to a trace function: its line and `f_lasti`.
fn shown(t: &Thread, frame: Ref<FrameObject>) -> Option<(u32, u32)> {
    let (address, line, last) = t.tracing().shown.get();
    let record = frame.record()?;
    (std::ptr::from_ref(record) as usize == address && frame.has_begun()).then_some((line, last))
}

fn get_line(t: &Thread, object: Value) -> R {
    let this = of(object);
    if let Some((line, _)) = shown(t, this) {
        return Ok(Value::small(line as i32));
    }
    let line = this.line();
    Ok(if line == 0 && this.has_begun() { Value::NONE } else { Value::small(line as i32) })
}

#[cold]
fn cannot_delete(t: &Thread, name: &str) -> Raised {
    let message = format_args!("attribute '{name}' of 'frame' objects cannot be deleted");
    t.raise(t.classes().attribute_error, message)
}

fn set_line(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    if value.is_none() {
        return Err(cannot_delete(t, "f_lineno"));
    }
    jumps::set_line(t, of(object).record(), value)
}

fn get_trace(_: &Thread, object: Value) -> R {
    Ok(of(object).trace.get().unwrap_or(Value::NONE))
}

fn set_trace(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.trace.put(this.header(), t, value.filter(|value| !value.is_none()));
    Ok(())
}

fn get_trace_lines(_: &Thread, object: Value) -> R {
    Ok(Value::bool(of(object).trace_flags.load(Relaxed) & NO_LINES == 0))
}

fn set_bit(t: &Thread, object: Value, bit: u32, value: Option<Value>, inverted: bool) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    let on = match value {
        Value::TRUE => true,
        Value::FALSE => false,
        _ => return Err(t.type_error("attribute value type must be bool")),
    };
    let flags = &of(object).trace_flags;
    if on != inverted {
        flags.fetch_or(bit, Relaxed);
    } else {
        flags.fetch_and(!bit, Relaxed);
    }
    Ok(())
}

fn set_trace_lines(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    set_bit(t, object, NO_LINES, value, true)
}

fn get_trace_opcodes(_: &Thread, object: Value) -> R {
    Ok(Value::bool(of(object).trace_flags.load(Relaxed) & OPCODES != 0))
}

fn set_trace_opcodes(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    if value.is_none() {
        return Err(cannot_delete(t, "f_trace_opcodes"));
    }
    set_bit(t, object, OPCODES, value, false)
}

fn get_last_instruction(t: &Thread, object: Value) -> R {
    let this = of(object);
    if let Some((_, last)) = shown(t, this) {
        return Ok(Value::small(last as i32));
    }
    if this.has_begun() { last_of(t, this.offset() as i64) } else { Ok(Value::small(0)) }
}

fn get_globals(_: &Thread, object: Value) -> R {
    Ok(of(object).function().globals().value())
}

fn get_builtins(_: &Thread, object: Value) -> R {
    Ok(of(object).function().builtins())
}

fn get_code(_: &Thread, object: Value) -> R {
    Ok(of(object).code().value())
}

fn get_generator(_: &Thread, object: Value) -> R {
    Ok(of(object).generator.get().unwrap_or(Value::NONE))
}

/// `frame`.
pub static FRAME: ClassDef = ClassDef {
    name: "frame",
    module: "builtins",
    layout: FrameObject::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&FRAME_REPR), MethodDef::Method(&FRAME_CLEAR)],
    getset: &[
        GetSet { name: "f_trace_lines", get: get_trace_lines, set: Some(set_trace_lines), doc: "" },
        GetSet { name: "f_back", get: get_back, set: None, doc: "" },
        GetSet {
            name: "f_locals",
            get: get_locals,
            set: None,
            doc: "Return the mapping used by the frame to look up local variables.",
        },
        GetSet {
            name: "f_lineno",
            get: get_line,
            set: Some(set_line),
            doc: "Return the current line number in the frame.",
        },
        GetSet {
            name: "f_trace",
            get: get_trace,
            set: Some(set_trace),
            doc: "Return the trace function for this frame, or None if no trace function is set.",
        },
        GetSet {
            name: "f_lasti",
            get: get_last_instruction,
            set: None,
            doc: "Return the index of the last attempted instruction in the frame.",
        },
        GetSet { name: "f_globals", get: get_globals, set: None, doc: "Return the global variables in the frame." },
        GetSet { name: "f_builtins", get: get_builtins, set: None, doc: "Return the built-in variables in the frame." },
        GetSet {
            name: "f_code",
            get: get_code,
            set: None,
            doc: "Return the code object being executed in this frame.",
        },
        GetSet {
            name: "f_trace_opcodes",
            get: get_trace_opcodes,
            set: Some(set_trace_opcodes),
            doc: "Return True if opcode tracing is enabled, False otherwise.",
        },
        GetSet {
            name: "f_generator",
            get: get_generator,
            set: None,
            doc: "Return the generator or coroutine associated with this frame, or None.",
        },
    ],
};

fn traceback_of(value: Value) -> Ref<Traceback> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn traceback_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, t.classes().traceback)?;
    let [next, frame, last, line] = traceback_arguments(t, rest)?;
    if !next.is_none() && next.downcast::<Traceback>().is_none() {
        let got = next.class(t).name();
        return Err(t.type_error(format_args!("expected traceback object or None, got '{got}'")));
    }
    if frame.downcast::<FrameObject>().is_none() {
        let got = protocols::name_of_argument(t, frame);
        return Err(t.type_error(format_args!("traceback() argument 'tb_frame' must be frame, not {got}")));
    }
    let (last, line) = (i32_argument(t, last)?, i32_argument(t, line)?);
    let made = t.allocate_exact::<Traceback>(t.classes().traceback)?;
    made.set(|b| &b.next, Some(next).filter(|next| !next.is_none())).set(|b| &b.frame, frame);
    made.get().last.store(last.cast_unsigned(), Relaxed);
    made.get().line.store(line.cast_unsigned(), Relaxed);
    Ok(made.publish().value())
}

fn i32_argument(t: &Thread, value: Value) -> R<i32> {
    i32::try_from(protocols::index_long(t, value)?)
        .map_err(|_| t.overflow_error("Python int too large to convert to C int"))
}

fn traceback_arguments(t: &Thread, args: Args<'_>) -> R<[Value; 4]> {
    const NAMES: [&str; 4] = ["tb_next", "tb_frame", "tb_lasti", "tb_lineno"];
    let given = args.values.len();
    if given > NAMES.len() {
        return Err(t.type_error(format_args!("traceback() takes at most 4 arguments ({given} given)")));
    }
    let mut found = [None; 4];
    for (slot, &value) in found.iter_mut().zip(args.positional()) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        match NAMES.iter().position(|known| name.is(known)) {
            Some(index) => found[index] = Some(value),
            None => {
                return Err(t.type_error(format_args!(
                    "traceback() got an unexpected keyword argument '{}'",
                    name.to_string_lossy()
                )));
            }
        }
    }
    let mut values = [Value::NONE; 4];
    for (index, value) in values.iter_mut().enumerate() {
        let Some(given) = found[index] else {
            return Err(t.type_error(format_args!(
                "traceback() missing required argument '{}' (pos {})",
                NAMES[index],
                index + 1
            )));
        };
        *value = given;
    }
    Ok(values)
}

#[native("__dir__($self, /)")]
fn traceback_dir(t: &Thread, _this: Ref<Traceback>) -> R<Ref<List>> {
    let list = List::new(t)?;
    for name in ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"] {
        list.push(t, Str::interned(t, name)?.value())?;
    }
    Ok(list)
}

fn get_traceback_frame(_: &Thread, object: Value) -> R {
    Ok(traceback_of(object).frame.get().unwrap_or(Value::NONE))
}

fn get_traceback_last(t: &Thread, object: Value) -> R {
    crate::objects::int_from_i64(t, i64::from(traceback_of(object).last.load(Relaxed).cast_signed()))
}

fn get_traceback_line(t: &Thread, object: Value) -> R {
    let entry = traceback_of(object);
    let line = entry.line_number().cast_signed();
    // An instruction may have no line.
    if line == 0 && entry.line.load(Relaxed) != 0 {
        return Ok(Value::NONE);
    }
    crate::objects::int_from_i64(t, i64::from(line))
}

fn get_next(_: &Thread, object: Value) -> R {
    Ok(traceback_of(object).next.get().unwrap_or(Value::NONE))
}

fn set_next(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = traceback_of(object);
    let Some(value) = value else { return Err(t.type_error("can't delete tb_next attribute")) };
    if value.is_none() {
        this.next.put(this.header(), t, None);
        return Ok(());
    }
    let Some(mut entry) = value.downcast::<Traceback>() else {
        let got = value.class(t).name();
        return Err(t.type_error(format_args!("expected traceback object or None, got '{got}'")));
    };
    loop {
        if entry == this {
            return Err(t.value_error("traceback loop detected"));
        }
        match entry.next.get().and_then(Value::downcast) {
            Some(next) => entry = next,
            None => break,
        }
    }
    this.next.put(this.header(), t, value);
    Ok(())
}

/// `traceback`.
pub static TRACEBACK: ClassDef = ClassDef {
    name: "traceback",
    module: "builtins",
    layout: Traceback::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nWhere an exception came from.",
    methods: &[MethodDef::New(&TRACEBACK_NEW), MethodDef::Method(&TRACEBACK_DIR)],
    getset: &[
        GetSet { name: "tb_frame", get: get_traceback_frame, set: Some(read_only), doc: "" },
        GetSet { name: "tb_lasti", get: get_traceback_last, set: Some(read_only), doc: "" },
        GetSet { name: "tb_next", get: get_next, set: Some(set_next), doc: "" },
        GetSet { name: "tb_lineno", get: get_traceback_line, set: None, doc: "" },
    ],
};
