//! `faulthandler`: where the threads are, written to a descriptor when the process dies of a fault, when a signal asks, after a time,
//! or at once.
//!
//! What a signal's handler writes is about the thread that it runs on: the others cannot be looked at while they run. Everything
//! else stops them first.

mod report;

use std::fmt::Write;
use std::time::{Duration, Instant};

use host::fault::{self, After};
use sync::atomic::Ordering::Acquire;
use sync::{Arc, Condvar, Mutex};

use crate::containers::intern_text;
use crate::interpreter::Interpreter;
use crate::modules::sys::{attribute, for_each_thread};
use crate::modules::{NativeModule, nothing_to_add};
use crate::native;
use crate::objects::Module;
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

const FATAL: [i32; 5] = [libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT, libc::SIGSEGV];

/// The descriptor of a file argument, and the file, which has to live as long as the descriptor is used.
fn descriptor(t: &Thread, file: Value) -> R<(i32, Value)> {
    let file = if file.is_none() {
        match attribute(t, intern_text(t, "stderr")?)? {
            Some(file) if !file.is_none() => file,
            Some(_) => return Err(t.runtime_error("sys.stderr is None")),
            None => return Err(t.runtime_error("unable to get sys.stderr")),
        }
    } else {
        file
    };
    if crate::objects::is_int(file) {
        return match protocols::index_long(t, file).map(i32::try_from) {
            Ok(Ok(number)) if number >= 0 => Ok((number, Value::NONE)),
            _ => {
                t.clear_pending();
                Err(t.value_error("file is not a valid file descriptor"))
            }
        };
    }
    let number = protocols::call_method(t, file, intern_text(t, "fileno")?, &[])?;
    let number = number.as_small_int().and_then(|number| i32::try_from(number).ok()).filter(|&number| number >= 0);
    let Some(number) = number else {
        return Err(t.runtime_error("file.fileno() is not a valid file descriptor"));
    };
    if protocols::call_method(t, file, intern_text(t, "flush")?, &[]).is_err() {
        t.clear_pending();
    }
    Ok((number, file))
}

/// Keeps a file alive by a name in the module.
fn keep(t: &Thread, module: Value, name: &str, file: Value) -> R<()> {
    match module.downcast::<Module>() {
        Some(module) => module.add(t, name, file),
        None => Ok(()),
    }
}

/// Enable the fault handler.
#[native("enable($module, /, file=None, all_threads=True, c_stack=True)")]
fn enable(t: &Thread, module: Value, file: Value, all_threads: bool, _c_stack: bool) -> R<()> {
    let (descriptor, file) = descriptor(t, file)?;
    keep(t, module, "_fatal_file", file)?;
    for number in FATAL {
        fault::install(number, report::fatal, descriptor, all_threads, After::Die)
            .map_err(|error| t.os_error(error, None))?;
    }
    Ok(())
}

/// Disable the fault handler.
#[native("disable($module, /)")]
fn disable(t: &Thread, module: Value) -> R<bool> {
    let removed = FATAL.map(fault::remove);
    keep(t, module, "_fatal_file", Value::NONE)?;
    Ok(removed.contains(&true))
}

/// Check if the handler is enabled.
#[native("is_enabled()")]
fn is_enabled(_: &Thread) -> bool {
    fault::is_installed(libc::SIGSEGV)
}

/// All threads, with an empty line between two, while they are stopped.
fn all_threads(t: &Thread, shows_own: bool) -> String {
    let mut text = String::new();
    let own = t.handle().ident;
    t.interpreter().heap().inspect(t.mutator(), &mut |stopped| {
        let mut parts = Vec::new();
        for_each_thread(t, stopped, |handle, thread| {
            let is_own = handle.ident == own;
            let mut part = String::new();
            if (shows_own || !is_own) && report::write_thread(&mut part, thread, Some(is_own)).is_ok() {
                parts.push(part);
            }
        });
        parts.reverse();
        text = parts.join("\n");
    });
    text
}

/// Dump the traceback of the current thread, or of all threads if all_threads is True.
#[native("dump_traceback(file=None, all_threads=True)")]
fn dump_traceback(t: &Thread, file: Value, all_threads: bool) -> R<()> {
    let (descriptor, _file) = descriptor(t, file)?;
    let mut text = String::new();
    if all_threads {
        text = self::all_threads(t, true);
    } else {
        let _ = report::write_thread(&mut text, t, None);
    }
    fault::write_all(descriptor, text.as_bytes());
    Ok(())
}

/// The thread that waits to write where the others are.
struct Watch {
    cancelled: Mutex<bool>,
    changed: Condvar,
}

/// The watch of an interpreter.
#[derive(Default)]
struct Watches(Mutex<Option<Arc<Watch>>>);

fn watches(interpreter: &Interpreter) -> Arc<Watches> {
    interpreter.extension_or_insert("faulthandler", Watches::default)
}

fn cancel(interpreter: &Interpreter) {
    if let Some(watch) = watches(interpreter).0.lock().take() {
        *watch.cancelled.lock() = true;
        watch.changed.notify_all();
    }
}

/// What a time is written as.
fn header(time: Duration) -> String {
    let (seconds, micros) = (time.as_secs(), time.subsec_micros());
    let mut text = format!("Timeout ({}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros != 0 {
        let _ = write!(text, ".{micros:06}");
    }
    text + ")!\n"
}

