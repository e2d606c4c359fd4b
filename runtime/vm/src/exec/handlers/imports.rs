//! The import statement.

use bytecode::Instruction;

use super::{read, write};
use crate::exec::caches;
use crate::object::Ref;
use crate::objects::{Dict, Module, Str};
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

/// `ImportName`.
#[inline(never)]
pub fn import_name(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(caches::site(frame, ins));
    let (level, from_list) = (read(frame, ins.b()), read(frame, ins.b() + 1));
    let function = frame.function();
    let Some(import) = function.builtin(t, t.names().__import__)? else {
        return Err(t.raise(t.classes().import_error, "__import__ not found"));
    };
    let locals = frame.locals().unwrap_or(Value::NONE);
    let module = protocols::call(t, import, &[name.value(), function.globals().value(), locals, from_list, level])?;
    write(frame, ins.a(), module);
    Ok(())
}

/// `ImportFrom`.
#[inline(never)]
pub fn import_from(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let name = frame.code().site_name(caches::site(frame, ins));
    let module = read(frame, ins.b());
    let value = match protocols::get_attribute_optional(t, module, name)? {
        Some(value) => value,
        None => submodule(t, module, name)?,
    };
    write(frame, ins.a(), value);
    Ok(())
}

/// A submodule that is being imported is in `sys.modules` before it is an attribute of its package.
fn submodule(t: &Thread, module: Value, name: Ref<Str>) -> R {
    let package = protocols::get_attribute_optional(t, module, t.names().__name__)?.and_then(|value| Str::of(t, value));
    if let Some(package) = package {
        let full = Str::new(t, &format!("{}.{}", package.to_string_lossy(), name.to_string_lossy()))?;
        let modules = t.interpreter().state().modules.get().expect("made at start");
        if let Some(found) = protocols::get_item_optional(t, modules, full.value())? {
            return Ok(found);
        }
    }
    Err(crate::builtins::import::cannot_import_name(t, module, package, name))
}

/// `ImportStar`.
#[inline(never)]
pub fn import_star(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let module = read(frame, ins.a());
    let locals = frame.locals().unwrap_or(frame.function().globals().value());
    let put = |name: Value| -> R<()> {
        let Some(text) = Str::of(t, name) else {
            let module =
                protocols::get_attribute(t, module, t.names().__name__).and_then(|name| protocols::str(t, name))?;
            let class = name.class(t).name();
            return Err(
                t.type_error(format_args!("Item in {}.__all__ must be str, not {class}", module.to_string_lossy()))
            );
        };
        let value = protocols::get_attribute(t, module, text)?;
        protocols::set_item(t, locals, name, value)
    };
    if let Some(all) = protocols::get_attribute_optional(t, module, t.names().__all__)? {
        return protocols::for_each(t, all, put);
    }
    let dict = match module.downcast::<Module>() {
        Some(module) => module.dict(),
        None => {
            match protocols::get_attribute_optional(t, module, t.names().__dict__)?.and_then(Value::downcast::<Dict>) {
                Some(dict) => dict,
                None => {
                    return Err(
                        t.raise(t.classes().import_error, "from-import-* object has no __dict__ and no __all__")
                    );
                }
            }
        }
    };
    let keys = protocols::call_method(t, dict.value(), t.names().keys, &[])?;
    let keys = crate::protocols::list_of(t, keys)?;
    let mut index = 0;
    while let Some(key) = keys.get(index) {
        index += 1;
        if Str::of(t, key).is_some_and(|text| !text.to_string_lossy().starts_with('_')) {
            put(key)?;
        }
    }
    Ok(())
}
