//! The named methods of `str`, but for formatting.

use std::ops::Range;

use macros::native;
use text::split::{self, Ends};
use text::unicode::{self, predicates};
use text::{OwnedUnits, TextBuilder, Units, case, edit, search};

use crate::builtins::str::check_length;
use crate::containers::ValueVec;
use crate::object::Ref;
use crate::objects::value_array::ValueArray;
use crate::objects::{Dict, List, Str, Tuple, int_of};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn own(t: &Thread, units: OwnedUnits) -> R<Ref<Str>> {
    Str::from_owned(t, units)
}

/// A limit on counts as methods take it: negative means none.
fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

macro_rules! mappings {
    ($($function:ident $signature:literal $map:path, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            pub fn $function(t: &Thread, this: Ref<Str>) -> R<Ref<Str>> {
                own(t, $map(this.units()))
            }
        )*
    };
}

mappings! {
    str_capitalize "capitalize($self, /)" case::capitalize, "Return a capitalized version of the string.\n\nMore specifically, make the first character have upper case and the rest lower\ncase.";
    str_casefold "casefold($self, /)" case::casefold, "Return a version of the string suitable for caseless comparisons.";
    str_title "title($self, /)" case::title, "Return a version of the string where each word is titlecased.\n\nMore specifically, words start with uppercased characters and all remaining\ncased characters have lower case.";
    str_swapcase "swapcase($self, /)" case::swapcase, "Convert uppercase characters to lowercase and lowercase characters to uppercase.";
}

/// Return a copy of the string converted to lowercase.
#[native("lower($self, /)")]
pub fn str_lower(t: &Thread, this: Ref<Str>) -> R<Ref<Str>> {
    match this.as_utf8() {
        Some(text) => Str::map_ascii(t, text, |byte| byte.to_ascii_lowercase()),
        None => own(t, case::lower(this.units())),
    }
}

/// Return a copy of the string converted to uppercase.
#[native("upper($self, /)")]
pub fn str_upper(t: &Thread, this: Ref<Str>) -> R<Ref<Str>> {
    match this.as_utf8() {
        Some(text) => Str::map_ascii(t, text, |byte| byte.to_ascii_uppercase()),
        None => own(t, case::upper(this.units())),
    }
}

macro_rules! tests {
    ($($function:ident $signature:literal $test:path, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            pub fn $function(_: &Thread, this: Ref<Str>) -> bool {
                $test(this.units())
            }
        )*
    };
}

tests! {
    str_isascii "isascii($self, /)" Units::is_ascii, "Return True if all characters in the string are ASCII, False otherwise.\n\nASCII characters have code points in the range U+0000-U+007F.\nEmpty string is ASCII too.";
    str_islower "islower($self, /)" predicates::islower, "Return True if the string is a lowercase string, False otherwise.\n\nA string is lowercase if all cased characters in the string are lowercase and\nthere is at least one cased character in the string.";
    str_isupper "isupper($self, /)" predicates::isupper, "Return True if the string is an uppercase string, False otherwise.\n\nA string is uppercase if all cased characters in the string are uppercase and\nthere is at least one cased character in the string.";
    str_istitle "istitle($self, /)" predicates::istitle, "Return True if the string is a title-cased string, False otherwise.\n\nIn a title-cased string, upper- and title-case characters may only\nfollow uncased characters and lowercase characters only cased ones.";
    str_isspace "isspace($self, /)" predicates::isspace, "Return True if the string is a whitespace string, False otherwise.\n\nA string is whitespace if all characters in the string are whitespace and there\nis at least one character in the string.";
    str_isdecimal "isdecimal($self, /)" predicates::isdecimal, "Return True if the string is a decimal string, False otherwise.\n\nA string is a decimal string if all characters in the string are decimal and\nthere is at least one character in the string.";
    str_isdigit "isdigit($self, /)" predicates::isdigit, "Return True if the string is a digit string, False otherwise.\n\nA string is a digit string if all characters in the string are digits and there\nis at least one character in the string.";
    str_isnumeric "isnumeric($self, /)" predicates::isnumeric, "Return True if the string is a numeric string, False otherwise.\n\nA string is numeric if all characters in the string are numeric and there is at\nleast one character in the string.";
    str_isalpha "isalpha($self, /)" predicates::isalpha, "Return True if the string is an alphabetic string, False otherwise.\n\nA string is alphabetic if all characters in the string are alphabetic and there\nis at least one character in the string.";
    str_isalnum "isalnum($self, /)" predicates::isalnum, "Return True if the string is an alpha-numeric string, False otherwise.\n\nA string is alpha-numeric if all characters in the string are alpha-numeric and\nthere is at least one character in the string.";
    str_isidentifier "isidentifier($self, /)" predicates::isidentifier, "Return True if the string is a valid Python identifier, False otherwise.\n\nCall keyword.iskeyword(s) to test whether string s is a reserved identifier,\nsuch as \"def\" or \"class\".";
    str_isprintable "isprintable($self, /)" predicates::isprintable, "Return True if all characters in the string are printable, False otherwise.\n\nA character is printable if repr() may use it in its output.";
}

