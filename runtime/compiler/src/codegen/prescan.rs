//! A look ahead through a unit's own statements: which names it deletes, and which a walrus operator assigns.

use std::collections::HashSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, Stmt};

/// What the look ahead finds.
#[derive(Debug, Default)]
pub(crate) struct Prescan {
    /// Names that `del` or the end of an `except .. as` unbinds.
    pub(crate) deleted: HashSet<String>,
    /// Names that walrus operators assign.
    pub(crate) walrus: HashSet<String>,
}

impl Prescan {
    pub(crate) fn of_statements(body: &[Stmt]) -> Self {
        let mut prescan = Self::default();
        prescan.visit_body(body);
        prescan
    }

    pub(crate) fn of_expression(expression: &Expr) -> Self {
        let mut prescan = Self::default();
        prescan.visit_expr(expression);
        prescan
    }

    fn delete_target(&mut self, target: &Expr) {
        match target {
            Expr::Name(name) => {
                self.deleted.insert(name.id.to_string());
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.delete_target(target)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.delete_target(target)),
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Prescan {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                function.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                function
                    .parameters
                    .iter_non_variadic_params()
                    .filter_map(|p| p.default())
                    .for_each(|d| self.visit_expr(d));
            }
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                if let Some(arguments) = &class.arguments {
                    self.visit_arguments(arguments);
                }
            }
            Stmt::Delete(delete) => {
                delete.targets.iter().for_each(|target| self.delete_target(target));
                visitor::walk_stmt(self, statement);
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(except) = handler;
        if let Some(name) = &except.name {
            self.deleted.insert(name.to_string());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) => {}
            Expr::Named(named) => {
                if let Expr::Name(name) = named.target.as_ref() {
                    self.walrus.insert(name.id.to_string());
                }
                self.visit_expr(&named.value);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }
}
