//! The digit arithmetic against num-bigint's, on numbers that make carries and corrections likely.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

use super::*;

/// Numbers of up to so many digits, whose bits come in runs: carries and corrections are likely then.
struct Numbers(u64);

impl Numbers {
    fn random(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn digit(&mut self) -> u64 {
        match self.random() % 5 {
            0 => 0,
            1 => u64::MAX,
            2 => u64::MAX << (self.random() % 64),
            3 => u64::MAX >> (self.random() % 64),
            _ => self.random(),
        }
    }

    fn next(&mut self, most: usize) -> BigDigits {
        let length = self.random() as usize % (most + 1);
        let mut digits: Vec<u64> = (0..length).map(|_| self.digit()).collect();
        digits.truncate(trimmed(&digits));
        BigDigits { negative: !digits.is_empty() && self.random().is_multiple_of(2), digits }
    }
}

fn pairs(action: impl Fn(BigRef<'_>, BigRef<'_>, BigInt, BigInt)) {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for _ in 0..20_000 {
        let (a, b) = (numbers.next(9), numbers.next(6));
        action(a.as_ref(), b.as_ref(), a.as_ref().to_big(), b.as_ref().to_big());
    }
}

fn number(negative: bool, digits: &[u64]) -> BigInt {
    BigRef { negative, digits: &digits[..trimmed(digits)] }.to_big()
}

#[test]
fn sums_and_differences() {
    pairs(|a, b, x, y| {
        let (a, b) = if compare(a.digits, b.digits).is_ge() { (a.digits, b.digits) } else { (b.digits, a.digits) };
        let mut sum = vec![7; a.len() + 1];
        add(&mut sum, a, b);
        assert_eq!(number(false, &sum), x.abs() + y.abs());
        let mut difference = vec![7; a.len()];
        subtract(&mut difference, a, b);
        assert_eq!(number(false, &difference), (x.abs() - y.abs()).abs());
    });
}

#[test]
fn products_quotients_and_divisors() {
    pairs(|a, b, x, y| {
        if b.digits.is_empty() || a.digits.is_empty() {
            return;
        }
        let mut product = vec![7; a.digits.len() + b.digits.len()];
        multiply(&mut product, a.digits, b.digits);
        assert_eq!(number(false, &product), x.abs() * y.abs());
        assert_eq!(number(false, &gcd(a.digits, b.digits)), x.gcd(&y));
        let mut quotient = vec![7; a.digits.len()];
        if let [digit] = *b.digits {
            let rest = divide_by_digit(&mut quotient, a.digits, digit);
            assert_eq!((number(false, &quotient), BigInt::from(rest)), x.abs().div_rem(&y.abs()));
            assert_eq!(rest, remainder_by_digit(a.digits, digit));
            let mut in_place = a.digits.to_vec();
            assert_eq!((divide_in_place(&mut in_place, digit), in_place), (rest, quotient));
        } else if a.digits.len() >= b.digits.len() {
            quotient.truncate(a.digits.len() - b.digits.len() + 1);
            let rest = divide(Some(&mut quotient), a.digits, b.digits);
            assert_eq!((number(false, &quotient), number(false, &rest)), x.abs().div_rem(&y.abs()));
        }
    });
}

#[test]
fn long_divisors() {
    let mut numbers = Numbers(0x0123_4567_89AB_CDEF);
    for _ in 0..300 {
        let (a, b) = (numbers.next(90), numbers.next(90));
        let divisor = gcd(&a.digits, &b.digits);
        assert_eq!(number(false, &divisor), a.as_ref().to_big().gcd(&b.as_ref().to_big()));
    }
}

#[test]
fn bits_of_signed_numbers() {
    pairs(|a, b, x, y| {
        let mut out = vec![7; a.digits.len().max(b.digits.len()) + 1];
        let negative = and(&mut out, a, b);
        assert_eq!(number(negative, &out), &x & &y);
        let negative = or(&mut out, a, b);
        assert_eq!(number(negative, &out), &x | &y);
        let negative = xor(&mut out, a, b);
        assert_eq!(number(negative, &out), &x ^ &y);
    });
}

#[test]
fn shifts() {
    pairs(|a, b, x, _| {
        let count = b.digits.first().map_or(0, |digit| digit % 300);
        let mut out = vec![7; a.digits.len() + (count / 64) as usize + 1];
        shift_left(&mut out, a.digits, count);
        assert_eq!(number(a.negative, &out), &x << count);
        let mut out = vec![7; a.digits.len().saturating_sub((count / 64) as usize) + 1];
        shift_right(&mut out, a.digits, count);
        if a.negative && has_bits_below(a.digits, count) {
            assert!(!increment(&mut out));
        }
        assert_eq!(number(a.negative, &out), &x >> count);
    });
}

#[test]
fn narrower_forms() {
    pairs(|a, b, x, y| {
        assert_eq!(a.compare(b), x.cmp(&y));
        assert_eq!(a.bits(), x.bits());
        assert_eq!(a.to_i64(), i64::try_from(&x).ok());
        assert_eq!(a.to_u64(), u64::try_from(&x).ok());
        assert_eq!(a.to_i128(), i128::try_from(&x).ok());
        assert_eq!(a.to_f64(), x.to_string().parse().ok());
    });
    let thousand_bits = BigDigits { negative: false, digits: vec![1; 17] };
    assert_eq!(thousand_bits.as_ref().to_f64(), None);
}
