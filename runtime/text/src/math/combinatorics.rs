//! Exact functions of integers: factorial, binomials, roots, divisors; no unsafe.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::One;

/// The product of a range of integers, by halves so that factors stay alike in length.
fn product(from: u64, to: u64) -> BigUint {
    if to - from < 16 {
        let mut result = BigUint::one();
        let mut small = 1u64;
        for factor in from..to {
            match small.checked_mul(factor) {
                Some(grown) => small = grown,
                None => {
                    result *= small;
                    small = factor;
                }
            }
        }
        return result * small;
    }
    let middle = from + (to - from) / 2;
    product(from, middle) * product(middle, to)
}

/// The product of the odd numbers in a range from an odd number on.
fn odd_product(from: u64, to: u64) -> BigUint {
    let count = (to.saturating_sub(from)).div_ceil(2);
    if count <= 16 {
        let odds = (0..count).map(|i| from + 2 * i);
        return odds.fold(BigUint::one(), |product, odd| product * odd);
    }
    let middle = from + count / 2 * 2;
    odd_product(from, middle) * odd_product(middle, to)
}

pub fn factorial(n: u64) -> BigUint {
    if n <= 20 {
        return (1..=n).product::<u64>().into();
    }
    // n! is a power of two times, for each halving of n, the product of the odd numbers up to it.
    let (mut odd, mut result) = (BigUint::one(), BigUint::one());
    for shift in (0..64 - n.leading_zeros()).rev() {
        let (top, before) = (n >> shift, n >> shift >> 1);
        let first = (before + 1) | 1;
        odd *= odd_product(first, top + 1);
        result *= &odd;
    }
    result << (n - u64::from(n.count_ones()))
}

/// The number of ordered choices of `k` out of `n`.
pub fn perm(n: &BigUint, k: u64) -> BigUint {
    match u64::try_from(n) {
        Ok(small) if k > small => BigUint::ZERO,
        Ok(small) if small < u64::MAX => product(small - k + 1, small + 1),
        _ => {
            let mut factor = n.clone();
            let mut result = BigUint::one();
            for _ in 0..k {
                result *= &factor;
                factor -= 1u32;
            }
            result
        }
    }
}

/// The number of choices of `k` out of `n`; the caller takes the smaller of `k` and `n - k`.
pub fn comb(n: &BigUint, k: u64) -> BigUint {
    if let Ok(small) = u64::try_from(n) {
        if k > small {
            return BigUint::ZERO;
        }
        if let Some(result) = small_comb(small, k) {
            return result.into();
        }
    }
    if k == 0 {
        return BigUint::one();
    }
    if k < 8 {
        return perm(n, k) / factorial(k);
    }
    // C(n, k) = C(n, j) * C(n - j, k - j) / C(k, j), which keeps the intermediate numbers short.
    let j = k / 2;
    comb(n, j) * comb(&(n - j), k - j) / comb(&k.into(), j.min(k - j))
}

/// The result if it and all on the way fits a word.
fn small_comb(n: u64, k: u64) -> Option<u64> {
    let mut result = 1u128;
    for i in 0..k {
        result = result * u128::from(n - i) / u128::from(i + 1);
        if result > u128::from(u64::MAX) {
            return None;
        }
    }
    u64::try_from(result).ok()
}

/// The integer part of the square root.
pub fn isqrt(n: &BigUint) -> BigUint {
    n.sqrt()
}

/// The integer part of the square root of a small integer.
pub fn isqrt_u64(n: u64) -> u64 {
    n.isqrt()
}

pub fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    a.gcd(b)
}

pub fn gcd_u64(a: u64, b: u64) -> u64 {
    a.gcd(&b)
}

pub fn lcm(a: &BigInt, b: &BigInt) -> BigInt {
    a.lcm(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_and_choices() {
        let mut expected = BigUint::one();
        for n in 1..300u64 {
            expected *= n;
            assert_eq!(factorial(n), expected, "{n}");
        }
        let row = |n: u64| (0..=n).map(|k| comb(&n.into(), k.min(n - k))).collect::<Vec<_>>();
        for n in [1, 5, 60, 67, 68, 130] {
            assert_eq!(row(n).iter().sum::<BigUint>(), BigUint::one() << n, "{n}");
        }
        assert_eq!(comb(&1000u32.into(), 3), BigUint::from(166167000u32));
        assert_eq!(comb(&3u32.into(), 4), BigUint::ZERO);
        assert_eq!(perm(&10u32.into(), 3), BigUint::from(720u32));
        let huge = BigUint::from(u64::MAX) + 1u32;
        assert_eq!(comb(&huge, 2), &huge * (&huge - 1u32) / 2u32);
        assert_eq!(isqrt(&(&huge * &huge - 1u32)), &huge - 1u32);
    }
}
