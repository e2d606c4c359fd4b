//! Codecs on plain memory; no unsafe.
//!
//! A decoder calls back for each stretch that it cannot decode and goes on where the answer says; so the `errors=` handlers stay with the
//! caller, and [`policies`] has the standard ones. With `last` unset a decoder leaves an unfinished sequence at the end alone and
//! says how much it consumed. An encoder asks in the same way for what it cannot encode.

pub mod charmap;
pub mod escapes;
pub mod policies;
pub mod single;
pub mod utf7;
pub mod utf8;
pub mod wide;

use crate::units::Units;
use crate::{OwnedUnits, TextBuilder};

pub use policies::Policy;

/// A stretch that cannot be coded, in bytes of the input or characters of the text, and the reason that the
/// exception gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// What a handler puts in the place of a stretch of bytes, and where decoding goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub text: OwnedUnits,
    pub resume: usize,
}

/// Answers for bytes that cannot be decoded; an error of its own ends the decoding. The index to go on at must lie
/// within the input.
pub type DecodeErrors<'h, E> = &'h mut dyn FnMut(Problem) -> Result<Patch, E>;

/// What was decoded, and from how many bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub text: OwnedUnits,
    pub consumed: usize,
}

/// What a handler puts in the place of characters: text, which is then encoded, or bytes as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filler {
    Text(OwnedUnits),
    Bytes(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodePatch {
    pub filler: Filler,
    pub resume: usize,
}

/// Answers for characters that cannot be encoded.
pub trait EncodeErrors {
    type Raised;

    /// The handler's answer.
    fn replace(&mut self, problem: Problem) -> Result<EncodePatch, Self::Raised>;

    /// The exception for the problem itself: the answer could not be encoded either.
    fn refuse(&mut self, problem: Problem) -> Self::Raised;
}

/// The dynamic form that encoders take, so that each is compiled once.
pub type EncodeHandler<'h, E> = &'h mut dyn EncodeErrors<Raised = E>;

/// A decoder's state: what is out so far, and where it stands.
struct Decoder<'i> {
    input: &'i [u8],
    at: usize,
    out: TextBuilder,
}

impl<'i> Decoder<'i> {
    fn new(input: &'i [u8]) -> Self {
        Decoder { input, at: 0, out: TextBuilder::with_capacity(input.len()) }
    }

    /// Hands a problem to the handler and goes on where it says.
    fn problem<E>(
        &mut self,
        start: usize,
        end: usize,
        reason: &'static str,
        errors: DecodeErrors<'_, E>,
    ) -> Result<(), E> {
        let patch = errors(Problem { start, end, reason })?;
        self.out.push_units(patch.text.as_units());
        self.at = patch.resume.min(self.input.len());
        Ok(())
    }

    fn finish(self) -> Decoded {
        Decoded { text: self.out.finish(), consumed: self.at }
    }
}

/// A fixed way of encoding single characters.
struct Table {
    /// Whether the character can be encoded.
    fits: fn(u32) -> bool,
    /// Appends a character that fits.
    push: fn(&mut Vec<u8>, u32),
    /// Whether a replacement's character can be encoded.
    replacement_fits: fn(u32) -> bool,
    /// Whether a problem covers a run of characters or one.
    runs: bool,
    /// Bytes in a unit: replacements of another length are refused.
    unit: usize,
    reason: &'static str,
}

/// Appends the text, asking the handler about what does not fit.
fn encode_by<E>(out: &mut Vec<u8>, text: Units<'_>, table: &Table, errors: EncodeHandler<'_, E>) -> Result<(), E> {
    let mut at = 0;
    while let Some(c) = text.try_get(at) {
        if (table.fits)(c) {
            (table.push)(out, c);
            at += 1;
            continue;
        }
        let more = if table.runs { text.from(at + 1).iter().take_while(|&c| !(table.fits)(c)).count() } else { 0 };
        let problem = Problem { start: at, end: at + 1 + more, reason: table.reason };
        let patch = errors.replace(problem)?;
        match patch.filler {
            Filler::Bytes(bytes) if bytes.len() % table.unit == 0 => out.extend(bytes),
            Filler::Text(filler) if filler.as_units().iter().all(table.replacement_fits) => {
                filler.as_units().iter().for_each(|c| (table.push)(out, c));
            }
            _ => return Err(errors.refuse(problem)),
        }
        at = patch.resume;
    }
    Ok(())
}

pub(crate) fn is_surrogate(c: u32) -> bool {
    c & !0x7FF == 0xD800
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The outcome of decoding with a standard policy: the text and what was consumed, or the problem.
    pub fn decode(
        input: &[u8],
        policy: Policy,
        encoding: &str,
        run: impl FnOnce(DecodeErrors<'_, Problem>) -> Result<Decoded, Problem>,
    ) -> Result<(OwnedUnits, usize), Problem> {
        let mut errors = |problem: Problem| policy.decode_patch(input, encoding, problem).ok_or(problem);
        run(&mut errors).map(|d| (d.text, d.consumed))
    }

    pub struct ByPolicy<'a>(pub Policy, pub Units<'a>, pub &'a str);

    impl EncodeErrors for ByPolicy<'_> {
        type Raised = Problem;

        fn replace(&mut self, problem: Problem) -> Result<EncodePatch, Problem> {
            self.0.encode_patch(self.1, self.2, problem).ok_or(problem)
        }

        fn refuse(&mut self, problem: Problem) -> Problem {
            problem
        }
    }

    pub fn fails<T>(start: usize, end: usize, reason: &'static str) -> Result<T, Problem> {
        Err(Problem { start, end, reason })
    }
}
