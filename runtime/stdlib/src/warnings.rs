//! `_warnings`: deciding whether a warning is shown, and showing it.
//!
//! The filters, the registries and what shows a warning are the library's: attributes of `warnings` and of the modules that warn,
//! which programs replace as they like, so each is looked up when it is needed. The module itself holds a lock and the version of
//! the filters: a registry of another version is stale.

use sync::atomic::{AtomicI64, Ordering};

use vm::builtins::import::import_module;
use vm::modules::context_variables::{CONTEXT_VAR, ContextVar};
use vm::modules::{NativeModule, sys};
use vm::objects::{Dict, List, Module, Str, Tuple, int_from_i64, int_of};
use vm::thread::Frame;
use vm::{Class, R, Ref, Thread, Value, native, protocols};

/// Where a warning is said to come from.
struct Place {
    filename: Value,
    line: i64,
    module: Value,
    registry: Option<Ref<Dict>>,
}

struct FiltersVersion(AtomicI64);

fn filters_version(t: &Thread) -> i64 {
    t.interpreter().extension_or_insert("warnings", || FiltersVersion(AtomicI64::new(0))).0.load(Ordering::Acquire)
}

fn modules(t: &Thread) -> Option<Ref<Dict>> {
    t.interpreter().state().modules.get().and_then(Value::downcast)
}

/// An attribute of `warnings`, if that was imported.
fn library_attribute(t: &Thread, name: &str) -> R<Option<Value>> {
    let Some(modules) = modules(t) else { return Ok(None) };
    match modules.get_str(t, Str::interned(t, "warnings")?) {
        Some(module) => protocols::get_attribute_optional(t, module, Str::interned(t, name)?),
        None => Ok(None),
    }
}

fn own_attribute(t: &Thread, name: &str) -> R {
    protocols::get_attribute(t, import_module(t, "_warnings")?, Str::interned(t, name)?)
}

/// The lock, made when it is first needed: the module itself is older than the import system.
fn lock(t: &Thread) -> R {
    let Some(module) = import_module(t, "_warnings")?.downcast::<Module>() else {
        return Err(t.runtime_error("lost _warnings module"));
    };
    let name = Str::interned(t, "_lock")?;
    if let Some(lock) = module.dict().get_str(t, name) {
        return Ok(lock);
    }
    let class = protocols::get_attribute(t, import_module(t, "_thread")?, Str::interned(t, "RLock")?)?;
    let made = protocols::call(t, class, &[])?;
    Ok(module.dict().set_default(t, name.value(), made)?.0)
}

/// Runs something with the lock held that `warnings` uses too.
fn locked<T>(t: &Thread, run: impl FnOnce() -> R<T>) -> R<T> {
    let lock = lock(t)?;
    protocols::call_method(t, lock, Str::interned(t, "acquire")?, &[])?;
    let result = run();
    let released = protocols::call_method(t, lock, Str::interned(t, "release")?, &[]);
    let value = result?;
    released.map(|_| value)
}

// Where the warning comes from.

fn filename_of(frame: &Frame) -> Value {
    frame.code().filename.get().unwrap_or(Value::NONE)
}

fn filename_text(t: &Thread, frame: &Frame) -> String {
    Str::of(t, filename_of(frame)).map_or_else(String::new, |name| name.to_string_lossy())
}

/// A frame of the import machinery, which no one wants to hear of.
fn is_internal(filename: &str) -> bool {
    filename.contains("importlib") && filename.contains("_bootstrap")
}

fn skipped_prefixes(t: &Thread, given: Option<Ref<Tuple>>) -> R<Vec<String>> {
    let mut prefixes = Vec::new();
    for prefix in given.iter().flat_map(|given| given.target().as_slice()) {
        match Str::of(t, *prefix) {
            Some(text) => prefixes.push(text.to_string_lossy()),
            None => {
                let got = prefix.class(t).name();
                return Err(t.type_error(format_args!("Found non-str '{got}' in skip_file_prefixes.")));
            }
        }
    }
    Ok(prefixes)
}

