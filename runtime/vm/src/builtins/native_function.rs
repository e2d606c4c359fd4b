//! Functions written in Rust as Python sees them: builtin functions and methods, and the descriptors in builtin classes.
//!
//! One layout, `NativeFunction`, serves five classes. A builtin function has a receiver (its module, or the object it is bound to) or
//! none; a descriptor has an owner; a method wrapper has both.

use crate::builtins::member::read_only;
use crate::builtins::method::reduce_to_getattr;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{Class, ClassFlags, GetSetDescriptor, MemberDescriptor, Module, NativeFunction, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn of(value: Value) -> Ref<NativeFunction> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn owner(function: Ref<NativeFunction>) -> Option<Ref<Class>> {
    function.owner.get().and_then(Value::downcast)
}

fn name_value(t: &Thread, function: Ref<NativeFunction>) -> R {
    Ok(Str::interned(t, function.definition().name)?.value())
}

/// The receiver, unless it is the module in which the function lives.
fn bound_receiver(function: Ref<NativeFunction>) -> Option<Value> {
    function.receiver.get().filter(|receiver| receiver.downcast::<Module>().is_none())
}

fn owner_name(function: Ref<NativeFunction>) -> String {
    owner(function).map_or_else(|| "?".to_owned(), |owner| owner.name())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn builtin_repr(t: &Thread, this: Ref<NativeFunction>) -> R<String> {
    let name = this.definition().name;
    Ok(match bound_receiver(this) {
        None => format!("<built-in function {name}>"),
        Some(receiver) => {
            format!("<built-in method {name} of {} object at {:#x}>", receiver.class(t).full_name(t), receiver.bits())
        }
    })
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn native_hash(_: &Thread, this: Ref<NativeFunction>) -> i64 {
    let receiver = this.receiver.get().map_or(0, protocols::identity_hash);
    let definition = std::ptr::from_ref(this.definition()) as u64;
    let hash = (receiver ^ definition.rotate_right(4)) as i64;
    if hash == -1 { -2 } else { hash }
}

fn same(t: &Thread, this: Ref<NativeFunction>, other: Value) -> Option<bool> {
    let class = this.value().class(t);
    let other = other.downcast::<NativeFunction>().filter(|other| other.value().class(t) == class)?;
    Some(this.receiver.get() == other.receiver.get() && std::ptr::eq(this.definition(), other.definition()))
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn native_eq(t: &Thread, this: Ref<NativeFunction>, other: Value) -> Value {
    same(t, this, other).map_or(Value::NOT_IMPLEMENTED, Value::bool)
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn native_ne(t: &Thread, this: Ref<NativeFunction>, other: Value) -> Value {
    same(t, this, other).map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same))
}

/// Call self as a function.
#[native("__call__($self, /, *args, **kwargs)", raw)]
fn native_call(t: &Thread, args: Args<'_>) -> R {
    match args.values.first() {
        Some(&function) => protocols::call_args(t, function, args.rest()),
        None => Err(t.type_error("descriptor '__call__' needs an argument")),
    }
}

#[native("__reduce__($self, /)")]
fn builtin_reduce(t: &Thread, this: Ref<NativeFunction>) -> R {
    let name = name_value(t, this)?;
    match bound_receiver(this).or(this.owner.get()) {
        None => Ok(name),
        Some(receiver) => reduce_to_getattr(t, receiver, name),
    }
}

#[native("__reduce__($self, /)")]
fn wrapper_reduce(t: &Thread, this: Ref<NativeFunction>) -> R {
    let receiver = this.receiver.get().unwrap_or(Value::NONE);
    reduce_to_getattr(t, receiver, name_value(t, this)?)
}

#[native("__reduce__($self, /)")]
fn descriptor_reduce(t: &Thread, this: Ref<NativeFunction>) -> R {
    let owner = this.owner.get().unwrap_or(Value::NONE);
    reduce_to_getattr(t, owner, name_value(t, this)?)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn wrapper_repr(t: &Thread, this: Ref<NativeFunction>) -> R<String> {
    let receiver = this.receiver.get().unwrap_or(Value::NONE);
    Ok(format!(
        "<method-wrapper '{}' of {} object at {:#x}>",
        this.definition().name,
        receiver.class(t).name(),
        receiver.bits()
    ))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn method_repr(_: &Thread, this: Ref<NativeFunction>) -> String {
    format!("<method '{}' of '{}' objects>", this.definition().name, owner_name(this))
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn slot_repr(_: &Thread, this: Ref<NativeFunction>) -> String {
    format!("<slot wrapper '{}' of '{}' objects>", this.definition().name, owner_name(this))
}

fn invalid_get(t: &Thread) -> crate::raised::Raised {
    t.type_error("__get__(None, None) is invalid")
}

/// What `descriptor.__get__(instance, owner)` gives for the descriptors that need no class.
fn get_on(t: &Thread, descriptor: Value, instance: Value, owner: Option<Value>) -> R {
    if !instance.is_none() {
        return protocols::descriptor_get(t, descriptor, Some(instance), instance.class(t));
    }
    match owner.filter(|owner| !owner.is_none()) {
        // None itself has methods, too.
        Some(owner) if owner.is(t.classes().none_type.value()) => {
            protocols::descriptor_get(t, descriptor, Some(instance), t.classes().none_type)
        }
        Some(_) => Ok(descriptor),
        None => Err(invalid_get(t)),
    }
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn descriptor_get(t: &Thread, this: Ref<NativeFunction>, instance: Value, owner: Option<Value>) -> R {
    get_on(t, this.value(), instance, owner)
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn classmethod_get(t: &Thread, this: Ref<NativeFunction>, instance: Value, owner: Option<Value>) -> R {
    let class = match owner.filter(|owner| !owner.is_none()) {
        Some(class) => class,
        None if instance.is_none() => {
            let (name, owner) = (this.definition().name, owner_name(this));
            return Err(
                t.type_error(format_args!("descriptor '{name}' for type '{owner}' needs either an object or a type"))
            );
        }
        None => instance.class(t).value(),
    };
    check_class(t, this, class)?;
    Ok(NativeFunction::new(t, t.classes().builtin_function, this.definition(), Some(class), this.owner.get())?.value())
}

fn check_class(t: &Thread, this: Ref<NativeFunction>, class: Value) -> R<()> {
    let (name, owner_text) = (this.definition().name, owner_name(this));
    let Some(class) = class.downcast::<Class>() else {
        let got = class.class(t).name();
        return Err(t.type_error(format_args!(
            "descriptor '{name}' for type '{owner_text}' needs a type, not a '{got}' as arg 2"
        )));
    };
    if owner(this).is_some_and(|owner| !class.is_subclass_of(owner)) {
        let got = class.name();
        return Err(t.type_error(format_args!(
            "descriptor '{name}' requires a subtype of '{owner_text}' but received '{got}'"
        )));
    }
    Ok(())
}

/// `descriptor(class, ...)` of a class method's descriptor: the class comes first.
pub fn call_class_method(t: &Thread, this: Ref<NativeFunction>, args: Args<'_>) -> R {
    let (name, owner_text) = (this.definition().name, owner_name(this));
    let Some(&class) = args.positional().first() else {
        return Err(t.type_error(format_args!("descriptor '{name}' of '{owner_text}' object needs an argument")));
    };
    let Some(given) = class.downcast::<Class>() else {
        let got = class.class(t).name();
        return Err(t.type_error(format_args!("descriptor '{name}' requires a type but received a '{got}' instance")));
    };
    check_class(t, this, given.value())?;
    this.definition().invoke(t, Some(this), args)
}

fn get_name(t: &Thread, object: Value) -> R {
    name_value(t, of(object))
}

/// `Class.name`, for a class, or for the class of a receiver.
fn qualified(t: &Thread, class: Value, name: &str) -> R {
    let qualname = protocols::get_attribute(t, class, t.names().__qualname__)?;
    let Some(prefix) = Str::of(t, qualname) else {
        return Err(t.type_error("<descriptor>.__objclass__.__qualname__ is not a unicode object"));
    };
    Ok(Str::concat(t, prefix, Str::new(t, &format!(".{name}"))?)?.value())
}

fn get_builtin_qualname(t: &Thread, object: Value) -> R {
    let this = of(object);
    match bound_receiver(this) {
        None => get_qualname(t, object),
        Some(receiver) if receiver.downcast::<Class>().is_some() => qualified(t, receiver, this.definition().name),
        Some(receiver) => qualified(t, receiver.class(t).value(), this.definition().name),
    }
}

fn get_qualname(t: &Thread, object: Value) -> R {
    let this = of(object);
    match this.owner.get() {
        Some(owner) => qualified(t, owner, this.definition().name),
        None => name_value(t, this),
    }
}

/// The function as messages about its arguments call it: `list.append`, `math.sqrt`.
#[cold]
pub fn shown_name(t: &Thread, this: Ref<NativeFunction>) -> String {
    let text = |value: Value| Str::of(t, value).map(|text| text.to_string_lossy());
    let name = get_builtin_qualname(t, this.value()).ok().and_then(text);
    let name = name.unwrap_or_else(|| this.definition().name.to_owned());
    match this.module.get().and_then(text).filter(|module| module != "builtins") {
        Some(module) => format!("{module}.{name}"),
        None => name,
    }
}

fn get_owner(_: &Thread, object: Value) -> R {
    Ok(of(object).owner.get().unwrap_or(Value::NONE))
}

fn get_receiver(_: &Thread, object: Value) -> R {
    Ok(of(object).receiver.get().unwrap_or(Value::NONE))
}

fn get_module(_: &Thread, object: Value) -> R {
    Ok(of(object).module.get().unwrap_or(Value::NONE))
}

fn set_module(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let this = of(object);
    crate::object::SlotExt::put(&this.module, this.header(), t, value);
    Ok(())
}

fn text(t: &Thread, text: &str) -> R {
    if text.is_empty() { Ok(Value::NONE) } else { Ok(Str::new(t, text)?.value()) }
}

fn get_signature(t: &Thread, object: Value) -> R {
    text(t, of(object).definition().signature)
}

fn get_doc(t: &Thread, object: Value) -> R {
    text(t, of(object).definition().doc)
}

const DOC: GetSet = GetSet { name: "__doc__", get: get_doc, set: None, doc: "" };
const SIGNATURE: GetSet = GetSet { name: "__text_signature__", get: get_signature, set: None, doc: "" };
const NAME: GetSet = GetSet { name: "__name__", get: get_name, set: Some(read_only), doc: "" };
const QUALNAME: GetSet = GetSet { name: "__qualname__", get: get_qualname, set: None, doc: "" };
const OWNER: GetSet = GetSet { name: "__objclass__", get: get_owner, set: Some(read_only), doc: "" };

/// `builtin_function_or_method`.
pub static BUILTIN_FUNCTION: ClassDef = ClassDef {
    name: "builtin_function_or_method",
    module: "builtins",
    layout: NativeFunction::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&BUILTIN_REPR),
        MethodDef::Method(&NATIVE_HASH),
        MethodDef::Method(&NATIVE_CALL),
        MethodDef::Method(&NATIVE_EQ),
        MethodDef::Method(&NATIVE_NE),
        MethodDef::Method(&BUILTIN_REDUCE),
    ],
    getset: &[
        GetSet { name: "__module__", get: get_module, set: Some(set_module), doc: "" },
        DOC,
        GetSet { name: "__name__", get: get_name, set: None, doc: "" },
        GetSet { name: "__qualname__", get: get_builtin_qualname, set: None, doc: "" },
        GetSet { name: "__self__", get: get_receiver, set: None, doc: "" },
        SIGNATURE,
    ],
};

/// `method_descriptor`.
pub static METHOD_DESCRIPTOR: ClassDef = ClassDef {
    name: "method_descriptor",
    module: "builtins",
    layout: NativeFunction::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW | ClassFlags::METHOD_LIKE,
    doc: "",
    methods: &[
        MethodDef::Method(&METHOD_REPR),
        MethodDef::Method(&NATIVE_CALL),
        MethodDef::Method(&DESCRIPTOR_GET),
        MethodDef::Method(&DESCRIPTOR_REDUCE),
    ],
    getset: &[OWNER, NAME, QUALNAME, DOC, SIGNATURE],
};

/// `wrapper_descriptor`: what CPython calls slot wrappers.
pub static WRAPPER_DESCRIPTOR: ClassDef = ClassDef {
    name: "wrapper_descriptor",
    module: "builtins",
    layout: NativeFunction::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW | ClassFlags::METHOD_LIKE,
    doc: "",
    methods: &[
        MethodDef::Method(&SLOT_REPR),
        MethodDef::Method(&NATIVE_CALL),
        MethodDef::Method(&DESCRIPTOR_GET),
        MethodDef::Method(&DESCRIPTOR_REDUCE),
    ],
    getset: &[OWNER, NAME, QUALNAME, DOC, SIGNATURE],
};

/// `method-wrapper`: a slot wrapper bound to an object.
pub static METHOD_WRAPPER: ClassDef = ClassDef {
    name: "method-wrapper",
    module: "builtins",
    layout: NativeFunction::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&WRAPPER_REPR),
        MethodDef::Method(&NATIVE_HASH),
        MethodDef::Method(&NATIVE_CALL),
        MethodDef::Method(&NATIVE_EQ),
        MethodDef::Method(&NATIVE_NE),
        MethodDef::Method(&WRAPPER_REDUCE),
    ],
    getset: &[
        GetSet { name: "__self__", get: get_receiver, set: Some(read_only), doc: "" },
        GetSet { name: "__objclass__", get: get_owner, set: None, doc: "" },
        GetSet { name: "__name__", get: get_name, set: None, doc: "" },
        QUALNAME,
        DOC,
        SIGNATURE,
    ],
};

/// `classmethod_descriptor`.
pub static CLASSMETHOD_DESCRIPTOR: ClassDef = ClassDef {
    name: "classmethod_descriptor",
    module: "builtins",
    layout: NativeFunction::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&METHOD_REPR), MethodDef::Method(&NATIVE_CALL), MethodDef::Method(&CLASSMETHOD_GET)],
    getset: &[OWNER, NAME, QUALNAME, DOC, SIGNATURE],
};

/// Return repr(self).
#[native("__repr__($self, /)")]
fn getset_repr(_: &Thread, this: Ref<GetSetDescriptor>) -> String {
    let owner = this.owner.get().and_then(Value::downcast::<Class>).map_or_else(String::new, |owner| owner.name());
    format!("<attribute '{}' of '{owner}' objects>", this.definition().name)
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn getset_get(t: &Thread, this: Ref<GetSetDescriptor>, instance: Value, owner: Option<Value>) -> R {
    get_on(t, this.value(), instance, owner)
}

/// Set an attribute of instance to value.
#[native("__set__($self, instance, value, /)")]
fn getset_set(t: &Thread, this: Ref<GetSetDescriptor>, instance: Value, value: Value) -> R<()> {
    this.write(t, instance, Some(value))
}

/// Delete an attribute of instance.
#[native("__delete__($self, instance, /)")]
fn getset_delete(t: &Thread, this: Ref<GetSetDescriptor>, instance: Value) -> R<()> {
    this.write(t, instance, None)
}

fn getset_of(value: Value) -> Ref<GetSetDescriptor> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn get_getset_owner(_: &Thread, object: Value) -> R {
    Ok(getset_of(object).owner.get().unwrap_or(Value::NONE))
}

fn get_getset_name(t: &Thread, object: Value) -> R {
    Ok(Str::interned(t, getset_of(object).definition().name)?.value())
}

fn get_getset_qualname(t: &Thread, object: Value) -> R {
    let this = getset_of(object);
    qualified(t, this.owner.get().unwrap_or(Value::NONE), this.definition().name)
}

fn get_getset_doc(t: &Thread, object: Value) -> R {
    text(t, getset_of(object).definition().doc)
}

/// `getset_descriptor`.
pub static GETSET_DESCRIPTOR: ClassDef = ClassDef {
    name: "getset_descriptor",
    module: "builtins",
    layout: GetSetDescriptor::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&GETSET_REPR),
        MethodDef::Method(&GETSET_GET),
        MethodDef::Method(&GETSET_SET),
        MethodDef::Method(&GETSET_DELETE),
    ],
    getset: &[
        GetSet { name: "__objclass__", get: get_getset_owner, set: Some(read_only), doc: "" },
        GetSet { name: "__name__", get: get_getset_name, set: Some(read_only), doc: "" },
        GetSet { name: "__qualname__", get: get_getset_qualname, set: None, doc: "" },
        GetSet { name: "__doc__", get: get_getset_doc, set: None, doc: "" },
    ],
};

fn member_of(value: Value) -> Ref<MemberDescriptor> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn member_name(this: Ref<MemberDescriptor>) -> String {
    this.name.get().and_then(Value::downcast::<Str>).map_or_else(String::new, |name| name.to_string_lossy())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn member_repr(_: &Thread, this: Ref<MemberDescriptor>) -> String {
    let owner = this.owner.get().and_then(Value::downcast::<Class>).map_or_else(String::new, |owner| owner.name());
    format!("<member '{}' of '{owner}' objects>", member_name(this))
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn member_get(t: &Thread, this: Ref<MemberDescriptor>, instance: Value, owner: Option<Value>) -> R {
    get_on(t, this.value(), instance, owner)
}

/// Set an attribute of instance to value.
#[native("__set__($self, instance, value, /)")]
fn member_set(t: &Thread, this: Ref<MemberDescriptor>, instance: Value, value: Value) -> R<()> {
    this.write(t, instance, Some(value))
}

/// Delete an attribute of instance.
#[native("__delete__($self, instance, /)")]
fn member_delete(t: &Thread, this: Ref<MemberDescriptor>, instance: Value) -> R<()> {
    this.write(t, instance, None)
}

#[native("__reduce__($self, /)")]
fn member_reduce(t: &Thread, this: Ref<MemberDescriptor>) -> R {
    reduce_to_getattr(t, this.owner.get().unwrap_or(Value::NONE), this.name.get().unwrap_or(Value::NONE))
}

fn get_member_owner(_: &Thread, object: Value) -> R {
    Ok(member_of(object).owner.get().unwrap_or(Value::NONE))
}

fn get_member_name(_: &Thread, object: Value) -> R {
    Ok(member_of(object).name.get().unwrap_or(Value::NONE))
}

fn get_member_qualname(t: &Thread, object: Value) -> R {
    let this = member_of(object);
    qualified(t, this.owner.get().unwrap_or(Value::NONE), &member_name(this))
}

fn get_member_doc(_: &Thread, _: Value) -> R {
    Ok(Value::NONE)
}

/// `member_descriptor`.
pub static MEMBER_DESCRIPTOR: ClassDef = ClassDef {
    name: "member_descriptor",
    module: "builtins",
    layout: MemberDescriptor::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&MEMBER_REPR),
        MethodDef::Method(&MEMBER_GET),
        MethodDef::Method(&MEMBER_SET),
        MethodDef::Method(&MEMBER_DELETE),
        MethodDef::Method(&MEMBER_REDUCE),
    ],
    getset: &[
        GetSet { name: "__objclass__", get: get_member_owner, set: Some(read_only), doc: "" },
        GetSet { name: "__name__", get: get_member_name, set: Some(read_only), doc: "" },
        GetSet { name: "__qualname__", get: get_member_qualname, set: None, doc: "" },
        GetSet { name: "__doc__", get: get_member_doc, set: None, doc: "" },
    ],
};
