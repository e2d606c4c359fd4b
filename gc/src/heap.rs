//! A heap: its blocks, its queues, and what may be asked of it as a whole.

use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::time::Instant;

use sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use sync::{Arc, Mutex};

use crate::blocks::empty::EmptyBlocks;
use crate::blocks::lists::ClassLists;
use crate::blocks::table::{self, HeapId};
use crate::blocks::{BlockRef, CellKind, KINDS, space};
use crate::clearing::finalizers::Finalizers;
use crate::clearing::weak::WeakTable;
use crate::cycle::Collector;
use crate::embed::Embedder;
use crate::events::Event;
use crate::layout::{BLOCK_SIZE, CLASSES};
use crate::mutator::Stage;
use crate::mutator::{Mutator, Phase};
use crate::object::Header;
use crate::pacing::Pacer;
use crate::protocols::poll_word::COLLECT;
use crate::roots::registers::RegisterFile;
use crate::safepoints::Gate;
use crate::stats::{Counters, Statistics};
use crate::sweeping::LargeObjects;

/// A heap of this size gets several pages at once from the system; in a smaller one many blocks stay half empty.
const POPULATED_FROM: usize = 16 << 20;

/// How a heap is made to collect more than it need, so that what goes wrong once in a billion stores goes wrong in a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stress {
    /// A collection is due every so many allocations: with 1, at each poll that one came before. Not zero.
    pub every: u32,
    /// Nothing is marked beside the threads, which run with their barriers armed until the next collection is due: only then is
    /// what they logged marked, and all the rest.
    pub late: bool,
    /// Whoever logs a word lets other threads go first.
    pub yields: bool,
}

/// How a heap is to be.
#[derive(Clone, Copy, Debug)]
pub struct HeapOptions {
    /// Handed to the embedder's `trace_roots` and `events`.
    pub roots: *const (),
    /// The most bytes that it may own and account for.
    pub limit: Option<usize>,
    /// Far more collections than are due, for tests.
    pub stress: Option<Stress>,
    /// Mark again after each cycle by an independent marker, and abort with the path to any object that was missed.
    pub verify: bool,
    /// The most markers at a time, if not as many as the machine is thought to have threads for. Under stress or with `verify`, they
    /// then share what little there is.
    pub markers: Option<NonZeroUsize>,
    /// Collect when that is asked for and at the limit only, to measure what else costs.
    pub only_when_asked: bool,
    /// Overwrite freed cells.
    pub poison: bool,
    /// Allocate in the process's [`ImmortalSpace`](crate::ImmortalSpace): the heap of whoever builds what all heaps share. It
    /// is never collected, so its one mutator may pass from thread to thread, one at a time.
    pub immortal: bool,
}

impl Default for HeapOptions {
    fn default() -> Self {
        Self {
            roots: std::ptr::null(),
            limit: None,
            stress: None,
            verify: false,
            markers: None,
            only_when_asked: false,
            poison: cfg!(debug_assertions),
            immortal: false,
        }
    }
}

/// A heap.
pub struct Heap {
    pub(crate) id: HeapId,
    pub(crate) embedder: &'static Embedder,
    pub(crate) options: HeapOptions,
    pub(crate) pacer: Pacer,
    pub(crate) counters: Counters,
    pub(crate) weak: Mutex<WeakTable>,
    pub(crate) finalizers: Mutex<Finalizers>,
    pub(crate) large: Mutex<LargeObjects>,
    pub(crate) collector: Mutex<Collector>,
    /// Changed in stops only.
    phase: Mutex<Phase>,
    /// What threads have logged and the marker has not taken yet.
    logs: Mutex<Vec<Vec<u64>>>,
    /// Threads that took a block to sweep it and have not swept it yet.
    sweepers: AtomicUsize,
    /// What threads have remembered since the last cycle began, in parts: a set may be large, and a stop is not to move it.
    remembered: Mutex<Vec<Vec<NonNull<Header>>>>,
    lists: Box<[Mutex<ClassLists>]>,
    empty: Mutex<EmptyBlocks>,
    gate: AtomicPtr<Gate>,
}

// SAFETY: all that changes is atomic or under a lock; the pointers in `options` are only handed back to the embedder, whose
// functions are declared to be called from any mutator's thread.
unsafe impl Send for Heap {}
// SAFETY: as for `Send`.
unsafe impl Sync for Heap {}

