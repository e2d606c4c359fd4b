//! The standard streams.

use crate::builtins::import::import_module;
use crate::containers::intern_text;
use crate::objects::{Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Opens `sys.stdin`, `stdout` and `stderr` over descriptors 0 to 2; one that is closed becomes None.
pub fn open_standard_streams(t: &Thread) -> R<()> {
    let io = import_module(t, "io")?;
    for (descriptor, name, mode) in [(0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")] {
        let stream = if host::file::is_open(descriptor) { open(t, io, descriptor, name, mode)? } else { Value::NONE };
        let module = super::module(t).expect("made at start");
        module.add(t, name, stream)?;
        module.add(t, &format!("__{name}__"), stream)?;
    }
    let module = super::module(t).expect("made at start");
    let name = intern_text(t, "open")?;
    let open_function = protocols::get_attribute(t, io, name)?;
    let builtins = t.interpreter().state().builtins_dict.get().and_then(Value::downcast::<crate::objects::Dict>);
    if let Some(builtins) = builtins {
        builtins.set_str(t, name, open_function)?;
    }
    debug_assert!(module.dict().get_str(t, t.names().stdout).is_some(), "just added");
    Ok(())
}

fn open(t: &Thread, io: Value, descriptor: i32, name: &str, mode: &str) -> R {
    let unbuffered = t.interpreter().options.unbuffered && descriptor != 0;
    let keywords = |names: &[&str]| Tuple::with(t, names.len(), |index| Ok(intern_text(t, names[index])?.value()));
    let binary_mode = Str::new(t, &format!("{mode}b"))?.value();
    let buffering = Value::small(if unbuffered { 0 } else { -1 });
    let open = protocols::get_attribute(t, io, intern_text(t, "open")?)?;
    let arguments = [Value::small(descriptor), binary_mode, buffering, Value::FALSE];
    let binary = protocols::call_kw(t, open, &arguments, Some(keywords(&["buffering", "closefd"])?))?;
    let raw = if unbuffered { binary } else { protocols::get_attribute(t, binary, t.names().raw)? };
    let shown = Str::new(t, &format!("<{name}>"))?.value();
    protocols::set_attribute(t, raw, t.names().name, shown)?;
    let terminal = protocols::call_method(t, raw, t.names().isatty, &[])?;
    let line_buffering = protocols::is_true(t, terminal)? && !unbuffered;
    let wrapper = protocols::get_attribute(t, io, intern_text(t, "TextIOWrapper")?)?;
    let errors = if descriptor == 2 { "backslashreplace" } else { error_handler() };
    let (encoding, errors) = encoding_and_errors(t, errors, descriptor == 2);
    let arguments = [
        binary,
        Str::new(t, &encoding)?.value(),
        Str::new(t, &errors)?.value(),
        Str::new(t, "\n")?.value(),
        Value::bool(line_buffering || (descriptor == 2)),
        Value::bool(unbuffered),
    ];
    let stream = protocols::call_kw(
        t,
        wrapper,
        &arguments,
        Some(keywords(&["encoding", "errors", "newline", "line_buffering", "write_through"])?),
    )?;
    protocols::set_attribute(t, stream, t.names().mode, Str::new(t, mode)?.value())?;
    Ok(stream)
}

/// In the C and POSIX locales undecodable bytes pass through.
fn error_handler() -> &'static str {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale.as_deref() {
        None | Some("C" | "POSIX" | "C.UTF-8" | "C.utf8" | "UTF-8") => "surrogateescape",
        Some(_) => "strict",
    }
}

fn encoding_and_errors(t: &Thread, errors: &str, is_stderr: bool) -> (String, String) {
    let setting =
        if t.interpreter().options.ignore_environment { None } else { std::env::var("PYTHONIOENCODING").ok() };
    let Some(setting) = setting else { return (String::from("utf-8"), errors.to_owned()) };
    let (encoding, given) = setting.split_once(':').unwrap_or((&setting, ""));
    let encoding = if encoding.is_empty() { "utf-8" } else { encoding };
    let errors = match given {
        _ if is_stderr => errors,
        "" => "strict",
        given => given,
    };
    (encoding.to_owned(), errors.to_owned())
}

/// Flushes `sys.stdout` and `sys.stderr`.
pub fn flush_standard_streams(t: &Thread) -> R<()> {
    let names = t.names();
    let mut result = Ok(());
    for name in [names.stdout, names.stderr] {
        let Some(stream) = super::attribute(t, name)?.filter(|stream| !stream.is_none()) else { continue };
        let closed = match protocols::get_attribute_optional(t, stream, names.closed)? {
            Some(closed) => protocols::is_true(t, closed)?,
            None => false,
        };
        if !closed {
            let flushed = protocols::call_method(t, stream, names.flush, &[]).map(drop);
            if result.is_ok() {
                result = flushed;
            }
        }
    }
    result
}
