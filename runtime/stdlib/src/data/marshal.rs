//! `marshal`: values to bytes and back, in CPython's format but for code objects, which are images of our own.

use num_bigint::{BigInt, Sign};
use vm::containers::ValueVec;
use vm::modules::NativeModule;
use vm::objects::{
    Bytes, CodeObject, Complex, Dict, FrozenSet, List, Module, Set, Str, complex_value, float_value, int_from_big,
    int_from_i64, int_of, to_big,
};
use vm::{R, Ref, Thread, Tuple, Value, native, protocols};

const VERSION: i64 = 5;
const DEEPEST: usize = 2000;

struct Writer<'t> {
    t: &'t Thread,
    out: Vec<u8>,
    allow_code: bool,
}

impl Writer<'_> {
    fn size(&mut self, size: usize) -> R<()> {
        match i32::try_from(size) {
            Ok(size) => {
                self.out.extend(size.to_le_bytes());
                Ok(())
            }
            Err(_) => Err(self.t.value_error("unmarshallable object")),
        }
    }

    fn items(&mut self, code: u8, items: &[Value], depth: usize) -> R<()> {
        self.out.push(code);
        self.size(items.len())?;
        items.iter().try_for_each(|item| self.write(*item, depth + 1))
    }

    fn bytes(&mut self, code: u8, bytes: &[u8]) -> R<()> {
        self.out.push(code);
        self.size(bytes.len())?;
        self.out.extend(bytes);
        Ok(())
    }

    fn write(&mut self, value: Value, depth: usize) -> R<()> {
        let (t, classes) = (self.t, self.t.classes());
        if depth > DEEPEST {
            return Err(t.value_error("object too deeply nested to marshal"));
        }
        let class = value.class(t);
        let immediate = [(Value::NONE, b'N'), (Value::TRUE, b'T'), (Value::FALSE, b'F'), (Value::ELLIPSIS, b'.')];
        if let Some((_, code)) = immediate.into_iter().find(|(other, _)| other.is(value)) {
            self.out.push(code);
            return Ok(());
        }
        if value.is(classes.stop_iteration.value()) {
            self.out.push(b'S');
            return Ok(());
        }
        if class == classes.int {
            self.int(value);
            return Ok(());
        }
        if class == classes.float {
            self.out.push(b'g');
            self.out.extend(protocols::float_of(t, value)?.to_le_bytes());
            return Ok(());
        }
        if class == classes.complex {
            let number = protocols::complex_of(t, value)?;
            self.out.push(b'y');
            self.out.extend(number.real.to_le_bytes());
            self.out.extend(number.imaginary.to_le_bytes());
            return Ok(());
        }
        if class == classes.str {
            let text = Str::of(t, value).map_or_else(Vec::new, |text| text.to_wtf8());
            return self.bytes(b'u', &text);
        }
        if class == classes.tuple {
            let items = protocols::tuple_of(t, value)?;
            return self.items(b'(', items.target().as_slice(), depth);
        }
        if class == classes.list || class == classes.set || class == classes.frozenset {
            let items = protocols::tuple_of(t, value)?;
            let code = if class == classes.list {
                b'['
            } else if class == classes.set {
                b'<'
            } else {
                b'>'
            };
            return self.items(code, items.target().as_slice(), depth);
        }
        if let Some(dict) = value.downcast::<Dict>().filter(|_| class == classes.dict) {
            self.out.push(b'{');
            dict.for_each(t, |key, item| {
                self.write(key, depth + 1)?;
                self.write(item, depth + 1)
            })?;
            self.out.push(b'0');
            return Ok(());
        }
        if let Some(code) = value.downcast::<CodeObject>() {
            if !self.allow_code {
                return Err(t.value_error("marshalling code objects is disallowed"));
            }
            return self.bytes(b'c', &bytecode::serial::encode(code.unit()));
        }
        if protocols::buffer::is_bytes_like(t, value) {
            let bytes = protocols::Buffer::of(t, value)?.into_vec();
            return self.bytes(b's', &bytes);
        }
        Err(t.value_error("unmarshallable object"))
    }

    fn int(&mut self, value: Value) {
        let Some(number) = int_of(value) else { return };
        if let Some(small) = value.as_small_int().and_then(|small| i32::try_from(small).ok()) {
            self.out.push(b'i');
            self.out.extend(small.to_le_bytes());
            return;
        }
        // Digits of 15 bits, least first; the count carries the sign.
        let number = to_big(number);
        let mut rest = number.magnitude().clone();
        let mut digits: Vec<u16> = Vec::new();
        while rest.bits() > 0 {
            digits.push((rest.iter_u32_digits().next().unwrap_or(0) & 0x7FFF) as u16);
            rest >>= 15_u32;
        }
        let count = digits.len() as i32;
        self.out.push(b'l');
        self.out.extend((if number.sign() == Sign::Minus { -count } else { count }).to_le_bytes());
        self.out.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
    }
}

