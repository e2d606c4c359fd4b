//! Frame objects and tracebacks, made when somebody asks.
//!
//! A frame object whose frame runs points at the frame's record; when the frame ends it takes a copy of the window (rule 20).
//! The record is read by its owner thread, or while the owner is stopped.

use sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use bytecode::LocalKind;

use crate::builtins::frame::UNITS;
use crate::heap_object;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{Cell, CodeObject, Dict, Function, Generator, GeneratorState, ValueArray};
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

heap_object! {
    /// A frame object.
    pub struct FrameObject {
        /// The function that runs or ran.
        pub function: Slot,
        /// The code, which stays when the function's is replaced.
        pub code: Slot,
        /// The locals mapping, if the code has one.
        pub locals: Slot,
        /// The registers of an ended or suspended frame: a `ValueArray`.
        pub window: Slot,
        /// The frame object of the caller, once the frame has ended.
        pub back: Slot,
        /// The generator that owns the frame.
        pub generator: Slot,
        /// `f_trace`.
        pub trace: Slot,
        /// Names and values added through `f_locals` that are no variables.
        pub extra_locals: Slot,
        /// The record, while the frame runs; 0 otherwise.
        record: AtomicU64,
        /// Offset of the last instruction, once the frame has ended.
        offset: AtomicU32,
        /// A line set by `f_lineno`, or bits for tracing.
        pub trace_flags: AtomicU32,
    }
    trace { function, code, locals, window, back, generator, trace, extra_locals }
    fixed
}

heap_object! {
    /// A traceback.
    pub struct Traceback {
        /// `tb_next`, or unset.
        pub next: Slot,
        /// `tb_frame`.
        pub frame: Slot,
        /// `tb_lasti`, the bits of an `i32`.
        pub last: AtomicU32,
        /// `tb_lineno`, the bits of an `i32`; -1: that of `last`.
        pub line: AtomicU32,
    }
    trace { next, frame }
    fixed
}

/// The frame object of a running frame, made at first use.
pub fn object_of(t: &Thread, frame: &Frame) -> R<Ref<FrameObject>> {
    if let Some(object) = frame.object().and_then(Value::downcast) {
        return Ok(object);
    }
    let object = t.allocate_exact::<FrameObject>(t.classes().frame)?;
    object
        .set(|f| &f.function, frame.function().value())
        .set(|f| &f.code, frame.code().value())
        .set(|f| &f.locals, frame.locals())
        .set(|f| &f.generator, frame.generator().map(|generator| generator.value()));
    let object = object.publish();
    object.record.store(std::ptr::from_ref(frame) as u64, Relaxed);
    frame.set_object(object.value());
    if let Some(generator) = frame.generator() {
        generator.frame.put(generator.header(), t, object.value());
    }
    Ok(object)
}

/// The frame object of a generator that has not finished, made at first use.
pub fn object_of_generator(t: &Thread, generator: Ref<Generator>) -> R<Option<Ref<FrameObject>>> {
    if generator.state() == GeneratorState::Finished {
        return Ok(None);
    }
    if let Some(object) = generator.frame.get().and_then(Value::downcast) {
        return Ok(Some(object));
    }
    if let Some(frame) = t.frames().iter().find(|frame| frame.generator() == Some(generator)) {
        return object_of(t, frame).map(Some);
    }
    let code = generator.code();
    let object = t.allocate_exact::<FrameObject>(t.classes().frame)?;
    object
        .set(|f| &f.function, generator.function().value())
        .set(|f| &f.code, code.value())
        .set(|f| &f.locals, generator.locals.get())
        .set(|f| &f.window, generator.window.get())
        .set(|f| &f.generator, generator.value());
    let object = object.publish();
    let next =
        generator.pc.load(Relaxed).wrapping_sub(code.instructions() as u64) / size_of::<bytecode::Instruction>() as u64;
    object.offset.store(next.saturating_sub(1) as u32, Relaxed);
    generator.frame.put(generator.header(), t, object.value());
    Ok(Some(object))
}

/// A resumed generator's frame object follows the new record.
pub fn attach(frame: &Frame) {
    if let Some(object) = frame.object().and_then(Value::downcast::<FrameObject>) {
        object.record.store(std::ptr::from_ref(frame) as u64, Relaxed);
    }
}

