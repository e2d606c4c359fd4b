//! The tokenizer's state and its main loop: indentation, names, operators, line ends.
//!
//! Lines are entered lazily: `line` and `line_start` move on when the first byte of a line is read, not when the line
//! end before it is. So a `NEWLINE` token, and an error found at a line end, belong to the line they end.

use super::template::TemplateMode;
use super::{Token, TokenError, TokenErrorKind, TokenInfo, TokenKind};

const MAX_INDENTATION: usize = 100;
const MAX_BRACKETS: usize = 200;
const TAB: u32 = 8;
/// The column of a token that stands nowhere: -1 for who asks.
const NO_COLUMN: u32 = u32::MAX;

/// A warning of the tokenizer; the column does not matter to Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexerWarning {
    pub line: u32,
    pub message: String,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Indentation {
    column: u32,
    /// The column if a tab counted as one: when both disagree with the block, tabs and spaces are mixed.
    tabless: u32,
}

/// An open bracket, for errors about it.
#[derive(Clone, Copy, Debug)]
pub struct OpenBracket {
    pub byte: u8,
    pub line: u32,
    pub line_start: u32,
    pub at: u32,
}

/// Cuts one text into tokens.
#[derive(Debug)]
pub struct Tokenizer {
    pub(super) text: Box<str>,
    pub(super) extra: bool,
    ascii: bool,
    /// A line end was added to the last line.
    implicit_newline: bool,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) line_start: usize,
    /// Where the next line begins.
    next_line: usize,
    line_beginning: bool,
    comment_alone: bool,
    indentation: Vec<Indentation>,
    pending: i32,
    pub(super) brackets: Vec<OpenBracket>,
    pub(super) templates: Vec<TemplateMode>,
    pub(super) warnings: Vec<LexerWarning>,
    finished: bool,
    /// The last line of a string that has no end.
    pub(super) last_line: u32,
    /// The line of the last token that was described.
    described_line: u32,
    /// The last byte offset turned into a column, to count characters from there.
    counted: (usize, usize, u32),
}

pub(super) type Lexed<T> = Result<T, Box<TokenError>>;

