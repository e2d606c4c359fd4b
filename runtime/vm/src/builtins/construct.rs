//! What the `__new__` functions of builtin classes share: their class argument, and errors of the text crate as exceptions.

use std::borrow::Cow;

use text::format::FormatError;

use crate::native::Args;
use crate::object::Ref;
use crate::objects::{Class, ClassFlags};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// The class that `__new__` is to make an instance of, checked against the class whose `__new__` it is, and the other arguments.
pub fn class_argument<'a>(t: &Thread, args: Args<'a>, base: Ref<Class>) -> R<(Ref<Class>, Args<'a>)> {
    let Some(&first) = args.positional().first() else {
        return Err(t.type_error(format_args!("{}.__new__(): not enough arguments", base.name())));
    };
    Ok((checked_class(t, first, base)?, args.rest()))
}

/// The class argument of a `__new__`.
pub fn checked_class(t: &Thread, first: Value, base: Ref<Class>) -> R<Ref<Class>> {
    let Some(class) = first.downcast::<Class>() else {
        return Err(t.type_error(format_args!(
            "{}.__new__(X): X is not a type object ({})",
            base.name(),
            first.class(t).name()
        )));
    };
    if class == base {
        return Ok(class);
    }
    let name = base.name();
    if !class.is_subclass_of(base) {
        let derived = class.name();
        return Err(t.type_error(format_args!("{name}.__new__({derived}): {derived} is not a subtype of {name}")));
    }
    let builtin = builtin_base(class);
    let new = t.names().__new__;
    if builtin != base && (builtin.has(ClassFlags::NO_NEW) || builtin.lookup(t, new) != base.lookup(t, new)) {
        let (derived, builtin) = (class.name(), builtin.name());
        return Err(t.type_error(format_args!("{name}.__new__({derived}) is not safe, use {builtin}.__new__()")));
    }
    Ok(class)
}

/// Refuses keywords for `__new__` of a class, unless a subclass with an `__init__` of its own may have a use for them.
pub fn no_keywords(t: &Thread, class: Ref<Class>, base: Ref<Class>, args: Args<'_>) -> R<()> {
    let init = t.names().__init__;
    if class == base || class.lookup(t, init) == base.lookup(t, init) {
        args.no_keywords(t, &base.name())?;
    }
    Ok(())
}

/// Refuses keywords for `__init__` of an instance, unless a subclass with a `__new__` of its own may have had a use for them.
pub fn no_init_keywords(t: &Thread, this: Value, base: Ref<Class>, args: Args<'_>) -> R<()> {
    let (class, new) = (this.class(t), t.names().__new__);
    if class == base || class.lookup(t, new) == base.lookup(t, new) {
        args.no_keywords(t, &base.name())?;
    }
    Ok(())
}

/// The nearest class along the chain of layouts that native code defines.
#[must_use]
pub fn builtin_base(class: Ref<Class>) -> Ref<Class> {
    let mut nearest = class;
    while nearest.has(ClassFlags::HEAP)
        && let Some(base) = nearest.base()
    {
        nearest = base;
    }
    nearest
}

/// Raises what formatting failed with.
#[cold]
pub fn raise_format_error(t: &Thread, error: FormatError) -> Raised {
    match error {
        FormatError::Value(message) => t.value_error(message),
        FormatError::Overflow(message) => t.overflow_error(message),
        FormatError::Type(message) => t.type_error(message),
        FormatError::Memory => t.memory_error(),
    }
}

/// The name of the value's class; that of the builtin one, which most values are of, is given.
pub fn class_name(t: &Thread, value: Value, builtin: Ref<Class>, name: &'static str) -> Cow<'static, str> {
    let class = value.class(t);
    if class == builtin { Cow::Borrowed(name) } else { Cow::Owned(class.name()) }
}

/// The limit on digits of conversions between ints and decimal text; zero is none.
#[must_use]
pub fn digit_limit(t: &Thread) -> usize {
    t.interpreter().int_max_str_digits.load(sync::atomic::Ordering::Relaxed) as usize
}
