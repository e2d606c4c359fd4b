//! The interpreter's shapes by their numbers.
//!
//! The table keeps no shape alive: a shape lives as long as its class, which holds the first one, and through it the others. So a
//! class that nothing else refers to goes, and its shapes with it; their numbers are never used again (rule 18). Words are
//! written under the interpreter state's lock and read without.

use gc::{Tracer, WeakSlot};
use sync::atomic::{AtomicUsize, Ordering};

use super::Shape;
use crate::containers::allocate;
use crate::heap_object;
use crate::object::{Object, Ref, Slot};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// Shapes, by index.
    pub struct ShapeTable {
        /// Places.
        capacity: AtomicUsize,
        /// Always unset: what the collector takes for the value that goes with a weak key.
        nothing: Slot,
    }
    trace {}
    rest(trace_places)
    fixed
}

fn trace_places(table: &ShapeTable, tracer: &mut Tracer) {
    for place in table.places() {
        tracer.ephemeron(place, &table.nothing);
    }
}

impl ShapeTable {
    /// An empty table.
    pub fn new(t: &Thread, capacity: usize) -> R<Ref<ShapeTable>> {
        let bytes = size_of::<ShapeTable>() + capacity * size_of::<WeakSlot<Value>>();
        let fresh = allocate::<ShapeTable>(t, t.classes().shape_table, bytes, Self::layout().kind)?;
        fresh.object().capacity.store(capacity, Ordering::Relaxed);
        Ok(fresh.publish())
    }

    /// How many shapes it has room for.
    pub fn capacity(&self) -> usize {
        self.capacity.load(Ordering::Relaxed)
    }

    fn places(&self) -> &[WeakSlot<Value>] {
        // SAFETY: so many places follow the fixed part; before the capacity is written it is zero.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.capacity()) }
    }

    /// The shape at an index, while its class lives.
    #[inline]
    pub fn get(&self, t: &Thread, index: usize) -> Option<Ref<Shape>> {
        self.places().get(index)?.get(t.mutator())?.downcast()
    }

    /// Enters a shape. The caller holds the state's lock.
    pub fn put(&self, t: &Thread, index: usize, shape: Ref<Shape>) {
        self.places()[index].set_key(&self.header, t.mutator(), Some(shape.value()));
    }

    /// Enters what another table has. The caller holds the state's lock.
    pub fn take_over(&self, t: &Thread, other: Ref<ShapeTable>) {
        for index in 0..other.capacity() {
            if let Some(shape) = other.get(t, index) {
                self.put(t, index, shape);
            }
        }
    }
}
