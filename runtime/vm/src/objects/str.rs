//! `Str`: an immutable string of one-, two- or four-byte units, inline after its hash or in a counted buffer outside.
//!
//! Invariants:
//! 1. The width is the narrowest that holds the characters, so equal strings have equal widths; `ASCII` says whether all
//!    characters are below 128.
//! 2. Without `EXTERNAL`, the length lies in the header's shape word and the units follow the fixed part. With it, a
//!    buffer pointer and the length in units follow, the cell is of the kind that is dropped, and the units are a prefix of
//!    the buffer.
//! 3. Flags (but those of interning), length and units are written before the string is published and never again.
//! 4. An interned string is the only one with its characters in its table, which a flag names. (A name that is added to the
//!    shared space late may be in both.)

use gc::{CellKind, Header};
use sync::atomic::{AtomicU64, Ordering};
use text::units::Width;
use text::{OwnedUnits, Units};

use crate::containers::hash_seed::process_key;
use crate::containers::text_buffer::{TextBuffer, TextBufferRef, bytes_of};
use crate::containers::{allocate, intern};
use crate::heap_object;
use crate::object::Ref;
use crate::objects::Boxed;
use crate::raised::R;
use crate::thread::{LONG, Thread};
use crate::value::Value;

heap_object! {
    /// A string.
    pub struct Str {
        hash: AtomicU64,
    }
    trace {}
    kind Untraced
    drop(drop_str)
    fixed
}

/// All characters are below 128.
const ASCII: u16 = 1 << 8;
/// Units of two bytes.
const WIDE: u16 = 1 << 9;
/// Units of four bytes.
const WIDEST: u16 = 1 << 10;
/// The units are in a buffer outside.
const EXTERNAL: u16 = 1 << 11;
/// The string is in its interpreter's intern table.
const INTERNED_HERE: u16 = 1 << 12;
/// The string is in the shared space's intern table.
const INTERNED_SHARED: u16 = 1 << 13;
const INTERNED: u16 = INTERNED_HERE | INTERNED_SHARED;

/// Strings from this many bytes on live outside.
const LARGE: usize = 4096;
/// Results of concatenation from this many bytes on live outside, with room to spare.
const LARGE_SUM: usize = 1024;

/// What follows the fixed part of an external string.
#[repr(C)]
struct External {
    buffer: *const TextBuffer,
    length: usize,
}

/// Where the units, or the `External`, start.
const UNITS_OFFSET: usize = size_of::<Header>() + size_of::<AtomicU64>();

unsafe fn drop_str(object: *mut Header) {
    // SAFETY: the collector drops a string whose layout is this one, and nobody can reach it.
    let string = unsafe { &*object.cast::<Str>() };
    if let Some(external) = string.external().filter(|external| !external.buffer.is_null()) {
        // SAFETY: the string carried one count of its buffer, and is gone now.
        let freed = unsafe { TextBufferRef::from_raw(external.buffer) }.give_back();
        if freed > 0 {
            gc::Heap::of(&string.header).release(freed);
        }
    }
}

fn width_flags(width: Width, ascii: bool) -> u16 {
    match width {
        Width::One if ascii => ASCII,
        Width::One => 0,
        Width::Two => WIDE,
        Width::Four => WIDEST,
    }
}

impl Str {
    /// The string in this value: the value itself, or what an instance of a subclass of `str` holds.
    #[inline(always)]
    #[must_use]
    pub fn of(_: &Thread, value: Value) -> Option<Ref<Str>> {
        value.downcast::<Str>().or_else(|| Boxed::content::<Str>(value))
    }

    /// A string of these characters.
    pub fn new(t: &Thread, text: &str) -> R<Ref<Str>> {
        if text.is_ascii() {
            return Self::from_latin1(t, text.as_bytes(), true);
        }
        Self::from_owned(t, OwnedUnits::from_utf8(text))
    }

    /// A string of these characters, whose units may be wider than they need to be.
    pub fn from_units(t: &Thread, units: Units<'_>) -> R<Ref<Str>> {
        match units {
            Units::One(bytes) => Self::from_latin1(t, bytes, bytes.is_ascii()),
            _ if units.needed_width() == units.width() => Self::from_canonical(t, units),
            _ => Self::from_owned(t, units.to_canonical()),
        }
    }