static NEXT_ID: AtomicU32 = AtomicU32::new(1);

impl Heap {
    /// An empty heap.
    pub fn new(embedder: &'static Embedder, options: HeapOptions) -> Arc<Self> {
        Arc::new(Self {
            id: HeapId(NEXT_ID.fetch_add(1, Ordering::Relaxed)),
            embedder,
            options,
            pacer: Pacer::new(options.limit),
            counters: Counters::default(),
            weak: Mutex::new(WeakTable::default()),
            finalizers: Mutex::new(Finalizers::default()),
            large: Mutex::new(LargeObjects::default()),
            collector: Mutex::new(Collector::default()),
            phase: Mutex::new(Phase::default()),
            logs: Mutex::new(Vec::new()),
            sweepers: AtomicUsize::new(0),
            remembered: Mutex::new(Vec::new()),
            lists: (0..KINDS * CLASSES).map(|_| Mutex::new(ClassLists::default())).collect(),
            empty: Mutex::default(),
            gate: AtomicPtr::new(Box::into_raw(Box::new(Gate::new()))),
        })
    }

    /// Makes the calling thread a mutator in a place of its own, as [`Mutator::enter`] does.
    pub fn attach(self: &Arc<Self>, thread_data: *const (), registers: RegisterFile) -> Box<Mutator> {
        let mutator = Box::new(self.new_mutator(thread_data, registers));
        // SAFETY: it is boxed.
        unsafe { mutator.enter() };
        mutator
    }

    /// A mutator of the calling thread that has yet to [enter](Mutator::enter): for embedders who put it in a place of theirs.
    pub fn new_mutator(self: &Arc<Self>, thread_data: *const (), registers: RegisterFile) -> Mutator {
        Mutator::new(self, thread_data, registers)
    }

    /// Whether at most one thread is a mutator.
    pub fn is_single_threaded(&self) -> bool {
        self.gate().threads.count() <= 1
    }

    /// How many threads are mutators.
    pub fn mutator_count(&self) -> usize {
        self.gate().threads.count()
    }

    /// Sets poll bits of every mutator.
    pub fn request_all(&self, bits: u32) {
        self.gate().threads.request_all(bits);
    }

    /// The next object whose finalizer is due, if any. It is a root up to here; from here on the caller's stack holds it.
    pub fn take_finalizable(&self) -> Option<u64> {
        self.finalizers.lock().due.pop_front()
    }

    /// Makes every finalizer that never ran due, whether its object lives or not: an interpreter ends. Waits for a cycle that runs,
    /// which has objects with finalizers in hand, and has visited the queue.
    pub fn make_all_finalizers_due(&self, mutator: &Mutator) {
        mutator.blocking(|| {
            let _turn = self.take_turn();
            self.finalizers.lock().make_all_due();
        });
    }

    /// The owner of a weak slot that was emptied, if any is left to tell. It is a root up to here.
    pub fn take_cleared_weak(&self) -> Option<u64> {
        self.weak.lock().cleared.pop_front()
    }

    /// The owners of the weak slots registered for an object, in the order of their registration. To read them is to hold them, as
    /// with [`WeakSlot::get`](crate::WeakSlot::get).
    pub fn weak_owners(&self, mutator: &Mutator, referent: u64) -> Vec<NonNull<Header>> {
        let owners = self.weak.lock().owners(referent, mutator.stage() == Stage::Clearing);
        if mutator.is_marking() {
            // SAFETY: the owner of every entry lives.
            owners.iter().for_each(|owner| mutator.log(unsafe { owner.as_ref() }.bits()));
        }
        owners
    }

    /// Calls `visit` with each object, with the heap's other mutators stopped. It must not allocate.
    pub fn for_each_object(&self, mutator: &Mutator, visit: &mut dyn FnMut(&Header)) {
        mutator.for_each_object(visit);
    }

