//! Code units as text, for people.

use std::fmt::Write;

use crate::{Code, Constant, Instruction, LocalKind, NO_REG, Opcode, Operands, Position, Reg};

/// One line an instruction, nested code units after their parent.
#[must_use]
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    write_code(code, &mut out);
    out
}

fn write_code(code: &Code, out: &mut String) {
    let _ = writeln!(out, "code {} ({}:{})", code.qualname, code.filename, code.first_line);
    let _ = writeln!(out, "  {} registers, flags {:#x}", code.register_count, code.flags.0);
    for (register, local) in code.locals.iter().enumerate() {
        let kind = match local.kind {
            LocalKind::Plain => "",
            LocalKind::Cell => " cell",
            LocalKind::Free => " free",
            LocalKind::Hidden => " hidden",
            LocalKind::HiddenCell => " hidden cell",
        };
        let argument = if local.argument { " argument" } else { "" };
        let _ = writeln!(out, "  r{register} = {}{argument}{kind}", name(code, local.name));
    }
    let positions: Vec<Position> = code.lines.positions().collect();
    let mut line = 0;
    for (offset, instruction) in code.instructions.iter().enumerate() {
        let position = positions.get(offset).copied().unwrap_or_default();
        let shown = if position.line == line { String::new() } else { position.line.to_string() };
        line = position.line;
        let _ = writeln!(out, "{shown:>6} {offset:5} {}", text(code, offset, *instruction));
    }
    for entry in &code.exceptions {
        let _ = writeln!(out, "  {}..{} -> {} in r{}", entry.start, entry.end, entry.target, entry.register);
    }
    for constant in &code.constants {
        match constant {
            Constant::Code(nested) => {
                out.push('\n');
                write_code(nested, out);
            }
            Constant::LazyCode(nested) => match nested.read() {
                Ok(nested) => {
                    out.push('\n');
                    write_code(&nested, out);
                }
                Err(error) => {
                    let _ = writeln!(out, "\n{error}");
                }
            },
            _ => {}
        }
    }
}

fn name(code: &Code, index: u32) -> &str {
    code.names.get(index as usize).map_or("?", AsRef::as_ref)
}

fn register(code: &Code, register: Reg) -> String {
    match code.locals.get(usize::from(register)) {
        Some(local) => format!("r{register}({})", name(code, local.name)),
        None => format!("r{register}"),
    }
}

/// The text of one instruction.
fn text(code: &Code, offset: usize, instruction: Instruction) -> String {
    let Some(op) = instruction.opcode() else { return "?".to_owned() };
    let operands = operands(code, offset, &|index| constant(code, index));
    format!("{:<20} {operands}", op.name()).trim_end().to_owned()
}

/// The operands of the instruction at `offset` as text; `constant` shows the constant with a number.
#[must_use]
pub fn operands(code: &Code, offset: usize, constant: &dyn Fn(u32) -> String) -> String {
    let Some(&instruction) = code.instructions.get(offset) else { return String::new() };
    let Some(op) = instruction.opcode() else { return String::new() };
    let mut out = String::new();
    if instruction.x() != 0 {
        let _ = write!(out, "x{} ", instruction.x());
    }
    let reg = |number: Reg| register(code, number);
    let operands = match op.operands() {
        Operands::None => String::new(),
        Operands::A => reg(instruction.a()),
        Operands::AB => format!("{} {}", reg(instruction.a()), reg(instruction.b())),
        Operands::ABC => format!("{} {} {}", reg(instruction.a()), reg(instruction.b()), third(code, op, instruction)),
        Operands::ABx => format!("{} {}", reg(instruction.a()), indexed(code, op, instruction, constant)),
        Operands::AJump => reg(instruction.a()),
        Operands::ABJump | Operands::ABBack => format!("{} {}", reg(instruction.a()), reg(instruction.b())),
        Operands::AImmJump | Operands::AImmBack => format!("{} {}", reg(instruction.a()), instruction.b() as i16),
        Operands::ABImm => {
            format!("{} {} {}", reg(instruction.a()), reg(instruction.b()), instruction.c() as i16)
        }
        Operands::ABSite => {
            let site = code.site_at(offset).unwrap_or_default();
            format!("{} {} {}", reg(instruction.a()), reg(instruction.b()), site_name(code, site, op, constant))
        }
    };
    out.push_str(&operands);
    if let Some(jump) = instruction.jump() {
        let _ = write!(out, " -> {}", offset as i64 + 1 + jump);
    }
    out.trim_end().to_owned()
}

/// Operand c, which is a count for some opcodes and a register for others.
fn third(code: &Code, op: Opcode, instruction: Instruction) -> String {
    let counted = matches!(
        op,
        Opcode::Call
            | Opcode::CallKw
            | Opcode::BuildTuple
            | Opcode::BuildList
            | Opcode::BuildSet
            | Opcode::BuildMap
            | Opcode::BuildString
            | Opcode::Unpack
            | Opcode::UnpackEx
            | Opcode::RangePrepare
            | Opcode::MatchClass
    );
    match instruction.c() {
        count if counted => format!("#{count}"),
        NO_REG => "-".to_owned(),
        number => register(code, number),
    }
}

fn indexed(code: &Code, op: Opcode, instruction: Instruction, constant: &dyn Fn(u32) -> String) -> String {
    match op {
        Opcode::LoadConst => constant(instruction.bx()),
        Opcode::LoadInt => instruction.sbx().to_string(),
        Opcode::Extend => format!("+{}", instruction.bx()),
        _ => site_name(code, instruction.bx(), op, constant),
    }
}

fn site_name(code: &Code, number: u32, op: Opcode, constant: &dyn Fn(u32) -> String) -> String {
    let Some(site) = code.sites.get(number as usize) else { return "?".to_owned() };
    match op {
        Opcode::MakeFunction => constant(site.name),
        _ => format!("[{number}] {}", name(code, site.name)),
    }
}

fn constant(code: &Code, index: u32) -> String {
    code.constants.get(index as usize).map_or("?".to_owned(), shown)
}

/// A constant as text.
fn shown(constant: &Constant) -> String {
    let list = |items: &[Constant]| items.iter().map(shown).collect::<Vec<_>>().join(", ");
    match constant {
        Constant::None => "None".to_owned(),
        Constant::Bool(true) => "True".to_owned(),
        Constant::Bool(false) => "False".to_owned(),
        Constant::Ellipsis => "...".to_owned(),
        Constant::Int(value) => value.to_string(),
        Constant::BigInt { negative, magnitude } => {
            let sign = if *negative { "-" } else { "" };
            let digits: String = magnitude.iter().rev().map(|byte| format!("{byte:02x}")).collect();
            format!("{sign}0x{digits}")
        }
        Constant::Float(bits) => format!("{:?}", f64::from_bits(*bits)),
        Constant::Complex(real, imaginary) => {
            format!("({:?}+{:?}j)", f64::from_bits(*real), f64::from_bits(*imaginary))
        }
        Constant::Str(text) => format!("{:?}", String::from_utf8_lossy(text)),
        Constant::Bytes(bytes) => format!("b{:?}", String::from_utf8_lossy(bytes)),
        Constant::Tuple(items) => format!("({})", list(items)),
        Constant::FrozenSet(items) => format!("frozenset({})", list(items)),
        Constant::Slice(parts) => format!("slice({})", list(parts.as_slice())),
        Constant::Code(code) => format!("<code {}>", code.qualname),
        Constant::LazyCode(code) => format!("<code {}>", code.summary().map_or("?", |summary| summary.qualname)),
    }
}
