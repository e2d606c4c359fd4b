//! `_warnings`: the interpreter's part of `warnings`.
//!
//! The filters and the registries are Python lists and dicts that the library shares; deciding and showing a warning is the
//! library's own Python code (`_py_warnings`), loaded when the first warning is issued.

use vm::builtins::import::import_module;
use vm::native::Args;
use vm::objects::{Dict, List, Module, Str, Tuple};
use vm::{R, Ref, Thread, Value, native, protocols};

use vm::modules::NativeModule;
use vm::modules::context_variables::CONTEXT_VAR;

fn delegate(t: &Thread, name: &str, args: Args<'_>) -> R {
    // `warnings` tells `_py_warnings` where the filters are.
    import_module(t, "warnings")?;
    let module = import_module(t, "_py_warnings")?;
    let function = protocols::get_attribute(t, module, Str::interned(t, name)?)?;
    protocols::call_args(t, function, args)
}

/// Issue a warning, or maybe ignore it or raise an exception.
#[native("warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())", raw)]
fn warn(t: &Thread, args: Args<'_>) -> R {
    delegate(t, "warn", args)
}

/// Issue a warning, or maybe ignore it or raise an exception.
#[native(
    "warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)",
    raw
)]
fn warn_explicit(t: &Thread, args: Args<'_>) -> R {
    delegate(t, "warn_explicit", args)
}

#[native("_filters_mutated_lock_held()")]
fn filters_mutated_lock_held(t: &Thread) -> R {
    delegate(t, "_filters_mutated_lock_held", Args::positional_only(&[]))
}

#[native("_acquire_lock()")]
fn acquire_lock(t: &Thread) -> R {
    let lock = protocols::get_attribute(t, import_module(t, "_py_warnings")?, Str::interned(t, "_lock")?)?;
    protocols::call_method(t, lock, Str::interned(t, "acquire")?, &[])
}

#[native("_release_lock()")]
fn release_lock(t: &Thread) -> R {
    let lock = protocols::get_attribute(t, import_module(t, "_py_warnings")?, Str::interned(t, "_lock")?)?;
    protocols::call_method(t, lock, Str::interned(t, "release")?, &[])
}

fn filter(t: &Thread, action: &str, category: Value, module: Value) -> R {
    let action = Str::interned(t, action)?.value();
    Ok(Tuple::from_slice(t, &[action, Value::NONE, category, module, Value::small(0)])?.value())
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let classes = t.classes();
    let filters = List::new(t)?;
    if !t.interpreter().options.dev_mode {
        let main = Str::interned(t, "__main__")?.value();
        filters.push(t, filter(t, "default", classes.deprecation_warning.value(), main)?)?;
        for ignored in [
            classes.deprecation_warning,
            classes.pending_deprecation_warning,
            classes.import_warning,
            classes.resource_warning,
        ] {
            filters.push(t, filter(t, "ignore", ignored.value(), Value::NONE)?)?;
        }
    }
    module.add(t, "filters", filters.value())?;
    module.add(t, "_onceregistry", Dict::new(t)?.value())?;
    module.add_str(t, "_defaultaction", "default")?;
    // Python's import system is not up yet, so the variable's class is not to be had through its module.
    let variable = protocols::call(t, CONTEXT_VAR.get(t).value(), &[Str::interned(t, "warnings_context")?.value()])?;
    module.add(t, "_warnings_context", variable)
}

/// `_warnings`.
pub static MODULE: NativeModule = NativeModule {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: &[&WARN, &WARN_EXPLICIT, &FILTERS_MUTATED_LOCK_HELD, &ACQUIRE_LOCK, &RELEASE_LOCK],
    classes: &[],
    initialize,
};
