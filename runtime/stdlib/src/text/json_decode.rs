//! The decoding half of `_json`: `scanstring` and the scanner.

use std::borrow::Cow;

use text::json::{self, Scanned};
use text::{Units, ints};
use vm::containers::ValueVec;
use vm::heap_object;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::{Object, Ref, Slot};
use vm::objects::int::{int_from, int_from_i64, int_from_u64};
use vm::objects::{ClassFlags, Dict, Str, Tuple, float_value};
use vm::protocols::{self, call, get_attribute};
use vm::raised::Raised;
use vm::shared::NativeClass;
use vm::{R, Thread, Value, native};

/// Raises `json.JSONDecodeError(message, text, position)`.
#[cold]
fn decode_error(t: &Thread, message: &str, text: Ref<Str>, position: i64) -> Raised {
    let exception = vm::builtins::import::import_module(t, "json.decoder")
        .and_then(|module| get_attribute(t, module, Str::interned(t, "JSONDecodeError")?))
        .and_then(|class| call(t, class, &[Str::new(t, message)?.value(), text.value(), int_from_i64(t, position)?]));
    match exception {
        Ok(exception) => t.raise_value(exception),
        Err(raised) => raised,
    }
}

/// The scanner met the end, or what starts no value: the caller raises `StopIteration(index)`.
enum Scan {
    Value(Value, usize),
    Stop(usize),
}

/// A string from after its opening quote; gives it and the index after its closing quote.
fn scan_string(t: &Thread, text: Ref<Str>, start: usize, strict: bool) -> R<(Ref<Str>, usize)> {
    match json::scan_string(text.target().units(), start, strict) {
        Ok((Scanned::Plain(units), after)) => Ok((Str::from_units(t, units)?, after)),
        Ok((Scanned::Built(units), after)) => Ok((Str::from_owned(t, units)?, after)),
        Err(error) => Err(decode_error(t, error.message, text, error.index as i64)),
    }
}

/// scanstring(string, end, strict=True) -> (string, end)
///
/// Scan the string s for a JSON string. End is the index of the
/// character in s after the quote that started the JSON string.
/// Unescapes all valid JSON string escape sequences and raises ValueError
/// on attempt to decode an invalid string. If strict is False then literal
/// control characters are allowed in the string.
///
/// Returns a tuple of the decoded string and the index of the character in s
/// after the end quote.
#[native("scanstring(string, end, strict=True, /)")]
fn scanstring(t: &Thread, string: Value, end: i64, strict: bool) -> R<Ref<Tuple>> {
    let Some(text) = Str::of(t, string) else {
        return Err(t.type_error(format_args!("first argument must be a string, not {}", string.class(t).name())));
    };
    let start = usize::try_from(end).ok().filter(|&start| start <= text.len());
    let Some(start) = start else { return Err(t.value_error("end is out of bounds")) };
    let (string, after) = scan_string(t, text, start, strict)?;
    Tuple::from_slice(t, &[string.value(), int_from_u64(t, after as u64)?])
}

heap_object! {
    /// `_json.Scanner`.
    pub struct Scanner {
        strict: Slot,
        object_hook: Slot,
        object_pairs_hook: Slot,
        parse_float: Slot,
        parse_int: Slot,
        parse_constant: Slot,
    }
    trace { strict, object_hook, object_pairs_hook, parse_float, parse_int, parse_constant }
    fixed
}

/// JSON scanner object
#[native("__new__", raw)]
fn scanner_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = vm::builtins::construct::class_argument(t, args, SCANNER.get(t))?;
    let context = match (args.positional(), args.keyword_count()) {
        ([context], 0) => *context,
        ([], 1) => args.values[0],
        _ => return Err(t.type_error("make_scanner() missing required argument 'context' (pos 1)")),
    };
    let read = |name: &str| -> R { get_attribute(t, context, Str::interned(t, name)?) };
    let strict = Value::bool(protocols::is_true(t, read("strict")?)?);
    let (object_hook, pairs_hook) = (read("object_hook")?, read("object_pairs_hook")?);
    let (parse_float, parse_int, parse_constant) = (read("parse_float")?, read("parse_int")?, read("parse_constant")?);
    let fresh = t.allocate::<Scanner>(class)?;
    fresh
        .set(|s| &s.strict, strict)
        .set(|s| &s.object_hook, object_hook)
        .set(|s| &s.object_pairs_hook, pairs_hook)
        .set(|s| &s.parse_float, parse_float)
        .set(|s| &s.parse_int, parse_int)
        .set(|s| &s.parse_constant, parse_constant);
    Ok(fresh.publish().value())
}

/// An integer of so few digits that it cannot be too large.
fn short_int(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > 18 {
        return None;
    }
    let number = digits.iter().fold(0, |number, &digit| number * 10 + i64::from(digit - b'0'));
    Some(if digits.len() < text.len() { -number } else { number })
}

