//! The stack of Python frames of a thread, and the windows on its register file.
//!
//! A frame record says which function runs, where its window starts and, while it waits for a call, where it goes on. Records lie
//! in memory of their own that never moves, so a record's address is good while the frame runs. The windows of caller and
//! callee overlap: the callee's first registers are the caller's arguments.
//!
//! Only the owner writes frames; the collector, and other threads that ask for this thread's frames, read them while the
//! owner is stopped.

use std::cell::Cell;
use std::marker::PhantomData;

use bytecode::Instruction;
use gc::Tracer;

use crate::object::Ref;
use crate::objects::{CodeObject, Function, Generator, ValueArray};
use crate::value::Value;

/// A frame record: one cache line.
#[repr(C, align(64))]
pub struct Frame {
    /// The instruction after the one being executed, saved when the frame calls or may raise.
    pub pc: Cell<*const Instruction>,
    /// The first register of the window.
    pub registers: Cell<*mut u64>,
    /// The function that runs.
    pub function: Cell<u64>,
    /// The code, and its cache cells in this interpreter: the two belong together even when the function is given other code.
    pub code: Cell<u64>,
    /// A `ValueArray` of two words a site.
    pub cells: Cell<u64>,
    /// The frame object, once somebody asked for it: then `FrameFlags::OBJECT` is set.
    object: Cell<Option<Value>>,
    /// The generator or coroutine that owns the frame, if `FrameFlags::GENERATOR` is set; else the locals mapping of class and module
    /// code.
    context: Cell<Option<Value>>,
    /// The caller's register that gets the result.
    pub result: Cell<u16>,
    /// `FrameFlags`.
    pub flags: Cell<u16>,
    /// How many registers the window has.
    count: Cell<u32>,
}

/// What a frame record says at first: see `Frame`.
pub struct FrameStart {
    /// The function that runs.
    pub function: Ref<Function>,
    /// Its code.
    pub code: Ref<CodeObject>,
    /// The code's cache cells.
    pub cells: Ref<ValueArray>,
    /// Where it starts.
    pub pc: *const Instruction,
    /// The window.
    pub registers: *mut u64,
    /// How many registers the window has.
    pub count: usize,
    /// A generator, if the flags say so, or the locals mapping.
    pub context: Option<Value>,
    /// `FrameFlags`.
    pub flags: u16,
    /// The caller's register that gets the result.
    pub result: u16,
}

/// What happens when a frame returns.
pub struct FrameFlags;

impl FrameFlags {
    /// Returns to native code: the dispatch loop ends.
    pub const ENTRY: u16 = 1;
    /// `__init__` of a call of a class: the result is dropped (and must be None); the instance is already in the result register.
    pub const INIT: u16 = 2;
    /// A generator's or coroutine's frame: the window is copied back when it suspends.
    pub const GENERATOR: u16 = 4;
    /// The comparison's truth decides a jump: see the dispatch.
    pub const MODULE: u16 = 8;
    /// A generator's frame is in a handler of its own: what the thread handles is the generator's, not its resumer's.
    pub const HANDLING: u16 = 16;
    /// There is a frame object, which takes a copy of the window at the end.
    pub const OBJECT: u16 = 32;
    /// The method of a binary operator, which may decline: the operands and what was asked lie before the window.
    pub const OPERATOR: u16 = 64;
}

const _: () = assert!(size_of::<Frame>() == 64, "a record does not cross cache lines");

impl Frame {
    /// Sets what runs, where and in which window, and what happens at its end.
    #[inline(always)]
    pub fn start(&self, start: FrameStart) {
        self.pc.set(start.pc);
        self.registers.set(start.registers);
        self.function.set(start.function.address());
        self.code.set(start.code.address());
        self.cells.set(start.cells.address());
        self.object.set(None);
        self.context.set(start.context);
        self.result.set(start.result);
        self.flags.set(start.flags);
        self.count.set(start.count as u32);
    }

