//! `BytesIO`: bytes in memory as a stream.
//!
//! The bytes lie in a vector until `getbuffer` lends them out; from then on they lie in a bytearray, whose count of exports
//! keeps the length as it is while views exist.

use std::ops::Range;

use vm::builtins::object::get_dict;
use vm::native;
use vm::native::{Args, ClassDef, GetSet, MethodDef, NativeDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{ByteArray, Bytes, Dict, List};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Thread, Tuple, Value};

use super::base::{BUFFERED_IO_BASE, STREAM, size_argument, writable_argument};
use super::lock::{Guarded, Hold};

/// Content and position.
pub struct Memory {
    open: bool,
    bytes: Vec<u8>,
    /// The bytes are in the bytearray.
    lent: bool,
    position: usize,
}

vm::heap_object! {
    /// A stream over bytes in memory.
    pub struct BytesIO {
        /// The bytearray, once views were asked for.
        array: Slot,
        memory: Owned<Guarded<Memory>>,
    }
    trace { array }
    kind Drop
    drop(drop_owner::<BytesIO>)
}

impl Owner for BytesIO {
    type Content = Guarded<Memory>;
    fn owned(&self) -> &Owned<Guarded<Memory>> {
        &self.memory
    }
}

type This = Ref<BytesIO>;

fn hold<'a>(t: &Thread, this: This) -> R<Hold<'a, Memory>> {
    this.target().memory.hold(t, this.value())
}

fn opened<'a>(t: &Thread, this: This) -> R<Hold<'a, Memory>> {
    let memory = hold(t, this)?;
    if memory.open { Ok(memory) } else { Err(t.value_error("I/O operation on closed file.")) }
}

fn array(this: This) -> Option<Ref<ByteArray>> {
    this.array.get().and_then(Value::downcast)
}

/// The bytes of a range that is within the length.
fn part(t: &Thread, this: This, memory: &Memory, range: Range<usize>) -> R<Ref<Bytes>> {
    match array(this).filter(|_| memory.lent) {
        Some(array) => Bytes::new(t, &array.part(t, range)),
        None => Bytes::new(t, &memory.bytes[range]),
    }
}

/// Where the line that begins at the start of a range ends, within the range.
fn end_of_line(t: &Thread, this: This, memory: &Memory, range: Range<usize>) -> usize {
    const MOST_LINES: usize = 256;
    let newline = |bytes: &[u8]| memchr::memchr(b'\n', bytes);
    let Some(array) = array(this).filter(|_| memory.lent) else {
        return newline(&memory.bytes[range.clone()]).map_or(range.end, |index| range.start + index + 1);
    };
    for start in range.clone().step_by(MOST_LINES) {
        if let Some(index) = newline(&array.part(t, start..range.end.min(start + MOST_LINES))) {
            return start + index + 1;
        }
    }
    range.end
}

fn length(this: This, memory: &Memory) -> usize {
    match array(this).filter(|_| memory.lent) {
        Some(array) => array.len(),
        None => memory.bytes.len(),
    }
}

/// Before anything else is done: finds out which views of the bytes are dead.
fn settle(t: &Thread, this: This, method: &'static NativeDef) {
    if let Some(array) = array(this) {
        array.settle(t, method, this.value(), &[]);
    }
}

fn check_exports(t: &Thread, this: This) -> R<()> {
    match array(this) {
        Some(array) if array.is_lent(t) => Err(t.buffer_error("Existing exports of data: object cannot be re-sized")),
        _ => Ok(()),
    }
}

fn set_length(t: &Thread, this: This, memory: &mut Memory, length: usize) -> R<()> {
    if let Some(array) = array(this).filter(|_| memory.lent) {
        return array.resize(t, length);
    }
    let more = length.saturating_sub(memory.bytes.len());
    if memory.bytes.try_reserve(more).is_err() {
        return Err(t.memory_error());
    }
    memory.bytes.resize(length, 0);
    Ok(())
}

#[native("__new__", raw)]
fn bytes_io_new(t: &Thread, args: Args<'_>) -> R {
    let own = BYTES_IO.get(t);
    let (class, _) = vm::builtins::construct::class_argument(t, args, own)?;
    let memory = Guarded::new(Memory { open: true, bytes: Vec::new(), lent: false, position: 0 });
    Ok(new_owner::<BytesIO>(t, class, memory, Some(own))?.value())
}

