//! `IncrementalNewlineDecoder`: line ends translated to `\n` on the way in, and which kinds were seen.

use sync::atomic::{AtomicBool, AtomicU32, Ordering};
use text::TextBuilder;
use text::units::Units;
use vm::builtins::construct::class_argument;
use vm::builtins::object::new_instance;
use vm::native;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{Bytes, ClassFlags};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value};

use super::base::call;

/// Kinds of line ends, as bits.
pub const CR: u32 = 1;
/// `\n` was seen.
pub const LF: u32 = 2;
/// `\r\n` was seen.
pub const CRLF: u32 = 4;

vm::heap_object! {
    /// A decoder of line ends around another decoder.
    pub struct NewlineDecoder {
        decoder: Slot,
        errors: Slot,
        seen: AtomicU32,
        pending_cr: AtomicBool,
        translate: AtomicBool,
        ready: AtomicBool,
    }
    trace { decoder, errors }
}

type This = Ref<NewlineDecoder>;

#[native("__init__($self, /, decoder, translate, errors='strict')")]
fn newline_init(t: &Thread, this: This, decoder: Value, translate: bool, errors: Option<Value>) -> R<()> {
    let errors = match errors {
        Some(errors) => errors,
        None => t.names().strict.value(),
    };
    this.decoder.put(this.header(), t, decoder);
    this.errors.put(this.header(), t, errors);
    this.translate.store(translate, Ordering::Relaxed);
    this.seen.store(0, Ordering::Relaxed);
    this.pending_cr.store(false, Ordering::Relaxed);
    this.ready.store(true, Ordering::Release);
    Ok(())
}

fn check_ready(t: &Thread, this: This) -> R<()> {
    if this.ready.load(Ordering::Acquire) {
        Ok(())
    } else {
        Err(t.value_error("IncrementalNewlineDecoder.__init__() not called"))
    }
}

/// Which kinds of line ends a text has.
pub fn kinds(text: Units<'_>) -> u32 {
    let (mut seen, mut at) = (0, 0);
    if let Units::One(bytes) = text
        && memchr::memchr(b'\r', bytes).is_none()
    {
        return if memchr::memchr(b'\n', bytes).is_some() { LF } else { 0 };
    }
    while let Some(c) = text.try_get(at) {
        at += 1;
        match c {
            0x0a => seen |= LF,
            0x0d if text.try_get(at) == Some(0x0a) => {
                seen |= CRLF;
                at += 1;
            }
            0x0d => seen |= CR,
            _ => {}
        }
    }
    seen
}

/// The text with all line ends as `\n`.
pub fn translated(text: Units<'_>) -> TextBuilder {
    let mut out = TextBuilder::with_capacity(text.len());
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        if text.get(at) == 0x0d {
            out.push_units(text.slice(start, at));
            out.push_char(0x0a);
            if text.try_get(at + 1) == Some(0x0a) {
                at += 1;
            }
            start = at + 1;
        }
        at += 1;
    }
    out.push_units(text.slice(start, text.len()));
    out
}

fn has_cr(text: Units<'_>) -> bool {
    text::search::find_char(text, 0x0d).is_some()
}

/// Takes decoded text through the line-end translation.
pub fn process(t: &Thread, this: This, decoded: Ref<Str>, last: bool) -> R<Ref<Str>> {
    let mut output = decoded;
    if this.pending_cr.load(Ordering::Relaxed) && (last || !output.is_empty()) {
        output = Str::concat(t, Str::from_char(t, 0x0d)?, output)?;
        this.pending_cr.store(false, Ordering::Relaxed);
    }
    // A \r at the end may be half of a \r\n.
    if !last && output.target().units().last() == Some(0x0d) {
        output = Str::substring(t, output, 0, output.len() - 1)?;
        this.pending_cr.store(true, Ordering::Relaxed);
    }
    let units = output.target().units();
    this.seen.fetch_or(kinds(units), Ordering::Relaxed);
    if this.translate.load(Ordering::Relaxed) && has_cr(units) {
        return Str::from_owned(t, translated(units).finish());
    }
    Ok(output)
}

#[native("decode($self, /, input, final=False)")]
fn newline_decode(t: &Thread, this: This, input: Value, last: bool) -> R {
    check_ready(t, this)?;
    let decoder = this.decoder.get().unwrap_or(Value::NONE);
    let decoded = if decoder.is_none() {
        input
    } else {
        protocols::call_method(t, decoder, t.names().decode, &[input, Value::bool(last)])?
    };
    let Some(decoded) = Str::of(t, decoded) else {
        return Err(
            t.type_error(format_args!("decoder should return a string result, not '{}'", decoded.class(t).name()))
        );
    };
    Ok(process(t, this, decoded, last)?.value())
}

