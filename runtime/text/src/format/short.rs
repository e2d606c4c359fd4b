//! Formatting by the specifications that programs write most, `[align][0][width][.precision][type]`, into room on the stack;
//! no unsafe.
//!
//! What is not as plain as that (fills, signs, grouping, mistakes) gives nothing here and goes to [`super::apply`], with
//! which every result agrees.

use crate::floats;
use crate::ints::{SMALL_ROOM, small_digits};

/// Room for a result.
pub type Room = [u8; 128];
/// Room for a result.
pub const ROOM: Room = [0; 128];

/// The widest result that is laid out here.
const WIDEST: usize = 60;
/// The longest text that is: of all digits of a base, a sign, and a point.
const LONGEST: usize = 67;

/// A plain specification.
#[derive(Clone, Copy)]
struct Plain {
    align: u8,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    /// The type's character; zero if there is none.
    kind: u8,
}

impl Plain {
    fn read(spec: &[u8], default_align: u8) -> Option<Self> {
        if spec.len() > 8 || matches!(spec, [_, b'<' | b'>' | b'^' | b'=', ..]) {
            return None;
        }
        let (aligned, rest) = match spec {
            [align @ (b'<' | b'>' | b'^'), rest @ ..] => (Some(*align), rest),
            rest => (None, rest),
        };
        let (zeros, rest) = match rest {
            [b'0', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        if zeros && aligned.is_some() {
            return None;
        }
        let (width, rest) = number(rest);
        let (precision, rest) = match rest {
            [b'.', rest @ ..] => {
                let (precision, after) = number(rest);
                (Some(precision).filter(|_| after.len() < rest.len()), after)
            }
            rest => (None, rest),
        };
        let kind = match *rest {
            [] => 0,
            [kind] if kind.is_ascii_alphabetic() => kind,
            _ => return None,
        };
        let align = aligned.unwrap_or(default_align);
        let missing = precision.is_none() && spec.contains(&b'.');
        (width <= WIDEST && !missing).then_some(Self { align, zeros, width, precision, kind })
    }

    /// Lays out a text that has its sign apart.
    fn lay_out<'a>(&self, sign: &[u8], text: &[u8], room: &'a mut Room) -> &'a [u8] {
        let padding = self.width.saturating_sub(sign.len() + text.len());
        let (left, zeros) = match self.align {
            _ if self.zeros => (0, padding),
            b'<' => (0, 0),
            b'^' => (padding / 2, 0),
            _ => (padding, 0),
        };
        let (mut at, length) = (0, padding + sign.len() + text.len());
        let mut push = |bytes: &[u8]| {
            room[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        push(&[b' '; WIDEST][..left]);
        push(sign);
        push(&[b'0'; WIDEST][..zeros]);
        push(text);
        push(&[b' '; WIDEST][..padding - left - zeros]);
        &room[..length]
    }
}

/// The decimal number at the start, zero if there is none, and what follows; of more digits than are read here, too large.
fn number(text: &[u8]) -> (usize, &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = text[..digits].iter().fold(0, |value, &digit| value * 10 + usize::from(digit - b'0'));
    (value, &text[digits..])
}

/// An int by `d`, `x`, `o`, `b` or no type.
pub fn format_int<'a>(value: i64, spec: &[u8], room: &'a mut Room) -> Option<&'a [u8]> {
    let spec = Plain::read(spec, b'>')?;
    let base = match spec.kind {
        _ if spec.precision.is_some() => return None,
        0 | b'd' => 10,
        b'x' => 16,
        b'o' => 8,
        b'b' => 2,
        _ => return None,
    };
    let sign: &[u8] = if value < 0 { b"-" } else { b"" };
    Some(spec.lay_out(sign, small_digits(value.unsigned_abs(), base, &mut { SMALL_ROOM }), room))
}

/// A float by `f`.
pub fn format_float<'a>(value: f64, spec: &[u8], room: &'a mut Room) -> Option<&'a [u8]> {
    let spec = Plain::read(spec, b'>').filter(|spec| spec.kind == b'f')?;
    let mut text = [0; LONGEST];
    let text = floats::fixed_digits(value.abs(), spec.precision.unwrap_or(6), &mut text)?;
    let sign: &[u8] = if value.is_sign_negative() { b"-" } else { b"" };
    Some(spec.lay_out(sign, text, room))
}

/// An ASCII string by `s` or no type.
pub fn format_ascii<'a>(text: &[u8], spec: &[u8], room: &'a mut Room) -> Option<&'a [u8]> {
    let spec = Plain::read(spec, b'<').filter(|spec| matches!(spec.kind, 0 | b's'))?;
    let plain = !spec.zeros && spec.precision.is_none() && text.len() <= LONGEST;
    plain.then(|| spec.lay_out(b"", text, room))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Units;
    use crate::format::{self, Locale};
    use crate::ints::IntRef;

    #[test]
    fn agrees_with_the_general_way() {
        let mut specs = vec![String::new()];
        for align in ["", "<", ">", "^", "=", "*<", "0>"] {
            for width in ["", "0", "1", "05", "7", "12", "060", "61"] {
                for precision in ["", ".", ".0", ".2", ".19", ".20", ".4_"] {
                    specs.extend(
                        ["", "d", "x", "b", "o", "f", "s", "X", "5", "é"]
                            .map(|kind| format!("{align}{width}{precision}{kind}")),
                    );
                }
            }
        }
        for spec in &specs {
            let units = crate::OwnedUnits::from_utf8(spec);
            let (spec, locale) = (spec.as_bytes(), Locale::default());
            for value in [0, 7, -42, 123_456_789, i64::MIN, i64::MAX] {
                if let Some(short) = format_int(value, spec, &mut { ROOM }) {
                    let long = format::format_int(IntRef::Small(value), units.as_units(), "int", 0, &locale);
                    assert_eq!(long.expect("plain specifications are right").as_units().as_bytes(), short, "{spec:?}");
                }
            }
            for value in [0.0, -0.0, 0.125, -2.675, 1e17, 123456.789, f64::NAN, f64::INFINITY, 1e300, 5e-324] {
                if let Some(short) = format_float(value, spec, &mut { ROOM }) {
                    let long = format::format_float(value, units.as_units(), "float", &locale);
                    assert_eq!(long.expect("plain specifications are right").as_units().as_bytes(), short, "{spec:?}");
                }
            }
            for text in ["", "a", "hello"] {
                if let Some(short) = format_ascii(text.as_bytes(), spec, &mut { ROOM }) {
                    let long = format::format_str(Units::One(text.as_bytes()), units.as_units(), "str");
                    assert_eq!(long.expect("plain specifications are right").as_units().as_bytes(), short, "{spec:?}");
                }
            }
        }
        assert_eq!(format_int(42, b"06d", &mut { ROOM }), Some(&b"000042"[..]));
        assert_eq!(format_float(-0.5, b"8.2f", &mut { ROOM }), Some(&b"   -0.50"[..]));
        assert_eq!(format_ascii(b"ab", b"^5", &mut { ROOM }), Some(&b" ab  "[..]));
        assert_eq!(format_int(1, b"61", &mut { ROOM }), None);
    }
}
