//! `object`.

use crate::builtins::construct;
use crate::names::Special;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{Class, ClassFlags, Dict, List, Str, Tuple, instance::Instance};
use crate::protocols;
use crate::raised::R;
use crate::shapes;
use crate::thread::Thread;
use crate::value::Value;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__(*args, **kwargs)", raw)]
pub fn object_new(t: &Thread, args: Args<'_>) -> R {
    let class = construct::class_argument(t, args, t.classes().object)?.0;
    let extra = args.values.len() > 1;
    let classes = t.classes();
    if extra {
        let own_new = classes.object.special(t, Special::New);
        let own_init = classes.object.special(t, Special::Init);
        if class.special(t, Special::New) != own_new {
            return Err(t.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if class.special(t, Special::Init) == own_init {
            return Err(t.type_error(format_args!("{}() takes no arguments", class.name())));
        }
    }
    if class.has(ClassFlags::ABSTRACT) {
        return Err(abstract_error(t, class));
    }
    new_instance(t, class)
}

/// A new instance of a class with nothing set. The class's layout must be one that zeroes are a valid start for.
pub fn new_instance(t: &Thread, class: Ref<Class>) -> R {
    let object = t.allocate_instance(class)?;
    shapes::initialize(t, object, class)?;
    if class.has(ClassFlags::FINALIZER) {
        t.mutator().register_finalizer(object);
    }
    Ok(Value::of_header(object))
}

#[cold]
fn abstract_error(t: &Thread, class: Ref<Class>) -> crate::raised::Raised {
    let listed = || -> R<String> {
        let names = protocols::get_attribute(t, class.value(), t.names().__abstractmethods__)?;
        let sorted = crate::protocols::list_of(t, names)?;
        let mut texts: Vec<String> = (0..sorted.len())
            .filter_map(|index| Str::of(t, sorted.get(index)?))
            .map(|name| name.to_string_lossy())
            .collect();
        texts.sort();
        let s = if texts.len() == 1 { "" } else { "s" };
        let list = texts.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        Ok(format!(
            "Can't instantiate abstract class {} without an implementation for abstract method{s} {list}",
            class.name()
        ))
    };
    match listed() {
        Ok(message) => t.type_error(message),
        Err(raised) => raised,
    }
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn object_init(t: &Thread, args: Args<'_>) -> R {
    let Some(&object) = args.values.first() else {
        return Err(t.type_error("descriptor '__init__' of 'object' object needs an argument"));
    };
    if args.values.len() > 1 {
        let (class, base) = (object.class(t), t.classes().object);
        if class.special(t, Special::Init) != base.special(t, Special::Init) {
            return Err(t.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        if class.special(t, Special::New) == base.special(t, Special::New) {
            return Err(t.type_error(format_args!("{}() takes no arguments", class.name())));
        }
    }
    Ok(Value::NONE)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn object_repr(t: &Thread, this: Value) -> R<String> {
    Ok(format!("<{} object at {:#x}>", this.class(t).full_name(t), this.bits()))
}

/// Return str(self).
#[native("__str__($self, /)")]
fn object_str(t: &Thread, this: Value) -> R {
    protocols::repr_value(t, this)
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn object_hash(t: &Thread, this: Value) -> R {
    crate::objects::int_from_i64(t, protocols::identity_hash(this) as i64)
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn object_eq(_: &Thread, this: Value, other: Value) -> R {
    Ok(if this.is(other) { Value::TRUE } else { Value::NOT_IMPLEMENTED })
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn object_ne(t: &Thread, this: Value, other: Value) -> R {
    let class = this.class(t);
    let Some(eq) = class.special(t, Special::Eq) else { return Ok(Value::NOT_IMPLEMENTED) };
    let result = protocols::call_special(t, eq, this, &[other])?;
    if result.is(Value::NOT_IMPLEMENTED) {
        return Ok(result);
    }
    Ok(Value::bool(!protocols::is_true(t, result)?))
}

macro_rules! no_ordering {
    ($($function:ident $signature:literal;)*) => { $(
        #[native($signature)]
        fn $function(_: &Thread, _this: Value, _other: Value) -> R {
            Ok(Value::NOT_IMPLEMENTED)
        }
    )* };
}
no_ordering! {
    object_lt "__lt__($self, value, /)"; object_le "__le__($self, value, /)";
    object_gt "__gt__($self, value, /)"; object_ge "__ge__($self, value, /)";
}

fn name_of(t: &Thread, name: Value) -> R<Ref<Str>> {
    match Str::of(t, name) {
        Some(name) => Ok(name),
        None => Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name()))),
    }
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn object_getattribute(t: &Thread, this: Value, name: Value) -> R {
    let name = name_of(t, name)?;
    match protocols::generic_get_optional(t, this, name)? {
        Some(value) => Ok(value),
        None => Err(protocols::no_attribute(t, this, name)),
    }
}

/// Implement setattr(self, name, value).
#[native("__setattr__($self, name, value, /)")]
fn object_setattr(t: &Thread, this: Value, name: Value, value: Value) -> R<()> {
    if this.downcast::<Class>().is_some() {
        return Err(t.type_error(format_args!("can't apply this __setattr__ to {} object", this.class(t).name())));
    }
    protocols::generic_set(t, this, name_of(t, name)?, Some(value))
}

/// Implement delattr(self, name).
#[native("__delattr__($self, name, /)")]
fn object_delattr(t: &Thread, this: Value, name: Value) -> R<()> {
    if this.downcast::<Class>().is_some() {
        return Err(t.type_error(format_args!("can't apply this __delattr__ to {} object", this.class(t).name())));
    }
    protocols::generic_set(t, this, name_of(t, name)?, None)
}

/// Default object formatter.
#[native("__format__($self, format_spec, /)")]
fn object_format(t: &Thread, this: Value, specification: Value) -> R {
    match Str::of(t, specification) {
        Some(text) if text.is_empty() => protocols::str_value(t, this),
        Some(_) => {
            Err(t.type_error(format_args!("unsupported format string passed to {}.__format__", this.class(t).name())))
        }
        None => {
            Err(t.type_error(format_args!("__format__() argument must be str, not {}", specification.class(t).name())))
        }
    }
}

/// Default dir() implementation.
#[native("__dir__($self, /)")]
fn object_dir(t: &Thread, this: Value) -> R<Ref<List>> {
    let names = Dict::new(t)?;
    if let Some(dict) =
        protocols::get_attribute_optional(t, this, t.names().__dict__)?.and_then(Value::downcast::<Dict>)
    {
        protocols::update_dict(t, names, dict.value())?;
    }
    if let Some(class) =
        protocols::get_attribute_optional(t, this, t.names().__class__)?.and_then(Value::downcast::<Class>)
    {
        merge_class_names(t, class, names)?;
    }
    crate::protocols::list_of(t, names.value())
}

/// Adds the names of a class and its bases.
pub fn merge_class_names(t: &Thread, class: Ref<Class>, names: Ref<Dict>) -> R<()> {
    for &class in class.mro().as_slice() {
        if let Some(class) = class.downcast::<Class>() {
            protocols::update_dict(t, names, class.namespace().value())?;
        }
    }
    Ok(())
}

/// Size of object in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn object_sizeof(t: &Thread, this: Value) -> R<usize> {
    Ok(this.header().map_or(0, |_| this.class(t).instance_size.load(sync::atomic::Ordering::Relaxed) as usize))
}

/// Helper for pickle.
#[native("__reduce__($self, /)")]
fn object_reduce(t: &Thread, this: Value) -> R {
    reduce_with(t, this, 0)
}

fn reduce_with(t: &Thread, this: Value, protocol: i64) -> R {
    let copyreg = crate::builtins::import::import_module(t, "copyreg")?;
    if protocol >= 2 {
        return reduce_newobj(t, this, copyreg);
    }
    let name = crate::containers::intern_text(t, "_reduce_ex")?;
    protocols::call_method(t, copyreg, name, &[this, crate::objects::int_from_i64(t, protocol)?])
}

/// Helper for pickle.
#[native("__reduce_ex__($self, protocol, /)")]
fn object_reduce_ex(t: &Thread, this: Value, protocol: i64) -> R {
    let name = t.names().__reduce__;
    let class_reduce = this.class(t).lookup(t, name);
    let own = t.classes().object.namespace().get_str(t, name);
    if class_reduce != own {
        let reduce = protocols::get_attribute(t, this, name)?;
        return protocols::call(t, reduce, &[]);
    }
    reduce_with(t, this, protocol)
}

/// What protocols 2 and up reduce an object to: `copyreg.__newobj__`, its arguments, state, list items, dict items.
fn reduce_newobj(t: &Thread, this: Value, copyreg: Value) -> R {
    let (names, class) = (t.names(), this.class(t));
    if class.special(t, Special::New).is_none() || crate::builtins::type_::cannot_pickle(class) {
        return Err(t.type_error(format_args!("cannot pickle '{}' object", class.name())));
    }
    let (args, kwargs) = newobj_arguments(t, this)?;
    let has_args = args.is_some();
    let state = object_getstate_with(t, this, !has_args && kwargs.is_none())?;
    let (function, arguments) = match kwargs.filter(|kwargs| kwargs.len(t) > 0) {
        None => {
            let function = protocols::get_attribute(t, copyreg, names.__newobj__)?;
            let args = args.unwrap_or_else(|| t.empty_tuple());
            let all = Tuple::with(t, args.len() + 1, |index| {
                Ok(if index == 0 { class.value() } else { args.get(index - 1) })
            })?;
            (function, all)
        }
        Some(kwargs) => {
            let function = protocols::get_attribute(t, copyreg, names.__newobj_ex__)?;
            let args = args.unwrap_or_else(|| t.empty_tuple());
            (function, Tuple::from_slice(t, &[class.value(), args.value(), kwargs.value()])?)
        }
    };
    let list_items = if class.is_subclass_of(t.classes().list) { protocols::iterate(t, this)? } else { Value::NONE };
    let dict_items = if class.is_subclass_of(t.classes().dict) {
        let items = protocols::call_method(t, this, names.items, &[])?;
        protocols::iterate(t, items)?
    } else {
        Value::NONE
    };
    Ok(Tuple::from_slice(t, &[function, arguments.value(), state, list_items, dict_items])?.value())
}

/// Positional and keyword arguments, where there are any.
type NewArguments = (Option<Ref<Tuple>>, Option<Ref<Dict>>);

fn newobj_arguments(t: &Thread, this: Value) -> R<NewArguments> {
    let names = t.names();
    if let Some(method) = this.class(t).lookup(t, names.__getnewargs_ex__) {
        let result = protocols::call_special(t, method, this, &[])?;
        let Some(pair) = Tuple::of(t, result) else {
            return Err(t.type_error(format_args!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                result.class(t).name()
            )));
        };
        if pair.len() != 2 {
            return Err(
                t.value_error(format_args!("__getnewargs_ex__ should return a tuple of length 2, not {}", pair.len()))
            );
        }
        let Some(args) = Tuple::of(t, pair.get(0)) else {
            let got = pair.get(0).class(t).name();
            return Err(t.type_error(format_args!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{got}'"
            )));
        };
        let Some(kwargs) = pair.get(1).downcast::<Dict>() else {
            let got = pair.get(1).class(t).name();
            return Err(t.type_error(format_args!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{got}'"
            )));
        };
        return Ok((Some(args), Some(kwargs)));
    }
    if let Some(method) = this.class(t).lookup(t, names.__getnewargs__) {
        let result = protocols::call_special(t, method, this, &[])?;
        return match Tuple::of(t, result) {
            Some(args) => Ok((Some(args), None)),
            None => {
                Err(t
                    .type_error(format_args!("__getnewargs__ should return a tuple, not '{}'", result.class(t).name())))
            }
        };
    }
    Ok((None, None))
}

fn object_getstate_with(t: &Thread, this: Value, required: bool) -> R {
    let names = t.names();
    let getstate = protocols::get_attribute(t, this, names.__getstate__)?;
    let is_default =
        this.class(t).lookup(t, names.__getstate__) == t.classes().object.namespace().get_str(t, names.__getstate__);
    if is_default { default_state(t, this, required) } else { protocols::call(t, getstate, &[]) }
}

/// Helper for pickle.
#[native("__getstate__($self, /)")]
fn object_getstate(t: &Thread, this: Value) -> R {
    default_state(t, this, false)
}

fn default_state(t: &Thread, this: Value, required: bool) -> R {
    let class = this.class(t);
    let layout = class.layout();
    let plain = std::ptr::eq(layout, Instance::layout())
        || [t.classes().list, t.classes().dict].iter().any(|base| class.is_subclass_of(*base));
    if required && !plain && !class.has(ClassFlags::HEAP) {
        return Err(t.type_error(format_args!("cannot pickle '{}' object", class.name())));
    }
    let state = match this.header() {
        Some(header) => match shapes::dict_of(t, header)? {
            Some(dict) if dict.len(t) > 0 => dict.copy(t)?.value(),
            _ => Value::NONE,
        },
        None => Value::NONE,
    };
    let slots = slot_state(t, this, class)?;
    if slots.len(t) == 0 {
        return Ok(state);
    }
    Ok(Tuple::from_slice(t, &[state, slots.value()])?.value())
}

fn slot_state(t: &Thread, this: Value, class: Ref<Class>) -> R<Ref<Dict>> {
    let slots = Dict::new(t)?;
    let named = class.namespace().get_str(t, t.names().__slotnames__).is_some();
    if !named && class.member_slots.load(sync::atomic::Ordering::Relaxed) == 0 {
        return Ok(slots);
    }
    let copyreg = crate::builtins::import::import_module(t, "copyreg")?;
    let names = protocols::call_method(t, copyreg, t.names()._slotnames, &[class.value()])?;
    protocols::for_each(t, names, |name| {
        let Some(text) = Str::of(t, name) else { return Ok(()) };
        match protocols::get_attribute_optional(t, this, text)? {
            Some(value) => slots.set(t, name, value),
            None => Ok(()),
        }
    })?;
    Ok(slots)
}

/// This method is called when a class is subclassed.
#[native("__init_subclass__($type, /)")]
fn object_init_subclass(_: &Thread, _class: Value) -> R<()> {
    Ok(())
}

/// Abstract classes can override this to customize issubclass().
#[native("__subclasshook__($type, object, /)")]
fn object_subclasshook(_: &Thread, _class: Value, _object: Value) -> R {
    Ok(Value::NOT_IMPLEMENTED)
}

fn get_class(t: &Thread, object: Value) -> R {
    Ok(object.class(t).value())
}

fn set_class(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete __class__ attribute")) };
    let Some(class) = value.downcast::<Class>() else {
        return Err(
            t.type_error(format_args!("__class__ must be set to a class, not '{}' object", value.class(t).name()))
        );
    };
    crate::builtins::type_::assign_class(t, object, class)
}

/// `__dict__` of objects whose class has one.
pub const DICT_GETSET: GetSet =
    GetSet { name: "__dict__", get: get_dict, set: Some(set_dict), doc: "dictionary for instance variables" };

/// The object's `__dict__`.
pub fn get_dict(t: &Thread, object: Value) -> R {
    if let Some(class) = object.downcast::<Class>() {
        return crate::builtins::dict_views::mapping_proxy(t, class.namespace().value());
    }
    let dict = match object.header() {
        Some(header) => shapes::dict_of(t, header)?,
        None => None,
    };
    match dict {
        Some(dict) => Ok(dict.value()),
        None => match crate::objects::module_dict(object) {
            Some(dict) => Ok(dict.value()),
            None => Err(t.attribute_error(object, t.names().__dict__, "This object has no __dict__")),
        },
    }
}

/// Replaces the object's `__dict__`.
pub fn set_dict(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let dict = match value {
        None => Dict::new(t)?,
        Some(value) => match value.downcast::<Dict>() {
            Some(dict) => dict,
            None => {
                return Err(t.type_error(format_args!(
                    "__dict__ must be set to a dictionary, not a '{}'",
                    value.class(t).name()
                )));
            }
        },
    };
    match object.header() {
        Some(header) if object.class(t).has_dict() => shapes::replace_dict(t, header, dict),
        Some(_) if object.downcast::<Class>().is_some() => {
            let message = "attribute '__dict__' of 'type' objects is not writable";
            Err(t.attribute_error(object, t.names().__dict__, message))
        }
        // A module's dict is its namespace for good.
        Some(_) => Err(t.attribute_error(object, t.names().__dict__, "readonly attribute")),
        None => Err(t.attribute_error(object, t.names().__dict__, "This object has no __dict__")),
    }
}

/// `object`.
pub static OBJECT: ClassDef = ClassDef {
    name: "object",
    module: "builtins",
    layout: Instance::layout,
    base: None,
    flags: ClassFlags::BASE,
    doc: "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    methods: &[
        MethodDef::New(&OBJECT_NEW),
        MethodDef::Method(&OBJECT_INIT),
        MethodDef::Method(&OBJECT_REPR),
        MethodDef::Method(&OBJECT_STR),
        MethodDef::Method(&OBJECT_HASH),
        MethodDef::Method(&OBJECT_EQ),
        MethodDef::Method(&OBJECT_NE),
        MethodDef::Method(&OBJECT_LT),
        MethodDef::Method(&OBJECT_LE),
        MethodDef::Method(&OBJECT_GT),
        MethodDef::Method(&OBJECT_GE),
        MethodDef::Method(&OBJECT_GETATTRIBUTE),
        MethodDef::Method(&OBJECT_SETATTR),
        MethodDef::Method(&OBJECT_DELATTR),
        MethodDef::Method(&OBJECT_FORMAT),
        MethodDef::Method(&OBJECT_DIR),
        MethodDef::Method(&OBJECT_SIZEOF),
        MethodDef::Method(&OBJECT_REDUCE),
        MethodDef::Method(&OBJECT_REDUCE_EX),
        MethodDef::Method(&OBJECT_GETSTATE),
        MethodDef::Class(&OBJECT_INIT_SUBCLASS),
        MethodDef::Class(&OBJECT_SUBCLASSHOOK),
    ],
    getset: &[GetSet { name: "__class__", get: get_class, set: Some(set_class), doc: "the object's class" }],
};
