//! Arithmetic on ints of any size: `text::digits` computes straight into the result's cell. Results that are too big are
//! refused before they are made; operations on numbers so long that they take a while run in a blocking region (rule 11),
//! since their operands never change.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Pow, Signed};
use text::digits::{self, BigRef};
use text::ints::IntRef;

use crate::objects::float::{float_value, int_to_float, true_divide};
use crate::objects::int::{
    bit_length, check_bits, int_from_big, int_from_digits, int_from_i64, int_from_i128, int_of_room, sign, to_big,
};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Operands whose lengths in bits have a product beyond this are worked on in a blocking region.
const LONG_WORK: u64 = 1 << 32;
/// From so many digits on num-bigint's multiplication, which is not quadratic, is worth copying the operands.
const LONG_FACTOR: usize = 32;

/// Whether an operation on these takes so long that the collector should not wait for it.
fn takes_long(a: BigRef<'_>, b: BigRef<'_>) -> bool {
    a.bits().saturating_mul(b.bits()) > LONG_WORK
}

/// `a + b`.
#[inline]
pub fn add(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i128(t, i128::from(x) + i128::from(y)),
        _ => sum(t, a.as_digits(&mut [0]), b.as_digits(&mut [0])),
    }
}

/// `a - b`.
#[inline]
pub fn sub(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i128(t, i128::from(x) - i128::from(y)),
        _ => sum(t, a.as_digits(&mut [0]), b.as_digits(&mut [0]).negated()),
    }
}

fn sum(t: &Thread, a: BigRef<'_>, b: BigRef<'_>) -> R {
    let (a, b) = if a.digits.len() >= b.digits.len() { (a, b) } else { (b, a) };
    if a.negative == b.negative {
        return int_of_room(t, a.digits.len() + 1, |out| {
            digits::add(out, a.digits, b.digits);
            a.negative
        });
    }
    let (a, b) = if digits::compare(a.digits, b.digits).is_ge() { (a, b) } else { (b, a) };
    int_of_room(t, a.digits.len(), |out| {
        digits::subtract(out, a.digits, b.digits);
        a.negative
    })
}

/// `a * b`.
#[inline]
pub fn mul(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i128(t, i128::from(x) * i128::from(y)),
        _ => product(t, a.as_digits(&mut [0]), b.as_digits(&mut [0])),
    }
}

fn product(t: &Thread, a: BigRef<'_>, b: BigRef<'_>) -> R {
    let shorter = a.digits.len().min(b.digits.len());
    if shorter == 0 {
        return Ok(Value::small(0));
    }
    check_bits(t, a.bits() + b.bits())?;
    let long = takes_long(a, b);
    if shorter >= LONG_FACTOR || long {
        let (a, b) = (a.to_big(), b.to_big());
        return int_from_big(t, t.blocking_if(long, || a * b));
    }
    int_of_room(t, a.digits.len() + b.digits.len(), |out| {
        digits::multiply(out, a.digits, b.digits);
        a.negative != b.negative
    })
}

fn zero_division(t: &Thread, b: IntRef<'_>) -> R<()> {
    if sign(b) == 0 { Err(t.zero_division_error("division by zero")) } else { Ok(()) }
}

/// `a // b`.
#[inline]
pub fn floor_div(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    zero_division(t, b)?;
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) if !(x == i64::MIN && y == -1) => {
            int_from_i64(t, Integer::div_floor(&x, &y))
        }
        _ => Ok(quotient(t, a.as_digits(&mut [0]), b.as_digits(&mut [0]))?.0),
    }
}

/// What is left of a dividend: a magnitude with the dividend's sign, of one digit or many.
enum Rest {
    Digit(u64),
    Digits(Vec<u64>),
}

impl Rest {
    fn digits(&self) -> &[u64] {
        match self {
            Rest::Digit(digit) => std::slice::from_ref(digit),
            Rest::Digits(digits) => digits,
        }
    }

    fn is_zero(&self) -> bool {
        digits::trimmed(self.digits()) == 0
    }
}

