//! `TextIOWrapper`: characters over a stream of bytes. This file has the object and its making; `text_read`, `text_write` and
//! `text_position` have its work, all of it under the stream's lock.
//!
//! Written text waits as encoded bytes in `pending`. Read text waits in `decoded`, of which the first `used` characters were
//! handed out; while positions can be told, the snapshot says from what decoder state and bytes that text came.

use vm::codecs::{Known, registry};
use vm::containers::intern_text;
use vm::native;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Value};

use super::base::{STREAM, TEXT_IO_BASE, call, is_closed, set_wrapped, unsupported};
use super::buffered::{self, both_errors, plain_stream};
use super::file_io::STREAM_GETSTATE;
use super::lock::{Guarded, Hold};
use super::newlines::{self, NewlineDecoder};
use super::string_io::Newline;
use super::{text_position, text_read, text_write};

/// Whether the stream can be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `__init__` has not run.
    Uninitialized,
    /// It can.
    Ready,
    /// `detach` was called.
    Detached,
}

/// What a text stream works on under its lock.
pub struct TextState {
    pub status: Status,
    pub newline: Newline,
    pub line_buffering: bool,
    pub write_through: bool,
    pub readable: bool,
    pub writable: bool,
    pub seekable: bool,
    /// Whether positions can be told now: not while iterating.
    pub telling: bool,
    pub has_read1: bool,
    pub finalizing: bool,
    /// An encoding that is done here, without an encoder.
    pub known: Option<Known>,
    pub pending: Vec<u8>,
    pub chunk_size: usize,
    /// How many of the decoded characters were handed out.
    pub used: usize,
    /// Bytes to a character in the last chunk.
    pub ratio: f64,
    /// The decoder's flags at the snapshot.
    pub snapshot: Option<i64>,
}

vm::heap_object! {
    /// A text stream.
    pub struct TextIOWrapper {
        pub buffer: Slot,
        pub encoding: Slot,
        pub errors: Slot,
        pub encoder: Slot,
        pub decoder: Slot,
        /// Decoded text, or unset.
        pub decoded: Slot,
        /// The bytes of the snapshot.
        pub snapshot_input: Slot,
        state: Owned<Guarded<TextState>>,
    }
    trace { buffer, encoding, errors, encoder, decoder, decoded, snapshot_input }
    kind Drop
    drop(drop_owner::<TextIOWrapper>)
}

impl Owner for TextIOWrapper {
    type Content = Guarded<TextState>;
    fn owned(&self) -> &Owned<Guarded<TextState>> {
        &self.state
    }
}

pub type This = Ref<TextIOWrapper>;
pub type Held<'a> = Hold<'a, TextState>;

/// Takes the stream's lock.
pub fn hold<'a>(t: &Thread, this: This) -> R<Held<'a>> {
    this.target().state.hold(t, this.value())
}

/// Takes the lock of a stream that can be used, and gives its buffer.
pub fn attached<'a>(t: &Thread, this: This) -> R<(Held<'a>, Value)> {
    let state = hold(t, this)?;
    match (state.status, this.buffer.get()) {
        (Status::Ready, Some(buffer)) => Ok((state, buffer)),
        (Status::Detached, _) => Err(t.value_error("underlying buffer has been detached")),
        _ => Err(t.value_error("I/O operation on uninitialized object")),
    }
}

/// As `attached`, of a stream that is not closed.
pub fn opened<'a>(t: &Thread, this: This) -> R<(Held<'a>, Value)> {
    let (state, buffer) = attached(t, this)?;
    if buffer_closed(t, buffer)? { Err(t.value_error("I/O operation on closed file.")) } else { Ok((state, buffer)) }
}

fn buffer_closed(t: &Thread, buffer: Value) -> R<bool> {
    match plain_stream(t, buffer) {
        Some(stream) => buffered::is_closed(t, stream),
        None => is_closed(t, buffer),
    }
}

fn buffer_of(t: &Thread, this: This) -> R {
    match this.target().state.try_hold(t) {
        Some(state) => match (state.status, this.buffer.get()) {
            (Status::Ready, Some(buffer)) => Ok(buffer),
            (Status::Detached, _) => Err(t.value_error("underlying buffer has been detached")),
            _ => Err(t.value_error("I/O operation on uninitialized object")),
        },
        None => this.buffer.get().ok_or_else(|| t.value_error("underlying buffer has been detached")),
    }
}