    /// A string of these characters.
    pub fn from_owned(t: &Thread, units: OwnedUnits) -> R<Ref<Str>> {
        match units.as_units() {
            Units::One(bytes) => Self::from_latin1(t, bytes, bytes.is_ascii()),
            wide => Self::from_canonical(t, wide),
        }
    }

    /// A string of these bytes in UTF-8, lone surrogates included.
    pub fn from_wtf8(t: &Thread, bytes: &[u8]) -> R<Ref<Str>> {
        if bytes.is_ascii() {
            Self::from_latin1(t, bytes, true)
        } else {
            Self::from_owned(t, OwnedUnits::from_wtf8(bytes).unwrap_or_default())
        }
    }

    /// The empty string, of which there is one.
    pub fn empty(t: &Thread) -> R<Ref<Str>> {
        match t.shared_if_built() {
            Some(shared) => Ok(shared.singletons.empty_string),
            None => Self::build(t, Width::One, 0, true, |_| ()),
        }
    }

    /// A string of one character.
    #[inline]
    pub fn from_char(t: &Thread, character: u32) -> R<Ref<Str>> {
        if character < 256 {
            return match t.shared_if_built() {
                Some(shared) => Ok(shared.singletons.characters[character as usize]),
                None => Self::new_character(t, character as u8),
            };
        }
        match u16::try_from(character) {
            Ok(unit) => Self::from_canonical(t, Units::Two(&[unit])),
            Err(_) => Self::from_canonical(t, Units::Four(&[character])),
        }
    }

    /// The first string of one Latin-1 character: the shared space's thread makes each once.
    pub fn new_character(t: &Thread, byte: u8) -> R<Ref<Str>> {
        Self::build(t, Width::One, 1, byte < 128, |target| copy_bytes(target, &[byte]))
    }

    /// A string of these bytes, all ASCII.
    pub fn from_ascii(t: &Thread, bytes: &[u8]) -> R<Ref<Str>> {
        debug_assert!(bytes.is_ascii(), "the caller made digits and the like");
        Self::from_latin1(t, bytes, bytes.is_ascii())
    }

    #[inline]
    fn from_latin1(t: &Thread, bytes: &[u8], ascii: bool) -> R<Ref<Str>> {
        match bytes {
            [] => Self::empty(t),
            [byte] => Self::from_char(t, u32::from(*byte)),
            _ => Self::build(t, Width::One, bytes.len(), ascii, |target| copy_bytes(target, bytes)),
        }
    }

    fn from_canonical(t: &Thread, units: Units<'_>) -> R<Ref<Str>> {
        Self::build(t, units.width(), units.len(), false, |target| copy_bytes(target, units.as_bytes()))
    }

    /// A string of `length` units that `fill` writes. The collector may stop the threads while a long one is written: the caller has no
    /// other object in hand that is not published.
    #[inline]
    fn build(t: &Thread, width: Width, length: usize, ascii: bool, fill: impl FnOnce(*mut u8)) -> R<Ref<Str>> {
        let Some(bytes) = length.checked_mul(width.bytes()) else { return Err(t.memory_error()) };
        if bytes >= LARGE {
            return Self::build_external(t, width, length, ascii, bytes, fill);
        }
        let fresh = allocate::<Str>(t, t.classes().str, UNITS_OFFSET + bytes, CellKind::Untraced)?;
        let string = fresh.object();
        string.header.set_shape(length as u32);
        string.header.init_flags(width_flags(width, ascii));
        string.hash.store(0, Ordering::Relaxed);
        fill(string.target().tail());
        Ok(fresh.publish())
    }

    fn build_external(
        t: &Thread,
        width: Width,
        length: usize,
        ascii: bool,
        capacity: usize,
        fill: impl FnOnce(*mut u8),
    ) -> R<Ref<Str>> {
        let Some(buffer) = TextBufferRef::new(length * width.bytes(), capacity) else { return Err(t.memory_error()) };
        t.blocking_if(capacity >= LONG, || fill(buffer.bytes()));
        t.mutator().charge(capacity);
        Self::wrap(t, buffer, length, width_flags(width, ascii))
    }

    /// A string whose units are the first of the buffer.
    fn wrap(t: &Thread, buffer: TextBufferRef, length: usize, flags: u16) -> R<Ref<Str>> {
        let size = UNITS_OFFSET + size_of::<External>();
        let fresh = allocate::<Str>(t, t.classes().str, size, CellKind::Drop)?;
        let string = fresh.object();
        string.header.init_flags(flags | EXTERNAL);
        let external = External { buffer: buffer.into_raw(), length };
        // SAFETY: the cell has room for the fixed part and an `External`, whose alignment is that of the hash before it.
        unsafe { string.target().tail().cast::<External>().write(external) };
        Ok(fresh.publish())
    }

