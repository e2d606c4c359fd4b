//! `type`: making classes, their attributes, and instances through them.

pub mod create;
pub mod mro;

use crate::builtins::int;
use crate::exec::handlers::attributes::binds_plainly;
use crate::names::Special;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, SlotExt};
use crate::objects::{Class, ClassFlags, Dict, List, NativeFunction, Str, Tuple};
use crate::protocols;
use crate::raised::R;

use crate::thread::Thread;
use crate::value::{Value, class_of_header};

use sync::atomic::Ordering::Relaxed;

/// `class(*args)` where the metaclass is `type` itself or inherits its `__call__`.
pub fn instantiate(t: &Thread, class: Ref<Class>, args: Args<'_>) -> R {
    let classes = t.classes();
    if class == classes.type_ {
        // type(x) is its class; three arguments make a class.
        if let ([object], None) = (args.values, args.names) {
            return Ok(object.class(t).value());
        }
        if args.positional().len() != 3 {
            return Err(t.type_error("type() takes 1 or 3 arguments"));
        }
    }
    let Some(new) = class.special(t, Special::New) else {
        return Err(t.type_error(format_args!("cannot create '{}' instances", class.full_name(t))));
    };
    let object = call_new(t, class, new, args)?;
    let made = object.class(t);
    if made != class && !made.is_subclass_of(class) {
        return Ok(object);
    }
    match made.special(t, Special::Init) {
        Some(init) if Some(init) == classes.object.special(t, Special::Init) && initialized(t, made, args) => {
            Ok(object)
        }
        Some(init) => {
            let result = protocols::call_special_args(t, init, object, args)?;
            if !result.is_none() {
                return Err(
                    t.type_error(format_args!("__init__() should return None, not '{}'", result.class(t).name()))
                );
            }
            Ok(object)
        }
        None => Ok(object),
    }
}

/// Whether `object.__init__` has nothing to do: it complains only of arguments that no `__new__` took either.
fn initialized(t: &Thread, class: Ref<Class>, args: Args<'_>) -> bool {
    args.values.is_empty() || class.special(t, Special::New) != t.classes().object.special(t, Special::New)
}

fn call_new(t: &Thread, class: Ref<Class>, new: Value, args: Args<'_>) -> R {
    // Mostly a native function, or a static method around a Python one.
    let function = if new.downcast::<NativeFunction>().is_some() {
        new
    } else {
        match crate::builtins::class_method::static_function(new) {
            Some(function) => function,
            None if binds_plainly(t, new) => new,
            None => protocols::descriptor_get(t, new, None, class)?,
        }
    };
    let native = function.downcast::<NativeFunction>();
    // The receiver of a native `__new__` says for which class it is.
    let owner = native.and_then(|native| native.receiver.get()).and_then(Value::downcast::<Class>);
    match (native, owner) {
        (Some(native), Some(owner)) if native.definition().name == "__new__" => {
            check_new(t, class, owner)?;
            protocols::with_receiver(t, class.value(), args, |args| native.definition().invoke(t, Some(native), args))
        }
        _ => protocols::with_receiver(t, class.value(), args, |args| protocols::call_args(t, function, args)),
    }
}

/// `owner.__new__(class)`: the class must derive from the owner and have its layout.
pub fn check_new(t: &Thread, class: Ref<Class>, owner: Ref<Class>) -> R<()> {
    let same_layout = std::ptr::eq(class.layout(), owner.layout());
    if same_layout && (class == owner || class.is_subclass_of(owner)) && !class.has(ClassFlags::NO_NEW) {
        return Ok(());
    }
    if class != owner && !class.is_subclass_of(owner) {
        let (name, owner_name) = (class.name(), owner.name());
        return Err(t.type_error(format_args!("{owner_name}.__new__({name}): {name} is not a subtype of {owner_name}")));
    }
    if class.has(ClassFlags::NO_NEW) {
        return Err(t.type_error(format_args!("cannot create '{}' instances", class.full_name(t))));
    }
    let solid = create::solid_base(class);
    if solid != create::solid_base(owner)
        && !std::ptr::eq(solid.layout(), owner.layout())
        && !create::boxes(solid, owner)
    {
        let (name, owner_name, safe) = (class.name(), owner.name(), solid.name());
        return Err(t.type_error(format_args!("{owner_name}.__new__({name}) is not safe, use {safe}.__new__()")));
    }
    Ok(())
}

/// Whether instances cannot be reduced because native state would be lost.
#[must_use]
pub fn cannot_pickle(class: Ref<Class>) -> bool {
    class.has(ClassFlags::NO_NEW)
}

