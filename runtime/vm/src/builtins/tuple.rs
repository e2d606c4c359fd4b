//! The class `tuple`.

use crate::builtins::sequence::{self, Subscript, bracketed, compare_items, index_bound, repeat_count, subscript};
use crate::builtins::{arguments, construct};
use crate::containers::ReprGuard;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::tuple::tuple_size;
use crate::objects::{Boxed, ClassFlags, List, SliceBounds, Str, Tuple, TupleIterator};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable=(), /)", raw)]
pub fn tuple_new(t: &Thread, args: Args<'_>) -> R {
    let class = construct::class_argument(t, args, t.classes().tuple)?.0;
    let exact = class == t.classes().tuple;
    let rest = args.rest();
    construct::no_keywords(t, class, t.classes().tuple, rest)?;
    let iterable = match rest.positional() {
        [] => None,
        [iterable] => Some(*iterable),
        more => return Err(t.type_error(format_args!("tuple expected at most 1 argument, got {}", more.len()))),
    };
    let tuple = match iterable {
        Some(iterable) if iterable.class(t) == t.classes().tuple => {
            iterable.downcast::<Tuple>().unwrap_or_else(|| Tuple::empty(t))
        }
        Some(iterable) => match iterable.downcast::<List>().filter(|_| iterable.class(t) == t.classes().list) {
            Some(list) => list.to_tuple(t)?,
            None => protocols::collect(t, iterable)?.into_tuple(t)?,
        },
        None => Tuple::empty(t),
    };
    if exact { Ok(tuple.value()) } else { Ok(Boxed::new(t, class, tuple.value())?.value()) }
}

/// Return number of occurrences of value.
#[native("count($self, value, /)")]
fn tuple_count(t: &Thread, this: Ref<Tuple>, value: Value) -> R<usize> {
    let mut count = 0;
    for &item in this.target().as_slice() {
        count += usize::from(item.is(value) || protocols::equal(t, item, value)?);
    }
    Ok(count)
}

/// Return first index of value.
///
/// Raises ValueError if the value is not present.
#[native("index($self, value, start=0, stop=sys.maxsize, /)", raw)]
fn tuple_index(t: &Thread, args: Args<'_>) -> R<usize> {
    let this = arguments::receiver::<Tuple>(t, args, &TUPLE_INDEX)?;
    let (value, start, stop) = sequence::index_arguments(t, args.rest())?;
    let start = index_bound(t, start, 0, this.len())?;
    let stop = index_bound(t, stop, i64::MAX, this.len())?.min(this.len());
    for index in start..stop {
        let item = this.target().as_slice()[index];
        if item.is(value) || protocols::equal(t, item, value)? {
            return Ok(index);
        }
    }
    Err(t.value_error("tuple.index(x): x not in tuple"))
}

