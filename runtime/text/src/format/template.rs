//! Taking apart the string that `str.format` is called on; no unsafe.
//!
//! [`Template`] gives literals and replacement fields; [`FieldName`] takes a field's name apart. A field whose
//! specification holds fields itself (`nested`) has it formatted first, at most one level deep.

use super::FormatError;
use super::spec::read_integer;
use crate::units::Units;
use crate::with_units;

/// A piece of a template: text, then a field unless the text is all.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    pub literal: Units<'a>,
    pub field: Option<Field<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub name: Units<'a>,
    pub conversion: Option<u32>,
    pub spec: Units<'a>,
    /// Whether the specification has replacement fields.
    pub nested: bool,
}

/// The pieces of a template, in order.
pub struct Template<'a> {
    text: Units<'a>,
    at: usize,
}

const OPEN: u32 = '{' as u32;
const CLOSE: u32 = '}' as u32;
const OPEN_BRACKET: u32 = '[' as u32;
const CLOSE_BRACKET: u32 = ']' as u32;
const DOT: u32 = '.' as u32;
const COLON: u32 = ':' as u32;
const BANG: u32 = '!' as u32;

impl<'a> Template<'a> {
    pub fn new(text: Units<'a>) -> Self {
        Template { text, at: 0 }
    }

    fn take(&mut self) -> Option<u32> {
        let c = self.text.try_get(self.at)?;
        self.at += 1;
        Some(c)
    }

    fn piece(&mut self) -> Result<Piece<'a>, FormatError> {
        let start = self.at;
        let brace = loop {
            match self.take() {
                None => return Ok(Piece { literal: self.text.slice(start, self.at), field: None }),
                Some(c @ (OPEN | CLOSE)) => break c,
                Some(_) => {}
            }
        };
        let next = self.text.try_get(self.at);
        if next == Some(brace) {
            // A doubled brace: the literal keeps the first.
            self.at += 1;
            return Ok(Piece { literal: self.text.slice(start, self.at - 1), field: None });
        }
        if brace == CLOSE {
            return FormatError::value("Single '}' encountered in format string");
        }
        if next.is_none() {
            return FormatError::value("Single '{' encountered in format string");
        }
        let literal = self.text.slice(start, self.at - 1);
        Ok(Piece { literal, field: Some(self.field()?) })
    }

    fn field(&mut self) -> Result<Field<'a>, FormatError> {
        let start = self.at;
        let end = loop {
            match self.take() {
                Some(OPEN) => return FormatError::value("unexpected '{' in field name"),
                Some(OPEN_BRACKET) => self.skip_to_bracket(),
                Some(c @ (CLOSE | COLON | BANG)) => break c,
                Some(_) => {}
                None => return FormatError::value("expected '}' before end of string"),
            }
        };
        let mut field =
            Field { name: self.text.slice(start, self.at - 1), conversion: None, spec: Units::EMPTY, nested: false };
        if end == CLOSE {
            return Ok(field);
        }
        if end == BANG {
            field.conversion = self.take();
            if field.conversion.is_none() {
                return FormatError::value("end of string while looking for conversion specifier");
            }
            match self.take() {
                Some(CLOSE) => return Ok(field),
                Some(COLON) | None => {}
                Some(_) => return FormatError::value("expected ':' after conversion specifier"),
            }
        }
        (field.spec, field.nested) = self.spec()?;
        Ok(field)
    }

    /// Moves up to a closing bracket: what is in brackets may hold any other character.
    fn skip_to_bracket(&mut self) {
        while self.text.try_get(self.at).is_some_and(|c| c != CLOSE_BRACKET) {
            self.at += 1;
        }
    }

    /// The specification up to its closing brace, and whether it has fields.
    fn spec(&mut self) -> Result<(Units<'a>, bool), FormatError> {
        let (start, mut depth, mut nested) = (self.at, 1, false);
        loop {
            match self.take() {
                Some(OPEN) => {
                    nested = true;
                    depth += 1;
                }
                Some(CLOSE) => depth -= 1,
                Some(_) => {}
                None => return FormatError::value("unmatched '{' in format spec"),
            }
            if depth == 0 {
                return Ok((self.text.slice(start, self.at - 1), nested));
            }
        }
    }
}

impl<'a> Iterator for Template<'a> {
    type Item = Result<Piece<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.at = self.text.len();
        }
        Some(piece)
    }
}

/// A key in a field's name: `a` and `0` as in `{a[0]}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    Index(usize),
    Name(Units<'a>),
}

/// What follows the first key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    Attribute(Units<'a>),
    Item(Key<'a>),
}

/// A field's name: the first key (none is given for automatic numbering), then an iterator of accesses.
pub struct FieldName<'a> {
    pub first: Option<Key<'a>>,
    rest: Units<'a>,
    at: usize,
}

fn key(text: Units<'_>) -> Result<Key<'_>, FormatError> {
    let mut at = 0;
    let index = with_units!(text, units => read_integer(units, &mut at))?;
    Ok(index.filter(|_| at == text.len()).map_or(Key::Name(text), Key::Index))
}

impl<'a> FieldName<'a> {
    pub fn parse(name: Units<'a>) -> Result<Self, FormatError> {
        let end = name.iter().position(|c| matches!(c, DOT | OPEN_BRACKET)).unwrap_or(name.len());
        let first = name.slice(0, end);
        let first = if first.is_empty() { None } else { Some(key(first)?) };
        Ok(FieldName { first, rest: name.from(end), at: 0 })
    }

    fn access(&mut self) -> Result<Access<'a>, FormatError> {
        let opener = self.rest.get(self.at);
        let after = self.rest.from(self.at + 1);
        let (access, used) = match opener {
            DOT => {
                let end = after.iter().position(|c| matches!(c, DOT | OPEN_BRACKET)).unwrap_or(after.len());
                (Access::Attribute(after.slice(0, end)), end)
            }
            OPEN_BRACKET => {
                let Some(end) = after.iter().position(|c| c == CLOSE_BRACKET) else {
                    return FormatError::value("Missing ']' in format string");
                };
                (Access::Item(key(after.slice(0, end))?), end + 1)
            }
            _ => return FormatError::value("Only '.' or '[' may follow ']' in format field specifier"),
        };
        if matches!(access, Access::Attribute(name) | Access::Item(Key::Name(name)) if name.is_empty()) {
            return FormatError::value("Empty attribute in format string");
        }
        self.at += 1 + used;
        Ok(access)
    }
}

