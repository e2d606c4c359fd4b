//! Formatting strings, integers, floats and complex numbers by a specification; no unsafe.
//!
//! An empty specification is the caller's: it means `str(value)`, which a subclass may have changed.

use std::borrow::Cow;

use super::number::{Parts, Separators, layout};
use super::spec::{Align, SignRule, Spec};
use super::{FormatError, Locale};
use crate::floats::{Layout, Style, to_text};
use crate::ints::{self, IntRef};
use crate::units::Units;
use crate::{OwnedUnits, TextBuilder};

/// `str.__format__`; the type's name is for messages.
pub fn format_str(value: Units<'_>, spec: Units<'_>, type_name: &str) -> Result<OwnedUnits, FormatError> {
    let spec = Spec::parse(spec, type_name, Align::Left, b's'.into())?;
    if spec.kind != u32::from(b's') {
        return spec.unknown_kind(type_name);
    }
    let refused = match spec.sign {
        SignRule::Space => Some("Space not allowed in string format specifier"),
        SignRule::Plus | SignRule::Minus => Some("Sign not allowed in string format specifier"),
        SignRule::Unset if spec.no_negative_zero => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        SignRule::Unset if spec.alternate => Some("Alternate form (#) not allowed in string format specifier"),
        SignRule::Unset if spec.align == Align::AfterSign => {
            Some("'=' alignment not allowed in string format specifier")
        }
        SignRule::Unset => None,
    };
    if let Some(message) = refused {
        return FormatError::value(message);
    }
    let shown = value.slice(0, spec.precision.map_or(value.len(), |p| p.min(value.len())));
    pad_text(shown, &spec)
}

fn pad_text(text: Units<'_>, spec: &Spec) -> Result<OwnedUnits, FormatError> {
    let width = spec.width.unwrap_or(0);
    let padding = width.saturating_sub(text.len());
    let (left, right) = match spec.align {
        Align::Left => (0, padding),
        Align::Center => (padding / 2, padding - padding / 2),
        Align::Right | Align::AfterSign => (padding, 0),
    };
    let mut out = TextBuilder::with_capacity(text.len());
    out.try_push_repeated(spec.fill, left)?;
    out.push_units(text);
    out.try_push_repeated(spec.fill, right)?;
    Ok(out.finish())
}

/// `int.__format__`. The limit is that on decimal digits.
pub fn format_int(
    value: IntRef<'_>,
    spec: Units<'_>,
    type_name: &str,
    limit: usize,
    locale: &Locale,
) -> Result<OwnedUnits, FormatError> {
    let spec = Spec::parse(spec, type_name, Align::Right, b'd'.into())?;
    match u8::try_from(spec.kind).unwrap_or(0) {
        b'b' | b'c' | b'd' | b'o' | b'x' | b'X' | b'n' => format_integer(value, &spec, limit, locale),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => match value.to_f64() {
            Some(value) => format_real(value, &spec, locale),
            None => Err(FormatError::Overflow("int too large to convert to float".into())),
        },
        _ => spec.unknown_kind(type_name),
    }
}

fn format_integer(value: IntRef<'_>, spec: &Spec, limit: usize, locale: &Locale) -> Result<OwnedUnits, FormatError> {
    if spec.precision.is_some() {
        return FormatError::value("Precision not allowed in integer format specifier");
    }
    if spec.no_negative_zero {
        return FormatError::value("Negative zero coercion (z) not allowed in integer format specifier");
    }
    let (base, prefix) = match spec.kind as u8 {
        b'c' => return format_character(value, spec),
        b'b' => (2, "0b"),
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut room = ints::SMALL_ROOM;
    let upper = spec.kind == u32::from(b'X');
    let text: Cow<'_, str> = match (value, base) {
        (IntRef::Small(value), _) if !upper => Cow::Borrowed(ints::small_text(value, base, &mut room)),
        (_, 10) => ints::to_decimal(value, limit)
            .map_err(|ints::TooManyDigits| FormatError::Value(ints::digit_limit_message(limit, None)))?
            .into(),
        _ if upper => ints::to_base(value, base).to_ascii_uppercase().into(),
        _ => ints::to_base(value, base).into(),
    };
    let digits = text.trim_start_matches('-');
    let prefix = if spec.alternate { prefix } else { "" };
    let parts = Parts { negative: value.is_negative(), prefix, digits, fraction: None, rest: "" };
    layout(&parts, spec, &Separators::of(spec, locale))
}

