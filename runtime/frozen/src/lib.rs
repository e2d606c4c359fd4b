//! The standard library as an image, in the binary.
//!
//! The build script compiles the library. What it wrote lies in the binary and is used in place: finding a module is a
//! binary search over a table of offsets, and neither starting nor importing opens a file or parses anything. Nothing
//! here holds a pointer, so the table needs no relocation. Sources are kept beside the code, for tracebacks,
//! `inspect` and programs that read the library; their pages are not touched until someone asks.

#![forbid(unsafe_code)]

/// Where a module's parts lie: start and length of its name, code and source.
struct Entry {
    place: [u32; 6],
    package: bool,
}

static TABLE: &[Entry] = &include!(concat!(env!("OUT_DIR"), "/table.rs"));
static NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/names.txt"));
static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/code.bin"));
static SOURCES: &str = include_str!(concat!(env!("OUT_DIR"), "/sources.txt"));

/// A module of the embedded library.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Its dotted name.
    pub name: &'static str,
    /// Whether it is a package.
    pub package: bool,
    /// Its code: a `bytecode::serial` image of one unit.
    pub code: &'static [u8],
    /// Its source.
    pub source: &'static str,
}

impl Entry {
    fn part(&self, index: usize) -> std::ops::Range<usize> {
        let start = self.place[index] as usize;
        start..start + self.place[index + 1] as usize
    }

    fn name(&self) -> &'static str {
        &NAMES[self.part(0)]
    }

    fn module(&self) -> Module {
        Module { name: self.name(), package: self.package, code: &CODE[self.part(2)], source: &SOURCES[self.part(4)] }
    }
}

/// The module called `name`.
#[must_use]
pub fn find(name: &str) -> Option<Module> {
    let index = TABLE.binary_search_by(|entry| entry.name().cmp(name)).ok()?;
    Some(TABLE[index].module())
}

/// All modules, in the order of their names.
pub fn modules() -> impl Iterator<Item = Module> {
    TABLE.iter().map(Entry::module)
}

#[cfg(test)]
mod tests {
    use super::{find, modules};

    #[test]
    fn modules_are_found_by_name() {
        let json = find("json").expect("the library has it");
        assert!(json.package && json.source.contains("def dumps"));
        assert!(!find("json.decoder").expect("the library has it").package);
        assert!(find("json.nothing").is_none() && find("test").is_none());
    }

    #[test]
    fn every_module_has_code_that_reads() {
        for module in modules() {
            let code = bytecode::serial::decode(module.code).expect(module.name);
            assert_eq!(code.filename.as_ref(), format!("<frozen {}>", module.name));
        }
        assert!(modules().count() > 600);
    }
}
