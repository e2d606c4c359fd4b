//! Patterns of `match`.

use bytecode::Constant;
use ruff_python_ast::{Pattern, Singleton};

use super::{Item, Node, Reader};

impl Reader<'_> {
    pub(super) fn pattern(&self, pattern: &Pattern) -> Node {
        match pattern {
            Pattern::MatchValue(node) => self.at("MatchValue", node, vec![self.expression(&node.value).into()]),
            Pattern::MatchSingleton(node) => {
                let value = match node.value {
                    Singleton::None => Constant::None,
                    Singleton::True => Constant::Bool(true),
                    Singleton::False => Constant::Bool(false),
                };
                self.at("MatchSingleton", node, vec![Item::Constant(value)])
            }
            Pattern::MatchSequence(node) => self.at("MatchSequence", node, vec![self.patterns(&node.patterns)]),
            Pattern::MatchMapping(node) => {
                let (keys, patterns) = (self.expressions(&node.keys), self.patterns(&node.patterns));
                self.at("MatchMapping", node, vec![keys, patterns, Item::optional_name(node.rest.as_ref())])
            }
            Pattern::MatchClass(node) => {
                let keywords = &node.arguments.keywords;
                let names = keywords.iter().map(|keyword| Item::name(keyword.attr.as_str())).collect();
                let patterns = Item::list(keywords.iter().map(|keyword| self.pattern(&keyword.pattern)));
                let positional = self.patterns(&node.arguments.patterns);
                let class = self.expression(&node.cls).into();
                self.at("MatchClass", node, vec![class, positional, Item::List(names), patterns])
            }
            Pattern::MatchStar(node) => self.at("MatchStar", node, vec![Item::optional_name(node.name.as_ref())]),
            Pattern::MatchAs(node) => {
                let inside = Item::optional(node.pattern.as_deref().map(|pattern| self.pattern(pattern)));
                self.at("MatchAs", node, vec![inside, Item::optional_name(node.name.as_ref())])
            }
            Pattern::MatchOr(node) => self.at("MatchOr", node, vec![self.patterns(&node.patterns)]),
        }
    }

    fn patterns(&self, patterns: &[Pattern]) -> Item {
        Item::list(patterns.iter().map(|pattern| self.pattern(pattern)))
    }
}
