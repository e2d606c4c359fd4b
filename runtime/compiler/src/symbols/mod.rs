//! Which scope each name of a module lives in: the symbol table that code generation and the `symtable` module read.
//!
//! Two passes over the tree decide it. `collect` (with `statements` and `expressions`) walks the tree once and writes
//! down, scope by scope, how each name is used: assigned, read, declared global, a parameter. `resolve` then walks the
//! scopes from the module down with the names bound around each, decides for every name whether it is local, global,
//! a cell or free, and merges list, set and dict comprehensions into the scope that will run them inline (PEP 709).
//! Scopes are found again by the kind and range of the node that made them.

mod collect;
mod expressions;
mod future;
mod mangling;
mod resolve;
mod statements;

use std::collections::HashMap;

use ruff_python_ast::Mod;
use ruff_python_ast::name::Name;
use ruff_text_size::TextRange;

use crate::errors::SyntaxError;
use crate::source::SourceText;

pub use future::FutureFeatures;
pub(crate) use future::is_future;
pub use mangling::mangle;

/// What the caller of `compile()` asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnalyzeOptions {
    /// `from __future__ import annotations` is inherited from the calling code.
    pub future_annotations: bool,
    /// `ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`: `await` may stand at module level.
    pub allow_top_level_await: bool,
}

/// An index into `SymbolTable::scopes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    ListComprehension,
    SetComprehension,
    DictComprehension,
    GeneratorExpression,
    /// The `__annotate__` function of a module, class or function (PEP 649).
    Annotation,
    /// The scope around a generic function, class or type alias that holds its type parameters.
    TypeParameters,
    /// The value of a `type` statement.
    TypeAlias,
    TypeVariableBound,
    TypeVariableDefault,
}

impl ScopeKind {
    pub fn is_comprehension(self) -> bool {
        self.is_inlinable() || self == Self::GeneratorExpression
    }

    /// List, set and dict comprehensions, which need no frame of their own unless the enclosing scope forbids it.
    pub fn is_inlinable(self) -> bool {
        matches!(self, Self::ListComprehension | Self::SetComprehension | Self::DictComprehension)
    }

    /// Scopes whose names live in fast locals and cells.
    pub fn is_function_like(self) -> bool {
        !matches!(self, Self::Module | Self::Class)
    }

