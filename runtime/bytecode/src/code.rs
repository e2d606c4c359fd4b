//! A code unit: one module, class body, function, lambda or generator expression, as the compiler makes it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::serial::LazyCode;
use crate::{Instruction, NO_REG, Operands, Reg};

/// Properties of a code unit; the numbers are those of CPython's `co_flags`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeFlags(pub u32);

impl CodeFlags {
    /// Locals live in registers (functions).
    pub const OPTIMIZED: u32 = 0x1;
    /// A call makes a new local namespace.
    pub const NEWLOCALS: u32 = 0x2;
    /// Has `*args`.
    pub const VARARGS: u32 = 0x4;
    /// Has `**kwargs`.
    pub const VARKEYWORDS: u32 = 0x8;
    /// Is defined inside another function.
    pub const NESTED: u32 = 0x10;
    /// Is a generator.
    pub const GENERATOR: u32 = 0x20;
    /// Is a coroutine.
    pub const COROUTINE: u32 = 0x80;
    /// Is a generator that may be awaited (`types.coroutine`).
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    /// Is an async generator.
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import barry_as_FLUFL` was in force.
    pub const FUTURE_FLUFL: u32 = 0x40_0000;
    /// `from __future__ import annotations` was in force.
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    /// The first constant is the doc string.
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    /// A function defined in a class body.
    pub const METHOD: u32 = 0x800_0000;

    /// Whether all bits of `flag` are set.
    #[must_use]
    pub const fn has(self, flag: u32) -> bool {
        self.0 & flag == flag
    }
}

/// A constant of a code unit. Knows nothing of heaps; the virtual machine makes a value of it once.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// `...`.
    Ellipsis,
    /// An int of 64 bits.
    Int(i64),
    /// A larger int: sign and little-endian magnitude.
    BigInt { negative: bool, magnitude: Vec<u8> },
    /// A float, compared by its bits.
    Float(u64),
    /// A complex, as the bits of both parts.
    Complex(u64, u64),
    /// A string in WTF-8 (generalized UTF-8 that may hold lone surrogates).
    Str(Vec<u8>),
    /// A bytes object.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Constant>),
    /// A frozenset, members in source order without repetitions.
    FrozenSet(Vec<Constant>),
    /// A constant slice (start, stop, step).
    Slice(Box<[Constant; 3]>),
    /// A nested code unit.
    Code(Arc<Code>),
    /// A nested code unit of an image, not yet read.
    LazyCode(LazyCode),
}

/// A cache site: a name (index into `names`; for `MakeFunction`, an index into `constants`) whose inline cache cell has the
/// site's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Index of the name.
    pub name: u32,
}

/// What a named register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// The value itself.
    Plain,
    /// A cell that this code makes.
    Cell,
    /// A cell of the closure.
    Free,
    /// The value itself, of a comprehension that was inlined.
    Hidden,
    /// A cell that this code makes for a comprehension that was inlined.
    HiddenCell,
}

impl LocalKind {
    /// Whether the register holds a cell.
    #[must_use]
    pub const fn is_cell(self) -> bool {
        matches!(self, LocalKind::Cell | LocalKind::Free | LocalKind::HiddenCell)
    }

    /// Whether it is a variable of a comprehension that was inlined: there while that runs.
    #[must_use]
    pub const fn is_hidden(self) -> bool {
        matches!(self, LocalKind::Hidden | LocalKind::HiddenCell)
    }
}

/// A named register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalVariable {
    /// Index into `names`.
    pub name: u32,
    /// What the register holds.
    pub kind: LocalKind,
    /// Whether it is an argument (then its register is its position).
    pub argument: bool,
}

/// An exception raised at an instruction in `start..end` goes to `target` with the exception in register `register`.
/// Entries are sorted so that the first one that covers an offset is the innermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionEntry {
    /// First instruction covered.
    pub start: u32,
    /// One past the last instruction covered.
    pub end: u32,
    /// Handler.
    pub target: u32,
    /// Register that receives the exception; temporaries above it are dead in the handler.
    pub register: Reg,
}

/// Where an instruction comes from. Lines count from 1, columns in UTF-8 bytes from 0. All zero: no position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// First line.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// First column.
    pub column: u32,
    /// One past the last column.
    pub end_column: u32,
}

/// The positions of a code unit's instructions, run-length and delta coded (see `line_table.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineTable(pub Cow<'static, [u8]>);

/// A name: in an image that is part of the program, or made by the compiler.
pub type Name = Cow<'static, str>;

/// A code unit. Immutable once made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Code {
    /// `co_name`.
    pub name: Name,
    /// `co_qualname`.
    pub qualname: Name,
    /// `co_filename`.
    pub filename: Name,
    /// `co_firstlineno`.
    pub first_line: u32,
    /// Flags.
    pub flags: CodeFlags,
    /// Positional arguments, positional-only ones included.
    pub argument_count: u16,
    /// Positional-only arguments.
    pub positional_only_count: u16,
    /// Keyword-only arguments.
    pub keyword_only_count: u16,
    /// How many registers a frame needs.
    pub register_count: u16,
    /// The named registers, from register 0 on: arguments, locals, cells, then free variables in the order of the closure.
    pub locals: Vec<LocalVariable>,
    /// All names used.
    pub names: Vec<Name>,
    /// All constants used; the first is the doc string if `HAS_DOCSTRING`.
    pub constants: Vec<Constant>,
    /// The cache sites.
    pub sites: Vec<Site>,
    /// The instructions.
    pub instructions: Vec<Instruction>,
    /// The exception table, innermost first.
    pub exceptions: Vec<ExceptionEntry>,
    /// The positions.
    pub lines: LineTable,
}

impl Code {
    /// How many of the first registers are arguments, `*args` and `**kwargs` included.
    #[must_use]
    pub fn argument_registers(&self) -> usize {
        usize::from(self.argument_count)
            + usize::from(self.keyword_only_count)
            + usize::from(self.flags.has(CodeFlags::VARARGS))
            + usize::from(self.flags.has(CodeFlags::VARKEYWORDS))
    }

