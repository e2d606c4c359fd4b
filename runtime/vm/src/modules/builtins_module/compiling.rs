//! `compile`, `eval` and `exec`, and how the compiler's errors become exceptions.

use compiler::errors::{SyntaxError, SyntaxErrorKind};
use compiler::{CompileOptions, Mode};
use sync::Arc;
use sync::atomic::Ordering::Relaxed;

use crate::exceptions::fields;
use crate::native;
use crate::object::Ref;
use crate::objects::{BaseException, CodeObject, Dict, Str, Tuple, int_from_i64};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// Compiles source; warnings are issued, errors raised.
pub fn compile_source(t: &Thread, source: &str, options: &CompileOptions) -> R<Ref<CodeObject>> {
    compile_from(t, source, options, Some(source))
}

/// `given` is the source for the exception to keep; None if a reader finds it in the file.
fn compile_from(t: &Thread, source: &str, options: &CompileOptions, given: Option<&str>) -> R<Ref<CodeObject>> {
    let compiled = match t.blocking(|| compiler::compile(source, options)) {
        Ok(compiled) => compiled,
        Err(error) => return Err(raise_source_error(t, &error, given)),
    };
    for warning in &compiled.warnings {
        issue_warning(t, warning, options, source)?;
    }
    CodeObject::new(t, Arc::new(compiled.code))
}

/// A SyntaxWarning about source that is only parsed.
pub fn issue_source_warning(
    t: &Thread,
    warning: compiler::errors::SourceWarning,
    options: &CompileOptions,
    source: &compiler::source::SourceText,
) -> R<()> {
    issue_warning(t, &compiler::Warning::new(warning, source), options, source.text())
}

/// A SyntaxWarning, of which `source` is empty where there is only a tree; one that the filters turn into an error is a SyntaxError at its place.
pub fn issue_warning(t: &Thread, warning: &compiler::Warning, options: &CompileOptions, source: &str) -> R<()> {
    let classes = t.classes();
    let result = protocols::warn_explicit(t, classes.syntax_warning, &warning.message, &options.filename, warning.line);
    let Err(raised) = result else { return Ok(()) };
    t.catch(raised, classes.syntax_warning)?;
    // The error is about now; what the warning says of the future falls away.
    let error = SyntaxError {
        message: warning.message.replace(" Such sequences will not work in the future.", ""),
        kind: SyntaxErrorKind::Syntax,
        filename: options.filename.clone(),
        line: warning.line,
        column: warning.column,
        end_line: warning.end_line,
        end_column: warning.end_column,
        text: source.lines().nth(warning.line.saturating_sub(1) as usize).map(|line| format!("{line}\n")),
    };
    Err(raise_syntax_error(t, &error))
}

/// Raises what the compiler reports.
#[cold]
pub fn raise_syntax_error(t: &Thread, error: &SyntaxError) -> Raised {
    let make = || -> R<Raised> {
        let classes = t.classes();
        let class = match error.kind {
            SyntaxErrorKind::Syntax => classes.syntax_error,
            SyntaxErrorKind::Indentation => classes.indentation_error,
            SyntaxErrorKind::Tab => classes.tab_error,
            SyntaxErrorKind::Incomplete => classes.incomplete_input_error,
            SyntaxErrorKind::Memory => return Ok(t.raise(classes.memory_error, &error.message)),
            SyntaxErrorKind::Recursion => return Ok(t.recursion_error(&error.message)),
        };
        let text = match &error.text {
            Some(text) => Str::new(t, text)?.value(),
            None => Value::NONE,
        };
        let message = Str::new(t, &error.message)?;
        // Without a line the error has no place at all; without an end line it has no end.
        if error.line == 0 {
            return Ok(t.raise_with(class, &[message.value()]));
        }
        let number = |number: u32| int_from_i64(t, i64::from(number.cast_signed()));
        let end = |number_: u32| if error.end_line == 0 { Ok(Value::NONE) } else { number(number_) };
        let details = Tuple::from_slice(
            t,
            &[
                Str::new(t, &error.filename)?.value(),
                number(error.line)?,
                number(error.column)?,
                text,
                end(error.end_line)?,
                end(error.end_column)?,
            ],
        )?;
        Ok(t.raise_with(class, &[message.value(), details.value()]))
    };
    make().unwrap_or_else(|raised| raised)
}