#[native("__init__($self, /, initial_bytes=b'')")]
fn bytes_io_init(t: &Thread, this: This, initial: Option<Value>) -> R<()> {
    let initial = match initial.filter(|initial| !initial.is_none()) {
        Some(initial) => Buffer::of(t, initial)?.into_vec(),
        None => Vec::new(),
    };
    let mut memory = hold(t, this)?;
    check_exports(t, this)?;
    *memory = Memory { open: true, bytes: initial, lent: false, position: 0 };
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
    bytes_io_readable "readable($self, /)";
    bytes_io_writable "writable($self, /)";
    bytes_io_seekable "seekable($self, /)";
}

#[native("isatty($self, /)")]
fn bytes_io_isatty(t: &Thread, this: This) -> R<bool> {
    opened(t, this).map(|_| false)
}

#[native("flush($self, /)")]
fn bytes_io_flush(t: &Thread, this: This) -> R<()> {
    opened(t, this).map(drop)
}

#[native("close($self, /)")]
fn bytes_io_close(t: &Thread, this: This) -> R<()> {
    settle(t, this, &BYTES_IO_CLOSE);
    let mut memory = hold(t, this)?;
    check_exports(t, this)?;
    memory.open = false;
    memory.bytes = Vec::new();
    this.array.put(this.header(), t, None);
    memory.lent = false;
    Ok(())
}

/// Retrieve the entire contents of the BytesIO object.
#[native("getvalue($self, /)")]
fn bytes_io_getvalue(t: &Thread, this: This) -> R<Ref<Bytes>> {
    let memory = opened(t, this)?;
    part(t, this, &memory, 0..length(this, &memory))
}

/// Get a read-write view over the contents of the BytesIO object.
#[native("getbuffer($self, /)")]
fn bytes_io_getbuffer(t: &Thread, this: This) -> R {
    let mut memory = opened(t, this)?;
    if !memory.lent {
        let made = ByteArray::new(t, &memory.bytes)?;
        this.array.put(this.header(), t, made.value());
        memory.bytes = Vec::new();
        memory.lent = true;
    }
    let array = array(this).expect("made above or before");
    Ok(vm::builtins::memoryview::of_object(t, array.value())?.value())
}

fn read_bytes(t: &Thread, this: This, size: i64) -> R<Ref<Bytes>> {
    let mut memory = opened(t, this)?;
    let length = length(this, &memory);
    let start = memory.position.min(length);
    let end = usize::try_from(size).map_or(length, |size| start.saturating_add(size).min(length));
    memory.position += end - start;
    part(t, this, &memory, start..end)
}

