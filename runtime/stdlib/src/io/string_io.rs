//! `StringIO`: text in memory as a stream.

use text::TextBuilder;
use text::units::Units;
use vm::builtins::object::get_dict;
use vm::native;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value};

use super::base::{STREAM, TEXT_IO_BASE, size_argument};
use super::bytes_io::{restore_dict, restored_position};
use super::lock::{Guarded, Hold};
use super::newlines::{self, NewlineDecoder};

/// How lines end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Newline {
    /// None: all kinds, translated to `\n`.
    Universal,
    /// '': all kinds, left as they are.
    Any,
    /// `\n`.
    Lf,
    /// `\r`.
    Cr,
    /// `\r\n`.
    CrLf,
}

impl Newline {
    /// A `newline` argument; `shown` words one that is none.
    pub fn of(t: &Thread, newline: Value, shown: impl FnOnce(&Thread, Ref<Str>) -> R<String>) -> R<Newline> {
        if newline.is_none() {
            return Ok(Newline::Universal);
        }
        let Some(text) = Str::of(t, newline) else {
            return Err(t.type_error(format_args!("newline must be str or None, not {}", newline.class(t).name())));
        };
        match &*text.to_string_lossy() {
            "" => Ok(Newline::Any),
            "\n" => Ok(Newline::Lf),
            "\r" => Ok(Newline::Cr),
            "\r\n" => Ok(Newline::CrLf),
            _ => {
                let shown = shown(t, text)?;
                Err(t.value_error(format_args!("illegal newline value: {shown}")))
            }
        }
    }

    /// What `\n` becomes when written.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            _ => None,
        }
    }

    /// Where the first line of `text` ends, if it ends; and otherwise how far the search got without chance of a line end
    /// that begins before.
    pub fn line_end(self, text: Units<'_>) -> Result<usize, usize> {
        let none = text.len();
        match self {
            Newline::Universal | Newline::Lf => text::search::find_char(text, 0x0a).map(|index| index + 1).ok_or(none),
            Newline::Cr => text::search::find_char(text, 0x0d).map(|index| index + 1).ok_or(none),
            Newline::CrLf => {
                let found = text::search::find(text, Units::One(b"\r\n"));
                let half = usize::from(text.last() == Some(0x0d));
                found.map(|index| index + 2).ok_or(none - half)
            }
            Newline::Any => {
                let (lf, cr) = (text::search::find_char(text, 0x0a), text::search::find_char(text, 0x0d));
                match (lf, cr) {
                    (Some(lf), Some(cr)) if cr + 1 == lf => Ok(lf + 1),
                    (Some(lf), Some(cr)) => Ok(lf.min(cr) + 1),
                    (Some(index), None) | (None, Some(index)) => Ok(index + 1),
                    (None, None) => Err(none),
                }
            }
        }
    }
}

pub struct Memory {
    ready: bool,
    open: bool,
    text: TextBuilder,
    position: usize,
    newline: Newline,
}

vm::heap_object! {
    /// A stream over text in memory.
    pub struct StringIO {
        /// The decoder of line ends, or unset.
        decoder: Slot,
        /// The `newline` argument.
        newline: Slot,
        memory: Owned<Guarded<Memory>>,
    }
    trace { decoder, newline }
    kind Drop
    drop(drop_owner::<StringIO>)
}

impl Owner for StringIO {
    type Content = Guarded<Memory>;
    fn owned(&self) -> &Owned<Guarded<Memory>> {
        &self.memory
    }
}

type This = Ref<StringIO>;

fn hold<'a>(t: &Thread, this: This) -> R<Hold<'a, Memory>> {
    this.target().memory.hold(t, this.value())
}

fn opened<'a>(t: &Thread, this: This) -> R<Hold<'a, Memory>> {
    let memory = hold(t, this)?;
    if !memory.ready {
        return Err(t.value_error("I/O operation on uninitialized object"));
    }
    if memory.open { Ok(memory) } else { Err(t.value_error("I/O operation on closed file")) }
}

