//! Processes, users, the system, and the environment.

use std::ffi::CString;

use vm::native;
use vm::native::NativeDef;
use vm::objects::{Bytes, Dict, List, float_value, int_from_i64};
use vm::protocols;
use vm::{R, Ref, Str, Thread, Tuple, Value};

use super::argument::{Also, Path};
use super::stat::make_sequence;
use crate::system::{attempt, check, encode_name, name_bytes, not_a_path, retry, terminated};

macro_rules! numbers {
    ($($(#[$doc:meta])* $function:ident $signature:literal $call:path;)*) => {
        $($(#[$doc])*
        #[native($signature)]
        fn $function(_: &Thread) -> i64 {
            $call()
        })*
    };
}

numbers! {
    /// Return the current process id.
    getpid "getpid()" host::process::id;
    /// Return the parent's process id.
    getppid "getppid()" host::process::parent;
    /// Return the current process's user id.
    getuid "getuid()" host::process::user;
    /// Return the current process's effective user id.
    geteuid "geteuid()" host::process::effective_user;
    /// Return the current process's group id.
    getgid "getgid()" host::process::group;
    /// Return the current process's effective group id.
    getegid "getegid()" host::process::effective_group;
    /// Return the current process group id.
    getpgrp "getpgrp()" host::process::process_group;
}

/// Exit to the system with specified status, without normal exit processing.
#[native("_exit(status)")]
fn exit_now(_: &Thread, status: i32) -> Value {
    host::process::exit_now(status)
}

/// Abort the interpreter immediately.
#[native("abort()")]
fn abort(_: &Thread) -> Value {
    host::process::abort()
}

/// Kill a process with a signal.
#[native("kill(pid, signal, /)")]
fn kill(t: &Thread, process: i32, signal: i32) -> R<()> {
    check(t, host::process::kill(process, signal))?;
    t.poll()
}

/// Kill a process group with a signal.
#[native("killpg(pgid, signal, /)")]
fn killpg(t: &Thread, group: i32, signal: i32) -> R<()> {
    check(t, host::process::kill_group(group, signal))?;
    t.poll()
}

/// Call the system call setsid().
#[native("setsid()")]
fn setsid(t: &Thread) -> R<()> {
    check(t, host::process::new_session()).map(drop)
}

/// Call the system call getsid(pid) and return the result.
#[native("getsid(pid, /)")]
fn getsid(t: &Thread, process: i32) -> R<i32> {
    check(t, host::process::session_of(process))
}

/// Call the system call getpgid(), and return the result.
#[native("getpgid(pid)")]
fn getpgid(t: &Thread, process: i32) -> R<i32> {
    check(t, host::process::group_of(process))
}

/// Call the system call setpgid(pid, pgrp).
#[native("setpgid(pid, pgrp, /)")]
fn setpgid(t: &Thread, process: i32, group: i32) -> R<()> {
    check(t, host::process::set_group(process, group)).map(drop)
}

/// Voluntarily relinquish the CPU.
#[native("sched_yield()")]
fn sched_yield(t: &Thread) -> R<()> {
    t.blocking(host::process::give_way).map(drop).map_err(|number| t.os_error(number, None))
}

/// Wait for completion of a given child process.
#[native("waitpid(pid, options, /)")]
fn waitpid(t: &Thread, process: i32, options: i32) -> R<Ref<Tuple>> {
    let (child, status) = retry(t, || host::process::wait(process, options))?;
    Tuple::from_slice(t, &[Value::small(child), Value::small(status)])
}

/// Wait for completion of a child process.
#[native("wait()")]
fn wait(t: &Thread) -> R<Ref<Tuple>> {
    waitpid(t, -1, 0)
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $function:ident $signature:literal $call:path, $result:ty;)*) => {
        $($(#[$doc])*
        #[native($signature)]
        fn $function(_: &Thread, status: i32) -> $result {
            $call(status)
        })*
    };
}

statuses! {
    /// Return True if the process returning status exited via the exit() system call.
    wifexited "WIFEXITED(status)" libc::WIFEXITED, bool;
    /// Return the process return code from status.
    wexitstatus "WEXITSTATUS(status)" libc::WEXITSTATUS, i32;
    /// Return True if the process returning status was terminated by a signal.
    wifsignaled "WIFSIGNALED(status)" libc::WIFSIGNALED, bool;
    /// Return the signal that terminated the process that provided the status value.
    wtermsig "WTERMSIG(status)" libc::WTERMSIG, i32;
    /// Return True if the process returning status was stopped.
    wifstopped "WIFSTOPPED(status)" libc::WIFSTOPPED, bool;
    /// Return the signal that stopped the process that provided the status value.
    wstopsig "WSTOPSIG(status)" libc::WSTOPSIG, i32;
    /// Return True if a particular process was continued from a job control stop.
    wifcontinued "WIFCONTINUED(status)" libc::WIFCONTINUED, bool;
    /// Return True if the process returning status was dumped to a core file.
    wcoredump "WCOREDUMP(status)" libc::WCOREDUMP, bool;
}

/// Convert a wait status to an exit code.
#[native("waitstatus_to_exitcode(status)")]
fn waitstatus_to_exitcode(t: &Thread, status: i32) -> R<i32> {
    if libc::WIFEXITED(status) {
        return Ok(libc::WEXITSTATUS(status));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(-libc::WTERMSIG(status));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(t.value_error(format_args!("process stopped by delivery of signal {signal}")));
    }
    Err(t.value_error(format_args!("invalid wait status: {status}")))
}

fn strings(t: &Thread, values: Value, what: &str) -> R<Vec<CString>> {
    let mut result = Vec::new();
    protocols::for_each(t, values, |value| {
        let Some(bytes) = name_bytes(t, value)? else { return Err(not_a_path(t, value)) };
        result.push(terminated(t, bytes, "embedded null byte")?);
        Ok(())
    })?;
    if result.is_empty() {
        return Err(t.value_error(format_args!("{what} must not be empty")));
    }
    Ok(result)
}

/// Execute an executable path with arguments, replacing current process.
#[native("execv(path, argv, /)")]
fn execv(t: &Thread, path: Value, arguments: Value) -> R<()> {
    if !t.interpreter().options.allow_exec {
        return Err(t.runtime_error("exec not supported for isolated subinterpreters"));
    }
    let path = Path::of(t, "execv", path, Also::Nothing)?;
    if arguments.downcast::<List>().is_none() && Tuple::of(t, arguments).is_none() {
        return Err(t.type_error("execv() arg 2 must be a tuple or list"));
    }
    let arguments = strings(t, arguments, "execv() arg 2")?;
    if arguments[0].is_empty() {
        return Err(t.value_error("execv() arg 2 first element cannot be empty"));
    }
    let number = host::process::execute(path.text(), &arguments, None);
    Err(t.os_error(number, None))
}

/// The environment that a mapping describes.
fn environment_of(t: &Thread, mapping: Value) -> R<Vec<CString>> {
    let items = protocols::call_method(t, mapping, t.names().items, &[])?;
    let mut result = Vec::new();
    protocols::for_each(t, items, |item| {
        let pair = protocols::tuple_of(t, item)?;
        let part = |value: Value| name_bytes(t, value)?.ok_or_else(|| not_a_path(t, value));
        let (mut name, value) = (part(pair.get(0))?, part(pair.get(1))?);
        if name.is_empty() || name[1..].contains(&b'=') {
            return Err(t.value_error("illegal environment variable name"));
        }
        name.push(b'=');
        name.extend_from_slice(&value);
        result.push(terminated(t, name, "embedded null byte")?);
        Ok(())
    })?;
    Ok(result)
}

/// Execute an executable path with arguments, replacing current process.
#[native("execve(path, argv, env)")]
fn execve(t: &Thread, path: Value, arguments: Value, environment: Value) -> R<()> {
    if !t.interpreter().options.allow_exec {
        return Err(t.runtime_error("exec not supported for isolated subinterpreters"));
    }
    let path = Path::of(t, "execve", path, Also::Nothing)?;
    if arguments.downcast::<List>().is_none() && Tuple::of(t, arguments).is_none() {
        return Err(t.type_error("execve: argv must be a tuple or list"));
    }
    let arguments = strings(t, arguments, "execve: argv")?;
    if arguments[0].is_empty() {
        return Err(t.value_error("execve: argv first element cannot be empty"));
    }
    let environment = environment_of(t, environment)?;
    let number = host::process::execute(path.text(), &arguments, Some(&environment));
    Err(path.error(t, number))
}

/// Return an object identifying the current operating system.
#[native("uname()")]
fn uname(t: &Thread) -> R {
    let names = check(t, host::process::system_name())?;
    let items = Tuple::with(t, 5, |index| Ok(Str::new(t, &names[index])?.value()))?;
    make_sequence(t, &super::UNAME_RESULT, items.as_slice(), &[])
}

/// Return a collection containing process timing information.
#[native("times()")]
fn times(t: &Thread) -> R {
    let ticks = check(t, host::process::configuration(libc::_SC_CLK_TCK))? as f64;
    let times = check(t, host::process::times())?;
    let items = Tuple::with(t, 5, |index| float_value(t, times[index] as f64 / ticks))?;
    make_sequence(t, &super::TIMES_RESULT, items.as_slice(), &[])
}

/// Return average recent system load information.
#[native("getloadavg()")]
fn getloadavg(t: &Thread) -> R<Ref<Tuple>> {
    match host::process::load() {
        Some(load) => Tuple::with(t, 3, |index| float_value(t, load[index])),
        None => Err(t.raise(t.classes().os_error, "Load averages are unobtainable")),
    }
}

/// Return the number of logical CPUs in the system.
#[native("cpu_count()")]
fn cpu_count(t: &Thread) -> R {
    match host::process::configuration(libc::_SC_NPROCESSORS_ONLN) {
        Ok(count) if count > 0 => int_from_i64(t, count),
        _ => Ok(Value::NONE),
    }
}

/// Return the affinity of the process identified by pid.
#[native("sched_getaffinity(pid, /)")]
fn sched_getaffinity(t: &Thread, process: i32) -> R {
    let cpus = check(t, host::process::affinity(process))?;
    let list = List::new(t)?;
    for cpu in cpus {
        list.push(t, int_from_i64(t, cpu as i64)?)?;
    }
    protocols::call(t, t.classes().set.value(), &[list.value()])
}

/// A configuration name: a number, or a key of a table.
fn configuration_name(t: &Thread, name: Value) -> R<i32> {
    if protocols::has_index(t, name) {
        return protocols::index_i64(t, name).map(|number| number as i32);
    }
    let Some(text) = Str::of(t, name) else {
        return Err(t.type_error("configuration names must be strings or integers"));
    };
    let text = text.to_string_lossy();
    match super::constants::SYSCONF.iter().find(|(known, _)| *known == text) {
        Some((_, number)) => Ok(*number),
        None => Err(t.value_error("unrecognized configuration name")),
    }
}

/// Return an integer-valued system configuration variable.
#[native("sysconf(name, /)")]
fn sysconf(t: &Thread, name: Value) -> R<i64> {
    let name = configuration_name(t, name)?;
    check(t, host::process::configuration(name))
}

/// Return a bytes object containing random bytes suitable for cryptographic use.
#[native("urandom(size, /)")]
fn urandom(t: &Thread, size: i64) -> R<Ref<Bytes>> {
    let Ok(size) = usize::try_from(size) else { return Err(t.value_error("negative argument not allowed")) };
    let bytes = retry(t, || host::process::random(size, 0))?;
    Bytes::new(t, &bytes)
}

/// Obtain a series of random bytes.
#[native("getrandom(size, flags=0)")]
fn getrandom(t: &Thread, size: i64, flags: i32) -> R<Ref<Bytes>> {
    let Ok(size) = usize::try_from(size) else { return Err(t.os_error(libc::EINVAL, None)) };
    let bytes = retry(t, || host::process::random(size, flags as u32))?;
    Bytes::new(t, &bytes)
}

/// Translate an error code to a message string.
#[native("strerror(code, /)")]
fn strerror(_: &Thread, code: i32) -> String {
    host::error::message(code)
}

fn variable(t: &Thread, value: Value) -> R<CString> {
    let bytes = match Str::of(t, value) {
        Some(text) => encode_name(t, text)?,
        None => name_bytes(t, value)?.ok_or_else(|| not_a_path(t, value))?,
    };
    terminated(t, bytes, "embedded null byte")
}

/// Change or add an environment variable.
#[native("putenv(name, value, /)")]
fn putenv(t: &Thread, name: Value, value: Value) -> R<()> {
    let (name, value) = (variable(t, name)?, variable(t, value)?);
    if name.as_bytes().contains(&b'=') {
        return Err(t.value_error("illegal environment variable name"));
    }
    check(t, host::process::set_variable(&name, &value))
}

/// Delete an environment variable.
#[native("unsetenv(name, /)")]
fn unsetenv(t: &Thread, name: Value) -> R<()> {
    let name = variable(t, name)?;
    check(t, host::process::unset_variable(&name))
}

/// The environment as a dict of bytes.
#[native("_create_environ()")]
pub fn create_environ(t: &Thread) -> R<Ref<Dict>> {
    use std::os::unix::ffi::OsStrExt;
    let environment = Dict::new(t)?;
    for (name, value) in std::env::vars_os() {
        let (name, value) = (Bytes::new(t, name.as_bytes())?, Bytes::new(t, value.as_bytes())?);
        environment.set(t, name.value(), value.value())?;
    }
    Ok(environment)
}

/// Extract a device major number from a raw device number.
#[native("major(device, /)")]
fn major(_: &Thread, device: i64) -> u32 {
    libc::major(device as u64)
}

/// Extract a device minor number from a raw device number.
#[native("minor(device, /)")]
fn minor(_: &Thread, device: i64) -> u32 {
    libc::minor(device as u64)
}

/// Compose a raw device number from the major and minor device numbers.
#[native("makedev(major, minor, /)")]
fn makedev(_: &Thread, major: i64, minor: i64) -> u64 {
    libc::makedev(major as u32, minor as u32)
}

/// Perform a statvfs system call on the given path.
#[native("statvfs(path)")]
fn statvfs(t: &Thread, path: Value) -> R {
    let path = Path::of(t, "statvfs", path, Also::Nothing)?;
    let status = attempt(t, || host::path::file_system(path.text()))?;
    let status = path.check(t, status)?;
    let numbers = [
        status.f_bsize,
        status.f_frsize,
        status.f_blocks,
        status.f_bfree,
        status.f_bavail,
        status.f_files,
        status.f_ffree,
        status.f_favail,
        status.f_flag,
        status.f_namemax,
    ];
    let items = Tuple::with(t, numbers.len(), |index| vm::objects::int_from_u64(t, numbers[index]))?;
    let identity = vm::objects::int_from_u64(t, status.f_fsid)?;
    make_sequence(t, &super::STATVFS_RESULT, items.as_slice(), &[("f_fsid", identity)])
}

/// The functions.
pub static ALL: &[&NativeDef] = &[
    &GETPID,
    &GETPPID,
    &GETUID,
    &GETEUID,
    &GETGID,
    &GETEGID,
    &GETPGRP,
    &EXIT_NOW,
    &ABORT,
    &KILL,
    &KILLPG,
    &SETSID,
    &GETSID,
    &GETPGID,
    &SETPGID,
    &SCHED_YIELD,
    &WAITPID,
    &WAIT,
    &WIFEXITED,
    &WEXITSTATUS,
    &WIFSIGNALED,
    &WTERMSIG,
    &WIFSTOPPED,
    &WSTOPSIG,
    &WIFCONTINUED,
    &WCOREDUMP,
    &WAITSTATUS_TO_EXITCODE,
    &EXECV,
    &EXECVE,
    &UNAME,
    &TIMES,
    &GETLOADAVG,
    &CPU_COUNT,
    &SCHED_GETAFFINITY,
    &SYSCONF,
    &URANDOM,
    &GETRANDOM,
    &STRERROR,
    &PUTENV,
    &UNSETENV,
    &CREATE_ENVIRON,
    &MAJOR,
    &MINOR,
    &MAKEDEV,
    &STATVFS,
];
