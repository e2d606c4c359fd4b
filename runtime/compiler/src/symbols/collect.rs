//! The state of the first pass: the stack of open scopes, and what it means to define a name in one.

use std::collections::HashMap;

use ruff_python_ast::name::Name;
use ruff_python_ast::{Mod, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::{
    AnalyzeOptions, FutureFeatures, Scope, ScopeId, ScopeKind, Symbol, SymbolFlags, SymbolMap, SymbolScope,
    SymbolTable, mangle,
};
use crate::errors::SyntaxError;
use crate::source::SourceText;

pub(super) type Outcome = Result<(), Box<SyntaxError>>;

pub(super) struct Collector<'a> {
    pub table: SymbolTable,
    pub source: &'a SourceText,
    pub options: &'a AnalyzeOptions,
    pub stack: Vec<ScopeId>,
    /// The innermost class, whose name mangles private names.
    pub class: Option<Name>,
    pub future_annotations: bool,
}

/// How a name occurs, for the rule that `__debug__` is only ever read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Load,
    Store,
    Delete,
}

pub(super) fn collect(
    module: &Mod,
    source: &SourceText,
    options: &AnalyzeOptions,
    future: FutureFeatures,
) -> Result<SymbolTable, Box<SyntaxError>> {
    let table = SymbolTable { scopes: Vec::new(), future, by_node: HashMap::new() };
    let future_annotations = future.annotations || options.future_annotations;
    let mut collector = Collector { table, source, options, stack: Vec::new(), class: None, future_annotations };
    collector.enter(ScopeKind::Module, Name::from("top"), module.range(), module.range())?;
    collector.current().line = 0;
    match module {
        Mod::Module(module) => {
            collector.current().has_docstring = starts_with_docstring(&module.body);
            collector.statements(&module.body)?;
        }
        Mod::Expression(expression) => collector.expression(&expression.body)?,
    }
    Ok(collector.table)
}

pub(super) fn starts_with_docstring(body: &[Stmt]) -> bool {
    matches!(body.first(), Some(Stmt::Expr(statement)) if statement.value.is_string_literal_expr())
}

