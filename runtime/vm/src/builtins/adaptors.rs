//! `enumerate`, `zip`, `map`, `filter` and `reversed`.
//!
//! Each is an iterator over iterators that its slots hold from its making on; what changes are counters and, for `reversed`,
//! the source, unset at the end.

use num_bigint::BigInt;
use sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::builtins::iterators::{ITER, NEXT};
use crate::builtins::{construct, sequence};
use crate::containers::ValueVec;
use crate::heap_object;
use crate::names::Special;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Layout, Object, Ref, Slot, SlotExt};
use crate::objects::int::{int_from_big, int_from_i64};
use crate::objects::range::big;
use crate::objects::value_array::ValueArray;
use crate::objects::{Class, ClassFlags, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// `enumerate(iterable, start)`
    pub struct Enumerate {
        iterator: Slot,
        /// The next number, once the small ones have run out.
        large: Slot,
        count: AtomicI64,
    }
    trace { iterator, large }
    next(enumerate_next)
}

heap_object! {
    /// `zip(*iterables)`
    pub struct Zip {
        iterators: Slot,
        strict: AtomicBool,
    }
    trace { iterators }
    next(zip_next)
}

heap_object! {
    /// `map(function, *iterables)`
    pub struct Map {
        function: Slot,
        iterators: Slot,
        strict: AtomicBool,
    }
    trace { function, iterators }
    next(map_next)
}

heap_object! {
    /// `filter(function, iterable)`
    pub struct Filter {
        function: Slot,
        iterator: Slot,
    }
    trace { function, iterator }
    next(filter_next)
}

heap_object! {
    /// `reversed(sequence)`
    pub struct Reversed {
        sequence: Slot,
        position: AtomicI64,
    }
    trace { sequence }
    next(reversed_next)
}

/// An instance of a class or subclass of one of these, all slots unset.
fn instance<T: Object>(t: &Thread, class: Ref<Class>) -> R<Ref<T>> {
    let made = super::object::new_instance(t, class)?;
    // SAFETY: the class was checked to be of this layout, and the instance was just made.
    Ok(unsafe { Ref::from_address(made.bits()) })
}

/// The object behind a value that a layout's own `next` was called with.
fn own<T>(value: Value) -> &'static T {
    // SAFETY: `next` functions are called with values of their layout only; the caller's local keeps the object.
    unsafe { Ref::<T>::from_address(value.bits()) }.target()
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, start=0)", raw)]
fn enumerate_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = construct::class_argument(t, args, t.classes().enumerate)?;
    let (iterable, start) = enumerate_arguments(t, rest)?;
    let start = match start {
        Some(start) => protocols::index(t, start)?,
        None => Value::small(0),
    };
    let iterator = protocols::iterate(t, iterable)?;
    let this = instance::<Enumerate>(t, class)?;
    this.iterator.put(this.header(), t, iterator);
    match start.as_small_int() {
        Some(number) => this.count.store(number, Ordering::Relaxed),
        None => this.large.put(this.header(), t, start),
    }
    Ok(this.value())
}

fn enumerate_arguments(t: &Thread, args: Args<'_>) -> R<(Value, Option<Value>)> {
    if args.values.len() > 2 {
        let given = args.values.len();
        return Err(t.type_error(format_args!("enumerate() takes at most 2 arguments ({given} given)")));
    }
    let (mut iterable, mut start) = (args.positional().first().copied(), args.positional().get(1).copied());
    for (name, value) in args.keywords() {
        let slot = match () {
            () if name.is("iterable") && iterable.is_none() => &mut iterable,
            () if name.is("start") && start.is_none() => &mut start,
            () => {
                let name = name.to_string_lossy();
                return Err(t.type_error(format_args!("'{name}' is an invalid keyword argument for enumerate()")));
            }
        };
        *slot = Some(value);
    }
    match iterable {
        Some(iterable) => Ok((iterable, start)),
        None => Err(t.type_error("enumerate() missing required argument 'iterable'")),
    }
}

fn enumerate_next(t: &Thread, this: Value) -> R<Option<Value>> {
    as_tuple(t, enumerate_pair(t, this)?)
}

