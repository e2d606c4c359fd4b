//! `weakref.ref`, the callbacks of weak references, and `__weakref__`. The proxies are in `weak_proxy`.

use sync::atomic::Ordering::Relaxed;

use crate::builtins::construct::class_argument;
use crate::builtins::generic_alias::CLASS_GETITEM;
use crate::builtins::member::{positional, read_only};
use crate::builtins::weak_proxy::is_proxy;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, SlotExt};
use crate::objects::{ClassFlags, Dict, Str, WeakReference, can_be_referenced, references_to};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// TypeError if the object cannot be referred to weakly.
pub fn check_referent(t: &Thread, referent: Value) -> R<()> {
    if can_be_referenced(referent.class(t)) && referent.is_object() {
        return Ok(());
    }
    // Only builtin classes are named with their modules.
    let class = referent.class(t);
    let name = if class.has(ClassFlags::HEAP) { class.name() } else { class.full_name(t) };
    Err(t.type_error(format_args!("cannot create weak reference to '{name}' object")))
}

/// The reference without a callback of exactly the class `weakref.ref`, which all such calls for one object share.
fn shared_reference(t: &Thread, referent: Value) -> Option<Ref<WeakReference>> {
    let class = t.classes().weak_reference;
    let plain =
        |reference: &Ref<WeakReference>| reference.value().class(t) == class && reference.callback.get().is_none();
    if is_immortal(referent) {
        return immortal_table(t)?.get_identity(t, referent).and_then(Value::downcast);
    }
    references_to(t, referent).into_iter().find(plain)
}

fn is_immortal(value: Value) -> bool {
    gc::ImmortalSpace::get().contains(value.bits())
}

fn immortal_table(t: &Thread) -> Option<Ref<Dict>> {
    let tables: Ref<Dict> = t.interpreter().state().side_tables.get().and_then(Value::downcast)?;
    let key = Str::interned(t, "weak references").ok()?;
    if let Some(table) = tables.get_str(t, key) {
        return table.downcast();
    }
    let table = Dict::new(t).ok()?;
    tables.set_str(t, key, table.value()).ok()?;
    Some(table)
}

/// `weakref.ref(referent)`, for native code.
pub fn reference(t: &Thread, referent: Value) -> R {
    check_referent(t, referent)?;
    new_reference(t, referent, None)
}

