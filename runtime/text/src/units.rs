//! Views and owned buffers of the units of a string: one, two or four bytes each; no unsafe.
//!
//! An [`OwnedUnits`] is canonical: it has the narrowest width that holds its largest character. A [`Units`] may be
//! wider than it needs to be (a slice of a wider string), so every comparison looks at values, never at widths.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A borrowed string: Latin-1, UCS-2 or UCS-4 units, surrogates included.
#[derive(Clone, Copy)]
pub enum Units<'a> {
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

/// An owned string in the narrowest width that holds it.
#[derive(Clone)]
pub enum OwnedUnits {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

/// What the three kinds of unit share, so that an algorithm is written once.
pub trait Unit: Copy + Eq + Ord + Into<u32> + bytemuck::Pod {
    /// The largest value of a unit of this width.
    const MAX: u32;

    /// The unit of this value, which the caller knows to fit.
    fn truncate(value: u32) -> Self;

    fn wrap(units: &[Self]) -> Units<'_>;

    fn own(units: Vec<Self>) -> OwnedUnits;
}

macro_rules! unit {
    ($kind:ty, $variant:ident, $max:expr) => {
        impl Unit for $kind {
            const MAX: u32 = $max;

            #[inline(always)]
            fn truncate(value: u32) -> Self {
                value as $kind
            }

            #[inline(always)]
            fn wrap(units: &[Self]) -> Units<'_> {
                Units::$variant(units)
            }

            #[inline(always)]
            fn own(units: Vec<Self>) -> OwnedUnits {
                OwnedUnits::$variant(units)
            }
        }
    };
}

unit!(u8, One, 0xFF);
unit!(u16, Two, 0xFFFF);
unit!(u32, Four, 0x10_FFFF);

/// Runs one expression with the slice of whatever width the units have.
#[macro_export]
macro_rules! with_units {
    ($units:expr, $slice:ident => $body:expr) => {
        match $units {
            $crate::Units::One($slice) => $body,
            $crate::Units::Two($slice) => $body,
            $crate::Units::Four($slice) => $body,
        }
    };
}

/// The widths, ordered from narrow to wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Width {
    One,
    Two,
    Four,
}

impl Width {
    /// The narrowest width that holds this character.
    #[inline]
    pub fn of(character: u32) -> Width {
        match character {
            0..=0xFF => Width::One,
            0x100..=0xFFFF => Width::Two,
            _ => Width::Four,
        }
    }

    /// Bytes in a unit.
    pub fn bytes(self) -> usize {
        match self {
            Width::One => 1,
            Width::Two => 2,
            Width::Four => 4,
        }
    }
}

impl<'a> Units<'a> {
    pub const EMPTY: Units<'static> = Units::One(&[]);

    /// The units of a string that is known to be ASCII or Latin-1 encoded already.
    pub fn latin1(bytes: &'a [u8]) -> Self {
        Units::One(bytes)
    }

