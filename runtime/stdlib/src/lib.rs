//! The native modules of the standard library.

use vm::interpreter::Hooks;
use vm::modules::NativeModule;

/// The native modules, one name a line, in order.
pub static MODULES: &[&NativeModule] = &[];

/// What the modules hook into an interpreter.
#[must_use]
pub fn hooks() -> Hooks {
    Hooks::default()
}
