//! `builtins`: the functions and the names of the builtin classes.

mod compiling;
mod functions;
mod input;
mod sums;

pub use compiling::{
    compile_file, compile_source, issue_source_warning, issue_warning, module_options, raise_source_error,
    raise_syntax_error, source_text,
};

use crate::modules::NativeModule;
use crate::native;
use crate::native::Args;
use crate::object::Ref;
use crate::objects::{Class, Dict, Function, Module, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// __build_class__(func, name, /, *bases, [metaclass], **kwds) -> class
///
/// Internal helper function used by the class statement.
#[native("__build_class__", raw)]
fn build_class(t: &Thread, args: Args<'_>) -> R {
    let [body, name, given @ ..] = args.positional() else {
        return Err(t.type_error("__build_class__: not enough arguments"));
    };
    let Some(body) = body.downcast::<Function>() else {
        return Err(t.type_error("__build_class__: func must be a function"));
    };
    if Str::of(t, *name).is_none() {
        return Err(t.type_error("__build_class__: name is not a string"));
    }
    let given = Tuple::from_slice(t, given)?;
    let bases = resolve_bases(t, given)?;
    let keywords = Dict::new(t)?;
    let mut metaclass = None;
    for (keyword, value) in args.keywords() {
        if keyword.is("metaclass") {
            metaclass = Some(value);
        } else {
            keywords.set_str(t, keyword, value)?;
        }
    }
    let metaclass = choose_metaclass(t, metaclass, bases)?;
    let namespace = prepare(t, metaclass, *name, bases, keywords)?;
    let cell = crate::exec::enter::run_code_with(t, body, namespace)?;
    if !bases.value().is(given.value()) {
        protocols::set_item(t, namespace, t.names().__orig_bases__.value(), given.value())?;
    }
    let arguments = Tuple::from_slice(t, &[*name, bases.value(), namespace])?;
    let class = protocols::call_unpacked(t, metaclass, None, arguments, Some(keywords))?;
    check_class_cell(t, cell, class, *name)?;
    Ok(class)
}

/// Replaces bases that have `__mro_entries__` (PEP 560).
fn resolve_bases(t: &Thread, bases: Ref<Tuple>) -> R<Ref<Tuple>> {
    let mut resolved: Option<crate::containers::ValueVec> = None;
    for (index, &base) in bases.as_slice().iter().enumerate() {
        let hook = match base.downcast::<Class>() {
            Some(_) => None,
            None => protocols::get_attribute_optional(t, base, t.names().__mro_entries__)?,
        };
        let Some(hook) = hook else {
            if let Some(resolved) = &mut resolved {
                resolved.push(t, base)?;
            }
            continue;
        };
        let entries = protocols::call(t, hook, &[bases.value()])?;
        let Some(entries) = Tuple::of(t, entries) else {
            return Err(t.type_error("__mro_entries__ must return a tuple"));
        };
        if resolved.is_none() {
            resolved = Some(crate::containers::ValueVec::from_slice(t, &bases.as_slice()[..index])?);
        }
        if let Some(resolved) = &mut resolved {
            resolved.extend_from_slice(t, entries.as_slice())?;
        }
    }
    match resolved {
        Some(resolved) => resolved.into_tuple(t),
        None => Ok(bases),
    }
}

fn choose_metaclass(t: &Thread, given: Option<Value>, bases: Ref<Tuple>) -> R {
    let start = match given {
        Some(given) => given,
        None => bases.as_slice().first().map_or(t.classes().type_.value(), |base| base.class(t).value()),
    };
    match start.downcast::<Class>() {
        Some(class) => Ok(crate::builtins::type_::create::best_metaclass(t, class, bases.as_slice())?.value()),
        None => Ok(start),
    }
}

fn prepare(t: &Thread, metaclass: Value, name: Value, bases: Ref<Tuple>, keywords: Ref<Dict>) -> R {
    let Some(prepare) = protocols::get_attribute_optional(t, metaclass, t.names().__prepare__)? else {
        return Ok(Dict::new(t)?.value());
    };
    let arguments = Tuple::from_slice(t, &[name, bases.value()])?;
    let namespace = protocols::call_unpacked(t, prepare, None, arguments, Some(keywords))?;
    let is_mapping = namespace.downcast::<Dict>().is_some()
        || namespace.class(t).special(t, crate::names::Special::GetItem).is_some();
    if !is_mapping {
        let metaclass = metaclass.downcast::<Class>().map_or_else(|| String::from("<metaclass>"), |class| class.name());
        let got = namespace.class(t).name();
        return Err(t.type_error(format_args!("{metaclass}.__prepare__() must return a mapping, not {got}")));
    }
    Ok(namespace)
}

/// The class body returns its `__class__` cell where it has one: it must hold the class by now.
fn check_class_cell(t: &Thread, cell: Value, class: Value, name: Value) -> R<()> {
    let (Some(cell), Some(_)) = (cell.downcast::<crate::objects::Cell>(), class.downcast::<Class>()) else {
        return Ok(());
    };
    match cell.contents.get() {
        Some(contents) if contents.is(class) => Ok(()),
        None => {
            let (name, class) =
                (protocols::repr(t, name)?.to_string_lossy(), protocols::repr(t, class)?.to_string_lossy());
            Err(t.runtime_error(format_args!(
                "__class__ not set defining {name} as {class}. Was __classcell__ propagated to type.__new__?"
            )))
        }
        Some(contents) => {
            let (name, class) =
                (protocols::repr(t, name)?.to_string_lossy(), protocols::repr(t, class)?.to_string_lossy());
            let contents = protocols::repr(t, contents)?.to_string_lossy();
            Err(t.type_error(format_args!("__class__ set to {contents} defining {name} as {class}")))
        }
    }
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    t.shared().for_each_public_class(|class| module.add(t, &class.name(), class.value()))?;
    for name in ["IOError", "EnvironmentError"] {
        module.add(t, name, t.classes().os_error.value())?;
    }
    let constants = [
        ("None", Value::NONE),
        ("True", Value::TRUE),
        ("False", Value::FALSE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
    ];
    for (name, value) in constants {
        module.add(t, name, value)?;
    }
    module.add(t, "__debug__", Value::bool(t.interpreter().options.optimize == 0))
}

/// `builtins`.
pub static BUILTINS: NativeModule = NativeModule {
    name: "builtins",
    doc: "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is not normally accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the same name as a builtin and need to\nextend it.",
    functions: &[
        &BUILD_CLASS,
        &crate::builtins::import::IMPORT,
        &functions::ABS,
        &functions::ALL,
        &functions::ANY,
        &functions::ASCII,
        &functions::BIN,
        &functions::BREAKPOINT,
        &functions::CALLABLE,
        &functions::CHR,
        &functions::DELATTR,
        &functions::DIR,
        &functions::DIVMOD,
        &functions::FORMAT,
        &functions::GETATTR,
        &functions::GLOBALS,
        &functions::HASATTR,
        &functions::HASH,
        &functions::HEX,
        &functions::ID,
        &functions::ISINSTANCE,
        &functions::ISSUBCLASS,
        &functions::ITER,
        &functions::AITER,
        &functions::ANEXT,
        &functions::LEN,
        &functions::LOCALS,
        &functions::NEXT,
        &functions::OCT,
        &functions::ORD,
        &functions::POW,
        &functions::REPR,
        &functions::ROUND,
        &functions::SETATTR,
        &functions::SORTED,
        &functions::VARS,
        &sums::MAX,
        &sums::MIN,
        &sums::SUM,
        &input::PRINT,
        &input::INPUT,
        &compiling::COMPILE,
        &compiling::EVAL,
        &compiling::EXEC,
    ],
    classes: &[],
    initialize,
};
