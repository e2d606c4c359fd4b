//! `zlib`: compression, on the C library's own streams, so that what is written equals what CPython writes.
//!
//! A stream is owned by its object behind a lock. Work on it runs in a blocking region, lock included; the bytes it reads
//! are copies or immutable, so nothing that runs there touches the heap.

use host::zlib::{Deflate, Inflate, Step, adler32 as adler, constants as z};
use sync::Mutex;
use text::binary::crc;
use vm::heap_object;
use vm::modules::NativeModule;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::{Object, Ref};
use vm::objects::int_arithmetic::and;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, ClassFlags, Module};
use vm::protocols::{self, Buffer};
use vm::raised::Raised;
use vm::shared::NativeClass;
use vm::{R, Thread, Value, native};

use crate::exceptions::exception;

/// `zlib.error`.
pub static ERROR: NativeClass = NativeClass::new(exception("error", "zlib", |t| t.classes().exception, ""));

/// Window bits of the largest window.
const MAX_WINDOW_BITS: i32 = 15;
/// Memory level that zlib uses by default.
const MEMORY_LEVEL: i32 = 8;
/// First size of output buffers.
const BUFFER_SIZE: usize = 16 * 1024;

/// Why work on a stream ended badly: zlib's code and its message, if it has one.
struct Failure {
    code: i32,
    message: Option<String>,
}

#[cold]
fn zlib_error(t: &Thread, failure: Failure, doing: &str) -> Raised {
    let detail = failure.message.or_else(|| {
        let text = match failure.code {
            z::Z_BUF_ERROR => "incomplete or truncated stream",
            z::Z_STREAM_ERROR => "inconsistent stream state",
            z::Z_DATA_ERROR => "invalid input data",
            _ => return None,
        };
        Some(text.to_owned())
    });
    let detail = detail.map_or(String::new(), |detail| format!(": {detail}"));
    t.raise(ERROR.get(t), format_args!("Error {} {doing}{detail}", failure.code))
}

/// Steps with a growing output until zlib wants no more room; gives what was written and read, and the last code.
fn run(
    output: &mut Vec<u8>,
    input: &[u8],
    limit: usize,
    mut step: impl FnMut(&[u8], &mut [u8]) -> Step,
) -> (usize, i32) {
    let (mut consumed, mut code) = (0, z::Z_OK);
    loop {
        let start = output.len();
        if start >= limit {
            return (consumed, code);
        }
        let room = BUFFER_SIZE.max(start).min(limit - start);
        output.resize(start + room, 0);
        let done = step(&input[consumed..], &mut output[start..]);
        output.truncate(start + done.produced);
        consumed += done.consumed;
        code = done.code;
        // A full buffer may hide more; lengths past 32 bits are fed in pieces.
        let more = done.produced == room || (consumed < input.len() && done.consumed > 0);
        if code != z::Z_OK && code != z::Z_BUF_ERROR || !more {
            return (consumed, code);
        }
    }
}

fn bytes_of(t: &Thread, bytes: &[u8]) -> R<Ref<Bytes>> {
    Bytes::new(t, bytes)
}

/// Returns a bytes object containing compressed data.
///
///   data
///     Binary data to be compressed.
///   level
///     Compression level, in 0-9 or -1.
///   wbits
///     The window buffer size and container format.
#[native("compress(data, /, level=-1, wbits=15)")]
fn compress_function(t: &Thread, data: Buffer, level: i32, window_bits: i32) -> R<Ref<Bytes>> {
    let mut stream = match Deflate::new(level, z::Z_DEFLATED, window_bits, MEMORY_LEVEL, z::Z_DEFAULT_STRATEGY) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(t.memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(t.raise(ERROR.get(t), "Bad compression level")),
        Err(code) => return Err(zlib_error(t, Failure { code, message: None }, "while compressing data")),
    };
    let (output, code) = t.blocking(|| {
        let mut output = Vec::new();
        let (_, code) = run(&mut output, &data, usize::MAX, |input, output| {
            let flush = if input.len() > u32::MAX as usize { z::Z_NO_FLUSH } else { z::Z_FINISH };
            stream.step(input, output, flush)
        });
        (output, code)
    });
    if code != z::Z_STREAM_END {
        return Err(zlib_error(t, Failure { code, message: stream.message() }, "while compressing data"));
    }
    bytes_of(t, &output)
}

