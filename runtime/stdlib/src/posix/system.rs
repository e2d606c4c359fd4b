//! Commands, identities, priorities, and moving data between descriptors.

use host::system as calls;
use vm::native;
use vm::native::NativeDef;
use vm::objects::{List, int_from_i64, int_from_u64};
use vm::protocols::{self, Buffer, buffer::WritableBuffer};
use vm::{R, Ref, Str, Thread, Tuple, Value};

use super::argument::{file_descriptor, identity};
use super::stat::make_sequence;
use crate::system::{check, decode_name, encode_name, name_bytes, not_a_path, retry, terminated};

/// Execute the command in a subshell.
#[native("system(command)")]
fn system(t: &Thread, command: Value) -> R<i32> {
    let Some(bytes) = name_bytes(t, command)? else { return Err(not_a_path(t, command)) };
    let command = terminated(t, bytes, "embedded null byte")?;
    check(t, t.blocking(|| calls::command(&command)))
}

/// Add increment to the priority of process and return the new priority.
#[native("nice(increment, /)")]
fn nice(t: &Thread, by: i32) -> R<i32> {
    check(t, calls::nice(by))
}

/// Return program scheduling priority.
#[native("getpriority(which, who)")]
fn getpriority(t: &Thread, which: i32, who: i32) -> R<i32> {
    check(t, calls::priority(which, who as u32))
}

/// Set program scheduling priority.
#[native("setpriority(which, who, priority)")]
fn setpriority(t: &Thread, which: i32, who: i32, priority: i32) -> R<()> {
    check(t, calls::set_priority(which, who as u32, priority)).map(drop)
}

