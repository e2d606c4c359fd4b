//! Type parameters (PEP 695 and 696) of functions, classes and aliases, and `type` statements.
//!
//! A generic definition is wrapped in a function that makes the type parameters and gives what it defines; it is called at
//! once. Bounds, defaults and alias values are functions, evaluated when asked for.

use bytecode::{Constant, Intrinsic, Opcode, Reg};
use ruff_python_ast::{Expr, StmtClassDef, StmtFunctionDef, StmtTypeAlias, TypeParam, TypeParams};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::functions::FunctionParts;
use super::prescan::Prescan;
use super::unit::{Unit, UnitKind};
use crate::symbols::{ScopeId, ScopeKind};

impl<'a> Generator<'a> {
    fn intrinsic(&mut self, intrinsic: Intrinsic, to: Reg, b: Reg, c: Reg) {
        self.emit(Opcode::Intrinsic, intrinsic as u8, to, b, c);
    }

    pub(crate) fn generic_function(&mut self, node: &'a StmtFunctionDef, parameters: &'a TypeParams, to: Reg) {
        let range = self.definition_range(node.range, &node.decorator_list);
        let mark = self.unit.top();
        let base = self.begin_run(to);
        self.unit.allocate();
        // The defaults are evaluated outside and handed in.
        let positional = self.positional_defaults(&node.parameters);
        let keyword = self.keyword_defaults(&node.parameters);
        let first_line = self.first_line(node.range, &node.decorator_list);
        let scope = self.begin_type_parameters(parameters, &node.name, range, first_line);
        let count = u16::from(positional) + u16::from(keyword);
        self.unit.code.argument_count = count;
        let types = self.type_parameters(parameters);
        let function = self.unit.allocate();
        let mut parts = self.no_parts();
        if positional {
            let register = self.unit.allocate();
            self.move_register(register, 0);
            parts.add(FunctionParts::DEFAULTS);
        }
        if keyword {
            let register = self.unit.allocate();
            self.move_register(register, Reg::from(positional));
            parts.add(FunctionParts::KEYWORD_DEFAULTS);
        }
        self.function_to(node, parts, function);
        self.set_range(range);
        self.intrinsic(Intrinsic::SetFunctionTypeParams, function, function, types);
        self.return_register(function);
        let code = self.pop_unit();
        self.call_wrapper(code, scope, base, count, range, to);
        self.unit.release_to(mark);
    }

    pub(crate) fn generic_class(&mut self, node: &'a StmtClassDef, parameters: &'a TypeParams, to: Reg) {
        let range = self.definition_range(node.range, &node.decorator_list);
        let mark = self.unit.top();
        let base = self.begin_run(to);
        self.unit.allocate();
        let first_line = self.first_line(node.range, &node.decorator_list);
        let scope = self.begin_type_parameters(parameters, &node.name, range, first_line);
        // Names are mangled in the bases as they are in the body.
        self.unit.class_name = Some(node.name.to_string());
        let types = self.type_parameters(parameters);
        self.store_mangled(".type_params", types);
        let generic = self.unit.allocate();
        self.intrinsic(Intrinsic::SubscriptGeneric, generic, types, 0);
        let class = self.unit.allocate();
        self.class_to(node, Some(generic), class);
        self.return_register(class);
        let code = self.pop_unit();
        self.call_wrapper(code, scope, base, 0, range, to);
        self.unit.release_to(mark);
    }

    pub(crate) fn type_alias(&mut self, node: &'a StmtTypeAlias) {
        let mark = self.unit.top();
        let alias = self.unit.allocate();
        let Expr::Name(name) = node.name.as_ref() else { return };
        match &node.type_params {
            None => {
                let first = self.unit.allocate_run(2);
                self.at(node);
                self.load_constant(&Constant::Str(name.id.as_bytes().to_vec()), first);
                self.load_constant(&Constant::None, first + 1);
                self.alias_of(node, first, alias);
            }
            Some(parameters) => {
                let base = alias;
                self.unit.allocate();
                let first_line = self.source.line(node.range.start());
                let scope = self.begin_type_parameters(parameters, &name.id, node.range, first_line);
                let first = self.unit.allocate();
                self.load_constant(&Constant::Str(name.id.as_bytes().to_vec()), first);
                self.type_parameters(parameters);
                self.at(node);
                self.alias_of(node, first, first);
                self.return_register(first);
                let code = self.pop_unit();
                self.call_wrapper(code, scope, base, 0, node.range, alias);
            }
        }
        self.at(node.name.as_ref());
        self.store_name(&name.id, alias);
        self.unit.release_to(mark);
    }