#[native("__new__", raw)]
fn text_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = vm::builtins::construct::class_argument(t, args, TEXT_IO_WRAPPER.get(t))?;
    let state = TextState {
        status: Status::Uninitialized,
        newline: Newline::Universal,
        line_buffering: false,
        write_through: false,
        readable: false,
        writable: false,
        seekable: false,
        telling: false,
        has_read1: false,
        finalizing: false,
        known: None,
        pending: Vec::new(),
        chunk_size: 8192,
        used: 0,
        ratio: 0.0,
        snapshot: None,
    };
    Ok(new_owner::<TextIOWrapper>(t, class, Guarded::new(state), None)?.value())
}

/// The encoding of the locale. Everything but UTF-8 is long gone from where this runs; the C locale counts as UTF-8 (PEP 540).
pub fn locale_encoding() -> &'static str {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale.as_deref() {
        None | Some("C" | "POSIX") => "utf-8",
        Some(_) => "UTF-8",
    }
}

fn no_nulls(t: &Thread, text: Ref<Str>) -> R<()> {
    if text::search::find_char(text.target().units(), 0).is_some() {
        Err(t.value_error("embedded null character"))
    } else {
        Ok(())
    }
}

fn encoding_argument(t: &Thread, encoding: Option<Value>) -> R<Ref<Str>> {
    match encoding.filter(|encoding| !encoding.is_none()) {
        None => Str::interned(t, locale_encoding()),
        Some(encoding) => match Str::of(t, encoding) {
            Some(text) if text.is("locale") => Str::interned(t, locale_encoding()),
            Some(text) => no_nulls(t, text).map(|()| text),
            None => Err(t.type_error(format_args!(
                "TextIOWrapper() argument 'encoding' must be str or None, not {}",
                encoding.class(t).name()
            ))),
        },
    }
}

fn errors_argument(t: &Thread, errors: Option<Value>) -> R<Ref<Str>> {
    match errors.filter(|errors| !errors.is_none()) {
        None => Ok(t.names().strict),
        Some(errors) => match Str::of(t, errors) {
            Some(text) => no_nulls(t, text).map(|()| text),
            None => {
                let got = errors.class(t).name();
                Err(t.type_error(format_args!("TextIOWrapper() argument 'errors' must be str or None, not {got}")))
            }
        },
    }
}

/// An encoding that needs no encoder object: one without state.
fn stateless(encoding: Ref<Str>) -> Option<Known> {
    Known::from_name(&encoding.to_string_lossy())
        .filter(|known| matches!(known, Known::Utf8 | Known::Ascii | Known::Latin1))
}

fn text_codec(t: &Thread, encoding: Ref<Str>) -> R {
    let codec = registry::lookup(t, encoding)?;
    let flag = protocols::get_attribute_optional(t, codec, intern_text(t, "_is_text_encoding")?)?;
    if let Some(flag) = flag
        && !protocols::is_true(t, flag)?
    {
        let shown = encoding.to_string_lossy();
        return Err(t.lookup_error(format_args!(
            "'{shown}' is not a text encoding; use codecs.open() to handle arbitrary codecs"
        )));
    }
    Ok(codec)
}

fn make_coder(t: &Thread, encoding: Ref<Str>, errors: Ref<Str>, kind: &str) -> R {
    let codec = text_codec(t, encoding)?;
    let factory = protocols::get_attribute(t, codec, intern_text(t, kind)?)?;
    protocols::call(t, factory, &[errors.value()])
}

fn str_slot(t: &Thread, slot: &Slot) -> R<Ref<Str>> {
    match slot.get().and_then(Value::downcast::<Str>) {
        Some(text) => Ok(text),
        None => Err(t.value_error("I/O operation on uninitialized object")),
    }
}

/// The decoder, made when first needed; UnsupportedOperation if the stream is not readable.
pub fn decoder(t: &Thread, this: This, state: &TextState) -> R {
    if let Some(decoder) = this.decoder.get() {
        return Ok(decoder);
    }
    if !state.readable {
        return Err(unsupported(t, "not readable"));
    }
    let decoder = make_coder(t, str_slot(t, &this.encoding)?, str_slot(t, &this.errors)?, "incrementaldecoder")?;
    let decoder = match state.newline {
        Newline::Universal | Newline::Any => {
            newlines::new_decoder(t, decoder, state.newline == Newline::Universal, None)?.value()
        }
        _ => decoder,
    };
    this.decoder.put(this.header(), t, decoder);
    Ok(decoder)
}

fn set_encoder(t: &Thread, this: This, state: &mut TextState) -> R<()> {
    let (encoding, errors) = (str_slot(t, &this.encoding)?, str_slot(t, &this.errors)?);
    state.known = stateless(encoding);
    this.encoder.put(this.header(), t, None);
    this.decoder.put(this.header(), t, None);
    if state.known.is_some() {
        return Ok(());
    }
    text_codec(t, encoding)?;
    if state.writable {
        let encoder = make_coder(t, encoding, errors, "incrementalencoder")?;
        this.encoder.put(this.header(), t, encoder);
    }
    if state.readable {
        decoder(t, this, state)?;
    }
    Ok(())
}

