//! The second pass: what each name of each scope refers to.
//!
//! A scope is told which names are bound around it and which were declared global, decides its own, hands both sets
//! on to its children, and passes up the names that they left free. A comprehension that runs inline is resolved as a
//! child and then dissolved into its parent: its names become the parent's unless the parent has them already.

use std::collections::HashSet;

use ruff_python_ast::name::Name;

use super::collect::Outcome;
use super::{Scope, ScopeId, ScopeKind, Symbol, SymbolFlags, SymbolScope, SymbolTable};
use crate::errors::SyntaxError;
use crate::source::SourceText;

type Names = HashSet<Name>;

/// Names that classes provide to the functions inside them, though class scopes are otherwise invisible there.
const CLASS_CELLS: [&str; 3] = ["__class__", "__classdict__", "__conditional_annotations__"];

/// What a scope sees of the scopes around it.
#[derive(Clone)]
struct Surroundings {
    /// Names bound in enclosing functions; `None` at module level, where `nonlocal` is refused.
    bound: Option<Names>,
    global: Names,
    type_parameters: Names,
    /// The class whose namespace this scope consults first.
    class: Option<ScopeId>,
}

pub(super) fn resolve(table: &mut SymbolTable, source: &SourceText) -> Outcome {
    let mut outer = Surroundings { bound: None, global: Names::new(), type_parameters: Names::new(), class: None };
    Resolver { table, source }.scope(SymbolTable::MODULE, &mut outer)?;
    Ok(())
}

struct Resolver<'a> {
    table: &'a mut SymbolTable,
    source: &'a SourceText,
}

