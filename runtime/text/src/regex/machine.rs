//! The matcher: one walk over the nodes, and a stack of what to come back to.

use crate::search;
use crate::units::Unit;

use super::Bounds;
use super::program::{Greed, Guard, Node, Part, Place, Program, Start, Test, Times, UNGUARDED};
use super::sets::{self, NEWLINE};

/// A mark that is not set, or no place.
const NOWHERE: usize = usize::MAX;

/// How much work is done between two polls: a step counts one, a character that a run takes much less.
const FUEL: isize = 4096;
const CHARACTERS_OF_A_STEP: usize = 32;

/// Why a match was given up.
#[derive(Debug)]
pub enum Halt<E> {
    /// What the poll said.
    Poll(E),
    /// There is no memory for the choices that are open.
    Memory,
}

/// Where the whole match lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub start: usize,
    pub end: usize,
}

/// What a loop remembers: how often its body was matched, and where it last began.
#[derive(Clone, Copy)]
struct Lap {
    count: usize,
    last: usize,
}

const FIRST_LAP: Lap = Lap { count: 0, last: NOWHERE };

/// What to do when the match fails here.
#[derive(Clone, Copy)]
enum Entry {
    /// Go on there.
    Try { node: u32, at: usize },
    /// A greedy run, which gives back a character if there are some past `least`.
    Shorter { node: u32, least: usize, at: usize },
    /// A lazy run, which takes one more.
    Longer { node: u32, count: usize, at: usize },
    /// A lazy loop, which goes around once more.
    Around { node: u32, at: usize },
    /// A mark was something else.
    Mark { mark: u32, last_group: u32, was: usize },
    /// A loop was somewhere else.
    Lap { slot: u32, was: Lap },
    /// A part that is matched for itself began; `base` is where the frame around it ends.
    Frame { node: u32, at: usize, base: usize },
}

/// A program's matcher: what a match needs besides program and text, kept for the next one.
pub struct Machine<'p> {
    program: &'p Program,
    marks: Vec<usize>,
    /// Whether a mark was set since all were cleared.
    marked: bool,
    /// The group that closed last, counted from one.
    last_group: u32,
    laps: Vec<Lap>,
    stack: Vec<Entry>,
    base: usize,
    fuel: isize,
}

impl<'p> Machine<'p> {
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            marks: vec![NOWHERE; program.marks],
            marked: false,
            last_group: 0,
            laps: vec![FIRST_LAP; program.slots],
            stack: Vec::new(),
            base: 0,
            fuel: FUEL,
        }
    }

    /// Where a group of the last match lies, if it took part.
    #[must_use]
    pub fn group(&self, group: usize) -> Option<Extent> {
        let (start, end) = (*self.marks.get(group * 2)?, *self.marks.get(group * 2 + 1)?);
        (start <= end && end != NOWHERE).then_some(Extent { start, end })
    }

    /// The number of the group that closed last, counted from one; zero if none did.
    #[must_use]
    pub fn last_group(&self) -> usize {
        self.last_group as usize
    }

    /// The match that begins at the start.
    pub fn match_here<U: Unit, E>(
        &mut self,
        text: &[U],
        bounds: Bounds,
        poll: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Extent>, Halt<E>> {
        Walk::new(self, text, bounds, poll).attempt(bounds.start)
    }

    /// The first match.
    pub fn search<U: Unit, E>(
        &mut self,
        text: &[U],
        bounds: Bounds,
        poll: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Extent>, Halt<E>> {
        Walk::new(self, text, bounds, poll).search(bounds.start)
    }

    /// Most attempts of a search set no mark: to clear them all for each would take longer than the attempts.
    #[inline(always)]
    fn clear(&mut self) {
        self.stack.clear();
        self.base = 0;
        self.last_group = 0;
        if self.marked {
            self.marks.fill(NOWHERE);
            self.marked = false;
        }
    }
}

/// A match under way in a text.
struct Walk<'m, 'p, 't, U, P> {
    machine: &'m mut Machine<'p>,
    program: &'p Program,
    /// The text up to where matches end at the latest.
    text: &'t [U],
    bounds: Bounds,
    poll: P,
}

