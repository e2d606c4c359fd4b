//! The class `deque` and its iterators.

use text::TextBuilder;
use vm::builtins::iterators::{ITER, NEXT};
use vm::builtins::object::new_instance;
use vm::builtins::sequence::{CLASS_GETITEM, compare_items, index_arguments, index_bound, repeat_count};
use vm::builtins::{arguments, construct::checked_class};
use vm::containers::{ReprGuard, ValueVec};
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, int_from_u64};
use vm::protocols::{self, CompareOp};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

use super::deque::Deque;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn deque_new(t: &Thread, args: Args<'_>) -> R {
    let Some(&class) = args.positional().first() else {
        return Err(t.type_error("deque.__new__(): not enough arguments"));
    };
    new_instance(t, checked_class(t, class, DEQUE.get(t))?)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, iterable=<unrepresentable>, maxlen=None)")]
fn deque_init(t: &Thread, this: Ref<Deque>, iterable: Option<Value>, maxlen: Value) -> R<()> {
    let limit = if maxlen.is_none() { None } else { Some(limit_of(t, maxlen)?) };
    this.clear(t);
    this.set_limit(limit);
    match iterable {
        Some(iterable) => extend(t, this, iterable),
        None => Ok(()),
    }
}

fn limit_of(t: &Thread, maxlen: Value) -> R<usize> {
    if !vm::objects::is_int(maxlen) {
        return Err(t.type_error("an integer is required"));
    }
    usize::try_from(protocols::index_i64(t, maxlen)?).map_err(|_| t.value_error("maxlen must be non-negative"))
}

fn extend(t: &Thread, this: Ref<Deque>, iterable: Value) -> R<()> {
    if iterable.is(this.value()) {
        let items = this.to_vec(t)?;
        for item in items.iter() {
            this.push_back(t, item)?;
        }
        return Ok(());
    }
    protocols::for_each(t, iterable, |item| this.push_back(t, item))
}

/// Add an element to the right side of the deque.
#[native("append($self, item, /)")]
fn deque_append(t: &Thread, this: Ref<Deque>, item: Value) -> R<()> {
    this.push_back(t, item)
}

/// Add an element to the left side of the deque.
#[native("appendleft($self, item, /)")]
fn deque_appendleft(t: &Thread, this: Ref<Deque>, item: Value) -> R<()> {
    this.push_front(t, item)
}

/// Extend the right side of the deque with elements from the iterable.
#[native("extend($self, iterable, /)")]
fn deque_extend(t: &Thread, this: Ref<Deque>, iterable: Value) -> R<()> {
    extend(t, this, iterable)
}

/// Extend the left side of the deque with elements from the iterable.
#[native("extendleft($self, iterable, /)")]
fn deque_extendleft(t: &Thread, this: Ref<Deque>, iterable: Value) -> R<()> {
    let iterable = if iterable.is(this.value()) { this.to_vec(t)?.into_tuple(t)?.value() } else { iterable };
    protocols::for_each(t, iterable, |item| this.push_front(t, item))
}

fn empty(t: &Thread) -> vm::Raised {
    t.index_error("pop from an empty deque")
}

/// Remove and return the rightmost element.
#[native("pop($self, /)")]
fn deque_pop(t: &Thread, this: Ref<Deque>) -> R {
    this.pop_back(t).ok_or_else(|| empty(t))
}

/// Remove and return the leftmost element.
#[native("popleft($self, /)")]
fn deque_popleft(t: &Thread, this: Ref<Deque>) -> R {
    this.pop_front(t).ok_or_else(|| empty(t))
}

/// Remove all elements from the deque.
#[native("clear($self, /)")]
fn deque_clear(t: &Thread, this: Ref<Deque>) {
    this.clear(t);
}

/// Return a shallow copy of a deque.
#[native("copy($self, /)")]
fn deque_copy(t: &Thread, this: Ref<Deque>) -> R {
    let class = this.value().class(t);
    if class == DEQUE.get(t) {
        let items = this.to_vec(t)?;
        return like(t, this, items.as_slice());
    }
    match this.limit() {
        None => protocols::call(t, class.value(), &[this.value()]),
        Some(limit) => protocols::call(t, class.value(), &[this.value(), int_from_u64(t, limit as u64)?]),
    }
}

/// Return a shallow copy of a deque.
#[native("__copy__($self, /)")]
fn deque_copy_special(t: &Thread, this: Ref<Deque>) -> R {
    deque_copy(t, this)
}

