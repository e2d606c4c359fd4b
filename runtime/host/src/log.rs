//! The system's log.

use std::ffi::{CStr, CString};

use sync::Mutex;

/// The C library keeps a pointer to the identity; it lives here until another one is set.
static IDENTITY: Mutex<Option<CString>> = Mutex::new(None);

/// Opens the log under a name.
pub fn open(identity: Option<CString>, options: i32, facility: i32) {
    let mut kept = IDENTITY.lock();
    let pointer = identity.as_ref().map_or(std::ptr::null(), |identity| identity.as_ptr());
    // SAFETY: the string stays where it is until a later call has replaced it in the C library too.
    unsafe { libc::openlog(pointer, options, facility) };
    *kept = identity;
}

/// Closes the log.
pub fn close() {
    let mut kept = IDENTITY.lock();
    // SAFETY: closelog takes nothing, and forgets the identity.
    unsafe { libc::closelog() };
    *kept = None;
}

/// Writes a message.
pub fn write(priority: i32, message: &CStr) {
    let _kept = IDENTITY.lock();
    // SAFETY: the format takes one string, which is terminated.
    unsafe { libc::syslog(priority, c"%s".as_ptr(), message.as_ptr()) };
}

/// Sets which priorities are written, and gives the old mask.
pub fn set_mask(mask: i32) -> i32 {
    // SAFETY: the call takes a number.
    unsafe { libc::setlogmask(mask) }
}
