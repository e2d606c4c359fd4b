//! One code unit under construction: instructions, labels, registers, constants, names and cache sites.
//!
//! Registers: named variables come first and are fixed when the unit begins; temporaries follow and are a stack
//! (`allocate`, `release_to`). The unit follows control flow as it is written: nothing is emitted where control cannot come,
//! and the set of variables that hold a value on every path is known at each instruction. A label remembers what holds on
//! all jumps to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytecode::{Code, CodeFlags, Constant, Instruction, LocalKind, LocalVariable, NO_REG, Opcode, Operands, Reg, Site};
use ruff_text_size::TextRange;

use super::annotations::VariableAnnotations;
use super::assemble::{Draft, Handler, JumpMark, Label, LineMark, assemble};
use super::blocks::Block;
use crate::source::SourceText;
use crate::symbols::ScopeId;

/// What kind of code a unit is; decides how names are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// A module, or an interactive statement.
    Module,
    /// An expression to evaluate.
    Expression,
    /// A class body.
    Class,
    /// A function.
    Function,
    /// A lambda.
    Lambda,
    /// A generator expression, or a comprehension that is not inlined.
    Comprehension,
    /// Deferred annotations, a lazily evaluated bound, default or alias value.
    Annotation,
    /// The scope of type parameters.
    TypeParameters,
}

impl UnitKind {
    /// Whether locals live in registers.
    pub(crate) fn is_function_like(self) -> bool {
        !matches!(self, UnitKind::Module | UnitKind::Expression | UnitKind::Class)
    }
}

/// A set of registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RegisterSet(Vec<u64>);

impl RegisterSet {
    pub(crate) fn contains(&self, register: Reg) -> bool {
        self.0.get(usize::from(register) / 64).is_some_and(|word| word >> (register % 64) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, register: Reg) {
        let index = usize::from(register) / 64;
        if index >= self.0.len() {
            self.0.resize(index + 1, 0);
        }
        self.0[index] |= 1 << (register % 64);
    }

    pub(crate) fn remove(&mut self, register: Reg) {
        if let Some(word) = self.0.get_mut(usize::from(register) / 64) {
            *word &= !(1 << (register % 64));
        }
    }

    pub(crate) fn intersect(&mut self, other: &RegisterSet) {
        for (index, word) in self.0.iter_mut().enumerate() {
            *word &= other.0.get(index).copied().unwrap_or(0);
        }
    }

    pub(crate) fn subtract(&mut self, other: &RegisterSet) {
        for (word, removed) in self.0.iter_mut().zip(&other.0) {
            *word &= !removed;
        }
    }
}

/// Where a variable of the unit lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) register: Reg,
    /// The register holds a cell.
    pub(crate) cell: bool,
}

/// The variables of an inlined comprehension, while its code is written.
#[derive(Debug)]
pub(crate) struct Overlay {
    pub(crate) scope: ScopeId,
    pub(crate) variables: HashMap<String, Variable>,
}

#[derive(Debug, Default)]
struct LabelState {
    position: u32,
    assigned: Option<RegisterSet>,
}

/// A code unit under construction.
pub(crate) struct Unit<'a> {
    pub(crate) kind: UnitKind,
    pub(crate) scope: ScopeId,
    pub(crate) code: Code,
    /// The class whose name mangles private names here.
    pub(crate) class_name: Option<String>,
    pub(crate) drafts: Vec<Draft>,
    marks: Vec<LineMark>,
    jump_marks: Vec<JumpMark>,
    labels: Vec<LabelState>,
    /// The position of the label placed last.
    last_placed: u32,
    /// Where the last label was placed that code before it jumps to.
    last_reached: u32,
    pub(crate) reachable: bool,
    pub(crate) assigned: RegisterSet,
    /// Variables that some statement of the unit deletes.
    pub(crate) deleted: RegisterSet,
    pub(crate) range: Option<TextRange>,
    pub(crate) handler: Option<Handler>,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) variables: HashMap<String, Variable>,
    /// The cells of the closure. A class may have one and make one of the same name: `__class__`.
    pub(crate) free: HashMap<String, Variable>,
    pub(crate) overlays: Vec<Overlay>,
    /// Registers of the variables of inlined comprehensions, by scope.
    pub(crate) hidden: HashMap<ScopeId, HashMap<String, Variable>>,
    names: HashMap<String, u32>,
    constants: HashMap<Vec<u8>, u32>,
    name_sites: HashMap<u32, u32>,
    /// Names that a walrus operator in this unit assigns.
    pub(crate) walrus_names: HashSet<String>,
    pub(crate) first_temporary: Reg,
    top: u32,
    peak: u32,
    /// Attributes that methods assign to `self` (classes).
    pub(crate) static_attributes: Vec<String>,
    /// The variable annotations of a module or class.
    pub(crate) annotations: VariableAnnotations<'a>,
}

