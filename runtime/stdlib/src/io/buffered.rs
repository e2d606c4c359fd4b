//! `BufferedReader`, `BufferedWriter` and `BufferedRandom`: one layout, a window of bytes read ahead and bytes not written yet.
//!
//! At most one of the two is not empty: writing gives up what was read ahead (the raw stream is moved back), reading
//! writes first. All work is done under the stream's lock. A raw stream that is exactly a `FileIO` is used without method calls.

use sync::atomic::AtomicBool;
use vm::containers::intern_text;
use vm::native;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::memoryview::MemoryView;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{BaseException, ByteArray, Bytes};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Raised, Ref, Slot, SlotExt, Str, Thread, Value};

use super::base::{
    BUFFERED_IO_BASE, STREAM, call, check_readable, check_seekable, check_writable, name_for_repr, set_wrapped,
    size_argument, unsupported, writable_argument,
};
use super::file_io::{FILE_IO, FileIO, STREAM_GETSTATE, offset_argument, read_all as read_all_of_file, seek_file};
use super::lock::{Guarded, Hold};

/// Whether the stream can be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Uninitialized,
    Ready,
    Detached,
}

/// What a buffered stream works on under its lock.
pub struct BufferState {
    status: Status,
    readable: bool,
    writable: bool,
    size: usize,
    /// Bytes read ahead, from `at` on.
    ahead: Vec<u8>,
    at: usize,
    /// Bytes not written yet.
    pending: Vec<u8>,
    /// Where the raw stream stands, if that is known.
    raw_position: Option<i64>,
    finalizing: bool,
}

impl BufferState {
    fn unread(&self) -> &[u8] {
        &self.ahead[self.at..]
    }

    fn forget_ahead(&mut self) {
        self.ahead.clear();
        self.at = 0;
    }

    fn moved(&mut self, count: usize) {
        self.raw_position = self.raw_position.map(|position| position + count as i64);
    }
}

/// The Rust side of a buffered stream.
pub struct BufferContent {
    guarded: Guarded<BufferState>,
    /// A text stream closes this one.
    pub wrapped: AtomicBool,
}

vm::heap_object! {
    /// A buffered stream.
    pub struct Buffered {
        /// The raw stream.
        raw: Slot,
        content: Owned<BufferContent>,
    }
    trace { raw }
    kind Drop
    drop(drop_owner::<Buffered>)
}

impl Owner for Buffered {
    type Content = BufferContent;
    fn owned(&self) -> &Owned<BufferContent> {
        &self.content
    }
}

type Held<'a> = Hold<'a, BufferState>;
type Stream = Ref<Buffered>;

impl Buffered {
    /// The Rust side.
    pub fn content(&self) -> &BufferContent {
        &self.content
    }
}

fn hold<'a>(t: &Thread, this: Stream) -> R<Held<'a>> {
    this.target().content().guarded.hold(t, this.value())
}

/// The raw stream; ValueError where there is none.
fn raw_of(t: &Thread, this: Stream, state: &BufferState) -> R {
    match (state.status, this.raw.get()) {
        (Status::Ready, Some(raw)) => Ok(raw),
        (Status::Detached, _) => Err(t.value_error("raw stream has been detached")),
        _ => Err(t.value_error("I/O operation on uninitialized object")),
    }
}

/// The raw stream, without the lock.
fn raw_stream(t: &Thread, this: Stream) -> R {
    match this.target().content().guarded.try_hold(t) {
        Some(state) => raw_of(t, this, &state),
        None => this.raw.get().ok_or_else(|| t.value_error("raw stream has been detached")),
    }
}

/// The raw stream if it is exactly a `FileIO`.
fn plain_file(t: &Thread, raw: Value) -> Option<Ref<FileIO>> {
    if raw.class(t) == FILE_IO.get(t) { raw.downcast() } else { None }
}

fn raw_closed(t: &Thread, raw: Value) -> R<bool> {
    match plain_file(t, raw) {
        Some(file) => Ok(file.is_closed()),
        None => super::base::is_closed(t, raw),
    }
}

fn check_open(t: &Thread, this: Stream, state: &BufferState, operation: &str) -> R {
    let raw = raw_of(t, this, state)?;
    if raw_closed(t, raw)? { Err(t.value_error(format_args!("{operation} closed file"))) } else { Ok(raw) }
}

