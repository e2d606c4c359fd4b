//! `AttributeTail`: the attribute slots of an instance beyond its inline ones, and its `__dict__`.
//!
//! Segment k has 8 << k slots; segments are added and never moved or dropped.

use sync::atomic::Ordering;

use crate::heap_object;
use crate::object::{Ref, Slot};
use crate::objects::{Class, ValueArray};
use crate::raised::R;
use crate::shapes::AttributeSlot;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// See the module.
    pub struct AttributeTail {
        /// The `__dict__` object, once made.
        pub dict: Slot,
        /// The segments: a `ValueArray` of `ValueArray`s, or unset.
        segments: Slot,
    }
    trace { dict, segments }
    fixed
}

const MOST_SEGMENTS: usize = 24;

/// Segment and place in it of a slot.
fn place(slot: usize) -> (usize, usize) {
    let segment = ((slot / 8 + 1).ilog2()) as usize;
    (segment, slot - 8 * ((1 << segment) - 1))
}

impl AttributeTail {
    /// A slot, if its segment exists.
    #[must_use]
    pub fn slot<'a>(&self, slot: usize) -> Option<AttributeSlot<'a>> {
        let (segment, index) = place(slot);
        let segments = self.segments.get()?.downcast::<ValueArray>()?;
        let segment = segments.slot(segment).get()?.downcast::<ValueArray>()?.target();
        Some(AttributeSlot { slot: segment.slot(index), owner: &segment.header })
    }
}

fn tail_slot(object: &gc::Header, class: Ref<Class>) -> Option<&Slot> {
    if !class.has_dict() || class.attribute_slot_count() == 0 {
        return None;
    }
    let members = class.member_slots.load(Ordering::Relaxed) as usize;
    // SAFETY: the slot behind the members of an instance of a class with a `__dict__` is the tail's.
    Some(unsafe { super::member_slot(object, class, members) })
}

/// The tail of an instance, if it has one yet.
#[inline]
pub fn of(object: &gc::Header, class: Ref<Class>) -> Option<Ref<AttributeTail>> {
    tail_slot(object, class)?.get()?.downcast()
}

/// The tail of an instance, made if need be.
pub fn ensure(t: &Thread, object: &gc::Header, class: Ref<Class>) -> R<Ref<AttributeTail>> {
    if let Some(tail) = of(object, class) {
        return Ok(tail);
    }
    let slot = tail_slot(object, class).expect("only called for classes with a `__dict__`");
    let made = t.allocate_exact::<AttributeTail>(t.classes().internal_tail)?.publish();
    match slot.compare_exchange(object, t.mutator(), None, Some(made.value())) {
        Ok(()) => Ok(made),
        Err(other) => Ok(other.and_then(Value::downcast).unwrap_or(made)),
    }
}

/// Makes the segment of slot `slot` of the tail.
pub fn grow(t: &Thread, object: &gc::Header, class: Ref<Class>, slot: usize) -> R<()> {
    let tail = ensure(t, object, class)?;
    let (segment, _) = place(slot);
    if tail.segments.get().is_none() {
        let made = ValueArray::new(t, MOST_SEGMENTS)?;
        // A racing thread's array serves as well.
        let _ = tail.segments.compare_exchange(tail.header(), t.mutator(), None, Some(made.value()));
    }
    let segments: Ref<ValueArray> = tail.segments.get().and_then(Value::downcast).expect("set above");
    if segments.slot(segment).get().is_none() {
        let made = ValueArray::new(t, 8 << segment)?;
        let _ = segments.slot(segment).compare_exchange(segments.header(), t.mutator(), None, Some(made.value()));
    }
    Ok(())
}
