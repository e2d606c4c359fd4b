//! Atomics of the model: `core`'s, with a scheduling point of shuttle's before each access.
//!
//! shuttle has atomics of its own, but those are larger than a word, and a heap lies in mapped memory whose layout is pinned. Nothing
//! is lost by that: one thread runs at a time, so that of `core`'s atomics too only sequentially consistent orders are seen.

use core::sync::atomic as real;

use super::run::point;

pub use real::{Ordering, compiler_fence, fence};

macro_rules! atomics {
    ($($name:ident($value:ty) $({ $($operation:ident)* })?;)*) => {$(
        #[doc = concat!("`core`'s `", stringify!($name), "`, watched.")]
        #[derive(Debug, Default)]
        #[repr(transparent)]
        pub struct $name(real::$name);

        impl $name {
            /// An atomic that holds `value`.
            pub const fn new(value: $value) -> Self {
                Self(real::$name::new(value))
            }

            $(atomics! { @operation $value; $($operation)* })?
        }

        atomics! { @access $name($value); }
    )*};

    (@operation $value:ty; $($operation:ident)*) => {$(
        /// Changes the value and gives the old one.
        pub fn $operation(&self, operand: $value, order: Ordering) -> $value {
            point();
            self.0.$operation(operand, order)
        }
    )*};

    (@access $name:ident($value:ty); $(<$parameter:ident>)?) => {
        impl $(<$parameter>)? $name $(<$parameter>)? {
            /// The value.
            pub fn load(&self, order: Ordering) -> $value {
                point();
                self.0.load(order)
            }

            /// Sets the value.
            pub fn store(&self, value: $value, order: Ordering) {
                point();
                self.0.store(value, order);
            }

            /// Sets the value and gives the old one.
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                point();
                self.0.swap(value, order)
            }

            /// Sets the value if it is `current`; gives the old one.
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                point();
                self.0.compare_exchange(current, new, success, failure)
            }

            /// Sets the value if it is `current`; gives the old one. A real one may also fail for no reason.
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            /// Changes the value by `change` until it sticks or `change` gives none; gives the old one.
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

            /// The value of an atomic that no one else can reach.
            pub fn get_mut(&mut self) -> &mut $value {
                self.0.get_mut()
            }

            /// The value, taken out.
            pub fn into_inner(self) -> $value {
                self.0.into_inner()
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

/// `core`'s `AtomicPtr`, watched.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct AtomicPtr<T>(real::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    /// An atomic that holds `pointer`.
    pub const fn new(pointer: *mut T) -> Self {
        Self(real::AtomicPtr::new(pointer))
    }
}

atomics! { @access AtomicPtr(*mut T); <T> }
