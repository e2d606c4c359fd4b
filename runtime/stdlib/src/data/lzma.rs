//! `_lzma`: the formats of xz.

use liblzma::stream::{Action, Check, Error, Filters, LzmaOptions, MatchFinder, Mode, Status, Stream};
use sync::Mutex;
use vm::heap_object;
use vm::modules::NativeModule;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, Dict, Module, int_from_i64};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Raised, Ref, Str, Thread, Value, native};

use super::incremental::{Decoder, Failure, Incremental, decompressed};
use crate::exceptions::exception;

const FORMAT_AUTO: i64 = 0;
const FORMAT_XZ: i64 = 1;
const FORMAT_ALONE: i64 = 2;
const FORMAT_RAW: i64 = 3;
const FILTER_DELTA: i64 = 3;
const FILTER_LZMA1: i64 = 0x4000_0000_0000_0001;
const FILTER_LZMA2: i64 = 0x21;
const UNKNOWN_CHECK: i64 = 16;
const DEFAULT_PRESET: i64 = 6;

/// `_lzma.LZMAError`.
static LZMA_ERROR: NativeClass =
    NativeClass::new(exception("LZMAError", "_lzma", |t| t.classes().exception, "Call to liblzma failed."));

fn message(error: &Error) -> &'static str {
    match error {
        Error::UnsupportedCheck => "Unsupported integrity check",
        Error::MemLimit => "Memory usage limit exceeded",
        Error::Format => "Input format not supported by decoder",
        Error::Options => "Invalid or unsupported options",
        Error::Data => "Corrupt input data",
        Error::NoCheck => "No integrity check",
        _ => "Internal error",
    }
}

fn failed(t: &Thread, error: &Error) -> Raised {
    match error {
        Error::Mem => t.memory_error(),
        error => t.raise(LZMA_ERROR.get(t), message(error)),
    }
}

/// One filter of a chain, as its dict says.
enum Filter {
    Lzma(i64, Lzma),
    Delta(u32),
    Branch(i64, u32),
}

/// The numbers of an LZMA filter.
#[derive(Clone, Copy)]
struct Lzma {
    preset: u32,
    dictionary: u32,
    literal_context: u32,
    literal_position: u32,
    position: u32,
    mode: Option<u32>,
    nice: Option<u32>,
    finder: Option<u32>,
    depth: Option<u32>,
}

impl Lzma {
    fn of_preset(preset: u32) -> Self {
        const SIZES: [u32; 10] = [18, 20, 21, 22, 22, 23, 23, 24, 25, 26];
        let dictionary = SIZES.get((preset & 31) as usize).map_or(1 << 23, |bits| 1 << bits);
        Self {
            preset,
            dictionary,
            literal_context: 3,
            literal_position: 0,
            position: 2,
            mode: None,
            nice: None,
            finder: None,
            depth: None,
        }
    }

    fn options(&self) -> Result<LzmaOptions, Error> {
        let mut options = LzmaOptions::new_preset(self.preset)?;
        if self.literal_context > 4 || self.literal_position > 4 || self.position > 4 {
            return Err(Error::Options);
        }
        options
            .dict_size(self.dictionary)
            .literal_context_bits(self.literal_context)
            .literal_position_bits(self.literal_position)
            .position_bits(self.position);
        match self.mode {
            None => {}
            Some(1) => drop(options.mode(Mode::Fast)),
            Some(2) => drop(options.mode(Mode::Normal)),
            Some(_) => return Err(Error::Options),
        }
        match self.finder {
            None => {}
            Some(0x03) => drop(options.match_finder(MatchFinder::HashChain3)),
            Some(0x04) => drop(options.match_finder(MatchFinder::HashChain4)),
            Some(0x12) => drop(options.match_finder(MatchFinder::BinaryTree2)),
            Some(0x13) => drop(options.match_finder(MatchFinder::BinaryTree3)),
            Some(0x14) => drop(options.match_finder(MatchFinder::BinaryTree4)),
            Some(_) => return Err(Error::Options),
        }
        if let Some(nice) = self.nice {
            options.nice_len(nice);
        }
        if let Some(depth) = self.depth {
            options.depth(depth);
        }
        Ok(options)
    }
}

