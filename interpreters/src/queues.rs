//! The queues between interpreters: their table, what lies in them, and the Python objects that name them.
//!
//! A queue lives as long as anybody refers to it: `Queue` objects of any interpreter (`bind`, `release`) and messages on their
//! way ([`Held`]). What an interpreter put in is bound to it: when it is destroyed, each such item is dealt with as its `unbound`
//! operation says. Messages are dropped with no lock held, since they may hold queues themselves.

use std::collections::BTreeMap;

use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, Mutex, Weak};
use vm::builtins::import::import_module;
use vm::objects::Dict;
use vm::raised::Raised;
use vm::{R, Ref, Str, Thread, Tuple, Value, protocols};

use crate::exceptions::{QUEUE_ERROR, QUEUE_NOT_FOUND};
use crate::protocols::channel::Channel;
use crate::registry::{Registry, registry};
use crate::transfer::Message;

/// What becomes of an item whose interpreter is destroyed: it goes, too.
pub const REMOVE: i32 = 1;
/// Receiving it raises.
pub const ERROR: i32 = 2;
/// Receiving it gives a stand-in.
pub const REPLACE: i32 = 3;

/// What lies in a queue.
#[derive(Debug)]
pub struct Item {
    /// The value; nothing once it is unbound.
    pub message: Option<Message>,
    /// Who put it in.
    pub sender: u64,
    /// What to do when the sender is destroyed.
    pub unbound: i32,
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    /// Its identifier.
    pub id: u64,
    /// As it was asked for: at most zero for any number of items.
    pub maxsize: i64,
    /// The default of `put`.
    pub unbound: i32,
    /// Kept for Python to see.
    pub fallback: i32,
    /// The items.
    pub channel: Channel<Item>,
}

#[derive(Debug)]
struct Entry {
    queue: Arc<Queue>,
    references: usize,
}

/// All queues of a family of interpreters.
#[derive(Debug, Default)]
pub struct Queues {
    all: Mutex<BTreeMap<u64, Entry>>,
    last: AtomicU64,
}

impl Queues {
    /// Makes a queue that nobody refers to yet.
    pub fn create(&self, maxsize: i64, unbound: i32, fallback: i32) -> u64 {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let channel = Channel::new(usize::try_from(maxsize).unwrap_or(0));
        let queue = Arc::new(Queue { id, maxsize, unbound, fallback, channel });
        self.all.lock().insert(id, Entry { queue, references: 0 });
        id
    }

    /// The queue with this identifier.
    pub fn find(&self, id: u64) -> Option<Arc<Queue>> {
        self.all.lock().get(&id).map(|entry| entry.queue.clone())
    }

    /// All, oldest first.
    pub fn all(&self) -> Vec<Arc<Queue>> {
        self.all.lock().values().map(|entry| entry.queue.clone()).collect()
    }

    /// Another reference; false if there is no such queue.
    #[must_use]
    pub fn bind(&self, id: u64) -> bool {
        match self.all.lock().get_mut(&id) {
            Some(entry) => {
                entry.references += 1;
                true
            }
            None => false,
        }
    }

    /// A reference less; with the last one the queue ends. False if there is no such queue, nothing if nobody referred to it.
    pub fn release(&self, id: u64) -> Option<bool> {
        let ended = {
            let mut all = self.all.lock();
            let Some(entry) = all.get_mut(&id) else { return Some(false) };
            entry.references = entry.references.checked_sub(1)?;
            if entry.references > 0 { None } else { all.remove(&id) }
        };
        if let Some(entry) = ended {
            drop(entry.queue.channel.close());
        }
        Some(true)
    }

    /// Ends a queue; false if there is none.
    #[must_use]
    pub fn destroy(&self, id: u64) -> bool {
        let removed = self.all.lock().remove(&id);
        match removed {
            Some(entry) => {
                drop(entry.queue.channel.close());
                true
            }
            None => false,
        }
    }