fn as_tuple(t: &Thread, pair: Option<(Value, Value)>) -> R<Option<Value>> {
    pair.map(|(a, b)| Tuple::pair(t, a, b).map(Ref::value)).transpose()
}

/// What an `enumerate` object gives next, without a tuple for it.
pub fn enumerate_pair(t: &Thread, this: Value) -> R<Option<(Value, Value)>> {
    let this = own::<Enumerate>(this);
    let Some(iterator) = this.iterator.get() else { return Ok(None) };
    let Some(item) = protocols::next(t, iterator)? else { return Ok(None) };
    if let Some(large) = this.large.get() {
        this.large.put(&this.header, t, int_from_big(t, big(large) + BigInt::from(1))?);
        return Ok(Some((large, item)));
    }
    let count = this.count.load(Ordering::Relaxed);
    this.count.store(count + 1, Ordering::Relaxed);
    let number = int_from_i64(t, count)?;
    if !number.is_small_int() {
        this.large.put(&this.header, t, int_from_big(t, BigInt::from(count) + 1)?);
    }
    Ok(Some((number, item)))
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn enumerate_reduce(t: &Thread, this: Ref<Enumerate>) -> R<Ref<Tuple>> {
    let count = match this.large.get() {
        Some(large) => large,
        None => int_from_i64(t, this.count.load(Ordering::Relaxed))?,
    };
    let iterator = this.iterator.get().unwrap_or(Value::NONE);
    let arguments = Tuple::from_slice(t, &[iterator, count])?;
    Tuple::from_slice(t, &[this.value().class(t).value(), arguments.value()])
}

/// The iterators over some iterables, in an array.
fn iterators_of(t: &Thread, iterables: &[Value]) -> R<Ref<ValueArray>> {
    let mut iterators = ValueVec::with_capacity(t, iterables.len().max(1))?;
    for &iterable in iterables {
        let iterator = protocols::iterate(t, iterable)?;
        iterators.push(t, iterator)?;
    }
    ValueArray::from_slice(t, iterators.as_slice(), iterables.len())
}

fn array(slot: &Slot) -> Option<&'static ValueArray> {
    slot.get()?.downcast::<ValueArray>().map(Ref::target)
}

/// The `strict` argument, the only one given by name.
fn strict_argument(t: &Thread, args: Args<'_>, function: &str) -> R<bool> {
    let count = args.keyword_count();
    if count > 1 {
        return Err(t.type_error(format_args!("{function}() takes at most 1 keyword argument ({count} given)")));
    }
    match args.keywords().next() {
        None => Ok(false),
        Some((name, value)) if name.is("strict") => protocols::is_true(t, value),
        Some((name, _)) => Err(native::unexpected_keyword(t, function, &name.to_string_lossy(), ["strict"])),
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *iterables, strict=False)", raw)]
fn zip_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = construct::class_argument(t, args, t.classes().zip)?;
    // A subclass's `__init__` may take more keywords than `__new__` knows.
    let strict =
        if class == t.classes().zip || rest.keyword_count() > 0 { strict_argument(t, rest, "zip")? } else { false };
    let iterators = iterators_of(t, rest.positional())?;
    let this = instance::<Zip>(t, class)?;
    this.iterators.put(this.header(), t, iterators.value());
    this.strict.store(strict, Ordering::Relaxed);
    Ok(this.value())
}

fn zip_next(t: &Thread, this: Value) -> R<Option<Value>> {
    if let Some(pair) = zip_pair(t, this)? {
        return as_tuple(t, pair);
    }
    let this = own::<Zip>(this);
    let Some(iterators) = array(&this.iterators).filter(|iterators| iterators.capacity() > 0) else { return Ok(None) };
    let tuple = Tuple::fresh(t, iterators.capacity())?.publish();
    for (index, slot) in iterators.slots().iter().enumerate() {
        let Some(iterator) = slot.get() else { return Ok(None) };
        match protocols::next(t, iterator)? {
            Some(item) => tuple.target().slots()[index].put(tuple.header(), t, item),
            None => return ended(t, iterators, index, this.strict.load(Ordering::Relaxed), "zip"),
        }
    }
    Ok(Some(tuple.value()))
}