/// The frame that a stack level means.
fn frame_at<'t>(t: &'t Thread, level: i64, prefixes: &[String]) -> Option<&'t Frame> {
    let mut frames = t.frames().iter();
    let first = frames.next()?;
    let count = usize::try_from(level - 1).unwrap_or(0);
    if count == 0 {
        return Some(first);
    }
    if is_internal(&filename_text(t, first)) {
        return frames.nth(count - 1);
    }
    let shown = |frame: &&Frame| {
        let filename = filename_text(t, frame);
        !is_internal(&filename) && !prefixes.iter().any(|prefix| filename.starts_with(prefix.as_str()))
    };
    frames.filter(shown).nth(count - 1)
}

fn place_at(t: &Thread, level: i64, prefixes: &[String]) -> R<Place> {
    let (globals, filename, line) = match frame_at(t, level, prefixes) {
        Some(frame) => {
            let line = frame.code().line_at(frame.offset());
            (frame.function().globals(), filename_of(frame), i64::from(line))
        }
        None => {
            let system = sys::module(t).expect("made at start");
            (system.dict(), Str::interned(t, "<sys>")?.value(), 0)
        }
    };
    let name = Str::interned(t, "__warningregistry__")?;
    let (registry, _) = globals.set_default(t, name.value(), Dict::new(t)?.value())?;
    let module = match globals.get_str(t, t.names().__name__) {
        Some(module) if module.is_none() || Str::of(t, module).is_some() => module,
        _ => Str::interned(t, "<string>")?.value(),
    };
    Ok(Place { filename, line, module, registry: registry.downcast() })
}

/// The module's name as far as a file's name tells it.
fn module_of_file(t: &Thread, filename: Ref<Str>) -> R {
    let text = filename.to_string_lossy();
    let name = match text.strip_suffix(".py") {
        _ if text.is_empty() => "<unknown>",
        Some(stem) => stem,
        None => return Ok(filename.value()),
    };
    Ok(Str::new(t, name)?.value())
}

// Whether it is shown.

fn already_warned(t: &Thread, registry: Ref<Dict>, key: Value, note: bool) -> R<bool> {
    let name = Str::interned(t, "version")?;
    let known = registry.get_str(t, name).and_then(int_of).and_then(|version| version.to_i64());
    let version = filters_version(t);
    if known != Some(version) {
        registry.clear(t)?;
        registry.set_str(t, name, int_from_i64(t, version)?)?;
    } else if let Some(warned) = registry.get(t, key)?
        && protocols::is_true(t, warned)?
    {
        return Ok(true);
    }
    if note {
        registry.set(t, key, Value::TRUE)?;
    }
    Ok(false)
}

/// A pattern of a filter: None, a text to be equal to, or something with a method `match`.
fn matches(t: &Thread, pattern: Value, text: Value) -> R<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if pattern.class(t) == t.classes().str {
        return protocols::equal(t, pattern, text);
    }
    let found = protocols::call_method(t, pattern, Str::interned(t, "match")?, &[text])?;
    protocols::is_true(t, found)
}

/// What is warned of.
#[derive(Clone, Copy)]
struct Subject {
    category: Value,
    text: Value,
    line: i64,
    module: Value,
}

fn search(t: &Thread, filters: Ref<List>, name: &str, subject: Subject) -> R<Option<(Ref<Str>, Value)>> {
    let mut index = 0;
    while let Some(item) = filters.get(index) {
        let Some(filter) = Tuple::of(t, item).filter(|filter| filter.len() == 5) else {
            return Err(t.value_error(format_args!("{name} item {index} isn't a 5-tuple")));
        };
        let Some(action) = Str::of(t, filter.get(0)) else {
            let got = filter.get(0).class(t).name();
            return Err(t.type_error(format_args!("action must be a string, not '{got}'")));
        };
        let line = protocols::index_i64(t, filter.get(4))?;
        if matches(t, filter.get(1), subject.text)?
            && matches(t, filter.get(3), subject.module)?
            && protocols::is_subclass(t, subject.category, filter.get(2))?
            && (line == 0 || line == subject.line)
        {
            return Ok(Some((action, item)));
        }
        index += 1;
    }
    Ok(None)
}

fn context_filters(t: &Thread) -> R<Option<Value>> {
    let variable = own_attribute(t, "_warnings_context")?;
    if variable.downcast::<ContextVar>().is_none() {
        return Ok(None);
    }
    let context = protocols::call_method(t, variable, t.names().get, &[Value::NONE])?;
    if context.is_none() {
        return Ok(None);
    }
    protocols::get_attribute(t, context, Str::interned(t, "_filters")?).map(Some)
}

