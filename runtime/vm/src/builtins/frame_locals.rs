//! `FrameLocalsProxy`: `f_locals` of a function's frame, a mapping that reads and writes the variables themselves (PEP 667).
//!
//! Names that are no variables of the code go to a dict that the frame object keeps.

use crate::builtins::construct::class_argument;
use crate::builtins::member::positional;
use crate::containers::ReprGuard;
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{ClassFlags, Dict, FrameObject, List, Str, Tuple};
use crate::protocols::{self, CompareOp};
use crate::raised::{R, Raised};
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// See the module.
    pub struct FrameLocalsProxy {
        /// The frame object.
        pub frame: Slot,
    }
    trace { frame }
    fixed
}

impl FrameLocalsProxy {
    fn frame(&self) -> Ref<FrameObject> {
        self.frame.get().and_then(Value::downcast).expect("set when the proxy is made")
    }
}

/// The proxy of a frame.
pub fn proxy(t: &Thread, frame: Ref<FrameObject>) -> R {
    let made = t.allocate_exact::<FrameLocalsProxy>(PROXY.get(t))?;
    made.set(|p| &p.frame, frame.value());
    Ok(made.publish().value())
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn proxy_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, PROXY.get(t))?;
    let given = positional(t, "FrameLocalsProxy", rest, 1, 1)?[0];
    match given.downcast::<FrameObject>() {
        Some(frame) => proxy(t, frame),
        None => Err(t.type_error(format_args!("expect frame, not {}", given.class(t).name()))),
    }
}

/// The register of the variable with this name. Where two have it (an inlined comprehension's and the function's), the one that is set.
fn register(t: &Thread, frame: Ref<FrameObject>, key: Value) -> R<Option<usize>> {
    let Some(name) = name_of(t, frame, key)? else { return Ok(None) };
    let code = frame.code();
    let locals = &code.unit().locals;
    let named = |index: &usize| Str::equal(code.name_at(locals[*index].name as usize), name);
    if let Some(inner) = code.unit().hidden_variables().filter(named).find(|&index| frame.variable(index).is_some()) {
        return Ok(Some(inner));
    }
    let shown = (0..locals.len()).filter(|&index| !locals[index].kind.is_hidden());
    let mut found = None;
    for index in shown.filter(named) {
        if frame.variable(index).is_some() {
            return Ok(Some(index));
        }
        found = found.or(Some(index));
    }
    Ok(found)
}

