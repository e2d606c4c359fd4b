//! Syntax errors as CPython reports them: exception class, message, position and text.

mod checks;
mod diagnosis;
pub(crate) mod literals;
mod parse;
mod warnings;

pub use checks::check;
pub use parse::{ParseFlags, ParseMode, parse};
pub use warnings::{SourceWarning, jump_warnings, literal_warnings};

use ruff_text_size::{TextRange, TextSize};

use crate::source::SourceText;

/// Which exception class a `SyntaxError` becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `MemoryError`: the source nests too deeply to parse.
    Memory,
    /// `RecursionError`: the source nests too deeply to compile.
    Recursion,
    /// `_IncompleteInputError`: more lines could complete the source, and the caller asked to be told.
    Incomplete,
}

pub(crate) const TOO_COMPLEX: &str = "Parser stack overflowed - Python source too complex to parse";

/// What the exception object carries. `line` 0 means that the exception has no position at all (all four are `None`);
/// `end_line` 0 means that it has no end. The columns are 1-based. Where CPython leaves the end column 0 or -1 (some errors of
/// its tokenizer), it is 0 or `u32::MAX` here: read it as `i32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub message: String,
    pub kind: SyntaxErrorKind,
    pub filename: String,
    pub line: u32,
    /// Errors of the parser count characters; errors found later (symbols, code generation) count UTF-8 bytes.
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
    /// The source line, for errors of the parser. Later errors have `None`: as in CPython, whoever makes the
    /// exception reads the line from the file `filename`, if there is one.
    pub text: Option<String>,
}

impl SyntaxError {
    /// An error of the parser: columns in characters, with the source line.
    pub fn parsing(source: &SourceText, range: TextRange, message: impl Into<String>) -> Box<Self> {
        let (start, end) = (source.char_position(range.start()), source.char_position(range.end()));
        Box::new(Self {
            message: message.into(),
            kind: SyntaxErrorKind::Syntax,
            filename: source.filename().to_owned(),
            line: start.line,
            column: start.column + 1,
            end_line: end.line,
            end_column: end.column + 1,
            text: Some(source.line_text(start.line).to_owned()),
        })
    }

    /// An error found after parsing: columns in bytes, without the source line.
    pub fn compiling(source: &SourceText, range: TextRange, message: impl Into<String>) -> Box<Self> {
        let (start, end) = (source.byte_position(range.start()), source.byte_position(range.end()));
        Box::new(Self {
            message: message.into(),
            kind: SyntaxErrorKind::Syntax,
            filename: source.filename().to_owned(),
            line: start.line,
            column: start.column + 1,
            end_line: end.line,
            end_column: end.column + 1,
            text: None,
        })
    }

    /// An error of the whole source, such as a null byte in it.
    pub fn without_position(source: &SourceText, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            message: message.into(),
            kind: SyntaxErrorKind::Syntax,
            filename: source.filename().to_owned(),
            line: 0,
            column: 0,
            end_line: 0,
            end_column: 0,
            text: None,
        })
    }
}

/// Where a decorated definition itself begins: at `def`, `async` or `class`, after its decorators.
pub fn definition_start(source: &SourceText, range: TextRange, last_decorator: Option<TextRange>) -> TextSize {
    let Some(decorator) = last_decorator else { return range.start() };
    let text = source.text().as_bytes();
    let mut at = decorator.end().to_usize();
    while at < text.len() {
        match text[at] {
            b' ' | b'\t' | b'\x0c' | b'\n' | b'\\' => at += 1,
            b'#' => at += text[at..].iter().position(|&byte| byte == b'\n').unwrap_or(text.len() - at),
            _ => break,
        }
    }
    TextSize::new(at as u32)
}

/// The warning about a backslash before a character that it does not escape.
pub(crate) fn invalid_escape(escaped: char) -> String {
    format!(
        "\"\\{escaped}\" is an invalid escape sequence. Such sequences will not work in the future. \
         Did you mean \"\\\\{escaped}\"? A raw string is also an option."
    )
}
