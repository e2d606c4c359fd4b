//! Subscripts and containment.

use crate::builtins;
use crate::names::Special;
use crate::object::Ref;
use crate::objects::int::int_from_u64;
use crate::objects::{Bytes, Class, Dict, List, Slice, SliceBounds, Str, Tuple, slice_value};
use crate::protocols::{call, call_special, equal, for_each_until, get_attribute_optional, is_true};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// `container[key]`.
pub fn get_item(t: &Thread, container: Value, key: Value) -> R {
    if let Some(item) = exact_item(t, container, key)? {
        return Ok(item);
    }
    if let Some(slice) = key.downcast::<Slice>()
        && let Some(part) = exact_slice(t, container, || slice.bounds(t).map(Some))?
    {
        return Ok(part);
    }
    get_item_slow(t, container, key)
}

/// `container[start:stop]`.
pub fn get_slice(t: &Thread, container: Value, start: Value, stop: Value) -> R {
    if let Some(part) = exact_slice(t, container, || Ok(SliceBounds::plain(start, stop)))? {
        return Ok(part);
    }
    get_item(t, container, slice_value(t, start, stop, Value::NONE)?)
}

/// Slices of the exact builtin sequences, if the bounds can be told.
#[inline]
fn exact_slice(t: &Thread, container: Value, bounds: impl FnOnce() -> R<Option<SliceBounds>>) -> R<Option<Value>> {
    let (class, classes) = (container.class(t), t.classes());
    if ![classes.list, classes.str, classes.tuple, classes.bytes].contains(&class) {
        return Ok(None);
    }
    let Some(bounds) = bounds()? else { return Ok(None) };
    if class == classes.list
        && let Some(list) = container.downcast::<List>()
    {
        return list.slice(t, bounds.picker()).map(|list| Some(list.value()));
    }
    if class == classes.str
        && let Some(string) = container.downcast::<Str>()
    {
        return builtins::str::slice_of(t, string, bounds).map(|string| Some(string.value()));
    }
    if class == classes.tuple
        && let Some(tuple) = container.downcast::<Tuple>()
    {
        return builtins::tuple::tuple_slice(t, tuple, bounds).map(|tuple| Some(tuple.value()));
    }
    if class == classes.bytes
        && let Some(bytes) = container.downcast::<Bytes>()
    {
        return builtins::bytes::slice_of(t, bytes, bounds).map(|bytes| Some(bytes.value()));
    }
    Ok(None)
}

/// Items that the exact builtin containers have; nothing where the method must decide (and complain).
#[inline]
fn exact_item(t: &Thread, container: Value, key: Value) -> R<Option<Value>> {
    let (class, classes) = (container.class(t), t.classes());
    if class == classes.dict
        && let Some(dict) = container.downcast::<Dict>()
    {
        return dict.get(t, key);
    }
    let Some(index) = key.as_small_int() else { return Ok(None) };
    if class == classes.list {
        return Ok(container.downcast::<List>().and_then(|list| list.get(list.normalize(index)?)));
    }
    if class == classes.tuple
        && let Some(tuple) = container.downcast::<Tuple>()
    {
        let index = if index < 0 { index + tuple.len() as i64 } else { index };
        return Ok(usize::try_from(index).ok().and_then(|index| tuple.as_slice().get(index).copied()));
    }
    if class == classes.str
        && let Some(string) = container.downcast::<Str>()
    {
        let index = if index < 0 { index + string.len() as i64 } else { index };
        let character = usize::try_from(index).ok().and_then(|index| string.units().try_get(index));
        return character.map(|c| Str::from_char(t, c).map(|string| string.value())).transpose();
    }
    Ok(None)
}

fn get_item_slow(t: &Thread, container: Value, key: Value) -> R {
    let class = container.class(t);
    if let Some(method) = class.special(t, Special::GetItem) {
        return call_special(t, method, container, &[key]);
    }
    let Some(subscripted) = container.downcast::<Class>() else {
        return Err(t.type_error(format_args!("'{}' object is not subscriptable", class.type_name(t))));
    };
    // `type[int]` needs no look-up: the type of `type` has no items, and `type` has no `__class_getitem__`.
    if subscripted == t.classes().type_ {
        return crate::builtins::generic_alias::new(t, container, key);
    }
    match get_attribute_optional(t, container, t.names().__class_getitem__)? {
        Some(method) if !method.is_none() => call(t, method, &[key]),
        _ => Err(t.type_error(format_args!("type '{}' is not subscriptable", subscripted.type_name(t)))),
    }
}

