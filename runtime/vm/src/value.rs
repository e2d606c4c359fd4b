//! `Value`: one 64-bit word that is a small int, a float, a singleton or a pointer to a heap object.
//!
//! | low bits | meaning |
//! |---|---|
//! | `..1` | small int, 63 bits, two's complement, in the upper bits |
//! | `.10` | float: the double, its sign moved to the low end, minus the same of 2^-255, times four; others are boxed |
//! | `000` | pointer to an object header |
//! | `100` | None, False, True, Ellipsis, NotImplemented |
//!
//! The zero word is no value: it is "unset", so `Option<Value>` and `Result<Value, Raised>` are one word
//! (`docs/decisions/004`). A pointer word always points at a live header: words come only from the heap, whose collector
//! scans stacks, registers and heap arrays, and a `Value` is never kept elsewhere. That is the invariant on which
//! `header` relies.

use std::num::NonZeroU64;

use gc::Header;

use crate::object::{Object, Ref};
use crate::objects::Class;
use crate::thread::Thread;

/// A Python value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(NonZeroU64);

impl gc::Word for Value {
    fn to_bits(self) -> u64 {
        self.bits()
    }
    fn from_bits(bits: u64) -> Self {
        Self(NonZeroU64::new(bits).expect("slots make values of words that are not zero"))
    }
}

/// The word of a double without a common exponent, if it has one. (Out of line, or else the common case waits for what is computed
/// here: the two would be joined by conditional moves.)
#[cold]
#[inline(never)]
const fn uncommon_float(bits: u64) -> Option<Value> {
    if bits == 0 { Some(word(FLOAT_ZERO)) } else { None }
}

/// The number behind the word of a float.
#[inline(always)]
const fn float_of(word: u64) -> f64 {
    if word == FLOAT_ZERO { 0.0 } else { f64::from_bits((word >> 2).wrapping_add(FLOAT_BASE).rotate_right(1)) }
}

const fn word(bits: u64) -> Value {
    match NonZeroU64::new(bits) {
        Some(bits) => Value(bits),
        None => panic!("a value is not zero"),
    }
}

/// The largest small int.
pub const SMALL_INT_MAX: i64 = i64::MAX >> 1;
/// The least small int.
pub const SMALL_INT_MIN: i64 = i64::MIN >> 1;

/// The word that stands for 0.0, whose exponent is not among the common ones.
const FLOAT_ZERO: u64 = 2;
/// The least double with a common exponent; its word would be `FLOAT_ZERO`'s.
const FLOAT_EXCLUDED: u64 = 0x3000_0000_0000_0000;
/// It, with the sign moved to the low end: the numbers with common exponents are those less than 2^62 above it.
const FLOAT_BASE: u64 = FLOAT_EXCLUDED.rotate_left(1);

impl Value {
    /// `None`.
    pub const NONE: Value = word(0x04);
    /// `False`.
    pub const FALSE: Value = word(0x14);
    /// `True`.
    pub const TRUE: Value = word(0x1c);
    /// `Ellipsis`.
    pub const ELLIPSIS: Value = word(0x24);
    /// `NotImplemented`.
    pub const NOT_IMPLEMENTED: Value = word(0x34);

    /// The word itself.
    #[inline(always)]
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// The value of a word read from a register or slot; zero is unset.
    #[inline(always)]
    #[must_use]
    pub const fn from_word(bits: u64) -> Option<Value> {
        match NonZeroU64::new(bits) {
            Some(bits) => Some(Value(bits)),
            None => None,
        }
    }

    /// `True` or `False`.
    #[inline(always)]
    #[must_use]
    pub const fn bool(truth: bool) -> Value {
        if truth { Value::TRUE } else { Value::FALSE }
    }

    /// A small int, if `number` fits in 63 bits.
    #[inline(always)]
    #[must_use]
    pub const fn small_int(number: i64) -> Option<Value> {
        let (doubled, overflow) = number.overflowing_mul(2);
        if overflow { None } else { Some(word(doubled as u64 | 1)) }
    }

    /// A small int that surely fits: lengths, counts, enumerators.
    #[inline(always)]
    #[must_use]
    pub const fn small(number: i32) -> Value {
        word(((number as i64) << 1) as u64 | 1)
    }

    /// The number, if this is a small int (`True` and `False` are not).
    #[inline(always)]
    #[must_use]
    pub const fn as_small_int(self) -> Option<i64> {
        if self.is_small_int() { Some(self.bits() as i64 >> 1) } else { None }
    }

    /// Whether this is a small int.
    #[inline(always)]
    #[must_use]
    pub const fn is_small_int(self) -> bool {
        self.bits() & 1 == 1
    }

    /// A float in the word, if its exponent is a common one.
    #[inline(always)]
    #[must_use]
    pub const fn word_float(number: f64) -> Option<Value> {
        let above = number.to_bits().rotate_left(1).wrapping_sub(FLOAT_BASE).rotate_left(2);
        if above & 3 == 0 && above != 0 {
            return Some(word(above | 2));
        }
        uncommon_float(number.to_bits())
    }

    /// Whether this is a float held in the word.
    #[inline(always)]
    #[must_use]
    pub const fn is_word_float(self) -> bool {
        self.bits() & 3 == 2
    }