macro_rules! identities {
    ($($(#[$doc:meta])* $function:ident $signature:literal $call:ident $kind:literal ($($argument:ident),*);)*) => {
        $($(#[$doc])*
        #[native($signature)]
        fn $function(t: &Thread, $($argument: Value),*) -> R<()> {
            $(let $argument = identity(t, $argument, $kind)?;)*
            check(t, calls::$call($($argument),*)).map(drop)
        })*
    };
}

identities! {
    /// Set the current process's user id.
    setuid "setuid(uid, /)" set_user "uid" (user);
    /// Set the current process's effective user id.
    seteuid "seteuid(euid, /)" set_effective_user "uid" (user);
    /// Set the current process's group id.
    setgid "setgid(gid, /)" set_group "gid" (group);
    /// Set the current process's effective group id.
    setegid "setegid(egid, /)" set_effective_group "gid" (group);
    /// Set the current process's real and effective user ids.
    setreuid "setreuid(ruid, euid, /)" set_users "uid" (real, effective);
    /// Set the current process's real and effective group ids.
    setregid "setregid(rgid, egid, /)" set_groups_of_process "gid" (real, effective);
    /// Set the current process's real, effective, and saved user ids.
    setresuid "setresuid(ruid, euid, suid, /)" set_all_users "uid" (real, effective, saved);
    /// Set the current process's real, effective, and saved group ids.
    setresgid "setresgid(rgid, egid, sgid, /)" set_all_groups "gid" (real, effective, saved);
}

fn numbers(t: &Thread, numbers: &[u32]) -> R<Ref<Tuple>> {
    Tuple::with(t, numbers.len(), |index| int_from_i64(t, i64::from(numbers[index])))
}

fn number_list(t: &Thread, numbers: &[u32]) -> R<Ref<List>> {
    let list = List::new(t)?;
    for &number in numbers {
        list.push(t, int_from_i64(t, i64::from(number))?)?;
    }
    Ok(list)
}

/// Return a tuple of the current process's real, effective, and saved user ids.
#[native("getresuid()")]
fn getresuid(t: &Thread) -> R<Ref<Tuple>> {
    numbers(t, &check(t, calls::all_users())?)
}

/// Return a tuple of the current process's real, effective, and saved group ids.
#[native("getresgid()")]
fn getresgid(t: &Thread) -> R<Ref<Tuple>> {
    numbers(t, &check(t, calls::all_groups())?)
}

/// Return list of supplemental group IDs for the process.
#[native("getgroups()")]
fn getgroups(t: &Thread) -> R<Ref<List>> {
    number_list(t, &check(t, calls::groups())?)
}

/// Set the groups of the current process to list.
#[native("setgroups(groups, /)")]
fn setgroups(t: &Thread, groups: Value) -> R<()> {
    if !protocols::is_sequence(t, groups) {
        return Err(t.type_error("setgroups argument must be a sequence"));
    }
    let mut numbers = Vec::new();
    protocols::for_each(t, groups, |group| {
        numbers.push(identity(t, group, "gid")?);
        Ok(())
    })?;
    check(t, calls::set_groups(&numbers))
}

/// Returns a list of groups to which a user belongs.
#[native("getgrouplist(user, group, /)")]
fn getgrouplist(t: &Thread, user: Ref<Str>, group: Value) -> R<Ref<List>> {
    let (user, group) = (terminated(t, encode_name(t, user)?, "embedded null byte")?, identity(t, group, "gid")?);
    number_list(t, &t.blocking(|| host::accounts::groups_of(&user, group)))
}

fn usage_tuple(t: &Thread, result: (i32, i32, libc::rusage)) -> R<Ref<Tuple>> {
    let class = crate::resource::usage_class(t)?;
    let usage = crate::resource::usage_value(t, class, &result.2)?;
    Tuple::from_slice(t, &[Value::small(result.0), Value::small(result.1), usage])
}

/// Wait for completion of a child process.
#[native("wait3(options)")]
fn wait3(t: &Thread, options: i32) -> R<Ref<Tuple>> {
    let result = retry(t, || host::limits::wait_with_usage(-1, options))?;
    usage_tuple(t, result)
}

/// Wait for completion of a specific child process.
#[native("wait4(pid, options)")]
fn wait4(t: &Thread, process: i32, options: i32) -> R<Ref<Tuple>> {
    let result = retry(t, || host::limits::wait_with_usage(process, options))?;
    usage_tuple(t, result)
}

/// Wait for a child process to change state.
#[native("waitid(idtype, id, options, /)")]
fn waitid(t: &Thread, kind: i32, number: i64, options: i32) -> R {
    match retry(t, || calls::wait_for(kind, number as u32, options))? {
        Some(about) => {
            let items = Tuple::with(t, 5, |index| Ok(Value::small(about[index])))?;
            make_sequence(t, &super::WAITID_RESULT, items.as_slice(), &[])
        }
        None => Ok(Value::NONE),
    }
}

/// Open a file descriptor for a process.
#[native("pidfd_open(pid, flags=0)")]
fn pidfd_open(t: &Thread, process: i32, flags: i32) -> R<i32> {
    check(t, calls::process_descriptor(process, flags as u32))
}

/// Create an anonymous file in memory.
#[native("memfd_create(name, flags=MFD_CLOEXEC)")]
fn memfd_create(t: &Thread, name: Value, flags: Option<i64>) -> R<i32> {
    let Some(bytes) = name_bytes(t, name)? else { return Err(not_a_path(t, name)) };
    let name = terminated(t, bytes, "embedded null byte")?;
    check(t, calls::memory_file(&name, flags.map_or(libc::MFD_CLOEXEC, |flags| flags as u32)))
}

/// Creates and returns an event notification file descriptor.
#[native("eventfd(initval, flags=EFD_CLOEXEC)")]
fn eventfd(t: &Thread, initial: i64, flags: Option<i32>) -> R<i32> {
    let Ok(initial) = u32::try_from(initial) else {
        return Err(t.overflow_error("Python int too large for C unsigned int"));
    };
    check(t, calls::event(initial, flags.unwrap_or(libc::EFD_CLOEXEC)))
}

/// Read eventfd value.
#[native("eventfd_read(fd)")]
fn eventfd_read(t: &Thread, descriptor: Value) -> R {
    let descriptor = file_descriptor(t, descriptor)?;
    let mut bytes = [0; 8];
    retry(t, || host::file::read(descriptor, &mut bytes))?;
    int_from_u64(t, u64::from_ne_bytes(bytes))
}

/// Write eventfd value.
#[native("eventfd_write(fd, value)")]
fn eventfd_write(t: &Thread, descriptor: Value, value: i64) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    retry(t, || host::file::write(descriptor, &(value as u64).to_ne_bytes())).map(drop)
}

/// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
#[native("sendfile(out_fd, in_fd, offset, count)")]
fn sendfile(t: &Thread, target: i32, source: i32, offset: Value, count: i64) -> R<usize> {
    let Ok(count) = usize::try_from(count) else { return Err(t.os_error(libc::EINVAL, None)) };
    let offset = if offset.is_none() { None } else { Some(protocols::index_i64(t, offset)?) };
    retry(t, || calls::send_file(target, source, offset, count))
}

/// Copy count bytes from one file descriptor to another.
#[native("copy_file_range(src, dst, count, offset_src=None, offset_dst=None)")]
fn copy_file_range(t: &Thread, source: i32, target: i32, count: i64, from: Option<i64>, to: Option<i64>) -> R<usize> {
    let Ok(count) = usize::try_from(count) else { return Err(t.value_error("negative value for 'count' not allowed")) };
    retry(t, || calls::copy_range(source, target, count, from, to))
}

/// Open a pseudo-terminal.
#[native("openpty()")]
fn openpty(t: &Thread) -> R<Ref<Tuple>> {
    let (master, slave) = check(t, host::child::open_terminal())?;
    Tuple::pair(t, Value::small(master), Value::small(slave))
}

/// Prepare the tty of which fd is a file descriptor for a new login session.
#[native("login_tty(fd, /)")]
fn login_tty(t: &Thread, descriptor: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    check(t, host::child::log_in_terminal(descriptor))
}

/// Return the name of the terminal device connected to 'fd'.
#[native("ttyname(fd, /)")]
fn ttyname(t: &Thread, descriptor: i32) -> R<Ref<Str>> {
    decode_name(t, &check(t, host::control::terminal_name(descriptor))?)
}

/// Return the name of the controlling terminal for this process.
#[native("ctermid()")]
fn ctermid(_: &Thread) -> &'static str {
    "/dev/tty"
}

/// Return the process group associated with the terminal specified by fd.
#[native("tcgetpgrp(fd, /)")]
fn tcgetpgrp(t: &Thread, descriptor: i32) -> R<i32> {
    check(t, host::control::foreground(descriptor))
}

/// Set the process group associated with the terminal specified by fd.
#[native("tcsetpgrp(fd, pgid, /)")]
fn tcsetpgrp(t: &Thread, descriptor: i32, group: i32) -> R<()> {
    check(t, host::control::set_foreground(descriptor, group)).map(drop)
}

/// Make the current process the leader of its process group.
#[native("setpgrp()")]
fn setpgrp(t: &Thread) -> R<()> {
    check(t, host::process::set_group(0, 0)).map(drop)
}

/// Force write of everything to disk.
#[native("sync()")]
fn sync_all(t: &Thread) {
    t.blocking(calls::synchronize);
}

/// Ensure a file has allocated at least a particular number of bytes on disk.
#[native("posix_fallocate(fd, offset, length, /)")]
fn posix_fallocate(t: &Thread, descriptor: i32, offset: i64, length: i64) -> R<()> {
    retry(t, || calls::allocate(descriptor, offset, length))
}

/// Announce an intention to access data in a specific pattern.
#[native("posix_fadvise(fd, offset, length, advice, /)")]
fn posix_fadvise(t: &Thread, descriptor: i32, offset: i64, length: i64, advice: i32) -> R<()> {
    retry(t, || calls::advise(descriptor, offset, length, advice))
}

/// Read from a file descriptor fd into an iterable of buffers.
#[native("readv(fd, buffers, /)")]
fn readv(t: &Thread, descriptor: i32, buffers: Value) -> R<usize> {
    if !protocols::is_sequence(t, buffers) {
        return Err(t.type_error("readv() arg 2 must be a sequence"));
    }
    let buffers = protocols::tuple_of(t, buffers)?;
    let mut room = 0;
    for &buffer in buffers.as_slice() {
        let target = WritableBuffer::of(t, buffer, "readv() argument 2 item")?;
        room += target.len();
        target.release(t);
    }
    let mut data = Vec::new();
    retry(t, || host::file::read_to(descriptor, &mut data, room))?;
    let mut rest: &[u8] = &data;
    for &buffer in buffers.as_slice() {
        let target = WritableBuffer::of(t, buffer, "readv() argument 2 item")?;
        let (here, after) = rest.split_at(target.len().min(rest.len()));
        target.write(0, here);
        target.release(t);
        rest = after;
    }
    Ok(data.len())
}

/// Iterate over buffers, and write the contents of each to a file descriptor.
#[native("writev(fd, buffers, /)")]
fn writev(t: &Thread, descriptor: i32, buffers: Value) -> R<usize> {
    if !protocols::is_sequence(t, buffers) {
        return Err(t.type_error("writev() arg 2 must be a sequence"));
    }
    let mut data = Vec::new();
    protocols::for_each(t, buffers, |buffer| {
        data.extend_from_slice(&Buffer::of(t, buffer)?);
        Ok(())
    })?;
    retry(t, || host::file::write(descriptor, &data))
}

/// Get the maximum scheduling priority for policy.
#[native("sched_get_priority_max(policy)")]
fn sched_get_priority_max(t: &Thread, policy: i32) -> R<i32> {
    check(t, calls::highest_priority(policy))
}

/// Get the minimum scheduling priority for policy.
#[native("sched_get_priority_min(policy)")]
fn sched_get_priority_min(t: &Thread, policy: i32) -> R<i32> {
    check(t, calls::lowest_priority(policy))
}

/// Set the CPU affinity of the process identified by pid to mask.
#[native("sched_setaffinity(pid, mask, /)")]
fn sched_setaffinity(t: &Thread, process: i32, mask: Value) -> R<()> {
    let mut processors = Vec::new();
    protocols::for_each(t, mask, |processor| {
        match usize::try_from(protocols::index_long(t, processor)?) {
            Ok(processor) => processors.push(processor),
            Err(_) => return Err(t.value_error("negative CPU number")),
        }
        Ok(())
    })?;
    check(t, calls::set_affinity(process, &processors))
}

/// Return a string describing the encoding of a terminal's file descriptor.
#[native("device_encoding(fd)")]
fn device_encoding(_: &Thread, descriptor: i32) -> R<Option<&'static str>> {
    Ok(host::file::is_terminal(descriptor).then_some("UTF-8"))
}

