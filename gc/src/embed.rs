//! What an embedder provides: the other half of the interface is `heap` and `mutator`.

use crate::events::Event;
use crate::marking::tracer::Tracer;
use crate::object::Header;

/// The embedder's functions. They are called by the collector, with the heap's mutators stopped unless said otherwise;
/// none may allocate, poll, wait for a lock or unwind.
pub struct Embedder {
    /// Visits every slot of an object; its class the collector visits itself. It may be an object whose cell was claimed and not
    /// filled in yet: all zero but for the class. Threads may be running and store into the object meanwhile: what says how many
    /// slots there are, and where, is constant or only grows, and is published after the slots that it speaks of.
    ///
    /// The pointer is that of a live object of this heap.
    pub trace: unsafe fn(*const Header, &mut Tracer),
    /// Gives back the Rust memory of a dead object of kind [`Drop`](crate::CellKind::Drop), which may have been allocated
    /// and never filled in: then all of it but the class is zero. Threads may be running. It may look at nothing of the
    /// heap but this object and its class, which is kept for the purpose; its slots may point at objects that are gone.
    pub drop_object: unsafe fn(*mut Header),
    /// Visits the heap's roots; the pointer is [`HeapOptions::roots`](crate::HeapOptions::roots).
    pub trace_roots: unsafe fn(*const (), &mut Tracer),
    /// Visits the roots of one thread past its stack and registers; the pointer is the one given to
    /// [`Heap::attach`](crate::Heap::attach). The thread is stopped or blocked.
    pub thread_roots: unsafe fn(*const (), &mut Tracer),
    /// Hears of a collection, on the thread that runs it, which may be no mutator's, with no thread stopped; the pointer is
    /// [`HeapOptions::roots`](crate::HeapOptions::roots).
    pub events: unsafe fn(*const (), Event),
}
