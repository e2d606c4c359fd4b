//! The databases of users and groups.
//!
//! Its unsafe blocks read the C library's structures right after the call that filled them, and copy what they point at.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;

use sync::Mutex;

use crate::file::Outcome;

/// An entry of the user database.
pub struct User {
    /// Name, password, comment, home folder, shell.
    pub texts: [Vec<u8>; 5],
    /// The user's number.
    pub user: u32,
    /// The number of its group.
    pub group: u32,
}

/// An entry of the group database.
pub struct Group {
    /// The name.
    pub name: Vec<u8>,
    /// The password.
    pub password: Vec<u8>,
    /// The number.
    pub group: u32,
    /// Names of the members.
    pub members: Vec<Vec<u8>>,
}

/// How an entry is looked for.
pub enum Key<'a> {
    /// By name.
    Name(&'a CStr),
    /// By number.
    Number(u32),
}

/// Going through a database has one position in the whole process.
static LISTING: Mutex<()> = Mutex::new(());

unsafe fn text(pointer: *const libc::c_char) -> Vec<u8> {
    if pointer.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller passes a terminated string of the entry at hand.
    unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec()
}

unsafe fn user_of(entry: &libc::passwd) -> User {
    // SAFETY: the caller passes an entry that the C library just filled.
    unsafe {
        User {
            texts: [
                text(entry.pw_name),
                text(entry.pw_passwd),
                text(entry.pw_gecos),
                text(entry.pw_dir),
                text(entry.pw_shell),
            ],
            user: entry.pw_uid,
            group: entry.pw_gid,
        }
    }
}

unsafe fn group_of(entry: &libc::group) -> Group {
    // SAFETY: as for `user_of`; the members are pointers up to a null.
    unsafe {
        let mut members = Vec::new();
        let mut next = entry.gr_mem;
        while !next.is_null() && !(*next).is_null() {
            members.push(text(*next));
            next = next.add(1);
        }
        Group { name: text(entry.gr_name), password: text(entry.gr_passwd), group: entry.gr_gid, members }
    }
}

macro_rules! lookup {
    ($(#[$doc:meta])* $function:ident $result:ty, $entry:ty, $by_name:ident $by_number:ident $convert:ident) => {
        $(#[$doc])*
        pub fn $function(key: &Key<'_>) -> Outcome<Option<$result>> {
            let mut room = 1024;
            loop {
                let mut buffer = vec![0 as libc::c_char; room];
                let mut entry = MaybeUninit::<$entry>::zeroed();
                let mut found = ptr::null_mut();
                // SAFETY: the entry and the buffer outlive the call and the reading of what it found in them.
                unsafe {
                    let (entry, bytes) = (entry.as_mut_ptr(), buffer.as_mut_ptr());
                    let status = match key {
                        Key::Name(name) => libc::$by_name(name.as_ptr(), entry, bytes, room, &raw mut found),
                        Key::Number(number) => libc::$by_number(*number, entry, bytes, room, &raw mut found),
                    };
                    match status {
                        libc::ERANGE if room < 1 << 24 => room *= 2,
                        _ if !found.is_null() => return Ok(Some($convert(&*found))),
                        0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => return Ok(None),
                        error => return Err(error),
                    }
                }
            }
        }
    };
}

lookup! {
    /// Looks for a user.
    user User, libc::passwd, getpwnam_r getpwuid_r user_of
}
lookup! {
    /// Looks for a group.
    group Group, libc::group, getgrnam_r getgrgid_r group_of
}

/// All users.
pub fn users() -> Vec<User> {
    let _guard = LISTING.lock();
    let mut result = Vec::new();
    // SAFETY: the lock keeps others from moving the position; each entry is copied before the next call.
    unsafe {
        libc::setpwent();
        while let Some(entry) = libc::getpwent().as_ref() {
            result.push(user_of(entry));
        }
        libc::endpwent();
    }
    result
}

/// All groups.
pub fn groups() -> Vec<Group> {
    let _guard = LISTING.lock();
    let mut result = Vec::new();
    // SAFETY: as for `users`.
    unsafe {
        libc::setgrent();
        while let Some(entry) = libc::getgrent().as_ref() {
            result.push(group_of(entry));
        }
        libc::endgrent();
    }
    result
}

/// The groups of a user, of which `group` is one.
#[must_use]
pub fn groups_of(name: &CString, group: u32) -> Vec<u32> {
    let mut room: i32 = 64;
    loop {
        let mut groups = vec![0; room as usize];
        let mut count = room;
        // SAFETY: there is room for as many groups as said.
        let status = unsafe { libc::getgrouplist(name.as_ptr(), group, groups.as_mut_ptr(), &raw mut count) };
        if status >= 0 || count <= room {
            groups.truncate(count.max(0) as usize);
            return groups;
        }
        room = count;
    }
}
