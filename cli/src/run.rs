//! Running a program from start to exit status.

use std::io::Read;
use std::process::ExitCode;

use vm::modules::sys;
use vm::object::Ref;
use vm::objects::{Dict, Module, Str, Tuple};
use vm::{R, Thread, Value, protocols, start};

use crate::arguments::{Command, Program};
use crate::embedding::embedding;

/// Runs a command line. The status is what CPython would give.
pub fn run(command: Command) -> ExitCode {
    if let Program::Disassemble(file) = &command.program {
        return disassemble(file);
    }
    if !command.options.ignore_environment && !choose_hash_seed() {
        eprintln!(
            "Fatal Python error: config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]"
        );
        eprintln!("Python runtime state: preinitialized");
        return ExitCode::FAILURE;
    }
    let options = vm::options::Options { embedding: embedding(), ..command.options };
    let inspect = options.inspect;
    let (t, started) = start::start(0, options);
    let result = started
        .and_then(|()| receive_signals(&t))
        .and_then(|()| start::prepare_for_programs(&t))
        .and_then(|()| run_program(&t, &command.program));
    let mut status = status_of(&t, result);
    // A program that was itself read statement by statement needs no look afterwards.
    let looked = matches!(command.program, Program::Input) && reads_statements(&t);
    if inspect && !looked && reads_statements(&t) {
        status = status_of(&t, interact(&t, ""));
    }
    start::finish_with(&t, interpreters::end_all);
    interpreters::end_all(&t);
    if !start::standard_output_is_whole(&t) {
        status = 120;
    }
    // Everything is flushed: the process's memory goes with it, threads that still run included.
    std::process::exit(status)
}

/// The module installs its handler of Ctrl-C when it is made.
fn receive_signals(t: &Thread) -> R<()> {
    vm::builtins::import::import_module(t, "_signal").map(drop)
}

/// Fixes the key of string hashes by `PYTHONHASHSEED`; false if that is set to what it may not be.
fn choose_hash_seed() -> bool {
    let Some(seed) = std::env::var_os("PYTHONHASHSEED").filter(|seed| !seed.is_empty() && seed != "random") else {
        return true;
    };
    match seed.to_str().and_then(|seed| seed.parse::<u32>().ok()) {
        Some(seed) => {
            vm::containers::hash_seed::choose(seed);
            true
        }
        None => false,
    }
}

fn status_of(t: &Thread, result: R<()>) -> i32 {
    let Err(raised) = result else { return 0 };
    let error = t.take(raised);
    if let Some(code) = sys::raise_exit_code(t, error) {
        return sys::exit_status(t, code);
    }
    let interrupted = error.class(t).is_subclass_of(t.classes().keyboard_interrupt);
    report(t, error);
    if interrupted { host::signal::die_of_interrupt() } else { 1 }
}

/// An exception that nobody caught: `sys.excepthook`.
fn report(t: &Thread, error: Value) {
    if sys::attribute(t, t.names().stderr).ok().flatten().is_none() {
        // It failed before there were streams.
        eprintln!("Fatal Python error: init_import_site: Failed to start");
        return print_plainly(t, error);
    }
    let traceback = vm::exceptions::traceback_of(error);
    let hook = sys::attribute(t, t.names().excepthook).ok().flatten();
    let shown = match hook {
        Some(hook) => protocols::call(t, hook, &[error.class(t).value(), error, traceback]).map(drop),
        None => sys::print_exception(t, error),
    };
    if let Err(raised) = shown {
        let second = t.take(raised);
        eprintln!("Error in sys.excepthook:");
        print_plainly(t, second);
        eprintln!("\nOriginal exception was:");
        print_plainly(t, error);
    }
}

/// Without the library's `traceback`: the class and the message.
fn print_plainly(t: &Thread, error: Value) {
    let text = protocols::str(t, error).map_or_else(|_| String::new(), |text| text.to_string_lossy());
    t.clear_pending();
    eprintln!("{}: {text}", error.class(t).full_name(t));
}

fn run_program(t: &Thread, program: &Program) -> R<()> {
    match program {
        Program::Command(source) => {
            set_path_0(t, "")?;
            let source = format!("{source}\n");
            let code = start::compile_module(t, &source, "<string>")?;
            remember_source(t, code.value(), &source)?;
            start::run_in_main(t, code).map(drop)
        }
        Program::Module(name) => run_module(t, name),
        Program::File(path) => run_file(t, path),
        Program::Input => {
            set_path_0(t, "")?;
            if reads_statements(t) {
                return interact(t, &banner(t));
            }
            let mut source = Vec::new();
            if let Err(error) = std::io::stdin().read_to_end(&mut source) {
                return Err(t.os_error(error.raw_os_error().unwrap_or(0), None));
            }
            run_source(t, &source, "<stdin>")
        }
        Program::Disassemble(_) => Ok(()),
    }
}

/// Gives `linecache` the text of a program that lies in no file, for tracebacks.
fn remember_source(t: &Thread, code: Value, source: &str) -> R<()> {
    let linecache = vm::builtins::import::import_module(t, "linecache")?;
    let register = protocols::get_attribute(t, linecache, Str::interned(t, "_register_code")?)?;
    let arguments = [code, Str::new(t, source)?.value(), Str::new(t, "<string>")?.value()];
    protocols::call(t, register, &arguments).map(drop)
}

