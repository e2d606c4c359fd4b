//! `_IOBase`, `_RawIOBase`, `_BufferedIOBase` and `_TextIOBase`: what every stream has, in terms of its other methods.

use sync::atomic::Ordering;
use vm::builtins::object::DICT_GETSET;
use vm::containers::intern_text;
use vm::native;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::instance::Instance;
use vm::objects::{ByteArray, Bytes, ClassFlags, Dict, List};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Raised, Ref, Thread, Value};

use super::buffered::Buffered;
use super::file_io::FileIO;

/// Flags of every stream class.
pub const STREAM: u32 = ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF;

/// Raises `io.UnsupportedOperation`.
pub fn unsupported(t: &Thread, message: &str) -> Raised {
    let class = || -> R<Option<Value>> {
        let state = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
        Ok(state.and_then(|state| state.get_str(t, intern_text(t, "_io.UnsupportedOperation").ok()?)))
    };
    match class() {
        Ok(Some(class)) => match class.downcast() {
            Some(class) => t.raise(class, message),
            None => t.value_error(message),
        },
        Ok(None) => t.value_error(message),
        Err(raised) => raised,
    }
}

/// Calls a method by its Rust name.
pub fn call(t: &Thread, object: Value, name: &str, arguments: &[Value]) -> R {
    protocols::call_method(t, object, intern_text(t, name)?, arguments)
}

/// Whether the stream says that it is closed.
pub fn is_closed(t: &Thread, stream: Value) -> R<bool> {
    let closed = protocols::get_attribute(t, stream, t.names().closed)?;
    protocols::is_true(t, closed)
}

/// ValueError if the stream is closed.
pub fn check_closed(t: &Thread, stream: Value) -> R<()> {
    if is_closed(t, stream)? { Err(t.value_error("I/O operation on closed file.")) } else { Ok(()) }
}

fn check_ability(t: &Thread, stream: Value, method: &str, message: &str) -> R {
    let able = call(t, stream, method, &[])?;
    if able.is(Value::TRUE) { Ok(able) } else { Err(unsupported(t, message)) }
}

/// UnsupportedOperation unless the stream is seekable.
pub fn check_seekable(t: &Thread, stream: Value) -> R {
    check_ability(t, stream, "seekable", "File or stream is not seekable.")
}

/// UnsupportedOperation unless the stream is readable.
pub fn check_readable(t: &Thread, stream: Value) -> R {
    check_ability(t, stream, "readable", "File or stream is not readable.")
}

/// UnsupportedOperation unless the stream is writable.
pub fn check_writable(t: &Thread, stream: Value) -> R {
    check_ability(t, stream, "writable", "File or stream is not writable.")
}

/// A size or limit argument: None and what is not given are -1.
pub fn size_argument(t: &Thread, size: Option<Value>) -> R<i64> {
    match size.filter(|size| !size.is_none()) {
        None => Ok(-1),
        Some(size) if protocols::has_index(t, size) => protocols::index_i64(t, size),
        Some(size) => {
            Err(t.type_error(format_args!("argument should be integer or None, not '{}'", size.class(t).name())))
        }
    }
}

/// Change the stream position to the given byte offset.
#[native("seek($self, offset, whence=0, /)")]
fn base_seek(t: &Thread, _this: Value, _offset: Value, _whence: Value) -> R {
    Err(unsupported(t, "seek"))
}

/// Return current stream position.
#[native("tell($self, /)")]
fn base_tell(t: &Thread, this: Value) -> R {
    protocols::call_method(t, this, t.names().seek, &[Value::small(0), Value::small(1)])
}

/// Truncate file to size bytes.
#[native("truncate($self, size=None, /)")]
fn base_truncate(t: &Thread, _this: Value, _size: Value) -> R {
    Err(unsupported(t, "truncate"))
}

fn marked_closed(t: &Thread, this: Value) -> R<bool> {
    Ok(protocols::get_attribute_optional(t, this, intern_text(t, "__IOBase_closed")?)?.is_some())
}

/// Flush write buffers, if applicable.
#[native("flush($self, /)")]
fn base_flush(t: &Thread, this: Value) -> R<()> {
    if marked_closed(t, this)? { Err(t.value_error("I/O operation on closed file.")) } else { Ok(()) }
}

/// Flush and close the IO object.
#[native("close($self, /)")]
fn base_close(t: &Thread, this: Value) -> R<()> {
    close_base(t, this)
}

