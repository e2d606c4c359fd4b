//! `cmath`: functions of complex numbers.

use host::complex as pure;
use vm::modules::NativeModule;
use vm::objects::complex::Complex;
use vm::objects::{Tuple, complex_value, float_value};
use vm::{R, Ref, Thread, Value, native};

use super::elementary::{Tolerances, domain_error, range_error};

fn computed(function: fn(pure::Complex) -> pure::Complex, z: Complex) -> Complex {
    let result = function(pure::Complex { real: z.real, imaginary: z.imaginary });
    Complex { real: result.real, imaginary: result.imaginary }
}

/// Where C's function is invalid, and raises a flag: an error here.
type IsInvalid = fn(Complex) -> bool;

/// A function of one number. A finite number whose result is not is out of range.
fn apply(t: &Thread, z: Complex, function: fn(pure::Complex) -> pure::Complex, is_invalid: IsInvalid) -> R {
    if is_invalid(z) {
        return Err(domain_error(t));
    }
    let result = computed(function, z);
    if z.is_finite() && !result.is_finite() {
        return Err(range_error(t));
    }
    complex_value(t, result)
}

fn nowhere(_: Complex) -> bool {
    false
}

fn at_zero(z: Complex) -> bool {
    z.real == 0.0 && z.imaginary == 0.0
}

/// Functions with their invalid arguments.
macro_rules! functions {
    ($($name:ident $signature:literal $function:expr, $invalid:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $name(t: &Thread, z: Complex) -> R {
                apply(t, z, $function, $invalid)
            }
        )*
    };
}

functions! {
    acos "acos(z, /)" pure::acos, nowhere, "Return the arc cosine of z.";
    acosh "acosh(z, /)" pure::acosh, nowhere, "Return the inverse hyperbolic cosine of z.";
    asin "asin(z, /)" pure::asin, nowhere, "Return the arc sine of z.";
    asinh "asinh(z, /)" pure::asinh, nowhere, "Return the inverse hyperbolic sine of z.";
    atan "atan(z, /)" pure::atan, |z| z.real == 0.0 && z.imaginary.abs() == 1.0, "Return the arc tangent of z.";
    atanh "atanh(z, /)" pure::atanh, |z| z.imaginary == 0.0 && z.real.abs() == 1.0, "Return the inverse hyperbolic tangent of z.";
    cos "cos(z, /)" pure::cos, |z| z.real.is_infinite() && !z.imaginary.is_nan(), "Return the cosine of z.";
    cosh "cosh(z, /)" pure::cosh, |z| z.imaginary.is_infinite() && !z.real.is_nan(), "Return the hyperbolic cosine of z.";
    exp "exp(z, /)" pure::exp, |z| z.imaginary.is_infinite() && (z.real.is_finite() || z.real == f64::INFINITY), "Return the exponential value e**z.";
    sin "sin(z, /)" pure::sin, |z| z.real.is_infinite() && !z.imaginary.is_nan(), "Return the sine of z.";
    sinh "sinh(z, /)" pure::sinh, |z| z.imaginary.is_infinite() && !z.real.is_nan(), "Return the hyperbolic sine of z.";
    sqrt "sqrt(z, /)" pure::sqrt, nowhere, "Return the square root of z.";
    tan "tan(z, /)" pure::tan, |z| z.real.is_infinite() && z.imaginary.is_finite(), "Return the tangent of z.";
    tanh "tanh(z, /)" pure::tanh, |z| z.imaginary.is_infinite() && z.real.is_finite(), "Return the hyperbolic tangent of z.";
    log10 "log10(z, /)" |z| {
        let natural = pure::log(z);
        pure::Complex { real: natural.real / std::f64::consts::LN_10, imaginary: natural.imaginary / std::f64::consts::LN_10 }
    }, at_zero, "Return the base-10 logarithm of z.";
}

/// log(z[, base]) -> the logarithm of z to the given base.
///
/// If the base is not specified, returns the natural logarithm (base e) of z.
#[native("log(z, base=<unrepresentable>, /)")]
fn log(t: &Thread, z: Complex, base: Option<Value>) -> R {
    let base = base.map(|base| vm::protocols::complex_of(t, base)).transpose()?;
    if at_zero(z) || base.is_some_and(at_zero) {
        return Err(domain_error(t));
    }
    let logarithm = computed(pure::log, z);
    let Some(base) = base else { return complex_value(t, logarithm) };
    match logarithm.div(computed(pure::log, base)) {
        Some(quotient) => complex_value(t, quotient),
        None => Err(domain_error(t)),
    }
}

