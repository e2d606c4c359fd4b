//! The module `_codecs`.

use macros::native;
use text::codecs::{Decoded, Policy, charmap, escapes, utf7, wide};
use text::{OwnedUnits, Units};

use crate::codecs::errors::{Decoding, Encoding, call_policy};
use crate::codecs::{Known, decode_known_part, encode_known, registry};
use crate::modules::{NativeModule, nothing_to_add};
use crate::native::NativeDef;
use crate::object::Ref;
use crate::objects::int::{int_from_i64, int_from_u64};
use crate::objects::{Bytes, Dict, Str, Tuple, int_of};
use crate::protocols::{self, Buffer};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

macro_rules! handlers {
    ($($function:ident $name:literal $signature:literal $policy:ident $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, exception: Value) -> R {
                call_policy(t, Policy::$policy, exception)
            }
        )*

        /// The standard handler of this name as a Python function.
        #[must_use]
        pub fn standard_handler(name: &str) -> Option<&'static NativeDef> {
            const NAMES: &[&str] = &[$($name),*];
            let definitions: &[&'static NativeDef] = &[$(&handlers!(@static $function)),*];
            NAMES.iter().position(|known| *known == name).map(|index| definitions[index])
        }
    };
    (@static strict_errors) => { STRICT_ERRORS };
    (@static ignore_errors) => { IGNORE_ERRORS };
    (@static replace_errors) => { REPLACE_ERRORS };
    (@static xmlcharrefreplace_errors) => { XMLCHARREFREPLACE_ERRORS };
    (@static backslashreplace_errors) => { BACKSLASHREPLACE_ERRORS };
    (@static namereplace_errors) => { NAMEREPLACE_ERRORS };
    (@static surrogatepass) => { SURROGATEPASS };
    (@static surrogateescape) => { SURROGATEESCAPE };
}

handlers! {
    strict_errors "strict" "strict_errors(exception, /)" Strict "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.";
    ignore_errors "ignore" "ignore_errors(exception, /)" Ignore "Implements the 'ignore' error handling, which ignores malformed data and continues.";
    replace_errors "replace" "replace_errors(exception, /)" Replace "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.";
    xmlcharrefreplace_errors "xmlcharrefreplace" "xmlcharrefreplace_errors(exception, /)" XmlCharRefReplace "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.";
    backslashreplace_errors "backslashreplace" "backslashreplace_errors(exception, /)" BackslashReplace "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.";
    namereplace_errors "namereplace" "namereplace_errors(exception, /)" NameReplace "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.";
    surrogatepass "surrogatepass" "surrogatepass(exception, /)" SurrogatePass "Implements the 'surrogatepass' error handling, which encodes and decodes surrogates as if they were characters.";
    surrogateescape "surrogateescape" "surrogateescape(exception, /)" SurrogateEscape "Implements the 'surrogateescape' error handling, which keeps malformed bytes as surrogates.";
}

/// Register a codec search function.
///
/// Search functions are expected to take one argument, the encoding name in
/// all lower case letters, and either return None, or a tuple of functions
/// (encoder, decoder, stream_reader, stream_writer) (or a CodecInfo object).
#[native("register(search_function, /)")]
fn register(t: &Thread, function: Value) -> R<()> {
    registry::register(t, function)
}

/// Unregister a codec search function and clear the registry's cache.
///
/// If the search function is not registered, do nothing.
#[native("unregister(search_function, /)")]
fn unregister(t: &Thread, function: Value) -> R<()> {
    registry::unregister(t, function)
}

/// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
#[native("lookup(encoding, /)")]
fn lookup(t: &Thread, encoding: Ref<Str>) -> R {
    registry::lookup(t, encoding)
}

/// Purge the named codec from the internal codec lookup cache
#[native("_forget_codec(encoding, /)")]
fn forget_codec(t: &Thread, encoding: Ref<Str>) -> R<()> {
    registry::forget(t, encoding)
}

/// Encodes obj using the codec registered for encoding.
///
/// The default encoding is 'utf-8'.  errors may be given to set a
/// different error handling scheme.  Default is 'strict' meaning that encoding
/// errors raise a ValueError.  Other possible values are 'ignore', 'replace'
/// and 'backslashreplace' as well as any other name registered with
/// codecs.register_error that can handle ValueErrors.
#[native("encode(obj, encoding='utf-8', errors='strict')")]
fn encode(t: &Thread, object: Value, encoding: Option<Ref<Str>>, errors: Option<Ref<Str>>) -> R {
    let encoding = encoding.unwrap_or(t.names().utf_8);
    registry::encode(t, object, encoding, errors)
}

