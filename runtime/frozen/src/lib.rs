//! The standard library as an image.
//!
//! The build script compiles the library's Python files; the image is part of the program and is read in place. Sources are packed
//! beside it, one by one, and unpacked only for tracebacks and `inspect`.

#![forbid(unsafe_code)]

use std::io::Read;

use bytecode::serial::{Image, LazyCode};
use flate2::read::ZlibDecoder;

static IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.image"));
static SOURCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.bin"));
static INDEX: &str = include_str!(concat!(env!("OUT_DIR"), "/sources.index"));

/// Set in a module's flags: it is a package.
const PACKAGE: u32 = 1;

/// The image.
#[must_use]
pub fn image() -> Option<Image> {
    Image::embedded(IMAGE).ok()
}

/// A module's code, not yet read, and whether it is a package.
#[must_use]
pub fn find(name: &str) -> Option<(LazyCode, bool)> {
    let image = image()?;
    let module = image.find(name)?;
    Some((module.code, module.flags & PACKAGE != 0))
}

/// The names of all modules, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    INDEX.lines().filter_map(|line| line.split('\t').next())
}

/// A module's source.
#[must_use]
pub fn source(name: &str) -> Option<String> {
    let mut fields = INDEX
        .lines()
        .map(|line| line.split('\t'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    let (start, length) = (fields.next()?.parse::<usize>().ok()?, fields.next()?.parse::<usize>().ok()?);
    let mut text = String::new();
    ZlibDecoder::new(SOURCES.get(start..start + length)?).read_to_string(&mut text).ok()?;
    Some(text)
}
