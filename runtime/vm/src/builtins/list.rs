//! The class `list`.

use crate::builtins::list_sort;
use crate::builtins::sequence::{
    self, Subscript, bracketed, compare_items, index_bound, only_argument, repeat_count, subscript,
};
use crate::builtins::{arguments, construct};
use crate::containers::ValueVec;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{ClassFlags, Dict, List, ListIterator, ListReverseIterator, SliceBounds, Str, Tuple};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
pub fn list_new(t: &Thread, args: Args<'_>) -> R {
    let class = construct::class_argument(t, args, t.classes().list)?.0;
    super::object::new_instance(t, class)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, iterable=(), /)", raw)]
pub fn list_init(t: &Thread, args: Args<'_>) -> R {
    let this = arguments::receiver::<List>(t, args, &LIST_INIT)?;
    let rest = args.rest();
    construct::no_init_keywords(t, this.value(), t.classes().list, rest)?;
    let iterable = only_argument(t, Args::positional_only(rest.positional()), "list")?;
    this.clear(t);
    if let Some(iterable) = iterable {
        extend(t, this, iterable)?;
    }
    Ok(Value::NONE)
}

/// Appends what an iterable gives.
pub fn extend(t: &Thread, list: Ref<List>, iterable: Value) -> R<()> {
    let class = iterable.class(t);
    if class == t.classes().list
        && let Some(other) = iterable.downcast::<List>()
    {
        return list.extend_from_list(t, other);
    }
    if class == t.classes().tuple
        && let Some(other) = iterable.downcast::<Tuple>()
    {
        return list.extend_from_slice(t, other.as_slice());
    }
    let iterable = protocols::steady(t, iterable)?;
    if class == t.classes().dict
        && let Some(dict) = iterable.downcast::<Dict>()
    {
        return extend_from_keys(t, list, dict);
    }
    let iterator = protocols::iterate(t, iterable)?;
    list.make_room(t, protocols::length_hint(t, iterable, 8)?)?;
    while let Some(value) = protocols::next(t, iterator)? {
        list.push(t, value)?;
        t.poll()?;
    }
    list.give_back(t);
    Ok(())
}

fn extend_from_keys(t: &Thread, list: Ref<List>, dict: Ref<Dict>) -> R<()> {
    let length = dict.len(t);
    list.make_room(t, length)?;
    let mut position = 0;
    while let Some((key, ..)) = dict.next_entry(t, &mut position) {
        list.push(t, key)?;
        t.stand_still();
        if dict.len(t) != length {
            return Err(t.runtime_error("dictionary changed size during iteration"));
        }
    }
    Ok(())
}

/// Append object to the end of the list.
#[native("append($self, object, /)")]
fn list_append(t: &Thread, this: Ref<List>, object: Value) -> R<()> {
    this.push(t, object)
}

/// Extend list by appending elements from the iterable.
#[native("extend($self, iterable, /)")]
fn list_extend(t: &Thread, this: Ref<List>, iterable: Value) -> R<()> {
    extend(t, this, iterable)
}

/// Insert object before index.
#[native("insert($self, index, object, /)")]
fn list_insert(t: &Thread, this: Ref<List>, index: i64, object: Value) -> R<()> {
    let index = if index < 0 { index.saturating_add(this.len() as i64).max(0) } else { index };
    this.insert(t, index as usize, object)
}

/// Remove and return item at index (default last).
///
/// Raises IndexError if list is empty or index is out of range.
#[native("pop($self, index=-1, /)")]
fn list_pop(t: &Thread, this: Ref<List>, index: i64) -> R {
    let popped = if index == -1 { this.pop(t) } else { this.pop_at(t, index) };
    popped.ok_or_else(|| t.index_error(if this.is_empty() { "pop from empty list" } else { "pop index out of range" }))
}

/// Remove first occurrence of value.
///
/// Raises ValueError if the value is not present.
#[native("remove($self, value, /)")]
fn list_remove(t: &Thread, this: Ref<List>, value: Value) -> R<()> {
    let mut index = 0;
    while let Some(item) = this.get(index) {
        if (item.is(value) || protocols::equal(t, item, value)?)
            && (this.remove_if_same(t, index, item) || this.remove_at(t, index).is_some())
        {
            return Ok(());
        }
        index += 1;
    }
    Err(t.value_error("list.remove(x): x not in list"))
}

/// Remove all items from list.
#[native("clear($self, /)")]
fn list_clear(t: &Thread, this: Ref<List>) {
    this.clear(t);
}

/// Return a shallow copy of the list.
#[native("copy($self, /)")]
fn list_copy(t: &Thread, this: Ref<List>) -> R<Ref<List>> {
    this.copy(t)
}

/// Reverse *IN PLACE*.
#[native("reverse($self, /)")]
fn list_reverse(t: &Thread, this: Ref<List>) {
    this.reverse(t);
}

