//! `CodeObject`: a code unit with its constants and names as values.
//!
//! Immutable. The code of the embedded library lies in the shared space and is used by every interpreter; cache cells are
//! not part of it (`Function::cells`).
//!
//! # Code that is read later (decision 007)
//!
//! An object of the shared space may be *unread*: it knows its names and where its record lies in the image, and nothing else.
//! 1. It is filled by the thread that builds the shared space, under that thread's lock, once: first the constants, names and
//!    instructions, then the unit, last the shape with `READ`. Nothing of it changes after that.
//! 2. A frame is pushed only for code whose shape has `READ`; so a frame's code has all its parts.
//! 3. While it is unread, `first` is the image's count and the high half of `shape` the record's offset; the low half is zero.

use std::borrow::Cow;

use sync::Arc;

use bytecode::serial::{Contents, ImageError, LazyCode};
use bytecode::{Code, CodeFlags, Constant, Instruction, LineTable};
use num_bigint::{BigInt, BigUint, Sign};
use sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::heap_object;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{Bytes, FrozenSet, Str, Tuple, ValueArray};
use crate::raised::R;
use crate::shared::Shared;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A code object.
    pub struct CodeObject {
        /// `co_name`.
        pub name: Slot,
        /// `co_qualname`.
        pub qualname: Slot,
        /// `co_filename`.
        pub filename: Slot,
        /// The constants, a `ValueArray` (strings interned where they look like names).
        pub constants: Slot,
        /// The names, a `ValueArray` of interned strings.
        pub names: Slot,
        /// Attributes that Python code asked for (`co_varnames` and so on), or unset.
        pub derived: Slot,
        /// `Arc<Code>`, owned; zero while unread.
        unit: AtomicU64,
        /// First instruction, inside the unit; `Arc<Contents>`, owned, while unread.
        first: AtomicU64,
        /// `argument_count | COMPLEX | READ | register_count << 32 | named registers << 48`; the record's offset `<< 32` while
        /// unread.
        shape: AtomicU64,
    }
    trace { name, qualname, filename, constants, names, derived }
    kind Drop
    drop(drop_unit)
    fixed
}

unsafe fn drop_unit(object: *mut gc::Header) {
    // SAFETY: the layout is CodeObject's.
    let object = unsafe { &*object.cast::<CodeObject>() };
    let unit = object.unit.load(Relaxed) as *const Code;
    if !unit.is_null() {
        // SAFETY: `fill` turned an Arc into this pointer, and the sweeper drops an object once.
        return drop(unsafe { Arc::from_raw(unit) });
    }
    let contents = object.first.load(Relaxed) as *const Contents;
    if !contents.is_null() {
        // SAFETY: `unread` turned an Arc into this pointer, and the sweeper drops an object once.
        drop(unsafe { Arc::from_raw(contents) });
    }
}

/// Not set in `CodeObject::shape` if a call with exactly the positional arguments needs no binding: no keyword-only arguments,
/// `*args` or `**kwargs`, and not a generator.
const COMPLEX: u64 = 1 << 16;

/// Set in `CodeObject::shape` once all parts of the object are there.
const READ: u64 = 1 << 31;

/// What stands for the unit of code whose image turns out to be damaged.
static NOTHING: Code = Code {
    name: Cow::Borrowed(""),
    qualname: Cow::Borrowed(""),
    filename: Cow::Borrowed(""),
    first_line: 0,
    flags: CodeFlags(0),
    argument_count: 0,
    positional_only_count: 0,
    keyword_only_count: 0,
    register_count: 0,
    locals: Vec::new(),
    names: Vec::new(),
    constants: Vec::new(),
    sites: Vec::new(),
    instructions: Vec::new(),
    exceptions: Vec::new(),
    lines: LineTable(Cow::Borrowed(&[])),
};

/// Why code could not be read.
enum Unreadable {
    Image(ImageError),
    Memory,
}

impl CodeObject {
    /// The code unit.
    #[inline(always)]
    #[must_use]
    pub fn unit<'a>(&self) -> &'a Code {
        let unit = self.unit.load(Acquire) as *const Code;
        if unit.is_null() {
            return self.unit_slow();
        }
        // SAFETY: the object owns the unit; a caller holds the object while it uses the unit.
        unsafe { &*unit }
    }

