//! Floats and their text; no unsafe.
//!
//! [`repr`] gives the shortest digits that read back as the same float, in CPython's layout; the other layouts give as many
//! correctly rounded digits as asked.

pub mod hex;
pub mod parse;
pub mod round;

use std::fmt::Write;

use crate::ints::{SMALL_ROOM, small_digits};

/// A layout of a float, as the conversions `r`, `e`, `f` and `g` name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The shortest digits that read back; the precision is ignored.
    Repr,
    Exponent,
    Fixed,
    General,
}

/// How a float is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub layout: Layout,
    pub precision: usize,
    /// Ends whole numbers with `.0`.
    pub dot_zero: bool,
    /// The `#` flag: a point always, and trailing zeros in the general layout.
    pub alternate: bool,
    pub upper: bool,
}

/// No float has more digits after the point (the least has 1074), so that further ones are zeros.
const MOST_DIGITS: usize = 1100;

/// The sign bit, the 53-bit mantissa and the exponent: the finite value is `mantissa * 2**exponent`.
pub fn decompose(value: f64) -> (u64, i32, bool) {
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> 52) as i32 & 0x7FF, bits & ((1 << 52) - 1));
    let negative = bits >> 63 == 1;
    if exponent == 0 { (fraction, -1074, negative) } else { (fraction | 1 << 52, exponent - 1075, negative) }
}

/// The text that `repr` of a float gives.
pub fn repr(value: f64) -> String {
    to_text(value, Style { layout: Layout::Repr, precision: 0, dot_zero: true, alternate: false, upper: false })
}

/// A float in any style, with a minus sign where its sign bit is set (but none for nan).
pub fn to_text(value: f64, style: Style) -> String {
    let mut text = String::with_capacity(24);
    if value.is_nan() {
        text.push_str("nan");
    } else {
        if value.is_sign_negative() {
            text.push('-');
        }
        push_magnitude(&mut text, value.abs(), style);
    }
    if style.upper {
        text.make_ascii_uppercase();
    }
    text
}

fn push_magnitude(text: &mut String, value: f64, style: Style) {
    if value.is_infinite() {
        return text.push_str("inf");
    }
    match style.layout {
        Layout::Repr => {
            let digits = shortest(value);
            let scientific = digits.point <= -4 || digits.point > 16;
            push_general(text, &digits, scientific, style, 0);
        }
        Layout::General => {
            let precision = style.precision.max(1);
            let digits = significant(value, precision);
            let most = precision as i64 - i64::from(style.dot_zero);
            let scientific = digits.point <= -4 || i64::from(digits.point) > most;
            push_general(text, &digits, scientific, style, precision);
        }
        Layout::Fixed => push_fixed(text, value, style),
        Layout::Exponent => {
            let digits = significant(value, style.precision.saturating_add(1));
            push_scientific(text, &digits, style.precision.saturating_add(1), style.alternate);
        }
    }
}

/// No float needs more digits to read back; room for the zeros that ryu writes beside them.
const SHORTEST_DIGITS: usize = 24;

/// Up to `N` significant digits, ASCII, without trailing zeros; the value is `0.DIGITS * 10**point`.
struct Digits<const N: usize> {
    buffer: [u8; N],
    len: usize,
    point: i32,
}

fn shortest(value: f64) -> Digits<SHORTEST_DIGITS> {
    Digits::read(ryu::Buffer::new().format_finite(value))
}

/// At most so many digits, correctly rounded.
fn significant(value: f64, count: usize) -> Digits<MOST_DIGITS> {
    let precision = count.clamp(1, MOST_DIGITS) - 1;
    Digits::read(&format!("{value:.precision$e}"))
}

impl<const N: usize> Digits<N> {
    /// Takes apart a number such as `12.5`, `1e30` or `1.5e-7`.
    fn read(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let whole = mantissa.find('.').unwrap_or(mantissa.len());
        let mut digits = Digits { buffer: [b'0'; N], len: 0, point: whole as i32 + exponent };
        for b in mantissa.bytes().filter(|&b| b != b'.') {
            if digits.len == 0 && b == b'0' {
                digits.point -= 1;
            } else if digits.len < N {
                digits.buffer[digits.len] = b;
                digits.len += 1;
            }
        }
        while digits.len > 0 && digits.buffer[digits.len - 1] == b'0' {
            digits.len -= 1;
        }
        if digits.len == 0 {
            (digits.len, digits.point) = (1, 1);
        }
        digits
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.buffer[..self.len]).unwrap_or_default()
    }
}

fn push_zeros(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n('0', count));
}

/// Writes digits in the shorter of the two layouts; `precision` digits are written with the `#` flag.
fn push_general<const N: usize>(
    text: &mut String,
    digits: &Digits<N>,
    scientific: bool,
    style: Style,
    precision: usize,
) {
    let count = if style.alternate { precision.max(digits.len) } else { digits.len };
    if scientific {
        return push_scientific(text, digits, count, style.alternate);
    }
    let (digits, point) = (digits.as_str(), digits.point);
    let padding = count - digits.len();
    let whole = point.max(0) as usize;
    if whole == 0 {
        text.push_str("0.");
        push_zeros(text, -point as usize);
        text.push_str(digits);
        push_zeros(text, padding);
    } else if digits.len() > whole {
        text.push_str(&digits[..whole]);
        text.push('.');
        text.push_str(&digits[whole..]);
        push_zeros(text, padding);
    } else {
        text.push_str(digits);
        push_zeros(text, whole - digits.len());
        let after = count.saturating_sub(whole);
        if after > 0 || style.alternate {
            text.push('.');
            push_zeros(text, after);
        }
        if style.dot_zero && after == 0 {
            text.push_str(if style.alternate { "0" } else { ".0" });
        }
    }
}