    /// The units of a Rust string without copying, if it is ASCII.
    pub fn from_ascii(text: &'a str) -> Option<Self> {
        text.is_ascii().then_some(Units::One(text.as_bytes()))
    }

    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, s => s.len())
    }

    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn width(self) -> Width {
        match self {
            Units::One(_) => Width::One,
            Units::Two(_) => Width::Two,
            Units::Four(_) => Width::Four,
        }
    }

    /// The character at an index that is in range.
    #[inline]
    pub fn get(self, index: usize) -> u32 {
        match self {
            Units::One(s) => s[index].into(),
            Units::Two(s) => s[index].into(),
            Units::Four(s) => s[index],
        }
    }

    /// The character at an index, if it is in range.
    #[inline]
    pub fn try_get(self, index: usize) -> Option<u32> {
        match self {
            Units::One(s) => s.get(index).map(|&u| u.into()),
            Units::Two(s) => s.get(index).map(|&u| u.into()),
            Units::Four(s) => s.get(index).copied(),
        }
    }

    pub fn first(self) -> Option<u32> {
        self.try_get(0)
    }

    pub fn last(self) -> Option<u32> {
        self.len().checked_sub(1).and_then(|i| self.try_get(i))
    }

    /// The units from `start` to `end`, both in range and in order.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> Units<'a> {
        match self {
            Units::One(s) => Units::One(&s[start..end]),
            Units::Two(s) => Units::Two(&s[start..end]),
            Units::Four(s) => Units::Four(&s[start..end]),
        }
    }

    #[inline]
    pub fn from(self, start: usize) -> Units<'a> {
        self.slice(start, self.len())
    }

    #[inline]
    pub fn iter(self) -> UnitsIter<'a> {
        UnitsIter { units: self, front: 0, back: self.len() }
    }

    /// The units as raw bytes in the machine's order, as hashing sees them.
    pub fn as_bytes(self) -> &'a [u8] {
        match self {
            Units::One(s) => s,
            Units::Two(s) => bytemuck::cast_slice(s),
            Units::Four(s) => bytemuck::cast_slice(s),
        }
    }

    /// The text, if all of it is ASCII; no copy.
    pub fn as_ascii(self) -> Option<&'a str> {
        match self {
            Units::One(s) if s.is_ascii() => std::str::from_utf8(s).ok(),
            _ => None,
        }
    }

    pub fn is_ascii(self) -> bool {
        match self {
            Units::One(s) => s.is_ascii(),
            _ => self.bits() < 0x80,
        }
    }

    /// All characters or-ed together: enough to know the width that they need.
    #[inline]
    pub fn bits(self) -> u32 {
        match self {
            Units::One(s) => {
                if s.is_ascii() {
                    0x7F
                } else {
                    0xFF
                }
            }
            Units::Two(s) => s.iter().fold(0u16, |bits, &u| bits | u).into(),
            Units::Four(s) => s.iter().fold(0, |bits, &u| bits | u),
        }
    }

    /// The largest character; 0 for the empty string.
    pub fn max_char(self) -> u32 {
        with_units!(self, s => s.iter().copied().max().map_or(0, Into::into))
    }

    /// The narrowest width that holds these characters.
    #[inline]
    pub fn needed_width(self) -> Width {
        match self {
            Units::One(_) => Width::One,
            _ => Width::of(self.bits()),
        }
    }

    /// A copy in the narrowest width.
    pub fn to_canonical(self) -> OwnedUnits {
        self.to_width(self.needed_width())
    }

    /// A copy in a width that holds all characters.
    pub fn to_width(self, width: Width) -> OwnedUnits {
        match width {
            Width::One => OwnedUnits::One(self.to_vec()),
            Width::Two => OwnedUnits::Two(self.to_vec()),
            Width::Four => OwnedUnits::Four(self.to_vec()),
        }
    }

    /// The units as a vector of a width that the caller knows to hold them.
    pub fn to_vec<U: Unit>(self) -> Vec<U> {
        let mut units = Vec::with_capacity(self.len());
        self.append_to(&mut units);
        units
    }

    /// Appends the units to a vector whose width the caller knows to hold them.
    pub fn append_to<U: Unit>(self, target: &mut Vec<U>) {
        fn convert<F: Unit, U: Unit>(from: &[F], target: &mut Vec<U>) {
            if F::MAX == U::MAX {
                target.extend_from_slice(bytemuck::cast_slice(from));
            } else {
                target.extend(from.iter().map(|&u| U::truncate(u.into())));
            }
        }
        with_units!(self, s => convert(s, target));
    }

    /// Whether the two hold the same characters.
    #[inline]
    pub fn equals(self, other: Units<'_>) -> bool {
        fn same<A: Unit, B: Unit>(a: &[A], b: &[B]) -> bool {
            a.iter().zip(b).all(|(&a, &b)| a.into() == b.into())
        }
        if self.len() != other.len() {
            return false;
        }
        match (self, other) {
            (Units::One(a), Units::One(b)) => a == b,
            (Units::Two(a), Units::Two(b)) => a == b,
            (Units::Four(a), Units::Four(b)) => a == b,
            (a, b) => with_units!(a, a => with_units!(b, b => same(a, b))),
        }
    }

    pub fn equals_str(self, other: &str) -> bool {
        match self {
            Units::One(s) if other.is_ascii() => s == other.as_bytes(),
            _ => self.iter().eq(other.chars().map(u32::from)),
        }
    }

    /// Order by code points.
    pub fn compare(self, other: Units<'_>) -> Ordering {
        fn order<A: Unit, B: Unit>(a: &[A], b: &[B]) -> Ordering {
            let differing = a.iter().zip(b).find(|&(&a, &b)| a.into() != b.into());
            differing.map_or(a.len().cmp(&b.len()), |(&a, &b)| a.into().cmp(&b.into()))
        }
        match (self, other) {
            (Units::One(a), Units::One(b)) => a.cmp(b),
            (Units::Two(a), Units::Two(b)) => a.cmp(b),
            (Units::Four(a), Units::Four(b)) => a.cmp(b),
            (a, b) => with_units!(a, a => with_units!(b, b => order(a, b))),
        }
    }

    pub fn starts_with(self, prefix: Units<'_>) -> bool {
        prefix.len() <= self.len() && self.slice(0, prefix.len()).equals(prefix)
    }

    pub fn ends_with(self, suffix: Units<'_>) -> bool {
        suffix.len() <= self.len() && self.from(self.len() - suffix.len()).equals(suffix)
    }

    /// The characters as UTF-8 in which surrogates are encoded like any other character.
    pub fn to_wtf8(self) -> Vec<u8> {
        if let Units::One(s) = self
            && s.is_ascii()
        {
            return s.to_vec();
        }
        let mut bytes = Vec::with_capacity(self.len() + self.len() / 2);
        for c in self.iter() {
            push_wtf8(&mut bytes, c);
        }
        bytes
    }

    /// The text, or the index of the first surrogate.
    pub fn to_utf8(self) -> Result<String, usize> {
        if let Some(text) = self.as_ascii() {
            return Ok(text.to_owned());
        }
        let mut text = String::with_capacity(self.len() + self.len() / 2);
        for (index, c) in self.iter().enumerate() {
            text.push(char::from_u32(c).ok_or(index)?);
        }
        Ok(text)
    }

    /// The text with U+FFFD in the place of surrogates: for messages to people.
    pub fn to_lossy(self) -> String {
        self.iter().map(|c| char::from_u32(c).unwrap_or('\u{FFFD}')).collect()
    }
}

