//! Functions of ints in `math`.

use num_bigint::{BigInt, BigUint};
use text::math::combinatorics as pure;
use vm::names::Special;
use vm::objects::int::{int_from_big, sign, to_big};
use vm::objects::int_arithmetic::{gcd as gcd_of, to_u64};
use vm::objects::{Tuple, int_arithmetic, int_of};
use vm::protocols::{self, call_special};
use vm::{R, Ref, Thread, Value, native};

fn unsigned(t: &Thread, number: BigUint) -> R {
    int_from_big(t, BigInt::from(number))
}

fn rounded(t: &Thread, value: Value, special: Special, round: fn(f64) -> f64) -> R {
    if value.class(t) != t.classes().float
        && let Some(method) = value.class(t).special(t, special)
    {
        return call_special(t, method, value, &[]);
    }
    let number = protocols::float_of(t, value)?;
    vm::builtins::float::truncated(t, round(number))
}

/// Return the ceiling of x as an Integral.
///
/// This is the smallest integer >= x.
#[native("ceil(x, /)")]
fn ceil(t: &Thread, x: Value) -> R {
    rounded(t, x, Special::Ceil, f64::ceil)
}

/// Return the floor of x as an Integral.
///
/// This is the largest integer <= x.
#[native("floor(x, /)")]
fn floor(t: &Thread, x: Value) -> R {
    rounded(t, x, Special::Floor, f64::floor)
}

/// Truncates the Real x to the nearest Integral toward 0.
///
/// Uses the __trunc__ magic method.
#[native("trunc(x, /)")]
fn trunc(t: &Thread, x: Value) -> R {
    match x.class(t).special(t, Special::Trunc) {
        Some(method) => call_special(t, method, x, &[]),
        None => Err(t.type_error(format_args!("type {} doesn't define __trunc__ method", x.class(t).name()))),
    }
}

/// Work on numbers of this many bits is done in a blocking region.
const LONG: u64 = 1 << 14;

/// Return n factorial.
#[native("factorial(n, /)")]
fn factorial(t: &Thread, n: Value) -> R {
    let number = protocols::index_number(t, n)?;
    if sign(number) < 0 {
        return Err(t.value_error("factorial() not defined for negative values"));
    }
    let Some(number) = number.to_i64() else {
        return Err(t.overflow_error(format_args!("factorial() argument should not exceed {}", i64::MAX)));
    };
    let bits = (number as f64 * (number as f64).max(2.0).log2()) as u64;
    int_arithmetic_check(t, bits)?;
    let result = t.blocking_if(bits > LONG, || pure::factorial(number as u64));
    unsigned(t, result)
}

fn int_arithmetic_check(t: &Thread, bits: u64) -> R<()> {
    vm::objects::int::check_bits(t, bits)
}

/// Return the integer part of the square root of the input.
#[native("isqrt(n, /)")]
fn isqrt(t: &Thread, n: Value) -> R {
    let number = protocols::index_number(t, n)?;
    if sign(number) < 0 {
        return Err(t.value_error("isqrt() argument must be nonnegative"));
    }
    int_arithmetic::isqrt(t, number)
}

fn reduce(t: &Thread, integers: Ref<Tuple>, start: i32, join: fn(&Thread, Value, Value) -> R) -> R {
    let mut result = Value::small(start);
    for &integer in integers.as_slice() {
        let integer = protocols::index(t, integer)?;
        result = join(t, result, integer)?;
    }
    Ok(result)
}

fn join_gcd(t: &Thread, a: Value, b: Value) -> R {
    match (int_of(a), int_of(b)) {
        (Some(a), Some(b)) => gcd_of(t, a, b),
        _ => Ok(a),
    }
}

fn join_lcm(t: &Thread, a: Value, b: Value) -> R {
    match (int_of(a), int_of(b)) {
        (Some(a), Some(b)) => int_from_big(t, pure::lcm(&to_big(a), &to_big(b))),
        _ => Ok(a),
    }
}

/// Greatest Common Divisor.
#[native("gcd(*integers)")]
fn gcd(t: &Thread, integers: Ref<Tuple>) -> R {
    reduce(t, integers, 0, join_gcd)
}

/// Least Common Multiple.
#[native("lcm(*integers)")]
fn lcm(t: &Thread, integers: Ref<Tuple>) -> R {
    reduce(t, integers, 1, join_lcm)
}

/// Number of ways to choose k items from n items without repetition and with order.
///
/// Evaluates to n! / (n - k)! when k <= n and evaluates
/// to zero when k > n.
///
/// If k is not specified or is None, then k defaults to n
/// and the function returns n!.
///
/// Raises ValueError if either of the arguments are negative.
#[native("perm(n, k=None, /)")]
fn perm(t: &Thread, n: Value, k: Option<Value>) -> R {
    let Some(k) = k.filter(|k| !k.is_none()) else { return factorial(t, n) };
    let (n, k) = (protocols::index_number(t, n)?, protocols::index_number(t, k)?);
    if sign(n) < 0 {
        return Err(t.value_error("n must be a non-negative integer"));
    }
    if sign(k) < 0 {
        return Err(t.value_error("k must be a non-negative integer"));
    }
    if vm::objects::int::int_compare(n, k).is_lt() {
        return Ok(Value::small(0));
    }
    let Some(count) = to_u64(k).filter(|&k| i64::try_from(k).is_ok()) else {
        return Err(t.overflow_error(format_args!("k must not exceed {}", i64::MAX)));
    };
    let n = to_big(n);
    int_arithmetic_check(t, n.bits().saturating_mul(count))?;
    unsigned(t, t.blocking(|| pure::perm(n.magnitude(), count)))
}

/// Number of ways to choose k items from n items without repetition and without order.
///
/// Evaluates to n! / (k! * (n - k)!) when k <= n and evaluates
/// to zero when k > n.
///
/// Also called the binomial coefficient because it is equivalent
/// to the coefficient of k-th term in polynomial expansion of the
/// expression (1 + x)**n.
///
/// Raises TypeError if either of the arguments are not integers.
/// Raises ValueError if either of the arguments are negative.
#[native("comb(n, k, /)")]
fn comb(t: &Thread, n: Value, k: Value) -> R {
    let (n, k) = (protocols::index_number(t, n)?, protocols::index_number(t, k)?);
    if sign(n) < 0 {
        return Err(t.value_error("n must be a non-negative integer"));
    }
    if sign(k) < 0 {
        return Err(t.value_error("k must be a non-negative integer"));
    }
    if vm::objects::int::int_compare(n, k).is_lt() {
        return Ok(Value::small(0));
    }
    let (n, k) = (to_big(n), to_big(k));
    let other = &n - &k;
    let least = if other < k { &other } else { &k };
    let count = num_traits::ToPrimitive::to_i64(least);
    let Some(count) = count else {
        return Err(t.overflow_error(format_args!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    int_arithmetic_check(t, n.bits().saturating_mul(count as u64))?;
    unsigned(t, t.blocking(|| pure::comb(n.magnitude(), count as u64)))
}