fn number(t: &Thread, dict: Ref<Dict>, name: &str) -> R<Option<u32>> {
    match dict.get_str(t, Str::interned(t, name)?) {
        Some(value) => {
            let number = protocols::index_i64(t, value)?;
            u32::try_from(number).map(Some).map_err(|_| t.overflow_error("Value too large for uint32_t type"))
        }
        None => Ok(None),
    }
}

fn known_keys(t: &Thread, dict: Ref<Dict>, known: &[&str], kind: &str) -> R<()> {
    dict.for_each(t, |key, _| match Str::of(t, key) {
        Some(key) if key.is("id") || known.iter().any(|name| key.is(name)) => Ok(()),
        _ => Err(t.value_error(format_args!("Invalid filter specifier for {kind} filter"))),
    })
}

fn filter_of(t: &Thread, spec: Value) -> R<Filter> {
    let Some(dict) = spec.downcast::<Dict>() else {
        return Err(t.type_error("Filter specifier must be a dict or dict-like object"));
    };
    let Some(id) = dict.get_str(t, Str::interned(t, "id")?) else {
        return Err(t.value_error("Filter specifier must have an \"id\" entry"));
    };
    let id = protocols::index_i64(t, id)?;
    match id {
        FILTER_LZMA1 | FILTER_LZMA2 => {
            let names = ["preset", "dict_size", "lc", "lp", "pb", "mode", "nice_len", "mf", "depth"];
            known_keys(t, dict, &names, "LZMA")?;
            let mut chosen = Lzma::of_preset(number(t, dict, "preset")?.unwrap_or(DEFAULT_PRESET as u32));
            for (name, target) in [
                ("dict_size", &mut chosen.dictionary),
                ("lc", &mut chosen.literal_context),
                ("lp", &mut chosen.literal_position),
                ("pb", &mut chosen.position),
            ] {
                *target = number(t, dict, name)?.unwrap_or(*target);
            }
            for (name, target) in [
                ("mode", &mut chosen.mode),
                ("nice_len", &mut chosen.nice),
                ("mf", &mut chosen.finder),
                ("depth", &mut chosen.depth),
            ] {
                *target = number(t, dict, name)?;
            }
            Ok(Filter::Lzma(id, chosen))
        }
        FILTER_DELTA => {
            known_keys(t, dict, &["dist"], "delta")?;
            Ok(Filter::Delta(number(t, dict, "dist")?.unwrap_or(1)))
        }
        4..=9 => {
            known_keys(t, dict, &["start_offset"], "BCJ")?;
            Ok(Filter::Branch(id, number(t, dict, "start_offset")?.unwrap_or(0)))
        }
        _ => Err(t.value_error(format_args!("Invalid filter ID: {id}"))),
    }
}

fn add_filter(filters: &mut Filters, filter: &Filter) -> Result<(), Error> {
    match filter {
        Filter::Lzma(FILTER_LZMA1, options) => drop(filters.lzma1(&options.options()?)),
        Filter::Lzma(_, options) => drop(filters.lzma2(&options.options()?)),
        Filter::Delta(distance) => {
            if !(1..=256).contains(distance) {
                return Err(Error::Options);
            }
            filters.delta_properties(&[(distance - 1) as u8])?;
        }
        Filter::Branch(id, start) => {
            let start = start.to_le_bytes();
            let properties: &[u8] = if start == [0; 4] { &[] } else { &start };
            match id {
                4 => filters.x86_properties(properties)?,
                5 => filters.powerpc_properties(properties)?,
                6 => filters.ia64_properties(properties)?,
                7 => filters.arm_properties(properties)?,
                8 => filters.arm_thumb_properties(properties)?,
                _ => filters.sparc_properties(properties)?,
            };
        }
    }
    Ok(())
}

