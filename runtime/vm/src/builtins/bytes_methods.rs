//! Methods that `bytes` and `bytearray` share. The receiver says which of the two a result is; a bytearray's bytes are copied
//! first (rule 19).

use std::ops::Range;

use macros::native;
use text::case::bytes as case;
use text::split::{self, Ends};
use text::unicode::predicates::ascii;
use text::{Units, edit, search};

use crate::builtins::str::check_length;
use crate::builtins::str_methods::collect_parts;
use crate::containers::ValueVec;
use crate::object::Ref;
use crate::objects::{ByteArray, Bytes, Class, List, Str, Tuple, int_of};
use crate::protocols::{self, Buffer};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The bytes of a receiver, which the caller has checked to be a bytes or bytearray.
pub fn content(t: &Thread, this: Value) -> R<Buffer> {
    Buffer::of(t, this)
}

/// A result of the receiver's kind.
pub fn like(t: &Thread, this: Value, bytes: &[u8]) -> R {
    if this.downcast::<ByteArray>().is_some() {
        return Ok(ByteArray::new(t, bytes)?.value());
    }
    Ok(Bytes::new(t, bytes)?.value())
}

/// A result equal to the receiver: itself, if it is exactly a `bytes`.
fn same(t: &Thread, this: Value, bytes: &Buffer) -> R {
    match bytes {
        Buffer::Shared(bytes) => Ok(bytes.value()),
        Buffer::Copied(bytes) => like(t, this, bytes),
    }
}

fn part(t: &Thread, this: Value, bytes: &Buffer, range: Range<usize>) -> R {
    if range == (0..bytes.len()) { same(t, this, bytes) } else { like(t, this, &bytes[range]) }
}

fn units(bytes: &[u8]) -> Units<'_> {
    Units::One(bytes)
}

fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A byte of a value: ValueError out of range.
pub fn byte_of(t: &Thread, value: Value) -> R<u8> {
    match protocols::index_number(t, value)?.to_i64().and_then(|number| u8::try_from(number).ok()) {
        Some(byte) => Ok(byte),
        None => Err(t.value_error("byte must be in range(0, 256)")),
    }
}

macro_rules! mappings {
    ($($function:ident $signature:literal $map:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            pub fn $function(t: &Thread, this: Value) -> R {
                let bytes = content(t, this)?;
                like(t, this, &$map(bytes.as_slice()))
            }
        )*
    };
}

mappings! {
    bytes_capitalize "capitalize($self, /)" case::capitalize, "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)\nand the rest lower-cased.";
    bytes_title "title($self, /)" case::title, "B.title() -> copy of B\n\nReturn a titlecased version of B, i.e. ASCII words start with uppercase\ncharacters, all remaining cased characters have lowercase.";
    bytes_swapcase "swapcase($self, /)" case::swapcase, "B.swapcase() -> copy of B\n\nReturn a copy of B with uppercase ASCII characters converted\nto lowercase ASCII and vice versa.";
    bytes_lower "lower($self, /)" <[u8]>::to_ascii_lowercase, "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase.";
    bytes_upper "upper($self, /)" <[u8]>::to_ascii_uppercase, "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase.";
}

macro_rules! tests {
    ($($function:ident $signature:literal $test:expr, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            pub fn $function(t: &Thread, this: Value) -> R<bool> {
                Ok($test(content(t, this)?.as_slice()))
            }
        )*
    };
}

tests! {
    bytes_isascii "isascii($self, /)" <[u8]>::is_ascii, "B.isascii() -> bool\n\nReturn True if B is empty or all characters in B are ASCII,\nFalse otherwise.";
    bytes_isalpha "isalpha($self, /)" ascii::isalpha, "B.isalpha() -> bool\n\nReturn True if all characters in B are alphabetic\nand there is at least one character in B, False otherwise.";
    bytes_isalnum "isalnum($self, /)" ascii::isalnum, "B.isalnum() -> bool\n\nReturn True if all characters in B are alphanumeric\nand there is at least one character in B, False otherwise.";
    bytes_isdigit "isdigit($self, /)" ascii::isdigit, "B.isdigit() -> bool\n\nReturn True if all characters in B are digits\nand there is at least one character in B, False otherwise.";
    bytes_isspace "isspace($self, /)" ascii::isspace, "B.isspace() -> bool\n\nReturn True if all characters in B are whitespace\nand there is at least one character in B, False otherwise.";
    bytes_islower "islower($self, /)" ascii::islower, "B.islower() -> bool\n\nReturn True if all cased characters in B are lowercase and there is\nat least one cased character in B, False otherwise.";
    bytes_isupper "isupper($self, /)" ascii::isupper, "B.isupper() -> bool\n\nReturn True if all cased characters in B are uppercase and there is\nat least one cased character in B, False otherwise.";
    bytes_istitle "istitle($self, /)" ascii::istitle, "B.istitle() -> bool\n\nReturn True if B is a titlecased string and there is at least one\ncharacter in B, i.e. uppercase characters may only follow uncased\ncharacters and lowercase characters only cased ones. Return False\notherwise.";
}

