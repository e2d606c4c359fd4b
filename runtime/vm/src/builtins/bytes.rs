//! The class `bytes`: construction, operators, subscripts and iteration. Named methods are in `bytes_methods`.

use macros::native;
use sync::atomic::{AtomicUsize, Ordering};
use text::format::percent::{Conversion, Format};
use text::{TextBuilder, Units};

use crate::builtins::bytes_methods::{self, contains};
use crate::builtins::construct::{class_argument, raise_format_error};
use crate::builtins::sequence::{Subscript, repeat_count, subscript};
use crate::builtins::str::check_length;
use crate::builtins::str_format::{PercentArguments, number};
use crate::heap_object;
use crate::names::Special;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::int::int_from_u64;
use crate::objects::{Boxed, ByteArray, Bytes, Class, ClassFlags, MemoryView, SliceBounds, Str, Tuple, int_of};
use crate::protocols::{self, Buffer, CompareOp};
use crate::raised::R;
use crate::thread::{LONG, Thread};
use crate::value::Value;

heap_object! {
    /// The iterator over a bytes or a bytearray.
    pub struct BytesIterator {
        /// The object; unset once exhausted.
        pub source: Slot,
        /// The next index.
        pub position: AtomicUsize,
    }
    trace { source }
    next(bytes_next)
    fixed
}

fn bytes_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<BytesIterator>() else { return Ok(None) };
    let Some(source) = iterator.source.get() else { return Ok(None) };
    let position = iterator.position.load(Ordering::Relaxed);
    let byte = match source.downcast::<Bytes>() {
        Some(bytes) => bytes.as_slice().get(position).copied(),
        None => source.downcast::<ByteArray>().and_then(|array| array.get(position)),
    };
    match byte {
        Some(byte) => {
            iterator.position.store(position + 1, Ordering::Relaxed);
            Ok(Some(Value::small(byte.into())))
        }
        None => {
            iterator.source.put(iterator.header(), t, None);
            Ok(None)
        }
    }
}

/// An iterator of the given class over a bytes or bytearray.
pub fn iterator(t: &Thread, class: Ref<Class>, source: Value) -> R<Ref<BytesIterator>> {
    let fresh = t.allocate_exact::<BytesIterator>(class)?;
    fresh.set(|i| &i.source, source);
    Ok(fresh.publish())
}

/// An instance of `bytes` or of a class derived from it.
pub fn bytes_instance(t: &Thread, class: Ref<Class>, bytes: Ref<Bytes>) -> R {
    if class == t.classes().bytes { Ok(bytes.value()) } else { Ok(Boxed::new(t, class, bytes.value())?.value()) }
}

/// The arguments of `bytes(source, encoding, errors)` and `bytearray(...)`.
pub fn constructor_arguments(t: &Thread, args: Args<'_>, function: &str) -> R<[Option<Value>; 3]> {
    if args.values.len() > 3 {
        return Err(t.type_error(format_args!("{function}() takes at most 3 arguments ({} given)", args.values.len())));
    }
    let mut bound = [None; 3];
    for (slot, &value) in bound.iter_mut().zip(args.positional()) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        const NAMES: [&str; 3] = ["source", "encoding", "errors"];
        let Some(index) = NAMES.iter().position(|known| name.is(known)) else {
            return Err(crate::native::unexpected_keyword(t, function, &name.to_string_lossy(), NAMES));
        };
        if bound[index].is_some() {
            let name = name.to_string_lossy();
            return Err(t.type_error(format_args!(
                "argument for {function}() given by name ('{name}') and position ({})",
                index + 1
            )));
        }
        bound[index] = Some(value);
    }
    for (value, name) in bound[1..].iter().zip(["encoding", "errors"]) {
        if let Some(value) = value
            && Str::of(t, *value).is_none()
        {
            let got = protocols::name_of_argument(t, *value);
            return Err(t.type_error(format_args!("{function}() argument '{name}' must be str, not {got}")));
        }
    }
    Ok(bound)
}

