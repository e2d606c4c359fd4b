//! Building changed copies of strings: replace, join, pad, expand tabs, translate; no unsafe.

use crate::search::Finder;
use crate::units::Units;
use crate::{OwnedUnits, TextBuilder};

/// The text with at most `limit` occurrences replaced, or `None` if that changes nothing.
///
/// With an empty pattern the replacement goes before each character and to the end.
pub fn replace(text: Units<'_>, old: Units<'_>, new: Units<'_>, limit: usize) -> Option<OwnedUnits> {
    if limit == 0 || old.equals(new) {
        return None;
    }
    if old.is_empty() {
        return Some(intersperse(text, new, limit));
    }
    let first = crate::search::find(text, old)?;
    if let (Units::One(text), Units::One(&[old]), Units::One(&[new])) = (text, old, new) {
        return Some(OwnedUnits::One(replace_bytes(text, old, new, first, limit)));
    }
    let hits = Finder::new(text, old).take(limit);
    let mut out = TextBuilder::with_capacity(text.len());
    let mut start = 0;
    for hit in hits {
        out.push_units(text.slice(start, hit));
        out.push_units(new);
        start = hit + old.len();
    }
    out.push_units(text.from(start));
    Some(out.finish())
}

/// One byte for another, from a first occurrence on.
fn replace_bytes(text: &[u8], old: u8, new: u8, first: usize, limit: usize) -> Vec<u8> {
    let mut out = text.to_vec();
    let rest = &mut out[first..];
    if limit >= rest.len() {
        // Without a condition on the store this becomes vector code.
        rest.iter_mut().for_each(|byte| *byte = if *byte == old { new } else { *byte });
    } else {
        rest.iter_mut().filter(|byte| **byte == old).take(limit).for_each(|byte| *byte = new);
    }
    out
}

/// The length that [`replace`] would give, so that the caller can refuse it first.
pub fn replaced_len(text: Units<'_>, old: Units<'_>, new: Units<'_>, limit: usize) -> Option<usize> {
    let hits = crate::search::count(text, old, limit);
    (text.len() - hits * old.len()).checked_add(hits.checked_mul(new.len())?)
}

fn intersperse(text: Units<'_>, new: Units<'_>, limit: usize) -> OwnedUnits {
    let mut out = TextBuilder::with_capacity(text.len() + new.len() * limit.min(text.len() + 1));
    let before = limit.min(text.len());
    for index in 0..before {
        out.push_units(new);
        out.push_char(text.get(index));
    }
    out.push_units(text.from(before));
    if limit > text.len() {
        out.push_units(new);
    }
    out.finish()
}

/// The parts with the separator between them.
pub fn join<'a>(separator: Units<'_>, parts: impl IntoIterator<Item = Units<'a>>) -> OwnedUnits {
    let mut out = TextBuilder::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.push_units(separator);
        }
        out.push_units(part);
    }
    out.finish()
}

/// The text, several times over.
pub fn repeat(text: Units<'_>, times: usize) -> OwnedUnits {
    match text {
        Units::One(s) => OwnedUnits::One(s.repeat(times)),
        Units::Two(s) => OwnedUnits::Two(s.repeat(times)),
        Units::Four(s) => OwnedUnits::Four(s.repeat(times)),
    }
}

/// The text between two runs of a fill character.
pub fn pad(text: Units<'_>, left: usize, right: usize, fill: u32) -> OwnedUnits {
    let mut out = TextBuilder::with_capacity(left + text.len() + right);
    out.push_repeated_some(fill, left);
    out.push_units(text);
    out.push_repeated_some(fill, right);
    out.finish()
}

impl TextBuilder {
    /// [`TextBuilder::push_repeated`], which must not widen for no character at all.
    fn push_repeated_some(&mut self, c: u32, count: usize) {
        if count > 0 {
            self.push_repeated(c, count);
        }
    }
}

/// How `str.center` shares its padding: the odd one goes left if the width is odd.
pub fn center_padding(len: usize, width: usize) -> (usize, usize) {
    let padding = width.saturating_sub(len);
    let left = padding / 2 + (padding & width & 1);
    (left, padding - left)
}

pub fn center(text: Units<'_>, width: usize, fill: u32) -> OwnedUnits {
    let (left, right) = center_padding(text.len(), width);
    pad(text, left, right, fill)
}