fn new_buffered(t: &Thread, args: Args<'_>, class: &'static NativeClass) -> R {
    let (class, _) = vm::builtins::construct::class_argument(t, args, class.get(t))?;
    let state = BufferState {
        status: Status::Uninitialized,
        readable: false,
        writable: false,
        size: 0,
        ahead: Vec::new(),
        at: 0,
        pending: Vec::new(),
        raw_position: None,
        finalizing: false,
    };
    let content = BufferContent { guarded: Guarded::new(state), wrapped: AtomicBool::new(false) };
    Ok(new_owner::<Buffered>(t, class, content, None)?.value())
}

/// Makes the stream work on `raw`.
pub fn initialize(t: &Thread, this: Stream, raw: Value, size: i64, readable: bool, writable: bool) -> R<()> {
    let mut state = hold(t, this)?;
    state.status = Status::Uninitialized;
    if let Some(file) = plain_file(t, raw) {
        file.descriptor(t)?;
        if readable && !file.is_readable() {
            return Err(unsupported(t, "File or stream is not readable."));
        }
        if writable && !file.is_writable() {
            return Err(unsupported(t, "File or stream is not writable."));
        }
        if readable && writable {
            check_seekable(t, raw)?;
        }
    } else {
        if readable && writable {
            check_seekable(t, raw)?;
        }
        if readable {
            check_readable(t, raw)?;
        }
        if writable {
            check_writable(t, raw)?;
        }
    }
    if size <= 0 {
        return Err(t.value_error("buffer size must be strictly positive"));
    }
    this.raw.put(this.header(), t, raw);
    state.forget_ahead();
    state.pending.clear();
    state.raw_position = None;
    state.size = size as usize;
    state.readable = readable;
    state.writable = writable;
    state.status = Status::Ready;
    set_wrapped(raw, true);
    Ok(())
}

// --- the raw stream ---

fn raw_length_error(t: &Thread, method: &str, count: i64, limit: usize) -> Raised {
    t.raise(
        t.classes().os_error,
        format_args!("raw {method}() returned invalid length {count} (should have been between 0 and {limit})"),
    )
}

/// Reads at most `room` bytes from the raw stream to the end of `target`; nothing if that would block.
fn raw_read(t: &Thread, raw: Value, target: &mut Vec<u8>, room: usize, position: &mut Option<i64>) -> R<Option<usize>> {
    let count = match plain_file(t, raw) {
        Some(file) => file.read_to(t, target, room)?,
        None => raw_read_slow(t, raw, target, room)?,
    };
    if let (Some(position), Some(count)) = (position.as_mut(), count) {
        *position += count as i64;
    }
    Ok(count)
}

fn raw_read_slow(t: &Thread, raw: Value, target: &mut Vec<u8>, room: usize) -> R<Option<usize>> {
    let array = ByteArray::new(t, &[])?;
    array.resize(t, room)?;
    let view = MemoryView::of_bytearray(t, array)?;
    let result = protocols::call_method(t, raw, t.names().readinto, &[view.value()])?;
    if result.is_none() {
        return Ok(None);
    }
    let count = match protocols::index_i64(t, result) {
        Ok(count) => count,
        Err(raised) => {
            let cause = t.catch(raised, t.classes().type_error)?;
            let raised = t.raise(t.classes().os_error, "raw readinto() failed");
            let error = t.take(raised);
            vm::exceptions::set_cause(t, error, Some(cause));
            return Err(t.reraise(error));
        }
    };
    if count < 0 || count as usize > room {
        return Err(raw_length_error(t, "readinto", count, room));
    }
    target.extend_from_slice(&array.to_vec(t)[..count as usize]);
    Ok(Some(count as usize))
}

/// Writes to the raw stream; nothing if that would block.
fn raw_write(t: &Thread, raw: Value, data: &[u8]) -> R<Option<usize>> {
    if let Some(file) = plain_file(t, raw) {
        return file.write_from(t, data);
    }
    let bytes = Bytes::new(t, data)?;
    let memory = vm::objects::memoryview::Memory::Bytes(bytes);
    let view = MemoryView::of_bytes(t, bytes.value(), memory, data.len(), true)?;
    let result = protocols::call_method(t, raw, t.names().write, &[view.value()])?;
    if result.is_none() {
        return Ok(None);
    }
    let count = protocols::index_i64(t, result)?;
    if count < 0 || count as usize > data.len() {
        return Err(raw_length_error(t, "write", count, data.len()));
    }
    Ok(Some(count as usize))
}

fn checked_position(t: &Thread, position: i64) -> R<i64> {
    if position < 0 {
        return Err(t.raise(t.classes().os_error, format_args!("Raw stream returned invalid position {position}")));
    }
    Ok(position)
}

