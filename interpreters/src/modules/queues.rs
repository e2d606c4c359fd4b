//! `_interpqueues`: queues between interpreters.
//!
//! `get` and `put` are CPython's, which never wait, with two arguments more: `block` and `timeout`, in seconds. With them they wait
//! in a blocking region, parked, until there is an item or room.

use std::time::{Duration, Instant};

use sync::Arc;
use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::{List, int_from_u64};
use vm::{R, Ref, Thread, Tuple, Value, native, protocols};

use super::id_argument;
use crate::exceptions::{QUEUE_ERROR, QUEUE_NOT_FOUND};
use crate::protocols::channel::{Failed, Patience};
use crate::queues::{self, ERROR, Item, Queue, REMOVE, REPLACE};
use crate::registry::registry;
use crate::transfer::{self, Reach};

/// How long a thread of the main interpreter sleeps at most before it looks for signals.
const SIGNALS: Duration = Duration::from_millis(50);

/// The longest time-out, in seconds: longer ones are as good as none.
const LONGEST: f64 = 1e9;

fn find(t: &Thread, id: Value) -> R<Arc<Queue>> {
    let id = id_argument(t, "queue", id)?;
    registry(t).queues.find(id).ok_or_else(|| queues::not_found(t, id))
}

fn check_unbound(t: &Thread, operation: i32) -> R<()> {
    match operation {
        REMOVE | ERROR | REPLACE => Ok(()),
        _ => Err(t.value_error(format_args!("unsupported unboundop {operation}"))),
    }
}

/// create(maxsize, unboundop, fallback) -> qid
///
/// Create a new cross-interpreter queue and return its unique generated ID.
/// It is a new reference as though bind() had been called on the queue.
///
/// The caller is responsible for calling destroy() for the new queue
/// before the runtime is finalized.
#[native("create(maxsize, unboundop=-1, fallback=-1)")]
fn create(t: &Thread, maxsize: i64, unboundop: i32, fallback: i32) -> R<u64> {
    let unbound = if unboundop < 0 { REPLACE } else { unboundop };
    check_unbound(t, unbound)?;
    let fallback = if fallback < 0 { 1 } else { fallback };
    Ok(registry(t).queues.create(maxsize, unbound, fallback))
}

/// destroy(qid)
///
/// Clear and destroy the queue.  Afterward attempts to use the queue
/// will behave as though it never existed.
#[native("destroy(qid)")]
fn destroy(t: &Thread, qid: Value) -> R<()> {
    let id = id_argument(t, "queue", qid)?;
    if registry(t).queues.destroy(id) { Ok(()) } else { Err(queues::not_found(t, id)) }
}

/// list_all() -> [(qid, unboundop, fallback)]
///
/// Return the list of IDs for all queues.
/// Each corresponding default unbound op and fallback is also included.
#[native("list_all()")]
fn list_all(t: &Thread) -> R<Ref<List>> {
    let list = List::new(t)?;
    for queue in registry(t).queues.all() {
        let entry = [int_from_u64(t, queue.id)?, Value::small(queue.unbound), Value::small(queue.fallback)];
        list.push(t, Tuple::from_slice(t, &entry)?.value())?;
    }
    Ok(list)
}

/// bind(qid)
///
/// Take a reference to the identified queue.
/// The queue is not destroyed until there are no references left.
#[native("bind(qid)")]
fn bind(t: &Thread, qid: Value) -> R<()> {
    let id = id_argument(t, "queue", qid)?;
    if registry(t).queues.bind(id) { Ok(()) } else { Err(queues::not_found(t, id)) }
}

/// release(qid)
///
/// Release a reference to the queue.
/// The queue is destroyed once there are no references left.
#[native("release(qid)")]
fn release(t: &Thread, qid: Value) -> R<()> {
    let id = id_argument(t, "queue", qid)?;
    match registry(t).queues.release(id) {
        Some(true) => Ok(()),
        Some(false) => Err(queues::not_found(t, id)),
        None => Err(t.raise(QUEUE_ERROR.get(t), format_args!("queue {id} never bound"))),
    }
}

/// When a wait ends.
fn patience(t: &Thread, block: bool, timeout: Value) -> R<Patience> {
    if !block {
        return Ok(Patience::None);
    }
    if timeout.is_none() {
        return Ok(Patience::Endless);
    }
    let seconds = protocols::float_of(t, timeout)?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(t.value_error("timeout value must be non-negative"));
    }
    Ok(Patience::Until(Instant::now() + Duration::from_secs_f64(seconds.min(LONGEST))))
}

/// How long to sleep in one go: the main interpreter's threads look for signals now and then, since a signal wakes nobody.
fn one_sleep(t: &Thread, patience: Patience) -> Patience {
    if t.interpreter().id != 0 {
        return patience;
    }
    let look = Instant::now() + SIGNALS;
    match patience {
        Patience::Until(moment) if moment < look => patience,
        Patience::None => patience,
        _ => Patience::Until(look),
    }
}

