//! Annotations: `__annotate__` functions (PEP 649 and 749); under `from __future__ import annotations` they are strings.
//!
//! A module makes its `__annotate__` first, so that it is there while the module still runs; a class makes it last. Which of
//! the annotations under conditions were reached is recorded in a set of numbers, `__conditional_annotations__`.

use std::collections::HashMap;

use bytecode::{Code, Constant, Intrinsic, LocalKind, Opcode, Reg};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Parameter, Stmt, StmtAnnAssign, StmtFunctionDef};
use ruff_text_size::TextRange;

use super::Generator;
use super::functions::FunctionParts;
use super::prescan::Prescan;
use super::unit::{Unit, UnitKind};
use super::unparse::unparse;
use crate::symbols::{ScopeId, ScopeKind};

/// The variable annotations of a module or class.
#[derive(Debug, Default)]
pub(crate) struct VariableAnnotations<'a> {
    nodes: Vec<(&'a StmtAnnAssign, Option<u32>)>,
    /// Numbers of the conditional ones, by node.
    numbers: HashMap<usize, u32>,
}

/// Finds the annotations of variables in a body.
struct Gatherer<'a> {
    found: VariableAnnotations<'a>,
    conditional: bool,
    everywhere: bool,
}

impl<'a> Visitor<'a> for Gatherer<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            Stmt::AnnAssign(node) => self.gather(node),
            _ => {
                let outer = std::mem::replace(&mut self.conditional, true);
                visitor::walk_stmt(self, statement);
                self.conditional = outer;
            }
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

impl<'a> Gatherer<'a> {
    fn gather(&mut self, node: &'a StmtAnnAssign) {
        if !node.simple || !node.target.is_name_expr() {
            return;
        }
        let number = (self.conditional || self.everywhere).then_some(self.found.numbers.len() as u32);
        if let Some(number) = number {
            self.found.numbers.insert(std::ptr::from_ref(node) as usize, number);
        }
        self.found.nodes.push((node, number));
    }
}

impl<'a> Generator<'a> {
    /// What a module or class does about annotations before its body.
    pub(crate) fn begin_annotations(&mut self, range: TextRange, body: &'a [Stmt]) {
        if !self.scope().has_annotations {
            return;
        }
        if self.future_annotations {
            self.unit.emit(bytecode::Instruction::abc(Opcode::SetupAnnotations, 0, 0, 0, 0));
            return;
        }
        let everywhere = self.unit.kind == UnitKind::Module;
        let mut gatherer = Gatherer { found: VariableAnnotations::default(), conditional: false, everywhere };
        gatherer.visit_body(body);
        self.unit.annotations = gatherer.found;
        if self.unit.kind == UnitKind::Module && !self.unit.annotations.nodes.is_empty() {
            self.annotate_variables("__annotate__", range);
            let mark = self.unit.top();
            let set = self.unit.allocate();
            self.emit(Opcode::BuildSet, 0, set, set, 0);
            self.store_plain_name("__conditional_annotations__", set);
            self.unit.release_to(mark);
        }
    }

    /// What a class does about annotations after its body.
    pub(crate) fn end_annotations(&mut self, range: TextRange) {
        if !self.unit.annotations.nodes.is_empty() {
            self.annotate_variables("__annotate_func__", range);
        }
    }

    fn annotate_variables(&mut self, stored_as: &str, range: TextRange) {
        let Some(scope) = self.scope().annotations else { return };
        let annotations = std::mem::take(&mut self.unit.annotations);
        let mut unit = Unit::new(UnitKind::Annotation, scope);
        unit.code.first_line = self.unit.code.first_line;
        self.name_unit(&mut unit, "__annotate__");
        self.push_unit(unit);
        let empty = self.begin_annotate();
        self.emit(Opcode::BuildMap, 0, empty, empty, 0);
        for (node, number) in &annotations.nodes {
            self.variable_annotation(node, *number, empty);
        }
        self.return_register(empty);
        let code = self.pop_unit();
        self.unit.annotations = annotations;
        let mark = self.unit.top();
        let function = self.unit.allocate();
        self.set_range(TextRange::empty(range.start()));
        self.annotate_function(code, scope, function);
        self.store_plain_name(stored_as, function);
        self.unit.release_to(mark);
    }

    fn annotate_function(&mut self, code: Code, scope: ScopeId, to: Reg) {
        let mut parts = self.no_parts();
        self.closure_part(scope, &mut parts);
        self.make_function(code, parts, to);
    }

    /// The beginning of a function that evaluates lazily; gives a temporary.
    pub(crate) fn begin_annotate(&mut self) -> Reg {
        self.function_flags();
        self.unit.code.argument_count = 1;
        self.unit.code.positional_only_count = 1;
        if self.scope().parameters.is_empty() {
            self.unit.declare("format", LocalKind::Plain, true);
        }
        self.begin_function_unit(&Prescan::default());
        let line = self.unit.code.first_line;
        self.set_range(TextRange::empty(self.source.line_start(line)));
        let work = self.unit.allocate();
        self.emit(Opcode::Intrinsic, Intrinsic::CheckAnnotateFormat as u8, work, 0, 0);
        work
    }

