//! `module`: what `types.ModuleType` is, and what is said about attributes that a module does not have.

use crate::builtins::construct::class_argument;
use crate::builtins::member::read_only;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{ClassFlags, Dict, List, Module, Str};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

fn dict_of(value: Value) -> Ref<Dict> {
    value.downcast::<Module>().expect("the descriptor checked the receiver").dict()
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn module_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, t.classes().module)?;
    let dict = Dict::new(t)?;
    let module = t.allocate::<Module>(class)?;
    module.set(|m| &m.namespace, dict.value());
    Ok(module.publish().value())
}

/// Create a module object.
#[native("__init__($self, /, name, doc=None)", raw)]
fn module_init(t: &Thread, args: Args<'_>) -> R<()> {
    let Some(&this) = args.values.first() else {
        return Err(t.type_error("descriptor '__init__' of 'module' object needs an argument"));
    };
    let (name, doc) = init_arguments(t, args.rest())?;
    let (dict, names) = (dict_of(this), t.names());
    dict.set_str(t, names.__name__, name)?;
    dict.set_str(t, names.__doc__, doc.unwrap_or(Value::NONE))?;
    for name in [names.__package__, names.__loader__, names.__spec__] {
        dict.set_str(t, name, Value::NONE)?;
    }
    Ok(())
}

fn init_arguments(t: &Thread, args: Args<'_>) -> R<(Value, Option<Value>)> {
    let given = args.values.len();
    if given > 2 {
        return Err(t.type_error(format_args!("module() takes at most 2 arguments ({given} given)")));
    }
    let mut found = [args.positional().first().copied(), args.positional().get(1).copied()];
    for (name, value) in args.keywords() {
        match ["name", "doc"].iter().position(|known| name.is(known)) {
            Some(index) if found[index].is_none() => found[index] = Some(value),
            Some(index) => {
                let (name, place) = (name.to_string_lossy(), index + 1);
                return Err(t.type_error(format_args!(
                    "argument for module() given by name ('{name}') and position ({place})"
                )));
            }
            None => {
                return Err(t.type_error(format_args!(
                    "module() got an unexpected keyword argument '{}'",
                    name.to_string_lossy()
                )));
            }
        }
    }
    let Some(name) = found[0] else { return Err(t.type_error("module() missing required argument 'name' (pos 1)")) };
    if Str::of(t, name).is_none() {
        let got = protocols::name_of_argument(t, name);
        return Err(t.type_error(format_args!("module() argument 'name' must be str, not {got}")));
    }
    Ok((name, found[1]))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn module_repr(t: &Thread, this: Value) -> R {
    if let Some(importlib) = t.interpreter().state().importlib.get() {
        return protocols::call_method(t, importlib, Str::interned(t, "_module_repr")?, &[this]);
    }
    let name = dict_of(this).get_str(t, t.names().__name__).and_then(|name| Str::of(t, name));
    let name = name.map_or_else(|| "?".to_owned(), |name| name.to_string_lossy());
    Ok(Str::new(t, &format!("<module '{name}'>"))?.value())
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn module_getattribute(t: &Thread, this: Value, name: Value) -> R {
    let Some(text) = Str::of(t, name) else {
        return Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name())));
    };
    if let Some(value) = protocols::generic_get_optional(t, this, text)? {
        return Ok(value);
    }
    let dict = dict_of(this);
    if let Some(hook) = dict.get_str(t, t.names().__getattr__) {
        return protocols::call(t, hook, &[name]);
    }
    Err(missing(t, this, dict, text))
}

/// The AttributeError for a name that a module does not have: it may be that the module is not ready.
#[cold]
fn missing(t: &Thread, module: Value, dict: Ref<Dict>, name: Ref<Str>) -> Raised {
    match describe(t, dict, name) {
        Ok(message) => t.attribute_error(module, name, message),
        Err(raised) => raised,
    }
}

fn describe(t: &Thread, dict: Ref<Dict>, name: Ref<Str>) -> R<String> {
    let (names, attribute) = (t.names(), name.to_string_lossy());
    let Some(module) = dict.get_str(t, names.__name__).and_then(|name| Str::of(t, name)) else {
        return Ok(format!("module has no attribute '{attribute}'"));
    };
    let module = module.to_string_lossy();
    let plain = format!("module '{module}' has no attribute '{attribute}'");
    let Some(spec) = dict.get_str(t, names.__spec__).filter(|spec| !spec.is_none()) else { return Ok(plain) };
    if is_initializing(t, spec)? {
        let from = origin(t, spec)?.map_or_else(String::new, |origin| format!(" from '{origin}'"));
        return Ok(format!(
            "partially initialized module '{module}'{from} has no attribute '{attribute}' (most likely due to a circular import)"
        ));
    }
    if let Some(submodules) = protocols::get_attribute_optional(t, spec, names._uninitialized_submodules)?
        && protocols::contains(t, submodules, name.value())?
    {
        return Ok(format!(
            "cannot access submodule '{attribute}' of module '{module}' (most likely due to a circular import)"
        ));
    }
    Ok(plain)
}

