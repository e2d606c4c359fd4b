//! The C library's functions of complex numbers, with the results of C99's Annex G for infinities, nan and signed zeros.

/// A complex number as C passes it: on the processors that we run on, as two doubles are.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// The real part.
    pub real: f64,
    /// The imaginary part.
    pub imaginary: f64,
}

/// Functions of one number, by C's names for them.
macro_rules! functions {
    ($($name:ident $symbol:literal $doc:literal;)*) => {
        mod symbols {
            use super::Complex;

            unsafe extern "C" {
                $(
                    #[link_name = $symbol]
                    pub safe fn $name(z: Complex) -> Complex;
                )*
            }
        }

        $(
            #[doc = $doc]
            #[must_use]
            pub fn $name(z: Complex) -> Complex {
                symbols::$name(z)
            }
        )*
    };
}

functions! {
    acos "cacos" "The inverse cosine.";
    acosh "cacosh" "The inverse hyperbolic cosine.";
    asin "casin" "The inverse sine.";
    asinh "casinh" "The inverse hyperbolic sine.";
    atan "catan" "The inverse tangent.";
    atanh "catanh" "The inverse hyperbolic tangent.";
    cos "ccos" "The cosine.";
    cosh "ccosh" "The hyperbolic cosine.";
    exp "cexp" "The exponential.";
    log "clog" "The natural logarithm.";
    sin "csin" "The sine.";
    sinh "csinh" "The hyperbolic sine.";
    sqrt "csqrt" "The square root.";
    tan "ctan" "The tangent.";
    tanh "ctanh" "The hyperbolic tangent.";
}

#[cfg(test)]
mod tests {
    use super::{Complex, exp, log, sqrt};

    #[test]
    fn numbers_go_there_and_back() {
        let root = sqrt(Complex { real: -4.0, imaginary: 0.0 });
        assert_eq!(root, Complex { real: 0.0, imaginary: 2.0 });
        let below = sqrt(Complex { real: -4.0, imaginary: -0.0 });
        assert_eq!(
            below,
            Complex { real: 0.0, imaginary: -2.0 },
            "the sign of a zero says on which side of the cut it lies"
        );
    }

    #[test]
    fn infinities_follow_annex_g() {
        let power = exp(Complex { real: f64::NEG_INFINITY, imaginary: f64::INFINITY });
        assert_eq!((power.real.abs(), power.imaginary.abs()), (0.0, 0.0));
        let zero = log(Complex { real: -0.0, imaginary: 0.0 });
        assert_eq!(zero, Complex { real: f64::NEG_INFINITY, imaginary: std::f64::consts::PI });
    }
}