/// Return the actual login name.
#[native("getlogin()")]
fn getlogin(t: &Thread) -> R<Ref<Str>> {
    // Without a terminal nobody is logged in.
    if !host::file::is_terminal(0) {
        return Err(t.os_error(libc::ENOTTY, None));
    }
    let user = host::process::user() as u32;
    match check(t, t.blocking(|| host::accounts::user(&host::accounts::Key::Number(user))))? {
        Some(user) => decode_name(t, &user.texts[0]),
        None => Err(t.os_error(libc::ENOENT, None)),
    }
}

/// Read from a file descriptor at an offset into an iterable of buffers.
#[native("preadv(fd, buffers, offset, flags=0, /)")]
fn preadv(t: &Thread, descriptor: i32, buffers: Value, offset: i64, _flags: Option<i32>) -> R<usize> {
    let buffers = protocols::tuple_of(t, buffers)?;
    let mut done = 0;
    for &buffer in buffers.as_slice() {
        let target = WritableBuffer::of(t, buffer, "preadv() argument 2 item")?;
        let (room, mut data) = (target.len(), Vec::new());
        retry(t, || host::file::read_at(descriptor, &mut data, room, offset + done as i64))?;
        target.write(0, &data);
        target.release(t);
        done += data.len();
        if data.len() < room {
            break;
        }
    }
    Ok(done)
}