    /// Calls `look` with this heap, its other mutators stopped meanwhile. It must not allocate.
    pub fn inspect(&self, mutator: &Mutator, look: &mut dyn FnMut(&crate::safepoints::StoppedHeap<'_>)) {
        mutator.inspect(look);
    }

    /// The object that a word points into, if it points into one of this heap's. The calling thread is a mutator.
    pub fn find_object(&self, word: u64) -> Option<NonNull<Header>> {
        crate::roots::stack::find_object(self.id, word).map(NonNull::from)
    }

    /// Says how many bytes threads are given between two cycles at the least; none for the collector's own choice. With more than
    /// that, a large heap's cycles are further apart still; with less, all are as close as was said.
    pub fn set_young_floor(&self, bytes: Option<usize>) {
        self.pacer.set_young_floor(bytes);
    }

    /// Makes a cycle due at the next poll of a mutator.
    pub fn request_cycle(&self, mutator: &Mutator) {
        self.pacer.request();
        mutator.poll.request(COLLECT);
    }

    /// The heap's numbers.
    pub fn statistics(&self) -> Statistics {
        let counted = self.counters.read();
        Statistics {
            allocated_bytes: counted.allocated_bytes + self.pacer.allocated_since_cycle() as u64,
            live_bytes: self.pacer.live(),
            committed_bytes: self.pacer.committed(),
            external_bytes: self.pacer.external(),
            ..counted
        }
    }

    /// Says that memory outside the heap came back; `drop_object` finds the heap by [`Heap::of`].
    pub fn release(&self, bytes: usize) {
        self.pacer.release(bytes);
    }

    /// The heap of an object that is not immortal.
    pub fn of(header: &Header) -> &Self {
        // SAFETY: a block belongs to a heap that lives as long as any object in the block can be reached or is dropped.
        unsafe { &*BlockRef::of(header).heap() }
    }

    /// What barriers do now.
    pub(crate) fn phase(&self) -> Phase {
        *self.phase.lock()
    }

    /// Changes what barriers do. In a stop, by whoever then tells every thread.
    pub(crate) fn set_phase(&self, phase: Phase) {
        *self.phase.lock() = phase;
    }

    /// Hands a log over to the marker.
    pub(crate) fn give_log(&self, log: Vec<u64>) {
        if !log.is_empty() {
            self.logs.lock().push(log);
        }
    }

    /// The logs that were handed over.
    pub(crate) fn take_logs(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut self.logs.lock())
    }

