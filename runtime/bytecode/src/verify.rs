//! Checks that a code unit is well formed: jumps, registers, constants, names and sites in range.

use crate::{Code, Constant, Opcode, Operands, NO_REG};

/// Says what is wrong with a code unit, if anything is.
pub fn verify(code: &Code) -> Result<(), String> {
    let length = code.instructions.len() as i64;
    for (offset, instruction) in code.instructions.iter().enumerate() {
        let Some(op) = instruction.opcode() else { return Err(format!("{offset}: no such opcode")) };
        if let Some(jump) = instruction.jump() {
            let target = offset as i64 + 1 + jump;
            if !(0..length).contains(&target) {
                return Err(format!("{offset}: {} jumps to {target}", op.name()));
            }
        }
        if op == Opcode::LoadConst && instruction.bx() as usize >= code.constants.len() {
            return Err(format!("{offset}: no constant {}", instruction.bx()));
        }
        if op.operands() == Operands::ABSite
            && instruction.c() != NO_REG
            && usize::from(instruction.c()) >= code.sites.len()
        {
            return Err(format!("{offset}: no site {}", instruction.c()));
        }
    }
    if code.constants.iter().any(|constant| matches!(constant, Constant::Code(code) if code.instructions.is_empty())) {
        return Err("an empty code unit".to_owned());
    }
    Ok(())
}
