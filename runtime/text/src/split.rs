//! Cutting strings: split, lines, strip. Results are ranges of indexes into the text; no unsafe.
//!
//! All of it serves `bytes` too, as one-byte units with the predicates of [`crate::unicode::predicates::ascii`].

use crate::search::{Finder, find_char, rfind};
use crate::units::{Unit, Units};
use crate::with_units;
use std::ops::Range;

/// How many pieces most texts are cut into at most.
const SOME: usize = 8;

/// A test of characters, such as [`crate::unicode::is_space`].
pub type Class = fn(u32) -> bool;

/// The test, asked only about what might be a space: no class has one among the other ASCII characters.
#[inline(always)]
fn is_in(is_space: Class, unit: impl Into<u32>) -> bool {
    let c = unit.into();
    !(0x21..0x80).contains(&c) && is_space(c)
}

/// The words between white space, with at most `limit` cuts; the last piece then keeps all that
/// follows, white space at the end included.
pub fn split_whitespace(text: Units<'_>, is_space: Class, limit: usize) -> Vec<Range<usize>> {
    fn words<U: Unit>(text: &[U], is_space: Class, limit: usize) -> Vec<Range<usize>> {
        let (mut words, mut at) = (Vec::with_capacity(SOME), 0);
        loop {
            let Some(skipped) = text[at..].iter().position(|&u| !is_in(is_space, u)) else { return words };
            let start = at + skipped;
            if words.len() == limit {
                words.push(start..text.len());
                return words;
            }
            let len = text[start..].iter().position(|&u| is_in(is_space, u)).unwrap_or(text.len() - start);
            at = start + len;
            words.push(start..at);
        }
    }
    with_units!(text, s => words(s, is_space, limit))
}

/// As [`split_whitespace`], cutting from the right; the ranges are in the text's order.
pub fn rsplit_whitespace(text: Units<'_>, is_space: Class, limit: usize) -> Vec<Range<usize>> {
    let (mut words, mut end) = (Vec::new(), text.len());
    loop {
        while end > 0 && is_space(text.get(end - 1)) {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        let stop = end;
        if words.len() == limit {
            words.push(0..stop);
            break;
        }
        while end > 0 && !is_space(text.get(end - 1)) {
            end -= 1;
        }
        words.push(end..stop);
    }
    words.reverse();
    words
}

/// The pieces between occurrences of a separator that is not empty, with at most `limit` cuts.
pub fn split(text: Units<'_>, separator: Units<'_>, limit: usize) -> Vec<Range<usize>> {
    match (text, separator) {
        (Units::One(bytes), Units::One(&[only])) => cut_at(memchr::memchr_iter(only, bytes), 1, text.len(), limit),
        _ => cut_at(Finder::new(text, separator), separator.len(), text.len(), limit),
    }
}

/// The pieces between these places, each of which takes up as many units.
fn cut_at(places: impl Iterator<Item = usize>, taken: usize, length: usize, limit: usize) -> Vec<Range<usize>> {
    let (mut pieces, mut start) = (Vec::with_capacity(SOME), 0);
    for index in places.take(limit) {
        pieces.push(start..index);
        start = index + taken;
    }
    pieces.push(start..length);
    pieces
}

/// As [`split`], cutting from the right; the ranges are in the text's order.
pub fn rsplit(text: Units<'_>, separator: Units<'_>, limit: usize) -> Vec<Range<usize>> {
    let (mut pieces, mut end) = (Vec::new(), text.len());
    while pieces.len() < limit {
        let Some(index) = rfind(text.slice(0, end), separator) else { break };
        pieces.push(index + separator.len()..end);
        end = index;
    }
    pieces.push(0..end);
    pieces.reverse();
    pieces
}

/// The lines of a `str`, with or without what ends them.
pub fn lines(text: Units<'_>, keep_ends: bool) -> Vec<Range<usize>> {
    lines_by(text, keep_ends, crate::unicode::is_line_break)
}

/// The lines of a `bytes`, which only carriage return and line feed end.
pub fn lines_of_bytes(text: &[u8], keep_ends: bool) -> Vec<Range<usize>> {
    lines_by(Units::One(text), keep_ends, |c| matches!(c, 0x0A | 0x0D))
}

fn lines_by(text: Units<'_>, keep_ends: bool, is_break: Class) -> Vec<Range<usize>> {
    let (mut lines, mut start) = (Vec::with_capacity(SOME), 0);
    let len = text.len();
    while start < len {
        let end = start + line_len(text.from(start), is_break);
        let is_pair = end + 1 < len && text.get(end) == 0x0D && text.get(end + 1) == 0x0A;
        let next = (end + 1 + usize::from(is_pair)).min(len);
        lines.push(start..if keep_ends { next } else { end });
        start = next;
    }
    lines
}

/// How many characters stand before the first that ends a line.
fn line_len(text: Units<'_>, is_break: Class) -> usize {
    if let Units::One(bytes) = text {
        return line_len_of_bytes(bytes, is_break);
    }
    with_units!(text, s => s.iter().position(|&u| is_in(is_break, u)).unwrap_or(s.len()))
}

/// As [`line_len`], skipping at once what has no control character, and so none that ends a line.
fn line_len_of_bytes(bytes: &[u8], is_break: Class) -> usize {
    const BLOCK: usize = 32;
    let mut start = 0;
    for block in bytes.chunks_exact(BLOCK) {
        if block.iter().fold(false, |found, &byte| found | !(0x20..0x80).contains(&byte))
            && let Some(place) = block.iter().position(|&byte| is_in(is_break, byte))
        {
            return start + place;
        }
        start += BLOCK;
    }
    bytes[start..].iter().position(|&byte| is_in(is_break, byte)).map_or(bytes.len(), |place| start + place)
}

/// Which ends are stripped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    Left,
    Right,
    Both,
}

