//! Slots, and the write barrier that their only setter runs.
//!
//! A store into an object that a young cycle would not look at must be noticed, or the cycle would miss what was stored.
//! So every setter takes the owner, and compares the owner's collector byte with the thread's threshold: one load, one
//! compare. Past it lies [`Mutator::barrier_slow`], called by [`aside`], once per old object and cycle; and while a cycle marks beside the threads
//! for every store, since then the word that goes away is logged (`protocols::snapshot`).
//!
//! Objects that no one else can reach yet need no barrier (rule 1): [`Slot::init`] asks for an [`Unpublished`], which is
//! unsafe to make and good only until the next poll, blocking call or call of the embedder's own code. A debug build
//! finds the object old and panics when it was kept for longer.
//!
//! A store without a barrier does not compile:
//!
//! ```compile_fail
//! fn store<W: gc::Word>(slot: &gc::Slot<W>, owner: &gc::Header, word: W) {
//!     slot.set(owner, Some(word)); // the thread is missing, so no barrier could run
//! }
//! ```
//!
//! ```compile_fail
//! fn store<W: gc::Word>(slot: &gc::Slot<W>, mutator: &gc::Mutator, word: W) {
//!     slot.set(mutator, Some(word)); // so is the owner
//! }
//! ```
//!
//! ```compile_fail
//! fn store<W: gc::Word>(slot: &gc::Slot<W>, word: W) {
//!     slot.init(word); // published or not? An `Unpublished` would say
//! }
//! ```
//!
//! ```
//! fn store<W: gc::Word>(slot: &gc::Slot<W>, owner: &gc::Header, mutator: &gc::Mutator, word: W) {
//!     slot.set(owner, mutator, Some(word));
//! }
//! ```

mod aside;

use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

use sync::atomic::{AtomicU64, Ordering};
use sync::weaken;

use crate::blocks::immortal::ImmortalSpace;
use crate::blocks::{BlockRef, header_at};
use crate::layout::CARD_SIZE;
use crate::mutator::{BARE, Mutator, Stage};
use crate::object::{Header, Word, flags, is_pointer};
use crate::protocols::remembering::{self, YOUNG};
use crate::protocols::{keeping, snapshot};

/// One word of an object that may point at another.
#[repr(transparent)]
pub struct Slot<W>(AtomicU64, PhantomData<W>);

/// One word of an object that does not keep alive what it points at: the collector empties it.
#[repr(transparent)]
pub struct WeakSlot<W>(AtomicU64, PhantomData<W>);

// SAFETY: a slot is an atomic word, and the words in it may be used from every thread of their heap.
unsafe impl<W> Sync for Slot<W> {}
// SAFETY: as for `Sync`.
unsafe impl<W> Send for Slot<W> {}
// SAFETY: as for `Slot`.
unsafe impl<W> Sync for WeakSlot<W> {}
// SAFETY: as for `Slot`.
unsafe impl<W> Send for WeakSlot<W> {}

/// Proof that an object was not published yet: stores into it need no barrier.
#[derive(Clone, Copy)]
pub struct Unpublished<'a> {
    header: NonNull<Header>,
    mutator: Option<&'a Mutator>,
}

impl<'a> Unpublished<'a> {
    /// Takes the caller's word for it.
    ///
    /// # Safety
    /// `header` was allocated by this thread, no other thread can reach it, and between its allocation and the last use
    /// of the result lies no poll, no blocking call and no call of the embedder's own code (rule 1).
    #[inline(always)]
    pub unsafe fn new(header: NonNull<Header>, mutator: &'a Mutator) -> Self {
        Self { header, mutator: Some(mutator) }
    }

    /// The same for an object of the immortal space, which is filled in before there is a heap or beside one.
    ///
    /// # Safety
    /// `header` was allocated there by this thread, and no other thread can reach it yet.
    pub unsafe fn immortal(header: NonNull<Header>) -> Self {
        debug_assert!(ImmortalSpace::get().contains(header.as_ptr().addr() as u64));
        Self { header, mutator: None }
    }

