//! Sums of floats without rounding on the way: `fsum`, `sum`, `sumprod`, `hypot`, `dist`; no unsafe.

/// Why a sum has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumError {
    /// `ValueError: -inf + inf in fsum`.
    OppositeInfinities,
    /// `OverflowError: intermediate overflow in fsum`.
    Overflow,
}

impl SumError {
    pub fn message(self) -> &'static str {
        match self {
            SumError::OppositeInfinities => "-inf + inf in fsum",
            SumError::Overflow => "intermediate overflow in fsum",
        }
    }
}

/// The sum of two floats and what rounding took from it.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// The product of two floats and what rounding took from it.
#[inline]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// An exact sum, as floats that do not overlap, in growing order.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    partials: Vec<f64>,
    /// The sum of infinities and nans among the summands.
    special: f64,
    infinities: f64,
    has_special: bool,
}

impl ExactSum {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, value: f64) -> Result<(), SumError> {
        let mut x = value;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let (sum, error) = two_sum(x, self.partials[i]);
            if error != 0.0 {
                self.partials[kept] = error;
                kept += 1;
            }
            x = sum;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            self.partials.push(x);
            return Ok(());
        }
        if value.is_finite() {
            return Err(SumError::Overflow);
        }
        if value.is_infinite() {
            self.infinities += value;
        }
        self.special += value;
        self.has_special = true;
        self.partials.clear();
        Ok(())
    }

    /// The sum, rounded once.
    pub fn finish(&self) -> Result<f64, SumError> {
        if self.has_special {
            return if self.infinities.is_nan() { Err(SumError::OppositeInfinities) } else { Ok(self.special) };
        }
        let Some((&last, rest)) = self.partials.split_last() else { return Ok(0.0) };
        let (mut high, mut low, mut left) = (last, 0.0, rest.len());
        while left > 0 {
            left -= 1;
            let (sum, error) = two_sum(high, rest[left]);
            (high, low) = (sum, error);
            if low != 0.0 {
                break;
            }
        }
        // Half-way cases round to even only if nothing lies beyond the half.
        if left > 0 && (low < 0.0 && rest[left - 1] < 0.0 || low > 0.0 && rest[left - 1] > 0.0) {
            let doubled = low * 2.0;
            let sum = high + doubled;
            if doubled == sum - high {
                high = sum;
            }
        }
        Ok(high)
    }
}

/// `math.fsum`.
pub fn fsum(values: impl IntoIterator<Item = f64>) -> Result<f64, SumError> {
    let mut sum = ExactSum::new();
    for value in values {
        sum.add(value)?;
    }
    sum.finish()
}

/// The running sum of the builtin `sum` over floats: compensated, after Neumaier.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompensatedSum {
    high: f64,
    low: f64,
}

impl CompensatedSum {
    pub fn new(start: f64) -> Self {
        CompensatedSum { high: start, low: 0.0 }
    }

    #[inline]
    pub fn add(&mut self, value: f64) {
        let sum = self.high + value;
        self.low += if self.high.abs() >= value.abs() { (self.high - sum) + value } else { (value - sum) + self.high };
        self.high = sum;
    }

