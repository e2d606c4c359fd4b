//! Backslash escapes: `unicode_escape`, `raw_unicode_escape`, and those of `bytes` (`escape_decode`); no unsafe.

use super::policies::push_backslash;
use super::{DecodeErrors, Decoded, Decoder};
use crate::TextBuilder;
use crate::unicode::names;
use crate::units::Units;

/// What was decoded, and the first escape that is none, about which the caller warns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unescaped {
    pub decoded: Decoded,
    pub invalid: Option<InvalidEscape>,
}

/// An escape that should not be there: where the character after the backslash stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEscape {
    pub index: usize,
    /// An octal escape above `\377`.
    pub octal: bool,
}

/// One escape as read: a character, nothing (a line joined), or trouble.
enum Escape {
    Char(u32, usize),
    Nothing,
    Unknown,
    Bad(usize, &'static str),
    /// The input ends within the escape.
    Cut(usize, &'static str),
}

/// Decodes the escapes of string literals; other bytes are Latin-1.
pub fn decode_unicode<E>(input: &[u8], last: bool, errors: DecodeErrors<'_, E>) -> Result<Unescaped, E> {
    let mut decoder = Decoder::new(input);
    let mut invalid = None;
    while decoder.at < input.len() {
        let rest = &input[decoder.at..];
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        decoder.out.push_latin1(&rest[..plain]);
        decoder.at += plain;
        let start = decoder.at;
        if start == input.len() {
            break;
        }
        match read_escape(&input[start..]) {
            Escape::Char(c, len) => {
                let octal = c > 0xFF && input[start + 1].is_ascii_digit();
                if octal && invalid.is_none() {
                    invalid = Some(InvalidEscape { index: start + 1, octal });
                }
                decoder.out.push_char(c);
                decoder.at += len;
            }
            Escape::Nothing => decoder.at += 2,
            Escape::Unknown => {
                invalid = invalid.or(Some(InvalidEscape { index: start + 1, octal: false }));
                decoder.out.push_latin1(&input[start..start + 2]);
                decoder.at += 2;
            }
            Escape::Cut(..) if !last => break,
            Escape::Cut(len, reason) | Escape::Bad(len, reason) => {
                decoder.problem(start, start + len, reason, errors)?;
            }
        }
    }
    Ok(Unescaped { decoded: decoder.finish(), invalid })
}

/// The escape that starts with the backslash at the head of the input.
fn read_escape(input: &[u8]) -> Escape {
    let Some(&kind) = input.get(1) else { return Escape::Cut(1, "\\ at end of string") };
    let simple = |c: u8| Escape::Char(c.into(), 2);
    match kind {
        b'\n' => Escape::Nothing,
        b'\\' | b'\'' | b'"' => simple(kind),
        b'a' => simple(7),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(10),
        b'r' => simple(13),
        b't' => simple(9),
        b'v' => simple(11),
        b'0'..=b'7' => {
            let digits = octal_digits(&input[1..]);
            let value = input[1..=digits].iter().fold(0, |value, &b| value * 8 + u32::from(b - b'0'));
            Escape::Char(value, 1 + digits)
        }
        b'x' => hex_escape(input, 2, "truncated \\xXX escape"),
        b'u' => hex_escape(input, 4, "truncated \\uXXXX escape"),
        b'U' => hex_escape(input, 8, "truncated \\UXXXXXXXX escape"),
        b'N' => named_escape(input),
        _ => Escape::Unknown,
    }
}

/// One to three octal digits.
fn octal_digits(input: &[u8]) -> usize {
    input.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count()
}

fn hex_escape(input: &[u8], count: usize, truncated: &'static str) -> Escape {
    let digits = input[2..].iter().take(count).map_while(|&b| (b as char).to_digit(16));
    let (len, value) = digits.fold((2, 0u32), |(len, value), digit| (len + 1, value << 4 | digit));
    if len == 2 + count {
        return if value > 0x10_FFFF {
            Escape::Bad(len, "illegal Unicode character")
        } else {
            Escape::Char(value, len)
        };
    }
    if len == input.len() { Escape::Cut(len, truncated) } else { Escape::Bad(len, truncated) }
}

fn named_escape(input: &[u8]) -> Escape {
    const MALFORMED: &str = "malformed \\N character escape";
    match input.get(2) {
        None => return Escape::Cut(2, MALFORMED),
        Some(b'{') => {}
        Some(_) => return Escape::Bad(2, MALFORMED),
    }
    let Some(len) = memchr::memchr(b'}', &input[3..]) else { return Escape::Cut(input.len(), MALFORMED) };
    if len == 0 {
        return Escape::Bad(3, MALFORMED);
    }
    let name = std::str::from_utf8(&input[3..3 + len]).ok();
    match name.and_then(names::character) {
        Some(c) => Escape::Char(c, len + 4),
        None => Escape::Bad(len + 4, "unknown Unicode character name"),
    }
}

/// Decodes `\uXXXX` and `\UXXXXXXXX` after an odd number of backslashes; all else is Latin-1.
pub fn decode_raw_unicode<E>(input: &[u8], last: bool, errors: DecodeErrors<'_, E>) -> Result<Decoded, E> {
    let mut decoder = Decoder::new(input);
    while decoder.at < input.len() {
        let start = decoder.at;
        if input[start] != b'\\' {
            decoder.out.push_char(input[start].into());
            decoder.at += 1;
            continue;
        }
        let (count, truncated) = match input.get(start + 1) {
            None if !last => break,
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            following => {
                // A backslash takes the one after it along, so that only odd ones start an escape.
                let len = if following == Some(&b'\\') { 2 } else { 1 };
                decoder.out.push_latin1(&input[start..start + len]);
                decoder.at += len;
                continue;
            }
        };
        match hex_escape(&input[start..], count, truncated) {
            Escape::Char(c, len) => {
                decoder.out.push_char(c);
                decoder.at += len;
            }
            Escape::Cut(..) if !last => break,
            Escape::Cut(len, reason) => decoder.problem(start, start + len, reason, errors)?,
            Escape::Bad(len, reason) => {
                let reason = if len == 10 { "\\Uxxxxxxxx out of range" } else { reason };
                decoder.problem(start, start + len, reason, errors)?;
            }
            Escape::Nothing | Escape::Unknown => decoder.at += 1,
        }
    }
    Ok(decoder.finish())
}

/// Encodes with escapes for all but printable ASCII.
pub fn encode_unicode(text: Units<'_>) -> Vec<u8> {
    let mut out = TextBuilder::with_capacity(text.len());
    for c in text.iter() {
        match c {
            0x5C => out.push_str("\\\\"),
            0x09 => out.push_str("\\t"),
            0x0A => out.push_str("\\n"),
            0x0D => out.push_str("\\r"),
            0x20..=0x7E => out.push_char(c),
            _ => push_backslash(&mut out, c),
        }
    }
    out.finish().into_bytes().unwrap_or_default()
}

/// Encodes as Latin-1 with escapes for what is above it.
pub fn encode_raw_unicode(text: Units<'_>) -> Vec<u8> {
    let mut out = TextBuilder::with_capacity(text.len());
    for c in text.iter() {
        if c < 0x100 { out.push_char(c) } else { push_backslash(&mut out, c) }
    }
    out.finish().into_bytes().unwrap_or_default()
}

/// What to do about a bad `\x` in [`decode_bytes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesPolicy {
    Strict,
    /// A question mark.
    Replace,
    Ignore,
}

/// The escapes of bytes literals, decoded; `ValueError` with the message if that fails.
pub fn decode_bytes(input: &[u8], policy: BytesPolicy) -> Result<(Vec<u8>, Option<InvalidEscape>), String> {
    let (mut out, mut invalid) = (Vec::with_capacity(input.len()), None);
    let mut at = 0;
    while let Some(plain) = memchr::memchr(b'\\', &input[at..]) {
        out.extend_from_slice(&input[at..at + plain]);
        let start = at + plain;
        let kind = *input.get(start + 1).ok_or("Trailing \\ in string")?;
        let escape = if matches!(kind, b'u' | b'U' | b'N') { Escape::Unknown } else { read_escape(&input[start..]) };
        at = start + 2;
        match escape {
            Escape::Char(c, len) => {
                if c > 0xFF {
                    invalid = invalid.or(Some(InvalidEscape { index: start + 1, octal: true }));
                }
                out.push(c as u8);
                at = start + len;
            }
            Escape::Nothing => {}
            Escape::Unknown => {
                invalid = invalid.or(Some(InvalidEscape { index: start + 1, octal: false }));
                out.extend_from_slice(&[b'\\', kind]);
            }
            Escape::Bad(len, _) | Escape::Cut(len, _) => {
                match policy {
                    BytesPolicy::Strict => return Err(format!("invalid \\x escape at position {start}")),
                    BytesPolicy::Replace => out.push(b'?'),
                    BytesPolicy::Ignore => {}
                }
                at = start + len;
            }
        }
    }
    out.extend_from_slice(&input[at..]);
    Ok((out, invalid))
}

/// The inverse of [`decode_bytes`].
pub fn encode_bytes(input: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(input.len());
    for &b in input {
        match b {
            b'\'' => out.push_str("\\'"),
            _ => crate::repr::push_byte(&mut out, b),
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decode, fails};
    use super::super::{Policy, Problem};
    use super::*;
    use crate::OwnedUnits;

    fn run(input: &[u8], policy: Policy, last: bool) -> Result<(OwnedUnits, usize), Problem> {
        decode(input, policy, "unicodeescape", |e| decode_unicode(input, last, e).map(|u| u.decoded))
    }

    #[test]
    fn unicode_escapes() {
        let strict = |input: &str| run(input.as_bytes(), Policy::Strict, true);
        for (input, start, end, reason) in [
            ("\\x4", 0, 3, "truncated \\xXX escape"),
            ("\\xg1", 0, 2, "truncated \\xXX escape"),
            ("\\u123g", 0, 5, "truncated \\uXXXX escape"),
            ("\\U0011ffff", 0, 10, "illegal Unicode character"),
            ("\\U1234567", 0, 9, "truncated \\UXXXXXXXX escape"),
            ("\\N", 0, 2, "malformed \\N character escape"),
            ("\\N{}", 0, 3, "malformed \\N character escape"),
            ("\\N{foo}", 0, 7, "unknown Unicode character name"),
            ("abc\\", 3, 4, "\\ at end of string"),
            ("\\N{foo", 0, 6, "malformed \\N character escape"),
            ("\\Nx", 0, 2, "malformed \\N character escape"),
        ] {
            assert_eq!(strict(input), fails(start, end, reason), "{input}");
        }
        assert_eq!(strict("\\t\\\n\\101\\q\\N{space}\\N{LF}\\u20ac").map(|r| r.0), Ok(OwnedUnits::from("\tA\\q \n€")));
        assert_eq!(run(b"\\N{}", Policy::Replace, true), Ok((OwnedUnits::from("\u{fffd}}"), 4)));
        assert_eq!(run(b"\\x41\\U0001", Policy::Strict, false), Ok((OwnedUnits::from("A"), 4)));
        let invalid = decode_unicode::<Problem>(b"a\\777", true, &mut Err).expect("good").invalid;
        assert_eq!(invalid, Some(InvalidEscape { index: 2, octal: true }));
    }

    #[test]
    fn raw_escapes() {
        let run = |input: &[u8], last| {
            decode(input, Policy::Strict, "rawunicodeescape", |e| decode_raw_unicode(input, last, e))
        };
        assert_eq!(run(b"\\u123g", true), fails(0, 5, "truncated \\uXXXX escape"));
        assert_eq!(run(b"\\U0011ffff", true), fails(0, 10, "\\Uxxxxxxxx out of range"));
        assert_eq!(run(b"\\\\u1234\\\\\\u1234\\n", true), Ok((OwnedUnits::from("\\\\u1234\\\\\u{1234}\\n"), 17)));
        assert_eq!(run(b"a\\", false), Ok((OwnedUnits::from("a"), 1)));
        assert_eq!(run(b"a\\", true), Ok((OwnedUnits::from("a\\"), 2)));
    }

    #[test]
    fn encoders() {
        let text: OwnedUnits = "a\t\n\r\\'\"\0\x7f\u{80}ÿĀ😀".into();
        assert_eq!(encode_unicode(text.as_units()), b"a\\t\\n\\r\\\\'\"\\x00\\x7f\\x80\\xff\\u0100\\U0001f600");
        assert_eq!(encode_raw_unicode(OwnedUnits::from("\\ÿĀ").as_units()), b"\\\xff\\u0100");
        assert_eq!(encode_bytes(b"a\t\n\r\\'\"\0\x7f\x80"), b"a\\t\\n\\r\\\\\\'\"\\x00\\x7f\\x80");
    }

    #[test]
    fn bytes_escapes() {
        assert_eq!(decode_bytes(b"\\400\\377\\8\\u", BytesPolicy::Strict).map(|r| r.0), Ok(b"\x00\xff\\8\\u".to_vec()));
        assert_eq!(decode_bytes(b"\\xg1", BytesPolicy::Replace).map(|r| r.0), Ok(b"?g1".to_vec()));
        assert_eq!(
            decode_bytes(b"ab\\x4", BytesPolicy::Strict).err().as_deref(),
            Some("invalid \\x escape at position 2")
        );
        assert_eq!(decode_bytes(b"a\\", BytesPolicy::Ignore).err().as_deref(), Some("Trailing \\ in string"));
    }
}
