//! Hashes and equality of keys as far as they go without running Python code.

use crate::object::Ref;
use crate::objects::{Bytes, Str, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// The hash of a key; strings and small ints without a call.
#[inline(always)]
pub fn hash_key(t: &Thread, key: Value) -> R<u64> {
    if let Some(number) = key.as_small_int() {
        return Ok(hash_small(number));
    }
    if let Some(string) = key.downcast::<Str>() {
        return Ok(string.hash(t));
    }
    protocols::hash(t, key)
}

/// The hash of a key of a dict; the error for one without says that it was to be a key.
#[inline(always)]
pub fn hash_dict_key(t: &Thread, key: Value) -> R<u64> {
    hash_key(t, key).map_err(|raised| unhashable(t, raised, key, "a dict key"))
}

/// The hash of an element of a set; the error for one without says that it was to be an element.
#[inline(always)]
pub fn hash_element(t: &Thread, key: Value) -> R<u64> {
    hash_key(t, key).map_err(|raised| unhashable(t, raised, key, "a set element"))
}

#[cold]
fn unhashable(t: &Thread, raised: Raised, key: Value, role: &str) -> Raised {
    let is_type_error = t.pending().is_some_and(|exception| exception.class(t) == t.classes().type_error);
    if !is_type_error {
        return raised;
    }
    let exception = t.take_pending();
    match protocols::str(t, exception) {
        Ok(message) => {
            let name = key.class(t).message_name(t);
            t.type_error(format_args!("cannot use '{name}' as {role} ({})", message.to_string_lossy()))
        }
        Err(raised) => raised,
    }
}

/// The hash that a key tells by itself, if it is a small int or an exact string. (Of -1 and the few small ints past the modulus it
/// is not the hash.)
#[inline(always)]
#[must_use]
pub fn told_hash(t: &Thread, key: Value) -> Option<u64> {
    match key.as_small_int() {
        Some(number) => Some(number as u64),
        None => key.downcast::<Str>().map(|string| string.hash(t)),
    }
}

/// The modulus of the hashes of numbers, 2^61 - 1.
pub const HASH_MODULUS: i64 = (1 << 61) - 1;

/// Python's hash of an int.
#[inline(always)]
#[must_use]
pub fn hash_small(number: i64) -> u64 {
    match number {
        -1 => -2i64 as u64,
        _ if number.unsigned_abs() < HASH_MODULUS as u64 => number as u64,
        _ => (number % HASH_MODULUS) as u64,
    }
}

/// How deep tuples in tuples are compared here; deeper ones go to the protocol, which counts recursion.
const DEPTH: u32 = 8;

/// Whether two values are equal, if that can be said without Python code. Identical values count as equal.
#[inline(always)]
#[must_use]
pub fn equal_quickly(a: Value, b: Value) -> Option<bool> {
    equal_nested(a, b, DEPTH)
}

#[inline(always)]
fn equal_nested(a: Value, b: Value, depth: u32) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    if a.is_small_int() && b.is_small_int() {
        return Some(false);
    }
    if let (Some(a), Some(b)) = (a.downcast::<Str>(), b.downcast::<Str>()) {
        return Some(Str::equal(a, b));
    }
    equal_slowly(a, b, depth)
}

#[inline(never)]
fn equal_slowly(a: Value, b: Value, depth: u32) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.downcast::<Tuple>(), b.downcast::<Tuple>()) {
        return equal_tuples(a, b, depth);
    }
    if let (Some(a), Some(b)) = (a.downcast::<Bytes>(), b.downcast::<Bytes>()) {
        return Some(a.as_slice() == b.as_slice());
    }
    if let (Some(a), Some(b)) = (a.as_word_float(), b.as_word_float()) {
        return Some(a == b);
    }
    // A value in the word is a number or a singleton: never equal to a string.
    let differ = |a: Value, b: Value| !a.is_object() && b.downcast::<Str>().is_some();
    if differ(a, b) || differ(b, a) { Some(false) } else { None }
}

fn equal_tuples(a: Ref<Tuple>, b: Ref<Tuple>, depth: u32) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    let depth = depth.checked_sub(1)?;
    for (&a, &b) in a.as_slice().iter().zip(b.as_slice()) {
        if !equal_nested(a, b, depth)? {
            return Some(false);
        }
    }
    Some(true)
}
