//! `_tuplegetter`: the descriptor of a named tuple's field.

use vm::builtins::construct::checked_class;
use vm::builtins::object::new_instance;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, int_from_i64};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicI64, Ordering};
use vm::{R, Ref, Slot, SlotExt, Thread, Tuple, Value, heap_object, native};

heap_object! {
    /// A field of a named tuple.
    pub struct TupleGetter {
        doc: Slot,
        index: AtomicI64,
    }
    trace { doc }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, index, doc, /)")]
fn getter_new(t: &Thread, class: Value, index: i64, doc: Value) -> R<Ref<TupleGetter>> {
    let class = checked_class(t, class, TUPLEGETTER.get(t))?;
    let Some(this) = new_instance(t, class)?.downcast::<TupleGetter>() else {
        return Err(t.system_error("an instance has the layout of its class"));
    };
    this.doc.put(this.header(), t, doc);
    this.index.store(index, Ordering::Relaxed);
    Ok(this)
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn getter_get(t: &Thread, this: Ref<TupleGetter>, instance: Value, _owner: Value) -> R {
    if instance.is_none() {
        return Ok(this.value());
    }
    let index = this.index.load(Ordering::Relaxed);
    let Some(tuple) = Tuple::of(t, instance) else {
        let name = instance.class(t).name();
        return Err(t.type_error(format_args!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{name}' object"
        )));
    };
    let item = usize::try_from(index).ok().and_then(|index| tuple.target().as_slice().get(index).copied());
    item.ok_or_else(|| t.index_error("tuple index out of range"))
}

/// Set an attribute of instance to value.
#[native("__set__($self, instance, value, /)")]
fn getter_set(t: &Thread, _this: Ref<TupleGetter>, _instance: Value, _value: Value) -> R {
    Err(t.raise(t.classes().attribute_error, "can't set attribute"))
}

/// Delete an attribute of instance.
#[native("__delete__($self, instance, /)")]
fn getter_delete(t: &Thread, _this: Ref<TupleGetter>, _instance: Value) -> R {
    Err(t.raise(t.classes().attribute_error, "can't delete attribute"))
}

fn parts(t: &Thread, this: Ref<TupleGetter>) -> R<Ref<Tuple>> {
    let index = int_from_i64(t, this.index.load(Ordering::Relaxed))?;
    Tuple::from_slice(t, &[index, this.doc.get().unwrap_or(Value::NONE)])
}

#[native("__reduce__($self, /)")]
fn getter_reduce(t: &Thread, this: Ref<TupleGetter>) -> R<Ref<Tuple>> {
    let parts = parts(t, this)?;
    Tuple::from_slice(t, &[this.value().class(t).value(), parts.value()])
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn getter_repr(t: &Thread, this: Ref<TupleGetter>) -> R<String> {
    let shown = vm::protocols::repr(t, parts(t, this)?.value())?.to_string_lossy();
    Ok(format!("_tuplegetter{shown}"))
}

fn get_doc(_: &Thread, this: Value) -> R {
    Ok(this.downcast::<TupleGetter>().and_then(|this| this.doc.get()).unwrap_or(Value::NONE))
}

fn set_doc(t: &Thread, this: Value, doc: Option<Value>) -> R<()> {
    if let Some(this) = this.downcast::<TupleGetter>() {
        this.doc.put(this.header(), t, doc);
    }
    Ok(())
}

/// `_tuplegetter`
pub static TUPLEGETTER: NativeClass = NativeClass::new(ClassDef {
    name: "_tuplegetter",
    module: "_collections",
    layout: TupleGetter::layout,
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
