//! `cell`: a variable shared by functions.

use crate::builtins::construct::class_argument;
use crate::builtins::member::positional;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::Cell;
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn cell_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, t.classes().cell)?;
    let contents = positional(t, "cell", rest, 0, 1)?.first().copied();
    Ok(Cell::new(t, contents)?.value())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn cell_repr(t: &Thread, this: Ref<Cell>) -> String {
    let address = this.address();
    match this.contents.get() {
        None => format!("<cell at {address:#x}: empty>"),
        Some(contents) => {
            format!("<cell at {address:#x}: {} object at {:#x}>", contents.class(t).name(), contents.bits())
        }
    }
}

/// Cells compare by their contents; an empty one is less than any other.
fn compare(t: &Thread, this: Ref<Cell>, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<Cell>() else { return Ok(Value::NOT_IMPLEMENTED) };
    match (this.contents.get(), other.contents.get()) {
        (Some(a), Some(b)) => protocols::compare(t, a, b, op),
        (a, b) => Ok(Value::bool(op.holds(Some(a.is_some().cmp(&b.is_some()))))),
    }
}

macro_rules! comparisons {
    ($($function:ident $op:ident $signature:literal $doc:literal;)*) => { $(
        #[doc = $doc]
        #[native($signature)]
        fn $function(t: &Thread, this: Ref<Cell>, other: Value) -> R {
            compare(t, this, other, CompareOp::$op)
        }
    )* };
}
comparisons! {
    cell_lt Lt "__lt__($self, value, /)" "Return self<value.";
    cell_le Le "__le__($self, value, /)" "Return self<=value.";
    cell_eq Eq "__eq__($self, value, /)" "Return self==value.";
    cell_ne Ne "__ne__($self, value, /)" "Return self!=value.";
    cell_gt Gt "__gt__($self, value, /)" "Return self>value.";
    cell_ge Ge "__ge__($self, value, /)" "Return self>=value.";
}

fn get_contents(t: &Thread, object: Value) -> R {
    let cell: Ref<Cell> = object.downcast().expect("the descriptor checked the receiver");
    cell.contents.get().ok_or_else(|| t.value_error("cell is empty"))
}

fn set_contents(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let cell: Ref<Cell> = object.downcast().expect("the descriptor checked the receiver");
    cell.store(t, value);
    Ok(())
}

/// `cell`.
pub static CELL: ClassDef = ClassDef {
    name: "cell",
    module: "builtins",
    layout: Cell::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "cell([contents])\n--\n\nA variable shared by functions.",
    methods: &[
        MethodDef::New(&CELL_NEW),
        MethodDef::Method(&CELL_REPR),
        MethodDef::Method(&CELL_LT),
        MethodDef::Method(&CELL_LE),
        MethodDef::Method(&CELL_EQ),
        MethodDef::Method(&CELL_NE),
        MethodDef::Method(&CELL_GT),
        MethodDef::Method(&CELL_GE),
    ],
    getset: &[GetSet { name: "cell_contents", get: get_contents, set: Some(set_contents), doc: "" }],
};