/// Returns a bytes object containing the uncompressed data.
///
///   data
///     Compressed data.
///   wbits
///     The window buffer size and container format.
///   bufsize
///     The initial output buffer size.
#[native("decompress(data, /, wbits=15, bufsize=16384)")]
fn decompress_function(t: &Thread, data: Buffer, window_bits: i32, size: i64) -> R<Ref<Bytes>> {
    if size < 0 {
        return Err(t.value_error("bufsize must be non-negative"));
    }
    let mut stream = match Inflate::new(window_bits) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(t.memory_error()),
        Err(code) => return Err(zlib_error(t, Failure { code, message: None }, "while preparing to decompress data")),
    };
    let (output, code) = t.blocking(|| {
        let mut output = Vec::new();
        let (_, code) =
            run(&mut output, &data, usize::MAX, |input, output| stream.step(input, output, z::Z_SYNC_FLUSH));
        (output, code)
    });
    match code {
        z::Z_STREAM_END => bytes_of(t, &output),
        z::Z_MEM_ERROR => Err(t.memory_error()),
        z::Z_OK => Err(zlib_error(t, Failure { code: z::Z_BUF_ERROR, message: None }, "while decompressing data")),
        code => Err(zlib_error(t, Failure { code, message: stream.message() }, "while decompressing data")),
    }
}

fn start_value(t: &Thread, start: Option<Value>, default: u32) -> R<u32> {
    let Some(start) = start else { return Ok(default) };
    let low = and(t, protocols::index_number(t, start)?, text::ints::IntRef::Small(0xffff_ffff))?;
    Ok(low.as_small_int().unwrap_or(0) as u32)
}

/// Compute an Adler-32 checksum of data.
///
///   value
///     Starting value of the checksum.
///
/// The returned checksum is an integer.
#[native("adler32(data, value=<unrepresentable>, /)")]
fn adler32(t: &Thread, data: Buffer, value: Option<Value>) -> R<u32> {
    let start = start_value(t, value, 1)?;
    Ok(t.blocking_if(data.len() > 1 << 16, || adler(start, &data)))
}

/// Compute a CRC-32 checksum of data.
///
///   value
///     Starting value of the checksum.
///
/// The returned checksum is an integer.
#[native("crc32(data, value=<unrepresentable>, /)")]
fn crc32(t: &Thread, data: Buffer, value: Option<Value>) -> R<u32> {
    let start = start_value(t, value, 0)?;
    Ok(t.blocking_if(data.len() > 1 << 16, || crc::crc32(&data, start)))
}

heap_object! {
    /// `zlib.Compress`.
    pub struct Compress {
        stream: Owned<Mutex<Compressor>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Compress>)
    fixed
}

/// The stream of a compression object; nothing once it has ended.
pub struct Compressor(Option<Deflate>);

