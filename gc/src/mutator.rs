//! A thread's membership in a heap.
//!
//! All methods take `&self`. Ownership of the fields, cited by number:
//!
//! 1. `poll`, `single`, `polls` and `handshake` are atomics that other threads use at any time.
//! 2. Everything else is the thread's own while it runs, and the collector's while it is stopped: the handshake orders the
//!    two (its invariant 3). Methods called in a blocking region touch none of it.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr::NonNull;

use sync::atomic::{AtomicBool, AtomicU32, Ordering};
use sync::{Arc, LockContext, LockMode};

use crate::allocation::Runs;
use crate::barriers::{WeakSlot, bits};
use crate::blocks::immortal::ImmortalSpace;
use crate::heap::Heap;
use crate::object::{Header, Word, flags, is_pointer};
use crate::protocols::gate::Member;
use crate::protocols::handshake::Handshake;
use crate::protocols::poll_word::{self, COLLECT, PollWord, STOP};
use crate::protocols::remembering::{Colour, MARKING, OUTSIDE_MARKING};
use crate::roots::dispatch::DispatchRecord;
use crate::roots::registers::RegisterFile;
use crate::roots::stack;
use crate::unreachable::TrashCounter;

/// Whether this build has neither barriers nor polls. It only serves to measure what they cost: nothing may be collected, and no
/// thread can be stopped.
pub(crate) const BARE: bool = cfg!(ophion_bare);

/// How long a thread's log gets before the marker has it. The closing stop traces what is left in the logs.
const LOG_LENGTH: usize = 128;
/// How long a part of a thread's remembered set gets before the heap has it.
const PART_LENGTH: usize = 1024;

/// What a cycle does beside the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing, or it sweeps.
    #[default]
    Outside,
    /// It marks.
    Marking,
    /// It has marked all that lives, and empties what leads to the dead.
    Clearing,
}

/// What a heap's barriers do now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phase {
    /// What a cycle does beside the threads.
    pub stage: Stage,
    /// Which remembered set stores enter their objects into.
    pub colour: Colour,
}

/// A thread that works in a heap, once it has [entered](Self::enter) it. It is bound to its thread; dropping it leaves the heap.
///
/// It has cache lines of its own, in the pairs in which processors fetch them: beside what other threads write, each of its own
/// reads would wait for theirs.
#[repr(C, align(128))]
pub struct Mutator {
    pub(crate) poll: PollWord,
    threshold: Cell<u8>,
    pub(crate) single: AtomicBool,
    /// Whether the thread is in a poll: if it is blocked, that is for the collector's sake.
    pub(crate) polls: AtomicBool,
    stage: Cell<Stage>,
    colour: Cell<Colour>,
    pub(crate) dispatch: Cell<*const DispatchRecord>,
    registers: RegisterFile,
    pub(crate) runs: Runs,
    remembered: RefCell<Vec<NonNull<Header>>>,
    log: RefCell<Vec<u64>>,
    pub(crate) handshake: Handshake,
    pub(crate) stack_low: Cell<usize>,
    pub(crate) stack_high: usize,
    pub(crate) scan_all_frames: Cell<bool>,
    pub(crate) until_stress: Cell<u32>,
    /// Bytes that the thread has taken and not told of.
    pub(crate) uncounted: Cell<usize>,
    pub(crate) trash_counter: Cell<Option<TrashCounter>>,
    pub(crate) thread_data: *const (),
    heap: Arc<Heap>,
    entered: Cell<bool>,
    bound: PhantomData<*const ()>,
}

