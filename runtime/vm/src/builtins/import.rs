//! `__import__`: the quick way for what is already imported, `importlib` for the rest.

use crate::containers::intern_text;
use crate::native;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{BaseException, Dict, FrameObject, Module, Str, Traceback, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// Imports a module by its full name and gives it (not its top package).
pub fn import_module(t: &Thread, name: &str) -> R {
    let name = intern_text(t, name)?;
    import_absolute(t, name)
}

fn modules(t: &Thread) -> Value {
    t.interpreter().state().modules.get().expect("made at start")
}

fn import_absolute(t: &Thread, name: Ref<Str>) -> R {
    let loaded = || -> R<Option<Value>> {
        Ok(protocols::get_item_optional(t, modules(t), name.value())?.filter(|module| !module.is_none()))
    };
    while let Some(module) = loaded()? {
        let waited = wait_until_initialized(t, module, name)?;
        // Code that another thread ran may have failed: then the module is gone, and this thread tries for itself.
        if !waited || loaded()?.is_some_and(|now| now.is(module)) {
            return Ok(module);
        }
    }
    let Some(importlib) = t.interpreter().state().importlib.get() else {
        return Err(t.raise(
            t.classes().import_error,
            format_args!("cannot import '{}' before importlib", name.to_string_lossy()),
        ));
    };
    let find = protocols::get_attribute(t, importlib, t.names()._find_and_load)?;
    let import = t.interpreter().state().import_function.get().unwrap_or(Value::NONE);
    protocols::call(t, find, &[name.value(), import])
}

/// Another thread may still be running the module's code: wait for its lock, as importlib does. Whether it was so.
fn wait_until_initialized(t: &Thread, module: Value, name: Ref<Str>) -> R<bool> {
    let names = t.names();
    let spec = match module.downcast::<Module>() {
        Some(module) => module.dict().get_str(t, names.__spec__),
        None => protocols::get_attribute_optional(t, module, names.__spec__)?,
    };
    let Some(spec) = spec.filter(|spec| !spec.is_none()) else { return Ok(false) };
    let Some(initializing) = protocols::get_attribute_optional(t, spec, names._initializing)? else { return Ok(false) };
    let Some(importlib) = t.interpreter().state().importlib.get() else { return Ok(false) };
    if !protocols::is_true(t, initializing)? {
        return Ok(false);
    }
    protocols::call_method(t, importlib, names._lock_unlock_module, &[name.value()])?;
    Ok(true)
}

/// Import a module.
///
/// Because this function is meant for use by the Python
/// interpreter and not for general use, it is better to use
/// importlib.import_module() to programmatically import a module.
#[native("__import__(name, globals=None, locals=None, fromlist=(), level=0)")]
pub fn import(t: &Thread, name: Value, globals: Value, locals: Value, fromlist: Option<Value>, level: i64) -> R {
    let _ = locals;
    let Some(name) = Str::of(t, name) else { return Err(t.type_error("module name must be a string")) };
    if level < 0 {
        return Err(t.value_error("level must be >= 0"));
    }
    let absolute = if level > 0 { resolve(t, name, globals, level as usize)? } else { name };
    if absolute.is_empty() {
        return Err(t.value_error("Empty module name"));
    }
    let imported = import_resolved(t, name, absolute, fromlist, level);
    if imported.is_err() && t.interpreter().options.verbose == 0 {
        hide_machinery(t);
    }
    imported
}

/// Takes the frames of `importlib` out of the traceback of what an import raised: all for an ImportError, else those that called
/// the module's code.
fn hide_machinery(t: &Thread) {
    let Some(exception) = t.pending().and_then(|pending| pending.downcast::<BaseException>()) else { return };
    let always = exception.value().class(t).is_subclass_of(t.classes().import_error);
    // What points at the entry in hand, and at the first of a run of the machinery's entries: an entry, or the exception (None).
    let mut before: Option<Ref<Traceback>> = None;
    let mut outer = None;
    let mut inside = false;
    let mut next = exception.traceback.get().and_then(Value::downcast::<Traceback>);
    while let Some(entry) = next {
        next = entry.next.get().and_then(Value::downcast);
        let frame = entry.frame.get().and_then(Value::downcast::<FrameObject>);
        let code = frame.map(|frame| frame.code());
        let says =
            |slot: &Slot, text: &str| slot.get().and_then(|value| Str::of(t, value)).is_some_and(|name| name.is(text));
        let machinery = code.is_some_and(|code| {
            says(&code.filename, "<frozen importlib._bootstrap>")
                || says(&code.filename, "<frozen importlib._bootstrap_external>")
        });
        if machinery && !inside {
            outer = before;
        }
        inside = machinery;
        if machinery && (always || code.is_some_and(|code| says(&code.name, "_call_with_frames_removed"))) {
            match outer {
                Some(link) => link.next.put(link.header(), t, next.map(Ref::value)),
                None => exception.traceback.put(exception.header(), t, next.map(Ref::value)),
            }
            before = outer;
        } else {
            before = Some(entry);
        }
    }
}

fn import_resolved(t: &Thread, name: Ref<Str>, absolute: Ref<Str>, fromlist: Option<Value>, level: i64) -> R {
    let module = import_absolute(t, absolute)?;
    let has_list = match fromlist {
        Some(list) if !list.is_none() => protocols::is_true(t, list)?,
        _ => false,
    };
    if !has_list {
        return top_package(t, name, absolute, module, level);
    }
    if protocols::get_attribute_optional(t, module, t.names().__path__)?.is_none() {
        return Ok(module);
    }
    let Some(importlib) = t.interpreter().state().importlib.get() else { return Ok(module) };
    let import = t.interpreter().state().import_function.get().unwrap_or(Value::NONE);
    let handle = protocols::get_attribute(t, importlib, t.names()._handle_fromlist)?;
    protocols::call(t, handle, &[module, fromlist.unwrap_or(Value::NONE), import])
}

/// `import a.b.c` binds `a`.
fn top_package(t: &Thread, name: Ref<Str>, absolute: Ref<Str>, module: Value, level: i64) -> R {
    let text = name.to_string_lossy();
    if level > 0 && text.is_empty() {
        return Ok(module);
    }
    let Some((front, _)) = text.split_once('.') else { return Ok(module) };
    if level == 0 {
        return import_absolute(t, intern_text(t, front)?);
    }
    let absolute = absolute.to_string_lossy();
    let cut = absolute.len() - (text.len() - front.len());
    let top = intern_text(t, &absolute[..cut])?;
    match protocols::get_item_optional(t, modules(t), top.value())? {
        Some(module) => Ok(module),
        None => Err(t.raise_with(
            t.classes().key_error,
            &[Str::new(t, &format!("'{}' not in sys.modules as expected", top.to_string_lossy()))?.value()],
        )),
    }
}

/// The absolute name of a relative import.
fn resolve(t: &Thread, name: Ref<Str>, globals: Value, level: usize) -> R<Ref<Str>> {
    let Some(globals) = globals.downcast::<Dict>() else {
        return Err(if globals.is_none() {
            t.key_error(Str::new(t, "'__name__' not in globals")?.value())
        } else {
            t.type_error("globals must be a dict")
        });
    };
    let package = package_of(t, globals)?;
    let mut base: &str = &package;
    if base.is_empty() {
        return Err(t.raise(t.classes().import_error, "attempted relative import with no known parent package"));
    }
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((parent, _)) => base = parent,
            None => return Err(t.raise(t.classes().import_error, "attempted relative import beyond top-level package")),
        }
    }
    let name = name.to_string_lossy();
    if name.is_empty() { intern_text(t, base) } else { intern_text(t, &format!("{base}.{name}")) }
}

