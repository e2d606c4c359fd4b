//! `print` and `input`.

use crate::native;
use crate::native::Args;
use crate::objects::Str;
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn separator(t: &Thread, given: Option<Value>, name: &str) -> R<Option<Value>> {
    match given.filter(|given| !given.is_none()) {
        None => Ok(None),
        Some(given) if Str::of(t, given).is_some() => Ok(Some(given)),
        Some(given) => {
            Err(t.type_error(format_args!("{name} must be None or a string, not {}", given.class(t).name())))
        }
    }
}

/// Prints the values to a stream, or to sys.stdout by default.
///
/// sep
///   string inserted between values, default a space.
/// end
///   string appended after the last value, default a newline.
/// file
///   a file-like object (stream); defaults to the current sys.stdout.
/// flush
///   whether to forcibly flush the stream.
#[native("print(*args, sep=' ', end='\\n', file=None, flush=False)", raw)]
fn print(t: &Thread, args: Args<'_>) -> R {
    let (mut sep, mut end, mut file, mut flush) = (None, None, None, None);
    for (keyword, value) in args.keywords() {
        match &*keyword.to_string_lossy() {
            "sep" => sep = Some(value),
            "end" => end = Some(value),
            "file" => file = Some(value),
            "flush" => flush = Some(value),
            other => return Err(native::unexpected_keyword(t, "print", other, ["sep", "end", "file", "flush"])),
        }
    }
    let sep = separator(t, sep, "sep")?;
    let end = separator(t, end, "end")?;
    let file = match file.filter(|file| !file.is_none()) {
        Some(file) => file,
        None => match crate::modules::sys::attribute(t, t.names().stdout)? {
            Some(file) if file.is_none() => return Ok(Value::NONE),
            Some(file) => file,
            None => return Err(t.runtime_error("lost sys.stdout")),
        },
    };
    let write = protocols::get_attribute(t, file, t.names().write)?;
    let space = Str::from_char(t, u32::from(b' '))?.value();
    for (index, &value) in args.positional().iter().enumerate() {
        if index > 0 {
            protocols::call(t, write, &[sep.unwrap_or(space)])?;
        }
        let text = protocols::str(t, value)?;
        protocols::call(t, write, &[text.value()])?;
    }
    let newline = Str::from_char(t, u32::from(b'\n'))?.value();
    protocols::call(t, write, &[end.unwrap_or(newline)])?;
    if let Some(flush) = flush
        && protocols::is_true(t, flush)?
    {
        protocols::call_method(t, file, t.names().flush, &[])?;
    }
    Ok(Value::NONE)
}

/// Read a string from standard input.  The trailing newline is stripped.
///
/// The prompt string, if given, is printed to standard output without a
/// trailing newline before reading input.
///
/// If the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.
/// On *nix systems, readline is used if available.
#[native("input(prompt='', /)")]
fn input(t: &Thread, prompt: Option<Value>) -> R {
    let names = t.names();
    let stream = |name| -> R {
        match crate::modules::sys::attribute(t, name)? {
            Some(stream) if !stream.is_none() => Ok(stream),
            _ => Err(t.runtime_error(format_args!("input(): lost sys.{}", name.to_string_lossy()))),
        }
    };
    let (stdin, stdout, stderr) = (stream(names.stdin)?, stream(names.stdout)?, stream(names.stderr)?);
    let flush = |stream: Value| {
        if protocols::call_method(t, stream, names.flush, &[]).is_err() {
            t.clear_pending();
        }
    };
    flush(stderr);
    if let Some(prompt) = prompt {
        let text = protocols::str(t, prompt)?;
        protocols::call_method(t, stdout, names.write, &[text.value()])?;
    }
    flush(stdout);
    let line = protocols::call_method(t, stdin, names.readline, &[])?;
    let Some(line) = Str::of(t, line) else { return Err(t.type_error("object.readline() returned non-string")) };
    if line.is_empty() {
        return Err(t.eof_error("EOF when reading a line"));
    }
    let last = line.units().get(line.len() - 1);
    if last == u32::from(b'\n') {
        return Ok(Str::substring(t, line, 0, line.len() - 1)?.value());
    }
    Ok(line.value())
}
