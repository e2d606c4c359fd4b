//! Views of dicts and iterators over dicts and sets.
//!
//! Invariants: an iterator's source is set until it is exhausted, then unset for good. It remembers how many entries its
//! source had, and raises when that changes; positions only say where to look next. How many entries are left is counted down
//! apart from that, so that an entry beyond the last one shows that the keys were changed.

use sync::atomic::{AtomicUsize, Ordering};

use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Layout, Object, Ref, Slot, SlotExt};
use crate::objects::{Class, Dict, Set, Tuple};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// What of an entry a view shows or an iterator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The key.
    Keys,
    /// The value.
    Values,
    /// Both, as a tuple.
    Items,
}

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(heap_object! {
            $(#[$doc])*
            pub struct $name { dict: Slot, }
            trace { dict }
            fixed
        }

        impl $name {
            /// A view of a dict.
            pub fn new(t: &Thread, class: Ref<Class>, dict: Ref<Dict>) -> R<Ref<$name>> {
                let fresh = allocate::<$name>(t, class, size_of::<$name>(), Self::layout().kind)?;
                fresh.init(&fresh.object().target().dict, Some(dict.value()));
                Ok(fresh.publish())
            }

            /// The dict.
            #[must_use]
            pub fn dict(&self) -> Ref<Dict> {
                self.dict.get().and_then(Value::downcast).expect("a view is made with its dict")
            }
        })*
    };
}

views! {
    /// `dict.keys()`
    DictKeys;
    /// `dict.values()`
    DictValues;
    /// `dict.items()`
    DictItems;
}

