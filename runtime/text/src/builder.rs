//! A growing string that widens its units only when a character needs it; no unsafe.
//!
//! The buffer is canonical at every moment: its width is the narrowest that holds what was pushed.

use crate::units::{OwnedUnits, Units, Width};
use std::collections::TryReserveError;

/// Collects characters and strings into an [`OwnedUnits`].
#[derive(Default, Clone)]
pub struct TextBuilder {
    units: OwnedUnits,
}

impl TextBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_capacity(capacity: usize) -> Self {
        TextBuilder { units: OwnedUnits::One(Vec::with_capacity(capacity)) }
    }

    pub fn len(&self) -> usize {
        self.units.len()
    }

    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    pub fn as_units(&self) -> Units<'_> {
        self.units.as_units()
    }

    #[inline]
    pub fn push_char(&mut self, c: u32) {
        match &mut self.units {
            OwnedUnits::One(v) if c <= 0xFF => v.push(c as u8),
            OwnedUnits::Two(v) if c <= 0xFFFF => v.push(c as u16),
            OwnedUnits::Four(v) => v.push(c),
            _ => self.push_wider_slow(c),
        }
    }

    /// Appends one character many times.
    pub fn push_repeated(&mut self, c: u32, count: usize) {
        self.widen(Width::of(c));
        match &mut self.units {
            OwnedUnits::One(v) => v.resize(v.len() + count, c as u8),
            OwnedUnits::Two(v) => v.resize(v.len() + count, c as u16),
            OwnedUnits::Four(v) => v.resize(v.len() + count, c),
        }
    }

    /// Appends one character many times, or fails where the memory is not to be had. No characters widen nothing.
    pub fn try_push_repeated(&mut self, c: u32, count: usize) -> Result<(), TryReserveError> {
        if count == 0 {
            return Ok(());
        }
        self.widen(Width::of(c));
        self.try_reserve(count)?;
        self.push_repeated(c, count);
        Ok(())
    }

    /// Makes room for so many more characters of the present width.
    pub fn try_reserve(&mut self, count: usize) -> Result<(), TryReserveError> {
        match &mut self.units {
            OwnedUnits::One(v) => v.try_reserve(count),
            OwnedUnits::Two(v) => v.try_reserve(count),
            OwnedUnits::Four(v) => v.try_reserve(count),
        }
    }

    #[inline]
    pub fn push_units(&mut self, units: Units<'_>) {
        if let (OwnedUnits::One(v), Units::One(s)) = (&mut self.units, units) {
            return v.extend_from_slice(s);
        }
        self.widen(units.needed_width());
        match &mut self.units {
            OwnedUnits::One(v) => units.append_to(v),
            OwnedUnits::Two(v) => units.append_to(v),
            OwnedUnits::Four(v) => units.append_to(v),
        }
    }

    #[inline]
    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_units(Units::One(text.as_bytes()));
        } else {
            text.chars().for_each(|c| self.push_char(c.into()));
        }
    }

    /// Appends bytes that are ASCII or Latin-1.
    pub fn push_latin1(&mut self, bytes: &[u8]) {
        self.push_units(Units::One(bytes));
    }

    pub fn reserve(&mut self, count: usize) {
        match &mut self.units {
            OwnedUnits::One(v) => v.reserve(count),
            OwnedUnits::Two(v) => v.reserve(count),
            OwnedUnits::Four(v) => v.reserve(count),
        }
    }

    /// Forgets all characters after the first `len`, and narrows if what stays allows it.
    pub fn truncate(&mut self, len: usize) {
        match &mut self.units {
            OwnedUnits::One(v) => v.truncate(len),
            OwnedUnits::Two(v) => v.truncate(len),
            OwnedUnits::Four(v) => v.truncate(len),
        }
        if self.units.as_units().needed_width() < self.units.as_units().width() {
            self.units = self.units.as_units().to_canonical();
        }
    }

    pub fn finish(self) -> OwnedUnits {
        self.units
    }

    /// Makes the buffer at least this wide; whoever calls it pushes a character that needs it.
    fn widen(&mut self, width: Width) {
        if width > self.units.as_units().width() {
            self.widen_slow(width);
        }
    }

    #[cold]
    fn widen_slow(&mut self, width: Width) {
        self.units = self.units.as_units().to_width(width);
    }

    #[cold]
    fn push_wider_slow(&mut self, c: u32) {
        self.widen_slow(Width::of(c));
        self.push_char(c);
    }
}

impl std::fmt::Write for TextBuilder {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_as_needed() {
        let mut builder = TextBuilder::new();
        builder.push_str("ab");
        builder.push_char(0x20AC);
        builder.push_units(Units::Four(&[0x63]));
        assert!(matches!(builder.as_units(), Units::Two(_)));
        builder.push_repeated(0x1F600, 2);
        assert_eq!(builder.clone().finish(), OwnedUnits::from_utf8("ab€c😀😀"));
        builder.truncate(2);
        assert!(matches!(builder.finish(), OwnedUnits::One(_)));
    }
}
