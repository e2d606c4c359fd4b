//! A lock in one byte of an object's header, with waiters parked process-wide by its address.
//!
//! # States
//!
//! | bits | meaning |
//! |---|---|
//! | `000` | free, no one waits |
//! | `001` | held, no one waits |
//! | `011` | held, and some thread waits or is about to |
//! | `010` | free, and the threads that still wait were told that their turn comes |
//! | `101` | held briefly: no one may wait asleep |
//!
//! A lock is *held briefly* around a few stores ([`LockByte::brief`]). No thread but the holder changes the byte then, so it is given
//! back by a plain store, which costs a fraction of an exchange. Who wants it meanwhile spins, and when that takes long gives
//! way to others between looks. A lock that is waited for is not taken briefly.
//! A section that turns out to be long says so ([`LockByte::lengthen`]) and is then like any other.
//!
//! # Modes (rule 15)
//!
//! While a heap has one mutator the byte is taken and released by plain load and store: no thread is there to race with.
//! From the second mutator on it is taken by an exchange. The byte is written in both modes, so it always tells the truth:
//! a thread that is let in while the first one stands at a poll with a lock in hand finds that lock held, and waits.
//!
//! 1. The mode changes only while every other mutator is stopped or blocked, and going on synchronizes with the change.
//! 2. A guard asks for the mode when it releases, not when it takes: a waiter may have come meanwhile, and a plain store
//!    would wipe out its bit. Between asking and storing there is no poll, so by 1 the answer holds.
//! 3. The exchange paths are right in both modes; only the plain ones need the mode to be `Single`.
//!
//! # Waiting (rule 9)
//!
//! Waiting is a blocking region of the caller's: `lock` hands the parking to the caller's `wait`, which runs it, inside
//! whatever the collector wants to know. The lock is not held then, so `wait` may unwind. Nothing hands the lock over: the
//! woken thread competes for it again.

use crate::atomic::{AtomicU8, Ordering};
use crate::{const_unless_modelled, hint, parking, thread, weaken};

const HELD: u8 = 0b01;
const WAITED_FOR: u8 = 0b10;
const BRIEF: u8 = 0b101;
const FREE: u8 = 0;

/// How many mutators the heap has, as far as its lock bytes care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// One mutator: plain loads and stores.
    Single,
    /// Several: exchanges.
    Multi,
}

/// What a guard needs of the thread that holds it.
pub trait LockContext {
    /// The mode now. It must be `Single` only while the calling thread is the heap's one mutator, and may change only
    /// while this thread is stopped or blocked.
    fn mode(&self) -> LockMode;

    /// Runs `park`, which may sleep, in a blocking region.
    fn wait(&self, park: &mut dyn FnMut());
}

/// The lock itself: one byte, free when zero.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct LockByte(AtomicU8);

impl LockByte {
    const_unless_modelled! {
        /// A free lock. Zeroed memory is one too.
        #[inline(always)]
        pub const fn new() -> Self {
            Self(AtomicU8::new(FREE))
        }
    }

