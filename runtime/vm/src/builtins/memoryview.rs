//! The class `memoryview`.

use macros::native;
use num_bigint::Sign;
use sync::atomic::{AtomicUsize, Ordering};
use text::binary::structs;
use text::ints::Int;

use crate::builtins::construct::class_argument;
use crate::heap_object;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::int::{int_from, int_from_i64, int_from_u64};
use crate::objects::memoryview::{BufferWrapper, Held, MemoryView, READONLY, RELEASED, ViewParts, contiguous_strides};
use crate::objects::{Bytes, ClassFlags, List, Slice, Str, Tuple, float_value, int_of};
use crate::protocols::buffer::{Look, check_released, check_restricted, end_lease, flags, release, release_exported};
use crate::protocols::{self, Buffer, CompareOp};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// The iterator over a memoryview of one dimension.
    pub struct MemoryIterator {
        /// The view; unset once exhausted.
        pub view: Slot,
        /// The next index.
        pub position: AtomicUsize,
    }
    trace { view }
    next(memory_next)
    fixed
}

fn memory_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<MemoryIterator>() else { return Ok(None) };
    let Some(view) = iterator.view.get().and_then(Value::downcast::<MemoryView>) else { return Ok(None) };
    check_released(t, view)?;
    let position = iterator.position.load(Ordering::Relaxed);
    if position as i64 >= view.shape().first().copied().unwrap_or(0) {
        iterator.view.put(iterator.header(), t, None);
        return Ok(None);
    }
    iterator.position.store(position + 1, Ordering::Relaxed);
    item_at(t, view, &[position as i64]).map(Some)
}

/// The one character of a native format, `@` left out.
fn native_format(format: &str) -> Option<u8> {
    match format.strip_prefix('@').unwrap_or(format).as_bytes() {
        [kind] if item_size_of(*kind).is_some() => Some(*kind),
        _ => None,
    }
}

