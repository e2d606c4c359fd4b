//! Files by descriptor.

use vm::native;
use vm::native::NativeDef;
use vm::objects::{Bytes, int_from_i64};
use vm::protocols::{self, Buffer};
use vm::{R, Ref, Thread, Tuple, Value};

use super::argument::{Also, Path, file_descriptor, folder_descriptor};
use crate::system::{attempt, check, retry};

/// Open a file for low level IO.  Returns a file descriptor (integer).
#[native("open(path, flags, mode=511, *, dir_fd=None)")]
fn open(t: &Thread, path: Value, flags: i32, mode: i32, folder: Value) -> R<i32> {
    let path = Path::of(t, "open", path, Also::Nothing)?;
    let folder = folder_descriptor(t, folder)?;
    let opened = attempt(t, || host::file::open_at(folder, path.text(), flags | libc::O_CLOEXEC, mode as u32))?;
    path.check(t, opened)
}

/// Close a file descriptor.
#[native("close(fd)")]
fn close(t: &Thread, descriptor: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    match t.blocking(|| host::file::close(descriptor)) {
        Ok(()) | Err(libc::EINTR) => Ok(()),
        Err(number) => Err(t.os_error(number, None)),
    }
}

/// Closes all file descriptors in [fd_low, fd_high), ignoring errors.
#[native("closerange(fd_low, fd_high, /)")]
fn closerange(t: &Thread, low: i32, high: i32) {
    t.blocking(|| {
        for descriptor in low.max(0)..high {
            // Most of the range was never open.
            let _ = host::file::close(descriptor);
        }
    });
}

/// Read from a file descriptor.  Returns a bytes object.
#[native("read(fd, length, /)")]
fn read(t: &Thread, descriptor: i32, length: i64) -> R<Ref<Bytes>> {
    let Ok(length) = usize::try_from(length) else { return Err(t.os_error(libc::EINVAL, None)) };
    let mut data = Vec::new();
    retry(t, || host::file::read_to(descriptor, &mut data, length))?;
    Bytes::new(t, &data)
}

/// Read from a file descriptor into a buffer.
#[native("readinto(fd, buffer, /)")]
fn readinto(t: &Thread, descriptor: i32, buffer: Value) -> R<usize> {
    let target = protocols::buffer::WritableBuffer::of(t, buffer, "readinto() argument 2")?;
    let mut data = Vec::new();
    retry(t, || host::file::read_to(descriptor, &mut data, target.len()))?;
    target.write(0, &data);
    target.release(t);
    Ok(data.len())
}

/// Write a bytes object to a file descriptor.
#[native("write(fd, data, /)")]
fn write(t: &Thread, descriptor: i32, data: Buffer) -> R<usize> {
    retry(t, || host::file::write(descriptor, data.as_slice()))
}

/// Read a number of bytes from a file descriptor starting at a particular offset.
#[native("pread(fd, length, offset, /)")]
fn pread(t: &Thread, descriptor: i32, length: i64, offset: i64) -> R<Ref<Bytes>> {
    let Ok(length) = usize::try_from(length) else { return Err(t.os_error(libc::EINVAL, None)) };
    let mut data = Vec::new();
    retry(t, || host::file::read_at(descriptor, &mut data, length, offset))?;
    Bytes::new(t, &data)
}

/// Write bytes to a file descriptor starting at a particular offset.
#[native("pwrite(fd, buffer, offset, /)")]
fn pwrite(t: &Thread, descriptor: i32, data: Buffer, offset: i64) -> R<usize> {
    retry(t, || host::file::write_at(descriptor, data.as_slice(), offset))
}

/// Set the position of a file descriptor.  Return the new position.
#[native("lseek(fd, position, whence, /)")]
fn lseek(t: &Thread, descriptor: i32, position: i64, whence: i32) -> R<i64> {
    retry(t, || host::file::seek(descriptor, position, whence))
}

/// Return True if the fd is connected to a terminal.
#[native("isatty(fd, /)")]
fn isatty(_: &Thread, descriptor: i32) -> bool {
    host::file::is_terminal(descriptor)
}

/// Create a pipe.
#[native("pipe()")]
fn pipe(t: &Thread) -> R<Ref<Tuple>> {
    let (read, write) = check(t, host::file::pipe(libc::O_CLOEXEC))?;
    Tuple::from_slice(t, &[Value::small(read), Value::small(write)])
}

/// Create a pipe with flags set atomically.
#[native("pipe2(flags, /)")]
fn pipe2(t: &Thread, flags: i32) -> R<Ref<Tuple>> {
    let (read, write) = check(t, host::file::pipe(flags))?;
    Tuple::from_slice(t, &[Value::small(read), Value::small(write)])
}

