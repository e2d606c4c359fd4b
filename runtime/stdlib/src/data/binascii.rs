//! `binascii`: bytes as text and back, checksums.

use text::binary::{base64, crc, hex, qp, uu};
use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::int_arithmetic::and;
use vm::objects::{Bytes, Str};
use vm::protocols::{self, Buffer};
use vm::raised::Raised;
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Value, native};

use crate::exceptions::exception;

/// `binascii.Error`.
pub static ERROR: NativeClass = NativeClass::new(exception("Error", "binascii", |t| t.classes().value_error, ""));
/// `binascii.Incomplete`.
pub static INCOMPLETE: NativeClass =
    NativeClass::new(exception("Incomplete", "binascii", |t| t.classes().exception, ""));

#[cold]
fn error(t: &Thread, message: impl std::fmt::Display) -> Raised {
    t.raise(ERROR.get(t), message)
}

/// The bytes of an ASCII string or a bytes-like object.
fn ascii_buffer(t: &Thread, data: Value) -> R<Buffer> {
    if let Some(text) = Str::of(t, data) {
        return match text.as_utf8() {
            Some(ascii) => Ok(Buffer::Copied(ascii.as_bytes().to_vec())),
            None => Err(t.value_error("string argument should contain only ASCII characters")),
        };
    }
    match Buffer::try_of(t, data)? {
        Some(buffer) => Ok(buffer),
        None => {
            let got = data.class(t).name();
            Err(t.type_error(format_args!("argument should be bytes, buffer or ASCII string, not '{got}'")))
        }
    }
}

/// The low 32 bits of an int argument.
fn start_value(t: &Thread, start: Option<Value>) -> R<u32> {
    let Some(start) = start else { return Ok(0) };
    let number = protocols::index_number(t, start)?;
    let low = and(t, number, text::ints::IntRef::Small(0xffff_ffff))?;
    Ok(low.as_small_int().unwrap_or(0) as u32)
}

/// Decode a line of uuencoded data.
#[native("a2b_uu(data, /)")]
fn a2b_uu(t: &Thread, data: Value) -> R<Ref<Bytes>> {
    let line = ascii_buffer(t, data)?;
    Bytes::new(t, &uu::decode(&line).map_err(|message| error(t, message))?)
}

/// Uuencode line of data.
#[native("b2a_uu(data, /, *, backtick=False)")]
fn b2a_uu(t: &Thread, data: Buffer, backtick: bool) -> R<Ref<Bytes>> {
    Bytes::new(t, &uu::encode(&data, backtick).map_err(|message| error(t, message))?)
}

/// Decode a line of base64 data.
///
///   strict_mode
///     When set to True, bytes that are not in the base64 standard are not allowed.
///     The same applies to excess data after padding (= / ==).
#[native("a2b_base64(data, /, *, strict_mode=False)")]
fn a2b_base64(t: &Thread, data: Value, strict: bool) -> R<Ref<Bytes>> {
    let text = ascii_buffer(t, data)?;
    Bytes::new(t, &base64::decode(&text, strict).map_err(|message| error(t, message))?)
}

/// Base64-code line of data.
#[native("b2a_base64(data, /, *, newline=True)")]
fn b2a_base64(t: &Thread, data: Buffer, newline: bool) -> R<Ref<Bytes>> {
    Bytes::new(t, &base64::encode(&data, newline))
}

fn hexadecimal(t: &Thread, data: &Buffer, separator: Option<Value>, group: i32) -> R<Ref<Bytes>> {
    let text = vm::builtins::bytes_methods::hex_text(t, data, separator, group)?;
    Bytes::new(t, text.units().as_bytes())
}

/// Hexadecimal representation of binary data.
///
///   sep
///     An optional single character or byte to separate hex bytes.
///   bytes_per_sep
///     How many bytes between separators.  Positive values count from the
///     right, negative values count from the left.
///
/// The return value is a bytes object.  This function is also
/// available as "hexlify()".
#[native("b2a_hex(data, sep=<unrepresentable>, bytes_per_sep=1)")]
fn b2a_hex(t: &Thread, data: Buffer, separator: Option<Value>, group: i32) -> R<Ref<Bytes>> {
    hexadecimal(t, &data, separator, group)
}

