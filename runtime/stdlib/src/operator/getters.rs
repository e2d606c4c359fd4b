//! `attrgetter`, `itemgetter` and `methodcaller`.

use text::TextBuilder;
use vm::builtins::construct::checked_class;
use vm::builtins::object::new_instance;
use vm::containers::{ReprGuard, ValueVec, intern_text};
use vm::native::{Args, ClassDef, MethodDef, NativeDef};
use vm::object::{Layout, Object};
use vm::objects::{ClassFlags, Dict, List};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

heap_object! {
    /// `attrgetter(*attributes)`: names as they were given, and each as a tuple of its parts.
    pub struct AttrGetter { names: Slot, paths: Slot }
    trace { names, paths }
}

heap_object! {
    /// `itemgetter(*items)`
    pub struct ItemGetter { items: Slot }
    trace { items }
}

heap_object! {
    /// `methodcaller(name, *args, **kwargs)`
    pub struct MethodCaller { name: Slot, arguments: Slot, keywords: Slot }
    trace { name, arguments, keywords }
}

fn tuple(t: &Thread, slot: &Slot) -> Ref<Tuple> {
    slot.get().and_then(Value::downcast::<Tuple>).unwrap_or_else(|| Tuple::empty(t))
}

fn make<T: Object>(t: &Thread, args: Args<'_>, class: &'static NativeClass) -> R<Ref<T>> {
    let own = class.get(t);
    let Some(&given) = args.positional().first() else {
        return Err(t.type_error(format_args!("{}.__new__(): not enough arguments", own.name())));
    };
    let made = new_instance(t, checked_class(t, given, own)?)?;
    made.downcast::<T>().ok_or_else(|| t.system_error("an instance has the layout of its class"))
}

/// The one argument of a call of one of these.
fn only(t: &Thread, args: Args<'_>, name: &str) -> R {
    args.no_keywords(t, name)?;
    match args.positional() {
        [argument] => Ok(*argument),
        more => Err(t.type_error(format_args!("{name} expected 1 argument, got {}", more.len()))),
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, attr, /, *attrs)", raw)]
fn attrgetter_new(t: &Thread, args: Args<'_>) -> R<Ref<AttrGetter>> {
    let rest = args.rest();
    rest.no_keywords(t, "attrgetter")?;
    if rest.values.is_empty() {
        return Err(t.type_error("attrgetter expected 1 argument, got 0"));
    }
    let mut paths = ValueVec::with_capacity(t, rest.values.len())?;
    for &name in rest.values {
        let Some(text) = Str::of(t, name) else { return Err(t.type_error("attribute name must be a string")) };
        paths.push(t, path(t, text)?.value())?;
    }
    let (names, paths) = (Tuple::from_slice(t, rest.values)?, paths.into_tuple(t)?);
    let this = make::<AttrGetter>(t, args, &ATTRGETTER)?;
    this.names.put(this.header(), t, names.value());
    this.paths.put(this.header(), t, paths.value());
    Ok(this)
}

/// The parts of a dotted name, interned.
fn path(t: &Thread, name: Ref<Str>) -> R<Ref<Tuple>> {
    let mut parts = ValueVec::new(t);
    let mut start = 0;
    let units = name.units();
    for index in 0..=units.len() {
        if units.try_get(index).is_none_or(|c| c == u32::from(b'.')) {
            let part = Str::substring(t, name, start, index)?;
            parts.push(t, Str::intern(t, part).value())?;
            start = index + 1;
        }
    }
    parts.into_tuple(t)
}

fn follow(t: &Thread, object: Value, path: Value) -> R {
    let mut value = object;
    for &name in path.downcast::<Tuple>().unwrap_or_else(|| Tuple::empty(t)).as_slice() {
        if let Some(name) = name.downcast::<Str>() {
            value = protocols::get_attribute(t, value, name)?;
        }
    }
    Ok(value)
}

/// Call self as a function.
#[native("__call__($self, obj, /)", raw)]
fn attrgetter_call(t: &Thread, args: Args<'_>) -> R {
    let this = vm::builtins::arguments::receiver::<AttrGetter>(t, args, &ATTRGETTER_CALL)?;
    let object = only(t, args.rest(), "attrgetter")?;
    let paths = tuple(t, &this.paths);
    match paths.as_slice() {
        [path] => follow(t, object, *path),
        paths => Ok(Tuple::with(t, paths.len(), |index| follow(t, object, paths[index]))?.value()),
    }
}

/// "operator.name(a, b, k=v)".
fn shown(t: &Thread, this: Value, parts: &[Value], keywords: Option<Ref<Dict>>) -> R<Ref<Str>> {
    let name = this.class(t).full_name(t);
    let Some(_guard) = ReprGuard::enter(t, this)? else { return Str::new(t, &format!("{name}(...)")) };
    let mut text = TextBuilder::new();
    text.push_str(&name);
    text.push_str("(");
    for (index, &part) in parts.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_units(protocols::repr(t, part)?.units());
    }
    if let Some(keywords) = keywords {
        keywords.for_each(t, |name, value| {
            text.push_str(", ");
            text.push_units(protocols::str(t, name)?.units());
            text.push_str("=");
            text.push_units(protocols::repr(t, value)?.units());
            Ok(())
        })?;
    }
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn attrgetter_repr(t: &Thread, this: Ref<AttrGetter>) -> R<Ref<Str>> {
    shown(t, this.value(), tuple(t, &this.names).as_slice(), None)
}

/// Return state information for pickling
#[native("__reduce__($self, /)")]
fn attrgetter_reduce(t: &Thread, this: Ref<AttrGetter>) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[this.value().class(t).value(), tuple(t, &this.names).value()])
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, item, /, *items)", raw)]
fn itemgetter_new(t: &Thread, args: Args<'_>) -> R<Ref<ItemGetter>> {
    let rest = args.rest();
    rest.no_keywords(t, "itemgetter")?;
    if rest.values.is_empty() {
        return Err(t.type_error("itemgetter expected 1 argument, got 0"));
    }
    let items = Tuple::from_slice(t, rest.values)?;
    let this = make::<ItemGetter>(t, args, &ITEMGETTER)?;
    this.items.put(this.header(), t, items.value());
    Ok(this)
}

