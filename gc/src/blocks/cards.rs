//! Cards of a large array: which stretches of it were stored into since the last cycle (rule 8).
//!
//! One bit for each [`CARD_SIZE`] bytes, so that one insertion into a table of ten million does not scan all of it again.
//! Threads set bits between stops, with atomic operations; the collector reads and clears them in a stop.

use std::ops::Range;

use sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::layout::CARD_SIZE;

/// The cards of one array.
pub struct Cards {
    remembered: AtomicBool,
    bits: Box<[AtomicU64]>,
}

impl Cards {
    /// Clean cards for an object of `bytes`, header included.
    pub fn covering(bytes: usize) -> Self {
        let words = bytes.div_ceil(CARD_SIZE).div_ceil(64);
        Self { remembered: AtomicBool::new(false), bits: (0..words).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Dirties the card of an offset. True for the first one since the cards were cleaned: the caller then puts the array
    /// into its remembered set.
    #[must_use]
    pub fn dirty(&self, offset: usize) -> bool {
        let card = offset / CARD_SIZE;
        let mask = 1 << (card % 64);
        let word = &self.bits[card / 64];
        if word.load(Ordering::Relaxed) & mask == 0 {
            word.fetch_or(mask, Ordering::Relaxed);
        }
        !self.remembered.load(Ordering::Relaxed) && !self.remembered.swap(true, Ordering::Relaxed)
    }

    /// Whether the card of an offset is dirty.
    pub fn is_dirty(&self, offset: usize) -> bool {
        let card = offset / CARD_SIZE;
        self.bits[card / 64].load(Ordering::Relaxed) & (1 << (card % 64)) != 0
    }

    /// The stretches of dirty cards within a range of offsets, each cut to the range.
    pub fn dirty_ranges(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut offset = range.start;
        std::iter::from_fn(move || {
            while offset < range.end {
                let card = offset / CARD_SIZE;
                let word = self.bits[card / 64].load(Ordering::Relaxed) >> (card % 64);
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

    /// Makes all cards clean and the array not remembered. In a stop only.
    pub fn clean(&self) {
        if self.remembered.swap(false, Ordering::Relaxed) {
            for word in &self.bits {
                word.store(0, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dirty_stretches_are_found_and_cut() {
        let cards = Cards::covering(1_000_000);
        assert!(cards.dirty(700));
        assert!(!cards.dirty(1100));
        assert!(!cards.dirty(900_000));
        let ranges: Vec<_> = cards.dirty_ranges(16..999_000).collect();
        assert_eq!(ranges, [512..1536, 899_584..900_096]);
        assert_eq!(cards.dirty_ranges(600..610).next(), Some(600..610));
        assert_eq!(cards.dirty_ranges(2000..3000).count(), 0);
        cards.clean();
        assert_eq!(cards.dirty_ranges(0..1_000_000).count(), 0);
        assert!(cards.dirty(0));
    }

    #[test]
    fn stretches_cross_words() {
        let cards = Cards::covering(100 * CARD_SIZE);
        for card in 60..70 {
            let _ = cards.dirty(card * CARD_SIZE);
        }
        let ranges: Vec<_> = cards.dirty_ranges(0..100 * CARD_SIZE).collect();
        assert_eq!(ranges.iter().map(Range::len).sum::<usize>(), 10 * CARD_SIZE);
    }
}
