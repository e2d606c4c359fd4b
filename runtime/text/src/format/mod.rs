//! The format mini-language (`format`, `str.format`, f-strings) and `%` formatting; no unsafe.
//!
//! [`spec`] reads a specification; [`apply`] formats strings, integers, floats and complex numbers by it, and [`short`] by plain ones; [`template`]
//! takes apart what `str.format` is called on; [`percent`] does the older formatting.

use std::borrow::Cow;

pub mod apply;
mod number;
pub mod percent;
pub mod short;
pub mod spec;
pub mod template;

pub use apply::{format_complex, format_float, format_int, format_str};

/// Why formatting failed, with the text of the exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// `ValueError`.
    Value(String),
    /// `OverflowError`.
    Overflow(String),
    /// `TypeError`.
    Type(String),
    /// `MemoryError`: the result cannot be held.
    Memory,
}

impl FormatError {
    pub(crate) fn value<T>(message: impl Into<String>) -> Result<T, Self> {
        Err(FormatError::Value(message.into()))
    }
}

impl From<std::collections::TryReserveError> for FormatError {
    fn from(_: std::collections::TryReserveError) -> Self {
        FormatError::Memory
    }
}

/// The separators of numbers that the `n` type uses.
#[derive(Clone, Debug)]
pub struct Locale {
    pub decimal_point: Cow<'static, str>,
    pub thousands_separator: Cow<'static, str>,
    /// Sizes of groups from the right, as C's `localeconv` gives them: the last repeats, 127 ends grouping.
    pub grouping: Vec<u8>,
}

impl Default for Locale {
    fn default() -> Self {
        Locale { decimal_point: ".".into(), thousands_separator: "".into(), grouping: Vec::new() }
    }
}
