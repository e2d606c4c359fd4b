//! Exact decimal rounding and exact ratios of floats; no unsafe.

use super::decompose;
use num_bigint::{BigInt, Sign};
use num_traits::One;

/// `round(value, digits)`, ties to even on the exact value; `None` if the result would be infinite
/// (`OverflowError: rounded value too large to represent`).
pub fn round_to(value: f64, digits: i64) -> Option<f64> {
    if !value.is_finite() || value == 0.0 || digits > 323 {
        return Some(value);
    }
    if digits < -308 {
        return Some(0.0 * value);
    }
    let rounded: f64 = match usize::try_from(digits) {
        Ok(digits) => format!("{value:.digits$}").parse().unwrap_or(value),
        Err(_) => round_left(value, digits.unsigned_abs() as u32),
    };
    rounded.is_finite().then_some(rounded)
}

/// Rounds to a multiple of `10**places`.
fn round_left(value: f64, places: u32) -> f64 {
    let (mantissa, exponent, negative) = decompose(value.trunc());
    let magnitude =
        if exponent >= 0 { BigInt::from(mantissa) << exponent } else { BigInt::from(mantissa >> -exponent.max(-63)) };
    let unit = BigInt::from(10).pow(places);
    let (mut quotient, rest) = (&magnitude / &unit, &magnitude % &unit);
    let twice: BigInt = rest * 2;
    let above = twice > unit || twice == unit && (value.fract() != 0.0 || quotient.bit(0));
    if above {
        quotient += 1;
    }
    // Reading the digits rounds to the nearest float once.
    let text = format!("{}{quotient}e{places}", if negative { "-" } else { "" });
    text.parse().unwrap_or(value)
}

/// `round(value)`: the nearest integer, ties to even, still as a float.
pub fn round_half_even(value: f64) -> f64 {
    value.round_ties_even()
}

/// The ratio in lowest terms of a finite float, the denominator positive.
pub fn as_integer_ratio(value: f64) -> Option<(BigInt, BigInt)> {
    if !value.is_finite() {
        return None;
    }
    let (mantissa, exponent, negative) = decompose(value);
    if mantissa == 0 {
        return Some((BigInt::from(0), BigInt::one()));
    }
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i32);
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    let numerator = BigInt::from_biguint(sign, (mantissa).into());
    Some(match exponent {
        0.. => (numerator << exponent, BigInt::one()),
        _ => (numerator, BigInt::one() << -exponent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        for (value, digits, expected) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (-2.5, 0, -2.0),
            (25.0, -1, 20.0),
            (35.0, -1, 40.0),
            (25.5, -1, 30.0),
            (5e15, -16, 0.0),
            (5.1e15, -16, 1e16),
            (1.23e300, -299, 1.2e300),
            (1e-320, 322, 1e-320),
            (123.456, -5, 0.0),
            (1e22, 10, 1e22),
            (15.0, -1, 20.0),
            (-4.0, -1, -0.0),
            (1.2e308, -308, 1e308),
            (0.15, 1, 0.1),
            (0.25, 1, 0.2),
        ] {
            assert_eq!(round_to(value, digits).map(f64::to_bits), Some(f64::to_bits(expected)), "{value} {digits}");
        }
        assert_eq!(round_to(f64::MAX, -308), None);
    }

    #[test]
    fn ratios() {
        assert_eq!(as_integer_ratio(-0.75), Some((BigInt::from(-3), BigInt::from(4))));
        assert_eq!(as_integer_ratio(1e3), Some((BigInt::from(1000), BigInt::from(1))));
        assert_eq!(as_integer_ratio(f64::NAN), None);
    }
}