/// Write the contents of buffers to a file descriptor at an offset.
#[native("pwritev(fd, buffers, offset, flags=0, /)")]
fn pwritev(t: &Thread, descriptor: i32, buffers: Value, offset: i64, _flags: Option<i32>) -> R<usize> {
    let mut data = Vec::new();
    protocols::for_each(t, buffers, |buffer| {
        data.extend_from_slice(&Buffer::of(t, buffer)?);
        Ok(())
    })?;
    retry(t, || host::file::write_at(descriptor, &data, offset))
}

/// The functions.
pub static ALL: &[&NativeDef] = &[
    &SYSTEM,
    &NICE,
    &GETPRIORITY,
    &SETPRIORITY,
    &SETUID,
    &SETEUID,
    &SETGID,
    &SETEGID,
    &SETREUID,
    &SETREGID,
    &SETRESUID,
    &SETRESGID,
    &GETRESUID,
    &GETRESGID,
    &GETGROUPS,
    &SETGROUPS,
    &GETGROUPLIST,
    &WAIT3,
    &WAIT4,
    &WAITID,
    &PIDFD_OPEN,
    &MEMFD_CREATE,
    &EVENTFD,
    &EVENTFD_READ,
    &EVENTFD_WRITE,
    &SENDFILE,
    &COPY_FILE_RANGE,
    &OPENPTY,
    &LOGIN_TTY,
    &TTYNAME,
    &CTERMID,
    &TCGETPGRP,
    &TCSETPGRP,
    &SETPGRP,
    &SYNC_ALL,
    &POSIX_FALLOCATE,
    &POSIX_FADVISE,
    &READV,
    &WRITEV,
    &PREADV,
    &PWRITEV,
    &SCHED_GET_PRIORITY_MAX,
    &SCHED_GET_PRIORITY_MIN,
    &SCHED_SETAFFINITY,
    &DEVICE_ENCODING,
    &GETLOGIN,
];