/// In the middle of a stream no byte order mark is written.
fn adjust_encoder(t: &Thread, this: This, state: &TextState, buffer: Value) -> R<()> {
    let Some(encoder) = this.encoder.get().filter(|_| state.seekable) else { return Ok(()) };
    let position = protocols::call_method(t, buffer, t.names().tell, &[])?;
    if position.as_small_int() != Some(0) {
        call(t, encoder, "setstate", &[Value::small(0)])?;
    }
    Ok(())
}

#[native(
    "__init__($self, /, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)"
)]
#[allow(clippy::too_many_arguments, reason = "one for each parameter in Python")]
fn text_init(
    t: &Thread,
    this: This,
    buffer: Value,
    encoding: Option<Value>,
    errors: Option<Value>,
    newline: Value,
    line_buffering: bool,
    write_through: bool,
) -> R<()> {
    let mut held = hold(t, this)?;
    let state = &mut *held;
    state.status = Status::Uninitialized;
    let newline = Newline::of(t, newline, |_, text| Ok(text.to_string_lossy()))?;
    let encoding = encoding_argument(t, encoding)?;
    let errors = errors_argument(t, errors)?;
    let header = this.header();
    this.encoding.put(header, t, encoding.value());
    this.errors.put(header, t, errors.value());
    this.decoded.put(header, t, None);
    this.snapshot_input.put(header, t, None);
    state.newline = newline;
    state.line_buffering = line_buffering;
    state.write_through = write_through;
    state.pending.clear();
    state.used = 0;
    state.snapshot = None;
    state.chunk_size = 8192;
    let able = |name: &str| -> R<bool> {
        let able = call(t, buffer, name, &[])?;
        protocols::is_true(t, able)
    };
    state.readable = able("readable")?;
    state.writable = able("writable")?;
    set_encoder(t, this, state)?;
    state.seekable = able("seekable")?;
    state.telling = state.seekable;
    state.has_read1 = plain_stream(t, buffer).is_some()
        || protocols::get_attribute_optional(t, buffer, intern_text(t, "read1")?)?.is_some();
    this.buffer.put(header, t, buffer);
    adjust_encoder(t, this, state, buffer)?;
    set_wrapped(buffer, true);
    state.status = Status::Ready;
    Ok(())
}

/// Whether a truth argument was given; None keeps the old value.
fn changed(t: &Thread, value: Value, old: bool) -> R<bool> {
    if value.is_none() { Ok(old) } else { Ok(protocols::index_i64(t, value)? != 0) }
}

/// Reconfigure the text stream with new parameters.
#[native(
    "reconfigure($self, /, *, encoding=None, errors=None, newline=<unset>, line_buffering=None, write_through=None)"
)]
fn text_reconfigure(
    t: &Thread,
    this: This,
    encoding: Value,
    errors: Value,
    newline: Option<Value>,
    line_buffering: Value,
    write_through: Value,
) -> R<()> {
    let codec_changes = !encoding.is_none() || !errors.is_none() || newline.is_some();
    if codec_changes && this.decoded.get().is_some() {
        return Err(unsupported(t, "It is not possible to set the encoding or newline of stream after the first read"));
    }
    for (value, name) in [(encoding, "encoding"), (errors, "errors")] {
        if !value.is_none() && Str::of(t, value).is_none() {
            let got = value.class(t).name();
            return Err(t.type_error(format_args!("reconfigure() argument '{name}' must be str or None, not {got}")));
        }
    }
    let newline = match newline {
        Some(newline) => Some(Newline::of(t, newline, |_, text| Ok(text.to_string_lossy()))?),
        None => None,
    };
    text_write::flush(t, this)?;
    let (mut held, buffer) = attached(t, this)?;
    let state = &mut *held;
    state.line_buffering = changed(t, line_buffering, state.line_buffering)?;
    state.write_through = changed(t, write_through, state.write_through)?;
    if !codec_changes {
        return Ok(());
    }
    if let Some(newline) = newline {
        state.newline = newline;
    }
    let header = this.header();
    if !encoding.is_none() {
        let encoding = encoding_argument(t, Some(encoding))?;
        if stateless(encoding).is_none() {
            text_codec(t, encoding)?;
        }
        this.encoding.put(header, t, encoding.value());
    }
    if !errors.is_none() || !encoding.is_none() {
        this.errors.put(header, t, errors_argument(t, Some(errors))?.value());
    }
    set_encoder(t, this, state)?;
    adjust_encoder(t, this, state, buffer)
}

