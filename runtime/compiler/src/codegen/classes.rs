//! Classes: definitions and the code of their bodies.

use bytecode::{Code, Constant, Opcode, Reg};
use ruff_python_ast::{Arguments, Expr, Keyword, StmtClassDef};
use ruff_text_size::TextRange;

use super::Generator;
use super::calls::needs_unpacking;
use super::unit::{Unit, UnitKind};
use crate::symbols::ScopeKind;

impl<'a> Generator<'a> {
    pub(crate) fn class_definition(&mut self, node: &'a StmtClassDef) {
        let mark = self.unit.top();
        let calls = self.decorators(&node.decorator_list);
        let class = self.unit.allocate();
        match &node.type_params {
            Some(parameters) => self.generic_class(node, parameters, class),
            None => self.class_to(node, None, class),
        }
        self.apply_decorators(&node.decorator_list, calls, class);
        self.set_range(self.definition_range(node.range, &node.decorator_list));
        self.store_name(&node.name, calls.unwrap_or(class));
        self.unit.release_to(mark);
    }

    /// Makes a class; `generic_base` is the register of one more base.
    pub(crate) fn class_to(&mut self, node: &'a StmtClassDef, generic_base: Option<Reg>, to: Reg) {
        let range = self.definition_range(node.range, &node.decorator_list);
        let mark = self.unit.top();
        let base = self.begin_run(to);
        self.set_range(range);
        self.emit(Opcode::LoadBuildClass, 0, base, 0, 0);
        self.unit.allocate();
        let function = self.unit.allocate();
        let scope = self.scope_of(ScopeKind::Class, node.range);
        let code = self.class_code(node, range);
        self.set_range(range);
        let mut parts = self.no_parts();
        self.closure_part(scope, &mut parts);
        self.make_function(code, parts, function);
        self.unit.release_to(function + 1);
        let name = self.unit.allocate();
        self.load_constant(&Constant::Str(node.name.as_bytes().to_vec()), name);
        let (positional, keywords): (&'a [Expr], &'a [Keyword]) = match &node.arguments {
            Some(arguments) => split_arguments(arguments),
            None => (&[], &[]),
        };
        if needs_unpacking(positional, keywords) {
            self.class_arguments(positional, keywords, generic_base, range, base, to);
        } else {
            positional.iter().for_each(|argument| {
                self.temporary(argument);
            });
            self.push_copy(generic_base);
            let count = 2 + positional.len() + usize::from(generic_base.is_some());
            self.finish_plain_call(count, keywords, range, base, 1, to);
        }
        self.unit.release_to(mark);
    }

    fn push_copy(&mut self, register: Option<Reg>) {
        if let Some(register) = register {
            let copy = self.unit.allocate();
            self.move_register(copy, register);
        }
    }

    /// The arguments of a class with unpacking: the function and the name are in place after `base`.
    fn class_arguments(
        &mut self,
        positional: &'a [Expr],
        keywords: &'a [Keyword],
        generic_base: Option<Reg>,
        range: TextRange,
        base: Reg,
        to: Reg,
    ) {
        let list = base + 2;
        self.set_range(range);
        self.emit(Opcode::BuildList, 0, list, list, 2);
        self.unit.release_to(list + 1);
        for argument in positional {
            let mark = self.unit.top();
            match argument {
                Expr::Starred(starred) => {
                    let value = self.operand(&starred.value);
                    self.set_range(range);
                    self.emit(Opcode::ListExtend, 1, list, value, base);
                }
                _ => {
                    let value = self.operand(argument);
                    self.set_range(range);
                    self.emit(Opcode::ListAppend, 0, list, value, 0);
                }
            }
            self.unit.release_to(mark);
        }
        self.set_range(range);
        if let Some(generic) = generic_base {
            self.emit(Opcode::ListAppend, 0, list, generic, 0);
        }
        self.emit(Opcode::ListToTuple, 0, list, list, 0);
        self.finish_keyword_dict(keywords, range, base, 1, to);
    }

