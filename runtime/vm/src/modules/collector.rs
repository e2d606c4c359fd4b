//! `gc`: the collector as Python sees it.
//!
//! `objects` lists what is in the heap, `figures` has what is counted and timed, `debugging` what `set_debug` asks for.
//!
//! Memory comes back by collecting alone, so the knobs that CPython has for its search of cycles cannot turn collection off: they
//! say how much is allocated between two collections that nobody asked for (`pace`).

mod debugging;
mod figures;
mod objects;

use std::time::Instant;

use bytecode::{Instruction, Opcode};
use gc::CollectStats;
use sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

use crate::collections::Collections;
use crate::containers::intern_text;
use crate::modules::NativeModule;
use crate::native;
use crate::native::{Args, NativeDef};
use crate::object::Ref;
use crate::objects::{Dict, List, Module, NativeFunction, Tuple, int_from_i64, int_from_u64};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;
pub(crate) use objects::gather;
pub use objects::with_finalizers;

/// What programs set.
struct Settings {
    enabled: AtomicBool,
    debug: AtomicI64,
    thresholds: [AtomicI64; 3],
}

/// The first threshold, while no program says otherwise.
const DEFAULT_THRESHOLD: i64 = 2000;
/// What a program that sets a threshold is taken to mean: so many bytes for each container it counts, what it holds included.
const CONTAINER_BYTES: i64 = 256;
/// However low the threshold is, so much is allocated between two collections.
const LEAST_BYTES: i64 = 64 << 10;
/// What is allocated between two collections of a program that wants none.
const DISABLED_BYTES: usize = 8 << 20;

impl Default for Settings {
    fn default() -> Self {
        let thresholds = [DEFAULT_THRESHOLD, 10, 10].map(AtomicI64::new);
        Self { enabled: AtomicBool::new(true), debug: AtomicI64::new(0), thresholds }
    }
}

impl Settings {
    /// Has the collector come by as often as the program wants.
    fn pace(&self, t: &Thread) {
        let threshold = self.thresholds[0].load(Relaxed);
        let floor = if debugging::saves_all(self.debug.load(Relaxed)) {
            // What dies is to be found by the program's own collections, which save it.
            Some(usize::MAX)
        } else if threshold <= 0 || !self.enabled.load(Relaxed) {
            Some(DISABLED_BYTES)
        } else if threshold == DEFAULT_THRESHOLD {
            None
        } else {
            usize::try_from(threshold.saturating_mul(CONTAINER_BYTES).max(LEAST_BYTES)).ok()
        };
        t.interpreter().heap().set_young_floor(floor);
    }
}

fn settings(t: &Thread) -> sync::Arc<Settings> {
    t.interpreter().extension_or_insert("gc", Settings::default)
}

/// Enable automatic garbage collection.
#[native("enable($module, /)")]
fn enable(t: &Thread, _module: Value) {
    let settings = settings(t);
    settings.enabled.store(true, Relaxed);
    settings.pace(t);
}

/// Disable automatic garbage collection.
#[native("disable($module, /)")]
fn disable(t: &Thread, _module: Value) {
    let settings = settings(t);
    settings.enabled.store(false, Relaxed);
    settings.pace(t);
}

/// Returns true if automatic garbage collection is enabled.
#[native("isenabled($module, /)")]
fn isenabled(t: &Thread, _module: Value) -> bool {
    settings(t).enabled.load(Relaxed)
}

/// Unsets the registers of the calling frame that nothing reads any more (rule 12). Those of frames further out hold nothing else:
/// the windows of the frames that they called begin behind what is alive in them.
fn clear_dead_registers(t: &Thread) {
    let Some(frame) = t.frames().current() else { return };
    let code = frame.code();
    let live = bytecode::live_registers(code.unit(), frame.offset());
    for index in (0..code.register_count()).filter(|&index| live.get(index) == Some(&false)) {
        frame.set_register(index, None);
    }
}

/// Whether the calling frame's instruction calls this function itself, rather than something that does, or is one that the function
/// carries out for `this`: then the native frames between hold nothing but what the registers hold too.
fn is_called_directly(t: &Thread, function: &'static NativeDef, this: Option<Value>) -> bool {
    // What finalizers call, native code called: it is still between the frame and here.
    let Some(frame) = t.frames().current().filter(|_| !t.finalizing.get()) else { return false };
    let ins = executing(frame);
    match ins.opcode() {
        Some(Opcode::Call | Opcode::CallKw) => {
            let callee = frame.register(usize::from(ins.b())).and_then(Value::downcast::<NativeFunction>);
            callee.is_some_and(|callee| std::ptr::eq(callee.definition(), function))
        }
        Some(Opcode::DeleteItem | Opcode::SetItem | Opcode::SetSlice) => {
            this.is_some() && frame.register(usize::from(ins.a())) == this
        }
        Some(Opcode::Add | Opcode::Mul) => this.is_some() && frame.register(usize::from(ins.b())) == this,
        _ => false,
    }
}

