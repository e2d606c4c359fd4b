//! Reading images. Every offset and count is checked against what is there.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{CHECKED_FROM, Hash, Image, ImageError, Layout, LazyCode, MAGIC, Summary, Tag, fingerprint};
use crate::{
    Code, CodeFlags, Constant, ExceptionEntry, Instruction, LineTable, LocalKind, LocalVariable, Name, Site, verify,
};

type Outcome<T> = Result<T, ImageError>;

/// How deep constants and code units may be nested.
pub(super) const MAX_DEPTH: u32 = 200;

/// What becomes of nested code units.
#[derive(Clone, Copy)]
pub(super) enum Nested {
    Lazy,
    Eager(u32),
}

/// Reads the header.
pub(super) fn layout(bytes: &[u8], check: bool) -> Outcome<Layout> {
    if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
        return Err(ImageError::NotAnImage);
    }
    let field = |index: usize| word(bytes, MAGIC.len() + 4 * index);
    if field(0)? != fingerprint() {
        return Err(ImageError::WrongVersion);
    }
    if field(1)? as usize != bytes.len() {
        return Err(ImageError::Damaged);
    }
    if check {
        let mut hash = Hash::new();
        hash.add(bytes.get(CHECKED_FROM..).ok_or(ImageError::Damaged)?);
        if hash.finish() != field(2)? {
            return Err(ImageError::Damaged);
        }
    }
    Ok(Layout {
        strings: field(3)?,
        modules: field(4)?,
        string_offsets: field(5)?,
        string_bytes: field(6)?,
        records: field(7)?,
        module_table: field(8)?,
        verify: check,
    })
}

fn word(bytes: &[u8], at: usize) -> Outcome<u32> {
    let end = at.checked_add(4).ok_or(ImageError::Damaged)?;
    let word = bytes.get(at..end).ok_or(ImageError::Damaged)?;
    Ok(u32::from_le_bytes(word.try_into().map_err(|_| ImageError::Damaged)?))
}

/// Name, flags and record of a module.
pub(super) fn module(image: &Image, index: usize) -> Outcome<(&str, u32, u32)> {
    if index >= image.len() {
        return Err(ImageError::Damaged);
    }
    let at = image.layout().module_table as usize + 12 * index;
    let bytes = image.bytes();
    Ok((text(image, word(bytes, at)?)?, word(bytes, at + 4)?, word(bytes, at + 8)?))
}

/// A string of the table.
fn string(image: &Image, index: u32) -> Outcome<&[u8]> {
    image.bytes().get(string_range(image, index)?).ok_or(ImageError::Damaged)
}

/// Where a string of the table lies.
fn string_range(image: &Image, index: u32) -> Outcome<Range<usize>> {
    if index >= image.layout().strings {
        return Err(ImageError::Damaged);
    }
    let bytes = image.bytes();
    let at = image.layout().string_offsets as usize + 4 * index as usize;
    let base = image.layout().string_bytes as usize;
    let (start, end) = (word(bytes, at)? as usize, word(bytes, at + 4)? as usize);
    Ok(base + start..base + end)
}

fn text(image: &Image, index: u32) -> Outcome<&str> {
    std::str::from_utf8(string(image, index)?).map_err(|_| ImageError::Damaged)
}

/// A string of the table, to be kept.
fn name(image: &Image, index: u32) -> Outcome<Name> {
    match image.0.bytes.keep(string_range(image, index)?).ok_or(ImageError::Damaged)? {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| ImageError::Damaged),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| ImageError::Damaged),
    }
}