    fn variable_annotation(&mut self, node: &'a StmtAnnAssign, number: Option<u32>, map: Reg) {
        let Expr::Name(name) = node.target.as_ref() else { return };
        let mark = self.unit.top();
        let skip = self.label();
        if let Some(number) = number {
            let key = self.unit.allocate();
            let set = self.unit.allocate();
            self.at(node);
            self.load_constant(&Constant::Int(i64::from(number)), key);
            self.load_mangled("__conditional_annotations__", set);
            self.emit(Opcode::In, 0, key, key, set);
            self.jump_if(key, false, skip);
            self.unit.release_to(mark);
        }
        let key = self.unit.allocate();
        let value = self.unit.allocate();
        self.annotation_value(&node.annotation, value);
        self.at(name);
        let name = self.mangle(&name.id);
        self.load_constant(&Constant::Str(name.into_bytes()), key);
        self.emit(Opcode::MapAdd, 0, map, key, value);
        self.unit.place(skip);
        self.unit.release_to(mark);
    }

    /// The value of an annotation; `*Ts` is the one item of what unpacking gives.
    pub(crate) fn annotation_value(&mut self, annotation: &'a Expr, to: Reg) {
        let Expr::Starred(starred) = annotation else {
            self.expression_to(annotation, to);
            return;
        };
        self.expression_to(&starred.value, to);
        self.at(annotation);
        self.emit(Opcode::Unpack, 0, to, to, 1);
    }

    /// `target: annotation = value`.
    pub(crate) fn annotated_assignment(&mut self, node: &'a StmtAnnAssign) {
        if let Some(value) = &node.value {
            self.assign_one(&node.target, value);
        }
        match node.target.as_ref() {
            Expr::Name(name) if node.simple && !self.unit.kind.is_function_like() => {
                if self.future_annotations {
                    self.store_string_annotation(node, &name.id);
                } else {
                    self.record_annotation(node);
                }
            }
            Expr::Attribute(attribute) if node.value.is_none() => self.effect(&attribute.value),
            Expr::Subscript(subscript) if node.value.is_none() => {
                self.effect(&subscript.value);
                self.effect(&subscript.slice);
            }
            _ => {}
        }
    }

    /// Notes that a conditional annotation was reached.
    fn record_annotation(&mut self, node: &'a StmtAnnAssign) {
        let key = std::ptr::from_ref(node) as usize;
        let Some(number) = self.unit.annotations.numbers.get(&key).copied() else { return };
        let mark = self.unit.top();
        let set = self.unit.allocate();
        let value = self.unit.allocate();
        self.at(node);
        match self.special_cell("__conditional_annotations__") {
            Some(cell) => self.emit(Opcode::LoadCell, 0, set, cell, 0),
            None => {
                let site = self.unit.name_site("__conditional_annotations__");
                self.unit.abx(Opcode::LoadName, 0, set, site);
            }
        }
        self.load_constant(&Constant::Int(i64::from(number)), value);
        self.emit(Opcode::SetAdd, 0, set, value, 0);
        self.unit.release_to(mark);
    }

    fn store_string_annotation(&mut self, node: &'a StmtAnnAssign, name: &str) {
        let mark = self.unit.top();
        let first = self.unit.allocate_run(3);
        self.at(node);
        let text = unparse(&node.annotation, self.source);
        self.load_constant(&Constant::Str(text.into_bytes()), first);
        let site = self.unit.name_site("__annotations__");
        self.unit.abx(Opcode::LoadName, 0, first + 1, site);
        let name = self.mangle(name);
        self.load_constant(&Constant::Str(name.into_bytes()), first + 2);
        self.emit(Opcode::SetItem, 0, first + 1, first + 2, first);
        self.unit.release_to(mark);
    }

    /// Makes the `__annotate__` of a function, if it has annotations. Under the future import it gives their text.
    pub(crate) fn function_annotate(&mut self, node: &'a StmtFunctionDef, parts: &mut FunctionParts) {
        let annotations = signature_annotations(node);
        if annotations.is_empty() {
            return;
        }
        let scope = self.scope_of(ScopeKind::Annotation, node.range);
        let range = self.definition_range(node.range, &node.decorator_list);
        let mut unit = Unit::new(UnitKind::Annotation, scope);
        unit.code.first_line = self.source.line(range.start());
        unit.code.name = "__annotate__".into();
        unit.code.qualname = format!("{}.__annotate__", self.qualified_name(&node.name)).into();
        self.push_unit(unit);
        let first = self.begin_annotate();
        let count = annotations.len() as u16;
        for (index, (name, annotation)) in annotations.into_iter().enumerate() {
            let key = if index == 0 { first } else { self.unit.allocate() };
            let name = self.mangle(name);
            self.at(annotation);
            self.load_constant(&Constant::Str(name.into_bytes()), key);
            let value = self.unit.allocate();
            if self.future_annotations {
                let text = unparse(annotation, self.source);
                self.load_constant(&Constant::Str(text.into_bytes()), value);
            } else {
                self.annotation_value(annotation, value);
            }
        }
        self.set_range(range);
        self.emit(Opcode::BuildMap, 0, first, first, count);
        self.return_register(first);
        let code = self.pop_unit();
        let function = self.unit.allocate();
        self.set_range(range);
        self.annotate_function(code, scope, function);
        self.unit.release_to(function + 1);
        parts.add(FunctionParts::ANNOTATE);
    }
}

/// The annotations of a signature, in the order in which they are evaluated.
fn signature_annotations(node: &StmtFunctionDef) -> Vec<(&str, &Expr)> {
    let parameters = &node.parameters;
    let positional = parameters.args.iter().chain(&parameters.posonlyargs).map(|parameter| &parameter.parameter);
    let keyword = parameters.kwonlyargs.iter().map(|parameter| &parameter.parameter);
    positional
        .chain(parameters.vararg.as_deref())
        .chain(keyword)
        .chain(parameters.kwarg.as_deref())
        .filter_map(|parameter: &Parameter| Some((parameter.name.as_str(), parameter.annotation.as_deref()?)))
        .chain(node.returns.as_deref().map(|returns| ("return", returns)))
        .collect()
}