/// An exact deque with these items and the limit of another: the last of them, if there are more.
fn like(t: &Thread, this: Ref<Deque>, items: &[Value]) -> R {
    let made = new_instance(t, DEQUE.get(t))?;
    if let Some(deque) = made.downcast::<Deque>() {
        deque.set_limit(this.limit());
        let kept = this.limit().map_or(items.len(), |limit| limit.min(items.len()));
        deque.replace(t, &items[items.len() - kept..])?;
    }
    Ok(made)
}

fn changed(t: &Thread) -> vm::Raised {
    t.runtime_error("deque mutated during iteration")
}

/// Return number of occurrences of value.
#[native("count($self, value, /)")]
fn deque_count(t: &Thread, this: Ref<Deque>, value: Value) -> R<usize> {
    let mut count = 0;
    each(t, this, |_, item| {
        count += usize::from(item.is(value) || protocols::equal(t, item, value)?);
        Ok(true)
    })?;
    Ok(count)
}

/// Visits the items as long as `visit` gives true; RuntimeError if they change places meanwhile.
fn each(t: &Thread, this: Ref<Deque>, mut visit: impl FnMut(usize, Value) -> R<bool>) -> R<()> {
    let (mutations, length) = (this.mutations(), this.len());
    for index in 0..length {
        let Some(item) = Deque::get(this.target(), t, index) else { break };
        if !visit(index, item)? {
            break;
        }
        if this.mutations() != mutations {
            return Err(changed(t));
        }
    }
    Ok(())
}

/// Return first index of value.
///
/// Raises ValueError if the value is not present.
#[native("index", raw)]
fn deque_index(t: &Thread, args: Args<'_>) -> R<usize> {
    let this = arguments::receiver::<Deque>(t, args, &DEQUE_INDEX)?;
    let (value, start, stop) = index_arguments(t, args.rest())?;
    let start = index_bound(t, start, 0, this.len())?;
    let stop = index_bound(t, stop, i64::MAX, this.len())?;
    let mut found = None;
    each(t, this, |index, item| {
        if (start..stop).contains(&index) && (item.is(value) || protocols::equal(t, item, value)?) {
            found = Some(index);
        }
        Ok(found.is_none())
    })?;
    found.ok_or_else(|| t.value_error("deque.index(x): x not in deque"))
}

/// Insert value before index.
#[native("insert($self, index, value, /)")]
fn deque_insert(t: &Thread, this: Ref<Deque>, index: i64, value: Value) -> R<()> {
    if this.limit() == Some(this.len()) {
        return Err(t.index_error("deque already at its maximum size"));
    }
    let length = this.len() as i64;
    if index >= length {
        return this.push_back(t, value);
    }
    if index <= -length || index == 0 {
        return this.push_front(t, value);
    }
    let steps = index;
    this.rotate(t, -steps);
    if index < 0 {
        this.push_back(t, value)?;
    } else {
        this.push_front(t, value)?;
    }
    this.rotate(t, steps);
    Ok(())
}

/// Remove first occurrence of value.
#[native("remove($self, value, /)")]
fn deque_remove(t: &Thread, this: Ref<Deque>, value: Value) -> R<()> {
    let (mutations, length) = (this.mutations(), this.len());
    for index in 0..length {
        let Some(item) = Deque::get(this.target(), t, index) else { break };
        let same = item.is(value) || protocols::equal(t, item, value)?;
        if this.mutations() != mutations {
            return Err(t.index_error("deque mutated during remove()."));
        }
        if same {
            delete_at(t, this, index);
            return Ok(());
        }
    }
    Err(t.value_error("deque.remove(x): x not in deque"))
}

fn delete_at(t: &Thread, this: Ref<Deque>, index: usize) {
    this.rotate(t, -(index as i64));
    this.pop_front(t);
    this.rotate(t, index as i64);
}

/// Reverse *IN PLACE*.
#[native("reverse($self, /)")]
fn deque_reverse(t: &Thread, this: Ref<Deque>) -> R<()> {
    let mut items = this.to_vec(t)?;
    items.reverse(t);
    this.replace(t, items.as_slice())
}

/// Rotate the deque n steps to the right.  If n is negative, rotates left.
#[native("rotate($self, n=1, /)")]
fn deque_rotate(t: &Thread, this: Ref<Deque>, n: i64) {
    this.rotate(t, n);
}

/// Return len(self).
#[native("__len__($self, /)")]
fn deque_len(_: &Thread, this: Ref<Deque>) -> usize {
    this.len()
}

/// True if self else False
#[native("__bool__($self, /)")]
fn deque_bool(_: &Thread, this: Ref<Deque>) -> bool {
    !this.is_empty()
}

