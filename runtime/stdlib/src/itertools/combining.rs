//! `product`, `permutations`, `combinations` and `combinations_with_replacement`.
//!
//! Each keeps its pool, the indices of what it gives next, and whether there is anything more to give.

use vm::builtins::iterators::{ITER, NEXT};
use vm::containers::ValueVec;
use vm::native::{Args, MethodDef};
use vm::object::Object;
use vm::objects::ValueArray;
use vm::protocols;
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, Ordering};
use vm::{R, Ref, Slot, SlotExt, Thread, Tuple, Value, heap_object, native};

use super::{array, iterator_class, make, number, numbers, set_number};

heap_object! {
    /// `product(*iterables, repeat)`
    pub struct Product {
        /// A tuple of tuples.
        pools: Slot,
        indices: Slot,
        done: AtomicBool,
    }
    trace { pools, indices }
    next(product_next)
}

fn tuple(slot: &Slot) -> Option<Ref<Tuple>> {
    slot.get()?.downcast::<Tuple>()
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *iterables, repeat=1)", raw)]
fn product_new(t: &Thread, args: Args<'_>) -> R<Ref<Product>> {
    let Some(&class) = args.positional().first() else {
        return Err(t.type_error("product.__new__(): not enough arguments"));
    };
    let rest = args.rest();
    let mut repeat = 1;
    for (name, value) in rest.keywords() {
        if !name.is("repeat") {
            return Err(native::unexpected_keyword(t, "product", &name.to_string_lossy(), ["repeat"]));
        }
        repeat = protocols::index_i64(t, value)?;
    }
    let Ok(repeat) = usize::try_from(repeat) else { return Err(t.value_error("repeat argument cannot be negative")) };
    let iterables = rest.positional();
    let Some(total) = iterables.len().checked_mul(repeat).filter(|&total| total < 1 << 32) else {
        return Err(t.overflow_error("repeat argument too large"));
    };
    let mut pools = ValueVec::with_capacity(t, total)?;
    if repeat > 0 {
        for &iterable in iterables {
            pools.push(t, protocols::tuple_of(t, iterable)?.value())?;
        }
    }
    for index in pools.len()..total {
        let pool = pools.get(index - iterables.len());
        pools.push(t, pool)?;
    }
    let empty = pools.iter().any(|pool| pool.downcast::<Tuple>().is_none_or(|pool| pool.is_empty()));
    let (pools, indices) = (pools.into_tuple(t)?, numbers(t, total, |_| 0)?);
    let this = make::<Product>(t, class, &PRODUCT)?;
    this.pools.put(this.header(), t, pools.value());
    this.indices.put(this.header(), t, indices.value());
    this.done.store(empty, Ordering::Relaxed);
    Ok(this)
}

fn product_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Product>() else { return Ok(None) };
    let (Some(pools), Some(indices)) = (tuple(&this.pools), array(&this.indices)) else { return Ok(None) };
    if this.done.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let pool = |place: usize| pools.as_slice()[place].downcast::<Tuple>().unwrap_or_else(|| Tuple::empty(t));
    let result = Tuple::with(t, pools.len(), |place| {
        let pool = pool(place);
        // Another thread may be moving the indices; any item of the pool will do then.
        Ok(pool.as_slice()[number(indices, place).min(pool.len() - 1)])
    })?;
    let mut place = pools.len();
    loop {
        if place == 0 {
            this.done.store(true, Ordering::Relaxed);
            break;
        }
        place -= 1;
        let next = number(indices, place) + 1;
        if next < pool(place).len() {
            set_number(t, indices, place, next);
            break;
        }
        set_number(t, indices, place, 0);
    }
    Ok(Some(result.value()))
}

/// `product`
pub static PRODUCT: NativeClass = iterator_class(
    "product",
    Product::layout,
    "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every iteration).\n\nTo compute the product of an iterable with itself, specify the number\nof repetitions with the optional repeat keyword argument. For example,\nproduct(A, repeat=4) means the same as product(A, A, A, A).\n\nproduct('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)\nproduct((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...",
    &[MethodDef::New(&PRODUCT_NEW), ITER, NEXT, MethodDef::Method(&PRODUCT_SIZEOF)],
);

/// Returns size in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn product_sizeof(_: &Thread, this: Ref<Product>) -> usize {
    size_of::<Product>() + array(&this.indices).map_or(0, |indices| indices.capacity() * 8)
}

heap_object! {
    /// `permutations(iterable, r)`
    pub struct Permutations { pool: Slot, indices: Slot, cycles: Slot, done: AtomicBool }
    trace { pool, indices, cycles }
    next(permutations_next)
}

heap_object! {
    /// `combinations(iterable, r)`
    pub struct Combinations { pool: Slot, indices: Slot, done: AtomicBool }
    trace { pool, indices }
    next(combinations_next)
}

heap_object! {
    /// `combinations_with_replacement(iterable, r)`
    pub struct Replacements { pool: Slot, indices: Slot, done: AtomicBool }
    trace { pool, indices }
    next(replacements_next)
}

fn length_argument(t: &Thread, r: i64) -> R<usize> {
    usize::try_from(r).map_err(|_| t.value_error("r must be non-negative"))
}

/// The items of the pool that the first `length` indices name.
fn picked(t: &Thread, pool: Ref<Tuple>, indices: &ValueArray, length: usize) -> R<Option<Value>> {
    let pick = |place: usize| pool.as_slice()[number(indices, place).min(pool.len() - 1)];
    Ok(Some(Tuple::with(t, length, |place| Ok(pick(place)))?.value()))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, r=None)")]
