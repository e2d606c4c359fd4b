//! Ints beyond the small ones: `BigIntObject`, and the ways between values and numbers.
//!
//! Invariants:
//! 1. A number that fits a small int is always one, so equal ints of different words are both big.
//! 2. A `BigIntObject`'s number is written before it is published and never again; `bytes` is zero until then, which tells
//!    the sweeper that there is nothing to drop.

use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

use gc::Header;
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use sync::atomic::{AtomicUsize, Ordering};
pub use text::ints::{Int, IntRef};

use crate::heap_object;
use crate::object::Ref;
use crate::objects::{Boxed, Class};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// An int that does not fit into a word.
    pub struct BigIntObject {
        number: UnsafeCell<MaybeUninit<BigInt>>,
        bytes: AtomicUsize,
    }
    trace {}
    kind Drop
    drop(drop_big)
    fixed
}

unsafe fn drop_big(object: *mut Header) {
    // SAFETY: the collector drops an object whose layout is this one, and nobody can reach it.
    let object = unsafe { &*object.cast::<BigIntObject>() };
    if object.bytes.load(Ordering::Acquire) != 0 {
        // SAFETY: invariant 2: the number was written; it is dropped once, with its object.
        unsafe { (*object.number.get()).assume_init_drop() };
        gc::Heap::of(&object.header).release(object.bytes.load(Ordering::Relaxed));
    }
}

impl BigIntObject {
    /// The number.
    #[inline]
    #[must_use]
    pub fn number(&self) -> &BigInt {
        // SAFETY: invariant 2: whoever sees a published object sees its number.
        unsafe { (*self.number.get()).assume_init_ref() }
    }
}

/// Results longer than this many bits are refused with MemoryError before they are computed.
const MAX_BITS: u64 = 1 << 35;

/// MemoryError if a result of this many bits is more than memory should be asked for.
pub fn check_bits(t: &Thread, bits: u64) -> R<()> {
    if bits > MAX_BITS || !t.mutator().may_charge((bits / 8) as usize) { Err(t.memory_error()) } else { Ok(()) }
}

/// The int of a 64-bit number.
#[inline]
pub fn int_from_i64(t: &Thread, number: i64) -> R {
    match Value::small_int(number) {
        Some(value) => Ok(value),
        None => big_object(t, BigInt::from(number)),
    }
}

/// The int of an unsigned 64-bit number.
#[inline]
pub fn int_from_u64(t: &Thread, number: u64) -> R {
    match i64::try_from(number) {
        Ok(number) => int_from_i64(t, number),
        Err(_) => big_object(t, BigInt::from(number)),
    }
}

/// The int of a 128-bit number.
pub fn int_from_i128(t: &Thread, number: i128) -> R {
    match i64::try_from(number) {
        Ok(number) => int_from_i64(t, number),
        Err(_) => big_object(t, BigInt::from(number)),
    }
}

/// The int of a number of any size.
#[inline]
pub fn int_from_big(t: &Thread, number: BigInt) -> R {
    match number.to_i64().and_then(Value::small_int) {
        Some(value) => Ok(value),
        None => big_object(t, number),
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

#[cold]
fn big_object(t: &Thread, number: BigInt) -> R {
    let bytes = number.bits().div_ceil(64) as usize * 8;
    let fresh = t.allocate_exact::<BigIntObject>(t.classes().int)?;
    let object = fresh.get();
    // SAFETY: the object is unpublished: nobody else looks at its number.
    unsafe { (*object.number.get()).write(number) };
    object.bytes.store(bytes, Ordering::Release);
    t.mutator().charge(bytes);
    Ok(fresh.publish().value())
}

/// The number of an exact int.
#[inline]
fn exact_int<'a>(value: Value) -> Option<IntRef<'a>> {
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

/// The number as a big one.
#[must_use]
pub fn to_big(number: IntRef<'_>) -> Cow<'_, BigInt> {
    match number {
        IntRef::Small(number) => Cow::Owned(BigInt::from(number)),
        IntRef::Big(number) => Cow::Borrowed(number),
    }
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
        IntRef::Big(number) => match number.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        },
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
        IntRef::Big(number) => {
            let rest = (number.magnitude() % HASH_MODULUS).to_u64().unwrap_or(0);
            (rest, number.sign() == Sign::Minus)
        }
    };
    let hash = if negative { -(magnitude as i64) } else { magnitude as i64 };
    if hash == -1 { -2 } else { hash }
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
        (a, b) => to_big(a).as_ref().cmp(to_big(b).as_ref()),
    }
}
