//! Text encodings: the registry of codecs and error handlers of an interpreter, and the way from strings to bytes and back.
//!
//! The codecs themselves are in the text crate. The usual ones are reached by their names without the registry; all
//! others, and all error handlers but the standard ones, go through it.

pub mod errors;
pub mod functions;
pub mod registry;

use text::Units;
use text::codecs::{Decoded, single, utf8, wide};

use crate::codecs::errors::{Decoding, Encoding};
use crate::object::Ref;
use crate::objects::{Bytes, Str};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The encodings that need no registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// UTF-8
    Utf8,
    /// ASCII
    Ascii,
    /// ISO 8859-1
    Latin1,
    /// UTF-16, with a mark or in this order.
    Utf16(Option<wide::ByteOrder>),
    /// UTF-32, with a mark or in this order.
    Utf32(Option<wide::ByteOrder>),
}

impl Known {
    /// The encoding of this name, in any of its usual spellings.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Known> {
        if name.len() > 16 {
            return None;
        }
        let plain = name.to_ascii_lowercase().replace('_', "-");
        Some(match plain.as_str() {
            "utf-8" | "utf8" => Known::Utf8,
            "ascii" | "us-ascii" => Known::Ascii,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Known::Latin1,
            "utf-16" | "utf16" => Known::Utf16(None),
            "utf-16-le" => Known::Utf16(Some(wide::ByteOrder::Little)),
            "utf-16-be" => Known::Utf16(Some(wide::ByteOrder::Big)),
            "utf-32" | "utf32" => Known::Utf32(None),
            "utf-32-le" => Known::Utf32(Some(wide::ByteOrder::Little)),
            "utf-32-be" => Known::Utf32(Some(wide::ByteOrder::Big)),
            _ => return None,
        })
    }

    /// The name that exceptions show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Known::Utf8 => "utf-8",
            Known::Ascii => "ascii",
            Known::Latin1 => "latin-1",
            Known::Utf16(None) => "utf-16",
            Known::Utf16(Some(wide::ByteOrder::Little)) => "utf-16-le",
            Known::Utf16(Some(wide::ByteOrder::Big)) => "utf-16-be",
            Known::Utf32(None) => "utf-32",
            Known::Utf32(Some(wide::ByteOrder::Little)) => "utf-32-le",
            Known::Utf32(Some(wide::ByteOrder::Big)) => "utf-32-be",
        }
    }
}

/// The bytes of a string in a known encoding.
pub fn encode_known(t: &Thread, known: Known, text: Ref<Str>, errors: Option<Ref<Str>>) -> R<Ref<Bytes>> {
    let units = text.target().units();
    let plain: Option<&[u8]> = match (known, units) {
        (Known::Utf8 | Known::Ascii, Units::One(bytes)) if text.is_ascii() => Some(bytes),
        (Known::Latin1, Units::One(bytes)) => Some(bytes),
        _ => None,
    };
    if let Some(bytes) = plain {
        return Bytes::new(t, bytes);
    }
    if known == Known::Utf8
        && let Ok(encoded) = units.to_utf8()
    {
        return Bytes::new(t, encoded.as_bytes());
    }
    let mut handler = Encoding::new(t, known.name(), text, errors);
    let bytes = match known {
        Known::Utf8 => utf8::encode(units, &mut handler),
        Known::Ascii => single::encode_ascii(units, &mut handler),
        Known::Latin1 => single::encode_latin1(units, &mut handler),
        Known::Utf16(order) => wide::encode16(units, order, &mut handler),
        Known::Utf32(order) => wide::encode32(units, order, &mut handler),
    }?;
    Bytes::new(t, &bytes)
}

/// The text of bytes in a known encoding; `object` is what exceptions show.
pub fn decode_known(t: &Thread, known: Known, bytes: &[u8], object: Value, errors: Option<Ref<Str>>) -> R<Ref<Str>> {
    let plain = match known {
        Known::Utf8 | Known::Ascii => bytes.is_ascii(),
        Known::Latin1 => true,
        _ => false,
    };
    if plain {
        return Str::from_units(t, Units::One(bytes));
    }
    let decoded = decode_known_part(t, known, bytes, object, errors, true)?;
    Str::from_owned(t, decoded.text)
}

/// As `decode_known`; without `last`, an unfinished sequence at the end is left alone.
pub fn decode_known_part(
    t: &Thread,
    known: Known,
    bytes: &[u8],
    object: Value,
    errors: Option<Ref<Str>>,
    last: bool,
) -> R<Decoded> {
    let mut decoding = Decoding::new(t, known.name(), bytes, object, errors);
    let mut handler = |problem| decoding.replace(problem);
    match known {
        Known::Utf8 => utf8::decode(bytes, last, &mut handler),
        Known::Ascii => single::decode_ascii(bytes, &mut handler),
        Known::Latin1 => Ok(single::decode_latin1(bytes)),
        Known::Utf16(order) => wide::decode16(bytes, order, last, &mut handler).map(|decoded| decoded.decoded),
        Known::Utf32(order) => wide::decode32(bytes, order, last, &mut handler).map(|decoded| decoded.decoded),
    }
}

fn known_encoding(encoding: Option<Ref<Str>>) -> Option<Known> {
    match encoding {
        None => Some(Known::Utf8),
        Some(encoding) => Known::from_name(encoding.as_utf8()?),
    }
}

/// In development mode, a codec and an error handler must exist even where no character needs them.
fn check_names(t: &Thread, encoding: Option<Ref<Str>>, errors: Option<Ref<Str>>) -> R<()> {
    if !t.interpreter().options.dev_mode {
        return Ok(());
    }
    if let Some(encoding) = encoding.filter(|_| known_encoding(encoding).is_none()) {
        registry::lookup(t, encoding)?;
    }
    registry::error_handler(t, errors).map(drop)
}

/// `text.encode(encoding, errors)`: bytes, whatever codec it is.
pub fn encode_text(t: &Thread, text: Value, encoding: Option<Ref<Str>>, errors: Option<Ref<Str>>) -> R {
    let string = crate::builtins::str::receiver(t, text)?;
    check_names(t, encoding, errors)?;
    match (known_encoding(encoding), encoding) {
        (Some(known), _) => encode_known(t, known, string, errors).map(Ref::value),
        (None, Some(encoding)) => registry::encode_text(t, text, encoding, errors),
        (None, None) => encode_known(t, Known::Utf8, string, errors).map(Ref::value),
    }
}

/// `bytes.decode(encoding, errors)`: a string, whatever codec it is. `object` is what holds the bytes.
pub fn decode_text(t: &Thread, bytes: &[u8], object: Value, encoding: Option<Ref<Str>>, errors: Option<Ref<Str>>) -> R {
    check_names(t, encoding, errors)?;
    match (known_encoding(encoding), encoding) {
        (Some(known), _) => decode_known(t, known, bytes, object, errors).map(Ref::value),
        (None, Some(encoding)) => registry::decode_text(t, object, encoding, errors),
        (None, None) => decode_known(t, Known::Utf8, bytes, object, errors).map(Ref::value),
    }
}