/// `a // b`, and what was left before rounding down. `b` is not zero.
fn quotient(t: &Thread, a: BigRef<'_>, b: BigRef<'_>) -> R<(Value, Rest)> {
    let negative = a.negative != b.negative;
    if a.digits.len() < b.digits.len() {
        let down = negative && !a.digits.is_empty();
        return Ok((Value::small(if down { -1 } else { 0 }), Rest::Digits(a.digits.to_vec())));
    }
    let length = a.digits.len() - b.digits.len() + 1;
    let mut rest = Rest::Digit(0);
    let divide = |out: &mut [u64]| match *b.digits {
        [digit] => Rest::Digit(digits::divide_by_digit(out, a.digits, digit)),
        _ => Rest::Digits(digits::divide(Some(out), a.digits, b.digits)),
    };
    // The digit more is for rounding away from zero.
    let room = length + usize::from(negative);
    let finish = |out: &mut [u64], rest: &Rest| {
        if negative && !rest.is_zero() {
            digits::increment(out);
        }
        negative
    };
    let value = if takes_long(a, b) {
        let mut out = vec![0; room];
        rest = t.blocking(|| divide(&mut out[..length]));
        finish(&mut out, &rest);
        int_from_digits(t, negative, &out)?
    } else {
        int_of_room(t, room, |out| {
            if let Some(top) = out.get_mut(length) {
                *top = 0;
            }
            rest = divide(&mut out[..length]);
            finish(out, &rest)
        })?
    };
    Ok((value, rest))
}

/// The int that is left of a division, rounded down, by `b`.
fn floored_rest(t: &Thread, rest: &Rest, negative: bool, b: BigRef<'_>) -> R {
    let digits = rest.digits();
    if negative == b.negative || rest.is_zero() {
        return int_from_digits(t, b.negative, digits);
    }
    int_of_room(t, b.digits.len(), |out| {
        digits::subtract(out, b.digits, &digits[..digits::trimmed(digits)]);
        b.negative
    })
}

/// `a % b`.
#[inline]
pub fn modulo(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    zero_division(t, b)?;
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) if y != -1 => int_from_i64(t, Integer::mod_floor(&x, &y)),
        _ => remainder(t, a.as_digits(&mut [0]), b.as_digits(&mut [0])),
    }
}

fn remainder(t: &Thread, a: BigRef<'_>, b: BigRef<'_>) -> R {
    let rest = match *b.digits {
        [digit] => Rest::Digit(digits::remainder_by_digit(a.digits, digit)),
        _ if a.digits.len() < b.digits.len() => Rest::Digits(a.digits.to_vec()),
        _ => Rest::Digits(t.blocking_if(takes_long(a, b), || digits::divide(None, a.digits, b.digits))),
    };
    floored_rest(t, &rest, a.negative, b)
}

/// `divmod(a, b)` as two ints.
pub fn div_mod(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R<(Value, Value)> {
    zero_division(t, b)?;
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) if !(x == i64::MIN && y == -1) => {
            let (quotient, rest) = x.div_mod_floor(&y);
            Ok((int_from_i64(t, quotient)?, int_from_i64(t, rest)?))
        }
        _ => {
            let (mut left, mut right) = ([0], [0]);
            let (a, b) = (a.as_digits(&mut left), b.as_digits(&mut right));
            let (quotient, rest) = quotient(t, a, b)?;
            Ok((quotient, floored_rest(t, &rest, a.negative, b)?))
        }
    }
}

/// `a / b`.
pub fn true_div(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    zero_division(t, b)?;
    match true_divide(a, b) {
        Some(quotient) => float_value(t, quotient),
        None => Err(t.overflow_error("integer division result too large for a float")),
    }
}

/// Bits in a digit of CPython's: how many there may be limits shifts.
const DIGIT_BITS: u64 = 30;

/// `a << b`.
pub fn lshift(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    if sign(b) < 0 {
        return Err(t.value_error("negative shift count"));
    }
    if sign(a) == 0 {
        return Ok(Value::small(0));
    }
    let Some(shift) = b.to_i64() else { return Err(t.overflow_error("too many digits in integer")) };
    if let IntRef::Small(x) = a
        && shift < 63
        && (x << shift) >> shift == x
    {
        return int_from_i64(t, x << shift);
    }
    let shift = shift.unsigned_abs();
    let bits = bit_length(a).saturating_add(shift);
    if bits / DIGIT_BITS >= (i64::MAX as u64 - 1) / DIGIT_BITS {
        return Err(t.overflow_error("too many digits in integer"));
    }
    check_bits(t, bits)?;
    let mut room = [0];
    let a = a.as_digits(&mut room);
    int_of_room(t, a.digits.len() + (shift / 64) as usize + 1, |out| {
        digits::shift_left(out, a.digits, shift);
        a.negative
    })
}

