//! Where spans of blocks come from: arenas of 4 MiB, shared by all heaps of the process.
//!
//! A span of up to an arena's size is cut from one; a longer one is mapped for itself and unmapped when it goes. A block
//! that comes back is dirty until the system is told to forget its pages, which happens at once for long spans and when
//! many dirty blocks lie about. Nothing in here is zeroed by hand: the caller learns whether what it got is clean.
//!
//! Invariant for the unsafe here: `free` bits are set exactly for the blocks that no heap owns.

use std::ptr::NonNull;

use sync::{Mutex, MutexGuard};

use crate::layout::BLOCK_SIZE;

/// Blocks of an arena: one for each bit of a word.
const ARENA_BLOCKS: usize = 64;
const ARENA_SIZE: usize = ARENA_BLOCKS * BLOCK_SIZE;
/// Free blocks that may keep their pages, over all arenas.
const DIRTY_ALLOWED: usize = 128;
/// A span from this size on gives back its pages at once.
const LONG_SPAN: usize = 16;

/// A span of blocks and whether its memory is zero.
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
}

static SPACE: Mutex<Space> = Mutex::new(Space { arenas: Vec::new(), dirty: 0 });

/// A span of `count` blocks, or none when the system has no memory to give.
pub fn take(count: usize) -> Option<Span> {
    if count > ARENA_BLOCKS {
        let address = map_aligned(count * BLOCK_SIZE)?;
        return Some(Span { address, clean: true });
    }
    SPACE.lock().take(count)
}

/// Gives a span back. No one may hold a pointer into it.
pub fn give_back(address: usize, count: usize) {
    if count > ARENA_BLOCKS {
        unmap(address, count * BLOCK_SIZE);
        return;
    }
    SPACE.lock().give_back(address, count);
}

/// Keeps every other thread out of the arenas, over a fork.
pub fn freeze() -> Frozen {
    Frozen(SPACE.lock())
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
            None => (self.add_arena()?, 0),
        };
        let arena = &mut self.arenas[index];
        let mask = run_mask(position, count);
        let clean = arena.clean & mask == mask;
        self.dirty -= (mask & !arena.clean).count_ones() as usize;
        arena.free &= !mask;
        arena.clean &= !mask;
        Some(Span { address: arena.base + position * BLOCK_SIZE, clean })
    }

    fn give_back(&mut self, address: usize, count: usize) {
        let forget = count >= LONG_SPAN || self.dirty + count > DIRTY_ALLOWED;
        let clean = forget && forget_pages(address, count * BLOCK_SIZE);
        let arena = self
            .arenas
            .iter_mut()
            .find(|arena| (arena.base..arena.base + ARENA_SIZE).contains(&address))
            .expect("a span that is given back was cut from an arena");
        let mask = run_mask((address - arena.base) / BLOCK_SIZE, count);
        debug_assert!(arena.free & mask == 0, "a span was given back twice");
        arena.free |= mask;
        if clean {
            arena.clean |= mask;
        } else {
            self.dirty += count;
        }
    }

    fn add_arena(&mut self) -> Option<usize> {
        let base = map_aligned(ARENA_SIZE)?;
        self.arenas.push(Arena { base, free: u64::MAX, clean: u64::MAX });
        Some(self.arenas.len() - 1)
    }
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

/// Maps zeroed memory aligned to a block.
fn map_aligned(bytes: usize) -> Option<usize> {
    let whole = bytes.checked_add(BLOCK_SIZE)?;
    let mapped = map_zeroed(whole)?.as_ptr().addr();
    let start = mapped.next_multiple_of(BLOCK_SIZE);
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
