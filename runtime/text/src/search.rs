//! Finding a string in a string, from either end; no unsafe.
//!
//! One-byte units go to `memchr`. Wider ones are searched as bytes too: a hit that does not lie on a unit's edge is
//! passed over, and after a few of those (only a contrived text has them) the search goes on with Knuth, Morris and
//! Pratt's algorithm, so the time stays linear.

use crate::units::{Unit, Units};
use crate::with_units;
use memchr::memmem;

/// In a text of so few bytes the first byte of the pattern is looked for: preparing a better way would take longer.
const SHORT: usize = 128;

/// How many hits off a unit's edge are passed over before the other algorithm takes over.
const STRAY_HITS: usize = 32;

/// The index of the first occurrence.
pub fn find(text: Units<'_>, pattern: Units<'_>) -> Option<usize> {
    if pattern.len() > text.len() {
        return None;
    }
    match pattern.len() {
        0 => Some(0),
        1 => find_char(text, pattern.get(0)),
        _ => in_width(text, pattern, FindFirst),
    }
}

/// The index of the last occurrence.
pub fn rfind(text: Units<'_>, pattern: Units<'_>) -> Option<usize> {
    if pattern.len() > text.len() {
        return None;
    }
    match pattern.len() {
        0 => Some(text.len()),
        1 => rfind_char(text, pattern.get(0)),
        _ => in_width(text, pattern, FindLast),
    }
}

/// Whether the pattern occurs.
pub fn contains(text: Units<'_>, pattern: Units<'_>) -> bool {
    find(text, pattern).is_some()
}

/// How often the pattern occurs without overlap, at most `limit`; the empty pattern occurs at each edge.
pub fn count(text: Units<'_>, pattern: Units<'_>, limit: usize) -> usize {
    if pattern.is_empty() {
        return limit.min(text.len() + 1);
    }
    if let (Units::One(s), Units::One(&[c]), usize::MAX) = (text, pattern, limit) {
        return memchr::memchr_iter(c, s).count();
    }
    Finder::new(text, pattern).take(limit).count()
}

/// The index of the first occurrence of a character.
pub fn find_char(text: Units<'_>, c: u32) -> Option<usize> {
    match text {
        Units::One(s) => u8::try_from(c).ok().and_then(|c| memchr::memchr(c, s)),
        Units::Two(s) => u16::try_from(c).ok().and_then(|c| position(s, c)),
        Units::Four(s) => position(s, c),
    }
}

/// The index of the last occurrence of a character.
pub fn rfind_char(text: Units<'_>, c: u32) -> Option<usize> {
    match text {
        Units::One(s) => u8::try_from(c).ok().and_then(|c| memchr::memrchr(c, s)),
        Units::Two(s) => u16::try_from(c).ok().and_then(|c| s.iter().rposition(|&u| u == c)),
        Units::Four(s) => s.iter().rposition(|&u| u == c),
    }
}

/// `position` in blocks without an early exit inside, which the compiler turns into vector code.
fn position<U: Unit>(units: &[U], c: U) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut start = 0;
    for block in units.chunks_exact(BLOCK) {
        if block.iter().fold(false, |found, &u| found | (u == c)) {
            break;
        }
        start += BLOCK;
    }
    units[start..].iter().position(|&u| u == c).map(|i| start + i)
}

/// All occurrences without overlap, left to right, of a pattern that is not empty.
pub struct Finder<'a> {
    text: Units<'a>,
    pattern: Pattern<'a>,
    start: usize,
}

enum Pattern<'a> {
    /// The pattern has a character that the text's width cannot hold.
    Absent,
    Char(u32),
    Bytes(Box<memmem::Finder<'a>>, usize),
    Units(Units<'a>),
}

impl<'a> Finder<'a> {
    pub fn new(text: Units<'a>, pattern: Units<'a>) -> Self {
        debug_assert!(!pattern.is_empty());
        let pattern = match (text, pattern) {
            _ if pattern.len() == 1 => Pattern::Char(pattern.get(0)),
            (Units::One(_), Units::One(p)) => Pattern::Bytes(Box::new(memmem::Finder::new(p)), p.len()),
            _ if pattern.needed_width() > text.width() => Pattern::Absent,
            _ => Pattern::Units(pattern),
        };
        Finder { text, pattern, start: 0 }
    }
}

impl Iterator for Finder<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let rest = self.text.from(self.start);
        let (found, len) = match (&self.pattern, rest) {
            (Pattern::Char(c), _) => (find_char(rest, *c)?, 1),
            (Pattern::Bytes(finder, len), Units::One(rest)) => (finder.find(rest)?, *len),
            (Pattern::Units(pattern), _) => (find(rest, *pattern)?, pattern.len()),
            _ => return None,
        };
        let index = self.start + found;
        self.start = index + len;
        Some(index)
    }
}

/// A way of searching that works on any width.
trait Search: Copy {
    fn run<U: Unit>(self, text: &[U], pattern: &[U]) -> Option<usize>;
}

#[derive(Clone, Copy)]
struct FindFirst;

#[derive(Clone, Copy)]
struct FindLast;

/// Brings the pattern to the text's width and searches; nothing is found if it does not fit there.
fn in_width<S: Search>(text: Units<'_>, pattern: Units<'_>, search: S) -> Option<usize> {
    fn matched<U: Unit, S: Search>(text: &[U], pattern: Units<'_>, search: S) -> Option<usize> {
        if pattern.bits() > U::MAX {
            return None;
        }
        search.run(text, &pattern.to_vec::<U>())
    }
    match (text, pattern) {
        (Units::One(text), Units::One(pattern)) => search.run(text, pattern),
        (Units::Two(text), Units::Two(pattern)) => search.run(text, pattern),
        (Units::Four(text), Units::Four(pattern)) => search.run(text, pattern),
        _ => with_units!(text, text => matched(text, pattern, search)),
    }
}

