//! The door to the parser: a tree, or the error that CPython would report for the same source.

use std::borrow::Cow;

use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::SyntaxError;
use super::diagnosis::diagnose;
use crate::source::SourceText;
use crate::tokens::{TokenKind, Tokenizer};

/// The future feature under which inequality is written `<>`.
pub(super) const FLUFL: &str = "barry_as_FLUFL";

/// What the text is taken for: `compile()`'s modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseMode {
    /// A whole module: `exec`.
    Module,
    /// One expression: `eval`.
    Expression,
    /// One interactive statement: `single`.
    Interactive,
}

#[derive(Clone, Copy, Debug)]
pub struct ParseFlags {
    pub mode: ParseMode,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: source that merely stops too early is `_IncompleteInputError`.
    pub allow_incomplete: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: a block at the end of interactive input must be closed by a line of its own.
    pub dont_imply_dedent: bool,
    /// `from __future__ import barry_as_FLUFL` is in force: `<>` is written for `!=`.
    pub future_flufl: bool,
}

impl ParseFlags {
    pub fn new(mode: ParseMode) -> Self {
        Self { mode, allow_incomplete: false, dont_imply_dedent: false, future_flufl: false }
    }
}

/// Parses a source, or says what CPython says about it.
pub fn parse(source: &SourceText, flags: ParseFlags) -> Result<Parsed<Mod>, Box<SyntaxError>> {
    if source.text().contains('\0') {
        return Err(SyntaxError::without_position(source, "source code string cannot contain null bytes"));
    }
    let flufl = !source.is_written() && (flags.future_flufl || source.text().contains(FLUFL));
    // Interactive input is short, and the parser takes more of it than one statement.
    if (flags.mode == ParseMode::Interactive || flufl || beyond_limits(source.text()))
        && let Some(error) = diagnose(source, flags)
    {
        return Err(error);
    }
    let mode = match flags.mode {
        ParseMode::Expression => Mode::Expression,
        ParseMode::Module | ParseMode::Interactive => Mode::Module,
    };
    let options = ParseOptions::from(mode).with_target_version(PythonVersion::PY314);
    // The diagnosis saw that each `<>` stands where it may.
    let text = if flufl { Cow::Owned(with_usual_inequality(source.text())) } else { Cow::Borrowed(source.text()) };
    let parsed = parse_unchecked(&text, options);
    let error = parsed.errors().first().map(Ranged::range);
    let unsupported = parsed.unsupported_syntax_errors().first().map(Ranged::range);
    match error.or(unsupported) {
        None => Ok(parsed),
        Some(range) => Err(diagnose(source, flags).unwrap_or_else(|| undiagnosed(source, range))),
    }
}

/// The text with `!=` for each `<>`, which the parser does not know.
fn with_usual_inequality(text: &str) -> String {
    let mut lexer = Tokenizer::new(text, false);
    let mut changed = text.to_owned();
    while let Ok(token) = lexer.next_token()
        && token.kind != TokenKind::EndMarker
    {
        let extent = token.start as usize..token.end as usize;
        if token.kind == TokenKind::NotEqual {
            changed.replace_range(extent, "!=");
        }
    }
    changed
}

/// Whether the text may hold something that the parser takes but CPython's tokenizer refuses: a byte order mark, more than
/// 200 open brackets, 100 levels of indentation, fields nested in format specifications. It may also say so in vain.
fn beyond_limits(text: &str) -> bool {
    let (mut open, mut deepest, mut colons) = (0_u32, 0, 0_u32);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    for pair in text.as_bytes().windows(2) {
        colons = if pair == b":{" { colons + 1 } else { colons };
    }
    let indented = text.lines().any(|line| line.len() - line.trim_start_matches([' ', '\t']).len() >= 99);
    text.starts_with('\u{feff}') || deepest >= 200 || indented || colons >= 3
}

/// The parser refuses what the diagnosis accepts.
fn undiagnosed(source: &SourceText, range: TextRange) -> Box<SyntaxError> {
    SyntaxError::parsing(source, range, "invalid syntax")
}
