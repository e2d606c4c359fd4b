//! `OrderedDict`: a dict already keeps its order; this class adds moving to either end and comparing in order.

use text::TextBuilder;
use vm::builtins::dict::{dict_init, update};
use vm::builtins::dict_views;
use vm::builtins::sequence::CLASS_GETITEM;
use vm::containers::ReprGuard;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::dict_iterators::{DictItems, DictKeys, DictValues};
use vm::objects::{ClassFlags, Dict};
use vm::protocols::{self, CompareOp};
use vm::shared::NativeClass;
use vm::{R, Ref, Str, Thread, Tuple, Value, native};

fn is_ordered(t: &Thread, value: Value) -> bool {
    value.class(t).is_subclass_of(ORDERED_DICT.get(t))
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__", raw)]
fn ordered_init(t: &Thread, args: Args<'_>) -> R<()> {
    ordered_update(t, args)
}

/// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
#[native("update", raw)]
fn ordered_update(t: &Thread, args: Args<'_>) -> R<()> {
    let Some(&this) = args.positional().first() else {
        return Err(t.type_error("unbound method update() needs an argument"));
    };
    let own_class = this.class(t);
    if own_class.lookup(t, t.names().__setitem__) == t.classes().dict.lookup(t, t.names().__setitem__) {
        return dict_init(t, args);
    }
    // A subclass that stores items its own way is asked to store each.
    let rest = args.rest();
    if rest.positional().len() > 1 {
        let given = rest.positional().len();
        return Err(t.type_error(format_args!("update() takes at most 1 positional argument ({given} given)")));
    }
    let gathered = Dict::new(t)?;
    if let Some(&other) = rest.positional().first() {
        update(t, gathered, other)?;
    }
    for (name, value) in rest.keywords() {
        gathered.set_str(t, name, value)?;
    }
    gathered.for_each(t, |key, value| protocols::set_item(t, this, key, value))
}

/// Move an existing element to the end (or beginning if last is false).
///
/// Raise KeyError if the element does not exist.
#[native("move_to_end($self, /, key, last=True)")]
fn ordered_move_to_end(t: &Thread, this: Ref<Dict>, key: Value, last: bool) -> R<()> {
    if this.move_to_end(t, key, last)? { Ok(()) } else { Err(t.key_error(key)) }
}

/// Remove and return a (key, value) pair from the dictionary.
///
/// Pairs are returned in LIFO order if last is true or FIFO order if false.
#[native("popitem($self, /, last=True)")]
fn ordered_popitem(t: &Thread, this: Ref<Dict>, last: bool) -> R<Ref<Tuple>> {
    let entry = if last {
        this.pop_item(t)?
    } else {
        match this.next_entry(t, &mut 0) {
            Some((key, value, hash)) => {
                this.pop_hashed(t, key, hash)?.map(|popped| (key, if popped.is(value) { value } else { popped }))
            }
            None => None,
        }
    };
    match entry {
        Some((key, value)) => Tuple::pair(t, key, value),
        None => {
            let message = Str::new(t, "dictionary is empty")?;
            Err(t.key_error(message.value()))
        }
    }
}

/// od.pop(key[,default]) -> v, remove specified key and return the corresponding value.
///
/// If the key is not found, return the default if given; otherwise,
/// raise a KeyError.
#[native("pop($self, /, key, default=<unrepresentable>)")]
fn ordered_pop(t: &Thread, this: Ref<Dict>, key: Value, default: Option<Value>) -> R {
    if let Some(value) = this.pop(t, key)? {
        return Ok(value);
    }
    if default.is_none() && !is_exact(t, this) {
        let missing = protocols::call_special_optional(t, vm::names::Special::Missing, this.value(), &[key])?;
        if let Some(value) = missing {
            return Ok(value);
        }
    }
    default.ok_or_else(|| t.key_error(key))
}

fn is_exact(t: &Thread, this: Ref<Dict>) -> bool {
    this.value().class(t) == ORDERED_DICT.get(t)
}

/// Insert key with a value of default if key is not in the dictionary.
///
/// Return the value for key if key is in the dictionary, else default.
#[native("setdefault($self, /, key, default=None)")]
fn ordered_setdefault(t: &Thread, this: Ref<Dict>, key: Value, default: Value) -> R {
    if is_exact(t, this) {
        return Ok(this.set_default(t, key, default)?.0);
    }
    if let Some(value) = Dict::get(this.target(), t, key)? {
        return Ok(value);
    }
    protocols::set_item(t, this.value(), key, default)?;
    Ok(default)
}

/// od.copy() -> a shallow copy of od
#[native("copy($self, /)")]
fn ordered_copy(t: &Thread, this: Ref<Dict>) -> R {
    let class = this.value().class(t);
    let copy = protocols::call(t, class.value(), &[])?;
    if let Some(dict) = copy.downcast::<Dict>().filter(|_| is_exact(t, this)) {
        dict.update_from_dict(t, this)?;
        return Ok(copy);
    }
    this.for_each(t, |key, value| protocols::set_item(t, copy, key, value))?;
    Ok(copy)
}

/// Create a new ordered dictionary with keys from iterable and values set to value.
#[native("fromkeys($type, /, iterable, value=None)")]
fn ordered_fromkeys(t: &Thread, class: Value, iterable: Value, value: Value) -> R {
    let made = protocols::call(t, class, &[])?;
    protocols::for_each(t, iterable, |key| protocols::set_item(t, made, key, value))?;
    Ok(made)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn ordered_repr(t: &Thread, this: Ref<Dict>) -> R<Ref<Str>> {
    let name = this.value().class(t).name();
    if this.is_empty(t) {
        return Str::new(t, &format!("{name}()"));
    }
    let Some(_guard) = ReprGuard::enter(t, this.value())? else { return Str::new(t, "...") };
    let shown = protocols::repr(t, this.copy(t)?.value())?;
    let mut text = TextBuilder::new();
    text.push_str(&name);
    text.push_str("(");
    text.push_units(shown.units());
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

fn same_order(t: &Thread, this: Ref<Dict>, other: Ref<Dict>) -> R<bool> {
    let (mut at, mut others) = (0, 0);
    while let Some((key, ..)) = this.next_entry(t, &mut at) {
        match other.next_entry(t, &mut others) {
            Some((there, ..)) if there.is(key) || protocols::equal(t, key, there)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn compare(t: &Thread, this: Ref<Dict>, other: Value, op: CompareOp) -> R {
    let Some(dict) = other.downcast::<Dict>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let mut equal = Dict::equal(t, this, dict)?;
    if equal && is_ordered(t, other) {
        equal = same_order(t, this, dict)?;
    }
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

vm::comparison_methods! {
    ordered_eq "__eq__($self, value, /)" Eq;
    ordered_ne "__ne__($self, value, /)" Ne;
    => Ref<Dict>, compare
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn ordered_or(t: &Thread, this: Value, value: Value) -> R {
    union(t, this, this, value)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn ordered_ror(t: &Thread, this: Value, value: Value) -> R {
    union(t, this, value, this)
}

fn union(t: &Thread, this: Value, first: Value, second: Value) -> R {
    if first.downcast::<Dict>().is_none() || second.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let made = protocols::call(t, this.class(t).value(), &[first])?;
    protocols::call_method(t, made, t.names().update, &[second])?;
    Ok(made)
}

/// Return self|=value.
#[native("__ior__($self, value, /)")]
fn ordered_ior(t: &Thread, this: Value, value: Value) -> R {
    protocols::call_method(t, this, t.names().update, &[value])?;
    Ok(this)
}

/// Return state information for pickling
#[native("__reduce__($self, /)")]
fn ordered_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    let state = protocols::call_method(t, this, t.names().__getstate__, &[])?;
    let items = protocols::call_method(t, this, t.names().items, &[])?;
    let iterator = protocols::iterate(t, items)?;
    Tuple::from_slice(t, &[this.class(t).value(), Tuple::empty(t).value(), state, Value::NONE, iterator])
}

/// D.keys() -> a set-like object providing a view on D's keys
#[native("keys($self, /)")]
fn ordered_keys(t: &Thread, this: Ref<Dict>) -> R<Ref<DictKeys>> {
    DictKeys::new(t, ODICT_KEYS.get(t), this)
}

/// D.values() -> an object providing a view on D's values
#[native("values($self, /)")]
fn ordered_values(t: &Thread, this: Ref<Dict>) -> R<Ref<DictValues>> {
    DictValues::new(t, ODICT_VALUES.get(t), this)
}

/// D.items() -> a set-like object providing a view on D's items
#[native("items($self, /)")]
fn ordered_items(t: &Thread, this: Ref<Dict>) -> R<Ref<DictItems>> {
    DictItems::new(t, ODICT_ITEMS.get(t), this)
}

const fn view(name: &'static str, of: &'static ClassDef, base: fn(&Thread) -> Ref<vm::Class>) -> NativeClass {
    NativeClass::new(ClassDef {
        name,
        module: "builtins",
        layout: of.layout,
        base: Some(base),
        flags: ClassFlags::NO_NEW,
        doc: "",
        methods: &[],
        getset: &[],
    })
}

static ODICT_KEYS: NativeClass = view("odict_keys", &dict_views::DICT_KEYS, |t| t.classes().dict_keys);
static ODICT_VALUES: NativeClass = view("odict_values", &dict_views::DICT_VALUES, |t| t.classes().dict_values);
static ODICT_ITEMS: NativeClass = view("odict_items", &dict_views::DICT_ITEMS, |t| t.classes().dict_items);

/// `OrderedDict`
pub static ORDERED_DICT: NativeClass = NativeClass::new(ClassDef {
    name: "OrderedDict",
    module: "collections",
    layout: Dict::layout,
    base: Some(|t| t.classes().dict),
    flags: ClassFlags::BASE | ClassFlags::MAPPING | ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Dictionary that remembers insertion order",
    methods: &[
        MethodDef::Method(&ORDERED_INIT),
        MethodDef::Method(&ORDERED_UPDATE),
        MethodDef::Method(&ORDERED_MOVE_TO_END),
        MethodDef::Method(&ORDERED_POPITEM),
        MethodDef::Method(&ORDERED_POP),
        MethodDef::Method(&ORDERED_SETDEFAULT),
        MethodDef::Method(&ORDERED_COPY),
        MethodDef::Class(&ORDERED_FROMKEYS),
        MethodDef::Method(&ORDERED_REPR),
        MethodDef::Method(&ORDERED_EQ),
        MethodDef::Method(&ORDERED_NE),
        MethodDef::Method(&ORDERED_OR),
        MethodDef::Method(&ORDERED_ROR),
        MethodDef::Method(&ORDERED_IOR),
        MethodDef::Method(&ORDERED_REDUCE),
        MethodDef::Method(&ORDERED_KEYS),
        MethodDef::Method(&ORDERED_VALUES),
        MethodDef::Method(&ORDERED_ITEMS),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[GetSet { name: "__dict__", get: vm::builtins::object::get_dict, set: None, doc: "" }],
});
