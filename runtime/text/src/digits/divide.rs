//! Division: by one digit, and Knuth's algorithm D for longer divisors.
//!
//! No step divides by hardware. A divisor's leading digit, shifted so that its top bit is set, has a reciprocal, and two
//! digits are divided by it with two multiplications (Möller and Granlund, "Improved division by invariant integers").

use super::linear::{shift_left, shift_right, subtract_product};

/// A digit with its top bit set, and its reciprocal.
#[derive(Clone, Copy)]
struct Divisor {
    digit: u64,
    /// `(2^128 - 1) / digit - 2^64`.
    reciprocal: u64,
}

impl Divisor {
    fn of(digit: u64) -> Self {
        let dividend = u128::from(!digit) << 64 | u128::from(u64::MAX);
        Self { digit, reciprocal: (dividend / u128::from(digit)) as u64 }
    }

    /// The quotient and the rest of two digits, of which the upper one is less than the divisor.
    #[inline(always)]
    fn divide(self, high: u64, low: u64) -> (u64, u64) {
        let estimate = u128::from(self.reciprocal) * u128::from(high) + (u128::from(high) << 64 | u128::from(low));
        let (upper, lower) = ((estimate >> 64) as u64, estimate as u64);
        let mut quotient = upper.wrapping_add(1);
        let mut rest = low.wrapping_sub(quotient.wrapping_mul(self.digit));
        if rest > lower {
            quotient = quotient.wrapping_sub(1);
            rest = rest.wrapping_add(self.digit);
        }
        if rest >= self.digit {
            quotient = quotient.wrapping_add(1);
            rest -= self.digit;
        }
        (quotient, rest)
    }
}

/// The bits that shifting a digit moves into the one above it.
#[inline(always)]
fn moved_up(digit: u64, shift: u32) -> u64 {
    digit.checked_shr(64 - shift).unwrap_or(0)
}

/// `a / divisor`, and the rest. `out` is as long as `a`; the divisor is not zero.
pub fn divide_by_digit(out: &mut [u64], a: &[u64], divisor: u64) -> u64 {
    out.copy_from_slice(a);
    divide_in_place(out, divisor)
}

/// `a /= divisor`, and the rest. The divisor is not zero.
pub fn divide_in_place(a: &mut [u64], divisor: u64) -> u64 {
    let shift = divisor.leading_zeros();
    let normal = Divisor::of(divisor << shift);
    let mut rest = a.last().map_or(0, |&digit| moved_up(digit, shift));
    for index in (0..a.len()).rev() {
        let below = if index == 0 { 0 } else { moved_up(a[index - 1], shift) };
        (a[index], rest) = normal.divide(rest, a[index] << shift | below);
    }
    rest >> shift
}

/// `a % divisor`. The divisor is not zero.
pub fn remainder_by_digit(a: &[u64], divisor: u64) -> u64 {
    let shift = divisor.leading_zeros();
    let normal = Divisor::of(divisor << shift);
    let mut rest = a.last().map_or(0, |&digit| moved_up(digit, shift));
    for index in (0..a.len()).rev() {
        let below = if index == 0 { 0 } else { moved_up(a[index - 1], shift) };
        (_, rest) = normal.divide(rest, a[index] << shift | below);
    }
    rest >> shift
}

/// `a / b`, and the rest, which has as many digits as `b`. `a` is no shorter than `b`, which has two digits or more;
/// `quotient`, if it is wanted, has `a.len() - b.len() + 1`.
pub fn divide(mut quotient: Option<&mut [u64]>, a: &[u64], b: &[u64]) -> Vec<u64> {
    let length = b.len();
    let shift = u64::from(b[length - 1].leading_zeros());
    let mut rest = vec![0; a.len() + 1];
    shift_left(&mut rest, a, shift);
    let mut normal = vec![0; length + 1];
    shift_left(&mut normal, b, shift);
    normal.truncate(length);
    let divisor = Divisor::of(normal[length - 1]);
    for index in (0..=a.len() - length).rev() {
        let digit = quotient_digit(&mut rest[index..=index + length], &normal, divisor);
        if let Some(quotient) = quotient.as_deref_mut() {
            quotient[index] = digit;
        }
    }
    rest.truncate(length);
    let mut unshifted = normal;
    shift_right(&mut unshifted, &rest, shift);
    unshifted
}

/// One step: divides the `n + 1` digits of `rest` by the `n` of `b`, leaves the rest there, and gives the quotient.
#[inline]
fn quotient_digit(rest: &mut [u64], b: &[u64], divisor: Divisor) -> u64 {
    let length = b.len();
    let (top, next, third) = (rest[length], rest[length - 1], rest[length - 2]);
    let mut digit = estimate(top, next, third, b[length - 2], divisor);
    if digit == 0 {
        return 0;
    }
    let borrow = subtract_product(&mut rest[..length], b, digit);
    let (left, too_much) = top.overflowing_sub(borrow);
    rest[length] = left;
    if too_much {
        digit -= 1;
        add_back(rest, b);
    }
    digit
}

/// The quotient of the upper three digits by the upper two of the divisor, which is that of all or one more.
#[inline(always)]
fn estimate(top: u64, next: u64, third: u64, second: u64, divisor: Divisor) -> u64 {
    let (mut digit, mut rest) = if top >= divisor.digit {
        // Then both are equal, and the quotient is that of all ones.
        match next.checked_add(divisor.digit) {
            Some(rest) => (u64::MAX, rest),
            None => return u64::MAX,
        }
    } else {
        divisor.divide(top, next)
    };
    while u128::from(digit) * u128::from(second) > (u128::from(rest) << 64 | u128::from(third)) {
        digit -= 1;
        match rest.checked_add(divisor.digit) {
            Some(more) => rest = more,
            None => break,
        }
    }
    digit
}

#[cold]
fn add_back(rest: &mut [u64], b: &[u64]) {
    let mut carry = false;
    for (digit, &b) in rest.iter_mut().zip(b) {
        let (sum, first) = digit.overflowing_add(b);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        *digit = sum;
        carry = first | second;
    }
    if let Some(top) = rest.get_mut(b.len()) {
        *top = top.wrapping_add(u64::from(carry));
    }
}