/// What is left without white space at the ends.
pub fn strip_whitespace(text: Units<'_>, is_space: Class, ends: Ends) -> Range<usize> {
    strip_by(text, ends, is_space)
}

/// What is left without any of these characters at the ends.
pub fn strip(text: Units<'_>, characters: Units<'_>, ends: Ends) -> Range<usize> {
    match characters.len() {
        1 => {
            let only = characters.get(0);
            strip_by(text, ends, |c| c == only)
        }
        _ => strip_by(text, ends, |c| find_char(characters, c).is_some()),
    }
}

fn strip_by(text: Units<'_>, ends: Ends, drops: impl Fn(u32) -> bool) -> Range<usize> {
    let (mut start, mut end) = (0, text.len());
    if ends != Ends::Right {
        while start < end && drops(text.get(start)) {
            start += 1;
        }
    }
    if ends != Ends::Left {
        while start < end && drops(text.get(end - 1)) {
            end -= 1;
        }
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnedUnits;
    use crate::unicode::is_space;

    fn cut(text: &str, pieces: impl Fn(Units<'_>) -> Vec<Range<usize>>) -> Vec<String> {
        let text = OwnedUnits::from_utf8(text);
        let units = text.as_units();
        pieces(units).into_iter().map(|r| units.slice(r.start, r.end).to_lossy()).collect()
    }

    #[test]
    fn words() {
        assert_eq!(cut("  a b\u{2003}c  ", |t| split_whitespace(t, is_space, usize::MAX)), ["a", "b", "c"]);
        assert_eq!(cut("  a b  c  ", |t| split_whitespace(t, is_space, 1)), ["a", "b  c  "]);
        assert_eq!(cut("  a b  c  ", |t| rsplit_whitespace(t, is_space, 1)), ["  a b", "c"]);
        assert_eq!(cut("  a b", |t| split_whitespace(t, is_space, 0)), ["a b"]);
        assert_eq!(cut("   ", |t| split_whitespace(t, is_space, 0)), [""; 0]);
    }

    #[test]
    fn pieces() {
        let by = |s: &'static str| Units::One(s.as_bytes());
        assert_eq!(cut("a,,b€,c", |t| split(t, by(","), 9)), ["a", "", "b€", "c"]);
        assert_eq!(cut("a,,b,c", |t| rsplit(t, by(","), 1)), ["a,,b", "c"]);
        assert_eq!(cut("aaa", |t| rsplit(t, by("aa"), 9)), ["a", ""]);
        assert_eq!(cut("aaa", |t| split(t, by("aa"), 9)), ["", "a"]);
        assert_eq!(cut("", |t| split(t, by("x"), 9)), [""]);
    }

    #[test]
    fn line_ends() {
        assert_eq!(cut("a\r\nb\rc\n\nd\u{2028}", |t| lines(t, false)), ["a", "b", "c", "", "d"]);
        assert_eq!(cut("a\r\nb\r", |t| lines(t, true)), ["a\r\n", "b\r"]);
        assert_eq!(lines_of_bytes(b"a\x0bb\nc", false), [0..3, 4..5]);
    }

    #[test]
    fn strips() {
        let text = Units::One(b"xxaxyx");
        assert_eq!(strip(text, Units::One(b"xy"), Ends::Both), 2..3);
        assert_eq!(strip(text, Units::One(b"x"), Ends::Left), 2..6);
        assert_eq!(strip(text, Units::One(b""), Ends::Both), 0..6);
        assert_eq!(strip_whitespace(Units::One(b"  "), is_space, Ends::Both), 2..2);
    }
}
