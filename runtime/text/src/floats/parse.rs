//! Reading floats and complex numbers from text; no unsafe.

use crate::unicode;
use crate::units::Units;

/// The text with every decimal digit in ASCII and white space as spaces, as `int`, `float` and `complex` read it;
/// other characters become `?`, which no number has. `None` is a shortcut for text that is too plain to change.
pub fn ascii_number(text: Units<'_>) -> Vec<u8> {
    if let Some(ascii) = text.as_ascii() {
        return ascii.bytes().map(|b| if matches!(b, 0x1C..=0x1F) { b' ' } else { b }).collect();
    }
    let plain = |c: u32| match c {
        0..=0x7F if unicode::is_space(c) => b' ',
        0..=0x7F => c as u8,
        _ if unicode::is_space(c) => b' ',
        _ => unicode::decimal(c).map_or(b'?', |d| b'0' + d),
    };
    text.iter().map(plain).collect()
}

/// A float as `float(text)` reads it, white space around it included.
pub fn parse(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    if !text.contains('_') {
        return text.parse().ok();
    }
    without_underscores(text)?.parse().ok()
}

/// The text without its underscores, each of which must stand between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let well_placed = |(i, &b): (usize, &u8)| b != b'_' || i > 0 && is_digit(i - 1) && is_digit(i + 1);
    bytes.iter().enumerate().all(well_placed).then(|| text.replace('_', ""))
}

/// The longest prefix that is a float, and its length: what C's `strtod` reads, without hexadecimal.
pub fn prefix(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let start = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let word = text[start..].get(..8).filter(|w| w.eq_ignore_ascii_case("infinity"));
    let word = word
        .or_else(|| text[start..].get(..3).filter(|w| w.eq_ignore_ascii_case("inf") || w.eq_ignore_ascii_case("nan")));
    if let Some(word) = word {
        let end = start + word.len();
        return Some((text[..end].parse().ok()?, end));
    }
    let whole = digits(start);
    let mut end = start + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(end + 1 + sign..).map_or(0, |_| digits(end + 1 + sign));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some((text[..end].parse().ok()?, end))
}

/// A complex number as `complex(text)` reads it: `1`, `2j`, `1+2j`, `(1-j)`, with white space around and underscores.
pub fn parse_complex(text: &[u8]) -> Option<(f64, f64)> {
    let text = std::str::from_utf8(text).ok()?;
    let spaces = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];
    let text = text.trim_matches(spaces);
    let text = match text.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?.trim_matches(spaces),
        None => text,
    };
    let plain = if text.contains('_') { without_underscores(text)? } else { text.to_owned() };
    parts(&plain)
}

fn parts(text: &str) -> Option<(f64, f64)> {
    let is_j = |rest: &str| matches!(rest, "j" | "J");
    match prefix(text) {
        Some((real, end)) => match &text[end..] {
            "" => Some((real, 0.0)),
            rest if is_j(rest) => Some((0.0, real)),
            rest if rest.starts_with(['+', '-']) => Some((real, imaginary(rest)?)),
            _ => None,
        },
        None => Some((0.0, imaginary(text)?)),
    }
}

/// `+2j`, `-j`, `j`.
fn imaginary(text: &str) -> Option<f64> {
    let number = text.strip_suffix(['j', 'J'])?;
    match number {
        "" | "+" => Some(1.0),
        "-" => Some(-1.0),
        _ => prefix(number).filter(|&(_, end)| end == number.len()).map(|(value, _)| value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (text, value) in [
            (" 1.5\n", 1.5),
            ("1_0.0_1e1_0", 10.01e10),
            ("-.5", -0.5),
            ("5.", 5.0),
            ("+Infinity", f64::INFINITY),
            ("1e400", f64::INFINITY),
            ("1e-400", 0.0),
            ("-INF", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", ".", "1_", "_1", "1._5", "1__0", "1e", "e5", "0x10", "1 2", "+-1", "infin", "1e_5", "1_e5"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert!(parse(b"-nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn other_digits() {
        let text = crate::OwnedUnits::from_utf8("\u{2003}٣.١\u{a0}");
        assert_eq!(parse(&ascii_number(text.as_units())), Some(3.1));
        assert_eq!(parse(&ascii_number(crate::OwnedUnits::from_utf8("1²").as_units())), None);
    }

    #[test]
    fn complexes() {
        for (text, value) in [
            ("1", (1.0, 0.0)),
            ("2j", (0.0, 2.0)),
            (" ( 1-2.5e3J ) ", (1.0, -2500.0)),
            ("-j", (0.0, -1.0)),
            ("j", (0.0, 1.0)),
            ("1+j", (1.0, 1.0)),
            ("1_0+2_0j", (10.0, 20.0)),
            ("-1-infj", (-1.0, f64::NEG_INFINITY)),
        ] {
            assert_eq!(parse_complex(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", "1+", "1+2", "1 + 2j", "(1", "j1", "1jj", "1++2j", "()"] {
            assert_eq!(parse_complex(text.as_bytes()), None, "{text}");
        }
    }
}
