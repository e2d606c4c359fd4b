//! `types.GenericAlias`: `list[int]`, and the substitution of type parameters that unions and `typing` share.

use sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::builtins::arguments::builtin;
use crate::builtins::construct::class_argument;
use crate::builtins::member::{positional, read_only};
use crate::containers::ValueVec;
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Class, ClassFlags, List, Str, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A parameterized class.
    pub struct GenericAlias {
        /// `__origin__`.
        pub origin: Slot,
        /// `__args__`, a tuple.
        pub args: Slot,
        /// `__parameters__`, a tuple, or unset until asked for.
        pub parameters: Slot,
        /// Whether it is `*alias`.
        pub starred: AtomicU32,
    }
    trace { origin, args, parameters }
}

heap_object! {
    /// The iterator over an alias, which gives the alias with a star, once.
    pub struct AliasIterator {
        /// The alias, until it was given.
        pub alias: Slot,
    }
    trace { alias }
    next(iterator_next)
    fixed
}

impl GenericAlias {
    /// The arguments.
    #[must_use]
    pub fn args(&self) -> Ref<Tuple> {
        self.args.get().and_then(Value::downcast).expect("every alias is made with a tuple")
    }

    /// The class.
    #[must_use]
    pub fn origin(&self) -> Value {
        self.origin.get().expect("every alias is made with an origin")
    }

    fn is_starred(&self) -> bool {
        self.starred.load(Relaxed) != 0
    }
}

fn of(value: Value) -> Ref<GenericAlias> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// `origin[args]`; an argument that is no tuple is the only one.
pub fn new(t: &Thread, origin: Value, args: Value) -> R {
    make(t, GENERIC_ALIAS.get(t), origin, args, false)
}

fn make(t: &Thread, class: Ref<Class>, origin: Value, args: Value, starred: bool) -> R {
    let args = match Tuple::of(t, args) {
        Some(args) => args,
        None => Tuple::from_slice(t, &[args])?,
    };
    let alias = t.allocate::<GenericAlias>(class)?;
    alias.set(|a| &a.origin, origin).set(|a| &a.args, args.value());
    alias.get().starred.store(u32::from(starred), Relaxed);
    Ok(alias.publish().value())
}

