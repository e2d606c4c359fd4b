//! The positions of a code unit's instructions, as a compact byte string.
//!
//! The table is a sequence of runs; all instructions of a run have the same position. A run begins with a head byte:
//! bits 0 and 1 are the kind, bits 2 to 7 the run's length less one (63: the length less 64 follows as a varint).
//!
//! | kind | what follows |
//! |---|---|
//! | 0 | nothing: no position |
//! | 1 | one line, the same as the last run's: column (varint), width (varint) |
//! | 2 | one line: signed line difference, column, width (varints) |
//! | 3 | signed line difference, line count less one, column, end column (varints) |
//!
//! A head byte of kind 0 with a length of 62 more than one is no run but a mark, a line that a tracer is shown before the next instruction and that
//! has none of its own (`pass`, `try`): its signed difference to the last line follows, times two, and one more if the mark is passed only when
//! the instruction is not jumped to.
//!
//! One of a length of 61 more than one is the mark of a jump: a line that is passed when the next instruction jumps (`break` on a
//! condition of its own). Its difference follows as for a mark, times two.
//!
//! The line before the first run is 0. A damaged table gives fewer positions, never a panic.

use std::ops::Range;

use crate::{LineTable, Position};

const LONG_RUN: u32 = 63;
/// The head byte of a mark.
const MARK: u8 = 62 << 2;
/// The head byte of the mark of a jump.
const JUMP_MARK: u8 = 61 << 2;

/// A line without an instruction of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The instruction before which it is passed.
    pub offset: u32,
    /// The line.
    pub line: u32,
    /// Whether jumps forward to the instruction do not pass it.
    pub only_from_above: bool,
    /// Whether it is passed not before the instruction, but when that jumps.
    pub on_jump: bool,
}

/// Encodes positions, one an instruction.
#[derive(Debug, Default)]
pub struct LineTableBuilder {
    bytes: Vec<u8>,
    last_line: u32,
    pending: Option<(Position, u32)>,
}

impl LineTableBuilder {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the position of the next instruction.
    pub fn push(&mut self, position: Position) {
        match &mut self.pending {
            Some((current, length)) if *current == position => *length += 1,
            _ => {
                self.flush();
                self.pending = Some((position, 1));
            }
        }
    }

    /// Adds a mark before the next instruction.
    pub fn mark(&mut self, line: u32, only_from_above: bool) {
        self.write_mark(MARK, line, only_from_above);
    }

    /// Adds a line that is passed when the next instruction jumps.
    pub fn mark_jump(&mut self, line: u32) {
        self.write_mark(JUMP_MARK, line, false);
    }

    fn write_mark(&mut self, head: u8, line: u32, only_from_above: bool) {
        self.flush();
        self.bytes.push(head);
        let difference = i64::from(line) - i64::from(self.last_line);
        write_signed(&mut self.bytes, difference * 2 + i64::from(only_from_above));
    }

    /// The finished table.
    #[must_use]
    pub fn finish(mut self) -> LineTable {
        self.flush();
        LineTable(self.bytes.into())
    }

    fn flush(&mut self) {
        let Some((position, length)) = self.pending.take() else { return };
        let one_line = position.line == position.end_line && position.end_column >= position.column;
        let kind = match position {
            _ if position == Position::default() => 0,
            _ if one_line && position.line == self.last_line => 1,
            _ if one_line => 2,
            _ => 3,
        };
        self.head(kind, length);
        match kind {
            0 => return,
            1 => {}
            _ => write_signed(&mut self.bytes, i64::from(position.line) - i64::from(self.last_line)),
        }
        if kind == 3 {
            write_signed(&mut self.bytes, i64::from(position.end_line) - i64::from(position.line));
        }
        write_varint(&mut self.bytes, position.column);
        let end = if kind == 3 { position.end_column } else { position.end_column - position.column };
        write_varint(&mut self.bytes, end);
        self.last_line = position.line;
    }

    fn head(&mut self, kind: u8, length: u32) {
        if kind == 0 && (length == LONG_RUN || length == LONG_RUN - 1) {
            // As one run it would look like a mark.
            self.bytes.push(0);
            return self.head(kind, length - 1);
        }
        let short = (length - 1).min(LONG_RUN);
        self.bytes.push(kind | (short as u8) << 2);
        if short == LONG_RUN {
            write_varint(&mut self.bytes, length - 1 - LONG_RUN);
        }
    }
}

impl LineTable {
    /// Encodes one position an instruction.
    #[must_use]
    pub fn encode(positions: impl IntoIterator<Item = Position>) -> LineTable {
        let mut builder = LineTableBuilder::new();
        positions.into_iter().for_each(|position| builder.push(position));
        builder.finish()
    }

    /// The runs of instructions with one position.
    #[must_use]
    pub fn runs(&self) -> Runs<'_> {
        runs(&self.0)
    }

    /// The marks, in the order of their offsets.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        let mut runs = self.runs();
        std::iter::from_fn(move || runs.next_mark())
    }

    /// The position of the instruction at `offset`; all zero if it has none.
    #[must_use]
    pub fn lookup(&self, offset: u32) -> Position {
        self.runs().find(|(range, _)| range.end > offset).map(|(_, position)| position).unwrap_or_default()
    }

    /// The position of each instruction in turn (`co_positions`).
    pub fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        self.runs().flat_map(|(range, position)| range.map(move |_| position))
    }

    /// Ranges of instructions of one line (`co_lines`); `None` where there is no line.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines { runs: self.runs(), pending: None }
    }
}

/// The runs in an encoded table.
#[must_use]
pub fn runs(bytes: &[u8]) -> Runs<'_> {
    Runs { bytes, offset: 0, last_line: 0 }
}

