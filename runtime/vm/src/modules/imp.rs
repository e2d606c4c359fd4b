//! `_imp`: what `importlib` needs of the runtime: native modules, the embedded library, the import lock.

use crate::containers::intern_text;
use crate::modules::{self, NativeModule};
use crate::native;
use crate::object::Ref;
use crate::objects::{Bytes, CodeObject, List, Module, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

use sync::{Arc, Mutex, OnceLock};

/// Returns True if the module name corresponds to a built-in module.
#[native("is_builtin(name, /)")]
fn is_builtin(t: &Thread, name: Ref<Str>) -> i64 {
    match modules::find(t, &name.to_string_lossy()) {
        // Those two cannot be made again.
        Some(module) if matches!(module.name, "sys" | "builtins") => -1,
        Some(_) => 1,
        None => 0,
    }
}

/// Create an extension module.
#[native("create_builtin(spec, /)")]
fn create_builtin(t: &Thread, spec: Value) -> R {
    let name = protocols::get_attribute(t, spec, t.names().name)?;
    let Some(name) = Str::of(t, name) else { return Err(t.type_error("name must be string")) };
    let modules = t.interpreter().state().modules.get().expect("made at start");
    if let Some(known) = protocols::get_item_optional(t, modules, name.value())? {
        return Ok(known);
    }
    match modules::find(t, &name.to_string_lossy()) {
        Some(module) => Ok(module.create(t)?.value()),
        None => Ok(Value::NONE),
    }
}

/// Initialize a built-in module.
#[native("exec_builtin(mod, /)")]
fn exec_builtin(_: &Thread, _module: Value) -> i64 {
    0
}

/// Initialize an extension module.
#[native("exec_dynamic(mod, /)")]
fn exec_dynamic(_: &Thread, _module: Value) -> i64 {
    0
}

/// Returns the list of file suffixes used to identify extension modules.
#[native("extension_suffixes()")]
fn extension_suffixes(t: &Thread) -> R<Ref<List>> {
    List::new(t)
}

fn library_module(t: &Thread, name: Ref<Str>) -> Option<modules::LibraryModule> {
    t.interpreter().embedding().library.find(&name.to_string_lossy())
}

/// Returns True if the module name corresponds to a frozen module.
#[native("is_frozen(name, /)")]
fn is_frozen(t: &Thread, name: Ref<Str>) -> bool {
    library_module(t, name).is_some()
}

fn no_frozen(t: &Thread, name: Ref<Str>) -> crate::raised::Raised {
    let shown = protocols::repr(t, name.value()).map_or_else(|_| String::new(), |text| text.to_string_lossy());
    t.raise(t.classes().import_error, format_args!("No such frozen object named {}", shown.trim_matches('\'')))
}

/// Returns True if the module name is of a frozen package.
#[native("is_frozen_package(name, /)")]
fn is_frozen_package(t: &Thread, name: Ref<Str>) -> R<bool> {
    library_module(t, name).map(|module| module.package).ok_or_else(|| no_frozen(t, name))
}

/// Return info about the corresponding frozen module (if there is one) or None.
#[native("find_frozen(name, /, *, withdata=False)")]
fn find_frozen(t: &Thread, name: Ref<Str>, with_data: bool) -> R {
    let Some(module) = library_module(t, name) else { return Ok(Value::NONE) };
    let data = if with_data { frozen_bytes(t, &module)? } else { Value::NONE };
    let original = if name.to_string_lossy() == "__hello_alias__" { Str::new(t, "__hello__")? } else { name };
    Ok(Tuple::from_slice(t, &[data, Value::bool(module.package), original.value()])?.value())
}

/// A library module's code as an image of its own.
fn frozen_bytes(t: &Thread, module: &modules::LibraryModule) -> R {
    match module.code.read_all() {
        Ok(code) => Ok(Bytes::new(t, &bytecode::serial::encode(&code))?.value()),
        Err(error) => Err(t.raise(t.classes().import_error, format_args!("the embedded library is damaged: {error}"))),
    }
}

/// The code of library modules as objects of the shared space, made once a process.
struct LibraryCode(Mutex<Vec<(String, u64)>>);

static LIBRARY_CODE: OnceLock<LibraryCode> = OnceLock::new();

/// The code object of a module of the embedded library: in the shared space, for all interpreters.
pub fn library_code(t: &Thread, name: &str) -> R<Option<Ref<CodeObject>>> {
    let table = LIBRARY_CODE.get_or_init(|| LibraryCode(Mutex::new(Vec::new())));
    let known =
        |entries: &[(String, u64)]| entries.iter().find(|(known, _)| known == name).map(|(_, address)| *address);
    if let Some(address) = known(&table.0.lock()) {
        // SAFETY: the table holds addresses of immortal code objects.
        return Ok(Some(unsafe { Ref::from_address(address) }));
    }
    let Some(module) = t.interpreter().embedding().library.find(name) else { return Ok(None) };
    let unit = match module.code.read() {
        Ok(unit) => Arc::new(unit),
        Err(error) => {
            return Err(t.raise(t.classes().import_error, format_args!("the embedded library is damaged: {error}")));
        }
    };
    let made = t.shared().build_with(|builder| CodeObject::new(builder, unit));
    let code = made.map_err(|_| t.memory_error())?;
    let mut entries = table.0.lock();
    match known(&entries) {
        // SAFETY: as above.
        Some(address) => Ok(Some(unsafe { Ref::from_address(address) })),
        None => {
            entries.push((name.to_owned(), code.address()));
            Ok(Some(code))
        }
    }
}

/// Create a code object for a frozen module.
#[native("get_frozen_object(name, data=None, /)")]
fn get_frozen_object(t: &Thread, name: Ref<Str>, data: Value) -> R {
    if !data.is_none() {
        let bytes = protocols::Buffer::of(t, data)?;
        let bytes = bytes.as_slice();
        return match bytecode::serial::decode(bytes) {
            Ok(unit) => Ok(CodeObject::new(t, Arc::new(unit))?.value()),
            Err(_) => Err(t.raise(
                t.classes().import_error,
                format_args!("Frozen object named {} is invalid", name.to_string_lossy()),
            )),
        };
    }
    match library_code(t, &name.to_string_lossy())? {
        Some(code) => Ok(code.value()),
        None => Err(no_frozen(t, name)),
    }
}

/// Initializes a frozen module.
#[native("init_frozen(name, /)")]
fn init_frozen(t: &Thread, name: Ref<Str>) -> R {
    let Some(code) = library_code(t, &name.to_string_lossy())? else { return Ok(Value::NONE) };
    let module = Module::new(t, name, Value::NONE)?;
    run_module_code(t, module, code)?;
    Ok(module.value())
}

/// Runs a module's code in its namespace.
pub fn run_module_code(t: &Thread, module: Ref<Module>, code: Ref<CodeObject>) -> R<()> {
    let dict = module.dict();
    let builtins = t.interpreter().state().builtins_dict.get();
    if let Some(builtins) = builtins.filter(|_| dict.get_str(t, t.names().__builtins__).is_none()) {
        dict.set_str(t, t.names().__builtins__, builtins)?;
    }
    crate::exec::enter::execute(t, code, dict, dict.value(), None).map(drop)
}

/// The source of a module of the embedded library, or None.
#[native("_get_frozen_source(name, /)")]
fn get_frozen_source(t: &Thread, name: Ref<Str>) -> R {
    match t.interpreter().embedding().library.source(&name.to_string_lossy()) {
        Some(source) => Ok(Str::new(t, &source)?.value()),
        None => Ok(Value::NONE),
    }
}

/// The names of the modules of the embedded library.
#[native("_frozen_module_names()")]
fn frozen_module_names(t: &Thread) -> R<Ref<List>> {
    let list = List::new(t)?;
    for name in t.interpreter().embedding().library.names() {
        list.push(t, intern_text(t, name)?.value())?;
    }
    Ok(list)
}

/// The lock that `importlib` takes around its own bookkeeping: reentrant, one an interpreter.
struct ImportLock {
    state: Mutex<(u64, u32)>,
    changed: sync::Condvar,
}

fn import_lock(t: &Thread) -> Arc<ImportLock> {
    if let Some(lock) = t.interpreter().extension::<ImportLock>("import lock") {
        return lock;
    }
    t.interpreter()
        .extension_or_insert("import lock", || ImportLock { state: Mutex::new((0, 0)), changed: sync::Condvar::new() })
}

/// Acquires the interpreter's import lock for the current thread.
#[native("acquire_lock()")]
fn acquire_lock(t: &Thread) {
    let lock = import_lock(t);
    let me = t.handle().ident;
    t.blocking(|| {
        let mut state = lock.state.lock();
        while state.1 > 0 && state.0 != me {
            lock.changed.wait(&mut state);
        }
        *state = (me, state.1 + 1);
    });
}

/// Release the interpreter's import lock.
#[native("release_lock()")]
fn release_lock(t: &Thread) -> R<()> {
    let lock = import_lock(t);
    let mut state = lock.state.lock();
    if state.1 == 0 || state.0 != t.handle().ident {
        drop(state);
        return Err(t.runtime_error("not holding the import lock"));
    }
    state.1 -= 1;
    if state.1 == 0 {
        lock.changed.notify_one();
    }
    Ok(())
}

/// Return True if the import lock is currently held, else False.
#[native("lock_held()")]
fn lock_held(t: &Thread) -> bool {
    import_lock(t).state.lock().1 > 0
}

/// Changes code.co_filename to specify the passed-in file path.
#[native("_fix_co_filename(code, path, /)")]
fn fix_co_filename(t: &Thread, code: Ref<CodeObject>, path: Ref<Str>) {
    code.set_filename(t, path);
}

#[native("source_hash(key, source)")]
fn source_hash(t: &Thread, key: i64, source: Value) -> R<Ref<Bytes>> {
    let bytes = protocols::Buffer::of(t, source)?;
    let hash = text::hash::siphash13(text::hash::HashKey { k0: key as u64, k1: 0 }, bytes.as_slice());
    Bytes::new(t, &hash.to_le_bytes())
}

#[native("_override_frozen_modules_for_tests(override, /)")]
fn override_frozen(_: &Thread, _value: i64) {}

#[native("_override_multi_interp_extensions_check(override, /)")]
fn override_extensions_check(_: &Thread, _value: i64) -> i64 {
    0
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    module.add_str(t, "check_hash_based_pycs", "default")?;
    module.add_int(t, "pyc_magic_number_token", 3141)?;
    Ok(())
}

/// `_imp`.
pub static IMP: NativeModule = NativeModule {
    name: "_imp",
    doc: "(Extremely) low-level import machinery bits as used by importlib.",
    functions: &[
        &IS_BUILTIN,
        &CREATE_BUILTIN,
        &EXEC_BUILTIN,
        &EXEC_DYNAMIC,
        &EXTENSION_SUFFIXES,
        &IS_FROZEN,
        &IS_FROZEN_PACKAGE,
        &FIND_FROZEN,
        &GET_FROZEN_OBJECT,
        &INIT_FROZEN,
        &GET_FROZEN_SOURCE,
        &FROZEN_MODULE_NAMES,
        &ACQUIRE_LOCK,
        &RELEASE_LOCK,
        &LOCK_HELD,
        &FIX_CO_FILENAME,
        &SOURCE_HASH,
        &OVERRIDE_FROZEN,
        &OVERRIDE_EXTENSIONS_CHECK,
    ],
    classes: &[],
    initialize,
};
