//! Exception groups (PEP 654): the class, splitting, and what `except*` raises in the end.

use crate::exceptions::fields;
use crate::native;
use crate::native::{Args, GetSet, MethodDef};
use crate::object::{Ref, SlotExt};
use crate::objects::frame::new_traceback;
use crate::objects::{BaseException, Class, List, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

type Group = Ref<BaseException>;

/// The field that holds how the exceptions showed themselves.
const SHOWN: usize = 2;

fn members(group: Value) -> Option<Ref<Tuple>> {
    group.downcast::<BaseException>()?.detail(1)?.downcast()
}

fn is_group(t: &Thread, value: Value) -> bool {
    value.class(t).is_subclass_of(t.classes().base_exception_group)
}

#[native("__new__", raw)]
fn group_new(t: &Thread, args: Args<'_>) -> R {
    let class: Ref<Class> =
        args.values.first().and_then(|class| class.downcast()).ok_or_else(|| t.type_error("expected a class"))?;
    let [message, sequence] = args.rest().positional() else {
        let given = args.rest().positional().len();
        return Err(
            t.type_error(format_args!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({given} given)"))
        );
    };
    if Str::of(t, *message).is_none() {
        return Err(t.type_error(format_args!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            message.class(t).name()
        )));
    }
    if !protocols::is_sequence(t, *sequence) {
        return Err(t.type_error("second argument (exceptions) must be a sequence"));
    }
    // A list or tuple shows as what it held; anything else as it showed itself when the group was made.
    let shown = if sequence.downcast::<List>().is_some() || Tuple::of(t, *sequence).is_some() {
        None
    } else {
        Some(protocols::repr(t, *sequence)?.value())
    };
    let exceptions = crate::protocols::list_of(t, *sequence)?.to_tuple(t)?;
    if exceptions.is_empty() {
        return Err(t.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut only_exceptions = true;
    for (index, member) in exceptions.as_slice().iter().enumerate() {
        if member.downcast::<BaseException>().is_none() {
            return Err(t.value_error(format_args!("Item {index} of second argument (exceptions) is not an exception")));
        }
        only_exceptions &= member.class(t).is_subclass_of(t.classes().exception);
    }
    let class = group_class(t, class, only_exceptions)?;
    let object = t.allocate_instance(class)?;
    crate::shapes::initialize(t, object, class)?;
    let group: Group = Value::of_header(object).downcast().expect("exception classes have this layout");
    group.args.put(object, t, Tuple::from_slice(t, &[*message, *sequence])?.value());
    fields::set(t, group, 0, Some(*message))?;
    fields::set(t, group, 1, Some(exceptions.value()))?;
    fields::set(t, group, SHOWN, shown)?;
    Ok(group.value())
}

fn group_class(t: &Thread, class: Ref<Class>, only_exceptions: bool) -> R<Ref<Class>> {
    let classes = t.classes();
    if class == classes.base_exception_group {
        return Ok(if only_exceptions { classes.exception_group } else { class });
    }
    if only_exceptions || !class.is_subclass_of(classes.exception) {
        return Ok(class);
    }
    if class == classes.exception_group {
        return Err(t.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    Err(t.type_error(format_args!("Cannot nest BaseExceptions in '{}'", class.name())))
}

#[native("__init__", raw)]
fn group_init(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "BaseExceptionGroup")?;
    Ok(Value::NONE)
}

#[native("__str__($self, /)")]
fn group_str(t: &Thread, this: Group) -> R<String> {
    let message = protocols::str(t, this.detail(0).unwrap_or(Value::NONE))?;
    let count = members(this.value()).map_or(0, |members| members.len());
    Ok(format!("{} ({count} sub-exception{})", message.to_string_lossy(), native::plural(count)))
}

#[native("__repr__($self, /)")]
fn group_repr(t: &Thread, this: Group) -> R<String> {
    let message = protocols::repr(t, this.detail(0).unwrap_or(Value::NONE))?.to_string_lossy();
    let given = this.args().filter(|args| args.len() == 2).map(|args| args.get(1));
    let own = members(this.value()).unwrap_or_else(|| t.empty_tuple());
    let shown = match this.detail(SHOWN).and_then(|shown| Str::of(t, shown)) {
        Some(shown) => shown,
        None if given.is_some_and(|given| given.downcast::<List>().is_some()) => {
            protocols::repr(t, List::from_slice(t, own.as_slice())?.value())?
        }
        None => protocols::repr(t, own.value())?,
    };
    Ok(format!("{}({message}, {})", this.value().class(t).name(), shown.to_string_lossy()))
}

/// Return a new instance wrapping other exceptions with the same message.
#[native("derive($self, excs, /)")]
fn group_derive(t: &Thread, this: Group, exceptions: Value) -> R {
    let message = this.detail(0).unwrap_or(Value::NONE);
    protocols::call(t, t.classes().base_exception_group.value(), &[message, exceptions])
}

#[native("split($self, matcher_value, /)")]
fn group_split(t: &Thread, this: Group, condition: Value) -> R<Ref<Tuple>> {
    let matcher = Matcher::new(t, condition)?;
    let (rest, matched) = split_by(t, this.value(), matcher, true)?;
    Tuple::from_slice(t, &[matched, rest])
}

#[native("subgroup($self, matcher_value, /)")]
fn group_subgroup(t: &Thread, this: Group, condition: Value) -> R {
    let matcher = Matcher::new(t, condition)?;
    split_by(t, this.value(), matcher, false).map(|(_, matched)| matched)
}

#[native("__class_getitem__($type, object, /)")]
fn group_class_getitem(t: &Thread, class: Value, item: Value) -> R {
    crate::builtins::generic_alias::new(t, class, item)
}

/// The methods of `BaseExceptionGroup`.
pub static METHODS: &[MethodDef] = &[
    MethodDef::New(&GROUP_NEW),
    MethodDef::Method(&GROUP_INIT),
    MethodDef::Method(&GROUP_STR),
    MethodDef::Method(&GROUP_REPR),
    MethodDef::Method(&GROUP_DERIVE),
    MethodDef::Method(&GROUP_SPLIT),
    MethodDef::Method(&GROUP_SUBGROUP),
    MethodDef::Class(&GROUP_CLASS_GETITEM),
];

/// The computed attributes of `BaseExceptionGroup`.
pub static GETSET: &[GetSet] = &[
    GetSet { name: "message", get: fields::get::<0>, set: None, doc: "exception message" },
    GetSet { name: "exceptions", get: fields::get::<1>, set: None, doc: "nested exceptions" },
];

/// What decides which leaves match: classes, or a function.
#[derive(Clone, Copy)]
enum Matcher {
    Classes(Value),
    Function(Value),
}

impl Matcher {
    fn new(t: &Thread, condition: Value) -> R<Self> {
        let base = t.classes().base_exception;
        let is_class = |value: Value| value.downcast::<Class>().is_some_and(|class| class.is_subclass_of(base));
        if is_class(condition)
            || Tuple::of(t, condition).is_some_and(|classes| classes.as_slice().iter().all(|&class| is_class(class)))
        {
            return Ok(Matcher::Classes(condition));
        }
        if condition.downcast::<Class>().is_none()
            && condition.class(t).special(t, crate::names::Special::Call).is_some()
        {
            return Ok(Matcher::Function(condition));
        }
        Err(t.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
    }

    fn matches(self, t: &Thread, value: Value) -> R<bool> {
        match self {
            Matcher::Function(function) => {
                let result = protocols::call(t, function, &[value])?;
                protocols::is_true(t, result)
            }
            Matcher::Classes(classes) => {
                let one =
                    |class: Value| class.downcast::<Class>().is_some_and(|class| value.class(t).is_subclass_of(class));
                Ok(match Tuple::of(t, classes) {
                    Some(classes) => classes.as_slice().iter().any(|&class| one(class)),
                    None => one(classes),
                })
            }
        }
    }
}

fn split_by(t: &Thread, value: Value, matcher: Matcher, want_rest: bool) -> R<(Value, Value)> {
    t.check_recursion(" in exceptiongroup_split_recursive")?;
    if matcher.matches(t, value)? {
        return Ok((Value::NONE, value));
    }
    if !is_group(t, value) {
        return Ok((value, Value::NONE));
    }
    let (rest, matched) = (List::new(t)?, List::new(t)?);
    let inner = members(value).unwrap_or_else(|| t.empty_tuple());
    for &member in inner.as_slice() {
        let (other, found) = split_by(t, member, matcher, want_rest)?;
        if !found.is_none() {
            matched.push(t, found)?;
        }
        if !other.is_none() {
            rest.push(t, other)?;
        }
    }
    let matched = derive(t, value, matched)?;
    let rest = if want_rest { derive(t, value, rest)? } else { Value::NONE };
    Ok((rest, matched))
}

/// A group of these members that is otherwise like `group`; None if there are none.
fn derive(t: &Thread, group: Value, list: Ref<List>) -> R {
    if list.is_empty() {
        return Ok(Value::NONE);
    }
    let name = crate::containers::intern_text(t, "derive")?;
    let made = protocols::call_method(t, group, name, &[list.value()])?;
    if !is_group(t, made) {
        return Err(t.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    if let (Some(from), Some(to)) = (group.downcast::<BaseException>(), made.downcast::<BaseException>()) {
        to.traceback.put(to.header(), t, from.traceback.get());
        to.context.put(to.header(), t, from.context.get());
        let suppress = to.suppress_context.load(sync::atomic::Ordering::Relaxed);
        super::set_cause(t, made, from.cause.get());
        to.suppress_context.store(suppress, sync::atomic::Ordering::Relaxed);
    }
    if let Some(notes) = protocols::get_attribute_optional(t, group, t.names().__notes__)? {
        if let Ok(copy) = crate::protocols::list_of(t, notes) {
            protocols::set_attribute(t, made, t.names().__notes__, copy.value())?;
        } else {
            t.clear_pending();
        }
    }
    Ok(made)
}

/// Splits a group by the classes of an `except*`, as its class does: the rest and the matching part.
pub fn split(t: &Thread, group: Value, classes: Value) -> R<(Value, Value)> {
    let name = crate::containers::intern_text(t, "split")?;
    let parts = protocols::call_method(t, group, name, &[classes])?;
    let class = || group.class(t).name();
    let Some(parts) = Tuple::of(t, parts) else {
        let got = parts.class(t).name();
        return Err(t.type_error(format_args!("{}.split must return a tuple, not {got}", class())));
    };
    match *parts.as_slice() {
        [matched, rest, ..] => Ok((rest, matched)),
        _ => {
            let (class, size) = (class(), parts.len());
            Err(t.type_error(format_args!("{class}.split must return a 2-tuple, got tuple of size {size}")))
        }
    }
}

/// A group around a single exception that an `except*` of `frame` caught. It comes from there.
pub fn wrap(t: &Thread, exception: Value, frame: &Frame) -> R {
    let only = Tuple::from_slice(t, &[exception])?;
    let message = Str::new(t, "")?;
    let group = protocols::call(t, t.classes().exception_group.value(), &[message.value(), only.value()])?;
    if let Some(group) = group.downcast::<BaseException>() {
        group.traceback.put(group.header(), t, new_traceback(t, frame, None)?.value());
    }
    Ok(group)
}

/// What a `try` with `except*` raises in the end: `list` holds what the handlers raised and, where it was not handled, the rest of `original`.
pub fn prepare_reraise_star(t: &Thread, original: Value, list: Ref<List>) -> R {
    let (raised, reraised) = (List::new(t)?, List::new(t)?);
    let mut index = 0;
    while let Some(item) = list.get(index) {
        index += 1;
        if item.is_none() {
            continue;
        }
        if !is_group(t, original) {
            // A lone exception was wrapped: it comes back as it was, or something new was raised.
            return if list.len() > 1 { pack(t, list) } else { Ok(item) };
        }
        let target = if same_origin(original, item) { reraised } else { raised };
        target.push(t, item)?;
    }
    if raised.is_empty() && reraised.is_empty() {
        return Ok(Value::NONE);
    }
    let projection = project(t, original, reraised)?;
    if raised.is_empty() {
        return Ok(projection);
    }
    if !projection.is_none() {
        raised.push(t, projection)?;
    }
    if raised.len() == 1 { Ok(raised.get(0).unwrap_or(Value::NONE)) } else { pack(t, raised) }
}

fn pack(t: &Thread, list: Ref<List>) -> R {
    let kept = List::new(t)?;
    let mut index = 0;
    while let Some(item) = list.get(index) {
        index += 1;
        if !item.is_none() {
            kept.push(t, item)?;
        }
    }
    match kept.len() {
        0 => Ok(Value::NONE),
        1 => Ok(kept.get(0).unwrap_or(Value::NONE)),
        _ => {
            let message = Str::new(t, "")?;
            protocols::call(t, t.classes().base_exception_group.value(), &[message.value(), kept.value()])
        }
    }
}

/// Whether an item is a part of the original that was raised again: then it shares its traceback, cause and context.
fn same_origin(original: Value, item: Value) -> bool {
    match (original.downcast::<BaseException>(), item.downcast::<BaseException>()) {
        (Some(original), Some(item)) => {
            original.traceback.get() == item.traceback.get()
                && original.cause.get() == item.cause.get()
                && original.context.get() == item.context.get()
        }
        _ => false,
    }
}

/// The part of the original whose leaves are leaves of the kept groups, in its structure.
fn project(t: &Thread, original: Value, kept: Ref<List>) -> R {
    if kept.is_empty() {
        return Ok(Value::NONE);
    }
    let leaves = crate::objects::Set::new(t)?;
    let mut index = 0;
    while let Some(group) = kept.get(index) {
        collect_leaves(t, group, leaves)?;
        index += 1;
    }
    keep_leaves(t, original, leaves)
}

fn leaf_key(t: &Thread, value: Value) -> R {
    crate::objects::int_from_u64(t, value.bits())
}

fn collect_leaves(t: &Thread, value: Value, leaves: Ref<crate::objects::Set>) -> R<()> {
    t.check_recursion("")?;
    if !is_group(t, value) {
        return leaves.add(t, leaf_key(t, value)?).map(drop);
    }
    for &member in members(value).unwrap_or_else(|| t.empty_tuple()).as_slice() {
        collect_leaves(t, member, leaves)?;
    }
    Ok(())
}

fn keep_leaves(t: &Thread, value: Value, leaves: Ref<crate::objects::Set>) -> R {
    t.check_recursion("")?;
    if !is_group(t, value) {
        return Ok(if leaves.contains(t, leaf_key(t, value)?)? { value } else { Value::NONE });
    }
    let kept = List::new(t)?;
    for &member in members(value).unwrap_or_else(|| t.empty_tuple()).as_slice() {
        let part = keep_leaves(t, member, leaves)?;
        if !part.is_none() {
            kept.push(t, part)?;
        }
    }
    derive(t, value, kept)
}
