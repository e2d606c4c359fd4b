//! `%` formatting of `str` and `bytes`: reading the format, and laying out converted values; no unsafe.
//!
//! The caller fetches arguments in the order of the fields: the mapping's key, the width, the precision, and only then
//! looks at [`Conversion::problem`], so that of two errors the one that CPython meets first is raised.

use super::FormatError;
use crate::floats::{Layout, Style, to_text};
use crate::ints::{self, IntRef};
use crate::units::Units;
use crate::{OwnedUnits, TextBuilder};

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    None,
    Number(usize),
    /// A `*`: the next argument, an integer (`TypeError: * wants int`), has it.
    Argument,
}

/// The flags between `%` and the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
}

/// One conversion, such as `%(name)-10.3f`.
#[derive(Clone, Debug)]
pub struct Conversion<'a> {
    pub key: Option<Units<'a>>,
    pub flags: Flags,
    pub width: Amount,
    pub precision: Amount,
    /// The conversion's character; 0 if `problem` is set before it was read. `%%` has `%` and takes no argument.
    pub kind: u32,
    /// What is wrong with it, to be raised after the arguments of its stars were fetched.
    pub problem: Option<FormatError>,
    /// Where it stands, for messages.
    pub index: usize,
}

/// A run of text, then a conversion unless the text is all.
#[derive(Clone, Debug)]
pub struct Piece<'a> {
    pub literal: Units<'a>,
    pub conversion: Option<Conversion<'a>>,
}

/// The pieces of a format. An error ends it.
pub struct Format<'a> {
    text: Units<'a>,
    at: usize,
    bytes: bool,
}

impl<'a> Format<'a> {
    /// The format of a `str`.
    pub fn of_str(text: Units<'a>) -> Self {
        Format { text, at: 0, bytes: false }
    }

    /// The format of a `bytes`, which knows `%b` too and words one message otherwise.
    pub fn of_bytes(text: &'a [u8]) -> Self {
        Format { text: Units::One(text), at: 0, bytes: true }
    }

    fn peek(&self) -> Option<u32> {
        self.text.try_get(self.at)
    }

    fn accept(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted.into());
        self.at += usize::from(found);
        found
    }

    /// The conversion after a `%`.
    fn conversion(&mut self, has_mapping: bool) -> Result<Conversion<'a>, FormatError> {
        let mut conversion = Conversion {
            key: None,
            flags: Flags::default(),
            width: Amount::None,
            precision: Amount::None,
            kind: 0,
            problem: None,
            index: self.at,
        };
        if self.accept(b'(') {
            if !has_mapping {
                return Err(FormatError::Type("format requires a mapping".into()));
            }
            conversion.key = Some(self.key()?);
        }
        conversion.flags = self.flags();
        conversion.problem = self.rest(&mut conversion).err();
        Ok(conversion)
    }

    /// The key up to its parenthesis; parentheses nest.
    fn key(&mut self) -> Result<Units<'a>, FormatError> {
        let (start, mut depth) = (self.at, 1);
        while let Some(c) = self.peek() {
            self.at += 1;
            match u8::try_from(c) {
                Ok(b'(') => depth += 1,
                Ok(b')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(self.text.slice(start, self.at - 1));
            }
        }
        FormatError::value("incomplete format key")
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.peek().and_then(|c| u8::try_from(c).ok()) {
                Some(b'-') => flags.left = true,
                Some(b'+') => flags.plus = true,
                Some(b' ') => flags.space = true,
                Some(b'#') => flags.alternate = true,
                Some(b'0') => flags.zero = true,
                _ => return flags,
            }
            self.at += 1;
        }
    }

    /// Width, precision and the conversion's character.
    fn rest(&mut self, conversion: &mut Conversion<'a>) -> Result<(), FormatError> {
        conversion.width = self.amount(isize::MAX as usize, "width too big")?;
        if self.accept(b'.') {
            let too_big = if self.bytes { "prec too big" } else { "precision too big" };
            conversion.precision = match self.amount(i32::MAX as usize, too_big)? {
                Amount::None => Amount::Number(0),
                amount => amount,
            };
        }
        if matches!(self.peek().and_then(char::from_u32), Some('h' | 'l' | 'L')) {
            self.at += 1;
        }
        let Some(kind) = self.peek() else { return FormatError::value("incomplete format") };
        self.at += 1;
        conversion.kind = kind;
        let plain_percent = kind == u32::from(b'%') && self.at == conversion.index + 1;
        let known = "diouxXeEfFgGcrsa".chars().any(|k| u32::from(k) == kind) || self.bytes && kind == u32::from(b'b');
        if plain_percent || known { Ok(()) } else { Err(self.unsupported(kind)) }
    }

    fn amount(&mut self, most: usize, too_big: &str) -> Result<Amount, FormatError> {
        if self.accept(b'*') {
            return Ok(Amount::Argument);
        }
        let mut amount = Amount::None;
        while let Some(digit @ 0x30..=0x39) = self.peek() {
            let so_far = if let Amount::Number(n) = amount { n } else { 0 };
            let digit = digit as usize - 0x30;
            if so_far > (most - digit) / 10 {
                return FormatError::value(too_big);
            }
            amount = Amount::Number(so_far * 10 + digit);
            self.at += 1;
        }
        Ok(amount)
    }

    fn unsupported(&self, kind: u32) -> FormatError {
        let shown = match char::from_u32(kind) {
            Some(c @ ' '..='~') => c,
            Some(c) if self.bytes && c <= '\x7f' => c,
            _ if self.bytes => return FormatError::Overflow("character argument not in range(0x110000)".into()),
            _ => '?',
        };
        FormatError::Value(format!("unsupported format character '{shown}' (0x{kind:x}) at index {}", self.at - 1))
    }

    /// The next piece; `has_mapping` says whether the arguments are a mapping, which keys need.
    pub fn next(&mut self, has_mapping: bool) -> Option<Result<Piece<'a>, FormatError>> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let rest = self.text.from(start);
        let Some(percent) = crate::search::find_char(rest, b'%'.into()) else {
            self.at = self.text.len();
            return Some(Ok(Piece { literal: rest, conversion: None }));
        };
        self.at = start + percent + 1;
        let literal = rest.slice(0, percent);
        Some(self.conversion(has_mapping).map(|conversion| Piece { literal, conversion: Some(conversion) }))
    }
}

