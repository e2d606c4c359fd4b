//! The class `dict`.

pub use crate::builtins::dict_views::mapping_proxy;
use text::TextBuilder;

use crate::builtins::{arguments, construct, sequence};
use crate::containers::ReprGuard;
use crate::containers::equality::hash_dict_key;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::dict_iterators::{
    DictItems, DictIteration, DictKeyIterator, DictKeys, DictReverseKeyIterator, DictValues,
};
use crate::objects::{ClassFlags, Dict, List, Set, Str, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
pub fn dict_new(t: &Thread, args: Args<'_>) -> R {
    let class = construct::class_argument(t, args, t.classes().dict)?.0;
    super::object::new_instance(t, class)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, *args, **kwargs)", raw)]
pub fn dict_init(t: &Thread, args: Args<'_>) -> R<()> {
    let this = arguments::receiver::<Dict>(t, args, &DICT_INIT)?;
    update_from_arguments(t, this, args.rest(), "dict")
}

fn update_from_arguments(t: &Thread, this: Ref<Dict>, args: Args<'_>, function: &str) -> R<()> {
    match args.positional() {
        [] => {}
        [other] => update(t, this, *other)?,
        more => return Err(t.type_error(format_args!("{function} expected at most 1 argument, got {}", more.len()))),
    }
    for (name, value) in args.keywords() {
        this.set_str(t, name, value)?;
    }
    Ok(())
}

/// `dict.update(other)`: from a mapping (what has `keys`) or from pairs.
pub fn update(t: &Thread, this: Ref<Dict>, other: Value) -> R<()> {
    if let Some(dict) = other.downcast::<Dict>()
        && iterates_as_dict(t, other)
    {
        return this.update_from_dict(t, dict);
    }
    match protocols::get_attribute_optional(t, other, t.names().keys)? {
        Some(keys) => {
            let keys = protocols::call(t, keys, &[])?;
            protocols::for_each(t, keys, |key| {
                let value = protocols::get_item(t, other, key)?;
                this.set(t, key, value)
            })
        }
        None => update_from_pairs(t, this, other),
    }
}

/// Whether iterating over an instance of `dict` or a subclass goes over its keys as they are.
fn iterates_as_dict(t: &Thread, value: Value) -> bool {
    use crate::names::Special;
    let class = value.class(t);
    class == t.classes().dict || class.special(t, Special::Iter) == t.classes().dict.special(t, Special::Iter)
}

/// The most pairs for which room is made before their keys are seen, which may all be the same.
const EXPECTED_PAIRS: usize = 1024;

fn update_from_pairs(t: &Thread, this: Ref<Dict>, pairs: Value) -> R<()> {
    if let Some(list) = pairs.downcast::<List>().filter(|_| this.is_empty(t)) {
        this.make_room(t, list.len().min(EXPECTED_PAIRS))?;
    }
    let mut index = 0;
    protocols::for_each(t, pairs, |pair| {
        let (key, value) = pair_of(t, pair, index)?;
        index += 1;
        this.set(t, key, value)
    })
}

fn pair_of(t: &Thread, pair: Value, index: usize) -> R<(Value, Value)> {
    let items = match pair.downcast::<Tuple>() {
        Some(tuple) => tuple,
        None if arguments::is_iterable(t, pair) => {
            protocols::tuple_of(t, pair).map_err(|raised| not_a_pair(t, raised, index))?
        }
        None => return Err(not_a_pair(t, t.type_error("object is not iterable"), index)),
    };
    match items.target().as_slice() {
        &[key, value] => Ok((key, value)),
        items => Err(t.value_error(format_args!(
            "dictionary update sequence element #{index} has length {}; 2 is required",
            items.len()
        ))),
    }
}

/// Notes on a TypeError which element could not be read.
fn not_a_pair(t: &Thread, raised: Raised, index: usize) -> Raised {
    let exception = t.take(raised);
    if !exception.class(t).is_subclass_of(t.classes().type_error) {
        return t.reraise(exception);
    }
    let raised = t.reraise(exception);
    t.with_note(raised, &format!("Cannot convert dictionary update sequence element #{index} to a sequence"))
}

/// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
/// If E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]
/// If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v
/// In either case, this is followed by: for k in F:  D[k] = F[k]
#[native("update", raw)]
fn dict_update(t: &Thread, args: Args<'_>) -> R<()> {
    let this = arguments::receiver::<Dict>(t, args, &DICT_UPDATE)?;
    update_from_arguments(t, this, args.rest(), "update")
}

/// Return the value for key if key is in the dictionary, else default.
#[native("get($self, key, default=None, /)")]
fn dict_get(t: &Thread, this: Ref<Dict>, key: Value, default: Value) -> R {
    Ok(Dict::get(this.target(), t, key)?.unwrap_or(default))
}

/// Insert key with a value of default if key is not in the dictionary.
///
/// Return the value for key if key is in the dictionary, else default.
#[native("setdefault($self, key, default=None, /)")]
fn dict_setdefault(t: &Thread, this: Ref<Dict>, key: Value, default: Value) -> R {
    Ok(this.set_default(t, key, default)?.0)
}

/// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
///
/// If the key is not found, return the default if given; otherwise,
/// raise a KeyError.
#[native("pop($self, key, default=<unrepresentable>, /)")]
fn dict_pop(t: &Thread, this: Ref<Dict>, key: Value, default: Option<Value>) -> R {
    match (this.pop(t, key)?, default) {
        (Some(value), _) | (None, Some(value)) => Ok(value),
        (None, None) => Err(t.key_error(key)),
    }
}

/// Remove and return a (key, value) pair as a 2-tuple.
///
/// Pairs are returned in LIFO (last-in, first-out) order.
/// Raises KeyError if the dict is empty.
#[native("popitem($self, /)")]
fn dict_popitem(t: &Thread, this: Ref<Dict>) -> R<Ref<Tuple>> {
    match this.pop_item(t)? {
        Some((key, value)) => Tuple::pair(t, key, value),
        None => {
            let message = Str::new(t, "popitem(): dictionary is empty")?;
            Err(t.key_error(message.value()))
        }
    }
}

/// Remove all items from the dict.
#[native("clear($self, /)")]
fn dict_clear(t: &Thread, this: Ref<Dict>) -> R<()> {
    this.clear(t)
}

/// Return a shallow copy of the dict.
#[native("copy($self, /)")]
fn dict_copy(t: &Thread, this: Ref<Dict>) -> R<Ref<Dict>> {
    this.copy(t)
}

/// Create a new dictionary with keys from iterable and values set to value.
#[native("fromkeys($type, iterable, value=None, /)")]
fn dict_fromkeys(t: &Thread, class: Value, iterable: Value, value: Value) -> R {
    let made = protocols::call(t, class, &[])?;
    if made.class(t) == t.classes().dict
        && let Some(dict) = made.downcast::<Dict>()
    {
        // Sets and dicts have the hashes of their members.
        let class = iterable.class(t);
        let is_set = class == t.classes().set || class == t.classes().frozenset;
        if let Some(set) = Set::any_of(iterable).filter(|_| is_set) {
            let mut position = 0;
            while let Some((key, hash)) = set.next_entry(&mut position) {
                dict.set_hashed(t, key, hash, value)?;
                t.stand_still();
            }
        } else if let Some(other) = iterable.downcast::<Dict>().filter(|_| class == t.classes().dict) {
            let mut position = 0;
            while let Some((key, _, hash)) = other.next_entry(t, &mut position) {
                dict.set_hashed(t, key, hash, value)?;
                t.stand_still();
            }
        } else {
            protocols::for_each(t, iterable, |key| dict.set(t, key, value))?;
        }
        return Ok(made);
    }
    protocols::for_each(t, iterable, |key| protocols::set_item(t, made, key, value))?;
    Ok(made)
}

/// Return a set-like object providing a view on the dict's keys.
#[native("keys($self, /)")]
fn dict_keys(t: &Thread, this: Ref<Dict>) -> R<Ref<DictKeys>> {
    DictKeys::new(t, t.classes().dict_keys, this)
}

/// Return an object providing a view on the dict's values.
#[native("values($self, /)")]
fn dict_values(t: &Thread, this: Ref<Dict>) -> R<Ref<DictValues>> {
    DictValues::new(t, t.classes().dict_values, this)
}

/// Return a set-like object providing a view on the dict's items.
#[native("items($self, /)")]
fn dict_items(t: &Thread, this: Ref<Dict>) -> R<Ref<DictItems>> {
    DictItems::new(t, t.classes().dict_items, this)
}

/// Return len(self).
#[native("__len__($self, /)")]
fn dict_len(t: &Thread, this: Ref<Dict>) -> usize {
    this.len(t)
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn dict_getitem(t: &Thread, this: Ref<Dict>, key: Value) -> R {
    if let Some(value) = Dict::get(this.target(), t, key)? {
        return Ok(value);
    }
    if this.value().class(t) != t.classes().dict {
        let found = protocols::call_special_optional(t, crate::names::Special::Missing, this.value(), &[key])?;
        if let Some(value) = found {
            return Ok(value);
        }
    }
    Err(t.key_error(key))
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn dict_setitem(t: &Thread, this: Ref<Dict>, key: Value, value: Value) -> R<()> {
    this.set(t, key, value)
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn dict_delitem(t: &Thread, this: Ref<Dict>, key: Value) -> R<()> {
    let hash = hash_dict_key(t, key)?;
    match this.pop_hashed(t, key, hash)? {
        Some(_) => Ok(()),
        None => Err(t.key_error(key)),
    }
}

/// True if the dictionary has the specified key, else False.
#[native("__contains__($self, key, /)")]
fn dict_contains(t: &Thread, this: Ref<Dict>, key: Value) -> R<bool> {
    this.contains(t, key)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn dict_iter(t: &Thread, this: Ref<Dict>) -> R<Ref<DictKeyIterator>> {
    DictKeyIterator::make(t, t.classes().dict_keyiterator, this)
}

/// Return a reverse iterator over the dict keys.
#[native("__reversed__($self, /)")]
fn dict_reversed(t: &Thread, this: Ref<Dict>) -> R<Ref<DictReverseKeyIterator>> {
    DictReverseKeyIterator::make(t, t.classes().dict_reversekeyiterator, this)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn dict_repr(t: &Thread, this: Ref<Dict>) -> R<Ref<Str>> {
    let Some(_guard) = ReprGuard::enter(t, this.value())? else { return Str::new(t, "{...}") };
    let mut text = TextBuilder::new();
    text.push_str("{");
    let mut position = 0;
    let mut first = true;
    while let Some((key, value, _)) = this.next_entry(t, &mut position) {
        if !first {
            text.push_str(", ");
        }
        first = false;
        text.push_units(protocols::repr(t, key)?.units());
        text.push_str(": ");
        text.push_units(protocols::repr(t, value)?.units());
    }
    text.push_str("}");
    Str::from_owned(t, text.finish())
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn dict_eq(t: &Thread, this: Ref<Dict>, value: Value) -> R {
    match value.downcast::<Dict>() {
        Some(other) => Dict::equal(t, this, other).map(Value::bool),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn dict_ne(t: &Thread, this: Ref<Dict>, value: Value) -> R {
    match value.downcast::<Dict>() {
        Some(other) => Dict::equal(t, this, other).map(|equal| Value::bool(!equal)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

macro_rules! no_order {
    ($($name:ident $signature:literal $doc:literal;)*) => {
        $(#[doc = $doc]
        #[native($signature)]
        fn $name(_: &Thread, _this: Ref<Dict>, _value: Value) -> Value {
            Value::NOT_IMPLEMENTED
        })*
    };
}
no_order! {
    dict_lt "__lt__($self, value, /)" "Return self<value.";
    dict_le "__le__($self, value, /)" "Return self<=value.";
    dict_gt "__gt__($self, value, /)" "Return self>value.";
    dict_ge "__ge__($self, value, /)" "Return self>=value.";
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn dict_or(t: &Thread, this: Value, value: Value) -> R {
    union(t, this, value)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn dict_ror(t: &Thread, this: Value, value: Value) -> R {
    union(t, value, this)
}

fn union(t: &Thread, first: Value, second: Value) -> R {
    let (Some(first), Some(second)) = (first.downcast::<Dict>(), second.downcast::<Dict>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let result = first.copy(t)?;
    update(t, result, second.value())?;
    Ok(result.value())
}

/// Return self|=value.
#[native("__ior__($self, value, /)")]
fn dict_ior(t: &Thread, this: Ref<Dict>, value: Value) -> R<Ref<Dict>> {
    update(t, this, value)?;
    Ok(this)
}

/// Return the size of the dict in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn dict_sizeof(_: &Thread, this: Ref<Dict>) -> usize {
    this.size()
}

/// A list of the keys.
pub fn keys_list(t: &Thread, dict: Ref<Dict>) -> R<Ref<List>> {
    let list = List::with_capacity(t, dict.len(t))?;
    dict.for_each(t, |key, _| list.push(t, key))?;
    Ok(list)
}

/// A set of the keys.
pub fn keys_set(t: &Thread, dict: Ref<Dict>) -> R<Ref<Set>> {
    let set = Set::new(t)?;
    let mut position = 0;
    while let Some((key, _, hash)) = dict.next_entry(t, &mut position) {
        set.add_hashed(t, key, hash)?;
        t.stand_still();
    }
    Ok(set)
}

/// `dict`
pub static DICT: ClassDef = ClassDef {
    name: "dict",
    module: "builtins",
    layout: Dict::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::MAPPING | ClassFlags::MATCH_SELF,
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    methods: &[
        MethodDef::New(&DICT_NEW),
        MethodDef::Method(&DICT_INIT),
        MethodDef::Method(&DICT_UPDATE),
        MethodDef::Method(&DICT_GET),
        MethodDef::Method(&DICT_SETDEFAULT),
        MethodDef::Method(&DICT_POP),
        MethodDef::Method(&DICT_POPITEM),
        MethodDef::Method(&DICT_CLEAR),
        MethodDef::Method(&DICT_COPY),
        MethodDef::Class(&DICT_FROMKEYS),
        MethodDef::Method(&DICT_KEYS),
        MethodDef::Method(&DICT_VALUES),
        MethodDef::Method(&DICT_ITEMS),
        MethodDef::Method(&DICT_LEN),
        MethodDef::Method(&DICT_GETITEM),
        MethodDef::Method(&DICT_SETITEM),
        MethodDef::Method(&DICT_DELITEM),
        MethodDef::Method(&DICT_CONTAINS),
        MethodDef::Method(&DICT_ITER),
        MethodDef::Method(&DICT_REVERSED),
        MethodDef::Method(&DICT_REPR),
        MethodDef::Method(&DICT_EQ),
        MethodDef::Method(&DICT_NE),
        MethodDef::Method(&DICT_LT),
        MethodDef::Method(&DICT_LE),
        MethodDef::Method(&DICT_GT),
        MethodDef::Method(&DICT_GE),
        MethodDef::Method(&DICT_OR),
        MethodDef::Method(&DICT_ROR),
        MethodDef::Method(&DICT_IOR),
        MethodDef::Method(&DICT_SIZEOF),
        MethodDef::Class(&sequence::CLASS_GETITEM),
    ],
    getset: &[],
};
