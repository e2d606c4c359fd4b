//! Paths, folder descriptors and other arguments of `posix` functions.

use std::ffi::{CStr, CString};

use vm::objects::{Bytes, int_of};
use vm::protocols;
use vm::{R, Raised, Thread, Value};

use crate::system::{decode_name, name_bytes};

/// A path argument: a name, or a descriptor where the function takes one.
pub struct Path {
    /// As it was given, for error messages.
    pub given: Value,
    /// The name; nothing for a descriptor.
    pub name: Option<CString>,
    /// The descriptor, or "the working directory".
    pub descriptor: i32,
    /// Whether results are bytes.
    pub is_bytes: bool,
}

/// What a path argument may be besides a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// A descriptor.
    Descriptor,
    /// A descriptor, or None for the working directory.
    DescriptorOrNone,
}

fn wrong_type(t: &Thread, function: &str, argument: &str, also: Also, value: Value) -> Raised {
    let kinds = match also {
        Also::Nothing => "string, bytes or os.PathLike",
        Also::Descriptor => "string, bytes, os.PathLike or integer",
        Also::DescriptorOrNone => "string, bytes, os.PathLike, integer or None",
    };
    let got = value.class(t).name();
    t.type_error(format_args!("{function}: {argument} should be {kinds}, not {got}"))
}

impl Path {
    /// Converts an argument.
    pub fn of(t: &Thread, function: &str, value: Value, also: Also) -> R<Path> {
        Self::named(t, function, "path", value, also)
    }

    /// Converts an argument of another name than `path`.
    pub fn named(t: &Thread, function: &str, argument: &str, value: Value, also: Also) -> R<Path> {
        if value.is_none() && also == Also::DescriptorOrNone {
            return Ok(Path { given: value, name: Some(c".".to_owned()), descriptor: libc::AT_FDCWD, is_bytes: false });
        }
        if also != Also::Nothing && protocols::has_index(t, value) {
            let descriptor = descriptor_of(t, value)?;
            return Ok(Path { given: value, name: None, descriptor, is_bytes: false });
        }
        let path = match protocols::path_of(t, value) {
            Ok(Some(path)) => path,
            Ok(None) => return Err(wrong_type(t, function, argument, also, value)),
            Err(raised) => return Err(raised),
        };
        let bytes = name_bytes(t, path)?.unwrap_or_default();
        let name = CString::new(bytes)
            .map_err(|_| t.value_error(format_args!("{function}: embedded null character in {argument}")))?;
        Ok(Path { given: path, name: Some(name), descriptor: libc::AT_FDCWD, is_bytes: Bytes::of(t, path).is_some() })
    }

    /// The name; an empty one for a descriptor.
    pub fn text(&self) -> &CStr {
        self.name.as_deref().unwrap_or(c"")
    }

    /// The error for this path.
    pub fn error(&self, t: &Thread, number: i32) -> Raised {
        let shown = (!self.given.is_none()).then_some(self.given);
        t.os_error(number, shown)
    }

    /// A result of a call with this path.
    pub fn check<T>(&self, t: &Thread, result: Result<T, i32>) -> R<T> {
        result.map_err(|number| self.error(t, number))
    }

    /// A name found through this path: bytes where the path was bytes.
    pub fn name_value(&self, t: &Thread, name: &[u8]) -> R {
        if self.is_bytes { Ok(Bytes::new(t, name)?.value()) } else { Ok(decode_name(t, name)?.value()) }
    }
}

/// A descriptor argument: an int, or what has `fileno()`.
pub fn file_descriptor(t: &Thread, value: Value) -> R<i32> {
    if int_of(value).is_some() {
        let descriptor = descriptor_of(t, value)?;
        return if descriptor < 0 {
            Err(t.value_error(format_args!("file descriptor cannot be a negative integer ({descriptor})")))
        } else {
            Ok(descriptor)
        };
    }
    let Some(method) = protocols::get_attribute_optional(t, value, t.names().fileno)? else {
        return Err(t.type_error("argument must be an int, or have a fileno() method."));
    };
    let number = protocols::call(t, method, &[])?;
    if int_of(number).is_none() {
        return Err(t.type_error("fileno() returned a non-integer"));
    }
    let descriptor = descriptor_of(t, number)?;
    if descriptor < 0 {
        Err(t.value_error(format_args!("file descriptor cannot be a negative integer ({descriptor})")))
    } else {
        Ok(descriptor)
    }
}

fn descriptor_of(t: &Thread, value: Value) -> R<i32> {
    let number = protocols::index_number(t, value)?;
    match number.to_i64() {
        Some(number) if number > i64::from(i32::MAX) => Err(t.overflow_error("fd is greater than maximum")),
        Some(number) if number < i64::from(i32::MIN) => Err(t.overflow_error("fd is less than minimum")),
        Some(number) => Ok(number as i32),
        None if number.is_negative() => Err(t.overflow_error("fd is less than minimum")),
        None => Err(t.overflow_error("fd is greater than maximum")),
    }
}

/// A `dir_fd` argument: None is the working directory.
pub fn folder_descriptor(t: &Thread, value: Value) -> R<i32> {
    if value.is_none() {
        return Ok(libc::AT_FDCWD);
    }
    if !protocols::has_index(t, value) {
        return Err(t.type_error(format_args!("argument should be integer or None, not {}", value.class(t).name())));
    }
    descriptor_of(t, value)
}

/// `AT_SYMLINK_NOFOLLOW` unless links are followed.
pub fn link_flag(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// A user or group id: -1 stands for "leave".
pub fn identity(t: &Thread, value: Value, kind: &str) -> R<u32> {
    if !protocols::has_index(t, value) {
        return Err(t.type_error(format_args!("{kind} should be integer, not {}", value.class(t).name())));
    }
    match protocols::index_number(t, value)?.to_i64() {
        Some(-1) => Ok(u32::MAX),
        Some(number) if number < 0 => Err(t.overflow_error(format_args!("{kind} is less than minimum"))),
        Some(number) => {
            u32::try_from(number).map_err(|_| t.overflow_error(format_args!("{kind} is greater than maximum")))
        }
        None => Err(t.overflow_error(format_args!("{kind} is greater than maximum"))),
    }
}
