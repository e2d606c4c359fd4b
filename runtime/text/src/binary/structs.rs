//! The formats of the `struct` module: parsing, layout, and the packing of numbers; no unsafe.

use crate::ints::{Int, IntRef};
use num_bigint::{BigInt, Sign};

/// How the numbers of a format lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub big: bool,
    /// Sizes and alignment of C on this machine.
    pub native: bool,
}

/// A run of equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The format character.
    pub kind: u8,
    pub offset: usize,
    /// Bytes of one value.
    pub size: usize,
    /// Number of values; `s` and `p` are one value of many bytes.
    pub count: usize,
}

/// A format taken apart. Padding (`x`) is in the offsets only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pub order: Order,
    pub items: Vec<Item>,
    /// Bytes in all.
    pub size: usize,
    /// Values in all.
    pub count: usize,
}

const BAD_CHARACTER: &str = "bad char in struct format";
const TOO_LONG: &str = "total struct size too long";

/// Size and alignment of a format character.
fn metrics(kind: u8, native: bool) -> Option<(usize, usize)> {
    let size = match kind {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                size_of::<std::ffi::c_long>()
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => size_of::<usize>(),
        b'F' => 8,
        b'D' => 16,
        _ => return None,
    };
    let align = match kind {
        _ if !native => 1,
        b'F' => 4,
        b'D' => 8,
        _ => size,
    };
    Some((size, align))
}

impl Format {
    /// Reads a format; the error is the message of `struct.error`.
    pub fn parse(text: &[u8]) -> Result<Format, &'static str> {
        let native_big = cfg!(target_endian = "big");
        let (order, codes) = match text {
            [b'<', rest @ ..] => (Order { big: false, native: false }, rest),
            [b'>' | b'!', rest @ ..] => (Order { big: true, native: false }, rest),
            [b'=', rest @ ..] => (Order { big: native_big, native: false }, rest),
            [b'@', rest @ ..] => (Order { big: native_big, native: true }, rest),
            _ => (Order { big: native_big, native: true }, text),
        };
        let mut format = Format { order, items: Vec::new(), size: 0, count: 0 };
        let mut at = 0;
        while let Some(&b) = codes.get(at) {
            if matches!(b, 9..=13 | 32) {
                at += 1;
                continue;
            }
            let count = read_count(codes, &mut at)?;
            let Some(&kind) = codes.get(at) else {
                return Err("repeat count given without format specifier");
            };
            at += 1;
            format.push(kind, count)?;
        }
        Ok(format)
    }

    fn push(&mut self, kind: u8, count: usize) -> Result<(), &'static str> {
        let (size, align) = metrics(kind, self.order.native).ok_or(BAD_CHARACTER)?;
        let offset = self.size.checked_next_multiple_of(align).ok_or(TOO_LONG)?;
        let end = size.checked_mul(count).and_then(|bytes| bytes.checked_add(offset));
        self.size = end.filter(|&end| end <= isize::MAX as usize).ok_or(TOO_LONG)?;
        match kind {
            b'x' => {}
            b's' | b'p' => {
                self.items.push(Item { kind, offset, size: count, count: 1 });
                self.count += 1;
            }
            _ if count > 0 => {
                self.items.push(Item { kind, offset, size, count });
                self.count += count;
            }
            _ => {}
        }
        Ok(())
    }
}

/// A repeat count, 1 if there is none.
fn read_count(codes: &[u8], at: &mut usize) -> Result<usize, &'static str> {
    let mut count: Option<isize> = None;
    while let Some(digit) = codes.get(*at).filter(|b| b.is_ascii_digit()) {
        let grown = count.unwrap_or(0).checked_mul(10).and_then(|c| c.checked_add((digit - b'0').into()));
        count = Some(grown.ok_or(TOO_LONG)?);
        *at += 1;
    }
    Ok(count.map_or(1, isize::unsigned_abs))
}

/// Whether values of this kind are integers.
pub fn is_integer(kind: u8) -> bool {
    matches!(kind, b'b' | b'B' | b'h' | b'H' | b'i' | b'I' | b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'P')
}

fn is_signed(kind: u8) -> bool {
    kind.is_ascii_lowercase()
}

