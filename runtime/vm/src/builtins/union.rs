//! `typing.Union`, also known as `types.UnionType`: `int | str`.

use crate::builtins::generic_alias::{GENERIC_ALIAS, parameters, substitute, type_text};
use crate::builtins::member::read_only;
use crate::containers::ValueVec;
use crate::heap_object;
use crate::native;
use crate::native::{ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Class, ClassFlags, Set, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A union of types.
    pub struct Union {
        /// `__args__`, a tuple.
        pub args: Slot,
        /// Those that can be hashed, a set.
        pub hashable: Slot,
        /// The others, a tuple.
        pub unhashable: Slot,
        /// `__parameters__`, a tuple, or unset until asked for.
        pub parameters: Slot,
    }
    trace { args, hashable, unhashable, parameters }
    fixed
}

impl Union {
    /// The members.
    #[must_use]
    pub fn args(&self) -> Ref<Tuple> {
        self.args.get().and_then(Value::downcast).expect("every union is made with a tuple")
    }

    fn hashable(&self) -> Ref<Set> {
        self.hashable.get().and_then(Value::downcast).expect("every union is made with a set")
    }

    fn unhashable(&self) -> Ref<Tuple> {
        self.unhashable.get().and_then(Value::downcast).expect("every union is made with a tuple")
    }
}

/// The members of a union, if the value is one.
#[must_use]
pub fn members(value: Value) -> Option<Ref<Tuple>> {
    value.downcast::<Union>().map(|union| union.args())
}

/// A union while it is made: flat, each member once.
struct Builder {
    args: ValueVec,
    hashable: Ref<Set>,
    unhashable: ValueVec,
}

impl Builder {
    fn new(t: &Thread) -> R<Self> {
        Ok(Self { args: ValueVec::new(t), hashable: Set::new(t)?, unhashable: ValueVec::new(t) })
    }

    fn add(&mut self, t: &Thread, value: Value) -> R<()> {
        if let Some(members) = members(value) {
            for &member in members.target().as_slice() {
                self.add_one(t, member)?;
            }
            return Ok(());
        }
        self.add_one(t, if value.is_none() { t.classes().none_type.value() } else { value })
    }

