//! The native modules of the standard library.
