//! UTF-16 and UTF-32 in both byte orders, with and without a byte order mark; no unsafe.

use super::{DecodeErrors, Decoded, Decoder, EncodeHandler, Table, encode_by, is_surrogate};
use crate::units::Units;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub const NATIVE: Self = if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };

    /// As the codecs' functions number it: -1 little, 1 big.
    pub fn number(order: Option<Self>) -> i32 {
        match order {
            Some(ByteOrder::Little) => -1,
            Some(ByteOrder::Big) => 1,
            None => 0,
        }
    }
}

/// What was decoded, and the byte order, unless no mark told it. Errors name the encoding of [`order_of`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedWide {
    pub decoded: Decoded,
    pub order: Option<ByteOrder>,
}

/// The byte order in force and the length of the mark, if the order is not given and the input starts with one.
pub fn mark16(input: &[u8], order: Option<ByteOrder>) -> (Option<ByteOrder>, usize) {
    match (order, input) {
        (None, [0xFF, 0xFE, ..]) => (Some(ByteOrder::Little), 2),
        (None, [0xFE, 0xFF, ..]) => (Some(ByteOrder::Big), 2),
        _ => (order, 0),
    }
}

/// As [`mark16`], for UTF-32.
pub fn mark32(input: &[u8], order: Option<ByteOrder>) -> (Option<ByteOrder>, usize) {
    match (order, input) {
        (None, [0xFF, 0xFE, 0, 0, ..]) => (Some(ByteOrder::Little), 4),
        (None, [0, 0, 0xFE, 0xFF, ..]) => (Some(ByteOrder::Big), 4),
        _ => (order, 0),
    }
}

/// Decodes UTF-16; without an order a mark tells it, else it is the machine's.
pub fn decode16<E>(
    input: &[u8],
    order: Option<ByteOrder>,
    last: bool,
    errors: DecodeErrors<'_, E>,
) -> Result<DecodedWide, E> {
    let (order, mark) = mark16(input, order);
    let big = order.unwrap_or(ByteOrder::NATIVE) == ByteOrder::Big;
    let mut decoder = Decoder::new(input);
    decoder.at = mark;
    let unit = |at: usize| -> Option<u32> {
        let pair = [*input.get(at)?, *input.get(at + 1)?];
        Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }.into())
    };
    while decoder.at < input.len() {
        let at = decoder.at;
        match (unit(at), unit(at + 2)) {
            (Some(c), _) if !is_surrogate(c) => {
                decoder.out.push_char(c);
                decoder.at += 2;
            }
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
                decoder.out.push_char(0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF));
                decoder.at += 4;
            }
            (Some(0xD800..=0xDBFF), Some(_)) => decoder.problem(at, at + 2, "illegal UTF-16 surrogate", errors)?,
            (Some(0xD800..=0xDBFF), None) if !last => break,
            (Some(0xD800..=0xDBFF), None) => decoder.problem(at, input.len(), "unexpected end of data", errors)?,
            (Some(_), _) => decoder.problem(at, at + 2, "illegal encoding", errors)?,
            (None, _) if !last => break,
            (None, _) => decoder.problem(at, input.len(), "truncated data", errors)?,
        }
    }
    Ok(DecodedWide { decoded: decoder.finish(), order })
}

/// Decodes UTF-32.
pub fn decode32<E>(
    input: &[u8],
    order: Option<ByteOrder>,
    last: bool,
    errors: DecodeErrors<'_, E>,
) -> Result<DecodedWide, E> {
    let (order, mark) = mark32(input, order);
    let big = order.unwrap_or(ByteOrder::NATIVE) == ByteOrder::Big;
    let mut decoder = Decoder::new(input);
    decoder.at = mark;
    while decoder.at < input.len() {
        let at = decoder.at;
        let Some(&unit) = input[at..].first_chunk::<4>() else {
            if !last {
                break;
            }
            decoder.problem(at, input.len(), "truncated data", errors)?;
            continue;
        };
        let c = if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) };
        if is_surrogate(c) {
            let reason = "code point in surrogate code point range(0xd800, 0xe000)";
            decoder.problem(at, at + 4, reason, errors)?;
        } else if c > 0x10_FFFF {
            decoder.problem(at, at + 4, "code point not in range(0x110000)", errors)?;
        } else {
            decoder.out.push_char(c);
            decoder.at += 4;
        }
    }
    Ok(DecodedWide { decoded: decoder.finish(), order })
}

fn push16(out: &mut Vec<u8>, c: u32, write: fn(u16) -> [u8; 2]) {
    if c < 0x1_0000 {
        return out.extend(write(c as u16));
    }
    out.extend(write((0xD7C0 + (c >> 10)) as u16));
    out.extend(write((0xDC00 + (c & 0x3FF)) as u16));
}

const TABLE: Table = Table {
    fits: |c| !is_surrogate(c),
    push: |out, c| push16(out, c, u16::to_le_bytes),
    replacement_fits: |c| c < 0x80,
    runs: false,
    unit: 2,
    reason: "surrogates not allowed",
};