    #[cold]
    #[inline(never)]
    fn unit_slow<'a>(&self) -> &'a Code {
        match self.read() {
            // SAFETY: as for `unit`; `read` has set the pointer.
            Ok(()) => unsafe { &*(self.unit.load(Acquire) as *const Code) },
            Err(_) => &NOTHING,
        }
    }

    /// Makes sure that all parts of the code are there.
    #[inline(always)]
    pub fn ready(&self, t: &Thread) -> R<()> {
        if self.shape.load(Acquire) & READ != 0 { Ok(()) } else { self.ready_slow(t) }
    }

    #[cold]
    #[inline(never)]
    fn ready_slow(&self, t: &Thread) -> R<()> {
        self.read().map_err(|error| match error {
            Unreadable::Image(error) => damaged(t, error),
            Unreadable::Memory => t.memory_error(),
        })
    }

    /// Reads unread code (rule 1).
    fn read(&self) -> Result<(), Unreadable> {
        Shared::get().build_with(|builder| {
            if self.shape.load(Acquire) & READ != 0 {
                return Ok(());
            }
            let contents = self.first.load(Relaxed) as *const Contents;
            // SAFETY: rule 3: the pointer is an Arc's, whose count the object keeps until the code is read.
            let contents = unsafe {
                Arc::increment_strong_count(contents);
                Arc::from_raw(contents)
            };
            let lazy = LazyCode::from_parts(contents, (self.shape.load(Relaxed) >> 32) as u32);
            let unit = lazy.read().map_err(Unreadable::Image)?;
            let filled = self.fill(builder, Arc::new(unit));
            filled.map_err(|raised| {
                builder.take(raised);
                Unreadable::Memory
            })?;
            let (contents, _) = lazy.into_parts();
            // SAFETY: the count that the object had: `fill` has put another pointer in its place.
            unsafe { Arc::decrement_strong_count(Arc::as_ptr(&contents)) };
            Ok(())
        })
    }

    /// The code unit, shared.
    #[must_use]
    pub fn unit_arc(&self) -> Arc<Code> {
        let pointer = std::ptr::from_ref(self.unit());
        if self.unit.load(Acquire) == 0 {
            return Arc::default();
        }
        // SAFETY: the pointer came from Arc::into_raw, and the object's own count keeps it alive.
        unsafe {
            Arc::increment_strong_count(pointer);
            Arc::from_raw(pointer)
        }
    }

    /// The first instruction.
    #[inline(always)]
    #[must_use]
    pub fn instructions(&self) -> *const Instruction {
        self.first.load(Relaxed) as *const Instruction
    }

    /// How many registers a frame needs.
    #[inline(always)]
    #[must_use]
    pub fn register_count(&self) -> usize {
        Self::registers_of(self.shape.load(Relaxed)).0
    }

    /// What a shape says of the registers: how many there are, and how many of them are named.
    #[inline(always)]
    #[must_use]
    pub const fn registers_of(shape: u64) -> (usize, usize) {
        ((shape >> 32) as usize & 0xFFFF, (shape >> 48) as usize)
    }

    /// What a shape says of a call with so many arguments, all by position: whether they need no binding.
    #[inline(always)]
    #[must_use]
    pub const fn takes_plainly(shape: u64, given: usize) -> bool {
        shape as u32 == READ as u32 | given as u32
    }

    /// Positional arguments, register counts and what kind of calls it takes: one word for the fast path of calls.
    #[inline(always)]
    #[must_use]
    pub fn shape(&self) -> u64 {
        self.shape.load(Acquire)
    }

    /// A constant.
    #[inline(always)]
    #[must_use]
    pub fn constant(&self, index: usize) -> Value {
        self.constant_array().slot(index).get().expect("constants are all set")
    }

    /// The constants.
    #[inline(always)]
    #[must_use]
    pub fn constant_array(&self) -> Ref<ValueArray> {
        debug_assert!(self.constants.get().is_some(), "code is read before its constants are asked for");
        // SAFETY: `fill` sets the slot, and nobody writes it again.
        unsafe { Ref::from_address(self.constants.get().unwrap_unchecked().bits()) }
    }

