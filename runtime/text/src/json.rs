//! The strings and numbers of JSON, as the `_json` accelerator reads and writes them; no unsafe.

use crate::units::{Unit, Units};
use crate::{OwnedUnits, TextBuilder, with_units};

/// Why a string cannot be read: the message of `JSONDecodeError`, and the index that it names (-1 for a string that
/// was said to start before the text).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    pub message: &'static str,
    pub index: isize,
}

const QUOTE: u32 = '"' as u32;
const BACKSLASH: u32 = '\\' as u32;

/// A string that was read: as it stands in the text, or put together.
#[derive(Debug)]
pub enum Scanned<'a> {
    Plain(Units<'a>),
    Built(OwnedUnits),
}

/// Reads a string from the index after its opening quote, which lies within the text or at its end; gives it and the
/// index after its closing quote. Unless `strict`, control characters may stand in it.
pub fn scan_string(text: Units<'_>, start: usize, strict: bool) -> Result<(Scanned<'_>, usize), JsonError> {
    let unterminated = JsonError { message: "Unterminated string starting at", index: start as isize - 1 };
    let (mut out, mut at) = (TextBuilder::new(), start);
    loop {
        let plain = plain_len(text.from(at));
        let rest = at + plain;
        let c = text.try_get(rest).ok_or(unterminated)?;
        if c == QUOTE && at == start {
            return Ok((Scanned::Plain(text.slice(start, rest)), rest + 1));
        }
        out.push_units(text.slice(at, rest));
        at = rest + 1;
        match c {
            QUOTE => return Ok((Scanned::Built(out.finish()), at)),
            BACKSLASH => {
                let (escaped, len) = scan_escape(text, at, unterminated)?;
                out.push_char(escaped);
                at += len;
            }
            _ if strict => return Err(JsonError { message: "Invalid control character at", index: rest as isize }),
            _ => out.push_char(c),
        }
    }
}

/// How many characters are neither quote nor backslash nor control characters.
fn plain_len(text: Units<'_>) -> usize {
    fn count<U: Unit>(units: &[U]) -> usize {
        let ends = |&u: &U| matches!(u.into(), 0..=0x1F | QUOTE | BACKSLASH);
        units.iter().position(ends).unwrap_or(units.len())
    }
    with_units!(text, s => count(s))
}

/// The character of the escape whose backslash is before the index, and the length of the rest of it.
fn scan_escape(text: Units<'_>, at: usize, unterminated: JsonError) -> Result<(u32, usize), JsonError> {
    let kind = text.try_get(at).ok_or(unterminated)?;
    let simple = match char::from_u32(kind) {
        Some(c @ ('"' | '\\' | '/')) => c,
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return scan_unicode(text, at),
        _ => return Err(JsonError { message: "Invalid \\escape", index: at as isize - 1 }),
    };
    Ok((simple.into(), 1))
}

/// `uXXXX`, or two of them that are a surrogate pair.
fn scan_unicode(text: Units<'_>, at: usize) -> Result<(u32, usize), JsonError> {
    let high = four_digits(text, at)?;
    let pair_follows = matches!(high, 0xD800..=0xDBFF)
        && text.try_get(at + 5) == Some(BACKSLASH)
        && text.try_get(at + 6) == Some('u' as u32);
    if pair_follows {
        let low = four_digits(text, at + 6)?;
        if matches!(low, 0xDC00..=0xDFFF) {
            return Ok((0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF), 11));
        }
    }
    Ok((high, 5))
}

fn four_digits(text: Units<'_>, at: usize) -> Result<u32, JsonError> {
    let digit = |i: usize| text.try_get(at + i).and_then(char::from_u32).and_then(|c| c.to_digit(16));
    (1..=4)
        .try_fold(0, |value, i| Some(value << 4 | digit(i)?))
        .ok_or(JsonError { message: "Invalid \\uXXXX escape", index: at as isize })
}

/// Whether a character stands for itself in a string, of which all is to be printable ASCII or not.
#[inline]
const fn is_plain(c: u32, ascii_only: bool) -> bool {
    c >= 0x20 && c != QUOTE && c != BACKSLASH && (!ascii_only || c < 0x7F)
}

/// `is_plain` of the characters of one byte, for both kinds of strings.
static PLAIN: [[bool; 256]; 2] = {
    let mut plain = [[false; 256]; 2];
    let mut c = 0;
    while c < 256 {
        plain[0][c] = is_plain(c as u32, false);
        plain[1][c] = is_plain(c as u32, true);
        c += 1;
    }
    plain
};

/// Appends the string in quotes, escaped; with `ascii_only`, all that is not printable ASCII is.
pub fn push_string(out: &mut TextBuilder, text: Units<'_>, ascii_only: bool) {
    out.push_char(QUOTE);
    let known = &PLAIN[usize::from(ascii_only)];
    match text {
        Units::One(bytes) if bytes.iter().all(|&byte| known[usize::from(byte)]) => out.push_latin1(bytes),
        _ => push_escaped(out, text, ascii_only),
    }
    out.push_char(QUOTE);
}

