//! Threads of the operating system.

use std::ffi::CString;

/// How many bytes of a name the system keeps.
pub const NAME_MAX: usize = 15;

/// The name that the system knows the calling thread by.
#[must_use]
pub fn name() -> String {
    let mut name = [0_u8; NAME_MAX + 1];
    // SAFETY: the call fills at most sixteen bytes, a terminating zero among them.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr(), 0, 0, 0) };
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(NAME_MAX);
    String::from_utf8_lossy(&name[..length]).into_owned()
}

/// Names the calling thread, as far as the system shows names.
pub fn set_name(name: &str) {
    let short: String = name
        .chars()
        .scan(0, |used, c| {
            *used += c.len_utf8();
            (*used <= NAME_MAX).then_some(c)
        })
        .collect();
    if let Ok(name) = CString::new(short) {
        // SAFETY: the name is a terminated string of at most 16 bytes, which the call copies.
        unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
    }
}