/// Separate the underlying buffer from the TextIOBase and return it.
#[native("detach($self, /)")]
fn text_detach(t: &Thread, this: This) -> R {
    buffer_of(t, this)?;
    protocols::call_method(t, this.value(), t.names().flush, &[])?;
    let (mut state, buffer) = attached(t, this)?;
    state.status = Status::Detached;
    this.buffer.put(this.header(), t, None);
    set_wrapped(buffer, false);
    Ok(buffer)
}

/// Close the stream.
#[native("close($self, /)")]
fn text_close(t: &Thread, this: This) -> R {
    let buffer = buffer_of(t, this)?;
    if buffer_closed(t, buffer)? {
        return Ok(Value::NONE);
    }
    let finalizing = hold(t, this)?.finalizing;
    if finalizing
        && protocols::get_attribute_optional(t, buffer, intern_text(t, "_dealloc_warn")?)?.is_some()
        && let Err(raised) = call(t, buffer, "_dealloc_warn", &[this.value()])
    {
        t.take(raised);
    }
    let flushed = protocols::call_method(t, this.value(), t.names().flush, &[]).map_err(|raised| t.take(raised));
    let closed = protocols::call_method(t, buffer, t.names().close, &[]);
    both_errors(t, flushed, closed)
}

macro_rules! forwarded {
    ($($function:ident $signature:literal;)*) => {
        $(#[native($signature)]
        fn $function(t: &Thread, this: This) -> R {
            let buffer = buffer_of(t, this)?;
            call(t, buffer, $signature.split('(').next().unwrap_or_default(), &[])
        })*
    };
}

forwarded! {
    text_seekable "seekable($self, /)";
    text_readable "readable($self, /)";
    text_writable "writable($self, /)";
    text_fileno "fileno($self, /)";
    text_isatty "isatty($self, /)";
}

fn shown_attribute(t: &Thread, this: Value, name: Ref<Str>) -> R<Option<String>> {
    let found = match protocols::get_attribute_optional(t, this, name) {
        Ok(found) => found,
        Err(raised) => {
            t.catch(raised, t.classes().value_error)?;
            None
        }
    };
    match found {
        Some(value) => Ok(Some(protocols::repr(t, value)?.to_string_lossy())),
        None => Ok(None),
    }
}

#[native("__repr__($self, /)")]
fn text_repr(t: &Thread, this: This) -> R<String> {
    if this.encoding.get().is_none() {
        return Err(t.value_error("I/O operation on uninitialized object"));
    }
    let class = this.value().class(t).full_name(t);
    let Some(_guard) = vm::containers::ReprGuard::enter(t, this.value())? else {
        return Err(t.runtime_error(format_args!("reentrant call inside {class}.__repr__")));
    };
    let mut shown = format!("<{class}");
    if let Some(name) = shown_attribute(t, this.value(), t.names().name)? {
        shown.push_str(&format!(" name={name}"));
    }
    if let Some(mode) = shown_attribute(t, this.value(), t.names().mode)? {
        shown.push_str(&format!(" mode={mode}"));
    }
    let encoding = protocols::repr(t, this.encoding.get().unwrap_or(Value::NONE))?.to_string_lossy();
    Ok(format!("{shown} encoding={encoding}>"))
}

fn of(t: &Thread, value: Value) -> R<This> {
    value.downcast().ok_or_else(|| t.type_error("a TextIOWrapper is expected"))
}

fn get_buffer(t: &Thread, this: Value) -> R {
    buffer_of(t, of(t, this)?)
}

fn get_closed(t: &Thread, this: Value) -> R {
    let buffer = buffer_of(t, of(t, this)?)?;
    buffer_closed(t, buffer).map(Value::bool)
}

fn get_name(t: &Thread, this: Value) -> R {
    let buffer = buffer_of(t, of(t, this)?)?;
    protocols::get_attribute(t, buffer, t.names().name)
}

fn get_encoding(t: &Thread, this: Value) -> R {
    Ok(of(t, this)?.encoding.get().unwrap_or(Value::NONE))
}

fn get_errors(t: &Thread, this: Value) -> R {
    let this = of(t, this)?;
    buffer_of(t, this)?;
    Ok(this.errors.get().unwrap_or(Value::NONE))
}

