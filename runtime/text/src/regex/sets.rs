//! Which characters are in a set, in a category, or the same but for case.

use crate::unicode;

use super::program::{self, Invalid, Reader};

/// How letters of both cases are told to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Ascii,
    /// As the locale says: of which there is the one that knows ASCII.
    Locale,
    Unicode,
}

impl Fold {
    #[inline]
    pub fn lower(self, c: u32) -> u32 {
        match self {
            Fold::Ascii | Fold::Locale => u8::try_from(c).map_or(c, |byte| byte.to_ascii_lowercase().into()),
            Fold::Unicode => unicode::to_lower(c),
        }
    }

    fn upper(self, c: u32) -> u32 {
        match self {
            Fold::Ascii | Fold::Locale => u8::try_from(c).map_or(c, |byte| byte.to_ascii_uppercase().into()),
            Fold::Unicode => unicode::to_upper(c),
        }
    }

    /// Whether a character matches a literal of a pattern, which is in lower case unless it follows the locale.
    #[inline]
    pub fn same(self, code: u32, c: u32) -> bool {
        self.lower(c) == code || self == Fold::Locale && (c == code || self.upper(c) == code)
    }
}

/// What a category stands for, by the word that names it: the odd ones are the contrary of those before them.
fn in_category(category: u32, c: u32) -> bool {
    let holds = match category & !1 {
        0 => u8::try_from(c).is_ok_and(|byte| byte.is_ascii_digit()),
        2 => unicode::predicates::ascii::is_space(c),
        4 | 8 => is_ascii_word(c),
        6 => c == NEWLINE,
        10 => unicode::decimal(c).is_some(),
        12 => unicode::is_space(c),
        14 => is_word(c),
        _ => unicode::is_line_break(c),
    };
    holds != (category & 1 == 1)
}

const CATEGORIES: u32 = 18;
pub(super) const NEWLINE: u32 = '\n' as u32;

/// A character of words as `\w` means it in bytes, and under the flag for ASCII.
#[inline]
pub(super) fn is_ascii_word(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A character of words as `\w` means it in text.
#[inline]
pub(super) fn is_word(c: u32) -> bool {
    if c < 0x80 { is_ascii_word(c) } else { unicode::is_alnum(c) }
}

/// One part of a set.
#[derive(Debug)]
enum Item {
    /// What follows is not in the set.
    Negate,
    Literal(u32),
    Range(u32, u32),
    /// A range that holds a character of either case.
    FoldedRange(u32, u32),
    Category(u32),
    /// A bit for each of the first 256 characters.
    Bits([u32; 8]),
    /// A bit for each of the first 65536: the number of a block for each 256, and the blocks.
    Blocks(Vec<u8>, Vec<[u32; 8]>),
}

/// A set of characters.
#[derive(Debug)]
pub(super) struct Set {
    /// The answers for the first 256 characters.
    low: [u64; 4],
    items: Vec<Item>,
    fold: Option<Fold>,
}

impl Set {
    /// The set whose words begin here.
    pub fn read(words: &mut Reader<'_>, fold: Option<Fold>) -> Result<Self, Invalid> {
        let mut items = Vec::new();
        loop {
            items.push(match words.word()? {
                program::FAILURE => break,
                program::CATEGORY => Item::Category(category(words.word()?)?),
                program::CHARSET => Item::Bits(words.block()?),
                program::BIGCHARSET => blocks(words)?,
                program::LITERAL => Item::Literal(words.word()?),
                program::NEGATE => Item::Negate,
                program::RANGE => Item::Range(words.word()?, words.word()?),
                program::RANGE_UNI_IGNORE => Item::FoldedRange(words.word()?, words.word()?),
                _ => return Err(Invalid),
            });
        }
        Ok(Self::of(items, fold))
    }

    /// The set of a category.
    pub fn of_category(word: u32) -> Result<Self, Invalid> {
        Ok(Self::of(vec![Item::Category(category(word)?)], None))
    }

    fn of(items: Vec<Item>, fold: Option<Fold>) -> Self {
        let mut set = Self { low: [0; 4], items, fold };
        for c in 0..256 {
            if set.look_up(c) {
                set.low[c as usize / 64] |= 1 << (c % 64);
            }
        }
        set
    }

    /// Whether a character is in the set.
    #[inline(always)]
    pub fn has(&self, c: u32) -> bool {
        if c < 256 { self.low[c as usize / 64] >> (c % 64) & 1 == 1 } else { self.look_up(c) }
    }

    fn look_up(&self, c: u32) -> bool {
        match self.fold {
            None => self.find(c, c),
            // The pattern has its letters as they were written, so either case counts.
            Some(fold @ Fold::Locale) => self.find(fold.lower(c), fold.upper(c)),
            Some(fold) => self.find(fold.lower(c), fold.lower(c)),
        }
    }

    /// Whether one of two characters, which count as the same, is in the set.
    fn find(&self, one: u32, other: u32) -> bool {
        let mut found = true;
        for item in &self.items {
            if matches!(item, Item::Negate) {
                found = !found;
            } else if item.has(one) || one != other && item.has(other) {
                return found;
            }
        }
        !found
    }
}

/// The characters that something may begin with. Of those past the first 256 only whether there may be any.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Firsts {
    low: [u64; 4],
    beyond: bool,
}

