//! Expressions: the choice between kinds, names, attributes, subscripts, conditionals, `await` and `yield`.

use bytecode::{Constant, Instruction, Opcode, Reg};
use ruff_python_ast::{
    Expr, ExprAttribute, ExprAwait, ExprIf, ExprName, ExprNamed, ExprSlice, ExprSubscript, ExprYield, ExprYieldFrom,
};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::names::Place;

impl<'a> Generator<'a> {
    /// Evaluates `expression` into `to`.
    pub(crate) fn expression_to(&mut self, expression: &'a Expr, to: Reg) {
        if let Some(constant) = self.fold(expression) {
            self.at(expression);
            self.load_constant(&constant, to);
            return;
        }
        match expression {
            Expr::BoolOp(node) => self.bool_op_to(node, to),
            Expr::Named(node) => self.named_to(node, to),
            Expr::BinOp(node) => self.binary_to(node, to),
            Expr::UnaryOp(node) => self.unary_to(node, to),
            Expr::Lambda(node) => self.lambda_to(node, to),
            Expr::If(node) => self.conditional_to(node, to),
            Expr::Dict(node) => self.dict_to(node, to),
            Expr::Set(node) => self.set_to(node, to),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension_to(expression, to);
            }
            Expr::Await(node) => self.await_to(node, to),
            Expr::Yield(node) => self.yield_to(node, to),
            Expr::YieldFrom(node) => self.yield_from_to(node, to),
            Expr::Compare(node) => self.compare_to(node, to),
            Expr::Call(node) => self.call_to(node, to),
            Expr::FString(node) => self.fstring_to(node, to),
            Expr::TString(node) => self.tstring_to(node, to),
            Expr::Attribute(node) => self.attribute_to(node, to),
            Expr::Subscript(node) => self.subscript_to(node, to),
            Expr::Starred(node) => {
                self.fail(node.range, "can't use starred expression here");
            }
            Expr::Name(node) => {
                self.at(node);
                self.load_name(&node.id, to);
            }
            Expr::List(node) => self.list_to(node, to),
            Expr::Tuple(node) => self.tuple_to(node, to),
            Expr::Slice(node) => self.slice_to(node, to),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => unreachable!("literals are constants"),
            Expr::IpyEscapeCommand(node) => self.fail(node.range, "invalid syntax"),
        }
    }

    /// The register with the value of `expression`: a local variable's own, or a new temporary.
    pub(crate) fn operand(&mut self, expression: &'a Expr) -> Reg {
        if let Expr::Name(name) = expression
            && let Some(register) = self.local_in_place(name)
        {
            return register;
        }
        let to = self.unit.allocate();
        self.expression_to(expression, to);
        to
    }

    /// As `operand`, where other expressions are evaluated before the value is used.
    pub(crate) fn kept_operand(&mut self, expression: &'a Expr) -> Reg {
        match expression {
            Expr::Name(name) if self.may_be_assigned_later(&name.id) => self.temporary(expression),
            _ => self.operand(expression),
        }
    }

    /// As `kept_operand`, where only `later` is evaluated before the value is used.
    pub(crate) fn operand_before(&mut self, expression: &'a Expr, later: &Expr) -> Reg {
        match later {
            Expr::Name(_) | Expr::Attribute(_) => self.operand(expression),
            _ if later.is_literal_expr() => self.operand(expression),
            _ => self.kept_operand(expression),
        }
    }

    /// An operand that may be made in the temporary `to`, where the result will go.
    pub(crate) fn only_operand(&mut self, expression: &'a Expr, to: Reg) -> Reg {
        match expression {
            Expr::Name(_) => self.operand(expression),
            _ if self.unit.is_temporary(to) => {
                self.expression_to(expression, to);
                to
            }
            _ => self.operand(expression),
        }
    }

    /// As `only_operand`, where `later` is evaluated before the value is used.
    pub(crate) fn first_operand(&mut self, expression: &'a Expr, later: &Expr, to: Reg) -> Reg {
        match expression {
            Expr::Name(_) => self.operand_before(expression, later),
            _ => self.only_operand(expression, to),
        }
    }

    /// Evaluates into a new temporary.
    pub(crate) fn temporary(&mut self, expression: &'a Expr) -> Reg {
        let to = self.unit.allocate();
        self.expression_to(expression, to);
        to
    }

    fn local_in_place(&mut self, name: &'a ExprName) -> Option<Reg> {
        if name.id == "__debug__" {
            return None;
        }
        let Place::Register(register) = self.place(&name.id) else { return None };
        self.at(name);
        self.check_local(register);
        Some(register)
    }

    /// Evaluates for the effects alone.
    pub(crate) fn effect(&mut self, expression: &'a Expr) {
        let mark = self.unit.top();
        match expression {
            Expr::Name(_) => {
                self.operand(expression);
            }
            // A call writes its result over its own base.
            _ => {
                self.temporary(expression);
            }
        }
        self.unit.release_to(mark);
    }

    fn named_to(&mut self, node: &'a ExprNamed, to: Reg) {
        let mark = self.unit.top();
        let Expr::Name(target) = node.target.as_ref() else {
            self.fail(node.target.range(), "cannot use assignment expressions with this target");
            return;
        };
        if let Some(register) = self.store_register(&target.id) {
            self.expression_to(&node.value, register);
            self.mark_assigned(register);
            self.at(node);
            self.move_register(to, register);
        } else {
            let value = self.operand(&node.value);
            self.at(target);
            self.store_name(&target.id, value);
            self.at(node);
            self.move_register(to, value);
        }
        self.unit.release_to(mark);
    }

    fn conditional_to(&mut self, node: &'a ExprIf, to: Reg) {
        let (otherwise, end) = (self.label(), self.label());
        self.jump_if_expression(&node.test, false, otherwise);
        self.expression_to(&node.body, to);
        self.unit.range = None;
        self.unit.jump(end);
        self.unit.place(otherwise);
        self.expression_to(&node.orelse, to);
        self.unit.place(end);
    }

    pub(crate) fn attribute_to(&mut self, node: &'a ExprAttribute, to: Reg) {
        let mark = self.unit.top();
        if let Some(base) = self.super_arguments(&node.value) {
            self.at(node);
            let site = self.attribute_site(&node.attr);
            self.unit.site_op(Opcode::LoadSuperAttr, base.explicit, to, base.register, site);
        } else {
            let object = self.only_operand(&node.value, to);
            self.attribute_range(node);
            let site = self.attribute_site(&node.attr);
            self.unit.site_op(Opcode::LoadAttr, 0, to, object, site);
        }
        self.unit.release_to(mark);
    }

    pub(crate) fn attribute_site(&mut self, name: &str) -> u32 {
        let name = self.mangle(name);
        self.unit.site(&name)
    }

    /// An attribute on another line than its object's beginning is found at the attribute itself.
    pub(crate) fn attribute_range(&mut self, node: &ExprAttribute) {
        self.unit.range = Some(self.range_for_attribute(node));
    }

    pub(crate) fn range_for_attribute(&self, node: &ExprAttribute) -> TextRange {
        let start = self.source.line(node.range.start());
        let end = self.source.line(node.range.end());
        if start == end { node.range } else { TextRange::new(node.attr.range.start(), node.range.end()) }
    }

    pub(crate) fn subscript_to(&mut self, node: &'a ExprSubscript, to: Reg) {
        self.check_subscript(node);
        let mark = self.unit.top();
        let object = self.first_operand(&node.value, &node.slice, to);
        match simple_slice(&node.slice) {
            Some(slice) => {
                let bounds = self.slice_bounds(slice);
                self.at(node);
                self.emit(Opcode::GetSlice, 0, to, object, bounds);
            }
            None => {
                let index = self.operand(&node.slice);
                self.at(node);
                self.emit(Opcode::GetItem, 0, to, object, index);
            }
        }
        self.unit.release_to(mark);
    }

    /// Two temporaries with the bounds of a slice.
    pub(crate) fn slice_bounds(&mut self, slice: &'a ExprSlice) -> Reg {
        let lower = self.unit.allocate();
        self.bound_to(slice.lower.as_deref(), slice.range, lower);
        let upper = self.unit.allocate();
        self.bound_to(slice.upper.as_deref(), slice.range, upper);
        lower
    }

    fn bound_to(&mut self, bound: Option<&'a Expr>, range: TextRange, to: Reg) {
        match bound {
            Some(bound) => self.expression_to(bound, to),
            None => {
                self.set_range(range);
                self.load_constant(&Constant::None, to);
            }
        }
    }

    fn slice_to(&mut self, node: &'a ExprSlice, to: Reg) {
        let mark = self.unit.top();
        let parts = self.slice_bounds(node);
        let mut without_step = 2;
        if let Some(step) = &node.step {
            self.temporary(step);
            without_step = 0;
        }
        self.at(node);
        self.emit(Opcode::BuildSlice, without_step, to, parts, 0);
        self.unit.release_to(mark);
    }

    // Suspending.

    fn await_to(&mut self, node: &'a ExprAwait, to: Reg) {
        let mark = self.unit.top();
        let (value, iterator) = self.drive_registers(to);
        self.expression_to(&node.value, iterator);
        self.at(node);
        self.emit(Opcode::GetAwaitable, 0, iterator, iterator, 0);
        self.drive(value, iterator);
        self.move_register(to, value);
        self.unit.release_to(mark);
    }

    fn yield_from_to(&mut self, node: &'a ExprYieldFrom, to: Reg) {
        let mark = self.unit.top();
        let (value, iterator) = self.drive_registers(to);
        self.expression_to(&node.value, iterator);
        self.at(node);
        self.emit(Opcode::GetYieldFromIter, 0, iterator, iterator, 0);
        self.drive(value, iterator);
        self.move_register(to, value);
        self.unit.release_to(mark);
    }

    /// Temporaries for what is sent and received, and for the iterator.
    fn drive_registers(&mut self, to: Reg) -> (Reg, Reg) {
        let value = if self.unit.is_temporary(to) { to } else { self.unit.allocate() };
        (value, self.unit.allocate())
    }

    /// Drives the iterator to its end; `value` then holds its result.
    pub(crate) fn drive(&mut self, value: Reg, iterator: Reg) {
        let (again, done) = (self.label(), self.label());
        self.emit(Opcode::LoadNone, 0, value, 0, 0);
        self.unit.place(again);
        self.unit.jump_op(Instruction::abc(Opcode::Send, 0, value, iterator, 0), done);
        self.emit(Opcode::Yield, 1, value, value, iterator);
        self.unit.jump_back(again, iterator + 1);
        self.unit.place(done);
    }

    /// Awaits what is in `register` and leaves the result there.
    pub(crate) fn await_register(&mut self, register: Reg, reason: u8) {
        let mark = self.unit.top();
        let iterator = self.unit.allocate();
        self.emit(Opcode::GetAwaitable, reason, iterator, register, 0);
        self.drive(register, iterator);
        self.unit.release_to(mark);
    }

    fn yield_to(&mut self, node: &'a ExprYield, to: Reg) {
        let mark = self.unit.top();
        let value = match &node.value {
            Some(value) => self.operand(value),
            None => {
                let none = self.unit.allocate();
                self.at(node);
                self.emit(Opcode::LoadNone, 0, none, 0, 0);
                none
            }
        };
        self.at(node);
        let kind = if self.unit.is_async_generator() { 2 } else { 0 };
        self.emit(Opcode::Yield, kind, to, value, mark);
        self.unit.release_to(mark);
    }
}

/// A slice without a step, and so without a slice object.
pub(crate) fn simple_slice(index: &Expr) -> Option<&ExprSlice> {
    match index {
        Expr::Slice(slice) if slice.step.is_none() => Some(slice),
        _ => None,
    }
}
