//! From a message to values of the receiver's heap.

use num_bigint::BigInt;
use vm::containers::ValueVec;
use vm::objects::memoryview::{Memory, MemoryView, ViewParts, contiguous_strides};
use vm::objects::{
    ByteArray, Bytes, CodeObject, Complex, Dict, FrozenSet, Function, List, Module, Set, Str, complex_value,
    float_value, int_from_big, int_from_i64, text_of_wtf8,
};
use vm::{R, Ref, Thread, Value};

use super::{Attachment, Message, pickling, tag};
use crate::queues;

/// The value that a message carries, made in this thread's heap.
pub fn decode(t: &Thread, message: &Message) -> R {
    let mut decoder = Decoder { t, message, at: 0, seen: ValueVec::new(t) };
    decoder.read()
}

struct Decoder<'t, 'm> {
    t: &'t Thread,
    message: &'m Message,
    at: usize,
    /// The numbered objects.
    seen: ValueVec,
}

impl<'m> Decoder<'_, 'm> {
    fn take(&mut self, count: usize) -> R<&'m [u8]> {
        match self.message.bytes.get(self.at..self.at.saturating_add(count)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => Err(self.t.system_error("a message between interpreters ends early")),
        }
    }

    fn eight(&mut self) -> R<[u8; 8]> {
        let mut eight = [0; 8];
        eight.copy_from_slice(self.take(8)?);
        Ok(eight)
    }

    fn number(&mut self) -> R<usize> {
        Ok(u64::from_le_bytes(self.eight()?) as usize)
    }

    fn bytes(&mut self) -> R<&'m [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    fn float(&mut self) -> R<f64> {
        Ok(f64::from_le_bytes(self.eight()?))
    }

    /// Numbers an object.
    fn keep(&mut self, value: Value) -> R {
        self.seen.push(self.t, value)?;
        Ok(value)
    }

    fn attachment(&mut self) -> R<&'m Attachment> {
        let index = self.number()?;
        match self.message.attachments.get(index) {
            Some(attachment) => Ok(attachment),
            None => Err(self.t.system_error("a message between interpreters lacks an attachment")),
        }
    }

    fn read(&mut self) -> R {
        let t = self.t;
        t.check_recursion(" while receiving an object")?;
        match self.take(1)?[0] {
            tag::NONE => Ok(Value::NONE),
            tag::FALSE => Ok(Value::FALSE),
            tag::TRUE => Ok(Value::TRUE),
            tag::ELLIPSIS => Ok(Value::ELLIPSIS),
            tag::INT => int_from_i64(t, i64::from_le_bytes(self.eight()?)),
            tag::BIG_INT => int_from_big(t, BigInt::from_signed_bytes_le(self.bytes()?)),
            tag::FLOAT => float_value(t, self.float()?),
            tag::COMPLEX => {
                let (real, imaginary) = (self.float()?, self.float()?);
                complex_value(t, Complex { real, imaginary })
            }
            tag::SEEN => {
                let number = self.number()?;
                if number < self.seen.len() {
                    Ok(self.seen.get(number))
                } else {
                    Err(t.system_error("a message between interpreters names an object it has not"))
                }
            }
            tag::STR => {
                let text = text_of_wtf8(t, self.bytes()?)?;
                self.keep(text.value())
            }
            tag::BYTES => {
                let bytes = Bytes::new(t, self.bytes()?)?;
                self.keep(bytes.value())
            }
            tag::BYTEARRAY => {
                let array = ByteArray::new(t, self.bytes()?)?;
                self.keep(array.value())
            }
            tag::VIEW => self.read_view(),
            tag::QUEUE => self.read_queue(),
            tag::FUNCTION => self.read_function(),
            tag::PICKLE => {
                let pickle = self.bytes()?;
                let program = String::from_utf8_lossy(self.bytes()?).into_owned();
                let value = pickling::loads(t, pickle, &program)?;
                self.keep(value)
            }
            container => self.read_container(container),
        }
    }

    fn items(&mut self, count: usize) -> R<ValueVec> {
        let mut items = ValueVec::new(self.t);
        for _ in 0..count {
            let item = self.read()?;
            items.push(self.t, item)?;
        }
        Ok(items)
    }

    fn read_container(&mut self, container: u8) -> R {
        let t = self.t;
        let count = self.number()?;
        match container {
            tag::TUPLE => {
                let items = self.items(count)?.into_tuple(t)?;
                self.keep(items.value())
            }
            tag::FROZENSET => {
                let items = self.items(count)?;
                let set = FrozenSet::from_slice(t, items.as_slice())?;
                self.keep(set.value())
            }
            tag::LIST => {
                let list = List::new(t)?;
                self.keep(list.value())?;
                for _ in 0..count {
                    list.push(t, self.read()?)?;
                }
                Ok(list.value())
            }
            tag::SET => {
                let set = Set::new(t)?;
                self.keep(set.value())?;
                for _ in 0..count {
                    set.add(t, self.read()?)?;
                }
                Ok(set.value())
            }
            tag::DICT => {
                let dict = Dict::new(t)?;
                self.keep(dict.value())?;
                for _ in 0..count {
                    let key = self.read()?;
                    dict.set(t, key, self.read()?)?;
                }
                Ok(dict.value())
            }
            _ => Err(t.system_error("a message between interpreters has an unknown part")),
        }
    }

    fn read_view(&mut self) -> R {
        let t = self.t;
        let readonly = self.take(1)?[0] != 0;
        let format = String::from_utf8_lossy(self.bytes()?).into_owned();
        let item_size = self.number()?;
        let dimensions = self.number()?;
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(i64::from_le_bytes(self.eight()?));
        }
        let bytes = self.bytes()?;
        let (exporter, memory, export) = if readonly {
            let copy = Bytes::new(t, bytes)?;
            (copy.value(), Memory::Bytes(copy), None)
        } else {
            let copy = ByteArray::new(t, bytes)?;
            let (storage, _, export) = copy.lend(t)?;
            (copy.value(), storage.map_or(Memory::Empty, Memory::Storage), Some(export))
        };
        let strides = contiguous_strides(&shape, item_size);
        let format = Str::new(t, &format)?.value();
        let exporter = Some(exporter);
        let parts =
            ViewParts { exporter, memory, lease: None, export, format, shape, strides, offset: 0, item_size, readonly };
        let view = MemoryView::new(t, parts)?;
        // The view has its own.
        if let Some(export) = export {
            export.end();
        }
        self.keep(view.value())
    }

    fn read_queue(&mut self) -> R {
        let Attachment::Queue(held) = self.attachment()? else {
            return Err(self.t.system_error("a message between interpreters has another attachment there"));
        };
        let queue = queues::queue_object(self.t, held.id())?;
        self.keep(queue)
    }

    /// A function without state: its globals are those of `__main__`.
    fn read_function(&mut self) -> R {
        let t = self.t;
        let Attachment::Code(unit) = self.attachment()? else {
            return Err(t.system_error("a message between interpreters has another attachment there"));
        };
        let code = CodeObject::new(t, unit.clone())?;
        let function = Function::new(t, code, main_namespace(t)?, None)?;
        self.keep(function.value())
    }
}

/// The namespace of `__main__`.
pub fn main_namespace(t: &Thread) -> R<Ref<Dict>> {
    match t.interpreter().state().main.get().and_then(Value::downcast::<Module>) {
        Some(main) => Ok(main.dict()),
        None => Err(t.runtime_error("the interpreter has no __main__")),
    }
}
