//! Checks that a code unit is well formed, by following every path through it.
//!
//! Jumps, constants, names, sites and registers must be in range; every register that an instruction reads must have been
//! written on all paths to it; a call's registers are dead after it, as are, in a handler, the temporaries above the
//! exception's. Named registers may be unset where the code asks (`CheckLocal`), so a plain read of one must come after a
//! write or such a question on every path.

use crate::effects::{Effects, effects};
use crate::{Code, Constant, Instruction, LocalKind, NO_REG, Opcode, Operands, Reg};

/// Says what is wrong with a code unit, or with one inside it, if anything is.
pub fn verify(code: &Code) -> Result<(), String> {
    verify_unit(code)?;
    for constant in &code.constants {
        if let Constant::Code(nested) = constant {
            verify(nested)?;
        }
    }
    Ok(())
}

/// Checks one code unit alone.
pub fn verify_unit(code: &Code) -> Result<(), String> {
    let fault = |message: String| format!("{} ({}:{}): {message}", code.qualname, code.filename, code.first_line);
    check_tables(code).map_err(fault)?;
    for offset in 0..code.instructions.len() {
        check_operands(code, offset).map_err(|message| fault(format!("at {offset}: {message}")))?;
    }
    follow(code).map_err(fault)
}

fn check_tables(code: &Code) -> Result<(), String> {
    let length = code.instructions.len() as u32;
    if length == 0 {
        return Err("no instructions".to_owned());
    }
    if code.locals.len() > usize::from(code.register_count) || code.argument_registers() > code.locals.len() {
        return Err("more variables than registers".to_owned());
    }
    if code.locals.iter().any(|local| local.name as usize >= code.names.len()) {
        return Err("a variable without a name".to_owned());
    }
    let mut last = 0;
    for entry in &code.exceptions {
        if entry.start < last || entry.end <= entry.start || entry.end > length || entry.target >= length {
            return Err(format!("exception entry {entry:?}"));
        }
        last = entry.start;
        if entry.register >= code.register_count {
            return Err(format!("exception register {}", entry.register));
        }
    }
    let positions = code.lines.runs().last().map_or(0, |(range, _)| range.end);
    if positions != length {
        return Err(format!("{positions} positions for {length} instructions"));
    }
    Ok(())
}

fn check_operands(code: &Code, offset: usize) -> Result<(), String> {
    let instruction = code.instructions[offset];
    let Some(op) = instruction.opcode() else { return Err("no such opcode".to_owned()) };
    if let Some(jump) = instruction.jump() {
        let target = offset as i64 + 1 + jump;
        if !(0..code.instructions.len() as i64).contains(&target) {
            return Err(format!("{} jumps to {target}", op.name()));
        }
    }
    if op == Opcode::LoadConst && instruction.bx() as usize >= code.constants.len() {
        return Err(format!("no constant {}", instruction.bx()));
    }
    if op != Opcode::Extend {
        let effects = effects(instruction, op);
        let runs = effects.reads.iter().chain([&effects.writes, &effects.writes_on_jump]);
        for run in runs.filter(|run| run.count > 0) {
            if u32::from(run.first) + run.count > u32::from(code.register_count) {
                return Err(format!("{} uses register {}", op.name(), u32::from(run.first) + run.count - 1));
            }
        }
    }
    check_site(code, offset, instruction, op)
}

fn check_site(code: &Code, offset: usize, instruction: Instruction, op: Opcode) -> Result<(), String> {
    let site = match op.operands() {
        Operands::ABSite if instruction.c() == NO_REG => match code.instructions.get(offset + 1) {
            Some(extend) if extend.opcode() == Some(Opcode::Extend) => extend.bx(),
            _ => return Err(format!("{} lacks its extension", op.name())),
        },
        Operands::ABSite => u32::from(instruction.c()),
        Operands::ABx if !matches!(op, Opcode::LoadConst | Opcode::LoadInt | Opcode::Extend) => instruction.bx(),
        _ => return Ok(()),
    };
    let Some(found) = code.sites.get(site as usize) else { return Err(format!("no site {site}")) };
    let names = if op == Opcode::MakeFunction { code.constants.len() } else { code.names.len() };
    if found.name as usize >= names {
        return Err(format!("site {site} has no name"));
    }
    Ok(())
}

/// A set of registers, as bits.
#[derive(Clone, Debug, PartialEq)]
struct Written(Vec<u64>);

impl Written {
    fn has(&self, register: Reg) -> bool {
        self.0[usize::from(register) / 64] >> (register % 64) & 1 == 1
    }

    fn add(&mut self, register: Reg) {
        self.0[usize::from(register) / 64] |= 1 << (register % 64);
    }

    fn remove(&mut self, register: Reg) {
        self.0[usize::from(register) / 64] &= !(1 << (register % 64));
    }

    fn remove_from(&mut self, first: Reg, count: Reg) {
        (first..count).for_each(|register| self.remove(register));
    }

    /// Keeps what is in both; says whether that changed anything.
    fn meet(&mut self, other: &Written) -> bool {
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            let met = *word & more;
            changed |= met != *word;
            *word = met;
        }
        changed
    }
}