/// What is searched: a byte given as a number, or bytes.
pub fn needle(t: &Thread, sub: Value) -> R<Buffer> {
    if let Some(buffer) = Buffer::try_of(t, sub)? {
        return Ok(buffer);
    }
    if !protocols::has_index(t, sub) {
        return Err(t.type_error(format_args!(
            "argument should be integer or bytes-like object, not '{}'",
            sub.class(t).name()
        )));
    }
    Ok(Buffer::Copied(vec![byte_of(t, sub)?]))
}

type Search = fn(Units<'_>, Units<'_>) -> Option<usize>;

fn search_with(
    t: &Thread,
    search: Search,
    this: Value,
    sub: Value,
    start: Option<Value>,
    end: Option<Value>,
) -> R<Option<usize>> {
    let bytes = content(t, this)?;
    let sub = needle(t, sub)?;
    let (start, end) = protocols::slice_range(t, start, end, bytes.len())?;
    if start > end {
        return Ok(None);
    }
    Ok(search(units(&bytes[start..end]), units(&sub)).map(|found| found + start))
}

fn index_or_minus_one(found: Option<usize>) -> i64 {
    found.map_or(-1, |found| found as i64)
}

/// Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
///
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
///
/// Return -1 on failure.
#[native("find($self, sub, start=None, end=None, /)")]
pub fn bytes_find(t: &Thread, this: Value, sub: Value, start: Option<Value>, end: Option<Value>) -> R<i64> {
    search_with(t, search::find, this, sub, start, end).map(index_or_minus_one)
}

/// Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
///
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
///
/// Return -1 on failure.
#[native("rfind($self, sub, start=None, end=None, /)")]
pub fn bytes_rfind(t: &Thread, this: Value, sub: Value, start: Option<Value>, end: Option<Value>) -> R<i64> {
    search_with(t, search::rfind, this, sub, start, end).map(index_or_minus_one)
}

/// Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
///
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
///
/// Raise ValueError if the subsection is not found.
#[native("index($self, sub, start=None, end=None, /)")]
pub fn bytes_index(t: &Thread, this: Value, sub: Value, start: Option<Value>, end: Option<Value>) -> R<usize> {
    search_with(t, search::find, this, sub, start, end)?.ok_or_else(|| t.value_error("subsection not found"))
}

/// Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
///
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
///
/// Raise ValueError if the subsection is not found.
#[native("rindex($self, sub, start=None, end=None, /)")]
pub fn bytes_rindex(t: &Thread, this: Value, sub: Value, start: Option<Value>, end: Option<Value>) -> R<usize> {
    search_with(t, search::rfind, this, sub, start, end)?.ok_or_else(|| t.value_error("subsection not found"))
}

/// Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].
///
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
#[native("count($self, sub, start=None, end=None, /)")]
pub fn bytes_count(t: &Thread, this: Value, sub: Value, start: Option<Value>, end: Option<Value>) -> R<usize> {
    let bytes = content(t, this)?;
    let sub = needle(t, sub)?;
    let (start, end) = protocols::slice_range(t, start, end, bytes.len())?;
    Ok(if start > end { 0 } else { search::count(units(&bytes[start..end]), units(&sub), usize::MAX) })
}

type EdgeTest = fn(&[u8], &[u8]) -> bool;

