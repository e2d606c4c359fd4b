//! Syntax trees as data, for the `_ast` module: neutral nodes of CPython's classes, made from parsed source and turned back
//! into source that compiles to the same code at the same positions.
//!
//! A `Node` names its class and lists the values of that class's fields in order. The vm makes objects of them and reads
//! objects back into them; it needs to know nothing of the parser's own tree.

mod classes;
mod expressions;
mod patterns;
mod statements;
mod strings;
mod validate;
mod write;

use bytecode::Constant;
use ruff_python_ast::Mod;
use ruff_text_size::{Ranged, TextRange};

use crate::errors::ParseMode;
use crate::source::SourceText;

pub use classes::{CLASSES, Class, Field, Quantity};
pub use validate::{InvalidTree, validate};
pub use write::to_source;

/// Where a node stands: lines from 1, columns from 0 in UTF-8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// One node of a tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// The class's name.
    pub class: &'static str,
    /// One value for each of the class's fields.
    pub fields: Vec<Item>,
    /// Absent if the class has no positions.
    pub span: Option<Span>,
}

/// The value of a field.
#[derive(Clone, Debug)]
pub enum Item {
    None,
    Node(Box<Node>),
    List(Vec<Item>),
    /// An identifier or another plain string.
    Name(Box<str>),
    Int(i64),
    Constant(Constant),
}

impl Item {
    pub fn name(text: impl Into<Box<str>>) -> Self {
        Self::Name(text.into())
    }

    fn list(nodes: impl IntoIterator<Item = Node>) -> Self {
        Self::List(nodes.into_iter().map(Self::from).collect())
    }

    fn optional(node: Option<Node>) -> Self {
        node.map_or(Self::None, Self::from)
    }

    fn optional_name(name: Option<&ruff_python_ast::Identifier>) -> Self {
        name.map_or(Self::None, |name| Self::name(name.as_str()))
    }
}

/// Readers that take any other kind of item for an empty one: trees are checked before they are read.
impl Item {
    fn node(&self) -> Option<&Node> {
        match self {
            Self::Node(node) => Some(node),
            _ => None,
        }
    }

    fn items(&self) -> &[Item] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Name(name) => name,
            _ => "",
        }
    }

    fn int(&self) -> i64 {
        match self {
            Self::Int(value) => *value,
            _ => 0,
        }
    }

    fn class(&self) -> &'static str {
        self.node().map_or("", |node| node.class)
    }
}

impl From<Node> for Item {
    fn from(node: Node) -> Self {
        Self::Node(Box::new(node))
    }
}

impl Node {
    fn plain(class: &'static str, fields: Vec<Item>) -> Self {
        Self { class, fields, span: None }
    }

    /// A node without fields or position: contexts and operators.
    fn marker(class: &'static str) -> Self {
        Self::plain(class, Vec::new())
    }
}

/// The tree of a parsed source, as `ast.parse` shows it.
pub fn from_parsed(module: &Mod, source: &SourceText, mode: ParseMode) -> Node {
    let reader = Reader { source };
    match module {
        Mod::Module(module) => {
            let body = Item::list(reader.statements(&module.body));
            match mode {
                ParseMode::Interactive => Node::plain("Interactive", vec![body]),
                _ => Node::plain("Module", vec![body, Item::List(Vec::new())]),
            }
        }
        Mod::Expression(expression) => Node::plain("Expression", vec![reader.expression(&expression.body).into()]),
    }
}

/// Reads the parser's tree.
struct Reader<'s> {
    source: &'s SourceText,
}

impl Reader<'_> {
    fn span(&self, range: TextRange) -> Option<Span> {
        let (start, end) = (self.source.byte_position(range.start()), self.source.byte_position(range.end()));
        Some(Span { line: start.line, column: start.column, end_line: end.line, end_column: end.column })
    }

    fn node(&self, class: &'static str, range: TextRange, fields: Vec<Item>) -> Node {
        Node { class, fields, span: self.span(range) }
    }

    fn at(&self, class: &'static str, ranged: &impl Ranged, fields: Vec<Item>) -> Node {
        self.node(class, ranged.range(), fields)
    }
}
