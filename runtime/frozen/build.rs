//! Compiles the standard library into the image that `frozen` embeds.
//!
//! The Python files are upstream's, as the crate rustpython-pylib brings them, overlaid by `Lib/` of this tree: a file
//! there replaces the one of the same path. Tests are left out. Three files are written: the code of all modules, one
//! image each, laid end to end; their sources likewise; and a table in the order of names that says where each lies.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use compiler::CompileOptions;

/// Folders that programs do not import from.
const LEFT_OUT: [&str; 5] = ["test", "tests", "idle_test", "__pycache__", "lib2to3"];

fn main() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Lib");
    let upstream = PathBuf::from(rustpython_pylib::LIB_PATH);
    println!("cargo:rerun-if-changed={}", own.display());
    println!("cargo:rerun-if-changed=build.rs");
    let mut modules = BTreeMap::new();
    collect(&upstream, "", &mut modules);
    collect(&own, "", &mut modules);
    let compiled = compile_all(&modules);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));
    write(&out, &compiled);
}

/// A module's file, and whether it is a package's `__init__`.
struct Module {
    file: PathBuf,
    package: bool,
}

/// Finds the modules below `folder`, whose names begin with `prefix`.
fn collect(folder: &Path, prefix: &str, modules: &mut BTreeMap<String, Module>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if file.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) && !name.contains('.') {
                collect(&file, &format!("{prefix}{name}."), modules);
            }
        } else if let Some(stem) = name.strip_suffix(".py") {
            let package = stem == "__init__";
            let module = if package { prefix.trim_end_matches('.').to_owned() } else { format!("{prefix}{stem}") };
            if !module.is_empty() {
                modules.insert(module, Module { file, package });
            }
        }
    }
}

struct Compiled {
    name: String,
    package: bool,
    code: Vec<u8>,
    source: String,
}

/// Compiles the modules on all processors.
fn compile_all(modules: &BTreeMap<String, Module>) -> Vec<Compiled> {
    let listed: Vec<(&String, &Module)> = modules.iter().collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = listed.len().div_ceil(workers).max(1);
    std::thread::scope(|scope| {
        let tasks: Vec<_> = listed
            .chunks(share)
            .map(|part| {
                scope.spawn(move || part.iter().filter_map(|(name, module)| compile(name, module)).collect::<Vec<_>>())
            })
            .collect();
        tasks.into_iter().flat_map(|task| task.join().expect("the compiler does not panic")).collect()
    })
}

/// Compiles a module. One that does not compile is left out, which `cargo` shows.
fn compile(name: &str, module: &Module) -> Option<Compiled> {
    let source = match fs::read_to_string(&module.file) {
        Ok(text) => text,
        Err(error) => return left_out(module, &error.to_string()),
    };
    let text = source.strip_prefix('\u{feff}').unwrap_or(&source);
    match compiler::compile(text, &CompileOptions::module(format!("<frozen {name}>"))) {
        Ok(compiled) => {
            let code = bytecode::serial::encode(&compiled.code);
            Some(Compiled { name: name.to_owned(), package: module.package, code, source: text.to_owned() })
        }
        Err(error) => left_out(module, &format!("line {}: {}", error.line, error.message)),
    }
}

fn left_out(module: &Module, why: &str) -> Option<Compiled> {
    println!("cargo:warning=left out of the library: {}: {why}", module.file.display());
    None
}

fn write(out: &Path, modules: &[Compiled]) {
    let (mut names, mut code, mut sources, mut table) = (String::new(), Vec::new(), String::new(), String::new());
    for module in modules {
        let entry = [names.len(), module.name.len(), code.len(), module.code.len(), sources.len(), module.source.len()];
        let words = entry.map(|word| u32::try_from(word).expect("the library is smaller than 4 GiB"));
        writeln!(table, "Entry {{ place: {words:?}, package: {} }},", module.package).expect("writing to a string");
        names.push_str(&module.name);
        code.extend_from_slice(&module.code);
        sources.push_str(&module.source);
    }
    put(out, "table.rs", format!("[\n{table}]"));
    put(out, "names.txt", names);
    put(out, "code.bin", code);
    put(out, "sources.txt", sources);
}

fn put(out: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(out.join(name), content).expect("cargo's folder for the build script is writable");
}
