//! `super`.

use bytecode::LocalKind;

use crate::builtins::construct::class_argument;
use crate::builtins::member::{positional, read_only};
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Cell, Class, ClassFlags, Function, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

heap_object! {
    /// A `super` object.
    pub struct Super {
        /// `__thisclass__`.
        pub class: Slot,
        /// `__self__`, or unset.
        pub object: Slot,
        /// `__self_class__`: the class whose MRO is searched, or unset.
        pub object_class: Slot,
    }
    trace { class, object, object_class }
}

/// The class in whose MRO the search starts behind `class`: that of the object, or the object itself if it is a class.
fn checked_start(t: &Thread, class: Ref<Class>, object: Value) -> R<Ref<Class>> {
    if let Some(given) = object.downcast::<Class>()
        && given.is_subclass_of(class)
    {
        return Ok(given);
    }
    let own = object.class(t);
    if own.is_subclass_of(class) {
        return Ok(own);
    }
    let claimed = protocols::get_attribute_optional(t, object, t.names().__class__)?.and_then(Value::downcast::<Class>);
    if let Some(claimed) = claimed.filter(|claimed| claimed.is_subclass_of(class)) {
        return Ok(claimed);
    }
    let (kind, shown) = match object.downcast::<Class>() {
        Some(given) => ("type", given.name()),
        None => ("instance of", own.name()),
    };
    let name = class.name();
    Err(t.type_error(format_args!(
        "super(type, obj): obj ({kind} {shown}) is not an instance or subtype of type ({name})."
    )))
}

/// What the classes behind `class` in the MRO of `start` have under this name.
fn find(t: &Thread, class: Ref<Class>, start: Ref<Class>, name: Ref<Str>) -> Option<Value> {
    let behind = start.mro().target().as_slice().iter().skip_while(|entry| !entry.is(class.value())).skip(1);
    behind.filter_map(|entry| entry.downcast::<Class>()).find_map(|entry| entry.namespace().get_str(t, name))
}

/// `super(class, object).name`, without the object in between.
pub fn attribute(t: &Thread, class: Value, object: Value, name: Ref<Str>) -> R {
    let class = class_of_argument(t, class)?;
    let start = checked_start(t, class, object)?;
    match found_attribute(t, class, object, start, name)? {
        Some(value) => Ok(value),
        // The attributes of the super object itself are what is left.
        None => {
            let made = protocols::call(t, t.classes().super_.value(), &[class.value(), object])?;
            protocols::get_attribute(t, made, name)
        }
    }
}

fn class_of_argument(t: &Thread, class: Value) -> R<Ref<Class>> {
    match class.downcast() {
        Some(class) => Ok(class),
        None => Err(t.type_error(format_args!(
            "super() argument 1 must be a type, not {}",
            protocols::name_of_argument(t, class)
        ))),
    }
}

fn found_attribute(
    t: &Thread,
    class: Ref<Class>,
    object: Value,
    start: Ref<Class>,
    name: Ref<Str>,
) -> R<Option<Value>> {
    // `__class__` is that of the super object.
    if name == t.names().__class__ {
        return Ok(Some(t.classes().super_.value()));
    }
    let Some(value) = find(t, class, start, name) else { return Ok(None) };
    let instance = if start.value().is(object) { None } else { Some(object) };
    bind(t, value, instance, start).map(Some)
}

fn bind(t: &Thread, value: Value, instance: Option<Value>, start: Ref<Class>) -> R {
    protocols::descriptor_get(t, value, instance, start)
}

/// The Python function that `super(class, object).name` would bind to `object`, if it is one and `object` is an instance.
pub fn plain_method(t: &Thread, class: Value, object: Value, name: Ref<Str>) -> R<Option<Value>> {
    let class = class_of_argument(t, class)?;
    let start = checked_start(t, class, object)?;
    if start.value().is(object) || name == t.names().__class__ {
        return Ok(None);
    }
    let found = find(t, class, start, name);
    Ok(found.filter(|value| crate::exec::handlers::attributes::binds_plainly(t, *value)))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn super_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, t.classes().super_)?;
    Ok(t.allocate::<Super>(class)?.publish().value())
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, *args, **kwargs)", raw)]
fn super_init(t: &Thread, args: Args<'_>) -> R<()> {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<Super>()) else {
        return Err(t.type_error("descriptor '__init__' of 'super' object needs an argument"));
    };
    args.no_keywords(t, "super")?;
    let (class, object) = match *positional(t, "super()", args.rest(), 0, 2)? {
        [] => {
            let (class, object) = of_calling_frame(t)?;
            (class, Some(object))
        }
        [class] => (class, None),
        [class, object, ..] => (class, Some(object)),
    };
    let class = class_of_argument(t, class)?;
    let object = object.filter(|object| !object.is_none());
    let start = match object {
        Some(object) => Some(checked_start(t, class, object)?),
        None => None,
    };
    let header = this.header();
    this.class.put(header, t, class.value());
    this.object.put(header, t, object);
    this.object_class.put(header, t, start.map(Ref::value));
    Ok(())
}