#[native("__new__", raw)]
fn string_io_new(t: &Thread, args: Args<'_>) -> R {
    let own = STRING_IO.get(t);
    let (class, _) = vm::builtins::construct::class_argument(t, args, own)?;
    let memory = Memory { ready: false, open: true, text: TextBuilder::new(), position: 0, newline: Newline::Lf };
    Ok(new_owner::<StringIO>(t, class, Guarded::new(memory), Some(own))?.value())
}

#[native("__init__($self, /, initial_value='', newline='\\n')")]
fn string_io_init(t: &Thread, this: This, initial: Option<Value>, newline: Option<Value>) -> R<()> {
    let newline_value = match newline {
        Some(newline) => newline,
        None => Str::from_char(t, 0x0a)?.value(),
    };
    let shown = |t: &Thread, text: Ref<Str>| Ok(protocols::repr(t, text.value())?.to_string_lossy());
    let newline = Newline::of(t, newline_value, shown)?;
    let initial = match initial.filter(|initial| !initial.is_none()) {
        None => None,
        Some(initial) => match Str::of(t, initial) {
            Some(text) => Some(text),
            None => {
                return Err(
                    t.type_error(format_args!("initial_value must be str or None, not {}", initial.class(t).name()))
                );
            }
        },
    };
    let mut memory = hold(t, this)?;
    this.newline.put(this.header(), t, newline_value);
    let decoder = match newline {
        Newline::Universal | Newline::Any => {
            Some(newlines::new_decoder(t, Value::NONE, newline == Newline::Universal, None)?.value())
        }
        _ => None,
    };
    this.decoder.put(this.header(), t, decoder);
    *memory = Memory { ready: true, open: true, text: TextBuilder::new(), position: 0, newline };
    if let Some(initial) = initial {
        write_text(t, this, &mut memory, initial)?;
        memory.position = 0;
    }
    Ok(())
}

/// Puts text at the position, over what is there.
fn put(memory: &mut Memory, units: Units<'_>) {
    let (length, position) = (memory.text.len(), memory.position);
    if position > length {
        memory.text.push_repeated(0, position - length);
    }
    memory.position = position + units.len();
    if position >= length {
        return memory.text.push_units(units);
    }
    let old = std::mem::take(&mut memory.text);
    let rest = old.as_units();
    let mut new = TextBuilder::with_capacity(length.max(position + units.len()));
    new.push_units(rest.slice(0, position));
    new.push_units(units);
    if position + units.len() < length {
        new.push_units(rest.slice(position + units.len(), length));
    }
    memory.text = new;
}

fn write_text(t: &Thread, this: This, memory: &mut Memory, text: Ref<Str>) -> R<()> {
    let decoder = this.decoder.get().and_then(Value::downcast::<NewlineDecoder>);
    let text = match decoder {
        Some(decoder) => newlines::process(t, decoder, text, true)?,
        None => text,
    };
    let units = text.target().units();
    match memory.newline.written().filter(|_| text::search::find_char(units, 0x0a).is_some()) {
        Some(newline) => put(memory, with_newlines(units, newline).as_units()),
        None => put(memory, units),
    }
    Ok(())
}

/// The text with `\n` replaced.
pub fn with_newlines(text: Units<'_>, newline: &str) -> TextBuilder {
    let mut out = TextBuilder::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(index) = text::search::find_char(rest, 0x0a) {
        out.push_units(rest.slice(0, index));
        out.push_str(newline);
        rest = rest.from(index + 1);
    }
    out.push_units(rest);
    out
}

/// Write string to file.
#[native("write($self, s, /)")]
fn string_io_write(t: &Thread, this: This, text: Value) -> R<usize> {
    let Some(string) = Str::of(t, text) else {
        return Err(t.type_error(format_args!("string argument expected, got '{}'", text.class(t).name())));
    };
    let mut memory = opened(t, this)?;
    if !string.is_empty() {
        write_text(t, this, &mut memory, string)?;
    }
    Ok(string.len())
}

/// Retrieve the entire contents of the object.
#[native("getvalue($self, /)")]
fn string_io_getvalue(t: &Thread, this: This) -> R<Ref<Str>> {
    let memory = opened(t, this)?;
    Str::from_units(t, memory.text.as_units())
}