/// The bytes that the arguments of a constructor name; OverflowError for a count above `most`.
pub fn constructed(t: &Thread, [source, encoding, errors]: [Option<Value>; 3], most: usize) -> R<Buffer> {
    let missing = if encoding.is_some() { "encoding" } else { "errors" };
    let Some(source) = source else {
        if encoding.is_some() || errors.is_some() {
            return Err(t.type_error(format_args!("{missing} without a string argument")));
        }
        return Ok(Buffer::Copied(Vec::new()));
    };
    if encoding.is_some() || errors.is_some() {
        if Str::of(t, source).is_none() {
            return Err(t.type_error(format_args!("{missing} without a string argument")));
        }
        let name = |value: Option<Value>| value.and_then(|value| Str::of(t, value));
        if encoding.is_none() {
            return Err(t.type_error("string argument without an encoding"));
        }
        let encoded = crate::codecs::encode_text(t, source, name(encoding), name(errors))?;
        return Buffer::of(t, encoded);
    }
    if let Some(bytes) = source.downcast::<Bytes>() {
        return Ok(Buffer::Shared(bytes));
    }
    if Str::of(t, source).is_some() {
        return Err(t.type_error("string argument without an encoding"));
    }
    if int_of(source).is_some() || protocols::has_index(t, source) {
        match count_of(t, source) {
            Ok(count) if count > most => return Err(t.overflow_error("byte string is too large")),
            Ok(count) => {
                check_length(t, Some(count))?;
                return Ok(Buffer::Copied(vec![0; count]));
            }
            Err(raised) => {
                if int_of(source).is_some() || !t.pending_is(t.classes().type_error) {
                    return Err(raised);
                }
                t.take_pending();
            }
        }
    }
    bytes_of_contents(t, source)
}

/// The longest `bytes`: beyond, it is not memory that is short.
const MOST_BYTES: usize = isize::MAX as usize - 33;

fn count_of(t: &Thread, source: Value) -> R<usize> {
    let count = protocols::index_sized(t, source, t.classes().overflow_error)?;
    usize::try_from(count).map_err(|_| t.value_error("negative count"))
}

/// What `__bytes__` gives, if the class has it.
fn from_bytes_method(t: &Thread, source: Value) -> R<Option<Ref<Bytes>>> {
    if source.downcast::<Bytes>().is_some() {
        return Ok(source.downcast::<Bytes>());
    }
    Ok(called_bytes_method(t, source)?.and_then(|result| Bytes::of(t, result)))
}

/// As `from_bytes_method`, as it is given: it may be an instance of a subclass. A class that sets `__bytes__` to None is refused.
fn called_bytes_method(t: &Thread, source: Value) -> R<Option<Value>> {
    let Some(method) = source.class(t).special(t, Special::Bytes) else { return Ok(None) };
    if method.is_none() {
        return Err(t.type_error("'NoneType' object is not callable"));
    }
    let result = protocols::call_special(t, method, source, &[])?;
    if Bytes::of(t, result).is_none() {
        return Err(t.type_error(format_args!("__bytes__ returned non-bytes (type {})", result.class(t).name())));
    }
    Ok(Some(result))
}

/// The bytes of a buffer, of what `__bytes__` gives, or of an iterable of ints.
pub fn bytes_of_object(t: &Thread, source: Value) -> R<Buffer> {
    if let Some(bytes) = from_bytes_method(t, source)? {
        return Ok(Buffer::Shared(bytes));
    }
    bytes_of_contents(t, source)
}

/// The bytes of a buffer or of an iterable of ints.
fn bytes_of_contents(t: &Thread, source: Value) -> R<Buffer> {
    if let Some(buffer) = Buffer::with_flags(t, source, protocols::buffer::flags::FULL_RO)? {
        return Ok(buffer);
    }
    let iterable = source.class(t).special(t, Special::Iter).is_some_and(|method| !method.is_none())
        || protocols::is_sequence(t, source);
    if Str::of(t, source).is_some() || !iterable {
        return Err(t.type_error(format_args!("cannot convert '{}' object to bytes", source.class(t).name())));
    }
    bytes_of_items(t, source, "bytes").map(Buffer::Copied)
}

