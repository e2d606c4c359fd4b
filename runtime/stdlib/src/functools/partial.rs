//! `partial`, with `Placeholder` (3.14): a function with some of its arguments given.
//!
//! Invariant: an instance's slots are filled when it is made (or by `__setstate__`): a callable, a tuple, a dict.

use text::TextBuilder;
use vm::builtins::construct::checked_class;
use vm::builtins::object::{get_dict, new_instance, set_dict};
use vm::builtins::sequence::CLASS_GETITEM;
use vm::containers::{ReprGuard, ValueVec};
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Dict, Method};
use vm::protocols;
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicUsize, Ordering};
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

heap_object! {
    /// A partial.
    pub struct Partial {
        function: Slot,
        arguments: Slot,
        keywords: Slot,
        /// How many of the arguments are placeholders.
        placeholders: AtomicUsize,
    }
    trace { function, arguments, keywords }
}

heap_object! {
    /// The one `Placeholder`.
    pub struct Placeholder {}
    trace {}
    fixed
}

/// The placeholder, of which each interpreter has one.
pub fn placeholder(t: &Thread) -> R {
    let name = vm::containers::intern_text(t, "_the_placeholder")?;
    let class = PLACEHOLDER_TYPE.get(t);
    let state = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
    let Some(state) = state else { return Err(t.runtime_error("the interpreter has no module state")) };
    if let Some(found) = state.get_str(t, name) {
        return Ok(found);
    }
    let made = vm::containers::allocate::<Placeholder>(t, class, size_of::<Placeholder>(), Placeholder::layout().kind)?;
    Ok(state.set_default(t, name.value(), made.publish().value())?.0)
}

fn is_placeholder(value: Value) -> bool {
    value.downcast::<Placeholder>().is_some()
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn placeholder_new(t: &Thread, args: Args<'_>) -> R {
    if args.values.len() > 1 {
        return Err(t.type_error("PlaceholderType takes no arguments"));
    }
    placeholder(t)
}

#[native("__repr__($self, /)")]
fn placeholder_repr(_: &Thread, _this: Value) -> &'static str {
    "Placeholder"
}

#[native("__reduce__($self, /)")]
fn placeholder_reduce(_: &Thread, _this: Value) -> &'static str {
    "Placeholder"
}

/// `_PlaceholderType`
pub static PLACEHOLDER_TYPE: NativeClass = NativeClass::new(ClassDef {
    name: "_PlaceholderType",
    module: "functools",
    layout: Placeholder::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    methods: &[
        MethodDef::New(&PLACEHOLDER_NEW),
        MethodDef::Method(&PLACEHOLDER_REPR),
        MethodDef::Method(&PLACEHOLDER_REDUCE),
    ],
    getset: &[],
});

impl Partial {
    fn arguments(&self, t: &Thread) -> Ref<Tuple> {
        self.arguments.get().and_then(Value::downcast::<Tuple>).unwrap_or_else(|| Tuple::empty(t))
    }

    fn keywords(&self) -> Option<Ref<Dict>> {
        self.keywords.get().and_then(Value::downcast::<Dict>)
    }

