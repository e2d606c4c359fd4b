//! Text, truth and length of any value.

use crate::builtins::{float, int, str_format};
use crate::names::Special;
use crate::object::Ref;
use crate::objects::int::exact_int;
use crate::objects::{Bytes, Dict, List, Str, Tuple, int_of};
use crate::protocols::{call_special, call_special_optional, has_index, index, index_sized};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// `repr(value)`.
pub fn repr(t: &Thread, value: Value) -> R<Ref<Str>> {
    let result = repr_value(t, value)?;
    text_result(t, result, "__repr__")
}

/// `repr(value)`, which may be an instance of a subclass of `str`.
pub fn repr_value(t: &Thread, value: Value) -> R {
    if let Some(number) = exact_int(value) {
        return int::decimal_string(t, number).map(Ref::value);
    }
    t.check_recursion(" while getting the repr of an object")?;
    let Some(method) = value.class(t).special(t, Special::Repr) else {
        return Ok(Str::new(t, &format!("<{} object at {:#x}>", value.class(t).name(), value.bits()))?.value());
    };
    let result = call_special(t, method, value, &[])?;
    text_result(t, result, "__repr__").map(|_| result)
}

fn text_result(t: &Thread, result: Value, method: &str) -> R<Ref<Str>> {
    result
        .downcast::<Str>()
        .or_else(|| Str::of(t, result))
        .ok_or_else(|| t.type_error(format_args!("{method} returned non-string (type {})", result.class(t).name())))
}

/// `str(value)` as an exact string.
pub fn str(t: &Thread, value: Value) -> R<Ref<Str>> {
    if let Some(string) = value.downcast::<Str>() {
        return Ok(string);
    }
    let result = str_value(t, value)?;
    text_result(t, result, "__str__")
}

/// `str(value)`, which may be an instance of a subclass of `str`.
pub fn str_value(t: &Thread, value: Value) -> R {
    if value.downcast::<Str>().is_some() {
        return Ok(value);
    }
    if let Some(number) = exact_int(value) {
        return int::decimal_string(t, number).map(Ref::value);
    }
    t.check_recursion(" while getting the str of an object")?;
    match value.class(t).special(t, Special::Str) {
        Some(method) => {
            let result = call_special(t, method, value, &[])?;
            text_result(t, result, "__str__")?;
            Ok(result)
        }
        None => repr(t, value).map(Ref::value),
    }
}

/// `ascii(value)`.
pub fn ascii(t: &Thread, value: Value) -> R<Ref<Str>> {
    let text = ascii_value(t, value)?;
    text_result(t, text, "__repr__")
}

/// `ascii(value)`, which may be an instance of a subclass of `str`.
pub fn ascii_value(t: &Thread, value: Value) -> R {
    let result = repr_value(t, value)?;
    let text = text_result(t, result, "__repr__")?;
    if text.is_ascii() { Ok(result) } else { Ok(Str::new(t, &escape_non_ascii(text))?.value()) }
}

fn escape_non_ascii(text: Ref<Str>) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.units().iter() {
        match c {
            0..=0x7f => escaped.push(char::from(c as u8)),
            0x80..=0xff => escaped.push_str(&format!("\\x{c:02x}")),
            0x100..=0xffff => escaped.push_str(&format!("\\u{c:04x}")),
            _ => escaped.push_str(&format!("\\U{c:08x}")),
        }
    }
    escaped
}

/// `format(value, spec)`: the result as the method gave it, a string.
pub fn format_value(t: &Thread, value: Value, spec: Option<Value>) -> R {
    let spec = match spec {
        Some(spec) => spec,
        None => t.names().empty.value(),
    };
    if let Some(result) = format_builtin(t, value, spec) {
        return result;
    }
    let Some(method) = value.class(t).special(t, Special::Format) else {
        return Err(t.type_error(format_args!("Type {} doesn't define __format__", value.class(t).name())));
    };
    let result = call_special(t, method, value, &[spec])?;
    if Str::of(t, result).is_none() {
        return Err(t.type_error(format_args!("__format__ must return a str, not {}", result.class(t).name())));
    }
    Ok(result)
}

/// Exactly an int, a float or a string: no method needs to be looked up.
fn format_builtin(t: &Thread, value: Value, spec: Value) -> Option<R> {
    let spec = spec.downcast::<Str>()?;
    if let Some(text) = value.downcast::<Str>() {
        return Some(if spec.is_empty() { Ok(value) } else { str_format::format_by(t, text, spec, "str") });
    }
    if let Some(number) = exact_int(value) {
        return Some(if spec.is_empty() {
            int::decimal_string(t, number).map(Ref::value)
        } else {
            int::format(t, number, spec, "int")
        });
    }
    let number = value.as_word_float().filter(|_| !spec.is_empty())?;
    Some(float::format(t, number, spec, "float"))
}

/// `format(value, spec)` as an exact string.
pub fn format(t: &Thread, value: Value, spec: Option<Value>) -> R<Ref<Str>> {
    let result = format_value(t, value, spec)?;
    Str::of(t, result).ok_or_else(|| t.system_error("format gave a string"))
}

