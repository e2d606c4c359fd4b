//! `array`: numbers or characters of one kind side by side.
//!
//! The items lie in a bytearray of the object's own, whose operations are atomic: an item is read or written under its lock, and never
//! seen in halves by a thread that does the same.

mod items;
mod methods;
mod rebuild;

use vm::modules::NativeModule;
use vm::objects::{ByteArray, Class, Module};
use vm::protocols;
use vm::sync::atomic::{AtomicU8, Ordering};
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Value, heap_object};

heap_object! {
    /// An array.
    pub struct Array {
        bytes: Slot,
        code: AtomicU8,
    }
    trace { bytes }
}

impl Array {
    /// The type code.
    pub fn code(&self) -> u8 {
        self.code.load(Ordering::Relaxed)
    }

    /// Bytes in an item.
    pub fn item_size(&self) -> usize {
        items::size_of_code(self.code())
    }

    /// Where the items lie.
    pub fn bytes(&self, t: &Thread) -> R<Ref<ByteArray>> {
        match self.bytes.get().and_then(Value::downcast) {
            Some(bytes) => Ok(bytes),
            None => Err(t.system_error("an array without its bytes")),
        }
    }

    /// How many items there are.
    pub fn len(&self, t: &Thread) -> R<usize> {
        Ok(self.bytes(t)?.len() / self.item_size())
    }

    /// The bytes of one item; nothing if there is none at the index.
    pub fn item_bytes(&self, t: &Thread, index: usize) -> R<Option<[u8; 8]>> {
        let size = self.item_size();
        Ok(self.bytes(t)?.update(t, |bytes| {
            let part = bytes.get(index.checked_mul(size)?..index.checked_add(1)?.checked_mul(size)?)?;
            let mut item = [0; 8];
            for (target, byte) in item.iter_mut().zip(part) {
                *target = byte.load(Ordering::Relaxed);
            }
            Some(item)
        }))
    }

    /// One item; nothing if there is none at the index.
    pub fn item(&self, t: &Thread, index: usize) -> R<Option<Value>> {
        match self.item_bytes(t, index)? {
            Some(bytes) => items::to_value(t, self.code(), &bytes).map(Some),
            None => Ok(None),
        }
    }
}

/// A new array of a class with these bytes.
pub fn new_array(t: &Thread, class: Ref<Class>, code: u8, bytes: &[u8]) -> R<Ref<Array>> {
    let content = ByteArray::new(t, bytes)?;
    let array = t.publish_instance(t.allocate::<Array>(class)?, class);
    array.code.store(code, Ordering::Relaxed);
    array.bytes.put(array.header(), t, content.value());
    Ok(array)
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let class = methods::ARRAY.get(t).value();
    module.add(t, "ArrayType", class)?;
    module.add_str(t, "typecodes", "bBuwhHiIlLqQfd")?;
    // The abstract class may be asked for before `collections.abc` is there to know of arrays.
    let abc = vm::builtins::import::import_module(t, "collections.abc")?;
    let sequence = protocols::get_attribute(t, abc, Str::interned(t, "MutableSequence")?)?;
    protocols::call_method(t, sequence, Str::interned(t, "register")?, &[class]).map(drop)
}

/// `array`.
pub static MODULE: NativeModule = NativeModule {
    name: "array",
    doc: "Arrays of numbers or characters of one kind.",
    functions: &[&rebuild::ARRAY_RECONSTRUCTOR],
    classes: &[&methods::ARRAY],
    initialize,
};
