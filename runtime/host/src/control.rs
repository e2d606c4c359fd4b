//! Control of descriptors: `fcntl`, `ioctl`, `flock`, and terminals.
//!
//! Its unsafe blocks call the C library with pointers to memory that outlives the call. How much memory a request reads or writes is
//! between the program and the kernel, as in C; buffers here have at least `ROOM` bytes, which is more than any request in use takes.

use std::mem::MaybeUninit;

use crate::error::last;
use crate::file::{Outcome, outcome};

/// Bytes of room in the buffers of `fcntl` and `ioctl`.
pub const ROOM: usize = 1024;

/// `fcntl` with a structure, which the call may change.
pub fn fcntl_bytes(descriptor: i32, command: i32, bytes: &mut Vec<u8>) -> Outcome<i32> {
    let length = bytes.len();
    bytes.resize(length.max(ROOM), 0);
    // SAFETY: the buffer has room.
    let result = outcome(unsafe { libc::fcntl(descriptor, command, bytes.as_mut_ptr()) });
    bytes.truncate(length);
    result
}

/// `ioctl` with a number.
pub fn ioctl(descriptor: i32, request: u64, argument: i64) -> Outcome<i32> {
    // SAFETY: callers pass requests whose argument is a number.
    outcome(unsafe { libc::ioctl(descriptor, request, argument) })
}

/// `ioctl` with a structure, which the call may change.
pub fn ioctl_bytes(descriptor: i32, request: u64, bytes: &mut Vec<u8>) -> Outcome<i32> {
    let length = bytes.len();
    bytes.resize(length.max(ROOM), 0);
    // SAFETY: the buffer has room.
    let result = outcome(unsafe { libc::ioctl(descriptor, request, bytes.as_mut_ptr()) });
    bytes.truncate(length);
    result
}

/// Takes or gives back a lock on a whole file.
pub fn flock(descriptor: i32, operation: i32) -> Outcome<()> {
    // SAFETY: the call takes numbers only.
    outcome(unsafe { libc::flock(descriptor, operation) }).map(drop)
}

/// Takes or gives back a lock on a part of a file.
pub fn lock(descriptor: i32, command: i32, kind: i32, whence: i32, start: i64, length: i64) -> Outcome<()> {
    // SAFETY: zeroes are a valid structure, which outlives the call.
    unsafe {
        let mut lock = MaybeUninit::<libc::flock>::zeroed().assume_init();
        lock.l_type = kind as libc::c_short;
        lock.l_whence = whence as libc::c_short;
        lock.l_start = start;
        lock.l_len = length;
        outcome(libc::fcntl(descriptor, command, &raw const lock)).map(drop)
    }
}

/// The settings of a terminal.
#[derive(Clone, Copy)]
pub struct Terminal {
    /// Input, output, control and local modes.
    pub modes: [u32; 4],
    /// Speed of input and output.
    pub speeds: [u32; 2],
    /// Control characters.
    pub characters: [u8; libc::NCCS],
}

/// Reads the settings of a terminal.
pub fn terminal(descriptor: i32) -> Outcome<Terminal> {
    // SAFETY: zeroes are a valid structure, which the call fills.
    unsafe {
        let mut settings = MaybeUninit::<libc::termios>::zeroed().assume_init();
        outcome(libc::tcgetattr(descriptor, &raw mut settings))?;
        Ok(Terminal {
            modes: [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag],
            speeds: [libc::cfgetispeed(&raw const settings), libc::cfgetospeed(&raw const settings)],
            characters: settings.c_cc,
        })
    }
}

/// Changes the settings of a terminal.
pub fn set_terminal(descriptor: i32, when: i32, new: &Terminal) -> Outcome<()> {
    // SAFETY: zeroes are a valid structure, which the first call fills and the last one reads.
    unsafe {
        let mut settings = MaybeUninit::<libc::termios>::zeroed().assume_init();
        outcome(libc::tcgetattr(descriptor, &raw mut settings))?;
        [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag] = new.modes;
        settings.c_cc = new.characters;
        outcome(libc::cfsetispeed(&raw mut settings, new.speeds[0]))?;
        outcome(libc::cfsetospeed(&raw mut settings, new.speeds[1]))?;
        outcome(libc::tcsetattr(descriptor, when, &raw const settings)).map(drop)
    }
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) = $call:expr;)*) => {
        $($(#[$doc])*
        pub fn $name($($argument: $type),*) -> Outcome<i32> {
            // SAFETY: the call takes numbers only.
            outcome(unsafe { $call })
        })*
    };
}

calls! {
    /// Sends a break.
    send_break(descriptor: i32, duration: i32) = libc::tcsendbreak(descriptor, duration);
    /// Waits until all output is sent.
    drain(descriptor: i32) = libc::tcdrain(descriptor);
    /// Drops queued data.
    flush(descriptor: i32, queue: i32) = libc::tcflush(descriptor, queue);
    /// Suspends or resumes input or output.
    flow(descriptor: i32, action: i32) = libc::tcflow(descriptor, action);
    /// The process group in a terminal's foreground.
    foreground(descriptor: i32) = libc::tcgetpgrp(descriptor);
    /// Puts a process group in a terminal's foreground.
    set_foreground(descriptor: i32, group: i32) = libc::tcsetpgrp(descriptor, group);
}

/// The size of a terminal: rows and columns.
pub fn window_size(descriptor: i32) -> Outcome<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the structure is the one that this request fills.
    outcome(unsafe { libc::ioctl(descriptor, libc::TIOCGWINSZ, &raw mut size) })?;
    Ok((size.ws_row, size.ws_col))
}

/// Sets the size of a terminal.
pub fn set_window_size(descriptor: i32, rows: u16, columns: u16) -> Outcome<()> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the structure is the one that these requests fill and read.
    unsafe {
        outcome(libc::ioctl(descriptor, libc::TIOCGWINSZ, &raw mut size))?;
        (size.ws_row, size.ws_col) = (rows, columns);
        outcome(libc::ioctl(descriptor, libc::TIOCSWINSZ, &raw const size)).map(drop)
    }
}

/// The file name of a terminal.
pub fn terminal_name(descriptor: i32) -> Outcome<Vec<u8>> {
    let mut name = [0_u8; 256];
    // SAFETY: the buffer is as long as said.
    match unsafe { libc::ttyname_r(descriptor, name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(name.iter().copied().take_while(|&byte| byte != 0).collect()),
        -1 => Err(last()),
        error => Err(error),
    }
}