impl<'m, 'p, 't, U: Unit, E, P: FnMut() -> Result<(), E>> Walk<'m, 'p, 't, U, P> {
    fn new(machine: &'m mut Machine<'p>, text: &'t [U], bounds: Bounds, poll: P) -> Self {
        let program = machine.program;
        Self { machine, program, text: &text[..bounds.end], bounds, poll }
    }

    fn search(&mut self, from: usize) -> Result<Option<Extent>, Halt<E>> {
        let Some(last) = self.text.len().checked_sub(self.program.least) else { return Ok(None) };
        let mut at = from;
        while at <= last {
            let Some(candidate) = self.candidate(at, last) else { return Ok(None) };
            if let Some(found) = self.attempt(candidate)? {
                return Ok(Some(found));
            }
            if matches!(self.program.start, Start::Beginning) {
                return Ok(None);
            }
            self.burn(1 + (candidate - at) / CHARACTERS_OF_A_STEP)?;
            at = candidate + 1;
        }
        Ok(None)
    }

    /// The first place where a match may begin.
    fn candidate(&self, from: usize, last: usize) -> Option<usize> {
        match &self.program.start {
            Start::Anywhere | Start::Beginning => Some(from),
            Start::First(guard) => {
                let firsts = &self.program.firsts[*guard as usize];
                let found = self.text[from..].iter().position(|&unit| firsts.may_have(unit.into()))?;
                Some(from + found).filter(|&at| at <= last)
            }
            Start::Prefix(prefix) => {
                let mut at = from;
                loop {
                    at += search::find_char(U::wrap(&self.text[at..]), prefix[0])?;
                    if at > last {
                        return None;
                    }
                    let here = self.text[at..].iter().map(|&unit| -> u32 { unit.into() });
                    if here.take(prefix.len()).eq(prefix.iter().copied()) {
                        return Some(at);
                    }
                    at += 1;
                }
            }
        }
    }

    fn attempt(&mut self, start: usize) -> Result<Option<Extent>, Halt<E>> {
        self.machine.clear();
        Ok(self.walk(start)?.map(|end| Extent { start, end }))
    }

    #[inline(always)]
    fn burn(&mut self, work: usize) -> Result<(), Halt<E>> {
        self.machine.fuel -= work as isize;
        if self.machine.fuel < 0 { self.refuel() } else { Ok(()) }
    }

    #[cold]
    fn refuel(&mut self) -> Result<(), Halt<E>> {
        self.machine.fuel = FUEL;
        (self.poll)().map_err(Halt::Poll)
    }

    #[inline(always)]
    fn push(&mut self, entry: Entry) -> Result<(), Halt<E>> {
        let stack = &mut self.machine.stack;
        if stack.len() == stack.capacity() {
            stack.try_reserve(stack.len().max(16)).map_err(|_| Halt::Memory)?;
        }
        stack.push(entry);
        Ok(())
    }

    #[inline(always)]
    fn passes_at(&self, test: Test, at: usize) -> bool {
        self.text.get(at).is_some_and(|&unit| self.program.passes(test, unit.into()))
    }

    /// Whether what has to come next may be here.
    #[inline(always)]
    fn may_follow(&self, guard: Guard, at: usize) -> bool {
        if guard == UNGUARDED {
            return true;
        }
        let firsts = &self.program.firsts[guard as usize];
        self.text.get(at).is_some_and(|&unit| firsts.may_have(unit.into()))
    }

