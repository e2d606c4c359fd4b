//! `FileIO`: a descriptor as a raw stream.

#![allow(clippy::unnecessary_cast, reason = "the types of libc's fields differ between platforms")]

use sync::atomic::{AtomicBool, AtomicI8, AtomicI32, AtomicI64, Ordering};
use vm::native;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, int_of};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Raised, Ref, Slot, Str, Thread, Value};

use super::base::{RAW_IO_BASE, STREAM, call, close_base, name_for_repr, unsupported, writable_argument};
use super::text_argument;
use crate::system::{attempt, check, name_bytes, not_a_path, retry, terminated};

/// What a file's descriptor is and may do. -1 stands for "closed", and for "not known yet".
pub struct FileState {
    descriptor: AtomicI32,
    created: AtomicBool,
    readable: AtomicBool,
    writable: AtomicBool,
    appending: AtomicBool,
    seekable: AtomicI8,
    close_descriptor: AtomicBool,
    finalizing: AtomicBool,
    block_size: AtomicI64,
    /// Whether the file is known not to be a terminal.
    plain: AtomicBool,
    /// Another stream closes this one.
    pub wrapped: AtomicBool,
}

vm::heap_object! {
    /// A raw stream over a descriptor.
    pub struct FileIO {
        unused: Slot,
        state: Owned<FileState>,
    }
    trace { unused }
    kind Drop
    drop(drop_owner::<FileIO>)
}

impl Owner for FileIO {
    type Content = FileState;
    fn owned(&self) -> &Owned<FileState> {
        &self.state
    }
}

impl FileIO {
    /// The state.
    pub fn state(&self) -> &FileState {
        &self.state
    }

    /// The descriptor; ValueError if the file is closed.
    pub fn descriptor(&self, t: &Thread) -> R<i32> {
        match self.state.descriptor.load(Ordering::Acquire) {
            descriptor if descriptor < 0 => Err(t.value_error("I/O operation on closed file")),
            descriptor => Ok(descriptor),
        }
    }

    /// Whether the file is closed.
    pub fn is_closed(&self) -> bool {
        self.state.descriptor.load(Ordering::Acquire) < 0
    }

    fn check_readable(&self, t: &Thread) -> R<i32> {
        let descriptor = self.descriptor(t)?;
        if self.state.readable.load(Ordering::Relaxed) {
            Ok(descriptor)
        } else {
            Err(unsupported(t, "File not open for reading"))
        }
    }

    fn check_writable(&self, t: &Thread) -> R<i32> {
        let descriptor = self.descriptor(t)?;
        if self.state.writable.load(Ordering::Relaxed) {
            Ok(descriptor)
        } else {
            Err(unsupported(t, "File not open for writing"))
        }
    }

    /// Reads at most `room` bytes to the end of `target`; nothing if the call would block.
    pub fn read_to(&self, t: &Thread, target: &mut Vec<u8>, room: usize) -> R<Option<usize>> {
        let descriptor = self.check_readable(t)?;
        would_block(t, attempt(t, || host::file::read_to(descriptor, target, room))?)
    }

    /// Writes; nothing if the call would block.
    pub fn write_from(&self, t: &Thread, data: &[u8]) -> R<Option<usize>> {
        let descriptor = self.check_writable(t)?;
        would_block(t, attempt(t, || host::file::write(descriptor, data))?)
    }

    /// Whether the stream may be read.
    pub fn is_readable(&self) -> bool {
        self.state.readable.load(Ordering::Relaxed)
    }

    /// Whether the stream may be written.
    pub fn is_writable(&self) -> bool {
        self.state.writable.load(Ordering::Relaxed)
    }
}

fn would_block(t: &Thread, outcome: Result<usize, i32>) -> R<Option<usize>> {
    match outcome {
        Ok(count) => Ok(Some(count)),
        Err(libc::EAGAIN) => Ok(None),
        Err(number) => Err(t.os_error(number, None)),
    }
}

