//! The four normalization forms, and the decompositions they rest on; no unsafe.
//!
//! A text whose characters are all marked safe for a form is in that form already; another one is decomposed, put in
//! canonical order, and, for the composing forms, composed again.

use super::tables::*;
use super::{combining, record, version_3_2};
use crate::units::{Unit, Units};
use crate::{OwnedUnits, with_units};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Nfc,
    Nfkc,
    Nfd,
    Nfkd,
}

/// The version of the database that decides: stringprep needs that of 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Current,
    V3_2,
}

impl Form {
    /// The form of a name such as `NFC`; `ValueError: invalid normalization form` if there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFKC" => Form::Nfkc,
            "NFD" => Form::Nfd,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }

    fn safe_flag(self) -> u32 {
        match self {
            Form::Nfc => NFC_SAFE,
            Form::Nfkc => NFKC_SAFE,
            Form::Nfd => NFD_SAFE,
            Form::Nfkd => NFKD_SAFE,
        }
    }

    fn is_compatible(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }

    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }
}

const SYLLABLES: u32 = 0xAC00;
const LEADS: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TAILS: u32 = 0x11A7;
const VOWEL_COUNT: u32 = 21;
const TAIL_COUNT: u32 = 28;
const SYLLABLE_COUNT: u32 = 19 * VOWEL_COUNT * TAIL_COUNT;

/// The kind (an index of `DECOMPOSITION_TAGS`, 0 for canonical) and the code points of a decomposition. Hangul
/// syllables have none here: theirs are computed.
fn mapping(c: u32) -> Option<(u8, &'static [u32])> {
    let index = DECOMPOSITIONS.binary_search_by_key(&c, |row| row.0).ok()?;
    let (start, end) = (DECOMPOSITIONS[index].1, DECOMPOSITIONS.get(index + 1)?.1);
    Some((DECOMPOSITIONS[index].2, &DECOMPOSITION_DATA[start.into()..end.into()]))
}

/// What `unicodedata.decomposition` gives, such as `<compat> 0020 0308`.
pub fn decomposition(c: u32) -> String {
    let Some((tag, points)) = mapping(c) else { return String::new() };
    let points = points.iter().map(|p| format!("{p:04X}"));
    let tag = Some(DECOMPOSITION_TAGS[tag as usize].to_owned()).filter(|t| !t.is_empty());
    tag.into_iter().chain(points).collect::<Vec<_>>().join(" ")
}

pub fn normalize(form: Form, text: Units<'_>) -> OwnedUnits {
    normalize_by(form, text, Version::Current)
}

pub fn normalize_by(form: Form, text: Units<'_>, version: Version) -> OwnedUnits {
    if is_safe(form, text) {
        return text.to_canonical();
    }
    let mut points = Vec::with_capacity(text.len() + 16);
    for c in text.iter() {
        push_decomposed(c, form.is_compatible(), version, &mut points);
    }
    reorder(&mut points);
    if form.composes() {
        compose(&mut points);
    }
    Units::Four(&points).to_canonical()
}

pub fn is_normalized(form: Form, text: Units<'_>) -> bool {
    is_safe(form, text) || normalize(form, text).as_units() == text
}

/// Whether no character can change, whatever stands around it.
fn is_safe(form: Form, text: Units<'_>) -> bool {
    fn all<U: Unit>(units: &[U], flag: u32) -> bool {
        units.iter().all(|&u| u.into() < 0x80 || record(u.into()).flags & flag != 0)
    }
    with_units!(text, s => all(s, form.safe_flag()))
}

fn push_decomposed(c: u32, compatible: bool, version: Version, out: &mut Vec<u32>) {
    let syllable = c.wrapping_sub(SYLLABLES);
    if syllable < SYLLABLE_COUNT {
        out.push(LEADS + syllable / (VOWEL_COUNT * TAIL_COUNT));
        out.push(VOWELS + syllable / TAIL_COUNT % VOWEL_COUNT);
        if !syllable.is_multiple_of(TAIL_COUNT) {
            out.push(TAILS + syllable % TAIL_COUNT);
        }
        return;
    }
    if version == Version::V3_2 {
        if let Some(corrected) = version_3_2::corrected_decomposition(c) {
            return out.push(corrected);
        }
        if !version_3_2::is_assigned(c) {
            return out.push(c);
        }
    }
    match mapping(c) {
        Some((tag, points)) if compatible || tag == 0 => {
            points.iter().for_each(|&p| push_decomposed(p, compatible, version, out));
        }
        _ => out.push(c),
    }
}

