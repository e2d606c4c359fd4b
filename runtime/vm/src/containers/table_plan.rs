//! `TablePlan`: how large a hash table is, and whether it has hash words: what is fixed for a table's life.
//!
//! The index is a power of two of cells, and two thirds of them is what a table is asked for at most. A table then takes as many entries
//! as its cell of the heap holds, up to three quarters of the index: what the heap would round up is no slack.
//!
//! A plan is kept in two words of the table's header: where the index lies in the shape word; the index's size and the place of the
//! hashes in the flags, between the flag of views below and the one that `gc.freeze` sets above.

use gc::Header;

use crate::containers::equality::told_hash;
use crate::object::Slot;
use crate::thread::Thread;
use crate::value::Value;

/// Where the hashes of a table's keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hashes {
    /// In the keys, each of which tells its own.
    InKeys,
    /// In the table, a word for each entry.
    InTable,
}

impl Hashes {
    /// Where they may be in a table that will have this key, whose hash is not known yet.
    #[inline]
    #[must_use]
    pub fn expected(t: &Thread, key: Value) -> Self {
        if told_hash(t, key).is_some() { Hashes::InKeys } else { Hashes::InTable }
    }

    /// Where they may be in a table that has this key by this hash.
    #[inline(always)]
    #[must_use]
    pub fn with_key(t: &Thread, key: Value, hash: u64) -> Self {
        if told_hash(t, key) == Some(hash) { Hashes::InKeys } else { Hashes::InTable }
    }
}

/// The size of the parts of a table whose entries have so many words beside the hash.
#[derive(Clone, Copy, Debug)]
pub struct TablePlan<const WORDS: usize> {
    /// The size of the index as a power of two.
    pub log2: u32,
    /// How many entries there is room for.
    pub capacity: usize,
    /// Where the hashes are.
    pub hashes: Hashes,
}

/// Bytes of a table before its entries.
pub const PREFIX: usize = size_of::<Header>() + 4 * size_of::<u32>();
/// Bytes of a word of a table.
const WORD: usize = size_of::<Slot>();

/// The least size of an index, as a power of two.
const MIN_LOG2: u32 = 3;
/// The largest: where it lies and the numbers of three quarters of it fit into a `u32`.
const MAX_LOG2: u32 = 30;
/// The least number of entries.
const MIN_CAPACITY: usize = 3;

/// Where the index's size lies in the flags.
const LOG2_SHIFT: u32 = 9;
const LOG2_MASK: u16 = 31;
/// The flag of a table with hash words.
const HASHES_IN_TABLE: u16 = 1 << 14;

/// Bytes of an index cell for an index of this size.
#[inline(always)]
const fn cell_width(log2: u32) -> usize {
    if log2 <= 8 {
        1
    } else if log2 <= 16 {
        2
    } else {
        4
    }
}

/// Bytes of an index of this size.
pub const fn index_size(log2: u32) -> usize {
    cell_width(log2) << log2
}

/// How many entries a table with an index of this size may be asked for: two thirds.
const fn capacity_of(log2: u32) -> usize {
    (2 << log2) / 3
}

/// How many entries it may have at most: three quarters.
const fn limit_of(log2: u32) -> usize {
    (3 << log2) / 4
}

/// The index size for so many entries.
fn log2_for(entries: usize) -> u32 {
    let cells = entries.saturating_mul(3).div_ceil(2).max(1);
    usize::BITS.saturating_sub((cells - 1).leading_zeros()).max(MIN_LOG2)
}

impl<const WORDS: usize> TablePlan<WORDS> {
    /// For so many entries and few more; none if that is past all sizes.
    pub fn for_entries(entries: usize, hashes: Hashes) -> Option<Self> {
        let log2 = log2_for(entries);
        (log2 <= MAX_LOG2).then(|| Self::filling(log2, entries.max(MIN_CAPACITY), hashes))
    }

    /// For a table that takes the place of one that was planned like this and is full, with `live` entries of `used` that are not
    /// deleted: twice as large, unless much of it was unused.
    pub fn grown(self, live: usize, used: usize, hashes: Hashes) -> Option<Self> {
        let wanted = if live == used { live + live / 2 } else { live * 2 };
        let log2 = log2_for(wanted).min(self.log2 + 1);
        (log2 <= MAX_LOG2).then(|| Self::filling(log2, capacity_of(log2), hashes))
    }

    /// The same, with hash words.
    pub fn with_hash_words(self) -> Self {
        Self::filling(self.log2, self.capacity, Hashes::InTable)
    }

    /// The plan with as many entries as the cell holds that these need.
    fn filling(log2: u32, entries: usize, hashes: Hashes) -> Self {
        let plan = Self { log2, capacity: entries, hashes };
        let room = gc::usable_size(plan.bytes()) - PREFIX - index_size(log2);
        let capacity = (room / (Self::words(hashes) * WORD)).min(limit_of(log2)).max(entries);
        Self { capacity, ..plan }
    }

    /// Bytes of the whole table.
    pub fn bytes(self) -> usize {
        PREFIX + self.capacity * Self::words(self.hashes) * WORD + index_size(self.log2)
    }