    /// Where the units or the `External` start.
    #[inline(always)]
    fn tail(&self) -> *mut u8 {
        // SAFETY: every string's cell reaches at least to the end of the fixed part.
        unsafe { std::ptr::from_ref(self).cast::<u8>().cast_mut().add(UNITS_OFFSET) }
    }

    #[inline(always)]
    fn external(&self) -> Option<&External> {
        if !self.header.has_flags(EXTERNAL) {
            return None;
        }
        // SAFETY: invariant 2: an `External` follows the fixed part.
        Some(unsafe { &*self.tail().cast::<External>() })
    }

    /// How many characters there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        match self.external() {
            None => self.header.shape() as usize,
            Some(external) => external.length,
        }
    }

    /// Whether there is no character.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the units start, and how many there are.
    #[inline(always)]
    fn place(&self) -> (*const u8, usize) {
        match self.external() {
            None => (self.tail().cast_const(), self.header.shape() as usize),
            // SAFETY: invariant 2: the string carries a count of the buffer.
            Some(external) => (unsafe { bytes_of(external.buffer) }, external.length),
        }
    }

    /// The units.
    #[inline]
    #[must_use]
    pub fn units(&self) -> Units<'_> {
        let (start, length) = self.place();
        let flags = self.header.flags();
        // SAFETY: invariants 2 and 3: that many units of that width start there, and nobody writes them any more. They are
        // aligned: the fixed part's size is a multiple of eight, and buffers are aligned to sixteen.
        unsafe {
            if flags & (WIDE | WIDEST) == 0 {
                Units::One(std::slice::from_raw_parts(start, length))
            } else if flags & WIDE != 0 {
                Units::Two(std::slice::from_raw_parts(start.cast(), length))
            } else {
                Units::Four(std::slice::from_raw_parts(start.cast(), length))
            }
        }
    }

    /// Whether all characters are below 128.
    #[inline(always)]
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.header.has_flags(ASCII)
    }

    /// The text, if it is ASCII.
    #[inline]
    #[must_use]
    pub fn as_utf8(&self) -> Option<&str> {
        match self.units() {
            // SAFETY: the flag says that every byte is below 128.
            Units::One(bytes) if self.is_ascii() => Some(unsafe { std::str::from_utf8_unchecked(bytes) }),
            _ => None,
        }
    }

    /// The text, with U+FFFD for lone surrogates: for messages.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        self.as_utf8().map_or_else(|| self.units().to_lossy(), str::to_owned)
    }

    /// The text as UTF-8 in which lone surrogates are encoded like other characters.
    #[must_use]
    pub fn to_wtf8(&self) -> Vec<u8> {
        self.units().to_wtf8()
    }

    /// Whether the text is this one.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.units().equals_str(text)
    }

    /// The hash, computed once.
    #[inline(always)]
    #[must_use]
    pub fn hash(&self, _: &Thread) -> u64 {
        match self.hash.load(Ordering::Relaxed) {
            0 => self.hash_slow(),
            hash => hash,
        }
    }

    /// The hash of a string that was asked for it before; zero of others.
    #[inline(always)]
    #[must_use]
    pub fn known_hash(&self) -> u64 {
        self.hash.load(Ordering::Relaxed)
    }

    #[cold]
    #[inline(never)]
    fn hash_slow(&self) -> u64 {
        let hash = Self::hash_of_bytes(self.units().as_bytes());
        self.hash.store(hash, Ordering::Relaxed);
        hash
    }

    /// The hash of the string whose units these are.
    #[must_use]
    pub fn hash_of_bytes(units: &[u8]) -> u64 {
        process_key().bytes(units) as u64
    }

    /// Whether two strings have the same characters.
    #[inline]
    #[must_use]
    pub fn equal(a: Ref<Str>, b: Ref<Str>) -> bool {
        if a == b {
            return true;
        }
        let (flags, others) = (a.header.flags(), b.header.flags());
        if (flags ^ others) & (ASCII | WIDE | WIDEST) != 0 || flags & others & INTERNED != 0 {
            return false;
        }
        Self::equal_slow(a.target(), b.target())
    }

    /// Of two strings with units of the same width.
    fn equal_slow(a: &Str, b: &Str) -> bool {
        let ((start, length), (other_start, other_length)) = (a.place(), b.place());
        if length != other_length {
            return false;
        }
        let (known, other) = (a.hash.load(Ordering::Relaxed), b.hash.load(Ordering::Relaxed));
        if known != 0 && other != 0 && known != other {
            return false;
        }
        let flags = a.header.flags();
        let bytes = length << (u32::from(flags & WIDE != 0) + 2 * u32::from(flags & WIDEST != 0));
        // SAFETY: as for `units`: so many bytes start at each place, and nobody writes them any more.
        unsafe { std::slice::from_raw_parts(start, bytes) == std::slice::from_raw_parts(other_start, bytes) }
    }

    /// The two strings, one after the other.
    pub fn concat(t: &Thread, a: Ref<Str>, b: Ref<Str>) -> R<Ref<Str>> {
        if let Some(result) = Self::append(t, a, b) {
            return result;
        }
        let (first, second) = (a.target().units(), b.target().units());
        if first.is_empty() {
            return Ok(b);
        }
        if second.is_empty() {
            return Ok(a);
        }
        let width = first.width().max(second.width());
        let ascii = a.is_ascii() && b.is_ascii();
        let length = first.len() + second.len();
        let fill = |target: *mut u8| {
            write_units(target, width, first);
            // SAFETY: the target has room for both, and the first takes that many bytes.
            write_units(unsafe { target.add(first.len() * width.bytes()) }, width, second);
        };
        match length.checked_mul(width.bytes()) {
            Some(bytes) if bytes < LARGE_SUM => Self::build(t, width, length, ascii, fill),
            Some(bytes) => Self::build_external(t, width, length, ascii, bytes.saturating_add(bytes / 2), fill),
            None => Err(t.memory_error()),
        }
    }

    /// An ASCII string with each character replaced by another.
    pub fn map_ascii(t: &Thread, text: &str, map: impl Fn(u8) -> u8) -> R<Ref<Str>> {
        if text.len() < 2 {
            return text.bytes().next().map_or_else(|| Self::empty(t), |byte| Self::from_char(t, u32::from(map(byte))));
        }
        Self::build(t, Width::One, text.len(), true, |target| {
            // SAFETY: the target has room for as many bytes as the text has, in an object that nobody else knows.
            let target = unsafe { std::slice::from_raw_parts_mut(target, text.len()) };
            for (target, &byte) in target.iter_mut().zip(text.as_bytes()) {
                *target = map(byte);
            }
            debug_assert!(target.is_ascii(), "ASCII maps to ASCII");
        })
    }

    /// The strings with the separator between them; what is none is given as an error, with its index.
    pub fn join(t: &Thread, separator: Ref<Str>, parts: &[Value]) -> R<Result<Ref<Str>, usize>> {
        let mut sum = Sum::default();
        for (index, &part) in parts.iter().enumerate() {
            match Str::of(t, part) {
                Some(part) => sum.add(part, 1),
                None => return Ok(Err(index)),
            }
        }
        if let [only] = parts
            && let Some(only) = only.downcast::<Str>()
        {
            return Ok(Ok(only));
        }
        if let Some(gaps @ 1..) = parts.len().checked_sub(1) {
            sum.add(separator, gaps);
        }
        let (width, length) = (sum.width(), sum.length);
        let strings = || parts.iter().filter_map(|&part| Str::of(t, part));
        if length < 2 {
            let mut only = strings().chain((parts.len() > 1).then_some(separator)).filter(|part| !part.is_empty());
            return only.next().map_or_else(|| Self::empty(t), Ok).map(Ok);
        }
        crate::builtins::str::check_length(t, Some(length))?;
        Self::build(t, width, length, sum.flags & (WIDE | WIDEST | NOT_ASCII) == 0, |target| {
            let mut at = 0;
            let mut push = |part: Ref<Str>| {
                let units = part.target().units();
                // SAFETY: `sum` is what the lengths of all that is pushed add up to, so it lies in the target.
                write_units(unsafe { target.add(at) }, width, units);
                at += units.len() * width.bytes();
            };
            for (index, part) in strings().enumerate() {
                if index > 0 && !separator.is_empty() {
                    push(separator);
                }
                push(part);
            }
            debug_assert_eq!(at, length * width.bytes(), "no string has changed");
        })
        .map(Ok)
    }

    /// Appends in the room behind `a`, if `a` is at the end of a buffer that has it and is as wide as `b` or wider.
    #[inline]
    fn append(t: &Thread, a: Ref<Str>, b: Ref<Str>) -> Option<R<Ref<Str>>> {
        const WIDTHS: u16 = WIDE | WIDEST;
        let external = a.target().external()?;
        let (flags, other) = (a.header.flags(), b.header.flags());
        let more = b.target().units();
        if flags & WIDTHS < other & WIDTHS || more.is_empty() {
            return None;
        }
        let width = if flags & WIDTHS == 0 { Width::One } else { a.target().units().width() };
        let (used, added) = (external.length * width.bytes(), more.len() * width.bytes());
        // SAFETY: `a` carries a count, and is alive in this frame.
        let buffer = unsafe { TextBufferRef::share(external.buffer) };
        if !buffer.claim(used, added) {
            return None;
        }
        // SAFETY: these bytes lie in the buffer and were just claimed.
        write_units(unsafe { buffer.bytes().add(used) }, width, more);
        Some(Self::wrap(t, buffer, external.length + more.len(), flags & WIDTHS | flags & other & ASCII))
    }

    /// The characters from `start` up to `end`, both in range and in order.
    pub fn substring(t: &Thread, string: Ref<Str>, start: usize, end: usize) -> R<Ref<Str>> {
        if start == 0 && end == string.len() {
            return Ok(string);
        }
        match string.target().units().slice(start, end) {
            Units::One(bytes) => Self::from_latin1(t, bytes, string.is_ascii() || bytes.is_ascii()),
            wide => Self::from_units(t, wide),
        }
    }

    /// Whether the string is in an intern table.
    #[inline(always)]
    #[must_use]
    pub fn is_interned(&self) -> bool {
        self.header.has_flags(INTERNED)
    }

    /// Marks the string as interned; the table's code does, once it holds the string.
    pub(crate) fn set_interned(&self, shared: bool) {
        self.header.set_flags(if shared { INTERNED_SHARED } else { INTERNED_HERE });
    }

    /// The interned string of these characters.
    #[inline]
    #[must_use]
    pub fn intern(t: &Thread, string: Ref<Str>) -> Ref<Str> {
        if string.is_interned() { string } else { intern::intern_slow(t, string) }
    }

    /// The interned string of this text.
    pub fn interned(t: &Thread, text: &str) -> R<Ref<Str>> {
        intern::intern_text(t, text)
    }
}

