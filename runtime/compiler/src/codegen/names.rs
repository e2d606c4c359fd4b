//! Names: where each variable lives, and its load, store and deletion. Registers and cells of a unit's variables.

use std::collections::HashMap;

use bytecode::{LocalKind, Opcode, Reg};
use ruff_python_ast::name::Name;
use ruff_text_size::TextRange;

use super::Generator;
use super::prescan::Prescan;
use super::unit::{UnitKind, Variable};
use crate::symbols::{ScopeId, ScopeKind, Symbol, SymbolFlags, SymbolScope, mangle};

/// Where a name is to be found from the code being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The register itself.
    Register(Reg),
    /// The cell in the register.
    Cell(Reg),
    /// A class namespace, then the cell.
    NamespaceOrCell(Reg),
    /// The class namespace in the first cell, then the second cell.
    ClassDictOrCell { class_dict: Reg, cell: Reg },
    /// The class namespace in the cell, then globals.
    ClassDictOrGlobal { class_dict: Reg },
    /// Globals and builtins.
    Global,
    /// The frame's mapping, then globals and builtins.
    Namespace,
}

impl<'a> Generator<'a> {
    pub(crate) fn mangle(&self, name: &str) -> String {
        if !name.starts_with("__") || self.unit.class_name.is_none() {
            return name.to_owned();
        }
        mangle(self.unit.class_name.as_deref(), &Name::from(name)).to_string()
    }

    /// The name under which a variable written as `name` is stored here.
    fn mangle_variable(&self, name: &str) -> String {
        match &self.scope().mangled_names {
            Some(names) if !names.iter().any(|mangled| mangled == name) => name.to_owned(),
            _ => self.mangle(name),
        }
    }

    /// Where the variable written as `name` lives.
    pub(crate) fn place(&self, name: &str) -> Place {
        self.place_of_mangled(&self.mangle_variable(name))
    }

    pub(crate) fn place_of_mangled(&self, name: &str) -> Place {
        let mut in_comprehension = false;
        for overlay in self.unit.overlays.iter().rev() {
            if let Some(variable) = overlay.variables.get(name) {
                return place_of_variable(*variable);
            }
            in_comprehension = true;
            let symbol = self.table.scope(overlay.scope).symbols.get(name);
            match symbol.map(|symbol| symbol.scope) {
                Some(SymbolScope::GlobalExplicit) => return Place::Global,
                Some(SymbolScope::GlobalImplicit) if self.unit.kind == UnitKind::Class => return Place::Global,
                // A class's own names are invisible to its comprehensions.
                Some(SymbolScope::Free) if !self.unit.kind.is_function_like() => {
                    if let Some(variable) = self.unit.free.get(name) {
                        return Place::Cell(variable.register);
                    }
                }
                _ => {}
            }
        }
        let symbol = self.scope().symbols.get(name);
        self.place_of_symbol(name, symbol, in_comprehension)
    }

    fn place_of_symbol(&self, name: &str, symbol: Option<Symbol>, in_comprehension: bool) -> Place {
        let scope = symbol.map_or(SymbolScope::GlobalImplicit, |symbol| symbol.scope);
        let own = self.unit.variables.get(name);
        let variable = match scope {
            SymbolScope::Free => self.unit.free.get(name).or(own).copied(),
            _ => own.copied(),
        };
        if !self.unit.kind.is_function_like() {
            return match (scope, variable) {
                (SymbolScope::Free, Some(variable)) if in_comprehension => Place::Cell(variable.register),
                (SymbolScope::Free, Some(variable)) => Place::NamespaceOrCell(variable.register),
                (SymbolScope::GlobalExplicit, _) => Place::Global,
                (SymbolScope::GlobalImplicit, _) if in_comprehension && self.unit.kind == UnitKind::Class => {
                    Place::Global
                }
                (SymbolScope::Cell, Some(variable)) if in_comprehension => Place::Cell(variable.register),
                _ => Place::Namespace,
            };
        }
        let class_dict = self.class_dict();
        match (scope, variable, class_dict) {
            (SymbolScope::Free, Some(variable), Some(class_dict)) if !is_class_cell(name) => {
                Place::ClassDictOrCell { class_dict, cell: variable.register }
            }
            (SymbolScope::GlobalImplicit, _, Some(class_dict)) => Place::ClassDictOrGlobal { class_dict },
            (SymbolScope::GlobalExplicit | SymbolScope::GlobalImplicit, ..) | (_, None, _) => Place::Global,
            (_, Some(variable), _) => place_of_variable(variable),
        }
    }

