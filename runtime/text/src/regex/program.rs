//! Programs: from the words of `re`'s compiler to nodes.
//!
//! The words are read from the first to the last. An operation that holds others says how many words they take; the node
//! keeps the word that it leads to, until all nodes are there and `link` puts the node in its place. Loops are closed
//! by a word of their own (`loops`), alternatives begin with a word that tells where the next one is (`headers`).

use super::sets::{Firsts, Fold, Set};

pub(super) const FAILURE: u32 = 0;
const SUCCESS: u32 = 1;
const ANY: u32 = 2;
const ANY_ALL: u32 = 3;
const ASSERT: u32 = 4;
const ASSERT_NOT: u32 = 5;
const AT: u32 = 6;
const BRANCH: u32 = 7;
pub(super) const CATEGORY: u32 = 8;
pub(super) const CHARSET: u32 = 9;
pub(super) const BIGCHARSET: u32 = 10;
const GROUPREF: u32 = 11;
const GROUPREF_EXISTS: u32 = 12;
const IN: u32 = 13;
const INFO: u32 = 14;
const JUMP: u32 = 15;
pub(super) const LITERAL: u32 = 16;
const MARK: u32 = 17;
const MAX_UNTIL: u32 = 18;
const MIN_UNTIL: u32 = 19;
const NOT_LITERAL: u32 = 20;
pub(super) const NEGATE: u32 = 21;
pub(super) const RANGE: u32 = 22;
const REPEAT: u32 = 23;
const REPEAT_ONE: u32 = 24;
const MIN_REPEAT_ONE: u32 = 26;
const ATOMIC_GROUP: u32 = 27;
const POSSESSIVE_REPEAT: u32 = 28;
const POSSESSIVE_REPEAT_ONE: u32 = 29;
const GROUPREF_IGNORE: u32 = 30;
const IN_IGNORE: u32 = 31;
const LITERAL_IGNORE: u32 = 32;
const NOT_LITERAL_IGNORE: u32 = 33;
const GROUPREF_LOC_IGNORE: u32 = 34;
const IN_LOC_IGNORE: u32 = 35;
const LITERAL_LOC_IGNORE: u32 = 36;
const NOT_LITERAL_LOC_IGNORE: u32 = 37;
const GROUPREF_UNI_IGNORE: u32 = 38;
const IN_UNI_IGNORE: u32 = 39;
const LITERAL_UNI_IGNORE: u32 = 40;
const NOT_LITERAL_UNI_IGNORE: u32 = 41;
pub(super) const RANGE_UNI_IGNORE: u32 = 42;

const INFO_PREFIX: u32 = 1;
const INFO_CHARSET: u32 = 4;

/// A program's words make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

/// What one character has to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// Anything but a line feed.
    Any,
    AnyAll,
    Literal(u32),
    NotLiteral(u32),
    Folded {
        code: u32,
        fold: Fold,
        negated: bool,
    },
    /// The number of a set.
    Set(u32),
}

/// What a place between characters has to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Beginning,
    BeginningOfLine,
    Boundary {
        unicode: bool,
        negated: bool,
    },
    /// The end, or before a line feed that ends the text.
    End,
    EndOfLine,
    EndOfText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Ahead,
    NotAhead,
    Atomic,
}

/// How often a loop goes around; `u32::MAX` is without end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub least: u32,
    pub most: u32,
}

impl Times {
    #[inline]
    pub fn may_exceed(self, count: usize) -> bool {
        self.most == u32::MAX || count < self.most as usize
    }
}

/// The number of what has to come next (`Program::firsts`) for it to be worth trying what follows a run, the way that a choice tries
/// first, or a loop's body; `UNGUARDED` where that may be anything.
pub(super) type Guard = u32;
pub(super) const UNGUARDED: Guard = u32::MAX;