/// Return number of occurrences of value.
#[native("count($self, value, /)")]
fn list_count(t: &Thread, this: Ref<List>, value: Value) -> R<usize> {
    let mut count = 0;
    let mut index = 0;
    while let Some(item) = this.get(index) {
        count += usize::from(item.is(value) || protocols::equal(t, item, value)?);
        index += 1;
    }
    Ok(count)
}

/// Return first index of value.
///
/// Raises ValueError if the value is not present.
#[native("index($self, value, start=0, stop=sys.maxsize, /)", raw)]
fn list_index(t: &Thread, args: Args<'_>) -> R<usize> {
    let this = arguments::receiver::<List>(t, args, &LIST_INDEX)?;
    let (value, start, stop) = sequence::index_arguments(t, args.rest())?;
    let start = match start {
        Some(_) => index_bound(t, start, 0, this.len())?,
        None => 0,
    };
    let stop = index_bound(t, stop, i64::MAX, this.len())?;
    for index in start..stop {
        let Some(item) = this.get(index) else { break };
        if item.is(value) || protocols::equal(t, item, value)? {
            return Ok(index);
        }
    }
    Err(t.value_error("list.index(x): x not in list"))
}

/// Sort the list in ascending order and return None.
///
/// The sort is in-place (i.e. the list itself is modified) and stable (i.e. the
/// order of two equal elements is maintained).
///
/// If a key function is given, apply it once to each list item and sort them,
/// ascending or descending, according to their function values.
///
/// The reverse flag can be set to sort in descending order.
#[native("sort($self, /, *, key=None, reverse=False)")]
fn list_sort(t: &Thread, this: Ref<List>, key: Option<Value>, reverse: bool) -> R<()> {
    list_sort::sort(t, this, key.filter(|key| !key.is_none()), reverse)
}

