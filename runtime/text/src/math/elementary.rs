//! Elementary and special functions of floats; no unsafe.
//!
//! `Domain` is `ValueError: math domain error` (the module may word it better), `Range` is `OverflowError: math range error`.

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::f64::consts::LN_2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathError {
    Domain,
    Range,
}

/// The gamma function.
pub fn gamma(x: f64) -> Result<f64, MathError> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == f64::NEG_INFINITY || x <= 0.0 && x == x.floor() {
        return Err(MathError::Domain);
    }
    if x == x.floor() && x <= 23.0 {
        return Ok((1..x as u64).map(|i| i as f64).product());
    }
    let value = libm::tgamma(x);
    if value.is_infinite() { Err(MathError::Range) } else { Ok(value) }
}

/// The logarithm of the gamma function's absolute value.
pub fn lgamma(x: f64) -> Result<f64, MathError> {
    if x.is_nan() {
        return Ok(x);
    }
    if x.is_infinite() {
        return Ok(f64::INFINITY);
    }
    if x <= 0.0 && x == x.floor() {
        return Err(MathError::Domain);
    }
    if x == 1.0 || x == 2.0 {
        return Ok(0.0);
    }
    let value = libm::lgamma(x);
    if value.is_infinite() { Err(MathError::Range) } else { Ok(value) }
}

pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

pub fn cbrt(x: f64) -> f64 {
    x.cbrt()
}

pub fn asinh(x: f64) -> f64 {
    libm::asinh(x)
}

pub fn acosh(x: f64) -> f64 {
    libm::acosh(x)
}

pub fn atanh(x: f64) -> f64 {
    libm::atanh(x)
}

/// Mantissa in [0.5, 1) and exponent.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() { (x, 0) } else { libm::frexp(x) }
}

/// `x * 2**exponent`; `Range` if that is too large.
pub fn ldexp(x: f64, exponent: i64) -> Result<f64, MathError> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let value = libm::ldexp(x, exponent.clamp(-5000, 5000) as i32);
    if value.is_infinite() { Err(MathError::Range) } else { Ok(value) }
}

/// Fractional and integer part, both with the sign of `x`.
pub fn modf(x: f64) -> (f64, f64) {
    if x.is_infinite() {
        return (0f64.copysign(x), x);
    }
    let whole = x.trunc();
    ((x - whole).copysign(x), whole)
}

/// The IEEE remainder: `x - n*y` for the integer `n` nearest to `x / y`, ties to even.
pub fn remainder(x: f64, y: f64) -> Result<f64, MathError> {
    if x.is_nan() || y.is_nan() {
        return Ok(x + y);
    }
    if x.is_infinite() || y == 0.0 {
        return Err(MathError::Domain);
    }
    Ok(libm::remainder(x, y))
}

/// C's `fmod`.
pub fn fmod(x: f64, y: f64) -> Result<f64, MathError> {
    if y.is_infinite() && x.is_finite() {
        return Ok(x);
    }
    let value = x % y;
    if value.is_nan() && !x.is_nan() && !y.is_nan() { Err(MathError::Domain) } else { Ok(value) }
}

/// The float so many steps from `x` towards `y`.
pub fn nextafter(x: f64, y: f64, steps: u64) -> f64 {
    if steps == 0 {
        return x;
    }
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    // Floats in order are integers in order.
    let to_ordinal = |f: f64| {
        let magnitude = (f.to_bits() & (u64::MAX >> 1)) as i64;
        if f.is_sign_negative() { -magnitude } else { magnitude }
    };
    let (from, to) = (to_ordinal(x), to_ordinal(y));
    let distance = (i128::from(to) - i128::from(from)).unsigned_abs();
    if u128::from(steps) >= distance {
        return y;
    }
    let ordinal = if to > from { from.wrapping_add(steps as i64) } else { from.wrapping_sub(steps as i64) };
    let magnitude = f64::from_bits(ordinal.unsigned_abs());
    let negative = ordinal < 0 || ordinal == 0 && x.is_sign_negative();
    if negative { -magnitude } else { magnitude }
}

/// The weight of the last bit.
pub fn ulp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let x = x.abs();
    if x.is_infinite() {
        return x;
    }
    let above = f64::from_bits(x.to_bits() + 1);
    if above.is_infinite() { x - f64::from_bits(x.to_bits() - 1) } else { above - x }
}

/// A positive big integer as a float between a half and one times a power of two.
fn scaled(n: &BigInt) -> (f64, f64) {
    let bits = n.bits();
    let shift = bits.saturating_sub(64);
    let top = (n.magnitude() >> shift).to_u64().unwrap_or_default();
    let inexact = shift > 0 && n.magnitude().trailing_zeros().is_some_and(|zeros| zeros < shift);
    let (mantissa, exponent) = frexp((top | u64::from(inexact)) as f64);
    (mantissa, exponent as f64 + shift as f64)
}

/// The natural logarithm of a positive integer of any size.
pub fn log_big(n: &BigInt) -> f64 {
    match crate::ints::big_to_f64(n) {
        Some(x) => x.ln(),
        None => {
            let (mantissa, exponent) = scaled(n);
            mantissa.ln() + LN_2 * exponent
        }
    }
}

