//! The exceptions of `_socket`.

use host::socket::Failure;
use vm::shared::NativeClass;
use vm::{R, Raised, Str, Thread, Value};

use crate::exceptions::exception;

/// `socket.gaierror`.
pub static GAI_ERROR: NativeClass = NativeClass::new(exception("gaierror", "socket", |t| t.classes().os_error, ""));
/// `socket.herror`.
pub static H_ERROR: NativeClass = NativeClass::new(exception("herror", "socket", |t| t.classes().os_error, ""));

/// The error for a look-up that failed.
#[cold]
pub fn lookup_failed(t: &Thread, (number, system): Failure) -> Raised {
    if number == libc::EAI_SYSTEM {
        return t.os_error(system, None);
    }
    match Str::new(t, &host::socket::failure_text(number)) {
        Ok(text) => t.raise_with(GAI_ERROR.get(t), &[Value::small(number), text.value()]),
        Err(raised) => raised,
    }
}

/// The error where no host has a name or address.
#[cold]
pub fn unknown_host(t: &Thread) -> Raised {
    match Str::new(t, "Unknown host") {
        Ok(text) => t.raise_with(H_ERROR.get(t), &[Value::small(1), text.value()]),
        Err(raised) => raised,
    }
}

/// The result of a look-up.
pub fn looked_up<T>(t: &Thread, result: Result<T, Failure>) -> R<T> {
    result.map_err(|failure| lookup_failed(t, failure))
}
