//! The registry: search functions, the codecs that they found, and error handlers by name.

use crate::codecs::functions;
use crate::names::Special;
use crate::object::Ref;
use crate::objects::{Dict, List, NativeFunction, Str, Tuple};
use crate::protocols::{call, get_attribute, get_attribute_optional, is_callable, is_true};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

fn search_functions(t: &Thread) -> R<Ref<List>> {
    let list = t.interpreter().state().codec_search.get().and_then(Value::downcast::<List>);
    list.ok_or_else(|| t.system_error("the codec registry was made at start"))
}

fn cache(t: &Thread) -> R<Ref<Dict>> {
    let dict = t.interpreter().state().codec_cache.get().and_then(Value::downcast::<Dict>);
    dict.ok_or_else(|| t.system_error("the codec registry was made at start"))
}

fn handlers(t: &Thread) -> R<Ref<Dict>> {
    let dict = t.interpreter().state().codec_errors.get().and_then(Value::downcast::<Dict>);
    dict.ok_or_else(|| t.system_error("the codec registry was made at start"))
}

/// `codecs.register(function)`.
pub fn register(t: &Thread, function: Value) -> R<()> {
    if !is_callable(t, function) {
        return Err(t.type_error("argument must be callable"));
    }
    search_functions(t)?.push(t, function)
}

/// `codecs.unregister(function)`.
pub fn unregister(t: &Thread, function: Value) -> R<()> {
    let functions = search_functions(t)?;
    let mut index = 0;
    while let Some(known) = functions.get(index) {
        if known.is(function) {
            functions.remove_at(t, index);
            return cache(t)?.clear(t);
        }
        index += 1;
    }
    Ok(())
}

/// Letters and digits in lower case, underscores between runs of them.
fn normalized(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !plain.is_empty() {
                plain.push('_');
            }
            gap = false;
            plain.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    plain
}

/// The codec of a name: a tuple of four functions, perhaps of a class with more attributes.
pub fn lookup(t: &Thread, encoding: Ref<Str>) -> R {
    let text = encoding.to_string_lossy();
    if text.contains('\0') {
        return Err(t.value_error("embedded null character"));
    }
    let name = Str::interned(t, &normalized(&text))?;
    if let Some(codec) = cache(t)?.get_str(t, name) {
        return Ok(codec);
    }
    let functions = search_functions(t)?;
    if functions.is_empty() {
        crate::builtins::import::import_module(t, "encodings")?;
    }
    let mut index = 0;
    while let Some(function) = functions.get(index) {
        let found = call(t, function, &[name.value()])?;
        if found.is_none() {
            index += 1;
            continue;
        }
        if Tuple::of(t, found).is_none_or(|codec| codec.len() != 4) {
            return Err(t.type_error("codec search functions must return 4-tuples"));
        }
        cache(t)?.set_str(t, name, found)?;
        return Ok(found);
    }
    Err(t.lookup_error(format_args!("unknown encoding: {text}")))
}

/// Forgets what was found under a name.
pub fn forget(t: &Thread, encoding: Ref<Str>) -> R<()> {
    let name = Str::interned(t, &normalized(&encoding.to_string_lossy()))?;
    cache(t)?.delete_str(t, name).map(|_| ())
}

fn codec_function(t: &Thread, codec: Value, index: usize) -> R {
    match Tuple::of(t, codec).and_then(|codec| codec.as_slice().get(index).copied()) {
        Some(function) => Ok(function),
        None => Err(t.type_error("codec search functions must return 4-tuples")),
    }
}

fn run(t: &Thread, codec: Value, index: usize, object: Value, errors: Option<Ref<Str>>) -> R {
    let function = codec_function(t, codec, index)?;
    let result = match errors {
        Some(errors) => call(t, function, &[object, errors.value()]),
        None => call(t, function, &[object]),
    }?;
    let kind = if index == 0 { "encoder" } else { "decoder" };
    match Tuple::of(t, result).filter(|pair| pair.len() == 2) {
        Some(pair) => Ok(pair.get(0)),
        None => Err(t.type_error(format_args!("{kind} must return a tuple (object, integer)"))),
    }
}

/// `codecs.encode(object, encoding, errors)`: anything to anything.
pub fn encode(t: &Thread, object: Value, encoding: Ref<Str>, errors: Option<Ref<Str>>) -> R {
    let codec = lookup(t, encoding)?;
    noted(t, run(t, codec, 0, object, errors), "encoding", encoding)
}

/// `codecs.decode(object, encoding, errors)`: anything to anything.
pub fn decode(t: &Thread, object: Value, encoding: Ref<Str>, errors: Option<Ref<Str>>) -> R {
    let codec = lookup(t, encoding)?;
    noted(t, run(t, codec, 1, object, errors), "decoding", encoding)
}

