//! `_struct`: packed binary data.

use sync::atomic::{AtomicUsize, Ordering::Relaxed};
use text::binary::structs::{self, Format, Item};
use vm::heap_object;
use vm::modules::NativeModule;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::{Object, Ref, Slot, SlotExt};
use vm::objects::complex::{Complex, complex_value};
use vm::objects::int::{int_from, int_from_u64};
use vm::objects::{ByteArray, Bytes, ClassFlags, Str, Tuple, float_value, int_of};
use vm::protocols::buffer::WritableBuffer;
use vm::protocols::{self, Buffer, name_of_argument};
use vm::raised::Raised;
use vm::shared::NativeClass;
use vm::{R, Thread, Value, native};

use crate::exceptions::exception;

heap_object! {
    /// `struct.Struct`.
    pub struct Struct {
        /// The format as bytes.
        format: Slot,
    }
    trace { format }
}

heap_object! {
    /// What `iter_unpack` gives.
    pub struct UnpackIterator {
        format: Slot,
        data: Slot,
        position: AtomicUsize,
    }
    trace { format, data }
    next(unpack_next)
    fixed
}

/// `struct.error`.
pub static ERROR: NativeClass = NativeClass::new(exception("error", "struct", |t| t.classes().exception, ""));

#[cold]
fn error(t: &Thread, message: impl std::fmt::Display) -> Raised {
    t.raise(ERROR.get(t), message)
}

/// The format in a str or bytes.
fn format_of(t: &Thread, format: Value) -> R<Ref<Bytes>> {
    if let Some(text) = Str::of(t, format) {
        return match text.as_utf8() {
            Some(ascii) => Bytes::new(t, ascii.as_bytes()),
            None => vm::codecs::encode_known(t, vm::codecs::Known::Ascii, text, None),
        };
    }
    match Bytes::of(t, format) {
        Some(bytes) => Ok(bytes),
        None => {
            let got = name_of_argument(t, format);
            Err(t.type_error(format_args!("Struct() argument 1 must be a str or bytes object, not {got}")))
        }
    }
}

fn parse(t: &Thread, format: Ref<Bytes>) -> R<Format> {
    if format.as_slice().contains(&0) {
        return Err(error(t, "embedded null character"));
    }
    Format::parse(format.as_slice()).map_err(|message| error(t, message))
}

fn parse_value(t: &Thread, format: Value) -> R<Format> {
    parse(t, format_of(t, format)?)
}

fn pack_values(t: &Thread, format: &Format, function: &str, values: &[Value]) -> R<Vec<u8>> {
    if values.len() != format.count {
        let (wanted, got) = (format.count, values.len());
        return Err(error(t, format_args!("{function} expected {wanted} items for packing (got {got})")));
    }
    let mut bytes = vec![0; format.size];
    let mut values = values.iter();
    for item in &format.items {
        for index in 0..item.count {
            let start = item.offset + index * item.size;
            let Some(&value) = values.next() else { break };
            pack_one(t, format, item, value, &mut bytes[start..start + item.size])?;
        }
    }
    Ok(bytes)
}

