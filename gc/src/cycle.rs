//! A collection from its start to its end.
//!
//! 1. Whoever begins a cycle takes the heap's turn, and sweeps what the last one left (rule 5). Before a full cycle all marks
//!    are forgotten, with the threads running.
//! 2. The *starting stop*: the threads' runs and remembered sets are taken (rule 6), roots are visited. If little is left to trace,
//!    that is done here and the cycle closes in the same stop.
//! 3. Else the threads' barriers are armed and marking goes on beside them (`protocols::snapshot`): for a while on the thread
//!    that began the cycle, if others run meanwhile. Then, if a processor is free, on the pool, by several markers if there is much
//!    (`marking::company`); if none is, a slice at a time by the threads as they allocate.
//! 4. Weak references to what is marked, and marked objects with finalizers, are set aside beside the threads (`clearing::candidates`).
//! 5. The *closing stop*: the threads' logs are taken and traced. Should that lead far, the threads go on and there is
//!    another such stop later. Else all that lives is marked. Now weak references are cleared, finalizers become due and what they
//!    need is kept (rules 4 and 7): in this stop, or, if that may take long, beside the threads and up to a *last stop* (`clearing`).
//!    Blocks that may hold dead cells are queued for sweeping.
//! 6. Objects with Rust memory and large objects are swept at once, the rest when cells are wanted; on the pool or after an
//!    explicit collection, everything is.
//!
//! Any of the stops may be withdrawn when a thread is late, and is tried again a while later (`protocols::gate`).
//!
//! With `verify`, the independent marker checks all of it before the last stop ends.

use std::ptr::NonNull;
use std::time::{Duration, Instant};

use sync::{Arc, hint, weaken};

use crate::blocks::{BlockRef, CellKind, header_at};
use crate::clearing::{Clearing, DECIDED_AT_ONCE, DECISION};
use crate::events::Event;
use crate::heap::Heap;
use crate::layout::CLASSES;
use crate::marking::mark_stack::MarkStack;
use crate::marking::tracer::{Purpose, Tracer};
use crate::mutator::{Mutator, Phase, Stage};
use crate::object::Header;
use crate::pacing::{FullClock, MOST_SLICE};
use crate::pool;
use crate::protocols::poll_word::PENDING;
use crate::protocols::turnstile;
use crate::roots::stack;
use crate::safepoints::StoppedWorld;
use crate::stats::CollectStats;
use crate::unreachable::Trash;
use crate::verify::Verifier;

/// The turn of whoever collects a heap, looks at all of it or forks it.
pub type Turn<'a> = turnstile::Turn<'a, Box<Cycle>>;

/// What the collector keeps from cycle to cycle; whoever has the turn uses it.
#[derive(Default)]
pub struct Collector {
    stack: MarkStack,
    cycles: u32,
    /// Counts full cycles: a block whose marks were forgotten for this one says so.
    epoch: u32,
    full_clock: FullClock,
    /// How many objects the last cycle marked: the next one of its kind is likely to mark about as many.
    marked: usize,
}

impl Collector {
    /// The stack comes back, and so many objects were marked.
    fn end_marking(&mut self, stack: MarkStack, marked: usize) {
        self.stack = stack;
        self.marked = marked;
    }
}

/// A cycle under way.
pub struct Cycle {
    full: bool,
    sweep: Sweep,
    epoch: u32,
    tracer: Tracer,
    /// How many objects it is likely to mark.
    expected: usize,
    freed_before: (u64, u64),
    began: Instant,
    /// How many threads had allocated since the cycle before.
    allocating: usize,
    stats: CollectStats,
    /// What is to be looked at before it is swept, if the caller asked for that.
    trash: Option<Trash>,
    /// None while it marks. Then its tracer keeps what finalizers need. The memory of this is freed with the cycle: that takes too long
    /// for a stop.
    clearing: Option<Clearing>,
    /// Whether what is dead waits to be swept.
    settled: bool,
    /// How much the starting stop may trace, until it has been.
    starting: Option<usize>,
    /// How many more stops may be withdrawn.
    patience: u32,
    /// When the stop that was withdrawn last is to be tried again.
    again_at: Option<Instant>,
}

impl Cycle {
    /// Its stops wait for late threads.
    fn insist(&mut self) {
        self.patience = 0;
    }