    /// Walks from the first node; gives where the match ends.
    fn walk(&mut self, start: usize) -> Result<Option<usize>, Halt<E>> {
        let (mut node, mut at) = (0, start);
        loop {
            let next = match self.program.nodes[node] {
                Node::One(test) => self.passes_at(test, at).then_some((node + 1, at + 1)),
                Node::Run { test, times, after, greed, .. } => {
                    self.run(node, (test, times, greed), after as usize, at)?
                }
                Node::Mark(mark) => {
                    self.mark(mark, at)?;
                    Some((node + 1, at))
                }
                Node::Jump(to) => Some((to as usize, at)),
                Node::Split { other, guard } => {
                    if self.may_follow(guard, at) {
                        self.push(Entry::Try { node: other, at })?;
                        Some((node + 1, at))
                    } else {
                        Some((other as usize, at))
                    }
                }
                Node::At(place) => self.is_at(place, at).then_some((node + 1, at)),
                Node::Enter { slot, until } => {
                    self.set_lap(slot, Lap { count: NOWHERE, last: NOWHERE })?;
                    Some((until as usize, at))
                }
                Node::Until { .. } => self.until(node, at)?,
                Node::Success if self.machine.base == 0 => {
                    let bounds = self.bounds;
                    let refused = bounds.to_end && at != self.text.len() || bounds.must_advance && at == bounds.start;
                    if !refused {
                        return Ok(Some(at));
                    }
                    None
                }
                Node::Success => self.close(at)?,
                Node::Fail => None,
                Node::Part { part, back, after } => {
                    if at >= back as usize {
                        self.open(node, at)?;
                        Some((node + 1, at - back as usize))
                    } else {
                        (part == Part::NotAhead).then_some((after as usize, at))
                    }
                }
                Node::EnterPossessive { slot } => {
                    self.set_lap(slot, FIRST_LAP)?;
                    Some((node + 1, at))
                }
                Node::Possessive { slot, times, after } => {
                    let lap = self.machine.laps[slot as usize];
                    let optional = lap.count >= times.least as usize;
                    let again = times.may_exceed(lap.count) && at != lap.last;
                    if optional && !again {
                        Some((after as usize, at))
                    } else {
                        if optional {
                            self.set_lap(slot, Lap { last: at, ..lap })?;
                        }
                        self.open(node, at)?;
                        Some((node + 1, at))
                    }
                }
                Node::Again { group, fold } => self.repeated(group, fold, at).map(|end| (node + 1, end)),
                Node::Unless { group, otherwise } => {
                    let took_part = self.machine.group(group as usize).is_some();
                    Some((if took_part { node + 1 } else { otherwise as usize }, at))
                }
            };
            (node, at) = match next {
                Some(next) => next,
                None => match self.fail()? {
                    Some(next) => next,
                    None => return Ok(None),
                },
            };
        }
    }

    /// Sets a mark. With nothing to come back to, what it was is not needed.
    #[inline(always)]
    fn mark(&mut self, mark: u32, at: usize) -> Result<(), Halt<E>> {
        let was = self.machine.marks[mark as usize];
        if !self.machine.stack.is_empty() {
            self.push(Entry::Mark { mark, last_group: self.machine.last_group, was })?;
        }
        self.machine.marks[mark as usize] = at;
        self.machine.marked = true;
        if mark & 1 == 1 {
            self.machine.last_group = mark / 2 + 1;
        }
        Ok(())
    }

    #[inline(always)]
    fn set_lap(&mut self, slot: u32, lap: Lap) -> Result<(), Halt<E>> {
        let was = std::mem::replace(&mut self.machine.laps[slot as usize], lap);
        if self.machine.stack.is_empty() { Ok(()) } else { self.push(Entry::Lap { slot, was }) }
    }

    /// How many characters from here on pass a test, up to a limit.
    fn length_of_run(&self, test: Test, at: usize, limit: usize) -> usize {
        let rest = &self.text[at..];
        let rest = &rest[..limit.min(rest.len())];
        let taken = match test {
            Test::AnyAll => None,
            Test::Any => search::find_char(U::wrap(rest), NEWLINE),
            Test::NotLiteral(code) => search::find_char(U::wrap(rest), code),
            Test::Literal(code) => rest.iter().position(|&unit| unit.into() != code),
            Test::Set(number) => {
                let set = &self.program.sets[number as usize];
                rest.iter().position(|&unit| !set.has(unit.into()))
            }
            Test::Folded { .. } => rest.iter().position(|&unit| !self.program.passes(test, unit.into())),
        };
        taken.unwrap_or(rest.len())
    }

    /// Takes what a run takes at first. Gives where to go on.
    #[inline]
    fn run(
        &mut self,
        node: usize,
        (test, times, greed): (Test, Times, Greed),
        after: usize,
        at: usize,
    ) -> Result<Option<(usize, usize)>, Halt<E>> {
        let limit = match (greed, times.most) {
            (Greed::Lazy, _) => times.least as usize,
            (_, u32::MAX) => usize::MAX,
            (_, most) => most as usize,
        };
        let count = self.length_of_run(test, at, limit);
        self.burn(count / CHARACTERS_OF_A_STEP)?;
        if count < times.least as usize {
            return Ok(None);
        }
        match greed {
            Greed::Possessive => Ok(Some((after, at + count))),
            Greed::Greedy => self.shorten(node, at + times.least as usize, at + count),
            Greed::Lazy => self.lengthen(node, count, at + count),
        }
    }

