//! Processes: this one, its children, its limits.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;

use crate::error::last;
use crate::file::{Outcome, long_outcome, outcome};

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $call:expr;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name() -> i64 {
            // SAFETY: the call has no preconditions and touches no memory of ours.
            unsafe { $call as i64 }
        })*
    };
}

numbers! {
    /// This process.
    id = libc::getpid();
    /// Its parent.
    parent = libc::getppid();
    /// Its user.
    user = libc::getuid();
    /// Its effective user.
    effective_user = libc::geteuid();
    /// Its group.
    group = libc::getgid();
    /// Its effective group.
    effective_group = libc::getegid();
    /// Its process group.
    process_group = libc::getpgrp();
}

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
    /// Sends a signal.
    kill(process: i32, signal: i32) = libc::kill(process, signal);
    /// Sends a signal to a process group.
    kill_group(group: i32, signal: i32) = libc::killpg(group, signal);
    /// Starts a session.
    new_session() = libc::setsid();
    /// The session of a process.
    session_of(process: i32) = libc::getsid(process);
    /// The process group of a process.
    group_of(process: i32) = libc::getpgid(process);
    /// Sets the process group of a process.
    set_group(process: i32, group: i32) = libc::setpgid(process, group);
    /// Changes the priority and gives nothing of use.
    change_priority(by: i32) = libc::nice(by);
    /// Sets the user.
    set_user(user: u32) = libc::setuid(user);
    /// Sets the group.
    set_group_id(group: u32) = libc::setgid(group);
    /// Lets other threads run.
    give_way() = libc::sched_yield();
}

/// Ends the process at once.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: _exit does not return; nothing is cleaned up, as is asked for.
    unsafe { libc::_exit(status) }
}

/// Aborts the process.
pub fn abort() -> ! {
    std::process::abort()
}

/// Waits for a child: its id and status.
pub fn wait(process: i32, options: i32) -> Outcome<(i32, i32)> {
    let mut status = 0;
    // SAFETY: the number is the one that the call fills.
    let child = outcome(unsafe { libc::waitpid(process, &raw mut status, options) })?;
    Ok((child, status))
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

/// Replaces the program of this process; gives the error where that fails.
#[must_use]
pub fn execute(path: &CStr, arguments: &[CString], environment: Option<&[CString]>) -> i32 {
    let arguments = pointers(arguments);
    let environment = environment.map(pointers);
    // SAFETY: the arrays end in null and outlive the call, as do the strings that they point at.
    unsafe {
        match &environment {
            Some(environment) => libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()),
            None => libc::execv(path.as_ptr(), arguments.as_ptr()),
        };
    }
    last()
}

/// The limit or option of this number.
pub fn configuration(name: i32) -> Outcome<i64> {
    // SAFETY: errno is this thread's own; sysconf takes a number.
    unsafe {
        *libc::__errno_location() = 0;
        let value = libc::sysconf(name);
        let error = last();
        if value == -1 && error != 0 { Err(error) } else { Ok(value) }
    }
}

/// What `uname` says: system, node, release, version, machine.
pub fn system_name() -> Outcome<[String; 5]> {
    let mut name = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the structure is the one that the call fills.
    outcome(unsafe { libc::uname(name.as_mut_ptr()) })?;
    // SAFETY: zeroes are a valid structure, filled by the call.
    let name = unsafe { name.assume_init() };
    let text = |field: &[libc::c_char]| {
        let bytes: Vec<u8> = field.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok([text(&name.sysname), text(&name.nodename), text(&name.release), text(&name.version), text(&name.machine)])
}

/// The processors that a process may run on.
pub fn affinity(process: i32) -> Outcome<Vec<usize>> {
    // SAFETY: zeroes are a valid set, which the call fills; its size is the one said.
    unsafe {
        let mut set = MaybeUninit::<libc::cpu_set_t>::zeroed().assume_init();
        outcome(libc::sched_getaffinity(process, size_of::<libc::cpu_set_t>(), &raw mut set))?;
        Ok((0..libc::CPU_SETSIZE as usize).filter(|&cpu| libc::CPU_ISSET(cpu, &set)).collect())
    }
}

/// Random bytes from the system.
pub fn random(length: usize, flags: u32) -> Outcome<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut done = 0;
    while done < length {
        // SAFETY: the rest of the buffer is as long as said.
        let count = unsafe { libc::getrandom(bytes[done..].as_mut_ptr().cast(), length - done, flags) };
        match long_outcome(count as i64) {
            Ok(count) => done += count as usize,
            Err(libc::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// Times used by the process and its children, in clock ticks: user, system, children's user, children's system, elapsed.
pub fn times() -> Outcome<[i64; 5]> {
    let mut times = libc::tms { tms_utime: 0, tms_stime: 0, tms_cutime: 0, tms_cstime: 0 };
    // SAFETY: the structure is the one that the call fills.
    let elapsed = long_outcome(unsafe { libc::times(&raw mut times) })?;
    Ok([times.tms_utime, times.tms_stime, times.tms_cutime, times.tms_cstime, elapsed])
}

/// Load averages.
#[must_use]
pub fn load() -> Option<[f64; 3]> {
    let mut loads = [0.0; 3];
    // SAFETY: the array has room for three.
    (unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } == 3).then_some(loads)
}

/// The size of a terminal: columns and lines.
pub fn terminal_size(descriptor: i32) -> Outcome<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the structure is the one that this request fills.
    outcome(unsafe { libc::ioctl(descriptor, libc::TIOCGWINSZ, &raw mut size) })?;
    Ok((size.ws_col, size.ws_row))
}

/// Sets a variable of the environment that children and the C library see. The caller excludes others that read it.
pub fn set_variable(name: &CStr, value: &CStr) -> Outcome<()> {
    // SAFETY: the strings are terminated and copied; the caller's promise.
    outcome(unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) }).map(drop)
}

/// Removes a variable of the environment.
pub fn unset_variable(name: &CStr) -> Outcome<()> {
    // SAFETY: as for `set_variable`.
    outcome(unsafe { libc::unsetenv(name.as_ptr()) }).map(drop)
}

/// Duplicates a descriptor onto another.
pub fn duplicate_to(from: i32, to: i32, flags: i32) -> Outcome<i32> {
    // SAFETY: the call takes numbers only.
    outcome(unsafe { if from == to { libc::dup2(from, to) } else { libc::dup3(from, to, flags) } })
}
