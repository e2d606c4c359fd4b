//! Lines of instructions that were written without one: the ends of functions, of branches and of handlers.
//!
//! Such an instruction belongs to the line that comes to it. Where one path does, the instruction gets the position that this
//! path comes from, so that frames and `co_lines` show it. An implicit `return` that several paths come to stands once for
//! each. Where paths meet elsewhere the position stays open, and a tracer goes on showing the line that it came from.

use bytecode::effects::effects;
use bytecode::{Instruction, Opcode};
use ruff_text_size::TextRange;

use super::assemble::{Draft, JumpMark, Label, LineMark};
use crate::source::SourceText;

/// Gives instructions without a position that of the path that comes to them.
pub(crate) fn settle_lines(
    drafts: &mut Vec<Draft>,
    labels: &mut Vec<u32>,
    marks: &mut Vec<LineMark>,
    jump_marks: &mut Vec<JumpMark>,
    source: &SourceText,
) {
    drop_dead_jumps(drafts, labels, marks, jump_marks);
    keep_lines_of_jumps(drafts, labels, marks, jump_marks);
    copy_last_return(drafts, labels, marks, jump_marks, source);
    inherit_positions(drafts, labels, marks, jump_marks);
}

/// Jumps that nothing comes to any more, since those that did go further at once, are left out.
fn drop_dead_jumps(
    drafts: &mut Vec<Draft>,
    labels: &mut [u32],
    marks: &mut [LineMark],
    jump_marks: &mut Vec<JumpMark>,
) {
    let mut alive = vec![false; drafts.len() + 1];
    for draft in &*drafts {
        for label in draft.target.into_iter().chain(draft.handler.map(|handler| handler.target)) {
            alive[labels[label.0 as usize] as usize] = true;
        }
    }
    let is_dead = |index: usize| {
        let is_jump = drafts[index].word.opcode() == Some(Opcode::Jump);
        let marked = || marks.binary_search_by_key(&(index as u32), |mark| mark.draft).is_ok();
        index > 0 && is_jump && !alive[index] && !falls_through(&drafts[index - 1]) && !marked()
    };
    let dead: Vec<bool> = (0..drafts.len()).map(is_dead).collect();
    if !dead.contains(&true) {
        return;
    }
    let mut kept = 0;
    let mut places = Vec::with_capacity(drafts.len() + 1);
    for &dead in dead.iter().chain([&false]) {
        places.push(kept);
        kept += u32::from(!dead);
    }
    for position in labels.iter_mut().filter(|position| **position != u32::MAX) {
        *position = places[*position as usize];
    }
    jump_marks.retain(|mark| !dead[mark.draft as usize]);
    jump_marks.iter_mut().for_each(|mark| mark.draft = places[mark.draft as usize]);
    marks.iter_mut().for_each(|mark| mark.draft = places[mark.draft as usize]);
    let mut dead = dead.into_iter();
    drafts.retain(|_| !dead.next().expect("one for each draft"));
}

/// A jump to the next instruction is left out, but the line of its own that it may have is come to, and those that it passes.
fn keep_lines_of_jumps(
    drafts: &mut [Draft],
    labels: &[u32],
    marks: &mut Vec<LineMark>,
    jump_marks: &mut Vec<JumpMark>,
) {
    for index in 0..drafts.len() {
        let draft = drafts[index];
        if draft.word.opcode() != Some(Opcode::Jump) || target(&draft, labels) != Some(index + 1) {
            continue;
        }
        if draft.range.is_some() && (index == 0 || drafts[index - 1].range != draft.range) {
            drafts[index] = Draft { word: Instruction::abc(Opcode::Nop, 0, 0, 0, 0), target: None, ..draft };
        }
        let next = index as u32 + 1;
        let passed = jump_marks.extract_if(.., |mark| mark.draft + 1 == next);
        let passed = passed.map(|mark| LineMark { draft: next, range: mark.range, only_from_above: true });
        let place = marks.partition_point(|mark| mark.draft < next);
        marks.splice(place..place, passed.collect::<Vec<_>>());
    }
}

/// The position that control has when it comes from the jump at an index, which jumps.
fn position_on_jump(drafts: &[Draft], jump_marks: &[JumpMark], index: usize) -> Option<TextRange> {
    let after = jump_marks.partition_point(|mark| mark.draft as usize <= index);
    let last = jump_marks[..after].last().filter(|mark| mark.draft as usize == index);
    last.map(|mark| mark.range).or(drafts[index].range)
}