/// A generator suspends: its frame object reads the suspended window from now on.
pub fn suspend(t: &Thread, frame: &Frame, generator: Ref<Generator>) {
    if let Some(object) = frame.object().and_then(Value::downcast::<FrameObject>) {
        object.offset.store(frame.offset() as u32, Relaxed);
        object.window.put(object.header(), t, generator.window.get());
        object.record.store(0, Relaxed);
    }
}

/// The frame ends while somebody holds its object: the object takes a copy of the window and a link to the caller.
pub fn detach(t: &Thread, frame: &Frame) {
    let Some(object) = frame.object().and_then(Value::downcast::<FrameObject>) else { return };
    let code = frame.code();
    let header = object.header();
    object.offset.store(frame.offset() as u32, Relaxed);
    let count = code.named_registers();
    // Without memory for the copy, the object shows no locals.
    if let Ok(window) = ValueArray::new(t, count) {
        for index in 0..count {
            window.slot(index).put(window.header(), t, frame.register(index));
        }
        object.window.put(header, t, window.value());
    }
    if let Some(caller) = t.frames().iter().nth(1)
        && frame.generator().is_none()
        && let Ok(back) = object_of(t, caller)
    {
        object.back.put(header, t, back.value());
    }
    object.record.store(0, Relaxed);
}

/// How a frame of a thread that is stopped was: what a frame object of it needs, besides values.
pub struct FrameCopy {
    offset: u32,
    has_locals: bool,
    has_generator: bool,
    /// For each named register, whether it is set.
    registers: Vec<bool>,
}

impl FrameCopy {
    /// Copies a frame; its values are given to `found`, in order.
    pub fn of(frame: &Frame, found: &mut dyn FnMut(u64)) -> Self {
        let code = frame.code();
        found(frame.function().address());
        found(code.address());
        let mut optional = |value: Option<Value>| {
            value.into_iter().for_each(|value| found(value.bits()));
            value.is_some()
        };
        let has_locals = optional(frame.locals());
        let has_generator = optional(frame.generator().map(Ref::value));
        let registers = (0..code.named_registers()).map(|index| optional(frame.register(index))).collect();
        Self { offset: frame.offset() as u32, has_locals, has_generator, registers }
    }

    /// A frame object, as of a frame that has ended, with the values that `of` found.
    pub fn object(&self, t: &Thread, next: &mut dyn FnMut() -> Option<Value>) -> R<Ref<FrameObject>> {
        let (function, code) = (next(), next());
        let mut optional = |is_set: bool| if is_set { next() } else { None };
        let (locals, generator) = (optional(self.has_locals), optional(self.has_generator));
        let window = ValueArray::new(t, self.registers.len())?;
        for (index, &is_set) in self.registers.iter().enumerate() {
            window.slot(index).put(window.header(), t, optional(is_set));
        }
        let object = t.allocate_exact::<FrameObject>(t.classes().frame)?;
        object
            .set(|f| &f.function, function)
            .set(|f| &f.code, code)
            .set(|f| &f.locals, locals)
            .set(|f| &f.window, window.value())
            .set(|f| &f.generator, generator);
        object.get().offset.store(self.offset, Relaxed);
        Ok(object.publish())
    }
}

impl FrameObject {
    /// The code.
    #[must_use]
    pub fn code(&self) -> Ref<CodeObject> {
        self.code.get().and_then(Value::downcast).expect("set when the object is made")
    }

    /// The function.
    #[must_use]
    pub fn function(&self) -> Ref<Function> {
        self.function.get().and_then(Value::downcast).expect("set when the object is made")
    }

    /// The record, while the frame runs.
    #[must_use]
    pub fn record<'a>(&self) -> Option<&'a Frame> {
        let address = self.record.load(Relaxed);
        // SAFETY: the record is in use as long as the word is set: `detach` and `suspend` clear it before the frame is popped.
        (address != 0).then(|| unsafe { &*(address as *const Frame) })
    }

    /// The address of the record, while the frame runs; 0 otherwise.
    #[must_use]
    pub fn record_address(&self) -> usize {
        self.record.load(Relaxed) as usize
    }

