//! Making the error: what is raised, where it points, and which of several findings is reported.

use ruff_text_size::TextSize;

use super::nodes::Expr;
use super::{Fail, Match, ParseFlags, ParseMode, Parser, Read, Targets, invalid_target};
use crate::errors::{SyntaxError, SyntaxErrorKind};
use crate::source::SourceText;
use crate::tokens::{Token, TokenError, TokenErrorKind, TokenKind};

/// What CPython stores where an error has a start but no end: 0, or -1 if the token has no end.
const NO_END: u32 = 0;
const MINUS_ONE: u32 = u32::MAX;

pub(super) fn find(source: &SourceText, flags: ParseFlags) -> Option<Box<SyntaxError>> {
    let mut parser = Parser::new(source, flags);
    let mut error = parser.judge()?;
    if parser.line_reached() > error.line {
        // Only the line that CPython's tokenizer is at has its end.
        if let Some(text) = error.text.as_mut().filter(|text| text.ends_with('\n')) {
            text.pop();
        }
        return Some(error);
    }
    if flags.mode == ParseMode::Module && !parser.text_as_it_stands.get() {
        // CPython reads a module's text with a line end after its last line.
        if let Some(text) = error.text.as_mut().filter(|text| !text.ends_with('\n')) {
            text.push('\n');
        }
    }
    Some(error)
}

