//! When the next cycle is due, and of which kind.
//!
//! What a young cycle costs is what survives it, hardly what the heap holds. So one is due when the threads were given no more than
//! the processor's cache holds for each, and in a small heap no more than half of that. Where more than a third of that survives, it
//! is twice as much the next time, up to half of what lives or 8 MiB; where less than a sixteenth does, half as much. Where several
//! threads allocate, it is twice as much where an eighth survives, up to 16 MiB for each of them.
//!
//! A cycle is full when old objects (as far as young cycles know, which free none of them) have reached twice what the last full
//! cycle left, in a small heap one and a half times that; when blocks hold more beyond what lives than they did after it, by as much as lives: a few old objects that died keep
//! each of them from use by other classes; or, in a large heap, when it has been some time since then ([`FullClock`]). Memory outside
//! the heap that objects account for counts as theirs in both.

use std::time::{Duration, Instant};

use sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use crate::layout::BLOCK_SIZE;

/// The least that a thread allocates between two cycles: little enough that the cells which one cycle frees are still in the
/// processor's cache when they are handed out again.
const YOUNG_FLOOR: usize = 2 << 20;
/// The same where less than this lives: a small heap stays small, and its cycles cost little.
const YOUNG_LEAST: usize = 1 << 20;
/// The same where several threads allocate: each stop of a cycle holds up all of them.
const YOUNG_SHARED: usize = 4 << 20;
/// What one thread may allocate between two cycles, however little lives, where much of it survives.
const YOUNG_ROOM: usize = 8 << 20;
/// The same for each of several threads.
const YOUNG_ROOM_SHARED: usize = 16 << 20;
/// The part of what was allocated that is much to survive a cycle, so that the next is to come later.
const MUCH: usize = 3;
/// The same where several threads allocate: none of them has a processor beside it that could mark, so what a cycle costs is
/// taken from them.
const MUCH_SHARED: usize = 8;
/// The most that is allocated between two cycles.
const YOUNG_CEILING: usize = 256 << 20;
/// No full cycle is due below this size because the heap has doubled.
const FULL_FLOOR: usize = 1 << 20;
/// A heap of less than this is small: full cycles take so little that it may grow by half, not by all, between two of them.
const SMALL_HEAP: usize = 32 << 20;
/// No full cycle is due because of so little that blocks hold beyond what lives.
const WASTE_FLOOR: usize = 1 << 20;
/// No full cycle is due below this size because of the time since the last.
const CLOCK_FLOOR: usize = 32 << 20;

/// After so many bytes, as a power of two, a thread looks whether a cycle is overdue.
const LOOK_SHIFT: u32 = YOUNG_FLOOR.ilog2();
/// The same while a cycle is left to the threads: so often one of them marks a slice.
const SLICE_SHIFT: u32 = 16;
/// The fewest objects of a slice: less is not worth the way to it.
const LEAST_SLICE: usize = 1 << 9;
/// The most: less than half a millisecond's worth.
pub const MOST_SLICE: usize = 1 << 13;

/// The least time between two full cycles, in times of what the last one took, when the heap has not doubled.
const FULL_PAUSE: u32 = 4;
/// The same where such cycles find little.
const LONGEST_FULL_PAUSE: u32 = 64;

/// When a full cycle comes though the heap has not doubled since the last: old objects that died would else stay for as long as the
/// program allocates little. Each one that frees less than a quarter makes the next wait for twice as long.
#[derive(Debug)]
pub struct FullClock {
    ended: Instant,
    took: Duration,
    pause: u32,
    live_before: usize,
    by_time: bool,
}

impl Default for FullClock {
    fn default() -> Self {
        let took = Duration::ZERO;
        Self { ended: Instant::now(), took, pause: FULL_PAUSE, live_before: 0, by_time: false }
    }
}

impl FullClock {
    /// Whether a cycle that begins now, with so much that may be alive, should be full.
    pub fn is_due(&self, live: usize) -> bool {
        live >= CLOCK_FLOOR && self.took > Duration::ZERO && self.ended.elapsed() >= self.took * self.pause
    }

    /// A full cycle begins, for the sake of time or for another reason.
    pub fn begin(&mut self, live: usize, by_time: bool) {
        self.live_before = live;
        self.by_time = by_time;
    }

    /// It has ended.
    pub fn end(&mut self, live: usize, took: Duration) {
        let freed_much = self.live_before.saturating_sub(live) >= self.live_before / 4;
        self.pause = if self.by_time && !freed_much { (self.pause * 2).min(LONGEST_FULL_PAUSE) } else { FULL_PAUSE };
        self.ended = Instant::now();
        self.took = took;
    }
}