#[native("__call__($self, /, *args, **kwargs)", raw)]
fn type_call(t: &Thread, args: Args<'_>) -> R {
    match args.values.first().and_then(|class| class.downcast::<Class>()) {
        Some(class) => instantiate(t, class, args.rest()),
        None => Err(t.type_error("descriptor '__call__' of 'type' object needs an argument")),
    }
}

#[native("__new__(*args, **kwargs)", raw)]
fn type_new(t: &Thread, args: Args<'_>) -> R {
    let metaclass: Ref<Class> = args
        .values
        .first()
        .and_then(|class| class.downcast())
        .ok_or_else(|| t.type_error("type.__new__(): not enough arguments"))?;
    let rest = args.rest();
    let [name, bases, namespace] = rest.positional() else {
        let given = rest.positional().len();
        return Err(t.type_error(format_args!("type.__new__() takes exactly 3 arguments ({given} given)")));
    };
    let place = |index: usize, kind: &str, got: Value| {
        t.type_error(format_args!("type.__new__() argument {index} must be {kind}, not {}", got.class(t).name()))
    };
    let Some(name) = Str::of(t, *name) else { return Err(place(1, "str", *name)) };
    let Some(bases) = Tuple::of(t, *bases) else { return Err(place(2, "tuple", *bases)) };
    let Some(namespace) = namespace.downcast::<Dict>() else { return Err(place(3, "dict", *namespace)) };
    create::new_class(t, metaclass, name, bases, namespace, rest)
}

#[native("__init__($self, /, *args, **kwargs)", raw)]
fn type_init(t: &Thread, args: Args<'_>) -> R {
    let rest = args.rest();
    let given = rest.positional().len();
    if given == 1 && rest.keyword_count() > 0 {
        return Err(t.type_error("type.__init__() takes no keyword arguments"));
    }
    if given != 1 && given != 3 {
        return Err(t.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(Value::NONE)
}

#[native("__repr__($self, /)")]
fn type_repr(t: &Thread, this: Ref<Class>) -> R<String> {
    let module = this.module_value(t).and_then(|value| Str::of(t, value)).map(|module| module.to_string_lossy());
    let qualname =
        this.qualname.get().and_then(|value| Str::of(t, value)).map_or_else(String::new, |name| name.to_string_lossy());
    Ok(match module {
        Some(module) if module != "builtins" => format!("<class '{module}.{qualname}'>"),
        Some(_) => format!("<class '{qualname}'>"),
        None => format!("<class '{}'>", this.name()),
    })
}

fn name_of(t: &Thread, name: Value) -> R<Ref<Str>> {
    match Str::of(t, name) {
        Some(name) => Ok(name),
        None => Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name()))),
    }
}

#[native("__getattribute__($self, name, /)")]
fn type_getattribute(t: &Thread, this: Value, name: Value) -> R {
    let name = name_of(t, name)?;
    match protocols::class_get_optional(t, this, name)? {
        Some(value) => Ok(value),
        None => Err(protocols::no_attribute(t, this, name)),
    }
}

#[native("__setattr__($self, name, value, /)")]
fn type_setattr(t: &Thread, this: Ref<Class>, name: Value, value: Value) -> R<()> {
    set_class_attribute(t, this, name_of(t, name)?, Some(value))
}

#[native("__delattr__($self, name, /)")]
fn type_delattr(t: &Thread, this: Ref<Class>, name: Value) -> R<()> {
    set_class_attribute(t, this, name_of(t, name)?, None)
}

fn set_class_attribute(t: &Thread, class: Ref<Class>, name: Ref<Str>, value: Option<Value>) -> R<()> {
    if !class.has(ClassFlags::HEAP) || class.has(ClassFlags::IMMUTABLE) {
        let (text, kind) = (name.to_string_lossy(), class.full_name(t));
        return Err(t.type_error(format_args!("cannot set '{text}' attribute of immutable type '{kind}'")));
    }
    let metaclass = class_of_header(class.header());
    if let Some(descriptor) = metaclass.lookup(t, name).filter(|value| value.class(t).has(ClassFlags::DATA_DESCRIPTOR))
    {
        return protocols::descriptor_set(t, descriptor, class.value(), name, value);
    }
    let name = Str::intern(t, name);
    if !class.set_attribute(t, name, value)? {
        return Err(protocols::no_attribute(t, class.value(), name));
    }
    Ok(())
}

/// Return a list of immediate subclasses.
#[native("__subclasses__($self, /)")]
fn type_subclasses(t: &Thread, this: Ref<Class>) -> R<Ref<List>> {
    let list = List::new(t)?;
    let mut result = Ok(());
    this.for_each_subclass(t, &mut |class| {
        if result.is_ok() {
            result = list.push(t, class.value());
        }
    });
    result?;
    Ok(list)
}

