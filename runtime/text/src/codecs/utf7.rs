//! UTF-7 (RFC 2152): ASCII with stretches of base64 between `+` and `-`; no unsafe.

use super::{DecodeErrors, Decoded, Decoder};
use crate::units::Units;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_value(b: u8) -> Option<u32> {
    Some(
        match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        }
        .into(),
    )
}

/// The bits of a shifted stretch that do not make a unit yet, and a high surrogate that waits for its partner.
#[derive(Default)]
struct Shift {
    bits: u32,
    count: u32,
    surrogate: Option<u32>,
}

impl Shift {
    /// Takes six bits in and gives the characters that are now complete.
    fn take(&mut self, value: u32, mut give: impl FnMut(u32)) {
        self.bits = self.bits << 6 | value;
        self.count += 6;
        if self.count < 16 {
            return;
        }
        self.count -= 16;
        let unit = self.bits >> self.count;
        self.bits &= (1 << self.count) - 1;
        if let Some(high) = self.surrogate.take() {
            if let 0xDC00..=0xDFFF = unit {
                return give(0x1_0000 + ((high & 0x3FF) << 10) + (unit & 0x3FF));
            }
            give(high);
        }
        match unit {
            0xD800..=0xDBFF => self.surrogate = Some(unit),
            _ => give(unit),
        }
    }

    /// What is wrong with ending here.
    fn leftover(&self) -> Option<&'static str> {
        match self.count {
            6.. => Some("partial character in shift sequence"),
            1.. if self.bits != 0 => Some("non-zero padding bits in shift sequence"),
            _ => None,
        }
    }
}

pub fn decode<E>(input: &[u8], last: bool, errors: DecodeErrors<'_, E>) -> Result<Decoded, E> {
    let mut decoder = Decoder::new(input);
    let mut shift: Option<Shift> = None;
    let (mut start, mut out_start) = (0, 0);
    loop {
        let Some(&b) = input.get(decoder.at) else {
            match shift.take() {
                Some(_) if !last => {
                    decoder.out.truncate(out_start);
                    decoder.at = start;
                    break;
                }
                Some(s) if s.surrogate.is_some() || s.leftover().is_some() => {
                    decoder.problem(start, input.len(), "unterminated shift sequence", errors)?;
                    if decoder.at < input.len() {
                        continue;
                    }
                }
                _ => {}
            }
            break;
        };
        let at = decoder.at;
        if let Some(state) = &mut shift {
            if let Some(value) = base64_value(b) {
                state.take(value, |c| decoder.out.push_char(c));
                decoder.at += 1;
                continue;
            }
            let surrogate = state.surrogate;
            let leftover = state.leftover();
            shift = None;
            if let Some(reason) = leftover {
                decoder.problem(start, at + 1, reason, errors)?;
                continue;
            }
            if let Some(surrogate) = surrogate.filter(|_| b < 0x80 && b != b'+') {
                decoder.out.push_char(surrogate);
            }
            decoder.at += usize::from(b == b'-');
        } else if b == b'+' {
            start = at;
            match input.get(at + 1) {
                Some(b'-') => {
                    decoder.out.push_char(b'+'.into());
                    decoder.at += 2;
                }
                Some(&next) if base64_value(next).is_none() => {
                    decoder.problem(at, at + 2, "ill-formed sequence", errors)?;
                }
                _ => {
                    shift = Some(Shift::default());
                    out_start = decoder.out.len();
                    decoder.at += 1;
                }
            }
        } else if b < 0x80 {
            decoder.out.push_char(b.into());
            decoder.at += 1;
        } else {
            decoder.problem(at, at + 1, "unexpected special character", errors)?;
        }
    }
    Ok(decoder.finish())
}

/// Whether a character stands for itself.
fn is_direct(c: u32) -> bool {
    matches!(c, 0x20..=0x7D | 9 | 10 | 13) && c != u32::from(b'\\') && c != u32::from(b'+')
}

