//! Instructions, code units and constants: what the compiler makes and the virtual machine runs.
//!
//! An instruction is one 64-bit word (`docs/decisions/001`): `op:8 | x:8 | a:16 | b:16 | c:16`, low bits first.
//! `b` and `c` together are `bx`, 32 bits. Registers are numbered from the start of the frame's window:
//! arguments first (positional-only, positional-or-keyword, keyword-only, `*args`, `**kwargs`), then the other
//! locals, cells and free variables, then temporaries, which obey a stack discipline: at a call with base `b`,
//! every temporary below `b` is live and every one from `b` on belongs to the callee (rule 12).

#![forbid(unsafe_code)]

mod code;
pub mod disassemble;
pub mod effects;
mod held;
mod instruction;
pub mod line_table;
mod liveness;
mod opcodes;
pub mod serial;
pub mod verify;

pub use code::{Code, CodeFlags, Constant, ExceptionEntry, LineTable, LocalKind, LocalVariable, Name, Position, Site};
pub use disassemble::disassemble;
pub use held::{Held, HeldRegisters, first_after_cells};
pub use instruction::{Instruction, NO_REG, Reg};
pub use line_table::{LineTableBuilder, Mark};
pub use liveness::{live_registers, registers_read};
pub use opcodes::{Intrinsic, OPCODE_COUNT, Opcode, Operands};
