//! Mutexes, reader-writer locks and condition variables of the real build: `parking_lot`'s. They are never poisoned.

pub use parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult};