fn falls_through(draft: &Draft) -> bool {
    draft.word.opcode().is_none_or(|op| effects(draft.word, op).falls_through)
}

/// Where a draft jumps to.
fn target(draft: &Draft, labels: &[u32]) -> Option<usize> {
    Some(labels[draft.target?.0 as usize] as usize)
}

/// Writes the `return` that ends a unit once for each path that comes to it.
fn copy_last_return(
    drafts: &mut Vec<Draft>,
    labels: &mut Vec<u32>,
    marks: &[LineMark],
    jump_marks: &[JumpMark],
    source: &SourceText,
) {
    let Some((end, last)) = drafts.len().checked_sub(1).map(|end| (end, drafts[end])) else { return };
    let is_open = last.word.opcode() == Some(Opcode::ReturnNone) && last.range.is_none() && last.handler.is_none();
    if !is_open || marks.iter().any(|mark| mark.draft as usize == end && !mark.only_from_above) {
        return;
    }
    let comers: Vec<usize> = (0..end).filter(|&index| target(&drafts[index], labels) == Some(end)).collect();
    // A jump that passes other lines stays.
    let passes = |index: usize| jump_marks.binary_search_by_key(&(index as u32), |mark| mark.draft).is_ok();
    let jumps = |drafts: &[Draft], index: usize| drafts[index].word.opcode() == Some(Opcode::Jump) && !passes(index);
    let line = |range: Option<TextRange>| range.map(|range| source.line(range.start()));
    // The original is for what comes from above, or else for one of those that cannot become a `return` themselves.
    let mut known: Vec<(Option<u32>, Option<Label>)> = Vec::new();
    let mut own = None;
    if end > 0 && falls_through(&drafts[end - 1]) {
        let mark = marks.iter().rfind(|mark| mark.draft as usize == end);
        own = mark.map(|mark| mark.range).or(drafts[end - 1].range);
        known.push((line(own), None));
    } else if let Some(&kept) = comers.iter().find(|&&index| !jumps(drafts, index)) {
        own = position_on_jump(drafts, jump_marks, kept);
        known.push((line(own), None));
    } else if !comers.is_empty() {
        drafts.pop();
    }
    if let Some(original) = drafts.get_mut(end) {
        original.range = own;
    }
    for index in comers {
        if jumps(drafts, index) {
            drafts[index] = Draft { range: drafts[index].range, ..last };
            continue;
        }
        let range = position_on_jump(drafts, jump_marks, index);
        let target = match known.iter().find(|(known, _)| *known == line(range)) {
            Some((_, target)) => *target,
            None => {
                let label = Label(labels.len() as u32);
                labels.push(drafts.len() as u32);
                drafts.push(Draft { range, ..last });
                known.push((line(range), Some(label)));
                Some(label)
            }
        };
        drafts[index].target = target.or(drafts[index].target);
    }
}

/// How control comes to an instruction, besides from the one before it.
#[derive(Clone, Copy, PartialEq)]
enum Comers {
    None,
    /// A jump, at this index.
    One(usize),
    /// Several jumps, or an exception.
    Many,
}

fn inherit_positions(drafts: &mut [Draft], labels: &[u32], marks: &[LineMark], jump_marks: &[JumpMark]) {
    if drafts.iter().all(|draft| draft.range.is_some()) {
        return;
    }
    let mut comers = vec![Comers::None; drafts.len() + 1];
    for (index, draft) in drafts.iter().enumerate() {
        if let Some(target) = target(draft, labels) {
            comers[target] = if comers[target] == Comers::None { Comers::One(index) } else { Comers::Many };
        }
        if let Some(handler) = draft.handler {
            comers[labels[handler.target.0 as usize] as usize] = Comers::Many;
        }
    }
    let mut marks = marks.iter().peekable();
    let mut current = None;
    for index in 0..drafts.len() {
        let from_above = index > 0 && falls_through(&drafts[index - 1]);
        let above = current.filter(|_| from_above);
        current = match comers[index] {
            Comers::None => above,
            Comers::One(jump) if !from_above => position_on_jump(drafts, jump_marks, jump),
            _ => None,
        };
        while let Some(mark) = marks.next_if(|mark| mark.draft as usize <= index) {
            let passed_by_all = !mark.only_from_above || comers[index] == Comers::None;
            current = if passed_by_all { Some(mark.range) } else { None };
        }
        match drafts[index].range {
            Some(range) => current = Some(range),
            None => drafts[index].range = current,
        }
    }
}