/// One heap's pacer.
#[derive(Debug)]
pub struct Pacer {
    limit: usize,
    allocated: AtomicUsize,
    young_at: AtomicUsize,
    full_at: AtomicUsize,
    committed: AtomicUsize,
    external: AtomicUsize,
    live: AtomicUsize,
    young_floor: AtomicUsize,
    threads: AtomicUsize,
    /// What is allocated between two cycles now, but for floor and ceiling.
    room: AtomicUsize,
    next_full: AtomicBool,
    /// What blocks may hold beyond what lives until a full cycle is due; zero when that is to be seen by the next cycle.
    waste_at: AtomicUsize,
    requested: AtomicBool,
    /// Whether a cycle is on the way to its starting stop.
    beginning: AtomicBool,
    /// After so many bytes, as a power of two, a thread looks what is to be done.
    look_shift: AtomicU32,
}

impl Pacer {
    /// A pacer of an empty heap.
    pub fn new(limit: Option<usize>) -> Self {
        let limit = limit.unwrap_or(usize::MAX);
        Self {
            limit,
            allocated: AtomicUsize::new(0),
            young_at: AtomicUsize::new(YOUNG_LEAST.min(limit / 4)),
            full_at: AtomicUsize::new(FULL_FLOOR.min(limit / 2)),
            committed: AtomicUsize::new(0),
            external: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
            young_floor: AtomicUsize::new(YOUNG_FLOOR),
            threads: AtomicUsize::new(1),
            room: AtomicUsize::new(YOUNG_LEAST),
            next_full: AtomicBool::new(false),
            waste_at: AtomicUsize::new(0),
            requested: AtomicBool::new(false),
            beginning: AtomicBool::new(false),
            look_shift: AtomicU32::new(LOOK_SHIFT),
        }
    }

    /// Says how much is allocated between two cycles at the least, from now on; less than the usual says how much at all.
    pub fn set_young_floor(&self, bytes: Option<usize>) {
        self.young_floor.store(bytes.unwrap_or(YOUNG_FLOOR).min(YOUNG_CEILING), Ordering::Relaxed);
        self.set_young_at();
    }

    fn set_young_at(&self) {
        let asked = self.young_floor.load(Ordering::Relaxed);
        let live = self.live.load(Ordering::Relaxed);
        let threads = self.threads.load(Ordering::Relaxed).max(1);
        let (usual, most) = match threads {
            1 => (live.clamp(YOUNG_LEAST, YOUNG_FLOOR), YOUNG_ROOM),
            _ => (YOUNG_SHARED, YOUNG_ROOM_SHARED),
        };
        let each = if asked == YOUNG_FLOOR { usual } else { asked };
        let floor = each.saturating_mul(threads).min(YOUNG_CEILING);
        let most = (live / 2).max(most.saturating_mul(threads)).clamp(floor, YOUNG_CEILING);
        let room = self.room.load(Ordering::Relaxed).clamp(floor, most);
        self.room.store(room, Ordering::Relaxed);
        let young_at = if asked < YOUNG_FLOOR { floor } else { room };
        self.young_at.store(young_at.min(self.limit / 4), Ordering::Relaxed);
    }

    /// Counts cells given to a thread. True when a cycle is due, or it is time to look whether one is overdue or waits for a slice
    /// to be marked.
    pub fn allocated(&self, bytes: usize) -> bool {
        let before = self.allocated.fetch_add(bytes, Ordering::Relaxed);
        let (after, shift) = (before + bytes, self.look_shift.load(Ordering::Relaxed));
        after >= self.young_at.load(Ordering::Relaxed) || after >> shift != before >> shift
    }

    /// Says whether a cycle is left to the threads, which are to mark a slice of it every now and then as they allocate.
    pub fn leave_to_threads(&self, left: bool) {
        self.look_shift.store(if left { SLICE_SHIFT } else { LOOK_SHIFT }, Ordering::Relaxed);
    }

    /// Whether a cycle is left to the threads.
    pub fn is_left_to_threads(&self) -> bool {
        self.look_shift.load(Ordering::Relaxed) == SLICE_SHIFT
    }

    /// How many objects a slice has, when so many are left to mark as it seems: the cycle is to end when an eighth of what may
    /// be allocated before the next one has been: what is allocated until then outlives the cycle, and stores meanwhile cost more.
    pub fn slice(&self, left: usize) -> usize {
        let allocated = self.allocated.load(Ordering::Relaxed);
        let room = (self.young_at.load(Ordering::Relaxed) / 8).saturating_sub(allocated);
        match room >> SLICE_SHIFT {
            0 => MOST_SLICE,
            slices => (left / slices).clamp(LEAST_SLICE, MOST_SLICE),
        }
    }

