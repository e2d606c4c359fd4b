//! Regular expressions: the programs that the library's `re` compiles patterns to, read once and then matched; no unsafe.
//!
//! `re` hands over a program as 32-bit words. [`Program::read`] turns them into nodes (`program`): jumps lead from node to
//! node, character sets (`sets`) know their answer for the first 256 characters, and whatever a match may later find wrong
//! (a jump to nowhere, a loop that does not end) is refused here, so that the matcher needs no such tests.
//!
//! The matcher (`machine`) walks the nodes along the text. What it may have to come back to lies on one stack, newest last:
//! choices, and what state was before it changed. To fail is to pop: a change is undone, a choice is taken up. So the
//! stack grows with the choices that are open, never the native one with the text or the pattern.
//!
//! Lookaround, atomic groups and possessive loops match a part for itself. Such a part begins with a frame on the stack and
//! ends with `Success`: the choices since the frame are dropped, the undoing of changes stays. `base` is where the newest
//! frame ends; zero means that a `Success` ends the match.
//!
//! A loop of a single character is one node, `Run`: it takes all that it may, and is one entry that gives back a character
//! at a time. Where what follows a choice must begin with certain characters (`Firsts`), places without them are passed over: a
//! choice whose first way cannot lead on is none. A search looks for them before it tries to match.
//!
//! The time of a match has no bound (patterns that backtrack badly take exponential time), so the matcher calls `poll` after so much
//! work; what `poll` returns as an error ends the match.

mod machine;
mod program;
mod sets;

pub use machine::{Extent, Halt, Machine};
pub use program::{Invalid, Program};

/// Where a search begins and ends, and how a match has to lie.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub start: usize,
    pub end: usize,
    /// Whether a match may not be empty at the start.
    pub must_advance: bool,
    /// Whether a match has to reach the end.
    pub to_end: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(a*)*b` as the library compiles it.
    const NESTED: [u32; 24] =
        [14, 4, 0, 1, u32::MAX, 23, 14, 0, u32::MAX, 17, 0, 24, 6, 0, u32::MAX, 16, 97, 1, 17, 1, 18, 16, 98, 1];

    fn nested() -> Program {
        Program::read(&NESTED, 1).expect("a program of the library's")
    }

    fn bounds(end: usize) -> Bounds {
        Bounds { start: 0, end, must_advance: false, to_end: false }
    }

    #[test]
    fn groups_are_found() {
        let program = nested();
        let mut machine = Machine::new(&program);
        let found = machine.search(b"xaab", bounds(4), || Ok::<_, ()>(())).ok().flatten();
        assert_eq!(found, Some(Extent { start: 1, end: 4 }));
        assert_eq!(machine.group(0), Some(Extent { start: 3, end: 3 }));
        assert_eq!(machine.last_group(), 1);
        let wide: Vec<u16> = "aab".encode_utf16().collect();
        let found = machine.match_here(&wide, bounds(3), || Ok::<_, ()>(())).ok().flatten();
        assert_eq!(found, Some(Extent { start: 0, end: 3 }));
    }

    #[test]
    fn a_long_match_polls() {
        let program = nested();
        let text = [b'a'; 40];
        let mut polls = 0;
        let poll = || {
            polls += 1;
            if polls < 3 { Ok(()) } else { Err("enough") }
        };
        let halted = Machine::new(&program).match_here(&text, bounds(40), poll);
        assert!(matches!(halted, Err(Halt::Poll("enough"))));
    }

    /// `(?:aa|b+)(?=c)` as the library compiles it, without what it says of the search.
    const CHOICE: [u32; 31] = [
        14,
        4,
        0,
        1,
        u32::MAX,
        7,
        7,
        16,
        97,
        16,
        97,
        15,
        12,
        10,
        24,
        6,
        1,
        u32::MAX,
        16,
        98,
        1,
        15,
        2,
        0,
        4,
        5,
        0,
        16,
        99,
        1,
        1,
    ];

    #[test]
    fn what_a_match_begins_with_is_found_through_choices() {
        let program = Program::read(&CHOICE, 0).expect("a program of the library's");
        let mut machine = Machine::new(&program);
        for (text, expected) in
            [("xxaac", Some((2, 4))), ("caabc", Some((3, 4))), ("aab", None), ("", None), ("ab", None)]
        {
            let found = machine.search(text.as_bytes(), bounds(text.len()), || Ok::<_, ()>(())).ok().flatten();
            assert_eq!(found, expected.map(|(start, end)| Extent { start, end }), "{text}");
        }
    }

    #[test]
    fn words_without_sense_are_refused() {
        let words =
            [&[][..], &[99], &[16], &[15, 9, 1], &[15, 0, 1], &[7, 1, 0], &[18, 1], &[17, 2, 1], &[24, 9, 0, 1, 1]];
        for words in words {
            assert!(Program::read(words, 1).is_err(), "{words:?}");
        }
    }
}