/// As `find_dead`; with `direct`, for a function that the innermost frame called itself (`is_called_directly`) and that holds nothing.
fn find_dead_from(t: &Thread, generation: u8, direct: bool) {
    if !direct {
        return find_dead(t, generation);
    }
    clear_dead_registers(t);
    t.mutator().collect_below_dispatch(generation, &[]);
}

/// Runs a cycle for native code that has to know what is still alive. Finalizers that it finds due run at the next poll.
pub fn find_dead(t: &Thread, generation: u8) {
    clear_dead_registers(t);
    t.mutator().collect(generation);
}

/// As `find_dead`, at the start of a method, where nothing is held yet but its arguments: these it gets from registers, but perhaps
/// for those in `kept`. So leftovers in the native frames of the call need not count.
pub fn find_dead_before(t: &Thread, generation: u8, method: &'static NativeDef, this: Value, kept: &[Value]) {
    if !is_called_directly(t, method, Some(this)) {
        return find_dead(t, generation);
    }
    clear_dead_registers(t);
    let mut words = [0; 2];
    words.iter_mut().zip(kept).for_each(|(word, kept)| *word = kept.bits());
    t.mutator().collect_below_dispatch(generation, &words);
}

/// The instruction that a frame is executing.
fn executing(frame: &Frame) -> Instruction {
    let offset = frame.offset();
    // SAFETY: the offset is that of an instruction of the frame's code.
    let ins = unsafe { *frame.code().instructions().add(offset) };
    if ins.opcode() == Some(Opcode::Extend) && offset > 0 {
        // SAFETY: an Extend follows the instruction that it belongs to, which has passed it by when it calls.
        return unsafe { *frame.code().instructions().add(offset - 1) };
    }
    ins
}

/// A cycle may leave finalizers due, which may let go of more: as many full cycles as `collect` runs at most.
const MOST_CYCLES: usize = 8;

/// Run the garbage collector.
///
/// With no arguments, run a full collection.  The optional argument
/// may be an integer specifying which generation to collect.  A ValueError
/// is raised if the generation number is invalid.
///
/// The number of unreachable objects is returned.
// As CPython has it: those on cycles and what hangs on them. Where very many died, all are counted: to tell them apart takes time.
#[native("collect($module, /, generation=2)")]
fn collect(t: &Thread, module: Value, generation: i64) -> R<usize> {
    let Some(generation) = u8::try_from(generation).ok().filter(|generation| *generation <= 2) else {
        return Err(t.value_error("invalid generation"));
    };
    call_callbacks(t, module, "start", generation, 0)?;
    let started = Instant::now();
    let direct = is_called_directly(t, &COLLECT, None);
    let debug = settings(t).debug.load(Relaxed);
    let trash = debugging::before(t, module, generation, debug, direct)?;
    clear_dead_registers(t);
    let mut freed = 0;
    for _ in 0..MOST_CYCLES {
        gc::clear_dead_stack();
        let mutator = t.mutator();
        mutator.count_trash(Some(objects::counts_when_dead));
        let stats = if direct { mutator.collect_below_dispatch(generation, &[]) } else { mutator.collect(generation) };
        mutator.count_trash(None);
        t.interpreter().change_collections(|collections| collections.forget(&stats));
        freed += stats.trash.unwrap_or(stats.freed_objects);
        crate::events::run_finalizers(t);
        if stats.finalizers == 0 && stats.weak_cleared == 0 {
            break;
        }
    }
    let found = trash.unwrap_or(freed);
    t.interpreter().change_collections(|collections| collections.count(generation, found));
    debugging::after(t, debug, found, started.elapsed())?;
    call_callbacks(t, module, "stop", generation, found)?;
    Ok(found)
}

/// Tells the program of collections that it did not ask for, at the first poll after them: its callbacks hear of the start and the end
/// of each one after the other. Of collections meanwhile they do not hear: there would be no end of it.
pub fn tell_of_collections(t: &Thread) {
    let told = t.interpreter().change_collections(Collections::take_untold);
    let Some(module) = imported(t).filter(|_| !told.is_empty()) else { return };
    let outer = t.finalizing.replace(true);
    tell_of(t, module, told);
    t.finalizing.set(outer);
    t.interpreter().change_collections(Collections::take_untold);
}

fn tell_of(t: &Thread, module: Value, told: Vec<CollectStats>) {
    let debug = settings(t).debug.load(Relaxed);
    for collection in told {
        let (generation, freed) = (collection.generation, collection.freed_objects);
        let told = debugging::tell(t, debug, &collection)
            .and_then(|()| call_callbacks(t, module, "start", generation, 0))
            .and_then(|()| call_callbacks(t, module, "stop", generation, freed));
        if let Err(raised) = told {
            let error = t.take(raised);
            crate::events::report_unraisable(t, error, "Exception ignored in garbage collection", module);
        }
    }
}

