//! What cannot pass structurally: through the library's `pickle`.
//!
//! Functions and classes of a program pickle by name, as `__main__.name`; the receiver has another `__main__`. So a pickle names
//! the sender's program, and a receiver that cannot find a name runs that program once as `<fake __main__>` (its `if __name__ ==
//! "__main__"` part does not run), and reads the pickle again with that module as `__main__`, as CPython does.

use vm::builtins::import::import_module;
use vm::objects::{Bytes, Dict, Module};
use vm::{R, Str, Thread, Value, protocols};

/// A pickle.
pub struct Pickle {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The sender's program, if it is a file.
    pub program: Option<String>,
}

/// The name under which another interpreter's program is imported.
const FAKE_MAIN: &str = "<fake __main__>";

/// Pickles a value.
pub fn dumps(t: &Thread, value: Value) -> R<Pickle> {
    let pickle = import_module(t, "pickle")?;
    let bytes = protocols::call_method(t, pickle, Str::interned(t, "dumps")?, &[value])?;
    let bytes = protocols::Buffer::of(t, bytes)?.into_vec();
    let program = if names_main(&bytes) { program_of(t)? } else { None };
    Ok(Pickle { bytes, program })
}

fn names_main(pickle: &[u8]) -> bool {
    let name = b"__main__";
    pickle.windows(name.len()).any(|window| window == name)
}

/// `__main__.__file__`.
fn program_of(t: &Thread) -> R<Option<String>> {
    let main = modules(t)?.get_str(t, t.names().__main__);
    let Some(main) = main.and_then(Value::downcast::<Module>) else { return Ok(None) };
    Ok(main.dict().get_str(t, t.names().__file__).and_then(|file| Str::of(t, file)).map(|file| file.to_string_lossy()))
}

fn modules(t: &Thread) -> R<vm::Ref<Dict>> {
    match t.interpreter().state().modules.get().and_then(Value::downcast::<Dict>) {
        Some(modules) => Ok(modules),
        None => Err(t.runtime_error("sys.modules is not a dict")),
    }
}

/// Reads a pickle. `program` is the sender's.
pub fn loads(t: &Thread, pickle: &[u8], program: &str) -> R {
    let raised = match read(t, pickle) {
        Err(raised) if !program.is_empty() && t.pending_is(t.classes().attribute_error) => raised,
        result => return result,
    };
    let first = t.take(raised);
    let Some(fake) = fake_main(t, program)? else { return Err(t.reraise(first)) };
    let (modules, name) = (modules(t)?, t.names().__main__);
    let own = modules.get_str(t, name);
    modules.set_str(t, name, fake)?;
    let result = read(t, pickle);
    match own {
        Some(own) => modules.set_str(t, name, own)?,
        None => drop(modules.delete_str(t, name)?),
    }
    result
}

fn read(t: &Thread, pickle: &[u8]) -> R {
    let module = import_module(t, "pickle")?;
    let bytes = Bytes::new(t, pickle)?;
    protocols::call_method(t, module, Str::interned(t, "loads")?, &[bytes.value()])
}

/// The module made by running the sender's program here; nothing if it cannot be run.
fn fake_main(t: &Thread, program: &str) -> R<Option<Value>> {
    let (modules, name) = (modules(t)?, Str::interned(t, FAKE_MAIN)?);
    if let Some(known) = modules.get_str(t, name) {
        return Ok(Some(known));
    }
    let runpy = import_module(t, "runpy")?;
    let run = protocols::get_attribute(t, runpy, Str::interned(t, "run_path")?)?;
    let names = vm::Tuple::from_slice(t, &[Str::interned(t, "run_name")?.value()])?;
    let namespace = match protocols::call_kw(t, run, &[Str::new(t, program)?.value(), name.value()], Some(names)) {
        Ok(namespace) => namespace,
        Err(raised) => {
            let _ = t.take(raised);
            return Ok(None);
        }
    };
    let module = Module::new(t, name, Value::NONE)?;
    protocols::update_dict(t, module.dict(), namespace)?;
    modules.set_str(t, name, module.value())?;
    Ok(Some(module.value()))
}
