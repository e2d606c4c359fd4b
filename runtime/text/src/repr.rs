//! `repr` and `ascii` of strings and bytes: the choice of quotes, and what is escaped; no unsafe.

use crate::codecs::policies::push_backslash;
use crate::search::find_char;
use crate::unicode::is_printable;
use crate::units::Units;
use crate::{OwnedUnits, TextBuilder};

/// `repr` of a `str`.
pub fn repr_str(text: Units<'_>) -> OwnedUnits {
    quoted(text, is_printable)
}

/// `ascii` of a `str`: as `repr`, without any character past ASCII.
pub fn ascii_str(text: Units<'_>) -> OwnedUnits {
    quoted(text, |c| matches!(c, 0x20..=0x7E))
}

/// `ascii` of a text that is some other object's `repr`: what is past ASCII is escaped.
pub fn escape_non_ascii(text: Units<'_>) -> OwnedUnits {
    let mut out = TextBuilder::with_capacity(text.len());
    for c in text.iter() {
        if c < 0x80 { out.push_char(c) } else { push_backslash(&mut out, c) }
    }
    out.finish()
}

fn quoted(text: Units<'_>, is_plain: fn(u32) -> bool) -> OwnedUnits {
    let single = find_char(text, b'\''.into()).is_some();
    let quote = if single && find_char(text, b'"'.into()).is_none() { b'"' } else { b'\'' };
    let mut out = TextBuilder::with_capacity(text.len() + 2);
    out.push_char(quote.into());
    if let Some(ascii) =
        text.as_ascii().filter(|a| a.bytes().all(|b| matches!(b, 0x20..=0x7E) && b != b'\\' && b != quote))
    {
        out.push_str(ascii);
    } else {
        for c in text.iter() {
            match c {
                0x09 => out.push_str("\\t"),
                0x0A => out.push_str("\\n"),
                0x0D => out.push_str("\\r"),
                _ if c == 0x5C || c == quote.into() => {
                    out.push_char(0x5C);
                    out.push_char(c);
                }
                _ if is_plain(c) => out.push_char(c),
                _ => push_backslash(&mut out, c),
            }
        }
    }
    out.push_char(quote.into());
    out.finish()
}

/// `repr` of a `bytes`, which is ASCII. That of a `bytearray` escapes single quotes always.
pub fn repr_bytes(bytes: &[u8], mutable: bool) -> String {
    let single = memchr::memchr(b'\'', bytes).is_some();
    let quote = if single && memchr::memchr(b'"', bytes).is_none() { '"' } else { '\'' };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote);
    for &b in bytes {
        if b as char == quote || (mutable && b == b'\'') {
            out.push('\\');
            out.push(b as char);
        } else {
            push_byte(&mut out, b);
        }
    }
    out.push(quote);
    out
}

/// Appends a byte as `repr` shows it, quotes as they are.
pub(crate) fn push_byte(out: &mut String, b: u8) {
    match b {
        b'\t' => out.push_str("\\t"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\\' => out.push_str("\\\\"),
        0x20..=0x7E => out.push(b as char),
        _ => {
            let digit = |d: u8| char::from_digit(d.into(), 16).unwrap_or('0');
            out.extend(['\\', 'x', digit(b >> 4), digit(b & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let shown = |text: &str| repr_str(OwnedUnits::from(text).as_units()).as_units().to_lossy();
        for (text, expected) in [
            ("abc", "'abc'"),
            ("it's", "\"it's\""),
            ("it's \"q\"", "'it\\'s \"q\"'"),
            ("a\\b\t\n\r\0\x7f", "'a\\\\b\\t\\n\\r\\x00\\x7f'"),
            ("é\u{a0}\u{ad}\u{200b}€\u{e000}\u{10ffff}😀", "'é\\xa0\\xad\\u200b€\\ue000\\U0010ffff😀'"),
            ("", "''"),
        ] {
            assert_eq!(shown(text), expected);
        }
        let ascii = ascii_str(OwnedUnits::from("é€😀'").as_units());
        assert_eq!(ascii.as_units().to_lossy(), "\"\\xe9\\u20ac\\U0001f600'\"");
        assert_eq!(repr_str(Units::Two(&[0xD800])).as_units().to_lossy(), "'\\ud800'");
        assert_eq!(repr_bytes(b"it's\xff\n\"\\", false), "b'it\\'s\\xff\\n\"\\\\'");
        assert_eq!(repr_bytes(b"it's", false), "b\"it's\"");
        assert_eq!(repr_bytes(b"it's", true), "b\"it\\'s\"");
    }
}
