//! One interpreter, many threads.