impl Parser<'_> {
    /// The line of the last token that was read, or at which the tokenizer gave up.
    fn line_reached(&self) -> u32 {
        match self.tokens.last() {
            Some(read) if !self.error_is_lexical => read.token.line,
            _ => self.lexer.line_read(),
        }
    }

    fn judge(&mut self) -> Option<Box<SyntaxError>> {
        let flags = self.flags;
        let parser = self;
        if parser.whole().is_ok() {
            return parser.late.take().or_else(|| parser.second_statement());
        }
        if flags.allow_incomplete && parser.lexer_at_end() {
            return Some(parser.incomplete());
        }
        if parser.error.is_some() {
            return Some(parser.prefer_lexical());
        }
        let last = parser.tokens.last().copied();
        let failure = parser.token_failure.take();
        parser.explaining = true;
        parser.at = 0;
        parser.depth = 0;
        parser.kept.clear();
        parser.flufl = flags.future_flufl;
        if failure.is_none() {
            let _ = parser.whole();
        }
        if parser.error.is_some() {
            return Some(parser.prefer_lexical());
        }
        parser.plain(last, failure);
        parser.error.take()
    }

    fn whole(&mut self) -> Match<()> {
        match self.flags.mode {
            ParseMode::Module => self.file(),
            ParseMode::Expression => self.evaluated(),
            ParseMode::Interactive => self.interactive(),
        }
    }

    /// Interactive input holds one statement; only blank lines and comments may follow.
    fn second_statement(&mut self) -> Option<Box<SyntaxError>> {
        if self.flags.mode != ParseMode::Interactive {
            return None;
        }
        let (_, _, at) = self.lexer.reached();
        let rest = self.source.text().get(at as usize..).unwrap_or("");
        let mut lines = rest.split('\n').map(|line| line.trim_start_matches([' ', '\t', '\x0c']));
        if lines.all(|line| line.is_empty() || line.starts_with('#')) {
            return None;
        }
        let _ = self.raise::<()>("multiple statements found while compiling a single statement");
        self.error.take()
    }

    /// Whether the tokenizer came to the end of the text: more text might have made it right.
    fn lexer_at_end(&self) -> bool {
        let unterminated = |error: &SyntaxError| {
            let ended = self.source.text().ends_with('\n');
            let literal = error.message.starts_with("unterminated string literal");
            let last = error.line == self.source.line_count();
            error.message.starts_with("unterminated triple-quoted") || literal && !ended && last
        };
        self.token_failure.is_some()
            || self.reached_end
            || self.tokens.last().is_some_and(|read| read.token.trailing)
            || self.error.as_deref().is_some_and(|error| self.error_is_lexical && unterminated(error))
    }

    fn incomplete(&self) -> Box<SyntaxError> {
        let mut error = match self.tokens.last() {
            Some(read) => self.error_at(&read.token, "incomplete input"),
            None => self.error_between(0, 0, "incomplete input"),
        };
        error.kind = SyntaxErrorKind::Incomplete;
        if let Some(found) = self.error.as_ref().filter(|_| self.error_is_lexical) {
            (error.line, error.column) = (found.line, found.column);
        } else if self.token_failure.is_some() {
            let (line, line_start, at) = self.lexer.reached();
            (error.line, error.column) = (line, self.column(line_start, at.min(self.source.text().len() as u32)));
        }
        error
    }

    /// Keeps what the tokenizer reported. What has a message is an error already; the rest depends on the parse.
    pub(super) fn token_error(&mut self, error: Box<TokenError>) {
        if self.error.is_some() {
            return;
        }
        // A backslash at the very end continues nothing where no line end is added.
        let continues = self.flags.mode != ParseMode::Module && self.source.text().ends_with('\\');
        match error.kind {
            TokenErrorKind::EndOfText if continues => {
                let error = TokenError { kind: TokenErrorKind::LineContinuation, column: error.column - 1, ..*error };
                self.error = Some(self.lexical(&error));
                self.error_is_lexical = true;
            }
            TokenErrorKind::Message => {
                self.error = Some(self.lexical(&error));
                self.error_is_lexical = true;
            }
            TokenErrorKind::EndOfText => self.token_failure = Some(error),
            _ => {
                self.error = Some(self.lexical(&error));
                self.error_is_lexical = true;
            }
        }
    }

    fn lexical(&self, error: &TokenError) -> Box<SyntaxError> {
        let mut text = self.source.line_text(error.line);
        if error.kind == TokenErrorKind::Message {
            // The tokenizer tells of its own errors without the end of the line.
            text = text.trim_end_matches('\n');
        }
        self.text_as_it_stands.set(matches!(error.kind, TokenErrorKind::Message | TokenErrorKind::EndOfText));
        let (kind, message, column, end_column) = match error.kind {
            TokenErrorKind::Dedent => {
                let words = "unindent does not match any outer indentation level";
                let column = text.trim_end_matches('\n').chars().count() as u32 + 1;
                (SyntaxErrorKind::Indentation, words, column, MINUS_ONE)
            }
            TokenErrorKind::Tabs => {
                let words = "inconsistent use of tabs and spaces in indentation";
                (SyntaxErrorKind::Tab, words, 1, NO_END)
            }
            TokenErrorKind::TooDeep => (SyntaxErrorKind::Indentation, "too many levels of indentation", 1, NO_END),
            TokenErrorKind::LineContinuation => {
                let words = "unexpected character after line continuation character";
                (SyntaxErrorKind::Syntax, words, error.column, NO_END)
            }
            TokenErrorKind::Message | TokenErrorKind::EndOfText => {
                (SyntaxErrorKind::Syntax, error.message.as_str(), error.column, error.end_column)
            }
        };
        Box::new(SyntaxError {
            message: message.to_owned(),
            kind,
            filename: self.source.filename().to_owned(),
            line: error.line,
            column,
            end_line: error.line,
            end_column,
            text: Some(text.to_owned()),
        })
    }

    /// The generic case: no error rule had anything to say.
    fn plain(&mut self, last: Option<Read>, failure: Option<Box<TokenError>>) {
        if failure.is_some() || self.token_failure.is_some() {
            self.end_of_text();
            return;
        }
        let Some(Read { token, .. }) = last else { return self.end_of_text() };
        let kind = token.kind;
        if matches!(kind, TokenKind::Indent | TokenKind::Dedent) {
            let message = if kind == TokenKind::Indent { "unexpected indent" } else { "unexpected unindent" };
            let newest = self.tokens.last().map_or(token, |read| read.token);
            self.error = Some(self.error_at(&newest, message));
            self.kind(SyntaxErrorKind::Indentation);
            return;
        }
        self.error = Some(self.error_known(&token, "invalid syntax"));
        *self = self.take_prefer_lexical();
    }

    fn kind(&mut self, kind: SyntaxErrorKind) {
        if let Some(error) = &mut self.error {
            error.kind = kind;
        }
    }

    fn end_of_text(&mut self) {
        if !self.lexer.open_brackets().is_empty() {
            self.error = Some(self.never_closed());
        } else {
            let (line, line_start, at) = self.lexer.reached();
            let column = self.column(line_start, at);
            let text = self.source.line_text(line).to_owned();
            self.error = Some(Box::new(SyntaxError {
                message: "unexpected EOF while parsing".to_owned(),
                kind: SyntaxErrorKind::Syntax,
                filename: self.source.filename().to_owned(),
                line,
                column,
                end_line: line,
                end_column: MINUS_ONE,
                text: Some(text),
            }));
        }
        self.error_is_lexical = true;
    }

    /// The innermost bracket is still open.
    fn never_closed(&self) -> Box<SyntaxError> {
        let open = *self.lexer.open_brackets().last().expect("called only with a bracket open");
        let message = format!("'{}' was never closed", open.byte as char);
        let position = self.source.char_position(TextSize::new(open.at));
        Box::new(SyntaxError {
            message,
            kind: SyntaxErrorKind::Syntax,
            filename: self.source.filename().to_owned(),
            line: open.line,
            column: position.column + 1,
            end_line: open.line,
            end_column: NO_END,
            text: Some(self.source.line_text(open.line).to_owned()),
        })
    }

    fn take_prefer_lexical(&mut self) -> Self {
        let mut next = Parser::new(self.source, self.flags);
        std::mem::swap(&mut next, self);
        let error = next.prefer_lexical();
        next.error = Some(error);
        next
    }

    /// An error of the tokenizer further on in the text is preferred to the parser's own.
    fn prefer_lexical(&mut self) -> Box<SyntaxError> {
        let found = self.error.take().expect("called with an error");
        if self.error_is_lexical || self.flags.mode == ParseMode::Interactive && self.flags.allow_incomplete {
            return found;
        }
        let line = self.tokens.last().map_or(0, |read| read.token.line);
        loop {
            match self.lexer.next_token() {
                Ok(token) if token.kind == TokenKind::EndMarker => return found,
                Ok(_) => {}
                // What is wrong inside a template string says nothing of the text before it.
                Err(_) if self.lexer.in_template() => return found,
                Err(error) if error.kind == TokenErrorKind::Message => return self.lexical(&error),
                Err(_) => {
                    let unclosed = self.lexer.open_brackets().last().is_some_and(|open| line > open.line);
                    return if unclosed { self.never_closed() } else { found };
                }
            }
        }
    }

    // Raising.

    fn error_between(&self, start: u32, end: u32, message: &str) -> Box<SyntaxError> {
        let length = self.source.text().len() as u32;
        let (start, end) = (start.min(length), end.min(length));
        let range = ruff_text_size::TextRange::new(TextSize::new(start), TextSize::new(end.max(start)));
        let mut error = SyntaxError::parsing(self.source, range, message);
        if error.end_line > error.line {
            // CPython measures the end's column on the first line.
            let first_line = self.source.line_text(error.line).trim_end_matches('\n').chars().count() as u32;
            error.end_column = error.end_column.min(first_line + 1);
        }
        error
    }

    /// An error that belongs to a later stage than parsing.
    pub(super) fn compile_error(&self, start: u32, end: u32, message: &str) -> Box<SyntaxError> {
        let range = ruff_text_size::TextRange::new(TextSize::new(start), TextSize::new(end));
        SyntaxError::compiling(self.source, range, message)
    }

    /// An error about one token, which has a place even where it is empty.
    fn error_known(&self, token: &Token, message: &str) -> Box<SyntaxError> {
        if self.has_no_place(token) {
            let mut error = self.error_between(token.start, token.end, message);
            (error.line, error.column) = (token.line, 0);
            (error.end_line, error.end_column) = (token.end_line, 0);
            error.text = Some(self.source.line_text(token.line).to_owned());
            return error;
        }
        let mut error = self.error_between(token.start, token.end, message);
        if token.kind == TokenKind::Newline {
            error.line = token.line;
            error.end_line = token.line;
            error.column = self.column(token.line_start, token.start) + 1;
            let comment_or_end = self.newline_end(token);
            error.end_column = self.column(token.line_start, comment_or_end) + 1;
            error.text = Some(self.source.line_text(token.line).to_owned());
        }
        error
    }

    fn newline_end(&self, token: &Token) -> u32 {
        token.end + 1
    }

    fn column(&self, line_start: u32, at: u32) -> u32 {
        let text = self.lexer.text();
        let at = (at as usize).min(text.len());
        text[line_start as usize..at].chars().count() as u32
    }

    /// An error about one token; those without a place of their own are where the tokenizer stands.
    fn error_at(&self, token: &Token, message: &str) -> Box<SyntaxError> {
        if !self.has_no_place(token) {
            return self.error_known(token, message);
        }
        let (_, line_start, at) = self.lexer.reached();
        let at = if self.flags.mode == ParseMode::Module { at } else { at.min(self.source.text().len() as u32) };
        let mut error = self.error_between(token.start, token.end, message);
        (error.line, error.column) = (token.line, self.column(line_start, at));
        (error.end_line, error.end_column) = (token.end_line, MINUS_ONE);
        error.text = Some(self.source.line_text(token.line).to_owned());
        error
    }

    fn fail<T>(&mut self, error: Box<SyntaxError>) -> Match<T> {
        self.error.get_or_insert(error);
        Err(Fail::Raised)
    }

    /// Raises at the last token read, wherever the parse stands.
    pub(super) fn raise<T>(&mut self, message: impl AsRef<str>) -> Match<T> {
        let last = self.tokens.last().expect("an error rule has read a token").token;
        let error = self.error_at(&last, message.as_ref());
        self.fail(error)
    }

    pub(super) fn raise_indentation<T>(&mut self, message: impl AsRef<str>) -> Match<T> {
        let result = self.raise(message);
        self.kind(SyntaxErrorKind::Indentation);
        result
    }

    pub(super) fn raise_at_next<T>(&mut self, message: impl AsRef<str>) -> Match<T> {
        let token = self.peek()?.token;
        let error = self.error_at(&token, message.as_ref());
        self.fail(error)
    }

    pub(super) fn raise_at_token<T>(&mut self, token: &Token, message: impl AsRef<str>) -> Match<T> {
        let error = self.error_known(token, message.as_ref());
        self.fail(error)
    }

    pub(super) fn raise_at<T>(&mut self, expression: &Expr, message: impl AsRef<str>) -> Match<T> {
        self.raise_between(expression.start, expression.end, message)
    }

    pub(super) fn raise_between<T>(&mut self, start: u32, end: u32, message: impl AsRef<str>) -> Match<T> {
        let error = self.error_between(start, end, message.as_ref());
        self.fail(error)
    }

    /// Raises at a place, without an end.
    pub(super) fn raise_without_end<T>(&mut self, at: u32, end_line_of: u32, message: impl AsRef<str>) -> Match<T> {
        let mut error = self.error_between(at, end_line_of, message.as_ref());
        error.end_column = NO_END;
        self.fail(error)
    }

    /// Raises from a place up to where the tokenizer stands.
    pub(super) fn raise_from<T>(&mut self, start: u32, message: impl AsRef<str>) -> Match<T> {
        let (line, line_start, at) = self.lexer.reached();
        let mut error = self.error_between(start, start, message.as_ref());
        error.end_line = line;
        error.end_column = self.column(line_start, at);
        self.fail(error)
    }

    /// Raises from a token that may be a line end.
    pub(super) fn raise_from_token<T>(&mut self, token: &Token, message: impl AsRef<str>) -> Match<T> {
        let (line, line_start, at) = self.lexer.reached();
        let mut error = self.error_known(token, message.as_ref());
        error.end_line = line;
        error.end_column = self.column(line_start, at);
        self.fail(error)
    }

    /// Raises about the part of `expression` that cannot be such a target; if there is none, the rule does not match.
    pub(super) fn raise_invalid_target<T>(&mut self, expression: &Expr, targets: Targets) -> Match<T> {
        let Some(invalid) = invalid_target(expression, targets) else { return Err(Fail::Mismatch) };
        let verb = if targets == Targets::Deleted { "delete" } else { "assign to" };
        let message = format!("cannot {verb} {}", invalid.name());
        self.raise_at(&invalid, message)
    }

    fn has_no_place(&self, token: &Token) -> bool {
        matches!(token.kind, TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker)
            || self.flags.mode != ParseMode::Module && self.is_made_up(token)
    }
}