/// The action for a warning, and the filter that said so or None.
fn action_for(t: &Thread, subject: Subject) -> R<(Ref<Str>, Value)> {
    let found = match context_filters(t)? {
        Some(filters) => {
            let Some(filters) = filters.downcast::<List>() else {
                return Err(t.value_error("warnings._warnings_context _filters must be a list"));
            };
            search(t, filters, "warnings._warnings_context _filters", subject)?
        }
        None => {
            let filters = match library_attribute(t, "filters")? {
                Some(filters) => filters,
                None => own_attribute(t, "filters")?,
            };
            let Some(filters) = filters.downcast::<List>() else {
                return Err(t.value_error("_warnings.filters must be a list"));
            };
            search(t, filters, "warnings.filters", subject)?
        }
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let action = match library_attribute(t, "defaultaction")? {
        Some(action) => action,
        None => own_attribute(t, "_defaultaction")?,
    };
    match Str::of(t, action) {
        Some(action) => Ok((action, Value::NONE)),
        None => {
            let got = action.class(t).name();
            Err(t.type_error(format_args!("_warnings.defaultaction must be a string, not '{got}'")))
        }
    }
}

fn once_registry(t: &Thread) -> R<Ref<Dict>> {
    let registry = match library_attribute(t, "onceregistry")? {
        Some(registry) => registry,
        None => own_attribute(t, "_onceregistry")?,
    };
    registry.downcast().ok_or_else(|| {
        let got = registry.class(t).name();
        t.type_error(format_args!("_warnings.onceregistry must be a dict, not '{got}'"))
    })
}

/// Notes a warning that is shown; false if its action says that it was shown often enough.
fn note(t: &Thread, action: Ref<Str>, item: Value, subject: Subject, place: &Place, key: Value) -> R<bool> {
    let action_text = action.to_string_lossy();
    if matches!(action_text.as_str(), "always" | "all") {
        return Ok(true);
    }
    if let Some(registry) = place.registry {
        registry.set(t, key, Value::TRUE)?;
    }
    let pair = || Tuple::pair(t, subject.text, subject.category);
    match action_text.as_str() {
        "once" => {
            let registry = place.registry.map_or_else(|| once_registry(t), Ok)?;
            Ok(!already_warned(t, registry, pair()?.value(), true)?)
        }
        "module" => match place.registry {
            Some(registry) => {
                let key = Tuple::from_slice(t, &[subject.text, subject.category, Value::small(0)])?;
                Ok(!already_warned(t, registry, key.value(), true)?)
            }
            None => Ok(true),
        },
        "default" => Ok(true),
        _ => {
            let (action, item) = (protocols::repr(t, action.value())?, protocols::repr(t, item)?);
            Err(t.runtime_error(format_args!(
                "Unrecognized action ({}) in warnings.filters:\n {}",
                action.to_string_lossy(),
                item.to_string_lossy()
            )))
        }
    }
}

/// Decides on a warning and shows it. `source_line` is the line's text where it is known.
fn issue(
    t: &Thread,
    category: Value,
    message: Value,
    place: &Place,
    source_line: Option<&str>,
    source: Value,
) -> R<()> {
    if place.module.is_none() {
        return Ok(());
    }
    let warning = protocols::is_instance(t, message, t.classes().warning.value())?;
    let (text, category, message) = if warning {
        (protocols::str(t, message)?.value(), message.class(t).value(), message)
    } else {
        (message, category, protocols::call(t, category, &[message])?)
    };
    let line = int_from_i64(t, place.line)?;
    let key = Tuple::from_slice(t, &[text, category, line])?.value();
    if let Some(registry) = place.registry
        && already_warned(t, registry, key, false)?
    {
        return Ok(());
    }
    let subject = Subject { category, text, line: place.line, module: place.module };
    let (action, item) = action_for(t, subject)?;
    if action.is("error") {
        return Err(t.raise_value(message));
    }
    if action.is("ignore") || !note(t, action, item, subject, place, key)? {
        return Ok(());
    }
    show(t, subject, message, place, source_line, source)
}

// Showing it.

fn show(
    t: &Thread,
    subject: Subject,
    message: Value,
    place: &Place,
    source_line: Option<&str>,
    source: Value,
) -> R<()> {
    if !source.is_none() {
        // Only the library can tell where an object was allocated.
        import_module(t, "warnings")?;
    }
    let Some(shower) = library_attribute(t, "_showwarnmsg")? else {
        return show_plainly(t, subject, place, source_line);
    };
    if !protocols::is_callable(t, shower) {
        return Err(t.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = library_attribute(t, "WarningMessage")? else {
        return Err(t.runtime_error("unable to get warnings.WarningMessage"));
    };
    let line = int_from_i64(t, place.line)?;
    let arguments = [message, subject.category, place.filename, line, Value::NONE, Value::NONE, source];
    let shown = protocols::call(t, class, &arguments)?;
    protocols::call(t, shower, &[shown]).map(drop)
}

/// Without `warnings`: the same text, by `sys.stderr` alone.
fn show_plainly(t: &Thread, subject: Subject, place: &Place, source_line: Option<&str>) -> R<()> {
    let Some(stderr) = sys::attribute(t, t.names().stderr)?.filter(|stderr| !stderr.is_none()) else { return Ok(()) };
    let name = protocols::get_attribute(t, subject.category, t.names().__name__)?;
    let shown = |value: Value| Ok(protocols::str(t, value)?.to_string_lossy());
    let filename = shown(place.filename)?;
    let mut text = format!("{filename}:{}: {}: {}\n", place.line, shown(name)?, shown(subject.text)?);
    let line = match source_line {
        Some(line) => Some(line.to_owned()),
        None => std::fs::read_to_string(&filename)
            .ok()
            .and_then(|file| file.lines().nth(usize::try_from(place.line - 1).ok()?).map(str::to_owned)),
    };
    if let Some(line) = line.as_deref().map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(&format!("  {line}\n"));
    }
    protocols::call_method(t, stderr, t.names().write, &[Str::new(t, &text)?.value()]).map(drop)
}

// The functions.

fn category_of(t: &Thread, message: Value, category: Value) -> R {
    if protocols::is_instance(t, message, t.classes().warning.value())? {
        return Ok(message.class(t).value());
    }
    if category.is_none() {
        return Ok(t.classes().user_warning.value());
    }
    match category.downcast::<Class>() {
        Some(class) if class.is_subclass_of(t.classes().warning) => Ok(category),
        _ => {
            let got = category.class(t).name();
            Err(t.type_error(format_args!("category must be a Warning subclass, not '{got}'")))
        }
    }
}

/// Issue a warning, or maybe ignore it or raise an exception.
///
///   message
///     Text of the warning message.
///   category
///     The Warning category subclass. Defaults to UserWarning.
///   stacklevel
///     How far up the call stack to make this warning appear. A value of 2 for
///     example attributes the warning to the caller of the code calling warn().
///   source
///     If supplied, the destroyed object which emitted a ResourceWarning
///   skip_file_prefixes
///     An optional tuple of module filename prefixes indicating frames to skip
///     during stacklevel computations for stack frame attribution.
#[native("warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())")]
fn warn(
    t: &Thread,
    message: Value,
    category: Value,
    stacklevel: i64,
    source: Value,
    skip_file_prefixes: Option<Value>,
) -> R<()> {
    let category = category_of(t, message, category)?;
    let given = match skip_file_prefixes {
        Some(given) => match Tuple::of(t, given) {
            Some(given) => Some(given),
            None => {
                let got = given.class(t).name();
                return Err(t.type_error(format_args!("warn() argument 'skip_file_prefixes' must be tuple, not {got}")));
            }
        },
        None => None,
    };
    let prefixes = skipped_prefixes(t, given)?;
    let level = if prefixes.is_empty() { stacklevel } else { stacklevel.max(2) };
    let place = place_at(t, level, &prefixes)?;
    locked(t, || issue(t, category, message, &place, None, source))
}

/// The line of the source that a module's loader gives, if it gives one.
fn loaded_line(t: &Thread, globals: Ref<Dict>, line: i64) -> R<Option<String>> {
    let loader = globals.get_str(t, t.names().__loader__).filter(|loader| !loader.is_none());
    let (Some(loader), Some(name)) = (loader, globals.get_str(t, t.names().__name__)) else { return Ok(None) };
    let Some(get_source) = protocols::get_attribute_optional(t, loader, t.names().get_source)? else { return Ok(None) };
    let source = protocols::call(t, get_source, &[name])?;
    let Some(source) = Str::of(t, source) else { return Ok(None) };
    let text = source.to_string_lossy();
    Ok(usize::try_from(line - 1).ok().and_then(|index| text.lines().nth(index)).map(str::to_owned))
}

/// Issue a warning, or maybe ignore it or raise an exception.
#[native(
    "warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)"
)]
#[allow(clippy::too_many_arguments, reason = "one for each parameter in Python")]
fn warn_explicit(
    t: &Thread,
    message: Value,
    category: Value,
    filename: Value,
    lineno: i64,
    module: Option<Value>,
    registry: Value,
    module_globals: Value,
    source: Value,
) -> R<()> {
    let Some(file) = Str::of(t, filename) else {
        let got = protocols::name_of_argument(t, filename);
        return Err(t.type_error(format_args!("warn_explicit() argument 'filename' must be str, not {got}")));
    };
    let mut source_line = None;
    if !module_globals.is_none() {
        let Some(globals) = module_globals.downcast::<Dict>() else {
            let got = module_globals.class(t).name();
            return Err(t.type_error(format_args!("module_globals must be a dict, not '{got}'")));
        };
        source_line = loaded_line(t, globals, lineno)?;
    }
    if !registry.is_none() && registry.downcast::<Dict>().is_none() {
        return Err(t.type_error("'registry' must be a dict or None"));
    }
    let module = match module {
        Some(module) if !module.is_none() => module,
        _ => module_of_file(t, file)?,
    };
    let place = Place { filename, line: lineno, module, registry: registry.downcast() };
    locked(t, || issue(t, category, message, &place, source_line.as_deref(), source))
}

