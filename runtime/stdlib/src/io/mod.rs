//! `_io`: streams.
//!
//! A text stream stands on a buffered one, which stands on a raw one. Each is an object with a lock of its own, taken from
//! the top down and held over the operation, calls of Python streams included. The stream on top closes those below when
//! it dies; a stream that another stands on leaves that to it, whatever order finalizers run in.

mod base;
mod buffered;
mod bytes_io;
mod file_io;
mod lock;
mod newlines;
mod open;
mod pair;
mod string_io;
mod text;
mod text_position;
mod text_read;
mod text_write;

use vm::modules::NativeModule;
use vm::objects::Dict;
use vm::protocols;
use vm::{R, Ref, Str, Thread, Tuple, Value};

/// Bytes in the buffer of a buffered stream, unless the caller says otherwise.
pub const DEFAULT_BUFFER_SIZE: usize = 131_072;

/// A text argument with a default.
pub(crate) fn text_argument(t: &Thread, function: &str, name: &str, value: Option<Value>, default: &str) -> R<String> {
    match value {
        None => Ok(default.to_owned()),
        Some(value) => match Str::of(t, value) {
            Some(text) => Ok(text.to_string_lossy()),
            None => {
                let got = protocols::name_of_argument(t, value);
                Err(t.type_error(format_args!("{function}() argument '{name}' must be str, not {got}")))
            }
        },
    }
}

fn initialize(t: &Thread, module: Ref<vm::objects::Module>) -> R<()> {
    let classes = t.classes();
    module.add_int(t, "DEFAULT_BUFFER_SIZE", DEFAULT_BUFFER_SIZE as i64)?;
    module.add(t, "BlockingIOError", classes.blocking_io_error.value())?;
    let bases = Tuple::from_slice(t, &[classes.os_error.value(), classes.value_error.value()])?;
    let namespace = Dict::new(t)?;
    namespace.set_str(t, t.names().__module__, Str::interned(t, "io")?.value())?;
    let name = Str::interned(t, "UnsupportedOperation")?;
    let unsupported = protocols::call(t, classes.type_.value(), &[name.value(), bases.value(), namespace.value()])?;
    module.add(t, "UnsupportedOperation", unsupported)?;
    let state = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
    match state {
        Some(state) => state.set_str(t, Str::interned(t, "_io.UnsupportedOperation")?, unsupported),
        None => Ok(()),
    }
}

/// `_io`.
pub static IO: NativeModule = NativeModule {
    name: "_io",
    doc: "The io module provides the Python interfaces to stream handling. The\nbuiltin open function is defined in this module.",
    functions: open::ALL,
    classes: &[
        &base::IO_BASE,
        &base::RAW_IO_BASE,
        &base::BUFFERED_IO_BASE,
        &base::TEXT_IO_BASE,
        &file_io::FILE_IO,
        &bytes_io::BYTES_IO,
        &string_io::STRING_IO,
        &buffered::BUFFERED_READER,
        &buffered::BUFFERED_WRITER,
        &buffered::BUFFERED_RANDOM,
        &pair::BUFFERED_PAIR,
        &newlines::NEWLINE_DECODER,
        &text::TEXT_IO_WRAPPER,
    ],
    initialize,
};