#[native("__new__", raw)]
fn file_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = vm::builtins::construct::class_argument(t, args, FILE_IO.get(t))?;
    let state = FileState {
        descriptor: AtomicI32::new(-1),
        created: AtomicBool::new(false),
        readable: AtomicBool::new(false),
        writable: AtomicBool::new(false),
        appending: AtomicBool::new(false),
        seekable: AtomicI8::new(-1),
        close_descriptor: AtomicBool::new(true),
        finalizing: AtomicBool::new(false),
        block_size: AtomicI64::new(super::DEFAULT_BUFFER_SIZE as i64),
        plain: AtomicBool::new(false),
        wrapped: AtomicBool::new(false),
    };
    Ok(new_owner::<FileIO>(t, class, state, None)?.value())
}

/// What a mode of `FileIO` asks for.
#[derive(Default)]
struct Mode {
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
}

fn parse_mode(t: &Thread, mode: &str) -> R<Mode> {
    let (mut parsed, mut kinds, mut plus) = (Mode::default(), 0, false);
    let bad = || t.value_error("Must have exactly one of create/read/write/append mode and at most one plus");
    for c in mode.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' => {
                kinds += 1;
                parsed.created |= c == 'x';
                parsed.appending |= c == 'a';
                parsed.readable |= c == 'r';
                parsed.writable |= c != 'r';
            }
            'b' => {}
            '+' if plus => return Err(bad()),
            '+' => plus = true,
            _ => return Err(t.value_error(format_args!("invalid mode: {mode}"))),
        }
    }
    if kinds != 1 {
        return Err(bad());
    }
    parsed.readable |= plus;
    parsed.writable |= plus;
    Ok(parsed)
}