/// `a >> b`, towards minus infinity.
pub fn rshift(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    if sign(b) < 0 {
        return Err(t.value_error("negative shift count"));
    }
    let shift = b.to_i64().map_or(u64::MAX, i64::unsigned_abs);
    if shift >= bit_length(a) {
        return Ok(Value::small(if sign(a) < 0 { -1 } else { 0 }));
    }
    match a {
        IntRef::Small(x) => int_from_i64(t, x >> shift.min(63)),
        IntRef::Big(x) => {
            let whole = (shift / 64) as usize;
            int_of_room(t, x.digits.len() - whole + usize::from(x.negative), |out| {
                digits::shift_right(out, x.digits, shift);
                if x.negative && digits::has_bits_below(x.digits, shift) {
                    digits::increment(out);
                }
                x.negative
            })
        }
    }
}

/// Two numbers, and the digits that a bitwise operation on them may give.
fn bitwise(t: &Thread, a: BigRef<'_>, b: BigRef<'_>, operation: fn(&mut [u64], BigRef<'_>, BigRef<'_>) -> bool) -> R {
    let room = a.digits.len().max(b.digits.len()) + usize::from(a.negative || b.negative);
    int_of_room(t, room, |out| operation(out, a, b))
}

/// `a & b`.
pub fn and(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        return int_from_i64(t, x & y);
    }
    let (mut left, mut right) = ([0], [0]);
    let (a, b) = (a.as_digits(&mut left), b.as_digits(&mut right));
    if a.negative || b.negative {
        return bitwise(t, a, b, digits::and);
    }
    int_of_room(t, a.digits.len().min(b.digits.len()), |out| digits::and(out, a, b))
}

/// `a | b`.
pub fn or(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i64(t, x | y),
        _ => bitwise(t, a.as_digits(&mut [0]), b.as_digits(&mut [0]), digits::or),
    }
}

/// `a ^ b`.
pub fn xor(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i64(t, x ^ y),
        _ => bitwise(t, a.as_digits(&mut [0]), b.as_digits(&mut [0]), digits::xor),
    }
}

/// `-a`.
#[inline]
pub fn neg(t: &Thread, a: IntRef<'_>) -> R {
    match a {
        IntRef::Small(x) if x != i64::MIN => int_from_i64(t, -x),
        _ => with_sign(t, a.as_digits(&mut [0]).negated()),
    }
}

/// The int of this number.
fn with_sign(t: &Thread, number: BigRef<'_>) -> R {
    int_from_digits(t, number.negative, number.digits)
}

/// `~a`.
pub fn invert(t: &Thread, a: IntRef<'_>) -> R {
    match a {
        IntRef::Small(x) => int_from_i64(t, !x),
        IntRef::Big(x) => sum(t, x.negated(), BigRef { negative: true, digits: &[1] }),
    }
}

/// `abs(a)`.
pub fn abs(t: &Thread, a: IntRef<'_>) -> R {
    match a {
        IntRef::Small(x) if x != i64::MIN => int_from_i64(t, x.abs()),
        _ => with_sign(t, BigRef { negative: false, ..a.as_digits(&mut [0]) }),
    }
}

/// `a ** b`: a float for a negative exponent.
pub fn pow(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    if sign(b) < 0 {
        return negative_power(t, a, b);
    }
    match a {
        IntRef::Small(0) => return Ok(Value::small(i32::from(sign(b) == 0))),
        IntRef::Small(1) => return Ok(Value::small(1)),
        IntRef::Small(-1) => {
            let even = b.to_i64().map_or_else(|| to_big(b).is_even(), |b| b & 1 == 0);
            return Ok(Value::small(if even { 1 } else { -1 }));
        }
        _ => {}
    }
    let Some(exponent) = b.to_i64() else { return Err(t.memory_error()) };
    if let IntRef::Small(x) = a
        && let Ok(small) = u32::try_from(exponent)
        && let Some(power) = x.checked_pow(small)
    {
        return int_from_i64(t, power);
    }
    if matches!(a, IntRef::Small(2)) {
        return lshift(t, IntRef::Small(1), b);
    }
    let exponent = exponent.unsigned_abs();
    let bits = (bit_length(a) - 1).saturating_mul(exponent);
    check_bits(t, bits)?;
    let base = to_big(a);
    let power = t.blocking_if(bits > 1 << 17, || Pow::pow(base, exponent));
    int_from_big(t, power)
}

