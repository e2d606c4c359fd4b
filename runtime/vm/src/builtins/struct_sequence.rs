//! Struct sequences: tuples whose items also have names (`sys.version_info`, `os.stat_result`, `time.struct_time`).
//!
//! A class is made for each interpreter: a subclass of tuple with a property for each name. Fields past the visible ones are
//! attributes of the instance only.

use crate::containers::intern_text;
use crate::native;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{Boxed, Class, Dict, ItemDescriptor, Module, NativeFunction, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

/// What a struct sequence class looks like.
pub struct Description {
    /// Its name, with the module: `sys.version_info`.
    pub name: &'static str,
    /// The doc string.
    pub doc: &'static str,
    /// Names of the visible items; an empty name has none.
    pub fields: &'static [&'static str],
    /// Names of the attributes that are no items.
    pub hidden: &'static [&'static str],
    /// Whether Python code may call the class.
    pub callable: bool,
}

#[native("__get__($self, instance, owner=None, /)")]
fn getter_get(t: &Thread, this: Ref<ItemDescriptor>, instance: Value, _owner: Value) -> R {
    this.read(t, instance).unwrap_or_else(|| Ok(this.value()))
}

#[native("__set__($self, instance, value, /)")]
fn getter_set(t: &Thread, _this: Ref<ItemDescriptor>, _instance: Value, _value: Value) -> R<()> {
    Err(t.raise(t.classes().attribute_error, "readonly attribute"))
}

static GETTER: NativeClass = NativeClass::new(ClassDef {
    name: "member_descriptor",
    module: "builtins",
    layout: ItemDescriptor::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "",
    methods: &[MethodDef::Method(&GETTER_GET), MethodDef::Method(&GETTER_SET)],
    getset: &[],
});

fn field_names(t: &Thread, class: Ref<Class>) -> R<Ref<Tuple>> {
    let names = class.lookup(t, intern_text(t, "__match_args__")?);
    Ok(names.and_then(|names| Tuple::of(t, names)).unwrap_or_else(|| t.empty_tuple()))
}

fn count(t: &Thread, class: Ref<Class>, name: &str) -> R<usize> {
    let value = class.lookup(t, intern_text(t, name)?);
    Ok(value.and_then(Value::as_small_int).unwrap_or(0) as usize)
}

#[native("__new__", raw)]
fn sequence_new(t: &Thread, args: Args<'_>) -> R {
    let class: Ref<Class> =
        args.values.first().and_then(|class| class.downcast()).ok_or_else(|| t.type_error("expected a class"))?;
    let given = args.rest();
    let (mut sequence, mut extra) = (given.positional().first().copied(), given.positional().get(1).copied());
    for (name, value) in given.keywords() {
        match &*name.to_string_lossy() {
            "sequence" => sequence = Some(value),
            "dict" => extra = Some(value),
            other => return Err(t.type_error(format_args!("structseq() got an unexpected keyword argument '{other}'"))),
        }
    }
    let Some(sequence) = sequence else {
        return Err(t.type_error("structseq() missing required argument 'sequence' (pos 1)"));
    };
    let extra = extra.and_then(Value::downcast::<Dict>);
    let items = match protocols::tuple_of(t, sequence) {
        Ok(items) => items,
        Err(raised) => {
            t.catch(raised, t.classes().type_error)?;
            return Err(t.type_error("constructor requires a sequence"));
        }
    };
    let (visible, all) = (count(t, class, "n_sequence_fields")?, count(t, class, "n_fields")?);
    let name = class.full_name(t);
    if items.len() < visible || items.len() > all {
        let bound = if visible == all {
            format!("a {visible}-sequence")
        } else if items.len() < visible {
            format!("an at least {visible}-sequence")
        } else {
            format!("an at most {all}-sequence")
        };
        return Err(t.type_error(format_args!("{name}() takes {bound} ({}-sequence given)", items.len())));
    }
    let shown = Tuple::from_slice(t, &items.as_slice()[..visible])?;
    let instance = boxed(t, class, shown)?;
    let hidden = class
        .lookup(t, intern_text(t, "_hidden_fields")?)
        .and_then(|names| Tuple::of(t, names))
        .unwrap_or_else(|| t.empty_tuple());
    for (offset, name) in hidden.as_slice().iter().enumerate() {
        let Some(name) = Str::of(t, *name) else { continue };
        let from_dict = extra.and_then(|extra| extra.get_str(t, name));
        let value = items.as_slice().get(visible + offset).copied().or(from_dict).unwrap_or(Value::NONE);
        set_hidden(t, instance, name, value)?;
    }
    Ok(instance)
}

fn set_hidden(t: &Thread, instance: Value, name: Ref<Str>, value: Value) -> R<()> {
    match instance.header() {
        Some(header) => crate::shapes::set(t, header, name, value),
        None => Ok(()),
    }
}

