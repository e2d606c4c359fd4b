//! Complex numbers in the heap, instances of Python subclasses included.
//!
//! Invariant: both parts are written before the object is published and never again.

use sync::atomic::{AtomicU64, Ordering};

use crate::heap_object;
use crate::object::Ref;
use crate::objects::Class;
use crate::objects::float::float_hash;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A complex number.
    pub struct ComplexObject {
        real: AtomicU64,
        imaginary: AtomicU64,
    }
    trace {}
}

/// Real and imaginary part.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Complex {
    pub real: f64,
    pub imaginary: f64,
}

impl ComplexObject {
    /// The number.
    #[must_use]
    pub fn number(&self) -> Complex {
        let part = |part: &AtomicU64| f64::from_bits(part.load(Ordering::Relaxed));
        Complex { real: part(&self.real), imaginary: part(&self.imaginary) }
    }
}

/// The complex number of these parts.
pub fn complex_value(t: &Thread, number: Complex) -> R {
    complex_instance(t, t.classes().complex, number)
}

/// An instance of `complex` or of a class derived from it.
pub fn complex_instance(t: &Thread, class: Ref<Class>, number: Complex) -> R {
    let fresh = t.allocate::<ComplexObject>(class)?;
    fresh.get().real.store(number.real.to_bits(), Ordering::Relaxed);
    fresh.get().imaginary.store(number.imaginary.to_bits(), Ordering::Relaxed);
    Ok(t.publish_instance(fresh, class).value())
}

/// The number of a complex, subclasses included.
#[inline]
#[must_use]
pub fn exact_complex(value: Value) -> Option<Complex> {
    Some(value.downcast::<ComplexObject>()?.number())
}

/// The hash from those of the parts.
#[must_use]
pub fn combine_hashes(real: i64, imaginary: i64) -> i64 {
    let hash = real.wrapping_add(imaginary.wrapping_mul(1_000_003));
    if hash == -1 { -2 } else { hash }
}

/// The hash of a complex number whose parts are not nan.
#[must_use]
pub fn complex_hash(number: Complex) -> i64 {
    combine_hashes(float_hash(number.real), float_hash(number.imaginary))
}

#[allow(
    clippy::should_implement_trait,
    reason = "C's rules for infinities differ from those that the operators' readers expect"
)]
impl Complex {
    /// A real number.
    #[must_use]
    pub fn of_real(real: f64) -> Self {
        Self { real, imaginary: 0.0 }
    }

    /// The sum.
    #[must_use]
    pub fn add(self, other: Self) -> Self {
        Self { real: self.real + other.real, imaginary: self.imaginary + other.imaginary }
    }

    /// The difference.
    #[must_use]
    pub fn sub(self, other: Self) -> Self {
        Self { real: self.real - other.real, imaginary: self.imaginary - other.imaginary }
    }

    /// The product, with the infinities of C's annex G recovered.
    #[must_use]
    pub fn mul(self, other: Self) -> Self {
        let (mut a, mut b, mut c, mut d) = (self.real, self.imaginary, other.real, other.imaginary);
        let product = Self { real: a * c - b * d, imaginary: a * d + b * c };
        if !product.real.is_nan() || !product.imaginary.is_nan() {
            return product;
        }
        let finite = |x: f64| if x.is_nan() { 0.0_f64.copysign(x) } else { x };
        let unit = |x: f64| if x.is_infinite() { 1.0_f64.copysign(x) } else { 0.0_f64.copysign(x) };
        let mut recalculate = false;
        if a.is_infinite() || b.is_infinite() {
            (a, b, c, d) = (unit(a), unit(b), finite(c), finite(d));
            recalculate = true;
        }
        if c.is_infinite() || d.is_infinite() {
            (a, b, c, d) = (finite(a), finite(b), unit(c), unit(d));
            recalculate = true;
        }
        let overflow = [
            self.real * other.real,
            self.imaginary * other.imaginary,
            self.real * other.imaginary,
            self.imaginary * other.real,
        ];
        if !recalculate && overflow.iter().any(|x| x.is_infinite()) {
            (a, b, c, d) = (finite(a), finite(b), finite(c), finite(d));
            recalculate = true;
        }
        if recalculate {
            let infinity = f64::INFINITY;
            return Self { real: infinity * (a * c - b * d), imaginary: infinity * (a * d + b * c) };
        }
        product
    }