impl Resolver<'_> {
    /// Resolves a scope and those inside it. Gives the names that it leaves free, in order of appearance.
    fn scope(&mut self, id: ScopeId, outer: &mut Surroundings) -> Result<Vec<Name>, Box<SyntaxError>> {
        let kind = self.table.scope(id).kind;
        // A class body's names are invisible in the functions inside it, so they see what the class itself sees,
        // before the class's own declarations change it.
        let mut inside = outer.clone();
        let mut local = Names::new();
        let mut free = Vec::new();
        let names: Vec<Name> = self.table.scope(id).symbols.iter().map(|(name, _)| name.clone()).collect();
        for name in &names {
            let scope = self.name(id, name, outer, &mut local)?;
            if scope == SymbolScope::Free {
                free.push(name.clone());
                self.table.scope_mut(id).has_free = true;
            }
            self.set_scope(id, name, scope);
        }
        if kind == ScopeKind::Class {
            inside.bound.get_or_insert_default().extend(CLASS_CELLS.map(Name::new_static));
            inside.type_parameters.clone_from(&outer.type_parameters);
        } else {
            inside.clone_from(outer);
            let bound = inside.bound.get_or_insert_default();
            if kind.is_function_like() {
                bound.extend(local);
            }
        }
        let (left_free, comprehension_cells) = self.children(id, &inside)?;
        self.finish(id, outer, free, left_free, &comprehension_cells)
    }

    fn children(&mut self, id: ScopeId, inside: &Surroundings) -> Result<(Vec<Name>, Names), Box<SyntaxError>> {
        let mut left_free: Vec<Name> = Vec::new();
        let mut cells = Names::new();
        let parent = self.table.scope(id);
        let (kind, inlines) = (parent.kind, !parent.can_see_class_scope);
        for child in parent.children.clone() {
            let mut around = inside.clone();
            let entry = self.table.scope(child);
            around.class = match kind {
                _ if !entry.can_see_class_scope => None,
                ScopeKind::Class => Some(id),
                _ => inside.class,
            };
            let inline = entry.kind.is_inlinable() && inlines;
            let mut child_free = self.scope(child, &mut around)?;
            if inline {
                self.dissolve(id, child, &mut child_free, &mut cells);
            }
            for name in child_free {
                if !left_free.contains(&name) {
                    left_free.push(name);
                }
            }
            let entry = self.table.scope(child);
            if entry.has_free || entry.child_has_free {
                self.table.scope_mut(id).child_has_free = true;
            }
        }
        self.splice_children(id);
        Ok((left_free, cells))
    }

    /// The children of a dissolved comprehension take its place.
    fn splice_children(&mut self, id: ScopeId) {
        let mut spliced = Vec::new();
        for &child in &self.table.scope(id).children {
            let entry = self.table.scope(child);
            if entry.inlined { spliced.extend_from_slice(&entry.children) } else { spliced.push(child) }
        }
        self.table.scope_mut(id).children = spliced;
    }

    /// What `name` refers to in scope `id`, before its children are known.
    fn name(
        &mut self,
        id: ScopeId,
        name: &Name,
        outer: &mut Surroundings,
        local: &mut Names,
    ) -> Result<SymbolScope, Box<SyntaxError>> {
        let flags = self.flags(id, name);
        if flags.has(SymbolFlags::GLOBAL) {
            if flags.has(SymbolFlags::NONLOCAL) {
                return self.directive_error(id, name, format!("name '{name}' is nonlocal and global"));
            }
            outer.global.insert(name.clone());
            if let Some(bound) = &mut outer.bound {
                bound.remove(name);
            }
            return Ok(SymbolScope::GlobalExplicit);
        }
        if flags.has(SymbolFlags::NONLOCAL) {
            self.check_nonlocal(id, name, outer)?;
            return Ok(SymbolScope::Free);
        }
        if flags.has(SymbolFlags::BOUND) {
            local.insert(name.clone());
            outer.global.remove(name);
            if flags.has(SymbolFlags::TYPE_PARAMETER) {
                outer.type_parameters.insert(name.clone());
            } else {
                outer.type_parameters.remove(name);
            }
            return Ok(SymbolScope::Local);
        }
        if let Some(scope) = outer.class.and_then(|class| self.through_class(class, name)) {
            return Ok(scope);
        }
        if outer.bound.as_ref().is_some_and(|bound| bound.contains(name)) {
            return Ok(SymbolScope::Free);
        }
        if !outer.global.contains(name) && self.table.scope(id).nested {
            self.table.scope_mut(id).has_free = true;
        }
        Ok(SymbolScope::GlobalImplicit)
    }

    fn check_nonlocal(&self, id: ScopeId, name: &Name, outer: &Surroundings) -> Outcome {
        let Some(bound) = &outer.bound else {
            return self.directive_error(id, name, "nonlocal declaration not allowed at module level".to_owned());
        };
        if !bound.contains(name) {
            return self.directive_error(id, name, format!("no binding for nonlocal '{name}' found"));
        }
        if outer.type_parameters.contains(name) {
            let message = format!("nonlocal binding not allowed for type parameter '{name}'");
            return self.directive_error(id, name, message);
        }
        Ok(())
    }

    /// A name that the visible class binds is looked up there at run time and then among the globals, never in
    /// functions around the class.
    fn through_class(&self, class: ScopeId, name: &Name) -> Option<SymbolScope> {
        let flags = self.flags(class, name);
        if flags.has(SymbolFlags::GLOBAL) {
            Some(SymbolScope::GlobalExplicit)
        } else if flags.has(SymbolFlags::BOUND) && !flags.has(SymbolFlags::NONLOCAL) {
            Some(SymbolScope::GlobalImplicit)
        } else {
            None
        }
    }

    fn flags(&self, id: ScopeId, name: &Name) -> SymbolFlags {
        self.table.scope(id).symbols.get(name).map_or(SymbolFlags::default(), |symbol| symbol.flags)
    }

    fn set_scope(&mut self, id: ScopeId, name: &Name, scope: SymbolScope) {
        if let Some(symbol) = self.table.scope_mut(id).symbols.get_mut(name) {
            symbol.scope = scope;
        }
    }

    fn directive_error<T>(&self, id: ScopeId, name: &Name, message: String) -> Result<T, Box<SyntaxError>> {
        let scope = self.table.scope(id);
        let directive = scope.directives.iter().find(|(directive, _)| directive == name);
        let range = directive.map_or(scope.range, |&(_, range)| range);
        Err(SyntaxError::compiling(self.source, range, message))
    }

    /// Merges an inline comprehension's names into its parent's.
    fn dissolve(&mut self, id: ScopeId, comprehension: ScopeId, child_free: &mut Vec<Name>, cells: &mut Names) {
        let in_class = self.table.scope(id).kind == ScopeKind::Class;
        let symbols: Vec<(Name, Symbol)> =
            self.table.scope(comprehension).symbols.iter().map(|(name, symbol)| (name.clone(), symbol)).collect();
        for (name, symbol) in symbols {
            if symbol.is_parameter() {
                continue;
            }
            if symbol.scope == SymbolScope::Cell || symbol.is_comprehension_cell() {
                cells.insert(name.clone());
            }
            match self.table.scope(id).symbols.get(&name) {
                None => {
                    let mut scope = symbol.scope;
                    if scope == SymbolScope::Free && in_class && CLASS_CELLS.contains(&name.as_str()) {
                        // A class cannot have these as free names: in its own body they are plain globals.
                        scope = SymbolScope::GlobalImplicit;
                        if !self.free_in_child(comprehension, &name) {
                            child_free.retain(|free| *free != name);
                            self.table.scope_mut(comprehension).symbols.remove(&name);
                        }
                    }
                    self.table.scope_mut(id).symbols.insert(name, Symbol { scope, flags: symbol.flags });
                }
                Some(existing) => {
                    if existing.is_bound() && !in_class && !self.free_in_child(comprehension, &name) {
                        child_free.retain(|free| *free != name);
                    }
                    // What the comprehension reads from outside, its parent now reads; its own names stay its own.
                    let reads_parent = !symbol.is_bound() && symbol.is_used();
                    let used = if reads_parent { SymbolFlags::USE } else { SymbolFlags::default() };
                    let merged = Symbol { flags: existing.flags.with(used), ..existing };
                    self.table.scope_mut(id).symbols.insert(name, merged);
                }
            }
        }
        self.table.scope_mut(comprehension).inlined = true;
    }

    fn free_in_child(&self, id: ScopeId, name: &Name) -> bool {
        self.table.scope(id).children.iter().any(|&child| {
            self.table.scope(child).symbols.get(name).is_some_and(|symbol| symbol.scope == SymbolScope::Free)
        })
    }

    /// Turns locals that children need into cells and passes on what is free here.
    fn finish(
        &mut self,
        id: ScopeId,
        outer: &Surroundings,
        mut free: Vec<Name>,
        mut left_free: Vec<Name>,
        comprehension_cells: &Names,
    ) -> Result<Vec<Name>, Box<SyntaxError>> {
        let scope = self.table.scope_mut(id);
        if scope.kind.is_function_like() {
            make_cells(scope, &mut left_free, comprehension_cells);
        } else if scope.kind == ScopeKind::Class {
            take_class_cells(scope, &mut left_free);
        }
        for name in comprehension_cells {
            if let Some(symbol) = scope.symbols.get_mut(name) {
                symbol.flags = symbol.flags.with(SymbolFlags::COMPREHENSION_CELL);
            }
        }
        let sees_class = scope.kind == ScopeKind::Class || scope.can_see_class_scope;
        for name in &left_free {
            match scope.symbols.get_mut(name) {
                Some(symbol) if sees_class => symbol.flags = symbol.flags.with(SymbolFlags::FREE_CLASS),
                Some(_) => {}
                None if outer.bound.as_ref().is_some_and(|bound| !bound.contains(name)) => {}
                None => {
                    let symbol = Symbol { scope: SymbolScope::Free, flags: SymbolFlags::default() };
                    scope.symbols.insert(name.clone(), symbol);
                }
            }
        }
        for name in left_free {
            if !free.contains(&name) {
                free.push(name);
            }
        }
        Ok(free)
    }
}

fn make_cells(scope: &mut Scope, left_free: &mut Vec<Name>, comprehension_cells: &Names) {
    for (name, symbol) in &mut scope.symbols.entries {
        if symbol.scope != SymbolScope::Local {
            continue;
        }
        if left_free.contains(name) || comprehension_cells.contains(name) {
            symbol.scope = SymbolScope::Cell;
            left_free.retain(|free| free != name);
        }
    }
}

fn take_class_cells(scope: &mut Scope, left_free: &mut Vec<Name>) {
    left_free.retain(|name| {
        match name.as_str() {
            "__class__" => scope.needs_class_cell = true,
            "__classdict__" => scope.needs_classdict = true,
            "__conditional_annotations__" => scope.has_conditional_annotations = true,
            _ => return true,
        }
        false
    });
}