fn filters_of(t: &Thread, specs: Value) -> R<Filters> {
    let specs = protocols::tuple_of(t, specs)?;
    if specs.len() > 4 {
        return Err(t.value_error("Too many filters - liblzma supports a maximum of 4"));
    }
    let mut filters = Filters::new();
    for &spec in specs.as_slice() {
        let filter = filter_of(t, spec)?;
        add_filter(&mut filters, &filter).map_err(|error| failed(t, &error))?;
    }
    Ok(filters)
}

/// Arguments by position or name, in the order of `names`.
fn arguments<const N: usize>(t: &Thread, function: &str, args: Args<'_>, names: [&str; N]) -> R<[Option<Value>; N]> {
    let (mut given, positional) = ([None; N], args.positional());
    if positional.len() > N {
        return Err(protocols::argument_count_error(t, function, 0, N, positional.len()));
    }
    for (slot, &value) in given.iter_mut().zip(positional) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        match names.iter().position(|known| name.is(known)) {
            Some(index) if given[index].is_none() => given[index] = Some(value),
            _ => {
                let name = name.to_string_lossy();
                return Err(t.type_error(format_args!("{function}() got an unexpected keyword argument '{name}'")));
            }
        }
    }
    Ok(given)
}

heap_object! {
    /// `LZMACompressor`: nothing once it was flushed.
    pub struct Compressor {
        stream: Owned<Mutex<Option<Stream>>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Compressor>)
}

impl Owner for Compressor {
    type Content = Mutex<Option<Stream>>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

fn check_of(t: &Thread, check: i64) -> R<Check> {
    match check {
        -1 | 4 => Ok(Check::Crc64),
        0 => Ok(Check::None),
        1 => Ok(Check::Crc32),
        10 => Ok(Check::Sha256),
        _ => Err(failed(t, &Error::UnsupportedCheck)),
    }
}

#[native("__new__", raw)]
fn compressor_new(t: &Thread, args: Args<'_>) -> R<Ref<Compressor>> {
    let (class, rest) = vm::builtins::construct::class_argument(t, args, COMPRESSOR.get(t))?;
    let [format, check, preset, filters] =
        arguments(t, "LZMACompressor", rest, ["format", "check", "preset", "filters"])?;
    let given = |value: Option<Value>| value.filter(|value| !value.is_none());
    let format = given(format).map_or(Ok(FORMAT_XZ), |format| protocols::index_long(t, format))?;
    let check = given(check).map_or(Ok(-1), |check| protocols::index_long(t, check))?;
    let (preset, filters) = (given(preset), given(filters));
    if preset.is_some() && filters.is_some() {
        return Err(t.value_error("Cannot specify both preset and filter chain"));
    }
    if format != FORMAT_XZ && check != -1 && check != 0 {
        return Err(t.value_error("Integrity checks are only supported by FORMAT_XZ"));
    }
    let preset = preset.map_or(Ok(DEFAULT_PRESET), |preset| protocols::index_i64(t, preset))? as u32;
    let stream = match (format, filters) {
        (FORMAT_XZ, None) => Stream::new_easy_encoder(preset, check_of(t, check)?),
        (FORMAT_XZ, Some(filters)) => Stream::new_stream_encoder(&filters_of(t, filters)?, check_of(t, check)?),
        (FORMAT_ALONE, None) => LzmaOptions::new_preset(preset).and_then(|options| Stream::new_lzma_encoder(&options)),
        (FORMAT_ALONE, Some(filters)) => {
            let specs = protocols::tuple_of(t, filters)?;
            match specs.as_slice() {
                [spec] => match filter_of(t, *spec)? {
                    Filter::Lzma(FILTER_LZMA1, options) => {
                        options.options().and_then(|options| Stream::new_lzma_encoder(&options))
                    }
                    _ => {
                        return Err(
                            t.value_error("Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter")
                        );
                    }
                },
                _ => return Err(t.value_error("Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter")),
            }
        }
        (FORMAT_RAW, None) => return Err(t.value_error("Must specify filters for FORMAT_RAW")),
        (FORMAT_RAW, Some(filters)) => Stream::new_raw_encoder(&filters_of(t, filters)?),
        _ => return Err(t.value_error(format_args!("Invalid container format: {format}"))),
    };
    let stream = stream.map_err(|error| failed(t, &error))?;
    new_owner(t, class, Mutex::new(Some(stream)), None)
}

fn feed(stream: &mut Stream, mut input: &[u8], action: Action) -> Result<Vec<u8>, Error> {
    let (mut output, mut buffer) = (Vec::new(), vec![0; 1 << 15]);
    let finishing = matches!(action, Action::Finish);
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let status = stream.process(input, &mut buffer, action)?;
        input = &input[(stream.total_in() - read) as usize..];
        let given = (stream.total_out() - written) as usize;
        output.extend_from_slice(&buffer[..given]);
        if matches!(status, Status::StreamEnd) || (!finishing && input.is_empty() && given < buffer.len()) {
            return Ok(output);
        }
    }
}