/// Encode the string using the codec registered for encoding.
///
///   encoding
///     The encoding in which to encode the string.
///   errors
///     The error handling scheme to use for encoding errors.
///     The default is 'strict' meaning that encoding errors raise a
///     UnicodeEncodeError.  Other possible values are 'ignore', 'replace' and
///     'xmlcharrefreplace' as well as any other name registered with
///     codecs.register_error that can handle UnicodeEncodeErrors.
#[native("encode($self, /, encoding='utf-8', errors='strict')")]
pub fn str_encode(t: &Thread, this: Value, encoding: Option<Value>, errors: Option<Value>) -> R {
    let name = |value: Option<Value>, name: &str| match value {
        None => Ok(None),
        Some(value) => Str::of(t, value).map(Some).ok_or_else(|| {
            let got = protocols::name_of_argument(t, value);
            t.type_error(format_args!("encode() argument '{name}' must be str, not {got}"))
        }),
    };
    crate::codecs::encode_text(t, this, name(encoding, "encoding")?, name(errors, "errors")?)
}

/// Return a copy with all occurrences of substring old replaced by new.
///
///   count
///     Maximum number of occurrences to replace.
///     -1 (the default value) means replace all occurrences.
///
/// If the optional argument count is given, only the first count occurrences are
/// replaced.
#[native("replace($self, old, new, /, count=-1)")]
pub fn str_replace(t: &Thread, this: Ref<Str>, old: Ref<Str>, new: Ref<Str>, count: i64) -> R<Ref<Str>> {
    let (text, old, new) = (this.units(), old.units(), new.units());
    if new.len() > old.len() {
        check_length(t, edit::replaced_len(text, old, new, limit(count)))?;
    }
    match edit::replace(text, old, new, limit(count)) {
        Some(replaced) => own(t, replaced),
        None => Ok(this),
    }
}

fn list_of_ranges(t: &Thread, this: Ref<Str>, ranges: Vec<Range<usize>>) -> R<Ref<List>> {
    let length = ranges.len();
    if length == 0 {
        return List::new(t);
    }
    let parts = ValueArray::fresh(t, length)?;
    for (slot, range) in parts.object().target().slots().iter().zip(ranges) {
        parts.init(slot, Some(Str::substring(t, this, range.start, range.end)?.value()));
    }
    ValueVec::from_array(Some(parts.publish()), length).into_list(t)
}

