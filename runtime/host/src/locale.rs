//! The C library's locale, which belongs to the whole process.
//!
//! Its unsafe blocks pass terminated strings, and copy what the C library gives before the lock is let go.

use std::ffi::{CStr, CString};

use sync::Mutex;

/// What `localeconv` gives is overwritten by later calls.
static LOCALE: Mutex<()> = Mutex::new(());

/// What `localeconv` says: texts by name, numbers by name, and the two groupings.
pub struct Conventions {
    /// Texts.
    pub texts: Vec<(&'static str, Vec<u8>)>,
    /// Numbers.
    pub numbers: Vec<(&'static str, i32)>,
    /// How digits are grouped.
    pub groupings: Vec<(&'static str, Vec<u8>)>,
}

/// Sets the locale of a category, or only asks for it; nothing if there is no such locale.
#[must_use]
pub fn set(category: i32, name: Option<&CStr>) -> Option<Vec<u8>> {
    let _guard = LOCALE.lock();
    // SAFETY: the name is terminated or null; the result is copied under the lock.
    unsafe {
        let result = libc::setlocale(category, name.map_or(std::ptr::null(), CStr::as_ptr));
        (!result.is_null()).then(|| CStr::from_ptr(result).to_bytes().to_vec())
    }
}

/// The conventions for numbers and money.
#[must_use]
pub fn conventions() -> Conventions {
    let _guard = LOCALE.lock();
    // SAFETY: localeconv gives a structure of terminated strings, copied under the lock.
    unsafe {
        let all = &*libc::localeconv();
        let text = |pointer: *mut libc::c_char| CStr::from_ptr(pointer).to_bytes().to_vec();
        Conventions {
            texts: vec![
                ("decimal_point", text(all.decimal_point)),
                ("thousands_sep", text(all.thousands_sep)),
                ("int_curr_symbol", text(all.int_curr_symbol)),
                ("currency_symbol", text(all.currency_symbol)),
                ("mon_decimal_point", text(all.mon_decimal_point)),
                ("mon_thousands_sep", text(all.mon_thousands_sep)),
                ("positive_sign", text(all.positive_sign)),
                ("negative_sign", text(all.negative_sign)),
            ],
            numbers: vec![
                ("int_frac_digits", i32::from(all.int_frac_digits)),
                ("frac_digits", i32::from(all.frac_digits)),
                ("p_cs_precedes", i32::from(all.p_cs_precedes)),
                ("p_sep_by_space", i32::from(all.p_sep_by_space)),
                ("n_cs_precedes", i32::from(all.n_cs_precedes)),
                ("n_sep_by_space", i32::from(all.n_sep_by_space)),
                ("p_sign_posn", i32::from(all.p_sign_posn)),
                ("n_sign_posn", i32::from(all.n_sign_posn)),
            ],
            groupings: vec![("grouping", text(all.grouping)), ("mon_grouping", text(all.mon_grouping))],
        }
    }
}

/// A text of the locale.
#[must_use]
pub fn information(item: i32) -> Vec<u8> {
    let _guard = LOCALE.lock();
    // SAFETY: nl_langinfo gives a terminated string for any number, copied under the lock.
    unsafe {
        let text = libc::nl_langinfo(item);
        if text.is_null() { Vec::new() } else { CStr::from_ptr(text).to_bytes().to_vec() }
    }
}

/// Compares two texts as the locale sorts them.
#[must_use]
pub fn compare(a: &CStr, b: &CStr) -> i32 {
    // SAFETY: both are terminated.
    unsafe { libc::strcoll(a.as_ptr(), b.as_ptr()) }
}

/// A key that sorts as the text does in the locale.
#[must_use]
pub fn sort_key(text: &CString) -> Vec<u8> {
    let mut key = vec![0_u8; text.as_bytes().len() * 2 + 1];
    loop {
        // SAFETY: there is room for as many bytes as said.
        let needed = unsafe { libc::strxfrm(key.as_mut_ptr().cast(), text.as_ptr(), key.len()) };
        if needed < key.len() {
            key.truncate(needed);
            return key;
        }
        key = vec![0; needed + 1];
    }
}