    /// The number, if this is a float held in the word.
    #[inline(always)]
    #[must_use]
    pub const fn as_word_float(self) -> Option<f64> {
        if self.is_word_float() { Some(float_of(self.bits())) } else { None }
    }

    /// The numbers, if both are floats held in the word.
    #[inline(always)]
    #[must_use]
    pub const fn word_floats(left: Self, right: Self) -> Option<(f64, f64)> {
        let (left, right) = (left.bits(), right.bits());
        if ((left ^ 2) | (right ^ 2)) & 3 == 0 { Some((float_of(left), float_of(right))) } else { None }
    }

    /// Whether this is a pointer to a heap object.
    #[inline(always)]
    #[must_use]
    pub const fn is_object(self) -> bool {
        self.bits() & 7 == 0
    }

    /// The header, if this is a pointer to a heap object. The lifetime is the caller's: a value in a local keeps its object.
    #[inline(always)]
    #[must_use]
    pub fn header<'a>(self) -> Option<&'a Header> {
        if self.is_object() {
            // SAFETY: the module's invariant: a pointer word points at a live object, and the word in the caller's
            // local keeps it alive.
            Some(unsafe { &*(self.bits() as *const Header) })
        } else {
            None
        }
    }

    /// The value that points at this object.
    #[inline(always)]
    #[must_use]
    pub fn of_header(header: &Header) -> Value {
        word_of_address(std::ptr::from_ref(header) as u64)
    }

    /// The class. For values in the word it is the builtin class.
    #[inline(always)]
    #[must_use]
    pub fn class(self, t: &Thread) -> Ref<Class> {
        match self.header() {
            Some(header) => class_of_header(header),
            None => self.class_of_immediate(t),
        }
    }

    fn class_of_immediate(self, t: &Thread) -> Ref<Class> {
        let classes = t.classes();
        if self.is_small_int() {
            return classes.int;
        }
        if self.is_word_float() {
            return classes.float;
        }
        match self {
            Value::NONE => classes.none_type,
            Value::TRUE | Value::FALSE => classes.bool_,
            Value::ELLIPSIS => classes.ellipsis,
            _ => classes.not_implemented_type,
        }
    }

    /// The object seen as a `T`, if its class has `T`'s layout (subclasses included).
    #[inline(always)]
    #[must_use]
    pub fn downcast<T: Object>(self) -> Option<Ref<T>> {
        let header = self.header()?;
        if std::ptr::eq(class_of_header(header).layout(), T::layout()) {
            // SAFETY: the class says that the object has T's layout.
            Some(unsafe { Ref::from_header(header) })
        } else {
            None
        }
    }

    /// Whether this is `None`.
    #[inline(always)]
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.bits() == Value::NONE.bits()
    }

    /// `self is other`.
    #[inline(always)]
    #[must_use]
    pub const fn is(self, other: Value) -> bool {
        self.bits() == other.bits()
    }
}

/// The class of the object behind a header.
#[inline(always)]
#[must_use]
pub fn class_of_header(header: &Header) -> Ref<Class> {
    // SAFETY: the heap writes a class pointer into every header before the object can be seen.
    unsafe { Ref::from_address(header.class_bits()) }
}

fn word_of_address(address: u64) -> Value {
    debug_assert!(address != 0 && address & 15 == 0, "headers are 16-byte aligned");
    word(address)
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.as_small_int(), self.as_word_float()) {
            (Some(number), _) => write!(f, "Value({number})"),
            (_, Some(number)) => write!(f, "Value({number})"),
            _ => write!(f, "Value({:#x})", self.bits()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size_of::<Option<Value>>(), 8);
        assert_eq!(size_of::<Result<Value, crate::raised::Raised>>(), 8);
    }

    #[test]
    fn small_ints_round_trip() {
        for number in [0, 1, -1, 42, SMALL_INT_MAX, SMALL_INT_MIN] {
            assert_eq!(Value::small_int(number).and_then(Value::as_small_int), Some(number));
        }
        assert!(Value::small_int(SMALL_INT_MAX + 1).is_none());
        assert!(Value::small_int(SMALL_INT_MIN - 1).is_none());
    }

    #[test]
    fn floats_round_trip() {
        let (least, largest) = (f64::from_bits(FLOAT_EXCLUDED + 1), f64::from_bits(0x4FFF_FFFF_FFFF_FFFF));
        for number in [0.0, 1.0, 0.1, 1e-76, 1e77, 3.5e20, least, largest] {
            for number in [number, -number] {
                let restored = Value::word_float(number).map(|value| value.as_word_float().map(f64::to_bits));
                assert!(
                    restored == Some(Some(number.to_bits())) || number.to_bits() == (-0.0_f64).to_bits(),
                    "{number}"
                );
            }
        }
        assert!(Value::word_float(-f64::from_bits(FLOAT_EXCLUDED)).is_some());
        for outside in [largest * 1.0000001, 1e-78, f64::MIN_POSITIVE, f64::NAN, f64::MAX, -f64::INFINITY] {
            assert!(Value::word_float(outside).is_none(), "{outside}");
        }
        assert!(Value::word_float(1.5).is_some());
        assert!(Value::word_float(-0.0).is_none() && Value::word_float(f64::INFINITY).is_none());
        assert!(Value::word_float(f64::from_bits(FLOAT_EXCLUDED)).is_none());
    }
}