/// Dump the traceback of all threads in timeout seconds,
/// or each timeout seconds if repeat is True. If exit is True, call _exit(1) after that.
#[native("dump_traceback_later($module, /, timeout, repeat=False, file=None, exit=False)")]
fn dump_traceback_later(t: &Thread, module: Value, timeout: Value, repeat: bool, file: Value, exit: bool) -> R<()> {
    let seconds = protocols::float_of(t, timeout)?;
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(t.value_error("timeout must be greater than 0"));
    }
    let Ok(time) = Duration::try_from_secs_f64(seconds) else {
        return Err(t.overflow_error("timeout value is too large"));
    };
    let (descriptor, file) = descriptor(t, file)?;
    keep(t, module, "_later_file", file)?;
    cancel(t.interpreter());
    let watch = Arc::new(Watch { cancelled: Mutex::new(false), changed: Condvar::new() });
    *watches(t.interpreter()).0.lock() = Some(watch.clone());
    let interpreter = Arc::downgrade(t.interpreter());
    let header = header(time);
    let body = move || {
        while wait(&watch, time) {
            let Some(interpreter) = interpreter.upgrade().filter(|interpreter| !interpreter.closing.load(Acquire))
            else {
                return;
            };
            let t = Thread::attach(&interpreter);
            let text = header.clone() + &all_threads(&t, false);
            drop(t);
            fault::write_all(descriptor, text.as_bytes());
            if exit {
                fault::end(1);
            }
            if !repeat {
                return;
            }
        }
    };
    match sync::thread::Builder::new().spawn(body) {
        Ok(_) => Ok(()),
        Err(_) => Err(t.runtime_error("unable to start watchdog thread")),
    }
}

/// Waits until the time has passed; says whether it has, and was not cancelled meanwhile.
fn wait(watch: &Watch, time: Duration) -> bool {
    let end = Instant::now() + time;
    let mut cancelled = watch.cancelled.lock();
    while !*cancelled {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        watch.changed.wait_for(&mut cancelled, left);
    }
    false
}

/// Cancel the previous call to dump_traceback_later().
#[native("cancel_dump_traceback_later()")]
fn cancel_dump_traceback_later(t: &Thread) {
    cancel(t.interpreter());
}

fn check_signal(t: &Thread, number: i64) -> R<i32> {
    let number = i32::try_from(number).unwrap_or(0);
    if FATAL.contains(&number) {
        let message = format_args!("signal {number} cannot be registered, use enable() instead");
        return Err(t.runtime_error(message));
    }
    if (1..host::signal::COUNT as i32).contains(&number) {
        return Ok(number);
    }
    Err(t.value_error("signal number out of range"))
}

/// Register a handler for the signal 'signum'.
#[native("register($module, /, signum, file=None, all_threads=True, chain=False)")]
fn register(t: &Thread, module: Value, signum: i64, file: Value, all_threads: bool, chain: bool) -> R<()> {
    let number = check_signal(t, signum)?;
    let (descriptor, file) = descriptor(t, file)?;
    keep(t, module, &format!("_file_of_{number}"), file)?;
    let after = if chain { After::Chain } else { After::GoOn };
    fault::install(number, report::asked, descriptor, all_threads, after).map_err(|error| t.os_error(error, None))
}

/// Unregister the handler of the signal 'signum' registered by register().
#[native("unregister($module, signum, /)")]
fn unregister(t: &Thread, module: Value, signum: i64) -> R<bool> {
    let number = check_signal(t, signum)?;
    let was_registered = fault::remove(number);
    if was_registered {
        keep(t, module, &format!("_file_of_{number}"), Value::NONE)?;
    }
    Ok(was_registered)
}

/// Read from NULL, or raise SIGSEGV.
#[native("_read_null()")]
fn read_null(_: &Thread) {
    fault::read_null();
}

fn raise(t: &Thread, number: i32) -> R<()> {
    host::signal::raise(number).map_err(|error| t.os_error(error, None))
}

/// Raise a SIGSEGV signal.
#[native("_sigsegv(release_gil=False, /)")]
fn sigsegv(t: &Thread, _release_gil: bool) -> R<()> {
    // A handler of the language's own runtime takes the first for no fault of ours, and leaves the next to the system.
    raise(t, libc::SIGSEGV)?;
    raise(t, libc::SIGSEGV)
}

/// Raise a SIGABRT signal.
#[native("_sigabrt()")]
fn sigabrt(t: &Thread) -> R<()> {
    raise(t, libc::SIGABRT)
}

/// Raise a SIGFPE signal.
#[native("_sigfpe()")]
fn sigfpe(t: &Thread) -> R<()> {
    raise(t, libc::SIGFPE)
}

/// `faulthandler`.
pub static FAULT_HANDLER: NativeModule = NativeModule {
    name: "faulthandler",
    doc: "faulthandler module.",
    functions: &[
        &ENABLE,
        &DISABLE,
        &IS_ENABLED,
        &DUMP_TRACEBACK,
        &DUMP_TRACEBACK_LATER,
        &CANCEL_DUMP_TRACEBACK_LATER,
        &REGISTER,
        &UNREGISTER,
        &READ_NULL,
        &SIGSEGV,
        &SIGABRT,
        &SIGFPE,
    ],
    classes: &[],
    initialize: nothing_to_add,
};
