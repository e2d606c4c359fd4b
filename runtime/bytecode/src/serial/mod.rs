//! Code units as bytes: the form of the embedded image and of cached files (`docs/decisions/007`).
//!
//! An image holds any number of named code units ("modules") and one table of all their strings. Nested code units are
//! records of their own, reached by offset, so that reading a module does not read its functions: `LazyCode` is a record not
//! yet read.
//!
//! | part | what |
//! |---|---|
//! | header | magic (8 bytes), then 32-bit words: fingerprint of the format, length, checksum, string count, module count, start of the string offsets, start of the string bytes, start of the records, start of the module table |
//! | string offsets | one word a string, and the end of the last |
//! | string bytes | names in UTF-8 and constants in WTF-8 |
//! | records | code units, as varints; instructions as 64-bit words |
//! | module table | three words a module, in the order of names: name, flags, record |
//!
//! All words are little-endian. Nothing here depends on a hash key or an address. Reading checks every offset and count: a
//! damaged image is an error. Images from files are checked against their checksum too, and their instructions verified, since
//! whoever runs instructions trusts them.

mod read;
mod write;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{Code, CodeFlags, Opcode};

pub use write::{ImageBuilder, encode};

const MAGIC: [u8; 8] = *b"ophion\r\n";
/// To be raised when the layout changes; changes to the opcode table count by themselves.
const LAYOUT: u32 = 2;
const HEADER_WORDS: usize = 9;
const HEADER_LENGTH: usize = MAGIC.len() + 4 * HEADER_WORDS;
/// What the checksum covers begins after it.
const CHECKED_FROM: usize = MAGIC.len() + 12;

/// Why an image cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// It is no image.
    NotAnImage,
    /// It was made for another version of the runtime.
    WrongVersion,
    /// Its bytes are not what was written.
    Damaged,
}

impl fmt::Display for ImageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            ImageError::NotAnImage => "not a code image",
            ImageError::WrongVersion => "a code image of another version",
            ImageError::Damaged => "a damaged code image",
        })
    }
}

impl std::error::Error for ImageError {}

/// The bytes of an image: in the program, or read from a file.
#[derive(Clone, Debug)]
enum Bytes {
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Bytes::Static(bytes) => bytes,
            Bytes::Shared(bytes) => bytes,
        }
    }

    /// Some of them, to be kept: not copied where they stay for ever.
    fn keep(&self, range: Range<usize>) -> Option<Cow<'static, [u8]>> {
        match self {
            Bytes::Static(bytes) => bytes.get(range).map(Cow::Borrowed),
            Bytes::Shared(bytes) => bytes.get(range).map(|bytes| Cow::Owned(bytes.to_vec())),
        }
    }
}

/// The parts of an image, by offset.
#[derive(Clone, Copy, Debug, Default)]
struct Layout {
    strings: u32,
    modules: u32,
    string_offsets: u32,
    string_bytes: u32,
    records: u32,
    module_table: u32,
    /// Whether instructions are verified when they are read.
    verify: bool,
}

/// A set of code units. Copies share what they hold.
#[derive(Clone, Debug)]
pub struct Image(Arc<Contents>);

/// What an image holds, to be shared.
#[derive(Debug)]
pub struct Contents {
    bytes: Bytes,
    layout: Layout,
}

/// A code unit of an image by name.
#[derive(Clone, Debug)]
pub struct Module<'a> {
    /// The name it was added under.
    pub name: &'a str,
    /// What was said about it.
    pub flags: u32,
    /// Its code.
    pub code: LazyCode,
}

/// A code unit that has not been read yet.
#[derive(Clone, Debug)]
pub struct LazyCode {
    image: Image,
    offset: u32,
}

impl PartialEq for LazyCode {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.image.bytes(), other.image.bytes()) && self.offset == other.offset
    }
}

/// What a code unit says of itself, without its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary<'a> {
    /// `co_name`.
    pub name: &'a str,
    /// `co_qualname`.
    pub qualname: &'a str,
    /// `co_filename`.
    pub filename: &'a str,
    /// `co_firstlineno`.
    pub first_line: u32,
    /// Flags.
    pub flags: CodeFlags,
    /// Positional arguments, positional-only ones included.
    pub argument_count: u16,
    /// Positional-only arguments.
    pub positional_only_count: u16,
    /// Keyword-only arguments.
    pub keyword_only_count: u16,
    /// How many registers a frame needs.
    pub register_count: u16,
}

