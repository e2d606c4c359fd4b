//! Calls of the operating system that concern identities, priorities, and moving data between descriptors.
//!
//! Its unsafe blocks call the C library with numbers, or with pointers to memory that outlives the call and has the length that is said.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr;

use crate::error::last;
use crate::file::{Outcome, long_outcome, outcome};

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) = $call:expr;)*) => {
        $($(#[$doc])*
        pub fn $name($($argument: $type),*) -> Outcome<i32> {
            // SAFETY: the call takes numbers only.
            outcome(unsafe { $call })
        })*
    };
}

calls! {
    /// Sets the user.
    set_user(user: u32) = libc::setuid(user);
    /// Sets the effective user.
    set_effective_user(user: u32) = libc::seteuid(user);
    /// Sets the group.
    set_group(group: u32) = libc::setgid(group);
    /// Sets the effective group.
    set_effective_group(group: u32) = libc::setegid(group);
    /// Sets the real and the effective user.
    set_users(real: u32, effective: u32) = libc::setreuid(real, effective);
    /// Sets the real and the effective group.
    set_groups_of_process(real: u32, effective: u32) = libc::setregid(real, effective);
    /// Sets the real, the effective and the saved user.
    set_all_users(real: u32, effective: u32, saved: u32) = libc::setresuid(real, effective, saved);
    /// Sets the real, the effective and the saved group.
    set_all_groups(real: u32, effective: u32, saved: u32) = libc::setresgid(real, effective, saved);
    /// Sets a priority.
    set_priority(which: i32, who: u32, priority: i32) = libc::setpriority(which as _, who, priority);
    /// A counter that one waits for.
    event(initial: u32, flags: i32) = libc::eventfd(initial, flags);
    /// The highest priority of a scheduling policy.
    highest_priority(policy: i32) = libc::sched_get_priority_max(policy);
    /// The lowest priority of a scheduling policy.
    lowest_priority(policy: i32) = libc::sched_get_priority_min(policy);
    /// A descriptor for a process.
    process_descriptor(process: i32, flags: u32) = libc::syscall(libc::SYS_pidfd_open, process, flags) as i32;
}

/// Runs a command in a shell, and gives its status.
pub fn command(text: &CStr) -> Outcome<i32> {
    // SAFETY: the text is terminated.
    outcome(unsafe { libc::system(text.as_ptr()) })
}

/// A priority, which may be -1 without an error.
pub fn priority(which: i32, who: u32) -> Outcome<i32> {
    // SAFETY: errno is this thread's own; the call takes numbers.
    unsafe {
        *libc::__errno_location() = 0;
        let priority = libc::getpriority(which as _, who);
        match last() {
            error if priority == -1 && error != 0 => Err(error),
            _ => Ok(priority),
        }
    }
}

/// Changes the priority of this process, and gives the new one.
pub fn nice(by: i32) -> Outcome<i32> {
    // SAFETY: as for `priority`.
    unsafe {
        *libc::__errno_location() = 0;
        let priority = libc::nice(by);
        match last() {
            error if priority == -1 && error != 0 => Err(error),
            _ => Ok(priority),
        }
    }
}

/// The further groups of this process.
pub fn groups() -> Outcome<Vec<u32>> {
    // SAFETY: the first call asks for the count, the second has room for it.
    unsafe {
        let count = outcome(libc::getgroups(0, ptr::null_mut()))?;
        let mut groups = vec![0; count as usize];
        let count = outcome(libc::getgroups(count, groups.as_mut_ptr()))?;
        groups.truncate(count as usize);
        Ok(groups)
    }
}

/// Sets the further groups of this process.
pub fn set_groups(groups: &[u32]) -> Outcome<()> {
    // SAFETY: the groups are as many as said.
    outcome(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) }).map(drop)
}

