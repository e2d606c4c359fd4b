//! File descriptors. Every function gives the error number where the system call failed; none retries after `EINTR`, since
//! whoever calls has signal handlers to run first.
//!
//! Its unsafe blocks call the C library with pointers to memory that outlives the call, and lengths that fit it.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use crate::error::last;

/// What a system call gives: its result or the error number.
pub type Outcome<T> = Result<T, i32>;

/// The result of a call that returns -1 for an error.
pub(crate) fn outcome(result: i32) -> Outcome<i32> {
    if result == -1 { Err(last()) } else { Ok(result) }
}

/// As `outcome`, for calls that return a count or an offset.
pub(crate) fn long_outcome(result: i64) -> Outcome<i64> {
    if result == -1 { Err(last()) } else { Ok(result) }
}

/// Most bytes that one call moves: the kernel's own limit.
const MOST: usize = 0x7fff_f000;

/// Whether a descriptor is open.
#[must_use]
pub fn is_open(descriptor: i32) -> bool {
    // SAFETY: fcntl with F_GETFD reads a flag of the descriptor and touches no memory of ours.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// Opens a file relative to a folder's descriptor (or `AT_FDCWD`).
pub fn open_at(folder: i32, path: &CStr, flags: i32, mode: u32) -> Outcome<i32> {
    // SAFETY: the path is a terminated string.
    outcome(unsafe { libc::openat(folder, path.as_ptr(), flags, mode) })
}

/// Opens a file.
pub fn open(path: &CStr, flags: i32, mode: u32) -> Outcome<i32> {
    open_at(libc::AT_FDCWD, path, flags, mode)
}

/// Closes a descriptor. After an error it is closed all the same.
pub fn close(descriptor: i32) -> Outcome<()> {
    // SAFETY: closing touches no memory of ours.
    outcome(unsafe { libc::close(descriptor) }).map(drop)
}

/// Reads into a buffer.
pub fn read(descriptor: i32, buffer: &mut [u8]) -> Outcome<usize> {
    let length = buffer.len().min(MOST);
    // SAFETY: the buffer is at least that long and ours alone.
    let count = unsafe { libc::read(descriptor, buffer.as_mut_ptr().cast(), length) };
    long_outcome(count as i64).map(|count| count as usize)
}

/// Reads and appends at most `room` bytes to a vector.
pub fn read_to(descriptor: i32, target: &mut Vec<u8>, room: usize) -> Outcome<usize> {
    let room = room.min(MOST);
    if target.try_reserve(room).is_err() {
        return Err(libc::ENOMEM);
    }
    let spare = target.spare_capacity_mut();
    // SAFETY: the spare capacity is at least `room` bytes, which the kernel may write.
    let count = unsafe { libc::read(descriptor, spare.as_mut_ptr().cast(), room) };
    let count = long_outcome(count as i64)? as usize;
    // SAFETY: the kernel wrote the next `count` bytes, which lie within the capacity.
    unsafe { target.set_len(target.len() + count) };
    Ok(count)
}

/// Writes from a buffer.
pub fn write(descriptor: i32, buffer: &[u8]) -> Outcome<usize> {
    let length = buffer.len().min(MOST);
    // SAFETY: the buffer is at least that long.
    let count = unsafe { libc::write(descriptor, buffer.as_ptr().cast(), length) };
    long_outcome(count as i64).map(|count| count as usize)
}

/// Reads at an offset.
pub fn read_at(descriptor: i32, target: &mut Vec<u8>, room: usize, offset: i64) -> Outcome<usize> {
    let room = room.min(MOST);
    if target.try_reserve(room).is_err() {
        return Err(libc::ENOMEM);
    }
    let spare = target.spare_capacity_mut();
    // SAFETY: as in `read_to`.
    let count = unsafe { libc::pread(descriptor, spare.as_mut_ptr().cast(), room, offset) };
    let count = long_outcome(count as i64)? as usize;
    // SAFETY: as in `read_to`.
    unsafe { target.set_len(target.len() + count) };
    Ok(count)
}

/// Writes at an offset.
pub fn write_at(descriptor: i32, buffer: &[u8], offset: i64) -> Outcome<usize> {
    // SAFETY: the buffer is at least that long.
    let count = unsafe { libc::pwrite(descriptor, buffer.as_ptr().cast(), buffer.len().min(MOST), offset) };
    long_outcome(count as i64).map(|count| count as usize)
}

/// Moves the file position.
pub fn seek(descriptor: i32, offset: i64, whence: i32) -> Outcome<i64> {
    // SAFETY: seeking touches no memory of ours.
    long_outcome(unsafe { libc::lseek(descriptor, offset, whence) })
}

/// Sets the length of a file.
pub fn truncate(descriptor: i32, length: i64) -> Outcome<()> {
    // SAFETY: truncating touches no memory of ours.
    outcome(unsafe { libc::ftruncate(descriptor, length) }).map(drop)
}

/// Sets the length of a file by name.
pub fn truncate_path(path: &CStr, length: i64) -> Outcome<()> {
    // SAFETY: the path is a terminated string.
    outcome(unsafe { libc::truncate(path.as_ptr(), length) }).map(drop)
}

/// Whether the descriptor is a terminal.
#[must_use]
pub fn is_terminal(descriptor: i32) -> bool {
    // SAFETY: isatty touches no memory of ours.
    unsafe { libc::isatty(descriptor) == 1 }
}

/// What `fstat` says.
pub fn stat(descriptor: i32) -> Outcome<libc::stat> {
    let mut status = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the structure is the one the call fills.
    outcome(unsafe { libc::fstat(descriptor, status.as_mut_ptr()) })?;
    // SAFETY: zeroes are a valid structure, filled by the call.
    Ok(unsafe { status.assume_init() })
}

/// What `fstatat` says.
pub fn stat_at(folder: i32, path: &CStr, flags: i32) -> Outcome<libc::stat> {
    let mut status = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the path is a terminated string, the structure the one that the call fills.
    outcome(unsafe { libc::fstatat(folder, path.as_ptr(), status.as_mut_ptr(), flags) })?;
    // SAFETY: zeroes are a valid structure, filled by the call.
    Ok(unsafe { status.assume_init() })
}

/// `fcntl` with an int.
pub fn control(descriptor: i32, command: i32, argument: i64) -> Outcome<i32> {
    // SAFETY: callers pass commands whose argument is an int.
    outcome(unsafe { libc::fcntl(descriptor, command, argument) })
}

/// Makes a descriptor one that children do not inherit, or do.
pub fn set_inheritable(descriptor: i32, inheritable: bool) -> Outcome<()> {
    let flags = control(descriptor, libc::F_GETFD, 0)?;
    let wanted = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    if wanted == flags { Ok(()) } else { control(descriptor, libc::F_SETFD, i64::from(wanted)).map(drop) }
}

/// A pipe: the ends to read from and to write to.
pub fn pipe(flags: i32) -> Outcome<(i32, i32)> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for the two descriptors.
    outcome(unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    Ok((ends[0], ends[1]))
}