    /// Words of one entry, the hash included.
    #[inline(always)]
    fn words(hashes: Hashes) -> usize {
        WORDS + usize::from(hashes == Hashes::InTable)
    }

    /// Whether an index of a quarter of this one's size would do for so many entries.
    pub fn is_wide_for(self, entries: usize) -> bool {
        self.log2 > log2_for(entries) + 1
    }

    /// Writes the plan into the header of a table that nobody else knows.
    #[inline(always)]
    pub fn write(self, header: &Header) {
        let in_table = if self.hashes == Hashes::InTable { HASHES_IN_TABLE } else { 0 };
        header.init_flags((self.log2 as u16) << LOG2_SHIFT | in_table);
        header.set_shape((PREFIX / WORD + self.capacity * Self::words(self.hashes)) as u32);
    }

    /// The plan of a table.
    #[inline(always)]
    pub fn of(header: &Header) -> Self {
        let (log2, hashes) = Self::index_of(header);
        let capacity = (header.shape() as usize - PREFIX / WORD) / Self::words(hashes);
        Self { log2, capacity, hashes }
    }

    /// The size of a table's index, and where the hashes are: all that a search needs.
    #[inline(always)]
    pub fn index_of(header: &Header) -> (u32, Hashes) {
        let flags = header.flags();
        let hashes = if flags & HASHES_IN_TABLE == 0 { Hashes::InKeys } else { Hashes::InTable };
        (u32::from(flags >> LOG2_SHIFT & LOG2_MASK), hashes)
    }

    /// Where the index of a table lies: how many bytes behind its start.
    #[inline(always)]
    pub fn index_offset(header: &Header) -> usize {
        header.shape() as usize * WORD
    }

    /// Whether a table has room for more than so many entries.
    #[inline(always)]
    pub fn has_more_than(header: &Header, entries: usize) -> bool {
        PREFIX / WORD + entries * Self::words(Self::index_of(header).1) < header.shape() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan of a dict's table.
    fn dict_plan(entries: usize, hashes: Hashes) -> TablePlan<2> {
        TablePlan::for_entries(entries, hashes).expect("the size is within bounds")
    }

    #[test]
    fn index_sizes() {
        assert_eq!(log2_for(0), 3);
        assert_eq!(log2_for(5), 3);
        assert_eq!(log2_for(6), 4);
        assert_eq!(log2_for(10), 4);
        assert_eq!(log2_for(11), 5);
        for log2 in MIN_LOG2..=MAX_LOG2 {
            assert_eq!(log2_for(capacity_of(log2)), log2);
            assert!(capacity_of(log2) <= limit_of(log2));
            assert!(
                PREFIX / WORD + limit_of(log2) * 3 <= u32::MAX as usize,
                "the shape word holds where the index lies"
            );
            let largest = 1usize.checked_shl(cell_width(log2) as u32 * 8).unwrap_or(usize::MAX);
            assert!(limit_of(log2) < largest);
            assert!(limit_of(log2) < 1 << log2, "an empty cell ends each search");
        }
    }

    #[test]
    fn small_tables_fill_their_cells() {
        let sizes = [(1, 3, 88), (3, 3, 88), (4, 4, 104), (5, 5, 120), (10, 11, 224), (21, 24, 448)];
        for (entries, capacity, bytes) in sizes {
            let plan = dict_plan(entries, Hashes::InKeys);
            assert_eq!((plan.capacity, plan.bytes()), (capacity, bytes));
        }
        assert_eq!(dict_plan(10, Hashes::InTable).bytes(), 312);
        assert_eq!(TablePlan::<1>::for_entries(5, Hashes::InKeys).map(TablePlan::bytes), Some(80));
    }

    #[test]
    fn hash_words_come_with_the_same_index() {
        for entries in 0..2000 {
            let (plan, general) =
                (dict_plan(entries, Hashes::InKeys), dict_plan(entries, Hashes::InKeys).with_hash_words());
            assert_eq!((general.log2, general.hashes), (plan.log2, Hashes::InTable));
            assert!(general.capacity >= plan.capacity && general.capacity <= limit_of(plan.log2));
        }
    }

    #[test]
    fn tables_grow_by_doubling() {
        for hashes in [Hashes::InKeys, Hashes::InTable] {
            let mut plan = dict_plan(5, hashes);
            for log2 in 4..24 {
                plan = plan.grown(plan.capacity, plan.capacity, hashes).expect("within bounds");
                assert_eq!(plan.log2, log2);
                assert!(plan.capacity >= capacity_of(log2) && plan.capacity <= limit_of(log2));
            }
            for entries in 1..2000 {
                let exact = dict_plan(entries, hashes);
                let grown = exact.grown(exact.capacity, exact.capacity, hashes).expect("within bounds");
                assert!(grown.capacity >= exact.capacity + exact.capacity / 3);
            }
        }
    }

    #[test]
    fn plans_have_bounds() {
        assert!(TablePlan::<1>::for_entries(usize::MAX, Hashes::InKeys).is_none());
        assert!(TablePlan::<1>::for_entries(capacity_of(MAX_LOG2) + 1, Hashes::InKeys).is_none());
    }
}
