//! The one door to concurrency: real primitives, or loom's, behind one set of names.
