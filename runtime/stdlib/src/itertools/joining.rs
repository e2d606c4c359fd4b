//! `chain`, `zip_longest`, `pairwise`, `batched` and `accumulate`.

use vm::builtins::construct::{checked_class, no_keywords};
use vm::builtins::iterators::{ITER, NEXT};
use vm::builtins::sequence::CLASS_GETITEM;
use vm::containers::ValueVec;
use vm::native::{Args, MethodDef};
use vm::object::Object;
use vm::objects::ValueArray;
use vm::protocols::{self, BinaryOp};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use vm::{R, Ref, Slot, SlotExt, Thread, Tuple, Value, heap_object, native};

use super::{array, iterator_class, make};

heap_object! {
    /// `chain(*iterables)`
    pub struct Chain {
        /// The iterator over iterables; unset once exhausted.
        source: Slot,
        active: Slot,
    }
    trace { source, active }
    next(chain_next)
}

fn chain_of(t: &Thread, class: Value, source: Value) -> R<Ref<Chain>> {
    let this = make::<Chain>(t, class, &CHAIN)?;
    this.source.put(this.header(), t, source);
    Ok(this)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *iterables)", raw)]
fn chain_new(t: &Thread, args: Args<'_>) -> R<Ref<Chain>> {
    let Some(&class) = args.positional().first() else {
        return Err(t.type_error("chain.__new__(): not enough arguments"));
    };
    let rest = args.rest();
    no_keywords(t, checked_class(t, class, CHAIN.get(t))?, CHAIN.get(t), rest)?;
    let iterables = Tuple::from_slice(t, rest.positional())?;
    let source = protocols::iterate(t, iterables.value())?;
    chain_of(t, class, source)
}

/// Alternative chain() constructor taking a single iterable argument that evaluates lazily.
#[native("from_iterable($type, iterable, /)")]
fn chain_from_iterable(t: &Thread, class: Value, iterable: Value) -> R<Ref<Chain>> {
    let source = protocols::iterate(t, iterable)?;
    chain_of(t, class, source)
}

fn chain_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Chain>() else { return Ok(None) };
    loop {
        if let Some(active) = this.active.get() {
            if let Some(item) = protocols::next(t, active)? {
                return Ok(Some(item));
            }
            this.active.put(this.header(), t, None);
        }
        let Some(source) = this.source.get() else { return Ok(None) };
        let next = protocols::next(t, source)
            .and_then(|iterable| iterable.map(|iterable| protocols::iterate(t, iterable)).transpose());
        match next {
            Ok(Some(iterator)) => this.active.put(this.header(), t, iterator),
            ended => {
                this.source.put(this.header(), t, None);
                return ended.map(|_| None);
            }
        }
    }
}

/// `chain`
pub static CHAIN: NativeClass = iterator_class(
    "chain",
    Chain::layout,
    "Return a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.",
    &[MethodDef::New(&CHAIN_NEW), MethodDef::Class(&CHAIN_FROM_ITERABLE), ITER, NEXT, MethodDef::Class(&CLASS_GETITEM)],
);

