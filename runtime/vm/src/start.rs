//! Starting an interpreter, running programs in it, ending it.

use std::rc::Rc;

use crate::containers::intern_text;
use crate::exec::enter;
use crate::interpreter::Interpreter;
use crate::modules;
use crate::object::{Ref, SlotExt};
use crate::objects::{CodeObject, Dict, List, Module, Str};
use crate::options::Options;
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// A new interpreter with the calling thread attached, ready to run programs. An error waits in the thread.
pub fn start(id: u64, options: Options) -> (Rc<Thread>, R<()>) {
    let interpreter = Interpreter::new(id, options);
    let t = Thread::attach(&interpreter);
    let result = initialize(&t);
    (t, result)
}

fn initialize(t: &Thread) -> R<()> {
    t.interpreter().make_state(t)?;
    let state = t.interpreter().state();
    let header = state.header();
    let builtins = modules::builtins_module::BUILTINS.create(t)?;
    state.builtins.put(header, t, builtins.value());
    state.builtins_dict.put(header, t, builtins.dict().value());
    state.import_function.put(header, t, builtins.dict().get_str(t, t.names().__import__));
    let sys = modules::sys::SYS.create(t)?;
    state.sys.put(header, t, sys.value());
    enter_module(t, "builtins", builtins.value())?;
    enter_module(t, "sys", sys.value())?;
    let main = Module::new(t, t.names().__main__, Value::NONE)?;
    main.dict().set_str(t, t.names().__builtins__, builtins.value())?;
    enter_module(t, "__main__", main.value())?;
    state.main.put(header, t, main.value());
    install_importlib(t)
}

fn modules_dict(t: &Thread) -> Ref<Dict> {
    t.interpreter().state().modules.get().and_then(Value::downcast).expect("made with the state")
}

fn enter_module(t: &Thread, name: &str, module: Value) -> R<()> {
    modules_dict(t).set_str(t, intern_text(t, name)?, module)
}

/// Runs `importlib._bootstrap` and lets it take over. An interpreter without a library imports nothing but its native modules' objects.
fn install_importlib(t: &Thread) -> R<()> {
    let Some(code) = modules::imp::library_code(t, "importlib._bootstrap")? else { return Ok(()) };
    let state = t.interpreter().state();
    let bootstrap = Module::new(t, intern_text(t, "_frozen_importlib")?, Value::NONE)?;
    bootstrap.add_str(t, "__origname__", "importlib._bootstrap")?;
    enter_module(t, "_frozen_importlib", bootstrap.value())?;
    modules::imp::run_module_code(t, bootstrap, code)?;
    state.importlib.put(state.header(), t, bootstrap.value());
    let imp = modules::imp::IMP.create(t)?;
    enter_module(t, "_imp", imp.value())?;
    let sys = state.sys.get().expect("made above");
    let call = |name: &str, arguments: &[Value]| -> R {
        protocols::call_method(t, bootstrap.value(), intern_text(t, name)?, arguments)
    };
    call("_install", &[sys, imp.value()])?;
    call("_install_external_importers", &[])?;
    // The library's sources are in the image.
    let importer = protocols::get_attribute(t, bootstrap.value(), intern_text(t, "FrozenImporter")?)?;
    let get_source = protocols::get_attribute(t, imp.value(), intern_text(t, "_get_frozen_source")?)?;
    let get_source = crate::builtins::static_method(t, get_source)?;
    protocols::set_attribute(t, importer, t.names().get_source, get_source)?;
    install_zipimport(t)
}

/// Archives in `sys.path` are asked before folders.
fn install_zipimport(t: &Thread) -> R<()> {
    let zipimport = crate::builtins::import::import_module(t, "zipimport")?;
    let importer = protocols::get_attribute(t, zipimport, intern_text(t, "zipimporter")?)?;
    insert_first(t, t.names().path_hooks, importer)
}

/// Puts a value first in a list of `sys`, if the program has left one there.
fn insert_first(t: &Thread, name: Ref<Str>, value: Value) -> R<()> {
    match modules::sys::attribute(t, name)?.and_then(Value::downcast::<List>) {
        Some(list) => list.insert(t, 0, value),
        None => Ok(()),
    }
}

/// After `initialize`: standard streams, encodings, `site`. What the command line's `main` needs before a program runs.
pub fn prepare_for_programs(t: &Thread) -> R<()> {
    crate::builtins::import::import_module(t, "encodings")?;
    modules::sys::open_standard_streams(t)?;
    if t.interpreter().options.fault_handler || t.interpreter().options.dev_mode {
        let module = crate::builtins::import::import_module(t, "faulthandler")?;
        // Standard error may be closed; its descriptor is what counts.
        protocols::call_method(t, module, intern_text(t, "enable")?, &[Value::small(2)])?;
    }
    import_warnings(t)?;
    if !t.interpreter().options.no_site {
        crate::builtins::import::import_module(t, "site")?;
    }
    Ok(())
}