fn open_flags(mode: &Mode, text: &str) -> i32 {
    let access = match (mode.readable, mode.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    let create = match text.chars().find(|c| "xwa".contains(*c)) {
        Some('x') => libc::O_EXCL | libc::O_CREAT,
        Some('w') => libc::O_CREAT | libc::O_TRUNC,
        Some('a') => libc::O_APPEND | libc::O_CREAT,
        _ => 0,
    };
    access | create | libc::O_CLOEXEC
}

/// A descriptor given as an int; nothing if the value is none.
pub fn descriptor_argument(t: &Thread, file: Value) -> R<Option<i32>> {
    if file.is(Value::TRUE) || file.is(Value::FALSE) {
        protocols::warn(t, t.classes().runtime_warning, "bool is used as a file descriptor")?;
    }
    let Some(number) = int_of(file) else { return Ok(None) };
    match number.to_i64().and_then(|number| i32::try_from(number).ok()) {
        Some(number) if number < 0 => Err(t.value_error("negative file descriptor")),
        Some(number) => Ok(Some(number)),
        None => Err(t.overflow_error("Python int too large to convert to C int")),
    }
}

fn open_named(t: &Thread, file: Value, flags: i32, opener: Option<Value>) -> R<i32> {
    let Some(opener) = opener else {
        let Some(bytes) = name_bytes(t, file)? else { return Err(not_a_path(t, file)) };
        let path = terminated(t, bytes, "embedded null byte")?;
        let opened = attempt(t, || host::file::open(&path, flags, 0o666))?;
        return opened.map_err(|number| t.os_error(number, Some(file)));
    };
    let opened = protocols::call(t, opener, &[file, Value::small(flags)])?;
    let Some(number) = int_of(opened) else { return Err(t.type_error("expected integer from opener")) };
    let Some(descriptor) = number.to_i64().and_then(|number| i32::try_from(number).ok()) else {
        return Err(t.overflow_error("Python int too large to convert to C int"));
    };
    if descriptor < 0 {
        return Err(t.value_error(format_args!("opener returned {descriptor}")));
    }
    check(t, host::file::set_inheritable(descriptor, false))?;
    Ok(descriptor)
}

#[native("__init__($self, /, file, mode='r', closefd=True, opener=None)")]
fn file_init(
    t: &Thread,
    this: Ref<FileIO>,
    file: Value,
    mode: Option<Value>,
    close: bool,
    opener: Option<Value>,
) -> R<()> {
    let mode = text_argument(t, "FileIO", "mode", mode, "r")?;
    open_file(t, this, file, &mode, close, opener.filter(|opener| !opener.is_none()))
}

/// `FileIO.__init__`.
pub fn open_file(t: &Thread, this: Ref<FileIO>, file: Value, text: &str, close: bool, opener: Option<Value>) -> R<()> {
    let state = this.target().state();
    let old = state.descriptor.swap(-1, Ordering::AcqRel);
    if old >= 0 && state.close_descriptor.load(Ordering::Relaxed) {
        t.blocking(|| host::file::close(old)).map_err(|number| t.os_error(number, None))?;
    }
    let given = descriptor_argument(t, file)?;
    let mode = parse_mode(t, text)?;
    state.created.store(mode.created, Ordering::Relaxed);
    state.readable.store(mode.readable, Ordering::Relaxed);
    state.writable.store(mode.writable, Ordering::Relaxed);
    state.appending.store(mode.appending, Ordering::Relaxed);
    state.seekable.store(-1, Ordering::Relaxed);
    state.close_descriptor.store(close, Ordering::Relaxed);
    state.plain.store(false, Ordering::Relaxed);
    let descriptor = match given {
        Some(descriptor) => descriptor,
        None if !close => return Err(t.value_error("Cannot use closefd=False with file name")),
        None => open_named(t, file, open_flags(&mode, text), opener)?,
    };
    let finished = finish_open(t, this, file, descriptor, mode.appending);
    if finished.is_err() {
        state.descriptor.store(-1, Ordering::Release);
        if given.is_none() {
            // The error that is on its way says more than one of closing would.
            let _ = host::file::close(descriptor);
        }
    }
    finished
}

fn finish_open(t: &Thread, this: Ref<FileIO>, file: Value, descriptor: i32, appending: bool) -> R<()> {
    let state = this.target().state();
    match host::file::stat(descriptor) {
        Ok(status) if status.st_mode & libc::S_IFMT == libc::S_IFDIR => {
            return Err(t.os_error(libc::EISDIR, Some(file)));
        }
        Ok(status) => {
            if status.st_blksize > 1 {
                state.block_size.store(status.st_blksize, Ordering::Relaxed);
            }
            state.plain.store(status.st_mode & libc::S_IFMT != libc::S_IFCHR, Ordering::Relaxed);
        }
        Err(libc::EBADF) => return Err(t.os_error(libc::EBADF, None)),
        Err(_) => {}
    }
    state.descriptor.store(descriptor, Ordering::Release);
    protocols::set_attribute(t, this.value(), t.names().name, file)?;
    if appending {
        // A pipe opened for appending has no end to go to.
        let _ = host::file::seek(descriptor, 0, libc::SEEK_END);
    }
    Ok(())
}

/// Close the file.
#[native("close($self, /)")]
fn file_close(t: &Thread, this: Ref<FileIO>) -> R<()> {
    let state = this.target().state();
    if !state.close_descriptor.load(Ordering::Relaxed) {
        state.descriptor.store(-1, Ordering::Release);
        return close_base(t, this.value());
    }
    let based = close_base(t, this.value()).map_err(|raised| t.take(raised));
    let descriptor = state.descriptor.swap(-1, Ordering::AcqRel);
    let closed = if descriptor < 0 { Ok(()) } else { t.blocking(|| host::file::close(descriptor)) };
    match (based, closed) {
        (Err(error), _) => Err(t.reraise(error)),
        (Ok(()), Err(number)) if number != libc::EINTR => Err(t.os_error(number, None)),
        _ => Ok(()),
    }
}

/// True if file supports random-access.
#[native("seekable($self, /)")]
fn file_seekable(t: &Thread, this: Ref<FileIO>) -> R<bool> {
    let descriptor = this.descriptor(t)?;
    let state = this.target().state();
    if state.seekable.load(Ordering::Relaxed) < 0 {
        let seekable = host::file::seek(descriptor, 0, libc::SEEK_CUR).is_ok();
        state.seekable.store(i8::from(seekable), Ordering::Relaxed);
    }
    Ok(state.seekable.load(Ordering::Relaxed) == 1)
}

/// True if file was opened in a read mode.
#[native("readable($self, /)")]
fn file_readable(t: &Thread, this: Ref<FileIO>) -> R<bool> {
    this.descriptor(t)?;
    Ok(this.is_readable())
}

/// True if file was opened in a write mode.
#[native("writable($self, /)")]
fn file_writable(t: &Thread, this: Ref<FileIO>) -> R<bool> {
    this.descriptor(t)?;
    Ok(this.is_writable())
}

/// Return the underlying file descriptor (an integer).
#[native("fileno($self, /)")]
fn file_fileno(t: &Thread, this: Ref<FileIO>) -> R<i32> {
    this.descriptor(t)
}

/// True if the file is connected to a TTY device.
#[native("isatty($self, /)")]
fn file_isatty(t: &Thread, this: Ref<FileIO>) -> R<bool> {
    let descriptor = this.descriptor(t)?;
    Ok(t.blocking(|| host::file::is_terminal(descriptor)))
}

/// As isatty(), by what was known when the file was opened.
#[native("_isatty_open_only($self, /)")]
fn file_isatty_open_only(t: &Thread, this: Ref<FileIO>) -> R<bool> {
    let descriptor = this.descriptor(t)?;
    Ok(!this.target().state().plain.load(Ordering::Relaxed) && host::file::is_terminal(descriptor))
}

/// Read at most size bytes, returned as bytes.
#[native("read($self, size=-1, /)")]
fn file_read(t: &Thread, this: Ref<FileIO>, size: Option<Value>) -> R {
    this.check_readable(t)?;
    let Ok(size) = usize::try_from(super::base::size_argument(t, size)?) else { return read_all(t, this) };
    let mut data = Vec::new();
    match this.read_to(t, &mut data, size)? {
        Some(_) => Ok(Bytes::new(t, &data)?.value()),
        None => Ok(Value::NONE),
    }
}

/// Read all data from the file, returned as bytes.
#[native("readall($self, /)")]
fn file_readall(t: &Thread, this: Ref<FileIO>) -> R {
    this.check_readable(t)?;
    read_all(t, this)
}

/// How many bytes a regular file still has, or nothing.
fn rest_of_file(descriptor: i32) -> Option<usize> {
    let end = host::file::stat(descriptor).ok().filter(|status| status.st_size > 0)?.st_size;
    let position = host::file::seek(descriptor, 0, libc::SEEK_CUR).ok()?;
    usize::try_from(end - position).ok()
}

/// Reads up to the end; None if nothing is there yet.
pub fn read_all(t: &Thread, this: Ref<FileIO>) -> R {
    let descriptor = this.check_readable(t)?;
    let mut data = Vec::new();
    let mut room = rest_of_file(descriptor).map_or(super::DEFAULT_BUFFER_SIZE, |rest| rest.saturating_add(1));
    loop {
        match this.read_to(t, &mut data, room)? {
            None if data.is_empty() => return Ok(Value::NONE),
            None | Some(0) => return Ok(Bytes::new(t, &data)?.value()),
            Some(count) if count < room => room -= count,
            Some(_) => room = data.len().max(super::DEFAULT_BUFFER_SIZE),
        }
    }
}

/// Same as RawIOBase.readinto().
#[native("readinto($self, buffer, /)")]
fn file_readinto(t: &Thread, this: Ref<FileIO>, buffer: Value) -> R {
    this.check_readable(t)?;
    let target = writable_argument(t, buffer, "readinto() argument")?;
    let mut data = Vec::new();
    let count = this.read_to(t, &mut data, target.len())?;
    target.write(0, &data);
    target.release(t);
    count.map_or(Ok(Value::NONE), |count| vm::objects::int_from_u64(t, count as u64))
}

/// Write buffer b to file, return number of bytes written.
#[native("write($self, b, /)")]
fn file_write(t: &Thread, this: Ref<FileIO>, data: Value) -> R {
    this.check_writable(t)?;
    let data = Buffer::of(t, data)?;
    let count = this.write_from(t, data.as_slice())?;
    count.map_or(Ok(Value::NONE), |count| vm::objects::int_from_u64(t, count as u64))
}

/// A position argument.
pub fn offset_argument(t: &Thread, offset: Value) -> R<i64> {
    protocols::index_number(t, offset)?
        .to_i64()
        .ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

/// Moves a file's position.
pub fn seek_file(t: &Thread, this: Ref<FileIO>, offset: i64, whence: i32) -> R<i64> {
    let descriptor = this.descriptor(t)?;
    let result = t.blocking(|| host::file::seek(descriptor, offset, whence));
    let state = this.target().state();
    if state.seekable.load(Ordering::Relaxed) < 0 {
        state.seekable.store(i8::from(result.is_ok()), Ordering::Relaxed);
    }
    check(t, result)
}

/// Move to new file position and return the file position.
#[native("seek($self, offset, whence=0, /)")]
fn file_seek(t: &Thread, this: Ref<FileIO>, offset: Value, whence: i32) -> R<i64> {
    this.descriptor(t)?;
    seek_file(t, this, offset_argument(t, offset)?, whence)
}

/// Current file position.
#[native("tell($self, /)")]
fn file_tell(t: &Thread, this: Ref<FileIO>) -> R<i64> {
    seek_file(t, this, 0, libc::SEEK_CUR)
}

/// Truncate the file to at most size bytes and return the truncated size.
#[native("truncate($self, size=None, /)")]
fn file_truncate(t: &Thread, this: Ref<FileIO>, size: Value) -> R {
    let descriptor = this.check_writable(t)?;
    let size =
        if size.is_none() { vm::objects::int_from_i64(t, seek_file(t, this, 0, libc::SEEK_CUR)?)? } else { size };
    let length = offset_argument(t, size)?;
    retry(t, || host::file::truncate(descriptor, length))?;
    Ok(size)
}

fn mode_text(state: &FileState) -> &'static str {
    let flag = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
    match (flag(&state.created), flag(&state.appending), flag(&state.readable), flag(&state.writable)) {
        (true, _, true, _) => "xb+",
        (true, ..) => "xb",
        (_, true, true, _) => "ab+",
        (_, true, ..) => "ab",
        (_, _, true, true) => "rb+",
        (_, _, true, false) => "rb",
        _ => "wb",
    }
}

#[native("__repr__($self, /)")]
fn file_repr(t: &Thread, this: Ref<FileIO>) -> R<String> {
    let state = this.target().state();
    let class = this.value().class(t).full_name(t);
    let descriptor = state.descriptor.load(Ordering::Acquire);
    if descriptor < 0 {
        return Ok(format!("<{class} [closed]>"));
    }
    let close = if state.close_descriptor.load(Ordering::Relaxed) { "True" } else { "False" };
    let mode = mode_text(state);
    Ok(match name_for_repr(t, this.value())? {
        Some(name) => format!("<{class} name={name} mode='{mode}' closefd={close}>"),
        None => format!("<{class} fd={descriptor} mode='{mode}' closefd={close}>"),
    })
}

#[native("_dealloc_warn($self, source, /)")]
fn file_dealloc_warn(t: &Thread, this: Ref<FileIO>, source: Value) -> R<()> {
    if this.is_closed() || !this.target().state().close_descriptor.load(Ordering::Relaxed) {
        return Ok(());
    }
    let shown = protocols::repr(t, source)?.to_string_lossy();
    protocols::warn(t, t.classes().resource_warning, &format!("unclosed file {shown}"))
}

/// The error of pickling a stream.
pub fn cannot_pickle(t: &Thread, this: Value) -> Raised {
    t.type_error(format_args!("cannot pickle '{}' instances", this.class(t).full_name(t)))
}

#[native("__getstate__($self, /)")]
pub fn stream_getstate(t: &Thread, this: Value) -> R {
    Err(cannot_pickle(t, this))
}

fn of(t: &Thread, value: Value) -> R<Ref<FileIO>> {
    value.downcast().ok_or_else(|| t.type_error("a FileIO is expected"))
}

fn get_closed(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.is_closed()))
}