    /// The sum; the correction counts only if it is finite.
    pub fn finish(self) -> f64 {
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// A sum carried in three floats, each holding what rounding took from the one before.
#[derive(Clone, Copy, Debug, Default)]
pub struct TripleSum {
    high: f64,
    low: f64,
    tiny: f64,
}

impl TripleSum {
    /// The sum with a product added, which may be more than a float holds.
    #[must_use]
    pub fn add_product(self, a: f64, b: f64) -> Self {
        let (product, product_error) = two_product(a, b);
        let (high, high_error) = two_sum(self.high, product);
        let (partial, partial_error) = two_sum(self.low, product_error);
        let (low, low_error) = two_sum(partial, high_error);
        TripleSum { high, low, tiny: self.tiny + partial_error + low_error }
    }

    /// Whether no part of it was more than a float holds, or no number at all.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.high.is_finite()
    }

    /// The nearest float.
    #[must_use]
    pub fn value(self) -> f64 {
        let (high, low) = two_sum(self.low, self.high);
        self.tiny + low + high
    }
}

/// The Euclidean length of a vector, nearly always correctly rounded.
pub fn norm(coordinates: &[f64]) -> f64 {
    let mut largest = 0.0f64;
    let mut has_nan = false;
    for &x in coordinates {
        has_nan |= x.is_nan();
        largest = largest.max(x.abs());
    }
    if largest.is_infinite() {
        return f64::INFINITY;
    }
    if has_nan {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() == 1 {
        return largest;
    }
    let (_, exponent) = libm::frexp(largest);
    if exponent < -1023 {
        // The scale would not be a float: subnormals are made normal first, exactly.
        let grown: Vec<f64> = coordinates.iter().map(|x| x * 2f64.powi(200)).collect();
        return norm(&grown) / 2f64.powi(200);
    }
    // Powers of two scale exactly.
    let scale = libm::ldexp(1.0, -exponent);
    let (mut sum, mut error, mut cross) = (1.0, 0.0, 0.0);
    for &x in coordinates {
        let x = x * scale;
        let (square, rest) = two_product(x, x);
        let (next, lost) = two_sum(sum, square);
        (sum, error, cross) = (next, error + lost, cross + rest);
    }
    // The sum began at one, so that it never loses by more than the later terms; the one goes again here.
    let h = (sum - 1.0 + (error + cross)).sqrt();
    let (square, rest) = two_product(-h, h);
    let (next, lost) = two_sum(sum, square);
    let residue = next - 1.0 + (error + lost + (cross + rest));
    (h + residue / (2.0 * h)) / scale
}

/// The distance of two points with as many coordinates.
pub fn distance(from: &[f64], to: &[f64]) -> f64 {
    let differences: Vec<f64> = from.iter().zip(to).map(|(a, b)| a - b).collect();
    norm(&differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(fsum([0.1; 10]), Ok(1.0));
        assert_eq!(fsum([1e100, 1.0, -1e100, 1e-100, 1e50, -1.0, -1e50]), Ok(1e-100));
        assert_eq!(fsum([2f64.powi(53), -0.5, -2f64.powi(-54)]), Ok(2f64.powi(53) - 1.0));
        assert_eq!(fsum([2f64.powi(53), 1.0, 2f64.powi(-100)]), Ok(2f64.powi(53) + 2.0));
        assert_eq!(fsum([f64::MAX, f64::MAX]), Err(SumError::Overflow));
        assert_eq!(fsum([f64::INFINITY, f64::NEG_INFINITY]), Err(SumError::OppositeInfinities));
        assert_eq!(fsum([f64::INFINITY, 1.0]), Ok(f64::INFINITY));
        let mut sum = CompensatedSum::new(0.0);
        [0.1; 10].iter().for_each(|&x| sum.add(x));
        assert_eq!(sum.finish(), 1.0);
        let products =
            |pairs: &[(f64, f64)]| pairs.iter().fold(TripleSum::default(), |sum, &(a, b)| sum.add_product(a, b));
        assert_eq!(products(&[(10.0, 1e16), (20.0, 1.0), (-10.0, 1e16)]).value(), 20.0);
        assert!(!products(&[(f64::MAX, 2.0), (-1.0, 1.0)]).is_finite());
    }

    #[test]
    fn lengths() {
        assert_eq!((norm(&[3.0, 4.0]), norm(&[]), norm(&[-2.5])), (5.0, 0.0, 2.5));
        assert_eq!(norm(&[1e308, 1e308]), 1.4142135623730951e308);
        assert_eq!(norm(&[5e-324, 5e-324, 5e-324, 5e-324]), 1e-323);
        assert_eq!(norm(&[1.0, 1.0, 1.0]), 1.7320508075688772);
        assert_eq!(norm(&[f64::NAN, f64::NEG_INFINITY]), f64::INFINITY);
        assert_eq!(distance(&[1.0, 2.0], &[4.0, 6.0]), 5.0);
        assert_eq!(norm(&[3e-320, 4e-320]), 5e-320);
    }
}