impl Unit<'_> {
    pub(crate) fn new(kind: UnitKind, scope: ScopeId) -> Self {
        Self {
            kind,
            scope,
            code: Code::default(),
            class_name: None,
            drafts: Vec::new(),
            marks: Vec::new(),
            jump_marks: Vec::new(),
            labels: Vec::new(),
            last_placed: 0,
            last_reached: u32::MAX,
            reachable: true,
            assigned: RegisterSet::default(),
            deleted: RegisterSet::default(),
            range: None,
            handler: None,
            blocks: Vec::new(),
            variables: HashMap::new(),
            free: HashMap::new(),
            overlays: Vec::new(),
            hidden: HashMap::new(),
            names: HashMap::new(),
            constants: HashMap::new(),
            name_sites: HashMap::new(),
            walrus_names: HashSet::new(),
            first_temporary: 0,
            top: 0,
            peak: 0,
            static_attributes: Vec::new(),
            annotations: VariableAnnotations::default(),
        }
    }

    // Instructions.

    pub(crate) fn emit(&mut self, word: Instruction) {
        if self.reachable {
            self.drafts.push(Draft { word, target: None, range: self.range, handler: self.handler });
        }
    }

    /// A statement that has no instruction of its own begins here. Jumps forward do not pass it, if so asked, unless they lead here.
    pub(crate) fn mark(&mut self, range: TextRange, only_from_above: bool) {
        if self.reachable {
            self.settle_last_mark();
            let only_from_above = only_from_above && self.last_reached != self.drafts.len() as u32;
            self.marks.push(LineMark { draft: self.drafts.len() as u32, range, only_from_above });
        }
    }

    /// Two marks in one place would have one `f_lasti`: the first becomes an instruction, unless jumps lead between the two.
    fn settle_last_mark(&mut self) {
        let here = self.drafts.len() as u32;
        let jumps_lead_here = self.last_reached == here;
        let looks_alike = |mark: &mut LineMark| mark.draft == here && !(mark.only_from_above && jumps_lead_here);
        if let Some(mark) = self.marks.pop_if(looks_alike) {
            self.nop(mark.range);
        }
    }

    /// An instruction that only has a line.
    fn nop(&mut self, range: TextRange) {
        let range = self.range.replace(range);
        self.abc(Opcode::Nop, 0, 0, 0, 0);
        self.range = range;
    }

    /// Whether nothing was written so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.drafts.is_empty() && self.marks.is_empty()
    }

    pub(crate) fn abc(&mut self, op: Opcode, x: u8, a: Reg, b: Reg, c: u16) {
        self.emit(Instruction::abc(op, x, a, b, c));
    }

    pub(crate) fn abx(&mut self, op: Opcode, x: u8, a: Reg, bx: u32) {
        self.emit(Instruction::abx(op, x, a, bx));
    }

    /// An instruction whose operand c is a cache site.
    pub(crate) fn site_op(&mut self, op: Opcode, x: u8, a: Reg, b: Reg, site: u32) {
        match u16::try_from(site) {
            Ok(site) if site != NO_REG => self.abc(op, x, a, b, site),
            _ => {
                self.abc(op, x, a, b, NO_REG);
                self.abx(Opcode::Extend, 0, 0, site);
            }
        }
    }

    // Labels and control flow.

    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(LabelState { position: u32::MAX, assigned: None });
        Label(self.labels.len() as u32 - 1)
    }

    /// A jump, conditional or not, to a label.
    pub(crate) fn jump_op(&mut self, word: Instruction, target: Label) {
        if !self.reachable {
            return;
        }
        self.drafts.push(Draft { word, target: Some(target), range: self.range, handler: self.handler });
        self.reach(target);
    }

    /// Notes that control comes to `label` from here.
    fn reach(&mut self, label: Label) {
        let state = &mut self.labels[label.0 as usize];
        match &mut state.assigned {
            Some(assigned) => assigned.intersect(&self.assigned),
            None => state.assigned = Some(self.assigned.clone()),
        }
    }

    pub(crate) fn jump(&mut self, target: Label) {
        self.jump_op(Instruction::abx(Opcode::Jump, 0, 0, 0), target);
        self.reachable = false;
    }

    /// A jump back to a label already placed; temporaries from `dead` on are dead.
    pub(crate) fn jump_back(&mut self, target: Label, dead: Reg) {
        self.jump_op(Instruction::abx(Opcode::JumpBack, 0, dead, 0), target);
        self.reachable = false;
    }

    /// Where jumps lead before marks and others behind them, the marks become instructions.
    fn settle_marks(&mut self) {
        let here = self.drafts.len() as u32;
        let first = self.marks.partition_point(|mark| mark.draft < here || mark.only_from_above && mark.draft == here);
        if self.last_reached != self.drafts.len() as u32 || !self.reachable {
            return;
        }
        for mark in self.marks.split_off(first) {
            self.nop(mark.range);
        }
    }

    pub(crate) fn place(&mut self, label: Label) {
        self.invert_jump_over(label);
        if self.labels[label.0 as usize].assigned.is_some() {
            self.settle_marks();
        }
        let position = self.drafts.len() as u32;
        let state = &mut self.labels[label.0 as usize];
        state.position = position;
        self.last_placed = position;
        if let Some(assigned) = &state.assigned {
            self.last_reached = position;
            if self.reachable {
                self.assigned.intersect(assigned);
            } else {
                self.assigned = assigned.clone();
            }
            self.reachable = true;
        }
    }

    /// A conditional jump to `label` over an unconditional one, just before `label`, becomes the opposite jump to where that
    /// one goes.
    fn invert_jump_over(&mut self, label: Label) {
        let [.., first, second] = self.drafts.as_slice() else { return };
        let between = self.last_placed > self.drafts.len() as u32 - 2;
        let skips = first.target == Some(label) && second.word.opcode() == Some(Opcode::Jump);
        if self.reachable || between || !skips || first.handler != second.handler || !is_conditional(first.word) {
            return;
        }
        // A line without instructions lies between the two.
        if self.marks.last().is_some_and(|mark| mark.draft as usize + 1 >= self.drafts.len()) {
            return;
        }
        let (target, passed) = (second.target, second.range);
        self.drafts.pop();
        // The line of the second jump is passed now when the first one jumps.
        let draft = self.drafts.len() as u32 - 1;
        self.jump_marks.extend(passed.map(|range| JumpMark { draft, range }));
        if let Some(jump) = self.drafts.last_mut() {
            jump.word = Instruction(jump.word.0 ^ 1 << 8);
            jump.target = target;
        }
    }

    /// Places a label that later code jumps back to: what may be deleted meanwhile is not assigned here.
    pub(crate) fn place_loop(&mut self, label: Label) {
        let deleted = std::mem::take(&mut self.deleted);
        self.assigned.subtract(&deleted);
        self.deleted = deleted;
        self.place(label);
    }

    pub(crate) fn is_placed(&self, label: Label) -> bool {
        self.labels[label.0 as usize].position != u32::MAX
    }

    /// Places an exception handler's label; `assigned` is what held where its block began.
    pub(crate) fn place_handler(&mut self, label: Label, assigned: &RegisterSet) {
        self.last_placed = self.drafts.len() as u32;
        self.last_reached = self.last_placed;
        self.labels[label.0 as usize].position = self.last_placed;
        self.assigned = assigned.clone();
        let deleted = std::mem::take(&mut self.deleted);
        self.assigned.subtract(&deleted);
        self.deleted = deleted;
        self.reachable = true;
    }

    // Temporaries.

    pub(crate) fn allocate(&mut self) -> Reg {
        self.allocate_run(1)
    }

    /// The first of `count` new temporaries in a row.
    pub(crate) fn allocate_run(&mut self, count: usize) -> Reg {
        let first = self.top;
        self.top = self.top.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.peak = self.peak.max(self.top);
        first.min(u32::from(NO_REG)) as Reg
    }

    /// The next temporary that `allocate` gives.
    pub(crate) fn top(&self) -> Reg {
        self.top.min(u32::from(NO_REG)) as Reg
    }

    pub(crate) fn release_to(&mut self, top: Reg) {
        debug_assert!(u32::from(top) <= self.top && top >= self.first_temporary, "temporaries are a stack");
        self.top = u32::from(top);
    }

    pub(crate) fn is_temporary(&self, register: Reg) -> bool {
        register >= self.first_temporary
    }

    /// Whether the unit needs more registers than there are.
    pub(crate) fn overflows(&self) -> bool {
        self.peak >= u32::from(NO_REG)
    }

    // Tables.

    pub(crate) fn name(&mut self, name: &str) -> u32 {
        if let Some(index) = self.names.get(name) {
            return *index;
        }
        let index = self.code.names.len() as u32;
        self.code.names.push(name.to_owned().into());
        self.names.insert(name.to_owned(), index);
        index
    }

    /// A cache site of its own for an attribute.
    pub(crate) fn site(&mut self, name: &str) -> u32 {
        let name = self.name(name);
        self.raw_site(name)
    }

    /// The one cache site of a global or namespace name.
    pub(crate) fn name_site(&mut self, name: &str) -> u32 {
        let name = self.name(name);
        if let Some(site) = self.name_sites.get(&name) {
            return *site;
        }
        let site = self.raw_site(name);
        self.name_sites.insert(name, site);
        site
    }

    pub(crate) fn raw_site(&mut self, name: u32) -> u32 {
        self.code.sites.push(Site { name });
        self.code.sites.len() as u32 - 1
    }

    pub(crate) fn constant(&mut self, constant: &Constant) -> u32 {
        let mut key = Vec::new();
        constant_key(constant, &mut key);
        if let Some(index) = self.constants.get(&key) {
            return *index;
        }
        let index = self.code.constants.len() as u32;
        self.code.constants.push(constant.clone());
        self.constants.insert(key, index);
        index
    }

    pub(crate) fn code_constant(&mut self, code: Code) -> u32 {
        self.code.constants.push(Constant::Code(Arc::new(code)));
        self.code.constants.len() as u32 - 1
    }

    // Variables.

    /// Adds a named register.
    pub(crate) fn declare(&mut self, name: &str, kind: LocalKind, argument: bool) -> Variable {
        let index = self.name(name);
        let register = self.code.locals.len().min(usize::from(NO_REG)) as Reg;
        self.code.locals.push(LocalVariable { name: index, kind, argument });
        Variable { register, cell: kind.is_cell() }
    }

    /// Temporaries begin after the variables declared so far.
    pub(crate) fn finish_variables(&mut self) {
        self.top = self.code.locals.len() as u32;
        self.peak = self.top;
        self.first_temporary = self.top();
    }

    pub(crate) fn finish(mut self, source: &SourceText) -> Code {
        let mut labels: Vec<u32> = self.labels.iter().map(|label| label.position).collect();
        let assembled = assemble(&mut self.drafts, &mut labels, &mut self.marks, &mut self.jump_marks, source);
        self.code.instructions = assembled.instructions;
        self.code.exceptions = assembled.exceptions;
        self.code.lines = assembled.lines;
        self.code.register_count = self.peak.min(u32::from(NO_REG)) as Reg;
        self.code
    }

    /// Whether all of `flag` is set.
    pub(crate) fn has_flag(&self, flag: u32) -> bool {
        self.code.flags.has(flag)
    }

    /// Whether `yield` in this unit's code wraps its value.
    pub(crate) fn is_async_generator(&self) -> bool {
        self.has_flag(CodeFlags::ASYNC_GENERATOR)
    }
}

