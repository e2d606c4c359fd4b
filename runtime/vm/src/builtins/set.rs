//! The classes `set` and `frozenset`.

use text::TextBuilder;

use crate::builtins::{arguments, construct, sequence};
use crate::containers::ReprGuard;
use crate::containers::equality::hash_element;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::dict_iterators::SetIterator;
use crate::objects::{Class, ClassFlags, Dict, FrozenSet, List, Set, Str, Tuple};
use crate::protocols::{self, CompareOp};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
pub fn set_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = construct::class_argument(t, args, t.classes().set)?;
    super::object::new_instance(t, class)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, iterable=(), /)", raw)]
pub fn set_init(t: &Thread, args: Args<'_>) -> R<()> {
    let this = arguments::receiver::<Set>(t, args, &SET_INIT)?;
    let rest = args.rest();
    let iterable = sequence::only_argument(t, rest, "set")?;
    this.clear(t);
    match iterable {
        Some(iterable) => update(t, this, iterable),
        None => Ok(()),
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, iterable=(), /)", raw)]
pub fn frozenset_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = construct::class_argument(t, args, t.classes().frozenset)?;
    let exact = class == t.classes().frozenset;
    construct::no_keywords(t, class, t.classes().frozenset, rest)?;
    let iterable = match rest.positional() {
        [] => None,
        [iterable] => Some(*iterable),
        more => return Err(t.type_error(format_args!("frozenset expected at most 1 argument, got {}", more.len()))),
    };
    if let Some(iterable) = iterable.filter(|iterable| exact && iterable.class(t) == class) {
        return Ok(iterable);
    }
    let made = super::object::new_instance(t, class)?;
    if let (Some(iterable), Some(set)) = (iterable, Set::any_of(made)) {
        update(t, set, iterable)?;
    }
    Ok(made)
}

/// Adds all members of an iterable.
pub fn update(t: &Thread, set: Ref<Set>, iterable: Value) -> R<()> {
    if let Some(other) = Set::any_of(iterable) {
        return set.update_from_set(t, other);
    }
    if let Some(dict) = exact_dict(t, iterable) {
        let mut position = 0;
        while let Some((key, _, hash)) = dict.next_entry(t, &mut position) {
            set.add_hashed(t, key, hash)?;
            t.stand_still();
        }
        return Ok(());
    }
    protocols::for_each(t, iterable, |value| set.add(t, value).map(|_| ()))
}

/// A dict whose keys come with their hashes.
fn exact_dict(t: &Thread, value: Value) -> Option<Ref<Dict>> {
    value.downcast::<Dict>().filter(|_| value.class(t) == t.classes().dict)
}

/// Removes all members of an iterable.
pub fn difference_update(t: &Thread, set: Ref<Set>, iterable: Value) -> R<()> {
    match Set::any_of(iterable) {
        Some(other) if other == set => {
            set.clear(t);
            Ok(())
        }
        Some(other) => {
            let mut position = 0;
            while let Some((key, hash)) = other.next_entry(&mut position) {
                set.discard_hashed(t, key, hash)?;
                t.stand_still();
            }
            Ok(())
        }
        None => {
            if let Some(dict) = exact_dict(t, iterable) {
                let mut position = 0;
                while let Some((key, _, hash)) = dict.next_entry(t, &mut position) {
                    set.discard_hashed(t, key, hash)?;
                    t.stand_still();
                }
                return Ok(());
            }
            protocols::for_each(t, iterable, |value| set.discard(t, value).map(|_| ()))
        }
    }
}

/// Removes the members that an iterable has too, and adds its others.
pub fn symmetric_difference_update(t: &Thread, set: Ref<Set>, iterable: Value) -> R<()> {
    let other = match Set::any_of(iterable) {
        Some(other) if other == set => {
            set.clear(t);
            return Ok(());
        }
        Some(other) => other,
        None => {
            let other = Set::new(t)?;
            update(t, other, iterable)?;
            other
        }
    };
    let mut position = 0;
    while let Some((key, hash)) = other.next_entry(&mut position) {
        set.toggle_hashed(t, key, hash)?;
        t.stand_still();
    }
    Ok(())
}

/// The members of a set that an iterable has too.
fn intersection(t: &Thread, set: Ref<Set>, iterable: Value) -> R<Ref<Set>> {
    if let Some(other) = Set::any_of(iterable) {
        if other == set {
            return set.copy(t);
        }
        let result = Set::new(t)?;
        let (small, large) = if other.len() > set.len() { (set, other) } else { (other, set) };
        add_members(t, result, small, |key, hash| large.contains_hashed(t, key, hash))?;
        return Ok(result);
    }
    let result = Set::new(t)?;
    protocols::for_each(t, iterable, |value| {
        let hash = hash_element(t, value)?;
        if set.contains_hashed(t, value, hash)? {
            result.add_hashed(t, value, hash)?;
        }
        Ok(())
    })?;
    Ok(result)
}