impl Image {
    /// An image that is part of the program, and so is not checked as a whole.
    pub fn embedded(bytes: &'static [u8]) -> Result<Self, ImageError> {
        let layout = read::layout(bytes, false)?;
        Ok(Self(Arc::new(Contents { bytes: Bytes::Static(bytes), layout })))
    }

    /// An image that was read from somewhere.
    pub fn loaded(bytes: impl Into<Arc<[u8]>>) -> Result<Self, ImageError> {
        let bytes = bytes.into();
        let layout = read::layout(&bytes, true)?;
        Ok(Self(Arc::new(Contents { bytes: Bytes::Shared(bytes), layout })))
    }

    fn bytes(&self) -> &[u8] {
        self.0.bytes.get()
    }

    fn layout(&self) -> &Layout {
        &self.0.layout
    }

    /// How many modules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layout().modules as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layout().modules == 0
    }

    /// The module at a place in the order of names.
    pub fn module(&self, index: usize) -> Result<Module<'_>, ImageError> {
        let (name, flags, offset) = read::module(self, index)?;
        Ok(Module { name, flags, code: LazyCode { image: self.clone(), offset } })
    }

    /// The module called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Module<'_>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let module = self.module(middle).ok()?;
            match module.name.cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(module),
            }
        }
        None
    }
}

impl LazyCode {
    /// The code unit at an offset of an image, as [`LazyCode::into_parts`] gave them.
    #[must_use]
    pub fn from_parts(contents: Arc<Contents>, offset: u32) -> Self {
        Self { image: Image(contents), offset }
    }

    /// Its image, and where it lies in there.
    #[must_use]
    pub fn into_parts(self) -> (Arc<Contents>, u32) {
        (self.image.0, self.offset)
    }

    /// Reads the code unit; units nested in it stay unread.
    pub fn read(&self) -> Result<Code, ImageError> {
        read::code(&self.image, self.offset, read::Nested::Lazy)
    }

    /// Reads the code unit and all in it.
    pub fn read_all(&self) -> Result<Code, ImageError> {
        read::code(&self.image, self.offset, read::Nested::Eager(read::MAX_DEPTH))
    }

    /// What the code unit says of itself.
    pub fn summary(&self) -> Result<Summary<'_>, ImageError> {
        read::summary(&self.image, self.offset)
    }
}

/// Reads an image of one code unit, whole.
pub fn decode(bytes: &[u8]) -> Result<Code, ImageError> {
    Image::loaded(bytes)?.module(0)?.code.read_all()
}

/// A number that changes with the layout and with the opcode table.
fn fingerprint() -> u32 {
    let mut hash = Hash::new();
    hash.add(&LAYOUT.to_le_bytes());
    for op in Opcode::ALL {
        hash.add(op.name().as_bytes());
        hash.add(&[op.operands() as u8]);
    }
    hash.finish()
}

/// A checksum, fast enough for whole images.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let word = u64::from_le_bytes(word.try_into().expect("a chunk has eight bytes"));
            self.mix(word);
        }
        let mut last = [0; 8];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        self.mix(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 29;
    }

    fn finish(&self) -> u32 {
        (self.0 >> 32) as u32 ^ self.0 as u32
    }
}

/// The tags of constants.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Tag {
    None,
    False,
    True,
    Ellipsis,
    Int,
    BigInt,
    NegativeBigInt,
    Float,
    Complex,
    Str,
    Bytes,
    Tuple,
    FrozenSet,
    Slice,
    Code,
}

impl Tag {
    const ALL: [Tag; 15] = [
        Tag::None,
        Tag::False,
        Tag::True,
        Tag::Ellipsis,
        Tag::Int,
        Tag::BigInt,
        Tag::NegativeBigInt,
        Tag::Float,
        Tag::Complex,
        Tag::Str,
        Tag::Bytes,
        Tag::Tuple,
        Tag::FrozenSet,
        Tag::Slice,
        Tag::Code,
    ];
}

#[cfg(test)]
mod tests;
