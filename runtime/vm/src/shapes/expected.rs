//! What instances of a class are expected to have: the shape that new ones begin with, its slots unset.
//!
//! The first instances of a class begin with no attributes. What all of them have when `__init__` returns, in the same order, later
//! ones begin with: `__init__` then fills slots of one shape, which takes no lock and moves through no other shapes. An instance
//! that gets other attributes, or the same ones in another order, keeps the slots that it does not use and adds new ones
//! (decision 015).

use sync::atomic::Ordering::{Relaxed, Release};

use super::{Shape, by_number, is_set, of};
use crate::object::Ref;
use crate::objects::Class;
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// How many instances are looked at.
const SAMPLES: u64 = 8;

/// Takes an instance whose `__init__` has just returned into account.
#[inline]
pub fn sample(t: &Thread, object: &gc::Header) {
    let class = class_of_header(object);
    let sampled = class.sampled.load(Relaxed);
    if sampled >> 32 < SAMPLES {
        look_at(t, object, class, sampled);
    }
}

/// Whether instances that are made from now on begin with a slot.
#[must_use]
pub fn is_expected(t: &Thread, class: Ref<Class>, slot: usize) -> bool {
    by_number(t, class.first_shape.load(Relaxed)).is_some_and(|first| slot < first.count())
}

/// Threads that look at two instances at once may count one for both. Where instances have no shape, there is nothing to find out.
#[cold]
fn look_at(t: &Thread, object: &gc::Header, class: Ref<Class>, sampled: u64) {
    let Some(own) = of(t, object).and_then(|shape| filled(object, class, shape)) else {
        return class.sampled.store(SAMPLES << 32, Relaxed);
    };
    let seen = (sampled >> 32) + 1;
    let common = match by_number(t, sampled as u32).filter(|_| seen > 1) {
        Some(before) => common(before, own),
        None => Some(own),
    };
    let Some(common) = common else { return };
    class.sampled.store(seen << 32 | u64::from(common.number()), Relaxed);
    if seen == SAMPLES {
        class.first_shape.store(common.number(), Release);
    }
}

/// The shape with those first slots of an instance that are set and lie inside it.
fn filled(object: &gc::Header, class: Ref<Class>, shape: Ref<Shape>) -> Option<Ref<Shape>> {
    let inline = class.inline_slots.load(Relaxed) as usize;
    let count = (0..shape.count().min(inline)).take_while(|&slot| is_set(object, class, slot)).count();
    ancestors(shape).find(|shape| shape.count() == count)
}

/// The largest shape that both begin with; none if they are not of one class.
fn common(one: Ref<Shape>, other: Ref<Shape>) -> Option<Ref<Shape>> {
    ancestors(one).find(|shape| ancestors(other).any(|ancestor| ancestor == *shape))
}

/// A shape and what it was made from, up to that without attributes.
fn ancestors(shape: Ref<Shape>) -> impl Iterator<Item = Ref<Shape>> {
    std::iter::successors(Some(shape), |shape| shape.parent.get().and_then(Value::downcast))
}
