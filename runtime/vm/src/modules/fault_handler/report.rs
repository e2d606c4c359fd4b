//! How threads and their frames are written down, also in a signal's handler: nothing here allocates or locks.

use std::fmt::{self, Write};

use host::fault::{thread_name, write_all};

use crate::objects::Str;
use crate::thread::{Frame, Thread, current};
use crate::value::Value;

/// How many frames of a thread are shown.
const MOST_FRAMES: usize = 100;
/// How many characters of a name are shown.
const MOST_CHARACTERS: usize = 500;

/// Text on its way to a descriptor.
pub(super) struct Direct {
    descriptor: i32,
    buffer: [u8; 256],
    used: usize,
}

impl Direct {
    pub(super) fn new(descriptor: i32) -> Self {
        Self { descriptor, buffer: [0; 256], used: 0 }
    }

    fn flush(&mut self) {
        write_all(self.descriptor, &self.buffer[..self.used]);
        self.used = 0;
    }
}

impl Write for Direct {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            if self.used == self.buffer.len() {
                self.flush();
            }
            self.buffer[self.used] = byte;
            self.used += 1;
        }
        Ok(())
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        self.flush();
    }
}

/// In the handler of a signal by which the process dies.
pub(super) fn fatal(number: i32, descriptor: i32, all_threads: bool) {
    let what = match number {
        libc::SIGBUS => "Bus error",
        libc::SIGILL => "Illegal instruction",
        libc::SIGFPE => "Floating-point exception",
        libc::SIGABRT => "Aborted",
        _ => "Segmentation fault",
    };
    let mut out = Direct::new(descriptor);
    let _ = write!(out, "Fatal Python error: {what}\n\n");
    let _ = write_running(&mut out, all_threads);
}

/// In the handler of a signal by which the program is asked where it is.
pub(super) fn asked(_: i32, descriptor: i32, all_threads: bool) {
    let _ = write_running(&mut Direct::new(descriptor), all_threads);
}

/// The calling thread. Others run meanwhile, so they cannot be looked at; they are not shown.
fn write_running(out: &mut dyn Write, all_threads: bool) -> fmt::Result {
    let Some(thread) = current() else {
        return out.write_str("<no Python frame>\n");
    };
    write_thread(out, thread, all_threads.then_some(true))
}

/// A thread that is stopped, or runs this. `is_current` says whether it is the latter; nothing: it is the only one shown.
pub(super) fn write_thread(out: &mut dyn Write, thread: &Thread, is_current: Option<bool>) -> fmt::Result {
    match is_current {
        None => out.write_str("Stack (most recent call first):\n")?,
        Some(is_current) => {
            let ident = thread.handle().ident;
            write!(out, "{} 0x{ident:016x}", if is_current { "Current thread" } else { "Thread" })?;
            let (name, length) = thread_name(ident);
            if let Some(name) = std::str::from_utf8(&name[..length]).ok().filter(|name| !name.is_empty()) {
                write!(out, " [{name}]")?;
            }
            out.write_str(" (most recent call first):\n")?;
        }
    }
    let mut frames = thread.frames().iter();
    if thread.frames().current().is_none() {
        return out.write_str("  <no Python frame>\n");
    }
    for frame in frames.by_ref().take(MOST_FRAMES) {
        write_frame(out, frame)?;
    }
    if frames.next().is_some() { out.write_str("  ...\n") } else { Ok(()) }
}

fn write_frame(out: &mut dyn Write, frame: &Frame) -> fmt::Result {
    let code = frame.code();
    out.write_str("  File \"")?;
    write_text(out, code.filename.get())?;
    write!(out, "\", line {} in ", code.line_at(frame.offset()))?;
    write_text(out, code.name.get())?;
    out.write_str("\n")
}

/// The characters of a string, those outside of ASCII escaped.
fn write_text(out: &mut dyn Write, text: Option<Value>) -> fmt::Result {
    let Some(text) = text.and_then(Value::downcast::<Str>) else { return out.write_str("???") };
    for (index, unit) in text.units().iter().enumerate() {
        if index == MOST_CHARACTERS {
            return out.write_str("...");
        }
        match char::from_u32(unit).filter(|_| (0x20..0x7F).contains(&unit)) {
            Some(character) => out.write_char(character)?,
            None if unit < 0x100 => write!(out, "\\x{unit:02x}")?,
            None if unit < 0x1_0000 => write!(out, "\\u{unit:04x}")?,
            None => write!(out, "\\U{unit:08x}")?,
        }
    }
    Ok(())
}