fn format_character(value: IntRef<'_>, spec: &Spec) -> Result<OwnedUnits, FormatError> {
    if spec.sign != SignRule::Unset {
        return FormatError::value("Sign not allowed with integer format specifier 'c'");
    }
    if spec.alternate {
        return FormatError::value("Alternate form (#) not allowed with integer format specifier 'c'");
    }
    match value.to_i64() {
        Some(c @ 0..=0x10_FFFF) => pad_text(OwnedUnits::from_char(c as u32).as_units(), spec),
        Some(_) => Err(FormatError::Overflow("%c arg not in range(0x110000)".into())),
        None => Err(FormatError::Overflow("Python int too large to convert to C long".into())),
    }
}

/// `float.__format__`.
pub fn format_float(value: f64, spec: Units<'_>, type_name: &str, locale: &Locale) -> Result<OwnedUnits, FormatError> {
    let spec = Spec::parse(spec, type_name, Align::Right, 0)?;
    match u8::try_from(spec.kind).unwrap_or(b'?') {
        0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%' => format_real(value, &spec, locale),
        _ => spec.unknown_kind(type_name),
    }
}

/// The style that a type and a precision name; a precision too big for C's `int` is refused.
fn style_of(spec: &Spec) -> Result<Style, FormatError> {
    let precision = spec.precision;
    if precision.is_some_and(|p| p > i32::MAX as usize) {
        return FormatError::value("precision too big");
    }
    let kind = spec.kind as u8;
    let (layout, dot_zero) = match kind.to_ascii_lowercase() {
        0 if precision.is_none() => (Layout::Repr, true),
        0 => (Layout::General, true),
        b'e' => (Layout::Exponent, false),
        b'f' | b'%' => (Layout::Fixed, false),
        _ => (Layout::General, false),
    };
    let upper = kind.is_ascii_uppercase();
    Ok(Style { layout, precision: precision.unwrap_or(6), dot_zero, alternate: spec.alternate, upper })
}

fn format_real(value: f64, spec: &Spec, locale: &Locale) -> Result<OwnedUnits, FormatError> {
    let style = style_of(spec)?;
    let percent = spec.kind == u32::from(b'%');
    let mut text = to_text(if percent { value * 100.0 } else { value }, style);
    if percent {
        text.push('%');
    }
    let (negative, magnitude) = sign_and_magnitude(&text, spec.no_negative_zero);
    layout(&Parts::of_float(magnitude, negative), spec, &Separators::of(spec, locale))
}

/// Splits off the minus sign, which a zero may be told to lose.
fn sign_and_magnitude(text: &str, no_negative_zero: bool) -> (bool, &str) {
    let Some(magnitude) = text.strip_prefix('-') else { return (false, text) };
    let mantissa = magnitude.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = mantissa.bytes().all(|b| matches!(b, b'0' | b'.' | b'%'));
    (!(no_negative_zero && is_zero), magnitude)
}

