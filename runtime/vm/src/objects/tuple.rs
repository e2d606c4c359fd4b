//! `Tuple`: an immutable sequence of values, inline after the header.
//!
//! Invariants: the length lies in the header's shape word; that many slots follow the header, all set before the tuple is
//! published, and never stored into afterwards. (A tuple under construction by `Tuple::with` is reachable only from the
//! stack of its maker; unset slots of it are seen by the collector alone.)

use gc::{Header, Tracer};

use crate::containers::{Fresh, allocate};
use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::objects::Boxed;
use crate::objects::value_array::{AT_ONCE, MAX_CAPACITY, copy_slots};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A tuple.
    pub struct Tuple {}
    trace {}
    rest(trace_items)
    fixed
}

fn trace_items(tuple: &Tuple, tracer: &mut Tracer) {
    tracer.slots(tuple.slots());
}

/// Bytes of a tuple of this length.
#[must_use]
pub fn tuple_size(length: usize) -> usize {
    size_of::<Header>() + length * size_of::<Slot>()
}

impl Tuple {
    /// The tuple in this value: the value itself, or what an instance of a subclass of `tuple` holds.
    #[inline]
    #[must_use]
    pub fn of(_: &Thread, value: Value) -> Option<Ref<Tuple>> {
        value.downcast::<Tuple>().or_else(|| Boxed::content::<Tuple>(value))
    }

    /// The empty tuple, of which there is one.
    #[inline]
    #[must_use]
    pub fn empty(t: &Thread) -> Ref<Tuple> {
        t.empty_tuple()
    }

    /// The first empty tuple: the shared space's thread makes it once.
    pub fn new_empty(t: &Thread) -> R<Ref<Tuple>> {
        Ok(Self::fresh(t, 0)?.publish())
    }

    /// A tuple of these values.
    #[inline]
    pub fn from_slice(t: &Thread, values: &[Value]) -> R<Ref<Tuple>> {
        if values.is_empty() {
            return Ok(Self::empty(t));
        }
        let fresh = Self::fresh(t, values.len())?;
        for (slot, &value) in fresh.object().target().slots().iter().zip(values) {
            fresh.init(slot, Some(value));
        }
        Ok(fresh.publish())
    }

    /// A tuple of two, what `items`, `enumerate` and `zip` make.
    #[inline]
    pub fn pair(t: &Thread, first: Value, second: Value) -> R<Ref<Tuple>> {
        let fresh = Self::fresh(t, 2)?;
        let slots = fresh.object().target().slots();
        fresh.init(&slots[0], Some(first));
        fresh.init(&slots[1], Some(second));
        Ok(fresh.publish())
    }

    /// A tuple of `length` values that `make` gives, which may run Python code.
    pub fn with(t: &Thread, length: usize, mut make: impl FnMut(usize) -> R<Value>) -> R<Ref<Tuple>> {
        if length == 0 {
            return Ok(Self::empty(t));
        }
        let tuple = Self::fresh(t, length)?.publish();
        for (index, slot) in tuple.target().slots().iter().enumerate() {
            slot.set(tuple.header(), t.mutator(), Some(make(index)?));
        }
        Ok(tuple)
    }

    /// A tuple whose slots the caller fills before it publishes it.
    #[inline]
    pub fn fresh(t: &Thread, length: usize) -> R<Fresh<'_, Tuple>> {
        if length > MAX_CAPACITY {
            return Err(t.memory_error());
        }
        let fresh = allocate::<Tuple>(t, t.classes().tuple, tuple_size(length), Self::layout().kind)?;
        fresh.object().header.set_shape(length as u32);
        Ok(fresh)
    }

    /// A tuple of what is in these slots, of which none is unset, and into which nobody stores meanwhile. This thread may be stopped
    /// in between.
    pub fn holding(t: &Thread, slots: &[Slot]) -> R<Ref<Tuple>> {
        let fresh = Self::fresh(t, slots.len())?;
        if slots.len() <= AT_ONCE {
            Slot::init_range(fresh.token(), fresh.object().target().slots(), slots);
            return Ok(fresh.publish());
        }
        let tuple = fresh.publish();
        copy_slots(t, tuple.header(), tuple.target().slots(), slots);
        Ok(tuple)
    }

    /// A tuple of the values of two.
    pub fn concat(t: &Thread, a: Ref<Tuple>, b: Ref<Tuple>) -> R<Ref<Tuple>> {
        if a.is_empty() {
            return Ok(b);
        }
        if b.is_empty() {
            return Ok(a);
        }
        let fresh = Self::fresh(t, a.len() + b.len())?;
        let slots = fresh.object().target().slots();
        for (slot, &value) in slots.iter().zip(a.as_slice().iter().chain(b.as_slice())) {
            fresh.init(slot, Some(value));
        }
        Ok(fresh.publish())
    }

    /// How many values there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.header.shape() as usize
    }

    /// Whether there is no value.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value, which must exist.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, index: usize) -> Value {
        self.as_slice()[index]
    }

    /// The values.
    #[inline(always)]
    #[must_use]
    pub fn as_slice(&self) -> &[Value] {
        // SAFETY: the module's invariant: that many slots follow the header; a tuple that others can see has all of them
        // set and never stored into again, and a slot is one word.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast::<Value>(), self.len()) }
    }

    /// The slots, for whoever fills a tuple that was not published, and for the collector.
    #[inline(always)]
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        // SAFETY: the module's invariant: that many slots follow the header.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast::<Slot>(), self.len()) }
    }
}