/// Puts the program's folder first in `sys.path`, unless the options forbid it.
fn set_path_0(t: &Thread, folder: &str) -> R<()> {
    if t.interpreter().options.safe_path {
        return Ok(());
    }
    start::set_path_0(t, folder)
}

fn run_module(t: &Thread, name: &str) -> R<()> {
    let here = std::env::current_dir().map_or_else(|_| String::new(), |folder| folder.to_string_lossy().into_owned());
    set_path_0(t, &here)?;
    let runpy = vm::builtins::import::import_module(t, "runpy")?;
    let run = protocols::get_attribute(t, runpy, Str::interned(t, "_run_module_as_main")?)?;
    protocols::call(t, run, &[Str::new(t, name)?.value()]).map(drop)
}

fn run_file(t: &Thread, path: &str) -> R<()> {
    let path = &absolute(path);
    let metadata = std::fs::metadata(path);
    if metadata.as_ref().is_ok_and(std::fs::Metadata::is_dir) || path.ends_with(".zip") || path.ends_with(".pyz") {
        return run_folder(t, path);
    }
    let source = match std::fs::read(path) {
        Ok(source) => source,
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(0);
            let program = t.interpreter().options.orig_argv.first().cloned().unwrap_or_default();
            eprintln!("{program}: can't open file '{}': [Errno {number}] {}", path, host::error::message(number));
            return Err(t.raise_with(t.classes().system_exit, &[Value::small(2)]));
        }
    };
    let resolved = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let folder = resolved.parent().map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
    set_path_0(t, &folder)?;
    let main = main_dict(t);
    main.set_str(t, t.names().__file__, Str::new(t, path)?.value())?;
    let loader = vm::builtins::import::import_module(t, "importlib.machinery")
        .and_then(|machinery| protocols::get_attribute(t, machinery, Str::interned(t, "SourceFileLoader")?))
        .and_then(|class| protocols::call(t, class, &[Str::new(t, "__main__")?.value(), Str::new(t, path)?.value()]))?;
    main.set_str(t, t.names().__loader__, loader)?;
    run_source(t, &source, path)
}

/// The path from the root, as CPython writes it: `..` and repeated slashes stay.
fn absolute(path: &str) -> String {
    let here = std::env::current_dir().ok().filter(|_| !path.starts_with('/'));
    here.map_or_else(
        || path.to_owned(),
        |here| format!("{}/{}", here.display(), path.strip_prefix("./").unwrap_or(path)),
    )
}

/// A folder or archive with a `__main__.py`.
fn run_folder(t: &Thread, path: &str) -> R<()> {
    set_path_0(t, path)?;
    let runpy = vm::builtins::import::import_module(t, "runpy")?;
    let run = protocols::get_attribute(t, runpy, Str::interned(t, "_run_module_as_main")?)?;
    let names = Tuple::from_slice(t, &[Str::interned(t, "alter_argv")?.value()])?;
    protocols::call_kw(t, run, &[Str::new(t, "__main__")?.value(), Value::FALSE], Some(names)).map(drop)
}

fn main_dict(t: &Thread) -> Ref<Dict> {
    let main: Ref<Module> = t.interpreter().state().main.get().and_then(Value::downcast).expect("made at start");
    main.dict()
}

fn run_source(t: &Thread, source: &[u8], filename: &str) -> R<()> {
    let code = vm::modules::builtins_module::compile_file(t, source, filename)?;
    start::run_in_main(t, code).map(drop)
}

/// Whether standard input gives statements to run one by one, not a program.
fn reads_statements(t: &Thread) -> bool {
    t.interpreter().options.interactive || host::terminal::is_terminal(0)
}

/// The interactive loop: the library's console over our compiler.
fn interact(t: &Thread, banner: &str) -> R<()> {
    let console = vm::builtins::import::import_module(t, "_ophion_console")?;
    let interact = protocols::get_attribute(t, console, Str::interned(t, "interact")?)?;
    protocols::call(t, interact, &[Str::new(t, banner)?.value(), main_dict(t).value()]).map(drop)
}

/// What the interactive loop begins with, if there was no program before it.
fn banner(t: &Thread) -> String {
    if t.interpreter().options.quiet {
        return String::new();
    }
    format!(
        "Python {} on {}\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.",
        version(t),
        std::env::consts::OS
    )
}

fn version(t: &Thread) -> String {
    let version = Str::interned(t, "version").ok().and_then(|name| sys::attribute(t, name).ok().flatten());
    version.and_then(|version| Str::of(t, version)).map_or_else(String::new, |version| version.to_string_lossy())
}

fn disassemble(file: &str) -> ExitCode {
    let source = match std::fs::read_to_string(file) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("ophion: can't open file '{file}': {error}");
            return ExitCode::from(2);
        }
    };
    match compiler::compile(&source, &compiler::CompileOptions::module(file)) {
        Ok(compiled) => {
            print!("{}", bytecode::disassemble(&compiled.code));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("  File \"{}\", line {}\nSyntaxError: {}", error.filename, error.line, error.message);
            ExitCode::FAILURE
        }
    }
}
