//! The class `range` and its iterators.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::builtins::sequence::{Subscript, subscript};
use crate::builtins::{arguments, construct, iterators};
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::int::{int_from_big, int_from_i64, int_from_u64, int_of, is_exact_int, to_big};
use crate::objects::range::{LongRangeIterator, RangeIterator, big};
use crate::objects::{ClassFlags, Range, Slice, Str, Tuple};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
pub fn range_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = construct::class_argument(t, args, t.classes().range)?;
    rest.no_keywords(t, "range")?;
    make(t, rest.positional()).map(Ref::value)
}

/// The range of one to three arguments.
pub fn make(t: &Thread, arguments: &[Value]) -> R<Ref<Range>> {
    let exact = |value: Value| if value.is_small_int() { Ok(value) } else { protocols::index(t, value) };
    match *arguments {
        [stop] => Range::new(t, Value::small(0), exact(stop)?, Value::small(1)),
        [start, stop] => Range::new(t, exact(start)?, exact(stop)?, Value::small(1)),
        [start, stop, step] => {
            let (start, stop, step) = (exact(start)?, exact(stop)?, exact(step)?);
            if step.as_small_int() == Some(0) {
                return Err(t.value_error("range() arg 3 must not be zero"));
            }
            Range::new(t, start, stop, step)
        }
        [] => Err(t.type_error("range expected at least 1 argument, got 0")),
        _ => Err(t.type_error(format_args!("range expected at most 3 arguments, got {}", arguments.len()))),
    }
}

/// Return len(self).
#[native("__len__($self, /)")]
fn range_len(t: &Thread, this: Ref<Range>) -> R<usize> {
    let too_large = || t.overflow_error("Python int too large to convert to C ssize_t");
    match this.small() {
        Some(small) if small.length <= i64::MAX as u64 => Ok(small.length as usize),
        _ => this.big_length().to_i64().map(|length| length as usize).ok_or_else(too_large),
    }
}