impl Collector<'_> {
    pub fn current_id(&self) -> ScopeId {
        *self.stack.last().expect("the module's scope is open during the whole pass")
    }

    pub fn current(&mut self) -> &mut Scope {
        let id = self.current_id();
        self.table.scope_mut(id)
    }

    pub fn kind(&self) -> ScopeKind {
        self.table.scope(self.current_id()).kind
    }

    /// Opens a scope for the node at `range`; lines and errors that concern it are at `location`.
    pub fn enter(&mut self, kind: ScopeKind, name: Name, range: TextRange, location: TextRange) -> Outcome {
        let id = self.create(kind, name, range, location);
        self.reenter(id);
        if matches!(
            kind,
            ScopeKind::Annotation
                | ScopeKind::TypeAlias
                | ScopeKind::TypeVariableBound
                | ScopeKind::TypeVariableDefault
        ) {
            let format = Name::new_static(".format");
            self.define(&format, SymbolFlags::PARAMETER, location)?;
            self.define(&format, SymbolFlags::USE, location)?;
        }
        Ok(())
    }

    /// Makes a scope without opening it.
    pub fn create(&mut self, kind: ScopeKind, name: Name, range: TextRange, location: TextRange) -> ScopeId {
        let id = ScopeId(self.table.scopes.len() as u32);
        let parent = self.stack.last().map(|&parent| self.table.scope(parent));
        let nested = parent.is_some_and(|parent| parent.nested || parent.kind.is_function_like());
        let is_method = kind == ScopeKind::Function && parent.is_some_and(|parent| parent.kind == ScopeKind::Class);
        let line = self.source.line(location.start());
        let scope = Scope { nested, is_method, ..Scope::new(kind, name, range, line) };
        self.table.scopes.push(scope);
        self.table.by_node.insert((kind, range), id);
        id
    }

    /// Opens a scope made earlier. It becomes a child of the one that is open now, unless it is already one.
    pub fn reenter(&mut self, id: ScopeId) {
        if let Some(&parent) = self.stack.last() {
            let outer = self.table.scope(parent);
            let in_outermost_iterable = outer.in_outermost_iterable;
            let mangled_names = outer.mangled_names.clone();
            // Under `from __future__ import annotations` annotations become strings: they bind and use nothing.
            let detached = self.table.scope(id).kind == ScopeKind::Annotation && self.future_annotations;
            let scope = self.table.scope_mut(id);
            scope.parent = Some(parent);
            scope.in_outermost_iterable = in_outermost_iterable;
            if scope.kind != ScopeKind::Class && scope.mangled_names.is_none() {
                scope.mangled_names = mangled_names;
            }
            let children = &mut self.table.scope_mut(parent).children;
            if !detached && !children.contains(&id) {
                children.push(id);
            }
        }
        self.stack.push(id);
    }

    pub fn exit(&mut self) {
        self.stack.pop();
    }

    pub fn error<T>(&self, range: TextRange, message: impl Into<String>) -> Result<T, Box<SyntaxError>> {
        Err(SyntaxError::compiling(self.source, range, message))
    }

    /// The name as it is stored here.
    pub fn mangled(&self, name: &Name) -> Name {
        match &self.table.scope(self.current_id()).mangled_names {
            Some(names) if !names.contains(name) => name.clone(),
            _ => mangle(self.class.as_deref(), name),
        }
    }

    /// How `name` is used so far in scope `id`.
    pub fn flags_in(&self, id: ScopeId, name: &Name) -> SymbolFlags {
        let name = self.mangled(name);
        self.table.scope(id).symbols.get(&name).map_or(SymbolFlags::default(), |symbol| symbol.flags)
    }

    /// Records a use of `name` in the open scope.
    pub fn define(&mut self, name: &Name, flags: SymbolFlags, at: TextRange) -> Outcome {
        if flags.has(SymbolFlags::TYPE_PARAMETER)
            && let Some(names) = &mut self.current().mangled_names
            && !names.contains(name)
        {
            names.push(name.clone());
        }
        self.define_in(self.current_id(), name, flags, at)
    }

    /// Records a use of `name` in scope `id`.
    pub fn define_in(&mut self, id: ScopeId, name: &Name, flags: SymbolFlags, at: TextRange) -> Outcome {
        let stored = self.mangled(name);
        let scope = self.table.scope_mut(id);
        let mut merged = flags;
        if let Some(symbol) = scope.symbols.get(&stored) {
            if flags.has(SymbolFlags::PARAMETER) && symbol.is_parameter() {
                return self.error(at, format!("duplicate argument '{name}' in function definition"));
            }
            if flags.has(SymbolFlags::TYPE_PARAMETER) && symbol.flags.has(SymbolFlags::TYPE_PARAMETER) {
                return self.error(at, format!("duplicate type parameter '{name}'"));
            }
            merged = merged.with(symbol.flags);
        }
        if scope.in_iteration_target {
            if merged.has(SymbolFlags::GLOBAL.with(SymbolFlags::NONLOCAL)) {
                let message = format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return self.error(at, message);
            }
            merged = merged.with(SymbolFlags::COMPREHENSION_ITERATOR);
        }
        // The scope is decided by the second pass; until then the field has no meaning.
        scope.symbols.insert(stored.clone(), Symbol { scope: SymbolScope::Local, flags: merged });
        if flags.has(SymbolFlags::PARAMETER) {
            scope.parameters.push(stored);
        } else if flags.has(SymbolFlags::GLOBAL) {
            self.define_at_module(stored, flags);
        }
        Ok(())
    }

    /// A `global` declaration anywhere makes the name known to the module.
    fn define_at_module(&mut self, name: Name, flags: SymbolFlags) {
        let symbols = &mut self.table.scope_mut(SymbolTable::MODULE).symbols;
        let before = symbols.get(&name).map_or(SymbolFlags::default(), |symbol| symbol.flags);
        symbols.insert(name, Symbol { scope: SymbolScope::Local, flags: before.with(flags) });
    }

    /// Records a use that must respect the rule about `__debug__`.
    pub fn define_for(&mut self, name: &Name, flags: SymbolFlags, at: TextRange, usage: Use) -> Outcome {
        self.check_name(name, at, usage)?;
        self.define(name, flags, at)
    }

    /// `__debug__` is a constant.
    pub fn check_name(&self, name: &str, at: TextRange, usage: Use) -> Outcome {
        match usage {
            Use::Store if name == "__debug__" => self.error(at, "cannot assign to __debug__"),
            Use::Delete if name == "__debug__" => self.error(at, "cannot delete __debug__"),
            _ => Ok(()),
        }
    }

    pub fn record_directive(&mut self, name: &Name, at: TextRange) {
        let name = self.mangled(name);
        self.current().directives.push((name, at));
    }
}

impl Scope {
    fn new(kind: ScopeKind, name: Name, range: TextRange, line: u32) -> Self {
        Self {
            kind,
            name,
            range,
            line,
            symbols: SymbolMap::default(),
            parameters: Vec::new(),
            parent: None,
            children: Vec::new(),
            annotations: None,
            nested: false,
            has_free: false,
            child_has_free: false,
            is_generator: false,
            is_coroutine: false,
            has_varargs: false,
            has_varkeywords: false,
            has_return_value: false,
            has_annotations: false,
            needs_class_cell: false,
            needs_classdict: false,
            has_conditional_annotations: false,
            can_see_class_scope: false,
            inlined: false,
            is_method: false,
            has_docstring: false,
            directives: Vec::new(),
            in_outermost_iterable: 0,
            in_iteration_target: false,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            description: "",
            mangled_names: None,
        }
    }
}