/// Raises what the compiler reports about source. An error of the parser keeps the source in `_metadata`, where `traceback`
/// looks for keywords that are spelled wrong.
#[cold]
pub fn raise_source_error(t: &Thread, error: &SyntaxError, given: Option<&str>) -> Raised {
    let raised = raise_syntax_error(t, error);
    let of_parser = error.text.is_some();
    let Some(exception) = t.pending().filter(|_| of_parser).and_then(Value::downcast::<BaseException>) else {
        return raised;
    };
    let keep = || -> R<()> {
        let source = given.map_or(Ok(Value::NONE), |source| Ok(Str::new(t, source)?.value()))?;
        // The first two are where the parser began, which is always the start.
        let metadata = Tuple::from_slice(t, &[Value::small(0), Value::small(0), source])?;
        fields::set(t, exception, fields::SYNTAX_ERROR_METADATA, Some(metadata.value()))
    };
    keep().map_or_else(|raised| raised, |()| raised)
}

const FUTURE_FLAGS: i64 = 0x1fe_0000;
const FUTURE_FLUFL: i64 = 0x40_0000;
const FUTURE_ANNOTATIONS: i64 = 0x100_0000;
const DONT_IMPLY_DEDENT: i64 = 0x200;
const ONLY_AST: i64 = 0x400;
const TOP_LEVEL_AWAIT: i64 = 0x2000;
const ALLOW_INCOMPLETE: i64 = 0x4000;
const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;
const KNOWN_FLAGS: i64 = FUTURE_FLAGS
    | FUTURE_ANNOTATIONS
    | 0x10
    | DONT_IMPLY_DEDENT
    | OPTIMIZED_AST
    | TOP_LEVEL_AWAIT
    | ALLOW_INCOMPLETE
    | 0x1000
    | 0x1_0000
    | 0x100;