    /// The quotient, or nothing for a zero divisor: scaled by the divisor's larger part.
    #[must_use]
    pub fn div(self, other: Self) -> Option<Self> {
        let (a, b) = (self, other);
        let (abs_real, abs_imaginary) = (b.real.abs(), b.imaginary.abs());
        let quotient = if abs_real >= abs_imaginary {
            if abs_real == 0.0 {
                return None;
            }
            let ratio = b.imaginary / b.real;
            let denominator = b.real + b.imaginary * ratio;
            Self {
                real: (a.real + a.imaginary * ratio) / denominator,
                imaginary: (a.imaginary - a.real * ratio) / denominator,
            }
        } else if abs_imaginary >= abs_real {
            let ratio = b.real / b.imaginary;
            let denominator = b.real * ratio + b.imaginary;
            Self {
                real: (a.real * ratio + a.imaginary) / denominator,
                imaginary: (a.imaginary * ratio - a.real) / denominator,
            }
        } else {
            Self { real: f64::NAN, imaginary: f64::NAN }
        };
        Some(quotient.recover_division(a, b))
    }

    /// Infinities and zeros that the plain quotient lost to nan.
    fn recover_division(self, a: Self, b: Self) -> Self {
        if !self.real.is_nan() || !self.imaginary.is_nan() {
            return self;
        }
        let unit = |x: f64| if x.is_infinite() { 1.0_f64.copysign(x) } else { 0.0_f64.copysign(x) };
        if (a.real.is_infinite() || a.imaginary.is_infinite()) && b.real.is_finite() && b.imaginary.is_finite() {
            let (x, y) = (unit(a.real), unit(a.imaginary));
            let infinity = f64::INFINITY;
            return Self {
                real: infinity * (x * b.real + y * b.imaginary),
                imaginary: infinity * (y * b.real - x * b.imaginary),
            };
        }
        if (b.real.is_infinite() || b.imaginary.is_infinite()) && a.real.is_finite() && a.imaginary.is_finite() {
            let (x, y) = (unit(b.real), unit(b.imaginary));
            return Self {
                real: 0.0 * (a.real * x + a.imaginary * y),
                imaginary: 0.0 * (a.imaginary * x - a.real * y),
            };
        }
        self
    }

    /// The negative.
    #[must_use]
    pub fn neg(self) -> Self {
        Self { real: -self.real, imaginary: -self.imaginary }
    }

    /// The power with a whole exponent, by squaring; nothing for zero to a negative power.
    #[must_use]
    pub fn power_int(self, exponent: i64) -> Option<Self> {
        let mut result = Self::of_real(1.0);
        let (mut base, mut rest) = (self, exponent.unsigned_abs());
        while rest > 0 {
            if rest & 1 == 1 {
                result = result.mul(base);
            }
            rest >>= 1;
            if rest > 0 {
                base = base.mul(base);
            }
        }
        if exponent < 0 { Self::of_real(1.0).div(result) } else { Some(result) }
    }

    /// The power; nothing for zero to a negative or complex power.
    #[must_use]
    pub fn power(self, exponent: Self) -> Option<Self> {
        if exponent.real == 0.0 && exponent.imaginary == 0.0 {
            return Some(Self::of_real(1.0));
        }
        if self.real == 0.0 && self.imaginary == 0.0 {
            return if exponent.imaginary != 0.0 || exponent.real < 0.0 { None } else { Some(Self::of_real(0.0)) };
        }
        let absolute = self.real.hypot(self.imaginary);
        let angle = self.imaginary.atan2(self.real);
        let mut length = absolute.powf(exponent.real);
        let mut phase = angle * exponent.real;
        if exponent.imaginary != 0.0 {
            length *= (-angle * exponent.imaginary).exp();
            phase += exponent.imaginary * absolute.ln();
        }
        Some(Self { real: length * phase.cos(), imaginary: length * phase.sin() })
    }

    /// Whether both parts are finite.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.real.is_finite() && self.imaginary.is_finite()
    }
}
