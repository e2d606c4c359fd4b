//! `_tuplegetter`: the descriptor of a named tuple's field.

use vm::builtins::construct::checked_class;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, ItemDescriptor, int_from_i64};
use vm::shared::NativeClass;
use vm::{R, Ref, SlotExt, Thread, Tuple, Value, native};

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, index, doc, /)")]
fn getter_new(t: &Thread, class: Value, index: i64, doc: Value) -> R<Ref<ItemDescriptor>> {
    ItemDescriptor::new(t, checked_class(t, class, TUPLEGETTER.get(t))?, index, Some(doc))
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn getter_get(t: &Thread, this: Ref<ItemDescriptor>, instance: Value, _owner: Value) -> R {
    if instance.is_none() {
        return Ok(this.value());
    }
    this.read(t, instance).unwrap_or_else(|| {
        let (index, name) = (this.index(), instance.class(t).name());
        Err(t.type_error(format_args!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{name}' object"
        )))
    })
}

/// Set an attribute of instance to value.
#[native("__set__($self, instance, value, /)")]
fn getter_set(t: &Thread, _this: Ref<ItemDescriptor>, _instance: Value, _value: Value) -> R {
    Err(t.raise(t.classes().attribute_error, "can't set attribute"))
}

/// Delete an attribute of instance.
#[native("__delete__($self, instance, /)")]
fn getter_delete(t: &Thread, _this: Ref<ItemDescriptor>, _instance: Value) -> R {
    Err(t.raise(t.classes().attribute_error, "can't delete attribute"))
}

fn parts(t: &Thread, this: Ref<ItemDescriptor>) -> R<Ref<Tuple>> {
    let index = int_from_i64(t, this.index())?;
    Tuple::from_slice(t, &[index, this.doc.get().unwrap_or(Value::NONE)])
}

#[native("__reduce__($self, /)")]
fn getter_reduce(t: &Thread, this: Ref<ItemDescriptor>) -> R<Ref<Tuple>> {
    let parts = parts(t, this)?;
    Tuple::from_slice(t, &[this.value().class(t).value(), parts.value()])
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn getter_repr(t: &Thread, this: Ref<ItemDescriptor>) -> R<String> {
    let shown = vm::protocols::repr(t, parts(t, this)?.value())?.to_string_lossy();
    Ok(format!("_tuplegetter{shown}"))
}

fn get_doc(_: &Thread, this: Value) -> R {
    Ok(this.downcast::<ItemDescriptor>().and_then(|this| this.doc.get()).unwrap_or(Value::NONE))
}

fn set_doc(t: &Thread, this: Value, doc: Option<Value>) -> R<()> {
    if let Some(this) = this.downcast::<ItemDescriptor>() {
        this.doc.put(this.header(), t, doc);
    }
    Ok(())
}

/// `_tuplegetter`
pub static TUPLEGETTER: NativeClass = NativeClass::new(ClassDef {
    name: "_tuplegetter",
    module: "collections",
    layout: ItemDescriptor::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::DATA_DESCRIPTOR,
    doc: "",
    methods: &[
        MethodDef::New(&GETTER_NEW),
        MethodDef::Method(&GETTER_GET),
        MethodDef::Method(&GETTER_SET),
        MethodDef::Method(&GETTER_DELETE),
        MethodDef::Method(&GETTER_REDUCE),
        MethodDef::Method(&GETTER_REPR),
    ],
    getset: &[GetSet { name: "__doc__", get: get_doc, set: Some(set_doc), doc: "" }],
});
