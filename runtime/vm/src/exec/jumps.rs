//! Setting `f_lineno`: the frame that is being reported goes on at another line.
//!
//! A frame may go on wherever the blocks around the place (loops, `with`, handlers) are of the kinds that the innermost blocks
//! around the frame's own place begin with, and where what an expression has computed so far is the same. What those blocks
//! hold in registers is carried along, and blocks that are left over are forgotten: nothing of theirs runs.

use bytecode::{Held, HeldRegisters, Mark};

use crate::exec::generators;
use crate::object::Ref;
use crate::objects::{CodeObject, IntRef, int_of};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Reported, Thread};
use crate::value::Value;

/// A place where a line begins.
#[derive(Clone, Copy)]
struct Start {
    line: u32,
    offset: usize,
    /// A line without an instruction of its own.
    is_mark: bool,
}

/// Makes the frame that is being reported go on at a line, or after it at the first one that has code.
pub(crate) fn set_line(t: &Thread, record: Option<&Frame>, value: Option<Value>) -> R<()> {
    let Some(number) = value.and_then(int_of) else { return Err(t.value_error("lineno must be an integer")) };
    let frame = match t.tracing().reported.get() {
        Reported::Nothing => return Err(t.value_error("f_lineno can only be set in a trace function")),
        Reported::Call => return Err(t.value_error("can't jump from the 'call' trace event of a new frame")),
        Reported::Line(address) => record.filter(|&record| std::ptr::from_ref(record) as usize == address),
        Reported::Other => None,
    };
    let Some(frame) = frame else { return Err(t.value_error("can only jump from a 'line' trace event")) };
    let line = match number {
        IntRef::Small(line) if i32::try_from(line).is_ok() => line,
        _ => return Err(t.value_error("lineno out of range")),
    };
    let code = frame.code();
    if line < i64::from(code.unit().first_line) {
        return Err(t.value_error(format_args!("line {line} comes before the current code block")));
    }
    let starts = starts(code);
    let Some(line) = starts.iter().map(|start| start.line).filter(|&found| i64::from(found) >= line).min() else {
        return Err(t.value_error(format_args!("line {line} comes after the current code block")));
    };
    let held = HeldRegisters::new(code.unit());
    let from = frame.offset();
    let mut found: Result<(Start, usize), Option<&'static str>> = Err(None);
    for &start in starts.iter().filter(|start| start.line == line) {
        match (fits(&held, from, start.offset), found) {
            (Ok(depth), Ok((_, best))) if depth <= best => {}
            (Ok(depth), _) => found = Ok((start, depth)),
            (Err(reason), Err(None)) => found = Err(Some(reason)),
            (Err(_), _) => {}
        }
    }
    match found {
        Ok((start, depth)) => jump(t, frame, &held, start, depth),
        Err(reason) => Err(t.value_error(reason.unwrap_or(UNREACHABLE))),
    }
}

const UNREACHABLE: &str = "can't jump into an exception handler, or code may be unreachable";

/// All places where a line begins.
fn starts(code: Ref<CodeObject>) -> Vec<Start> {
    let unit = code.unit();
    let first = bytecode::first_after_cells(unit);
    let marks = unit.lines.marks().filter(|mark| !mark.on_jump);
    let marks = marks.map(|Mark { offset, line, .. }| Start { line, offset: offset as usize, is_mark: true });
    let lines = unit.lines.lines().filter_map(|(range, line)| {
        let offset = (range.start as usize).max(first);
        (offset < range.end as usize).then_some(Start { line: line?, offset, is_mark: false })
    });
    marks.chain(lines).collect()
}