    /// How much is likely to be left to do beside the threads, in objects that are traced.
    fn left(&self) -> usize {
        match &self.clearing {
            None => self.expected.saturating_sub(self.tracer.marked_objects()),
            Some(clearing) => clearing.left(),
        }
    }
}

/// How much is swept before a collection returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sweep {
    /// What owns memory elsewhere; the rest when its cells are wanted.
    Lazily,
    /// Everything.
    Wholly,
}

/// How far the thread that begins a cycle drives it, in objects that are traced.
#[derive(Clone, Copy)]
struct Drive {
    /// In the starting stop.
    stopped: usize,
    /// Then beside the threads, before the pool takes over.
    beside: usize,
}

impl Drive {
    /// To its end, in one stop.
    const TO_THE_END: Self = Self { stopped: usize::MAX, beside: 0 };
    /// To its end, beside the other threads.
    const BESIDE: Self = Self { stopped: 0, beside: usize::MAX };
    /// No further than the roots.
    const ROOTS_ONLY: Self = Self { stopped: 0, beside: 0 };
}

/// Objects that a stop may trace while other threads wait: less than 0.2 milliseconds' worth, however cold they are.
const WHILE_OTHERS_WAIT: usize = 1 << 10;
/// Objects that a thread traces itself before it leaves the rest to others.
const BY_ONESELF: usize = MOST_SLICE;
/// What an object is likely to take, in bytes.
const USUAL_OBJECT: usize = 64;
/// From this size on a heap is collected by the pool from the start: there may be much to sweep before a cycle.
const BACKGROUND_SIZE: usize = 64 << 20;
/// How long a thread waits at one poll for a cycle that it is ahead of.
const WAIT_FOR_MARKER: Duration = Duration::from_micros(500);
/// How many stops of a cycle may be withdrawn.
const PATIENCE: u32 = 16;
/// The same under stress, where a cycle is to end before long in any case.
const STRESS_PATIENCE: u32 = 2;
/// How long after a stop was withdrawn it is tried again: while others run, a late thread gets its processor back.
const AGAIN: Duration = Duration::from_micros(500);
/// How long a cycle is left to the threads before the pool looks whether a processor is free. Each look takes the processor from one of
/// them for a moment, so the next one comes after twice as long.
const WATCH: Duration = Duration::from_millis(2);
/// The longest that it waits between two looks.
const LONGEST_WATCH: Duration = Duration::from_millis(16);
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
        let drive = if self.is_single_threaded() { Drive::TO_THE_END } else { Drive::BESIDE };
        self.run_cycle(generation >= 2, drive)
    }

    /// As `collect`, for a caller that the innermost dispatch frame called without Python's work in between: the frames from
    /// that one to this call are left out of the scan as the dispatch frame itself is, and so is what they left in registers.
    /// They must hold nothing that has to live and is not held elsewhere, or among the few words of `kept`.
    pub fn collect_below_dispatch(&self, generation: u8, kept: &[u64]) -> CollectStats {
        let mut stats = CollectStats::default();
        self.below_dispatch(kept, &mut || stats = self.collect(generation));
        stats
    }

    /// A full cycle in the middle of an allocation. The frames that polls leave out are scanned too, since no one expected
    /// this; and the next cycle is full, since objects that are being filled in without a barrier may be old now. So is every cycle
    /// that finds the thread here, and the first that does not any more: another thread may begin one before this one goes on.
    pub(crate) fn collect_at_limit(&self) {
        self.scan_all_frames.set(true);
        self.heap().pacer.make_next_full();
        self.run_cycle(true, Drive::TO_THE_END);
        self.scan_all_frames.set(false);
    }

    /// Runs a cycle to its end on this thread.
    fn run_cycle(&self, full: bool, drive: Drive) -> CollectStats {
        let heap = self.heap();
        if heap.options.immortal {
            return CollectStats::default();
        }
        let mut stats = None;
        self.blocking(|| {
            let _turn = heap.take_turn();
            let mut cycle = heap.begin(full, Sweep::Wholly);
            cycle.insist();
            cycle.trash = self.trash_counter.get().map(Trash::new);
            stats = heap.drive(cycle, drive).ok();
            // Who asks for a collection may not allocate for long.
            heap.keep_empty_blocks(heap.pacer.young_empty_blocks());
        });
        stats.unwrap_or_default()
    }

    /// Begins the cycle that a poll was told of, unless another thread did meanwhile.
    pub(crate) fn collect_if_due(&self) {
        let heap = self.heap();
        let left = heap.pacer.is_left_to_threads();
        if heap.options.immortal || heap.options.only_when_asked || !(left || heap.is_cycle_due()) {
            return;
        }
        match heap.gate().turnstile.try_take() {
            Some((turn, Some(rest))) => self.blocking(|| heap.assist(turn, rest)),
            // Asked again with the turn in hand: who had it before may have run the cycle.
            Some((turn, None)) if heap.is_cycle_due() => self.begin_due(turn),
            Some(_) => {}
            // An overdue one, or the one that runs.
            None if !heap.pacer.is_behind() => {}
            // The marker gets ahead again.
            None => self.blocking(|| heap.gate().turnstile.wait_while_taken(WAIT_FOR_MARKER)),
        }
    }

    fn begin_due(&self, turn: Turn<'_>) {
        let heap = self.heap();
        heap.pacer.cycle_begins();
        if heap.options.stress.is_none() && heap.pacer.committed() >= BACKGROUND_SIZE {
            let begin = |heap: &Arc<Heap>, turn: Turn<'_>| {
                let cycle = heap.begin(false, Sweep::Wholly);
                if heap.has_free_processor() {
                    heap.go_on_to_the_end(cycle);
                } else {
                    // The starting stop too: a thread that woke for it would take the processor of one that it waits for.
                    heap.leave_to_threads(turn, cycle);
                }
            };
            return self.blocking(|| heap.leave_to_pool(turn, begin));
        }
        let drive = self.drive_of_due();
        self.blocking(|| {
            let cycle = heap.begin(false, Sweep::Lazily);
            match heap.drive(cycle, drive) {
                Err(rest) if heap.marks_late() => turn.leave(rest),
                Err(rest) if heap.has_free_processor() => heap.finish_on_pool(turn, rest),
                Err(rest) => heap.leave_to_threads(turn, rest),
                Ok(_) => {}
            }
        });
    }

    fn drive_of_due(&self) -> Drive {
        if self.heap().marks_late() {
            return Drive::ROOTS_ONLY;
        }
        if self.heap().options.stress.is_some() {
            // One cycle in one stop, one from the roots on beside the thread, and so on.
            let alternate = self.heap().collector.lock().cycles.is_multiple_of(2);
            return if alternate { Drive::TO_THE_END } else { Drive::ROOTS_ONLY };
        }
        let expected = self.heap().collector.lock().marked;
        if self.is_single_threaded() {
            Drive { stopped: BY_ONESELF, beside: 0 }
        } else if expected <= WHILE_OTHERS_WAIT {
            Drive { stopped: WHILE_OTHERS_WAIT, beside: BY_ONESELF }
        } else {
            // There will be two stops in any case: the first one is no place to mark.
            Drive { stopped: 0, beside: BY_ONESELF }
        }
    }
}