/// Appends one character in UTF-8, surrogates like any other.
pub fn push_wtf8(bytes: &mut Vec<u8>, c: u32) {
    let tail = |shift: u32| 0x80 | ((c >> shift) & 0x3F) as u8;
    match c {
        0..=0x7F => bytes.push(c as u8),
        0x80..=0x7FF => bytes.extend([0xC0 | (c >> 6) as u8, tail(0)]),
        0x800..=0xFFFF => bytes.extend([0xE0 | (c >> 12) as u8, tail(6), tail(0)]),
        _ => bytes.extend([0xF0 | (c >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// The characters of a string, from either end.
#[derive(Clone)]
pub struct UnitsIter<'a> {
    units: Units<'a>,
    front: usize,
    back: usize,
}

impl Iterator for UnitsIter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.front == self.back {
            return None;
        }
        let c = self.units.get(self.front);
        self.front += 1;
        Some(c)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for UnitsIter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.front == self.back {
            return None;
        }
        self.back -= 1;
        Some(self.units.get(self.back))
    }
}

impl ExactSizeIterator for UnitsIter<'_> {}

impl PartialEq for Units<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.equals(*other)
    }
}

impl Eq for Units<'_> {}

impl PartialOrd for Units<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Units<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(*other)
    }
}

impl Hash for Units<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for c in self.iter() {
            state.write_u32(c);
        }
    }
}

impl std::fmt::Debug for Units<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_lossy())
    }
}

impl OwnedUnits {
    pub fn new() -> Self {
        OwnedUnits::One(Vec::new())
    }

