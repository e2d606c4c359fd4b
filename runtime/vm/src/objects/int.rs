//! Ints beyond the small ones: `BigIntObject`, and the ways between values and numbers.
//!
//! Invariants:
//! 1. A number that fits a small int is always one, so equal ints of different words are both big.
//! 2. A `BigIntObject`'s digits follow the header, least first, and the last is not zero; the shape word says how many
//!    they are. Digits, their count and the sign are written before the object is published and never again.

use gc::Header;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use text::digits::{self, BigRef};
pub use text::ints::{Int, IntRef};

use crate::containers::Fresh;
use crate::heap_object;
use crate::object::Ref;
use crate::objects::{Boxed, Class};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// An int that does not fit into a word.
    pub struct BigIntObject {}
    trace {}
    kind Untraced
    fixed
}

/// The number is below zero.
const NEGATIVE: u16 = 1 << 8;

impl BigIntObject {
    /// An object with room for so many digits, and the room, in which anything may stand.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the digits lie in a fresh cell, not in the thread")]
    fn with_room(t: &Thread, room: usize) -> R<(Fresh<'_, BigIntObject>, &mut [u64])> {
        let fresh =
            t.allocate_bytes::<BigIntObject>(t.classes().int, size_of::<BigIntObject>() + room * size_of::<u64>())?;
        // SAFETY: the cell was allocated with room for that many digits after the header, whose size, sixteen, aligns
        // them, and nobody else knows the object.
        let digits = unsafe { std::slice::from_raw_parts_mut(fresh.get().start().cast_mut(), room) };
        Ok((fresh, digits))
    }

    #[inline(always)]
    fn start(&self) -> *const u64 {
        // SAFETY: the header is within the cell, and its end at most one past it.
        unsafe { std::ptr::from_ref(self).add(1).cast::<u64>() }
    }

    /// The number.
    #[inline(always)]
    #[must_use]
    pub fn number(&self) -> BigRef<'_> {
        // SAFETY: invariant 2: that many digits follow the header, and nobody writes them any more.
        let digits = unsafe { std::slice::from_raw_parts(self.start(), self.header.shape() as usize) };
        BigRef { negative: self.header.has_flags(NEGATIVE), digits }
    }
}

/// Publishes an object whose digits are written; the last of them is not zero.
#[inline]
fn publish(fresh: Fresh<'_, BigIntObject>, negative: bool, length: usize) -> Value {
    let header: &Header = &fresh.get().header;
    header.set_shape(length as u32);
    if negative {
        header.init_flags(NEGATIVE);
    }
    fresh.publish().value()
}

/// Results longer than this many bits are refused with MemoryError before they are computed.
const MAX_BITS: u64 = 1 << 35;

/// Results of up to this many bits are not looked at twice.
const FEW_BITS: u64 = 1 << 16;

/// MemoryError if a result of this many bits is more than memory should be asked for.
#[inline]
pub fn check_bits(t: &Thread, bits: u64) -> R<()> {
    if bits <= FEW_BITS { Ok(()) } else { check_bits_slow(t, bits) }
}

#[cold]
fn check_bits_slow(t: &Thread, bits: u64) -> R<()> {
    if bits > MAX_BITS || !t.mutator().may_charge((bits / 8) as usize) { Err(t.memory_error()) } else { Ok(()) }
}

/// Results of up to so many digits are computed on the stack: they may turn out to be small ints.
const SHORT: usize = 4;

/// The int of at most `room` digits that `fill` computes: it writes all of them and says whether the number is below zero.
#[inline]
pub fn int_of_room(t: &Thread, room: usize, fill: impl FnOnce(&mut [u64]) -> bool) -> R {
    if room <= SHORT {
        let mut digits = [0; SHORT];
        let negative = fill(&mut digits[..room]);
        return int_from_digits(t, negative, &digits[..room]);
    }
    let (fresh, digits) = BigIntObject::with_room(t, room)?;
    let negative = fill(digits);
    let length = digits::trimmed(digits);
    // A number that came out much shorter does not hold the long cell, and one that is left is longer than a small int.
    if length <= room / 2 {
        int_from_digits(t, negative, &digits[..length])
    } else {
        Ok(publish(fresh, negative, length))
    }
}

/// The int with this magnitude, which need not be trimmed, and sign.
pub fn int_from_digits(t: &Thread, negative: bool, digits: &[u64]) -> R {
    let digits = &digits[..digits::trimmed(digits)];
    if let Some(small) = (BigRef { negative, digits }).to_i64().and_then(Value::small_int) {
        return Ok(small);
    }
    let (fresh, target) = BigIntObject::with_room(t, digits.len())?;
    target.copy_from_slice(digits);
    Ok(publish(fresh, negative, digits.len()))
}

/// The int of a 64-bit number.
#[inline]
pub fn int_from_i64(t: &Thread, number: i64) -> R {
    match Value::small_int(number) {
        Some(value) => Ok(value),
        None => int_from_digits(t, number < 0, &[number.unsigned_abs()]),
    }
}

/// The int of an unsigned 64-bit number.
#[inline]
pub fn int_from_u64(t: &Thread, number: u64) -> R {
    match i64::try_from(number) {
        Ok(number) => int_from_i64(t, number),
        Err(_) => int_from_digits(t, false, &[number]),
    }
}