/// The members of a set that an iterable does not have.
fn difference(t: &Thread, set: Ref<Set>, iterable: Value) -> R<Ref<Set>> {
    let Some(other) = Set::any_of(iterable) else {
        let result = set.copy(t)?;
        difference_update(t, result, iterable)?;
        return Ok(result);
    };
    let result = Set::new(t)?;
    add_members(t, result, set, |key, hash| other.contains_hashed(t, key, hash).map(|other_too| !other_too))?;
    Ok(result)
}

/// Adds the wanted members of another set to a new one that nobody else has. They differ, so none is looked for, unless the other
/// set changes meanwhile: then a member may come up twice.
fn add_members(t: &Thread, result: Ref<Set>, other: Ref<Set>, mut wanted: impl FnMut(Value, u64) -> R<bool>) -> R<()> {
    let (before, mut position) = (other.mutations(), 0);
    while let Some((key, hash)) = other.next_entry(&mut position) {
        if wanted(key, hash)? {
            if other.mutations() == before {
                result.add_new(t, key, hash)?;
            } else {
                result.add_hashed(t, key, hash)?;
            }
        }
        t.stand_still();
    }
    Ok(())
}

/// A result of the kind that an operand's class says: a set, or a frozen set.
fn of_kind(t: &Thread, kind: Value, set: Ref<Set>) -> R {
    if kind.downcast::<FrozenSet>().is_none() {
        return Ok(set.value());
    }
    let frozen = FrozenSet::new(t)?;
    frozen.take_over(t, set);
    Ok(frozen.value())
}

fn this_set(t: &Thread, this: Value) -> R<Ref<Set>> {
    Set::any_of(this).ok_or_else(|| t.type_error(format_args!("a set is required, not '{}'", this.class(t).name())))
}

/// Add an element to a set.
///
/// This has no effect if the element is already present.
#[native("add($self, object, /)")]
fn set_add(t: &Thread, this: Ref<Set>, object: Value) -> R<()> {
    this.add(t, object).map(|_| ())
}

/// The element to look for: a set, which has no hash, stands for a frozen set with its members.
fn searched(t: &Thread, key: Value) -> R<(Value, u64)> {
    if let Some(set) = key.downcast::<Set>()
        && key.class(t).special(t, crate::names::Special::Hash).is_none_or(|hash| hash.is_none())
    {
        let frozen = FrozenSet::new(t)?;
        frozen.assign(t, set)?;
        return Ok((frozen.value(), frozen.hash()));
    }
    Ok((key, hash_element(t, key)?))
}

/// Return bool(key in self).
#[native("__contains__($self, object, /)")]
fn set_contains(t: &Thread, this: Value, key: Value) -> R<bool> {
    contains(t, this, key)
}

/// Whether a set, frozen or not, has an element.
pub fn contains(t: &Thread, this: Value, key: Value) -> R<bool> {
    let set = this_set(t, this)?;
    let (key, hash) = searched(t, key)?;
    set.contains_hashed(t, key, hash)
}

/// Remove an element from a set if it is a member.
///
/// Unlike set.remove(), the discard() method does not raise
/// an exception when an element is missing from the set.
#[native("discard($self, object, /)")]
fn set_discard(t: &Thread, this: Ref<Set>, key: Value) -> R<()> {
    let (key, hash) = searched(t, key)?;
    this.discard_hashed(t, key, hash).map(|_| ())
}

/// Remove an element from a set; it must be a member.
///
/// If the element is not a member, raise a KeyError.
#[native("remove($self, object, /)")]
fn set_remove(t: &Thread, this: Ref<Set>, object: Value) -> R<()> {
    let (key, hash) = searched(t, object)?;
    if this.discard_hashed(t, key, hash)? { Ok(()) } else { Err(t.key_error(object)) }
}

/// Remove and return an arbitrary set element.
///
/// Raises KeyError if the set is empty.
#[native("pop($self, /)")]
fn set_pop(t: &Thread, this: Ref<Set>) -> R {
    match this.pop(t) {
        Some(value) => Ok(value),
        None => {
            let message = Str::new(t, "pop from an empty set")?;
            Err(t.key_error(message.value()))
        }
    }
}

/// Remove all elements from this set.
#[native("clear($self, /)")]
fn set_clear(t: &Thread, this: Ref<Set>) {
    this.clear(t);
}

