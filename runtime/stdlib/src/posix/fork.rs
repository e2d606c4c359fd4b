//! Forking, what runs around it, and `_posixsubprocess`.

use std::ffi::CString;

use host::child::{Prepared, Program};
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::NativeDef;
use vm::objects::{Dict, List};
use vm::{R, Ref, Str, Thread, Tuple, Value, native, protocols};

use crate::system::{check, name_bytes, not_a_path, terminated};

/// When a registered function runs.
#[derive(Clone, Copy)]
enum When {
    Before,
    InChild,
    InParent,
}

impl When {
    fn key(self) -> &'static str {
        match self {
            When::Before => "functions before a fork",
            When::InChild => "functions in a forked child",
            When::InParent => "functions in a forking parent",
        }
    }
}

fn registered(t: &Thread, when: When) -> R<Ref<List>> {
    let state = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
    let Some(state) = state else { return Err(t.runtime_error("the interpreter has no module state")) };
    let (list, _) = state.set_default(t, Str::interned(t, when.key())?.value(), List::new(t)?.value())?;
    list.downcast().ok_or_else(|| t.system_error("functions to run at a fork are no list"))
}

/// Register callables to be called when forking a new process.
#[native(
    "register_at_fork(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)"
)]
fn register_at_fork(t: &Thread, before: Option<Value>, child: Option<Value>, parent: Option<Value>) -> R<()> {
    let given = [
        ("before", before, When::Before),
        ("after_in_child", child, When::InChild),
        ("after_in_parent", parent, When::InParent),
    ];
    if given.iter().all(|(_, function, _)| function.is_none()) {
        return Err(t.type_error("At least one argument is required."));
    }
    for (name, function, _) in &given {
        if let Some(function) = *function
            && !protocols::is_callable(t, function)
        {
            let got = function.class(t).name();
            return Err(t.type_error(format_args!("'{name}' must be callable, not {got}")));
        }
    }
    for (_, function, when) in given {
        if let Some(function) = function {
            registered(t, when)?.push(t, function)?;
        }
    }
    Ok(())
}

/// Runs the registered functions; what they raise is reported and goes no further.
fn run(t: &Thread, when: When) -> R<()> {
    let functions = registered(t, when)?.to_vec(t)?;
    let call = |function: Value| {
        if let Err(raised) = protocols::call(t, function, &[]) {
            let error = t.take(raised);
            vm::events::report_unraisable(t, error, "Exception ignored in", function);
        }
    };
    match when {
        When::Before => functions.iter().rev().for_each(call),
        _ => functions.iter().for_each(call),
    }
    Ok(())
}

/// Whether the process has other Python threads, which the child will not have.
fn warn_of_threads(t: &Thread, function: &str) -> R<()> {
    if t.interpreter().threads.lock().len() < 2 {
        return Ok(());
    }
    let process = host::process::id();
    protocols::warn_deprecated(
        t,
        &format!(
            "This process (pid={process}) is multi-threaded, use of {function}() may lead to deadlocks in the child."
        ),
    )
}

/// Forks with all that runs around it.
fn fork_with_hooks(t: &Thread, function: &str) -> R<i32> {
    if !t.interpreter().options.allow_fork {
        return Err(t.runtime_error("fork not supported for isolated subinterpreters"));
    }
    run(t, When::Before)?;
    let result = vm::fork::fork(t);
    if result == Ok(0) {
        crate::concurrent::after_fork(t);
        crate::asyncio::after_fork(t);
        run(t, When::InChild)?;
        return Ok(0);
    }
    run(t, When::InParent)?;
    let child = check(t, result)?;
    warn_of_threads(t, function)?;
    Ok(child)
}

/// Fork a child process.
#[native("fork()")]
fn fork(t: &Thread) -> R<i32> {
    fork_with_hooks(t, "fork")
}

/// Fork a new process with a new pseudo-terminal as controlling tty.
#[native("forkpty()")]
fn forkpty(t: &Thread) -> R<Ref<Tuple>> {
    let (master, slave) = check(t, host::child::open_terminal())?;
    let child = fork_with_hooks(t, "forkpty")?;
    if child == 0 {
        check(t, host::file::close(master))?;
        check(t, host::child::log_in_terminal(slave))?;
        return Tuple::pair(t, Value::small(0), Value::small(-1));
    }
    check(t, host::file::close(slave))?;
    Tuple::pair(t, Value::small(child), Value::small(master))
}

/// The functions.
pub static ALL: &[&NativeDef] = &[&REGISTER_AT_FORK, &FORK, &FORKPTY];

