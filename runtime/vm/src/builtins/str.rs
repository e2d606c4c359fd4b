//! The class `str`: construction, operators, subscripts and iteration. Its named methods are in `str_methods`, formatting in
//! `str_format`.

use crate::native;
use sync::atomic::{AtomicUsize, Ordering};

use crate::builtins::construct::class_argument;
use crate::builtins::sequence::repeat_count;
use crate::builtins::{str_format, str_methods};
use crate::heap_object;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::int::int_from_u64;
use crate::objects::{Boxed, Class, ClassFlags, Slice, SliceBounds, Str, Tuple};
use crate::protocols::{self, Buffer, CompareOp};
use crate::raised::R;
use crate::thread::{LONG, Thread};
use crate::value::Value;

heap_object! {
    /// The iterator over a string.
    pub struct StrIterator {
        /// The string; unset once exhausted.
        pub string: Slot,
        /// The next index.
        pub position: AtomicUsize,
    }
    trace { string }
    next(str_next)
    fixed
}

fn str_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<StrIterator>() else { return Ok(None) };
    let Some(string) = iterator.string.get() else { return Ok(None) };
    // SAFETY: the slot holds strings only.
    let string: Ref<Str> = unsafe { Ref::from_address(string.bits()) };
    let position = iterator.position.load(Ordering::Relaxed);
    match string.units().try_get(position) {
        Some(character) => {
            iterator.position.store(position + 1, Ordering::Relaxed);
            Ok(Some(Str::from_char(t, character)?.value()))
        }
        None => {
            iterator.string.put(iterator.header(), t, None);
            Ok(None)
        }
    }
}

/// An instance of `str` or of a class derived from it.
pub fn str_instance(t: &Thread, class: Ref<Class>, string: Ref<Str>) -> R {
    if class == t.classes().str { Ok(string.value()) } else { Ok(Boxed::new(t, class, string.value())?.value()) }
}

/// The string of a receiver, which the caller has checked to be one.
pub fn receiver(t: &Thread, this: Value) -> R<Ref<Str>> {
    Str::of(t, this).ok_or_else(|| t.type_error(format_args!("expected a str, not '{}'", this.class(t).name())))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn str_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = class_argument(t, args, t.classes().str)?;
    let given = args.positional();
    if args.values.len() > 3 && args.keyword_count() > 0 {
        let given = args.values.len();
        return Err(t.type_error(format_args!("str() takes at most 3 arguments ({given} given)")));
    }
    if args.values.len() > 3 {
        return Err(protocols::argument_count_error(t, "str", 0, 3, args.values.len()));
    }
    let mut bound = [None; 3];
    for (slot, &value) in bound.iter_mut().zip(given) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        const NAMES: [&str; 3] = ["object", "encoding", "errors"];
        let Some(index) = NAMES.iter().position(|known| name.is(known)) else {
            return Err(native::unexpected_keyword(t, "str", &name.to_string_lossy(), NAMES));
        };
        if bound[index].is_some() {
            let name = name.to_string_lossy();
            return Err(
                t.type_error(format_args!("argument for str() given by name ('{name}') and position ({})", index + 1))
            );
        }
        bound[index] = Some(value);
    }
    let [object, encoding, errors] = bound;
    let Some(object) = object else { return str_instance(t, class, Str::empty(t)?) };
    if encoding.is_none() && errors.is_none() {
        if class == t.classes().str {
            return protocols::str_value(t, object);
        }
        return str_instance(t, class, protocols::str(t, object)?);
    }
    let text = decoded(t, object, name_argument(t, encoding, "encoding")?, name_argument(t, errors, "errors")?)?;
    str_instance(t, class, receiver(t, text)?)
}

fn name_argument(t: &Thread, value: Option<Value>, name: &str) -> R<Option<Ref<Str>>> {
    let Some(value) = value else { return Ok(None) };
    match Str::of(t, value) {
        Some(text) => Ok(Some(text)),
        None => {
            let got = protocols::name_of_argument(t, value);
            Err(t.type_error(format_args!("str() argument '{name}' must be str, not {got}")))
        }
    }
}

