//! The door to the parser: a tree, or the error that CPython would report for the same source.

use std::borrow::Cow;

use ruff_python_ast::visitor::source_order::{self, SourceOrderVisitor};
use ruff_python_ast::{Expr, Mod, PythonVersion};
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
    /// Decimal digits that an integer may have; 0 for any number.
    pub longest_int: u32,
}

impl ParseFlags {
    pub fn new(mode: ParseMode) -> Self {
        Self { mode, allow_incomplete: false, dont_imply_dedent: false, future_flufl: false, longest_int: 0 }
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
        None => match too_long_int(parsed.syntax(), source, flags.longest_int as usize) {
            None => Ok(parsed),
            Some(error) => Err(error),
        },
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

/// The error about the first decimal integer with more digits than `limit`.
fn too_long_int(module: &Mod, source: &SourceText, limit: usize) -> Option<Box<SyntaxError>> {
    // Most sources are shorter than that, or else have no run of digits of such a length.
    let text = source.text().as_bytes();
    if limit == 0 || text.len() <= limit || !has_run_of_digits(text, limit) {
        return None;
    }
    let mut search = LongInts { source, limit, found: None };
    search.visit_mod(module);
    let (range, digits) = search.found?;
    let message = format!(
        "{} - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
        text::ints::digit_limit_message(limit, Some(digits))
    );
    // The place is the line as a whole.
    let mut error = SyntaxError::parsing(source, range, message);
    (error.column, error.end_column) = (0, 0);
    Some(error)
}

fn has_run_of_digits(text: &[u8], limit: usize) -> bool {
    text.split(|byte| !byte.is_ascii_digit() && *byte != b'_').any(|run| run.len() > limit)
}

struct LongInts<'s> {
    source: &'s SourceText,
    limit: usize,
    found: Option<(TextRange, usize)>,
}

impl<'a> SourceOrderVisitor<'a> for LongInts<'_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::NumberLiteral(node) = expression
            && node.value.is_int()
            && self.found.is_none()
        {
            let text = self.source.text()[node.range].as_bytes();
            let decimal = !text.get(1).is_some_and(u8::is_ascii_alphabetic);
            let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
            if decimal && digits > self.limit {
                self.found = Some((node.range, digits));
            }
        }
        source_order::walk_expr(self, expression);
    }
}

/// The parser refuses what the diagnosis accepts.
fn undiagnosed(source: &SourceText, range: TextRange) -> Box<SyntaxError> {
    SyntaxError::parsing(source, range, "invalid syntax")
}