    /// The end of the window.
    #[inline(always)]
    #[must_use]
    pub fn window_end(&self) -> *mut u64 {
        self.registers.get().wrapping_add(self.count.get() as usize)
    }

    /// The frame object, if somebody asked for it.
    #[inline(always)]
    #[must_use]
    pub fn object(&self) -> Option<Value> {
        self.object.get()
    }

    /// Gives the frame its object.
    pub fn set_object(&self, object: Value) {
        self.object.set(Some(object));
        self.flags.set(self.flags.get() | FrameFlags::OBJECT);
    }

    /// The locals mapping of class and module code.
    #[must_use]
    pub fn locals(&self) -> Option<Value> {
        if self.flags.get() & FrameFlags::GENERATOR == 0 {
            return self.context.get();
        }
        self.generator()?.locals.get()
    }

    /// Gives code a locals mapping; a generator has its own.
    pub fn set_locals(&self, locals: Option<Value>) {
        debug_assert!(self.flags.get() & FrameFlags::GENERATOR == 0, "a generator brings its locals along");
        self.context.set(locals);
    }

    /// The generator or coroutine that owns the frame.
    #[inline(always)]
    #[must_use]
    pub fn generator(&self) -> Option<Ref<Generator>> {
        if self.flags.get() & FrameFlags::GENERATOR == 0 {
            return None;
        }
        let generator = self.context.get()?;
        debug_assert!(generator.downcast::<Generator>().is_some(), "a generator's frame");
        // SAFETY: frames with that flag start with a generator there, and nothing sets the field afterwards.
        Some(unsafe { Ref::from_address(generator.bits()) })
    }

    /// The function that runs.
    #[inline(always)]
    #[must_use]
    pub fn function(&self) -> Ref<Function> {
        // SAFETY: a frame is pushed with a live function, which the frame keeps as a root.
        unsafe { Ref::from_address(self.function.get()) }
    }

    /// The code that runs.
    #[inline(always)]
    #[must_use]
    pub fn code(&self) -> Ref<CodeObject> {
        // SAFETY: as for the function.
        unsafe { Ref::from_address(self.code.get()) }
    }

    /// The code's cache cells.
    #[inline(always)]
    #[must_use]
    pub fn cells(&self) -> Ref<ValueArray> {
        // SAFETY: as for the function.
        unsafe { Ref::from_address(self.cells.get()) }
    }

    /// Reads a register.
    #[inline(always)]
    #[must_use]
    pub fn register(&self, index: usize) -> Option<Value> {
        debug_assert!(index < self.count.get() as usize, "a register of the window");
        // SAFETY: the verifier checked that operands stay inside the window.
        Value::from_word(unsafe { *self.registers.get().add(index) })
    }

    /// Writes a register.
    #[inline(always)]
    pub fn set_register(&self, index: usize, value: Option<Value>) {
        debug_assert!(index < self.count.get() as usize, "a register of the window");
        // SAFETY: as for `register`.
        unsafe { *self.registers.get().add(index) = value.map_or(0, Value::bits) };
    }

    /// The words of the whole window; nothing else writes them while the slice is used.
    #[inline(always)]
    #[must_use]
    pub fn window(&self) -> &[u64] {
        // SAFETY: the window has that many registers, and only the thread that runs this writes them.
        unsafe { std::slice::from_raw_parts(self.registers.get(), self.count.get() as usize) }
    }

    /// The offset of the instruction being executed.
    #[must_use]
    pub fn offset(&self) -> usize {
        // SAFETY: pc points into the code's instructions, or one past the end.
        let next = unsafe { self.pc.get().offset_from(self.code().instructions()) };
        (next - 1).max(0) as usize
    }
}

/// The frames of a thread.
pub struct FrameStack {
    base: *mut Frame,
    top: Cell<*mut Frame>,
    limit: Cell<*mut Frame>,
    end: *mut Frame,
    memory: host::memory::Reservation,
    _not_shared: PhantomData<*mut Frame>,
}

