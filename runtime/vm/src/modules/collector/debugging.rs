//! What `gc.set_debug` asks for: lines on `sys.stderr`, and garbage that is kept.
//!
//! To name what is unreachable, or to save it, it has to be found before the collector takes it away. That is a search of its own
//! (`gc`'s `unreachable`), which a collection that the program asks for runs first. It goes by what CPython would find: objects on
//! cycles and what hangs on them, not what the counts of references would have freed.

use std::fmt::Write as _;
use std::time::Duration;

use gc::CollectStats;

use super::list_of;
use super::objects::{count_by_age, gather, may_refer};
use crate::object::Ref;
use crate::objects::{List, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

const STATS: i64 = 1;
const COLLECTABLE: i64 = 2;
const UNCOLLECTABLE: i64 = 4;
const SAVEALL: i64 = 32;

/// The flags under their names.
pub const FLAGS: [(&str, i64); 5] = [
    ("DEBUG_STATS", STATS),
    ("DEBUG_COLLECTABLE", COLLECTABLE),
    ("DEBUG_UNCOLLECTABLE", UNCOLLECTABLE),
    ("DEBUG_SAVEALL", SAVEALL),
    ("DEBUG_LEAK", COLLECTABLE | UNCOLLECTABLE | SAVEALL),
];

/// Whether garbage is kept.
pub fn saves_all(debug: i64) -> bool {
    debug & SAVEALL != 0
}

/// Before a collection that the program asked for. How many objects it is going to find, if they were looked for here.
pub fn before(t: &Thread, module: Value, generation: u8, debug: i64, direct: bool) -> R<Option<usize>> {
    if debug & (STATS | COLLECTABLE | SAVEALL) == 0 {
        return Ok(None);
    }
    if debug & STATS != 0 {
        let [young, middle, old, frozen] = count_by_age(t);
        print(
            t,
            &format!(
                "gc: collecting generation {generation}...\n\
                 gc: objects in each generation: {young} {middle} {old}\n\
                 gc: objects in permanent generation: {frozen}\n"
            ),
        )?;
    }
    if debug & (COLLECTABLE | SAVEALL) == 0 {
        return Ok(None);
    }
    super::clear_dead_registers(t);
    let trash = gather(t, direct, |stopped, found| {
        for object in stopped.cyclic_trash() {
            // SAFETY: the heap stands still, and nothing in it was swept since.
            let header = unsafe { object.as_ref() };
            if may_refer(header) {
                found(Value::of_header(header).bits());
            }
        }
    })?;
    if debug & COLLECTABLE != 0 {
        print(t, &collectable(t, trash))?;
    }
    if saves_all(debug)
        && let Some(garbage) = list_of(t, module, "garbage")?
    {
        garbage.extend_from_list(t, trash)?;
    }
    let count = trash.len();
    // Nothing but the program's own list is to keep them.
    trash.clear(t);
    Ok(Some(count))
}

/// The lines that name objects.
fn collectable(t: &Thread, objects: Ref<List>) -> String {
    let mut text = String::new();
    for index in 0..objects.len() {
        let Some(object) = objects.get(index) else { break };
        // Writing to a string does not fail.
        let _ = writeln!(text, "gc: collectable <{} {:#x}>", object.class(t).name(), object.bits());
    }
    text
}

/// After a collection that the program asked for.
pub fn after(t: &Thread, debug: i64, found: usize, elapsed: Duration) -> R<()> {
    if debug & STATS == 0 {
        return Ok(());
    }
    print(t, &done(found, elapsed))
}

/// After one that it did not ask for.
pub fn tell(t: &Thread, debug: i64, collection: &CollectStats) -> R<()> {
    if debug & STATS == 0 {
        return Ok(());
    }
    let text = done(collection.freed_objects, collection.stopped);
    print(t, &format!("gc: collecting generation {}...\n{text}", collection.generation))
}

fn done(found: usize, elapsed: Duration) -> String {
    format!("gc: done, {found} unreachable, 0 uncollectable, {:.4}s elapsed\n", elapsed.as_secs_f64())
}

fn print(t: &Thread, text: &str) -> R<()> {
    let stderr = crate::modules::sys::attribute(t, t.names().stderr)?.filter(|stderr| !stderr.is_none());
    match stderr {
        Some(stderr) if !text.is_empty() => {
            protocols::call_method(t, stderr, t.names().write, &[Str::new(t, text)?.value()]).map(drop)
        }
        _ => Ok(()),
    }
}
