//! The views of dicts, and `mappingproxy`.

use text::TextBuilder;

use crate::builtins::construct;
use crate::builtins::sequence;
use crate::containers::ReprGuard;
use crate::names::Special;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Layout, Object, Ref};
use crate::objects::dict_iterators::{
    DictItemIterator, DictItems, DictIteration, DictKeyIterator, DictKeys, DictReverseItemIterator,
    DictReverseKeyIterator, DictReverseValueIterator, DictValueIterator, DictValues, MappingProxy,
};
use crate::objects::{ClassFlags, Dict, List, Set, Str, Tuple};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The dict behind any of the views.
fn dict_of(t: &Thread, view: Value) -> R<Ref<Dict>> {
    let dict = view.downcast::<DictKeys>().map(|view| view.dict());
    let dict = dict.or_else(|| Some(view.downcast::<DictItems>()?.dict()));
    let dict = dict.or_else(|| Some(view.downcast::<DictValues>()?.dict()));
    dict.ok_or_else(|| t.type_error(format_args!("a dict view is required, not '{}'", view.class(t).name())))
}

/// Return len(self).
#[native("__len__($self, /)")]
fn view_len(t: &Thread, this: Value) -> R<usize> {
    Ok(dict_of(t, this)?.len(t))
}

fn view_mapping(t: &Thread, this: Value) -> R {
    Ok(MappingProxy::new(t, dict_of(t, this)?.value())?.value())
}

static MAPPING: GetSet =
    GetSet { name: "mapping", get: view_mapping, set: None, doc: "dictionary that this view refers to" };

