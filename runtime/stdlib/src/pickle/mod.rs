//! `_pickle`: objects to bytes and back, protocols 0 to 5.
//!
//! `save` walks objects and writes the builtin ones, `instances` those of plain classes, `reduce` all others; `output` is what they write to. `load` runs the instructions
//! of a pickle, which `input` reads. `pickler` and `unpickler` are the classes and functions that programs see, `memo` what both remember.

mod buffer;
mod input;
mod instances;
mod load;
mod memo;
mod opcodes;
mod output;
mod pickler;
mod reduce;
mod save;
mod state;
mod unpickler;

use vm::modules::NativeModule;
use vm::objects::Module;
use vm::protocols;
use vm::shared::NativeClass;
use vm::{Dict, R, Raised, Ref, Slot, SlotExt, Str, Thread, Tuple, Value};

use crate::exceptions::exception;
use buffer::PICKLE_BUFFER;

/// `_pickle.PickleError`
static PICKLE_ERROR: NativeClass = NativeClass::new(exception("PickleError", "_pickle", |t| t.classes().exception, ""));

/// `_pickle.PicklingError`
static PICKLING_ERROR: NativeClass =
    NativeClass::new(exception("PicklingError", "_pickle", |t| PICKLE_ERROR.get(t), ""));

/// `_pickle.UnpicklingError`
static UNPICKLING_ERROR: NativeClass =
    NativeClass::new(exception("UnpicklingError", "_pickle", |t| PICKLE_ERROR.get(t), ""));

#[cold]
fn pickling_error(t: &Thread, message: &str) -> Raised {
    t.raise(PICKLING_ERROR.get(t), message)
}

#[cold]
fn unpickling_error(t: &Thread, message: &str) -> Raised {
    t.raise(UNPICKLING_ERROR.get(t), message)
}

/// A name in one of the tables of `_compat_pickle`.
fn name_of_module(t: &Thread, found: Value, table: &str) -> R<Ref<Str>> {
    Str::of(t, found)
        .ok_or_else(|| t.runtime_error(format_args!("{table} values should be strings, not {}", found.class(t).name())))
}

/// A module and a name in one of the tables of `_compat_pickle`.
fn pair_of_names(t: &Thread, found: Value, table: &str) -> R<(Ref<Str>, Ref<Str>)> {
    let Some(pair) = Tuple::of(t, found).filter(|pair| pair.len() == 2) else {
        let got = found.class(t).name();
        return Err(t.runtime_error(format_args!("{table} values should be 2-tuples, not {got}")));
    };
    match (Str::of(t, pair.get(0)), Str::of(t, pair.get(1))) {
        (Some(module), Some(name)) => Ok((module, name)),
        _ => {
            let (first, second) = (pair.get(0).class(t).name(), pair.get(1).class(t).name());
            Err(t.runtime_error(format_args!("{table} values should be pairs of str, not ({first}, {second})")))
        }
    }
}

/// An attribute that an instance may hold in place of a method of its class, apart from its `__dict__`.
struct Hook<'a> {
    name: &'static str,
    owner: Value,
    place: &'a Slot,
}

impl Hook<'_> {
    /// `getattr` of the owner.
    fn get(&self, t: &Thread, name: Value) -> R {
        let name = attribute_name(t, name)?;
        if let Some(hook) = self.place.get()
            && name.is(self.name)
        {
            return Ok(hook);
        }
        generic_get(t, self.owner, name)
    }

    /// `setattr` or `delattr` of the owner.
    fn set(&self, t: &Thread, name: Value, value: Option<Value>) -> R<()> {
        let name = attribute_name(t, name)?;
        if name.is(self.name) {
            let owner = self.owner.header().expect("an instance is an object");
            self.place.put(owner, t, value);
            return Ok(());
        }
        protocols::generic_set(t, self.owner, name, value)
    }
}

/// The name of an attribute that is got, set or deleted.
fn attribute_name(t: &Thread, name: Value) -> R<Ref<Str>> {
    Str::of(t, name)
        .ok_or_else(|| t.type_error(format_args!("attribute name must be string, not '{}'", name.class(t).name())))
}

/// `object.__getattribute__`
fn generic_get(t: &Thread, object: Value, name: Ref<Str>) -> R {
    match protocols::generic_get_optional(t, object, name)? {
        Some(value) => Ok(value),
        None => Err(protocols::no_attribute(t, object, name)),
    }
}

/// What the proxies of memos reduce to.
fn reduce_to_dict(t: &Thread, copy: Ref<Dict>) -> R<Ref<Tuple>> {
    let arguments = Tuple::from_slice(t, &[copy.value()])?;
    Tuple::pair(t, t.classes().dict.value(), arguments.value())
}

fn initialize(t: &Thread, _: Ref<Module>) -> R<()> {
    state::State::of(t).map(drop)
}

/// `_pickle`
pub static MODULE: NativeModule = NativeModule {
    name: "_pickle",
    doc: "Optimized C implementation for the Python pickle module.",
    functions: &[&pickler::DUMP, &pickler::DUMPS, &unpickler::LOAD, &unpickler::LOADS],
    classes: &[
        &PICKLE_BUFFER,
        &PICKLE_ERROR,
        &PICKLING_ERROR,
        &UNPICKLING_ERROR,
        &pickler::PICKLER,
        &unpickler::UNPICKLER,
    ],
    initialize,
};
