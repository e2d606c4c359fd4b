//! Formatting methods of `str`: `format`, `format_map`, `__format__` and the `%` operator.

use macros::native;
use text::TextBuilder;
use text::format::percent::{Amount, Conversion, Format, Layouter};
use text::format::template::{Access, Field, FieldName, Key, Numbering, Template, too_deep, unknown_conversion};
use text::format::{FormatError, format_str, short};

use crate::builtins::construct::{class_name, digit_limit, raise_format_error};
use crate::native::Args;
use crate::object::Ref;
use crate::objects::{Bytes, Str, Tuple, int_from_u64, int_of};
use crate::protocols::{self, is_sequence};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// Return a formatted version of the string as described by format_spec.
#[native("__format__($self, format_spec, /)")]
pub fn str_format_method(t: &Thread, this: Value, spec: Ref<Str>) -> R {
    let text = crate::builtins::str::receiver(t, this)?;
    if spec.is_empty() {
        return protocols::str_value(t, this);
    }
    format_by(t, text, spec, &class_name(t, this, t.classes().str, "str"))
}

/// The text of a string by a specification that is not empty.
pub fn format_by(t: &Thread, text: Ref<Str>, spec: Ref<Str>, type_name: &str) -> R {
    if let (Some(ascii), Some(plain)) = (text.as_utf8(), spec.as_utf8())
        && let Some(laid_out) = short::format_ascii(ascii.as_bytes(), plain.as_bytes(), &mut { short::ROOM })
    {
        return Ok(Str::from_ascii(t, laid_out)?.value());
    }
    let formatted = format_str(text.units(), spec.units(), type_name);
    Ok(Str::from_owned(t, formatted.map_err(|error| raise_format_error(t, error))?)?.value())
}

/// Return a formatted version of the string, using substitutions from args and kwargs.
///
/// The substitutions are identified by braces ('{' and '}').
#[native("format($self, /, *args, **kwargs)", raw)]
pub fn str_format(t: &Thread, args: Args<'_>) -> R<Ref<Str>> {
    let Some(&this) = args.positional().first() else {
        return Err(t.type_error("unbound method str.format() needs an argument"));
    };
    let this = crate::builtins::str::receiver(t, this)?;
    let source = Source::Arguments(args.rest());
    format_template(t, this, source, &mut Numbering::default(), 2)
}

/// Return a formatted version of the string, using substitutions from mapping.
///
/// The substitutions are identified by braces ('{' and '}').
#[native("format_map($self, mapping, /)")]
pub fn str_format_map(t: &Thread, this: Ref<Str>, mapping: Value) -> R<Ref<Str>> {
    format_template(t, this, Source::Mapping(mapping), &mut Numbering::default(), 2)
}

/// Where fields find their values.
#[derive(Clone, Copy)]
enum Source<'a> {
    Arguments(Args<'a>),
    Mapping(Value),
}

fn format_template(
    t: &Thread,
    template: Ref<Str>,
    source: Source<'_>,
    numbering: &mut Numbering,
    depth: u32,
) -> R<Ref<Str>> {
    let failed = |error| raise_format_error(t, error);
    if depth == 0 {
        return Err(failed(too_deep()));
    }
    let mut out = TextBuilder::with_capacity(template.len());
    for piece in Template::new(template.target().units()) {
        let piece = piece.map_err(failed)?;
        out.push_units(piece.literal);
        if let Some(field) = piece.field {
            let text = format_field(t, field, source, numbering, depth)?;
            out.push_units(text.units());
        }
    }
    Str::from_owned(t, out.finish())
}

fn format_field(
    t: &Thread,
    field: Field<'_>,
    source: Source<'_>,
    numbering: &mut Numbering,
    depth: u32,
) -> R<Ref<Str>> {
    let mut value = field_value(t, field, source, numbering)?;
    match field.conversion.and_then(char::from_u32) {
        None if field.conversion.is_none() => {}
        Some('r') => value = protocols::repr(t, value)?.value(),
        Some('s') => value = protocols::str(t, value)?.value(),
        Some('a') => value = protocols::ascii(t, value)?.value(),
        _ => return Err(raise_format_error(t, unknown_conversion(field.conversion.unwrap_or(0)))),
    }
    let mut spec = Str::from_units(t, field.spec)?;
    if field.nested {
        spec = format_template(t, spec, source, numbering, depth - 1)?;
    }
    protocols::format(t, value, Some(spec.value()))
}