    /// The cell with the class namespace, if this unit's names are looked up there first.
    fn class_dict(&self) -> Option<Reg> {
        if !self.scope().can_see_class_scope {
            return None;
        }
        self.unit.variables.get("__classdict__").map(|variable| variable.register)
    }

    /// The register that holds the cell of a variable a nested unit closes over.
    pub(crate) fn cell_register(&self, name: &str) -> Option<Reg> {
        for overlay in self.unit.overlays.iter().rev() {
            if let Some(variable) = overlay.variables.get(name).filter(|variable| variable.cell) {
                return Some(variable.register);
            }
        }
        self.unit.variables.get(name).filter(|variable| variable.cell).map(|variable| variable.register)
    }

    pub(crate) fn load_name(&mut self, name: &str, to: Reg) {
        let mangled = self.mangle_variable(name);
        self.load_mangled(&mangled, to);
    }

    pub(crate) fn load_mangled(&mut self, name: &str, to: Reg) {
        match self.place_of_mangled(name) {
            Place::Register(register) => {
                self.check_local(register);
                self.move_register(to, register);
            }
            Place::Cell(register) => self.emit(Opcode::LoadCell, 0, to, register, 0),
            place => self.load_from_mappings(name, place, to),
        }
    }

    fn load_from_mappings(&mut self, name: &str, place: Place, to: Reg) {
        match place {
            Place::Global => {
                let site = self.unit.name_site(name);
                self.unit.abx(Opcode::LoadGlobal, 0, to, site);
            }
            Place::Namespace => {
                let site = self.unit.name_site(name);
                self.unit.abx(Opcode::LoadName, 0, to, site);
            }
            Place::NamespaceOrCell(cell) => self.through_temporary(to, |this, work| {
                this.emit(Opcode::LoadLocals, 0, work, 0, 0);
                let site = this.unit.site(name);
                this.unit.site_op(Opcode::LoadFromDictOrCell, 0, work, cell, site);
            }),
            Place::ClassDictOrCell { class_dict, cell } => self.through_temporary(to, |this, work| {
                this.emit(Opcode::LoadCell, 0, work, class_dict, 0);
                let site = this.unit.site(name);
                this.unit.site_op(Opcode::LoadFromDictOrCell, 0, work, cell, site);
            }),
            Place::ClassDictOrGlobal { class_dict } => self.through_temporary(to, |this, work| {
                this.emit(Opcode::LoadCell, 0, work, class_dict, 0);
                let site = this.unit.site(name);
                this.unit.site_op(Opcode::LoadFromDictOrGlobal, 0, work, 0, site);
            }),
            Place::Register(_) | Place::Cell(_) => {}
        }
    }

    /// Writes to a temporary what takes several instructions, then moves it where it shall go.
    pub(crate) fn through_temporary(&mut self, to: Reg, write: impl FnOnce(&mut Self, Reg)) {
        if self.unit.is_temporary(to) {
            write(self, to);
            return;
        }
        let mark = self.unit.top();
        let work = self.unit.allocate();
        write(self, work);
        self.move_register(to, work);
        self.unit.release_to(mark);
    }

    pub(crate) fn check_local(&mut self, register: Reg) {
        if !self.unit.assigned.contains(register) {
            self.emit(Opcode::CheckLocal, 0, register, 0, 0);
            if self.unit.reachable {
                self.unit.assigned.insert(register);
            }
        }
    }

    /// The register in which a value for `name` may be made, if it needs no further store.
    pub(crate) fn store_register(&self, name: &str) -> Option<Reg> {
        match self.place(name) {
            Place::Register(register) => Some(register),
            _ => None,
        }
    }