/// Packs an integer, or gives the message of `struct.error` where it does not fit.
pub fn pack_int(target: &mut [u8], kind: u8, big: bool, value: IntRef<'_>) -> Result<(), String> {
    let bits = target.len() as u32 * 8;
    let (least, most) = match (kind, is_signed(kind)) {
        // A pointer may be given as a negative number.
        (b'P', _) => (i128::from(i64::MIN), (1i128 << bits) - 1),
        (_, true) => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        (_, false) => (0, (1i128 << bits) - 1),
    };
    let value = match value {
        IntRef::Small(n) => Some(i128::from(n)),
        IntRef::Big(n) => n.to_i128(),
    };
    match value.filter(|n| (least..=most).contains(n)) {
        Some(n) => {
            store(target, n as u64, big);
            Ok(())
        }
        None if kind == b'P' => Err("int too large to convert".into()),
        None => Err(format!("'{}' format requires {least} <= number <= {most}", kind as char)),
    }
}

/// Writes the low bytes of a word.
fn store(target: &mut [u8], word: u64, big: bool) {
    let len = target.len();
    if big {
        target.copy_from_slice(&word.to_be_bytes()[8 - len..]);
    } else {
        target.copy_from_slice(&word.to_le_bytes()[..len]);
    }
}

/// Reads bytes as a word.
fn load(source: &[u8], big: bool) -> u64 {
    let byte = |word: u64, b: &u8| word << 8 | u64::from(*b);
    if big { source.iter().fold(0, byte) } else { source.iter().rev().fold(0, byte) }
}

pub fn unpack_int(source: &[u8], kind: u8, big: bool) -> Int {
    let word = load(source, big);
    if is_signed(kind) {
        let shift = 64 - source.len() as u32 * 8;
        return Int::Small((word << shift) as i64 >> shift);
    }
    i64::try_from(word).map_or_else(|_| Int::Big(BigInt::from_biguint(Sign::Plus, word.into())), Int::Small)
}

/// Packs a float as `e`, `f` or `d`; the error is the message of `OverflowError`.
pub fn pack_float(target: &mut [u8], kind: u8, big: bool, value: f64) -> Result<(), &'static str> {
    let word = match kind {
        b'e' => u64::from(to_half(value).ok_or("float too large to pack with e format")?),
        b'f' => {
            let narrow = value as f32;
            if narrow.is_infinite() && value.is_finite() {
                return Err("float too large to pack with f format");
            }
            narrow.to_bits().into()
        }
        _ => value.to_bits(),
    };
    store(target, word, big);
    Ok(())
}

pub fn unpack_float(source: &[u8], kind: u8, big: bool) -> f64 {
    let word = load(source, big);
    match kind {
        b'e' => from_half(word as u16),
        b'f' => f32::from_bits(word as u32).into(),
        _ => f64::from_bits(word),
    }
}

/// The nearest half-precision float, ties to even; `None` for finite values that would be infinite.
pub fn to_half(value: f64) -> Option<u16> {
    let sign = ((value.to_bits() >> 48) & 0x8000) as u16;
    let magnitude = value.abs();
    if value.is_nan() {
        return Some(sign | 0x7E00);
    }
    if value.is_infinite() {
        return Some(sign | 0x7C00);
    }
    // The weight of the last bit kept: at least that of subnormals.
    let exponent = ((magnitude.to_bits() >> 52) as i32 - 1023).max(-14);
    let units = (magnitude * 2f64.powi(10 - exponent)).round_ties_even() as u32;
    // The hidden bit adds one to the exponent's field, and so does a carry out of rounding.
    let bits = (((exponent + 14) as u32) << 10) + units;
    (bits < 0x7C00).then_some(sign | bits as u16)
}

