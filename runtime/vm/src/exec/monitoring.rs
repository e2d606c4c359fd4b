//! Delivery of `sys.monitoring` events (PEP 669, `docs/decisions/020`).
//!
//! What the tools want is kept per interpreter: for all code in a few words, for single code objects in a table on the heap, with what
//! their callbacks disabled. While a tool wants anything, all threads run the reporting loop (`exec::tracing`), which asks here what is
//! wanted of the frame's code when the frame changes or `Monitoring::version` does. While nobody wants anything, nothing is asked.
//!
//! A callback runs as a trace function does: nothing is reported meanwhile, to any tool.

use sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use crate::exec::tracing;
use crate::object::{Ref, SlotExt};
use crate::objects::{CodeObject, Dict, ValueArray};
use crate::raised::R;
use crate::thread::{Frame, Reported, Thread};
use crate::value::Value;

/// How many tools there may be.
pub const TOOLS: usize = 6;

/// The events, in the order of their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A function begins.
    PyStart,
    /// A generator goes on after a yield.
    PyResume,
    /// A function returns.
    PyReturn,
    /// A generator yields.
    PyYield,
    /// A call.
    Call,
    /// Another line.
    Line,
    /// An instruction.
    Instruction,
    /// An unconditional jump.
    Jump,
    /// A condition under which the code goes on below, or a loop that goes on.
    BranchLeft,
    /// A condition under which the code goes on elsewhere, or a loop that ends.
    BranchRight,
    /// A generator ends a loop or `yield from`.
    StopIteration,
    /// An exception is in the frame.
    Raise,
    /// An exception is handled.
    ExceptionHandled,
    /// An exception leaves a function.
    PyUnwind,
    /// An exception is thrown into a generator.
    PyThrow,
    /// An exception is raised again.
    Reraise,
    /// A call of native code came back.
    CReturn,
    /// A call of native code raised.
    CRaise,
    /// Either branch; only callbacks are known by it.
    Branch,
}

impl Event {
    /// Their names.
    pub const NAMES: [&str; 19] = [
        "PY_START",
        "PY_RESUME",
        "PY_RETURN",
        "PY_YIELD",
        "CALL",
        "LINE",
        "INSTRUCTION",
        "JUMP",
        "BRANCH_LEFT",
        "BRANCH_RIGHT",
        "STOP_ITERATION",
        "RAISE",
        "EXCEPTION_HANDLED",
        "PY_UNWIND",
        "PY_THROW",
        "RERAISE",
        "C_RETURN",
        "C_RAISE",
        "BRANCH",
    ];

    /// Its bit.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Whether an instruction has the event, so that it can be wanted of one code object and disabled at one place.
    #[must_use]
    pub const fn is_local(self) -> bool {
        (self as u32) < Event::Raise as u32
    }

    /// Whether it comes with what a call of native code gives.
    const fn of_native_call(self) -> bool {
        matches!(self, Event::CReturn | Event::CRaise)
    }
}

/// The events that jumps and branches have.
pub(crate) const JUMPS: u32 = Event::Jump.bit() | Event::BranchLeft.bit() | Event::BranchRight.bit();

/// What the tools of an interpreter want.
#[derive(Default)]
pub struct Monitoring {
    /// Of all code, by tool.
    global: [AtomicU32; TOOLS],
    /// Some code has entries in the table.
    has_local: AtomicBool,
    /// Another number whenever anything changed.
    version: AtomicU32,
}

impl Monitoring {
    /// Whether a tool wants anything.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.has_local.load(SeqCst) || self.global.iter().any(|events| events.load(SeqCst) != 0)
    }

    /// What changes when another thing is wanted.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version.load(SeqCst)
    }

    /// What a tool wants of all code.
    #[must_use]
    pub fn global(&self, tool: usize) -> u32 {
        self.global[tool].load(SeqCst)
    }

    /// Sets it.
    pub fn set_global(&self, tool: usize, events: u32) {
        self.global[tool].store(events, SeqCst);
        self.version.fetch_add(1, SeqCst);
    }
}

/// What the runtime keeps of one code object: by tool the events that it wants, and last the places where events are disabled.
fn entry_of(t: &Thread, code: Ref<CodeObject>) -> Option<Ref<ValueArray>> {
    table(t)?.get_identity(t, code.value()).and_then(Value::downcast)
}