/// Compile source into a code object that can be executed by exec() or eval().
///
/// The source code may represent a Python module, statement or expression.
/// The filename will be used for run-time error messages.
/// The mode must be 'exec' to compile a module, 'single' to compile a
/// single (interactive) statement, or 'eval' to compile an expression.
/// The flags argument, if present, controls which future statements influence
/// the compilation of the code.
/// The dont_inherit argument, if true, stops the compilation inheriting
/// the effects of any future statements in effect in the code calling
/// compile; if absent or false these statements do influence the compilation,
/// in addition to any features explicitly specified.
#[native("compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
#[expect(clippy::too_many_arguments, reason = "one for each parameter of the Python signature")]
fn compile(
    t: &Thread,
    source: Value,
    filename: Value,
    mode: Ref<Str>,
    flags: i64,
    dont_inherit: bool,
    optimize: i64,
    _feature_version: i64,
) -> R {
    if flags & !KNOWN_FLAGS != 0 {
        return Err(t.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(t.value_error("compile(): invalid optimize value"));
    }
    let mode_text = mode.to_string_lossy();
    let mode = match &*mode_text {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if flags & ONLY_AST != 0 => Mode::Exec,
        "func_type" => return Err(t.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ if flags & ONLY_AST != 0 => {
            return Err(t.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(t.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let filename = file_name(t, filename)?;
    let mut options = options(t, filename, mode, flags, !dont_inherit);
    if optimize >= 0 {
        options.optimize = optimize as u8;
    }
    if let Some(hook) = t.interpreter().tree_hook()
        && let Some(result) = hook(t, source, &options, flags & ONLY_AST != 0, &mode_text)?
    {
        return Ok(result);
    }
    let text = named_source_text(t, source, "compile", "string, bytes or AST", &options.filename)?;
    Ok(compile_source(t, &text, &options)?.value())
}

fn file_name(t: &Thread, filename: Value) -> R<String> {
    match protocols::path_of(t, filename)? {
        Some(path) => match Str::of(t, path) {
            Some(path) => Ok(path.to_string_lossy()),
            None => Ok(String::from_utf8_lossy(&protocols::Buffer::of(t, path)?.into_vec()).into_owned()),
        },
        None => {
            let got = filename.class(t).name();
            Err(t.type_error(format_args!("expected str, bytes or os.PathLike object, not {got}")))
        }
    }
}

fn options(t: &Thread, filename: String, mode: Mode, flags: i64, inherit: bool) -> CompileOptions {
    let calling = t.frames().current().filter(|_| inherit).map_or(0, |frame| i64::from(frame.code().unit().flags.0));
    CompileOptions {
        mode,
        future_annotations: (flags | calling) & FUTURE_ANNOTATIONS != 0,
        future_flufl: (flags | calling) & FUTURE_FLUFL != 0,
        allow_top_level_await: flags & TOP_LEVEL_AWAIT != 0,
        allow_incomplete: flags & ALLOW_INCOMPLETE != 0,
        dont_imply_dedent: flags & DONT_IMPLY_DEDENT != 0,
        ..module_options(t, filename)
    }
}

/// The text of source given as str or bytes-like (whose encoding its first lines may declare).
pub fn source_text(t: &Thread, source: Value, function: &str, what: &str) -> R<String> {
    named_source_text(t, source, function, what, "<string>")
}

fn named_source_text(t: &Thread, source: Value, function: &str, what: &str, filename: &str) -> R<String> {
    if let Some(text) = Str::of(t, source) {
        if text.units().iter().any(|unit| (0xD800..0xE000).contains(&unit)) {
            // The codec's own error for lone surrogates.
            protocols::call_method(t, source, t.names().encode, &[])?;
        }
        let text = text.to_string_lossy();
        return check_null(t, text);
    }
    if !protocols::buffer::is_bytes_like(t, source) {
        return Err(t.type_error(format_args!("{function}() arg 1 must be a {what} object")));
    }
    let bytes = protocols::Buffer::of(t, source)?.into_vec();
    if bytes.contains(&0) {
        return Err(t.raise(t.classes().syntax_error, NULL_BYTES));
    }
    match decode_source(&bytes) {
        Ok(text) => check_null(t, text),
        Err(error) => decode_with_codec(t, &bytes, error, filename),
    }
}

/// Compiles what a file holds. Errors in its encoding are told as those of a file.
pub fn compile_file(t: &Thread, bytes: &[u8], filename: &str) -> R<Ref<CodeObject>> {
    let null = bytes.iter().position(|&byte| byte == 0).map(|at| &bytes[..at]);
    let lines = |text: &[u8]| 1 + text.iter().filter(|&&byte| byte == b'\n').count();
    let text = match decode_source(bytes) {
        // The first bad line counts.
        Err(DecodeError::Invalid(error)) if null.is_none_or(|before| lines(before) > error.line as usize) => {
            return Err(raise_not_utf8(t, bytes, &error, Some(filename))?);
        }
        decoded => decoded,
    };
    if let Some(before) = null {
        let message = "source code cannot contain null bytes";
        let line = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        let shown = Str::new(t, &String::from_utf8_lossy(line))?;
        return Err(raise_at_line(t, message, filename, lines(before), Value::NONE, shown.value())?);
    }
    let text = text.or_else(|error| decode_with_codec(t, bytes, error, filename))?;
    compile_from(t, &text, &module_options(t, filename), None)
}

/// How the interpreter compiles a module.
pub fn module_options(t: &Thread, filename: impl Into<String>) -> CompileOptions {
    CompileOptions {
        optimize: t.interpreter().options.optimize,
        longest_int: t.interpreter().int_max_str_digits.load(Relaxed),
        ..CompileOptions::module(filename)
    }
}

/// Bytes without a declared encoding that are not UTF-8. Those of a file are told with its name.
fn raise_not_utf8(t: &Thread, bytes: &[u8], error: &SyntaxError, filename: Option<&str>) -> R<Raised> {
    let line = bytes.split(|&byte| byte == b'\n').nth(error.line as usize - 1).unwrap_or_default();
    let byte = match std::str::from_utf8(line) {
        Err(invalid) => line.get(invalid.valid_up_to()).copied().unwrap_or_default(),
        Ok(_) => 0,
    };
    let file = filename.map_or_else(String::new, |filename| format!(" in file {filename}"));
    let message = format!(
        "Non-UTF-8 code starting with '\\x{byte:02x}'{file} on line {}, but no encoding declared; see https://peps.python.org/pep-0263/ for details",
        error.line
    );
    let filename = filename.map_or(Ok(Value::NONE), |filename| Ok(Str::new(t, filename)?.value()))?;
    let text = Str::new(t, &String::from_utf8_lossy(line))?.value();
    let (line, column) = (Value::small(error.line as i32), Value::small(error.column as i32));
    let details = Tuple::from_slice(t, &[filename, line, column, text, line, column])?;
    Ok(t.raise_with(t.classes().syntax_error, &[Str::new(t, &message)?.value(), details.value()]))
}

/// A SyntaxError of a line as a whole.
fn raise_at_line(t: &Thread, message: &str, filename: &str, line: usize, offset: Value, text: Value) -> R<Raised> {
    let details = Tuple::from_slice(t, &[Str::new(t, filename)?.value(), Value::small(line as i32), offset, text])?;
    Ok(t.raise_with(t.classes().syntax_error, &[Str::new(t, message)?.value(), details.value()]))
}

const NULL_BYTES: &str = "source code string cannot contain null bytes";

fn check_null(t: &Thread, text: String) -> R<String> {
    if text.contains('\0') { Err(t.raise(t.classes().syntax_error, NULL_BYTES)) } else { Ok(text) }
}

/// A declared encoding that the compiler itself does not know goes through the codec registry.
fn decode_with_codec(t: &Thread, bytes: &[u8], error: DecodeError, filename: &str) -> R<String> {
    match error {
        DecodeError::Unknown(encoding) => {
            let bytes = crate::objects::Bytes::new(t, bytes)?;
            let encoding_value = Str::new(t, &encoding)?;
            match protocols::call_method(t, bytes.value(), t.names().decode, &[encoding_value.value()]) {
                Ok(text) => Str::of(t, text)
                    .map(|text| text.to_string_lossy())
                    .ok_or_else(|| t.type_error("decoder should return a string result")),
                Err(raised) => {
                    t.catch(raised, t.classes().lookup_error)?;
                    let message = format!("unknown encoding: {encoding}");
                    Err(raise_at_line(t, &message, filename, 0, Value::NONE, Value::NONE)?)
                }
            }
        }
        DecodeError::Invalid(error) => Err(raise_not_utf8(t, bytes, &error, None)?),
    }
}

struct Namespaces {
    globals: Ref<Dict>,
    locals: Value,
}

fn namespaces(t: &Thread, function: &str, globals: Value, locals: Value) -> R<Namespaces> {
    let globals = if globals.is_none() {
        None
    } else {
        match globals.downcast::<Dict>() {
            Some(globals) => Some(globals),
            None if function == "eval" => return Err(t.type_error("globals must be a dict")),
            None => {
                let got = globals.class(t).name();
                return Err(t.type_error(format_args!("{function}() globals must be a dict, not {got}")));
            }
        }
    };
    let is_mapping = locals.is_none()
        || locals.downcast::<Dict>().is_some()
        || locals.class(t).special(t, crate::names::Special::GetItem).is_some();
    if !is_mapping {
        if function == "eval" {
            return Err(t.type_error("locals must be a mapping"));
        }
        return Err(t.type_error(format_args!("locals must be a mapping or None, not {}", locals.class(t).name())));
    }
    let (globals, locals) = match (globals, locals.is_none()) {
        (Some(globals), true) => (globals, globals.value()),
        (Some(globals), false) => (globals, locals),
        (None, none) => {
            let Some(frame) = t.frames().current() else {
                return Err(t.system_error("globals and locals cannot be NULL"));
            };
            let globals = frame.function().globals();
            (globals, if none { super::functions::current_locals(t)? } else { locals })
        }
    };
    let name = t.names().__builtins__;
    if globals.get_str(t, name).is_none() {
        let builtins = t.frames().current().map(|frame| frame.function().builtins());
        let builtins = builtins.or_else(|| t.interpreter().state().builtins_dict.get()).expect("made at start");
        globals.set_str(t, name, builtins)?;
    }
    Ok(Namespaces { globals, locals })
}

/// Evaluate the given source in the context of globals and locals.
///
/// The source may be a string representing a Python expression
/// or a code object as returned by compile().
/// The globals must be a dictionary and locals can be any mapping,
/// defaulting to the current globals and locals.
/// If only globals is given, locals defaults to it.
#[native("eval(source, /, globals=None, locals=None)")]
fn eval(t: &Thread, source: Value, globals: Value, locals: Value) -> R {
    let spaces = namespaces(t, "eval", globals, locals)?;
    let code = match source.downcast::<CodeObject>() {
        Some(code) => {
            if code.free_count() > 0 {
                return Err(t.type_error("code object passed to eval() may not contain free variables"));
            }
            code
        }
        None => {
            let text = source_text(t, source, "eval", "string, bytes or code")?;
            let text = text.trim_start_matches([' ', '\t']);
            compile_source(t, text, &options(t, String::from("<string>"), Mode::Eval, 0, true))?
        }
    };
    crate::exec::enter::execute(t, code, spaces.globals, spaces.locals, None)
}

/// Execute the given source in the context of globals and locals.
///
/// The source may be a string representing one or more Python statements
/// or a code object as returned by compile().
/// The globals must be a dictionary and locals can be any mapping,
/// defaulting to the current globals and locals.
/// If only globals is given, locals defaults to it.
/// The closure must be a tuple of cellvars, and can only be used
/// when source is a code object requiring exactly that many cellvars.
#[native("exec(source, /, globals=None, locals=None, *, closure=None)")]
fn exec(t: &Thread, source: Value, globals: Value, locals: Value, closure: Value) -> R<()> {
    let spaces = namespaces(t, "exec", globals, locals)?;
    let closure_given = !closure.is_none();
    let code = match source.downcast::<CodeObject>() {
        Some(code) => {
            check_closure(t, code, closure)?;
            code
        }
        None => {
            if closure_given {
                return Err(t.type_error("closure can only be used when source is a code object"));
            }
            let text = source_text(t, source, "exec", "string, bytes or code")?;
            compile_source(t, &text, &options(t, String::from("<string>"), Mode::Exec, 0, true))?
        }
    };
    crate::exec::enter::execute(t, code, spaces.globals, spaces.locals, Some(closure).filter(|_| closure_given))
        .map(drop)
}

fn check_closure(t: &Thread, code: Ref<CodeObject>, closure: Value) -> R<()> {
    let free = code.free_count();
    if free == 0 {
        return if closure.is_none() {
            Ok(())
        } else {
            Err(t.type_error("cannot use a closure with this code object"))
        };
    }
    let fits = Tuple::of(t, closure).is_some_and(|cells| {
        cells.len() == free && cells.as_slice().iter().all(|cell| cell.downcast::<crate::objects::Cell>().is_some())
    });
    if fits {
        Ok(())
    } else {
        Err(t.type_error(format_args!("code object requires a closure of exactly length {free}")))
    }
}

/// Why bytes could not be read as source here.
enum DecodeError {
    /// The declared encoding is not one that needs no codec.
    Unknown(String),
    /// The bytes are not in the declared encoding.
    Invalid(Box<SyntaxError>),
}

/// The text of a source file: by its byte order mark, the declaration in its first two lines (PEP 263), or UTF-8.
fn decode_source(bytes: &[u8]) -> Result<String, DecodeError> {
    let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let declared = declared_encoding(bytes);
    match declared.as_deref() {
        None | Some("utf-8" | "utf8" | "utf-8-sig") => {}
        Some(_) if marked => {}
        Some("latin-1" | "iso-8859-1" | "latin1" | "iso8859-1") => {
            return Ok(bytes.iter().map(|&byte| char::from(byte)).collect());
        }
        Some(other) => return Err(DecodeError::Unknown(other.to_owned())),
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(DecodeError::Invalid(undecodable(bytes, error.valid_up_to()))),
    }
}

/// The encoding that a comment in the first two lines names, in lower case.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|&byte| byte == b'\n').take(2) {
        let line = String::from_utf8_lossy(line);
        let trimmed = line.trim_start_matches([' ', '\t', '\x0c']);
        if let Some(comment) = trimmed.strip_prefix('#') {
            if let Some(after) = comment.find("coding").map(|at| &comment[at + 6..])
                && let Some(rest) = after.strip_prefix([':', '='])
            {
                let name: String =
                    rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || "-_.".contains(*c)).collect();
                if !name.is_empty() {
                    return Some(name.to_lowercase().replace('_', "-"));
                }
            }
        } else if !trimmed.trim().is_empty() {
            return None;
        }
    }
    None
}

fn undecodable(bytes: &[u8], position: usize) -> Box<SyntaxError> {
    let line = 1 + bytes[..position].iter().filter(|&&byte| byte == b'\n').count();
    let start = bytes[..position].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let byte = bytes[position];
    let reason = match byte {
        0x80..=0xC1 | 0xF5..=0xFF => "invalid start byte",
        _ if position + 1 >= bytes.len() => "unexpected end of data",
        _ => "invalid continuation byte",
    };
    let column = String::from_utf8_lossy(&bytes[start..position]).chars().count() as u32 + 1;
    Box::new(SyntaxError {
        message: format!(
            "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {}: {reason}",
            position - start
        ),
        kind: SyntaxErrorKind::Syntax,
        filename: String::from("<string>"),
        line: line as u32,
        column,
        end_line: line as u32,
        end_column: column,
        text: None,
    })
}
