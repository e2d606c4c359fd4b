//! `&`, `|` and `^` of signed numbers, which count as two's complement with endless sign bits.

use super::BigRef;
use super::linear::{clear, copy};

/// `a & b`: its sign. `out` is as long as the longer operand and one more; of two that are not negative the shorter
/// will do.
pub fn and(out: &mut [u64], a: BigRef<'_>, b: BigRef<'_>) -> bool {
    if !a.negative && !b.negative {
        return plain(out, a.digits, b.digits, |a, b| a & b, false);
    }
    complemented(out, a, b, |a, b| a & b)
}

/// `a | b`: its sign. `out` is as long as the longer operand and one more.
pub fn or(out: &mut [u64], a: BigRef<'_>, b: BigRef<'_>) -> bool {
    if !a.negative && !b.negative {
        return plain(out, a.digits, b.digits, |a, b| a | b, true);
    }
    complemented(out, a, b, |a, b| a | b)
}

/// `a ^ b`: its sign. `out` is as long as the longer operand and one more.
pub fn xor(out: &mut [u64], a: BigRef<'_>, b: BigRef<'_>) -> bool {
    if !a.negative && !b.negative {
        return plain(out, a.digits, b.digits, |a, b| a ^ b, true);
    }
    complemented(out, a, b, |a, b| a ^ b)
}

/// Of two magnitudes: digit by digit, and then what is left of the longer one if the operation keeps it.
#[inline(always)]
fn plain(out: &mut [u64], a: &[u64], b: &[u64], operation: impl Fn(u64, u64) -> u64, keep: bool) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let (low, high) = out.split_at_mut(short.len());
    for ((out, &a), &b) in low.iter_mut().zip(long).zip(short) {
        *out = operation(a, b);
    }
    let rest = if keep { &long[short.len()..] } else { &[] };
    let (high, top) = high.split_at_mut(rest.len());
    copy(high, rest);
    clear(top);
    false
}

/// Of any two numbers, through their two's complements.
fn complemented(out: &mut [u64], a: BigRef<'_>, b: BigRef<'_>, operation: impl Fn(u64, u64) -> u64) -> bool {
    let (mut left, mut right) = (Complement::of(a), Complement::of(b));
    let negative = operation(left.sign(), right.sign()) != 0;
    let mut carry = negative;
    for out in out {
        let digit = operation(left.next(), right.next());
        (*out, carry) = if negative { (!digit).overflowing_add(u64::from(carry)) } else { (digit, false) };
    }
    negative
}

/// The digits of a number's two's complement, one after the other and without end.
struct Complement<'a> {
    digits: std::slice::Iter<'a, u64>,
    negative: bool,
    carry: bool,
}

impl<'a> Complement<'a> {
    fn of(number: BigRef<'a>) -> Self {
        Self { digits: number.digits.iter(), negative: number.negative, carry: number.negative }
    }

    fn sign(&self) -> u64 {
        if self.negative { u64::MAX } else { 0 }
    }

    fn next(&mut self) -> u64 {
        let digit = self.digits.next().copied().unwrap_or(0);
        if !self.negative {
            return digit;
        }
        let (digit, carry) = (!digit).overflowing_add(u64::from(self.carry));
        self.carry = carry;
        digit
    }
}
