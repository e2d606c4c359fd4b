//! `cmp_to_key`: objects that compare as a function says.

use vm::containers::allocate;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::protocols::{self, CompareOp};
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Thread, Value, heap_object, native};

heap_object! {
    /// What `cmp_to_key` gives, and what that gives when called: then with an object.
    pub struct KeyWrapper { function: Slot, object: Slot }
    trace { function, object }
    fixed
}

fn make(t: &Thread, function: Value, object: Option<Value>) -> R<Ref<KeyWrapper>> {
    let fresh = allocate::<KeyWrapper>(t, KEY_WRAPPER.get(t), size_of::<KeyWrapper>(), KeyWrapper::layout().kind)?;
    fresh.set(|key| &key.function, function).set(|key| &key.object, object);
    Ok(fresh.publish())
}

/// Convert a cmp= function into a key= function.
///
///   mycmp
///     Function that compares two objects.
#[native("cmp_to_key(mycmp)")]
pub fn cmp_to_key(t: &Thread, mycmp: Value) -> R<Ref<KeyWrapper>> {
    make(t, mycmp, None)
}

/// Call self as a function.
#[native("__call__($self, /, obj)")]
fn key_call(t: &Thread, this: Ref<KeyWrapper>, obj: Value) -> R<Ref<KeyWrapper>> {
    make(t, this.function.get().unwrap_or(Value::NONE), Some(obj))
}

fn compare(t: &Thread, this: Ref<KeyWrapper>, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<KeyWrapper>() else {
        return Err(t.type_error("other argument must be K instance"));
    };
    let (Some(function), Some(a), Some(b)) = (this.function.get(), this.object.get(), other.object.get()) else {
        return Err(t.raise(t.classes().attribute_error, "object"));
    };
    let order = protocols::call(t, function, &[a, b])?;
    protocols::compare(t, order, Value::small(0), op)
}

vm::comparison_methods! {
    key_lt "__lt__($self, value, /)" Lt;
    key_le "__le__($self, value, /)" Le;
    key_eq "__eq__($self, value, /)" Eq;
    key_ne "__ne__($self, value, /)" Ne;
    key_gt "__gt__($self, value, /)" Gt;
    key_ge "__ge__($self, value, /)" Ge;
    => Ref<KeyWrapper>, compare
}

fn get_object(t: &Thread, this: Value) -> R {
    let object = this.downcast::<KeyWrapper>().and_then(|this| this.object.get());
    object.ok_or_else(|| t.raise(t.classes().attribute_error, "obj"))
}

fn set_object(t: &Thread, this: Value, object: Option<Value>) -> R<()> {
    if let Some(this) = this.downcast::<KeyWrapper>() {
        this.object.put(this.header(), t, object);
    }
    Ok(())
}

/// `KeyWrapper`
pub static KEY_WRAPPER: NativeClass = NativeClass::new(ClassDef {
    name: "KeyWrapper",
    module: "functools",
    layout: KeyWrapper::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "",
    methods: &[
        MethodDef::Method(&KEY_CALL),
        MethodDef::Method(&KEY_LT),
        MethodDef::Method(&KEY_LE),
        MethodDef::Method(&KEY_EQ),
        MethodDef::Method(&KEY_NE),
        MethodDef::Method(&KEY_GT),
        MethodDef::Method(&KEY_GE),
    ],
    getset: &[GetSet { name: "obj", get: get_object, set: Some(set_object), doc: "Value wrapped by a key function." }],
});
