//! The class `slice`.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use crate::builtins::{construct, sequence};
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::int::int_from_big;
use crate::objects::range::big;
use crate::objects::{Slice, Str, Tuple, slice_value};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn slice_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = construct::class_argument(t, args, t.classes().slice)?;
    rest.no_keywords(t, "slice")?;
    match *rest.positional() {
        [stop] => slice_value(t, Value::NONE, stop, Value::NONE),
        [start, stop] => slice_value(t, start, stop, Value::NONE),
        [start, stop, step] => slice_value(t, start, stop, step),
        [] => Err(t.type_error("slice expected at least 1 argument, got 0")),
        _ => Err(t.type_error(format_args!("slice expected at most 3 arguments, got {}", rest.values.len()))),
    }
}

/// S.indices(len) -> (start, stop, stride)
///
/// Assuming a sequence of length len, calculate the start and stop
/// indices, and the stride length of the extended slice described by
/// S. Out of bounds indices are clipped in a manner consistent with the
/// handling of normal slices.
#[native("indices($self, object, /)")]
fn slice_indices(t: &Thread, this: Ref<Slice>, length: Value) -> R<Ref<Tuple>> {
    let length = big(protocols::index(t, length)?);
    if length.is_negative() {
        return Err(t.value_error("length should not be negative"));
    }
    let number = |value: Value| -> R<BigInt> {
        if !protocols::has_index(t, value) {
            return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        protocols::index(t, value).map(big)
    };
    let [start, stop, step] = this.parts();
    let step = if step.is_none() { BigInt::one() } else { number(step)? };
    if step.is_zero() {
        return Err(t.value_error("slice step cannot be zero"));
    }
    let (low, high) = if step.is_negative() { (-BigInt::one(), &length - 1) } else { (BigInt::zero(), length.clone()) };
    let bound = |value: Value, default: &BigInt| -> R<BigInt> {
        if value.is_none() {
            return Ok(default.clone());
        }
        let bound = number(value)?;
        Ok(if bound.is_negative() { (bound + &length).max(low.clone()) } else { bound.min(high.clone()) })
    };
    let (first, last) = if step.is_negative() { (&high, &low) } else { (&low, &high) };
    let (start, stop) = (bound(start, first)?, bound(stop, last)?);
    Tuple::from_slice(t, &[int_from_big(t, start)?, int_from_big(t, stop)?, int_from_big(t, step)?])
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn slice_repr(t: &Thread, this: Ref<Slice>) -> R<Ref<Str>> {
    let parts = this.parts();
    sequence::bracketed(t, this.value(), ["slice(", ")"], |index| parts.get(index).copied())
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn slice_hash(t: &Thread, this: Ref<Slice>) -> R<i64> {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    let mut hash = PRIME_5;
    for part in this.parts() {
        hash = hash.wrapping_add(protocols::hash(t, part)?.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }
    Ok(if hash == u64::MAX { 1_546_275_796 } else { hash as i64 })
}

fn compare(t: &Thread, this: Ref<Slice>, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<Slice>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if this == other {
        return Ok(Value::bool(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge)));
    }
    let (a, b) = (this.parts(), other.parts());
    sequence::compare_items(t, op, || (3, 3), |index| Some((*a.get(index)?, *b.get(index)?)))
}

crate::comparison_methods! {
    slice_lt "__lt__($self, value, /)" Lt;
    slice_le "__le__($self, value, /)" Le;
    slice_eq "__eq__($self, value, /)" Eq;
    slice_ne "__ne__($self, value, /)" Ne;
    slice_gt "__gt__($self, value, /)" Gt;
    slice_ge "__ge__($self, value, /)" Ge;
    => Ref<Slice>, compare
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn slice_reduce(t: &Thread, this: Ref<Slice>) -> R<Ref<Tuple>> {
    let parts = Tuple::from_slice(t, &this.parts())?;
    Tuple::from_slice(t, &[t.classes().slice.value(), parts.value()])
}

fn part(t: &Thread, this: Value, index: usize) -> R {
    match this.downcast::<Slice>() {
        Some(slice) => Ok(slice.parts()[index]),
        None => Err(t.type_error(format_args!("a slice is required, not '{}'", this.class(t).name()))),
    }
}

/// `slice`
pub static SLICE: ClassDef = ClassDef {
    name: "slice",
    module: "builtins",
    layout: Slice::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.  This is used for extended slicing (e.g. a[0:10:2]).",
    methods: &[
        MethodDef::New(&SLICE_NEW),
        MethodDef::Method(&SLICE_INDICES),
        MethodDef::Method(&SLICE_REPR),
        MethodDef::Method(&SLICE_HASH),
        MethodDef::Method(&SLICE_LT),
        MethodDef::Method(&SLICE_LE),
        MethodDef::Method(&SLICE_EQ),
        MethodDef::Method(&SLICE_NE),
        MethodDef::Method(&SLICE_GT),
        MethodDef::Method(&SLICE_GE),
        MethodDef::Method(&SLICE_REDUCE),
        MethodDef::Class(&sequence::CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "start", get: |t, this| part(t, this, 0), set: None, doc: "" },
        GetSet { name: "stop", get: |t, this| part(t, this, 1), set: None, doc: "" },
        GetSet { name: "step", get: |t, this| part(t, this, 2), set: None, doc: "" },
    ],
};