/// Return a type's method resolution order.
#[native("mro($self, /)")]
fn type_mro(t: &Thread, this: Ref<Class>) -> R<Ref<List>> {
    let order = mro::linearize(t, this, this.bases())?;
    List::from_slice(t, order.as_slice())
}

/// Check if an object is an instance.
#[native("__instancecheck__($self, instance, /)")]
fn type_instancecheck(t: &Thread, this: Value, instance: Value) -> R<bool> {
    protocols::is_instance_by_class(t, instance, this)
}

/// Check if a class is a subclass.
#[native("__subclasscheck__($self, subclass, /)")]
fn type_subclasscheck(t: &Thread, this: Value, subclass: Value) -> R<bool> {
    protocols::is_subclass_by_mro(t, subclass, this)
}

/// Create the namespace for the class statement
#[native("__prepare__($type, /, *args, **kwargs)", raw)]
fn type_prepare(t: &Thread, _args: Args<'_>) -> R {
    Ok(Dict::new(t)?.value())
}

/// Specialized __dir__ implementation for types.
#[native("__dir__($self, /)")]
fn type_dir(t: &Thread, this: Ref<Class>) -> R<Ref<List>> {
    let names = Dict::new(t)?;
    crate::builtins::object::merge_class_names(t, this, names)?;
    crate::protocols::list_of(t, names.value())
}

/// Return memory consumption of the type object.
#[native("__sizeof__($self, /)")]
fn type_sizeof(_: &Thread, _this: Ref<Class>) -> R<usize> {
    Ok(size_of::<Class>())
}

/// Return self|value.
#[native("__or__($self, value, /)")]
fn type_or(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::or(t, this, other)
}

/// Return value|self.
#[native("__ror__($self, value, /)")]
fn type_ror(t: &Thread, this: Value, other: Value) -> R {
    crate::builtins::union::or(t, other, this)
}

fn of(value: Value) -> Ref<Class> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn check_settable(t: &Thread, class: Ref<Class>, what: &str) -> R<()> {
    if class.has(ClassFlags::HEAP) && !class.has(ClassFlags::IMMUTABLE) {
        return Ok(());
    }
    let kind = class.full_name(t);
    Err(t.type_error(format_args!("cannot set '{what}' attribute of immutable type '{kind}'")))
}

fn required(t: &Thread, class: Ref<Class>, value: Option<Value>, what: &str) -> R {
    check_settable(t, class, what)?;
    value.ok_or_else(|| {
        t.type_error(format_args!("cannot delete '{what}' attribute of immutable type '{}'", class.name()))
    })
}

fn get_name(_: &Thread, object: Value) -> R {
    Ok(of(object).name.get().unwrap_or(Value::NONE))
}

fn set_name(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let class = of(object);
    let value = required(t, class, value, "__name__")?;
    let Some(name) = Str::of(t, value) else {
        let (class, got) = (class.name(), value.class(t).name());
        return Err(t.type_error(format_args!("can only assign string to {class}.__name__, not '{got}'")));
    };
    if name.units().iter().any(|unit| unit == 0) {
        return Err(t.value_error("type name must not contain null characters"));
    }
    create::check_encodable(t, name)?;
    class.name.put(class.header(), t, value);
    Ok(())
}

fn get_qualname(_: &Thread, object: Value) -> R {
    Ok(of(object).qualname.get().unwrap_or(Value::NONE))
}

fn set_qualname(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let class = of(object);
    let value = required(t, class, value, "__qualname__")?;
    if Str::of(t, value).is_none() {
        let (class, got) = (class.name(), value.class(t).name());
        return Err(t.type_error(format_args!("can only assign string to {class}.__qualname__, not '{got}'")));
    }
    class.qualname.put(class.header(), t, value);
    Ok(())
}

fn get_module(t: &Thread, object: Value) -> R {
    let name = t.names().__module__;
    match of(object).module_value(t) {
        Some(module) => Ok(module),
        None => Err(t.attribute_error(object, name, "__module__")),
    }
}

fn set_own(t: &Thread, object: Value, name: Ref<Str>, value: Option<Value>) -> R<()> {
    let class = of(object);
    let value = required(t, class, value, &name.to_string_lossy())?;
    class.set_attribute(t, name, Some(value)).map(drop)
}