impl Owner for Compress {
    type Content = Mutex<Compressor>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

/// Return a compressor object.
#[native("compressobj(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=<unrepresentable>)")]
fn compressobj(
    t: &Thread,
    level: i32,
    method: i32,
    window_bits: i32,
    memory_level: i32,
    strategy: i32,
    dictionary: Option<Value>,
) -> R<Ref<Compress>> {
    let mut stream = match Deflate::new(level, method, window_bits, memory_level, strategy) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(t.memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(t.value_error("Invalid initialization option")),
        Err(code) => return Err(zlib_error(t, Failure { code, message: None }, "while creating compression object")),
    };
    if let Some(dictionary) = dictionary {
        let dictionary = Buffer::of(t, dictionary)?;
        match stream.set_dictionary(&dictionary) {
            z::Z_OK => {}
            z::Z_STREAM_ERROR => return Err(t.value_error("Invalid dictionary")),
            _ => return Err(t.value_error("deflateSetDictionary()")),
        }
    }
    new_owner(t, COMPRESS.get(t), Mutex::new(Compressor(Some(stream))), None)
}

/// Works on the stream of a compression object.
fn deflate(t: &Thread, this: Ref<Compress>, input: &[u8], flush: i32) -> Result<(Vec<u8>, i32), Failure> {
    t.blocking(|| {
        let mut state = this.stream.lock();
        let Some(stream) = state.0.as_mut() else { return Err(Failure { code: z::Z_STREAM_ERROR, message: None }) };
        let mut output = Vec::new();
        let (_, code) = run(&mut output, input, usize::MAX, |input, output| stream.step(input, output, flush));
        match code {
            z::Z_STREAM_END => state.0 = None,
            z::Z_OK | z::Z_BUF_ERROR => {}
            code => return Err(Failure { code, message: stream.message() }),
        }
        Ok((output, code))
    })
}

/// Returns a bytes object containing compressed data.
///
///   data
///     Binary data to be compressed.
///
/// After calling this function, some of the input data may still
/// be stored in internal buffers for later processing.
/// Call the flush() method to clear these buffers.
#[native("compress($self, data, /)")]
fn compress_compress(t: &Thread, this: Ref<Compress>, data: Buffer) -> R<Ref<Bytes>> {
    match deflate(t, this, &data, z::Z_NO_FLUSH) {
        Ok((output, _)) => bytes_of(t, &output),
        Err(failure) => Err(zlib_error(t, failure, "while compressing data")),
    }
}

/// Return a bytes object containing any remaining compressed data.
///
///   mode
///     One of the constants Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH.
///     If mode == Z_FINISH, the compressor object can no longer be
///     used after calling the flush() method.  Otherwise, more data
///     can still be compressed.
#[native("flush($self, mode=4, /)")]
fn compress_flush(t: &Thread, this: Ref<Compress>, mode: i32) -> R<Ref<Bytes>> {
    if mode == z::Z_NO_FLUSH {
        return Bytes::new(t, &[]);
    }
    match deflate(t, this, &[], mode) {
        Ok((output, _)) => bytes_of(t, &output),
        Err(failure) => Err(zlib_error(t, failure, "while flushing")),
    }
}

/// Return a copy of the compression object.
#[native("copy($self, /)")]
fn compress_copy(t: &Thread, this: Ref<Compress>) -> R<Ref<Compress>> {
    let copy = t.blocking(|| this.stream.lock().0.as_mut().and_then(Deflate::duplicate));
    match copy {
        Some(copy) => new_owner(t, COMPRESS.get(t), Mutex::new(Compressor(Some(copy))), None),
        None => Err(t.value_error("Inconsistent stream state")),
    }
}

/// Return a copy of the compression object.
#[native("__copy__($self, /)")]
fn compress_copy_dunder(t: &Thread, this: Ref<Compress>) -> R<Ref<Compress>> {
    compress_copy(t, this)
}

/// Return a copy of the compression object.
#[native("__deepcopy__($self, memo, /)")]
fn compress_deepcopy(t: &Thread, this: Ref<Compress>, _: Value) -> R<Ref<Compress>> {
    compress_copy(t, this)
}

heap_object! {
    /// `zlib.Decompress`.
    pub struct Decompress {
        stream: Owned<Mutex<Decompressor>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Decompress>)
    fixed
}

/// The state of a decompression object.
pub struct Decompressor {
    stream: Inflate,
    dictionary: Option<Vec<u8>>,
    unused: Vec<u8>,
    unconsumed: Vec<u8>,
    end: bool,
}

impl Owner for Decompress {
    type Content = Mutex<Decompressor>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

/// The dictionary argument of a decompressor.
fn dictionary_of(t: &Thread, dictionary: Option<Value>) -> R<Option<Vec<u8>>> {
    let Some(dictionary) = dictionary else { return Ok(None) };
    match Buffer::try_of(t, dictionary)? {
        Some(dictionary) => Ok(Some(dictionary.into_vec())),
        None => Err(t.type_error("zdict argument must support the buffer protocol")),
    }
}

fn new_decompressor(t: &Thread, window_bits: i32, dictionary: Option<Value>) -> R<Decompressor> {
    let dictionary = dictionary_of(t, dictionary)?;
    let mut stream = match Inflate::new(window_bits) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(t.memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(t.value_error("Invalid initialization option")),
        Err(code) => return Err(zlib_error(t, Failure { code, message: None }, "while creating decompression object")),
    };
    // A raw stream never asks for its dictionary.
    if let Some(dictionary) = dictionary.as_ref().filter(|_| window_bits < 0)
        && stream.set_dictionary(dictionary) != z::Z_OK
    {
        return Err(t.raise(ERROR.get(t), "Error -3 while setting zdict"));
    }
    Ok(Decompressor { stream, dictionary, unused: Vec::new(), unconsumed: Vec::new(), end: false })
}

/// Return a decompressor object.
///
///   wbits
///     The window buffer size and container format.
///   zdict
///     The predefined compression dictionary.  This must be the same
///     dictionary as used by the compressor that produced the input data.
#[native("decompressobj(wbits=15, zdict=b'')")]
fn decompressobj(t: &Thread, window_bits: i32, dictionary: Option<Value>) -> R<Ref<Decompress>> {
    let state = new_decompressor(t, window_bits, dictionary)?;
    new_owner(t, DECOMPRESS.get(t), Mutex::new(state), None)
}

impl Decompressor {
    /// Decompresses; gives what was written, how much was read, and zlib's last code.
    fn inflate(&mut self, input: &[u8], limit: usize, flush: i32) -> Result<(Vec<u8>, usize, i32), Failure> {
        let mut output = Vec::new();
        let (stream, dictionary) = (&mut self.stream, &self.dictionary);
        let (consumed, code) = run(&mut output, input, limit, |input, output| {
            let mut done = stream.step(input, output, flush);
            if done.code == z::Z_NEED_DICT
                && let Some(dictionary) = dictionary
            {
                done.code = stream.set_dictionary(dictionary);
                if done.code == z::Z_OK {
                    let next = stream.step(&input[done.consumed..], &mut output[done.produced..], flush);
                    done = Step {
                        code: next.code,
                        consumed: done.consumed + next.consumed,
                        produced: done.produced + next.produced,
                    };
                }
            }
            done
        });
        match code {
            z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => Ok((output, consumed, code)),
            code => Err(Failure { code, message: stream.message() }),
        }
    }

