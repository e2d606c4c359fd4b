//! Code units as text, for people.

use crate::Code;

/// One line an instruction, nested code units after their parent.
#[must_use]
pub fn disassemble(code: &Code) -> String {
    let mut out = format!("code {} ({}:{})\n", code.qualname, code.filename, code.first_line);
    for (offset, instruction) in code.instructions.iter().enumerate() {
        let name = instruction.opcode().map_or("?", |op| op.name());
        out.push_str(&format!(
            "{offset:5} {name:<22} x{} a{} b{} c{}\n",
            instruction.x(),
            instruction.a(),
            instruction.b(),
            instruction.c()
        ));
    }
    out
}