/// `_IOBase.close`.
pub fn close_base(t: &Thread, this: Value) -> R<()> {
    if marked_closed(t, this)? {
        return Ok(());
    }
    let flushed = protocols::call_method(t, this, t.names().flush, &[]).map(drop);
    let error = flushed.map_err(|raised| t.take(raised));
    protocols::set_attribute(t, this, intern_text(t, "__IOBase_closed")?, Value::TRUE)?;
    error.map_err(|error| t.reraise(error))
}

fn base_closed(t: &Thread, this: Value) -> R {
    marked_closed(t, this).map(Value::bool)
}

/// Whether another stream closes this one when it dies, so that its own finalizer has nothing to do.
fn is_wrapped(this: Value) -> bool {
    let file = this.downcast::<FileIO>().map(|file| file.state().wrapped.load(Ordering::Acquire));
    let buffered = || this.downcast::<Buffered>().map(|buffered| buffered.content().wrapped.load(Ordering::Acquire));
    file.or_else(buffered).unwrap_or(false)
}

/// Says whether another stream now closes this one.
pub fn set_wrapped(stream: Value, wrapped: bool) {
    if let Some(file) = stream.downcast::<FileIO>() {
        file.state().wrapped.store(wrapped, Ordering::Release);
    } else if let Some(buffered) = stream.downcast::<Buffered>() {
        buffered.content().wrapped.store(wrapped, Ordering::Release);
    }
}