fn new_reference(t: &Thread, referent: Value, callback: Option<Value>) -> R {
    if callback.is_none()
        && let Some(known) = shared_reference(t, referent)
    {
        return Ok(known.value());
    }
    let made = WeakReference::new(t, t.classes().weak_reference, referent, callback)?.value();
    if callback.is_none()
        && is_immortal(referent)
        && let Some(table) = immortal_table(t)
    {
        table.set_identity(t, referent, made)?;
    }
    Ok(made)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn reference_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = class_argument(t, args, t.classes().weak_reference)?;
    // Subclasses may take more, by name too; their `__init__` deals with that.
    let given = rest.positional();
    if given.is_empty() || given.len() > 2 {
        positional(t, "__new__", Args::positional_only(given), 1, 2)?;
    }
    let (referent, callback) = (given[0], given.get(1).copied().filter(|callback| !callback.is_none()));
    check_referent(t, referent)?;
    if class == t.classes().weak_reference {
        return new_reference(t, referent, callback);
    }
    Ok(WeakReference::new(t, class, referent, callback)?.value())
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn reference_init(t: &Thread, args: Args<'_>) -> R<()> {
    let rest = if args.values.is_empty() { args } else { args.rest() };
    if rest.keyword_count() > 0 {
        return Err(t.type_error("ref() takes no keyword arguments"));
    }
    positional(t, "__init__", rest, 1, 2).map(drop)
}

/// Call self as a function.
#[native("__call__($self, /)")]
fn reference_call(t: &Thread, this: Ref<WeakReference>) -> Value {
    this.referent(t).unwrap_or(Value::NONE)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn reference_repr(t: &Thread, this: Ref<WeakReference>) -> R<String> {
    let (kind, address) = ("weakref", this.address());
    let Some(referent) = this.referent(t) else { return Ok(format!("<{kind} at {address:#x}; dead>")) };
    // The class is asked, not the referent, whose `__getattr__` may raise anything.
    let name = match referent.class(t).lookup(t, t.names().__name__) {
        Some(found) => Some(protocols::descriptor_get(t, found, Some(referent), referent.class(t))?),
        None => None,
    };
    let (class, place) = (referent.class(t), referent.bits());
    let class = if class.has(ClassFlags::HEAP) { class.name() } else { class.full_name(t) };
    Ok(match name.and_then(|name| Str::of(t, name)) {
        Some(name) => format!("<{kind} at {address:#x}; to '{class}' at {place:#x} ({})>", name.to_string_lossy()),
        None => format!("<{kind} at {address:#x}; to '{class}' at {place:#x}>"),
    })
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn reference_hash(t: &Thread, this: Ref<WeakReference>) -> R<i64> {
    if this.hashed.load(Relaxed) != 0 {
        return Ok(this.hash.load(Relaxed) as i64);
    }
    let Some(referent) = this.referent(t) else { return Err(t.type_error("weak object has gone away")) };
    let hash = protocols::hash(t, referent)?;
    this.hash.store(hash, Relaxed);
    this.hashed.store(1, sync::atomic::Ordering::Release);
    Ok(hash as i64)
}

/// References compare by their referents while both live, else by identity.
fn compare(t: &Thread, this: Ref<WeakReference>, other: Value) -> R<Option<Result<bool, (Value, Value)>>> {
    let Some(second) =
        other.downcast::<WeakReference>().filter(|_| other.class(t).is_subclass_of(t.classes().weak_reference))
    else {
        return Ok(None);
    };
    Ok(Some(match (this.referent(t), second.referent(t)) {
        (Some(a), Some(b)) => Err((a, b)),
        _ => Ok(this == second),
    }))
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn reference_eq(t: &Thread, this: Ref<WeakReference>, other: Value) -> R {
    match compare(t, this, other)? {
        None => Ok(Value::NOT_IMPLEMENTED),
        Some(Ok(same)) => Ok(Value::bool(same)),
        Some(Err((a, b))) => protocols::compare(t, a, b, protocols::CompareOp::Eq),
    }
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn reference_ne(t: &Thread, this: Ref<WeakReference>, other: Value) -> R {
    match compare(t, this, other)? {
        None => Ok(Value::NOT_IMPLEMENTED),
        Some(Ok(same)) => Ok(Value::bool(!same)),
        Some(Err((a, b))) => protocols::compare(t, a, b, protocols::CompareOp::Ne),
    }
}

fn get_callback(t: &Thread, object: Value) -> R {
    let this: Ref<WeakReference> = object.downcast().expect("the descriptor checked the receiver");
    let callback = if this.referent(t).is_some() { this.callback.get() } else { None };
    Ok(callback.unwrap_or(Value::NONE))
}

/// The collector emptied a reference of `owner`: calls its callback, and reports what that raises.
pub fn run_callback(t: &Thread, owner: Value) {
    let Some(reference) = owner.downcast::<WeakReference>() else { return };
    let Some(callback) = reference.callback.get() else { return };
    reference.callback.put(reference.header(), t, None);
    if let Err(raised) = protocols::call(t, callback, &[owner]) {
        let error = t.take(raised);
        crate::events::report_unraisable(t, error, "Exception ignored while calling weakref callback", callback);
    }
}

fn get_weakref(t: &Thread, object: Value) -> R {
    Ok(references_in_order(t, object).first().map_or(Value::NONE, |reference| reference.value()))
}

/// The weak references to an object as programs see them: the shared reference and the shared proxy, then the others, newest first.
fn references_in_order(t: &Thread, referent: Value) -> Vec<Ref<WeakReference>> {
    let reference_class = t.classes().weak_reference;
    let mut references = references_to(t, referent);
    references.reverse();
    references.sort_by_key(|reference| {
        let value = reference.value();
        match reference.callback.get() {
            None if value.class(t) == reference_class => 0,
            None if is_proxy(t, value) => 1,
            _ => 2,
        }
    });
    references
}

/// `__weakref__` of classes whose instances can be referred to weakly.
pub static WEAKREF_GETSET: GetSet =
    GetSet { name: "__weakref__", get: get_weakref, set: None, doc: "list of weak references to the object" };

/// How many weak references to an object live (`_weakref.getweakrefcount`).
#[must_use]
pub fn reference_count(t: &Thread, referent: Value) -> usize {
    if is_immortal(referent) {
        usize::from(shared_reference(t, referent).is_some())
    } else {
        references_to(t, referent).len()
    }
}

/// The weak references to an object (`_weakref.getweakrefs`).
pub fn reference_list(t: &Thread, referent: Value) -> R<Ref<crate::objects::List>> {
    let list = crate::objects::List::new(t)?;
    if is_immortal(referent) {
        if let Some(reference) = shared_reference(t, referent) {
            list.push(t, reference.value())?;
        }
        return Ok(list);
    }
    for reference in references_in_order(t, referent) {
        list.push(t, reference.value())?;
    }
    Ok(list)
}

/// `weakref.ref`.
pub static REFERENCE: ClassDef = ClassDef {
    name: "ReferenceType",
    module: "weakref",
    layout: WeakReference::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "",
    methods: &[
        MethodDef::New(&REFERENCE_NEW),
        MethodDef::Method(&REFERENCE_INIT),
        MethodDef::Method(&REFERENCE_CALL),
        MethodDef::Method(&REFERENCE_REPR),
        MethodDef::Method(&REFERENCE_HASH),
        MethodDef::Method(&REFERENCE_EQ),
        MethodDef::Method(&REFERENCE_NE),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[GetSet { name: "__callback__", get: get_callback, set: Some(read_only), doc: "" }],
};