/// Hexadecimal representation of binary data.
///
///   sep
///     An optional single character or byte to separate hex bytes.
///   bytes_per_sep
///     How many bytes between separators.  Positive values count from the
///     right, negative values count from the left.
///
/// The return value is a bytes object.  This function is also
/// available as "b2a_hex()".
#[native("hexlify(data, sep=<unrepresentable>, bytes_per_sep=1)")]
fn hexlify(t: &Thread, data: Buffer, separator: Option<Value>, group: i32) -> R<Ref<Bytes>> {
    hexadecimal(t, &data, separator, group)
}

fn unhexadecimal(t: &Thread, data: Value) -> R<Ref<Bytes>> {
    let text = ascii_buffer(t, data)?;
    match hex::decode(&text) {
        Ok(bytes) => Bytes::new(t, &bytes),
        Err(hex::HexError::OddLength) => Err(error(t, "Odd-length string")),
        Err(hex::HexError::NotDigit(_)) => Err(error(t, "Non-hexadecimal digit found")),
    }
}

/// Binary data of hexadecimal representation.
///
/// hexstr must contain an even number of hex digits (upper or lower case).
/// This function is also available as "unhexlify()".
#[native("a2b_hex(hexstr, /)")]
fn a2b_hex(t: &Thread, data: Value) -> R<Ref<Bytes>> {
    unhexadecimal(t, data)
}

/// Binary data of hexadecimal representation.
///
/// hexstr must contain an even number of hex digits (upper or lower case).
#[native("unhexlify(hexstr, /)")]
fn unhexlify(t: &Thread, data: Value) -> R<Ref<Bytes>> {
    unhexadecimal(t, data)
}

/// Decode a string of qp-encoded data.
#[native("a2b_qp(data, header=False)")]
fn a2b_qp(t: &Thread, data: Value, header: bool) -> R<Ref<Bytes>> {
    let text = ascii_buffer(t, data)?;
    Bytes::new(t, &qp::decode(&text, header))
}

/// Encode a string using quoted-printable encoding.
///
/// On encoding, when istext is set, newlines are not encoded, and white
/// space at end of lines is.  When istext is not set, \r and \n (CR/LF)
/// are both encoded.  When quotetabs is set, space and tabs are encoded.
#[native("b2a_qp(data, quotetabs=False, istext=True, header=False)")]
fn b2a_qp(t: &Thread, data: Buffer, quote_tabs: bool, is_text: bool, header: bool) -> R<Ref<Bytes>> {
    Bytes::new(t, &qp::encode(&data, qp::Options { quote_tabs, is_text, header }))
}

/// Compute CRC-32 incrementally.
#[native("crc32(data, crc=0, /)")]
fn crc32(t: &Thread, data: Buffer, start: Option<Value>) -> R<u32> {
    let start = start_value(t, start)?;
    Ok(t.blocking_if(data.len() > 1 << 16, || crc::crc32(&data, start)))
}

/// Compute CRC-CCITT incrementally.
#[native("crc_hqx(data, crc, /)")]
fn crc_hqx(t: &Thread, data: Buffer, start: Value) -> R<u32> {
    Ok(crc::crc_hqx(&data, start_value(t, Some(start))? as u16).into())
}

/// `binascii`.
pub static MODULE: NativeModule = NativeModule {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: &[
        &A2B_UU,
        &B2A_UU,
        &A2B_BASE64,
        &B2A_BASE64,
        &A2B_HEX,
        &B2A_HEX,
        &HEXLIFY,
        &UNHEXLIFY,
        &CRC_HQX,
        &CRC32,
        &A2B_QP,
        &B2A_QP,
    ],
    classes: &[&ERROR, &INCOMPLETE],
    initialize: nothing_to_add,
};
