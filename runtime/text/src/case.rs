//! Case mappings of strings with Unicode's full mappings and the final sigma, and those of `bytes`; no unsafe.

use crate::unicode::tables::{CASE_IGNORABLE, CASED, SPECIAL_CASES};
use crate::unicode::{case_record, has, is_lower, is_upper};
use crate::{OwnedUnits, TextBuilder, Units};

/// Which of the four mappings; the discriminants are columns of `SPECIAL_CASES`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mapping {
    Upper = 0,
    Lower = 1,
    Title = 2,
    Fold = 3,
}

const CAPITAL_SIGMA: u32 = 0x3A3;

pub fn upper(text: Units<'_>) -> OwnedUnits {
    match text.as_ascii() {
        Some(ascii) => OwnedUnits::One(ascii.as_bytes().to_ascii_uppercase()),
        None => map_all(text, |_, c, out| push_mapped(out, c, Mapping::Upper)),
    }
}

pub fn lower(text: Units<'_>) -> OwnedUnits {
    match text.as_ascii() {
        Some(ascii) => OwnedUnits::One(ascii.as_bytes().to_ascii_lowercase()),
        None => map_all(text, |i, c, out| push_lower(out, text, i, c)),
    }
}

pub fn casefold(text: Units<'_>) -> OwnedUnits {
    match text.as_ascii() {
        Some(ascii) => OwnedUnits::One(ascii.as_bytes().to_ascii_lowercase()),
        None => map_all(text, |_, c, out| push_mapped(out, c, Mapping::Fold)),
    }
}

pub fn capitalize(text: Units<'_>) -> OwnedUnits {
    if let Some(ascii) = text.as_ascii() {
        return OwnedUnits::One(bytes::capitalize(ascii.as_bytes()));
    }
    map_all(text, |i, c, out| match i {
        0 => push_mapped(out, c, Mapping::Title),
        _ => push_lower(out, text, i, c),
    })
}

pub fn title(text: Units<'_>) -> OwnedUnits {
    if let Some(ascii) = text.as_ascii() {
        return OwnedUnits::One(bytes::title(ascii.as_bytes()));
    }
    let mut after_cased = false;
    map_all(text, |i, c, out| {
        if after_cased {
            push_lower(out, text, i, c);
        } else {
            push_mapped(out, c, Mapping::Title);
        }
        after_cased = has(c, CASED);
    })
}

pub fn swapcase(text: Units<'_>) -> OwnedUnits {
    if let Some(ascii) = text.as_ascii() {
        return OwnedUnits::One(bytes::swapcase(ascii.as_bytes()));
    }
    map_all(text, |i, c, out| {
        if is_upper(c) {
            push_lower(out, text, i, c);
        } else if is_lower(c) {
            push_mapped(out, c, Mapping::Upper);
        } else {
            out.push_char(c);
        }
    })
}

fn map_all(text: Units<'_>, mut map: impl FnMut(usize, u32, &mut TextBuilder)) -> OwnedUnits {
    let mut out = TextBuilder::with_capacity(text.len());
    for (index, c) in text.iter().enumerate() {
        map(index, c, &mut out);
    }
    out.finish()
}

fn push_mapped(out: &mut TextBuilder, c: u32, mapping: Mapping) {
    let case = case_record(c);
    if case.special
        && let Ok(row) = SPECIAL_CASES.binary_search_by_key(&c, |row| row.0)
    {
        return out.push_str(SPECIAL_CASES[row].1[mapping as usize]);
    }
    let delta = match mapping {
        Mapping::Upper => case.upper,
        Mapping::Lower | Mapping::Fold => case.lower,
        Mapping::Title => case.title,
    };
    out.push_char(c.wrapping_add_signed(delta));
}

fn push_lower(out: &mut TextBuilder, text: Units<'_>, index: usize, c: u32) {
    if c == CAPITAL_SIGMA {
        out.push_char(if is_final_sigma(text, index) { 0x3C2 } else { 0x3C3 });
    } else {
        push_mapped(out, c, Mapping::Lower);
    }
}

/// Whether the sigma at this index ends a word: a cased character before it, none after it.
fn is_final_sigma(text: Units<'_>, index: usize) -> bool {
    let is_letter = |c: Option<u32>| c.is_some_and(|c| has(c, CASED));
    let skipped = |c: &u32| !has(*c, CASE_IGNORABLE);
    is_letter(text.slice(0, index).iter().rev().find(skipped)) && !is_letter(text.from(index + 1).iter().find(skipped))
}

/// Case mappings of `bytes`: ASCII letters change, other bytes stay.
pub mod bytes {
    pub fn capitalize(bytes: &[u8]) -> Vec<u8> {
        let mut result = bytes.to_ascii_lowercase();
        if let Some(first) = result.first_mut() {
            first.make_ascii_uppercase();
        }
        result
    }

    pub fn title(bytes: &[u8]) -> Vec<u8> {
        let mut after_letter = false;
        let map = |&b: &u8| {
            let mapped = if after_letter { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
            after_letter = b.is_ascii_alphabetic();
            mapped
        };
        bytes.iter().map(map).collect()
    }

    pub fn swapcase(bytes: &[u8]) -> Vec<u8> {
        let swap = |&b: &u8| if b.is_ascii_alphabetic() { b ^ 0x20 } else { b };
        bytes.iter().map(swap).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(map: fn(Units<'_>) -> OwnedUnits, from: &str, to: &str) {
        assert_eq!(map(OwnedUnits::from_utf8(from).as_units()), OwnedUnits::from_utf8(to));
    }

    #[test]
    fn mappings() {
        check(upper, "straße ŉ ﬃ", "STRASSE ʼN FFI");
        check(lower, "ΑΣ ΑΣΑ Σ Α.Σ İ", "ας ασα σ α.ς i̇");
        check(title, "ﬃ ǆa they're ʰa 1a", "Ffi ǅa They'Re ʰa 1A");
        check(casefold, "Straße ΑΣ ꭰ", "strasse ασ Ꭰ");
        check(swapcase, "aBß ǅ Σ", "AbSS ǅ σ");
        check(capitalize, "ǆABC ΑΣ", "ǅabc ας");
        check(title, "hello wORLD", "Hello World");
        assert_eq!(bytes::title(b"a1a b\xe9b"), b"A1A B\xe9B");
    }

    #[test]
    fn all_code_points_agree_with_the_mappings() {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for c in 0..0x11_0000 {
            let text = OwnedUnits::from_char(c);
            for map in [upper, lower, title, casefold] {
                for c in map(text.as_units()).as_units().iter() {
                    hash = (hash ^ u64::from(c)).wrapping_mul(0x100_0000_01b3);
                }
            }
        }
        assert_eq!(hash, 0xaf25_65df_45e8_c150);
    }
}