fn get_closefd(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.target().state().close_descriptor.load(Ordering::Relaxed)))
}

fn get_mode(t: &Thread, this: Value) -> R {
    Ok(Str::new(t, mode_text(of(t, this)?.target().state()))?.value())
}

fn get_block_size(t: &Thread, this: Value) -> R {
    vm::objects::int_from_i64(t, of(t, this)?.target().state().block_size.load(Ordering::Relaxed))
}

fn set_block_size(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let size = protocols::index_i64(t, value.unwrap_or(Value::NONE))?;
    of(t, this)?.target().state().block_size.store(size, Ordering::Relaxed);
    Ok(())
}

fn get_finalizing(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.target().state().finalizing.load(Ordering::Relaxed)))
}

fn set_finalizing(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let truth = protocols::is_true(t, value.unwrap_or(Value::NONE))?;
    of(t, this)?.target().state().finalizing.store(truth, Ordering::Relaxed);
    Ok(())
}

/// `_io.FileIO`.
pub static FILE_IO: NativeClass = NativeClass::new(ClassDef {
    name: "FileIO",
    module: "_io",
    layout: FileIO::layout,
    base: Some(|t| RAW_IO_BASE.get(t)),
    flags: STREAM,
    doc: "Open a file.\n\nThe mode can be 'r' (default), 'w', 'x' or 'a' for reading, writing,\nexclusive creation or appending.",
    methods: &[
        MethodDef::New(&FILE_NEW),
        MethodDef::Method(&FILE_INIT),
        MethodDef::Method(&FILE_REPR),
        MethodDef::Method(&FILE_CLOSE),
        MethodDef::Method(&FILE_SEEKABLE),
        MethodDef::Method(&FILE_READABLE),
        MethodDef::Method(&FILE_WRITABLE),
        MethodDef::Method(&FILE_FILENO),
        MethodDef::Method(&FILE_ISATTY),
        MethodDef::Method(&FILE_ISATTY_OPEN_ONLY),
        MethodDef::Method(&FILE_READ),
        MethodDef::Method(&FILE_READALL),
        MethodDef::Method(&FILE_READINTO),
        MethodDef::Method(&FILE_WRITE),
        MethodDef::Method(&FILE_SEEK),
        MethodDef::Method(&FILE_TELL),
        MethodDef::Method(&FILE_TRUNCATE),
        MethodDef::Method(&FILE_DEALLOC_WARN),
        MethodDef::Method(&STREAM_GETSTATE),
    ],
    getset: &[
        GetSet { name: "closed", get: get_closed, set: None, doc: "True if the file is closed" },
        GetSet {
            name: "closefd",
            get: get_closefd,
            set: None,
            doc: "True if the file descriptor will be closed by close().",
        },
        GetSet { name: "mode", get: get_mode, set: None, doc: "String giving the file mode" },
        GetSet { name: "_blksize", get: get_block_size, set: Some(set_block_size), doc: "" },
        GetSet { name: "_finalizing", get: get_finalizing, set: Some(set_finalizing), doc: "" },
    ],
});

/// A new file, opened.
pub fn new_file(t: &Thread, file: Value, mode: &str, close: bool, opener: Option<Value>) -> R<Ref<FileIO>> {
    let class = FILE_IO.get(t).value();
    let made = file_new(t, Args::positional_only(&[class]))?;
    let made = of(t, made)?;
    open_file(t, made, file, mode, close, opener)?;
    Ok(made)
}

/// Closes a stream that an error has left half made; its own error is dropped for the one on its way.
pub fn close_after_error(t: &Thread, stream: Value, raised: Raised) -> Raised {
    let error = t.take(raised);
    if let Err(second) = call(t, stream, "close", &[]) {
        t.take(second);
    }
    t.reraise(error)
}

/// `name` of a stream, without an error if it has none.
pub fn block_size(file: Ref<FileIO>) -> i64 {
    file.target().state().block_size.load(Ordering::Relaxed)
}

/// Whether the file may be a terminal.
pub fn is_terminal(t: &Thread, file: Ref<FileIO>) -> R<bool> {
    file_isatty_open_only(t, file)
}
