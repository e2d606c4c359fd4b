//! The fields of builtin exception classes beyond those of `BaseException`, kept in `details`.

use crate::native::GetSet;
use crate::object::{Ref, SlotExt};
use crate::objects::{BaseException, ValueArray};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Room for the fields of the class that has most.
const MOST_FIELDS: usize = 9;

/// The field of `SyntaxError` that keeps what its parser was given.
pub const SYNTAX_ERROR_METADATA: usize = 8;

/// The field of `AttributeError` for the name of the attribute.
pub const ATTRIBUTE_ERROR_NAME: usize = 0;
/// The field of `AttributeError` for the object without the attribute.
pub const ATTRIBUTE_ERROR_OBJECT: usize = 1;

/// Sets a field.
pub fn set(t: &Thread, exception: Ref<BaseException>, index: usize, value: Option<Value>) -> R<()> {
    let details = match exception.details.get().and_then(Value::downcast::<ValueArray>) {
        Some(details) => details,
        None => {
            let made = ValueArray::new(t, MOST_FIELDS)?;
            exception.details.put(exception.header(), t, made.value());
            made
        }
    };
    details.slot(index).put(details.header(), t, value);
    Ok(())
}

/// Reads a field; None if it is not set.
pub fn get<const INDEX: usize>(_: &Thread, object: Value) -> R {
    Ok(object.downcast::<BaseException>().and_then(|exception| exception.detail(INDEX)).unwrap_or(Value::NONE))
}

/// Writes or deletes a field.
pub fn put<const INDEX: usize>(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    match object.downcast::<BaseException>() {
        Some(exception) => set(t, exception, INDEX, value),
        None => Ok(()),
    }
}

macro_rules! fields {
    ($($list:ident { $($index:literal $name:literal $doc:literal),* $(,)? })*) => {
        $(#[allow(missing_docs, reason = "named as the class whose fields they are")]
        pub static $list: &[GetSet] = &[$(GetSet { name: $name, get: get::<$index>, set: Some(put::<$index>), doc: $doc }),*];)*
    };
}

fields! {
    STOP_ITERATION { 0 "value" "generator return value" }
    SYSTEM_EXIT { 0 "code" "exception code" }
    IMPORT_ERROR { 0 "msg" "exception message", 1 "name" "module name", 2 "path" "module path", 3 "name_from" "name imported from module" }
    ATTRIBUTE_ERROR { 0 "name" "attribute name", 1 "obj" "object" }
    NAME_ERROR { 0 "name" "name" }
    OS_ERROR {
        0 "errno" "POSIX exception code", 1 "strerror" "exception strerror", 2 "filename" "exception filename",
        3 "filename2" "second exception filename"
    }
    SYNTAX_ERROR {
        0 "msg" "exception msg", 1 "filename" "exception filename", 2 "lineno" "exception lineno", 3 "offset" "exception offset",
        4 "text" "exception text", 5 "end_lineno" "exception end lineno", 6 "end_offset" "exception end offset",
        7 "print_file_and_line" "exception print_file_and_line", 8 "_metadata" "exception private metadata"
    }
    UNICODE_ERROR {
        0 "encoding" "exception encoding", 1 "object" "exception object", 2 "start" "exception start", 3 "end" "exception end",
        4 "reason" "exception reason"
    }
}
