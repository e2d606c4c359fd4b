//! What CPython finds wrong only while it generates code: statements out of place, repeated keywords, patterns that
//! cannot match. Found here in the same order, before code generation, which may then take the tree as sound.

mod patterns;

use std::collections::HashSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Arguments, ExceptHandler, Expr, Mod, Stmt, StmtClassDef, StmtFunctionDef, StmtImportFrom, StmtMatch, StmtReturn,
    StmtTry, TypeParams,
};
use ruff_text_size::{Ranged, TextRange};

use super::SyntaxError;
use crate::source::SourceText;
use crate::symbols::{AnalyzeOptions, ScopeKind, SymbolTable, is_future};

/// A starred target may have fewer targets than this before it.
const MOST_BEFORE_STAR: usize = 256;

/// Blocks open at once in one code object.
const MAX_BLOCKS: usize = 21;

/// Checks a tree whose symbols were found to be in order.
pub fn check(
    module: &Mod,
    source: &SourceText,
    table: &SymbolTable,
    options: &AnalyzeOptions,
) -> Result<(), Box<SyntaxError>> {
    let mut checker = Checker { source, table, options, body: Body::Module, blocks: Vec::new(), error: None };
    match module {
        Mod::Module(module) => checker.visit_body(&module.body),
        Mod::Expression(expression) => checker.visit_expr(&expression.body),
    }
    checker.error.map_or(Ok(()), Err)
}

/// The code that statements are part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Module,
    Class,
    Function { is_async: bool, yields: bool },
    Lambda,
}

/// A construct that something may jump out of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Loop,
    /// The handlers of `except*`, which nothing may leave early.
    StarHandler,
    Other,
}

struct Checker<'s> {
    source: &'s SourceText,
    table: &'s SymbolTable,
    options: &'s AnalyzeOptions,
    body: Body,
    blocks: Vec<Block>,
    error: Option<Box<SyntaxError>>,
}

impl<'a> Checker<'_> {
    fn fail(&mut self, range: TextRange, message: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::compiling(self.source, range, message));
        }
    }

    /// Visits statements that run inside a block; `at` is the statement that opens it.
    fn inside(&mut self, block: Block, at: TextRange, body: &'a [Stmt]) {
        if self.open(block, at) {
            self.visit_body(body);
            self.blocks.pop();
        }
    }

    fn open(&mut self, block: Block, at: TextRange) -> bool {
        if self.blocks.len() >= MAX_BLOCKS {
            self.fail(at, "too many statically nested blocks");
            return false;
        }
        self.blocks.push(block);
        true
    }

    fn in_function(&self) -> bool {
        matches!(self.body, Body::Function { .. } | Body::Lambda)
    }

    fn in_async_function(&self) -> bool {
        matches!(self.body, Body::Function { is_async: true, .. })
            || self.body == Body::Module && self.options.allow_top_level_await
    }

    /// Visits a function's or class's own body, whose jumps stay inside it.
    fn within(&mut self, body: Body, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.body, body);
        let blocks = std::mem::take(&mut self.blocks);
        visit(self);
        self.body = outer;
        self.blocks = blocks;
    }

    fn function(&mut self, node: &'a StmtFunctionDef) {
        node.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        if let Some(parameters) = &node.type_params {
            self.visit_type_params(parameters);
        }
        self.visit_parameters(&node.parameters);
        if let Some(returns) = &node.returns {
            self.visit_annotation(returns);
        }
        let scope = self.table.lookup(ScopeKind::Function, node.range);
        let yields = scope.is_some_and(|scope| self.table.scope(scope).is_generator);
        self.within(Body::Function { is_async: node.is_async, yields }, |checker| checker.visit_body(&node.body));
    }

    fn class(&mut self, node: &'a StmtClassDef) {
        node.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        if let Some(parameters) = &node.type_params {
            self.visit_type_params(parameters);
        }
        self.within(Body::Class, |checker| checker.visit_body(&node.body));
        if let Some(arguments) = &node.arguments {
            self.visit_arguments(arguments);
        }
    }

    fn return_(&mut self, node: &'a StmtReturn) {
        if !self.in_function() {
            self.fail(node.range, "'return' outside function");
        }
        if node.value.is_some() && matches!(self.body, Body::Function { is_async: true, yields: true }) {
            self.fail(node.range, "'return' with value in async generator");
        }
        if let Some(value) = &node.value {
            self.visit_expr(value);
        }
        if self.blocks.contains(&Block::StarHandler) {
            let constant = node.value.as_ref().filter(|value| value.is_literal_expr());
            self.leaves_star_handler(constant.map_or(node.range, |value| value.range()));
        }
    }

    fn leaves_star_handler(&mut self, range: TextRange) {
        self.fail(range, "'break', 'continue' and 'return' cannot appear in an except* block");
    }

    fn jump(&mut self, range: TextRange, outside_loop: &str) {
        match self.blocks.iter().rev().find(|block| **block != Block::Other) {
            Some(Block::StarHandler) => self.leaves_star_handler(range),
            Some(_) => {}
            None => self.fail(range, outside_loop),
        }
    }

    fn import_from(&mut self, node: &StmtImportFrom) {
        if is_future(node) && self.table.future.end.is_none_or(|end| node.range.start() > end) {
            self.fail(node.range, "from __future__ imports must occur at the beginning of the file");
        }
    }

    fn try_(&mut self, node: &'a StmtTry) {
        let cleans_up = !node.finalbody.is_empty();
        if cleans_up && !self.open(Block::Other, node.range) {
            return;
        }
        if node.handlers.is_empty() {
            self.visit_body(&node.body);
        } else {
            self.inside(Block::Other, node.range, &node.body);
            self.handlers(node);
            self.visit_body(&node.orelse);
        }
        if cleans_up {
            self.blocks.pop();
            self.inside(Block::Other, node.range, &node.finalbody);
        }
    }

    fn handlers(&mut self, node: &'a StmtTry) {
        let block = if node.is_star { Block::StarHandler } else { Block::Other };
        if !self.open(block, node.range) {
            return;
        }
        for (index, handler) in node.handlers.iter().enumerate() {
            let ExceptHandler::ExceptHandler(handler) = handler;
            if handler.type_.is_none() && index + 1 < node.handlers.len() {
                self.fail(handler.range, "default 'except:' must be last");
            }
            if let Some(type_) = &handler.type_ {
                self.visit_expr(type_);
            }
            self.inside(Block::Other, handler.range, &handler.body);
        }
        self.blocks.pop();
    }

    fn match_(&mut self, node: &'a StmtMatch) {
        self.visit_expr(&node.subject);
        for (index, case) in node.cases.iter().enumerate() {
            let may_be_irrefutable = case.guard.is_some() || index + 1 == node.cases.len();
            if let Err((range, message)) = patterns::check(self.source, &case.pattern, may_be_irrefutable) {
                self.fail(range, message);
            }
            self.visit_pattern(&case.pattern);
            if let Some(guard) = &case.guard {
                self.visit_expr(guard);
            }
            self.visit_body(&case.body);
        }
    }

    fn asynchronous(&mut self, is_async: bool, what: &str, range: TextRange) {
        if is_async && !self.in_async_function() {
            self.fail(range, format!("'{what}' outside async function"));
        }
    }

    fn unpacking(&mut self, targets: &[Expr], range: TextRange) {
        if targets.iter().filter(|target| target.is_starred_expr()).count() > 1 {
            self.fail(range, "multiple starred expressions in assignment");
        }
        if targets.iter().position(Expr::is_starred_expr).is_some_and(|before| before >= MOST_BEFORE_STAR) {
            self.fail(range, "too many expressions in star-unpacking assignment");
        }
    }

    fn yield_(&mut self, range: TextRange) {
        if !self.in_function() {
            self.fail(range, "'yield' outside function");
        }
    }

    fn yield_from(&mut self, range: TextRange) {
        if !self.in_function() {
            self.fail(range, "'yield from' outside function");
        } else if matches!(self.body, Body::Function { is_async: true, .. }) {
            self.fail(range, "'yield from' inside async function");
        }
    }
}

