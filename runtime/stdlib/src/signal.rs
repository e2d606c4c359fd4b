//! `_signal`. Handlers run on the main thread of the interpreter that imported this first, at a poll of Python code.

use host::signal::{Action, COUNT};
use vm::modules::NativeModule;
use vm::native;
use vm::objects::{Module, ValueArray, float_value, frame, int_of};
use vm::protocols;
use vm::{R, Ref, SlotExt, Str, Thread, Tuple, Value};

use crate::system::check;

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD
    SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPOLL SIGPWR SIGSYS
    SIG_BLOCK SIG_UNBLOCK SIG_SETMASK ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF
};

/// Stands for the default action, as an int.
const DEFAULT: Value = Value::small(0);
/// Stands for "ignore".
const IGNORE: Value = Value::small(1);

fn handlers(t: &Thread) -> R<Ref<ValueArray>> {
    let state = t.interpreter().state();
    if let Some(handlers) = state.signal_handlers.get().and_then(Value::downcast) {
        return Ok(handlers);
    }
    let made = ValueArray::new(t, COUNT)?;
    state.signal_handlers.put(state.header(), t, made.value());
    Ok(made)
}

fn checked_number(t: &Thread, number: i32) -> R<usize> {
    if (1..COUNT as i32).contains(&number) {
        Ok(number as usize)
    } else {
        Err(t.value_error("signal number out of range"))
    }
}

/// Runs the Python handlers of the signals that came.
pub fn run_handlers(t: &Thread) -> R<()> {
    let handlers = handlers(t)?;
    for number in 1..COUNT {
        if !host::signal::take(number as i32) {
            continue;
        }
        let Some(handler) = handlers.slot(number).get().filter(|handler| protocols::is_callable(t, *handler)) else {
            continue;
        };
        let shown = match t.frames().iter().next() {
            Some(record) => frame::object_of(t, record)?.value(),
            None => Value::NONE,
        };
        if let Err(raised) = protocols::call(t, handler, &[Value::small(number as i32), shown]) {
            // Signals that are still due wait for the next poll.
            t.mutator().request(vm::thread::poll_reason::SIGNAL);
            return Err(raised);
        }
    }
    Ok(())
}

/// What `getsignal` shows for a signal that no one here set.
fn shown_action(action: Action) -> Value {
    match action {
        Action::Default => DEFAULT,
        Action::Ignore => IGNORE,
        Action::Note | Action::Foreign => Value::NONE,
    }
}

fn current(t: &Thread, number: usize) -> R {
    match handlers(t)?.slot(number).get() {
        Some(handler) => Ok(handler),
        None => Ok(host::signal::action(number as i32).map_or(Value::NONE, shown_action)),
    }
}

fn is_main_thread(t: &Thread) -> bool {
    t.interpreter().id == 0
        && t.interpreter().threads.lock().first().is_none_or(|first| first.ident == t.handle().ident)
}