/// Return a duplicate of a file descriptor.
#[native("dup(fd, /)")]
fn dup(t: &Thread, descriptor: i32) -> R<i32> {
    check(t, host::file::control(descriptor, libc::F_DUPFD_CLOEXEC, 0))
}

/// Duplicate file descriptor.
#[native("dup2(fd, fd2, inheritable=True)")]
fn dup2(t: &Thread, from: i32, to: i32, inheritable: bool) -> R<i32> {
    if from < 0 || to < 0 {
        return Err(t.os_error(libc::EBADF, None));
    }
    retry(t, || host::process::duplicate_to(from, to, if inheritable { 0 } else { libc::O_CLOEXEC }))
}

/// Truncate a file, specified by file descriptor, to a specific length.
#[native("ftruncate(fd, length, /)")]
fn ftruncate(t: &Thread, descriptor: i32, length: i64) -> R<()> {
    retry(t, || host::file::truncate(descriptor, length))
}

/// Truncate a file, specified by path, to a specific length.
#[native("truncate(path, length)")]
fn truncate(t: &Thread, path: Value, length: i64) -> R<()> {
    let path = Path::of(t, "truncate", path, Also::Descriptor)?;
    let result = attempt(t, || match &path.name {
        Some(name) => host::file::truncate_path(name, length),
        None => host::file::truncate(path.descriptor, length),
    })?;
    path.check(t, result)
}

/// Force write of fd to disk.
#[native("fsync(fd)")]
fn fsync(t: &Thread, descriptor: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    retry(t, || host::path::sync(descriptor))
}

/// Force write of fd to disk without forcing update of metadata.
#[native("fdatasync(fd)")]
fn fdatasync(t: &Thread, descriptor: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    retry(t, || host::path::sync_data(descriptor))
}

/// Apply, test or remove a POSIX lock on an open file descriptor.
#[native("lockf(fd, command, length, /)")]
fn lockf(t: &Thread, descriptor: i32, command: i32, length: i64) -> R<()> {
    retry(t, || host::path::lock_range(descriptor, command, length))
}

/// Get the close-on-exe flag of the specified file descriptor.
#[native("get_inheritable(fd, /)")]
fn get_inheritable(t: &Thread, descriptor: i32) -> R<bool> {
    Ok(check(t, host::file::control(descriptor, libc::F_GETFD, 0))? & libc::FD_CLOEXEC == 0)
}

/// Set the inheritable flag of the specified file descriptor.
#[native("set_inheritable(fd, inheritable, /)")]
fn set_inheritable(t: &Thread, descriptor: i32, inheritable: i32) -> R<()> {
    check(t, host::file::set_inheritable(descriptor, inheritable != 0))
}

/// Get the blocking mode of the file descriptor.
#[native("get_blocking(fd, /)")]
fn get_blocking(t: &Thread, descriptor: i32) -> R<bool> {
    Ok(check(t, host::file::control(descriptor, libc::F_GETFL, 0))? & libc::O_NONBLOCK == 0)
}

/// Set the blocking mode of the specified file descriptor.
#[native("set_blocking(fd, blocking, /)")]
fn set_blocking(t: &Thread, descriptor: i32, blocking: bool) -> R<()> {
    let flags = check(t, host::file::control(descriptor, libc::F_GETFL, 0))?;
    let flags = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    check(t, host::file::control(descriptor, libc::F_SETFL, i64::from(flags))).map(drop)
}

/// Return the size of the terminal window as (columns, lines).
#[native("get_terminal_size(fd=1, /)")]
fn get_terminal_size(t: &Thread, descriptor: i32) -> R {
    let (columns, lines) = check(t, host::process::terminal_size(descriptor))?;
    let items = [int_from_i64(t, i64::from(columns))?, int_from_i64(t, i64::from(lines))?];
    super::stat::make_sequence(t, &super::TERMINAL_SIZE, &items, &[])
}

/// The functions.
pub static ALL: &[&NativeDef] = &[
    &OPEN,
    &CLOSE,
    &CLOSERANGE,
    &READ,
    &READINTO,
    &WRITE,
    &PREAD,
    &PWRITE,
    &LSEEK,
    &ISATTY,
    &PIPE,
    &PIPE2,
    &DUP,
    &DUP2,
    &FTRUNCATE,
    &TRUNCATE,
    &FSYNC,
    &FDATASYNC,
    &LOCKF,
    &GET_INHERITABLE,
    &SET_INHERITABLE,
    &GET_BLOCKING,
    &SET_BLOCKING,
    &GET_TERMINAL_SIZE,
];
