//! The class `bytearray`: what it has beyond the methods shared with `bytes`.

use macros::native;

use crate::builtins::bytes::{self, BytesIterator, bytes_of_items, constructed, constructor_arguments, iterator, pick};
use crate::builtins::bytes_methods::{self, byte_of};
use crate::builtins::construct::class_argument;
use crate::builtins::sequence::{Subscript, repeat_count, subscript};
use crate::builtins::str::check_length;
use crate::native::{Args, ClassDef, MethodDef};
use crate::object::{Object, Ref};
use crate::objects::{ByteArray, ClassFlags, MemoryView, Slice, Str, Tuple, int_of};
use crate::protocols::{self, Buffer};
use crate::raised::R;
use crate::thread::{LONG, Thread};
use crate::value::Value;
use sync::atomic::Ordering;

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn bytearray_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = class_argument(t, args, t.classes().bytearray)?;
    crate::builtins::object::new_instance(t, class)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__", raw)]
fn bytearray_init(t: &Thread, args: Args<'_>) -> R<()> {
    let Some(this) = args.positional().first().and_then(|this| this.downcast::<ByteArray>()) else {
        return Err(t.type_error("descriptor '__init__' of 'bytearray' object needs an argument"));
    };
    let arguments = constructor_arguments(t, args.rest(), "bytearray")?;
    if !this.is_empty() {
        this.clear(t)?;
    }
    let content = constructed(t, arguments, usize::MAX)?;
    this.extend(t, &content)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn bytearray_repr(t: &Thread, this: Value) -> R<String> {
    let content = bytes_methods::content(t, this)?;
    Ok(format!("{}({})", this.class(t).name(), text::repr::repr_bytes(&content, true)))
}

/// Return str(self).
#[native("__str__($self, /)")]
fn bytearray_str(t: &Thread, this: Value) -> R<String> {
    if t.interpreter().options.bytes_warning > 0 {
        protocols::warn(t, t.classes().bytes_warning, "str() on a bytearray instance")?;
    }
    bytearray_repr(t, this)
}

/// Return len(self).
#[native("__len__($self, /)")]
fn bytearray_len(_: &Thread, this: Ref<ByteArray>) -> usize {
    this.len()
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn bytearray_iter(t: &Thread, this: Ref<ByteArray>) -> R<Ref<BytesIterator>> {
    iterator(t, t.classes().bytearray_iterator, this.value())
}

fn normalized(this: Ref<ByteArray>, index: i64) -> Option<usize> {
    let index = if index < 0 { index + this.len() as i64 } else { index };
    usize::try_from(index).ok()
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn bytearray_getitem(t: &Thread, this: Ref<ByteArray>, key: Value) -> R {
    match subscript(t, key, "bytearray")? {
        Subscript::Index(index) => match normalized(this, index).and_then(|index| this.get(index)) {
            Some(byte) => Ok(Value::small(byte.into())),
            None => Err(t.index_error("bytearray index out of range")),
        },
        Subscript::Slice(slice) => {
            let bounds = slice.bounds(t)?;
            let content = this.to_vec(t);
            let indices = bounds.within(content.len());
            Ok(ByteArray::new(t, &pick(&content, indices.start, indices.step, indices.count))?.value())
        }
    }
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn bytearray_setitem(t: &Thread, this: Ref<ByteArray>, key: Value, value: Value) -> R<()> {
    this.settle(t, &BYTEARRAY_SETITEM, this.value(), &[key, value]);
    match subscript(t, key, "bytearray")? {
        Subscript::Index(index) => {
            let byte = byte_of(t, value)?;
            match normalized(this, index) {
                Some(index) if this.set(t, index, byte) => Ok(()),
                _ => Err(t.index_error("bytearray index out of range")),
            }
        }
        Subscript::Slice(slice) => assign_slice(t, this, slice, value),
    }
}

fn assigned_bytes(t: &Thread, value: Value) -> R<Buffer> {
    if let Some(buffer) = Buffer::try_of(t, value)? {
        return Ok(buffer);
    }
    let iterable = value.class(t).special(t, crate::names::Special::Iter).is_some() || protocols::is_sequence(t, value);
    if int_of(value).is_some() || Str::of(t, value).is_some() || !iterable {
        return Err(t.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
    }
    bytes_of_items(t, value, "byte").map(Buffer::Copied)
}

fn assign_slice(t: &Thread, this: Ref<ByteArray>, slice: Ref<Slice>, value: Value) -> R<()> {
    let bytes = assigned_bytes(t, value)?;
    let indices = slice.bounds(t)?.within(this.len());
    if indices.step == 1 {
        let start = indices.start as usize;
        return this.replace_range(t, start, start + indices.count, &bytes);
    }
    if bytes.is_empty() {
        return delete_slice(t, this, slice);
    }
    if bytes.len() != indices.count {
        let (given, wanted) = (bytes.len(), indices.count);
        return Err(
            t.value_error(format_args!("attempt to assign bytes of size {given} to extended slice of size {wanted}"))
        );
    }
    this.update(t, |target| {
        for (index, &byte) in bytes.iter().enumerate() {
            if let Some(slot) = target.get((indices.start + index as i64 * indices.step) as usize) {
                slot.store(byte, Ordering::Relaxed);
            }
        }
    });
    Ok(())
}

fn delete_slice(t: &Thread, this: Ref<ByteArray>, slice: Ref<Slice>) -> R<()> {
    let bounds = slice.bounds(t)?;
    let content = this.to_vec(t);
    let indices = bounds.within(content.len());
    if indices.step == 1 {
        let start = indices.start as usize;
        return this.replace_range(t, start, start + indices.count, &[]);
    }
    let removed: std::collections::HashSet<i64> =
        (0..indices.count as i64).map(|index| indices.start + index * indices.step).collect();
    let kept: Vec<u8> = content
        .iter()
        .enumerate()
        .filter(|(index, _)| !removed.contains(&(*index as i64)))
        .map(|(_, &byte)| byte)
        .collect();
    this.replace_range(t, 0, usize::MAX, &kept)
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn bytearray_delitem(t: &Thread, this: Ref<ByteArray>, key: Value) -> R<()> {
    this.settle(t, &BYTEARRAY_DELITEM, this.value(), &[key]);
    match subscript(t, key, "bytearray")? {
        Subscript::Index(index) => match normalized(this, index).filter(|&index| index < this.len()) {
            Some(index) => this.replace_range(t, index, index + 1, &[]),
            None => Err(t.index_error("bytearray index out of range")),
        },
        Subscript::Slice(slice) => delete_slice(t, this, slice),
    }
}

fn concatenated(t: &Thread, other: Value) -> R<Buffer> {
    match Buffer::try_of(t, other)? {
        Some(other) => Ok(other),
        None => Err(t.type_error(format_args!("can't concat {} to bytearray", other.class(t).name()))),
    }
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn bytearray_add(t: &Thread, this: Ref<ByteArray>, other: Value) -> R<Ref<ByteArray>> {
    let other = concatenated(t, other)?;
    let mut content = this.to_vec(t);
    content.extend_from_slice(&other);
    ByteArray::new(t, &content)
}

/// Implement self+=value.
#[native("__iadd__($self, value, /)")]
fn bytearray_iadd(t: &Thread, this: Ref<ByteArray>, other: Value) -> R<Ref<ByteArray>> {
    this.settle(t, &BYTEARRAY_IADD, this.value(), &[]);
    let other = concatenated(t, other)?;
    this.extend(t, &other)?;
    Ok(this)
}

fn repeated(t: &Thread, this: Ref<ByteArray>, times: Value) -> R<Vec<u8>> {
    let times = repeat_count(t, times)?;
    let content = this.to_vec(t);
    let total = content.len().checked_mul(times);
    check_length(t, total)?;
    Ok(t.blocking_if(total >= Some(LONG), || content.repeat(times)))
}

/// Return self*value.
#[native("__mul__($self, value, /)")]
fn bytearray_mul(t: &Thread, this: Ref<ByteArray>, times: Value) -> R<Ref<ByteArray>> {
    ByteArray::new(t, &repeated(t, this, times)?)
}

/// Return value*self.
#[native("__rmul__($self, value, /)")]
fn bytearray_rmul(t: &Thread, this: Ref<ByteArray>, times: Value) -> R<Ref<ByteArray>> {
    ByteArray::new(t, &repeated(t, this, times)?)
}

/// Implement self*=value.
#[native("__imul__($self, value, /)")]
fn bytearray_imul(t: &Thread, this: Ref<ByteArray>, times: Value) -> R<Ref<ByteArray>> {
    this.settle(t, &BYTEARRAY_IMUL, this.value(), &[]);
    let content = repeated(t, this, times)?;
    this.replace_range(t, 0, usize::MAX, &content)?;
    Ok(this)
}

/// Append a single item to the end of the bytearray.
///
///   item
///     The item to be appended.
#[native("append($self, item, /)")]
fn bytearray_append(t: &Thread, this: Ref<ByteArray>, item: Value) -> R<()> {
    this.settle(t, &BYTEARRAY_APPEND, this.value(), &[]);
    let byte = byte_of(t, item)?;
    this.extend(t, &[byte])
}

/// Append all the items from the iterator or sequence to the end of the bytearray.
///
///   iterable_of_ints
///     The iterable of items to append.
#[native("extend($self, iterable_of_ints, /)")]
fn bytearray_extend(t: &Thread, this: Ref<ByteArray>, iterable: Value) -> R<()> {
    this.settle(t, &BYTEARRAY_EXTEND, this.value(), &[]);
    let before = this.len();
    if let Some(buffer) = Buffer::try_of(t, iterable)? {
        // Asking for the buffer may have made the bytearray longer: the bytes go to where its end was.
        let place = before.min(this.len());
        return if this.len() == before {
            this.extend(t, &buffer)
        } else {
            this.replace_range(t, place, place, &buffer)
        };
    }
    if Str::of(t, iterable).is_some() {
        return Err(t.type_error("expected iterable of integers; got: 'str'"));
    }
    let has_iter = iterable.class(t).special(t, crate::names::Special::Iter).is_some_and(|method| !method.is_none());
    if !has_iter && !protocols::is_sequence(t, iterable) {
        return Err(t.type_error(format_args!("can't extend bytearray with {}", iterable.class(t).name())));
    }
    let bytes = bytes_of_items(t, iterable, "byte")?;
    this.extend(t, &bytes)
}

/// Insert a single item into the bytearray before the given index.
///
///   index
///     The index where the value is to be inserted.
///   item
///     The item to be inserted.
#[native("insert($self, index, item, /)")]
fn bytearray_insert(t: &Thread, this: Ref<ByteArray>, index: i64, item: Value) -> R<()> {
    this.settle(t, &BYTEARRAY_INSERT, this.value(), &[]);
    let byte = byte_of(t, item)?;
    let index = if index < 0 { (index + this.len() as i64).max(0) } else { index };
    this.replace_range(t, index as usize, index as usize, &[byte])
}

/// Remove and return a single item from B.
///
///   index
///     The index from where to remove the item.
///     -1 (the default value) means remove the last item.
///
/// If no index argument is given, will pop the last item.
#[native("pop($self, index=-1, /)")]
fn bytearray_pop(t: &Thread, this: Ref<ByteArray>, index: i64) -> R<i64> {
    this.settle(t, &BYTEARRAY_POP, this.value(), &[]);
    if this.is_empty() {
        return Err(t.index_error("pop from empty bytearray"));
    }
    let found = normalized(this, index).and_then(|index| Some((index, this.get(index)?)));
    let Some((index, byte)) = found else { return Err(t.index_error("pop index out of range")) };
    this.replace_range(t, index, index + 1, &[])?;
    Ok(byte.into())
}

/// Remove the first occurrence of a value in the bytearray.
///
///   value
///     The value to remove.
#[native("remove($self, value, /)")]
fn bytearray_remove(t: &Thread, this: Ref<ByteArray>, value: Value) -> R<()> {
    this.settle(t, &BYTEARRAY_REMOVE, this.value(), &[]);
    let byte = byte_of(t, value)?;
    match this.to_vec(t).iter().position(|&other| other == byte) {
        Some(index) => this.replace_range(t, index, index + 1, &[]),
        None => Err(t.value_error("value not found in bytearray")),
    }
}

/// Reverse the order of the values in B in place.
#[native("reverse($self, /)")]
fn bytearray_reverse(t: &Thread, this: Ref<ByteArray>) {
    this.update(t, |bytes| {
        for index in 0..bytes.len() / 2 {
            let (low, high) = (&bytes[index], &bytes[bytes.len() - 1 - index]);
            let byte = low.load(Ordering::Relaxed);
            low.store(high.load(Ordering::Relaxed), Ordering::Relaxed);
            high.store(byte, Ordering::Relaxed);
        }
    });
}

/// Remove all items from the bytearray.
#[native("clear($self, /)")]
fn bytearray_clear(t: &Thread, this: Ref<ByteArray>) -> R<()> {
    this.settle(t, &BYTEARRAY_CLEAR, this.value(), &[]);
    this.clear(t)
}

/// Return a copy of B.
#[native("copy($self, /)")]
fn bytearray_copy(t: &Thread, this: Ref<ByteArray>) -> R<Ref<ByteArray>> {
    ByteArray::new(t, &this.to_vec(t))
}

/// Resize the internal buffer of bytearray to len.
///
///   size
///     New size to resize to.
#[native("resize($self, size, /)")]
fn bytearray_resize(t: &Thread, this: Ref<ByteArray>, size: i64) -> R<()> {
    this.settle(t, &BYTEARRAY_RESIZE, this.value(), &[]);
    match usize::try_from(size) {
        Ok(size) => {
            check_length(t, Some(size))?;
            this.resize(t, size)
        }
        Err(_) => Err(t.value_error(format_args!("Can only resize to positive sizes, got {size}"))),
    }
}

/// Return the number of bytes actually allocated.
#[native("__alloc__($self, /)")]
fn bytearray_alloc(_: &Thread, this: Ref<ByteArray>) -> usize {
    let length = this.len();
    if length == 0 { 0 } else { length + 1 }
}

/// Returns the size of the bytearray object in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn bytearray_sizeof(_: &Thread, this: Ref<ByteArray>) -> usize {
    56 + if this.is_empty() { 0 } else { this.len() + 1 }
}

fn reduce(t: &Thread, this: Value, protocol: i64) -> R<Ref<Tuple>> {
    let content = bytes_methods::content(t, this)?;
    let state = protocols::call_method(t, this, t.names().__getstate__, &[])?;
    let arguments = if content.is_empty() {
        Tuple::from_slice(t, &[])?
    } else if protocol < 3 {
        let text = Str::from_units(t, text::Units::One(&content))?;
        Tuple::from_slice(t, &[text.value(), Str::new(t, "latin-1")?.value()])?
    } else {
        Tuple::from_slice(t, &[crate::objects::Bytes::new(t, &content)?.value()])?
    };
    Tuple::from_slice(t, &[this.class(t).value(), arguments.value(), state])
}

/// Return state information for pickling.
#[native("__reduce__($self, /)")]
fn bytearray_reduce(t: &Thread, this: Value) -> R<Ref<Tuple>> {
    reduce(t, this, 2)
}

/// Return state information for pickling.
#[native("__reduce_ex__($self, proto=0, /)")]
fn bytearray_reduce_ex(t: &Thread, this: Value, protocol: i64) -> R<Ref<Tuple>> {
    reduce(t, this, protocol)
}

/// Return a buffer object that exposes the underlying memory of the object.
#[native("__buffer__($self, flags, /)")]
fn bytearray_buffer(t: &Thread, this: Ref<ByteArray>, flags: i64) -> R<Ref<MemoryView>> {
    crate::builtins::memoryview::exported(t, this.value(), MemoryView::of_bytearray(t, this)?, flags)
}

/// Release the buffer object that exposes the underlying memory of the object.
#[native("__release_buffer__($self, buffer, /)")]
fn bytearray_release_buffer(t: &Thread, this: Ref<ByteArray>, view: Value) -> R<()> {
    protocols::buffer::release_exported(t, this.value(), view)
}

/// `bytearray`.
pub static BYTEARRAY: ClassDef = ClassDef {
    name: "bytearray",
    module: "builtins",
    layout: ByteArray::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::MATCH_SELF,
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer",
    methods: &[
        MethodDef::New(&BYTEARRAY_NEW),
        MethodDef::Method(&BYTEARRAY_INIT),
        MethodDef::Method(&BYTEARRAY_REPR),
        MethodDef::Method(&BYTEARRAY_STR),
        MethodDef::Method(&bytes::BYTES_LT),
        MethodDef::Method(&bytes::BYTES_LE),
        MethodDef::Method(&bytes::BYTES_EQ),
        MethodDef::Method(&bytes::BYTES_NE),
        MethodDef::Method(&bytes::BYTES_GT),
        MethodDef::Method(&bytes::BYTES_GE),
        MethodDef::Method(&BYTEARRAY_ITER),
        MethodDef::Method(&bytes::BYTES_MOD),
        MethodDef::Method(&bytes::BYTES_RMOD),
        MethodDef::Method(&BYTEARRAY_LEN),
        MethodDef::Method(&BYTEARRAY_GETITEM),
        MethodDef::Method(&BYTEARRAY_SETITEM),
        MethodDef::Method(&BYTEARRAY_DELITEM),
        MethodDef::Method(&BYTEARRAY_ADD),
        MethodDef::Method(&BYTEARRAY_MUL),
        MethodDef::Method(&BYTEARRAY_RMUL),
        MethodDef::Method(&bytes::BYTES_CONTAINS),
        MethodDef::Method(&BYTEARRAY_IADD),
        MethodDef::Method(&BYTEARRAY_IMUL),
        MethodDef::Method(&BYTEARRAY_BUFFER),
        MethodDef::Method(&BYTEARRAY_RELEASE_BUFFER),
        MethodDef::Method(&BYTEARRAY_ALLOC),
        MethodDef::Method(&BYTEARRAY_REDUCE),
        MethodDef::Method(&BYTEARRAY_REDUCE_EX),
        MethodDef::Method(&BYTEARRAY_SIZEOF),
        MethodDef::Method(&BYTEARRAY_APPEND),
        MethodDef::Method(&bytes_methods::BYTES_CAPITALIZE),
        MethodDef::Method(&bytes_methods::BYTES_CENTER),
        MethodDef::Method(&BYTEARRAY_CLEAR),
        MethodDef::Method(&BYTEARRAY_COPY),
        MethodDef::Method(&bytes_methods::BYTES_COUNT),
        MethodDef::Method(&bytes_methods::BYTES_DECODE),
        MethodDef::Method(&bytes_methods::BYTES_ENDSWITH),
        MethodDef::Method(&bytes_methods::BYTES_EXPANDTABS),
        MethodDef::Method(&BYTEARRAY_EXTEND),
        MethodDef::Method(&bytes_methods::BYTES_FIND),
        MethodDef::Class(&bytes_methods::BYTES_FROMHEX),
        MethodDef::Method(&bytes_methods::BYTES_HEX),
        MethodDef::Method(&bytes_methods::BYTES_INDEX),
        MethodDef::Method(&BYTEARRAY_INSERT),
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
        MethodDef::Method(&BYTEARRAY_POP),
        MethodDef::Method(&BYTEARRAY_REMOVE),
        MethodDef::Method(&BYTEARRAY_RESIZE),
        MethodDef::Method(&bytes_methods::BYTES_REPLACE),
        MethodDef::Method(&bytes_methods::BYTES_REMOVEPREFIX),
        MethodDef::Method(&bytes_methods::BYTES_REMOVESUFFIX),
        MethodDef::Method(&BYTEARRAY_REVERSE),
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