/// Set the action for the given signal.
#[native("signal(signalnum, handler, /)")]
fn signal(t: &Thread, number: i32, handler: Value) -> R {
    if !is_main_thread(t) {
        return Err(t.value_error("signal only works in main thread of the main interpreter"));
    }
    let index = checked_number(t, number)?;
    let given = if int_of(handler).is_some() && !protocols::is_callable(t, handler) {
        int_of(handler).and_then(|number| number.to_i64())
    } else {
        None
    };
    let action = match given {
        Some(0) => Action::Default,
        Some(1) => Action::Ignore,
        _ if protocols::is_callable(t, handler) => Action::Note,
        _ => return Err(t.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")),
    };
    t.poll()?;
    let old = current(t, index)?;
    check(t, host::signal::set_action(number, action))?;
    let handlers = handlers(t)?;
    handlers.slot(index).put(handlers.header(), t, handler);
    Ok(old)
}

/// Return the current action for the given signal.
#[native("getsignal(signalnum, /)")]
fn getsignal(t: &Thread, number: i32) -> R {
    let index = checked_number(t, number)?;
    current(t, index)
}

/// The default handler for SIGINT installed by Python.
#[native("default_int_handler(signalnum, frame, /)")]
fn default_int_handler(t: &Thread, _number: i32, _frame: Value) -> R {
    Err(t.raise_with(t.classes().keyboard_interrupt, &[]))
}

/// Send a signal to the executing process.
#[native("raise_signal(signalnum, /)")]
fn raise_signal(t: &Thread, number: i32) -> R<()> {
    check(t, host::signal::raise(number))?;
    t.poll()
}

/// Say whether system calls that the signal interrupts fail, or are begun again by the system.
#[native("siginterrupt($module, signalnum, flag, /)")]
fn siginterrupt(t: &Thread, _module: Value, number: i32, interrupts: i32) -> R<()> {
    checked_number(t, number)?;
    check(t, host::signal::set_restart(number, interrupts == 0))
}

/// Arrange for SIGALRM to arrive after the given number of seconds.
#[native("alarm(seconds, /)")]
fn alarm(_: &Thread, seconds: i32) -> u32 {
    host::signal::alarm(seconds.max(0) as u32)
}

/// Wait until a signal arrives.
#[native("pause()")]
fn pause(t: &Thread) -> R<()> {
    t.blocking(host::signal::pause);
    t.poll()
}

/// Return the system description of the given signal.
#[native("strsignal(signalnum, /)")]
fn strsignal(t: &Thread, number: i32) -> R {
    checked_number(t, number)?;
    match host::signal::description(number).filter(|text| !text.starts_with("Unknown signal")) {
        Some(text) => Ok(Str::new(t, &text)?.value()),
        None => Ok(Value::NONE),
    }
}

/// Sets the fd to be written to (with the signal number) when a signal comes in.
#[native("set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)")]
fn set_wakeup_fd(t: &Thread, descriptor: i32, _warn: bool) -> R<i32> {
    if !is_main_thread(t) {
        return Err(t.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if descriptor != -1 {
        check(t, host::file::stat(descriptor))?;
        let flags = check(t, host::file::control(descriptor, libc::F_GETFL, 0))?;
        if flags & libc::O_NONBLOCK == 0 {
            return Err(t.value_error(format_args!("the fd {descriptor} must be in non-blocking mode")));
        }
    }
    Ok(host::signal::set_wake_descriptor(descriptor))
}

fn numbers_of(t: &Thread, values: Value) -> R<Vec<i32>> {
    let mut numbers = Vec::new();
    protocols::for_each(t, values, |value| {
        let number = protocols::index_i64(t, value)?;
        if !(1..COUNT as i64).contains(&number) {
            return Err(t.value_error(format_args!("signal number {number} out of range [1; {}]", COUNT - 1)));
        }
        numbers.push(number as i32);
        Ok(())
    })?;
    Ok(numbers)
}

fn set_of(t: &Thread, numbers: &[i32]) -> R {
    let items = Tuple::with(t, numbers.len(), |index| Ok(Value::small(numbers[index])))?;
    protocols::call(t, t.classes().set.value(), &[items.value()])
}

/// Fetch and/or change the signal mask of the calling thread.
#[native("pthread_sigmask(how, mask, /)")]
fn pthread_sigmask(t: &Thread, how: i32, mask: Value) -> R {
    let numbers = numbers_of(t, mask)?;
    let old = check(t, host::signal::mask(how, &numbers))?;
    t.poll()?;
    set_of(t, &old)
}

/// Return a set of valid signal numbers on this platform.
#[native("valid_signals()")]
fn valid_signals(t: &Thread) -> R {
    // Two numbers below the real-time signals are the C library's own.
    let numbers: Vec<i32> = (1..COUNT as i32).filter(|number| ![32, 33].contains(number)).collect();
    set_of(t, &numbers)
}

fn timer_pair(t: &Thread, (first, interval): (f64, f64)) -> R<Ref<Tuple>> {
    Tuple::from_slice(t, &[float_value(t, first)?, float_value(t, interval)?])
}

fn timer_error(t: &Thread, number: i32) -> vm::Raised {
    let module = vm::builtins::import::import_module(t, "_signal");
    let class = module.and_then(|module| protocols::get_attribute(t, module, Str::interned(t, "ItimerError")?));
    let text = Str::new(t, &host::error::message(number));
    match (class.map(Value::downcast), text) {
        (Ok(Some(class)), Ok(text)) => t.raise_with(class, &[Value::small(number), text.value()]),
        (Err(raised), _) | (_, Err(raised)) => raised,
        _ => t.os_error(number, None),
    }
}

/// Sets given itimer.
#[native("setitimer(which, seconds, interval=0.0, /)")]
fn setitimer(t: &Thread, which: i32, seconds: f64, interval: f64) -> R<Ref<Tuple>> {
    match host::signal::timer(which, Some((seconds, interval))) {
        Ok(old) => timer_pair(t, old),
        Err(number) => Err(timer_error(t, number)),
    }
}

/// Returns current value of given itimer.
#[native("getitimer(which, /)")]
fn getitimer(t: &Thread, which: i32) -> R<Ref<Tuple>> {
    match host::signal::timer(which, None) {
        Ok(old) => timer_pair(t, old),
        Err(number) => Err(timer_error(t, number)),
    }
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in NUMBERS {
        module.add_int(t, name, *number)?;
    }
    let constants = [
        ("SIG_DFL", 0),
        ("SIG_IGN", 1),
        ("NSIG", COUNT as i64),
        ("SIGCLD", i64::from(libc::SIGCHLD)),
        ("SIGRTMIN", i64::from(libc::SIGRTMIN())),
        ("SIGRTMAX", i64::from(libc::SIGRTMAX())),
    ];
    for (name, number) in constants {
        module.add_int(t, name, number)?;
    }
    module.add_exception(t, "signal", "ItimerError", t.classes().os_error.value())?;
    if t.interpreter().id != 0 || !is_main_thread(t) {
        return Ok(());
    }
    t.receive_signals();
    if host::signal::action(libc::SIGINT) == Ok(Action::Default) {
        let name = Str::interned(t, "default_int_handler")?;
        if let Some(handler) = module.dict().get_str(t, name) {
            signal(t, libc::SIGINT, handler)?;
        }
    }
    Ok(())
}

/// `_signal`.
pub static SIGNAL_MODULE: NativeModule = NativeModule {
    name: "_signal",
    doc: "This module provides mechanisms to use signal handlers in Python.",
    functions: &[
        &SIGNAL,
        &GETSIGNAL,
        &DEFAULT_INT_HANDLER,
        &RAISE_SIGNAL,
        &ALARM,
        &SIGINTERRUPT,
        &PAUSE,
        &STRSIGNAL,
        &SET_WAKEUP_FD,
        &PTHREAD_SIGMASK,
        &VALID_SIGNALS,
        &SETITIMER,
        &GETITIMER,
    ],
    classes: &[],
    initialize,
};
