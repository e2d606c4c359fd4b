//! `stat` and its kin, `os.stat_result`, and the quick tests that `os.path` uses.

#![allow(clippy::unnecessary_cast, reason = "the types of libc's fields differ between platforms")]

use vm::builtins::struct_sequence::{self, Description};
use vm::native;
use vm::native::NativeDef;
use vm::objects::{Class, Dict, Module, float_value, int_from_i64, int_from_i128, int_from_u64};
use vm::{R, Ref, Str, Thread, Value};

use super::argument::{Also, Path, file_descriptor, folder_descriptor, link_flag};
use crate::system::{attempt, name_bytes, retry};

static STAT_RESULT: Description = Description {
    name: "os.stat_result",
    doc: "stat_result: Result from stat, fstat, or lstat.",
    fields: &["st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "", "", ""],
    hidden: &[
        "st_atime",
        "st_mtime",
        "st_ctime",
        "st_atime_ns",
        "st_mtime_ns",
        "st_ctime_ns",
        "st_blksize",
        "st_blocks",
        "st_rdev",
    ],
    callable: true,
};

/// Keeps a value of this interpreter under a name.
pub fn remember(t: &Thread, key: &str, value: Value) -> R<()> {
    match t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>) {
        Some(state) => state.set_str(t, Str::interned(t, key)?, value),
        None => Ok(()),
    }
}

/// A value kept under a name.
pub fn remembered(t: &Thread, key: &str) -> R {
    let state = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
    let found = match state {
        Some(state) => state.get_str(t, Str::interned(t, key)?),
        None => None,
    };
    found.ok_or_else(|| t.system_error(format_args!("{key} is made when its module is imported")))
}

/// Makes a struct sequence class, adds it to the module and keeps it.
pub fn add_sequence_class(t: &Thread, module: Ref<Module>, description: &'static Description) -> R<()> {
    let class = struct_sequence::add_class(t, module, description)?;
    remember(t, description.name, class.value())
}

/// An instance of a class that `add_sequence_class` made.
pub fn make_sequence(t: &Thread, description: &'static Description, items: &[Value], hidden: &[(&str, Value)]) -> R {
    let class: Option<Ref<Class>> = remembered(t, description.name)?.downcast();
    match class {
        Some(class) => struct_sequence::make(t, class, items, hidden),
        None => Err(t.system_error("a class is kept here")),
    }
}

/// Adds the class to the module.
pub fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    add_sequence_class(t, module, &STAT_RESULT)
}

/// `os.stat_result` of a status.
pub fn result(t: &Thread, status: &libc::stat) -> R {
    let times = [
        (status.st_atime, status.st_atime_nsec),
        (status.st_mtime, status.st_mtime_nsec),
        (status.st_ctime, status.st_ctime_nsec),
    ];
    let seconds = |index: usize| int_from_i64(t, times[index].0);
    let items = [
        int_from_u64(t, u64::from(status.st_mode))?,
        int_from_u64(t, status.st_ino)?,
        int_from_u64(t, status.st_dev)?,
        int_from_u64(t, status.st_nlink)?,
        int_from_u64(t, u64::from(status.st_uid))?,
        int_from_u64(t, u64::from(status.st_gid))?,
        int_from_i64(t, status.st_size)?,
        seconds(0)?,
        seconds(1)?,
        seconds(2)?,
    ];
    let float = |index: usize| float_value(t, times[index].0 as f64 + 1e-9 * times[index].1 as f64);
    let nanoseconds =
        |index: usize| int_from_i128(t, i128::from(times[index].0) * 1_000_000_000 + i128::from(times[index].1));
    let hidden = [
        ("st_atime", float(0)?),
        ("st_mtime", float(1)?),
        ("st_ctime", float(2)?),
        ("st_atime_ns", nanoseconds(0)?),
        ("st_mtime_ns", nanoseconds(1)?),
        ("st_ctime_ns", nanoseconds(2)?),
        ("st_blksize", int_from_i64(t, status.st_blksize)?),
        ("st_blocks", int_from_i64(t, status.st_blocks)?),
        ("st_rdev", int_from_u64(t, status.st_rdev)?),
    ];
    make_sequence(t, &STAT_RESULT, &items, &hidden)
}

