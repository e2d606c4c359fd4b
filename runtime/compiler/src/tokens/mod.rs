//! Tokens as CPython's tokenizer makes them: for the `_tokenize` module, and for finding out what a syntax error is.
//!
//! The parser proper has its own lexer; this one exists because users see it. It gives CPython's token kinds, their
//! exact extent, and CPython's errors. It reads a whole text: a caller that is handed lines joins them first. In *extra*
//! mode it also gives comments and blank line ends, forgives what only a parser would mind (unmatched brackets, old
//! octal numbers), and is otherwise the same.

mod errors;
mod kinds;
mod lexer;
mod literals;
mod numbers;
mod template;

pub use errors::{TokenError, TokenErrorKind};
pub use kinds::TokenKind;
pub use lexer::{LexerWarning, Tokenizer};
pub(crate) use numbers::starts_with_keyword;

/// One token. Offsets count bytes of the tokenizer's text; lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
    /// The line on which the token starts, and where that line begins.
    pub line: u32,
    pub line_start: u32,
    /// The line on which the token ends, and where that line begins.
    pub end_line: u32,
    pub end_line_start: u32,
    /// A `DEDENT` or `ENDMARKER` made by the end of the text.
    pub trailing: bool,
}

/// A token as `tokenize` shows it: kind, text, start and end in characters, and the line or lines it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo<'a> {
    /// The kind's number; in extra mode all operators are `OP`.
    pub kind: u8,
    pub string: &'a str,
    pub start: (u32, u32),
    pub end: (u32, u32),
    pub line: &'a str,
}
