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
/// A line for each source, in the order of names: name, where it lies among the sources, its length packed, its length unpacked.
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
    let mut numbers = entry(name)?.split('\t').map(|field| field.parse::<usize>().ok());
    let (start, packed, length) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let mut text = String::with_capacity(length);
    ZlibDecoder::new(SOURCES.get(start..start + packed)?).read_to_string(&mut text).ok()?;
    Some(text)
}

/// What follows a name in the index.
fn entry(name: &str) -> Option<&'static str> {
    let mut lines = INDEX;
    while !lines.is_empty() {
        // The line in the middle, or the one that the middle lies in.
        let middle = lines.floor_char_boundary(lines.len() / 2);
        let start = lines[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = lines[start..].find('\n').map_or(lines.len(), |length| start + length);
        let (found, rest) = lines[start..end].split_once('\t')?;
        match found.cmp(name) {
            std::cmp::Ordering::Equal => return Some(rest),
            std::cmp::Ordering::Less => lines = lines.get(end + 1..)?,
            std::cmp::Ordering::Greater => lines = &lines[..start],
        }
    }
    None
}
