//! Code generation: a syntax tree and its symbol table to code units.
//!
//! Expressions are evaluated either *to* a given register (`expression_to`) or as an *operand* (`operand`), which may be the
//! register of a local variable itself, used in place. Three rules keep that sound. A register that Python code can see is
//! written by the last instruction of an evaluation only, so an exception half-way leaves the old value. An operand in place
//! is copied first if something evaluated after it may assign the variable. Temporaries are a stack, and a call's base lies
//! above every live one.

mod annotations;
mod assemble;
mod assignments;
mod blocks;
mod calls;
mod checks;
mod classes;
mod comprehensions;
mod displays;
mod exceptions;
mod expressions;
pub(crate) mod fold;
mod functions;
mod imports;
mod interpolation;
mod jumps;
mod lines;
pub(crate) mod literals;
mod loops;
mod names;
mod operators;
mod patterns;
mod prescan;
mod statements;
mod type_parameters;
mod unit;
mod unparse;
mod with;

use std::collections::{HashMap, HashSet};

use bytecode::{Code, CodeFlags, Constant, Instruction, Opcode, Reg};
use ruff_python_ast::{Mod, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::CompileOptions;
use crate::errors::SyntaxError;
use crate::source::SourceText;
use crate::symbols::{Scope, ScopeId, ScopeKind, SymbolTable};
use crate::{Mode, Warning};
use assemble::Label;
use unit::{Unit, UnitKind};

/// The state of a compilation.
pub(crate) struct Generator<'a> {
    pub(crate) source: &'a SourceText,
    pub(crate) table: &'a SymbolTable,
    pub(crate) options: &'a CompileOptions,
    pub(crate) future_annotations: bool,
    pub(crate) unit: Unit<'a>,
    pub(crate) outer: Vec<Unit<'a>>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) error: Option<Box<SyntaxError>>,
    /// The parentheses of a call around a generator expression that has none of its own: they count as its.
    pub(crate) parenthesized: Option<(TextRange, TextRange)>,
    /// The comprehensions that run inline, by the scope around them.
    pub(crate) inlined: HashMap<ScopeId, Vec<ScopeId>>,
    /// Operator nodes that are known not to be constant.
    pub(crate) not_constant: HashSet<usize>,
}

/// Makes the code unit of a module or expression.
pub(crate) fn generate(
    module: &Mod,
    source: &SourceText,
    table: &SymbolTable,
    options: &CompileOptions,
) -> Result<(Code, Vec<Warning>), Box<SyntaxError>> {
    let kind = if options.mode == Mode::Eval { UnitKind::Expression } else { UnitKind::Module };
    let mut generator = Generator {
        source,
        table,
        options,
        future_annotations: options.future_annotations || table.future.annotations,
        unit: Unit::new(kind, SymbolTable::MODULE),
        outer: Vec::new(),
        warnings: Vec::new(),
        error: None,
        parenthesized: None,
        inlined: inlined_scopes(table),
        not_constant: HashSet::new(),
    };
    let code = generator.module(module);
    match generator.error {
        Some(error) => Err(error),
        None => Ok((code, generator.warnings)),
    }
}

fn inlined_scopes(table: &SymbolTable) -> HashMap<ScopeId, Vec<ScopeId>> {
    let mut inlined: HashMap<ScopeId, Vec<ScopeId>> = HashMap::new();
    for (index, scope) in table.scopes.iter().enumerate() {
        if let (true, Some(parent)) = (scope.inlined, scope.parent) {
            inlined.entry(parent).or_default().push(ScopeId(index as u32));
        }
    }
    inlined
}

impl<'a> Generator<'a> {
    fn module(&mut self, module: &'a Mod) -> Code {
        self.unit.code.name = "<module>".into();
        self.unit.code.qualname = "<module>".into();
        self.unit.code.filename = self.source.filename().to_owned().into();
        self.unit.code.first_line = self.options.first_line;
        self.unit.code.flags = self.module_flags();
        self.begin_namespace_unit();
        match module {
            Mod::Module(module) => self.module_body(&module.body, module.range),
            Mod::Expression(expression) => {
                let value = self.operand(&expression.body);
                self.unit.abc(Opcode::Return, 0, value, 0, 0);
                self.unit.reachable = false;
            }
        }
        self.finish_unit()
    }

    /// The flags of all code below future imports.
    fn future_flags(&self) -> u32 {
        let flufl = self.table.future.barry_as_flufl || self.options.future_flufl;
        let flags = [(self.future_annotations, CodeFlags::FUTURE_ANNOTATIONS), (flufl, CodeFlags::FUTURE_FLUFL)];
        flags.iter().filter(|(set, _)| *set).fold(0, |flags, (_, flag)| flags | flag)
    }

    fn module_flags(&self) -> CodeFlags {
        let mut flags = self.future_flags();
        let scope = self.scope();
        if self.options.allow_top_level_await && scope.is_coroutine {
            flags |= if scope.is_generator { CodeFlags::ASYNC_GENERATOR } else { CodeFlags::COROUTINE };
        }
        CodeFlags(flags)
    }

    fn module_body(&mut self, body: &'a [Stmt], range: TextRange) {
        self.begin_annotations(range, body);
        let body = self.module_docstring(body);
        self.statements(body);
        self.unit.range = None;
        self.return_none();
    }

