//! Classes of heap objects that Python never sees: storage arrays, shapes, cache records, the interpreter's state.

use crate::containers::dict_view::InstanceView;
use crate::containers::hash_table::{DictTable, SetTable};
use crate::containers::intern::InternTable;
use crate::exec::caches::CacheRecord;
use crate::interpreter::InterpreterState;
use crate::native::ClassDef;
use crate::object::{Layout, Object};
use crate::objects::export::Export;
use crate::objects::{ByteStorage, ValueArray};
use crate::shapes::{AttributeTail, Shape, ShapeTable};

const fn internal(name: &'static str, layout: fn() -> &'static Layout) -> ClassDef {
    ClassDef {
        name,
        module: "builtins",
        layout,
        base: Some(|t| t.classes().object),
        flags: 0,
        doc: "",
        methods: &[],
        getset: &[],
    }
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
/// Tables of dicts.
pub static DICT_TABLE: ClassDef = internal("internal_dict_table", DictTable::layout);
/// Tables of sets.
pub static SET_TABLE: ClassDef = internal("internal_set_table", SetTable::layout);
/// What a `__dict__` has in place of a table.
pub static VIEW: ClassDef = internal("internal_view", InstanceView::layout);
/// Storage of bytearrays.
pub static BYTE_STORAGE: ClassDef = internal("internal_byte_storage", ByteStorage::layout);
/// Exports of bytearrays.
pub static EXPORT: ClassDef = internal("internal_export", Export::layout);
/// Tables of interned strings.
pub static INTERN_TABLE: ClassDef = internal("internal_intern_table", InternTable::layout);
/// Tables of shapes.
pub static SHAPE_TABLE: ClassDef = internal("internal_shape_table", ShapeTable::layout);