/// See PEP 585
#[native("__class_getitem__($type, object, /)")]
pub fn class_getitem(t: &Thread, class: Value, item: Value) -> R {
    new(t, class, item)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn alias_new(t: &Thread, args: Args<'_>) -> R {
    let (class, rest) = class_argument(t, args, GENERIC_ALIAS.get(t))?;
    let values = positional(t, "GenericAlias", rest, 2, 2)?;
    make(t, class, values[0], values[1], false)
}

/// How types show in the repr of an alias or union: classes by their qualified names.
pub fn type_text(t: &Thread, value: Value) -> R<String> {
    if value.is(Value::ELLIPSIS) {
        return Ok("...".to_owned());
    }
    if value.is_none() || value.is(t.classes().none_type.value()) {
        return Ok("None".to_owned());
    }
    let names = t.names();
    let alias = protocols::get_attribute_optional(t, value, names.__origin__)?.is_some()
        && protocols::get_attribute_optional(t, value, names.__args__)?.is_some();
    if !alias {
        let text = |name| -> R<Option<String>> {
            let found = protocols::get_attribute_optional(t, value, name)?.filter(|found| !found.is_none());
            found.map(|found| Ok(protocols::str(t, found)?.to_string_lossy())).transpose()
        };
        if let Some(qualname) = text(names.__qualname__)?
            && let Some(module) = text(names.__module__)?
        {
            return Ok(if module == "builtins" { qualname } else { format!("{module}.{qualname}") });
        }
    }
    Ok(protocols::repr(t, value)?.to_string_lossy())
}

fn argument_text(t: &Thread, value: Value) -> R<String> {
    let Some(list) = value.downcast::<List>() else { return type_text(t, value) };
    let mut texts = Vec::new();
    // The repr of an item may shorten the list.
    for index in 0..list.len() {
        let Some(item) = list.get(index) else {
            return Err(t.raise(t.classes().index_error, "list index out of range"));
        };
        texts.push(type_text(t, item)?);
    }
    Ok(format!("[{}]", texts.join(", ")))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn alias_repr(t: &Thread, this: Ref<GenericAlias>) -> R<String> {
    let star = if this.is_starred() { "*" } else { "" };
    let origin = type_text(t, this.origin())?;
    let mut texts = Vec::new();
    for &argument in this.args().target().as_slice() {
        texts.push(argument_text(t, argument)?);
    }
    let list = if texts.is_empty() { "()".to_owned() } else { texts.join(", ") };
    Ok(format!("{star}{origin}[{list}]"))
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn alias_hash(t: &Thread, this: Ref<GenericAlias>) -> R<i64> {
    let hash = (protocols::hash(t, this.origin())? ^ protocols::hash(t, this.args().value())?) as i64;
    Ok(if hash == -1 { -2 } else { hash })
}

fn same(t: &Thread, this: Ref<GenericAlias>, other: Value) -> R<Option<bool>> {
    let Some(other) = other.downcast::<GenericAlias>() else { return Ok(None) };
    if this.is_starred() != other.is_starred() || !protocols::equal(t, this.origin(), other.origin())? {
        return Ok(Some(false));
    }
    protocols::equal(t, this.args().value(), other.args().value()).map(Some)
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn alias_eq(t: &Thread, this: Ref<GenericAlias>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn alias_ne(t: &Thread, this: Ref<GenericAlias>, other: Value) -> R {
    Ok(same(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same)))
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn alias_call(t: &Thread, args: Args<'_>) -> R {
    let Some(&this) = args.values.first() else { return Err(t.type_error("descriptor '__call__' needs an argument")) };
    let object = protocols::call_args(t, of(this).origin(), args.rest())?;
    if let Err(raised) = protocols::set_attribute(t, object, t.names().__orig_class__, this) {
        // Objects that take no such attribute do without.
        let classes = t.classes();
        if !t.pending_is(classes.attribute_error) && !t.pending_is(classes.type_error) {
            return Err(raised);
        }
        t.clear_pending();
    }
    Ok(object)
}

/// Attributes of the alias itself; all others are the origin's.
const OWN: [&str; 9] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes of the origin's that are not the alias's.
const WITHHELD: [&str; 3] = ["__bases__", "__copy__", "__deepcopy__"];

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn alias_getattribute(t: &Thread, this: Value, name: Value) -> R {
    let Some(text) = Str::of(t, name) else {
        return Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name())));
    };
    if !OWN.iter().chain(&WITHHELD).any(|name| text.is(name)) {
        return protocols::get_attribute(t, of(this).origin(), text);
    }
    match protocols::generic_get_optional(t, this, text)? {
        Some(value) => Ok(value),
        None => Err(protocols::no_attribute(t, this, text)),
    }
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn alias_or(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::or(t, this, other)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn alias_ror(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::or(t, other, this)
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn alias_getitem(t: &Thread, this: Ref<GenericAlias>, item: Value) -> R {
    let parameters = parameters_of_alias(t, this)?;
    let args = substitute(t, this.value(), this.args(), parameters, item)?;
    make(t, GENERIC_ALIAS.get(t), this.origin(), args.value(), this.is_starred())
}

#[native("__mro_entries__($self, object, /)")]
fn alias_mro_entries(t: &Thread, this: Ref<GenericAlias>, _bases: Value) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[this.origin()])
}

#[native("__instancecheck__($self, object, /)")]
fn alias_instancecheck(t: &Thread, _this: Value, _object: Value) -> R {
    Err(t.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

#[native("__subclasscheck__($self, object, /)")]
fn alias_subclasscheck(t: &Thread, _this: Value, _object: Value) -> R {
    Err(t.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

#[native("__reduce__($self, /)")]
fn alias_reduce(t: &Thread, this: Ref<GenericAlias>) -> R<Ref<Tuple>> {
    if this.is_starred() {
        let plain = make(t, GENERIC_ALIAS.get(t), this.origin(), this.args().value(), false)?;
        let iterator = protocols::iterate(t, plain)?;
        return Tuple::pair(t, builtin(t, "next")?, Tuple::from_slice(t, &[iterator])?.value());
    }
    let arguments = Tuple::pair(t, this.origin(), this.args().value())?;
    Tuple::pair(t, this.value().class(t).value(), arguments.value())
}

#[native("__dir__($self, /)")]
fn alias_dir(t: &Thread, this: Ref<GenericAlias>) -> R {
    let dir = builtin(t, "dir")?;
    let names = protocols::call(t, dir, &[this.origin()])?;
    let list = List::new(t)?;
    for &name in protocols::list_of(t, names)?.to_tuple(t)?.as_slice() {
        if !Str::of(t, name).is_some_and(|text| WITHHELD.iter().any(|withheld| text.is(withheld))) {
            list.push(t, name)?;
        }
    }
    for own in OWN {
        let name = Str::interned(t, own)?.value();
        if !protocols::contains(t, list.value(), name)? {
            list.push(t, name)?;
        }
    }
    Ok(list.value())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn alias_iter(t: &Thread, this: Ref<GenericAlias>) -> R {
    let made = t.allocate_exact::<AliasIterator>(ALIAS_ITERATOR.get(t))?;
    made.set(|i| &i.alias, this.value());
    Ok(made.publish().value())
}

fn iterator_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(this) = iterator.downcast::<AliasIterator>() else { return Ok(None) };
    let Some(alias) = this.alias.get() else { return Ok(None) };
    this.alias.put(this.header(), t, None);
    let alias = of(alias);
    make(t, GENERIC_ALIAS.get(t), alias.origin(), alias.args().value(), true).map(Some)
}

#[native("__reduce__($self, /)")]
fn iterator_reduce(t: &Thread, this: Ref<AliasIterator>) -> R<Ref<Tuple>> {
    let iter = builtin(t, "iter")?;
    let source = match this.alias.get() {
        Some(alias) => alias,
        None => t.empty_tuple().value(),
    };
    Tuple::pair(t, iter, Tuple::from_slice(t, &[source])?.value())
}

fn get_origin(_: &Thread, object: Value) -> R {
    Ok(of(object).origin())
}

fn get_args(_: &Thread, object: Value) -> R {
    Ok(of(object).args().value())
}

fn get_unpacked(_: &Thread, object: Value) -> R {
    Ok(Value::bool(of(object).is_starred()))
}

fn get_parameters(t: &Thread, object: Value) -> R {
    Ok(parameters_of_alias(t, of(object))?.value())
}

fn parameters_of_alias(t: &Thread, alias: Ref<GenericAlias>) -> R<Ref<Tuple>> {
    if let Some(known) = alias.parameters.get().and_then(Value::downcast::<Tuple>) {
        return Ok(known);
    }
    let found = parameters(t, alias.args())?;
    alias.parameters.put(alias.header(), t, found.value());
    Ok(found)
}

fn get_unpacked_args(t: &Thread, object: Value) -> R {
    let this = of(object);
    Ok(if this.is_starred() && this.origin().is(t.classes().tuple.value()) { this.args().value() } else { Value::NONE })
}

fn add_once(t: &Thread, found: &mut ValueVec, value: Value) -> R<()> {
    if found.iter().any(|known| known.is(value)) { Ok(()) } else { found.push(t, value) }
}

/// The type parameters in a tuple of arguments, in order, each once.
pub fn parameters(t: &Thread, args: Ref<Tuple>) -> R<Ref<Tuple>> {
    let mut found = ValueVec::new(t);
    collect_parameters(t, args, &mut found)?;
    found.into_tuple(t)
}

fn collect_parameters(t: &Thread, args: Ref<Tuple>, found: &mut ValueVec) -> R<()> {
    t.check_recursion("")?;
    let names = t.names();
    for &argument in args.target().as_slice() {
        if argument.downcast::<Class>().is_some() {
            continue;
        }
        if let Some(nested) = nested(t, argument)? {
            collect_parameters(t, nested, found)?;
            continue;
        }
        if protocols::get_attribute_optional(t, argument, names.__typing_subst__)?.is_some() {
            add_once(t, found, argument)?;
            continue;
        }
        let inner = protocols::get_attribute_optional(t, argument, names.__parameters__)?;
        for &parameter in inner.and_then(|inner| Tuple::of(t, inner)).iter().flat_map(|inner| inner.target().as_slice())
        {
            add_once(t, found, parameter)?;
        }
    }
    Ok(())
}

/// A tuple or list among arguments, as a tuple.
fn nested(t: &Thread, argument: Value) -> R<Option<Ref<Tuple>>> {
    if let Some(list) = argument.downcast::<List>() {
        return list.to_tuple(t).map(Some);
    }
    Ok(Tuple::of(t, argument))
}

/// `*tuple[...]` among the arguments stands for what is inside.
fn unpack_arguments(t: &Thread, item: Value) -> R<Ref<Tuple>> {
    let given = match Tuple::of(t, item) {
        Some(given) => given,
        None => Tuple::from_slice(t, &[item])?,
    };
    let mut unpacked = ValueVec::new(t);
    for &value in given.target().as_slice() {
        if value.downcast::<Class>().is_none() {
            let inner = protocols::get_attribute_optional(t, value, t.names().__typing_unpacked_tuple_args__)?;
            if let Some(inner) = inner.and_then(|inner| Tuple::of(t, inner))
                && !inner.target().as_slice().last().is_some_and(|last| last.is(Value::ELLIPSIS))
            {
                unpacked.extend_from_slice(t, inner.target().as_slice())?;
                continue;
            }
        }
        unpacked.push(t, value)?;
    }
    unpacked.into_tuple(t)
}

#[cold]
fn wrong_count(t: &Thread, this: Value, actual: usize, expected: usize) -> Raised {
    let many = if actual > expected { "many" } else { "few" };
    match protocols::repr(t, this) {
        Ok(shown) => t.type_error(format_args!(
            "Too {many} arguments for {}; actual {actual}, expected {expected}",
            shown.to_string_lossy()
        )),
        Err(raised) => raised,
    }
}

/// `args` with `parameters` replaced by what `item` gives for them.
pub fn substitute(t: &Thread, this: Value, args: Ref<Tuple>, parameters: Ref<Tuple>, item: Value) -> R<Ref<Tuple>> {
    if parameters.is_empty() {
        let shown = protocols::repr(t, this)?.to_string_lossy();
        return Err(t.type_error(format_args!("{shown} is not a generic class")));
    }
    let mut given = unpack_arguments(t, item)?;
    for &parameter in parameters.target().as_slice() {
        let prepare = protocols::get_attribute_optional(t, parameter, t.names().__typing_prepare_subst__)?;
        if let Some(prepare) = prepare.filter(|prepare| !prepare.is_none()) {
            let prepared = protocols::call(t, prepare, &[this, given.value()])?;
            given = match Tuple::of(t, prepared) {
                Some(prepared) => prepared,
                None => Tuple::from_slice(t, &[prepared])?,
            };
        }
    }
    if given.len() != parameters.len() {
        return Err(wrong_count(t, this, given.len(), parameters.len()));
    }
    replace_all(t, args, parameters, given)
}

fn replace_all(t: &Thread, args: Ref<Tuple>, parameters: Ref<Tuple>, given: Ref<Tuple>) -> R<Ref<Tuple>> {
    t.check_recursion("")?;
    let names = t.names();
    let mut replaced = ValueVec::new(t);
    for &argument in args.target().as_slice() {
        if argument.downcast::<Class>().is_some() {
            replaced.push(t, argument)?;
            continue;
        }
        if let Some(inner) = nested(t, argument)? {
            let inner = replace_all(t, inner, parameters, given)?;
            let is_list = argument.downcast::<List>().is_some();
            replaced.push(
                t,
                if is_list { List::from_slice(t, inner.target().as_slice())?.value() } else { inner.value() },
            )?;
            continue;
        }
        let unpack = match protocols::get_attribute_optional(t, argument, names.__typing_is_unpacked_typevartuple__)? {
            Some(flag) => protocols::is_true(t, flag)?,
            None => false,
        };
        let value = match protocols::get_attribute_optional(t, argument, names.__typing_subst__)? {
            Some(method) => {
                let index = parameters.target().as_slice().iter().position(|parameter| parameter.is(argument));
                let Some(index) = index else {
                    let shown = protocols::repr(t, argument)?.to_string_lossy();
                    return Err(t.type_error(format_args!(
                        "argument {shown} with __typing_subst__ was not found in __parameters__"
                    )));
                };
                protocols::call(t, method, &[given.get(index)])?
            }
            None => replace_inside(t, argument, parameters, given)?,
        };
        if !unpack {
            replaced.push(t, value)?;
            continue;
        }
        let Some(values) = Tuple::of(t, value) else {
            let (kind, got) = (argument.class(t).full_name(t), value.class(t).full_name(t));
            return Err(
                t.type_error(format_args!("expected __typing_subst__ of {kind} objects to return a tuple, not {got}"))
            );
        };
        replaced.extend_from_slice(t, values.target().as_slice())?;
    }
    replaced.into_tuple(t)
}

/// An argument that is itself generic, with its own parameters replaced.
fn replace_inside(t: &Thread, argument: Value, parameters: Ref<Tuple>, given: Ref<Tuple>) -> R {
    let own = protocols::get_attribute_optional(t, argument, t.names().__parameters__)?;
    let Some(own) = own.and_then(|own| Tuple::of(t, own)).filter(|own| !own.is_empty()) else { return Ok(argument) };
    let mut inner = ValueVec::new(t);
    for &parameter in own.target().as_slice() {
        let Some(index) = parameters.target().as_slice().iter().position(|known| known.is(parameter)) else {
            inner.push(t, parameter)?;
            continue;
        };
        let value = given.get(index);
        // What stands for a tuple of parameters is spliced in.
        let is_variadic = parameter.class(t).special(t, crate::names::Special::Iter).is_some();
        match Tuple::of(t, value).filter(|_| is_variadic) {
            Some(values) => inner.extend_from_slice(t, values.target().as_slice())?,
            None => inner.push(t, value)?,
        }
    }
    let inner = inner.into_tuple(t)?;
    protocols::get_item(t, argument, inner.value())
}

/// `types.GenericAlias`.
pub static GENERIC_ALIAS: NativeClass = NativeClass::new(ClassDef {
    name: "GenericAlias",
    module: "types",
    layout: GenericAlias::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF,
    doc: "GenericAlias(origin, args, /)\n--\n\nA class with type arguments, as in list[int].",
    methods: &[
        MethodDef::New(&ALIAS_NEW),
        MethodDef::Method(&ALIAS_REPR),
        MethodDef::Method(&ALIAS_HASH),
        MethodDef::Method(&ALIAS_EQ),
        MethodDef::Method(&ALIAS_NE),
        MethodDef::Method(&ALIAS_CALL),
        MethodDef::Method(&ALIAS_GETATTRIBUTE),
        MethodDef::Method(&ALIAS_ITER),
        MethodDef::Method(&ALIAS_OR),
        MethodDef::Method(&ALIAS_ROR),
        MethodDef::Method(&ALIAS_GETITEM),
        MethodDef::Method(&ALIAS_MRO_ENTRIES),
        MethodDef::Method(&ALIAS_INSTANCECHECK),
        MethodDef::Method(&ALIAS_SUBCLASSCHECK),
        MethodDef::Method(&ALIAS_REDUCE),
        MethodDef::Method(&ALIAS_DIR),
    ],
    getset: &[
        GetSet { name: "__origin__", get: get_origin, set: Some(read_only), doc: "" },
        GetSet { name: "__args__", get: get_args, set: Some(read_only), doc: "" },
        GetSet { name: "__unpacked__", get: get_unpacked, set: Some(read_only), doc: "" },
        GetSet { name: "__parameters__", get: get_parameters, set: None, doc: "Type variables in the GenericAlias." },
        GetSet { name: "__typing_unpacked_tuple_args__", get: get_unpacked_args, set: None, doc: "" },
    ],
});

/// The iterator over an alias.
pub static ALIAS_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "generic_alias_iterator",
    module: "builtins",
    layout: AliasIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&protocols::ITERATOR_NEXT),
        MethodDef::Method(&ITERATOR_REDUCE),
    ],
    getset: &[],
});