    /// The names.
    #[inline(always)]
    #[must_use]
    pub fn name_array(&self) -> Ref<ValueArray> {
        debug_assert!(self.names.get().is_some(), "code is read before its names are asked for");
        // SAFETY: `fill` sets the slot to an array, and nobody writes it again.
        unsafe { Ref::from_address(self.names.get().unwrap_unchecked().bits()) }
    }

    /// A name.
    #[inline(always)]
    #[must_use]
    pub fn name_at(&self, index: usize) -> Ref<Str> {
        // SAFETY: `fill` sets all slots of the array to strings, and nobody writes them again.
        unsafe { Ref::from_address(self.name_array().slot(index).get().unwrap_unchecked().bits()) }
    }

    /// The name of a cache site.
    #[inline]
    #[must_use]
    pub fn site_name(&self, site: usize) -> Ref<Str> {
        self.name_at(self.unit().sites[site].name as usize)
    }

    /// Makes the object, and those of nested code units.
    pub fn new(t: &Thread, unit: Arc<Code>) -> R<Ref<CodeObject>> {
        let code = Self::named(t, &unit.name, &unit.qualname, &unit.filename)?;
        code.fill(t, unit)?;
        Ok(code)
    }

    /// The object of code that is read when it is first needed: in the shared space.
    fn unread(t: &Thread, lazy: &LazyCode) -> R<Ref<CodeObject>> {
        debug_assert!(t.builds_shared(), "unread code is filled by the thread that builds the shared space");
        let summary = lazy.summary().map_err(|error| damaged(t, error))?;
        let code = Self::named(t, summary.name, summary.qualname, summary.filename)?;
        let (contents, offset) = lazy.clone().into_parts();
        code.shape.store(u64::from(offset) << 32, Relaxed);
        code.first.store(Arc::into_raw(contents) as u64, Relaxed);
        Ok(code)
    }

    fn named(t: &Thread, name: &str, qualname: &str, filename: &str) -> R<Ref<CodeObject>> {
        let name = crate::containers::intern_text(t, name)?;
        let qualname = crate::containers::intern_text(t, qualname)?;
        let filename = crate::containers::intern_text(t, filename)?;
        let code = t.allocate_exact::<CodeObject>(t.classes().code)?;
        code.set(|c| &c.name, name.value())
            .set(|c| &c.qualname, qualname.value())
            .set(|c| &c.filename, filename.value());
        Ok(code.publish())
    }

    /// Gives the object its parts, in the order of rule 1.
    fn fill(&self, t: &Thread, unit: Arc<Code>) -> R<()> {
        let names = ValueArray::new(t, unit.names.len())?;
        for (index, name) in unit.names.iter().enumerate() {
            names.slot(index).set(names.header(), t.mutator(), Some(crate::containers::intern_text(t, name)?.value()));
        }
        let constants = ValueArray::new(t, unit.constants.len())?;
        for (index, constant) in unit.constants.iter().enumerate() {
            constants.slot(index).set(constants.header(), t.mutator(), Some(constant_value(t, constant)?));
        }
        self.constants.put(&self.header, t, constants.value());
        self.names.put(&self.header, t, names.value());
        let shape = shape_word(&unit);
        self.first.store(unit.instructions.as_ptr() as u64, Release);
        self.unit.store(Arc::into_raw(unit) as u64, Release);
        self.shape.store(shape, Release);
        Ok(())
    }
}

fn damaged(t: &Thread, error: ImageError) -> crate::raised::Raised {
    t.system_error(format_args!("the embedded library is damaged: {error}"))
}

fn shape_word(unit: &Code) -> u64 {
    use bytecode::CodeFlags as F;
    let complex = F::VARARGS | F::VARKEYWORDS | F::GENERATOR | F::COROUTINE | F::ASYNC_GENERATOR;
    let simple = unit.keyword_only_count == 0 && unit.flags.0 & complex == 0;
    u64::from(unit.argument_count)
        | if simple { 0 } else { COMPLEX }
        | READ
        | u64::from(unit.register_count) << 32
        | (unit.locals.len() as u64) << 48
}

