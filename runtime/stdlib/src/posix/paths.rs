//! Files and folders by name.

use vm::native;
use vm::native::NativeDef;
use vm::objects::{Bytes, List, int_of};
use vm::protocols;
use vm::{R, Raised, Ref, Str, Thread, Tuple, Value};

use super::argument::{Also, Path, folder_descriptor, identity, link_flag};
use crate::system::{attempt, check, decode_name};

fn plain(t: &Thread, function: &str, path: Value) -> R<Path> {
    Path::of(t, function, path, Also::Nothing)
}

fn run(t: &Thread, path: &Path, call: impl FnMut() -> Result<(), i32>) -> R<()> {
    let result = attempt(t, call)?;
    path.check(t, result)
}

/// Create a directory.
#[native("mkdir(path, mode=511, *, dir_fd=None)")]
fn mkdir(t: &Thread, path: Value, mode: i32, folder: Value) -> R<()> {
    let path = plain(t, "mkdir", path)?;
    let folder = folder_descriptor(t, folder)?;
    run(t, &path, || host::path::make_folder(folder, path.text(), mode as u32))
}

/// Remove a directory.
#[native("rmdir(path, *, dir_fd=None)")]
fn rmdir(t: &Thread, path: Value, folder: Value) -> R<()> {
    let path = plain(t, "rmdir", path)?;
    let folder = folder_descriptor(t, folder)?;
    run(t, &path, || host::path::remove(folder, path.text(), libc::AT_REMOVEDIR))
}

/// Remove a file (same as remove()).
#[native("unlink(path, *, dir_fd=None)")]
fn unlink(t: &Thread, path: Value, folder: Value) -> R<()> {
    let path = plain(t, "unlink", path)?;
    let folder = folder_descriptor(t, folder)?;
    run(t, &path, || host::path::remove(folder, path.text(), 0))
}

/// Remove a file (same as unlink()).
#[native("remove(path, *, dir_fd=None)")]
fn remove(t: &Thread, path: Value, folder: Value) -> R<()> {
    let path = plain(t, "remove", path)?;
    let folder = folder_descriptor(t, folder)?;
    run(t, &path, || host::path::remove(folder, path.text(), 0))
}

fn two_path_error(t: &Thread, number: i32, from: &Path, to: &Path) -> Raised {
    let text = match Str::new(t, &host::error::message(number)) {
        Ok(text) => text.value(),
        Err(raised) => return raised,
    };
    t.raise_with(t.classes().os_error, &[Value::small(number), text, from.given, Value::NONE, to.given])
}

fn run_two(t: &Thread, from: &Path, to: &Path, call: impl FnMut() -> Result<(), i32>) -> R<()> {
    attempt(t, call)?.map_err(|number| two_path_error(t, number, from, to))
}

fn rename_paths(t: &Thread, function: &str, from: Value, to: Value, from_at: Value, to_at: Value) -> R<()> {
    let from = Path::named(t, function, "src", from, Also::Nothing)?;
    let to = Path::named(t, function, "dst", to, Also::Nothing)?;
    let (from_at, to_at) = (folder_descriptor(t, from_at)?, folder_descriptor(t, to_at)?);
    run_two(t, &from, &to, || host::path::rename(from_at, from.text(), to_at, to.text()))
}

/// Rename a file or directory.
#[native("rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
fn rename(t: &Thread, from: Value, to: Value, from_at: Value, to_at: Value) -> R<()> {
    rename_paths(t, "rename", from, to, from_at, to_at)
}

/// Rename a file or directory, overwriting the destination.
#[native("replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
fn replace(t: &Thread, from: Value, to: Value, from_at: Value, to_at: Value) -> R<()> {
    rename_paths(t, "replace", from, to, from_at, to_at)
}

/// Create a hard link to a file.
#[native("link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)")]
fn link(t: &Thread, from: Value, to: Value, from_at: Value, to_at: Value, follow: bool) -> R<()> {
    let from = Path::named(t, "link", "src", from, Also::Nothing)?;
    let to = Path::named(t, "link", "dst", to, Also::Nothing)?;
    let (from_at, to_at) = (folder_descriptor(t, from_at)?, folder_descriptor(t, to_at)?);
    let flags = if follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
    run_two(t, &from, &to, || host::path::link(from_at, from.text(), to_at, to.text(), flags))
}

