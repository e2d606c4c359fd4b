//! `count`, `cycle` and `repeat`.

use vm::builtins::iterators::{ITER, NEXT};
use vm::native::MethodDef;
use vm::object::Object;
use vm::objects::int_from_i64;
use vm::protocols::{self, BinaryOp};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use vm::{List, R, Ref, Slot, SlotExt, Thread, Value, heap_object, native};

use super::{iterator_class, make};

heap_object! {
    /// `count(start, step)`
    pub struct Count {
        /// The next number, unless it is a small int and the step is one: then `small` has it.
        next: Slot,
        step: Slot,
        small: AtomicI64,
    }
    trace { next, step }
    next(count_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, start=<unrepresentable>, step=<unrepresentable>)")]
fn count_new(t: &Thread, class: Value, start: Option<Value>, step: Option<Value>) -> R<Ref<Count>> {
    let (start, step) = (start.unwrap_or(Value::small(0)), step.unwrap_or(Value::small(1)));
    for value in [start, step] {
        if !is_number(t, value) {
            return Err(t.type_error("a number is required"));
        }
    }
    let this = make::<Count>(t, class, &COUNT)?;
    this.step.put(this.header(), t, step);
    match start.as_small_int() {
        Some(number) if step.as_small_int() == Some(1) => this.small.store(number, Ordering::Relaxed),
        _ => this.next.put(this.header(), t, start),
    }
    Ok(this)
}

/// Whether the value has `__index__`, `__int__`, `__float__` or `__complex__`.
fn is_number(t: &Thread, value: Value) -> bool {
    use vm::names::Special;
    let class = value.class(t);
    value.is_small_int()
        || value.is_word_float()
        || [Special::Index, Special::Int, Special::Float, Special::Complex]
            .into_iter()
            .any(|special| class.special(t, special).is_some())
}

fn count_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Count>() else { return Ok(None) };
    let Some(next) = this.next.get() else {
        let number = this.small.fetch_add(1, Ordering::Relaxed);
        return int_from_i64(t, number).map(Some);
    };
    let step = this.step.get().unwrap_or(Value::small(1));
    let mut next = next;
    loop {
        let after = protocols::binary(t, BinaryOp::Add, next, step)?;
        // No lock is held while the addition runs, which may be Python code: another thread's step shows here.
        let guard = this.header().lock(t.mutator());
        match this.next.get() {
            Some(now) if !now.is(next) => next = now,
            _ => {
                this.next.put(this.header(), t, after);
                return Ok(Some(next));
            }
        }
        drop(guard);
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn count_repr(t: &Thread, this: Ref<Count>) -> R<String> {
    let next = match this.next.get() {
        Some(next) => next,
        None => int_from_i64(t, this.small.load(Ordering::Relaxed))?,
    };
    let name = this.value().class(t).name();
    let next = protocols::repr(t, next)?.to_string_lossy();
    match this.step.get().filter(|step| step.as_small_int() != Some(1)) {
        None => Ok(format!("{name}({next})")),
        Some(step) => Ok(format!("{name}({next}, {})", protocols::repr(t, step)?.to_string_lossy())),
    }
}

/// `count`
pub static COUNT: NativeClass = iterator_class(
    "count",
    Count::layout,
    "Return a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
    &[MethodDef::New(&COUNT_NEW), ITER, NEXT, MethodDef::Method(&COUNT_REPR)],
);

heap_object! {
    /// `cycle(iterable)`
    pub struct Cycle {
        /// Unset once exhausted.
        iterator: Slot,
        saved: Slot,
        position: AtomicUsize,
    }
    trace { iterator, saved }
    next(cycle_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, /)")]
fn cycle_new(t: &Thread, class: Value, iterable: Value) -> R<Ref<Cycle>> {
    let iterator = protocols::iterate(t, iterable)?;
    let saved = List::new(t)?;
    let this = make::<Cycle>(t, class, &CYCLE)?;
    this.iterator.put(this.header(), t, iterator);
    this.saved.put(this.header(), t, saved.value());
    Ok(this)
}

fn cycle_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Cycle>() else { return Ok(None) };
    let Some(saved) = this.saved.get().and_then(Value::downcast::<List>) else { return Ok(None) };
    if let Some(iterator) = this.iterator.get() {
        if let Some(item) = protocols::next(t, iterator)? {
            saved.push(t, item)?;
            return Ok(Some(item));
        }
        this.iterator.put(this.header(), t, None);
    }
    let position = this.position.load(Ordering::Relaxed);
    let Some(item) = saved.target().get(position).or_else(|| saved.target().get(0)) else { return Ok(None) };
    let after = if position + 1 >= saved.len() { 0 } else { position + 1 };
    this.position.store(after, Ordering::Relaxed);
    Ok(Some(item))
}

/// `cycle`
pub static CYCLE: NativeClass = iterator_class(
    "cycle",
    Cycle::layout,
    "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.",
    &[MethodDef::New(&CYCLE_NEW), ITER, NEXT],
);

heap_object! {
    /// `repeat(object, times)`
    pub struct Repeat {
        object: Slot,
        /// How often still; negative for ever.
        left: AtomicI64,
    }
    trace { object }
    next(repeat_next)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, object, times=<unrepresentable>)")]
fn repeat_new(t: &Thread, class: Value, object: Value, times: Option<Value>) -> R<Ref<Repeat>> {
    let left = match times {
        Some(times) => protocols::index_i64(t, times)?.max(0),
        None => -1,
    };
    let this = make::<Repeat>(t, class, &REPEAT)?;
    this.object.put(this.header(), t, object);
    this.left.store(left, Ordering::Relaxed);
    Ok(this)
}

fn repeat_next(_: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Repeat>() else { return Ok(None) };
    match this.left.load(Ordering::Relaxed) {
        0 => Ok(None),
        left => {
            if left > 0 {
                this.left.store(left - 1, Ordering::Relaxed);
            }
            Ok(this.object.get())
        }
    }
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn repeat_hint(t: &Thread, this: Ref<Repeat>) -> R<i64> {
    match this.left.load(Ordering::Relaxed) {
        ..0 => Err(t.type_error("len() of unsized object")),
        left => Ok(left),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn repeat_repr(t: &Thread, this: Ref<Repeat>) -> R<String> {
    let object = protocols::repr(t, this.object.get().unwrap_or(Value::NONE))?.to_string_lossy();
    let name = this.value().class(t).name();
    match this.left.load(Ordering::Relaxed) {
        ..0 => Ok(format!("{name}({object})")),
        left => Ok(format!("{name}({object}, {left})")),
    }
}

/// `repeat`
pub static REPEAT: NativeClass = iterator_class(
    "repeat",
    Repeat::layout,
    "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
    &[MethodDef::New(&REPEAT_NEW), ITER, NEXT, MethodDef::Method(&REPEAT_HINT), MethodDef::Method(&REPEAT_REPR)],
);
