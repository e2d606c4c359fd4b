//! What can be wrong with a text before any parser sees it, and how each of the two readers of tokens words it.

use super::Tokenizer;
use crate::errors::{SyntaxError, SyntaxErrorKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenErrorKind {
    /// An error with a message and a place of its own.
    Message,
    /// The text ends inside brackets or after a backslash.
    EndOfText,
    Dedent,
    Tabs,
    TooDeep,
    LineContinuation,
}

/// A text that cannot be cut into tokens further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    pub kind: TokenErrorKind,
    /// Empty unless the kind is `Message`.
    pub message: String,
    pub line: u32,
    /// Where that line begins, and where reading stopped, in bytes.
    pub line_start: u32,
    pub at: u32,
    /// 1-based, in characters.
    pub column: u32,
    pub end_column: u32,
}

impl TokenError {
    /// The exception that iterating over `_tokenize.TokenizerIter` raises.
    pub fn for_tokenize(&self, tokenizer: &Tokenizer, filename: &str) -> SyntaxError {
        let (kind, message) = match self.kind {
            TokenErrorKind::Message => (SyntaxErrorKind::Syntax, self.message.as_str()),
            TokenErrorKind::EndOfText => (SyntaxErrorKind::Syntax, "unexpected EOF in multi-line statement"),
            TokenErrorKind::Dedent => {
                (SyntaxErrorKind::Indentation, "unindent does not match any outer indentation level")
            }
            TokenErrorKind::Tabs => (SyntaxErrorKind::Tab, "inconsistent use of tabs and spaces in indentation"),
            TokenErrorKind::TooDeep => (SyntaxErrorKind::Indentation, "too many levels of indentation"),
            TokenErrorKind::LineContinuation => {
                (SyntaxErrorKind::Syntax, "unexpected character after line continuation character")
            }
        };
        let line = tokenizer.line_at(self.line_start);
        // The line end counts, though the text is shown without it.
        let whole_line = line.trim_end_matches('\n').chars().count() as u32 + 1;
        let (column, end_line, end_column) = match self.kind {
            TokenErrorKind::Message => (self.column, self.line, self.end_column),
            // Between lines CPython's buffer is empty, unless an f-string keeps it.
            TokenErrorKind::EndOfText if tokenizer.ends_between_lines() => (0, 0, 0),
            _ => (whole_line, 0, 0),
        };
        let text = line.trim_end_matches('\n');
        SyntaxError {
            message: message.to_owned(),
            kind,
            filename: filename.to_owned(),
            line: self.line,
            column,
            end_line,
            end_column,
            text: (self.kind != TokenErrorKind::EndOfText).then(|| text.to_owned()),
        }
    }
}