    /// `f_lasti`, an instruction offset.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self.record() {
            Some(frame) => frame.offset(),
            None => self.offset.load(Relaxed) as usize,
        }
    }

    /// `f_lineno`.
    #[must_use]
    pub fn line(&self) -> u32 {
        if self.has_begun() { self.code().line_at(self.offset()) } else { self.code().begin_line() }
    }

    /// Whether the frame has come to its first instruction.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        let code = self.code();
        let pc = match (self.record(), self.generator.get().and_then(Value::downcast::<Generator>)) {
            (Some(frame), _) => frame.pc.get() as u64,
            (None, Some(generator)) if generator.state() == GeneratorState::Created => return false,
            (None, _) => return true,
        };
        pc != code.instructions() as u64
    }

    /// A named register, whose cell is looked through.
    #[must_use]
    pub fn variable(&self, index: usize) -> Option<Value> {
        let value = match self.record() {
            Some(frame) => frame.register(index),
            None => {
                let window: Ref<ValueArray> = self.window.get().and_then(Value::downcast)?;
                if index >= window.capacity() {
                    return None;
                }
                window.slot(index).get()
            }
        };
        let value = value.or_else(|| self.cell_to_come(index))?;
        let kind = self.code().unit().locals[index].kind;
        match (kind, value.downcast::<Cell>()) {
            (kind, Some(cell)) if kind.is_cell() => cell.contents.get(),
            _ => Some(value),
        }
    }

    /// The cell of the closure that the code's first instructions put into a register, before they have run.
    fn cell_to_come(&self, index: usize) -> Option<Value> {
        let locals = &self.code().unit().locals;
        if locals[index].kind != LocalKind::Free || self.has_begun() {
            return None;
        }
        let place = locals[..index].iter().filter(|local| local.kind == LocalKind::Free).count();
        self.function().closure()?.as_slice().get(place).copied()
    }

    /// Sets a named register, or the contents of its cell.
    pub fn set_variable(&self, t: &Thread, index: usize, value: Option<Value>) {
        let kind = self.code().unit().locals[index].kind;
        let current = match self.record() {
            Some(frame) => frame.register(index),
            None => {
                self.window.get().and_then(Value::downcast::<ValueArray>).and_then(|window| window.slot(index).get())
            }
        };
        let current = current.or_else(|| self.cell_to_come(index));
        if let (true, Some(cell)) = (kind.is_cell(), current.and_then(Value::downcast::<Cell>)) {
            cell.store(t, value);
            return;
        }
        match self.record() {
            Some(frame) => frame.set_register(index, value),
            None => {
                if let Some(window) = self.window.get().and_then(Value::downcast::<ValueArray>) {
                    window.slot(index).put(window.header(), t, value);
                }
            }
        }
    }

    /// Whether a variable of a comprehension that runs inline is set: the frame is inside of it.
    #[must_use]
    pub fn is_in_comprehension(&self) -> bool {
        self.code().unit().hidden_variables().any(|index| self.variable(index).is_some())
    }

    /// A new dict of the variables that are set: a snapshot. Those of inlined comprehensions come later and so hide those around.
    pub fn snapshot(&self, t: &Thread) -> R<Ref<Dict>> {
        let dict = Dict::new(t)?;
        let code = self.code();
        for (index, variable) in code.unit().locals.iter().enumerate() {
            if let Some(value) = self.variable(index) {
                dict.set_str(t, code.name_at(variable.name as usize), value)?;
            }
        }
        Ok(dict)
    }
}

/// The traceback entry of a running frame, before `next`.
pub fn new_traceback(t: &Thread, frame: &Frame, next: Option<Value>) -> R<Ref<Traceback>> {
    let object = object_of(t, frame)?;
    let traceback = t.allocate_exact::<Traceback>(t.classes().traceback)?;
    traceback.set(|b| &b.next, next).set(|b| &b.frame, object.value());
    traceback.get().last.store((frame.offset() as u32 + 1) * UNITS as u32, Relaxed);
    traceback.get().line.store(u32::MAX, Relaxed);
    Ok(traceback.publish())
}

impl Traceback {
    /// `tb_lineno`, worked out from the offset when first asked for.
    #[must_use]
    pub fn line_number(&self) -> u32 {
        let line = self.line.load(Relaxed);
        if line != u32::MAX {
            return line;
        }
        let frame: Option<Ref<FrameObject>> = self.frame.get().and_then(Value::downcast);
        frame.map_or(0, |frame| match self.offset() {
            Some(offset) => frame.code().line_at(offset),
            None => frame.code().unit().first_line,
        })
    }

    /// The offset of the instruction that `tb_lasti` names. A program may have made the entry, with any.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        let last = i64::from(self.last.load(Relaxed).cast_signed());
        usize::try_from(last / UNITS - 1).ok()
    }
}
