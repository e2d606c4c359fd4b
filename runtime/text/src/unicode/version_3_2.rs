//! Properties as Unicode 3.2 had them (`unicodedata.ucd_3_2_0`), on which stringprep rests; no unsafe.

use super::tables::*;

/// The properties of a code point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Properties {
    pub category: &'static str,
    pub bidirectional: &'static str,
    pub combining: u8,
    pub mirrored: bool,
    pub east_asian_width: &'static str,
    pub decimal: Option<u8>,
    pub digit: Option<u8>,
    pub numeric: Option<f64>,
}

pub fn properties(c: u32) -> Properties {
    let after = CHANGED_SINCE_3_2.partition_point(|run| run.0 <= c);
    let run = after.checked_sub(1).map(|i| &CHANGED_SINCE_3_2[i]).filter(|run| c <= run.1);
    let Some(&(_, _, (category, bidirectional, combining, mirrored, width, decimal, digit, numeric))) = run else {
        return Properties {
            category: super::category(c),
            bidirectional: super::bidirectional(c),
            combining: super::combining(c),
            mirrored: super::is_mirrored(c),
            east_asian_width: super::east_asian_width(c),
            decimal: super::decimal(c),
            digit: super::digit(c),
            numeric: super::numeric(c),
        };
    };
    Properties {
        category: CATEGORIES[category as usize],
        bidirectional: BIDIRECTIONALS[bidirectional as usize],
        combining,
        mirrored: mirrored != 0,
        east_asian_width: WIDTHS[width as usize],
        decimal: u8::try_from(decimal).ok(),
        digit: u8::try_from(digit).ok(),
        numeric: Some(numeric).filter(|&n| n != -1.0),
    }
}

/// Whether the code point had a category then.
pub fn is_assigned(c: u32) -> bool {
    properties(c).category != "Cn"
}

/// The five decompositions that were corrected since.
pub(super) fn corrected_decomposition(c: u32) -> Option<u32> {
    Some(match c {
        0x2_F868 => 0x2136A,
        0x2_F874 => 0x5F33,
        0x2_F91F => 0x43AB,
        0x2_F95F => 0x7AAE,
        0x2_F9BF => 0x4D57,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_code_points_agree_with_the_database() {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for c in 0..0x11_0000 {
            let p = properties(c);
            let number = |n: Option<u8>| n.map_or(-1, i64::from);
            let shown = format!(
                "{}{}{}{}{}{}{}{}",
                p.category,
                p.bidirectional,
                p.combining,
                u8::from(p.mirrored),
                p.east_asian_width,
                number(p.decimal),
                number(p.digit),
                p.numeric.map_or(-1, |n| (n * 1000.0).floor() as i128),
            );
            for byte in shown.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
        assert_eq!(hash, 0xa4d5ff4bb8be98d4);
    }
}