/// Encodes; every string can be.
pub fn encode(text: Units<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let (mut shifted, mut bits, mut count) = (false, 0u32, 0);
    let flush = |out: &mut Vec<u8>, bits: &mut u32, count: &mut u32| {
        if *count > 0 {
            out.push(ALPHABET[(*bits << (6 - *count) & 0x3F) as usize]);
        }
        (*bits, *count) = (0, 0);
    };
    for c in text.iter() {
        if is_direct(c) {
            if shifted {
                flush(&mut out, &mut bits, &mut count);
                shifted = false;
                if base64_value(c as u8).is_some() || c == u32::from(b'-') {
                    out.push(b'-');
                }
            }
            out.push(c as u8);
            continue;
        }
        if !shifted {
            out.push(b'+');
            if c == u32::from(b'+') {
                out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let pair = [(0xD7C0 + (c >> 10)) & 0xFFFF, 0xDC00 + (c & 0x3FF)];
        let single = [c];
        for &unit in if c < 0x1_0000 { &single[..] } else { &pair[..] } {
            bits = bits << 16 | unit;
            count += 16;
            while count >= 6 {
                count -= 6;
                out.push(ALPHABET[(bits >> count & 0x3F) as usize]);
            }
            bits &= (1 << count) - 1;
        }
    }
    flush(&mut out, &mut bits, &mut count);
    if shifted {
        out.push(b'-');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::fails;
    use super::super::{Policy, Problem, testing};
    use super::*;
    use crate::OwnedUnits;

    fn run(input: &[u8], policy: Policy, last: bool) -> Result<(OwnedUnits, usize), Problem> {
        testing::decode(input, policy, "utf7", |e| decode(input, last, e))
    }

    #[test]
    fn decoding() {
        let partial = "partial character in shift sequence";
        for (input, expected) in [
            ("+AGEAYg.x", "ab.x"),
            ("+-", "+"),
            ("+", ""),
            ("+AGE-a", "aa"),
            ("+AGE!", "a!"),
            ("+2AHcAA-", "\u{10400}"),
            ("~\\-", "~\\-"),
        ] {
            assert_eq!(
                run(input.as_bytes(), Policy::Strict, true),
                Ok((OwnedUnits::from(expected), input.len())),
                "{input}"
            );
        }
        assert_eq!(run(b"+AGEA-", Policy::Strict, true), fails(0, 6, partial));
        assert_eq!(run(b"a+IKwB-", Policy::Strict, true), fails(1, 7, partial));
        assert_eq!(run(b"+!", Policy::Strict, true), fails(0, 2, "ill-formed sequence"));
        assert_eq!(run(b"+AGE\xff", Policy::Strict, true), fails(4, 5, "unexpected special character"));
        assert_eq!(run(b"+2AEA", Policy::Strict, true), fails(0, 5, "unterminated shift sequence"));
        assert_eq!(run(b"+2AEA", Policy::Strict, false), Ok((OwnedUnits::new(), 0)));
        assert_eq!(run(b"+2AA-", Policy::Strict, true), Ok((OwnedUnits::from_char(0xD800), 5)));
        assert_eq!(run(b"+IKw/", Policy::Replace, true), Ok((OwnedUnits::from("€\u{fffd}"), 5)));
    }

    #[test]
    fn encoding() {
        for (text, expected) in [
            ("a", "a"),
            ("é", "+AOk-"),
            ("éa", "+AOk-a"),
            ("é-", "+AOk--"),
            ("+", "+-"),
            ("éé", "+AOkA6Q-"),
            ("😀", "+2D3eAA-"),
            ("~\\", "+AH4AXA-"),
            ("é+", "+AOkAKw-"),
            ("a b\t\n\r!\"#$", "a b\t\n\r!\"#$"),
            ("\0", "+AAA-"),
            ("\x7f", "+AH8-"),
            ("é/x", "+AOk-/x"),
            ("é.", "+AOk."),
        ] {
            assert_eq!(encode(OwnedUnits::from(text).as_units()), expected.as_bytes(), "{text}");
        }
    }
}