impl Mutator {
    pub(crate) fn new(heap: &Arc<Heap>, thread_data: *const (), registers: RegisterFile) -> Self {
        Self {
            poll: PollWord::new(),
            threshold: Cell::new(OUTSIDE_MARKING),
            single: AtomicBool::new(true),
            polls: AtomicBool::new(false),
            stage: Cell::new(Stage::default()),
            colour: Cell::new(Colour::default()),
            dispatch: Cell::new(std::ptr::null()),
            registers,
            runs: Runs::default(),
            remembered: RefCell::new(Vec::new()),
            log: RefCell::new(Vec::new()),
            handshake: Handshake::running(),
            stack_low: Cell::new(0),
            stack_high: stack::high_end(),
            scan_all_frames: Cell::new(false),
            until_stress: Cell::new(heap.options.stress.map_or(0, |stress| stress.every)),
            uncounted: Cell::new(0),
            trash_counter: Cell::new(None),
            thread_data,
            heap: Arc::clone(heap),
            entered: Cell::new(false),
            bound: PhantomData,
        }
    }

    /// Makes the calling thread a mutator, running. Waits for a stop that is under way, and, if there was one mutator so
    /// far, for that one to poll or block: a thread that waits for this must do so in a blocking region.
    ///
    /// # Safety
    /// It stays where it is until it is dropped, and `thread_data` is ready to be visited.
    pub unsafe fn enter(&self) {
        assert!(!self.entered.replace(true), "a mutator enters its heap once");
        // SAFETY: the caller's promise; dropping it dismisses it first.
        unsafe { self.heap.gate().admit(self) };
    }

    /// The heap.
    #[inline(always)]
    pub fn heap(&self) -> &Arc<Heap> {
        &self.heap
    }

    /// The pointer given when the thread attached.
    pub fn thread_data(&self) -> *const () {
        self.thread_data
    }

    /// The registers of the embedder's frames.
    #[inline(always)]
    pub fn registers(&self) -> &RegisterFile {
        &self.registers
    }

    /// The word to poll: zero when nothing is to be done.
    #[inline(always)]
    pub fn poll_word(&self) -> &AtomicU32 {
        self.poll.raw()
    }

    /// Whether anything is to be done: [`poll`](Self::poll) for the collector's part, the embedder's bits for the rest.
    #[inline(always)]
    pub fn should_poll(&self) -> bool {
        !BARE && self.poll.is_set()
    }

    /// Whether the collector asks for something: [`poll`](Self::poll).
    #[inline(always)]
    pub fn should_stand_still(&self) -> bool {
        !BARE && self.poll.bits() & (STOP | COLLECT) != 0
    }

    /// Sets poll bits; any thread may, through a reference that it is given.
    pub fn request(&self, bits: u32) {
        self.poll.request(bits);
    }

    /// Takes poll bits away and says which of them were set. The collector's own are left alone, but for
    /// [`PENDING`](poll_word::PENDING).
    pub fn take(&self, bits: u32) -> u32 {
        self.poll.take(bits & !(poll_word::STOP | poll_word::COLLECT))
    }

    /// The collector byte from which on a store takes the barrier's slow path.
    #[inline(always)]
    pub(crate) fn threshold(&self) -> u8 {
        self.threshold.get()
    }

    /// Whether a cycle marks beside this thread.
    #[inline(always)]
    pub(crate) fn is_marking(&self) -> bool {
        self.threshold() == MARKING
    }

    /// What a cycle does beside this thread.
    #[inline(always)]
    pub(crate) fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// The colour of the remembered set.
    pub(crate) fn colour(&self) -> Colour {
        self.colour.get()
    }

    /// What the heap's phase asks of this thread's barrier. In a stop, or before the thread is let in.
    pub(crate) fn arm(&self, phase: Phase) {
        self.colour.set(phase.colour);
        self.stage.set(phase.stage);
        self.threshold.set(if phase.stage == Stage::Marking { MARKING } else { OUTSIDE_MARKING });
    }

    /// Puts an object into the remembered set.
    pub(crate) fn remember(&self, owner: &Header) {
        let mut remembered = self.remembered.borrow_mut();
        remembered.push(NonNull::from(owner));
        if remembered.len() >= PART_LENGTH {
            self.heap.give_remembered(std::mem::take(&mut remembered));
        }
    }

