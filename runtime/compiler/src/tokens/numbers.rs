//! Numbers: where they end, and what may not follow them.

use super::lexer::{Lexed, is_identifier_part};
use super::{LexerWarning, Token, TokenKind, Tokenizer};

impl Tokenizer {
    /// A number whose first digit was read.
    pub(super) fn number(&mut self, start: usize, first: u8) -> Lexed<Token> {
        if first != b'0' {
            self.digits()?;
            if self.peek() == b'.' {
                self.at += 1;
                return self.fraction(start);
            }
            return self.exponent(start);
        }
        match self.peek() | 0x20 {
            b'x' => self.radix(start, 16, "hexadecimal"),
            b'o' => self.radix(start, 8, "octal"),
            b'b' => self.radix(start, 2, "binary"),
            _ => self.leading_zero(start),
        }
    }

    /// Digits, with single underscores between them; one digit at least was read, or stands here.
    fn digits(&mut self) -> Lexed<()> {
        loop {
            while self.peek().is_ascii_digit() {
                self.at += 1;
            }
            if self.peek() != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_ascii_digit() {
                return Err(self.error("invalid decimal literal"));
            }
        }
    }

    fn radix(&mut self, start: usize, radix: u32, name: &str) -> Lexed<Token> {
        self.at += 1;
        let is_digit = |byte: u8| (byte as char).is_digit(radix);
        loop {
            if self.peek() == b'_' {
                self.at += 1;
            }
            if !is_digit(self.peek()) {
                return Err(self.bad_digit(name));
            }
            while is_digit(self.peek()) {
                self.at += 1;
            }
            if self.peek() != b'_' {
                break;
            }
        }
        if self.peek().is_ascii_digit() {
            return Err(self.bad_digit(name));
        }
        self.end_number(start, name)
    }

    fn bad_digit(&mut self, name: &str) -> Box<super::TokenError> {
        let byte = self.peek();
        if !byte.is_ascii_digit() {
            return self.error(format!("invalid {name} literal"));
        }
        self.at += 1;
        self.error(format!("invalid digit '{}' in {name} literal", byte as char))
    }

    fn leading_zero(&mut self, start: usize) -> Lexed<Token> {
        loop {
            if self.peek() == b'_' {
                self.at += 1;
                if !self.peek().is_ascii_digit() {
                    return Err(self.error("invalid decimal literal"));
                }
            }
            if self.peek() != b'0' {
                break;
            }
            self.at += 1;
        }
        let zeros_end = self.at + 1;
        let nonzero = self.peek().is_ascii_digit();
        if nonzero {
            self.digits()?;
        }
        match self.peek() {
            b'.' => {
                self.at += 1;
                self.fraction(start)
            }
            b'e' | b'E' | b'j' | b'J' => self.exponent(start),
            _ if nonzero && !self.extra => {
                let column = |at: usize| self.text[self.line_start..at].chars().count() as u32;
                let words = "leading zeros in decimal integer literals are not permitted; \
                             use an 0o prefix for octal integers";
                Err(self.error_between(column(start + 1), column(zeros_end), words))
            }
            _ => self.end_number(start, "decimal"),
        }
    }

    /// After the point.
    pub(super) fn fraction(&mut self, start: usize) -> Lexed<Token> {
        if self.peek().is_ascii_digit() {
            self.digits()?;
        }
        self.exponent(start)
    }

    fn exponent(&mut self, start: usize) -> Lexed<Token> {
        if matches!(self.peek(), b'e' | b'E') {
            let sign = matches!(self.peek_at(1), b'+' | b'-');
            let digit = self.peek_at(if sign { 2 } else { 1 });
            if digit.is_ascii_digit() {
                self.at += if sign { 2 } else { 1 };
                self.digits()?;
            } else if sign {
                self.at += 2;
                return Err(self.error("invalid decimal literal"));
            } else {
                return self.end_number(start, "decimal");
            }
        }
        if matches!(self.peek(), b'j' | b'J') {
            self.at += 1;
            return self.end_number(start, "imaginary");
        }
        self.end_number(start, "decimal")
    }

    /// A name may not follow a number directly; a keyword may, but is warned of.
    fn end_number(&mut self, start: usize, name: &str) -> Lexed<Token> {
        let byte = self.peek();
        if !self.extra && byte < 128 && is_identifier_part(byte) {
            if !starts_with_keyword(&self.bytes()[self.at..]) {
                return Err(self.error(format!("invalid {name} literal")));
            }
            let (line, message) = (self.line, format!("invalid {name} literal"));
            self.warnings.push(LexerWarning { line, message });
        }
        Ok(self.token(TokenKind::Number, start))
    }
}

/// Whether text that follows a number directly begins with a keyword that may follow one. Longer names that merely begin
/// with `if`, `in` or `is` count too: the tokenizer does not look further.
pub(crate) fn starts_with_keyword(rest: &[u8]) -> bool {
    let whole =
        |word: &[u8]| rest.starts_with(word) && !rest.get(word.len()).is_some_and(|&byte| is_identifier_part(byte));
    let short: [&[u8]; 3] = [b"if", b"in", b"is"];
    let long: [&[u8]; 5] = [b"and", b"else", b"for", b"or", b"not"];
    short.iter().any(|word| rest.starts_with(word)) || long.iter().any(|word| whole(word))
}
