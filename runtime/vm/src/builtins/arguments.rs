//! How raw native methods take their receiver, and small questions about arguments.

use crate::names::Special;
use crate::native::{Args, NativeDef};
use crate::object::{Object, Ref};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The receiver of a raw method.
pub fn receiver<T: Object>(t: &Thread, args: Args<'_>, function: &'static NativeDef) -> R<Ref<T>> {
    match args.positional().first() {
        Some(&value) => receiver_of(t, value.downcast::<T>().or_else(|| T::unbox(value)), value, function),
        None => Err(t.type_error(format_args!("unbound method {}() needs an argument", function.name))),
    }
}

/// The receiver that was found in a value, or the error that there is none.
pub fn receiver_of<T: Object>(
    t: &Thread,
    found: Option<Ref<T>>,
    value: Value,
    function: &'static NativeDef,
) -> R<Ref<T>> {
    found.ok_or_else(|| {
        let class = t
            .shared()
            .class_of_layout(T::layout())
            .map_or_else(|| T::layout().name.to_lowercase(), |class| class.name());
        let got = value.class(t).name();
        t.type_error(format_args!("descriptor '{}' requires a '{class}' object but received a '{got}'", function.name))
    })
}

/// Whether `iter` of the value would give something.
pub fn is_iterable(t: &Thread, value: Value) -> bool {
    value.class(t).special(t, Special::Iter).is_some_and(|method| !method.is_none()) || protocols::is_sequence(t, value)
}

/// The builtin function `iter` or another one, as the running code sees it: for `__reduce__` of iterators.
pub fn builtin(t: &Thread, name: &str) -> R {
    let name = crate::containers::intern_text(t, name)?;
    let found = match t.frames().current() {
        Some(frame) => frame.function().builtin(t, name)?,
        None => {
            let builtins =
                t.interpreter().state().builtins_dict.get().and_then(Value::downcast::<crate::objects::Dict>);
            builtins.and_then(|builtins| builtins.get_str(t, name))
        }
    };
    found.ok_or_else(|| t.raise(t.classes().attribute_error, name.to_string_lossy()))
}