    pub(crate) fn mark_assigned(&mut self, register: Reg) {
        if self.unit.reachable && !self.unit.is_temporary(register) {
            self.unit.assigned.insert(register);
        }
    }

    pub(crate) fn store_name(&mut self, name: &str, from: Reg) {
        let mangled = self.mangle_variable(name);
        self.store_mangled(&mangled, from);
    }

    pub(crate) fn store_mangled(&mut self, name: &str, from: Reg) {
        match self.place_of_mangled(name) {
            Place::Register(register) => {
                self.move_register(register, from);
                self.mark_assigned(register);
            }
            Place::Cell(cell) | Place::NamespaceOrCell(cell) | Place::ClassDictOrCell { cell, .. } => {
                self.emit(Opcode::StoreCell, 0, cell, from, 0)
            }
            Place::Global | Place::ClassDictOrGlobal { .. } => {
                let site = self.unit.name_site(name);
                self.unit.abx(Opcode::StoreGlobal, 0, from, site);
            }
            Place::Namespace => self.store_plain_name(name, from),
        }
    }

    /// Stores into the frame's mapping.
    pub(crate) fn store_plain_name(&mut self, name: &str, from: Reg) {
        let site = self.unit.name_site(name);
        self.unit.abx(Opcode::StoreName, 0, from, site);
    }

    pub(crate) fn delete_name(&mut self, name: &str) {
        let mangled = self.mangle_variable(name);
        match self.place_of_mangled(&mangled) {
            Place::Register(register) => {
                self.emit(Opcode::DeleteLocal, 0, register, 0, 0);
                self.unit.assigned.remove(register);
            }
            Place::Cell(cell) | Place::NamespaceOrCell(cell) | Place::ClassDictOrCell { cell, .. } => {
                self.emit(Opcode::DeleteCell, 0, cell, 0, 0)
            }
            Place::Global | Place::ClassDictOrGlobal { .. } => {
                let site = self.unit.name_site(&mangled);
                self.unit.abx(Opcode::DeleteGlobal, 0, 0, site);
            }
            Place::Namespace => {
                let site = self.unit.name_site(&mangled);
                self.unit.abx(Opcode::DeleteName, 0, 0, site);
            }
        }
    }

    /// Unbinds a name at the end of an exception handler: it need not be bound any more.
    pub(crate) fn unbind_name(&mut self, name: &str) {
        if let Some(register) = self.store_register(name) {
            self.emit(Opcode::Clear, 0, register, 0, 0);
            self.unit.assigned.remove(register);
            return;
        }
        let mark = self.unit.top();
        let none = self.unit.allocate();
        self.emit(Opcode::LoadNone, 0, none, 0, 0);
        self.store_name(name, none);
        self.delete_name(name);
        self.unit.release_to(mark);
    }

    // Setting up the registers of a unit.

    /// The names that a scope takes from the ones around it, in the order of its closure.
    pub(crate) fn free_names(&self, scope: ScopeId) -> Vec<String> {
        let mut names: Vec<String> = self
            .table
            .scope(scope)
            .symbols
            .iter()
            .filter(|(_, symbol)| symbol.scope == SymbolScope::Free || symbol.flags.has(SymbolFlags::FREE_CLASS))
            .map(|(name, _)| name.to_string())
            .collect();
        names.sort_unstable();
        names
    }