/// Return repr(self).
#[native("__repr__($self, /)")]
fn view_repr(t: &Thread, this: Value) -> R<Ref<Str>> {
    let Some(_guard) = ReprGuard::enter(t, this)? else { return Str::new(t, "...") };
    let list = list_of(t, this)?;
    let mut text = TextBuilder::new();
    text.push_str(&this.class(t).name());
    text.push_str("(");
    text.push_units(protocols::repr(t, list.value())?.units());
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

fn list_of(t: &Thread, view: Value) -> R<Ref<List>> {
    let dict = dict_of(t, view)?;
    let list = List::with_capacity(t, dict.len(t))?;
    let (values, items) = (view.downcast::<DictValues>().is_some(), view.downcast::<DictItems>().is_some());
    dict.for_each(t, |key, value| {
        let shown = if items {
            Tuple::pair(t, key, value)?.value()
        } else if values {
            value
        } else {
            key
        };
        list.push(t, shown)
    })?;
    Ok(list)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn keys_iter(t: &Thread, this: Ref<DictKeys>) -> R<Ref<DictKeyIterator>> {
    DictKeyIterator::make(t, t.classes().dict_keyiterator, this.dict())
}

/// Return a reverse iterator over the dict keys.
#[native("__reversed__($self, /)")]
fn keys_reversed(t: &Thread, this: Ref<DictKeys>) -> R<Ref<DictReverseKeyIterator>> {
    DictReverseKeyIterator::make(t, t.classes().dict_reversekeyiterator, this.dict())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn values_iter(t: &Thread, this: Ref<DictValues>) -> R<Ref<DictValueIterator>> {
    DictValueIterator::make(t, t.classes().dict_valueiterator, this.dict())
}

/// Return a reverse iterator over the dict values.
#[native("__reversed__($self, /)")]
fn values_reversed(t: &Thread, this: Ref<DictValues>) -> R<Ref<DictReverseValueIterator>> {
    DictReverseValueIterator::make(t, t.classes().dict_reversevalueiterator, this.dict())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn items_iter(t: &Thread, this: Ref<DictItems>) -> R<Ref<DictItemIterator>> {
    DictItemIterator::make(t, t.classes().dict_itemiterator, this.dict())
}

/// Return a reverse iterator over the dict items.
#[native("__reversed__($self, /)")]
fn items_reversed(t: &Thread, this: Ref<DictItems>) -> R<Ref<DictReverseItemIterator>> {
    DictReverseItemIterator::make(t, t.classes().dict_reverseitemiterator, this.dict())
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn keys_contains(t: &Thread, this: Ref<DictKeys>, key: Value) -> R<bool> {
    this.dict().contains(t, key)
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn items_contains(t: &Thread, this: Ref<DictItems>, key: Value) -> R<bool> {
    let Some(pair) = Tuple::of(t, key).filter(|pair| pair.len() == 2) else { return Ok(false) };
    let (key, value) = (Tuple::get(pair.target(), 0), Tuple::get(pair.target(), 1));
    match Dict::get(this.dict().target(), t, key)? {
        Some(found) => Ok(found.is(value) || protocols::equal(t, found, value)?),
        None => Ok(false),
    }
}

/// Whether the value compares as a set: a set, a frozen set, or a view of keys or items.
fn is_set_like(value: Value) -> bool {
    Set::any_of(value).is_some() || value.downcast::<DictKeys>().is_some() || value.downcast::<DictItems>().is_some()
}

fn all_contained(t: &Thread, these: Value, those: Value) -> R<bool> {
    let mut all = true;
    protocols::for_each_until(t, these, |value| {
        all = protocols::contains(t, those, value)?;
        Ok(all)
    })?;
    Ok(all)
}

fn compare(t: &Thread, this: Value, other: Value, op: CompareOp) -> R {
    if !is_set_like(other) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (length, others) = (protocols::length(t, this)?, protocols::length(t, other)?);
    let truth = match op {
        CompareOp::Eq => length == others && all_contained(t, this, other)?,
        CompareOp::Ne => !(length == others && all_contained(t, this, other)?),
        CompareOp::Lt => length < others && all_contained(t, this, other)?,
        CompareOp::Le => length <= others && all_contained(t, this, other)?,
        CompareOp::Gt => length > others && all_contained(t, other, this)?,
        CompareOp::Ge => length >= others && all_contained(t, other, this)?,
    };
    Ok(Value::bool(truth))
}

crate::comparison_methods! {
    view_lt "__lt__($self, value, /)" Lt;
    view_le "__le__($self, value, /)" Le;
    view_eq "__eq__($self, value, /)" Eq;
    view_ne "__ne__($self, value, /)" Ne;
    view_gt "__gt__($self, value, /)" Gt;
    view_ge "__ge__($self, value, /)" Ge;
    => Value, compare
}

fn set_of(t: &Thread, iterable: Value) -> R<Ref<Set>> {
    let set = Set::new(t)?;
    crate::builtins::set::update(t, set, iterable)?;
    Ok(set)
}

fn is_view(value: Value) -> bool {
    value.downcast::<DictKeys>().is_some() || value.downcast::<DictItems>().is_some()
}

/// Return self&value.
#[native("__and__($self, value, /)")]
fn view_and(t: &Thread, this: Value, value: Value) -> R {
    let (view, other) = if is_view(this) { (this, value) } else { (value, this) };
    let result = Set::new(t)?;
    let (searched, walked) = if is_view(other) && protocols::length(t, other)? > protocols::length(t, view)? {
        (other, view)
    } else {
        (view, other)
    };
    protocols::for_each(t, walked, |value| {
        if protocols::contains(t, searched, value)? {
            result.add(t, value)?;
        }
        Ok(())
    })?;
    Ok(result.value())
}

/// Return value&self.
#[native("__rand__($self, value, /)")]
fn view_rand(t: &Thread, this: Value, value: Value) -> R {
    view_and(t, this, value)
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn view_or(t: &Thread, this: Value, value: Value) -> R {
    let result = set_of(t, this)?;
    crate::builtins::set::update(t, result, value)?;
    Ok(result.value())
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn view_ror(t: &Thread, this: Value, value: Value) -> R {
    view_or(t, value, this)
}

/// Return self-value.
#[native("__sub__($self, value, /)")]
fn view_sub(t: &Thread, this: Value, value: Value) -> R {
    let result = set_of(t, this)?;
    crate::builtins::set::difference_update(t, result, value)?;
    Ok(result.value())
}

/// Return value-self.
#[native("__rsub__($self, value, /)")]
fn view_rsub(t: &Thread, this: Value, value: Value) -> R {
    view_sub(t, value, this)
}

/// Return self^value.
#[native("__xor__($self, value, /)")]
fn view_xor(t: &Thread, this: Value, value: Value) -> R {
    let result = set_of(t, this)?;
    crate::builtins::set::symmetric_difference_update(t, result, value)?;
    Ok(result.value())
}

/// Return value^self.
#[native("__rxor__($self, value, /)")]
fn view_rxor(t: &Thread, this: Value, value: Value) -> R {
    view_xor(t, value, this)
}

/// Return True if the view and the given iterable have a null intersection.
#[native("isdisjoint($self, other, /)")]
fn view_isdisjoint(t: &Thread, this: Value, other: Value) -> R<bool> {
    let (mut walked, mut searched) = (other, this);
    if is_set_like(other) && protocols::length(t, other)? > protocols::length(t, this)? {
        (walked, searched) = (this, other);
    }
    let mut disjoint = true;
    protocols::for_each_until(t, walked, |value| {
        disjoint = !protocols::contains(t, searched, value)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}

macro_rules! set_like {
    ($($method:expr),*) => {
        &[
            $(MethodDef::Method($method),)*
            MethodDef::Method(&VIEW_LEN),
            MethodDef::Method(&VIEW_REPR),
            MethodDef::Method(&VIEW_LT),
            MethodDef::Method(&VIEW_LE),
            MethodDef::Method(&VIEW_EQ),
            MethodDef::Method(&VIEW_NE),
            MethodDef::Method(&VIEW_GT),
            MethodDef::Method(&VIEW_GE),
            MethodDef::Method(&VIEW_AND),
            MethodDef::Method(&VIEW_RAND),
            MethodDef::Method(&VIEW_OR),
            MethodDef::Method(&VIEW_ROR),
            MethodDef::Method(&VIEW_SUB),
            MethodDef::Method(&VIEW_RSUB),
            MethodDef::Method(&VIEW_XOR),
            MethodDef::Method(&VIEW_RXOR),
            MethodDef::Method(&VIEW_ISDISJOINT),
        ]
    };
}

const fn view_class(name: &'static str, layout: fn() -> &'static Layout, methods: &'static [MethodDef]) -> ClassDef {
    ClassDef {
        name,
        module: "builtins",
        layout,
        base: Some(|t| t.classes().object),
        flags: ClassFlags::NO_NEW,
        doc: "",
        methods,
        getset: &[MAPPING_GETSET],
    }
}

const MAPPING_GETSET: GetSet = GetSet { name: MAPPING.name, get: view_mapping, set: None, doc: MAPPING.doc };

/// `dict_keys`
pub static DICT_KEYS: ClassDef =
    view_class("dict_keys", DictKeys::layout, set_like![&KEYS_ITER, &KEYS_REVERSED, &KEYS_CONTAINS]);

/// `dict_items`
pub static DICT_ITEMS: ClassDef =
    view_class("dict_items", DictItems::layout, set_like![&ITEMS_ITER, &ITEMS_REVERSED, &ITEMS_CONTAINS]);

/// `dict_values`
pub static DICT_VALUES: ClassDef = view_class(
    "dict_values",
    DictValues::layout,
    &[
        MethodDef::Method(&VALUES_ITER),
        MethodDef::Method(&VALUES_REVERSED),
        MethodDef::Method(&VIEW_LEN),
        MethodDef::Method(&VIEW_REPR),
    ],
);

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, mapping)", raw)]
fn proxy_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = construct::class_argument(t, args, t.classes().mappingproxy)?;
    let mapping = match (rest.positional(), rest.keywords().next()) {
        (&[mapping], None) => mapping,
        ([], Some((name, mapping))) if name.is("mapping") && rest.values.len() == 1 => mapping,
        ([], None) => return Err(t.type_error("mappingproxy() missing required argument 'mapping' (pos 1)")),
        _ => {
            return Err(
                t.type_error(format_args!("mappingproxy() takes at most 1 argument ({} given)", rest.values.len()))
            );
        }
    };
    let class = mapping.class(t);
    let is_sequence = mapping.downcast::<List>().is_some() || Tuple::of(t, mapping).is_some();
    if class.special(t, Special::GetItem).is_none() || is_sequence {
        return Err(t.type_error(format_args!("mappingproxy() argument must be a mapping, not {}", class.name())));
    }
    Ok(MappingProxy::new(t, mapping)?.value())
}

/// Return len(self).
#[native("__len__($self, /)")]
fn proxy_len(t: &Thread, this: Ref<MappingProxy>) -> R<usize> {
    protocols::length(t, this.mapping())
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn proxy_getitem(t: &Thread, this: Ref<MappingProxy>, key: Value) -> R {
    protocols::get_item(t, this.mapping(), key)
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn proxy_contains(t: &Thread, this: Ref<MappingProxy>, key: Value) -> R<bool> {
    protocols::contains(t, this.mapping(), key)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn proxy_iter(t: &Thread, this: Ref<MappingProxy>) -> R {
    protocols::iterate(t, this.mapping())
}

/// D.__reversed__() -> reverse iterator
#[native("__reversed__($self, /)")]
fn proxy_reversed(t: &Thread, this: Ref<MappingProxy>) -> R {
    protocols::call_method(t, this.mapping(), t.names().__reversed__, &[])
}

/// Return the value for key if key is in the mapping, else default.
#[native("get($self, key, default=None, /)")]
fn proxy_get(t: &Thread, this: Ref<MappingProxy>, key: Value, default: Value) -> R {
    protocols::call_method(t, this.mapping(), t.names().get, &[key, default])
}

/// a set-like object providing a view on D's keys
#[native("keys($self, /)")]
fn proxy_keys(t: &Thread, this: Ref<MappingProxy>) -> R {
    protocols::call_method(t, this.mapping(), t.names().keys, &[])
}

/// an object providing a view on D's values
#[native("values($self, /)")]
fn proxy_values(t: &Thread, this: Ref<MappingProxy>) -> R {
    protocols::call_method(t, this.mapping(), t.names().values, &[])
}

/// a set-like object providing a view on D's items
#[native("items($self, /)")]
fn proxy_items(t: &Thread, this: Ref<MappingProxy>) -> R {
    protocols::call_method(t, this.mapping(), t.names().items, &[])
}

/// a shallow copy of D
#[native("copy($self, /)")]
fn proxy_copy(t: &Thread, this: Ref<MappingProxy>) -> R {
    protocols::call_method(t, this.mapping(), t.names().copy, &[])
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn proxy_repr(t: &Thread, this: Ref<MappingProxy>) -> R<Ref<Str>> {
    let mut text = TextBuilder::new();
    text.push_str("mappingproxy(");
    text.push_units(protocols::repr(t, this.mapping())?.units());
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

/// Return str(self).
#[native("__str__($self, /)")]
fn proxy_str(t: &Thread, this: Ref<MappingProxy>) -> R<Ref<Str>> {
    protocols::str(t, this.mapping())
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn proxy_hash(t: &Thread, this: Ref<MappingProxy>) -> R<i64> {
    protocols::hash(t, this.mapping()).map(|hash| hash as i64)
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn proxy_or(t: &Thread, this: Value, value: Value) -> R {
    let plain = |value: Value| value.downcast::<MappingProxy>().map_or(value, |proxy| proxy.mapping());
    protocols::binary(t, protocols::BinaryOp::Or, plain(this), plain(value))
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn proxy_ror(t: &Thread, this: Value, value: Value) -> R {
    proxy_or(t, value, this)
}

/// Return self|=value.
#[native("__ior__($self, value, /)")]
fn proxy_ior(t: &Thread, this: Value, value: Value) -> R {
    let (name, other) = (this.class(t).name(), value.class(t).name());
    Err(t.type_error(format_args!("'|=' is not supported by {name}; use '|' instead ({other})")))
}

fn compare_proxies(t: &Thread, this: Ref<MappingProxy>, other: Value, op: CompareOp) -> R {
    let other = other.downcast::<MappingProxy>().map_or(other, |proxy| proxy.mapping());
    protocols::compare(t, this.mapping(), other, op)
}

crate::comparison_methods! {
    proxy_lt "__lt__($self, value, /)" Lt;
    proxy_le "__le__($self, value, /)" Le;
    proxy_eq "__eq__($self, value, /)" Eq;
    proxy_ne "__ne__($self, value, /)" Ne;
    proxy_gt "__gt__($self, value, /)" Gt;
    proxy_ge "__ge__($self, value, /)" Ge;
    => Ref<MappingProxy>, compare_proxies
}

/// A read-only view of a mapping.
pub fn mapping_proxy(t: &Thread, mapping: Value) -> R {
    MappingProxy::new(t, mapping).map(Ref::value)
}

/// `mappingproxy`
pub static MAPPINGPROXY: ClassDef = ClassDef {
    name: "mappingproxy",
    module: "builtins",
    layout: MappingProxy::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::MAPPING,
    doc: "Read-only proxy of a mapping.",
    methods: &[
        MethodDef::New(&PROXY_NEW),
        MethodDef::Method(&PROXY_LEN),
        MethodDef::Method(&PROXY_GETITEM),
        MethodDef::Method(&PROXY_CONTAINS),
        MethodDef::Method(&PROXY_ITER),
        MethodDef::Method(&PROXY_REVERSED),
        MethodDef::Method(&PROXY_GET),
        MethodDef::Method(&PROXY_KEYS),
        MethodDef::Method(&PROXY_VALUES),
        MethodDef::Method(&PROXY_ITEMS),
        MethodDef::Method(&PROXY_COPY),
        MethodDef::Method(&PROXY_REPR),
        MethodDef::Method(&PROXY_STR),
        MethodDef::Method(&PROXY_HASH),
        MethodDef::Method(&PROXY_OR),
        MethodDef::Method(&PROXY_ROR),
        MethodDef::Method(&PROXY_IOR),
        MethodDef::Method(&PROXY_LT),
        MethodDef::Method(&PROXY_LE),
        MethodDef::Method(&PROXY_EQ),
        MethodDef::Method(&PROXY_NE),
        MethodDef::Method(&PROXY_GT),
        MethodDef::Method(&PROXY_GE),
        MethodDef::Class(&sequence::CLASS_GETITEM),
    ],
    getset: &[],
};