/// The status of a path argument.
pub fn status_of(t: &Thread, path: &Path, folder: i32, follow: bool) -> R<Result<libc::stat, i32>> {
    Ok(match &path.name {
        None => t.blocking(|| host::file::stat(path.descriptor)),
        Some(name) => t.blocking(|| host::file::stat_at(folder, name, link_flag(follow))),
    })
}

/// Perform a stat system call on the given path.
#[native("stat(path, *, dir_fd=None, follow_symlinks=True)")]
fn stat(t: &Thread, path: Value, folder: Value, follow: bool) -> R {
    let path = Path::of(t, "stat", path, Also::Descriptor)?;
    let folder = folder_descriptor(t, folder)?;
    if path.name.is_none() && folder != libc::AT_FDCWD {
        return Err(t.value_error("stat: can't specify dir_fd without matching path"));
    }
    if path.name.is_none() && !follow {
        return Err(t.value_error("stat: cannot use fd and follow_symlinks together"));
    }
    let status = status_of(t, &path, folder, follow)?;
    result(t, &path.check(t, status)?)
}

/// Perform a stat system call on the given path, without following symbolic links.
#[native("lstat(path, *, dir_fd=None)")]
fn lstat(t: &Thread, path: Value, folder: Value) -> R {
    let path = Path::of(t, "lstat", path, Also::Nothing)?;
    let status = status_of(t, &path, folder_descriptor(t, folder)?, false)?;
    result(t, &path.check(t, status)?)
}

/// Perform a stat system call on the given file descriptor.
#[native("fstat(fd)")]
fn fstat(t: &Thread, descriptor: i32) -> R {
    let status = retry(t, || host::file::stat(descriptor))?;
    result(t, &status)
}

/// The status for a test that answers no to everything that fails.
fn quiet_status(t: &Thread, path: Value, follow: bool) -> R<Option<libc::stat>> {
    if vm::objects::int_of(path).is_some() {
        let descriptor = match file_descriptor(t, path) {
            Ok(descriptor) => descriptor,
            Err(raised) => {
                t.catch(raised, t.classes().value_error)?;
                return Ok(None);
            }
        };
        return Ok(host::file::stat(descriptor).ok());
    }
    let bytes = match name_bytes(t, path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            return Err(t.type_error(format_args!(
                "stat: path should be string, bytes, os.PathLike or integer, not {}",
                path.class(t).name()
            )));
        }
        Err(raised) => {
            t.catch(raised, t.classes().value_error)?;
            return Ok(None);
        }
    };
    let Ok(name) = std::ffi::CString::new(bytes) else { return Ok(None) };
    Ok(attempt(t, || host::file::stat_at(libc::AT_FDCWD, &name, link_flag(follow)))?.ok())
}

macro_rules! tests {
    ($($(#[$doc:meta])* $function:ident $signature:literal $follow:literal $kind:expr;)*) => {
        $($(#[$doc])*
        #[native($signature)]
        fn $function(t: &Thread, path: Value) -> R<bool> {
            let kind: Option<u32> = $kind;
            let status = quiet_status(t, path, $follow)?;
            Ok(status.is_some_and(|status| kind.is_none_or(|kind| status.st_mode & libc::S_IFMT == kind)))
        })*
    };
}

tests! {
    /// Test whether a path exists.
    path_exists "_path_exists(path, /)" true None;
    /// Test whether a path exists, broken symbolic links included.
    path_lexists "_path_lexists(path, /)" false None;
    /// Return true if the pathname refers to an existing directory.
    path_isdir "_path_isdir(s)" true Some(libc::S_IFDIR);
    /// Test whether a path is a regular file.
    path_isfile "_path_isfile(path)" true Some(libc::S_IFREG);
    /// Test whether a path is a symbolic link.
    path_islink "_path_islink(path)" false Some(libc::S_IFLNK);
}

/// The functions.
pub static ALL: &[&NativeDef] =
    &[&STAT, &LSTAT, &FSTAT, &PATH_EXISTS, &PATH_LEXISTS, &PATH_ISDIR, &PATH_ISFILE, &PATH_ISLINK];
