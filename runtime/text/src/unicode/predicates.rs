//! The predicates of `str` (`isalpha` and its kin), and those of `bytes`, on whole strings; no unsafe.

use super::tables::*;
use super::{has, record};
use crate::units::{Unit, Units};
use crate::with_units;

/// Whether there are characters and each has one of the flags. Most are asked of a single one.
#[inline(always)]
fn all(text: Units<'_>, flags: u32) -> bool {
    match text {
        Units::One(&[only]) => has(only.into(), flags),
        _ => each_of(text, flags),
    }
}

#[inline(never)]
fn each_of(text: Units<'_>, flags: u32) -> bool {
    fn each<U: Unit>(units: &[U], flags: u32) -> bool {
        !units.is_empty() && units.iter().all(|&u| has(u.into(), flags))
    }
    with_units!(text, s => each(s, flags))
}

#[inline]
pub fn isalpha(text: Units<'_>) -> bool {
    all(text, ALPHA)
}

#[inline]
pub fn isalnum(text: Units<'_>) -> bool {
    all(text, ALPHA | DECIMAL | DIGIT | NUMERIC)
}

#[inline]
pub fn isdecimal(text: Units<'_>) -> bool {
    all(text, DECIMAL)
}

#[inline]
pub fn isdigit(text: Units<'_>) -> bool {
    all(text, DIGIT)
}

#[inline]
pub fn isnumeric(text: Units<'_>) -> bool {
    all(text, NUMERIC)
}

#[inline]
pub fn isspace(text: Units<'_>) -> bool {
    all(text, SPACE)
}

pub fn isprintable(text: Units<'_>) -> bool {
    text.is_empty() || all(text, PRINTABLE)
}

pub fn isidentifier(text: Units<'_>) -> bool {
    text.first().is_some_and(|c| has(c, XID_START)) && text.iter().skip(1).all(|c| has(c, XID_CONTINUE))
}

pub fn islower(text: Units<'_>) -> bool {
    cased_without(text, LOWER, UPPER | TITLE)
}

pub fn isupper(text: Units<'_>) -> bool {
    cased_without(text, UPPER, LOWER | TITLE)
}

/// Whether some character is wanted and none is refused.
fn cased_without(text: Units<'_>, wanted: u32, refused: u32) -> bool {
    let mut seen = 0;
    for c in text.iter() {
        let flags = record(c).flags;
        if flags & refused != 0 {
            return false;
        }
        seen |= flags;
    }
    seen & wanted != 0
}

pub fn istitle(text: Units<'_>) -> bool {
    let (mut cased, mut previous) = (false, false);
    for c in text.iter() {
        let flags = record(c).flags;
        let (starts, continues) = (flags & (UPPER | TITLE) != 0, flags & LOWER != 0);
        if starts && previous || !starts && continues && !previous {
            return false;
        }
        previous = starts || continues;
        cased |= previous;
    }
    cased
}

/// The predicates of `bytes`, which know ASCII only.
pub mod ascii {
    /// What `bytes.split` and `bytes.strip` take for white space.
    pub fn is_space(c: u32) -> bool {
        matches!(c, 0x09..=0x0D | 0x20)
    }

    fn all(bytes: &[u8], test: impl Fn(&u8) -> bool) -> bool {
        !bytes.is_empty() && bytes.iter().all(test)
    }

    pub fn isalpha(bytes: &[u8]) -> bool {
        all(bytes, u8::is_ascii_alphabetic)
    }

    pub fn isalnum(bytes: &[u8]) -> bool {
        all(bytes, u8::is_ascii_alphanumeric)
    }

    pub fn isdigit(bytes: &[u8]) -> bool {
        all(bytes, u8::is_ascii_digit)
    }

    pub fn isspace(bytes: &[u8]) -> bool {
        all(bytes, |&b| is_space(b.into()))
    }

    pub fn islower(bytes: &[u8]) -> bool {
        bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
    }

    pub fn isupper(bytes: &[u8]) -> bool {
        bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
    }

    pub fn istitle(bytes: &[u8]) -> bool {
        let (mut cased, mut previous) = (false, false);
        for b in bytes {
            if b.is_ascii_uppercase() && previous || b.is_ascii_lowercase() && !previous {
                return false;
            }
            previous = b.is_ascii_alphabetic();
            cased |= previous;
        }
        cased
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnedUnits;

    fn check(test: fn(Units<'_>) -> bool, yes: &[&str], no: &[&str]) {
        for (text, expected) in yes.iter().map(|t| (t, true)).chain(no.iter().map(|t| (t, false))) {
            assert_eq!(test(OwnedUnits::from_utf8(text).as_units()), expected, "{text:?}");
        }
    }

    #[test]
    fn predicates() {
        check(isalpha, &["aé漢"], &["", "a1", "²"]);
        check(isdecimal, &["0٣"], &["²", "½", ""]);
        check(isdigit, &["²"], &["½"]);
        check(isnumeric, &["½", "十"], &["a"]);
        check(isspace, &[" \u{1c}\u{85}\u{2003}"], &["", "\u{200b}"]);
        check(isprintable, &["", "a é"], &["\u{7f}", "\u{a0}", "\n", "\u{e000}"]);
        check(isidentifier, &["_a1", "été", "ªx", "℘"], &["", "1a", "a-b"]);
        check(islower, &["a1", "ª"], &["1", "aA", "ǅ"]);
        check(isupper, &["A1"], &["1", "aA", "ǅ"]);
        check(istitle, &["Aa Bb", "ǅa", "A1A"], &["aA", "AA", "", "1"]);
    }

    #[test]
    fn all_code_points_agree_with_the_predicates() {
        let tests = [isalpha, isalnum, isspace, isprintable, isidentifier];
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for c in 0..0x11_0000 {
            let text = [c];
            let text = Units::Four(&text);
            let mut bits: Vec<bool> = tests.iter().map(|test| test(text)).collect();
            bits.push(isidentifier(Units::Four(&[0x61, c])));
            bits.extend([isupper(text), islower(text), istitle(text)]);
            for bit in bits {
                hash = (hash ^ (0x30 + u64::from(bit))).wrapping_mul(0x100_0000_01b3);
            }
        }
        assert_eq!(hash, 0xe638_e95f_464c_c3a2);
    }
}
