//! Python source to bytecode.

pub mod errors;
pub mod source;
pub mod symbols;
pub mod tokens;