/// In a [`Sum`]: some string is not ASCII.
const NOT_ASCII: u16 = 1;

/// What strings come to, one after the other.
#[derive(Default)]
struct Sum {
    length: usize,
    flags: u16,
}

impl Sum {
    /// Adds a string that occurs so many times.
    #[inline(always)]
    fn add(&mut self, string: Ref<Str>, times: usize) {
        let flags = string.header.flags();
        self.flags |= flags & (WIDE | WIDEST) | if flags & ASCII == 0 { NOT_ASCII } else { 0 };
        self.length = self.length.saturating_add(string.len().saturating_mul(times));
    }

    fn width(&self) -> Width {
        match self.flags {
            flags if flags & WIDEST != 0 => Width::Four,
            flags if flags & WIDE != 0 => Width::Two,
            _ => Width::One,
        }
    }
}

/// Copies the bytes of units into a string under construction.
#[inline(always)]
fn copy_bytes(target: *mut u8, bytes: &[u8]) {
    // SAFETY: callers pass the start of room for that many bytes, in an object that nobody else knows.
    unsafe { target.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
}

/// Writes units into a string under construction whose width is at least theirs.
fn write_units(target: *mut u8, width: Width, units: Units<'_>) {
    if units.width() == width {
        return copy_bytes(target, units.as_bytes());
    }
    match (width, units) {
        (Width::Two, Units::One(bytes)) => widen(target.cast::<u16>(), bytes),
        (Width::Four, Units::One(bytes)) => widen(target.cast::<u32>(), bytes),
        (Width::Four, Units::Two(units)) => widen(target.cast::<u32>(), units),
        _ => unreachable!("a result is as wide as its parts"),
    }
}

fn widen<F: Copy + Into<U>, U>(target: *mut U, units: &[F]) {
    for (index, &unit) in units.iter().enumerate() {
        // SAFETY: callers pass the start of room for that many units; cells and buffers are aligned, and the offset is
        // that of a whole number of units of the result's width.
        unsafe { target.add(index).write(unit.into()) };
    }
}
