//! One instruction: a 64-bit word with an opcode and up to four operands.

use crate::{Opcode, Operands};

/// A register number, relative to the frame's window.
pub type Reg = u16;

/// Stands for "no register" where an operand is optional; as a cache site, "not cached".
pub const NO_REG: Reg = 0xFFFF;

/// `op:8 | x:8 | a:16 | b:16 | c:16`, low bits first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Instruction(pub u64);

impl Instruction {
    /// An instruction with three 16-bit operands.
    #[must_use]
    pub const fn abc(op: Opcode, x: u8, a: u16, b: u16, c: u16) -> Self {
        Self(op as u64 | (x as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// An instruction with a 16-bit and a 32-bit operand.
    #[must_use]
    pub const fn abx(op: Opcode, x: u8, a: u16, bx: u32) -> Self {
        Self(op as u64 | (x as u64) << 8 | (a as u64) << 16 | (bx as u64) << 32)
    }

    /// The opcode's number.
    #[inline(always)]
    #[must_use]
    pub const fn op(self) -> u8 {
        self.0 as u8
    }

    /// The opcode, if the number is one.
    #[must_use]
    pub fn opcode(self) -> Option<Opcode> {
        Opcode::from_u8(self.op())
    }

    /// The small operand.
    #[inline(always)]
    #[must_use]
    pub const fn x(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Operand a.
    #[inline(always)]
    #[must_use]
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Operand b.
    #[inline(always)]
    #[must_use]
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Operand c.
    #[inline(always)]
    #[must_use]
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Operands b and c as one number.
    #[inline(always)]
    #[must_use]
    pub const fn bx(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Operands b and c as one signed number: a jump, or a small int.
    #[inline(always)]
    #[must_use]
    pub const fn sbx(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// Where the instruction jumps to, as an offset from the following instruction.
    #[must_use]
    pub fn jump(self) -> Option<i64> {
        match self.opcode()?.operands() {
            Operands::AJump => Some(i64::from(self.sbx())),
            Operands::ABJump | Operands::AImmJump => Some(i64::from(self.c())),
            Operands::ABBack | Operands::AImmBack => Some(-i64::from(self.c())),
            _ => None,
        }
    }
}