fn import_warnings(t: &Thread) -> R<()> {
    if t.interpreter().options.warnings.is_empty() {
        Ok(())
    } else {
        crate::builtins::import::import_module(t, "warnings").map(drop)
    }
}

/// The extension that holds what `set_path_0` put first.
const PATH_0: &str = "sys.path[0]";

/// Puts the program's folder first in `sys.path`. Interpreters that this one makes have it there, too.
pub fn set_path_0(t: &Thread, folder: &str) -> R<()> {
    t.interpreter().set_extension(PATH_0, sync::Arc::new(folder.to_owned()));
    insert_first(t, t.names().path, Str::new(t, folder)?.value())
}

/// What `set_path_0` put first.
#[must_use]
pub fn path_0(t: &Thread) -> Option<String> {
    t.interpreter().extension::<String>(PATH_0).map(|folder| folder.as_str().to_owned())
}

/// Compiles a module's source.
pub fn compile_module(t: &Thread, source: &str, filename: &str) -> R<Ref<CodeObject>> {
    let options = crate::modules::builtins_module::module_options(t, filename);
    crate::modules::builtins_module::compile_source(t, source, &options)
}

/// Runs code in the namespace of `__main__`.
pub fn run_in_main(t: &Thread, code: Ref<CodeObject>) -> R {
    let main: Ref<Module> = t.interpreter().state().main.get().and_then(Value::downcast).expect("made at start");
    let dict = main.dict();
    enter::execute(t, code, dict, dict.value(), None)
}

/// Ends an interpreter from its main thread: waits for threads, runs `atexit` functions and finalizers, flushes the streams.
pub fn finish(t: &Thread) {
    finish_with(t, |_| ());
}

/// As `finish`; `end_others` runs when the program is over, before what is left of it is finalized.
pub fn finish_with(t: &Thread, end_others: impl FnOnce(&Thread)) {
    let _ = ignore(t, wait_for_threads(t));
    run_at_exit(t);
    let whole = modules::sys::flush_standard_streams(t);
    let flushed = whole.is_ok();
    if let Err(raised) = whole {
        let error = t.take(raised);
        crate::events::report_unraisable(t, error, "Exception ignored while flushing sys.stdout", Value::NONE);
        t.interpreter().output_failed.store(1, sync::atomic::Ordering::Relaxed);
    }
    end_others(t);
    t.interpreter().closing.store(true, sync::atomic::Ordering::Release);
    t.interpreter().heap().make_all_finalizers_due(t.mutator());
    crate::events::run_finalizers(t);
    if flushed {
        let _ = ignore(t, modules::sys::flush_standard_streams(t));
    }
}

fn ignore(t: &Thread, result: R<()>) -> bool {
    if let Err(raised) = result {
        let error = t.take(raised);
        crate::events::report_unraisable(t, error, "Exception ignored on shutdown", Value::NONE);
        return false;
    }
    true
}

fn wait_for_threads(t: &Thread) -> R<()> {
    let threading = modules_dict(t).get_str(t, intern_text(t, "threading")?);
    match threading {
        Some(threading) => protocols::call_method(t, threading, intern_text(t, "_shutdown")?, &[]).map(drop),
        None => Ok(()),
    }
}

/// Runs the functions that `atexit` registered, last first.
pub fn run_at_exit(t: &Thread) {
    let functions: Option<Ref<crate::objects::List>> = t.interpreter().state().at_exit.get().and_then(Value::downcast);
    let Some(functions) = functions else { return };
    while let Some(entry) = functions.pop(t) {
        let Some(entry) = crate::objects::Tuple::of(t, entry) else { continue };
        let (function, args, kwargs) = (entry.get(0), entry.get(1), entry.get(2));
        let args = crate::objects::Tuple::of(t, args).unwrap_or_else(|| t.empty_tuple());
        if let Err(raised) = protocols::call_unpacked(t, function, None, args, kwargs.downcast()) {
            let error = t.take(raised);
            crate::events::report_unraisable(t, error, "Exception ignored in atexit callback", function);
        }
    }
}

/// Whether all that was written to the standard output arrived; CPython exits with status 120 where it did not.
pub fn standard_output_is_whole(t: &Thread) -> bool {
    t.interpreter().output_failed.load(sync::atomic::Ordering::Relaxed) == 0
}
