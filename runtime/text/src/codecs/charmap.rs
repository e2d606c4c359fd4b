//! Encodings given by a table: `codecs.charmap_decode` and its kin; no unsafe.
//!
//! A table is a string whose character at an index is that byte's, U+FFFE meaning none. Mappings of other kinds are looked
//! up by the caller, through a callback.

use super::{DecodeErrors, Decoded, Decoder, EncodeHandler, Filler, Problem};
use crate::OwnedUnits;
use crate::units::Units;
use std::collections::HashMap;

const UNDEFINED: &str = "character maps to <undefined>";

/// Decodes with a string as the table.
pub fn decode_by_table<E>(input: &[u8], table: Units<'_>, errors: DecodeErrors<'_, E>) -> Result<Decoded, E> {
    let mut decoder = Decoder::new(input);
    while let Some(&b) = input.get(decoder.at) {
        let at = decoder.at;
        match table.try_get(b.into()).filter(|&c| c != 0xFFFE) {
            Some(c) => {
                decoder.out.push_char(c);
                decoder.at += 1;
            }
            None => decoder.problem(at, at + 1, UNDEFINED, errors)?,
        }
    }
    Ok(decoder.finish())
}

/// Decodes with a look-up that may fail; `None` means that the byte has no text.
pub fn decode<E>(
    input: &[u8],
    look_up: &mut dyn FnMut(u8) -> Result<Option<OwnedUnits>, E>,
    errors: DecodeErrors<'_, E>,
) -> Result<Decoded, E> {
    let mut decoder = Decoder::new(input);
    while let Some(&b) = input.get(decoder.at) {
        let at = decoder.at;
        match look_up(b)? {
            Some(text) => {
                decoder.out.push_units(text.as_units());
                decoder.at += 1;
            }
            None => decoder.problem(at, at + 1, UNDEFINED, errors)?,
        }
    }
    Ok(decoder.finish())
}

/// Encodes with a look-up that may fail; `None` means that the character has no bytes.
pub fn encode<E>(
    text: Units<'_>,
    look_up: &mut dyn FnMut(u32) -> Result<Option<Vec<u8>>, E>,
    errors: EncodeHandler<'_, E>,
) -> Result<Vec<u8>, E> {
    encode_from(Vec::with_capacity(text.len()), 0, text, look_up, errors)
}

/// Encodes from an index on, to the end of what is out already.
fn encode_from<E>(
    mut out: Vec<u8>,
    mut at: usize,
    text: Units<'_>,
    look_up: &mut dyn FnMut(u32) -> Result<Option<Vec<u8>>, E>,
    errors: EncodeHandler<'_, E>,
) -> Result<Vec<u8>, E> {
    while let Some(c) = text.try_get(at) {
        if let Some(bytes) = look_up(c)? {
            out.extend(bytes);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while let Some(c) = text.try_get(end) {
            if look_up(c)?.is_some() {
                break;
            }
            end += 1;
        }
        let problem = Problem { start: at, end, reason: UNDEFINED };
        let patch = errors.replace(problem)?;
        match patch.filler {
            Filler::Bytes(bytes) => out.extend(bytes),
            Filler::Text(filler) => {
                for c in filler.as_units().iter() {
                    match look_up(c)? {
                        Some(bytes) => out.extend(bytes),
                        None => return Err(errors.refuse(problem)),
                    }
                }
            }
        }
        at = patch.resume;
    }
    Ok(out)
}

/// The inverse of a table, as `codecs.charmap_build` gives it.
#[derive(Clone, Debug, Default)]
pub struct EncodingMap {
    bytes: HashMap<u32, u8>,
}

impl EncodingMap {
    /// Inverts the first 256 characters of a table; of equal ones the last counts.
    pub fn build(table: Units<'_>) -> Self {
        let pairs = table.iter().take(256).enumerate().filter(|&(_, c)| c != 0xFFFE);
        EncodingMap { bytes: pairs.map(|(b, c)| (c, b as u8)).collect() }
    }

    pub fn get(&self, c: u32) -> Option<u8> {
        self.bytes.get(&c).copied()
    }

    pub fn encode<E>(&self, text: Units<'_>, errors: EncodeHandler<'_, E>) -> Result<Vec<u8>, E> {
        let known: Vec<u8> = text.iter().map_while(|c| self.get(c)).collect();
        let at = known.len();
        encode_from(known, at, text, &mut |c| Ok(self.get(c).map(|b| vec![b])), errors)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::super::testing::{ByPolicy, decode as decode_with, fails};
    use super::*;

    #[test]
    fn tables() {
        let table = OwnedUnits::from("ab\u{fffe}€");
        let run = |input: &[u8], policy| {
            decode_with(input, policy, "charmap", |e| decode_by_table(input, table.as_units(), e))
        };
        assert_eq!(run(b"\0\x03", Policy::Strict), Ok((OwnedUnits::from("a€"), 2)));
        assert_eq!(run(b"\x01\x02", Policy::Strict), fails(1, 2, UNDEFINED));
        assert_eq!(run(b"\x01z", Policy::Replace), Ok((OwnedUnits::from("b\u{fffd}"), 2)));
        let map = EncodingMap::build(table.as_units());
        let text = OwnedUnits::from("€abxx");
        let units = text.as_units();
        assert_eq!(map.encode(units, &mut ByPolicy(Policy::Strict, units, "charmap")), fails(3, 5, UNDEFINED));
        assert_eq!(map.encode(units, &mut ByPolicy(Policy::Replace, units, "charmap")), fails(3, 5, UNDEFINED));
        assert_eq!(map.encode(units, &mut ByPolicy(Policy::Ignore, units, "charmap")), Ok(vec![3, 0, 1]));
    }
}
