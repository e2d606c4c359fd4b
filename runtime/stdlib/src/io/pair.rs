//! `BufferedRWPair`: a reader and a writer as one stream.

use vm::native;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Thread, Value};

use super::base::{BUFFERED_IO_BASE, STREAM, call, check_readable, check_writable};
use super::buffered::{BUFFERED_READER, BUFFERED_WRITER, both_errors, new_stream};

vm::heap_object! {
    /// A reader and a writer.
    pub struct BufferedPair {
        reader: Slot,
        writer: Slot,
    }
    trace { reader, writer }
}

type This = Ref<BufferedPair>;

#[native("__init__($self, reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)")]
fn pair_init(t: &Thread, this: This, reader: Value, writer: Value, size: Option<i64>) -> R<()> {
    check_readable(t, reader)?;
    check_writable(t, writer)?;
    let size = size.unwrap_or(super::DEFAULT_BUFFER_SIZE as i64);
    let reader = new_stream(t, &BUFFERED_READER, reader, size, true, false)?;
    let writer = new_stream(t, &BUFFERED_WRITER, writer, size, false, true)?;
    this.reader.put(this.header(), t, reader.value());
    this.writer.put(this.header(), t, writer.value());
    Ok(())
}

fn half(t: &Thread, slot: &Slot) -> R {
    slot.get().ok_or_else(|| t.value_error("I/O operation on uninitialized object"))
}

macro_rules! forwarded {
    ($($side:ident $function:ident $signature:literal ($($argument:ident),*);)*) => {
        $(#[native($signature)]
        fn $function(t: &Thread, this: This $(, $argument: Value)*) -> R {
            let side = half(t, &this.target().$side)?;
            call(t, side, $signature.split('(').next().unwrap_or_default(), &[$($argument),*])
        })*
    };
}

forwarded! {
    reader pair_readinto "readinto($self, buffer, /)" (buffer);
    reader pair_readinto1 "readinto1($self, buffer, /)" (buffer);
    reader pair_readable "readable($self, /)" ();
    writer pair_writable "writable($self, /)" ();
    writer pair_write "write($self, b, /)" (data);
    writer pair_flush "flush($self, /)" ();
}

#[native("read($self, size=-1, /)")]
fn pair_read(t: &Thread, this: This, size: Option<Value>) -> R {
    protocols::call_method(t, half(t, &this.target().reader)?, t.names().read, &[size.unwrap_or(Value::small(-1))])
}

#[native("read1($self, size=-1, /)")]
fn pair_read1(t: &Thread, this: This, size: Option<Value>) -> R {
    call(t, half(t, &this.target().reader)?, "read1", &[size.unwrap_or(Value::small(-1))])
}

#[native("peek($self, size=0, /)")]
fn pair_peek(t: &Thread, this: This, size: Option<Value>) -> R {
    call(t, half(t, &this.target().reader)?, "peek", &[size.unwrap_or(Value::small(0))])
}

#[native("close($self, /)")]
fn pair_close(t: &Thread, this: This) -> R {
    let first = match this.writer.get() {
        Some(writer) => protocols::call_method(t, writer, t.names().close, &[]),
        None => Err(t.value_error("I/O operation on uninitialized object")),
    };
    let first = first.map_err(|raised| t.take(raised));
    let second =
        half(t, &this.target().reader).and_then(|reader| protocols::call_method(t, reader, t.names().close, &[]));
    both_errors(t, first, second)
}

#[native("isatty($self, /)")]
fn pair_isatty(t: &Thread, this: This) -> R {
    let writer = protocols::call_method(t, half(t, &this.target().writer)?, t.names().isatty, &[])?;
    if !writer.is(Value::FALSE) {
        return Ok(writer);
    }
    protocols::call_method(t, half(t, &this.target().reader)?, t.names().isatty, &[])
}

fn get_closed(t: &Thread, this: Value) -> R {
    let Some(this) = this.downcast::<BufferedPair>() else { return Err(t.type_error("a BufferedRWPair is expected")) };
    match this.writer.get() {
        Some(writer) => protocols::get_attribute(t, writer, t.names().closed),
        None => Err(t.runtime_error("the BufferedRWPair object is being garbage-collected")),
    }
}

/// `_io.BufferedRWPair`.
pub static BUFFERED_PAIR: NativeClass = NativeClass::new(ClassDef {
    name: "BufferedRWPair",
    module: "_io",
    layout: BufferedPair::layout,
    base: Some(|t| BUFFERED_IO_BASE.get(t)),
    flags: STREAM,
    doc: "A buffered reader and writer object together.\n\nA buffered reader object and buffered writer object put together to\nform a sequential IO object that can read and write. This is typically\nused with a socket or two-way pipe.",
    methods: &[
        MethodDef::Method(&PAIR_INIT),
        MethodDef::Method(&PAIR_READ),
        MethodDef::Method(&PAIR_READ1),
        MethodDef::Method(&PAIR_PEEK),
        MethodDef::Method(&PAIR_READINTO),
        MethodDef::Method(&PAIR_READINTO1),
        MethodDef::Method(&PAIR_READABLE),
        MethodDef::Method(&PAIR_WRITABLE),
        MethodDef::Method(&PAIR_WRITE),
        MethodDef::Method(&PAIR_FLUSH),
        MethodDef::Method(&PAIR_CLOSE),
        MethodDef::Method(&PAIR_ISATTY),
    ],
    getset: &[GetSet { name: "closed", get: get_closed, set: None, doc: "" }],
});
