//! What the vm is given: the native modules and the embedded library.

use vm::modules::{Embedding, Library, LibraryModule, NativeModule};

/// The embedded library.
struct Frozen;

impl Library for Frozen {
    fn find(&self, name: &str) -> Option<LibraryModule> {
        // The two halves of importlib have the names under which CPython freezes them, too.
        let name = match name {
            "_frozen_importlib" => "importlib._bootstrap",
            "_frozen_importlib_external" => "importlib._bootstrap_external",
            name => name,
        };
        frozen::find(name).map(|(code, package)| LibraryModule { package, code })
    }

    fn names(&self) -> Vec<&'static str> {
        frozen::names().collect()
    }

    fn source(&self, name: &str) -> Option<String> {
        frozen::source(name)
    }
}

static FROZEN: Frozen = Frozen;

static MODULES: &[&[&NativeModule]] = &[stdlib::MODULES, interpreters::MODULES];

/// The embedding of every interpreter of this program.
pub fn embedding() -> Embedding {
    Embedding { modules: MODULES, library: &FROZEN, hooks: stdlib::hooks() }
}
