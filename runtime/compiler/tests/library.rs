//! Compiles whole libraries: each file must compile, and its code must pass the verifier.

use std::path::{Path, PathBuf};

use compiler::{CompileOptions, compile};

/// Every Python file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

/// Files that are not meant to compile.
fn is_broken(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("bad_") || name.starts_with("badsyntax_") || path.to_string_lossy().contains("lib2to3")
}

/// Compiles the files; gives what went wrong.
fn failures(folder: &Path) -> (usize, Vec<String>) {
    let mut paths = Vec::new();
    sources(folder, &mut paths);
    paths.sort();
    let mut failures = Vec::new();
    for path in paths.iter().filter(|path| !is_broken(path)) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let result = std::panic::catch_unwind(|| {
            let compiled = compile(text, &CompileOptions::module(path.to_string_lossy()));
            compiled
                .map_err(|error| format!("{}:{}: {}", error.line, error.column, error.message))
                .and_then(|compiled| bytecode::verify::verify(&compiled.code))
        });
        match result {
            Ok(Ok(())) => {}
            Ok(Err(message)) => failures.push(format!("{}: {message}", path.display())),
            Err(_) => failures.push(format!("{}: panic", path.display())),
        }
    }
    (paths.len(), failures)
}

fn check(folder: &Path) {
    let (count, failures) = failures(folder);
    assert!(count > 0, "no files below {}", folder.display());
    assert!(failures.is_empty(), "{} of {count} files:\n{}", failures.len(), failures.join("\n"));
}

/// A folder of the caller's choice, such as an installed Python's library.
#[test]
fn chosen_library_compiles() {
    if let Some(folder) = std::env::var_os("OPHION_TEST_LIBRARY") {
        check(Path::new(&folder));
    }
}

/// The library that is embedded in the runtime.
#[test]
fn embedded_library_compiles() {
    check(Path::new(rustpython_pylib::LIB_PATH));
}

/// An image of the library reads back as it was, also one unit at a time.
#[test]
fn images_of_the_library_are_whole() {
    let mut paths = Vec::new();
    sources(Path::new(rustpython_pylib::LIB_PATH), &mut paths);
    let mut builder = bytecode::serial::ImageBuilder::new();
    let mut expected = Vec::new();
    for path in paths.iter().filter(|path| !is_broken(path) && !path.to_string_lossy().contains("test")).take(60) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let name = path.to_string_lossy().into_owned();
        let Ok(compiled) = compile(&text, &CompileOptions::module(name.clone())) else { continue };
        builder.add(&name, 7, &compiled.code);
        expected.push((name, compiled.code));
    }
    let image = bytecode::serial::Image::loaded(builder.finish()).expect("it was just made");
    assert_eq!(image.len(), expected.len());
    for (name, code) in &expected {
        let module = image.find(name).expect("it was added");
        assert_eq!(module.code.read_all().as_ref(), Ok(code));
        assert_eq!(module.code.summary().expect("it is whole").first_line, code.first_line);
    }
}