/// One step. A `u32` that leads somewhere is the number of a node (while reading, of a word).
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Fail,
    Success,
    One(Test),
    At(Place),
    Mark(u32),
    Jump(u32),
    /// The next node is tried, then the one that this leads to.
    Split {
        other: u32,
        guard: Guard,
    },
    /// A loop begins: its closing node decides.
    Enter {
        slot: u32,
        until: u32,
    },
    /// A loop's body was matched once more. The body begins after `Enter`, the rest after this node.
    Until {
        slot: u32,
        times: Times,
        body: u32,
        lazy: bool,
        guard: Guard,
    },
    /// A character again and again.
    Run {
        test: Test,
        times: Times,
        after: u32,
        greed: Greed,
        guard: Guard,
    },
    /// A part that is matched for itself, from so many characters back.
    Part {
        part: Part,
        back: u32,
        after: u32,
    },
    /// A possessive loop begins.
    EnterPossessive {
        slot: u32,
    },
    Possessive {
        slot: u32,
        times: Times,
        after: u32,
    },
    /// What a group matched, once more.
    Again {
        group: u32,
        fold: Option<Fold>,
    },
    /// Goes there unless the group took part.
    Unless {
        group: u32,
        otherwise: u32,
    },
}

/// How places where a match may begin are found.
#[derive(Debug)]
pub(super) enum Start {
    Anywhere,
    /// Only where the search begins: at the beginning of the text.
    Beginning,
    Prefix(Vec<u32>),
    First(Guard),
}

/// How many nodes are looked at to say what comes first: a pattern of many alternatives is read in time that grows with its length.
const FAR: usize = 64;

/// A pattern, ready to match.
#[derive(Debug)]
pub struct Program {
    pub(super) nodes: Vec<Node>,
    /// What guards speak of.
    pub(super) firsts: Vec<Firsts>,
    pub(super) sets: Vec<Set>,
    pub(super) slots: usize,
    pub(super) marks: usize,
    pub(super) start: Start,
    /// The length of the shortest match.
    pub(super) least: usize,
}

impl Program {
    /// The program of these words, for a pattern with so many groups.
    pub fn read(words: &[u32], groups: usize) -> Result<Self, Invalid> {
        // Each group has words of its own.
        if groups > words.len() || u32::try_from(words.len()).is_err() {
            return Err(Invalid);
        }
        let program = Program {
            nodes: Vec::new(),
            firsts: Vec::new(),
            sets: Vec::new(),
            slots: 0,
            marks: groups * 2,
            start: Start::Anywhere,
            least: 0,
        };
        let mut builder =
            Builder { program, node_of: vec![u32::MAX; words.len() + 1], loops: Vec::new(), headers: Vec::new() };
        let mut reader = Reader { words, at: 0 };
        while reader.at < words.len() {
            builder.operation(&mut reader)?;
        }
        builder.finish()
    }

    /// Whether a character passes a test.
    #[inline(always)]
    pub(super) fn passes(&self, test: Test, c: u32) -> bool {
        match test {
            Test::Any => c != super::sets::NEWLINE,
            Test::AnyAll => true,
            Test::Literal(code) => c == code,
            Test::NotLiteral(code) => c != code,
            Test::Folded { code, fold, negated } => fold.same(code, c) != negated,
            Test::Set(number) => self.sets[number as usize].has(c),
        }
    }

    /// Adds the characters that may come next for a match from this node. False: it may be any, or none.
    fn add_firsts(&self, mut node: usize, firsts: &mut Firsts, seen: &mut Vec<usize>) -> bool {
        loop {
            if seen.contains(&node) {
                return true;
            }
            if seen.len() == FAR {
                return false;
            }
            seen.push(node);
            match self.nodes[node] {
                Node::One(test) => {
                    self.add_test(test, firsts);
                    return true;
                }
                Node::Run { test, times, after, .. } => {
                    self.add_test(test, firsts);
                    if times.least > 0 {
                        return true;
                    }
                    node = after as usize;
                }
                // What lies ahead has to be there, and what follows it: either is enough.
                Node::Part { part: Part::Ahead, back: 0, after } => {
                    let mut ahead = Firsts::default();
                    if self.add_firsts(node + 1, &mut ahead, seen) {
                        firsts.add_all(&ahead);
                        return true;
                    }
                    node = after as usize;
                }
                Node::Part { part: Part::Ahead | Part::NotAhead, after, .. } => node = after as usize,
                Node::Mark(_) | Node::At(_) | Node::EnterPossessive { .. } => node += 1,
                Node::Part { part: Part::Atomic, .. } => node += 1,
                Node::Jump(to) => node = to as usize,
                Node::Split { other, .. } => {
                    if !self.add_firsts(node + 1, firsts, seen) {
                        return false;
                    }
                    node = other as usize;
                }
                Node::Enter { until, .. } => match self.nodes[until as usize] {
                    Node::Until { times: Times { least: 1.., .. }, body, .. } => node = body as usize,
                    _ => node = until as usize,
                },
                Node::Until { body, .. } => {
                    if !self.add_firsts(body as usize, firsts, seen) {
                        return false;
                    }
                    node += 1;
                }
                Node::Fail => return true,
                Node::Success | Node::Possessive { .. } | Node::Again { .. } | Node::Unless { .. } => return false,
            }
        }
    }