fn raw_seek(t: &Thread, raw: Value, state: &mut BufferState, target: i64, whence: i32) -> R<i64> {
    state.raw_position = None;
    let position = match plain_file(t, raw) {
        Some(file) => seek_file(t, file, target, whence)?,
        None => {
            let arguments = [vm::objects::int_from_i64(t, target)?, Value::small(whence)];
            let result = protocols::call_method(t, raw, t.names().seek, &arguments)?;
            checked_position(t, offset_argument(t, result)?)?
        }
    };
    state.raw_position = Some(position);
    Ok(position)
}

fn raw_tell(t: &Thread, raw: Value, state: &mut BufferState) -> R<i64> {
    let position = match plain_file(t, raw) {
        Some(file) => seek_file(t, file, 0, libc::SEEK_CUR)?,
        None => {
            let result = protocols::call_method(t, raw, t.names().tell, &[])?;
            checked_position(t, offset_argument(t, result)?)?
        }
    };
    state.raw_position = Some(position);
    Ok(position)
}

// --- writing ---

fn blocking_error(t: &Thread, message: &str, written: usize) -> Raised {
    let message = match Str::new(t, message) {
        Ok(message) => message,
        Err(raised) => return raised,
    };
    let arguments = [Value::small(libc::EAGAIN), message.value(), Value::small(written as i32)];
    t.raise_with(t.classes().blocking_io_error, &arguments)
}

/// Writes what is pending.
fn flush_pending(t: &Thread, raw: Value, state: &mut BufferState) -> R<()> {
    let mut done = 0;
    let result = loop {
        if done == state.pending.len() {
            break Ok(());
        }
        match raw_write(t, raw, &state.pending[done..]) {
            Ok(Some(count)) => {
                done += count;
                state.moved(count);
                if let Err(raised) = t.poll() {
                    break Err(raised);
                }
            }
            Ok(None) => break Err(blocking_error(t, "write could not complete without blocking", 0)),
            Err(raised) => break Err(raised),
        }
    };
    state.pending.drain(..done);
    result
}

/// Gives up what was read ahead: the raw stream goes back to where the program thinks that it is.
fn rewind(t: &Thread, raw: Value, state: &mut BufferState) -> R<()> {
    let unread = state.unread().len();
    if unread > 0 {
        raw_seek(t, raw, state, -(unread as i64), libc::SEEK_CUR)?;
    }
    state.forget_ahead();
    Ok(())
}

/// Writes bytes; gives how many were taken, which is all of them.
pub fn write_bytes(t: &Thread, this: Stream, data: &[u8]) -> R<usize> {
    let mut state = hold(t, this)?;
    let state = &mut *state;
    let raw = check_open(t, this, state, "write to")?;
    if !state.ahead.is_empty() {
        rewind(t, raw, state)?;
    }
    if state.pending.len() + data.len() <= state.size {
        if state.pending.capacity() == 0 {
            state.pending.reserve(data.len().max(state.size.min(8192)));
        }
        state.pending.extend_from_slice(data);
        return Ok(data.len());
    }
    write_much(t, raw, state, data)
}

fn write_much(t: &Thread, raw: Value, state: &mut BufferState, data: &[u8]) -> R<usize> {
    if let Err(raised) = flush_pending(t, raw, state) {
        let error = t.catch(raised, t.classes().blocking_io_error)?;
        // What fits behind the bytes that could not be written is taken nevertheless.
        let taken = data.len().min(state.size.saturating_sub(state.pending.len()));
        state.pending.extend_from_slice(&data[..taken]);
        if taken == data.len() {
            return Ok(taken);
        }
        return Err(reraise_with_count(t, error, taken));
    }
    let mut done = 0;
    while data.len() - done > state.size {
        match raw_write(t, raw, &data[done..])? {
            Some(count) => {
                done += count;
                state.moved(count);
            }
            None => {
                let taken = state.size.min(data.len() - done);
                state.pending.extend_from_slice(&data[done..done + taken]);
                return Err(blocking_error(t, "write could not complete without blocking", done + taken));
            }
        }
        t.poll()?;
    }
    state.pending.extend_from_slice(&data[done..]);
    Ok(data.len())
}

fn reraise_with_count(t: &Thread, error: Value, written: usize) -> Raised {
    if let Some(exception) = error.downcast::<BaseException>()
        && let Err(raised) = vm::exceptions::fields::set(t, exception, 4, Some(Value::small(written as i32)))
    {
        return raised;
    }
    t.reraise(error)
}

/// Write buffer b to the IO stream.
#[native("write($self, buffer, /)")]
fn stream_write(t: &Thread, this: Stream, data: Value) -> R<usize> {
    let data = Buffer::of(t, data)?;
    write_bytes(t, this, data.as_slice())
}