fn edge_test(
    t: &Thread,
    test: EdgeTest,
    name: &str,
    this: Value,
    edge: Value,
    start: Option<Value>,
    end: Option<Value>,
) -> R<bool> {
    let bytes = content(t, this)?;
    let (start, end) = protocols::slice_range(t, start, end, bytes.len())?;
    let window = (start <= end).then(|| &bytes[start..end]);
    if let Some(edges) = Tuple::of(t, edge) {
        for &edge in edges.as_slice() {
            let edge = Buffer::of(t, edge)?;
            if window.is_some_and(|window| test(window, &edge)) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match Buffer::try_of(t, edge)? {
        Some(edge) => Ok(window.is_some_and(|window| test(window, &edge))),
        None => {
            let got = edge.class(t).name();
            Err(t.type_error(format_args!("{name} first arg must be bytes or a tuple of bytes, not {got}")))
        }
    }
}

/// Return True if the bytes starts with the specified prefix, False otherwise.
///
///   prefix
///     A bytes or a tuple of bytes to try.
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
#[native("startswith($self, prefix, start=None, end=None, /)")]
pub fn bytes_startswith(t: &Thread, this: Value, prefix: Value, start: Option<Value>, end: Option<Value>) -> R<bool> {
    edge_test(t, |bytes, edge| bytes.starts_with(edge), "startswith", this, prefix, start, end)
}

/// Return True if the bytes ends with the specified suffix, False otherwise.
///
///   suffix
///     A bytes or a tuple of bytes to try.
///   start
///     Optional start position. Default: start of the bytes.
///   end
///     Optional stop position. Default: end of the bytes.
#[native("endswith($self, suffix, start=None, end=None, /)")]
pub fn bytes_endswith(t: &Thread, this: Value, suffix: Value, start: Option<Value>, end: Option<Value>) -> R<bool> {
    edge_test(t, |bytes, edge| bytes.ends_with(edge), "endswith", this, suffix, start, end)
}

type ByWhitespace = fn(Units<'_>, split::Class, usize) -> Vec<Range<usize>>;
type BySeparator = fn(Units<'_>, Units<'_>, usize) -> Vec<Range<usize>>;

fn list_of(t: &Thread, this: Value, bytes: &Buffer, ranges: Vec<Range<usize>>) -> R<Ref<List>> {
    let mut parts = ValueVec::with_capacity(t, ranges.len())?;
    for range in ranges {
        parts.push(t, part(t, this, bytes, range)?)?;
    }
    parts.into_list(t)
}

fn split_with(
    t: &Thread,
    this: Value,
    separator: Option<Value>,
    most: i64,
    by_space: ByWhitespace,
    by: BySeparator,
) -> R<Ref<List>> {
    let bytes = content(t, this)?;
    let Some(separator) = separator.filter(|separator| !separator.is_none()) else {
        return list_of(t, this, &bytes, by_space(units(&bytes), ascii::is_space, limit(most)));
    };
    let separator = Buffer::of(t, separator)?;
    if separator.is_empty() {
        return Err(t.value_error("empty separator"));
    }
    list_of(t, this, &bytes, by(units(&bytes), units(&separator), limit(most)))
}

/// Return a list of the sections in the bytes, using sep as the delimiter.
///
///   sep
///     The delimiter according which to split the bytes.
///     None (the default value) means split on ASCII whitespace characters
///     (space, tab, return, newline, formfeed, vertical tab).
///   maxsplit
///     Maximum number of splits to do.
///     -1 (the default value) means no limit.
#[native("split($self, /, sep=None, maxsplit=-1)")]
pub fn bytes_split(t: &Thread, this: Value, separator: Option<Value>, most: i64) -> R<Ref<List>> {
    split_with(t, this, separator, most, split::split_whitespace, split::split)
}

/// Return a list of the sections in the bytes, using sep as the delimiter.
///
///   sep
///     The delimiter according which to split the bytes.
///     None (the default value) means split on ASCII whitespace characters
///     (space, tab, return, newline, formfeed, vertical tab).
///   maxsplit
///     Maximum number of splits to do.
///     -1 (the default value) means no limit.
///
/// Splitting is done starting at the end of the bytes and working to the front.
#[native("rsplit($self, /, sep=None, maxsplit=-1)")]
pub fn bytes_rsplit(t: &Thread, this: Value, separator: Option<Value>, most: i64) -> R<Ref<List>> {
    split_with(t, this, separator, most, split::rsplit_whitespace, split::rsplit)
}

/// Return a list of the lines in the bytes, breaking at line boundaries.
///
/// Line breaks are not included in the resulting list unless keepends is given and
/// true.
#[native("splitlines($self, /, keepends=False)")]
pub fn bytes_splitlines(t: &Thread, this: Value, keep: bool) -> R<Ref<List>> {
    let bytes = content(t, this)?;
    list_of(t, this, &bytes, split::lines_of_bytes(&bytes, keep))
}

/// Concatenate any number of bytes objects.
///
/// The bytes whose method is called is inserted in between each pair.
///
/// The result is returned as a new bytes object.
///
/// Example: b'.'.join([b'ab', b'pq', b'rs']) -> b'ab.pq.rs'.
#[native("join($self, iterable_of_bytes, /)")]
pub fn bytes_join(t: &Thread, this: Value, iterable: Value) -> R {
    // What the iterable runs may not change the length of the separator.
    let export = match this.downcast::<ByteArray>() {
        Some(array) => Some(array.lend(t)?.2),
        None => None,
    };
    let joined = joined(t, this, iterable);
    if let Some(export) = export {
        export.end();
    }
    joined
}

fn joined(t: &Thread, this: Value, iterable: Value) -> R {
    let separator = content(t, this)?;
    let parts = collect_parts(t, iterable)?;
    let mut joined = Vec::new();
    for (index, &part) in parts.as_slice().iter().enumerate() {
        if index > 0 {
            joined.extend_from_slice(&separator);
        }
        let Some(bytes) = Buffer::try_of(t, part)? else {
            let got = part.class(t).name();
            return Err(t.type_error(format_args!("sequence item {index}: expected a bytes-like object, {got} found")));
        };
        if iterable.downcast::<List>().is_some_and(|list| list.len() != parts.len()) {
            return Err(t.runtime_error("sequence changed size during iteration"));
        }
        joined.extend_from_slice(&bytes);
    }
    like(t, this, &joined)
}

/// Return a copy with all occurrences of substring old replaced by new.
///
///   count
///     Maximum number of occurrences to replace.
///     -1 (the default value) means replace all occurrences.
///
/// If the optional argument count is given, only the first count occurrences are
/// replaced.
#[native("replace($self, old, new, count=-1, /)")]
pub fn bytes_replace(t: &Thread, this: Value, old: Buffer, new: Buffer, count: i64) -> R {
    let bytes = content(t, this)?;
    if new.len() > old.len() {
        check_length(t, edit::replaced_len(units(&bytes), units(&old), units(&new), limit(count)))?;
    }
    match edit::replace(units(&bytes), units(&old), units(&new), limit(count)).and_then(text::OwnedUnits::into_bytes) {
        Some(replaced) => like(t, this, &replaced),
        None => same(t, this, &bytes),
    }
}

fn strip_with(t: &Thread, this: Value, characters: Option<Value>, ends: Ends) -> R {
    let bytes = content(t, this)?;
    let range = match characters.filter(|characters| !characters.is_none()) {
        None => split::strip_whitespace(units(&bytes), ascii::is_space, ends),
        Some(characters) => split::strip(units(&bytes), units(&Buffer::of(t, characters)?), ends),
    };
    part(t, this, &bytes, range)
}

/// Strip leading and trailing bytes contained in the argument.
///
/// If the argument is omitted or None, strip leading and trailing ASCII whitespace.
#[native("strip($self, bytes=None, /)")]
pub fn bytes_strip(t: &Thread, this: Value, characters: Option<Value>) -> R {
    strip_with(t, this, characters, Ends::Both)
}

/// Strip leading bytes contained in the argument.
///
/// If the argument is omitted or None, strip leading  ASCII whitespace.
#[native("lstrip($self, bytes=None, /)")]
pub fn bytes_lstrip(t: &Thread, this: Value, characters: Option<Value>) -> R {
    strip_with(t, this, characters, Ends::Left)
}

/// Strip trailing bytes contained in the argument.
///
/// If the argument is omitted or None, strip trailing ASCII whitespace.
#[native("rstrip($self, bytes=None, /)")]
pub fn bytes_rstrip(t: &Thread, this: Value, characters: Option<Value>) -> R {
    strip_with(t, this, characters, Ends::Right)
}

/// Return a bytes object with the given prefix string removed if present.
///
/// If the bytes starts with the prefix string, return bytes[len(prefix):].
/// Otherwise, return a copy of the original bytes.
#[native("removeprefix($self, prefix, /)")]
pub fn bytes_removeprefix(t: &Thread, this: Value, prefix: Buffer) -> R {
    let bytes = content(t, this)?;
    let start = if bytes.starts_with(&prefix) { prefix.len() } else { 0 };
    part(t, this, &bytes, start..bytes.len())
}

/// Return a bytes object with the given suffix string removed if present.
///
/// If the bytes ends with the suffix string and that suffix is not empty,
/// return bytes[:-len(prefix)].  Otherwise, return a copy of the original
/// bytes.
#[native("removesuffix($self, suffix, /)")]
pub fn bytes_removesuffix(t: &Thread, this: Value, suffix: Buffer) -> R {
    let bytes = content(t, this)?;
    let end = if bytes.ends_with(&suffix) { bytes.len() - suffix.len() } else { bytes.len() };
    part(t, this, &bytes, 0..end)
}

fn partition_with(t: &Thread, this: Value, separator: &Buffer, search: Search, at_end: bool) -> R<Ref<Tuple>> {
    let bytes = content(t, this)?;
    if separator.is_empty() {
        return Err(t.value_error("empty separator"));
    }
    let parts = match search(units(&bytes), units(separator)) {
        Some(at) => {
            [like(t, this, &bytes[..at])?, like(t, this, separator)?, like(t, this, &bytes[at + separator.len()..])?]
        }
        None if at_end => [like(t, this, &[])?, like(t, this, &[])?, same(t, this, &bytes)?],
        None => [same(t, this, &bytes)?, like(t, this, &[])?, like(t, this, &[])?],
    };
    Tuple::from_slice(t, &parts)
}

/// Partition the bytes into three parts using the given separator.
///
/// This will search for the separator sep in the bytes. If the separator is found,
/// returns a 3-tuple containing the part before the separator, the separator
/// itself, and the part after it.
///
/// If the separator is not found, returns a 3-tuple containing the original bytes
/// object and two empty bytes objects.
#[native("partition($self, sep, /)")]
pub fn bytes_partition(t: &Thread, this: Value, separator: Buffer) -> R<Ref<Tuple>> {
    partition_with(t, this, &separator, search::find, false)
}

/// Partition the bytes into three parts using the given separator.
///
/// This will search for the separator sep in the bytes, starting at the end. If
/// the separator is found, returns a 3-tuple containing the part before the
/// separator, the separator itself, and the part after it.
///
/// If the separator is not found, returns a 3-tuple containing two empty bytes
/// objects and the original bytes object.
#[native("rpartition($self, sep, /)")]
pub fn bytes_rpartition(t: &Thread, this: Value, separator: Buffer) -> R<Ref<Tuple>> {
    partition_with(t, this, &separator, search::rfind, true)
}

fn fill_byte(t: &Thread, name: &str, fill: Option<Value>) -> R<u32> {
    let Some(fill) = fill else { return Ok(u32::from(b' ')) };
    let bytes = match Bytes::of(t, fill) {
        Some(bytes) => bytes.as_slice().to_vec(),
        None => match fill.downcast::<ByteArray>() {
            Some(array) => array.to_vec(t),
            None => {
                let got = protocols::name_of_argument(t, fill);
                return Err(
                    t.type_error(format_args!("{name}() argument 2 must be a byte string of length 1, not {got}"))
                );
            }
        },
    };
    match bytes[..] {
        [byte] => Ok(byte.into()),
        _ => {
            let (kind, length) = (fill.class(t).name(), bytes.len());
            Err(t.type_error(format_args!(
                "{name}(): argument 2 must be a byte string of length 1, not a {kind} object of length {length}"
            )))
        }
    }
}

type Padding = fn(Units<'_>, usize, u32) -> text::OwnedUnits;

fn pad_with(t: &Thread, this: Value, width: i64, fill: Option<Value>, name: &str, pad: Padding) -> R {
    let fill = fill_byte(t, name, fill)?;
    let bytes = content(t, this)?;
    let width = usize::try_from(width).unwrap_or(0);
    if width <= bytes.len() {
        return same(t, this, &bytes);
    }
    check_length(t, Some(width))?;
    like(t, this, &pad(units(&bytes), width, fill).into_bytes().unwrap_or_default())
}

/// Return a centered string of length width.
///
/// Padding is done using the specified fill character.
#[native("center($self, width, fillchar=b' ', /)")]
pub fn bytes_center(t: &Thread, this: Value, width: i64, fill: Option<Value>) -> R {
    pad_with(t, this, width, fill, "center", edit::center)
}

/// Return a left-justified string of length width.
///
/// Padding is done using the specified fill character.
#[native("ljust($self, width, fillchar=b' ', /)")]
pub fn bytes_ljust(t: &Thread, this: Value, width: i64, fill: Option<Value>) -> R {
    pad_with(t, this, width, fill, "ljust", edit::ljust)
}

/// Return a right-justified string of length width.
///
/// Padding is done using the specified fill character.
#[native("rjust($self, width, fillchar=b' ', /)")]
pub fn bytes_rjust(t: &Thread, this: Value, width: i64, fill: Option<Value>) -> R {
    pad_with(t, this, width, fill, "rjust", edit::rjust)
}

/// Pad a numeric string with zeros on the left, to fill a field of the given width.
///
/// The original string is never truncated.
#[native("zfill($self, width, /)")]
pub fn bytes_zfill(t: &Thread, this: Value, width: i64) -> R {
    pad_with(t, this, width, None, "zfill", |text, width, _| edit::zfill(text, width))
}

/// Return a copy where all tab characters are expanded using spaces.
///
/// If tabsize is not given, a tab size of 8 characters is assumed.
#[native("expandtabs($self, /, tabsize=8)")]
pub fn bytes_expandtabs(t: &Thread, this: Value, size: i32) -> R {
    let bytes = content(t, this)?;
    match edit::expandtabs(units(&bytes), usize::try_from(size).unwrap_or(0)).and_then(text::OwnedUnits::into_bytes) {
        Some(expanded) => like(t, this, &expanded),
        None => Err(t.overflow_error("result too long")),
    }
}

/// Return a copy with each character mapped by the given translation table.
///
///   table
///     Translation table, which must be a bytes object of length 256.
///
/// All characters occurring in the optional argument delete are removed.
/// The remaining characters are mapped through the given translation table.
#[native("translate($self, table, /, delete=b'')")]
pub fn bytes_translate(t: &Thread, this: Value, table: Option<Buffer>, delete: Option<Value>) -> R {
    let table: Option<[u8; 256]> = match table {
        None => None,
        Some(table) => match table.as_slice().try_into() {
            Ok(table) => Some(table),
            Err(_) => return Err(t.value_error("translation table must be 256 characters long")),
        },
    };
    // The table is judged first, then what is to be deleted.
    let delete = match delete {
        Some(delete) => Some(Buffer::of(t, delete)?),
        None => None,
    };
    let bytes = content(t, this)?;
    like(
        t,
        this,
        &edit::translate_bytes(&bytes, table.as_ref(), delete.as_ref().map_or(&[], |delete| delete.as_slice())),
    )
}

/// Return a translation table usable for the bytes or bytearray translate method.
///
/// The returned table will be one where each byte in frm is mapped to the byte at
/// the same position in to.
///
/// The bytes objects frm and to must be of the same length.
#[native("maketrans(frm, to, /)")]
pub fn bytes_maketrans(t: &Thread, from: Buffer, to: Buffer) -> R<Ref<Bytes>> {
    if from.len() != to.len() {
        return Err(t.value_error("maketrans arguments must have same length"));
    }
    Bytes::with(t, 256, |table| {
        for (index, entry) in table.iter_mut().enumerate() {
            *entry = index as u8;
        }
        for (&from, &to) in from.iter().zip(to.iter()) {
            table[usize::from(from)] = to;
        }
    })
}

/// Decode the bytes using the codec registered for encoding.
///
///   encoding
///     The encoding with which to decode the bytes.
///   errors
///     The error handling scheme to use for the handling of decoding errors.
///     The default is 'strict' meaning that decoding errors raise a
///     UnicodeDecodeError. Other possible values are 'ignore' and 'replace'
///     as well as any other name registered with codecs.register_error that
///     can handle UnicodeDecodeErrors.
#[native("decode($self, /, encoding='utf-8', errors='strict')")]
pub fn bytes_decode(t: &Thread, this: Value, encoding: Option<Value>, errors: Option<Value>) -> R {
    let name = |value: Option<Value>, name: &str| match value {
        None => Ok(None),
        Some(value) => Str::of(t, value).map(Some).ok_or_else(|| {
            let got = protocols::name_of_argument(t, value);
            t.type_error(format_args!("decode() argument '{name}' must be str, not {got}"))
        }),
    };
    let bytes = content(t, this)?;
    crate::codecs::decode_text(t, &bytes, this, name(encoding, "encoding")?, name(errors, "errors")?)
}

/// Create a string of hexadecimal numbers from a bytes object.
///
///   sep
///     An optional single character or byte to separate hex bytes.
///   bytes_per_sep
///     How many bytes between separators.  Positive values count from the
///     right, negative values count from the left.
///
/// Example:
/// >>> value = b'\xb9\x01\xef'
/// >>> value.hex()
/// 'b901ef'
/// >>> value.hex(':')
/// 'b9:01:ef'
/// >>> value.hex(':', 2)
/// 'b9:01ef'
/// >>> value.hex(':', -2)
/// 'b901:ef'
#[native("hex($self, /, sep=<unrepresentable>, bytes_per_sep=1)")]
pub fn bytes_hex(t: &Thread, this: Value, separator: Option<Value>, group: i32) -> R<Ref<Str>> {
    let bytes = content(t, this)?;
    hex_text(t, &bytes, separator, group)
}

/// Hexadecimal digits of bytes, with a separator between groups.
pub fn hex_text(t: &Thread, bytes: &[u8], separator: Option<Value>, group: i32) -> R<Ref<Str>> {
    let separator = match separator {
        None => None,
        Some(separator) => {
            if protocols::length(t, separator)? != 1 {
                return Err(t.value_error("sep must be length 1."));
            }
            Some(separator_byte(t, separator)?)
        }
    };
    let digits = text::binary::hex::encode(bytes, separator, group as isize);
    Str::from_units(t, Units::One(&digits))
}

fn separator_byte(t: &Thread, separator: Value) -> R<u8> {
    let byte = match Str::of(t, separator) {
        Some(text) => text.units().first(),
        None => match Bytes::of(t, separator) {
            Some(bytes) => bytes.as_slice().first().map(|&byte| byte.into()),
            None => return Err(t.type_error("sep must be str or bytes.")),
        },
    };
    match byte {
        Some(byte @ 0..=0x7f) => Ok(byte as u8),
        _ => Err(t.value_error("sep must be ASCII.")),
    }
}

/// Create a bytes object from a string of hexadecimal numbers.
///
/// Spaces between two numbers are accepted.
/// Example: bytes.fromhex('B9 01EF') -> b'\\xb9\\x01\\xef'.
#[native("fromhex($type, string, /)")]
pub fn bytes_fromhex(t: &Thread, class: Ref<Class>, string: Value) -> R {
    let text = match Str::of(t, string) {
        Some(text) => match text.as_utf8() {
            Some(ascii) => ascii.as_bytes().to_vec(),
            None => {
                let position = text.units().iter().position(|c| c >= 0x80).unwrap_or(0);
                return Err(t.value_error(format_args!(
                    "non-hexadecimal number found in fromhex() arg at position {position}"
                )));
            }
        },
        None => match Buffer::try_of(t, string)? {
            Some(bytes) => bytes.into_vec(),
            None => {
                let got = protocols::name_of_argument(t, string);
                return Err(t.type_error(format_args!("fromhex() argument must be str or bytes-like, not {got}")));
            }
        },
    };
    let decoded = text::binary::hex::decode_spaced(&text).map_err(|error| match error {
        text::binary::hex::HexError::OddLength => {
            t.value_error("fromhex() arg must contain an even number of hexadecimal digits")
        }
        text::binary::hex::HexError::NotDigit(position) => {
            t.value_error(format_args!("non-hexadecimal number found in fromhex() arg at position {position}"))
        }
    })?;
    let builtin = crate::builtins::construct::builtin_base(class);
    let result = if builtin == t.classes().bytearray {
        ByteArray::new(t, &decoded)?.value()
    } else {
        Bytes::new(t, &decoded)?.value()
    };
    if class == builtin { Ok(result) } else { protocols::call(t, class.value(), &[result]) }
}

/// Whether the byte or the bytes occur.
pub fn contains(t: &Thread, this: Value, key: Value) -> R<bool> {
    let bytes = content(t, this)?;
    if int_of(key).is_some() || (protocols::has_index(t, key) && !protocols::buffer::is_bytes_like(t, key)) {
        let byte = byte_of(t, key)?;
        return Ok(bytes.contains(&byte));
    }
    let key = Buffer::of(t, key)?;
    Ok(search::contains(units(&bytes), units(&key)))
}