type ByWhitespace = fn(Units<'_>, split::Class, usize) -> Vec<Range<usize>>;
type BySeparator = fn(Units<'_>, Units<'_>, usize) -> Vec<Range<usize>>;

fn split_with(
    t: &Thread,
    this: Ref<Str>,
    separator: Option<Value>,
    most: i64,
    by_space: ByWhitespace,
    by: BySeparator,
) -> R<Ref<List>> {
    let Some(separator) = separator.filter(|separator| !separator.is_none()) else {
        return list_of_ranges(t, this, by_space(this.units(), unicode::is_space, limit(most)));
    };
    let Some(separator) = Str::of(t, separator) else {
        return Err(t.type_error(format_args!("must be str or None, not {}", separator.class(t).name())));
    };
    if separator.is_empty() {
        return Err(t.value_error("empty separator"));
    }
    list_of_ranges(t, this, by(this.units(), separator.units(), limit(most)))
}

/// Return a list of the substrings in the string, using sep as the separator string.
///
///   sep
///     The separator used to split the string.
///
///     When set to None (the default value), will split on any whitespace
///     character (including \n \r \t \f and spaces) and will discard
///     empty strings from the result.
///   maxsplit
///     Maximum number of splits.
///     -1 (the default value) means no limit.
///
/// Splitting starts at the front of the string and works to the end.
///
/// Note, str.split() is mainly useful for data that has been intentionally
/// delimited.  With natural text that includes punctuation, consider using
/// the regular expression module.
#[native("split($self, /, sep=None, maxsplit=-1)")]
pub fn str_split(t: &Thread, this: Ref<Str>, separator: Option<Value>, most: i64) -> R<Ref<List>> {
    split_with(t, this, separator, most, split::split_whitespace, split::split)
}

/// Return a list of the substrings in the string, using sep as the separator string.
///
///   sep
///     The separator used to split the string.
///
///     When set to None (the default value), will split on any whitespace
///     character (including \n \r \t \f and spaces) and will discard
///     empty strings from the result.
///   maxsplit
///     Maximum number of splits.
///     -1 (the default value) means no limit.
///
/// Splitting starts at the end of the string and works to the front.
#[native("rsplit($self, /, sep=None, maxsplit=-1)")]
pub fn str_rsplit(t: &Thread, this: Ref<Str>, separator: Option<Value>, most: i64) -> R<Ref<List>> {
    split_with(t, this, separator, most, split::rsplit_whitespace, split::rsplit)
}

/// Return a list of the lines in the string, breaking at line boundaries.
///
/// Line breaks are not included in the resulting list unless keepends is given and
/// true.
#[native("splitlines($self, /, keepends=False)")]
pub fn str_splitlines(t: &Thread, this: Ref<Str>, keep: bool) -> R<Ref<List>> {
    list_of_ranges(t, this, split::lines(this.units(), keep))
}

/// Concatenate any number of strings.
///
/// The string whose method is called is inserted in between each given string.
/// The result is returned as a new string.
///
/// Example: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'
#[native("join($self, iterable, /)")]
pub fn str_join(t: &Thread, this: Ref<Str>, iterable: Value) -> R<Ref<Str>> {
    let parts = match iterable.downcast::<Tuple>() {
        Some(tuple) => ValueVec::from_slice(t, tuple.as_slice())?,
        None => match iterable.downcast::<List>() {
            Some(list) => list.to_vec(t)?,
            None => collect_parts(t, iterable)?,
        },
    };
    join_parts(t, this, parts.as_slice())
}

/// "can only join an iterable" in the place of the error for what is none.
pub fn collect_parts(t: &Thread, iterable: Value) -> R<ValueVec> {
    let class = iterable.class(t);
    let iterable_class = class.special(t, crate::names::Special::Iter).is_some_and(|method| !method.is_none());
    if !iterable_class && !protocols::is_sequence(t, iterable) {
        return Err(t.type_error("can only join an iterable"));
    }
    protocols::collect(t, iterable)
}

/// The strings with this one between them.
pub fn join_parts(t: &Thread, separator: Ref<Str>, parts: &[Value]) -> R<Ref<Str>> {
    match Str::join(t, separator, parts)? {
        Ok(joined) => Ok(joined),
        Err(index) => {
            let got = parts[index].class(t).name();
            Err(t.type_error(format_args!("sequence item {index}: expected str instance, {got} found")))
        }
    }
}

/// A width that padding may have.
fn width(t: &Thread, this: Ref<Str>, width: i64) -> R<usize> {
    let width = usize::try_from(width).unwrap_or(0);
    if width > this.len() {
        check_length(t, Some(width))?;
    }
    Ok(width)
}

fn fill_character(t: &Thread, fill: Option<Value>) -> R<u32> {
    let Some(fill) = fill else { return Ok(u32::from(b' ')) };
    let Some(fill) = Str::of(t, fill) else {
        return Err(
            t.type_error(format_args!("The fill character must be a unicode character, not {}", fill.class(t).name()))
        );
    };
    match (fill.units().first(), fill.len()) {
        (Some(character), 1) => Ok(character),
        _ => Err(t.type_error("The fill character must be exactly one character long")),
    }
}

/// Return a centered string of length width.
///
/// Padding is done using the specified fill character (default is a space).
#[native("center($self, width, fillchar=' ', /)")]
pub fn str_center(t: &Thread, this: Ref<Str>, columns: i64, fill: Option<Value>) -> R<Ref<Str>> {
    let fill = fill_character(t, fill)?;
    let columns = width(t, this, columns)?;
    if columns <= this.len() { Ok(this) } else { own(t, edit::center(this.units(), columns, fill)) }
}

/// Return a left-justified string of length width.
///
/// Padding is done using the specified fill character (default is a space).
#[native("ljust($self, width, fillchar=' ', /)")]
pub fn str_ljust(t: &Thread, this: Ref<Str>, columns: i64, fill: Option<Value>) -> R<Ref<Str>> {
    let fill = fill_character(t, fill)?;
    let columns = width(t, this, columns)?;
    if columns <= this.len() { Ok(this) } else { own(t, edit::ljust(this.units(), columns, fill)) }
}

/// Return a right-justified string of length width.
///
/// Padding is done using the specified fill character (default is a space).
#[native("rjust($self, width, fillchar=' ', /)")]
pub fn str_rjust(t: &Thread, this: Ref<Str>, columns: i64, fill: Option<Value>) -> R<Ref<Str>> {
    let fill = fill_character(t, fill)?;
    let columns = width(t, this, columns)?;
    if columns <= this.len() { Ok(this) } else { own(t, edit::rjust(this.units(), columns, fill)) }
}

/// Pad a numeric string with zeros on the left, to fill a field of the given width.
///
/// The string is never truncated.
#[native("zfill($self, width, /)")]
pub fn str_zfill(t: &Thread, this: Ref<Str>, columns: i64) -> R<Ref<Str>> {
    let columns = width(t, this, columns)?;
    if columns <= this.len() { Ok(this) } else { own(t, edit::zfill(this.units(), columns)) }
}

/// Return a copy where all tab characters are expanded using spaces.
///
/// If tabsize is not given, a tab size of 8 characters is assumed.
#[native("expandtabs($self, /, tabsize=8)")]
pub fn str_expandtabs(t: &Thread, this: Ref<Str>, size: i32) -> R<Ref<Str>> {
    match edit::expandtabs(this.units(), usize::try_from(size).unwrap_or(0)) {
        Some(expanded) => own(t, expanded),
        None => Err(t.overflow_error("new string is too long")),
    }
}

/// The part of a string that bounds name, if the start is within it.
fn window(t: &Thread, this: Ref<Str>, start: Option<Value>, end: Option<Value>) -> R<Option<(usize, Units<'static>)>> {
    let (start, end) = protocols::slice_range(t, start, end, this.len())?;
    Ok((start <= end).then(|| (start, this.target().units().slice(start, end))))
}

type Search = fn(Units<'_>, Units<'_>) -> Option<usize>;

fn search_with(
    t: &Thread,
    search: Search,
    this: Ref<Str>,
    sub: Ref<Str>,
    start: Option<Value>,
    end: Option<Value>,
) -> R<Option<usize>> {
    let Some((start, part)) = window(t, this, start, end)? else { return Ok(None) };
    Ok(search(part, sub.units()).map(|found| found + start))
}

fn index_or_minus_one(found: Option<usize>) -> i64 {
    found.map_or(-1, |found| found as i64)
}

/// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
///
/// Optional arguments start and end are interpreted as in slice notation.
/// Return -1 on failure.
#[native("find($self, sub, start=None, end=None, /)")]
pub fn str_find(t: &Thread, this: Ref<Str>, sub: Ref<Str>, start: Option<Value>, end: Option<Value>) -> R<i64> {
    search_with(t, search::find, this, sub, start, end).map(index_or_minus_one)
}

/// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
///
/// Optional arguments start and end are interpreted as in slice notation.
/// Return -1 on failure.
#[native("rfind($self, sub, start=None, end=None, /)")]
pub fn str_rfind(t: &Thread, this: Ref<Str>, sub: Ref<Str>, start: Option<Value>, end: Option<Value>) -> R<i64> {
    search_with(t, search::rfind, this, sub, start, end).map(index_or_minus_one)
}

/// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
///
/// Optional arguments start and end are interpreted as in slice notation.
/// Raises ValueError when the substring is not found.
#[native("index($self, sub, start=None, end=None, /)")]
pub fn str_index(t: &Thread, this: Ref<Str>, sub: Ref<Str>, start: Option<Value>, end: Option<Value>) -> R<usize> {
    search_with(t, search::find, this, sub, start, end)?.ok_or_else(|| t.value_error("substring not found"))
}

/// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
///
/// Optional arguments start and end are interpreted as in slice notation.
/// Raises ValueError when the substring is not found.
#[native("rindex($self, sub, start=None, end=None, /)")]
pub fn str_rindex(t: &Thread, this: Ref<Str>, sub: Ref<Str>, start: Option<Value>, end: Option<Value>) -> R<usize> {
    search_with(t, search::rfind, this, sub, start, end)?.ok_or_else(|| t.value_error("substring not found"))
}

/// Return the number of non-overlapping occurrences of substring sub in string S[start:end].
///
/// Optional arguments start and end are interpreted as in slice notation.
#[native("count($self, sub, start=None, end=None, /)")]
pub fn str_count(t: &Thread, this: Ref<Str>, sub: Ref<Str>, start: Option<Value>, end: Option<Value>) -> R<usize> {
    Ok(window(t, this, start, end)?.map_or(0, |(_, part)| search::count(part, sub.units(), usize::MAX)))
}

type EdgeTest = fn(Units<'_>, Units<'_>) -> bool;

fn edge_test(
    t: &Thread,
    test: EdgeTest,
    name: &str,
    this: Ref<Str>,
    edge: Value,
    start: Option<Value>,
    end: Option<Value>,
) -> R<bool> {
    let part = window(t, this, start, end)?.map(|(_, part)| part);
    if let Some(edge) = Str::of(t, edge) {
        return Ok(part.is_some_and(|part| test(part, edge.units())));
    }
    let Some(edges) = Tuple::of(t, edge) else {
        let got = edge.class(t).name();
        return Err(t.type_error(format_args!("{name} first arg must be str or a tuple of str, not {got}")));
    };
    for &edge in edges.as_slice() {
        let Some(edge) = Str::of(t, edge) else {
            let got = edge.class(t).name();
            return Err(t.type_error(format_args!("tuple for {name} must only contain str, not {got}")));
        };
        if part.is_some_and(|part| test(part, edge.units())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Return True if the string starts with the specified prefix, False otherwise.
///
///   prefix
///     A string or a tuple of strings to try.
///   start
///     Optional start position. Default: start of the string.
///   end
///     Optional stop position. Default: end of the string.
#[native("startswith($self, prefix, start=None, end=None, /)")]
pub fn str_startswith(t: &Thread, this: Ref<Str>, prefix: Value, start: Option<Value>, end: Option<Value>) -> R<bool> {
    edge_test(t, |text, edge| text.starts_with(edge), "startswith", this, prefix, start, end)
}

/// Return True if the string ends with the specified suffix, False otherwise.
///
///   suffix
///     A string or a tuple of strings to try.
///   start
///     Optional start position. Default: start of the string.
///   end
///     Optional stop position. Default: end of the string.
#[native("endswith($self, suffix, start=None, end=None, /)")]
pub fn str_endswith(t: &Thread, this: Ref<Str>, suffix: Value, start: Option<Value>, end: Option<Value>) -> R<bool> {
    edge_test(t, |text, edge| text.ends_with(edge), "endswith", this, suffix, start, end)
}

fn separator(t: &Thread, separator: Value) -> R<Ref<Str>> {
    let Some(separator) = Str::of(t, separator) else {
        return Err(t.type_error(format_args!("must be str, not {}", separator.class(t).name())));
    };
    if separator.is_empty() { Err(t.value_error("empty separator")) } else { Ok(separator) }
}

/// Partition the string into three parts using the given separator.
///
/// This will search for the separator in the string.  If the separator is found,
/// returns a 3-tuple containing the part before the separator, the separator
/// itself, and the part after it.
///
/// If the separator is not found, returns a 3-tuple containing the original string
/// and two empty strings.
#[native("partition($self, sep, /)")]
pub fn str_partition(t: &Thread, this: Ref<Str>, sep: Value) -> R<Ref<Tuple>> {
    let sep = separator(t, sep)?;
    let empty = Str::empty(t)?;
    let parts = match search::find(this.units(), sep.units()) {
        Some(at) => [Str::substring(t, this, 0, at)?, sep, Str::substring(t, this, at + sep.len(), this.len())?],
        None => [this, empty, empty],
    };
    Tuple::from_slice(t, &parts.map(Ref::value))
}

/// Partition the string into three parts using the given separator.
///
/// This will search for the separator in the string, starting at the end. If
/// the separator is found, returns a 3-tuple containing the part before the
/// separator, the separator itself, and the part after it.
///
/// If the separator is not found, returns a 3-tuple containing two empty strings
/// and the original string.
#[native("rpartition($self, sep, /)")]
pub fn str_rpartition(t: &Thread, this: Ref<Str>, sep: Value) -> R<Ref<Tuple>> {
    let sep = separator(t, sep)?;
    let empty = Str::empty(t)?;
    let parts = match search::rfind(this.units(), sep.units()) {
        Some(at) => [Str::substring(t, this, 0, at)?, sep, Str::substring(t, this, at + sep.len(), this.len())?],
        None => [empty, empty, this],
    };
    Tuple::from_slice(t, &parts.map(Ref::value))
}

fn strip_with(t: &Thread, this: Ref<Str>, characters: Option<Value>, ends: Ends, name: &str) -> R<Ref<Str>> {
    let range = match characters.filter(|characters| !characters.is_none()) {
        None => split::strip_whitespace(this.units(), unicode::is_space, ends),
        Some(characters) => match Str::of(t, characters) {
            Some(characters) => split::strip(this.units(), characters.units(), ends),
            None => return Err(t.type_error(format_args!("{name} arg must be None or str"))),
        },
    };
    Str::substring(t, this, range.start, range.end)
}

/// Return a copy of the string with leading and trailing whitespace removed.
///
/// If chars is given and not None, remove characters in chars instead.
#[native("strip($self, chars=None, /)")]
pub fn str_strip(t: &Thread, this: Ref<Str>, characters: Option<Value>) -> R<Ref<Str>> {
    strip_with(t, this, characters, Ends::Both, "strip")
}

/// Return a copy of the string with leading whitespace removed.
///
/// If chars is given and not None, remove characters in chars instead.
#[native("lstrip($self, chars=None, /)")]
pub fn str_lstrip(t: &Thread, this: Ref<Str>, characters: Option<Value>) -> R<Ref<Str>> {
    strip_with(t, this, characters, Ends::Left, "lstrip")
}

/// Return a copy of the string with trailing whitespace removed.
///
/// If chars is given and not None, remove characters in chars instead.
#[native("rstrip($self, chars=None, /)")]
pub fn str_rstrip(t: &Thread, this: Ref<Str>, characters: Option<Value>) -> R<Ref<Str>> {
    strip_with(t, this, characters, Ends::Right, "rstrip")
}

/// Return a str with the given prefix string removed if present.
///
/// If the string starts with the prefix string, return string[len(prefix):].
/// Otherwise, return a copy of the original string.
#[native("removeprefix($self, prefix, /)")]
pub fn str_removeprefix(t: &Thread, this: Ref<Str>, prefix: Ref<Str>) -> R<Ref<Str>> {
    if this.units().starts_with(prefix.units()) { Str::substring(t, this, prefix.len(), this.len()) } else { Ok(this) }
}

/// Return a str with the given suffix string removed if present.
///
/// If the string ends with the suffix string and that suffix is not empty,
/// return string[:-len(suffix)]. Otherwise, return a copy of the original
/// string.
#[native("removesuffix($self, suffix, /)")]
pub fn str_removesuffix(t: &Thread, this: Ref<Str>, suffix: Ref<Str>) -> R<Ref<Str>> {
    if this.units().ends_with(suffix.units()) {
        Str::substring(t, this, 0, this.len() - suffix.len())
    } else {
        Ok(this)
    }
}

/// Replace each character in the string using the given translation table.
///
///   table
///     Translation table, which must be a mapping of Unicode ordinals to
///     Unicode ordinals, strings, or None.
///
/// The table must implement lookup/indexing via __getitem__, for instance a
/// dictionary or list.  If this operation raises LookupError, the character is
/// left untouched.  Characters mapped to None are deleted.
#[native("translate($self, table, /)")]
pub fn str_translate(t: &Thread, this: Ref<Str>, table: Value) -> R<Ref<Str>> {
    if let Some(text) = this.as_utf8()
        && let Some(dict) = table.downcast::<Dict>().filter(|_| table.class(t) == t.classes().dict)
        && let Some(translated) = translate_ascii(t, text.as_bytes(), dict)?
    {
        return if translated == text.as_bytes() { Ok(this) } else { own(t, OwnedUnits::One(translated)) };
    }
    let mut translated = TextBuilder::with_capacity(this.len());
    let mut changed = false;
    // What a dict says of an ASCII character is asked once: no code of the program runs in between.
    let mut asked: [Option<u32>; 128] = [None; 128];
    let is_dict = table.class(t) == t.classes().dict;
    for character in this.target().units().iter() {
        let known = asked.get(character as usize).copied().flatten();
        let translation = match known {
            Some(other) => Translation::Character(other),
            None => translation(t, table, character)?,
        };
        if is_dict && let Some(place) = asked.get_mut(character as usize) {
            *place = match translation {
                Translation::Same => Some(character),
                Translation::Character(other) => Some(other),
                Translation::Text(_) => None,
            };
        }
        match translation {
            Translation::Same => translated.push_char(character),
            Translation::Character(other) => {
                changed |= other != character;
                translated.push_char(other);
            }
            Translation::Text(text) => {
                changed = true;
                translated.push_units(text.units());
            }
        }
    }
    if changed { own(t, translated.finish()) } else { Ok(this) }
}

/// The text, if the dict has nothing but ASCII characters for each of its characters. Each is asked for once: no code of the
/// program runs in between.
fn translate_ascii(t: &Thread, text: &[u8], table: Ref<Dict>) -> R<Option<Vec<u8>>> {
    const UNASKED: u8 = 0x80;
    let mut known = [UNASKED; 128];
    let mut translated = Vec::with_capacity(text.len());
    for &byte in text {
        let place = &mut known[usize::from(byte & 0x7f)];
        if *place == UNASKED {
            *place = match translation(t, table.value(), u32::from(byte))? {
                Translation::Same => byte,
                Translation::Character(other @ 0..0x80) => other as u8,
                _ => return Ok(None),
            };
        }
        translated.push(*place);
    }
    Ok(Some(translated))
}

enum Translation {
    Same,
    Character(u32),
    Text(Ref<Str>),
}

fn translation(t: &Thread, table: Value, character: u32) -> R<Translation> {
    let key = Value::small(character as i32);
    let mapped = match table.downcast::<Dict>().filter(|_| table.class(t) == t.classes().dict) {
        // A dict says no without an exception.
        Some(dict) => Ok(dict.get(t, key)?),
        None => protocols::get_item(t, table, key).map(Some),
    };
    let mapped = match mapped {
        Ok(Some(mapped)) => mapped,
        Ok(None) => return Ok(Translation::Same),
        Err(raised) => {
            t.catch(raised, t.classes().lookup_error)?;
            return Ok(Translation::Same);
        }
    };
    if mapped.is_none() {
        return Ok(Translation::Text(Str::empty(t)?));
    }
    if let Some(text) = Str::of(t, mapped) {
        return Ok(Translation::Text(text));
    }
    match int_of(mapped) {
        Some(code) => match code.to_i64() {
            Some(code @ 0..=0x10_ffff) => Ok(Translation::Character(code as u32)),
            _ => Err(t.value_error("character mapping must be in range(0x110000)")),
        },
        None => Err(t.type_error("character mapping must return integer, None or str")),
    }
}

/// Return a translation table usable for str.translate().
///
/// If there is only one argument, it must be a dictionary mapping Unicode
/// ordinals (integers) or characters to Unicode ordinals, strings or None.
/// Character keys will be then converted to ordinals.
/// If there are two arguments, they must be strings of equal length, and
/// in the resulting dictionary, each character in x will be mapped to the
/// character at the same position in y. If there is a third argument, it
/// must be a string, whose characters will be mapped to None in the result.
#[native("maketrans(x, y=<unrepresentable>, z=<unrepresentable>, /)")]
pub fn str_maketrans(t: &Thread, x: Value, y: Option<Ref<Str>>, z: Option<Ref<Str>>) -> R<Ref<Dict>> {
    let table = Dict::new(t)?;
    let Some(y) = y else {
        maketrans_from_dict(t, table, x)?;
        return Ok(table);
    };
    let Some(x) = Str::of(t, x) else {
        return Err(t.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if x.len() != y.len() {
        return Err(t.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in x.target().units().iter().zip(y.target().units().iter()) {
        table.set(t, Value::small(from as i32), Value::small(to as i32))?;
    }
    if let Some(z) = z {
        for from in z.target().units().iter() {
            table.set(t, Value::small(from as i32), Value::NONE)?;
        }
    }
    Ok(table)
}

fn maketrans_from_dict(t: &Thread, table: Ref<Dict>, given: Value) -> R<()> {
    let Some(given) = given.downcast::<Dict>() else {
        return Err(t.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    given.for_each(t, |key, value| {
        if let Some(text) = Str::of(t, key) {
            return match (text.units().first(), text.len()) {
                (Some(character), 1) => table.set(t, Value::small(character as i32), value),
                _ => Err(t.value_error("string keys in translatetable must be of length 1")),
            };
        }
        if int_of(key).is_none() {
            return Err(t.type_error("keys in translate table mustbe strings or integers"));
        }
        table.set(t, key, value)
    })
}