fn table(t: &Thread) -> Option<Ref<Dict>> {
    t.interpreter().state().monitored_code.get().and_then(Value::downcast)
}

/// As `entry_of`, made at first use.
fn entry_for_writing(t: &Thread, code: Ref<CodeObject>) -> R<Ref<ValueArray>> {
    if let Some(entry) = entry_of(t, code) {
        return Ok(entry);
    }
    let state = t.interpreter().state();
    let table = match table(t) {
        Some(table) => table,
        None => {
            let made = Dict::new(t)?;
            match state.monitored_code.compare_exchange(state.header(), t.mutator(), None, Some(made.value())) {
                Ok(()) => made,
                Err(other) => other.and_then(Value::downcast).unwrap_or(made),
            }
        }
    };
    let entry = ValueArray::new(t, TOOLS + 1)?;
    table.set_identity(t, code.value(), entry.value())?;
    Ok(entry)
}

/// What a tool wants of a code object besides what it wants of all.
#[must_use]
pub fn local_events(t: &Thread, code: Ref<CodeObject>, tool: usize) -> u32 {
    if !t.interpreter().monitoring.has_local.load(SeqCst) {
        return 0;
    }
    let events = entry_of(t, code).and_then(|entry| entry.slot(tool).get()).and_then(Value::as_small_int);
    events.map_or(0, |events| events as u32)
}

/// Sets it.
pub fn set_local_events(t: &Thread, code: Ref<CodeObject>, tool: usize, events: u32) -> R<()> {
    let monitoring = &t.interpreter().monitoring;
    if events != 0 || entry_of(t, code).is_some() {
        let entry = entry_for_writing(t, code)?;
        entry.put(t, tool, Some(Value::small(events as i32)));
    }
    count_local(t);
    monitoring.version.fetch_add(1, SeqCst);
    Ok(())
}

/// Forgets what a tool wants of single code objects.
pub fn clear_local_events(t: &Thread, tool: usize) -> R<()> {
    if let Some(table) = table(t) {
        table.for_each(t, |_, entry| {
            if let Some(entry) = entry.downcast::<ValueArray>() {
                entry.put(t, tool, None);
            }
            Ok(())
        })?;
    }
    count_local(t);
    t.interpreter().monitoring.version.fetch_add(1, SeqCst);
    Ok(())
}

fn count_local(t: &Thread) {
    let mut any = false;
    if let Some(table) = table(t) {
        let wanted = |entry: Ref<ValueArray>| {
            (0..TOOLS).any(|tool| entry.slot(tool).get().and_then(Value::as_small_int).unwrap_or(0) != 0)
        };
        let _ = table.for_each(t, |_, entry| {
            any = any || entry.downcast::<ValueArray>().is_some_and(wanted);
            Ok(())
        });
    }
    t.interpreter().monitoring.has_local.store(any, SeqCst);
}

/// Delivers events again where callbacks disabled them.
pub fn restart(t: &Thread) -> R<()> {
    let Some(table) = table(t) else { return Ok(()) };
    table.for_each(t, |_, entry| {
        if let Some(entry) = entry.downcast::<ValueArray>() {
            entry.put(t, TOOLS, None);
        }
        Ok(())
    })
}

/// The callbacks: `Event::NAMES.len()` slots a tool, and last the object that disables an event and the one for a missing argument.
const CALLBACKS: usize = TOOLS * Event::NAMES.len();
const DISABLE: usize = CALLBACKS;
const MISSING: usize = CALLBACKS + 1;

fn callbacks(t: &Thread) -> Option<Ref<ValueArray>> {
    t.interpreter().state().monitoring.get().and_then(Value::downcast)
}

/// Makes the table of callbacks, with the objects that `sys.monitoring` names.
pub fn initialize(t: &Thread, disable: Value, missing: Value) -> R<()> {
    let array = ValueArray::new(t, CALLBACKS + 2)?;
    array.put(t, DISABLE, Some(disable));
    array.put(t, MISSING, Some(missing));
    let state = t.interpreter().state();
    state.monitoring.put(state.header(), t, array.value());
    Ok(())
}

/// A tool's callback for an event.
#[must_use]
pub fn callback(t: &Thread, tool: usize, event: usize) -> Option<Value> {
    callbacks(t)?.slot(tool * Event::NAMES.len() + event).get()
}

