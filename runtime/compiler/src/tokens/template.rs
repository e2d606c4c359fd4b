//! f-strings and t-strings: the text between replacement fields, and when a field's expression ends.
//!
//! Each open string has a `TemplateMode`. While `in_text` holds, text is read by this file; `{` hands over to the
//! regular tokens of an expression, whose matching `}` hands back. A `:` at the field's own depth begins the format
//! specification, which is text again and may hold fields of its own.

use super::lexer::{Lexed, LexerWarning};
use super::literals::Prefixes;
use super::{Token, TokenKind, Tokenizer};

const MAX_OPEN_STRINGS: usize = 149;
const MAX_FIELD_NESTING: i32 = 3;

#[derive(Clone, Debug)]
pub(super) struct TemplateMode {
    /// `f` or `t`, for messages.
    pub letter: char,
    pub quote: u8,
    pub size: u8,
    raw: bool,
    start: usize,
    line: u32,
    line_start: usize,
    pub in_text: bool,
    in_format: bool,
    /// Brackets of any kind open inside the string.
    pub depth: i32,
    /// The depth at which the innermost field began; -1 outside fields.
    pub expression_depth: i32,
}

impl TemplateMode {
    fn kind(&self, f_string: TokenKind, t_string: TokenKind) -> TokenKind {
        if self.letter == 'f' { f_string } else { t_string }
    }

    fn in_field(&self) -> bool {
        self.expression_depth >= 0
    }
}

impl Tokenizer {
    fn template(&mut self) -> &mut TemplateMode {
        self.templates.last_mut().expect("called only while a template string is open")
    }

    /// An f-string or t-string whose first quote was read.
    pub(super) fn template_start(&mut self, start: usize, quote: u8, prefixes: Prefixes) -> Lexed<Token> {
        let mut size = 1;
        if self.peek() == quote && self.peek_at(1) == quote {
            self.at += 2;
            size = 3;
        }
        if self.templates.len() >= MAX_OPEN_STRINGS {
            return Err(self.error("too many nested f-strings or t-strings"));
        }
        let letter = if prefixes.has('t') { 't' } else { 'f' };
        let mode = TemplateMode {
            letter,
            quote,
            size,
            raw: prefixes.has('r'),
            start,
            line: self.line,
            line_start: self.line_start,
            in_text: true,
            in_format: false,
            depth: 0,
            expression_depth: -1,
        };
        let kind = mode.kind(TokenKind::FStringStart, TokenKind::TStringStart);
        self.templates.push(mode);
        Ok(self.token(kind, start))
    }

    /// Text of the innermost string, its end, or the first token of a field.
    pub(super) fn template_text(&mut self) -> Lexed<Token> {
        let start = self.at;
        if self.peek() == b'{' && self.peek_at(1) != b'{' {
            self.enter_field()?;
            return self.regular();
        }
        let (quote, size) = {
            let mode = self.template();
            (mode.quote, mode.size as usize)
        };
        if (0..size).all(|ahead| self.peek_at(ahead) == quote) {
            // The first quote may stand at the beginning of a line.
            self.read();
            self.at += size - 1;
            let mode = self.templates.pop().expect("called only while a template string is open");
            return Ok(self.token(mode.kind(TokenKind::FStringEnd, TokenKind::TStringEnd), start));
        }
        if !self.at_end() {
            // Enters the line, so that the token's own line is known.
            self.read();
            self.at -= 1;
        }
        let (line, line_start) = (self.line, self.line_start);
        let end = self.text_until_field()?;
        let kind = self.template().kind(TokenKind::FStringMiddle, TokenKind::TStringMiddle);
        let token = self.token_to(kind, start, end);
        Ok(Token { line, line_start: line_start as u32, ..token })
    }

    fn enter_field(&mut self) -> Lexed<()> {
        let mode = self.template();
        mode.expression_depth += 1;
        mode.in_text = false;
        if mode.expression_depth >= MAX_FIELD_NESTING {
            let letter = mode.letter;
            return Err(self.error(format!("{letter}-string: expressions nested too deeply")));
        }
        Ok(())
    }

