//! Clocks and calendars.

use std::ffi::CString;
use std::mem::MaybeUninit;

use crate::file::{Outcome, outcome};

/// A clock's time in nanoseconds.
pub fn read(clock: i32) -> Outcome<i128> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is the one that the call fills.
    outcome(unsafe { libc::clock_gettime(clock, &raw mut time) })?;
    Ok(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec))
}

/// A clock's resolution in nanoseconds.
pub fn resolution(clock: i32) -> Outcome<i128> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: as for `read`.
    outcome(unsafe { libc::clock_getres(clock, &raw mut time) })?;
    Ok(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec))
}

/// Sleeps until the monotonic clock shows this time, in nanoseconds. `EINTR` if a signal came.
pub fn sleep_until(deadline: i128) -> Outcome<()> {
    let time = libc::timespec { tv_sec: (deadline / 1_000_000_000) as i64, tv_nsec: (deadline % 1_000_000_000) as i64 };
    // SAFETY: the structure is read only; no rest is asked for.
    match unsafe {
        libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &raw const time, std::ptr::null_mut())
    } {
        0 => Ok(()),
        error => Err(error),
    }
}

/// A date, with the name of its zone.
pub struct Date {
    /// The fields as C has them.
    pub fields: libc::tm,
    /// The zone's name.
    pub zone: String,
}

fn date(fields: libc::tm) -> Date {
    let zone = if fields.tm_zone.is_null() {
        String::new()
    } else {
        // SAFETY: the C library gives a terminated string of its own.
        unsafe { std::ffi::CStr::from_ptr(fields.tm_zone) }.to_string_lossy().into_owned()
    };
    Date { fields, zone }
}

/// The date in the local zone, or in UTC; nothing beyond what C can say.
#[must_use]
pub fn date_of(seconds: i64, local: bool) -> Option<Date> {
    let mut fields = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both structures outlive the call, which fills the second.
    let made = unsafe {
        if local {
            libc::localtime_r(&raw const seconds, fields.as_mut_ptr())
        } else {
            libc::gmtime_r(&raw const seconds, fields.as_mut_ptr())
        }
    };
    if made.is_null() {
        return None;
    }
    // SAFETY: zeroes are a valid structure, filled by the call.
    Some(date(unsafe { fields.assume_init() }))
}

/// The fields of a date: year, month (from 0), day, hour, minute, second, weekday (from Sunday), day of the year (from 0), DST flag.
#[must_use]
pub fn fields(values: [i32; 9]) -> libc::tm {
    // SAFETY: zeroes are a valid structure.
    let mut fields = unsafe { MaybeUninit::<libc::tm>::zeroed().assume_init() };
    [fields.tm_year, fields.tm_mon, fields.tm_mday, fields.tm_hour, fields.tm_min] =
        [values[0].wrapping_sub(1900), values[1], values[2], values[3], values[4]];
    [fields.tm_sec, fields.tm_wday, fields.tm_yday, fields.tm_isdst] = [values[5], values[6], values[7], values[8]];
    fields
}

/// The time of a local date; nothing where there is none.
#[must_use]
pub fn seconds_of(mut fields: libc::tm) -> Option<i64> {
    fields.tm_wday = -1;
    // SAFETY: the structure outlives the call.
    let seconds = unsafe { libc::mktime(&raw mut fields) };
    if seconds == -1 && fields.tm_wday == -1 { None } else { Some(seconds) }
}

/// `strftime` with a format without null bytes; the zone is the one that the fields should show.
#[must_use]
pub fn format(format: &CString, mut fields: libc::tm, zone: Option<(&CString, i64)>) -> Vec<u8> {
    if let Some((name, offset)) = zone {
        fields.tm_zone = name.as_ptr();
        fields.tm_gmtoff = offset;
    }
    let mut size = 1024;
    loop {
        let mut buffer = vec![0_u8; size];
        // SAFETY: the buffer is as long as said; the format is terminated.
        let length = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), size, format.as_ptr(), &raw const fields) };
        // Zero may mean "too small" or "nothing to show": only a format that is long for the buffer is tried again.
        if length > 0 || size >= 256 * format.as_bytes().len().max(4) {
            buffer.truncate(length);
            return buffer;
        }
        size *= 4;
    }
}

/// Reads the time zone from the environment again.
pub fn set_zone() {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: tzset has no preconditions but that no one changes the environment meanwhile, which the caller sees to.
    unsafe { tzset() };
}