    #[inline]
    pub fn as_units(&self) -> Units<'_> {
        match self {
            OwnedUnits::One(v) => Units::One(v),
            OwnedUnits::Two(v) => Units::Two(v),
            OwnedUnits::Four(v) => Units::Four(v),
        }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.as_units().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The characters of a Rust string.
    pub fn from_utf8(text: &str) -> Self {
        fn collect<U: Unit>(text: &str) -> OwnedUnits {
            // There are as many characters as bytes that do not continue one.
            let len = text.bytes().filter(|&b| b as i8 >= -0x40).count();
            let mut units = Vec::with_capacity(len);
            units.extend(text.chars().map(|c| U::truncate(c.into())));
            U::own(units)
        }
        // The largest first byte of a sequence tells the width.
        match text.bytes().max().unwrap_or(0) {
            0..0x80 => OwnedUnits::One(text.as_bytes().to_vec()),
            0x80..0xC4 => collect::<u8>(text),
            0xC4..0xF0 => collect::<u16>(text),
            0xF0.. => collect::<u32>(text),
        }
    }

    /// The characters of UTF-8 that may hold encoded surrogates; `None` where it is not even that.
    pub fn from_wtf8(bytes: &[u8]) -> Option<Self> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Some(Self::from_utf8(text));
        }
        let mut builder = crate::TextBuilder::with_capacity(bytes.len());
        let mut rest = bytes;
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    builder.push_str(text);
                    break;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    builder.push_str(std::str::from_utf8(good).ok()?);
                    let &[0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ref tail @ ..] = bad else { return None };
                    builder.push_char(0xD000 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F));
                    rest = tail;
                }
            }
        }
        Some(builder.finish())
    }

    /// One character.
    pub fn from_char(c: u32) -> Self {
        match Width::of(c) {
            Width::One => OwnedUnits::One(vec![c as u8]),
            Width::Two => OwnedUnits::Two(vec![c as u16]),
            Width::Four => OwnedUnits::Four(vec![c]),
        }
    }

    /// The bytes of a buffer that was made from one-byte units only, such as the result of an operation on `bytes`.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            OwnedUnits::One(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl Default for OwnedUnits {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for OwnedUnits {
    fn from(text: &str) -> Self {
        Self::from_utf8(text)
    }
}

impl From<String> for OwnedUnits {
    fn from(text: String) -> Self {
        if text.is_ascii() { OwnedUnits::One(text.into_bytes()) } else { Self::from_utf8(&text) }
    }
}

impl FromIterator<u32> for OwnedUnits {
    fn from_iter<I: IntoIterator<Item = u32>>(characters: I) -> Self {
        let characters = characters.into_iter();
        let mut builder = crate::TextBuilder::with_capacity(characters.size_hint().0);
        for c in characters {
            builder.push_char(c);
        }
        builder.finish()
    }
}

impl PartialEq for OwnedUnits {
    fn eq(&self, other: &Self) -> bool {
        self.as_units().equals(other.as_units())
    }
}

impl Eq for OwnedUnits {}

impl std::fmt::Debug for OwnedUnits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_units().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> OwnedUnits {
        OwnedUnits::from_utf8(text)
    }

    #[test]
    fn widths_are_canonical() {
        assert!(matches!(own("abc\u{ff}"), OwnedUnits::One(_)));
        assert!(matches!(own("abc\u{100}"), OwnedUnits::Two(_)));
        assert!(matches!(own("abc\u{10000}"), OwnedUnits::Four(_)));
        let wide = [97u32, 98];
        assert!(matches!(Units::Four(&wide).to_canonical(), OwnedUnits::One(_)));
        assert_eq!(Units::Four(&wide), Units::One(b"ab"));
    }

    #[test]
    fn order_is_by_code_point() {
        assert!(own("a\u{ffff}").as_units() < own("a\u{10000}").as_units());
        assert!(own("ab").as_units() > own("a").as_units());
        assert_eq!(own("é").as_units().compare(Units::Two(&[0xe9])), Ordering::Equal);
    }

    #[test]
    fn wtf8_keeps_surrogates() {
        let text: OwnedUnits = [0x61, 0xD800, 0xDFFF, 0x1F600].into_iter().collect();
        let bytes = text.as_units().to_wtf8();
        assert_eq!(bytes, b"a\xed\xa0\x80\xed\xbf\xbf\xf0\x9f\x98\x80");
        assert_eq!(OwnedUnits::from_wtf8(&bytes), Some(text.clone()));
        assert_eq!(OwnedUnits::from_wtf8(b"\xff"), None);
        assert_eq!(text.as_units().to_utf8(), Err(1));
    }
}