fn field_value(t: &Thread, field: Field<'_>, source: Source<'_>, numbering: &mut Numbering) -> R {
    let failed = |error| raise_format_error(t, error);
    let mut name = FieldName::parse(field.name).map_err(failed)?;
    let key = numbering.resolve(name.first).map_err(failed)?;
    let mut value = first_value(t, key, source)?;
    for access in &mut name {
        value = match access.map_err(failed)? {
            Access::Attribute(attribute) => {
                let attribute = Str::intern(t, Str::from_units(t, attribute)?);
                protocols::get_attribute(t, value, attribute)?
            }
            Access::Item(Key::Index(index)) => protocols::get_item(t, value, int_from_u64(t, index as u64)?)?,
            Access::Item(Key::Name(key)) => protocols::get_item(t, value, Str::from_units(t, key)?.value())?,
        };
    }
    Ok(value)
}

fn first_value(t: &Thread, key: Key<'_>, source: Source<'_>) -> R {
    match (key, source) {
        (Key::Index(_), Source::Mapping(_)) => Err(t.value_error("Format string contains positional fields")),
        (Key::Index(index), Source::Arguments(args)) => match args.positional().get(index) {
            Some(value) => Ok(*value),
            None => {
                Err(t.index_error(format_args!("Replacement index {index} out of range for positional args tuple")))
            }
        },
        (Key::Name(name), Source::Mapping(mapping)) => {
            let name = Str::from_units(t, name)?;
            protocols::get_item(t, mapping, name.value())
        }
        (Key::Name(name), Source::Arguments(args)) => {
            let name = Str::from_units(t, name)?;
            args.keyword(name).ok_or_else(|| t.key_error(name.value()))
        }
    }
}

