//! The heap's objects as Python sees them: listed, asked for their references, frozen.
//!
//! What only the runtime has (storage arrays, tables, shapes) is looked through: a list refers to its items, not to their array.
//! Caches are not: they keep nothing alive.

use std::collections::{HashMap, HashSet};

use gc::{CellKind, Header, StoppedHeap};

use super::{find_dead_from, is_called_directly};
use crate::exec::caches::CacheRecord;
use crate::native;
use crate::native::Args;
use crate::object::{Object, Ref, Slot};
use crate::objects::{ClassFlags, Function, List, Tuple, ValueArray};
use crate::protocols;
use crate::raised::R;
use crate::shapes::instance::Instance;
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// Set in the header of an object that `gc.freeze` found.
const FROZEN: u16 = 1 << 15;

/// Whether the object is one that Python never sees.
fn is_internal(header: &Header) -> bool {
    let class = class_of_header(header);
    !class.has(ClassFlags::HEAP) && class.name().starts_with("internal_")
}

/// How many tuples within tuples are looked into.
const TUPLES_DEEP: usize = 3;

/// Whether CPython's collector would know the object: it can refer to others that can.
pub fn may_refer(header: &Header) -> bool {
    refers(header, TUPLES_DEEP)
}

fn refers(header: &Header, deep: usize) -> bool {
    let class = class_of_header(header);
    let layout = class.layout();
    if class.has(ClassFlags::HEAP) {
        return true;
    }
    if is_internal(header) || layout.kind == CellKind::Untraced || REFERENCELESS.contains(&layout.name) {
        return false;
    }
    if std::ptr::eq(layout, Instance::layout()) {
        // `object()`, unlike what has a `__dict__`.
        return class.has_dict();
    }
    match Value::of_header(header).downcast::<Tuple>() {
        Some(_) if deep == 0 => true,
        // One with unset slots is being made: no program is to see it.
        Some(tuple) => {
            let items = || tuple.target().slots().iter().map(Slot::get);
            items().all(|item| item.is_some())
                && items().flatten().any(|item| item.header().is_some_and(|header| is_collectable(header, deep - 1)))
        }
        None => true,
    }
}

/// Whether a dead object is one that CPython's collector would have found. It refers to others that are dead; its class may be dead.
pub fn counts_when_dead(header: &Header) -> bool {
    if !gc::ImmortalSpace::get().contains(header.class_bits()) {
        // Of a class that a program made.
        return true;
    }
    let layout = class_of_header(header).layout();
    !is_internal(header) && layout.kind != CellKind::Untraced && !REFERENCELESS.contains(&layout.name)
}

/// As `refers`, for an object that may be one of the shared space, whose classes are none of any collector's business.
fn is_collectable(header: &Header, deep: usize) -> bool {
    let is_class = class_of_header(header).has(ClassFlags::METACLASS);
    refers(header, deep) && !(is_class && gc::ImmortalSpace::get().contains(header.bits()))
}

/// Layouts of builtin classes whose instances have slots here but nothing of interest in them.
const REFERENCELESS: [&str; 5] = ["ByteArray", "CodeObject", "ComplexObject", "Range", "RangeIterator"];

/// What lies in an object's slots, and its class if that is one of the program's, as in CPython.
fn slots_of(stopped: &StoppedHeap<'_>, object: &Header) -> Vec<u64> {
    let mut words = stopped.references(object);
    if !class_of_header(object).has(ClassFlags::HEAP) {
        // The class comes before the slots.
        words.remove(0);
    }
    words
}

