//! `resource`: limits and use of resources.

use vm::builtins::struct_sequence::{Description, add_class, make};
use vm::modules::NativeModule;
use vm::objects::{Module, float_value, int_from_i64, int_from_u64};
use vm::{Class, R, Ref, Str, Thread, Tuple, Value, native, protocols};

use crate::system::check;

static USAGE: Description = Description {
    name: "resource.struct_rusage",
    doc: "struct_rusage: Result from getrusage.",
    fields: &[
        "ru_utime",
        "ru_stime",
        "ru_maxrss",
        "ru_ixrss",
        "ru_idrss",
        "ru_isrss",
        "ru_minflt",
        "ru_majflt",
        "ru_nswap",
        "ru_inblock",
        "ru_oublock",
        "ru_msgsnd",
        "ru_msgrcv",
        "ru_nsignals",
        "ru_nvcsw",
        "ru_nivcsw",
    ],
    hidden: &[],
    callable: true,
};

/// What was used, as an instance of `struct_rusage`.
pub fn usage_value(t: &Thread, class: Ref<Class>, usage: &libc::rusage) -> R {
    let seconds = |time: libc::timeval| float_value(t, time.tv_sec as f64 + time.tv_usec as f64 * 1e-6);
    let mut items = vm::containers::ValueVec::with_capacity(t, 16)?;
    items.push(t, seconds(usage.ru_utime)?)?;
    items.push(t, seconds(usage.ru_stime)?)?;
    for number in [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ] {
        items.push(t, int_from_i64(t, number)?)?;
    }
    make(t, class, items.as_slice(), &[])
}

/// The class of `resource`, which is imported for it.
pub fn usage_class(t: &Thread) -> R<Ref<Class>> {
    let module = vm::builtins::import::import_module(t, "resource")?;
    let class = protocols::get_attribute(t, module, Str::interned(t, "struct_rusage")?)?;
    class.downcast().ok_or_else(|| t.type_error("struct_rusage is not a class"))
}

/// Resource usage of the process, its children or the calling thread.
#[native("getrusage($module, who, /)")]
fn getrusage(t: &Thread, module: Value, who: i32) -> R {
    let usage = match host::limits::usage(who) {
        Err(libc::EINVAL) => return Err(t.value_error("invalid who parameter")),
        outcome => check(t, outcome)?,
    };
    let class = protocols::get_attribute(t, module, Str::interned(t, "struct_rusage")?)?;
    match class.downcast() {
        Some(class) => usage_value(t, class, &usage),
        None => Err(t.type_error("struct_rusage is not a class")),
    }
}

fn checked_resource(t: &Thread, resource: i32) -> R<i32> {
    if (0..16).contains(&resource) { Ok(resource) } else { Err(t.value_error("invalid resource specified")) }
}

fn limit_value(t: &Thread, limit: u64) -> R {
    if limit == libc::RLIM_INFINITY { Ok(Value::small(-1)) } else { int_from_u64(t, limit) }
}

fn pair(t: &Thread, (soft, hard): (u64, u64)) -> R<Ref<Tuple>> {
    Tuple::pair(t, limit_value(t, soft)?, limit_value(t, hard)?)
}

fn limit_of(t: &Thread, value: Value) -> R<u64> {
    match protocols::index_number(t, value)?.to_i64() {
        Some(number) => Ok(number as u64),
        None => Err(t.overflow_error("Python int too large to convert to C rlim_t")),
    }
}

fn limits_of(t: &Thread, limits: Value) -> R<(u64, u64)> {
    let items = protocols::tuple_of(t, limits)?;
    if items.len() != 2 {
        return Err(t.value_error("expected a tuple of 2 integers"));
    }
    Ok((limit_of(t, items.get(0))?, limit_of(t, items.get(1))?))
}

fn changed(t: &Thread, result: Result<(u64, u64), i32>) -> R<(u64, u64)> {
    match result {
        Err(libc::EINVAL) => Err(t.value_error("current limit exceeds maximum limit")),
        Err(libc::EPERM) => Err(t.value_error("not allowed to raise maximum limit")),
        result => check(t, result),
    }
}

/// The soft and hard limits of a resource.
#[native("getrlimit(resource, /)")]
fn getrlimit(t: &Thread, resource: i32) -> R<Ref<Tuple>> {
    let resource = checked_resource(t, resource)?;
    pair(t, check(t, host::limits::limit(0, resource, None))?)
}

/// Sets the soft and hard limits of a resource.
#[native("setrlimit(resource, limits, /)")]
fn setrlimit(t: &Thread, resource: i32, limits: Value) -> R<()> {
    let resource = checked_resource(t, resource)?;
    let limits = limits_of(t, limits)?;
    changed(t, host::limits::limit(0, resource, Some(limits))).map(drop)
}

/// Reads and perhaps sets the limits of a process.
#[native("prlimit(pid, resource, limits=None, /)")]
fn prlimit(t: &Thread, process: i32, resource: i32, limits: Value) -> R<Ref<Tuple>> {
    let resource = checked_resource(t, resource)?;
    let new = if limits.is_none() { None } else { Some(limits_of(t, limits)?) };
    let old = match host::limits::limit(process, resource, new) {
        Err(libc::EINVAL) => return Err(t.value_error("current limit exceeds maximum limit")),
        result => check(t, result)?,
    };
    pair(t, old)
}

/// The size of a page of memory.
#[native("getpagesize()")]
fn getpagesize(t: &Thread) -> R<i64> {
    check(t, host::process::configuration(libc::_SC_PAGESIZE))
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_NOFILE RLIMIT_NPROC
    RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK RUSAGE_CHILDREN RUSAGE_SELF RUSAGE_THREAD
};

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in NUMBERS {
        module.add_int(t, name, *number)?;
    }
    module.add_int(t, "RLIMIT_OFILE", i64::from(libc::RLIMIT_NOFILE))?;
    module.add_int(t, "RLIM_INFINITY", -1)?;
    module.add(t, "error", t.classes().os_error.value())?;
    add_class(t, module, &USAGE).map(drop)
}

/// `resource`.
pub static MODULE: NativeModule = NativeModule {
    name: "resource",
    doc: "Limits and use of resources.",
    functions: &[&GETRUSAGE, &GETRLIMIT, &SETRLIMIT, &PRLIMIT, &GETPAGESIZE],
    classes: &[],
    initialize,
};
