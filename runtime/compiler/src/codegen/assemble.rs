//! From instructions with labels to a finished code unit: jumps resolved, far ones stretched, tables made.
//!
//! A jump of 16 bits that does not reach its label becomes a jump over a long one. Stretching can push other jumps out of
//! reach, so it repeats until nothing changes; instructions only grow, so it ends.

use bytecode::{ExceptionEntry, Instruction, LineTable, LineTableBuilder, Opcode, Operands, Position, Reg};
use ruff_text_size::TextRange;

use super::lines::settle_lines;
use crate::source::SourceText;

/// A place that jumps name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Label(pub(crate) u32);

/// Where exceptions go from the instructions it protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    pub(crate) target: Label,
    pub(crate) register: Reg,
}

/// An instruction before assembly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) word: Instruction,
    pub(crate) target: Option<Label>,
    pub(crate) range: Option<TextRange>,
    pub(crate) handler: Option<Handler>,
}

/// A line without an instruction of its own (`LineTable::marks`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineMark {
    /// The index of the draft before which it is passed.
    pub(crate) draft: u32,
    pub(crate) range: TextRange,
    pub(crate) only_from_above: bool,
}

/// A line that is passed when a jump is taken: that of a jump that it takes the place of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JumpMark {
    /// The index of the jump's draft.
    pub(crate) draft: u32,
    pub(crate) range: TextRange,
}

/// What assembly gives.
pub(crate) struct Assembled {
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) exceptions: Vec<ExceptionEntry>,
    pub(crate) lines: LineTable,
}

/// Assembles `drafts`; `labels[l]` is the index of the draft before which label `l` stands.
pub(crate) fn assemble(
    drafts: &mut Vec<Draft>,
    labels: &mut Vec<u32>,
    marks: &mut Vec<LineMark>,
    jump_marks: &mut Vec<JumpMark>,
    source: &SourceText,
) -> Assembled {
    thread_jumps(drafts, labels, marks, jump_marks);
    jump_marks.sort_by_key(|mark| mark.draft);
    settle_lines(drafts, labels, marks, jump_marks, source);
    let sizes = sizes(drafts, labels);
    let offsets = offsets(&sizes);
    let mut out = Assembled {
        instructions: Vec::with_capacity(offsets[drafts.len()] as usize),
        exceptions: Vec::new(),
        lines: LineTable::default(),
    };
    let mut lines = LineTableBuilder::new();
    let mut last = (None, Position::default());
    let mut marks = marks.iter().peekable();
    let mut jump_marks = jump_marks.iter().peekable();
    for (index, draft) in drafts.iter().enumerate() {
        while let Some(mark) = marks.next_if(|mark| mark.draft as usize <= index) {
            lines.mark(position(source, mark.range).line, mark.only_from_above);
        }
        while let Some(mark) = jump_marks.next_if(|mark| mark.draft as usize <= index) {
            if draft.target.is_some() {
                lines.mark_jump(position(source, mark.range).line);
            }
        }
        let target = draft.target.map(|label| offsets[labels[label.0 as usize] as usize]);
        write(&mut out.instructions, draft.word, target, sizes[index]);
        if draft.range != last.0 {
            last = (draft.range, draft.range.map(|range| position(source, range)).unwrap_or_default());
        }
        (0..sizes[index]).for_each(|_| lines.push(last.1));
        if let Some(handler) = draft.handler {
            let target = offsets[labels[handler.target.0 as usize] as usize];
            protect(&mut out.exceptions, offsets[index]..offsets[index + 1], target, handler.register);
        }
    }
    out.lines = lines.finish();
    out
}

/// Where `range` lies, as tables have it.
pub(crate) fn position(source: &SourceText, range: TextRange) -> Position {
    let (start, end) = (source.byte_position(range.start()), source.byte_position(range.end()));
    Position { line: start.line, end_line: end.line, column: start.column, end_column: end.column }
}

/// Extends the last entry, or begins a new one.
fn protect(entries: &mut Vec<ExceptionEntry>, range: std::ops::Range<u32>, target: u32, register: Reg) {
    if range.is_empty() {
        return;
    }
    if let Some(last) = entries.last_mut()
        && (last.end, last.target, last.register) == (range.start, target, register)
    {
        last.end = range.end;
        return;
    }
    entries.push(ExceptionEntry { start: range.start, end: range.end, target, register });
}

