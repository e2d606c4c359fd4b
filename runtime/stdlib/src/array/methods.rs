//! The class `array`.

use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::memoryview::MemoryView;
use vm::objects::slice::Slice;
use vm::objects::{ByteArray, Bytes, ClassFlags, List, int_from_i64};
use vm::protocols::{self, Buffer, CompareOp};
use vm::shared::NativeClass;
use vm::sync::atomic::Ordering;
use vm::{R, Raised, Ref, Str, Thread, Tuple, Value, native};

use super::{Array, items, new_array, rebuild};

type This = Ref<Array>;

fn same_size(t: &Thread, bytes: usize, size: usize) -> R<()> {
    if bytes.is_multiple_of(size) { Ok(()) } else { Err(t.value_error("bytes length not a multiple of item size")) }
}

/// The bytes of a text's characters.
fn text_bytes(text: Ref<Str>) -> Vec<u8> {
    let units = text.units();
    (0..text.len()).flat_map(|index| units.get(index).to_ne_bytes()).collect()
}

#[native("__new__", raw)]
fn array_new(t: &Thread, args: Args<'_>) -> R<This> {
    let own = ARRAY.get(t);
    let (class, rest) = vm::builtins::construct::class_argument(t, args, own)?;
    if class == own {
        rest.no_keywords(t, "array.array")?;
    }
    let given = rest.positional();
    let [code, initial @ ..] = given else {
        return Err(t.type_error("array() takes at least 1 argument (0 given)"));
    };
    if initial.len() > 1 {
        return Err(t.type_error(format_args!("array() takes at most 2 arguments ({} given)", given.len())));
    }
    let Some(text) = Str::of(t, *code) else {
        let got = code.class(t).name();
        return Err(t.type_error(format_args!("array() argument 1 must be a unicode character, not {got}")));
    };
    if text.len() != 1 {
        return Err(t.type_error(format_args!(
            "array() argument 1 must be a unicode character, not a string of length {}",
            text.len()
        )));
    }
    let code = u8::try_from(text.units().get(0)).unwrap_or(0);
    if code == b'u' {
        protocols::warn_deprecated(t, "The 'u' type code is deprecated and will be removed in Python 3.16")?;
    }
    let initial = initial.first().copied();
    if let Some(initial) = initial
        && !items::is_text(code)
    {
        let shown = char::from(code);
        if Str::of(t, initial).is_some() {
            return Err(t.type_error(format_args!("cannot use a str to initialize an array with typecode '{shown}'")));
        }
        if initial.downcast::<Array>().is_some_and(|other| items::is_text(other.code())) {
            return Err(t.type_error(format_args!(
                "cannot use a unicode array to initialize an array with typecode '{shown}'"
            )));
        }
    }
    if !items::CODES.contains(&code) {
        return Err(t.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"));
    }
    let array = new_array(t, class, code, &[])?;
    if let Some(initial) = initial {
        if Bytes::of(t, initial).is_some() || initial.downcast::<ByteArray>().is_some() {
            array_frombytes(t, array, Buffer::of(t, initial)?)?;
        } else if let Some(text) = Str::of(t, initial) {
            array.bytes(t)?.extend(t, &text_bytes(text))?;
        } else {
            extend_from(t, array, initial)?;
        }
    }
    Ok(array)
}

/// Appends the items of an iterable, or of an array of the same kind.
pub fn extend_from(t: &Thread, this: This, values: Value) -> R<()> {
    if let Some(other) = values.downcast::<Array>()
        && other.code() == this.code()
    {
        let bytes = other.bytes(t)?.to_vec(t);
        return this.bytes(t)?.extend(t, &bytes);
    }
    protocols::for_each(t, values, |value| array_append(t, this, value))
}

/// The items in a list.
pub fn list_of(t: &Thread, this: This) -> R<Ref<List>> {
    let (bytes, size) = (this.bytes(t)?.to_vec(t), this.item_size());
    let list = List::with_capacity(t, bytes.len() / size)?;
    for chunk in bytes.chunks_exact(size) {
        let mut item = [0; 8];
        item[..size].copy_from_slice(chunk);
        list.push(t, items::to_value(t, this.code(), &item)?)?;
    }
    Ok(list)
}

/// Append new value v to the end of the array.
#[native("append($self, v, /)")]
fn array_append(t: &Thread, this: This, value: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_APPEND, this.value(), &[]);
    let item = items::from_value(t, this.code(), value)?;
    this.bytes(t)?.extend(t, &item[..this.item_size()])
}

