//! `termios`: settings of terminals.

use host::control::{self, Terminal};
use vm::modules::NativeModule;
use vm::objects::{Bytes, Dict, List, Module};
use vm::{R, Raised, Ref, Str, Thread, Tuple, Value, native, protocols};

use super::constants::TERMIOS;
use crate::posix::file_descriptor;

fn error_class(t: &Thread) -> R<Value> {
    let modules = t.interpreter().state().modules.get().and_then(Value::downcast::<Dict>);
    let module = modules.and_then(|modules| modules.get_str(t, Str::interned(t, "termios").ok()?));
    match module {
        Some(module) => protocols::get_attribute(t, module, Str::interned(t, "error")?),
        None => Ok(t.classes().os_error.value()),
    }
}

fn failed(t: &Thread, number: i32) -> Raised {
    let make = || {
        let class = error_class(t)?;
        let text = Str::new(t, &host::error::message(number))?;
        protocols::call(t, class, &[Value::small(number), text.value()])
    };
    match make() {
        Ok(error) => t.raise_value(error),
        Err(raised) => raised,
    }
}

fn checked<T>(t: &Thread, outcome: Result<T, i32>) -> R<T> {
    outcome.map_err(|number| failed(t, number))
}

/// Get the tty attributes for file descriptor fd.
#[native("tcgetattr(fd, /)")]
fn tcgetattr(t: &Thread, descriptor: Value) -> R<Ref<List>> {
    let descriptor = file_descriptor(t, descriptor)?;
    let settings = checked(t, control::terminal(descriptor))?;
    let characters = List::new(t)?;
    let raw = settings.modes[3] & libc::ICANON == 0;
    for (index, &byte) in settings.characters.iter().enumerate() {
        let numeric = raw && (index == libc::VMIN || index == libc::VTIME);
        characters.push(t, if numeric { Value::small(i32::from(byte)) } else { Bytes::new(t, &[byte])?.value() })?;
    }
    let list = List::new(t)?;
    for number in settings.modes.iter().chain(&settings.speeds) {
        list.push(t, vm::objects::int_from_i64(t, i64::from(*number))?)?;
    }
    list.push(t, characters.value())?;
    Ok(list)
}

/// Set the tty attributes for file descriptor fd.
#[native("tcsetattr(fd, when, attributes, /)")]
fn tcsetattr(t: &Thread, descriptor: Value, when: i32, attributes: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    let wrong = || t.type_error("tcsetattr, arg 3: must be 7 element list");
    let list = attributes.downcast::<List>().ok_or_else(wrong)?;
    let items = list.to_tuple(t)?;
    if items.len() != 7 {
        return Err(wrong());
    }
    let mut settings = checked(t, control::terminal(descriptor))?;
    let number = |index: usize| -> R<u32> { Ok(protocols::index_long(t, items.get(index))? as u32) };
    settings.modes = [number(0)?, number(1)?, number(2)?, number(3)?];
    settings.speeds = [number(4)?, number(5)?];
    set_characters(t, &mut settings, items.get(6))?;
    t.blocking(|| control::set_terminal(descriptor, when, &settings)).map_err(|number| failed(t, number))
}

fn set_characters(t: &Thread, settings: &mut Terminal, given: Value) -> R<()> {
    let wrong = || {
        let count = settings.characters.len();
        t.type_error(format_args!("tcsetattr: attributes[6] must be {count} element list"))
    };
    let list = given.downcast::<List>().ok_or_else(wrong)?.to_tuple(t)?;
    if list.len() != settings.characters.len() {
        return Err(wrong());
    }
    for (slot, &value) in settings.characters.iter_mut().zip(list.as_slice()) {
        *slot = match Bytes::of(t, value) {
            Some(bytes) if bytes.len() == 1 => bytes.as_slice()[0],
            _ if protocols::has_index(t, value) => protocols::index_long(t, value)? as u8,
            _ => {
                return Err(t.type_error("tcsetattr: elements of attributes must be characters or integers"));
            }
        };
    }
    Ok(())
}

/// Send a break on file descriptor fd.
#[native("tcsendbreak(fd, duration, /)")]
fn tcsendbreak(t: &Thread, descriptor: Value, duration: i32) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    checked(t, t.blocking(|| control::send_break(descriptor, duration))).map(drop)
}

/// Wait until all output written to file descriptor fd has been transmitted.
#[native("tcdrain(fd, /)")]
fn tcdrain(t: &Thread, descriptor: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    checked(t, t.blocking(|| control::drain(descriptor))).map(drop)
}

/// Discard queued data on file descriptor fd.
#[native("tcflush(fd, queue, /)")]
fn tcflush(t: &Thread, descriptor: Value, queue: i32) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    checked(t, control::flush(descriptor, queue)).map(drop)
}

/// Suspend or resume input or output on file descriptor fd.
#[native("tcflow(fd, action, /)")]
fn tcflow(t: &Thread, descriptor: Value, action: i32) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    checked(t, control::flow(descriptor, action)).map(drop)
}

/// Get the tty winsize for file descriptor fd.
#[native("tcgetwinsize(fd, /)")]
fn tcgetwinsize(t: &Thread, descriptor: Value) -> R<Ref<Tuple>> {
    let descriptor = file_descriptor(t, descriptor)?;
    let (rows, columns) = checked(t, control::window_size(descriptor))?;
    Tuple::pair(t, Value::small(i32::from(rows)), Value::small(i32::from(columns)))
}

/// Set the tty winsize for file descriptor fd.
#[native("tcsetwinsize(fd, winsize, /)")]
fn tcsetwinsize(t: &Thread, descriptor: Value, size: Value) -> R<()> {
    let descriptor = file_descriptor(t, descriptor)?;
    let wrong = || t.type_error("tcsetwinsize, arg 2: must be a two-item sequence");
    if !protocols::is_sequence(t, size) {
        return Err(wrong());
    }
    let items = protocols::tuple_of(t, size)?;
    if items.len() != 2 {
        return Err(wrong());
    }
    let part = |index: usize| -> R<u16> {
        u16::try_from(protocols::index_long(t, items.get(index))?)
            .map_err(|_| t.overflow_error("winsize value(s) out of range."))
    };
    let (rows, columns) = (part(0)?, part(1)?);
    checked(t, control::set_window_size(descriptor, rows, columns))
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in TERMIOS {
        module.add_int(t, name, *number)?;
    }
    module.add_exception(t, "termios", "error", t.classes().exception.value()).map(drop)
}

/// `termios`.
pub static MODULE: NativeModule = NativeModule {
    name: "termios",
    doc: "Settings of terminals.",
    functions: &[&TCGETATTR, &TCSETATTR, &TCSENDBREAK, &TCDRAIN, &TCFLUSH, &TCFLOW, &TCGETWINSIZE, &TCSETWINSIZE],
    classes: &[],
    initialize,
};
