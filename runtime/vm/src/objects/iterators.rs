//! Iterators over lists and tuples.
//!
//! Invariants: `source` holds a list (tuple) until the iterator is exhausted, then it is unset for good; positions only
//! say where to look next, so threads that share an iterator may see an item twice or miss one, and nothing worse.

use sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{List, Tuple};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// `iter(list)`.
    pub struct ListIterator {
        source: Slot,
        position: AtomicUsize,
    }
    trace { source }
    next(list_next)
    fixed
}

heap_object! {
    /// `reversed(list)`.
    pub struct ListReverseIterator {
        source: Slot,
        position: AtomicI64,
    }
    trace { source }
    next(list_reverse_next)
    fixed
}

heap_object! {
    /// `iter(tuple)`.
    pub struct TupleIterator {
        source: Slot,
        position: AtomicUsize,
    }
    trace { source }
    next(tuple_next)
    fixed
}

/// An iterator over a value with positions.
pub trait Positions {
    /// The value, until the iterator is exhausted.
    fn source(&self) -> Option<Value>;
    /// Where it is.
    fn position(&self) -> i64;
    /// Sets where it is.
    fn set_position(&self, position: i64);
}

macro_rules! positions {
    ($($name:ident),*) => {
        $(impl Positions for $name {
            fn source(&self) -> Option<Value> {
                self.source.get()
            }
            fn position(&self) -> i64 {
                self.position.load(Ordering::Relaxed) as i64
            }
            fn set_position(&self, position: i64) {
                self.position.store(position as _, Ordering::Relaxed);
            }
        })*
    };
}
positions!(ListIterator, ListReverseIterator, TupleIterator);

impl ListIterator {
    /// An iterator from the first item.
    #[inline]
    pub fn new(t: &Thread, list: Value) -> R<Ref<ListIterator>> {
        let fresh =
            allocate::<ListIterator>(t, t.classes().list_iterator, size_of::<ListIterator>(), Self::layout().kind)?;
        fresh.init(&fresh.object().target().source, Some(list));
        Ok(fresh.publish())
    }
}

impl Ref<ListIterator> {
    /// The next item, if there is one: at the end, which has to be noted, the slow path is to be asked.
    #[inline(always)]
    #[must_use]
    pub fn quick_next(self) -> Option<Value> {
        let source = self.source.get()?;
        // SAFETY: the module's invariant: the slot holds a list.
        let list = unsafe { Ref::<List>::from_address(source.bits()) };
        let position = self.position.load(Ordering::Relaxed);
        let item = list.get(position)?;
        self.position.store(position + 1, Ordering::Relaxed);
        Some(item)
    }
}

fn list_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    // SAFETY: the function is in the layout of list iterators, so the value is one.
    let iterator = unsafe { Ref::<ListIterator>::from_address(iterator.bits()) };
    let item = iterator.quick_next();
    if item.is_none() {
        iterator.source.put(iterator.header(), t, None);
    }
    Ok(item)
}

impl ListReverseIterator {
    /// An iterator from the last item.
    pub fn new(t: &Thread, list: Ref<List>) -> R<Ref<ListReverseIterator>> {
        let class = t.classes().list_reverseiterator;
        let fresh = allocate::<ListReverseIterator>(t, class, size_of::<ListReverseIterator>(), Self::layout().kind)?;
        fresh.object().position.store(list.len() as i64 - 1, Ordering::Relaxed);
        fresh.init(&fresh.object().target().source, Some(list.value()));
        Ok(fresh.publish())
    }
}

fn list_reverse_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    // SAFETY: the function is in the layout of these iterators, so the value is one.
    let iterator = unsafe { Ref::<ListReverseIterator>::from_address(iterator.bits()) };
    let Some(source) = iterator.source.get() else { return Ok(None) };
    // SAFETY: the module's invariant: the slot holds a list.
    let list = unsafe { Ref::<List>::from_address(source.bits()) };
    let position = iterator.position.load(Ordering::Relaxed);
    let item = usize::try_from(position).ok().and_then(|position| list.get(position));
    if item.is_some() {
        iterator.position.store(position - 1, Ordering::Relaxed);
    } else {
        iterator.source.put(iterator.header(), t, None);
    }
    Ok(item)
}

impl TupleIterator {
    /// An iterator from the first item.
    #[inline]
    pub fn new(t: &Thread, tuple: Ref<Tuple>) -> R<Ref<TupleIterator>> {
        let fresh =
            allocate::<TupleIterator>(t, t.classes().tuple_iterator, size_of::<TupleIterator>(), Self::layout().kind)?;
        fresh.init(&fresh.object().target().source, Some(tuple.value()));
        Ok(fresh.publish())
    }
}

fn tuple_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    // SAFETY: the function is in the layout of tuple iterators, so the value is one.
    let iterator = unsafe { Ref::<TupleIterator>::from_address(iterator.bits()) };
    let Some(source) = iterator.source.get() else { return Ok(None) };
    // SAFETY: the module's invariant: the slot holds an exact tuple.
    let tuple = unsafe { Ref::<Tuple>::from_address(source.bits()) };
    let position = iterator.position.load(Ordering::Relaxed);
    let item = tuple.as_slice().get(position).copied();
    if item.is_some() {
        iterator.position.store(position + 1, Ordering::Relaxed);
    } else {
        iterator.source.put(iterator.header(), t, None);
    }
    Ok(item)
}
