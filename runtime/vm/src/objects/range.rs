//! `Range` and its iterators: arithmetic progressions of ints of any size, with a fast path for those of 63 bits.
//!
//! Invariant: the parts of a range are exact ints, set before it is published and never again; the step is not zero.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::int::{int_from_big, int_from_i64, int_from_u64, int_of, to_big};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A range.
    pub struct Range {
        /// `start`
        pub start: Slot,
        /// `stop`
        pub stop: Slot,
        /// `step`
        pub step: Slot,
    }
    trace { start, stop, step }
    fixed
}

heap_object! {
    /// The iterator over a range whose items and length fit into 64 bits.
    pub struct RangeIterator {
        next: AtomicI64,
        step: AtomicI64,
        left: AtomicU64,
    }
    trace {}
    next(range_next)
    fixed
}

heap_object! {
    /// The iterator over any other range.
    pub struct LongRangeIterator {
        next: Slot,
        step: Slot,
        left: Slot,
    }
    trace { next, step, left }
    next(long_range_next)
    fixed
}

/// A range in numbers of 64 bits.
#[derive(Clone, Copy, Debug)]
pub struct SmallRange {
    /// The first item.
    pub start: i64,
    /// The distance.
    pub step: i64,
    /// How many.
    pub length: u64,
}

impl SmallRange {
    /// The range of these numbers.
    #[must_use]
    pub fn new(start: i64, stop: i64, step: i64) -> Self {
        let distance =
            if step > 0 { i128::from(stop) - i128::from(start) } else { i128::from(start) - i128::from(stop) };
        let length = if distance <= 0 { 0 } else { (distance - 1) / i128::from(step).abs() + 1 };
        Self { start, step, length: length as u64 }
    }

    /// One item, which must exist.
    #[must_use]
    pub fn item(&self, index: u64) -> i64 {
        (i128::from(self.start) + i128::from(self.step) * i128::from(index)) as i64
    }
}

/// The number in a value that is known to be an exact int.
pub fn big(value: Value) -> BigInt {
    int_of(value).map_or_else(BigInt::zero, |number| to_big(number))
}

impl Range {
    /// The range of exact ints; the step is not zero.
    pub fn new(t: &Thread, start: Value, stop: Value, step: Value) -> R<Ref<Range>> {
        let fresh = allocate::<Range>(t, t.classes().range, size_of::<Range>(), Self::layout().kind)?;
        let range = fresh.object().target();
        fresh.init(&range.start, Some(start));
        fresh.init(&range.stop, Some(stop));
        fresh.init(&range.step, Some(step));
        Ok(fresh.publish())
    }

    /// Start, stop and step.
    #[must_use]
    pub fn parts(&self) -> [Value; 3] {
        [&self.start, &self.stop, &self.step].map(|slot| slot.get().expect("ranges are made whole"))
    }

    /// The range in numbers of 64 bits, if its parts are small ints.
    #[must_use]
    pub fn small(&self) -> Option<SmallRange> {
        let [start, stop, step] = self.parts();
        Some(SmallRange::new(start.as_small_int()?, stop.as_small_int()?, step.as_small_int()?))
    }

    /// How many items there are, of any size.
    #[must_use]
    pub fn big_length(&self) -> BigInt {
        if let Some(small) = self.small() {
            return BigInt::from(small.length);
        }
        let [start, stop, step] = self.parts().map(big);
        let distance = if step.is_positive() { stop - start } else { start - stop };
        if distance.is_positive() { (distance - BigInt::one()) / step.abs() + BigInt::one() } else { BigInt::zero() }
    }

    /// The length as an int.
    pub fn length(&self, t: &Thread) -> R {
        match self.small() {
            Some(small) => int_from_u64(t, small.length),
            None => int_from_big(t, self.big_length()),
        }
    }

    /// The item at an index that need not be in range.
    pub fn big_item(&self, t: &Thread, index: &BigInt) -> R {
        let [start, _, step] = self.parts().map(big);
        int_from_big(t, start + step * index)
    }

