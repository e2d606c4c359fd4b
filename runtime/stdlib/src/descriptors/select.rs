//! `select`: `select()` and `poll()`; `epoll` has its own file.

use std::time::Instant;

use host::wait::{Awaited, SELECT_LIMIT};
use vm::heap_object;
use vm::modules::NativeModule;
use vm::native::{ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, List, Module};
use vm::protocols;
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, Ordering};
use vm::{Dict, R, Ref, Slot, Thread, Tuple, Value, native};

use crate::posix::file_descriptor;

/// How long to wait: until a moment, or for ever.
#[derive(Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So many seconds from now; nothing is for ever.
    pub fn after(seconds: Option<f64>) -> Self {
        let far = 1e9;
        Self(
            seconds
                .filter(|&seconds| seconds < far)
                .map(|seconds| Instant::now() + std::time::Duration::from_secs_f64(seconds.max(0.0))),
        )
    }

    /// Microseconds left, rounded up; nothing is for ever.
    pub fn microseconds(self) -> Option<i64> {
        self.0.map(|moment| {
            let nanos = moment.saturating_duration_since(Instant::now()).as_nanos();
            nanos.div_ceil(1000) as i64
        })
    }

    /// Milliseconds left, rounded up; -1 is for ever.
    pub fn milliseconds(self) -> i32 {
        match self.microseconds() {
            None => -1,
            Some(micros) => (micros as u64).div_ceil(1000).min(i32::MAX as u64) as i32,
        }
    }
}

/// Runs a call that waits until the deadline; signal handlers run when it is interrupted, and it goes on (PEP 475).
pub fn wait<T>(t: &Thread, mut call: impl FnMut() -> Result<T, i32>) -> R<T> {
    crate::system::retry(t, &mut call)
}

fn descriptors(t: &Thread, values: Value) -> R<(Vec<i32>, Ref<Tuple>)> {
    let values = match protocols::tuple_of(t, values) {
        Ok(values) => values,
        Err(raised) => {
            t.catch(raised, t.classes().type_error)?;
            return Err(t.type_error("arguments 1-3 must be sequences"));
        }
    };
    let mut numbers = Vec::with_capacity(values.len());
    for &value in values.as_slice() {
        let number = file_descriptor(t, value)?;
        if number >= SELECT_LIMIT {
            return Err(t.value_error("filedescriptor out of range in select()"));
        }
        numbers.push(number);
    }
    if numbers.len() > SELECT_LIMIT as usize {
        return Err(t.value_error("too many file descriptors in select()"));
    }
    Ok((numbers, values))
}

/// Wait until one or more file descriptors are ready for some kind of I/O.
#[native("select(rlist, wlist, xlist, timeout=None, /)")]
fn select(t: &Thread, read: Value, write: Value, except: Value, timeout: Value) -> R<Ref<Tuple>> {
    let seconds = timeout_seconds(t, timeout)?;
    if seconds.is_some_and(|seconds| seconds < 0.0) {
        return Err(t.value_error("timeout must be non-negative"));
    }
    let (read, readers) = descriptors(t, read)?;
    let (write, writers) = descriptors(t, write)?;
    let (except, excepted) = descriptors(t, except)?;
    let lists = [read, write, except];
    let deadline = Deadline::after(seconds);
    let ready = wait(t, || host::wait::select(&lists, deadline.microseconds()))?;
    let chosen = |values: Ref<Tuple>, ready: &[bool]| -> R {
        let list = List::new(t)?;
        for (&value, &ready) in values.as_slice().iter().zip(ready) {
            if ready {
                list.push(t, value)?;
            }
        }
        Ok(list.value())
    };
    let items = [chosen(readers, &ready[0])?, chosen(writers, &ready[1])?, chosen(excepted, &ready[2])?];
    Tuple::from_slice(t, &items)
}

