//! How deep native code may recurse: by the room left on the native stack, so that no recursion overflows it.

use std::cell::Cell;

/// Kept free below the limit for the code that raises RecursionError and for signal handlers.
const RESERVE: usize = 192 << 10;

/// How deep data may be nested in itself, near what CPython's usual stack has room for.
const DEEPEST: u32 = 150_000;

/// The lowest stack address that native code may use before it must raise.
pub struct Recursion {
    lowest: Cell<usize>,
}

impl Recursion {
    /// Measures the calling thread's stack.
    pub fn of_current_thread() -> Self {
        let lowest = host::stack::lowest_address().map_or(0, |address| address + RESERVE);
        Self { lowest: Cell::new(lowest) }
    }

    /// Whether there is room for another level.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        let here = 0_u8;
        std::ptr::from_ref(&here) as usize > self.lowest.get()
    }
}

impl super::Thread {
    /// RecursionError if the native stack is nearly used up. Every native function that calls itself through Python or
    /// through nested data asks first.
    #[inline(always)]
    pub fn check_recursion(&self, what: &str) -> crate::raised::R<()> {
        if self.recursion.has_room() {
            Ok(())
        } else {
            Err(self.recursion_error(format_args!("maximum recursion depth exceeded{what}")))
        }
    }

    /// RecursionError for data nested deeper than anybody means: what walks such data takes time with its depth, and the main
    /// thread's stack alone would let it go on into the millions.
    #[inline]
    pub fn check_nesting(&self, depth: u32, what: &str) -> crate::raised::R<()> {
        if depth < DEEPEST {
            Ok(())
        } else {
            Err(self.recursion_error(format_args!("maximum recursion depth exceeded{what}")))
        }
    }
}
