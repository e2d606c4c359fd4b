//! `float.hex` and `float.fromhex`; no unsafe.

use super::decompose;

/// The text such as `0x1.8000000000000p+1`.
pub fn to_hex(value: f64) -> String {
    if value.is_nan() || value.is_infinite() {
        return super::repr(value);
    }
    let (mantissa, exponent, negative) = decompose(value);
    let sign = if negative { "-" } else { "" };
    if mantissa == 0 {
        return format!("{sign}0x0.0p+0");
    }
    let (lead, fraction) = (mantissa >> 52, mantissa & ((1 << 52) - 1));
    format!("{sign}0x{lead}.{fraction:013x}p{:+}", exponent + 52)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// `ValueError`.
    Invalid,
    /// `OverflowError`.
    TooLarge,
}

impl HexError {
    pub fn message(self) -> &'static str {
        match self {
            HexError::Invalid => "invalid hexadecimal floating-point string",
            HexError::TooLarge => "hexadecimal value too large to represent as a float",
        }
    }
}

/// Reads hexadecimal digits with an optional `0x`, point and binary exponent, or `inf` and `nan`.
pub fn from_hex(text: &str) -> Result<f64, HexError> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = match rest.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        lower => magnitude(lower.strip_prefix("0x").unwrap_or(lower))?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

fn magnitude(text: &str) -> Result<f64, HexError> {
    let (mantissa, exponent) = match text.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(HexError::Invalid);
    }
    // The leading digits are gathered exactly, the rest only tell whether something was cut off.
    let (mut bits, mut cut, mut dropped) = (0u64, false, 0i64);
    for b in whole.bytes().chain(fraction.bytes()) {
        let digit = (b as char).to_digit(16).ok_or(HexError::Invalid)?;
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
        } else {
            cut |= digit != 0;
            dropped += 4;
        }
    }
    let exponent = exponent.saturating_add(dropped - 4 * fraction.len() as i64);
    if bits == 0 { Ok(0.0) } else { scale(bits, cut, exponent) }
}

/// A decimal exponent, capped far outside what a float can have.
fn parse_exponent(text: &str) -> Result<i64, HexError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HexError::Invalid);
    }
    let value = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 60);
    Ok(if text.starts_with('-') { -value } else { value })
}

/// `bits * 2**exponent` rounded to the nearest float, ties to even; `cut` says that a little more was there.
fn scale(bits: u64, cut: bool, exponent: i64) -> Result<f64, HexError> {
    // The top bit has this weight.
    let top = exponent.saturating_add(63 - i64::from(bits.leading_zeros()));
    if top > 1023 {
        return Err(HexError::TooLarge);
    }
    if top < -1076 {
        return Ok(0.0);
    }
    // The lowest bit that the float keeps.
    let lowest = (top - 52).max(-1074);
    let shift = lowest - exponent;
    let (kept, half, below) = match shift {
        ..=0 => (bits << -shift, false, cut),
        1..=63 => (bits >> shift, bits >> (shift - 1) & 1 == 1, cut || bits & ((1 << (shift - 1)) - 1) != 0),
        64 => (0, bits >> 63 == 1, cut || bits << 1 != 0),
        _ => (0, false, true),
    };
    let rounded = kept + u64::from(half && (below || kept & 1 == 1));
    let value = rounded as f64 * 2f64.powi((lowest / 2) as i32) * 2f64.powi((lowest - lowest / 2) as i32);
    if value.is_infinite() { Err(HexError::TooLarge) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (value, text) in [
            (0.1, "0x1.999999999999ap-4"),
            (-0.0, "-0x0.0p+0"),
            (5e-324, "0x0.0000000000001p-1022"),
            (3.0, "0x1.8000000000000p+1"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
        ] {
            assert_eq!(to_hex(value), text);
            assert_eq!(from_hex(text), Ok(value));
        }
        for (text, value) in [
            (" 0x.8p1 ", 1.0),
            ("a", 10.0),
            ("-1.8", -1.5),
            ("0X1P-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.00000000000018p0", 1.0 + 2.0 * f64::EPSILON),
            ("0x1.000000000000080000000000001", 1.0 + f64::EPSILON),
            ("inf", f64::INFINITY),
            ("0x0p99999999999999999999", 0.0),
        ] {
            assert_eq!(from_hex(text), Ok(value), "{text}");
        }
        for text in ["", "0x", ".", "0x1p", "0x1p+", "g", "0x1 p1", "infi", "0xx1", "--1"] {
            assert_eq!(from_hex(text), Err(HexError::Invalid), "{text}");
        }
        assert_eq!(from_hex("0x1p1024"), Err(HexError::TooLarge));
        assert_eq!(from_hex("0x1.fffffffffffff8p1023"), Err(HexError::TooLarge));
        assert_eq!(from_hex("0x1.fffffffffffff7p1023"), Ok(f64::MAX));
    }
}
