//! Numbers: `math`, `cmath`, `_random`.

pub mod complex;
pub mod elementary;
pub mod integers;
pub mod random;
pub mod sums;

use vm::modules::NativeModule;
use vm::objects::float_value;
use vm::{R, Ref, Thread};

/// `math`.
pub static MATH: NativeModule = NativeModule {
    name: "math",
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions: &[
        &elementary::ACOS,
        &elementary::ACOSH,
        &elementary::ASIN,
        &elementary::ASINH,
        &elementary::ATAN,
        &elementary::ATAN2,
        &elementary::ATANH,
        &elementary::CBRT,
        &integers::CEIL,
        &elementary::COPYSIGN,
        &elementary::COS,
        &elementary::COSH,
        &elementary::DEGREES,
        &sums::DIST,
        &elementary::ERF,
        &elementary::ERFC,
        &elementary::EXP,
        &elementary::EXP2,
        &elementary::EXPM1,
        &elementary::FABS,
        &integers::FACTORIAL,
        &integers::FLOOR,
        &elementary::FMA,
        &elementary::FMOD,
        &elementary::FREXP,
        &sums::FSUM,
        &elementary::GAMMA,
        &integers::GCD,
        &sums::HYPOT,
        &elementary::ISCLOSE,
        &elementary::ISFINITE,
        &elementary::ISINF,
        &elementary::ISNAN,
        &integers::ISQRT,
        &integers::LCM,
        &elementary::LDEXP,
        &elementary::LGAMMA,
        &elementary::LOG,
        &elementary::LOG1P,
        &elementary::LOG10,
        &elementary::LOG2,
        &elementary::MODF,
        &elementary::POW,
        &elementary::RADIANS,
        &elementary::REMAINDER,
        &elementary::SIN,
        &elementary::SINH,
        &elementary::SQRT,
        &elementary::TAN,
        &elementary::TANH,
        &sums::SUMPROD,
        &integers::TRUNC,
        &sums::PROD,
        &integers::PERM,
        &integers::COMB,
        &elementary::NEXTAFTER,
        &elementary::ULP,
    ],
    classes: &[],
    initialize: add_constants,
};

/// The constants that `math` and `cmath` have.
fn add_constants(t: &Thread, module: Ref<vm::objects::Module>) -> R<()> {
    let constants = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, number) in constants {
        module.add(t, name, float_value(t, number)?)?;
    }
    Ok(())
}
