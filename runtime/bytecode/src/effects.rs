//! Which registers each instruction reads and writes: what the verifier and later passes know of the opcodes.

use crate::{Instruction, Intrinsic, NO_REG, Opcode, Reg};

/// A run of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// The first.
    pub first: Reg,
    /// How many.
    pub count: u32,
}

impl Registers {
    /// No registers.
    pub const NONE: Registers = Registers { first: 0, count: 0 };

    const fn one(first: Reg) -> Self {
        Self { first, count: 1 }
    }

    const fn run(first: Reg, count: u32) -> Self {
        Self { first, count }
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Reg> {
        (0..self.count).map(move |index| (u32::from(self.first) + index).min(u32::from(NO_REG)) as Reg)
    }
}

/// What an instruction does to registers.
#[derive(Clone, Copy, Debug)]
pub struct Effects {
    /// Registers read.
    pub reads: [Registers; 4],
    /// Registers written when the instruction goes on to the next.
    pub writes: Registers,
    /// Registers written when it jumps.
    pub writes_on_jump: Registers,
    /// The registers from here on belong to the callee and are dead afterwards.
    pub clobbers_from: Option<Reg>,
    /// Whether the next instruction can be reached without a jump.
    pub falls_through: bool,
}

impl Effects {
    fn new(reads: &[Registers], writes: Registers) -> Self {
        let mut all = [Registers::NONE; 4];
        all[..reads.len()].copy_from_slice(reads);
        Self { reads: all, writes, writes_on_jump: writes, clobbers_from: None, falls_through: true }
    }

    fn ending(reads: &[Registers]) -> Self {
        Self { falls_through: false, ..Self::new(reads, Registers::NONE) }
    }