/// The module of this interpreter, if it was imported.
fn imported(t: &Thread) -> Option<Value> {
    let modules = t.interpreter().state().modules.get()?.downcast::<Dict>()?;
    modules.get_str(t, intern_text(t, "gc").ok()?)
}

/// A list among the module's attributes.
fn list_of(t: &Thread, module: Value, name: &str) -> R<Option<Ref<List>>> {
    let Some(module) = module.downcast::<Module>() else { return Ok(None) };
    Ok(module.dict().get_str(t, intern_text(t, name)?).and_then(Value::downcast))
}

fn call_callbacks(t: &Thread, module: Value, phase: &str, generation: u8, collected: usize) -> R<()> {
    let callbacks = list_of(t, module, "callbacks")?;
    let Some(callbacks) = callbacks.filter(|callbacks| !callbacks.is_empty()) else { return Ok(()) };
    let info = Dict::new(t)?;
    info.set_str(t, intern_text(t, "generation")?, Value::small(i32::from(generation)))?;
    info.set_str(t, intern_text(t, "collected")?, int_from_u64(t, collected as u64)?)?;
    info.set_str(t, intern_text(t, "uncollectable")?, Value::small(0))?;
    let phase = intern_text(t, phase)?.value();
    let mut index = 0;
    while let Some(callback) = callbacks.get(index) {
        index += 1;
        if let Err(raised) = protocols::call(t, callback, &[phase, info.value()]) {
            let error = t.take(raised);
            crate::events::report_unraisable(t, error, "Exception ignored while calling GC callback", callback);
        }
    }
    Ok(())
}

/// Set the garbage collection debugging flags.
///
///   flags
///     An integer that can have the following bits turned on:
///       DEBUG_STATS - Print statistics during collection.
///       DEBUG_COLLECTABLE - Print collectable objects found.
///       DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects
///         found.
///       DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.
///       DEBUG_LEAK - Debug leaking programs (everything but STATS).
///
/// Debugging information is written to sys.stderr.
#[native("set_debug($module, flags, /)")]
fn set_debug(t: &Thread, _module: Value, flags: i32) {
    let settings = settings(t);
    settings.debug.store(i64::from(flags), Relaxed);
    settings.pace(t);
}

/// Get the garbage collection debugging flags.
#[native("get_debug($module, /)")]
fn get_debug(t: &Thread, _module: Value) -> i64 {
    settings(t).debug.load(Relaxed)
}

/// set_threshold(threshold0, [threshold1, [threshold2]])
/// Set the collection thresholds (the collection frequency).
///
/// Setting 'threshold0' to zero disables collection.
#[native("set_threshold", raw)]
fn set_threshold(t: &Thread, args: Args<'_>) -> R<()> {
    if args.values.is_empty() || args.values.len() > 3 {
        return Err(t.type_error("gc.set_threshold requires 1 to 3 arguments"));
    }
    let settings = settings(t);
    for (threshold, &value) in settings.thresholds.iter().zip(args.values) {
        threshold.store(protocols::index_long(t, value)?, Relaxed);
    }
    settings.pace(t);
    Ok(())
}

/// Return the current collection thresholds.
#[native("get_threshold($module, /)")]
fn get_threshold(t: &Thread, _module: Value) -> R<Ref<Tuple>> {
    let settings = settings(t);
    Tuple::with(t, 3, |index| int_from_i64(t, settings.thresholds[index].load(Relaxed)))
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, flag) in debugging::FLAGS {
        module.add_int(t, name, flag)?;
    }
    module.add(t, "callbacks", List::new(t)?.value())?;
    module.add(t, "garbage", List::new(t)?.value())
}

/// `gc`.
pub static GC: NativeModule = NativeModule {
    name: "gc",
    doc: "This module provides access to the garbage collector.",
    functions: &[
        &ENABLE,
        &DISABLE,
        &ISENABLED,
        &COLLECT,
        &SET_DEBUG,
        &GET_DEBUG,
        &SET_THRESHOLD,
        &GET_THRESHOLD,
        &figures::GET_COUNT,
        &figures::GET_STATS,
        &figures::PAUSES,
        &figures::HEAP,
        &objects::GET_OBJECTS,
        &objects::IS_TRACKED,
        &objects::IS_FINALIZED,
        &objects::GET_REFERRERS,
        &objects::GET_REFERENTS,
        &objects::FREEZE,
        &objects::UNFREEZE,
        &objects::GET_FREEZE_COUNT,
    ],
    classes: &[],
    initialize,
};