fn negative_power(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    let (base, exponent) = (int_to_float(t, a)?, int_to_float(t, b)?);
    if base == 0.0 {
        return Err(t.zero_division_error("zero to a negative power"));
    }
    float_value(t, base.powf(exponent))
}

/// `pow(a, b, modulus)`.
pub fn pow_mod(t: &Thread, a: IntRef<'_>, b: IntRef<'_>, modulus: IntRef<'_>) -> R {
    if sign(modulus) == 0 {
        return Err(t.value_error("pow() 3rd argument cannot be 0"));
    }
    if let (IntRef::Small(base), IntRef::Small(exponent @ 0..), IntRef::Small(modulus @ 1..)) = (a, b, modulus) {
        return int_from_i64(t, word_pow_mod(base, exponent, modulus));
    }
    let (base, exponent, modulus) = (to_big(a), to_big(b), to_big(modulus));
    if modulus.magnitude().is_one() {
        return Ok(Value::small(0));
    }
    let long = modulus.bits().saturating_mul(exponent.bits()) > 1 << 20;
    let power = || -> Option<BigInt> {
        if exponent.is_negative() {
            // The magnitude's inverse serves for a negative modulus too: the sign is put right at the end.
            let inverse = base.modinv(&modulus.abs())?;
            return Some(inverse.modpow(&-&exponent, &modulus));
        }
        Some(base.modpow(&exponent, &modulus))
    };
    match t.blocking_if(long, power) {
        Some(power) => int_from_big(t, power),
        None => Err(t.value_error("base is not invertible for the given modulus")),
    }
}

/// `pow_mod` of words, the exponent not negative and the modulus positive.
fn word_pow_mod(base: i64, mut exponent: i64, modulus: i64) -> i64 {
    let times = |a: i64, b: i64| (i128::from(a) * i128::from(b) % i128::from(modulus)) as i64;
    let (mut square, mut power) = (base.rem_euclid(modulus), 1 % modulus);
    while exponent != 0 {
        if exponent & 1 == 1 {
            power = times(power, square);
        }
        exponent >>= 1;
        if exponent != 0 {
            square = times(square, square);
        }
    }
    power
}

/// `round(a, -digits)` for a positive count of digits: to a multiple of a power of ten, ties to even.
pub fn round_to_power_of_ten(t: &Thread, a: IntRef<'_>, digits: u64) -> R {
    // A power of ten with more than this many digits is more than twice the number.
    if digits > bit_length(a) / 3 + 2 {
        return Ok(Value::small(0));
    }
    let power: BigInt = Pow::pow(BigInt::from(10), digits);
    let number = to_big(a);
    let (quotient, rest) = number.div_mod_floor(&power);
    let twice: BigInt = &rest * 2;
    let up = match twice.cmp(&power) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient.is_odd(),
        std::cmp::Ordering::Greater => true,
    };
    let rounded = if up { quotient + 1 } else { quotient } * power;
    int_from_big(t, rounded)
}

/// Ones in the magnitude.
#[must_use]
pub fn bit_count(a: IntRef<'_>) -> u64 {
    match a {
        IntRef::Small(x) => u64::from(x.unsigned_abs().count_ones()),
        IntRef::Big(x) => x.digits.iter().map(|digit| u64::from(digit.count_ones())).sum(),
    }
}

/// The integer square root of a number that is not negative.
pub fn isqrt(t: &Thread, a: IntRef<'_>) -> R {
    let number = to_big(a);
    int_from_big(t, t.blocking_if(number.bits() > 1 << 16, || number.sqrt()))
}

/// The greatest common divisor.
pub fn gcd(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && x != i64::MIN
        && y != i64::MIN
    {
        return int_from_i64(t, Integer::gcd(&x, &y));
    }
    let (mut left, mut right) = ([0], [0]);
    let (a, b) = (a.as_digits(&mut left), b.as_digits(&mut right));
    int_from_digits(t, false, &t.blocking_if(takes_long(a, b), || digits::gcd(a.digits, b.digits)))
}

/// Whether the number fits an unsigned 64-bit one, and which.
#[must_use]
pub fn to_u64(a: IntRef<'_>) -> Option<u64> {
    match a {
        IntRef::Small(x) => u64::try_from(x).ok(),
        IntRef::Big(x) => x.to_u64(),
    }
}

/// Whether the number is zero.
#[must_use]
pub fn is_zero(a: IntRef<'_>) -> bool {
    match a {
        IntRef::Small(x) => x == 0,
        IntRef::Big(x) => x.digits.is_empty(),
    }
}