struct Reader<'t, 'b> {
    t: &'t Thread,
    bytes: &'b [u8],
    at: usize,
    /// What was read with the reference flag, in order: a heap vector.
    references: ValueVec,
}

/// Marks values that later ones refer to.
const REFERENCED: u8 = 0x80;

impl<'b> Reader<'_, 'b> {
    fn take(&mut self, count: usize) -> R<&'b [u8]> {
        match self.bytes.get(self.at..self.at.saturating_add(count)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => Err(self.t.eof_error("marshal data too short")),
        }
    }

    fn number(&mut self) -> R<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn size(&mut self) -> R<usize> {
        let size = self.number()?;
        usize::try_from(size).map_err(|_| self.t.value_error("bad marshal data (size out of range)"))
    }

    fn float(&mut self) -> R<f64> {
        let bytes = self.take(8)?;
        let mut array = [0; 8];
        array.copy_from_slice(bytes);
        Ok(f64::from_le_bytes(array))
    }

    fn items(&mut self, count: usize, depth: usize) -> R<Ref<Tuple>> {
        if count > self.bytes.len() {
            return Err(self.t.eof_error("marshal data too short"));
        }
        let mut items = ValueVec::with_capacity(self.t, count)?;
        for _ in 0..count {
            let item = self.read(depth + 1)?;
            match item {
                Some(item) => items.push(self.t, item)?,
                None => return Err(self.t.type_error("NULL object in marshal data for tuple")),
            }
        }
        items.into_tuple(self.t)
    }

    fn read(&mut self, depth: usize) -> R<Option<Value>> {
        let t = self.t;
        if depth > DEEPEST {
            return Err(t.value_error("bad marshal data (recursion limit exceeded)"));
        }
        let byte = self.take(1)?[0];
        let referenced = byte & REFERENCED != 0;
        let place = self.references.len();
        if referenced {
            self.references.push(t, Value::NONE)?;
        }
        let value = match byte & !REFERENCED {
            b'0' => return Ok(None),
            b'N' => Value::NONE,
            b'T' => Value::TRUE,
            b'F' => Value::FALSE,
            b'.' => Value::ELLIPSIS,
            b'S' => t.classes().stop_iteration.value(),
            b'i' => int_from_i64(t, i64::from(self.number()?))?,
            b'l' => self.long()?,
            b'g' => float_value(t, self.float()?)?,
            b'y' => {
                let (real, imaginary) = (self.float()?, self.float()?);
                complex_value(t, Complex { real, imaginary })?
            }
            b's' => {
                let size = self.size()?;
                Bytes::new(t, self.take(size)?)?.value()
            }
            b'u' | b't' | b'a' | b'A' => {
                let size = self.size()?;
                vm::objects::text_of_wtf8(t, self.take(size)?)?.value()
            }
            b'z' | b'Z' => {
                let size = usize::from(self.take(1)?[0]);
                vm::objects::text_of_wtf8(t, self.take(size)?)?.value()
            }
            b'(' => {
                let size = self.size()?;
                self.items(size, depth)?.value()
            }
            b')' => {
                let size = usize::from(self.take(1)?[0]);
                self.items(size, depth)?.value()
            }
            b'[' => {
                let size = self.size()?;
                List::from_slice(t, self.items(size, depth)?.target().as_slice())?.value()
            }
            code @ (b'<' | b'>') => {
                let size = self.size()?;
                let items = self.items(size, depth)?;
                if code == b'>' {
                    FrozenSet::from_slice(t, items.target().as_slice())?.value()
                } else {
                    let set = Set::new(t)?;
                    for &item in items.target().as_slice() {
                        set.add(t, item)?;
                    }
                    set.value()
                }
            }
            b'{' => {
                let dict = Dict::new(t)?;
                while let Some(key) = self.read(depth + 1)? {
                    let Some(value) = self.read(depth + 1)? else { break };
                    dict.set(t, key, value)?;
                }
                dict.value()
            }
            b'c' => {
                let size = self.size()?;
                match bytecode::serial::decode(self.take(size)?) {
                    Ok(unit) => CodeObject::new(t, sync::Arc::new(unit))?.value(),
                    Err(error) => return Err(t.value_error(format_args!("bad marshal data ({error})"))),
                }
            }
            b'r' => {
                let index = self.size()?;
                if index >= self.references.len() {
                    return Err(t.value_error("bad marshal data (invalid reference)"));
                }
                self.references.get(index)
            }
            _ => return Err(t.value_error("bad marshal data (unknown type code)")),
        };
        if referenced {
            self.references.set(t, place, value);
        }
        Ok(Some(value))
    }

    fn long(&mut self) -> R {
        let count = self.number()?;
        let mut number = BigInt::ZERO;
        let digits = self.take(2 * count.unsigned_abs() as usize)?;
        for digit in digits.chunks_exact(2).rev() {
            let digit = u16::from_le_bytes([digit[0], digit[1]]);
            if digit > 0x7FFF {
                return Err(self.t.value_error("bad marshal data (digit out of range in long)"));
            }
            number = (number << 15_u32) + digit;
        }
        int_from_big(self.t, if count < 0 { -number } else { number })
    }
}