/// Adds a note about the codec to what it raised.
fn noted(t: &Thread, result: R, operation: &str, encoding: Ref<Str>) -> R {
    let Err(raised) = result else { return result };
    let exception = t.take(raised);
    let note = Str::new(t, &format!("{operation} with '{}' codec failed", encoding.to_string_lossy()))?;
    if let Some(add_note) = get_attribute_optional(t, exception, Str::interned(t, "add_note")?)? {
        call(t, add_note, &[note.value()])?;
    }
    Err(t.reraise(exception))
}

fn text_codec(t: &Thread, encoding: Ref<Str>, alternative: &str) -> R {
    let codec = lookup(t, encoding)?;
    let name = Str::interned(t, "_is_text_encoding")?;
    if codec.downcast::<Tuple>().is_none()
        && let Some(text) = get_attribute_optional(t, codec, name)?
        && !is_true(t, text)?
    {
        let encoding = encoding.to_string_lossy();
        return Err(t.lookup_error(format_args!(
            "'{encoding}' is not a text encoding; use {alternative} to handle arbitrary codecs"
        )));
    }
    Ok(codec)
}

/// `str.encode` with a registered codec.
pub fn encode_text(t: &Thread, text: Value, encoding: Ref<Str>, errors: Option<Ref<Str>>) -> R {
    let codec = text_codec(t, encoding, "codecs.encode()")?;
    let result = noted(t, run(t, codec, 0, text, errors), "encoding", encoding)?;
    if crate::objects::Bytes::of(t, result).is_some() {
        return Ok(result);
    }
    if let Some(array) = result.downcast::<crate::objects::ByteArray>() {
        return Ok(crate::objects::Bytes::new(t, &array.to_vec(t))?.value());
    }
    Err(wrong_result(t, "encoder", encoding, result, "bytes", "codecs.encode() to encode"))
}

/// `bytes.decode` with a registered codec.
pub fn decode_text(t: &Thread, object: Value, encoding: Ref<Str>, errors: Option<Ref<Str>>) -> R {
    let codec = text_codec(t, encoding, "codecs.decode()")?;
    let result = noted(t, run(t, codec, 1, object, errors), "decoding", encoding)?;
    if Str::of(t, result).is_some() {
        return Ok(result);
    }
    Err(wrong_result(t, "decoder", encoding, result, "str", "codecs.decode() to decode"))
}

#[cold]
fn wrong_result(t: &Thread, kind: &str, encoding: Ref<Str>, result: Value, expected: &str, advice: &str) -> Raised {
    let (encoding, got) = (encoding.to_string_lossy(), result.class(t).name());
    t.type_error(format_args!(
        "'{encoding}' {kind} returned '{got}' instead of '{expected}'; use {advice} to arbitrary types"
    ))
}

/// `codecs.register_error(name, handler)`.
pub fn register_error(t: &Thread, name: Ref<Str>, handler: Value) -> R<()> {
    if !is_callable(t, handler) {
        return Err(t.type_error("handler must be callable"));
    }
    handlers(t)?.set_str(t, Str::intern(t, name), handler)
}

/// `codecs._unregister_error(name)`.
pub fn unregister_error(t: &Thread, name: Ref<Str>) -> R<bool> {
    if functions::standard_handler(&name.to_string_lossy()).is_some() {
        let name = name.to_string_lossy();
        return Err(t.value_error(format_args!("cannot un-register built-in error handler '{name}'")));
    }
    handlers(t)?.delete_str(t, Str::intern(t, name))
}

/// The handler of a name; none is `strict`.
pub fn error_handler(t: &Thread, name: Option<Ref<Str>>) -> R {
    let name = match name {
        Some(name) => Str::intern(t, name),
        None => t.names().strict,
    };
    if let Some(handler) = handlers(t)?.get_str(t, name) {
        return Ok(handler);
    }
    match functions::standard_handler(&name.to_string_lossy()) {
        Some(definition) => {
            let function = NativeFunction::new(t, t.classes().builtin_function, definition, None, None)?;
            handlers(t)?.set_str(t, name, function.value())?;
            Ok(function.value())
        }
        None => Err(t.lookup_error(format_args!("unknown error handler name '{}'", name.to_string_lossy()))),
    }
}

/// An attribute of a codec's object, by its Python name.
pub fn codec_attribute(t: &Thread, codec: Value, name: &str) -> R {
    get_attribute(t, codec, Str::interned(t, name)?)
}

/// Whether a value could be asked for a codec.
#[must_use]
pub fn looks_like_codec(t: &Thread, codec: Value) -> bool {
    codec.class(t).special(t, Special::GetItem).is_some()
}
