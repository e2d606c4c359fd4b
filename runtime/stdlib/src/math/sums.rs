//! Sums and products in `math`.

use text::math::sums as pure;
use vm::objects::float::exact_float;
use vm::objects::{Tuple, float_value, int_from_i64, int_of};
use vm::protocols::{self, BinaryOp};
use vm::{R, Ref, Thread, Value, native};

/// Return an accurate floating-point sum of values in the iterable seq.
///
/// Assumes IEEE-754 floating-point arithmetic.
#[native("fsum(seq, /)")]
fn fsum(t: &Thread, values: Value) -> R<f64> {
    let mut sum = pure::ExactSum::new();
    let failed = |error: pure::SumError| match error {
        pure::SumError::Overflow => t.overflow_error(error.message()),
        _ => t.value_error(error.message()),
    };
    protocols::for_each(t, values, |value| {
        let number = protocols::float_of(t, value)?;
        sum.add(number).map_err(failed)
    })?;
    sum.finish().map_err(failed)
}

fn floats(t: &Thread, values: &[Value]) -> R<Vec<f64>> {
    values.iter().map(|&value| protocols::float_of(t, value)).collect()
}

/// Multidimensional Euclidean distance from the origin to a point.
///
/// Roughly equivalent to:
///     sqrt(sum(x**2 for x in coordinates))
///
/// For a two dimensional point (x, y), gives the hypotenuse
/// using the Pythagorean theorem:  sqrt(x*x + y*y).
///
/// For example, the hypotenuse of a 3/4/5 right triangle is:
///
///     >>> hypot(3.0, 4.0)
///     5.0
#[native("hypot(*coordinates)")]
fn hypot(t: &Thread, coordinates: Ref<Tuple>) -> R<f64> {
    Ok(pure::norm(&floats(t, coordinates.as_slice())?))
}

/// Return the Euclidean distance between two points p and q.
///
/// The points should be specified as sequences (or iterables) of
/// coordinates.  Both inputs must have the same dimension.
///
/// Roughly equivalent to:
///     sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))
#[native("dist(p, q, /)")]
fn dist(t: &Thread, p: Value, q: Value) -> R<f64> {
    let (p, q) = (protocols::tuple_of(t, p)?, protocols::tuple_of(t, q)?);
    if p.len() != q.len() {
        return Err(t.value_error("both points must have the same number of dimensions"));
    }
    let (p, q) = (floats(t, p.as_slice())?, floats(t, q.as_slice())?);
    let differences: Vec<f64> = p.iter().zip(&q).map(|(p, q)| p - q).collect();
    Ok(pure::norm(&differences))
}

/// Calculate the product of all the elements in the input iterable.
///
/// The default start value for the product is 1.
///
/// When the iterable is empty, return the start value.  This function is
/// intended specifically for use with numeric values and may reject
/// non-numeric types.
#[native("prod(iterable, /, *, start=1)")]
fn prod(t: &Thread, iterable: Value, start: Option<Value>) -> R {
    let mut result = start.unwrap_or(Value::small(1));
    protocols::for_each(t, iterable, |value| {
        result = protocols::binary(t, BinaryOp::Mul, result, value)?;
        Ok(())
    })?;
    Ok(result)
}

/// Return the sum of products of values from two iterables p and q.
///
/// Roughly equivalent to:
///
///     sum(map(operator.mul, p, q, strict=True))
///
/// For float and mixed int/float inputs, the intermediate products
/// and sums are computed with extended precision.
#[native("sumprod(p, q, /)")]
fn sumprod(t: &Thread, p: Value, q: Value) -> R {
    let (p, q) = (protocols::collect(t, p)?, protocols::collect(t, q)?);
    if p.len() != q.len() {
        return Err(t.value_error("Inputs are not the same length"));
    }
    let mut products = Products { total: Value::small(0), ints: Some(0), floats: Some(None) };
    p.iter().zip(q.iter()).try_for_each(|(x, y)| products.add(t, x, y))?;
    products.end_ints(t)?;
    products.end_floats(t)?;
    Ok(products.total)
}

/// A sum of products. Ints come first, for as long as their sum is small; then floats (and ints with floats), in three times their
/// precision; from the first pair on that is neither, everything is added as `+` adds it.
struct Products {
    total: Value,
    /// What small ints add to it, as long as nothing else came.
    ints: Option<i64>,
    /// What floats add to it, if there were any, as long as nothing but ints came before.
    floats: Option<Option<pure::TripleSum>>,
}

impl Products {
    fn add(&mut self, t: &Thread, x: Value, y: Value) -> R<()> {
        if let Some(sum) = self.ints {
            let product = small_int(t, x).zip(small_int(t, y)).and_then(|(x, y)| x.checked_mul(y));
            if let Some(sum) = product.and_then(|product| sum.checked_add(product)) {
                self.ints = Some(sum);
                return Ok(());
            }
            self.end_ints(t)?;
        }
        if let Some(sum) = self.floats {
            let next = factors(t, x, y).map(|(x, y)| sum.unwrap_or_default().add_product(x, y));
            if let Some(sum) = next.filter(|sum| sum.is_finite()) {
                self.floats = Some(Some(sum));
                return Ok(());
            }
            self.end_floats(t)?;
        }
        let product = protocols::binary(t, BinaryOp::Mul, x, y)?;
        self.join(t, product)
    }

    fn end_ints(&mut self, t: &Thread) -> R<()> {
        match self.ints.take() {
            None | Some(0) => Ok(()),
            Some(sum) => int_from_i64(t, sum).and_then(|sum| self.join(t, sum)),
        }
    }

    fn end_floats(&mut self, t: &Thread) -> R<()> {
        let Some(Some(sum)) = self.floats.take() else { return Ok(()) };
        float_value(t, sum.value()).and_then(|sum| self.join(t, sum))
    }

    fn join(&mut self, t: &Thread, addend: Value) -> R<()> {
        self.total = protocols::binary(t, BinaryOp::Add, self.total, addend)?;
        Ok(())
    }
}

/// An int that is no more than one, and fits a machine word.
fn small_int(t: &Thread, value: Value) -> Option<i64> {
    if value.class(t) == t.classes().int { int_of(value)?.to_i64() } else { None }
}

/// The factors of a product of floats, of which one may be an int.
fn factors(t: &Thread, x: Value, y: Value) -> Option<(f64, f64)> {
    let is_float = |value: Value| value.class(t) == t.classes().float;
    let real = |value: Value| {
        if is_float(value) {
            return exact_float(value);
        }
        if value.class(t) == t.classes().int { int_of(value)?.to_f64() } else { None }
    };
    if is_float(x) || is_float(y) { Some((real(x)?, real(y)?)) } else { None }
}