#[native("getstate($self, /)")]
fn newline_getstate(t: &Thread, this: This) -> R<Ref<Tuple>> {
    check_ready(t, this)?;
    let decoder = this.decoder.get().unwrap_or(Value::NONE);
    let (buffer, flag) = if decoder.is_none() {
        (Bytes::empty(t)?.value(), 0)
    } else {
        let state = call(t, decoder, "getstate", &[])?;
        let wrong = || t.type_error("illegal decoder state");
        let Some(state) = Tuple::of(t, state).filter(|state| state.len() == 2) else { return Err(wrong()) };
        (state.get(0), protocols::index_i64(t, state.get(1))?)
    };
    let flag = (flag << 1) | i64::from(this.pending_cr.load(Ordering::Relaxed));
    Tuple::from_slice(t, &[buffer, vm::objects::int_from_i64(t, flag)?])
}

#[native("setstate($self, state, /)")]
fn newline_setstate(t: &Thread, this: This, state: Value) -> R {
    check_ready(t, this)?;
    let Some(state) = Tuple::of(t, state) else { return Err(t.type_error("state argument must be a tuple")) };
    if state.len() != 2 {
        return Err(t.type_error("illegal decoder state"));
    }
    let flag = protocols::index_i64(t, state.get(1))?;
    this.pending_cr.store(flag & 1 != 0, Ordering::Relaxed);
    let decoder = this.decoder.get().unwrap_or(Value::NONE);
    if decoder.is_none() {
        return Ok(Value::NONE);
    }
    let inside = Tuple::from_slice(t, &[state.get(0), vm::objects::int_from_i64(t, flag >> 1)?])?;
    call(t, decoder, "setstate", &[inside.value()])
}

#[native("reset($self, /)")]
fn newline_reset(t: &Thread, this: This) -> R {
    check_ready(t, this)?;
    this.seen.store(0, Ordering::Relaxed);
    this.pending_cr.store(false, Ordering::Relaxed);
    match this.decoder.get().filter(|decoder| !decoder.is_none()) {
        Some(decoder) => call(t, decoder, "reset", &[]),
        None => Ok(Value::NONE),
    }
}

/// What `newlines` shows for the kinds that were seen.
pub fn shown(t: &Thread, seen: u32) -> R {
    let names: Vec<&str> = [(CR, "\r"), (LF, "\n"), (CRLF, "\r\n")]
        .into_iter()
        .filter(|(bit, _)| seen & bit != 0)
        .map(|(_, name)| name)
        .collect();
    match names.as_slice() {
        [] => Ok(Value::NONE),
        [one] => Ok(Str::new(t, one)?.value()),
        many => Ok(Tuple::with(t, many.len(), |index| Ok(Str::new(t, many[index])?.value()))?.value()),
    }
}

fn get_newlines(t: &Thread, this: Value) -> R {
    let Some(this) = this.downcast::<NewlineDecoder>() else {
        return Err(t.type_error("an IncrementalNewlineDecoder is expected"));
    };
    check_ready(t, this)?;
    shown(t, this.seen.load(Ordering::Relaxed))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn newline_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, NEWLINE_DECODER.get(t))?;
    new_instance(t, class)
}

/// `_io.IncrementalNewlineDecoder`.
pub static NEWLINE_DECODER: NativeClass = NativeClass::new(ClassDef {
    name: "IncrementalNewlineDecoder",
    module: "_io",
    layout: NewlineDecoder::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "Codec used when reading a file in universal newlines mode.\n\nIt wraps another incremental decoder, translating \\r\\n and \\r into \\n.\nIt also records the types of newlines encountered.",
    methods: &[
        MethodDef::New(&NEWLINE_NEW),
        MethodDef::Method(&NEWLINE_INIT),
        MethodDef::Method(&NEWLINE_DECODE),
        MethodDef::Method(&NEWLINE_GETSTATE),
        MethodDef::Method(&NEWLINE_SETSTATE),
        MethodDef::Method(&NEWLINE_RESET),
    ],
    getset: &[GetSet { name: "newlines", get: get_newlines, set: None, doc: "" }],
});

/// A decoder around another, ready for use.
pub fn new_decoder(t: &Thread, decoder: Value, translate: bool, errors: Option<Value>) -> R<This> {
    let made = t.allocate::<NewlineDecoder>(NEWLINE_DECODER.get(t))?.publish();
    newline_init(t, made, decoder, translate, errors)?;
    Ok(made)
}

/// The kinds of line ends that the decoder has seen.
pub fn seen(this: This) -> u32 {
    this.seen.load(Ordering::Relaxed)
}

/// The decoder inside.
pub fn wrapped(this: This) -> Value {
    this.decoder.get().unwrap_or(Value::NONE)
}