impl Firsts {
    pub fn add(&mut self, c: u32) {
        match self.low.get_mut(c as usize / 64) {
            Some(word) => *word |= 1 << (c % 64),
            None => self.beyond = true,
        }
    }

    pub fn add_beyond(&mut self) {
        self.beyond = true;
    }

    pub fn add_set(&mut self, set: &Set) {
        self.add_all(&Firsts { low: set.low, beyond: true });
    }

    pub fn add_all(&mut self, others: &Firsts) {
        for (word, more) in self.low.iter_mut().zip(others.low) {
            *word |= more;
        }
        self.beyond |= others.beyond;
    }

    /// Whether a character may be among them.
    #[inline(always)]
    pub fn may_have(&self, c: u32) -> bool {
        if c < 256 { self.low[c as usize / 64] >> (c % 64) & 1 == 1 } else { self.beyond }
    }
}

impl Item {
    fn has(&self, c: u32) -> bool {
        match *self {
            Item::Negate => false,
            Item::Literal(code) => c == code,
            Item::Range(low, high) => (low..=high).contains(&c),
            Item::FoldedRange(low, high) => (low..=high).contains(&c) || (low..=high).contains(&Fold::Unicode.upper(c)),
            Item::Category(category) => in_category(category, c),
            Item::Bits(ref bits) => c < 256 && has_bit(bits, c),
            Item::Blocks(ref numbers, ref blocks) => {
                c < 0x1_0000 && has_bit(&blocks[usize::from(numbers[c as usize >> 8])], c & 255)
            }
        }
    }
}

fn has_bit(bits: &[u32; 8], c: u32) -> bool {
    bits[c as usize / 32] >> (c % 32) & 1 == 1
}

fn category(word: u32) -> Result<u32, Invalid> {
    if word < CATEGORIES { Ok(word) } else { Err(Invalid) }
}

/// The blocks of a large set: how many, 256 numbers of one byte, and the blocks.
fn blocks(words: &mut Reader<'_>) -> Result<Item, Invalid> {
    let count = words.word()? as usize;
    let mut numbers = Vec::with_capacity(256);
    for _ in 0..64 {
        numbers.extend(words.word()?.to_ne_bytes());
    }
    let mut blocks = Vec::new();
    for _ in 0..count {
        blocks.push(words.block()?);
    }
    if numbers.iter().any(|&number| usize::from(number) >= count) {
        return Err(Invalid);
    }
    Ok(Item::Blocks(numbers, blocks))
}
