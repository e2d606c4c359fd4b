//! `syslog`: the system's log.

use std::ffi::CString;

use vm::modules::NativeModule;
use vm::native::Args;
use vm::objects::{List, Module};
use vm::sync::atomic::{AtomicBool, Ordering};
use vm::{R, Ref, Str, Thread, Value, native, protocols};

use crate::system::{encode_name, terminated};

/// Whether this interpreter opened the log.
#[derive(Default)]
struct State {
    open: AtomicBool,
}

fn state(t: &Thread) -> vm::sync::Arc<State> {
    t.interpreter().extension_or_insert("syslog", State::default)
}

fn text(t: &Thread, value: Ref<Str>) -> R<CString> {
    terminated(t, encode_name(t, value)?, "embedded null character")
}

/// The name of the program: the last part of `sys.argv[0]`.
fn default_identity(t: &Thread) -> R<Option<CString>> {
    let argv = vm::modules::sys::attribute(t, Str::interned(t, "argv")?)?;
    let first = argv.and_then(Value::downcast::<List>).and_then(|argv| argv.get(0));
    let Some(first) = first.and_then(|first| Str::of(t, first)) else { return Ok(None) };
    let name = encode_name(t, first)?;
    let last = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec();
    if last.is_empty() { Ok(None) } else { terminated(t, last, "embedded null character").map(Some) }
}

fn check_main(t: &Thread) -> R<()> {
    if t.interpreter().id == 0 {
        return Ok(());
    }
    Err(t.runtime_error("subinterpreter can't use syslog.openlog() and syslog.closelog()"))
}

/// Set logging options of subsequent syslog() calls.
#[native("openlog(ident=<unrepresentable>, logoption=0, facility=syslog.LOG_USER)")]
fn openlog(t: &Thread, identity: Option<Value>, options: Option<i32>, facility: Option<i32>) -> R<()> {
    check_main(t)?;
    let identity = match identity {
        Some(identity) => match Str::of(t, identity) {
            Some(identity) => Some(text(t, identity)?),
            None => {
                let got = protocols::name_of_argument(t, identity);
                return Err(t.type_error(format_args!("openlog() argument 'ident' must be str, not {got}")));
            }
        },
        None => default_identity(t)?,
    };
    host::log::open(identity, options.unwrap_or(0), facility.unwrap_or(libc::LOG_USER));
    state(t).open.store(true, Ordering::Release);
    Ok(())
}

/// syslog([priority=LOG_INFO,] message): send the string message to the system logger.
#[native("syslog", raw)]
fn syslog_function(t: &Thread, args: Args<'_>) -> R<()> {
    args.no_keywords(t, "syslog")?;
    let (priority, message) = match args.values {
        [message] => (libc::LOG_INFO, *message),
        [priority, message] => (protocols::index_long(t, *priority)? as i32, *message),
        _ => return Err(t.type_error("syslog.syslog requires 1 to 2 arguments")),
    };
    let Some(message) = Str::of(t, message) else {
        let got = protocols::name_of_argument(t, message);
        return Err(t.type_error(format_args!("syslog() argument must be str, not {got}")));
    };
    let message = text(t, message)?;
    if !state(t).open.load(Ordering::Acquire) {
        if t.interpreter().id != 0 {
            return Err(t.runtime_error(
                "subinterpreter can't use syslog.syslog() until the syslog is opened by the main interpreter",
            ));
        }
        openlog(t, None, None, None)?;
    }
    t.blocking(|| host::log::write(priority, &message));
    Ok(())
}

/// Reset the syslog module values and call the system library closelog().
#[native("closelog()")]
fn closelog(t: &Thread) -> R<()> {
    check_main(t)?;
    if state(t).open.swap(false, Ordering::AcqRel) {
        host::log::close();
    }
    Ok(())
}

/// Set the priority mask to maskpri and return the previous mask value.
#[native("setlogmask(maskpri, /)")]
fn setlogmask(_: &Thread, mask: i32) -> i32 {
    host::log::set_mask(mask)
}

/// Calculates the mask for the individual priority pri.
#[native("LOG_MASK(pri, /)")]
fn log_mask(_: &Thread, priority: i32) -> i64 {
    1_i64.wrapping_shl(priority as u32)
}

/// Calculates the mask for all priorities up to and including pri.
#[native("LOG_UPTO(pri, /)")]
fn log_upto(_: &Thread, priority: i32) -> i64 {
    1_i64.wrapping_shl((priority as u32).wrapping_add(1)) - 1
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    LOG_EMERG LOG_ALERT LOG_CRIT LOG_ERR LOG_WARNING LOG_NOTICE LOG_INFO LOG_DEBUG LOG_PID LOG_CONS LOG_NDELAY LOG_ODELAY LOG_NOWAIT
    LOG_PERROR LOG_KERN LOG_USER LOG_MAIL LOG_DAEMON LOG_AUTH LOG_LPR LOG_LOCAL0 LOG_LOCAL1 LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4
    LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7 LOG_SYSLOG LOG_CRON LOG_UUCP LOG_NEWS LOG_AUTHPRIV LOG_FTP
};

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in NUMBERS {
        module.add_int(t, name, *number)?;
    }
    Ok(())
}

/// `syslog`.
pub static MODULE: NativeModule = NativeModule {
    name: "syslog",
    doc: "The system's log.",
    functions: &[&OPENLOG, &SYSLOG_FUNCTION, &CLOSELOG, &SETLOGMASK, &LOG_MASK, &LOG_UPTO],
    classes: &[],
    initialize,
};