/// Whether a frame may go from one instruction to another: how many blocks are around it, or why not.
fn fits(held: &HeldRegisters<'_>, from: usize, to: usize) -> Result<usize, &'static str> {
    let (Some(before), Some(after)) = (held.at(from), held.at(to)) else { return Err(UNREACHABLE) };
    let (outer, inner) = (held.blocks(from), held.blocks(to));
    let same = |(&from, &to): (&usize, &usize)| are_alike(before[from], after[to]);
    if inner.len() <= outer.len() && outer.iter().zip(&inner).all(same) {
        return if held.has_results(from, to) { Ok(inner.len()) } else { Err("incompatible stacks") };
    }
    Err(match inner.last().map(|&register| after[register]) {
        Some(Held::Iterator | Held::AsyncIterator | Held::Range) => "can't jump into the body of a for loop",
        Some(Held::Handled) => "can't jump into an 'except' block as there's no exception",
        _ => "incompatible stacks",
    })
}

fn are_alike(one: Held, other: Held) -> bool {
    let as_loop = |held| if held == Held::Range { Held::Iterator } else { held };
    as_loop(one) == as_loop(other)
}

fn jump(t: &Thread, frame: &Frame, held: &HeldRegisters<'_>, start: Start, depth: usize) -> R<()> {
    let from = frame.offset();
    give_values(t, frame)?;
    let (outer, inner) = (held.blocks(from), held.blocks(start.offset));
    let kinds = |offset: usize, register: usize| held.at(offset).map_or(Held::Nothing, |state| state[register]);
    for (&register, &target) in outer.iter().zip(&inner) {
        if kinds(from, register) == Held::Range && kinds(start.offset, target) == Held::Iterator {
            range_to_iterator(t, frame, register)?;
        }
    }
    if let Some(&left) = outer[depth..].iter().find(|&&register| kinds(from, register) == Held::Handled) {
        generators::end_handling(t, frame, frame.register(left).filter(|saved| !saved.is_none()));
    }
    let mut moves = Vec::new();
    for (&register, &target) in outer.iter().zip(&inner) {
        let (old, new) = (kinds(from, register), kinds(start.offset, target));
        moves.push((target, frame.register(register)));
        match (old, new) {
            // The form in which such a loop runs over an iterator.
            (Held::Iterator, Held::Range) => moves.extend([(target + 1, None), (target + 2, None)]),
            (Held::Range, Held::Range) => {
                moves.extend((1..3).map(|index| (target + index, frame.register(register + index))));
            }
            (Held::Exit, _) => moves.push((target + 1, frame.register(register + 1))),
            _ => {}
        }
    }
    for (register, value) in moves {
        frame.set_register(register, value);
    }
    // SAFETY: the offset is that of an instruction; the saved pc is past the one that the frame is at.
    frame.pc.set(unsafe { frame.code().instructions().add(start.offset + 1) });
    let last = if start.is_mark { start.offset * 2 + 1 } else { (start.offset + 1) * 2 };
    t.tracing().shown.set((std::ptr::from_ref(frame) as usize, start.line, last as u32));
    t.tracing().jumped.set(true);
    Ok(())
}

/// Variables without a value get one, since code may count on their having it.
fn give_values(t: &Thread, frame: &Frame) -> R<()> {
    let count = frame.code().unit().locals.len();
    let unset = (0..count).filter(|&index| frame.register(index).is_none()).count();
    if unset > 0 {
        let ending = if unset == 1 { "" } else { "s" };
        let message = format!("assigning None to {unset} unbound local{ending}");
        protocols::warn(t, t.classes().runtime_warning, &message)?;
    }
    for index in (0..count).filter(|&index| frame.register(index).is_none()) {
        frame.set_register(index, Some(Value::NONE));
    }
    Ok(())
}

/// The state of a loop over small ints becomes an iterator over what is left.
fn range_to_iterator(t: &Thread, frame: &Frame, register: usize) -> R<()> {
    let [Some(next), Some(stop), Some(step)] = [0, 1, 2].map(|index| frame.register(register + index)) else {
        return Ok(());
    };
    let range = protocols::call(t, t.classes().range.value(), &[next, stop, step])?;
    let iterator = protocols::iterate(t, range)?;
    frame.set_register(register, Some(iterator));
    frame.set_register(register + 1, None);
    Ok(())
}