fn flush_state(t: &Thread, raw: Value, state: &mut BufferState) -> R<()> {
    flush_pending(t, raw, state)?;
    if state.readable { rewind(t, raw, state) } else { Ok(()) }
}

/// Flushes a writer or a random-access stream.
pub fn flush_stream(t: &Thread, this: Stream) -> R<()> {
    let mut state = hold(t, this)?;
    let raw = check_open(t, this, &state, "flush of")?;
    flush_state(t, raw, &mut state)
}

/// Flush write buffers.
#[native("flush($self, /)")]
fn stream_flush(t: &Thread, this: Stream) -> R<()> {
    flush_stream(t, this)
}

/// Flush the raw stream.
#[native("flush($self, /)")]
fn reader_flush(t: &Thread, this: Stream) -> R {
    let raw = raw_stream(t, this)?;
    protocols::call_method(t, raw, t.names().flush, &[])
}

// --- reading ---

/// Before reading: what is pending is written.
fn before_reading(t: &Thread, raw: Value, state: &mut BufferState) -> R<()> {
    if state.pending.is_empty() { Ok(()) } else { flush_pending(t, raw, state) }
}

/// Fills the window, which is empty; nothing if that would block.
fn fill(t: &Thread, raw: Value, state: &mut BufferState) -> R<Option<usize>> {
    state.forget_ahead();
    let mut ahead = std::mem::take(&mut state.ahead);
    let result = raw_read(t, raw, &mut ahead, state.size, &mut state.raw_position);
    state.ahead = ahead;
    if !matches!(result, Ok(Some(_))) {
        state.forget_ahead();
    }
    result
}

fn take_unread(state: &mut BufferState, target: &mut Vec<u8>, most: usize) {
    let count = state.unread().len().min(most);
    target.extend_from_slice(&state.ahead[state.at..state.at + count]);
    state.at += count;
}

fn read_all(t: &Thread, raw: Value, state: &mut BufferState) -> R {
    let mut data = Vec::new();
    before_reading(t, raw, state)?;
    take_unread(state, &mut data, usize::MAX);
    state.forget_ahead();
    let readall = match plain_file(t, raw) {
        Some(file) => Some(read_all_of_file(t, file)?),
        None => match protocols::get_attribute_optional(t, raw, t.names().readall)? {
            Some(readall) => Some(protocols::call(t, readall, &[])?),
            None => None,
        },
    };
    if let Some(rest) = readall {
        if rest.is_none() {
            return if data.is_empty() { Ok(rest) } else { Ok(Bytes::new(t, &data)?.value()) };
        }
        let Some(rest_bytes) = Bytes::of(t, rest) else { return Err(t.type_error("readall() should return bytes")) };
        state.moved(rest_bytes.len());
        if data.is_empty() {
            return Ok(rest);
        }
        data.extend_from_slice(rest_bytes.as_slice());
        return Ok(Bytes::new(t, &data)?.value());
    }
    loop {
        let more = protocols::call_method(t, raw, t.names().read, &[])?;
        if more.is_none() && data.is_empty() {
            return Ok(more);
        }
        if !more.is_none() && Bytes::of(t, more).is_none() {
            return Err(t.type_error("read() should return bytes"));
        }
        match Bytes::of(t, more).filter(|more| !more.is_empty()) {
            Some(more) => {
                data.extend_from_slice(more.as_slice());
                state.moved(more.len());
            }
            None => return Ok(Bytes::new(t, &data)?.value()),
        }
    }
}

/// Reads `size` bytes, fewer at the end or where reading would block; nothing if there are none because it would.
fn read_some(t: &Thread, raw: Value, state: &mut BufferState, size: usize) -> R<Option<Vec<u8>>> {
    let mut data = Vec::new();
    if data.try_reserve(state.unread().len().min(size)).is_err() {
        return Err(t.memory_error());
    }
    before_reading(t, raw, state)?;
    take_unread(state, &mut data, size);
    while data.len() < size {
        state.forget_ahead();
        let missing = size - data.len();
        let count = if missing >= state.size {
            let whole = missing - missing % state.size;
            raw_read(t, raw, &mut data, whole, &mut state.raw_position)?
        } else {
            let count = fill(t, raw, state)?;
            take_unread(state, &mut data, missing);
            count
        };
        match count {
            None if data.is_empty() => return Ok(None),
            None | Some(0) => break,
            Some(_) => t.poll()?,
        }
    }
    Ok(Some(data))
}

fn optional_bytes(t: &Thread, data: Option<Vec<u8>>) -> R {
    data.map_or(Ok(Value::NONE), |data| Ok(Bytes::new(t, &data)?.value()))
}

