//! Whether somebody looks after what others leave behind, from time to time and until nothing is left.
//!
//! Who leaves something says so first, then asks by [`begin`](Watch::begin) whether a watch has to be set. Who watches and finds nothing
//! says by [`end`](Watch::end) that it ends its watch, and looks once more. Both change one word, one after the other: if leaving came
//! first, the watcher's last look sees it; else a new watch is set. So nothing stays unwatched.

use sync::atomic::{AtomicBool, Ordering};
use sync::weaken;

/// The watch over one heap.
pub struct Watch(AtomicBool);

impl Default for Watch {
    fn default() -> Self {
        Self(AtomicBool::new(false))
    }
}

impl Watch {
    /// Whether the caller has to set a watch, since there is none.
    #[must_use = "no one else sets the watch then"]
    pub fn begin(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// The watch ends. The caller looks once more, and begins anew if something was left meanwhile.
    pub fn end(&self) {
        self.0.swap(false, weaken::ordering("watch.end", Ordering::AcqRel));
    }
}
