//! Integers and their text in bases 2 to 36, small or big; no unsafe.
//!
//! An integer that fits an `i64` never takes the big path. The limit on decimal digits (`sys.set_int_max_str_digits`)
//! is a parameter; zero means none.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, ToPrimitive, Zero};

use crate::digits::{self, BigDigits, BigRef};

/// An integer as a computation gives it; the big form need not be too big for an `i64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Int {
    Small(i64),
    Big(BigInt),
}

impl Int {
    /// The narrow form if it fits.
    pub fn normalize(self) -> Self {
        match self {
            Int::Big(n) => n.to_i64().map_or(Int::Big(n), Int::Small),
            small => small,
        }
    }

    pub fn to_big(&self) -> BigInt {
        match self {
            Int::Small(n) => BigInt::from(*n),
            Int::Big(n) => n.clone(),
        }
    }
}

/// An integer by reference, for formatting.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    Small(i64),
    Big(BigRef<'a>),
}

impl<'a> IntRef<'a> {
    /// The number as digits, for which a narrow one needs room.
    #[inline]
    pub fn as_digits(self, room: &'a mut [u64; 1]) -> BigRef<'a> {
        match self {
            IntRef::Big(n) => n,
            IntRef::Small(n) => {
                room[0] = n.unsigned_abs();
                BigRef { negative: n < 0, digits: if n == 0 { &[] } else { room } }
            }
        }
    }

    pub fn to_big(self) -> BigInt {
        match self {
            IntRef::Small(n) => BigInt::from(n),
            IntRef::Big(n) => n.to_big(),
        }
    }

    #[inline]
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(n) => n < 0,
            IntRef::Big(n) => n.negative,
        }
    }

    #[inline]
    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntRef::Small(n) => Some(n),
            IntRef::Big(n) => n.to_i64(),
        }
    }

    /// The nearest float, or `None` if it would be infinite.
    pub fn to_f64(self) -> Option<f64> {
        match self {
            IntRef::Small(n) => Some(n as f64),
            IntRef::Big(n) => n.to_f64(),
        }
    }
}

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntParseError {
    /// `ValueError: invalid literal for int() with base B: REPR`.
    Invalid,
    /// More decimal digits than allowed: [`digit_limit_message`] has the words.
    TooLong { digits: usize },
}

/// The message for a text of too many digits.
pub fn digit_limit_message(limit: usize, digits: Option<usize>) -> String {
    let value = digits.map_or(String::new(), |d| format!(": value has {d} digits"));
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion{value}; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// A decimal text would have more digits than allowed; [`digit_limit_message`] has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyDigits;

/// Reads an integer as `int(text, base)` does: white space around it, a sign, a prefix where the base allows one,
/// single underscores between digits. The base is 0 or 2 to 36. Digits are ASCII; see
/// [`crate::floats::parse::ascii_number`] for others.
pub fn parse(text: &[u8], base: u32, limit: usize) -> Result<Int, IntParseError> {
    let text = trim(text);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if base == 10
        && let Some(number) = plain_decimal(digits)
    {
        return Ok(Int::Small(if negative { -number } else { number }));
    }
    let (base, digits) = strip_prefix(digits, base)?;
    parse_digits(digits, base, negative, limit)
}

/// The value of a few decimal digits and nothing else. No limit on digits is as low as that.
fn plain_decimal(digits: &[u8]) -> Option<i64> {
    const FEW: usize = 18;
    if digits.is_empty() || digits.len() > FEW {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + i64::from(digit))
    })
}

fn trim(text: &[u8]) -> &[u8] {
    let is_space = |b: &u8| matches!(b, 9..=13 | 32);
    let start = text.iter().position(|b| !is_space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !is_space(b)).map_or(start, |i| i + 1);
    &text[start..end]
}