    /// Keeps what was not read: as unused data after the end, as a tail before it.
    fn keep(&mut self, rest: &[u8], code: i32) {
        if code == z::Z_STREAM_END {
            self.end = true;
            self.unused.extend_from_slice(rest);
            self.unconsumed.clear();
        } else {
            self.unconsumed = rest.to_vec();
        }
    }
}

/// Return a bytes object containing the decompressed version of the data.
///
///   data
///     The binary data to decompress.
///   max_length
///     The maximum allowable length of the decompressed data.
///     Unconsumed input data will be stored in
///     the unconsumed_tail attribute.
///
/// After calling this function, some of the input data may still be stored in
/// internal buffers for later processing.
/// Call the flush() method to clear these buffers.
#[native("decompress($self, data, /, max_length=0)")]
fn decompress_decompress(t: &Thread, this: Ref<Decompress>, data: Buffer, limit: i64) -> R<Ref<Bytes>> {
    let Ok(limit) = usize::try_from(limit) else { return Err(t.value_error("max_length must be non-negative")) };
    let limit = if limit == 0 { usize::MAX } else { limit };
    let result = t.blocking(|| {
        let mut state = this.stream.lock();
        if state.end {
            state.unused.extend_from_slice(&data);
            return Ok(Vec::new());
        }
        let (output, consumed, code) = state.inflate(&data, limit, z::Z_SYNC_FLUSH)?;
        state.keep(&data[consumed..], code);
        Ok(output)
    });
    match result {
        Ok(output) => bytes_of(t, &output),
        Err(failure) => Err(zlib_error(t, failure, "while decompressing data")),
    }
}

/// Return a bytes object containing any remaining decompressed data.
///
///   length
///     the initial size of the output buffer.
#[native("flush($self, length=16384, /)")]
fn decompress_flush(t: &Thread, this: Ref<Decompress>, length: i64) -> R<Ref<Bytes>> {
    if length <= 0 {
        return Err(t.value_error("length must be greater than zero"));
    }
    let result = t.blocking(|| {
        let mut state = this.stream.lock();
        let data = std::mem::take(&mut state.unconsumed);
        let (output, consumed, code) = state.inflate(&data, usize::MAX, z::Z_FINISH)?;
        state.keep(&data[consumed..], code);
        Ok(output)
    });
    match result {
        Ok(output) => bytes_of(t, &output),
        Err(failure) => Err(zlib_error(t, failure, "while decompressing data")),
    }
}

/// Return a copy of the decompression object.
#[native("copy($self, /)")]
fn decompress_copy(t: &Thread, this: Ref<Decompress>) -> R<Ref<Decompress>> {
    let copy = t.blocking(|| {
        let mut state = this.stream.lock();
        let stream = state.stream.duplicate()?;
        let dictionary = state.dictionary.clone();
        Some(Decompressor {
            stream,
            dictionary,
            unused: state.unused.clone(),
            unconsumed: state.unconsumed.clone(),
            end: state.end,
        })
    });
    match copy {
        Some(copy) => new_owner(t, DECOMPRESS.get(t), Mutex::new(copy), None),
        None => Err(t.value_error("Inconsistent stream state")),
    }
}

/// Return a copy of the decompression object.
#[native("__copy__($self, /)")]
fn decompress_copy_dunder(t: &Thread, this: Ref<Decompress>) -> R<Ref<Decompress>> {
    decompress_copy(t, this)
}

/// Return a copy of the decompression object.
#[native("__deepcopy__($self, memo, /)")]
fn decompress_deepcopy(t: &Thread, this: Ref<Decompress>, _: Value) -> R<Ref<Decompress>> {
    decompress_copy(t, this)
}

fn state_of<T>(t: &Thread, this: Value, read: impl FnOnce(&Decompressor) -> T) -> R<T> {
    match this.downcast::<Decompress>() {
        Some(this) => Ok(t.blocking(|| read(&this.stream.lock()))),
        None => Err(t.type_error(format_args!("expected a zlib.Decompress, not '{}'", this.class(t).name()))),
    }
}

fn get_unused_data(t: &Thread, this: Value) -> R {
    let unused = state_of(t, this, |state| state.unused.clone())?;
    Ok(Bytes::new(t, &unused)?.value())
}
fn get_unconsumed_tail(t: &Thread, this: Value) -> R {
    let tail = state_of(t, this, |state| state.unconsumed.clone())?;
    Ok(Bytes::new(t, &tail)?.value())
}
fn get_eof(t: &Thread, this: Value) -> R {
    state_of(t, this, |state| Value::bool(state.end))
}

heap_object! {
    /// `zlib._ZlibDecompressor`: keeps the input that it could not use itself.
    pub struct ZlibDecompressor {
        stream: Owned<Mutex<Decompressor>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<ZlibDecompressor>)
    fixed
}

impl Owner for ZlibDecompressor {
    type Content = Mutex<Decompressor>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

/// Create a decompressor object for decompressing data incrementally.
#[native("__new__", raw)]
fn zlib_decompressor_new(t: &Thread, args: Args<'_>) -> R<Ref<ZlibDecompressor>> {
    let (class, args) = vm::builtins::construct::class_argument(t, args, ZLIB_DECOMPRESSOR.get(t))?;
    let (mut window_bits, mut dictionary) = (args.positional().first().copied(), args.positional().get(1).copied());
    for (name, value) in args.keywords() {
        match name.as_utf8() {
            Some("wbits") => window_bits = Some(value),
            Some("zdict") => dictionary = Some(value),
            _ => {
                return Err(t.type_error(format_args!(
                    "_ZlibDecompressor() got an unexpected keyword argument '{}'",
                    name.to_string_lossy()
                )));
            }
        }
    }
    let window_bits = window_bits.map_or(Ok(i64::from(MAX_WINDOW_BITS)), |bits| protocols::index_long(t, bits))?;
    let state = new_decompressor(t, window_bits as i32, dictionary)?;
    new_owner(t, class, Mutex::new(state), None)
}

/// Decompress *data*, returning uncompressed data as bytes.
///
/// If *max_length* is nonnegative, returns at most *max_length* bytes of
/// decompressed data. If this limit is reached and further output can be
/// produced, *self.needs_input* will be set to ``False``. In this case, the next
/// call to *decompress()* may provide *data* as b'' to obtain more of the output.
///
/// If all of the input data was decompressed and returned (either because this
/// was less than *max_length* bytes, or because *max_length* was negative),
/// *self.needs_input* will be set to True.
///
/// Attempting to decompress data after the end of stream is reached raises an
/// EOFError.  Any data found after the end of the stream is ignored and saved in
/// the unused_data attribute.
#[native("decompress($self, data, max_length=-1)")]
fn zlib_decompressor_decompress(t: &Thread, this: Ref<ZlibDecompressor>, data: Buffer, limit: i64) -> R<Ref<Bytes>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let result = t.blocking(|| {
        let mut state = this.stream.lock();
        if state.end {
            return Ok(None);
        }
        let mut input = std::mem::take(&mut state.unconsumed);
        input.extend_from_slice(&data);
        let (output, consumed, code) = state.inflate(&input, limit, z::Z_SYNC_FLUSH)?;
        state.keep(&input[consumed..], code);
        Ok(Some(output))
    });
    match result {
        Ok(Some(output)) => bytes_of(t, &output),
        Ok(None) => Err(t.eof_error("End of stream already reached")),
        Err(failure) => Err(zlib_error(t, failure, "while decompressing data")),
    }
}

fn plain_state<T>(t: &Thread, this: Value, read: impl FnOnce(&Decompressor) -> T) -> R<T> {
    match this.downcast::<ZlibDecompressor>() {
        Some(this) => Ok(t.blocking(|| read(&this.stream.lock()))),
        None => Err(t.type_error(format_args!("expected a zlib._ZlibDecompressor, not '{}'", this.class(t).name()))),
    }
}

fn get_plain_unused(t: &Thread, this: Value) -> R {
    let unused = plain_state(t, this, |state| state.unused.clone())?;
    Ok(Bytes::new(t, &unused)?.value())
}
fn get_plain_eof(t: &Thread, this: Value) -> R {
    plain_state(t, this, |state| Value::bool(state.end))
}
fn get_needs_input(t: &Thread, this: Value) -> R {
    plain_state(t, this, |state| Value::bool(!state.end && state.unconsumed.is_empty()))
}

/// `zlib.Compress`.
pub static COMPRESS: NativeClass = NativeClass::new(ClassDef {
    name: "Compress",
    module: "zlib",
    layout: Compress::layout,
    base: None,
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&COMPRESS_COMPRESS),
        MethodDef::Method(&COMPRESS_FLUSH),
        MethodDef::Method(&COMPRESS_COPY),
        MethodDef::Method(&COMPRESS_COPY_DUNDER),
        MethodDef::Method(&COMPRESS_DEEPCOPY),
    ],
    getset: &[],
});

