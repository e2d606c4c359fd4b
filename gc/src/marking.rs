//! Marking: finding what lives, in a stop or beside the heap's threads (`protocols::snapshot`).
//!
//! The colours: *white* objects have no mark; *grey* ones have one and wait on the mark stack; *black* ones were traced.
//! An explicit stack holds the grey objects, so the depth of the graph costs memory and never the native stack. Long arrays
//! are put aside as ranges and taken piece by piece, so that one of ten million does not make the mark stack as long.
//!
//! A young cycle starts with the marks of all earlier cycles: old objects are black from the start, except those in the
//! remembered sets, which are traced again. For an array with cards only the dirty cards are.
//!
//! A cycle begins with one marker, which sets marks by plain stores. When there is much to do it has company.

mod company;
pub mod ephemerons;
pub mod mark_stack;
pub mod tracer;
