//! `_sre`: compiled patterns and matches, over the matcher of `text::regex`.
//!
//! A search is a `Scan` (`scan`); what may be suspended between two of its steps is a scanner object (`scanner`).

mod scan;
mod scanner;

use scan::{Found, How, Scan};
use text::regex::{Extent, Program};
use vm::builtins::arguments::builtin;
use vm::builtins::generic_alias::class_getitem;
use vm::heap_object;
use vm::modules::NativeModule;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::{Object, Slot, SlotExt};
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, ClassFlags, Dict, List, Module, Str, int_from_i64, int_from_u64};
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Tuple, Value, native, protocols};

heap_object! {
    /// `re.Pattern`.
    pub struct Pattern {
        program: Owned<Program>,
        pattern: Slot,
        flags: Slot,
        /// The words of the program as bytes, to compare patterns.
        code: Slot,
        groups: Slot,
        group_index: Slot,
        index_group: Slot,
    }
    trace { pattern, flags, code, groups, group_index, index_group }
    kind Drop
    drop(drop_owner::<Pattern>)
    fixed
}

impl Owner for Pattern {
    type Content = Program;
    fn owned(&self) -> &Owned<Program> {
        &self.program
    }
}

heap_object! {
    /// `re.Match`.
    pub struct Match {
        pattern: Slot,
        string: Slot,
        /// Start and end of each group in turn, -1 where it took no part.
        spans: Slot,
        pos: Slot,
        endpos: Slot,
        lastindex: Slot,
    }
    trace { pattern, string, spans, pos, endpos, lastindex }
    fixed
}

fn group_count(pattern: Ref<Pattern>) -> usize {
    pattern.groups.get().and_then(Value::as_small_int).unwrap_or(0) as usize
}

fn new_match(t: &Thread, pattern: Ref<Pattern>, string: Value, pos: i64, endpos: i64, found: &Found<'_>) -> R {
    let spans = Tuple::with(t, found.len() * 2, |index| match found.span(index / 2) {
        Some(Extent { start, .. }) if index % 2 == 0 => int_from_u64(t, start as u64),
        Some(Extent { end, .. }) => int_from_u64(t, end as u64),
        None => Ok(Value::small(-1)),
    })?;
    let (pos, endpos) = (int_from_i64(t, pos)?, int_from_i64(t, endpos)?);
    let made = t.allocate_exact::<Match>(MATCH.get(t))?.publish();
    let header = made.header();
    made.pattern.put(header, t, pattern.value());
    made.string.put(header, t, string);
    made.spans.put(header, t, spans.value());
    made.pos.put(header, t, pos);
    made.endpos.put(header, t, endpos);
    made.lastindex.put(header, t, if found.last() > 0 { Value::small(found.last() as i32) } else { Value::NONE });
    Ok(made.value())
}

/// A part of the subject, of the subject's type.
fn part(t: &Thread, string: Value, from: usize, to: usize) -> R {
    match Str::of(t, string) {
        Some(text) => {
            Ok(Str::substring(t, text, from.min(text.len()), to.min(text.len()).max(from.min(text.len())))?.value())
        }
        None => {
            // A buffer that can change may have become shorter since the match.
            let part = |bytes: &[u8]| {
                let to = to.min(bytes.len());
                Bytes::new(t, &bytes[from.min(to)..to])
            };
            match string.downcast::<Bytes>() {
                Some(bytes) => Ok(part(bytes.target().as_slice())?.value()),
                None => Ok(part(&protocols::Buffer::of(t, string)?.into_vec())?.value()),
            }
        }
    }
}

fn one(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64, how: How) -> R {
    let mut scan = Scan::new(t, &this, &string, pos, endpos)?;
    let (pos, endpos) = (scan.start as i64, scan.end as i64);
    match scan.next(how)? {
        Some(found) => new_match(t, this, string, pos, endpos, &found),
        None => Ok(Value::NONE),
    }
}

const FAR: i64 = i64::MAX;