/// Call self as a function.
#[native("__call__($self, obj, /)", raw)]
fn itemgetter_call(t: &Thread, args: Args<'_>) -> R {
    let this = vm::builtins::arguments::receiver::<ItemGetter>(t, args, &ITEMGETTER_CALL)?;
    let object = only(t, args.rest(), "itemgetter")?;
    let items = tuple(t, &this.items);
    match items.as_slice() {
        [item] => item_of(t, object, *item),
        items => Ok(Tuple::with(t, items.len(), |index| item_of(t, object, items[index]))?.value()),
    }
}

/// `object[item]`, at once for the common case of a tuple or list and a plain index.
fn item_of(t: &Thread, object: Value, item: Value) -> R {
    if let Some(index) = item.as_small_int().and_then(|index| usize::try_from(index).ok()) {
        let class = object.class(t);
        if class == t.classes().tuple
            && let Some(found) = object.downcast::<Tuple>().and_then(|tuple| tuple.as_slice().get(index).copied())
        {
            return Ok(found);
        }
        if class == t.classes().list
            && let Some(found) = object.downcast::<List>().and_then(|list| list.target().get(index))
        {
            return Ok(found);
        }
    }
    protocols::get_item(t, object, item)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn itemgetter_repr(t: &Thread, this: Ref<ItemGetter>) -> R<Ref<Str>> {
    shown(t, this.value(), tuple(t, &this.items).as_slice(), None)
}

/// Return state information for pickling
#[native("__reduce__($self, /)")]
fn itemgetter_reduce(t: &Thread, this: Ref<ItemGetter>) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[this.value().class(t).value(), tuple(t, &this.items).value()])
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, name, /, *args, **kwargs)", raw)]
fn methodcaller_new(t: &Thread, args: Args<'_>) -> R<Ref<MethodCaller>> {
    let rest = args.rest();
    let [name, arguments @ ..] = rest.positional() else {
        return Err(t.type_error("methodcaller needs at least one argument, the method name"));
    };
    let Some(name) = Str::of(t, *name) else { return Err(t.type_error("method name must be a string")) };
    let name = Str::intern(t, name);
    let arguments = Tuple::from_slice(t, arguments)?;
    let keywords = Dict::new(t)?;
    for (name, value) in rest.keywords() {
        keywords.set_str(t, name, value)?;
    }
    let this = make::<MethodCaller>(t, args, &METHODCALLER)?;
    this.name.put(this.header(), t, name.value());
    this.arguments.put(this.header(), t, arguments.value());
    this.keywords.put(this.header(), t, keywords.value());
    Ok(this)
}

