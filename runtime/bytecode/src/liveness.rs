//! Which registers still matter at an instruction: a backward data flow over the code, for who wants to know exactly what a
//! waiting frame holds (an explicit collection does). Variables always count: frame objects show them.

use crate::effects::effects;
use crate::{Code, Reg};

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveSet(Vec<u64>);

impl LiveSet {
    fn empty(count: Reg) -> Self {
        Self(vec![0; usize::from(count) / 64 + 1])
    }

    fn add(&mut self, register: Reg) {
        if let Some(word) = self.0.get_mut(usize::from(register) / 64) {
            *word |= 1 << (register % 64);
        }
    }

    fn remove(&mut self, register: Reg) {
        if let Some(word) = self.0.get_mut(usize::from(register) / 64) {
            *word &= !(1 << (register % 64));
        }
    }

    fn add_all(&mut self, other: &LiveSet) -> bool {
        let mut grew = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            grew |= *more & !*word != 0;
            *word |= more;
        }
        grew
    }

    /// Whether the register is in the set.
    #[must_use]
    pub fn has(&self, register: Reg) -> bool {
        self.0.get(usize::from(register) / 64).is_some_and(|word| word >> (register % 64) & 1 == 1)
    }
}

/// The temporaries that the instruction at `offset`, or one after it, may read: what must stay while it executes.
#[must_use]
pub fn live_during(code: &Code, offset: usize) -> LiveSet {
    let count = code.instructions.len();
    let mut before = vec![LiveSet::empty(code.register_count); count];
    // Each round is a pass from the end to the start; loops take another.
    loop {
        let mut changed = false;
        for at in (0..count).rev() {
            let live = live_before(code, at, &before);
            changed |= before[at].add_all(&live);
        }
        if !changed {
            return before.into_iter().nth(offset).unwrap_or_else(|| LiveSet::empty(code.register_count));
        }
    }
}

fn live_before(code: &Code, at: usize, before: &[LiveSet]) -> LiveSet {
    let mut live = LiveSet::empty(code.register_count);
    let instruction = code.instructions[at];
    let Some(op) = instruction.opcode() else { return live };
    let effects = effects(instruction, op);
    if effects.falls_through
        && let Some(next) = before.get(at + 1)
    {
        live.add_all(next);
        effects.writes.iter().for_each(|register| live.remove(register));
    }
    if let Some(target) = instruction.jump().and_then(|jump| before.get((at as i64 + 1 + jump) as usize)) {
        let mut jumped = target.clone();
        effects.writes_on_jump.iter().for_each(|register| jumped.remove(register));
        live.add_all(&jumped);
    }
    if let Some(entry) = code.exceptions.iter().find(|entry| (entry.start..entry.end).contains(&(at as u32))) {
        let mut caught = before[entry.target as usize].clone();
        caught.remove(entry.register);
        live.add_all(&caught);
    }
    effects.reads.iter().flat_map(|run| run.iter()).for_each(|register| live.add(register));
    live
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Instruction, Opcode};

    #[test]
    fn a_register_dies_at_its_last_read() {
        let instructions = vec![
            Instruction::abc(Opcode::LoadNone, 0, 0, 0, 0),
            Instruction::abc(Opcode::LoadNone, 0, 1, 0, 0),
            Instruction::abc(Opcode::Move, 0, 2, 0, 0),
            Instruction::abc(Opcode::Nop, 0, 0, 0, 0),
            Instruction::abc(Opcode::Return, 0, 1, 0, 0),
        ];
        let code = Code { register_count: 3, instructions, ..Code::default() };
        assert!(live_during(&code, 2).has(0));
        let later = live_during(&code, 3);
        assert!(!later.has(0) && later.has(1) && !later.has(2));
    }
}