    /// The bytes given to threads since the last cycle.
    pub fn allocated_since_cycle(&self) -> usize {
        self.allocated.load(Ordering::Relaxed)
    }

    /// Counts memory outside the heap. True when a cycle is due.
    pub fn charge(&self, bytes: usize) -> bool {
        self.external.fetch_add(bytes, Ordering::Relaxed);
        self.allocated(bytes)
    }

    /// Whether the heap and what it accounts for may become larger by `bytes`.
    pub fn may_grow(&self, bytes: usize) -> bool {
        let used = self.committed.load(Ordering::Relaxed).saturating_add(self.external.load(Ordering::Relaxed));
        used.saturating_add(bytes) <= self.limit
    }

    /// Counts memory outside the heap that came back.
    pub fn release(&self, bytes: usize) {
        // A release that was never charged must not wrap around: it would look like a heap far past its limit.
        let _ = self
            .external
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |external| Some(external.saturating_sub(bytes)));
    }

    /// Counts blocks that the heap now owns, if its limit allows them.
    #[must_use]
    pub fn commit(&self, bytes: usize) -> bool {
        let allowed = self.may_grow(bytes);
        if allowed {
            self.committed.fetch_add(bytes, Ordering::Relaxed);
        }
        allowed
    }

    /// Counts blocks that went back to the process.
    pub fn uncommit(&self, bytes: usize) {
        self.committed.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Asks for a cycle, whatever was allocated.
    pub fn request(&self) {
        self.requested.store(true, Ordering::Relaxed);
    }

    /// Whether a cycle is due; of several threads that were told so, the first runs it and the others find that it is not.
    pub fn is_due(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
            || self.allocated.load(Ordering::Relaxed) >= self.young_at.load(Ordering::Relaxed)
    }

    /// A cycle is about to begin, which may take a while: there is something to sweep before it.
    pub fn cycle_begins(&self) {
        self.beginning.store(true, Ordering::Relaxed);
    }

    /// Whether so much was allocated since the cycle that is under way began, or was to begin, as the next one waits for.
    pub fn is_behind(&self) -> bool {
        let allowance = 1 + usize::from(self.beginning.load(Ordering::Relaxed));
        self.allocated.load(Ordering::Relaxed) / allowance >= self.young_at.load(Ordering::Relaxed)
    }

    /// Whether the next cycle has to be full.
    pub fn wants_full(&self) -> bool {
        let size = self.live.load(Ordering::Relaxed) + self.external.load(Ordering::Relaxed);
        self.next_is_full() || size >= self.full_at.load(Ordering::Relaxed)
    }

    /// Whether so much of the heap's blocks is in use by what died, with all of them swept, that the next cycle has to be full.
    pub fn is_wasteful(&self, used: usize) -> bool {
        let live = self.live.load(Ordering::Relaxed);
        let waste = used.saturating_sub(live).saturating_sub(self.allocated_since_cycle());
        let most = self.waste_at.load(Ordering::Relaxed);
        if most == 0 {
            self.waste_at.store(waste + live.max(WASTE_FLOOR), Ordering::Relaxed);
        }
        most > 0 && waste > most
    }

    /// Whether the next cycle was said to have to be full.
    pub fn next_is_full(&self) -> bool {
        self.next_full.load(Ordering::Relaxed)
    }

    /// Makes the next cycle a full one.
    pub fn make_next_full(&self) {
        self.next_full.store(true, Ordering::Relaxed);
    }

    /// A cycle has begun. Returns what was allocated since the one before.
    pub fn cycle_started(&self) -> usize {
        self.requested.store(false, Ordering::Relaxed);
        self.beginning.store(false, Ordering::Relaxed);
        self.allocated.swap(0, Ordering::Relaxed)
    }

    /// A cycle of a heap in which so many threads allocate, which had been given `allocated` bytes, has marked `marked` that were not
    /// marked before.
    pub fn cycle_marked(&self, full: bool, allocated: usize, marked: usize, threads: usize) {
        let live = if full { marked } else { self.live.load(Ordering::Relaxed) + marked };
        self.live.store(live, Ordering::Relaxed);
        self.threads.store(threads, Ordering::Relaxed);
        let room = self.room.load(Ordering::Relaxed);
        if !full && marked > allocated / if threads > 1 { MUCH_SHARED } else { MUCH } {
            self.room.store(room.saturating_mul(2), Ordering::Relaxed);
        } else if !full && marked < allocated / 16 {
            self.room.store(room / 2, Ordering::Relaxed);
        }
        self.set_young_at();
    }

    /// A full cycle has stopped the threads, none of which is at the limit: whoever asks for one from now on means the next.
    pub fn full_begun(&self) {
        self.next_full.store(false, Ordering::Relaxed);
    }

    /// A full cycle was swept as far as it is going to be: says when the next one is due.
    pub fn full_swept(&self) {
        self.waste_at.store(0, Ordering::Relaxed);
        let size = self.live.load(Ordering::Relaxed) + self.external.load(Ordering::Relaxed);
        let growth = if size < SMALL_HEAP { size / 2 } else { size };
        let full_at = size.saturating_add(growth).max(FULL_FLOOR);
        // Near the limit there is no room to double: then half of what is left.
        let room = self.limit.saturating_sub(size) / 2;
        self.full_at.store(full_at.min(size.saturating_add(room)), Ordering::Relaxed);
    }

    /// Bytes of marked objects, as far as is known.
    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// Bytes of blocks and spans.
    pub fn committed(&self) -> usize {
        self.committed.load(Ordering::Relaxed)
    }

    /// Bytes outside the heap.
    pub fn external(&self) -> usize {
        self.external.load(Ordering::Relaxed)
    }

    /// How many empty blocks the heap keeps for itself after a full cycle: what it will grow by up to the next one. Pages that go and
    /// come again cost more than the cells in them.
    pub fn most_empty_blocks(&self) -> usize {
        let growth = self.full_at.load(Ordering::Relaxed).saturating_sub(self.live.load(Ordering::Relaxed));
        growth.max(self.young_at.load(Ordering::Relaxed)) / BLOCK_SIZE
    }

    /// How many it keeps when who uses it has asked for a collection: what it will want up to the next young cycle.
    pub fn young_empty_blocks(&self) -> usize {
        self.young_at.load(Ordering::Relaxed).max(FULL_FLOOR) / BLOCK_SIZE
    }

    /// How many it keeps though it did not need them for a while.
    pub fn least_empty_blocks(&self) -> usize {
        (self.live.load(Ordering::Relaxed) / 8).max(YOUNG_LEAST) / BLOCK_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = 1 << 30;

    #[test]
    fn slices_grow_as_the_room_gets_less() {
        let pacer = Pacer::new(None);
        pacer.cycle_marked(false, 0, YOUNG_FLOOR, 1);
        pacer.leave_to_threads(true);
        assert!(pacer.is_left_to_threads());
        // An eighth of two megabytes are 4 steps of 64 KB.
        assert_eq!(pacer.slice(4 * 1000), 1000);
        assert_eq!(pacer.slice(0), LEAST_SLICE);
        assert!(!pacer.allocated(1 << 15) && pacer.allocated(1 << 15), "a slice for each 64 KB");
        assert!(pacer.allocated(1 << 16));
        assert_eq!(pacer.slice(4 * 1000), 2000);
        assert!(pacer.allocated(2 << 16));
        assert_eq!(pacer.slice(0), MOST_SLICE, "behind: what seemed to be left was too little");
    }

    #[test]
    fn waste_counts_by_what_lives_from_what_there_was() {
        const MEGABYTE: usize = 1 << 20;
        let pacer = Pacer::new(None);
        pacer.cycle_marked(true, 0, 4 * MEGABYTE, 1);
        pacer.full_swept();
        // What was allocated since the cycle is no waste. The first look says how much of it there is in any case.
        pacer.allocated(MEGABYTE);
        assert!(!pacer.is_wasteful(8 * MEGABYTE));
        assert!(!pacer.is_wasteful(12 * MEGABYTE));
        assert!(pacer.is_wasteful(12 * MEGABYTE + 1));
        pacer.full_swept();
        assert!(!pacer.is_wasteful(100 * MEGABYTE));
    }

    fn after(clock: &mut FullClock, live: usize) {
        clock.end(live, Duration::from_nanos(1));
        sync::thread::sleep(Duration::from_millis(1));
    }

    #[test]
    fn a_full_cycle_comes_in_time_and_less_often_where_it_finds_little() {
        let mut clock = FullClock::default();
        assert!(!clock.is_due(LARGE), "nothing is known of how long one takes");
        clock.begin(LARGE, false);
        after(&mut clock, LARGE);
        assert!(clock.is_due(LARGE) && !clock.is_due(CLOCK_FLOOR - 1));
        for pause in [8, 16, 32, 64, 64] {
            clock.begin(LARGE, true);
            after(&mut clock, LARGE - LARGE / 5);
            assert_eq!(clock.pause, pause);
        }
        clock.begin(LARGE, true);
        after(&mut clock, LARGE / 2);
        assert_eq!(clock.pause, FULL_PAUSE);
    }
}