fn caller_keywords(t: &Thread, this: Ref<MethodCaller>) -> Option<Ref<Dict>> {
    this.keywords.get().and_then(Value::downcast::<Dict>).filter(|keywords| !keywords.is_empty(t))
}

/// Call self as a function.
#[native("__call__($self, obj, /)", raw)]
fn methodcaller_call(t: &Thread, args: Args<'_>) -> R {
    let this = vm::builtins::arguments::receiver::<MethodCaller>(t, args, &METHODCALLER_CALL)?;
    let object = only(t, args.rest(), "methodcaller")?;
    let Some(name) = this.name.get().and_then(Value::downcast::<Str>) else { return Ok(Value::NONE) };
    let arguments = tuple(t, &this.arguments);
    match caller_keywords(t, this) {
        None => protocols::call_method(t, object, name, arguments.as_slice()),
        Some(keywords) => {
            let method = protocols::get_attribute(t, object, name)?;
            protocols::call_unpacked(t, method, None, arguments, Some(keywords))
        }
    }
}

fn named(t: &Thread, this: Ref<MethodCaller>) -> R<ValueVec> {
    let mut parts = ValueVec::new(t);
    parts.push(t, this.name.get().unwrap_or(Value::NONE))?;
    parts.extend_from_slice(t, tuple(t, &this.arguments).as_slice())?;
    Ok(parts)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn methodcaller_repr(t: &Thread, this: Ref<MethodCaller>) -> R<Ref<Str>> {
    shown(t, this.value(), named(t, this)?.as_slice(), caller_keywords(t, this))
}

/// Return state information for pickling
#[native("__reduce__($self, /)")]
fn methodcaller_reduce(t: &Thread, this: Ref<MethodCaller>) -> R<Ref<Tuple>> {
    let class = this.value().class(t).value();
    let Some(keywords) = caller_keywords(t, this) else {
        let parts = named(t, this)?.into_tuple(t)?;
        return Tuple::from_slice(t, &[class, parts.value()]);
    };
    let functools = vm::builtins::import::import_module(t, "functools")?;
    let partial = protocols::get_attribute(t, functools, intern_text(t, "partial")?)?;
    let given = Tuple::from_slice(t, &[class, this.name.get().unwrap_or(Value::NONE)])?;
    let bound = protocols::call_unpacked(t, partial, None, given, Some(keywords))?;
    Tuple::from_slice(t, &[bound, tuple(t, &this.arguments).value()])
}

const fn class(
    name: &'static str,
    layout: fn() -> &'static Layout,
    doc: &'static str,
    methods: &'static [MethodDef],
) -> NativeClass {
    let base: fn(&Thread) -> Ref<vm::Class> = |t| t.classes().object;
    NativeClass::new(ClassDef {
        name,
        module: "operator",
        layout,
        base: Some(base),
        flags: ClassFlags::BASE,
        doc,
        methods,
        getset: &[],
    })
}

const fn method(definition: &'static NativeDef) -> MethodDef {
    MethodDef::Method(definition)
}

/// `attrgetter`
pub static ATTRGETTER: NativeClass = class(
    "attrgetter",
    AttrGetter::layout,
    "Return a callable object that fetches the given attribute(s) from its operand.\n\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    &[MethodDef::New(&ATTRGETTER_NEW), method(&ATTRGETTER_CALL), method(&ATTRGETTER_REPR), method(&ATTRGETTER_REDUCE)],
);

/// `itemgetter`
pub static ITEMGETTER: NativeClass = class(
    "itemgetter",
    ItemGetter::layout,
    "Return a callable object that fetches the given item(s) from its operand.\n\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    &[MethodDef::New(&ITEMGETTER_NEW), method(&ITEMGETTER_CALL), method(&ITEMGETTER_REPR), method(&ITEMGETTER_REDUCE)],
);

/// `methodcaller`
pub static METHODCALLER: NativeClass = class(
    "methodcaller",
    MethodCaller::layout,
    "Return a callable object that calls the given method on its operand.\n\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    &[
        MethodDef::New(&METHODCALLER_NEW),
        method(&METHODCALLER_CALL),
        method(&METHODCALLER_REPR),
        method(&METHODCALLER_REDUCE),
    ],
);