/// Read and return up to n bytes.
#[native("read($self, size=-1, /)")]
fn stream_read(t: &Thread, this: Stream, size: Option<Value>) -> R {
    let size = size_argument(t, size)?;
    if size < -1 {
        return Err(t.value_error("read length must be non-negative or -1"));
    }
    let mut state = hold(t, this)?;
    let raw = check_open(t, this, &state, "read of")?;
    if size == -1 {
        return read_all(t, raw, &mut state);
    }
    let size = size as usize;
    if state.unread().len() >= size && state.pending.is_empty() {
        let bytes = Bytes::new(t, &state.unread()[..size])?;
        state.at += size;
        return Ok(bytes.value());
    }
    let data = read_some(t, raw, &mut state, size)?;
    optional_bytes(t, data)
}

/// `read1`: what is there, or one raw read of at most `size` bytes; nothing if that would block.
pub fn read_once(t: &Thread, this: Stream, size: i64) -> R<Option<Vec<u8>>> {
    let mut state = hold(t, this)?;
    let state = &mut *state;
    let raw = check_open(t, this, state, "read of")?;
    let size = usize::try_from(size).unwrap_or(state.size);
    let mut data = Vec::new();
    if size == 0 {
        return Ok(Some(data));
    }
    if state.unread().is_empty() {
        before_reading(t, raw, state)?;
        state.forget_ahead();
        return Ok(raw_read(t, raw, &mut data, size, &mut state.raw_position)?.map(|_| data));
    }
    take_unread(state, &mut data, size);
    Ok(Some(data))
}

/// Read and return up to n bytes, with at most one read() call to the underlying raw stream.
#[native("read1($self, size=-1, /)")]
fn stream_read1(t: &Thread, this: Stream, size: i64) -> R {
    let data = read_once(t, this, size)?;
    // A raw stream that would block counts as one at its end here.
    Ok(Bytes::new(t, &data.unwrap_or_default())?.value())
}

fn read_into(t: &Thread, this: Stream, buffer: Value, once: bool) -> R {
    let target = writable_argument(t, buffer, if once { "readinto1() argument" } else { "readinto() argument" })?;
    let size = target.len();
    let data = if once {
        read_into_once(t, this, size)?
    } else {
        let mut state = hold(t, this)?;
        let raw = check_open(t, this, &state, "readinto of")?;
        read_some(t, raw, &mut state, size)?
    };
    if let Some(data) = &data {
        target.write(0, data);
    }
    target.release(t);
    data.map_or(Ok(Value::NONE), |data| vm::objects::int_from_u64(t, data.len() as u64))
}

/// One raw read at most, through the window where the room is smaller than it.
fn read_into_once(t: &Thread, this: Stream, size: usize) -> R<Option<Vec<u8>>> {
    let mut state = hold(t, this)?;
    let state = &mut *state;
    let raw = check_open(t, this, state, "readinto of")?;
    let mut data = Vec::new();
    before_reading(t, raw, state)?;
    if state.unread().is_empty() && size > 0 {
        state.forget_ahead();
        if size > state.size {
            return Ok(raw_read(t, raw, &mut data, size, &mut state.raw_position)?.map(|_| data));
        }
        if fill(t, raw, state)?.is_none() {
            return Ok(None);
        }
    }
    take_unread(state, &mut data, size);
    Ok(Some(data))
}

#[native("readinto($self, buffer, /)")]
fn stream_readinto(t: &Thread, this: Stream, buffer: Value) -> R {
    read_into(t, this, buffer, false)
}

#[native("readinto1($self, buffer, /)")]
fn stream_readinto1(t: &Thread, this: Stream, buffer: Value) -> R {
    read_into(t, this, buffer, true)
}

/// Return buffered bytes without advancing the position.
#[native("peek($self, size=0, /)")]
fn stream_peek(t: &Thread, this: Stream, _size: i64) -> R<Ref<Bytes>> {
    let mut state = hold(t, this)?;
    let state = &mut *state;
    let raw = check_open(t, this, state, "peek of")?;
    before_reading(t, raw, state)?;
    if state.unread().is_empty() {
        fill(t, raw, state)?;
    }
    Bytes::new(t, state.unread())
}

