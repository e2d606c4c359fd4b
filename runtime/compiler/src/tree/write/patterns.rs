//! Patterns as text. Parentheses around a pattern are its own, and values may have none.

use bytecode::Constant;

use super::Writer;
use crate::tree::{Item, Node};

impl Writer {
    pub(super) fn pattern(&mut self, item: &Item) {
        let Some(node) = item.node() else { return };
        match node.class {
            "MatchOr" | "MatchAs" if !matches!(node.fields[0], Item::None) => {
                self.put("(");
                self.place(node, |writer| writer.pattern_text(node));
                self.put(")");
            }
            _ => self.place(node, |writer| writer.pattern_text(node)),
        }
    }

    fn pattern_text(&mut self, node: &Node) {
        let f = &node.fields;
        match node.class {
            "MatchValue" => self.pattern_value(&f[0]),
            "MatchSingleton" => self.put(match &f[0] {
                Item::Constant(Constant::Bool(true)) => "True",
                Item::Constant(Constant::Bool(false)) => "False",
                _ => "None",
            }),
            "MatchSequence" => {
                self.put("[");
                self.comma_separated(f[0].items(), Self::pattern);
                self.put("]");
            }
            "MatchMapping" => {
                self.put("{");
                for (key, pattern) in f[0].items().iter().zip(f[1].items()) {
                    self.pattern_value(key);
                    self.put(" : ");
                    self.pattern(pattern);
                    self.put(", ");
                }
                if let Item::Name(rest) = &f[2] {
                    self.put("**");
                    self.put(rest);
                }
                self.put("}");
            }
            "MatchClass" => {
                self.pattern_value(&f[0]);
                self.put(" (");
                for pattern in f[1].items() {
                    self.pattern(pattern);
                    self.put(", ");
                }
                for (name, pattern) in f[2].items().iter().zip(f[3].items()) {
                    self.put(name.text());
                    self.put(" = ");
                    self.pattern(pattern);
                    self.put(", ");
                }
                self.put(")");
            }
            "MatchStar" => {
                self.put("*");
                self.put(if f[0].text().is_empty() { "_" } else { f[0].text() });
            }
            "MatchAs" => {
                if f[0].node().is_some() {
                    self.pattern(&f[0]);
                    self.put(" as ");
                }
                self.put(if f[1].text().is_empty() { "_" } else { f[1].text() });
            }
            _ => self.separated(" | ", f[0].items(), Self::pattern),
        }
    }

    /// A value in a pattern: a literal, a number with a sign or two parts, or a dotted name.
    fn pattern_value(&mut self, item: &Item) {
        let Some(node) = item.node() else { return };
        let f = &node.fields;
        self.place(node, |writer| match node.class {
            "Attribute" => {
                writer.pattern_value(&f[0]);
                writer.put(" .");
                writer.put(f[1].text());
            }
            "UnaryOp" => {
                writer.put("- ");
                writer.pattern_value(&f[1]);
            }
            "BinOp" => {
                writer.pattern_value(&f[0]);
                writer.put(if f[1].class() == "Sub" { " - " } else { " + " });
                writer.pattern_value(&f[2]);
            }
            "Constant" => writer.constant(&f[0], false),
            "Name" => writer.put(f[0].text()),
            _ => writer.bare(item),
        });
    }
}
