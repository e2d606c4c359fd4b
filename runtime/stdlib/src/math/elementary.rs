//! Functions of floats in `math`.

use text::math::elementary as pure;
use text::math::elementary::MathError;
use vm::objects::int::sign;
use vm::objects::{Tuple, float_value, int_from_i64, int_of};
use vm::protocols;
use vm::raised::Raised;
use vm::{R, Ref, Thread, Value, native};

#[cold]
pub fn domain_error(t: &Thread) -> Raised {
    t.value_error("math domain error")
}

#[cold]
pub fn range_error(t: &Thread) -> Raised {
    t.overflow_error("math range error")
}

/// A function that is defined everywhere.
macro_rules! total {
    ($($name:ident $signature:literal $function:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $name(t: &Thread, x: f64) -> R {
                let function: fn(f64) -> f64 = $function;
                float_value(t, function(x))
            }
        )*
    };
}

total! {
    asinh "asinh(x, /)" pure::asinh, "Return the inverse hyperbolic sine of x.";
    atan "atan(x, /)" f64::atan, "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.";
    cbrt "cbrt(x, /)" pure::cbrt, "Return the cube root of x.";
    degrees "degrees(x, /)" |x| x * (180.0 / std::f64::consts::PI), "Convert angle x from radians to degrees.";
    erf "erf(x, /)" pure::erf, "Error function at x.";
    erfc "erfc(x, /)" pure::erfc, "Complementary error function at x.";
    fabs "fabs(x, /)" f64::abs, "Return the absolute value of the float x.";
    radians "radians(x, /)" |x| x * (std::f64::consts::PI / 180.0), "Convert angle x from degrees to radians.";
    tanh "tanh(x, /)" f64::tanh, "Return the hyperbolic tangent of x.";
    ulp "ulp(x, /)" pure::ulp, "Return the value of the least significant bit of the float x.";
}

/// A function whose results past the largest float are errors.
macro_rules! overflowing {
    ($($name:ident $signature:literal $function:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $name(t: &Thread, x: f64) -> R {
                let function: fn(f64) -> f64 = $function;
                let result = function(x);
                if result.is_infinite() && x.is_finite() { Err(range_error(t)) } else { float_value(t, result) }
            }
        )*
    };
}

overflowing! {
    cosh "cosh(x, /)" f64::cosh, "Return the hyperbolic cosine of x.";
    exp "exp(x, /)" f64::exp, "Return e raised to the power of x.";
    exp2 "exp2(x, /)" f64::exp2, "Return 2 raised to the power of x.";
    expm1 "expm1(x, /)" f64::exp_m1, "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.";
    sinh "sinh(x, /)" f64::sinh, "Return the hyperbolic sine of x.";
}

/// A function that is defined where a test holds (or for nan).
macro_rules! partial {
    ($($name:ident $signature:literal $function:expr, $test:expr, $expected:literal, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $name(t: &Thread, x: f64) -> R {
                let test: fn(f64) -> bool = $test;
                if !test(x) && !x.is_nan() {
                    return Err(t.value_error(format_args!(concat!("expected ", $expected, ", got {}"), text::floats::repr(x))));
                }
                let function: fn(f64) -> f64 = $function;
                float_value(t, function(x))
            }
        )*
    };
}

partial! {
    acos "acos(x, /)" f64::acos, |x| (-1.0..=1.0).contains(&x), "a number in range from -1 up to 1", "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.";
    acosh "acosh(x, /)" pure::acosh, |x| x >= 1.0, "argument value not less than 1", "Return the inverse hyperbolic cosine of x.";
    asin "asin(x, /)" f64::asin, |x| (-1.0..=1.0).contains(&x), "a number in range from -1 up to 1", "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.";
    atanh "atanh(x, /)" pure::atanh, |x| x > -1.0 && x < 1.0, "a number between -1 and 1", "Return the inverse hyperbolic tangent of x.";
    cos "cos(x, /)" f64::cos, f64::is_finite, "a finite input", "Return the cosine of x (measured in radians).";
    log1p "log1p(x, /)" f64::ln_1p, |x| x > -1.0, "argument value > -1", "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero.";
    sin "sin(x, /)" f64::sin, f64::is_finite, "a finite input", "Return the sine of x (measured in radians).";
    sqrt "sqrt(x, /)" f64::sqrt, |x| x >= 0.0, "a nonnegative input", "Return the square root of x.";
    tan "tan(x, /)" f64::tan, f64::is_finite, "a finite input", "Return the tangent of x (measured in radians).";
}

fn gamma_result(t: &Thread, x: f64, result: Result<f64, MathError>) -> R {
    match result {
        Ok(result) => float_value(t, result),
        Err(MathError::Range) => Err(range_error(t)),
        Err(MathError::Domain) => {
            Err(t.value_error(format_args!("expected a noninteger or positive integer, got {}", text::floats::repr(x))))
        }
    }
}

