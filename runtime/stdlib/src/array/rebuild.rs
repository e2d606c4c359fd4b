//! Pickling arrays: in machine formats that other machines can read.

use vm::objects::{Bytes, Class, List};
use vm::protocols;
use vm::{R, Ref, Str, Thread, Tuple, Value, native};

use super::items;
use super::methods::{ARRAY, extend_from, list_of};
use super::{Array, new_array};

/// A machine format: bytes in an item, whether signed, whether the most significant byte comes first; and what kind of item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Unsigned(usize, bool),
    Signed(usize, bool),
    Float(usize, bool),
    Utf16(bool),
    Utf32(bool),
}

static FORMATS: [Format; 22] = [
    Format::Unsigned(1, false),
    Format::Signed(1, false),
    Format::Unsigned(2, false),
    Format::Unsigned(2, true),
    Format::Signed(2, false),
    Format::Signed(2, true),
    Format::Unsigned(4, false),
    Format::Unsigned(4, true),
    Format::Signed(4, false),
    Format::Signed(4, true),
    Format::Unsigned(8, false),
    Format::Unsigned(8, true),
    Format::Signed(8, false),
    Format::Signed(8, true),
    Format::Float(4, false),
    Format::Float(4, true),
    Format::Float(8, false),
    Format::Float(8, true),
    Format::Utf16(false),
    Format::Utf16(true),
    Format::Utf32(false),
    Format::Utf32(true),
];

fn format_of_code(code: u8) -> Format {
    let (size, big) = (items::size_of_code(code), cfg!(target_endian = "big") && items::size_of_code(code) > 1);
    match code {
        b'f' | b'd' => Format::Float(size, big),
        b'u' | b'w' => Format::Utf32(big),
        code if code.is_ascii_uppercase() => Format::Unsigned(size, big),
        _ => Format::Signed(size, big),
    }
}

/// What `__reduce_ex__` gives.
pub fn reduce(t: &Thread, this: Ref<Array>, protocol: i64) -> R<Ref<Tuple>> {
    let class = this.value().class(t).value();
    let code = Str::from_char(t, u32::from(this.code()))?.value();
    let state = protocols::get_attribute_optional(t, this.value(), t.names().__dict__)?.unwrap_or(Value::NONE);
    if protocol < 3 {
        let arguments = Tuple::pair(t, code, list_of(t, this)?.value())?;
        return Tuple::from_slice(t, &[class, arguments.value(), state]);
    }
    let module = vm::builtins::import::import_module(t, "array")?;
    let rebuild = protocols::get_attribute(t, module, Str::interned(t, "_array_reconstructor")?)?;
    let format = FORMATS.iter().position(|format| *format == format_of_code(this.code())).unwrap_or_default();
    let bytes = Bytes::new(t, &this.bytes(t)?.to_vec(t))?;
    let arguments = Tuple::from_slice(t, &[class, code, Value::small(format as i32), bytes.value()])?;
    Tuple::from_slice(t, &[rebuild, arguments.value(), state])
}

fn decoded(t: &Thread, format: Format, chunk: &[u8]) -> R {
    let (kind, size, big) = match format {
        Format::Unsigned(size, big) => (*b"BH..I...Q", size, big),
        Format::Signed(size, big) => (*b"bh..i...q", size, big),
        Format::Float(size, big) => (*b"....f...d", size, big),
        Format::Utf32(big) => (*b"....w....", 4, big),
        Format::Utf16(big) => (*b".........", 2, big),
    };
    let mut bytes = [0; 8];
    bytes[..size].copy_from_slice(chunk);
    if big != cfg!(target_endian = "big") {
        bytes[..size].reverse();
    }
    let kind = if size == 1 {
        kind[0]
    } else if size == 2 {
        kind[1]
    } else {
        kind[size]
    };
    items::to_value(t, kind, &bytes)
}

/// Internal. Used for pickling support.
#[native("_array_reconstructor(arraytype, typecode, mformat_code, items, /)")]
fn array_reconstructor(t: &Thread, class: Value, code: Value, format: i32, data: Value) -> R {
    let Some(class) = class.downcast::<Class>() else {
        let got = class.class(t).full_name(t);
        return Err(t.type_error(format_args!("first argument must be a type object, not {got}")));
    };
    if !class.is_subclass_of(ARRAY.get(t)) {
        let name = class.full_name(t);
        return Err(t.type_error(format_args!("{name} is not a subtype of array.array")));
    }
    let text = Str::of(t, code).filter(|code| code.len() == 1).and_then(|code| u8::try_from(code.units().get(0)).ok());
    let Some(kind) = text.filter(|code| items::CODES.contains(code)) else {
        return Err(t.value_error("second argument must be a valid type code"));
    };
    let Some(&format) = usize::try_from(format).ok().and_then(|format| FORMATS.get(format)) else {
        return Err(t.value_error("third argument must be a valid machine format code."));
    };
    let Some(data) = Bytes::of(t, data) else {
        let got = data.class(t).full_name(t);
        return Err(t.type_error(format_args!("fourth argument should be bytes, not {got}")));
    };
    if format == format_of_code(kind) {
        if !data.len().is_multiple_of(items::size_of_code(kind)) {
            return Err(t.value_error("bytes length not a multiple of item size"));
        }
        return Ok(new_array(t, class, kind, data.as_slice())?.value());
    }
    let size = match format {
        Format::Unsigned(size, _) | Format::Signed(size, _) | Format::Float(size, _) => size,
        Format::Utf16(_) => 2,
        Format::Utf32(_) => 4,
    };
    if !data.len().is_multiple_of(size) {
        return Err(t.value_error("bytes length not a multiple of item size"));
    }
    let array = new_array(t, class, kind, &[])?;
    if let Format::Utf16(big) = format {
        let name = Str::interned(t, if big { "utf-16-be" } else { "utf-16-le" })?;
        let text = protocols::call_method(t, data.value(), t.names().decode, &[name.value()])?;
        extend_from(t, array, text)?;
        return Ok(array.value());
    }
    let list = List::new(t)?;
    for chunk in data.as_slice().chunks_exact(size) {
        list.push(t, decoded(t, format, chunk)?)?;
    }
    extend_from(t, array, list.value())?;
    Ok(array.value())
}