/// Room for this many frames is reserved (address space only).
const MOST_FRAMES: usize = 1 << 22;
/// Where the records begin in their memory, in bytes: not where the thread's registers do in theirs (decision 019).
const SKEW: usize = 9 << 12;

impl FrameStack {
    /// A stack with room for `limit` frames before `RecursionError`.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let bytes = SKEW + MOST_FRAMES * size_of::<Frame>();
        let memory = host::memory::Reservation::new(bytes).expect("address space for frames");
        let base = memory.start().wrapping_add(SKEW).cast::<Frame>();
        let end = base.wrapping_add(MOST_FRAMES);
        // The record below the first frame is never used: `top` points at the running frame.
        let stack = Self { base, top: Cell::new(base), limit: Cell::new(end), end, memory, _not_shared: PhantomData };
        stack.set_limit(limit);
        stack
    }

    /// Sets how many frames may be active.
    pub fn set_limit(&self, limit: usize) {
        let limit = limit.min(MOST_FRAMES - 64);
        self.limit.set(self.base.wrapping_add(limit).min(self.end));
    }

    /// Runs something with some frames more than the limit.
    pub fn with_extra<T>(&self, run: impl FnOnce() -> T) -> T {
        let limit = self.limit.get();
        self.limit.set(limit.wrapping_add(50).min(self.end));
        let result = run();
        self.limit.set(limit);
        result
    }

    /// How many frames are active.
    #[must_use]
    pub fn depth(&self) -> usize {
        (self.top.get() as usize - self.base as usize) / size_of::<Frame>()
    }

    /// The running frame, if any Python code runs.
    #[inline(always)]
    #[must_use]
    pub fn current(&self) -> Option<&Frame> {
        if self.top.get() == self.base {
            return None;
        }
        // SAFETY: records up to `top` are in use.
        Some(unsafe { &*self.top.get() })
    }

    /// The record of the running frame, for the dispatch.
    #[inline(always)]
    #[must_use]
    pub fn top(&self) -> *mut Frame {
        self.top.get()
    }

    /// Makes room for one more frame and gives its record, zeroed or stale; `None` at the recursion limit.
    #[inline(always)]
    #[must_use]
    pub fn push(&self) -> Option<&Frame> {
        // SAFETY: `top` is a record of the reservation, and not its last: frames end well before that.
        let next = unsafe { self.top.get().add(1) };
        if next >= self.limit.get() {
            return None;
        }
        self.top.set(next);
        // SAFETY: below the limit lies reserved, writable memory; all bit patterns are valid cells.
        Some(unsafe { &*next })
    }

    /// Ends the running frame.
    #[inline(always)]
    pub fn pop(&self) {
        debug_assert!(self.top.get() > self.base, "a frame runs");
        self.top.set(self.top.get().wrapping_sub(1));
    }

    /// The frames from the running one outward.
    pub fn iter(&self) -> impl Iterator<Item = &Frame> {
        let base = self.base;
        let mut next = self.top.get();
        std::iter::from_fn(move || {
            if next == base {
                return None;
            }
            // SAFETY: records up to `top` are in use.
            let frame = unsafe { &*next };
            next = next.wrapping_sub(1);
            Some(frame)
        })
    }

    /// Visits what the records hold.
    pub fn trace(&self, tracer: &mut Tracer) {
        for frame in self.iter() {
            tracer.word(frame.function.get());
            tracer.word(frame.code.get());
            tracer.word(frame.cells.get());
            for value in [&frame.object, &frame.context].into_iter().filter_map(Cell::get) {
                tracer.word(value.bits());
            }
        }
    }

    /// The reserved memory, for reports.
    #[must_use]
    pub fn reserved(&self) -> usize {
        self.memory.len()
    }
}