pub fn log2_big(n: &BigInt) -> f64 {
    match crate::ints::big_to_f64(n) {
        Some(x) => x.log2(),
        None => {
            let (mantissa, exponent) = scaled(n);
            mantissa.log2() + exponent
        }
    }
}

pub fn log10_big(n: &BigInt) -> f64 {
    match crate::ints::big_to_f64(n) {
        Some(x) => x.log10(),
        None => {
            let (mantissa, exponent) = scaled(n);
            mantissa.log10() + 2f64.log10() * exponent
        }
    }
}

/// The true quotient of two integers, correctly rounded; `None` if it is too large
/// (`OverflowError: integer division result too large for a float`). The divisor is not zero.
pub fn divide_big(a: &BigInt, b: &BigInt) -> Option<f64> {
    let negative = (a.sign() == num_bigint::Sign::Minus) != (b.sign() == num_bigint::Sign::Minus);
    let (a, b) = (a.magnitude(), b.magnitude());
    // The quotient is given at least 66 bits, so that its low bit can stand for the remainder.
    let shift = 66 - (a.bits() as i64 - b.bits() as i64);
    if shift < -1100 {
        return None;
    }
    if a.bits() == 0 || shift > 1300 {
        return Some(if negative { -0.0 } else { 0.0 });
    }
    let (a, b) = if shift >= 0 { (a << shift, b.clone()) } else { (a.clone(), b << -shift) };
    let (quotient, rest) = num_integer::Integer::div_rem(&a, &b);
    let mut bits = quotient.to_u128().unwrap_or_default();
    bits = bits << 1 | u128::from(rest.bits() > 0);
    let value = round_scaled(bits, -(shift + 1))?;
    Some(if negative { -value } else { value })
}

/// `bits * 2**exponent`, rounded once, ties to even; `None` if infinite.
fn round_scaled(bits: u128, exponent: i64) -> Option<f64> {
    let top = 127 - i64::from(bits.leading_zeros()) + exponent;
    let lowest = (top - 52).max(-1074);
    let shift = lowest - exponent;
    if shift >= 128 {
        return Some(0.0);
    }
    let (kept, rest) = if shift > 0 { (bits >> shift, bits & ((1 << shift) - 1)) } else { (bits << -shift, 0) };
    let half = if shift > 0 { 1u128 << (shift - 1) } else { 1 };
    let rounded = kept + u128::from(rest > half || rest == half && kept & 1 == 1);
    ldexp(rounded as f64, lowest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_functions() {
        assert_eq!((gamma(5.0), gamma(-1.0), gamma(172.0)), (Ok(24.0), Err(MathError::Domain), Err(MathError::Range)));
        assert_eq!((gamma(23.0), lgamma(0.5)), (Ok(1.1240007277776077e21), Ok(0.5723649429247001)));
        assert_eq!((erf(0.5), erfc(2.0)), (0.5204998778130465, 0.004677734981047266));
    }

    #[test]
    fn steps() {
        assert_eq!(nextafter(1.0, 2.0, 1), 1.0000000000000002);
        assert_eq!(nextafter(0.0, -1.0, 1), -5e-324);
        assert_eq!(nextafter(5e-324, -1.0, 2), -5e-324);
        assert_eq!(nextafter(-5e-324, 1.0, 1).to_bits(), (-0.0f64).to_bits());
        assert_eq!(nextafter(1.0, f64::INFINITY, u64::MAX), f64::INFINITY);
        assert_eq!((ulp(1.0), ulp(0.0), ulp(f64::MAX)), (2.220446049250313e-16, 5e-324, 1.99584030953472e292));
        assert_eq!((remainder(5.0, 2.0), fmod(-5.5, 2.0), fmod(1.0, 0.0)), (Ok(1.0), Ok(-1.5), Err(MathError::Domain)));
        assert_eq!(
            (ldexp(1.0, -1074), ldexp(1.5, -1075), ldexp(1.0, 1024)),
            (Ok(5e-324), Ok(5e-324), Err(MathError::Range))
        );
        assert_eq!(modf(-1.5), (-0.5, -1.0));
    }

    #[test]
    fn big_numbers() {
        let n = BigInt::from(10).pow(400);
        assert_eq!(
            (log_big(&n), log2_big(&(BigInt::from(1) << 5000u32)), log10_big(&n)),
            (921.0340371976182, 5000.0, 400.0)
        );
        assert_eq!(divide_big(&BigInt::from(1), &BigInt::from(3)), Some(1.0 / 3.0));
        assert_eq!(divide_big(&(&n * 2), &(&n * -3)), Some(-2.0 / 3.0));
        assert_eq!(divide_big(&n, &BigInt::from(7)), None);
        assert_eq!(divide_big(&BigInt::from(1), &n), Some(0.0));
        assert_eq!(divide_big(&BigInt::from(3), &(BigInt::from(1) << 1075u32)), Some(1e-323));
        assert_eq!(divide_big(&BigInt::from(1), &(BigInt::from(1) << 1075u32)), Some(0.0));
        let least = (BigInt::from(1) << 1024u32) - (BigInt::from(1) << 970u32);
        assert_eq!(divide_big(&least, &BigInt::from(1)), None);
        assert_eq!(divide_big(&(least - 1), &BigInt::from(1)), Some(f64::MAX));
    }
}
