//! The registry: every interpreter of a family, and the queues between them.
//!
//! It hangs off each member as an extension. Lists are under locks of their own, held for moments; nothing of a heap is touched
//! and no message is dropped while one is held.

use std::collections::BTreeMap;

use sync::atomic::{AtomicU64, Ordering};
use sync::{Arc, Mutex};
use vm::Thread;
use vm::interpreter::Interpreter;
use vm::raised::{R, Raised};

use crate::exceptions::NOT_FOUND;
use crate::isolate::Isolate;
use crate::queues::Queues;

/// The extension's name.
const NAME: &str = "interpreters";

/// The interpreters of a process that know of one another.
#[derive(Debug)]
pub struct Registry {
    isolates: Mutex<BTreeMap<u64, Arc<Isolate>>>,
    next: AtomicU64,
    /// The queues.
    pub queues: Queues,
}

/// The registry of this thread's interpreter. The first to ask for it is the main interpreter.
pub fn registry(t: &Thread) -> Arc<Registry> {
    let interpreter = t.interpreter();
    interpreter.extension_or_insert(NAME, || Registry::founded_by(interpreter))
}

/// The registry, if there is one: if anybody asked for it.
pub fn existing(t: &Thread) -> Option<Arc<Registry>> {
    t.interpreter().extension(NAME)
}

impl Registry {
    fn founded_by(interpreter: &Arc<Interpreter>) -> Self {
        let main = Arc::new(Isolate::main(interpreter));
        Self {
            next: AtomicU64::new(interpreter.id + 1),
            isolates: Mutex::new(BTreeMap::from([(interpreter.id, main)])),
            queues: Queues::default(),
        }
    }

    /// Makes a new interpreter a member.
    pub fn join(self: &Arc<Self>, interpreter: &Interpreter) {
        interpreter.set_extension(NAME, self.clone());
    }

    /// An identifier that was never given before.
    pub fn next_id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Lists an interpreter.
    pub fn enter(&self, isolate: Arc<Isolate>) {
        self.isolates.lock().insert(isolate.id, isolate);
    }

    /// Takes an interpreter off the list.
    pub fn remove(&self, id: u64) {
        let removed = self.isolates.lock().remove(&id);
        drop(removed);
    }

    /// The interpreter with this identifier.
    pub fn find(&self, id: u64) -> Option<Arc<Isolate>> {
        self.isolates.lock().get(&id).cloned()
    }

    /// All, oldest first.
    pub fn all(&self) -> Vec<Arc<Isolate>> {
        self.isolates.lock().values().cloned().collect()
    }

    /// The main one.
    pub fn main(&self) -> Option<Arc<Isolate>> {
        self.isolates.lock().values().next().cloned()
    }
}

/// Raises `InterpreterNotFoundError`.
#[cold]
pub fn not_found(t: &Thread, id: u64) -> Raised {
    t.raise(NOT_FOUND.get(t), format_args!("unrecognized interpreter ID {id}"))
}

/// The interpreter with this identifier; `InterpreterNotFoundError` if there is none.
pub fn find(t: &Thread, id: u64) -> R<Arc<Isolate>> {
    registry(t).find(id).ok_or_else(|| not_found(t, id))
}