/// A line of at most `limit` bytes.
pub fn read_line(t: &Thread, this: Stream, limit: i64) -> R<Ref<Bytes>> {
    let mut state = hold(t, this)?;
    let state = &mut *state;
    let raw = check_open(t, this, state, "readline of")?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let line_end = |bytes: &[u8]| memchr::memchr(b'\n', &bytes[..bytes.len().min(limit)]);
    if let Some(end) = line_end(state.unread()) {
        let line = Bytes::new(t, &state.unread()[..=end])?;
        state.at += end + 1;
        return Ok(line);
    }
    let mut line = Vec::new();
    before_reading(t, raw, state)?;
    loop {
        let room = limit - line.len();
        let unread = state.unread();
        let unread = &unread[..unread.len().min(room)];
        let end = memchr::memchr(b'\n', unread).map(|index| index + 1);
        let count = end.unwrap_or(unread.len());
        line.extend_from_slice(&unread[..count]);
        state.at += count;
        if end.is_some() || line.len() >= limit {
            break;
        }
        if !matches!(fill(t, raw, state)?, Some(1..)) {
            break;
        }
    }
    Bytes::new(t, &line)
}

/// Read and return a line from the stream.
#[native("readline($self, size=-1, /)")]
fn stream_readline(t: &Thread, this: Stream, size: Option<Value>) -> R<Ref<Bytes>> {
    read_line(t, this, size_argument(t, size)?)
}

#[native("__next__($self, /)")]
fn stream_next(t: &Thread, this: Stream) -> R {
    let class = this.value().class(t);
    let line = if class == BUFFERED_READER.get(t) || class == BUFFERED_RANDOM.get(t) {
        Some(read_line(t, this, -1)?).filter(|line| !line.is_empty()).map(Ref::value)
    } else {
        let line = protocols::call_method(t, this.value(), t.names().readline, &[])?;
        match Bytes::of(t, line) {
            Some(bytes) => Some(line).filter(|_| !bytes.is_empty()),
            None => {
                let got = line.class(t).name();
                return Err(t.raise(
                    t.classes().os_error,
                    format_args!("readline() should have returned a bytes object, not '{got}'"),
                ));
            }
        }
    };
    line.ok_or_else(|| t.stop_iteration(None))
}

// --- position ---

/// Change the stream position to the given byte offset.
#[native("seek($self, target, whence=0, /)")]
fn stream_seek(t: &Thread, this: Stream, target: Value, whence: i32) -> R<i64> {
    if !(0..=4).contains(&whence) {
        return Err(t.value_error(format_args!("whence value {whence} unsupported")));
    }
    let mut state = hold(t, this)?;
    let state = &mut *state;
    let raw = check_open(t, this, state, "seek of")?;
    if plain_file(t, raw).is_none() || state.raw_position.is_none() {
        check_seekable(t, raw)?;
    }
    let mut target = offset_argument(t, target)?;
    if whence <= 1
        && state.readable
        && !state.unread().is_empty()
        && let Some(position) = seek_within(t, raw, state, target, whence)?
    {
        return Ok(position);
    }
    flush_pending(t, raw, state)?;
    if whence == 1 {
        target -= state.unread().len() as i64;
    }
    let position = raw_seek(t, raw, state, target, whence)?;
    state.forget_ahead();
    Ok(position)
}

/// Moves within the window, if the target lies there.
fn seek_within(t: &Thread, raw: Value, state: &mut BufferState, target: i64, whence: i32) -> R<Option<i64>> {
    let raw_position = match state.raw_position {
        Some(position) => position,
        None => raw_tell(t, raw, state)?,
    };
    let current = raw_position - state.unread().len() as i64;
    let offset = if whence == 0 { target - current } else { target };
    if offset < -(state.at as i64) || offset > state.unread().len() as i64 {
        return Ok(None);
    }
    state.at = (state.at as i64 + offset) as usize;
    Ok(Some(current + offset))
}

/// Return current stream position.
#[native("tell($self, /)")]
fn stream_tell(t: &Thread, this: Stream) -> R<i64> {
    let mut state = hold(t, this)?;
    let raw = raw_of(t, this, &state)?;
    let position = raw_tell(t, raw, &mut state)?;
    Ok((position - state.unread().len() as i64 + state.pending.len() as i64).max(0))
}

/// Truncate the file to at most size bytes.
#[native("truncate($self, pos=None, /)")]
fn stream_truncate(t: &Thread, this: Stream, position: Value) -> R {
    let mut state = hold(t, this)?;
    let raw = check_open(t, this, &state, "truncate of")?;
    if !state.writable {
        return Err(unsupported(t, "truncate"));
    }
    flush_state(t, raw, &mut state)?;
    let position =
        if position.is_none() { vm::objects::int_from_i64(t, raw_tell(t, raw, &mut state)?)? } else { position };
    let result = call(t, raw, "truncate", &[position]);
    state.raw_position = None;
    result
}

// --- the rest ---

