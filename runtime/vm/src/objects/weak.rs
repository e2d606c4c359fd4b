//! Weak references.
//!
//! Invariants: the slot is written only by `weak_register`, before the reference is published, and by the collector, which empties
//! it when the referent dies; emptying it here is the collector's `clear`. Classes of the shared space never die: references to
//! them are registered nowhere, and are found again through a side table of the interpreter.

use gc::{Tracer, WeakSlot};
use sync::atomic::{AtomicU32, AtomicU64};

use crate::heap_object;
use crate::object::{Ref, Slot};
use crate::objects::{Class, ClassFlags, List};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A weak reference, or a proxy.
    pub struct WeakReference {
        /// What it refers to, while that lives.
        pub referent: WeakSlot<Value>,
        /// What is called when the referent dies, or unset.
        pub callback: Slot,
        /// The referent's hash, once asked for.
        pub hash: AtomicU64,
        /// Whether `hash` is set.
        pub hashed: AtomicU32,
    }
    trace { callback }
}

impl WeakReference {
    /// A new reference of this class.
    pub fn new(t: &Thread, class: Ref<Class>, referent: Value, callback: Option<Value>) -> R<Ref<WeakReference>> {
        let made = t.allocate::<WeakReference>(class)?;
        made.set(|r| &r.callback, callback);
        let made = made.publish();
        t.mutator().weak_register(made.header(), &made.target().referent, referent);
        Ok(made)
    }

    /// What it refers to, while that lives.
    #[inline]
    pub fn referent(&self, t: &Thread) -> Option<Value> {
        self.referent.get(t.mutator())
    }
}

heap_object! {
    /// A value that lives only as long as its key lives otherwise: the value may refer to the key and does not keep it.
    pub struct Ephemeron {
        key: WeakSlot<Value>,
        value: Slot,
    }
    trace {}
    rest(trace_pair)
    fixed
}

fn trace_pair(ephemeron: &Ephemeron, tracer: &mut Tracer) {
    tracer.ephemeron(&ephemeron.key, &ephemeron.value);
}

impl Ephemeron {
    /// A new one.
    pub fn new(t: &Thread, class: Ref<Class>, key: Value, value: Value) -> R<Ref<Ephemeron>> {
        let made = t.allocate::<Ephemeron>(class)?;
        made.set(|e| &e.value, value);
        let made = made.publish();
        made.target().key.set_key(made.header(), t.mutator(), Some(key));
        Ok(made)
    }

    /// The value, while the key lives.
    pub fn value(&self, t: &Thread) -> Option<Value> {
        // To read the key is to hold it, and with it the value.
        self.key.get(t.mutator())?;
        self.value.get()
    }
}

/// What a weak reference refers to, if it is one and the referent lives.
#[must_use]
pub fn weak_target(t: &Thread, value: Value) -> Option<Value> {
    value.downcast::<WeakReference>()?.referent(t)
}

/// A weak reference without a callback, for lists that the runtime keeps (subclasses).
pub fn new_weak_entry(t: &Thread, value: Value) -> R {
    Ok(WeakReference::new(t, t.classes().weak_reference, value, None)?.value())
}

/// Takes the entry that refers to `value`, and those whose referents died, out of a list of weak references.
pub fn remove_weak_entry(t: &Thread, list: Ref<List>, value: Value) {
    let mut index = 0;
    while let Some(entry) = list.get(index) {
        let gone = weak_target(t, entry).is_none_or(|target| target.is(value));
        if !gone || !list.remove_if_same(t, index, entry) {
            index += 1;
        }
    }
}

/// The weak references to an object, oldest first.
#[must_use]
pub fn references_to(t: &Thread, referent: Value) -> Vec<Ref<WeakReference>> {
    let owners = t.interpreter().heap().weak_owners(t.mutator(), referent.bits());
    // SAFETY: the owners of weak slots are live, and the vector's contents are also reached from the collector's table until the
    // next poll, before which the caller is done with them.
    owners.into_iter().filter_map(|owner| Value::of_header(unsafe { owner.as_ref() }).downcast()).collect()
}

/// Whether instances of the class can be referred to weakly.
#[must_use]
pub fn can_be_referenced(class: Ref<Class>) -> bool {
    class.has(ClassFlags::WEAKREF)
}
