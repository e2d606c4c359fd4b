//! A collection from its start to its end.
//!
//! 1. The collecting thread blocks, takes the collector's lock, and sweeps what the last cycle left (rule 5).
//! 2. It stops the world. Every thread's runs and remembered set are taken (rule 6).
//! 3. Roots are visited and marking runs to its end, ephemerons included.
//! 4. Weak references are cleared, finalizers become due and what they need is kept (rules 4 and 7).
//! 5. If asked to, all of that is checked by the independent marker.
//! 6. Blocks that may hold dead cells are queued for sweeping and the world goes on.
//! 7. Objects with Rust memory and large objects are swept at once; after an explicit collection, everything is.

use std::ptr::NonNull;
use std::time::Instant;

use crate::blocks::{BlockRef, CellKind, header_at};
use crate::events::Event;
use crate::heap::Heap;
use crate::layout::CLASSES;
use crate::marking::tracer::{MarkStack, Purpose, Tracer};
use crate::mutator::Mutator;
use crate::object::Header;
use crate::protocols::poll_word::PENDING;
use crate::protocols::remembering::OLD;
use crate::roots::stack;
use crate::safepoints::StoppedWorld;
use crate::safepoints::spill::with_cleared_registers;
use crate::stats::CollectStats;
use crate::verify::Verifier;
use sync::atomic::Ordering;

/// What the collector keeps from cycle to cycle; whoever holds its lock is the collector.
#[derive(Default)]
pub struct Collector {
    stack: MarkStack,
    cycles: u32,
}

/// How much is swept before a collection returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sweep {
    /// What owns memory elsewhere; the rest when its cells are wanted.
    Lazily,
    /// Everything.
    Wholly,
}

/// Under stress every so many cycles one is full.
const STRESS_FULL: u32 = 8;

impl Mutator {
    /// Collects now: `generation` 2 is a full cycle, less a young one. Counts as a poll. Clears the dead part of the stack first,
    /// so that what this thread dropped is found dead; a caller whose own frame may have uncovered stale words calls
    /// [`clear_dead_stack`](crate::clear_dead_stack) before the function that calls this. Finalizers that become due are the embedder's to run, and to collect
    /// again after (rule 12).
    #[inline(never)]
    pub fn collect(&self, generation: u8) -> CollectStats {
        stack::clear_dead_stack();
        self.run_cycle(generation >= 2, Sweep::Wholly, |_| true).unwrap_or_default()
    }

    /// As `collect`, for a caller that the innermost dispatch frame called without Python's work in between: the frames from
    /// that one to this call are left out of the scan as the dispatch frame itself is, and so is what they left in registers.
    /// They must hold nothing that has to live and is not held elsewhere, or among the few words of `kept`.
    pub fn collect_below_dispatch(&self, generation: u8, kept: &[u64]) -> CollectStats {
        // SAFETY: the record lies on this thread's stack, in a frame further out.
        let Some(record) = (unsafe { self.dispatch.get().as_ref() }) else { return self.collect(generation) };
        let mut stats = CollectStats::default();
        with_cleared_registers(&mut |stack_pointer| {
            let _lowered = record.lower(stack_pointer);
            stats = self.collect_with(generation, kept);
        });
        stats
    }

    /// Collects while these words lie in a frame that is scanned.
    #[inline(never)]
    fn collect_with(&self, generation: u8, kept: &[u64]) -> CollectStats {
        let mut words = [0; 4];
        words.iter_mut().zip(kept).for_each(|(word, &kept)| *word = kept);
        std::hint::black_box(&mut words);
        let stats = self.collect(generation);
        std::hint::black_box(&words);
        stats
    }

    /// Runs the cycle that a poll was told of, unless another thread did meanwhile.
    pub(crate) fn collect_if_due(&self) {
        self.run_cycle(false, Sweep::Lazily, |heap| heap.pacer.is_due());
    }

    /// A full cycle in the middle of an allocation. The frames that polls leave out are scanned too, since no one expected
    /// this; and the next cycle is full, since objects that are being filled in without a barrier may be old now.
    pub(crate) fn collect_at_limit(&self) {
        self.scan_all_frames.set(true);
        self.heap().pacer.make_next_full();
        self.run_cycle(true, Sweep::Wholly, |_| true);
        self.heap().pacer.make_next_full();
        self.scan_all_frames.set(false);
    }

    fn run_cycle(&self, full: bool, sweep: Sweep, wanted: impl Fn(&Heap) -> bool) -> Option<CollectStats> {
        let heap = self.heap();
        if heap.options.immortal || !wanted(heap) {
            return None;
        }
        let expected = if full || heap.pacer.wants_full() { 2 } else { 0 };
        heap.emit(Event::Started { generation: expected });
        let stats = self.blocking(|| {
            let mut collector = heap.gate().collector.lock();
            wanted(heap).then(|| heap.run_cycle(&mut collector, full, sweep))
        });
        heap.emit(Event::Ended { generation: stats.map_or(expected, |stats| stats.generation), stats });
        stats
    }
}

impl Heap {
    fn run_cycle(&self, collector: &mut Collector, full: bool, sweep: Sweep) -> CollectStats {
        collector.cycles += 1;
        let stressed = self.options.stress.is_some() && collector.cycles.is_multiple_of(STRESS_FULL);
        let full = full || stressed || self.pacer.wants_full();
        self.finish_sweep();
        let freed_before = self.counters.freed_so_far();
        let mut stats = CollectStats { generation: if full { 2 } else { 0 }, ..CollectStats::default() };
        let start = Instant::now();
        let world = self.gate().stop();
        stats.time_to_stop = start.elapsed();
        self.mark_and_clear(collector, &world, full, &mut stats);
        stats.stopped = start.elapsed();
        drop(world);
        self.sweep_after(full, sweep);
        let freed = self.counters.freed_so_far();
        stats.freed_objects = (freed.0 - freed_before.0) as usize;
        stats.freed_bytes = (freed.1 - freed_before.1) as usize;
        stats.live_bytes = self.pacer.live();
        self.counters.cycle(&stats);
        stats
    }