/// Gamma function at x.
#[native("gamma(x, /)")]
fn gamma(t: &Thread, x: f64) -> R {
    gamma_result(t, x, pure::gamma(x))
}

/// Natural logarithm of absolute value of Gamma function at x.
#[native("lgamma(x, /)")]
fn lgamma(t: &Thread, x: f64) -> R {
    gamma_result(t, x, pure::lgamma(x))
}

fn plain_result(t: &Thread, result: Result<f64, MathError>) -> R {
    match result {
        Ok(result) => float_value(t, result),
        Err(MathError::Domain) => Err(domain_error(t)),
        Err(MathError::Range) => Err(range_error(t)),
    }
}

/// Return the arc tangent (measured in radians) of y/x.
///
/// Unlike atan(y/x), the signs of both x and y are considered.
#[native("atan2(y, x, /)")]
fn atan2(t: &Thread, y: f64, x: f64) -> R {
    float_value(t, y.atan2(x))
}

/// Return a float with the magnitude (absolute value) of x but the sign of y.
///
/// On platforms that support signed zeros, copysign(1.0, -0.0)
/// returns -1.0.
#[native("copysign(x, y, /)")]
fn copysign(t: &Thread, x: f64, y: f64) -> R {
    float_value(t, x.copysign(y))
}

/// Return fmod(x, y), according to platform C.
///
/// x % y may differ.
#[native("fmod(x, y, /)")]
fn fmod(t: &Thread, x: f64, y: f64) -> R {
    plain_result(t, pure::fmod(x, y))
}

/// Difference between x and the closest integer multiple of y.
///
/// Return x - n*y where n*y is the closest integer multiple of y.
/// In the case where x is exactly halfway between two multiples of
/// y, the nearest even value of n is used. The result is always exact.
#[native("remainder(x, y, /)")]
fn remainder(t: &Thread, x: f64, y: f64) -> R {
    plain_result(t, pure::remainder(x, y))
}

/// Fused multiply-add operation.
///
/// Compute (x * y) + z with a single round.
#[native("fma(x, y, z, /)")]
fn fma(t: &Thread, x: f64, y: f64, z: f64) -> R {
    let result = x.mul_add(y, z);
    if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(t.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(t.overflow_error("overflow in fma"));
    }
    float_value(t, result)
}

/// Return x**y (x to the power of y).
#[native("pow(x, y, /)")]
fn pow(t: &Thread, x: f64, y: f64) -> R {
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() || (result.is_infinite() && x == 0.0) {
            return Err(domain_error(t));
        }
        if result.is_infinite() {
            return Err(range_error(t));
        }
    }
    float_value(t, result)
}

/// Return the mantissa and exponent of x, as pair (m, e).
///
/// m is a float and e is an int, such that x = m * 2.**e.
/// If x is 0, m and e are both 0.  Else 0.5 <= abs(m) < 1.0.
#[native("frexp(x, /)")]
fn frexp(t: &Thread, x: f64) -> R<Ref<Tuple>> {
    let (mantissa, exponent) = pure::frexp(x);
    Tuple::from_slice(t, &[float_value(t, mantissa)?, Value::small(exponent)])
}

/// Return x * (2**i).
///
/// This is essentially the inverse of frexp().
#[native("ldexp(x, i, /)")]
fn ldexp(t: &Thread, x: f64, exponent: Value) -> R {
    let Some(exponent) = int_of(exponent) else {
        return Err(t.type_error("Expected an int as second argument to ldexp."));
    };
    let exponent = exponent.to_i64().unwrap_or(if exponent.is_negative() { i64::MIN } else { i64::MAX });
    plain_result(t, pure::ldexp(x, exponent))
}

/// Return the fractional and integer parts of x.
///
/// Both results carry the sign of x and are floats.
#[native("modf(x, /)")]
fn modf(t: &Thread, x: f64) -> R<Ref<Tuple>> {
    let (fraction, whole) = pure::modf(x);
    Tuple::from_slice(t, &[float_value(t, fraction)?, float_value(t, whole)?])
}

/// Return True if x is a positive or negative infinity, and False otherwise.
#[native("isinf(x, /)")]
fn isinf(_: &Thread, x: f64) -> bool {
    x.is_infinite()
}

/// Return True if x is a NaN (not a number), and False otherwise.
#[native("isnan(x, /)")]
fn isnan(_: &Thread, x: f64) -> bool {
    x.is_nan()
}

/// Return True if x is neither an infinity nor a NaN, and False otherwise.
#[native("isfinite(x, /)")]
fn isfinite(_: &Thread, x: f64) -> bool {
    x.is_finite()
}

