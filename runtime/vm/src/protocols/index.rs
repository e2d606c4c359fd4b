//! Ints out of any value that may serve as one: `__index__`, `__int__`, `__float__`, `__complex__`.

use text::ints::IntRef;

use crate::names::Special;
use crate::object::Ref;
use crate::objects::complex::{Complex, exact_complex};
use crate::objects::float::{exact_float, int_to_float};
use crate::objects::{Class, exact_int_value, int_of};
use crate::protocols::{call_special, call_special_optional, warn_deprecated};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// The value as an exact int: `operator.index`.
#[inline]
pub fn index(t: &Thread, value: Value) -> R {
    if value.is_small_int() {
        return Ok(value);
    }
    if int_of(value).is_some() { Ok(exact_int_value(value)) } else { index_slow(t, value).map(exact_int_value) }
}

#[cold]
fn index_slow(t: &Thread, value: Value) -> R {
    let Some(result) = call_special_optional(t, Special::Index, value, &[])? else {
        return Err(
            t.type_error(format_args!("'{}' object cannot be interpreted as an integer", value.class(t).type_name(t)))
        );
    };
    check_int_result(t, value, result, "__index__")
}

/// A result of `__index__` or `__int__`: exact ints pass, others of the kind are deprecated.
fn check_int_result(t: &Thread, _: Value, result: Value, method: &str) -> R {
    if crate::objects::is_exact_int(result) {
        return Ok(result);
    }
    if int_of(result).is_none() {
        return Err(t.type_error(format_args!("{method} returned non-int (type {})", result.class(t).name())));
    }
    warn_deprecated(
        t,
        &format!(
            "{method} returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may be removed in a future version of Python.",
            result.class(t).name()
        ),
    )?;
    Ok(result)
}

/// Whether `index` would find an int or a method to make one.
#[must_use]
pub fn has_index(t: &Thread, value: Value) -> bool {
    int_of(value).is_some() || value.class(t).special(t, Special::Index).is_some_and(|method| !method.is_none())
}

/// The number of `index`.
#[inline]
pub fn index_number<'a>(t: &Thread, value: Value) -> R<IntRef<'a>> {
    if let Some(number) = int_of(value) {
        return Ok(number);
    }
    let result = index_slow(t, value)?;
    int_of(result).ok_or_else(|| t.system_error("__index__ gave an int"))
}

