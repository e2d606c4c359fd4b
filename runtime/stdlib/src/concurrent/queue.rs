//! `_queue.SimpleQueue`.
//!
//! The items lie in a deque, whose operations are atomic. A getter that finds none sleeps at the queue's own door. It announces itself
//! before it looks for the last time, and a putter adds its item before it looks for sleepers, both in sequentially consistent order:
//! one of them sees the other.

use std::time::{Duration, Instant};

use sync::atomic::{AtomicU64, Ordering::SeqCst, fence};
use sync::{Condvar, Mutex};
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::{Args, ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::ClassFlags;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Thread, Value, heap_object, native, protocols};

use super::lock::TIMEOUT_MAX;
use crate::collections::Deque;
use crate::exceptions::exception;

/// Where getters sleep.
#[derive(Default)]
pub struct Door {
    waiting: AtomicU64,
    lock: Mutex<()>,
    bell: Condvar,
}

heap_object! {
    /// An unbounded queue.
    pub struct SimpleQueue {
        items: Slot,
        door: Owned<Door>,
    }
    trace { items }
    kind Drop
    drop(drop_owner::<SimpleQueue>)
}

impl Owner for SimpleQueue {
    type Content = Door;
    fn owned(&self) -> &Owned<Door> {
        &self.door
    }
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
    let queue = new_owner::<SimpleQueue>(t, class, Door::default(), Some(own))?;
    queue.items.put(queue.header(), t, items.value());
    Ok(queue)
}

/// Put the item on the queue; this never waits.
#[native("put($self, /, item, block=True, timeout=None)")]
fn queue_put(t: &Thread, this: Ref<SimpleQueue>, item: Value, _block: Value, _timeout: Value) -> R<()> {
    items(t, this)?.push_back(t, item)?;
    fence(SeqCst);
    if this.door.waiting.load(SeqCst) > 0 {
        drop(this.door.lock.lock());
        this.door.bell.notify_one();
    }
    Ok(())
}

/// Put an item into the queue without blocking.
#[native("put_nowait($self, /, item)")]
fn queue_put_nowait(t: &Thread, this: Ref<SimpleQueue>, item: Value) -> R<()> {
    queue_put(t, this, item, Value::NONE, Value::NONE)
}

fn get(t: &Thread, this: Ref<SimpleQueue>, deadline: Option<Instant>) -> R {
    // Pending signals of the main thread must be noticed in a while.
    const A_WHILE: Duration = Duration::from_millis(50);
    let items = items(t, this)?;
    loop {
        if let Some(item) = items.pop_front(t) {
            return Ok(item);
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| now >= deadline) {
            return Err(t.raise_with(EMPTY.get(t), &[]));
        }
        let until = deadline.map_or(now + A_WHILE, |deadline| deadline.min(now + A_WHILE));
        let door: &Door = &this.door;
        t.blocking(|| {
            let mut held = door.lock.lock();
            door.waiting.fetch_add(1, SeqCst);
            fence(SeqCst);
            if items.is_empty() {
                door.bell.wait_until(&mut held, until);
            }
            door.waiting.fetch_sub(1, SeqCst);
        });
        t.poll()?;
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
