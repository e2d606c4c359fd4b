//! The builtin functions that are a protocol's face.

use crate::builtins::frame_locals;
use crate::builtins::list::LIST_SORT;
use crate::names::Special;
use crate::native;
use crate::native::Args;
use crate::object::Ref;
use crate::objects::{List, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Return the absolute value of the argument.
#[native("abs(number, /)")]
fn abs(t: &Thread, number: Value) -> R {
    protocols::absolute(t, number)
}

/// Return True if bool(x) is True for all values x in the iterable.
///
/// If the iterable is empty, return True.
#[native("all(iterable, /)")]
fn all(t: &Thread, iterable: Value) -> R<bool> {
    let mut all = true;
    protocols::for_each_until(t, iterable, |item| {
        all = protocols::is_true(t, item)?;
        Ok(all)
    })?;
    Ok(all)
}

/// Return True if bool(x) is True for any x in the iterable.
///
/// If the iterable is empty, return False.
#[native("any(iterable, /)")]
fn any(t: &Thread, iterable: Value) -> R<bool> {
    let mut any = false;
    protocols::for_each_until(t, iterable, |item| {
        any = protocols::is_true(t, item)?;
        Ok(!any)
    })?;
    Ok(any)
}

/// Return an ASCII-only representation of an object.
#[native("ascii(obj, /)")]
fn ascii(t: &Thread, object: Value) -> R {
    protocols::ascii_value(t, object)
}

fn in_base(t: &Thread, number: Value, base: u32, prefix: &str) -> R<String> {
    let number = protocols::index_number(t, number)?;
    let digits = crate::objects::to_big(number).to_str_radix(base);
    Ok(match digits.strip_prefix('-') {
        Some(digits) => format!("-{prefix}{digits}"),
        None => format!("{prefix}{digits}"),
    })
}

/// Return the binary representation of an integer.
#[native("bin(number, /)")]
fn bin(t: &Thread, number: Value) -> R<String> {
    in_base(t, number, 2, "0b")
}

/// Return the octal representation of an integer.
#[native("oct(number, /)")]
fn oct(t: &Thread, number: Value) -> R<String> {
    in_base(t, number, 8, "0o")
}

/// Return the hexadecimal representation of an integer.
#[native("hex(number, /)")]
fn hex(t: &Thread, number: Value) -> R<String> {
    in_base(t, number, 16, "0x")
}

/// Call sys.breakpointhook(*args, **kws).
#[native("breakpoint(*args, **kws)", raw)]
fn breakpoint(t: &Thread, args: Args<'_>) -> R {
    let sys = t.interpreter().state().sys.get().expect("made at start");
    let name = crate::containers::intern_text(t, "breakpointhook")?;
    match protocols::get_attribute_optional(t, sys, name)? {
        Some(hook) => protocols::call_args(t, hook, args),
        None => Err(t.runtime_error("lost sys.breakpointhook")),
    }
}

/// Return whether the object is callable (i.e., some kind of function).
#[native("callable(obj, /)")]
fn callable(t: &Thread, object: Value) -> bool {
    protocols::is_callable(t, object)
}

/// Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.
#[native("chr(i, /)")]
fn chr(t: &Thread, number: Value) -> R<Ref<Str>> {
    let number = protocols::index_clamped(t, number)?;
    match u32::try_from(number) {
        Ok(code) if code <= 0x10_FFFF => Str::from_char(t, code),
        _ => Err(t.value_error("chr() arg not in range(0x110000)")),
    }
}

/// Return the ordinal value of a character.
#[native("ord(character, /)")]
fn ord(t: &Thread, character: Value) -> R<u32> {
    if let Some(text) = Str::of(t, character) {
        if text.len() == 1 {
            return Ok(text.units().get(0));
        }
        return Err(t.type_error(format_args!("ord() expected a character, but string of length {} found", text.len())));
    }
    if !protocols::buffer::is_bytes_like(t, character) {
        return Err(
            t.type_error(format_args!("ord() expected string of length 1, but {} found", character.class(t).name()))
        );
    }
    let bytes = protocols::Buffer::of(t, character)?;
    match bytes.as_slice() {
        [byte] => Ok(u32::from(*byte)),
        other => {
            Err(t.type_error(format_args!("ord() expected a character, but string of length {} found", other.len())))
        }
    }
}

fn name_of(t: &Thread, name: Value, _: &str) -> R<Ref<Str>> {
    match Str::of(t, name) {
        Some(name) => Ok(Str::intern(t, name)),
        None => Err(t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name()))),
    }
}

