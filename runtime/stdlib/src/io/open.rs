//! `open` and its kin.

use vm::native;
use vm::native::NativeDef;
use vm::objects::int_of;
use vm::protocols;
use vm::{R, Str, Thread, Value};

use super::buffered::{self, BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use super::file_io::{block_size, close_after_error, is_terminal, new_file};
use super::text::{locale_encoding, new_text};
use super::text_argument;
use crate::system::not_a_path;

/// What a mode of `open` asks for.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    binary: bool,
    text: bool,
}

fn parse_mode(t: &Thread, text: &str) -> R<Mode> {
    let mut mode = Mode::default();
    for (index, c) in text.char_indices() {
        let flag = match c {
            'x' => &mut mode.creating,
            'r' => &mut mode.reading,
            'w' => &mut mode.writing,
            'a' => &mut mode.appending,
            '+' => &mut mode.updating,
            't' => &mut mode.text,
            'b' => &mut mode.binary,
            _ => return Err(t.value_error(format_args!("invalid mode: '{text}'"))),
        };
        *flag = true;
        if text[index + c.len_utf8()..].contains(c) {
            return Err(t.value_error(format_args!("invalid mode: '{text}'")));
        }
    }
    Ok(mode)
}

fn check_mode(t: &Thread, mode: &Mode, encoding: Value, errors: Value, newline: Value) -> R<()> {
    if mode.text && mode.binary {
        return Err(t.value_error("can't have text and binary mode at once"));
    }
    let kinds = [mode.creating, mode.reading, mode.writing, mode.appending];
    if kinds.iter().filter(|kind| **kind).count() > 1 {
        return Err(t.value_error("must have exactly one of create/read/write/append mode"));
    }
    for (value, name) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")] {
        if mode.binary && !value.is_none() {
            return Err(t.value_error(format_args!("binary mode doesn't take {name} argument")));
        }
    }
    Ok(())
}

fn raw_mode(mode: &Mode) -> String {
    let flags =
        [(mode.creating, 'x'), (mode.reading, 'r'), (mode.writing, 'w'), (mode.appending, 'a'), (mode.updating, '+')];
    flags.into_iter().filter(|(set, _)| *set).map(|(_, c)| c).collect()
}

/// Open file and return a stream.  Raise OSError upon failure.
#[native("open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)")]
#[allow(clippy::too_many_arguments, reason = "one for each parameter in Python")]
fn open(
    t: &Thread,
    file: Value,
    mode: Option<Value>,
    buffering: i32,
    encoding: Value,
    errors: Value,
    newline: Value,
    closefd: bool,
    opener: Option<Value>,
) -> R {
    let path = match int_of(file) {
        Some(_) => file,
        None => protocols::path_of(t, file)?.ok_or_else(|| not_a_path(t, file))?,
    };
    let text = text_argument(t, "open", "mode", mode, "r")?;
    let mode = parse_mode(t, &text)?;
    check_mode(t, &mode, encoding, errors, newline)?;
    if mode.binary && buffering == 1 {
        let message =
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
        protocols::warn(t, t.classes().runtime_warning, message)?;
    }
    let raw = new_file(t, path, &raw_mode(&mode), closefd, opener.filter(|opener| !opener.is_none()))?;
    let mut result = raw.value();
    let mut finish = || -> R {
        let terminal = buffering < 0 && is_terminal(t, raw)?;
        let line_buffering = buffering == 1 || terminal;
        let size = match buffering {
            0 => 0,
            size if size > 1 => i64::from(size),
            _ if buffering < -1 => return Err(t.value_error("invalid buffering size")),
            _ => block_size(raw).min(8 << 20).max(super::DEFAULT_BUFFER_SIZE as i64),
        };
        if size == 0 {
            return if mode.binary { Ok(result) } else { Err(t.value_error("can't have unbuffered text I/O")) };
        }
        let buffer = if mode.updating {
            buffered::new_stream(t, &BUFFERED_RANDOM, raw.value(), size, true, true)?
        } else if mode.reading {
            buffered::new_stream(t, &BUFFERED_READER, raw.value(), size, true, false)?
        } else {
            buffered::new_stream(t, &BUFFERED_WRITER, raw.value(), size, false, true)?
        };
        result = buffer.value();
        if mode.binary {
            return Ok(result);
        }
        let wrapper = new_text(t, result, encoding, errors, newline, line_buffering)?;
        result = wrapper.value();
        protocols::set_attribute(t, result, t.names().mode, Str::new(t, &text)?.value())?;
        Ok(result)
    };
    match finish() {
        Ok(stream) => Ok(stream),
        Err(raised) => Err(close_after_error(t, result, raised)),
    }
}

/// Opens the provided file with the intent to import the contents.
#[native("open_code(path)")]
fn open_code(t: &Thread, path: Value) -> R {
    if Str::of(t, path).is_none() {
        let got = protocols::name_of_argument(t, path);
        return Err(t.type_error(format_args!("open_code() argument 'path' must be str, not {got}")));
    }
    let mode = Str::new(t, "rb")?.value();
    open(t, path, Some(mode), -1, Value::NONE, Value::NONE, Value::NONE, true, None)
}

/// A helper function to choose the text encoding.
#[native("text_encoding(encoding, stacklevel=2, /)")]
fn text_encoding(t: &Thread, encoding: Value, _level: i32) -> R {
    if !encoding.is_none() {
        return Ok(encoding);
    }
    let name = if locale_encoding() == "utf-8" { "utf-8" } else { "locale" };
    Ok(Str::interned(t, name)?.value())
}

/// The functions of `_io`.
pub static ALL: &[&NativeDef] = &[&OPEN, &OPEN_CODE, &TEXT_ENCODING];