/// Sorts each run of combining characters by their classes, keeping the order of equals.
fn reorder(points: &mut [u32]) {
    let mut start = 0;
    while start < points.len() {
        let len = points[start..].iter().take_while(|&&c| combining(c) != 0).count();
        if len > 1 {
            points[start..start + len].sort_by_key(|&c| combining(c));
        }
        start += len + 1;
    }
}

/// The character that two compose to.
fn composed(first: u32, second: u32) -> Option<u32> {
    let (lead, vowel) = (first.wrapping_sub(LEADS), second.wrapping_sub(VOWELS));
    if lead < 19 && vowel < VOWEL_COUNT {
        return Some(SYLLABLES + (lead * VOWEL_COUNT + vowel) * TAIL_COUNT);
    }
    let (syllable, tail) = (first.wrapping_sub(SYLLABLES), second.wrapping_sub(TAILS));
    if syllable < SYLLABLE_COUNT && syllable % TAIL_COUNT == 0 && (1..TAIL_COUNT).contains(&tail) {
        return Some(first + tail);
    }
    let index = COMPOSITIONS.binary_search_by_key(&(first, second), |row| (row.0, row.1)).ok()?;
    Some(COMPOSITIONS[index].2)
}

/// Joins each starter with the characters after it that are not blocked from it.
fn compose(points: &mut Vec<u32>) {
    let (mut starter, mut kept, mut last_class) = (None::<usize>, 0, 0u8);
    for index in 0..points.len() {
        let c = points[index];
        let class = combining(c);
        let adjacent = starter.is_some_and(|s| s + 1 == kept);
        if let Some(s) = starter
            && (adjacent || last_class < class)
            && let Some(joined) = composed(points[s], c)
        {
            points[s] = joined;
            continue;
        }
        points[kept] = c;
        if class == 0 {
            starter = Some(kept);
        }
        last_class = class;
        kept += 1;
    }
    points.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(form: Form, version: Version) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for c in 0..0x11_0000 {
            for sample in [&[c][..], &[0x61, c, 0x301], &[c, 0x323, 0x302, c]] {
                for p in normalize_by(form, Units::Four(sample), version).as_units().iter() {
                    hash = (hash ^ u64::from(p)).wrapping_mul(0x100_0000_01b3);
                }
            }
        }
        hash
    }

    #[test]
    fn all_code_points_agree_with_the_database() {
        assert_eq!(digest(Form::Nfc, Version::Current), 0xf13b0479655081ad);
        assert_eq!(digest(Form::Nfkc, Version::Current), 0x56bb57293d776258);
        assert_eq!(digest(Form::Nfd, Version::Current), 0x768288576b779df9);
        assert_eq!(digest(Form::Nfkd, Version::Current), 0x30ecf7f1a86ec9d7);
    }

    #[test]
    fn all_code_points_agree_with_the_old_database() {
        assert_eq!(digest(Form::Nfkc, Version::V3_2), 0xcdec6a81f371bec6);
    }

    #[test]
    fn forms() {
        let normal = |form, text: &str| normalize(form, OwnedUnits::from(text).as_units()).as_units().to_lossy();
        assert_eq!(normal(Form::Nfd, "é각"), "e\u{301}\u{1100}\u{1161}\u{11a8}");
        assert_eq!(normal(Form::Nfc, "e\u{301}\u{1100}\u{1161}\u{11a8}"), "é각");
        assert_eq!(normal(Form::Nfkc, "ﬁ①"), "fi1");
        assert_eq!(decomposition(0xA8), "<compat> 0020 0308");
        assert_eq!(decomposition(0xE9), "0065 0301");
        assert!(is_normalized(Form::Nfc, OwnedUnits::from("é").as_units()));
        assert!(!is_normalized(Form::Nfd, OwnedUnits::from("é").as_units()));
    }
}