/// Walks all paths until nothing changes.
fn follow(code: &Code) -> Result<(), String> {
    let mut states: Vec<Option<Written>> = vec![None; code.instructions.len()];
    let mut work = vec![0usize];
    let mut start = Written(vec![0; usize::from(code.register_count) / 64 + 1]);
    (0..code.argument_registers()).for_each(|register| start.add(register as Reg));
    states[0] = Some(start);
    while let Some(offset) = work.pop() {
        let Some(state) = states[offset].clone() else { continue };
        for (next, state) in step(code, offset, state)? {
            let Some(slot) = states.get_mut(next) else {
                return Err(format!("at {offset}: control runs off the end"));
            };
            let changed = match slot {
                Some(known) => known.meet(&state),
                None => {
                    *slot = Some(state);
                    true
                }
            };
            if changed {
                work.push(next);
            }
        }
    }
    Ok(())
}

/// The instructions that can follow the one at `offset`, with the registers written there.
fn step(code: &Code, offset: usize, state: Written) -> Result<Vec<(usize, Written)>, String> {
    let instruction = code.instructions[offset];
    let op = instruction.opcode().ok_or("no such opcode")?;
    let effects = effects(instruction, op);
    check_reads(code, offset, op, &effects, &state)?;
    let mut next = Vec::new();
    if let Some(entry) = code.exceptions.iter().find(|entry| (entry.start..entry.end).contains(&(offset as u32))) {
        let mut caught = state.clone();
        caught.remove_from(entry.register.max(code.locals.len() as Reg), code.register_count);
        caught.add(entry.register);
        next.push((entry.target as usize, caught));
    }
    let mut after = state;
    if let Some(first) = effects.clobbers_from {
        after.remove_from(first.max(code.locals.len() as Reg), code.register_count);
    }
    if matches!(op, Opcode::DeleteLocal | Opcode::Clear) {
        after.remove(instruction.a());
    }
    if let Some(jump) = instruction.jump() {
        let mut jumped = after.clone();
        effects.writes_on_jump.iter().for_each(|register| jumped.add(register));
        next.push(((offset as i64 + 1 + jump) as usize, jumped));
    }
    if effects.falls_through {
        effects.writes.iter().for_each(|register| after.add(register));
        next.push((offset + 1, after));
    }
    Ok(next)
}

fn check_reads(code: &Code, offset: usize, op: Opcode, effects: &Effects, state: &Written) -> Result<(), String> {
    for register in effects.reads.iter().flat_map(|run| run.iter()) {
        if !state.has(register) {
            return Err(format!("at {offset}: {} reads register {register}, which may be unset", op.name()));
        }
        let holds_cell = code
            .locals
            .get(usize::from(register))
            .is_some_and(|local| matches!(local.kind, LocalKind::Cell | LocalKind::Free));
        let expects_value =
            matches!(op, Opcode::Add | Opcode::GetItem | Opcode::GetIter | Opcode::JumpIf | Opcode::LoadAttr);
        if holds_cell && expects_value {
            return Err(format!("at {offset}: {} reads the cell in register {register}", op.name()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineTable, Position};

    fn code(registers: u16, instructions: &[Instruction]) -> Code {
        let lines = LineTable::encode(instructions.iter().map(|_| Position::default()));
        Code { register_count: registers, instructions: instructions.to_vec(), lines, ..Code::default() }
    }

    #[test]
    fn a_register_must_be_written_before_it_is_read() {
        let reads = code(1, &[Instruction::abc(Opcode::Return, 0, 0, 0, 0)]);
        assert!(verify(&reads).is_err_and(|message| message.contains("may be unset")));
        let writes = [Instruction::abc(Opcode::LoadNone, 0, 0, 0, 0), Instruction::abc(Opcode::Return, 0, 0, 0, 0)];
        assert_eq!(verify(&code(1, &writes)), Ok(()));
    }

    #[test]
    fn paths_meet() {
        // One path jumps over the write.
        let skips = [
            Instruction::abc(Opcode::LoadNone, 0, 0, 0, 0),
            Instruction::abx(Opcode::JumpIf, 0, 0, 1),
            Instruction::abc(Opcode::LoadNone, 0, 1, 0, 0),
            Instruction::abc(Opcode::Return, 0, 1, 0, 0),
        ];
        assert!(verify(&code(2, &skips)).is_err());
    }

    #[test]
    fn a_call_ends_its_registers() {
        let call = [
            Instruction::abc(Opcode::LoadNone, 0, 0, 0, 0),
            Instruction::abc(Opcode::LoadNone, 0, 1, 0, 0),
            Instruction::abc(Opcode::Call, 1, 0, 0, 0),
            Instruction::abc(Opcode::Return, 0, 1, 0, 0),
        ];
        assert!(verify(&code(2, &call)).is_err());
    }

    #[test]
    fn jumps_and_ends() {
        assert!(verify(&code(1, &[Instruction::abx(Opcode::Jump, 0, 0, 5)])).is_err());
        assert!(verify(&code(1, &[Instruction::abc(Opcode::Nop, 0, 0, 0, 0)])).is_err());
        assert!(verify(&code(1, &[])).is_err());
    }
}