/// What a `zip` object of two iterators gives next, without a tuple for it; `None` where there are not two.
pub fn zip_pair(t: &Thread, this: Value) -> R<Option<Option<(Value, Value)>>> {
    let this = own::<Zip>(this);
    let Some(iterators) = array(&this.iterators) else { return Ok(None) };
    let [first, second] = iterators.slots() else { return Ok(None) };
    let (Some(first), Some(second)) = (first.get(), second.get()) else { return Ok(Some(None)) };
    let Some(a) = protocols::next(t, first)? else {
        return ended(t, iterators, 0, this.strict.load(Ordering::Relaxed), "zip").map(|_| Some(None));
    };
    let Some(b) = protocols::next(t, second)? else {
        return ended(t, iterators, 1, this.strict.load(Ordering::Relaxed), "zip").map(|_| Some(None));
    };
    Ok(Some(Some((a, b))))
}

/// The iterator at an index had no more: that is the end, or an error if the others have more.
fn ended(t: &Thread, iterators: &ValueArray, index: usize, strict: bool, function: &str) -> R<Option<Value>> {
    if !strict {
        return Ok(None);
    }
    let others = |index: usize| if index == 1 { "argument 1".to_owned() } else { format!("arguments 1-{index}") };
    if index > 0 {
        let message = format!("{function}() argument {} is shorter than {}", index + 1, others(index));
        return Err(t.value_error(message));
    }
    for later in 1..iterators.capacity() {
        let Some(iterator) = iterators.slot(later).get() else { continue };
        if protocols::next(t, iterator)?.is_some() {
            let message = format!("{function}() argument {} is longer than {}", later + 1, others(later));
            return Err(t.value_error(message));
        }
    }
    Ok(None)
}

fn reduced(t: &Thread, this: Value, arguments: &[Value], strict: bool) -> R<Ref<Tuple>> {
    let arguments = Tuple::from_slice(t, arguments)?;
    let class = this.class(t).value();
    if strict {
        Tuple::from_slice(t, &[class, arguments.value(), Value::TRUE])
    } else {
        Tuple::from_slice(t, &[class, arguments.value()])
    }
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn zip_reduce(t: &Thread, this: Ref<Zip>) -> R<Ref<Tuple>> {
    let mut arguments = ValueVec::new(t);
    for slot in array(&this.iterators).map_or(&[][..], ValueArray::slots) {
        arguments.push(t, slot.get().unwrap_or(Value::NONE))?;
    }
    reduced(t, this.value(), arguments.as_slice(), this.strict.load(Ordering::Relaxed))
}

/// Set state information for unpickling.
#[native("__setstate__($self, object, /)")]
fn zip_setstate(t: &Thread, this: Ref<Zip>, state: Value) -> R<()> {
    this.strict.store(protocols::is_true(t, state)?, Ordering::Relaxed);
    Ok(())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, function, iterable, /, *iterables, strict=False)", raw)]
fn map_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = construct::class_argument(t, args, t.classes().map)?;
    let strict =
        if class == t.classes().map || rest.keyword_count() > 0 { strict_argument(t, rest, "map")? } else { false };
    let [function, iterables @ ..] = rest.positional() else {
        return Err(t.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(t.type_error("map() must have at least two arguments."));
    }
    let iterators = iterators_of(t, iterables)?;
    let this = instance::<Map>(t, class)?;
    this.function.put(this.header(), t, *function);
    this.iterators.put(this.header(), t, iterators.value());
    this.strict.store(strict, Ordering::Relaxed);
    Ok(this.value())
}

fn map_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let this = own::<Map>(this);
    let (Some(function), Some(iterators)) = (this.function.get(), array(&this.iterators)) else { return Ok(None) };
    if let [only] = iterators.slots() {
        let Some(iterator) = only.get() else { return Ok(None) };
        return match protocols::next(t, iterator)? {
            Some(item) => protocols::call(t, function, &[item]).map(Some),
            None => Ok(None),
        };
    }
    let mut arguments = ValueVec::with_capacity(t, iterators.capacity())?;
    for (index, slot) in iterators.slots().iter().enumerate() {
        let Some(iterator) = slot.get() else { return Ok(None) };
        match protocols::next(t, iterator)? {
            Some(item) => arguments.push(t, item)?,
            None => return ended(t, iterators, index, this.strict.load(Ordering::Relaxed), "map"),
        }
    }
    protocols::call(t, function, arguments.as_slice()).map(Some)
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn map_reduce(t: &Thread, this: Ref<Map>) -> R<Ref<Tuple>> {
    let mut arguments = ValueVec::new(t);
    arguments.push(t, this.function.get().unwrap_or(Value::NONE))?;
    for slot in array(&this.iterators).map_or(&[][..], ValueArray::slots) {
        arguments.push(t, slot.get().unwrap_or(Value::NONE))?;
    }
    reduced(t, this.value(), arguments.as_slice(), this.strict.load(Ordering::Relaxed))
}

/// Set state information for unpickling.
#[native("__setstate__($self, object, /)")]
fn map_setstate(t: &Thread, this: Ref<Map>, state: Value) -> R<()> {
    this.strict.store(protocols::is_true(t, state)?, Ordering::Relaxed);
    Ok(())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, function, iterable, /)", raw)]
fn filter_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = construct::class_argument(t, args, t.classes().filter)?;
    construct::no_keywords(t, class, t.classes().filter, rest)?;
    let &[function, iterable] = rest.positional() else {
        return Err(t.type_error(format_args!("filter expected 2 arguments, got {}", rest.positional().len())));
    };
    let iterator = protocols::iterate(t, iterable)?;
    let this = instance::<Filter>(t, class)?;
    this.function.put(this.header(), t, function);
    this.iterator.put(this.header(), t, iterator);
    Ok(this.value())
}