/// A place in the records.
struct Cursor<'a> {
    image: &'a Image,
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn new(image: &'a Image, record: u32) -> Outcome<Self> {
        let start = image.layout().records as usize + record as usize;
        let bytes = image.bytes().get(start..image.layout().module_table as usize).ok_or(ImageError::Damaged)?;
        Ok(Self { image, bytes })
    }

    fn take(&mut self, count: usize) -> Outcome<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(ImageError::Damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Outcome<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ImageError::Damaged)
    }

    fn number<T: TryFrom<u64>>(&mut self) -> Outcome<T> {
        T::try_from(self.varint()?).map_err(|_| ImageError::Damaged)
    }

    /// A count of things of which each takes at least `size` bytes.
    fn count(&mut self, size: usize) -> Outcome<usize> {
        let count: usize = self.number()?;
        if count.checked_mul(size).is_none_or(|total| total > self.bytes.len()) {
            return Err(ImageError::Damaged);
        }
        Ok(count)
    }

    fn text(&mut self) -> Outcome<&'a str> {
        let index = self.number()?;
        text(self.image, index)
    }

    fn bits(&mut self) -> Outcome<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().map_err(|_| ImageError::Damaged)?))
    }

    fn sized(&mut self) -> Outcome<Vec<u8>> {
        let length = self.count(1)?;
        Ok(self.take(length)?.to_vec())
    }

    /// As `sized`, without a copy if the image is part of the program.
    fn kept(&mut self) -> Outcome<Cow<'static, [u8]>> {
        let length = self.count(1)?;
        let start = self.image.layout().module_table as usize - self.bytes.len();
        self.take(length)?;
        self.image.0.bytes.keep(start..start + length).ok_or(ImageError::Damaged)
    }

    fn name(&mut self) -> Outcome<Name> {
        let index = self.number()?;
        name(self.image, index)
    }

    fn many<T>(&mut self, size: usize, mut read: impl FnMut(&mut Self) -> Outcome<T>) -> Outcome<Vec<T>> {
        let count = self.count(size)?;
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(read(self)?);
        }
        Ok(all)
    }

    fn summary(&mut self) -> Outcome<Summary<'a>> {
        Ok(Summary {
            name: self.text()?,
            qualname: self.text()?,
            filename: self.text()?,
            first_line: self.number()?,
            flags: CodeFlags(self.number()?),
            argument_count: self.number()?,
            positional_only_count: self.number()?,
            keyword_only_count: self.number()?,
            register_count: self.number()?,
        })
    }

    fn local(&mut self) -> Outcome<LocalVariable> {
        let packed: u64 = self.varint()?;
        let kind = match packed >> 1 & 7 {
            0 => LocalKind::Plain,
            1 => LocalKind::Cell,
            2 => LocalKind::Free,
            3 => LocalKind::Hidden,
            4 => LocalKind::HiddenCell,
            _ => return Err(ImageError::Damaged),
        };
        let name = u32::try_from(packed >> 4).map_err(|_| ImageError::Damaged)?;
        Ok(LocalVariable { name, kind, argument: packed & 1 == 1 })
    }

    fn exception(&mut self) -> Outcome<ExceptionEntry> {
        Ok(ExceptionEntry {
            start: self.number()?,
            end: self.number()?,
            target: self.number()?,
            register: self.number()?,
        })
    }

    fn instructions(&mut self) -> Outcome<Vec<Instruction>> {
        let count = self.count(8)?;
        let words = self.take(8 * count)?.chunks_exact(8);
        Ok(words
            .map(|word| Instruction(u64::from_le_bytes(word.try_into().expect("a chunk has eight bytes"))))
            .collect())
    }

    fn constant(&mut self, nested: Nested, depth: u32) -> Outcome<Constant> {
        let depth = depth.checked_sub(1).ok_or(ImageError::Damaged)?;
        let tag = *Tag::ALL.get(usize::from(self.take(1)?[0])).ok_or(ImageError::Damaged)?;
        Ok(match tag {
            Tag::None => Constant::None,
            Tag::False => Constant::Bool(false),
            Tag::True => Constant::Bool(true),
            Tag::Ellipsis => Constant::Ellipsis,
            Tag::Int => {
                let zigzag = self.varint()?;
                Constant::Int((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
            }
            Tag::BigInt | Tag::NegativeBigInt => {
                Constant::BigInt { negative: tag == Tag::NegativeBigInt, magnitude: self.sized()? }
            }
            Tag::Float => Constant::Float(self.bits()?),
            Tag::Complex => Constant::Complex(self.bits()?, self.bits()?),
            Tag::Str => {
                let index = self.number()?;
                Constant::Str(string(self.image, index)?.to_vec())
            }
            Tag::Bytes => Constant::Bytes(self.sized()?),
            Tag::Tuple => Constant::Tuple(self.many(1, |this| this.constant(nested, depth))?),
            Tag::FrozenSet => Constant::FrozenSet(self.many(1, |this| this.constant(nested, depth))?),
            Tag::Slice => Constant::Slice(Box::new([
                self.constant(nested, depth)?,
                self.constant(nested, depth)?,
                self.constant(nested, depth)?,
            ])),
            Tag::Code => {
                let offset = self.number()?;
                match nested {
                    Nested::Lazy => Constant::LazyCode(LazyCode { image: self.image.clone(), offset }),
                    Nested::Eager(left) => {
                        let left = left.checked_sub(1).ok_or(ImageError::Damaged)?;
                        Constant::Code(Arc::new(code(self.image, offset, Nested::Eager(left))?))
                    }
                }
            }
        })
    }
}

pub(super) fn summary(image: &Image, offset: u32) -> Outcome<Summary<'_>> {
    Cursor::new(image, offset)?.summary()
}

pub(super) fn code(image: &Image, offset: u32, nested: Nested) -> Outcome<Code> {
    let mut cursor = Cursor::new(image, offset)?;
    let code = Code {
        name: cursor.name()?,
        qualname: cursor.name()?,
        filename: cursor.name()?,
        first_line: cursor.number()?,
        flags: CodeFlags(cursor.number()?),
        argument_count: cursor.number()?,
        positional_only_count: cursor.number()?,
        keyword_only_count: cursor.number()?,
        register_count: cursor.number()?,
        locals: cursor.many(1, Cursor::local)?,
        names: cursor.many(1, Cursor::name)?,
        sites: cursor.many(1, |cursor| Ok(Site { name: cursor.number()? }))?,
        exceptions: cursor.many(4, Cursor::exception)?,
        lines: LineTable(cursor.kept()?),
        instructions: cursor.instructions()?,
        constants: cursor.many(1, |cursor| cursor.constant(nested, MAX_DEPTH))?,
    };
    if image.layout().verify && verify::verify_unit(&code).is_err() {
        return Err(ImageError::Damaged);
    }
    Ok(code)
}