/// Deletes the named attribute from the given object.
///
/// delattr(x, 'y') is equivalent to ``del x.y``
#[native("delattr(obj, name, /)")]
fn delattr(t: &Thread, object: Value, name: Value) -> R<()> {
    protocols::delete_attribute(t, object, name_of(t, name, "delattr")?)
}

/// getattr(object, name[, default]) -> value
///
/// Get a named attribute from an object; getattr(x, 'y') is equivalent to x.y.
/// When a default argument is given, it is returned when the attribute doesn't
/// exist; without it, an exception is raised in that case.
#[native("getattr", raw)]
fn getattr(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "getattr")?;
    match *args.values {
        [object, name] => protocols::get_attribute(t, object, name_of(t, name, "getattr")?),
        [object, name, default] => {
            Ok(protocols::get_attribute_optional(t, object, name_of(t, name, "getattr")?)?.unwrap_or(default))
        }
        _ => Err(protocols::argument_count_error(t, "getattr", 2, 3, args.values.len())),
    }
}

/// Return whether the object has an attribute with the given name.
///
/// This is done by calling getattr(obj, name) and catching AttributeError.
#[native("hasattr(obj, name, /)")]
fn hasattr(t: &Thread, object: Value, name: Value) -> R<bool> {
    Ok(protocols::get_attribute_optional(t, object, name_of(t, name, "hasattr")?)?.is_some())
}

/// Sets the named attribute on the given object to the specified value.
///
/// setattr(x, 'y', v) is equivalent to ``x.y = v``
#[native("setattr(obj, name, value, /)")]
fn setattr(t: &Thread, object: Value, name: Value, value: Value) -> R<()> {
    protocols::set_attribute(t, object, name_of(t, name, "setattr")?, value)
}

/// dir([object]) -> list of strings
///
/// If called without an argument, return the names in the current scope.
/// Else, return an alphabetized list of names comprising (some of) the attributes
/// of the given object, and of attributes reachable from it.
#[native("dir", raw)]
fn dir(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "dir")?;
    let names = match *args.values {
        [] => protocols::call_method(t, current_locals(t)?, t.names().keys, &[])?,
        [object] => match object.class(t).special(t, Special::Dir) {
            Some(dir) => protocols::call_special(t, dir, object, &[])?,
            None => return Err(t.type_error("object does not provide __dir__")),
        },
        _ => return Err(protocols::argument_count_error(t, "dir", 0, 1, args.values.len())),
    };
    let list: Ref<List> = protocols::list_of(t, names)?;
    crate::builtins::list_sort::sort(t, list, None, false)?;
    Ok(list.value())
}

/// Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.
#[native("divmod(x, y, /)")]
fn divmod(t: &Thread, x: Value, y: Value) -> R {
    protocols::binary(t, protocols::BinaryOp::DivMod, x, y)
}

/// Return type(value).__format__(value, format_spec)
///
/// Many built-in types implement format_spec according to the
/// Format Specification Mini-language. See help('FORMATTING')
/// for details.
#[native("format(value, format_spec='', /)")]
fn format(t: &Thread, value: Value, specification: Option<Value>) -> R {
    if let Some(given) = specification.filter(|given| Str::of(t, *given).is_none()) {
        return Err(t.type_error(format_args!("format() argument 2 must be str, not {}", given.class(t).name())));
    }
    protocols::format_value(t, value, specification)
}

/// Return the dictionary containing the current scope's global variables.
///
/// NOTE: Updates to this dictionary *will* affect name lookups in the current
/// global scope and vice-versa.
#[native("globals()")]
fn globals(t: &Thread) -> R {
    match t.frames().current() {
        Some(frame) => Ok(frame.function().globals().value()),
        None => Err(t.system_error("frame does not exist")),
    }
}