    /// An iterator over the items, forwards or backwards.
    pub fn iterate(&self, t: &Thread, reversed: bool) -> R {
        if let Some(small) = self.small() {
            let small = if reversed && small.length > 0 {
                SmallRange { start: small.item(small.length - 1), step: -small.step, length: small.length }
            } else {
                small
            };
            return RangeIterator::new(t, small).map(Ref::value);
        }
        let (length, [start, _, step]) = (self.big_length(), self.parts().map(big));
        let (first, step) = if reversed { (start + &step * (&length - BigInt::one()), -step) } else { (start, step) };
        LongRangeIterator::new(t, int_from_big(t, first)?, int_from_big(t, step)?, int_from_big(t, length)?)
            .map(Ref::value)
    }
}

impl RangeIterator {
    /// An iterator over a range in numbers of 64 bits.
    pub fn new(t: &Thread, range: SmallRange) -> R<Ref<RangeIterator>> {
        let fresh =
            allocate::<RangeIterator>(t, t.classes().range_iterator, size_of::<RangeIterator>(), Self::layout().kind)?;
        let iterator = fresh.object();
        iterator.next.store(range.start, Ordering::Relaxed);
        iterator.step.store(range.step, Ordering::Relaxed);
        iterator.left.store(range.length, Ordering::Relaxed);
        Ok(fresh.publish())
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> SmallRange {
        SmallRange {
            start: self.next.load(Ordering::Relaxed),
            step: self.step.load(Ordering::Relaxed),
            length: self.left.load(Ordering::Relaxed),
        }
    }

    /// Goes on from so many items later.
    pub fn skip(&self, count: u64) {
        let rest = self.rest();
        let count = count.min(rest.length);
        self.next.store(rest.start.wrapping_add(rest.step.wrapping_mul(count as i64)), Ordering::Relaxed);
        self.left.store(rest.length - count, Ordering::Relaxed);
    }
}

fn range_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    // SAFETY: the function is in the layout of range iterators, so the value is one.
    let iterator = unsafe { Ref::<RangeIterator>::from_address(iterator.bits()) };
    let left = iterator.left.load(Ordering::Relaxed);
    if left == 0 {
        return Ok(None);
    }
    let number = iterator.next.load(Ordering::Relaxed);
    iterator.left.store(left - 1, Ordering::Relaxed);
    iterator.next.store(number.wrapping_add(iterator.step.load(Ordering::Relaxed)), Ordering::Relaxed);
    int_from_i64(t, number).map(Some)
}

impl LongRangeIterator {
    /// An iterator over so many items.
    pub fn new(t: &Thread, next: Value, step: Value, left: Value) -> R<Ref<LongRangeIterator>> {
        let class = t.classes().longrange_iterator;
        let fresh = allocate::<LongRangeIterator>(t, class, size_of::<LongRangeIterator>(), Self::layout().kind)?;
        let iterator = fresh.object().target();
        fresh.init(&iterator.next, Some(next));
        fresh.init(&iterator.step, Some(step));
        fresh.init(&iterator.left, Some(left));
        Ok(fresh.publish())
    }

    /// The next item, the step, and how many are left.
    #[must_use]
    pub fn rest(&self) -> [BigInt; 3] {
        [&self.next, &self.step, &self.left].map(|slot| slot.get().map_or_else(BigInt::zero, big))
    }

    /// Goes on from so many items later.
    pub fn skip(&self, t: &Thread, count: &BigInt) -> R<()> {
        let [next, step, left] = self.rest();
        let count = count.clone().clamp(BigInt::zero(), left.clone());
        self.next.put(&self.header, t, int_from_big(t, next + step * &count)?);
        self.left.put(&self.header, t, int_from_big(t, left - count)?);
        Ok(())
    }
}

fn long_range_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    // SAFETY: the function is in the layout of these iterators, so the value is one.
    let iterator = unsafe { Ref::<LongRangeIterator>::from_address(iterator.bits()) };
    let [next, step, left] = iterator.rest();
    if !left.is_positive() {
        return Ok(None);
    }
    let item = iterator.next.get();
    iterator.next.put(iterator.header(), t, int_from_big(t, next + step)?);
    iterator.left.put(iterator.header(), t, int_from_big(t, left - BigInt::one())?);
    Ok(item)
}

/// A big number as an index, if it is one.
#[must_use]
pub fn to_index(number: &BigInt) -> Option<usize> {
    number.to_usize()
}
