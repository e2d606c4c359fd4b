//! The native modules of the standard library.

mod bisect;
mod collections;
mod functools;
mod heapq;
mod itertools;
mod operator;

use vm::interpreter::Hooks;
use vm::modules::NativeModule;

/// The native modules, one name a line, in order.
pub static MODULES: &[&NativeModule] = &[
    &bisect::BISECT,
    &collections::COLLECTIONS,
    &functools::FUNCTOOLS,
    &heapq::HEAPQ,
    &itertools::ITERTOOLS,
    &operator::OPERATOR,
];

/// What the modules hook into an interpreter.
#[must_use]
pub fn hooks() -> Hooks {
    Hooks::default()
}