/// Close the stream.
#[native("close($self, /)")]
fn stream_close(t: &Thread, this: Stream) -> R {
    let (raw, finalizing) = {
        let state = hold(t, this)?;
        (raw_of(t, this, &state)?, state.finalizing)
    };
    if raw_closed(t, raw)? {
        return Ok(Value::NONE);
    }
    if finalizing
        && protocols::get_attribute_optional(t, raw, intern_text(t, "_dealloc_warn")?)?.is_some()
        && let Err(raised) = call(t, raw, "_dealloc_warn", &[this.value()])
    {
        t.take(raised);
    }
    let flushed = protocols::call_method(t, this.value(), t.names().flush, &[]).map_err(|raised| t.take(raised));
    let closed = protocols::call_method(t, raw, t.names().close, &[]);
    if let Some(mut state) = this.target().content().guarded.try_hold(t) {
        state.ahead = Vec::new();
        state.at = 0;
        state.pending = Vec::new();
    }
    both_errors(t, flushed, closed)
}

/// The result of closing after flushing: where both failed, the first error is the context of the second.
pub fn both_errors(t: &Thread, first: Result<Value, Value>, second: R) -> R {
    match (first, second) {
        (Ok(_), second) => second,
        (Err(error), Ok(_)) => Err(t.reraise(error)),
        (Err(error), Err(raised)) => {
            let second = t.take(raised);
            vm::exceptions::set_context_to(t, second, Some(error));
            Err(t.reraise(second))
        }
    }
}

/// Disconnect this buffer from its underlying raw stream and return it.
#[native("detach($self, /)")]
fn stream_detach(t: &Thread, this: Stream) -> R {
    raw_stream(t, this)?;
    protocols::call_method(t, this.value(), t.names().flush, &[])?;
    let mut state = hold(t, this)?;
    let raw = raw_of(t, this, &state)?;
    state.status = Status::Detached;
    this.raw.put(this.header(), t, None);
    set_wrapped(raw, false);
    Ok(raw)
}

macro_rules! forwarded {
    ($($function:ident $name:literal;)*) => {
        $(#[native($name)]
        fn $function(t: &Thread, this: Stream) -> R {
            let raw = raw_stream(t, this)?;
            call(t, raw, $name.split('(').next().unwrap_or_default(), &[])
        })*
    };
}

forwarded! {
    stream_seekable "seekable($self, /)";
    stream_readable "readable($self, /)";
    stream_writable "writable($self, /)";
    stream_fileno "fileno($self, /)";
    stream_isatty "isatty($self, /)";
}

#[native("_dealloc_warn($self, source, /)")]
fn stream_dealloc_warn(t: &Thread, this: Stream, source: Value) -> R<()> {
    let raw = raw_stream(t, this)?;
    if let Err(raised) = call(t, raw, "_dealloc_warn", &[source]) {
        t.take(raised);
    }
    Ok(())
}

#[native("__repr__($self, /)")]
fn stream_repr(t: &Thread, this: Stream) -> R<String> {
    let class = this.value().class(t).full_name(t);
    Ok(match name_for_repr(t, this.value())? {
        Some(name) => format!("<{class} name={name}>"),
        None => format!("<{class}>"),
    })
}

#[native("__sizeof__($self, /)")]
fn stream_sizeof(t: &Thread, this: Stream) -> R<usize> {
    let state = hold(t, this)?;
    Ok(size_of::<Buffered>() + size_of::<BufferState>() + state.size)
}

fn of(t: &Thread, value: Value) -> R<Stream> {
    value.downcast().ok_or_else(|| t.type_error("a buffered stream is expected"))
}

fn get_raw(t: &Thread, this: Value) -> R {
    Ok(of(t, this)?.raw.get().unwrap_or(Value::NONE))
}

fn get_closed(t: &Thread, this: Value) -> R {
    let raw = raw_stream(t, of(t, this)?)?;
    raw_closed(t, raw).map(Value::bool)
}

fn get_name(t: &Thread, this: Value) -> R {
    let raw = raw_stream(t, of(t, this)?)?;
    protocols::get_attribute(t, raw, t.names().name)
}

fn get_mode(t: &Thread, this: Value) -> R {
    let raw = raw_stream(t, of(t, this)?)?;
    protocols::get_attribute(t, raw, t.names().mode)
}

fn get_finalizing(t: &Thread, this: Value) -> R {
    let this = of(t, this)?;
    Ok(Value::bool(hold(t, this)?.finalizing))
}

fn set_finalizing(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let truth = protocols::is_true(t, value.unwrap_or(Value::NONE))?;
    let this = of(t, this)?;
    hold(t, this)?.finalizing = truth;
    Ok(())
}

