//! Files by name: the calls of the `*at` family. Every function gives the error number where the system call failed.
//!
//! Its unsafe blocks pass terminated strings and structures that outlive the call.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

use crate::error::last;
use crate::file::{Outcome, long_outcome, outcome};

/// Stands for "relative to the working directory".
pub const HERE: i32 = libc::AT_FDCWD;

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) = $call:expr;)*) => {
        $($(#[$doc])*
        pub fn $name($($argument: $type),*) -> Outcome<()> {
            // SAFETY: the module's note: strings are terminated and outlive the call, which touches no other memory of ours.
            outcome(unsafe { $call }).map(drop)
        })*
    };
}

calls! {
    /// Makes a folder.
    make_folder(at: i32, path: &CStr, mode: u32) = libc::mkdirat(at, path.as_ptr(), mode);
    /// Removes a file, or with `AT_REMOVEDIR` an empty folder.
    remove(at: i32, path: &CStr, flags: i32) = libc::unlinkat(at, path.as_ptr(), flags);
    /// Renames a file.
    rename(from_at: i32, from: &CStr, to_at: i32, to: &CStr) = libc::renameat(from_at, from.as_ptr(), to_at, to.as_ptr());
    /// Makes a hard link.
    link(from_at: i32, from: &CStr, to_at: i32, to: &CStr, flags: i32) = libc::linkat(from_at, from.as_ptr(), to_at, to.as_ptr(), flags);
    /// Makes a symbolic link.
    make_symlink(target: &CStr, at: i32, path: &CStr) = libc::symlinkat(target.as_ptr(), at, path.as_ptr());
    /// Changes a file's mode.
    change_mode(at: i32, path: &CStr, mode: u32, flags: i32) = libc::fchmodat(at, path.as_ptr(), mode, flags);
    /// Changes an open file's mode.
    change_mode_of(descriptor: i32, mode: u32) = libc::fchmod(descriptor, mode);
    /// Changes a file's owner.
    change_owner(at: i32, path: &CStr, user: u32, group: u32, flags: i32) = libc::fchownat(at, path.as_ptr(), user, group, flags);
    /// Changes an open file's owner.
    change_owner_of(descriptor: i32, user: u32, group: u32) = libc::fchown(descriptor, user, group);
    /// Tests access.
    check_access(at: i32, path: &CStr, mode: i32, flags: i32) = libc::faccessat(at, path.as_ptr(), mode, flags);
    /// Changes the working directory.
    change_directory(path: &CStr) = libc::chdir(path.as_ptr());
    /// Changes the working directory to an open folder.
    change_directory_to(descriptor: i32) = libc::fchdir(descriptor);
    /// Makes a named pipe.
    make_fifo(at: i32, path: &CStr, mode: u32) = libc::mkfifoat(at, path.as_ptr(), mode);
    /// Writes an open file to its device.
    sync(descriptor: i32) = libc::fsync(descriptor);
    /// Writes an open file's data to its device.
    sync_data(descriptor: i32) = libc::fdatasync(descriptor);
    /// Locks or unlocks a part of a file.
    lock_range(descriptor: i32, command: i32, length: i64) = libc::lockf(descriptor, command, length);
}

/// Sets access and modification times, in seconds and nanoseconds; of an open file if there is no path.
pub fn set_times(at: i32, path: Option<&CStr>, times: [(i64, i64); 2], flags: i32) -> Outcome<()> {
    let times = times.map(|(seconds, nanoseconds)| libc::timespec { tv_sec: seconds, tv_nsec: nanoseconds });
    // SAFETY: the module's note; the array holds the two times.
    outcome(unsafe {
        match path {
            Some(path) => libc::utimensat(at, path.as_ptr(), times.as_ptr(), flags),
            None => libc::futimens(at, times.as_ptr()),
        }
    })
    .map(drop)
}

/// What a symbolic link says.
pub fn read_link(at: i32, path: &CStr) -> Outcome<Vec<u8>> {
    let mut buffer = vec![0_u8; 4096];
    // SAFETY: the buffer is as long as said.
    let count =
        long_outcome(unsafe { libc::readlinkat(at, path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) } as i64)?;
    buffer.truncate(count as usize);
    Ok(buffer)
}

/// The working directory.
pub fn working_directory() -> Outcome<Vec<u8>> {
    let mut buffer = vec![0_u8; 16384];
    // SAFETY: the buffer is as long as said.
    if unsafe { libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len()) }.is_null() {
        return Err(last());
    }
    let length = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    buffer.truncate(length);
    Ok(buffer)
}

/// An entry of a folder.
pub struct Entry {
    /// Its name.
    pub name: CString,
    /// Its inode.
    pub inode: u64,
    /// Its type as `d_type` says it.
    pub kind: u8,
}

/// The entries of a folder but `.` and `..`.
pub fn list(path: &CStr) -> Outcome<Vec<Entry>> {
    // SAFETY: the path is a terminated string.
    read_entries(unsafe { libc::opendir(path.as_ptr()) })
}

/// The entries of an open folder, from the first on; the descriptor stays open.
pub fn list_of(descriptor: i32) -> Outcome<Vec<Entry>> {
    let copy = crate::file::control(descriptor, libc::F_DUPFD_CLOEXEC, 0)?;
    // SAFETY: the descriptor is open and now belongs to the stream, which `read_entries` closes.
    let folder = unsafe { libc::fdopendir(copy) };
    if folder.is_null() {
        let error = last();
        let _ = crate::file::close(copy);
        return Err(error);
    }
    // SAFETY: the stream was just opened.
    unsafe { libc::rewinddir(folder) };
    read_entries(folder)
}

fn read_entries(folder: *mut libc::DIR) -> Outcome<Vec<Entry>> {
    if folder.is_null() {
        return Err(last());
    }
    let mut entries = Vec::new();
    let result = loop {
        // SAFETY: errno is this thread's own; the stream is open and this function's alone.
        let entry = unsafe {
            *libc::__errno_location() = 0;
            libc::readdir(folder)
        };
        if entry.is_null() {
            break match last() {
                0 => Ok(entries),
                error => Err(error),
            };
        }
        // SAFETY: the entry is valid until the next call, and its name is terminated.
        let (name, inode, kind) =
            unsafe { (CStr::from_ptr((*entry).d_name.as_ptr()), (*entry).d_ino, (*entry).d_type) };
        if !matches!(name.to_bytes(), b"." | b"..") {
            entries.push(Entry { name: name.to_owned(), inode, kind });
        }
    };
    // SAFETY: the stream is open and not used after.
    unsafe { libc::closedir(folder) };
    result
}

/// Sets the mask of modes of new files, and gives the old one.
pub fn set_mask(mask: u32) -> u32 {
    // SAFETY: umask touches no memory of ours.
    unsafe { libc::umask(mask) }
}

/// What `statvfs` says of a file system.
pub fn file_system(path: &CStr) -> Outcome<libc::statvfs> {
    let mut status = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path is terminated, the structure the one that the call fills.
    outcome(unsafe { libc::statvfs(path.as_ptr(), status.as_mut_ptr()) })?;
    // SAFETY: zeroes are a valid structure, filled by the call.
    Ok(unsafe { status.assume_init() })
}