/// Determine whether two floating-point numbers are close in value.
///
///   rel_tol
///     maximum difference for being considered "close", relative to the
///     magnitude of the input values
///   abs_tol
///     maximum difference for being considered "close", regardless of the
///     magnitude of the input values
///
/// Return True if a is close in value to b, and False otherwise.
///
/// For the values to be considered close, the difference between them
/// must be smaller than at least one of the tolerances.
///
/// -inf, inf and NaN behave similarly to the IEEE 754 Standard.  That
/// is, NaN is not close to anything, even itself.  inf and -inf are
/// only close to themselves.
#[native("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
fn isclose(t: &Thread, a: f64, b: f64, relative: f64, absolute: f64) -> R<bool> {
    let tolerances = Tolerances::new(t, relative, absolute)?;
    let endless = a.is_infinite() || b.is_infinite();
    Ok(a == b || !endless && tolerances.allow((b - a).abs(), [a.abs(), b.abs()]))
}

/// What `isclose` takes for close.
pub struct Tolerances {
    relative: f64,
    absolute: f64,
}

impl Tolerances {
    /// ValueError if one is negative.
    pub fn new(t: &Thread, relative: f64, absolute: f64) -> R<Self> {
        if relative < 0.0 || absolute < 0.0 {
            return Err(t.value_error("tolerances must be non-negative"));
        }
        Ok(Self { relative, absolute })
    }

    /// Whether so much of a difference is little for two numbers of these sizes.
    pub fn allow(&self, difference: f64, sizes: [f64; 2]) -> bool {
        sizes.iter().any(|size| difference <= self.relative * size) || difference <= self.absolute
    }
}

/// Return the floating-point value the given number of steps after x towards y.
///
/// If steps is not specified or is None, it defaults to 1.
#[native("nextafter(x, y, /, *, steps=None)")]
fn nextafter(t: &Thread, x: f64, y: f64, steps: Option<Value>) -> R {
    let Some(steps) = steps.filter(|steps| !steps.is_none()) else {
        let next = pure::nextafter(x, y, 1);
        // C's function leaves the negative numbers with a negative zero; so many steps get where they are to go.
        return float_value(t, if next == 0.0 && x != y { next.copysign(x) } else { next });
    };
    let steps = protocols::index_number(t, steps)?;
    if steps.is_negative() {
        return Err(t.value_error("steps must be a non-negative integer"));
    }
    let steps = vm::objects::int_arithmetic::to_u64(steps).unwrap_or(u64::MAX);
    float_value(t, pure::nextafter(x, y, steps))
}

/// A logarithm of a value: ints of any size are taken exactly.
fn logarithm(t: &Thread, value: Value, float: fn(f64) -> f64, big: fn(&num_bigint::BigInt) -> f64) -> R<f64> {
    if let Some(int) = int_of(value) {
        if sign(int) <= 0 {
            return Err(t.value_error("expected a positive input"));
        }
        return Ok(match int.to_f64() {
            Some(number) => float(number),
            None => big(&vm::objects::int::to_big(int)),
        });
    }
    let number = protocols::float_of(t, value)?;
    if number > 0.0 || number.is_nan() {
        return Ok(float(number));
    }
    Err(t.value_error(format_args!("expected a positive input, got {}", text::floats::repr(number))))
}

/// log(x, [base=math.e])
/// Return the logarithm of x to the given base.
///
/// If the base is not specified, returns the natural logarithm (base e) of x.
#[native("log", raw)]
fn log(t: &Thread, args: vm::Args<'_>) -> R {
    args.no_keywords(t, "math.log")?;
    let (value, base) = match args.values {
        [value] => (*value, None),
        [value, base] => (*value, Some(*base)),
        values => return Err(protocols::argument_count_error(t, "log", 1, 2, values.len())),
    };
    let numerator = logarithm(t, value, f64::ln, pure::log_big)?;
    let Some(base) = base else { return float_value(t, numerator) };
    let denominator = logarithm(t, base, f64::ln, pure::log_big)?;
    if denominator == 0.0 {
        return Err(t.zero_division_error("division by zero"));
    }
    float_value(t, numerator / denominator)
}

/// Return the base 2 logarithm of x.
#[native("log2(x, /)")]
fn log2(t: &Thread, x: Value) -> R<f64> {
    logarithm(t, x, f64::log2, pure::log2_big)
}

/// Return the base 10 logarithm of x.
#[native("log10(x, /)")]
fn log10(t: &Thread, x: Value) -> R<f64> {
    logarithm(t, x, f64::log10, pure::log10_big)
}

/// The int of a small count.
pub fn count(t: &Thread, count: i64) -> R {
    int_from_i64(t, count)
}