/// The real, effective and saved users.
pub fn all_users() -> Outcome<[u32; 3]> {
    let [mut real, mut effective, mut saved] = [0; 3];
    // SAFETY: the numbers are filled.
    outcome(unsafe { libc::getresuid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok([real, effective, saved])
}

/// The real, effective and saved groups.
pub fn all_groups() -> Outcome<[u32; 3]> {
    let [mut real, mut effective, mut saved] = [0; 3];
    // SAFETY: the numbers are filled.
    outcome(unsafe { libc::getresgid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok([real, effective, saved])
}

/// What `waitid` tells: process, user, signal, status, code; nothing if no child changed.
pub fn wait_for(kind: i32, number: u32, options: i32) -> Outcome<Option<[i32; 5]>> {
    // SAFETY: zeroes are a valid structure, which the call fills; its fields are read as those of a child's signal.
    unsafe {
        let mut about = MaybeUninit::<libc::siginfo_t>::zeroed().assume_init();
        outcome(libc::waitid(kind as _, number, &raw mut about, options))?;
        let process = about.si_pid();
        Ok((process != 0).then(|| [process, about.si_uid() as i32, about.si_signo, about.si_status(), about.si_code]))
    }
}

/// A file in memory.
pub fn memory_file(name: &CStr, flags: u32) -> Outcome<i32> {
    // SAFETY: the name is terminated.
    outcome(unsafe { libc::memfd_create(name.as_ptr(), flags) })
}

/// Copies between descriptors in the kernel; from an offset, or from where the file stands.
pub fn send_file(target: i32, source: i32, offset: Option<i64>, count: usize) -> Outcome<usize> {
    let mut offset = offset;
    let pointer = offset.as_mut().map_or(ptr::null_mut(), |offset| &raw mut *offset);
    // SAFETY: the offset outlives the call.
    long_outcome(unsafe { libc::sendfile(target, source, pointer, count) } as i64).map(|count| count as usize)
}

/// Copies between files in the kernel.
pub fn copy_range(source: i32, target: i32, count: usize, from: Option<i64>, to: Option<i64>) -> Outcome<usize> {
    let (mut from, mut to) = (from, to);
    let from = from.as_mut().map_or(ptr::null_mut(), |offset| &raw mut *offset);
    let to = to.as_mut().map_or(ptr::null_mut(), |offset| &raw mut *offset);
    // SAFETY: the offsets outlive the call.
    long_outcome(unsafe { libc::copy_file_range(source, from, target, to, count, 0) } as i64)
        .map(|count| count as usize)
}

/// Makes room for a file.
pub fn allocate(descriptor: i32, offset: i64, length: i64) -> Outcome<()> {
    // SAFETY: the call takes numbers.
    match unsafe { libc::posix_fallocate(descriptor, offset, length) } {
        0 => Ok(()),
        error => Err(error),
    }
}

/// Says how a file will be used.
pub fn advise(descriptor: i32, offset: i64, length: i64, advice: i32) -> Outcome<()> {
    // SAFETY: the call takes numbers.
    match unsafe { libc::posix_fadvise(descriptor, offset, length, advice) } {
        0 => Ok(()),
        error => Err(error),
    }
}

/// Writes everything to disk.
pub fn synchronize() {
    // SAFETY: the call takes nothing.
    unsafe { libc::sync() };
}

/// Restricts a process to processors.
pub fn set_affinity(process: i32, processors: &[usize]) -> Outcome<()> {
    // SAFETY: zeroes are a valid set; the numbers are below its size; its length is the one said.
    unsafe {
        let mut set = MaybeUninit::<libc::cpu_set_t>::zeroed().assume_init();
        for &processor in processors.iter().filter(|&&processor| processor < libc::CPU_SETSIZE as usize) {
            libc::CPU_SET(processor, &mut set);
        }
        outcome(libc::sched_setaffinity(process, size_of::<libc::cpu_set_t>(), &raw const set)).map(drop)
    }
}

/// What `fstatvfs` says.
pub fn file_system_of(descriptor: i32) -> Outcome<libc::statvfs> {
    let mut status = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the structure is the one that the call fills; zeroes are a valid one.
    unsafe {
        outcome(libc::fstatvfs(descriptor, status.as_mut_ptr()))?;
        Ok(status.assume_init())
    }
}