    /// The registers of the variables of inlined comprehensions, which are declared after the others and before the closure.
    pub fn hidden_variables(&self) -> impl Iterator<Item = usize> + '_ {
        let named = self.locals.iter().enumerate().rev().skip_while(|(_, local)| local.kind == LocalKind::Free);
        named.take_while(|(_, local)| local.kind.is_hidden()).map(|(index, _)| index)
    }

    /// The number of the cache site that the instruction at `offset` names, if its opcode has one.
    #[must_use]
    pub fn site_at(&self, offset: usize) -> Option<u32> {
        let instruction = *self.instructions.get(offset)?;
        let op = instruction.opcode()?;
        match op.operands() {
            Operands::ABSite if instruction.c() == NO_REG => Some(self.instructions.get(offset + 1)?.bx()),
            Operands::ABSite => Some(u32::from(instruction.c())),
            Operands::ABx if op.has_name() => Some(instruction.bx()),
            _ => None,
        }
    }

    /// The index in `names` of the name that the instruction at `offset` uses, if it uses one.
    #[must_use]
    pub fn name_at(&self, offset: usize) -> Option<u32> {
        let op = self.instructions.get(offset)?.opcode()?;
        let site = self.site_at(offset).filter(|_| op.has_name())?;
        self.sites.get(site as usize).map(|site| site.name)
    }

    /// The names that instructions use, as indices in `names`, in the order of their first use (`co_names`).
    #[must_use]
    pub fn used_names(&self) -> Vec<u32> {
        let mut seen = vec![false; self.names.len()];
        let used = (0..self.instructions.len()).filter_map(|offset| self.name_at(offset));
        used.filter(|&name| seen.get_mut(name as usize).is_some_and(|seen| !std::mem::replace(seen, true))).collect()
    }
}
