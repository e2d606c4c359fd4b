//! Reading a format specification: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`; no unsafe.

use super::FormatError;
use crate::unicode;
use crate::units::{Unit, Units};
use crate::with_units;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    Center,
    /// Padding between the sign and the digits.
    AfterSign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignRule {
    /// No sign was asked for.
    Unset,
    Minus,
    Plus,
    Space,
}

/// What stands between groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    None,
    Comma,
    Underscore,
    /// Underscores between groups of four, for the bases that are powers of two.
    UnderscoreFour,
}

impl Grouping {
    fn character(self) -> char {
        if self == Grouping::Comma { ',' } else { '_' }
    }
}

/// A specification taken apart. `kind` is the type's character, 0 if none was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    pub fill: u32,
    pub align: Align,
    pub sign: SignRule,
    pub no_negative_zero: bool,
    pub alternate: bool,
    pub width: Option<usize>,
    pub grouping: Grouping,
    pub precision: Option<usize>,
    pub fraction_grouping: Grouping,
    pub kind: u32,
}

struct Reader<'a, U> {
    text: &'a [U],
    at: usize,
}

impl<U: Unit> Reader<'_, U> {
    fn get(&self, index: usize) -> Option<u32> {
        self.text.get(index).map(|&unit| unit.into())
    }

    fn peek(&self) -> Option<char> {
        self.get(self.at).map(|c| char::from_u32(c).unwrap_or('\u{FFFD}'))
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Decimal digits, if there are any.
    fn integer(&mut self) -> Result<Option<usize>, FormatError> {
        read_integer(self.text, &mut self.at)
    }

    fn grouping(&mut self) -> Result<Grouping, FormatError> {
        let grouping = if self.accept(',') {
            Grouping::Comma
        } else if self.accept('_') {
            Grouping::Underscore
        } else {
            return Ok(Grouping::None);
        };
        let other = if grouping == Grouping::Comma { '_' } else { ',' };
        if self.peek() == Some(other) {
            return FormatError::value("Cannot specify both ',' and '_'.");
        }
        Ok(grouping)
    }
}

/// Decimal digits of any script from an index on, which moves past them.
pub(super) fn read_integer<U: Unit>(text: &[U], at: &mut usize) -> Result<Option<usize>, FormatError> {
    let decimal = |c: u32| match c {
        0x30..=0x39 => Some((c - 0x30) as u8),
        0..0x80 => None,
        _ => unicode::decimal(c),
    };
    let mut value = None;
    while let Some(digit) = text.get(*at).and_then(|&unit| decimal(unit.into())) {
        let next = value.unwrap_or(0isize).checked_mul(10).and_then(|v| v.checked_add(digit.into()));
        if next.is_none() {
            return FormatError::value("Too many decimal digits in format string");
        }
        value = next;
        *at += 1;
    }
    Ok(value.map(isize::unsigned_abs))
}

fn align_of(c: Option<u32>) -> Option<Align> {
    match char::from_u32(c?)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

impl Spec {
    /// Reads a specification for a value of a type whose name errors mention.
    pub fn parse(
        text: Units<'_>,
        type_name: &str,
        default_align: Align,
        default_kind: u32,
    ) -> Result<Spec, FormatError> {
        with_units!(text, units => Self::parse_units(units, type_name, default_align, default_kind))
    }

    fn parse_units<U: Unit>(
        text: &[U],
        type_name: &str,
        default_align: Align,
        default_kind: u32,
    ) -> Result<Spec, FormatError> {
        let mut reader = Reader { text, at: 0 };
        let mut spec = Spec {
            fill: 0x20,
            align: default_align,
            sign: SignRule::Unset,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: Grouping::None,
            precision: None,
            fraction_grouping: Grouping::None,
            kind: default_kind,
        };
        spec.read_alignment(&mut reader, default_align)?;
        spec.width = reader.integer()?;
        spec.grouping = reader.grouping()?;
        if reader.accept('.') {
            spec.precision = reader.integer()?;
            spec.fraction_grouping = reader.grouping()?;
            if spec.precision.is_none() && spec.fraction_grouping == Grouping::None {
                return FormatError::value("Format specifier missing precision");
            }
        }
        match text.len() - reader.at {
            0 => {}
            1 => spec.kind = text[reader.at].into(),
            _ => {
                let text = U::wrap(text).to_lossy();
                return FormatError::value(format!(
                    "Invalid format specifier '{text}' for object of type '{type_name}'"
                ));
            }
        }
        spec.check_grouping()?;
        Ok(spec)
    }

    /// Fill, alignment, sign and flags.
    fn read_alignment<U: Unit>(&mut self, reader: &mut Reader<'_, U>, default_align: Align) -> Result<(), FormatError> {
        let (mut filled, mut aligned) = (false, true);
        if let Some(align) = align_of(reader.get(1)) {
            (self.fill, self.align, filled) = (reader.get(0).unwrap_or(0x20), align, true);
            reader.at = 2;
        } else if let Some(align) = align_of(reader.get(0)) {
            self.align = align;
            reader.at = 1;
        } else {
            aligned = false;
        }
        self.sign = match reader.peek() {
            Some('+') => SignRule::Plus,
            Some('-') => SignRule::Minus,
            Some(' ') => SignRule::Space,
            _ => SignRule::Unset,
        };
        reader.at += usize::from(self.sign != SignRule::Unset);
        self.no_negative_zero = reader.accept('z');
        self.alternate = reader.accept('#');
        if !filled && reader.accept('0') {
            self.fill = 0x30;
            if !aligned && default_align == Align::Right {
                self.align = Align::AfterSign;
            }
        }
        Ok(())
    }

    /// Grouping goes with decimal types, underscores also with the other bases; that of fractions with all but `n`.
    fn check_grouping(&mut self) -> Result<(), FormatError> {
        let kind = char::from_u32(self.kind).unwrap_or('\u{FFFD}');
        let refused = match (self.grouping, kind) {
            (Grouping::None, _) | (_, 'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0') => Grouping::None,
            (Grouping::Underscore, 'b' | 'o' | 'x' | 'X') => {
                self.grouping = Grouping::UnderscoreFour;
                Grouping::None
            }
            (grouping, _) => grouping,
        };
        let refused = if kind == 'n' && refused == Grouping::None { self.fraction_grouping } else { refused };
        if refused == Grouping::None {
            return Ok(());
        }
        FormatError::value(format!("Cannot specify '{}' with '{}'.", refused.character(), shown_kind(self.kind)))
    }

    /// The error for a type that the value does not have.
    pub(super) fn unknown_kind<T>(&self, type_name: &str) -> Result<T, FormatError> {
        let kind = shown_kind(self.kind);
        FormatError::value(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
    }
}

fn shown_kind(kind: u32) -> String {
    match char::from_u32(kind) {
        Some(c @ '!'..='\x7f') => c.to_string(),
        _ => format!("\\x{kind:x}"),
    }
}