/// Driving a cycle on: by whoever has the turn, and is blocked or no mutator.
impl Heap {
    /// Whether enough was allocated for a cycle, or a full one is overdue.
    fn is_cycle_due(&self) -> bool {
        self.pacer.is_due() || self.collector.lock().full_clock.is_due(self.pacer.live())
    }

    /// Waits for a turn, between cycles: one that was left is driven to its end first. The caller is blocked, or no mutator.
    pub(crate) fn take_turn(&self) -> Turn<'_> {
        let (turn, left) = self.gate().turnstile.take();
        if let Some(rest) = left {
            self.go_on_to_the_end(rest);
        }
        turn
    }

    /// Whether stress has cycles wait until the next is due.
    fn marks_late(&self) -> bool {
        self.options.stress.is_some_and(|stress| stress.late)
    }

    /// Passes the turn on to the pool, with what is to be done.
    fn leave_to_pool(self: &Arc<Self>, turn: Turn<'_>, job: impl FnOnce(&Arc<Heap>, Turn<'_>) + Send + 'static) {
        let heap = Arc::clone(self);
        let whole = move || job(&heap, heap.gate().turnstile.received());
        turn.pass_on();
        if let Err(refused) = pool::spawn(whole) {
            refused();
        }
    }

    /// Leaves the rest of a cycle to the pool.
    fn finish_on_pool(self: &Arc<Self>, turn: Turn<'_>, mut rest: Box<Cycle>) {
        rest.sweep = Sweep::Wholly;
        self.leave_to_pool(turn, |heap, _turn| heap.go_on_to_the_end(rest));
    }

    /// Whether a processor has none of this heap's threads to run.
    fn has_free_processor(&self) -> bool {
        self.options.markers.is_some() || self.gate().threads.count_where(Mutator::is_busy) < pool::processors()
    }

    /// Whether threads of this heap wait for processors in any case: some are late at each stop then, and patience is no use.
    fn has_too_few_processors(&self) -> bool {
        self.gate().threads.count_where(Mutator::is_busy) > pool::processors()
    }

    /// Leaves the rest of a cycle to the threads, each of which marks a slice now and then as it allocates. The pool looks after it:
    /// when they no longer keep the processors busy, it takes over.
    fn leave_to_threads(self: &Arc<Self>, turn: Turn<'_>, rest: Box<Cycle>) {
        self.pacer.leave_to_threads(true);
        turn.leave(rest);
        self.watch();
    }

    /// Has the pool look after a cycle that is left to the threads, unless it does.
    fn watch(self: &Arc<Self>) {
        if self.gate().watch.begin() {
            let heap = Arc::clone(self);
            // Without a thread for it, the cycle waits for those that allocate.
            let _refused = pool::spawn(move || heap.watch_over());
        }
    }

    fn watch_over(self: &Arc<Self>) {
        let mut wait = WATCH;
        while self.pacer.is_left_to_threads() {
            sync::thread::sleep(wait);
            wait = (2 * wait).min(LONGEST_WATCH);
            match self.gate().turnstile.take_left() {
                Some((_turn, rest)) if self.has_free_processor() || pool::is_wanted() => self.go_on_to_the_end(rest),
                Some((turn, rest)) => turn.leave(rest),
                None => {}
            }
        }
        self.gate().watch.end();
        // One may have been left since this thread looked.
        if self.pacer.is_left_to_threads() {
            self.watch();
        }
    }

    /// Drives a cycle on that was left: by a slice, or to its end under stress, which leaves cycles until the next is due.
    fn assist(self: &Arc<Self>, turn: Turn<'_>, mut rest: Box<Cycle>) {
        if self.marks_late() {
            return self.go_on_to_the_end(rest);
        }
        rest.stats.slices += 1;
        let slice = self.pacer.slice(rest.left());
        match self.settle_beside(rest, slice) {
            Ok(settled) if settled.sweep == Sweep::Lazily => {
                self.conclude(settled);
            }
            Ok(settled) => self.leave_to_pool(turn, |heap, _turn| {
                heap.conclude(settled);
            }),
            Err(rest) => turn.leave(rest),
        }
    }

    fn go_on_to_the_end(&self, mut cycle: Box<Cycle>) {
        while let Err(rest) = self.go_on(cycle, usize::MAX) {
            // A stop was withdrawn.
            sync::thread::sleep(AGAIN);
            cycle = rest;
        }
    }

    /// What comes before the starting stop.
    fn begin(&self, full: bool, sweep: Sweep) -> Box<Cycle> {
        let began = Instant::now();
        let mut collector = self.collector.lock();
        collector.cycles = collector.cycles.wrapping_add(1);
        let stressed = self.options.stress.is_some() && collector.cycles.is_multiple_of(STRESS_FULL);
        self.finish_sweep();
        self.wait_for_sweepers();
        let live = self.pacer.live();
        let wasteful = self.pacer.is_wasteful(self.used());
        let wanted = full || stressed || wasteful || self.pacer.wants_full();
        let full = wanted || collector.full_clock.is_due(live);
        if full {
            collector.full_clock.begin(live, !wanted);
        }
        let generation = if full { 2 } else { 0 };
        self.emit(Event::Started { generation });
        let freed_before = self.counters.freed_so_far();
        if full {
            collector.epoch = collector.epoch.wrapping_add(1);
            self.forget_marks(collector.epoch);
        }
        let tracer = Tracer::new(self, Purpose::Mark, std::mem::take(&mut collector.stack));
        let expected = if full { live / USUAL_OBJECT } else { collector.marked };
        let stats = CollectStats { generation, ..CollectStats::default() };
        Box::new(Cycle {
            full,
            sweep,
            epoch: collector.epoch,
            tracer,
            expected,
            freed_before,
            began,
            allocating: 0,
            stats,
            trash: None,
            clearing: None,
            settled: false,
            starting: Some(0),
            patience: if self.options.stress.is_some() { STRESS_PATIENCE } else { PATIENCE },
            again_at: None,
        })
    }

    /// From the starting stop on, as far as it is to be driven here. Gives back what is left.
    fn drive(&self, mut cycle: Box<Cycle>, drive: Drive) -> Result<CollectStats, Box<Cycle>> {
        cycle.starting = Some(drive.stopped);
        self.go_on(cycle, drive.beside)
    }

    /// Marks so many objects beside the threads, or clears for as long, and ends the cycle if that was all. Gives back what is left: some
    /// of that, or a stop that was withdrawn.
    fn go_on(&self, cycle: Box<Cycle>, objects: usize) -> Result<CollectStats, Box<Cycle>> {
        self.settle_beside(cycle, objects).map(|settled| self.conclude(settled))
    }

    /// As `go_on`, up to the end of the last stop.
    fn settle_beside(&self, mut cycle: Box<Cycle>, objects: usize) -> Result<Box<Cycle>, Box<Cycle>> {
        while !cycle.settled {
            let whole = match &mut cycle.clearing {
                None if cycle.starting.is_some() => true,
                None => {
                    self.mark_beside(&mut cycle.tracer, objects) && self.decide_beside(cycle.full, objects / DECISION)
                }
                Some(clearing) => clearing.go_on(self, &mut cycle.tracer, objects),
            };
            if !whole || !self.stop_for(&mut cycle) {
                return Err(cycle);
            }
        }
        Ok(cycle)
    }

    /// Marks so many objects, with what the threads have logged so far. True when nothing is left, or all of it is for the
    /// closing stop.
    fn mark_beside(&self, tracer: &mut Tracer, objects: usize) -> bool {
        if self.marks_late() && objects == usize::MAX {
            return true;
        }
        loop {
            if !tracer.mark_some(objects) {
                return false;
            }
            let logs = self.take_logs();
            if logs.is_empty() {
                return true;
            }
            logs.into_iter().flatten().for_each(|word| tracer.word(word));
        }
    }

    /// Decides on so many weak references and objects with finalizers, of those that this cycle concerns, or about so many. True when
    /// none is left.
    fn decide_beside(&self, full: bool, most: usize) -> bool {
        let mut left = most;
        while left > 0 {
            // Threads that wait for these locks do not poll: they are held for moments.
            let chunk = left.min(DECIDED_AT_ONCE);
            left -= chunk;
            let more_weak = self.weak.lock().decide_some(full, chunk);
            let more_finalizers = self.finalizers.lock().decide_some(full, chunk);
            if !more_weak && !more_finalizers {
                return true;
            }
        }
        false
    }

    /// The stop that is next. False if it was withdrawn, or is not to be tried again yet.
    fn stop_for(&self, cycle: &mut Cycle) -> bool {
        let Some(stop) = Stop::begin(self, cycle) else { return false };
        let world = &stop.world;
        match (cycle.starting.take(), &cycle.clearing) {
            (Some(objects), _) => self.start(world, cycle, objects),
            (None, None) => self.close(world, cycle),
            (None, Some(_)) => self.settle(world, cycle, false),
        }
        stop.end(self, &mut cycle.stats);
        true
    }

    /// The starting stop, which is also the last one if so many objects are enough to mark and to clear for.
    fn start(&self, world: &StoppedWorld<'_>, cycle: &mut Cycle, objects: usize) {
        let taken = self.phase().colour;
        let phase = Phase { stage: Stage::Marking, colour: taken.other() };
        let (remembered, allocating) = self.take_thread_state(world);
        cycle.allocating = allocating;
        if cycle.full {
            // A thread that is blocked at the limit goes on filling in without a barrier what this cycle makes old.
            let at_limit = weaken::step("cycle.at_limit") && world.iter().any(Mutator::is_at_limit);
            if !at_limit {
                self.pacer.full_begun();
            }
            self.forget_late_marks(cycle.epoch);
        }
        cycle.tracer.take_remembered(remembered, taken, cycle.full);
        self.visit_roots(world.iter(), &mut cycle.tracer);
        cycle.stats.allocated_bytes = self.pacer.cycle_started();
        self.enter_phase(world, phase);
        if cycle.tracer.mark_some(objects) {
            self.begin_to_clear(world, cycle, objects, true);
        }
    }

    /// The closing stop, after which there may be so much left to mark or to clear that it is to be done beside the threads.
    fn close(&self, world: &StoppedWorld<'_>, cycle: &mut Cycle) {
        for mutator in world.iter().filter(|_| weaken::step("cycle.late_logs")) {
            self.give_log(mutator.take_log());
        }
        self.take_logs().into_iter().flatten().for_each(|word| cycle.tracer.word(word));
        let objects = if self.marks_late() { usize::MAX } else { WHILE_OTHERS_WAIT };
        if cycle.tracer.mark_some(objects) {
            self.begin_to_clear(world, cycle, objects, false);
        }
    }

    /// With everything marked, in that stop: clears for as long as it takes to trace so many objects, and settles the cycle if that
    /// was all.
    fn begin_to_clear(&self, world: &StoppedWorld<'_>, cycle: &mut Cycle, objects: usize, in_one_stop: bool) {
        cycle.stats.marked_objects = cycle.tracer.marked_objects();
        cycle.stats.live_bytes = cycle.tracer.marked_bytes();
        cycle.tracer.begin_to_keep();
        let mut clearing = Clearing::begin(self, cycle.full);
        let whole = {
            // Nobody else is there in a stop.
            let _alone = hint::unscheduled();
            clearing.go_on(self, &mut cycle.tracer, self.cleared_in_stop(objects))
        };
        cycle.clearing = Some(clearing);
        if whole {
            self.settle(world, cycle, in_one_stop);
        } else {
            self.enter_phase(world, Phase { stage: Stage::Clearing, ..self.phase() });
        }
    }

    /// For how long a stop clears, which may mark so many objects. In tests each second cycle leaves all of it for beside the threads,
    /// unless it has to end in this stop.
    fn cleared_in_stop(&self, objects: usize) -> usize {
        let tests = self.options.verify || self.options.stress.is_some();
        if tests && objects < usize::MAX && !self.collector.lock().cycles.is_multiple_of(2) { 0 } else { objects }
    }

    fn enter_phase(&self, world: &StoppedWorld<'_>, phase: Phase) {
        self.set_phase(phase);
        for mutator in world.iter() {
            mutator.arm(phase);
        }
    }

    /// Retires the threads' runs and takes their remembered sets. Says how many threads had runs.
    fn take_thread_state(&self, world: &StoppedWorld<'_>) -> (Vec<Vec<NonNull<Header>>>, usize) {
        // Nobody else is there in a stop.
        let _alone = hint::unscheduled();
        let mut allocating = 0;
        for mutator in world.iter() {
            allocating += usize::from(mutator.retire_runs());
            self.give_remembered(mutator.take_remembered());
        }
        (self.take_remembered(), allocating)
    }

    /// Makes every object white, for a full cycle. Threads run, and none sweeps: no one else looks at marks. Blocks that a thread
    /// holds are left for the stop.
    fn forget_marks(&self, epoch: u32) {
        for lists in self.all_lists() {
            lists.lock().forget_marks(epoch);
        }
        self.large.lock().iter().for_each(|block| block.forget_marks(epoch));
    }

    /// The rest of `forget_marks`, with all runs retired.
    fn forget_late_marks(&self, epoch: u32) {
        // Nobody else is there in a stop.
        let _alone = hint::unscheduled();
        for lists in self.all_lists() {
            lists.lock().forget_late_marks(epoch);
        }
    }

    /// With everything marked and cleared, the last of the stops: whatever is not marked or kept is dead.
    fn settle(&self, world: &StoppedWorld<'_>, cycle: &mut Cycle, in_one_stop: bool) {
        // Nobody else is there in a stop.
        let _alone = hint::unscheduled();
        for mutator in world.iter() {
            mutator.retire_runs();
        }
        self.enter_phase(world, Phase { stage: Stage::Outside, ..self.phase() });
        let keeper = std::mem::replace(&mut cycle.tracer, Tracer::new(self, Purpose::Keep, MarkStack::default()));
        let stack = self.keep_classes_of_dropped(cycle.full, keeper);
        if let Some(clearing) = &mut cycle.clearing {
            clearing.end(self, &mut cycle.stats);
        }
        cycle.settled = true;
        self.collector.lock().end_marking(stack, cycle.stats.marked_objects);
        if self.options.verify {
            self.verify(world, in_one_stop);
        }
        self.begin_sweep(cycle.full);
        if let Some(trash) = &mut cycle.trash {
            trash.take(self);
        }
        if !self.finalizers.lock().due.is_empty() || !self.weak.lock().cleared.is_empty() {
            for mutator in world.iter() {
                mutator.poll.request(PENDING);
            }
        }
        let stats = &cycle.stats;
        self.pacer.leave_to_threads(false);
        self.pacer.cycle_marked(cycle.full, stats.allocated_bytes, stats.live_bytes, cycle.allocating);
    }

    /// What is about to be dropped needs its class once more, which may be dead as well: it is kept for this sweep. Gives the keeper's
    /// stack back.
    fn keep_classes_of_dropped(&self, full: bool, mut keeper: Tracer) -> MarkStack {
        let mut visit = |block: BlockRef| {
            block.for_each_dead(|cell| {
                if weaken::step("cycle.keep_classes") {
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
        keeper.finish();
        keeper.clear_dead_pairs(usize::MAX);
        keeper.into_stack()
    }

    fn verify(&self, world: &StoppedWorld<'_>, in_one_stop: bool) {
        // In a blocking region a thread may write to frames of its own that are scanned: at the least it says there that it has begun.
        // Only the one that collects does not.
        let stacks_changed = !in_one_stop || world.iter().nth(1).is_some();
        let verifier = Box::new(Verifier::after(stacks_changed));
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

    /// What comes after the last stop.
    fn conclude(&self, mut cycle: Box<Cycle>) -> CollectStats {
        if let Some(trash) = cycle.trash.take() {
            cycle.stats.trash = trash.count(self);
        }
        if cycle.sweep == Sweep::Wholly {
            self.finish_sweep();
        } else {
            self.sweep_kind(CellKind::Drop);
            self.sweep_large();
        }
        if cycle.full {
            self.pacer.full_swept();
            self.keep_empty_blocks(self.pacer.most_empty_blocks());
        }
        self.give_back_unneeded();
        let mut stats = cycle.stats;
        let freed = self.counters.freed_so_far();
        stats.freed_objects = (freed.0 - cycle.freed_before.0) as usize;
        stats.freed_bytes = (freed.1 - cycle.freed_before.1) as usize;
        stats.live_bytes = self.pacer.live();
        stats.duration = cycle.began.elapsed();
        let mut collector = self.collector.lock();
        collector.stack.shrink();
        if cycle.full {
            collector.full_clock.end(stats.live_bytes, stats.duration);
        }
        drop(collector);
        self.counters.cycle(&stats);
        self.emit(Event::Ended { stats });
        stats
    }
}

/// One stop of a cycle.
struct Stop<'a> {
    began: Instant,
    time_to_stop: Duration,
    world: StoppedWorld<'a>,
}

impl<'a> Stop<'a> {
    /// None if a thread is late and the cycle has patience: then the stop is to be tried again a while later.
    fn begin(heap: &'a Heap, cycle: &mut Cycle) -> Option<Self> {
        let patient = cycle.patience > 0 && !heap.has_too_few_processors();
        let began = Instant::now();
        if patient && cycle.again_at.is_some_and(|again_at| began < again_at) {
            return None;
        }
        // In vain with the processor kept, it is tried again with the processor offered, and so on.
        let yields = !cycle.patience.is_multiple_of(2);
        let world = if patient { heap.gate().try_stop(yields) } else { Some(heap.gate().stop()) };
        let time_to_stop = began.elapsed();
        if world.is_none() {
            cycle.patience -= 1;
            cycle.again_at = Some(began + time_to_stop + AGAIN);
            cycle.stats.withdrawn += 1;
            // Those that came in time have stood still.
            cycle.stats.count_stop(time_to_stop, time_to_stop);
            heap.emit(Event::Stopped { stopped: time_to_stop, time_to_stop });
        }
        world.map(|world| Self { began, time_to_stop, world })
    }

    fn end(self, heap: &Heap, stats: &mut CollectStats) {
        // Before the threads are woken: they may well run instead of this one.
        let stopped = self.began.elapsed();
        drop(self.world);
        stats.count_stop(stopped, self.time_to_stop);
        heap.emit(Event::Stopped { stopped, time_to_stop: self.time_to_stop });
    }
}