/// The bytes that an iterable of ints gives.
pub fn bytes_of_items(t: &Thread, iterable: Value, kind: &str) -> R<Vec<u8>> {
    let mut bytes = Vec::new();
    protocols::for_each(t, iterable, |item| {
        let number = protocols::index_number(t, item)?.to_i64();
        match number.and_then(|number| u8::try_from(number).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(t.value_error(format_args!("{kind} must be in range(0, 256)"))),
        }
        Ok(())
    })?;
    Ok(bytes)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn bytes_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = class_argument(t, args, t.classes().bytes)?;
    let arguments = constructor_arguments(t, args, "bytes")?;
    if let [Some(source), None, None] = arguments
        && source.downcast::<Bytes>().is_none()
        && let Some(result) = called_bytes_method(t, source)?
    {
        let given = Bytes::of(t, result).filter(|_| class != t.classes().bytes);
        return given.map_or(Ok(result), |bytes| bytes_instance(t, class, bytes));
    }
    let bytes = match constructed(t, arguments, MOST_BYTES)? {
        Buffer::Shared(bytes) => bytes,
        Buffer::Copied(bytes) => Bytes::new(t, &bytes)?,
    };
    bytes_instance(t, class, bytes)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn bytes_repr(_: &Thread, this: Ref<Bytes>) -> String {
    text::repr::repr_bytes(this.as_slice(), false)
}

/// Return str(self).
#[native("__str__($self, /)")]
fn bytes_str(t: &Thread, this: Ref<Bytes>) -> R<String> {
    if t.interpreter().options.bytes_warning > 0 {
        protocols::warn(t, t.classes().bytes_warning, "str() on a bytes instance")?;
    }
    Ok(text::repr::repr_bytes(this.as_slice(), false))
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn bytes_hash(t: &Thread, this: Ref<Bytes>) -> i64 {
    this.hash(t) as i64
}

/// Return len(self).
#[native("__len__($self, /)")]
fn bytes_len(_: &Thread, this: Ref<Bytes>) -> usize {
    this.len()
}

/// Convert this value to exact type bytes.
#[native("__bytes__($self, /)")]
fn bytes_bytes(_: &Thread, this: Ref<Bytes>) -> Ref<Bytes> {
    this
}

#[native("__getnewargs__($self, /)")]
fn bytes_getnewargs(t: &Thread, this: Ref<Bytes>) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[this.value()])
}

/// Returns the size of the bytes object in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn bytes_sizeof(_: &Thread, this: Ref<Bytes>) -> usize {
    33 + this.len()
}

