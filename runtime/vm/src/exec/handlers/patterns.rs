//! Structural pattern matching (PEP 634).

use bytecode::Instruction;

use super::{read, write};
use crate::containers::ValueVec;
use crate::object::Ref;
use crate::objects::{Class, ClassFlags, Dict, Set, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

/// `GetLen`.
#[inline(never)]
pub fn get_len(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let length = protocols::length(t, read(frame, ins.b()))?;
    write(frame, ins.a(), crate::objects::int_from_u64(t, length as u64)?);
    Ok(())
}

fn has_flag(t: &Thread, frame: &Frame, ins: Instruction, flag: u32) {
    let matches = read(frame, ins.b()).class(t).has(flag);
    write(frame, ins.a(), Value::bool(matches));
}

/// `MatchSequence`.
pub fn match_sequence(t: &Thread, frame: &Frame, ins: Instruction) {
    has_flag(t, frame, ins, ClassFlags::SEQUENCE);
}

/// `MatchMapping`.
pub fn match_mapping(t: &Thread, frame: &Frame, ins: Instruction) {
    has_flag(t, frame, ins, ClassFlags::MAPPING);
}

/// `MatchKeys`.
#[inline(never)]
pub fn match_keys(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (subject, keys) =
        (read(frame, ins.b()), Tuple::of(t, read(frame, ins.c())).expect("the compiler builds a tuple of keys"));
    let seen = Set::new(t)?;
    let mut values = ValueVec::with_capacity(t, keys.len())?;
    let mut get = None;
    for &key in keys.as_slice() {
        if seen.contains(t, key)? {
            let text = protocols::repr(t, key)?.to_string_lossy();
            return Err(t.value_error(format_args!("mapping pattern checks duplicate key ({text})")));
        }
        seen.add(t, key)?;
        let found = match subject.downcast::<Dict>().filter(|_| subject.class(t) == t.classes().dict) {
            Some(dict) => dict.get(t, key)?,
            None => {
                let method = match get {
                    Some(method) => method,
                    None => *get.insert(protocols::get_attribute(t, subject, t.names().get)?),
                };
                // A fresh object that no mapping holds tells "missing" from a stored default.
                let missing = seen.value();
                Some(protocols::call(t, method, &[key, missing])?).filter(|found| !found.is(missing))
            }
        };
        match found {
            Some(value) => values.push(t, value)?,
            None => {
                write(frame, ins.a(), Value::NONE);
                return Ok(());
            }
        }
    }
    let values = values.into_tuple(t)?;
    write(frame, ins.a(), values.value());
    Ok(())
}

/// `MatchRest`.
#[inline(never)]
pub fn match_rest(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let rest = Dict::new(t)?;
    protocols::update_dict(t, rest, read(frame, ins.b()))?;
    let keys = Tuple::of(t, read(frame, ins.c())).expect("the compiler builds a tuple of keys");
    for &key in keys.as_slice() {
        rest.delete(t, key)?;
    }
    write(frame, ins.a(), rest.value());
    Ok(())
}

/// `MatchClass`.
#[inline(never)]
pub fn match_class(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (subject, pattern) = (read(frame, ins.b()), read(frame, ins.b() + 1));
    let keywords = Tuple::of(t, read(frame, ins.b() + 2)).expect("the compiler builds a tuple of names");
    let Some(class) = pattern.downcast::<Class>() else {
        return Err(t.type_error("called match pattern must be a class"));
    };
    let result = if protocols::is_instance(t, subject, pattern)? {
        class_attributes(t, subject, class, ins.c() as usize, keywords)?
    } else {
        None
    };
    write(frame, ins.a(), result.map_or(Value::NONE, Ref::value));
    Ok(())
}

fn class_attributes(
    t: &Thread,
    subject: Value,
    class: Ref<Class>,
    positional: usize,
    keywords: Ref<Tuple>,
) -> R<Option<Ref<Tuple>>> {
    let mut values = ValueVec::new(t);
    let seen = Set::new(t)?;
    if positional > 0 && !positional_attributes(t, subject, class, positional, &mut values, seen)? {
        return Ok(None);
    }
    for &name in keywords.as_slice() {
        let name = Str::of(t, name).expect("the compiler puts names there");
        match attribute(t, subject, class, name, seen)? {
            Some(value) => values.push(t, value)?,
            None => return Ok(None),
        }
    }
    values.into_tuple(t).map(Some)
}

fn positional_attributes(
    t: &Thread,
    subject: Value,
    class: Ref<Class>,
    count: usize,
    values: &mut ValueVec,
    seen: Ref<Set>,
) -> R<bool> {
    let name = class.name();
    let names = match protocols::get_attribute_optional(t, class.value(), t.names().__match_args__)? {
        Some(names) => match Tuple::of(t, names) {
            Some(names) => names,
            None => {
                let got = names.class(t).name();
                return Err(t.type_error(format_args!("{name}.__match_args__ must be a tuple (got {got})")));
            }
        },
        None if class.has(ClassFlags::MATCH_SELF) => {
            if count > 1 {
                return Err(too_many_positional(t, &name, 1, count));
            }
            values.push(t, subject)?;
            return Ok(true);
        }
        None => t.empty_tuple(),
    };
    if names.len() < count {
        return Err(too_many_positional(t, &name, names.len(), count));
    }
    for &attribute_name in &names.as_slice()[..count] {
        let Some(attribute_name) = Str::of(t, attribute_name) else {
            let got = attribute_name.class(t).name();
            return Err(t.type_error(format_args!("__match_args__ elements must be strings (got {got})")));
        };
        match attribute(t, subject, class, attribute_name, seen)? {
            Some(value) => values.push(t, value)?,
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn too_many_positional(t: &Thread, class: &str, allowed: usize, given: usize) -> crate::raised::Raised {
    let s = crate::native::plural(allowed);
    t.type_error(format_args!("{class}() accepts {allowed} positional sub-pattern{s} ({given} given)"))
}

fn attribute(t: &Thread, subject: Value, class: Ref<Class>, name: Ref<Str>, seen: Ref<Set>) -> R<Option<Value>> {
    if seen.contains(t, name.value())? {
        let (class, name) = (class.name(), name.to_string_lossy());
        return Err(t.type_error(format_args!("{class}() got multiple sub-patterns for attribute '{name}'")));
    }
    seen.add(t, name.value())?;
    protocols::get_attribute_optional(t, subject, name)
}