    /// Takes the last part of the remembered set. In a stop, or by the thread itself as it leaves.
    pub(crate) fn take_remembered(&self) -> Vec<NonNull<Header>> {
        std::mem::take(&mut self.remembered.borrow_mut())
    }

    /// Puts a word into the log; a full one goes to the marker.
    pub(crate) fn log_unmarked(&self, bits: u64) {
        let mut log = self.log.borrow_mut();
        log.push(bits);
        if log.len() >= LOG_LENGTH {
            self.heap.give_log(std::mem::replace(&mut log, Vec::with_capacity(LOG_LENGTH)));
        }
    }

    /// Takes the log. In a stop, or by the thread itself as it leaves.
    pub(crate) fn take_log(&self) -> Vec<u64> {
        std::mem::take(&mut self.log.borrow_mut())
    }

    /// Whether this is the heap's one mutator.
    #[inline(always)]
    pub fn is_single_threaded(&self) -> bool {
        self.is_alone()
    }

    /// Whether the thread has something to do but to wait for what the embedder waits for, as it looks to others.
    pub(crate) fn is_busy(&self) -> bool {
        !self.handshake.is_blocked() || self.polls.load(Ordering::Relaxed)
    }

    /// Whether the thread is in the middle of an allocation, where it ran into the heap's limit: then all of its frames are scanned, and
    /// the cycle after it goes on is a full one. In a stop.
    pub(crate) fn is_at_limit(&self) -> bool {
        self.scan_all_frames.get()
    }

    /// Says that an object now accounts for memory outside the heap.
    pub fn charge(&self, bytes: usize) {
        if self.heap.pacer.charge(bytes) {
            self.poll.request(poll_word::COLLECT);
        }
    }

    /// Whether the heap's limit has room for `bytes` more; asked before a library makes something of that size (rule 13).
    pub fn may_charge(&self, bytes: usize) -> bool {
        self.heap.pacer.may_grow(bytes)
    }

    /// Says that memory outside the heap came back. From `drop_object`: [`Heap::release`].
    pub fn release(&self, bytes: usize) {
        self.heap.pacer.release(bytes);
    }

    /// Registers a finalizer: when the object is found unreachable for the first time,
    /// [`Heap::take_finalizable`] hands it out.
    pub fn register_finalizer(&self, object: &Header) {
        if object.set_flags(flags::HAS_FINALIZER) & flags::HAS_FINALIZER == 0 {
            self.heap.finalizers.lock().register(object);
        }
    }

    /// Takes a finalizer back that has nothing to do any more: the object dies at once, like any other.
    #[inline]
    pub fn withdraw_finalizer(&self, object: &Header) {
        if object.has_flags(flags::HAS_FINALIZER) {
            object.clear_flags(flags::HAS_FINALIZER);
        }
    }

    /// Points a weak slot of `owner` at `referent`. When the referent dies the slot is emptied, and if the owner lives then,
    /// [`Heap::take_cleared_weak`] hands it out.
    pub fn weak_register<W: Word>(&self, owner: &Header, slot: &WeakSlot<W>, referent: W) {
        let word = bits(Some(referent));
        if is_pointer(word) && !ImmortalSpace::get().contains(word) {
            crate::blocks::header_at(word as usize).set_flags(flags::HAS_WEAKREFS);
            self.heap.weak.lock().register(owner, slot.raw(), word);
        } else {
            slot.raw().store(word, Ordering::Release);
        }
    }
}

impl LockContext for Mutator {
    #[inline(always)]
    fn mode(&self) -> LockMode {
        if self.is_single_threaded() { LockMode::Single } else { LockMode::Multi }
    }

    fn wait(&self, park: &mut dyn FnMut()) {
        self.blocking(park);
    }
}

impl Drop for Mutator {
    /// The last to leave waits for a cycle that the pool still runs: then no one looks at the heap's roots any more.
    fn drop(&mut self) {
        if !self.entered.get() {
            return;
        }
        self.heap.gate().dismiss(self);
        if self.heap.mutator_count() == 0 {
            drop(self.heap.take_turn());
        }
    }
}
