//! The first pass over statements, definitions and patterns.

use ruff_python_ast::name::Name;
use ruff_python_ast::{
    Alias, ExceptHandler, Expr, Identifier, Parameter, Parameters, Pattern, Stmt, StmtAnnAssign, StmtClassDef,
    StmtFunctionDef, StmtTypeAlias, TypeParam, TypeParams,
};
use ruff_text_size::{Ranged, TextRange};

use super::collect::{Collector, Outcome, Use, starts_with_docstring};
use super::{ScopeId, ScopeKind, SymbolFlags, SymbolTable};
use crate::errors::definition_start;

/// What a `global` or `nonlocal` statement complains about.
struct DirectiveWords {
    flag: SymbolFlags,
    word: &'static str,
}

const GLOBAL: DirectiveWords = DirectiveWords { flag: SymbolFlags::GLOBAL, word: "global" };
const NONLOCAL: DirectiveWords = DirectiveWords { flag: SymbolFlags::NONLOCAL, word: "nonlocal" };

impl Collector<'_> {
    pub fn statements(&mut self, body: &[Stmt]) -> Outcome {
        body.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt) -> Outcome {
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Return(node) => {
                let Some(value) = &node.value else { return Ok(()) };
                self.expression(value)?;
                self.current().has_return_value = true;
                Ok(())
            }
            Stmt::Delete(node) => self.expressions(&node.targets),
            Stmt::TypeAlias(node) => self.type_alias(node),
            Stmt::Assign(node) => {
                self.expressions(&node.targets)?;
                self.expression(&node.value)
            }
            Stmt::AugAssign(node) => {
                self.expression(&node.target)?;
                self.expression(&node.value)
            }
            Stmt::AnnAssign(node) => self.annotated_assignment(node),
            Stmt::Raise(node) => {
                self.optional(node.exc.as_deref())?;
                self.optional(node.cause.as_deref())
            }
            Stmt::Assert(node) => {
                self.expression(&node.test)?;
                self.optional(node.msg.as_deref())
            }
            Stmt::Import(node) => self.aliases(&node.names),
            Stmt::ImportFrom(node) => self.aliases(&node.names),
            Stmt::Global(node) => self.directive(&GLOBAL, &node.names, node.range),
            Stmt::Nonlocal(node) => self.directive(&NONLOCAL, &node.names, node.range),
            Stmt::Expr(node) => self.expression(&node.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => Ok(()),
            _ => self.conditional(statement),
        }
    }

    /// Statements whose bodies may not run, or may run again: annotations inside are conditional.
    fn conditional(&mut self, statement: &Stmt) -> Outcome {
        let before = std::mem::replace(&mut self.current().in_conditional_block, true);
        self.branches(statement)?;
        self.current().in_conditional_block = before;
        Ok(())
    }

    fn branches(&mut self, statement: &Stmt) -> Outcome {
        match statement {
            Stmt::For(node) => {
                if node.is_async {
                    self.asynchronous("async for", node.range)?;
                }
                self.expression(&node.target)?;
                self.expression(&node.iter)?;
                self.statements(&node.body)?;
                self.statements(&node.orelse)
            }
            Stmt::While(node) => {
                self.expression(&node.test)?;
                self.statements(&node.body)?;
                self.statements(&node.orelse)
            }
            Stmt::If(node) => {
                self.expression(&node.test)?;
                self.statements(&node.body)?;
                node.elif_else_clauses.iter().try_for_each(|clause| {
                    self.optional(clause.test.as_ref())?;
                    self.statements(&clause.body)
                })
            }
            Stmt::With(node) => {
                if node.is_async {
                    self.asynchronous("async with", node.range)?;
                }
                for item in &node.items {
                    self.expression(&item.context_expr)?;
                    self.optional(item.optional_vars.as_deref())?;
                }
                self.statements(&node.body)
            }
            Stmt::Match(node) => {
                self.expression(&node.subject)?;
                node.cases.iter().try_for_each(|case| {
                    self.pattern(&case.pattern)?;
                    self.optional(case.guard.as_deref())?;
                    self.statements(&case.body)
                })
            }
            Stmt::Try(node) => {
                self.statements(&node.body)?;
                node.handlers.iter().try_for_each(|handler| self.handler(handler))?;
                self.statements(&node.orelse)?;
                self.statements(&node.finalbody)
            }
            _ => Ok(()),
        }
    }

    fn handler(&mut self, handler: &ExceptHandler) -> Outcome {
        let ExceptHandler::ExceptHandler(handler) = handler;
        self.optional(handler.type_.as_deref())?;
        if let Some(name) = &handler.name {
            self.define_for(&name.id, SymbolFlags::LOCAL, handler.range, Use::Store)?;
        }
        self.statements(&handler.body)
    }

    /// `async for` and `async with` make a module that may await into a coroutine.
    fn asynchronous(&mut self, _what: &str, _at: TextRange) -> Outcome {
        if self.options.allow_top_level_await && self.kind() == ScopeKind::Module {
            self.current().is_coroutine = true;
        }
        Ok(())
    }

    fn function(&mut self, node: &StmtFunctionDef) -> Outcome {
        let location = self.definition_range(node.range, node.decorator_list.last().map(Ranged::range));
        self.define_for(&node.name.id, SymbolFlags::LOCAL, location, Use::Store)?;
        self.defaults(&node.parameters)?;
        node.decorator_list.iter().try_for_each(|decorator| self.expression(&decorator.expression))?;
        if let Some(parameters) = &node.type_params {
            self.enter_type_parameters(&node.name.id, parameters, location)?;
            let defaults = node.parameters.posonlyargs.iter().chain(&node.parameters.args);
            if defaults.clone().any(|parameter| parameter.default.is_some()) {
                self.define(&Name::new_static(".defaults"), SymbolFlags::PARAMETER, location)?;
            }
            if node.parameters.kwonlyargs.iter().any(|parameter| parameter.default.is_some()) {
                self.define(&Name::new_static(".kwdefaults"), SymbolFlags::PARAMETER, location)?;
            }
            self.type_parameters(parameters)?;
        }
        let function = self.create(ScopeKind::Function, node.name.id.clone(), node.range, location);
        self.signature_annotations(node, function, location)?;
        self.reenter(function);
        self.current().is_coroutine = node.is_async;
        self.current().has_docstring = starts_with_docstring(&node.body);
        self.parameters(&node.parameters)?;
        self.statements(&node.body)?;
        self.exit();
        if node.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    fn definition_range(&self, range: TextRange, last_decorator: Option<TextRange>) -> TextRange {
        TextRange::new(definition_start(self.source, range, last_decorator), range.end())
    }

    pub fn defaults(&mut self, parameters: &Parameters) -> Outcome {
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for parameter in positional.chain(&parameters.kwonlyargs) {
            self.optional(parameter.default.as_deref())?;
        }
        Ok(())
    }

    pub fn parameters(&mut self, parameters: &Parameters) -> Outcome {
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for parameter in positional.chain(&parameters.kwonlyargs) {
            self.parameter(&parameter.parameter)?;
        }
        if let Some(parameter) = &parameters.vararg {
            self.parameter(parameter)?;
            self.current().has_varargs = true;
        }
        if let Some(parameter) = &parameters.kwarg {
            self.parameter(parameter)?;
            self.current().has_varkeywords = true;
        }
        Ok(())
    }

    fn parameter(&mut self, parameter: &Parameter) -> Outcome {
        let at = TextRange::new(parameter.name.range.start(), parameter.range.end());
        self.define_for(&parameter.name.id, SymbolFlags::PARAMETER, at, Use::Store)
    }

    /// The scope of a function's `__annotate__`, which stands beside the function's own.
    fn signature_annotations(&mut self, node: &StmtFunctionDef, function: ScopeId, location: TextRange) -> Outcome {
        let outer = self.current();
        let sees_class = outer.can_see_class_scope || outer.kind == ScopeKind::Class;
        self.enter(ScopeKind::Annotation, Name::new_static("__annotate__"), node.range, location)?;
        if sees_class {
            self.current().can_see_class_scope = true;
            self.define(&Name::new_static("__classdict__"), SymbolFlags::USE, location)?;
        }
        let parameters = &node.parameters;
        let positional = parameters.posonlyargs.iter().chain(&parameters.args).map(|parameter| &parameter.parameter);
        let variadic = parameters.vararg.as_deref().into_iter().chain(parameters.kwarg.as_deref());
        let keyword = parameters.kwonlyargs.iter().map(|parameter| &parameter.parameter);
        let mut annotated = node.returns.is_some();
        for parameter in positional.chain(variadic).chain(keyword) {
            annotated |= parameter.annotation.is_some();
            self.optional(parameter.annotation.as_deref())?;
        }
        self.optional(node.returns.as_deref())?;
        self.exit();
        self.table.scope_mut(function).has_annotations |= annotated;
        Ok(())
    }

    fn class(&mut self, node: &StmtClassDef) -> Outcome {
        let location = self.definition_range(node.range, node.decorator_list.last().map(Ranged::range));
        self.define_for(&node.name.id, SymbolFlags::LOCAL, location, Use::Store)?;
        node.decorator_list.iter().try_for_each(|decorator| self.expression(&decorator.expression))?;
        let outer_class = self.class.clone();
        if let Some(parameters) = &node.type_params {
            self.enter_type_parameters(&node.name.id, parameters, location)?;
            for name in [".type_params", ".generic_base"] {
                let name = Name::new_static(name);
                self.define(&name, SymbolFlags::LOCAL, location)?;
                self.define(&name, SymbolFlags::USE, location)?;
            }
            self.class = Some(node.name.id.clone());
            self.current().mangled_names = Some(Vec::new());
            self.type_parameters(parameters)?;
        }
        if let Some(arguments) = &node.arguments {
            self.arguments(arguments)?;
        }
        self.enter(ScopeKind::Class, node.name.id.clone(), node.range, location)?;
        self.class = Some(node.name.id.clone());
        if node.type_params.is_some() {
            self.define(&Name::new_static("__type_params__"), SymbolFlags::LOCAL, location)?;
            self.define(&Name::new_static(".type_params"), SymbolFlags::USE, location)?;
        }
        self.current().has_docstring = starts_with_docstring(&node.body);
        self.statements(&node.body)?;
        self.exit();
        if node.type_params.is_some() {
            self.exit();
        }
        self.class = outer_class;
        Ok(())
    }

    fn enter_type_parameters(&mut self, name: &Name, parameters: &TypeParams, location: TextRange) -> Outcome {
        let in_class = self.kind() == ScopeKind::Class;
        self.enter(ScopeKind::TypeParameters, name.clone(), parameters.range, location)?;
        if in_class {
            self.current().can_see_class_scope = true;
            self.define(&Name::new_static("__classdict__"), SymbolFlags::USE, location)?;
        }
        Ok(())
    }

    fn type_parameters(&mut self, parameters: &TypeParams) -> Outcome {
        parameters.type_params.iter().try_for_each(|parameter| self.type_parameter(parameter))
    }

    fn type_parameter(&mut self, parameter: &TypeParam) -> Outcome {
        let flags = SymbolFlags::TYPE_PARAMETER.with(SymbolFlags::LOCAL);
        let (name, default, description) = match parameter {
            TypeParam::TypeVar(node) => (&node.name, &node.default, "a TypeVar default"),
            TypeParam::TypeVarTuple(node) => (&node.name, &node.default, "a TypeVarTuple default"),
            TypeParam::ParamSpec(node) => (&node.name, &node.default, "a ParamSpec default"),
        };
        let range = parameter.range();
        self.define_for(&name.id, flags, range, Use::Store)?;
        if name.as_str() == "__classdict__" {
            return self.error(range, format!("reserved name '{name}' cannot be used for type parameter"));
        }
        if let TypeParam::TypeVar(node) = parameter
            && let Some(bound) = &node.bound
        {
            let description = if bound.is_tuple_expr() { "a TypeVar constraint" } else { "a TypeVar bound" };
            self.type_variable(ScopeKind::TypeVariableBound, name, bound, range, description)?;
        }
        match default {
            Some(default) => self.type_variable(ScopeKind::TypeVariableDefault, name, default, range, description),
            None => Ok(()),
        }
    }

    fn type_variable(
        &mut self,
        kind: ScopeKind,
        name: &Identifier,
        value: &Expr,
        parameter: TextRange,
        description: &'static str,
    ) -> Outcome {
        let sees_class = self.current().can_see_class_scope;
        self.enter(kind, name.id.clone(), parameter, value.range())?;
        self.current().can_see_class_scope = sees_class;
        if sees_class {
            self.define(&Name::new_static("__classdict__"), SymbolFlags::USE, value.range())?;
        }
        self.current().description = description;
        self.expression(value)?;
        self.exit();
        Ok(())
    }

    fn type_alias(&mut self, node: &StmtTypeAlias) -> Outcome {
        self.expression(&node.name)?;
        let Expr::Name(name) = &*node.name else { return Ok(()) };
        let in_class = self.kind() == ScopeKind::Class;
        if let Some(parameters) = &node.type_params {
            self.enter_type_parameters(&name.id, parameters, node.range)?;
            self.type_parameters(parameters)?;
        }
        self.enter(ScopeKind::TypeAlias, name.id.clone(), node.range, node.range)?;
        self.current().can_see_class_scope = in_class;
        if in_class {
            self.define(&Name::new_static("__classdict__"), SymbolFlags::USE, node.value.range())?;
        }
        self.expression(&node.value)?;
        self.exit();
        if node.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    fn annotated_assignment(&mut self, node: &StmtAnnAssign) -> Outcome {
        self.current().has_annotations = true;
        match &*node.target {
            Expr::Name(name) => {
                let current = self.current_id();
                let flags = self.flags_in(current, &name.id);
                let declared = flags.has(SymbolFlags::GLOBAL.with(SymbolFlags::NONLOCAL));
                if declared && current != SymbolTable::MODULE && node.simple {
                    let word = if flags.has(SymbolFlags::GLOBAL) { "global" } else { "nonlocal" };
                    return self.error(node.range, format!("annotated name '{}' can't be {word}", name.id));
                }
                if node.simple {
                    let flags = SymbolFlags::ANNOTATED.with(SymbolFlags::LOCAL);
                    self.define_for(&name.id, flags, name.range, Use::Store)?;
                } else if node.value.is_some() {
                    self.define_for(&name.id, SymbolFlags::LOCAL, name.range, Use::Store)?;
                }
            }
            target => self.expression(target)?,
        }
        self.variable_annotation(&node.annotation)?;
        self.optional(node.value.as_deref())
    }

    /// All variable annotations of one scope share one `__annotate__` function.
    fn variable_annotation(&mut self, annotation: &Expr) -> Outcome {
        let kind = self.kind();
        // Annotations of local variables are never evaluated.
        let unevaluated = kind == ScopeKind::Function;
        let scope = self.current();
        // A module counts as conditional throughout: it may be read while it is only partly executed.
        let conditional = kind == ScopeKind::Module || kind == ScopeKind::Class && scope.in_conditional_block;
        if conditional && !scope.has_conditional_annotations {
            scope.has_conditional_annotations = true;
            let name = Name::new_static("__conditional_annotations__");
            self.define(&name, SymbolFlags::USE, annotation.range())?;
        }
        let scope = self.current();
        let owner = scope.range;
        match scope.annotations {
            Some(annotations) => self.reenter(annotations),
            None => {
                let parent = self.current_id();
                self.enter_annotations(kind, owner, annotation.range())?;
                let annotations = self.current_id();
                self.table.scope_mut(parent).annotations = Some(annotations);
            }
        }
        if conditional && kind == ScopeKind::Class {
            // The annotate function of a class asks which annotations were reached.
            self.define(&Name::new_static("__conditional_annotations__"), SymbolFlags::USE, annotation.range())?;
        }
        let before = std::mem::replace(&mut self.current().in_unevaluated_annotation, unevaluated);
        self.expression(annotation)?;
        self.current().in_unevaluated_annotation = before;
        self.exit();
        Ok(())
    }

    fn enter_annotations(&mut self, parent: ScopeKind, owner: TextRange, location: TextRange) -> Outcome {
        // A function's signature has an annotation scope keyed by the function; the one for its locals, which is
        // never compiled, is keyed by where it starts.
        let key = if parent == ScopeKind::Function { location } else { owner };
        self.enter(ScopeKind::Annotation, Name::new_static("__annotate__"), key, location)?;
        if parent == ScopeKind::Class && !self.future_annotations {
            self.current().can_see_class_scope = true;
            self.define(&Name::new_static("__classdict__"), SymbolFlags::USE, location)?;
        }
        Ok(())
    }

    fn aliases(&mut self, names: &[Alias]) -> Outcome {
        names.iter().try_for_each(|alias| self.alias(alias))
    }

    fn alias(&mut self, alias: &Alias) -> Outcome {
        if alias.name.as_str() == "*" {
            return match self.kind() {
                ScopeKind::Module => Ok(()),
                _ => self.error(alias.range, "import * only allowed at module level"),
            };
        }
        let bound = match &alias.asname {
            Some(name) => name.id.clone(),
            None => match alias.name.as_str().split_once('.') {
                Some((first, _)) => Name::from(first),
                None => alias.name.id.clone(),
            },
        };
        self.define_for(&bound, SymbolFlags::IMPORT, alias.range, Use::Store)
    }

    fn directive(&mut self, words: &DirectiveWords, names: &[Identifier], at: TextRange) -> Outcome {
        for name in names {
            let flags = self.flags_in(self.current_id(), &name.id);
            let word = words.word;
            let message = if flags.has(SymbolFlags::PARAMETER) {
                format!("name '{name}' is parameter and {word}")
            } else if flags.has(SymbolFlags::USE) {
                format!("name '{name}' is used prior to {word} declaration")
            } else if flags.has(SymbolFlags::ANNOTATED) {
                format!("annotated name '{name}' can't be {word}")
            } else if flags.has(SymbolFlags::LOCAL) {
                format!("name '{name}' is assigned to before {word} declaration")
            } else {
                self.define(&name.id, words.flag, at)?;
                self.record_directive(&name.id, at);
                continue;
            };
            return self.error(at, message);
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern) -> Outcome {
        match pattern {
            Pattern::MatchValue(node) => self.expression(&node.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(node) => self.patterns(&node.patterns),
            Pattern::MatchOr(node) => self.patterns(&node.patterns),
            Pattern::MatchStar(node) => self.capture(node.name.as_ref(), node.range),
            Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    self.pattern(pattern)?;
                }
                self.capture(node.name.as_ref(), node.range)
            }
            Pattern::MatchMapping(node) => {
                self.expressions(&node.keys)?;
                self.patterns(&node.patterns)?;
                self.capture(node.rest.as_ref(), node.range)
            }
            Pattern::MatchClass(node) => {
                self.expression(&node.cls)?;
                self.patterns(&node.arguments.patterns)?;
                for keyword in &node.arguments.keywords {
                    self.check_name(&keyword.attr.id, keyword.pattern.range(), Use::Store)?;
                }
                node.arguments.keywords.iter().try_for_each(|keyword| self.pattern(&keyword.pattern))
            }
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Outcome {
        patterns.iter().try_for_each(|pattern| self.pattern(pattern))
    }

    fn capture(&mut self, name: Option<&Identifier>, at: TextRange) -> Outcome {
        match name {
            Some(name) => self.define_for(&name.id, SymbolFlags::LOCAL, at, Use::Store),
            None => Ok(()),
        }
    }
}
