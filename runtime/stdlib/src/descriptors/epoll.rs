//! `select.epoll`.

use host::descriptor::Descriptor;
use vm::heap_object;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::List;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{Class, R, Ref, Thread, Tuple, Value, native};

use super::select::{Deadline, timeout_seconds, wait};
use crate::posix::file_descriptor;
use crate::system::check;

heap_object! {
    /// An `epoll` instance.
    pub struct Epoll {
        descriptor: Owned<Descriptor>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Epoll>)
}

impl Owner for Epoll {
    type Content = Descriptor;
    fn owned(&self) -> &Owned<Descriptor> {
        &self.descriptor
    }
}

fn opened(t: &Thread, this: Ref<Epoll>) -> R<i32> {
    match this.descriptor.number() {
        -1 => Err(t.value_error("I/O operation on closed epoll object")),
        descriptor => Ok(descriptor),
    }
}

fn made(t: &Thread, class: Ref<Class>, descriptor: i32) -> R<Ref<Epoll>> {
    new_owner::<Epoll>(t, class, Descriptor::new(descriptor), Some(EPOLL.get(t)))
}

#[native("__new__", raw)]
fn epoll_new(t: &Thread, args: Args<'_>) -> R<Ref<Epoll>> {
    let (class, rest) = vm::builtins::construct::class_argument(t, args, EPOLL.get(t))?;
    let mut given = [None, None];
    let positional = rest.positional();
    if positional.len() > 2 {
        return Err(protocols::argument_count_error(t, "epoll", 0, 2, positional.len()));
    }
    for (slot, &value) in given.iter_mut().zip(positional) {
        *slot = Some(value);
    }
    for (name, value) in rest.keywords() {
        match &*name.to_string_lossy() {
            "sizehint" => given[0] = Some(value),
            "flags" => given[1] = Some(value),
            other => {
                return Err(t.type_error(format_args!("epoll() got an unexpected keyword argument '{other}'")));
            }
        }
    }
    let hint = given[0].map_or(Ok(-1), |hint| protocols::index_long(t, hint))?;
    let flags = given[1].map_or(Ok(0), |flags| protocols::index_long(t, flags))?;
    if hint < -1 || hint == 0 {
        return Err(t.value_error("sizehint must be positive or -1"));
    }
    if flags != 0 && flags != i64::from(libc::EPOLL_CLOEXEC) {
        return Err(t.os_error(libc::EINVAL, None));
    }
    made(t, class, check(t, host::wait::epoll_create(libc::EPOLL_CLOEXEC))?)
}

/// Create an epoll object from a given control fd.
#[native("fromfd($type, fd, /)")]
fn epoll_fromfd(t: &Thread, class: Value, descriptor: i32) -> R<Ref<Epoll>> {
    let class = vm::builtins::construct::checked_class(t, class, EPOLL.get(t))?;
    made(t, class, descriptor)
}

/// Close the epoll control file descriptor.
#[native("close($self, /)")]
fn epoll_close(t: &Thread, this: Ref<Epoll>) -> R<()> {
    check(t, t.blocking(|| this.descriptor.close()))
}

/// Return the epoll control file descriptor.
#[native("fileno($self, /)")]
fn epoll_fileno(t: &Thread, this: Ref<Epoll>) -> R<i32> {
    opened(t, this)
}

fn control(t: &Thread, this: Ref<Epoll>, operation: i32, descriptor: Value, events: u32) -> R<()> {
    let instance = opened(t, this)?;
    let descriptor = file_descriptor(t, descriptor)?;
    check(t, host::wait::epoll_control(instance, operation, descriptor, events))
}

fn events_of(t: &Thread, events: Value) -> R<u32> {
    let number = protocols::index_number(t, events)?;
    match number.to_i64().and_then(|number| u32::try_from(number).ok()) {
        Some(number) => Ok(number),
        None if number.is_negative() => Err(t.value_error("value must be positive")),
        None => Err(t.overflow_error("Python int too large for C unsigned int")),
    }
}

