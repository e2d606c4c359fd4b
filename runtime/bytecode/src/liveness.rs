//! Which temporaries of a frame may still be read. What lies in the others is left over, and keeps objects alive by chance.

use crate::effects::{Effects, effects};
use crate::{Code, Opcode};

/// For each register whether its value counts while the frame is at the instruction at offset `at`, whether that has begun or is
/// done. Variables always count: they live as long as their names. A temporary does if the instruction uses it, or if a path from
/// there reads it before it is written.
#[must_use]
pub fn live_registers(code: &Code, at: usize) -> Vec<bool> {
    let count = usize::from(code.register_count);
    let named = code.locals.len().min(count);
    let mut live = registers_read(code, at);
    live[..named].fill(true);
    let instruction = code.instructions[at];
    if let Some(op) = instruction.opcode() {
        let effects = effects(instruction, op);
        let written = effects.writes.iter().chain(effects.writes_on_jump.iter());
        written.for_each(|register| live[usize::from(register)] = true);
    }
    live
}

/// For each register whether the instruction at offset `at`, or a path from there, reads it before it is written.
#[must_use]
pub fn registers_read(code: &Code, at: usize) -> Vec<bool> {
    let count = usize::from(code.register_count);
    let mut live = vec![false; count];
    let mut paths = Paths { code, seen: vec![None; code.instructions.len()], waiting: Vec::new() };
    paths.reach(at, &vec![true; count]);
    while let Some(offset) = paths.waiting.pop() {
        let Some(kept) = paths.seen[offset].clone() else { continue };
        let instruction = code.instructions[offset];
        let Some(op) = instruction.opcode() else { continue };
        let effects = effects(instruction, op);
        for register in effects.reads.iter().flat_map(|run| run.iter()).map(usize::from) {
            live[register] |= kept[register];
        }
        paths.follow(offset, op, &effects, &kept);
    }
    live
}

/// The paths from an instruction on.
struct Paths<'c> {
    code: &'c Code,
    /// For each instruction that was reached, the registers that may still hold what they held at the start.
    seen: Vec<Option<Vec<bool>>>,
    waiting: Vec<usize>,
}

impl Paths<'_> {
    fn reach(&mut self, offset: usize, kept: &[bool]) {
        match self.seen.get_mut(offset) {
            Some(Some(known)) => {
                let before = known.clone();
                known.iter_mut().zip(kept).for_each(|(known, kept)| *known |= kept);
                if *known != before {
                    self.waiting.push(offset);
                }
            }
            Some(unknown) => {
                *unknown = Some(kept.to_vec());
                self.waiting.push(offset);
            }
            None => {}
        }
    }

    fn follow(&mut self, offset: usize, op: Opcode, effects: &Effects, kept: &[bool]) {
        let instruction = self.code.instructions[offset];
        let mut after = kept.to_vec();
        if let Some(first) = effects.clobbers_from {
            after[usize::from(first)..].fill(false);
        }
        if matches!(op, Opcode::Clear | Opcode::DeleteLocal) {
            after[usize::from(instruction.a())] = false;
        }
        let without = |written: crate::effects::Registers| {
            let mut after = after.clone();
            written.iter().for_each(|register| after[usize::from(register)] = false);
            after
        };
        if effects.falls_through {
            self.reach(offset + 1, &without(effects.writes));
        }
        if let Some(target) = instruction.jump().and_then(|jump| usize::try_from(offset as i64 + 1 + jump).ok()) {
            self.reach(target, &without(effects.writes_on_jump));
        }
        for entry in &self.code.exceptions {
            if (entry.start as usize..entry.end as usize).contains(&offset) {
                let named = self.code.locals.len();
                let mut handled = kept.to_vec();
                let first = usize::from(entry.register).max(named);
                handled[first..].fill(false);
                self.reach(entry.target as usize, &handled);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::live_registers;
    use crate::{Code, ExceptionEntry, Instruction, Opcode};

    fn code(registers: u16, instructions: &[Instruction]) -> Code {
        Code { register_count: registers, instructions: instructions.to_vec(), ..Code::default() }
    }

    #[test]
    fn what_is_read_later_counts() {
        let unit = code(
            4,
            &[
                Instruction::abc(Opcode::DeleteItem, 0, 0, 1, 0),
                Instruction::abx(Opcode::JumpIf, 0, 2, 1),
                Instruction::abc(Opcode::LoadNone, 0, 3, 0, 0),
                Instruction::abc(Opcode::Return, 0, 3, 0, 0),
            ],
        );
        // 3 is read where the jump was taken; after the jump, 0 and 1 no more.
        assert_eq!(live_registers(&unit, 0), [true, true, true, true]);
        assert_eq!(live_registers(&unit, 2), [false, false, false, true]);
        assert_eq!(live_registers(&unit, 1), [false, false, true, true]);
    }

    #[test]
    fn a_call_takes_the_registers_behind_it() {
        let unit = code(
            5,
            &[
                Instruction::abc(Opcode::DeleteItem, 0, 0, 1, 0),
                Instruction::abc(Opcode::Call, 1, 0, 2, 0),
                Instruction::abc(Opcode::Return, 0, 4, 0, 0),
            ],
        );
        assert_eq!(live_registers(&unit, 0), [true, true, true, false, false]);
    }

    #[test]
    fn handlers_read_what_lies_below_the_exception() {
        let instructions = [
            Instruction::abc(Opcode::DeleteItem, 0, 0, 1, 0),
            Instruction::abc(Opcode::ReturnNone, 0, 0, 0, 0),
            Instruction::abc(Opcode::BuildTuple, 0, 2, 2, 2),
            Instruction::abc(Opcode::Return, 0, 2, 0, 0),
        ];
        let exceptions = vec![ExceptionEntry { start: 0, end: 1, target: 2, register: 3 }];
        let unit = Code { exceptions, ..code(5, &instructions) };
        assert_eq!(live_registers(&unit, 0), [true, true, true, false, false]);
    }
}
