//! String literals without replacement fields, and the prefixes of all.

use super::lexer::Lexed;
use super::{Token, TokenKind, Tokenizer};

/// The prefix letters of a literal, each at most once: a bit for each letter of the alphabet.
#[derive(Clone, Copy, Default)]
pub(super) struct Prefixes(u32);

impl Prefixes {
    pub fn has(self, letter: char) -> bool {
        self.0 & Self::bit(letter as u8) != 0
    }

    /// Adds a letter, unless it is none of the prefixes or was there.
    fn add(&mut self, byte: u8) -> bool {
        let letter = byte | 0x20;
        if !matches!(letter, b'b' | b'u' | b'r' | b'f' | b't') || byte < b'A' || self.has(letter as char) {
            return false;
        }
        self.0 |= Self::bit(letter);
        true
    }

    fn bit(letter: u8) -> u32 {
        1 << (letter & 31)
    }
}

impl Tokenizer {
    /// A string literal whose prefix begins at `start`; `None` if a name begins there.
    pub(super) fn prefixed_string(&mut self, start: usize) -> Lexed<Option<Token>> {
        let mut seen = Prefixes::default();
        let mut at = start;
        let quote = loop {
            let byte = self.bytes().get(at).copied().unwrap_or(0);
            if matches!(byte, b'\'' | b'"') {
                break byte;
            }
            if !seen.add(byte) {
                return Ok(None);
            }
            at += 1;
        };
        self.at = at + 1;
        self.check_prefixes(start, seen)?;
        if seen.has('f') || seen.has('t') {
            return self.template_start(start, quote, seen).map(Some);
        }
        self.string(start, quote).map(Some)
    }

    fn check_prefixes(&self, start: usize, seen: Prefixes) -> Lexed<()> {
        let pairs = [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')];
        let Some((first, second)) = pairs.into_iter().find(|&(first, second)| seen.has(first) && seen.has(second))
        else {
            return Ok(());
        };
        let column = |at: usize| self.text[self.line_start..at].chars().count() as u32;
        let message = format!("'{first}' and '{second}' prefixes are incompatible");
        Err(self.error_between(column(start) + 1, column(self.at), message))
    }

    /// A string literal whose first quote was read.
    pub(super) fn string(&mut self, start: usize, quote: u8) -> Lexed<Token> {
        let (line, line_start) = (self.line, self.line_start);
        let mut size = 1;
        if self.peek() == quote {
            if self.peek_at(1) != quote {
                self.at += 1;
                return Ok(self.token(TokenKind::String, start));
            }
            self.at += 2;
            size = 3;
        }
        let mut closing = 0;
        let mut escaped_quote = false;
        while closing != size {
            let byte = self.read();
            match byte {
                None => return Err(self.unterminated(start, (line, line_start), quote, size, escaped_quote)),
                Some(b'\n') if size == 1 => {
                    return Err(self.unterminated(start, (line, line_start), quote, size, escaped_quote));
                }
                Some(byte) if byte == quote => closing += 1,
                Some(byte) => {
                    closing = 0;
                    if byte == b'\\' {
                        let escaped = self.read();
                        escaped_quote |= escaped == Some(quote);
                        if escaped == Some(b'\r') && self.peek() == b'\n' {
                            self.read();
                        }
                    }
                }
            }
        }
        let token = self.token(TokenKind::String, start);
        Ok(Token { line, line_start: line_start as u32, ..token })
    }

    fn unterminated(
        &mut self,
        start: usize,
        (line, line_start): (u32, usize),
        quote: u8,
        size: u8,
        escaped_quote: bool,
    ) -> Box<super::TokenError> {
        let detected = self.line;
        self.last_line = detected;
        (self.line, self.line_start, self.at) = (line, line_start, start + 1);
        if let Some(template) = self.templates.last()
            && (template.quote, template.size) == (quote, size)
        {
            return self.error(format!("{}-string: expecting '}}'", template.letter));
        }
        let advice = if escaped_quote && size == 1 { "; perhaps you escaped the end quote?" } else { "" };
        let triple = if size == 3 { "triple-quoted " } else { "" };
        self.error(format!("unterminated {triple}string literal (detected at line {detected}){advice}"))
    }
}
