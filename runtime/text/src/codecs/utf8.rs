//! UTF-8; no unsafe.

use super::{DecodeErrors, Decoded, Decoder, EncodeHandler, Table, encode_by, is_surrogate};
use crate::OwnedUnits;
use crate::units::{Units, push_wtf8};

/// Decodes; the reasons are `invalid start byte`, `invalid continuation byte` and `unexpected end of data`.
pub fn decode<E>(input: &[u8], last: bool, errors: DecodeErrors<'_, E>) -> Result<Decoded, E> {
    if let Ok(text) = std::str::from_utf8(input) {
        return Ok(Decoded { text: OwnedUnits::from_utf8(text), consumed: input.len() });
    }
    let mut decoder = Decoder::new(input);
    while decoder.at < input.len() {
        let rest = &input[decoder.at..];
        let Err(error) = std::str::from_utf8(rest) else {
            decoder.out.push_str(std::str::from_utf8(rest).unwrap_or_default());
            decoder.at = input.len();
            break;
        };
        let valid = error.valid_up_to();
        decoder.out.push_str(std::str::from_utf8(&rest[..valid]).unwrap_or_default());
        decoder.at += valid;
        let start = decoder.at;
        match error.error_len() {
            None if !last => break,
            None => decoder.problem(start, input.len(), "unexpected end of data", errors)?,
            // The first two bytes of an encoded surrogate: `surrogatepass` may want the third.
            Some(_) if !last && matches!(input[start..], [0xED, 0xA0..=0xBF]) => break,
            Some(len) => {
                let is_start = matches!(input[start], 0xC2..=0xF4);
                let reason = if is_start { "invalid continuation byte" } else { "invalid start byte" };
                decoder.problem(start, start + len, reason, errors)?;
            }
        }
    }
    Ok(decoder.finish())
}

/// Encodes; surrogates are asked about, a run at a time (`surrogates not allowed`).
pub fn encode<E>(text: Units<'_>, errors: EncodeHandler<'_, E>) -> Result<Vec<u8>, E> {
    const TABLE: Table = Table {
        fits: |c| !is_surrogate(c),
        push: push_wtf8,
        replacement_fits: |c| c < 0x80,
        runs: true,
        unit: 1,
        reason: "surrogates not allowed",
    };
    if matches!(text, Units::One(_)) || !text.iter().any(is_surrogate) {
        return Ok(text.to_wtf8());
    }
    let mut out = Vec::with_capacity(text.len() * 2);
    encode_by(&mut out, text, &TABLE, errors)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ByPolicy, fails};
    use super::super::{Policy, Problem, testing};
    use super::*;

    fn run(input: &[u8], policy: Policy, last: bool) -> Result<(OwnedUnits, usize), Problem> {
        testing::decode(input, policy, "utf-8", |errors| decode(input, last, errors))
    }

    #[test]
    fn reasons() {
        let strict = |input: &[u8]| run(input, Policy::Strict, true);
        assert_eq!(strict(b"ab\x80"), fails(2, 3, "invalid start byte"));
        assert_eq!(strict(b"\xc0\x80"), fails(0, 1, "invalid start byte"));
        assert_eq!(strict(b"\xe0\x80\x80"), fails(0, 1, "invalid continuation byte"));
        assert_eq!(strict(b"\xed\xa0\x80"), fails(0, 1, "invalid continuation byte"));
        assert_eq!(strict(b"\xf0\x90\x80a"), fails(0, 3, "invalid continuation byte"));
        assert_eq!(strict(b"\xe2\x82"), fails(0, 2, "unexpected end of data"));
        assert_eq!(strict(b"\xf5\x80"), fails(0, 1, "invalid start byte"));
    }

    #[test]
    fn handlers() {
        assert_eq!(run(b"a\xe2\x82", Policy::Strict, false), Ok((OwnedUnits::from("a"), 1)));
        assert_eq!(run(b"a\xff\xe2\x82b", Policy::Replace, true), Ok((OwnedUnits::from("a\u{fffd}\u{fffd}b"), 5)));
        let escaped: OwnedUnits = [0x61, 0xDCFF, 0xDCE2, 0xDC82, 0x62].into_iter().collect();
        assert_eq!(run(b"a\xff\xe2\x82b", Policy::SurrogateEscape, true), Ok((escaped.clone(), 5)));
        let passed: OwnedUnits = [0xD800, 0x20AC].into_iter().collect();
        assert_eq!(run(b"\xed\xa0\x80\xe2\x82\xac", Policy::SurrogatePass, true), Ok((passed.clone(), 6)));
        let back = |text: &OwnedUnits, policy| {
            let units = text.as_units();
            encode(units, &mut ByPolicy(policy, units, "utf-8"))
        };
        assert_eq!(back(&escaped, Policy::SurrogateEscape), Ok(b"a\xff\xe2\x82b".to_vec()));
        assert_eq!(back(&passed, Policy::SurrogatePass), Ok(b"\xed\xa0\x80\xe2\x82\xac".to_vec()));
        assert_eq!(back(&escaped, Policy::Strict), fails(1, 4, "surrogates not allowed"));
        assert_eq!(back(&passed, Policy::BackslashReplace), Ok("\\ud800€".into()));
    }
}