/// Decodes obj using the codec registered for encoding.
///
/// Default encoding is 'utf-8'.  errors may be given to set a
/// different error handling scheme.  Default is 'strict' meaning that encoding
/// errors raise a ValueError.  Other possible values are 'ignore', 'replace'
/// and 'backslashreplace' as well as any other name registered with
/// codecs.register_error that can handle ValueErrors.
#[native("decode(obj, encoding='utf-8', errors='strict')")]
fn decode(t: &Thread, object: Value, encoding: Option<Ref<Str>>, errors: Option<Ref<Str>>) -> R {
    let encoding = encoding.unwrap_or(t.names().utf_8);
    registry::decode(t, object, encoding, errors)
}

/// Register the specified error handler under the name errors.
///
/// handler must be a callable object, that
/// will be called with an exception instance containing
/// information about the location of the encoding/decoding
/// error and must return a (replacement, new position) tuple.
#[native("register_error(errors, handler, /)")]
fn register_error(t: &Thread, name: Ref<Str>, handler: Value) -> R<()> {
    registry::register_error(t, name, handler)
}

/// Un-register the specified error handler for the error handling `errors'.
///
/// Only custom error handlers can be un-registered. An exception is raised
/// if the error handling is a built-in one (e.g., 'strict'), or if an error
/// occurs.
///
/// Otherwise, this returns True if a custom handler has been successfully
/// un-registered, and False if no custom handler for the specified error
/// handling exists.
#[native("_unregister_error(errors, /)")]
fn unregister_error(t: &Thread, name: Ref<Str>) -> R<bool> {
    registry::unregister_error(t, name)
}

/// lookup_error(errors) -> handler
///
/// Return the error handler for the specified error handling name or raise a
/// LookupError, if no handler exists under this name.
#[native("lookup_error(name, /)")]
fn lookup_error(t: &Thread, name: Ref<Str>) -> R {
    registry::error_handler(t, Some(name))
}

fn pair(t: &Thread, result: Value, count: usize) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[result, int_from_u64(t, count as u64)?])
}

fn decoded_pair(t: &Thread, decoded: Decoded) -> R<Ref<Tuple>> {
    pair(t, Str::from_owned(t, decoded.text)?.value(), decoded.consumed)
}

fn encoded_pair(t: &Thread, bytes: &[u8], text: Ref<Str>) -> R<Ref<Tuple>> {
    pair(t, Bytes::new(t, bytes)?.value(), text.len())
}

type Errors = Option<Ref<Str>>;

macro_rules! known_encoders {
    ($($function:ident $signature:literal $known:expr;)*) => {
        $(
            #[native($signature)]
            fn $function(t: &Thread, text: Ref<Str>, errors: Errors) -> R<Ref<Tuple>> {
                pair(t, encode_known(t, $known, text, errors)?.value(), text.len())
            }
        )*
    };
}

known_encoders! {
    utf_8_encode "utf_8_encode(str, errors=None, /)" Known::Utf8;
    ascii_encode "ascii_encode(str, errors=None, /)" Known::Ascii;
    latin_1_encode "latin_1_encode(str, errors=None, /)" Known::Latin1;
    utf_16_le_encode "utf_16_le_encode(str, errors=None, /)" Known::Utf16(Some(wide::ByteOrder::Little));
    utf_16_be_encode "utf_16_be_encode(str, errors=None, /)" Known::Utf16(Some(wide::ByteOrder::Big));
    utf_32_le_encode "utf_32_le_encode(str, errors=None, /)" Known::Utf32(Some(wide::ByteOrder::Little));
    utf_32_be_encode "utf_32_be_encode(str, errors=None, /)" Known::Utf32(Some(wide::ByteOrder::Big));
}

fn byte_order(number: i32) -> Option<wide::ByteOrder> {
    match number {
        0 => None,
        1.. => Some(wide::ByteOrder::Big),
        _ => Some(wide::ByteOrder::Little),
    }
}

#[native("utf_16_encode(str, errors=None, byteorder=0, /)")]
fn utf_16_encode(t: &Thread, text: Ref<Str>, errors: Errors, order: i32) -> R<Ref<Tuple>> {
    pair(t, encode_known(t, Known::Utf16(byte_order(order)), text, errors)?.value(), text.len())
}

#[native("utf_32_encode(str, errors=None, byteorder=0, /)")]
fn utf_32_encode(t: &Thread, text: Ref<Str>, errors: Errors, order: i32) -> R<Ref<Tuple>> {
    pair(t, encode_known(t, Known::Utf32(byte_order(order)), text, errors)?.value(), text.len())
}

