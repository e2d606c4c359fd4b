//! Configurations of interpreters as Python sees them: namespaces, or names of known ones.

use vm::builtins::{namespace, object};
use vm::objects::Dict;
use vm::{R, Ref, Str, Thread, Value, protocols};

use crate::isolate::{Config, Gil};

/// A field that is a truth.
type Flag = (&'static str, fn(&mut Config) -> &mut bool);

const FLAGS: [Flag; 6] = [
    ("use_main_obmalloc", |config| &mut config.use_main_obmalloc),
    ("allow_fork", |config| &mut config.allow_fork),
    ("allow_exec", |config| &mut config.allow_exec),
    ("allow_threads", |config| &mut config.allow_threads),
    ("allow_daemon_threads", |config| &mut config.allow_daemon_threads),
    ("check_multi_interp_extensions", |config| &mut config.check_multi_interp_extensions),
];

const GILS: [(&str, Gil); 3] = [("default", Gil::Default), ("shared", Gil::Shared), ("own", Gil::Own)];

/// A known configuration.
pub fn named(t: &Thread, name: &str) -> R<Config> {
    match name {
        "" | "default" | "isolated" => Ok(Config::ISOLATED),
        "legacy" => Ok(Config::LEGACY),
        "empty" => Ok(Config::EMPTY),
        _ => Err(t.value_error(format_args!("unsupported config name '{name}'"))),
    }
}

/// The namespace that shows a configuration.
pub fn to_namespace(t: &Thread, config: Config) -> R {
    let shown = namespace::new(t)?;
    let mut config = config;
    for (name, field) in FLAGS {
        protocols::set_attribute(t, shown, Str::interned(t, name)?, Value::bool(*field(&mut config)))?;
    }
    let gil = GILS.iter().find(|(_, gil)| *gil == config.gil).map_or("default", |(name, _)| *name);
    protocols::set_attribute(t, shown, Str::interned(t, "gil")?, Str::interned(t, gil)?.value())?;
    Ok(shown)
}

/// The configuration that an argument means: nothing or a name, or a namespace in which every field is set.
pub fn of_argument(t: &Thread, value: Value) -> R<Config> {
    if value.is_none() {
        return Ok(Config::ISOLATED);
    }
    if let Some(name) = Str::of(t, value) {
        // The codec's own error for lone surrogates.
        protocols::call_method(t, value, t.names().encode, &[])?;
        let config = named(t, &name.to_string_lossy())?;
        check(t, config)?;
        return Ok(config);
    }
    let fields: Option<Ref<Dict>> = match protocols::get_attribute_optional(t, value, t.names().__dict__)? {
        Some(_) => object::get_dict(t, value)?.downcast(),
        None => None,
    };
    let Some(fields) = fields else {
        let shown = protocols::repr(t, value)?.to_string_lossy();
        return Err(t.type_error(format_args!("bad config {shown}")));
    };
    for name in FLAGS.iter().map(|(name, _)| *name).chain(["gil"]) {
        if fields.get_str(t, Str::interned(t, name)?).is_none() {
            return Err(t.value_error(format_args!("missing config key: {name}")));
        }
    }
    let mut config = Config::EMPTY;
    update(t, &mut config, fields)?;
    check(t, config)?;
    Ok(config)
}

/// Sets the fields that a dict names.
pub fn update(t: &Thread, config: &mut Config, fields: Ref<Dict>) -> R<()> {
    let unknown = Dict::new(t)?;
    fields.for_each(t, |key, value| {
        let name = Str::of(t, key).map_or_else(String::new, |name| name.to_string_lossy());
        if name == "gil" {
            config.gil = gil_of(t, value)?;
        } else if let Some((_, field)) = FLAGS.iter().find(|(known, _)| *known == name) {
            if !value.is(Value::TRUE) && !value.is(Value::FALSE) {
                return Err(t.type_error(format_args!("invalid config type: {name}")));
            }
            *field(config) = value.is(Value::TRUE);
        } else {
            unknown.set(t, key, value)?;
        }
        Ok(())
    })?;
    match unknown.len(t) {
        0 => Ok(()),
        count => {
            let shown = protocols::repr(t, unknown.value())?.to_string_lossy();
            let plural = vm::native::plural(count);
            Err(t.value_error(format_args!("config dict has {count} extra item{plural} ({shown})")))
        }
    }
}

fn gil_of(t: &Thread, value: Value) -> R<Gil> {
    let Some(text) = Str::of(t, value) else {
        return Err(t.type_error("invalid config type: gil"));
    };
    let text = text.to_string_lossy();
    match GILS.iter().find(|(name, _)| *name == text) {
        Some((_, gil)) => Ok(*gil),
        None => Err(t.value_error(format_args!("unsupported interpreter config .gil value '{text}'"))),
    }
}

/// InterpreterError for a configuration with which CPython makes no interpreter: an allocator of its own asks that native modules
/// are checked.
fn check(t: &Thread, config: Config) -> R<()> {
    if !config.use_main_obmalloc && !config.check_multi_interp_extensions {
        return Err(crate::exceptions::interpreter_error(t, "interpreter creation failed"));
    }
    Ok(())
}
