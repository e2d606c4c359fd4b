//! Calling any object.

use crate::containers::ValueVec;
use crate::exec::enter::run_function;
use crate::names::Special;
use crate::native::Args;
use crate::object::{Object, Ref};
use crate::objects::{Class, Dict, Function, Method, NativeFunction, Str, Tuple};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// Calls with positional arguments.
#[inline]
pub fn call(t: &Thread, callee: Value, arguments: &[Value]) -> R {
    call_args(t, callee, Args { values: arguments, names: None })
}

/// Calls with positional arguments and the last ones named.
#[inline]
pub fn call_kw(t: &Thread, callee: Value, arguments: &[Value], names: Option<Ref<Tuple>>) -> R {
    call_args(t, callee, Args { values: arguments, names })
}

/// Calls with arguments as they came.
pub fn call_args(t: &Thread, callee: Value, args: Args<'_>) -> R {
    let Some(header) = callee.header() else { return Err(not_callable(t, callee)) };
    let (class, classes) = (class_of_header(header), t.classes());
    if class == classes.function {
        // SAFETY: instances of `function` have its layout.
        return run_function(t, unsafe { Ref::<Function>::from_header(header) }, args);
    }
    if std::ptr::eq(class.layout(), NativeFunction::layout()) {
        // SAFETY: the class's layout is NativeFunction's.
        return call_native(t, unsafe { Ref::from_header(header) }, args);
    }
    if class == classes.method {
        // SAFETY: instances of `method` have its layout.
        let (function, receiver) = unsafe { Ref::<Method>::from_header(header) }.parts();
        return with_receiver(t, receiver, args, |args| call_args(t, function, args));
    }
    if class == classes.type_ {
        // SAFETY: instances of `type` are classes.
        return crate::builtins::type_::instantiate(t, unsafe { Ref::<Class>::from_header(header) }, args);
    }
    match class.special(t, Special::Call) {
        Some(function) => {
            t.check_recursion("")?;
            call_special_args(t, function, callee, args)
        }
        None => Err(not_callable(t, callee)),
    }
}

#[cold]
fn not_callable(t: &Thread, callee: Value) -> Raised {
    t.type_error(format_args!("'{}' object is not callable", callee.class(t).type_name(t)))
}

/// Calls a native function or descriptor.
pub fn call_native(t: &Thread, native: Ref<NativeFunction>, args: Args<'_>) -> R {
    let (definition, classes) = (native.definition(), t.classes());
    let class = class_of_header(native.header());
    if class == classes.builtin_function {
        // A module's function and `__new__` have a receiver but no owner: they do not get it.
        return match (native.owner.get(), native.receiver.get()) {
            (Some(_), Some(receiver)) => call_native_bound(t, native, receiver, args),
            _ => definition.invoke(t, Some(native), args),
        };
    }
    if class == classes.method_wrapper {
        let receiver = native.receiver.get().expect("a method wrapper has a receiver");
        return with_receiver(t, receiver, args, |args| definition.invoke(t, Some(native), args));
    }
    if class == classes.classmethod_descriptor {
        return crate::builtins::native_function::call_class_method(t, native, args);
    }
    check_descriptor_receiver(t, native, args)?;
    definition.invoke(t, Some(native), args)
}

/// Calls a native function that brings its receiver along.
pub fn call_native_bound(t: &Thread, native: Ref<NativeFunction>, receiver: Value, args: Args<'_>) -> R {
    with_receiver(t, receiver, args, |args| native.definition().invoke(t, Some(native), args))
}

/// "unbound method list.append() needs an argument" and the like.
fn check_descriptor_receiver(t: &Thread, native: Ref<NativeFunction>, args: Args<'_>) -> R<()> {
    let Some(owner) = native.owner.get().and_then(Value::downcast::<Class>) else { return Ok(()) };
    let name = native.definition().name;
    let Some(&receiver) = args.positional().first() else {
        let kind = if class_of_header(native.header()) == t.classes().wrapper_descriptor {
            format!("descriptor '{name}' of '{}' object needs an argument", owner.name())
        } else {
            format!("unbound method {}.{name}() needs an argument", owner.name())
        };
        return Err(t.type_error(kind));
    };
    let class = receiver.class(t);
    if class == owner || class.is_subclass_of(owner) {
        return Ok(());
    }
    if class_of_header(native.header()) == t.classes().wrapper_descriptor {
        return Err(t.type_error(format_args!(
            "descriptor '{name}' requires a '{}' object but received a '{}'",
            owner.name(),
            class.name()
        )));
    }
    Err(t.type_error(format_args!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.name(),
        class.name()
    )))
}

