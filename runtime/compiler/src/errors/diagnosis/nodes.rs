//! The little of a syntax tree that error messages need: what kind of expression it is, where, and what is in it.

use std::rc::Rc;

/// A shared expression: memoized rules hand out the same one again.
pub(super) type Expr = Rc<Node>;

#[derive(Debug)]
pub(super) struct Node {
    pub kind: Kind,
    /// Byte offsets into the text.
    pub start: u32,
    pub end: u32,
}

#[derive(Debug)]
pub(super) enum Kind {
    Name,
    Attribute,
    Subscript,
    Starred(Expr),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Lambda,
    Call,
    /// Operators: boolean, binary and unary.
    Operation,
    Generator,
    Yield,
    Await,
    ListComprehension,
    SetComprehension,
    DictComprehension,
    Dict,
    Set,
    FString,
    TString,
    None,
    False,
    True,
    Ellipsis,
    Literal,
    Bytes,
    /// The left operand, and whether the first operator is `in`.
    Comparison(Expr, bool),
    Conditional,
    Named,
    Slice,
    /// Not an expression: a token or clause that a message points at.
    Other,
}

/// Which targets are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    Assigned,
    Deleted,
    Iterated,
}

impl Node {
    /// What messages call this kind of expression.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Name => "name",
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred(_) => "starred",
            Kind::List(_) => "list",
            Kind::Tuple(_) => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call => "function call",
            Kind::Operation => "expression",
            Kind::Generator => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComprehension => "list comprehension",
            Kind::SetComprehension => "set comprehension",
            Kind::DictComprehension => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::FString => "f-string expression",
            Kind::TString => "t-string expression",
            Kind::None => "None",
            Kind::False => "False",
            Kind::True => "True",
            Kind::Ellipsis => "ellipsis",
            Kind::Literal | Kind::Bytes => "literal",
            Kind::Comparison(..) => "comparison",
            Kind::Conditional => "conditional expression",
            Kind::Named => "named expression",
            Kind::Slice | Kind::Other => "expression",
        }
    }
}

/// The first part of a target that cannot be one.
pub(super) fn invalid_target(expression: &Expr, targets: Targets) -> Option<Expr> {
    match &expression.kind {
        Kind::List(elements) | Kind::Tuple(elements) => {
            elements.iter().find_map(|element| invalid_target(element, targets))
        }
        Kind::Starred(_) if targets == Targets::Deleted => Some(expression.clone()),
        Kind::Starred(value) => invalid_target(value, targets),
        // `for a in b` reads its target as the comparison `a in b`.
        Kind::Comparison(left, true) if targets == Targets::Iterated => invalid_target(left, targets),
        Kind::Comparison(..) if targets == Targets::Iterated => None,
        Kind::Name | Kind::Subscript | Kind::Attribute => None,
        _ => Some(expression.clone()),
    }
}