    /// Says that the calling thread may be about to take a block to sweep it, until what this gives is dropped.
    pub(crate) fn sweeping(&self) -> Sweeping<'_> {
        self.sweepers.fetch_add(1, Ordering::Acquire);
        Sweeping(self)
    }

    /// Waits until what was taken to be swept is swept: moments, since none of it polls.
    pub(crate) fn wait_for_sweepers(&self) {
        while self.sweepers.load(Ordering::Acquire) != 0 {
            sync::thread::yield_now();
        }
    }

    pub(crate) fn next_is_full(&self) -> bool {
        self.pacer.next_is_full()
    }

    pub(crate) fn gate(&self) -> &Gate {
        // SAFETY: the gate is replaced only in a forked child, which leaks the one before.
        unsafe { &*self.gate.load(Ordering::Acquire) }
    }

    /// Installs a new gate; the old one is leaked, since sleepers that did not survive a fork are queued on it.
    pub(crate) fn replace_gate(&self, gate: Box<Gate>) {
        self.gate.store(Box::into_raw(gate), Ordering::Release);
    }

    /// Takes over a part of a thread's remembered set.
    pub(crate) fn give_remembered(&self, part: Vec<NonNull<Header>>) {
        if !part.is_empty() {
            self.remembered.lock().push(part);
        }
    }

    /// The remembered sets of all threads, as far as they were handed over.
    pub(crate) fn take_remembered(&self) -> Vec<Vec<NonNull<Header>>> {
        std::mem::take(&mut self.remembered.lock())
    }

    pub(crate) fn lists(&self, kind: CellKind, class: usize) -> &Mutex<ClassLists> {
        &self.lists[kind as usize * CLASSES + class]
    }

    pub(crate) fn all_lists(&self) -> impl Iterator<Item = &Mutex<ClassLists>> {
        self.lists.iter()
    }

    pub(crate) fn emit(&self, event: Event) {
        // SAFETY: the embedder gave this pointer for this function.
        unsafe { (self.embedder.events)(self.options.roots, event) };
    }

    /// An empty block made one of a class: of those the heap has or finds by a little sweeping, or a new one if the limit and the
    /// system allow it.
    pub(crate) fn empty_block(&self, kind: CellKind, class: usize) -> Option<BlockRef> {
        let pooled = self.empty.lock().take();
        let (block, fresh_from) = match pooled.or_else(|| self.emptied_block()) {
            Some(block) => (block, block.fresh_from()),
            None => self.new_block()?,
        };
        // SAFETY: the block is in no list and held by no one else, and no object is in it.
        unsafe { block.format(self, kind, class, fresh_from) };
        Some(block)
    }

    /// Whether it is so large that its threads get several pages at once from the system.
    pub(crate) fn populates(&self) -> bool {
        self.pacer.committed() >= POPULATED_FROM
    }

    fn new_block(&self) -> Option<(BlockRef, usize)> {
        let (address, clean) = self.take_span(1)?;
        // SAFETY: the span was just entered as this heap's.
        let block = unsafe { BlockRef::at(address) };
        Some((block, if clean { 0 } else { BLOCK_SIZE }))
    }

    /// A span of blocks, entered as this heap's, and whether it is clean.
    pub(crate) fn take_span(&self, span: usize) -> Option<(usize, bool)> {
        let bytes = span * BLOCK_SIZE;
        if !self.pacer.commit(bytes) {
            return None;
        }
        let Some(taken) = space::take(span) else {
            self.pacer.uncommit(bytes);
            return None;
        };
        if !table::enter(self.id, taken.address, span) {
            table::remove(taken.address, span);
            space::give_back(taken.address, span);
            self.pacer.uncommit(bytes);
            return None;
        }
        Some((taken.address, taken.clean))
    }

    /// Gives a block or a large object's span back to the process.
    pub(crate) fn give_back(&self, block: BlockRef) {
        let (address, span) = (block.address(), block.span());
        block.retire();
        table::remove(address, span);
        space::give_back(address, span);
        self.pacer.uncommit(span * BLOCK_SIZE);
    }

    /// Bytes of the blocks that are not empty.
    pub(crate) fn used(&self) -> usize {
        self.pacer.committed() - self.empty.lock().len() * BLOCK_SIZE
    }

    /// Keeps an empty block for later.
    pub(crate) fn keep_empty(&self, block: BlockRef) {
        self.empty.lock().add(block);
    }

    /// Gives back the empty blocks past so many.
    pub(crate) fn keep_empty_blocks(&self, most: usize) {
        let others = self.empty.lock().keep(most);
        others.into_iter().for_each(|block| self.give_back(block));
    }

    /// Gives back the empty blocks that the heap has not needed for a while.
    pub(crate) fn give_back_unneeded(&self) {
        let least = self.pacer.least_empty_blocks();
        let unneeded = self.empty.lock().take_unneeded(least, Instant::now());
        unneeded.into_iter().for_each(|block| self.give_back(block));
    }

    fn drop_remaining(&self, block: BlockRef) {
        if block.kind() != CellKind::Drop {
            return;
        }
        block.for_each_object(|cell| {
            let header = std::ptr::with_exposed_provenance_mut(cell);
            // SAFETY: an object of a drop block that no sweep has dropped, and the heap's last moment.
            unsafe { (self.embedder.drop_object)(header) };
        });
    }
}

/// A thread at sweeping.
pub struct Sweeping<'a>(&'a Heap);

impl Drop for Sweeping<'_> {
    fn drop(&mut self) {
        self.0.sweepers.fetch_sub(1, Ordering::Release);
    }
}

impl Drop for Heap {
    /// No mutator is left, since each holds the heap: drops what owns Rust memory and gives every block back.
    fn drop(&mut self) {
        let mut blocks: Vec<BlockRef> = self.large.get_mut().drain().collect();
        for lists in &mut self.lists {
            blocks.extend(lists.get_mut().iter());
        }
        for &block in &blocks {
            self.drop_remaining(block);
        }
        blocks.append(&mut self.empty.get_mut().take_all());
        for block in blocks {
            self.give_back(block);
        }
        // SAFETY: `new` or `replace_gate` made it from a box, and no one can be inside: all mutators are gone.
        drop(unsafe { Box::from_raw(self.gate.load(Ordering::Acquire)) });
    }
}
