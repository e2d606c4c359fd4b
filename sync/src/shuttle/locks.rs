//! Mutexes, reader-writer locks and condition variables of the model: `parking_lot`'s, which are only ever tried, with shuttle told of
//! who waits. So the locks of statics are real ones outside of an execution, and no execution leaves anything of its own in them.
//!
//! A timed wait ends by a notice or by its time-out, whichever comes before shuttle goes on with the thread.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use super::run::{is_modelled, point};
use super::sleepers::{self, Place};
use super::thread::yield_now;

/// A mutex, never poisoned.
#[derive(Debug, Default)]
pub struct Mutex<T: ?Sized>(parking_lot::Mutex<T>);

/// A mutex held. Empty only while a condition variable has the lock.
#[derive(Debug)]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    held: Option<parking_lot::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A free mutex around `value`.
    pub const fn new(value: T) -> Self {
        Self(parking_lot::Mutex::new(value))
    }

    /// The value, taken out.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Takes the mutex.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let held = take(self.place(), || self.0.try_lock(), || self.0.lock());
        MutexGuard { mutex: self, held: Some(held) }
    }

    /// Takes the mutex if it is free.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        point();
        self.0.try_lock().map(|held| MutexGuard { mutex: self, held: Some(held) })
    }

    /// The value of a mutex that no one else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    fn place(&self) -> Place {
        Place::Lock(std::ptr::from_ref(self).cast::<()>().addr())
    }
}

impl<T: ?Sized> MutexGuard<'_, T> {
    fn release(&mut self) {
        if self.held.take().is_some() && is_modelled() {
            sleepers::wake_first(self.mutex.place());
        }
    }

    fn take_again(&mut self) {
        self.held = self.mutex.lock().held.take();
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("a guard in use holds its mutex")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("a guard in use holds its mutex")
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.release();
    }
}

/// Takes a lock by trying it each time that it is released; outside of an execution, by waiting for it.
fn take<G>(place: Place, mut attempt: impl FnMut() -> Option<G>, wait: impl FnOnce() -> G) -> G {
    if !is_modelled() {
        return wait();
    }
    point();
    loop {
        if let Some(guard) = attempt() {
            return guard;
        }
        sleepers::enter(place).sleep();
    }
}

/// A reader-writer lock, never poisoned.
#[derive(Debug, Default)]
pub struct RwLock<T: ?Sized>(parking_lot::RwLock<T>);

/// A reader-writer lock held for reading.
#[derive(Debug)]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    held: Option<parking_lot::RwLockReadGuard<'a, T>>,
}

/// A reader-writer lock held for writing.
#[derive(Debug)]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    held: Option<parking_lot::RwLockWriteGuard<'a, T>>,
}

impl<T> RwLock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Self(parking_lot::RwLock::new(value))
    }

    /// The value, taken out.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Takes the lock for reading.
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        let held = take(self.place(), || self.0.try_read(), || self.0.read());
        RwLockReadGuard { lock: self, held: Some(held) }
    }

    /// Takes the lock for writing.
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        let held = take(self.place(), || self.0.try_write(), || self.0.write());
        RwLockWriteGuard { lock: self, held: Some(held) }
    }

    /// Takes the lock for reading if no one writes.
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        point();
        self.0.try_read().map(|held| RwLockReadGuard { lock: self, held: Some(held) })
    }

    /// Takes the lock for writing if it is free.
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        point();
        self.0.try_write().map(|held| RwLockWriteGuard { lock: self, held: Some(held) })
    }

    /// The value of a lock that no one else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    fn place(&self) -> Place {
        Place::Lock(std::ptr::from_ref(self).cast::<()>().addr())
    }
}

macro_rules! guards {
    ($($name:ident),*) => {$(
        impl<T: ?Sized> Deref for $name<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                self.held.as_ref().expect("a guard holds its lock")
            }
        }

        impl<T: ?Sized> Drop for $name<'_, T> {
            fn drop(&mut self) {
                self.held = None;
                if is_modelled() {
                    sleepers::wake_all(self.lock.place());
                }
            }
        }
    )*};
}

guards!(RwLockReadGuard, RwLockWriteGuard);

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("a guard holds its lock")
    }
}

/// A condition variable. Only threads of a model wait on one.
#[derive(Debug, Default)]
pub struct Condvar {
    // Of a size of its own, so that no two have the same address.
    _address: u8,
}

/// Whether a timed wait timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether it did.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// A condition variable that no one waits on.
    pub const fn new() -> Self {
        Self { _address: 0 }
    }

    /// Lets the mutex go until notified.
    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        // Who gives notice without the mutex may do so before this thread is on the list.
        point();
        let sleeper = sleepers::enter(self.place());
        guard.release();
        sleeper.sleep();
        guard.take_again();
    }

    /// Waits while `condition` holds.
    pub fn wait_while<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, mut condition: impl FnMut(&mut T) -> bool) {
        while condition(&mut *guard) {
            self.wait(guard);
        }
    }

    /// Lets the mutex go for a while, which ends at a moment that shuttle picks.
    pub fn wait_for<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, _: Duration) -> WaitTimeoutResult {
        point();
        let sleeper = sleepers::enter(self.place());
        guard.release();
        yield_now();
        let woken = sleeper.leave();
        guard.take_again();
        WaitTimeoutResult(!woken)
    }

    /// Lets the mutex go for a while, which ends at a moment that shuttle picks.
    pub fn wait_until<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> WaitTimeoutResult {
        self.wait_for(guard, Duration::ZERO)
    }

    /// Wakes one waiter.
    pub fn notify_one(&self) {
        point();
        if is_modelled() {
            sleepers::wake_first(self.place());
        }
    }

    /// Wakes every waiter.
    pub fn notify_all(&self) {
        point();
        if is_modelled() {
            sleepers::wake_all(self.place());
        }
    }

    fn place(&self) -> Place {
        Place::Notice(std::ptr::from_ref(self).addr())
    }
}
