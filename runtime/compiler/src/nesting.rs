//! How deeply a source nests, found before it is parsed, and the stack that compiling it takes (rule 25).
//!
//! Parsing, symbol analysis, code generation and dropping the tree all recurse as deeply as the tree is. A scan of the text
//! gives an upper bound of that depth: along a logical line each operator, bracket and prefix word may add a level, and a comma
//! ends what the levels since the last one hold. Sources past the limit are refused as CPython refuses them; the rest run
//! on a stack that is large enough, which costs address space but no memory until it is used.

use crate::errors::{SyntaxError, SyntaxErrorKind};
use crate::source::SourceText;

/// The deepest tree that is compiled.
const MAX_DEPTH: usize = 60_000;
/// Right-recursive constructs in a row that CPython's parser takes.
const MAX_RIGHT: usize = 6_000;
/// Stack for one level of the tree, and for all that does not depend on depth.
const BYTES_A_LEVEL: usize = if cfg!(debug_assertions) { 6 * 1024 } else { 3 * 1024 };
const BASE_BYTES: usize = 512 * 1024;

/// Runs `work` on a stack that is large enough for anything that recurses over the tree of `source`.
pub fn with_stack<T>(
    source: &SourceText,
    work: impl FnOnce() -> Result<T, Box<SyntaxError>>,
) -> Result<T, Box<SyntaxError>> {
    let mut scan = Scan::new(source.text().as_bytes());
    scan.run();
    if scan.deepest_right > MAX_RIGHT {
        let message = "Parser stack overflowed - Python source too complex to parse";
        return Err(overflow(source, SyntaxErrorKind::Memory, message));
    }
    if scan.deepest > MAX_DEPTH {
        let message = "maximum recursion depth exceeded during compilation";
        return Err(overflow(source, SyntaxErrorKind::Recursion, message));
    }
    // Blocks nest by indentation: `n` levels of it take at least `n * n / 2` bytes.
    let blocks = (2 * source.text().len()).isqrt().min(2_000);
    let needed = BASE_BYTES + (scan.deepest + blocks / 2) * BYTES_A_LEVEL;
    stacker::maybe_grow(needed, needed + BASE_BYTES, work)
}

fn overflow(source: &SourceText, kind: SyntaxErrorKind, message: &str) -> Box<SyntaxError> {
    let mut error = SyntaxError::without_position(source, message);
    error.kind = kind;
    error
}

/// The levels opened by one bracket (or by the line), and those of them that recurse to the right.
#[derive(Clone, Copy, Default)]
struct Level {
    depth: usize,
    right: usize,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    /// Sums over the levels below the last.
    below: usize,
    deepest: usize,
    deepest_right: usize,
    /// Prefix operators since the last operand.
    prefixes: usize,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, levels: vec![Level::default()], below: 0, deepest: 0, deepest_right: 0, prefixes: 0 }
    }

    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'#' => self.skip_comment(),
                b'\'' | b'"' => self.string(byte, false),
                b'(' | b'[' | b'{' => self.open(),
                b')' | b']' | b'}' => self.close(),
                b',' | b';' => self.reset(),
                b'\n' if self.levels.len() == 1 => self.reset(),
                b'\\' => self.at += 1,
                b'-' | b'+' | b'~' => self.prefix(),
                b'*' if self.bytes.get(self.at) == Some(&b'*') => {
                    self.at += 1;
                    self.deepen(true);
                }
                b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'.' => self.deepen(false),
                b'<' | b'>' if self.bytes.get(self.at) == Some(&byte) => self.deepen(false),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word(),
                b'0'..=b'9' => self.prefixes = 0,
                _ => {}
            }
        }
    }

    fn last(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the line's level is never closed")
    }

    fn deepen(&mut self, right: bool) {
        let level = self.last();
        level.depth += 1;
        level.right += usize::from(right);
        let (depth, right) = (level.depth, level.right);
        self.deepest = self.deepest.max(self.below + depth);
        self.deepest_right = self.deepest_right.max(right);
    }

    fn prefix(&mut self) {
        self.prefixes += 1;
        self.deepest_right = self.deepest_right.max(self.prefixes);
        self.deepen(false);
    }

    fn reset(&mut self) {
        *self.last() = Level::default();
        self.prefixes = 0;
    }

    fn open(&mut self) {
        self.deepen(false);
        self.prefixes = 0;
        self.below += self.last().depth;
        self.levels.push(Level::default());
    }

    fn close(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
            let depth = self.last().depth;
            self.below = self.below.saturating_sub(depth);
        }
    }

    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn word(&mut self) {
        let start = self.at - 1;
        let rest = &self.bytes[self.at..];
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        self.at += rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
        let word = &self.bytes[start..self.at];
        if let Some(&quote @ (b'\'' | b'"')) = self.bytes.get(self.at)
            && word.len() <= 2
        {
            self.at += 1;
            let interpolated = word.iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
            self.string(quote, interpolated);
            return;
        }
        match word {
            b"not" | b"lambda" | b"await" => self.prefix(),
            b"else" => self.deepen(true),
            b"if" | b"for" | b"yield" | b"from" | b"is" | b"in" => self.deepen(false),
            _ => self.prefixes = 0,
        }
    }

    /// Skips a string whose first quote was just read. What an interpolated one holds counts as if it nested.
    fn string(&mut self, quote: u8, interpolated: bool) {
        self.prefixes = 0;
        let triple = self.bytes.get(self.at..self.at + 2) == Some(&[quote, quote]);
        if triple {
            self.at += 2;
        }
        let before = *self.last();
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' if !triple => break,
                _ if byte == quote && !triple => break,
                _ if byte == quote && self.bytes.get(self.at..self.at + 2) == Some(&[quote, quote]) => {
                    self.at += 2;
                    break;
                }
                b'-' | b'+' | b'~' | b'*' | b'(' | b'[' | b'{' | b'.' | b' ' if interpolated => self.deepen(false),
                _ => {}
            }
        }
        *self.last() = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depths(text: &str) -> (usize, usize) {
        let mut scan = Scan::new(text.as_bytes());
        scan.run();
        (scan.deepest, scan.deepest_right)
    }

    #[test]
    fn tables_are_not_deep() {
        let table = format!("x = [{}]", "(1, -2, f(a + b)),\n".repeat(1000));
        assert!(depths(&table).0 < 10);
        assert!(depths(&"x = a.b + c\n".repeat(1000)).0 < 10);
    }

    #[test]
    fn chains_and_prefixes_are_deep() {
        assert_eq!(depths(&"-".repeat(500)), (500, 500));
        assert!(depths(&format!("x = {}1", "a + ".repeat(500))).0 >= 500);
        assert!(depths(&"not ".repeat(500)).1 >= 500);
        assert!(depths(&"(".repeat(500)).0 >= 500);
        assert!(depths(&format!("a{}", "()".repeat(500))).0 >= 500);
    }

    #[test]
    fn deep_sources_are_errors() {
        let fails = |text: String| {
            let source = SourceText::new("a.py", text);
            with_stack(&source, || Ok(())).err().map(|error| error.kind)
        };
        assert_eq!(fails(format!("{}1", "-".repeat(1_000_000))), Some(SyntaxErrorKind::Memory));
        assert_eq!(fails(format!("x = {}1", "a + ".repeat(1_000_000))), Some(SyntaxErrorKind::Recursion));
        assert_eq!(fails("x = 1".to_owned()), None);
    }
}