/// `zlib.Decompress`.
pub static DECOMPRESS: NativeClass = NativeClass::new(ClassDef {
    name: "Decompress",
    module: "zlib",
    layout: Decompress::layout,
    base: None,
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&DECOMPRESS_DECOMPRESS),
        MethodDef::Method(&DECOMPRESS_FLUSH),
        MethodDef::Method(&DECOMPRESS_COPY),
        MethodDef::Method(&DECOMPRESS_COPY_DUNDER),
        MethodDef::Method(&DECOMPRESS_DEEPCOPY),
    ],
    getset: &[
        GetSet {
            name: "unused_data",
            get: get_unused_data,
            set: None,
            doc: "Data found after the end of the compressed stream.",
        },
        GetSet {
            name: "unconsumed_tail",
            get: get_unconsumed_tail,
            set: None,
            doc: "Input that was not consumed for the limit on output.",
        },
        GetSet { name: "eof", get: get_eof, set: None, doc: "Whether the end of the stream was reached." },
    ],
});

/// `zlib._ZlibDecompressor`.
pub static ZLIB_DECOMPRESSOR: NativeClass = NativeClass::new(ClassDef {
    name: "_ZlibDecompressor",
    module: "zlib",
    layout: ZlibDecompressor::layout,
    base: None,
    flags: 0,
    doc: "Create a decompressor object for decompressing data incrementally.",
    methods: &[MethodDef::New(&ZLIB_DECOMPRESSOR_NEW), MethodDef::Method(&ZLIB_DECOMPRESSOR_DECOMPRESS)],
    getset: &[
        GetSet {
            name: "eof",
            get: get_plain_eof,
            set: None,
            doc: "True if the end-of-stream marker has been reached.",
        },
        GetSet {
            name: "unused_data",
            get: get_plain_unused,
            set: None,
            doc: "Data found after the end of the compressed stream.",
        },
        GetSet {
            name: "needs_input",
            get: get_needs_input,
            set: None,
            doc: "True if more input is needed before more decompressed data can be produced.",
        },
    ],
});

