//! Arithmetic on magnitudes that lie in slices of 64-bit digits, least digit first; no unsafe.
//!
//! The runtime keeps a big int's digits in the int's own cell. What is computed here reads such slices and writes into
//! room that the caller made, so that an operation allocates nothing but its result. Work that is far from linear on long
//! numbers (multiplication, powers, text) is num-bigint's; [`BigRef::to_big`] is the way there.
//!
//! Invariants:
//! 1. A magnitude is *trimmed* when its last digit is not zero; zero has no digits. Operands are trimmed, results need
//!    not be: [`trimmed`] says how long they are.
//! 2. A function that writes into `out` writes all of it, and says how long it has to be.

mod bitwise;
mod divide;
mod gcd;
mod linear;

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

pub use bitwise::{and, or, xor};
pub use divide::{divide, divide_by_digit, divide_in_place, remainder_by_digit};
pub use gcd::gcd;
pub use linear::{add, increment, multiply, multiply_in_place, shift_left, shift_right, subtract};

/// A signed number by reference.
#[derive(Clone, Copy, Debug)]
pub struct BigRef<'a> {
    /// Whether it is below zero.
    pub negative: bool,
    /// The magnitude, trimmed.
    pub digits: &'a [u64],
}

/// A signed number that owns its digits, trimmed.
#[derive(Clone, Debug, Default)]
pub struct BigDigits {
    negative: bool,
    digits: Vec<u64>,
}

/// How many digits are left without the zeros at the upper end.
#[inline]
pub fn trimmed(digits: &[u64]) -> usize {
    digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1)
}

/// The order of two trimmed magnitudes.
#[inline]
pub fn compare(a: &[u64], b: &[u64]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Bits of a trimmed magnitude.
#[inline]
pub fn bits(digits: &[u64]) -> u64 {
    digits.last().map_or(0, |last| digits.len() as u64 * 64 - u64::from(last.leading_zeros()))
}

impl<'a> BigRef<'a> {
    /// The same number with the other sign.
    #[inline]
    pub fn negated(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    /// Bits of the magnitude.
    #[inline]
    pub fn bits(self) -> u64 {
        bits(self.digits)
    }

    /// The order of two numbers.
    #[inline]
    pub fn compare(self, other: BigRef<'_>) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => compare(self.digits, other.digits),
            (true, true) => compare(other.digits, self.digits),
            (negative, _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }

    /// The number, if it fits.
    #[inline]
    pub fn to_i64(self) -> Option<i64> {
        match *self.digits {
            [] => Some(0),
            [digit] if self.negative => 0i64.checked_sub_unsigned(digit),
            [digit] => i64::try_from(digit).ok(),
            _ => None,
        }
    }

    /// The number, if it fits.
    pub fn to_u64(self) -> Option<u64> {
        match *self.digits {
            [] => Some(0),
            [digit] if !self.negative => Some(digit),
            _ => None,
        }
    }

    /// The number, if it fits.
    pub fn to_i128(self) -> Option<i128> {
        let magnitude = match *self.digits {
            [] => 0,
            [low] => u128::from(low),
            [low, high] => u128::from(high) << 64 | u128::from(low),
            _ => return None,
        };
        if self.negative { 0i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
    }

    /// The nearest float, ties to even, or `None` if it would be infinite.
    pub fn to_f64(self) -> Option<f64> {
        let shift = self.bits().saturating_sub(64);
        if shift > 1024 {
            return None;
        }
        let (whole, part) = ((shift / 64) as usize, shift % 64);
        let low = self.digits.get(whole).copied().unwrap_or(0) >> part;
        let high = if part == 0 { 0 } else { self.digits.get(whole + 1).copied().unwrap_or(0) << (64 - part) };
        let inexact = has_bits_below(self.digits, shift);
        // The lowest of 64 bits is far below those that a float keeps, so it can stand for all that was cut.
        let rounded = (high | low | u64::from(inexact)) as f64;
        // Multiplying by a power of two is exact or overflows, in two steps because 2**1024 is no float.
        let value = rounded * 2f64.powi(shift as i32 / 2) * 2f64.powi(shift as i32 - shift as i32 / 2);
        value.is_finite().then_some(if self.negative { -value } else { value })
    }

    /// The number for what num-bigint computes.
    pub fn to_big(self) -> BigInt {
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        BigInt::from_biguint(sign, magnitude(self.digits))
    }
}

/// The magnitude for what num-bigint computes.
pub fn magnitude(digits: &[u64]) -> BigUint {
    if cfg!(target_endian = "little") {
        return BigUint::from_slice(bytemuck::cast_slice(digits));
    }
    BigUint::new(digits.iter().flat_map(|&digit| [digit as u32, (digit >> 32) as u32]).collect())
}

/// Whether one of the lowest `count` bits is set.
pub fn has_bits_below(digits: &[u64], count: u64) -> bool {
    let (whole, part) = ((count / 64) as usize, count % 64);
    match digits.get(..whole) {
        None => !digits.is_empty(),
        Some(low) => {
            let partly = part > 0 && digits.get(whole).is_some_and(|digit| digit << (64 - part) != 0);
            partly || low.iter().any(|&digit| digit != 0)
        }
    }
}

impl BigDigits {
    /// What num-bigint computed.
    pub fn of(number: &BigInt) -> Self {
        Self { negative: number.sign() == Sign::Minus, digits: number.iter_u64_digits().collect() }
    }

    /// The number by reference.
    pub fn as_ref(&self) -> BigRef<'_> {
        BigRef { negative: self.negative, digits: &self.digits }
    }
}

#[cfg(test)]
mod tests;