/// Compares with another bytes-like object; nothing for others.
pub fn compare_bytes(t: &Thread, op: CompareOp, this: Value, other: Value) -> R {
    let other = match Bytes::of(t, other) {
        Some(other) => Buffer::Shared(other),
        None if Bytes::of(t, this).is_some() && other.downcast::<ByteArray>().is_none() => {
            return Ok(Value::NOT_IMPLEMENTED);
        }
        None if int_of(other).is_some() || Str::of(t, other).is_some() => return Ok(Value::NOT_IMPLEMENTED),
        None => match Buffer::try_of(t, other)? {
            Some(other) => other,
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    let this = Buffer::of(t, this)?;
    Ok(Value::bool(op.holds(Some(this.as_slice().cmp(other.as_slice())))))
}

macro_rules! comparisons {
    ($($function:ident $op:ident $signature:literal $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            pub fn $function(t: &Thread, this: Value, other: Value) -> R {
                compare_bytes(t, CompareOp::$op, this, other)
            }
        )*
    };
}

comparisons! {
    bytes_lt Lt "__lt__($self, value, /)" "Return self<value.";
    bytes_le Le "__le__($self, value, /)" "Return self<=value.";
    bytes_eq Eq "__eq__($self, value, /)" "Return self==value.";
    bytes_ne Ne "__ne__($self, value, /)" "Return self!=value.";
    bytes_gt Gt "__gt__($self, value, /)" "Return self>value.";
    bytes_ge Ge "__ge__($self, value, /)" "Return self>=value.";
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn bytes_add(t: &Thread, this: Ref<Bytes>, other: Value) -> R<Ref<Bytes>> {
    let Some(other) = Buffer::try_of(t, other)? else {
        return Err(t.type_error(format_args!("can't concat {} to bytes", other.class(t).name())));
    };
    match (this.len(), &other) {
        (_, Buffer::Shared(_) | Buffer::Copied(_)) if other.is_empty() => Ok(this),
        (0, Buffer::Shared(other)) => Ok(*other),
        _ => Bytes::with(t, this.len() + other.len(), |target| {
            let (head, tail) = target.split_at_mut(this.len());
            head.copy_from_slice(this.as_slice());
            tail.copy_from_slice(&other);
        }),
    }
}

fn repeat(t: &Thread, this: Ref<Bytes>, times: Value) -> R<Ref<Bytes>> {
    let times = repeat_count(t, times)?;
    if times == 1 {
        return Ok(this);
    }
    let total = this.len().checked_mul(times);
    if total.is_none_or(|total| total > isize::MAX as usize) {
        return Err(t.overflow_error("repeated bytes are too long"));
    }
    check_length(t, total)?;
    Bytes::new(t, &t.blocking_if(total >= Some(LONG), || this.as_slice().repeat(times)))
}

/// Return self*value.
#[native("__mul__($self, value, /)")]
fn bytes_mul(t: &Thread, this: Ref<Bytes>, times: Value) -> R<Ref<Bytes>> {
    repeat(t, this, times)
}

/// Return value*self.
#[native("__rmul__($self, value, /)")]
fn bytes_rmul(t: &Thread, this: Ref<Bytes>, times: Value) -> R<Ref<Bytes>> {
    repeat(t, this, times)
}

/// Return bool(key in self).
#[native("__contains__($self, key, /)")]
pub fn bytes_contains(t: &Thread, this: Value, key: Value) -> R<bool> {
    contains(t, this, key)
}

/// The items that a slice names.
pub fn pick(bytes: &[u8], start: i64, step: i64, count: usize) -> Vec<u8> {
    (0..count as i64).map(|index| bytes[(start + index * step) as usize]).collect()
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn bytes_getitem(t: &Thread, this: Ref<Bytes>, key: Value) -> R {
    match subscript(t, key, "byte")? {
        Subscript::Index(index) => {
            let index = if index < 0 { index + this.len() as i64 } else { index };
            match usize::try_from(index).ok().and_then(|index| this.as_slice().get(index)) {
                Some(&byte) => Ok(Value::small(byte.into())),
                None => Err(t.index_error("index out of range")),
            }
        }
        Subscript::Slice(slice) => slice_of(t, this, slice.bounds(t)?).map(Ref::value),
    }
}

/// The bytes that bounds name.
pub fn slice_of(t: &Thread, this: Ref<Bytes>, bounds: SliceBounds) -> R<Ref<Bytes>> {
    let indices = bounds.within(this.len());
    if indices.step == 1 && indices.count == this.len() {
        return Ok(this);
    }
    if indices.step == 1 {
        let start = indices.start as usize;
        return Bytes::new(t, &this.as_slice()[start..start + indices.count]);
    }
    Bytes::new(t, &pick(this.as_slice(), indices.start, indices.step, indices.count))
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn bytes_iter(t: &Thread, this: Ref<Bytes>) -> R<Ref<BytesIterator>> {
    iterator(t, t.classes().bytes_iterator, this.value())
}

/// Return self%value.
#[native("__mod__($self, value, /)")]
pub fn bytes_mod(t: &Thread, this: Value, value: Value) -> R {
    let format = bytes_methods::content(t, this)?;
    let formatted = percent_format(t, &format, value)?;
    bytes_methods::like(t, this, &formatted)
}

/// Return value%self.
#[native("__rmod__($self, value, /)")]
pub fn bytes_rmod(t: &Thread, this: Value, value: Value) -> R {
    if Bytes::of(t, value).is_none() && value.downcast::<ByteArray>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let format = bytes_methods::content(t, value)?;
    let formatted = percent_format(t, &format, this)?;
    bytes_methods::like(t, value, &formatted)
}

/// `format % value` of bytes.
pub fn percent_format(t: &Thread, format: &[u8], value: Value) -> R<Vec<u8>> {
    let mut arguments = PercentArguments::new(t, value);
    let mut pieces = Format::of_bytes(format);
    let mut out = TextBuilder::with_capacity(format.len() + 16);
    while let Some(piece) = pieces.next(arguments.has_mapping()) {
        let piece = piece.map_err(|error| raise_format_error(t, error))?;
        out.push_units(piece.literal);
        let Some(conversion) = piece.conversion else { continue };
        convert(t, &conversion, &mut arguments, &mut out)?;
    }
    arguments.finish(t, "bytes")?;
    Ok(out.finish().into_bytes().unwrap_or_default())
}

fn convert(t: &Thread, conversion: &Conversion<'_>, arguments: &mut PercentArguments, out: &mut TextBuilder) -> R<()> {
    let keyed = match conversion.key {
        Some(key) => {
            let key = Bytes::new(t, key.to_vec::<u8>().as_slice())?;
            Some(arguments.by_key(t, key.value())?)
        }
        None => None,
    };
    let layouter = arguments.amounts(t, conversion)?;
    if conversion.kind == u32::from(b'%') && conversion.problem.is_none() {
        out.push_char(u32::from(b'%'));
        return Ok(());
    }
    if let Some(problem) = &conversion.problem {
        return Err(raise_format_error(t, problem.clone()));
    }
    let value = match keyed {
        Some(value) => value,
        None => arguments.take(t)?,
    };
    let written = match u8::try_from(conversion.kind).unwrap_or(0) {
        b'r' | b'a' => layouter.text(protocols::ascii(t, value)?.units(), out),
        b's' | b'b' => layouter.text(Units::One(&percent_bytes(t, value)?), out),
        b'c' => layouter.character(percent_byte(t, value)?.into(), out),
        kind => return number(t, kind, value, &layouter, out),
    };
    written.map_err(|error| raise_format_error(t, error))
}

fn percent_bytes(t: &Thread, value: Value) -> R<Buffer> {
    if value.downcast::<Bytes>().is_none()
        && let Some(bytes) = from_bytes_method(t, value)?
    {
        return Ok(Buffer::Shared(bytes));
    }
    match Buffer::try_of(t, value)? {
        Some(bytes) => Ok(bytes),
        None => Err(t.type_error(format_args!(
            "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
            value.class(t).name()
        ))),
    }
}

fn percent_byte(t: &Thread, value: Value) -> R<u8> {
    let bytes = match Bytes::of(t, value) {
        Some(bytes) => Some(bytes.as_slice().to_vec()),
        None => value.downcast::<ByteArray>().map(|array| array.to_vec(t)),
    };
    if let Some(bytes) = bytes {
        return match bytes[..] {
            [byte] => Ok(byte),
            _ => {
                let kind = value.class(t).name();
                let length = bytes.len();
                Err(t.type_error(format_args!(
                    "%c requires an integer in range(256) or a single byte, not a {kind} object of length {length}"
                )))
            }
        };
    }
    if !protocols::has_index(t, value) {
        let got = value.class(t).full_name(t);
        return Err(t.type_error(format_args!("%c requires an integer in range(256) or a single byte, not {got}")));
    }
    match protocols::index_number(t, value)?.to_i64().and_then(|code| u8::try_from(code).ok()) {
        Some(byte) => Ok(byte),
        None => Err(t.overflow_error("%c arg not in range(256)")),
    }
}

/// Return a buffer object that exposes the underlying memory of the object.
#[native("__buffer__($self, flags, /)")]
pub fn bytes_buffer(t: &Thread, this: Value, flags: i64) -> R<Ref<MemoryView>> {
    let bytes = Bytes::of(t, this).expect("the descriptor checked the receiver");
    let memory = crate::objects::memoryview::Memory::Bytes(bytes);
    let view = MemoryView::of_bytes(t, this, memory, bytes.len(), true)?;
    crate::builtins::memoryview::exported(t, this, view, flags)
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn bytes_iterator_length_hint(_: &Thread, this: Ref<BytesIterator>) -> usize {
    length_of_source(this).saturating_sub(this.position.load(Ordering::Relaxed))
}

fn length_of_source(this: Ref<BytesIterator>) -> usize {
    let Some(source) = this.source.get() else { return 0 };
    match source.downcast::<Bytes>() {
        Some(bytes) => bytes.len(),
        None => source.downcast::<ByteArray>().map_or(0, |array| array.len()),
    }
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn bytes_iterator_reduce(t: &Thread, this: Ref<BytesIterator>) -> R<Ref<Tuple>> {
    let iter = crate::builtins::arguments::builtin(t, "iter")?;
    match this.source.get() {
        Some(source) => {
            let arguments = Tuple::from_slice(t, &[source])?;
            let position = int_from_u64(t, this.position.load(Ordering::Relaxed) as u64)?;
            Tuple::from_slice(t, &[iter, arguments.value(), position])
        }
        None => {
            let empty = Tuple::from_slice(t, &[])?;
            let arguments = Tuple::from_slice(t, &[empty.value()])?;
            Tuple::from_slice(t, &[iter, arguments.value()])
        }
    }
}

/// Set state information for unpickling.
#[native("__setstate__($self, state, /)")]
fn bytes_iterator_setstate(t: &Thread, this: Ref<BytesIterator>, state: Value) -> R<()> {
    let position = protocols::index_clamped(t, state)?;
    this.position.store(position.clamp(0, length_of_source(this) as i64) as usize, Ordering::Relaxed);
    Ok(())
}

const ITERATOR_METHODS: &[MethodDef] = &[
    MethodDef::Method(&protocols::ITERATOR_ITER),
    MethodDef::Method(&protocols::ITERATOR_NEXT),
    MethodDef::Method(&BYTES_ITERATOR_LENGTH_HINT),
    MethodDef::Method(&BYTES_ITERATOR_REDUCE),
    MethodDef::Method(&BYTES_ITERATOR_SETSTATE),
];

/// The iterator over a bytes.
pub static BYTES_ITERATOR: ClassDef = ClassDef {
    name: "bytes_iterator",
    module: "builtins",
    layout: BytesIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: ITERATOR_METHODS,
    getset: &[],
};

/// The iterator over a bytearray.
pub static BYTEARRAY_ITERATOR: ClassDef = ClassDef {
    name: "bytearray_iterator",
    module: "builtins",
    layout: BytesIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: ITERATOR_METHODS,
    getset: &[],
};

/// `bytes`.
pub static BYTES: ClassDef = ClassDef {
    name: "bytes",
    module: "builtins",
    layout: Bytes::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::MATCH_SELF,
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer",
    methods: &[
        MethodDef::New(&BYTES_NEW),
        MethodDef::Method(&BYTES_REPR),
        MethodDef::Method(&BYTES_HASH),
        MethodDef::Method(&BYTES_STR),
        MethodDef::Method(&BYTES_LT),
        MethodDef::Method(&BYTES_LE),
        MethodDef::Method(&BYTES_EQ),
        MethodDef::Method(&BYTES_NE),
        MethodDef::Method(&BYTES_GT),
        MethodDef::Method(&BYTES_GE),
        MethodDef::Method(&BYTES_ITER),
        MethodDef::Method(&BYTES_MOD),
        MethodDef::Method(&BYTES_RMOD),
        MethodDef::Method(&BYTES_LEN),
        MethodDef::Method(&BYTES_GETITEM),
        MethodDef::Method(&BYTES_ADD),
        MethodDef::Method(&BYTES_MUL),
        MethodDef::Method(&BYTES_RMUL),
        MethodDef::Method(&BYTES_CONTAINS),
        MethodDef::Method(&BYTES_BUFFER),
        MethodDef::Method(&BYTES_GETNEWARGS),
        MethodDef::Method(&BYTES_SIZEOF),
        MethodDef::Method(&BYTES_BYTES),
        MethodDef::Method(&bytes_methods::BYTES_CAPITALIZE),
        MethodDef::Method(&bytes_methods::BYTES_CENTER),
        MethodDef::Method(&bytes_methods::BYTES_COUNT),
        MethodDef::Method(&bytes_methods::BYTES_DECODE),
        MethodDef::Method(&bytes_methods::BYTES_ENDSWITH),
        MethodDef::Method(&bytes_methods::BYTES_EXPANDTABS),
        MethodDef::Method(&bytes_methods::BYTES_FIND),
        MethodDef::Class(&bytes_methods::BYTES_FROMHEX),
        MethodDef::Method(&bytes_methods::BYTES_HEX),
        MethodDef::Method(&bytes_methods::BYTES_INDEX),
        MethodDef::Method(&bytes_methods::BYTES_ISALNUM),
        MethodDef::Method(&bytes_methods::BYTES_ISALPHA),
        MethodDef::Method(&bytes_methods::BYTES_ISASCII),
        MethodDef::Method(&bytes_methods::BYTES_ISDIGIT),
        MethodDef::Method(&bytes_methods::BYTES_ISLOWER),
        MethodDef::Method(&bytes_methods::BYTES_ISSPACE),
        MethodDef::Method(&bytes_methods::BYTES_ISTITLE),
        MethodDef::Method(&bytes_methods::BYTES_ISUPPER),
        MethodDef::Method(&bytes_methods::BYTES_JOIN),
        MethodDef::Method(&bytes_methods::BYTES_LJUST),
        MethodDef::Method(&bytes_methods::BYTES_LOWER),
        MethodDef::Method(&bytes_methods::BYTES_LSTRIP),
        MethodDef::Static(&bytes_methods::BYTES_MAKETRANS),
        MethodDef::Method(&bytes_methods::BYTES_PARTITION),
        MethodDef::Method(&bytes_methods::BYTES_REPLACE),
        MethodDef::Method(&bytes_methods::BYTES_REMOVEPREFIX),
        MethodDef::Method(&bytes_methods::BYTES_REMOVESUFFIX),
        MethodDef::Method(&bytes_methods::BYTES_RFIND),
        MethodDef::Method(&bytes_methods::BYTES_RINDEX),
        MethodDef::Method(&bytes_methods::BYTES_RJUST),
        MethodDef::Method(&bytes_methods::BYTES_RPARTITION),
        MethodDef::Method(&bytes_methods::BYTES_RSPLIT),
        MethodDef::Method(&bytes_methods::BYTES_RSTRIP),
        MethodDef::Method(&bytes_methods::BYTES_SPLIT),
        MethodDef::Method(&bytes_methods::BYTES_SPLITLINES),
        MethodDef::Method(&bytes_methods::BYTES_STARTSWITH),
        MethodDef::Method(&bytes_methods::BYTES_STRIP),
        MethodDef::Method(&bytes_methods::BYTES_SWAPCASE),
        MethodDef::Method(&bytes_methods::BYTES_TITLE),
        MethodDef::Method(&bytes_methods::BYTES_TRANSLATE),
        MethodDef::Method(&bytes_methods::BYTES_UPPER),
        MethodDef::Method(&bytes_methods::BYTES_ZFILL),
    ],
    getset: &[],
};