macro_rules! known_decoders {
    ($($function:ident $signature:literal $known:expr;)*) => {
        $(
            #[native($signature)]
            fn $function(t: &Thread, data: Value, errors: Errors, last: bool) -> R<Ref<Tuple>> {
                let bytes = Buffer::of(t, data)?;
                decoded_pair(t, decode_known_part(t, $known, &bytes, data, errors, last)?)
            }
        )*
    };
}

known_decoders! {
    utf_8_decode "utf_8_decode(data, errors=None, final=False, /)" Known::Utf8;
    utf_16_decode "utf_16_decode(data, errors=None, final=False, /)" Known::Utf16(None);
    utf_16_le_decode "utf_16_le_decode(data, errors=None, final=False, /)" Known::Utf16(Some(wide::ByteOrder::Little));
    utf_16_be_decode "utf_16_be_decode(data, errors=None, final=False, /)" Known::Utf16(Some(wide::ByteOrder::Big));
    utf_32_decode "utf_32_decode(data, errors=None, final=False, /)" Known::Utf32(None);
    utf_32_le_decode "utf_32_le_decode(data, errors=None, final=False, /)" Known::Utf32(Some(wide::ByteOrder::Little));
    utf_32_be_decode "utf_32_be_decode(data, errors=None, final=False, /)" Known::Utf32(Some(wide::ByteOrder::Big));
}

#[native("ascii_decode(data, errors=None, /)")]
fn ascii_decode(t: &Thread, data: Value, errors: Errors) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    decoded_pair(t, decode_known_part(t, Known::Ascii, &bytes, data, errors, true)?)
}

#[native("latin_1_decode(data, errors=None, /)")]
fn latin_1_decode(t: &Thread, data: Value, errors: Errors) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    decoded_pair(t, decode_known_part(t, Known::Latin1, &bytes, data, errors, true)?)
}

fn wide_triple(t: &Thread, decoded: wide::DecodedWide) -> R<Ref<Tuple>> {
    let order = wide::ByteOrder::number(decoded.order);
    let text = Str::from_owned(t, decoded.decoded.text)?;
    let consumed = int_from_u64(t, decoded.decoded.consumed as u64)?;
    Tuple::from_slice(t, &[text.value(), consumed, Value::small(order)])
}

#[native("utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
fn utf_16_ex_decode(t: &Thread, data: Value, errors: Errors, order: i32, last: bool) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    let mut decoding = Decoding::new(t, "utf-16", &bytes, data, errors);
    wide_triple(t, wide::decode16(&bytes, byte_order(order), last, &mut |problem| decoding.replace(problem))?)
}

#[native("utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
fn utf_32_ex_decode(t: &Thread, data: Value, errors: Errors, order: i32, last: bool) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    let mut decoding = Decoding::new(t, "utf-32", &bytes, data, errors);
    wide_triple(t, wide::decode32(&bytes, byte_order(order), last, &mut |problem| decoding.replace(problem))?)
}

#[native("utf_7_encode(str, errors=None, /)")]
fn utf_7_encode(t: &Thread, text: Ref<Str>, _: Errors) -> R<Ref<Tuple>> {
    encoded_pair(t, &utf7::encode(text.units()), text)
}

#[native("utf_7_decode(data, errors=None, final=False, /)")]
fn utf_7_decode(t: &Thread, data: Value, errors: Errors, last: bool) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    let mut decoding = Decoding::new(t, "utf7", &bytes, data, errors);
    decoded_pair(t, utf7::decode(&bytes, last, &mut |problem| decoding.replace(problem))?)
}

/// The bytes of an argument that may be a string, which is then taken as UTF-8.
fn text_or_bytes(t: &Thread, data: Value) -> R<Buffer> {
    match Str::of(t, data) {
        Some(text) => Ok(Buffer::Copied(encode_known(t, Known::Utf8, text, None)?.as_slice().to_vec())),
        None => Buffer::of(t, data),
    }
}

fn warn_invalid_escape(t: &Thread, prefix: &str, bytes: &[u8], invalid: Option<escapes::InvalidEscape>) -> R<()> {
    let Some(invalid) = invalid else { return Ok(()) };
    let end = invalid.index + if invalid.octal { 3 } else { 1 };
    let shown: String = bytes[invalid.index..end.min(bytes.len())].iter().map(|&byte| char::from(byte)).collect();
    let kind = if invalid.octal { "an invalid octal escape sequence" } else { "an invalid escape sequence" };
    protocols::warn_deprecated(
        t,
        &format!("{prefix}\"\\{shown}\" is {kind}. Such sequences will not work in the future. "),
    )
}