fn pack_one(t: &Thread, format: &Format, item: &Item, value: Value, target: &mut [u8]) -> R<()> {
    let big = format.order.big;
    match item.kind {
        b'?' => target[0] = u8::from(protocols::is_true(t, value)?),
        b'c' => match Bytes::of(t, value).filter(|bytes| bytes.len() == 1) {
            Some(bytes) => target.copy_from_slice(bytes.as_slice()),
            None => return Err(error(t, "char format requires a bytes object of length 1")),
        },
        b's' | b'p' => {
            let content = match Bytes::of(t, value) {
                Some(bytes) => Some(Buffer::Shared(bytes)),
                None => value.downcast::<ByteArray>().map(|array| Buffer::Copied(array.to_vec(t))),
            };
            let Some(content) = content else {
                return Err(error(t, format_args!("argument for '{}' must be a bytes object", char::from(item.kind))));
            };
            structs::pack_bytes(target, item.kind, &content);
        }
        b'e' | b'f' | b'd' => {
            let number = match protocols::float_of(t, value) {
                Ok(number) => number,
                Err(raised) => {
                    t.catch(raised, t.classes().type_error)?;
                    return Err(error(t, "required argument is not a float"));
                }
            };
            structs::pack_float(target, item.kind, big, number).map_err(|message| t.overflow_error(message))?;
        }
        b'F' | b'D' => {
            let number = match protocols::complex_of(t, value) {
                Ok(number) => number,
                Err(raised) => {
                    t.catch(raised, t.classes().type_error)?;
                    return Err(error(t, "required argument is not a complex"));
                }
            };
            let (kind, half) = if item.kind == b'F' { (b'f', 4) } else { (b'd', 8) };
            for (part, bytes) in [number.real, number.imaginary].into_iter().zip(target.chunks_exact_mut(half)) {
                structs::pack_float(bytes, kind, big, part).map_err(|message| t.overflow_error(message))?;
            }
        }
        kind => {
            if !protocols::has_index(t, value) {
                return Err(error(t, "required argument is not an integer"));
            }
            let number = protocols::index_number(t, value)?;
            structs::pack_int(target, kind, big, number).map_err(|message| error(t, message))?;
        }
    }
    Ok(())
}

fn unpack_values(t: &Thread, format: &Format, bytes: &[u8]) -> R<Ref<Tuple>> {
    let mut positions = Vec::with_capacity(format.count);
    for item in &format.items {
        positions.extend((0..item.count).map(|index| (item.kind, item.offset + index * item.size, item.size)));
    }
    Tuple::with(t, positions.len(), |index| {
        let (kind, start, size) = positions[index];
        unpack_one(t, kind, format.order.big, &bytes[start..start + size])
    })
}

fn unpack_one(t: &Thread, kind: u8, big: bool, bytes: &[u8]) -> R {
    match kind {
        b'?' => Ok(Value::bool(bytes[0] != 0)),
        b'c' => Ok(Bytes::new(t, bytes)?.value()),
        b's' | b'p' => Ok(Bytes::new(t, structs::unpack_bytes(bytes, kind))?.value()),
        b'e' | b'f' | b'd' => float_value(t, structs::unpack_float(bytes, kind, big)),
        b'F' | b'D' => {
            let (part, half) = if kind == b'F' { (b'f', 4) } else { (b'd', 8) };
            let (real, imaginary) = bytes.split_at(half);
            let number = Complex {
                real: structs::unpack_float(real, part, big),
                imaginary: structs::unpack_float(imaginary, part, big),
            };
            complex_value(t, number)
        }
        _ => int_from(t, structs::unpack_int(bytes, kind, big)),
    }
}

fn unpack_all(t: &Thread, format: &Format, data: Value) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    if bytes.len() != format.size {
        return Err(error(t, format_args!("unpack requires a buffer of {} bytes", format.size)));
    }
    unpack_values(t, format, &bytes)
}

/// Where in a buffer of this length to start; `verb` and `function` are for the errors.
fn placed(t: &Thread, size: usize, offset: i64, length: usize, function: &str) -> R<usize> {
    let packing = function == "pack_into";
    let verb = if packing { "packing" } else { "unpacking" };
    let mut start = offset;
    if offset < 0 {
        if offset + size as i64 > 0 {
            return Err(match packing {
                true => error(t, format_args!("no space to pack {size} bytes at offset {offset}")),
                false => error(t, format_args!("not enough data to unpack {size} bytes at offset {offset}")),
            });
        }
        if offset + (length as i64) < 0 {
            return Err(error(t, format_args!("offset {offset} out of range for {length}-byte buffer")));
        }
        start += length as i64;
    }
    let start = start as usize;
    if length < start || length - start < size {
        let wanted = start.saturating_add(size);
        return Err(error(
            t,
            format_args!(
                "{function} requires a buffer of at least {wanted} bytes for {verb} {size} bytes at offset {start} (actual buffer size is {length})"
            ),
        ));
    }
    Ok(start)
}

fn unpack_at(t: &Thread, format: &Format, data: Value, offset: i64) -> R<Ref<Tuple>> {
    let bytes = Buffer::of(t, data)?;
    let start = placed(t, format.size, offset, bytes.len(), "unpack_from")?;
    unpack_values(t, format, &bytes[start..start + format.size])
}