/// Read at most size characters, returned as a string.
#[native("read($self, size=-1, /)")]
fn string_io_read(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Str>> {
    let size = size_argument(t, size)?;
    let mut memory = opened(t, this)?;
    let length = memory.text.len();
    let start = memory.position.min(length);
    let end = usize::try_from(size).map_or(length, |size| start.saturating_add(size).min(length));
    let text = Str::from_units(t, memory.text.as_units().slice(start, end))?;
    memory.position += end - start;
    Ok(text)
}

fn line(t: &Thread, memory: &mut Memory, limit: i64) -> R<Ref<Str>> {
    let length = memory.text.len();
    if memory.position >= length {
        return Str::empty(t);
    }
    let rest = memory.text.as_units().from(memory.position);
    let rest = rest.slice(0, usize::try_from(limit).unwrap_or(usize::MAX).min(rest.len()));
    let end = memory.newline.line_end(rest).unwrap_or(rest.len());
    let text = Str::from_units(t, rest.slice(0, end))?;
    memory.position += end;
    Ok(text)
}

/// Read until newline or EOF.
#[native("readline($self, size=-1, /)")]
fn string_io_readline(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Str>> {
    let limit = size_argument(t, size)?;
    line(t, &mut *opened(t, this)?, limit)
}

#[native("__next__($self, /)")]
fn string_io_next(t: &Thread, this: This) -> R {
    let text = if this.value().class(t) == STRING_IO.get(t) {
        line(t, &mut *opened(t, this)?, -1)?
    } else {
        let line = protocols::call_method(t, this.value(), t.names().readline, &[])?;
        match Str::of(t, line) {
            Some(line) => line,
            None => {
                let got = line.class(t).name();
                return Err(t.raise(
                    t.classes().os_error,
                    format_args!("readline() should have returned an str object, not '{got}'"),
                ));
            }
        }
    };
    if text.is_empty() { Err(t.stop_iteration(None)) } else { Ok(text.value()) }
}

/// Truncate size to pos.
#[native("truncate($self, pos=None, /)")]
fn string_io_truncate(t: &Thread, this: This, size: Option<Value>) -> R<i64> {
    let mut memory = opened(t, this)?;
    let size = match size.filter(|size| !size.is_none()) {
        Some(size) => protocols::index_i64(t, size)?,
        None => memory.position as i64,
    };
    if size < 0 {
        return Err(t.value_error(format_args!("Negative size value {size}")));
    }
    if (size as usize) < memory.text.len() {
        memory.text.truncate(size as usize);
    }
    Ok(size)
}

/// Change stream position.
#[native("seek($self, pos, whence=0, /)")]
fn string_io_seek(t: &Thread, this: This, offset: i64, whence: i32) -> R<usize> {
    let mut memory = opened(t, this)?;
    if !(0..=2).contains(&whence) {
        return Err(t.value_error(format_args!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && offset < 0 {
        return Err(t.value_error(format_args!("Negative seek position {offset}")));
    }
    if whence != 0 && offset != 0 {
        return Err(t.raise(t.classes().os_error, "Can't do nonzero cur-relative seeks"));
    }
    memory.position = match whence {
        0 => offset as usize,
        1 => memory.position,
        _ => memory.text.len(),
    };
    Ok(memory.position)
}

/// Tell the current file position.
#[native("tell($self, /)")]
fn string_io_tell(t: &Thread, this: This) -> R<usize> {
    opened(t, this).map(|memory| memory.position)
}

/// Close the IO object.
#[native("close($self, /)")]
fn string_io_close(t: &Thread, this: This) -> R<()> {
    let mut memory = hold(t, this)?;
    memory.open = false;
    memory.text = TextBuilder::new();
    Ok(())
}

macro_rules! always_true {
    ($($function:ident $signature:literal;)*) => {
        $(#[native($signature)]
        fn $function(t: &Thread, this: This) -> R<bool> {
            opened(t, this).map(|_| true)
        })*
    };
}

always_true! {
    string_io_readable "readable($self, /)";
    string_io_writable "writable($self, /)";
    string_io_seekable "seekable($self, /)";
}

#[native("__getstate__($self, /)")]
fn string_io_getstate(t: &Thread, this: This) -> R<Ref<Tuple>> {
    let value = string_io_getvalue(t, this)?.value();
    let newline = this.newline.get().unwrap_or(Value::NONE);
    let position = vm::objects::int_from_u64(t, string_io_tell(t, this)? as u64)?;
    Tuple::from_slice(t, &[value, newline, position, get_dict(t, this.value())?])
}

#[native("__setstate__($self, state, /)")]
fn string_io_setstate(t: &Thread, this: This, state: Value) -> R<()> {
    let wrong = || {
        t.type_error(format_args!(
            "{}.__setstate__ argument should be 4-tuple, got {}",
            this.value().class(t).full_name(t),
            state.class(t).name()
        ))
    };
    let Some(parts) = Tuple::of(t, state).filter(|parts| parts.len() >= 4) else { return Err(wrong()) };
    string_io_init(t, this, Some(Value::NONE), Some(parts.get(1)))?;
    let position = restored_position(t, parts.get(2))?;
    if !parts.get(0).is_none() {
        let Some(text) = Str::of(t, parts.get(0)) else {
            return Err(t.type_error("initial_value must be str or None"));
        };
        let mut memory = hold(t, this)?;
        memory.text = TextBuilder::new();
        memory.text.push_units(text.target().units());
    }
    hold(t, this)?.position = position;
    restore_dict(t, this.value(), parts.get(3))
}

fn of(t: &Thread, value: Value) -> R<This> {
    value.downcast().ok_or_else(|| t.type_error("a StringIO is expected"))
}

fn get_closed(t: &Thread, this: Value) -> R {
    let memory = hold(t, of(t, this)?)?;
    if !memory.ready {
        return Err(t.value_error("I/O operation on uninitialized object"));
    }
    Ok(Value::bool(!memory.open))
}

fn get_line_buffering(t: &Thread, this: Value) -> R {
    opened(t, of(t, this)?).map(|_| Value::FALSE)
}

fn get_newlines(t: &Thread, this: Value) -> R {
    let this = of(t, this)?;
    opened(t, this).map(drop)?;
    match this.decoder.get().and_then(Value::downcast::<NewlineDecoder>) {
        Some(decoder) => newlines::shown(t, newlines::seen(decoder)),
        None => Ok(Value::NONE),
    }
}

/// `_io.StringIO`.
pub static STRING_IO: NativeClass = NativeClass::new(ClassDef {
    name: "StringIO",
    module: "_io",
    layout: StringIO::layout,
    base: Some(|t| TEXT_IO_BASE.get(t)),
    flags: STREAM,
    doc: "Text I/O implementation using an in-memory buffer.\n\nThe initial_value argument sets the value of object.  The newline\nargument is like the one of TextIOWrapper's constructor.",
    methods: &[
        MethodDef::New(&STRING_IO_NEW),
        MethodDef::Method(&STRING_IO_INIT),
        MethodDef::Method(&STRING_IO_WRITE),
        MethodDef::Method(&STRING_IO_GETVALUE),
        MethodDef::Method(&STRING_IO_READ),
        MethodDef::Method(&STRING_IO_READLINE),
        MethodDef::Method(&STRING_IO_NEXT),
        MethodDef::Method(&STRING_IO_TRUNCATE),
        MethodDef::Method(&STRING_IO_SEEK),
        MethodDef::Method(&STRING_IO_TELL),
        MethodDef::Method(&STRING_IO_CLOSE),
        MethodDef::Method(&STRING_IO_READABLE),
        MethodDef::Method(&STRING_IO_WRITABLE),
        MethodDef::Method(&STRING_IO_SEEKABLE),
        MethodDef::Method(&STRING_IO_GETSTATE),
        MethodDef::Method(&STRING_IO_SETSTATE),
    ],
    getset: &[
        GetSet { name: "closed", get: get_closed, set: None, doc: "" },
        GetSet { name: "line_buffering", get: get_line_buffering, set: None, doc: "" },
        GetSet { name: "newlines", get: get_newlines, set: None, doc: "" },
    ],
});
