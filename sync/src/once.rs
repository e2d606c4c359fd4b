//! What is done once: `Once`, and on it `OnceLock` and `LazyLock`.
//!
//! Unlike the standard library's, a thread that waits for another's work can do so in a blocking region of its own
//! (`*_waiting`): the work may poll, and a waiter that the collector could not get past would stop the world for good.
//! Work that unwinds or fails leaves everything as before, and the next caller tries.
//!
//! The state is one byte: `TODO`, `RUNNING`, `RUNNING | WAITED_FOR`, `DONE`. The byte leaves `RUNNING` by a release, and
//! whoever sees `DONE` saw it by an acquire: invariant 1, on which the unsafe below rests, is that the value is written
//! only by the thread that moved `TODO` to `RUNNING`, before `DONE`, and never again.

use std::convert::Infallible;
use std::mem::MaybeUninit;
use std::ops::Deref;

use crate::atomic::{AtomicU8, Ordering};
use crate::cell::UnsafeCell;
use crate::{const_unless_modelled, parking, weaken};

const TODO: u8 = 0;
const RUNNING: u8 = 0b001;
const WAITED_FOR: u8 = 0b010;
const DONE: u8 = 0b100;

/// Waits by running `park` as it is: for callers with no collector to tell.
fn wait_plainly(park: &mut dyn FnMut()) {
    park();
}

/// Something to be done once.
#[derive(Debug, Default)]
pub struct Once(AtomicU8);

impl Once {
    const_unless_modelled! {
        /// Not done yet.
        pub const fn new() -> Self {
            Self(AtomicU8::new(TODO))
        }
    }

    /// Whether it was done; what it wrote is visible then.
    #[inline(always)]
    pub fn is_done(&self) -> bool {
        self.0.load(weaken::ordering("once.is_done", Ordering::Acquire)) == DONE
    }

    /// Runs `work` unless some thread has; waits while another thread does.
    pub fn call(&self, work: impl FnOnce()) {
        self.call_waiting(wait_plainly, work);
    }

