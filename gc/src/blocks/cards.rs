//! Cards of a large array: which stretches of it were stored into since the last cycle (rule 8).
//!
//! One bit for each [`CARD_SIZE`] bytes, so that one insertion into a table of ten million does not scan all of it again.
//! There are two sets of them, by the colour of the remembered set that an array is in (`protocols::remembering`): threads
//! dirty cards of one while the marker reads and cleans those of the other.

use std::ops::Range;

use sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::layout::CARD_SIZE;
use crate::protocols::remembering::Colour;

/// The cards of one array.
pub struct Cards {
    sets: [CardSet; 2],
}

struct CardSet {
    remembered: AtomicBool,
    bits: Box<[AtomicU64]>,
}

impl Cards {
    /// Clean cards for an object of `bytes`, header included.
    pub fn covering(bytes: usize) -> Self {
        let words = bytes.div_ceil(CARD_SIZE).div_ceil(64);
        let set =
            || CardSet { remembered: AtomicBool::new(false), bits: (0..words).map(|_| AtomicU64::new(0)).collect() };
        Self { sets: [set(), set()] }
    }

    fn set(&self, colour: Colour) -> &CardSet {
        &self.sets[colour.index()]
    }

    /// Dirties the card of an offset. True for the first one since the cards were cleaned: the caller then puts the array
    /// into its remembered set.
    #[must_use]
    pub fn dirty(&self, offset: usize, colour: Colour) -> bool {
        let set = self.set(colour);
        let card = offset / CARD_SIZE;
        let mask = 1 << (card % 64);
        let word = &set.bits[card / 64];
        if word.load(Ordering::Relaxed) & mask == 0 {
            word.fetch_or(mask, Ordering::Relaxed);
        }
        !set.remembered.load(Ordering::Relaxed) && !set.remembered.swap(true, Ordering::Relaxed)
    }

    /// Whether the card of an offset is dirty.
    pub fn is_dirty(&self, offset: usize, colour: Colour) -> bool {
        let card = offset / CARD_SIZE;
        self.set(colour).bits[card / 64].load(Ordering::Relaxed) & (1 << (card % 64)) != 0
    }

    /// The stretches of dirty cards within a range of offsets, each cut to the range.
    pub fn dirty_ranges(&self, range: Range<usize>, colour: Colour) -> impl Iterator<Item = Range<usize>> + '_ {
        let bits = &self.set(colour).bits;
        let mut offset = range.start;
        std::iter::from_fn(move || {
            while offset < range.end {
                let card = offset / CARD_SIZE;
                let word = bits[card / 64].load(Ordering::Relaxed) >> (card % 64);
                if word == 0 {
                    offset = (card / 64 + 1) * 64 * CARD_SIZE;
                    continue;
                }
                let first = card + word.trailing_zeros() as usize;
                let count = (word >> word.trailing_zeros()).trailing_ones() as usize;
                let start = offset.max(first * CARD_SIZE);
                let end = ((first + count) * CARD_SIZE).min(range.end);
                offset = (first + count) * CARD_SIZE;
                if start < end {
                    return Some(start..end);
                }
            }
            None
        })
    }

    /// Makes all cards of a colour clean and the array not remembered in it. The marker only, for the colour that its cycle took.
    pub fn clean(&self, colour: Colour) {
        let set = self.set(colour);
        if set.remembered.swap(false, Ordering::Relaxed) {
            for word in &set.bits {
                word.store(0, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn red() -> Colour {
        Colour::default()
    }

    #[test]
    fn the_colours_are_apart() {
        let cards = Cards::covering(100_000);
        assert!(cards.dirty(5000, red()));
        assert!(cards.dirty(9000, red().other()));
        cards.clean(red());
        assert!(!cards.is_dirty(5000, red()));
        assert!(cards.is_dirty(9000, red().other()));
        assert!(!cards.is_dirty(5000, red().other()));
    }

    #[test]
    fn dirty_stretches_are_found_and_cut() {
        let cards = Cards::covering(1_000_000);
        assert!(cards.dirty(700, red()));
        assert!(!cards.dirty(1100, red()));
        assert!(!cards.dirty(900_000, red()));
        let ranges: Vec<_> = cards.dirty_ranges(16..999_000, red()).collect();
        assert_eq!(ranges, [512..1536, 899_584..900_096]);
        assert_eq!(cards.dirty_ranges(600..610, red()).next(), Some(600..610));
        assert_eq!(cards.dirty_ranges(2000..3000, red()).count(), 0);
        cards.clean(red());
        assert_eq!(cards.dirty_ranges(0..1_000_000, red()).count(), 0);
        assert!(cards.dirty(0, red()));
    }

    #[test]
    fn stretches_cross_words() {
        let cards = Cards::covering(100 * CARD_SIZE);
        for card in 60..70 {
            let _ = cards.dirty(card * CARD_SIZE, red());
        }
        let ranges: Vec<_> = cards.dirty_ranges(0..100 * CARD_SIZE, red()).collect();
        assert_eq!(ranges.iter().map(Range::len).sum::<usize>(), 10 * CARD_SIZE);
    }
}