/// Append items to the end of the array.
#[native("extend($self, bb, /)")]
fn array_extend(t: &Thread, this: This, values: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_EXTEND, this.value(), &[]);
    if values.downcast::<Array>().is_some_and(|other| other.code() != this.code()) {
        return Err(t.type_error("can only extend with array of same kind"));
    }
    extend_from(t, this, values)
}

/// Insert a new item v into the array before position i.
#[native("insert($self, i, v, /)")]
fn array_insert(t: &Thread, this: This, index: i64, value: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_INSERT, this.value(), &[]);
    let (item, size) = (items::from_value(t, this.code(), value)?, this.item_size());
    let length = this.len(t)? as i64;
    let place = if index < 0 { (index + length).max(0) } else { index.min(length) } as usize;
    this.bytes(t)?.replace_range(t, place * size, place * size, &item[..size])
}

fn place_of(t: &Thread, this: This, index: i64, message: &str) -> R<usize> {
    let length = this.len(t)? as i64;
    let place = if index < 0 { index + length } else { index };
    if (0..length).contains(&place) { Ok(place as usize) } else { Err(t.index_error(message)) }
}

/// Return the i-th element and delete it from the array.
#[native("pop($self, i=-1, /)")]
fn array_pop(t: &Thread, this: This, index: i64) -> R {
    this.bytes(t)?.settle(t, &ARRAY_POP, this.value(), &[]);
    if this.len(t)? == 0 {
        return Err(t.index_error("pop from empty array"));
    }
    let (place, size) = (place_of(t, this, index, "pop index out of range")?, this.item_size());
    let item = this.item(t, place)?.ok_or_else(|| t.index_error("pop index out of range"))?;
    this.bytes(t)?.replace_range(t, place * size, (place + 1) * size, &[])?;
    Ok(item)
}

/// The first place of an equal item within bounds.
fn find(t: &Thread, this: This, value: Value, start: usize, stop: usize) -> R<Option<usize>> {
    let mut index = start;
    while index < stop
        && let Some(item) = this.item(t, index)?
    {
        if protocols::equal(t, item, value)? {
            return Ok(Some(index));
        }
        index += 1;
        t.poll()?;
    }
    Ok(None)
}

/// Remove the first occurrence of v in the array.
#[native("remove($self, v, /)")]
fn array_remove(t: &Thread, this: This, value: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_REMOVE, this.value(), &[]);
    match find(t, this, value, 0, usize::MAX)? {
        Some(place) => {
            let size = this.item_size();
            this.bytes(t)?.replace_range(t, place * size, (place + 1) * size, &[])
        }
        None => Err(t.value_error("array.remove(x): x not in array")),
    }
}

/// Return index of first occurrence of v in the array.
#[native("index($self, v, start=0, stop=sys.maxsize, /)")]
fn array_index(t: &Thread, this: This, value: Value, start: Option<Value>, stop: Option<Value>) -> R<usize> {
    let (start, stop) = (protocols::slice_bound(t, start, 0)?, protocols::slice_bound(t, stop, i64::MAX)?);
    let length = this.len(t)? as i64;
    let bound = |number: i64| if number < 0 { (number + length).max(0) } else { number } as usize;
    match find(t, this, value, bound(start), bound(stop))? {
        Some(place) => Ok(place),
        None => Err(t.value_error("array.index(x): x not in array")),
    }
}