macro_rules! dict_iterators {
    ($($(#[$doc:meta])* $name:ident $next:ident $part:ident $reversed:literal;)*) => {
        $(heap_object! {
            $(#[$doc])*
            pub struct $name {
                source: Slot,
                position: AtomicUsize,
                expected: AtomicUsize,
                left: AtomicUsize,
            }
            trace { source }
            next($next)
            fixed
        }

        fn $next(t: &Thread, iterator: Value) -> R<Option<Value>> {
            // SAFETY: the function is in the layout of these iterators, so the value is one.
            let iterator = unsafe { Ref::<$name>::from_address(iterator.bits()) };
            let Some((key, value)) = iterator.target().next_entry(t)? else { return Ok(None) };
            Ok(Some(match Part::$part {
                Part::Keys => key,
                Part::Values => value,
                Part::Items => Tuple::pair(t, key, value)?.value(),
            }))
        }

        impl $name {
            /// Key and value of the entry that is next.
            #[inline(always)]
            pub fn next_entry(&self, t: &Thread) -> R<Option<(Value, Value)>> {
                let cursor = Cursor {
                    header: &self.header,
                    source: &self.source,
                    position: &self.position,
                    expected: &self.expected,
                    left: &self.left,
                };
                advance(t, cursor, $reversed)
            }
        }

        impl DictIteration for $name {
            fn make(t: &Thread, class: Ref<Class>, dict: Ref<Dict>) -> R<Ref<Self>> {
                let fresh = allocate::<$name>(t, class, size_of::<$name>(), <$name as Object>::layout().kind)?;
                let (start, length) = (if $reversed { dict.entries_end() } else { 0 }, dict.len(t));
                fresh.object().position.store(start, Ordering::Relaxed);
                fresh.object().expected.store(length, Ordering::Relaxed);
                fresh.object().left.store(length, Ordering::Relaxed);
                fresh.init(&fresh.object().target().source, Some(dict.value()));
                Ok(fresh.publish())
            }
            fn left(&self, t: &Thread) -> usize {
                let Some(dict) = self.source.get().and_then(Value::downcast::<Dict>) else { return 0 };
                if dict.len(t) != self.expected.load(Ordering::Relaxed) {
                    return 0;
                }
                self.left.load(Ordering::Relaxed)
            }
            fn copy(&self, t: &Thread, class: Ref<Class>) -> R<Ref<Self>> {
                let fresh = allocate::<$name>(t, class, size_of::<$name>(), <$name as Object>::layout().kind)?;
                fresh.object().position.store(self.position.load(Ordering::Relaxed), Ordering::Relaxed);
                fresh.object().expected.store(self.expected.load(Ordering::Relaxed), Ordering::Relaxed);
                fresh.object().left.store(self.left.load(Ordering::Relaxed), Ordering::Relaxed);
                fresh.init(&fresh.object().target().source, self.source.get());
                Ok(fresh.publish())
            }
        })*
    };
}

/// What the iterators over dicts have in common.
pub trait DictIteration: Object + Sized {
    /// An iterator over a dict.
    fn make(t: &Thread, class: Ref<Class>, dict: Ref<Dict>) -> R<Ref<Self>>;
    /// How many entries are left.
    fn left(&self, t: &Thread) -> usize;
    /// Another iterator at the same place.
    fn copy(&self, t: &Thread, class: Ref<Class>) -> R<Ref<Self>>;
}

dict_iterators! {
    /// `iter(dict)`
    DictKeyIterator next_key Keys false;
    /// `iter(dict.values())`
    DictValueIterator next_value Values false;
    /// `iter(dict.items())`
    DictItemIterator next_item Items false;
    /// `reversed(dict)`
    DictReverseKeyIterator previous_key Keys true;
    /// `reversed(dict.values())`
    DictReverseValueIterator previous_value Values true;
    /// `reversed(dict.items())`
    DictReverseItemIterator previous_item Items true;
}

struct Cursor<'a> {
    header: &'a gc::Header,
    source: &'a Slot,
    position: &'a AtomicUsize,
    expected: &'a AtomicUsize,
    left: &'a AtomicUsize,
}

#[inline(always)]
fn advance(t: &Thread, cursor: Cursor<'_>, reversed: bool) -> R<Option<(Value, Value)>> {
    let Some(source) = cursor.source.get() else { return Ok(None) };
    // SAFETY: the module's invariant: the slot holds a dict (or an instance of a subclass, of the same layout).
    let dict = unsafe { Ref::<Dict>::from_address(source.bits()) };
    let expected = cursor.expected.load(Ordering::Relaxed);
    if expected != dict.len(t) {
        // It stays so: no later call finds the size right again.
        cursor.expected.store(usize::MAX, Ordering::Relaxed);
        return Err(t.runtime_error("dictionary changed size during iteration"));
    }
    let mut position = cursor.position.load(Ordering::Relaxed);
    let entry = match reversed {
        // The table is shorter than the one that the iteration began in.
        true if position > dict.entries_end() => None,
        true => dict.previous_entry(t, &mut position),
        false => dict.next_entry(t, &mut position),
    };
    let Some((key, value, _)) = entry else {
        cursor.source.put(cursor.header, t, None);
        return Ok(None);
    };
    let Some(left) = cursor.left.load(Ordering::Relaxed).checked_sub(1) else {
        cursor.source.put(cursor.header, t, None);
        return Err(t.runtime_error("dictionary keys changed during iteration"));
    };
    cursor.left.store(left, Ordering::Relaxed);
    cursor.position.store(position, Ordering::Relaxed);
    Ok(Some((key, value)))
}

heap_object! {
    /// `iter(set)`
    pub struct SetIterator {
        source: Slot,
        position: AtomicUsize,
        expected: AtomicUsize,
    }
    trace { source }
    next(next_member)
    fixed
}

impl SetIterator {
    /// An iterator over a set or frozen set.
    pub fn new(t: &Thread, set: Ref<Set>) -> R<Ref<SetIterator>> {
        let fresh =
            allocate::<SetIterator>(t, t.classes().set_iterator, size_of::<SetIterator>(), Self::layout().kind)?;
        fresh.object().expected.store(set.len(), Ordering::Relaxed);
        fresh.init(&fresh.object().target().source, Some(set.value()));
        Ok(fresh.publish())
    }

    /// How many members are left.
    #[must_use]
    pub fn left(&self) -> usize {
        let Some(set) = self.source.get().and_then(Set::any_of) else { return 0 };
        if set.len() != self.expected.load(Ordering::Relaxed) {
            return 0;
        }
        let mut position = self.position.load(Ordering::Relaxed);
        let mut count = 0;
        while set.next_entry(&mut position).is_some() {
            count += 1;
        }
        count
    }

    /// The members that are left, without taking them.
    pub fn rest(&self, t: &Thread) -> R<crate::containers::ValueVec> {
        let mut rest = crate::containers::ValueVec::new(t);
        let Some(set) = self.source.get().and_then(Set::any_of) else { return Ok(rest) };
        let mut position = self.position.load(Ordering::Relaxed);
        while let Some((key, _)) = set.next_entry(&mut position) {
            rest.push(t, key)?;
        }
        Ok(rest)
    }
}

fn next_member(t: &Thread, iterator: Value) -> R<Option<Value>> {
    // SAFETY: the function is in the layout of these iterators, so the value is one.
    let iterator = unsafe { Ref::<SetIterator>::from_address(iterator.bits()) };
    let Some(source) = iterator.source.get() else { return Ok(None) };
    // SAFETY: the module's invariant: the slot holds a set or a frozen set, which can be read as one.
    let set = unsafe { Ref::<Set>::from_address(source.bits()) };
    if set.len() != iterator.expected.load(Ordering::Relaxed) {
        iterator.expected.store(usize::MAX, Ordering::Relaxed);
        return Err(t.runtime_error("Set changed size during iteration"));
    }
    let mut position = iterator.position.load(Ordering::Relaxed);
    let Some((key, _)) = set.next_entry(&mut position) else {
        iterator.source.put(iterator.header(), t, None);
        return Ok(None);
    };
    iterator.position.store(position, Ordering::Relaxed);
    Ok(Some(key))
}

heap_object! {
    /// `types.MappingProxyType(mapping)`
    pub struct MappingProxy {
        mapping: Slot,
    }
    trace { mapping }
    fixed
}

impl MappingProxy {
    /// A read-only view of a mapping.
    pub fn new(t: &Thread, mapping: Value) -> R<Ref<MappingProxy>> {
        let fresh =
            allocate::<MappingProxy>(t, t.classes().mappingproxy, size_of::<MappingProxy>(), Self::layout().kind)?;
        fresh.init(&fresh.object().target().mapping, Some(mapping));
        Ok(fresh.publish())
    }

    /// The mapping.
    #[must_use]
    pub fn mapping(&self) -> Value {
        self.mapping.get().expect("a proxy is made with its mapping")
    }
}

/// The layout of a type, as a function that class definitions can name.
pub fn layout_of<T: Object>() -> &'static Layout {
    T::layout()
}