/// What a scan needs.
struct Decoder<'t> {
    t: &'t Thread,
    text: Ref<Str>,
    units: Units<'t>,
    strict: bool,
    object_hook: Option<Value>,
    pairs_hook: Option<Value>,
    parse_float: Option<Value>,
    parse_int: Option<Value>,
    parse_constant: Value,
    /// Keys met so far, so that equal ones are one string.
    keys: Ref<Dict>,
}

/// Call self as a function.
#[native("__call__($self, string, idx)")]
fn scanner_call(t: &Thread, this: Ref<Scanner>, string: Value, index: i64) -> R<Ref<Tuple>> {
    let Some(text) = Str::of(t, string) else {
        return Err(t.type_error(format_args!("first argument must be a string, not {}", string.class(t).name())));
    };
    let Ok(index) = usize::try_from(index) else { return Err(t.value_error("idx cannot be negative")) };
    let hook = |slot: &Slot| slot.get().filter(|hook| !hook.is_none());
    let unless = |slot: &Slot, class: Value| slot.get().filter(|parse| !parse.is(class));
    let mut decoder = Decoder {
        t,
        text,
        units: text.target().units(),
        strict: this.strict.get() == Some(Value::TRUE),
        object_hook: hook(&this.object_hook),
        pairs_hook: hook(&this.object_pairs_hook),
        parse_float: unless(&this.parse_float, t.classes().float.value()),
        parse_int: unless(&this.parse_int, t.classes().int.value()),
        parse_constant: this.parse_constant.get().unwrap_or(Value::NONE),
        keys: Dict::new(t)?,
    };
    match decoder.scan(index)? {
        Scan::Value(value, after) => Tuple::from_slice(t, &[value, int_from_u64(t, after as u64)?]),
        Scan::Stop(index) => {
            let index = int_from_u64(t, index as u64)?;
            Err(t.stop_iteration(Some(index)))
        }
    }
}

