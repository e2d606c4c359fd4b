//! Atomics of the model: loom's, each of whose loads may give any value that the memory model allows.
//!
//! To find which accesses conflict, loom remembers only the last access to each atomic: a thread that loads a word and
//! then changes it hides an earlier load by another thread, and loom never tries the order in which that load comes
//! second. So each access here first touches one word that all of them share, relaxed, which orders nothing and leaves
//! loom no two accesses that it may think independent. It costs time, and models stay small.

use ::loom::sync::atomic as modelled;

use super::failed_run::unless_failed;

pub use core::sync::atomic::compiler_fence;
pub use modelled::{Ordering, fence};

::loom::lazy_static! {
    static ref EVERY_ACCESS: modelled::AtomicUsize = modelled::AtomicUsize::new(0);
}

#[track_caller]
fn access<R>(blank: impl FnOnce() -> R, call: impl FnOnce() -> R) -> R {
    unless_failed(blank, || {
        EVERY_ACCESS.fetch_add(1, Ordering::Relaxed);
        call()
    })
}

macro_rules! atomics {
    ($($name:ident($value:ty) $({ $($operation:ident)* })?;)*) => {$(
        #[doc = concat!("loom's `", stringify!($name), "`.")]
        #[derive(Debug)]
        pub struct $name(modelled::$name);

        impl Default for $name {
            fn default() -> Self {
                Self::new(<$value>::default())
            }
        }

        impl $name {
            /// An atomic that holds `value`.
            #[track_caller]
            pub fn new(value: $value) -> Self {
                Self(modelled::$name::new(value))
            }

            $(atomics! { @operation $value; $($operation)* })?
        }

        atomics! { @access $name($value) Default::default; }
    )*};

    (@operation $value:ty; $($operation:ident)*) => {$(
        /// Changes the value and gives the old one.
        #[track_caller]
        pub fn $operation(&self, operand: $value, order: Ordering) -> $value {
            access(Default::default, || self.0.$operation(operand, order))
        }
    )*};

    (@access $name:ident($value:ty) $blank:expr; $(<$parameter:ident>)?) => {
        impl $(<$parameter>)? $name $(<$parameter>)? {
            /// The value, or an older one that the order allows.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                access($blank, || self.0.load(order))
            }

            /// Sets the value.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                access(|| {}, || self.0.store(value, order));
            }

            /// Sets the value and gives the old one.
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                access($blank, || self.0.swap(value, order))
            }

            /// Sets the value if it is `current`; gives the old one.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                access(|| Ok(current), || self.0.compare_exchange(current, new, success, failure))
            }

            /// Sets the value if it is `current`; gives the old one. A real one may also fail for no reason.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                access(|| Ok(current), || self.0.compare_exchange_weak(current, new, success, failure))
            }

            /// Changes the value by `change` until it sticks or `change` gives none; gives the old one.
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut old = self.load(fetch_order);
                while let Some(new) = change(old) {
                    match self.compare_exchange_weak(old, new, set_order, fetch_order) {
                        Ok(old) => return Ok(old),
                        Err(now) => old = now,
                    }
                }
                Err(old)
            }

            /// The value, taken out.
            pub fn into_inner(self) -> $value {
                // SAFETY: owning the atomic rules out every other access.
                unsafe { self.0.unsync_load() }
            }
        }
    };
}

atomics! {
    AtomicBool(bool) { fetch_and fetch_nand fetch_or fetch_xor };
    AtomicI8(i8) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicI16(i16) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicI32(i32) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicI64(i64) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicIsize(isize) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicU8(u8) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicU16(u16) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicU32(u32) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicU64(u64) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
    AtomicUsize(usize) { fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_max fetch_min };
}

/// loom's `AtomicPtr`.
#[derive(Debug)]
pub struct AtomicPtr<T>(modelled::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    /// An atomic that holds `pointer`.
    #[track_caller]
    pub fn new(pointer: *mut T) -> Self {
        Self(modelled::AtomicPtr::new(pointer))
    }
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

atomics! { @access AtomicPtr(*mut T) std::ptr::null_mut; <T> }