/// Return len(self).
#[native("__len__($self, /)")]
fn tuple_len(_: &Thread, this: Ref<Tuple>) -> usize {
    this.len()
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn tuple_getitem(t: &Thread, this: Ref<Tuple>, key: Value) -> R {
    match subscript(t, key, "tuple")? {
        Subscript::Index(index) => {
            let index = if index < 0 { index.saturating_add(this.len() as i64) } else { index };
            let item = usize::try_from(index).ok().and_then(|index| this.target().as_slice().get(index).copied());
            item.ok_or_else(|| t.index_error("tuple index out of range"))
        }
        Subscript::Slice(slice) => Ok(tuple_slice(t, this, slice.bounds(t)?)?.value()),
    }
}

/// The items that bounds name.
pub fn tuple_slice(t: &Thread, tuple: Ref<Tuple>, bounds: SliceBounds) -> R<Ref<Tuple>> {
    let indices = bounds.within(tuple.len());
    let items = tuple.target().as_slice();
    if indices.step == 1 {
        if indices.count == items.len() {
            return Ok(tuple);
        }
        let start = indices.start as usize;
        return Tuple::from_slice(t, &items[start..start + indices.count]);
    }
    let item = |index: usize| items[(indices.start + indices.step * index as i64) as usize];
    Tuple::with(t, indices.count, |index| Ok(item(index)))
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn tuple_contains(t: &Thread, this: Ref<Tuple>, key: Value) -> R<bool> {
    contains(t, this, key)
}

/// Whether an item is the key or equals it.
pub fn contains(t: &Thread, this: Ref<Tuple>, key: Value) -> R<bool> {
    for &item in this.target().as_slice() {
        if item.is(key) || protocols::equal(t, item, key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn tuple_add(t: &Thread, this: Ref<Tuple>, value: Value) -> R<Ref<Tuple>> {
    match Tuple::of(t, value) {
        Some(other) => Tuple::concat(t, this, other),
        None => Err(
            t.type_error(format_args!("can only concatenate tuple (not \"{}\") to tuple", value.class(t).type_name(t)))
        ),
    }
}

/// Return self*value.
#[native("__mul__($self, value, /)")]
fn tuple_mul(t: &Thread, this: Ref<Tuple>, value: Value) -> R<Ref<Tuple>> {
    repeat(t, this, repeat_count(t, value)?)
}

/// Return value*self.
#[native("__rmul__($self, value, /)")]
fn tuple_rmul(t: &Thread, this: Ref<Tuple>, value: Value) -> R<Ref<Tuple>> {
    repeat(t, this, repeat_count(t, value)?)
}

fn repeat(t: &Thread, tuple: Ref<Tuple>, times: usize) -> R<Ref<Tuple>> {
    if times == 1 || tuple.is_empty() {
        return Ok(tuple);
    }
    let Some(total) = tuple.len().checked_mul(times) else { return Err(t.memory_error()) };
    if total == 0 {
        return Ok(Tuple::empty(t));
    }
    let fresh = Tuple::fresh(t, total)?;
    for (slot, &value) in fresh.object().target().slots().iter().zip(tuple.target().as_slice().iter().cycle()) {
        fresh.init(slot, Some(value));
    }
    Ok(fresh.publish())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn tuple_repr(t: &Thread, this: Value) -> R<Ref<Str>> {
    let tuple = arguments::receiver_of(t, Tuple::of(t, this), this, &TUPLE_REPR)?;
    match tuple.target().as_slice() {
        [] => Str::new(t, "()"),
        [only] => {
            let Some(_guard) = ReprGuard::enter(t, this)? else { return Str::new(t, "(...)") };
            let mut text = text::TextBuilder::new();
            text.push_str("(");
            text.push_units(protocols::repr(t, *only)?.units());
            text.push_str(",)");
            Str::from_owned(t, text.finish())
        }
        items => bracketed(t, this, ["(", ")"], |index| items.get(index).copied()),
    }
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn tuple_hash(t: &Thread, this: Ref<Tuple>) -> R<i64> {
    hash(t, this).map(|hash| hash as i64)
}

/// The hash of a tuple: xxHash with the items' hashes as its lanes.
pub fn hash(t: &Thread, tuple: Ref<Tuple>) -> R<u64> {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    let mut hash = PRIME_5;
    for &item in tuple.target().as_slice() {
        let lane = crate::containers::equality::hash_key(t, item)?;
        hash = hash.wrapping_add(lane.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }
    hash = hash.wrapping_add(tuple.len() as u64 ^ (PRIME_5 ^ 3_527_539));
    Ok(if hash == u64::MAX { 1_546_275_796 } else { hash })
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn tuple_iter(t: &Thread, this: Ref<Tuple>) -> R<Ref<TupleIterator>> {
    TupleIterator::new(t, this)
}

#[native("__getnewargs__($self, /)")]
fn tuple_getnewargs(t: &Thread, this: Ref<Tuple>) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[this.value()])
}

/// Size of object in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn tuple_sizeof(_: &Thread, this: Ref<Tuple>) -> usize {
    tuple_size(this.len())
}

fn compare(t: &Thread, this: Ref<Tuple>, other: Value, op: CompareOp) -> R {
    let Some(other) = Tuple::of(t, other) else { return Ok(Value::NOT_IMPLEMENTED) };
    let (a, b) = (this.target().as_slice(), other.target().as_slice());
    compare_items(t, op, || (a.len(), b.len()), |index| Some((*a.get(index)?, *b.get(index)?)))
}

crate::comparison_methods! {
    tuple_lt "__lt__($self, value, /)" Lt;
    tuple_le "__le__($self, value, /)" Le;
    tuple_eq "__eq__($self, value, /)" Eq;
    tuple_ne "__ne__($self, value, /)" Ne;
    tuple_gt "__gt__($self, value, /)" Gt;
    tuple_ge "__ge__($self, value, /)" Ge;
    => Ref<Tuple>, compare
}

/// `tuple`
pub static TUPLE: ClassDef = ClassDef {
    name: "tuple",
    module: "builtins",
    layout: Tuple::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::SEQUENCE | ClassFlags::MATCH_SELF,
    doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    methods: &[
        MethodDef::New(&TUPLE_NEW),
        MethodDef::Method(&TUPLE_COUNT),
        MethodDef::Method(&TUPLE_INDEX),
        MethodDef::Method(&TUPLE_LEN),
        MethodDef::Method(&TUPLE_GETITEM),
        MethodDef::Method(&TUPLE_CONTAINS),
        MethodDef::Method(&TUPLE_ADD),
        MethodDef::Method(&TUPLE_MUL),
        MethodDef::Method(&TUPLE_RMUL),
        MethodDef::Method(&TUPLE_REPR),
        MethodDef::Method(&TUPLE_HASH),
        MethodDef::Method(&TUPLE_ITER),
        MethodDef::Method(&TUPLE_GETNEWARGS),
        MethodDef::Method(&TUPLE_SIZEOF),
        MethodDef::Method(&TUPLE_LT),
        MethodDef::Method(&TUPLE_LE),
        MethodDef::Method(&TUPLE_EQ),
        MethodDef::Method(&TUPLE_NE),
        MethodDef::Method(&TUPLE_GT),
        MethodDef::Method(&TUPLE_GE),
        MethodDef::Class(&sequence::CLASS_GETITEM),
    ],
    getset: &[],
};
