//! Objects of `_ast` classes read back into nodes, with CPython's complaints about what is missing or of the wrong kind.

use bytecode::Constant;
use compiler::tree::{CLASSES, Class as NodeClass, Field, Item, Node, Quantity, Span};
use num_traits::ToPrimitive;
use vm::objects::int::{int_of, to_big};
use vm::objects::{Bytes, Set, exact_complex, exact_float};
use vm::protocols;
use vm::{List, R, Str, Thread, Tuple, Value};
use vm::{bytecode, compiler};

use super::{Classes, Converted};

/// The node that an object of an `_ast` class is.
pub(super) fn node_of(t: &Thread, classes: &Classes, object: Value) -> R<Node> {
    t.check_recursion(" during ast construction")?;
    let Some(class) = class_of(t, classes, object)? else {
        return Err(t.type_error(format_args!("expected a node, but got {}", shown(t, object)?)));
    };
    let mut fields = Vec::with_capacity(class.fields.len());
    for field in class.fields {
        fields.push(field_of(t, classes, object, class, field)?);
    }
    let span = if class.has_position { Some(span_of(t, object, class)?) } else { None };
    Ok(Node { class: class.name, fields, span })
}

fn shown(t: &Thread, value: Value) -> R<String> {
    Ok(protocols::repr(t, value)?.to_string_lossy())
}

/// The row of the table for the first class of the object's MRO that is in it and has instances.
fn class_of(t: &Thread, classes: &Classes, object: Value) -> R<Option<&'static NodeClass>> {
    for base in object.class(t).mro().as_slice() {
        let Some(base) = base.downcast::<vm::Class>() else { continue };
        let name = base.name().to_string();
        if let Some(row) = NodeClass::find(&name)
            && classes.class(t, row.name)?.value() == base.value()
        {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn attribute(t: &Thread, object: Value, name: &str) -> R<Option<Value>> {
    protocols::get_attribute_optional(t, object, Str::interned(t, name)?)
}

fn field_of(t: &Thread, classes: &Classes, object: Value, class: &NodeClass, field: &Field) -> R<Item> {
    let value = attribute(t, object, field.name)?;
    match field.quantity {
        Quantity::Optional => match value.filter(|value| !value.is_none()) {
            Some(value) => item_of(t, classes, value, field),
            None => Ok(Item::None),
        },
        Quantity::One => match value {
            Some(value) if field.kind == "constant" => constant_item(t, value),
            Some(value) if !value.is_none() => item_of(t, classes, value, field),
            Some(_) => Err(t.value_error(format_args!("field '{}' is required for {}", field.name, class.name))),
            None => {
                let message = format!("required field \"{}\" missing from {}", field.name, class.name);
                Err(t.type_error(message))
            }
        },
        Quantity::Many | Quantity::ManyOptional => {
            let Some(value) = value else { return Ok(Item::List(Vec::new())) };
            let Some(list) = value.downcast::<List>() else {
                let got = value.class(t).name();
                let message = format!("{} field \"{}\" must be a list, not a {got}", class.name, field.name);
                return Err(t.type_error(message));
            };
            let mut items = Vec::new();
            let mut index = 0;
            while let Some(value) = list.get(index) {
                index += 1;
                items.push(if value.is_none() { Item::None } else { item_of(t, classes, value, field)? });
            }
            Ok(Item::List(items))
        }
    }
}

fn item_of(t: &Thread, classes: &Classes, value: Value, field: &Field) -> R<Item> {
    match field.kind {
        "identifier" | "string" => match Str::of(t, value) {
            Some(name) => Ok(Item::name(name.to_string_lossy())),
            None if field.kind == "string" => Err(t.type_error("AST string must be of type str")),
            None => Err(t.type_error("AST identifier must be of type str")),
        },
        "int" => match small_int(value) {
            Some(number) => Ok(Item::Int(number)),
            None => Err(t.value_error(format_args!("invalid integer value: {}", shown(t, value)?))),
        },
        "constant" => constant_item(t, value),
        kind => {
            if !value.class(t).is_subclass_of(classes.class(t, kind)?) {
                let abstract_kind = CLASSES.iter().any(|class| class.base == kind);
                let got = shown(t, value)?;
                let words = if abstract_kind { "expected some sort of" } else { "expected" };
                return Err(t.type_error(format_args!("{words} {kind}, but got {got}")));
            }
            Ok(node_of(t, classes, value)?.into())
        }
    }
}

fn small_int(value: Value) -> Option<i64> {
    to_big(int_of(value)?).to_i64()
}

fn constant_item(t: &Thread, value: Value) -> R<Item> {
    match constant_of(t, value)? {
        Some(constant) => Ok(Item::Constant(constant)),
        None => Err(t.type_error(format_args!("got an invalid type in Constant: {}", value.class(t).name()))),
    }
}

fn constant_of(t: &Thread, value: Value) -> Converted {
    if value.is_none() {
        return Ok(Some(Constant::None));
    }
    if value == Value::TRUE || value == Value::FALSE {
        return Ok(Some(Constant::Bool(value == Value::TRUE)));
    }
    if value == Value::ELLIPSIS {
        return Ok(Some(Constant::Ellipsis));
    }
    if let Some(number) = exact_float(value) {
        return Ok(Some(Constant::Float(number.to_bits())));
    }
    if let Some(number) = exact_complex(value) {
        return Ok(Some(Constant::Complex(number.real.to_bits(), number.imaginary.to_bits())));
    }
    if let Some(number) = int_of(value).map(to_big) {
        return Ok(Some(match number.to_i64() {
            Some(number) => Constant::Int(number),
            None => {
                let negative = number.sign() == num_bigint::Sign::Minus;
                Constant::BigInt { negative, magnitude: number.magnitude().to_bytes_le() }
            }
        }));
    }
    if let Some(text) = Str::of(t, value) {
        return Ok(Some(Constant::Str(text.to_wtf8())));
    }
    if let Some(bytes) = Bytes::of(t, value) {
        return Ok(Some(Constant::Bytes(bytes.as_slice().to_vec())));
    }
    if let Some(items) = Tuple::of(t, value) {
        return Ok(constants(t, items.as_slice())?.map(Constant::Tuple));
    }
    if Set::any_of(value).is_some() {
        let items = protocols::tuple_of(t, value)?;
        return Ok(constants(t, items.as_slice())?.map(Constant::FrozenSet));
    }
    Ok(None)
}

fn constants(t: &Thread, values: &[Value]) -> R<Option<Vec<Constant>>> {
    let mut all = Vec::new();
    for &value in values {
        let Some(constant) = constant_of(t, value)? else { return Ok(None) };
        all.push(constant);
    }
    Ok(Some(all))
}

/// Lines and columns; the end is the start where it is not given.
fn span_of(t: &Thread, object: Value, class: &NodeClass) -> R<Span> {
    let place = |name: &str, missing: Option<u32>| -> R<u32> {
        match attribute(t, object, name)?.filter(|value| !value.is_none()) {
            Some(value) => match small_int(value) {
                Some(number) => Ok(u32::try_from(number).unwrap_or(0)),
                None => Err(t.value_error(format_args!("invalid integer value: {}", shown(t, value)?))),
            },
            None => missing.ok_or_else(|| {
                let owner = if class.base == "AST" { class.name } else { class.base };
                t.type_error(format_args!("required field \"{name}\" missing from {owner}"))
            }),
        }
    };
    let (line, column) = (place("lineno", None)?, place("col_offset", None)?);
    let (end_line, end_column) = (place("end_lineno", Some(line))?, place("end_col_offset", Some(column))?);
    Ok(Span { line, column, end_line, end_column })
}