heap_object! {
    /// `zip_longest(*iterables, fillvalue)`
    pub struct ZipLongest {
        /// The iterators; exhausted ones are unset.
        iterators: Slot,
        fill: Slot,
        active: AtomicUsize,
    }
    trace { iterators, fill }
    next(zip_longest_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *iterables, fillvalue=None)", raw)]
fn zip_longest_new(t: &Thread, args: Args<'_>) -> R<Ref<ZipLongest>> {
    let Some(&class) = args.positional().first() else {
        return Err(t.type_error("zip_longest.__new__(): not enough arguments"));
    };
    let rest = args.rest();
    let mut fill = Value::NONE;
    for (name, value) in rest.keywords() {
        if !name.is("fillvalue") {
            return Err(t.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value;
    }
    let iterables = rest.positional();
    let mut iterators = ValueVec::with_capacity(t, iterables.len())?;
    for &iterable in iterables {
        iterators.push(t, protocols::iterate(t, iterable)?)?;
    }
    let iterators = ValueArray::from_slice(t, iterators.as_slice(), iterables.len())?;
    let this = make::<ZipLongest>(t, class, &ZIP_LONGEST)?;
    this.iterators.put(this.header(), t, iterators.value());
    this.fill.put(this.header(), t, fill);
    this.active.store(iterables.len(), Ordering::Relaxed);
    Ok(this)
}

fn zip_longest_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<ZipLongest>() else { return Ok(None) };
    let Some(iterators) = array(&this.iterators) else { return Ok(None) };
    let fill = this.fill.get().unwrap_or(Value::NONE);
    if this.active.load(Ordering::Relaxed) == 0 {
        return Ok(None);
    }
    let mut items = ValueVec::with_capacity(t, iterators.capacity())?;
    for (index, slot) in iterators.slots().iter().enumerate() {
        let item = match slot.get().map(|iterator| protocols::next(t, iterator)).transpose() {
            Ok(item) => item.flatten(),
            Err(raised) => {
                this.active.store(0, Ordering::Relaxed);
                return Err(raised);
            }
        };
        if item.is_none() && slot.get().is_some() {
            iterators.put(t, index, None);
            let active = this.active.load(Ordering::Relaxed).saturating_sub(1);
            this.active.store(active, Ordering::Relaxed);
            if active == 0 {
                return Ok(None);
            }
        }
        items.push(t, item.unwrap_or(fill))?;
    }
    items.into_tuple(t).map(|tuple| Some(tuple.value()))
}

/// `zip_longest`
pub static ZIP_LONGEST: NativeClass = iterator_class(
    "zip_longest",
    ZipLongest::layout,
    "Return a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.",
    &[MethodDef::New(&ZIP_LONGEST_NEW), ITER, NEXT],
);

heap_object! {
    /// `pairwise(iterable)`
    pub struct Pairwise {
        /// Unset once exhausted.
        iterator: Slot,
        old: Slot,
    }
    trace { iterator, old }
    next(pairwise_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, /)")]
fn pairwise_new(t: &Thread, class: Value, iterable: Value) -> R<Ref<Pairwise>> {
    let iterator = protocols::iterate(t, iterable)?;
    let this = make::<Pairwise>(t, class, &PAIRWISE)?;
    this.iterator.put(this.header(), t, iterator);
    Ok(this)
}

fn pairwise_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Pairwise>() else { return Ok(None) };
    let Some(iterator) = this.iterator.get() else { return Ok(None) };
    let end = || {
        this.iterator.put(this.header(), t, None);
        this.old.put(this.header(), t, None);
    };
    if this.old.get().is_none() {
        let first = protocols::next(t, iterator).inspect_err(|_| end())?;
        let Some(first) = first else {
            end();
            return Ok(None);
        };
        this.old.put(this.header(), t, first);
        // `next` may have come back here and ended the iteration.
        if this.iterator.get().is_none() {
            this.old.put(this.header(), t, None);
            return Ok(None);
        }
    }
    let Some(old) = this.old.get() else { return Ok(None) };
    let new = protocols::next(t, iterator).inspect_err(|_| end())?;
    let Some(new) = new else {
        end();
        return Ok(None);
    };
    this.old.put(this.header(), t, new);
    Ok(Some(Tuple::pair(t, old, new)?.value()))
}

/// `pairwise`
pub static PAIRWISE: NativeClass = iterator_class(
    "pairwise",
    Pairwise::layout,
    "Return an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ...",
    &[MethodDef::New(&PAIRWISE_NEW), ITER, NEXT],
);

heap_object! {
    /// `batched(iterable, n, strict)`
    pub struct Batched {
        /// Unset once exhausted.
        iterator: Slot,
        size: AtomicI64,
        strict: AtomicBool,
    }
    trace { iterator }
    next(batched_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, n, *, strict=False)")]
fn batched_new(t: &Thread, class: Value, iterable: Value, n: i64, strict: bool) -> R<Ref<Batched>> {
    if n < 1 {
        return Err(t.value_error("n must be at least one"));
    }
    let iterator = protocols::iterate(t, iterable)?;
    let this = make::<Batched>(t, class, &BATCHED)?;
    this.iterator.put(this.header(), t, iterator);
    this.size.store(n, Ordering::Relaxed);
    this.strict.store(strict, Ordering::Relaxed);
    Ok(this)
}

fn batched_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Batched>() else { return Ok(None) };
    let Some(iterator) = this.iterator.get() else { return Ok(None) };
    let size = this.size.load(Ordering::Relaxed) as usize;
    let mut batch = ValueVec::new(t);
    while batch.len() < size {
        match protocols::next(t, iterator) {
            Ok(Some(item)) => batch.push(t, item)?,
            ended => {
                this.iterator.put(this.header(), t, None);
                ended?;
                break;
            }
        }
        t.poll()?;
    }
    if batch.is_empty() {
        return Ok(None);
    }
    if batch.len() < size && this.strict.load(Ordering::Relaxed) {
        return Err(t.value_error("batched(): incomplete batch"));
    }
    batch.into_tuple(t).map(|tuple| Some(tuple.value()))
}

/// `batched`
pub static BATCHED: NativeClass = iterator_class(
    "batched",
    Batched::layout,
    "Batch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted.\n\n    >>> for batch in batched('ABCDEFG', 3):\n    ...     print(batch)\n    ...\n    ('A', 'B', 'C')\n    ('D', 'E', 'F')\n    ('G',)\n\nIf \"strict\" is True, raises a ValueError if the final batch is shorter\nthan n.",
    &[MethodDef::New(&BATCHED_NEW), ITER, NEXT],
);

heap_object! {
    /// `accumulate(iterable, func, initial)`
    pub struct Accumulate {
        iterator: Slot,
        function: Slot,
        initial: Slot,
        total: Slot,
    }
    trace { iterator, function, initial, total }
    next(accumulate_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, func=None, *, initial=None)")]
fn accumulate_new(t: &Thread, class: Value, iterable: Value, func: Value, initial: Value) -> R<Ref<Accumulate>> {
    let iterator = protocols::iterate(t, iterable)?;
    let this = make::<Accumulate>(t, class, &ACCUMULATE)?;
    this.iterator.put(this.header(), t, iterator);
    this.function.put(this.header(), t, Some(func).filter(|func| !func.is_none()));
    this.initial.put(this.header(), t, Some(initial).filter(|initial| !initial.is_none()));
    Ok(this)
}

fn accumulate_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Accumulate>() else { return Ok(None) };
    let Some(iterator) = this.iterator.get() else { return Ok(None) };
    if let Some(initial) = this.initial.get() {
        this.initial.put(this.header(), t, None);
        this.total.put(this.header(), t, initial);
        return Ok(Some(initial));
    }
    let Some(item) = protocols::next(t, iterator)? else { return Ok(None) };
    let total = match (this.total.get(), this.function.get()) {
        (None, _) => item,
        (Some(total), None) => protocols::binary(t, BinaryOp::Add, total, item)?,
        (Some(total), Some(function)) => protocols::call(t, function, &[total, item])?,
    };
    this.total.put(this.header(), t, total);
    Ok(Some(total))
}

/// `accumulate`
pub static ACCUMULATE: NativeClass = iterator_class(
    "accumulate",
    Accumulate::layout,
    "Return series of accumulated sums (or other binary function results).",
    &[MethodDef::New(&ACCUMULATE_NEW), ITER, NEXT],
);
