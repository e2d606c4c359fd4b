//! Threads of the operating system.

use std::ffi::CString;

/// Names the calling thread, as far as the system shows names (15 bytes on Linux).
pub fn set_name(name: &str) {
    let short: String = name
        .chars()
        .scan(0, |used, c| {
            *used += c.len_utf8();
            (*used <= 15).then_some(c)
        })
        .collect();
    if let Ok(name) = CString::new(short) {
        // SAFETY: the name is a terminated string of at most 16 bytes, which the call copies.
        unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
    }
}