    /// Deals with what an interpreter left in the queues.
    pub fn unbind(&self, sender: u64) {
        for queue in self.all() {
            let mut dropped = Vec::new();
            let removed = queue.channel.retain(|item| {
                if item.sender != sender || item.message.is_none() {
                    return true;
                }
                dropped.extend(item.message.take());
                item.unbound != REMOVE
            });
            drop((dropped, removed));
        }
    }

    /// Makes whoever waits at a queue look up.
    pub fn wake_all(&self) {
        for queue in self.all() {
            queue.channel.wake_all();
        }
    }
}

/// A message's reference to a queue.
#[derive(Debug)]
pub struct Held {
    registry: Weak<Registry>,
    id: u64,
}

impl Held {
    /// The queue's identifier.
    pub fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(registry) = self.registry.upgrade() {
            registry.queues.release(self.id);
        }
    }
}

/// A reference to a queue for a message; `QueueNotFoundError` if there is none.
pub fn hold(t: &Thread, id: u64) -> R<Held> {
    let registry = registry(t);
    if registry.queues.bind(id) { Ok(Held { registry: Arc::downgrade(&registry), id }) } else { Err(not_found(t, id)) }
}

/// Raises `QueueNotFoundError`.
#[cold]
pub fn not_found(t: &Thread, id: u64) -> Raised {
    t.raise(QUEUE_NOT_FOUND.get(t), format_args!("queue {id} not found"))
}

/// The key of this interpreter's classes in its side tables.
const TYPES: &str = "types of queues between interpreters";

fn side_tables(t: &Thread) -> R<Ref<Dict>> {
    match t.interpreter().state().side_tables.get().and_then(Value::downcast::<Dict>) {
        Some(tables) => Ok(tables),
        None => Err(t.runtime_error("the interpreter is not started")),
    }
}

/// Sets the classes that `concurrent.interpreters` uses here: `Queue`, `QueueEmpty`, `QueueFull`.
pub fn register_types(t: &Thread, types: &[Value; 3]) -> R<()> {
    side_tables(t)?.set_str(t, Str::interned(t, TYPES)?, Tuple::from_slice(t, types)?.value())
}

fn registered(t: &Thread, index: usize) -> R<Option<Value>> {
    let types = side_tables(t)?.get_str(t, Str::interned(t, TYPES)?);
    Ok(types.and_then(|types| Tuple::of(t, types)).map(|types| types.get(index)))
}

/// One of the classes, imported if need be.
fn class(t: &Thread, index: usize) -> R<Value> {
    if let Some(class) = registered(t, index)? {
        return Ok(class);
    }
    import_module(t, "concurrent.interpreters._queues")?;
    match registered(t, index)? {
        Some(class) => Ok(class),
        None => Err(t.raise(QUEUE_ERROR.get(t), "the queue types are not registered")),
    }
}

/// The identifier in a `Queue` object; nothing for other values.
pub fn id_of_queue(t: &Thread, value: Value) -> R<Option<u64>> {
    match registered(t, 0)? {
        Some(class) if value.class(t).value().is(class) => {
            let id = protocols::get_attribute(t, value, Str::interned(t, "_id")?)?;
            u64::try_from(protocols::index_i64(t, id)?)
                .map(Some)
                .map_err(|_| t.value_error("a queue's id is not negative"))
        }
        _ => Ok(None),
    }
}

/// This interpreter's `Queue` object of a queue.
pub fn queue_object(t: &Thread, id: u64) -> R {
    let class = class(t, 0)?;
    protocols::call(t, class, &[vm::objects::int_from_u64(t, id)?])
}

/// Raises `QueueEmpty`.
#[cold]
pub fn empty(t: &Thread, id: u64) -> Raised {
    raise_registered(t, 1, &format!("queue {id} is empty"))
}

/// Raises `QueueFull`.
#[cold]
pub fn full(t: &Thread, id: u64) -> Raised {
    raise_registered(t, 2, &format!("queue {id} is full"))
}

fn raise_registered(t: &Thread, index: usize, message: &str) -> Raised {
    let make = || {
        let class = class(t, index)?;
        protocols::call(t, class, &[Str::new(t, message)?.value()])
    };
    match make() {
        Ok(exception) => t.raise_value(exception),
        Err(raised) => raised,
    }
}