fn add_constants(t: &Thread, module: Ref<Module>) -> R<()> {
    let numbers = [
        ("MAX_WBITS", MAX_WINDOW_BITS),
        ("DEFLATED", z::Z_DEFLATED),
        ("DEF_MEM_LEVEL", MEMORY_LEVEL),
        ("DEF_BUF_SIZE", BUFFER_SIZE as i32),
        ("Z_NO_COMPRESSION", z::Z_NO_COMPRESSION),
        ("Z_BEST_SPEED", z::Z_BEST_SPEED),
        ("Z_BEST_COMPRESSION", z::Z_BEST_COMPRESSION),
        ("Z_DEFAULT_COMPRESSION", z::Z_DEFAULT_COMPRESSION),
        ("Z_FILTERED", z::Z_FILTERED),
        ("Z_HUFFMAN_ONLY", z::Z_HUFFMAN_ONLY),
        ("Z_RLE", z::Z_RLE),
        ("Z_FIXED", z::Z_FIXED),
        ("Z_DEFAULT_STRATEGY", z::Z_DEFAULT_STRATEGY),
        ("Z_NO_FLUSH", z::Z_NO_FLUSH),
        ("Z_PARTIAL_FLUSH", z::Z_PARTIAL_FLUSH),
        ("Z_SYNC_FLUSH", z::Z_SYNC_FLUSH),
        ("Z_FULL_FLUSH", z::Z_FULL_FLUSH),
        ("Z_FINISH", z::Z_FINISH),
        ("Z_BLOCK", z::Z_BLOCK),
        ("Z_TREES", z::Z_TREES),
    ];
    for (name, number) in numbers {
        module.add_int(t, name, number.into())?;
    }
    for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
        module.add_str(t, name, host::zlib::version())?;
    }
    module.add_str(t, "__version__", "1.0")
}

/// `zlib`.
pub static MODULE: NativeModule = NativeModule {
    name: "zlib",
    doc: "Compression and decompression on the zlib library, which is based on GNU zip.",
    functions: &[&COMPRESS_FUNCTION, &DECOMPRESS_FUNCTION, &ADLER32, &CRC32, &COMPRESSOBJ, &DECOMPRESSOBJ],
    classes: &[&ERROR, &ZLIB_DECOMPRESSOR],
    initialize: add_constants,
};