fn index_of(t: &Thread, this: Ref<Deque>, key: Value) -> R<Option<usize>> {
    if !protocols::has_index(t, key) {
        return Err(t.type_error(format_args!("sequence index must be integer, not '{}'", key.class(t).name())));
    }
    let index = protocols::index_item(t, key)?;
    let index = if index < 0 { index.saturating_add(this.len() as i64) } else { index };
    Ok(usize::try_from(index).ok().filter(|&index| index < this.len()))
}

fn out_of_range(t: &Thread) -> vm::Raised {
    t.index_error("deque index out of range")
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn deque_getitem(t: &Thread, this: Ref<Deque>, key: Value) -> R {
    let item = index_of(t, this, key)?.and_then(|index| Deque::get(this.target(), t, index));
    item.ok_or_else(|| out_of_range(t))
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn deque_setitem(t: &Thread, this: Ref<Deque>, key: Value, value: Value) -> R<()> {
    match index_of(t, this, key)? {
        Some(index) if this.set(t, index, value) => Ok(()),
        _ => Err(out_of_range(t)),
    }
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn deque_delitem(t: &Thread, this: Ref<Deque>, key: Value) -> R<()> {
    match index_of(t, this, key)? {
        Some(index) => {
            delete_at(t, this, index);
            Ok(())
        }
        None => Err(out_of_range(t)),
    }
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn deque_contains(t: &Thread, this: Ref<Deque>, key: Value) -> R<bool> {
    let mut found = false;
    each(t, this, |_, item| {
        found = item.is(key) || protocols::equal(t, item, key)?;
        Ok(!found)
    })?;
    Ok(found)
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn deque_add(t: &Thread, this: Ref<Deque>, value: Value) -> R {
    let Some(other) = value.downcast::<Deque>() else {
        let name = value.class(t).name();
        return Err(t.type_error(format_args!("can only concatenate deque (not \"{name}\") to deque")));
    };
    let mut items = this.to_vec(t)?;
    let others = other.to_vec(t)?;
    items.extend_from_slice(t, others.as_slice())?;
    like(t, this, items.as_slice())
}

/// Implement self+=value.
#[native("__iadd__($self, value, /)")]
fn deque_iadd(t: &Thread, this: Ref<Deque>, value: Value) -> R<Ref<Deque>> {
    extend(t, this, value)?;
    Ok(this)
}

fn repeated(t: &Thread, this: Ref<Deque>, times: usize) -> R<ValueVec> {
    let items = this.to_vec(t)?;
    let wanted = match this.limit() {
        // More copies than fill the deque fall off again.
        Some(limit) if !items.is_empty() => times.min(limit / items.len() + 2),
        _ => times,
    };
    let Some(total) = items.len().checked_mul(wanted).filter(|&total| total < 1 << 31) else {
        return Err(t.memory_error());
    };
    let mut result = ValueVec::with_capacity(t, total)?;
    for _ in 0..wanted {
        result.extend_from_slice(t, items.as_slice())?;
    }
    Ok(result)
}

/// Return self*value.
#[native("__mul__($self, value, /)")]
fn deque_mul(t: &Thread, this: Ref<Deque>, value: Value) -> R {
    let items = repeated(t, this, repeat_count(t, value)?)?;
    like(t, this, items.as_slice())
}

/// Return value*self.
#[native("__rmul__($self, value, /)")]
fn deque_rmul(t: &Thread, this: Ref<Deque>, value: Value) -> R {
    deque_mul(t, this, value)
}

/// Implement self*=value.
#[native("__imul__($self, value, /)")]
fn deque_imul(t: &Thread, this: Ref<Deque>, value: Value) -> R<Ref<Deque>> {
    let items = repeated(t, this, repeat_count(t, value)?)?;
    let kept = this.limit().map_or(items.len(), |limit| limit.min(items.len()));
    this.replace(t, &items.as_slice()[items.len() - kept..])?;
    Ok(this)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn deque_repr(t: &Thread, this: Ref<Deque>) -> R<Ref<Str>> {
    let Some(_guard) = ReprGuard::enter(t, this.value())? else { return Str::new(t, "[...]") };
    let list = this.to_vec(t)?.into_list(t)?;
    let mut text = TextBuilder::new();
    text.push_str(&this.value().class(t).name());
    text.push_str("(");
    text.push_units(protocols::repr(t, list.value())?.units());
    if let Some(limit) = this.limit() {
        text.push_str(&format!(", maxlen={limit}"));
    }
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

fn limit_value(t: &Thread, this: Ref<Deque>) -> R {
    this.limit().map_or(Ok(Value::NONE), |limit| int_from_u64(t, limit as u64))
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn deque_reduce(t: &Thread, this: Ref<Deque>) -> R<Ref<Tuple>> {
    let state = protocols::call_method(t, this.value(), t.names().__getstate__, &[])?;
    let arguments = match this.limit() {
        None => Tuple::empty(t),
        Some(_) => Tuple::from_slice(t, &[Tuple::empty(t).value(), limit_value(t, this)?])?,
    };
    let iterator = protocols::iterate(t, this.value())?;
    Tuple::from_slice(t, &[this.value().class(t).value(), arguments.value(), state, iterator])
}

/// Return the size of the deque in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn deque_sizeof(_: &Thread, this: Ref<Deque>) -> usize {
    size_of::<Deque>() + this.len().next_power_of_two() * 8
}

fn compare(t: &Thread, this: Ref<Deque>, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<Deque>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let item = |deque: Ref<Deque>, index| Deque::get(deque.target(), t, index);
    compare_items(t, op, || (this.len(), other.len()), |index| Some((item(this, index)?, item(other, index)?)))
}

vm::comparison_methods! {
    deque_lt "__lt__($self, value, /)" Lt;
    deque_le "__le__($self, value, /)" Le;
    deque_eq "__eq__($self, value, /)" Eq;
    deque_ne "__ne__($self, value, /)" Ne;
    deque_gt "__gt__($self, value, /)" Gt;
    deque_ge "__ge__($self, value, /)" Ge;
    => Ref<Deque>, compare
}

heap_object! {
    /// `iter(deque)`
    pub struct DequeIterator { deque: Slot, position: AtomicI64, mutations: AtomicU64 }
    trace { deque }
    next(forward_next)
    fixed
}

heap_object! {
    /// `reversed(deque)`
    pub struct DequeReverseIterator { deque: Slot, position: AtomicI64, mutations: AtomicU64 }
    trace { deque }
    next(backward_next)
    fixed
}

macro_rules! deque_iterators {
    ($($layout:ident $next:ident $make:ident $hint:ident $reduce:ident $new:ident $class:ident $backward:literal;)*) => {
        $(
            fn $make(t: &Thread, deque: Ref<Deque>, position: i64) -> R<Ref<$layout>> {
                let fresh = vm::containers::allocate::<$layout>(t, $class.get(t), size_of::<$layout>(), $layout::layout().kind)?;
                fresh.get().position.store(position, Ordering::Relaxed);
                fresh.get().mutations.store(deque.mutations(), Ordering::Relaxed);
                fresh.set(|iterator| &iterator.deque, deque.value());
                Ok(fresh.publish())
            }

            fn $next(t: &Thread, this: Value) -> R<Option<Value>> {
                let Some(this) = this.downcast::<$layout>() else { return Ok(None) };
                let Some(deque) = this.deque.get().and_then(Value::downcast::<Deque>) else { return Ok(None) };
                if deque.mutations() != this.mutations.load(Ordering::Relaxed) {
                    this.deque.put(this.header(), t, None);
                    return Err(changed(t));
                }
                let position = this.position.load(Ordering::Relaxed);
                let length = deque.len() as i64;
                let index = if $backward { length - 1 - position } else { position };
                let item = usize::try_from(index).ok().and_then(|index| Deque::get(deque.target(), t, index));
                match item {
                    Some(_) => this.position.store(position + 1, Ordering::Relaxed),
                    None => this.deque.put(this.header(), t, None),
                }
                Ok(item)
            }

            /// Private method returning an estimate of len(list(it)).
            #[native("__length_hint__($self, /)")]
            fn $hint(_: &Thread, this: Ref<$layout>) -> i64 {
                let Some(deque) = this.deque.get().and_then(Value::downcast::<Deque>) else { return 0 };
                (deque.len() as i64 - this.position.load(Ordering::Relaxed)).max(0)
            }

            /// Return state information for pickling.
            #[native("__reduce__($self, /)")]
            fn $reduce(t: &Thread, this: Ref<$layout>) -> R<Ref<Tuple>> {
                let class = this.value().class(t).value();
                let position = vm::objects::int_from_i64(t, this.position.load(Ordering::Relaxed))?;
                let deque = match this.deque.get() {
                    Some(deque) => deque,
                    None => new_instance(t, DEQUE.get(t))?,
                };
                let arguments = Tuple::from_slice(t, &[deque, position])?;
                Tuple::from_slice(t, &[class, arguments.value()])
            }

            /// Create and return a new object.  See help(type) for accurate signature.
            #[native("__new__($type, deque, index=0, /)")]
            fn $new(t: &Thread, class: Value, deque: Ref<Deque>, index: i64) -> R<Ref<$layout>> {
                checked_class(t, class, $class.get(t))?;
                $make(t, deque, index.clamp(0, deque.len() as i64))
            }
        )*
    };
}

deque_iterators! {
    DequeIterator forward_next forward forward_hint forward_reduce forward_new DEQUE_ITERATOR false;
    DequeReverseIterator backward_next backward backward_hint backward_reduce backward_new DEQUE_REVERSE_ITERATOR true;
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn deque_iter(t: &Thread, this: Ref<Deque>) -> R<Ref<DequeIterator>> {
    forward(t, this, 0)
}

/// Return a reverse iterator over the deque.
#[native("__reversed__($self, /)")]
fn deque_reversed(t: &Thread, this: Ref<Deque>) -> R<Ref<DequeReverseIterator>> {
    backward(t, this, 0)
}

fn get_maxlen(t: &Thread, this: Value) -> R {
    this.downcast::<Deque>().map_or(Ok(Value::NONE), |this| limit_value(t, this))
}

/// `deque`
pub static DEQUE: NativeClass = NativeClass::new(ClassDef {
    name: "deque",
    module: "collections",
    layout: Deque::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF | ClassFlags::SEQUENCE,
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    methods: &[
        MethodDef::New(&DEQUE_NEW),
        MethodDef::Method(&DEQUE_INIT),
        MethodDef::Method(&DEQUE_APPEND),
        MethodDef::Method(&DEQUE_APPENDLEFT),
        MethodDef::Method(&DEQUE_EXTEND),
        MethodDef::Method(&DEQUE_EXTENDLEFT),
        MethodDef::Method(&DEQUE_POP),
        MethodDef::Method(&DEQUE_POPLEFT),
        MethodDef::Method(&DEQUE_CLEAR),
        MethodDef::Method(&DEQUE_COPY),
        MethodDef::Method(&DEQUE_COPY_SPECIAL),
        MethodDef::Method(&DEQUE_COUNT),
        MethodDef::Method(&DEQUE_INDEX),
        MethodDef::Method(&DEQUE_INSERT),
        MethodDef::Method(&DEQUE_REMOVE),
        MethodDef::Method(&DEQUE_REVERSE),
        MethodDef::Method(&DEQUE_ROTATE),
        MethodDef::Method(&DEQUE_LEN),
        MethodDef::Method(&DEQUE_BOOL),
        MethodDef::Method(&DEQUE_GETITEM),
        MethodDef::Method(&DEQUE_SETITEM),
        MethodDef::Method(&DEQUE_DELITEM),
        MethodDef::Method(&DEQUE_CONTAINS),
        MethodDef::Method(&DEQUE_ADD),
        MethodDef::Method(&DEQUE_IADD),
        MethodDef::Method(&DEQUE_MUL),
        MethodDef::Method(&DEQUE_RMUL),
        MethodDef::Method(&DEQUE_IMUL),
        MethodDef::Method(&DEQUE_REPR),
        MethodDef::Method(&DEQUE_REDUCE),
        MethodDef::Method(&DEQUE_SIZEOF),
        MethodDef::Method(&DEQUE_ITER),
        MethodDef::Method(&DEQUE_REVERSED),
        MethodDef::Method(&DEQUE_LT),
        MethodDef::Method(&DEQUE_LE),
        MethodDef::Method(&DEQUE_EQ),
        MethodDef::Method(&DEQUE_NE),
        MethodDef::Method(&DEQUE_GT),
        MethodDef::Method(&DEQUE_GE),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[GetSet {
        name: "maxlen",
        get: get_maxlen,
        set: None,
        doc: "maximum size of a deque or None if unbounded",
    }],
});

/// `_deque_iterator`
pub static DEQUE_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "_deque_iterator",
    module: "collections",
    layout: DequeIterator::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "",
    methods: &[
        MethodDef::New(&FORWARD_NEW),
        ITER,
        NEXT,
        MethodDef::Method(&FORWARD_HINT),
        MethodDef::Method(&FORWARD_REDUCE),
    ],
    getset: &[],
});

/// `_deque_reverse_iterator`
pub static DEQUE_REVERSE_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "_deque_reverse_iterator",
    module: "collections",
    layout: DequeReverseIterator::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "",
    methods: &[
        MethodDef::New(&BACKWARD_NEW),
        ITER,
        NEXT,
        MethodDef::Method(&BACKWARD_HINT),
        MethodDef::Method(&BACKWARD_REDUCE),
    ],
    getset: &[],
});