    fn call(reads: &[Registers], to: Reg, base: Reg) -> Self {
        Self { clobbers_from: Some(base), ..Self::new(reads, Registers::one(to)) }
    }
}

/// The effects of an instruction; `next` is the one after it, which may carry more of its operands.
#[must_use]
pub fn effects(instruction: Instruction, op: Opcode) -> Effects {
    let (x, a, b, c) = (instruction.x(), instruction.a(), instruction.b(), instruction.c());
    let one = Registers::one;
    let none = Registers::NONE;
    match op {
        Opcode::Nop | Opcode::Extend | Opcode::SetupAnnotations | Opcode::DeleteGlobal | Opcode::DeleteName => {
            Effects::new(&[], none)
        }
        Opcode::LoadConst
        | Opcode::LoadInt
        | Opcode::LoadNone
        | Opcode::LoadTrue
        | Opcode::LoadFalse
        | Opcode::LoadGlobal
        | Opcode::LoadName
        | Opcode::LoadLocals
        | Opcode::LoadBuildClass => Effects::new(&[], one(a)),
        // A local may be unset: these cope with it.
        Opcode::CheckLocal | Opcode::MakeCell => Effects::new(&[], one(a)),
        Opcode::DeleteLocal | Opcode::Clear => Effects::new(&[], none),
        Opcode::CopyFree => Effects::new(&[], Registers::run(a, u32::from(b))),
        Opcode::Move
        | Opcode::LoadCell
        | Opcode::Neg
        | Opcode::Pos
        | Opcode::Invert
        | Opcode::Not
        | Opcode::LoadAttr
        | Opcode::ListToTuple
        | Opcode::GetIter
        | Opcode::GetAsyncIter
        | Opcode::GetAsyncNext
        | Opcode::GetAwaitable
        | Opcode::GetYieldFromIter
        | Opcode::ImportFrom
        | Opcode::GetLen
        | Opcode::MatchSequence
        | Opcode::MatchMapping
        | Opcode::AddInt
        | Opcode::SubInt
        | Opcode::MulInt
        | Opcode::FloorDivInt
        | Opcode::ModInt
        | Opcode::AndInt
        | Opcode::LShiftInt
        | Opcode::RShiftInt => Effects::new(&[one(b)], one(a)),
        Opcode::PushHandled => Effects::new(&[one(b)], one(a)),
        Opcode::StoreCell
        | Opcode::DeleteItem
        | Opcode::ListAppend
        | Opcode::SetAdd
        | Opcode::SetUpdate
        | Opcode::MapUpdate
        | Opcode::StoreAttr => Effects::new(&[one(a), one(b)], none),
        Opcode::ListExtend if x == 0 => Effects::new(&[one(a), one(b)], none),
        Opcode::ListExtend | Opcode::SetItem | Opcode::MapAdd | Opcode::MapMerge => {
            Effects::new(&[one(a), one(b), one(c)], none)
        }
        Opcode::DeleteCell
        | Opcode::StoreGlobal
        | Opcode::StoreName
        | Opcode::DeleteAttr
        | Opcode::EndAsyncFor
        | Opcode::PopHandled
        | Opcode::ImportStar => Effects::new(&[one(a)], none),
        Opcode::LoadFromDictOrCell => Effects::new(&[one(a), one(b)], one(a)),
        Opcode::LoadFromDictOrGlobal => Effects::new(&[one(a)], one(a)),
        Opcode::Add
        | Opcode::Sub
        | Opcode::Mul
        | Opcode::TrueDiv
        | Opcode::FloorDiv
        | Opcode::Mod
        | Opcode::Pow
        | Opcode::MatMul
        | Opcode::LShift
        | Opcode::RShift
        | Opcode::And
        | Opcode::Or
        | Opcode::Xor
        | Opcode::Lt
        | Opcode::Le
        | Opcode::Eq
        | Opcode::Ne
        | Opcode::Gt
        | Opcode::Ge
        | Opcode::Is
        | Opcode::In
        | Opcode::GetItem
        | Opcode::BuildTemplate
        | Opcode::MatchException
        | Opcode::PrepareReraiseStar
        | Opcode::MatchKeys
        | Opcode::MatchRest => Effects::new(&[one(b), one(c)], one(a)),
        Opcode::Jump | Opcode::JumpBack => Effects::ending(&[]),
        Opcode::JumpIf | Opcode::JumpIfNone | Opcode::LoopIf => Effects::new(&[one(a)], none),
        Opcode::JumpLt
        | Opcode::JumpLe
        | Opcode::JumpEq
        | Opcode::JumpNe
        | Opcode::JumpGt
        | Opcode::JumpGe
        | Opcode::LoopLt
        | Opcode::LoopLe
        | Opcode::LoopEq
        | Opcode::LoopNe
        | Opcode::LoopGt
        | Opcode::LoopGe => Effects::new(&[one(a), one(b)], none),
        Opcode::JumpLtInt
        | Opcode::JumpLeInt
        | Opcode::JumpEqInt
        | Opcode::JumpNeInt
        | Opcode::JumpGtInt
        | Opcode::JumpGeInt
        | Opcode::LoopLtInt
        | Opcode::LoopLeInt
        | Opcode::LoopEqInt
        | Opcode::LoopNeInt
        | Opcode::LoopGtInt
        | Opcode::LoopGeInt => Effects::new(&[one(a)], none),
        Opcode::GetSlice => Effects::new(&[one(b), Registers::run(c, 2)], one(a)),
        Opcode::SetSlice => Effects::new(&[one(a), Registers::run(b, 2), one(c)], none),
        Opcode::BuildSlice => Effects::new(&[Registers::run(b, if x == 2 { 2 } else { 3 })], one(a)),
        Opcode::LoadMethod => Effects::new(&[one(b)], Registers::run(a, 2)),
        Opcode::LoadSuperAttr => Effects::new(&[Registers::run(b, 3)], one(a)),
        Opcode::LoadSuperMethod => Effects::new(&[Registers::run(b, 3)], Registers::run(a, 2)),
        Opcode::Call | Opcode::CallKw => {
            let me = if x & 1 == 0 { one(b + 1) } else { none };
            Effects::call(&[one(b), me, Registers::run(b + 2, u32::from(c))], a, b)
        }
        Opcode::CallEx => {
            let me = if x & 1 == 0 { one(b + 1) } else { none };
            let keywords = if x & 2 == 0 { one(b + 3) } else { none };
            Effects::call(&[one(b), me, one(b + 2), keywords], a, b)
        }
        Opcode::Return | Opcode::Reraise => Effects::ending(&[one(a)]),
        Opcode::ReturnNone => Effects::ending(&[]),
        Opcode::Yield if x == 1 => Effects::new(&[one(b), one(c)], one(a)),
        Opcode::Yield => Effects::new(&[one(b)], one(a)),
        Opcode::Send => Effects::new(&[one(a), one(b)], one(a)),
        Opcode::BuildTuple | Opcode::BuildList | Opcode::BuildSet | Opcode::BuildString => {
            Effects::new(&[Registers::run(b, u32::from(c))], one(a))
        }
        Opcode::BuildMap => Effects::new(&[Registers::run(b, 2 * u32::from(c))], one(a)),
        Opcode::Unpack => Effects::new(&[one(b)], Registers::run(a, u32::from(c))),
        Opcode::UnpackEx => Effects::new(&[one(b)], Registers::run(a, u32::from(c) + 1 + u32::from(x))),
        Opcode::Format if c == NO_REG => Effects::new(&[one(b)], one(a)),
        Opcode::Format => Effects::new(&[one(b), one(c)], one(a)),
        Opcode::BuildInterpolation => Effects::new(&[Registers::run(b, 3)], one(a)),
        Opcode::ForIter | Opcode::ForRange => {
            let reads = if op == Opcode::ForIter { one(b) } else { Registers::run(b, 3) };
            Effects { writes_on_jump: none, ..Effects::new(&[reads], one(a)) }
        }
        Opcode::LoopIter | Opcode::LoopRange => {
            let reads = if op == Opcode::LoopIter { one(b) } else { Registers::run(b, 3) };
            Effects { writes: none, writes_on_jump: one(a), ..Effects::new(&[reads], none) }
        }
        Opcode::RangePrepare => {
            let reads = [one(b), Registers::run(b + 2, u32::from(c))];
            Effects { clobbers_from: Some(b), ..Effects::new(&reads, Registers::run(a, 3)) }
        }
        Opcode::WithEnter => Effects::new(&[one(b)], Registers::run(a, 3)),
        Opcode::WithExit if c == NO_REG => Effects::new(&[Registers::run(b, 2)], one(a)),
        Opcode::WithExit => Effects::new(&[Registers::run(b, 2), one(c)], one(a)),
        Opcode::MatchGroup => Effects::new(&[one(b), one(c)], Registers::run(a, 2)),
        Opcode::Raise => match x {
            0 => Effects::ending(&[]),
            1 => Effects::ending(&[one(a)]),
            _ => Effects::ending(&[one(a), one(b)]),
        },
        Opcode::AssertFail if x == 1 => Effects::ending(&[one(a)]),
        Opcode::AssertFail => Effects::ending(&[]),
        Opcode::MakeFunction => Effects::new(&[Registers::run(b, x.count_ones())], one(a)),
        Opcode::ImportName => Effects::new(&[Registers::run(b, 2)], one(a)),
        Opcode::MatchClass => Effects::new(&[Registers::run(b, 3)], one(a)),
        Opcode::Intrinsic => {
            let two = [
                Intrinsic::TypeVarWithBound,
                Intrinsic::TypeVarWithConstraints,
                Intrinsic::SetTypeParamDefault,
                Intrinsic::SetFunctionTypeParams,
            ];
            let second = if two.iter().any(|intrinsic| *intrinsic as u8 == x) { one(c) } else { none };
            let written = if x == Intrinsic::CheckAnnotateFormat as u8 { none } else { one(a) };
            Effects::new(&[one(b), second], written)
        }
    }
}