/// The base that the prefix and the wanted base agree on, and the digits after the prefix.
fn strip_prefix(digits: &[u8], base: u32) -> Result<(u32, &[u8]), IntParseError> {
    let prefix = match digits {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    if prefix != 0 && (base == 0 || base == prefix) {
        let rest = &digits[2..];
        return Ok((prefix, rest.strip_prefix(b"_").unwrap_or(rest)));
    }
    if base != 0 {
        return Ok((base, digits));
    }
    // Without a base, a leading zero is allowed only to zero itself.
    let is_zero = digits.iter().all(|b| matches!(b, b'0' | b'_'));
    if digits.first() == Some(&b'0') && !is_zero { Err(IntParseError::Invalid) } else { Ok((10, digits)) }
}

fn parse_digits(digits: &[u8], base: u32, negative: bool, limit: usize) -> Result<Int, IntParseError> {
    let mut small = Some(0i64);
    let (mut count, mut after_digit) = (0usize, false);
    for &b in digits {
        if b == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = (b as char).to_digit(base).ok_or(IntParseError::Invalid)?;
        small = small.and_then(|n| n.checked_mul(base.into())?.checked_sub(digit.into()));
        count += 1;
        after_digit = true;
    }
    if !after_digit {
        return Err(IntParseError::Invalid);
    }
    if limit > 0 && count > limit && !base.is_power_of_two() {
        return Err(IntParseError::TooLong { digits: count });
    }
    // The value was gathered below zero, so that the least integer fits.
    match small {
        Some(n) if negative => Ok(Int::Small(n)),
        Some(n) if n != i64::MIN => Ok(Int::Small(-n)),
        _ => Ok(Int::Big(parse_big(digits, base, negative))),
    }
}

/// Decimal digits up to which they are read by multiplying again and again.
const SHORT_TEXT: usize = 400;

/// The value of decimal digits that were checked before.
fn parse_short(digits: &[u8], negative: bool) -> BigInt {
    let mut number: Vec<u64> = Vec::with_capacity(digits.len() / GROUP + 1);
    let (mut group, mut power) = (0, 1);
    let mut add = |group: u64, power: u64| {
        let carry = digits::multiply_in_place(&mut number, power, group);
        if carry != 0 {
            number.push(carry);
        }
    };
    for digit in digits.iter().filter(|&&byte| byte != b'_') {
        (group, power) = (group * 10 + u64::from(digit - b'0'), power * 10);
        if power == GROUP_POWER {
            add(group, power);
            (group, power) = (0, 1);
        }
    }
    add(group, power);
    BigRef { negative, digits: &number }.to_big()
}

/// The value of digits that were checked before.
fn parse_big(digits: &[u8], base: u32, negative: bool) -> BigInt {
    if base == 10 && digits.len() <= SHORT_TEXT {
        return parse_short(digits, negative);
    }
    let values: Vec<u8> =
        digits.iter().filter(|&&b| b != b'_').filter_map(|&b| (b as char).to_digit(base)).map(|d| d as u8).collect();
    let magnitude = big_from_digits(&values, base);
    BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude)
}

/// Digits below this number are read by num-bigint's loop, which is quadratic.
const SPLIT_DIGITS: usize = 2000;

/// Halves long digits, so that the time is that of multiplication.
fn big_from_digits(values: &[u8], base: u32) -> BigUint {
    if base.is_power_of_two() || values.len() <= SPLIT_DIGITS {
        return BigUint::from_radix_be(values, base).unwrap_or_default();
    }
    let mut powers = vec![BigUint::from(base).pow(SPLIT_DIGITS as u32)];
    while SPLIT_DIGITS << powers.len() < values.len() {
        let square = {
            let last = &powers[powers.len() - 1];
            last * last
        };
        powers.push(square);
    }
    join_halves(values, base, &powers)
}

/// `powers[i]` is the base to the `SPLIT_DIGITS << i`.
fn join_halves(values: &[u8], base: u32, powers: &[BigUint]) -> BigUint {
    let Some((power, smaller)) = powers.split_last() else {
        return BigUint::from_radix_be(values, base).unwrap_or_default();
    };
    let low = SPLIT_DIGITS << smaller.len();
    match values.len().checked_sub(low) {
        Some(high) if high > 0 => {
            join_halves(&values[..high], base, smaller) * power + join_halves(&values[high..], base, smaller)
        }
        _ => join_halves(values, base, smaller),
    }
}

/// The decimal text of an integer, or an error if it has more digits than allowed.
pub fn to_decimal(n: IntRef<'_>, limit: usize) -> Result<String, TooManyDigits> {
    match n {
        IntRef::Small(n) => Ok(small_text(n, 10, &mut { SMALL_ROOM }).to_owned()),
        IntRef::Big(n) => {
            // Digits are at least this many; it spares the work for numbers that are far too long.
            let least = (n.bits().saturating_sub(1) as f64 * std::f64::consts::LOG10_2) as usize;
            if limit > 0 && least > limit {
                return Err(TooManyDigits);
            }
            let text = big_to_decimal(n);
            let digits = text.len() - usize::from(n.negative);
            if limit > 0 && digits > limit { Err(TooManyDigits) } else { Ok(text) }
        }
    }
}