/// Return self%value.
#[native("__mod__($self, value, /)")]
pub fn str_mod(t: &Thread, this: Value, value: Value) -> R {
    match Str::of(t, this) {
        Some(format) => percent_format(t, format, value).map(Ref::value),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Return value%self.
#[native("__rmod__($self, value, /)")]
pub fn str_rmod(t: &Thread, this: Value, value: Value) -> R {
    match Str::of(t, value) {
        Some(format) => percent_format(t, format, this).map(Ref::value),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// The arguments of a `%` formatting, handed out in order.
pub struct PercentArguments {
    tuple: Option<Ref<Tuple>>,
    value: Value,
    next: usize,
    mapping: bool,
}

impl PercentArguments {
    /// The arguments in what stands right of the operator; text and bytes are no mappings although they have items.
    pub fn new(t: &Thread, value: Value) -> Self {
        let tuple = Tuple::of(t, value);
        let items = value.class(t).special(t, crate::names::Special::GetItem).is_some() || is_sequence(t, value);
        let texts = Str::of(t, value).is_some()
            || Bytes::of(t, value).is_some()
            || value.downcast::<crate::objects::ByteArray>().is_some();
        Self { tuple, value, next: 0, mapping: items && tuple.is_none() && !texts }
    }

    /// Whether keys are allowed.
    #[must_use]
    pub fn has_mapping(&self) -> bool {
        self.mapping
    }

    /// The next one.
    pub fn take(&mut self, t: &Thread) -> R {
        let index = self.next;
        self.next += 1;
        let value = match self.tuple {
            Some(tuple) => tuple.as_slice().get(index).copied(),
            None => (index == 0).then_some(self.value),
        };
        value.ok_or_else(|| t.type_error("not enough arguments for format string"))
    }

    /// The one under a key.
    pub fn by_key(&mut self, t: &Thread, key: Value) -> R {
        self.next = self.next.max(1);
        protocols::get_item(t, self.value, key)
    }

    /// TypeError if any is left over.
    pub fn finish(&self, t: &Thread, kind: &str) -> R<()> {
        let given = self.tuple.map_or(1, |tuple| tuple.len());
        if self.next < given && !self.mapping {
            return Err(t.type_error(format_args!("not all arguments converted during {kind} formatting")));
        }
        Ok(())
    }

    /// Width and precision, taken from arguments where the conversion has stars.
    pub fn amounts(&mut self, t: &Thread, conversion: &Conversion<'_>) -> R<Layouter> {
        let mut amount = |amount: Amount, limit: i64, kind: &str| match amount {
            Amount::None => Ok(None),
            Amount::Number(number) => Ok(Some(number as isize)),
            Amount::Argument => {
                let value = self.take(t)?;
                let Some(number) = int_of(value) else { return Err(t.type_error("* wants int")) };
                match number.to_i64().filter(|number| number.unsigned_abs() <= limit.unsigned_abs()) {
                    Some(number) => Ok(Some(number as isize)),
                    None => Err(t.overflow_error(format_args!("Python int too large to convert to C {kind}"))),
                }
            }
        };
        let width = amount(conversion.width, i64::MAX, "ssize_t")?;
        let precision = amount(conversion.precision, i64::from(i32::MAX), "int")?;
        Ok(Layouter::new(conversion.flags, width, precision))
    }
}

/// `format % value`.
pub fn percent_format(t: &Thread, format: Ref<Str>, value: Value) -> R<Ref<Str>> {
    let mut arguments = PercentArguments::new(t, value);
    let mut pieces = Format::of_str(format.target().units());
    let mut out = TextBuilder::with_capacity(format.len() + 16);
    while let Some(piece) = pieces.next(arguments.has_mapping()) {
        let piece = piece.map_err(|error| raise_format_error(t, error))?;
        out.push_units(piece.literal);
        let Some(conversion) = piece.conversion else { continue };
        convert(t, &conversion, &mut arguments, &mut out)?;
    }
    arguments.finish(t, "string")?;
    Str::from_owned(t, out.finish())
}

fn convert(t: &Thread, conversion: &Conversion<'_>, arguments: &mut PercentArguments, out: &mut TextBuilder) -> R<()> {
    let keyed = match conversion.key {
        Some(key) => {
            let key = Str::from_units(t, key)?;
            Some(arguments.by_key(t, key.value())?)
        }
        None => None,
    };
    let layouter = arguments.amounts(t, conversion)?;
    if conversion.kind == u32::from(b'%') && conversion.problem.is_none() {
        out.push_char(u32::from(b'%'));
        return Ok(());
    }
    if let Some(problem) = &conversion.problem {
        if matches!(problem, FormatError::Value(message) if message.starts_with("unsupported")) && keyed.is_none() {
            arguments.take(t)?;
        }
        return Err(raise_format_error(t, problem.clone()));
    }
    let value = match keyed {
        Some(value) => value,
        None => arguments.take(t)?,
    };
    let written = match u8::try_from(conversion.kind).unwrap_or(0) {
        b's' => layouter.text(protocols::str(t, value)?.units(), out),
        b'r' => layouter.text(protocols::repr(t, value)?.units(), out),
        b'a' => layouter.text(protocols::ascii(t, value)?.units(), out),
        b'c' => layouter.character(character(t, value)?, out),
        kind => return number(t, kind, value, &layouter, out),
    };
    written.map_err(|error| raise_format_error(t, error))
}

fn character(t: &Thread, value: Value) -> R<u32> {
    if let Some(text) = Str::of(t, value) {
        return match (text.units().first(), text.len()) {
            (Some(character), 1) => Ok(character),
            (_, length) => Err(t.type_error(format_args!(
                "%c requires an int or a unicode character, not a string of length {length}"
            ))),
        };
    }
    if !protocols::has_index(t, value) {
        let got = value.class(t).full_name(t);
        return Err(t.type_error(format_args!("%c requires an int or a unicode character, not {got}")));
    }
    match protocols::index_number(t, value)?.to_i64() {
        Some(code @ 0..=0x10_ffff) => Ok(code as u32),
        _ => Err(t.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// The conversions of numbers, which `bytes` has too.
pub fn number(t: &Thread, kind: u8, value: Value, layouter: &Layouter, out: &mut TextBuilder) -> R<()> {
    if matches!(kind, b'e' | b'E' | b'f' | b'F' | b'g' | b'G') {
        let number = protocols::float_of(t, value)?;
        return layouter.float(number, kind, out).map_err(|error| raise_format_error(t, error));
    }
    let integer = integer(t, kind, value)?;
    let Some(number) = int_of(integer) else { return Err(wrong_number(t, kind, value)) };
    layouter.integer(number, kind, digit_limit(t), out).map_err(|error| raise_format_error(t, error))
}

fn integer(t: &Thread, kind: u8, value: Value) -> R {
    if int_of(value).is_some() {
        return Ok(value);
    }
    if matches!(kind, b'o' | b'x' | b'X') {
        if !protocols::has_index(t, value) {
            return Err(wrong_number(t, kind, value));
        }
        return protocols::index(t, value);
    }
    let class = value.class(t);
    let numeric = [crate::names::Special::Int, crate::names::Special::Index, crate::names::Special::Float];
    if !numeric.iter().any(|&special| class.special(t, special).is_some()) {
        return Err(wrong_number(t, kind, value));
    }
    match protocols::int_conversion(t, value) {
        Ok(Some(integer)) => Ok(integer),
        Ok(None) => Err(wrong_number(t, kind, value)),
        Err(raised) => {
            t.catch(raised, t.classes().type_error)?;
            Err(wrong_number(t, kind, value))
        }
    }
}

#[cold]
fn wrong_number(t: &Thread, kind: u8, value: Value) -> Raised {
    let expected = if matches!(kind, b'o' | b'x' | b'X') { "an integer" } else { "a real number" };
    t.type_error(format_args!("%{} format: {expected} is required, not {}", char::from(kind), value.class(t).name()))
}
