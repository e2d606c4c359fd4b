//! Functions: definitions, lambdas, decorators, defaults, closures.

use bytecode::{Code, CodeFlags, Constant, Opcode, Reg};
use ruff_python_ast::{Decorator, Expr, ExprLambda, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Generator;
use super::prescan::Prescan;
use super::unit::{Unit, UnitKind};
use crate::errors::definition_start;
use crate::symbols::{ScopeId, ScopeKind};

/// The parts of a function besides its code, in registers in a row.
#[derive(Clone, Copy)]
pub(crate) struct FunctionParts {
    mask: u8,
    first: Reg,
}

impl FunctionParts {
    pub(crate) const DEFAULTS: u8 = 1;
    pub(crate) const KEYWORD_DEFAULTS: u8 = 2;
    pub(crate) const ANNOTATE: u8 = 4;
    pub(crate) const CLOSURE: u8 = 8;

    pub(crate) fn add(&mut self, part: u8) {
        debug_assert!(self.mask < part, "parts come in order");
        self.mask |= part;
    }
}

impl<'a> Generator<'a> {
    pub(crate) fn function_definition(&mut self, node: &'a StmtFunctionDef) {
        let mark = self.unit.top();
        let calls = self.decorators(&node.decorator_list);
        let function = self.unit.allocate();
        match &node.type_params {
            Some(parameters) => self.generic_function(node, parameters, function),
            None => {
                let mut parts = self.no_parts();
                self.default_parts(&node.parameters, &mut parts);
                self.function_to(node, parts, function);
            }
        }
        self.apply_decorators(&node.decorator_list, calls, function);
        self.set_range(self.definition_range(node.range, &node.decorator_list));
        self.store_name(&node.name, calls.unwrap_or(function));
        self.unit.release_to(mark);
    }

    /// The range of a definition without its decorators.
    pub(crate) fn definition_range(&self, range: TextRange, decorators: &[Decorator]) -> TextRange {
        let start = definition_start(self.source, range, decorators.last().map(Ranged::range));
        TextRange::new(start, range.end())
    }

    /// The line of a definition's first decorator, or of itself.
    pub(crate) fn first_line(&self, range: TextRange, decorators: &[Decorator]) -> u32 {
        let start: TextSize = decorators.first().map_or(range.start(), |decorator| decorator.expression.start());
        self.source.line(start)
    }

    /// Evaluates decorators, each ready to be called with what comes after it. Gives the first one's register.
    pub(crate) fn decorators(&mut self, decorators: &'a [Decorator]) -> Option<Reg> {
        let mut first = None;
        for decorator in decorators {
            // The argument of one call is the base of the next: callable, no self, argument.
            let register = self.temporary(&decorator.expression);
            self.unit.allocate();
            first.get_or_insert(register);
        }
        first
    }

    /// Calls the decorators, last one first, with what is in `decorated`.
    pub(crate) fn apply_decorators(&mut self, decorators: &'a [Decorator], first: Option<Reg>, decorated: Reg) {
        let Some(first) = first else { return };
        let mut argument = decorated;
        for decorator in decorators.iter().rev() {
            let base = argument - 2;
            self.at(&decorator.expression);
            self.emit(Opcode::Call, 1, base, base, 1);
            argument = base;
        }
        debug_assert_eq!(argument, first, "decorators lie two registers apart");
    }

    pub(crate) fn no_parts(&self) -> FunctionParts {
        FunctionParts { mask: 0, first: self.unit.top() }
    }

    /// Evaluates the defaults of a function into parts of it.
    pub(crate) fn default_parts(&mut self, parameters: &'a Parameters, parts: &mut FunctionParts) {
        if self.positional_defaults(parameters) {
            parts.add(FunctionParts::DEFAULTS);
        }
        if self.keyword_defaults(parameters) {
            parts.add(FunctionParts::KEYWORD_DEFAULTS);
        }
    }

    /// Makes the tuple of defaults in a new temporary, if there are any.
    pub(crate) fn positional_defaults(&mut self, parameters: &'a Parameters) -> bool {
        let defaults: Vec<&'a Expr> = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .filter_map(|parameter| parameter.default.as_deref())
            .collect();
        let Some(first) = defaults.first() else { return false };
        let range = first.range();
        let tuple = self.unit.allocate();
        let constants: Option<Vec<Constant>> = defaults.iter().map(|default| self.fold(default)).collect();
        match constants {
            Some(constants) => {
                self.set_range(range);
                self.load_constant(&Constant::Tuple(constants), tuple);
            }
            None => {
                for (index, default) in defaults.iter().enumerate() {
                    let register = if index == 0 { tuple } else { self.unit.allocate() };
                    self.expression_to(default, register);
                }
                self.set_range(range);
                self.emit(Opcode::BuildTuple, 0, tuple, tuple, defaults.len() as u16);
                self.unit.release_to(tuple + 1);
            }
        }
        true
    }

    /// Makes the dict of keyword defaults in a new temporary, if there are any.
    pub(crate) fn keyword_defaults(&mut self, parameters: &'a Parameters) -> bool {
        let defaults = parameters
            .kwonlyargs
            .iter()
            .filter_map(|parameter| Some((parameter.parameter.name.as_str(), parameter.default.as_deref()?)));
        let defaults: Vec<(&str, &'a Expr)> = defaults.collect();
        if defaults.is_empty() {
            return false;
        }
        let dict = self.unit.allocate();
        for (index, (name, default)) in defaults.iter().enumerate() {
            let key = if index == 0 { dict } else { self.unit.allocate() };
            let name = self.mangle(name);
            self.at(*default);
            self.load_constant(&Constant::Str(name.into_bytes()), key);
            self.temporary(default);
        }
        self.emit(Opcode::BuildMap, 0, dict, dict, defaults.len() as u16);
        self.unit.release_to(dict + 1);
        true
    }

    /// Makes a function; its defaults are in `parts` already.
    pub(crate) fn function_to(&mut self, node: &'a StmtFunctionDef, mut parts: FunctionParts, to: Reg) {
        let range = self.definition_range(node.range, &node.decorator_list);
        self.function_annotate(node, &mut parts);
        let scope = self.scope_of(ScopeKind::Function, node.range);
        let first_line = self.first_line(node.range, &node.decorator_list);
        let code = self.function_code(node, scope, first_line);
        self.set_range(range);
        self.closure_part(scope, &mut parts);
        self.make_function(code, parts, to);
    }

    fn function_code(&mut self, node: &'a StmtFunctionDef, scope: ScopeId, first_line: u32) -> Code {
        let mut unit = Unit::new(UnitKind::Function, scope);
        unit.code.first_line = first_line;
        self.name_unit(&mut unit, &node.name);
        count_parameters(&mut unit.code, &node.parameters);
        self.push_unit(unit);
        self.function_flags();
        let docstring = self.function_docstring(&node.body);
        self.begin_function_unit(&Prescan::of_statements(&node.body));
        self.body_then_none(docstring);
        self.pop_unit()
    }

    /// Notes a function's doc string as its first constant; gives the rest of the body.
    fn function_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        let Some((text, rest)) = self.split_docstring(body) else { return body };
        if let Some((text, _)) = text {
            self.unit.code.flags.0 |= CodeFlags::HAS_DOCSTRING;
            self.unit.constant(&Constant::Str(text));
        }
        rest
    }

    pub(crate) fn name_unit(&self, unit: &mut Unit<'a>, name: &str) {
        unit.code.name = name.to_owned().into();
        unit.code.qualname = self.qualified_name(name).into();
    }

    /// Sets the flags of a function-like unit from its scope.
    pub(crate) fn function_flags(&mut self) {
        let scope = self.scope();
        let kind = match (scope.is_generator, scope.is_coroutine) {
            (true, true) => CodeFlags::ASYNC_GENERATOR,
            (true, false) => CodeFlags::GENERATOR,
            (false, true) => CodeFlags::COROUTINE,
            (false, false) => 0,
        };
        let conditional = [
            (scope.nested, CodeFlags::NESTED),
            (scope.has_varargs, CodeFlags::VARARGS),
            (scope.has_varkeywords, CodeFlags::VARKEYWORDS),
            (scope.is_method, CodeFlags::METHOD),
        ];
        let flags =
            conditional.iter().filter(|(set, _)| *set).fold(self.future_flags(), |flags, (_, flag)| flags | flag);
        self.unit.code.flags.0 |= CodeFlags::OPTIMIZED | CodeFlags::NEWLOCALS | kind | flags;
    }

    pub(crate) fn lambda_to(&mut self, node: &'a ExprLambda, to: Reg) {
        let mark = self.unit.top();
        let mut parts = self.no_parts();
        let scope = self.scope_of(ScopeKind::Lambda, node.range);
        if let Some(parameters) = &node.parameters {
            self.default_parts(parameters, &mut parts);
        }
        let mut unit = Unit::new(UnitKind::Lambda, scope);
        unit.code.first_line = self.source.line(node.range.start());
        self.name_unit(&mut unit, "<lambda>");
        if let Some(parameters) = &node.parameters {
            count_parameters(&mut unit.code, parameters);
        }
        self.push_unit(unit);
        self.function_flags();
        self.begin_function_unit(&Prescan::of_expression(&node.body));
        let value = self.operand(&node.body);
        self.at(node.body.as_ref());
        self.return_register(value);
        let code = self.pop_unit();
        self.at(node);
        self.closure_part(scope, &mut parts);
        self.make_function(code, parts, to);
        self.unit.release_to(mark);
    }

    /// Makes the tuple of the cells that a nested unit closes over, if it does.
    pub(crate) fn closure_part(&mut self, scope: ScopeId, parts: &mut FunctionParts) {
        let names = self.free_names(scope);
        if names.is_empty() {
            return;
        }
        let tuple = self.unit.allocate();
        for (index, name) in names.iter().enumerate() {
            let register = if index == 0 { tuple } else { self.unit.allocate() };
            match self.cell_register(name) {
                Some(cell) => self.move_register(register, cell),
                None => {
                    let range = self.unit.range.unwrap_or_default();
                    self.fail(range, format!("no cell for the variable '{name}'"));
                }
            }
        }
        self.emit(Opcode::BuildTuple, 0, tuple, tuple, names.len() as u16);
        self.unit.release_to(tuple + 1);
        parts.add(FunctionParts::CLOSURE);
    }

    pub(crate) fn make_function(&mut self, code: Code, parts: FunctionParts, to: Reg) {
        if !self.unit.reachable {
            return;
        }
        let constant = self.unit.code_constant(code);
        let site = self.unit.raw_site(constant);
        self.unit.site_op(Opcode::MakeFunction, parts.mask, to, parts.first, site);
    }
}

fn count_parameters(code: &mut Code, parameters: &Parameters) {
    code.positional_only_count = parameters.posonlyargs.len() as u16;
    code.argument_count = (parameters.posonlyargs.len() + parameters.args.len()) as u16;
    code.keyword_only_count = parameters.kwonlyargs.len() as u16;
}