    /// Declares the variables of a function-like unit and makes its cells.
    pub(crate) fn begin_function_unit(&mut self, prescan: &Prescan) {
        let scope = self.scope();
        let mut cells = Vec::new();
        for name in &scope.parameters {
            let cell = scope.symbols.get(name).is_some_and(|symbol| symbol.scope == SymbolScope::Cell);
            let kind = if cell { LocalKind::Cell } else { LocalKind::Plain };
            // The argument of an annotate function has a name that no source can use, but shows as `format`.
            let annotate = scope.kind == ScopeKind::Annotation && name == ".format";
            let variable = self.unit.declare(if annotate { "format" } else { name }, kind, true);
            self.unit.variables.insert(name.to_string(), variable);
            if cell {
                cells.push(variable.register);
            } else {
                self.unit.assigned.insert(variable.register);
            }
        }
        // Annotations that are only text use no names.
        let is_text = scope.kind == ScopeKind::Annotation && self.future_annotations;
        let own = |symbol: &Symbol| {
            !is_text && !symbol.is_parameter() && (scope.kind.is_comprehension() || !symbol.is_comprehension_iterator())
        };
        for (wanted, kind) in [(SymbolScope::Local, LocalKind::Plain), (SymbolScope::Cell, LocalKind::Cell)] {
            for (name, symbol) in scope.symbols.iter().filter(|(_, symbol)| own(symbol) && symbol.scope == wanted) {
                let _ = symbol;
                let variable = self.unit.declare(name, kind, false);
                self.unit.variables.insert(name.to_string(), variable);
                if variable.cell {
                    cells.push(variable.register);
                }
            }
        }
        self.declare_hidden(self.unit.scope);
        self.finish_registers(cells, prescan);
    }

    /// Declares the cells of a class or module.
    pub(crate) fn begin_namespace_unit(&mut self) {
        let scope = self.scope();
        let mut cells = Vec::new();
        if self.unit.kind == UnitKind::Class {
            let special = [
                ("__class__", scope.needs_class_cell),
                ("__classdict__", scope.needs_classdict),
                ("__conditional_annotations__", scope.has_conditional_annotations),
            ];
            for (name, _) in special.into_iter().filter(|(_, needed)| *needed) {
                let variable = self.unit.declare(name, LocalKind::Cell, false);
                self.unit.variables.insert(name.to_owned(), variable);
                cells.push(variable.register);
            }
        }
        self.declare_hidden(self.unit.scope);
        self.finish_registers(cells, &Prescan::default());
    }

    fn finish_registers(&mut self, cells: Vec<Reg>, prescan: &Prescan) {
        let free = self.free_names(self.unit.scope);
        let first_free = self.unit.code.locals.len() as Reg;
        for name in &free {
            let variable = self.unit.declare(name, LocalKind::Free, false);
            self.unit.free.insert(name.clone(), variable);
            self.unit.variables.entry(name.clone()).or_insert(variable);
        }
        self.unit.finish_variables();
        self.unit.range = None;
        for cell in cells {
            self.emit(Opcode::MakeCell, 0, cell, 0, 0);
        }
        if !free.is_empty() {
            self.emit(Opcode::CopyFree, 0, first_free, free.len() as u16, 0);
        }
        for name in &prescan.deleted {
            if let Some(variable) = self.unit.variables.get(&self.mangle(name)) {
                self.unit.deleted.insert(variable.register);
            }
        }
        self.unit.walrus_names = prescan.walrus.clone();
    }

    /// Gives registers to the variables of the comprehensions that run inline in this unit.
    fn declare_hidden(&mut self, parent: ScopeId) {
        for id in self.inlined.get(&parent).cloned().unwrap_or_default() {
            let scope = self.table.scope(id);
            let mut variables = HashMap::new();
            for (name, symbol) in scope.symbols.iter() {
                let cell = symbol.scope == SymbolScope::Cell;
                if !symbol.is_parameter() && (cell || symbol.scope == SymbolScope::Local) {
                    let kind = if cell { LocalKind::HiddenCell } else { LocalKind::Hidden };
                    let variable = self.unit.declare(name, kind, false);
                    variables.insert(name.to_string(), variable);
                }
            }
            self.unit.hidden.insert(id, variables);
            self.declare_hidden(id);
        }
    }

    /// Whether evaluating something else may assign this register, so that its value must be copied first.
    pub(crate) fn may_be_assigned_later(&self, name: &str) -> bool {
        self.unit.walrus_names.contains(name)
    }

    pub(crate) fn set_range(&mut self, range: TextRange) {
        self.unit.range = Some(range);
    }
}

/// The cells through which annotation scopes see a class; they are no variables of it.
fn is_class_cell(name: &str) -> bool {
    matches!(name, "__classdict__" | "__conditional_annotations__")
}

fn place_of_variable(variable: Variable) -> Place {
    if variable.cell { Place::Cell(variable.register) } else { Place::Register(variable.register) }
}
