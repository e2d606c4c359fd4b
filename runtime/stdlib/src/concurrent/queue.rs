//! `_queue.SimpleQueue`.
//!
//! The items lie in a deque, whose operations are atomic. A getter that finds none waits at the queue's address
//! (`vm::thread::WaitingRooms`); a putter adds its item before it looks for getters.

use std::time::{Duration, Instant};

use vm::modules::{NativeModule, nothing_to_add};
use vm::native::{Args, ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::ClassFlags;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, Thread, Value, heap_object, native, protocols};

use super::lock::TIMEOUT_MAX;
use crate::collections::Deque;
use crate::exceptions::exception;

heap_object! {
    /// An unbounded queue.
    pub struct SimpleQueue {
        items: Slot,
    }
    trace { items }
}

/// `_queue.Empty`.
static EMPTY: NativeClass = NativeClass::new(exception(
    "Empty",
    "_queue",
    |t| t.classes().exception,
    "Exception raised by Queue.get(block=0)/get_nowait().",
));

fn items(t: &Thread, queue: Ref<SimpleQueue>) -> R<Ref<Deque>> {
    match queue.items.get().and_then(Value::downcast) {
        Some(items) => Ok(items),
        None => Err(t.system_error("a queue without its items")),
    }
}

#[native("__new__", raw)]
fn queue_new(t: &Thread, args: Args<'_>) -> R<Ref<SimpleQueue>> {
    let own = SIMPLE_QUEUE.get(t);
    let (class, rest) = vm::builtins::construct::class_argument(t, args, own)?;
    if class == own && !rest.values.is_empty() {
        return Err(t.type_error("SimpleQueue() takes no arguments"));
    }
    let items = crate::collections::new_deque(t)?;
    let queue = t.allocate::<SimpleQueue>(class)?;
    queue.set(|queue| &queue.items, Some(items.value()));
    Ok(queue.publish())
}

/// Put the item on the queue; this never waits.
#[native("put($self, /, item, block=True, timeout=None)")]
fn queue_put(t: &Thread, this: Ref<SimpleQueue>, item: Value, _block: Value, _timeout: Value) -> R<()> {
    items(t, this)?.push_back(t, item)?;
    t.interpreter().waiting.wake_one(this.address());
    Ok(())
}

/// Put an item into the queue without blocking.
#[native("put_nowait($self, /, item)")]
fn queue_put_nowait(t: &Thread, this: Ref<SimpleQueue>, item: Value) -> R<()> {
    queue_put(t, this, item, Value::NONE, Value::NONE)
}

fn get(t: &Thread, this: Ref<SimpleQueue>, deadline: Option<Instant>) -> R {
    let items = items(t, this)?;
    loop {
        if let Some(item) = items.pop_front(t) {
            return Ok(item);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(t.raise_with(EMPTY.get(t), &[]));
        }
        t.wait_at(this.address(), deadline, || items.is_empty())?;
    }
}

/// Remove and return an item from the queue, waiting for one if need be.
#[native("get($self, /, block=True, timeout=None)")]
fn queue_get(t: &Thread, this: Ref<SimpleQueue>, block: Option<Value>, timeout: Value) -> R {
    if !block.map_or(Ok(true), |block| protocols::is_true(t, block))? {
        return get(t, this, Some(Instant::now()));
    }
    if timeout.is_none() {
        return get(t, this, None);
    }
    let seconds = protocols::float_of(t, timeout)?;
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(t.value_error("'timeout' must be a non-negative number"));
    }
    if seconds > TIMEOUT_MAX {
        return Err(t.overflow_error("timeout value is too large"));
    }
    get(t, this, Some(Instant::now() + Duration::from_secs_f64(seconds)))
}

/// Remove and return an item from the queue without blocking.
#[native("get_nowait($self, /)")]
fn queue_get_nowait(t: &Thread, this: Ref<SimpleQueue>) -> R {
    get(t, this, Some(Instant::now()))
}

/// Return True if the queue is empty, False otherwise (not reliable!).
#[native("empty($self, /)")]
fn queue_empty(t: &Thread, this: Ref<SimpleQueue>) -> R<bool> {
    Ok(items(t, this)?.is_empty())
}

/// Return the approximate size of the queue (not reliable!).
#[native("qsize($self, /)")]
fn queue_qsize(t: &Thread, this: Ref<SimpleQueue>) -> R<usize> {
    Ok(items(t, this)?.len())
}

#[native("__class_getitem__($type, item, /)")]
fn queue_class_getitem(t: &Thread, class: Value, item: Value) -> R {
    vm::builtins::generic_alias::class_getitem(t, class, item)
}

/// `_queue.SimpleQueue`.
static SIMPLE_QUEUE: NativeClass = NativeClass::new(ClassDef {
    name: "SimpleQueue",
    module: "_queue",
    layout: <SimpleQueue as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF,
    doc: "Simple, unbounded, reentrant FIFO queue.",
    methods: &[
        MethodDef::New(&QUEUE_NEW),
        MethodDef::Method(&QUEUE_PUT),
        MethodDef::Method(&QUEUE_PUT_NOWAIT),
        MethodDef::Method(&QUEUE_GET),
        MethodDef::Method(&QUEUE_GET_NOWAIT),
        MethodDef::Method(&QUEUE_EMPTY),
        MethodDef::Method(&QUEUE_QSIZE),
        MethodDef::Class(&QUEUE_CLASS_GETITEM),
    ],
    getset: &[],
});

/// `_queue`.
pub static MODULE: NativeModule = NativeModule {
    name: "_queue",
    doc: "An unbounded queue.",
    functions: &[],
    classes: &[&SIMPLE_QUEUE, &EMPTY],
    initialize: nothing_to_add,
};
