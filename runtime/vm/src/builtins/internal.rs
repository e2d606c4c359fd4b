//! Classes of heap objects that Python never sees: storage arrays, shapes, cache records, the interpreter's state.

use crate::exec::caches::CacheRecord;
use crate::interpreter::InterpreterState;
use crate::native::ClassDef;
use crate::object::{Layout, Object};
use crate::objects::ValueArray;
use crate::shapes::{AttributeTail, Shape};

const fn internal(name: &'static str, layout: fn() -> &'static Layout) -> ClassDef {
    ClassDef { name, module: "builtins", layout, base: Some(|t| t.classes().object), flags: 0, doc: "", methods: &[], getset: &[] }
}

/// The interpreter's state.
pub static STATE: ClassDef = internal("internal_state", InterpreterState::layout);
/// Arrays of values.
pub static ARRAY: ClassDef = internal("internal_array", ValueArray::layout);
/// Attribute tails.
pub static TAIL: ClassDef = internal("internal_tail", AttributeTail::layout);
/// Cache records.
pub static RECORD: ClassDef = internal("internal_record", CacheRecord::layout);
/// Shapes.
pub static SHAPE: ClassDef = internal("internal_shape", Shape::layout);
