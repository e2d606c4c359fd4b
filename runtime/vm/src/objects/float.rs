//! Floats whose exponent is too uncommon for the word, instances of Python subclasses of `float`, and the ways between
//! values and numbers.
//!
//! Invariant: `bits` is written before the object is published and never again.

use std::cmp::Ordering as Order;

use num_traits::ToPrimitive;
use sync::atomic::{AtomicU64, Ordering};
use text::digits::BigDigits;
use text::ints::{Int, IntRef};

use crate::heap_object;
use crate::object::Ref;
use crate::objects::Class;
use crate::objects::int::{HASH_MODULUS, int_compare, sign};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A float in the heap.
    pub struct FloatObject {
        bits: AtomicU64,
    }
    trace {}
}

impl FloatObject {
    /// The number.
    #[inline]
    #[must_use]
    pub fn number(&self) -> f64 {
        f64::from_bits(self.bits.load(Ordering::Relaxed))
    }
}

/// The float of a number.
#[inline(always)]
pub fn float_value(t: &Thread, number: f64) -> R {
    match Value::word_float(number) {
        Some(value) => Ok(value),
        None => float_value_slow(t, number),
    }
}

#[cold]
#[inline(never)]
fn float_value_slow(t: &Thread, number: f64) -> R {
    let fresh = t.allocate_exact::<FloatObject>(t.classes().float)?;
    fresh.get().bits.store(number.to_bits(), Ordering::Relaxed);
    Ok(fresh.publish().value())
}

/// An instance of `float` or of a class derived from it.
pub fn float_instance(t: &Thread, class: Ref<Class>, number: f64) -> R {
    if class == t.classes().float {
        return float_value(t, number);
    }
    let fresh = t.allocate::<FloatObject>(class)?;
    fresh.get().bits.store(number.to_bits(), Ordering::Relaxed);
    Ok(t.publish_instance(fresh, class).value())
}

/// The number of a float, subclasses included. No Python code runs.
#[inline(always)]
#[must_use]
pub fn exact_float(value: Value) -> Option<f64> {
    match value.as_word_float() {
        Some(number) => Some(number),
        None => Some(value.downcast::<FloatObject>()?.number()),
    }
}

/// The hash of a float that is not a nan: that of the equal int or fraction.
#[must_use]
pub fn float_hash(number: f64) -> i64 {
    if number.is_infinite() {
        return if number > 0.0 { 314_159 } else { -314_159 };
    }
    let (mantissa, exponent, negative) = text::floats::decompose(number);
    let rotation = exponent.rem_euclid(61) as u32;
    let reduced = (u128::from(mantissa % HASH_MODULUS) << rotation) % u128::from(HASH_MODULUS);
    let hash = if negative { -(reduced as i64) } else { reduced as i64 };
    if hash == -1 { -2 } else { hash }
}

/// The exact order of a float and an int; nothing for nan.
#[must_use]
pub fn compare_float_int(number: f64, int: IntRef<'_>) -> Option<Order> {
    if number.is_nan() {
        return None;
    }
    if number.is_infinite() {
        return Some(if number > 0.0 { Order::Greater } else { Order::Less });
    }
    if let IntRef::Small(int) = int
        && int.unsigned_abs() <= 1 << 53
    {
        return number.partial_cmp(&(int as f64));
    }
    let whole = number.trunc();
    let truncated = text::ints::from_f64(whole).unwrap_or(Int::Small(0));
    let order = match &truncated {
        Int::Small(truncated) => int_compare(IntRef::Small(*truncated), int),
        Int::Big(truncated) => int_compare(IntRef::Big(BigDigits::of(truncated).as_ref()), int),
    };
    Some(order.then_with(|| number.partial_cmp(&whole).unwrap_or(Order::Equal)))
}

/// The float nearest to an int; OverflowError beyond the range.
pub fn int_to_float(t: &Thread, int: IntRef<'_>) -> R<f64> {
    int.to_f64().ok_or_else(|| t.overflow_error("int too large to convert to float"))
}

/// `a / b` of two ints, correctly rounded; nothing if that is infinite. `b` is not zero.
#[must_use]
pub fn true_divide(a: IntRef<'_>, b: IntRef<'_>) -> Option<f64> {
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b)
        && a.unsigned_abs() <= 1 << 53
        && b.unsigned_abs() <= 1 << 53
    {
        return Some(a as f64 / b as f64);
    }
    let negative = (sign(a) < 0) != (sign(b) < 0);
    let (a, b) = (crate::objects::int::to_big(a), crate::objects::int::to_big(b));
    let (a, b) = (a.magnitude(), b.magnitude());
    // A quotient of 65 or 66 bits: enough to round from, with what is left over as a sticky bit.
    let shift = 65 - (a.bits() as i64 - b.bits() as i64);
    let (numerator, denominator) =
        if shift >= 0 { (a << shift as u64, b.clone()) } else { (a.clone(), b << shift.unsigned_abs()) };
    let quotient = &numerator / &denominator;
    let sticky = &quotient * &denominator != numerator;
    let value = scale(quotient.to_u128().unwrap_or(0), sticky, -shift)?;
    Some(if negative { -value } else { value })
}

/// `mantissa * 2**exponent`, rounded to even, where `sticky` says that a little more was there.
fn scale(mantissa: u128, sticky: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = i64::from(128 - mantissa.leading_zeros());
    // The lowest bit that a float of this size keeps has this weight.
    let lowest = (bits + exponent - 53).max(-1074);
    let dropped = lowest - exponent;
    if dropped > 127 {
        return Some(0.0);
    }
    let kept = if dropped <= 0 { mantissa << (-dropped).min(61) } else { mantissa >> dropped };
    let half = if dropped > 0 { mantissa >> (dropped - 1) & 1 == 1 } else { false };
    let below_half = dropped > 1 && mantissa & ((1 << (dropped - 1)) - 1) != 0 || sticky;
    let up = half && (below_half || kept & 1 == 1);
    let rounded = (kept + u128::from(up)) as f64;
    // At most 2^53 times a power of two that is a float, in two steps since the power may be none by itself.
    let first = lowest.clamp(-1000, 1000);
    let value = rounded * 2f64.powi(first as i32) * 2f64.powi((lowest - first).clamp(-1000, 1000) as i32);
    value.is_finite().then_some(value)
}

/// `a // b` and `a % b` of floats; `b` is not zero.
#[must_use]
pub fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0.0_f64.copysign(b);
    }
    let floor = if quotient == 0.0 {
        0.0_f64.copysign(a / b)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    };
    (floor, rest)
}