    fn set(&self, t: &Thread, function: Value, arguments: Ref<Tuple>, keywords: Ref<Dict>) {
        let count = arguments.as_slice().iter().filter(|&&argument| is_placeholder(argument)).count();
        self.function.put(&self.header, t, function);
        self.arguments.put(&self.header, t, arguments.value());
        self.keywords.put(&self.header, t, keywords.value());
        self.placeholders.store(count, Ordering::Relaxed);
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn partial_new(t: &Thread, args: Args<'_>) -> R {
    let [class, function, given @ ..] = args.positional() else {
        return Err(t.type_error("type 'partial' takes at least one argument"));
    };
    let class = checked_class(t, *class, PARTIAL.get(t))?;
    let mut function = *function;
    if !protocols::is_callable(t, function) {
        return Err(t.type_error("the first argument must be callable"));
    }
    if given.last().is_some_and(|&last| is_placeholder(last)) {
        return Err(t.type_error("trailing Placeholders are not allowed"));
    }
    if args.keywords().any(|(_, value)| is_placeholder(value)) {
        return Err(t.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    let mut arguments = ValueVec::new(t);
    let keywords = Dict::new(t)?;
    // A partial of a partial is one of the function behind it.
    let inner =
        function.downcast::<Partial>().filter(|_| function.class(t) == PARTIAL.get(t) && class == PARTIAL.get(t));
    match inner {
        Some(inner) => {
            merge(t, &mut arguments, inner.arguments(t).as_slice(), given)?;
            if let Some(own) = inner.keywords() {
                keywords.update_from_dict(t, own)?;
            }
            function = inner.function.get().unwrap_or(function);
        }
        None => arguments.extend_from_slice(t, given)?,
    }
    for (name, value) in args.keywords() {
        keywords.set_str(t, name, value)?;
    }
    let made = new_instance(t, class)?;
    if let Some(this) = made.downcast::<Partial>() {
        this.set(t, function, arguments.into_tuple(t)?, keywords);
    }
    Ok(made)
}

/// Puts given arguments in the place of placeholders, as far as they go, and the rest after all.
fn merge(t: &Thread, target: &mut ValueVec, own: &[Value], given: &[Value]) -> R<()> {
    let mut given = given.iter();
    for &argument in own {
        let filled = if is_placeholder(argument) { given.next().copied().unwrap_or(argument) } else { argument };
        target.push(t, filled)?;
    }
    for &argument in given {
        target.push(t, argument)?;
    }
    Ok(())
}

/// Call self as a function.
#[native("__call__", raw)]
fn partial_call(t: &Thread, args: Args<'_>) -> R {
    let this = vm::builtins::arguments::receiver::<Partial>(t, args, &PARTIAL_CALL)?;
    let rest = args.rest();
    let (given, missing) = (rest.positional(), this.placeholders.load(Ordering::Relaxed));
    if given.len() < missing {
        let count = given.len();
        return Err(t.type_error(format_args!(
            "missing positional arguments in 'partial' call; expected at least {missing}, got {count}"
        )));
    }
    let function = this.function.get().unwrap_or(Value::NONE);
    let own = this.arguments(t);
    let keywords = this.keywords().filter(|keywords| !keywords.is_empty(t));
    let mut values = ValueVec::with_capacity(t, own.len() + rest.values.len())?;
    merge(t, &mut values, own.as_slice(), given)?;
    match keywords {
        None if rest.names.is_none() => protocols::call(t, function, values.as_slice()),
        None => {
            values.extend_from_slice(t, &rest.values[given.len()..])?;
            protocols::call_kw(t, function, values.as_slice(), rest.names)
        }
        Some(keywords) => {
            let merged = keywords.copy(t)?;
            for (name, value) in rest.keywords() {
                merged.set_str(t, name, value)?;
            }
            let arguments = values.into_tuple(t)?;
            protocols::call_unpacked(t, function, None, arguments, Some(merged))
        }
    }
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn partial_get(t: &Thread, this: Ref<Partial>, instance: Value, _owner: Value) -> R {
    if instance.is_none() { Ok(this.value()) } else { Ok(Method::new(t, this.value(), instance)?.value()) }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn partial_repr(t: &Thread, this: Ref<Partial>) -> R<Ref<Str>> {
    let Some(_guard) = ReprGuard::enter(t, this.value())? else { return Str::new(t, "...") };
    let mut text = TextBuilder::new();
    text.push_str(&this.value().class(t).full_name(t));
    text.push_str("(");
    text.push_units(protocols::repr(t, this.function.get().unwrap_or(Value::NONE))?.units());
    for &argument in this.arguments(t).as_slice() {
        text.push_str(", ");
        text.push_units(protocols::repr(t, argument)?.units());
    }
    if let Some(keywords) = this.keywords() {
        keywords.for_each(t, |name, value| {
            text.push_str(", ");
            text.push_units(protocols::str(t, name)?.units());
            text.push_str("=");
            text.push_units(protocols::repr(t, value)?.units());
            Ok(())
        })?;
    }
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

#[native("__reduce__($self, /)")]
fn partial_reduce(t: &Thread, this: Ref<Partial>) -> R<Ref<Tuple>> {
    let function = this.function.get().unwrap_or(Value::NONE);
    let keywords = this.keywords().map_or(Value::NONE, Ref::value);
    let own = match get_dict(t, this.value())?.downcast::<Dict>() {
        Some(own) if !own.is_empty(t) => own.value(),
        _ => Value::NONE,
    };
    let state = Tuple::from_slice(t, &[function, this.arguments(t).value(), keywords, own])?;
    let arguments = Tuple::from_slice(t, &[function])?;
    Tuple::from_slice(t, &[this.value().class(t).value(), arguments.value(), state.value()])
}

#[native("__setstate__($self, object, /)")]
fn partial_setstate(t: &Thread, this: Ref<Partial>, state: Value) -> R<()> {
    let invalid = || t.type_error("invalid partial state");
    let Some(parts) = Tuple::of(t, state).filter(|parts| parts.len() == 4) else { return Err(invalid()) };
    let &[function, arguments, keywords, own] = parts.as_slice() else { return Err(invalid()) };
    let Some(arguments) = Tuple::of(t, arguments).filter(|_| protocols::is_callable(t, function)) else {
        return Err(invalid());
    };
    if arguments.as_slice().last().is_some_and(|&last| is_placeholder(last)) {
        return Err(t.type_error("trailing Placeholders are not allowed"));
    }
    let keywords = match keywords.downcast::<Dict>() {
        Some(keywords) if keywords.value().class(t) == t.classes().dict => keywords,
        Some(keywords) => keywords.copy(t)?,
        None if keywords.is_none() => Dict::new(t)?,
        None => return Err(invalid()),
    };
    this.set(t, function, arguments, keywords);
    set_dict(t, this.value(), Some(own).filter(|own| !own.is_none()))
}

fn part(this: Value, slot: impl Fn(&Partial) -> &Slot) -> R {
    Ok(this.downcast::<Partial>().and_then(|this| slot(this.target()).get()).unwrap_or(Value::NONE))
}

/// `partial`
pub static PARTIAL: NativeClass = NativeClass::new(ClassDef {
    name: "partial",
    module: "functools",
    layout: Partial::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF,
    doc: "Create a new function with partial application of the given arguments and keywords.",
    methods: &[
        MethodDef::New(&PARTIAL_NEW),
        MethodDef::Method(&PARTIAL_CALL),
        MethodDef::Method(&PARTIAL_GET),
        MethodDef::Method(&PARTIAL_REPR),
        MethodDef::Method(&PARTIAL_REDUCE),
        MethodDef::Method(&PARTIAL_SETSTATE),
        MethodDef::Class(&CLASS_GETITEM),
    ],
    getset: &[
        GetSet {
            name: "func",
            get: |_, this| part(this, |p| &p.function),
            set: None,
            doc: "function object to use in future partial calls",
        },
        GetSet {
            name: "args",
            get: |_, this| part(this, |p| &p.arguments),
            set: None,
            doc: "tuple of arguments to future partial calls",
        },
        GetSet {
            name: "keywords",
            get: |_, this| part(this, |p| &p.keywords),
            set: None,
            doc: "dictionary of keyword arguments to future partial calls",
        },
        GetSet { name: "__dict__", get: get_dict, set: Some(set_dict), doc: "" },
    ],
});