/// Return a dictionary containing the current scope's local variables.
///
/// NOTE: Whether or not updates to this dictionary will affect name lookups in
/// the local scope and vice-versa is *implementation dependent* and not
/// covered by any backwards compatibility guarantees.
#[native("locals()")]
fn locals(t: &Thread) -> R {
    current_locals(t)
}

/// The locals of the running frame: its mapping, or a snapshot of its variables, for a function or inside of an inlined comprehension.
pub fn current_locals(t: &Thread) -> R {
    let Some(frame) = t.frames().current() else { return Err(t.system_error("frame does not exist")) };
    let in_comprehension = || frame.code().unit().hidden_variables().any(|index| frame.register(index).is_some());
    match frame.locals() {
        Some(locals) if !in_comprehension() => Ok(locals),
        _ => Ok(frame_locals::snapshot(t, crate::objects::frame::object_of(t, frame)?)?.value()),
    }
}

/// Return the hash value for the given object.
///
/// Two objects that compare equal must also have the same hash value, but the
/// reverse is not necessarily true.
#[native("hash(obj, /)")]
fn hash(t: &Thread, object: Value) -> R<i64> {
    protocols::hash(t, object).map(|hash| hash as i64)
}

/// Return the identity of an object.
///
/// This is guaranteed to be unique among simultaneously existing objects.
/// (CPython uses the object's memory address.)
#[native("id(obj, /)")]
fn id(_: &Thread, object: Value) -> u64 {
    object.bits()
}

/// Return whether an object is an instance of a class or of a subclass thereof.
///
/// A tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to
/// check against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)
/// or ...`` etc.
#[native("isinstance(obj, class_or_tuple, /)")]
fn isinstance(t: &Thread, object: Value, class: Value) -> R<bool> {
    protocols::is_instance(t, object, class)
}

/// Return whether 'cls' is derived from another class or is the same class.
///
/// A tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to
/// check against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)
/// or ...``.
#[native("issubclass(cls, class_or_tuple, /)")]
fn issubclass(t: &Thread, class: Value, other: Value) -> R<bool> {
    protocols::is_subclass(t, class, other)
}

/// iter(iterable) -> iterator
/// iter(callable, sentinel) -> iterator
///
/// Get an iterator from an object.
/// In the first form, the argument must supply its own iterator, or be a sequence.
/// In the second form, the callable is called until it returns the sentinel.
#[native("iter", raw)]
fn iter(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "iter")?;
    match *args.values {
        [iterable] => protocols::iterate(t, iterable),
        [callable, sentinel] => {
            if !protocols::is_callable(t, callable) {
                return Err(t.type_error("iter(v, w): v must be callable"));
            }
            Ok(protocols::CallableIterator::new(t, callable, sentinel)?.value())
        }
        _ => Err(protocols::argument_count_error(t, "iter", 1, 2, args.values.len())),
    }
}

/// Return an AsyncIterator for an AsyncIterable object.
#[native("aiter(async_iterable, /)")]
fn aiter(t: &Thread, iterable: Value) -> R {
    let class = iterable.class(t);
    let Some(method) = class.special(t, Special::AIter) else {
        return Err(t.type_error(format_args!("'{}' object is not an async iterable", class.name())));
    };
    let iterator = protocols::call_special(t, method, iterable, &[])?;
    if iterator.class(t).special(t, Special::ANext).is_none() {
        return Err(t.type_error(format_args!(
            "aiter() returned not an async iterator of type '{}'",
            iterator.class(t).name()
        )));
    }
    Ok(iterator)
}

/// Return the next item from the async iterator.
///
/// If default is given and the async iterator is exhausted,
/// it is returned instead of raising StopAsyncIteration.
#[native("anext", raw)]
fn anext(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "anext")?;
    let (iterator, default) = match *args.values {
        [iterator] => (iterator, None),
        [iterator, default] => (iterator, Some(default)),
        _ => return Err(protocols::argument_count_error(t, "anext", 1, 2, args.values.len())),
    };
    let class = iterator.class(t);
    let Some(method) = class.special(t, Special::ANext) else {
        return Err(t.type_error(format_args!("'{}' object is not an async iterator", class.name())));
    };
    let awaitable = protocols::call_special(t, method, iterator, &[])?;
    match default {
        Some(default) => crate::builtins::async_generator::with_default(t, awaitable, default),
        None => Ok(awaitable),
    }
}

