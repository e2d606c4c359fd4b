//! A source text and its lines: offsets to lines and columns as Python counts them.
//!
//! Lines end at `\n`, `\r\n` or a lone `\r`. Lines count from 1; columns are UTF-8 bytes from 0, except where a name says
//! "characters".

use bytecode::Position;
use ruff_text_size::{Ranged, TextRange};

/// A source text with an index of its lines.
#[derive(Debug)]
pub struct SourceText<'a> {
    text: &'a str,
    starts: Vec<u32>,
    first_line: u32,
}

impl<'a> SourceText<'a> {
    /// Indexes `text`, whose first line has the number `first_line`.
    #[must_use]
    pub fn new(text: &'a str, first_line: u32) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
            if ends {
                starts.push(index as u32 + 1);
            }
        }
        Self { text, starts, first_line }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text of a range.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> &'a str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }

    /// Index, from 0, of the line that holds `offset`.
    #[must_use]
    pub fn line_index(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// Number of the line that holds `offset`.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.line_index(offset) as u32 + self.first_line
    }

    /// Line and column, in bytes from 0, of `offset`.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let index = self.line_index(offset);
        (index as u32 + self.first_line, offset - self.starts[index])
    }

    /// Line and column, in characters from 1, of `offset`.
    #[must_use]
    pub fn line_character(&self, offset: u32) -> (u32, u32) {
        let index = self.line_index(offset);
        let before = self.text.get(self.starts[index] as usize..offset as usize).unwrap_or("");
        (index as u32 + self.first_line, before.chars().count() as u32 + 1)
    }

    /// The text of a line by number, its line end included; `None` past the end.
    #[must_use]
    pub fn line_text(&self, line: u32) -> Option<&'a str> {
        let index = line.checked_sub(self.first_line)? as usize;
        let start = *self.starts.get(index)? as usize;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |end| *end as usize);
        self.text.get(start..end)
    }

    /// How many lines there are.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// Where `range` lies.
    #[must_use]
    pub fn position(&self, range: TextRange) -> Position {
        let (line, column) = self.line_column(range.start().to_u32());
        let (end_line, end_column) = self.line_column(range.end().to_u32());
        Position { line, end_line, column, end_column }
    }

    /// The line on which a node begins.
    #[must_use]
    pub fn line_of(&self, node: &impl Ranged) -> u32 {
        self.line(node.start().to_u32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let source = SourceText::new("a\nbé=1\r\nc\rd", 1);
        assert_eq!(source.line_column(0), (1, 0));
        assert_eq!(source.line_column(5), (2, 3));
        assert_eq!(source.line_character(5), (2, 3));
        assert_eq!(source.line(9), 3);
        assert_eq!(source.line(11), 4);
        assert_eq!(source.line_text(2), Some("bé=1\r\n"));
        assert_eq!(source.line_text(4), Some("d"));
        assert_eq!(source.line_text(5), None);
    }
}
