//! What `_pickle` took from other modules when it was imported, once in each interpreter: the registries of `copyreg`, the tables of
//! `_compat_pickle`, and the functions that pickles of older protocols name.

use vm::builtins::import::import_module;
use vm::containers::intern_text;
use vm::protocols;
use vm::{Dict, R, Ref, Thread, Tuple, Value};

/// The name under which the interpreter keeps them.
const KEY: &str = "_pickle";

/// Where each is: a module and a name, and whether it must be a dict.
const SOURCES: [(&str, &str, bool); COUNT] = [
    ("copyreg", "dispatch_table", true),
    ("copyreg", "_extension_registry", true),
    ("copyreg", "_inverted_registry", true),
    ("copyreg", "_extension_cache", true),
    ("_compat_pickle", "NAME_MAPPING", true),
    ("_compat_pickle", "IMPORT_MAPPING", true),
    ("_compat_pickle", "REVERSE_NAME_MAPPING", true),
    ("_compat_pickle", "REVERSE_IMPORT_MAPPING", true),
    ("codecs", "encode", false),
    ("functools", "partial", false),
    ("builtins", "getattr", false),
];

const COUNT: usize = 11;

/// See the module.
#[derive(Clone, Copy)]
pub struct State(Ref<Tuple>);

impl State {
    /// Those of this interpreter.
    pub fn of(t: &Thread) -> R<Self> {
        let key = intern_text(t, KEY)?;
        let states = t.interpreter().state().module_state.get().and_then(Value::downcast::<Dict>);
        let Some(states) = states else { return Err(t.runtime_error("the interpreter has no module state")) };
        if let Some(found) = states.get_str(t, key).and_then(Value::downcast::<Tuple>) {
            return Ok(Self(found));
        }
        let mut values = [Value::NONE; COUNT];
        for (value, (module, name, is_dict)) in values.iter_mut().zip(SOURCES) {
            let source = import_module(t, module)?;
            *value = protocols::get_attribute(t, source, intern_text(t, name)?)?;
            if is_dict && value.downcast::<Dict>().is_none() {
                let got = value.class(t).name();
                return Err(t.runtime_error(format_args!("{module}.{name} should be a dict, not {got}")));
            }
        }
        let state = Tuple::from_slice(t, &values)?;
        match states.set_default(t, key.value(), state.value())?.0.downcast::<Tuple>() {
            Some(state) => Ok(Self(state)),
            None => Ok(Self(state)),
        }
    }

    /// The same, for one who keeps what it was.
    pub fn kept(t: &Thread, place: &mut Option<Self>) -> R<Self> {
        match *place {
            Some(state) => Ok(state),
            None => Ok(*place.insert(Self::of(t)?)),
        }
    }

    fn dict(self, t: &Thread, index: usize) -> R<Ref<Dict>> {
        match self.0.get(index).downcast::<Dict>() {
            Some(dict) => Ok(dict),
            None => Err(t.system_error("a table of pickle is no dict")),
        }
    }

    /// `copyreg.dispatch_table`
    pub fn dispatch_table(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 0)
    }

    /// `copyreg._extension_registry`
    pub fn extension_registry(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 1)
    }

    /// `copyreg._inverted_registry`
    pub fn inverted_registry(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 2)
    }

    /// `copyreg._extension_cache`
    pub fn extension_cache(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 3)
    }

    /// Names of Python 2 to those of Python 3, in pairs with their modules.
    pub fn new_names(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 4)
    }

    /// Modules of Python 2 to those of Python 3.
    pub fn new_modules(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 5)
    }

    /// Names of Python 3 to those of Python 2, in pairs with their modules.
    pub fn old_names(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 6)
    }

    /// Modules of Python 3 to those of Python 2.
    pub fn old_modules(self, t: &Thread) -> R<Ref<Dict>> {
        self.dict(t, 7)
    }

    /// `codecs.encode`
    pub fn encode(self) -> Value {
        self.0.get(8)
    }

    /// `functools.partial`
    pub fn partial(self) -> Value {
        self.0.get(9)
    }

    /// `getattr`
    pub fn getattr(self) -> Value {
        self.0.get(10)
    }
}