/// Bytes of an item of a native format.
#[must_use]
pub fn item_size_of(kind: u8) -> Option<usize> {
    Some(match kind {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

#[cold]
fn unsupported_format(t: &Thread, format: &str) -> Raised {
    t.not_implemented_error(format_args!("memoryview: unsupported format {format}"))
}

fn kind_of(t: &Thread, view: Ref<MemoryView>) -> R<u8> {
    let format = view.format();
    native_format(&format).ok_or_else(|| unsupported_format(t, &format))
}

const BIG: bool = cfg!(target_endian = "big");

/// The value of an item's bytes.
fn unpack(t: &Thread, kind: u8, bytes: &[u8]) -> R {
    match kind {
        b'c' => Ok(Bytes::new(t, bytes)?.value()),
        b'?' => Ok(Value::bool(bytes[0] != 0)),
        b'e' | b'f' | b'd' => float_value(t, structs::unpack_float(bytes, kind, BIG)),
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let mut wide = if bytes.last().is_some_and(|top| top & 0x80 != 0) { [0xff; 8] } else { [0; 8] };
            wide[..bytes.len()].copy_from_slice(bytes);
            int_from_i64(t, i64::from_le_bytes(wide))
        }
        _ => {
            let mut wide = [0; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            int_from(t, Int::Big(num_bigint::BigInt::from_bytes_le(Sign::Plus, &wide)))
        }
    }
}

/// The bytes of a value in a format.
fn pack(t: &Thread, kind: u8, value: Value) -> R<Vec<u8>> {
    let size = item_size_of(kind).unwrap_or(1);
    let wrong_type = || t.type_error(format_args!("memoryview: invalid type for format '{}'", char::from(kind)));
    let wrong_value = || t.value_error(format_args!("memoryview: invalid value for format '{}'", char::from(kind)));
    match kind {
        b'c' => match Bytes::of(t, value) {
            Some(bytes) if bytes.len() == 1 => Ok(bytes.as_slice().to_vec()),
            Some(_) => Err(wrong_value()),
            None => Err(wrong_type()),
        },
        b'?' => Ok(vec![u8::from(protocols::is_true(t, value)?)]),
        b'e' | b'f' | b'd' => {
            let Some(number) = protocols::float_of_optional(t, value)? else { return Err(wrong_type()) };
            let mut bytes = vec![0; size];
            structs::pack_float(&mut bytes, kind, BIG, number).map_err(|message| t.overflow_error(message))?;
            Ok(bytes)
        }
        _ => {
            if !protocols::has_index(t, value) {
                return Err(wrong_type());
            }
            let number = protocols::index_number(t, value)?;
            let bits = size as u32 * 8;
            let signed = matches!(kind, b'b' | b'h' | b'i' | b'l' | b'q' | b'n');
            let wide = match number {
                text::ints::IntRef::Small(small) => Some(i128::from(small)),
                text::ints::IntRef::Big(big) => big.to_i128(),
            };
            let (low, high) =
                if signed { (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1) } else { (0, (1_i128 << bits) - 1) };
            match wide.filter(|wide| (low..=high).contains(wide)) {
                Some(wide) => Ok(wide.to_le_bytes()[..size].to_vec()),
                None => Err(wrong_value()),
            }
        }
    }
}

/// Where the item of these indices starts, which are in range.
fn offset_of(view: Ref<MemoryView>, indices: &[i64]) -> usize {
    let start = view.offset.load(Ordering::Relaxed) as i64;
    let offset = indices.iter().zip(view.strides()).fold(start, |offset, (index, stride)| offset + index * stride);
    offset as usize
}

fn read_item(t: &Thread, view: Ref<MemoryView>, kind: u8, offset: usize) -> R {
    let mut bytes = [0; 8];
    let size = view.item_size().min(8);
    view.memory().read(offset, &mut bytes[..size]);
    unpack(t, kind, &bytes[..size])
}

fn item_at(t: &Thread, view: Ref<MemoryView>, indices: &[i64]) -> R {
    let kind = kind_of(t, view)?;
    read_item(t, view, kind, offset_of(view, indices))
}

fn live(t: &Thread, this: Ref<MemoryView>) -> R<Ref<MemoryView>> {
    check_released(t, this)?;
    Ok(this)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn memoryview_new(t: &Thread, args: Args<'_>) -> R {
    let (_, args) = class_argument(t, args, t.classes().memoryview)?;
    let object = match (args.positional(), args.keyword_count()) {
        ([object], 0) => Some(*object),
        ([], 1) => args.keywords().find(|(name, _)| name.is("object")).map(|(_, value)| value),
        _ => None,
    };
    let Some(object) = object else {
        return Err(match args.values.len() {
            0 => t.type_error("memoryview() missing required argument 'object' (pos 1)"),
            1 => t.type_error("memoryview() missing required argument 'object' (pos 1)"),
            given => t.type_error(format_args!("memoryview() takes at most 1 argument ({given} given)")),
        });
    };
    of_object(t, object).map(Ref::value)
}

/// `memoryview(object)`.
pub fn of_object(t: &Thread, object: Value) -> R<Ref<MemoryView>> {
    of_object_and_flags(t, object, flags::FULL_RO)
}

fn of_object_and_flags(t: &Thread, object: Value, wanted: i32) -> R<Ref<MemoryView>> {
    try_of_object(t, object, wanted)?.ok_or_else(|| {
        let got = object.class(t).name();
        t.type_error(format_args!("memoryview: a bytes-like object is required, not '{got}'"))
    })
}

/// A view of its own of an object's memory, as `wanted` says; nothing if the object shows none.
pub fn try_of_object(t: &Thread, object: Value, wanted: i32) -> R<Option<Ref<MemoryView>>> {
    if let Some(view) = object.downcast::<MemoryView>() {
        return MemoryView::new(t, parts_of(t, live(t, view)?)?).map(Some);
    }
    let Some(look) = Look::of(t, object, wanted)? else { return Ok(None) };
    if !look.is_lent() {
        let view = if wanted == flags::FULL_RO { look.view } else { fitted(t, object, look.view, wanted)? };
        return Ok(Some(view));
    }
    let lease = BufferWrapper::new(t, Some(object), look.view)?;
    let parts = ViewParts { exporter: Some(lease.value()), lease: Some(lease), ..all_parts(look.view) };
    match parts_for(t, parts, wanted) {
        Ok(parts) => MemoryView::new(t, parts).map(Some),
        Err(raised) => {
            end_lease(t, lease);
            Err(raised)
        }
    }
}

/// A fresh view of a builtin object's bytes, as `flags` ask for it.
fn fitted(t: &Thread, object: Value, view: Ref<MemoryView>, wanted: i32) -> R<Ref<MemoryView>> {
    let result = if wanted & flags::WRITABLE != 0 && view.has(READONLY) {
        Err(t.buffer_error("Object is not writable."))
    } else {
        parts_for(t, ViewParts { exporter: Some(object), ..all_parts(view) }, wanted)
            .and_then(|parts| MemoryView::new(t, parts))
    };
    // The new one has an export and a share in the lease of its own.
    if let Err(raised) = release(t, view) {
        return result.and(Err(raised));
    }
    result
}

/// `__buffer__` of a builtin object, a fresh view of which was made.
pub fn exported(t: &Thread, object: Value, view: Ref<MemoryView>, wanted: i64) -> R<Ref<MemoryView>> {
    let Ok(wanted) = i32::try_from(wanted) else { return Err(t.overflow_error("buffer flags out of range")) };
    if wanted == flags::READ || wanted == flags::WRITE {
        return Err(t.system_error("bad argument to internal function"));
    }
    fitted(t, object, view, wanted)
}

/// Checks that a buffer of these parts may be given to one who asks with these flags, and leaves out what was not asked for.
fn parts_for(t: &Thread, mut parts: ViewParts, wanted: i32) -> R<ViewParts> {
    if wanted & flags::WRITABLE != 0 && parts.readonly {
        return Err(t.buffer_error("memoryview: underlying buffer is not writable"));
    }
    let (c, fortran) = (parts.is_c_contiguous(), parts.is_f_contiguous());
    let has = |flag: i32| wanted & flag == flag;
    if has(flags::C_CONTIGUOUS) && !c {
        return Err(t.buffer_error("memoryview: underlying buffer is not C-contiguous"));
    }
    if has(flags::F_CONTIGUOUS) && !fortran {
        return Err(t.buffer_error("memoryview: underlying buffer is not Fortran contiguous"));
    }
    if has(flags::ANY_CONTIGUOUS) && !c && !fortran {
        return Err(t.buffer_error("memoryview: underlying buffer is not contiguous"));
    }
    if !has(flags::STRIDES) && !c {
        return Err(t.buffer_error("memoryview: underlying buffer is not C-contiguous"));
    }
    if !has(flags::ND) {
        if has(flags::FORMAT) {
            return Err(t.buffer_error("memoryview: cannot cast to unsigned bytes if the format flag is present"));
        }
        parts.shape = vec![parts.shape.iter().product()];
        parts.strides = vec![parts.item_size as i64];
    }
    if !has(flags::FORMAT) {
        parts.format = Str::from_char(t, u32::from(b'B'))?.value();
    }
    Ok(parts)
}

/// Create a new memoryview object which references the given object.
#[native("_from_flags($type, /, object, flags)")]
fn memoryview_from_flags(t: &Thread, _: Value, object: Value, wanted: i32) -> R<Ref<MemoryView>> {
    if object.downcast::<MemoryView>().is_none() && (wanted == flags::READ || wanted == flags::WRITE) {
        return Err(t.system_error("bad argument to internal function"));
    }
    of_object_and_flags(t, object, wanted)
}

/// The parts of a view, for one derived from it; ValueError if none may be.
fn parts_of(t: &Thread, view: Ref<MemoryView>) -> R<ViewParts> {
    check_restricted(t, view)?;
    Ok(all_parts(view))
}

/// The parts of a view, whatever may be done with it.
#[must_use]
pub fn all_parts(view: Ref<MemoryView>) -> ViewParts {
    ViewParts {
        exporter: view.exporter.get(),
        memory: view.memory(),
        lease: view.lease.get().and_then(Value::downcast),
        export: view.export.get().and_then(Value::downcast),
        format: view.format.get().unwrap_or(Value::NONE),
        shape: view.shape(),
        strides: view.strides(),
        offset: view.offset.load(Ordering::Relaxed),
        item_size: view.item_size(),
        readonly: view.has(READONLY),
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn memoryview_repr(_: &Thread, this: Ref<MemoryView>) -> String {
    let kind = if this.has(RELEASED) { "released memory" } else { "memory" };
    format!("<{kind} at {:#x}>", this.address())
}

/// Return len(self).
#[native("__len__($self, /)")]
fn memoryview_len(t: &Thread, this: Ref<MemoryView>) -> R<i64> {
    match live(t, this)?.shape().first() {
        Some(&length) => Ok(length),
        None => Err(t.type_error("0-dim memory has no length")),
    }
}

fn checked_index(t: &Thread, index: i64, length: i64, dimension: usize) -> R<i64> {
    let position = if index < 0 { index + length } else { index };
    if (0..length).contains(&position) {
        return Ok(position);
    }
    Err(t.index_error(format_args!("index out of bounds on dimension {}", dimension + 1)))
}

/// The indices of one item, from a key that is an int or a tuple of ints.
fn item_indices(t: &Thread, view: Ref<MemoryView>, key: Value) -> R<Option<Vec<i64>>> {
    let shape = view.shape();
    let Some(keys) = Tuple::of(t, key) else {
        if !protocols::has_index(t, key) {
            return Ok(None);
        }
        let index = protocols::index_item(t, key)?;
        return match shape[..] {
            [] => Err(t.type_error("invalid indexing of 0-dim memory")),
            [length] => Ok(Some(vec![checked_index(t, index, length, 0)?])),
            _ => Err(t.not_implemented_error("multi-dimensional sub-views are not implemented")),
        };
    };
    if keys.as_slice().iter().any(|&key| !protocols::has_index(t, key)) {
        if keys.as_slice().iter().all(|key| key.downcast::<Slice>().is_some()) && !keys.is_empty() {
            return Err(t.not_implemented_error("multi-dimensional slicing is not implemented"));
        }
        return Ok(None);
    }
    if keys.len() < shape.len() {
        return Err(t.not_implemented_error("sub-views are not implemented"));
    }
    if keys.len() > shape.len() {
        let (dimensions, given) = (shape.len(), keys.len());
        return Err(t.type_error(format_args!("cannot index {dimensions}-dimension view with {given}-element tuple")));
    }
    let indices = keys.as_slice().iter().zip(&shape).enumerate();
    let indices =
        indices.map(|(dimension, (&key, &length))| checked_index(t, protocols::index_item(t, key)?, length, dimension));
    indices.collect::<R<Vec<i64>>>().map(Some)
}

fn sliced(t: &Thread, view: Ref<MemoryView>, slice: Ref<Slice>) -> R<Ref<MemoryView>> {
    let mut parts = parts_of(t, view)?;
    let Some(&length) = parts.shape.first() else { return Err(t.type_error("invalid indexing of 0-dim memory")) };
    let indices = slice.indices(t, length as usize)?;
    if indices.count > 0 {
        parts.offset = (parts.offset as i64 + indices.start * parts.strides[0]) as usize;
    }
    parts.shape[0] = indices.count as i64;
    parts.strides[0] *= indices.step;
    MemoryView::new(t, parts)
}

#[cold]
fn invalid_key(t: &Thread) -> Raised {
    t.type_error("memoryview: invalid slice key")
}

/// Return self[key].
#[native("__getitem__($self, key, /)")]
fn memoryview_getitem(t: &Thread, this: Ref<MemoryView>, key: Value) -> R {
    let view = live(t, this)?;
    if view.shape().is_empty() && key.is(Value::ELLIPSIS) {
        return Ok(view.value());
    }
    if let Some(slice) = key.downcast::<Slice>() {
        return sliced(t, view, slice).map(Ref::value);
    }
    match item_indices(t, view, key)? {
        // An index's __index__ may have released the view.
        Some(indices) => item_at(t, live(t, view)?, &indices),
        None => Err(invalid_key(t)),
    }
}

/// Set self[key] to value.
#[native("__setitem__($self, key, value, /)")]
fn memoryview_setitem(t: &Thread, this: Ref<MemoryView>, key: Value, value: Value) -> R<()> {
    let view = live(t, this)?;
    let kind = kind_of(t, view)?;
    if view.has(READONLY) {
        return Err(t.type_error("cannot modify read-only memory"));
    }
    if let Some(slice) = key.downcast::<Slice>() {
        return assign_slice(t, view, slice, value);
    }
    let indices =
        if view.shape().is_empty() && key.is(Value::ELLIPSIS) { Some(Vec::new()) } else { item_indices(t, view, key)? };
    let Some(indices) = indices else { return Err(invalid_key(t)) };
    let bytes = pack(t, kind, value)?;
    live(t, view)?.memory().write(offset_of(view, &indices), &bytes);
    Ok(())
}

fn assign_slice(t: &Thread, view: Ref<MemoryView>, slice: Ref<Slice>, value: Value) -> R<()> {
    if view.shape().len() != 1 {
        return Err(t.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1"));
    }
    let target = sliced(t, view, slice)?;
    let outcome = live(t, view).and_then(|_| assign_view(t, target, value));
    release(t, target)?;
    outcome
}

/// Writes what `value` shows over the items of `target`.
fn assign_view(t: &Thread, target: Ref<MemoryView>, value: Value) -> R<()> {
    let Some(look) = Look::of(t, value, flags::FULL_RO)? else {
        return Err(t.type_error(format_args!("a bytes-like object is required, not '{}'", value.class(t).name())));
    };
    let outcome = assign_items(t, target, look.view);
    look.end(t);
    outcome
}

fn assign_items(t: &Thread, target: Ref<MemoryView>, source: Ref<MemoryView>) -> R<()> {
    let same_format = native_format(&source.format()) == native_format(&target.format());
    if source.shape() != target.shape() || !same_format {
        return Err(t.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    let bytes = source.to_vec();
    let mut items = bytes.chunks_exact(target.item_size());
    let memory = target.memory();
    target.for_each_offset(|offset| {
        if let Some(item) = items.next() {
            memory.write(offset, item);
        }
    });
    Ok(())
}

/// Delete self[key].
#[native("__delitem__($self, key, /)")]
fn memoryview_delitem(t: &Thread, this: Ref<MemoryView>, _: Value) -> R<()> {
    live(t, this)?;
    Err(t.type_error("cannot delete memory"))
}

/// Items as values, for comparison.
fn values(t: &Thread, view: Ref<MemoryView>) -> R<Ref<List>> {
    let list = List::new(t)?;
    let kind = kind_of(t, view)?;
    let mut offsets = Vec::new();
    view.for_each_offset(|offset| offsets.push(offset));
    for offset in offsets {
        list.push(t, read_item(t, view, kind, offset)?)?;
    }
    Ok(list)
}

fn equal(t: &Thread, this: Ref<MemoryView>, other: Value) -> R<Option<bool>> {
    if this.has(RELEASED) {
        return Ok(Some(this.value().is(other)));
    }
    if let Some(other) = other.downcast::<MemoryView>()
        && other.has(RELEASED)
    {
        return Ok(Some(this == other));
    }
    let Some(look) = Look::of(t, other, flags::FULL_RO)? else { return Ok(None) };
    let outcome = equal_views(t, this, look.view);
    look.end(t);
    outcome.map(Some)
}

fn equal_views(t: &Thread, this: Ref<MemoryView>, other: Ref<MemoryView>) -> R<bool> {
    if this.shape() != other.shape() {
        return Ok(false);
    }
    let (mine, theirs) = (native_format(&this.format()), native_format(&other.format()));
    match (mine, theirs) {
        (Some(a), Some(b)) if a == b && !matches!(a, b'e' | b'f' | b'd' | b'?') => Ok(this.to_vec() == other.to_vec()),
        (Some(_), Some(_)) => {
            let (a, b) = (values(t, this)?, values(t, other)?);
            let mut index = 0;
            while let (Some(x), Some(y)) = (a.get(index), b.get(index)) {
                if !protocols::compare_bool(t, x, y, CompareOp::Eq)? {
                    return Ok(false);
                }
                index += 1;
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn memoryview_eq(t: &Thread, this: Ref<MemoryView>, other: Value) -> R {
    Ok(equal(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn memoryview_ne(t: &Thread, this: Ref<MemoryView>, other: Value) -> R {
    Ok(equal(t, this, other)?.map_or(Value::NOT_IMPLEMENTED, |equal| Value::bool(!equal)))
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn memoryview_hash(t: &Thread, this: Ref<MemoryView>) -> R<i64> {
    let known = this.hash.load(Ordering::Relaxed);
    if known != 0 {
        return Ok(known as i64);
    }
    live(t, this)?;
    if !this.has(READONLY) {
        return Err(t.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(native_format(&this.format()), Some(b'B' | b'b' | b'c')) {
        return Err(t.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    if let Some(exporter) = this.exporter.get() {
        let _held = Held::new(this);
        protocols::hash(t, exporter)?;
    }
    let hash = Bytes::new(t, &this.to_vec())?.hash(t);
    this.hash.store(hash, Ordering::Relaxed);
    Ok(hash as i64)
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn memoryview_iter(t: &Thread, this: Ref<MemoryView>) -> R<Ref<MemoryIterator>> {
    live(t, this)?;
    match this.shape().len() {
        0 => return Err(t.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => return Err(t.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
    kind_of(t, this)?;
    let fresh = t.allocate_exact::<MemoryIterator>(t.classes().memory_iterator)?;
    fresh.set(|i| &i.view, this.value());
    Ok(fresh.publish())
}

/// Release the underlying buffer exposed by the memoryview object.
#[native("release($self, /)")]
fn memoryview_release(t: &Thread, this: Ref<MemoryView>) -> R<()> {
    release(t, this)
}

#[native("__enter__($self, /)")]
fn memoryview_enter(t: &Thread, this: Ref<MemoryView>) -> R<Ref<MemoryView>> {
    live(t, this)
}

#[native("__exit__($self, /, *exc_info)")]
fn memoryview_exit(t: &Thread, this: Ref<MemoryView>, _: Value) -> R<()> {
    release(t, this)
}

/// Return the data in the buffer as a byte string.
///
/// Order can be {'C', 'F', 'A'}. When order is 'C' or 'F', the data of the
/// original array is converted to C or Fortran order. For contiguous views,
/// 'A' returns an exact copy of the physical memory. In particular, in-memory
/// Fortran order is preserved. For non-contiguous views, the data is converted
/// to C first. order=None is the same as order='C'.
#[native("tobytes($self, /, order='C')")]
fn memoryview_tobytes(t: &Thread, this: Ref<MemoryView>, order: Option<Ref<Str>>) -> R<Ref<Bytes>> {
    let view = live(t, this)?;
    let order = order.map_or_else(|| "C".to_owned(), |order| order.to_string_lossy());
    match order.as_str() {
        "F" => Bytes::new(t, &fortran_bytes(view)),
        "A" if view.is_f_contiguous() && !view.is_c_contiguous() => Bytes::new(t, &fortran_bytes(view)),
        "C" | "A" => Bytes::new(t, &view.to_vec()),
        _ => Err(t.value_error("order must be 'C', 'F' or 'A'")),
    }
}

/// The items' bytes, the first dimension fastest.
fn fortran_bytes(view: Ref<MemoryView>) -> Vec<u8> {
    let (shape, strides, size) = (view.shape(), view.strides(), view.item_size());
    let count: i64 = shape.iter().product();
    let mut bytes = vec![0; count as usize * size];
    for (number, chunk) in bytes.chunks_exact_mut(size.max(1)).enumerate() {
        let (mut rest, mut offset) = (number as i64, view.offset.load(Ordering::Relaxed) as i64);
        for (length, stride) in shape.iter().zip(&strides) {
            offset += rest % length * stride;
            rest /= length;
        }
        view.memory().read(offset as usize, chunk);
    }
    bytes
}

/// Return the data in the buffer as a list of elements.
#[native("tolist($self, /)")]
fn memoryview_tolist(t: &Thread, this: Ref<MemoryView>) -> R {
    let view = live(t, this)?;
    let kind = kind_of(t, view)?;
    nested_list(t, view, kind, &view.shape(), &view.strides(), view.offset.load(Ordering::Relaxed) as i64)
}

fn nested_list(t: &Thread, view: Ref<MemoryView>, kind: u8, shape: &[i64], strides: &[i64], offset: i64) -> R {
    let (Some((&length, shape)), Some((&stride, strides))) = (shape.split_first(), strides.split_first()) else {
        return read_item(t, view, kind, offset as usize);
    };
    let list = List::new(t)?;
    for index in 0..length {
        list.push(t, nested_list(t, view, kind, shape, strides, offset + index * stride)?)?;
    }
    Ok(list.value())
}

/// Return the data in the buffer as a str of hexadecimal numbers.
///
///   sep
///     An optional single character or byte to separate hex bytes.
///   bytes_per_sep
///     How many bytes between separators.  Positive values count from the
///     right, negative values count from the left.
#[native("hex($self, /, sep=<unrepresentable>, bytes_per_sep=1)")]
fn memoryview_hex(t: &Thread, this: Ref<MemoryView>, separator: Option<Value>, group: i32) -> R<Ref<Str>> {
    let bytes = live(t, this)?.to_vec();
    let _held = Held::new(this);
    crate::builtins::bytes_methods::hex_text(t, &bytes, separator, group)
}

/// Return a readonly version of the memoryview.
#[native("toreadonly($self, /)")]
fn memoryview_toreadonly(t: &Thread, this: Ref<MemoryView>) -> R<Ref<MemoryView>> {
    let parts = parts_of(t, live(t, this)?)?;
    MemoryView::new(t, ViewParts { readonly: true, ..parts })
}

/// Cast a memoryview to a new format or shape.
#[native("cast($self, /, format, shape=<unrepresentable>)")]
fn memoryview_cast(t: &Thread, this: Ref<MemoryView>, format: Ref<Str>, shape: Option<Value>) -> R<Ref<MemoryView>> {
    let view = live(t, this)?;
    if !view.is_c_contiguous() {
        return Err(t.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let old_shape = view.shape();
    if (shape.is_some() || old_shape.len() != 1) && old_shape.contains(&0) {
        return Err(t.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let target = format.to_string_lossy();
    let Some(kind) = native_format(&target) else {
        return Err(t.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let Some(source) = native_format(&view.format()) else {
        return Err(t.value_error(
            "memoryview: source format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let is_byte = |kind: u8| matches!(kind, b'b' | b'B' | b'c');
    if !is_byte(kind) && !is_byte(source) && kind != source {
        return Err(t.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let (bytes, item_size) = (view.byte_count(), item_size_of(kind).unwrap_or(1));
    if bytes % item_size != 0 {
        return Err(t.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let flat = vec![(bytes / item_size) as i64];
    let new_shape = match shape {
        None => flat,
        Some(shape) => given_shape(t, shape, old_shape.len(), bytes, item_size)?,
    };
    let strides = contiguous_strides(&new_shape, item_size);
    MemoryView::new(t, ViewParts { format: format.value(), shape: new_shape, strides, item_size, ..parts_of(t, view)? })
}

fn given_shape(t: &Thread, shape: Value, old_dimensions: usize, bytes: usize, item_size: usize) -> R<Vec<i64>> {
    if shape.downcast::<List>().is_none() && Tuple::of(t, shape).is_none() {
        return Err(t.type_error("shape must be a list or a tuple"));
    }
    let shape = protocols::tuple_of(t, shape)?;
    if shape.len() > 64 {
        return Err(t.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    if shape.len() != 1 && old_dimensions != 1 {
        return Err(t.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let mut lengths = Vec::with_capacity(shape.len());
    let mut product: i64 = item_size as i64;
    for &length in shape.as_slice() {
        let Some(length) = int_of(length) else {
            return Err(t.type_error("memoryview.cast(): elements of shape must be integers"));
        };
        let length = length.to_i64().unwrap_or(i64::MAX);
        if length <= 0 {
            return Err(t.value_error("memoryview.cast(): elements of shape must be integers > 0"));
        }
        product = match product.checked_mul(length) {
            Some(product) => product,
            None => return Err(t.value_error("memoryview.cast(): product(shape) > SSIZE_MAX")),
        };
        lengths.push(length);
    }
    if product as usize != bytes {
        return Err(t.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    Ok(lengths)
}

/// Count the number of occurrences of a value.
#[native("count($self, value, /)")]
fn memoryview_count(t: &Thread, this: Ref<MemoryView>, value: Value) -> R<usize> {
    let mut count = 0;
    protocols::for_each(t, live(t, this)?.value(), |item| {
        count += usize::from(protocols::equal(t, item, value)?);
        Ok(())
    })?;
    Ok(count)
}

/// Return the index of the first occurrence of a value.
///
/// Raises ValueError if the value is not present.
#[native("index($self, value, start=0, stop=9223372036854775807, /)")]
fn memoryview_index(t: &Thread, this: Ref<MemoryView>, value: Value, start: i64, stop: i64) -> R<i64> {
    let view = live(t, this)?;
    let length = match view.shape()[..] {
        [] => return Err(t.type_error("invalid lookup on 0-dim memory")),
        [length] => length,
        _ => return Err(t.not_implemented_error("multi-dimensional lookup is not implemented")),
    };
    let adjust = |bound: i64| if bound < 0 { (bound + length).max(0) } else { bound.min(length) };
    for index in adjust(start)..adjust(stop) {
        let item = item_at(t, live(t, view)?, &[index])?;
        if protocols::equal(t, item, value)? {
            return Ok(index);
        }
    }
    Err(t.value_error("memoryview.index(x): x not found"))
}

/// Return a buffer object that exposes the underlying memory of the object.
#[native("__buffer__($self, flags, /)")]
fn memoryview_buffer(t: &Thread, this: Ref<MemoryView>, wanted: i64) -> R<Ref<MemoryView>> {
    let Ok(wanted) = i32::try_from(wanted) else { return Err(t.overflow_error("buffer flags out of range")) };
    let parts = parts_for(t, parts_of(t, live(t, this)?)?, wanted)?;
    let lease = BufferWrapper::new(t, None, this)?;
    MemoryView::new(t, ViewParts { exporter: Some(this.value()), lease: Some(lease), export: None, ..parts })
}

/// Release the buffer object that exposes the underlying memory of the object.
#[native("__release_buffer__($self, buffer, /)")]
fn memoryview_release_buffer(t: &Thread, this: Ref<MemoryView>, view: Value) -> R<()> {
    release_exported(t, this.value(), view)
}

fn receiver(t: &Thread, this: Value) -> R<Ref<MemoryView>> {
    match this.downcast::<MemoryView>() {
        Some(view) => live(t, view),
        None => Err(t.type_error(format_args!("expected a memoryview, not '{}'", this.class(t).name()))),
    }
}

fn get_obj(t: &Thread, this: Value) -> R {
    Ok(receiver(t, this)?.exporter.get().unwrap_or(Value::NONE))
}
fn get_nbytes(t: &Thread, this: Value) -> R {
    int_from_u64(t, receiver(t, this)?.byte_count() as u64)
}
fn get_readonly(t: &Thread, this: Value) -> R {
    Ok(Value::bool(receiver(t, this)?.has(READONLY)))
}
fn get_itemsize(t: &Thread, this: Value) -> R {
    int_from_u64(t, receiver(t, this)?.item_size() as u64)
}
fn get_format(t: &Thread, this: Value) -> R {
    Ok(receiver(t, this)?.format.get().unwrap_or(Value::NONE))
}
fn get_ndim(t: &Thread, this: Value) -> R {
    int_from_u64(t, receiver(t, this)?.shape().len() as u64)
}
fn get_shape(t: &Thread, this: Value) -> R {
    Ok(receiver(t, this)?.shape.get().unwrap_or(Value::NONE))
}
fn get_strides(t: &Thread, this: Value) -> R {
    Ok(receiver(t, this)?.strides.get().unwrap_or(Value::NONE))
}
fn get_suboffsets(t: &Thread, this: Value) -> R {
    receiver(t, this)?;
    Ok(Tuple::from_slice(t, &[])?.value())
}
fn get_c_contiguous(t: &Thread, this: Value) -> R {
    Ok(Value::bool(receiver(t, this)?.is_c_contiguous()))
}
fn get_f_contiguous(t: &Thread, this: Value) -> R {
    Ok(Value::bool(receiver(t, this)?.is_f_contiguous()))
}
fn get_contiguous(t: &Thread, this: Value) -> R {
    let view = receiver(t, this)?;
    Ok(Value::bool(view.is_c_contiguous() || view.is_f_contiguous()))
}

/// The bytes that a view shows, for native code that has one.
pub fn content(view: Ref<MemoryView>) -> Buffer {
    Buffer::Copied(view.to_vec())
}

/// The iterator over a memoryview.
pub static MEMORY_ITERATOR: ClassDef = ClassDef {
    name: "memory_iterator",
    module: "builtins",
    layout: MemoryIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&protocols::ITERATOR_ITER), MethodDef::Method(&protocols::ITERATOR_NEXT)],
    getset: &[],
};

/// What `obj` of a view of a Python class's buffer is.
pub static BUFFER_WRAPPER: ClassDef = ClassDef {
    name: "_buffer_wrapper",
    module: "builtins",
    layout: BufferWrapper::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[],
    getset: &[],
};

/// `memoryview`.
pub static MEMORYVIEW: ClassDef = ClassDef {
    name: "memoryview",
    module: "builtins",
    layout: MemoryView::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::SEQUENCE | ClassFlags::WEAKREF,
    doc: "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    methods: &[
        MethodDef::New(&MEMORYVIEW_NEW),
        MethodDef::Method(&MEMORYVIEW_REPR),
        MethodDef::Method(&MEMORYVIEW_HASH),
        MethodDef::Method(&MEMORYVIEW_EQ),
        MethodDef::Method(&MEMORYVIEW_NE),
        MethodDef::Method(&MEMORYVIEW_ITER),
        MethodDef::Method(&MEMORYVIEW_LEN),
        MethodDef::Method(&MEMORYVIEW_GETITEM),
        MethodDef::Method(&MEMORYVIEW_SETITEM),
        MethodDef::Method(&MEMORYVIEW_DELITEM),
        MethodDef::Method(&MEMORYVIEW_BUFFER),
        MethodDef::Method(&MEMORYVIEW_RELEASE_BUFFER),
        MethodDef::Method(&MEMORYVIEW_RELEASE),
        MethodDef::Method(&MEMORYVIEW_TOBYTES),
        MethodDef::Method(&MEMORYVIEW_HEX),
        MethodDef::Method(&MEMORYVIEW_TOLIST),
        MethodDef::Method(&MEMORYVIEW_CAST),
        MethodDef::Method(&MEMORYVIEW_TOREADONLY),
        MethodDef::Method(&MEMORYVIEW_COUNT),
        MethodDef::Method(&MEMORYVIEW_INDEX),
        MethodDef::Method(&MEMORYVIEW_ENTER),
        MethodDef::Method(&MEMORYVIEW_EXIT),
        MethodDef::Class(&MEMORYVIEW_FROM_FLAGS),
        MethodDef::Class(&crate::builtins::sequence::CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "obj", get: get_obj, set: None, doc: "The underlying object of the memoryview." },
        GetSet {
            name: "nbytes",
            get: get_nbytes,
            set: None,
            doc: "The amount of space in bytes that the array would use in\n a contiguous representation.",
        },
        GetSet {
            name: "readonly",
            get: get_readonly,
            set: None,
            doc: "A bool indicating whether the memory is read only.",
        },
        GetSet {
            name: "itemsize",
            get: get_itemsize,
            set: None,
            doc: "The size in bytes of each element of the memoryview.",
        },
        GetSet {
            name: "format",
            get: get_format,
            set: None,
            doc: "A string containing the format (in struct module style)\n for each element in the view.",
        },
        GetSet {
            name: "ndim",
            get: get_ndim,
            set: None,
            doc: "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents.",
        },
        GetSet {
            name: "shape",
            get: get_shape,
            set: None,
            doc: "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array.",
        },
        GetSet {
            name: "strides",
            get: get_strides,
            set: None,
            doc: "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array.",
        },
        GetSet {
            name: "suboffsets",
            get: get_suboffsets,
            set: None,
            doc: "A tuple of integers used internally for PIL-style arrays.",
        },
        GetSet {
            name: "c_contiguous",
            get: get_c_contiguous,
            set: None,
            doc: "A bool indicating whether the memory is C contiguous.",
        },
        GetSet {
            name: "f_contiguous",
            get: get_f_contiguous,
            set: None,
            doc: "A bool indicating whether the memory is Fortran contiguous.",
        },
        GetSet {
            name: "contiguous",
            get: get_contiguous,
            set: None,
            doc: "A bool indicating whether the memory is contiguous.",
        },
    ],
};
