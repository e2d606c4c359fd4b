//! Where spans of blocks come from: arenas of 4 MiB, shared by all heaps of the process.
//!
//! An arena begins with the heads of its blocks. A span of up to what is left is cut from one; a longer one is mapped for itself, as
//! an arena with one span, and unmapped when it goes. A block that comes back is dirty until the system is told to forget its pages,
//! which happens at once for long spans. When many dirty blocks lie about, half of them are forgotten, as many as lie side by side at
//! a time: each time the system interrupts every processor that runs the program. Nothing in here is zeroed by hand: the caller
//! learns whether what it got is clean.
//!
//! Invariant for the unsafe here: `free` bits are set exactly for the blocks that no heap owns and no thread makes clean.

use std::ptr::NonNull;

use sync::{Mutex, MutexGuard};

use crate::layout::{ARENA_BLOCKS, ARENA_SIZE, BLOCK_SIZE, HEAD_BLOCKS};

/// The longest span that is cut from an arena.
const LONGEST_CUT: usize = ARENA_BLOCKS - HEAD_BLOCKS;
/// The blocks of an arena that are not for heads.
const ALL: u64 = u64::MAX << HEAD_BLOCKS;
const HEAD_BYTES: usize = HEAD_BLOCKS * BLOCK_SIZE;
/// Free blocks that may keep their pages, over all arenas.
const DIRTY_ALLOWED: usize = 128;
/// A span from this size on gives back its pages at once.
const LONG_SPAN: usize = 16;

const _: () = assert!(ARENA_BLOCKS == u64::BITS as usize);

/// A span of blocks and whether its memory is zero. Its head may be anything.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub address: usize,
    pub clean: bool,
}

struct Arena {
    base: usize,
    free: u64,
    clean: u64,
}

struct Space {
    arenas: Vec<Arena>,
    dirty: usize,
    /// How many runs of free blocks are made clean just now.
    cleaning: usize,
}

/// Free blocks that lie side by side in an arena.
struct FreeBlocks {
    arena: usize,
    base: usize,
    mask: u64,
}

static SPACE: Mutex<Space> = Mutex::new(Space { arenas: Vec::new(), dirty: 0, cleaning: 0 });

/// A span of `count` blocks, or none when the system has no memory to give.
pub fn take(count: usize) -> Option<Span> {
    if count > LONGEST_CUT {
        let base = map_arena(HEAD_BYTES + count * BLOCK_SIZE)?;
        return Some(Span { address: base + HEAD_BYTES, clean: true });
    }
    SPACE.lock().take(count)
}

/// Gives a span back. No one may hold a pointer into it.
pub fn give_back(address: usize, count: usize) {
    if count > LONGEST_CUT {
        unmap(address - HEAD_BYTES, HEAD_BYTES + count * BLOCK_SIZE);
        return;
    }
    let clean = count >= LONG_SPAN && forget_pages(address, count * BLOCK_SIZE);
    let mut space = SPACE.lock();
    space.give_back(address, count, clean);
    if space.dirty > DIRTY_ALLOWED {
        clean_some(space);
    }
}

/// Makes clean what is dirty past half of what is allowed. Others take and give back spans meanwhile.
fn clean_some(mut space: MutexGuard<'_, Space>) {
    while space.dirty > DIRTY_ALLOWED / 2
        && let Some(blocks) = space.take_dirty()
    {
        drop(space);
        let (address, bytes) = blocks.span();
        let clean = forget_pages(address, bytes);
        space = SPACE.lock();
        space.put_back(&blocks, clean);
        if !clean {
            return;
        }
    }
}

/// Keeps every other thread out of the arenas, over a fork.
pub fn freeze() -> Frozen {
    loop {
        let space = SPACE.lock();
        if space.cleaning == 0 {
            return Frozen(space);
        }
        drop(space);
        sync::thread::yield_now();
    }
}

