//! `groupby` and `tee`.

use vm::builtins::construct::checked_class;
use vm::builtins::iterators::{ITER, NEXT};
use vm::native::MethodDef;
use vm::object::Object;
use vm::objects::ClassFlags;
use vm::protocols;
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, Ordering};
use vm::{R, Ref, Slot, SlotExt, Thread, Tuple, Value, heap_object, native};

use super::{class_with, iterator_class, make};

heap_object! {
    /// `groupby(iterable, key)`
    pub struct GroupBy {
        iterator: Slot,
        function: Slot,
        /// The key of the group that was given last.
        target: Slot,
        /// Key and item at which the iteration stands.
        key: Slot,
        item: Slot,
        /// The group that was given last: older ones give nothing any more.
        group: Slot,
    }
    trace { iterator, function, target, key, item, group }
    next(groupby_next)
}

heap_object! {
    /// A group.
    pub struct Grouper {
        parent: Slot,
        target: Slot,
    }
    trace { parent, target }
    next(grouper_next)
    fixed
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, key=None)")]
fn groupby_new(t: &Thread, class: Value, iterable: Value, key: Value) -> R<Ref<GroupBy>> {
    let iterator = protocols::iterate(t, iterable)?;
    let this = make::<GroupBy>(t, class, &GROUPBY)?;
    this.iterator.put(this.header(), t, iterator);
    this.function.put(this.header(), t, Some(key).filter(|key| !key.is_none()));
    Ok(this)
}

/// Goes on to the next item and its key; false at the end.
fn step(t: &Thread, this: Ref<GroupBy>) -> R<bool> {
    let Some(iterator) = this.iterator.get() else { return Ok(false) };
    let Some(item) = protocols::next(t, iterator)? else { return Ok(false) };
    let key = match this.function.get() {
        None => item,
        Some(function) => protocols::call(t, function, &[item])?,
    };
    this.item.put(this.header(), t, item);
    this.key.put(this.header(), t, key);
    Ok(true)
}

fn groupby_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<GroupBy>() else { return Ok(None) };
    this.group.put(this.header(), t, None);
    loop {
        match (this.key.get(), this.target.get()) {
            (None, _) => {}
            (Some(_), None) => break,
            (Some(key), Some(target)) => {
                if !target.is(key) && !protocols::equal(t, target, key)? {
                    break;
                }
            }
        }
        if !step(t, this)? {
            return Ok(None);
        }
        t.poll()?;
    }
    let key = this.key.get().unwrap_or(Value::NONE);
    this.target.put(this.header(), t, key);
    let group = vm::containers::allocate::<Grouper>(t, GROUPER.get(t), size_of::<Grouper>(), Grouper::layout().kind)?;
    group.set(|group| &group.parent, this.value()).set(|group| &group.target, key);
    let group = group.publish();
    this.group.put(this.header(), t, group.value());
    Ok(Some(Tuple::pair(t, key, group.value())?.value()))
}

fn grouper_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(group) = this.downcast::<Grouper>() else { return Ok(None) };
    let Some(parent) = group.parent.get().and_then(Value::downcast::<GroupBy>) else { return Ok(None) };
    if !parent.group.get().is_some_and(|current| current.is(this)) {
        return Ok(None);
    }
    if parent.item.get().is_none() && !step(t, parent)? {
        return Ok(None);
    }
    let (Some(key), Some(target)) = (parent.key.get(), group.target.get()) else { return Ok(None) };
    if !target.is(key) && !protocols::equal(t, target, key)? {
        return Ok(None);
    }
    let item = parent.item.get();
    parent.item.put(parent.header(), t, None);
    parent.key.put(parent.header(), t, None);
    Ok(item)
}

/// `groupby`
pub static GROUPBY: NativeClass = iterator_class(
    "groupby",
    GroupBy::layout,
    "make an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping.",
    &[MethodDef::New(&GROUPBY_NEW), ITER, NEXT],
);

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, parent, tgtkey, /)")]
fn grouper_new(t: &Thread, class: Value, parent: Ref<GroupBy>, tgtkey: Value) -> R<Ref<Grouper>> {
    let group = make::<Grouper>(t, class, &GROUPER)?;
    group.parent.put(group.header(), t, parent.value());
    group.target.put(group.header(), t, tgtkey);
    parent.group.put(parent.header(), t, group.value());
    Ok(group)
}

/// `_grouper`
pub static GROUPER: NativeClass =
    iterator_class("_grouper", Grouper::layout, "", &[MethodDef::New(&GROUPER_NEW), ITER, NEXT]);

heap_object! {
    /// What the iterators of one `tee` share.
    pub struct TeeSource {
        iterator: Slot,
        running: AtomicBool,
    }
    trace { iterator }
    fixed
}