#[native("unicode_escape_decode(data, errors=None, final=True, /)")]
fn unicode_escape_decode(t: &Thread, data: Value, errors: Errors, last: bool) -> R<Ref<Tuple>> {
    let bytes = text_or_bytes(t, data)?;
    let mut decoding = Decoding::new(t, "unicodeescape", &bytes, data, errors);
    let unescaped = escapes::decode_unicode(&bytes, last, &mut |problem| decoding.replace(problem))?;
    warn_invalid_escape(t, "", &bytes, unescaped.invalid)?;
    decoded_pair(t, unescaped.decoded)
}

#[native("unicode_escape_encode(str, errors=None, /)")]
fn unicode_escape_encode(t: &Thread, text: Ref<Str>, _: Errors) -> R<Ref<Tuple>> {
    encoded_pair(t, &escapes::encode_unicode(text.units()), text)
}

#[native("raw_unicode_escape_decode(data, errors=None, final=True, /)")]
fn raw_unicode_escape_decode(t: &Thread, data: Value, errors: Errors, last: bool) -> R<Ref<Tuple>> {
    let bytes = text_or_bytes(t, data)?;
    let mut decoding = Decoding::new(t, "rawunicodeescape", &bytes, data, errors);
    decoded_pair(t, escapes::decode_raw_unicode(&bytes, last, &mut |problem| decoding.replace(problem))?)
}

#[native("raw_unicode_escape_encode(str, errors=None, /)")]
fn raw_unicode_escape_encode(t: &Thread, text: Ref<Str>, _: Errors) -> R<Ref<Tuple>> {
    encoded_pair(t, &escapes::encode_raw_unicode(text.units()), text)
}

#[native("escape_decode(data, errors=None, /)")]
fn escape_decode(t: &Thread, data: Value, errors: Errors) -> R<Ref<Tuple>> {
    let bytes = text_or_bytes(t, data)?;
    let policy = match errors.map(|errors| errors.to_string_lossy()).as_deref() {
        None | Some("strict") => escapes::BytesPolicy::Strict,
        Some("replace") => escapes::BytesPolicy::Replace,
        Some("ignore") => escapes::BytesPolicy::Ignore,
        Some(name) => return Err(t.value_error(format_args!("decoding error; unknown error handling code: {name}"))),
    };
    let (decoded, invalid) = escapes::decode_bytes(&bytes, policy).map_err(|message| t.value_error(message))?;
    warn_invalid_escape(t, "b", &bytes, invalid)?;
    pair(t, Bytes::new(t, &decoded)?.value(), bytes.len())
}

#[native("escape_encode(data, errors=None, /)")]
fn escape_encode(t: &Thread, data: Ref<Bytes>, _: Errors) -> R<Ref<Tuple>> {
    pair(t, Bytes::new(t, &escapes::encode_bytes(data.as_slice()))?.value(), data.len())
}

#[native("readbuffer_encode(data, errors=None, /)")]
fn readbuffer_encode(t: &Thread, data: Value, _: Errors) -> R<Ref<Tuple>> {
    let bytes = text_or_bytes(t, data)?;
    pair(t, Bytes::new(t, &bytes)?.value(), bytes.len())
}

#[native("charmap_build(map, /)")]
fn charmap_build(t: &Thread, map: Ref<Str>) -> R<Ref<Dict>> {
    let table = Dict::new(t)?;
    for (byte, character) in map.target().units().iter().take(256).enumerate() {
        if character != 0xfffe {
            table.set(t, Value::small(character as i32), Value::small(byte as i32))?;
        }
    }
    Ok(table)
}

#[native("charmap_decode(data, errors=None, mapping=None, /)")]
fn charmap_decode(t: &Thread, data: Value, errors: Errors, mapping: Option<Value>) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    let mut decoding = Decoding::new(t, "charmap", &bytes, data, errors);
    let mut handler = |problem| decoding.replace(problem);
    let Some(mapping) = mapping.filter(|mapping| !mapping.is_none()) else {
        return decoded_pair(t, text::codecs::single::decode_latin1(&bytes));
    };
    if let Some(table) = Str::of(t, mapping) {
        return decoded_pair(t, charmap::decode_by_table(&bytes, table.units(), &mut handler)?);
    }
    decoded_pair(t, charmap::decode(&bytes, &mut |byte| mapped_text(t, mapping, byte), &mut handler)?)
}