fn encode(t: &Thread, value: Value, allow_code: bool) -> R<Vec<u8>> {
    let mut writer = Writer { t, out: Vec::new(), allow_code };
    writer.write(value, 0)?;
    Ok(writer.out)
}

/// Return the bytes object that would be written to a file by dump(value, file).
#[native("dumps(value, version=5, /, *, allow_code=True)")]
fn dumps(t: &Thread, value: Value, _version: i64, allow_code: bool) -> R<Ref<Bytes>> {
    Bytes::new(t, &encode(t, value, allow_code)?)
}

/// Write the value on the open file.
#[native("dump(value, file, version=5, /, *, allow_code=True)")]
fn dump(t: &Thread, value: Value, file: Value, _version: i64, allow_code: bool) -> R {
    let bytes = Bytes::new(t, &encode(t, value, allow_code)?)?;
    protocols::call_method(t, file, t.names().write, &[bytes.value()])
}

fn decode(t: &Thread, bytes: &[u8]) -> R<(Value, usize)> {
    let mut reader = Reader { t, bytes, at: 0, references: ValueVec::new(t) };
    match reader.read(0)? {
        Some(value) => Ok((value, reader.at)),
        None => Err(t.type_error("NULL object in marshal data for object")),
    }
}

/// Convert the bytes-like object to a value.
#[native("loads(bytes, /, *, allow_code=True)")]
fn loads(t: &Thread, bytes: Value, _allow_code: bool) -> R {
    let bytes = protocols::Buffer::of(t, bytes)?.into_vec();
    decode(t, &bytes).map(|(value, _)| value)
}

/// Read one value from the open file and return it.
#[native("load(file, /, *, allow_code=True)")]
fn load(t: &Thread, file: Value, _allow_code: bool) -> R {
    let data = protocols::call_method(t, file, t.names().read, &[])?;
    let bytes = protocols::Buffer::of(t, data)?.into_vec();
    let (value, used) = decode(t, &bytes)?;
    // What follows the value stays in the file for the next one.
    let behind = int_from_i64(t, used as i64 - bytes.len() as i64)?;
    protocols::call_method(t, file, t.names().seek, &[behind, Value::small(1)])?;
    Ok(value)
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    module.add_int(t, "version", VERSION)
}

/// `marshal`.
pub static MODULE: NativeModule = NativeModule {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format.",
    functions: &[&DUMP, &DUMPS, &LOAD, &LOADS],
    classes: &[],
    initialize,
};