macro_rules! buffered_classes {
    ($($class:ident $name:literal $new:ident $new_def:ident $init:ident $readable:literal $writable:literal $doc:literal [$($method:ident),*];)*) => {
        $(
        #[native("__new__", raw)]
        fn $new(t: &Thread, args: Args<'_>) -> R {
            new_buffered(t, args, &$class)
        }

        #[native("__init__($self, /, raw, buffer_size=DEFAULT_BUFFER_SIZE)")]
        fn $init(t: &Thread, this: Stream, raw: Value, size: Option<i64>) -> R<()> {
            initialize(t, this, raw, size.unwrap_or(super::DEFAULT_BUFFER_SIZE as i64), $readable, $writable)
        }

        #[doc = concat!("`_io.", $name, "`.")]
        pub static $class: NativeClass = NativeClass::new(ClassDef {
            name: $name,
            module: "_io",
            layout: Buffered::layout,
            base: Some(|t| BUFFERED_IO_BASE.get(t)),
            flags: STREAM,
            doc: $doc,
            methods: &[
                MethodDef::New(&$new_def),
                $(MethodDef::Method(&$method),)*
                MethodDef::Method(&STREAM_CLOSE),
                MethodDef::Method(&STREAM_DETACH),
                MethodDef::Method(&STREAM_SEEKABLE),
                MethodDef::Method(&STREAM_FILENO),
                MethodDef::Method(&STREAM_ISATTY),
                MethodDef::Method(&STREAM_DEALLOC_WARN),
                MethodDef::Method(&STREAM_REPR),
                MethodDef::Method(&STREAM_SIZEOF),
                MethodDef::Method(&STREAM_SEEK),
                MethodDef::Method(&STREAM_TELL),
                MethodDef::Method(&STREAM_TRUNCATE),
                MethodDef::Method(&STREAM_GETSTATE),
            ],
            getset: &[
                GetSet { name: "raw", get: get_raw, set: None, doc: "" },
                GetSet { name: "closed", get: get_closed, set: None, doc: "" },
                GetSet { name: "name", get: get_name, set: None, doc: "" },
                GetSet { name: "mode", get: get_mode, set: None, doc: "" },
                GetSet { name: "_finalizing", get: get_finalizing, set: Some(set_finalizing), doc: "" },
            ],
        });)*
    };
}

buffered_classes! {
    BUFFERED_READER "BufferedReader" reader_new READER_NEW reader_init true false
        "Create a new buffered reader using the given readable raw IO object."
        [READER_INIT, READER_FLUSH, STREAM_READABLE, STREAM_READ, STREAM_READ1, STREAM_READINTO, STREAM_READINTO1, STREAM_PEEK, STREAM_READLINE, STREAM_NEXT];
    BUFFERED_WRITER "BufferedWriter" writer_new WRITER_NEW writer_init false true
        "A buffer for a writeable sequential RawIO object."
        [WRITER_INIT, STREAM_FLUSH, STREAM_WRITABLE, STREAM_WRITE];
    BUFFERED_RANDOM "BufferedRandom" random_new RANDOM_NEW random_init true true
        "A buffered interface to random access streams."
        [RANDOM_INIT, STREAM_FLUSH, STREAM_READABLE, STREAM_WRITABLE, STREAM_READ, STREAM_READ1, STREAM_READINTO, STREAM_READINTO1, STREAM_PEEK, STREAM_READLINE, STREAM_NEXT, STREAM_WRITE];
}

/// A new buffered stream of the class.
pub fn new_stream(
    t: &Thread,
    class: &'static NativeClass,
    raw: Value,
    size: i64,
    readable: bool,
    writable: bool,
) -> R<Ref<Buffered>> {
    let made = new_buffered(t, Args::positional_only(&[class.get(t).value()]), class)?;
    let made = of(t, made)?;
    initialize(t, made, raw, size, readable, writable)?;
    Ok(made)
}

/// The stream, if it is exactly of one of the three classes and so behaves as they do.
pub fn plain_stream(t: &Thread, stream: Value) -> Option<Ref<Buffered>> {
    let class = stream.class(t);
    let exact = [&BUFFERED_READER, &BUFFERED_WRITER, &BUFFERED_RANDOM].into_iter().any(|known| class == known.get(t));
    if exact { stream.downcast() } else { None }
}

/// Whether a plain stream's file is closed.
pub fn is_closed(t: &Thread, this: Ref<Buffered>) -> R<bool> {
    let raw = raw_stream(t, this)?;
    raw_closed(t, raw)
}

/// Whether a plain stream writes.
pub fn is_writer(t: &Thread, this: Ref<Buffered>) -> bool {
    this.value().class(t) != BUFFERED_READER.get(t)
}