fn mapped(t: &Thread, mapping: Value, key: u32) -> R<Option<Value>> {
    match protocols::get_item(t, mapping, int_from_i64(t, key.into())?) {
        Ok(found) => Ok(Some(found).filter(|found| !found.is_none())),
        Err(raised) => t.catch(raised, t.classes().lookup_error).map(|_| None),
    }
}

fn mapped_text(t: &Thread, mapping: Value, byte: u8) -> R<Option<OwnedUnits>> {
    let Some(found) = mapped(t, mapping, byte.into())? else { return Ok(None) };
    if let Some(text) = Str::of(t, found) {
        let undefined = text.len() == 1 && text.units().first() == Some(0xfffe);
        return Ok((!undefined).then(|| text.units().to_canonical()));
    }
    match int_of(found).map(|number| number.to_i64()) {
        Some(Some(0xfffe)) => Ok(None),
        Some(Some(code @ 0..=0x10_ffff)) => Ok(Some(OwnedUnits::from_char(code as u32))),
        Some(_) => Err(t.type_error("character mapping must be in range(0x110000)")),
        None => Err(t.type_error("character mapping must return integer, None or str")),
    }
}

#[native("charmap_encode(str, errors=None, mapping=None, /)")]
fn charmap_encode(t: &Thread, text: Ref<Str>, errors: Errors, mapping: Option<Value>) -> R<Ref<Tuple>> {
    let Some(mapping) = mapping.filter(|mapping| !mapping.is_none()) else {
        return pair(t, encode_known(t, Known::Latin1, text, errors)?.value(), text.len());
    };
    let mut encoding = Encoding::new(t, "charmap", text, errors);
    let units: Units<'_> = text.target().units();
    let bytes = charmap::encode(units, &mut |character| mapped_bytes(t, mapping, character), &mut encoding)?;
    encoded_pair(t, &bytes, text)
}

fn mapped_bytes(t: &Thread, mapping: Value, character: u32) -> R<Option<Vec<u8>>> {
    let Some(found) = mapped(t, mapping, character)? else { return Ok(None) };
    if let Some(bytes) = Bytes::of(t, found) {
        return Ok(Some(bytes.as_slice().to_vec()));
    }
    match int_of(found).map(|number| number.to_i64()) {
        Some(Some(byte @ 0..=255)) => Ok(Some(vec![byte as u8])),
        Some(_) => Err(t.type_error("character mapping must be in range(256)")),
        None => {
            let got = found.class(t).name();
            Err(t.type_error(format_args!("character mapping must return integer, bytes or None, not {got}")))
        }
    }
}

/// `_codecs`.
pub static CODECS: NativeModule = NativeModule {
    name: "_codecs",
    doc: "",
    functions: &[
        &REGISTER,
        &UNREGISTER,
        &LOOKUP,
        &FORGET_CODEC,
        &ENCODE,
        &DECODE,
        &REGISTER_ERROR,
        &UNREGISTER_ERROR,
        &LOOKUP_ERROR,
        &UTF_8_ENCODE,
        &ASCII_ENCODE,
        &LATIN_1_ENCODE,
        &UTF_16_LE_ENCODE,
        &UTF_16_BE_ENCODE,
        &UTF_32_LE_ENCODE,
        &UTF_32_BE_ENCODE,
        &UTF_16_ENCODE,
        &UTF_32_ENCODE,
        &UTF_8_DECODE,
        &UTF_16_DECODE,
        &UTF_16_LE_DECODE,
        &UTF_16_BE_DECODE,
        &UTF_32_DECODE,
        &UTF_32_LE_DECODE,
        &UTF_32_BE_DECODE,
        &ASCII_DECODE,
        &LATIN_1_DECODE,
        &UTF_16_EX_DECODE,
        &UTF_32_EX_DECODE,
        &UTF_7_ENCODE,
        &UTF_7_DECODE,
        &UNICODE_ESCAPE_DECODE,
        &UNICODE_ESCAPE_ENCODE,
        &RAW_UNICODE_ESCAPE_DECODE,
        &RAW_UNICODE_ESCAPE_ENCODE,
        &ESCAPE_DECODE,
        &ESCAPE_ENCODE,
        &READBUFFER_ENCODE,
        &CHARMAP_BUILD,
        &CHARMAP_DECODE,
        &CHARMAP_ENCODE,
    ],
    classes: &[],
    initialize: nothing_to_add,
};
