//! Names: globals with their caches, class and module namespaces, cells.

use bytecode::{Instruction, LocalKind};

use super::{read, write};
use crate::exec::caches;
use crate::object::Ref;
use crate::objects::{Cell, Dict, Function, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

/// The name of a register of the running code.
fn register_name(frame: &Frame, register: usize) -> Ref<Str> {
    let code = frame.code();
    code.name_at(code.unit().locals[register].name as usize)
}

/// Raises UnboundLocalError for register a.
#[cold]
#[inline(never)]
pub fn unbound_local(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    Err(unbound(t, register_name(frame, ins.a() as usize)))
}

#[cold]
fn unbound(t: &Thread, name: Ref<Str>) -> crate::raised::Raised {
    let text = name.to_string_lossy();
    t.raise(
        t.classes().unbound_local_error,
        format_args!("cannot access local variable '{text}' where it is not associated with a value"),
    )
}

/// Raises NameError or UnboundLocalError for the empty cell in a register.
#[cold]
#[inline(never)]
pub fn unbound_cell(t: &Thread, frame: &Frame, register: u16) -> R<()> {
    let name = register_name(frame, register as usize);
    if frame.code().unit().locals[register as usize].kind == LocalKind::Free {
        let text = name.to_string_lossy();
        return Err(t.name_error(
            name,
            format_args!(
                "cannot access free variable '{text}' where it is not associated with a value in enclosing scope"
            ),
        ));
    }
    Err(unbound(t, name))
}

/// `MakeCell`.
#[inline(never)]
pub fn make_cell(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let cell = Cell::new(t, frame.register(ins.a() as usize))?;
    write(frame, ins.a(), cell.value());
    Ok(())
}

/// `CopyFree`.
#[inline]
pub fn copy_free(frame: &Frame, ins: Instruction) {
    let closure: Ref<Tuple> = frame.function().closure().expect("a function with free variables has a closure");
    for (index, cell) in closure.as_slice().iter().take(ins.b() as usize).enumerate() {
        write(frame, ins.a() + index as u16, *cell);
    }
}

/// `DeleteCell`.
#[inline(never)]
pub fn delete_cell(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let cell: Ref<Cell> = read(frame, ins.a()).downcast().expect("the compiler made the register a cell");
    if cell.contents.get().is_none() {
        return unbound_cell(t, frame, ins.a());
    }
    cell.store(t, None);
    Ok(())
}

fn from_mapping(t: &Thread, mapping: Value, name: Ref<Str>) -> R<Option<Value>> {
    match exact_dict(t, mapping) {
        Some(dict) => Ok(dict.get_str(t, name)),
        None => protocols::get_item_optional(t, mapping, name.value()),
    }
}

fn exact_dict(t: &Thread, mapping: Value) -> Option<Ref<Dict>> {
    if mapping.class(t) == t.classes().dict { mapping.downcast() } else { None }
}

/// `LoadFromDictOrCell`.
#[inline(never)]
pub fn load_from_dict_or_cell(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(caches::site(frame, ins));
    if let Some(value) = from_mapping(t, read(frame, ins.a()), name)? {
        write(frame, ins.a(), value);
        return Ok(());
    }
    let cell: Ref<Cell> = read(frame, ins.b()).downcast().expect("the compiler made the register a cell");
    match cell.contents.get() {
        Some(value) => write(frame, ins.a(), value),
        None => unbound_cell(t, frame, ins.b())?,
    }
    Ok(())
}

/// `LoadFromDictOrGlobal`.
#[inline(never)]
pub fn load_from_dict_or_global(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(caches::site(frame, ins));
    let value = match from_mapping(t, read(frame, ins.a()), name)? {
        Some(value) => value,
        None => global(t, frame.function(), name)?,
    };
    write(frame, ins.a(), value);
    Ok(())
}

/// The global or builtin of a site whose cache is good.
#[inline(always)]
pub fn cached_global(frame: &Frame, site: usize) -> Option<Value> {
    let (cells, function) = (frame.cells(), frame.function());
    let first = caches::word(cells, site);
    if first & caches::TAG_MASK != caches::TAG_DICT {
        return None;
    }
    let globals = function.globals();
    if !caches::says_not_there(first) {
        return caches::dict_value(globals, first);
    }
    let second = caches::second_word(cells, site);
    if second & caches::TAG_MASK != caches::TAG_DICT || (first >> 32) as u32 != globals.header().shape() {
        return None;
    }
    // SAFETY: `load_global_site` stores the word only where the builtins are a dict, as for all functions with these cells.
    caches::dict_value(unsafe { function.builtins_dict() }, second)
}

/// `LoadGlobal`, past its cache.
#[inline(never)]
pub fn load_global(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let value = load_global_site(t, frame, ins.bx() as usize)?;
    write(frame, ins.a(), value);
    Ok(())
}

fn load_global_site(t: &Thread, frame: &Frame, site: usize) -> R {
    let name = frame.code().site_name(site);
    let function = frame.function();
    let cells = frame.cells();
    let globals = function.globals();
    if !plain_namespaces(t, function) {
        return global(t, function, name);
    }
    let index = caches::dict_entry(t, globals, name);
    if let Some(word) = index {
        caches::store(t, cells, site * 2, word);
    }
    match globals.get_str(t, name) {
        Some(value) => Ok(value),
        None => {
            // What neither has is asked for anew each time: the second word, unlike the first, always speaks of an entry.
            // SAFETY: `plain_namespaces` found a dict.
            let word = caches::dict_entry(t, unsafe { function.builtins_dict() }, name);
            if let Some(word) = word.filter(|word| !caches::says_not_there(*word)) {
                caches::store(t, cells, site * 2 + 1, word);
            }
            builtin(t, function, name)
        }
    }
}

/// Whether globals and builtins are exact dicts, whose entries may be cached: a subclass may compute what it holds.
fn plain_namespaces(t: &Thread, function: Ref<Function>) -> bool {
    let dict = t.classes().dict;
    function.globals().value().class(t) == dict && function.builtins().class(t) == dict
}

fn global(t: &Thread, function: Ref<Function>, name: Ref<Str>) -> R {
    match from_mapping(t, function.globals().value(), name)? {
        Some(value) => Ok(value),
        None => builtin(t, function, name),
    }
}

fn builtin(t: &Thread, function: Ref<Function>, name: Ref<Str>) -> R {
    match function.builtin(t, name)? {
        Some(value) => Ok(value),
        None => Err(not_defined(t, name)),
    }
}

#[cold]
fn not_defined(t: &Thread, name: Ref<Str>) -> crate::raised::Raised {
    let text = name.to_string_lossy();
    t.name_error(name, format_args!("name '{text}' is not defined"))
}

/// `StoreGlobal`.
#[inline(never)]
pub fn store_global(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(ins.bx() as usize);
    frame.function().globals().set_str(t, name, read(frame, ins.a()))
}

/// `DeleteGlobal`.
#[inline(never)]
pub fn delete_global(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(ins.bx() as usize);
    if frame.function().globals().delete_str(t, name)? { Ok(()) } else { Err(not_defined(t, name)) }
}

/// `LoadName`.
#[inline(never)]
pub fn load_name(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let site = ins.bx() as usize;
    let function = frame.function();
    let locals = frame.locals().unwrap_or(function.globals().value());
    if locals.is(function.globals().value()) {
        let value = match cached_global(frame, site) {
            Some(value) => value,
            None => load_global_site(t, frame, site)?,
        };
        write(frame, ins.a(), value);
        return Ok(());
    }
    let name = frame.code().site_name(site);
    let value = match from_mapping(t, locals, name)? {
        Some(value) => value,
        None => global(t, function, name)?,
    };
    write(frame, ins.a(), value);
    Ok(())
}

/// `StoreName`.
#[inline(never)]
pub fn store_name(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(ins.bx() as usize);
    let value = read(frame, ins.a());
    let locals = frame.locals().unwrap_or(frame.function().globals().value());
    match exact_dict(t, locals) {
        Some(dict) => dict.set_str(t, name, value),
        None => protocols::set_item(t, locals, name.value(), value),
    }
}

/// `DeleteName`.
#[inline(never)]
pub fn delete_name(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(ins.bx() as usize);
    let locals = frame.locals().unwrap_or(frame.function().globals().value());
    if let Some(dict) = exact_dict(t, locals) {
        return if dict.delete_str(t, name)? { Ok(()) } else { Err(not_defined(t, name)) };
    }
    protocols::delete_item(t, locals, name.value()).or_else(|raised| {
        t.catch(raised, t.classes().key_error)?;
        Err(not_defined(t, name))
    })
}

/// `LoadLocals`.
#[inline(never)]
pub fn load_locals(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    match frame.locals() {
        Some(locals) => {
            write(frame, ins.a(), locals);
            Ok(())
        }
        None => Err(t.system_error("no locals")),
    }
}

/// `LoadBuildClass`.
#[inline(never)]
pub fn load_build_class(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    match frame.function().builtin(t, t.names().__build_class__)? {
        Some(function) => {
            write(frame, ins.a(), function);
            Ok(())
        }
        None => Err(t.name_error(t.names().__build_class__, "__build_class__ not found")),
    }
}

/// `SetupAnnotations`.
#[inline(never)]
pub fn setup_annotations(t: &Thread, frame: &Frame) -> R<()> {
    let locals = frame.locals().unwrap_or(frame.function().globals().value());
    let name = t.names().__annotations__;
    if from_mapping(t, locals, name)?.is_none() {
        protocols::set_item(t, locals, name.value(), Dict::new(t)?.value())?;
    }
    Ok(())
}