/// A conversion with its width and precision known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layouter {
    pub flags: Flags,
    pub width: usize,
    pub precision: Option<usize>,
}

impl Layouter {
    /// Puts together flags and amounts; arguments of stars are given as they came. A negative width turns the text to the
    /// left, a negative precision counts as zero.
    pub fn new(mut flags: Flags, width: Option<isize>, precision: Option<isize>) -> Self {
        flags.left |= width.is_some_and(|w| w < 0);
        let width = width.map_or(0, isize::unsigned_abs);
        Layouter { flags, width, precision: precision.map(|p| p.max(0) as usize) }
    }

    /// `%s`, `%r`, `%a`, and `%b`: cut to the precision, padded with spaces.
    pub fn text(&self, text: Units<'_>, out: &mut TextBuilder) -> Result<(), FormatError> {
        let shown = text.slice(0, self.precision.map_or(text.len(), |p| p.min(text.len())));
        self.padded(shown, out)
    }

    /// `%c`: the precision does not matter.
    pub fn character(&self, c: u32, out: &mut TextBuilder) -> Result<(), FormatError> {
        self.padded(OwnedUnits::from_char(c).as_units(), out)
    }

    fn padded(&self, shown: Units<'_>, out: &mut TextBuilder) -> Result<(), FormatError> {
        let padding = self.width.saturating_sub(shown.len());
        let (left, right) = if self.flags.left { (0, padding) } else { (padding, 0) };
        out.try_push_repeated(0x20, left)?;
        out.push_units(shown);
        out.try_push_repeated(0x20, right)?;
        Ok(())
    }

    /// `%d`, `%i`, `%u`, `%o`, `%x`, `%X`. The limit is that on decimal digits.
    pub fn integer(&self, value: IntRef<'_>, kind: u8, limit: usize, out: &mut TextBuilder) -> Result<(), FormatError> {
        let (base, prefix) = match kind {
            b'o' => (8, "0o"),
            b'x' => (16, "0x"),
            b'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut text = match base {
            10 => ints::to_decimal(value, limit)
                .map_err(|ints::TooManyDigits| FormatError::Value(ints::digit_limit_message(limit, None)))?,
            _ => ints::to_base(value, base),
        };
        if kind == b'X' {
            text.make_ascii_uppercase();
        }
        let digits = text.trim_start_matches('-');
        let zeros = self.precision.map_or(0, |p| p.saturating_sub(digits.len()));
        let prefix = if self.flags.alternate { prefix } else { "" };
        self.number(value.is_negative(), prefix, zeros, digits, out)
    }

    /// `%e`, `%f`, `%g` and their capitals.
    pub fn float(&self, value: f64, kind: u8, out: &mut TextBuilder) -> Result<(), FormatError> {
        let layout = match kind.to_ascii_lowercase() {
            b'e' => Layout::Exponent,
            b'f' => Layout::Fixed,
            _ => Layout::General,
        };
        let precision = self.precision.unwrap_or(6);
        let (alternate, upper) = (self.flags.alternate, kind.is_ascii_uppercase());
        let text = to_text(value, Style { layout, precision, dot_zero: false, alternate, upper });
        let magnitude = text.trim_start_matches('-');
        self.number(magnitude.len() < text.len(), "", 0, magnitude, out)
    }

