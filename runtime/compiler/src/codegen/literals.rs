//! String literals: their values with lone surrogates put back, and doc strings without their indentation.

use ruff_python_ast::{Expr, ExprStringLiteral, Stmt, StringLiteral};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;

impl<'a> Generator<'a> {
    /// The value of a string literal in WTF-8.
    pub(crate) fn string_value(&self, literal: &ExprStringLiteral) -> Vec<u8> {
        let mut value = Vec::new();
        for part in &literal.value {
            self.string_part(part, &mut value);
        }
        value
    }

    pub(crate) fn string_part(&self, part: &StringLiteral, out: &mut Vec<u8>) {
        if part.flags.prefix().is_raw() {
            out.extend(part.value.as_bytes());
        } else {
            self.literal_text(&part.value, part.content_range(), false, out);
        }
    }

    /// The text of a literal, or of a literal part of an f-string, whose source lies in `range`. The parser writes U+FFFD for
    /// an escaped surrogate; the source says which it was.
    pub(crate) fn literal_text(&self, value: &str, range: TextRange, interpolated: bool, out: &mut Vec<u8>) {
        if value.contains('\u{FFFD}') {
            restore_surrogates(self.source_text(range), value, interpolated, out);
        } else {
            out.extend(value.as_bytes());
        }
    }

    /// Splits a body into its doc string (absent if it is to be dropped) and the rest; `None` if it has no doc string.
    #[expect(clippy::type_complexity, reason = "used in two places only")]
    pub(crate) fn split_docstring(&self, body: &'a [Stmt]) -> Option<(Option<(Vec<u8>, TextRange)>, &'a [Stmt])> {
        let (first, rest) = body.split_first()?;
        let Stmt::Expr(statement) = first else { return None };
        let Expr::StringLiteral(literal) = statement.value.as_ref() else { return None };
        if self.options.optimize >= 2 {
            return Some((None, rest));
        }
        Some((Some((clean_docstring(&self.string_value(literal)), literal.range())), rest))
    }
}

/// Walks the source and the parsed value side by side.
pub(crate) fn restore_surrogates(source: &str, value: &str, interpolated: bool, out: &mut Vec<u8>) {
    let mut cooked = value.chars();
    let mut rest = source;
    let take = |cooked: &mut std::str::Chars<'_>, out: &mut Vec<u8>| {
        if let Some(c) = cooked.next() {
            out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    };
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            if interpolated && matches!(c, '{' | '}') && rest.starts_with(c) {
                rest = &rest[1..];
            }
            take(&mut cooked, out);
            continue;
        }
        let Some(kind) = rest.chars().next() else {
            take(&mut cooked, out);
            break;
        };
        rest = &rest[kind.len_utf8()..];
        match kind {
            '\n' => {}
            'x' | 'u' | 'U' => {
                let length = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = rest.get(..length).unwrap_or(rest);
                rest = &rest[digits.len()..];
                match u32::from_str_radix(digits, 16) {
                    Ok(code @ 0xD800..=0xDFFF) => {
                        cooked.next();
                        out.extend([
                            0xE0 | (code >> 12) as u8,
                            0x80 | (code >> 6 & 0x3F) as u8,
                            0x80 | (code & 0x3F) as u8,
                        ]);
                    }
                    _ => take(&mut cooked, out),
                }
            }
            'N' => {
                rest = rest.split_once('}').map_or("", |(_, rest)| rest);
                take(&mut cooked, out);
            }
            '0'..='7' => {
                let more = rest.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                rest = &rest[more..];
                take(&mut cooked, out);
            }
            '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' => take(&mut cooked, out),
            _ => {
                // An unknown escape stands for itself.
                take(&mut cooked, out);
                if !(interpolated && matches!(kind, '{' | '}')) {
                    take(&mut cooked, out);
                } else {
                    rest = &source[source.len() - rest.len() - 1..];
                }
            }
        }
    }
    out.extend(cooked.as_str().as_bytes());
}

/// A doc string with tabs expanded and the common indentation of its lines after the first removed.
fn clean_docstring(text: &[u8]) -> Vec<u8> {
    let expanded = expand_tabs(text);
    let mut lines = expanded.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let indent = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    let margin = lines
        .clone()
        .filter(|line| !matches!(line.get(indent(line)), None | Some(b'\n')))
        .map(indent)
        .min()
        .unwrap_or(0);
    let mut out = first[indent(first)..].to_vec();
    for line in lines {
        out.extend(&line[indent(line).min(margin)..]);
    }
    out
}

fn expand_tabs(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut column = 0;
    for &byte in text {
        match byte {
            b'\t' => {
                let spaces = 8 - column % 8;
                out.extend(std::iter::repeat_n(b' ', spaces));
                column += spaces;
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            // Continuation bytes take no column.
            _ => {
                out.push(byte);
                column += usize::from(byte & 0xC0 != 0x80);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(source: &str, value: &str) -> Vec<u8> {
        let mut out = Vec::new();
        restore_surrogates(source, value, false, &mut out);
        out
    }

    #[test]
    fn surrogates_come_back() {
        assert_eq!(restored(r"a\ud800\x41\N{BULLET}\q", "a\u{FFFD}A\u{2022}\\q"), b"a\xED\xA0\x80A\xE2\x80\xA2\\q");
    }

    #[test]
    fn docstrings_lose_their_indentation() {
        assert_eq!(clean_docstring(b"  a\n    b\n\n      c\n    "), b"a\nb\n\n  c\n");
        assert_eq!(clean_docstring(b"one"), b"one");
        assert_eq!(clean_docstring(b"a\n\tb"), b"a\nb");
    }
}
