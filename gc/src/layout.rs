//! Sizes: blocks, granules, size classes, and the table that maps a size to its class.
//!
//! Invariants that others rely on:
//!
//! 1. Every cell starts at a multiple of [`GRANULE`] and every class's size is one.
//! 2. A cell of more than [`EXACT_LIMIT`] bytes has room to spare after the object that asked for it, so a pointer one
//!    past the object's end still points into its cell. Smaller cells may be filled to the last byte; `docs/collector.md`
//!    says why that is enough.

/// The unit of allocation and of the bitmaps: 16 bytes.
pub const GRANULE: usize = 16;
/// The size and alignment of a block.
pub const BLOCK_SIZE: usize = 64 * 1024;
/// log2 of [`BLOCK_SIZE`].
pub const BLOCK_SHIFT: u32 = BLOCK_SIZE.trailing_zeros();
/// Granules of one block, and so bits of its bitmaps.
pub const BLOCK_GRANULES: usize = BLOCK_SIZE / GRANULE;
/// 64-bit words of one bitmap.
pub const BITMAP_WORDS: usize = BLOCK_GRANULES / 64;
/// The size and alignment of an arena: the blocks whose heads lie together.
pub const ARENA_SIZE: usize = 4 << 20;
/// Blocks of an arena, the first of which hold the heads of the others.
pub const ARENA_BLOCKS: usize = ARENA_SIZE / BLOCK_SIZE;
/// From one block's head to the next: an odd number of pairs of cache lines, so that what the heads have at the same place spreads
/// over all sets of a cache. `blocks` asserts that a head fits.
pub const HEAD_SIZE: usize = 1664;
/// The blocks of an arena that hold heads.
pub const HEAD_BLOCKS: usize = (ARENA_BLOCKS * HEAD_SIZE).div_ceil(BLOCK_SIZE);
/// Objects up to this size may fill their cell to the last byte.
pub const EXACT_LIMIT: usize = 512;
/// The most bytes a thread takes from a block's free cells at a time, and clears at once.
pub const CHUNK: usize = 8 * 1024;
/// The span of a large array that one card stands for.
pub const CARD_SIZE: usize = 512;

/// The cell sizes.
pub const CELL_SIZES: [usize; 35] = [
    16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792,
    2048, 2560, 3072, 4096, 5456, 6544, 8192, 10912, 13104, 16384, 21840, 32768,
];
/// How many size classes there are.
pub const CLASSES: usize = CELL_SIZES.len();
/// The largest size class; what is larger has a span of blocks of its own.
pub const LARGEST_CELL: usize = CELL_SIZES[CLASSES - 1];

/// The sizes that the inline path of allocation handles, in granules.
pub const TABLE_GRANULES: usize = 2048 / GRANULE;

/// The size class of an object of so many granules.
pub const CLASS_BY_GRANULES: [u8; TABLE_GRANULES + 1] = class_table();

const fn class_table() -> [u8; TABLE_GRANULES + 1] {
    let mut table = [0; TABLE_GRANULES + 1];
    let mut granules = 0;
    while granules <= TABLE_GRANULES {
        table[granules] = class_for(granules * GRANULE) as u8;
        granules += 1;
    }
    table
}

/// The smallest class that holds an object of `bytes`, a multiple of the granule no larger than fits; [`CLASSES`] for a
/// large one.
const fn class_for(bytes: usize) -> usize {
    let needed = if bytes > EXACT_LIMIT { bytes + 1 } else { bytes };
    let mut class = 0;
    while class < CLASSES && CELL_SIZES[class] < needed {
        class += 1;
    }
    class
}

/// The size class of an object of `bytes`, or none when it is large.
#[inline(always)]
pub fn size_class(bytes: usize) -> Option<usize> {
    let granules = bytes.div_ceil(GRANULE);
    if granules <= TABLE_GRANULES {
        return Some(CLASS_BY_GRANULES[granules] as usize);
    }
    size_class_slow(granules)
}

#[cold]
fn size_class_slow(granules: usize) -> Option<usize> {
    let class = class_for(granules.saturating_mul(GRANULE));
    (class < CLASSES).then_some(class)
}

/// The most bytes that an object may have in the cell that a request for `bytes` gets: what a growing array asks for
/// instead, to waste nothing.
pub fn usable_size(bytes: usize) -> usize {
    match size_class(bytes) {
        Some(class) if CELL_SIZES[class] <= EXACT_LIMIT => CELL_SIZES[class],
        Some(class) => CELL_SIZES[class] - GRANULE,
        None => {
            let span = large_span(bytes).unwrap_or(usize::MAX / BLOCK_SIZE);
            span * BLOCK_SIZE - GRANULE
        }
    }
}

/// The blocks that a large object of `bytes` occupies, or none when no address space holds it.
pub fn large_span(bytes: usize) -> Option<usize> {
    let whole = bytes.checked_add(GRANULE)?;
    (whole < 1 << 46).then(|| whole.div_ceil(BLOCK_SIZE))
}

/// How many cells of `size` fit into a block.
pub const fn cells_per_block(size: usize) -> usize {
    BLOCK_SIZE / size
}

/// The multiplier that divides an offset in a block by `size`: `offset * reciprocal >> 32`, exact below [`BLOCK_SIZE`].
pub const fn reciprocal(size: usize) -> u64 {
    ((1u64 << 32) / size as u64) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_granular_and_ascend() {
        assert!(CELL_SIZES.iter().all(|size| size % GRANULE == 0));
        assert!(CELL_SIZES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(cells_per_block(LARGEST_CELL) == 2);
    }

    #[test]
    fn each_size_gets_a_cell_that_holds_it_and_its_end() {
        for bytes in 1..=LARGEST_CELL {
            let Some(class) = size_class(bytes) else {
                assert!(bytes > LARGEST_CELL - GRANULE);
                continue;
            };
            assert!(CELL_SIZES[class] >= bytes);
            assert!(bytes <= EXACT_LIMIT || CELL_SIZES[class] > bytes);
            assert_eq!(size_class(usable_size(bytes)), Some(class));
        }
    }

    #[test]
    fn reciprocals_divide() {
        for size in CELL_SIZES {
            for offset in 0..BLOCK_SIZE {
                assert_eq!((offset as u64 * reciprocal(size)) >> 32, (offset / size) as u64);
            }
        }
    }

    #[test]
    fn large_sizes_have_spans() {
        assert_eq!(large_span(BLOCK_SIZE - GRANULE), Some(1));
        assert_eq!(large_span(BLOCK_SIZE), Some(2));
        assert_eq!(large_span(usize::MAX), None);
        assert!(usable_size(100_000) >= 100_000);
        assert_eq!(large_span(usable_size(100_000)), large_span(100_000));
    }
}