/// While this lives, no other thread takes a span or gives one back.
pub struct Frozen(#[expect(dead_code, reason = "held for its drop")] MutexGuard<'static, Space>);

impl Space {
    fn take(&mut self, count: usize) -> Option<Span> {
        let found = self
            .arenas
            .iter()
            .enumerate()
            .find_map(|(index, arena)| first_run(arena.free, count).map(|position| (index, position)));
        let (index, position) = match found {
            Some(found) => found,
            None => (self.add_arena()?, HEAD_BLOCKS),
        };
        let arena = &mut self.arenas[index];
        let mask = run_mask(position, count);
        let clean = arena.clean & mask == mask;
        self.dirty -= (mask & !arena.clean).count_ones() as usize;
        arena.free &= !mask;
        arena.clean &= !mask;
        Some(Span { address: arena.base + position * BLOCK_SIZE, clean })
    }

    fn give_back(&mut self, address: usize, count: usize, clean: bool) {
        let base = address & !(ARENA_SIZE - 1);
        let arena = self.arenas.iter().position(|arena| arena.base == base);
        let arena = arena.expect("a span that is given back was cut from an arena");
        self.free(arena, run_mask((address - base) / BLOCK_SIZE, count), clean);
    }

    fn free(&mut self, arena: usize, mask: u64, clean: bool) {
        let arena = &mut self.arenas[arena];
        debug_assert!(arena.free & mask == 0, "a span was given back twice");
        arena.free |= mask;
        if clean {
            arena.clean |= mask;
        } else {
            self.dirty += mask.count_ones() as usize;
        }
        if arena.free & arena.clean == ALL {
            // Nor does anyone look at the heads of blocks that no heap owns.
            forget_pages(arena.base, HEAD_BYTES);
        }
    }

    /// The longest run of dirty blocks of an arena, of one of those that have the most, taken out.
    fn take_dirty(&mut self) -> Option<FreeBlocks> {
        let most = self.arenas.iter().enumerate().max_by_key(|(_, arena)| arena.dirty().count_ones());
        let (index, base, dirty) = most.map(|(index, arena)| (index, arena.base, arena.dirty()))?;
        let mask = longest_run(dirty)?;
        self.arenas[index].free &= !mask;
        self.dirty -= mask.count_ones() as usize;
        self.cleaning += 1;
        Some(FreeBlocks { arena: index, base, mask })
    }

    fn put_back(&mut self, blocks: &FreeBlocks, clean: bool) {
        self.free(blocks.arena, blocks.mask, clean);
        self.cleaning -= 1;
    }

    fn add_arena(&mut self) -> Option<usize> {
        let base = map_arena(ARENA_SIZE)?;
        self.arenas.push(Arena { base, free: ALL, clean: ALL });
        Some(self.arenas.len() - 1)
    }
}

impl Arena {
    fn dirty(&self) -> u64 {
        self.free & !self.clean
    }
}

impl FreeBlocks {
    fn span(&self) -> (usize, usize) {
        let address = self.base + self.mask.trailing_zeros() as usize * BLOCK_SIZE;
        (address, self.mask.count_ones() as usize * BLOCK_SIZE)
    }
}

/// The longest run of set bits.
fn longest_run(bits: u64) -> Option<u64> {
    // Where runs of at least `length` begin.
    let (mut starts, mut length) = (bits, 1);
    while length < ARENA_BLOCKS && starts & (bits >> length) != 0 {
        starts &= bits >> length;
        length += 1;
    }
    (starts != 0).then(|| run_mask(starts.trailing_zeros() as usize, length))
}

/// The lowest position of `count` set bits in a row.
fn first_run(free: u64, count: usize) -> Option<usize> {
    let mut runs = free;
    let mut have = 1;
    while have < count && runs != 0 {
        let step = have.min(count - have);
        runs &= runs >> step;
        have += step;
    }
    (runs != 0).then(|| runs.trailing_zeros() as usize)
}

fn run_mask(position: usize, count: usize) -> u64 {
    (u64::MAX >> (ARENA_BLOCKS - count)) << position
}

/// Maps zeroed memory, page-aligned. Small pages only: a few touched bytes shall not cost two megabytes, of which a process
/// with many idle heaps would have many.
pub fn map_zeroed(bytes: usize) -> Option<NonNull<u8>> {
    // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
    let mapped = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if mapped == libc::MAP_FAILED {
        return None;
    }
    mapped.expose_provenance();
    #[cfg(target_os = "linux")]
    // SAFETY: advice on the mapping just made; it changes no contents.
    unsafe {
        libc::madvise(mapped, bytes, libc::MADV_NOHUGEPAGE);
    }
    NonNull::new(mapped.cast())
}

/// Maps zeroed memory aligned to an arena.
fn map_arena(bytes: usize) -> Option<usize> {
    let whole = bytes.checked_add(ARENA_SIZE)?;
    let mapped = map_zeroed(whole)?.as_ptr().addr();
    let start = mapped.next_multiple_of(ARENA_SIZE);
    if start > mapped {
        unmap(mapped, start - mapped);
    }
    let (end, mapped_end) = (start + bytes, mapped + whole);
    if end < mapped_end {
        unmap(end, mapped_end - end);
    }
    Some(start)
}

fn unmap(address: usize, bytes: usize) {
    // SAFETY: the caller owns this whole part of a mapping and no one points into it.
    unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(address), bytes) };
}

