//! `hash()`.

use crate::names::Special;
use crate::objects::float::{exact_float, float_hash};
use crate::objects::int::int_hash;
use crate::objects::{Str, Tuple, int_of, is_exact_int};
use crate::protocols::call_special;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// The hash, as the bits of a signed number.
#[inline]
pub fn hash(t: &Thread, value: Value) -> R<u64> {
    if let Some(string) = value.downcast::<Str>() {
        return Ok(string.hash(t));
    }
    if let Some(number) = value.as_small_int() {
        return Ok(int_hash(text::ints::IntRef::Small(number)) as u64);
    }
    hash_slow(t, value)
}

#[inline(never)]
fn hash_slow(t: &Thread, value: Value) -> R<u64> {
    if is_exact_int(value)
        && let Some(number) = int_of(value)
    {
        return Ok(int_hash(number) as u64);
    }
    if value.class(t) == t.classes().float
        && let Some(number) = exact_float(value)
    {
        return Ok(hash_of_float(value, number) as u64);
    }
    if value.class(t) == t.classes().tuple
        && let Some(tuple) = value.downcast::<Tuple>()
    {
        t.check_recursion("")?;
        return crate::builtins::tuple::hash(t, tuple);
    }
    match value.class(t).special(t, Special::Hash) {
        Some(method) if !method.is_none() => from_result(t, call_special(t, method, value, &[])?),
        _ => Err(unhashable(t, value)),
    }
}

/// The hash of a float; nan hashes by identity.
#[must_use]
pub fn hash_of_float(value: Value, number: f64) -> i64 {
    if number.is_nan() { identity_hash(value) as i64 } else { float_hash(number) }
}

fn from_result(t: &Thread, result: Value) -> R<u64> {
    let Some(number) = int_of(result) else {
        return Err(t.type_error("__hash__ method should return an integer"));
    };
    match number.to_i64() {
        Some(-1) => Ok(-2_i64 as u64),
        Some(number) => Ok(number as u64),
        None => Ok(int_hash(number) as u64),
    }
}

#[cold]
fn unhashable(t: &Thread, value: Value) -> Raised {
    t.type_error(format_args!("unhashable type: '{}'", value.class(t).name()))
}

/// The hash by identity that `object.__hash__` gives.
#[inline]
#[must_use]
pub fn identity_hash(value: Value) -> u64 {
    let hash = value.bits().rotate_right(4);
    if hash == u64::MAX { u64::MAX - 1 } else { hash }
}