/// Return the number of items in a container.
#[native("len(obj, /)")]
fn len(t: &Thread, object: Value) -> R<usize> {
    protocols::length(t, object)
}

/// next(iterator[, default])
///
/// Return the next item from the iterator. If default is given and the iterator
/// is exhausted, it is returned instead of raising StopIteration.
#[native("next", raw)]
fn next(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "next")?;
    let (iterator, default) = match *args.values {
        [iterator] => (iterator, None),
        [iterator, default] => (iterator, Some(default)),
        _ => return Err(protocols::argument_count_error(t, "next", 1, 2, args.values.len())),
    };
    let class = iterator.class(t);
    let Some(method) = class.special(t, Special::Next) else {
        return Err(t.type_error(format_args!("'{}' object is not an iterator", class.type_name(t))));
    };
    match default {
        // The StopIteration that the iterator raised goes on as it is, with its value.
        None => protocols::call_special(t, method, iterator, &[]),
        Some(default) => Ok(protocols::next(t, iterator)?.unwrap_or(default)),
    }
}

/// Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.
///
/// Some types, such as ints, are able to use a more efficient algorithm when
/// invoked using the three argument form.
#[native("pow(base, exp, mod=None)")]
fn pow(t: &Thread, base: Value, exponent: Value, modulus: Value) -> R {
    protocols::power(t, base, exponent, Some(modulus).filter(|modulus| !modulus.is_none()))
}

/// Return the canonical string representation of the object.
///
/// For many object types, including most builtins, eval() will return
/// the same object.
#[native("repr(obj, /)")]
fn repr(t: &Thread, object: Value) -> R {
    protocols::repr_value(t, object)
}

/// Round a number to a given precision in decimal digits.
///
/// The return value is an integer if ndigits is omitted or None.  Otherwise
/// the return value has the same type as the number.  ndigits may be negative.
#[native("round(number, ndigits=None)")]
fn round(t: &Thread, number: Value, digits: Value) -> R {
    let class = number.class(t);
    let Some(method) = class.special(t, Special::Round) else {
        return Err(t.type_error(format_args!("type {} doesn't define __round__ method", class.name())));
    };
    if digits.is_none() {
        protocols::call_special(t, method, number, &[])
    } else {
        protocols::call_special(t, method, number, &[digits])
    }
}

/// Return a new list containing all items from the iterable in ascending order.
///
/// A custom key function can be supplied to customize the sort order, and the
/// reverse flag can be set to request the result in descending order.
#[native("sorted(iterable, /, *, key=None, reverse=False)", raw)]
fn sorted(t: &Thread, args: Args<'_>) -> R {
    let [iterable] = *args.positional() else {
        return Err(protocols::argument_count_error(t, "sorted", 1, 1, args.positional().len()));
    };
    let list: Ref<List> = protocols::list_of(t, iterable)?;
    // The keywords are those of `list.sort`, and it is `sort` that errors name.
    protocols::with_receiver(t, list.value(), args.rest(), |args| LIST_SORT.invoke(t, None, args))?;
    Ok(list.value())
}

/// vars([object]) -> dictionary
///
/// Without arguments, equivalent to locals().
/// With an argument, equivalent to object.__dict__.
#[native("vars", raw)]
fn vars(t: &Thread, args: Args<'_>) -> R {
    args.no_keywords(t, "vars")?;
    match *args.values {
        [] => current_locals(t),
        [object] => match protocols::get_attribute_optional(t, object, t.names().__dict__)? {
            Some(dict) => Ok(dict),
            None => Err(t.type_error("vars() argument must have __dict__ attribute")),
        },
        _ => Err(protocols::argument_count_error(t, "vars", 0, 1, args.values.len())),
    }
}