fn set_module(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    set_own(t, object, t.names().__module__, value)?;
    // The line was one of the module that the class came from.
    if of(object).namespace().get_str(t, t.names().__firstlineno__).is_some() {
        of(object).set_attribute(t, t.names().__firstlineno__, None)?;
    }
    Ok(())
}

/// The signature at the head of a builtin class's doc string, and the rest.
pub fn split_doc(doc: &str) -> (Option<&str>, &str) {
    match doc.split_once(")\n--\n\n") {
        Some((head, rest)) => (head.find('(').map(|start| &doc[start..=head.len()]), rest),
        None => (None, doc),
    }
}

fn native_doc(class: Ref<Class>) -> Option<String> {
    Some(class.extra.get()?.downcast::<Str>()?.to_string_lossy())
}

fn get_doc(t: &Thread, object: Value) -> R {
    if !of(object).has(ClassFlags::HEAP) {
        return match native_doc(of(object)) {
            Some(doc) => Ok(Str::new(t, split_doc(&doc).1)?.value()),
            None => Ok(Value::NONE),
        };
    }
    match of(object).namespace().get_str(t, t.names().__doc__) {
        Some(doc) => protocols::descriptor_get(t, doc, None, of(object)),
        None => Ok(Value::NONE),
    }
}

fn set_doc(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    set_own(t, object, t.names().__doc__, value)
}

fn get_bases(_: &Thread, object: Value) -> R {
    Ok(of(object).bases().value())
}

fn set_bases(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let class = of(object);
    let value = required(t, class, value, "__bases__")?;
    create::assign_bases(t, class, value)
}

fn get_base(_: &Thread, object: Value) -> R {
    Ok(of(object).base.get().unwrap_or(Value::NONE))
}

fn get_mro(_: &Thread, object: Value) -> R {
    if of(object).has(ClassFlags::UNORDERED) {
        return Ok(Value::NONE);
    }
    Ok(of(object).mro.get().unwrap_or(Value::NONE))
}

fn get_dict(t: &Thread, object: Value) -> R {
    crate::builtins::dict_views::mapping_proxy(t, of(object).namespace().value())
}

fn get_abstract(t: &Thread, object: Value) -> R {
    let name = t.names().__abstractmethods__;
    match of(object).namespace().get_str(t, name).filter(|_| of(object) != t.classes().type_) {
        Some(methods) => Ok(methods),
        None => Err(t.attribute_error(object, name, "__abstractmethods__")),
    }
}

fn set_abstract(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let (class, name) = (of(object), t.names().__abstractmethods__);
    let any = match value {
        Some(value) => protocols::is_true(t, value)?,
        None => false,
    };
    if !class.set_attribute(t, name, value)? {
        return Err(t.attribute_error(object, name, "__abstractmethods__"));
    }
    class.set_flag(ClassFlags::ABSTRACT, any);
    Ok(())
}

fn get_flags(t: &Thread, object: Value) -> R {
    crate::objects::int_from_i64(t, create::cpython_flags(t, of(object)))
}

fn get_basicsize(t: &Thread, object: Value) -> R {
    // What `__sizeof__` of an int is counted from, as if it had digits of its own.
    let size = if of(object).is_subclass_of(t.classes().int) {
        int::SIZE_BEFORE_DIGITS as u32
    } else {
        of(object).instance_size.load(Relaxed)
    };
    Ok(Value::small(size as i32))
}

fn get_itemsize(t: &Thread, object: Value) -> R {
    let variable = [(t.classes().tuple, 8), (t.classes().bytes, 1), (t.classes().int, int::DIGIT_SIZE as i32)];
    let size = variable.iter().find(|(class, _)| of(object).is_subclass_of(*class)).map_or(0, |(_, size)| *size);
    Ok(Value::small(size))
}

fn get_dictoffset(_: &Thread, object: Value) -> R {
    Ok(Value::small(if of(object).has_dict() { -1 } else { 0 }))
}

fn get_weakrefoffset(_: &Thread, object: Value) -> R {
    Ok(Value::small(if of(object).has(ClassFlags::WEAKREF) { -1 } else { 0 }))
}

