//! A search over one subject: the engine's request, made anew for each match that is looked for.
//!
//! The engine addresses characters by index. A string of one-byte units and an immutable bytes object are matched as they
//! lie; a wider string through its generalized UTF-8, so that lone surrogates keep their number; any other buffer through
//! a copy.

use rustpython_sre_engine::{Request, State, StrDrive};
use rustpython_wtf8::Wtf8Buf;
use text::Units;
use vm::objects::{Bytes, Str};
use vm::{R, Ref, Thread, Value, protocols};

use super::Pattern;

/// What is matched against.
enum Subject<'a> {
    Borrowed(&'a [u8]),
    Bytes(Vec<u8>),
    Text(Wtf8Buf),
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
            let units = text.target().units();
            return match units {
                Units::One(bytes) => Ok(Subject::Borrowed(bytes)),
                _ => Wtf8Buf::from_bytes(units.to_wtf8())
                    .map(Subject::Text)
                    .map_err(|_| t.system_error("a string has no generalized UTF-8")),
            };
        }
        if !protocols::buffer::is_bytes_like(t, string) {
            let got = string.class(t).name();
            return Err(t.type_error(format_args!("expected string or bytes-like object, got '{got}'")));
        }
        if text_pattern && !source.is_none() {
            return Err(t.type_error("cannot use a string pattern on a bytes-like object"));
        }
        match string.downcast::<Bytes>() {
            Some(bytes) => Ok(Subject::Borrowed(bytes.target().as_slice())),
            None => Ok(Subject::Bytes(protocols::Buffer::of(t, string)?.into_vec())),
        }
    }

    fn len(&self) -> usize {
        match self {
            Subject::Borrowed(bytes) => bytes.len(),
            Subject::Bytes(bytes) => bytes.len(),
            Subject::Text(text) => text.code_points().count(),
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
    subject: Subject<'a>,
    code: Vec<u32>,
    /// Where the next match may begin.
    pub start: usize,
    /// Where matches end at the latest.
    pub end: usize,
    /// Whether the next match may not be empty at the start.
    pub must_advance: bool,
}

/// What a match found: group spans, the whole first, and the last group.
pub struct Found {
    /// Start and end of each group, -1 where it took no part.
    pub spans: Vec<(i64, i64)>,
    /// The group that closed last.
    pub last: isize,
}

impl<'a> Scan<'a> {
    /// The search of a subject, which the caller's variable keeps, between two bounds.
    pub fn new(t: &Thread, pattern: Ref<Pattern>, string: &'a Value, pos: i64, endpos: i64) -> R<Self> {
        let subject = Subject::of(t, pattern, string)?;
        let length = subject.len();
        let bound = |position: i64| usize::try_from(position).unwrap_or(0).min(length);
        let code = pattern.code.get().and_then(Value::downcast::<Bytes>).map_or_else(Vec::new, |bytes| {
            let words = bytes.as_slice().chunks_exact(4);
            words.map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
        });
        Ok(Self { subject, code, start: bound(pos), end: bound(endpos), must_advance: false })
    }

    /// The next match.
    pub fn next(&mut self, how: How, groups: usize) -> Option<Found> {
        if self.start > self.end {
            return None;
        }
        let mut state = State::default();
        let found = match &self.subject {
            Subject::Borrowed(bytes) => self.run(*bytes, how, &mut state),
            Subject::Bytes(bytes) => self.run(bytes.as_slice(), how, &mut state),
            Subject::Text(text) => self.run(&**text, how, &mut state),
        };
        if !found {
            return None;
        }
        let (start, end) = (state.start, state.cursor.position);
        let mut spans = vec![(start as i64, end as i64)];
        for group in 0..groups {
            let (from, to) = state.marks.get(group);
            spans.push(match (from.into_option(), to.into_option()) {
                (Some(from), Some(to)) => (from as i64, to as i64),
                _ => (-1, -1),
            });
        }
        self.must_advance = start == end;
        self.start = end;
        Some(Found { spans, last: state.marks.last_index() })
    }

    fn run<S: StrDrive>(&self, subject: S, how: How, state: &mut State) -> bool {
        let mut request = Request::new(subject, self.start, self.end, &self.code, how == How::FullMatch);
        request.must_advance = self.must_advance;
        state.reset(&request, self.start);
        if how == How::Search { state.search(request) } else { state.py_match(&request) }
    }
}