/// Create a symbolic link pointing to src named dst.
#[native("symlink(src, dst, target_is_directory=False, *, dir_fd=None)")]
fn symlink(t: &Thread, from: Value, to: Value, _directory: bool, folder: Value) -> R<()> {
    let from = Path::named(t, "symlink", "src", from, Also::Nothing)?;
    let to = Path::named(t, "symlink", "dst", to, Also::Nothing)?;
    let folder = folder_descriptor(t, folder)?;
    run_two(t, &from, &to, || host::path::make_symlink(from.text(), folder, to.text()))
}

/// Return a string representing the path to which the symbolic link points.
#[native("readlink(path, *, dir_fd=None)")]
fn readlink(t: &Thread, path: Value, folder: Value) -> R {
    let path = plain(t, "readlink", path)?;
    let folder = folder_descriptor(t, folder)?;
    let result = attempt(t, || host::path::read_link(folder, path.text()))?;
    path.name_value(t, &path.check(t, result)?)
}

/// Change the access permissions of a file.
#[native("chmod(path, mode, *, dir_fd=None, follow_symlinks=True)")]
fn chmod(t: &Thread, path: Value, mode: i32, folder: Value, follow: bool) -> R<()> {
    let path = Path::of(t, "chmod", path, Also::Descriptor)?;
    let folder = folder_descriptor(t, folder)?;
    run(t, &path, || match &path.name {
        Some(name) => host::path::change_mode(folder, name, mode as u32, link_flag(follow)),
        None => host::path::change_mode_of(path.descriptor, mode as u32),
    })
}

/// Change the access permissions of the file given by file descriptor fd.
#[native("fchmod(fd, mode)")]
fn fchmod(t: &Thread, descriptor: i32, mode: i32) -> R<()> {
    crate::system::retry(t, || host::path::change_mode_of(descriptor, mode as u32))
}

/// Change the owner and group id of path to the numeric uid and gid.
#[native("chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
fn chown(t: &Thread, path: Value, user: Value, group: Value, folder: Value, follow: bool) -> R<()> {
    let path = Path::of(t, "chown", path, Also::Descriptor)?;
    let (user, group, folder) = (identity(t, user, "uid")?, identity(t, group, "gid")?, folder_descriptor(t, folder)?);
    run(t, &path, || match &path.name {
        Some(name) => host::path::change_owner(folder, name, user, group, link_flag(follow)),
        None => host::path::change_owner_of(path.descriptor, user, group),
    })
}

/// Change the owner and group id of path, without following symbolic links.
#[native("lchown(path, uid, gid)")]
fn lchown(t: &Thread, path: Value, user: Value, group: Value) -> R<()> {
    let path = plain(t, "lchown", path)?;
    let (user, group) = (identity(t, user, "uid")?, identity(t, group, "gid")?);
    run(t, &path, || host::path::change_owner(libc::AT_FDCWD, path.text(), user, group, libc::AT_SYMLINK_NOFOLLOW))
}

/// Change the owner and group id of the file specified by file descriptor.
#[native("fchown(fd, uid, gid)")]
fn fchown(t: &Thread, descriptor: i32, user: Value, group: Value) -> R<()> {
    let (user, group) = (identity(t, user, "uid")?, identity(t, group, "gid")?);
    crate::system::retry(t, || host::path::change_owner_of(descriptor, user, group))
}

/// Use the real uid/gid to test for access to a path.
#[native("access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
fn access(t: &Thread, path: Value, mode: i32, folder: Value, effective: bool, follow: bool) -> R<bool> {
    let path = plain(t, "access", path)?;
    let folder = folder_descriptor(t, folder)?;
    let flags = link_flag(follow) | if effective { libc::AT_EACCESS } else { 0 };
    Ok(t.blocking(|| host::path::check_access(folder, path.text(), mode, flags)).is_ok())
}