    /// The object.
    #[inline(always)]
    pub fn header(&self) -> &'a Header {
        // SAFETY: the maker of `self` promised that this is a live object.
        unsafe { self.header.as_ref() }
    }

    #[inline(always)]
    fn check(&self) {
        debug_assert!(
            self.header().collector.load(Ordering::Relaxed) == YOUNG
                || self.mutator.is_none_or(|mutator| mutator.heap().next_is_full()),
            "an object was stored into without a barrier after a collection had made it old (rule 1)"
        );
    }
}

/// What the barrier must know of a store: whose slot, which, and what goes in.
pub(crate) struct BarrierSite<'a> {
    owner: &'a Header,
    slot: &'a AtomicU64,
    new: u64,
}

impl<'a> BarrierSite<'a> {
    #[inline(always)]
    pub(crate) fn new(owner: &'a Header, slot: &'a AtomicU64, new: u64) -> Self {
        Self { owner, slot, new }
    }
}

impl<W: Word> Slot<W> {
    /// A slot with nothing in it. Zeroed memory is one too.
    #[inline(always)]
    pub const fn empty() -> Self {
        Self(AtomicU64::new(0), PhantomData)
    }

    /// What the slot holds.
    #[inline(always)]
    pub fn get(&self) -> Option<W> {
        word(self.0.load(Ordering::Acquire))
    }

    /// Puts a word into the slot of a published object.
    #[inline(always)]
    pub fn set(&self, owner: &Header, mutator: &Mutator, word: Option<W>) {
        let new = bits(word);
        mutator.barrier(BarrierSite::new(owner, &self.0, new));
        self.0.store(new, Ordering::Release);
    }

    /// Replaces `old` by `new`, or returns what the slot held instead.
    #[inline]
    pub fn compare_exchange(
        &self,
        owner: &Header,
        mutator: &Mutator,
        old: Option<W>,
        new: Option<W>,
    ) -> Result<(), Option<W>> {
        let new = bits(new);
        mutator.barrier(BarrierSite::new(owner, &self.0, new));
        self.0.compare_exchange(bits(old), new, Ordering::AcqRel, Ordering::Acquire).map(|_| ()).map_err(self::word)
    }

    /// Puts `new` in and returns what the slot held.
    #[inline]
    pub fn swap(&self, owner: &Header, mutator: &Mutator, new: Option<W>) -> Option<W> {
        let new = bits(new);
        mutator.barrier(BarrierSite::new(owner, &self.0, new));
        self::word(self.0.swap(new, Ordering::AcqRel))
    }

    /// Fills a slot of an object that was not published yet.
    #[inline(always)]
    pub fn init(&self, fresh: &Unpublished<'_>, word: Option<W>) {
        fresh.check();
        self.0.store(bits(word), Ordering::Relaxed);
    }

    /// The bits now.
    #[inline(always)]
    pub(crate) fn raw(&self) -> &AtomicU64 {
        &self.0
    }
}

/// Many slots at once: one barrier for all of them, and one store each.
impl<W: Word> Slot<W> {
    /// Moves the words of `source` so that they begin at `target`, both within `slots`; as `memmove`, they may overlap. A
    /// thread that reads meanwhile finds in each slot its old or its new word.
    pub fn move_range(owner: &Header, mutator: &Mutator, slots: &[Self], source: Range<usize>, target: usize) {
        let count = source.len();
        let from = &slots[source.clone()];
        let to = &slots[target..target + count];
        mutator.barrier_range(owner, to);
        if target <= source.start {
            (0..count).for_each(|index| to[index].copy_from(&from[index]));
        } else {
            (0..count).rev().for_each(|index| to[index].copy_from(&from[index]));
        }
    }

    /// Puts words into slots of a published object, the last first: who finds the first one there finds them all.
    #[inline(always)]
    pub fn set_all<const N: usize>(owner: &Header, mutator: &Mutator, slots: &[Self; N], words: [Option<W>; N]) {
        mutator.barrier_range(owner, slots);
        for index in (0..N).rev() {
            slots[index].0.store(bits(words[index]), Ordering::Release);
        }
    }

