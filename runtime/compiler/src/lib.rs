//! Python source to bytecode.
//!
//! `compile` takes a source text through the parser (`errors::parse`), the symbol table (`symbols`) and code generation
//! (`codegen`). The crate knows nothing of values or heaps: a code unit's constants are plain data.

#![forbid(unsafe_code)]

mod codegen;
pub mod errors;
mod nesting;
pub mod source;
pub mod symbols;
pub mod tokens;
pub mod tree;

use bytecode::Code;
use errors::{ParseFlags, ParseMode, SyntaxError};
pub use nesting::with_stack;
use source::SourceText;
use symbols::AnalyzeOptions;

/// What a source is compiled as: the modes of `compile()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A module.
    #[default]
    Exec,
    /// One expression, whose value the code returns.
    Eval,
    /// One interactive statement, whose value is shown.
    Single,
}

/// How a source is compiled.
#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// `co_filename`.
    pub filename: String,
    /// What the source is.
    pub mode: Mode,
    /// The optimization level: 1 drops assertions, 2 doc strings too.
    pub optimize: u8,
    /// `from __future__ import annotations` is inherited from the calling code.
    pub future_annotations: bool,
    /// `from __future__ import barry_as_FLUFL` is inherited from the calling code.
    pub future_flufl: bool,
    /// `await` may stand at module level.
    pub allow_top_level_await: bool,
    /// Source that merely stops too early is an error of its own.
    pub allow_incomplete: bool,
    /// A block at the end of interactive input must be closed by a line of its own.
    pub dont_imply_dedent: bool,
    /// `co_firstlineno` of the module's code.
    pub first_line: u32,
    /// Decimal digits that an integer may have; 0 for any number.
    pub longest_int: u32,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            filename: "<string>".to_owned(),
            mode: Mode::Exec,
            optimize: 0,
            future_annotations: false,
            future_flufl: false,
            allow_top_level_await: false,
            allow_incomplete: false,
            dont_imply_dedent: false,
            first_line: 1,
            longest_int: 0,
        }
    }
}

impl CompileOptions {
    /// Options for a module in `filename`.
    #[must_use]
    pub fn module(filename: impl Into<String>) -> Self {
        Self { filename: filename.into(), ..Self::default() }
    }

    /// What the parser is told.
    #[must_use]
    pub fn parse_flags(&self) -> ParseFlags {
        let mode = match self.mode {
            Mode::Exec => ParseMode::Module,
            Mode::Eval => ParseMode::Expression,
            Mode::Single => ParseMode::Interactive,
        };
        ParseFlags {
            mode,
            allow_incomplete: self.allow_incomplete,
            dont_imply_dedent: self.dont_imply_dedent,
            future_flufl: self.future_flufl,
            longest_int: self.longest_int,
        }
    }
}

/// A `SyntaxWarning` to be issued about the source. Columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The message.
    pub message: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last.
    pub end_column: u32,
}

impl Warning {
    /// The warning with its place in lines and columns.
    #[must_use]
    pub fn new(warning: errors::SourceWarning, source: &SourceText) -> Self {
        let start = source.byte_position(warning.range.start());
        let end = source.byte_position(warning.range.end());
        Self {
            message: warning.message,
            line: start.line,
            column: start.column + 1,
            end_line: end.line,
            end_column: end.column + 1,
        }
    }
}

/// What compiling gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The module's code.
    pub code: Code,
    /// Warnings, in the order of the source.
    pub warnings: Vec<Warning>,
}

/// Compiles a source text.
///
/// The work may move to a stack of its own (`with_stack`): a thread whose stack others scan calls this where it has published
/// its stack, as for a blocking call.
pub fn compile(source: &str, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    let source = SourceText::new(options.filename.clone(), source);
    with_stack(&source, || compile_here(&source, options))
}

/// Compiles a tree, such as `ast` nodes built by a program. It must have passed `tree::validate`.
pub fn compile_tree(tree: &tree::Node, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    let (source, mode) = tree::to_source(tree, &options.filename);
    let mode = match mode {
        ParseMode::Module => Mode::Exec,
        ParseMode::Expression => Mode::Eval,
        ParseMode::Interactive => Mode::Single,
    };
    // The limit on digits is one of reading them; a tree has numbers.
    let options = CompileOptions { mode, longest_int: 0, ..options.clone() };
    with_stack(&source, || compile_here(&source, &options))
}

fn compile_here(source: &SourceText, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    let parsed = errors::parse(source, options.parse_flags())?;
    let analyze = AnalyzeOptions {
        future_annotations: options.future_annotations,
        allow_top_level_await: options.allow_top_level_await,
    };
    let table = symbols::analyze(parsed.syntax(), source, &analyze)?;
    errors::check(parsed.syntax(), source, &table, &analyze)?;
    let (code, late_warnings) = codegen::generate(parsed.syntax(), source, &table, options)?;
    let mut warnings: Vec<Warning> = errors::literal_warnings(parsed.syntax(), source)
        .into_iter()
        .chain(errors::jump_warnings(parsed.syntax()))
        .map(|warning| Warning::new(warning, source))
        .collect();
    for warning in late_warnings {
        // The body of a `finally` is written several times, and warned about once.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    Ok(Compiled { code, warnings })
}
