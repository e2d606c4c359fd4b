//! Names of characters, both ways; no unsafe.

use super::sequences::NAMED_SEQUENCES;
use crate::OwnedUnits;

/// The longest name that a look-up takes: a longer one is `KeyError: name too long`.
pub const LONGEST_NAME: usize = 256;

/// The name of a character, if it has one.
pub fn name(c: u32) -> Option<String> {
    unicode_names2::name(char::from_u32(c)?).map(|name| name.to_string())
}

/// The character of a name or an alias, as `\N{...}` has it; case does not matter.
pub fn character(name: &str) -> Option<u32> {
    unicode_names2::character(name).filter(|_| is_plain(name)).map(u32::from).or_else(|| tangut(name))
}

/// The character of a name that is no alias.
pub fn proper(given: &str) -> Option<u32> {
    character(given).filter(|&c| match name(c) {
        Some(name) => name.eq_ignore_ascii_case(given),
        None => tangut(given).is_some(),
    })
}

/// Whether the name is spelled as CPython wants it: the crate forgives spaces around it and zeros before a number.
fn is_plain(name: &str) -> bool {
    let edge = |b: Option<&u8>| matches!(b, Some(b' ' | b'_'));
    let padded = name.get(..23).is_some_and(|head| head.eq_ignore_ascii_case("CJK UNIFIED IDEOGRAPH-0"));
    !padded && !edge(name.as_bytes().first()) && !edge(name.as_bytes().last())
}

/// Tangut ideographs are found by their numbers, although CPython gives them no name.
fn tangut(name: &str) -> Option<u32> {
    let prefix = "TANGUT IDEOGRAPH-";
    let (head, digits) = name.split_at_checked(prefix.len())?;
    if !head.eq_ignore_ascii_case(prefix) || digits.len() != 5 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let c = u32::from_str_radix(digits, 16).ok()?;
    matches!(c, 0x1_7000..=0x1_87F7 | 0x1_8D00..=0x1_8D08).then_some(c)
}

/// What `unicodedata.lookup` gives: a character, or the characters of a named sequence.
pub fn lookup(name: &str) -> Option<OwnedUnits> {
    character(name).map(OwnedUnits::from_char).or_else(|| {
        let upper = name.to_ascii_uppercase();
        let index = NAMED_SEQUENCES.binary_search_by_key(&upper.as_str(), |entry| entry.0).ok()?;
        Some(OwnedUnits::from_utf8(NAMED_SEQUENCES[index].1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (given, c) in [
            ("latin small letter a", 'a'),
            ("LF", '\n'),
            ("NULL", '\0'),
            ("CJK UNIFIED IDEOGRAPH-4e00", '\u{4e00}'),
            ("hangul syllable gag", '\u{ac01}'),
            ("CJK COMPATIBILITY IDEOGRAPH-F900", '\u{f900}'),
            ("TANGUT IDEOGRAPH-17000", '\u{17000}'),
            ("KHITAN SMALL SCRIPT CHARACTER-18B00", '\u{18b00}'),
            ("BELL", '\u{1f514}'),
            ("ALERT", '\x07'),
            ("LATIN CAPITAL LETTER GHA", '\u{1a2}'),
            ("HANGUL SYLLABLE A", '\u{c544}'),
            ("NBSP", '\u{a0}'),
            ("VS1", '\u{fe00}'),
            ("BYZANTINE MUSICAL SYMBOL FTHORA SKLIRON CHROMA VASIS", '\u{1d0c5}'),
            ("WEIERSTRASS ELLIPTIC FUNCTION", '\u{2118}'),
        ] {
            assert_eq!(character(given), Some(c.into()), "{given}");
        }
        for given in [
            "foo",
            "",
            "latin-small letter a",
            " LATIN SMALL LETTER A",
            "LATIN SMALL LETTER A ",
            "LATIN  SMALL LETTER A",
            "LATINSMALLLETTERA",
            "LATIN_SMALL_LETTER_A",
            "CJK UNIFIED IDEOGRAPH-2FFFF",
            "CJK UNIFIED IDEOGRAPH-04E00",
            "HANGUL SYLLABLE ",
            "TANGUT IDEOGRAPH-187F8",
            "LATIN SMALL LETTER-A",
        ] {
            assert_eq!(lookup(given), None, "{given}");
        }
        assert_eq!(lookup("KEYCAP DIGIT ONE"), Some("1\u{fe0f}\u{20e3}".into()));
        assert_eq!(character("KEYCAP DIGIT ONE"), None);
        assert_eq!(
            (name(0xAC00).as_deref(), name(0x1C89).as_deref(), name(10), name(0xD800)),
            (Some("HANGUL SYLLABLE GA"), Some("CYRILLIC CAPITAL LETTER TJE"), None, None)
        );
    }
}
