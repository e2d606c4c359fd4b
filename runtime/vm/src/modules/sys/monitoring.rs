//! `sys.monitoring` (PEP 669): which tools there are and what they registered. The dispatch delivers no events, so asking for some
//! is an error, and not silence.

use crate::containers::intern_text;
use crate::native;
use crate::object::{Object, Ref};
use crate::objects::{CodeObject, Dict, List, Module, Str, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// The events, each a bit, in the order of their bits.
const EVENTS: [&str; 19] = [
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
const TOOLS: i64 = 6;
const CALL: i64 = 1 << 4;
/// `C_RETURN` and `C_RAISE`, which come with `CALL` only.
const WITH_CALL: i64 = 1 << 16 | 1 << 17;

fn check_tool(t: &Thread, tool: i64) -> R<usize> {
    if (0..TOOLS).contains(&tool) {
        return Ok(tool as usize);
    }
    Err(t.value_error(format_args!("invalid tool {tool} (must be between 0 and 5)")))
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

/// What the tools registered: (tool, event) to callback.
fn callbacks(t: &Thread, module: Value) -> R<Ref<Dict>> {
    kept(t, module, "_callbacks")
}

fn check_in_use(t: &Thread, module: Value, tool: i64) -> R<usize> {
    let index = check_tool(t, tool)?;
    match tool_names(t, module)?.get(index) {
        Some(name) if !name.is_none() => Ok(index),
        _ => Err(t.value_error(format_args!("tool {tool} is not in use"))),
    }
}

fn check_events(t: &Thread, events: i64) -> R<()> {
    if !(0..1 << EVENTS.len()).contains(&events) {
        return Err(t.value_error(format_args!("invalid event set 0x{events:x}")));
    }
    if events & WITH_CALL != 0 && (events & WITH_CALL != WITH_CALL || events & CALL == 0) {
        return Err(t.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    if events != 0 { Err(undelivered(t)) } else { Ok(()) }
}

#[cold]
fn undelivered(t: &Thread) -> Raised {
    t.runtime_error("this runtime delivers no monitoring events")
}

fn check_code(t: &Thread, code: Value) -> R<()> {
    if code.downcast::<CodeObject>().is_some() { Ok(()) } else { Err(t.type_error("code must be a code object")) }
}

#[native("use_tool_id($module, tool_id, name, /)")]
fn use_tool_id(t: &Thread, module: Value, tool: i64, name: Value) -> R<()> {
    let index = check_tool(t, tool)?;
    if name.downcast::<Str>().is_none() {
        return Err(t.value_error("tool name must be a str"));
    }
    let names = tool_names(t, module)?;
    if names.get(index).is_some_and(|taken| !taken.is_none()) {
        return Err(t.value_error(format_args!("tool {tool} is already in use")));
    }
    names.set(t, index, name);
    Ok(())
}

#[native("clear_tool_id($module, tool_id, /)")]
fn clear_tool_id(t: &Thread, module: Value, tool: i64) -> R<()> {
    check_tool(t, tool)?;
    let callbacks = callbacks(t, module)?;
    for bit in 0..EVENTS.len() as i64 {
        set_callback(t, callbacks, tool, 1 << bit, Value::NONE)?;
    }
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

/// Sets the callback for one event and gives the one before.
fn set_callback(t: &Thread, callbacks: Ref<Dict>, tool: i64, event: i64, callback: Value) -> R {
    let key = Tuple::from_slice(t, &[Value::small(tool as i32), Value::small(event as i32)])?.value();
    let before = callbacks.get(t, key)?.unwrap_or(Value::NONE);
    callbacks.set(t, key, callback)?;
    Ok(before)
}

#[native("register_callback($module, tool_id, event, func, /)")]
fn register_callback(t: &Thread, module: Value, tool: i64, event: i64, function: Value) -> R {
    check_tool(t, tool)?;
    if event.count_ones() != 1 {
        return Err(t.value_error("The callback can only be set for one event at a time"));
    }
    if !(0..1 << EVENTS.len()).contains(&event) {
        return Err(t.value_error(format_args!("invalid event {event}")));
    }
    set_callback(t, callbacks(t, module)?, tool, event, function)
}

#[native("get_events($module, tool_id, /)")]
fn get_events(t: &Thread, _module: Value, tool: i64) -> R<i64> {
    check_tool(t, tool).map(|_| 0)
}

#[native("set_events($module, tool_id, event_set, /)")]
fn set_events(t: &Thread, module: Value, tool: i64, events: i64) -> R<()> {
    check_tool(t, tool)?;
    check_events(t, events)?;
    check_in_use(t, module, tool).map(drop)
}

#[native("get_local_events($module, tool_id, code, /)")]
fn get_local_events(t: &Thread, _module: Value, tool: i64, code: Value) -> R<i64> {
    check_code(t, code)?;
    check_tool(t, tool).map(|_| 0)
}

#[native("set_local_events($module, tool_id, code, event_set, /)")]
fn set_local_events(t: &Thread, module: Value, tool: i64, code: Value, events: i64) -> R<()> {
    check_code(t, code)?;
    check_tool(t, tool)?;
    check_events(t, events)?;
    check_in_use(t, module, tool).map(drop)
}

/// No event was ever disabled by its callback, so there is none to deliver again.
#[native("restart_events($module, /)")]
fn restart_events(_t: &Thread, _module: Value) {}

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
    ];
    for function in functions {
        module.add_function(t, function)?;
    }
    for (name, tool) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module.add_int(t, name, tool)?;
    }
    for name in ["DISABLE", "MISSING"] {
        module.add(t, name, protocols::call(t, t.classes().object.value(), &[])?)?;
    }
    let names = List::new(t)?;
    for _ in 0..TOOLS {
        names.push(t, Value::NONE)?;
    }
    module.add(t, "_tools", names.value())?;
    module.add(t, "_callbacks", Dict::new(t)?.value())?;
    let events = crate::builtins::namespace::new(t)?;
    let put = |name: &str, bits: i32| protocols::set_attribute(t, events, intern_text(t, name)?, Value::small(bits));
    for (bit, name) in EVENTS.iter().enumerate() {
        put(name, 1 << bit)?;
    }
    put("NO_EVENTS", 0)?;
    module.add(t, "events", events)?;
    sys.add(t, "monitoring", module.value())
}
