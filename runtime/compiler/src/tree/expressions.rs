//! Expressions.

use bytecode::Constant;
use ruff_python_ast::{
    Arguments, BoolOp, CmpOp, Comprehension, Expr, ExprCall, ExprContext, Keyword, Operator, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

use super::{Item, Node, Reader};
use crate::codegen::fold;

impl Reader<'_> {
    pub(super) fn optional(&self, expression: Option<&Expr>) -> Item {
        expression.map_or(Item::None, |expression| self.expression(expression).into())
    }

    pub(super) fn expressions(&self, expressions: &[Expr]) -> Item {
        Item::list(expressions.iter().map(|expression| self.expression(expression)))
    }

    pub(super) fn constant(&self, range: TextRange, value: Constant) -> Node {
        self.node("Constant", range, vec![Item::Constant(value), Item::None])
    }

    pub(super) fn expression(&self, expression: &Expr) -> Node {
        self.expression_at(expression, expression.range())
    }

    /// An expression whose extent is given: that of a sole generator argument includes the call's parentheses.
    fn expression_at(&self, expression: &Expr, range: TextRange) -> Node {
        let (class, fields) = match expression {
            Expr::BoolOp(node) => {
                let op = if node.op == BoolOp::And { "And" } else { "Or" };
                ("BoolOp", vec![Node::marker(op).into(), self.expressions(&node.values)])
            }
            Expr::Named(node) => ("NamedExpr", vec![self.child(&node.target), self.child(&node.value)]),
            Expr::BinOp(node) => {
                let op = Node::marker(operator(node.op)).into();
                ("BinOp", vec![self.child(&node.left), op, self.child(&node.right)])
            }
            Expr::UnaryOp(node) => {
                let op = match node.op {
                    UnaryOp::Invert => "Invert",
                    UnaryOp::Not => "Not",
                    UnaryOp::UAdd => "UAdd",
                    UnaryOp::USub => "USub",
                };
                ("UnaryOp", vec![Node::marker(op).into(), self.child(&node.operand)])
            }
            Expr::Lambda(node) => {
                let none = ruff_python_ast::Parameters::default();
                let parameters = self.parameters(node.parameters.as_deref().unwrap_or(&none));
                ("Lambda", vec![parameters.into(), self.child(&node.body)])
            }
            Expr::If(node) => ("IfExp", vec![self.child(&node.test), self.child(&node.body), self.child(&node.orelse)]),
            Expr::Dict(node) => {
                let keys = node.items.iter().map(|item| self.optional(item.key.as_ref())).collect();
                let values = node.items.iter().map(|item| self.expression(&item.value));
                ("Dict", vec![Item::List(keys), Item::list(values)])
            }
            Expr::Set(node) => ("Set", vec![self.expressions(&node.elts)]),
            Expr::ListComp(node) => ("ListComp", vec![self.child(&node.elt), self.generators(&node.generators)]),
            Expr::SetComp(node) => ("SetComp", vec![self.child(&node.elt), self.generators(&node.generators)]),
            Expr::Generator(node) => ("GeneratorExp", vec![self.child(&node.elt), self.generators(&node.generators)]),
            Expr::DictComp(node) => {
                let key = self.optional(node.key.as_deref());
                ("DictComp", vec![key, self.child(&node.value), self.generators(&node.generators)])
            }
            Expr::Await(node) => ("Await", vec![self.child(&node.value)]),
            Expr::Yield(node) => ("Yield", vec![self.optional(node.value.as_deref())]),
            Expr::YieldFrom(node) => ("YieldFrom", vec![self.child(&node.value)]),
            Expr::Compare(node) => {
                let ops = Item::list(node.ops.iter().map(|op| Node::marker(comparison(*op))));
                ("Compare", vec![self.child(&node.left), ops, self.expressions(&node.comparators)])
            }
            Expr::Call(node) => ("Call", self.call(node)),
            Expr::FString(node) => return self.joined_string(node),
            Expr::TString(node) => return self.template_string(node),
            Expr::StringLiteral(node) => return self.string(node),
            Expr::BytesLiteral(node) => {
                return self.constant(range, Constant::Bytes(node.value.bytes().collect()));
            }
            Expr::NumberLiteral(node) => return self.constant(range, fold::number(&node.value)),
            Expr::BooleanLiteral(node) => return self.constant(range, Constant::Bool(node.value)),
            Expr::NoneLiteral(_) => return self.constant(range, Constant::None),
            Expr::EllipsisLiteral(_) => return self.constant(range, Constant::Ellipsis),
            Expr::Attribute(node) => {
                let attribute = Item::name(node.attr.as_str());
                ("Attribute", vec![self.child(&node.value), attribute, context(node.ctx)])
            }
            Expr::Subscript(node) => {
                ("Subscript", vec![self.child(&node.value), self.child(&node.slice), context(node.ctx)])
            }
            Expr::Starred(node) => ("Starred", vec![self.child(&node.value), context(node.ctx)]),
            Expr::Name(node) => ("Name", vec![Item::name(node.id.as_str()), context(node.ctx)]),
            Expr::List(node) => ("List", vec![self.expressions(&node.elts), context(node.ctx)]),
            Expr::Tuple(node) => ("Tuple", vec![self.expressions(&node.elts), context(node.ctx)]),
            Expr::Slice(node) => {
                let parts = [&node.lower, &node.upper, &node.step];
                ("Slice", parts.into_iter().map(|part| self.optional(part.as_deref())).collect())
            }
            // The parser makes these only in a mode that is never asked for.
            Expr::IpyEscapeCommand(_) => return self.constant(range, Constant::None),
        };
        self.node(class, range, fields)
    }

    fn child(&self, expression: &Expr) -> Item {
        self.expression(expression).into()
    }

    fn call(&self, node: &ExprCall) -> Vec<Item> {
        let (arguments, keywords) = self.arguments(Some(&node.arguments));
        vec![self.child(&node.func), arguments, keywords]
    }

    pub(super) fn arguments(&self, arguments: Option<&Arguments>) -> (Item, Item) {
        let Some(arguments) = arguments else { return (Item::List(Vec::new()), Item::List(Vec::new())) };
        let positional = match &*arguments.args {
            [sole @ Expr::Generator(generator)] if !generator.parenthesized => {
                Item::list([self.expression_at(sole, arguments.range)])
            }
            positional => self.expressions(positional),
        };
        (positional, Item::list(arguments.keywords.iter().map(|keyword| self.keyword(keyword))))
    }

    fn keyword(&self, keyword: &Keyword) -> Node {
        let name = Item::optional_name(keyword.arg.as_ref());
        self.at("keyword", keyword, vec![name, self.child(&keyword.value)])
    }

    fn generators(&self, generators: &[Comprehension]) -> Item {
        Item::list(generators.iter().map(|generator| {
            let fields = vec![
                self.child(&generator.target),
                self.child(&generator.iter),
                self.expressions(&generator.ifs),
                Item::Int(generator.is_async.into()),
            ];
            Node::plain("comprehension", fields)
        }))
    }
}

fn context(context: ExprContext) -> Item {
    let class = match context {
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
        ExprContext::Load | ExprContext::Invalid => "Load",
    };
    Node::marker(class).into()
}

pub(super) fn operator(op: Operator) -> &'static str {
    match op {
        Operator::Add => "Add",
        Operator::Sub => "Sub",
        Operator::Mult => "Mult",
        Operator::MatMult => "MatMult",
        Operator::Div => "Div",
        Operator::Mod => "Mod",
        Operator::Pow => "Pow",
        Operator::LShift => "LShift",
        Operator::RShift => "RShift",
        Operator::BitOr => "BitOr",
        Operator::BitXor => "BitXor",
        Operator::BitAnd => "BitAnd",
        Operator::FloorDiv => "FloorDiv",
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "Eq",
        CmpOp::NotEq => "NotEq",
        CmpOp::Lt => "Lt",
        CmpOp::LtE => "LtE",
        CmpOp::Gt => "Gt",
        CmpOp::GtE => "GtE",
        CmpOp::Is => "Is",
        CmpOp::IsNot => "IsNot",
        CmpOp::In => "In",
        CmpOp::NotIn => "NotIn",
    }
}