fn boxed(t: &Thread, class: Ref<Class>, items: Ref<Tuple>) -> R {
    let object = t.allocate::<Boxed>(class)?;
    object.set(|b| &b.value, items.value());
    let object = object.publish();
    crate::shapes::initialize(t, object.header(), class)?;
    Ok(object.value())
}

#[native("__repr__($self, /)")]
fn sequence_repr(t: &Thread, this: Value) -> R<String> {
    let class = this.class(t);
    let names = field_names(t, class)?;
    let items = Tuple::of(t, this).unwrap_or_else(|| t.empty_tuple());
    let mut parts = Vec::new();
    for (index, item) in items.as_slice().iter().enumerate() {
        let name = names
            .as_slice()
            .get(index)
            .and_then(|name| Str::of(t, *name))
            .map_or_else(String::new, |name| name.to_string_lossy());
        parts.push(format!("{name}={}", protocols::repr(t, *item)?.to_string_lossy()));
    }
    Ok(format!("{}({})", class.full_name(t), parts.join(", ")))
}

#[native("__reduce__($self, /)")]
fn sequence_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    let class = this.class(t);
    let extra = Dict::new(t)?;
    if let Some(header) = this.header() {
        let mut position = 0;
        while let Some((name, value, next)) = crate::shapes::next_attribute(t, header, position) {
            extra.set_str(t, name, value)?;
            position = next;
        }
    }
    let items = Tuple::of(t, this).unwrap_or_else(|| t.empty_tuple());
    let arguments = Tuple::from_slice(t, &[items.value(), extra.value()])?;
    Tuple::from_slice(t, &[class.value(), arguments.value()])
}

/// Makes the class for this interpreter.
pub fn make_class(t: &Thread, description: &Description) -> R<Ref<Class>> {
    let (module, name) = description.name.rsplit_once('.').unwrap_or(("builtins", description.name));
    let namespace = Dict::new(t)?;
    let put = |name: &str, value: Value| -> R<()> { namespace.set_str(t, intern_text(t, name)?, value) };
    put("__module__", intern_text(t, module)?.value())?;
    put("__doc__", Str::new(t, description.doc)?.value())?;
    put("n_fields", Value::small((description.fields.len() + description.hidden.len()) as i32))?;
    put("n_sequence_fields", Value::small(description.fields.len() as i32))?;
    put("n_unnamed_fields", Value::small(description.fields.iter().filter(|name| name.is_empty()).count() as i32))?;
    let names = |list: &[&'static str]| Tuple::with(t, list.len(), |index| Ok(intern_text(t, list[index])?.value()));
    put("__match_args__", names(description.fields)?.value())?;
    put("_hidden_fields", names(description.hidden)?.value())?;
    for (index, field) in description.fields.iter().enumerate().filter(|(_, field)| !field.is_empty()) {
        put(field, ItemDescriptor::new(t, GETTER.get(t), index as i64, None)?.value())?;
    }
    let bases = Tuple::from_slice(t, &[t.classes().tuple.value()])?;
    let class = protocols::call(
        t,
        t.classes().type_.value(),
        &[intern_text(t, name)?.value(), bases.value(), namespace.value()],
    )?;
    let class: Ref<Class> = class.downcast().expect("type makes classes");
    for definition in [&SEQUENCE_REPR, &SEQUENCE_REDUCE] {
        let function = NativeFunction::new(t, t.classes().method_descriptor, definition, None, Some(class.value()))?;
        class.set_attribute(t, intern_text(t, definition.name)?, Some(function.value()))?;
    }
    let new = NativeFunction::new(t, t.classes().builtin_function, &SEQUENCE_NEW, Some(class.value()), None)?;
    class.set_attribute(t, t.names().__new__, Some(new.value()))?;
    class.set_flag(crate::objects::ClassFlags::NO_NEW, !description.callable);
    class.set_flag(crate::objects::ClassFlags::BASE, false);
    Ok(class)
}

/// Makes an instance of a class that `make_class` made: the visible items, then the hidden ones in order.
pub fn make(t: &Thread, class: Ref<Class>, items: &[Value], hidden: &[(&str, Value)]) -> R {
    let instance = boxed(t, class, Tuple::from_slice(t, items)?)?;
    for (name, value) in hidden {
        set_hidden(t, instance, intern_text(t, name)?, *value)?;
    }
    Ok(instance)
}

/// Makes the class, adds it to a module under its name and gives it.
pub fn add_class(t: &Thread, module: Ref<Module>, description: &Description) -> R<Ref<Class>> {
    let class = make_class(t, description)?;
    module.add(t, &class.name(), class.value())?;
    Ok(class)
}
