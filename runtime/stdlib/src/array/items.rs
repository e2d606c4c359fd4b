//! Items of arrays: as bytes and as values.

use vm::objects::{Str, float_value, int_from_i64, int_from_u64};
use vm::protocols;
use vm::{R, Raised, Thread, Value};

/// The type codes there are.
pub const CODES: &[u8] = b"bBuwhHiIlLqQfd";

/// Bytes in an item.
pub fn size_of_code(code: u8) -> usize {
    match code {
        b'b' | b'B' => 1,
        b'h' | b'H' => 2,
        b'i' | b'I' | b'f' | b'u' | b'w' => 4,
        _ => 8,
    }
}

/// Whether items are characters.
pub fn is_text(code: u8) -> bool {
    matches!(code, b'u' | b'w')
}

fn fixed<const N: usize>(bytes: &[u8; 8]) -> [u8; N] {
    std::array::from_fn(|index| bytes[index])
}

/// The value of an item.
pub fn to_value(t: &Thread, code: u8, bytes: &[u8; 8]) -> R {
    match code {
        b'b' => Ok(Value::small(i32::from(bytes[0] as i8))),
        b'B' => Ok(Value::small(i32::from(bytes[0]))),
        b'h' => Ok(Value::small(i32::from(i16::from_ne_bytes(fixed(bytes))))),
        b'H' => Ok(Value::small(i32::from(u16::from_ne_bytes(fixed(bytes))))),
        b'i' => Ok(Value::small(i32::from_ne_bytes(fixed(bytes)))),
        b'I' => int_from_i64(t, i64::from(u32::from_ne_bytes(fixed(bytes)))),
        b'l' | b'q' => int_from_i64(t, i64::from_ne_bytes(*bytes)),
        b'L' | b'Q' => int_from_u64(t, u64::from_ne_bytes(*bytes)),
        b'f' => float_value(t, f64::from(f32::from_ne_bytes(fixed(bytes)))),
        b'd' => float_value(t, f64::from_ne_bytes(*bytes)),
        _ => Ok(Str::from_char(t, character(t, u32::from_ne_bytes(fixed(bytes)))?)?.value()),
    }
}

/// A character, checked.
pub fn character(t: &Thread, number: u32) -> R<u32> {
    if number <= 0x10_ffff {
        return Ok(number);
    }
    Err(t.value_error(format_args!("character U+{number:x} is not in range [U+0000; U+10ffff]")))
}

fn out_of_range(t: &Thread, code: u8, negative: bool) -> Raised {
    let kind = match code {
        b'b' => "signed char",
        b'B' => "unsigned byte integer",
        b'h' => "signed short integer",
        b'H' => "unsigned short",
        b'i' => "signed integer",
        b'I' if !negative => "unsigned int",
        b'l' => return t.overflow_error("Python int too large to convert to C long"),
        b'q' => return t.overflow_error("Python int too large to convert to C long long"),
        _ if negative => return t.overflow_error("can't convert negative value to unsigned int"),
        b'L' => return t.overflow_error("Python int too large to convert to C unsigned long"),
        _ => return t.overflow_error("Python int too large to convert to C unsigned long long"),
    };
    let side = if negative { "less than minimum" } else { "greater than maximum" };
    t.overflow_error(format_args!("{kind} is {side}"))
}

/// The bytes of an item, the first `size_of_code` of eight.
pub fn from_value(t: &Thread, code: u8, value: Value) -> R<[u8; 8]> {
    let mut bytes = [0; 8];
    let mut put = |part: &[u8]| bytes[..part.len()].copy_from_slice(part);
    match code {
        b'f' => put(&(protocols::float_of(t, value)? as f32).to_ne_bytes()),
        b'd' => put(&protocols::float_of(t, value)?.to_ne_bytes()),
        b'u' | b'w' => {
            let text = match Str::of(t, value) {
                Some(text) if text.len() == 1 => text,
                Some(text) => {
                    let length = text.len();
                    return Err(t.type_error(format_args!(
                        "array item must be a unicode character, not a string of length {length}"
                    )));
                }
                None => {
                    let got = value.class(t).full_name(t);
                    return Err(t.type_error(format_args!("array item must be a unicode character, not {got}")));
                }
            };
            put(&text.units().get(0).to_ne_bytes());
        }
        _ => {
            let number = protocols::index_number(t, value)?;
            let size = size_of_code(code);
            let negative = number.is_negative();
            if code.is_ascii_uppercase() {
                let number = vm::objects::int_arithmetic::to_u64(number);
                let fits = |number: &u64| size == 8 || *number < 1 << (8 * size);
                let number =
                    number.filter(|_| !negative).filter(fits).ok_or_else(|| out_of_range(t, code, negative))?;
                put(&number.to_le_bytes()[..size]);
            } else {
                let fits = |number: &i64| size == 8 || (-1_i64 << (8 * size - 1)..1 << (8 * size - 1)).contains(number);
                let number = number.to_i64().filter(fits).ok_or_else(|| out_of_range(t, code, negative))?;
                put(&number.to_le_bytes()[..size]);
            }
            if cfg!(target_endian = "big") {
                bytes[..size].reverse();
            }
        }
    }
    Ok(bytes)
}