/// Digits of 64 bits up to which repeated division by one digit is fast enough.
const SHORT_DIGITS: usize = 30;
/// Bits below which num-bigint's own conversion, which is quadratic, is fast enough.
const SPLIT_BITS: u64 = 40_000;
/// Decimal digits that the divisor of repeated division stands for, and that power of ten.
const GROUP: usize = 19;
const GROUP_POWER: u64 = 10u64.pow(GROUP as u32);

/// The decimal text in the time of a few multiplications, by splitting at powers of ten.
fn big_to_decimal(n: BigRef<'_>) -> String {
    if n.digits.len() <= SHORT_DIGITS {
        return short_to_decimal(n);
    }
    let magnitude = digits::magnitude(n.digits);
    let mut text = if n.negative { vec![b'-'] } else { Vec::new() };
    if n.bits() <= SPLIT_BITS {
        text.extend(magnitude.to_string().bytes());
        return String::from_utf8(text).unwrap_or_default();
    }
    let mut powers = vec![Reciprocal::of(BigUint::from(10u32).pow(4096))];
    while powers[powers.len() - 1].divisor.bits() * 2 <= n.bits() {
        let square = {
            let last = &powers[powers.len() - 1].divisor;
            last * last
        };
        powers.push(Reciprocal::of(square));
    }
    push_decimal(&mut text, &magnitude, &powers, false);
    String::from_utf8(text).unwrap_or_default()
}

/// The decimal text by dividing again and again.
fn short_to_decimal(n: BigRef<'_>) -> String {
    if n.digits.is_empty() {
        return "0".to_owned();
    }
    let mut rest = [0; SHORT_DIGITS];
    let mut rest = &mut rest[..n.digits.len()];
    rest.copy_from_slice(n.digits);
    // A digit of 64 bits is less than 20 decimal ones, and there is a sign.
    let mut text = [b'0'; SHORT_DIGITS * 20 + 1];
    let mut at = text.len();
    while !rest.is_empty() {
        let group = digits::divide_in_place(rest, GROUP_POWER);
        let length = digits::trimmed(rest);
        rest = &mut rest[..length];
        let mut room = SMALL_ROOM;
        let shown = small_digits(group, 10, &mut room);
        text[at - shown.len()..at].copy_from_slice(shown);
        at -= if length == 0 { shown.len() } else { GROUP };
    }
    if n.negative {
        at -= 1;
        text[at] = b'-';
    }
    std::str::from_utf8(&text[at..]).unwrap_or_default().to_owned()
}

/// Appends the digits; with `fill`, as many as the next power of the table has, zeros in front.
fn push_decimal(text: &mut Vec<u8>, n: &BigUint, powers: &[Reciprocal], fill: bool) {
    let Some((power, smaller)) = powers.split_last() else {
        let digits = n.to_string();
        text.extend(std::iter::repeat_n(b'0', if fill { 4096usize.saturating_sub(digits.len()) } else { 0 }));
        return text.extend(digits.bytes());
    };
    let (high, low) = power.divide(n);
    if fill || !high.is_zero() {
        push_decimal(text, &high, smaller, fill);
        push_decimal(text, &low, smaller, true);
    } else {
        push_decimal(text, &low, smaller, false);
    }
}

/// A divisor with its reciprocal, which turns division into multiplication.
struct Reciprocal {
    divisor: BigUint,
    /// About `2^shift / divisor`, never more.
    reciprocal: BigUint,
    shift: u64,
}

impl Reciprocal {
    fn of(divisor: BigUint) -> Self {
        // Enough for dividends of a little over twice the divisor's length.
        let shift = divisor.bits() * 2 + 64;
        let reciprocal = reciprocal(&divisor, shift);
        Reciprocal { divisor, reciprocal, shift }
    }

    fn divide(&self, n: &BigUint) -> (BigUint, BigUint) {
        if n < &self.divisor {
            return (BigUint::zero(), n.clone());
        }
        if n.bits() > self.shift {
            return (n / &self.divisor, n % &self.divisor);
        }
        let mut quotient = (n * &self.reciprocal) >> self.shift;
        let mut rest = n - &quotient * &self.divisor;
        while rest >= self.divisor {
            rest -= &self.divisor;
            quotient += 1u32;
        }
        (quotient, rest)
    }
}