    /// Makes an alias whose name and parameters are in `first` and the register after it.
    fn alias_of(&mut self, node: &'a StmtTypeAlias, first: Reg, to: Reg) {
        let Expr::Name(name) = node.name.as_ref() else { return };
        let value = self.unit.allocate();
        debug_assert_eq!(value, first + 2, "the three parts of an alias lie in a row");
        let scope = self.scope_of(ScopeKind::TypeAlias, node.range);
        self.lazy_function(&node.value, scope, &name.id, node.range, value);
        self.at(node);
        self.emit(Opcode::BuildTuple, 0, first, first, 3);
        self.intrinsic(Intrinsic::TypeAlias, to, first, 0);
    }

    /// Starts the unit that wraps a generic definition.
    fn begin_type_parameters(
        &mut self,
        parameters: &'a TypeParams,
        name: &str,
        range: TextRange,
        first_line: u32,
    ) -> ScopeId {
        let scope = self.scope_of(ScopeKind::TypeParameters, parameters.range);
        let mut unit = Unit::new(UnitKind::TypeParameters, scope);
        unit.code.first_line = first_line;
        self.name_unit(&mut unit, &format!("<generic parameters of {name}>"));
        self.push_unit(unit);
        self.function_flags();
        self.begin_function_unit(&Prescan::default());
        self.set_range(range);
        scope
    }

    /// Calls the wrapper of a generic definition; `count` arguments are in place after `base`.
    fn call_wrapper(&mut self, code: bytecode::Code, scope: ScopeId, base: Reg, count: u16, range: TextRange, to: Reg) {
        let mut parts = self.no_parts();
        self.set_range(range);
        self.closure_part(scope, &mut parts);
        self.make_function(code, parts, base);
        self.emit(Opcode::Call, 1, to, base, count);
    }

    /// Makes the type parameters, assigns them, and gives a temporary with the tuple of them.
    fn type_parameters(&mut self, parameters: &'a TypeParams) -> Reg {
        let first = self.unit.allocate();
        for (index, parameter) in parameters.type_params.iter().enumerate() {
            let register = if index == 0 { first } else { self.unit.allocate() };
            self.type_parameter(parameter, register);
        }
        self.set_range(parameters.range);
        self.emit(Opcode::BuildTuple, 0, first, first, parameters.type_params.len() as u16);
        self.unit.release_to(first + 1);
        first
    }

    fn type_parameter(&mut self, parameter: &'a TypeParam, to: Reg) {
        let (name, default) = match parameter {
            TypeParam::TypeVar(node) => (&node.name, &node.default),
            TypeParam::TypeVarTuple(node) => (&node.name, &node.default),
            TypeParam::ParamSpec(node) => (&node.name, &node.default),
        };
        let mark = self.unit.top();
        let range = parameter.range();
        self.set_range(range);
        self.load_constant(&Constant::Str(name.as_bytes().to_vec()), to);
        let (mut kind, mut bound_register) = (Intrinsic::TypeVar, 0);
        match parameter {
            TypeParam::TypeVar(node) => {
                if let Some(bound) = &node.bound {
                    let scope = self.scope_of(ScopeKind::TypeVariableBound, range);
                    bound_register = self.unit.allocate();
                    self.lazy_function(bound, scope, name, range, bound_register);
                    kind = match bound.is_tuple_expr() {
                        true => Intrinsic::TypeVarWithConstraints,
                        false => Intrinsic::TypeVarWithBound,
                    };
                }
            }
            TypeParam::TypeVarTuple(_) => kind = Intrinsic::TypeVarTuple,
            TypeParam::ParamSpec(_) => kind = Intrinsic::ParamSpec,
        }
        self.set_range(range);
        self.intrinsic(kind, to, to, bound_register);
        self.unit.release_to(mark);
        if let Some(default) = default {
            let scope = self.scope_of(ScopeKind::TypeVariableDefault, range);
            let function = self.unit.allocate();
            self.lazy_function(default, scope, name, range, function);
            self.set_range(range);
            self.intrinsic(Intrinsic::SetTypeParamDefault, to, to, function);
            self.unit.release_to(mark);
        }
        self.store_name(name, to);
    }

    /// Makes a function that evaluates `value`; its one argument, the format, has the default 1.
    fn lazy_function(&mut self, value: &'a Expr, scope: ScopeId, name: &str, range: TextRange, to: Reg) {
        let mark = self.unit.top();
        let mut unit = Unit::new(UnitKind::Annotation, scope);
        unit.code.first_line = self.source.line(range.start());
        self.name_unit(&mut unit, name);
        self.push_unit(unit);
        let result = self.begin_annotate();
        self.annotation_value(value, result);
        self.at(value);
        self.return_register(result);
        let code = self.pop_unit();
        let mut parts = self.no_parts();
        self.set_range(range);
        let defaults = self.unit.allocate();
        self.load_constant(&Constant::Tuple(vec![Constant::Int(1)]), defaults);
        parts.add(FunctionParts::DEFAULTS);
        self.closure_part(scope, &mut parts);
        self.make_function(code, parts, to);
        self.unit.release_to(mark);
    }
}
