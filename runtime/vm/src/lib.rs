//! One interpreter, many threads: values, objects, execution, the builtin classes and functions.

extern crate self as vm;

pub mod builtins;
pub mod codecs;
pub mod collections;
pub mod containers;
pub mod events;
pub mod exceptions;
pub mod exec;
pub mod fork;
pub mod interpreter;
pub mod modules;
pub mod names;
pub mod native;
pub mod object;
pub mod objects;
pub mod options;
pub mod protocols;
pub mod raised;
pub mod shapes;
pub mod shared;
pub mod start;
pub mod thread;
pub mod value;

pub use bytecode;
pub use compiler;
pub use gc;
pub use macros::native;
pub use native::Args;
pub use object::{Ref, Slot, SlotExt};
pub use objects::{Class, Dict, List, Str, Tuple};
pub use raised::{R, Raised};
pub use sync;
pub use thread::Thread;
pub use value::Value;