fn strings(t: &Thread, values: Value) -> R<Vec<CString>> {
    let mut result = Vec::new();
    protocols::for_each(t, values, |value| {
        let Some(bytes) = name_bytes(t, value)? else { return Err(not_a_path(t, value)) };
        result.push(terminated(t, bytes, "embedded null byte")?);
        Ok(())
    })?;
    Ok(result)
}

fn descriptors_to_keep(t: &Thread, values: Value) -> R<Vec<i32>> {
    let mut result: Vec<i32> = Vec::new();
    let Some(values) = Tuple::of(t, values) else {
        return Err(t.type_error("fds_to_keep must be a tuple"));
    };
    for &value in values.as_slice() {
        let number = vm::objects::int_of(value).and_then(|number| number.to_i64());
        match number.and_then(|number| i32::try_from(number).ok()) {
            Some(number) if number >= 0 && result.last().is_none_or(|&last| last < number) => result.push(number),
            _ => return Err(t.value_error("bad value(s) in fds_to_keep")),
        }
    }
    Ok(result)
}

/// A user or group: None is "leave it".
fn identity(t: &Thread, value: Value, kind: &str) -> R<Option<u32>> {
    if value.is_none() { Ok(None) } else { super::argument::identity(t, value, kind).map(Some) }
}

/// Spawn a fresh new child process.
#[native(
    "fork_exec(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)"
)]
#[expect(clippy::too_many_arguments, reason = "subprocess.py calls it so")]
fn fork_exec(
    t: &Thread,
    arguments: Value,
    executables: Value,
    close_descriptors: bool,
    keep: Value,
    directory: Value,
    environment: Value,
    p2cread: i32,
    p2cwrite: i32,
    c2pread: i32,
    c2pwrite: i32,
    errread: i32,
    errwrite: i32,
    errors_read: i32,
    errors: i32,
    restore_signals: bool,
    new_session: bool,
    process_group: i32,
    group: Value,
    groups: Value,
    user: Value,
    mask: i32,
    preexec: Value,
) -> R<i32> {
    let keep = descriptors_to_keep(t, keep)?;
    if close_descriptors && errors < 3 {
        return Err(t.value_error("errpipe_write must be >= 3"));
    }
    let executables = strings(t, executables)?;
    let arguments = if arguments.is_none() { Vec::new() } else { strings(t, arguments)? };
    let environment = if environment.is_none() { None } else { Some(strings(t, environment)?) };
    let directory = if directory.is_none() {
        None
    } else {
        let Some(bytes) = name_bytes(t, directory)? else { return Err(not_a_path(t, directory)) };
        Some(terminated(t, bytes, "embedded null byte")?)
    };
    let groups = if groups.is_none() {
        None
    } else {
        let Some(list) = groups.downcast::<List>() else {
            return Err(t.type_error("setgroups argument must be a sequence"));
        };
        let mut numbers = Vec::new();
        protocols::for_each(t, list.value(), |value| {
            numbers.push(super::argument::identity(t, value, "gid")?);
            Ok(())
        })?;
        Some(numbers)
    };
    let prepared = Prepared::new(Program {
        executables: &executables,
        arguments: &arguments,
        environment: environment.as_deref(),
        directory: directory.as_deref(),
        close_descriptors,
        keep: &keep,
        streams: [p2cread, c2pwrite, errwrite],
        own_ends: [p2cwrite, c2pread, errread],
        errors,
        errors_read,
        restore_signals,
        new_session,
        process_group,
        group: identity(t, group, "gid")?,
        groups: groups.as_deref(),
        user: identity(t, user, "uid")?,
        mask,
    });
    if preexec.is_none() {
        return check(t, t.blocking(|| prepared.start()));
    }
    run(t, When::Before)?;
    let result = vm::fork::fork(t);
    if result == Ok(0) {
        crate::concurrent::after_fork(t);
        crate::asyncio::after_fork(t);
        let mut before = || {
            let ran = run(t, When::InChild).and_then(|()| protocols::call(t, preexec, &[]));
            if ran.is_err() {
                t.clear_pending();
            }
            ran.is_ok()
        };
        prepared.become_program(Some(&mut before));
    }
    run(t, When::InParent)?;
    let child = check(t, result)?;
    warn_of_threads(t, "fork")?;
    Ok(child)
}

/// `_posixsubprocess`.
pub static POSIX_SUBPROCESS: NativeModule = NativeModule {
    name: "_posixsubprocess",
    doc: "A POSIX helper for the subprocess module.",
    functions: &[&FORK_EXEC],
    classes: &[],
    initialize: nothing_to_add,
};