/// `container[index]` for a sequence.
pub fn get_item_at(t: &Thread, container: Value, index: usize) -> R {
    let index = int_from_u64(t, index as u64)?;
    get_item(t, container, index)
}

/// `container[key]`, or nothing where that raises KeyError.
pub fn get_item_optional(t: &Thread, container: Value, key: Value) -> R<Option<Value>> {
    if container.class(t) == t.classes().dict
        && let Some(dict) = container.downcast::<Dict>()
    {
        return dict.get(t, key);
    }
    match get_item(t, container, key) {
        Ok(item) => Ok(Some(item)),
        Err(raised) => t.catch(raised, t.classes().key_error).map(|_| None),
    }
}

/// `container[key] = value`.
pub fn set_item(t: &Thread, container: Value, key: Value, value: Value) -> R<()> {
    let class = container.class(t);
    if class == t.classes().list
        && let Some(list) = container.downcast::<List>()
        && let Some(index) = key.as_small_int().and_then(|index| list.normalize(index))
        && list.set(t, index, value)
    {
        return Ok(());
    }
    if class == t.classes().dict
        && let Some(dict) = container.downcast::<Dict>()
        && let Some(name) = key.downcast::<Str>()
    {
        return dict.set_str(t, name, value);
    }
    match class.special(t, Special::SetItem) {
        Some(method) => call_special(t, method, container, &[key, value]).map(|_| ()),
        None => Err(t.type_error(format_args!("'{}' object does not support item assignment", class.type_name(t)))),
    }
}

/// `container[start:stop] = value`.
pub fn set_slice(t: &Thread, container: Value, start: Value, stop: Value, value: Value) -> R<()> {
    if container.class(t) == t.classes().list
        && let (Some(list), Some(bounds)) = (container.downcast::<List>(), SliceBounds::plain(start, stop))
    {
        return builtins::list::assign_slice(t, list, bounds, value);
    }
    set_item(t, container, slice_value(t, start, stop, Value::NONE)?, value)
}

/// `del container[key]`.
pub fn delete_item(t: &Thread, container: Value, key: Value) -> R<()> {
    match container.class(t).special(t, Special::DelItem) {
        Some(method) => call_special(t, method, container, &[key]).map(|_| ()),
        None => Err(t.type_error(format_args!("'{}' object doesn't support item deletion", container.class(t).name()))),
    }
}

/// `item in container`.
pub fn contains(t: &Thread, container: Value, item: Value) -> R<bool> {
    let (class, classes) = (container.class(t), t.classes());
    if class == classes.dict
        && let Some(dict) = container.downcast::<Dict>()
    {
        return dict.contains(t, item);
    }
    if class == classes.set || class == classes.frozenset {
        return builtins::set::contains(t, container, item);
    }
    if class == classes.list
        && let Some(list) = container.downcast::<List>()
    {
        return builtins::list::contains(t, list, item);
    }
    if class == classes.tuple
        && let Some(tuple) = container.downcast::<Tuple>()
    {
        return builtins::tuple::contains(t, tuple, item);
    }
    if class == classes.str
        && let (Some(text), Some(part)) = (container.downcast::<Str>(), item.downcast::<Str>())
    {
        return Ok(text::search::contains(text.units(), part.units()));
    }
    match class.special(t, Special::Contains) {
        Some(method) if method.is_none() => {
            Err(t.type_error(format_args!("'{}' object is not a container", class.name())))
        }
        Some(method) => {
            let result = call_special(t, method, container, &[item])?;
            is_true(t, result)
        }
        None => contains_by_iteration(t, container, item),
    }
}

/// Looks for an equal item one by one.
pub fn contains_by_iteration(t: &Thread, container: Value, item: Value) -> R<bool> {
    let class = container.class(t);
    let iterable = class.special(t, Special::Iter).is_some_and(|method| !method.is_none());
    if !iterable && (class.special(t, Special::Iter).is_some() || !crate::protocols::is_sequence(t, container)) {
        return Err(t.type_error(format_args!("argument of type '{}' is not a container or iterable", class.name())));
    }
    let mut found = false;
    for_each_until(t, container, |value| {
        found = equal(t, value, item)?;
        Ok(!found)
    })?;
    Ok(found)
}

/// Adds all of a mapping (anything with `keys`, or pairs) to a dict, as `dict.update` does.
pub fn update_dict(t: &Thread, dict: Ref<Dict>, mapping: Value) -> R<()> {
    crate::builtins::dict::update(t, dict, mapping)
}