/// A jump to an unconditional forward jump goes to where that one goes, and passes its line.
fn thread_jumps(drafts: &mut [Draft], labels: &[u32], marks: &[LineMark], jump_marks: &mut Vec<JumpMark>) {
    let has_mark = |index: u32| {
        let first = marks.partition_point(|mark| mark.draft < index);
        marks[first..].iter().take_while(|mark| mark.draft == index).any(|mark| !mark.only_from_above)
    };
    for index in 0..drafts.len() {
        let Some(label) = drafts[index].target else { continue };
        if is_backward(drafts[index].word) {
            continue;
        }
        let mut label = label;
        for _ in 0..8 {
            let place = labels[label.0 as usize];
            let Some(next) = drafts.get(place as usize) else { break };
            match (next.word.opcode(), next.target) {
                (Some(Opcode::Jump), Some(further)) if further != label && !has_mark(place) => {
                    let passed = next.range.filter(|range| drafts[index].range != Some(*range));
                    jump_marks.extend(passed.map(|range| JumpMark { draft: index as u32, range }));
                    label = further;
                }
                _ => break,
            }
        }
        drafts[index].target = Some(label);
    }
}

fn is_backward(word: Instruction) -> bool {
    word.opcode().is_some_and(|op| {
        matches!(op, Opcode::JumpBack | Opcode::LoopIf)
            || matches!(op.operands(), Operands::ABBack | Operands::AImmBack)
    })
}

fn offsets(sizes: &[u8]) -> Vec<u32> {
    let mut offsets = Vec::with_capacity(sizes.len() + 1);
    let mut offset = 0;
    for size in sizes {
        offsets.push(offset);
        offset += u32::from(*size);
    }
    offsets.push(offset);
    offsets
}

/// How many instructions each draft needs: none for a jump to what follows, more than one for a jump too far.
fn sizes(drafts: &[Draft], labels: &[u32]) -> Vec<u8> {
    let mut sizes: Vec<u8> = drafts
        .iter()
        .enumerate()
        .map(|(index, draft)| match draft.target {
            Some(label) if draft.word.opcode() == Some(Opcode::Jump) => {
                u8::from(labels[label.0 as usize] as usize != index + 1)
            }
            _ => 1,
        })
        .collect();
    loop {
        let offsets = offsets(&sizes);
        let mut changed = false;
        for (index, draft) in drafts.iter().enumerate() {
            let Some(label) = draft.target else { continue };
            let (Some(op), 1) = (draft.word.opcode(), sizes[index]) else { continue };
            let here = i64::from(offsets[index]) + 1;
            let distance = (i64::from(offsets[labels[label.0 as usize] as usize]) - here).unsigned_abs();
            let short =
                matches!(op.operands(), Operands::ABJump | Operands::AImmJump | Operands::ABBack | Operands::AImmBack);
            if short && distance > u64::from(u16::MAX) {
                sizes[index] = if matches!(op, Opcode::LoopIter | Opcode::LoopRange) { 2 } else { 3 };
                changed = true;
            }
        }
        if !changed {
            return sizes;
        }
    }
}

fn write(out: &mut Vec<Instruction>, word: Instruction, target: Option<u32>, size: u8) {
    let (Some(target), Some(op)) = (target, word.opcode()) else {
        out.push(word);
        return;
    };
    let distance = i64::from(target) - (out.len() as i64 + i64::from(size.max(1)));
    match size {
        0 => {}
        1 => out.push(match op.operands() {
            Operands::AJump => Instruction::abx(op, word.x(), word.a(), distance as i32 as u32),
            _ => Instruction::abc(op, word.x(), word.a(), word.b(), distance.unsigned_abs() as u16),
        }),
        _ => stretch(out, word, op, distance as i32 as u32, size),
    }
}

/// The forms of a 16-bit jump whose target is out of reach.
fn stretch(out: &mut Vec<Instruction>, word: Instruction, op: Opcode, distance: u32, size: u8) {
    let (near, back) = forward_form(op);
    let far = if back { Opcode::JumpBack } else { Opcode::Jump };
    out.push(Instruction::abc(near, word.x(), word.a(), word.b(), 1));
    if size == 3 {
        out.push(Instruction::abx(Opcode::Jump, 0, 0, 1));
    }
    out.push(Instruction::abx(far, 0, Reg::MAX, distance));
}

/// The forward jump with the test of a loop end.
fn forward_form(op: Opcode) -> (Opcode, bool) {
    let forward = match op {
        Opcode::LoopLt => Opcode::JumpLt,
        Opcode::LoopLe => Opcode::JumpLe,
        Opcode::LoopEq => Opcode::JumpEq,
        Opcode::LoopNe => Opcode::JumpNe,
        Opcode::LoopGt => Opcode::JumpGt,
        Opcode::LoopGe => Opcode::JumpGe,
        Opcode::LoopLtInt => Opcode::JumpLtInt,
        Opcode::LoopLeInt => Opcode::JumpLeInt,
        Opcode::LoopEqInt => Opcode::JumpEqInt,
        Opcode::LoopNeInt => Opcode::JumpNeInt,
        Opcode::LoopGtInt => Opcode::JumpGtInt,
        Opcode::LoopGeInt => Opcode::JumpGeInt,
        Opcode::LoopIter => Opcode::ForIter,
        Opcode::LoopRange => Opcode::ForRange,
        other => return (other, false),
    };
    (forward, true)
}