fn filter_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let this = own::<Filter>(this);
    let (Some(function), Some(iterator)) = (this.function.get(), this.iterator.get()) else { return Ok(None) };
    let plain = function.is_none() || function.is(t.classes().bool_.value());
    while let Some(item) = protocols::next(t, iterator)? {
        let verdict = if plain { item } else { protocols::call(t, function, &[item])? };
        if protocols::is_true(t, verdict)? {
            return Ok(Some(item));
        }
        t.poll()?;
    }
    Ok(None)
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn filter_reduce(t: &Thread, this: Ref<Filter>) -> R<Ref<Tuple>> {
    let arguments = [this.function.get().unwrap_or(Value::NONE), this.iterator.get().unwrap_or(Value::NONE)];
    reduced(t, this.value(), &arguments, false)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, object, /)", raw)]
fn reversed_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = construct::class_argument(t, args, t.classes().reversed)?;
    construct::no_keywords(t, class, t.classes().reversed, rest)?;
    let &[sequence] = rest.positional() else {
        return Err(t.type_error(format_args!("reversed expected 1 argument, got {}", rest.positional().len())));
    };
    let own = sequence.class(t);
    let not_reversible = || t.type_error(format_args!("'{}' object is not reversible", own.name()));
    match own.special(t, Special::Reversed) {
        Some(method) if method.is_none() => return Err(not_reversible()),
        Some(method) => return protocols::call_special(t, method, sequence, &[]),
        None if !protocols::is_sequence(t, sequence) => return Err(not_reversible()),
        None => {}
    }
    let length = protocols::length(t, sequence)?;
    let this = instance::<Reversed>(t, class)?;
    this.sequence.put(this.header(), t, sequence);
    this.position.store(length as i64 - 1, Ordering::Relaxed);
    Ok(this.value())
}