/// The int of a 128-bit number.
pub fn int_from_i128(t: &Thread, number: i128) -> R {
    let magnitude = number.unsigned_abs();
    int_from_digits(t, number < 0, &[magnitude as u64, (magnitude >> 64) as u64])
}

/// The int of a number that num-bigint computed.
pub fn int_from_big(t: &Thread, number: BigInt) -> R {
    match number.to_i64().and_then(Value::small_int) {
        Some(value) => Ok(value),
        None => int_of_room(t, number.iter_u64_digits().len(), |digits| {
            for (digit, given) in digits.iter_mut().zip(number.iter_u64_digits()) {
                *digit = given;
            }
            number.sign() == num_bigint::Sign::Minus
        }),
    }
}

/// The int of what a computation gave.
#[inline]
pub fn int_from(t: &Thread, number: Int) -> R {
    match number {
        Int::Small(number) => int_from_i64(t, number),
        Int::Big(number) => int_from_big(t, number),
    }
}

/// The number of an int of exactly the class `int`.
#[inline]
#[must_use]
pub fn exact_int<'a>(value: Value) -> Option<IntRef<'a>> {
    if let Some(number) = value.as_small_int() {
        return Some(IntRef::Small(number));
    }
    Some(IntRef::Big(value.downcast::<BigIntObject>()?.target().number()))
}

/// The number of an int, a bool, or an instance of a Python subclass of `int`. No Python code runs.
#[inline]
#[must_use]
pub fn int_of<'a>(value: Value) -> Option<IntRef<'a>> {
    if let Some(number) = value.as_small_int() {
        return Some(IntRef::Small(number));
    }
    int_of_slow(value)
}

fn int_of_slow<'a>(value: Value) -> Option<IntRef<'a>> {
    match value {
        Value::TRUE => Some(IntRef::Small(1)),
        Value::FALSE => Some(IntRef::Small(0)),
        _ => exact_int(value).or_else(|| exact_int(Boxed::exact(value)?)),
    }
}

/// Whether the value is an int, subclasses included.
#[inline]
#[must_use]
pub fn is_int(value: Value) -> bool {
    int_of(value).is_some()
}

/// Whether the value is an int of exactly the class `int`.
#[inline]
#[must_use]
pub fn is_exact_int(value: Value) -> bool {
    exact_int(value).is_some()
}

/// The exact int with the value of an int: itself, unless it is a bool or an instance of a subclass.
#[inline]
#[must_use]
pub fn exact_int_value(value: Value) -> Value {
    match value {
        Value::TRUE => Value::small(1),
        Value::FALSE => Value::small(0),
        _ => Boxed::exact(value).unwrap_or(value),
    }
}

/// An instance of a class derived from `int`, around an exact int; the exact int itself for `int`.
pub fn int_instance(t: &Thread, class: Ref<Class>, exact: Value) -> R {
    if class == t.classes().int { Ok(exact) } else { Ok(Boxed::new(t, class, exact)?.value()) }
}

/// The number for what num-bigint computes.
#[must_use]
pub fn to_big(number: IntRef<'_>) -> BigInt {
    number.to_big()
}

/// Bits of the magnitude.
#[must_use]
pub fn bit_length(number: IntRef<'_>) -> u64 {
    match number {
        IntRef::Small(number) => u64::from(64 - number.unsigned_abs().leading_zeros()),
        IntRef::Big(number) => number.bits(),
    }
}

/// -1, 0 or 1.
#[must_use]
pub fn sign(number: IntRef<'_>) -> i32 {
    match number {
        IntRef::Small(number) => number.signum() as i32,
        IntRef::Big(number) if number.negative => -1,
        IntRef::Big(number) => i32::from(!number.digits.is_empty()),
    }
}

/// The modulus of numeric hashes, a Mersenne prime.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

/// The hash of an int: its value modulo `HASH_MODULUS` with its sign, and -2 for -1.
#[inline]
#[must_use]
pub fn int_hash(number: IntRef<'_>) -> i64 {
    let (magnitude, negative) = match number {
        IntRef::Small(number) => (number.unsigned_abs() % HASH_MODULUS, number < 0),
        IntRef::Big(number) => (hash_of_digits(number.digits), number.negative),
    };
    let hash = if negative { -(magnitude as i64) } else { magnitude as i64 };
    if hash == -1 { -2 } else { hash }
}

/// The magnitude modulo `HASH_MODULUS`.
fn hash_of_digits(digits: &[u64]) -> u64 {
    // Modulo 2^61 - 1, 2^64 is 8, and what lies beyond 61 bits counts once more from the first.
    let fold = |hash: u64, &digit: &u64| {
        let sum = (u128::from(hash) << 3) + u128::from(digit);
        (sum as u64 & HASH_MODULUS) + (sum >> 61) as u64
    };
    digits.iter().rev().fold(0, fold) % HASH_MODULUS
}

/// Whether two ints are equal.
#[inline]
#[must_use]
pub fn int_equal(a: IntRef<'_>, b: IntRef<'_>) -> bool {
    int_compare(a, b).is_eq()
}

/// The order of two ints.
#[inline]
#[must_use]
pub fn int_compare(a: IntRef<'_>, b: IntRef<'_>) -> std::cmp::Ordering {
    match (a, b) {
        (IntRef::Small(a), IntRef::Small(b)) => a.cmp(&b),
        (a, b) => a.as_digits(&mut [0]).compare(b.as_digits(&mut [0])),
    }
}
