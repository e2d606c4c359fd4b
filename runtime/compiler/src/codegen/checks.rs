//! Warnings about code that is legal but surely not meant: calls of literals, `is` with a literal, asserting a tuple.

use ruff_python_ast::{CmpOp, Expr, ExprCompare, ExprSubscript, Number};
use ruff_text_size::Ranged;

use super::Generator;

impl Generator<'_> {
    /// `[1, 2] (3)`: a comma is missing, likely.
    pub(crate) fn check_callee(&mut self, callee: &Expr) {
        if callee.is_lambda_expr() {
            return;
        }
        if let Some(kind) = literal_type(callee).or_else(|| display_type(callee)) {
            self.warn(callee.range(), format!("'{kind}' object is not callable; perhaps you missed a comma?"));
        }
    }

    pub(crate) fn check_subscript(&mut self, node: &ExprSubscript) {
        if let Some(kind) = unsubscriptable(&node.value) {
            let message = format!("'{kind}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(node.value.range(), message);
            return;
        }
        let Some(container) = indexed_by_int(&node.value) else { return };
        let index = match node.slice.as_ref() {
            Expr::NumberLiteral(literal) if matches!(literal.value, Number::Int(_)) => return,
            Expr::BooleanLiteral(_) => return,
            index => literal_type(index).or_else(|| display_type(index)),
        };
        if let Some(index) = index {
            let message =
                format!("{container} indices must be integers or slices, not {index}; perhaps you missed a comma?");
            self.warn(node.slice.range(), message);
        }
    }

    pub(crate) fn check_comparison(&mut self, node: &ExprCompare) {
        let mut left = node.left.as_ref();
        for (op, right) in node.ops.iter().zip(&node.comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let suspect = literal_in_identity(left).or_else(|| literal_in_identity(right));
                if let Some(kind) = suspect {
                    let message = match op {
                        CmpOp::Is => format!("\"is\" with '{kind}' literal. Did you mean \"==\"?"),
                        _ => format!("\"is not\" with '{kind}' literal. Did you mean \"!=\"?"),
                    };
                    self.warn(node.range, message);
                    return;
                }
            }
            left = right;
        }
    }

    pub(crate) fn check_assert(&mut self, test: &Expr) {
        if matches!(test, Expr::Tuple(tuple) if !tuple.elts.is_empty()) {
            self.warn(test.range(), "assertion is always true, perhaps remove parentheses?");
        }
    }
}

/// The type of a literal that is a constant.
fn literal_type(expression: &Expr) -> Option<&'static str> {
    Some(match expression {
        Expr::StringLiteral(_) => "str",
        Expr::BytesLiteral(_) => "bytes",
        Expr::NumberLiteral(literal) => match literal.value {
            Number::Int(_) => "int",
            Number::Float(_) => "float",
            Number::Complex { .. } => "complex",
        },
        Expr::BooleanLiteral(_) => "bool",
        Expr::NoneLiteral(_) => "NoneType",
        Expr::EllipsisLiteral(_) => "ellipsis",
        _ => return None,
    })
}

/// The type of a display, comprehension or other expression whose type shows.
fn display_type(expression: &Expr) -> Option<&'static str> {
    Some(match expression {
        Expr::Tuple(_) => "tuple",
        Expr::List(_) | Expr::ListComp(_) => "list",
        Expr::Dict(_) | Expr::DictComp(_) => "dict",
        Expr::Set(_) | Expr::SetComp(_) => "set",
        Expr::Generator(_) => "generator",
        Expr::FString(_) => "str",
        Expr::TString(_) => "string.templatelib.Template",
        Expr::Lambda(_) => "function",
        _ => return None,
    })
}

fn unsubscriptable(expression: &Expr) -> Option<&'static str> {
    match expression {
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) => None,
        Expr::Set(_) | Expr::SetComp(_) | Expr::Generator(_) | Expr::Lambda(_) | Expr::TString(_) => {
            display_type(expression)
        }
        _ => literal_type(expression),
    }
}

fn indexed_by_int(expression: &Expr) -> Option<&'static str> {
    match expression {
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) => literal_type(expression),
        Expr::Tuple(_) | Expr::List(_) | Expr::ListComp(_) | Expr::FString(_) => display_type(expression),
        _ => None,
    }
}

/// The type of a literal that should not be compared by identity.
fn literal_in_identity(expression: &Expr) -> Option<&'static str> {
    match expression {
        Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => None,
        Expr::Tuple(tuple) if tuple.elts.iter().all(|item| literal_type(item).is_some()) => Some("tuple"),
        _ => literal_type(expression),
    }
}
