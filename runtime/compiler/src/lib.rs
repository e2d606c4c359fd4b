//! Python source to bytecode.

#![forbid(unsafe_code)]

mod source;

pub use source::SourceText;