/// Whether an instruction is a forward jump whose `x` says on which truth it jumps.
fn is_conditional(word: Instruction) -> bool {
    word.opcode().is_some_and(|op| match op.operands() {
        Operands::AImmJump => true,
        Operands::ABJump => !matches!(op, Opcode::ForIter | Opcode::ForRange | Opcode::Send),
        _ => matches!(op, Opcode::JumpIf | Opcode::JumpIfNone),
    })
}

/// Bytes that differ for constants that differ in type or value.
fn constant_key(constant: &Constant, out: &mut Vec<u8>) {
    match constant {
        Constant::None => out.push(0),
        Constant::Bool(value) => out.extend([1, u8::from(*value)]),
        Constant::Ellipsis => out.push(2),
        Constant::Int(value) => sized(3, &value.to_le_bytes(), out),
        Constant::BigInt { negative, magnitude } => {
            out.push(u8::from(*negative));
            sized(4, magnitude, out);
        }
        Constant::Float(bits) => sized(5, &bits.to_le_bytes(), out),
        Constant::Complex(real, imaginary) => {
            sized(6, &real.to_le_bytes(), out);
            out.extend(imaginary.to_le_bytes());
        }
        Constant::Str(text) => sized(7, text, out),
        Constant::Bytes(bytes) => sized(8, bytes, out),
        Constant::Tuple(items) => sequence(9, items, out),
        Constant::FrozenSet(items) => sequence(10, items, out),
        Constant::Slice(parts) => sequence(11, parts.as_slice(), out),
        // The compiler makes no such constants.
        Constant::LazyCode(_) => out.push(13),
        Constant::Code(code) => sized(12, &(Arc::as_ptr(code) as usize).to_le_bytes(), out),
    }
}

fn sized(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

fn sequence(tag: u8, items: &[Constant], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend((items.len() as u32).to_le_bytes());
    items.iter().for_each(|item| constant_key(item, out));
}