/// Return a shallow copy of a set.
#[native("copy($self, /)")]
fn set_copy(t: &Thread, this: Value) -> R {
    if this.class(t) == t.classes().frozenset {
        return Ok(this);
    }
    of_kind(t, this, this_set(t, this)?.copy(t)?)
}

/// Return a new set with elements from the set and all others.
#[native("union($self, /, *others)")]
fn set_union(t: &Thread, this: Value, others: Ref<Tuple>) -> R {
    let others = others.target().as_slice();
    let more = others.first().and_then(|&other| Set::any_of(other)).map_or(0, |other| other.len());
    let result = this_set(t, this)?.copy_with_room(t, more)?;
    for &other in others {
        update(t, result, other)?;
    }
    of_kind(t, this, result)
}

/// Update the set, adding elements from all others.
#[native("update($self, /, *others)")]
fn set_update(t: &Thread, this: Ref<Set>, others: Ref<Tuple>) -> R<()> {
    for &other in others.target().as_slice() {
        update(t, this, other)?;
    }
    Ok(())
}

/// Return a new set with elements common to the set and all others.
#[native("intersection($self, /, *others)")]
fn set_intersection(t: &Thread, this: Value, others: Ref<Tuple>) -> R {
    let mut result = this_set(t, this)?;
    for &other in others.target().as_slice() {
        result = intersection(t, result, other)?;
    }
    of_kind(t, this, if others.is_empty() { result.copy(t)? } else { result })
}

/// Update the set, keeping only elements found in it and all others.
#[native("intersection_update($self, /, *others)")]
fn set_intersection_update(t: &Thread, this: Ref<Set>, others: Ref<Tuple>) -> R<()> {
    let mut result = this;
    for &other in others.target().as_slice() {
        result = intersection(t, result, other)?;
    }
    if result != this {
        this.take_over(t, result);
    }
    Ok(())
}

/// Return a new set with elements in the set that are not in the others.
#[native("difference($self, /, *others)")]
fn set_difference(t: &Thread, this: Value, others: Ref<Tuple>) -> R {
    let mut result = this_set(t, this)?;
    for &other in others.target().as_slice() {
        result = difference(t, result, other)?;
    }
    of_kind(t, this, if others.is_empty() { result.copy(t)? } else { result })
}

/// Update the set, removing elements found in others.
#[native("difference_update($self, /, *others)")]
fn set_difference_update(t: &Thread, this: Ref<Set>, others: Ref<Tuple>) -> R<()> {
    for &other in others.target().as_slice() {
        difference_update(t, this, other)?;
    }
    Ok(())
}

/// Return a new set with elements in either the set or other but not both.
#[native("symmetric_difference($self, other, /)")]
fn set_symmetric_difference(t: &Thread, this: Value, other: Value) -> R {
    let result = this_set(t, this)?.copy(t)?;
    symmetric_difference_update(t, result, other)?;
    of_kind(t, this, result)
}

/// Update the set, keeping only elements found in either set, but not in both.
#[native("symmetric_difference_update($self, other, /)")]
fn set_symmetric_difference_update(t: &Thread, this: Ref<Set>, other: Value) -> R<()> {
    symmetric_difference_update(t, this, other)
}