/// Sets it.
pub fn set_callback(t: &Thread, tool: usize, event: usize, callback: Option<Value>) {
    if let Some(array) = callbacks(t) {
        array.put(t, tool * Event::NAMES.len() + event, callback);
    }
}

/// What stands for an argument that a call does not have.
pub(crate) fn missing(t: &Thread) -> Value {
    callbacks(t).and_then(|array| array.slot(MISSING).get()).unwrap_or(Value::NONE)
}

/// All that any tool wants of a code object.
#[must_use]
pub(crate) fn events_of(t: &Thread, code: Ref<CodeObject>) -> u32 {
    (0..TOOLS).fold(0, |events, tool| events | events_for(t, code, tool))
}

fn events_for(t: &Thread, code: Ref<CodeObject>, tool: usize) -> u32 {
    t.interpreter().monitoring.global(tool) | local_events(t, code, tool)
}

/// Whether a tool wants an event of the frame's code.
pub(crate) fn wants(t: &Thread, frame: &Frame, event: Event) -> bool {
    t.tracing().is_active() && t.interpreter().monitoring.is_active() && {
        let wanted = if event.of_native_call() { Event::Call } else { event };
        events_of(t, frame.code()) & wanted.bit() != 0
    }
}

/// A place where a tool's event may be disabled.
fn place(tool: usize, event: Event, last: u32) -> Value {
    Value::small(((last as usize * TOOLS + tool) * Event::NAMES.len() + event as usize) as i32)
}

fn is_disabled(t: &Thread, code: Ref<CodeObject>, place: Value) -> R<bool> {
    let disabled = entry_of(t, code).and_then(|entry| entry.slot(TOOLS).get()).and_then(Value::downcast::<Dict>);
    Ok(disabled.is_some_and(|disabled| disabled.get_identity(t, place).is_some()))
}

fn disable(t: &Thread, code: Ref<CodeObject>, place: Value) -> R<()> {
    let entry = entry_for_writing(t, code)?;
    let disabled = match entry.slot(TOOLS).get().and_then(Value::downcast::<Dict>) {
        Some(disabled) => disabled,
        None => {
            let made = Dict::new(t)?;
            entry.put(t, TOOLS, Some(made.value()));
            made
        }
    };
    disabled.set_identity(t, place, Value::TRUE)
}

/// As `deliver`, with the place as the first argument.
pub(crate) fn deliver_at(t: &Thread, frame: &Frame, event: Event, last: u32, arguments: &[Value]) -> R<()> {
    let mut values = [Value::small(last as i32); 3];
    values[1..][..arguments.len()].copy_from_slice(arguments);
    deliver(t, frame, event, last, &values[..=arguments.len()])
}

/// Calls the callbacks of the tools that want an event of the frame's code, at the place that `f_lasti` would show as `last`. The code is
/// the first argument.
pub(crate) fn deliver(t: &Thread, frame: &Frame, event: Event, last: u32, arguments: &[Value]) -> R<()> {
    if !wants(t, frame, event) {
        return Ok(());
    }
    let code = frame.code();
    let wanted = if event.of_native_call() { Event::Call } else { event };
    let mut values = [code.value(); 4];
    values[1..][..arguments.len()].copy_from_slice(arguments);
    let values = &values[..=arguments.len()];
    for tool in 0..TOOLS {
        if events_for(t, code, tool) & wanted.bit() == 0 {
            continue;
        }
        let either = || match event {
            Event::BranchLeft | Event::BranchRight => callback(t, tool, Event::Branch as usize),
            _ => None,
        };
        let place = place(tool, event, last);
        let Some(function) = callback(t, tool, event as usize).or_else(either) else { continue };
        if event.is_local() && is_disabled(t, code, place)? {
            continue;
        }
        let reported = match event {
            Event::PyStart => Reported::Call,
            Event::Line | Event::PyYield => Reported::Line(std::ptr::from_ref(frame) as usize),
            _ => Reported::Other,
        };
        let result = tracing::call_silently(t, function, reported, values)?;
        if callbacks(t).and_then(|array| array.slot(DISABLE).get()).is_none_or(|disable| !result.is(disable)) {
            continue;
        }
        if !event.is_local() {
            set_callback(t, tool, event as usize, None);
            let name = Event::NAMES[event as usize];
            return Err(t.value_error(format_args!("Cannot disable {name} events. Callback removed.")));
        }
        disable(t, code, place)?;
    }
    Ok(())
}