    fn number(
        &self,
        negative: bool,
        prefix: &str,
        zeros: usize,
        digits: &str,
        out: &mut TextBuilder,
    ) -> Result<(), FormatError> {
        let sign = match (negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        let padding = self.width.saturating_sub(sign.len() + prefix.len() + zeros + digits.len());
        let (left, middle, right) = match (self.flags.left, self.flags.zero) {
            (true, _) => (0, 0, padding),
            (false, true) => (0, padding, 0),
            (false, false) => (padding, 0, 0),
        };
        out.try_push_repeated(0x20, left)?;
        out.push_str(sign);
        out.push_str(prefix);
        out.try_push_repeated(0x30, middle + zeros)?;
        out.push_str(digits);
        out.try_push_repeated(0x20, right)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, bytes: bool) -> FormatError {
        let mut format = Format { bytes, ..Format::of_str(Units::One(text.as_bytes())) };
        loop {
            match format.next(true).expect("a problem") {
                Err(error) => return error,
                Ok(Piece { conversion: Some(Conversion { problem: Some(error), .. }), .. }) => return error,
                Ok(_) => {}
            }
        }
    }

    #[test]
    fn problems() {
        for (text, message) in [
            ("abc%", "incomplete format"),
            ("%(a", "incomplete format key"),
            ("%5.", "incomplete format"),
            ("%l", "incomplete format"),
            ("%z", "unsupported format character 'z' (0x7a) at index 1"),
            ("%-+ #0%", "unsupported format character '%' (0x25) at index 6"),
            ("%lld", "unsupported format character 'l' (0x6c) at index 2"),
            ("%9223372036854775808d", "width too big"),
            ("%.2147483648d", "precision too big"),
            ("x%\x01", "unsupported format character '?' (0x1) at index 2"),
            ("%(a)%", "unsupported format character '%' (0x25) at index 4"),
        ] {
            assert_eq!(problem(text, false), FormatError::Value(message.into()), "{text}");
        }
        assert_eq!(problem("%.2147483648d", true), FormatError::Value("prec too big".into()));
        let mut format = Format::of_str(Units::One(b"%(a)s"));
        assert_eq!(
            format.next(false).map(|p| p.err()),
            Some(Some(FormatError::Type("format requires a mapping".into())))
        );
    }

    #[test]
    fn pieces() {
        let mut format = Format::of_str(Units::One(b"a%%%(k(1))-*.3fb"));
        let first = format.next(true).expect("a piece").expect("good");
        assert_eq!(
            (first.literal.to_lossy().as_str(), first.conversion.expect("percent").kind),
            ("a", u32::from(b'%'))
        );
        let second = format.next(true).expect("a piece").expect("good").conversion.expect("a conversion");
        assert_eq!(second.key, Some(Units::One(b"k(1)")));
        assert_eq!((second.width, second.precision, second.flags.left), (Amount::Argument, Amount::Number(3), true));
        assert_eq!(format.next(true).expect("a piece").expect("good").literal, Units::One(b"b"));
        assert!(format.next(true).is_none());
    }

    #[test]
    fn layouts() {
        let laid = |spec: &str, value: i64| {
            let text = format!("%{spec}");
            let conversion = Format::of_str(Units::One(text.as_bytes()))
                .next(false)
                .expect("a piece")
                .expect("good")
                .conversion
                .expect("one");
            let amount = |a| if let Amount::Number(n) = a { Some(n as isize) } else { None };
            let layouter = Layouter::new(conversion.flags, amount(conversion.width), amount(conversion.precision));
            let mut out = TextBuilder::new();
            match conversion.kind as u8 {
                kind @ (b'd' | b'o' | b'x' | b'X') => layouter.integer(IntRef::Small(value), kind, 0, &mut out),
                kind => layouter.float(value as f64 / 8.0, kind, &mut out),
            }
            .expect("small");
            out.finish().as_units().to_lossy()
        };
        for (spec, value, expected) in [
            ("5d", 42, "   42"),
            ("-5d", 42, "42   "),
            ("05d", -42, "-0042"),
            ("-05d", 3, "3    "),
            ("+d", 1, "+1"),
            (".5d", -3, "-00003"),
            ("#.5x", 255, "0x000ff"),
            ("#o", 8, "0o10"),
            ("X", -255, "-FF"),
            ("#010X", 255, "0X000000FF"),
            ("08.3f", -12, "-001.500"),
            ("g", 1, "0.125"),
            ("10.2e", 8, "  1.00e+00"),
            ("#.0f", 8, "1."),
            (" d", 5, " 5"),
            ("08.3d", 5, "00000005"),
        ] {
            assert_eq!(laid(spec, value), expected, "{spec}");
        }
    }
}
