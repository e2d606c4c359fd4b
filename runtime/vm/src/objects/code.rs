//! `CodeObject`: a code unit with its constants and names as values.
//!
//! Immutable. The code of the embedded library lies in the shared space and is used by every interpreter; cache cells are
//! not part of it (`Function::cells`).

use sync::Arc;

use bytecode::{Code, Constant, Instruction};
use num_bigint::{BigInt, BigUint, Sign};
use sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::heap_object;
use crate::object::{Ref, Slot};
use crate::objects::{Bytes, FrozenSet, Str, Tuple, ValueArray};
use crate::raised::R;
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
        /// `Arc<Code>`, owned.
        unit: AtomicU64,
        /// First instruction, inside the unit.
        first: AtomicU64,
        /// `argument_count | register_count << 16 | simple << 32 | ...`: see `Shape`.
        pub shape: AtomicU64,
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
        // SAFETY: `new` turned an Arc into this pointer, and the sweeper drops an object once.
        drop(unsafe { Arc::from_raw(unit) });
    }
}

/// Set in `CodeObject::shape` if a call with exactly the positional arguments needs no binding: no keyword-only arguments,
/// `*args` or `**kwargs`, and not a generator.
pub const SIMPLE: u64 = 1 << 32;

impl CodeObject {
    /// The code unit.
    #[inline(always)]
    #[must_use]
    pub fn unit<'a>(&self) -> &'a Code {
        // SAFETY: the object owns the unit; a caller holds the object while it uses the unit.
        unsafe { &*(self.unit.load(Relaxed) as *const Code) }
    }

    /// The code unit, shared.
    #[must_use]
    pub fn unit_arc(&self) -> Arc<Code> {
        let pointer = self.unit.load(Relaxed) as *const Code;
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
        (self.shape.load(Relaxed) >> 16) as usize & 0xFFFF
    }

    /// Positional arguments and `SIMPLE`, register count: one word for the fast path of calls.
    #[inline(always)]
    #[must_use]
    pub fn shape(&self) -> u64 {
        self.shape.load(Relaxed)
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
        // SAFETY: `new` sets the slot, and nobody writes it again.
        unsafe { Ref::from_address(self.constants.get().unwrap_unchecked().bits()) }
    }

    /// A name.
    #[inline(always)]
    #[must_use]
    pub fn name_at(&self, index: usize) -> Ref<Str> {
        // SAFETY: `new` fills the array with strings.
        unsafe {
            let names = Ref::<ValueArray>::from_address(self.names.get().unwrap_unchecked().bits());
            Ref::from_address(names.slot(index).get().unwrap_unchecked().bits())
        }
    }

    /// The name of a cache site.
    #[inline]
    #[must_use]
    pub fn site_name(&self, site: usize) -> Ref<Str> {
        self.name_at(self.unit().sites[site].name as usize)
    }

    /// Makes the object, and those of nested code units.
    pub fn new(t: &Thread, unit: Arc<Code>) -> R<Ref<CodeObject>> {
        let names = ValueArray::new(t, unit.names.len())?;
        for (index, name) in unit.names.iter().enumerate() {
            names.slot(index).set(names.header(), t.mutator(), Some(crate::containers::intern_text(t, name)?.value()));
        }
        let constants = ValueArray::new(t, unit.constants.len())?;
        for (index, constant) in unit.constants.iter().enumerate() {
            constants.slot(index).set(constants.header(), t.mutator(), Some(constant_value(t, constant)?));
        }
        let name = crate::containers::intern_text(t, &unit.name)?;
        let qualname = crate::containers::intern_text(t, &unit.qualname)?;
        let filename = crate::containers::intern_text(t, &unit.filename)?;
        let code = t.allocate_exact::<CodeObject>(t.classes().code)?;
        code.set(|c| &c.name, name.value())
            .set(|c| &c.qualname, qualname.value())
            .set(|c| &c.filename, filename.value());
        code.set(|c| &c.constants, constants.value()).set(|c| &c.names, names.value());
        code.get().shape.store(shape_word(&unit), Relaxed);
        code.get().first.store(unit.instructions.as_ptr() as u64, Relaxed);
        code.get().unit.store(Arc::into_raw(unit) as u64, Relaxed);
        Ok(code.publish())
    }
}

fn shape_word(unit: &Code) -> u64 {
    use bytecode::CodeFlags as F;
    let complex = F::VARARGS | F::VARKEYWORDS | F::GENERATOR | F::COROUTINE | F::ASYNC_GENERATOR;
    let simple = unit.keyword_only_count == 0 && unit.flags.0 & complex == 0;
    u64::from(unit.argument_count)
        | u64::from(unit.register_count) << 16
        | if simple { SIMPLE } else { 0 }
        | (unit.locals.len() as u64) << 33
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
        Constant::LazyCode(lazy) => match lazy.read_all() {
            Ok(unit) => CodeObject::new(t, Arc::new(unit))?.value(),
            Err(error) => return Err(t.system_error(format_args!("the embedded library is damaged: {error}"))),
        },
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
        (self.shape.load(Relaxed) >> 33) as usize & 0xFFFF
    }

    /// How many free variables the code has: cells that its closure must hold.
    #[must_use]
    pub fn free_count(&self) -> usize {
        self.unit().locals.iter().filter(|local| local.kind == bytecode::LocalKind::Free).count()
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
        use crate::object::SlotExt;
        self.filename.put(self.header(), t, filename.value());
        for slot in self.constant_array().slots() {
            if let Some(nested) = slot.get().and_then(Value::downcast::<CodeObject>) {
                nested.set_filename(t, filename);
            }
        }
    }
}
