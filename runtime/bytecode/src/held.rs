//! What the registers of a code unit hold before each instruction: what it takes to go on somewhere else in it (`f_lineno`).

use crate::effects::{Registers, effects};
use crate::liveness::registers_read;
use crate::{Code, ExceptionEntry, Instruction, Opcode};

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing, or not the same thing on all paths; of a variable: its value, or nothing.
    Nothing,
    /// The iterator of a `for` loop.
    Iterator,
    /// The iterator of an `async for` loop.
    AsyncIterator,
    /// The first of three registers with the state of a loop over a range.
    Range,
    /// The first of two registers with the exit of a `with`.
    Exit,
    /// What was being handled before a handler.
    Handled,
    /// A further register of the block before it.
    Rest,
    /// A cell.
    Cell,
    /// What the instruction at this offset computed; or what paths that meet there did.
    Result(u32),
}

impl Held {
    /// Whether the register belongs to a block: the rest are results inside of an expression, and cells.
    #[must_use]
    pub const fn is_block(self) -> bool {
        !matches!(self, Held::Nothing | Held::Rest | Held::Cell | Held::Result(_))
    }
}

/// What all registers hold before the instructions that can be reached.
#[derive(Debug)]
pub struct HeldRegisters<'c> {
    code: &'c Code,
    named: usize,
    states: Vec<Option<Vec<Held>>>,
    waiting: Vec<usize>,
}

impl<'c> HeldRegisters<'c> {
    /// Follows all paths through the unit.
    #[must_use]
    pub fn new(code: &'c Code) -> Self {
        let count = usize::from(code.register_count);
        let named = code.locals.len().min(count);
        let states = vec![None; code.instructions.len()];
        let mut this = Self { code, named, states, waiting: Vec::new() };
        this.reach(0, vec![Held::Nothing; count]);
        while let Some(offset) = this.waiting.pop() {
            if let Some(state) = this.states[offset].clone() {
                this.follow(offset, &state);
            }
        }
        this
    }

    /// What the registers hold before the instruction at an offset; `None` if no path leads there.
    #[must_use]
    pub fn at(&self, offset: usize) -> Option<&[Held]> {
        self.states.get(offset)?.as_deref()
    }

    /// The first registers of the blocks around an instruction, from the outermost in.
    #[must_use]
    pub fn blocks(&self, offset: usize) -> Vec<usize> {
        let state = self.at(offset).unwrap_or_default();
        (0..state.len()).filter(|&register| state[register].is_block()).collect()
    }

    /// Whether what lies outside of blocks at the instruction at `from` is what the one at `to` and those after it read.
    #[must_use]
    pub fn has_results(&self, from: usize, to: usize) -> bool {
        let (Some(from), Some(wanted)) = (self.at(from), self.at(to)) else { return false };
        let read = registers_read(self.code, to);
        let registers = (0..wanted.len()).filter(|&register| read[register]);
        registers.into_iter().all(|register| match (wanted[register], from[register]) {
            (Held::Nothing, held) => register < self.named && held != Held::Cell,
            (wanted, held) => wanted.is_block() || wanted == Held::Rest || wanted == held,
        })
    }

    fn reach(&mut self, offset: usize, state: Vec<Held>) {
        let named = self.named;
        match self.states.get_mut(offset) {
            Some(Some(known)) => {
                let before = known.clone();
                for (register, (known, held)) in known.iter_mut().zip(state).enumerate() {
                    *known = match (*known, held) {
                        (one, other) if one == other => one,
                        (Held::Nothing, _) | (_, Held::Nothing) => Held::Nothing,
                        _ if register < named => Held::Nothing,
                        _ => Held::Result(offset as u32),
                    };
                }
                if *known != before {
                    self.waiting.push(offset);
                }
            }
            Some(unknown) => {
                *unknown = Some(state);
                self.waiting.push(offset);
            }
            None => {}
        }
    }

