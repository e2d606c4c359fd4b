//! The native stack of the calling thread.

/// The lowest address of the calling thread's stack, if the system tells.
#[must_use]
pub fn lowest_address() -> Option<usize> {
    // SAFETY: pthread_getattr_np fills the attributes of the calling thread, which are destroyed again below.
    unsafe {
        let mut attributes = std::mem::zeroed::<libc::pthread_attr_t>();
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
            return None;
        }
        let (mut start, mut size) = (std::ptr::null_mut(), 0);
        let status = libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut size);
        libc::pthread_attr_destroy(&raw mut attributes);
        (status == 0).then_some(start as usize)
    }
}
