//! Iteration. Builtin iterators have a `next` in their layout that gives nothing at the end, so that loops over them make no
//! `StopIteration`; `iterator_next` is their `__next__` for everyone else.

use sync::atomic::{AtomicUsize, Ordering};

use crate::containers::ValueVec;
use crate::heap_object;
use crate::names::Special;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::dict_iterators::{DictItems, DictKeys, DictValues};
use crate::objects::{ClassFlags, Dict, List, Range, Set, Tuple};
use crate::protocols::{call, call_special, equal, get_item_at};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// The iterator over an object that has `__getitem__` only.
    pub struct SequenceIterator {
        /// The object; unset once exhausted.
        pub sequence: Slot,
        /// The next index.
        pub position: AtomicUsize,
    }
    trace { sequence }
    next(sequence_next)
    fixed
}

heap_object! {
    /// `iter(callable, sentinel)`.
    pub struct CallableIterator {
        /// The callable; unset once exhausted.
        pub callable: Slot,
        /// The sentinel.
        pub sentinel: Slot,
    }
    trace { callable, sentinel }
    next(callable_next)
    fixed
}

impl SequenceIterator {
    /// An iterator from the first item.
    pub fn new(t: &Thread, sequence: Value) -> R<Ref<SequenceIterator>> {
        let fresh = t.allocate_exact::<SequenceIterator>(t.classes().iterator)?;
        fresh.set(|i| &i.sequence, sequence);
        Ok(fresh.publish())
    }
}

impl CallableIterator {
    /// An iterator that ends when the callable gives the sentinel.
    pub fn new(t: &Thread, callable: Value, sentinel: Value) -> R<Ref<CallableIterator>> {
        let fresh = t.allocate_exact::<CallableIterator>(t.classes().callable_iterator)?;
        fresh.set(|i| &i.callable, callable).set(|i| &i.sentinel, sentinel);
        Ok(fresh.publish())
    }
}

fn sequence_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<SequenceIterator>() else { return Ok(None) };
    let Some(sequence) = iterator.sequence.get() else { return Ok(None) };
    let position = iterator.position.fetch_add(1, Ordering::Relaxed);
    match get_item_at(t, sequence, position) {
        Ok(item) => Ok(Some(item)),
        Err(raised) => {
            if !t.pending_is(t.classes().index_error) && !t.pending_is(t.classes().stop_iteration) {
                return Err(raised);
            }
            t.take_pending();
            iterator.sequence.put(iterator.header(), t, None);
            Ok(None)
        }
    }
}

fn callable_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<CallableIterator>() else { return Ok(None) };
    let (Some(callable), Some(sentinel)) = (iterator.callable.get(), iterator.sentinel.get()) else { return Ok(None) };
    let exhaust = || iterator.callable.put(iterator.header(), t, None);
    match call(t, callable, &[]) {
        // The callable itself may have used the iterator up.
        Ok(_) if iterator.callable.get().is_none() => Ok(None),
        Ok(value) => {
            if !equal(t, sentinel, value)? {
                return Ok(Some(value));
            }
            exhaust();
            Ok(None)
        }
        Err(raised) => {
            t.catch(raised, t.classes().stop_iteration)?;
            exhaust();
            Ok(None)
        }
    }
}

/// `iter(value)`.
pub fn iterate(t: &Thread, value: Value) -> R {
    let class = value.class(t);
    match class.special(t, Special::Iter) {
        Some(method) if !method.is_none() => {
            let iterator = call_special(t, method, value, &[])?;
            if is_iterator(t, iterator) {
                return Ok(iterator);
            }
            Err(t.type_error(format_args!("iter() returned non-iterator of type '{}'", iterator.class(t).name())))
        }
        None if is_sequence(t, value) => SequenceIterator::new(t, value).map(Ref::value),
        _ => Err(t.type_error(format_args!("'{}' object is not iterable", class.type_name(t)))),
    }
}

/// Whether the value has `__getitem__` and is no dict and no union, which are mappings in this respect: `PySequence_Check`.
#[must_use]
pub fn is_sequence(t: &Thread, value: Value) -> bool {
    !value.class(t).is_subclass_of(t.classes().dict)
        && value.class(t).special(t, Special::GetItem).is_some()
        && crate::builtins::union::members(value).is_none()
}

/// Whether the value has `__next__`.
#[inline]
#[must_use]
pub fn is_iterator(t: &Thread, value: Value) -> bool {
    let class = value.class(t);
    class.layout().next.is_some() || class.special(t, Special::Next).is_some_and(|method| !method.is_none())
}

/// The next value of an iterator, or nothing at its end.
#[inline]
pub fn next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let class = iterator.class(t);
    if let Some(next) = class.layout().next
        && !class.has(ClassFlags::HEAP)
    {
        return next(t, iterator);
    }
    if class == t.classes().generator
        && let Some(generator) = iterator.downcast::<crate::objects::Generator>()
    {
        return crate::builtins::generator::next(t, generator);
    }
    next_slow(t, iterator)
}