pub fn ljust(text: Units<'_>, width: usize, fill: u32) -> OwnedUnits {
    pad(text, 0, width.saturating_sub(text.len()), fill)
}

pub fn rjust(text: Units<'_>, width: usize, fill: u32) -> OwnedUnits {
    pad(text, width.saturating_sub(text.len()), 0, fill)
}

/// Zeros between the sign, if there is one, and the rest.
pub fn zfill(text: Units<'_>, width: usize) -> OwnedUnits {
    let zeros = width.saturating_sub(text.len());
    let sign = usize::from(matches!(text.first(), Some(0x2B | 0x2D)));
    let mut out = TextBuilder::with_capacity(text.len() + zeros);
    out.push_units(text.slice(0, sign));
    out.push_repeated_some(0x30, zeros);
    out.push_units(text.from(sign));
    out.finish()
}

/// Tabs as spaces up to the next multiple of the size, or `None` if the result would be too long to have.
pub fn expandtabs(text: Units<'_>, size: usize) -> Option<OwnedUnits> {
    let mut len = 0usize;
    walk_tabs(text, size, |_, count| {
        len = len.checked_add(count).filter(|&l| l <= isize::MAX as usize)?;
        Some(())
    })?;
    let mut out = TextBuilder::with_capacity(len);
    walk_tabs(text, size, |c, count| {
        out.push_repeated_some(c, count);
        Some(())
    })?;
    Some(out.finish())
}

/// Gives each character and how often it is to appear.
fn walk_tabs(text: Units<'_>, size: usize, mut give: impl FnMut(u32, usize) -> Option<()>) -> Option<()> {
    let mut column = 0;
    for c in text.iter() {
        match c {
            0x09 => {
                let spaces = if size == 0 { 0 } else { size - column % size };
                column = column.wrapping_add(spaces);
                give(0x20, spaces)?;
            }
            _ => {
                column = if matches!(c, 0x0A | 0x0D) { 0 } else { column + 1 };
                give(c, 1)?;
            }
        }
    }
    Some(())
}

/// `bytes.translate`: each byte through the table, without those that are to be deleted.
pub fn translate_bytes(bytes: &[u8], table: Option<&[u8; 256]>, delete: &[u8]) -> Vec<u8> {
    let mut deleted = [false; 256];
    for &b in delete {
        deleted[b as usize] = true;
    }
    let map = |&b: &u8| table.map_or(b, |t| t[b as usize]);
    bytes.iter().filter(|&&b| !deleted[b as usize]).map(map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Units<'_> {
        Units::from_ascii(text).expect("tests here are ASCII")
    }

    #[test]
    fn replacing() {
        let replaced = |t, a, b, n| replace(one(t), one(a), one(b), n).map(|o| o.as_units().to_lossy());
        assert_eq!(replaced("aXbXc", "X", "--", 9).as_deref(), Some("a--b--c"));
        assert_eq!(replaced("aXbXc", "X", "", 1).as_deref(), Some("abXc"));
        assert_eq!(replaced("abc", "", "-", 9).as_deref(), Some("-a-b-c-"));
        assert_eq!(replaced("abc", "", "-", 2).as_deref(), Some("-a-bc"));
        assert_eq!(replaced("", "", "-", 1).as_deref(), Some("-"));
        assert_eq!(replaced("abc", "x", "-", 2), None);
    }

    #[test]
    fn padding() {
        assert_eq!(center(one("ab"), 5, 0x2A).as_units().to_lossy(), "**ab*");
        assert_eq!(center(one("abc"), 6, 0x2A).as_units().to_lossy(), "*abc**");
        assert_eq!(zfill(one("-5"), 4).as_units().to_lossy(), "-005");
        assert_eq!(ljust(one("a"), 3, 0x20AC).as_units().to_lossy(), "a€€");
        assert!(matches!(ljust(one("a"), 1, 0x20AC), OwnedUnits::One(_)));
    }

    #[test]
    fn tabs() {
        let expanded = |t, n| expandtabs(one(t), n).map(|o| o.as_units().to_lossy());
        assert_eq!(expanded("a\tbc\td\n\te", 4).as_deref(), Some("a   bc  d\n    e"));
        assert_eq!(expanded("a\tb", 0).as_deref(), Some("ab"));
        assert_eq!(expanded("\t\t", usize::MAX / 2), None);
    }
}