fn compressed(t: &Thread, result: Result<Vec<u8>, Error>) -> R<Ref<Bytes>> {
    match result {
        Ok(output) => Bytes::new(t, &output),
        Err(error) => Err(failed(t, &error)),
    }
}

/// Provide data to the compressor object.
#[native("compress($self, data, /)")]
fn compressor_compress(t: &Thread, this: Ref<Compressor>, data: Buffer) -> R<Ref<Bytes>> {
    if data.is_empty() {
        return Bytes::new(t, &[]);
    }
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

/// The decoder of a stream.
pub struct Xz {
    stream: Stream,
    /// The integrity check, as far as it is known.
    check: i64,
}

/// `LZMA_TELL_ANY_CHECK` and `LZMA_TELL_NO_CHECK` are not asked for: the check is read from the stream's header instead.
const NO_FLAGS: u32 = 0;

impl Decoder for Xz {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize, bool), Failure> {
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        if read == 0
            && self.check == UNKNOWN_CHECK
            && let [0xfd, b'7', b'z', b'X', b'Z', 0, _, check, ..] = input
        {
            self.check = i64::from(check & 15);
        }
        match self.stream.process(input, output, Action::Run) {
            Ok(status) => Ok((
                (self.stream.total_in() - read) as usize,
                (self.stream.total_out() - written) as usize,
                matches!(status, Status::StreamEnd),
            )),
            Err(Error::Mem) => Err(Failure::Memory),
            Err(error) => Err(Failure::Data(message(&error))),
        }
    }
}

heap_object! {
    /// `LZMADecompressor`.
    pub struct Decompressor {
        stream: Owned<Mutex<Incremental<Xz>>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Decompressor>)
}

impl Owner for Decompressor {
    type Content = Mutex<Incremental<Xz>>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.stream
    }
}

