//! The text that a compilation reads, with its name and the table that turns byte offsets into lines and columns.
//!
//! Line ends are `\n` only: `SourceText::new` translates `\r\n` and `\r` before anything else sees the text, as Python
//! reads sources. Every offset that a tree, a token or an error carries is a byte offset into this translated text.

use ruff_text_size::TextSize;

/// A position as people count it: the first line is 1; columns are 0-based here and counted as each method says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// One source: its file name, its text and where its lines begin.
#[derive(Clone, Debug)]
pub struct SourceText {
    filename: String,
    text: String,
    line_starts: Vec<u32>,
    ascii: bool,
    /// Where places of this text are said to be, by offset: for text written from a tree that has positions of its own.
    placed: Vec<(u32, Position)>,
}

impl SourceText {
    pub fn new(filename: impl Into<String>, text: impl Into<String>) -> Self {
        let text = translate_newlines(text.into());
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at as u32 + 1));
        let ascii = text.is_ascii();
        Self { filename: filename.into(), text, line_starts, ascii, placed: Vec::new() }
    }

    /// A text whose places are said to be elsewhere: `placed` lists offsets in order with their positions.
    pub(crate) fn placed(filename: impl Into<String>, text: String, placed: Vec<(u32, Position)>) -> Self {
        Self { placed, ..Self::new(filename, text) }
    }

    /// Whether the text was written from a tree.
    pub(crate) fn is_written(&self) -> bool {
        !self.placed.is_empty()
    }

    /// The place given to `offset`, or to the nearest one before it.
    fn place(&self, offset: u32) -> Option<Position> {
        let after = self.placed.partition_point(|&(place, _)| place <= offset);
        Some(self.placed.get(after.saturating_sub(1))?.1)
    }

    pub fn filename(&self) -> &str {
        &self.filename
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of lines; text after the last line end is a line, an empty rest is not.
    pub fn line_count(&self) -> u32 {
        let starts = self.line_starts.len() as u32;
        if self.text.is_empty() || self.text.ends_with('\n') { starts - 1 } else { starts }
    }

    /// The line, from 1, in which `offset` lies.
    pub fn line(&self, offset: TextSize) -> u32 {
        if let Some(place) = self.place(offset.to_u32()) {
            return place.line;
        }
        self.line_starts.partition_point(|&start| start <= offset.to_u32()) as u32
    }

    /// Where line `line` (from 1) begins; the end of the text for a line past the last.
    pub fn line_start(&self, line: u32) -> TextSize {
        if let Some((offset, _)) = self.placed.iter().find(|(_, place)| place.line == line) {
            return TextSize::new(*offset);
        }
        let index = line.saturating_sub(1) as usize;
        TextSize::new(self.line_starts.get(index).copied().unwrap_or(self.text.len() as u32))
    }

    /// The text of line `line` (from 1), with its line end if it has one.
    pub fn line_text(&self, line: u32) -> &str {
        if !self.placed.is_empty() {
            return "";
        }
        let (start, end) = (self.line_start(line).to_usize(), self.line_start(line + 1).to_usize());
        &self.text[start..end]
    }

    /// Line and 0-based column of `offset`, the column in UTF-8 bytes, as `ast` nodes count.
    pub fn byte_position(&self, offset: TextSize) -> Position {
        if let Some(place) = self.place(offset.to_u32()) {
            return place;
        }
        let line = self.line(offset);
        Position { line, column: offset.to_u32() - self.line_start(line).to_u32() }
    }

    /// Line and 0-based column of `offset`, the column in characters, as tokens and the parser's errors count.
    pub fn char_position(&self, offset: TextSize) -> Position {
        let position = self.byte_position(offset);
        if self.ascii || !self.placed.is_empty() {
            return position;
        }
        let start = self.line_start(position.line).to_usize();
        let column = self.text[start..offset.to_usize()].chars().count() as u32;
        Position { line: position.line, column }
    }
}

fn translate_newlines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}
