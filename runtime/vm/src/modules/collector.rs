//! `gc`: the collector as Python sees it.
//!
//! What only the runtime has (storage arrays, tables, shapes) is looked through: a list refers to its items, not to their array.
//! `disable`, thresholds and `freeze` are CPython's knobs for when cycles are looked for; memory here comes back by collecting
//! alone, so they are remembered and asked for, and the pacer goes on.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytecode::{Instruction, Opcode};
use gc::{CellKind, Header, StoppedHeap};
use sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};

use crate::collections::Histogram;
use crate::containers::intern_text;
use crate::modules::NativeModule;
use crate::native;
use crate::native::{Args, NativeDef};
use crate::object::{Object, Ref};
use crate::objects::{
    ClassFlags, Dict, Function, List, Module, NativeFunction, Tuple, ValueArray, float_value, int_from_i64,
    int_from_u64,
};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::{Value, class_of_header};

/// What programs set.
struct Settings {
    enabled: AtomicBool,
    debug: AtomicI64,
    thresholds: [AtomicI64; 3],
    frozen: AtomicUsize,
}

impl Default for Settings {
    fn default() -> Self {
        let thresholds = [2000, 10, 10].map(AtomicI64::new);
        Self { enabled: AtomicBool::new(true), debug: AtomicI64::new(0), thresholds, frozen: AtomicUsize::new(0) }
    }
}

fn settings(t: &Thread) -> sync::Arc<Settings> {
    t.interpreter().extension_or_insert("gc", Settings::default)
}

/// Enable automatic garbage collection.
#[native("enable($module, /)")]
fn enable(t: &Thread, _module: Value) {
    settings(t).enabled.store(true, Relaxed);
}