/// The name that a key is, or for an object of another kind the name of a variable that is equal to it and has its hash.
fn name_of(t: &Thread, frame: Ref<FrameObject>, key: Value) -> R<Option<Ref<Str>>> {
    let hash = protocols::hash(t, key)?;
    if let Some(name) = Str::of(t, key) {
        return Ok(Some(name));
    }
    let code = frame.code();
    for local in &code.unit().locals {
        let name = code.name_at(local.name as usize);
        if protocols::hash(t, name.value())? == hash && protocols::equal(t, name.value(), key)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn extra(frame: Ref<FrameObject>) -> Option<Ref<Dict>> {
    frame.extra_locals.get().and_then(Value::downcast)
}

fn extra_for_writing(t: &Thread, frame: Ref<FrameObject>) -> R<Ref<Dict>> {
    if let Some(dict) = extra(frame) {
        return Ok(dict);
    }
    let dict = Dict::new(t)?;
    frame.extra_locals.put(frame.header(), t, dict.value());
    Ok(dict)
}

fn read(t: &Thread, frame: Ref<FrameObject>, key: Value) -> R<Option<Value>> {
    if let Some(index) = register(t, frame, key)? {
        return Ok(frame.variable(index));
    }
    match extra(frame) {
        Some(dict) => dict.get(t, key),
        None => Ok(None),
    }
}

fn write(t: &Thread, frame: Ref<FrameObject>, key: Value, value: Value) -> R<()> {
    match register(t, frame, key)? {
        Some(index) => {
            frame.set_variable(t, index, Some(value));
            Ok(())
        }
        None => extra_for_writing(t, frame)?.set(t, key, value),
    }
}

/// The variables as they are now, in a dict of its own.
pub fn snapshot(t: &Thread, frame: Ref<FrameObject>) -> R<Ref<Dict>> {
    let dict = frame.snapshot(t)?;
    if let Some(extra) = extra(frame) {
        dict.update_from_dict(t, extra)?;
    }
    Ok(dict)
}

#[cold]
fn missing(t: &Thread, key: Value) -> Raised {
    match protocols::repr(t, key) {
        Ok(shown) => {
            t.raise(t.classes().key_error, format_args!("local variable {} is not defined", shown.to_string_lossy()))
        }
        Err(raised) => raised,
    }
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn proxy_getitem(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value) -> R {
    let frame = this.frame();
    match read(t, frame, key)? {
        Some(value) => Ok(value),
        None if register(t, frame, key)?.is_some() => Err(missing(t, key)),
        None => Err(t.key_error(key)),
    }
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn proxy_setitem(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value, value: Value) -> R<()> {
    write(t, this.frame(), key, value)
}

fn cannot_remove(t: &Thread) -> Raised {
    t.value_error("cannot remove local variables from FrameLocalsProxy")
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn proxy_delitem(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value) -> R<()> {
    let frame = this.frame();
    if register(t, frame, key)?.is_some() {
        return Err(cannot_remove(t));
    }
    match extra(frame) {
        Some(dict) if dict.delete(t, key)? => Ok(()),
        _ => Err(t.key_error(key)),
    }
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn proxy_contains(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value) -> R<bool> {
    Ok(read(t, this.frame(), key)?.is_some())
}

/// Return len(self).
#[native("__len__($self, /)")]
fn proxy_len(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<usize> {
    Ok(snapshot(t, this.frame())?.len(t))
}

fn key_list(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<Ref<List>> {
    let (list, dict) = (List::new(t)?, snapshot(t, this.frame())?);
    dict.for_each(t, |key, _| list.push(t, key))?;
    Ok(list)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn proxy_iter(t: &Thread, this: Ref<FrameLocalsProxy>) -> R {
    let list = key_list(t, this)?;
    protocols::iterate(t, list.value())
}

#[native("__reversed__($self, /)")]
fn proxy_reversed(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<Ref<List>> {
    let list = key_list(t, this)?;
    list.reverse(t);
    Ok(list)
}

#[native("keys($self, /)")]
fn proxy_keys(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<Ref<List>> {
    key_list(t, this)
}

#[native("values($self, /)")]
fn proxy_values(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<Ref<List>> {
    let (list, dict) = (List::new(t)?, snapshot(t, this.frame())?);
    dict.for_each(t, |_, value| list.push(t, value))?;
    Ok(list)
}

#[native("items($self, /)")]
fn proxy_items(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<Ref<List>> {
    let (list, dict) = (List::new(t)?, snapshot(t, this.frame())?);
    dict.for_each(t, |key, value| list.push(t, Tuple::pair(t, key, value)?.value()))?;
    Ok(list)
}

#[native("get($self, key, default=None, /)")]
fn proxy_get(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value, default: Value) -> R {
    Ok(read(t, this.frame(), key)?.unwrap_or(default))
}

#[native("setdefault($self, key, default=None, /)")]
fn proxy_setdefault(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value, default: Value) -> R {
    let frame = this.frame();
    if let Some(value) = read(t, frame, key)? {
        return Ok(value);
    }
    write(t, frame, key, default)?;
    Ok(default)
}

#[native("pop($self, key, default=None, /)")]
fn proxy_pop(t: &Thread, this: Ref<FrameLocalsProxy>, key: Value, default: Option<Value>) -> R {
    let frame = this.frame();
    if register(t, frame, key)?.is_some() {
        return Err(cannot_remove(t));
    }
    let found = match extra(frame) {
        Some(dict) => dict.pop(t, key)?,
        None => None,
    };
    found.or(default).ok_or_else(|| t.key_error(key))
}

#[native("copy($self, /)")]
fn proxy_copy(t: &Thread, this: Ref<FrameLocalsProxy>) -> R<Ref<Dict>> {
    snapshot(t, this.frame())
}

fn merge(t: &Thread, frame: Ref<FrameObject>, other: Value) -> R<()> {
    let given = Dict::new(t)?;
    protocols::update_dict(t, given, other)?;
    given.for_each(t, |key, value| write(t, frame, key, value))
}

fn is_mapping(value: Value) -> bool {
    value.downcast::<Dict>().is_some() || value.downcast::<FrameLocalsProxy>().is_some()
}

#[native("update($self, other, /)")]
fn proxy_update(t: &Thread, this: Ref<FrameLocalsProxy>, other: Value) -> R<()> {
    if !is_mapping(other) {
        return Err(t.type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    merge(t, this.frame(), other)
}

fn joined(t: &Thread, first: Value, second: Value) -> R {
    if !is_mapping(first) || !is_mapping(second) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let dict = Dict::new(t)?;
    protocols::update_dict(t, dict, first)?;
    protocols::update_dict(t, dict, second)?;
    Ok(dict.value())
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn proxy_or(t: &Thread, this: Value, other: Value) -> R {
    joined(t, this, other)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn proxy_ror(t: &Thread, this: Value, other: Value) -> R {
    joined(t, other, this)
}

/// Return self|=value.
#[native("__ior__($self, value, /)")]
fn proxy_ior(t: &Thread, this: Ref<FrameLocalsProxy>, other: Value) -> R {
    if !is_mapping(other) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    merge(t, this.frame(), other)?;
    Ok(this.value())
}

fn compare(t: &Thread, this: Ref<FrameLocalsProxy>, other: Value, op: CompareOp) -> R {
    if let Some(other) = other.downcast::<FrameLocalsProxy>() {
        return Ok(Value::bool(op.holds(Some(if this.frame() == other.frame() {
            std::cmp::Ordering::Equal
        } else {
            std::cmp::Ordering::Less
        }))));
    }
    if other.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    protocols::compare(t, snapshot(t, this.frame())?.value(), other, op)
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn proxy_eq(t: &Thread, this: Ref<FrameLocalsProxy>, other: Value) -> R {
    compare(t, this, other, CompareOp::Eq)
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn proxy_ne(t: &Thread, this: Ref<FrameLocalsProxy>, other: Value) -> R {
    compare(t, this, other, CompareOp::Ne)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn proxy_repr(t: &Thread, this: Ref<FrameLocalsProxy>) -> R {
    let Some(_guard) = ReprGuard::enter(t, this.value())? else { return Ok(Str::new(t, "{...}")?.value()) };
    Ok(protocols::repr(t, snapshot(t, this.frame())?.value())?.value())
}

/// `FrameLocalsProxy`.
pub static PROXY: NativeClass = NativeClass::new(ClassDef {
    name: "FrameLocalsProxy",
    module: "builtins",
    layout: FrameLocalsProxy::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::MAPPING,
    doc: "",
    methods: &[
        MethodDef::New(&PROXY_NEW),
        MethodDef::Method(&PROXY_GETITEM),
        MethodDef::Method(&PROXY_SETITEM),
        MethodDef::Method(&PROXY_DELITEM),
        MethodDef::Method(&PROXY_CONTAINS),
        MethodDef::Method(&PROXY_LEN),
        MethodDef::Method(&PROXY_ITER),
        MethodDef::Method(&PROXY_REVERSED),
        MethodDef::Method(&PROXY_KEYS),
        MethodDef::Method(&PROXY_VALUES),
        MethodDef::Method(&PROXY_ITEMS),
        MethodDef::Method(&PROXY_GET),
        MethodDef::Method(&PROXY_SETDEFAULT),
        MethodDef::Method(&PROXY_POP),
        MethodDef::Method(&PROXY_COPY),
        MethodDef::Method(&PROXY_UPDATE),
        MethodDef::Method(&PROXY_OR),
        MethodDef::Method(&PROXY_ROR),
        MethodDef::Method(&PROXY_IOR),
        MethodDef::Method(&PROXY_EQ),
        MethodDef::Method(&PROXY_NE),
        MethodDef::Method(&PROXY_REPR),
    ],
    getset: &[],
});
