//! `sys.monitoring` (PEP 669): which tools there are, what they want, and what they registered. Delivery is in `exec::monitoring`.

use super::{audit_event, threads};
use crate::containers::intern_text;
use crate::exec::monitoring::{self, Event, TOOLS};
use crate::native;
use crate::object::{Object, Ref};
use crate::objects::{CodeObject, Dict, List, Module, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// How many events there are.
const COUNT: usize = Event::NAMES.len();
/// `C_RETURN` and `C_RAISE`, which come with `CALL` only.
const WITH_CALL: i64 = (Event::CReturn.bit() | Event::CRaise.bit()) as i64;
const BRANCH: i64 = Event::Branch.bit() as i64;
const BRANCHES: i64 = (Event::BranchLeft.bit() | Event::BranchRight.bit()) as i64;
/// The events that can be wanted of single code objects.
const LOCAL: i64 = Event::Raise.bit() as i64 - 1;

fn check_tool(t: &Thread, tool: i64) -> R<usize> {
    match usize::try_from(tool) {
        Ok(index) if index < TOOLS => Ok(index),
        _ => Err(t.value_error(format_args!("invalid tool {tool} (must be between 0 and 5)"))),
    }
}

/// What the module keeps under a name of its own.
fn kept<T: Object>(t: &Thread, module: Value, name: &str) -> R<Ref<T>> {
    let dict = module.downcast::<Module>().map(|module| module.dict());
    let key = intern_text(t, name)?;
    match dict.and_then(|dict| dict.get_str(t, key)).and_then(Value::downcast) {
        Some(found) => Ok(found),
        None => Err(t.runtime_error("lost sys.monitoring")),
    }
}

/// The names of the tools in use, `None` for the others.
fn tool_names(t: &Thread, module: Value) -> R<Ref<List>> {
    kept(t, module, "_tools")
}

fn is_in_use(t: &Thread, module: Value, tool: usize) -> R<bool> {
    Ok(tool_names(t, module)?.get(tool).is_some_and(|name| !name.is_none()))
}

fn check_in_use(t: &Thread, module: Value, tool: usize) -> R<()> {
    if is_in_use(t, module, tool)? {
        return Ok(());
    }
    Err(t.value_error(format_args!("tool {tool} is not in use")))
}

/// A set of events as it is kept: what natively called code gives comes with `CALL`, and `BRANCH` stands for both ways.
fn check_events(t: &Thread, events: i64, allowed: i64, kind: &str) -> R<u32> {
    if !(0..1 << COUNT).contains(&events) {
        return Err(t.value_error(format_args!("invalid {kind}event set 0x{events:x}")));
    }
    let mut kept = events;
    if kept & WITH_CALL != 0 {
        if kept & WITH_CALL != WITH_CALL || kept & i64::from(Event::Call.bit()) == 0 {
            return Err(t.value_error("cannot set C_RETURN or C_RAISE events independently"));
        }
        kept &= !WITH_CALL;
    }
    if kept & BRANCH != 0 {
        kept = kept & !BRANCH | BRANCHES;
    }
    if kept & !allowed != 0 {
        return Err(t.value_error(format_args!("invalid {kind}event set 0x{events:x}")));
    }
    Ok(kept as u32)
}

fn check_code(t: &Thread, code: Value) -> R<Ref<CodeObject>> {
    code.downcast().ok_or_else(|| t.type_error("code must be a code object"))
}

#[native("use_tool_id($module, tool_id, name, /)")]
fn use_tool_id(t: &Thread, module: Value, tool: i64, name: Value) -> R<()> {
    let index = check_tool(t, tool)?;
    if name.downcast::<Str>().is_none() {
        return Err(t.value_error("tool name must be a str"));
    }
    if is_in_use(t, module, index)? {
        return Err(t.value_error(format_args!("tool {tool} is already in use")));
    }
    tool_names(t, module)?.set(t, index, name);
    Ok(())
}

#[native("clear_tool_id($module, tool_id, /)")]
fn clear_tool_id(t: &Thread, module: Value, tool: i64) -> R<()> {
    let index = check_tool(t, tool)?;
    if !is_in_use(t, module, index)? {
        return Ok(());
    }
    t.interpreter().monitoring.set_global(index, 0);
    monitoring::clear_local_events(t, index)?;
    for event in 0..COUNT {
        monitoring::set_callback(t, index, event, None);
    }
    threads::update_all(t);
    Ok(())
}

#[native("free_tool_id($module, tool_id, /)")]
fn free_tool_id(t: &Thread, module: Value, tool: i64) -> R<()> {
    let index = check_tool(t, tool)?;
    clear_tool_id(t, module, tool)?;
    tool_names(t, module)?.set(t, index, Value::NONE);
    Ok(())
}

#[native("get_tool($module, tool_id, /)")]
fn get_tool(t: &Thread, module: Value, tool: i64) -> R {
    let index = check_tool(t, tool)?;
    Ok(tool_names(t, module)?.get(index).unwrap_or(Value::NONE))
}

#[native("register_callback($module, tool_id, event, func, /)")]
fn register_callback(t: &Thread, _module: Value, tool: i64, event: i64, function: Value) -> R {
    let index = check_tool(t, tool)?;
    if event.count_ones() != 1 {
        return Err(t.value_error("The callback can only be set for one event at a time"));
    }
    let number = event.trailing_zeros() as usize;
    if number >= COUNT {
        return Err(t.value_error(format_args!("invalid event {event}")));
    }
    audit_event(t, "sys.monitoring.register_callback", &[function])?;
    let before = monitoring::callback(t, index, number).unwrap_or(Value::NONE);
    monitoring::set_callback(t, index, number, Some(function).filter(|function| !function.is_none()));
    Ok(before)
}

#[native("get_events($module, tool_id, /)")]
fn get_events(t: &Thread, _module: Value, tool: i64) -> R<i64> {
    Ok(i64::from(t.interpreter().monitoring.global(check_tool(t, tool)?)))
}

#[native("set_events($module, tool_id, event_set, /)")]
fn set_events(t: &Thread, module: Value, tool: i64, events: i64) -> R<()> {
    let index = check_tool(t, tool)?;
    let kept = check_events(t, events, (1 << COUNT) - 1, "")?;
    check_in_use(t, module, index)?;
    t.interpreter().monitoring.set_global(index, kept);
    threads::update_all(t);
    Ok(())
}

#[native("get_local_events($module, tool_id, code, /)")]
fn get_local_events(t: &Thread, _module: Value, tool: i64, code: Value) -> R<i64> {
    let code = check_code(t, code)?;
    Ok(i64::from(monitoring::local_events(t, code, check_tool(t, tool)?)))
}

#[native("set_local_events($module, tool_id, code, event_set, /)")]
fn set_local_events(t: &Thread, module: Value, tool: i64, code: Value, events: i64) -> R<()> {
    let code = check_code(t, code)?;
    let index = check_tool(t, tool)?;
    let kept = check_events(t, events, LOCAL, "local ")?;
    check_in_use(t, module, index)?;
    monitoring::set_local_events(t, code, index, kept)?;
    threads::update_all(t);
    Ok(())
}

#[native("restart_events($module, /)")]
fn restart_events(t: &Thread, _module: Value) -> R<()> {
    monitoring::restart(t)
}

/// The events that any tool wants of all code, each with a bit for each of those tools.
#[native("_all_events($module, /)")]
fn all_events(t: &Thread, _module: Value) -> R<Ref<Dict>> {
    let dict = Dict::new(t)?;
    for (event, name) in Event::NAMES.iter().enumerate() {
        let wants = |tool: &usize| t.interpreter().monitoring.global(*tool) >> event & 1 != 0;
        let tools = (0..TOOLS).filter(wants).fold(0, |tools, tool| tools | 1 << tool);
        if tools != 0 {
            dict.set_str(t, intern_text(t, name)?, Value::small(tools))?;
        }
    }
    Ok(dict)
}

/// Adds `sys.monitoring`.
pub fn add(t: &Thread, sys: Ref<Module>) -> R<()> {
    let name = intern_text(t, "sys.monitoring")?;
    let module = Module::new(t, name, Value::NONE)?;
    let functions = [
        &USE_TOOL_ID,
        &CLEAR_TOOL_ID,
        &FREE_TOOL_ID,
        &GET_TOOL,
        &REGISTER_CALLBACK,
        &GET_EVENTS,
        &SET_EVENTS,
        &GET_LOCAL_EVENTS,
        &SET_LOCAL_EVENTS,
        &RESTART_EVENTS,
        &ALL_EVENTS,
    ];
    for function in functions {
        module.add_function(t, function)?;
    }
    for (name, tool) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module.add_int(t, name, tool)?;
    }
    let object = || protocols::call(t, t.classes().object.value(), &[]);
    let (disable, missing) = (object()?, object()?);
    module.add(t, "DISABLE", disable)?;
    module.add(t, "MISSING", missing)?;
    monitoring::initialize(t, disable, missing)?;
    let names = List::new(t)?;
    for _ in 0..TOOLS {
        names.push(t, Value::NONE)?;
    }
    module.add(t, "_tools", names.value())?;
    let events = crate::builtins::namespace::new(t)?;
    let put = |name: &str, bits: i32| protocols::set_attribute(t, events, intern_text(t, name)?, Value::small(bits));
    for (bit, name) in Event::NAMES.iter().enumerate() {
        put(name, 1 << bit)?;
    }
    put("NO_EVENTS", 0)?;
    module.add(t, "events", events)?;
    sys.add(t, "monitoring", module.value())
}