/// The runs that need no escape are copied whole.
fn push_escaped(out: &mut TextBuilder, text: Units<'_>, ascii_only: bool) {
    let mut run = 0;
    for (index, c) in text.iter().enumerate() {
        if !is_plain(c, ascii_only) {
            out.push_units(text.slice(run, index));
            push_escape(out, c);
            run = index + 1;
        }
    }
    out.push_units(text.from(run));
}

fn push_escape(out: &mut TextBuilder, c: u32) {
    match c {
        QUOTE => out.push_str("\\\""),
        BACKSLASH => out.push_str("\\\\"),
        0x08 => out.push_str("\\b"),
        0x09 => out.push_str("\\t"),
        0x0A => out.push_str("\\n"),
        0x0C => out.push_str("\\f"),
        0x0D => out.push_str("\\r"),
        0x1_0000.. => {
            out.push_str(&format!("\\u{:04x}\\u{:04x}", 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF)));
        }
        _ => out.push_str(&format!("\\u{c:04x}")),
    }
}

/// Where a number starting at the index ends, and whether it is a float; `None` if there is none. What does not belong to it (an
/// exponent without digits, say) is left.
pub fn scan_number(text: Units<'_>, start: usize) -> Option<(usize, bool)> {
    with_units!(text, s => number_in(s, start))
}

fn number_in<U: Unit>(text: &[U], start: usize) -> Option<(usize, bool)> {
    let is = |at: usize, wanted: &[u8]| text.get(at).is_some_and(|&c| wanted.iter().any(|&w| u32::from(w) == c.into()));
    let digits = |at: usize| {
        let rest = text.get(at..).unwrap_or(&[]);
        rest.iter().position(|&c| !matches!(c.into(), 0x30..=0x39)).unwrap_or(rest.len())
    };
    let first = start + usize::from(is(start, b"-"));
    let mut end = match digits(first) {
        0 => return None,
        _ if is(first, b"0") => first + 1,
        count => first + count,
    };
    let mut is_float = false;
    if is(end, b".") {
        let count = digits(end + 1);
        if count > 0 {
            end += 1 + count;
            is_float = true;
        }
    }
    if is(end, b"eE") {
        let exponent = end + 1 + usize::from(is(end + 1, b"+-"));
        let count = digits(exponent);
        if count > 0 {
            end = exponent + count;
            is_float = true;
        }
    }
    Some((end, is_float))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str, strict: bool) -> Result<(OwnedUnits, usize), JsonError> {
        let text = OwnedUnits::from(text);
        scan_string(text.as_units(), 0, strict).map(|(scanned, end)| match scanned {
            Scanned::Plain(units) => (units.to_canonical(), end),
            Scanned::Built(units) => (units, end),
        })
    }

    fn encode_string(text: Units<'_>, ascii_only: bool) -> OwnedUnits {
        let mut out = TextBuilder::new();
        push_string(&mut out, text, ascii_only);
        out.finish()
    }

    fn fails(message: &'static str, index: isize) -> Result<(OwnedUnits, usize), JsonError> {
        Err(JsonError { message, index })
    }

    #[test]
    fn strings_are_read() {
        assert_eq!(scan("abc\"", true), Ok(("abc".into(), 4)));
        assert_eq!(scan("é€😀\"x", true), Ok(("é€😀".into(), 4)));
        assert_eq!(scan("\\n\\\"\\\\\\/\\b\\f\\r\\t\"", true), Ok(("\n\"\\/\x08\x0c\r\t".into(), 17)));
        assert_eq!(scan("\\ud83d\\ude00\"", true), Ok(("😀".into(), 13)));
        let broken: OwnedUnits = [0xD83D, 0x41].into_iter().collect();
        assert_eq!(scan("\\ud83d\\u0041\"", true), Ok((broken, 13)));
        assert_eq!(scan("a\nb\"", false), Ok(("a\nb".into(), 4)));
        assert_eq!(scan("a\nb\"", true), fails("Invalid control character at", 1));
        assert_eq!(scan("abc", true), fails("Unterminated string starting at", -1));
        assert_eq!(scan("\\", true), fails("Unterminated string starting at", -1));
        assert_eq!(scan("\\x\"", true), fails("Invalid \\escape", 0));
        assert_eq!(scan("\\u12\"", true), fails("Invalid \\uXXXX escape", 1));
        assert_eq!(scan("\\ud83d\\u00g1\"", true), fails("Invalid \\uXXXX escape", 7));
    }

    #[test]
    fn strings_are_written() {
        let text: OwnedUnits = "a\"\\\n\r\t\x08\x0c\0\x1f\x7fé€😀/".into();
        let ascii = "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001f\\u007f\\u00e9\\u20ac\\ud83d\\ude00/\"";
        assert_eq!(encode_string(text.as_units(), true), ascii.into());
        assert_eq!(encode_string(text.as_units(), false), "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001f\x7fé€😀/\"".into());
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1", Some((1, false))),
            ("-", None),
            ("01", Some((1, false))),
            ("1.", Some((1, false))),
            ("-1.5x", Some((4, true))),
            ("1e", Some((1, false))),
            ("1E+5", Some((4, true))),
            ("1e+", Some((1, false))),
            ("1.5e3", Some((5, true))),
            (".5", None),
        ] {
            assert_eq!(scan_number(Units::One(text.as_bytes()), 0), expected, "{text}");
        }
    }
}
