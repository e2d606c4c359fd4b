//! Error numbers of system calls and their texts.

use std::ffi::CStr;

/// The text of an error number, as `strerror` gives it.
#[must_use]
pub fn message(number: i32) -> String {
    let mut buffer = [0_u8; 256];
    // SAFETY: the buffer is as long as said; strerror_r writes a terminated string into it or returns an error.
    let status = unsafe { libc::strerror_r(number, buffer.as_mut_ptr().cast(), buffer.len()) };
    if status != 0 {
        return format!("Unknown error {number}");
    }
    CStr::from_bytes_until_nul(&buffer)
        .map_or_else(|_| format!("Unknown error {number}"), |text| text.to_string_lossy().into_owned())
}

/// The error number of the last failed system call of this thread.
#[must_use]
pub fn last() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}