/// Writes `count` digits, the first before the point, and an exponent of at least two digits.
fn push_scientific<const N: usize>(text: &mut String, digits: &Digits<N>, count: usize, alternate: bool) {
    let (digits, point) = (digits.as_str(), digits.point);
    text.push_str(&digits[..1]);
    if count > 1 || alternate {
        text.push('.');
    }
    text.push_str(&digits[1..]);
    push_zeros(text, count - digits.len());
    // Zero has its point after the digit: its exponent is then 0.
    let exponent = point - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(text, "e{sign}{:02}", exponent.unsigned_abs()).expect("a string takes all text");
}

/// `value * 10**precision` rounded to even, if all of it fits: then no general algorithm is needed.
fn scaled(value: f64, precision: u32) -> Option<u64> {
    let (mantissa, exponent, _) = decompose(value);
    // The product has at most 53 bits and those of 10**19, which is the last power that fits.
    let product = u128::from(mantissa) * u128::from(10u64.checked_pow(precision)?);
    let rounded = match exponent {
        0..=10 => product << exponent,
        -127..0 => {
            let shift = exponent.unsigned_abs();
            let (whole, rest, half) = (product >> shift, product & ((1 << shift) - 1), 1 << (shift - 1));
            whole + u128::from(rest > half || rest == half && whole & 1 == 1)
        }
        _ => return None,
    };
    i64::try_from(rounded).ok().map(i64::cast_unsigned)
}

/// Room for the digits of an `i64` at the least, a point, and as many zeros.
const FIXED_ROOM: usize = 48;

/// The text with so many digits after the point of a float that is not below zero, if [`scaled`] serves.
pub fn fixed_digits(value: f64, precision: usize, room: &mut [u8]) -> Option<&[u8]> {
    let scaled = scaled(value, u32::try_from(precision).ok()?)?;
    let mut digits = SMALL_ROOM;
    let digits = small_digits(scaled, 10, &mut digits);
    // There is a digit before the point.
    let zeros = (precision + 1).saturating_sub(digits.len());
    let (whole, length) = (zeros + digits.len() - precision, zeros + digits.len() + usize::from(precision > 0));
    let room = room.get_mut(..length)?;
    room[..zeros].fill(b'0');
    room[zeros..zeros + digits.len()].copy_from_slice(digits);
    if precision > 0 {
        room.copy_within(whole..length - 1, whole + 1);
        room[whole] = b'.';
    }
    Some(room)
}

fn push_fixed(text: &mut String, value: f64, style: Style) {
    if let Some(digits) = fixed_digits(value, style.precision, &mut [0; FIXED_ROOM]) {
        text.extend(digits.iter().map(|&byte| char::from(byte)));
        if style.alternate && style.precision == 0 {
            text.push('.');
        }
        return;
    }
    let exact = style.precision.min(MOST_DIGITS);
    write!(text, "{value:.exact$}").expect("a string takes all text");
    push_zeros(text, style.precision - exact);
    if style.alternate && style.precision == 0 {
        text.push('.');
    }
}

/// The text of a complex number as `repr` gives it: `(1+2j)`, `2j`.
pub fn complex_repr(real: f64, imaginary: f64) -> String {
    let style = Style { layout: Layout::Repr, precision: 0, dot_zero: false, alternate: false, upper: false };
    let part = to_text(imaginary, style);
    if real == 0.0 && real.is_sign_positive() {
        return format!("{part}j");
    }
    let sign = if part.starts_with('-') { "" } else { "+" };
    format!("({}{sign}{part}j)", to_text(real, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn representations() {
        let expected = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (0.1, "0.1"),
            (123456.789, "123456.789"),
            (2f64.powi(-44), "5.684341886080802e-14"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (-f64::NAN, "nan"),
            (2f64.powi(-25), "2.9802322387695312e-08"),
            (9999999999999998.0, "9999999999999998.0"),
            (12345678901234567.0, "1.2345678901234568e+16"),
        ];
        for (value, text) in expected {
            assert_eq!(repr(value), text);
        }
        let mut value = 0.1234567891234567;
        for n in 0..4000 {
            value *= if n % 2 == 0 { -1.37 } else { 1.21 };
            value = if f64::abs(value) > 1e20 { value / 1e39 } else { value };
            for value in [value, value.round() / 4.0, f64::from(n) / 8.0] {
                for precision in [0, 1, 2, 3, 7, 17, 19, 20] {
                    let style =
                        Style { layout: Layout::Fixed, precision, dot_zero: false, alternate: false, upper: false };
                    assert_eq!(to_text(value, style), format!("{value:.precision$}"));
                }
            }
        }
        assert_eq!(complex_repr(0.0, -0.0), "-0j");
        assert_eq!(complex_repr(-0.0, 1.5), "(-0+1.5j)");
        assert_eq!(complex_repr(1e20, f64::NAN), "(1e+20+nanj)");
    }
}
