//! The standard `errors=` handlers as functions of a problem; no unsafe.
//!
//! `None` means that the handler raises the exception of the problem.

use super::{EncodePatch, Filler, Patch, Problem, is_surrogate};
use crate::units::{Units, push_wtf8};
use crate::{OwnedUnits, TextBuilder};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
}

impl Policy {
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "strict" => Policy::Strict,
            "ignore" => Policy::Ignore,
            "replace" => Policy::Replace,
            "backslashreplace" => Policy::BackslashReplace,
            "xmlcharrefreplace" => Policy::XmlCharRefReplace,
            "namereplace" => Policy::NameReplace,
            "surrogateescape" => Policy::SurrogateEscape,
            "surrogatepass" => Policy::SurrogatePass,
            _ => return None,
        })
    }

    /// What replaces bytes. The two that are for encoding only have no answer: CPython's raise `TypeError`
    /// (`don't know how to handle UnicodeDecodeError in error callback`).
    pub fn decode_patch(self, input: &[u8], encoding: &str, problem: Problem) -> Option<Patch> {
        let Problem { start, end, .. } = problem;
        let patch = |text: OwnedUnits, resume| Some(Patch { text, resume });
        match self {
            Policy::Ignore => patch(OwnedUnits::new(), end),
            Policy::Replace => patch(OwnedUnits::from_char(0xFFFD), end),
            Policy::BackslashReplace => {
                let escape = |b: &u8| format!("\\x{b:02x}");
                patch(input[start..end].iter().map(escape).collect::<String>().into(), end)
            }
            Policy::SurrogateEscape => {
                let escaped: OwnedUnits = input[start..end]
                    .iter()
                    .take(4)
                    .take_while(|b| **b >= 0x80)
                    .map(|&b| 0xDC00 + u32::from(b))
                    .collect();
                if escaped.is_empty() { None } else { patch(escaped.clone(), start + escaped.len()) }
            }
            Policy::SurrogatePass => {
                let wide = Wide::of(encoding)?;
                let (c, len) = wide.read_surrogate(&input[start..])?;
                patch(OwnedUnits::from_char(c), start + len)
            }
            Policy::Strict | Policy::XmlCharRefReplace | Policy::NameReplace => None,
        }
    }

    /// What replaces characters, for an encoder. (The handler `surrogateescape` itself, called by hand, raises unless
    /// all characters are escaped bytes, that is, unless `resume` is the problem's end.)
    pub fn encode_patch(self, text: Units<'_>, encoding: &str, problem: Problem) -> Option<EncodePatch> {
        let bad = text.slice(problem.start, problem.end);
        let filler = match self {
            Policy::Strict => return None,
            Policy::Ignore => Filler::Text(OwnedUnits::new()),
            Policy::Replace => Filler::Text(OwnedUnits::One(vec![b'?'; bad.len()])),
            Policy::BackslashReplace => Filler::Text(escaped(bad, push_backslash)),
            Policy::XmlCharRefReplace => Filler::Text(escaped(bad, |out, c| out.push_str(&format!("&#{c};")))),
            Policy::NameReplace => Filler::Text(escaped(bad, |out, c| match crate::unicode::names::name(c) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => push_backslash(out, c),
            })),
            Policy::SurrogateEscape => {
                // Those in front that can be, are; what follows is a problem of its own.
                let is_escaped = |c: &u32| (0xDC80..=0xDCFF).contains(c);
                let bytes: Vec<u8> = bad.iter().take_while(is_escaped).map(|c| c as u8).collect();
                let resume = problem.start + bytes.len();
                return Some(EncodePatch { filler: Filler::Bytes(bytes), resume }).filter(|p| p.resume > problem.start);
            }
            Policy::SurrogatePass => {
                let wide = Wide::of(encoding)?;
                let mut bytes = Vec::new();
                for c in bad.iter() {
                    wide.push_surrogate(&mut bytes, Some(c).filter(|&c| is_surrogate(c))?);
                }
                Filler::Bytes(bytes)
            }
        };
        Some(EncodePatch { filler, resume: problem.end })
    }
}

fn escaped(text: Units<'_>, push: impl Fn(&mut TextBuilder, u32)) -> OwnedUnits {
    let mut out = TextBuilder::new();
    text.iter().for_each(|c| push(&mut out, c));
    out.finish()
}

/// Appends `\xhh`, `\uhhhh` or `\Uhhhhhhhh`.
pub(crate) fn push_backslash(out: &mut TextBuilder, c: u32) {
    out.push_str(&match c {
        0..=0xFF => format!("\\x{c:02x}"),
        0x100..=0xFFFF => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    });
}

/// The encodings in which `surrogatepass` knows what a surrogate looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    Utf8,
    Utf16 { big: bool },
    Utf32 { big: bool },
}

impl Wide {
    fn of(encoding: &str) -> Option<Self> {
        let name = encoding.to_ascii_lowercase().replace('_', "-");
        let rest = name.strip_prefix("utf")?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let native = cfg!(target_endian = "big");
        Some(match rest {
            "8" => Wide::Utf8,
            "16" => Wide::Utf16 { big: native },
            "16-le" | "16le" => Wide::Utf16 { big: false },
            "16-be" | "16be" => Wide::Utf16 { big: true },
            "32" => Wide::Utf32 { big: native },
            "32-le" | "32le" => Wide::Utf32 { big: false },
            "32-be" | "32be" => Wide::Utf32 { big: true },
            _ => return None,
        })
    }

    fn read_surrogate(self, bytes: &[u8]) -> Option<(u32, usize)> {
        let (c, len) = match (self, bytes) {
            (Wide::Utf8, &[0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ..]) => {
                (0xD000 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F), 3)
            }
            (Wide::Utf16 { big }, &[a, b, ..]) => {
                let pair = if big { [a, b] } else { [b, a] };
                (u16::from_be_bytes(pair).into(), 2)
            }
            (Wide::Utf32 { big: true }, &[a, b, c, d, ..]) => (u32::from_be_bytes([a, b, c, d]), 4),
            (Wide::Utf32 { big: false }, &[a, b, c, d, ..]) => (u32::from_le_bytes([a, b, c, d]), 4),
            _ => return None,
        };
        is_surrogate(c).then_some((c, len))
    }

    fn push_surrogate(self, bytes: &mut Vec<u8>, c: u32) {
        match self {
            Wide::Utf8 => push_wtf8(bytes, c),
            Wide::Utf16 { big: true } => bytes.extend((c as u16).to_be_bytes()),
            Wide::Utf16 { big: false } => bytes.extend((c as u16).to_le_bytes()),
            Wide::Utf32 { big: true } => bytes.extend(c.to_be_bytes()),
            Wide::Utf32 { big: false } => bytes.extend(c.to_le_bytes()),
        }
    }
}