#[native("__new__", raw)]
fn decompressor_new(t: &Thread, args: Args<'_>) -> R<Ref<Decompressor>> {
    let (class, rest) = vm::builtins::construct::class_argument(t, args, DECOMPRESSOR.get(t))?;
    let [format, limit, filters] = arguments(t, "LZMADecompressor", rest, ["format", "memlimit", "filters"])?;
    let given = |value: Option<Value>| value.filter(|value| !value.is_none());
    let format = given(format).map_or(Ok(FORMAT_AUTO), |format| protocols::index_long(t, format))?;
    let (limit, filters) = (given(limit), given(filters));
    if limit.is_some() && format == FORMAT_RAW {
        return Err(t.value_error("Cannot specify memory limit with FORMAT_RAW"));
    }
    let limit = limit.map_or(Ok(u64::MAX), |limit| protocols::index_i64(t, limit).map(|limit| limit as u64))?;
    if format == FORMAT_RAW && filters.is_none() {
        return Err(t.value_error("Must specify filters for FORMAT_RAW"));
    }
    if format != FORMAT_RAW && filters.is_some() {
        return Err(t.value_error("Cannot specify filters except with FORMAT_RAW"));
    }
    let (stream, check) = match format {
        FORMAT_AUTO => (Stream::new_auto_decoder(limit, NO_FLAGS), UNKNOWN_CHECK),
        FORMAT_XZ => (Stream::new_stream_decoder(limit, NO_FLAGS), UNKNOWN_CHECK),
        FORMAT_ALONE => (Stream::new_lzma_decoder(limit), 0),
        FORMAT_RAW => (Stream::new_raw_decoder(&filters_of(t, filters.unwrap_or(Value::NONE))?), 0),
        _ => return Err(t.value_error(format_args!("Invalid container format: {format}"))),
    };
    let stream = stream.map_err(|error| failed(t, &error))?;
    new_owner(t, class, Mutex::new(Incremental::new(Xz { stream, check })), None)
}

/// Decompress *data*, returning uncompressed data as bytes.
#[native("decompress($self, data, max_length=-1)")]
fn decompressor_decompress(t: &Thread, this: Ref<Decompressor>, data: Buffer, most: i64) -> R<Ref<Bytes>> {
    decompressed(t, &this.stream, &data, most, |message| t.raise(LZMA_ERROR.get(t), message))
}

fn of(t: &Thread, this: Value) -> R<Ref<Decompressor>> {
    this.downcast().ok_or_else(|| t.type_error("an LZMADecompressor is expected"))
}

fn eof(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.stream.lock().ended))
}

fn needs_input(t: &Thread, this: Value) -> R {
    Ok(Value::bool(of(t, this)?.stream.lock().needs_input))
}

fn check(t: &Thread, this: Value) -> R {
    int_from_i64(t, of(t, this)?.stream.lock().decoder().check)
}

fn unused_data(t: &Thread, this: Value) -> R {
    let unused = of(t, this)?.stream.lock().unused.clone();
    Ok(Bytes::new(t, &unused)?.value())
}

/// Test whether the given integrity check is supported.
#[native("is_check_supported(check_id, /)")]
fn is_check_supported(_: &Thread, check: i32) -> bool {
    matches!(check, 0 | 1 | 4 | 10)
}

/// Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).
#[native("_encode_filter_properties(filter, /)")]
fn encode_filter_properties(t: &Thread, spec: Value) -> R<Ref<Bytes>> {
    match filter_of(t, spec)? {
        Filter::Lzma(FILTER_LZMA1, options) => {
            options.options().map_err(|error| failed(t, &error))?;
            let first = (options.position * 5 + options.literal_position) * 9 + options.literal_context;
            let mut bytes = vec![first as u8];
            bytes.extend(options.dictionary.to_le_bytes());
            Bytes::new(t, &bytes)
        }
        Filter::Lzma(_, options) => {
            let size = options.dictionary.max(4096);
            // Sizes are two or three times a power of two: the smallest that is large enough.
            let code = (0..40_u32).find(|code| (2 | u64::from(code & 1)) << (code / 2 + 11) >= u64::from(size));
            Bytes::new(t, &[code.unwrap_or(40) as u8])
        }
        Filter::Delta(distance) => Bytes::new(t, &[distance.wrapping_sub(1) as u8]),
        Filter::Branch(_, 0) => Bytes::new(t, &[]),
        Filter::Branch(_, start) => Bytes::new(t, &start.to_le_bytes()),
    }
}