fn get_newlines(t: &Thread, this: Value) -> R {
    let this = of(t, this)?;
    buffer_of(t, this)?;
    match this.decoder.get() {
        None => Ok(Value::NONE),
        Some(decoder) => match decoder.downcast::<NewlineDecoder>() {
            Some(decoder) => newlines::shown(t, newlines::seen(decoder)),
            None => Ok(protocols::get_attribute_optional(t, decoder, t.names().newlines)?.unwrap_or(Value::NONE)),
        },
    }
}

fn get_line_buffering(t: &Thread, this: Value) -> R {
    Ok(Value::bool(attached(t, of(t, this)?)?.0.line_buffering))
}

fn get_write_through(t: &Thread, this: Value) -> R {
    Ok(Value::bool(attached(t, of(t, this)?)?.0.write_through))
}

fn get_finalizing(t: &Thread, this: Value) -> R {
    Ok(Value::bool(hold(t, of(t, this)?)?.finalizing))
}

fn set_finalizing(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let truth = protocols::is_true(t, value.unwrap_or(Value::NONE))?;
    hold(t, of(t, this)?)?.finalizing = truth;
    Ok(())
}

fn get_chunk_size(t: &Thread, this: Value) -> R {
    let size = attached(t, of(t, this)?)?.0.chunk_size;
    vm::objects::int_from_u64(t, size as u64)
}

fn set_chunk_size(t: &Thread, this: Value, value: Option<Value>) -> R<()> {
    let this = of(t, this)?;
    let Some(value) = value else { return Err(t.raise(t.classes().attribute_error, "cannot delete attribute")) };
    let size = protocols::index_sized(t, value, t.classes().value_error)?;
    if size <= 0 {
        return Err(t.value_error("a strictly positive integer is required"));
    }
    attached(t, this)?.0.chunk_size = size as usize;
    Ok(())
}

/// `_io.TextIOWrapper`.
pub static TEXT_IO_WRAPPER: NativeClass = NativeClass::new(ClassDef {
    name: "TextIOWrapper",
    module: "_io",
    layout: TextIOWrapper::layout,
    base: Some(|t| TEXT_IO_BASE.get(t)),
    flags: STREAM,
    doc: "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.",
    methods: &[
        MethodDef::New(&TEXT_NEW),
        MethodDef::Method(&TEXT_INIT),
        MethodDef::Method(&TEXT_REPR),
        MethodDef::Method(&TEXT_RECONFIGURE),
        MethodDef::Method(&TEXT_DETACH),
        MethodDef::Method(&TEXT_CLOSE),
        MethodDef::Method(&TEXT_SEEKABLE),
        MethodDef::Method(&TEXT_READABLE),
        MethodDef::Method(&TEXT_WRITABLE),
        MethodDef::Method(&TEXT_FILENO),
        MethodDef::Method(&TEXT_ISATTY),
        MethodDef::Method(&text_write::TEXT_WRITE),
        MethodDef::Method(&text_write::TEXT_FLUSH),
        MethodDef::Method(&text_read::TEXT_READ),
        MethodDef::Method(&text_read::TEXT_READLINE),
        MethodDef::Method(&text_read::TEXT_NEXT),
        MethodDef::Method(&text_position::TEXT_SEEK),
        MethodDef::Method(&text_position::TEXT_TELL),
        MethodDef::Method(&text_position::TEXT_TRUNCATE),
        MethodDef::Method(&STREAM_GETSTATE),
    ],
    getset: &[
        GetSet { name: "buffer", get: get_buffer, set: None, doc: "" },
        GetSet { name: "closed", get: get_closed, set: None, doc: "" },
        GetSet { name: "name", get: get_name, set: None, doc: "" },
        GetSet { name: "encoding", get: get_encoding, set: None, doc: "" },
        GetSet { name: "errors", get: get_errors, set: None, doc: "" },
        GetSet { name: "newlines", get: get_newlines, set: None, doc: "" },
        GetSet { name: "line_buffering", get: get_line_buffering, set: None, doc: "" },
        GetSet { name: "write_through", get: get_write_through, set: None, doc: "" },
        GetSet { name: "_finalizing", get: get_finalizing, set: Some(set_finalizing), doc: "" },
        GetSet { name: "_CHUNK_SIZE", get: get_chunk_size, set: Some(set_chunk_size), doc: "" },
    ],
});

/// A new text stream, initialized.
pub fn new_text(
    t: &Thread,
    buffer: Value,
    encoding: Value,
    errors: Value,
    newline: Value,
    line_buffering: bool,
) -> R<This> {
    let made = text_new(t, Args::positional_only(&[TEXT_IO_WRAPPER.get(t).value()]))?;
    let made = of(t, made)?;
    text_init(t, made, buffer, Some(encoding), Some(errors), newline, line_buffering, false)?;
    Ok(made)
}