    /// Leaves a greedy run at the last place where what follows may be.
    fn shorten(&mut self, node: usize, least: usize, from: usize) -> Result<Option<(usize, usize)>, Halt<E>> {
        let Node::Run { after, guard, .. } = self.program.nodes[node] else { return Ok(None) };
        let mut at = from;
        while !self.may_follow(guard, at) {
            if at == least {
                return Ok(None);
            }
            at -= 1;
        }
        self.burn((from - at) / CHARACTERS_OF_A_STEP)?;
        if at > least {
            self.push(Entry::Shorter { node: node as u32, least, at })?;
        }
        Ok(Some((after as usize, at)))
    }

    /// Leaves a lazy run at the next place where what follows may be.
    fn lengthen(&mut self, node: usize, mut count: usize, from: usize) -> Result<Option<(usize, usize)>, Halt<E>> {
        let Node::Run { test, times, after, guard, .. } = self.program.nodes[node] else { return Ok(None) };
        let mut at = from;
        while !self.may_follow(guard, at) {
            if !(times.may_exceed(count) && self.passes_at(test, at)) {
                return Ok(None);
            }
            (count, at) = (count + 1, at + 1);
        }
        self.burn((at - from) / CHARACTERS_OF_A_STEP)?;
        if times.may_exceed(count) {
            self.push(Entry::Longer { node: node as u32, count, at })?;
        }
        Ok(Some((after as usize, at)))
    }

    /// The end of a loop's body, which is where a loop begins as well.
    fn until(&mut self, node: usize, at: usize) -> Result<Option<(usize, usize)>, Halt<E>> {
        let Node::Until { slot, times, body, lazy, guard } = self.program.nodes[node] else { return Ok(None) };
        let body = body as usize;
        let lap = self.machine.laps[slot as usize];
        let count = lap.count.wrapping_add(1);
        if count < times.least as usize {
            self.set_lap(slot, Lap { count, ..lap })?;
            return Ok(Some((body, at)));
        }
        let again = times.may_exceed(count) && at != lap.last;
        if lazy {
            self.set_lap(slot, Lap { count, ..lap })?;
            if again {
                self.push(Entry::Around { node: node as u32, at })?;
            }
        } else if again && self.may_follow(guard, at) {
            self.set_lap(slot, Lap { count, last: at })?;
            self.push(Entry::Try { node: node as u32 + 1, at })?;
            return Ok(Some((body, at)));
        }
        Ok(Some((node + 1, at)))
    }

    /// Begins a part that is matched for itself.
    fn open(&mut self, node: usize, at: usize) -> Result<(), Halt<E>> {
        self.push(Entry::Frame { node: node as u32, at, base: self.machine.base })?;
        self.machine.base = self.machine.stack.len();
        Ok(())
    }

    /// Such a part was matched.
    fn close(&mut self, at: usize) -> Result<Option<(usize, usize)>, Halt<E>> {
        let frame = self.machine.base - 1;
        let Entry::Frame { node, at: began, base } = self.machine.stack[frame] else { return Ok(None) };
        self.machine.base = base;
        let node = node as usize;
        match self.program.nodes[node] {
            Node::Part { part: Part::NotAhead, .. } => {
                while self.machine.stack.len() > frame {
                    if let Some(entry) = self.machine.stack.pop() {
                        self.undo(entry);
                    }
                }
                Ok(None)
            }
            Node::Part { part, after, .. } => {
                self.drop_choices(frame);
                Ok(Some((after as usize, if part == Part::Ahead { began } else { at })))
            }
            Node::Possessive { slot, .. } => {
                self.drop_choices(frame);
                let lap = self.machine.laps[slot as usize];
                self.set_lap(slot, Lap { count: lap.count + 1, ..lap })?;
                Ok(Some((node, at)))
            }
            _ => Ok(None),
        }
    }