fn permutations_new(t: &Thread, class: Value, iterable: Value, r: Value) -> R<Ref<Permutations>> {
    let pool = protocols::tuple_of(t, iterable)?;
    let length = if r.is_none() {
        pool.len()
    } else if vm::objects::is_int(r) {
        length_argument(t, protocols::index_i64(t, r)?)?
    } else {
        return Err(t.type_error("Expected int as r"));
    };
    let possible = length <= pool.len();
    let indices = numbers(t, pool.len(), |index| index)?;
    let cycles = numbers(t, if possible { length } else { 0 }, |index| pool.len() - index)?;
    let this = make::<Permutations>(t, class, &PERMUTATIONS)?;
    this.pool.put(this.header(), t, pool.value());
    this.indices.put(this.header(), t, indices.value());
    this.cycles.put(this.header(), t, cycles.value());
    this.done.store(!possible, Ordering::Relaxed);
    Ok(this)
}

fn permutations_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Permutations>() else { return Ok(None) };
    let (Some(pool), Some(indices), Some(cycles)) = (tuple(&this.pool), array(&this.indices), array(&this.cycles))
    else {
        return Ok(None);
    };
    if this.done.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let (size, length) = (pool.len(), cycles.capacity());
    let result = picked(t, pool, indices, length)?;
    for place in (0..length).rev() {
        let left = number(cycles, place).saturating_sub(1);
        if left > 0 {
            set_number(t, cycles, place, left);
            let other = size - left;
            let (a, b) = (number(indices, place), number(indices, other));
            set_number(t, indices, place, b);
            set_number(t, indices, other, a);
            return Ok(result);
        }
        let moved = number(indices, place);
        for index in place..size - 1 {
            set_number(t, indices, index, number(indices, index + 1));
        }
        set_number(t, indices, size - 1, moved);
        set_number(t, cycles, place, size - place);
    }
    this.done.store(true, Ordering::Relaxed);
    Ok(result)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, r)")]
fn combinations_new(t: &Thread, class: Value, iterable: Value, r: i64) -> R<Ref<Combinations>> {
    let pool = protocols::tuple_of(t, iterable)?;
    let length = length_argument(t, r)?;
    let possible = length <= pool.len();
    let indices = numbers(t, if possible { length } else { 0 }, |index| index)?;
    let this = make::<Combinations>(t, class, &COMBINATIONS)?;
    this.pool.put(this.header(), t, pool.value());
    this.indices.put(this.header(), t, indices.value());
    this.done.store(!possible, Ordering::Relaxed);
    Ok(this)
}

fn combinations_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Combinations>() else { return Ok(None) };
    let (Some(pool), Some(indices)) = (tuple(&this.pool), array(&this.indices)) else { return Ok(None) };
    if this.done.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let (size, length) = (pool.len(), indices.capacity());
    let result = picked(t, pool, indices, length)?;
    match (0..length).rev().find(|&place| number(indices, place) < size + place - length) {
        None => this.done.store(true, Ordering::Relaxed),
        Some(place) => {
            let first = number(indices, place) + 1;
            for index in place..length {
                set_number(t, indices, index, first + index - place);
            }
        }
    }
    Ok(result)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, r)")]
fn replacements_new(t: &Thread, class: Value, iterable: Value, r: i64) -> R<Ref<Replacements>> {
    let pool = protocols::tuple_of(t, iterable)?;
    let length = length_argument(t, r)?;
    let possible = length == 0 || !pool.is_empty();
    let indices = numbers(t, if possible { length } else { 0 }, |_| 0)?;
    let this = make::<Replacements>(t, class, &COMBINATIONS_WITH_REPLACEMENT)?;
    this.pool.put(this.header(), t, pool.value());
    this.indices.put(this.header(), t, indices.value());
    this.done.store(!possible, Ordering::Relaxed);
    Ok(this)
}

fn replacements_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Replacements>() else { return Ok(None) };
    let (Some(pool), Some(indices)) = (tuple(&this.pool), array(&this.indices)) else { return Ok(None) };
    if this.done.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let (size, length) = (pool.len(), indices.capacity());
    let result = picked(t, pool, indices, length)?;
    match (0..length).rev().find(|&place| number(indices, place) + 1 < size) {
        None => this.done.store(true, Ordering::Relaxed),
        Some(place) => {
            let next = number(indices, place) + 1;
            for index in place..length {
                set_number(t, indices, index, next);
            }
        }
    }
    Ok(result)
}

/// `permutations`
pub static PERMUTATIONS: NativeClass = iterator_class(
    "permutations",
    Permutations::layout,
    "Return successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
    &[MethodDef::New(&PERMUTATIONS_NEW), ITER, NEXT],
);

/// `combinations`
pub static COMBINATIONS: NativeClass = iterator_class(
    "combinations",
    Combinations::layout,
    "Return successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
    &[MethodDef::New(&COMBINATIONS_NEW), ITER, NEXT],
);

/// `combinations_with_replacement`
pub static COMBINATIONS_WITH_REPLACEMENT: NativeClass = iterator_class(
    "combinations_with_replacement",
    Replacements::layout,
    "Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')",
    &[MethodDef::New(&REPLACEMENTS_NEW), ITER, NEXT],
);
