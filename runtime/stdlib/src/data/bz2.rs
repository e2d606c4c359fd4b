//! `_bz2`.

use bzip2::{Action, Compress, Compression, Decompress, Error, Status};
use sync::Mutex;
use vm::heap_object;
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::Bytes;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Value, native};

use super::incremental::{Decoder, Failure, Incremental, decompressed};

heap_object! {
    /// `BZ2Compressor`: nothing once it was flushed.
    pub struct Compressor {
        stream: Owned<Mutex<Option<Compress>>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Compressor>)
}

impl Owner for Compressor {
    type Content = Mutex<Option<Compress>>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

/// The decoder of a stream.
pub struct Bz2(Decompress);

impl Decoder for Bz2 {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize, bool), Failure> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        match self.0.decompress(input, output) {
            Ok(Status::MemNeeded) => Err(Failure::Memory),
            Ok(status) => Ok((
                (self.0.total_in() - read) as usize,
                (self.0.total_out() - written) as usize,
                matches!(status, Status::StreamEnd),
            )),
            Err(Error::Sequence) => Err(Failure::Data("Invalid sequence of commands sent to libbz2")),
            Err(Error::Param) => Err(Failure::Data("Invalid parameters passed to libbz2")),
            Err(_) => Err(Failure::Data("Invalid data stream")),
        }
    }
}

heap_object! {
    /// `BZ2Decompressor`.
    pub struct Decompressor {
        stream: Owned<Mutex<Incremental<Bz2>>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Decompressor>)
}

impl Owner for Decompressor {
    type Content = Mutex<Incremental<Bz2>>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

#[native("__new__", raw)]
fn compressor_new(t: &Thread, args: Args<'_>) -> R<Ref<Compressor>> {
    let (class, rest) = vm::builtins::construct::class_argument(t, args, COMPRESSOR.get(t))?;
    rest.no_keywords(t, "BZ2Compressor")?;
    let level = match rest.values {
        [] => 9,
        [level] => protocols::index_long(t, *level)?,
        values => return Err(protocols::argument_count_error(t, "BZ2Compressor", 0, 1, values.len())),
    };
    if !(1..=9).contains(&level) {
        return Err(t.value_error("compresslevel must be between 1 and 9"));
    }
    let stream = Compress::new(Compression::new(level as u32), 0);
    new_owner(t, class, Mutex::new(Some(stream)), None)
}

/// Feeds all input; with `Finish`, ends the stream.
fn feed(stream: &mut Compress, mut input: &[u8], action: Action) -> Result<Vec<u8>, Failure> {
    let (mut output, mut buffer) = (Vec::new(), vec![0; 1 << 15]);
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let finishing = matches!(action, Action::Finish);
        if input.is_empty() && !finishing {
            return Ok(output);
        }
        let status = stream.compress(input, &mut buffer, action).map_err(|_| Failure::Data("Invalid data stream"))?;
        input = &input[(stream.total_in() - read) as usize..];
        output.extend_from_slice(&buffer[..(stream.total_out() - written) as usize]);
        match status {
            Status::StreamEnd => return Ok(output),
            Status::MemNeeded => return Err(Failure::Memory),
            _ => {}
        }
    }
}

fn compressed(t: &Thread, result: Result<Vec<u8>, Failure>) -> R<Ref<Bytes>> {
    match result {
        Ok(output) => Bytes::new(t, &output),
        Err(Failure::Memory) => Err(t.memory_error()),
        Err(Failure::Data(message)) => Err(t.raise(t.classes().os_error, message)),
    }
}

/// Provide data to the compressor object.
#[native("compress($self, data, /)")]
fn compressor_compress(t: &Thread, this: Ref<Compressor>, data: Buffer) -> R<Ref<Bytes>> {
    let result = t.blocking(|| this.stream.lock().as_mut().map(|stream| feed(stream, &data, Action::Run)));
    match result {
        Some(result) => compressed(t, result),
        None => Err(t.value_error("Compressor has been flushed")),
    }
}

/// Finish the compression process.
#[native("flush($self, /)")]
fn compressor_flush(t: &Thread, this: Ref<Compressor>) -> R<Ref<Bytes>> {
    let stream = t.blocking(|| this.stream.lock().take());
    match stream {
        Some(mut stream) => compressed(t, t.blocking(|| feed(&mut stream, &[], Action::Finish))),
        None => Err(t.value_error("Repeated call to flush()")),
    }
}

#[native("__new__", raw)]
fn decompressor_new(t: &Thread, args: Args<'_>) -> R<Ref<Decompressor>> {
    let (class, rest) = vm::builtins::construct::class_argument(t, args, DECOMPRESSOR.get(t))?;
    if !rest.values.is_empty() {
        return Err(t.type_error("BZ2Decompressor() takes no arguments"));
    }
    new_owner(t, class, Mutex::new(Incremental::new(Bz2(Decompress::new(false)))), None)
}

/// Decompress *data*, returning uncompressed data as bytes.
#[native("decompress($self, data, max_length=-1)")]
fn decompressor_decompress(t: &Thread, this: Ref<Decompressor>, data: Buffer, most: i64) -> R<Ref<Bytes>> {
    decompressed(t, &this.stream, &data, most, |message| t.raise(t.classes().os_error, message))
}

fn of(t: &Thread, this: Value) -> R<Ref<Decompressor>> {
    this.downcast().ok_or_else(|| t.type_error("a BZ2Decompressor is expected"))
}

fn eof(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.stream.lock().ended))
}

fn needs_input(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.stream.lock().needs_input))
}

fn unused_data(t: &Thread, this: Value) -> R {
    let unused = of(t, this)?.stream.lock().unused.clone();
    Ok(Bytes::new(t, &unused)?.value())
}

static COMPRESSOR: NativeClass = NativeClass::new(ClassDef {
    name: "BZ2Compressor",
    module: "_bz2",
    layout: <Compressor as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "Create a compressor object for compressing data incrementally.",
    methods: &[
        MethodDef::New(&COMPRESSOR_NEW),
        MethodDef::Method(&COMPRESSOR_COMPRESS),
        MethodDef::Method(&COMPRESSOR_FLUSH),
    ],
    getset: &[],
});

static DECOMPRESSOR: NativeClass = NativeClass::new(ClassDef {
    name: "BZ2Decompressor",
    module: "_bz2",
    layout: <Decompressor as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "Create a decompressor object for decompressing data incrementally.",
    methods: &[MethodDef::New(&DECOMPRESSOR_NEW), MethodDef::Method(&DECOMPRESSOR_DECOMPRESS)],
    getset: &[
        GetSet { name: "eof", get: eof, set: None, doc: "True if the end-of-stream marker has been reached." },
        GetSet { name: "needs_input", get: needs_input, set: None, doc: "True if more input is needed." },
        GetSet { name: "unused_data", get: unused_data, set: None, doc: "Data found after the end of the stream." },
    ],
});

/// `_bz2`.
pub static MODULE: NativeModule = NativeModule {
    name: "_bz2",
    doc: "",
    functions: &[],
    classes: &[&COMPRESSOR, &DECOMPRESSOR],
    initialize: nothing_to_add,
};
