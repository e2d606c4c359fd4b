//! `_thread._local`: attributes that each thread has for itself.
//!
//! The object holds a dict of namespaces by thread identifier. A namespace is made when a thread first touches the object, and
//! `__init__` of a Python subclass runs then with the arguments of the constructor. When a thread ends, its
//! namespaces are deleted.

use vm::heap_object;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::{Object, Slot, SlotExt};
use vm::objects::{Class, ClassFlags, Dict, List, Str, new_weak_entry, remove_weak_entry, weak_target};
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Tuple, Value, native, protocols};

heap_object! {
    /// See the module.
    pub struct Local {
        /// Thread identifier to namespace: a dict.
        spaces: Slot,
        /// Positional arguments of the constructor: a tuple.
        args: Slot,
        /// Keyword arguments of the constructor: a dict.
        kwargs: Slot,
    }
    trace { spaces, args, kwargs }
}

#[native("__new__", raw)]
fn local_new(t: &Thread, args: Args<'_>) -> R {
    let Some(class) = args.values.first().and_then(|class| class.downcast::<Class>()) else {
        return Err(t.type_error("_local.__new__(): not enough arguments"));
    };
    let names = t.names();
    let plain = class.lookup(t, names.__init__) == t.classes().object.namespace().get_str(t, names.__init__);
    if plain && args.values.len() > 1 {
        return Err(t.type_error("Initialization arguments are not supported"));
    }
    let value = vm::builtins::object::new_instance(t, class)?;
    let Some(local) = value.downcast::<Local>() else { return Ok(value) };
    let kwargs = Dict::new(t)?;
    for (name, argument) in args.keywords() {
        kwargs.set_str(t, name, argument)?;
    }
    let spaces = Dict::new(t)?;
    // The constructor itself calls `__init__` in the thread that makes the object.
    spaces.set(t, ident(t)?, Dict::new(t)?.value())?;
    local.spaces.put(local.header(), t, spaces.value());
    local.args.put(local.header(), t, Tuple::from_slice(t, args.rest().positional())?.value());
    local.kwargs.put(local.header(), t, kwargs.value());
    remember(t, local)?;
    Ok(value)
}

/// Remembers on the thread that it has a namespace in the object.
fn remember(t: &Thread, this: Ref<Local>) -> R<()> {
    let known = match t.locals.get().and_then(Value::downcast::<List>) {
        Some(known) => known,
        None => {
            let known = List::new(t)?;
            t.locals.set(Some(known.value()));
            known
        }
    };
    // A thread that outlives many such objects forgets the dead ones each time that the list would grow.
    if known.len() == known.capacity() {
        remove_weak_entry(t, known, Value::NONE);
    }
    known.push(t, new_weak_entry(t, this.value())?)
}

/// As the calling thread ends: its namespaces go, and a later thread with the same identifier finds none of them.
pub fn forget_thread(t: &Thread) {
    let known = t.locals.take().and_then(Value::downcast::<List>);
    let Ok(key) = ident(t) else { return };
    while let Some(entry) = known.and_then(|known| known.pop(t)) {
        let local = weak_target(t, entry).and_then(Value::downcast::<Local>);
        if let Some(spaces) = local.and_then(|local| local.spaces.get()).and_then(Value::downcast::<Dict>)
            && spaces.delete(t, key).is_err()
        {
            t.clear_pending();
        }
    }
}

fn ident(t: &Thread) -> R {
    vm::objects::int_from_u64(t, t.handle().ident)
}

/// The calling thread's namespace.
fn space(t: &Thread, this: Ref<Local>) -> R<Ref<Dict>> {
    let Some(spaces) = this.spaces.get().and_then(Value::downcast::<Dict>) else { return Dict::new(t) };
    let key = ident(t)?;
    if let Some(space) = spaces.get(t, key)?.and_then(Value::downcast) {
        return Ok(space);
    }
    let space = Dict::new(t)?;
    spaces.set(t, key, space.value())?;
    remember(t, this)?;
    let (class, names) = (this.value().class(t), t.names());
    if class.lookup(t, names.__init__) != t.classes().object.namespace().get_str(t, names.__init__) {
        let init = protocols::get_attribute(t, this.value(), names.__init__)?;
        let args = this.args.get().and_then(|args| Tuple::of(t, args)).unwrap_or_else(|| t.empty_tuple());
        let kwargs = this.kwargs.get().and_then(Value::downcast);
        if let Err(raised) = protocols::call_unpacked(t, init, None, args, kwargs) {
            spaces.delete(t, key)?;
            return Err(raised);
        }
    }
    Ok(space)
}

fn name_of(t: &Thread, name: Value) -> R<Ref<Str>> {
    Str::of(t, name)
        .ok_or_else(|| t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name())))
}

#[native("__getattribute__($self, name, /)")]
fn local_getattribute(t: &Thread, this: Ref<Local>, name: Value) -> R {
    let name = name_of(t, name)?;
    let space = space(t, this)?;
    if name.is("__dict__") {
        return Ok(space.value());
    }
    let class = this.value().class(t);
    let on_class = class.lookup(t, name);
    let is_data = on_class.is_some_and(|found| found.class(t).has(ClassFlags::DATA_DESCRIPTOR));
    if !is_data && let Some(value) = space.get_str(t, name) {
        return Ok(value);
    }
    match on_class {
        Some(found) => protocols::descriptor_get(t, found, Some(this.value()), class),
        None => Err(protocols::no_attribute(t, this.value(), name)),
    }
}

fn store(t: &Thread, this: Ref<Local>, name: Value, value: Option<Value>) -> R<()> {
    let name = name_of(t, name)?;
    let space = space(t, this)?;
    if name.is("__dict__") {
        let class = this.value().class(t).name();
        let message = format!("'{class}' object attribute '__dict__' is read-only");
        return Err(t.attribute_error(this.value(), name, message));
    }
    let on_class = this.value().class(t).lookup(t, name);
    if let Some(found) = on_class.filter(|found| found.class(t).has(ClassFlags::DATA_DESCRIPTOR)) {
        return protocols::descriptor_set(t, found, this.value(), name, value);
    }
    match value {
        Some(value) => space.set_str(t, name, value),
        None if space.delete_str(t, name)? => Ok(()),
        None => Err(protocols::no_attribute(t, this.value(), name)),
    }
}

#[native("__setattr__($self, name, value, /)")]
fn local_setattr(t: &Thread, this: Ref<Local>, name: Value, value: Value) -> R<()> {
    store(t, this, name, Some(value))
}

#[native("__delattr__($self, name, /)")]
fn local_delattr(t: &Thread, this: Ref<Local>, name: Value) -> R<()> {
    store(t, this, name, None)
}

fn get_dict(t: &Thread, this: Value) -> R {
    match this.downcast::<Local>() {
        Some(local) => Ok(space(t, local)?.value()),
        None => Err(t.type_error("a _thread._local is required")),
    }
}

/// `_thread._local`.
pub static LOCAL: NativeClass = NativeClass::new(ClassDef {
    name: "_local",
    module: "_thread",
    layout: <Local as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF,
    doc: "Thread-local data",
    methods: &[
        MethodDef::New(&LOCAL_NEW),
        MethodDef::Method(&LOCAL_GETATTRIBUTE),
        MethodDef::Method(&LOCAL_SETATTR),
        MethodDef::Method(&LOCAL_DELATTR),
    ],
    getset: &[GetSet { name: "__dict__", get: get_dict, set: None, doc: "" }],
});
