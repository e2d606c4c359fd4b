//! A search over one subject, which goes from match to match.
//!
//! Strings of every width and immutable bytes are matched as they lie; any other buffer through a copy. The matcher
//! polls: Python code may run and collections may happen in the middle of a match, which moves nothing.

use text::regex::{Bounds, Extent, Halt, Machine};
use text::{Units, with_units};
use vm::objects::{Bytes, Str};
use vm::{R, Ref, Thread, Value, protocols};

use super::Pattern;

/// What is matched against.
enum Subject<'a> {
    Units(Units<'a>),
    Bytes(Vec<u8>),
}

impl<'a> Subject<'a> {
    fn of(t: &Thread, pattern: Ref<Pattern>, string: &'a Value) -> R<Self> {
        let string = *string;
        let source = pattern.pattern.get().unwrap_or(Value::NONE);
        let text_pattern = source.is_none() || Str::of(t, source).is_some();
        if let Some(text) = Str::of(t, string) {
            if !text_pattern {
                return Err(t.type_error("cannot use a bytes pattern on a string-like object"));
            }
            return Ok(Subject::Units(text.target().units()));
        }
        if !protocols::buffer::is_bytes_like(t, string) {
            let got = string.class(t).name();
            return Err(t.type_error(format_args!("expected string or bytes-like object, got '{got}'")));
        }
        if text_pattern && !source.is_none() {
            return Err(t.type_error("cannot use a string pattern on a bytes-like object"));
        }
        match string.downcast::<Bytes>() {
            Some(bytes) => Ok(Subject::Units(Units::One(bytes.target().as_slice()))),
            None => Ok(Subject::Bytes(protocols::Buffer::of(t, string)?.into_vec())),
        }
    }

    fn units(&self) -> Units<'_> {
        match self {
            Subject::Units(units) => *units,
            Subject::Bytes(bytes) => Units::One(bytes),
        }
    }
}

/// How a match has to lie in the subject.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Anywhere.
    Search,
    /// From the start.
    Match,
    /// From the start to the end.
    FullMatch,
}

/// A search in progress over one subject.
pub struct Scan<'a> {
    t: &'a Thread,
    subject: Subject<'a>,
    machine: Machine<'a>,
    groups: usize,
    /// Where the next match may begin.
    pub start: usize,
    /// Where matches end at the latest.
    pub end: usize,
    /// Whether the next match may not be empty at the start.
    pub must_advance: bool,
}

/// What a match found.
pub struct Found<'a> {
    pub whole: Extent,
    machine: &'a Machine<'a>,
    groups: usize,
}

impl Found<'_> {
    /// How many groups there are, the whole match among them.
    pub fn len(&self) -> usize {
        self.groups + 1
    }

    /// Where a group lies, if it took part; the first is the whole match.
    pub fn span(&self, group: usize) -> Option<Extent> {
        match group.checked_sub(1) {
            None => Some(self.whole),
            Some(group) => self.machine.group(group),
        }
    }

    /// The group that closed last; zero if none did.
    pub fn last(&self) -> usize {
        self.machine.last_group()
    }
}

impl<'a> Scan<'a> {
    /// The search of a subject, which the caller's variable keeps, between two bounds.
    pub fn new(t: &'a Thread, pattern: &'a Ref<Pattern>, string: &'a Value, pos: i64, endpos: i64) -> R<Self> {
        let subject = Subject::of(t, *pattern, string)?;
        let length = subject.units().len();
        let bound = |position: i64| usize::try_from(position).unwrap_or(0).min(length);
        let machine = Machine::new(&pattern.target().program);
        let groups = super::group_count(*pattern);
        Ok(Self { t, subject, machine, groups, start: bound(pos), end: bound(endpos), must_advance: false })
    }

    /// The next match.
    pub fn next(&mut self, how: How) -> R<Option<Found<'_>>> {
        if self.start > self.end {
            return Ok(None);
        }
        let (t, machine) = (self.t, &mut self.machine);
        let (start, end, must_advance) = (self.start, self.end, self.must_advance);
        let bounds = Bounds { start, end, must_advance, to_end: how == How::FullMatch };
        let result = with_units!(self.subject.units(), text => match how {
            How::Search => machine.search(text, bounds, || t.poll()),
            How::Match | How::FullMatch => machine.match_here(text, bounds, || t.poll()),
        });
        let whole = match result {
            Ok(Some(whole)) => whole,
            Ok(None) => return Ok(None),
            Err(Halt::Poll(raised)) => return Err(raised),
            Err(Halt::Memory) => return Err(t.memory_error()),
        };
        self.must_advance = whole.start == whole.end;
        self.start = whole.end;
        Ok(Some(Found { whole, machine: &self.machine, groups: self.groups }))
    }
}
