//! Statements: the choice between kinds, and the short ones.

use bytecode::{Intrinsic, Opcode};
use ruff_python_ast::{Expr, Stmt, StmtAssert, StmtDelete, StmtExpr, StmtIf, StmtRaise};
use ruff_text_size::Ranged;

use super::Generator;
use super::jumps::truth;
use super::unit::UnitKind;
use crate::Mode;

impl<'a> Generator<'a> {
    pub(crate) fn statements(&mut self, body: &'a [Stmt]) {
        for statement in body {
            // Nothing after a `return` or `raise` can run.
            if !self.unit.reachable {
                return;
            }
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        let mark = self.unit.top();
        match statement {
            Stmt::FunctionDef(node) => self.function_definition(node),
            Stmt::ClassDef(node) => self.class_definition(node),
            Stmt::Return(node) => self.return_statement(node),
            Stmt::Delete(node) => self.delete_statement(node),
            Stmt::TypeAlias(node) => self.type_alias(node),
            Stmt::Assign(node) => self.assign_statement(node),
            Stmt::AugAssign(node) => self.augmented_assignment(node),
            Stmt::AnnAssign(node) => self.annotated_assignment(node),
            Stmt::For(node) => self.for_statement(node),
            Stmt::While(node) => self.while_statement(node),
            Stmt::If(node) => self.if_statement(node),
            Stmt::With(node) => self.with_statement(node),
            Stmt::Match(node) => self.match_statement(node),
            Stmt::Raise(node) => self.raise_statement(node),
            Stmt::Try(node) => {
                self.unit.mark(node.range, false);
                self.try_statement(node);
            }
            Stmt::Assert(node) => self.assert_statement(node),
            Stmt::Import(node) => self.import_statement(node),
            Stmt::ImportFrom(node) => self.import_from_statement(node),
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::Pass(node) => self.unit.mark(node.range, true),
            Stmt::Expr(node) => self.expression_statement(node),
            Stmt::Break(node) => self.break_statement(node.range),
            Stmt::Continue(node) => self.continue_statement(node.range),
            Stmt::IpyEscapeCommand(node) => self.fail(node.range, "invalid syntax"),
        }
        debug_assert_eq!(mark, self.unit.top(), "a statement leaves no temporaries");
    }

    fn expression_statement(&mut self, node: &'a StmtExpr) {
        if self.options.mode == Mode::Single && self.unit.kind == UnitKind::Module {
            // Interactive input shows its values, also those of statements inside its blocks.
            let mark = self.unit.top();
            let value = self.temporary(&node.value);
            self.at(node);
            self.emit(Opcode::Intrinsic, Intrinsic::DisplayHook as u8, value, value, 0);
            self.unit.release_to(mark);
        } else if self.fold(&node.value).is_none() {
            let before = self.unit.drafts.len();
            self.effect(&node.value);
            if self.unit.drafts.len() == before {
                self.unit.mark(node.range, true);
            }
        } else {
            self.unit.mark(node.range, true);
        }
    }

    fn if_statement(&mut self, node: &'a StmtIf) {
        let end = self.label();
        let first = std::iter::once((Some(node.test.as_ref()), &node.body));
        let others = node.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
        for (test, body) in first.chain(others) {
            let Some(test) = test else {
                self.statements(body);
                break;
            };
            match self.fold(test).map(|constant| truth(&constant)) {
                Some(true) => {
                    self.unit.mark(test.range(), false);
                    self.statements(body);
                    self.unit.range = None;
                    self.unit.jump(end);
                }
                Some(false) => self.unit.mark(test.range(), true),
                None => {
                    let next = self.label();
                    self.jump_if_expression(test, false, next);
                    self.statements(body);
                    self.unit.range = None;
                    self.unit.jump(end);
                    self.unit.place(next);
                }
            }
        }
        self.unit.place(end);
    }

    fn raise_statement(&mut self, node: &'a StmtRaise) {
        let mark = self.unit.top();
        let (mut kind, mut exception, mut cause) = (0, 0, 0);
        if let Some(raised) = &node.exc {
            kind = 1;
            exception = match &node.cause {
                Some(_) => self.kept_operand(raised),
                None => self.operand(raised),
            };
            if let Some(from) = &node.cause {
                kind = 2;
                cause = self.operand(from);
            }
        }
        self.at(node);
        self.emit(Opcode::Raise, kind, exception, cause, 0);
        self.unit.reachable = false;
        self.unit.release_to(mark);
    }

    fn assert_statement(&mut self, node: &'a StmtAssert) {
        self.check_assert(&node.test);
        if self.options.optimize >= 1 {
            return;
        }
        let mark = self.unit.top();
        let holds = self.label();
        self.jump_if_expression(&node.test, true, holds);
        let message = node.msg.as_ref().map(|message| self.operand(message));
        self.at(node.test.as_ref());
        self.emit(Opcode::AssertFail, u8::from(message.is_some()), message.unwrap_or(0), 0, 0);
        self.unit.reachable = false;
        self.unit.place(holds);
        self.unit.release_to(mark);
    }

    fn delete_statement(&mut self, node: &'a StmtDelete) {
        node.targets.iter().for_each(|target| self.delete(target));
    }

    fn delete(&mut self, target: &'a Expr) {
        let mark = self.unit.top();
        match target {
            Expr::Name(name) => {
                self.at(name);
                self.delete_name(&name.id);
            }
            Expr::Attribute(attribute) => {
                let object = self.operand(&attribute.value);
                self.attribute_range(attribute);
                let site = self.attribute_site(&attribute.attr);
                self.unit.site_op(Opcode::DeleteAttr, 0, object, 0, site);
            }
            Expr::Subscript(subscript) => {
                let object = self.operand_before(&subscript.value, &subscript.slice);
                let index = self.operand(&subscript.slice);
                self.at(subscript);
                self.emit(Opcode::DeleteItem, 0, object, index, 0);
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.delete(target)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.delete(target)),
            _ => self.fail(target.range(), "cannot delete expression"),
        }
        self.unit.release_to(mark);
    }
}
