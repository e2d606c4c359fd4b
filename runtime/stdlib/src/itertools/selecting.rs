//! `compress`, `dropwhile`, `takewhile`, `filterfalse`, `starmap` and `islice`.

use vm::builtins::construct::{checked_class, no_keywords};
use vm::builtins::iterators::{ITER, NEXT};
use vm::native::{Args, MethodDef};
use vm::object::Object;
use vm::protocols;
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use vm::{R, Raised, Ref, Slot, SlotExt, Thread, Tuple, Value, heap_object, native};

use super::{iterator_class, make};

heap_object! {
    /// `compress(data, selectors)`
    pub struct Compress { data: Slot, selectors: Slot }
    trace { data, selectors }
    next(compress_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, data, selectors)")]
fn compress_new(t: &Thread, class: Value, data: Value, selectors: Value) -> R<Ref<Compress>> {
    let (data, selectors) = (protocols::iterate(t, data)?, protocols::iterate(t, selectors)?);
    let this = make::<Compress>(t, class, &COMPRESS)?;
    this.data.put(this.header(), t, data);
    this.selectors.put(this.header(), t, selectors);
    Ok(this)
}

fn compress_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Compress>() else { return Ok(None) };
    let (Some(data), Some(selectors)) = (this.data.get(), this.selectors.get()) else { return Ok(None) };
    loop {
        let Some(item) = protocols::next(t, data)? else { return Ok(None) };
        let Some(selector) = protocols::next(t, selectors)? else { return Ok(None) };
        if protocols::is_true(t, selector)? {
            return Ok(Some(item));
        }
        t.poll()?;
    }
}

/// `compress`
pub static COMPRESS: NativeClass = iterator_class(
    "compress",
    Compress::layout,
    "Return data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors to\nchoose the data elements.",
    &[MethodDef::New(&COMPRESS_NEW), ITER, NEXT],
);

macro_rules! predicate_classes {
    ($($(#[$doc:meta])* $layout:ident $new:ident $new_def:ident $next:ident $class:ident $name:literal $text:literal;)*) => {
        $(
            heap_object! {
                $(#[$doc])*
                pub struct $layout { predicate: Slot, iterator: Slot, decided: AtomicBool }
                trace { predicate, iterator }
                next($next)
            }

            /// Create and return a new object.  See help(type) for accurate signature.
            #[native("__new__($type, predicate, iterable, /)")]
            fn $new(t: &Thread, class: Value, predicate: Value, iterable: Value) -> R<Ref<$layout>> {
                let iterator = protocols::iterate(t, iterable)?;
                let this = make::<$layout>(t, class, &$class)?;
                this.predicate.put(this.header(), t, predicate);
                this.iterator.put(this.header(), t, iterator);
                Ok(this)
            }

            #[doc = concat!("`", $name, "`")]
            pub static $class: NativeClass =
                iterator_class($name, $layout::layout, $text, &[MethodDef::New(&$new_def), ITER, NEXT]);
        )*
    };
}

predicate_classes! {
    /// `dropwhile(predicate, iterable)`
    DropWhile dropwhile_new DROPWHILE_NEW dropwhile_next DROPWHILE "dropwhile"
        "Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.";
    /// `takewhile(predicate, iterable)`
    TakeWhile takewhile_new TAKEWHILE_NEW takewhile_next TAKEWHILE "takewhile"
        "Return successive entries from an iterable as long as the predicate evaluates to true for each entry.";
    /// `filterfalse(predicate, iterable)`
    FilterFalse filterfalse_new FILTERFALSE_NEW filterfalse_next FILTERFALSE "filterfalse"
        "Return those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.";
}

fn dropwhile_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<DropWhile>() else { return Ok(None) };
    let (Some(predicate), Some(iterator)) = (this.predicate.get(), this.iterator.get()) else { return Ok(None) };
    while let Some(item) = protocols::next(t, iterator)? {
        if this.decided.load(Ordering::Relaxed) {
            return Ok(Some(item));
        }
        let verdict = protocols::call(t, predicate, &[item])?;
        if !protocols::is_true(t, verdict)? {
            this.decided.store(true, Ordering::Relaxed);
            return Ok(Some(item));
        }
        t.poll()?;
    }
    Ok(None)
}

fn takewhile_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<TakeWhile>() else { return Ok(None) };
    let (Some(predicate), Some(iterator)) = (this.predicate.get(), this.iterator.get()) else { return Ok(None) };
    if this.decided.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let Some(item) = protocols::next(t, iterator)? else { return Ok(None) };
    let verdict = protocols::call(t, predicate, &[item])?;
    if protocols::is_true(t, verdict)? {
        return Ok(Some(item));
    }
    this.decided.store(true, Ordering::Relaxed);
    Ok(None)
}

fn filterfalse_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<FilterFalse>() else { return Ok(None) };
    let (Some(predicate), Some(iterator)) = (this.predicate.get(), this.iterator.get()) else { return Ok(None) };
    let plain = predicate.is_none() || predicate.is(t.classes().bool_.value());
    while let Some(item) = protocols::next(t, iterator)? {
        let verdict = if plain { item } else { protocols::call(t, predicate, &[item])? };
        if !protocols::is_true(t, verdict)? {
            return Ok(Some(item));
        }
        t.poll()?;
    }
    Ok(None)
}