impl<'a> Iterator for FieldName<'a> {
    type Item = Result<Access<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.rest.len() {
            return None;
        }
        let access = self.access();
        if access.is_err() {
            self.at = self.rest.len();
        }
        Some(access)
    }
}

/// Counts fields without a number, and sees to it that a template does not mix them with numbered ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    #[default]
    Unknown,
    Automatic(usize),
    Manual,
}

impl Numbering {
    /// The key of a field, given what its name starts with.
    pub fn resolve<'a>(&mut self, first: Option<Key<'a>>) -> Result<Key<'a>, FormatError> {
        match (first, *self) {
            (Some(name @ Key::Name(_)), _) => Ok(name),
            (None, Numbering::Manual) => {
                FormatError::value("cannot switch from manual field specification to automatic field numbering")
            }
            (Some(Key::Index(_)), Numbering::Automatic(_)) => {
                FormatError::value("cannot switch from automatic field numbering to manual field specification")
            }
            (Some(index), _) => {
                *self = Numbering::Manual;
                Ok(index)
            }
            (None, numbering) => {
                let next = if let Numbering::Automatic(next) = numbering { next } else { 0 };
                *self = Numbering::Automatic(next + 1);
                Ok(Key::Index(next))
            }
        }
    }
}

/// The error for a conversion other than `r`, `s` and `a`.
pub fn unknown_conversion(conversion: u32) -> FormatError {
    FormatError::Value(match char::from_u32(conversion) {
        Some(c @ '!'..='\x7e') => format!("Unknown conversion specifier {c}"),
        _ => format!("Unknown conversion specifier \\x{conversion:x}"),
    })
}

/// The error for fields nested too deep.
pub fn too_deep() -> FormatError {
    FormatError::Value("Max string recursion exceeded".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OwnedUnits;

    fn pieces(text: &str) -> String {
        let text = OwnedUnits::from(text);
        let mut shown = String::new();
        for piece in Template::new(text.as_units()) {
            match piece {
                Ok(Piece { literal, field }) => {
                    shown += &literal.to_lossy();
                    if let Some(f) = field {
                        let conversion = f.conversion.map_or(String::new(), |c| format!("!{}", c as u8 as char));
                        shown += &format!(
                            "<{}{conversion}:{}{}>",
                            f.name.to_lossy(),
                            f.spec.to_lossy(),
                            if f.nested { "*" } else { "" }
                        );
                    }
                }
                Err(FormatError::Value(message)) => shown += &format!("!! {message}"),
                Err(error) => shown += &format!("{error:?}"),
            }
        }
        shown
    }

    #[test]
    fn templates() {
        for (text, expected) in [
            ("a{}b{{c}}", "a<:>b{c}"),
            ("{0!r:>{w}}|{a.b[c]}", "<0!r:>{w}*>|<a.b[c]:>"),
            ("{a[}]}", "<a[}]:>"),
            ("}", "!! Single '}' encountered in format string"),
            ("a{", "a!! Single '{' encountered in format string"),
            ("{", "!! Single '{' encountered in format string"),
            ("{a", "!! expected '}' before end of string"),
            ("{a:", "!! unmatched '{' in format spec"),
            ("{!", "!! end of string while looking for conversion specifier"),
            ("{!r", "!! unmatched '{' in format spec"),
            ("{!rx}", "!! expected ':' after conversion specifier"),
            ("{a{}}", "!! unexpected '{' in field name"),
            ("{a[x}", "!! expected '}' before end of string"),
        ] {
            assert_eq!(pieces(text).replace("a!!", "!!"), expected.replace("a!!", "!!"), "{text}");
        }
    }

    #[test]
    fn names() {
        let name = FieldName::parse(Units::One(b"0.a[b][12]")).expect("good");
        assert_eq!(name.first, Some(Key::Index(0)));
        let accesses: Result<Vec<_>, _> = name.collect();
        let expected = vec![
            Access::Attribute(Units::One(b"a")),
            Access::Item(Key::Name(Units::One(b"b"))),
            Access::Item(Key::Index(12)),
        ];
        assert_eq!(accesses, Ok(expected));
        for (text, message) in [
            ("a.", "Empty attribute in format string"),
            ("a[]", "Empty attribute in format string"),
            ("a[", "Missing ']' in format string"),
            ("a[b]c", "Only '.' or '[' may follow ']' in format field specifier"),
        ] {
            let name = FieldName::parse(Units::One(text.as_bytes())).expect("the first key is good");
            let last = name.last().expect("an access").expect_err("bad");
            assert_eq!(last, FormatError::Value(message.into()));
        }
        let mut numbering = Numbering::default();
        assert_eq!(numbering.resolve(None), Ok(Key::Index(0)));
        assert_eq!(numbering.resolve(None), Ok(Key::Index(1)));
        assert!(numbering.resolve(Some(Key::Index(0))).is_err());
    }
}