    /// Reads text up to where a token ends. Gives the end of the token, which a doubled brace's second half follows.
    fn text_until_field(&mut self) -> Lexed<usize> {
        let mut closing = 0;
        let mut named_escape = false;
        loop {
            let mode = self.template();
            let (quote, size, raw, depth) = (mode.quote, mode.size, mode.raw, mode.depth);
            let in_format = mode.in_format && mode.in_field();
            let byte = self.read();
            let Some(byte) = byte.filter(|&byte| size != 1 || byte != b'\n') else {
                return self.text_ends(byte, in_format);
            };
            if byte == quote {
                closing += 1;
                if closing == size {
                    self.at -= size as usize;
                    return Ok(self.at);
                }
                continue;
            }
            closing = 0;
            match byte {
                b'{' if self.peek() != b'{' || in_format => {
                    self.at -= 1;
                    self.enter_field()?;
                    return Ok(self.at);
                }
                b'{' => {
                    self.at += 1;
                    return Ok(self.at - 1);
                }
                b'}' if named_escape => return Ok(self.at),
                b'}' if self.peek() == b'}' && !in_format && depth == 0 => {
                    self.at += 1;
                    return Ok(self.at - 1);
                }
                b'}' => {
                    self.at -= 1;
                    self.template().in_text = false;
                    return Ok(self.at);
                }
                b'\\' => named_escape |= self.backslash(raw),
                _ => {}
            }
        }
    }

    /// After a backslash in text: gives whether `\N{` was read, whose `}` is text.
    fn backslash(&mut self, raw: bool) -> bool {
        if self.peek() == b'\r' {
            self.read();
        }
        let escaped = self.peek();
        if matches!(escaped, b'{' | b'}') {
            if !raw {
                let message = crate::errors::invalid_escape(escaped as char);
                let line = self.line;
                self.warnings.push(LexerWarning { line, message });
            }
            return false;
        }
        self.read();
        let named = !raw && escaped == b'N' && self.peek() == b'{';
        if named {
            self.read();
        }
        named
    }

    /// The text or the line ended inside the string.
    fn text_ends(&mut self, byte: Option<u8>, in_format: bool) -> Lexed<usize> {
        let mode = self.template().clone();
        let letter = mode.letter;
        if in_format && byte.is_some() {
            let words = "newlines are not allowed in format specifiers for single quoted";
            return Err(self.error(format!("{letter}-string: {words} {letter}-strings")));
        }
        let detected = self.line;
        self.last_line = detected;
        (self.line, self.line_start, self.at) = (mode.line, mode.line_start, mode.start + 1);
        let triple = if mode.size == 3 { "triple-quoted " } else { "" };
        Err(self.error(format!("unterminated {triple}{letter}-string literal (detected at line {detected})")))
    }

    /// Whether `byte`, an operator just read, is the `:` before a field's format specification.
    pub(super) fn format_spec_begins(&mut self, byte: u8) -> bool {
        let Some(mode) = self.templates.last_mut() else { return false };
        let begins = mode.in_field() && byte == b':' && mode.depth - 1 == mode.expression_depth;
        if begins {
            mode.in_text = true;
            mode.in_format = true;
        }
        begins
    }

    pub(super) fn template_bracket_closed(&mut self, byte: u8) -> Lexed<()> {
        let Some(mode) = self.templates.last_mut() else { return Ok(()) };
        mode.depth -= 1;
        if mode.depth < 0 {
            let letter = mode.letter;
            return Err(self.error(format!("{letter}-string: unmatched '{}'", byte as char)));
        }
        if byte == b'}' && mode.depth == mode.expression_depth {
            mode.expression_depth -= 1;
            mode.in_text = true;
            mode.in_format = false;
        }
        Ok(())
    }
}