/// Return number of occurrences of v in the array.
#[native("count($self, v, /)")]
fn array_count(t: &Thread, this: This, value: Value) -> R<usize> {
    let (mut count, mut index) = (0, 0);
    while let Some(item) = this.item(t, index)? {
        count += usize::from(protocols::equal(t, item, value)?);
        index += 1;
        t.poll()?;
    }
    Ok(count)
}

#[native("__contains__($self, key, /)")]
fn array_contains(t: &Thread, this: This, value: Value) -> R<bool> {
    Ok(find(t, this, value, 0, usize::MAX)?.is_some())
}

/// Changes the bytes of each item in place.
fn reorder(t: &Thread, this: This, change: impl FnOnce(&mut [u8], usize)) -> R<()> {
    let size = this.item_size();
    this.bytes(t)?.update(t, |bytes| {
        let mut copy: Vec<u8> = bytes.iter().map(|byte| byte.load(Ordering::Relaxed)).collect();
        change(&mut copy, size);
        for (byte, new) in bytes.iter().zip(copy) {
            byte.store(new, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Reverse the order of the items in the array.
#[native("reverse($self, /)")]
fn array_reverse(t: &Thread, this: This) -> R<()> {
    reorder(t, this, |bytes, size| {
        bytes.reverse();
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    })
}

/// Byteswap all items of the array.
#[native("byteswap($self, /)")]
fn array_byteswap(t: &Thread, this: This) -> R<()> {
    reorder(t, this, |bytes, size| bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse))
}

/// Remove all items from the array.
#[native("clear($self, /)")]
fn array_clear(t: &Thread, this: This) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_CLEAR, this.value(), &[]);
    this.bytes(t)?.clear(t)
}

/// Return a tuple (address, length) giving the current memory address and the length in items.
#[native("buffer_info($self, /)")]
fn array_buffer_info(t: &Thread, this: This) -> R<Ref<Tuple>> {
    let bytes = this.bytes(t)?;
    let (storage, length) = bytes.stored(t);
    let address = storage.map_or(0, |storage| storage.bytes().as_ptr() as u64);
    let length = int_from_i64(t, (length / this.item_size()) as i64)?;
    Tuple::pair(t, vm::objects::int_from_u64(t, address)?, length)
}

fn copy(t: &Thread, this: This) -> R<This> {
    new_array(t, ARRAY.get(t), this.code(), &this.bytes(t)?.to_vec(t))
}

/// Return a copy of the array.
#[native("__copy__($self, /)")]
fn array_copy(t: &Thread, this: This) -> R<This> {
    copy(t, this)
}

/// Return a copy of the array.
#[native("__deepcopy__($self, unused, /)")]
fn array_deepcopy(t: &Thread, this: This, _memo: Value) -> R<This> {
    copy(t, this)
}

/// Read n objects from the file object f and append them to the end of the array.
#[native("fromfile($self, f, n, /)")]
fn array_fromfile(t: &Thread, this: This, file: Value, count: i64) -> R<()> {
    if count < 0 {
        return Err(t.value_error("negative count"));
    }
    let Some(wanted) = count.checked_mul(this.item_size() as i64) else { return Err(t.memory_error()) };
    let data = protocols::call_method(t, file, t.names().read, &[int_from_i64(t, wanted)?])?;
    let Some(data) = Bytes::of(t, data) else { return Err(t.type_error("read() didn't return bytes")) };
    let whole = data.len() as i64 == wanted;
    array_frombytes(t, this, Buffer::Shared(data))?;
    if whole { Ok(()) } else { Err(t.eof_error("read() didn't return enough bytes")) }
}

/// Write all items (as machine values) to the file object f.
#[native("tofile($self, f, /)")]
fn array_tofile(t: &Thread, this: This, file: Value) -> R<()> {
    for chunk in this.bytes(t)?.to_vec(t).chunks(1 << 16) {
        protocols::call_method(t, file, t.names().write, &[Bytes::new(t, chunk)?.value()])?;
    }
    Ok(())
}

/// Append items to array from list.
#[native("fromlist($self, list, /)")]
fn array_fromlist(t: &Thread, this: This, list: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_FROMLIST, this.value(), &[]);
    let Some(list) = list.downcast::<List>() else { return Err(t.type_error("arg must be list")) };
    let (values, size) = (list.to_vec(t)?, this.item_size());
    let mut bytes = Vec::with_capacity(values.len() * size);
    for value in values.iter() {
        bytes.extend(&items::from_value(t, this.code(), value)?[..size]);
    }
    if list.len() != values.len() {
        return Err(t.runtime_error("list changed size during iteration"));
    }
    this.bytes(t)?.extend(t, &bytes)
}

/// Convert array to an ordinary list with the same items.
#[native("tolist($self, /)")]
fn array_tolist(t: &Thread, this: This) -> R<Ref<List>> {
    list_of(t, this)
}

/// Appends items from the string, interpreting it as an array of machine values.
#[native("frombytes($self, buffer, /)")]
fn array_frombytes(t: &Thread, this: This, data: Buffer) -> R<()> {
    same_size(t, data.len(), this.item_size())?;
    this.bytes(t)?.extend(t, &data)
}

/// Convert the array to an array of machine values and return the bytes representation.
#[native("tobytes($self, /)")]
fn array_tobytes(t: &Thread, this: This) -> R<Ref<Bytes>> {
    Bytes::new(t, &this.bytes(t)?.to_vec(t))
}

/// Extends this array with data from the unicode string ustr.
#[native("fromunicode($self, ustr, /)")]
fn array_fromunicode(t: &Thread, this: This, text: Ref<Str>) -> R<()> {
    if !items::is_text(this.code()) {
        return Err(t.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    this.bytes(t)?.extend(t, &text_bytes(text))
}

/// Convert the array to a unicode string.
#[native("tounicode($self, /)")]
fn array_tounicode(t: &Thread, this: This) -> R {
    if !items::is_text(this.code()) {
        return Err(t.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    let list = list_of(t, this)?;
    let empty = Str::new(t, "")?;
    protocols::call_method(t, empty.value(), Str::interned(t, "join")?, &[list.value()])
}

#[native("__reduce_ex__($self, value, /)")]
fn array_reduce_ex(t: &Thread, this: This, protocol: Value) -> R<Ref<Tuple>> {
    let protocol = protocols::index_long(t, protocol)?;
    rebuild::reduce(t, this, protocol)
}

#[native("__repr__($self, /)")]
fn array_repr(t: &Thread, this: This) -> R {
    let (name, code) = (this.value().class(t).name(), char::from(this.code()));
    if this.len(t)? == 0 {
        return Ok(Str::new(t, &format!("{name}('{code}')"))?.value());
    }
    let content = if items::is_text(this.code()) { array_tounicode(t, this)? } else { list_of(t, this)?.value() };
    let start = Str::new(t, &format!("{name}('{code}', "))?;
    let text = Str::concat(t, start, protocols::repr(t, content)?)?;
    Ok(Str::concat(t, text, Str::new(t, ")")?)?.value())
}

#[native("__len__($self, /)")]
fn array_len(t: &Thread, this: This) -> R<usize> {
    this.len(t)
}

#[native("__iter__($self, /)")]
fn array_iter(t: &Thread, this: This) -> R {
    Ok(protocols::SequenceIterator::new(t, this.value())?.value())
}

#[cold]
fn wrong_index(t: &Thread) -> Raised {
    t.type_error("array indices must be integers")
}

#[native("__getitem__($self, key, /)")]
fn array_getitem(t: &Thread, this: This, key: Value) -> R {
    if let Some(slice) = key.downcast::<Slice>() {
        let (bytes, size) = (this.bytes(t)?.to_vec(t), this.item_size());
        let indices = slice.indices(t, bytes.len() / size)?;
        let mut chosen = Vec::with_capacity(indices.count * size);
        for index in 0..indices.count as i64 {
            let place = (indices.start + index * indices.step) as usize * size;
            chosen.extend_from_slice(bytes.get(place..place + size).unwrap_or_default());
        }
        return Ok(new_array(t, ARRAY.get(t), this.code(), &chosen)?.value());
    }
    if !protocols::has_index(t, key) {
        return Err(wrong_index(t));
    }
    let place = place_of(t, this, protocols::index_item(t, key)?, "array index out of range")?;
    this.item(t, place)?.ok_or_else(|| t.index_error("array index out of range"))
}

#[native("__setitem__($self, key, value, /)")]
fn array_setitem(t: &Thread, this: This, key: Value, value: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_SETITEM, this.value(), &[key, value]);
    let size = this.item_size();
    if let Some(slice) = key.downcast::<Slice>() {
        let Some(other) = value.downcast::<Array>() else {
            let got = value.class(t).name();
            return Err(t.type_error(format_args!("can only assign array (not \"{got}\") to array slice")));
        };
        if other.code() != this.code() {
            return Err(t.type_error("bad argument type for built-in operation"));
        }
        return assign_slice(t, this, slice, &other.bytes(t)?.to_vec(t));
    }
    if !protocols::has_index(t, key) {
        return Err(wrong_index(t));
    }
    let place = place_of(t, this, protocols::index_item(t, key)?, "array assignment index out of range")?;
    let item = items::from_value(t, this.code(), value)?;
    if place >= this.len(t)? {
        return Err(t.index_error("array assignment index out of range"));
    }
    this.bytes(t)?.replace_range(t, place * size, (place + 1) * size, &item[..size])
}

fn assign_slice(t: &Thread, this: This, slice: Ref<Slice>, new: &[u8]) -> R<()> {
    let (bytes, size) = (this.bytes(t)?, this.item_size());
    let indices = slice.indices(t, bytes.len() / size)?;
    if indices.step == 1 {
        let start = indices.start as usize * size;
        return bytes.replace_range(t, start, start + indices.count * size, new);
    }
    let given = new.len() / size;
    if given != indices.count {
        return Err(t.value_error(format_args!(
            "attempt to assign array of size {given} to extended slice of size {}",
            indices.count
        )));
    }
    bytes.update(t, |bytes| {
        for (index, chunk) in new.chunks_exact(size).enumerate() {
            let place = (indices.start + index as i64 * indices.step) as usize * size;
            for (byte, &new) in bytes.iter().skip(place).zip(chunk) {
                byte.store(new, Ordering::Relaxed);
            }
        }
    });
    Ok(())
}

#[native("__delitem__($self, key, /)")]
fn array_delitem(t: &Thread, this: This, key: Value) -> R<()> {
    this.bytes(t)?.settle(t, &ARRAY_DELITEM, this.value(), &[key]);
    let (bytes, size) = (this.bytes(t)?, this.item_size());
    if let Some(slice) = key.downcast::<Slice>() {
        let indices = slice.indices(t, bytes.len() / size)?;
        let (mut places, step) = (Vec::new(), indices.step);
        for index in 0..indices.count as i64 {
            places.push((indices.start + index * step) as usize);
        }
        places.sort_unstable();
        if step == 1 {
            let start = indices.start as usize * size;
            return bytes.replace_range(t, start, start + indices.count * size, &[]);
        }
        let old = bytes.to_vec(t);
        let kept: Vec<u8> = old
            .chunks_exact(size)
            .enumerate()
            .filter(|(index, _)| places.binary_search(index).is_err())
            .flat_map(|(_, chunk)| chunk.iter().copied())
            .collect();
        return bytes.replace_range(t, 0, usize::MAX, &kept);
    }
    if !protocols::has_index(t, key) {
        return Err(wrong_index(t));
    }
    let place = place_of(t, this, protocols::index_item(t, key)?, "array assignment index out of range")?;
    bytes.replace_range(t, place * size, (place + 1) * size, &[])
}

#[native("__add__($self, value, /)")]
fn array_add(t: &Thread, this: This, other: Value) -> R<This> {
    let Some(other) = other.downcast::<Array>() else {
        let got = other.class(t).name();
        return Err(t.type_error(format_args!("can only append array (not \"{got}\") to array")));
    };
    if other.code() != this.code() {
        return Err(t.type_error("bad argument type for built-in operation"));
    }
    let mut bytes = this.bytes(t)?.to_vec(t);
    bytes.extend(other.bytes(t)?.to_vec(t));
    new_array(t, ARRAY.get(t), this.code(), &bytes)
}

#[native("__iadd__($self, value, /)")]
fn array_iadd(t: &Thread, this: This, other: Value) -> R<This> {
    this.bytes(t)?.settle(t, &ARRAY_IADD, this.value(), &[]);
    if other.downcast::<Array>().is_none() {
        let got = other.class(t).name();
        return Err(t.type_error(format_args!("can only extend with array (not \"{got}\")")));
    }
    array_extend(t, this, other)?;
    Ok(this)
}

fn repeated(t: &Thread, this: This, times: i64) -> R<Vec<u8>> {
    let (bytes, times) = (this.bytes(t)?.to_vec(t), times.max(0) as usize);
    let Some(total) = bytes.len().checked_mul(times) else { return Err(t.memory_error()) };
    let mut result = Vec::new();
    if result.try_reserve_exact(total).is_err() {
        return Err(t.memory_error());
    }
    (0..if bytes.is_empty() { 0 } else { times }).for_each(|_| result.extend_from_slice(&bytes));
    Ok(result)
}

#[native("__mul__($self, value, /)")]
fn array_mul(t: &Thread, this: This, times: Value) -> R {
    if !protocols::has_index(t, times) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let bytes = repeated(t, this, protocols::index_i64(t, times)?)?;
    Ok(new_array(t, ARRAY.get(t), this.code(), &bytes)?.value())
}

#[native("__rmul__($self, value, /)")]
fn array_rmul(t: &Thread, this: This, times: Value) -> R {
    array_mul(t, this, times)
}

#[native("__imul__($self, value, /)")]
fn array_imul(t: &Thread, this: This, times: Value) -> R {
    if !protocols::has_index(t, times) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let bytes = repeated(t, this, protocols::index_i64(t, times)?)?;
    this.bytes(t)?.replace_range(t, 0, usize::MAX, &bytes)?;
    Ok(this.value())
}

fn compared(t: &Thread, this: This, other: Value, op: CompareOp) -> R {
    let Some(other) = other.downcast::<Array>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if this.code() == other.code() && matches!(op, CompareOp::Eq | CompareOp::Ne) && this.len(t)? != other.len(t)? {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    protocols::compare(t, list_of(t, this)?.value(), list_of(t, other)?.value(), op)
}

macro_rules! comparisons {
    ($($function:ident $signature:literal $op:ident;)*) => {
        $(#[native($signature)]
        fn $function(t: &Thread, this: This, other: Value) -> R {
            compared(t, this, other, CompareOp::$op)
        })*
    };
}

comparisons! {
    array_lt "__lt__($self, value, /)" Lt;
    array_le "__le__($self, value, /)" Le;
    array_eq "__eq__($self, value, /)" Eq;
    array_ne "__ne__($self, value, /)" Ne;
    array_gt "__gt__($self, value, /)" Gt;
    array_ge "__ge__($self, value, /)" Ge;
}

#[native("__buffer__($self, flags, /)")]
fn array_buffer(t: &Thread, this: This, flags: i64) -> R<Ref<MemoryView>> {
    // The format of characters is that of the code, as struct does not know it.
    let format = Str::from_char(t, u32::from(this.code()))?.value();
    let view = MemoryView::of_items(t, this.value(), this.bytes(t)?, format, this.item_size())?;
    vm::builtins::memoryview::exported(t, this.value(), view, flags)
}

/// Release the buffer object that exposes the underlying memory of the object.
#[native("__release_buffer__($self, buffer, /)")]
fn array_release_buffer(t: &Thread, this: This, view: Value) -> R<()> {
    protocols::buffer::release_exported(t, this.value(), view)
}

#[native("__class_getitem__($type, item, /)")]
fn array_class_getitem(t: &Thread, class: Value, item: Value) -> R {
    vm::builtins::generic_alias::class_getitem(t, class, item)
}

/// Size of the array in memory, in bytes.
#[native("__sizeof__($self, /)")]
fn array_sizeof(t: &Thread, this: This) -> R<usize> {
    Ok(size_of::<Array>() + this.bytes(t)?.len())
}

fn typecode(t: &Thread, this: Value) -> R {
    let code = this.downcast::<Array>().map_or(0, |this| this.code());
    Ok(Str::from_char(t, u32::from(code))?.value())
}

fn itemsize(_: &Thread, this: Value) -> R {
    Ok(Value::small(this.downcast::<Array>().map_or(0, |this| this.item_size()) as i32))
}

/// `array.array`.
pub static ARRAY: NativeClass = NativeClass::new(ClassDef {
    name: "array",
    module: "array",
    layout: <Array as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::WEAKREF | ClassFlags::SEQUENCE,
    doc: "array(typecode [, initializer]) -> array: items of one kind side by side.",
    methods: &[
        MethodDef::New(&ARRAY_NEW),
        MethodDef::Method(&ARRAY_APPEND),
        MethodDef::Method(&ARRAY_EXTEND),
        MethodDef::Method(&ARRAY_INSERT),
        MethodDef::Method(&ARRAY_POP),
        MethodDef::Method(&ARRAY_REMOVE),
        MethodDef::Method(&ARRAY_INDEX),
        MethodDef::Method(&ARRAY_COUNT),
        MethodDef::Method(&ARRAY_CONTAINS),
        MethodDef::Method(&ARRAY_REVERSE),
        MethodDef::Method(&ARRAY_BYTESWAP),
        MethodDef::Method(&ARRAY_CLEAR),
        MethodDef::Method(&ARRAY_BUFFER_INFO),
        MethodDef::Method(&ARRAY_COPY),
        MethodDef::Method(&ARRAY_DEEPCOPY),
        MethodDef::Method(&ARRAY_FROMFILE),
        MethodDef::Method(&ARRAY_TOFILE),
        MethodDef::Method(&ARRAY_FROMLIST),
        MethodDef::Method(&ARRAY_TOLIST),
        MethodDef::Method(&ARRAY_FROMBYTES),
        MethodDef::Method(&ARRAY_TOBYTES),
        MethodDef::Method(&ARRAY_FROMUNICODE),
        MethodDef::Method(&ARRAY_TOUNICODE),
        MethodDef::Method(&ARRAY_REDUCE_EX),
        MethodDef::Method(&ARRAY_REPR),
        MethodDef::Method(&ARRAY_LEN),
        MethodDef::Method(&ARRAY_ITER),
        MethodDef::Method(&ARRAY_GETITEM),
        MethodDef::Method(&ARRAY_SETITEM),
        MethodDef::Method(&ARRAY_DELITEM),
        MethodDef::Method(&ARRAY_ADD),
        MethodDef::Method(&ARRAY_IADD),
        MethodDef::Method(&ARRAY_MUL),
        MethodDef::Method(&ARRAY_RMUL),
        MethodDef::Method(&ARRAY_IMUL),
        MethodDef::Method(&ARRAY_LT),
        MethodDef::Method(&ARRAY_LE),
        MethodDef::Method(&ARRAY_EQ),
        MethodDef::Method(&ARRAY_NE),
        MethodDef::Method(&ARRAY_GT),
        MethodDef::Method(&ARRAY_GE),
        MethodDef::Method(&ARRAY_BUFFER),
        MethodDef::Method(&ARRAY_RELEASE_BUFFER),
        MethodDef::Class(&ARRAY_CLASS_GETITEM),
        MethodDef::Method(&ARRAY_SIZEOF),
    ],
    getset: &[
        GetSet { name: "typecode", get: typecode, set: None, doc: "the typecode character used to create the array" },
        GetSet { name: "itemsize", get: itemsize, set: None, doc: "the size, in bytes, of one array item" },
    ],
});