/// Return argument, also known as the phase angle, of a complex.
#[native("phase(z, /)")]
fn phase(_: &Thread, z: Complex) -> f64 {
    z.imaginary.atan2(z.real)
}

/// Convert a complex from rectangular coordinates to polar coordinates.
///
/// r is the distance from 0 and phi the phase angle.
#[native("polar(z, /)")]
fn polar(t: &Thread, z: Complex) -> R<Ref<Tuple>> {
    let distance = z.real.hypot(z.imaginary);
    if distance.is_infinite() && z.is_finite() {
        return Err(range_error(t));
    }
    Tuple::from_slice(t, &[float_value(t, distance)?, float_value(t, z.imaginary.atan2(z.real))?])
}

/// Convert from polar coordinates to rectangular coordinates.
#[native("rect(r, phi, /)")]
fn rect(t: &Thread, r: f64, phi: f64) -> R {
    if phi.is_infinite() && r != 0.0 && !r.is_nan() {
        return Err(domain_error(t));
    }
    let number = if phi == 0.0 {
        Complex { real: r, imaginary: if r.is_nan() { 0.0 } else { phi * r.signum() } }
    } else if phi.is_finite() {
        Complex { real: r * phi.cos(), imaginary: r * phi.sin() }
    } else if r == 0.0 {
        // In no direction that one could tell.
        Complex { real: 0.0, imaginary: 0.0 }
    } else {
        Complex { real: if r.is_infinite() { f64::INFINITY } else { f64::NAN }, imaginary: f64::NAN }
    };
    complex_value(t, number)
}

/// Checks if the real or imaginary part of z is infinite.
#[native("isinf(z, /)")]
fn isinf(_: &Thread, z: Complex) -> bool {
    has_infinity(z)
}

fn has_infinity(z: Complex) -> bool {
    z.real.is_infinite() || z.imaginary.is_infinite()
}

/// Checks if the real or imaginary part of z not a number (NaN).
#[native("isnan(z, /)")]
fn isnan(_: &Thread, z: Complex) -> bool {
    z.real.is_nan() || z.imaginary.is_nan()
}

/// Return True if both the real and imaginary parts of z are finite, else False.
#[native("isfinite(z, /)")]
fn isfinite(_: &Thread, z: Complex) -> bool {
    z.is_finite()
}

/// Determine whether two complex numbers are close in value.
///
///   rel_tol
///     maximum difference for being considered "close", relative to the
///     magnitude of the input values
///   abs_tol
///     maximum difference for being considered "close", regardless of the
///     magnitude of the input values
///
/// Return True if a is close in value to b, and False otherwise. Infinities
/// are close to themselves only, and NaN to nothing.
#[native("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
fn isclose(t: &Thread, a: Complex, b: Complex, relative: f64, absolute: f64) -> R<bool> {
    let size = |z: Complex| z.real.hypot(z.imaginary);
    let tolerances = Tolerances::new(t, relative, absolute)?;
    let endless = has_infinity(a) || has_infinity(b);
    Ok(a == b || !endless && tolerances.allow(size(a.sub(b)), [a, b].map(size)))
}

/// `cmath`.
pub static CMATH: NativeModule = NativeModule {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: &[
        &ACOS, &ACOSH, &ASIN, &ASINH, &ATAN, &ATANH, &COS, &COSH, &EXP, &ISCLOSE, &ISFINITE, &ISINF, &ISNAN, &LOG,
        &LOG10, &PHASE, &POLAR, &RECT, &SIN, &SINH, &SQRT, &TAN, &TANH,
    ],
    classes: &[],
    initialize: add_constants,
};

fn add_constants(t: &Thread, module: Ref<vm::objects::Module>) -> R<()> {
    super::add_constants(t, module)?;
    for (name, imaginary) in [("infj", f64::INFINITY), ("nanj", f64::NAN)] {
        module.add(t, name, complex_value(t, Complex { real: 0.0, imaginary })?)?;
    }
    Ok(())
}
