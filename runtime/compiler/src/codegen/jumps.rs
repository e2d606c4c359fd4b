//! Expressions whose truth decides a jump, and `and`/`or` as values.

use bytecode::{Constant, Reg};
use ruff_python_ast::{BoolOp, Expr, ExprBoolOp, ExprIf, UnaryOp};

use super::Generator;
use super::assemble::Label;

impl<'a> Generator<'a> {
    /// Jumps to `target` if the truth of `expression` is `condition`; goes on otherwise.
    pub(crate) fn jump_if_expression(&mut self, expression: &'a Expr, condition: bool, target: Label) {
        match expression {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                self.jump_if_expression(&node.operand, !condition, target);
            }
            Expr::BoolOp(node) => self.jump_if_bool_op(node, condition, target),
            Expr::Compare(node) => self.jump_if_compare(node, condition, target),
            Expr::If(node) => self.jump_if_conditional(node, condition, target),
            _ => self.jump_if_value(expression, condition, target),
        }
    }

    fn jump_if_value(&mut self, expression: &'a Expr, condition: bool, target: Label) {
        if let Some(constant) = self.fold(expression) {
            if truth(&constant) == condition {
                self.jump_to(target);
            }
            return;
        }
        let mark = self.unit.top();
        let value = self.operand(expression);
        self.at(expression);
        self.jump_if(value, condition, target);
        self.unit.release_to(mark);
    }

    /// An unconditional jump, forward or back.
    pub(crate) fn jump_to(&mut self, target: Label) {
        if self.unit.is_placed(target) {
            self.unit.jump_back(target, self.unit.top());
        } else {
            self.unit.jump(target);
        }
    }

    fn jump_if_bool_op(&mut self, node: &'a ExprBoolOp, condition: bool, target: Label) {
        // `and` is false, and `or` true, as soon as one operand is.
        let decides = node.op == BoolOp::Or;
        let (last, first) = node.values.split_last().expect("`and` and `or` have operands");
        if condition == decides {
            first.iter().for_each(|value| self.jump_if_expression(value, condition, target));
            self.jump_if_expression(last, condition, target);
            return;
        }
        let skip = self.label();
        first.iter().for_each(|value| self.jump_if_expression(value, decides, skip));
        self.jump_if_expression(last, condition, target);
        self.unit.place(skip);
    }

    fn jump_if_conditional(&mut self, node: &'a ExprIf, condition: bool, target: Label) {
        let (otherwise, end) = (self.label(), self.label());
        self.jump_if_expression(&node.test, false, otherwise);
        self.jump_if_expression(&node.body, condition, target);
        self.unit.jump(end);
        self.unit.place(otherwise);
        self.jump_if_expression(&node.orelse, condition, target);
        self.unit.place(end);
    }

    pub(crate) fn bool_op_to(&mut self, node: &'a ExprBoolOp, to: Reg) {
        self.through_temporary(to, |this, work| {
            let end = this.label();
            this.bool_op_values(node, work, end);
            this.unit.place(end);
        });
    }

    fn bool_op_values(&mut self, node: &'a ExprBoolOp, to: Reg, end: Label) {
        let decides = node.op == BoolOp::Or;
        let (last, first) = node.values.split_last().expect("`and` and `or` have operands");
        for value in first {
            match value {
                Expr::BoolOp(inner) if inner.op != node.op => self.opposite_operand(inner, to, decides, end),
                _ => {
                    self.expression_to(value, to);
                    self.at(value);
                    self.jump_if(to, decides, end);
                }
            }
        }
        self.expression_to(last, to);
    }

    /// `a and b` before `or` (or the reverse): when `a` decides the inner operator, its value is not wanted.
    fn opposite_operand(&mut self, inner: &'a ExprBoolOp, to: Reg, decides: bool, end: Label) {
        let next = self.label();
        let (last, first) = inner.values.split_last().expect("`and` and `or` have operands");
        first.iter().for_each(|value| self.jump_if_expression(value, !decides, next));
        self.expression_to(last, to);
        self.at(last);
        self.jump_if(to, decides, end);
        self.unit.place(next);
    }
}

/// The truth of a constant.
pub(crate) fn truth(constant: &Constant) -> bool {
    match constant {
        Constant::None => false,
        Constant::Bool(value) => *value,
        Constant::Int(value) => *value != 0,
        Constant::Float(bits) => f64::from_bits(*bits) != 0.0,
        Constant::Complex(real, imaginary) => f64::from_bits(*real) != 0.0 || f64::from_bits(*imaginary) != 0.0,
        Constant::Str(bytes) | Constant::Bytes(bytes) => !bytes.is_empty(),
        Constant::Tuple(items) | Constant::FrozenSet(items) => !items.is_empty(),
        Constant::Ellipsis
        | Constant::BigInt { .. }
        | Constant::Slice(_)
        | Constant::Code(_)
        | Constant::LazyCode(_) => true,
    }
}