/// Encodes to UTF-16; without an order a mark and the machine's order.
pub fn encode16<E>(text: Units<'_>, order: Option<ByteOrder>, errors: EncodeHandler<'_, E>) -> Result<Vec<u8>, E> {
    let little = Table { ..TABLE };
    let big = Table { push: |out, c| push16(out, c, u16::to_be_bytes), ..TABLE };
    encode_marked(text, order, [little, big], errors)
}

/// Encodes to UTF-32.
pub fn encode32<E>(text: Units<'_>, order: Option<ByteOrder>, errors: EncodeHandler<'_, E>) -> Result<Vec<u8>, E> {
    let little = Table { push: |out, c| out.extend(c.to_le_bytes()), unit: 4, ..TABLE };
    let big = Table { push: |out, c| out.extend(c.to_be_bytes()), unit: 4, ..TABLE };
    encode_marked(text, order, [little, big], errors)
}

fn encode_marked<E>(
    text: Units<'_>,
    order: Option<ByteOrder>,
    [little, big]: [Table; 2],
    errors: EncodeHandler<'_, E>,
) -> Result<Vec<u8>, E> {
    let table = if order.unwrap_or(ByteOrder::NATIVE) == ByteOrder::Little { little } else { big };
    let mut out = Vec::with_capacity((text.len() + 1) * table.unit);
    if order.is_none() {
        (table.push)(&mut out, 0xFEFF);
    }
    encode_by(&mut out, text, &table, errors)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ByPolicy, decode, fails};
    use super::super::{Policy, Problem};
    use super::*;
    use crate::OwnedUnits;

    fn run16(input: &[u8], policy: Policy, last: bool) -> Result<(OwnedUnits, usize), Problem> {
        let order = Some(ByteOrder::Little);
        decode(input, policy, "utf-16-le", |e| decode16(input, order, last, e).map(|d| d.decoded))
    }

    #[test]
    fn problems16() {
        let strict = |input: &[u8]| run16(input, Policy::Strict, true);
        assert_eq!(strict(b"a"), fails(0, 1, "truncated data"));
        assert_eq!(strict(b"\x00\xd8"), fails(0, 2, "unexpected end of data"));
        assert_eq!(strict(b"\x00\xd8\x00"), fails(0, 3, "unexpected end of data"));
        assert_eq!(strict(b"\x00\xd8a\x00"), fails(0, 2, "illegal UTF-16 surrogate"));
        assert_eq!(strict(b"\x00\xdc"), fails(0, 2, "illegal encoding"));
        assert_eq!(strict(b"\x00\xd8\x00\xdc"), Ok((OwnedUnits::from("\u{10000}"), 4)));
        assert_eq!(run16(b"a\x00\x00\xd8\x00", Policy::Strict, false), Ok((OwnedUnits::from("a"), 2)));
        assert_eq!(
            run16(b"\x00\xd8\x00\xd8\x00\xdc", Policy::Replace, true),
            Ok((OwnedUnits::from("\u{fffd}\u{10000}"), 6))
        );
        let marked = decode16::<Problem>(b"\xfe\xff\x00a", None, true, &mut Err).expect("good");
        assert_eq!((marked.order, marked.decoded.consumed), (Some(ByteOrder::Big), 4));
    }

    #[test]
    fn problems32() {
        let run = |input: &[u8], policy| {
            decode(input, policy, "utf-32-le", |e| decode32(input, Some(ByteOrder::Little), true, e).map(|d| d.decoded))
        };
        assert_eq!(run(b"a\0\0\0b", Policy::Strict), fails(4, 5, "truncated data"));
        assert_eq!(
            run(b"\0\xd8\0\0", Policy::Strict),
            fails(0, 4, "code point in surrogate code point range(0xd800, 0xe000)")
        );
        assert_eq!(run(b"\0\xd8\0\0", Policy::SurrogatePass), Ok((OwnedUnits::from_char(0xD800), 4)));
        assert_eq!(run(b"\xff\xff\xff\xff", Policy::Strict), fails(0, 4, "code point not in range(0x110000)"));
    }

    #[test]
    fn encoding() {
        let text: OwnedUnits = [0x61, 0xD800, 0xDFFF, 0x1F600].into_iter().collect();
        let units = text.as_units();
        let run = |policy, order| encode16(units, order, &mut ByPolicy(policy, units, "utf-16-be"));
        assert_eq!(run(Policy::Strict, None), fails(1, 2, "surrogates not allowed"));
        assert_eq!(run(Policy::Replace, Some(ByteOrder::Big)), Ok(b"\0a\0?\0?\xd8\x3d\xde\0".to_vec()));
        assert_eq!(run(Policy::SurrogatePass, Some(ByteOrder::Big)), Ok(b"\0a\xd8\0\xdf\xff\xd8\x3d\xde\0".to_vec()));
        assert_eq!(run(Policy::SurrogateEscape, None), fails(1, 2, "surrogates not allowed"));
        let wide = encode32(units, None, &mut ByPolicy(Policy::Ignore, units, "utf-32"));
        assert_eq!(wide, Ok(b"\xff\xfe\0\0a\0\0\0\0\xf6\x01\0".to_vec()));
    }
}
