//! Weak points of the real build: none. Each call is its argument.
//!
//! A model that cannot fail is worthless. Shipped code names the orderings and steps that its correctness hangs on, and
//! a model asks the twin of this module that loom's and shuttle's builds have to weaken one of them by name and watches the failure come.

use super::atomic::Ordering;

/// `strong`. A model may make the ordering called `site` relaxed.
#[inline(always)]
pub const fn ordering(_site: &'static str, strong: Ordering) -> Ordering {
    strong
}

/// True: the step is taken. A model may leave out the step called `site`.
#[inline(always)]
pub const fn step(_site: &'static str) -> bool {
    true
}