/// Registers a new fd or raises an OSError if the fd is already registered.
#[native("register($self, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)")]
fn epoll_register(t: &Thread, this: Ref<Epoll>, descriptor: Value, events: Option<Value>) -> R<()> {
    let default = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
    let events = events.map_or(Ok(default), |events| events_of(t, events))?;
    control(t, this, libc::EPOLL_CTL_ADD, descriptor, events)
}

/// Modify event mask for a registered file descriptor.
#[native("modify($self, fd, eventmask)")]
fn epoll_modify(t: &Thread, this: Ref<Epoll>, descriptor: Value, events: Value) -> R<()> {
    let events = events_of(t, events)?;
    control(t, this, libc::EPOLL_CTL_MOD, descriptor, events)
}

/// Remove a registered file descriptor from the epoll object.
#[native("unregister($self, fd)")]
fn epoll_unregister(t: &Thread, this: Ref<Epoll>, descriptor: Value) -> R<()> {
    control(t, this, libc::EPOLL_CTL_DEL, descriptor, 0)
}

/// Wait for events on the epoll file descriptor.
#[native("poll($self, timeout=None, maxevents=-1)")]
fn epoll_poll(t: &Thread, this: Ref<Epoll>, timeout: Value, most: i64) -> R<Ref<List>> {
    let instance = opened(t, this)?;
    let seconds = timeout_seconds(t, timeout)?.filter(|&seconds| seconds >= 0.0);
    let most = match most {
        -1 => libc::FD_SETSIZE as i64 - 1,
        most if most < 1 || most > i64::from(i32::MAX) / 16 => {
            return Err(t.value_error(format_args!("maxevents must be greater than 0, got {most}")));
        }
        most => most,
    };
    let events = if seconds == Some(0.0) {
        // It only looks.
        check(t, host::wait::epoll_wait(instance, most as usize, 0))?
    } else {
        let deadline = Deadline::after(seconds);
        wait(t, || host::wait::epoll_wait(instance, most as usize, deadline.milliseconds()))?
    };
    let list = List::new(t)?;
    for (descriptor, happened) in events {
        let happened = vm::objects::int_from_i64(t, i64::from(happened))?;
        list.push(t, Tuple::pair(t, Value::small(descriptor), happened)?.value())?;
    }
    Ok(list)
}

#[native("__enter__($self, /)")]
fn epoll_enter(t: &Thread, this: Ref<Epoll>) -> R {
    opened(t, this).map(|_| this.value())
}

#[native("__exit__($self, exc_type=None, exc_value=None, exc_tb=None, /)")]
fn epoll_exit(t: &Thread, this: Ref<Epoll>, _class: Value, _error: Value, _traceback: Value) -> R<()> {
    epoll_close(t, this)
}

fn closed(_: &Thread, this: Value) -> R {
    Ok(Value::bool(this.downcast::<Epoll>().is_none_or(|this| this.descriptor.number() == -1)))
}

/// `select.epoll`.
pub static EPOLL: NativeClass = NativeClass::new(ClassDef {
    name: "epoll",
    module: "select",
    layout: <Epoll as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "An epoll instance.",
    methods: &[
        MethodDef::New(&EPOLL_NEW),
        MethodDef::Class(&EPOLL_FROMFD),
        MethodDef::Method(&EPOLL_CLOSE),
        MethodDef::Method(&EPOLL_FILENO),
        MethodDef::Method(&EPOLL_REGISTER),
        MethodDef::Method(&EPOLL_MODIFY),
        MethodDef::Method(&EPOLL_UNREGISTER),
        MethodDef::Method(&EPOLL_POLL),
        MethodDef::Method(&EPOLL_ENTER),
        MethodDef::Method(&EPOLL_EXIT),
    ],
    getset: &[GetSet { name: "closed", get: closed, set: None, doc: "True if the epoll handler is closed" }],
});