    /// Drops a frame and the choices after it.
    fn drop_choices(&mut self, frame: usize) {
        let stack = &mut self.machine.stack;
        let mut kept = frame;
        for index in frame + 1..stack.len() {
            if matches!(stack[index], Entry::Mark { .. } | Entry::Lap { .. }) {
                stack[kept] = stack[index];
                kept += 1;
            }
        }
        stack.truncate(kept);
    }

    #[inline]
    fn undo(&mut self, entry: Entry) {
        match entry {
            Entry::Mark { mark, last_group, was } => {
                self.machine.marks[mark as usize] = was;
                self.machine.last_group = last_group;
            }
            Entry::Lap { slot, was } => self.machine.laps[slot as usize] = was,
            _ => {}
        }
    }

    /// Takes up the newest choice that leads on.
    fn fail(&mut self) -> Result<Option<(usize, usize)>, Halt<E>> {
        self.burn(1)?;
        while let Some(entry) = self.machine.stack.pop() {
            let next = match entry {
                Entry::Try { node, at } => Some((node as usize, at)),
                Entry::Shorter { node, least, at } => self.shorten(node as usize, least, at - 1)?,
                Entry::Longer { node, count, at } => self.one_longer(node as usize, count, at)?,
                Entry::Around { node, at } => self.around(node as usize, at)?,
                Entry::Frame { node, at, base } => {
                    self.machine.base = base;
                    self.after_part(node as usize).map(|after| (after, at))
                }
                change => {
                    self.undo(change);
                    None
                }
            };
            if next.is_some() {
                return Ok(next);
            }
        }
        Ok(None)
    }

    fn one_longer(&mut self, node: usize, count: usize, at: usize) -> Result<Option<(usize, usize)>, Halt<E>> {
        match self.program.nodes[node] {
            Node::Run { test, .. } if self.passes_at(test, at) => self.lengthen(node, count + 1, at + 1),
            _ => Ok(None),
        }
    }

    fn around(&mut self, node: usize, at: usize) -> Result<Option<(usize, usize)>, Halt<E>> {
        let Node::Until { slot, body, guard, .. } = self.program.nodes[node] else { return Ok(None) };
        if !self.may_follow(guard, at) {
            return Ok(None);
        }
        let lap = self.machine.laps[slot as usize];
        self.set_lap(slot, Lap { last: at, ..lap })?;
        Ok(Some((body as usize, at)))
    }

    /// Where to go on if a part for itself did not match, if that does not fail as well.
    fn after_part(&self, node: usize) -> Option<usize> {
        match self.program.nodes[node] {
            Node::Part { part: Part::NotAhead, after, .. } => Some(after as usize),
            Node::Possessive { slot, times, after } => {
                (self.machine.laps[slot as usize].count >= times.least as usize).then_some(after as usize)
            }
            _ => None,
        }
    }

    /// Where what a group matched ends, if it is here once more.
    fn repeated(&self, group: u32, fold: Option<sets::Fold>, at: usize) -> Option<usize> {
        let Extent { start, end } = self.machine.group(group as usize)?;
        let (before, here) = (&self.text[start..end], self.text.get(at..at + (end - start))?);
        let same = |(&a, &b): (&U, &U)| match fold {
            None => a == b,
            Some(fold) => fold.lower(a.into()) == fold.lower(b.into()),
        };
        before.iter().zip(here).all(same).then_some(at + (end - start))
    }

    fn is_at(&self, place: Place, at: usize) -> bool {
        let is_newline = |at: usize| self.text.get(at).is_some_and(|&unit| unit.into() == NEWLINE);
        let at_end = at == self.text.len();
        match place {
            Place::Beginning => at == 0,
            Place::BeginningOfLine => at == 0 || is_newline(at - 1),
            Place::End => at_end || at + 1 == self.text.len() && is_newline(at),
            Place::EndOfLine => at_end || is_newline(at),
            Place::EndOfText => at_end,
            Place::Boundary { unicode, negated } => {
                let is_word = |at: usize| {
                    let in_words = |c: u32| if unicode { sets::is_word(c) } else { sets::is_ascii_word(c) };
                    self.text.get(at).is_some_and(|&unit| in_words(unit.into()))
                };
                let before = at > 0 && is_word(at - 1);
                (before != is_word(at)) != negated
            }
        }
    }
}