/// A `Py_ssize_t` argument; OverflowError beyond.
#[inline]
pub fn index_i64(t: &Thread, value: Value) -> R<i64> {
    match value.as_small_int() {
        Some(number) => Ok(number),
        None => index_number(t, value)?
            .to_i64()
            .ok_or_else(|| t.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// A C `long` argument.
#[inline]
pub fn index_long(t: &Thread, value: Value) -> R<i64> {
    match value.as_small_int() {
        Some(number) => Ok(number),
        None => index_number(t, value)?
            .to_i64()
            .ok_or_else(|| t.overflow_error("Python int too large to convert to C long")),
    }
}

/// A number of items, repeats or bytes; an exception of `class` beyond 64 bits.
pub fn index_sized(t: &Thread, value: Value, class: Ref<Class>) -> R<i64> {
    match index_number(t, value)?.to_i64() {
        Some(number) => Ok(number),
        None => Err(cannot_fit(t, value, class)),
    }
}

#[cold]
fn cannot_fit(t: &Thread, value: Value, class: Ref<Class>) -> Raised {
    t.raise(class, format_args!("cannot fit '{}' into an index-sized integer", value.class(t).name()))
}

/// An index into a sequence; IndexError beyond 64 bits.
#[inline]
pub fn index_item(t: &Thread, value: Value) -> R<i64> {
    match value.as_small_int() {
        Some(number) => Ok(number),
        None => index_sized(t, value, t.classes().index_error),
    }
}

/// An int brought into the range of 64 bits: bounds of slices.
#[inline]
pub fn index_clamped(t: &Thread, value: Value) -> R<i64> {
    match value.as_small_int() {
        Some(number) => Ok(number),
        None => index_clamped_slow(t, value),
    }
}

fn index_clamped_slow(t: &Thread, value: Value) -> R<i64> {
    let number = index_number(t, value)?;
    Ok(number.to_i64().unwrap_or(if number.is_negative() { i64::MIN } else { i64::MAX }))
}

/// A bound of `str.find` and kin: None is the default.
pub fn slice_bound(t: &Thread, value: Option<Value>, default: i64) -> R<i64> {
    match value.filter(|value| !value.is_none()) {
        None => Ok(default),
        Some(value) if has_index(t, value) => index_clamped(t, value),
        Some(_) => Err(t.type_error("slice indices must be integers or None or have an __index__ method")),
    }
}

/// Start and end in a sequence of this length, as `str.find(x, start, end)` takes them; the start may lie past the end.
pub fn slice_range(t: &Thread, start: Option<Value>, end: Option<Value>, length: usize) -> R<(usize, usize)> {
    let start = slice_bound(t, start, 0)?;
    let end = slice_bound(t, end, i64::MAX)?;
    let length = length as i64;
    let adjust = |bound: i64| if bound < 0 { bound.saturating_add(length).max(0) } else { bound };
    Ok((adjust(start) as usize, adjust(end).min(length) as usize))
}

/// A real number: `__float__`, else `__index__`.
#[inline]
pub fn float_of(t: &Thread, value: Value) -> R<f64> {
    match value.as_word_float() {
        Some(number) => Ok(number),
        None => float_of_slow(t, value),
    }
}

fn float_of_slow(t: &Thread, value: Value) -> R<f64> {
    match float_of_optional(t, value)? {
        Some(number) => Ok(number),
        None => Err(t.type_error(format_args!("must be real number, not {}", value.class(t).name()))),
    }
}

/// A real number, if the value is one or makes one.
pub fn float_of_optional(t: &Thread, value: Value) -> R<Option<f64>> {
    if let Some(number) = exact_float(value) {
        return Ok(Some(number));
    }
    if let Some(number) = int_of(value)
        && crate::objects::is_exact_int(value)
    {
        return int_to_float(t, number).map(Some);
    }
    if let Some(result) = call_special_optional(t, Special::Float, value, &[])? {
        return float_result(t, value, result).map(Some);
    }
    if has_index(t, value) {
        return int_to_float(t, index_number(t, value)?).map(Some);
    }
    Ok(None)
}

/// `float(value)` for what is not text: `__float__`, `__index__`; nothing if it has neither.
pub fn float_conversion(t: &Thread, value: Value) -> R<Option<f64>> {
    if value.class(t) == t.classes().float {
        return Ok(exact_float(value));
    }
    if let Some(number) = int_of(value)
        && crate::objects::is_exact_int(value)
    {
        return int_to_float(t, number).map(Some);
    }
    if let Some(result) = call_special_optional(t, Special::Float, value, &[])? {
        return float_result(t, value, result).map(Some);
    }
    if has_index(t, value) { int_to_float(t, index_number(t, value)?).map(Some) } else { Ok(None) }
}

fn float_result(t: &Thread, value: Value, result: Value) -> R<f64> {
    let Some(number) = exact_float(result) else {
        let (class, result) = (value.class(t).name(), result.class(t).name());
        return Err(t.type_error(format_args!("{class}.__float__ returned non-float (type {result})")));
    };
    if result.class(t) != t.classes().float {
        warn_deprecated(
            t,
            &format!(
                "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict subclass of float is deprecated, and may be removed in a future version of Python.",
                value.class(t).name(),
                result.class(t).name()
            ),
        )?;
    }
    Ok(number)
}

/// `int(value)` for what is not text: `__int__`, `__index__`; nothing if it has neither.
pub fn int_conversion(t: &Thread, value: Value) -> R<Option<Value>> {
    if crate::objects::is_exact_int(value) {
        return Ok(Some(value));
    }
    if let Some(result) = call_special_optional(t, Special::Int, value, &[])? {
        return check_int_result(t, value, result, "__int__")
            .map(|result| Some(crate::objects::exact_int_value(result)));
    }
    if has_index(t, value) {
        return index(t, value).map(|result| Some(crate::objects::exact_int_value(result)));
    }
    Ok(None)
}

/// What `__complex__` gives; nothing without one.
pub fn complex_method(t: &Thread, value: Value) -> R<Option<Complex>> {
    if value.class(t) == t.classes().complex {
        return Ok(exact_complex(value));
    }
    let Some(method) = value.class(t).special(t, Special::Complex).filter(|method| !method.is_none()) else {
        return Ok(None);
    };
    let result = call_special(t, method, value, &[])?;
    let Some(number) = exact_complex(result) else {
        let class = result.class(t).name();
        return Err(t.type_error(format_args!("__complex__ returned non-complex (type {class})")));
    };
    if result.class(t) != t.classes().complex {
        warn_deprecated(
            t,
            &format!(
                "__complex__ returned non-complex (type {}).  The ability to return an instance of a strict subclass of complex is deprecated, and may be removed in a future version of Python.",
                result.class(t).name()
            ),
        )?;
    }
    Ok(Some(number))
}

/// A complex number: `__complex__`, else a real number.
pub fn complex_of(t: &Thread, value: Value) -> R<Complex> {
    match complex_method(t, value)? {
        Some(number) => Ok(number),
        None => match exact_complex(value) {
            Some(number) => Ok(number),
            None => float_of(t, value).map(Complex::of_real),
        },
    }
}
