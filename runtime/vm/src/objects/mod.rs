//! The heap objects: one file a kind, storage and Rust-level operations. What Python sees of them is in `builtins`.

mod boxed;
pub mod bytes;
mod class;
mod code;
pub mod complex;
mod descriptors;
pub mod dict;
pub mod dict_iterators;
mod exception;
pub mod float;
pub mod frame;
mod function;
mod generator;
pub mod int;
pub mod int_arithmetic;
pub mod iterators;
pub mod list;
pub mod memoryview;
mod module;
<<<<<<< HEAD
pub mod range;
=======
mod own_dict;
>>>>>>> 934c661 (vm: functions, methods, descriptors, super, modules, weak references, aliases and unions as Python sees them (in progress))
pub mod set;
pub mod slice;
pub mod str;
pub mod tuple;
<<<<<<< HEAD
pub mod value_array;
=======
mod value_array;
mod weak;
>>>>>>> 934c661 (vm: functions, methods, descriptors, super, modules, weak references, aliases and unions as Python sees them (in progress))

pub use boxed::*;
pub use bytes::*;
pub use class::*;
pub use code::*;
pub use complex::*;
pub use descriptors::*;
pub use dict::*;
pub use exception::*;
pub use float::*;
pub use frame::{FrameObject, Traceback};
pub use function::*;
pub use generator::*;
pub use int::*;
pub use iterators::{ListIterator, ListReverseIterator, TupleIterator};
pub use list::*;
pub use memoryview::MemoryView;
pub use module::*;
<<<<<<< HEAD
pub use range::Range;
=======
pub use own_dict::*;
>>>>>>> 934c661 (vm: functions, methods, descriptors, super, modules, weak references, aliases and unions as Python sees them (in progress))
pub use set::*;
pub use slice::*;
pub use str::*;
pub use tuple::*;
pub use value_array::*;
pub use weak::*;
pub use crate::shapes::instance;
