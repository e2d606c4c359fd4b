//! `property`.

use sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::builtins::class_method::is_abstract;
use crate::builtins::construct::class_argument;
use crate::builtins::member::read_only;
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::ClassFlags;
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A property.
    pub struct Property {
        /// `fget`, or unset.
        pub getter: Slot,
        /// `fset`, or unset.
        pub setter: Slot,
        /// `fdel`, or unset.
        pub deleter: Slot,
        /// `__doc__`, or unset.
        pub doc: Slot,
        /// The name it was given in its class, or unset.
        pub name: Slot,
        /// Whether the doc string is the getter's.
        pub doc_from_getter: AtomicU32,
    }
    trace { getter, setter, deleter, doc, name }
}

fn of(value: Value) -> Ref<Property> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn property_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, t.classes().property)?;
    Ok(t.allocate::<Property>(class)?.publish().value())
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn property_init(t: &Thread, args: Args<'_>) -> R<()> {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<Property>()) else {
        return Err(t.type_error("descriptor '__init__' of 'property' object needs an argument"));
    };
    let [getter, setter, deleter, doc] = init_arguments(t, args.rest())?;
    let header = this.header();
    let given = |value: Option<Value>| value.filter(|value| !value.is_none());
    this.getter.put(header, t, given(getter));
    this.setter.put(header, t, given(setter));
    this.deleter.put(header, t, given(deleter));
    this.doc.put(header, t, None);
    this.name.put(header, t, None);
    this.doc_from_getter.store(0, Relaxed);
    let mut doc = given(doc);
    if doc.is_none()
        && let Some(getter) = given(getter)
    {
        doc = protocols::get_attribute_optional(t, getter, t.names().__doc__)?.filter(|doc| !doc.is_none());
        this.doc_from_getter.store(u32::from(doc.is_some()), Relaxed);
    }
    store_doc(t, this, doc)
}

/// Subclasses keep the doc string in their own attribute, since the class's would hide the field.
fn store_doc(t: &Thread, this: Ref<Property>, doc: Option<Value>) -> R<()> {
    if this.value().class(t) == t.classes().property {
        this.doc.put(this.header(), t, doc);
        return Ok(());
    }
    let value = doc.unwrap_or(Value::NONE);
    match protocols::set_attribute(t, this.value(), t.names().__doc__, value) {
        // A subclass whose instances have no room for it does without, unless the doc string is the getter's.
        Err(raised) if this.doc_from_getter.load(Relaxed) == 0 => {
            t.catch(raised, t.classes().attribute_error).map(drop)
        }
        result => result,
    }
}

fn init_arguments(t: &Thread, args: Args<'_>) -> R<[Option<Value>; 4]> {
    let mut found = [None; 4];
    let given = args.values.len();
    if given > found.len() {
        return Err(t.type_error(format_args!("property() takes at most 4 arguments ({given} given)")));
    }
    for (slot, &value) in found.iter_mut().zip(args.positional()) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        const NAMES: [&str; 4] = ["fget", "fset", "fdel", "doc"];
        let Some(index) = NAMES.iter().position(|known| name.is(known)) else {
            return Err(native::unexpected_keyword(t, "property", &name.to_string_lossy(), NAMES));
        };
        if found[index].replace(value).is_some() {
            let (name, place) = (name.to_string_lossy(), index + 1);
            return Err(
                t.type_error(format_args!("argument for property() given by name ('{name}') and position ({place})"))
            );
        }
    }
    Ok(found)
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn property_get(t: &Thread, this: Ref<Property>, instance: Value, _owner: Option<Value>) -> R {
    if instance.is_none() {
        return Ok(this.value());
    }
    match this.getter.get() {
        Some(getter) => protocols::call(t, getter, &[instance]),
        None => Err(lacks(t, this, instance, "getter")),
    }
}

/// Set an attribute of instance to value.
#[native("__set__($self, instance, value, /)")]
fn property_set(t: &Thread, this: Ref<Property>, instance: Value, value: Value) -> R<()> {
    match this.setter.get() {
        Some(setter) => protocols::call(t, setter, &[instance, value]).map(drop),
        None => Err(lacks(t, this, instance, "setter")),
    }
}

/// Delete an attribute of instance.
#[native("__delete__($self, instance, /)")]
fn property_delete(t: &Thread, this: Ref<Property>, instance: Value) -> R<()> {
    match this.deleter.get() {
        Some(deleter) => protocols::call(t, deleter, &[instance]).map(drop),
        None => Err(lacks(t, this, instance, "deleter")),
    }
}

#[cold]
fn lacks(t: &Thread, this: Ref<Property>, instance: Value, what: &str) -> Raised {
    let describe = || -> R<String> {
        let class = instance.class(t);
        let qualname = protocols::get_attribute(t, class.value(), t.names().__qualname__)?;
        let shown = protocols::repr(t, qualname)?.to_string_lossy();
        Ok(match name_of(t, this)? {
            Some(name) => {
                format!("property {} of {shown} object has no {what}", protocols::repr(t, name)?.to_string_lossy())
            }
            None => format!("property of {shown} object has no {what}"),
        })
    };
    match describe() {
        Ok(message) => t.raise(t.classes().attribute_error, message),
        Err(raised) => raised,
    }
}