fn reversed_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let this = own::<Reversed>(this);
    let Some(sequence) = this.sequence.get() else { return Ok(None) };
    let position = this.position.load(Ordering::Relaxed);
    if let Ok(index) = usize::try_from(position) {
        match protocols::get_item_at(t, sequence, index) {
            Ok(item) => {
                this.position.store(position - 1, Ordering::Relaxed);
                return Ok(Some(item));
            }
            Err(raised) if t.pending_is(t.classes().index_error) || t.pending_is(t.classes().stop_iteration) => {
                t.take(raised);
            }
            Err(raised) => return Err(raised),
        }
    }
    this.position.store(-1, Ordering::Relaxed);
    this.sequence.put(&this.header, t, None);
    Ok(None)
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn reversed_hint(t: &Thread, this: Ref<Reversed>) -> R<i64> {
    let Some(sequence) = this.sequence.get() else { return Ok(0) };
    let length = protocols::length(t, sequence)? as i64;
    let left = this.position.load(Ordering::Relaxed) + 1;
    Ok(if length < left { 0 } else { left })
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn reversed_reduce(t: &Thread, this: Ref<Reversed>) -> R<Ref<Tuple>> {
    let class = this.value().class(t).value();
    let Some(sequence) = this.sequence.get() else {
        let arguments = Tuple::from_slice(t, &[Tuple::empty(t).value()])?;
        return Tuple::from_slice(t, &[class, arguments.value()]);
    };
    let arguments = Tuple::from_slice(t, &[sequence])?;
    let position = int_from_i64(t, this.position.load(Ordering::Relaxed))?;
    Tuple::from_slice(t, &[class, arguments.value(), position])
}

/// Set state information for unpickling.
#[native("__setstate__($self, object, /)")]
fn reversed_setstate(t: &Thread, this: Ref<Reversed>, state: Value) -> R<()> {
    let position = protocols::index_i64(t, state)?;
    if let Some(sequence) = this.sequence.get() {
        let length = protocols::length(t, sequence)? as i64;
        this.position.store(position.clamp(-1, length - 1), Ordering::Relaxed);
    }
    Ok(())
}

const fn class(
    name: &'static str,
    layout: fn() -> &'static Layout,
    doc: &'static str,
    methods: &'static [MethodDef],
) -> ClassDef {
    let base: fn(&Thread) -> Ref<Class> = |t| t.classes().object;
    ClassDef { name, module: "builtins", layout, base: Some(base), flags: ClassFlags::BASE, doc, methods, getset: &[] }
}

/// `enumerate`
pub static ENUMERATE: ClassDef = class(
    "enumerate",
    Enumerate::layout,
    "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    &[
        MethodDef::New(&ENUMERATE_NEW),
        ITER,
        NEXT,
        MethodDef::Method(&ENUMERATE_REDUCE),
        MethodDef::Class(&sequence::CLASS_GETITEM),
    ],
);

/// `zip`
pub static ZIP: ClassDef = class(
    "zip",
    Zip::layout,
    "The zip object yields n-length tuples, where n is the number of iterables\npassed as positional arguments to zip().  The i-th element in every tuple\ncomes from the i-th iterable argument to zip().  This continues until the\nshortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    &[MethodDef::New(&ZIP_NEW), ITER, NEXT, MethodDef::Method(&ZIP_REDUCE), MethodDef::Method(&ZIP_SETSTATE)],
);

/// `map`
pub static MAP: ClassDef = class(
    "map",
    Map::layout,
    "Make an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.",
    &[MethodDef::New(&MAP_NEW), ITER, NEXT, MethodDef::Method(&MAP_REDUCE), MethodDef::Method(&MAP_SETSTATE)],
);

/// `filter`
pub static FILTER: ClassDef = class(
    "filter",
    Filter::layout,
    "Return an iterator yielding those items of iterable for which function(item)\nis true. If function is None, return the items that are true.",
    &[MethodDef::New(&FILTER_NEW), ITER, NEXT, MethodDef::Method(&FILTER_REDUCE)],
);

/// `reversed`
pub static REVERSED: ClassDef = class(
    "reversed",
    Reversed::layout,
    "Return a reverse iterator over the values of the given sequence.",
    &[
        MethodDef::New(&REVERSED_NEW),
        ITER,
        NEXT,
        MethodDef::Method(&REVERSED_HINT),
        MethodDef::Method(&REVERSED_REDUCE),
        MethodDef::Method(&REVERSED_SETSTATE),
    ],
);