    fn follow(&mut self, offset: usize, state: &[Held]) {
        let instruction = self.code.instructions[offset];
        let Some(op) = instruction.opcode() else { return };
        let effects = effects(instruction, op);
        let covers = |entry: &&ExceptionEntry| (entry.start..entry.end).contains(&(offset as u32));
        if let Some(entry) = self.code.exceptions.iter().find(covers) {
            let mut caught = state.to_vec();
            caught[usize::from(entry.register).max(self.named)..].fill(Held::Nothing);
            caught[usize::from(entry.register)] = Held::Result(entry.target);
            self.reach(entry.target as usize, caught);
        }
        let mut after = state.to_vec();
        if let Some(first) = effects.clobbers_from {
            after[usize::from(first).max(self.named)..].fill(Held::Nothing);
        }
        match op {
            Opcode::Clear | Opcode::DeleteLocal | Opcode::PopHandled => {
                after[usize::from(instruction.a())] = Held::Nothing;
            }
            // The iterator lies before the item, where the exception is now.
            Opcode::EndAsyncFor => {
                if let Some(iterator) = usize::from(instruction.a()).checked_sub(1) {
                    after[iterator] = Held::Nothing;
                }
            }
            // Another exit of the same block has the registers still, on its own path.
            Opcode::WithExit if instruction.c() == crate::NO_REG => {
                after[usize::from(instruction.b())..][..2].fill(Held::Nothing);
            }
            _ => {}
        }
        if let Some(target) = instruction.jump().and_then(|jump| usize::try_from(offset as i64 + 1 + jump).ok()) {
            let ends = matches!(op, Opcode::ForIter | Opcode::ForRange);
            let jumped = self.written(instruction, offset, &after, effects.writes_on_jump, ends);
            self.reach(target, jumped);
        }
        if effects.falls_through {
            let ends = matches!(op, Opcode::LoopIter | Opcode::LoopRange);
            let next = self.written(instruction, offset, &after, effects.writes, ends);
            self.reach(offset + 1, next);
        }
    }

    /// The state after an instruction has written some registers; perhaps its loop has ended.
    fn written(
        &self,
        instruction: Instruction,
        offset: usize,
        before: &[Held],
        written: Registers,
        ends: bool,
    ) -> Vec<Held> {
        let mut after = before.to_vec();
        let op = instruction.opcode();
        if ends {
            let count = if matches!(op, Some(Opcode::ForRange | Opcode::LoopRange)) { 3 } else { 1 };
            let state = usize::from(instruction.b());
            (state..state + count).filter(|&register| register >= self.named).for_each(|register| {
                after[register] = Held::Nothing;
            });
        }
        for (index, register) in written.iter().map(usize::from).enumerate() {
            after[register] = match op {
                Some(Opcode::MakeCell | Opcode::CopyFree) => Held::Cell,
                _ if register < self.named => Held::Nothing,
                Some(Opcode::CheckLocal) => before[register],
                Some(Opcode::Move) if before[usize::from(instruction.b())] == Held::Cell => Held::Cell,
                Some(Opcode::GetIter) => Held::Iterator,
                Some(Opcode::GetAsyncIter) => Held::AsyncIterator,
                Some(Opcode::RangePrepare) => [Held::Range, Held::Rest, Held::Rest][index],
                Some(Opcode::WithEnter) if index < 2 => [Held::Exit, Held::Rest][index],
                Some(Opcode::PushHandled) => Held::Handled,
                _ => Held::Result(offset as u32),
            };
        }
        after
    }
}

/// Where a unit's own code begins: behind what makes its cells.
#[must_use]
pub fn first_after_cells(code: &Code) -> usize {
    let makes_cells =
        |instruction: &&Instruction| matches!(instruction.opcode(), Some(Opcode::MakeCell | Opcode::CopyFree));
    code.instructions.iter().take_while(makes_cells).count()
}
