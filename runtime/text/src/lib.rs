//! Text and number algorithms on plain memory: no Value, no heap, no unsafe.
//!
//! What the runtime's `str`, `bytes`, `int`, `float` and their modules compute is here, on slices and owned
//! buffers, so that it can be tested alone. Strings are flat arrays of 1-, 2- or 4-byte units ([`Units`]), with lone
//! surrogates allowed. Errors are small values whose text is the message that CPython gives; the caller picks the
//! exception's type as the function's documentation says.
#![forbid(unsafe_code)]

pub mod binary;
pub mod builder;
pub mod case;
pub mod codecs;
pub mod digits;
pub mod edit;
pub mod floats;
pub mod format;
pub mod hash;
pub mod ints;
pub mod json;
pub mod math;
pub mod random;
pub mod regex;
pub mod repr;
pub mod search;
pub mod split;
pub mod unicode;
pub mod units;

pub use builder::TextBuilder;
pub use units::{OwnedUnits, Units};