/// `floor(2^shift / divisor)` by Newton's iteration on growing prefixes of the divisor.
fn reciprocal(divisor: &BigUint, shift: u64) -> BigUint {
    let bits = divisor.bits();
    let extra = shift - bits;
    if extra < 2000 {
        return (BigUint::one() << shift) / divisor;
    }
    // A reciprocal of half the precision, from the divisor's upper half.
    let half = extra / 2 + 32;
    let cut = bits.saturating_sub(half + 32);
    let upper = (divisor >> cut) + 1u32;
    let coarse = reciprocal(&upper, upper.bits() + half);
    // coarse = 2^(upper.bits + half) / upper, so as a reciprocal of the divisor it lacks this many bits:
    let scale = shift - (upper.bits() + half + cut);
    let estimate = coarse << scale;
    // r' = r * (2 - d * r / 2^shift)
    let product = &estimate * divisor;
    let error = (BigUint::one() << shift) - product;
    let mut refined = &estimate + ((&estimate * error) >> shift);
    let one = BigUint::one() << shift;
    // The iteration never overshoots; what little is missing is added.
    let mut rest = &one - &refined * divisor;
    while &rest >= divisor {
        let step = BigUint::one() << (rest.bits() - bits).saturating_sub(1);
        rest -= &step * divisor;
        refined += step;
    }
    refined
}

/// The text in a base from 2 to 36, without a prefix, in lower case.
pub fn to_base(n: IntRef<'_>, base: u32) -> String {
    match n {
        IntRef::Small(n) => small_text(n, base, &mut { SMALL_ROOM }).to_owned(),
        IntRef::Big(n) if base == 10 => big_to_decimal(n),
        IntRef::Big(n) => n.to_big().to_str_radix(base),
    }
}

/// Room for the text of any narrow integer: 64 binary digits and a sign.
pub type SmallRoom = [u8; 65];

/// Room for [`small_text`].
pub const SMALL_ROOM: SmallRoom = [0; 65];

/// The pairs of decimal digits, one after the other.
const PAIRS: [u8; 200] = pairs();

const fn pairs() -> [u8; 200] {
    let mut pairs = [0; 200];
    let mut number = 0;
    while number < 100 {
        pairs[number * 2] = b'0' + (number / 10) as u8;
        pairs[number * 2 + 1] = b'0' + (number % 10) as u8;
        number += 1;
    }
    pairs
}

/// The text of a narrow integer in a base from 2 to 36, in lower case, at the end of the room.
pub fn small_text(n: i64, base: u32, room: &mut SmallRoom) -> &str {
    let mut at = room.len() - small_digits(n.unsigned_abs(), base, room).len();
    if n < 0 {
        at -= 1;
        room[at] = b'-';
    }
    std::str::from_utf8(&room[at..]).unwrap_or_default()
}