/// `bool(value)`.
#[inline(always)]
pub fn is_true(t: &Thread, value: Value) -> R<bool> {
    match value {
        Value::TRUE => Ok(true),
        Value::FALSE | Value::NONE => Ok(false),
        _ => is_true_slow(t, value),
    }
}

#[inline(never)]
fn is_true_slow(t: &Thread, value: Value) -> R<bool> {
    if let Some(number) = value.as_small_int() {
        return Ok(number != 0);
    }
    if let Some(number) = value.as_word_float() {
        return Ok(number != 0.0);
    }
    if let Some(length) = exact_length(t, value) {
        return Ok(length != 0);
    }
    let class = value.class(t);
    if let Some(method) = class.special(t, Special::Bool) {
        if method.is_none() {
            return Err(t.type_error(format_args!("'{}' cannot be interpreted as a boolean", class.name())));
        }
        let result = call_special(t, method, value, &[])?;
        return match result {
            Value::TRUE => Ok(true),
            Value::FALSE => Ok(false),
            _ => Err(t.type_error(format_args!("__bool__ should return bool, returned {}", result.class(t).name()))),
        };
    }
    match class.special(t, Special::Len) {
        Some(method) => length_by(t, method, value).map(|length| length != 0),
        None => Ok(true),
    }
}

/// The length of an exact builtin container.
#[inline]
fn exact_length(t: &Thread, value: Value) -> Option<usize> {
    let class = value.class(t);
    let classes = t.classes();
    if class == classes.str {
        return Some(value.downcast::<Str>()?.len());
    }
    if class == classes.list {
        return Some(value.downcast::<List>()?.len());
    }
    if class == classes.dict {
        return Some(value.downcast::<Dict>()?.len(t));
    }
    if class == classes.tuple {
        return Some(value.downcast::<Tuple>()?.len());
    }
    if class == classes.bytes {
        return Some(value.downcast::<Bytes>()?.len());
    }
    None
}

/// `len(value)`.
#[inline]
pub fn length(t: &Thread, value: Value) -> R<usize> {
    if let Some(length) = exact_length(t, value) {
        return Ok(length);
    }
    match value.class(t).special(t, Special::Len) {
        Some(method) if !method.is_none() => length_by(t, method, value),
        _ => Err(t.type_error(format_args!("object of type '{}' has no len()", value.class(t).type_name(t)))),
    }
}

fn length_by(t: &Thread, method: Value, value: Value) -> R<usize> {
    let result = call_special(t, method, value, &[])?;
    let number = index(t, result)?;
    if int_of(number).is_some_and(text::ints::IntRef::is_negative) {
        return Err(t.value_error("__len__() should return >= 0"));
    }
    index_sized(t, number, t.classes().overflow_error).map(|length| length as usize)
}

/// `operator.length_hint(value, default)`.
pub fn length_hint(t: &Thread, value: Value, default: usize) -> R<usize> {
    if value.class(t).special(t, Special::Len).is_some() {
        match length(t, value) {
            Ok(length) => return Ok(length),
            Err(raised) => t.catch(raised, t.classes().type_error)?,
        };
    }
    let hint = match call_special_optional(t, Special::LengthHint, value, &[]) {
        Ok(Some(hint)) => hint,
        Ok(None) => return Ok(default),
        Err(raised) => {
            t.catch(raised, t.classes().type_error)?;
            return Ok(default);
        }
    };
    if hint.is(Value::NOT_IMPLEMENTED) {
        return Ok(default);
    }
    if int_of(hint).is_none() {
        return Err(t.type_error(format_args!("__length_hint__ must be an integer, not {}", hint.class(t).name())));
    }
    let hint = index_sized(t, hint, t.classes().overflow_error)?;
    usize::try_from(hint).map_err(|_| t.value_error("__length_hint__() should return >= 0"))
}

/// The class's name or "None", as argument errors show what they got.
#[must_use]
pub fn name_of_argument(t: &Thread, value: Value) -> String {
    if value.is_none() { "None".to_owned() } else { value.class(t).name() }
}

/// A bytes or str path, or what `__fspath__` gives; nothing if the value is no path.
pub fn path_of(t: &Thread, value: Value) -> R<Option<Value>> {
    if Str::of(t, value).is_some() || Bytes::of(t, value).is_some() {
        return Ok(Some(value));
    }
    let Some(method) = value.class(t).lookup(t, t.names().__fspath__) else { return Ok(None) };
    let result = call_special(t, method, value, &[])?;
    if Str::of(t, result).is_some() || Bytes::of(t, result).is_some() {
        return Ok(Some(result));
    }
    Err(t.type_error(format_args!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        value.class(t).name(),
        result.class(t).name()
    )))
}

/// Whether a value could be an index: what sequences test before they say "indices must be integers".
#[must_use]
pub fn is_index(t: &Thread, value: Value) -> bool {
    has_index(t, value)
}