fn decoded(t: &Thread, object: Value, encoding: Option<Ref<Str>>, errors: Option<Ref<Str>>) -> R {
    if Str::of(t, object).is_some() {
        return Err(t.type_error("decoding str is not supported"));
    }
    match Buffer::try_of(t, object)? {
        Some(bytes) => crate::codecs::decode_text(t, &bytes, object, encoding, errors),
        None => Err(
            t.type_error(format_args!("decoding to str: need a bytes-like object, {} found", object.class(t).name()))
        ),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn str_repr(t: &Thread, this: Ref<Str>) -> R<Ref<Str>> {
    Str::from_owned(t, text::repr::repr_str(this.units()))
}

/// Return str(self).
#[native("__str__($self, /)")]
fn str_str(_: &Thread, this: Ref<Str>) -> Ref<Str> {
    this
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn str_hash(t: &Thread, this: Ref<Str>) -> i64 {
    this.hash(t) as i64
}

/// Return len(self).
#[native("__len__($self, /)")]
fn str_len(_: &Thread, this: Ref<Str>) -> usize {
    this.len()
}

fn compare(t: &Thread, op: CompareOp, this: Ref<Str>, other: Value) -> Value {
    let Some(other) = Str::of(t, other) else { return Value::NOT_IMPLEMENTED };
    Value::bool(match op {
        CompareOp::Eq => Str::equal(this, other),
        CompareOp::Ne => !Str::equal(this, other),
        _ => op.holds(Some(this.units().compare(other.units()))),
    })
}

macro_rules! comparisons {
    ($($function:ident $op:ident $signature:literal $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, this: Ref<Str>, other: Value) -> Value {
                compare(t, CompareOp::$op, this, other)
            }
        )*
    };
}

comparisons! {
    str_lt Lt "__lt__($self, value, /)" "Return self<value.";
    str_le Le "__le__($self, value, /)" "Return self<=value.";
    str_eq Eq "__eq__($self, value, /)" "Return self==value.";
    str_ne Ne "__ne__($self, value, /)" "Return self!=value.";
    str_gt Gt "__gt__($self, value, /)" "Return self>value.";
    str_ge Ge "__ge__($self, value, /)" "Return self>=value.";
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn str_add(t: &Thread, this: Ref<Str>, other: Value) -> R<Ref<Str>> {
    match Str::of(t, other) {
        Some(other) => Str::concat(t, this, other),
        None => {
            Err(t.type_error(format_args!("can only concatenate str (not \"{}\") to str", other.class(t).type_name(t))))
        }
    }
}

/// The string so many times over.
pub fn repeat(t: &Thread, this: Ref<Str>, times: usize) -> R<Ref<Str>> {
    match times {
        0 => Str::empty(t),
        1 => Ok(this),
        _ => {
            let length = this.len().checked_mul(times).filter(|&length| length <= isize::MAX as usize);
            let Some(length) = length else { return Err(t.overflow_error("repeated string is too long")) };
            check_length(t, Some(length))?;
            let repeated = t.blocking_if(length >= LONG, || text::edit::repeat(this.units(), times));
            Str::from_owned(t, repeated)
        }
    }
}

/// MemoryError if a string of this length is more than memory should be asked for.
pub fn check_length(t: &Thread, length: Option<usize>) -> R<()> {
    match length {
        Some(length) if length < 1 << 35 && t.mutator().may_charge(length) => Ok(()),
        _ => Err(t.memory_error()),
    }
}

/// Return self*value.
#[native("__mul__($self, value, /)")]
fn str_mul(t: &Thread, this: Ref<Str>, times: Value) -> R<Ref<Str>> {
    repeat(t, this, repeat_count(t, times)?)
}

/// Return value*self.
#[native("__rmul__($self, value, /)")]
fn str_rmul(t: &Thread, this: Ref<Str>, times: Value) -> R<Ref<Str>> {
    repeat(t, this, repeat_count(t, times)?)
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
fn str_contains(t: &Thread, this: Ref<Str>, key: Value) -> R<bool> {
    match Str::of(t, key) {
        Some(key) => Ok(text::search::contains(this.units(), key.units())),
        None => {
            Err(t
                .type_error(format_args!("'in <string>' requires string as left operand, not {}", key.class(t).name())))
        }
    }
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn str_getitem(t: &Thread, this: Ref<Str>, key: Value) -> R<Ref<Str>> {
    if let Some(slice) = key.downcast::<Slice>() {
        return slice_of(t, this, slice.bounds(t)?);
    }
    if !protocols::has_index(t, key) {
        return Err(t.type_error(format_args!("string indices must be integers, not '{}'", key.class(t).name())));
    }
    let index = protocols::index_item(t, key)?;
    let index = if index < 0 { index + this.len() as i64 } else { index };
    match usize::try_from(index).ok().and_then(|index| this.units().try_get(index)) {
        Some(character) => Str::from_char(t, character),
        None => Err(t.index_error("string index out of range")),
    }
}

/// The characters that bounds name.
pub fn slice_of(t: &Thread, this: Ref<Str>, bounds: SliceBounds) -> R<Ref<Str>> {
    let indices = bounds.within(this.len());
    if indices.count == 0 {
        return Str::empty(t);
    }
    if indices.step == 1 {
        let start = indices.start as usize;
        return Str::substring(t, this, start, start + indices.count);
    }
    let units = this.target().units();
    let picked: text::OwnedUnits =
        (0..indices.count as i64).map(|index| units.get((indices.start + index * indices.step) as usize)).collect();
    Str::from_owned(t, picked)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn str_iter(t: &Thread, this: Ref<Str>) -> R<Ref<StrIterator>> {
    let class = if this.is_ascii() { t.classes().str_ascii_iterator } else { t.classes().str_iterator };
    let fresh = t.allocate_exact::<StrIterator>(class)?;
    fresh.set(|i| &i.string, this.value());
    Ok(fresh.publish())
}

#[native("__getnewargs__($self, /)")]
fn str_getnewargs(t: &Thread, this: Ref<Str>) -> R<Ref<Tuple>> {
    // A copy, so that pickling an instance of a subclass does not meet the instance in its own arguments.
    let copy = Str::from_units(t, this.units())?;
    Tuple::from_slice(t, &[copy.value()])
}

/// Return the size of the string in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn str_sizeof(_: &Thread, this: Ref<Str>) -> usize {
    let (fixed, extra) = if this.is_ascii() { (40, 1) } else { (56, this.units().width().bytes()) };
    fixed + this.len() * this.units().width().bytes() + extra
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn str_iterator_length_hint(_: &Thread, this: Ref<StrIterator>) -> usize {
    let length = this.string.get().and_then(Value::downcast::<Str>).map_or(0, |string| string.len());
    length.saturating_sub(this.position.load(Ordering::Relaxed))
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn str_iterator_reduce(t: &Thread, this: Ref<StrIterator>) -> R<Ref<Tuple>> {
    let iter = crate::builtins::arguments::builtin(t, "iter")?;
    match this.string.get() {
        Some(string) => {
            let arguments = Tuple::from_slice(t, &[string])?;
            let position = int_from_u64(t, this.position.load(Ordering::Relaxed) as u64)?;
            Tuple::from_slice(t, &[iter, arguments.value(), position])
        }
        None => {
            let arguments = Tuple::from_slice(t, &[Str::empty(t)?.value()])?;
            Tuple::from_slice(t, &[iter, arguments.value()])
        }
    }
}

/// Set state information for unpickling.
#[native("__setstate__($self, state, /)")]
fn str_iterator_setstate(t: &Thread, this: Ref<StrIterator>, state: Value) -> R<()> {
    let position = protocols::index_clamped(t, state)?;
    let length = this.string.get().and_then(Value::downcast::<Str>).map_or(0, |string| string.len());
    this.position.store(position.clamp(0, length as i64) as usize, Ordering::Relaxed);
    Ok(())
}

const ITERATOR_METHODS: &[MethodDef] = &[
    MethodDef::Method(&protocols::ITERATOR_ITER),
    MethodDef::Method(&protocols::ITERATOR_NEXT),
    MethodDef::Method(&STR_ITERATOR_LENGTH_HINT),
    MethodDef::Method(&STR_ITERATOR_REDUCE),
    MethodDef::Method(&STR_ITERATOR_SETSTATE),
];

/// The iterator over a string that is not ASCII.
pub static STR_ITERATOR: ClassDef = ClassDef {
    name: "str_iterator",
    module: "builtins",
    layout: StrIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: ITERATOR_METHODS,
    getset: &[],
};

/// The iterator over an ASCII string.
pub static STR_ASCII_ITERATOR: ClassDef = ClassDef {
    name: "str_ascii_iterator",
    module: "builtins",
    layout: StrIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: ITERATOR_METHODS,
    getset: &[],
};

/// `str`.
pub static STR: ClassDef = ClassDef {
    name: "str",
    module: "builtins",
    layout: Str::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::MATCH_SELF,
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    methods: &[
        MethodDef::New(&STR_NEW),
        MethodDef::Method(&STR_REPR),
        MethodDef::Method(&STR_HASH),
        MethodDef::Method(&STR_STR),
        MethodDef::Method(&STR_LT),
        MethodDef::Method(&STR_LE),
        MethodDef::Method(&STR_EQ),
        MethodDef::Method(&STR_NE),
        MethodDef::Method(&STR_GT),
        MethodDef::Method(&STR_GE),
        MethodDef::Method(&STR_ITER),
        MethodDef::Method(&str_format::STR_MOD),
        MethodDef::Method(&str_format::STR_RMOD),
        MethodDef::Method(&STR_LEN),
        MethodDef::Method(&STR_GETITEM),
        MethodDef::Method(&STR_ADD),
        MethodDef::Method(&STR_MUL),
        MethodDef::Method(&STR_RMUL),
        MethodDef::Method(&STR_CONTAINS),
        MethodDef::Method(&str_methods::STR_ENCODE),
        MethodDef::Method(&str_methods::STR_REPLACE),
        MethodDef::Method(&str_methods::STR_SPLIT),
        MethodDef::Method(&str_methods::STR_RSPLIT),
        MethodDef::Method(&str_methods::STR_JOIN),
        MethodDef::Method(&str_methods::STR_CAPITALIZE),
        MethodDef::Method(&str_methods::STR_CASEFOLD),
        MethodDef::Method(&str_methods::STR_TITLE),
        MethodDef::Method(&str_methods::STR_CENTER),
        MethodDef::Method(&str_methods::STR_COUNT),
        MethodDef::Method(&str_methods::STR_EXPANDTABS),
        MethodDef::Method(&str_methods::STR_FIND),
        MethodDef::Method(&str_methods::STR_PARTITION),
        MethodDef::Method(&str_methods::STR_INDEX),
        MethodDef::Method(&str_methods::STR_LJUST),
        MethodDef::Method(&str_methods::STR_LOWER),
        MethodDef::Method(&str_methods::STR_LSTRIP),
        MethodDef::Method(&str_methods::STR_RFIND),
        MethodDef::Method(&str_methods::STR_RINDEX),
        MethodDef::Method(&str_methods::STR_RJUST),
        MethodDef::Method(&str_methods::STR_RSTRIP),
        MethodDef::Method(&str_methods::STR_RPARTITION),
        MethodDef::Method(&str_methods::STR_SPLITLINES),
        MethodDef::Method(&str_methods::STR_STRIP),
        MethodDef::Method(&str_methods::STR_SWAPCASE),
        MethodDef::Method(&str_methods::STR_TRANSLATE),
        MethodDef::Method(&str_methods::STR_UPPER),
        MethodDef::Method(&str_methods::STR_STARTSWITH),
        MethodDef::Method(&str_methods::STR_ENDSWITH),
        MethodDef::Method(&str_methods::STR_REMOVEPREFIX),
        MethodDef::Method(&str_methods::STR_REMOVESUFFIX),
        MethodDef::Method(&str_methods::STR_ISASCII),
        MethodDef::Method(&str_methods::STR_ISLOWER),
        MethodDef::Method(&str_methods::STR_ISUPPER),
        MethodDef::Method(&str_methods::STR_ISTITLE),
        MethodDef::Method(&str_methods::STR_ISSPACE),
        MethodDef::Method(&str_methods::STR_ISDECIMAL),
        MethodDef::Method(&str_methods::STR_ISDIGIT),
        MethodDef::Method(&str_methods::STR_ISNUMERIC),
        MethodDef::Method(&str_methods::STR_ISALPHA),
        MethodDef::Method(&str_methods::STR_ISALNUM),
        MethodDef::Method(&str_methods::STR_ISIDENTIFIER),
        MethodDef::Method(&str_methods::STR_ISPRINTABLE),
        MethodDef::Method(&str_methods::STR_ZFILL),
        MethodDef::Method(&str_format::STR_FORMAT),
        MethodDef::Method(&str_format::STR_FORMAT_MAP),
        MethodDef::Method(&str_format::STR_FORMAT_METHOD),
        MethodDef::Static(&str_methods::STR_MAKETRANS),
        MethodDef::Method(&STR_SIZEOF),
        MethodDef::Method(&STR_GETNEWARGS),
    ],
    getset: &[],
};