impl Decoder<'_> {
    fn at(&self, index: usize) -> u8 {
        self.units.try_get(index).and_then(|c| u8::try_from(c).ok()).unwrap_or(0)
    }

    fn skip_spaces(&self, mut index: usize) -> usize {
        while matches!(self.at(index), b' ' | b'\t' | b'\n' | b'\r') {
            index += 1;
        }
        index
    }

    fn follows(&self, index: usize, word: &str) -> bool {
        word.bytes().enumerate().all(|(offset, byte)| self.at(index + offset) == byte)
    }

    fn error(&self, message: &str, position: usize) -> Raised {
        decode_error(self.t, message, self.text, position as i64)
    }

    fn scan(&mut self, index: usize) -> R<Scan> {
        let t = self.t;
        if index >= self.units.len() {
            return Ok(Scan::Stop(index));
        }
        match self.at(index) {
            b'"' => {
                let (string, after) = scan_string(t, self.text, index + 1, self.strict)?;
                Ok(Scan::Value(string.value(), after))
            }
            b'{' => {
                t.check_recursion(" while decoding a JSON object from a unicode string")?;
                self.object(index + 1)
            }
            b'[' => {
                t.check_recursion(" while decoding a JSON array from a unicode string")?;
                self.array(index + 1)
            }
            b'n' if self.follows(index, "null") => Ok(Scan::Value(Value::NONE, index + 4)),
            b't' if self.follows(index, "true") => Ok(Scan::Value(Value::TRUE, index + 4)),
            b'f' if self.follows(index, "false") => Ok(Scan::Value(Value::FALSE, index + 5)),
            b'N' if self.follows(index, "NaN") => self.constant("NaN", index),
            b'I' if self.follows(index, "Infinity") => self.constant("Infinity", index),
            b'-' if self.follows(index, "-Infinity") => self.constant("-Infinity", index),
            _ => self.number(index),
        }
    }

    fn constant(&self, name: &str, index: usize) -> R<Scan> {
        let value = call(self.t, self.parse_constant, &[Str::new(self.t, name)?.value()])?;
        Ok(Scan::Value(value, index + name.len()))
    }

    fn number(&self, start: usize) -> R<Scan> {
        match json::scan_number(self.units, start) {
            Some((end, float)) => self.number_value(start, end, float).map(|value| Scan::Value(value, end)),
            None => Ok(Scan::Stop(start)),
        }
    }

    fn number_value(&self, start: usize, end: usize, float: bool) -> R {
        let t = self.t;
        let part = self.units.slice(start, end);
        let hook = if float { self.parse_float } else { self.parse_int };
        if let Some(hook) = hook {
            return call(t, hook, &[Str::from_units(t, part)?.value()]);
        }
        let bytes = match part {
            Units::One(bytes) => Cow::Borrowed(bytes),
            _ => Cow::Owned(part.to_vec::<u8>()),
        };
        if float {
            return float_value(t, text::floats::parse::parse(&bytes).unwrap_or(f64::NAN));
        }
        if let Some(number) = short_int(&bytes) {
            return int_from_i64(t, number);
        }
        match ints::parse(&bytes, 10, vm::builtins::construct::digit_limit(t)) {
            Ok(number) => int_from(t, number),
            Err(_) => vm::builtins::int::parse_str(t, Str::from_units(t, part)?, 10, Str::from_units(t, part)?.value()),
        }
    }

    fn array(&mut self, start: usize) -> R<Scan> {
        let t = self.t;
        let mut values = ValueVec::new(t);
        let mut index = self.skip_spaces(start);
        if self.at(index) == b']' {
            return Ok(Scan::Value(values.into_list(t)?.value(), index + 1));
        }
        loop {
            match self.scan(index)? {
                Scan::Value(value, after) => {
                    values.push(t, value)?;
                    index = self.skip_spaces(after);
                }
                Scan::Stop(index) => return Ok(Scan::Stop(index)),
            }
            match self.at(index) {
                b']' => return Ok(Scan::Value(values.into_list(t)?.value(), index + 1)),
                b',' => {}
                _ => return Err(self.error("Expecting ',' delimiter", index)),
            }
            let comma = index;
            index = self.skip_spaces(index + 1);
            if self.at(index) == b']' {
                return Err(self.error("Illegal trailing comma before end of array", comma));
            }
            t.poll()?;
        }
    }

    fn object(&mut self, start: usize) -> R<Scan> {
        let t = self.t;
        let pairs = self.pairs_hook.is_some();
        let (dict, mut list) = (Dict::new(t)?, ValueVec::new(t));
        let mut index = self.skip_spaces(start);
        if self.at(index) == b'}' {
            return self.finish_object(dict, list, index + 1);
        }
        loop {
            if self.at(index) != b'"' {
                return Err(self.error("Expecting property name enclosed in double quotes", index));
            }
            let (key, after) = scan_string(t, self.text, index + 1, self.strict)?;
            let (key, _) = self.keys.set_default(t, key.value(), key.value())?;
            index = self.skip_spaces(after);
            if self.at(index) != b':' {
                return Err(self.error("Expecting ':' delimiter", index));
            }
            index = self.skip_spaces(index + 1);
            let value = match self.scan(index)? {
                Scan::Value(value, after) => {
                    index = self.skip_spaces(after);
                    value
                }
                Scan::Stop(index) => return Ok(Scan::Stop(index)),
            };
            if pairs {
                list.push(t, Tuple::from_slice(t, &[key, value])?.value())?;
            } else {
                dict.set(t, key, value)?;
            }
            match self.at(index) {
                b'}' => return self.finish_object(dict, list, index + 1),
                b',' => {}
                _ => return Err(self.error("Expecting ',' delimiter", index)),
            }
            let comma = index;
            index = self.skip_spaces(index + 1);
            if self.at(index) == b'}' {
                return Err(self.error("Illegal trailing comma before end of object", comma));
            }
            t.poll()?;
        }
    }

    fn finish_object(&self, dict: Ref<Dict>, list: ValueVec, after: usize) -> R<Scan> {
        let t = self.t;
        let value = match (self.pairs_hook, self.object_hook) {
            (Some(hook), _) => call(t, hook, &[list.into_list(t)?.value()])?,
            (None, Some(hook)) => call(t, hook, &[dict.value()])?,
            (None, None) => dict.value(),
        };
        Ok(Scan::Value(value, after))
    }
}

macro_rules! getters {
    ($($function:ident $field:ident;)*) => {
        $(fn $function(_: &Thread, this: Value) -> R {
            Ok(this.downcast::<Scanner>().and_then(|this| this.$field.get()).unwrap_or(Value::NONE))
        })*
    };
}

getters! {
    get_strict strict;
    get_object_hook object_hook;
    get_object_pairs_hook object_pairs_hook;
    get_parse_float parse_float;
    get_parse_int parse_int;
    get_parse_constant parse_constant;
}

/// `_json.Scanner`.
pub static SCANNER: NativeClass = NativeClass::new(ClassDef {
    name: "Scanner",
    module: "_json",
    layout: Scanner::layout,
    base: None,
    flags: ClassFlags::BASE,
    doc: "JSON scanner object",
    methods: &[MethodDef::New(&SCANNER_NEW), MethodDef::Method(&SCANNER_CALL)],
    getset: &[
        GetSet { name: "strict", get: get_strict, set: None, doc: "strict" },
        GetSet { name: "object_hook", get: get_object_hook, set: None, doc: "object_hook" },
        GetSet { name: "object_pairs_hook", get: get_object_pairs_hook, set: None, doc: "object_pairs_hook" },
        GetSet { name: "parse_float", get: get_parse_float, set: None, doc: "parse_float" },
        GetSet { name: "parse_int", get: get_parse_int, set: None, doc: "parse_int" },
        GetSet { name: "parse_constant", get: get_parse_constant, set: None, doc: "parse_constant" },
    ],
});