    fn add_test(&self, test: Test, firsts: &mut Firsts) {
        match test {
            Test::Set(number) => firsts.add_set(&self.sets[number as usize]),
            Test::Literal(code) => firsts.add(code),
            _ => {
                (0..256).filter(|&c| self.passes(test, c)).for_each(|c| firsts.add(c));
                firsts.add_beyond();
            }
        }
    }

    /// The guard of what begins with this node.
    fn guard(&mut self, node: usize) -> Guard {
        let mut firsts = Firsts::default();
        if !self.add_firsts(node, &mut firsts, &mut Vec::new()) {
            return UNGUARDED;
        }
        self.firsts.push(firsts);
        self.firsts.len() as Guard - 1
    }
}

/// The words, and where one is.
pub(super) struct Reader<'a> {
    words: &'a [u32],
    at: usize,
}

impl Reader<'_> {
    pub fn word(&mut self) -> Result<u32, Invalid> {
        let word = *self.words.get(self.at).ok_or(Invalid)?;
        self.at += 1;
        Ok(word)
    }

    /// The word that the next one leads to: it counts from itself.
    fn skip(&mut self) -> Result<u32, Invalid> {
        let from = self.at;
        let target =
            from.checked_add(self.word()? as usize).filter(|&target| target > from && target <= self.words.len());
        target.and_then(|target| u32::try_from(target).ok()).ok_or(Invalid)
    }

    pub fn block(&mut self) -> Result<[u32; 8], Invalid> {
        let mut block = [0; 8];
        for word in &mut block {
            *word = self.word()?;
        }
        Ok(block)
    }
}

struct OpenLoop {
    until: u32,
    slot: u32,
    times: Times,
    body: u32,
}

struct Builder {
    program: Program,
    /// The node that a word became.
    node_of: Vec<u32>,
    loops: Vec<OpenLoop>,
    /// Words that begin the next alternative, or end the last one.
    headers: Vec<u32>,
}

impl Builder {
    fn next_node(&self) -> u32 {
        self.program.nodes.len() as u32
    }

    fn operation(&mut self, words: &mut Reader<'_>) -> Result<(), Invalid> {
        let at = words.at;
        self.node_of[at] = self.next_node();
        if self.headers.last().is_some_and(|&header| header as usize == at) {
            self.headers.pop();
            return self.alternative(words);
        }
        let node = match words.word()? {
            FAILURE => Node::Fail,
            SUCCESS => Node::Success,
            AT => Node::At(place(words.word()?)?),
            MARK => Node::Mark(self.mark(words.word()?)?),
            JUMP => Node::Jump(words.skip()?),
            BRANCH => return self.alternative(words),
            INFO => return self.info(words),
            REPEAT => self.begin_loop(words)?,
            closing @ (MAX_UNTIL | MIN_UNTIL) => self.end_loop(at as u32, closing == MIN_UNTIL)?,
            REPEAT_ONE => self.run(words, Greed::Greedy)?,
            MIN_REPEAT_ONE => self.run(words, Greed::Lazy)?,
            POSSESSIVE_REPEAT_ONE => self.run(words, Greed::Possessive)?,
            POSSESSIVE_REPEAT => self.possessive(words)?,
            ATOMIC_GROUP => Node::Part { part: Part::Atomic, back: 0, after: words.skip()? },
            ASSERT => Node::Part { part: Part::Ahead, after: words.skip()?, back: words.word()? },
            ASSERT_NOT => Node::Part { part: Part::NotAhead, after: words.skip()?, back: words.word()? },
            GROUPREF => self.again(words, None)?,
            GROUPREF_IGNORE => self.again(words, Some(Fold::Ascii))?,
            GROUPREF_LOC_IGNORE => self.again(words, Some(Fold::Locale))?,
            GROUPREF_UNI_IGNORE => self.again(words, Some(Fold::Unicode))?,
            // The skip counts one more than the others.
            GROUPREF_EXISTS => Node::Unless { group: self.group(words.word()?)?, otherwise: words.skip()? - 1 },
            code => Node::One(self.test(code, words)?),
        };
        self.program.nodes.push(node);
        Ok(())
    }