/// Return len(self).
#[native("__len__($self, /)")]
fn list_len(_: &Thread, this: Ref<List>) -> usize {
    this.len()
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn list_getitem(t: &Thread, this: Ref<List>, key: Value) -> R {
    match subscript(t, key, "list")? {
        Subscript::Index(index) => {
            let item = this.normalize(index).and_then(|index| this.get(index));
            item.ok_or_else(|| t.index_error("list index out of range"))
        }
        Subscript::Slice(slice) => Ok(this.slice(t, slice.picker(t)?)?.value()),
    }
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn list_setitem(t: &Thread, this: Ref<List>, key: Value, value: Value) -> R<()> {
    match subscript(t, key, "list")? {
        Subscript::Index(index) if this.set_at(t, index, value) => Ok(()),
        Subscript::Index(_) => Err(t.index_error("list assignment index out of range")),
        Subscript::Slice(slice) => assign_slice(t, this, slice.bounds(t)?, value),
    }
}

/// Puts the items of an iterable in the place of those that bounds name.
pub fn assign_slice(t: &Thread, this: Ref<List>, bounds: SliceBounds, value: Value) -> R<()> {
    let values = match protocols::collect(t, value) {
        Ok(values) => values,
        Err(raised) if t.pending_is(t.classes().type_error) && !arguments::is_iterable(t, value) => {
            t.take(raised);
            return Err(t.type_error("must assign iterable to extended slice"));
        }
        Err(raised) => return Err(raised),
    };
    let indices = bounds.within(this.len());
    if indices.step == 1 {
        let start = indices.start as usize;
        return this.assign_slice(t, start, (indices.stop as usize).max(start), values.as_slice());
    }
    let pick = |length: usize| {
        let indices = bounds.within(length);
        (indices.start, indices.step, indices.count)
    };
    match this.assign_stepped(t, values.as_slice(), pick) {
        Ok(()) => Ok(()),
        Err(count) => Err(t.value_error(format_args!(
            "attempt to assign sequence of size {} to extended slice of size {count}",
            values.len()
        ))),
    }
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn list_delitem(t: &Thread, this: Ref<List>, key: Value) -> R<()> {
    match subscript(t, key, "list")? {
        Subscript::Index(index) => match this.pop_at(t, index) {
            Some(_) => Ok(()),
            None => Err(t.index_error("list assignment index out of range")),
        },
        Subscript::Slice(slice) => {
            this.delete_slice(t, slice.picker(t)?);
            Ok(())
        }
    }
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn list_contains(t: &Thread, this: Ref<List>, key: Value) -> R<bool> {
    contains(t, this, key)
}

/// Whether an item is the key or equals it.
pub fn contains(t: &Thread, this: Ref<List>, key: Value) -> R<bool> {
    let mut index = 0;
    while let Some(item) = this.get(index) {
        if item.is(key) || protocols::equal(t, item, key)? {
            return Ok(true);
        }
        index += 1;
    }
    Ok(false)
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn list_add(t: &Thread, this: Ref<List>, value: Value) -> R<Ref<List>> {
    match value.downcast::<List>() {
        Some(other) => List::concat(t, this, other),
        None => Err(
            t.type_error(format_args!("can only concatenate list (not \"{}\") to list", value.class(t).type_name(t)))
        ),
    }
}

/// Implement self+=value.
#[native("__iadd__($self, value, /)")]
fn list_iadd(t: &Thread, this: Ref<List>, value: Value) -> R<Ref<List>> {
    extend(t, this, value)?;
    Ok(this)
}

/// Return self*value.
#[native("__mul__($self, value, /)")]
fn list_mul(t: &Thread, this: Ref<List>, value: Value) -> R<Ref<List>> {
    this.repeat(t, repeat_count(t, value)?)
}

/// Return value*self.
#[native("__rmul__($self, value, /)")]
fn list_rmul(t: &Thread, this: Ref<List>, value: Value) -> R<Ref<List>> {
    this.repeat(t, repeat_count(t, value)?)
}

/// Implement self*=value.
#[native("__imul__($self, value, /)")]
fn list_imul(t: &Thread, this: Ref<List>, value: Value) -> R<Ref<List>> {
    let times = repeat_count(t, value)?;
    let (array, length) = {
        let repeated = this.repeat(t, times)?;
        repeated.take(t).into_array()
    };
    this.replace(t, ValueVec::from_array(array, length));
    Ok(this)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn list_repr(t: &Thread, this: Ref<List>) -> R<Ref<Str>> {
    bracketed(t, this.value(), ["[", "]"], |index| this.get(index))
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn list_iter(t: &Thread, this: Ref<List>) -> R<Ref<ListIterator>> {
    ListIterator::new(t, this.value())
}

/// Return a reverse iterator over the list.
#[native("__reversed__($self, /)")]
fn list_reversed(t: &Thread, this: Ref<List>) -> R<Ref<ListReverseIterator>> {
    ListReverseIterator::new(t, this)
}

/// Return the size of the list in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn list_sizeof(_: &Thread, this: Ref<List>) -> usize {
    size_of::<List>() + this.capacity() * 8
}

fn compare(t: &Thread, this: Ref<List>, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<List>() else { return Ok(Value::NOT_IMPLEMENTED) };
    compare_items(t, op, || (this.len(), other.len()), |index| Some((this.get(index)?, other.get(index)?)))
}

crate::comparison_methods! {
    list_lt "__lt__($self, value, /)" Lt;
    list_le "__le__($self, value, /)" Le;
    list_eq "__eq__($self, value, /)" Eq;
    list_ne "__ne__($self, value, /)" Ne;
    list_gt "__gt__($self, value, /)" Gt;
    list_ge "__ge__($self, value, /)" Ge;
    => Ref<List>, compare
}

/// `list`
pub static LIST: ClassDef = ClassDef {
    name: "list",
    module: "builtins",
    layout: List::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::SEQUENCE | ClassFlags::MATCH_SELF,
    doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    methods: &[
        MethodDef::New(&LIST_NEW),
        MethodDef::Method(&LIST_INIT),
        MethodDef::Method(&LIST_APPEND),
        MethodDef::Method(&LIST_EXTEND),
        MethodDef::Method(&LIST_INSERT),
        MethodDef::Method(&LIST_POP),
        MethodDef::Method(&LIST_REMOVE),
        MethodDef::Method(&LIST_CLEAR),
        MethodDef::Method(&LIST_COPY),
        MethodDef::Method(&LIST_REVERSE),
        MethodDef::Method(&LIST_COUNT),
        MethodDef::Method(&LIST_INDEX),
        MethodDef::Method(&LIST_SORT),
        MethodDef::Method(&LIST_LEN),
        MethodDef::Method(&LIST_GETITEM),
        MethodDef::Method(&LIST_SETITEM),
        MethodDef::Method(&LIST_DELITEM),
        MethodDef::Method(&LIST_CONTAINS),
        MethodDef::Method(&LIST_ADD),
        MethodDef::Method(&LIST_IADD),
        MethodDef::Method(&LIST_MUL),
        MethodDef::Method(&LIST_RMUL),
        MethodDef::Method(&LIST_IMUL),
        MethodDef::Method(&LIST_REPR),
        MethodDef::Method(&LIST_ITER),
        MethodDef::Method(&LIST_REVERSED),
        MethodDef::Method(&LIST_SIZEOF),
        MethodDef::Method(&LIST_LT),
        MethodDef::Method(&LIST_LE),
        MethodDef::Method(&LIST_EQ),
        MethodDef::Method(&LIST_NE),
        MethodDef::Method(&LIST_GT),
        MethodDef::Method(&LIST_GE),
        MethodDef::Class(&sequence::CLASS_GETITEM),
    ],
    getset: &[],
};
