//! `time`.

use std::ffi::CString;

use vm::builtins::struct_sequence::Description;
use vm::modules::NativeModule;
use vm::native;
use vm::native::Args;
use vm::objects::{Class, Module, float_value, int_from_i64, int_from_i128, int_of};
use vm::protocols;
use vm::{R, Ref, Str, Thread, Tuple, Value};

use crate::posix::stat::{add_sequence_class, make_sequence, remembered};
use crate::system::{attempt, check};

static STRUCT_TIME: Description = Description {
    name: "time.struct_time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  May be considered as a\nsequence of 9 integers.",
    fields: &["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"],
    hidden: &["tm_zone", "tm_gmtoff"],
    callable: true,
};

fn clock(t: &Thread, which: i32) -> R<i128> {
    check(t, host::clock::read(which))
}

fn seconds(t: &Thread, nanoseconds: i128) -> R {
    // The two parts are exact; their sum is rounded once.
    let (whole, rest) = (nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000));
    float_value(t, whole as f64 + rest as f64 * 1e-9)
}

macro_rules! clocks {
    ($($(#[$doc:meta])* $float:ident $signature:literal $whole:ident $whole_signature:literal $clock:expr;)*) => {
        $($(#[$doc])*
        #[native($signature)]
        fn $float(t: &Thread) -> R {
            seconds(t, clock(t, $clock)?)
        }

        $(#[$doc])*
        #[native($whole_signature)]
        fn $whole(t: &Thread) -> R {
            int_from_i128(t, clock(t, $clock)?)
        })*
    };
}

clocks! {
    /// Return the current time since the Epoch.
    time_function "time()" time_ns "time_ns()" libc::CLOCK_REALTIME;
    /// Monotonic clock, cannot go backward.
    monotonic "monotonic()" monotonic_ns "monotonic_ns()" libc::CLOCK_MONOTONIC;
    /// Performance counter for benchmarking.
    perf_counter "perf_counter()" perf_counter_ns "perf_counter_ns()" libc::CLOCK_MONOTONIC;
    /// Process time for profiling: the sum of the kernel and user-space CPU time.
    process_time "process_time()" process_time_ns "process_time_ns()" libc::CLOCK_PROCESS_CPUTIME_ID;
    /// Thread time for profiling: the sum of the kernel and user-space CPU time.
    thread_time "thread_time()" thread_time_ns "thread_time_ns()" libc::CLOCK_THREAD_CPUTIME_ID;
}

/// Return the time of the specified clock clk_id as a float.
#[native("clock_gettime(clk_id, /)")]
fn clock_gettime(t: &Thread, which: i32) -> R {
    seconds(t, clock(t, which)?)
}

/// Return the time of the specified clock clk_id as nanoseconds.
#[native("clock_gettime_ns(clk_id, /)")]
fn clock_gettime_ns(t: &Thread, which: i32) -> R {
    int_from_i128(t, clock(t, which)?)
}

/// Return the resolution (precision) of the specified clock clk_id.
#[native("clock_getres(clk_id, /)")]
fn clock_getres(t: &Thread, which: i32) -> R {
    seconds(t, check(t, host::clock::resolution(which))?)
}

/// A duration in nanoseconds, rounded up.
pub fn duration(t: &Thread, value: Value) -> R<i128> {
    if let Some(number) = int_of(value) {
        let whole = number.to_i64().filter(|whole| whole.unsigned_abs() < 9_223_372_036);
        return match whole {
            Some(whole) => Ok(i128::from(whole) * 1_000_000_000),
            None => Err(t.overflow_error("timestamp too large to convert to C PyTime_t")),
        };
    }
    let seconds = protocols::float_of(t, value)?;
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    let nanoseconds = (seconds * 1e9).ceil();
    if nanoseconds.abs() >= 9.223_372_036_854_775e18 {
        return Err(t.overflow_error("timestamp out of range for C PyTime_t"));
    }
    Ok(nanoseconds as i128)
}

/// Delay execution for a given number of seconds.
#[native("sleep(seconds, /)")]
fn sleep(t: &Thread, seconds: Value) -> R<()> {
    let length = duration(t, seconds)?;
    if length < 0 {
        return Err(t.value_error("sleep length must be non-negative"));
    }
    let deadline = clock(t, libc::CLOCK_MONOTONIC)? + length;
    let slept = attempt(t, || host::clock::sleep_until(deadline))?;
    check(t, slept)?;
    t.poll()
}

/// Seconds of an optional argument, rounded down; None is now.
fn moment(t: &Thread, value: Value) -> R<i64> {
    if value.is_none() {
        return Ok((clock(t, libc::CLOCK_REALTIME)? / 1_000_000_000) as i64);
    }
    if let Some(number) = int_of(value) {
        return number.to_i64().ok_or_else(|| t.overflow_error("timestamp out of range for platform time_t"));
    }
    let number = protocols::float_of(t, value)?;
    if number.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if !(-9.2e18..9.2e18).contains(&number) {
        return Err(t.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok(number.floor() as i64)
}

fn struct_time(t: &Thread, date: &host::clock::Date, zone: &str) -> R {
    let fields = &date.fields;
    let numbers = [
        i64::from(fields.tm_year) + 1900,
        i64::from(fields.tm_mon) + 1,
        i64::from(fields.tm_mday),
        i64::from(fields.tm_hour),
        i64::from(fields.tm_min),
        i64::from(fields.tm_sec),
        i64::from((fields.tm_wday + 6) % 7),
        i64::from(fields.tm_yday) + 1,
        i64::from(fields.tm_isdst),
    ];
    let items = Tuple::with(t, 9, |index| int_from_i64(t, numbers[index]))?;
    let hidden = [("tm_zone", Str::new(t, zone)?.value()), ("tm_gmtoff", int_from_i64(t, fields.tm_gmtoff)?)];
    make_sequence(t, &STRUCT_TIME, items.as_slice(), &hidden)
}

fn date_of(t: &Thread, seconds: i64, local: bool) -> R<host::clock::Date> {
    host::clock::date_of(seconds, local).ok_or_else(|| t.os_error(libc::EOVERFLOW, None))
}

/// Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT).
#[native("gmtime(seconds=None, /)")]
fn gmtime(t: &Thread, seconds: Value) -> R {
    let date = date_of(t, moment(t, seconds)?, false)?;
    struct_time(t, &date, "UTC")
}

/// Convert seconds since the Epoch to a time tuple expressing local time.
#[native("localtime(seconds=None, /)")]
fn localtime(t: &Thread, seconds: Value) -> R {
    let date = date_of(t, moment(t, seconds)?, true)?;
    struct_time(t, &date, &date.zone)
}

fn field(t: &Thread, items: &[Value], index: usize) -> R<i32> {
    let number = protocols::index_i64(t, items[index])?;
    i32::try_from(number).map_err(|_| {
        t.overflow_error(if number > 0 {
            "signed integer is greater than maximum"
        } else {
            "signed integer is less than minimum"
        })
    })
}

/// The nine fields of a time tuple: year, month from 0, ..., weekday from Sunday, day of the year from 0.
fn tuple_fields(t: &Thread, value: Value, function: &str) -> R<[i32; 9]> {
    let Some(tuple) = Tuple::of(t, value) else { return Err(t.type_error("Tuple or struct_time argument required")) };
    if tuple.len() != 9 {
        return Err(t.type_error(format_args!("{function}(): illegal time tuple argument")));
    }
    let mut fields = [0; 9];
    for (index, target) in fields.iter_mut().enumerate() {
        *target = field(t, tuple.as_slice(), index)?;
    }
    if fields[0] < i32::MIN + 1900 {
        return Err(t.overflow_error("year out of range"));
    }
    fields[1] = fields[1].wrapping_sub(1);
    fields[6] = (fields[6].wrapping_add(1)) % 7;
    fields[7] = fields[7].wrapping_sub(1);
    Ok(fields)
}

/// Brings zeros into range and refuses the rest, as formats need it.
fn checked_fields(t: &Thread, mut fields: [i32; 9]) -> R<[i32; 9]> {
    if fields[1] == -1 {
        fields[1] = 0;
    }
    if fields[2] == 0 {
        fields[2] = 1;
    }
    if fields[7] == -1 {
        fields[7] = 0;
    }
    let limits = [
        (1, 0, 11, "month"),
        (2, 1, 31, "day of month"),
        (3, 0, 23, "hour"),
        (4, 0, 59, "minute"),
        (5, 0, 61, "seconds"),
    ];
    for (index, low, high, name) in limits {
        if fields[index] < low || fields[index] > high {
            return Err(t.value_error(format_args!("{name} out of range")));
        }
    }
    if fields[6] < 0 {
        return Err(t.value_error("day of week out of range"));
    }
    if !(0..=365).contains(&fields[7]) {
        return Err(t.value_error("day of year out of range"));
    }
    fields[8] = fields[8].clamp(-1, 1);
    Ok(fields)
}

fn now_fields(t: &Thread) -> R<[i32; 9]> {
    let date = date_of(t, moment(t, Value::NONE)?, true)?.fields;
    Ok([
        date.tm_year + 1900,
        date.tm_mon,
        date.tm_mday,
        date.tm_hour,
        date.tm_min,
        date.tm_sec,
        date.tm_wday,
        date.tm_yday,
        date.tm_isdst,
    ])
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn asctime_text(fields: [i32; 9]) -> String {
    let [year, month, day, hour, minute, second, weekday, ..] = fields;
    format!(
        "{} {}{day:3} {hour:02}:{minute:02}:{second:02} {year}",
        DAYS[weekday as usize % 7],
        MONTHS[month as usize % 12]
    )
}

/// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.
#[native("asctime", raw)]
fn asctime(t: &Thread, args: Args<'_>) -> R<String> {
    args.no_keywords(t, "time.asctime")?;
    let fields = match args.values {
        [] => now_fields(t)?,
        [value] => checked_fields(t, tuple_fields(t, *value, "asctime")?)?,
        more => return Err(t.type_error(format_args!("asctime expected at most 1 argument, got {}", more.len()))),
    };
    Ok(asctime_text(fields))
}

/// Convert a time in seconds since the Epoch to a string in local time.
#[native("ctime(seconds=None, /)")]
fn ctime(t: &Thread, seconds: Value) -> R<String> {
    let date = date_of(t, moment(t, seconds)?, true)?.fields;
    Ok(asctime_text([
        date.tm_year + 1900,
        date.tm_mon,
        date.tm_mday,
        date.tm_hour,
        date.tm_min,
        date.tm_sec,
        date.tm_wday,
        date.tm_yday,
        0,
    ]))
}

/// Convert a time tuple in local time to seconds since the Epoch.
#[native("mktime(time_tuple, /)")]
fn mktime(t: &Thread, value: Value) -> R {
    let fields = tuple_fields(t, value, "mktime")?;
    match host::clock::seconds_of(host::clock::fields(fields)) {
        Some(seconds) => float_value(t, seconds as f64),
        None => Err(t.overflow_error("mktime argument out of range")),
    }
}

/// The zone that a `struct_time` brings along.
fn zone_of(t: &Thread, value: Value) -> R<Option<(CString, i64)>> {
    let class: Option<Ref<Class>> = remembered(t, STRUCT_TIME.name)?.downcast();
    if class.is_none_or(|class| !value.class(t).is_subclass_of(class)) {
        return Ok(None);
    }
    let (zone, offset) = (Str::interned(t, "tm_zone")?, Str::interned(t, "tm_gmtoff")?);
    let (zone, offset) = (protocols::get_attribute(t, value, zone)?, protocols::get_attribute(t, value, offset)?);
    match (Str::of(t, zone), int_of(offset).and_then(|offset| offset.to_i64())) {
        (Some(zone), Some(offset)) => Ok(CString::new(zone.to_string_lossy()).ok().map(|zone| (zone, offset))),
        _ => Ok(None),
    }
}

/// Convert a time tuple to a string according to a format specification.
#[native("strftime", raw)]
fn strftime(t: &Thread, args: Args<'_>) -> R<Ref<Str>> {
    args.no_keywords(t, "time.strftime")?;
    let (format, fields, zone) = match args.values {
        [format] => (*format, now_fields(t)?, None),
        [format, value] => (*format, checked_fields(t, tuple_fields(t, *value, "strftime")?)?, zone_of(t, *value)?),
        [] => return Err(t.type_error("strftime() takes at least 1 argument (0 given)")),
        more => return Err(t.type_error(format_args!("strftime() takes at most 2 arguments ({} given)", more.len()))),
    };
    let Some(format) = Str::of(t, format) else {
        return Err(t.type_error(format_args!("strftime() argument 1 must be str, not {}", format.class(t).name())));
    };
    // C's strings end at a null, so the parts between nulls are formatted one by one.
    let mut out = Vec::new();
    for (index, part) in format.to_wtf8().split(|&byte| byte == 0).enumerate() {
        if index > 0 {
            out.push(0);
        }
        if !part.is_empty() {
            let part = CString::new(part).map_err(|_| t.value_error("embedded null character"))?;
            out.extend(host::clock::format(
                &part,
                host::clock::fields(fields),
                zone.as_ref().map(|(zone, offset)| (zone, *offset)),
            ));
        }
    }
    Str::from_wtf8(t, &out)
}

/// Parse a string to a time tuple according to a format specification.
#[native("strptime", raw)]
fn strptime(t: &Thread, args: Args<'_>) -> R {
    let module = vm::builtins::import::import_module(t, "_strptime")?;
    let function = protocols::get_attribute(t, module, Str::interned(t, "_strptime_time")?)?;
    protocols::call_args(t, function, args)
}

/// Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ'].
#[native("tzset()")]
fn tzset(t: &Thread) -> R<()> {
    host::clock::set_zone();
    let modules = t.interpreter().state().modules.get().and_then(Value::downcast::<vm::objects::Dict>);
    let module = modules
        .and_then(|modules| modules.get_str(t, Str::interned(t, "time").ok()?))
        .and_then(Value::downcast::<Module>);
    match module {
        Some(module) => add_zone(t, module),
        None => Ok(()),
    }
}

/// The offset and name of the local zone at a time.
fn zone_at(t: &Thread, seconds: i64) -> R<(i64, String)> {
    let date = date_of(t, seconds, true)?;
    Ok((-date.fields.tm_gmtoff, date.zone))
}

/// `timezone`, `altzone`, `daylight`, `tzname`: from the zone's offsets in January and July of this year.
fn add_zone(t: &Thread, module: Ref<Module>) -> R<()> {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let now = moment(t, Value::NONE)?;
    let january = now / YEAR * YEAR;
    let (winter, summer) = (zone_at(t, january)?, zone_at(t, january + YEAR / 2)?);
    // In the south the second half of the year is the one without summer time.
    let (standard, daylight) = if winter.0 < summer.0 { (summer, winter) } else { (winter, summer) };
    module.add_int(t, "timezone", standard.0)?;
    module.add_int(t, "altzone", daylight.0)?;
    module.add_int(t, "daylight", i64::from(standard.0 != daylight.0))?;
    let names = Tuple::from_slice(t, &[Str::new(t, &standard.1)?.value(), Str::new(t, &daylight.1)?.value()])?;
    module.add(t, "tzname", names.value())
}

/// Get information about a clock.
#[native("get_clock_info(name, /)")]
fn get_clock_info(t: &Thread, name: Ref<Str>) -> R {
    let (clock, implementation, monotonic, adjustable) = match &*name.to_string_lossy() {
        "time" => (libc::CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)", false, true),
        "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", true, false),
        "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true, false),
        "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true, false),
        _ => return Err(t.value_error("unknown clock")),
    };
    let resolution = seconds(t, check(t, host::clock::resolution(clock))?)?;
    let info = vm::builtins::namespace::new(t)?;
    let set = |name: &str, value: Value| protocols::set_attribute(t, info, Str::interned(t, name)?, value);
    set("implementation", Str::new(t, implementation)?.value())?;
    set("monotonic", Value::bool(monotonic))?;
    set("adjustable", Value::bool(adjustable))?;
    set("resolution", resolution)?;
    Ok(info)
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    host::clock::set_zone();
    add_sequence_class(t, module, &STRUCT_TIME)?;
    module.add_int(t, "_STRUCT_TM_ITEMS", 11)?;
    let clocks = [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ];
    for (name, number) in clocks {
        module.add_int(t, name, i64::from(number))?;
    }
    add_zone(t, module)
}

/// `time`.
pub static TIME: NativeModule = NativeModule {
    name: "time",
    doc: "This module provides various functions to manipulate time values.",
    functions: &[
        &TIME_FUNCTION,
        &TIME_NS,
        &MONOTONIC,
        &MONOTONIC_NS,
        &PERF_COUNTER,
        &PERF_COUNTER_NS,
        &PROCESS_TIME,
        &PROCESS_TIME_NS,
        &THREAD_TIME,
        &THREAD_TIME_NS,
        &CLOCK_GETTIME,
        &CLOCK_GETTIME_NS,
        &CLOCK_GETRES,
        &SLEEP,
        &GMTIME,
        &LOCALTIME,
        &ASCTIME,
        &CTIME,
        &MKTIME,
        &STRFTIME,
        &STRPTIME,
        &TZSET,
        &GET_CLOCK_INFO,
    ],
    classes: &[],
    initialize,
};
