//! `_string`: format strings taken apart, for `string.Formatter`.

use text::format::template::{Access, FieldName, Key, Template};
use vm::builtins::construct::raise_format_error;
use vm::containers::ValueVec;
use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::int::int_from_u64;
use vm::objects::{Str, Tuple};
use vm::protocols;
use vm::{R, Ref, Thread, Value, native};

fn text_of(t: &Thread, string: Value) -> R<Ref<Str>> {
    Str::of(t, string).ok_or_else(|| t.type_error(format_args!("expected str, got {}", string.class(t).name())))
}

/// parse the argument as a format string
#[native("formatter_parser(string, /)")]
fn formatter_parser(t: &Thread, string: Value) -> R {
    let text = text_of(t, string)?;
    let mut pieces = ValueVec::new(t);
    for piece in Template::new(text.target().units()) {
        let piece = piece.map_err(|error| raise_format_error(t, error))?;
        let literal = Str::from_units(t, piece.literal)?.value();
        let parts = match piece.field {
            None => [literal, Value::NONE, Value::NONE, Value::NONE],
            Some(field) => {
                let conversion = match field.conversion {
                    Some(conversion) => Str::from_char(t, conversion)?.value(),
                    None => Value::NONE,
                };
                [literal, Str::from_units(t, field.name)?.value(), Str::from_units(t, field.spec)?.value(), conversion]
            }
        };
        pieces.push(t, Tuple::from_slice(t, &parts)?.value())?;
    }
    let pieces = pieces.into_list(t)?;
    protocols::iterate(t, pieces.value())
}

fn key_value(t: &Thread, key: Key<'_>) -> R {
    match key {
        Key::Index(index) => int_from_u64(t, index as u64),
        Key::Name(name) => Ok(Str::from_units(t, name)?.value()),
    }
}

/// split the argument as a field name
#[native("formatter_field_name_split(string, /)")]
fn formatter_field_name_split(t: &Thread, string: Value) -> R<Ref<Tuple>> {
    let text = text_of(t, string)?;
    let failed = |error| raise_format_error(t, error);
    let name = FieldName::parse(text.target().units()).map_err(failed)?;
    let first = match name.first {
        Some(key) => key_value(t, key)?,
        None => Str::empty(t)?.value(),
    };
    let mut rest = ValueVec::new(t);
    for access in name {
        let pair = match access.map_err(failed)? {
            Access::Attribute(attribute) => [Value::TRUE, Str::from_units(t, attribute)?.value()],
            Access::Item(key) => [Value::FALSE, key_value(t, key)?],
        };
        rest.push(t, Tuple::from_slice(t, &pair)?.value())?;
    }
    let rest = rest.into_list(t)?;
    Tuple::from_slice(t, &[first, protocols::iterate(t, rest.value())?])
}

/// `_string`.
pub static MODULE: NativeModule = NativeModule {
    name: "_string",
    doc: "string helper module",
    functions: &[&FORMATTER_FIELD_NAME_SPLIT, &FORMATTER_PARSER],
    classes: &[],
    initialize: nothing_to_add,
};