impl Tokenizer {
    /// `extra` asks for comments and blank line ends too, as `tokenize` does.
    pub fn new(text: impl Into<String>, extra: bool) -> Self {
        let mut text: String = text.into();
        let implicit_newline = !text.is_empty() && !text.ends_with('\n');
        if implicit_newline {
            text.push('\n');
        }
        let ascii = text.is_ascii();
        Self {
            text: text.into_boxed_str(),
            extra,
            ascii,
            implicit_newline,
            at: 0,
            line: 0,
            line_start: 0,
            next_line: 0,
            line_beginning: true,
            comment_alone: false,
            indentation: vec![Indentation { column: 0, tabless: 0 }],
            pending: 0,
            brackets: Vec::new(),
            templates: Vec::new(),
            last_line: 0,
            warnings: Vec::new(),
            finished: false,
            described_line: 0,
            counted: (0, 0, 0),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn warnings(&self) -> &[LexerWarning] {
        &self.warnings
    }

    /// Brackets open at the point reached.
    pub fn open_brackets(&self) -> &[OpenBracket] {
        &self.brackets
    }

    /// The line and its beginning at the point reached.
    pub fn reached(&self) -> (u32, u32, u32) {
        (self.line, self.line_start as u32, self.at as u32)
    }

    /// The last line that was read, also where a string without an end made reading go back to its start.
    pub fn line_read(&self) -> u32 {
        self.line.max(self.last_line)
    }

    /// Whether reading stopped at the end of the text inside brackets, with no f-string or backslash to continue.
    pub(super) fn ends_between_lines(&self) -> bool {
        !self.brackets.is_empty() && self.templates.is_empty() && !self.line_beginning
    }

    /// Whether the point reached is inside an f-string or t-string.
    pub fn in_template(&self) -> bool {
        !self.templates.is_empty()
    }

    /// How deep the current block is indented.
    pub fn depth(&self) -> usize {
        self.indentation.len() - 1
    }

    /// The line that begins at `start`, with its line end.
    pub fn line_at(&self, start: u32) -> &str {
        let start = start as usize;
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at + 1);
        self.without_implicit(start, end)
    }

    fn without_implicit(&self, start: usize, end: usize) -> &str {
        let end = if self.implicit_newline && end == self.text.len() && end > start { end - 1 } else { end };
        &self.text[start..end]
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The byte at the point reached, without entering its line; 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.bytes().get(self.at).copied().unwrap_or(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> u8 {
        self.bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Reads a byte, and enters its line if it is the first there. `None` at the end.
    pub(super) fn read(&mut self) -> Option<u8> {
        let byte = *self.bytes().get(self.at)?;
        if self.at == self.next_line {
            self.enter_line();
        }
        self.at += 1;
        Some(byte)
    }

    pub(super) fn enter_line(&mut self) {
        self.line += 1;
        self.line_start = self.at;
        let rest = &self.bytes()[self.at..];
        self.next_line = self.at + memchr_newline(rest);
    }

    pub(super) fn token(&self, kind: TokenKind, start: usize) -> Token {
        self.token_to(kind, start, self.at)
    }

    pub(super) fn token_to(&self, kind: TokenKind, start: usize, end: usize) -> Token {
        Token {
            kind,
            start: start as u32,
            end: end as u32,
            line: self.line,
            line_start: self.line_start as u32,
            end_line: self.line,
            end_line_start: self.line_start as u32,
            trailing: false,
        }
    }

    /// The next token. After `ENDMARKER` it is `ENDMARKER` again.
    pub fn next_token(&mut self) -> Lexed<Token> {
        match self.templates.last() {
            Some(mode) if mode.in_text => self.template_text(),
            _ => self.regular(),
        }
    }

    pub(super) fn regular(&mut self) -> Lexed<Token> {
        loop {
            let mut blank = false;
            if self.line_beginning {
                self.line_beginning = false;
                blank = self.line_indentation()?;
            }
            if self.pending != 0 {
                return Ok(self.pending_block());
            }
            if let Some(token) = self.token_in_line(blank)? {
                return Ok(token);
            }
        }
    }

    fn pending_block(&mut self) -> Token {
        if self.pending < 0 {
            self.pending += 1;
            return Token { trailing: self.at_end(), ..self.token(TokenKind::Dedent, self.at) };
        }
        self.pending -= 1;
        self.token(TokenKind::Indent, self.line_start)
    }

    /// Measures a line's indentation and opens or closes blocks. Gives whether the line has nothing else.
    fn line_indentation(&mut self) -> Lexed<bool> {
        let (mut column, mut tabless, mut continued) = (0, 0, 0);
        loop {
            match self.peek() {
                b' ' => (column, tabless) = (column + 1, tabless + 1),
                b'\t' => (column, tabless) = ((column / TAB + 1) * TAB, tabless + 1),
                b'\x0c' => (column, tabless) = (0, 0),
                b'\\' => {
                    if continued == 0 {
                        continued = column;
                    }
                    self.read();
                    self.line_continuation()?;
                    continue;
                }
                _ => break,
            }
            self.read();
        }
        let byte = self.peek();
        if !self.at_end() && self.at == self.next_line {
            self.enter_line();
        }
        if !self.at_end() && matches!(byte, b'#' | b'\n' | b'\r') {
            return Ok(true);
        }
        if self.brackets.is_empty() {
            let (column, tabless) = if continued == 0 { (column, tabless) } else { (continued, continued) };
            self.change_block(Indentation { column, tabless })?;
        }
        Ok(false)
    }

    fn change_block(&mut self, new: Indentation) -> Lexed<()> {
        let top = self.current_block();
        if new.column > top.column {
            if self.indentation.len() >= MAX_INDENTATION {
                return Err(self.failure(TokenErrorKind::TooDeep));
            }
            if new.tabless <= top.tabless {
                return Err(self.failure_of_line(TokenErrorKind::Tabs));
            }
            self.indentation.push(new);
            self.pending += 1;
            return Ok(());
        }
        while self.indentation.len() > 1 && new.column < self.current_block().column {
            self.indentation.pop();
            self.pending -= 1;
        }
        let top = self.current_block();
        if new.column != top.column {
            return Err(self.failure_of_line(TokenErrorKind::Dedent));
        }
        if new.tabless != top.tabless {
            return Err(self.failure_of_line(TokenErrorKind::Tabs));
        }
        Ok(())
    }

    fn current_block(&self) -> Indentation {
        *self.indentation.last().expect("the outermost block is never closed")
    }

    /// After a backslash: the line must end, and another must follow.
    pub(super) fn line_continuation(&mut self) -> Lexed<()> {
        if self.peek() == b'\r' {
            self.read();
        }
        if self.read() != Some(b'\n') {
            return Err(self.failure(TokenErrorKind::LineContinuation));
        }
        if self.at_end() {
            return Err(self.failure(TokenErrorKind::EndOfText));
        }
        self.enter_line();
        Ok(())
    }

    /// A token on the current line; `None` if the line ended without one.
    fn token_in_line(&mut self, blank: bool) -> Lexed<Option<Token>> {
        loop {
            while matches!(self.peek(), b' ' | b'\t' | b'\x0c') && !self.at_end() {
                self.read();
            }
            let start = self.at;
            let Some(mut byte) = self.read() else { return self.end_of_text().map(Some) };
            if byte == b'#' {
                self.at = self.next_line - 1;
                if self.at > start && self.bytes()[self.at - 1] == b'\r' {
                    self.at -= 1;
                }
                if self.extra {
                    self.comment_alone = blank;
                    return Ok(Some(self.token(TokenKind::Comment, start)));
                }
                byte = self.read().expect("every line has an end");
            }
            if is_identifier_start(byte) {
                return self.name_or_string(start).map(Some);
            }
            if byte == b'\r' && self.peek() == b'\n' {
                byte = b'\n';
                self.at += 1;
            }
            return match byte {
                b'\n' => Ok(self.line_end(start, blank)),
                b'0'..=b'9' => self.number(start, byte).map(Some),
                b'.' => self.dot(start).map(Some),
                b'\'' | b'"' => self.string(start, byte).map(Some),
                b'\\' => {
                    self.line_continuation()?;
                    continue;
                }
                _ => self.operator(start, byte).map(Some),
            };
        }
    }

    fn end_of_text(&mut self) -> Lexed<Token> {
        if !self.brackets.is_empty() {
            return Err(self.failure(TokenErrorKind::EndOfText));
        }
        self.finished = true;
        Ok(Token { trailing: true, ..self.token(TokenKind::EndMarker, self.at) })
    }

    fn line_end(&mut self, start: usize, blank: bool) -> Option<Token> {
        self.line_beginning = true;
        let ends_nothing = blank || !self.brackets.is_empty();
        if ends_nothing || self.comment_alone && self.extra {
            self.comment_alone = false;
            return self.extra.then(|| self.token(TokenKind::BlankNewline, start));
        }
        // For the parser a comment belongs to the line end after it.
        let end = if self.extra { start } else { self.at - 1 };
        Some(self.token_to(TokenKind::Newline, start, end))
    }

    fn dot(&mut self, start: usize) -> Lexed<Token> {
        if self.peek().is_ascii_digit() {
            return self.fraction(start);
        }
        if self.peek() == b'.' && self.peek_at(1) == b'.' {
            self.at += 2;
            return Ok(self.token(TokenKind::Ellipsis, start));
        }
        Ok(self.token(TokenKind::Dot, start))
    }

    fn name_or_string(&mut self, start: usize) -> Lexed<Token> {
        if let Some(token) = self.prefixed_string(start)? {
            return Ok(token);
        }
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut plain = true;
        while let Some(&byte) = bytes.get(at) {
            if !is_identifier_part(byte) {
                break;
            }
            plain &= byte < 128;
            at += 1;
        }
        self.at = at;
        if !plain && !self.extra {
            self.check_identifier(start)?;
        }
        Ok(self.token(TokenKind::Name, start))
    }

    /// Characters past ASCII are taken into a name first, and looked at then.
    fn check_identifier(&mut self, start: usize) -> Lexed<()> {
        let name = &self.text[start..self.at];
        let mut valid_start = true;
        for (offset, ch) in name.char_indices() {
            let valid = if valid_start {
                ch == '_' || unicode_ident::is_xid_start(ch)
            } else {
                unicode_ident::is_xid_continue(ch)
            };
            valid_start = false;
            if !valid {
                self.at = start + offset + ch.len_utf8();
                return Err(self.error(describe_invalid(ch)));
            }
        }
        Ok(())
    }

    fn operator(&mut self, start: usize, byte: u8) -> Lexed<Token> {
        if matches!(byte, b':' | b'}' | b'!' | b'{') && self.format_spec_begins(byte) {
            return Ok(self.token(TokenKind::Colon, start));
        }
        // `<>` is an operator only to the parser, which refuses it in its own words.
        let split = self.extra && byte == b'<' && self.peek() == b'>';
        if let Some(two) = TokenKind::two(byte, self.peek()).filter(|_| !split) {
            self.at += 1;
            if let Some(three) = TokenKind::three(two, self.peek()) {
                self.at += 1;
                return Ok(self.token(three, start));
            }
            return Ok(self.token(two, start));
        }
        match byte {
            b'(' | b'[' | b'{' => self.open_bracket(start, byte)?,
            b')' | b']' | b'}' => self.close_bracket(byte)?,
            b' '..=b'~' => {}
            _ => return Err(self.error(format!("invalid non-printable character U+{byte:04X}"))),
        }
        Ok(self.token(TokenKind::one(byte), start))
    }

    fn open_bracket(&mut self, start: usize, byte: u8) -> Lexed<()> {
        if self.brackets.len() >= MAX_BRACKETS {
            return Err(self.error("too many nested parentheses"));
        }
        let (line, line_start) = (self.line, self.line_start as u32);
        self.brackets.push(OpenBracket { byte, line, line_start, at: start as u32 });
        if let Some(template) = self.templates.last_mut() {
            template.depth += 1;
        }
        Ok(())
    }

    fn close_bracket(&mut self, byte: u8) -> Lexed<()> {
        let closing = byte as char;
        if let Some(template) = self.templates.last()
            && template.depth == 0
            && byte == b'}'
        {
            return Err(self.error(format!("{}-string: single '}}' is not allowed", template.letter)));
        }
        match self.brackets.pop() {
            None if !self.extra => return Err(self.error(format!("unmatched '{closing}'"))),
            Some(open) if !matches!((open.byte, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}')) => {
                self.mismatch(open, closing)?;
            }
            _ => {}
        }
        self.template_bracket_closed(byte)
    }

    fn mismatch(&self, open: OpenBracket, closing: char) -> Lexed<()> {
        if let Some(template) = self.templates.last()
            && open.byte == b'{'
            && template.depth - 1 == template.expression_depth
        {
            return Err(self.error(format!("{}-string: unmatched '{closing}'", template.letter)));
        }
        if self.extra {
            return Ok(());
        }
        let opening = open.byte as char;
        let message = format!("closing parenthesis '{closing}' does not match opening parenthesis '{opening}'");
        Err(match open.line {
            line if line == self.line => self.error(message),
            line => self.error(format!("{message} on line {line}")),
        })
    }

    /// An error that points at the last byte read.
    pub(super) fn error(&self, message: impl Into<String>) -> Box<TokenError> {
        let column = self.text[self.line_start..self.at].chars().count() as u32;
        self.error_between(column, column, message)
    }

    pub(super) fn error_between(&self, column: u32, end_column: u32, message: impl Into<String>) -> Box<TokenError> {
        Box::new(TokenError {
            kind: TokenErrorKind::Message,
            message: message.into(),
            line: self.line,
            line_start: self.line_start as u32,
            at: self.at as u32,
            column,
            end_column,
        })
    }

    fn failure(&self, kind: TokenErrorKind) -> Box<TokenError> {
        Box::new(TokenError { kind, ..*self.error("") })
    }

    /// A failure that concerns the whole line: reading goes on after it.
    fn failure_of_line(&mut self, kind: TokenErrorKind) -> Box<TokenError> {
        self.at = self.next_line;
        self.failure(kind)
    }

    /// The token as `tokenize` shows it. Tokens must be asked about in order, once each, for this to be fast.
    pub fn describe(&mut self, token: &Token) -> TokenInfo<'_> {
        let same_line = std::mem::replace(&mut self.described_line, token.end_line) == token.end_line;
        if !self.extra && matches!(token.kind, TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker) {
            let nowhere = (token.line, NO_COLUMN);
            let line = if token.trailing && !same_line { "" } else { self.lines_of(token) };
            return TokenInfo { kind: token.kind as u8, string: "", start: nowhere, end: nowhere, line };
        }
        let mut start = (token.line, self.column(token.line_start, token.start));
        let mut end = (token.end_line, self.column(token.end_line_start, token.end));
        let mut kind = token.kind as u8;
        if !self.extra {
            return TokenInfo { kind, string: self.slice(token), start, end, line: self.lines_of(token) };
        }
        let mut string = (token.start as usize, token.end as usize);
        if token.kind.is_operator() {
            kind = TokenKind::Operator as u8;
        } else if token.trailing {
            let line = if token.kind == TokenKind::EndMarker || token.kind == TokenKind::Dedent {
                token.line + 1
            } else {
                token.line
            };
            (start, end) = ((line, 0), (line, 0));
            return TokenInfo { kind, string: "", start, end, line: "" };
        } else if matches!(token.kind, TokenKind::Newline | TokenKind::BlankNewline) {
            let line_end = self.text[string.0..].find('\n').map_or(self.text.len(), |at| string.0 + at + 1);
            string.1 = line_end;
            end.1 = start.1 + (string.1 - string.0) as u32;
            if self.implicit_newline && line_end == self.text.len() {
                string.1 = string.0;
            }
        }
        TokenInfo { kind, string: &self.text[string.0..string.1], start, end, line: self.lines_of(token) }
    }

    fn slice(&self, token: &Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn lines_of(&self, token: &Token) -> &str {
        let last = token.end_line_start as usize;
        let end = last + memchr_newline(&self.bytes()[last..]);
        let start = if token.kind.is_string_like() { token.line_start as usize } else { last };
        self.without_implicit(start, end)
    }

    /// The column in characters of the byte at `at`, on the line that begins at `line_start`.
    pub fn column(&mut self, line_start: u32, at: u32) -> u32 {
        let (line_start, at) = (line_start as usize, at as usize);
        if self.ascii {
            return (at - line_start) as u32;
        }
        let (line, from, count) = self.counted;
        let (from, count) =
            if line == line_start && from <= at && from >= line_start { (from, count) } else { (line_start, 0) };
        let column = count + self.text[from..at].chars().count() as u32;
        self.counted = (line_start, at, column);
        column
    }
}

/// The length of the first line, with its end.
fn memchr_newline(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1)
}

pub(super) fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 128
}

pub(super) fn is_identifier_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128
}

fn describe_invalid(ch: char) -> String {
    let code = ch as u32;
    // Only the characters after a string's first are escaped by printability alone.
    let printable = ['a', ch].iter().collect::<String>().escape_debug().count() == 2;
    if printable {
        format!("invalid character '{ch}' (U+{code:04X})")
    } else {
        format!("invalid non-printable character U+{code:04X}")
    }
}
