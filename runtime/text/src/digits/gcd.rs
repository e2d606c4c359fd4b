//! The greatest common divisor by Lehmer's algorithm: Euclid's steps are simulated on the leading 64 bits, and what
//! many of them do is applied to all digits at once.

use super::{bits, compare, divide, remainder_by_digit, trimmed};

/// The greatest common divisor of two trimmed magnitudes, trimmed.
pub fn gcd(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    if compare(&a, &b).is_lt() {
        std::mem::swap(&mut a, &mut b);
    }
    while b.len() > 1 {
        match Steps::simulate(&a, &b) {
            Some(steps) => steps.apply(&mut a, &mut b),
            None => {
                let mut rest = divide(None, &a, &b);
                rest.truncate(trimmed(&rest));
                a = std::mem::replace(&mut b, rest);
            }
        }
    }
    match *b {
        [] => a,
        [digit, ..] => vec![gcd_of_digits(digit, remainder_by_digit(&a, digit))],
    }
}

/// By halving and subtracting, which needs no division.
fn gcd_of_digits(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let twos = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        (a, b) = (a.min(b), a.abs_diff(b));
    }
    a << twos
}

/// Some of Euclid's steps: they replace `a` by `a * aa - b * ab` and `b` by `b * bb - a * ba`, or, after an odd count of
/// them, by the negatives of these.
struct Steps {
    aa: u64,
    ab: u64,
    ba: u64,
    bb: u64,
    odd: bool,
}

impl Steps {
    /// The steps that the leading bits of `a`, the greater, and `b` are sure of; none if the quotient is too large to tell.
    fn simulate(a: &[u64], b: &[u64]) -> Option<Self> {
        let shift = bits(a) - 62;
        let (mut x, mut y) = (window(a, shift), window(b, shift));
        let mut steps = Steps { aa: 1, ab: 0, ba: 0, bb: 1, odd: false };
        while let Some(quotient) = x.checked_div(y) {
            let rest = x - quotient * y;
            let Some(next) = steps.after(quotient) else { break };
            // What the cut-off bits may add to and take from the true values of what is now `y` and `rest`: the quotient
            // is the true one if the true rest is surely not below zero and less than the divisor.
            let (below, above) = if next.odd { (next.bb, next.ba) } else { (next.ba, next.bb) };
            let divisor_below = if next.odd { next.aa } else { next.ab };
            if rest < below || y - rest < above + divisor_below {
                break;
            }
            (x, y, steps) = (y, rest, next);
        }
        (steps.ab != 0).then_some(steps)
    }

    /// One more step, as long as the factors are short enough for a whole digit's sum.
    fn after(&self, quotient: u64) -> Option<Self> {
        let next =
            |this: u64, other: u64| quotient.checked_mul(other)?.checked_add(this).filter(|&factor| factor < 1 << 31);
        let (ba, bb) = (next(self.aa, self.ba)?, next(self.ab, self.bb)?);
        Some(Self { aa: self.ba, ab: self.bb, ba, bb, odd: !self.odd })
    }

    fn apply(&self, a: &mut Vec<u64>, b: &mut Vec<u64>) {
        b.resize(a.len(), 0);
        let (mut first, mut second) = (Combined::default(), Combined::default());
        for (a, b) in a.iter_mut().zip(b.iter_mut()) {
            let (x, y) = (*a, *b);
            (*a, *b) = if self.odd {
                (first.next(y, self.ab, x, self.aa), second.next(x, self.ba, y, self.bb))
            } else {
                (first.next(x, self.aa, y, self.ab), second.next(y, self.bb, x, self.ba))
            };
        }
        a.truncate(trimmed(a));
        b.truncate(trimmed(b));
    }
}

/// The carry of a sum of products that is taken digit by digit.
#[derive(Default)]
struct Combined {
    carry: i64,
}

impl Combined {
    /// The next digit of `plus * p - minus * m`; factors are below 2^31.
    #[inline(always)]
    fn next(&mut self, plus: u64, p: u64, minus: u64, m: u64) -> u64 {
        let sum = i128::from(plus) * i128::from(p) - i128::from(minus) * i128::from(m) + i128::from(self.carry);
        self.carry = (sum >> 64) as i64;
        sum as u64
    }
}

/// 64 bits of the number from bit `shift` on.
fn window(digits: &[u64], shift: u64) -> u64 {
    let (whole, part) = ((shift / 64) as usize, shift % 64);
    let low = digits.get(whole).copied().unwrap_or(0) >> part;
    let high = if part == 0 { 0 } else { digits.get(whole + 1).copied().unwrap_or(0) << (64 - part) };
    low | high
}