pub fn from_half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3FF));
    match exponent {
        31 if fraction != 0.0 => f64::NAN.copysign(sign),
        31 => sign * f64::INFINITY,
        0 => sign * fraction * 2f64.powi(-24),
        _ => sign * (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// Packs bytes as `s` (cut or padded with zeros) or `p` (with a length in front).
pub fn pack_bytes(target: &mut [u8], kind: u8, value: &[u8]) {
    target.fill(0);
    if kind == b's' {
        let len = value.len().min(target.len());
        target[..len].copy_from_slice(&value[..len]);
    } else if let Some((first, rest)) = target.split_first_mut() {
        let len = value.len().min(rest.len());
        rest[..len].copy_from_slice(&value[..len]);
        *first = len.min(255) as u8;
    }
}

/// The bytes of an `s` or `p`.
pub fn unpack_bytes(source: &[u8], kind: u8) -> &[u8] {
    match (kind, source.split_first()) {
        (b'p', Some((&len, rest))) => &rest[..usize::from(len).min(rest.len())],
        _ => source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for (text, size) in [
            ("", 0),
            ("@bi", 8),
            ("=bi", 5),
            ("n", 8),
            ("  i i", 8),
            ("@i0q", 8),
            ("bq", 16),
            ("Bx2s", 4),
            ("h0q", 8),
            ("5p0p", 5),
            ("<D", 16),
            ("bF", 12),
            ("<l", 4),
            ("l", 8),
        ] {
            assert_eq!(Format::parse(text.as_bytes()).map(|f| f.size), Ok(size), "{text}");
        }
        for (text, message) in [
            ("<n", BAD_CHARACTER),
            ("z", BAD_CHARACTER),
            ("i4", "repeat count given without format specifier"),
            ("99999999999999999999i", TOO_LONG),
            ("9223372036854775807i", TOO_LONG),
            ("@@i", BAD_CHARACTER),
            ("4 s", BAD_CHARACTER),
        ] {
            assert_eq!(Format::parse(text.as_bytes()), Err(message), "{text}");
        }
        let format = Format::parse(b"<2h3sx?").expect("good");
        assert_eq!(
            (format.count, format.items[1], format.items[2].offset),
            (4, Item { kind: b's', offset: 4, size: 3, count: 1 }, 8)
        );
    }

    #[test]
    fn integers() {
        let packed = |kind, big, len: usize, value| {
            let mut target = vec![0; len];
            pack_int(&mut target, kind, big, IntRef::Small(value)).map(|()| target)
        };
        assert_eq!(packed(b'h', true, 2, -2), Ok(vec![0xFF, 0xFE]));
        assert_eq!(packed(b'I', false, 4, 1), Ok(vec![1, 0, 0, 0]));
        assert_eq!(packed(b'B', false, 1, 256), Err("'B' format requires 0 <= number <= 255".into()));
        assert_eq!(packed(b'q', false, 8, i64::MIN), Ok(i64::MIN.to_le_bytes().to_vec()));
        assert_eq!(packed(b'P', false, 8, -1), Ok(vec![0xFF; 8]));
        let big = BigInt::from(1) << 64u32;
        let error = pack_int(&mut [0; 8], b'Q', false, IntRef::Big(crate::digits::BigDigits::of(&big).as_ref()));
        assert_eq!(error, Err("'Q' format requires 0 <= number <= 18446744073709551615".into()));
        assert_eq!(unpack_int(&[0xFF; 8], b'Q', false), Int::Big(BigInt::from(u64::MAX)));
        assert_eq!(unpack_int(&[0xFF, 0xFE], b'h', true), Int::Small(-2));
    }

    #[test]
    fn halves() {
        for (value, bits) in [
            (0.0, 0),
            (-0.0, 0x8000),
            (1.0, 0x3C00),
            (65504.0, 0x7BFF),
            (5.96e-8, 1),
            (2.98e-8, 0),
            (2.9802322387695312e-8, 0),
            (2.99e-8, 1),
            (6.1e-5, 0x3FF),
            (1.0 / 3.0, 0x3555),
            (f64::INFINITY, 0x7C00),
            (f64::NAN, 0x7E00),
            (6.103515625e-05, 0x400),
            (2049.0, 0x6800),
            (2051.0, 0x6802),
            (65519.0, 0x7BFF),
            (1.0009765625, 0x3C01),
            (1.00048828125, 0x3C00),
            (1.001464843750, 0x3C02),
        ] {
            assert_eq!(to_half(value), Some(bits), "{value}");
        }
        assert_eq!((to_half(65520.0), to_half(-1e10)), (None, None));
        assert_eq!((from_half(1), from_half(0xFBFF)), (5.960464477539063e-08, -65504.0));
        for bits in 0..=0xFFFFu16 {
            let value = from_half(bits);
            assert!(value.is_nan() || to_half(value) == Some(bits));
        }
    }

    #[test]
    fn bytes() {
        let mut target = [9; 3];
        pack_bytes(&mut target, b'p', b"abcd");
        assert_eq!(&target, b"\x02ab");
        pack_bytes(&mut target, b's', b"a");
        assert_eq!(&target, b"a\0\0");
        assert_eq!((unpack_bytes(b"\xffab", b'p'), unpack_bytes(b"\x01ab", b'p')), (&b"ab"[..], &b"a"[..]));
        let mut four = [0; 4];
        assert_eq!(pack_float(&mut four, b'f', false, 1e39), Err("float too large to pack with f format"));
    }
}
