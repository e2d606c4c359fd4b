//! Native modules: how they are described, and those that only the vm can give (`builtins`, `sys`, `_imp`).
//!
//! A module is made for each interpreter when it is first imported: its functions and classes are shared, its namespace is not.

pub mod abc;
pub mod at_exit;
pub mod builtins_module;
pub mod collector;
pub mod context_variables;
pub mod fault_handler;
pub mod imp;
pub mod sys;
pub mod weakref;

use crate::containers::intern_text;
use crate::native::NativeDef;
use crate::object::Ref;
use crate::objects::{Module, NativeFunction, Str};
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

/// A native module.
pub struct NativeModule {
    /// Its name, dotted for a module of a package.
    pub name: &'static str,
    /// The doc string.
    pub doc: &'static str,
    /// Its functions.
    pub functions: &'static [&'static NativeDef],
    /// Its classes, under their own names.
    pub classes: &'static [&'static NativeClass],
    /// Adds the rest: constants, exceptions, state.
    pub initialize: fn(&Thread, Ref<Module>) -> R<()>,
}

/// For `NativeModule::initialize` where there is nothing to add.
pub fn nothing_to_add(_: &Thread, _: Ref<Module>) -> R<()> {
    Ok(())
}

impl NativeModule {
    /// Makes the module for this interpreter.
    pub fn create(&'static self, t: &Thread) -> R<Ref<Module>> {
        let name = intern_text(t, self.name)?;
        let doc = if self.doc.is_empty() { Value::NONE } else { Str::new(t, self.doc)?.value() };
        let module = Module::with_room(t, name, doc, self.functions.len() + self.classes.len())?;
        for definition in self.functions {
            module.add_function(t, definition)?;
        }
        for class in self.classes {
            let class = class.get(t);
            module.add(t, &class.name(), class.value())?;
        }
        (self.initialize)(t, module)?;
        Ok(module)
    }
}

impl Ref<Module> {
    /// Sets an attribute.
    pub fn add(self, t: &Thread, name: &str, value: Value) -> R<()> {
        self.dict().set_str(t, intern_text(t, name)?, value)
    }

    /// Adds a function.
    pub fn add_function(self, t: &Thread, definition: &'static NativeDef) -> R<()> {
        // A function that asks for its module (`$module`) gets it as a bound method gets its receiver.
        let owner = definition.parameters.first().filter(|first| first.receiver).map(|_| self.value());
        let function = NativeFunction::new(t, t.classes().builtin_function, definition, Some(self.value()), owner)?;
        let module = self.dict().get_str(t, t.names().__name__);
        crate::object::SlotExt::put(&function.module, function.header(), t, module);
        self.add(t, definition.name, function.value())
    }

    /// Adds a string.
    pub fn add_str(self, t: &Thread, name: &str, text: &str) -> R<()> {
        self.add(t, name, Str::new(t, text)?.value())
    }

    /// Adds an int.
    pub fn add_int(self, t: &Thread, name: &str, number: i64) -> R<()> {
        self.add(t, name, crate::objects::int_from_i64(t, number)?)
    }

    /// Adds a new exception class `module.name` deriving from `base`.
    pub fn add_exception(self, t: &Thread, module: &str, name: &str, base: Value) -> R<Value> {
        let bases = crate::objects::Tuple::from_slice(t, &[base])?;
        let namespace = crate::objects::Dict::new(t)?;
        namespace.set_str(t, t.names().__module__, intern_text(t, module)?.value())?;
        let class = crate::protocols::call(
            t,
            t.classes().type_.value(),
            &[intern_text(t, name)?.value(), bases.value(), namespace.value()],
        )?;
        self.add(t, name, class)?;
        Ok(class)
    }
}

/// What native code outside the vm gives an interpreter: modules, the embedded library, hooks.
#[derive(Clone, Copy)]
pub struct Embedding {
    /// Native modules beside the vm's own, by who gives them.
    pub modules: &'static [&'static [&'static NativeModule]],
    /// The embedded library.
    pub library: &'static dyn Library,
    /// Hooks.
    pub hooks: crate::interpreter::Hooks,
}

/// The embedded library: modules compiled at build time.
pub trait Library: Send + Sync {
    /// The module of this name.
    fn find(&self, name: &str) -> Option<LibraryModule>;
    /// All names.
    fn names(&self) -> Vec<&'static str>;
    /// The source, for tracebacks and `inspect`.
    fn source(&self, name: &str) -> Option<String>;
}

/// A module of the embedded library.
pub struct LibraryModule {
    /// Whether it is a package.
    pub package: bool,
    /// Its code, not yet read.
    pub code: bytecode::serial::LazyCode,
}

/// No library: for tests of the vm alone.
pub struct NoLibrary;

impl Library for NoLibrary {
    fn find(&self, _: &str) -> Option<LibraryModule> {
        None
    }
    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }
    fn source(&self, _: &str) -> Option<String> {
        None
    }
}

/// The vm's own modules.
static OWN: &[&NativeModule] = &[
    &builtins_module::BUILTINS,
    &sys::SYS,
    &imp::IMP,
    &weakref::WEAKREF,
    &abc::ABC,
    &at_exit::AT_EXIT,
    &collector::GC,
    &context_variables::CONTEXT_VARIABLES,
    &fault_handler::FAULT_HANDLER,
    &crate::builtins::typing::MODULE,
    &crate::codecs::functions::CODECS,
];

/// The native module of this name.
pub fn find(t: &Thread, name: &str) -> Option<&'static NativeModule> {
    let given = t.interpreter().embedding().modules.iter().copied().flatten();
    OWN.iter().chain(given).copied().find(|module| module.name == name)
}

/// The names of all native modules.
pub fn names(t: &Thread) -> Vec<&'static str> {
    let given = t.interpreter().embedding().modules.iter().copied().flatten();
    let mut names: Vec<&'static str> = OWN.iter().chain(given).map(|module| module.name).collect();
    names.sort_unstable();
    names
}