    /// Exchanges the first of `low` with the last of `high` and so on, as many slots of the owner both: a step of turning a stretch
    /// around.
    pub fn swap_reversed(owner: &Header, mutator: &Mutator, low: &[Self], high: &[Self]) {
        mutator.barrier_range(owner, low);
        mutator.barrier_range(owner, high);
        for (low, high) in low.iter().zip(high.iter().rev()) {
            let word = low.0.load(Ordering::Acquire);
            low.copy_from(high);
            high.0.store(word, Ordering::Release);
        }
    }

    /// Copies the words of `source`, slots of any object, into as many slots of `owner`.
    pub fn copy_range(owner: &Header, mutator: &Mutator, target: &[Self], source: &[Self]) {
        mutator.barrier_range(owner, target);
        target.iter().zip(source).for_each(|(to, from)| to.copy_from(from));
    }

    /// Copies the words of `source` into as many slots of an object that was not published yet.
    pub fn init_range(fresh: &Unpublished<'_>, target: &[Self], source: &[Self]) {
        fresh.check();
        target.iter().zip(source).for_each(|(to, from)| to.copy_from(from));
    }

    /// Copies words that are no object's, such as registers, into the slots of `owner`.
    #[inline]
    pub fn fill_range(owner: &Header, mutator: &Mutator, target: &[Self], words: impl Iterator<Item = Option<W>>) {
        mutator.barrier_range(owner, target);
        target.iter().zip(words).for_each(|(slot, word)| slot.0.store(bits(word), Ordering::Release));
    }

    /// Moves the words of `slots` out of `owner`, one after the other, to where `take` puts them: into registers, say.
    #[inline]
    pub fn take_range(owner: &Header, mutator: &Mutator, slots: &[Self], mut take: impl FnMut(usize, u64)) {
        mutator.barrier_range(owner, slots);
        for (index, slot) in slots.iter().enumerate() {
            take(index, slot.0.load(Ordering::Acquire));
            slot.0.store(0, Ordering::Release);
        }
    }

    /// Empties slots of `owner`.
    pub fn clear_range(owner: &Header, mutator: &Mutator, slots: &[Self]) {
        mutator.barrier_range(owner, slots);
        slots.iter().for_each(|slot| slot.0.store(0, Ordering::Release));
    }

    #[inline(always)]
    fn copy_from(&self, from: &Self) {
        self.0.store(from.0.load(Ordering::Acquire), Ordering::Release);
    }
}

impl<W: Word> WeakSlot<W> {
    /// A slot that refers to nothing.
    #[inline(always)]
    pub const fn empty() -> Self {
        Self(AtomicU64::new(0), PhantomData)
    }

    /// The referent, while it lives. To read it is to hold it: while a cycle marks, it is told of the referent, which it may
    /// not have known to live; while one clears, nothing is held that it found dead.
    #[inline(always)]
    pub fn get(&self, mutator: &Mutator) -> Option<W> {
        if mutator.stage() != Stage::Outside {
            return self.get_beside_cycle(mutator);
        }
        word(self.0.load(Ordering::Acquire))
    }

    #[cold]
    #[inline(never)]
    fn get_beside_cycle(&self, mutator: &Mutator) -> Option<W> {
        if mutator.stage() == Stage::Clearing && weaken::step("barriers.judged_read") {
            return word(keeping::read(&self.0, is_live));
        }
        let bits = self.0.load(Ordering::Acquire);
        if mutator.is_marking() && weaken::step("barriers.weak_read") {
            mutator.log(bits);
        }
        word(bits)
    }

    /// Whether the slot refers to what a word does that the caller holds.
    #[inline(always)]
    pub fn refers_to(&self, held: W) -> bool {
        self.0.load(Ordering::Acquire) == held.to_bits()
    }

    /// Whether the slot refers to nothing, or to nothing any more: a referent that died counts until the collector has emptied the slot.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Points an ephemeron's key at something, for the first time and not before its value is there: while a cycle clears, the
    /// collector may empty what was written, but nothing is written over it. Weak references proper go through
    /// [`Mutator::weak_register`]: a key is found by tracing its owner, a weak reference by its registration.
    #[inline]
    pub fn set_key(&self, owner: &Header, mutator: &Mutator, word: Option<W>) {
        let new = bits(word);
        mutator.barrier(BarrierSite::new(owner, &self.0, new));
        self.0.store(new, Ordering::Release);
    }