fn package_of(t: &Thread, globals: Ref<Dict>) -> R<String> {
    let names = t.names();
    if let Some(package) = globals.get_str(t, names.__package__).filter(|package| !package.is_none()) {
        return match Str::of(t, package) {
            Some(package) => Ok(package.to_string_lossy()),
            None => Err(t.type_error("package must be a string")),
        };
    }
    if let Some(spec) = globals.get_str(t, names.__spec__).filter(|spec| !spec.is_none()) {
        let parent = intern_text(t, "parent")?;
        let parent = protocols::get_attribute(t, spec, parent)?;
        return match Str::of(t, parent) {
            Some(parent) => Ok(parent.to_string_lossy()),
            None => Err(t.type_error("__spec__.parent must be a string")),
        };
    }
    protocols::warn(
        t,
        t.classes().import_warning,
        "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
    )?;
    let Some(name) = globals.get_str(t, names.__name__) else {
        return Err(t.key_error(Str::new(t, "'__name__' not in globals")?.value()));
    };
    let Some(name) = Str::of(t, name) else { return Err(t.type_error("__name__ must be a string")) };
    let name = name.to_string_lossy();
    if globals.get_str(t, names.__path__).is_some() {
        return Ok(name);
    }
    Ok(name.rsplit_once('.').map_or_else(String::new, |(parent, _)| parent.to_owned()))
}

/// The ImportError of `from module import name`.
#[cold]
pub fn cannot_import_name(t: &Thread, module: Value, package: Option<Ref<Str>>, name: Ref<Str>) -> Raised {
    let names = t.names();
    let make = || -> R<Raised> {
        let shown_name = name.to_string_lossy();
        let shown_package =
            package.map_or_else(|| String::from("<unknown module name>"), |package| package.to_string_lossy());
        let file = protocols::get_attribute_optional(t, module, names.__file__)?.and_then(|value| Str::of(t, value));
        let initializing = match protocols::get_attribute_optional(t, module, names.__spec__)? {
            Some(spec) => match protocols::get_attribute_optional(t, spec, names._initializing)? {
                Some(flag) => protocols::is_true(t, flag)?,
                None => false,
            },
            None => false,
        };
        let place = file.map_or_else(|| String::from("unknown location"), |file| file.to_string_lossy());
        let message = if initializing {
            format!(
                "cannot import name '{shown_name}' from partially initialized module '{shown_package}' (most likely due to a circular import) ({place})"
            )
        } else {
            format!("cannot import name '{shown_name}' from '{shown_package}' ({place})")
        };
        let message = Str::new(t, &message)?;
        let keywords = Tuple::from_slice(t, &[names.name.value(), names.path.value(), names.name_from.value()])?;
        let package = package.map_or(Value::NONE, Ref::value);
        let path = file.map_or(Value::NONE, Ref::value);
        let error = protocols::call_kw(
            t,
            t.classes().import_error.value(),
            &[message.value(), package, path, name.value()],
            Some(keywords),
        )?;
        Ok(t.raise_value(error))
    };
    make().unwrap_or_else(|raised| raised)
}