heap_object! {
    /// `starmap(function, iterable)`
    pub struct StarMap { function: Slot, iterator: Slot }
    trace { function, iterator }
    next(starmap_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, function, iterable, /)")]
fn starmap_new(t: &Thread, class: Value, function: Value, iterable: Value) -> R<Ref<StarMap>> {
    let iterator = protocols::iterate(t, iterable)?;
    let this = make::<StarMap>(t, class, &STARMAP)?;
    this.function.put(this.header(), t, function);
    this.iterator.put(this.header(), t, iterator);
    Ok(this)
}

fn starmap_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<StarMap>() else { return Ok(None) };
    let (Some(function), Some(iterator)) = (this.function.get(), this.iterator.get()) else { return Ok(None) };
    let Some(item) = protocols::next(t, iterator)? else { return Ok(None) };
    let arguments: Ref<Tuple> = protocols::tuple_of(t, item)?;
    protocols::call(t, function, arguments.as_slice()).map(Some)
}

/// `starmap`
pub static STARMAP: NativeClass = iterator_class(
    "starmap",
    StarMap::layout,
    "Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.",
    &[MethodDef::New(&STARMAP_NEW), ITER, NEXT],
);

heap_object! {
    /// `islice(iterable, start, stop, step)`
    pub struct Slicing {
        /// Unset once exhausted.
        iterator: Slot,
        /// The index of the next item to give.
        next: AtomicI64,
        /// The index to stop at; negative for none.
        stop: AtomicI64,
        step: AtomicI64,
        /// How many items were taken.
        taken: AtomicI64,
    }
    trace { iterator }
    next(islice_next)
}

/// A bound of `islice`: none, or an int that is not negative.
fn bound(t: &Thread, value: Value, error: impl Fn() -> Raised) -> R<Option<i64>> {
    if value.is_none() {
        return Ok(None);
    }
    match protocols::index_i64(t, value) {
        Ok(number) if number >= 0 => Ok(Some(number)),
        Ok(_) => Err(error()),
        Err(raised) => {
            if t.pending_is(t.classes().type_error)
                || t.pending_is(t.classes().overflow_error)
                || t.pending_is(t.classes().value_error)
            {
                t.take(raised);
                return Err(error());
            }
            Err(raised)
        }
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn islice_new(t: &Thread, args: Args<'_>) -> R<Ref<Slicing>> {
    let Some(&class) = args.positional().first() else {
        return Err(t.type_error("islice.__new__(): not enough arguments"));
    };
    let rest = args.rest();
    no_keywords(t, checked_class(t, class, ISLICE.get(t))?, ISLICE.get(t), rest)?;
    let indices = || t.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    let stop_only = || t.value_error("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    let (iterable, start, stop, step) = match *rest.positional() {
        [iterable, stop] => (iterable, Some(0), bound(t, stop, stop_only)?, Some(1)),
        [iterable, start, stop] => (iterable, bound(t, start, indices)?, bound(t, stop, stop_only)?, Some(1)),
        [iterable, start, stop, step] => {
            let positive = || t.value_error("Step for islice() must be a positive integer or None.");
            let (start, stop) = (bound(t, start, indices)?, bound(t, stop, stop_only)?);
            (iterable, start, stop, bound(t, step, positive)?)
        }
        _ if rest.values.len() < 2 => {
            return Err(t.type_error(format_args!("islice expected at least 2 arguments, got {}", rest.values.len())));
        }
        _ => return Err(t.type_error(format_args!("islice expected at most 4 arguments, got {}", rest.values.len()))),
    };
    let step = step.unwrap_or(1);
    if step < 1 {
        return Err(t.value_error("Step for islice() must be a positive integer or None."));
    }
    let iterator = protocols::iterate(t, iterable)?;
    let this = make::<Slicing>(t, class, &ISLICE)?;
    this.iterator.put(this.header(), t, iterator);
    this.next.store(start.unwrap_or(0), Ordering::Relaxed);
    this.stop.store(stop.unwrap_or(-1), Ordering::Relaxed);
    this.step.store(step, Ordering::Relaxed);
    Ok(this)
}

fn islice_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Slicing>() else { return Ok(None) };
    let Some(iterator) = this.iterator.get() else { return Ok(None) };
    let (next, stop) = (this.next.load(Ordering::Relaxed), this.stop.load(Ordering::Relaxed));
    let mut taken = this.taken.load(Ordering::Relaxed);
    let exhausted = || {
        this.iterator.put(this.header(), t, None);
        Ok(None)
    };
    while taken < next {
        // What lies before the stop is taken even if nothing more will be given.
        if stop >= 0 && taken >= stop {
            return exhausted();
        }
        if protocols::next(t, iterator)?.is_none() {
            return exhausted();
        }
        taken += 1;
        this.taken.store(taken, Ordering::Relaxed);
        t.poll()?;
    }
    if stop >= 0 && taken >= stop {
        return exhausted();
    }
    let Some(item) = protocols::next(t, iterator)? else { return exhausted() };
    this.taken.store(taken + 1, Ordering::Relaxed);
    let after = next.checked_add(this.step.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
    this.next.store(if stop >= 0 { after.min(stop) } else { after }, Ordering::Relaxed);
    Ok(Some(item))
}

/// `islice`
pub static ISLICE: NativeClass = iterator_class(
    "islice",
    Slicing::layout,
    "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.",
    &[MethodDef::New(&ISLICE_NEW), ITER, NEXT],
);
