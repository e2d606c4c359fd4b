//! Compiles the standard library, with the project's own `Lib/` laid over it, to one image; packs the sources beside it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use bytecode::serial::ImageBuilder;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Set in a module's flags: it is a package.
const PACKAGE: u32 = 1;

/// Folders of the library that are programs or tests, not library.
const LEFT_OUT: &[&str] = &[
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "tkinter",
    "turtledemo",
    "__pycache__",
    "site-packages",
    "idle_test",
    "ensurepip",
];

/// What every start imports. These come first in the image, so that a start touches few of its pages.
const FIRST: &[&str] = &[
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "zipimport",
    "codecs",
    "encodings",
    "encodings.aliases",
    "abc",
    "_collections_abc",
    "io",
    "stat",
    "genericpath",
    "posixpath",
    "os",
    "_sitebuiltins",
    "site",
    "linecache",
];

fn main() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Lib");
    println!("cargo:rerun-if-changed={}", own.display());
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = BTreeMap::new();
    collect(Path::new(rustpython_pylib::LIB_PATH), "", &mut files);
    collect(&own, "", &mut files);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let (mut image, mut sources, mut index) = (ImageBuilder::new(), Vec::new(), String::new());
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    let mut order: Vec<&String> = files.keys().collect();
    order.sort_by_key(|name| rank(name));
    let mut taken = BTreeMap::new();
    for name in order {
        let (path, package) = &files[name];
        let Ok(source) = fs::read_to_string(path) else { continue };
        match compile(name, &source) {
            Ok(code) => image.add(name, if *package { PACKAGE } else { 0 }, &code),
            Err(message) => {
                println!("cargo:warning=left out {name}: {message}");
                continue;
            }
        }
        taken.insert(name, source);
    }
    for (name, source) in taken {
        let packed = pack(source.as_bytes());
        index.push_str(&format!("{name}\t{}\t{}\t{}\n", sources.len(), packed.len(), source.len()));
        sources.extend(packed);
    }
    fs::write(out.join("library.image"), image.finish()).expect("the build folder can be written");
    fs::write(out.join("sources.bin"), sources).expect("the build folder can be written");
    fs::write(out.join("sources.index"), index).expect("the build folder can be written");
}

fn compile(name: &str, source: &str) -> Result<bytecode::Code, String> {
    let options = compiler::CompileOptions::module(format!("<frozen {name}>"));
    compiler::compile(source, &options)
        .map(|compiled| compiled.code)
        .map_err(|error| format!("{} (line {})", error.message, error.line))
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// Enters the modules below a folder: name to file and whether it is a package. Later folders replace earlier entries.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, (PathBuf, bool)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) && !name.contains('.') && !name.contains('-') {
                collect(&path, &format!("{prefix}{name}."), files);
            }
            continue;
        }
        let Some(stem) = name.strip_suffix(".py") else { continue };
        if stem == "__init__" {
            files.insert(prefix.trim_end_matches('.').to_owned(), (path, true));
        } else if !stem.contains('-') || stem.starts_with("_sysconfigdata") {
            files.insert(format!("{prefix}{stem}"), (path, false));
        }
    }
}