/// Runs `call` with the receiver put before the arguments.
pub fn with_receiver<T>(t: &Thread, receiver: Value, args: Args<'_>, call: impl FnOnce(Args<'_>) -> R<T>) -> R<T> {
    const FEW: usize = 8;
    match *args.values {
        [] => return call(Args { values: &[receiver], names: args.names }),
        [one] => return call(Args { values: &[receiver, one], names: args.names }),
        [one, two] => return call(Args { values: &[receiver, one, two], names: args.names }),
        _ => {}
    }
    if args.values.len() < FEW {
        let mut values = [receiver; FEW];
        values[1..=args.values.len()].copy_from_slice(args.values);
        return call(Args { values: &values[..=args.values.len()], names: args.names });
    }
    let mut values = ValueVec::with_capacity(t, args.values.len() + 1)?;
    values.push(t, receiver)?;
    values.extend_from_slice(t, args.values)?;
    call(Args { values: values.as_slice(), names: args.names })
}

/// Calls with a tuple of positional arguments and a dict of keyword ones, a receiver before them if there is one.
pub fn call_unpacked(
    t: &Thread,
    callee: Value,
    receiver: Option<Value>,
    positional: Ref<Tuple>,
    keywords: Option<Ref<Dict>>,
) -> R {
    if keywords.is_none_or(|keywords| keywords.len(t) == 0) {
        let args = Args::positional_only(positional.target().as_slice());
        return match receiver {
            None => call_args(t, callee, args),
            Some(receiver) => with_receiver(t, receiver, args, |args| call_args(t, callee, args)),
        };
    }
    let mut values = ValueVec::with_capacity(t, positional.len() + 1 + keywords.map_or(0, |keywords| keywords.len(t)))?;
    if let Some(receiver) = receiver {
        values.push(t, receiver)?;
    }
    values.extend_from_slice(t, positional.as_slice())?;
    let names = match keywords.filter(|keywords| keywords.len(t) > 0) {
        None => None,
        Some(keywords) => {
            let mut names = ValueVec::with_capacity(t, keywords.len(t))?;
            let mut position = 0;
            while let Some((key, value, _)) = keywords.next_entry(t, &mut position) {
                let Some(name) = Str::of(t, key) else { return Err(t.type_error("keywords must be strings")) };
                names.push(t, name.value())?;
                values.push(t, value)?;
            }
            Some(names.into_tuple(t)?)
        }
    };
    call_kw(t, callee, values.as_slice(), names)
}

/// Calls the method `name` of an object.
pub fn call_method(t: &Thread, object: Value, name: Ref<Str>, arguments: &[Value]) -> R {
    if let Some(function) = crate::exec::handlers::attributes::plain_method(t, object, name) {
        return with_receiver(t, object, Args::positional_only(arguments), |args| call_args(t, function, args));
    }
    let method = super::get_attribute(t, object, name)?;
    call(t, method, arguments)
}

/// As `call_method`, with the last arguments named.
pub fn call_method_kw(t: &Thread, object: Value, name: Ref<Str>, args: Args<'_>) -> R {
    if let Some(function) = crate::exec::handlers::attributes::plain_method(t, object, name) {
        return with_receiver(t, object, args, |args| call_args(t, function, args));
    }
    let method = super::get_attribute(t, object, name)?;
    call_args(t, method, args)
}

/// Calls a special method, found on the class, with its receiver.
#[inline]
pub fn call_special(t: &Thread, function: Value, receiver: Value, arguments: &[Value]) -> R {
    call_special_args(t, function, receiver, Args::positional_only(arguments))
}

/// As `call_special`, with arguments as they came.
pub fn call_special_args(t: &Thread, function: Value, receiver: Value, args: Args<'_>) -> R {
    let classes = t.classes();
    if let Some(header) = function.header().filter(|header| {
        let class = class_of_header(header);
        class == classes.wrapper_descriptor || class == classes.method_descriptor
    }) && std::ptr::eq(class_of_header(header).layout(), NativeFunction::layout())
    {
        // SAFETY: the class's layout is NativeFunction's.
        let native: Ref<NativeFunction> = unsafe { Ref::from_header(header) };
        let own = native.owner.get() == Some(receiver.class(t).value());
        return with_receiver(t, receiver, args, |args| {
            if !own {
                check_descriptor_receiver(t, native, args)?;
            }
            native.definition().invoke(t, Some(native), args)
        });
    }
    if crate::exec::handlers::attributes::binds_plainly(t, function) {
        return with_receiver(t, receiver, args, |args| call_args(t, function, args));
    }
    let bound = bind_special(t, function, receiver)?;
    call_args(t, bound, args)
}

/// Binds what was found on the class to the receiver, as attribute access would.
pub fn bind_special(t: &Thread, function: Value, receiver: Value) -> R {
    super::descriptor_get(t, function, Some(receiver), receiver.class(t))
}

/// Calls a special method if the class has it. `None` set in the class counts as missing.
pub fn call_special_optional(t: &Thread, special: Special, receiver: Value, arguments: &[Value]) -> R<Option<Value>> {
    match receiver.class(t).special(t, special) {
        Some(function) if !function.is_none() => call_special(t, function, receiver, arguments).map(Some),
        _ => Ok(None),
    }
}
