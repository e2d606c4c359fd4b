//! `defaultdict`: a dict with one member more, the factory.

use text::TextBuilder;
use vm::builtins::dict::{dict_init, update};
use vm::builtins::sequence::CLASS_GETITEM;
use vm::containers::ReprGuard;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Dict};
use vm::protocols;
use vm::shapes::native_member;
use vm::shared::{NATIVE_MEMBER, NativeClass};
use vm::{R, Ref, Str, Thread, Tuple, Value, native};

fn factory(t: &Thread, this: Value) -> Value {
    native_member(this, DEFAULTDICT.get(t)).and_then(|(_, slot)| slot.get()).unwrap_or(Value::NONE)
}

fn set_factory(t: &Thread, this: Value, factory: Option<Value>) -> R<()> {
    let Some((header, slot)) = native_member(this, DEFAULTDICT.get(t)) else {
        return Err(t.type_error("a defaultdict is required"));
    };
    slot.set(header, t.mutator(), factory);
    Ok(())
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__", raw)]
fn defaultdict_init(t: &Thread, args: Args<'_>) -> R<()> {
    let Some(&this) = args.positional().first() else {
        return Err(t.type_error("unbound method __init__() needs an argument"));
    };
    let factory = args.positional().get(1).copied();
    if let Some(factory) = factory.filter(|factory| !factory.is_none() && !protocols::is_callable(t, *factory)) {
        let _ = factory;
        return Err(t.type_error("first argument must be callable or None"));
    }
    set_factory(t, this, factory)?;
    // The rest are the arguments of dict: without the factory.
    let mut values = vm::containers::ValueVec::with_capacity(t, args.values.len())?;
    values.push(t, this)?;
    values.extend_from_slice(t, args.values.get(2.min(1 + usize::from(factory.is_some()))..).unwrap_or(&[]))?;
    dict_init(t, Args { values: values.as_slice(), names: args.names })
}

/// __missing__(key) # Called by __getitem__ for missing key; pseudo-code:
///   if self.default_factory is None: raise KeyError((key,))
///   self[key] = value = self.default_factory()
///   return value
#[native("__missing__($self, key, /)")]
fn defaultdict_missing(t: &Thread, this: Value, key: Value) -> R {
    let factory = factory(t, this);
    if factory.is_none() {
        return Err(t.key_error(key));
    }
    let value = protocols::call(t, factory, &[])?;
    match this.downcast::<Dict>() {
        Some(dict) => Ok(dict.set_default(t, key, value)?.0),
        None => Err(t.type_error("a defaultdict is required")),
    }
}

/// D.copy() -> a shallow copy of D.
#[native("copy($self, /)")]
fn defaultdict_copy(t: &Thread, this: Value) -> R {
    protocols::call(t, this.class(t).value(), &[factory(t, this), this])
}

/// D.__copy__() -> a shallow copy of D.
#[native("__copy__($self, /)")]
fn defaultdict_copy_special(t: &Thread, this: Value) -> R {
    defaultdict_copy(t, this)
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn defaultdict_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    let factory = factory(t, this);
    let arguments = if factory.is_none() { Tuple::empty(t) } else { Tuple::from_slice(t, &[factory])? };
    let items = protocols::call_method(t, this, t.names().items, &[])?;
    let iterator = protocols::iterate(t, items)?;
    Tuple::from_slice(t, &[this.class(t).value(), arguments.value(), Value::NONE, Value::NONE, iterator])
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn defaultdict_repr(t: &Thread, this: Value) -> R<Ref<Str>> {
    let factory = factory(t, this);
    let plain =
        protocols::call(t, protocols::get_attribute(t, t.classes().dict.value(), t.names().__repr__)?, &[this])?;
    let shown = match ReprGuard::enter(t, factory)? {
        Some(_guard) => protocols::repr(t, factory)?,
        None => Str::new(t, "...")?,
    };
    let mut text = TextBuilder::new();
    text.push_str(&this.class(t).name());
    text.push_str("(");
    text.push_units(shown.units());
    text.push_str(", ");
    if let Some(plain) = Str::of(t, plain) {
        text.push_units(plain.target().units());
    }
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn defaultdict_or(t: &Thread, this: Value, value: Value) -> R {
    union(t, this, this, value)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn defaultdict_ror(t: &Thread, this: Value, value: Value) -> R {
    union(t, this, value, this)
}

/// A dict like `this` with the entries of two dicts.
fn union(t: &Thread, this: Value, first: Value, second: Value) -> R {
    if first.downcast::<Dict>().is_none() || second.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let made = protocols::call(t, this.class(t).value(), &[factory(t, this), first])?;
    match made.downcast::<Dict>() {
        Some(dict) => update(t, dict, second).map(|()| made),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// `defaultdict`
pub static DEFAULTDICT: NativeClass = NativeClass::new(ClassDef {
    name: "defaultdict",
    module: "collections",
    layout: Dict::layout,
    base: Some(|t| t.classes().dict),
    flags: ClassFlags::BASE | ClassFlags::MAPPING | NATIVE_MEMBER,
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.",
    methods: &[
        MethodDef::Method(&DEFAULTDICT_INIT),
        MethodDef::Method(&DEFAULTDICT_MISSING),
        MethodDef::Method(&DEFAULTDICT_COPY),
        MethodDef::Method(&DEFAULTDICT_COPY_SPECIAL),
        MethodDef::Method(&DEFAULTDICT_REDUCE),
        MethodDef::Method(&DEFAULTDICT_REPR),
        MethodDef::Method(&DEFAULTDICT_OR),
        MethodDef::Method(&DEFAULTDICT_ROR),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[GetSet {
        name: "default_factory",
        get: |t, this| Ok(factory(t, this)),
        set: Some(set_factory),
        doc: "Factory for default value called by __missing__().",
    }],
});