    fn class_code(&mut self, node: &'a StmtClassDef, range: TextRange) -> Code {
        let scope = self.scope_of(ScopeKind::Class, node.range);
        let mut unit = Unit::new(UnitKind::Class, scope);
        unit.class_name = Some(node.name.to_string());
        unit.code.first_line = self.first_line(node.range, &node.decorator_list);
        self.name_unit(&mut unit, &node.name);
        self.push_unit(unit);
        self.unit.code.flags.0 |= self.future_flags();
        self.begin_namespace_unit();
        let first_line = self.unit.code.first_line;
        let start = self.source.line_start(first_line);
        self.set_range(TextRange::new(start, start));
        self.class_preamble(node);
        self.begin_annotations(range, &node.body);
        let body = self.class_docstring(&node.body);
        self.statements(body);
        // The ending belongs to the last statement's line.
        self.unit.range = None;
        self.class_ending(range);
        self.pop_unit()
    }

    fn class_docstring(&mut self, body: &'a [ruff_python_ast::Stmt]) -> &'a [ruff_python_ast::Stmt] {
        let Some((text, rest)) = self.split_docstring(body) else { return body };
        if let Some((text, range)) = text {
            self.set_range(range);
            self.store_constant("__doc__", &Constant::Str(text));
        }
        rest
    }

    fn store_constant(&mut self, name: &str, constant: &Constant) {
        let mark = self.unit.top();
        let register = self.unit.allocate();
        self.load_constant(constant, register);
        self.store_name(name, register);
        self.unit.release_to(mark);
    }

    fn class_preamble(&mut self, node: &'a StmtClassDef) {
        let mark = self.unit.top();
        let register = self.unit.allocate();
        let site = self.unit.name_site("__name__");
        self.unit.abx(Opcode::LoadName, 0, register, site);
        self.store_name("__module__", register);
        let qualname = self.unit.code.qualname.clone();
        self.store_constant("__qualname__", &Constant::Str(qualname.into_owned().into_bytes()));
        let line = i64::from(self.unit.code.first_line);
        self.store_constant("__firstlineno__", &Constant::Int(line));
        if node.type_params.is_some() {
            self.load_mangled(".type_params", register);
            self.store_name("__type_params__", register);
        }
        if let Some(cell) = self.special_cell("__classdict__") {
            self.emit(Opcode::LoadLocals, 0, register, 0, 0);
            self.emit(Opcode::StoreCell, 0, cell, register, 0);
        }
        if let Some(cell) = self.special_cell("__conditional_annotations__") {
            self.emit(Opcode::BuildSet, 0, register, register, 0);
            self.emit(Opcode::StoreCell, 0, cell, register, 0);
        }
        self.unit.release_to(mark);
    }

    /// The register of one of the cells that a class makes for its functions.
    pub(crate) fn special_cell(&self, name: &str) -> Option<Reg> {
        self.unit.variables.get(name).filter(|variable| variable.cell).map(|variable| variable.register)
    }

    fn class_ending(&mut self, range: TextRange) {
        self.end_annotations(range);
        let mut attributes = std::mem::take(&mut self.unit.static_attributes);
        attributes.sort_unstable();
        let attributes = attributes.into_iter().map(|name| Constant::Str(name.into_bytes())).collect();
        self.store_constant("__static_attributes__", &Constant::Tuple(attributes));
        let scope = self.scope();
        if let Some(cell) = self.special_cell("__classdict__").filter(|_| scope.needs_classdict) {
            self.store_plain_name("__classdictcell__", cell);
        }
        match self.special_cell("__class__").filter(|_| scope.needs_class_cell) {
            Some(cell) => {
                self.store_plain_name("__classcell__", cell);
                self.return_register(cell);
            }
            None => self.return_none(),
        }
    }
}

fn split_arguments(arguments: &Arguments) -> (&[Expr], &[Keyword]) {
    (&arguments.args, &arguments.keywords)
}