    /// Functions proper, lambdas and comprehensions: what `symtable` calls a function.
    pub fn is_function_block(self) -> bool {
        matches!(self, Self::Function | Self::Lambda) || self.is_comprehension()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolScope {
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

/// How a name is used in one scope, as bits. The numbers are those that `_symtable` shows to Python.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymbolFlags(pub u16);

impl SymbolFlags {
    pub const GLOBAL: Self = Self(1);
    /// Assigned in this scope.
    pub const LOCAL: Self = Self(1 << 1);
    pub const PARAMETER: Self = Self(1 << 2);
    pub const NONLOCAL: Self = Self(1 << 3);
    pub const USE: Self = Self(1 << 4);
    /// In a class, and free in a function inside it.
    pub const FREE_CLASS: Self = Self(1 << 6);
    pub const IMPORT: Self = Self(1 << 7);
    pub const ANNOTATED: Self = Self(1 << 8);
    pub const COMPREHENSION_ITERATOR: Self = Self(1 << 9);
    pub const TYPE_PARAMETER: Self = Self(1 << 10);
    /// A cell of an inlined comprehension: the enclosing scope must make it anew for each run.
    pub const COMPREHENSION_CELL: Self = Self(1 << 11);
    /// Anything that binds the name here.
    pub const BOUND: Self = Self(Self::LOCAL.0 | Self::PARAMETER.0 | Self::IMPORT.0 | Self::TYPE_PARAMETER.0);

    pub fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    #[must_use]
    pub const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub scope: SymbolScope,
    pub flags: SymbolFlags,
}

impl Symbol {
    pub fn is_parameter(self) -> bool {
        self.flags.has(SymbolFlags::PARAMETER)
    }
    pub fn is_assigned(self) -> bool {
        self.flags.has(SymbolFlags::LOCAL)
    }
    pub fn is_bound(self) -> bool {
        self.flags.has(SymbolFlags::BOUND)
    }
    pub fn is_used(self) -> bool {
        self.flags.has(SymbolFlags::USE)
    }
    pub fn is_annotated(self) -> bool {
        self.flags.has(SymbolFlags::ANNOTATED)
    }
    pub fn is_imported(self) -> bool {
        self.flags.has(SymbolFlags::IMPORT)
    }
    pub fn is_nonlocal(self) -> bool {
        self.flags.has(SymbolFlags::NONLOCAL)
    }
    pub fn is_comprehension_iterator(self) -> bool {
        self.flags.has(SymbolFlags::COMPREHENSION_ITERATOR)
    }
    pub fn is_comprehension_cell(self) -> bool {
        self.flags.has(SymbolFlags::COMPREHENSION_CELL)
    }
    /// The number that `_symtable` shows: the flags with the scope above them.
    pub fn raw(self) -> u32 {
        u32::from(self.flags.0) | (self.scope as u32) << 12
    }
}

/// The names of one scope, mangled, in the order in which they first appeared.
#[derive(Clone, Debug, Default)]
pub struct SymbolMap {
    entries: Vec<(Name, Symbol)>,
    index: HashMap<Name, u32>,
}

impl SymbolMap {
    pub fn get(&self, name: &str) -> Option<Symbol> {
        self.index.get(name).map(|&at| self.entries[at as usize].1)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Name, Symbol)> {
        self.entries.iter().map(|(name, symbol)| (name, *symbol))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Symbol> {
        self.index.get(name).map(|&at| &mut self.entries[at as usize].1)
    }

    pub(crate) fn insert(&mut self, name: Name, symbol: Symbol) {
        if let Some(&at) = self.index.get(&name) {
            self.entries[at as usize].1 = symbol;
            return;
        }
        self.index.insert(name.clone(), self.entries.len() as u32);
        self.entries.push((name, symbol));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        let Some(at) = self.index.remove(name) else { return };
        self.entries.remove(at as usize);
        self.index.values_mut().filter(|index| **index > at).for_each(|index| *index -= 1);
    }
}

/// One block of names.
#[derive(Clone, Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    /// The name of the function, class, type parameter or alias; `lambda`, `listcomp`, ... for the nameless kinds.
    pub name: Name,
    /// The node that made the scope.
    pub range: TextRange,
    /// The line that `symtable` reports: of `def` or `class`, after decorators.
    pub line: u32,
    pub symbols: SymbolMap,
    /// Parameters in the order of definition, mangled: positional, keyword-only, `*args`, `**kwargs`.
    pub parameters: Vec<Name>,
    pub parent: Option<ScopeId>,
    /// Scopes directly inside, in the order of compilation. Those of an inlined comprehension stand in its place.
    pub children: Vec<ScopeId>,
    /// The annotation scope of a module or class, if any of its variables is annotated.
    pub annotations: Option<ScopeId>,
    /// Inside a function, directly or not.
    pub nested: bool,
    /// Has free names, or names that a nested function may look for around it.
    pub has_free: bool,
    pub child_has_free: bool,
    pub is_generator: bool,
    /// `async def`, or a comprehension that awaits.
    pub is_coroutine: bool,
    pub has_varargs: bool,
    pub has_varkeywords: bool,
    /// `return` with a value occurs.
    pub has_return_value: bool,
    /// Variables are annotated, so a class or module needs `__annotations__` support.
    pub has_annotations: bool,
    /// A class one of whose functions uses `__class__` or `super`.
    pub needs_class_cell: bool,
    /// A class one of whose annotation-like scopes looks names up in the class namespace.
    pub needs_classdict: bool,
    /// An annotation stands in a branch or loop, so `__conditional_annotations__` records which ran.
    pub has_conditional_annotations: bool,
    /// Annotation-like scopes inside a class: they look names up in the class namespace first.
    pub can_see_class_scope: bool,
    /// A comprehension that its parent runs inline; its symbols were merged into the parent's.
    pub inlined: bool,
    /// A function written directly in a class body.
    pub is_method: bool,
    pub has_docstring: bool,
    /// The directives `global` and `nonlocal` (and what walrus targets imply), where errors about them point.
    pub(crate) directives: Vec<(Name, TextRange)>,
    pub(crate) in_outermost_iterable: u32,
    pub(crate) in_iteration_target: bool,
    pub(crate) in_conditional_block: bool,
    pub(crate) in_unevaluated_annotation: bool,
    /// What a forbidden expression in this scope is said to be in: "a TypeVar bound", ...
    pub(crate) description: &'static str,
    /// In the type parameters of a class only these names are mangled; elsewhere all are.
    pub(crate) mangled_names: Option<Vec<Name>>,
}

/// The scopes of a module; the first is the module's own.
#[derive(Clone, Debug)]
pub struct SymbolTable {
    pub scopes: Vec<Scope>,
    pub future: FutureFeatures,
    by_node: HashMap<(ScopeKind, TextRange), ScopeId>,
}

impl SymbolTable {
    pub const MODULE: ScopeId = ScopeId(0);

    /// The scope of kind `kind` that the node at `range` made. Class and module annotations are keyed by the class or
    /// module, those of a function by the function; type parameters by the `TypeParams`; a bound or default by the
    /// type parameter.
    pub fn lookup(&self, kind: ScopeKind, range: TextRange) -> Option<ScopeId> {
        self.by_node.get(&(kind, range)).copied()
    }

    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    pub(crate) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }
}

/// Builds the symbol table of a module, or says what CPython's own symbol pass objects to.
pub fn analyze(module: &Mod, source: &SourceText, options: &AnalyzeOptions) -> Result<SymbolTable, Box<SyntaxError>> {
    let future = future::find_features(module, source)?;
    let mut table = collect::collect(module, source, options, future)?;
    resolve::resolve(&mut table, source)?;
    Ok(table)
}