/// Return a dict describing a filter with ID *filter_id*, and options (properties) given by *encoded_props*.
#[native("_decode_filter_properties(filter_id, encoded_props, /)")]
fn decode_filter_properties(t: &Thread, id: i64, properties: Buffer) -> R<Ref<Dict>> {
    let dict = Dict::new(t)?;
    let put = |name: &str, number: i64| dict.set_str(t, Str::interned(t, name)?, int_from_i64(t, number)?);
    put("id", id)?;
    match (id, properties.as_slice()) {
        (FILTER_LZMA1, &[first, a, b, c, d]) if first < 225 => {
            put("dict_size", i64::from(u32::from_le_bytes([a, b, c, d])))?;
            put("lc", i64::from(first % 9))?;
            put("lp", i64::from(first / 9 % 5))?;
            put("pb", i64::from(first / 45))?;
        }
        (FILTER_LZMA2, &[code]) if code <= 40 => {
            let size = (2 | i64::from(code & 1)) << (code / 2 + 11);
            put("dict_size", size.min(i64::from(u32::MAX)))?;
        }
        (FILTER_DELTA, &[distance]) => put("dist", i64::from(distance) + 1)?,
        (4..=9, &[]) => {}
        (4..=9, &[a, b, c, d]) => put("start_offset", i64::from(u32::from_le_bytes([a, b, c, d])))?,
        _ => return Err(failed(t, &Error::Options)),
    }
    Ok(dict)
}

static COMPRESSOR: NativeClass = NativeClass::new(ClassDef {
    name: "LZMACompressor",
    module: "_lzma",
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
    name: "LZMADecompressor",
    module: "_lzma",
    layout: <Decompressor as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "Create a decompressor object for decompressing data incrementally.",
    methods: &[MethodDef::New(&DECOMPRESSOR_NEW), MethodDef::Method(&DECOMPRESSOR_DECOMPRESS)],
    getset: &[
        GetSet { name: "eof", get: eof, set: None, doc: "True if the end-of-stream marker has been reached." },
        GetSet { name: "needs_input", get: needs_input, set: None, doc: "True if more input is needed." },
        GetSet { name: "unused_data", get: unused_data, set: None, doc: "Data found after the end of the stream." },
        GetSet { name: "check", get: check, set: None, doc: "ID of the integrity check used by the input stream." },
    ],
});

static NUMBERS: &[(&str, i64)] = &[
    ("FORMAT_AUTO", FORMAT_AUTO),
    ("FORMAT_XZ", FORMAT_XZ),
    ("FORMAT_ALONE", FORMAT_ALONE),
    ("FORMAT_RAW", FORMAT_RAW),
    ("CHECK_NONE", 0),
    ("CHECK_CRC32", 1),
    ("CHECK_CRC64", 4),
    ("CHECK_SHA256", 10),
    ("CHECK_ID_MAX", 15),
    ("CHECK_UNKNOWN", UNKNOWN_CHECK),
    ("FILTER_LZMA1", FILTER_LZMA1),
    ("FILTER_LZMA2", FILTER_LZMA2),
    ("FILTER_DELTA", FILTER_DELTA),
    ("FILTER_X86", 4),
    ("FILTER_POWERPC", 5),
    ("FILTER_IA64", 6),
    ("FILTER_ARM", 7),
    ("FILTER_ARMTHUMB", 8),
    ("FILTER_SPARC", 9),
    ("MF_HC3", 0x03),
    ("MF_HC4", 0x04),
    ("MF_BT2", 0x12),
    ("MF_BT3", 0x13),
    ("MF_BT4", 0x14),
    ("MODE_FAST", 1),
    ("MODE_NORMAL", 2),
    ("PRESET_DEFAULT", DEFAULT_PRESET),
    ("PRESET_EXTREME", 1 << 31),
];

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in NUMBERS {
        module.add_int(t, name, *number)?;
    }
    Ok(())
}

/// `_lzma`.
pub static MODULE: NativeModule = NativeModule {
    name: "_lzma",
    doc: "",
    functions: &[&IS_CHECK_SUPPORTED, &ENCODE_FILTER_PROPERTIES, &DECODE_FILTER_PROPERTIES],
    classes: &[&LZMA_ERROR, &COMPRESSOR, &DECOMPRESSOR],
    initialize,
};
