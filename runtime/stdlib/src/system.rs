//! What modules that call the operating system share: retries after `EINTR`, file names as bytes and as text.

use std::ffi::CString;

use host::file::Outcome;
use vm::codecs::{Known, decode_known, encode_known};
use vm::objects::{Bytes, Str};
use vm::{R, Raised, Ref, Thread, Value};

/// Runs a system call that may sleep; after `EINTR` handlers of signals run, and it is tried again (PEP 475).
pub fn attempt<T>(t: &Thread, mut call: impl FnMut() -> Outcome<T>) -> R<Outcome<T>> {
    loop {
        match t.blocking(&mut call) {
            Err(libc::EINTR) => t.poll()?,
            result => return Ok(result),
        }
    }
}

/// As `attempt`; other errors become `OSError`.
pub fn retry<T>(t: &Thread, call: impl FnMut() -> Outcome<T>) -> R<T> {
    attempt(t, call)?.map_err(|number| t.os_error(number, None))
}

/// The result of a call that does not sleep.
pub fn check<T>(t: &Thread, outcome: Outcome<T>) -> R<T> {
    outcome.map_err(|number| t.os_error(number, None))
}

fn surrogateescape(t: &Thread) -> R<Option<Ref<Str>>> {
    Ok(Some(Str::interned(t, "surrogateescape")?))
}

/// A file name as the system takes it.
pub fn encode_name(t: &Thread, name: Ref<Str>) -> R<Vec<u8>> {
    if let Some(text) = name.target().as_utf8() {
        return Ok(text.as_bytes().to_vec());
    }
    Ok(encode_known(t, Known::Utf8, name, surrogateescape(t)?)?.as_slice().to_vec())
}

/// A file name as Python shows it.
pub fn decode_name(t: &Thread, bytes: &[u8]) -> R<Ref<Str>> {
    if bytes.is_ascii() {
        return Str::from_wtf8(t, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Str::new(t, text);
    }
    let object = Bytes::new(t, bytes)?;
    decode_known(t, Known::Utf8, bytes, object.value(), surrogateescape(t)?)
}

/// The bytes of a path-like value: str, bytes, or what `__fspath__` gives.
pub fn name_bytes(t: &Thread, value: Value) -> R<Option<Vec<u8>>> {
    let Some(path) = vm::protocols::path_of(t, value)? else { return Ok(None) };
    if let Some(name) = Str::of(t, path) {
        return encode_name(t, name).map(Some);
    }
    Ok(Bytes::of(t, path).map(|bytes| bytes.as_slice().to_vec()))
}

/// Bytes as a terminated string; ValueError with this message if a null byte is among them.
pub fn terminated(t: &Thread, bytes: Vec<u8>, message: &str) -> R<CString> {
    CString::new(bytes).map_err(|_| t.value_error(message))
}

/// The error for a value that is no path.
pub fn not_a_path(t: &Thread, value: Value) -> Raised {
    t.type_error(format_args!("expected str, bytes or os.PathLike object, not {}", value.class(t).name()))
}