    fn mark(&self, number: u32) -> Result<u32, Invalid> {
        if (number as usize) < self.program.marks { Ok(number) } else { Err(Invalid) }
    }

    fn group(&self, number: u32) -> Result<u32, Invalid> {
        if (number as usize) < self.program.marks / 2 { Ok(number) } else { Err(Invalid) }
    }

    fn again(&self, words: &mut Reader<'_>, fold: Option<Fold>) -> Result<Node, Invalid> {
        Ok(Node::Again { group: self.group(words.word()?)?, fold })
    }

    /// An alternative of a branch, from the word that says where the next one is; zero after the last.
    fn alternative(&mut self, words: &mut Reader<'_>) -> Result<(), Invalid> {
        self.node_of[words.at] = self.next_node();
        if words.words.get(words.at) == Some(&0) {
            words.at += 1;
            self.program.nodes.push(Node::Fail);
            return Ok(());
        }
        let next = words.skip()?;
        self.headers.push(next);
        self.program.nodes.push(Node::Split { other: next, guard: UNGUARDED });
        Ok(())
    }

    /// What a search may know beforehand.
    fn info(&mut self, words: &mut Reader<'_>) -> Result<(), Invalid> {
        let after = words.skip()?;
        let (flags, least, _most) = (words.word()?, words.word()?, words.word()?);
        self.program.least = least as usize;
        if flags & INFO_PREFIX != 0 {
            let (len, _) = (words.word()? as usize, words.word()?);
            let prefix = words.words.get(words.at..words.at.saturating_add(len)).ok_or(Invalid)?;
            if !prefix.is_empty() {
                self.program.start = Start::Prefix(prefix.to_vec());
            }
        } else if flags & INFO_CHARSET != 0 {
            let mut firsts = Firsts::default();
            firsts.add_set(&Set::read(words, None)?);
            self.program.firsts.push(firsts);
            self.program.start = Start::First(self.program.firsts.len() as Guard - 1);
        }
        words.at = after as usize;
        Ok(())
    }

    fn add_set(&mut self, set: Set) -> Test {
        self.program.sets.push(set);
        Test::Set(self.program.sets.len() as u32 - 1)
    }

    fn new_slot(&mut self) -> u32 {
        self.program.slots += 1;
        self.program.slots as u32 - 1
    }

    fn begin_loop(&mut self, words: &mut Reader<'_>) -> Result<Node, Invalid> {
        let (until, times) = (words.skip()?, times(words)?);
        let slot = self.new_slot();
        self.loops.push(OpenLoop { until, slot, times, body: self.next_node() + 1 });
        Ok(Node::Enter { slot, until })
    }

    fn end_loop(&mut self, at: u32, lazy: bool) -> Result<Node, Invalid> {
        let open = self.loops.pop().filter(|open| open.until == at).ok_or(Invalid)?;
        Ok(Node::Until { slot: open.slot, times: open.times, body: open.body, lazy, guard: UNGUARDED })
    }

    /// A loop of one character: its words hold the character's test and a `SUCCESS`.
    fn run(&mut self, words: &mut Reader<'_>, greed: Greed) -> Result<Node, Invalid> {
        let (after, times) = (words.skip()?, times(words)?);
        let code = words.word()?;
        let test = self.test(code, words)?;
        if words.word()? != SUCCESS || words.at != after as usize {
            return Err(Invalid);
        }
        Ok(Node::Run { test, times, after, greed, guard: UNGUARDED })
    }

    fn possessive(&mut self, words: &mut Reader<'_>) -> Result<Node, Invalid> {
        // The skip leads to the `SUCCESS` that ends the body.
        let (after, times) = (words.skip()? + 1, times(words)?);
        let slot = self.new_slot();
        self.program.nodes.push(Node::EnterPossessive { slot });
        Ok(Node::Possessive { slot, times, after })
    }

