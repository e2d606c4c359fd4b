//! Properties of characters as Unicode 16.0 gives them, and the predicates of `str` on them; no unsafe.

pub mod names;
pub mod normalization;
pub mod predicates;
mod sequences;
pub mod tables;
pub mod version_3_2;

use tables::*;

/// The row of properties of a code point; those past U+10FFFF are unassigned.
#[inline]
pub fn record(c: u32) -> &'static Record {
    let block = RECORD_BLOCKS.get((c >> 7) as usize).map_or(0, |&b| b as usize);
    &RECORDS[RECORD_INDEX[block << 7 | (c & 0x7F) as usize] as usize]
}

#[inline]
pub(crate) fn case_record(c: u32) -> &'static CaseRecord {
    let block = CASE_BLOCKS.get((c >> 7) as usize).map_or(0, |&b| b as usize);
    &CASES[CASE_INDEX[block << 7 | (c & 0x7F) as usize] as usize]
}

/// Whether the code point has any of these flags of [`tables`].
#[inline]
pub fn has(c: u32, flags: u32) -> bool {
    let known = match LATIN_FLAGS.get(c as usize) {
        Some(&known) => known,
        None => record(c).flags,
    };
    known & flags != 0
}

/// The flags of the characters of one byte, which are asked for most.
static LATIN_FLAGS: [u32; 256] = latin_flags();

const fn latin_flags() -> [u32; 256] {
    let mut flags = [0; 256];
    let mut c = 0;
    while c < 256 {
        let block = RECORD_BLOCKS[c >> 7] as usize;
        flags[c] = RECORDS[RECORD_INDEX[block << 7 | (c & 0x7F)] as usize].flags;
        c += 1;
    }
    flags
}

macro_rules! property {
    ($($(#[$doc:meta])* $name:ident: $flag:expr;)*) => {
        $($(#[$doc])* #[inline] pub fn $name(c: u32) -> bool { has(c, $flag) })*
    };
}

property! {
    is_alpha: ALPHA;
    is_decimal: DECIMAL;
    is_digit: DIGIT;
    is_numeric: NUMERIC;
    is_alnum: ALPHA | DECIMAL | DIGIT | NUMERIC;
    is_upper: UPPER;
    is_lower: LOWER;
    is_title: TITLE;
    is_cased: CASED;
    is_case_ignorable: CASE_IGNORABLE;
    is_xid_continue: XID_CONTINUE;
    is_mirrored: MIRRORED;
}

/// Whether `repr` shows the character as it is.
#[inline]
pub fn is_printable(c: u32) -> bool {
    if c < 0x7F { c >= 0x20 } else { has(c, PRINTABLE) }
}

/// Whether an identifier may start with it; the underscore may.
#[inline]
pub fn is_xid_start(c: u32) -> bool {
    has(c, XID_START)
}

/// Whether `str.split` and `str.strip` take it for white space.
#[inline]
pub fn is_space(c: u32) -> bool {
    if c < 0x80 { matches!(c, 0x09..=0x0D | 0x1C..=0x20) } else { has(c, SPACE) }
}

/// Whether `str.splitlines` ends a line at it.
#[inline]
pub fn is_line_break(c: u32) -> bool {
    if c < 0x80 { matches!(c, 0x0A..=0x0D | 0x1C..=0x1E) } else { matches!(c, 0x85 | 0x2028 | 0x2029) }
}

fn run_of<V: Copy>(runs: &[(u32, u32, V)], c: u32) -> Option<(u32, V)> {
    let after = runs.partition_point(|run| run.0 <= c);
    let &(first, last, value) = runs.get(after.checked_sub(1)?)?;
    (c <= last).then_some((c - first, value))
}

/// The value of a decimal digit, as `int` reads it.
#[inline]
pub fn decimal(c: u32) -> Option<u8> {
    if c < 0x80 {
        return (c as u8).is_ascii_digit().then(|| c as u8 - b'0');
    }
    run_of(&DECIMAL_RUNS, c).map(|(offset, value)| value + offset as u8)
}

/// The value of a digit, superscripts and the like included.
pub fn digit(c: u32) -> Option<u8> {
    run_of(&DIGIT_RUNS, c).map(|(offset, value)| value + offset as u8)
}

/// The value of a numeric character, fractions included.
pub fn numeric(c: u32) -> Option<f64> {
    run_of(&NUMERIC_RUNS, c).map(|(offset, value)| value + f64::from(offset))
}

/// The general category, such as `Lu`.
pub fn category(c: u32) -> &'static str {
    CATEGORIES[record(c).category as usize]
}

/// The bidirectional class, empty if there is none.
pub fn bidirectional(c: u32) -> &'static str {
    BIDIRECTIONALS[record(c).bidirectional as usize]
}

/// The canonical combining class.
#[inline]
pub fn combining(c: u32) -> u8 {
    record(c).combining
}

pub fn east_asian_width(c: u32) -> &'static str {
    WIDTHS[record(c).width as usize]
}

/// The simple mapping to upper case.
#[inline]
pub fn to_upper(c: u32) -> u32 {
    c.wrapping_add_signed(case_record(c).upper)
}

/// The simple mapping to lower case.
#[inline]
pub fn to_lower(c: u32) -> u32 {
    c.wrapping_add_signed(case_record(c).lower)
}

/// The simple mapping to title case.
#[inline]
pub fn to_title(c: u32) -> u32 {
    c.wrapping_add_signed(case_record(c).title)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a over a property of all code points; the expected values were computed with CPython 3.14.
    fn digest(property: impl Fn(u32) -> String) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for c in 0..0x11_0000 {
            for byte in property(c).bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
        hash
    }

    #[test]
    fn all_code_points_agree_with_the_database() {
        assert_eq!(digest(|c| category(c).into()), 0xc267_7001_3aec_c88f);
        assert_eq!(digest(|c| bidirectional(c).into()), 0x49bd_f12d_0ee9_0b66);
        assert_eq!(digest(|c| combining(c).to_string()), 0xd887_cd33_0f42_1471);
    }

    #[test]
    fn values() {
        assert_eq!((decimal(0x0669), digit(0xB2), numeric(0xBD)), (Some(9), Some(2), Some(0.5)));
        assert_eq!((decimal(0xB2), digit(0xBD), numeric(0x5146)), (None, None, Some(1e6)));
        assert_eq!(numeric(0x2153), Some(1.0 / 3.0));
        assert_eq!((to_lower(0x130), to_upper(0xDF), to_title(0x1C4)), (0x69, 0xDF, 0x1C5));
    }
}