fn pack_at(t: &Thread, format: &Format, arguments: &[Value]) -> R<()> {
    let [buffer, offset, values @ ..] = arguments else {
        return Err(match arguments.len() {
            0 => error(t, "pack_into expected buffer argument"),
            _ => error(t, "pack_into expected offset argument"),
        });
    };
    if values.len() != format.count {
        let (wanted, got) = (format.count, values.len());
        return Err(error(t, format_args!("pack_into expected {wanted} items for packing (got {got})")));
    }
    let buffer = WritableBuffer::of(t, *buffer, "argument")?;
    let offset = protocols::index_item(t, *offset)?;
    let start = placed(t, format.size, offset, buffer.len(), "pack_into")?;
    let bytes = pack_values(t, format, "pack_into", values)?;
    buffer.write(start, &bytes);
    buffer.release(t);
    Ok(())
}

fn iterate(t: &Thread, format: Ref<Bytes>, data: Value) -> R<Ref<UnpackIterator>> {
    let parsed = parse(t, format)?;
    if parsed.size == 0 {
        return Err(error(t, "cannot iteratively unpack with a struct of length 0"));
    }
    let bytes = Buffer::of(t, data)?;
    if bytes.len() % parsed.size != 0 {
        return Err(error(
            t,
            format_args!("iterative unpacking requires a buffer of a multiple of {} bytes", parsed.size),
        ));
    }
    let fresh = t.allocate_exact::<UnpackIterator>(UNPACK_ITERATOR.get(t))?;
    fresh.set(|i| &i.format, format.value()).set(|i| &i.data, data);
    Ok(fresh.publish())
}

fn unpack_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<UnpackIterator>() else { return Ok(None) };
    let (Some(format), Some(data)) = (iterator.format.get().and_then(Value::downcast::<Bytes>), iterator.data.get())
    else {
        return Ok(None);
    };
    let format = parse(t, format)?;
    let bytes = Buffer::of(t, data)?;
    let position = iterator.position.load(Relaxed);
    let Some(part) = bytes.get(position..position + format.size) else {
        iterator.data.put(iterator.header(), t, None);
        return Ok(None);
    };
    iterator.position.store(position + format.size, Relaxed);
    unpack_values(t, &format, part).map(|values| Some(values.value()))
}

/// Private method returning an estimate of len(list(it)).
#[native("__length_hint__($self, /)")]
fn unpack_iterator_length_hint(t: &Thread, this: Ref<UnpackIterator>) -> R<usize> {
    let Some(data) = this.data.get() else { return Ok(0) };
    let Some(format) = this.format.get().and_then(Value::downcast::<Bytes>) else { return Ok(0) };
    let size = parse(t, format)?.size;
    Ok(Buffer::of(t, data)?.len().saturating_sub(this.position.load(Relaxed)) / size)
}

/// Return size in bytes of the struct described by the format string.
#[native("calcsize(format, /)")]
fn calcsize(t: &Thread, format: Value) -> R<usize> {
    Ok(parse_value(t, format)?.size)
}

/// pack(format, v1, v2, ...) -> bytes
///
/// Return a bytes object containing the values v1, v2, ... packed according
/// to the format string.  See help(struct) for more on format strings.
#[native("pack", raw)]
fn pack(t: &Thread, args: Args<'_>) -> R<Ref<Bytes>> {
    args.no_keywords(t, "pack")?;
    let [format, values @ ..] = args.values else { return Err(t.type_error("missing format argument")) };
    let format = parse_value(t, *format)?;
    Bytes::new(t, &pack_values(t, &format, "pack", values)?)
}

/// pack_into(format, buffer, offset, v1, v2, ...)
///
/// Pack the values v1, v2, ... according to the format string and write
/// the packed bytes into the writable buffer buf starting at offset.  Note
/// that the offset is a required argument.  See help(struct) for more
/// on format strings.
#[native("pack_into", raw)]
fn pack_into(t: &Thread, args: Args<'_>) -> R<()> {
    args.no_keywords(t, "pack_into")?;
    let [format, rest @ ..] = args.values else { return Err(t.type_error("missing format argument")) };
    let format = parse_value(t, *format)?;
    pack_at(t, &format, rest)
}