/// Disable automatic garbage collection.
#[native("disable($module, /)")]
fn disable(t: &Thread, _module: Value) {
    settings(t).enabled.store(false, Relaxed);
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
    // SAFETY: the offset is that of an instruction of the frame's code.
    unsafe { *frame.code().instructions().add(frame.offset()) }
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
#[native("collect($module, /, generation=2)")]
fn collect(t: &Thread, module: Value, generation: i64) -> R<usize> {
    let Some(generation) = u8::try_from(generation).ok().filter(|generation| *generation <= 2) else {
        return Err(t.value_error("invalid generation"));
    };
    call_callbacks(t, module, "start", generation, 0)?;
    clear_dead_registers(t);
    let direct = is_called_directly(t, &COLLECT, None);
    let mut freed = 0;
    for _ in 0..MOST_CYCLES {
        gc::clear_dead_stack();
        let mutator = t.mutator();
        let stats = if direct { mutator.collect_below_dispatch(generation, &[]) } else { mutator.collect(generation) };
        freed += stats.freed_objects;
        crate::events::run_finalizers(t);
        if stats.finalizers == 0 && stats.weak_cleared == 0 {
            break;
        }
    }
    call_callbacks(t, module, "stop", generation, freed)?;
    Ok(freed)
}

fn call_callbacks(t: &Thread, module: Value, phase: &str, generation: u8, collected: usize) -> R<()> {
    let Some(module) = module.downcast::<Module>() else { return Ok(()) };
    let callbacks = module.dict().get_str(t, intern_text(t, "callbacks")?).and_then(Value::downcast::<List>);
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
#[native("set_debug($module, flags, /)")]
fn set_debug(t: &Thread, _module: Value, flags: i32) {
    settings(t).debug.store(i64::from(flags), Relaxed);
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
    Ok(())
}

/// Return the current collection thresholds.
#[native("get_threshold($module, /)")]
fn get_threshold(t: &Thread, _module: Value) -> R<Ref<Tuple>> {
    let settings = settings(t);
    Tuple::with(t, 3, |index| int_from_i64(t, settings.thresholds[index].load(Relaxed)))
}

/// The unit in which the heap hands out cells, in bytes.
const GRANULE: usize = 16;

/// Return a three-tuple of the current collection counts.
#[native("get_count($module, /)")]
fn get_count(t: &Thread, _module: Value) -> R<Ref<Tuple>> {
    // What was allocated since the last cycle, in granules of the heap; generations are not counted one by one.
    let allocated = t.interpreter().heap().allocated_since_cycle() / GRANULE;
    Tuple::with(t, 3, |index| int_from_u64(t, if index == 0 { allocated as u64 } else { 0 }))
}

/// Return a list of dictionaries containing per-generation statistics.
#[native("get_stats($module, /)")]
fn get_stats(t: &Thread, _module: Value) -> R<Ref<List>> {
    let counts = t.interpreter().collections(|collections| collections.counts);
    let list = List::new(t)?;
    for generation in 0..3 {
        let dict = Dict::new(t)?;
        dict.set_str(t, intern_text(t, "collections")?, int_from_u64(t, counts.collections[generation])?)?;
        dict.set_str(t, intern_text(t, "collected")?, int_from_u64(t, counts.collected[generation])?)?;
        dict.set_str(t, intern_text(t, "uncollectable")?, Value::small(0))?;
        list.push(t, dict.value())?;
    }
    Ok(list)
}

/// Return how long collections stopped the interpreter's threads.
///
/// The keys are 'stops' (whole stops) and 'times_to_stop' (the part of them that
/// passed until all threads stood still). Each value is a dictionary with the
/// 'total' and the 'longest' in seconds and a 'histogram': pairs of a duration
/// in seconds and the number of stops below it and not below the pair before.
#[native("pauses($module, /)")]
fn pauses(t: &Thread, _module: Value) -> R<Ref<Dict>> {
    let (stops, times) = t.interpreter().collections(|collections| (collections.stops, collections.times_to_stop));
    let dict = Dict::new(t)?;
    for (name, histogram) in [("stops", stops), ("times_to_stop", times)] {
        dict.set_str(t, intern_text(t, name)?, histogram_dict(t, &histogram)?.value())?;
    }
    Ok(dict)
}

fn histogram_dict(t: &Thread, histogram: &Histogram) -> R<Ref<Dict>> {
    let seconds = |duration: Duration| float_value(t, duration.as_secs_f64());
    let list = List::new(t)?;
    for (below, count) in histogram.buckets() {
        let pair = [seconds(below)?, int_from_u64(t, count)?];
        list.push(t, Tuple::from_slice(t, &pair)?.value())?;
    }
    let dict = Dict::new(t)?;
    dict.set_str(t, intern_text(t, "total")?, seconds(histogram.total)?)?;
    dict.set_str(t, intern_text(t, "longest")?, seconds(histogram.longest)?)?;
    dict.set_str(t, intern_text(t, "histogram")?, list.value())?;
    Ok(dict)
}

/// Whether the object is one that Python never sees.
fn is_internal(header: &Header) -> bool {
    let class = class_of_header(header);
    !class.has(ClassFlags::HEAP) && class.name().starts_with("internal_")
}

/// Whether CPython's collector would know the object: it can refer to others.
fn may_refer(header: &Header) -> bool {
    !is_internal(header) && class_of_header(header).layout().kind != CellKind::Untraced
}

/// What lies in an object's slots, and its class if that is one of the program's, as in CPython.
fn slots_of(stopped: &StoppedHeap<'_>, object: &Header) -> Vec<u64> {
    let mut words = stopped.references(object);
    let class = class_of_header(object);
    // It comes before the slots.
    if !class.has(ClassFlags::HEAP) {
        let before = words.iter().take_while(|&&word| word == class.value().bits()).count();
        words.drain(..before);
    }
    words
}

/// The objects that an object refers to, runtime storage looked through.
fn python_references(stopped: &StoppedHeap<'_>, object: &Header, memo: &mut HashMap<u64, Vec<u64>>) -> Vec<u64> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = slots_of(stopped, object);
    // Behind a function lie its caches, whose words are no values; in its own slots there are only objects.
    let is_function = std::ptr::eq(class_of_header(object).layout(), Function::layout());
    while let Some(word) = waiting.pop() {
        let Some(value) = Value::from_word(word) else { continue };
        let Some(header) = value.header() else {
            if !is_function {
                found.push(word);
            }
            continue;
        };
        if is_internal(header) {
            if !seen.insert(word) {
                continue;
            }
            waiting.extend_from_slice(memo.entry(word).or_insert_with(|| slots_of(stopped, header)));
        } else {
            found.push(word);
        }
    }
    found
}

/// A list of the objects that `choose` names, with the other threads stopped.
///
/// The names are plain words, which keep nothing alive; they are stored into an array of the heap before any thread goes on. Its
/// size is guessed first: should it not do, it is made larger and `choose` asked again.
fn gather(t: &Thread, mut choose: impl FnMut(&StoppedHeap<'_>, &mut dyn FnMut(u64))) -> R<Ref<List>> {
    let mut capacity = 1 << 10;
    loop {
        let array = ValueArray::new(t, capacity)?;
        let room = array.capacity();
        let mut count = 0;
        t.interpreter().heap().clone().inspect(t.mutator(), &mut |stopped| {
            count = 0;
            choose(stopped, &mut |word| {
                if count < room && word != array.address() {
                    array.put(t, count, Value::from_word(word));
                }
                count += 1;
            });
        });
        if count <= room {
            let list = List::new(t)?;
            for index in 0..count {
                if let Some(value) = array.slot(index).get() {
                    list.push(t, value)?;
                }
            }
            return Ok(list);
        }
        capacity = count + count / 8;
    }
}

/// Return a list of objects tracked by the collector (excluding the list returned).
///
///   generation
///     Generation to extract the objects from.
///
/// If generation is not None, return only the objects tracked by the
/// collector that are in that generation.
#[native("get_objects($module, /, generation=None)")]
fn get_objects(t: &Thread, _module: Value, generation: Option<Value>) -> R<Ref<List>> {
    if let Some(generation) = generation.filter(|generation| !generation.is_none()) {
        if !protocols::is_index(t, generation) {
            let got = generation.class(t).name();
            return Err(t.type_error(format_args!("argument should be integer or None, not '{got}'")));
        }
        match protocols::index_i64(t, generation)? {
            3.. => {
                return Err(
                    t.value_error("generation parameter must be less than the number of available generations (3)")
                );
            }
            ..0 => return Err(t.value_error("generation parameter cannot be negative")),
            _ => {}
        }
    }
    gather(t, |stopped, found| {
        stopped.for_each_object(&mut |header| {
            if may_refer(header) {
                found(Value::of_header(header).bits());
            }
        });
    })
}

/// Returns true if the object is tracked by the garbage collector.
///
/// Simple atomic objects will return false.
#[native("is_tracked($module, obj, /)")]
fn is_tracked(_: &Thread, _module: Value, object: Value) -> bool {
    object.header().is_some_and(|header| may_refer(header) && !gc::ImmortalSpace::get().contains(object.bits()))
}

/// Returns true if the object has been already finalized by the GC.
#[native("is_finalized($module, obj, /)")]
fn is_finalized(_: &Thread, _module: Value, object: Value) -> bool {
    object.header().is_some_and(|header| header.has_flags(gc::flags::FINALIZED))
}

fn words(args: Args<'_>) -> Vec<u64> {
    args.values.iter().filter(|value| value.is_object()).map(|value| value.bits()).collect()
}

/// Return the list of objects that directly refer to any of 'objs'.
#[native("get_referrers($module, /, *objs)", raw)]
fn get_referrers(t: &Thread, args: Args<'_>) -> R<Ref<List>> {
    let wanted = words(args.rest());
    gather(t, |stopped, found| {
        let mut memo = HashMap::new();
        stopped.for_each_object(&mut |header| {
            if may_refer(header)
                && python_references(stopped, header, &mut memo).iter().any(|word| wanted.contains(word))
            {
                found(Value::of_header(header).bits());
            }
        });
    })
}

/// Return the list of objects that are directly referred to by 'objs'.
#[native("get_referents($module, /, *objs)", raw)]
fn get_referents(t: &Thread, args: Args<'_>) -> R<Ref<List>> {
    let asked = args.rest().values;
    gather(t, |stopped, found| {
        let mut memo = HashMap::new();
        for header in asked.iter().filter_map(|value| value.header()) {
            python_references(stopped, header, &mut memo).into_iter().for_each(&mut *found);
        }
    })
}

/// Freeze all current tracked objects and ignore them for future collections.
///
/// This can be used before a POSIX fork() call to make the gc copy-on-write
/// friendly.
#[native("freeze($module, /)")]
fn freeze(t: &Thread, _module: Value) {
    let mut count = 0;
    t.interpreter().heap().clone().for_each_object(t.mutator(), &mut |header| count += usize::from(may_refer(header)));
    settings(t).frozen.store(count, Relaxed);
}

/// Unfreeze all objects in the permanent generation.
///
/// Put all objects in the permanent generation back into oldest generation.
#[native("unfreeze($module, /)")]
fn unfreeze(t: &Thread, _module: Value) {
    settings(t).frozen.store(0, Relaxed);
}

/// Return the number of objects in the permanent generation.
#[native("get_freeze_count($module, /)")]
fn get_freeze_count(t: &Thread, _module: Value) -> usize {
    settings(t).frozen.load(Relaxed)
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, flag) in [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ] {
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
        &GET_COUNT,
        &GET_STATS,
        &PAUSES,
        &GET_OBJECTS,
        &IS_TRACKED,
        &IS_FINALIZED,
        &GET_REFERRERS,
        &GET_REFERENTS,
        &FREEZE,
        &UNFREEZE,
        &GET_FREEZE_COUNT,
    ],
    classes: &[],
    initialize,
};