/// Seconds and nanoseconds of a time in seconds.
fn split_seconds(t: &Thread, value: Value) -> R<(i64, i64)> {
    if let Some(number) = int_of(value) {
        return Ok((number.to_i64().ok_or_else(|| t.overflow_error("timestamp out of range for platform time_t"))?, 0));
    }
    let seconds = protocols::float_of(t, value)?;
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    let whole = seconds.floor();
    if !(-9.3e18..9.2e18).contains(&whole) {
        return Err(t.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok((whole as i64, ((seconds - whole) * 1e9) as i64))
}

fn split_nanoseconds(t: &Thread, value: Value) -> R<(i64, i64)> {
    let number = protocols::index_i64(t, value)?;
    Ok((number.div_euclid(1_000_000_000), number.rem_euclid(1_000_000_000)))
}

/// Set the access and modified time of path.
#[native("utime(path, times=None, *, ns=<unset>, dir_fd=None, follow_symlinks=True)")]
fn utime(t: &Thread, path: Value, times: Value, ns: Option<Value>, folder: Value, follow: bool) -> R<()> {
    let path = Path::of(t, "utime", path, Also::Descriptor)?;
    let folder = folder_descriptor(t, folder)?;
    if !times.is_none() && ns.is_some() {
        return Err(t.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let pair = |value: Value, name: &str| match Tuple::of(t, value).filter(|pair| pair.len() == 2) {
        Some(pair) => Ok(pair),
        None => Err(t.type_error(format_args!("utime: '{name}' must be a tuple of two ints"))),
    };
    let now = (0, libc::UTIME_NOW);
    let times = match ns {
        Some(ns) => {
            let pair = pair(ns, "ns")?;
            [split_nanoseconds(t, pair.get(0))?, split_nanoseconds(t, pair.get(1))?]
        }
        None if times.is_none() => [now, now],
        None => {
            let pair = match Tuple::of(t, times).filter(|pair| pair.len() == 2) {
                Some(pair) => pair,
                None => return Err(t.type_error("utime: 'times' must be either a tuple of two ints or None")),
            };
            [split_seconds(t, pair.get(0))?, split_seconds(t, pair.get(1))?]
        }
    };
    run(t, &path, || match &path.name {
        Some(name) => host::path::set_times(folder, Some(name), times, link_flag(follow)),
        None => host::path::set_times(path.descriptor, None, times, 0),
    })
}

/// Return a unicode string representing the current working directory.
#[native("getcwd()")]
fn getcwd(t: &Thread) -> R<Ref<Str>> {
    let folder = check(t, host::path::working_directory())?;
    decode_name(t, &folder)
}

/// Return a bytes string representing the current working directory.
#[native("getcwdb()")]
fn getcwdb(t: &Thread) -> R<Ref<Bytes>> {
    let folder = check(t, host::path::working_directory())?;
    Bytes::new(t, &folder)
}

/// Change the current working directory to the specified path.
#[native("chdir(path)")]
fn chdir(t: &Thread, path: Value) -> R<()> {
    let path = Path::of(t, "chdir", path, Also::Descriptor)?;
    run(t, &path, || match &path.name {
        Some(name) => host::path::change_directory(name),
        None => host::path::change_directory_to(path.descriptor),
    })
}

/// Change to the directory of the given file descriptor.
#[native("fchdir(fd)")]
fn fchdir(t: &Thread, descriptor: Value) -> R<()> {
    let descriptor = super::argument::file_descriptor(t, descriptor)?;
    crate::system::retry(t, || host::path::change_directory_to(descriptor))
}

/// Create a "fifo" (a POSIX named pipe).
#[native("mkfifo(path, mode=438, *, dir_fd=None)")]
fn mkfifo(t: &Thread, path: Value, mode: i32, folder: Value) -> R<()> {
    let path = plain(t, "mkfifo", path)?;
    let folder = folder_descriptor(t, folder)?;
    run(t, &path, || host::path::make_fifo(folder, path.text(), mode as u32))
}

/// Set the current numeric umask and return the previous umask.
#[native("umask(mask, /)")]
fn umask(_: &Thread, mask: i32) -> i64 {
    i64::from(host::path::set_mask(mask as u32))
}

/// The entries of a folder argument.
pub fn entries(t: &Thread, path: &Path) -> R<Vec<host::path::Entry>> {
    let result = t.blocking(|| match &path.name {
        Some(name) => host::path::list(name),
        None => host::path::list_of(path.descriptor),
    });
    path.check(t, result)
}

/// Return a list containing the names of the files in the directory.
#[native("listdir(path=None)")]
fn listdir(t: &Thread, path: Value) -> R<Ref<List>> {
    let path = Path::of(t, "listdir", path, Also::DescriptorOrNone)?;
    let names = List::new(t)?;
    for entry in entries(t, &path)? {
        names.push(t, path.name_value(t, entry.name.as_bytes())?)?;
    }
    Ok(names)
}

/// Return the file system path representation of the object.
#[native("fspath(path)")]
fn fspath(t: &Thread, path: Value) -> R {
    protocols::path_of(t, path)?.ok_or_else(|| crate::system::not_a_path(t, path))
}

/// A name's units as bytes or text, worked on as UTF-8 with surrogates.
fn edit_name<T>(t: &Thread, path: Value, edit: impl FnOnce(&[u8]) -> R<T>) -> R<T> {
    if let Some(text) = Str::of(t, path) {
        return edit(&text.to_wtf8());
    }
    match Bytes::of(t, path) {
        Some(bytes) => edit(bytes.as_slice()),
        None => Err(crate::system::not_a_path(t, path)),
    }
}

fn like(t: &Thread, path: Value, bytes: &[u8]) -> R {
    if Bytes::of(t, path).is_some() { Ok(Bytes::new(t, bytes)?.value()) } else { Ok(Str::from_wtf8(t, bytes)?.value()) }
}

fn slashes(path: &[u8]) -> usize {
    match path {
        [b'/', b'/', b'/', ..] => 1,
        [b'/', b'/', ..] => 2,
        [b'/', ..] => 1,
        _ => 0,
    }
}

fn normalized(path: &[u8]) -> Vec<u8> {
    let initial = slashes(path);
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        let climbs = part == b"..";
        if part.is_empty() || part == b"." {
            continue;
        }
        let nothing_to_leave = parts.last().is_none_or(|last| *last == b"..");
        if !climbs || (initial == 0 && nothing_to_leave) {
            parts.push(part);
        } else if !nothing_to_leave {
            parts.pop();
        }
    }
    let mut result = vec![b'/'; initial];
    result.extend_from_slice(&parts.join(&b'/'));
    if result.is_empty() {
        result.push(b'.');
    }
    result
}

/// Normalize path, eliminating double slashes, etc.
#[native("_path_normpath(path)")]
fn path_normpath(t: &Thread, path: Value) -> R {
    let path = fspath(t, path)?;
    edit_name(t, path, |bytes| like(t, path, &normalized(bytes)))
}

/// Split a pathname into drive, root and tail.
#[native("_path_splitroot_ex(p)")]
fn path_splitroot_ex(t: &Thread, path: Value) -> R<Ref<Tuple>> {
    let path = fspath(t, path)?;
    edit_name(t, path, |bytes| {
        // Exactly two slashes are a root of their own; any other number is one.
        let root = slashes(bytes);
        let (root, tail) = bytes.split_at(root);
        Tuple::from_slice(t, &[like(t, path, b"")?, like(t, path, root)?, like(t, path, tail)?])
    })
}

/// The functions.
pub static ALL: &[&NativeDef] = &[
    &MKDIR,
    &RMDIR,
    &UNLINK,
    &REMOVE,
    &RENAME,
    &REPLACE,
    &LINK,
    &SYMLINK,
    &READLINK,
    &CHMOD,
    &FCHMOD,
    &CHOWN,
    &LCHOWN,
    &FCHOWN,
    &ACCESS,
    &UTIME,
    &GETCWD,
    &GETCWDB,
    &CHDIR,
    &FCHDIR,
    &MKFIFO,
    &UMASK,
    &LISTDIR,
    &FSPATH,
    &PATH_NORMPATH,
    &PATH_SPLITROOT_EX,
];