    /// Whether some thread holds the lock: already past when the caller learns it, unless the caller is the holder.
    #[inline(always)]
    pub fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed) & HELD != 0
    }

    /// Takes the lock and gives it back when the guard drops, on unwinding too.
    #[inline(always)]
    pub fn guard<'a, C: LockContext + ?Sized>(&'a self, context: &'a C) -> LockGuard<'a, C> {
        self.lock(context.mode(), |park| context.wait(park));
        LockGuard { byte: self, context }
    }

    /// As `guard`, for a section of a few stores that waits for nothing.
    #[inline(always)]
    pub fn brief<'a, C: LockContext + ?Sized>(&'a self, context: &'a C) -> BriefGuard<'a, C> {
        if !self.try_change(context.mode(), BRIEF) {
            self.lock_slow(context.mode(), &|park| context.wait(park));
        }
        BriefGuard { byte: self, context }
    }

    /// By the holder of a [`BriefGuard`], when it turns out that the section will take long: from now on who waits may sleep.
    pub fn lengthen(&self) {
        if self.0.load(Ordering::Relaxed) == BRIEF {
            self.0.store(HELD, Ordering::Relaxed);
        }
    }

    /// Takes the lock if it is free.
    #[inline(always)]
    pub fn try_guard<'a, C: LockContext + ?Sized>(&'a self, context: &'a C) -> Option<LockGuard<'a, C>> {
        // Lazily: a guard made and thrown away would release the lock of whoever holds it.
        self.try_lock(context.mode()).then(|| LockGuard { byte: self, context })
    }

    /// Takes the lock. When it is held by another thread, spins a little and then calls `wait` with the operation that
    /// sleeps until the lock was released once; the operation may also return for no reason.
    #[inline(always)]
    pub fn lock(&self, mode: LockMode, wait: impl Fn(&mut dyn FnMut())) {
        if !self.try_lock(mode) {
            self.lock_slow(mode, &wait);
        }
    }

    /// Takes the lock if it is free, or reports false.
    #[inline(always)]
    #[must_use]
    pub fn try_lock(&self, mode: LockMode) -> bool {
        self.try_change(mode, HELD)
    }

    #[inline(always)]
    fn try_change(&self, mode: LockMode, held: u8) -> bool {
        match mode {
            LockMode::Single => self.try_change_single(held),
            LockMode::Multi => self.try_change_multi(held),
        }
    }

    /// Gives the lock back. `mode` is the mode now, not the one in which it was taken.
    #[inline(always)]
    pub fn unlock(&self, mode: LockMode) {
        match mode {
            LockMode::Single => self.unlock_single(),
            LockMode::Multi => self.unlock_multi(),
        }
    }

    /// Takes a free lock by plain load and store. Only while the heap has one mutator.
    #[inline(always)]
    #[must_use]
    pub fn try_lock_single(&self) -> bool {
        self.try_change_single(HELD)
    }

    #[inline(always)]
    fn try_change_single(&self, held: u8) -> bool {
        let free = self.0.load(Ordering::Relaxed) == FREE;
        if free {
            self.0.store(held, Ordering::Relaxed);
        }
        free
    }

    /// Releases by plain load and store. Only while the heap has one mutator.
    #[inline(always)]
    pub fn unlock_single(&self) {
        if self.0.load(Ordering::Relaxed) == HELD {
            self.0.store(FREE, Ordering::Relaxed);
        } else {
            self.unlock_slow();
        }
    }

    #[inline(always)]
    fn try_change_multi(&self, held: u8) -> bool {
        let acquire = weaken::ordering("lock_byte.lock", Ordering::Acquire);
        self.0.compare_exchange(FREE, held, acquire, Ordering::Relaxed).is_ok()
    }

    #[inline(always)]
    fn unlock_multi(&self) {
        let release = weaken::ordering("lock_byte.unlock", Ordering::Release);
        if self.0.compare_exchange(HELD, FREE, release, Ordering::Relaxed).is_err() {
            self.unlock_slow();
        }
    }

    #[cold]
    #[inline(never)]
    fn lock_slow(&self, mode: LockMode, wait: &dyn Fn(&mut dyn FnMut())) {
        let mut spin = hint::Spin::new();
        let mut state = self.0.load(Ordering::Relaxed);
        loop {
            if state & HELD == 0 {
                match self.take_from(state) {
                    Ok(()) => return,
                    Err(now) => state = now,
                }
                continue;
            }
            assert!(mode == LockMode::Multi, "a lock byte is taken again by the thread that holds it");
            if state & WAITED_FOR == 0 && spin.spin() {
                state = self.0.load(Ordering::Relaxed);
                continue;
            }
            if state == BRIEF {
                wait(&mut thread::yield_now);
                state = self.0.load(Ordering::Relaxed);
                continue;
            }
            if let Err(now) = self.announce_waiter(state) {
                state = now;
                continue;
            }
            wait(&mut || self.park());
            spin.reset();
            state = self.0.load(Ordering::Relaxed);
        }
    }

    /// Free -> held, whether or not others wait.
    fn take_from(&self, state: u8) -> Result<(), u8> {
        let acquire = weaken::ordering("lock_byte.lock", Ordering::Acquire);
        self.0.compare_exchange_weak(state, state | HELD, acquire, Ordering::Relaxed).map(|_| ())
    }

    /// Held -> held and waited for, so that the holder's release comes to the parking lot.
    fn announce_waiter(&self, state: u8) -> Result<(), u8> {
        if state & WAITED_FOR != 0 {
            return Ok(());
        }
        self.0.compare_exchange_weak(state, state | WAITED_FOR, Ordering::Relaxed, Ordering::Relaxed).map(|_| ())
    }

    /// Sleeps until a release, unless the release has come already.
    fn park(&self) {
        let still_waiting =
            || self.0.load(Ordering::Relaxed) == HELD | WAITED_FOR || !weaken::step("lock_byte.validate");
        parking::park(self.address(), still_waiting, None);
    }

    /// Releases a lock that is waited for, and wakes the first waiter. The byte changes under the queue's lock, so a
    /// thread on its way to sleep either is in the queue now or finds the byte changed.
    #[cold]
    #[inline(never)]
    fn unlock_slow(&self) {
        debug_assert!(self.is_locked(), "a lock byte is released twice");
        parking::unpark_one(self.address(), |others_wait| {
            let state = if others_wait && weaken::step("lock_byte.others_wait") { WAITED_FOR } else { FREE };
            let release = weaken::ordering("lock_byte.unlock_slow", Ordering::Release);
            self.0.store(state, release);
        });
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// A lock byte held for a few stores; dropping it releases the lock.
#[must_use]
pub struct BriefGuard<'a, C: LockContext + ?Sized> {
    byte: &'a LockByte,
    context: &'a C,
}

impl<C: LockContext + ?Sized> Drop for BriefGuard<'_, C> {
    #[inline(always)]
    fn drop(&mut self) {
        // It was not free at once: then it is held like any other, and may be waited for.
        if self.byte.0.load(Ordering::Relaxed) != BRIEF {
            return self.byte.unlock(self.context.mode());
        }
        let release = weaken::ordering("lock_byte.unlock_brief", Ordering::Release);
        self.byte.0.store(FREE, release);
    }
}

/// A lock byte held; dropping it releases the lock in the mode of that moment.
#[must_use]
pub struct LockGuard<'a, C: LockContext + ?Sized> {
    byte: &'a LockByte,
    context: &'a C,
}

impl<C: LockContext + ?Sized> Drop for LockGuard<'_, C> {
    #[inline(always)]
    fn drop(&mut self) {
        self.byte.unlock(self.context.mode());
    }
}