fn get_text_signature(t: &Thread, object: Value) -> R {
    let class = of(object);
    if class.has(ClassFlags::HEAP) {
        let doc = class.namespace().get_str(t, t.names().__doc__).and_then(|doc| Str::of(t, doc));
        let doc = doc.map_or_else(String::new, |doc| doc.to_string_lossy());
        let headed = doc.strip_prefix(&*class.name()).is_some_and(|rest| rest.starts_with('('));
        return match split_doc(&doc).0.filter(|_| headed) {
            Some(signature) => Ok(Str::new(t, signature)?.value()),
            None => Ok(Value::NONE),
        };
    }
    if let Some(signature) = native_doc(class).as_deref().and_then(|doc| split_doc(doc).0) {
        return Ok(Str::new(t, signature)?.value());
    }
    // A constructor that takes anything leaves it to `__init__` to say what it wants.
    for special in [Special::New, Special::Init] {
        let function = class.special(t, special).and_then(Value::downcast::<NativeFunction>);
        let signature =
            function.map_or_else(String::new, |function| native::without_receiver(function.definition().signature));
        if !signature.is_empty() && signature != "(*args, **kwargs)" {
            return Ok(Str::new(t, &signature)?.value());
        }
    }
    Ok(Value::NONE)
}

fn get_type_params(t: &Thread, object: Value) -> R {
    // `type` has the descriptor itself under this name.
    let own = of(object).namespace().get_str(t, t.names().__type_params__);
    let own = own.filter(|_| !object.is(t.classes().type_.value()));
    Ok(own.unwrap_or(t.empty_tuple().value()))
}

fn set_type_params(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    set_own(t, object, t.names().__type_params__, value)
}

/// Sets an object's class: both must have the same layout and slots.
pub fn assign_class(t: &Thread, object: Value, class: Ref<Class>) -> R<()> {
    let old = object.class(t);
    let module_like = old.is_subclass_of(t.classes().module) && class.is_subclass_of(t.classes().module);
    if !module_like && (!old.has(ClassFlags::HEAP) || !class.has(ClassFlags::HEAP)) {
        return Err(t.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    let Some(header) = object.header() else {
        return Err(t.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    };
    if !create::same_layout(t, old, class) {
        return Err(t.type_error(format_args!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            class.name(),
            old.name()
        )));
    }
    create::move_instance(t, header, old, class)
}

/// `type`.
pub static TYPE: ClassDef = ClassDef {
    name: "type",
    module: "builtins",
    layout: <Class as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF | ClassFlags::METACLASS,
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    methods: &[
        MethodDef::New(&TYPE_NEW),
        MethodDef::Method(&TYPE_INIT),
        MethodDef::Method(&TYPE_CALL),
        MethodDef::Method(&TYPE_REPR),
        MethodDef::Method(&TYPE_GETATTRIBUTE),
        MethodDef::Method(&TYPE_SETATTR),
        MethodDef::Method(&TYPE_DELATTR),
        MethodDef::Method(&TYPE_SUBCLASSES),
        MethodDef::Method(&TYPE_MRO),
        MethodDef::Method(&TYPE_INSTANCECHECK),
        MethodDef::Method(&TYPE_SUBCLASSCHECK),
        MethodDef::Class(&TYPE_PREPARE),
        MethodDef::Method(&TYPE_DIR),
        MethodDef::Method(&TYPE_SIZEOF),
        MethodDef::Method(&TYPE_OR),
        MethodDef::Method(&TYPE_ROR),
    ],
    getset: &[
        GetSet { name: "__name__", get: get_name, set: Some(set_name), doc: "" },
        GetSet { name: "__qualname__", get: get_qualname, set: Some(set_qualname), doc: "" },
        GetSet { name: "__module__", get: get_module, set: Some(set_module), doc: "" },
        GetSet { name: "__doc__", get: get_doc, set: Some(set_doc), doc: "" },
        GetSet { name: "__bases__", get: get_bases, set: Some(set_bases), doc: "" },
        GetSet { name: "__base__", get: get_base, set: None, doc: "" },
        GetSet { name: "__mro__", get: get_mro, set: None, doc: "" },
        GetSet { name: "__dict__", get: get_dict, set: None, doc: "" },
        GetSet { name: "__abstractmethods__", get: get_abstract, set: Some(set_abstract), doc: "" },
        GetSet { name: "__flags__", get: get_flags, set: None, doc: "" },
        GetSet { name: "__basicsize__", get: get_basicsize, set: None, doc: "" },
        GetSet { name: "__itemsize__", get: get_itemsize, set: None, doc: "" },
        GetSet { name: "__dictoffset__", get: get_dictoffset, set: None, doc: "" },
        GetSet { name: "__weakrefoffset__", get: get_weakrefoffset, set: None, doc: "" },
        GetSet { name: "__text_signature__", get: get_text_signature, set: None, doc: "" },
        GetSet { name: "__type_params__", get: get_type_params, set: Some(set_type_params), doc: "" },
        GetSet { name: "__annotations__", get: create::get_annotations, set: Some(create::set_annotations), doc: "" },
        GetSet { name: "__annotate__", get: create::get_annotate, set: Some(create::set_annotate), doc: "" },
    ],
};