    fn add_one(&mut self, t: &Thread, value: Value) -> R<()> {
        match protocols::hash(t, value) {
            Ok(hash) => {
                if !self.hashable.add_hashed(t, value, hash)? {
                    return Ok(());
                }
            }
            Err(raised) => {
                t.catch(raised, t.classes().type_error)?;
                for index in 0..self.unhashable.len() {
                    if protocols::equal(t, self.unhashable.get(index), value)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(t, value)?;
            }
        }
        self.args.push(t, value)
    }

    fn finish(self, t: &Thread) -> R {
        if self.args.len() == 1 {
            return Ok(self.args.get(0));
        }
        let (args, unhashable) = (self.args.into_tuple(t)?, self.unhashable.into_tuple(t)?);
        let made = t.allocate_exact::<Union>(UNION.get(t))?;
        made.set(|u| &u.args, args.value())
            .set(|u| &u.hashable, self.hashable.value())
            .set(|u| &u.unhashable, unhashable.value());
        Ok(made.publish().value())
    }
}

fn can_join(t: &Thread, value: Value) -> bool {
    let class = value.class(t);
    value.is_none()
        || value.downcast::<Class>().is_some()
        || value.downcast::<Union>().is_some()
        || class.is_subclass_of(GENERIC_ALIAS.get(t))
        || class == crate::builtins::typing::TYPE_ALIAS.get(t)
}

/// `left | right` for types; NotImplemented if either is none.
pub fn or(t: &Thread, left: Value, right: Value) -> R {
    if !can_join(t, left) || !can_join(t, right) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut builder = Builder::new(t)?;
    builder.add(t, left)?;
    builder.add(t, right)?;
    builder.finish(t)
}

/// `typing.Union[...]`, where anything that `typing` takes for a type may be a member.
pub fn of_types(t: &Thread, types: &[Value]) -> R {
    let mut builder = Builder::new(t)?;
    for &value in types {
        let plain = can_join(t, value);
        let value = if plain { value } else { checked_type(t, value)? };
        builder.add(t, value)?;
    }
    builder.finish(t)
}

fn checked_type(t: &Thread, value: Value) -> R {
    let message = Str::new(t, "Union[arg, ...]: each arg must be a type.")?;
    crate::builtins::typing::call_typing(t, "_type_check", &[value, message.value()])
}

/// Create a union containing the given types
#[native("__class_getitem__($type, object, /)")]
fn union_class_getitem(t: &Thread, _class: Value, item: Value) -> R {
    match Tuple::of(t, item) {
        Some(types) if types.is_empty() => Err(t.type_error("Cannot take a Union of no types.")),
        Some(types) => of_types(t, types.target().as_slice()),
        None => of_types(t, &[item]),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn union_repr(t: &Thread, this: Ref<Union>) -> R<String> {
    let mut texts = Vec::new();
    for &member in this.args().target().as_slice() {
        texts.push(type_text(t, member)?);
    }
    Ok(texts.join(" | "))
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn union_hash(t: &Thread, this: Ref<Union>) -> R<i64> {
    let unhashable = this.unhashable();
    if let Some(&first) = unhashable.target().as_slice().first() {
        // The error is the member's own, unless it has become hashable.
        protocols::hash(t, first)?;
        let count = unhashable.len();
        return Err(t.type_error(format_args!(
            "union contains {count} unhashable element{}",
            if count == 1 { "" } else { "s" }
        )));
    }
    Ok(this.hashable().hash_of_members() as i64)
}

fn same(t: &Thread, this: Ref<Union>, other: Value) -> R<Option<bool>> {
    let Some(other) = other.downcast::<Union>() else { return Ok(None) };
    let (mine, theirs) = (this.unhashable(), other.unhashable());
    if mine.len() != theirs.len() || !Set::equal(t, this.hashable(), other.hashable())? {
        return Ok(Some(false));
    }
    for &value in mine.target().as_slice() {
        let mut found = false;
        for &candidate in theirs.target().as_slice() {
            found = found || protocols::equal(t, value, candidate)?;
        }
        if !found {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn union_eq(t: &Thread, this: Ref<Union>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn union_ne(t: &Thread, this: Ref<Union>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same)))
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn union_or(t: &Thread, this: Value, other: Value) -> R {
    of_types(t, &[this, other])
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn union_ror(t: &Thread, this: Value, other: Value) -> R {
    of_types(t, &[other, this])
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn union_getitem(t: &Thread, this: Ref<Union>, item: Value) -> R {
    let replaced = substitute(t, this.value(), this.args(), parameters_of(t, this)?, item)?;
    of_types(t, replaced.target().as_slice())
}

#[native("__mro_entries__($self, object, /)")]
fn union_mro_entries(t: &Thread, this: Value, _bases: Value) -> R {
    let shown = protocols::repr(t, this)?.to_string_lossy();
    Err(t.type_error(format_args!("Cannot subclass {shown}")))
}

fn of(value: Value) -> Ref<Union> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn get_args(_: &Thread, object: Value) -> R {
    Ok(of(object).args().value())
}

fn get_name(t: &Thread, _: Value) -> R {
    Ok(Str::interned(t, "Union")?.value())
}

fn get_origin(t: &Thread, _: Value) -> R {
    Ok(UNION.get(t).value())
}

fn get_parameters(t: &Thread, object: Value) -> R {
    Ok(parameters_of(t, of(object))?.value())
}

fn parameters_of(t: &Thread, union: Ref<Union>) -> R<Ref<Tuple>> {
    if let Some(known) = union.parameters.get().and_then(Value::downcast::<Tuple>) {
        return Ok(known);
    }
    let found = parameters(t, union.args())?;
    union.parameters.put(union.header(), t, found.value());
    Ok(found)
}

/// `typing.Union`.
pub static UNION: NativeClass = NativeClass::new(ClassDef {
    name: "Union",
    module: "typing",
    layout: Union::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "Represent a union type\n\nE.g. for int | str",
    methods: &[
        MethodDef::Method(&UNION_REPR),
        MethodDef::Method(&UNION_HASH),
        MethodDef::Method(&UNION_EQ),
        MethodDef::Method(&UNION_NE),
        MethodDef::Method(&UNION_OR),
        MethodDef::Method(&UNION_ROR),
        MethodDef::Method(&UNION_GETITEM),
        MethodDef::Method(&UNION_MRO_ENTRIES),
        MethodDef::Class(&UNION_CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "__args__", get: get_args, set: Some(read_only), doc: "" },
        GetSet { name: "__name__", get: get_name, set: None, doc: "Name of the type" },
        GetSet { name: "__qualname__", get: get_name, set: None, doc: "Qualified name of the type" },
        GetSet { name: "__origin__", get: get_origin, set: None, doc: "Always returns the type" },
        GetSet {
            name: "__parameters__",
            get: get_parameters,
            set: None,
            doc: "Type variables in the types.UnionType.",
        },
    ],
});