/// Return a tuple containing values unpacked according to the format string.
///
/// The buffer's size in bytes must be calcsize(format).
///
/// See help(struct) for more on format strings.
#[native("unpack(format, buffer, /)")]
fn unpack(t: &Thread, format: Value, data: Value) -> R<Ref<Tuple>> {
    let format = parse_value(t, format)?;
    unpack_all(t, &format, data)
}

/// Return a tuple containing values unpacked according to the format string.
///
/// The buffer's size, minus offset, must be at least calcsize(format).
///
/// See help(struct) for more on format strings.
#[native("unpack_from(format, /, buffer, offset=0)")]
fn unpack_from(t: &Thread, format: Value, data: Value, offset: i64) -> R<Ref<Tuple>> {
    let format = parse_value(t, format)?;
    unpack_at(t, &format, data, offset)
}

/// Return an iterator yielding tuples unpacked from the given bytes.
///
/// The bytes are unpacked according to the format string, like
/// a repeated invocation of unpack_from().
///
/// Requires that the bytes length be a multiple of the struct size.
#[native("iter_unpack(format, buffer, /)")]
fn iter_unpack(t: &Thread, format: Value, data: Value) -> R<Ref<UnpackIterator>> {
    iterate(t, format_of(t, format)?, data)
}

/// Clear the internal cache.
#[native("_clearcache()")]
fn clearcache(_: &Thread) {}