/// Return True if two sets have a null intersection.
#[native("isdisjoint($self, other, /)")]
fn set_isdisjoint(t: &Thread, this: Value, other: Value) -> R<bool> {
    let set = this_set(t, this)?;
    if let Some(other) = Set::any_of(other) {
        let (small, large) = if other.len() > set.len() { (set, other) } else { (other, set) };
        let mut position = 0;
        while let Some((key, hash)) = small.next_entry(&mut position) {
            if large.contains_hashed(t, key, hash)? {
                return Ok(false);
            }
            t.stand_still();
        }
        return Ok(true);
    }
    let mut disjoint = true;
    protocols::for_each_until(t, other, |value| {
        disjoint = !set.contains(t, value)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}

fn as_set(t: &Thread, iterable: Value) -> R<Ref<Set>> {
    if let Some(set) = Set::any_of(iterable) {
        return Ok(set);
    }
    let set = Set::new(t)?;
    update(t, set, iterable)?;
    Ok(set)
}

/// Report whether another set contains this set.
#[native("issubset($self, other, /)")]
fn set_issubset(t: &Thread, this: Value, other: Value) -> R<bool> {
    let set = this_set(t, this)?;
    set.is_subset(t, as_set(t, other)?)
}

/// Report whether this set contains another set.
#[native("issuperset($self, other, /)")]
fn set_issuperset(t: &Thread, this: Value, other: Value) -> R<bool> {
    let set = this_set(t, this)?;
    if let Some(other) = Set::any_of(other) {
        return other.is_subset(t, set);
    }
    let mut all = true;
    protocols::for_each_until(t, other, |value| {
        all = set.contains(t, value)?;
        Ok(all)
    })?;
    Ok(all)
}

/// Return len(self).
#[native("__len__($self, /)")]
fn set_len(t: &Thread, this: Value) -> R<usize> {
    Ok(this_set(t, this)?.len())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn set_iter(t: &Thread, this: Value) -> R<Ref<SetIterator>> {
    SetIterator::new(t, this_set(t, this)?)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn set_repr(t: &Thread, this: Value) -> R<Ref<Str>> {
    let (set, name) = (this_set(t, this)?, this.class(t).name());
    let Some(_guard) = ReprGuard::enter(t, this)? else { return Str::new(t, &format!("{name}(...)")) };
    if set.is_empty() {
        return Str::new(t, &format!("{name}()"));
    }
    let bare = this.class(t) == t.classes().set;
    let mut text = TextBuilder::new();
    text.push_str(&if bare { "{".to_owned() } else { format!("{name}({{") });
    let mut position = 0;
    let mut first = true;
    while let Some((key, _)) = set.next_entry(&mut position) {
        if !first {
            text.push_str(", ");
        }
        first = false;
        text.push_units(protocols::repr(t, key)?.units());
    }
    text.push_str(if bare { "}" } else { "})" });
    Str::from_owned(t, text.finish())
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn frozenset_hash(_: &Thread, this: Ref<FrozenSet>) -> i64 {
    this.hash() as i64
}

macro_rules! operators {
    ($($name:ident $signature:literal $doc:literal $operation:expr;)*) => {
        $(#[doc = $doc]
        #[native($signature)]
        fn $name(t: &Thread, this: Value, value: Value) -> R {
            let (Some(_), Some(_)) = (Set::any_of(this), Set::any_of(value)) else { return Ok(Value::NOT_IMPLEMENTED) };
            let operation: fn(&Thread, Value, Value) -> R = $operation;
            operation(t, this, value)
        })*
    };
}

fn and(t: &Thread, this: Value, value: Value) -> R {
    of_kind(t, this, intersection(t, this_set(t, this)?, value)?)
}
fn or(t: &Thread, this: Value, value: Value) -> R {
    let more = Set::any_of(value).map_or(0, |other| other.len());
    let result = this_set(t, this)?.copy_with_room(t, more)?;
    update(t, result, value)?;
    of_kind(t, this, result)
}
fn sub(t: &Thread, this: Value, value: Value) -> R {
    of_kind(t, this, difference(t, this_set(t, this)?, value)?)
}

operators! {
    set_and "__and__($self, value, /)" "Return self&value." and;
    set_rand "__rand__($self, value, /)" "Return value&self." |t, this, value| and(t, value, this);
    set_or "__or__($self, value, /)" "Return self|value." or;
    set_ror "__ror__($self, value, /)" "Return value|self." |t, this, value| or(t, value, this);
    set_sub "__sub__($self, value, /)" "Return self-value." sub;
    set_rsub "__rsub__($self, value, /)" "Return value-self." |t, this, value| sub(t, value, this);
    set_xor "__xor__($self, value, /)" "Return self^value." set_symmetric_difference;
    set_rxor "__rxor__($self, value, /)" "Return value^self." |t, this, value| set_symmetric_difference(t, value, this);
    set_ior "__ior__($self, value, /)" "Return self|=value." |t, this, value| {
        update(t, this_set(t, this)?, value)?;
        Ok(this)
    };
    set_iand "__iand__($self, value, /)" "Return self&=value." |t, this, value| {
        let set = this_set(t, this)?;
        let result = intersection(t, set, value)?;
        set.take_over(t, result);
        Ok(this)
    };
    set_isub "__isub__($self, value, /)" "Return self-=value." |t, this, value| {
        difference_update(t, this_set(t, this)?, value)?;
        Ok(this)
    };
    set_ixor "__ixor__($self, value, /)" "Return self^=value." |t, this, value| {
        symmetric_difference_update(t, this_set(t, this)?, value)?;
        Ok(this)
    };
}

fn compare(t: &Thread, this: Value, other: Value, op: CompareOp) -> R {
    let (Some(set), Some(value)) = (Set::any_of(this), Set::any_of(other)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let truth = match op {
        CompareOp::Eq => Set::equal(t, set, value)?,
        CompareOp::Ne => !Set::equal(t, set, value)?,
        CompareOp::Le => set.is_subset(t, value)?,
        CompareOp::Ge => value.is_subset(t, set)?,
        CompareOp::Lt => set.len() < value.len() && set.is_subset(t, value)?,
        CompareOp::Gt => set.len() > value.len() && value.is_subset(t, set)?,
    };
    Ok(Value::bool(truth))
}

crate::comparison_methods! {
    set_lt "__lt__($self, value, /)" Lt;
    set_le "__le__($self, value, /)" Le;
    set_eq "__eq__($self, value, /)" Eq;
    set_ne "__ne__($self, value, /)" Ne;
    set_gt "__gt__($self, value, /)" Gt;
    set_ge "__ge__($self, value, /)" Ge;
    => Value, compare
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn set_reduce(t: &Thread, this: Value) -> R {
    let set = this_set(t, this)?;
    let members = List::with_capacity(t, set.len())?;
    let mut position = 0;
    while let Some((key, _)) = set.next_entry(&mut position) {
        members.push(t, key)?;
    }
    let arguments = Tuple::from_slice(t, &[members.value()])?;
    let class: Ref<Class> = this.class(t);
    let state = protocols::call_method(t, this, t.names().__getstate__, &[])?;
    Ok(Tuple::from_slice(t, &[class.value(), arguments.value(), state])?.value())
}

/// S.__sizeof__() -> size of S in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn set_sizeof(t: &Thread, this: Value) -> R<usize> {
    Ok(this_set(t, this)?.size())
}

macro_rules! set_methods {
    ($($method:expr),* $(,)?) => {
        &[
            $($method,)*
            MethodDef::Method(&SET_CONTAINS),
            MethodDef::Method(&SET_COPY),
            MethodDef::Method(&SET_UNION),
            MethodDef::Method(&SET_INTERSECTION),
            MethodDef::Method(&SET_DIFFERENCE),
            MethodDef::Method(&SET_SYMMETRIC_DIFFERENCE),
            MethodDef::Method(&SET_ISDISJOINT),
            MethodDef::Method(&SET_ISSUBSET),
            MethodDef::Method(&SET_ISSUPERSET),
            MethodDef::Method(&SET_LEN),
            MethodDef::Method(&SET_ITER),
            MethodDef::Method(&SET_REPR),
            MethodDef::Method(&SET_AND),
            MethodDef::Method(&SET_RAND),
            MethodDef::Method(&SET_OR),
            MethodDef::Method(&SET_ROR),
            MethodDef::Method(&SET_SUB),
            MethodDef::Method(&SET_RSUB),
            MethodDef::Method(&SET_XOR),
            MethodDef::Method(&SET_RXOR),
            MethodDef::Method(&SET_LT),
            MethodDef::Method(&SET_LE),
            MethodDef::Method(&SET_EQ),
            MethodDef::Method(&SET_NE),
            MethodDef::Method(&SET_GT),
            MethodDef::Method(&SET_GE),
            MethodDef::Method(&SET_REDUCE),
            MethodDef::Method(&SET_SIZEOF),
            MethodDef::Class(&sequence::CLASS_GETITEM),
        ]
    };
}

/// `set`
pub static SET: ClassDef = ClassDef {
    name: "set",
    module: "builtins",
    layout: Set::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF | ClassFlags::MATCH_SELF,
    doc: "Build an unordered collection of unique elements.",
    methods: set_methods![
        MethodDef::New(&SET_NEW),
        MethodDef::Method(&SET_INIT),
        MethodDef::Method(&SET_ADD),
        MethodDef::Method(&SET_DISCARD),
        MethodDef::Method(&SET_REMOVE),
        MethodDef::Method(&SET_POP),
        MethodDef::Method(&SET_CLEAR),
        MethodDef::Method(&SET_UPDATE),
        MethodDef::Method(&SET_INTERSECTION_UPDATE),
        MethodDef::Method(&SET_DIFFERENCE_UPDATE),
        MethodDef::Method(&SET_SYMMETRIC_DIFFERENCE_UPDATE),
        MethodDef::Method(&SET_IOR),
        MethodDef::Method(&SET_IAND),
        MethodDef::Method(&SET_ISUB),
        MethodDef::Method(&SET_IXOR),
    ],
    getset: &[],
};

/// `frozenset`
pub static FROZENSET: ClassDef = ClassDef {
    name: "frozenset",
    module: "builtins",
    layout: FrozenSet::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF | ClassFlags::MATCH_SELF,
    doc: "Build an immutable unordered collection of unique elements.",
    methods: set_methods![MethodDef::New(&FROZENSET_NEW), MethodDef::Method(&FROZENSET_HASH)],
    getset: &[],
};