/// Iterator over runs.
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    bytes: &'a [u8],
    offset: u32,
    last_line: u32,
}

impl Iterator for Runs<'_> {
    type Item = (Range<u32>, Position);

    fn next(&mut self) -> Option<Self::Item> {
        while self.take_mark().is_some() {}
        self.next_run()
    }
}

impl Runs<'_> {
    fn take_mark(&mut self) -> Option<Mark> {
        let (&head, mut rest) = self.bytes.split_first()?;
        if head != MARK && head != JUMP_MARK {
            return None;
        }
        let difference = read_signed(&mut rest)?;
        self.bytes = rest;
        let line = add_signed(self.last_line, difference >> 1)?;
        let only_from_above = difference & 1 != 0;
        Some(Mark { offset: self.offset, line, only_from_above, on_jump: head == JUMP_MARK })
    }

    fn next_run(&mut self) -> Option<(Range<u32>, Position)> {
        let (&head, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        let mut length = u32::from(head >> 2);
        if length == LONG_RUN {
            length = length.checked_add(read_varint(&mut self.bytes)?)?;
        }
        let position = self.position(head & 3)?;
        let start = self.offset;
        self.offset = start.checked_add(length)?.checked_add(1)?;
        Some((start..self.offset, position))
    }

    fn next_mark(&mut self) -> Option<Mark> {
        loop {
            if let Some(mark) = self.take_mark() {
                return Some(mark);
            }
            self.next_run()?;
        }
    }

    fn position(&mut self, kind: u8) -> Option<Position> {
        if kind == 0 {
            return Some(Position::default());
        }
        if kind != 1 {
            self.last_line = add_signed(self.last_line, read_signed(&mut self.bytes)?)?;
        }
        let line = self.last_line;
        let end_line = if kind == 3 { add_signed(line, read_signed(&mut self.bytes)?)? } else { line };
        let column = read_varint(&mut self.bytes)?;
        let end = read_varint(&mut self.bytes)?;
        let end_column = if kind == 3 { end } else { column.checked_add(end)? };
        Some(Position { line, end_line, column, end_column })
    }
}

/// Iterator over ranges of one line.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    runs: Runs<'a>,
    pending: Option<(Range<u32>, Option<u32>)>,
}

impl Iterator for Lines<'_> {
    type Item = (Range<u32>, Option<u32>);

    fn next(&mut self) -> Option<Self::Item> {
        for (range, position) in self.runs.by_ref() {
            let line = (position.line != 0).then_some(position.line);
            match &mut self.pending {
                Some((current, current_line)) if *current_line == line => current.end = range.end,
                _ => {
                    if let Some(done) = self.pending.replace((range, line)) {
                        return Some(done);
                    }
                }
            }
        }
        self.pending.take()
    }
}

fn add_signed(base: u32, difference: i64) -> Option<u32> {
    u32::try_from(i64::from(base).checked_add(difference)?).ok()
}

fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_signed(out: &mut Vec<u8>, value: i64) {
    let zigzag = (value << 1) ^ (value >> 63);
    write_varint(out, zigzag as u32);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn read_signed(bytes: &mut &[u8]) -> Option<i64> {
    let zigzag = i64::from(read_varint(bytes)?);
    Some((zigzag >> 1) ^ -(zigzag & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(line: u32, end_line: u32, column: u32, end_column: u32) -> Position {
        Position { line, end_line, column, end_column }
    }

    #[test]
    fn round_trip() {
        let mut positions = vec![
            position(1, 1, 0, 5),
            position(1, 1, 0, 5),
            position(1, 1, 300, 400),
            Position::default(),
            position(10, 12, 4, 1),
            position(2, 2, 0, 0),
            position(3_000_000, 3_000_000, 7, 9),
        ];
        positions.extend(std::iter::repeat_n(position(4, 4, 1, 2), 200));
        let table = LineTable::encode(positions.iter().copied());
        assert_eq!(table.positions().collect::<Vec<_>>(), positions);
        for (offset, expected) in positions.iter().enumerate() {
            assert_eq!(table.lookup(offset as u32), *expected);
        }
        assert_eq!(table.lookup(100_000), Position::default());
    }

    #[test]
    fn marks_are_no_runs() {
        for length in [1, 61, 62, 63, 64, 65] {
            let mut builder = LineTableBuilder::new();
            (0..length).for_each(|_| builder.push(Position::default()));
            builder.mark(3, true);
            builder.mark_jump(2);
            builder.push(position(5, 5, 0, 1));
            let table = builder.finish();
            let marks: Vec<_> = table.marks().collect();
            let mark = |line, only_from_above, on_jump| Mark { offset: length, line, only_from_above, on_jump };
            assert_eq!(marks, [mark(3, true, false), mark(2, false, true)]);
            assert_eq!(table.positions().count(), length as usize + 1);
        }
    }

    #[test]
    fn lines_merge_runs_of_one_line() {
        let table =
            LineTable::encode([position(1, 1, 0, 5), position(1, 1, 2, 5), Position::default(), position(2, 2, 0, 1)]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines, [(0..2, Some(1)), (2..3, None), (3..4, Some(2))]);
    }

    #[test]
    fn damaged_tables_end_early() {
        let table = LineTable::encode([position(1, 1, 0, 5), position(10, 12, 4, 1)]);
        for cut in 0..table.0.len() {
            let _ = LineTable(table.0[..cut].to_vec().into()).positions().count();
        }
        assert!(LineTable(vec![0xFF; 40].into()).runs().count() < 40);
    }
}
