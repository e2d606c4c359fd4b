//! Mutexes, reader-writer locks and condition variables of the model, with the faces of `parking_lot`'s.
//!
//! A timed wait always times out, at a moment that loom picks: the harshest thing a clock may do.

use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use ::loom::sync as modelled;

use super::failed_run::unless_failed;

pub use modelled::{RwLockReadGuard, RwLockWriteGuard};

/// A mutex, never poisoned.
#[derive(Debug)]
pub struct Mutex<T>(modelled::Mutex<T>);

/// A mutex held. Empty only while a condition variable has the lock.
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    held: Option<modelled::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A free mutex around `value`.
    pub fn new(value: T) -> Self {
        Self(modelled::Mutex::new(value))
    }

    /// Takes the mutex.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let held = unless_failed(|| None, || Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)));
        MutexGuard { mutex: self, held }
    }

    /// Takes the mutex if it is free.
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok().map(|held| MutexGuard { mutex: self, held: Some(held) })
    }

    /// The value of a mutex that no one else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, taken out.
    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("a guard in use holds its mutex")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("a guard in use holds its mutex")
    }
}

/// A reader-writer lock, never poisoned.
#[derive(Debug)]
pub struct RwLock<T>(modelled::RwLock<T>);

impl<T> RwLock<T> {
    /// A free lock around `value`.
    pub fn new(value: T) -> Self {
        Self(modelled::RwLock::new(value))
    }

    /// Takes the lock for reading.
    #[track_caller]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock for writing.
    #[track_caller]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock for reading if no one writes.
    #[track_caller]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.0.try_read().ok()
    }

    /// Takes the lock for writing if it is free.
    #[track_caller]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.0.try_write().ok()
    }

    /// The value of a lock that no one else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, taken out.
    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// A condition variable.
#[derive(Debug, Default)]
pub struct Condvar(modelled::Condvar);

/// Whether a timed wait timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// True: here every timed wait does.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// A condition variable that no one waits on.
    pub fn new() -> Self {
        Self(modelled::Condvar::new())
    }

    /// Lets the mutex go until notified.
    #[track_caller]
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.held.take().expect("a guard in use holds its mutex");
        guard.held = unless_failed(|| None, || Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner)));
    }

    /// Waits while `condition` holds.
    #[track_caller]
    pub fn wait_while<T>(&self, guard: &mut MutexGuard<'_, T>, mut condition: impl FnMut(&mut T) -> bool) {
        while condition(&mut *guard) {
            self.wait(guard);
        }
    }

    /// Lets the mutex go for a while, and times out.
    #[track_caller]
    pub fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _: Duration) -> WaitTimeoutResult {
        guard.held = None;
        ::loom::thread::yield_now();
        let held = guard.mutex.0.lock().unwrap_or_else(PoisonError::into_inner);
        guard.held = Some(held);
        WaitTimeoutResult(true)
    }

    /// Lets the mutex go for a while, and times out.
    #[track_caller]
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> WaitTimeoutResult {
        self.wait_for(guard, Duration::ZERO)
    }

    /// Wakes one waiter.
    #[track_caller]
    pub fn notify_one(&self) {
        unless_failed(|| {}, || self.0.notify_one());
    }

    /// Wakes every waiter.
    #[track_caller]
    pub fn notify_all(&self) {
        unless_failed(|| {}, || self.0.notify_all());
    }
}