/// Read at most size bytes, returned as a bytes object.
#[native("read($self, size=-1, /)")]
fn bytes_io_read(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Bytes>> {
    read_bytes(t, this, size_argument(t, size)?)
}

/// Read at most size bytes, returned as a bytes object.
#[native("read1($self, size=-1, /)")]
fn bytes_io_read1(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Bytes>> {
    read_bytes(t, this, size_argument(t, size)?)
}

#[native("readinto($self, buffer, /)")]
fn bytes_io_readinto(t: &Thread, this: This, buffer: Value) -> R<usize> {
    let target = writable_argument(t, buffer, "readinto() argument")?;
    let data = read_bytes(t, this, target.len() as i64)?;
    target.write(0, data.as_slice());
    target.release(t);
    Ok(data.len())
}

/// The next line of at most `limit` bytes, and the position after it.
fn line(t: &Thread, this: This, limit: i64) -> R<Ref<Bytes>> {
    let mut memory = opened(t, this)?;
    let length = length(this, &memory);
    let start = memory.position.min(length);
    let most = usize::try_from(limit).map_or(length, |limit| start.saturating_add(limit).min(length));
    let end = end_of_line(t, this, &memory, start..most);
    let result = part(t, this, &memory, start..end)?;
    memory.position += result.len();
    Ok(result)
}

/// Next line from the file, as a bytes object.
#[native("readline($self, size=-1, /)")]
fn bytes_io_readline(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Bytes>> {
    line(t, this, size_argument(t, size)?)
}

/// List of bytes objects, each a line from the file.
#[native("readlines($self, size=None, /)")]
fn bytes_io_readlines(t: &Thread, this: This, size: Option<Value>) -> R<Ref<List>> {
    let most = size_argument(t, size)?;
    let (lines, mut total) = (List::new(t)?, 0);
    loop {
        let next = line(t, this, -1)?;
        if next.is_empty() {
            return Ok(lines);
        }
        lines.push(t, next.value())?;
        total += next.len() as i64;
        if most > 0 && total >= most {
            return Ok(lines);
        }
    }
}

#[native("__iter__($self, /)")]
fn bytes_io_iter(t: &Thread, this: This) -> R {
    opened(t, this).map(|_| this.value())
}

#[native("__next__($self, /)")]
fn bytes_io_next(t: &Thread, this: This) -> R {
    let next = line(t, this, -1)?;
    if next.is_empty() { Err(t.stop_iteration(None)) } else { Ok(next.value()) }
}

/// Write bytes to file.
#[native("write($self, b, /)")]
fn bytes_io_write(t: &Thread, this: This, data: Value) -> R<usize> {
    settle(t, this, &BYTES_IO_WRITE);
    let data = Buffer::of(t, data)?;
    let mut memory = opened(t, this)?;
    check_exports(t, this)?;
    let memory = &mut *memory;
    if data.is_empty() {
        return Ok(0);
    }
    let (start, Some(end)) = (memory.position, memory.position.checked_add(data.len())) else {
        return Err(t.overflow_error("new position too large"));
    };
    if length(this, memory) < end {
        set_length(t, this, memory, end)?;
    }
    match array(this).filter(|_| memory.lent) {
        Some(array) => array.replace_range(t, start, end, data.as_slice())?,
        None => memory.bytes[start..end].copy_from_slice(data.as_slice()),
    }
    memory.position = end;
    Ok(data.len())
}

/// Write lines to the file.
#[native("writelines($self, lines, /)")]
fn bytes_io_writelines(t: &Thread, this: This, lines: Value) -> R<()> {
    opened(t, this).map(drop)?;
    protocols::for_each(t, lines, |line| bytes_io_write(t, this, line).map(drop))
}

/// Change stream position.
#[native("seek($self, pos, whence=0, /)")]
fn bytes_io_seek(t: &Thread, this: This, offset: i64, whence: i32) -> R<usize> {
    let mut memory = opened(t, this)?;
    let base = match whence {
        0 if offset < 0 => return Err(t.value_error(format_args!("negative seek value {offset}"))),
        0 => 0,
        1 => memory.position as i64,
        2 => length(this, &memory) as i64,
        _ => return Err(t.value_error(format_args!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(position) = base.checked_add(offset) else { return Err(t.overflow_error("new position too large")) };
    memory.position = position.max(0) as usize;
    Ok(memory.position)
}

/// Current file position, an integer.
#[native("tell($self, /)")]
fn bytes_io_tell(t: &Thread, this: This) -> R<usize> {
    opened(t, this).map(|memory| memory.position)
}

/// Truncate the file to at most size bytes.
#[native("truncate($self, size=None, /)")]
fn bytes_io_truncate(t: &Thread, this: This, size: Option<Value>) -> R<i64> {
    settle(t, this, &BYTES_IO_TRUNCATE);
    let mut memory = opened(t, this)?;
    check_exports(t, this)?;
    let size = match size.filter(|size| !size.is_none()) {
        Some(size) => protocols::index_i64(t, size)?,
        None => memory.position as i64,
    };
    if size < 0 {
        return Err(t.value_error(format_args!("negative size value {size}")));
    }
    if (size as usize) < length(this, &memory) {
        set_length(t, this, &mut memory, size as usize)?;
    }
    Ok(size)
}

#[native("__getstate__($self, /)")]
fn bytes_io_getstate(t: &Thread, this: This) -> R<Ref<Tuple>> {
    let content = bytes_io_getvalue(t, this)?.value();
    let position = bytes_io_tell(t, this)? as i32;
    Tuple::from_slice(t, &[content, Value::small(position), get_dict(t, this.value())?])
}

#[native("__setstate__($self, state, /)")]
fn bytes_io_setstate(t: &Thread, this: This, state: Value) -> R<()> {
    let wrong =
        || t.type_error(format_args!("BytesIO.__setstate__ argument should be 3-tuple, got {}", state.class(t).name()));
    let Some(parts) = Tuple::of(t, state).filter(|parts| parts.len() >= 3) else { return Err(wrong()) };
    bytes_io_init(t, this, Some(parts.get(0)))?;
    let position = restored_position(t, parts.get(1))?;
    hold(t, this)?.position = position;
    restore_dict(t, this.value(), parts.get(2))
}

/// The position in a pickled state.
pub fn restored_position(t: &Thread, position: Value) -> R<usize> {
    let Some(number) = vm::objects::int_of(position) else {
        return Err(
            t.type_error(format_args!("second item of state must be an integer, not {}", position.class(t).name()))
        );
    };
    match number.to_i64() {
        Some(number) if number >= 0 => Ok(number as usize),
        _ => Err(t.value_error("position value cannot be negative")),
    }
}

/// Puts a pickled `__dict__` back.
pub fn restore_dict(t: &Thread, this: Value, saved: Value) -> R<()> {
    if saved.is_none() {
        return Ok(());
    }
    let (Some(saved_dict), Some(dict)) = (saved.downcast::<Dict>(), get_dict(t, this)?.downcast::<Dict>()) else {
        return Err(t.type_error(format_args!("third item of state should be a dict, got a {}", saved.class(t).name())));
    };
    dict.update_from_dict(t, saved_dict)
}

#[native("__sizeof__($self, /)")]
fn bytes_io_sizeof(t: &Thread, this: This) -> R<usize> {
    let memory = hold(t, this)?;
    Ok(size_of::<BytesIO>() + length(this, &memory))
}

fn get_closed(t: &Thread, this: Value) -> R {
    let Some(this) = this.downcast::<BytesIO>() else { return Err(t.type_error("a BytesIO is expected")) };
    Ok(Value::bool(!hold(t, this)?.open))
}

/// `_io.BytesIO`.
pub static BYTES_IO: NativeClass = NativeClass::new(ClassDef {
    name: "BytesIO",
    module: "_io",
    layout: BytesIO::layout,
    base: Some(|t| BUFFERED_IO_BASE.get(t)),
    flags: STREAM,
    doc: "Buffered I/O implementation using an in-memory bytes buffer.",
    methods: &[
        MethodDef::New(&BYTES_IO_NEW),
        MethodDef::Method(&BYTES_IO_INIT),
        MethodDef::Method(&BYTES_IO_READABLE),
        MethodDef::Method(&BYTES_IO_WRITABLE),
        MethodDef::Method(&BYTES_IO_SEEKABLE),
        MethodDef::Method(&BYTES_IO_ISATTY),
        MethodDef::Method(&BYTES_IO_FLUSH),
        MethodDef::Method(&BYTES_IO_CLOSE),
        MethodDef::Method(&BYTES_IO_GETVALUE),
        MethodDef::Method(&BYTES_IO_GETBUFFER),
        MethodDef::Method(&BYTES_IO_READ),
        MethodDef::Method(&BYTES_IO_READ1),
        MethodDef::Method(&BYTES_IO_READINTO),
        MethodDef::Method(&BYTES_IO_READLINE),
        MethodDef::Method(&BYTES_IO_READLINES),
        MethodDef::Method(&BYTES_IO_ITER),
        MethodDef::Method(&BYTES_IO_NEXT),
        MethodDef::Method(&BYTES_IO_WRITE),
        MethodDef::Method(&BYTES_IO_WRITELINES),
        MethodDef::Method(&BYTES_IO_SEEK),
        MethodDef::Method(&BYTES_IO_TELL),
        MethodDef::Method(&BYTES_IO_TRUNCATE),
        MethodDef::Method(&BYTES_IO_GETSTATE),
        MethodDef::Method(&BYTES_IO_SETSTATE),
        MethodDef::Method(&BYTES_IO_SIZEOF),
    ],
    getset: &[GetSet { name: "closed", get: get_closed, set: None, doc: "True if the file is closed." }],
});