    /// Forgets the referent. The collector then leaves the slot alone.
    #[inline]
    pub fn clear(&self) {
        self.0.store(0, Ordering::Release);
    }

    #[inline(always)]
    pub(crate) fn raw(&self) -> &AtomicU64 {
        &self.0
    }
}

#[inline(always)]
fn word<W: Word>(bits: u64) -> Option<W> {
    if bits == 0 {
        return None;
    }
    Some(W::from_bits(bits))
}

#[inline(always)]
pub(crate) fn bits<W: Word>(word: Option<W>) -> u64 {
    word.map_or(0, W::to_bits)
}

impl Mutator {
    /// The write barrier, before the store.
    #[inline(always)]
    pub(crate) fn barrier(&self, site: BarrierSite<'_>) {
        debug_assert!(
            !is_pointer(site.new)
                || !ImmortalSpace::get().contains(site.owner.bits())
                || ImmortalSpace::get().contains(site.new),
            "an immortal object may point only at immortal ones"
        );
        if !BARE && site.owner.collector.load(Ordering::Relaxed) >= self.threshold() {
            std::hint::cold_path();
            aside::barrier(self, site.owner, std::slice::from_ref(site.slot));
        }
    }

    /// The barrier before stores into many slots of one object.
    #[inline(always)]
    fn barrier_range<W>(&self, owner: &Header, slots: &[Slot<W>]) {
        if !BARE && owner.collector.load(Ordering::Relaxed) >= self.threshold() && !slots.is_empty() {
            std::hint::cold_path();
            // SAFETY: a slot is an atomic word and nothing else.
            let words = unsafe { std::slice::from_raw_parts(slots.as_ptr().cast::<AtomicU64>(), slots.len()) };
            aside::barrier(self, owner, words);
        }
    }

    /// Remembers the owner of slots that lie next to one another, once per cycle; for a large array, dirties their cards as well. While
    /// a cycle marks, logs the words that are about to go. There is at least one slot.
    fn barrier_slow(&self, owner: &Header, slots: &[AtomicU64]) {
        if self.is_marking() {
            if self.is_outside_snapshot(owner) {
                return;
            }
            for slot in slots.iter().filter(|_| slots.len() == 1 || weaken::step("barriers.range")) {
                snapshot::before_store(slot, |bits| self.log(bits));
            }
            if self.heap().options.stress.is_some_and(|stress| stress.yields) {
                sync::thread::yield_now();
            }
        }
        if !owner.has_flags(flags::LARGE) {
            if remembering::remember(&owner.collector, self.colour()) {
                self.remember(owner);
            }
            return;
        }
        // All lie on one card or on cards next to one another.
        for slot in slots.iter().step_by(CARD_SIZE / size_of::<u64>()) {
            self.dirty_card(owner, std::ptr::from_ref(slot).addr());
        }
        self.dirty_card(owner, std::ptr::from_ref(&slots[slots.len() - 1]).addr());
    }

    fn dirty_card(&self, owner: &Header, slot: usize) {
        let offset = slot - std::ptr::from_ref(owner).addr();
        if BlockRef::of(owner).cards().is_some_and(|cards| cards.dirty(offset, self.colour())) {
            self.remember(owner);
        }
    }

    /// Whether the running cycle has nothing to do with an object: it was allocated since the cycle began, or never dies.
    fn is_outside_snapshot(&self, object: &Header) -> bool {
        ImmortalSpace::get().contains(object.bits()) || BlockRef::of(object).is_kept(std::ptr::from_ref(object).addr())
    }

    /// Tells the running cycle of a word that a slot held when it began, or that was read from a weak slot: what it points at
    /// counts as live.
    #[inline(never)]
    pub(crate) fn log(&self, bits: u64) {
        if !is_live(bits) {
            self.log_unmarked(bits);
        }
    }
}

/// Whether what a word points at is marked or kept so far, if it points at anything that may die.
fn is_live(bits: u64) -> bool {
    let cell = bits as usize;
    !is_pointer(bits) || ImmortalSpace::get().contains(bits) || BlockRef::of(header_at(cell)).is_live(cell)
}