#[native("_filters_mutated_lock_held()")]
fn filters_mutated_lock_held(t: &Thread) -> R<()> {
    let lock = lock(t)?;
    let owned = protocols::call_method(t, lock, Str::interned(t, "_is_owned")?, &[])?;
    if !protocols::is_true(t, owned)? {
        return Err(t.runtime_error("warnings lock is not held"));
    }
    let version = t.interpreter().extension_or_insert("warnings", || FiltersVersion(AtomicI64::new(0)));
    version.0.fetch_add(1, Ordering::AcqRel);
    Ok(())
}

#[native("_acquire_lock()")]
fn acquire_lock(t: &Thread) -> R<()> {
    protocols::call_method(t, lock(t)?, Str::interned(t, "acquire")?, &[]).map(drop)
}

#[native("_release_lock()")]
fn release_lock(t: &Thread) -> R<()> {
    protocols::call_method(t, lock(t)?, Str::interned(t, "release")?, &[]).map(drop)
}

fn filter(t: &Thread, action: &str, category: Value, module: Value) -> R {
    let action = Str::interned(t, action)?.value();
    Ok(Tuple::from_slice(t, &[action, Value::NONE, category, module, Value::small(0)])?.value())
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let classes = t.classes();
    let filters = List::new(t)?;
    let main = Str::interned(t, "__main__")?.value();
    filters.push(t, filter(t, "default", classes.deprecation_warning.value(), main)?)?;
    for ignored in [
        classes.deprecation_warning,
        classes.pending_deprecation_warning,
        classes.import_warning,
        classes.resource_warning,
    ] {
        filters.push(t, filter(t, "ignore", ignored.value(), Value::NONE)?)?;
    }
    module.add(t, "filters", filters.value())?;
    module.add(t, "_onceregistry", Dict::new(t)?.value())?;
    module.add_str(t, "_defaultaction", "default")?;
    let context_name = Str::interned(t, "warnings_context")?.value();
    let context = protocols::call(t, CONTEXT_VAR.get(t).value(), &[context_name])?;
    module.add(t, "_warnings_context", context)
}

/// `_warnings`.
pub static MODULE: NativeModule = NativeModule {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: &[&WARN, &WARN_EXPLICIT, &FILTERS_MUTATED_LOCK_HELD, &ACQUIRE_LOCK, &RELEASE_LOCK],
    classes: &[],
    initialize,
};