/// A time-out in seconds; None is for ever.
pub fn timeout_seconds(t: &Thread, timeout: Value) -> R<Option<f64>> {
    if timeout.is_none() {
        return Ok(None);
    }
    let seconds = match protocols::float_of(t, timeout) {
        Ok(seconds) => seconds,
        Err(raised) => {
            t.catch(raised, t.classes().type_error)?;
            return Err(t.type_error("timeout must be a float or None"));
        }
    };
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if seconds.abs() > 9.2e9 {
        return Err(t.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    Ok(Some(seconds))
}

heap_object! {
    /// What `poll()` gives: descriptors and the events awaited of each, in a dict.
    pub struct Poll {
        registered: Slot,
        polling: AtomicBool,
    }
    trace { registered }
    fixed
}

fn registered(t: &Thread, poll: Ref<Poll>) -> R<Ref<Dict>> {
    match poll.registered.get().and_then(Value::downcast) {
        Some(dict) => Ok(dict),
        None => Err(t.system_error("a polling object without its dict")),
    }
}

/// Returns a polling object.
#[native("poll()")]
fn poll_function(t: &Thread) -> R<Ref<Poll>> {
    let dict = Dict::new(t)?;
    let poll = t.allocate_exact::<Poll>(POLL.get(t))?;
    poll.set(|poll| &poll.registered, dict.value());
    Ok(poll.publish())
}

fn events_argument(t: &Thread, events: Option<Value>, default: i16) -> R<i16> {
    let Some(events) = events else { return Ok(default) };
    let number = protocols::index_number(t, events)?;
    match number.to_i64() {
        Some(number) if number < 0 => Err(t.value_error("value must be positive")),
        Some(number) => u16::try_from(number)
            .map(|number| number as i16)
            .map_err(|_| t.overflow_error("Python int too large for C unsigned short")),
        None if number.is_negative() => Err(t.value_error("value must be positive")),
        None => Err(t.overflow_error("Python int too large for C unsigned short")),
    }
}

/// Register a file descriptor with the polling object.
#[native("register($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)")]
fn poll_register(t: &Thread, this: Ref<Poll>, descriptor: Value, events: Option<Value>) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    let events = events_argument(t, events, libc::POLLIN | libc::POLLPRI | libc::POLLOUT)?;
    registered(t, this)?.set(t, Value::small(descriptor), Value::small(i32::from(events as u16)))
}

/// Modify an already registered file descriptor.
#[native("modify($self, fd, eventmask, /)")]
fn poll_modify(t: &Thread, this: Ref<Poll>, descriptor: Value, events: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    let events = events_argument(t, Some(events), 0)?;
    let dict = registered(t, this)?;
    if dict.get(t, Value::small(descriptor))?.is_none() {
        return Err(t.os_error(libc::ENOENT, None));
    }
    dict.set(t, Value::small(descriptor), Value::small(i32::from(events as u16)))
}

/// Remove a file descriptor being tracked by the polling object.
#[native("unregister($self, fd, /)")]
fn poll_unregister(t: &Thread, this: Ref<Poll>, descriptor: Value) -> R<()> {
    let descriptor = Value::small(file_descriptor(t, descriptor)?);
    if registered(t, this)?.delete(t, descriptor)? { Ok(()) } else { Err(t.key_error(descriptor)) }
}

/// Polls the set of registered file descriptors.
#[native("poll($self, timeout=None, /)")]
fn poll_poll(t: &Thread, this: Ref<Poll>, timeout: Value) -> R<Ref<List>> {
    let milliseconds = if timeout.is_none() {
        None
    } else if protocols::has_index(t, timeout) || vm::objects::exact_float(timeout).is_some() {
        let value = protocols::float_of(t, timeout)?;
        if value > f64::from(i32::MAX) {
            return Err(t.overflow_error("timeout is too large"));
        }
        Some(value).filter(|&value| value >= 0.0)
    } else {
        return Err(t.type_error("timeout must be an integer or None"));
    };
    if this.polling.swap(true, Ordering::AcqRel) {
        return Err(t.runtime_error("concurrent poll() invocation"));
    }
    let result = poll_registered(t, this, Deadline::after(milliseconds.map(|value| value / 1000.0)));
    this.polling.store(false, Ordering::Release);
    result
}

fn poll_registered(t: &Thread, this: Ref<Poll>, deadline: Deadline) -> R<Ref<List>> {
    let mut awaited = Vec::new();
    registered(t, this)?.for_each(t, |descriptor, events| {
        let (fd, events) = (descriptor.as_small_int().unwrap_or(-1) as i32, events.as_small_int().unwrap_or(0) as i16);
        awaited.push(Awaited { fd, events, revents: 0 });
        Ok(())
    })?;
    wait(t, || host::wait::poll(&mut awaited, deadline.milliseconds()))?;
    let list = List::new(t)?;
    for one in awaited.iter().filter(|one| one.revents != 0) {
        let pair = Tuple::pair(t, Value::small(one.fd), Value::small(i32::from(one.revents as u16)))?;
        list.push(t, pair.value())?;
    }
    Ok(list)
}

static POLL: NativeClass = NativeClass::new(ClassDef {
    name: "poll",
    module: "select",
    layout: <Poll as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&POLL_REGISTER),
        MethodDef::Method(&POLL_MODIFY),
        MethodDef::Method(&POLL_UNREGISTER),
        MethodDef::Method(&POLL_POLL),
    ],
    getset: &[],
});

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    POLLERR POLLHUP POLLIN POLLNVAL POLLOUT POLLPRI POLLRDBAND POLLRDHUP POLLRDNORM POLLWRBAND POLLWRNORM PIPE_BUF
    EPOLLERR EPOLLEXCLUSIVE EPOLLHUP EPOLLIN EPOLLMSG EPOLLONESHOT EPOLLOUT EPOLLPRI EPOLLRDBAND EPOLLRDHUP EPOLLRDNORM EPOLLWAKEUP
    EPOLLWRBAND EPOLLWRNORM EPOLL_CLOEXEC
};

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in NUMBERS {
        module.add_int(t, name, *number)?;
    }
    module.add_int(t, "EPOLLET", 1 << 31)?;
    module.add_int(t, "POLLMSG", 0x400)?;
    module.add(t, "error", t.classes().os_error.value())
}

/// `select`.
pub static MODULE: NativeModule = NativeModule {
    name: "select",
    doc: "Waiting for file descriptors.",
    functions: &[&SELECT, &POLL_FUNCTION],
    classes: &[&super::epoll::EPOLL],
    initialize,
};