/// True if self else False
#[native("__bool__($self, /)")]
fn range_bool(_: &Thread, this: Ref<Range>) -> bool {
    !this.big_length().is_zero()
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn range_getitem(t: &Thread, this: Ref<Range>, key: Value) -> R {
    if let (Some(small), Some(index)) = (this.small(), key.as_small_int()) {
        let index = if index < 0 { i128::from(index) + i128::from(small.length) } else { i128::from(index) };
        return match u64::try_from(index) {
            Ok(index) if index < small.length => int_from_i64(t, small.item(index)),
            _ => Err(t.index_error("range object index out of range")),
        };
    }
    if let Some(slice) = key.downcast::<Slice>() {
        return slice_of(t, this, slice).map(Ref::value);
    }
    if !protocols::has_index(t, key) {
        // Only the message is wanted.
        subscript(t, key, "range").map(|_: Subscript| ())?;
    }
    let (index, length) = (big(protocols::index(t, key)?), this.big_length());
    let index = if index.is_negative() { index + &length } else { index };
    if index.is_negative() || index >= length {
        return Err(t.index_error("range object index out of range"));
    }
    this.big_item(t, &index)
}

/// The parts of a slice as numbers of any size, brought into the range of a length.
fn slice_indices(t: &Thread, slice: Ref<Slice>, length: &BigInt) -> R<[BigInt; 3]> {
    let number = |value: Value| -> R<BigInt> {
        if !protocols::has_index(t, value) {
            return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        protocols::index(t, value).map(big)
    };
    let [start, stop, step] = slice.parts();
    let step = if step.is_none() { BigInt::one() } else { number(step)? };
    if step.is_zero() {
        return Err(t.value_error("slice step cannot be zero"));
    }
    let backwards = step.is_negative();
    let (low, high) = if backwards { (-BigInt::one(), length - 1) } else { (BigInt::zero(), length.clone()) };
    let bound = |value: Value, default: &BigInt| -> R<BigInt> {
        if value.is_none() {
            return Ok(default.clone());
        }
        let bound = number(value)?;
        Ok(if bound.is_negative() { (bound + length).max(low.clone()) } else { bound.min(high.clone()) })
    };
    let (first, last) = if backwards { (&high, &low) } else { (&low, &high) };
    Ok([bound(start, first)?, bound(stop, last)?, step])
}

fn slice_of(t: &Thread, range: Ref<Range>, slice: Ref<Slice>) -> R<Ref<Range>> {
    let [start, stop, step] = slice_indices(t, slice, &range.big_length())?;
    let own_step = big(range.parts()[2]);
    Range::new(t, range.big_item(t, &start)?, range.big_item(t, &stop)?, int_from_big(t, own_step * step)?)
}

/// The place of a number in a range.
fn place(range: &Range, number: &BigInt) -> Option<BigInt> {
    let [start, _, step] = range.parts().map(big);
    let (place, rest) = (number - start).div_mod_floor(&step);
    (rest.is_zero() && !place.is_negative() && place < range.big_length()).then_some(place)
}

/// The place of an exact int or a bool; nothing for other values, which have to be compared.
fn exact_place(range: &Range, value: Value) -> Option<Option<BigInt>> {
    if !is_exact_int(value) && !matches!(value, Value::TRUE | Value::FALSE) {
        return None;
    }
    let number = int_of(value)?;
    Some(place(range, &to_big(number)))
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn range_contains(t: &Thread, this: Ref<Range>, key: Value) -> R<bool> {
    if let (Some(small), Some(number)) = (this.small(), key.as_small_int()) {
        let distance = i128::from(number) - i128::from(small.start);
        let step = i128::from(small.step);
        return Ok(distance % step == 0 && (0..i128::from(small.length)).contains(&(distance / step)));
    }
    match exact_place(&this, key) {
        Some(place) => Ok(place.is_some()),
        None => protocols::contains_by_iteration(t, this.value(), key),
    }
}

/// rangeobject.count(value) -> integer -- return number of occurrences of value
#[native("count($self, value, /)")]
fn range_count(t: &Thread, this: Ref<Range>, value: Value) -> R<usize> {
    if let Some(place) = exact_place(&this, value) {
        return Ok(usize::from(place.is_some()));
    }
    let mut count = 0;
    protocols::for_each(t, this.value(), |item| {
        count += usize::from(protocols::equal(t, item, value)?);
        Ok(())
    })?;
    Ok(count)
}

/// rangeobject.index(value) -> integer -- return index of value.
/// Raise ValueError if the value is not present.
#[native("index($self, value, /)")]
fn range_index(t: &Thread, this: Ref<Range>, value: Value) -> R {
    if let Some(place) = exact_place(&this, value) {
        return match place {
            Some(place) => int_from_big(t, place),
            None => Err(t.value_error("range.index(x): x not in range")),
        };
    }
    let (mut index, mut found) = (0u64, false);
    protocols::for_each_until(t, this.value(), |item| {
        found = protocols::equal(t, item, value)?;
        index += u64::from(!found);
        Ok(!found)
    })?;
    if found { int_from_u64(t, index) } else { Err(t.value_error("sequence.index(x): x not in sequence")) }
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn range_iter(t: &Thread, this: Ref<Range>) -> R {
    this.iterate(t, false)
}

/// Return a reverse iterator.
#[native("__reversed__($self, /)")]
fn range_reversed(t: &Thread, this: Ref<Range>) -> R {
    this.iterate(t, true)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn range_repr(t: &Thread, this: Ref<Range>) -> R<String> {
    let [start, stop, step] = this.parts();
    let text = |value: Value| -> R<String> { Ok(Str::to_string_lossy(protocols::repr(t, value)?.target())) };
    let (start, stop) = (text(start)?, text(stop)?);
    if step.as_small_int() == Some(1) {
        return Ok(format!("range({start}, {stop})"));
    }
    Ok(format!("range({start}, {stop}, {})", text(step)?))
}

/// What makes two ranges equal: length, and then start and step as far as they matter.
fn identity(t: &Thread, range: Ref<Range>) -> R<[Value; 3]> {
    let length = range.length(t)?;
    let [start, _, step] = range.parts();
    Ok(match length.as_small_int() {
        Some(0) => [length, Value::NONE, Value::NONE],
        Some(1) => [length, start, Value::NONE],
        _ => [length, start, step],
    })
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn range_hash(t: &Thread, this: Ref<Range>) -> R<i64> {
    let parts = Tuple::from_slice(t, &identity(t, this)?)?;
    super::tuple::hash(t, parts).map(|hash| hash as i64)
}

fn compare(t: &Thread, this: Ref<Range>, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<Range>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut equal = true;
    for (a, b) in identity(t, this)?.into_iter().zip(identity(t, other)?) {
        equal = equal && protocols::equal(t, a, b)?;
    }
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

crate::comparison_methods! {
    range_lt "__lt__($self, value, /)" Lt;
    range_le "__le__($self, value, /)" Le;
    range_eq "__eq__($self, value, /)" Eq;
    range_ne "__ne__($self, value, /)" Ne;
    range_gt "__gt__($self, value, /)" Gt;
    range_ge "__ge__($self, value, /)" Ge;
    => Ref<Range>, compare
}

#[native("__reduce__($self, /)")]
fn range_reduce(t: &Thread, this: Ref<Range>) -> R<Ref<Tuple>> {
    let parts = Tuple::from_slice(t, &this.parts())?;
    Tuple::from_slice(t, &[t.classes().range.value(), parts.value()])
}

fn part(t: &Thread, this: Value, index: usize) -> R {
    match this.downcast::<Range>() {
        Some(range) => Ok(range.parts()[index]),
        None => Err(t.type_error(format_args!("a range is required, not '{}'", this.class(t).name()))),
    }
}

/// `range`
pub static RANGE: ClassDef = ClassDef {
    name: "range",
    module: "builtins",
    layout: Range::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::SEQUENCE,
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    methods: &[
        MethodDef::New(&RANGE_NEW),
        MethodDef::Method(&RANGE_LEN),
        MethodDef::Method(&RANGE_BOOL),
        MethodDef::Method(&RANGE_GETITEM),
        MethodDef::Method(&RANGE_CONTAINS),
        MethodDef::Method(&RANGE_COUNT),
        MethodDef::Method(&RANGE_INDEX),
        MethodDef::Method(&RANGE_ITER),
        MethodDef::Method(&RANGE_REVERSED),
        MethodDef::Method(&RANGE_REPR),
        MethodDef::Method(&RANGE_HASH),
        MethodDef::Method(&RANGE_LT),
        MethodDef::Method(&RANGE_LE),
        MethodDef::Method(&RANGE_EQ),
        MethodDef::Method(&RANGE_NE),
        MethodDef::Method(&RANGE_GT),
        MethodDef::Method(&RANGE_GE),
        MethodDef::Method(&RANGE_REDUCE),
    ],
    getset: &[
        GetSet { name: "start", get: |t, this| part(t, this, 0), set: None, doc: "" },
        GetSet { name: "stop", get: |t, this| part(t, this, 1), set: None, doc: "" },
        GetSet { name: "step", get: |t, this| part(t, this, 2), set: None, doc: "" },
    ],
};

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn iterator_length_hint(t: &Thread, this: Value) -> R {
    if let Some(iterator) = this.downcast::<RangeIterator>() {
        return int_from_u64(t, iterator.rest().length);
    }
    match this.downcast::<LongRangeIterator>() {
        Some(iterator) => {
            let [.., left] = iterator.rest();
            int_from_big(t, left)
        }
        None => Ok(Value::small(0)),
    }
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn iterator_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    let [next, step, left] = match (this.downcast::<RangeIterator>(), this.downcast::<LongRangeIterator>()) {
        (Some(iterator), _) => {
            let rest = iterator.rest();
            [BigInt::from(rest.start), BigInt::from(rest.step), BigInt::from(rest.length)]
        }
        (None, Some(iterator)) => iterator.rest(),
        _ => return Err(t.type_error("a range iterator is required")),
    };
    let stop = int_from_big(t, &next + &step * left)?;
    let range = Range::new(t, int_from_big(t, next)?, stop, int_from_big(t, step)?)?;
    let arguments = Tuple::from_slice(t, &[range.value()])?;
    Tuple::from_slice(t, &[arguments::builtin(t, "iter")?, arguments.value(), Value::NONE])
}

/// Set state information for unpickling.
#[native("__setstate__($self, object, /)")]
fn iterator_setstate(t: &Thread, this: Value, state: Value) -> R<()> {
    let count = big(protocols::index(t, state)?);
    if let Some(iterator) = this.downcast::<RangeIterator>() {
        iterator.skip(count.max(BigInt::zero()).to_u64().unwrap_or(u64::MAX));
        return Ok(());
    }
    match this.downcast::<LongRangeIterator>() {
        Some(iterator) => iterator.skip(t, &count),
        None => Ok(()),
    }
}

/// `range_iterator`
pub static RANGE_ITERATOR: ClassDef = iterators::iterator_class(
    "range_iterator",
    RangeIterator::layout,
    &[
        iterators::ITER,
        iterators::NEXT,
        MethodDef::Method(&ITERATOR_LENGTH_HINT),
        MethodDef::Method(&ITERATOR_REDUCE),
        MethodDef::Method(&ITERATOR_SETSTATE),
    ],
);

/// `longrange_iterator`
pub static LONGRANGE_ITERATOR: ClassDef = iterators::iterator_class(
    "longrange_iterator",
    LongRangeIterator::layout,
    &[
        iterators::ITER,
        iterators::NEXT,
        MethodDef::Method(&ITERATOR_LENGTH_HINT),
        MethodDef::Method(&ITERATOR_REDUCE),
        MethodDef::Method(&ITERATOR_SETSTATE),
    ],
);