/// Lets the system take the pages back; true when they read as zero from now on.
fn forget_pages(address: usize, bytes: usize) -> bool {
    // SAFETY: the caller owns the span, and on Linux private anonymous pages read as zero after this advice.
    let result = unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(address), bytes, libc::MADV_DONTNEED) };
    cfg!(target_os = "linux") && result == 0
}

/// Has the system give clean memory its pages now, which is faster than page by page as they are first touched; where it cannot, that
/// is what happens.
pub fn populate(address: usize, bytes: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: the caller holds the block; the advice changes no contents.
    unsafe {
        libc::madvise(std::ptr::with_exposed_provenance_mut(address), bytes, libc::MADV_POPULATE_WRITE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (address, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found() {
        assert_eq!(first_run(u64::MAX, 64), Some(0));
        assert_eq!(first_run(0, 1), None);
        assert_eq!(first_run(0b1011_0111, 3), Some(0));
        assert_eq!(first_run(0b1011_0011, 3), None);
        assert_eq!(first_run(0b1111_0011, 4), Some(4));
        assert_eq!(first_run(0b1111_1000, 5), Some(3));
        assert_eq!(longest_run(0), None);
        assert_eq!(longest_run(u64::MAX), Some(u64::MAX));
        assert_eq!(longest_run(0b1011_0111), Some(0b111));
        assert_eq!(longest_run(0b1_0111_1011), Some(0b111_1000));
        assert_eq!(longest_run(1 << 63), Some(1 << 63));
    }

    #[test]
    fn dirty_blocks_are_forgotten_in_runs() {
        let mut space = Space { arenas: Vec::new(), dirty: 0, cleaning: 0 };
        let address = space.take(40).expect("memory").address;
        space.give_back(address, 3, false);
        space.give_back(address + 5 * BLOCK_SIZE, 20, false);
        let blocks = space.take_dirty().expect("some are dirty");
        assert_eq!(blocks.span(), (address + 5 * BLOCK_SIZE, 20 * BLOCK_SIZE));
        assert_eq!((space.dirty, space.cleaning), (3, 1));
        space.put_back(&blocks, true);
        assert_eq!((space.dirty, space.cleaning), (3, 0));
        assert!(space.take(20).is_some_and(|span| span.clean), "the run is clean, or one that was never taken is");
        assert!(space.take(3).is_some_and(|span| span.address == address && !span.clean));
        assert!(space.take_dirty().is_none());
        space.give_back(address, 40, true);
        assert_eq!((space.arenas[0].free, space.arenas[0].clean), (ALL, ALL));
        unmap(space.arenas[0].base, ARENA_SIZE);
    }

    #[test]
    fn spans_are_aligned_disjoint_and_come_back() {
        let mut spans = Vec::new();
        for count in [1, 3, 64, 65, 7, 100] {
            let span = take(count).expect("memory");
            assert!(span.address.is_multiple_of(BLOCK_SIZE));
            for &(other, others) in &spans {
                let apart: bool =
                    span.address + count * BLOCK_SIZE <= other || other + others * BLOCK_SIZE <= span.address;
                assert!(apart);
            }
            spans.push((span.address, count));
        }
        for (address, count) in spans {
            give_back(address, count);
        }
    }
}