/// Matches zero or more characters at the beginning of the string.
#[native("match($self, /, string, pos=0, endpos=9223372036854775807)")]
fn pattern_match(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R {
    one(t, this, string, pos, endpos, How::Match)
}

/// Matches against all of the string.
#[native("fullmatch($self, /, string, pos=0, endpos=9223372036854775807)")]
fn pattern_fullmatch(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R {
    one(t, this, string, pos, endpos, How::FullMatch)
}

/// Scan through string looking for a match, and return a corresponding match object instance.
#[native("search($self, /, string, pos=0, endpos=9223372036854775807)")]
fn pattern_search(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R {
    one(t, this, string, pos, endpos, How::Search)
}

/// Calls `visit` with each match from left to right.
fn each(
    t: &Thread,
    this: Ref<Pattern>,
    string: Value,
    pos: i64,
    endpos: i64,
    mut visit: impl FnMut(&Found<'_>) -> R<bool>,
) -> R<()> {
    let mut scan = Scan::new(t, &this, &string, pos, endpos)?;
    while let Some(found) = scan.next(How::Search)? {
        if !visit(&found)? {
            break;
        }
        t.poll()?;
    }
    Ok(())
}

/// Return a list of all non-overlapping matches of pattern in string.
#[native("findall($self, /, string, pos=0, endpos=9223372036854775807)")]
fn pattern_findall(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R<Ref<List>> {
    let list = List::new(t)?;
    each(t, this, string, pos, endpos, |found| {
        let group = |index: usize| match found.span(index) {
            Some(Extent { start, end }) => part(t, string, start, end),
            None => part(t, string, 0, 0),
        };
        let item = match found.len() {
            1 => group(0)?,
            2 => group(1)?,
            count => Tuple::with(t, count - 1, |index| group(index + 1))?.value(),
        };
        list.push(t, item)?;
        Ok(true)
    })?;
    Ok(list)
}

/// Return an iterator over all non-overlapping matches for the RE pattern in string.
#[native("finditer($self, /, string, pos=0, endpos=9223372036854775807)")]
fn pattern_finditer(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R {
    let search = protocols::get_attribute(t, scanner::new(t, this, string, pos, endpos)?, Str::interned(t, "search")?)?;
    protocols::call(t, builtin(t, "iter")?, &[search, Value::NONE])
}

/// Return a scanner object: its `match` and `search` go on where the last one ended.
#[native("scanner($self, /, string, pos=0, endpos=9223372036854775807)")]
fn pattern_scanner(t: &Thread, this: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R {
    scanner::new(t, this, string, pos, endpos)
}

/// Split string by the occurrences of pattern.
#[native("split($self, /, string, maxsplit=0)")]
fn pattern_split(t: &Thread, this: Ref<Pattern>, string: Value, maxsplit: i64) -> R<Ref<List>> {
    let (list, mut last, mut count) = (List::new(t)?, 0, 0);
    each(t, this, string, 0, FAR, |found| {
        if maxsplit > 0 && count >= maxsplit {
            return Ok(false);
        }
        list.push(t, part(t, string, last, found.whole.start)?)?;
        for group in 1..found.len() {
            let item = found.span(group).map_or(Ok(Value::NONE), |span| part(t, string, span.start, span.end))?;
            list.push(t, item)?;
        }
        (last, count) = (found.whole.end, count + 1);
        Ok(true)
    })?;
    list.push(t, part(t, string, last, protocols::length(t, string)?)?)?;
    Ok(list)
}

/// What matches are replaced by.
#[derive(Clone, Copy)]
enum Replacement {
    Literal(Value),
    /// What `re` parsed: literals and group numbers in turn.
    Template(Ref<List>),
    Function(Value),
}

impl Replacement {
    fn of(t: &Thread, pattern: Ref<Pattern>, given: Value) -> R<Self> {
        if protocols::is_callable(t, given) {
            return Ok(Self::Function(given));
        }
        let plain = Str::of(t, given).is_some_and(|text| text::search::find_char(text.units(), '\\'.into()).is_none());
        if plain { Ok(Self::Literal(given)) } else { template_of(t, pattern, given).map(Self::Template) }
    }
}

/// Replaces matches.
fn substitute(t: &Thread, this: Ref<Pattern>, replacement: Value, string: Value, limit: i64) -> R<(Value, u64)> {
    let replacement = Replacement::of(t, this, replacement)?;
    let (pieces, mut last, mut count) = (List::new(t)?, 0, 0_u64);
    each(t, this, string, 0, FAR, |found| {
        if limit > 0 && count >= limit as u64 {
            return Ok(false);
        }
        if last < found.whole.start {
            pieces.push(t, part(t, string, last, found.whole.start)?)?;
        }
        match replacement {
            Replacement::Literal(text) => pieces.push(t, text)?,
            Replacement::Template(template) => {
                push_expansion(t, pieces, template, string, found.len(), |group| Ok(found.span(group)))?;
            }
            Replacement::Function(function) => {
                let end = protocols::length(t, string)? as i64;
                let made = protocols::call(t, function, &[new_match(t, this, string, 0, end, found)?])?;
                if !made.is_none() {
                    pieces.push(t, made)?;
                }
            }
        }
        (last, count) = (found.whole.end, count + 1);
        Ok(true)
    })?;
    pieces.push(t, part(t, string, last, protocols::length(t, string)?)?)?;
    let empty = part(t, string, 0, 0)?;
    let joined = protocols::call_method(t, empty, Str::interned(t, "join")?, &[pieces.value()])?;
    Ok((joined, count))
}

/// The parsed template: literals and group numbers in turn, as `re._parser.parse_template` gives them.
fn template_of(t: &Thread, this: Ref<Pattern>, replacement: Value) -> R<Ref<List>> {
    let replacement = match Str::of(t, replacement) {
        None if replacement.downcast::<Bytes>().is_none() && protocols::buffer::is_bytes_like(t, replacement) => {
            Bytes::new(t, &protocols::Buffer::of(t, replacement)?.into_vec())?.value()
        }
        _ => replacement,
    };
    let re = vm::builtins::import::import_module(t, "re")?;
    let parse = protocols::get_attribute(t, re, Str::interned(t, "_compile_template")?)?;
    let template = protocols::call(t, parse, &[this.value(), replacement])?;
    match template.downcast::<List>() {
        Some(template) => Ok(template),
        None => List::from_slice(t, &[template]),
    }
}

fn push_expansion(
    t: &Thread,
    pieces: Ref<List>,
    template: Ref<List>,
    string: Value,
    groups: usize,
    span: impl Fn(usize) -> R<Option<Extent>>,
) -> R<()> {
    let mut index = 0;
    while let Some(item) = template.get(index) {
        index += 1;
        match item.as_small_int() {
            Some(group) => {
                let Some(group) = usize::try_from(group).ok().filter(|&group| group < groups) else {
                    return Err(t.index_error("no such group"));
                };
                if let Some(Extent { start, end }) = span(group)? {
                    pieces.push(t, part(t, string, start, end)?)?;
                }
            }
            None => pieces.push(t, item)?,
        }
    }
    Ok(())
}

/// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string.
#[native("sub($self, /, repl, string, count=0)")]
fn pattern_sub(t: &Thread, this: Ref<Pattern>, replacement: Value, string: Value, count: i64) -> R {
    substitute(t, this, replacement, string, count).map(|(text, _)| text)
}

/// Return the tuple (new_string, number_of_subs_made).
#[native("subn($self, /, repl, string, count=0)")]
fn pattern_subn(t: &Thread, this: Ref<Pattern>, replacement: Value, string: Value, count: i64) -> R<Ref<Tuple>> {
    let (text, made) = substitute(t, this, replacement, string, count)?;
    Tuple::from_slice(t, &[text, int_from_u64(t, made)?])
}

/// The flags in the order in which `repr` names them; the first comes with every string pattern.
const FLAG_NAMES: &[(i64, &str)] = &[
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];
const UNICODE: i64 = 32;
const LOCALE_UNICODE_ASCII: i64 = 4 | 32 | 256;

/// How much of a pattern's own repr is shown.
const SHOWN: usize = 200;

#[native("__repr__($self, /)")]
fn pattern_repr(t: &Thread, this: Ref<Pattern>) -> R<String> {
    let source = this.pattern.get().unwrap_or(Value::NONE);
    let mut flags = this.flags.get().and_then(Value::as_small_int).unwrap_or(0);
    if Str::of(t, source).is_some() && flags & LOCALE_UNICODE_ASCII == UNICODE {
        flags &= !UNICODE;
    }
    let mut names = Vec::new();
    for &(flag, name) in FLAG_NAMES {
        if flags & flag != 0 {
            names.push(name.to_owned());
            flags &= !flag;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let shown: String = protocols::repr(t, source)?.to_string_lossy().chars().take(SHOWN).collect();
    if names.is_empty() {
        Ok(format!("re.compile({shown})"))
    } else {
        Ok(format!("re.compile({shown}, {})", names.join("|")))
    }
}

/// Patterns are immutable: a copy is the pattern.
#[native("__copy__($self, /)")]
fn pattern_copy(_: &Thread, this: Value) -> Value {
    this
}

#[native("__deepcopy__($self, memo, /)")]
fn pattern_deepcopy(_: &Thread, this: Value, _: Value) -> Value {
    this
}

/// See PEP 585
#[native("__class_getitem__($type, item, /)")]
fn re_class_getitem(t: &Thread, class: Value, item: Value) -> R {
    class_getitem(t, class, item)
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn pattern_hash(t: &Thread, this: Ref<Pattern>) -> R {
    let slots = [&this.flags, &this.code, &this.pattern].map(|slot| slot.get().unwrap_or(Value::NONE));
    let hash = protocols::hash(t, Tuple::from_slice(t, &slots)?.value())?;
    int_from_i64(t, hash.cast_signed())
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn pattern_eq(t: &Thread, this: Ref<Pattern>, value: Value) -> R {
    let Some(other) = value.downcast::<Pattern>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let (source, others) = (this.pattern.get().unwrap_or(Value::NONE), other.pattern.get().unwrap_or(Value::NONE));
    // str and bytes are never compared, which could warn.
    if Str::of(t, source).is_some() != Str::of(t, others).is_some() {
        return Ok(Value::FALSE);
    }
    for (a, b) in [(&this.flags, &other.flags), (&this.code, &other.code), (&this.pattern, &other.pattern)] {
        if !protocols::equal(t, a.get().unwrap_or(Value::NONE), b.get().unwrap_or(Value::NONE))? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

macro_rules! slots {
    ($($function:ident $type:ident $field:ident;)*) => {
        $(fn $function(_: &Thread, this: Value) -> R {
            Ok(this.downcast::<$type>().and_then(|object| object.$field.get()).unwrap_or(Value::NONE))
        })*
    };
}
slots! {
    get_pattern Pattern pattern; get_flags Pattern flags; get_groups Pattern groups;
    get_re Match pattern; get_string Match string; get_pos Match pos; get_endpos Match endpos;
    get_lastindex Match lastindex;
}

/// The names of the groups, which nobody is to change.
fn get_groupindex(t: &Thread, this: Value) -> R {
    let names = this.downcast::<Pattern>().and_then(|pattern| pattern.group_index.get());
    protocols::call(t, t.classes().mappingproxy.value(), &[names.unwrap_or(Value::NONE)])
}

/// `re.Pattern`.
static PATTERN: NativeClass = NativeClass::new(ClassDef {
    name: "Pattern",
    module: "re",
    layout: <Pattern as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "Compiled regular expression object.",
    methods: &[
        MethodDef::Method(&PATTERN_MATCH),
        MethodDef::Method(&PATTERN_FULLMATCH),
        MethodDef::Method(&PATTERN_SEARCH),
        MethodDef::Method(&PATTERN_FINDALL),
        MethodDef::Method(&PATTERN_FINDITER),
        MethodDef::Method(&PATTERN_SPLIT),
        MethodDef::Method(&PATTERN_SUB),
        MethodDef::Method(&PATTERN_SUBN),
        MethodDef::Method(&PATTERN_SCANNER),
        MethodDef::Method(&PATTERN_REPR),
        MethodDef::Method(&PATTERN_COPY),
        MethodDef::Method(&PATTERN_DEEPCOPY),
        MethodDef::Method(&PATTERN_HASH),
        MethodDef::Method(&PATTERN_EQ),
        MethodDef::Class(&RE_CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "pattern", get: get_pattern, set: None, doc: "" },
        GetSet { name: "flags", get: get_flags, set: None, doc: "" },
        GetSet { name: "groups", get: get_groups, set: None, doc: "" },
        GetSet { name: "groupindex", get: get_groupindex, set: None, doc: "" },
    ],
});

/// The span of a group given by number or name, if it took part.
fn span(t: &Thread, this: Ref<Match>, group: Value) -> R<Option<Extent>> {
    let number = match group.as_small_int() {
        Some(number) => Some(number),
        None if protocols::has_index(t, group) => protocols::index(t, group)?.as_small_int(),
        None => {
            let pattern = this.pattern.get().and_then(Value::downcast::<Pattern>);
            let names = pattern.and_then(|pattern| pattern.group_index.get()).and_then(Value::downcast::<Dict>);
            match names {
                Some(names) => names.get(t, group)?.and_then(Value::as_small_int),
                None => None,
            }
        }
    };
    match number.and_then(|number| usize::try_from(number).ok()).filter(|&group| group < count_of(t, this)) {
        Some(group) => Ok(numbered_span(t, this, group)),
        None => Err(t.index_error("no such group")),
    }
}

/// The span of one of the groups, if it took part.
fn numbered_span(t: &Thread, this: Ref<Match>, group: usize) -> Option<Extent> {
    let spans = this.spans.get().and_then(|spans| Tuple::of(t, spans))?;
    let edge = |index: usize| usize::try_from(spans.get(index).as_small_int()?).ok();
    Some(Extent { start: edge(group * 2)?, end: edge(group * 2 + 1)? })
}

/// Start and end as Python sees them.
fn edges(t: &Thread, span: Option<Extent>) -> R<(Value, Value)> {
    match span {
        Some(Extent { start, end }) => Ok((int_from_u64(t, start as u64)?, int_from_u64(t, end as u64)?)),
        None => Ok((Value::small(-1), Value::small(-1))),
    }
}

fn pair(t: &Thread, span: Option<Extent>) -> R<Ref<Tuple>> {
    let (start, end) = edges(t, span)?;
    Tuple::from_slice(t, &[start, end])
}

fn group_or(t: &Thread, this: Ref<Match>, group: Value, default: Value) -> R {
    part_or(t, this, span(t, this, group)?, default)
}

fn part_or(t: &Thread, this: Ref<Match>, span: Option<Extent>, default: Value) -> R {
    match span {
        Some(Extent { start, end }) => part(t, this.string.get().unwrap_or(Value::NONE), start, end),
        None => Ok(default),
    }
}

/// Return subgroup(s) of the match by indices or names.
#[native("group", raw)]
fn match_group(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<Match>()) else {
        return Err(t.type_error("descriptor 'group' of 're.Match' object needs an argument"));
    };
    match args.rest().positional() {
        [] => group_or(t, this, Value::small(0), Value::NONE),
        [group] => group_or(t, this, *group, Value::NONE),
        many => Ok(Tuple::with(t, many.len(), |index| group_or(t, this, many[index], Value::NONE))?.value()),
    }
}

#[native("__getitem__($self, key, /)")]
fn match_getitem(t: &Thread, this: Ref<Match>, key: Value) -> R {
    group_or(t, this, key, Value::NONE)
}

fn count_of(t: &Thread, this: Ref<Match>) -> usize {
    this.spans.get().and_then(|spans| Tuple::of(t, spans)).map_or(1, |spans| spans.len() / 2)
}

/// Return a tuple containing all the subgroups of the match, from 1.
#[native("groups($self, /, default=None)")]
fn match_groups(t: &Thread, this: Ref<Match>, default: Value) -> R<Ref<Tuple>> {
    Tuple::with(t, count_of(t, this) - 1, |index| part_or(t, this, numbered_span(t, this, index + 1), default))
}

/// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
#[native("groupdict($self, /, default=None)")]
fn match_groupdict(t: &Thread, this: Ref<Match>, default: Value) -> R<Ref<Dict>> {
    let result = Dict::new(t)?;
    let pattern = this.pattern.get().and_then(Value::downcast::<Pattern>);
    if let Some(names) = pattern.and_then(|pattern| pattern.group_index.get()).and_then(Value::downcast::<Dict>) {
        names.for_each(t, |name, group| result.set(t, name, group_or(t, this, group, default)?))?;
    }
    Ok(result)
}

/// Return index of the start of the substring matched by group.
#[native("start($self, group=None, /)")]
fn match_start(t: &Thread, this: Ref<Match>, group: Option<Value>) -> R {
    Ok(edges(t, span(t, this, group.unwrap_or(Value::small(0)))?)?.0)
}

/// Return index of the end of the substring matched by group.
#[native("end($self, group=None, /)")]
fn match_end(t: &Thread, this: Ref<Match>, group: Option<Value>) -> R {
    Ok(edges(t, span(t, this, group.unwrap_or(Value::small(0)))?)?.1)
}

/// For match object m, return the 2-tuple (m.start(group), m.end(group)).
#[native("span($self, group=None, /)")]
fn match_span(t: &Thread, this: Ref<Match>, group: Option<Value>) -> R<Ref<Tuple>> {
    pair(t, span(t, this, group.unwrap_or(Value::small(0)))?)
}

/// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
#[native("expand($self, /, template)")]
fn match_expand(t: &Thread, this: Ref<Match>, template: Value) -> R {
    let Some(pattern) = this.pattern.get().and_then(Value::downcast::<Pattern>) else { return Ok(template) };
    let (pieces, string) = (List::new(t)?, this.string.get().unwrap_or(Value::NONE));
    let template = template_of(t, pattern, template)?;
    push_expansion(t, pieces, template, string, count_of(t, this), |group| Ok(numbered_span(t, this, group)))?;
    let empty = part(t, string, 0, 0)?;
    protocols::call_method(t, empty, Str::interned(t, "join")?, &[pieces.value()])
}

#[native("__repr__($self, /)")]
fn match_repr(t: &Thread, this: Ref<Match>) -> R<String> {
    let Extent { start, end } = numbered_span(t, this, 0).unwrap_or(Extent { start: 0, end: 0 });
    let shown = protocols::repr(t, group_or(t, this, Value::small(0), Value::NONE)?)?.to_string_lossy();
    Ok(format!("<re.Match object; span=({start}, {end}), match={shown}>"))
}

fn get_regs(t: &Thread, this: Value) -> R {
    let Some(this) = this.downcast::<Match>() else { return Ok(Value::NONE) };
    let pair = |group| Ok(pair(t, numbered_span(t, this, group))?.value());
    Ok(Tuple::with(t, count_of(t, this), pair)?.value())
}

fn get_lastgroup(t: &Thread, this: Value) -> R {
    let Some(object) = this.downcast::<Match>() else { return Ok(Value::NONE) };
    let names = object.pattern.get().and_then(Value::downcast::<Pattern>).and_then(|pattern| pattern.index_group.get());
    let names = names.and_then(|names| Tuple::of(t, names));
    let last = object.lastindex.get().and_then(Value::as_small_int);
    Ok(names
        .zip(last)
        .and_then(|(names, last)| names.target().as_slice().get(last as usize).copied())
        .unwrap_or(Value::NONE))
}

/// `re.Match`.
static MATCH: NativeClass = NativeClass::new(ClassDef {
    name: "Match",
    module: "re",
    layout: <Match as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    methods: &[
        MethodDef::Method(&MATCH_GROUP),
        MethodDef::Method(&MATCH_GETITEM),
        MethodDef::Method(&MATCH_GROUPS),
        MethodDef::Method(&MATCH_GROUPDICT),
        MethodDef::Method(&MATCH_START),
        MethodDef::Method(&MATCH_END),
        MethodDef::Method(&MATCH_SPAN),
        MethodDef::Method(&MATCH_EXPAND),
        MethodDef::Method(&MATCH_REPR),
        MethodDef::Method(&PATTERN_COPY),
        MethodDef::Method(&PATTERN_DEEPCOPY),
        MethodDef::Class(&RE_CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "re", get: get_re, set: None, doc: "" },
        GetSet { name: "string", get: get_string, set: None, doc: "" },
        GetSet { name: "regs", get: get_regs, set: None, doc: "" },
        GetSet { name: "pos", get: get_pos, set: None, doc: "" },
        GetSet { name: "endpos", get: get_endpos, set: None, doc: "" },
        GetSet { name: "lastindex", get: get_lastindex, set: None, doc: "" },
        GetSet { name: "lastgroup", get: get_lastgroup, set: None, doc: "" },
    ],
});

#[native("compile(pattern, flags, code, groups, groupindex, indexgroup)")]
fn compile(
    t: &Thread,
    pattern: Value,
    flags: Value,
    code: Value,
    groups: Value,
    group_index: Value,
    index_group: Value,
) -> R<Ref<Pattern>> {
    let mut words = Vec::new();
    protocols::for_each(t, code, |word| {
        words.push(protocols::index_i64(t, word)? as u32);
        Ok(())
    })?;
    let count = usize::try_from(protocols::index_i64(t, groups)?).unwrap_or(usize::MAX);
    let program = Program::read(&words, count).map_err(|_| t.runtime_error("invalid SRE code"))?;
    let code = Bytes::new(t, &words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>())?;
    let made: Ref<Pattern> = new_owner(t, PATTERN.get(t), program, None)?;
    let header = made.header();
    made.pattern.put(header, t, pattern);
    made.flags.put(header, t, flags);
    made.code.put(header, t, code.value());
    made.groups.put(header, t, groups);
    made.group_index.put(header, t, group_index);
    made.index_group.put(header, t, index_group);
    Ok(made)
}

/// A parsed template as `re` wants to keep it: the list of its literals and group numbers.
#[native("template(pattern, template, /)")]
fn template(t: &Thread, _pattern: Value, parts: Value) -> R<Ref<List>> {
    let (list, kept) = (protocols::list_of(t, parts)?, List::new(t)?);
    let mut index = 0;
    while let Some(part) = list.get(index) {
        index += 1;
        let empty = part.as_small_int().is_none() && protocols::length(t, part)? == 0;
        if !empty {
            kept.push(t, part)?;
        }
    }
    Ok(kept)
}

fn lower(character: i64) -> Option<char> {
    char::from_u32(character as u32)
}

#[native("ascii_iscased(character, /)")]
fn ascii_iscased(_: &Thread, character: i64) -> bool {
    lower(character).is_some_and(|character| character.is_ascii_alphabetic())
}

#[native("ascii_tolower(character, /)")]
fn ascii_tolower(_: &Thread, character: i64) -> i64 {
    lower(character).map_or(character, |character| i64::from(u32::from(character.to_ascii_lowercase())))
}

fn simple_lower(character: char) -> char {
    let mut lowered = character.to_lowercase();
    match (lowered.next(), lowered.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

#[native("unicode_iscased(character, /)")]
fn unicode_iscased(_: &Thread, character: i64) -> bool {
    lower(character).is_some_and(|character| {
        simple_lower(character) != character || character.to_uppercase().next() != Some(character)
    })
}

#[native("unicode_tolower(character, /)")]
fn unicode_tolower(_: &Thread, character: i64) -> i64 {
    lower(character).map_or(character, |character| i64::from(u32::from(simple_lower(character))))
}

#[native("getlower(character, flags, /)")]
fn getlower(t: &Thread, character: i64, flags: i64) -> i64 {
    const UNICODE: i64 = 32;
    if flags & UNICODE != 0 { unicode_tolower(t, character) } else { ascii_tolower(t, character) }
}

#[native("getcodesize()")]
fn getcodesize(_: &Thread) -> i64 {
    4
}

/// The version of the words that programs are made of, which the library's compiler of patterns holds against its own.
const MAGIC: i64 = 20_230_612;

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    module.add_int(t, "MAGIC", MAGIC)?;
    module.add_int(t, "CODESIZE", 4)?;
    module.add_int(t, "MAXREPEAT", u32::MAX.into())?;
    module.add_int(t, "MAXGROUPS", (u32::MAX / 2).into())
}

/// `_sre`.
pub static MODULE: NativeModule = NativeModule {
    name: "_sre",
    doc: "",
    functions: &[
        &COMPILE,
        &TEMPLATE,
        &ASCII_ISCASED,
        &ASCII_TOLOWER,
        &UNICODE_ISCASED,
        &UNICODE_TOLOWER,
        &GETLOWER,
        &GETCODESIZE,
    ],
    classes: &[],
    initialize,
};