/// What `super()` means in the running function: its `__class__` cell and its first argument.
fn of_calling_frame(t: &Thread) -> R<(Value, Value)> {
    let Some(frame) = t.frames().current() else { return Err(t.runtime_error("super(): no current frame")) };
    let unit = frame.code().unit();
    if unit.argument_count == 0 {
        return Err(t.runtime_error("super(): no arguments"));
    }
    let first = frame.register(0).and_then(|value| match (unit.locals[0].kind, value.downcast::<Cell>()) {
        (LocalKind::Cell | LocalKind::Free, Some(cell)) => cell.contents.get(),
        _ => Some(value),
    });
    let Some(object) = first else { return Err(t.runtime_error("super(): arg[0] deleted")) };
    Ok((class_cell(t, frame)?, object))
}

fn class_cell(t: &Thread, frame: &Frame) -> R {
    let code = frame.code();
    let names = t.names();
    for (index, local) in code.unit().locals.iter().enumerate() {
        if local.kind != LocalKind::Free || code.name_at(local.name as usize) != names.__class__ {
            continue;
        }
        let Some(cell) = closure_cell(frame, index) else { return Err(t.runtime_error("super(): bad __class__ cell")) };
        let Some(class) = cell.contents.get() else { return Err(t.runtime_error("super(): empty __class__ cell")) };
        if class.downcast::<Class>().is_none() {
            return Err(t.runtime_error(format_args!("super(): __class__ is not a type ({})", class.class(t).name())));
        }
        return Ok(class);
    }
    Err(t.runtime_error("super(): __class__ cell not found"))
}

/// The cell of a free variable: in its register once the code has copied it there, else in the closure.
fn closure_cell(frame: &Frame, index: usize) -> Option<Ref<Cell>> {
    if let Some(cell) = frame.register(index).and_then(Value::downcast::<Cell>) {
        return Some(cell);
    }
    let locals = &frame.code().unit().locals;
    let place = locals[..index].iter().filter(|local| local.kind == LocalKind::Free).count();
    let function: Ref<Function> = frame.function();
    function.closure()?.target().as_slice().get(place)?.downcast()
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn super_repr(_: &Thread, this: Ref<Super>) -> String {
    let class =
        this.class.get().and_then(Value::downcast::<Class>).map_or_else(|| "NULL".to_owned(), |class| class.name());
    match this.object_class.get().and_then(Value::downcast::<Class>) {
        Some(start) => format!("<super: <class '{class}'>, <{} object>>", start.name()),
        None => format!("<super: <class '{class}'>, NULL>"),
    }
}

/// Return getattr(self, name).
#[native("__getattribute__($self, name, /)")]
fn super_getattribute(t: &Thread, this: Ref<Super>, name: Value) -> R {
    let Some(text) = Str::of(t, name) else {
        return Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name())));
    };
    let parts = (
        this.class.get().and_then(Value::downcast::<Class>),
        this.object.get(),
        this.object_class.get().and_then(Value::downcast::<Class>),
    );
    if let (Some(class), Some(object), Some(start)) = parts
        && !Str::equal(text, t.names().__class__)
        && let Some(value) = found_attribute(t, class, object, start, text)?
    {
        return Ok(value);
    }
    match protocols::generic_get_optional(t, this.value(), text)? {
        Some(value) => Ok(value),
        None => Err(protocols::no_attribute(t, this.value(), text)),
    }
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn super_get(t: &Thread, this: Ref<Super>, instance: Value, _owner: Option<Value>) -> R {
    if instance.is_none() || this.object.get().is_some() {
        return Ok(this.value());
    }
    let own = this.value().class(t);
    let Some(class) = this.class.get() else { return Ok(this.value()) };
    if own != t.classes().super_ {
        return protocols::call(t, own.value(), &[class, instance]);
    }
    let class = class_of_argument(t, class)?;
    let start = checked_start(t, class, instance)?;
    let made = t.allocate::<Super>(own)?;
    made.set(|s| &s.class, class.value()).set(|s| &s.object, instance).set(|s| &s.object_class, start.value());
    Ok(made.publish().value())
}

fn of(value: Value) -> Ref<Super> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn get_this_class(_: &Thread, object: Value) -> R {
    Ok(of(object).class.get().unwrap_or(Value::NONE))
}

fn get_self(_: &Thread, object: Value) -> R {
    Ok(of(object).object.get().unwrap_or(Value::NONE))
}

fn get_self_class(_: &Thread, object: Value) -> R {
    Ok(of(object).object_class.get().unwrap_or(Value::NONE))
}

/// `super`.
pub static SUPER: ClassDef = ClassDef {
    name: "super",
    module: "builtins",
    layout: Super::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)",
    methods: &[
        MethodDef::New(&SUPER_NEW),
        MethodDef::Method(&SUPER_REPR),
        MethodDef::Method(&SUPER_GETATTRIBUTE),
        MethodDef::Method(&SUPER_GET),
        MethodDef::Method(&SUPER_INIT),
    ],
    getset: &[
        GetSet { name: "__thisclass__", get: get_this_class, set: Some(read_only), doc: "the class invoking super()" },
        GetSet {
            name: "__self__",
            get: get_self,
            set: Some(read_only),
            doc: "the instance invoking super(); may be None",
        },
        GetSet {
            name: "__self_class__",
            get: get_self_class,
            set: Some(read_only),
            doc: "the type of the instance invoking super(); may be None",
        },
    ],
};