/// Whether a wait that ended in `Late` is over.
fn is_over(patience: Patience) -> bool {
    match patience {
        Patience::None => true,
        Patience::Until(moment) => Instant::now() >= moment,
        Patience::Endless => false,
    }
}

/// put(qid, obj)
///
/// Add the object's data to the queue.
#[native("put(qid, obj, unboundop=-1, fallback=-1, *, block=False, timeout=None)")]
fn put(t: &Thread, qid: Value, obj: Value, unboundop: i32, _fallback: i32, block: bool, timeout: Value) -> R<()> {
    let queue = find(t, qid)?;
    let unbound = if unboundop < 0 { queue.unbound } else { unboundop };
    check_unbound(t, unbound)?;
    let patience = patience(t, block, timeout)?;
    let message = transfer::encode(t, obj, Reach::Everything)?;
    let mut item = Item { message: Some(message), sender: t.interpreter().id, unbound };
    let interrupted = || t.mutator().should_poll();
    match queue.channel.send(item, Patience::None, &|| false) {
        Ok(()) => return Ok(()),
        Err((_, back)) => item = back,
    }
    loop {
        let sleep = one_sleep(t, patience);
        match t.blocking(|| queue.channel.send(item, sleep, &interrupted)) {
            Ok(()) => return Ok(()),
            Err((Failed::Closed, _)) => return Err(queues::not_found(t, queue.id)),
            Err((Failed::Late, _)) if is_over(patience) => return Err(queues::full(t, queue.id)),
            Err((_, back)) => item = back,
        }
        t.poll()?;
    }
}

/// get(qid) -> (obj, unboundop)
///
/// Return a new object from the data at the front of the queue.
/// The unbound op is also returned.
///
/// If there is nothing to receive then raise QueueEmpty.
#[native("get(qid, *, block=False, timeout=None)")]
fn get(t: &Thread, qid: Value, block: bool, timeout: Value) -> R<Ref<Tuple>> {
    let queue = find(t, qid)?;
    let patience = patience(t, block, timeout)?;
    let item = receive(t, &queue, patience)?;
    match &item.message {
        Some(message) => Tuple::pair(t, transfer::decode(t, message)?, Value::NONE),
        None => Tuple::pair(t, Value::NONE, Value::small(item.unbound)),
    }
}

fn receive(t: &Thread, queue: &Queue, patience: Patience) -> R<Item> {
    if let Ok(item) = queue.channel.receive(Patience::None, &|| false) {
        return Ok(item);
    }
    let interrupted = || t.mutator().should_poll();
    loop {
        let sleep = one_sleep(t, patience);
        match t.blocking(|| queue.channel.receive(sleep, &interrupted)) {
            Ok(item) => return Ok(item),
            Err(Failed::Closed) => return Err(queues::not_found(t, queue.id)),
            Err(Failed::Late) if is_over(patience) => return Err(queues::empty(t, queue.id)),
            Err(_) => t.poll()?,
        }
    }
}

/// get_maxsize(qid)
///
/// Return the maximum number of items in the queue.
#[native("get_maxsize(qid)")]
fn get_maxsize(t: &Thread, qid: Value) -> R<i64> {
    Ok(find(t, qid)?.maxsize)
}

/// get_count(qid)
///
/// Return the number of items in the queue.
#[native("get_count(qid)")]
fn get_count(t: &Thread, qid: Value) -> R<usize> {
    Ok(find(t, qid)?.channel.len())
}

/// is_full(qid)
///
/// Return true if the queue has a maxsize and has reached it.
#[native("is_full(qid)")]
fn is_full(t: &Thread, qid: Value) -> R<bool> {
    let queue = find(t, qid)?;
    let capacity = queue.channel.capacity();
    Ok(capacity > 0 && queue.channel.len() >= capacity)
}

/// get_queue_defaults(qid)
///
/// Return the queue's default values, set when it was created.
#[native("get_queue_defaults(qid)")]
fn get_queue_defaults(t: &Thread, qid: Value) -> R<Ref<Tuple>> {
    let queue = find(t, qid)?;
    Tuple::pair(t, Value::small(queue.unbound), Value::small(queue.fallback))
}

#[native("_register_heap_types(queuetype, emptyerror, fullerror)")]
fn register_heap_types(t: &Thread, queuetype: Value, emptyerror: Value, fullerror: Value) -> R<()> {
    queues::register_types(t, &[queuetype, emptyerror, fullerror])
}

/// `_interpqueues`.
pub static MODULE: NativeModule = NativeModule {
    name: "_interpqueues",
    doc: "This module provides primitive operations to manage Python interpreters.\nThe 'interpreters' module provides a more convenient interface.",
    functions: &[
        &CREATE,
        &DESTROY,
        &LIST_ALL,
        &PUT,
        &GET,
        &BIND,
        &RELEASE,
        &GET_MAXSIZE,
        &GET_COUNT,
        &IS_FULL,
        &GET_QUEUE_DEFAULTS,
        &REGISTER_HEAP_TYPES,
    ],
    classes: &[&QUEUE_ERROR, &QUEUE_NOT_FOUND],
    initialize: nothing_to_add,
};