#[inline(never)]
fn next_slow(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(method) = iterator.class(t).special(t, Special::Next).filter(|method| !method.is_none()) else {
        return Err(t.type_error(format_args!("'{}' object is not an iterator", iterator.class(t).type_name(t))));
    };
    match call_special(t, method, iterator, &[]) {
        Ok(value) => Ok(Some(value)),
        Err(raised) => {
            t.catch(raised, t.classes().stop_iteration)?;
            Ok(None)
        }
    }
}

/// Implement next(self).
#[macros::native("__next__($self, /)")]
pub fn iterator_next(t: &Thread, this: Value) -> R {
    let next = this.class(t).layout().next;
    match next {
        Some(next) => next(t, this)?.ok_or_else(|| t.stop_iteration(None)),
        None => Err(t.type_error(format_args!("'{}' object is not an iterator", this.class(t).type_name(t)))),
    }
}

/// Implement iter(self).
#[macros::native("__iter__($self, /)")]
pub fn iterator_iter(_: &Thread, this: Value) -> Value {
    this
}

/// Calls `visit` with each value of an iterable.
pub fn for_each(t: &Thread, iterable: Value, mut visit: impl FnMut(Value) -> R<()>) -> R<()> {
    for_each_until(t, iterable, |value| visit(value).map(|()| true))
}

/// Calls `visit` with each value of an iterable until it gives false.
pub fn for_each_until(t: &Thread, iterable: Value, mut visit: impl FnMut(Value) -> R<bool>) -> R<()> {
    let class = iterable.class(t);
    if class == t.classes().tuple
        && let Some(tuple) = iterable.downcast::<Tuple>()
    {
        for &value in tuple.as_slice() {
            if !visit(value)? {
                break;
            }
            t.poll()?;
        }
        return Ok(());
    }
    if class == t.classes().list
        && let Some(list) = iterable.downcast::<List>()
    {
        let mut index = 0;
        while let Some(value) = list.get(index) {
            if !visit(value)? {
                break;
            }
            index += 1;
            t.poll()?;
        }
        return Ok(());
    }
    let iterator = iterate(t, iterable)?;
    while let Some(value) = next(t, iterator)? {
        if !visit(value)? {
            break;
        }
        t.poll()?;
    }
    Ok(())
}

/// The values of an iterable, in a vector.
pub fn collect(t: &Thread, iterable: Value) -> R<ValueVec> {
    let class = iterable.class(t);
    if class == t.classes().list
        && let Some(list) = iterable.downcast::<List>()
    {
        return list.to_vec(t);
    }
    if class == t.classes().tuple
        && let Some(tuple) = iterable.downcast::<Tuple>()
    {
        return ValueVec::holding(t, tuple.target().slots());
    }
    let iterable = steady(t, iterable)?;
    // Of a range it is known, and memory that is not there is found missing at once.
    let room = iterable.downcast::<Range>().and_then(|range| range.small()).map_or(0, |range| range.length);
    let mut values = ValueVec::with_capacity(t, room as usize)?;
    for_each(t, iterable, |value| values.push(t, value))?;
    Ok(values)
}

/// What iterates like a builtin container and its views, but is not changed by other threads: taking all its values is one step to them
/// (`list(d)` while another thread adds keys).
pub fn steady(t: &Thread, iterable: Value) -> R {
    if t.mutator().is_single_threaded() {
        return Ok(iterable);
    }
    let (class, classes) = (iterable.class(t), t.classes());
    Ok(
        if class == classes.dict
            && let Some(dict) = iterable.downcast::<Dict>()
        {
            dict.copy(t)?.value()
        } else if class == classes.dict_keys
            && let Some(keys) = iterable.downcast::<DictKeys>()
        {
            DictKeys::new(t, class, keys.dict().copy(t)?)?.value()
        } else if class == classes.dict_values
            && let Some(values) = iterable.downcast::<DictValues>()
        {
            DictValues::new(t, class, values.dict().copy(t)?)?.value()
        } else if class == classes.dict_items
            && let Some(items) = iterable.downcast::<DictItems>()
        {
            DictItems::new(t, class, items.dict().copy(t)?)?.value()
        } else if class == classes.set
            && let Some(set) = iterable.downcast::<Set>()
        {
            set.copy(t)?.value()
        } else {
            iterable
        },
    )
}

/// The values of an iterable as a tuple: itself, if it is exactly one.
pub fn tuple_of(t: &Thread, iterable: Value) -> R<Ref<Tuple>> {
    match iterable.downcast::<Tuple>() {
        Some(tuple) => Ok(tuple),
        None => collect(t, iterable)?.into_tuple(t),
    }
}

/// The values of an iterable as a new list.
pub fn list_of(t: &Thread, iterable: Value) -> R<Ref<List>> {
    collect(t, iterable)?.into_list(t)
}
