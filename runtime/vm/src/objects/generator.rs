//! Generators, coroutines and async generators: an object that owns a suspended window.

use sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::heap_object;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{CodeObject, Function, ValueArray};
use crate::thread::Thread;

heap_object! {
    /// See the module. While it runs its window lies on the thread's register file; otherwise in `window`.
    pub struct Generator {
        /// The function that runs.
        pub function: Slot,
        /// The suspended registers: a `ValueArray`; unset once finished.
        pub window: Slot,
        /// The locals mapping, if the code has one.
        pub locals: Slot,
        /// `__name__`.
        pub name: Slot,
        /// `__qualname__`.
        pub qualname: Slot,
        /// The exception being handled inside, while suspended.
        pub handled: Slot,
        /// The exception that the resumer was handling.
        pub outer_handled: Slot,
        /// The frame object, once somebody asked for it.
        pub frame: Slot,
        /// `cr_origin`, or the finalizer hook of an async generator.
        pub extra: Slot,
        /// Address of the instruction to go on with.
        pub pc: AtomicU64,
        /// `GeneratorState`.
        pub state: AtomicU32,
        /// `GeneratorKind`.
        pub kind_word: AtomicU32,
        /// Async generators: whether `__aiter__`-side hooks ran (1), closed (2), an `anext` is running (4).
        pub flags: AtomicU32,
    }
    trace { function, window, locals, name, qualname, handled, outer_handled, frame, extra }
    fixed
}

/// What a generator is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum GeneratorState {
    /// Not started.
    Created = 0,
    /// Waiting at a yield.
    Suspended = 1,
    /// On some thread's stack.
    Running = 2,
    /// Returned or raised.
    Finished = 3,
}

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum GeneratorKind {
    /// A generator.
    Generator = 0,
    /// A coroutine.
    Coroutine = 1,
    /// An async generator.
    AsyncGenerator = 2,
}

impl Generator {
    /// The state.
    #[inline]
    #[must_use]
    pub fn state(&self) -> GeneratorState {
        match self.state.load(Ordering::Acquire) {
            0 => GeneratorState::Created,
            1 => GeneratorState::Suspended,
            2 => GeneratorState::Running,
            _ => GeneratorState::Finished,
        }
    }

    /// Claims a generator that is not running or finished: only one thread wins. Gives the state it had. As with lock bytes
    /// (rule 15), a thread that is alone in its interpreter needs no atomic exchange.
    #[inline]
    pub fn claim(&self, t: &Thread) -> Result<GeneratorState, GeneratorState> {
        loop {
            let state = self.state();
            if matches!(state, GeneratorState::Running | GeneratorState::Finished) {
                return Err(state);
            }
            if t.mutator().is_single_threaded() {
                self.set_state(GeneratorState::Running);
                return Ok(state);
            }
            let running = GeneratorState::Running as u32;
            if self.state.compare_exchange(state as u32, running, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return Ok(state);
            }
        }
    }

    /// Publishes the state after running.
    #[inline]
    pub fn set_state(&self, state: GeneratorState) {
        self.state.store(state as u32, Ordering::Release);
    }

    /// Which of the three it is.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> GeneratorKind {
        match self.kind_word.load(Ordering::Relaxed) {
            0 => GeneratorKind::Generator,
            1 => GeneratorKind::Coroutine,
            _ => GeneratorKind::AsyncGenerator,
        }
    }

    /// The registers of the suspended frame; the same array receives them again. Only while the generator is not finished.
    #[inline(always)]
    #[must_use]
    pub fn window(&self) -> Ref<ValueArray> {
        let window = self.window.get().expect("a generator keeps its window until it ends");
        debug_assert!(window.downcast::<ValueArray>().is_some(), "an array");
        // SAFETY: the slot is set to an array before the generator is published, and only unset when it ends.
        unsafe { Ref::from_address(window.bits()) }
    }

    /// The function that runs.
    #[inline]
    #[must_use]
    pub fn function(&self) -> Ref<Function> {
        // SAFETY: the slot is set to a function before the generator is published, and nobody writes it again.
        unsafe { Ref::from_address(SlotExt::bits(&self.function)) }
    }

    /// The code that runs.
    #[must_use]
    pub fn code(&self) -> Ref<CodeObject> {
        self.function().code()
    }
}