/// Whether the module of this spec is being imported.
pub fn is_initializing(t: &Thread, spec: Value) -> R<bool> {
    match protocols::get_attribute_optional(t, spec, t.names()._initializing)? {
        Some(flag) => protocols::is_true(t, flag),
        None => Ok(false),
    }
}

/// The file of a module, if its spec has one.
pub fn origin(t: &Thread, spec: Value) -> R<Option<String>> {
    let has_location = Str::interned(t, "has_location")?;
    let located = match protocols::get_attribute_optional(t, spec, has_location)? {
        Some(flag) => protocols::is_true(t, flag)?,
        None => false,
    };
    if !located {
        return Ok(None);
    }
    let origin = protocols::get_attribute_optional(t, spec, Str::interned(t, "origin")?)?;
    Ok(origin.and_then(|origin| Str::of(t, origin)).map(|origin| origin.to_string_lossy()))
}

/// __dir__() -> list
/// specialized dir() implementation
#[native("__dir__($self, /)")]
fn module_dir(t: &Thread, this: Value) -> R {
    let names = t.names();
    let dict = protocols::get_attribute(t, this, names.__dict__)?;
    let Some(dict) = dict.downcast::<Dict>() else { return Err(t.type_error("<module>.__dict__ is not a dictionary")) };
    if let Some(hook) = dict.get_str(t, names.__dir__) {
        return protocols::call(t, hook, &[]);
    }
    let list = List::new(t)?;
    dict.for_each(t, |key, _| list.push(t, key))?;
    Ok(list.value())
}

fn get_dict(_: &Thread, object: Value) -> R {
    Ok(dict_of(object).value())
}

fn get_annotate(t: &Thread, object: Value) -> R {
    let (dict, name) = (dict_of(object), t.names().__annotate__);
    match dict.get_str(t, name) {
        Some(annotate) => Ok(annotate),
        None => {
            dict.set_str(t, name, Value::NONE)?;
            Ok(Value::NONE)
        }
    }
}

fn set_annotate(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let (dict, names) = (dict_of(object), t.names());
    let Some(value) = value else { return Err(t.type_error("cannot delete __annotate__ attribute")) };
    if !value.is_none() && !protocols::is_callable(t, value) {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    dict.set_str(t, names.__annotate__, value)?;
    if !value.is_none() {
        dict.delete_str(t, names.__annotations__)?;
    }
    Ok(())
}

/// Made from `__annotate__` when first asked for, and kept unless the module is still being executed.
fn get_annotations(t: &Thread, object: Value) -> R {
    let (dict, names) = (dict_of(object), t.names());
    if let Some(annotations) = dict.get_str(t, names.__annotations__) {
        return Ok(annotations);
    }
    let annotate = dict.get_str(t, names.__annotate__).filter(|annotate| protocols::is_callable(t, *annotate));
    let made = match annotate {
        Some(annotate) => crate::builtins::function::evaluate_annotate(t, annotate)?,
        None => Dict::new(t)?.value(),
    };
    let initializing = match dict.get_str(t, names.__spec__).filter(|spec| !spec.is_none()) {
        Some(spec) => is_initializing(t, spec)?,
        None => false,
    };
    if !initializing {
        dict.set_str(t, names.__annotations__, made)?;
    }
    Ok(made)
}

fn set_annotations(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let (dict, names) = (dict_of(object), t.names());
    match value {
        Some(value) => dict.set_str(t, names.__annotations__, value)?,
        None if dict.delete_str(t, names.__annotations__)? => {}
        None => return Err(t.attribute_error(object, names.__annotations__, "__annotations__")),
    }
    dict.delete_str(t, names.__annotate__)?;
    Ok(())
}

/// `module`.
pub static MODULE: ClassDef = ClassDef {
    name: "module",
    module: "builtins",
    layout: Module::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF,
    doc: "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    methods: &[
        MethodDef::New(&MODULE_NEW),
        MethodDef::Method(&MODULE_REPR),
        MethodDef::Method(&MODULE_GETATTRIBUTE),
        MethodDef::Method(&MODULE_INIT),
        MethodDef::Method(&MODULE_DIR),
    ],
    getset: &[
        GetSet { name: "__dict__", get: get_dict, set: Some(read_only), doc: "" },
        GetSet { name: "__annotations__", get: get_annotations, set: Some(set_annotations), doc: "" },
        GetSet { name: "__annotate__", get: get_annotate, set: Some(set_annotate), doc: "" },
    ],
};