    /// As `call`, with the waiting inside `wait`.
    pub fn call_waiting(&self, wait: impl Fn(&mut dyn FnMut()), work: impl FnOnce()) {
        let done = self.try_call_waiting(wait, || {
            work();
            Ok::<(), Infallible>(())
        });
        match done {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// As `call_waiting`, with work that may fail: then nothing was done.
    #[inline]
    pub fn try_call_waiting<E>(
        &self,
        wait: impl Fn(&mut dyn FnMut()),
        work: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_done() {
            return Ok(());
        }
        let mut work = Some(work);
        self.call_slow(&wait, &mut || work.take().expect("the slow path runs its work once")())
    }

    #[cold]
    fn call_slow<E>(&self, wait: &dyn Fn(&mut dyn FnMut()), work: &mut dyn FnMut() -> Result<(), E>) -> Result<(), E> {
        while !self.is_done() {
            if let Some(running) = self.try_begin() {
                work()?;
                running.finish();
                return Ok(());
            }
            if self.announce_waiter() {
                wait(&mut || self.park());
            }
        }
        Ok(())
    }

    /// To do -> running, by this thread. Dropping what it returns gives the work up.
    fn try_begin(&self) -> Option<Running<'_>> {
        // The acquire orders this attempt after one that another thread gave up.
        self.0
            .compare_exchange(TODO, RUNNING, Ordering::Acquire, Ordering::Relaxed)
            .ok()
            .map(|_| Running { once: self })
    }

    /// Running -> running and waited for. False if no one runs the work any more.
    fn announce_waiter(&self) -> bool {
        let announced = self.0.compare_exchange(RUNNING, RUNNING | WAITED_FOR, Ordering::Relaxed, Ordering::Relaxed);
        announced.is_ok() || announced == Err(RUNNING | WAITED_FOR)
    }

    fn park(&self) {
        let still_waiting = || self.0.load(Ordering::Relaxed) == RUNNING | WAITED_FOR || !weaken::step("once.validate");
        parking::park(self.address(), still_waiting, None);
    }

    fn leave(&self, state: u8) {
        let release = weaken::ordering("once.finish", Ordering::Release);
        if self.0.swap(state, release) & WAITED_FOR != 0 {
            parking::unpark_all(self.address());
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The right, and the duty, to end the running state.
#[must_use]
struct Running<'a> {
    once: &'a Once,
}

impl Running<'_> {
    /// Running -> done.
    fn finish(self) {
        self.once.leave(DONE);
        std::mem::forget(self);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.once.leave(TODO);
    }
}

/// A value written once.
#[derive(Debug)]
pub struct OnceLock<T> {
    once: Once,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: invariant 1 of this module: a shared reference to the value is given only once it is written for good.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
// SAFETY: sending the lock sends the value and nothing else.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> OnceLock<T> {
    const_unless_modelled! {
        /// No value yet.
        pub const fn new() -> Self {
            Self {
                once: Once::new(),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            }
        }
    }

    /// The value, if it was written.
    #[inline(always)]
    pub fn get(&self) -> Option<&T> {
        if !self.once.is_done() {
            return None;
        }
        // SAFETY: invariant 1 of this module: the state is `DONE`, so the value is written and will not change.
        Some(self.value.with(|value| unsafe { (*value).assume_init_ref() }))
    }

    /// The value, written by `make` if no one has.
    #[inline]
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.get_or_init_waiting(wait_plainly, make)
    }

    /// As `get_or_init`, with the waiting for another thread's `make` inside `wait`.
    pub fn get_or_init_waiting(&self, wait: impl Fn(&mut dyn FnMut()), make: impl FnOnce() -> T) -> &T {
        match self.get_or_try_init_waiting(wait, || Ok::<T, Infallible>(make())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// As `get_or_init_waiting`, with a `make` that may fail: then there is still no value.
    #[inline]
    pub fn get_or_try_init_waiting<E>(
        &self,
        wait: impl Fn(&mut dyn FnMut()),
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        self.once.try_call_waiting(wait, || {
            let made = make()?;
            self.value.with_mut(|value| {
                // SAFETY: invariant 1 of this module: this thread moved the state to `RUNNING`, so it alone writes.
                unsafe { (*value).write(made) };
            });
            Ok(())
        })?;
        Ok(self.get().expect("the once is done"))
    }

    /// Writes the value, or gives it back if there is one already.
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("the work runs once"));
        value.map_or(Ok(()), Err)
    }

    /// The value of a lock that no one else can reach.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if !self.once.is_done() {
            return None;
        }
        // SAFETY: invariant 1 of this module: the state is `DONE`; the exclusive borrow rules out other references.
        Some(unsafe { self.value.get_mut().assume_init_mut() })
    }

    /// The value, taken out of a lock that no one else can reach.
    pub fn take(&mut self) -> Option<T> {
        if !self.once.is_done() {
            return None;
        }
        self.once = Once::new();
        // SAFETY: the state was `DONE`, so by invariant 1 the value is written; it is `TODO` now, so no one reads it again.
        Some(unsafe { self.value.get_mut().assume_init_read() })
    }

    /// The value, if it was written.
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }
}

impl<T> Drop for OnceLock<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// A value made at its first use.
#[derive(Debug)]
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    make: UnsafeCell<Option<F>>,
}

// SAFETY: `make` is touched only by the thread that runs the once, which `F: Send` allows; the value is as in `OnceLock`.
unsafe impl<T: Send + Sync, F: Send> Sync for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    const_unless_modelled! {
        /// To be made by `make`.
        pub const fn new(make: F) -> Self {
            Self {
                value: OnceLock::new(),
                make: UnsafeCell::new(Some(make)),
            }
        }
    }

    /// The value, made now if it was not.
    #[inline]
    pub fn force(this: &Self) -> &T {
        this.value.get_or_init(|| {
            // SAFETY: this closure runs in the once's `RUNNING` state, which one thread at a time has.
            let make = this.make.with_mut(|make| unsafe { (*make).take() });
            make.expect("the initializer of a lazy value did not unwind before")()
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}
