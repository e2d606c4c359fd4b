//! `fcntl`: control of descriptors and locks on files.

#![allow(clippy::useless_conversion, reason = "the types of libc's constants differ between platforms")]

use host::control;
use vm::modules::NativeModule;
use vm::objects::{Bytes, Module, int_of};
use vm::protocols::buffer::WritableBuffer;
use vm::protocols::{self, Buffer};
use vm::{R, Ref, Str, Thread, Value, native};

use crate::posix::file_descriptor;
use crate::system::{encode_name, retry};

use super::constants::FCNTL;

/// The bytes of a str or bytes-like argument; nothing for others.
fn structure(t: &Thread, argument: Value) -> R<Option<Vec<u8>>> {
    if let Some(text) = Str::of(t, argument) {
        return encode_name(t, text).map(Some);
    }
    Ok(Buffer::try_of(t, argument)?.map(Buffer::into_vec))
}

/// An int argument as a C `int`, signed or not.
fn number_argument(t: &Thread, function: &str, argument: Value) -> R<i64> {
    if int_of(argument).is_none() && !protocols::has_index(t, argument) {
        let got = argument.class(t).name();
        return Err(t.type_error(format_args!(
            "{function}() argument 3 must be an integer, a bytes-like object, or a string, not {got}"
        )));
    }
    protocols::index_long(t, argument)
}

/// Perform the operation cmd on file descriptor fd.
#[native("fcntl(fd, cmd, arg=0, /)")]
fn fcntl_function(t: &Thread, descriptor: Value, command: i32, argument: Option<Value>) -> R {
    let descriptor = file_descriptor(t, descriptor)?;
    let argument = argument.unwrap_or(Value::small(0));
    if let Some(mut bytes) = structure(t, argument)? {
        if bytes.len() > control::ROOM {
            return Err(t.value_error("fcntl argument 3 is too long"));
        }
        retry(t, || control::fcntl_bytes(descriptor, command, &mut bytes))?;
        return Ok(Bytes::new(t, &bytes)?.value());
    }
    let argument = number_argument(t, "fcntl", argument)?;
    retry(t, || host::file::control(descriptor, command, argument)).map(Value::small)
}

/// Perform the operation request on file descriptor fd.
#[native("ioctl(fd, request, arg=0, mutate_flag=True, /)")]
fn ioctl(t: &Thread, descriptor: Value, request: Value, argument: Option<Value>, mutate: Option<bool>) -> R {
    let descriptor = file_descriptor(t, descriptor)?;
    let Some(request) = protocols::index_number(t, request)?.to_i64() else {
        return Err(t.overflow_error("Python int too large to convert to C unsigned long"));
    };
    let (request, argument) = (request as u64, argument.unwrap_or(Value::small(0)));
    let is_text = Str::of(t, argument).is_some();
    if !is_text
        && protocols::buffer::is_bytes_like(t, argument)
        && mutate.unwrap_or(true)
        && let Some(target) = WritableBuffer::try_of(t, argument)?
    {
        let mut bytes = target.to_vec();
        let result = retry(t, || control::ioctl_bytes(descriptor, request, &mut bytes));
        target.write(0, &bytes);
        target.release(t);
        return result.map(Value::small);
    }
    if let Some(mut bytes) = structure(t, argument)? {
        if bytes.len() > control::ROOM {
            return Err(t.value_error("ioctl argument 3 is too long"));
        }
        retry(t, || control::ioctl_bytes(descriptor, request, &mut bytes))?;
        return Ok(Bytes::new(t, &bytes)?.value());
    }
    let argument = number_argument(t, "ioctl", argument)?;
    retry(t, || control::ioctl(descriptor, request, argument)).map(Value::small)
}

/// Perform the lock operation on file descriptor fd.
#[native("flock(fd, operation, /)")]
fn flock(t: &Thread, descriptor: Value, operation: i32) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    retry(t, || control::flock(descriptor, operation))
}

/// A wrapper around the fcntl() locking calls.
#[native("lockf(fd, cmd, len=0, start=0, whence=0, /)")]
fn lockf(t: &Thread, descriptor: Value, command: i32, length: i64, start: i64, whence: i32) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    let kind = if command & libc::LOCK_UN != 0 {
        libc::F_UNLCK
    } else if command & libc::LOCK_SH != 0 {
        libc::F_RDLCK
    } else if command & libc::LOCK_EX != 0 {
        libc::F_WRLCK
    } else {
        return Err(t.value_error("unrecognized lockf argument"));
    };
    let call = if command & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    retry(t, || control::lock(descriptor, call, kind, whence, start, length))
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in FCNTL {
        module.add_int(t, name, *number)?;
    }
    Ok(())
}

/// `fcntl`.
pub static MODULE: NativeModule = NativeModule {
    name: "fcntl",
    doc: "Control of file descriptors, and locks on files.",
    functions: &[&FCNTL_FUNCTION, &IOCTL, &FLOCK, &LOCKF],
    classes: &[],
    initialize,
};