fn struct_format(t: &Thread, this: Ref<Struct>) -> R<Ref<Bytes>> {
    match this.format.get().and_then(Value::downcast::<Bytes>) {
        Some(format) => Ok(format),
        None => Err(t.runtime_error("Struct object is not initialized")),
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn struct_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = vm::builtins::construct::class_argument(t, args, STRUCT.get(t))?;
    vm::builtins::object::new_instance(t, class)
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__($self, /, format)")]
fn struct_init(t: &Thread, this: Ref<Struct>, format: Value) -> R<()> {
    let format = format_of(t, format)?;
    parse(t, format)?;
    this.format.put(this.header(), t, format.value());
    Ok(())
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn struct_repr(t: &Thread, this: Ref<Struct>) -> R<String> {
    let format = struct_format(t, this)?;
    Ok(format!("Struct('{}')", String::from_utf8_lossy(format.as_slice())))
}

/// S.pack(v1, v2, ...) -> bytes
///
/// Return a bytes object containing values v1, v2, ... packed according
/// to the format string S.format.  See help(struct) for more on format
/// strings.
#[native("pack", raw)]
fn struct_pack(t: &Thread, args: Args<'_>) -> R<Ref<Bytes>> {
    args.no_keywords(t, "pack")?;
    let format = receiver_format(t, args)?;
    Bytes::new(t, &pack_values(t, &format, "pack", &args.values[1..])?)
}

fn receiver_format(t: &Thread, args: Args<'_>) -> R<Format> {
    match args.values.first().and_then(|this| this.downcast::<Struct>()) {
        Some(this) => parse(t, struct_format(t, this)?),
        None => Err(t.type_error("unbound method Struct.pack() needs an argument")),
    }
}

/// S.pack_into(buffer, offset, v1, v2, ...)
///
/// Pack the values v1, v2, ... according to the format string S.format
/// and write the packed bytes into the writable buffer buf starting at
/// offset.  Note that the offset is a required argument.  See
/// help(struct) for more on format strings.
#[native("pack_into", raw)]
fn struct_pack_into(t: &Thread, args: Args<'_>) -> R<()> {
    args.no_keywords(t, "pack_into")?;
    let format = receiver_format(t, args)?;
    pack_at(t, &format, &args.values[1..])
}

/// Return a tuple containing unpacked values.
///
/// Unpack according to the format string Struct.format. The buffer's size
/// in bytes must be Struct.size.
///
/// See help(struct) for more on format strings.
#[native("unpack($self, buffer, /)")]
fn struct_unpack(t: &Thread, this: Ref<Struct>, data: Value) -> R<Ref<Tuple>> {
    let format = parse(t, struct_format(t, this)?)?;
    unpack_all(t, &format, data)
}

/// Return a tuple containing unpacked values.
///
/// Values are unpacked according to the format string Struct.format.
///
/// The buffer's size in bytes, starting at position offset, must be
/// at least Struct.size.
///
/// See help(struct) for more on format strings.
#[native("unpack_from($self, /, buffer, offset=0)")]
fn struct_unpack_from(t: &Thread, this: Ref<Struct>, data: Value, offset: i64) -> R<Ref<Tuple>> {
    let format = parse(t, struct_format(t, this)?)?;
    unpack_at(t, &format, data, offset)
}

/// Return an iterator yielding tuples.
///
/// Tuples are unpacked from the given bytes source, like a repeated
/// invocation of unpack_from().
///
/// Requires that the bytes length be a multiple of the struct size.
#[native("iter_unpack($self, buffer, /)")]
fn struct_iter_unpack(t: &Thread, this: Ref<Struct>, data: Value) -> R<Ref<UnpackIterator>> {
    iterate(t, struct_format(t, this)?, data)
}

/// S.__sizeof__() -> size of S in memory, in bytes
#[native("__sizeof__($self, /)")]
fn struct_sizeof(_: &Thread, _: Ref<Struct>) -> usize {
    size_of::<Struct>()
}

fn get_format(t: &Thread, this: Value) -> R {
    let Some(this) = this.downcast::<Struct>() else { return Ok(Value::NONE) };
    let format = struct_format(t, this)?;
    Ok(Str::from_units(t, text::Units::One(format.as_slice()))?.value())
}

fn get_size(t: &Thread, this: Value) -> R {
    let Some(this) = this.downcast::<Struct>() else { return Ok(Value::NONE) };
    int_from_u64(t, parse(t, struct_format(t, this)?)?.size as u64)
}

/// `struct.Struct`.
pub static STRUCT: NativeClass = NativeClass::new(ClassDef {
    name: "Struct",
    module: "_struct",
    layout: Struct::layout,
    base: None,
    flags: ClassFlags::BASE | ClassFlags::WEAKREF,
    doc: "Create a compiled struct object.\n\nReturn a new Struct object which writes and reads binary data according\nto the format string.",
    methods: &[
        MethodDef::New(&STRUCT_NEW),
        MethodDef::Method(&STRUCT_INIT),
        MethodDef::Method(&STRUCT_REPR),
        MethodDef::Method(&STRUCT_ITER_UNPACK),
        MethodDef::Method(&STRUCT_PACK),
        MethodDef::Method(&STRUCT_PACK_INTO),
        MethodDef::Method(&STRUCT_UNPACK),
        MethodDef::Method(&STRUCT_UNPACK_FROM),
        MethodDef::Method(&STRUCT_SIZEOF),
    ],
    getset: &[
        GetSet { name: "format", get: get_format, set: None, doc: "struct format string" },
        GetSet { name: "size", get: get_size, set: None, doc: "struct size in bytes" },
    ],
});

/// The iterator of `iter_unpack`.
pub static UNPACK_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "unpack_iterator",
    module: "_struct",
    layout: UnpackIterator::layout,
    base: None,
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&protocols::ITERATOR_NEXT),
        MethodDef::Method(&UNPACK_ITERATOR_LENGTH_HINT),
    ],
    getset: &[],
});

/// `_struct`.
pub static MODULE: NativeModule = NativeModule {
    name: "_struct",
    doc: "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold the data representing the C struct\nand also as format strings (explained below) to describe the layout of data\nin the C struct.",
    functions: &[&CALCSIZE, &ITER_UNPACK, &PACK, &PACK_INTO, &UNPACK, &UNPACK_FROM, &CLEARCACHE],
    classes: &[&STRUCT, &ERROR],
    initialize: vm::modules::nothing_to_add,
};

/// Whether a value is an int that a format could take.
#[must_use]
pub fn is_packable_int(value: Value) -> bool {
    int_of(value).is_some()
}