/// The digits of a number in a base from 2 to 36, in lower case, at the end of the room.
pub fn small_digits(mut rest: u64, base: u32, room: &mut SmallRoom) -> &[u8] {
    let mut at = room.len();
    if base == 10 {
        while rest >= 100 {
            let pair = (rest % 100) as usize * 2;
            rest /= 100;
            at -= 2;
            room[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        }
        if rest >= 10 {
            at -= 2;
            room[at..at + 2].copy_from_slice(&PAIRS[rest as usize * 2..][..2]);
        } else {
            at -= 1;
            room[at] = b'0' + rest as u8;
        }
        return &room[at..];
    }
    loop {
        let (quotient, digit) = match base {
            16 => (rest >> 4, rest & 15),
            _ => (rest / u64::from(base), rest % u64::from(base)),
        };
        at -= 1;
        room[at] = b"0123456789abcdefghijklmnopqrstuvwxyz"[digit as usize];
        rest = quotient;
        if rest == 0 {
            return &room[at..];
        }
    }
}

/// The nearest float, ties to even, or `None` if it would be infinite.
pub fn big_to_f64(n: &BigInt) -> Option<f64> {
    BigDigits::of(n).as_ref().to_f64()
}

/// The integer part of a finite float.
pub fn from_f64(value: f64) -> Option<Int> {
    if !value.is_finite() {
        return None;
    }
    if value.abs() < 9.2e18 {
        return Some(Int::Small(value as i64));
    }
    let (mantissa, exponent, negative) = crate::floats::decompose(value);
    let magnitude = BigUint::from(mantissa) << exponent.max(0) as u64;
    Some(Int::Big(BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude)).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, base: u32) -> Option<String> {
        match parse(text.as_bytes(), base, 4300) {
            Ok(Int::Small(n)) => Some(n.to_string()),
            Ok(Int::Big(n)) => Some(n.to_string()),
            Err(_) => None,
        }
    }

    #[test]
    fn parses() {
        let good = [
            (" 12\n", 10, "12"),
            ("-0", 10, "0"),
            ("+1_000", 10, "1000"),
            ("0x_1F", 16, "31"),
            ("0xff", 0, "255"),
            ("0b101", 0, "5"),
            ("0o17", 8, "15"),
            ("00", 0, "0"),
            ("0_0", 0, "0"),
            ("zz", 36, "1295"),
            ("-9223372036854775808", 10, "-9223372036854775808"),
            ("9223372036854775808", 10, "9223372036854775808"),
            ("0b1", 16, "177"),
            ("010", 10, "10"),
        ];
        for (text, base, value) in good {
            assert_eq!(parsed(text, base).as_deref(), Some(value), "{text}");
        }
        for (text, base) in [
            ("", 10),
            ("-", 10),
            ("_1", 10),
            ("1_", 10),
            ("1__0", 10),
            ("01", 0),
            ("0x", 16),
            ("0x", 0),
            ("0x__1", 0),
            ("12", 2),
            ("+ 1", 10),
            ("1 2", 10),
            ("0_", 0),
            ("0_7", 0),
            ("--1", 10),
        ] {
            assert_eq!(parsed(text, base), None, "{text}");
        }
        assert_eq!(parse(&[b'1'; 4301], 10, 4300), Err(IntParseError::TooLong { digits: 4301 }));
        assert!(parse(&[b'1'; 4301], 16, 4300).is_ok());
    }

    #[test]
    fn big_conversions_agree_with_the_plain_ones() {
        for (digits, step) in [(1999, 1), (2001, 7), (13_000, 3), (70_001, 9), (200_000, 4)] {
            let text: Vec<u8> = (0..digits).map(|i| b'1' + ((i * step + i / 7) % 9) as u8).collect();
            let n = parse(&text, 10, 0).expect("digits").to_big();
            assert_eq!(n, BigInt::parse_bytes(&text, 10).expect("digits"));
            assert_eq!(to_decimal(IntRef::Big(BigDigits::of(&n).as_ref()), 0).expect("no limit").as_bytes(), text);
        }
        let round = BigInt::from(10).pow(50_000);
        let (round, below) = (BigDigits::of(&round), BigDigits::of(&-round));
        assert_eq!(to_decimal(IntRef::Big(below.as_ref()), 0).expect("no limit").len(), 50_002);
        assert_eq!(to_decimal(IntRef::Big(round.as_ref()), 50_000), Err(TooManyDigits));
        assert_eq!(to_base(IntRef::Small(i64::MIN), 2).len(), 65);
        assert_eq!(to_base(IntRef::Small(-255), 16), "-ff");
        for n in [0, 7, 10, 99, 100, 101, 12345, -1, -10, i64::MAX, i64::MIN] {
            assert_eq!(small_text(n, 10, &mut { SMALL_ROOM }), n.to_string());
            assert_eq!(small_text(n.max(0), 16, &mut { SMALL_ROOM }), format!("{:x}", n.max(0)));
        }
    }

    #[test]
    fn floats() {
        let n = (BigInt::one() << 53u32) + 1;
        assert_eq!(big_to_f64(&n), Some(9007199254740992.0));
        assert_eq!(big_to_f64(&((n << 100u32) + 1)), Some(9007199254740994.0 * 2f64.powi(100)));
        assert_eq!(big_to_f64(&(BigInt::one() << 1024u32)), None);
        assert_eq!(big_to_f64(&((BigInt::one() << 1024u32) - (BigInt::one() << 970u32) - 1)), Some(f64::MAX));
        assert_eq!(big_to_f64(&((BigInt::one() << 1024u32) - (BigInt::one() << 970u32))), None);
        assert_eq!(from_f64(1e20), Some(Int::Big(BigInt::from(10).pow(20))));
        assert_eq!(from_f64(-1.9), Some(Int::Small(-1)));
    }
}
