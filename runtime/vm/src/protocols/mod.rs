//! Operations on any value: what operators, builtin functions and native modules ask of objects.

mod attribute;
pub mod buffer;
mod call;
mod compare;
mod convert;
mod hash;
mod index;
mod inspect;
mod item;
mod iterate;
mod number;
mod warn;

pub use attribute::*;
pub use buffer::Buffer;
pub use call::*;
pub use compare::*;
pub use convert::*;
pub use hash::*;
pub use index::*;
pub use inspect::*;
pub use item::*;
pub use iterate::*;
pub use number::*;
pub use warn::*;