heap_object! {
    /// An item that was taken from the source, and the place of the next one; an empty link is where the source goes on.
    pub struct TeeLink {
        item: Slot,
        next: Slot,
    }
    trace { item, next }
    fixed
}

heap_object! {
    /// One of the iterators of a `tee`.
    pub struct Tee {
        source: Slot,
        link: Slot,
    }
    trace { source, link }
    next(tee_next)
}

static TEE_SOURCE: NativeClass = iterator_class("_tee_source", TeeSource::layout, "", &[]);
static TEE_LINK: NativeClass = iterator_class("_tee_dataobject", TeeLink::layout, "", &[]);

fn new_link(t: &Thread) -> R<Ref<TeeLink>> {
    let fresh = vm::containers::allocate::<TeeLink>(t, TEE_LINK.get(t), size_of::<TeeLink>(), TeeLink::layout().kind)?;
    Ok(fresh.publish())
}

/// An iterator that gives what another gives, and can be copied; `class` is the class of the result.
fn tee_of(t: &Thread, class: Value, iterable: Value) -> R<Ref<Tee>> {
    let iterator = protocols::iterate(t, iterable)?;
    if let Some(tee) = iterator.downcast::<Tee>() {
        return tee_copy(t, tee);
    }
    let source =
        vm::containers::allocate::<TeeSource>(t, TEE_SOURCE.get(t), size_of::<TeeSource>(), TeeSource::layout().kind)?;
    source.set(|source| &source.iterator, iterator);
    let source = source.publish();
    let link = new_link(t)?;
    let this = make::<Tee>(t, class, &TEE_ITERATOR)?;
    this.source.put(this.header(), t, source.value());
    this.link.put(this.header(), t, link.value());
    Ok(this)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable, /)")]
fn tee_new(t: &Thread, class: Value, iterable: Value) -> R<Ref<Tee>> {
    checked_class(t, class, TEE_ITERATOR.get(t))?;
    tee_of(t, class, iterable)
}

/// Returns an independent iterator.
#[native("__copy__($self, /)")]
fn tee_copy(t: &Thread, this: Ref<Tee>) -> R<Ref<Tee>> {
    let copy = make::<Tee>(t, TEE_ITERATOR.get(t).value(), &TEE_ITERATOR)?;
    copy.source.put(copy.header(), t, this.source.get());
    copy.link.put(copy.header(), t, this.link.get());
    Ok(copy)
}

/// Held while the source is asked for an item.
struct Running(Ref<TeeSource>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Release);
    }
}

fn tee_next(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Tee>() else { return Ok(None) };
    let Some(link) = this.link.get().and_then(Value::downcast::<TeeLink>) else { return Ok(None) };
    if let (Some(item), Some(next)) = (link.item.get(), link.next.get()) {
        this.link.put(this.header(), t, next);
        return Ok(Some(item));
    }
    let Some(source) = this.source.get().and_then(Value::downcast::<TeeSource>) else { return Ok(None) };
    if source.running.swap(true, Ordering::Acquire) {
        return Err(t.runtime_error("cannot re-enter the tee iterator"));
    }
    let _running = Running(source);
    if let (Some(item), Some(next)) = (link.item.get(), link.next.get()) {
        this.link.put(this.header(), t, next);
        return Ok(Some(item));
    }
    let Some(item) = protocols::next(t, source.iterator.get().unwrap_or(Value::NONE))? else { return Ok(None) };
    let next = new_link(t)?;
    link.item.put(link.header(), t, item);
    link.next.put(link.header(), t, next.value());
    this.link.put(this.header(), t, next.value());
    Ok(Some(item))
}

/// Returns a tuple of n independent iterators.
#[native("tee(iterable, n=2, /)")]
fn tee(t: &Thread, iterable: Value, n: i64) -> R<Ref<Tuple>> {
    let Ok(count) = usize::try_from(n) else { return Err(t.value_error("n must be >= 0")) };
    if count == 0 {
        return Ok(Tuple::empty(t));
    }
    let first = tee_of(t, TEE_ITERATOR.get(t).value(), iterable)?;
    Tuple::with(t, count, |index| if index == 0 { Ok(first.value()) } else { tee_copy(t, first).map(Ref::value) })
}

/// `_tee`
pub static TEE_ITERATOR: NativeClass = class_with(
    ClassFlags::BASE | ClassFlags::WEAKREF,
    "_tee",
    Tee::layout,
    "Iterator wrapped to make it copyable.",
    &[MethodDef::New(&TEE_NEW), ITER, NEXT, MethodDef::Method(&TEE_COPY)],
);
