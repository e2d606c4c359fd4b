//! Trees back to source: text that parses to the same tree, with the tree's own positions laid over it.
//!
//! The text is for the compiler, not for people: every expression that may be is in parentheses, so precedence never
//! matters, and no two nodes touch, so that an offset is the start or the end of one nesting of nodes only.

mod expressions;
mod literals;
mod patterns;
mod statements;

use super::{Item, Node};
use crate::errors::ParseMode;
use crate::source::{Position, SourceText};

/// The source of a tree, and what it is to be compiled as. The tree must be valid (`validate`).
pub fn to_source(tree: &Node, filename: &str) -> (SourceText, ParseMode) {
    let mut writer = Writer { text: String::new(), placed: Vec::new(), depth: 0 };
    let mode = match tree.class {
        "Expression" => {
            writer.expression(&tree.fields[0]);
            ParseMode::Expression
        }
        "Interactive" => {
            writer.statements(&tree.fields[0]);
            ParseMode::Interactive
        }
        _ => {
            writer.statements(&tree.fields[0]);
            ParseMode::Module
        }
    };
    let mut placed = writer.placed;
    placed.sort_by_key(|&(offset, _)| offset);
    // Where one node ends and the next begins at once, it is where the next begins.
    placed.reverse();
    placed.dedup_by_key(|&mut (offset, _)| offset);
    placed.reverse();
    (SourceText::placed(filename, writer.text, placed), mode)
}

struct Writer {
    text: String,
    placed: Vec<(u32, Position)>,
    /// Blocks around the statement being written.
    depth: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn offset(&self) -> u32 {
        self.text.len() as u32
    }

    /// Writes a node and notes where it starts and ends.
    fn place(&mut self, node: &Node, write: impl FnOnce(&mut Self)) {
        let start = self.offset();
        if let Some(span) = node.span {
            self.placed.push((start, Position { line: span.line, column: span.column }));
        }
        write(self);
        if let Some(span) = node.span {
            // A block ends with its last statement, before the line end.
            let end = self.text.trim_end_matches('\n').len() as u32;
            self.placed.push((end, Position { line: span.end_line, column: span.end_column }));
        }
    }

    /// Writes items with something between them.
    fn separated<'n>(&mut self, by: &str, items: impl IntoIterator<Item = &'n Item>, write: impl Fn(&mut Self, &Item)) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.put(by);
            }
            write(self, item);
        }
    }

    fn comma_separated(&mut self, items: &[Item], write: impl Fn(&mut Self, &Item)) {
        self.separated(", ", items, write);
    }
}