impl<'a> Visitor<'a> for Checker<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if self.error.is_some() {
            return;
        }
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Return(node) => self.return_(node),
            Stmt::Break(node) => self.jump(node.range, "'break' outside loop"),
            Stmt::Continue(node) => self.jump(node.range, "'continue' not properly in loop"),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Try(node) => self.try_(node),
            Stmt::Match(node) => self.match_(node),
            Stmt::For(node) => {
                self.asynchronous(node.is_async, "async for", node.range);
                self.visit_expr(&node.iter);
                self.visit_expr(&node.target);
                self.inside(Block::Loop, node.range, &node.body);
                self.visit_body(&node.orelse);
            }
            Stmt::While(node) => {
                self.visit_expr(&node.test);
                self.inside(Block::Loop, node.range, &node.body);
                self.visit_body(&node.orelse);
            }
            Stmt::With(node) => {
                self.asynchronous(node.is_async, "async with", node.range);
                let before = self.blocks.len();
                for item in &node.items {
                    self.visit_with_item(item);
                    self.open(Block::Other, node.range);
                }
                self.visit_body(&node.body);
                self.blocks.truncate(before);
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if self.error.is_some() {
            return;
        }
        match expression {
            Expr::Yield(node) => self.yield_(node.range),
            Expr::YieldFrom(node) => self.yield_from(node.range),
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.visit_parameters(parameters);
                }
                self.within(Body::Lambda, |checker| checker.visit_expr(&node.body));
                return;
            }
            Expr::Tuple(node) if node.ctx.is_store() => self.unpacking(&node.elts, node.range),
            Expr::List(node) if node.ctx.is_store() => self.unpacking(&node.elts, node.range),
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }

    fn visit_arguments(&mut self, arguments: &'a Arguments) {
        let mut seen = HashSet::new();
        // The first repetition of the first repeated name is reported.
        let names =
            arguments.keywords.iter().filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str(), keyword.range)));
        let repeated = names.clone().find(|(name, _)| !seen.insert(*name)).map(|_| ());
        if repeated.is_some() {
            let all: Vec<_> = names.collect();
            let first = all
                .iter()
                .enumerate()
                .find_map(|(index, (name, _))| all[index + 1..].iter().find(|(other, _)| other == name));
            if let Some((name, range)) = first {
                self.fail(*range, format!("keyword argument repeated: {name}"));
            }
        }
        visitor::walk_arguments(self, arguments);
    }

    fn visit_type_params(&mut self, parameters: &'a TypeParams) {
        let mut defaults = false;
        for parameter in &parameters.type_params {
            if parameter.default().is_some() {
                defaults = true;
            } else if defaults {
                let words = "follows default type parameter";
                let message = format!("non-default type parameter '{}' {words}", parameter.name());
                self.fail(parameter.range(), message);
            }
        }
        visitor::walk_type_params(self, parameters);
    }
}
