//! ASCII and Latin-1; no unsafe.

use super::{DecodeErrors, Decoded, Decoder, EncodeHandler, Table, encode_by};
use crate::OwnedUnits;
use crate::units::Units;

/// Decodes ASCII; each other byte is a problem (`ordinal not in range(128)`).
pub fn decode_ascii<E>(input: &[u8], errors: DecodeErrors<'_, E>) -> Result<Decoded, E> {
    let mut decoder = Decoder::new(input);
    while decoder.at < input.len() {
        let rest = &input[decoder.at..];
        let good = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        decoder.out.push_latin1(&rest[..good]);
        decoder.at += good;
        let at = decoder.at;
        if at < input.len() {
            decoder.problem(at, at + 1, "ordinal not in range(128)", errors)?;
        }
    }
    Ok(decoder.finish())
}

/// Decodes Latin-1, in which every byte is a character.
pub fn decode_latin1(input: &[u8]) -> Decoded {
    Decoded { text: OwnedUnits::One(input.to_vec()), consumed: input.len() }
}

pub fn encode_ascii<E>(text: Units<'_>, errors: EncodeHandler<'_, E>) -> Result<Vec<u8>, E> {
    const TABLE: Table = Table {
        fits: |c| c < 0x80,
        push: |out, c| out.push(c as u8),
        replacement_fits: |c| c < 0x80,
        runs: true,
        unit: 1,
        reason: "ordinal not in range(128)",
    };
    if let Some(ascii) = text.as_ascii() {
        return Ok(ascii.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    encode_by(&mut out, text, &TABLE, errors)?;
    Ok(out)
}

pub fn encode_latin1<E>(text: Units<'_>, errors: EncodeHandler<'_, E>) -> Result<Vec<u8>, E> {
    const TABLE: Table = Table {
        fits: |c| c < 0x100,
        push: |out, c| out.push(c as u8),
        replacement_fits: |c| c < 0x100,
        runs: true,
        unit: 1,
        reason: "ordinal not in range(256)",
    };
    if let Units::One(bytes) = text {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    encode_by(&mut out, text, &TABLE, errors)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ByPolicy, decode, fails};
    use super::super::{Policy, Problem};
    use super::*;

    #[test]
    fn both_ways() {
        let run = |input: &[u8], policy| decode(input, policy, "ascii", |e| decode_ascii(input, e));
        assert_eq!(run(b"a\xff\xfeb", Policy::BackslashReplace), Ok((OwnedUnits::from("a\\xff\\xfeb"), 4)));
        assert_eq!(run(b"a\xff", Policy::Strict), fails(1, 2, "ordinal not in range(128)"));
        let text = OwnedUnits::from("ÿĀāa");
        let units = text.as_units();
        let latin =
            |policy| -> Result<Vec<u8>, Problem> { encode_latin1(units, &mut ByPolicy(policy, units, "latin-1")) };
        assert_eq!(latin(Policy::Strict), fails(1, 3, "ordinal not in range(256)"));
        assert_eq!(latin(Policy::Replace), Ok(b"\xff??a".to_vec()));
        let expected = b"\xff\\N{LATIN CAPITAL LETTER A WITH MACRON}\\N{LATIN SMALL LETTER A WITH MACRON}a";
        assert_eq!(latin(Policy::NameReplace), Ok(expected.to_vec()));
        let ascii = encode_ascii(units, &mut ByPolicy(Policy::XmlCharRefReplace, units, "ascii"));
        assert_eq!(ascii, Ok(b"&#255;&#256;&#257;a".to_vec()));
    }
}