fn is_standard_stream(t: &Thread, this: Value) -> R<bool> {
    for name in ["__stdout__", "__stderr__", "__stdin__"] {
        if vm::modules::sys::attribute(t, intern_text(t, name)?)?.is_some_and(|stream| stream.is(this)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[native("__del__($self, /)")]
fn base_del(t: &Thread, this: Value) -> R<()> {
    if is_wrapped(this) {
        return Ok(());
    }
    let closed = match is_closed(t, this) {
        Ok(closed) => closed,
        Err(raised) => {
            t.take(raised);
            true
        }
    };
    if closed {
        return Ok(());
    }
    if t.interpreter().closing.load(Ordering::Relaxed) && is_standard_stream(t, this)? {
        // The end of the program flushed these, and told of what failed.
        return Ok(());
    }
    if let Err(raised) = protocols::set_attribute(t, this, intern_text(t, "_finalizing")?, Value::TRUE) {
        t.take(raised);
    }
    match protocols::call_method(t, this, t.names().close, &[]) {
        // Nobody can do anything about it: only the development mode tells.
        Err(raised) if !t.interpreter().options.dev_mode => drop(t.take(raised)),
        closed => drop(closed?),
    }
    Ok(())
}

/// Return whether object supports random access.
#[native("seekable($self, /)")]
fn base_seekable(_: &Thread, _this: Value) -> bool {
    false
}

/// Return whether object was opened for reading.
#[native("readable($self, /)")]
fn base_readable(_: &Thread, _this: Value) -> bool {
    false
}

/// Return whether object was opened for writing.
#[native("writable($self, /)")]
fn base_writable(_: &Thread, _this: Value) -> bool {
    false
}

/// Return underlying file descriptor if one exists.
#[native("fileno($self, /)")]
fn base_fileno(t: &Thread, _this: Value) -> R {
    Err(unsupported(t, "fileno"))
}

/// Return whether this is an 'interactive' stream.
#[native("isatty($self, /)")]
fn base_isatty(t: &Thread, this: Value) -> R<bool> {
    check_closed(t, this)?;
    Ok(false)
}

#[native("__enter__($self, /)")]
fn base_enter(t: &Thread, this: Value) -> R {
    check_closed(t, this)?;
    Ok(this)
}

#[native("__exit__", raw)]
fn base_exit(t: &Thread, args: native::Args<'_>) -> R {
    match args.values.first() {
        Some(&this) => protocols::call_method(t, this, t.names().close, &[]),
        None => Err(t.type_error("unbound method _IOBase.__exit__() needs an argument")),
    }
}

#[native("__iter__($self, /)")]
fn base_iter(t: &Thread, this: Value) -> R {
    check_closed(t, this)?;
    Ok(this)
}

#[native("__next__($self, /)")]
fn base_next(t: &Thread, this: Value) -> R {
    next_line(t, this)?.ok_or_else(|| t.stop_iteration(None))
}

/// The next line by `readline`, or nothing at the end.
pub fn next_line(t: &Thread, this: Value) -> R<Option<Value>> {
    let line = protocols::call_method(t, this, t.names().readline, &[])?;
    Ok(if protocols::length(t, line)? == 0 { None } else { Some(line) })
}

#[native("_checkClosed($self, message=None, /)")]
fn base_check_closed(t: &Thread, this: Value, _message: Value) -> R<()> {
    check_closed(t, this)
}

#[native("_checkSeekable($self, message=None, /)")]
fn base_check_seekable(t: &Thread, this: Value, _message: Value) -> R {
    check_seekable(t, this)
}

#[native("_checkReadable($self, message=None, /)")]
fn base_check_readable(t: &Thread, this: Value, _message: Value) -> R {
    check_readable(t, this)
}

#[native("_checkWritable($self, message=None, /)")]
fn base_check_writable(t: &Thread, this: Value, _message: Value) -> R {
    check_writable(t, this)
}

fn exact_bytes(t: &Thread, value: Value, method: &str) -> R<Ref<Bytes>> {
    Bytes::of(t, value).ok_or_else(|| {
        let got = value.class(t).name();
        t.raise(t.classes().os_error, format_args!("{method}() should have returned a bytes object, not '{got}'"))
    })
}

/// How many bytes to read for the rest of a line, by what `peek` shows.
fn peeked(t: &Thread, this: Value, limit: Option<usize>) -> R<usize> {
    let ahead = call(t, this, "peek", &[Value::small(1)])?;
    if ahead.is_none() {
        return Ok(1);
    }
    let ahead = exact_bytes(t, ahead, "peek")?;
    let bytes = ahead.as_slice();
    let bytes = &bytes[..limit.map_or(bytes.len(), |limit| limit.min(bytes.len()))];
    Ok(bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |index| index + 1).max(1))
}

/// Read and return a line from the stream.
#[native("readline($self, size=-1, /)")]
fn base_readline(t: &Thread, this: Value, size: Option<Value>) -> R<Ref<Bytes>> {
    let limit = usize::try_from(size_argument(t, size)?).ok();
    let has_peek = protocols::get_attribute_optional(t, this, intern_text(t, "peek")?)?.is_some();
    let mut line = Vec::new();
    while limit.is_none_or(|limit| line.len() < limit) {
        let count = if has_peek { peeked(t, this, limit.map(|limit| limit - line.len()))? } else { 1 };
        let read = protocols::call_method(t, this, t.names().read, &[vm::objects::int_from_u64(t, count as u64)?])?;
        let read = exact_bytes(t, read, "read")?;
        if read.is_empty() {
            break;
        }
        line.extend_from_slice(read.as_slice());
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Bytes::new(t, &line)
}

/// Return a list of lines from the stream.
#[native("readlines($self, hint=-1, /)")]
fn base_readlines(t: &Thread, this: Value, hint: Option<Value>) -> R<Ref<List>> {
    let hint = size_argument(t, hint)?;
    let lines = List::new(t)?;
    let mut total = 0;
    protocols::for_each_until(t, this, |line| {
        lines.push(t, line)?;
        if hint <= 0 {
            return Ok(true);
        }
        total += protocols::length(t, line)? as i64;
        Ok(total <= hint)
    })?;
    Ok(lines)
}

/// Write a list of lines to stream.
#[native("writelines($self, lines, /)")]
fn base_writelines(t: &Thread, this: Value, lines: Value) -> R<()> {
    check_closed(t, this)?;
    protocols::for_each(t, lines, |line| protocols::call_method(t, this, t.names().write, &[line]).map(drop))
}

/// `_io._IOBase`.
pub static IO_BASE: NativeClass = NativeClass::new(ClassDef {
    name: "_IOBase",
    module: "_io",
    layout: Instance::layout,
    base: Some(|t| t.classes().object),
    flags: STREAM,
    doc: "The abstract base class for all I/O classes.\n\nThis class provides dummy implementations for many methods that\nderived classes can override selectively.",
    methods: &[
        MethodDef::Method(&BASE_SEEK),
        MethodDef::Method(&BASE_TELL),
        MethodDef::Method(&BASE_TRUNCATE),
        MethodDef::Method(&BASE_FLUSH),
        MethodDef::Method(&BASE_CLOSE),
        MethodDef::Method(&BASE_DEL),
        MethodDef::Method(&BASE_SEEKABLE),
        MethodDef::Method(&BASE_READABLE),
        MethodDef::Method(&BASE_WRITABLE),
        MethodDef::Method(&BASE_FILENO),
        MethodDef::Method(&BASE_ISATTY),
        MethodDef::Method(&BASE_ENTER),
        MethodDef::Method(&BASE_EXIT),
        MethodDef::Method(&BASE_ITER),
        MethodDef::Method(&BASE_NEXT),
        MethodDef::Method(&BASE_CHECK_CLOSED),
        MethodDef::Method(&BASE_CHECK_SEEKABLE),
        MethodDef::Method(&BASE_CHECK_READABLE),
        MethodDef::Method(&BASE_CHECK_WRITABLE),
        MethodDef::Method(&BASE_READLINE),
        MethodDef::Method(&BASE_READLINES),
        MethodDef::Method(&BASE_WRITELINES),
    ],
    getset: &[GetSet { name: "closed", get: base_closed, set: None, doc: "" }, DICT_GETSET],
});

#[native("read($self, size=-1, /)")]
fn raw_read(t: &Thread, this: Value, size: Option<Value>) -> R {
    let Ok(size) = usize::try_from(size_argument(t, size)?) else {
        return protocols::call_method(t, this, t.names().readall, &[]);
    };
    let buffer = ByteArray::new(t, &[])?;
    buffer.resize(t, size)?;
    let count = protocols::call_method(t, this, t.names().readinto, &[buffer.value()])?;
    if count.is_none() {
        return Ok(count);
    }
    let count = protocols::index_i64(t, count)?;
    if count < 0 || count as usize > size {
        return Err(t.value_error(format_args!("readinto returned {count} outside buffer size {size}")));
    }
    Ok(Bytes::new(t, &buffer.to_vec(t)[..count as usize])?.value())
}

/// Read until EOF, using multiple read() call.
#[native("readall($self, /)")]
fn raw_readall(t: &Thread, this: Value) -> R {
    let mut all = Vec::new();
    loop {
        let data = protocols::call_method(t, this, t.names().read, &[Value::small(super::DEFAULT_BUFFER_SIZE as i32)])?;
        if data.is_none() {
            return if all.is_empty() { Ok(data) } else { Ok(Bytes::new(t, &all)?.value()) };
        }
        let Some(data) = Bytes::of(t, data) else { return Err(t.type_error("read() should return bytes")) };
        if data.is_empty() {
            return Ok(Bytes::new(t, &all)?.value());
        }
        all.extend_from_slice(data.as_slice());
    }
}

#[native("readinto($self, buffer, /)")]
fn raw_readinto(t: &Thread, _this: Value, _buffer: Value) -> R {
    Err(unsupported(t, "readinto"))
}

#[native("write($self, b, /)")]
fn raw_write(t: &Thread, _this: Value, _data: Value) -> R {
    Err(unsupported(t, "write"))
}

/// `_io._RawIOBase`.
pub static RAW_IO_BASE: NativeClass = NativeClass::new(ClassDef {
    name: "_RawIOBase",
    module: "_io",
    layout: Instance::layout,
    base: Some(|t| IO_BASE.get(t)),
    flags: STREAM,
    doc: "Base class for raw binary I/O.",
    methods: &[
        MethodDef::Method(&RAW_READ),
        MethodDef::Method(&RAW_READALL),
        MethodDef::Method(&RAW_READINTO),
        MethodDef::Method(&RAW_WRITE),
    ],
    getset: &[],
});

/// Disconnect this buffer from its underlying raw stream and return it.
#[native("detach($self, /)")]
fn buffered_detach(t: &Thread, _this: Value) -> R {
    Err(unsupported(t, "detach"))
}

/// Read and return up to n bytes.
#[native("read($self, size=-1, /)")]
fn buffered_read(t: &Thread, _this: Value, _size: Value) -> R {
    Err(unsupported(t, "read"))
}

/// Read and return up to size bytes, with at most one read() call to the underlying raw stream.
#[native("read1($self, size=-1, /)")]
fn buffered_read1(t: &Thread, _this: Value, _size: Value) -> R {
    Err(unsupported(t, "read1"))
}

/// Write buffer b to the IO stream.
#[native("write($self, b, /)")]
fn buffered_write(t: &Thread, _this: Value, _data: Value) -> R {
    Err(unsupported(t, "write"))
}

fn read_into_by(t: &Thread, this: Value, buffer: Value, method: &str) -> R {
    let target = writable_argument(t, buffer, "readinto() argument")?;
    let length = vm::objects::int_from_u64(t, target.len() as u64)?;
    let data = call(t, this, method, &[length])?;
    let Some(data) = Bytes::of(t, data) else { return Err(t.type_error("read() should return bytes")) };
    if data.len() > target.len() {
        let (got, asked) = (data.len(), target.len());
        return Err(
            t.value_error(format_args!("read() returned too much data: {asked} bytes requested, {got} returned"))
        );
    }
    target.write(0, data.as_slice());
    target.release(t);
    vm::objects::int_from_u64(t, data.len() as u64)
}

/// The memory that an argument lends for writing.
pub fn writable_argument(t: &Thread, value: Value, place: &str) -> R<vm::protocols::buffer::WritableBuffer> {
    vm::protocols::buffer::WritableBuffer::of(t, value, place)
}

#[native("readinto($self, buffer, /)")]
fn buffered_readinto(t: &Thread, this: Value, buffer: Value) -> R {
    read_into_by(t, this, buffer, "read")
}

#[native("readinto1($self, buffer, /)")]
fn buffered_readinto1(t: &Thread, this: Value, buffer: Value) -> R {
    read_into_by(t, this, buffer, "read1")
}

/// `_io._BufferedIOBase`.
pub static BUFFERED_IO_BASE: NativeClass = NativeClass::new(ClassDef {
    name: "_BufferedIOBase",
    module: "_io",
    layout: Instance::layout,
    base: Some(|t| IO_BASE.get(t)),
    flags: STREAM,
    doc: "Base class for buffered IO objects.",
    methods: &[
        MethodDef::Method(&BUFFERED_DETACH),
        MethodDef::Method(&BUFFERED_READ),
        MethodDef::Method(&BUFFERED_READ1),
        MethodDef::Method(&BUFFERED_READINTO),
        MethodDef::Method(&BUFFERED_READINTO1),
        MethodDef::Method(&BUFFERED_WRITE),
    ],
    getset: &[],
});

/// Separate the underlying buffer from the TextIOBase and return it.
#[native("detach($self, /)")]
fn text_detach(t: &Thread, _this: Value) -> R {
    Err(unsupported(t, "detach"))
}

/// Read at most size characters from stream.
#[native("read($self, size=-1, /)")]
fn text_read(t: &Thread, _this: Value, _size: Value) -> R {
    Err(unsupported(t, "read"))
}

/// Read until newline or EOF.
#[native("readline($self, size=-1, /)")]
fn text_readline(t: &Thread, _this: Value, _size: Value) -> R {
    Err(unsupported(t, "readline"))
}

/// Write string s to stream.
#[native("write($self, s, /)")]
fn text_write(t: &Thread, _this: Value, _text: Value) -> R {
    Err(unsupported(t, "write"))
}

fn no_value(_: &Thread, _: Value) -> R {
    Ok(Value::NONE)
}

/// `_io._TextIOBase`.
pub static TEXT_IO_BASE: NativeClass = NativeClass::new(ClassDef {
    name: "_TextIOBase",
    module: "_io",
    layout: Instance::layout,
    base: Some(|t| IO_BASE.get(t)),
    flags: STREAM,
    doc: "Base class for text I/O.",
    methods: &[
        MethodDef::Method(&TEXT_DETACH),
        MethodDef::Method(&TEXT_READ),
        MethodDef::Method(&TEXT_READLINE),
        MethodDef::Method(&TEXT_WRITE),
    ],
    getset: &[
        GetSet {
            name: "encoding",
            get: no_value,
            set: None,
            doc: "Encoding of the text stream.\n\nSubclasses should override.\n",
        },
        GetSet {
            name: "newlines",
            get: no_value,
            set: None,
            doc: "Line endings translated so far.\n\nOnly line endings translated during reading are considered.\n\nSubclasses should override.\n",
        },
        GetSet {
            name: "errors",
            get: no_value,
            set: None,
            doc: "The error setting of the decoder or encoder.\n\nSubclasses should override.\n",
        },
    ],
});

/// "name" of a stream for its repr, if it has one.
pub fn name_for_repr(t: &Thread, this: Value) -> R<Option<String>> {
    let name = match protocols::get_attribute_optional(t, this, t.names().name) {
        Ok(name) => name,
        Err(raised) => {
            t.catch(raised, t.classes().value_error)?;
            None
        }
    };
    let Some(name) = name else { return Ok(None) };
    let class = this.class(t);
    match vm::containers::ReprGuard::enter(t, this)? {
        Some(_guard) => Ok(Some(protocols::repr(t, name)?.to_string_lossy())),
        None => Err(t.runtime_error(format_args!("reentrant call inside {}.__repr__", class.full_name(t)))),
    }
}
