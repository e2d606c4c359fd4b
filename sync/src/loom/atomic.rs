//! Atomics of the model: loom's, each of whose loads may give any value that the memory model allows.

pub use ::loom::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8,
    AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub use core::sync::atomic::compiler_fence;