/// Makes the value of a constant.
pub fn constant_value(t: &Thread, constant: &Constant) -> R {
    Ok(match constant {
        Constant::None => Value::NONE,
        Constant::Bool(truth) => Value::bool(*truth),
        Constant::Ellipsis => Value::ELLIPSIS,
        Constant::Int(number) => crate::objects::int_from_i64(t, *number)?,
        Constant::BigInt { negative, magnitude } => {
            let sign = if *negative { Sign::Minus } else { Sign::Plus };
            crate::objects::int_from_big(t, BigInt::from_biguint(sign, BigUint::from_bytes_le(magnitude)))?
        }
        Constant::Float(bits) => crate::objects::float_value(t, f64::from_bits(*bits))?,
        Constant::Complex(real, imaginary) => crate::objects::complex_value(
            t,
            crate::objects::Complex { real: f64::from_bits(*real), imaginary: f64::from_bits(*imaginary) },
        )?,
        Constant::Str(wtf8) => string_constant(t, wtf8)?,
        Constant::Bytes(bytes) => Bytes::new(t, bytes)?.value(),
        Constant::Tuple(items) => Tuple::with(t, items.len(), |index| constant_value(t, &items[index]))?.value(),
        Constant::FrozenSet(items) => {
            let items = Tuple::with(t, items.len(), |index| constant_value(t, &items[index]))?;
            FrozenSet::from_slice(t, items.as_slice())?.value()
        }
        Constant::Slice(parts) => {
            let [start, stop, step] = &**parts;
            crate::objects::slice_value(
                t,
                constant_value(t, start)?,
                constant_value(t, stop)?,
                constant_value(t, step)?,
            )?
        }
        Constant::Code(unit) => CodeObject::new(t, Arc::clone(unit))?.value(),
        Constant::LazyCode(lazy) if t.builds_shared() => CodeObject::unread(t, lazy)?.value(),
        Constant::LazyCode(lazy) => {
            let unit = lazy.read_all().map_err(|error| damaged(t, error))?;
            CodeObject::new(t, Arc::new(unit))?.value()
        }
    })
}

/// The string of some WTF-8; damaged bytes, which the compiler never writes, show as replacement characters.
pub fn text_of_wtf8(t: &Thread, wtf8: &[u8]) -> R<Ref<Str>> {
    match text::OwnedUnits::from_wtf8(wtf8) {
        Some(units) => Str::from_owned(t, units),
        None => Str::new(t, &String::from_utf8_lossy(wtf8)),
    }
}

/// Strings that could be names are interned, as CPython does, so that `is` and look-ups meet the same object.
fn string_constant(t: &Thread, wtf8: &[u8]) -> R {
    let name_like = wtf8.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    match std::str::from_utf8(wtf8) {
        Ok(text) if name_like => Ok(crate::containers::intern_text(t, text)?.value()),
        _ => Ok(text_of_wtf8(t, wtf8)?.value()),
    }
}

impl CodeObject {
    /// How many registers have names: these are unset when a frame starts.
    #[inline(always)]
    #[must_use]
    pub fn named_registers(&self) -> usize {
        Self::registers_of(self.shape.load(Relaxed)).1
    }

    /// How many free variables the code has: cells that its closure must hold.
    #[must_use]
    pub fn free_count(&self) -> usize {
        self.unit().locals.iter().filter(|local| local.kind == bytecode::LocalKind::Free).count()
    }

    /// The line at which the code begins, before its first instruction; a module has none.
    #[must_use]
    pub fn begin_line(&self) -> u32 {
        if self.unit().name == "<module>" { 0 } else { self.unit().first_line }
    }

    /// The line of an instruction.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> u32 {
        self.unit().lines.lookup(offset as u32).line
    }
}

impl Ref<CodeObject> {
    /// Replaces `co_filename`, also of nested code: for a module loaded from another place than it was compiled for.
    pub fn set_filename(self, t: &Thread, filename: Ref<Str>) {
        self.filename.put(self.header(), t, filename.value());
        if self.ready(t).is_err() {
            return t.clear_pending();
        }
        for slot in self.constant_array().slots() {
            if let Some(nested) = slot.get().and_then(Value::downcast::<CodeObject>) {
                nested.set_filename(t, filename);
            }
        }
    }
}