    fn module_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        if self.options.mode == Mode::Single {
            return body;
        }
        let Some((text, rest)) = self.split_docstring(body) else { return body };
        if let Some((text, range)) = text {
            self.unit.code.flags.0 |= CodeFlags::HAS_DOCSTRING;
            let mark = self.unit.top();
            let register = self.unit.allocate();
            self.unit.range = Some(range);
            self.load_constant(&Constant::Str(text), register);
            self.store_plain_name("__doc__", register);
            self.unit.release_to(mark);
        }
        rest
    }

    /// The scope of the current unit.
    pub(crate) fn scope(&self) -> &'a Scope {
        self.table.scope(self.unit.scope)
    }

    /// The scope that a node made.
    pub(crate) fn scope_of(&self, kind: ScopeKind, node: TextRange) -> ScopeId {
        self.table.lookup(kind, node).expect("the symbol table has a scope for each node that makes one")
    }

    /// The source text of a range.
    pub(crate) fn source_text(&self, range: TextRange) -> &'a str {
        self.source.text().get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }

    /// Instructions from here on come from `node`.
    pub(crate) fn at(&mut self, node: &impl Ranged) {
        self.unit.range = Some(node.range());
    }

    pub(crate) fn label(&mut self) -> Label {
        self.unit.label()
    }

    pub(crate) fn emit(&mut self, op: Opcode, x: u8, a: Reg, b: Reg, c: u16) {
        self.unit.abc(op, x, a, b, c);
    }

    pub(crate) fn move_register(&mut self, to: Reg, from: Reg) {
        if to != from {
            self.unit.abc(Opcode::Move, 0, to, from, 0);
        }
    }

    pub(crate) fn jump_if(&mut self, register: Reg, condition: bool, target: Label) {
        let op = if self.unit.is_placed(target) { Opcode::LoopIf } else { Opcode::JumpIf };
        self.unit.jump_op(Instruction::abx(op, u8::from(condition), register, 0), target);
    }

    pub(crate) fn return_none(&mut self) {
        self.unit.emit(Instruction::abc(Opcode::ReturnNone, 0, 0, 0, 0));
        self.unit.reachable = false;
    }

    /// Records an error; the first one counts.
    pub(crate) fn fail(&mut self, range: TextRange, message: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::compiling(self.source, range, message));
        }
    }

    pub(crate) fn warn(&mut self, range: TextRange, message: impl Into<String>) {
        let start = self.source.byte_position(range.start());
        let end = self.source.byte_position(range.end());
        self.warnings.push(Warning {
            message: message.into(),
            line: start.line,
            column: start.column + 1,
            end_line: end.line,
            end_column: end.column + 1,
        });
    }

    /// Loads a constant in the cheapest way.
    pub(crate) fn load_constant(&mut self, constant: &Constant, to: Reg) {
        match constant {
            Constant::None => self.emit(Opcode::LoadNone, 0, to, 0, 0),
            Constant::Bool(true) => self.emit(Opcode::LoadTrue, 0, to, 0, 0),
            Constant::Bool(false) => self.emit(Opcode::LoadFalse, 0, to, 0, 0),
            Constant::Int(value) if i32::try_from(*value).is_ok() => {
                self.unit.abx(Opcode::LoadInt, 0, to, *value as i32 as u32);
            }
            _ => {
                let index = self.unit.constant(constant);
                self.unit.abx(Opcode::LoadConst, 0, to, index);
            }
        }
    }

    // Units.

    /// Starts a unit inside the current one.
    pub(crate) fn push_unit(&mut self, unit: Unit<'a>) {
        let mut unit = unit;
        unit.code.filename = self.source.filename().to_owned().into();
        unit.class_name = unit.class_name.or_else(|| self.unit.class_name.clone());
        self.outer.push(std::mem::replace(&mut self.unit, unit));
    }

    /// Ends the current unit and gives its code.
    pub(crate) fn pop_unit(&mut self) -> Code {
        let code = self.finish_unit();
        self.unit = self.outer.pop().expect("each unit that ends was started inside another");
        code
    }

    fn finish_unit(&mut self) -> Code {
        if self.unit.overflows() {
            let range = self.unit.range.unwrap_or_default();
            self.fail(range, "too many local variables and temporary values in one code block");
        }
        let empty = Unit::new(UnitKind::Module, SymbolTable::MODULE);
        let code = std::mem::replace(&mut self.unit, empty).finish(self.source);
        #[cfg(debug_assertions)]
        if self.error.is_none()
            && let Err(problem) = bytecode::verify::verify_unit(&code)
        {
            panic!("{}:{}: {problem}\n{}", code.filename, code.qualname, bytecode::disassemble(&code));
        }
        code
    }

    /// The qualified name of something called `name` defined in the current unit.
    pub(crate) fn qualified_name(&self, name: &str) -> String {
        let mut units = self.outer.iter().chain(std::iter::once(&self.unit)).rev().peekable();
        let mut parent = units.next().expect("there is a current unit");
        while parent.kind == UnitKind::TypeParameters {
            match units.next() {
                Some(unit) => parent = unit,
                None => return name.to_owned(),
            }
        }
        let explicit_global = self
            .table
            .scope(parent.scope)
            .symbols
            .get(&self.mangle(name))
            .is_some_and(|symbol| symbol.scope == crate::symbols::SymbolScope::GlobalExplicit);
        match parent.kind {
            UnitKind::Module | UnitKind::Expression => name.to_owned(),
            _ if explicit_global => name.to_owned(),
            UnitKind::Class => format!("{}.{name}", parent.code.qualname),
            _ => format!("{}.<locals>.{name}", parent.code.qualname),
        }
    }
}
