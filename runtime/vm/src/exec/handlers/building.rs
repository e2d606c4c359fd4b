//! Displays, unpacking and formatted strings.

use bytecode::{Instruction, NO_REG};

use super::{read, window, write};
use crate::names::Special;
use crate::object::Ref;
use crate::objects::{Dict, List, Set, Str, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::{Frame, Thread};
use crate::value::Value;

/// `BuildTuple`.
#[inline(never)]
pub fn tuple(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let tuple = Tuple::from_slice(t, window(frame, ins.b(), ins.c() as usize))?;
    write(frame, ins.a(), tuple.value());
    Ok(())
}

/// `BuildList`.
#[inline(never)]
pub fn list(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let list = List::from_slice(t, window(frame, ins.b(), ins.c() as usize))?;
    write(frame, ins.a(), list.value());
    Ok(())
}

/// `BuildSet`.
#[inline(never)]
pub fn set(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let set = Set::new(t)?;
    for &item in window(frame, ins.b(), ins.c() as usize) {
        set.add(t, item)?;
    }
    write(frame, ins.a(), set.value());
    Ok(())
}

/// `BuildMap`.
#[inline(never)]
pub fn map(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let dict = Dict::from_pairs(t, window(frame, ins.b(), ins.c() as usize * 2))?;
    write(frame, ins.a(), dict.value());
    Ok(())
}

/// `BuildString`.
#[inline(never)]
pub fn string(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let joined = crate::builtins::str_methods::join_parts(t, Str::empty(t)?, window(frame, ins.b(), ins.c() as usize))?;
    write(frame, ins.a(), joined.value());
    Ok(())
}

fn list_at(frame: &Frame, register: u16) -> Ref<List> {
    read(frame, register).downcast().expect("the compiler put a list there")
}

fn dict_at(frame: &Frame, register: u16) -> Ref<Dict> {
    read(frame, register).downcast().expect("the compiler put a dict there")
}

/// A set, unless the program has put something else into a variable of the compiler's (`__conditional_annotations__`).
fn set_at(t: &Thread, frame: &Frame, register: u16) -> R<Ref<Set>> {
    let value = read(frame, register);
    let class = || value.class(t).name();
    value.downcast().ok_or_else(|| t.type_error(format_args!("'{}' object is not a set", class())))
}

/// `ListExtend`.
#[inline(never)]
pub fn list_extend(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (list, source) = (list_at(frame, ins.a()), read(frame, ins.b()));
    check_iterable(t, source, || format!("Value after * must be an iterable, not {}", source.class(t).name()))?;
    crate::builtins::list::extend(t, list, source)
}

/// TypeError with `message` if the value cannot be iterated over.
fn check_iterable(t: &Thread, source: Value, message: impl FnOnce() -> String) -> R<()> {
    let class = source.class(t);
    if class.special(t, Special::Iter).is_some_and(|iter| !iter.is_none())
        || class.special(t, Special::GetItem).is_some()
    {
        return Ok(());
    }
    Err(t.type_error(message()))
}

/// How error messages name what is called: `module.qualname()`.
fn callee_text(t: &Thread, callee: Value) -> String {
    let names = t.names();
    let attribute = |name| {
        protocols::get_attribute_optional(t, callee, name)
            .ok()
            .flatten()
            .and_then(|value| Str::of(t, value))
            .map(|text| text.to_string_lossy())
    };
    let Some(qualname) = attribute(names.__qualname__) else {
        return protocols::str(t, callee).map_or_else(|_| String::from("object"), |text| text.to_string_lossy());
    };
    match attribute(names.__module__) {
        Some(module) if module != "builtins" => format!("{module}.{qualname}()"),
        _ => format!("{qualname}()"),
    }
}

/// The positional arguments of `f(*source)`.
pub fn star_arguments(t: &Thread, callee: Value, source: Value) -> R<Ref<Tuple>> {
    if let Some(list) = source.downcast::<List>() {
        return list.to_tuple(t);
    }
    check_iterable(t, source, || {
        format!("{} argument after * must be an iterable, not {}", callee_text(t, callee), source.class(t).name())
    })?;
    let list = List::new(t)?;
    protocols::for_each(t, source, |item| list.push(t, item))?;
    list.to_tuple(t)
}

/// The keyword arguments of `f(**source)`.
pub fn double_star_arguments(t: &Thread, callee: Value, source: Value) -> R<Ref<Dict>> {
    if let Some(dict) = source.downcast::<Dict>().filter(|_| source.class(t) == t.classes().dict) {
        return Ok(dict);
    }
    let dict = Dict::new(t)?;
    merge(t, dict, source, callee)?;
    Ok(dict)
}

/// `SetAdd`.
#[inline(never)]
pub fn set_add(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    set_at(t, frame, ins.a())?.add(t, read(frame, ins.b())).map(drop)
}

/// `SetUpdate`.
#[inline(never)]
pub fn set_update(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (set, source) = (set_at(t, frame, ins.a())?, read(frame, ins.b()));
    protocols::for_each(t, source, |item| set.add(t, item).map(drop))
}

/// `MapAdd`.
#[inline(never)]
pub fn map_add(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    dict_at(frame, ins.a()).set(t, read(frame, ins.b()), read(frame, ins.c()))
}

/// `MapUpdate`.
#[inline(never)]
pub fn map_update(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let source = read(frame, ins.b());
    if source.downcast::<Dict>().is_none() && protocols::get_attribute_optional(t, source, t.names().keys)?.is_none() {
        return Err(t.type_error(format_args!("'{}' object is not a mapping", source.class(t).name())));
    }
    protocols::update_dict(t, dict_at(frame, ins.a()), source)
}

/// `MapMerge`.
#[inline(never)]
pub fn map_merge(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    merge(t, dict_at(frame, ins.a()), read(frame, ins.b()), read(frame, ins.c()))
}

fn merge(t: &Thread, dict: Ref<Dict>, source: Value, callee: Value) -> R<()> {
    let put = |key: Value, value: Value| -> R<()> {
        // That keywords are strings is checked when the call takes them.
        if dict.get(t, key)?.is_some() {
            let (function, name) = (callee_text(t, callee), protocols::str(t, key)?.to_string_lossy());
            return Err(t.type_error(format_args!("{function} got multiple values for keyword argument '{name}'")));
        }
        dict.set(t, key, value)
    };
    if let Some(source) = source.downcast::<Dict>().filter(|_| source.class(t) == t.classes().dict) {
        let mut position = 0;
        while let Some((key, value, _)) = source.next_entry(t, &mut position) {
            put(key, value)?;
        }
        return Ok(());
    }
    let Some(keys) = protocols::get_attribute_optional(t, source, t.names().keys)? else {
        let (function, class) = (callee_text(t, callee), source.class(t).name());
        return Err(t.type_error(format_args!("{function} argument after ** must be a mapping, not {class}")));
    };
    let keys = protocols::call(t, keys, &[])?;
    protocols::for_each(t, keys, |key| {
        let value = protocols::get_item(t, source, key)?;
        put(key, value)
    })
}

/// `ListToTuple`.
#[inline(never)]
pub fn list_to_tuple(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let tuple = list_at(frame, ins.b()).to_tuple(t)?;
    write(frame, ins.a(), tuple.value());
    Ok(())
}

/// `Unpack`.
#[inline(never)]
pub fn unpack(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (source, count) = (read(frame, ins.b()), ins.c() as usize);
    let class = source.class(t);
    if class == t.classes().list {
        // SAFETY: instances of exactly `list` have its layout.
        let list: Ref<List> = unsafe { Ref::from_address(source.bits()) };
        let write = |index: usize, item: Value| write(frame, ins.a() + index as u16, item);
        return list.unpack(t, count, write).map_err(|got| wrong_count(t, count, got));
    }
    if class == t.classes().tuple {
        let tuple: Ref<Tuple> = source.downcast().expect("exactly a tuple");
        if tuple.len() != count {
            return Err(wrong_count(t, count, tuple.len()));
        }
        for (index, &item) in tuple.as_slice().iter().enumerate() {
            write(frame, ins.a() + index as u16, item);
        }
        return Ok(());
    }
    let iterator = unpack_iterator(t, source)?;
    // The registers may be variables: none is written unless all are.
    let items = List::new(t)?;
    for index in 0..count {
        match protocols::next(t, iterator)? {
            Some(item) => items.push(t, item)?,
            None => return Err(too_few(t, count, index, false)),
        }
    }
    match protocols::next(t, iterator)? {
        None => {
            for index in 0..count {
                write(frame, ins.a() + index as u16, items.get(index).expect("nobody else has the list"));
            }
            Ok(())
        }
        Some(_) => {
            // Sized builtin containers say how many they have.
            let got = match source.downcast::<Dict>() {
                Some(dict) => format!(", got {}", dict.len(t)),
                None => String::new(),
            };
            Err(t.value_error(format_args!("too many values to unpack (expected {count}{got})")))
        }
    }
}

fn unpack_iterator(t: &Thread, source: Value) -> R {
    check_iterable(t, source, || format!("cannot unpack non-iterable {} object", source.class(t).name()))?;
    protocols::iterate(t, source)
}

#[cold]
fn wrong_count(t: &Thread, count: usize, got: usize) -> Raised {
    if got < count {
        return too_few(t, count, got, false);
    }
    t.value_error(format_args!("too many values to unpack (expected {count}, got {got})"))
}

#[cold]
fn too_few(t: &Thread, expected: usize, got: usize, at_least: bool) -> Raised {
    let at_least = if at_least { "at least " } else { "" };
    t.value_error(format_args!("not enough values to unpack (expected {at_least}{expected}, got {got})"))
}

/// `UnpackEx`.
#[inline(never)]
pub fn unpack_ex(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (before, after) = (ins.c() as usize, ins.x() as usize);
    if let Some(items) = items_at_once(t, read(frame, ins.b()))? {
        return unpack_items(t, frame, ins, items);
    }
    let iterator = unpack_iterator(t, read(frame, ins.b()))?;
    for index in 0..before {
        match protocols::next(t, iterator)? {
            Some(item) => write(frame, ins.a() + index as u16, item),
            None => return Err(too_few(t, before + after, index, true)),
        }
    }
    let rest = List::new(t)?;
    while let Some(item) = protocols::next(t, iterator)? {
        rest.push(t, item)?;
    }
    let count = rest.len();
    if count < after {
        return Err(too_few(t, before + after, before + count, true));
    }
    for index in 0..after {
        let item = rest.get(count - after + index).expect("nobody else has the list");
        write(frame, ins.a() + (before + 1 + index) as u16, item);
    }
    for _ in 0..after {
        rest.pop(t);
    }
    write(frame, ins.a() + before as u16, rest.value());
    Ok(())
}

/// The items of a list or tuple of exactly that class, as a list that nobody else has.
fn items_at_once(t: &Thread, source: Value) -> R<Option<Ref<List>>> {
    let (class, classes) = (source.class(t), t.classes());
    if class == classes.list {
        return source.downcast::<List>().map(|list| list.copy(t)).transpose();
    }
    let tuple = source.downcast::<Tuple>().filter(|_| class == classes.tuple);
    tuple.map(|tuple| List::from_slice(t, tuple.as_slice())).transpose()
}

fn unpack_items(t: &Thread, frame: &Frame, ins: Instruction, items: Ref<List>) -> R<()> {
    let (before, after, length) = (ins.c() as usize, ins.x() as usize, items.len());
    let Some(between) = length.checked_sub(before + after) else {
        return Err(too_few(t, before + after, length, true));
    };
    let rest = if between == length { items } else { items.slice(t, |_| (before as i64, 1, between))? };
    let item = |index| items.get(index).expect("nobody else has the list");
    for index in 0..before {
        write(frame, ins.a() + index as u16, item(index));
    }
    write(frame, ins.a() + before as u16, rest.value());
    for index in 0..after {
        write(frame, ins.a() + (before + 1 + index) as u16, item(before + between + index));
    }
    Ok(())
}

/// `Format`.
#[inline(never)]
pub fn format(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let value = convert(t, read(frame, ins.b()), ins.x())?;
    if ins.c() == NO_REG && value.class(t) == t.classes().str {
        write(frame, ins.a(), value);
        return Ok(());
    }
    let specification = if ins.c() == NO_REG { None } else { Some(read(frame, ins.c())) };
    let text = protocols::format_value(t, value, specification)?;
    write(frame, ins.a(), text);
    Ok(())
}

fn convert(t: &Thread, value: Value, conversion: u8) -> R {
    Ok(match conversion {
        1 => protocols::str(t, value)?.value(),
        2 => protocols::repr(t, value)?.value(),
        3 => protocols::ascii(t, value)?.value(),
        _ => value,
    })
}

/// `BuildInterpolation`.
#[inline(never)]
pub fn interpolation(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let made = crate::builtins::template::interpolation(
        t,
        read(frame, ins.b()),
        read(frame, ins.b() + 1),
        ins.x(),
        read(frame, ins.b() + 2),
    )?;
    write(frame, ins.a(), made);
    Ok(())
}

/// `BuildTemplate`.
#[inline(never)]
pub fn template(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let made = crate::builtins::template::template(t, read(frame, ins.b()), read(frame, ins.c()))?;
    write(frame, ins.a(), made);
    Ok(())
}