impl Search for FindFirst {
    fn run<U: Unit>(self, text: &[U], pattern: &[U]) -> Option<usize> {
        let bytes: &[u8] = bytemuck::cast_slice(text);
        let pattern_bytes: &[u8] = bytemuck::cast_slice(pattern);
        let mut start = 0;
        for _ in 0..STRAY_HITS {
            let hit = start + find_bytes(&bytes[start..], pattern_bytes)?;
            if hit % size_of::<U>() == 0 {
                return Some(hit / size_of::<U>());
            }
            start = hit.next_multiple_of(size_of::<U>());
        }
        let first = start / size_of::<U>();
        knuth_morris_pratt(text[first..].iter(), pattern.iter()).map(|i| first + i)
    }
}

fn find_bytes(text: &[u8], pattern: &[u8]) -> Option<usize> {
    if text.len() > SHORT {
        return memmem::find(text, pattern);
    }
    let last = text.len().checked_sub(pattern.len())?;
    let mut start = 0;
    loop {
        start += memchr::memchr(pattern[0], &text[start..=last])?;
        if &text[start..start + pattern.len()] == pattern {
            return Some(start);
        }
        start += 1;
        if start > last {
            return None;
        }
    }
}

impl Search for FindLast {
    fn run<U: Unit>(self, text: &[U], pattern: &[U]) -> Option<usize> {
        let bytes: &[u8] = bytemuck::cast_slice(text);
        let finder = memmem::FinderRev::new(bytemuck::cast_slice::<U, u8>(pattern));
        let mut end = text.len();
        for _ in 0..STRAY_HITS {
            let hit = finder.rfind(&bytes[..end * size_of::<U>()])?;
            if hit % size_of::<U>() == 0 {
                return Some(hit / size_of::<U>());
            }
            end = hit / size_of::<U>() + pattern.len();
        }
        let from_end = knuth_morris_pratt(text[..end].iter().rev(), pattern.iter().rev())?;
        Some(end - from_end - pattern.len())
    }
}

/// The index of the first occurrence, each unit of the text being looked at once.
fn knuth_morris_pratt<'u, U: Unit>(
    text: impl Iterator<Item = &'u U>,
    pattern: impl Iterator<Item = &'u U>,
) -> Option<usize> {
    let pattern: Vec<U> = pattern.copied().collect();
    let mut borders = vec![0usize; pattern.len()];
    let advance = |borders: &[usize], mut matched: usize, unit: U| {
        while matched > 0 && pattern[matched] != unit {
            matched = borders[matched - 1];
        }
        matched + usize::from(pattern[matched] == unit)
    };
    for i in 1..pattern.len() {
        borders[i] = advance(&borders, borders[i - 1], pattern[i]);
    }
    let mut matched = 0;
    for (i, &unit) in text.enumerate() {
        matched = advance(&borders, matched, unit);
        if matched == pattern.len() {
            return Some(i + 1 - matched);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_searched_as_long_ones() {
        let text = b"abababcabababdabc".repeat(8);
        for end in 0..text.len() {
            for pattern in [&b"ab"[..], b"abc", b"abd", b"dabca", b"zz", b"cz", &text[end / 2..=end]] {
                assert_eq!(find_bytes(&text[..end], pattern), memmem::find(&text[..end], pattern), "{end} {pattern:?}");
            }
        }
    }
    use crate::OwnedUnits;

    #[test]
    fn agrees_with_the_plain_search() {
        let alphabets: [&[u32]; 3] = [&[97, 98], &[0x6162, 0x6261, 97], &[0x10000, 0x100, 1]];
        let mut seed = 1u32;
        let mut next = |bound: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % bound
        };
        for round in 0..3000 {
            let alphabet = alphabets[round % 3];
            let mut make = |len: usize| (0..len).map(|_| alphabet[next(alphabet.len())]).collect::<Vec<u32>>();
            let (text, pattern) = (make(40), make(1 + round % 4));
            let owned: OwnedUnits = text.iter().copied().collect();
            let narrow: OwnedUnits = pattern.iter().copied().collect();
            let first = text.windows(pattern.len()).position(|w| w == pattern);
            let last = text.windows(pattern.len()).rposition(|w| w == pattern);
            assert_eq!(find(owned.as_units(), narrow.as_units()), first);
            assert_eq!(rfind(owned.as_units(), Units::Four(&pattern)), last);
        }
    }

    #[test]
    fn stray_hits_do_not_hide_a_match() {
        let mut text = vec![0x6261u16; 500];
        text.extend([0x6162, 0x6162]);
        assert_eq!(find(Units::Two(&text), Units::Two(&[0x6162, 0x6162])), Some(500));
        text.reverse();
        assert_eq!(rfind(Units::Two(&text), Units::Two(&[0x6162, 0x6162])), Some(0));
    }

    #[test]
    fn counts() {
        assert_eq!(count(Units::One(b"aaaa"), Units::One(b"aa"), usize::MAX), 2);
        assert_eq!(count(Units::One(b"abc"), Units::One(b""), usize::MAX), 4);
        assert_eq!(count(Units::Two(&[0x100; 5]), Units::Two(&[0x100]), 3), 3);
        assert_eq!(count(Units::One(b"abc"), Units::Two(&[0x100]), 3), 0);
    }
}