/// The objects that an object refers to, runtime storage looked through.
fn python_references(stopped: &StoppedHeap<'_>, object: &Header, memo: &mut HashMap<u64, Vec<u64>>) -> Vec<u64> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = slots_of(stopped, object);
    // Behind a function lie its caches, whose words are no values; in its own slots there are only objects.
    let is_record = |header: &Header| std::ptr::eq(class_of_header(header).layout(), CacheRecord::layout());
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
            if is_record(header) || !seen.insert(word) {
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
///
/// With `direct`, the innermost frame called the function that calls this, and what native frames between hold does not count.
pub fn gather(t: &Thread, direct: bool, mut choose: impl FnMut(&StoppedHeap<'_>, &mut dyn FnMut(u64))) -> R<Ref<List>> {
    let mut capacity = 1 << 10;
    loop {
        let array = ValueArray::new(t, capacity)?;
        let room = array.capacity();
        let mut count = 0;
        let mut look = |stopped: &StoppedHeap<'_>| {
            count = 0;
            choose(stopped, &mut |word| {
                if count < room && word != array.address() {
                    array.put(t, count, Value::from_word(word));
                }
                count += 1;
            });
        };
        if direct {
            t.mutator().inspect_below_dispatch(&[array.address()], &mut look);
        } else {
            t.interpreter().heap().inspect(t.mutator(), &mut look);
        }
        if count <= room {
            let list = List::new(t)?;
            for index in 0..count {
                if let Some(value) = array.slot(index).get() {
                    list.push(t, value)?;
                    // A stale pointer to the array must not keep what was in it.
                    array.put(t, index, None);
                }
            }
            return Ok(list);
        }
        capacity = count + count / 8;
    }
}

/// A list of the objects that wait for a finalizer and are `wanted`, the other threads stopped meanwhile.
pub fn with_finalizers(t: &Thread, wanted: impl Fn(Value) -> bool) -> R<Ref<List>> {
    gather(t, false, |stopped, found| {
        stopped.for_each_with_finalizer(&mut |header| {
            let value = Value::of_header(header);
            if wanted(value) {
                found(value.bits());
            }
        });
    })
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
    let mut age = None;
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
            generation => age = Some(generation),
        }
    }
    // What counting references would have freed by now is not to be seen again. (Of one generation it is: to look for it would
    // make all that is young old.)
    if age.is_none() {
        find_dead_from(t, 2, is_called_directly(t, &GET_OBJECTS, None));
    }
    let wanted = |header: &Header| match age {
        None => true,
        // There are two ages, young and old, and no generation between.
        Some(generation) => generation == if header.is_old() { 2 } else { 0 },
    };
    gather(t, false, |stopped, found| {
        stopped.for_each_object(&mut |header| {
            if may_refer(header) && !header.has_flags(FROZEN) && wanted(header) {
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
    object.header().is_some_and(|header| is_collectable(header, TUPLES_DEEP))
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
    gather(t, false, |stopped, found| {
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
    gather(t, false, |stopped, found| {
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
    // Marks lie apart from the objects, so a forked child's collections copy few pages in any case: nothing else is to be done, and
    // memory that is dropped later comes back as ever.
    t.interpreter().heap().for_each_object(t.mutator(), &mut |header| {
        if may_refer(header) {
            header.set_flags(FROZEN);
        }
    });
}

/// Unfreeze all objects in the permanent generation.
///
/// Put all objects in the permanent generation back into oldest generation.
#[native("unfreeze($module, /)")]
fn unfreeze(t: &Thread, _module: Value) {
    t.interpreter().heap().for_each_object(t.mutator(), &mut |header| {
        if header.has_flags(FROZEN) {
            header.clear_flags(FROZEN);
        }
    });
}

/// Return the number of objects in the permanent generation.
#[native("get_freeze_count($module, /)")]
fn get_freeze_count(t: &Thread, _module: Value) -> usize {
    count_by_age(t)[3]
}

/// How many objects are young, of the middle generation (none), old, and frozen.
pub fn count_by_age(t: &Thread) -> [usize; 4] {
    let mut counts = [0; 4];
    t.interpreter().heap().for_each_object(t.mutator(), &mut |header| {
        if may_refer(header) {
            let age = if header.has_flags(FROZEN) {
                3
            } else if header.is_old() {
                2
            } else {
                0
            };
            counts[age] += 1;
        }
    });
    counts
}