/// `complex.__format__`.
pub fn format_complex(
    real: f64,
    imaginary: f64,
    spec: Units<'_>,
    type_name: &str,
    locale: &Locale,
) -> Result<OwnedUnits, FormatError> {
    let spec = Spec::parse(spec, type_name, Align::Right, 0)?;
    if !matches!(u8::try_from(spec.kind).unwrap_or(b'?'), 0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n') {
        return spec.unknown_kind(type_name);
    }
    if spec.fill == 0x30 {
        return FormatError::value("Zero padding is not allowed in complex format specifier");
    }
    if spec.align == Align::AfterSign {
        return FormatError::value("'=' alignment flag is not allowed in complex format specifier");
    }
    let style = Style { dot_zero: false, ..style_of(&spec)? };
    let plain = spec.kind == 0;
    let skip_real = plain && real == 0.0 && real.is_sign_positive();
    let separators = Separators::of(&spec, locale);
    let part = |value: f64, sign: SignRule| {
        let text = to_text(value, style);
        let (negative, magnitude) = sign_and_magnitude(&text, spec.no_negative_zero);
        let spec = Spec { width: None, sign, ..spec };
        layout(&Parts::of_float(magnitude, negative), &spec, &separators)
    };
    let mut out = TextBuilder::new();
    let parentheses = plain && !skip_real;
    if parentheses {
        out.push_str("(");
    }
    if !skip_real {
        out.push_units(part(real, spec.sign)?.as_units());
    }
    let sign = if skip_real { spec.sign } else { SignRule::Plus };
    out.push_units(part(imaginary, sign)?.as_units());
    out.push_str(if parentheses { "j)" } else { "j" });
    pad_text(out.finish().as_units(), &spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;

    fn shown(result: Result<OwnedUnits, FormatError>) -> String {
        match result {
            Ok(text) => text.as_units().to_lossy(),
            Err(FormatError::Value(message) | FormatError::Overflow(message)) => format!("!{message}"),
            Err(error) => format!("{error:?}"),
        }
    }

    fn int(value: i64, spec: &str) -> String {
        shown(format_int(IntRef::Small(value), OwnedUnits::from(spec).as_units(), "int", 4300, &Locale::default()))
    }

    fn float(value: f64, spec: &str) -> String {
        shown(format_float(value, OwnedUnits::from(spec).as_units(), "float", &Locale::default()))
    }

    fn complex(value: (f64, f64), spec: &str) -> String {
        shown(format_complex(value.0, value.1, OwnedUnits::from(spec).as_units(), "complex", &Locale::default()))
    }

    fn text(value: &str, spec: &str) -> String {
        shown(format_str(OwnedUnits::from(value).as_units(), OwnedUnits::from(spec).as_units(), "str"))
    }

    #[test]
    fn integers() {
        for (value, spec, expected) in [
            (5, "020,", "0,000,000,000,000,005"),
            (5, "#020_b", "0b000_0000_0000_0101"),
            (-1234567, ",", "-1,234,567"),
            (5, "+=10", "+++++++++5"),
            (5, ".2%", "500.00%"),
            (65, "5c", "    A"),
            (255, "#X", "0XFF"),
            (-255, "#x", "-0xff"),
            (1234, "010,", "00,001,234"),
            (12345678, "_x", "bc_614e"),
            (5, "^5", "  5  "),
            (5, "e", "5.000000e+00"),
            (5, "é", "!Unknown format code '\\xe9' for object of type 'int'"),
            (5, ",x", "!Cannot specify ',' with 'x'."),
            (5, ".3d", "!Precision not allowed in integer format specifier"),
            (-5, "c", "!%c arg not in range(0x110000)"),
            (5, ",_", "!Cannot specify both ',' and '_'."),
            (5, "dd", "!Invalid format specifier 'dd' for object of type 'int'"),
            (5, ".", "!Format specifier missing precision"),
            (5, "._f", "5.000_000"),
            (5, ".3_n", "!Cannot specify '_' with 'n'."),
            (5, "99999999999999999999d", "!Too many decimal digits in format string"),
            (42, "€>6", "€€€€42"),
            (3, " ", " 3"),
            (5, "._5f", "!Invalid format specifier '._5f' for object of type 'int'"),
            (5, "n", "5"),
            (5, ",,", "!Cannot specify ',' with ','."),
        ] {
            assert_eq!(int(value, spec), expected, "{value} {spec}");
        }
        let big = BigInt::from(10).pow(20);
        assert_eq!(
            shown(format_int(
                IntRef::Big(crate::digits::BigDigits::of(&big).as_ref()),
                Units::One(b",d"),
                "int",
                0,
                &Locale::default()
            )),
            "100,000,000,000,000,000,000"
        );
    }

    #[test]
    fn floats() {
        for (value, spec, expected) in [
            (1.5, "020,", "00,000,000,000,001.5"),
            (1.5, "10.3", "       1.5"),
            (1.5, "#.3", "1.50"),
            (0.1 + 0.2, ".17g", "0.30000000000000004"),
            (1e22, "", "1e+22"),
            (1.0, ".1", "1e+00"),
            (1.0, ".2", "1.0"),
            (123456.0, ".3", "1.23e+05"),
            (-0.0, "z.1f", "0.0"),
            (-0.04, "z.1f", "0.0"),
            (-0.04, ".1f", "-0.0"),
            (f64::NAN, "010", "0000000nan"),
            (f64::INFINITY, "F", "INF"),
            (f64::NEG_INFINITY, "+010,.2f", "-000000inf"),
            (1234567.891, ",.2f", "1,234,567.89"),
            (0.123456789, ".9,f", "0.123,456,789"),
            (1.5, "0=10", "00000001.5"),
            (0.5, "%", "50.000000%"),
            (1e-7, "g", "1e-07"),
            (123456789.0, "g", "1.23457e+08"),
            (100000.0, "g", "100000"),
            (0.0001, "g", "0.0001"),
            (1.0, "#g", "1.00000"),
            (2.5, ".0f", "2"),
            (2.5, "#.0f", "2."),
            (2.5, ".0e", "2e+00"),
            (1.0, "#.0e", "1.e+00"),
            (1e100, ".3E", "1.000E+100"),
            (3.0, "n", "3"),
            (1.5, "d", "!Unknown format code 'd' for object of type 'float'"),
            (1.5, ".2147483648f", "!precision too big"),
            (0.0, "e", "0.000000e+00"),
            (0.0, "#g", "0.00000"),
            (0.0, ".0g", "0"),
            (1.0, "#", "1.0"),
            (1e16, "#", "1.e+16"),
            (1.5, "+", "+1.5"),
            (12345.678, "_", "12_345.678"),
        ] {
            assert_eq!(float(value, spec), expected, "{value} {spec}");
        }
        assert_eq!(float(0.1, ".1200f").len(), 1202);
        assert!(float(1e300, ",.0f").starts_with("1,000,000,000,000,000,052,504,760,255,204,420,248,704,468,581,108"));
    }

    #[test]
    fn complexes() {
        for (value, spec, expected) in [
            ((0.0, 1.0), "", "1j"),
            ((0.0, 1.0), "+", "+1j"),
            ((0.0, 1.0), "#", "1.j"),
            ((1.0, -2.0), "", "(1-2j)"),
            ((0.0, 1.0), "z.1f", "0.0+1.0j"),
            ((0.0, 1.0), "<<5", "1j<<<"),
            ((0.0, 1.0), "10.3", "        1j"),
            ((0.0, 1.0), "#.3", "1.00j"),
            ((0.0, 1.0), "n", "0+1j"),
            ((0.0, 1.0), "._f", "0.000_000+1.000_000j"),
            ((0.0, 1.0), "05", "!Zero padding is not allowed in complex format specifier"),
            ((0.0, 1.0), "=5", "!'=' alignment flag is not allowed in complex format specifier"),
            ((1.5, 2.0), ">12", "    (1.5+2j)"),
            ((0.0, 1.0), "%", "!Unknown format code '%' for object of type 'complex'"),
            ((1234.5, -0.0), ",.1f", "1,234.5-0.0j"),
        ] {
            assert_eq!(complex(value, spec), expected, "{value:?} {spec}");
        }
    }

    #[test]
    fn strings() {
        for (value, spec, expected) in [
            ("s", "05", "s0000"),
            ("s", "*^4", "*s**"),
            ("abc", ".2", "ab"),
            ("é", ">3s", "  é"),
            ("s", "-", "!Sign not allowed in string format specifier"),
            ("s", " ", "!Space not allowed in string format specifier"),
            ("s", "#", "!Alternate form (#) not allowed in string format specifier"),
            ("s", "=5", "!'=' alignment not allowed in string format specifier"),
            ("s", "z", "!Negative zero coercion (z) not allowed in string format specifier"),
            ("s", "d", "!Unknown format code 'd' for object of type 'str'"),
            ("s", ".3,", "s"),
            ("s", "zd", "!Unknown format code 'd' for object of type 'str'"),
        ] {
            assert_eq!(text(value, spec), expected, "{value} {spec}");
        }
    }
}