/// The name given by the class, else the getter's.
fn name_of(t: &Thread, this: Ref<Property>) -> R<Option<Value>> {
    if let Some(name) = this.name.get() {
        return Ok(Some(name));
    }
    match this.getter.get() {
        Some(getter) => protocols::get_attribute_optional(t, getter, t.names().__name__),
        None => Ok(None),
    }
}

/// Makes a property of the same class with one function replaced.
fn copy_with(t: &Thread, this: Ref<Property>, replaced: [Option<Value>; 3]) -> R {
    let class = protocols::get_attribute(t, this.value(), t.names().__class__)?;
    let pick = |new: Option<Value>, slot: &Slot| {
        new.filter(|new| !new.is_none()).or_else(|| slot.get()).unwrap_or(Value::NONE)
    };
    let [getter, setter, deleter] = replaced;
    let doc = if this.doc_from_getter.load(Relaxed) != 0 && !pick(getter, &this.getter).is_none() {
        Value::NONE
    } else {
        this.doc.get().unwrap_or(Value::NONE)
    };
    let arguments = [pick(getter, &this.getter), pick(setter, &this.setter), pick(deleter, &this.deleter), doc];
    let made = protocols::call(t, class, &arguments)?;
    if let Some(property) = made.downcast::<Property>() {
        property.name.put(property.header(), t, this.name.get());
    }
    Ok(made)
}

/// Descriptor to obtain a copy of the property with a different getter.
#[native("getter($self, object, /)")]
fn property_getter(t: &Thread, this: Ref<Property>, function: Value) -> R {
    copy_with(t, this, [Some(function), None, None])
}

/// Descriptor to obtain a copy of the property with a different setter.
#[native("setter($self, object, /)")]
fn property_setter(t: &Thread, this: Ref<Property>, function: Value) -> R {
    copy_with(t, this, [None, Some(function), None])
}

/// Descriptor to obtain a copy of the property with a different deleter.
#[native("deleter($self, object, /)")]
fn property_deleter(t: &Thread, this: Ref<Property>, function: Value) -> R {
    copy_with(t, this, [None, None, Some(function)])
}

/// Method to set name of a property.
#[native("__set_name__($self, owner, name, /)", raw)]
fn property_set_name(t: &Thread, args: Args<'_>) -> R<()> {
    let [this, _, name] = *args.values else {
        let given = args.values.len().saturating_sub(1);
        return Err(t.type_error(format_args!("__set_name__() takes 2 positional arguments but {given} were given")));
    };
    let this = of(this);
    this.name.put(this.header(), t, name);
    Ok(())
}

fn get_getter(_: &Thread, object: Value) -> R {
    Ok(of(object).getter.get().unwrap_or(Value::NONE))
}

fn get_setter(_: &Thread, object: Value) -> R {
    Ok(of(object).setter.get().unwrap_or(Value::NONE))
}

fn get_deleter(_: &Thread, object: Value) -> R {
    Ok(of(object).deleter.get().unwrap_or(Value::NONE))
}

fn get_doc(_: &Thread, object: Value) -> R {
    Ok(of(object).doc.get().unwrap_or(Value::NONE))
}

fn set_doc(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.doc.put(this.header(), t, value);
    Ok(())
}

fn get_name(t: &Thread, object: Value) -> R {
    let name = t.names().__name__;
    match name_of(t, of(object))? {
        Some(found) => Ok(found),
        None => Err(t.attribute_error(object, name, "'property' object has no attribute '__name__'")),
    }
}

fn set_name(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    this.name.put(this.header(), t, value);
    Ok(())
}

fn get_abstract(t: &Thread, object: Value) -> R {
    let this = of(object);
    for function in [this.getter.get(), this.setter.get(), this.deleter.get()].into_iter().flatten() {
        if is_abstract(t, function)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// The parts of a property, for the interpreter's fast paths.
#[must_use]
pub fn getter_of(value: Value) -> Option<Value> {
    value.downcast::<Property>()?.getter.get()
}

/// `property`.
pub static PROPERTY: ClassDef = ClassDef {
    name: "property",
    module: "builtins",
    layout: Property::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nAn attribute that functions read, write and delete.\n\n  fget\n    called with the instance to read the attribute\n  fset\n    called with the instance and the value to write it\n  fdel\n    called with the instance to delete it\n  doc\n    the doc string; that of fget if it is not given",
    methods: &[
        MethodDef::New(&PROPERTY_NEW),
        MethodDef::Method(&PROPERTY_GET),
        MethodDef::Method(&PROPERTY_SET),
        MethodDef::Method(&PROPERTY_DELETE),
        MethodDef::Method(&PROPERTY_INIT),
        MethodDef::Method(&PROPERTY_GETTER),
        MethodDef::Method(&PROPERTY_SETTER),
        MethodDef::Method(&PROPERTY_DELETER),
        MethodDef::Method(&PROPERTY_SET_NAME),
    ],
    getset: &[
        GetSet { name: "fget", get: get_getter, set: Some(read_only), doc: "" },
        GetSet { name: "fset", get: get_setter, set: Some(read_only), doc: "" },
        GetSet { name: "fdel", get: get_deleter, set: Some(read_only), doc: "" },
        GetSet { name: "__doc__", get: get_doc, set: Some(set_doc), doc: "" },
        GetSet { name: "__name__", get: get_name, set: Some(set_name), doc: "" },
        GetSet { name: "__isabstractmethod__", get: get_abstract, set: None, doc: "" },
    ],
};