/// Constants that come with these functions.
pub static CONSTANTS: &[(&str, i64)] = &[
    ("EFD_CLOEXEC", libc::EFD_CLOEXEC as i64),
    ("EFD_NONBLOCK", libc::EFD_NONBLOCK as i64),
    ("EFD_SEMAPHORE", libc::EFD_SEMAPHORE as i64),
    ("MFD_CLOEXEC", libc::MFD_CLOEXEC as i64),
    ("MFD_ALLOW_SEALING", libc::MFD_ALLOW_SEALING as i64),
    ("MFD_HUGETLB", libc::MFD_HUGETLB as i64),
    ("PIDFD_NONBLOCK", libc::O_NONBLOCK as i64),
    ("POSIX_FADV_NORMAL", libc::POSIX_FADV_NORMAL as i64),
    ("POSIX_FADV_RANDOM", libc::POSIX_FADV_RANDOM as i64),
    ("POSIX_FADV_SEQUENTIAL", libc::POSIX_FADV_SEQUENTIAL as i64),
    ("POSIX_FADV_WILLNEED", libc::POSIX_FADV_WILLNEED as i64),
    ("POSIX_FADV_DONTNEED", libc::POSIX_FADV_DONTNEED as i64),
    ("POSIX_FADV_NOREUSE", libc::POSIX_FADV_NOREUSE as i64),
    ("O_FSYNC", libc::O_SYNC as i64),
];