    fn test(&mut self, code: u32, words: &mut Reader<'_>) -> Result<Test, Invalid> {
        let folded = |words: &mut Reader<'_>, fold, negated| Ok(Test::Folded { code: words.word()?, fold, negated });
        match code {
            ANY => Ok(Test::Any),
            ANY_ALL => Ok(Test::AnyAll),
            LITERAL => Ok(Test::Literal(words.word()?)),
            NOT_LITERAL => Ok(Test::NotLiteral(words.word()?)),
            LITERAL_IGNORE => folded(words, Fold::Ascii, false),
            NOT_LITERAL_IGNORE => folded(words, Fold::Ascii, true),
            LITERAL_LOC_IGNORE => folded(words, Fold::Locale, false),
            NOT_LITERAL_LOC_IGNORE => folded(words, Fold::Locale, true),
            LITERAL_UNI_IGNORE => folded(words, Fold::Unicode, false),
            NOT_LITERAL_UNI_IGNORE => folded(words, Fold::Unicode, true),
            IN => self.set(words, None),
            IN_IGNORE => self.set(words, Some(Fold::Ascii)),
            IN_LOC_IGNORE => self.set(words, Some(Fold::Locale)),
            IN_UNI_IGNORE => self.set(words, Some(Fold::Unicode)),
            CATEGORY => Set::of_category(words.word()?).map(|set| self.add_set(set)),
            _ => Err(Invalid),
        }
    }

    fn set(&mut self, words: &mut Reader<'_>, fold: Option<Fold>) -> Result<Test, Invalid> {
        let after = words.skip()?;
        let set = Set::read(words, fold)?;
        words.at = after as usize;
        Ok(self.add_set(set))
    }

    /// Puts nodes in the place of words, and notes what the nodes can tell beforehand.
    fn finish(mut self) -> Result<Program, Invalid> {
        if !self.loops.is_empty()
            || !self.headers.is_empty()
            || !matches!(self.program.nodes.last(), Some(Node::Success))
        {
            return Err(Invalid);
        }
        for at in 0..self.program.nodes.len() {
            self.link(at)?;
        }
        let mut program = self.program;
        for at in 0..program.nodes.len() {
            if let Node::Split { other, .. } = program.nodes[at]
                && matches!(program.nodes[other as usize], Node::Fail)
            {
                program.nodes[at] = Node::Jump(at as u32 + 1);
            }
        }
        for at in 0..program.nodes.len() {
            let guarded = match program.nodes[at] {
                Node::Run { after, .. } => after as usize,
                Node::Split { .. } => at + 1,
                Node::Until { body, .. } => body as usize,
                _ => continue,
            };
            let found = program.guard(guarded);
            if let Node::Run { guard, .. } | Node::Split { guard, .. } | Node::Until { guard, .. } =
                &mut program.nodes[at]
            {
                *guard = found;
            }
        }
        if matches!(program.start, Start::Anywhere) {
            program.start = match program.nodes[0] {
                Node::At(Place::Beginning) => Start::Beginning,
                _ => match program.guard(0) {
                    UNGUARDED => Start::Anywhere,
                    guard => Start::First(guard),
                },
            };
        }
        Ok(program)
    }

    fn link(&mut self, at: usize) -> Result<(), Invalid> {
        let count = self.program.nodes.len() as u32;
        let node_of = &self.node_of;
        let node = |word: u32| {
            let node = node_of.get(word as usize).copied().filter(|&node| node < count);
            node.filter(|&node| node as usize > at).ok_or(Invalid)
        };
        match &mut self.program.nodes[at] {
            Node::Jump(to)
            | Node::Split { other: to, .. }
            | Node::Enter { until: to, .. }
            | Node::Run { after: to, .. }
            | Node::Part { after: to, .. }
            | Node::Possessive { after: to, .. }
            | Node::Unless { otherwise: to, .. } => *to = node(*to)?,
            _ => {}
        }
        Ok(())
    }
}

fn times(words: &mut Reader<'_>) -> Result<Times, Invalid> {
    let times = Times { least: words.word()?, most: words.word()? };
    if times.least <= times.most { Ok(times) } else { Err(Invalid) }
}

fn place(word: u32) -> Result<Place, Invalid> {
    Ok(match word {
        0 | 2 => Place::Beginning,
        1 => Place::BeginningOfLine,
        3 | 8 => Place::Boundary { unicode: false, negated: false },
        4 | 9 => Place::Boundary { unicode: false, negated: true },
        5 => Place::End,
        6 => Place::EndOfLine,
        7 => Place::EndOfText,
        10 => Place::Boundary { unicode: true, negated: false },
        11 => Place::Boundary { unicode: true, negated: true },
        _ => return Err(Invalid),
    })
}
