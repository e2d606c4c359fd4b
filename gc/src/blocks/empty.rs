//! The empty blocks that a heap keeps: what it grows by until the next full cycle it need not take from the process again, page by
//! page. Those that it turns out not to need for a while go back.

use std::time::{Duration, Instant};

use super::BlockRef;

/// For so long a block must not have been needed to go back.
const UNNEEDED_FOR: Duration = Duration::from_millis(500);

/// Empty blocks.
#[derive(Default)]
pub struct EmptyBlocks {
    blocks: Vec<BlockRef>,
    /// The fewest that there were since `watched_since`.
    fewest: usize,
    watched_since: Option<Instant>,
}

impl EmptyBlocks {
    /// Keeps one more.
    pub fn add(&mut self, block: BlockRef) {
        self.blocks.push(block);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Takes one out.
    pub fn take(&mut self) -> Option<BlockRef> {
        let block = self.blocks.pop()?;
        self.fewest = self.fewest.min(self.blocks.len());
        Some(block)
    }

    /// Takes all of them out.
    pub fn take_all(&mut self) -> Vec<BlockRef> {
        self.keep(0)
    }

    /// Keeps so many at most, and takes out the others.
    pub fn keep(&mut self, most: usize) -> Vec<BlockRef> {
        self.fewest = self.fewest.min(most);
        self.blocks.split_off(most.min(self.blocks.len()))
    }

    /// Takes out those that no one needed for a while, but for the `least` that are kept in any case. To be asked every now and then.
    pub fn take_unneeded(&mut self, least: usize, now: Instant) -> Vec<BlockRef> {
        let since = *self.watched_since.get_or_insert(now);
        if now.saturating_duration_since(since) < UNNEEDED_FOR {
            return Vec::new();
        }
        let unneeded = self.fewest.saturating_sub(least);
        let taken = self.keep(self.blocks.len() - unneeded);
        self.fewest = self.blocks.len();
        self.watched_since = Some(now);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::BLOCK_SIZE;

    fn blocks(count: usize) -> EmptyBlocks {
        let mut empty = EmptyBlocks::default();
        // SAFETY: nothing in here looks at the blocks.
        (1..=count).for_each(|number| empty.add(unsafe { BlockRef::at(number * BLOCK_SIZE) }));
        empty
    }

    #[test]
    fn what_was_not_needed_for_a_while_goes() {
        let mut empty = blocks(100);
        let start = Instant::now();
        let later = |times: u32| start + UNNEEDED_FOR * times;
        assert!(empty.take_unneeded(10, start).is_empty());
        assert!(empty.take_unneeded(10, later(1)).is_empty(), "there were none when the watch began");
        for _ in 0..40 {
            let block = empty.take().expect("there are 100");
            empty.add(block);
            assert!(empty.take().is_some());
        }
        assert!(empty.take_unneeded(10, later(1)).is_empty(), "not for long enough");
        assert!((0..15).all(|_| empty.take().is_some()));
        assert_eq!(empty.take_unneeded(10, later(2)).len(), 45 - 10);
        assert_eq!(empty.take_unneeded(10, later(3)).len(), 0);
        assert_eq!(empty.take_all().len(), 10);
        assert!(empty.take_unneeded(0, later(4)).is_empty() && empty.take().is_none());
    }

    #[test]
    fn a_bound_takes_out_what_is_past_it() {
        let mut empty = blocks(10);
        assert_eq!(empty.keep(7).len(), 3);
        assert_eq!(empty.keep(7).len(), 0);
        assert_eq!(empty.take_all().len(), 7);
    }
}