    /// All that happens while the world is stopped.
    fn mark_and_clear(
        &self,
        collector: &mut Collector,
        world: &StoppedWorld<'_>,
        full: bool,
        stats: &mut CollectStats,
    ) {
        // A thread that swept a block when the stop was asked for has put it back; what was left is swept here.
        self.finish_sweep();
        let remembered = self.take_thread_state(world);
        if full {
            self.forget_marks(&remembered);
        }
        let mut tracer = Tracer::new(self, Purpose::Mark, std::mem::take(&mut collector.stack));
        if !full {
            self.trace_remembered(&remembered, &mut tracer);
        }
        self.visit_roots(world.iter(), &mut tracer);
        tracer.finish();
        self.clear(full, tracer, collector, stats);
        if self.options.verify {
            self.verify(world);
        }
        self.begin_sweep(full);
        if !self.finalizers.lock().due.is_empty() || !self.weak.lock().cleared.is_empty() {
            for mutator in world.iter() {
                mutator.poll.request(PENDING);
            }
        }
        stats.allocated_bytes = self.pacer.cycle_marked(full, stats.live_bytes);
    }

    /// Retires the threads' runs and takes their remembered sets.
    fn take_thread_state(&self, world: &StoppedWorld<'_>) -> Vec<NonNull<Header>> {
        let mut remembered = self.take_left_remembered();
        for mutator in world.iter() {
            mutator.retire_runs();
            remembered.append(&mut mutator.remembered.borrow_mut());
        }
        remembered
    }

    /// Makes every object white, for a full cycle; what is remembered counts as old again until it is found dead.
    fn forget_marks(&self, remembered: &[NonNull<Header>]) {
        for object in remembered {
            // SAFETY: a remembered object is old, and no cycle has freed it since.
            let header = unsafe { object.as_ref() };
            if let Some(cards) = BlockRef::of(header).cards() {
                cards.clean();
            } else {
                header.collector.store(OLD, Ordering::Relaxed);
            }
        }
        self.for_each_block(|block| block.clear_marks());
    }

    fn trace_remembered(&self, remembered: &[NonNull<Header>], tracer: &mut Tracer) {
        for object in remembered {
            // SAFETY: a remembered object is old, and no cycle has freed it since.
            tracer.trace_remembered(unsafe { object.as_ref() });
            tracer.drain();
        }
    }

    /// Rule 4's order, from the end of marking on.
    fn clear(&self, full: bool, mut tracer: Tracer, collector: &mut Collector, stats: &mut CollectStats) {
        let waiting = std::mem::take(&mut tracer.waiting);
        let (stack, objects, bytes) = tracer.into_parts();
        stats.marked_objects = objects;
        stats.live_bytes = bytes;
        let mut weak = self.weak.lock();
        let candidates = weak.candidates(full);
        stats.weak_cleared = weak.clear_dead(&candidates);
        let mut keeper = Tracer::new(self, Purpose::Keep, stack);
        // A table that lives may hold a pair whose key only a finalizer keeps: the value goes with the key.
        keeper.waiting = waiting;
        keeper.clear_dead_pairs();
        let mut finalizers = self.finalizers.lock();
        stats.finalizers = finalizers.find_due(full, |header| keeper.visit(header.bits()));
        drop(finalizers);
        keeper.finish();
        keeper.clear_dead_pairs();
        self.keep_classes_of_dropped(full, &mut keeper);
        keeper.finish();
        keeper.clear_dead_pairs();
        weak.forget_dead_owners(&candidates);
        collector.stack = keeper.into_parts().0;
    }

    /// What is about to be dropped needs its class once more, which may be dead as well: it is kept for this sweep.
    fn keep_classes_of_dropped(&self, full: bool, keeper: &mut Tracer) {
        let mut visit = |block: BlockRef| {
            block.for_each_object(|cell| {
                if !block.is_live(cell) {
                    keeper.visit(header_at(cell).class_bits());
                }
            });
        };
        for class in 0..CLASSES {
            let lists = self.lists(CellKind::Drop, class).lock();
            lists.swept_by_cycle(full).for_each(&mut visit);
        }
        let large = self.large.lock();
        large.swept_by_cycle(full).filter(|block| block.kind() == CellKind::Drop).for_each(visit);
    }

    fn verify(&self, world: &StoppedWorld<'_>) {
        let verifier = Box::new(Verifier::default());
        let mut tracer = Tracer::new(self, Purpose::Verify(verifier), MarkStack::default());
        self.visit_roots(world.iter(), &mut tracer);
        tracer.finish();
    }

    fn begin_sweep(&self, full: bool) {
        for lists in self.all_lists() {
            lists.lock().begin_sweep(full);
        }
        self.large.lock().begin_sweep(full);
    }

    fn sweep_after(&self, full: bool, sweep: Sweep) {
        if sweep == Sweep::Wholly {
            self.finish_sweep();
        } else {
            self.sweep_kind(CellKind::Drop);
            self.sweep_large();
        }
        if full {
            self.pacer.full_swept();
            self.trim_empty();
        }
    }
}
