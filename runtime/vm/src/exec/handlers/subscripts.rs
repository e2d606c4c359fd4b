//! Subscripts, slices and membership.

use bytecode::Instruction;

use super::{read, write};
use crate::exec::dispatch::Next;
use crate::exec::enter::enter_method;
use crate::names::Special;
use crate::object::{Object, Ref};
use crate::objects::{ClassFlags, Dict, Function, List, Tuple, slice_value};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::{Value, class_of_header};

/// `list[i]` and `tuple[i]` for the exact layouts and small indices in range.
#[inline(always)]
pub fn quick_item(object: Value, key: Value) -> Option<Value> {
    let index = key.as_small_int()?;
    let header = object.header()?;
    let class = class_of_header(header);
    if std::ptr::eq(class.layout(), List::layout()) && !class.has(ClassFlags::HEAP) {
        // SAFETY: the class has this layout.
        let list: Ref<List> = unsafe { Ref::from_header(header) };
        return if index >= 0 {
            list.get(index as usize)
        } else {
            list.get(usize::try_from(list.len() as i64 + index).ok()?)
        };
    }
    if std::ptr::eq(class.layout(), Tuple::layout()) {
        // SAFETY: the class has this layout.
        let tuple: Ref<Tuple> = unsafe { Ref::from_header(header) };
        let index = if index < 0 { index + tuple.len() as i64 } else { index };
        return tuple.as_slice().get(usize::try_from(index).ok()?).copied();
    }
    None
}

/// `GetItem`.
#[inline(never)]
pub fn get_item(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
    let (object, key) = (read(frame, ins.b()), read(frame, ins.c()));
    let class = object.class(t);
    if class.has(ClassFlags::HEAP)
        && let Some(method) = class.special(t, Special::GetItem).and_then(Value::downcast::<Function>)
        && enter_method(t, method, &[object, key], 2, 0, ins.a())
    {
        return Ok(Next::Reload);
    }
    let item = protocols::get_item(t, object, key)?;
    write(frame, ins.a(), item);
    Ok(Next::Same)
}

/// `SetItem`.
#[inline(never)]
pub fn set_item(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (object, key, value) = (read(frame, ins.a()), read(frame, ins.b()), read(frame, ins.c()));
    let (class, classes) = (object.class(t), t.classes());
    if class == classes.list {
        if let (Some(index), Some(list)) = (key.as_small_int(), object.downcast::<List>()) {
            let index = if index < 0 { index + list.len() as i64 } else { index };
            if index >= 0 && list.set(t, index as usize, value) {
                return Ok(());
            }
        }
    } else if class == classes.dict
        && let Some(dict) = object.downcast::<Dict>()
    {
        return dict.set(t, key, value);
    }
    protocols::set_item(t, object, key, value)
}

/// `DeleteItem`.
#[inline(never)]
pub fn delete_item(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    protocols::delete_item(t, read(frame, ins.a()), read(frame, ins.b()))
}

/// `GetSlice`.
#[inline(never)]
pub fn get_slice(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let item = protocols::get_slice(t, read(frame, ins.b()), read(frame, ins.c()), read(frame, ins.c() + 1))?;
    write(frame, ins.a(), item);
    Ok(())
}

/// `SetSlice`.
#[inline(never)]
pub fn set_slice(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let (start, stop) = (read(frame, ins.b()), read(frame, ins.b() + 1));
    protocols::set_slice(t, read(frame, ins.a()), start, stop, read(frame, ins.c()))
}

/// `BuildSlice`.
#[inline(never)]
pub fn build_slice(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let step = if ins.x() == 2 { Value::NONE } else { read(frame, ins.b() + 2) };
    let slice = slice_value(t, read(frame, ins.b()), read(frame, ins.b() + 1), step)?;
    write(frame, ins.a(), slice);
    Ok(())
}

/// `In`.
#[inline(never)]
pub fn contains(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let found = protocols::contains(t, read(frame, ins.c()), read(frame, ins.b()))?;
    write(frame, ins.a(), Value::bool(found != (ins.x() != 0)));
    Ok(())
}
