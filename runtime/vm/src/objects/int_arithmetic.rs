//! Arithmetic on ints of any size. Results that are too big are refused before they are made; operations on numbers so
//! long that they take a while run in a blocking region (rule 11), since their operands never change.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};
use text::ints::IntRef;

use crate::objects::float::{float_value, int_to_float, true_divide};
use crate::objects::int::{bit_length, check_bits, int_from_big, int_from_i64, sign, to_big};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Operands whose lengths in bits have a product beyond this are worked on in a blocking region.
const LONG_WORK: u64 = 1 << 32;

/// Computes with two big numbers, letting the collector go on meanwhile if it takes long.
fn with_big<T>(t: &Thread, a: IntRef<'_>, b: IntRef<'_>, compute: impl FnOnce(&BigInt, &BigInt) -> T) -> T {
    let work = bit_length(a).saturating_mul(bit_length(b));
    let (a, b) = (to_big(a), to_big(b));
    if work > LONG_WORK { t.blocking(|| compute(&a, &b)) } else { compute(&a, &b) }
}

/// `a + b`.
#[inline]
pub fn add(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) if x.checked_add(y).is_some() => int_from_i64(t, x.wrapping_add(y)),
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => int_from_big(t, x + y),
        _ => int_from_big(t, to_big(a).as_ref() + to_big(b).as_ref()),
    }
}

/// `a - b`.
#[inline]
pub fn sub(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) if x.checked_sub(y).is_some() => int_from_i64(t, x.wrapping_sub(y)),
        (IntRef::Big(x), IntRef::Small(y)) => int_from_big(t, x - y),
        _ => int_from_big(t, to_big(a).as_ref() - to_big(b).as_ref()),
    }
}

/// `a * b`.
#[inline]
pub fn mul(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => match x.checked_mul(y) {
            Some(product) => int_from_i64(t, product),
            None => int_from_big(t, BigInt::from(i128::from(x) * i128::from(y))),
        },
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => int_from_big(t, x * y),
        _ => {
            check_bits(t, bit_length(a) + bit_length(b))?;
            let product = with_big(t, a, b, |a, b| a * b);
            int_from_big(t, product)
        }
    }
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
        _ => {
            let quotient = with_big(t, a, b, |a, b| a.div_floor(b));
            int_from_big(t, quotient)
        }
    }
}

/// `a % b`.
#[inline]
pub fn modulo(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    zero_division(t, b)?;
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) if y != -1 => int_from_i64(t, Integer::mod_floor(&x, &y)),
        _ => {
            let rest = with_big(t, a, b, |a, b| a.mod_floor(b));
            int_from_big(t, rest)
        }
    }
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
            let (quotient, rest) = with_big(t, a, b, |a, b| a.div_mod_floor(b));
            Ok((int_from_big(t, quotient)?, int_from_big(t, rest)?))
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
    check_bits(t, bit_length(a).saturating_add(shift as u64))?;
    int_from_big(t, to_big(a).as_ref() << shift as u64)
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
        IntRef::Big(x) => int_from_big(t, x >> shift),
    }
}

/// `a & b`.
pub fn and(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i64(t, x & y),
        _ => int_from_big(t, to_big(a).as_ref() & to_big(b).as_ref()),
    }
}

/// `a | b`.
pub fn or(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i64(t, x | y),
        _ => int_from_big(t, to_big(a).as_ref() | to_big(b).as_ref()),
    }
}

/// `a ^ b`.
pub fn xor(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => int_from_i64(t, x ^ y),
        _ => int_from_big(t, to_big(a).as_ref() ^ to_big(b).as_ref()),
    }
}

/// `-a`.
#[inline]
pub fn neg(t: &Thread, a: IntRef<'_>) -> R {
    match a {
        IntRef::Small(x) if x != i64::MIN => int_from_i64(t, -x),
        _ => int_from_big(t, -to_big(a).into_owned()),
    }
}

/// `~a`.
pub fn invert(t: &Thread, a: IntRef<'_>) -> R {
    match a {
        IntRef::Small(x) => int_from_i64(t, !x),
        IntRef::Big(x) => int_from_big(t, -(x + BigInt::one())),
    }
}

/// `abs(a)`.
pub fn abs(t: &Thread, a: IntRef<'_>) -> R {
    match a {
        IntRef::Small(x) if x != i64::MIN => int_from_i64(t, x.abs()),
        _ => int_from_big(t, to_big(a).abs()),
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
    let exponent = exponent.unsigned_abs();
    let bits = (bit_length(a) - 1).saturating_mul(exponent);
    check_bits(t, bits)?;
    let base = to_big(a);
    let power = if bits > 1 << 17 {
        t.blocking(|| Pow::pow(base.as_ref(), exponent))
    } else {
        Pow::pow(base.as_ref(), exponent)
    };
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
    let (base, exponent, modulus) = (to_big(a), to_big(b), to_big(modulus));
    if modulus.magnitude().is_one() {
        return Ok(Value::small(0));
    }
    let long = modulus.bits().saturating_mul(exponent.bits()) > 1 << 20;
    let compute = || -> Option<BigInt> {
        if exponent.is_negative() {
            // The magnitude's inverse serves for a negative modulus too: the sign is put right at the end.
            let inverse = base.modinv(&modulus.abs())?;
            return Some(inverse.modpow(&-exponent.as_ref(), &modulus));
        }
        Some(base.modpow(&exponent, &modulus))
    };
    let power = if long { t.blocking(compute) } else { compute() };
    match power {
        Some(power) => int_from_big(t, power),
        None => Err(t.value_error("base is not invertible for the given modulus")),
    }
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
        IntRef::Big(x) => x.magnitude().count_ones(),
    }
}

/// The integer square root of a number that is not negative.
pub fn isqrt(t: &Thread, a: IntRef<'_>) -> R {
    let number = to_big(a);
    let root = if number.bits() > 1 << 16 { t.blocking(|| number.sqrt()) } else { number.sqrt() };
    int_from_big(t, root)
}

/// The greatest common divisor.
pub fn gcd(t: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> R {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && x != i64::MIN
        && y != i64::MIN
    {
        return int_from_i64(t, Integer::gcd(&x, &y));
    }
    let divisor = with_big(t, a, b, |a, b| a.gcd(b));
    int_from_big(t, divisor)
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
        IntRef::Big(x) => x.is_zero(),
    }
}
